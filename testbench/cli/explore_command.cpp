// vtpu explore: design spaces of cores.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "asm/container.hpp"
#include "layout/layout_write.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/eta.hpp"
#include "testbench/explore/cost.hpp"
#include "testbench/explore/cost_check.hpp"
#include "testbench/explore/exploration.hpp"
#include "testbench/explore/load_transport.hpp"
#include "testbench/explore/remote_pool.hpp"
#include "testbench/explore/report.hpp"
#include "testbench/explore/why.hpp"

namespace vtpu::cli {
namespace {

using explore::Exploration;

// A space of up to so many allowed points is small: all of them are looked at.
constexpr std::uint64_t kSmallSpace = 4096;
constexpr const char* kKnownCores[] = {"vtpu3", "zen2", "zen3", "zen4", "zen5", "golden_cove", "redwood_cove"};

struct Options {
  std::string space;
  std::vector<std::string> programs;
  std::vector<std::string> objectives{"ops_per_cycle:max", "area:min"};
  std::string method = "auto";
  std::string folder = "exploration";
  std::string shard;
  std::string source = "siw";
  std::string placement = "linear";
  std::string centre;
  std::uint64_t words = 5000;
  std::uint64_t budget = 0;
  std::uint64_t seed = 1;
  unsigned population = 0;
  unsigned workers = 0;
  unsigned cores = 1;
  unsigned timeout_seconds = 300;
  unsigned silence_seconds = 10;
  bool no_bound = false;
  bool no_study = false;
  bool json = false;
  std::string command;
};

// "2/4": the second of four.
std::optional<explore::Shard> shard_named(std::string_view text) {
  explore::Shard shard;
  const char* end = text.data() + text.size();
  const auto [slash, first_error] = std::from_chars(text.data(), end, shard.index);
  if (first_error != std::errc{} || slash == end || *slash != '/') return std::nullopt;
  const auto [rest, second_error] = std::from_chars(slash + 1, end, shard.count);
  if (second_error != std::errc{} || rest != end || shard.index < 1 || shard.index > shard.count) return std::nullopt;
  --shard.index;
  return shard;
}

std::optional<std::string> method_named(std::string_view name) {
  if (name == "auto" || explore::method_named(name)) return std::string(name);
  return std::nullopt;
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

// The options as they were given: " --budget 100".
std::string text_of_options(const CLI::App& command) {
  std::string text;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() == 0 || option->get_positional()) continue;
    if (option->get_items_expected_max() == 0) {
      text += " " + option->get_name();
      continue;
    }
    for (const std::string& value : option->results()) text += fmt::format(" {} {}", option->get_name(), value);
  }
  return text;
}

// A line on stderr, at most every two seconds.
class ProgressLine {
 public:
  explicit ProgressLine(std::size_t programs) : programs_(programs) {}

