// .stream ... .end
#include <algorithm>

#include "asm/assembly.hpp"
#include "isa/names.hpp"
#include "isa/nearest.hpp"
#include "isa/validate.hpp"

namespace vtpu::assembly {
namespace {

class StreamParser {
 public:
  StreamParser(Assembly& a, std::string_view name) : a_(a), cursor_(a.cursor) { stream_.name = name; }

  // To the line of .end; false when the text ends first.
  bool parse(const Token& directive) {
    for (;;) {
      cursor_.skip_newlines();
      if (cursor_.full() || a_.too_big) return false;
      const Token& token = cursor_.peek();
      if (token.kind == TokenKind::End) {
        cursor_.error(directive, "stream '{}' is not closed by .end", stream_.name);
        return finish();  // its words are referred to
      }
      if (token.is('.') && cursor_.peek_next().is("end")) break;
      if (!parse_line()) cursor_.skip_line();
    }
    cursor_.take();
    cursor_.take();
    return finish();
  }

 private:
  struct OpenLoop {
    std::size_t index = 0;  // in found_
    std::uint32_t first = 0;
    Token token;
  };
  struct FoundLoop {
    isa::Loop loop;
    SourcePlace place;
  };

  [[nodiscard]] std::uint32_t next_word() const { return static_cast<std::uint32_t>(stream_.words.size()); }

  bool parse_line() {
    const Token token = cursor_.peek();
    if (token.is('}')) return close_loop();
    if (token.is('.')) return parse_directive();
    if (token.kind == TokenKind::Identifier && cursor_.peek_next().is(':')) {
      if (!parse_label()) return false;
      if (cursor_.at_line_end()) return true;
    }
    if (cursor_.peek().is("loop")) return open_loop();
    return parse_one_word();
  }

  bool parse_label() {
    const Token name = cursor_.take();
    cursor_.take();  // :
    const auto [it, fresh] = labels_.emplace(name.text, next_word());
    if (fresh) return true;
    cursor_.error(name, "the label {} stands before word {} already", describe(name), it->second);
    return false;
  }

  bool parse_one_word() {
    const Token at = cursor_.peek();
    const auto parsed = parse_word(cursor_, a_.scope);
    if (!parsed) {
      push_word(at, {});  // keeps the numbers of the words that follow
      return false;
    }
    if (!push_word(at, parsed->word)) return false;
    for (const Error& error : isa::validate_word(parsed->word, "word")) {
      cursor_.error(at, "{}", error.message);
    }
    if (parsed->name_use) {
      const auto stream = static_cast<std::uint32_t>(a_.program.streams.size());
      a_.word_references.push_back({stream, next_word() - 1, *parsed->name_use});
    }
    return true;
  }

  bool push_word(const Token& at, const isa::Siw& word) {
    if (++a_.total_words > isa::kMaxWords) return report_too_big(a_, at, "words", isa::kMaxWords);
    stream_.words.push_back(word);
    places_.push_back(place_of(at));
    return true;
  }

  bool open_loop() {
    const Token token = cursor_.take();
    // A loop whose head is wrong is opened all the same, so that its brace closes it.
    open_.push_back({found_.size(), next_word(), token});
    found_.push_back({{next_word(), next_word(), 1}, place_of(token)});
    if (open_.size() > isa::kMaxLoopDepth) {
      return report_too_big(a_, token, "loops around one word", isa::kMaxLoopDepth);
    }
    const auto count = parse_integer(cursor_, a_.scope, "the count", 1, INT64_MAX);
    if (!count) return false;
    found_[open_.back().index].loop.count = static_cast<std::uint64_t>(*count);
    if (!cursor_.expect('{', "after the count of the loop")) return false;
    return cursor_.expect_line_end();
  }

  bool close_loop() {
    const Token brace = cursor_.take();
    if (open_.empty()) {
      cursor_.error(brace, "found '}}', but no loop is open");
      return false;
    }
    const OpenLoop loop = open_.back();
    open_.pop_back();
    if (loop.first == next_word()) {
      cursor_.error(loop.token, "the loop holds no word, expected at least one");
      return cursor_.expect_line_end();
    }
    found_[loop.index].loop.last = next_word() - 1;
    return cursor_.expect_line_end();
  }

