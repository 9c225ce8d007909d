#include "testbench/explore/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "layout/layout_edit.hpp"
#include "testbench/explore/exploration.hpp"
#include "testbench/explore/identity.hpp"

namespace vtpu::explore {
namespace {

using layout::Layout;

constexpr unsigned kManyEntries = 4096;
constexpr unsigned kMostPorts = 64;

class Variations {
 public:
  explicit Variations(const Layout& centre) : centre_(centre) {}

  std::vector<Variation> take() { return std::move(variations_); }

  void sensitivity() {
    for (const std::string& role : roles()) {
      const auto model = std::find_if(centre_.ports.begin(), centre_.ports.end(),
                                      [&](const layout::Port& port) { return layout::role_of(port.name) == role; });
      const auto port = static_cast<unsigned>(model - centre_.ports.begin());
      add(false, fmt::format("one {} more", role), [&](Layout& l) { layout::add_port_like(l, port); });
      add(false, fmt::format("one {} less", role), [&](Layout& l) { remove_last(l, role); });
    }
    for (std::size_t q = 0; q < centre_.queues.size(); ++q) {
      by_a_quarter(fmt::format("queue {}", centre_.queues[q].name), "entries",
                   [q](Layout& l) -> unsigned& { return l.queues[q].entries; });
    }
    by_one("dispatch", [](Layout& l) -> unsigned& { return l.rename.dispatch_width; });
    by_one("fetch, words", [](Layout& l) -> unsigned& { return l.front_end.siw_per_cycle; });
    by_one("loads per cycle", [](Layout& l) -> unsigned& { return l.memory.loads_per_cycle; });
    by_a_quarter("window", "entries", [](Layout& l) -> unsigned& { return l.retire.window_entries; });
    by_a_quarter("integer registers", "", [](Layout& l) -> unsigned& { return l.rename.integer_registers; });
    by_a_quarter("vector registers", "", [](Layout& l) -> unsigned& { return l.rename.vector_registers; });
  }

  void ablation() {
    for (unsigned p = 0; p < centre_.ports.size(); ++p) {
      add(true, fmt::format("without {}", centre_.ports[p].name), [p](Layout& l) { layout::remove_port(l, p); });
    }
    add(true, "ideal scheduler", make_scheduler_ideal);
    add(true, "unlimited ports", make_ports_unlimited);
    add(true, "ideal scheduler and unlimited ports", [](Layout& l) {
      make_ports_unlimited(l);
      make_scheduler_ideal(l);
    });
  }

 private:
  template <typename Change>
  void add(bool is_ablation, std::string what, Change change) {
    Variation variation;
    variation.what = std::move(what);
    variation.ablation = is_ablation;
    variation.layout = centre_;
    change(variation.layout);
    const std::vector<std::string> findings = layout::inconsistencies(variation.layout, centre_);
    if (!findings.empty()) variation.refused = findings.front();
    variation.layout.description = fmt::format("{}, {}", centre_.name, variation.what);
    variation.layout.cpu_match.clear();
    variation.layout.name = name_of(variation.layout);
    variations_.push_back(std::move(variation));
  }

  template <typename Number>
  void by_one(const std::string& what, Number number) {
    Layout layout = centre_;
    const unsigned now = number(layout);
    add(false, fmt::format("{} {} instead of {}", what, now + 1, now), [&](Layout& l) { number(l) = now + 1; });
    if (now <= 1) return;
    add(false, fmt::format("{} {} instead of {}", what, now - 1, now), [&](Layout& l) { number(l) = now - 1; });
  }

  template <typename Number>
  void by_a_quarter(const std::string& what, const std::string& unit, Number number) {
    Layout layout = centre_;
    const unsigned now = number(layout);
    if (now == 0) return;  // unlimited
    const unsigned step = std::max(1U, now / 4);
    const std::string space = unit.empty() ? "" : " ";
    add(false, fmt::format("{} {}{}{} instead of {}", what, now + step, space, unit, now),
        [&](Layout& l) { number(l) = now + step; });
    if (now == step) return;
    add(false, fmt::format("{} {}{}{} instead of {}", what, now - step, space, unit, now),
        [&](Layout& l) { number(l) = now - step; });
  }

