// Packed SystemVerilog structures as Verilator lays them out: 32-bit words, the first field of a structure highest.
// Fields are given from the last to the first.
#pragma once

#include <cstdint>
#include <vector>

namespace vtpu::rtl {

class BitPacker {
 public:
  void add(std::uint64_t value, unsigned bits) {
    for (unsigned done = 0; done < bits;) {
      const unsigned at = size_ % 32;
      if (at == 0) words_.push_back(0);
      const unsigned take = bits - done < 32 - at ? bits - done : 32 - at;
      const std::uint64_t part = value >> done & ((1ULL << take) - 1);
      words_.back() |= static_cast<std::uint32_t>(part << at);
      done += take;
      size_ += take;
    }
  }
  [[nodiscard]] unsigned bits() const { return size_; }
  [[nodiscard]] const std::vector<std::uint32_t>& words() const { return words_; }
  // Precondition: at most 64 bits.
  [[nodiscard]] std::uint64_t value() const {
    std::uint64_t value = words_.empty() ? 0 : words_[0];
    if (words_.size() > 1) value |= static_cast<std::uint64_t>(words_[1]) << 32U;
    return value;
  }

 private:
  std::vector<std::uint32_t> words_;
  unsigned size_ = 0;
};

}  // namespace vtpu::rtl
