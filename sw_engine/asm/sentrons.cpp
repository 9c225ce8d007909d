// .sentron and .group, and what refers to them by name.
#include <algorithm>

#include "asm/assembly.hpp"
#include "isa/names.hpp"
#include "isa/nearest.hpp"

namespace vtpu::assembly {
namespace {

// ---- one .sentron ----

// A register of the declaration and the value it starts with, evaluated for every element of an array.
struct Initial {
  enum class What : std::uint8_t { R, V, P, MLane, Cmp, Route, Listen };
  What what = What::R;
  Token key;
  std::size_t number = 0;
  std::size_t lane = 0;
  Expression value;                   // R, MLane, Cmp, Route and Listen by number
  CellExpression vector;              // V
  CoordinateExpression coordinate;    // P
  std::optional<Token> name;          // Route and Listen by name
  std::optional<Expression> element;  // name[element]
};

class SentronParser {
 public:
  explicit SentronParser(Assembly& a) : a_(a), cursor_(a.cursor) {}

  bool parse() {
    const auto name = cursor_.expect_identifier("the name of the sentron");
    if (!name) return false;
    name_ = *name;
    if (cursor_.accept('[')) {
      array_ = true;
      const auto count = parse_integer(cursor_, a_.scope, "the number of sentrons", 1, isa::kMaxSentrons);
      if (!count || !cursor_.expect(']', "after the number of sentrons")) return false;
      count_ = static_cast<std::uint32_t>(*count);
    }
    while (!cursor_.at_line_end()) {
      if (!parse_attribute()) return false;
    }
    if (!stream_) {
      cursor_.error(name_, "sentron {} without a stream, expected stream=NAME", describe(name_));
      return false;
    }
    return create();
  }

 private:
  bool parse_attribute() {
    const auto key = cursor_.expect_identifier("stream=, r0=, v0=, p0=, m0[0]=, cmp=, route0= or listen0=");
    if (!key) return false;
    if (key->is("stream")) {
      if (!cursor_.expect('=', "after 'stream'")) return false;
      stream_ = cursor_.expect_identifier("the name of a stream");
      return stream_.has_value();
    }
    Initial initial;
    initial.key = *key;
    if (!classify(*key, initial)) return false;
    if (initial.what == Initial::What::MLane && !parse_message_lane(initial)) return false;
    if (!cursor_.expect('=', "after the register") || !parse_initial_value(initial)) return false;
    initials_.push_back(std::move(initial));
    return true;
  }

  bool classify(const Token& key, Initial& initial) {
    struct Row {
      std::string_view prefix;
      Initial::What what;
      std::uint32_t count;
    };
    static constexpr Row kRows[] = {{"r", Initial::What::R, isa::kIntRegisters},
                                    {"v", Initial::What::V, isa::kVectorRegisters},
                                    {"p", Initial::What::P, isa::kCoordinateRegisters},
                                    {"m", Initial::What::MLane, isa::kMessageRegisters},
                                    {"route", Initial::What::Route, isa::kMessageRegisters},
                                    {"listen", Initial::What::Listen, isa::kMessageRegisters}};
    if (key.is("cmp")) {
      initial.what = Initial::What::Cmp;
      return true;
    }
    for (const Row& row : kRows) {
      if (key.text.size() <= row.prefix.size() || !key.text.starts_with(row.prefix)) continue;
      const auto number = isa::numbered(key.text.substr(row.prefix.size() - 1), row.prefix.back());
      if (!number || *number >= row.count) continue;
      initial.what = row.what;
      initial.number = *number;
      return true;
    }
    cursor_.error(key, "found {}, expected stream, r0..r15, v0..v15, p0..p7, m0..m3, cmp, route0..3 or listen0..3",
                  describe(key));
    return false;
  }

