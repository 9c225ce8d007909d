#include "core/wake_up.hpp"

#include <algorithm>

namespace vtpu::core {

void WakeUp::add_operand(Uop& uop, unsigned operand, ResultId name) {
  if (name == kUsable) return;
  const std::uint64_t sequence = name / 2 - 1;
  Window& window = core_.threads[uop.thread].window;
  if (sequence < window.head) return;  // retired
  if (!core_.listeners.empty()) {
    const UopId producer = sequence * core_.threads.size() + uop.thread;
    core_.tell([&](auto& l) { l.on_operand(uop.source.info, producer); });
  }
  const Uop& producer = window.at(sequence);
  uop.reads_float = uop.reads_float || producer.domain == Domain::Float;
  Uop::Result& result = window.at(sequence).results[name % 2];
  if (result.usable_at != kNever) {
    uop.ready_at = std::max(uop.ready_at, usable_by(uop, producer, result.usable_at));
    return;
  }
  uop.next_waiter[operand] = result.first_waiter;
  result.first_waiter = position_of(uop) * 8 + operand;
  ++uop.pending;
  if (!uop.eager) return;
  if (producer.announced) {
    uop.eager_at = std::max(uop.eager_at, producer.results_expected_at);
  } else {
    ++uop.unannounced;
  }
}

void WakeUp::dispatched(Uop& uop, Cycle now) {
  uop.ready_at = std::max(uop.ready_at, now + 1);
  if (uop.pending == 0) {
    calendar_.add(core_.uops, position_of(uop), uop.ready_at);
  } else if (uop.eager && uop.unannounced == 0) {
    uop.eager_at = std::max(uop.eager_at, uop.ready_at);
    eager_.add(core_.uops, position_of(uop), uop.eager_at);
  }
}

Cycle WakeUp::usable_by(const Uop& reader, const Uop& producer, Cycle usable_at) const {
  if (reader.source.kind == producer.source.kind && reader.form != Form::Multiplied) {
    return usable_at - producer.kind->times(producer.form).sooner_to_own_kind;
  }
  if (producer.domain == Domain::None || reader.domain == Domain::None) return usable_at;
  const layout::Layout& layout = core_.layout;
  if (producer.domain == Domain::Shuffle) {
    const bool mixed = reader.form != Form::Narrow && reader.domain == Domain::Float && reader.reads_float;
    return usable_at + (mixed ? layout.mixed_operands_cycles_512 : 0);
  }
  if (reader.domain == Domain::Shuffle || reader.domain == producer.domain) return usable_at;
  return usable_at + (reader.form == Form::Narrow ? layout.crossing_cycles : layout.crossing_cycles_512);
}

template <typename F>
void WakeUp::for_each_waiter(const Uop::Result& result, F f) {
  std::uint32_t next = result.first_waiter;
  while (next != kNoPosition) {
    Uop& waiter = core_.uops[next / 8];
    next = waiter.next_waiter[next % 8];
    f(waiter);
  }
}

void WakeUp::expect(Uop& uop, Cycle now) {
  if (--uop.unannounced != 0 || uop.pending == 0 || uop.in_row) return;
  uop.eager_at = std::max({uop.eager_at, uop.ready_at, now + 1});
  eager_.add(core_.uops, position_of(uop), uop.eager_at);
}

void WakeUp::announce(Uop& uop, Cycle now, Cycle expected_at) {
  uop.announced = true;
  uop.results_expected_at = expected_at;
  for (const Uop::Result& result : uop.results) {
    for_each_waiter(result, [&](Uop& waiter) {
      if (!waiter.eager) return;
      waiter.eager_at = std::max(waiter.eager_at, expected_at);
      expect(waiter, now);
    });
  }
}

void WakeUp::publish(Uop& uop, unsigned which, Cycle now, Cycle usable_at) {
  Uop::Result& result = uop.results[which];
  result.usable_at = usable_at;
  for_each_waiter(result, [&](Uop& waiter) {
    waiter.ready_at = std::max(waiter.ready_at, usable_by(waiter, uop, usable_at));
    if (--waiter.pending == 0 && !waiter.in_row) calendar_.add(core_.uops, position_of(waiter), waiter.ready_at);
    if (waiter.eager && !uop.announced) expect(waiter, now);
  });
  result.first_waiter = kNoPosition;
}

}  // namespace vtpu::core
