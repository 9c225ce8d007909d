// vtpu compare: all engines on real programs, modelled against measured.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "cpu/cpu.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/compare.hpp"
#include "testbench/engines.hpp"
#include "testbench/synthetic.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::vector<std::string> paths;
  std::uint64_t generated = 0;
  std::uint64_t seed = 1;
  std::uint64_t generated_words = 200'000;
  unsigned rounds = 3;
  unsigned samples = 10;
  std::string isa;
  std::string layout;
  std::string source = "automatic";
  unsigned jobs = 0;
  bool no_measure = false;
  bool rtl = false;
  bool json = false;
};

Result<std::vector<isa::Program>> programs_of(const Options& options) {
  Result<std::vector<isa::Program>> loaded = load_programs(options.paths);
  if (!loaded) return loaded;
  std::vector<isa::Program> programs = std::move(*loaded);
  for (std::uint64_t i = 0; i < options.generated; ++i) {
    testbench::SyntheticOptions synthetic = testbench::generated_stream(i, options.seed);
    synthetic.words = options.generated_words;
    programs.push_back(testbench::synthetic_program(synthetic));
  }
  if (programs.empty()) return fail("compare", "found no program, expected files, folders or --generated");
  return programs;
}

int compare(const Options& options) {
  const Result<std::vector<isa::Program>> programs = programs_of(options);
  if (!programs) return report(programs.error());
  const auto source = measure::parse_cycle_source(options.source);
  if (!source) return report(source.error());
  const Result<layout::Layout> own = options.layout.empty() ? layout::layout_of_this_cpu(layouts_folder())
                                                            : layout::find_layout(options.layout, layouts_folder());
  if (!own) report(own.error());  // why nothing is modelled against measured, or what is wrong with the named layout
  if (!own && !options.layout.empty()) return kBadInput;
  const Result<layout::Layout> other = layout::find_layout("vtpu3", layouts_folder());
  if (!other) return report(other.error());
  testbench::CompareOptions compare;
  compare.layout = own ? &*own : nullptr;
  compare.state_layout = &*other;
  if (own) compare.llvm_mca_core = core_for_llvm_mca(*own);
  compare.rtl = options.rtl;
  compare.measure = !options.no_measure && testbench::cpu_has(lowering::HostIsa::Avx2);
  if (!options.isa.empty()) compare.measurement.isa = testbench::isa_named(options.isa);
  compare.measurement.source = *source;
  compare.measurement.published_nops_per_cycle = published_nops_per_cycle();
  compare.measurement.rounds = options.rounds;
  compare.measurement.samples_per_round = options.samples;
  compare.jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  compare.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  const Result<testbench::Comparison> result = testbench::compare(*programs, compare);
  if (!result) return report(result.error(), kMachineCannot);
  const std::string title =
      own ? fmt::format("layout {}, CPU {}", own->name, cpu::this_cpu().identity())
          : fmt::format("no layout for this CPU ({}), so nothing is modelled against measured; systemc states on {}",
                        cpu::this_cpu().identity(), other->name);
  if (options.json) {
    nlohmann::json json = testbench::to_json(*result);
    json["cpu"] = cpu::this_cpu().identity();
    json["layout"] = own ? nlohmann::json(own->name) : nlohmann::json();
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}\n{}{}\n", title, testbench::to_text(*result),
               result->states_equal() ? "all states are equal on all engines" : "STATES DIFFER");
  }
  return result->states_equal() ? kFine : kCheckFailed;
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("compare", "Run programs on all engines; modelled against measured");
  command->add_option("paths", options->paths, "Programs (.siw, .siwb) or folders of them");
  command->add_option("--generated", options->generated, "Synthetic streams to add")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the synthetic streams")->capture_default_str();
  command->add_option("--generated-words", options->generated_words, "Words that each of them executes")
      ->check(CLI::Range(1000.0, 1e12))
      ->capture_default_str();
  command->add_option("--rounds", options->rounds, "Measuring: times round all programs")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--samples", options->samples, "Measuring: samples of each program in a round")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--isa", options->isa, "Host instructions to measure: avx512 or avx2; else the best of this CPU")
      ->check(one_of(testbench::isa_named, "avx2, avx512"));
  command->add_option("--layout", options->layout,
                      "The core to model: a name in layouts/ or a .toml file; else this CPU's");
  command->add_option("--cycle-source", options->source, "Where cycles come from: automatic, perf or calibrated")
      ->check(CLI::IsMember({"automatic", "perf", "calibrated"}))
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Programs modelled at a time; else one per CPU")
      ->check(CLI::Range(1, 256));
  command->add_flag("--no-measure", options->no_measure, "States and models only");
  command->add_flag("--rtl", options->rtl, "The RTL of the core too; slow: 30 to 60 thousand cycles per second");
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu compare programs/ --generated 40");
  command->callback([options, &exit_code] { exit_code = compare(*options); });
}

}  // namespace vtpu::cli
