// The load instructions that missed last, and with which stride: what a prefetcher that follows instructions keeps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace vtpu::memory {

class StrideTable {
 public:
  // sets: of instructions, by code address modulo their number; 0: no table.
  StrideTable(unsigned sets, unsigned ways) : ways_(ways), sets_(sets), entries_(std::size_t{sets} * ways) {}
  [[nodiscard]] bool present() const { return sets_ != 0; }
  // The load at the code address `instruction` misses `line`. True where the table has the instruction, and the line is
  // as far from the one it missed last as that one was from the one before. Precondition: present().
  bool miss(std::uint64_t instruction, std::uint64_t line);

 private:
  struct Entry {
    std::uint64_t instruction = 0;  // 0: none
    std::uint64_t line = 0;         // that it missed last
    std::int64_t stride = 0;        // in lines; 0: none yet
    std::uint64_t used = 0;
  };

  std::size_t ways_;
  std::size_t sets_;
  std::vector<Entry> entries_;
  std::uint64_t uses_ = 0;
};

}  // namespace vtpu::memory
