#include "native/translation_table.hpp"

#include <catch2/catch.hpp>

namespace vtpu::native {
namespace {

using lowering::TranslationEntry;

constexpr std::uint64_t kEntries = 1ULL << lowering::kTranslationBits;

std::uint64_t home_of(std::uint64_t lo, std::uint64_t hi) {
  return ((lo + hi) * lowering::kTranslationMultiplier) >> (64 - lowering::kTranslationBits);
}

// As generated code searches.
const TranslationEntry* found(const TranslationTable& table, std::uint64_t lo, std::uint64_t hi) {
  for (const TranslationEntry* e = table.entries() + home_of(lo, hi);; ++e) {
    if (e->key_lo == lo && e->key_hi == hi) return e;
    if (e->base == nullptr) return nullptr;
  }
}

std::uint8_t* address(std::uint64_t n) { return reinterpret_cast<std::uint8_t*>(0x10000 + 64 * n); }

TEST_CASE("TranslationTable: every key that was entered is found with its address while the table is half empty") {
  TranslationTable table;
  for (std::uint64_t n = 0; n < kEntries / 2; ++n) table.enter(n << 11U, n << 7U, address(n));
  std::uint64_t lost = 0;
  for (std::uint64_t n = 0; n < kEntries / 2; ++n) {
    const TranslationEntry* e = found(table, n << 11U, n << 7U);
    if (e == nullptr || e->base != address(n)) ++lost;
  }
  CHECK(lost == 0);
  CHECK(found(table, 1, 0) == nullptr);
}

TEST_CASE("TranslationTable: keys with one home follow each other") {
  TranslationTable table;
  std::uint64_t n = 0;
  table.enter(64, 0, address(++n));
  table.enter(0, 64, address(++n));
  table.enter(32, 32, address(++n));
  CHECK(found(table, 64, 0) == table.entries() + home_of(64, 0));
  CHECK(found(table, 0, 64) == table.entries() + home_of(64, 0) + 1);
  CHECK(found(table, 32, 32) == table.entries() + home_of(64, 0) + 2);
  table.enter(0, 64, address(9));
  CHECK(found(table, 0, 64)->base == address(9));
  CHECK(found(table, 32, 32)->base == address(3));
}

TEST_CASE("TranslationTable: beyond half full a new key takes its home's place, and searches still end") {
  TranslationTable table;
  for (std::uint64_t n = 0; n < 2 * kEntries; ++n) {
    table.enter(n << 6U, 0, address(n));
    if (home_of(n << 6U, 0) != kEntries - 1) REQUIRE(found(table, n << 6U, 0)->base == address(n));
  }
  CHECK(table.entries()[kEntries - 1].base == nullptr);
  CHECK(found(table, 1, 1) == nullptr);
}

}  // namespace
}  // namespace vtpu::native
