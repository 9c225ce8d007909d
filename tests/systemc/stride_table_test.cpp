#include "memory/stride_table.hpp"

#include <catch2/catch.hpp>

using vtpu::memory::StrideTable;

TEST_CASE("A load is followed once its misses go on with a stride") {
  StrideTable table(4, 2);
  CHECK_FALSE(table.miss(0x1000, 10));
  CHECK_FALSE(table.miss(0x1000, 13));
  CHECK(table.miss(0x1000, 16));
  CHECK(table.miss(0x1000, 19));
  CHECK_FALSE(table.miss(0x1000, 20));
  CHECK_FALSE(table.miss(0x1000, 18));
  CHECK(table.miss(0x1000, 16));
}

TEST_CASE("A load that misses the same line again has no stride") {
  StrideTable table(4, 2);
  for (int i = 0; i < 4; ++i) CHECK_FALSE(table.miss(0x1000, 10));
}

TEST_CASE("A set follows as many loads as it has ways; code addresses choose the set") {
  const auto followed = [](unsigned loads, unsigned code_bytes) {
    StrideTable table(4, 2);
    unsigned count = 0;
    for (std::uint64_t pass = 0; pass < 4; ++pass) {
      for (std::uint64_t k = 0; k < loads; ++k) {
        if (table.miss(0x1000 + k * code_bytes, pass * 1000 + k) && pass == 3) ++count;
      }
    }
    return count;
  };
  CHECK(followed(8, 1) == 8);
  CHECK(followed(10, 1) == 4);  // two sets of three loads follow none of theirs
  CHECK(followed(12, 1) == 0);
  CHECK(followed(2, 4) == 2);  // all in one set
  CHECK(followed(3, 4) == 0);
}
