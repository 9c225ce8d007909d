#include "testbench/explore/why.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "layout/layout_write.hpp"
#include "testbench/explore/cost.hpp"
#include "testbench/explore/report.hpp"

namespace vtpu::explore {
namespace {

using events::SlotReason;

// "queue sch0 entries" -> "24", in the order of the text.
std::vector<std::pair<std::string, std::string>> settings_of(const layout::Layout& layout) {
  std::vector<std::pair<std::string, std::string>> settings;
  std::string section;
  std::string item;
  const std::string text = layout::write_layout(layout);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.starts_with('[')) {
      section = line.substr(line.rfind('[') + 1, line.find(']') - line.rfind('[') - 1);
      item.clear();
      continue;
    }
    const std::size_t equals = line.find(" = ");
    if (equals == std::string::npos) {
      if (!settings.empty() && line.starts_with(' ')) settings.back().second += line;
      continue;
    }
    const std::string key = line.substr(0, equals);
    const std::string value = line.substr(equals + 3);
    if ((section == "queue" || section == "port") && key == "name") item = value;
    if (section.empty() && (key == "name" || key == "description" || key == "cpu_match")) continue;
    settings.emplace_back(
        fmt::format("{}{}{}{}{}", section, section.empty() ? "" : " ", item, item.empty() ? "" : " ", key), value);
  }
  return settings;
}

const Entry* entry_named(const CampaignResult& result, const std::string& name) {
  for (const std::vector<Entry>* entries : {&result.known, &result.entries}) {
    for (const Entry& entry : *entries) {
      if (entry.layout.name == name) return &entry;
    }
  }
  return nullptr;
}

Result<const Entry*> find(const CampaignResult& result, const std::string& name) {
  const Entry* entry = entry_named(result, name);
  if (entry == nullptr) {
    return fail(name, "no layout of this exploration; expected a name as the report has it, or a known core");
  }
  if (entry->values.empty()) {
    return fail(name, entry->simulated() ? "failed on a program, so there is nothing to compare"
                                         : "was skipped by the bound, so there is nothing to compare");
  }
  return entry;
}

// Cycles per thousand operations that dispatch lost to each reason; all of them are the cycles of the run.
std::array<double, kReasons> cycles_by_reason(const Row& row) {
  double all = 0;
  for (const std::uint64_t slots : row.slots) all += static_cast<double>(slots);
  std::array<double, kReasons> cycles{};
  const double scale = all == 0 || row.operations == 0
                           ? 0
                           : 1000.0 * static_cast<double>(row.cycles) / static_cast<double>(row.operations) / all;
  for (std::size_t i = 0; i < kReasons; ++i) cycles[i] = static_cast<double>(row.slots[i]) * scale;
  return cycles;
}

std::string percent_more(double from, double to) {
  const double change = 100 * (to / from - 1);
  return fmt::format("{:.1f} % {}", std::abs(change), change < 0 ? "less" : "more");
}

std::string shape_text(const Entry& a, const Entry& b) {
  const auto different = differences(a.layout, b.layout);
  if (different.empty()) return "They are the same core.\n";
  constexpr std::size_t kMost = 12;
  std::string text = fmt::format("They differ in {} settings:\n", different.size());
  for (std::size_t i = 0; i < std::min(kMost, different.size()); ++i) {
    text += fmt::format("  {}: {}\n", different[i].first, different[i].second);
  }
  if (different.size() > kMost) text += fmt::format("  and {} more\n", different.size() - kMost);
  const Area area_a = area_of(a.layout);
  const Area area_b = area_of(b.layout);
  std::size_t most = 0;
  for (std::size_t i = 0; i < area_a.parts.size(); ++i) {
    const auto change = [&](std::size_t k) { return std::abs(area_b.parts[k].gates - area_a.parts[k].gates); };
    if (change(i) > change(most)) most = i;
  }
  text += fmt::format("Area {:.0f} against {:.0f} thousand gates, {}; most of it in the {} ({:+.0f}).\n",
                      area_a.total() / 1000, area_b.total() / 1000, percent_more(area_a.total(), area_b.total()),
                      area_a.parts[most].name, (area_b.parts[most].gates - area_a.parts[most].gates) / 1000);
  return text;
}

