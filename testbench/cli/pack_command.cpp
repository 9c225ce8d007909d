// vtpu pack: a program into dense words, proved equal by running both.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>

#include "asm/container.hpp"
#include "asm/disassembler.hpp"
#include "layout/layout.hpp"
#include "pack/pack.hpp"
#include "reference/engine.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"
#include "testbench/packing/pack_table.hpp"

namespace vtpu::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string file;
  std::string output;
  std::string layout = "zen4";
  assembly::ConstantValues set;
  int tier = 3;
  bool json = false;
  std::vector<std::string> report;
  std::uint64_t words = 30'000;
  std::uint64_t measured_words = 10'000'000;
  unsigned rounds = 2;
  unsigned samples = 5;
  bool no_prefetch = false;
  bool no_measure = false;
  bool no_crosscheck = false;
};

json to_json(const pack::LoopReport& loop, const isa::Program& program) {
  const pack::LoopBounds& bounds = loop.bounds;
  return {{"stream", program.streams[loop.stream].name},
          {"first_word", loop.first},
          {"last_word", loop.last},
          {"iterations", loop.count},
          {"entries", loop.entries},
          {"operations", loop.operations},
          {"words_before", loop.words_before},
          {"interval_words", loop.interval},
          {"operations_per_word", loop.operations_per_word()},
          {"bound_words", bounds.words()},
          {"bounds",
           {{"d_slots", bounds.slots[0]},
            {"s_slots", bounds.slots[1]},
            {"c_slots", bounds.slots[2]},
            {"immediate", bounds.immediate},
            {"coordinate", bounds.coordinate},
            {"recurrence_words", bounds.recurrence},
            {"recurrence_cycles", bounds.recurrence_cycles}}},
          {"executed_words_before", loop.executed_before},
          {"executed_words_after", loop.executed_after},
          {"pipelined", loop.pipelined},
          {"stages", loop.stages},
          {"unrolled", loop.unrolled},
          {"prefetch",
           {{"lines", loop.prefetch.lines},
            {"iterations_ahead", loop.prefetch.distance},
            {"why_none", loop.prefetch.why_none}}},
          {"gap", loop.gap}};
}

json to_json(const pack::Packed& packed, const std::vector<std::string>& differences) {
  const pack::PackReport& report = packed.report;
  json out{{"program", packed.program.name},
           {"tier", report.tier},
           {"layout", report.layout},
           {"static_words_before", report.static_words_before},
           {"static_words_after", report.static_words_after},
           {"words_before", report.words_before},
           {"words_after", report.words_after},
           {"operations_before", report.operations_before},
           {"operations_after", report.operations_after},
           {"prefetch_operations", report.prefetch_operations},
           {"unproven_steps", report.unproven_steps},
           {"equal", differences.empty()},
           {"differences", differences},
           {"loops", json::array()}};
  for (const pack::LoopReport& loop : report.loops) out["loops"].push_back(to_json(loop, packed.program));
  return out;
}

double per_word(double operations, double words) { return words > 0 ? operations / words : 0; }

void print(const pack::LoopReport& loop, const isa::Program& program) {
  const pack::LoopBounds& b = loop.bounds;
  fmt::print("{} words {}..{}, {} iterations: {} words an iteration -> {}, {:.2f} operations per word\n",
             program.streams[loop.stream].name, loop.first, loop.last, loop.count, loop.words_before, loop.interval,
             loop.operations_per_word());
  fmt::print("  bound {} words: D {}, S {}, C {}, immediate {}, coordinate {}, recurrence {} ({} cycles)\n", b.words(),
             b.slots[0], b.slots[1], b.slots[2], b.immediate, b.coordinate, b.recurrence, b.recurrence_cycles);
  if (loop.pipelined) {
    fmt::print("  pipelined: {} stages, {} iterations in one pass of the kernel\n", loop.stages, loop.unrolled);
  }
  if (loop.prefetch.lines > 0 || !loop.prefetch.why_none.empty()) {
    fmt::print("  prefetches: {}\n", pack::text_of(loop.prefetch));
  }
  fmt::print("  {}\n", loop.gap);
}

void print(const pack::Packed& packed) {
  const pack::PackReport& report = packed.report;
  for (const pack::LoopReport& loop : report.loops) print(loop, packed.program);
  fmt::print("executed: {:.0f} words -> {:.0f}, {:.3f} operations per word -> {:.3f}; in the program: {} words -> {}\n",
             report.words_before, report.words_after, per_word(report.operations_before, report.words_before),
             per_word(report.operations_after, report.words_after), report.static_words_before,
             report.static_words_after);
  if (report.prefetch_operations > 0) {
    fmt::print("beside them {:.0f} operations prefetch, {:.1f} % of all\n", report.prefetch_operations,
               100 * report.prefetch_operations / (report.operations_after + report.prefetch_operations));
  }
  for (const std::string& step : report.unproven_steps) {
    fmt::print("{}: this step is not proved to stay within 0..2047; had it left, the packed state could differ\n",
               step);
  }
}

// Why the states differ where the source itself does not run to its end.
std::string advice(const isa::Program& program, const isa::MachineState& state) {
  for (std::size_t i = 0; i < state.sentrons.size(); ++i) {
    const isa::SentronState& sentron = state.sentrons[i];
    if (sentron.lifecycle == isa::Lifecycle::Retired) continue;
    return fmt::format(
        "sentron {} of the source ends {}{}: only programs that neither fault nor wait for ever can be packed",
        program.sentrons[i].name, isa::name_of(sentron.lifecycle),
        sentron.fault == isa::Fault::None
            ? std::string()
            : fmt::format(" ({} at word {})", isa::name_of(sentron.fault), sentron.fault_word));
  }
  return "the source runs to its end, so this is a fault of the packer";
}