  bool parse_directive() {
    const Token dot = cursor_.take();
    const auto name = cursor_.expect_identifier("'end' or 'loop' after '.'");
    if (!name) return false;
    if (name->is("loop")) return parse_labelled_loop(*name);
    cursor_.error(dot, "found '.{}' inside stream '{}', expected .end or .loop", name->text.substr(0, 24),
                  stream_.name);
    return false;
  }

  // ".loop first, last, count": the labels of the first and the last word.
  bool parse_labelled_loop(const Token& directive) {
    Labelled loop;
    loop.place = place_of(directive);
    const auto first = cursor_.expect_identifier("the label of the first word");
    if (!first || !cursor_.expect(',', "after the first label")) return false;
    const auto last = cursor_.expect_identifier("the label of the last word");
    if (!last || !cursor_.expect(',', "after the last label")) return false;
    const auto count = parse_integer(cursor_, a_.scope, "the count", 1, INT64_MAX);
    if (!count || !cursor_.expect_line_end()) return false;
    loop.first = *first;
    loop.last = *last;
    loop.count = static_cast<std::uint64_t>(*count);
    labelled_.push_back(loop);
    return true;
  }

  std::optional<std::uint32_t> word_of(const Token& label) {
    const auto it = labels_.find(label.text);
    if (it == labels_.end()) {
      const std::string suggestion =
          did_you_mean(label.text, labels_, [](const auto& l) -> std::string_view { return l.first; });
      cursor_.error(label, "no label of stream '{}' is named {}{}", stream_.name, describe(label), suggestion);
      return std::nullopt;
    }
    if (it->second < stream_.words.size()) return it->second;
    cursor_.error(label, "the label {} stands behind the last word", describe(label));
    return std::nullopt;
  }

  void resolve_labelled_loops() {
    for (const Labelled& loop : labelled_) {
      const auto first = word_of(loop.first);
      const auto last = word_of(loop.last);
      if (!first || !last) continue;
      if (*first > *last) {
        cursor_.error(loop.last, "the last word of the loop, {}, stands before its first, {}", *last, *first);
        continue;
      }
      found_.push_back({{*first, *last, loop.count}, loop.place});
    }
  }

  bool finish() {
    for (const OpenLoop& loop : open_) cursor_.error(loop.token, "the loop is not closed by '}}'");
    resolve_labelled_loops();
    // Outer before inner; loops over the same words in the order in which they were opened.
    std::stable_sort(found_.begin(), found_.end(), [](const FoundLoop& x, const FoundLoop& y) {
      return x.loop.first != y.loop.first ? x.loop.first < y.loop.first : x.loop.last > y.loop.last;
    });
    std::vector<SourcePlace> loop_places;
    for (const FoundLoop& found : found_) {
      stream_.loops.push_back(found.loop);
      loop_places.push_back(found.place);
    }
    a_.program.streams.push_back(std::move(stream_));
    a_.word_places.push_back(std::move(places_));
    a_.loop_places.push_back(std::move(loop_places));
    return cursor_.expect_line_end();
  }

  struct Labelled {
    Token first;
    Token last;
    std::uint64_t count = 1;
    SourcePlace place;
  };

  Assembly& a_;
  Cursor& cursor_;
  isa::Stream stream_;
  std::vector<SourcePlace> places_;
  std::map<std::string, std::uint32_t, std::less<>> labels_;
  std::vector<OpenLoop> open_;
  std::vector<FoundLoop> found_;
  std::vector<Labelled> labelled_;
};

}  // namespace

bool parse_stream(Assembly& a, const Token& directive) {
  const auto name = a.cursor.expect_identifier("the name of the stream");
  // Without a name the words are read all the same, for their errors.
  const bool good = name && a.cursor.expect_line_end();
  if (!good) a.cursor.skip_line();
  const std::string_view text = name ? name->text : std::string_view("unnamed");
  if (a.program.streams.size() == isa::kMaxStreams) return report_too_big(a, directive, "streams", isa::kMaxStreams);
  const auto number = static_cast<std::uint32_t>(a.program.streams.size());
  if (name && !a.streams.emplace(text, number).second) {
    a.cursor.error(*name, "the stream {} is given twice", describe(*name));
  }
  a.stream_places.push_back(place_of(directive));
  return StreamParser(a, text).parse(directive);
}

}  // namespace vtpu::assembly
