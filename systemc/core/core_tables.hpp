// What a layout says, laid out for the cycle loop: per kind of uop the ports, queues and times, for narrow and wide.
#pragma once

#include <cstdint>
#include <vector>

#include "layout/layout.hpp"

namespace vtpu::core {

using PortMask = std::uint64_t;  // bit i is Layout::ports[i]

// Uops that compete for the same ports: those of one queue with the same mask.
struct PortSet {
  unsigned queue = 0;
  PortMask ports = 0;
};

struct QueueChoice {
  unsigned queue = 0;
  unsigned port_set = 0;
  PortMask ports = 0;
  bool eager = false;  // of the queue, host code
};

struct KindTimes {
  // AtIssue: one per queue, per group of a queue that has groups, per port of a queue that shuffles or takes turns;
  // AtDispatch: one per port; in file order.
  std::vector<QueueChoice> choices;
  bool grouped = false;   // they are groups of one queue, two at least
  bool shuffled = false;  // all of them are ports of queues that shuffle
  bool in_turn = false;   // all of them are ports of one queue, which takes turns
  PortMask ranked = 0;    // they are these ports of one queue, which has ranks; 0: they are not
  unsigned latency = 1;
  unsigned sooner_to_own_kind = 0;  // cycles before `latency` that a uop of the same kind can use the result
  unsigned busy = 1;                // cycles for which it holds its port
  unsigned busy_alone = 0;          // the same where its queue's other ports hold none of its kind; 0: no matter
  unsigned joined_within = 0;       // with it: cycles from its start on, in which one of its kind may join it,
  unsigned followed_after = 0;      // and from which on others of its queue start again
  unsigned unit_busy = 0;           // cycles for which it holds the unit behind the port; 0: needs none
  bool half_unit = false;           // one half of it

  // All that a uop may use.
  [[nodiscard]] PortMask ports() const {
    PortMask all = 0;
    for (const QueueChoice& choice : choices) all |= choice.ports;
    return all;
  }
};

// What a uop is taken for: a 512-bit one, or such a one on a port where it goes through a multiplier.
enum class Form : std::uint8_t { Narrow, Wide, Multiplied };

// Where operands and results of vector uops live (docs/core_contract.md, section 15).
enum class Domain : std::uint8_t { None, Integer, Float, Shuffle };

struct KindInfo {
  KindTimes narrow, wide;
  KindTimes multiplied;           // as `wide`, but for the latency
  PortMask multiplier_ports = 0;  // ports on which a wide uop is a multiplied one
  Domain domain = Domain::None;
  unsigned late_flags = 0;             // cycles more for who reads its flags in the same group of slots
  unsigned folded_operand_cycles = 0;  // more where it reads a register whose name holds a sum
  bool at_rename = false;              // no ports at all
  bool has_wide_ports = false;         // others where it is wide
  bool is_load = false, is_store_address = false, is_store_data = false, serializes = false;
  [[nodiscard]] const KindTimes& times(bool is_wide) const { return is_wide ? wide : narrow; }
  [[nodiscard]] const KindTimes& times(Form form) const {
    if (form == Form::Narrow) return narrow;
    return form == Form::Wide ? wide : multiplied;
  }
  [[nodiscard]] bool takes_wide_ports(Form form) const { return form != Form::Narrow && has_wide_ports; }
  // Of a uop of this kind that may start on `ports`, of which `neutral` are CoreTables::neutral.
  [[nodiscard]] Domain domain_on(Form form, PortMask ports, PortMask neutral) const {
    if (form == Form::Multiplied) return Domain::Float;
    return domain == Domain::Integer && (ports & ~neutral) == 0 ? Domain::None : domain;
  }
};

// Whether the ports of a queue are picked for in groups (docs/core_contract.md, section 15).
[[nodiscard]] bool has_groups(const layout::Layout& layout, const layout::Queue& queue, bool host_code);
// The ports of a queue by groups; all together where it has none.
[[nodiscard]] std::vector<PortMask> port_groups(const layout::Layout& layout, const layout::Queue& queue,
                                                bool host_code);

struct CoreTables {
  // host_code: queues that shuffle do so (docs/core_contract.md, section 15).
  explicit CoreTables(const layout::Layout& layout, bool host_code = false);

  std::vector<KindInfo> kinds;
  std::vector<PortSet> port_sets;  // ordered by queue, then by ports in file order
  PortMask closed = 0;             // ports_closed_by_512
  PortMask neutral = 0;            // ports on which uops of the domain Integer are of none
  unsigned uops_per_fused = 1;     // at most so many
};

}  // namespace vtpu::core
