#include "phext/placement.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "phext/zorder.hpp"

using namespace vtpu;
using isa::Coordinate;
using phext::PlacedCell;
using phext::Placement;

namespace {

Coordinate random_coordinate(std::mt19937_64& random) {
  isa::Dimensions d{};
  for (auto& position : d) position = static_cast<std::uint16_t>(random() % isa::kDimensionSize);
  return isa::from_dimensions(d);
}

PlacedCell successor(PlacedCell placed) {
  placed.cell = (placed.cell + 1) % phext::kCellsPerPage;
  if (placed.cell != 0) return placed;
  if (++placed.page.lo == 0) ++placed.page.hi;
  return placed;
}

// Number of unit steps from one coordinate to the other, over all dimensions.
int distance(const Coordinate& a, const Coordinate& b) {
  int sum = 0;
  for (int d = 0; d < isa::kDimensions; ++d) {
    sum += std::abs(static_cast<int>(isa::get_dimension(a, d)) - static_cast<int>(isa::get_dimension(b, d)));
  }
  return sum;
}

}  // namespace

TEST_CASE("every placement is undone by its inverse") {
  std::mt19937_64 random(1);
  for (const Placement placement : phext::kPlacements) {
    CAPTURE(phext::name_of(placement));
    for (int i = 0; i < 20000; ++i) {
      const Coordinate at = random_coordinate(random);
      const PlacedCell placed = phext::place(placement, at);
      REQUIRE(placed.cell < phext::kCellsPerPage);
      REQUIRE(placed.page.hi >> (phext::kPageKeyBits - 64) == 0);
      REQUIRE(phext::unplace(placement, placed) == at);
    }
  }
}

TEST_CASE("every page and cell is some coordinate's place") {
  std::mt19937_64 random(2);
  for (const Placement placement : phext::kPlacements) {
    CAPTURE(phext::name_of(placement));
    for (int i = 0; i < 20000; ++i) {
      const PlacedCell placed{{random() >> (128 - phext::kPageKeyBits), random()},
                              static_cast<unsigned>(random() % phext::kCellsPerPage)};
      REQUIRE(phext::place(placement, phext::unplace(placement, placed)) == placed);
    }
  }
}

TEST_CASE("the first and the last coordinate survive every placement") {
  isa::Dimensions last{};
  last.fill(isa::kDimensionSize - 1);
  for (const Placement placement : phext::kPlacements) {
    for (const Coordinate& at : {Coordinate{}, isa::from_dimensions(last)}) {
      REQUIRE(phext::unplace(placement, phext::place(placement, at)) == at);
    }
  }
}

TEST_CASE("flags do not move a cell") {
  std::mt19937_64 random(3);
  for (const Placement placement : phext::kPlacements) {
    const Coordinate at = random_coordinate(random);
    REQUIRE(phext::place(placement, isa::with_flags(at, 127)) == phext::place(placement, at));
  }
}

TEST_CASE("linear placement puts 64 neighbours along dimension 0 on a page") {
  const Coordinate base = isa::from_dimensions({128, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31});
  const phext::PageKey page = phext::place(Placement::Linear, base).page;
  for (unsigned i = 0; i < phext::kCellsPerPage; ++i) {
    const PlacedCell placed = phext::place(Placement::Linear, isa::with_dimension(base, 0, 128 + i));
    REQUIRE(placed.page == page);
    REQUIRE(placed.cell == i);
  }
  REQUIRE_FALSE(phext::place(Placement::Linear, isa::with_dimension(base, 0, 192)).page == page);
}

TEST_CASE("z-order sends bit b of dimension d to bit 11 b + d of the index") {
  for (int d = 0; d < isa::kDimensions; ++d) {
    for (int b = 0; b < isa::kDimensionBits; ++b) {
      const PlacedCell placed = phext::place(Placement::ZOrder, isa::with_dimension({}, d, 1U << b));
      const int bit = 11 * b + d;
      CAPTURE(d, b);
      if (bit < phext::kCellBits) {
        REQUIRE(placed == PlacedCell{{0, 0}, 1U << bit});
      } else {
        const int key_bit = bit - phext::kCellBits;
        REQUIRE(placed.cell == 0);
        REQUIRE(placed.page.lo == (key_bit < 64 ? 1ULL << key_bit : 0));
        REQUIRE(placed.page.hi == (key_bit < 64 ? 0 : 1ULL << (key_bit - 64)));
      }
    }
  }
}

