#include "testbench/explain.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "layout/layout_edit.hpp"

namespace vtpu::testbench {
namespace {

using layout::Layout;
using nlohmann::json;

constexpr double kWorthMentioning = 0.005;  // of a gain
constexpr std::size_t kShown = 6;

struct Change {
  std::string name;
  std::string kind;  // suspects of one kind stand for each other
  Layout layout;
};

class Changes {
 public:
  explicit Changes(const Layout& layout) : layout_(layout) {}

  // Sets keys; what the layout does not have, or has already, is left out.
  void set(const std::string& name, const std::string& kind,
           const std::vector<std::pair<std::string, layout::EditValue>>& edits) {
    Layout changed = layout_;
    bool differs = false;
    for (const auto& [key, value] : edits) {
      const auto before = layout::number_at(changed, key);
      if (!layout::set_key(changed, key, value)) return;
      differs = differs || before != layout::number_at(changed, key);
    }
    if (differs) add(name, kind, std::move(changed));
  }

  // A number times a factor; absent and unlimited ones are left out.
  void scale(const std::string& key, const std::string& kind, double factor) {
    const auto now = layout::number_at(layout_, key);
    if (!now || *now == 0) return;
    const auto then = std::max<std::int64_t>(1, std::llround(static_cast<double>(*now) * factor));
    set(fmt::format("{} {} instead of {}", key, then, *now), kind, {{key, then}});
  }

  void step(const std::string& key, const std::string& kind, int by) {
    const auto now = layout::number_at(layout_, key);
    if (!now || static_cast<std::int64_t>(*now) + by < 0) return;
    const std::int64_t then = static_cast<std::int64_t>(*now) + by;
    set(fmt::format("{} {} instead of {}", key, then, *now), kind, {{key, then}});
  }

  void turn(const std::string& key, const std::string& kind) {
    const auto now = layout::number_at(layout_, key);
    if (now) set(fmt::format("{} {}", key, *now == 0 ? "on" : "off"), kind, {{key, *now == 0}});
  }

  void add(const std::string& name, const std::string& kind, Layout changed) {
    if (layout::inconsistencies(changed, layout_).empty()) changes_.push_back({name, kind, std::move(changed)});
  }

  std::vector<Change> take() { return std::move(changes_); }

