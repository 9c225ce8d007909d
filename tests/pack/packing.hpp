// Programs as text, packed, and run before and after.
#pragma once

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "asm/assembler.hpp"
#include "isa/validate.hpp"
#include "layout/layout.hpp"
#include "pack/pack.hpp"
#include "reference/engine.hpp"

namespace vtpu::test {

inline const layout::Layout& core(const std::string& name) {
  static std::map<std::string, layout::Layout> loaded;
  const auto found = loaded.find(name);
  if (found != loaded.end()) return found->second;
  const auto layout = layout::find_layout(name, VTPU_SOURCE_DIR "/layouts");
  if (!layout) FAIL(layout.error().front().text());
  return loaded.emplace(name, *layout).first->second;
}

inline isa::Program assembled(const std::string& text) {
  const auto program = assembly::assemble(text, "test");
  if (!program) FAIL(program.error().front().text());
  return *program;
}

// A program of one sentron that runs `words`; p0..p3 and p7 start in different rows (dimension 1).
inline isa::Program one_stream(const std::string& words, const std::string& before = "") {
  return assembled(
      fmt::format(".program test\n{}.stream main\n{}\n.end\n.sentron s stream=main p0=@1.1.1/1.1.1/1.1.1/1.1 "
                  "p1=@1.1.1/1.1.1/1.1.1/2.1 p2=@1.1.1/1.1.1/1.1.1/3.1 p3=@1.1.1/1.1.1/1.1.1/4.1 "
                  "p7=@1.1.1/1.1.1/1.1.1/9.1\n",
                  before, words));
}

// Packs, checks that the result is valid and reaches the state of the source.
inline pack::Packed packed(const isa::Program& program, int tier, const std::string& layout = "zen4") {
  pack::Packed result = pack::pack(program, core(layout), {tier});
  for (const Error& error : isa::validate(result.program)) FAIL(error.text());
  const isa::MachineState before = reference::run(program).state;
  const isa::MachineState after = reference::run(result.program).state;
  for (const std::string& difference : isa::differences(before, "source", after, "packed")) FAIL(difference);
  REQUIRE(before == after);
  return result;
}

}  // namespace vtpu::test
