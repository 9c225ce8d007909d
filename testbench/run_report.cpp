#include "testbench/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <tuple>

namespace vtpu::testbench {
namespace {

using events::SlotReason;

constexpr std::array<isa::Pipe, 3> kPipes{isa::Pipe::D, isa::Pipe::S, isa::Pipe::C};
constexpr std::size_t kMostSentronsShown = 12;

std::size_t index(isa::Pipe pipe) { return static_cast<std::size_t>(pipe); }

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::string hit_rate(const phext::HitCount& count) {
  return fmt::format("{:.2f} % of {}", share(count.hits, count.accesses()), count.accesses());
}

// ---- text ----

void add_state(std::string& text, const RunReport& r) {
  text += fmt::format("state digest      {:016x}\n", r.digest);
  std::map<isa::Lifecycle, std::size_t> by_lifecycle;
  for (const isa::SentronState& s : r.state.sentrons) ++by_lifecycle[s.lifecycle];
  text += fmt::format("sentrons          {}:", r.state.sentrons.size());
  for (const auto& [lifecycle, n] : by_lifecycle) text += fmt::format(" {} {}", n, isa::name_of(lifecycle));
  text += fmt::format("; {} cells of memory are not zero\n", r.state.memory.size());
  for (std::size_t i = 0; i < std::min(kMostSentronsShown, r.state.sentrons.size()); ++i) {
    const isa::SentronState& s = r.state.sentrons[i];
    text += fmt::format("  {:<15} {:016x} {}", r.sentron_names[i], isa::digest(s), isa::name_of(s.lifecycle));
    if (s.fault != isa::Fault::None) text += fmt::format(": {} at word {}", isa::name_of(s.fault), s.fault_word);
    text += '\n';
  }
  if (r.state.sentrons.size() > kMostSentronsShown) {
    text += fmt::format("  and {} more\n", r.state.sentrons.size() - kMostSentronsShown);
  }
  if (r.deadlock) text += *r.deadlock + (r.deadlock->ends_with('\n') ? "" : "\n");
}

void add_operations(std::string& text, const RunReport& r) {
  if (r.words) text += fmt::format("words             {}\n", *r.words);
  text += fmt::format("operations        {}: D {}, S {}, C {}\n", total(r.operations), r.operations[0], r.operations[1],
                      r.operations[2]);
  if (r.elided) {
    text += fmt::format("  not counted     {} that lower to no instruction: D {}, S {}, C {}\n", total(*r.elided),
                        (*r.elided)[0], (*r.elided)[1], (*r.elided)[2]);
  }
  if (r.messages) text += fmt::format("messages          {}\n", *r.messages);
}

void add_translation(std::string& text, const RunReport& r) {
  if (r.translation) {
    const phext::TranslationCounts& t = *r.translation;
    text += fmt::format("translation hits  {}\n", hit_rate(t.total));
    for (int d = 0; d < isa::kDimensions; ++d) {
      const phext::HitCount& count = t.by_dimension[static_cast<std::size_t>(d)];
      if (count.accesses() > 0) text += fmt::format("  along d{:<9} {}\n", d, hit_rate(count));
    }
    if (t.same.accesses() > 0) text += fmt::format("  same coordinate {}\n", hit_rate(t.same));
    if (t.first.accesses() > 0) text += fmt::format("  first access    {}\n", hit_rate(t.first));
  }
  if (r.memory) {
    text += fmt::format("phext memory      {} pages, {} reads of unwritten cells\n", r.memory->pages,
                        r.memory->unwritten_reads);
  }
}

void add_ports(std::string& text, const ModelReport& m) {
  text += fmt::format("port use, % of cycles\n  {:<8} {:>6} {:>6} {:>6} {:>6}\n", "port", "all", "D", "S", "C");
  for (const PortUse& port : m.ports) {
    const PerPipe& busy = port.busy_cycles;
    const std::uint64_t cycles = m.cycles * m.cores;
    text += fmt::format("  {:<8} {:>6.1f} {:>6.1f} {:>6.1f} {:>6.1f}\n", port.name, share(total(busy), cycles),
                        share(busy[0], cycles), share(busy[1], cycles), share(busy[2], cycles));
  }
}

// One row per loser and port, one column per winner.
void add_conflicts(std::string& text, const ModelReport& m) {
  const std::vector<PortLoss> all = losses(m);
  if (all.empty()) {
    text += "port conflicts    none\n";
    return;
  }
  text += fmt::format("port conflicts, cycles lost\n  {:<5} {:<8} {:>12} {:>12} {:>12}\n", "loser", "port", "to D",
                      "to S", "to C");
  for (const isa::Pipe loser : kPipes) {
    for (const PortUse& port : m.ports) {
      const PerPipe& lost = port.lost_to[index(loser)];
      if (total(lost) == 0) continue;
      text += fmt::format("  {:<5} {:<8} {:>12} {:>12} {:>12}\n", isa::name_of(loser), port.name, lost[0], lost[1],
                          lost[2]);
    }
  }
  text += "  most: " + sentence(all.front()) + "\n";
}

std::uint64_t all_slots(const ModelReport& m) {
  return std::accumulate(m.slots.begin(), m.slots.end(), std::uint64_t{0});
}

void add_slots(std::string& text, const ModelReport& m) {
  const std::uint64_t all = all_slots(m);
  text += fmt::format("dispatch slots    {}\n", all);
  for (std::size_t i = 0; i < static_cast<std::size_t>(SlotReason::Count); ++i) {
    const auto reason = static_cast<SlotReason>(i);
    const std::uint64_t n = m.slots[i];
    if (n > 0) text += fmt::format("  {:<16} {:>14}  {:5.1f} %\n", events::name_of(reason), n, share(n, all));
  }
}

void add_model(std::string& text, const RunReport& r) {
  const ModelReport& m = *r.model;
  text += fmt::format("cycles            {}\n", m.cycles);
  text += fmt::format("operations/cycle  {:.3f}\n", operations_per_cycle(r));
  const double cycles = static_cast<double>(std::max<std::uint64_t>(1, m.cycles));
  text += fmt::format("uops/cycle        {:.3f}, fused {:.3f}\n", static_cast<double>(m.uops) / cycles,
                      static_cast<double>(m.fused_uops) / cycles);
  if (m.host_instructions > 0) {
    text += fmt::format("host instr/cycle  {:.3f}\n", static_cast<double>(m.host_instructions) / cycles);
  }
  text += fmt::format("pipe use          D {:.3f}, S {:.3f}, C {:.3f} operations/cycle\n",
                      static_cast<double>(r.operations[0]) / cycles, static_cast<double>(r.operations[1]) / cycles,
                      static_cast<double>(r.operations[2]) / cycles);
  text += "bottleneck        " + bottleneck(m) + "\n";
  add_ports(text, m);
  add_conflicts(text, m);
  add_slots(text, m);
  for (const CacheReport& c : m.caches) {
    text += fmt::format("{:<17} {:.2f} % hits of {}\n", c.name, share(c.hits, c.hits + c.misses), c.hits + c.misses);
  }
  for (const auto& [name, n] : m.figures) text += fmt::format("{:<17} {}\n", name, n);
  for (const traces::TraceFile& f : m.traces) {
    text += fmt::format("{:<17} {}, {} bytes{}{}\n", "trace", f.path, f.bytes,
                        f.stopped ? fmt::format(", stopped after cycle {} by its limit", *f.stopped) : "",
                        f.is_empty ? ", empty: the run was over before its window" : "");
  }
  if (!m.timeline.empty()) text += "\n" + m.timeline;
}

// ---- JSON ----

using nlohmann::json;

json per_pipe(const PerPipe& counts) { return {{"D", counts[0]}, {"S", counts[1]}, {"C", counts[2]}}; }
json hits(const phext::HitCount& count) { return {{"hits", count.hits}, {"misses", count.misses}}; }

json state_json(const RunReport& r) {
  json sentrons = json::array();
  for (std::size_t i = 0; i < r.state.sentrons.size(); ++i) {
    const isa::SentronState& s = r.state.sentrons[i];
    json one{{"name", r.sentron_names[i]},
             {"lifecycle", isa::name_of(s.lifecycle)},
             {"digest", fmt::format("{:016x}", isa::digest(s))}};
    if (s.fault != isa::Fault::None) {
      one["fault"] = isa::name_of(s.fault);
      one["fault_word"] = s.fault_word;
    }
    sentrons.push_back(std::move(one));
  }
  return {{"digest", fmt::format("{:016x}", r.digest)},
          {"nonzero_cells", r.state.memory.size()},
          {"sentrons", std::move(sentrons)}};
}

json translation_json(const phext::TranslationCounts& t) {
  json dimensions = json::object();
  for (int d = 0; d < isa::kDimensions; ++d) {
    const phext::HitCount& count = t.by_dimension[static_cast<std::size_t>(d)];
    if (count.accesses() > 0) dimensions[fmt::format("d{}", d)] = hits(count);
  }
  return {{"total", hits(t.total)},
          {"by_dimension", std::move(dimensions)},
          {"same_coordinate", hits(t.same)},
          {"first_access", hits(t.first)}};
}

json model_json(const RunReport& r) {
  const ModelReport& m = *r.model;
  json ports = json::object();
  for (const PortUse& port : m.ports) ports[port.name] = per_pipe(port.busy_cycles);
  json conflicts = json::array();
  for (const PortLoss& loss : losses(m)) {
    conflicts.push_back({{"loser", isa::name_of(loss.loser)},
                         {"port", loss.port},
                         {"winner", isa::name_of(loss.winner)},
                         {"cycles", loss.cycles}});
  }
  json slots = json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(SlotReason::Count); ++i) {
    const auto reason = static_cast<SlotReason>(i);
    slots[std::string(events::name_of(reason))] = m.slots[i];
  }
  json caches = json::object();
  for (const CacheReport& c : m.caches) caches[c.name] = {{"hits", c.hits}, {"misses", c.misses}};
  json result{{"layout", m.layout},
              {"cores", m.cores},
              {"cycles", m.cycles},
              {"cycles_per_second", m.cycles_per_second},
              {"operations_per_cycle", operations_per_cycle(r)},
              {"uops", m.uops},
              {"fused_uops", m.fused_uops},
              {"host_instructions", m.host_instructions},
              {"port_busy_cycles", std::move(ports)},
              {"port_conflicts", std::move(conflicts)},
              {"dispatch_slots", std::move(slots)},
              {"caches", std::move(caches)},
              {"figures", m.figures},
              {"bottleneck", bottleneck(m)}};
  for (const traces::TraceFile& f : m.traces) {
    json file{{"path", f.path}, {"bytes", f.bytes}, {"empty", f.is_empty}};
    if (f.stopped) file["stopped_after_cycle"] = *f.stopped;
    result["traces"].push_back(std::move(file));
  }
  if (!m.timeline.empty()) result["timeline"] = m.timeline;
  return result;
}

}  // namespace

