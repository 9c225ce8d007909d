// What grows while a text is assembled: the program, the names, and the references to settle at the end.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "asm/assembler.hpp"
#include "asm/cursor.hpp"
#include "asm/scope.hpp"
#include "asm/word_parser.hpp"
#include "isa/program.hpp"

namespace vtpu::assembly {

struct SourcePlace {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

// A run of sentrons that one .sentron declares: one, or name[count].
struct SentronArray {
  std::uint32_t first = 0;
  std::uint32_t count = 1;
  Token stream;  // name of the stream
};

struct Assembly {
  explicit Assembly(std::string_view text, const std::string& file_name) : cursor(text, file_name) {}

  Cursor cursor;
  Scope scope;
  ConstantValues set;  // constants that have other values than the text says
  isa::Program program;

  std::map<std::string, std::uint32_t, std::less<>> streams;
  std::map<std::string, std::uint32_t, std::less<>> sentrons;
  std::map<std::string, std::uint32_t, std::less<>> groups;
  std::map<std::string, std::size_t, std::less<>> arrays;  // index into sentron_runs, for names written with [..]
  std::vector<SentronArray> sentron_runs;

  // Settled when the whole text is read.
  struct WordReference {
    std::uint32_t stream = 0;
    std::uint32_t word = 0;
    NameUse use;
  };
  struct RouteReference {
    std::uint32_t sentron = 0;
    bool listen = false;
    std::uint32_t message = 0;
    NameUse use;
  };
  struct GroupMember {
    std::uint32_t group = 0;
    Token name;
    bool whole_array = false;
  };
  std::vector<WordReference> word_references;
  std::vector<RouteReference> route_references;
  std::vector<GroupMember> group_members;

  // Where things stand in the text, for findings of the validator.
  std::vector<std::vector<SourcePlace>> word_places;  // by stream and word
  std::vector<std::vector<SourcePlace>> loop_places;  // by stream and loop
  std::vector<SourcePlace> stream_places;
  std::vector<SourcePlace> sentron_places;
  std::vector<SourcePlace> group_places;
  std::size_t total_words = 0;
  bool too_big = false;  // a limit is passed: stop reading
};

[[nodiscard]] inline SourcePlace place_of(const Token& token) { return {token.line, token.column}; }

// Each parses one directive behind its name, to the end of its line (or block). False after an error, reported.
bool parse_program_name(Assembly& a);
bool parse_constant(Assembly& a);
bool parse_named_coordinate(Assembly& a);
bool parse_cell(Assembly& a);
bool parse_fill(Assembly& a);
bool parse_stream(Assembly& a, const Token& directive);  // to its .end
bool parse_sentron(Assembly& a);
bool parse_group(Assembly& a);

// Elements of a cell or vector: "{ f32 1.0, 2.0 }", with expressions that may use i where offered.
struct CellExpression {
  enum class Kind : std::uint8_t { I64, F64, I32, F32 };
  Kind kind = Kind::I64;
  std::vector<Expression> elements;
};
[[nodiscard]] std::optional<CellExpression> parse_cell_expression(Assembly& a, Variables offered);
[[nodiscard]] std::optional<isa::Cell> evaluate(Assembly& a, const CellExpression& cell, const Indices& at);

// Fills in what was referred to by name.
void settle_references(Assembly& a);

// Reports that something exceeds a limit of isa/program.hpp and stops reading.
bool report_too_big(Assembly& a, const Token& at, std::string_view what, std::uint64_t most);

}  // namespace vtpu::assembly
