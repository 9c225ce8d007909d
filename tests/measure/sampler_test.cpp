// The sampler over a source whose readings are known.
#include "measure/sampler.hpp"

#include <sched.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "measure/cpu_pin.hpp"

using namespace vtpu::measure;

namespace {

constexpr double kEmptyCycles = 40;

// Its clock advances by what bodies say they cost.
class ScriptedSource final : public CycleSource {
 public:
  [[nodiscard]] std::string name() const override { return "scripted"; }
  void begin(Licence licence) override {
    licence_ = licence;
    at_begin_ = clock_;
  }
  [[nodiscard]] Reading end() override {
    Reading reading;
    reading.cycles = clock_ - at_begin_ + kEmptyCycles;
    reading.instructions = 2 * (clock_ - at_begin_);
    reading.probe_nops_per_cycle = width_();
    reading.calibrator_disagreement = disagreement_[static_cast<std::size_t>(licence_)];
    return reading;
  }
  [[nodiscard]] double good_sample_cycles() const override { return 24000; }
  void spend(double cycles) { clock_ += cycles; }
  void set_width(double nops_per_cycle) {
    width_ = [nops_per_cycle] { return nops_per_cycle; };
  }
  void set_width_of(std::function<double()> nops_per_cycle) { width_ = std::move(nops_per_cycle); }
  // Of the calibrators of a licence's samples.
  void set_disagreement(Licence licence, double disagreement) {
    disagreement_[static_cast<std::size_t>(licence)] = disagreement;
  }
  [[nodiscard]] Licence last_licence() const { return licence_; }

 private:
  Licence licence_ = Licence::scalar;
  std::array<double, kLicences> disagreement_{};
  double clock_ = 0;
  double at_begin_ = 0;
  std::function<double()> width_ = [] { return 6.0; };
};

MeasureOptions quick() {
  MeasureOptions options;
  options.rounds = 3;
  options.samples_per_round = 4;
  options.pause_between_rounds = std::chrono::milliseconds(0);
  options.most_rounds = 3;
  return options;
}

}  // namespace

TEST_CASE("The cost of an empty sample is subtracted and short bodies are repeated") {
  ScriptedSource source;
  LoopUnderTest loop;
  loop.body = [&] { source.spend(100); };
  loop.work_units_per_call = 450;
  const auto result = measure(source, loop, quick());
  REQUIRE(result);
  CHECK(result->calls_per_sample == 240);  // 24 000 cycles by 100
  CHECK(result->empty_sample_cycles == kEmptyCycles);
  CHECK(result->best_cycles_per_call() == Approx(100));
  CHECK(result->units_per_cycle() == Approx(4.5));
  REQUIRE(result->instructions_per_call);
  CHECK(*result->instructions_per_call == Approx(200));
  CHECK(result->samples_taken == 3 * 4);
  CHECK(result->share_accepted() == 1);
}

TEST_CASE("Wide code is held against wide calibrators where these agree, else light, else scalar ones") {
  ScriptedSource source;
  LoopUnderTest loop;
  loop.body = [&] { source.spend(100); };
  loop.licence = Licence::wide;
  REQUIRE(measure(source, loop, quick()));
  CHECK(source.last_licence() == Licence::wide);
  source.set_disagreement(Licence::wide, 0.2);  // the licence was given back while the body ran
  REQUIRE(measure(source, loop, quick()));
  CHECK(source.last_licence() == Licence::light);
  source.set_disagreement(Licence::light, 0.2);
  const auto result = measure(source, loop, quick());
  REQUIRE(result);
  CHECK(source.last_licence() == Licence::scalar);
  CHECK(result->share_accepted() == 1);
}

TEST_CASE("A body with a prepare step runs once per sample, after its preparation, which is not measured") {
  ScriptedSource source;
  int prepared = 0;
  int unprepared_runs = 0;
  LoopUnderTest loop;
  loop.prepare = [&] {
    ++prepared;
    source.spend(5000);
  };
  loop.body = [&] {
    if (prepared-- != 1) ++unprepared_runs;
    source.spend(70);
  };
  const auto result = measure(source, loop, quick());
  REQUIRE(result);
  CHECK(result->calls_per_sample == 1);
  CHECK(result->best_cycles_per_call() == Approx(70));
  CHECK(unprepared_runs == 0);
}

TEST_CASE("Loops take turns round by round and keep their own samples") {
  ScriptedSource source;
  std::string order;
  LoopUnderTest a;
  a.prepare = [] {};
  a.body = [&] {
    order += 'a';
    source.spend(10);
  };
  LoopUnderTest b = a;
  b.body = [&] {
    order += 'b';
    source.spend(30);
  };
  const std::vector<LoopUnderTest> loops = {a, b};
  const auto results = measure_many(source, loops, quick());
  REQUIRE(results);
  CHECK((*results)[0].best_cycles_per_call() == Approx(10));
  CHECK((*results)[1].best_cycles_per_call() == Approx(30));
  const auto turns = [&] {
    int changes = 1;
    for (std::size_t i = 1; i < order.size(); ++i) changes += order[i] != order[i - 1] ? 1 : 0;
    return changes;
  };
  CHECK(turns() == 2 * (1 + 3));  // warm-up and three rounds, each with a turn of either loop
}

