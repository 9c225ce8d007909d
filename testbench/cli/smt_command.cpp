// vtpu smt: two programs as the two hardware threads of one core.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "layout/layout.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/smt_measurement.hpp"
#include "testbench/smt_pair.hpp"
#include "testbench/synthetic.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::vector<std::string> files;
  std::string layout = "zen4";
  std::string source = "automatic";
  std::uint64_t generated_words = 0;
  std::uint64_t seed = 1;
  unsigned runs = 50;
  bool like = false;
  bool no_measure = false;
  bool json = false;
};

Result<std::vector<isa::Program>> programs_of(const Options& options) {
  std::vector<isa::Program> programs;
  if (options.generated_words != 0) {
    for (const testbench::SyntheticOptions& o : testbench::complementary_pair(options.generated_words, options.seed)) {
      programs.push_back(testbench::synthetic_program(o));
    }
    return programs;
  }
  for (const std::string& file : options.files) {
    Result<isa::Program> program = assembly::load_program(file);
    if (!program) return tl::unexpected(program.error());
    if (program->name.empty()) program->name = file;
    programs.push_back(std::move(*program));
  }
  return programs;
}

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

// Modelled pairs; the exit code.
int model(const std::vector<isa::Program>& programs, const Pairs& pairs, const layout::Layout& layout, bool print,
          nlohmann::json& json) {
  bool equal = true;
  for (const auto& [a, b] : pairs) {
    const Result<testbench::SmtPair> pair = testbench::run_pair(programs[a], programs[b], layout);
    if (!pair) return report(pair.error());
    equal = equal && pair->threads[0].same_registers && pair->threads[1].same_registers;
    if (print) fmt::print("{}", to_text(*pair));
    json["modelled"].push_back(to_json(*pair));
  }
  if (!equal) fmt::print(stderr, "a program ends with other registers beside another one than alone\n");
  return equal ? kFine : kCheckFailed;
}

// Measured pairs, where two CPUs share a core; the exit code.
int measure(const std::vector<isa::Program>& programs, const Pairs& pairs, const Options& options,
            nlohmann::json& json) {
  const auto siblings = testbench::sibling_cpus();
  if (!siblings) {
    json["measured"] = nullptr;
    if (!options.json)
      fmt::print("measured: not measurable here, no two CPUs of this process are threads of one core\n");
    return kFine;
  }
  const auto source = measure::parse_cycle_source(options.source);
  if (!source) return report(source.error());
  for (const auto& [a, b] : pairs) {
    const Result<testbench::MeasuredPair> pair =
        testbench::measure_pair(programs[a], programs[b], *siblings, options.runs, *source);
    if (!pair) return report(pair.error(), kMachineCannot);
    if (!options.json) fmt::print("{}", to_text(*pair));
    json["measured"].push_back(to_json(*pair));
  }
  return kFine;
}

int run(const Options& options) {
  if (options.files.size() != (options.generated_words == 0 ? 2U : 0U)) {
    fmt::print(stderr, "smt: found {} programs{}, expected two, or --generated and none\n", options.files.size(),
               options.generated_words == 0 ? "" : " and --generated");
    return kBadInput;
  }
  const Result<layout::Layout> layout = layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error());
  const Result<std::vector<isa::Program>> programs = programs_of(options);
  if (!programs) return report(programs.error());
  Pairs pairs{{0, 1}};
  if (options.like) pairs.insert(pairs.end(), {{0, 0}, {1, 1}});
  nlohmann::json json;
  int code = model(*programs, pairs, *layout, !options.json, json);
  if (code == kFine && !options.no_measure) code = measure(*programs, pairs, options, json);
  if (code == kFine && options.json) fmt::print("{}\n", json.dump(2));
  return code;
}

}  // namespace

void add_smt(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("smt", "Two programs as the two hardware threads of one core, against each alone");
  command->add_option("files", options->files, "Two programs of one sentron each, .siw or .siwb")->expected(-1);
  command
      ->add_option("--generated", options->generated_words,
                   "Instead of files: a complementary pair, dense and sparse; words of the dense one")
      ->check(CLI::Range(1000.0, 1e9));
  command->add_option("--seed", options->seed, "Of the generated pair")->capture_default_str();
  command->add_flag("--no-measure", options->no_measure, "The model only, even where two CPUs share a core");
  command->add_option("--runs", options->runs, "Measuring: runs of each program")
      ->check(CLI::Range(3, 100000))
      ->capture_default_str();
  command->add_option("--cycle-source", options->source, "Where cycles come from: automatic, perf or calibrated")
      ->check(CLI::IsMember({"automatic", "perf", "calibrated"}))
      ->capture_default_str();
  command->add_option("--layout", options->layout, "The core: a name in layouts/ or a .toml file")
      ->capture_default_str();
  command->add_flag("--like", options->like, "Show each program beside itself, too");
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu smt --generated 100000 --layout zen4 --like");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vtpu::cli
