// A worker's inline table, from keys of coordinates to host addresses: open addressing with linear probing, which
// generated code does itself (lowering/context.hpp has the shape). Entries stay valid for ever, as cells never move.
#pragma once

#include <cstdint>

#include "lowering/context.hpp"
#include "phext/host_block.hpp"

namespace vtpu::native {

class TranslationTable {
 public:
  TranslationTable();

  [[nodiscard]] lowering::TranslationEntry* entries() const { return entries_; }
  // From now on found by generated code, unless a later key takes its place, which happens in a half-full table only.
  void enter(std::uint64_t key_lo, std::uint64_t key_hi, std::uint8_t* base);

 private:
  phext::HostBlock block_;
  lowering::TranslationEntry* entries_;
  std::uint64_t used_ = 0;
};

}  // namespace vtpu::native