double operations_per_cycle(const RunReport& report) {
  if (!report.model || report.model->cycles == 0) return 0;
  return static_cast<double>(total(report.operations)) / static_cast<double>(report.model->cycles);
}

std::uint64_t total(const PerPipe& counts) { return counts[0] + counts[1] + counts[2]; }

std::vector<PortLoss> losses(const ModelReport& m) {
  std::vector<PortLoss> result;
  for (const PortUse& port : m.ports) {
    for (const isa::Pipe loser : kPipes) {
      for (const isa::Pipe winner : kPipes) {
        const std::uint64_t cycles = port.lost_to[index(loser)][index(winner)];
        if (cycles > 0) result.push_back({loser, port.name, winner, cycles});
      }
    }
  }
  std::sort(result.begin(), result.end(), [](const PortLoss& a, const PortLoss& b) {
    return std::tie(b.cycles, a.loser, a.port, a.winner) < std::tie(a.cycles, b.loser, b.port, b.winner);
  });
  return result;
}

std::string sentence(const PortLoss& loss) {
  return fmt::format("{} lost {} cycles on {} to {}", isa::name_of(loss.loser), loss.cycles, loss.port,
                     isa::name_of(loss.winner));
}

std::string bottleneck(const ModelReport& m) {
  if (m.cycles == 0) return "none";
  std::size_t worst = 0;
  for (std::size_t i = 1; i < m.slots.size(); ++i) {
    if (m.slots[i] > m.slots[worst] || worst == static_cast<std::size_t>(SlotReason::Retiring)) worst = i;
  }
  const std::uint64_t all = all_slots(m);
  const std::uint64_t used = m.slots[static_cast<std::size_t>(SlotReason::Retiring)];
  std::string text = used * 10 >= all * 9
                         ? fmt::format("dispatch width ({:.0f} % of slots used)", share(used, all))
                         : fmt::format("{} ({:.0f} % of slots)", events::name_of(static_cast<SlotReason>(worst)),
                                       share(m.slots[worst], all));
  const auto busiest = std::max_element(m.ports.begin(), m.ports.end(), [](const PortUse& a, const PortUse& b) {
    return total(a.busy_cycles) < total(b.busy_cycles);
  });
  if (busiest == m.ports.end()) return text;
  return text +
         fmt::format(", {} {:.0f} % busy", busiest->name, share(total(busiest->busy_cycles), m.cycles * m.cores));
}

