// Messages between sentrons: one bounded queue per (sender, receiver), in order.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "isa/program.hpp"

namespace vtpu::reference {

class Channel {
 public:
  [[nodiscard]] bool empty() const { return head_ == tail_; }
  [[nodiscard]] bool full() const { return tail_ - head_ == isa::kChannelCapacity; }
  void push(const isa::Message& message);  // precondition: not full
  [[nodiscard]] isa::Message pop();        // precondition: not empty

 private:
  void grow();

  std::vector<isa::Message> ring_;  // a power of two, grows up to kChannelCapacity
  std::uint64_t head_ = 0;          // messages taken
  std::uint64_t tail_ = 0;          // messages sent
};

class Channels {
 public:
  // Stable address; an unused channel is empty.
  [[nodiscard]] Channel& between(std::uint32_t sender, std::uint32_t receiver) {
    return channels_[static_cast<std::uint64_t>(sender) << 32U | receiver];
  }

 private:
  std::unordered_map<std::uint64_t, Channel> channels_;
};

}  // namespace vtpu::reference
