// The register writes of an executed word as listeners hear of them.
#pragma once

#include <cstdint>
#include <vector>

#include "events/events.hpp"
#include "reference/word_executor.hpp"

namespace vtpu::core {

class RegisterWrites {
 public:
  void listen(std::uint32_t core, std::vector<events::Listener*> listeners) {
    core_ = core;
    listeners_ = std::move(listeners);
  }
  // What the operation in this pipe of the word wrote; of C, what is known before a group is released.
  void tell(events::Cycle now, std::uint32_t sentron, const reference::WordEffects& effects, isa::Pipe pipe) const {
    if (!listeners_.empty()) tell_all(now, sentron, effects, pipe);
  }

 private:
  void tell_all(events::Cycle now, std::uint32_t sentron, const reference::WordEffects& effects, isa::Pipe pipe) const;

  std::uint32_t core_ = 0;
  std::vector<events::Listener*> listeners_;
};

}  // namespace vtpu::core
