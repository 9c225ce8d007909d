#include <catch2/catch.hpp>

#include "memory/tlb.hpp"

using vtpu::memory::PageSet;
using vtpu::memory::Tlb;

TEST_CASE("A page set forgets the least recently used page") {
  PageSet pages(2);
  CHECK_FALSE(pages.touch(1));
  CHECK_FALSE(pages.touch(2));
  CHECK(pages.touch(1));
  CHECK_FALSE(pages.touch(3));  // 2 leaves
  CHECK(pages.touch(1));
  CHECK_FALSE(pages.touch(2));
}

TEST_CASE("Translation costs nothing in the first level, little in the second, a walk elsewhere") {
  vtpu::layout::Memory memory;
  memory.dtlb_entries = 2;
  memory.l2_tlb_entries = 4;
  memory.l2_tlb_latency = 7;
  memory.walk_latency = 30;
  Tlb tlb(memory);
  CHECK(tlb.delay(0x1000, 0) == 30);
  CHECK(tlb.delay(0x1FFF, 0) == 0);
  CHECK(tlb.delay(0x2000, 0) == 30);
  CHECK(tlb.delay(0x3000, 0) == 30);
  CHECK(tlb.delay(0x1000, 0) == 7);
  CHECK(tlb.counts() == vtpu::memory::TlbCounts{1, 1, 3});
}

TEST_CASE("Without a second level every first-level miss walks") {
  vtpu::layout::Memory memory;
  memory.dtlb_entries = 1;
  memory.walk_latency = 30;
  Tlb tlb(memory);
  CHECK(tlb.delay(0x1000, 0) == 30);
  CHECK(tlb.delay(0x2000, 0) == 30);
  CHECK(tlb.delay(0x1000, 0) == 30);
}

TEST_CASE("A page walk waits for one of the walkers") {
  vtpu::layout::Memory memory;
  memory.walk_latency = 30;
  memory.page_walkers = 2;
  Tlb tlb(memory);
  CHECK(tlb.delay(0x1000, 100) == 30);
  CHECK(tlb.delay(0x2000, 105) == 30);
  CHECK(tlb.delay(0x3000, 110) == 50);  // from 130 to 160
  CHECK(tlb.delay(0x4000, 200) == 30);
}
