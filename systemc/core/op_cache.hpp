// What decoded code the front end keeps: fused uops, in lines of 64 code bytes or in entries of so many uops.
#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "layout/layout.hpp"

namespace vtpu::core {

struct CodeInst {
  std::uint64_t address = 0;
  unsigned bytes = 0;
  unsigned instructions = 1;  // 2: macro-fused
  unsigned fused_uops = 1;
  unsigned constants = 0;  // displacement, immediate, way of a jump; an immediate of 64 bits counts twice
};

class OpCache {
 public:
  explicit OpCache(const layout::FrontEnd& front_end);

  // Whether the instruction, the next in program order, comes from here.
  [[nodiscard]] bool holds(const CodeInst& inst);
  // The instruction that was asked for last went by: from here, or decoded.
  void pass(const CodeInst& inst, bool held);

 private:
  static constexpr std::uint64_t kLineBytes = 64;
  struct Line {
    std::uint64_t starts = 0;  // bit per byte of the line: an instruction that begins there is in
    unsigned uops = 0;
    std::list<std::uint64_t>::iterator place;
  };
  [[nodiscard]] Line* line_of(const CodeInst& inst);
  void enter_line(const CodeInst& inst);

  // Instructions that follow each other in memory, from one on with which fetch began or the entry before ended.
  struct Entry {
    std::uint64_t start = 0;
    unsigned instructions = 0;  // a fused pair is one; 0: none
    unsigned constants = 0;
    std::uint64_t used = 0;
  };
  [[nodiscard]] Entry* set_of(std::uint64_t address);
  [[nodiscard]] Entry* find(std::uint64_t address);
  [[nodiscard]] bool has_room_for(const CodeInst& inst) const;  // the entry that is being made
  void enter();                                                 // the same

  unsigned capacity_;
  unsigned entry_instructions_;
  unsigned entry_constants_;

  std::unordered_map<std::uint64_t, Line> lines_;
  std::list<std::uint64_t> order_;  // most recently used first
  unsigned uops_ = 0;
  std::uint64_t last_number_ = ~0ULL;
  Line* last_line_ = nullptr;

  std::vector<Entry> entries_;  // by set
  std::size_t sets_ = 0;
  std::size_t ways_ = 0;
  std::uint64_t uses_ = 0;
  Entry making_;
  Entry* begins_ = nullptr;  // the entry that the instruction asked for last begins
  unsigned left_ = 0;        // instructions of the entry that is being read
  bool decodes_ = false;     // the instruction that went by last was decoded; so are all that follow it in memory
  std::uint64_t next_address_ = 0;  // behind the instruction that went by last
};

}  // namespace vtpu::core
