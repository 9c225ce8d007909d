// vtpu accuracy: how well the model, and llvm-mca, predict this CPU.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "asm/disassembler.hpp"
#include "cpu/cpu.hpp"
#include "testbench/accuracy.hpp"
#include "testbench/accuracy_report.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"
#include "testbench/stream_suite.hpp"

namespace vtpu::cli {
namespace {

using testbench::AccuracyInput;

struct Options {
  std::vector<std::string> paths;
  std::uint64_t generated = testbench::kSuiteStreams;
  std::uint64_t seed = 1;
  std::string suite;
  std::string layout;
  std::string output;
  std::string source = "automatic";
  std::string isa;
  double bar = 0;
  unsigned rounds = 3;
  unsigned most_rounds = 60;
  unsigned samples = 10;
  unsigned jobs = 2;
  unsigned worst = 10;
  unsigned explain = 2;
  bool no_llvm_mca = false;
  std::string write_programs;
  bool print_suite = false;
  bool list_operations = false;
  bool json = false;
};

Result<std::vector<testbench::StreamSpec>> specs_of(const Options& options) {
  if (!options.suite.empty()) return testbench::read_suite(options.suite);
  return testbench::generated_suite(options.generated, options.seed);
}

Result<std::vector<AccuracyInput>> inputs_of(const Options& options) {
  std::vector<AccuracyInput> inputs;
  Result<std::vector<isa::Program>> programs = load_programs(options.paths);
  if (!programs) return tl::unexpected(programs.error());
  for (isa::Program& program : *programs) inputs.push_back({"programs", std::move(program), {}});
  Result<std::vector<testbench::StreamSpec>> specs = specs_of(options);
  if (!specs) return tl::unexpected(specs.error());
  for (testbench::StreamSpec& spec : *specs) {
    isa::Program program = testbench::program_of(spec);
    inputs.push_back({options.suite.empty() ? "generated" : options.suite, std::move(program), std::move(spec)});
  }
  std::set<std::string> names;
  for (const AccuracyInput& input : inputs) {
    if (!names.insert(input.program.name).second) {
      return fail(input.program.name, "two streams have this name, expected a name of its own for each");
    }
  }
  if (inputs.empty()) return fail("accuracy", "found no stream, expected programs, --generated or --suite");
  return inputs;
}

int print_suite(const Options& options) {
  if (options.list_operations) {
    for (const std::string& name : testbench::stream_operations()) fmt::print("{}\n", name);
    return kFine;
  }
  const auto specs = specs_of(options);
  if (!specs) return report(specs.error());
  fmt::print("{}", testbench::suite_text(*specs));
  return kFine;
}

// Every stream as a program that all other commands take.
int write_programs(const Options& options) {
  const auto specs = specs_of(options);
  if (!specs) return report(specs.error());
  std::error_code error;
  std::filesystem::create_directories(options.write_programs, error);
  if (error) return report({{options.write_programs, "cannot be made: " + error.message()}});
  for (const testbench::StreamSpec& spec : *specs) {
    const std::string path = fmt::format("{}/{}.siw", options.write_programs, spec.name);
    const int code = write_text(path, assembly::disassemble(testbench::program_of(spec)));
    if (code != kFine) return code;
  }
  fmt::print(stderr, "wrote {} programs to {}\n", specs->size(), options.write_programs);
  return kFine;
}

// The reports of a run, all in one folder.
int write_reports(const Options& options, const testbench::Accuracy& accuracy) {
  const std::string folder = options.output + "/";
  int code = write_text(folder + "accuracy.csv", to_csv(accuracy));
  if (code == kFine) code = write_text(folder + "accuracy.json", to_json(accuracy).dump(1) + "\n");
  if (code == kFine) code = write_text(folder + "accuracy.txt", to_text(accuracy, options.worst));
  if (code == kFine) code = write_text(folder + "accuracy.html", to_html(accuracy));
  if (code == kFine) {
    fmt::print(stderr, "wrote {0}accuracy.html, {0}accuracy.csv, {0}accuracy.json, {0}accuracy.txt\n", folder);
  }
  return code;
}

int judge(const Options& options, const testbench::Accuracy& accuracy) {
  if (options.bar <= 0) return kFine;
  const testbench::AccuracyStatistics all = accuracy.statistics(0);
  const double found = 100 * all.mean_absolute_error;
  const std::size_t measured = accuracy.streams.size() - accuracy.unmeasured();
  if (measured == 0) {
    fmt::print(stderr, "accuracy: no stream was measured; try again when the machine is quieter\n");
    return kCheckFailed;
  }
  if (all.streams < measured) {
    fmt::print(stderr, "accuracy: the model answers {} of {} measured streams, expected all\n", all.streams, measured);
    return kCheckFailed;
  }
  fmt::print(stderr, "mean absolute error {:.2f} % over {} streams, {} the bar of {:.2f} %\n", found, measured,
             found > options.bar ? "above" : "within", options.bar);
  return found > options.bar ? kCheckFailed : kFine;
}

int examine(const Options& options) {
  if (options.print_suite || options.list_operations) return print_suite(options);
  if (!options.write_programs.empty()) return write_programs(options);
  const Result<std::vector<AccuracyInput>> inputs = inputs_of(options);
  if (!inputs) return report(inputs.error());
  const auto source = measure::parse_cycle_source(options.source);
  if (!source) return report(source.error());
  const Result<layout::Layout> layout = options.layout.empty() ? layout::layout_of_this_cpu(layouts_folder())
                                                               : layout::find_layout(options.layout, layouts_folder());
  if (!layout) return report(layout.error(), options.layout.empty() ? kMachineCannot : kBadInput);
  testbench::AccuracyOptions accuracy;
  accuracy.layout = &*layout;
  accuracy.measurement.isa = options.isa.empty() ? testbench::isa_for(*layout) : *testbench::isa_named(options.isa);
  if (!testbench::cpu_has(*accuracy.measurement.isa)) {
    return report({{"accuracy", fmt::format("this CPU lacks {}", lowering::name_of(*accuracy.measurement.isa))}},
                  kMachineCannot);
  }
  if (!options.no_llvm_mca) accuracy.llvm_mca = testbench::installed_llvm_mca(core_for_llvm_mca(*layout));
  accuracy.measurement.source = *source;
  accuracy.measurement.published_nops_per_cycle = published_nops_per_cycle();
  accuracy.measurement.rounds = options.rounds;
  accuracy.measurement.most_rounds = options.most_rounds;
  accuracy.measurement.samples_per_round = options.samples;
  accuracy.jobs = options.jobs;
  accuracy.explain = options.explain;
  accuracy.progress = [](const std::string& text) { fmt::print(stderr, "{}\n", text); };
  if (!options.output.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.output, error);
    if (error) return report({{options.output, "cannot be made: " + error.message()}});
    accuracy.journal = options.output + "/accuracy.journal";
  }
  const Result<testbench::Accuracy> result = testbench::run_accuracy(*inputs, accuracy);
  if (!result) {
    const bool old_journal = !accuracy.journal.empty() && result.error().front().where == accuracy.journal;
    return report(result.error(), old_journal ? kBadInput : kMachineCannot);
  }
  if (options.json) {
    fmt::print("{}\n", to_json(*result).dump(2));
  } else {
    fmt::print("layout {}, CPU {}\n{}", layout->name, cpu::this_cpu().identity(), to_text(*result, options.worst));
  }
  const int written = options.output.empty() ? kFine : write_reports(options, *result);
  return written != kFine ? written : judge(options, *result);
}

}  // namespace

