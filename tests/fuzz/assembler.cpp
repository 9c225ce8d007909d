// Any text: the assembler answers with a valid program or with errors. A program survives the way through its
// disassembly and through its container.
#include "asm/assembler.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "asm/container.hpp"
#include "asm/disassembler.hpp"
#include "isa/validate.hpp"
#include "require.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vtpu;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto program = assembly::assemble(text, "input.siw");
  if (!program) {
    fuzz::require(!program.error().empty(), "a refused text has at least one error");
    return 0;
  }
  fuzz::require(isa::validate(*program).empty(), "the validator finds nothing in an assembled program");
  // A short text may ask for a million cells; there and back, they would take longer than a fuzzer should wait.
  if (program->memory.size() > 4096 || program->sentrons.size() > 256) return 0;
  const auto again = assembly::assemble(assembly::disassemble(*program), "disassembly.siw");
  fuzz::require(again.has_value() && *again == *program, "the disassembly assembles to the same program");
  const auto read = assembly::read_container(assembly::write_container(*program), "input.siwb");
  fuzz::require(read.has_value() && *read == *program, "the container holds the same program");
  return 0;
}