std::string program_text(const Row& a, const Row& b, unsigned cores) {
  const auto before = cycles_by_reason(a);
  const auto after = cycles_by_reason(b);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < kReasons; ++i) order.push_back(i);
  const auto change = [&](std::size_t i) { return std::abs(after[i] - before[i]); };
  std::sort(order.begin(), order.end(),
            [&](std::size_t x, std::size_t y) { return change(x) != change(y) ? change(x) > change(y) : x < y; });
  std::string text =
      fmt::format("{}: {:.3f} against {:.3f} operations per cycle, {}.\n", a.program, a.operations_per_cycle(),
                  b.operations_per_cycle(), percent_more(a.operations_per_cycle(), b.operations_per_cycle()));
  const double total_before = 1000.0 / a.operations_per_cycle();
  const double total_after = 1000.0 / b.operations_per_cycle();
  text += fmt::format("  A thousand operations take {:.0f} cycles and {:.0f} cycles:", total_before, total_after);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::size_t reason = order[i];
    if (change(reason) < 0.5) break;
    text += fmt::format("{} {} {:.0f} -> {:.0f}", i == 0 ? "" : ",", events::name_of(static_cast<SlotReason>(reason)),
                        before[reason], after[reason]);
  }
  const auto of_bound = [](const Row& row) {
    return row.cycles == 0 ? 0 : 100.0 * static_cast<double>(row.bound_cycles) / static_cast<double>(row.cycles);
  };
  text += fmt::format(".\n  The first is limited by {}, the second by {}.\n", bottleneck_of(a, cores),
                      bottleneck_of(b, cores));
  if (a.bound_cycles != 0 && b.bound_cycles != 0) {
    text += fmt::format("  The bound by {} is {:.0f} % of the first's cycles, that by {} {:.0f} % of the second's.\n",
                        a.bound_by, of_bound(a), b.bound_by, of_bound(b));
  }
  return text;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> differences(const layout::Layout& a, const layout::Layout& b) {
  const auto of_a = settings_of(a);
  const auto of_b = settings_of(b);
  std::map<std::string, std::string> second(of_b.begin(), of_b.end());
  std::vector<std::pair<std::string, std::string>> result;
  std::map<std::string, bool> seen;
  for (const auto& [key, value] : of_a) {
    seen[key] = true;
    const auto other = second.find(key);
    if (other == second.end()) {
      result.emplace_back(key, fmt::format("{} -> absent", value));
    } else if (other->second != value) {
      result.emplace_back(key, fmt::format("{} -> {}", value, other->second));
    }
  }
  for (const auto& [key, value] : of_b) {
    if (!seen.contains(key)) result.emplace_back(key, fmt::format("absent -> {}", value));
  }
  // Cracks and kinds follow from ports and roles; what a reader looks for first stands first.
  const auto stands_first = [](const auto& difference) {
    return !difference.first.starts_with("uop") && !difference.first.starts_with("op ") &&
           !difference.first.starts_with("host");
  };
  std::vector<std::pair<std::string, std::string>> ordered;
  for (const bool first : {true, false}) {
    for (auto& difference : result) {
      if (stands_first(difference) == first) ordered.push_back(difference);
    }
  }
  return ordered;
}

Result<std::string> why(const Exploration& exploration, const CampaignResult& result, const std::string& a,
                        const std::string& b) {
  const Result<const Entry*> first = find(result, a);
  if (!first) return fail(first.error());
  const Result<const Entry*> second = find(result, b);
  if (!second) return fail(second.error());
  const Entry& one = **first;
  const Entry& two = **second;
  std::string text = fmt::format("First  {}: {}\nSecond {}: {}\n", one.layout.name, one.layout.description,
                                 two.layout.name, two.layout.description);
  for (std::size_t o = 0; o < exploration.campaign.objectives.size(); ++o) {
    const Measure measure = exploration.campaign.objectives[o].measure;
    text += fmt::format("{}: {:.4g} against {:.4g} {}, {}.\n", name_of(measure), one.values[o], two.values[o],
                        unit_of(measure), percent_more(one.values[o], two.values[o]));
  }
  text += shape_text(one, two);
  for (std::size_t p = 0; p < one.evaluation.rows.size(); ++p) {
    text.push_back('\n');
    text += program_text(one.evaluation.rows[p], two.evaluation.rows[p], exploration.run.cores);
  }
  return text;
}

}  // namespace vtpu::explore
