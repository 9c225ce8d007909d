// Small programs for the analysers' tests.
#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "asm/assembler.hpp"
#include "layout/layout.hpp"

namespace vtpu::analysis {

inline isa::Program assemble(const std::string& text) {
  const auto program = assembly::assemble(text, "test.siw");
  INFO((program ? std::string() : program.error().front().text()));
  REQUIRE(program);
  return *program;
}

inline layout::Layout layout_named(const std::string& name) {
  const auto found = layout::find_layout(name, VTPU_SOURCE_DIR "/layouts");
  REQUIRE(found);
  return *found;
}

// One sentron with `body`; p0 starts at zero.
inline isa::Program one_stream(const std::string& body, const std::string& attributes = "") {
  return assemble(".program test\n.stream main\n" + body + "\n.end\n.sentron one stream=main " + attributes + "\n");
}

}  // namespace vtpu::analysis
