#include "rtl/adapter/core_config.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "rtl/adapter/bit_packer.hpp"
#include "rtl/adapter/op_table_sv.hpp"
#include "testbench/random_layout.hpp"

using namespace vtpu;

TEST_CASE("Bits are packed from the lowest, across words") {
  rtl::BitPacker bits;
  bits.add(0x5, 3);
  bits.add(0x1FFFFFFFF, 33);
  bits.add(0x2, 2);
  CHECK(bits.bits() == 38);
  CHECK(bits.value() == (0x5ULL | 0x1FFFFFFFFULL << 3U | 0x2ULL << 36U));
  CHECK(bits.words().size() == 2);
}

TEST_CASE("A layout within the RTL's sizes is taken, one beyond them is refused with what was expected") {
  layout::Layout layout = testbench::random_layout(3);
  CHECK(rtl::why_too_large(layout).empty());
  layout.queues.front().entries = rtl::kMaxEntries + 1;
  layout.front_end.siw_per_cycle = rtl::kMaxWords + 1;
  const Errors errors = rtl::why_too_large(layout);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].message == "entries of a queue: found 129, expected at most 128, for which the RTL is built");
  CHECK(errors[1].message == "siw_per_cycle: found 5, expected at most 4, for which the RTL is built");
}

TEST_CASE("The decoder's package is made from the table of operations as it is now") {
  std::ifstream file(VTPU_SOURCE_DIR "/rtl/op_table_pkg.sv");
  const std::string written((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  CHECK(written == rtl::op_table_package());  // op_table_sv > rtl/op_table_pkg.sv
}

TEST_CASE("A crack is where the decoder looks for it") {
  layout::Layout layout;
  layout.op_cracks[{isa::Op::CBAR, isa::Type::None}] = {{3, 7}, 2, false};
  const auto cracks = rtl::crack_words(layout);
  REQUIRE(cracks.size() == 1);
  CHECK(cracks[0].first == (2U << 9U | 5U << 4U));
  CHECK(cracks[0].second[0] == (7U << 8U | 3U));
  CHECK(cracks[0].second[3] == (2U << 4U | 2U));
}
