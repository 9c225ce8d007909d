#include "pack/dependences.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace vtpu::pack {
namespace {

constexpr std::uint32_t kNobody = UINT32_MAX;

bool conflict(const Operation& a, const Operation& b) {
  return (a.memory == MemoryUse::Write || b.memory == MemoryUse::Write) && (a.lanes & b.lanes) != 0 &&
         boxes_meet(a.box, b.box);
}

// Growth of a base over one iteration; nothing: unknown.
std::optional<std::int32_t> growth_of(std::uint32_t base, const CoordinateGrowth& growth) {
  if (base == 0) return 0;
  if (base >= kFirstUnknownBase) return std::nullopt;
  const std::uint32_t index = base - 1;
  return growth[index / isa::kDimensions][index % isa::kDimensions];
}

// The first of the next iterations in which `b` may meet the cell that `a` touches in this one; nothing: never.
std::optional<unsigned> meeting(const Operation& a, const Operation& b, const CoordinateGrowth& growth) {
  std::optional<std::int32_t> pinned;
  for (std::size_t d = 0; d < a.at.size(); ++d) {
    if (a.at[d].base != b.at[d].base) continue;
    const auto per_iteration = growth_of(a.at[d].base, growth);
    if (!per_iteration) continue;
    const std::int32_t apart = a.at[d].offset - b.at[d].offset;
    if (*per_iteration == 0) {
      if (apart != 0) return std::nullopt;
      continue;
    }
    if (apart % *per_iteration != 0) return std::nullopt;
    const std::int32_t distance = apart / *per_iteration;
    if (distance < 1 || (pinned && *pinned != distance)) return std::nullopt;
    pinned = distance;
  }
  return static_cast<unsigned>(pinned.value_or(1));
}

class Collector {
 public:
  Collector(const std::vector<Operation>& operations, const Latencies& latencies)
      : operations_(operations), latencies_(latencies) {}

  void registers(RegisterMask renamed, bool loop);
  void memory();
  void memory_of_loop(const CoordinateGrowth& growth);
  void messages(bool loop);
  void memory_around(bool loop, bool shared);
  std::vector<Dependence> take() { return std::move(out_); }

 private:
  // The order of one register: who wrote it last, who has read it since.
  struct Register {
    std::uint32_t first_writer = kNobody;
    std::uint32_t last_writer = kNobody;
    std::vector<std::uint32_t> readers;  // since the last write
    std::vector<std::uint32_t> exposed;  // before the first write
  };

  void flow(std::uint32_t from, std::uint32_t to, unsigned reg, unsigned distance) {
    const unsigned cycles = latencies_.of(operations_[from], reg);
    out_.push_back({from, to, 1, std::max(1U, latencies_.planned(cycles)), cycles, distance});
  }
  void order(std::uint32_t from, std::uint32_t to, unsigned delay, unsigned distance) {
    out_.push_back({from, to, delay, delay, delay, distance});
  }
  void memory_order(std::uint32_t from, std::uint32_t to, unsigned distance) {
    const Operation& a = operations_[from];
    if (a.memory == MemoryUse::Write && operations_[to].memory == MemoryUse::Read) {
      const unsigned cycles = std::max(1U, latencies_.store_to_load());
      out_.push_back({from, to, 1, std::max(1U, latencies_.planned(cycles)), cycles, distance});
    } else {
      order(from, to, 1, distance);
    }
  }

  void word_of_registers(std::uint32_t first, std::uint32_t end, RegisterMask renamed);

  const std::vector<Operation>& operations_;
  const Latencies& latencies_;
  std::array<Register, kRegisters> state_;
  std::vector<Dependence> out_;
};

void Collector::word_of_registers(std::uint32_t first, std::uint32_t end, RegisterMask renamed) {
  for (std::uint32_t i = first; i < end; ++i) {
    const Operation& operation = operations_[i];
    each_register(operation.read, [&](unsigned reg) {
      Register& r = state_[reg];
      if (r.last_writer == kNobody) {
        r.exposed.push_back(i);
      } else {
        flow(r.last_writer, i, reg, 0);
      }
    });
    each_register(operation.written & ~renamed, [&](unsigned reg) {
      Register& r = state_[reg];
      if (r.last_writer != kNobody) order(r.last_writer, i, 1, 0);
      for (const std::uint32_t reader : r.readers) order(reader, i, 0, 0);
      for (std::uint32_t other = first; other < end; ++other) {
        if (other != i && (operations_[other].read & bit(reg)) != 0) order(other, i, 0, 0);
      }
    });
  }
  for (std::uint32_t i = first; i < end; ++i) {
    each_register(operations_[i].written, [&](unsigned reg) {
      Register& r = state_[reg];
      if (r.first_writer == kNobody) r.first_writer = i;
      r.last_writer = i;
      r.readers.clear();
    });
  }
  for (std::uint32_t i = first; i < end; ++i) {
    each_register(operations_[i].read, [&](unsigned reg) {
      const std::uint32_t writer = state_[reg].last_writer;
      if (writer == kNobody || writer < first) state_[reg].readers.push_back(i);
    });
  }
}

void Collector::registers(RegisterMask renamed, bool loop) {
  for (std::uint32_t first = 0; first < operations_.size();) {
    std::uint32_t end = first + 1;
    while (end < operations_.size() && operations_[end].word == operations_[first].word) ++end;
    word_of_registers(first, end, renamed);
    first = end;
  }
  if (!loop) return;
  for (unsigned reg = 0; reg < kRegisters; ++reg) {
    const Register& r = state_[reg];
    if (r.first_writer == kNobody) continue;
    for (const std::uint32_t reader : r.exposed) flow(r.last_writer, reader, reg, 1);
    if ((renamed & bit(reg)) != 0) continue;
    order(r.last_writer, r.first_writer, 1, 1);
    for (const std::uint32_t reader : r.readers) order(reader, r.first_writer, 0, 1);
  }
}

void Collector::memory() {
  std::vector<std::uint32_t> seen;
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    if (operations_[i].memory == MemoryUse::None) continue;
    for (const std::uint32_t before : seen) {
      if (may_overlap(operations_[before], operations_[i])) memory_order(before, i, 0);
    }
    seen.push_back(i);
  }
}