  void batch(const explore::Progress& progress) {
    now_ = progress;
    tell();
  }
  void tell() {
    const auto now = Clock::now();
    if (now - last_ < std::chrono::seconds(2)) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(now_.layouts_done) / seconds;
    const std::uint64_t left = now_.layouts_planned - std::min(now_.layouts_planned, now_.layouts_done);
    const std::string estimate =
        now_.layouts_done == 0 ? "" : fmt::format(", about {} left", time_text(static_cast<double>(left) / rate));
    fmt::print(stderr, "{} of {} layouts ({} skipped), {:.1f} points/s, front {}{}\n", now_.layouts_done,
               now_.layouts_planned, now_.skipped, rate * static_cast<double>(programs_), now_.front, estimate);
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::size_t programs_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = Clock::now();
  explore::Progress now_;
};

Result<std::vector<explore::Workload>> workloads_of(const Options& options) {
  Result<std::vector<isa::Program>> loaded = load_programs(options.programs);
  if (!loaded) return fail(std::move(loaded.error()));
  std::vector<explore::Workload> programs;
  std::set<std::string> names;
  for (isa::Program& program : *loaded) {
    Result<explore::Workload> work = explore::prepare_workload(std::move(program), options.words);
    if (!work) return fail(std::move(work.error()));
    if (!names.insert(work->name).second) {
      return fail("--programs", fmt::format("found \"{}\" twice, expected one program of each name", work->name));
    }
    programs.push_back(std::move(*work));
  }
  return programs;
}

Result<Exploration> exploration_of(const Options& options) {
  Exploration e;
  Result<explore::DesignSpace> space = explore::load_space(options.space, layouts_folder());
  if (!space) return fail(std::move(space.error()));
  e.space = std::move(*space);
  Result<std::vector<explore::Workload>> programs = workloads_of(options);
  if (!programs) return fail(std::move(programs.error()));
  e.programs = std::move(*programs);
  for (const char* name : kKnownCores) {
    Result<layout::Layout> known = layout::find_layout(name, layouts_folder());
    if (!known) return fail(std::move(known.error()));
    e.known.push_back(std::move(*known));
  }
  for (const std::string& text : options.objectives) {
    const Result<explore::Objective> objective = explore::parse_objective(text);
    if (!objective) return fail(objective.error());
    e.campaign.objectives.push_back(*objective);
  }
  e.campaign.budget = options.budget;
  e.campaign.seed = options.seed;
  e.campaign.population = options.population;
  e.campaign.use_bound = !options.no_bound;
  if (!options.shard.empty()) e.campaign.shard = *shard_named(options.shard);
  e.run = {*testbench::source_named(options.source), *phext::placement_named(options.placement), options.cores};
  e.studies = !options.no_study;
  e.centre = options.centre;
  e.command = options.command;
  e.version = VTPU_VERSION;
  return e;
}

// How long a point takes, by one simulation of each program on the base.
double seconds_per_point(const Exploration& e) {
  const auto start = std::chrono::steady_clock::now();
  for (const explore::Workload& work : e.programs) static_cast<void>(explore::evaluate(e.space.base, work, e.run));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
         static_cast<double>(e.programs.size());
}

void announce(const Exploration& e, const explore::SpaceCount& count, const explore::WorkerPool& pool,
              double point_seconds, unsigned workers) {
  fmt::print(stderr, "{}: {}", e.space.name, explore::to_text(count));
  for (const explore::Workload& work : e.programs) {
    if (work.shortened()) fmt::print(stderr, "  {}: {} of its {} words\n", work.name, work.words, work.whole_words);
  }
  const double allowed =
      static_cast<double>(count.allowed) / static_cast<double>(count.looked_at) * static_cast<double>(count.points);
  const double wanted = e.campaign.budget != 0 ? std::min(allowed, static_cast<double>(e.campaign.budget)) : allowed;
  const double layouts = wanted / e.campaign.shard.count;
  const double points = layouts * static_cast<double>(e.programs.size());
  fmt::print(stderr, "{}: at most {:.0f} layouts times {} programs on {}, about {} at {:.1f} ms a point\n",
             explore::name_of(e.campaign.method), layouts, e.programs.size(), pool.describe(),
             time_text(points * point_seconds / workers), point_seconds * 1000);
}

int finish(const Exploration& e, const std::string& folder, explore::WorkerPool* pool, bool json) {
  ProgressLine line(e.programs.size());
  const Result<explore::Outcome> outcome = explore::carry_out(
      e, folder, pool, [&](const explore::Progress& progress) { line.batch(progress); }, [&] { line.tell(); });
  if (!outcome) return report(outcome.error(), kMachineCannot);
  if (const Result<void> written = explore::write_reports(e, *outcome, folder); !written) {
    return report(written.error(), kMachineCannot);
  }
  fmt::print(stderr, "{} points simulated, {} were there already; {}/report.html\n", outcome->simulated,
             outcome->from_store, folder);
  if (json) {
    fmt::print("{}\n", explore::to_json(e, *outcome).dump(1));
  } else {
    fmt::print("{}", explore::to_text(e, *outcome));
  }
  for (const std::string& violation : outcome->bound_violations) fmt::print(stderr, "BOUND TOO HIGH: {}\n", violation);
  return outcome->bound_violations.empty() ? kFine : kCheckFailed;
}

// Under mpirun: rank 0 hands out points and keeps the results, the others simulate. Workers are forked before MPI
// starts.
int explore_with_ranks(const Exploration& e, const explore::SpaceCount& count, const Options& options) {
  explore::JobRunner runner(e.programs, e.run);
  const auto work = [&](const std::string& job) { return runner.run(job); };
  const unsigned workers = options.workers != 0 ? options.workers : 1;
  explore::LocalPool own(explore::is_first_rank() ? 0 : workers, work, std::chrono::seconds(options.timeout_seconds));
  const double point_seconds = explore::is_first_rank() ? seconds_per_point(e) : 0;
  Result<std::unique_ptr<explore::Transport>> transport = explore::load_transport();
  if (!transport) return report(transport.error(), kMachineCannot);
  if ((*transport)->rank() != 0) {
    explore::serve_rank(**transport, own);
    return kFine;
  }
  explore::RemotePool pool(**transport, std::chrono::seconds(options.silence_seconds));
  int code = kMachineCannot;
  if (const Result<void> saved = explore::save(e, options.folder); saved) {
    announce(e, count, pool, point_seconds, static_cast<unsigned>((*transport)->ranks() - 1) * workers);
    code = finish(e, options.folder, &pool, options.json);
  } else {
    report(saved.error());
  }
  pool.dismiss();
  return code;
}

int explore_space(const Options& options) {
  Result<Exploration> exploration = exploration_of(options);
  if (!exploration) return report(exploration.error());
  Exploration& e = *exploration;
  const explore::SpaceCount count = explore::count(e.space, 1);
  if (count.allowed == 0) {
    fmt::print(stderr, "{}: {}nothing is left to explore\n", options.space, explore::to_text(count));
    return kBadInput;
  }
  const bool small = count.exact() && count.allowed <= kSmallSpace;
  const explore::Method automatic = small ? explore::Method::Exhaustive : explore::Method::Nsga2;
  e.campaign.method = explore::method_named(options.method).value_or(automatic);
  if (e.campaign.method == explore::Method::Nsga2 && e.campaign.budget == 0) e.campaign.budget = 500;
  if (e.campaign.shard.count > 1 && e.campaign.method == explore::Method::Nsga2) {
    fmt::print(stderr,
               "--shard: found method nsga2, whose next points depend on all others; expected another method\n");
    return kBadInput;
  }
  if (explore::has_launcher()) return explore_with_ranks(e, count, options);
  if (const Result<void> saved = explore::save(e, options.folder); !saved) {
    return report(saved.error(), kMachineCannot);
  }
  const unsigned workers = options.workers != 0 ? options.workers : 2;
  explore::JobRunner runner(e.programs, e.run);
  explore::LocalPool pool(
      workers, [&](const std::string& job) { return runner.run(job); }, std::chrono::seconds(options.timeout_seconds));
  announce(e, count, pool, seconds_per_point(e), workers);
  return finish(e, options.folder, &pool, options.json);
}

// ---- questions about a finished exploration -------------------------------------------------------------------------

struct Question {
  std::string folder = "exploration";
  std::string first, second;
  std::string area_below;
  std::optional<double> reaching;
  std::string output = "-";
  std::vector<std::string> folders;
  unsigned workers = 2;
};

// Replays what is in the folder.
Result<std::pair<Exploration, explore::Outcome>> finished(const std::string& folder) {
  Result<Exploration> e = explore::load(folder);
  if (!e) return fail(std::move(e.error()));
  Result<explore::Outcome> outcome = explore::carry_out(*e, folder, nullptr, {}, {});
  if (!outcome) return fail(std::move(outcome.error()));
  return std::pair(std::move(*e), std::move(*outcome));
}

int why(const Question& question) {
  const auto done = finished(question.folder);
  if (!done) return report(done.error());
  const Result<std::string> text = explore::why(done->first, done->second.campaign, question.first, question.second);
  if (!text) return report(text.error());
  fmt::print("{}", *text);
  return kFine;
}

// The area that a text names: a number of thousand gates, or a core.
Result<double> area_named(const std::string& text, const explore::CampaignResult& result) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  for (const std::vector<explore::Entry>* entries : {&result.known, &result.entries}) {
    for (const explore::Entry& entry : *entries) {
      if (entry.layout.name == text) return explore::area_of(entry.layout).total() / 1000;
    }
  }
  return fail("--area-below", fmt::format("found \"{}\", expected thousand gates or the name of a core", text));
}

int best(const Question& question) {
  const auto done = finished(question.folder);
  if (!done) return report(done.error());
  const auto& [e, outcome] = *done;
  double limit = std::numeric_limits<double>::infinity();
  if (!question.area_below.empty()) {
    const Result<double> named = area_named(question.area_below, outcome.campaign);
    if (!named) return report(named.error());
    limit = *named;
  }
  const explore::Entry* winner = nullptr;
  for (const std::size_t f : outcome.campaign.front) {
    const explore::Entry& entry = outcome.campaign.entries[f];
    if (explore::area_of(entry.layout).total() / 1000 >= limit) continue;
    const auto order = [&](const explore::Entry& x) { return explore::minimised(e.campaign.objectives, x.values); };
    if (!question.reaching) {
      if (winner == nullptr || order(entry) < order(*winner)) winner = &entry;
      continue;
    }
    const auto area = [](const explore::Entry& x) { return explore::area_of(x.layout).total(); };
    const bool maximise = e.campaign.objectives.front().maximise;
    const double value = entry.values.front();
    const bool reaches = maximise ? value >= *question.reaching : value <= *question.reaching;
    if (reaches && (winner == nullptr || area(entry) < area(*winner))) winner = &entry;
  }
  if (winner == nullptr) {
    fmt::print(stderr, "best: no layout on the front of {} is what was asked for\n", question.folder);
    return kCheckFailed;
  }
  std::string header = fmt::format("Found by: {}\n{}\n", e.command, winner->layout.description);
  for (std::size_t o = 0; o < e.campaign.objectives.size(); ++o) {
    const explore::Measure measure = e.campaign.objectives[o].measure;
    header += fmt::format("{} {:.4g} {}\n", explore::name_of(measure), winner->values[o], explore::unit_of(measure));
  }
  return write_text(question.output, layout::write_layout(winner->layout, header));
}

int merge(const Question& question) {
  Result<Exploration> exploration = explore::merge(question.folders, question.folder);
  if (!exploration) return report(exploration.error());
  explore::JobRunner runner(exploration->programs, exploration->run);
  explore::LocalPool pool(
      question.workers, [&](const std::string& job) { return runner.run(job); }, std::chrono::seconds(300));
  return finish(*exploration, question.folder, &pool, false);
}

int again(const Question& question) {
  const auto done = finished(question.folder);
  if (!done) return report(done.error());
  const Result<void> written = explore::write_reports(done->first, done->second, question.folder);
  if (!written) return report(written.error(), kMachineCannot);
  fmt::print("{}", explore::to_text(done->first, done->second));
  return kFine;
}

int cost_check() {
  std::vector<explore::CostSample> samples = explore::cost_samples();
  bool good = true;
  const testbench::Eta eta(samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) {
    explore::CostSample& sample = samples[i];
    const Result<void> done = explore::synthesise(sample, VTPU_SOURCE_DIR);
    if (!done) return report(done.error(), kMachineCannot);
    fmt::print(stderr, "{}: {} AND gates{}\n", sample.module, sample.and_gates, eta.after(i + 1));
    good = good && (sample.fitted || std::abs(sample.error()) <= 0.15);
  }
  fmt::print("{}\nleast squares over the fitted sizes, AND gates per\n", explore::to_text(samples));
  for (const auto& [name, value] : explore::fitted_coefficients(samples)) fmt::print("  {:<40} {:8.3f}\n", name, value);
  fmt::print("{}\n", good ? "all sizes that were not fitted within 15 %" : "SIZES MORE THAN 15 % OFF");
  return good ? kFine : kCheckFailed;
}

void add_questions(CLI::App* command, int& exit_code) {
  auto question = std::make_shared<Question>();
  const auto in_folder = [&](CLI::App* sub) {
    sub->add_option("--in", question->folder, "The exploration's folder")->capture_default_str();
  };
  CLI::App* why_command = command->add_subcommand("why", "The difference of two layouts, in sentences");
  why_command->add_option("first", question->first, "A layout of the exploration or a known core")->required();
  why_command->add_option("second", question->second, "Another one")->required();
  in_folder(why_command);
  why_command->callback([question, &exit_code] { exit_code = why(*question); });

  CLI::App* best_command = command->add_subcommand("best", "Print the best layout of the front as a layout file");
  best_command->add_option("--area-below", question->area_below, "Thousand gates, or a core: smaller than that one");
  best_command->add_option("--reaching", question->reaching,
                           "The smallest one whose first objective is at least (or, minimised, at most) so much");
  best_command->add_option("-o,--output", question->output, "The .toml file to write; - for the terminal")
      ->capture_default_str();
  in_folder(best_command);
  best_command->callback([question, &exit_code] { exit_code = best(*question); });

  CLI::App* merge_command = command->add_subcommand("merge", "Put the shards of an exploration together");
  merge_command->add_option("shards", question->folders, "Folders of explorations made with --shard")->required();
  merge_command->add_option("-o,--output", question->folder, "The folder to write")->required();
  merge_command->add_option("--workers", question->workers, "Processes for points that no shard has")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  merge_command->callback([question, &exit_code] { exit_code = merge(*question); });

  CLI::App* cost_command = command->add_subcommand(
      "cost-check", "The cost model against what yosys makes of select, wake-up and bypass logic");
  cost_command->callback([&exit_code] { exit_code = cost_check(); });

  CLI::App* report_command = command->add_subcommand("report", "Write the reports of a finished exploration anew");
  in_folder(report_command);
  report_command->callback([question, &exit_code] { exit_code = again(*question); });
}

}  // namespace