  bool parse_message_lane(Initial& initial) {
    if (!cursor_.expect('[', "and a lane after the message register")) return false;
    const auto lane = parse_integer(cursor_, a_.scope, "the lane", 0, 3);
    if (!lane || !cursor_.expect(']', "after the lane")) return false;
    initial.lane = static_cast<std::size_t>(*lane);
    return true;
  }

  [[nodiscard]] Variables offered() const { return array_ ? Variables::I : Variables::None; }

  bool parse_initial_value(Initial& initial) {
    switch (initial.what) {
      case Initial::What::V: {
        auto vector = parse_cell_expression(a_, offered());
        if (!vector) return false;
        initial.vector = std::move(*vector);
        return true;
      }
      case Initial::What::P: {
        auto coordinate = parse_coordinate_expression(cursor_, a_.scope, offered());
        if (!coordinate) return false;
        initial.coordinate = std::move(*coordinate);
        return true;
      }
      case Initial::What::Route:
      case Initial::What::Listen:
        if (names_a_sentron(cursor_.peek())) return parse_sentron_name(initial);
        break;
      default: break;
    }
    auto value = parse_expression(cursor_, a_.scope.constants, offered());
    if (!value) return false;
    initial.value = std::move(*value);
    return true;
  }

  [[nodiscard]] bool names_a_sentron(const Token& token) const {
    if (token.kind != TokenKind::Identifier || (array_ && token.is("i"))) return false;
    if (is_function(token.text) && cursor_.peek_next().is('(')) return false;
    return !a_.scope.constants.contains(token.text);
  }

  bool parse_sentron_name(Initial& initial) {
    initial.name = cursor_.take();
    if (!cursor_.accept('[')) return true;
    initial.element = parse_expression(cursor_, a_.scope.constants, offered());
    return initial.element && cursor_.expect(']', "after the element");
  }

  // ---- the sentrons themselves ----

  bool create() {
    const auto first = static_cast<std::uint32_t>(a_.program.sentrons.size());
    if (first + count_ > isa::kMaxSentrons) return report_too_big(a_, name_, "sentrons", isa::kMaxSentrons);
    if (array_ && !a_.arrays.emplace(name_.text, a_.sentron_runs.size()).second) {
      cursor_.error(name_, "the array of sentrons {} is given twice", describe(name_));
      return false;
    }
    a_.sentron_runs.push_back({first, count_, *stream_});
    for (std::uint32_t i = 0; i < count_; ++i) {
      isa::SentronSpec sentron;
      sentron.name = array_ ? fmt::format("{}{}", name_.text, i) : std::string(name_.text);
      if (!a_.sentrons.emplace(sentron.name, first + i).second) {
        cursor_.error(name_, "the sentron '{}' is given twice", sentron.name);
        return false;
      }
      a_.sentron_places.push_back(place_of(name_));
      a_.program.sentrons.push_back(std::move(sentron));
      for (const Initial& initial : initials_) {
        if (!set(initial, first, i)) return false;
      }
    }
    return true;
  }

  bool set(const Initial& initial, std::uint32_t first, std::uint32_t i) {
    const Indices at{i, 0};
    isa::Registers& registers = a_.program.sentrons[first + i].initial;
    switch (initial.what) {
      case Initial::What::V: {
        const auto v = evaluate(a_, initial.vector, at);
        if (v) registers.v[initial.number] = *v;
        return v.has_value();
      }
      case Initial::What::P: {
        const auto p = evaluate(cursor_, a_.scope, initial.coordinate, at);
        if (p) registers.p[initial.number] = *p;
        return p.has_value();
      }
      case Initial::What::Route:
      case Initial::What::Listen: return set_route(initial, first, i);
      default: break;
    }
    const auto value = evaluate(cursor_, a_.scope, initial.value, at);
    if (!value) return false;
    if (initial.what == Initial::What::R) {
      registers.r[initial.number] = value->bits();
    } else if (initial.what == Initial::What::MLane) {
      registers.m[initial.number].lane[initial.lane] = value->bits();
    } else {
      const auto mask = to_integer(cursor_, initial.value, *value, "the compare mask", 0, UINT16_MAX);
      if (!mask) return false;
      registers.cmp = static_cast<std::uint16_t>(*mask);
    }
    return true;
  }