void add_accuracy(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("accuracy", "How well the model, and llvm-mca, predict this CPU");
  command->add_option("paths", options->paths,
                      "Programs (.siw, .siwb) or folders of them, beside the generated streams");
  command->add_option("--generated", options->generated, "Generated streams")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Of the generated streams")->capture_default_str();
  command->add_option("--suite", options->suite, "A JSON file of stream descriptions instead of generated ones");
  command->add_flag("--print-suite", options->print_suite, "Print the descriptions of the streams and stop");
  command->add_option("--write-programs", options->write_programs,
                      "Write the streams as programs (.siw) to this folder and stop");
  command->add_flag("--list-operations", options->list_operations, "Print what streams can be made of and stop");
  command->add_option("--layout", options->layout,
                      "The core to model: a name in layouts/ or a .toml file; else this CPU's");
  command->add_option("--isa", options->isa, "Host instructions: avx512 or avx2; else what the layout's core has")
      ->check(one_of(testbench::isa_named, "avx2, avx512"));
  command->add_option("--output", options->output,
                      "Folder for the reports (.html, .csv, .json, .txt) and a journal; the same command goes on with "
                      "a run that was stopped, and measures what an earlier one could not");
  command->add_option("--bar", options->bar, "Exit with 1 where the mean absolute error is above so many percent")
      ->check(CLI::Range(0.0, 1000.0));
  command->add_option("--rounds", options->rounds, "Measuring: times round all streams")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command
      ->add_option("--most-rounds", options->most_rounds,
                   "Measuring: the same, with those over the streams that want accepted samples")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--samples", options->samples, "Measuring: samples of each stream in a round")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  command->add_option("--cycle-source", options->source, "Where cycles come from: automatic, perf or calibrated")
      ->check(CLI::IsMember({"automatic", "perf", "calibrated"}))
      ->capture_default_str();
  command->add_option("--jobs", options->jobs, "Streams modelled at a time, after the measurement")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--worst", options->worst, "Streams to list, worst predicted first")->capture_default_str();
  command
      ->add_option("--explain", options->explain,
                   "Streams to explain, worst predicted first, of at most 200,000 modelled cycles")
      ->capture_default_str();
  command->add_flag("--no-llvm-mca", options->no_llvm_mca, "Leave llvm-mca out");
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu accuracy programs/ --output accuracy/ --bar 10");
  command->callback([options, &exit_code] { exit_code = examine(*options); });
}

}  // namespace vtpu::cli