 private:
  const Layout& layout_;
  std::vector<Change> changes_;
};

// Ports that take the same kinds of uops and hang on the same queue are alike: one of them is enough.
std::vector<unsigned> different_ports(const Layout& layout) {
  std::vector<unsigned> different;
  std::set<std::pair<unsigned, std::vector<std::size_t>>> seen;
  for (unsigned p = 0; p < layout.ports.size(); ++p) {
    std::vector<std::size_t> kinds;
    for (std::size_t k = 0; k < layout.uops.size(); ++k) {
      const auto& ports = layout.uops[k].ports;
      if (std::find(ports.begin(), ports.end(), p) != ports.end()) kinds.push_back(k);
    }
    if (seen.insert({layout.ports[p].queue, kinds}).second) different.push_back(p);
  }
  return different;
}

std::vector<Change> one_more(const Layout& layout) {
  Changes changes(layout);
  const auto more = [&](const std::string& name, const std::string& key, unsigned now, unsigned by = 1) {
    changes.set(name, key, {{key, std::int64_t{now} + by}});
  };
  more("one more dispatch slot", "rename.dispatch_width", layout.rename.dispatch_width);
  if (const unsigned vectors = layout.rename.vector_row; vectors != 0)
    more("one more place in a row of vector uops", "rename.vector_row", vectors);
  more("one more retirement slot", "retire.width", layout.retire.width);
  more("one more uop per cycle from the op cache", "front_end.uops_per_cycle", layout.front_end.uops_per_cycle);
  more("one more load per cycle", "memory.loads_per_cycle", layout.memory.loads_per_cycle);
  more("one more 512-bit load per cycle", "memory.loads_per_cycle_512", layout.memory.loads_per_cycle_512);
  more("one more store per cycle", "memory.stores_per_cycle", layout.memory.stores_per_cycle);
  more("one more load or store per cycle", "memory.accesses_per_cycle", layout.memory.accesses_per_cycle);
  more("one more store committed per cycle", "memory.store_commit_per_cycle", layout.memory.store_commit_per_cycle);
  const auto quarter = [&](const std::string& what, const std::string& key, unsigned now) {
    if (now > 0) more(fmt::format("a quarter more {}", what), key, now, std::max(1U, now / 4));
  };
  quarter("window", "retire.window_entries", layout.retire.window_entries);
  quarter("integer registers", "rename.integer_registers", layout.rename.integer_registers);
  quarter("vector registers", "rename.vector_registers", layout.rename.vector_registers);
  quarter("flag registers", "rename.flag_registers", layout.rename.flag_registers);
  quarter("load queue", "memory.load_queue", layout.memory.load_queue);
  quarter("store queue", "memory.store_queue", layout.memory.store_queue);
  for (const layout::Queue& queue : layout.queues) {
    quarter(fmt::format("entries in queue {}", queue.name), fmt::format("queue.{}.entries", queue.name), queue.entries);
  }
  for (const unsigned port : different_ports(layout)) {
    Layout changed = layout;
    layout::add_port_like(changed, port);
    changes.add(fmt::format("one more port like {}", layout.ports[port].name), "port", std::move(changed));
  }
  return changes.take();
}

// Who may take the last slot of a cycle: all, or no load and store. And results that come as soon to all.
void add_suspicions_of_kinds(const Layout& layout, Changes& changes) {
  Layout all = layout;
  Layout no_memory = layout;
  Layout as_soon = layout;
  Layout no_units = layout;
  Layout no_late_flags = layout;
  Layout short_roots = layout;
  for (std::size_t k = 0; k < layout.uops.size(); ++k) {
    const layout::UopKind& kind = layout.uops[k];
    all.uops[k].last_slot = true;
    if (kind.is_load || kind.is_store_address || kind.is_store_data) no_memory.uops[k].last_slot = false;
    as_soon.uops[k].latency_to_others = 0;
    no_units.uops[k].unit_busy = 0;
    no_late_flags.uops[k].late_flags = 0;
    short_roots.uops[k].long_root_cycles = short_roots.uops[k].long_root_cycles_512 = 0;
    short_roots.uops[k].long_root_busy = short_roots.uops[k].long_root_busy_512 = 0;
  }
  if (all != layout) changes.add("any uop in the last slot of dispatch", "slots of dispatch", all);
  if (no_memory != layout) changes.add("no load or store in the last slot of dispatch", "slots of dispatch", no_memory);
  if (as_soon != layout) changes.add("latency_to_others as latency", "results to others", as_soon);
  if (no_units != layout) changes.add("ports held by divisions", "dividers", no_units);
  if (short_roots != layout) changes.add("long_root_cycles, long_root_busy 0", "square roots by value", short_roots);
  if (no_late_flags != layout) changes.add("late_flags 0", "flags of logic operations", no_late_flags);
}

// What cores do that a layout may have wrong or not at all.
std::vector<Change> suspicions(const Layout& layout) {
  Changes changes(layout);
  for (const char* key : {"rename.eliminates_integer_moves", "rename.eliminates_vector_moves",
                          "rename.eliminates_zero_idioms", "rename.folds_immediate_adds"}) {
    changes.turn(key, "elimination at rename");
  }
  changes.turn("micro_fusion", "fusion");
  changes.turn("macro_fusion", "fusion");
  for (const int by : {-2, -1, 1}) changes.step("rename.dispatch_width", "dispatch width", by);
  for (const int by : {-2, -1}) changes.step("retire.width", "retirement width", by);
  for (const double factor : {0.5, 0.25}) {
    changes.scale("retire.window_entries", "window", factor);
    changes.scale("rename.integer_registers", "integer registers", factor);
    changes.scale("rename.vector_registers", "vector registers", factor);
    changes.scale("rename.flag_registers", "flag registers", factor);
    changes.scale("memory.load_queue", "load queue", factor);
    changes.scale("memory.store_queue", "store queue", factor);
    changes.scale("front_end.op_cache_uops", "op cache", factor);
    changes.scale("memory.prefetch_degree", "prefetch", factor);
    changes.scale("memory.l2_prefetch_degree", "prefetch", factor);
    changes.scale("memory.l1.miss_buffers", "miss buffers", factor / 2);
  }
  for (const layout::Queue& queue : layout.queues) {
    const std::string key = fmt::format("queue.{}.", queue.name);
    for (const double factor : {0.5, 0.25}) {
      changes.scale(key + "entries", fmt::format("queue {}", queue.name), factor);
    }
    changes.turn(key + "one_result", "results per port");
    changes.turn(key + "one_general_result", "results per port");
    changes.turn(key + "eager", "starts in vain");
    if (queue.starts_in_turn) changes.turn(key + "starts_in_turn", "dividers");
    changes.set(key + "between_kinds 0", "dividers", {{key + "between_kinds", std::int64_t{0}}});
    if (!queue.slot_ranks.empty()) {
      Layout least_loaded = layout;
      least_loaded.queues[static_cast<std::size_t>(&queue - layout.queues.data())].slot_ranks.clear();
      changes.add(key + "slot_ranks []", "ports at dispatch", std::move(least_loaded));
    }
    if (queue.shuffles) changes.turn(key + "shuffles", "ports at dispatch");
    if (queue.takes_turns) changes.turn(key + "takes_turns", "ports at dispatch");
    changes.set(key + "counts_age 0", "ports at dispatch", {{key + "counts_age", std::int64_t{0}}});
    changes.set(key + "held_cycles 0", "entries held", {{key + "held_cycles", std::int64_t{0}}});
    if (queue.one_result) changes.turn(key + "results_wait", "results per port");
    if (queue.group_ports != 0)
      changes.set(key + "group_ports 0", "groups of ports", {{key + "group_ports", std::int64_t{0}}});
  }
  changes.turn("rename.whole_instructions", "slots of dispatch");
  changes.set("rename.vector_row 0", "rows of vector uops", {{"rename.vector_row", std::int64_t{0}}});
  add_suspicions_of_kinds(layout, changes);
  changes.turn("memory.loads_512_alone", "512-bit loads alone");
  if (layout.memory.loads_per_cycle_filling != 0)
    changes.turn("memory.loads_per_cycle_filling", "loads beside lines that come to L1");
  changes.turn("memory.loads_in_line", "loads that wait in line for miss buffers");
  for (const int by : {-1, -2}) {
    changes.step("memory.loads_per_cycle", "loads per cycle", by);
    changes.step("memory.accesses_per_cycle", "loads and stores per cycle", by);
  }
  changes.step("memory.loads_per_cycle_512", "512-bit loads per cycle", -1);
  changes.step("memory.stores_per_cycle", "stores per cycle", -1);
  changes.set("memory.l1_banks 8", "L1 banks", {{"memory.l1_banks", std::int64_t{8}}});
  changes.set("memory.store_combining_lines 0", "write combining", {{"memory.store_combining_lines", std::int64_t{0}}});
  changes.turn("memory.store_combining_in_cycle", "write combining");
  changes.set("wide_shadow_slots 16", "ports after 512-bit operations", {{"wide_shadow_slots", std::int64_t{16}}});
  changes.set("wide_shadow_slots 0", "ports after 512-bit operations", {{"wide_shadow_slots", std::int64_t{0}}});
  for (const std::int64_t cycles : {0, 45}) {
    changes.set(fmt::format("multiplier_closed_cycles {}", cycles), "ports after 512-bit operations",
                {{"multiplier_closed_cycles", cycles}});
  }
  for (const std::string& cycles : {std::string("crossing_cycles"), std::string("crossing_cycles_512")}) {
    changes.set(cycles + " 0", "results between domains", {{cycles, std::int64_t{0}}});
    changes.set(cycles + " 2", "results between domains", {{cycles, std::int64_t{2}}});
  }
  for (const std::string& width : {std::string("256"), std::string("512")}) {
    const std::string key = "result_time_" + width;
    for (const std::int64_t time : {0, 30}) {
      changes.set(fmt::format("{} {}", key, time), "results for vector registers", {{key, time}});
    }
  }
  for (const double factor : {2.0, 4.0}) {
    changes.scale("memory.forward_latency", "store forwarding", factor);
    changes.scale("memory.forward_fail_latency", "failed forwarding", factor);
    changes.scale("memory.l2.latency", "L2 latency", factor);
    changes.scale("memory.l3.latency", "L3 latency", factor);
    changes.scale("memory.l2_tlb_latency", "TLB", factor);
    changes.scale("sentrons.helper_cycles", "runtime calls", factor);
  }
  changes.scale("memory.l1.fill_bytes_per_cycle", "bandwidth from L2", 0.5);
  if (layout.memory.l1.fill_banks != 0) changes.scale("memory.l1.bank_bytes_per_cycle", "banks of L2", 0.5);
  changes.step("memory.l1.write_back_cycles", "dirty lines that leave L1", 2);
  changes.scale("memory.l2.fill_bytes_per_cycle", "bandwidth from L3", 0.5);
  changes.scale("memory.l3.size_bytes", "share of L3", 0.125);
  changes.scale("memory.dtlb_entries", "TLB", 0.5);
  changes.scale("memory.dram_latency", "DRAM latency", 0.5);
  changes.step("memory.l1.latency", "L1 latency", 1);
  changes.step("memory.l1.latency_vector", "L1 latency of vectors", 1);
  if (layout.memory.rename_forward_latency) {
    Layout changed = layout;
    changed.memory.rename_forward_latency.reset();
    changes.add("no memory renaming", "memory renaming", std::move(changed));
  }
  for (const unsigned port : different_ports(layout)) {
    Layout changed = layout;
    layout::remove_port(changed, port);
    changes.add(fmt::format("without port {}", layout.ports[port].name), "ports", std::move(changed));
  }
  return changes.take();
}

std::vector<WhatIf> gains(const isa::Program& program, const Layout& layout, lowering::HostIsa isa, double now) {
  std::vector<WhatIf> found;
  for (const Change& change : one_more(layout)) {
    const double then = modelled_operations_per_cycle(program, change.layout, isa);
    if (then > now * (1 + kWorthMentioning)) found.push_back({change.name, then});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const WhatIf& a, const WhatIf& b) { return a.operations_per_cycle > b.operations_per_cycle; });
  found.resize(std::min(found.size(), kShown));
  return found;
}

std::vector<WhatIf> suspects(const isa::Program& program, const Layout& layout, lowering::HostIsa isa, double now,
                             double measured) {
  struct Tried {
    WhatIf what;
    std::string kind;
    double distance = 0;
  };
  std::vector<Tried> tried;
  for (const Change& change : suspicions(layout)) {
    const double then = modelled_operations_per_cycle(program, change.layout, isa);
    tried.push_back({{change.name, then}, change.kind, std::abs(std::log(then / measured))});
  }
  const double before = std::abs(std::log(now / measured));
  std::stable_sort(tried.begin(), tried.end(), [](const Tried& a, const Tried& b) { return a.distance < b.distance; });
  std::vector<WhatIf> likely;
  std::set<std::string> kinds;
  for (const Tried& t : tried) {
    if (likely.size() == 2 || t.distance > 0.9 * before) break;
    if (kinds.insert(t.kind).second) likely.push_back(t.what);
  }
  return likely;
}

json to_json(const std::vector<WhatIf>& all) {
  json list = json::array();
  for (const WhatIf& w : all) list.push_back({{"change", w.change}, {"operations_per_cycle", w.operations_per_cycle}});
  return list;
}

std::vector<WhatIf> what_ifs_of(const json& list) {
  std::vector<WhatIf> all;
  for (const json& w : list) all.push_back({w["change"], w["operations_per_cycle"]});
  return all;
}

}  // namespace

