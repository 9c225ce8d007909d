// The rules that every word and program keeps. Engines may rely on them: they only take validated programs.
#pragma once

#include <functional>

#include "isa/program.hpp"

namespace vtpu::isa {

// What a finding is about. `index` counts streams, sentrons, ...; `inner` counts the words or loops of a stream.
struct Place {
  enum class Kind : std::uint8_t { Program, Stream, Word, Loop, Sentron, Group, Coordinate, Memory };
  Kind kind = Kind::Program;
  std::size_t index = 0;
  std::size_t inner = 0;
  std::optional<Pipe> slot;  // of a word, where one slot is meant
};
// The text of `where`. An assembler names the source line instead of the word.
using PlaceName = std::function<std::string(const Place&)>;

// "stream NAME word I slot D", "sentron NAME", ...
[[nodiscard]] std::string default_place_name(const Program& program, const Place& place);

// All findings (the first 200). Checks: known operations, types, forms, operand ranges, zero unused and reserved bits,
// one write per register and word, dependency flags as computed, loops that nest, names, sentrons, groups and their
// references, that who waits in a group is a member, memory addresses without flags, the limits of program.hpp.
// `place_name` left out: default_place_name.
[[nodiscard]] Errors validate(const Program& program, const PlaceName& place_name = {});

// One slot alone, in pipe `pipe`.
[[nodiscard]] Errors validate_slot(const Slot& slot, Pipe pipe, const std::string& where);

// One word alone: all rules but its dependency flags and its references to sentrons and groups.
[[nodiscard]] Errors validate_word(const Siw& word, const std::string& where);

// The dependency flags of word `index`, from the registers of its predecessors.
[[nodiscard]] std::uint16_t dependency_flags(const Stream& stream, std::size_t index);

// Sets the flags of every word. Precondition: valid slots, loops inside the stream.
void compute_dependency_flags(Stream& stream);

}  // namespace vtpu::isa
