#include "testbench/explore/issue_synthesis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>

#include "testbench/explore/issue_shape.hpp"

namespace vtpu::explore {
namespace {

using layout::Layout;

// Fields of so many bits each, the first one lowest.
std::string constant(const std::vector<std::uint64_t>& fields, unsigned bits) {
  std::string digits;
  for (const std::uint64_t field : fields) digits.insert(0, fmt::format("{:0{}b}", field, bits));
  return fmt::format("{}'b{}", fields.size() * bits, digits);
}

std::uint64_t count_of(const UnitCells& unit, const std::string& part) {
  std::uint64_t sum = 0;
  for (const auto& [cell, count] : unit.cells) sum += cell.find(part) != std::string::npos ? count : 0;
  return sum;
}

std::uint64_t cells_of(const UnitCells& unit) { return count_of(unit, ""); }

std::string row(const std::string& name, std::uint64_t instances, std::uint64_t ands, std::uint64_t nots,
                std::uint64_t flip_flops, double gates, double modelled) {
  const std::string model =
      modelled == 0 ? "" : fmt::format("{:>10.0f} {:>+7.1f} %", modelled, 100 * (modelled / gates - 1));
  return fmt::format("  {:<14} {:>9} {:>9} {:>9} {:>10} {:>9} {:>10.0f} {}\n", name,
                     instances == 0 ? "" : std::to_string(instances), ands, nots, flip_flops, ands + nots + flip_flops,
                     gates, model);
}

}  // namespace

std::uint64_t IssueSynthesis::cells() const {
  return std::accumulate(units.begin(), units.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const UnitCells& unit) { return sum + cells_of(unit); });
}

double IssueSynthesis::gates() const {
  return std::accumulate(units.begin(), units.end(), 0.0,
                         [](double sum, const UnitCells& unit) { return sum + unit.gates; });
}

double IssueSynthesis::error() const {
  double counted = 0;
  double modelled = 0;
  for (const UnitCells& unit : units) {
    if (unit.modelled == 0) continue;
    counted += unit.gates;
    modelled += unit.modelled;
  }
  return modelled / counted - 1;
}

std::map<std::string, std::string> issue_parameters(const Layout& layout) {
  const layout::Memory& m = layout.memory;
  unsigned most_entries = 1;
  std::vector<std::uint64_t> port_queue, entries_of, takes_memory, closed;
  for (const layout::Queue& queue : layout.queues) {
    most_entries = std::max(most_entries, queue.entries);
    entries_of.push_back(queue.entries);
  }
  const std::vector<std::string>& names = layout.ports_closed_by_512;
  for (const layout::Port& port : layout.ports) {
    port_queue.push_back(port.queue);
    closed.push_back(std::find(names.begin(), names.end(), port.name) != names.end() ? 1 : 0);
  }
  for (const bool memory : memory_ports(layout)) takes_memory.push_back(memory ? 1 : 0);
  const unsigned vector_latency = m.l1.latency_vector != 0 ? m.l1.latency_vector : m.l1.latency;
  return {{"Queues", fmt::format("{}", layout.queues.size())},
          {"QueueEntries", fmt::format("{}", most_entries)},
          {"Ports", fmt::format("{}", layout.ports.size())},
          {"Operands", fmt::format("{}", kIssueOperands)},
          {"Writes", fmt::format("{}", queue_writes(layout))},
          {"PlaceBits", fmt::format("{}", place_bits(layout))},
          {"TimeBits", fmt::format("{}", time_bits(layout))},
          {"LatencyBits", fmt::format("{}", latency_bits(layout))},
          {"Banks", fmt::format("{}", std::max(1U, m.l1_banks))},
          {"PortQueue", constant(port_queue, 8)},
          {"EntriesOf", constant(entries_of, 16)},
          {"MemoryPorts", constant(takes_memory, 1)},
          {"Closed", constant(closed, 1)},
          {"Limits", constant({m.loads_per_cycle, m.loads_per_cycle_512, m.stores_per_cycle, m.stores_per_cycle_512,
                               m.accesses_per_cycle, m.l1_banks, m.l1_bank_reads},
                              16)},
          {"Latencies", constant({m.l1.latency, vector_latency, m.forward_latency, m.forward_fail_latency}, 16)}};
}

std::map<std::string, double> modelled_units(const Layout& layout) {
  std::map<std::string, double> gates;
  for (const layout::Queue& queue : layout.queues) {
    gates["port_select"] += select_gates(select_sizes(layout, queue));
    gates["queue_wake_up"] += wake_up_gates(wake_up_sizes(layout, queue, kIssueOperands));
  }
  for (const bool memory : memory_ports(layout)) {
    gates["port_pipes"] += pipe_gates(memory, time_bits(layout), latency_bits(layout));
  }
  return gates;
}

Result<IssueSynthesis> synthesise_issue(const Layout& layout, const std::string& root,
                                        const std::function<void(const std::string&)>& heard) {
  const auto start = std::chrono::steady_clock::now();
  Synthesis what{root + "/rtl",
                 {"queue_wake_up.sv", "port_select.sv", "port_pipes.sv", "issue_ports.sv"},
                 "issue_ports",
                 issue_parameters(layout)};
  what.flatten = false;
  const auto modules = synthesise(what, heard);
  if (!modules) return fail(modules.error());
  IssueSynthesis result;
  result.layout = layout.name;
  for (const char* unit : {"port_select", "queue_wake_up", "port_pipes", "issue_ports"}) {
    UnitCells all{unit, 0, {}, 0, modelled_units(layout)[unit]};
    for (const SynthesisedModule& module : *modules) {
      if (module.name != unit) continue;
      all.instances += module.instances;
      all.gates += module.gates() * static_cast<double>(module.instances);
      for (const auto& [cell, count] : module.cells) all.cells[cell] += count * module.instances;
    }
    result.units.push_back(std::move(all));
  }
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

std::string to_text(const IssueSynthesis& result) {
  std::string text = fmt::format(
      "{}: issue and ports, {} cells\n  {:<14} {:>9} {:>9} {:>9} {:>10} {:>9} {:>10} {:>10} {:>9}\n", result.layout,
      result.cells(), "unit", "instances", "AND", "NOT", "flip-flops", "cells", "gates", "modelled", "error");
  std::uint64_t ands = 0, nots = 0, flip_flops = 0;
  for (const UnitCells& unit : result.units) {
    ands += count_of(unit, "_AND_");
    nots += count_of(unit, "_NOT_");
    flip_flops += count_of(unit, "FF");
    text += row(unit.unit, unit.instances, count_of(unit, "_AND_"), count_of(unit, "_NOT_"), count_of(unit, "FF"),
                unit.gates, unit.modelled);
  }
  return text + row("in all", 0, ands, nots, flip_flops, result.gates(), 0) +
         fmt::format(
             "  the model is {:+.1f} % off on what it models; a gate is a two-input AND, a flip-flop {}, an "
             "inverter none\n",
             100 * result.error(), kFlipFlopGates);
}

}  // namespace vtpu::explore
