#include "testbench/run_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

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
  const double cycles = static_cast<double>(m.cycles) * m.cores;
  text += fmt::format("port use, % of cycles\n  {:<8} {:>6} {:>6} {:>6} {:>6}\n", "port", "all", "D", "S", "C");
  for (std::size_t p = 0; p < m.ports.size(); ++p) {
    const PerPipe& uses = m.activity.issued()[p];
    const auto percent = [&](std::uint64_t n) { return cycles == 0 ? 0 : 100.0 * static_cast<double>(n) / cycles; };
    text += fmt::format("  {:<8} {:>6.1f} {:>6.1f} {:>6.1f} {:>6.1f}\n", m.ports[p], percent(total(uses)),
                        percent(uses[0]), percent(uses[1]), percent(uses[2]));
  }
}

// One row per loser and port, one column per winner.
void add_conflicts(std::string& text, const ModelReport& m) {
  const auto& conflicts = m.activity.conflicts();
  if (conflicts.empty()) {
    text += "port conflicts    none\n";
    return;
  }
  text += fmt::format("port conflicts, cycles lost\n  {:<5} {:<8} {:>12} {:>12} {:>12}\n", "loser", "port", "to D",
                      "to S", "to C");
  for (const isa::Pipe loser : kPipes) {
    for (unsigned p = 0; p < m.ports.size(); ++p) {
      PerPipe lost{};
      for (const isa::Pipe winner : kPipes) {
        const auto at = conflicts.find({loser, p, winner});
        if (at != conflicts.end()) lost[index(winner)] = at->second;
      }
      if (total(lost) == 0) continue;
      text += fmt::format("  {:<5} {:<8} {:>12} {:>12} {:>12}\n", isa::name_of(loser), m.ports[p], lost[0], lost[1],
                          lost[2]);
    }
  }
  text += "  most: " + sentence(losses(m.activity).front(), m.ports) + "\n";
}

void add_slots(std::string& text, const ModelReport& m) {
  const std::uint64_t all = m.activity.all_slots();
  text += fmt::format("dispatch slots    {}\n", all);
  for (std::size_t i = 0; i < static_cast<std::size_t>(SlotReason::Count); ++i) {
    const auto reason = static_cast<SlotReason>(i);
    const std::uint64_t n = m.activity.slots(reason);
    if (n > 0) text += fmt::format("  {:<16} {:>14}  {:5.1f} %\n", events::name_of(reason), n, share(n, all));
  }
}

void add_model(std::string& text, const RunReport& r) {
  const ModelReport& m = *r.model;
  text += fmt::format("cycles            {}\n", m.cycles);
  text += fmt::format("operations/cycle  {:.3f}\n", operations_per_cycle(r));
  const PerPipe& uops = m.activity.uops_retired();
  const double cycles = static_cast<double>(std::max<std::uint64_t>(1, m.cycles));
  text += fmt::format("uops/cycle        {:.3f}: D {:.3f}, S {:.3f}, C {:.3f}\n",
                      static_cast<double>(total(uops)) / cycles, static_cast<double>(uops[0]) / cycles,
                      static_cast<double>(uops[1]) / cycles, static_cast<double>(uops[2]) / cycles);
  text += "bottleneck        " + bottleneck(m) + "\n";
  add_ports(text, m);
  add_conflicts(text, m);
  add_slots(text, m);
  for (const CacheReport& c : m.caches) {
    text += fmt::format("{:<17} {:.2f} % hits of {}\n", c.name, share(c.hits, c.hits + c.misses), c.hits + c.misses);
  }
  for (const auto& [name, n] : m.figures) text += fmt::format("{:<17} {}\n", name, n);
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
  for (std::size_t p = 0; p < m.ports.size(); ++p) ports[m.ports[p]] = per_pipe(m.activity.issued()[p]);
  json conflicts = json::array();
  for (const PortLoss& loss : losses(m.activity)) {
    conflicts.push_back({{"loser", isa::name_of(loss.conflict.loser)},
                         {"port", m.ports.at(loss.conflict.port)},
                         {"winner", isa::name_of(loss.conflict.winner)},
                         {"cycles", loss.cycles}});
  }
  json slots = json::object();
  for (std::size_t i = 0; i < static_cast<std::size_t>(SlotReason::Count); ++i) {
    const auto reason = static_cast<SlotReason>(i);
    slots[std::string(events::name_of(reason))] = m.activity.slots(reason);
  }
  json caches = json::object();
  for (const CacheReport& c : m.caches) caches[c.name] = {{"hits", c.hits}, {"misses", c.misses}};
  json result{{"layout", m.layout},
              {"cores", m.cores},
              {"cycles", m.cycles},
              {"operations_per_cycle", operations_per_cycle(r)},
              {"uops_retired", per_pipe(m.activity.uops_retired())},
              {"issued_by_port", std::move(ports)},
              {"port_conflicts", std::move(conflicts)},
              {"dispatch_slots", std::move(slots)},
              {"caches", std::move(caches)},
              {"figures", m.figures},
              {"bottleneck", bottleneck(m)}};
  if (!m.timeline.empty()) result["timeline"] = m.timeline;
  return result;
}

}  // namespace

double operations_per_cycle(const RunReport& report) {
  if (!report.model || report.model->cycles == 0) return 0;
  return static_cast<double>(total(report.operations)) / static_cast<double>(report.model->cycles);
}

std::vector<PortLoss> losses(const Activity& activity) {
  std::vector<PortLoss> result;
  for (const auto& [conflict, cycles] : activity.conflicts()) result.push_back({conflict, cycles});
  std::stable_sort(result.begin(), result.end(),
                   [](const PortLoss& a, const PortLoss& b) { return a.cycles > b.cycles; });
  return result;
}

std::string sentence(const PortLoss& loss, const std::vector<std::string>& ports) {
  return fmt::format("{} lost {} cycles on {} to {}", isa::name_of(loss.conflict.loser), loss.cycles,
                     ports.at(loss.conflict.port), isa::name_of(loss.conflict.winner));
}

std::string bottleneck(const ModelReport& m) {
  if (m.cycles == 0) return "none";
  std::optional<SlotReason> worst;
  std::uint64_t lost = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(SlotReason::Count); ++i) {
    const auto reason = static_cast<SlotReason>(i);
    if (reason == SlotReason::Retiring || m.activity.slots(reason) <= lost) continue;
    lost = m.activity.slots(reason);
    worst = reason;
  }
  const std::uint64_t all = m.activity.all_slots();
  const std::uint64_t used = m.activity.slots(SlotReason::Retiring);
  std::string text = !worst || used * 10 >= all * 9
                         ? fmt::format("dispatch width ({:.0f} % of slots used)", share(used, all))
                         : fmt::format("{} ({:.0f} % of slots)", events::name_of(*worst), share(lost, all));
  std::size_t busiest = 0;
  const auto& issued = m.activity.issued();
  for (std::size_t p = 1; p < issued.size(); ++p) {
    if (total(issued[p]) > total(issued[busiest])) busiest = p;
  }
  if (!issued.empty()) {
    text += fmt::format(", {} {:.0f} % busy", m.ports[busiest], share(total(issued[busiest]), m.cycles * m.cores));
  }
  return text;
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
