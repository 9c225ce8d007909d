// Which conditional branches a core mispredicts: loops by their trip count, the others by what they did the last time.
#pragma once

#include <cstdint>
#include <vector>

namespace vtpu::core {

class BranchPredictor {
 public:
  explicit BranchPredictor(unsigned learned_trip_count) : learned_(learned_trip_count) {}

  // Branch number `branch` (dense) went this way: true when that was not predicted.
  bool mispredicts(std::size_t branch, bool backward, bool taken);

 private:
  struct History {
    std::uint64_t run = 0;       // times taken since the last exit
    std::uint64_t last_run = 0;  // before that exit
    bool exited = false;
    bool last_taken = false;
  };
  unsigned learned_;
  std::vector<History> histories_;
};

}  // namespace vtpu::core
