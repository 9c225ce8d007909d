#include "testbench/explore/report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <tuple>

#include "asm/container.hpp"
#include "testbench/explore/cost.hpp"
#include "testbench/explore/identity.hpp"
#include "testbench/pages/pages.hpp"
#include "testbench/run_report.hpp"

namespace vtpu::explore {
namespace {

using nlohmann::json;

double rounded(double value) { return std::round(value * 1e6) / 1e6; }

std::vector<double> rounded(std::vector<double> values) {
  for (double& value : values) value = rounded(value);
  return values;
}

json row_json(const Row& row, unsigned cores) {
  json object{{"program", row.program}, {"status", name_of(row.status)}};
  if (row.status != Status::Done) {
    object["reason"] = row.reason;
    return object;
  }
  object["cycles"] = row.cycles;
  object["operations"] = row.operations;
  object["operations_per_cycle"] = rounded(row.operations_per_cycle());
  object["bound_cycles"] = row.bound_cycles;
  object["bound_by"] = row.bound_by;
  object["bottleneck"] = bottleneck_of(row, cores);
  object["slots"] = row.slots;
  json ports = json::array();
  for (const PortRow& port : row.ports) ports.push_back({port.name, port.busy, port.lost});
  object["ports"] = std::move(ports);
  return object;
}

json rows_json(const Evaluation& evaluation, unsigned cores) {
  json rows = json::array();
  for (const Row& row : evaluation.rows) rows.push_back(row_json(row, cores));
  return rows;
}

json area_json(const layout::Layout& layout) {
  json parts = json::object();
  for (const AreaPart& part : area_of(layout).parts) parts[part.name] = std::round(part.gates / 100) / 10;
  return parts;
}

json entry_json(const Entry& entry, const Exploration& e) {
  json object{{"name", entry.layout.name},
              {"point", entry.point},
              {"description", entry.layout.description},
              {"area", area_json(entry.layout)}};
  if (!entry.simulated()) {
    object["skipped"] = "by the bound";
    object["best_possible"] = rounded(entry.best_possible);
    return object;
  }
  if (!entry.values.empty()) object["values"] = rounded(entry.values);
  object["rows"] = rows_json(entry.evaluation, e.run.cores);
  return object;
}

json space_json(const Exploration& e) {
  json axes = json::array();
  for (const Axis& axis : e.space.axes) {
    json labels = json::array();
    for (const Option& option : axis.options) labels.push_back(option.label);
    axes.push_back({{"name", axis.name}, {"options", std::move(labels)}});
  }
  return {{"name", e.space.name},
          {"description", e.space.description},
          {"base", e.space.base.name},
          {"points", e.space.size()},
          {"axes", std::move(axes)}};
}

json provenance_json(const Exploration& e) {
  json programs = json::array();
  for (const Workload& work : e.programs) {
    programs.push_back({{"name", work.name},
                        {"hash", work.hash},
                        {"words", work.words},
                        {"whole_words", work.whole_words},
                        {"operations", work.operations}});
  }
  return {{"command", e.command},
          {"version", e.version},
          {"model_version", model_version()},
          {"method", name_of(e.campaign.method)},
          {"budget", e.campaign.budget},
          {"seed", e.campaign.seed},
          {"source", testbench::name_of(e.run.source)},
          {"placement", phext::name_of(e.run.placement)},
          {"cores", e.run.cores},
          {"programs", std::move(programs)}};
}

json study_json(const Study& study, unsigned cores) {
  json variations = json::array();
  for (const Variation& v : study.variations) {
    json object{{"what", v.what},
                {"kind", v.ablation ? "ablation" : "sensitivity"},
                {"area", rounded(area_of(v.layout).total() / 1000)}};
    if (v.refused.empty()) {
      object["rows"] = rows_json(v.evaluation, cores);
    } else {
      object["refused"] = v.refused;
    }
    variations.push_back(std::move(object));
  }
  return {{"centre", study.centre},
          {"area", rounded(area_of(study.layout).total() / 1000)},
          {"rows", rows_json(study.evaluation, cores)},
          {"variations", std::move(variations)}};
}

std::string csv_text(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

Result<void> write_text(const std::string& path, const std::string& text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  return assembly::write_file(path, std::span(bytes, text.size()));
}

std::string line_of(const Entry& entry) {
  std::string line = fmt::format("{:<14}", entry.layout.name);
  if (entry.values.empty()) return line + "   failed on a program\n";
  for (const double value : entry.values) line += fmt::format(" {:>12.4g}", value);
  return line + (entry.point.empty() ? "\n" : fmt::format("  {}\n", entry.layout.description));
}

}  // namespace

std::string bottleneck_of(const Row& row, unsigned cores) {
  testbench::ModelReport model;
  model.cycles = row.cycles;
  model.cores = cores;
  model.slots = row.slots;
  for (const PortRow& port : row.ports) model.ports.push_back({port.name, {port.busy, 0, 0}, {}});
  return testbench::bottleneck(model);
}

json to_json(const Exploration& e, const Outcome& outcome) {
  const CampaignResult& result = outcome.campaign;
  json objectives = json::array();
  for (const Objective& objective : e.campaign.objectives) {
    objectives.push_back(
        {{"name", name_of(objective.measure)}, {"unit", unit_of(objective.measure)}, {"maximise", objective.maximise}});
  }
  json reasons = json::array();
  for (std::size_t i = 0; i < kReasons; ++i) reasons.push_back(events::name_of(static_cast<events::SlotReason>(i)));
  json front = json::array();
  for (const std::size_t f : result.front) front.push_back(result.entries[f].layout.name);
  json layouts = json::array();
  for (const Entry& entry : result.entries) layouts.push_back(entry_json(entry, e));
  json known = json::array();
  for (const Entry& entry : result.known) known.push_back(entry_json(entry, e));
  json document{{"space", space_json(e)},
                {"provenance", provenance_json(e)},
                {"objectives", std::move(objectives)},
                {"slot_reasons", std::move(reasons)},
                {"looked_at", result.looked_at},
                {"pruned", result.pruned},
                {"same_layouts", result.same_layouts},
                {"skipped_by_bound", result.skipped_by_bound},
                {"bound_violations", outcome.bound_violations},
                {"front", std::move(front)},
                {"layouts", std::move(layouts)},
                {"known", std::move(known)}};
  if (outcome.study) document["study"] = study_json(*outcome.study, e.run.cores);
  return document;
}

std::string to_csv(const Exploration& e, const Outcome& outcome) {
  std::string text = "layout,description,on_front";
  for (const Objective& objective : e.campaign.objectives) text += fmt::format(",{}", name_of(objective.measure));
  text += ",program,status,operations_per_cycle,cycles,operations,bound_cycles,bound_by,bottleneck\n";
  const CampaignResult& result = outcome.campaign;
  const std::set<std::size_t> front(result.front.begin(), result.front.end());
  const auto add = [&](const Entry& entry, bool on_front) {
    for (const Row& row : entry.evaluation.rows) {
      text += fmt::format("{},{},{}", entry.layout.name, csv_text(entry.layout.description), on_front ? "yes" : "no");
      for (std::size_t o = 0; o < e.campaign.objectives.size(); ++o) {
        text += entry.values.empty() ? "," : fmt::format(",{:.6g}", entry.values[o]);
      }
      text += fmt::format(",{},{},{:.6g},{},{},{},{},{}\n", row.program, name_of(row.status),
                          row.operations_per_cycle(), row.cycles, row.operations, row.bound_cycles,
                          csv_text(row.bound_by), csv_text(bottleneck_of(row, e.run.cores)));
    }
  };
  for (const Entry& entry : result.known) add(entry, false);
  for (std::size_t i = 0; i < result.entries.size(); ++i) add(result.entries[i], front.contains(i));
  return text;
}

std::string to_text(const SpaceCount& count) {
  std::string text = fmt::format("{} points", count.points);
  const double share =
      count.looked_at == 0 ? 0 : static_cast<double>(count.allowed) / static_cast<double>(count.looked_at);
  if (count.exact()) {
    text += fmt::format(", {} allowed by the constraints\n", count.allowed);
  } else {
    text += fmt::format(", about {:.3g} allowed by the constraints ({} of {} sampled)\n",
                        share * static_cast<double>(count.points), count.allowed, count.looked_at);
  }
  for (const auto& [rule, points] : count.pruned) text += fmt::format("  {} not: {}\n", points, rule);
  return text;
}

std::string to_text(const Exploration& e, const Outcome& outcome) {
  const CampaignResult& result = outcome.campaign;
  std::uint64_t simulated = 0;
  std::uint64_t failed = 0;
  for (const Entry& entry : result.entries) {
    simulated += entry.simulated() ? 1 : 0;
    failed += entry.simulated() && entry.values.empty() ? 1 : 0;
  }
  std::string text = fmt::format("{} layouts simulated on {} programs, {} skipped by the bound", simulated,
                                 e.programs.size(), result.skipped_by_bound);
  if (failed != 0) text += fmt::format(", {} failed", failed);
  if (result.same_layouts != 0) text += fmt::format(", {} points were a layout again", result.same_layouts);
  text += "\n";
  for (const auto& [rule, points] : result.pruned) text += fmt::format("{} pruned: {}\n", points, rule);
  std::string head = fmt::format("{:<14}", "");
  for (const Objective& objective : e.campaign.objectives) head += fmt::format(" {:>12}", name_of(objective.measure));
  text += fmt::format("\nfront: {} layouts\n{}\n", result.front.size(), head);
  std::vector<std::size_t> order = result.front;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(result.entries[a].values, a) < std::tie(result.entries[b].values, b);
  });
  for (const std::size_t f : order) text += line_of(result.entries[f]);
  text += fmt::format("\nknown cores\n{}\n", head);
  for (const Entry& entry : result.known) text += line_of(entry);
  return text;
}

std::string to_html(const json& results) { return testbench::fill_page(testbench::explore_page(), results); }

Result<void> write_reports(const Exploration& exploration, const Outcome& outcome, const std::string& folder) {
  const json results = to_json(exploration, outcome);
  if (Result<void> w = write_text(folder + "/results.json", results.dump(1) + "\n"); !w) return w;
  if (Result<void> w = write_text(folder + "/layouts.csv", to_csv(exploration, outcome)); !w) return w;
  return write_text(folder + "/report.html", to_html(results));
}

}  // namespace vtpu::explore
