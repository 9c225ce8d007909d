// vtpu analyze: where a program's time goes on a core, and what to change.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "testbench/analysis/analysis.hpp"
#include "testbench/cli/commands.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::string file;
  std::string layout = "zen4";
  std::vector<std::string> layouts;
  std::string placement = "linear";
  std::string html;
  assembly::ConstantValues set;
  std::uint64_t max_cycles = 20'000'000;
  bool listing = false;
  bool json = false;
};

int run(const Options& options) {
  const Result<layout::Layout> layout = layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error());
  Result<isa::Program> program = assembly::load_program(options.file, options.set);
  if (!program) return report(program.error());
  if (program->name.empty()) program->name = options.file;
  analysis::AnalysisOptions wanted;
  wanted.layout = &*layout;
  wanted.placement = *phext::placement_named(options.placement);
  wanted.max_cycles = options.max_cycles;
  for (const std::string& name : options.layouts) {
    Result<layout::Layout> other = layout::find_layout(name, layouts_folder());
    if (!other) return report(other.error());
    wanted.others.push_back(std::move(*other));
  }
  if (isatty(STDERR_FILENO) != 0) {
    wanted.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  }
  const Result<analysis::Analysis> analysis = analysis::analyse(*program, wanted);
  if (!analysis) return report(analysis.error());
  if (!options.html.empty()) {
    if (const int code = write_text(options.html, analysis::to_html(*analysis)); code != kFine) return code;
    if (options.html == "-") return kFine;
    fmt::print(stderr, "wrote {}\n", options.html);
  }
  fmt::print(
      "{}", options.json ? analysis::to_json(*analysis).dump(2) + "\n" : analysis::to_text(*analysis, options.listing));
  return kFine;
}

}  // namespace

void add_analyze(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "analyze", "Say where a program's time goes: ports, caches, access patterns, critical path, and what to change");
  command->add_option("file", options->file, "A .siw text or a .siwb container")->required();
  add_set(*command, options->set);
  command->add_option("--layout", options->layout, "The core: a name in layouts/ or a .toml file")
      ->capture_default_str();
  command->add_option("--beside", options->layouts, "Further cores whose ports are set beside it: vtpu3,golden_cove")
      ->delimiter(',');
  command->add_option("--placement", options->placement, "How coordinates become pages")
      ->check(one_of(phext::placement_named, std::string(phext::kPlacementNames)))
      ->capture_default_str();
  command->add_option("--html", options->html, "Write a report with plots, one file; - is standard output");
  command->add_flag("--listing", options->listing, "Print every word with what was found");
  command->add_option("--max-cycles", options->max_cycles, "Simulate no more than so many cycles; 0: to the end")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu analyze programs/attention_row.siw --layout zen4 --html report.html");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vtpu::cli
