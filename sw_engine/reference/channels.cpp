#include "reference/channels.hpp"

#include <algorithm>

namespace vtpu::reference {

void Channel::grow() {
  std::vector<isa::Message> larger(std::max<std::size_t>(4, ring_.size() * 2));
  for (std::uint64_t i = head_; i != tail_; ++i) larger[i & (larger.size() - 1)] = ring_[i & (ring_.size() - 1)];
  ring_ = std::move(larger);
}

void Channel::push(const isa::Message& message) {
  if (tail_ - head_ == ring_.size()) grow();
  ring_[tail_++ & (ring_.size() - 1)] = message;
}

isa::Message Channel::pop() { return ring_[head_++ & (ring_.size() - 1)]; }

}  // namespace vtpu::reference