  [[nodiscard]] std::vector<std::string> roles() const {
    std::vector<std::string> names;
    for (const layout::Port& port : centre_.ports) {
      std::string role(layout::role_of(port.name));
      if (std::find(names.begin(), names.end(), role) == names.end()) names.push_back(std::move(role));
    }
    return names;
  }

  static void remove_last(Layout& l, const std::string& role) {
    for (unsigned p = static_cast<unsigned>(l.ports.size()); p-- > 0;) {
      if (layout::role_of(l.ports[p].name) == role) return layout::remove_port(l, p);
    }
  }

  static void make_scheduler_ideal(Layout& l) {
    l.binding = layout::Binding::AtIssue;
    l.queues.resize(1);
    l.queues[0].entries = kManyEntries;
    l.queues[0].ports.clear();
    for (unsigned p = 0; p < l.ports.size(); ++p) {
      l.queues[0].ports.push_back(p);
      l.ports[p].queue = 0;
    }
  }

  // As many of each port as there is room for, and no limit on loads and stores beside them.
  static void make_ports_unlimited(Layout& l) {
    std::vector<std::string> names;
    for (const layout::Port& port : l.ports) names.push_back(port.name);
    const auto copies = kMostPorts / static_cast<unsigned>(names.size());
    for (unsigned k = 1; k < copies; ++k) {
      for (const std::string& name : names) layout::add_port_like(l, *l.port_named(name));
    }
    l.memory.loads_per_cycle = l.memory.loads_per_cycle_512 = 16;
    l.memory.stores_per_cycle = l.memory.stores_per_cycle_512 = 16;
    l.memory.accesses_per_cycle = 32;
  }

  const Layout& centre_;
  std::vector<Variation> variations_;
};

const Entry* entry_named(const CampaignResult& result, const std::string& name) {
  for (const std::vector<Entry>* entries : {&result.entries, &result.known}) {
    for (const Entry& entry : *entries) {
      if (entry.layout.name == name) return &entry;
    }
  }
  return nullptr;
}

}  // namespace

std::optional<std::size_t> knee_of(const CampaignResult& result, const std::vector<Objective>& objectives) {
  std::vector<std::vector<double>> values;
  for (const std::size_t f : result.front) values.push_back(minimised(objectives, result.entries[f].values));
  std::optional<std::size_t> best;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < values.size(); ++i) {
    double distance = 0;
    for (std::size_t o = 0; o < objectives.size(); ++o) {
      const auto less = [o](const auto& a, const auto& b) { return a[o] < b[o]; };
      const auto [low, high] = std::minmax_element(values.begin(), values.end(), less);
      const double spread = (*high)[o] - (*low)[o];
      const double share = spread == 0 ? 0 : (values[i][o] - (*low)[o]) / spread;
      distance += share * share;
    }
    if (distance < nearest) {
      nearest = distance;
      best = result.front[i];
    }
  }
  return best;
}

std::vector<Variation> variations_of(const Layout& centre) {
  Variations variations(centre);
  variations.sensitivity();
  variations.ablation();
  return variations.take();
}

Result<std::optional<Study>> study_around(const Exploration& exploration, const CampaignResult& result,
                                          Evaluator& evaluator) {
  const Entry* centre = nullptr;
  if (!exploration.centre.empty()) {
    centre = entry_named(result, exploration.centre);
    if (centre == nullptr) {
      return fail("--centre", fmt::format("no layout \"{}\" in this exploration; expected the name of one of its "
                                          "layouts or of a known core",
                                          exploration.centre));
    }
  } else if (const auto knee = knee_of(result, exploration.campaign.objectives)) {
    centre = &result.entries[*knee];
  }
  if (centre == nullptr) return std::optional<Study>();
  Study study{centre->layout.name, centre->layout, {}, variations_of(centre->layout)};
  std::vector<Candidate> candidates{{centre->point, centre->layout}};
  for (const Variation& variation : study.variations) {
    if (variation.refused.empty()) candidates.push_back({"", variation.layout});
  }
  Result<std::vector<Evaluation>> evaluations = evaluator.evaluate(candidates);
  if (!evaluations) return fail(std::move(evaluations.error()));
  study.evaluation = std::move(evaluations->front());
  std::size_t next = 1;
  for (Variation& variation : study.variations) {
    if (variation.refused.empty()) variation.evaluation = std::move((*evaluations)[next++]);
  }
  return std::optional<Study>(std::move(study));
}

}  // namespace vtpu::explore
