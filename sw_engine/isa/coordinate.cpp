#include "isa/coordinate.hpp"

#include <fmt/format.h>

namespace vtpu::isa {
namespace {

__extension__ using u128 = unsigned __int128;

constexpr u128 kFieldMask = kDimensionSize - 1;
constexpr int kFlagShift = kDimensions * kDimensionBits;

u128 bits(const Coordinate& c) { return (static_cast<u128>(c.hi) << 64) | c.lo; }

Coordinate from_bits(u128 b) { return {static_cast<std::uint64_t>(b), static_cast<std::uint64_t>(b >> 64)}; }

Coordinate with_field(const Coordinate& c, int shift, u128 mask, std::uint32_t value) {
  return from_bits((bits(c) & ~(mask << shift)) | (static_cast<u128>(value) << shift));
}

}  // namespace

std::uint32_t get_dimension(const Coordinate& c, int dimension) {
  return static_cast<std::uint32_t>((bits(c) >> (dimension * kDimensionBits)) & kFieldMask);
}

Coordinate with_dimension(Coordinate c, int dimension, std::uint32_t value) {
  return with_field(c, dimension * kDimensionBits, kFieldMask, value);
}

std::uint32_t get_flags(const Coordinate& c) { return static_cast<std::uint32_t>(bits(c) >> kFlagShift); }

Coordinate with_flags(Coordinate c, std::uint32_t flags) {
  return with_field(c, kFlagShift, (1U << kFlagBits) - 1U, flags);
}

Coordinate address_of(Coordinate c) { return with_flags(c, 0); }

Dimensions to_dimensions(const Coordinate& c) {
  Dimensions d{};
  for (int i = 0; i < kDimensions; ++i)
    d[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(get_dimension(c, i));
  return d;
}

Coordinate from_dimensions(const Dimensions& d, std::uint32_t flags) {
  Coordinate c;
  for (int i = 0; i < kDimensions; ++i) c = with_dimension(c, i, d[static_cast<std::size_t>(i)]);
  return with_flags(c, flags);
}

std::optional<Coordinate> step(const Coordinate& c, int dimension, std::int64_t step) {
  const std::int64_t position = get_dimension(c, dimension);
  std::int64_t moved = 0;
  if (__builtin_add_overflow(position, step, &moved)) return std::nullopt;
  if (moved < 0 || moved >= static_cast<std::int64_t>(kDimensionSize)) return std::nullopt;
  return with_dimension(c, dimension, static_cast<std::uint32_t>(moved));
}

std::string to_string(const Coordinate& c) {
  const Dimensions d = to_dimensions(c);
  std::string text = fmt::format("{}.{}.{}/{}.{}.{}/{}.{}.{}/{}.{}", d[10], d[9], d[8], d[7], d[6], d[5], d[4], d[3],
                                 d[2], d[1], d[0]);
  if (const std::uint32_t flags = get_flags(c); flags != 0) text += fmt::format("!{}", flags);
  return text;
}

Result<Coordinate> parse_coordinate(const std::string& text) {
  static constexpr char kSeparators[kDimensions] = {'.', '.', '/', '.', '.', '/', '.', '.', '/', '.', 0};
  Dimensions d{};
  std::size_t at = 0;
  const auto number = [&](std::uint32_t limit) -> std::optional<std::uint32_t> {
    const std::size_t begin = at;
    std::uint32_t value = 0;
    while (at < text.size() && text[at] >= '0' && text[at] <= '9' && at - begin < 5) {
      value = value * 10 + static_cast<std::uint32_t>(text[at++] - '0');
    }
    if (at == begin || value >= limit) return std::nullopt;
    return value;
  };
  const auto bad = [&](const std::string& expected) {
    return fail("", fmt::format("coordinate '{}': expected {} at character {}", text, expected, at + 1));
  };
  for (int i = kDimensions - 1, k = 0; i >= 0; --i, ++k) {
    const auto value = number(kDimensionSize);
    if (!value) return bad(fmt::format("a position 0..2047 for dimension {}", i));
    d[static_cast<std::size_t>(i)] = static_cast<std::uint16_t>(*value);
    if (i == 0) break;
    if (at >= text.size() || text[at] != kSeparators[k]) return bad(fmt::format("'{}'", kSeparators[k]));
    ++at;
  }
  std::uint32_t flags = 0;
  if (at < text.size() && text[at] == '!') {
    ++at;
    const auto value = number(1U << kFlagBits);
    if (!value) return bad("flags 0..127");
    flags = *value;
  }
  if (at != text.size()) return bad("the end");
  return from_dimensions(d, flags);
}

}  // namespace vtpu::isa
