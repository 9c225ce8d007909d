#include "events/events.hpp"

#include <array>

namespace vtpu::events {

std::string_view name_of(SlotReason reason) {
  static constexpr std::array<std::string_view, static_cast<std::size_t>(SlotReason::Count)> kNames{
      "retiring",     "front end", "window full",      "queue full",   "registers full", "port conflict",
      "operand wait", "memory",    "translation miss", "message wait", "drained",        "last slots"};
  return kNames.at(static_cast<std::size_t>(reason));
}

}  // namespace vtpu::events
