// Coordinates: every bit pattern survives, fields are where the layout says, steps never wrap.
#include "isa/coordinate.hpp"

#include <catch2/catch.hpp>
#include <random>

namespace vtpu::isa {
namespace {

__extension__ using u128 = unsigned __int128;

u128 bits(const Coordinate& c) { return static_cast<u128>(c.hi) << 64U | c.lo; }
Coordinate coordinate(u128 b) { return {static_cast<std::uint64_t>(b), static_cast<std::uint64_t>(b >> 64U)}; }

void check_survives(const Coordinate& c) {
  CHECK(from_dimensions(to_dimensions(c), get_flags(c)) == c);
  const auto parsed = parse_coordinate(to_string(c));
  REQUIRE(parsed);
  CHECK(*parsed == c);
}

TEST_CASE("every walking one and walking zero survives fields and text") {
  for (unsigned i = 0; i < 128; ++i) {
    const u128 one = u128{1} << i;
    check_survives(coordinate(one));
    check_survives(coordinate(~one));
  }
}

TEST_CASE("random 128-bit patterns survive fields and text") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 2000; ++i) check_survives({random(), random()});
}

TEST_CASE("dimension k occupies bits 11k to 11k+10, field 5 across the 64-bit boundary") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 200; ++i) {
    const Coordinate c{random(), random()};
    for (int k = 0; k < kDimensions; ++k) {
      CHECK(get_dimension(c, k) == static_cast<std::uint32_t>(bits(c) >> (11 * k) & 2047U));
    }
    CHECK(get_flags(c) == static_cast<std::uint32_t>(bits(c) >> 121U));
  }
  const Coordinate five = with_dimension({}, 5, 2047);
  CHECK(five.lo == std::uint64_t{0x1FF} << 55U);
  CHECK(five.hi == 3);
}

TEST_CASE("writing one dimension keeps all other bits") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 200; ++i) {
    const Coordinate c{random(), random()};
    const auto value = static_cast<std::uint32_t>(random() & 2047U);
    for (int k = 0; k < kDimensions; ++k) {
      const u128 mask = u128{2047} << (11 * k);
      const Coordinate changed = with_dimension(c, k, value);
      CHECK((bits(changed) & ~mask) == (bits(c) & ~mask));
      CHECK(get_dimension(changed, k) == value);
    }
  }
}

TEST_CASE("an address is the coordinate without its flags") {
  const Coordinate c{~0ULL, ~0ULL};
  CHECK(get_flags(address_of(c)) == 0);
  CHECK(to_dimensions(address_of(c)) == to_dimensions(c));
}

TEST_CASE("a step stays inside 0..2047 or is refused") {
  for (int k = 0; k < kDimensions; ++k) {
    const Coordinate c = with_dimension({}, k, 2000);
    CHECK(step(c, k, 47) == with_dimension({}, k, 2047));
    CHECK(step(c, k, -2000) == Coordinate{});
    CHECK_FALSE(step(c, k, 48));
    CHECK_FALSE(step(c, k, -2001));
    CHECK_FALSE(step(c, k, INT64_MAX));
    CHECK_FALSE(step(c, k, INT64_MIN));
  }
}

TEST_CASE("text that is no coordinate is refused with the character where it goes wrong") {
  const auto message = [](const char* text) { return parse_coordinate(text).error().front().message; };
  CHECK_THAT(message(""), Catch::Contains("dimension 10 at character 1"));
  CHECK_THAT(message("1.2.3/4"), Catch::Contains("expected '.' at character 8"));
  CHECK_THAT(message("1.1.1/1.1.1/1.1.1/1.2048"), Catch::Contains("0..2047 for dimension 0"));
  CHECK_THAT(message("1.1.1/1.1.1/1.1.1/1.1!128"), Catch::Contains("flags 0..127"));
  CHECK_THAT(message("1.1.1/1.1.1/1.1.1/1.1x"), Catch::Contains("expected the end"));
}

}  // namespace
}  // namespace vtpu::isa