void Collector::memory_of_loop(const CoordinateGrowth& growth) {
  std::vector<std::uint32_t> users;
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    if (operations_[i].memory != MemoryUse::None) users.push_back(i);
  }
  for (const std::uint32_t a : users) {
    for (const std::uint32_t b : users) {
      if (a == b || !conflict(operations_[a], operations_[b])) continue;
      if (const auto distance = meeting(operations_[a], operations_[b], growth)) memory_order(a, b, *distance);
    }
  }
}

// Messages, group operations and fences keep their order.
void Collector::messages(bool loop) {
  std::uint32_t last = kNobody, first = kNobody;
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    if (operations_[i].coupling == Coupling::None) continue;
    if (last != kNobody) order(last, i, 1, 0);
    if (first == kNobody) first = i;
    last = i;
  }
  if (first == kNobody) return;
  if (loop) order(last, first, 1, 1);
  memory_around(loop, true);
  memory_around(loop, false);
}

// What a sentron has done to memory before it sends or meets others is done before they know of it; what it does after
// it received or met comes after. `shared`: for cells that others may touch, else for all others, which only fences
// keep in place.
void Collector::memory_around(bool loop, bool shared) {
  const auto counts = [&](const Operation& o) {
    return o.coupling == Coupling::Fence || (shared && o.coupling != Coupling::None);
  };
  const auto delay_before = [&](std::uint32_t i) { return operations_[i].coupling == Coupling::Send ? 0U : 1U; };
  std::uint32_t last_acquire = kNobody, first_release = kNobody;
  std::vector<std::uint32_t> unreleased, unacquired;
  for (std::uint32_t i = 0; i < operations_.size(); ++i) {
    const Operation& operation = operations_[i];
    if (operation.memory != MemoryUse::None && operation.shared == shared) {
      if (last_acquire == kNobody) {
        unacquired.push_back(i);
      } else {
        order(last_acquire, i, 1, 0);
      }
      unreleased.push_back(i);
      const bool beside_receive = shared && i + 1 < operations_.size() && operations_[i + 1].word == operation.word &&
                                  operations_[i + 1].coupling == Coupling::Receive;
      if (beside_receive) order(i + 1, i, 0, 0);  // the word's load sees what the message announces
    }
    if (!counts(operation)) continue;
    if (operation.coupling != Coupling::Receive) {
      for (const std::uint32_t user : unreleased) order(user, i, delay_before(i), 0);
      unreleased.clear();
      if (first_release == kNobody) first_release = i;
    }
    if (operation.coupling != Coupling::Send) last_acquire = i;
  }
  if (!loop) return;
  if (first_release != kNobody) {
    for (const std::uint32_t user : unreleased) order(user, first_release, delay_before(first_release), 1);
  }
  if (last_acquire != kNobody) {
    for (const std::uint32_t user : unacquired) order(last_acquire, user, 1, 1);
  }
}

}  // namespace

bool may_overlap(const Operation& a, const Operation& b) {
  if (!conflict(a, b)) return false;
  for (std::size_t d = 0; d < a.at.size(); ++d) {
    if (a.at[d].base == b.at[d].base && a.at[d].offset != b.at[d].offset) return false;
  }
  return true;
}

std::vector<Dependence> dependences_of(const std::vector<Operation>& operations, const Latencies& latencies) {
  Collector collector(operations, latencies);
  collector.registers(0, false);
  collector.memory();
  collector.messages(false);
  return collector.take();
}

std::vector<Dependence> loop_dependences_of(const std::vector<Operation>& operations, const Latencies& latencies,
                                            const CoordinateGrowth& growth, RegisterMask renamed) {
  Collector collector(operations, latencies);
  collector.registers(renamed, true);
  collector.memory();
  collector.memory_of_loop(growth);
  collector.messages(true);
  return collector.take();
}

}  // namespace vtpu::pack