int write(const std::string& path, const isa::Program& program) {
  if (!path.ends_with(".siwb")) return write_text(path, assembly::disassemble(program));
  const std::vector<std::uint8_t> bytes = assembly::write_container(program);
  const Result<void> written = assembly::write_file(path, bytes);
  return written ? kFine : report(written.error());
}

// Cores that the report models beside the one that it packs for.
constexpr std::array<const char*, 3> kModelled{"vtpu3", "zen4", "golden_cove"};

int print_report(const Options& options) {
  const Result<layout::Layout> layout = layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error());
  const Result<std::vector<isa::Program>> programs = load_programs(options.report);
  if (!programs) return report(programs.error());
  testbench::PackTableOptions table;
  table.layout = &*layout;
  for (const char* name : kModelled) {
    const Result<layout::Layout> core = layout::find_layout(name, layouts_folder());
    if (!core) return report(core.error());
    table.modelled.push_back(*core);
  }
  table.modelled_words = options.words;
  table.measured_words = options.measured_words;
  table.prefetch = !options.no_prefetch;
  table.crosscheck = !options.no_crosscheck;
  table.measure = !options.no_measure && testbench::cpu_has(lowering::HostIsa::Avx2);
  table.measurement.rounds = options.rounds;
  table.measurement.samples_per_round = options.samples;
  table.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  const Result<testbench::PackTable> result = testbench::pack_table(*programs, table);
  if (!result) return report(result.error(), kMachineCannot);
  if (options.json) {
    fmt::print("{}\n", testbench::to_json(*result).dump(2));
  } else {
    fmt::print("{}", testbench::to_text(*result));
  }
  const bool equal = std::all_of(result->rows.begin(), result->rows.end(),
                                 [](const testbench::PackRow& row) { return row.differences.empty(); });
  return equal ? kFine : kCheckFailed;
}

int run(const Options& options) {
  if (options.file.empty() == options.report.empty()) {
    fmt::print(stderr, "pack: found {}, expected a program or --report with programs\n",
               options.file.empty() ? "neither" : "both");
    return kBadInput;
  }
  if (!options.report.empty()) return print_report(options);
  if (options.json && options.output == "-") {
    fmt::print(stderr, "--json and --output -: found both, expected one of them on standard output\n");
    return kBadInput;
  }
  const Result<layout::Layout> layout = layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error());
  const Result<isa::Program> program = assembly::load_program(options.file, options.set);
  if (!program) return report(program.error());
  const pack::Packed packed = pack::pack(*program, *layout, {options.tier, !options.no_prefetch});
  const isa::MachineState before = reference::run(*program).state;
  const isa::MachineState after = reference::run(packed.program).state;
  const std::vector<std::string> differences = isa::differences(before, "source", after, "packed");
  if (options.json) {
    fmt::print("{}\n", to_json(packed, differences).dump(2));
  } else if (options.output != "-") {
    print(packed);
  }
  if (before != after) {
    for (const std::string& difference : differences) fmt::print(stderr, "{}\n", difference);
    fmt::print(stderr, "the packed program reaches another state, nothing is written: {}\n", advice(*program, before));
    return kCheckFailed;
  }
  return options.output.empty() ? kFine : write(options.output, packed.program);
}

}  // namespace

void add_pack(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("pack", "Pack a program into dense words that mean the same");
  command->add_option("file", options->file, "A .siw text or a .siwb container");
  command->add_option("-o,--output", options->output, "The packed program: .siw text, .siwb container, - for stdout");
  command
      ->add_option("--tier", options->tier,
                   "0 as written, 1 neighbours merged, 2 blocks list-scheduled, 3 loops software-pipelined")
      ->check(CLI::Range(0, pack::kTiers - 1))
      ->capture_default_str();
  command->add_option("--layout", options->layout, "The core whose latencies count: a name in layouts/ or a .toml file")
      ->capture_default_str();
  command->add_flag("--no-prefetch", options->no_prefetch, "Tier 3: leave empty S slots empty, insert no prefetches");
  command->add_flag("--json", options->json, "Print the report as JSON");
  command->add_option("--report", options->report,
                      "Instead of packing one: a table of these programs and folders, from one operation per word");
  command->add_option("--words", options->words, "Report: words of each program that are modelled and crosschecked")
      ->check(CLI::Range(1000, 1'000'000'000))
      ->capture_default_str();
  command->add_option("--measured-words", options->measured_words, "Report: packed words that a sample runs at least")
      ->check(CLI::Range(1000, 1'000'000'000))
      ->capture_default_str();
  command->add_option("--rounds", options->rounds, "Report, measuring: times round all programs")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--samples", options->samples, "Report, measuring: samples of each program in a round")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_flag("--no-measure", options->no_measure, "Report: words and models only");
  command->add_flag("--no-crosscheck", options->no_crosscheck,
                    "Report: do not run the packed programs on every engine");
  add_set(*command, options->set);
  command->footer(
      "Example: vtpu pack programs/micro_attention_naive.siw -o packed.siw --tier 3 --layout zen4\n"
      "         vtpu pack --report programs/ programs/kernels/");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vtpu::cli
