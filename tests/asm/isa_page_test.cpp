// The committed ISA page is the one that the operation table gives.
#include "asm/isa_page.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "asm/read_file.hpp"
#include "isa/op_table.hpp"

namespace vtpu::assembly {
namespace {

TEST_CASE("docs/reference/isa.md is what isa_page prints") {
  const auto page = read_file(VTPU_SOURCE_DIR "/docs/reference/isa.md");
  REQUIRE(page);
  CHECK(std::string(page->begin(), page->end()) == isa_page());
}

TEST_CASE("every operation has its section") {
  const std::string page = isa_page();
  for (const isa::OpInfo& info : isa::all_ops()) {
    CHECK(page.find("### " + std::string(info.mnemonic) + "\n") != std::string::npos);
  }
}

}  // namespace
}  // namespace vtpu::assembly