std::string to_text(const RunReport& r) {
  std::string text = fmt::format("{} on {}\n", r.program.empty() ? "program" : r.program, r.engine);
  add_state(text, r);
  add_operations(text, r);
  if (r.model) add_model(text, r);
  add_translation(text, r);
  text += fmt::format("took              {:.3f} s", r.seconds);
  if (r.words && r.seconds > 0)
    text += fmt::format(", {:.1f} million words/s", static_cast<double>(*r.words) / r.seconds * 1e-6);
  if (r.model && r.model->cycles_per_second > 0)
    text += fmt::format(", {:.2f} million cycles/s of processor time", r.model->cycles_per_second * 1e-6);
  return text + "\n";
}

json to_json(const RunReport& r) {
  json result{{"program", r.program},
              {"engine", r.engine},
              {"state", state_json(r)},
              {"operations", per_pipe(r.operations)},
              {"seconds", r.seconds}};
  if (r.words) result["words"] = *r.words;
  if (r.elided) result["operations_without_instruction"] = per_pipe(*r.elided);
  if (r.deadlock) result["deadlock"] = *r.deadlock;
  if (r.messages) result["messages"] = *r.messages;
  if (r.translation) result["translation"] = translation_json(*r.translation);
  if (r.memory) result["phext_memory"] = {{"pages", r.memory->pages}, {"unwritten_reads", r.memory->unwritten_reads}};
  if (r.model) result["model"] = model_json(r);
  return result;
}

}  // namespace vtpu::testbench
