#include "asm/assembler.hpp"

#include "asm/assembly.hpp"
#include "asm/read_file.hpp"
#include "isa/nearest.hpp"
#include "isa/validate.hpp"

namespace vtpu::assembly {
namespace {

struct Directive {
  std::string_view name;
  bool (*parse)(Assembly&);
};
constexpr Directive kDirectives[] = {{"program", parse_program_name},
                                     {"const", parse_constant},
                                     {"coord", parse_named_coordinate},
                                     {"cell", parse_cell},
                                     {"fill", parse_fill},
                                     {"sentron", parse_sentron},
                                     {"group", parse_group}};

bool parse_directive(Assembly& a) {
  a.cursor.take();  // .
  const auto name = a.cursor.expect_identifier("the name of a directive after '.'");
  if (!name) return false;
  if (name->is("stream")) return parse_stream(a, *name);
  for (const Directive& directive : kDirectives) {
    if (name->is(directive.name)) return directive.parse(a) && a.cursor.expect_line_end();
  }
  if (name->is("end")) {
    a.cursor.error(*name, ".end without a .stream before it");
    return false;
  }
  a.cursor.error(*name, "no directive is named '.{}'{}", name->text.substr(0, 24),
                 did_you_mean(name->text, kDirectives, [](const Directive& d) { return d.name; }));
  return false;
}

bool parse_statement(Assembly& a) {
  const Token& token = a.cursor.peek();
  if (token.is('.')) return parse_directive(a);
  if (token.kind == TokenKind::Identifier && isa::find_op(token.text) != nullptr) {
    a.cursor.error(token, "{} stands outside a stream, expected .stream NAME before it", describe(token));
  } else if (token.kind == TokenKind::Bad) {
    a.cursor.error(token, "{} {}", describe(token), token.problem);
  } else {
    a.cursor.error(token, "found {}, expected a directive such as .stream", describe(token));
  }
  return false;
}

void parse_text(Assembly& a) {
  for (;;) {
    a.cursor.skip_newlines();
    if (a.cursor.peek().kind == TokenKind::End || a.cursor.full() || a.too_big) return;
    const std::uint32_t line = a.cursor.peek().line;
    if (parse_statement(a)) continue;
    // A block that was not closed ends before the next directive, which is read.
    if (!a.cursor.at_directive() || a.cursor.peek().line == line) a.cursor.skip_line();
  }
}

// Where in the text a finding of the validator belongs.
std::string source_place(const Assembly& a, const isa::Place& place) {
  const auto at = [&](const SourcePlace& p) { return a.cursor.where(p.line, p.column); };
  switch (place.kind) {
    case isa::Place::Kind::Stream: return at(a.stream_places[place.index]);
    case isa::Place::Kind::Word: return at(a.word_places[place.index][place.inner]);
    case isa::Place::Kind::Loop: return at(a.loop_places[place.index][place.inner]);
    case isa::Place::Kind::Sentron: return at(a.sentron_places[place.index]);
    case isa::Place::Kind::Group: return at(a.group_places[place.index]);
    default: return a.cursor.file_name() + ": " + isa::default_place_name(a.program, place);
  }
}

Errors undeclared(const Assembly& a) {
  Errors errors;
  for (const auto& [name, value] : a.set) {
    if (a.scope.constants.contains(name)) continue;
    errors.push_back({a.cursor.file_name(), fmt::format("no constant is named '{}'{}", name,
                                                        did_you_mean(name, a.scope.constants, [](const auto& c) {
                                                          return std::string_view(c.first);
                                                        }))});
  }
  return errors;
}

}  // namespace

Result<isa::Program> assemble(std::string_view text, const std::string& file_name, const ConstantValues& set) {
  Assembly a(text, file_name);
  a.set = set;
  parse_text(a);
  if (!a.cursor.full() && !a.too_big) settle_references(a);
  if (a.cursor.errors().empty()) {
    if (Errors unknown = undeclared(a); !unknown.empty()) return fail(std::move(unknown));
  }
  if (!a.cursor.errors().empty()) return fail(a.cursor.errors());
  for (const auto& [name, at] : a.scope.coordinates) a.program.coordinates.emplace(name, at);
  for (isa::Stream& stream : a.program.streams) isa::compute_dependency_flags(stream);
  Errors findings = isa::validate(a.program, [&a](const isa::Place& place) { return source_place(a, place); });
  if (!findings.empty()) return fail(std::move(findings));
  return std::move(a.program);
}

Result<isa::Program> assemble_file(const std::string& path, const ConstantValues& set) {
  const auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  return assemble({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, path, set);
}

}  // namespace vtpu::assembly