  // By number: an element of the same array, or any sentron where there is no array. By name: settled later.
  bool set_route(const Initial& initial, std::uint32_t first, std::uint32_t i) {
    const bool listen = initial.what == Initial::What::Listen;
    const auto message = static_cast<std::uint32_t>(initial.number);
    if (initial.name) {
      NameUse use{NameUse::Kind::Sentron, *initial.name, {}};
      if (initial.element) {
        const auto value = evaluate(cursor_, a_.scope, *initial.element, {i, 0});
        if (!value) return false;
        use.element = to_integer(cursor_, *initial.element, *value, "the element", 0, isa::kMaxSentrons - 1);
        if (!use.element) return false;
      }
      a_.route_references.push_back({first + i, listen, message, use});
      return true;
    }
    const auto value = evaluate(cursor_, a_.scope, initial.value, {i, 0});
    if (!value) return false;
    const std::int64_t most = array_ ? count_ - 1 : isa::kMaxSentrons - 1;
    const auto number = to_integer(cursor_, initial.value, *value,
                                   array_ ? "the element of this array" : "the number of the sentron", 0, most);
    if (!number) return false;
    isa::Registers& registers = a_.program.sentrons[first + i].initial;
    (listen ? registers.listen : registers.route)[message] = static_cast<std::int32_t>(*number + (array_ ? first : 0));
    return true;
  }

