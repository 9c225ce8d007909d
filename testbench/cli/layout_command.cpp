// vtpu layout: checks layout files and draws cores.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "layout/layout.hpp"
#include "rtl/adapter/core_size_sv.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"
#include "testbench/instruction_mixes.hpp"
#include "testbench/published_facts.hpp"

namespace vtpu::cli {
namespace {

using nlohmann::json;

struct Options {
  std::vector<std::string> files;
  std::string name;
  std::string package;
  bool json = false;
  bool measure = false;
  unsigned mixes = 200;
  std::uint64_t seed = 1;
};

int check(const Options& options) {
  json all = json::array();
  int code = kFine;
  for (const std::string& file : options.files) {
    const Result<layout::Layout> layout = layout::find_layout(file, layouts_folder());
    json one{{"layout", file}, {"good", layout.has_value()}};
    if (!layout) {
      code = kBadInput;
      for (const Error& e : layout.error()) one["errors"].push_back(e.text());
      report(layout.error());
    } else if (!options.json) {
      fmt::print("{}: good, {} ports in {} queues, {} kinds of uops\n", layout->name, layout->ports.size(),
                 layout->queues.size(), layout->uops.size());
    }
    all.push_back(std::move(one));
  }
  if (options.json) fmt::print("{}\n", all.dump(2));
  return code;
}

json queues_of(const layout::Layout& layout) {
  json queues = json::array();
  for (const layout::Queue& q : layout.queues) {
    json ports = json::array();
    for (const unsigned p : q.ports) ports.push_back(layout.ports.at(p).name);
    queues.push_back({{"name", q.name}, {"entries", q.entries}, {"ports", std::move(ports)}});
  }
  return queues;
}

json uops_of(const layout::Layout& layout) {
  json uops = json::array();
  for (const layout::UopKind& kind : layout.uops) {
    json ports = json::array();
    for (const unsigned p : kind.ports) ports.push_back(layout.ports.at(p).name);
    uops.push_back({{"name", kind.name}, {"ports", std::move(ports)}, {"latency", kind.latency}, {"busy", kind.busy}});
  }
  return uops;
}

int show(const Options& options) {
  const Result<layout::Layout> layout = layout::find_layout(options.name, layouts_folder());
  if (!layout) return report(layout.error());
  if (!options.json) {
    fmt::print("{}", layout::draw(*layout));
    return kFine;
  }
  const json shown{{"name", layout->name},
                   {"description", layout->description},
                   {"dispatch_width", layout->rename.dispatch_width},
                   {"retire_width", layout->retire.width},
                   {"window_entries", layout->retire.window_entries},
                   {"queues", queues_of(*layout)},
                   {"uops", uops_of(*layout)}};
  fmt::print("{}\n", shown.dump(2));
  return kFine;
}

// The layout against the CPU at hand. Nothing is judged: what differs is marked.
int facts_here(const Options& options) {
  if (options.files.size() != 1) return report({{"layout facts --measure", "expected one layout, that of this CPU"}});
  const Result<layout::Layout> layout = layout::find_layout(options.files.front(), layouts_folder());
  if (!layout) return report(layout.error());
  const lowering::HostIsa isa = testbench::isa_for(*layout);
  if (!testbench::cpu_has(isa)) {
    return report({{"layout facts", fmt::format("this CPU lacks {}", lowering::name_of(isa))}}, kMachineCannot);
  }
  fmt::print(stderr, "measuring loops of every operation, some seconds\n");
  const auto facts = testbench::measured_facts(isa, 3, 10);
  if (!facts) return report(facts.error(), kMachineCannot);
  const std::vector<testbench::FactRow> rows = testbench::check_facts(*facts, *layout);
  if (options.json) {
    fmt::print("{}\n", to_json(rows).dump(2));
  } else {
    fmt::print("{}", to_text(rows, "measured"));
  }
  return kFine;
}

int facts(const Options& options) {
  if (options.measure) return facts_here(options);
  std::vector<testbench::FactRow> rows;
  for (const std::string& name : options.files) {
    const Result<layout::Layout> layout = layout::find_layout(name, layouts_folder());
    if (!layout) return report(layout.error());
    const std::vector<testbench::FactRow> checked = testbench::check_facts(*layout);
    rows.insert(rows.end(), checked.begin(), checked.end());
  }
  if (rows.empty()) return report({{"layout facts", "found no facts, expected zen2, zen3, zen4 or zen5"}});
  if (options.json) {
    fmt::print("{}\n", to_json(rows).dump(2));
  } else {
    fmt::print("{}", to_text(rows));
  }
  const auto unexplained = std::count_if(
      rows.begin(), rows.end(), [](const testbench::FactRow& row) { return !row.agrees && row.reason.empty(); });
  fmt::print(stderr, "{} facts, {} without agreement or reason\n", rows.size(), unexplained);
  return unexplained == 0 ? kFine : kCheckFailed;
}

int write_package(const Options& options) {
  const Result<layout::Layout> layout = layout::find_layout(options.name, layouts_folder());
  if (!layout) return report(layout.error());
  const Result<std::string> text = rtl::core_size_package(*layout);
  if (!text) return report(text.error());
  return write_text(options.package, *text);
}

int mixes(const Options& options) {
  const Result<layout::Layout> layout = layout::find_layout(options.name, layouts_folder());
  if (!layout) return report(layout.error());
  const auto mca = testbench::find_llvm_mca(layout->name);
  if (!mca) {
    return report({{"layout mixes", fmt::format("no llvm-mca that is installed knows {}", layout->name)}},
                  kMachineCannot);
  }
  const auto compared = testbench::compare_mixes(*layout, *mca, options.mixes, options.seed,
                                                 [](const std::string& text) { fmt::print(stderr, "{}\n", text); });
  if (!compared) return report(compared.error(), kMachineCannot);
  if (options.json) {
    fmt::print("{}\n", to_json(*compared).dump(2));
  } else {
    fmt::print("{}", to_text(*compared));
  }
  return compared->unexplained() == 0 ? kFine : kCheckFailed;
}

}  // namespace

void add_layout(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("layout", "Check layout files, draw cores, size the RTL");
  command->require_subcommand(0, 1);
  CLI::Option* sized = command->add_option("name", options->name, "With --sv: a name in layouts/ or a .toml file");
  command->add_option("--sv", options->package, "The RTL's core_size_pkg for this layout, to write; - for the terminal")
      ->needs(sized);
  command->footer("Example: vtpu layout zen4 --sv core_size_pkg.sv");
  command->callback([options, command, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    if (options->package.empty()) {
      exit_code = report({{"layout", "expected check, show, facts or mixes, or a layout and --sv FILE"}});
      return;
    }
    exit_code = write_package(*options);
  });
  CLI::App* checks = command->add_subcommand("check", "Report every fault of layout files");
  checks->add_option("files", options->files, "Names in layouts/ or .toml files")->required();
  checks->add_flag("--json", options->json, "Print as JSON");
  checks->footer("Example: vtpu layout check layouts/zen5.toml my_core.toml");
  checks->callback([options, &exit_code] { exit_code = check(*options); });
  CLI::App* known = command->add_subcommand("facts", "Loops of single instructions against what is published");
  known->add_option("names", options->files, "Layouts of Zen cores")->required();
  known->add_flag("--measure", options->measure, "Against this CPU instead, every operation that the JIT emits");
  known->add_flag("--json", options->json, "Print as JSON");
  known->footer("Example: vtpu layout facts zen2 zen3 zen4 zen5");
  known->callback([options, &exit_code] { exit_code = facts(*options); });
  CLI::App* mixed = command->add_subcommand("mixes", "Mixes of instructions against llvm-mca, and why they differ");
  mixed->add_option("name", options->name, "Layout of a core that llvm-mca knows")->required();
  mixed->add_option("--mixes", options->mixes, "So many random mixes")->capture_default_str();
  mixed->add_option("--seed", options->seed, "Of the mixes")->capture_default_str();
  mixed->add_flag("--json", options->json, "Print as JSON");
  mixed->footer("Example: vtpu layout mixes zen4");
  mixed->callback([options, &exit_code] { exit_code = mixes(*options); });
  CLI::App* shows = command->add_subcommand("show", "Draw the queues and ports of a core and what each port takes");
  shows->add_option("name", options->name, "A name in layouts/ or a .toml file")->required();
  shows->add_flag("--json", options->json, "Print as JSON");
  shows->footer("Example: vtpu layout show golden_cove");
  shows->callback([options, &exit_code] { exit_code = show(*options); });
}

}  // namespace vtpu::cli
