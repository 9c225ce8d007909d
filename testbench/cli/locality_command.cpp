// vtpu locality: one program under all placements.
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "testbench/analysis/locality.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"

namespace vtpu::cli {
namespace {

using analysis::RegionChoice;

struct Options {
  assembly::ConstantValues set;
  std::string file;
  std::string layout = "zen4";
  std::string region = "auto";
  std::string source = "automatic";
  unsigned prefetch_steps = 0;
  unsigned warm_up_pages = 0;
  bool no_measure = false;
  bool json = false;
};

struct Region {
  RegionChoice choice = RegionChoice::Auto;
  phext::DimensionSet dimensions = 0;
};

std::optional<Region> region_named(std::string_view text) {
  if (text == "auto") return Region{};
  if (text == "none") return Region{RegionChoice::None, 0};
  const auto policy = phext::placement_named(fmt::format("zorder:{}", text));
  if (!policy) return std::nullopt;
  return Region{RegionChoice::Given, policy->region};
}

int run(const Options& options) {
  Result<layout::Layout> layout = layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error());
  if (options.prefetch_steps != 0) layout->translation.prefetch_steps = options.prefetch_steps;
  if (options.warm_up_pages != 0) layout->translation.warm_up_pages = options.warm_up_pages;
  Result<isa::Program> program = assembly::load_program(options.file, options.set);
  if (!program) return report(program.error());
  if (program->name.empty()) program->name = options.file;
  analysis::LocalityOptions wanted;
  wanted.layout = &*layout;
  const Region region = *region_named(options.region);
  wanted.regions = region.choice;
  wanted.region = region.dimensions;
  wanted.measure = !options.no_measure;
  const auto source = measure::parse_cycle_source(options.source);
  if (!source) return report(source.error());
  wanted.source = *source;
  if (wanted.measure && !testbench::cpu_has(lowering::HostIsa::Avx2)) {
    fmt::print(stderr, "locality: this CPU lacks avx2, which native code needs; --no-measure leaves it out\n");
    return kMachineCannot;
  }
  if (isatty(STDERR_FILENO) != 0) {
    wanted.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  }
  const Result<analysis::Locality> locality = analysis::analyse_locality(*program, wanted);
  if (!locality) return report(locality.error());
  fmt::print("{}", options.json ? analysis::to_json(*locality).dump(2) + "\n" : analysis::to_text(*locality));
  return kFine;
}

}  // namespace

void add_locality(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("locality", "Compare placements on a program: translation and cache hits, time per access");
  command->add_option("file", options->file, "A .siw text or a .siwb container")->required();
  add_set(*command, options->set);
  command->add_option("--layout", options->layout, "The modelled core: a name in layouts/ or a .toml file")
      ->capture_default_str();
  command
      ->add_option("--region", options->region,
                   "Dimensions that pages extend along, as in d0,d1; auto: those that suit the program; none: without")
      ->check(one_of(region_named, "auto, none, or dimensions as in d0,d1"))
      ->capture_default_str();
  command
      ->add_option("--prefetch-steps", options->prefetch_steps,
                   "Dimensional prefetch in the model: look pages up so many steps ahead; else as the layout says")
      ->check(CLI::Range(1U, 64U));
  command
      ->add_option("--warm-up-pages", options->warm_up_pages,
                   "Pages of the initial memory that the translation cache starts with; else as the layout says")
      ->check(CLI::Range(1U, 1U << 20));
  command->add_flag("--no-measure", options->no_measure, "Model only");
  command->add_option("--cycle-source", options->source, "Where cycles come from: automatic, perf or calibrated")
      ->check(CLI::IsMember({"automatic", "perf", "calibrated"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu locality programs/locality/stencil_2d.siw --layout zen4 --prefetch-steps 8");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vtpu::cli
