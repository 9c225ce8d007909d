// vtpu run: one program on one engine.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "layout/layout.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/cli/trace_options.hpp"
#include "testbench/engines.hpp"

namespace vtpu::cli {
namespace {

using testbench::EngineKind;

struct Options {
  std::string file;
  std::string engine = "reference";
  std::string layout = "vtpu3";
  std::string source = "siw";
  std::string isa;
  std::string placement = "linear";
  std::string timeline;
  assembly::ConstantValues set;
  unsigned cores = 1;
  unsigned workers = 1;
  unsigned warm_up_runs = 1;
  TraceOptions trace;
  bool json = false;
};

// "100:8"; count 1 to 64.
std::optional<traces::Span> timeline_named(std::string_view text) {
  const std::optional<traces::Span> span = traces::span_named(text);
  return span && span->count <= 64 ? span : std::nullopt;
}

int run(const Options& options) {
  testbench::EngineChoice choice;
  choice.kind = *testbench::engine_named(options.engine);
  choice.source = *testbench::source_named(options.source);
  choice.placement = *phext::placement_named(options.placement);
  choice.cores = options.cores;
  choice.workers = options.workers;
  choice.warm_up_runs = options.warm_up_runs;
  if (!options.isa.empty()) choice.isa = testbench::isa_named(options.isa);
  if (!options.timeline.empty()) choice.timeline = timeline_named(options.timeline);
  choice.trace = options.trace.request();
  if ((choice.timeline || choice.trace.any()) && !testbench::models_a_core(choice.kind)) {
    fmt::print(stderr, "{}: found engine {}, expected systemc or rtl, which know cycles\n",
               choice.timeline ? "--timeline" : "traces", options.engine);
    return kBadInput;
  }
  if (choice.kind == EngineKind::Native && !testbench::cpu_has(choice.isa.value_or(lowering::HostIsa::Avx2))) {
    fmt::print(stderr, "--engine native: this CPU lacks {}\n", options.isa.empty() ? "avx2" : options.isa);
    return kMachineCannot;
  }
  std::optional<layout::Layout> layout;
  if (testbench::models_a_core(choice.kind)) {
    Result<layout::Layout> found = layout::find_layout(options.layout, layouts_folder());
    if (!found) return report(found.error());
    layout = std::move(*found);
    choice.layout = &*layout;
  }
  const Result<isa::Program> program = assembly::load_program(options.file, options.set);
  if (!program) return report(program.error());
  const Result<testbench::RunReport> result = testbench::run_on(*program, choice);
  if (!result) return report(result.error());
  fmt::print("{}", options.json ? testbench::to_json(*result).dump(2) + "\n" : testbench::to_text(*result));
  return kFine;
}

}  // namespace

void add_run(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("run", "Run a program on one engine and report what it did");
  command->add_option("file", options->file, "A .siw text or a .siwb container")->required();
  command->add_option("--engine", options->engine, "reference, systemc or rtl (a modelled core), or native (this CPU)")
      ->check(one_of(testbench::engine_named, "reference, systemc, rtl, native"))
      ->capture_default_str();
  command->add_option("--layout", options->layout, "systemc, rtl: the core, a name in layouts/ or a .toml file")
      ->capture_default_str();
  command
      ->add_option("--warm-up", options->warm_up_runs,
                   "systemc, host source: runs before the one that is reported, which warm caches and predictor")
      ->check(CLI::Range(0U, 100U))
      ->capture_default_str();
  command
      ->add_option("--source", options->source,
                   "systemc: siw, a core that executes words itself, or host, one that executes the native code")
      ->check(one_of(testbench::source_named, "siw, host"))
      ->capture_default_str();
  command->add_option("--cores", options->cores, "Cores that share the sentrons round-robin (reference, systemc, rtl)")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--workers", options->workers, "Threads that share the sentrons round-robin (native)")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_option("--isa", options->isa, "Host instructions: avx512 or avx2; else the best of this CPU")
      ->check(one_of(testbench::isa_named, "avx2, avx512"));
  command->add_option("--placement", options->placement, "How coordinates become pages")
      ->check(one_of(phext::placement_named, std::string(phext::kPlacementNames)))
      ->capture_default_str();
  command
      ->add_option("--timeline", options->timeline,
                   "FIRST:COUNT, systemc, rtl: draw these words, counted as core 0 dispatches them")
      ->check(one_of(timeline_named, "FIRST:COUNT with 1 to 64 words, as in 100:8"));
  add_trace_options(*command, options->trace);
  command->add_flag("--json", options->json, "Print as JSON");
  add_set(*command, options->set);
  command->footer(
      "Example: vtpu run programs/dot_product.siw --engine systemc --layout zen4 --source host "
      "--timeline 100:6");
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace vtpu::cli
