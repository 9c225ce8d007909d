// One line of a stream: up to three operations of different pipes, joined by '|'.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "asm/scope.hpp"
#include "isa/siw.hpp"

namespace vtpu::assembly {

// A sentron or group named in a word; they may be declared further down.
struct NameUse {
  enum class Kind : std::uint8_t { Sentron, Group };
  Kind kind = Kind::Sentron;
  Token name;
  std::optional<std::int64_t> element;  // name[element], an element of an array of sentrons
};

struct ParsedWord {
  isa::Siw word;
  std::optional<NameUse> name_use;  // of the C slot, its literal not filled in yet
};

// The cursor stands at a mnemonic; afterwards at the end of the line. Nothing after an error, which is reported; then
// the cursor stands anywhere in the line.
[[nodiscard]] std::optional<ParsedWord> parse_word(Cursor& cursor, Scope& scope);

}  // namespace vtpu::assembly