  Assembly& a_;
  Cursor& cursor_;
  Token name_;
  bool array_ = false;
  std::uint32_t count_ = 1;
  std::optional<Token> stream_;
  std::vector<Initial> initials_;
};

// ---- references ----

template <typename Map>
std::string suggestion(std::string_view name, const Map& map) {
  return did_you_mean(name, map, [](const auto& entry) -> std::string_view { return entry.first; });
}

// The number of the sentron that the use names.
std::optional<std::uint32_t> sentron_number(Assembly& a, const NameUse& use) {
  if (use.element) {
    const auto array = a.arrays.find(use.name.text);
    if (array == a.arrays.end()) {
      a.cursor.error(use.name, "no array of sentrons is named {}{}", describe(use.name),
                     suggestion(use.name.text, a.arrays));
      return std::nullopt;
    }
    const SentronArray& run = a.sentron_runs[array->second];
    if (*use.element < run.count) return run.first + static_cast<std::uint32_t>(*use.element);
    a.cursor.error(use.name, "element {} of {}, which has {}", *use.element, describe(use.name), run.count);
    return std::nullopt;
  }
  if (const auto it = a.sentrons.find(use.name.text); it != a.sentrons.end()) return it->second;
  const auto number = isa::numbered(use.name.text, 's');
  if (number && *number < a.program.sentrons.size()) return number;
  a.cursor.error(use.name, "no sentron is named {}{}", describe(use.name), suggestion(use.name.text, a.sentrons));
  return std::nullopt;
}

std::optional<std::uint32_t> group_number(Assembly& a, const Token& name) {
  if (const auto it = a.groups.find(name.text); it != a.groups.end()) return it->second;
  const auto number = isa::numbered(name.text, 'g');
  if (number && *number < a.program.groups.size()) return number;
  a.cursor.error(name, "no group is named {}{}", describe(name), suggestion(name.text, a.groups));
  return std::nullopt;
}

void settle_streams(Assembly& a) {
  for (const SentronArray& run : a.sentron_runs) {
    const auto it = a.streams.find(run.stream.text);
    if (it == a.streams.end()) {
      a.cursor.error(run.stream, "no stream is named {}{}", describe(run.stream),
                     suggestion(run.stream.text, a.streams));
      continue;
    }
    const std::size_t end = std::min<std::size_t>(run.first + run.count, a.program.sentrons.size());
    for (std::size_t i = run.first; i < end; ++i) a.program.sentrons[i].stream = it->second;
  }
}

void settle_group_members(Assembly& a) {
  std::size_t total = 0;
  for (const Assembly::GroupMember& member : a.group_members) {
    SentronArray run;
    if (member.whole_array) {
      const auto array = a.arrays.find(member.name.text);
      if (array == a.arrays.end()) {
        a.cursor.error(member.name, "no array of sentrons is named {}{}", describe(member.name),
                       suggestion(member.name.text, a.arrays));
        continue;
      }
      run = a.sentron_runs[array->second];
    } else {
      const auto number = sentron_number(a, {NameUse::Kind::Sentron, member.name, {}});
      if (!number) continue;
      run.first = *number;
    }
    total += run.count;
    if (total > isa::kMaxGroupMembers) {
      report_too_big(a, member.name, "members in all groups", isa::kMaxGroupMembers);
      return;
    }
    std::vector<std::uint32_t>& members = a.program.groups[member.group].members;
    for (std::uint32_t i = 0; i < run.count; ++i) members.push_back(run.first + i);
  }
  for (std::size_t g = 0; g < a.program.groups.size(); ++g) {
    isa::Group& group = a.program.groups[g];
    std::sort(group.members.begin(), group.members.end());
    const auto twice = std::adjacent_find(group.members.begin(), group.members.end());
    // An array that was refused half way has fewer sentrons than its members count.
    if (twice == group.members.end() || *twice >= a.program.sentrons.size()) continue;
    a.cursor.report(a.group_places[g].line, a.group_places[g].column,
                    fmt::format("sentron '{}' is in group '{}' twice", a.program.sentrons[*twice].name, group.name));
  }
}

}  // namespace

bool parse_sentron(Assembly& a) { return SentronParser(a).parse(); }

bool parse_group(Assembly& a) {
  const auto name = a.cursor.expect_identifier("the name of the group");
  if (!name || !a.cursor.expect('=', "after the name of the group")) return false;
  if (a.program.groups.size() == isa::kMaxGroups) return report_too_big(a, *name, "groups", isa::kMaxGroups);
  const auto number = static_cast<std::uint32_t>(a.program.groups.size());
  if (!a.groups.emplace(name->text, number).second) {
    a.cursor.error(*name, "the group {} is given twice", describe(*name));
    return false;
  }
  a.program.groups.push_back({std::string(name->text), {}});
  a.group_places.push_back(place_of(*name));
  do {
    const auto member = a.cursor.expect_identifier("the name of a sentron");
    if (!member) return false;
    const bool whole = a.cursor.accept('[');
    if (whole && (!a.cursor.expect('*', "for all sentrons of the array") || !a.cursor.expect(']', "after '*'"))) {
      return false;
    }
    a.group_members.push_back({number, *member, whole});
  } while (a.cursor.accept(','));
  return true;
}

void settle_references(Assembly& a) {
  settle_streams(a);
  for (const Assembly::WordReference& reference : a.word_references) {
    isa::Slot& slot = a.program.streams[reference.stream].words[reference.word].c;
    const bool sentron = reference.use.kind == NameUse::Kind::Sentron;
    const auto number = sentron ? sentron_number(a, reference.use) : group_number(a, reference.use.name);
    if (number) slot.lit = static_cast<std::uint16_t>(slot.lit | *number);
  }
  for (const Assembly::RouteReference& reference : a.route_references) {
    const auto number = sentron_number(a, reference.use);
    if (!number) continue;
    isa::Registers& registers = a.program.sentrons[reference.sentron].initial;
    (reference.listen ? registers.listen : registers.route)[reference.message] = static_cast<std::int32_t>(*number);
  }
  settle_group_members(a);
}

}  // namespace vtpu::assembly
