// vtpu crosscheck: random programs on all engines.
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "asm/container.hpp"
#include "asm/disassembler.hpp"
#include "layout/layout.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/contenders.hpp"
#include "testbench/random_program.hpp"

namespace vtpu::cli {
namespace {

using testbench::CrosscheckPlan;
using testbench::CrosscheckResult;
using testbench::Finding;

struct Options {
  std::uint64_t random = 1000;
  std::uint64_t seed = 1;
  std::vector<std::string> engines{"reference", "systemc", "native"};
  std::vector<std::string> layouts{"tiny1", "tiny2", "vtpu3", "zen4", "golden_cove", "zen5"};
  std::string program;
  std::string folder = ".";
  testbench::RandomProgramOptions programs;
  unsigned jobs = 0;
  bool json = false;
};

void tell_progress(const testbench::CrosscheckProgress& p) {
  fmt::print(stderr, "{} of {} programs, {:.0f} per second, {:.0f} s to go\n", p.checked, p.programs, p.per_second,
             p.seconds_left);
}

// A line every ten seconds, and the last one.
std::function<void(const testbench::CrosscheckProgress&)> slow_progress() {
  return [calls = 0](const testbench::CrosscheckProgress& p) mutable {
    if (++calls % 10 == 0 || p.checked == p.programs) tell_progress(p);
  };
}

// Small programs would spend most of their time on the tables of large caches; no state depends on their sizes.
void shrink_caches(layout::Layout& layout) {
  constexpr unsigned kMostBytes = 64 * 1024;
  for (layout::CacheLevel* level : {&layout.memory.l1, &layout.memory.l2, &layout.memory.l3}) {
    while (level->size_bytes > kMostBytes && level->size_bytes % 2 == 0) level->size_bytes /= 2;
  }
}

Result<testbench::ContenderOptions> contender_options(const Options& options) {
  const auto asked = [&](const char* engine) {
    return std::find(options.engines.begin(), options.engines.end(), engine) != options.engines.end();
  };
  testbench::ContenderOptions contenders;
  contenders.systemc = asked("systemc");
  contenders.native = asked("native");
  contenders.rtl = asked("rtl");
  if (!contenders.systemc && !contenders.rtl) return contenders;
  for (const std::string& name : options.layouts) {
    Result<layout::Layout> layout = layout::find_layout(name, layouts_folder());
    if (!layout) return tl::unexpected(layout.error());
    shrink_caches(*layout);
    contenders.layouts.push_back(std::move(*layout));
  }
  return contenders;
}

// The program with the finding as its first comment, and what repeats it.
std::string program_text(const Finding& f, const std::string& repeat) {
  std::string text = fmt::format("; {}: {} against {}.\n", testbench::name_of(f.kind), f.contender, f.truth);
  for (const std::string& s : f.sentences) text += "; " + s + "\n";
  return text + fmt::format("; Shrunk from seed {}. Again: {}\n{}", f.seed, repeat, assembly::disassemble(f.program));
}

nlohmann::json to_json(const CrosscheckResult& result) {
  nlohmann::json json{{"programs_agreed", result.checked}, {"runs", result.runs}, {"seconds", result.seconds}};
  if (!result.finding) return json;
  const Finding& f = *result.finding;
  json["finding"] = {{"seed", f.seed},
                     {"kind", testbench::name_of(f.kind)},
                     {"truth", f.truth},
                     {"contender", f.contender},
                     {"sentences", f.sentences},
                     {"size_before", f.size_before},
                     {"size_after", f.size_after}};
  return json;
}

// What a command needs to make the same programs; nothing where all is as usual.
std::string shares_text(const Options& options) {
  const testbench::RandomProgramOptions usual;
  std::string text;
  if (options.programs.faulting_share != usual.faulting_share) {
    text += fmt::format(" --faulting {}", options.programs.faulting_share);
  }
  if (options.programs.deadlocking_share != usual.deadlocking_share) {
    text += fmt::format(" --deadlocking {}", options.programs.deadlocking_share);
  }
  if (options.programs.max_sentrons != usual.max_sentrons) {
    text += fmt::format(" --max-sentrons {}", options.programs.max_sentrons);
  }
  return text;
}

int finish(const Options& options, const CrosscheckResult& result) {
  nlohmann::json json = to_json(result);
  if (!result.finding) {
    if (!options.json) {
      fmt::print("{} programs, {} runs, no difference, {:.1f} s\n", result.checked, result.runs, result.seconds);
    }
  } else {
    const Finding& f = *result.finding;
    const std::string path = fmt::format("{}/crosscheck_{}.siw", options.folder, f.seed);
    const std::string repeat = fmt::format("vtpu crosscheck --program {}", path);
    if (const int code = write_text(path, program_text(f, repeat)); code != kFine) return code;
    json["finding"]["program"] = path;
    json["finding"]["repeat"] = repeat;
    fmt::print(stderr, "seed {}: {}: {} against {}\n", f.seed, testbench::name_of(f.kind), f.contender, f.truth);
    for (const std::string& s : f.sentences) fmt::print(stderr, "  {}\n", s);
    fmt::print(stderr, "shrunk from size {} to {}, written to {}\nagain: {}\n", f.size_before, f.size_after, path,
               repeat);
    fmt::print(stderr, "the whole program: vtpu crosscheck --random 1 --seed {}{}\n", f.seed, shares_text(options));
  }
  if (options.json) fmt::print("{}\n", json.dump(2));
  return result.finding ? kCheckFailed : kFine;
}

// One program from a file, against every way to run it.
int check_file(const Options& options, const testbench::ContenderOptions& contenders) {
  const Result<isa::Program> program = assembly::load_program(options.program);
  if (!program) return report(program.error());
  const std::vector<testbench::Contender> all = testbench::all_contenders(contenders);
  nlohmann::json json = nlohmann::json::array();
  int code = kFine;
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto verdict = testbench::check_alone(*program, all[0], all[i], std::chrono::milliseconds(60'000));
    json.push_back({{"contender", all[i].name}, {"agrees", !verdict}});
    if (!verdict) continue;
    code = kCheckFailed;
    json.back()["kind"] = testbench::name_of(verdict->kind);
    json.back()["sentences"] = verdict->sentences;
    fmt::print(stderr, "{}: {}\n", all[i].name, testbench::name_of(verdict->kind));
    for (const std::string& s : verdict->sentences) fmt::print(stderr, "  {}\n", s);
  }
  if (options.json) {
    fmt::print("{}\n", json.dump(2));
  } else if (code == kFine) {
    fmt::print("{}: {} ways to run it reach the state of the reference\n", options.program, all.size() - 1);
  }
  return code;
}

int crosscheck(const Options& options) {
  const Result<testbench::ContenderOptions> contenders = contender_options(options);
  if (!contenders) return report(contenders.error());
  if (!options.program.empty()) return check_file(options, *contenders);
  CrosscheckPlan plan;
  plan.first_seed = options.seed;
  plan.programs = options.random;
  plan.jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  plan.program = [&](std::uint64_t seed) { return testbench::random_program(seed, options.programs); };
  plan.contenders = [&](std::uint64_t seed) { return testbench::rotating_contenders(*contenders, seed); };
  plan.progress = slow_progress();
  return finish(options, testbench::crosscheck(plan));
}

}  // namespace

void add_crosscheck(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("crosscheck", "Run random programs on all engines, which must agree to the bit");
  command->add_option("--random", options->random, "Programs")->check(CLI::Range(1.0, 1e12))->capture_default_str();
  command->add_option("--seed", options->seed, "Of the first program; the next ones follow it")->capture_default_str();
  command
      ->add_option("--engines", options->engines, "Engines to set against the reference: systemc, native, rtl (slower)")
      ->delimiter(',')
      ->check(CLI::IsMember({"reference", "systemc", "rtl", "native"}))
      ->capture_default_str();
  command->add_option("--layouts", options->layouts, "Layouts through which the systemc and rtl engines rotate")
      ->delimiter(',')
      ->capture_default_str();
  command->add_option("--faulting", options->programs.faulting_share, "Share of programs that may fault")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--deadlocking", options->programs.deadlocking_share, "Share of programs that may deadlock")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--max-sentrons", options->programs.max_sentrons, "Sentrons of a program, at most")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_option("--program", options->program, "Check this program instead, in every way to run it");
  command->add_option("--jobs", options->jobs, "Worker processes; else one per CPU")->check(CLI::Range(1, 256));
  command->add_option("--output-folder", options->folder, "Where a program that shows a difference is written")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu crosscheck --random 100000 --seed 7");
  command->callback([options, &exit_code] { exit_code = crosscheck(*options); });
}

}  // namespace vtpu::cli
