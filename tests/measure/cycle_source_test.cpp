// The sources against code of known length. Where the kernel gives no counter the perf cases are skipped with a
// warning; the calibrated ones always run.
#include "measure/cycle_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "measure/cpu_pin.hpp"
#include "measure/known_loops.hpp"
#include "measure/sampler.hpp"

using namespace vtpu::measure;

namespace {

constexpr std::uint32_t kBlocks = 800;  // 240 000 cycles: one call a sample, as calls that follow each other overlap

struct KnownLoop {
  LoopUnderTest loop;
  double cycles_per_call;
};

std::vector<KnownLoop> known_loops() {
  LoopUnderTest multiply;
  multiply.name = "imul chain";
  multiply.body = [] { multiply_chain(kBlocks); };
  LoopUnderTest add;
  add.name = "add chain";
  add.body = [] { add_chain(3 * kBlocks); };
  return {{multiply, kBlocks * kChainLength * kMultiplyLatencyCycles}, {add, 3.0 * kBlocks * kChainLength}};
}

// Measures the loops, again and again for a minute at most, until what they took is `right`; gives what was taken last.
// A neighbour can disturb all samples of a second, or hide the core's width so that disturbed ones are accepted; a
// source that reckons wrong does so in every attempt.
template <typename Right>
std::vector<MeasureResult> measure_among_neighbours(CycleSource& source, const std::vector<LoopUnderTest>& loops,
                                                    const Right& right) {
  MeasureOptions patient;
  patient.most_rounds = 300;
  for (int attempt = 1;; ++attempt) {
    auto results = measure_many(source, loops, patient);
    REQUIRE(results);
    const bool judged =
        std::ranges::all_of(*results, [](const MeasureResult& r) { return r.accepted_cycles.has_value(); });
    if (attempt == 60 || (judged && right(*results))) return std::move(*results);
    std::this_thread::sleep_for(std::chrono::seconds(1));
  }
}

void check_against(CycleSource& source, const KnownLoop& known, double tolerance) {
  const auto expected = Approx(known.cycles_per_call).epsilon(tolerance);
  const auto results = measure_among_neighbours(
      source, {known.loop}, [&](const auto& r) { return r.front().accepted_cycles->median == expected; });
  INFO(to_text(results.front()));
  REQUIRE(results.front().accepted_cycles);
  CHECK(results.front().accepted_cycles->median == expected);
}

void check_against_known_loops(CycleSource& source, double tolerance) {
  for (const KnownLoop& known : known_loops()) check_against(source, known, tolerance);
}

std::unique_ptr<CycleSource> open_or_warn(CycleSourceChoice choice) {
  auto source = open_cycle_source(choice);
  if (source) return std::move(*source);
  WARN("skipped: " << source.error().front().text());
  return nullptr;
}

Reading calm(double nops_per_cycle) {
  Reading reading;
  reading.probe_nops_per_cycle = nops_per_cycle;
  return reading;
}

// Feeds judge without measuring.
class RecordedSource final : public CycleSource {
 public:
  [[nodiscard]] std::string name() const override { return "recorded"; }
  void begin(Licence) override {}
  [[nodiscard]] Reading end() override { return {}; }
  [[nodiscard]] double good_sample_cycles() const override { return 1; }
};

}  // namespace

TEST_CASE("A chain with multiply-adds beside it takes what the plain one takes, measured as wide code") {
  const auto source = open_or_warn(CycleSourceChoice::automatic);
  REQUIRE(source);
  if (!__builtin_cpu_supports("fma")) return;
  LoopUnderTest wide;
  wide.name = "imul chain with multiply-adds";
  wide.body = [] {
    if (__builtin_cpu_supports("avx512f")) {
      multiply_chain_with_512_bit_fma(kBlocks);
    } else {
      multiply_chain_with_256_bit_fma(kBlocks);
    }
  };
  wide.licence = Licence::wide;
  check_against(*source, {wide, kBlocks * kChainLength * kMultiplyLatencyCycles}, 0.02);
}

TEST_CASE("Calibrated cycles of known chains are right within two percent") {
  const auto source = open_or_warn(CycleSourceChoice::calibrated);
  REQUIRE(source);
  check_against_known_loops(*source, 0.02);
}

TEST_CASE("Counted cycles of known chains are right within one percent") {
  if (const auto source = open_or_warn(CycleSourceChoice::perf)) check_against_known_loops(*source, 0.01);
}

