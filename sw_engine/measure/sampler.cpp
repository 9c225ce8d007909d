#include "measure/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <thread>
#include <utility>

#include "cpu/cpu.hpp"
#include "measure/cpu_pin.hpp"

namespace vtpu::measure {
namespace {

constexpr unsigned kWarmUpSamples = 3;
constexpr int kPatience = 5;  // further rounds, which are short, are so many times farther apart

struct Samples {
  const LoopUnderTest* loop = nullptr;
  Licence licence = Licence::scalar;
  std::uint64_t calls_per_sample = 1;
  std::vector<Reading> readings;
};

Reading take_sample(CycleSource& source, const LoopUnderTest& loop, Licence licence, std::uint64_t calls) {
  if (loop.prepare) loop.prepare();
  source.begin(licence);
  for (std::uint64_t i = 0; i < calls; ++i) loop.body();
  return source.end();
}

// What a sample costs without a body: begin, end and one call.
struct EmptySample {
  double cycles = 0;
  double instructions = 0;  // NaN where the source cannot count them
};

EmptySample empty_sample(CycleSource& source, Licence licence) {
  constexpr int kSamples = 101;
  LoopUnderTest empty;
  empty.body = [] {};
  std::vector<double> cycles;
  std::vector<double> instructions;
  for (int i = 0; i < kSamples; ++i) {
    const Reading reading = take_sample(source, empty, licence, 1);
    cycles.push_back(reading.cycles);
    instructions.push_back(reading.instructions);
  }
  return {.cycles = trimmed_mean(std::move(cycles)), .instructions = trimmed_mean(std::move(instructions))};
}

// A core slows down while it asks for a licence, and gives it back within microseconds where nothing needs it. So
// calibrators agree only around code that keeps their licence: its own is tried first, then the other; code that keeps
// neither, with wide instructions outside its loops only, is held against scalar ones.
Licence choose_licence(CycleSource& source, const LoopUnderTest& loop) {
  constexpr unsigned kTrials = 9;
  constexpr unsigned kEnough = 2;  // where the licence is kept some agree, however busy a neighbour is
  constexpr double kKept = 0.03;   // where it is asked for anew they disagree by 10 % and more
  if (loop.licence == Licence::scalar) return Licence::scalar;
  const Licence other = loop.licence == Licence::wide ? Licence::light : Licence::wide;
  for (const Licence licence : {loop.licence, other}) {
    unsigned agreeing = 0;
    for (unsigned i = 0; i < kTrials && agreeing < kEnough; ++i) {
      if (take_sample(source, loop, licence, 1).calibrator_disagreement < kKept) ++agreeing;
    }
    if (agreeing == kEnough) return licence;
  }
  return Licence::scalar;
}

// Runs the loop a few times, which also brings code and data into the caches, and sees how long it takes.
std::uint64_t choose_calls_per_sample(CycleSource& source, const LoopUnderTest& loop, Licence licence,
                                      double empty_cycles, double wanted_cycles) {
  std::vector<double> cycles;
  for (unsigned i = 0; i < kWarmUpSamples; ++i) {
    cycles.push_back(take_sample(source, loop, licence, 1).cycles - empty_cycles);
  }
  if (loop.prepare) return 1;
  const double shortest = std::max(1.0, *std::min_element(cycles.begin(), cycles.end()));
  return static_cast<std::uint64_t>(std::max(1.0, std::floor(wanted_cycles / shortest)));
}

void run_round(CycleSource& source, std::vector<Samples>& all, const std::vector<std::size_t>& turns,
               unsigned samples_per_round) {
  for (const std::size_t turn : turns) {
    Samples& samples = all[turn];
    // Refills caches, not kept.
    static_cast<void>(take_sample(source, *samples.loop, samples.licence, samples.calls_per_sample));
    for (unsigned i = 0; i < samples_per_round; ++i) {
      samples.readings.push_back(take_sample(source, *samples.loop, samples.licence, samples.calls_per_sample));
    }
  }
}

// The CPU whose probes reach the greatest width most often, of the pin's own and the next ones that the thread may run
// on: a neighbour keeps to one core for seconds or minutes. The pin's own, unless another is clearly better.
int calmest_cpu(CycleSource& source, CpuPin& pin) {
  constexpr std::size_t kCandidates = 4;
  constexpr unsigned kLooks = 100;
  constexpr double kSameWidth = 0.97;
  constexpr double kClearlyBetter = 1.25;
  std::vector<int> cpus = pin.allowed();
  std::rotate(cpus.begin(), std::find(cpus.begin(), cpus.end(), pin.cpu()), cpus.end());
  cpus.resize(std::min(cpus.size(), kCandidates));
  if (cpus.size() < 2) return pin.cpu();

  LoopUnderTest empty;
  empty.body = [] {};
  std::vector<std::vector<double>> widths(cpus.size());
  double widest = 0;
  for (std::size_t i = 0; i < cpus.size(); ++i) {
    if (!pin.move_to(cpus[i])) continue;
    for (unsigned look = 0; look < kLooks; ++look) {
      widths[i].push_back(take_sample(source, empty, Licence::scalar, 1).probe_nops_per_cycle);
    }
    std::sort(widths[i].begin(), widths[i].end());
    widest = std::max(widest, quantile_of_sorted(widths[i], 0.98));
  }
  const auto wide_looks = [&](std::size_t i) {
    return std::count_if(widths[i].begin(), widths[i].end(), [&](double w) { return w >= kSameWidth * widest; });
  };
  std::size_t best = 0;
  for (std::size_t i = 1; i < cpus.size(); ++i) {
    const double needed = static_cast<double>(wide_looks(best)) * (best == 0 ? kClearlyBetter : 1.0);
    if (static_cast<double>(wide_looks(i)) > needed) best = i;
  }
  return cpus[best];
}

// Judges copies, because later rounds may learn a higher full width.
void judge_all(CycleSource& source, const std::vector<Samples>& all, std::vector<std::vector<Reading>>& judged) {
  judged.clear();
  for (int pass = 0; pass < 2; ++pass) {  // the first pass learns from every loop, the second judges each by that
    for (const Samples& samples : all) {
      std::vector<Reading> readings = samples.readings;
      source.judge(readings);
      if (pass == 1) judged.push_back(std::move(readings));
    }
  }
}

// The loops that have fewer accepted samples.
std::vector<std::size_t> wanting(const std::vector<std::vector<Reading>>& judged, unsigned enough) {
  std::vector<std::size_t> loops;
  for (std::size_t i = 0; i < judged.size(); ++i) {
    const auto accepted = std::count_if(judged[i].begin(), judged[i].end(),
                                        [](const Reading& r) { return r.verdict == Verdict::accepted; });
    if (accepted < static_cast<std::ptrdiff_t>(enough)) loops.push_back(i);
  }
  return loops;
}

// Fills what follows from the readings.
void summarize(MeasureResult& result, const std::vector<Reading>& readings, const EmptySample& empty) {
  std::vector<double> accepted;
  std::vector<double> unfiltered;
  std::vector<double> instructions;
  const auto calls = static_cast<double>(result.calls_per_sample);
  for (const Reading& reading : readings) {
    const double cycles_per_call = (reading.cycles - empty.cycles) / calls;
    unfiltered.push_back(cycles_per_call);
    ++result.samples_by_verdict[static_cast<std::size_t>(reading.verdict)];
    if (reading.verdict != Verdict::accepted) continue;
    accepted.push_back(cycles_per_call);
    if (!std::isnan(reading.instructions)) {
      instructions.push_back((reading.instructions - empty.instructions) / calls);
    }
  }
  result.empty_sample_cycles = empty.cycles;
  result.samples_taken = readings.size();
  result.unfiltered_cycles = spread_of(std::move(unfiltered));
  if (!accepted.empty()) result.accepted_cycles = spread_of(std::move(accepted));
  if (!instructions.empty()) result.instructions_per_call = spread_of(std::move(instructions)).median;
}

}  // namespace

Result<std::vector<MeasureResult>> measure_many(CycleSource& source, std::span<const LoopUnderTest> loops,
                                                const MeasureOptions& options) {
  auto pin = CpuPin::to(options.cpu);
  if (!pin) return tl::unexpected<Errors>(std::move(pin.error()));
  source.expect_nops_per_cycle(options.published_nops_per_cycle);

  const std::array<EmptySample, kLicences> empty_samples = {
      empty_sample(source, Licence::scalar), empty_sample(source, Licence::light), empty_sample(source, Licence::wide)};
  const auto empty_of = [&](Licence licence) -> const EmptySample& {
    return empty_samples[static_cast<std::size_t>(licence)];
  };

  const double wanted_cycles = options.cycles_per_sample.value_or(source.good_sample_cycles());
  std::vector<Samples> all;
  for (const LoopUnderTest& loop : loops) {
    const Licence licence = choose_licence(source, loop);
    const auto calls = choose_calls_per_sample(source, loop, licence, empty_of(licence).cycles, wanted_cycles);
    all.push_back({.loop = &loop, .licence = licence, .calls_per_sample = calls, .readings = {}});
  }

  std::set<int> cpus;
  std::vector<std::vector<Reading>> judged;
  std::vector<std::size_t> turns(all.size());
  std::iota(turns.begin(), turns.end(), std::size_t{0});
  const unsigned most_rounds = std::max(options.rounds, options.most_rounds);
  for (unsigned round = 1; round <= most_rounds && !turns.empty(); ++round) {
    if (round > 1) std::this_thread::sleep_for(options.pause_between_rounds * (round > options.rounds ? kPatience : 1));
    if (!options.cpu && !pin->move_to(calmest_cpu(source, *pin))) {
      return fail("measuring", "the CPUs that this thread may run on changed meanwhile; measure again");
    }
    cpus.insert(pin->cpu());
    run_round(source, all, turns, options.samples_per_round);
    if (round >= options.rounds) {
      judge_all(source, all, judged);
      turns = wanting(judged, options.enough_accepted);
    }
    if (options.progress) options.progress({round, most_rounds, round < options.rounds ? 0 : turns.size()});
  }

  const std::string cpu = cpu::this_cpu().name();
  std::vector<MeasureResult> results;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const LoopUnderTest& loop = loops[i];
    MeasureResult result;
    result.name = loop.name;
    result.cpu_name = cpu;
    result.cpu_numbers.assign(cpus.begin(), cpus.end());
    result.cycle_source = source.name();
    result.work_units_per_call = loop.work_units_per_call;
    result.work_unit = loop.work_unit;
    result.code_footprint_bytes = loop.code_footprint_bytes;
    result.calls_per_sample = all[i].calls_per_sample;
    result.full_width_nops_per_cycle = source.learned_nops_per_cycle();
    summarize(result, judged[i], empty_of(all[i].licence));
    results.push_back(std::move(result));
  }
  return results;
}

Result<MeasureResult> measure(CycleSource& source, const LoopUnderTest& loop, const MeasureOptions& options) {
  auto results = measure_many(source, {&loop, 1}, options);
  if (!results) return tl::unexpected<Errors>(std::move(results.error()));
  return std::move(results->front());
}

}  // namespace vtpu::measure