Explanation explain(const isa::Program& program, const Layout& layout, lowering::HostIsa isa,
                    std::optional<double> measured) {
  Explanation e;
  BoundedRun run = run_with_bounds(program, layout, isa);
  e.program = program.name;
  e.modelled = run.outcome.operations_per_cycle();
  e.measured = measured;
  e.bounds = std::move(run.bounds);
  e.gains = gains(program, layout, isa, e.modelled);
  if (measured && std::abs(e.modelled - *measured) > kExplainFrom * *measured) {
    e.suspects = suspects(program, layout, isa, e.modelled, *measured);
  }
  return e;
}

std::string to_text(const Explanation& e) {
  std::string text = fmt::format("{}: {:.3f} operations per cycle modelled", e.program, e.modelled);
  if (e.measured) {
    text += fmt::format(", {:.3f} measured, {:+.1f} %", *e.measured, 100 * (e.modelled - *e.measured) / *e.measured);
  }
  text += "\n  bounds, each as if it were the only one\n";
  for (std::size_t i = 0; i < std::min(e.bounds.size(), kShown); ++i) {
    text += fmt::format("    {:<44} {:>8.3f}{}\n", e.bounds[i].resource, e.bounds[i].operations_per_cycle,
                        i == 0 ? "  <- tightest" : "");
  }
  text += e.gains.empty() ? "  nothing helps alone\n" : "  what would help\n";
  for (const WhatIf& w : e.gains) {
    text += fmt::format("    {:<44} {:>8.3f}  {:+.1f} %\n", w.change, w.operations_per_cycle,
                        100 * (w.operations_per_cycle / e.modelled - 1));
  }
  if (e.measured && std::abs(e.modelled - *e.measured) > kExplainFrom * *e.measured) {
    text += e.suspects.empty() ? "  no change of a number explains the measurement\n"
                               : "  nearer to the measurement with\n";
    for (const WhatIf& w : e.suspects) {
      text += fmt::format("    {:<44} {:>8.3f}  {:+.1f} % off\n", w.change, w.operations_per_cycle,
                          100 * (w.operations_per_cycle - *e.measured) / *e.measured);
    }
  }
  return text;
}

json to_json(const std::vector<ResourceBound>& bounds) {
  json list = json::array();
  for (const ResourceBound& b : bounds) {
    list.push_back({{"resource", b.resource}, {"operations_per_cycle", b.operations_per_cycle}});
  }
  return list;
}

json to_json(const Explanation& e) {
  return {
      {"program", e.program},        {"modelled", e.modelled},    {"measured", e.measured ? json(*e.measured) : json()},
      {"bounds", to_json(e.bounds)}, {"gains", to_json(e.gains)}, {"suspects", to_json(e.suspects)}};
}

Explanation explanation_of(const json& object) {
  Explanation e;
  e.program = object["program"];
  e.modelled = object["modelled"];
  if (object["measured"].is_number()) e.measured = object["measured"].get<double>();
  for (const json& b : object["bounds"]) e.bounds.push_back({b["resource"], b["operations_per_cycle"]});
  e.gains = what_ifs_of(object["gains"]);
  e.suspects = what_ifs_of(object["suspects"]);
  return e;
}

}  // namespace vtpu::testbench