TEST_CASE("every way to transpose agrees with the tables and is its own inverse") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 20000; ++i) {
    const Coordinate at = random_coordinate(random);
    const Coordinate portable = phext::transpose_portable(at);
    REQUIRE(phext::transpose_portable(portable) == at);
    REQUIRE(phext::interleave_portable(at, 11) == portable);
    REQUIRE(phext::transpose(at) == portable);
    if (phext::cpu_has_bmi2()) REQUIRE(phext::transpose_bmi2(at) == portable);
    if (phext::cpu_has_gfni()) REQUIRE(phext::transpose_gfni(at) == portable);
  }
}

TEST_CASE("consecutive Hilbert indices are neighbours") {
  std::mt19937_64 random(5);
  std::vector<PlacedCell> starts{{}};  // the start of the curve, random places, and carries across many digits
  for (int i = 0; i < 200; ++i) {
    const Coordinate at = random_coordinate(random);
    starts.push_back(phext::place(Placement::Hilbert, at));
    const int zeros = 20 + i % 40;
    starts.push_back({{random() >> 13, (random() << zeros) - 1}, 0});
  }
  for (PlacedCell placed : starts) {
    Coordinate at = phext::unplace(Placement::Hilbert, placed);
    for (int i = 0; i < 200; ++i) {
      placed = successor(placed);
      const Coordinate next = phext::unplace(Placement::Hilbert, placed);
      REQUIRE(distance(at, next) == 1);
      at = next;
    }
  }
}

TEST_CASE("hash placement spreads neighbours over pages") {
  std::set<std::pair<std::uint64_t, std::uint64_t>> pages;
  for (std::uint32_t i = 0; i < isa::kDimensionSize; ++i) {
    const PlacedCell placed = phext::place(Placement::Hash, isa::with_dimension({}, 0, i));
    pages.emplace(placed.page.hi, placed.page.lo);
  }
  REQUIRE(pages.size() == isa::kDimensionSize);  // a shared page among 2^115 would be chance of 1 in 2^94
}

TEST_CASE("placements are found by their names") {
  for (const Placement placement : phext::kPlacements) {
    REQUIRE(phext::placement_named(phext::name_of(placement)) == placement);
  }
  REQUIRE_FALSE(phext::placement_named("morton").has_value());
}

// ---- regions -----------------------------------------------------------------------------------------------------

namespace {

constexpr std::array<phext::DimensionSet, 8> kRegions{
    0b1, 0b10, 0b11, 0b100'0000'0001, 0b1110, 0b1011'0101'0100, 0b000'1110'0000, 0b011'1111'1111};

template <typename Use>
void for_each_region(Use use) {
  for (const Placement kind : {Placement::Linear, Placement::ZOrder, Placement::Hilbert}) {
    for (const phext::DimensionSet region : kRegions) {
      const phext::PlacementPolicy policy(kind, region & phext::kAllDimensions);
      CAPTURE(phext::name_of(policy));
      use(policy);
    }
  }
}

}  // namespace

TEST_CASE("placements shaped for a region are undone by their inverse, both ways") {
  std::mt19937_64 random(6);
  for_each_region([&](const phext::PlacementPolicy& policy) {
    for (int i = 0; i < 2000; ++i) {
      const Coordinate at = random_coordinate(random);
      REQUIRE(phext::unplace(policy, phext::place(policy, at)) == at);
      const PlacedCell placed{{random() >> (128 - phext::kPageKeyBits), random()},
                              static_cast<unsigned>(random() % phext::kCellsPerPage)};
      REQUIRE(phext::place(policy, phext::unplace(policy, placed)) == placed);
    }
  });
}

