// vtpu synth: the issue and port part of a layout, as yosys synthesises it.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "layout/layout.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/explore/issue_synthesis.hpp"

namespace vtpu::cli {
namespace {

using nlohmann::json;

constexpr double kBar = 0.15;  // that the cost model may be off

struct Options {
  std::vector<std::string> layouts;
  bool json = false;
};

json to_json(const explore::IssueSynthesis& result) {
  json units = json::array();
  for (const explore::UnitCells& unit : result.units) {
    json one{{"unit", unit.unit}, {"instances", unit.instances}, {"cells", unit.cells}, {"gates", unit.gates}};
    if (unit.modelled != 0) one["modelled_gates"] = unit.modelled;
    units.push_back(std::move(one));
  }
  return {{"layout", result.layout},       {"cells", result.cells()},   {"gates", result.gates()},
          {"model_error", result.error()}, {"seconds", result.seconds}, {"units", std::move(units)}};
}

// Gates of what has to be mapped: one entry's wake-up, one port of each kind, and the choice of all ports.
double work_of(const layout::Layout& layout) {
  std::uint64_t entries = 0;
  for (const layout::Queue& queue : layout.queues) entries += queue.entries;
  const auto modelled = explore::modelled_units(layout);
  return modelled.at("port_select") + modelled.at("queue_wake_up") / static_cast<double>(entries);
}

int synth(const Options& options) {
  json all = json::array();
  int code = kFine;
  for (const std::string& name : options.layouts) {
    const Result<layout::Layout> layout = layout::find_layout(name, layouts_folder());
    if (!layout) return report(layout.error());
    constexpr double kGatesPerSecond = 2000;
    fmt::print(stderr, "{}: yosys synthesises issue and ports, about {:.0f} s\n", layout->name,
               std::ceil(work_of(*layout) / kGatesPerSecond));
    const auto start = std::chrono::steady_clock::now();
    const auto result = explore::synthesise_issue(*layout, VTPU_SOURCE_DIR, [&](const std::string& unit) {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      fmt::print(stderr, "{}: {:.0f} s, mapping the gates of {}\n", layout->name, passed.count(), unit);
    });
    if (!result) return report(result.error(), kMachineCannot);
    if (std::abs(result->error()) > kBar) code = kCheckFailed;
    if (options.json) {
      all.push_back(to_json(*result));
    } else {
      fmt::print("{}", to_text(*result));
    }
  }
  if (options.json) fmt::print("{}\n", all.dump(2));
  return code;
}

}  // namespace

void add_synth(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("synth", "Count the cells of a core's issue and port part, by yosys");
  command->add_option("layouts", options->layouts, "Names in layouts/ or .toml files")->required();
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer(
      "Example: vtpu synth tiny1 zen4\n"
      "Exit code 1 where the cost model of vtpu explore is more than 15 % off, 3 where there is no yosys.");
  command->callback([options, &exit_code] { exit_code = synth(*options); });
}

}  // namespace vtpu::cli
