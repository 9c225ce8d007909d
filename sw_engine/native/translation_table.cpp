#include "native/translation_table.hpp"

#include <memory>
#include <new>

namespace vtpu::native {
namespace {

using lowering::TranslationEntry;

constexpr std::uint64_t kEntries = 1ULL << lowering::kTranslationBits;
constexpr std::uint64_t kLast = kEntries - 1;  // stays empty, so that every search ends

}  // namespace

TranslationTable::TranslationTable() : block_(kEntries * sizeof(TranslationEntry)) {
  if (block_.data() == nullptr) throw std::bad_alloc();
  entries_ = static_cast<TranslationEntry*>(block_.data());
  std::uninitialized_fill_n(entries_, kEntries, TranslationEntry{});
}

void TranslationTable::enter(std::uint64_t key_lo, std::uint64_t key_hi, std::uint8_t* base) {
  const std::uint64_t home =
      ((key_lo + key_hi) * lowering::kTranslationMultiplier) >> (64 - lowering::kTranslationBits);
  const TranslationEntry entry{key_lo, key_hi, base, 0};
  for (std::uint64_t i = home; i != kLast; ++i) {
    const bool empty = entries_[i].base == nullptr;
    const bool same = entries_[i].key_lo == key_lo && entries_[i].key_hi == key_hi;
    if (empty && used_ >= kEntries / 2) break;
    if (!empty && !same) continue;
    if (empty) ++used_;
    entries_[i] = entry;
    return;
  }
  if (home != kLast) entries_[home] = entry;
}

}  // namespace vtpu::native