TEST_CASE("Counted instructions of a known chain are exact but for the call") {
  const auto source = open_or_warn(CycleSourceChoice::perf);
  if (!source) return;
  const auto result = measure(*source, known_loops().front().loop, {});
  REQUIRE(result);
  if (!result->instructions_per_call) return;
  const double chain = kBlocks * (kChainLength + 2);  // and dec, jnz per block
  CHECK(*result->instructions_per_call == Approx(chain).margin(20));
}

TEST_CASE("Both sources agree on the same loop within two percent") {
  const auto perf = open_or_warn(CycleSourceChoice::perf);
  if (!perf) return;
  const auto calibrated = open_or_warn(CycleSourceChoice::calibrated);
  for (const KnownLoop& known : known_loops()) {
    const auto counted = measure(*perf, known.loop, {});
    REQUIRE(counted);
    KnownLoop as_counted = known;
    as_counted.cycles_per_call = counted->best_cycles_per_call();
    check_against(*calibrated, as_counted, 0.02);
  }
}

TEST_CASE("A chain twice as long measures twice as long") {
  const auto source = open_or_warn(CycleSourceChoice::automatic);
  REQUIRE(source);
  LoopUnderTest once;
  once.body = [] { add_chain(2400); };
  LoopUnderTest twice;
  twice.body = [] { add_chain(4800); };
  const auto ratio = [](const std::vector<MeasureResult>& results) {
    return results[1].best_cycles_per_call() / results[0].best_cycles_per_call();
  };
  const auto two = Approx(2).epsilon(0.02);
  const auto results = measure_among_neighbours(*source, {once, twice}, [&](const auto& r) { return ratio(r) == two; });
  INFO(to_text(results[0]) << to_text(results[1]));
  CHECK(ratio(results) == two);
}

TEST_CASE("A probe below full width costs a reading its acceptance") {
  RecordedSource source;
  std::vector<Reading> readings(20, calm(6.0));
  readings.push_back(calm(3.0));
  readings.push_back(calm(6.0 * 5.7 / 6));
  readings.push_back(calm(6.0 * 5.85 / 6));
  source.judge(readings);
  CHECK(source.learned_nops_per_cycle() == 6.0);
  CHECK(readings[0].verdict == Verdict::accepted);
  CHECK(readings[20].verdict == Verdict::width_lost);
  CHECK(readings[21].verdict == Verdict::width_lost);
  CHECK(readings[22].verdict == Verdict::accepted);
}

TEST_CASE("Full width once learned is kept when all later probes are slow") {
  RecordedSource source;
  std::vector<Reading> fast(20, calm(8.0));
  source.judge(fast);
  std::vector<Reading> slow(20, calm(4.0));
  source.judge(slow);
  for (const Reading& reading : slow) CHECK(reading.verdict == Verdict::width_lost);
}

TEST_CASE("Calibrators that disagree by more than half a percent reject a reading and teach nothing") {
  RecordedSource source;
  std::vector<Reading> readings(20, calm(6.0));
  for (int i = 0; i < 5; ++i) {
    Reading moved = calm(9.0);
    moved.calibrator_disagreement = 0.006;
    readings.push_back(moved);
  }
  source.judge(readings);
  CHECK(source.learned_nops_per_cycle() == 6.0);
  CHECK(readings.front().verdict == Verdict::accepted);
  CHECK(readings.back().verdict == Verdict::frequency_moved);
}

TEST_CASE("An interrupted reading stays interrupted whatever its probes say") {
  RecordedSource source;
  std::vector<Reading> readings(20, calm(6.0));
  readings[3].verdict = Verdict::interrupted;
  readings[4].verdict = Verdict::multiplexed;
  source.judge(readings);
  CHECK(readings[3].verdict == Verdict::interrupted);
  CHECK(readings[4].verdict == Verdict::multiplexed);
}

TEST_CASE("The name of a cycle source is parsed or refused with what was expected") {
  CHECK(parse_cycle_source("automatic") == CycleSourceChoice::automatic);
  CHECK(parse_cycle_source("perf") == CycleSourceChoice::perf);
  CHECK(parse_cycle_source("calibrated") == CycleSourceChoice::calibrated);
  const auto wrong = parse_cycle_source("tsc");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().front().text() ==
        "--cycle-source: 'tsc' is no cycle source; expected automatic, perf or calibrated");
}
