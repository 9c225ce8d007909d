#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "testbench/analysis/analysis.hpp"
#include "testbench/pages/pages.hpp"

namespace vtpu::analysis {
namespace {

using nlohmann::json;

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

constexpr std::array<std::string_view, 4> kLinkNames{"start", "register", "memory", "message"};

// ---- JSON --------------------------------------------------------------------------------------------------------

json json_of(const OperationName& o, const Analysis& a) {
  return {{"stream", a.stream_names[o.stream]}, {"word", o.word}, {"pipe", isa::name_of(o.pipe)}};
}

json json_of(const PerPipe& counts) { return {{"D", counts[0]}, {"S", counts[1]}, {"C", counts[2]}}; }

json json_of(const OperationAccesses& o) {
  json out{{"pattern", name_of(o.pattern)},
           {"step_share", o.step_share},
           {"accesses", o.accesses},
           {"l1_misses", o.l1_misses},
           {"l1_conflict_misses", o.l1_conflicts},
           {"translation_misses", o.translation_misses},
           {"translation_conflict_misses", o.translation_conflicts}};
  if (o.pattern == Pattern::Sequential || o.pattern == Pattern::Strided) out["step"] = text_of(o.step);
  return out;
}

json memory_json(const Analysis& a) {
  const MemoryProfile& m = a.memory;
  json sets = json::array();
  for (const SetConflicts& set : m.sets) {
    json colliders = json::array();
    for (const Collider& c : set.colliders) {
      json words = json::array();
      for (const auto& [stream, word] : c.words) words.push_back({{"stream", a.stream_names[stream]}, {"word", word}});
      colliders.push_back(
          {{"at", isa::to_string(c.at)}, {"conflict_misses", c.conflicts}, {"words", std::move(words)}});
    }
    sets.push_back({{"cache", set.cache},
                    {"set", set.set},
                    {"ways", set.ways},
                    {"items", set.items},
                    {"conflict_misses", set.conflicts},
                    {"colliders", std::move(colliders)}});
  }
  json dimensions = json::array();
  for (const DimensionUse& d : m.dimensions) {
    dimensions.push_back(
        {{"dimension", d.dimension}, {"low", d.low}, {"high", d.high}, {"changes", d.changes}, {"accesses", d.counts}});
  }
  json buckets = json::array();
  std::size_t last = 0;
  for (std::size_t b = 0; b < m.reuse.buckets.size(); ++b) last = m.reuse.buckets[b] != 0 ? b : last;
  for (std::size_t b = 0; b <= last; ++b) {
    const std::uint64_t low = b == 0 ? 0 : std::uint64_t{1} << (b - 1);
    buckets.push_back({{"from", low}, {"to", b == 0 ? 0 : 2 * low - 1}, {"accesses", m.reuse.buckets[b]}});
  }
  return {{"followed_accesses", m.accesses},
          {"cells", m.cells},
          {"pages", m.pages},
          {"l1_misses", m.l1_misses},
          {"l1_conflict_misses", m.l1_conflicts},
          {"translation_misses", m.translation_misses},
          {"translation_conflict_misses", m.translation_conflicts},
          {"capacity", {{"L1", m.l1_lines}, {"L2", a.l2_lines}, {"L3", a.l3_lines}}},
          {"reuse", {{"first_uses", m.reuse.first_uses}, {"buckets", std::move(buckets)}}},
          {"conflicting_sets", std::move(sets)},
          {"dimensions", std::move(dimensions)},
          {"heat",
           {{"x", m.heat.x},
            {"y", m.heat.y},
            {"x_low", m.heat.x_low},
            {"x_high", m.heat.x_high},
            {"y_low", m.heat.y_low},
            {"y_high", m.heat.y_high},
            {"columns", m.heat.columns},
            {"rows", m.heat.rows},
            {"accesses", m.heat.counts}}}};
}

json ports_json(const Analysis& a, const PortProfile& profile, const std::vector<PortDemand>& demand) {
  json ports = json::array();
  for (const SimulatedPort& p : profile.ports) {
    ports.push_back(
        {{"name", p.name}, {"busy_cycles", json_of(p.busy_cycles)}, {"lost_cycles", json_of(p.lost_cycles)}});
  }
  json conflicts = json::array();
  for (std::size_t i = 0; i < std::min<std::size_t>(profile.conflicts.size(), 50); ++i) {
    const PortConflict& c = profile.conflicts[i];
    conflicts.push_back({{"loser", json_of(c.loser, a)},
                         {"winner", json_of(c.winner, a)},
                         {"port", profile.ports[c.port].name},
                         {"cycles", c.cycles}});
  }
  json demands = json::array();
  for (const PortDemand& d : demand) {
    json operations = json::array();
    for (const OperationName& o : d.operations) operations.push_back(json_of(o, a));
    demands.push_back({{"ports", d.ports}, {"cycles", d.cycles}, {"operations", std::move(operations)}});
  }
  json slots;
  for (std::size_t r = 0; r < profile.slots.size(); ++r) {
    slots[std::string(events::name_of(static_cast<events::SlotReason>(r)))] = profile.slots[r];
  }
  return {{"cycles", profile.cycles},
          {"operations", profile.operations},
          {"operations_per_cycle", profile.operations_per_cycle()},
          {"only_the_first_cycles", profile.limit_reached},
          {"l1_hit_rate", profile.l1_hit_rate},
          {"translation_hit_rate", profile.translation_hit_rate},
          {"ports", std::move(ports)},
          {"conflicts", std::move(conflicts)},
          {"demands", std::move(demands)},
          {"slots", std::move(slots)}};
}

json path_json(const Analysis& a) {
  json steps = json::array();
  for (const PathStep& s : a.path.steps) {
    json step = json_of({s.stream, s.word, s.pipe}, a);
    step["times"] = s.times;
    step["executions"] = s.executions;
    step["cycles"] = s.cycles;
    step["waits_for"] = kLinkNames[static_cast<std::size_t>(s.waits_for)];
    steps.push_back(std::move(step));
  }
  return {{"cycles", a.path.cycles},     {"operations", a.path.operations},
          {"length", a.path.length},     {"operations_per_cycle", a.path.operations_per_cycle()},
          {"complete", a.path.complete}, {"steps", std::move(steps)}};
}

json loops_json(const Analysis& a) {
  json loops = json::array();
  for (const pack::LoopReport& l : a.loops) {
    loops.push_back({{"stream", a.stream_names[l.stream]},
                     {"first", l.first},
                     {"last", l.last},
                     {"iterations", l.count},
                     {"entries", l.entries},
                     {"words", l.words_before},
                     {"operations", {{"D", l.bounds.slots[0]}, {"S", l.bounds.slots[1]}, {"C", l.bounds.slots[2]}}},
                     {"bound_words", l.bounds.words()},
                     {"recurrence_cycles", l.bounds.recurrence_cycles}});
  }
  return loops;
}

json listing_json(const Analysis& a) {
  json listing = json::array();
  for (const AnnotatedWord& w : a.listing) {
    json word{{"stream", a.stream_names[w.stream]}, {"word", w.word}, {"depth", w.depth},
              {"executions", w.executions},         {"text", w.text}, {"path_share", w.path_share},
              {"lost_cycles", w.lost_cycles}};
    if (w.begins_loop) word["loop"] = w.loop_count;
    if (w.accesses) word["accesses"] = json_of(*w.accesses);
    listing.push_back(std::move(word));
  }
  return listing;
}

// ---- text --------------------------------------------------------------------------------------------------------

std::string summary(const Analysis& a) {
  const std::uint64_t all = a.memory.accesses;
  std::string text = fmt::format("{} on layout {} (words as source), placement {}\n", a.program, a.layout, a.placement);
  text += fmt::format("  {} operations (D {}, S {}, C {}) in {} words, {:.2f} of 3 slots full\n", a.operations,
                      a.operations_by_pipe[0], a.operations_by_pipe[1], a.operations_by_pipe[2], a.words,
                      share(a.operations, a.words));
  text += fmt::format("  simulated      {:>12} cycles, {:.3f} operations per cycle{}\n", a.ports.cycles,
                      a.ports.operations_per_cycle(), a.ports.limit_reached ? " (stopped there)" : "");
  if (!a.demands.empty()) {
    text += fmt::format("  bound by ports {:>12} cycles: {}\n", a.demands.front().cycles,
                        fmt::join(a.demands.front().ports, " "));
  }
  text += fmt::format("  critical path  {:>12} cycles, {} operations long{}\n", a.path.cycles, a.path.length,
                      a.path.complete ? "" : fmt::format("; of the first {} operations", a.path.operations));
  text += fmt::format("  memory         {:>12} accesses to {} cells on {} pages{}\n", a.accesses, a.memory.cells,
                      a.memory.pages,
                      a.memory.accesses == a.accesses ? "" : fmt::format("; of the first {}", a.memory.accesses));
  text += fmt::format("                 L1 misses {:.2f} % ({:.2f} % by set conflicts), translation misses {:.2f} %\n",
                      100 * share(a.memory.l1_misses, all), 100 * share(a.memory.l1_conflicts, all),
                      100 * share(a.memory.translation_misses, all));
  return text;
}

// One line for each layout: bound, simulated, cycles lost by pipe, worst conflict.
std::string layouts_text(const Analysis& a) {
  std::string text = fmt::format("{:<14} {:>12} {:>12} {:>7} {:>10} {:>10} {:>10}  {}\n", "layout", "bound",
                                 "simulated", "op/cyc", "D lost", "S lost", "C lost", "bound by; worst conflict");
  const auto line = [&](const std::string& name, const PortProfile& ports, const std::vector<PortDemand>& demands) {
    PerPipe lost{};
    for (const SimulatedPort& port : ports.ports) {
      for (std::size_t p = 0; p < lost.size(); ++p) lost[p] += port.lost_cycles[p];
    }
    std::string worst = "no conflict";
    if (!ports.conflicts.empty()) {
      const PortConflict& c = ports.conflicts.front();
      worst = fmt::format("{} lost {} cycles on {} to {}", text_of(c.loser, a.stream_names), c.cycles,
                          ports.ports[c.port].name, text_of(c.winner, a.stream_names));
    }
    text += fmt::format(
        "{:<14} {:>12} {:>12} {:>7.3f} {:>10} {:>10} {:>10}  {}; {}\n", name,
        demands.empty() ? 0 : demands.front().cycles, ports.cycles, ports.operations_per_cycle(), lost[0], lost[1],
        lost[2], demands.empty() ? std::string("nothing") : fmt::format("{}", fmt::join(demands.front().ports, " ")),
        worst);
  };
  line(a.layout, a.ports, a.demands);
  for (const LayoutPorts& other : a.others) line(other.layout, other.ports, other.demands);
  return text;
}

std::string findings_text(const Analysis& a) {
  if (a.findings.empty()) return "no findings: nothing costs more than a hundredth of the run\n";
  std::string text;
  for (std::size_t i = 0; i < a.findings.size(); ++i) {
    const Finding& f = a.findings[i];
    text += fmt::format("{:>2}. {} ({:.1f} %), {}\n    {}\n    -> {}\n", i + 1, name_of(f.kind), 100 * f.weight,
                        f.where, f.what, f.change);
  }
  return text;
}

std::string listing_text(const Analysis& a) {
  std::string text = fmt::format("{:>6} {:>12} {:>6} {:>10} {:>6} {:<18} {}\n", "word", "executed", "path", "lost",
                                 "L1 mis", "pattern", "operations");
  std::uint32_t stream = ~0U;
  for (const AnnotatedWord& w : a.listing) {
    if (w.stream != stream) text += fmt::format("stream {}\n", a.stream_names[stream = w.stream]);
    std::string pattern;
    std::string misses;
    if (w.accesses) {
      const OperationAccesses& o = *w.accesses;
      const bool steps = o.pattern == Pattern::Sequential || o.pattern == Pattern::Strided;
      pattern = name_of(o.pattern);
      if (steps) pattern = fmt::format("{} {}", pattern, text_of(o.step));
      misses = fmt::format("{:.1f} %", 100 * share(o.l1_misses, o.accesses));
    }
    text += fmt::format("{:>6} {:>12} {:>6} {:>10} {:>6} {:<18} {:{}}{}{}\n", w.word, w.executions,
                        w.path_share > 0 ? fmt::format("{:.1f} %", 100 * w.path_share) : "",
                        w.lost_cycles > 0 ? fmt::format("{}", w.lost_cycles) : "", misses, pattern, "", 2 * w.depth,
                        w.text, w.begins_loop ? fmt::format("   ; loop {}", w.loop_count) : "");
  }
  return text;
}

}  // namespace

json to_json(const Analysis& a) {
  json others = json::array();
  for (const LayoutPorts& other : a.others) {
    json one = ports_json(a, other.ports, other.demands);
    one["layout"] = other.layout;
    others.push_back(std::move(one));
  }
  json findings = json::array();
  for (const Finding& f : a.findings) {
    json operations = json::array();
    for (const OperationName& o : f.operations) operations.push_back(json_of(o, a));
    findings.push_back({{"kind", name_of(f.kind)},
                        {"weight", f.weight},
                        {"where", f.where},
                        {"what", f.what},
                        {"change", f.change},
                        {"operations", std::move(operations)}});
  }
  return {{"program", a.program},
          {"layout", a.layout},
          {"placement", a.placement},
          {"operations", a.operations},
          {"operations_by_pipe", json_of(a.operations_by_pipe)},
          {"words", a.words},
          {"accesses", a.accesses},
          {"memory", memory_json(a)},
          {"simulated", ports_json(a, a.ports, a.demands)},
          {"other_layouts", std::move(others)},
          {"critical_path", path_json(a)},
          {"loops", loops_json(a)},
          {"findings", std::move(findings)},
          {"listing", listing_json(a)}};
}

std::string to_text(const Analysis& analysis, bool with_listing) {
  return fmt::format("{}\n{}{}{}", summary(analysis), findings_text(analysis),
                     analysis.others.empty() ? std::string() : fmt::format("\n{}", layouts_text(analysis)),
                     with_listing ? fmt::format("\n{}", listing_text(analysis)) : std::string());
}

std::string to_html(const Analysis& analysis) {
  return testbench::fill_page(testbench::analyze_page(), to_json(analysis));
}

}  // namespace vtpu::analysis