TEST_CASE("interleaving k rows sends bit b of row r to bit k b + r, with tables and without") {
  for (unsigned k = 1; k <= 11; ++k) {
    for (unsigned row = 0; row < k; ++row) {
      for (unsigned bit = 0; bit < 11; ++bit) {
        const auto one = [](unsigned at) {
          return at < 64 ? Coordinate{1ULL << at, 0} : Coordinate{0, 1ULL << (at - 64)};
        };
        CAPTURE(k, row, bit);
        REQUIRE(phext::interleave(one(11 * row + bit), k) == one(k * bit + row));
        REQUIRE(phext::interleave_portable(one(11 * row + bit), k) == one(k * bit + row));
        REQUIRE(phext::deinterleave(one(k * bit + row), k) == one(11 * row + bit));
        REQUIRE(phext::deinterleave_portable(one(k * bit + row), k) == one(11 * row + bit));
      }
    }
  }
}

// 6 bits of cell over k dimensions: the first 6 mod k of them get one bit more.
TEST_CASE("the page of a region is a block in the region's dimensions and one position in all others") {
  std::mt19937_64 random(7);
  for (const Placement kind : {Placement::ZOrder, Placement::Hilbert}) {
    for (const int region : {0b11, 0b100'0000'0001, 0b1110, 0b11'1111}) {
      const phext::PlacementPolicy policy(kind, static_cast<phext::DimensionSet>(region));
      CAPTURE(phext::name_of(policy));
      const Coordinate at = random_coordinate(random);
      const phext::PageKey page = phext::place(policy, at).page;
      const int k = __builtin_popcount(region);
      REQUIRE(6 % k == 0);
      const std::uint32_t side = 1U << (6 / k);
      for (unsigned cell = 0; cell < phext::kCellsPerPage; ++cell) {
        const Coordinate inside = phext::unplace(policy, {page, cell});
        for (int d = 0; d < isa::kDimensions; ++d) {
          const std::uint32_t extent = (region >> d & 1) != 0 ? side : 1;
          REQUIRE(isa::get_dimension(inside, d) / extent == isa::get_dimension(at, d) / extent);
        }
      }
    }
  }
}

TEST_CASE("consecutive indices of a Hilbert curve through a region are neighbours") {
  std::mt19937_64 random(8);
  for (const phext::DimensionSet region : kRegions) {
    const phext::PlacementPolicy policy(Placement::Hilbert, region & phext::kAllDimensions);
    CAPTURE(phext::name_of(policy));
    const int bits = 11 * __builtin_popcount(policy.region);
    const Coordinate base = random_coordinate(random);
    PlacedCell placed = phext::place(policy, base);
    Coordinate at = base;
    for (int i = 0; i < 500; ++i) {
      placed = successor(placed);
      const bool leaves = bits < 64 && ((placed.page.lo << 6U | placed.cell) & ((1ULL << bits) - 1)) == 0;
      const Coordinate next = phext::unplace(policy, placed);
      if (!leaves) REQUIRE(distance(at, next) == 1);
      at = next;
    }
  }
}

TEST_CASE("a region's name is found again, and what is no region is not") {
  for_each_region(
      [&](const phext::PlacementPolicy& policy) { REQUIRE(phext::placement_named(phext::name_of(policy)) == policy); });
  REQUIRE(phext::placement_named("zorder:d1,d0") == phext::PlacementPolicy(Placement::ZOrder, 0b11));
  REQUIRE(phext::placement_named("hilbert:d0,d1,d2,d3,d4,d5,d6,d7,d8,d9,d10") == Placement::Hilbert);
  for (const char* wrong : {"hash:d0", "zorder:", "zorder:d11", "zorder:d", "zorder:d0,", "zorder:0", "zorder:d0;d1",
                            "zorder:d-1", "zorder:d 1"}) {
    CAPTURE(wrong);
    REQUIRE_FALSE(phext::placement_named(wrong).has_value());
  }
}
