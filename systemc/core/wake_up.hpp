// Who waits for which value, and when a uop becomes ready. Latencies are known at issue, so a uop is filed once, under
// the cycle in which its last operand can be used.
#pragma once

#include "core/core_state.hpp"

namespace vtpu::core {

class WakeUp {
 public:
  explicit WakeUp(CoreState& core) : core_(core) {}

  // Operand `operand` of `uop` (being dispatched) is the value `name`.
  void add_operand(Uop& uop, unsigned operand, ResultId name);
  // All operands of `uop` are added; dispatched in `now`.
  void dispatched(Uop& uop, Cycle now);
  // `uop`, of an eager queue, is ready: had it started, its results could be used from `expected_at` on.
  void announce(Uop& uop, Cycle now, Cycle expected_at);
  // Result `which` of `uop` can be used in `usable_at`, by uops of its own kind sooner where the layout says so.
  void publish(Uop& uop, unsigned which, Cycle now, Cycle usable_at);
  // f(uop) for each uop whose operands can all be used from `now` on.
  template <typename F>
  void take_ready(Cycle now, F f) {
    calendar_.take(
        core_.uops, now, [](const Uop& u) { return u.ready_at; },
        [&](std::uint32_t position) { f(core_.uops[position]); });
  }

  // f(uop) for each uop that starts from `now` on, in vain while an operand is missing.
  template <typename F>
  void take_eager(Cycle now, F f) {
    eager_.take(
        core_.uops, now, [](const Uop& u) { return u.eager_at; },
        [&](std::uint32_t position) { f(core_.uops[position]); });
  }

 private:
  [[nodiscard]] std::uint32_t position_of(const Uop& uop) const {
    return static_cast<std::uint32_t>(&uop - core_.uops.data());
  }
  // When `reader` can use what `producer` makes usable in `usable_at`.
  [[nodiscard]] Cycle usable_by(const Uop& reader, const Uop& producer, Cycle usable_at) const;
  // One operand fewer of `uop` is unannounced.
  void expect(Uop& uop, Cycle now);
  template <typename F>
  void for_each_waiter(const Uop::Result& result, F f);

  CoreState& core_;
  Calendar<&Uop::next_ready> calendar_;
  Calendar<&Uop::next_eager> eager_;
};

}  // namespace vtpu::core
