#include "native/channels.hpp"

namespace vtpu::native {

GuardedChannel& Channels::between(std::uint32_t sender, std::uint32_t receiver) {
  const std::lock_guard lock(guard_);
  GuardedChannel*& channel = by_ends_[std::uint64_t{sender} << 32U | receiver];
  if (channel == nullptr) {
    channel = &channels_.emplace_back();
    channel->sender = sender;
    channel->receiver = receiver;
    channel->set_shared(sender % workers_ != receiver % workers_);
  }
  return *channel;
}

void Channels::reset() {
  for (GuardedChannel& channel : channels_) {
    channel.head = 0;
    channel.tail = 0;
    channel.set_waiting(false);
  }
}

}  // namespace vtpu::native
