// vtpu explain: what bounds a program on a core, what would help, and where the model may be wrong.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"
#include "testbench/explain.hpp"
#include "testbench/measurement.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::string layout;
  std::string isa;
  bool measure = false;
  bool json = false;
};

Result<std::vector<std::optional<double>>> measured(const std::vector<isa::Program>& programs, lowering::HostIsa isa,
                                                    bool wanted) {
  std::vector<std::optional<double>> speeds(programs.size());
  if (!wanted) return speeds;
  std::vector<const isa::Program*> pointers;
  for (const isa::Program& p : programs) pointers.push_back(&p);
  testbench::MeasurementOptions options;
  options.isa = isa;
  options.published_nops_per_cycle = published_nops_per_cycle();
  options.rounds = 3;
  options.samples_per_round = 10;
  const auto all = testbench::measure_programs(pointers, options);
  if (!all) return tl::unexpected(all.error());
  for (std::size_t i = 0; i < all->size(); ++i) speeds[i] = (*all)[i].median();
  return speeds;
}

int explain(const Options& options) {
  const Result<std::vector<isa::Program>> programs = load_programs(options.paths);
  if (!programs) return report(programs.error());
  const Result<layout::Layout> layout = options.layout.empty() ? layout::layout_of_this_cpu(layouts_folder())
                                                               : layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error(), options.layout.empty() ? kMachineCannot : kBadInput);
  const lowering::HostIsa isa = options.isa.empty() ? testbench::isa_for(*layout) : *testbench::isa_named(options.isa);
  const auto speeds = measured(*programs, isa, options.measure);
  if (!speeds) return report(speeds.error(), kMachineCannot);
  nlohmann::json all = nlohmann::json::array();
  for (std::size_t i = 0; i < programs->size(); ++i) {
    fmt::print(stderr, "explaining {} of {}: {}\n", i + 1, programs->size(), (*programs)[i].name);
    try {
      const testbench::Explanation e = testbench::explain((*programs)[i], *layout, isa, (*speeds)[i]);
      if (!options.json) fmt::print("{}", to_text(e));
      all.push_back(to_json(e));
    } catch (const std::invalid_argument& refused) {
      return report({{(*programs)[i].name, refused.what()}});
    }
  }
  if (options.json) fmt::print("{}\n", all.dump(2));
  return kFine;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("explain", "What bounds a program on a core, and what would help");
  command->add_option("paths", options->paths, "Programs (.siw, .siwb) or folders of them")->required();
  command->add_option("--layout", options->layout,
                      "The core to model: a name in layouts/ or a .toml file; else this CPU's");
  command->add_option("--isa", options->isa, "Host instructions: avx512 or avx2; else what the layout's core has")
      ->check(one_of(testbench::isa_named, "avx2, avx512"));
  command->add_flag("--measure", options->measure,
                    "Measure too; where the model is off, say which changes of the core come nearest");
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu explain programs/dot_product.siw --layout golden_cove");
  command->callback([options, &exit_code] { exit_code = explain(*options); });
}

}  // namespace vtpu::cli
