#include "core/age_bitmap.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

using vtpu::core::AgeBitmap;

TEST_CASE("The next member of an age bitmap is that of a sorted set") {
  std::mt19937 engine(7);
  const auto random = [&] { return static_cast<std::uint32_t>(engine()); };
  for (const std::uint32_t size : {8U, 64U, 256U, 8192U}) {
    AgeBitmap bitmap(size);
    std::set<std::uint32_t> members;
    for (int step = 0; step < 4000; ++step) {
      const std::uint32_t i = random() % size;
      if (random() % 3 == 0) {
        bitmap.set(i);
        members.insert(i);
      } else {
        bitmap.clear(i);
        members.erase(i);
      }
      const std::uint32_t from = random() % size;
      const std::uint32_t end = from + random() % (size - from + 1);
      const auto expected = members.lower_bound(from);
      const bool found = expected != members.end() && *expected < end;
      REQUIRE(bitmap.next(from, end) == (found ? *expected : AgeBitmap::kNone));
      REQUIRE(bitmap.test(i) == members.contains(i));
      REQUIRE(bitmap.empty() == members.empty());
    }
  }
}