TEST_CASE("Disturbed samples are left out of the accepted median and kept in the unfiltered one") {
  ScriptedSource source;
  int sample = 0;
  LoopUnderTest loop;
  loop.prepare = [&] { source.set_width(++sample % 4 == 0 ? 6 : 3); };
  loop.body = [&] { source.spend(sample % 4 == 0 ? 100 : 190); };
  MeasureOptions options = quick();
  options.rounds = options.most_rounds = 8;
  const auto result = measure(source, loop, options);
  REQUIRE(result);
  REQUIRE(result->accepted_cycles);
  CHECK(result->accepted_cycles->median == Approx(100));
  CHECK(result->unfiltered_cycles.median == Approx(190));
  CHECK(result->share_accepted() < 0.5);
  CHECK(result->samples_by_verdict[static_cast<std::size_t>(Verdict::width_lost)] ==
        result->samples_taken - result->samples_accepted());
}

TEST_CASE("Rounds go on until enough samples are accepted or the most rounds are reached") {
  ScriptedSource source;
  LoopUnderTest loop;
  loop.body = [&] { source.spend(100); };
  MeasureOptions options = quick();
  options.most_rounds = 9;
  options.enough_accepted = 6 * options.samples_per_round;
  const auto enough = measure(source, loop, options);
  REQUIRE(enough);
  CHECK(enough->samples_taken == 6 * options.samples_per_round);
  options.enough_accepted = 1000;
  const auto most = measure(source, loop, options);
  REQUIRE(most);
  CHECK(most->samples_taken == 9 * options.samples_per_round);
}

TEST_CASE("Further rounds are only for the loops that want accepted samples") {
  ScriptedSource source;
  int narrow_samples = 0;
  LoopUnderTest steady;
  steady.prepare = [&] { source.set_width(6); };
  steady.body = [&] { source.spend(100); };
  LoopUnderTest disturbed;
  disturbed.prepare = [&] { source.set_width(++narrow_samples <= 20 ? 3 : 6); };
  disturbed.body = [&] { source.spend(100); };
  const std::vector<LoopUnderTest> loops = {steady, disturbed};
  MeasureOptions options = quick();
  options.most_rounds = 50;
  options.enough_accepted = 2 * options.samples_per_round;
  std::vector<std::size_t> wanted;
  options.progress = [&](const MeasureProgress& p) {
    CHECK(p.round == wanted.size() + 1);
    CHECK(p.most_rounds == 50);
    wanted.push_back(p.loops_wanting);
  };
  const auto results = measure_many(source, loops, options);
  REQUIRE(results);
  CHECK((*results)[0].samples_taken == 3 * options.samples_per_round);
  CHECK((*results)[1].samples_taken > 3 * options.samples_per_round);
  CHECK((*results)[1].samples_accepted() >= options.enough_accepted);
  REQUIRE(wanted.size() > 3);
  CHECK(wanted[1] == 0);  // nothing is judged before the rounds that all take part in are done
  CHECK(wanted[2] == 1);
  CHECK(wanted.back() == 0);
}

TEST_CASE("A neighbour who never rests does not pass for the core's own limit where its width is published") {
  ScriptedSource source;
  source.set_width(3.9);
  LoopUnderTest loop;
  loop.body = [&] { source.spend(100); };
  MeasureOptions options = quick();
  const auto fooled = measure(source, loop, options);
  REQUIRE(fooled);
  CHECK(fooled->share_accepted() == 1);
  options.published_nops_per_cycle = 6;
  const auto warned = measure(source, loop, options);
  REQUIRE(warned);
  CHECK(warned->samples_accepted() == 0);
  CHECK(warned->samples_by_verdict[static_cast<std::size_t>(Verdict::width_lost)] == warned->samples_taken);
}

TEST_CASE("Each round goes to the CPU whose probes are widest, unless one is named") {
  const std::vector<int> cpus = CpuPin::to({})->allowed();
  if (cpus.size() < 2) {
    WARN("one CPU only: not checked");
    return;
  }
  const int calm = cpus[1];
  ScriptedSource source;
  LoopUnderTest loop;
  std::set<int> seen;
  loop.body = [&] {
    seen.insert(sched_getcpu());
    source.spend(30000);
  };
  source.set_width_of([&] { return sched_getcpu() == calm ? 6.0 : 3.0; });
  MeasureOptions options = quick();
  const auto chosen = measure(source, loop, options);
  REQUIRE(chosen);
  CHECK(chosen->cpu_numbers == std::vector<int>{calm});
  CHECK(chosen->share_accepted() == 1);
  CHECK_THAT(chosen->where(), Catch::EndsWith(", CPU " + std::to_string(calm)));

  options.cpu = cpus[0];
  seen.clear();
  const auto named = measure(source, loop, options);
  REQUIRE(named);
  CHECK(named->cpu_numbers == std::vector<int>{cpus[0]});
  CHECK(seen == std::set<int>{cpus[0]});
  CHECK(CpuPin::to({})->allowed() == cpus);  // given back
}
