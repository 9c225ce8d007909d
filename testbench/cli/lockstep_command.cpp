// vtpu lockstep: both models of a core side by side, cycle by cycle.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "asm/disassembler.hpp"
#include "layout/layout.hpp"
#include "layout/layout_write.hpp"
#include "rtl/adapter/core_config.hpp"
#include "rtl/adapter/rtl_coverage.hpp"
#include "testbench/campaign_file.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/cli/trace_options.hpp"
#include "testbench/lockstep.hpp"
#include "testbench/lockstep_waves.hpp"
#include "testbench/random_layout.hpp"

namespace vtpu::cli {
namespace {

using testbench::LockstepDifference;

struct Options {
  std::string file;
  std::vector<std::string> layouts;
  std::string placement = "linear";
  std::string folder = ".";
  std::string campaign;
  std::string rtl_coverage;
  bool random = false;
  std::uint64_t seed = 1;
  std::uint64_t cycles = 200'000;
  std::uint64_t shrink_tries = 400;
  std::uint64_t max_cycles = 0;
  unsigned random_layouts = 10;
  std::vector<unsigned> cores{1};
  testbench::RandomProgramOptions programs;
  TraceOptions trace;
  bool json = false;
};

Result<layout::Layout> layout_named(const std::string& name) {
  Result<layout::Layout> layout;
  if (const auto seed = testbench::random_layout_seed(name)) {
    layout = testbench::random_layout(*seed);
  } else {
    layout = layout::find_layout(name, layouts_folder());
  }
  if (!layout) return layout;
  if (Errors errors = rtl::why_too_large(*layout); !errors.empty()) return fail(std::move(errors));
  return layout;
}

nlohmann::json to_json(const LockstepDifference& d) {
  return {{"cycle", d.cycle},
          {"core", d.core},
          {"unit", d.unit},
          {"systemc", d.systemc},
          {"rtl", d.rtl},
          {"queues", d.queues},
          {"retirements", d.retirements}};
}

double per_second(std::uint64_t cycles, double seconds) {
  return seconds > 0 ? static_cast<double>(cycles) / seconds : 0.0;
}

void print_outcome(const testbench::LockstepOutcome& outcome) {
  if (outcome.difference) fmt::print(stderr, "{}", outcome.difference->text());
  for (const std::string& s : outcome.state_differences) fmt::print(stderr, "{}\n", s);
}

// As run_lockstep, with waves where they are asked for.
Result<testbench::LockstepOutcome> run_with_waves(const isa::Program& program, testbench::LockstepOptions lockstep,
                                                  const TraceOptions& trace) {
  if (!trace.any()) return testbench::run_lockstep(program, lockstep);
  const traces::TraceRequest asked = trace.request();
  auto waves = testbench::LockstepWaves::create({asked.wave, asked.window, asked.limit_bytes}, *lockstep.layout,
                                                program, lockstep.cores);
  if (!waves) return fail(waves.error());
  (*waves)->listen(lockstep);
  testbench::LockstepOutcome outcome = testbench::run_lockstep(program, lockstep);
  const Result<traces::TraceFile> file = (*waves)->finish();
  if (!file) return fail(file.error());
  fmt::print(stderr, "waves: {}, {} bytes{}; vtpu view {}\n", file->path, file->bytes,
             file->is_empty ? ", empty: the run was over before the window" : "", file->path);
  return outcome;
}

// Where no window is given, the waves of a shrunk program begin so long before its difference.
constexpr std::uint64_t kCyclesBeforeDifference = 200;

TraceOptions around(TraceOptions trace, const std::optional<LockstepDifference>& difference) {
  if (!difference || !trace.cycles.empty() || !trace.words.empty()) return trace;
  const std::uint64_t first = difference->cycle - std::min(difference->cycle, kCyclesBeforeDifference);
  trace.cycles = fmt::format("{}:{}", first, kCyclesBeforeDifference + 1);
  return trace;
}

int run_file(const Options& options) {
  const Result<layout::Layout> layout = layout_named(options.layouts.empty() ? "vtpu3" : options.layouts.front());
  if (!layout) return report(layout.error());
  const Result<isa::Program> program = assembly::load_program(options.file);
  if (!program) return report(program.error());
  testbench::LockstepOptions lockstep;
  lockstep.layout = &*layout;
  lockstep.placement = *phext::placement_named(options.placement);
  lockstep.cores = options.cores.front();
  lockstep.max_cycles = options.max_cycles;
  const Result<testbench::LockstepOutcome> ran = run_with_waves(*program, lockstep, options.trace);
  if (!ran) return report(ran.error());
  const testbench::LockstepOutcome& outcome = *ran;
  const double speed = per_second(outcome.cycles * lockstep.cores, outcome.seconds);
  if (options.json) {
    nlohmann::json json{{"program", program->name},   {"layout", layout->name},
                        {"cores", lockstep.cores},    {"cycles", outcome.cycles},
                        {"agrees", outcome.agrees()}, {"limit_reached", outcome.limit_reached},
                        {"seconds", outcome.seconds}, {"cycles_per_second", speed}};
    if (outcome.difference) json["difference"] = to_json(*outcome.difference);
    if (!outcome.state_differences.empty()) json["state_differences"] = outcome.state_differences;
    fmt::print("{}\n", json.dump(2));
  } else if (outcome.agrees()) {
    fmt::print("{} on {}: {} cycles without a difference{}, {:.0f} cycles per second\n", program->name, layout->name,
               outcome.cycles, outcome.limit_reached ? ", stopped there" : "", speed);
  }
  if (outcome.agrees()) return kFine;
  print_outcome(outcome);
  fmt::print(stderr, "again: vtpu lockstep {} --layout {} --cores {} --placement {}\n", options.file, layout->name,
             lockstep.cores, options.placement);
  return kCheckFailed;
}

int finish_random(const Options& options, const testbench::LockstepResult& result) {
  const double speed = per_second(result.cycles, result.seconds);
  nlohmann::json json{{"runs", result.runs},       {"cycles", result.cycles},    {"operations", result.operations},
                      {"seconds", result.seconds}, {"cycles_per_second", speed}, {"agrees", !result.finding}};
  for (const auto& [name, cycles] : result.cycles_by_layout) json["cycles_by_layout"][name] = cycles;
  if (!result.finding) {
    if (!options.json) {
      fmt::print("{} cycles on {} layouts, {} programs, no difference, {:.0f} cycles per second\n", result.cycles,
                 result.cycles_by_layout.size(), result.runs, speed);
    } else {
      fmt::print("{}\n", json.dump(2));
    }
    return kFine;
  }
  const testbench::LockstepFinding& f = *result.finding;
  const std::string path = fmt::format("{}/lockstep_{}.siw", options.folder, f.seed);
  const std::string layout =
      f.has_layout_name ? f.layout_name : fmt::format("{}/lockstep_{}.toml", options.folder, f.seed);
  if (!f.has_layout_name) {
    layout::Layout drawn = f.layout;
    drawn.name = fmt::format("drawn_{}", f.seed);
    if (const int code = write_text(layout, layout::write_layout(drawn)); code != kFine) return code;
  }
  const std::string again = fmt::format("vtpu lockstep {} --layout {} --cores {}", path, layout, f.cores);
  const std::string text =
      fmt::format("; Shrunk from seed {}. Again: {}\n{}", f.seed, again, assembly::disassemble(f.program));
  if (const int code = write_text(path, text); code != kFine) return code;
  fmt::print(stderr, "seed {} on {}, {} cores: shrunk from size {} to {}, written to {}\n", f.seed, f.layout_name,
             f.cores, f.size_before, f.size_after, path);
  print_outcome(f.outcome);
  if (options.trace.any()) {
    testbench::LockstepOptions lockstep;
    lockstep.layout = &f.layout;
    lockstep.cores = f.cores;
    const auto ran = run_with_waves(f.program, lockstep, around(options.trace, f.outcome.difference));
    if (!ran) return report(ran.error());
  }
  fmt::print(stderr, "again: {}\n", again);
  if (options.json) {
    json["finding"] = {
        {"seed", f.seed},  {"layout", f.layout_name},      {"cores", f.cores},          {"program", path},
        {"repeat", again}, {"size_before", f.size_before}, {"size_after", f.size_after}};
    if (f.outcome.difference) json["finding"]["difference"] = to_json(*f.outcome.difference);
    fmt::print("{}\n", json.dump(2));
  }
  return kCheckFailed;
}

int run_campaign(const Options& options, testbench::LockstepCampaign campaign) {
  campaign.progress = [calls = 0](const testbench::LockstepProgress& p) mutable {
    if (++calls % 10 != 0) return;
    fmt::print(stderr, "{} of {} cycles, {:.0f} per second, {:.0f} s to go\n", p.cycles, p.cycles_wanted,
               p.cycles_per_second, p.seconds_left);
  };
  return finish_random(options, testbench::run_campaign(campaign));
}

// What is given beside the file replaces what the file says.
int run_campaign_file(const Options& options, const CLI::App& command) {
  for (const char* other : {"--random", "--layout", "--cores", "--seed", "--random-layouts", "--max-sentrons"}) {
    if (command.count(other) == 0) continue;
    fmt::print(stderr, "--campaign: found {} beside it, which the file says\n", other);
    return kBadInput;
  }
  Result<testbench::LockstepCampaign> campaign = testbench::read_campaign(options.campaign, layouts_folder());
  if (!campaign) return report(campaign.error());
  if (command.count("--cycles") != 0) campaign->cycles = options.cycles;
  if (command.count("--shrink") != 0) campaign->shrink_tries = options.shrink_tries;
  return run_campaign(options, std::move(*campaign));
}

int run_random(const Options& options) {
  testbench::LockstepCampaign campaign;
  campaign.first_seed = options.seed;
  campaign.cycles = options.cycles;
  if (options.random_layouts != 0) campaign.random_layouts.push_back({options.random_layouts, {}});
  campaign.cores = options.cores;
  campaign.programs = {{1, options.programs}};
  campaign.shrink_tries = options.shrink_tries;
  for (const std::string& name : options.layouts) {
    Result<layout::Layout> layout = layout_named(name);
    if (!layout) return report(layout.error());
    campaign.layouts.push_back(std::move(*layout));
  }
  if (campaign.layouts.empty() && campaign.random_layouts.empty()) {
    fmt::print(stderr, "--random: found no layout, expected --layout or --random-layouts\n");
    return kBadInput;
  }
  return run_campaign(options, std::move(campaign));
}

}  // namespace

void add_lockstep(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "lockstep", "Run a core's SystemC and RTL models side by side: the same events in every cycle");
  CLI::Option* file = command->add_option("file", options->file, "A .siw text or a .siwb container");
  command->add_flag("--random", options->random, "Random programs instead, on the layouts and on random ones")
      ->excludes(file);
  command->add_option("--campaign", options->campaign, "The same as a file says: campaigns/quick.toml")
      ->check(CLI::ExistingFile)
      ->excludes(file);
  command->add_option("--layout", options->layouts, "Names in layouts/, .toml files, or random:SEED; else vtpu3")
      ->delimiter(',');
  command->add_option("--cores", options->cores, "Cores; --random takes the numbers in turn")
      ->delimiter(',')
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command->add_option("--placement", options->placement, "How coordinates become pages")
      ->check(one_of(phext::placement_named, std::string(phext::kPlacementNames)))
      ->capture_default_str();
  command->add_option("--max-cycles", options->max_cycles, "Stop a program there; 0: never")->capture_default_str();
  command->add_option("--seed", options->seed, "--random: of the first program and the first random layout")
      ->capture_default_str();
  command->add_option("--cycles", options->cycles, "--random: cycles in all, of all cores")
      ->check(CLI::Range(1.0, 1e15))
      ->capture_default_str();
  command->add_option("--random-layouts", options->random_layouts, "--random: so many random layouts")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command->add_option("--max-sentrons", options->programs.max_sentrons, "--random: sentrons of a program, at most")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--shrink", options->shrink_tries, "--random: tries to make a failing program smaller")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command->add_option("--output-folder", options->folder, "--random: where a program with a difference is written")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  command->add_option("--rtl-coverage", options->rtl_coverage,
                      "Lines and bits of the RTL that were reached, for verilator_coverage; in builds that count them");
  add_wave_options(*command, options->trace);
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu lockstep programs/dot_product.siw --layout zen4");
  command->callback([options, command, &exit_code] {
    if (!options->rtl_coverage.empty() && !rtl::counts_coverage()) {
      exit_code = report(rtl::write_coverage(options->rtl_coverage).error());
      return;
    }
    if (options->file.empty() && !options->random && options->campaign.empty()) {
      fmt::print(stderr, "lockstep: found neither a program nor --random nor --campaign\n");
      exit_code = kBadInput;
      return;
    }
    exit_code = !options->campaign.empty() ? run_campaign_file(*options, *command)
                : options->random          ? run_random(*options)
                                           : run_file(*options);
    if (options->rtl_coverage.empty() || exit_code == kBadInput) return;
    if (const Result<void> written = rtl::write_coverage(options->rtl_coverage); !written) {
      exit_code = report(written.error());
    }
  });
}

}  // namespace vtpu::cli