void add_explore(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("explore", "Explore a design space of cores: better ones, and why");
  command->add_option("space", options->space, "A design space (.toml), as those in spaces/");
  command->add_option("--programs", options->programs, "Programs (.siw, .siwb) or folders of them");
  command
      ->add_option("--objective", options->objectives,
                   "NAME:min or NAME:max, once for each: ops_per_cycle, worst_ops_per_cycle, cycles, area, energy")
      ->capture_default_str();
  command
      ->add_option("--method", options->method,
                   "exhaustive, lhs (Latin hypercube), one-at-a-time, nsga2; auto: exhaustive where the space is small")
      ->check(one_of(method_named, "auto, exhaustive, lhs, one-at-a-time, nsga2"))
      ->capture_default_str();
  command->add_option("--budget", options->budget, "Layouts to simulate at most (nsga2: 500, lhs: 100)");
  command->add_option("--population", options->population, "nsga2: layouts of a generation")
      ->check(CLI::Range(4, 1000));
  command->add_option("--seed", options->seed, "The same seed looks at the same layouts")->capture_default_str();
  command->add_option("--words", options->words, "Words of each program to run, by shorter loops; 0: all of them")
      ->capture_default_str();
  command->add_option("-o,--output", options->folder, "Folder of results; there already: goes on with them")
      ->capture_default_str();
  command->add_option("--workers", options->workers, "Processes that simulate (2)")->check(CLI::Range(1, 256));
  command->add_option("--timeout", options->timeout_seconds, "Seconds after which a point is given up")
      ->check(CLI::Range(1, 86400))
      ->capture_default_str();
  command
      ->add_option("--silence", options->silence_seconds, "Under mpirun: seconds after which a silent rank is given up")
      ->check(CLI::Range(2, 3600))
      ->capture_default_str();
  command->add_option("--shard", options->shard, "I/N: the I-th of N parts, for job arrays; see merge")
      ->check(one_of(shard_named, "I/N with 1 <= I <= N, as in 2/4"));
  command->add_option("--centre", options->centre, "Layout for sensitivity and ablation; else the knee of the front");
  command->add_option("--source", options->source, "siw: the cores execute words; host: the native code")
      ->check(one_of(testbench::source_named, "siw, host"))
      ->capture_default_str();
  command->add_option("--cores", options->cores, "Cores that share the sentrons round-robin (siw)")
      ->check(CLI::Range(1, 16))
      ->capture_default_str();
  command->add_option("--placement", options->placement, "How coordinates become pages")
      ->check(one_of(phext::placement_named, std::string(phext::kPlacementNames)))
      ->capture_default_str();
  command->add_flag("--no-bound", options->no_bound, "Simulate layouts too that the bound rules out");
  command->add_flag("--no-study", options->no_study, "No sensitivity and ablation");
  command->add_flag("--json", options->json, "Print the results as JSON");
  command->footer(
      "Example: vtpu explore spaces/agus.toml --programs programs/ --objective ops_per_cycle:max --objective area:min\n"
      "A run that is stopped, however, goes on when the same command is given again.");
  add_questions(command, exit_code);
  command->callback([options, command, &exit_code] {
    if (!command->get_subcommands().empty()) return;
    if (options->space.empty() || options->programs.empty()) {
      fmt::print(stderr, "explore: expected a design space and --programs, or one of why, best, merge, report\n");
      exit_code = kBadInput;
      return;
    }
    options->command = fmt::format("vtpu explore {}{}", options->space, text_of_options(*command));
    exit_code = explore_space(*options);
  });
}

}  // namespace vtpu::cli
