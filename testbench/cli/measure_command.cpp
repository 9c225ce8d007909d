// vtpu measure: programs on the CPU at hand, under its cycle counter.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"
#include "testbench/measurement.hpp"

namespace vtpu::cli {
namespace {

using testbench::Measurement;
using testbench::total;

struct Options {
  std::vector<std::string> files;
  testbench::MeasurementOptions measurement;
  assembly::ConstantValues set;
  std::string isa;
  std::string placement = "linear";
  std::string source = "automatic";
  int cpu = -1;
  bool json = false;
};

std::string number(std::optional<double> value) { return value ? fmt::format("{:.3f}", *value) : std::string("-"); }

void print(const std::vector<Measurement>& all) {
  fmt::print("{:<28} {:>8} {:>7} {:>7} {:>9} {:>10} {:>9} {:>8} {:>11}\n", "operations per cycle", "median", "p10",
             "p90", "accepted", "unfiltered", "host IPC", "code", "operations");
  for (const Measurement& m : all) {
    fmt::print("{:<28} {:>8.3f} {:>7} {:>7} {:>7.0f} % {:>10.3f} {:>9} {:>7}B {:>11}\n", m.program, m.median(),
               number(m.p10()), number(m.p90()), 100 * m.result.share_accepted(), m.unfiltered(),
               number(m.host_instructions_per_cycle()), m.result.code_footprint_bytes, total(m.operations));
    if (total(m.elided) > 0) {
      fmt::print("  not counted: {} operations that lower to no instruction (D {}, S {}, C {})\n", total(m.elided),
                 m.elided[0], m.elided[1], m.elided[2]);
    }
  }
  const measure::MeasureResult& first = all.front().result;
  fmt::print("{}; {}; {}\n", first.where(), first.cycle_source, lowering::name_of(all.front().isa));
}

int measure_files(Options options) {
  if (!options.isa.empty()) options.measurement.isa = testbench::isa_named(options.isa);
  options.measurement.placement = *phext::placement_named(options.placement);
  if (options.cpu >= 0) options.measurement.cpu = options.cpu;
  const auto source = measure::parse_cycle_source(options.source);
  if (!source) return report(source.error());
  options.measurement.source = *source;
  options.measurement.published_nops_per_cycle = published_nops_per_cycle();
  if (!testbench::cpu_has(options.measurement.isa.value_or(lowering::HostIsa::Avx2))) {
    fmt::print(stderr, "measure: this CPU lacks {}\n", options.isa.empty() ? "avx2" : options.isa);
    return kMachineCannot;
  }
  std::vector<isa::Program> programs;
  for (const std::string& file : options.files) {
    Result<isa::Program> program = assembly::load_program(file, options.set);
    if (!program) return report(program.error());
    if (program->name.empty()) program->name = file;
    programs.push_back(std::move(*program));
  }
  std::vector<const isa::Program*> pointers;
  for (const isa::Program& p : programs) pointers.push_back(&p);
  const Result<std::vector<Measurement>> all = testbench::measure_programs(pointers, options.measurement);
  if (!all) return report(all.error(), kMachineCannot);
  if (!options.json) {
    print(*all);
    return kFine;
  }
  nlohmann::json json = nlohmann::json::array();
  for (const Measurement& m : *all) json.push_back(testbench::to_json(m));
  fmt::print("{}\n", json.dump(2));
  return kFine;
}

}  // namespace

void add_measure(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("measure", "Measure programs on this CPU, in operations per cycle");
  command->add_option("files", options->files, "Programs, .siw or .siwb")->required();
  command->add_option("--rounds", options->measurement.rounds, "Times round all programs, spread over time")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--samples", options->measurement.samples_per_round, "Samples of each program in a round")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--isa", options->isa, "Host instructions: avx512 or avx2; else the best of this CPU")
      ->check(one_of(testbench::isa_named, "avx2, avx512"));
  command->add_option("--placement", options->placement, "How coordinates become pages")
      ->check(one_of(phext::placement_named, std::string(phext::kPlacementNames)))
      ->capture_default_str();
  command->add_option("--cpu", options->cpu, "Run on this CPU; else each round on the calmest")
      ->check(CLI::Range(0, 65535));
  command->add_option("--cycle-source", options->source, "Where cycles come from: automatic, perf or calibrated")
      ->check(CLI::IsMember({"automatic", "perf", "calibrated"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print as JSON");
  add_set(*command, options->set);
  command->footer("Example: vtpu measure programs/balanced.siw programs/micro_attention_packed.siw --rounds 10");
  command->callback([options, &exit_code] { exit_code = measure_files(*options); });
}

}  // namespace vtpu::cli
