#include "measure/calibrated_tsc.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "measure/disturbances.hpp"
#include "measure/known_loops.hpp"
#include "measure/statistics.hpp"

namespace vtpu::measure {
namespace {

constexpr std::uint32_t kCalibratorBlocks = 40;
constexpr double kCalibratorCycles = kCalibratorBlocks * kChainLength * kMultiplyLatencyCycles;

std::uint64_t fenced_ticks() {
  std::uint32_t low = 0;
  std::uint32_t high = 0;
  asm volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high)::"memory");
  return static_cast<std::uint64_t>(high) << 32 | low;
}

template <typename Run>
double ticks_of(const Run& run) {
  const std::uint64_t first = fenced_ticks();
  run();
  return static_cast<double>(fenced_ticks() - first);
}

using Chain = void (*)(std::uint32_t blocks);

// For wide code with the widest FMAs that the CPU has.
Chain chain_for(Licence licence) {
  if (licence == Licence::scalar) return &multiply_chain;
  if (__builtin_cpu_supports("avx512f")) {
    return licence == Licence::light ? &multiply_chain_with_512_bit_add : &multiply_chain_with_512_bit_fma;
  }
  return licence == Licence::wide && __builtin_cpu_supports("fma") ? &multiply_chain_with_256_bit_fma : &multiply_chain;
}

// What a timed chain takes beyond its cycles: reads, call, and the mispredicted end of its loop. A chain of n blocks
// takes cost + n * t, one of 2n takes cost + 2n * t, so twice the first less the second is the cost.
double constant_cost_ticks(Chain chain) {
  std::vector<double> costs;
  for (int i = 0; i < 201; ++i) {
    const double once = ticks_of([&] { chain(kCalibratorBlocks); });
    const double twice = ticks_of([&] { chain(2 * kCalibratorBlocks); });
    costs.push_back(2 * once - twice);
  }
  return std::max(0.0, trimmed_mean(std::move(costs)));
}

double read_cost_ticks() {
  std::vector<double> costs;
  for (int i = 0; i < 201; ++i) costs.push_back(ticks_of([] {}));
  return trimmed_mean(std::move(costs));
}

class CalibratedTsc final : public CycleSource {
 public:
  CalibratedTsc() : read_cost_ticks_(read_cost_ticks()) {
    for (const Licence licence : {Licence::scalar, Licence::light, Licence::wide}) {
      calibrator(licence).chain = chain_for(licence);
      calibrator(licence).cost_ticks = constant_cost_ticks(chain_for(licence));
    }
  }

  [[nodiscard]] std::string name() const override { return "time stamp counter calibrated by multiply chains"; }

  // Twice a calibrator: short enough that the core's frequency is still the one that the calibrators saw.
  [[nodiscard]] double good_sample_cycles() const override { return 2 * kCalibratorCycles; }

  void begin(Licence licence) override {
    licence_ = licence;
    disturbances_at_begin_ = disturbances_of_this_thread();
    static_cast<void>(calibrate());  // settles frequency and branch predictors after the system call
    probe_ticks_before_ = probe();
    static_cast<void>(calibrate());  // wakes wide units, which the probe left idle
    cycles_per_tick_before_ = calibrate();
    ticks_at_begin_ = fenced_ticks();
  }

  [[nodiscard]] Reading end() override {
    const std::uint64_t ticks_at_end = fenced_ticks();
    const double cycles_per_tick_after = calibrate();
    const double probe_ticks_after = probe();
    const double cycles_per_tick = (cycles_per_tick_before_ + cycles_per_tick_after) / 2;

    Reading reading;
    const double ticks = static_cast<double>(ticks_at_end - ticks_at_begin_) - read_cost_ticks_;
    reading.cycles = ticks * cycles_per_tick;
    reading.calibrator_disagreement = std::abs(cycles_per_tick_before_ - cycles_per_tick_after) / cycles_per_tick;
    reading.probe_nops_per_cycle =
        kNopsPerBlock * kProbeBlocks / (std::max(probe_ticks_before_, probe_ticks_after) * cycles_per_tick);
    if (disturbances_of_this_thread() != disturbances_at_begin_) reading.verdict = Verdict::interrupted;
    return reading;
  }

 private:
  struct Calibrator {
    Chain chain = &multiply_chain;
    double cost_ticks = 0;
  };

  [[nodiscard]] Calibrator& calibrator(Licence licence) { return calibrators_[static_cast<std::size_t>(licence)]; }

  [[nodiscard]] double calibrate() {
    const Calibrator& c = calibrator(licence_);
    return kCalibratorCycles / (ticks_of([&] { c.chain(kCalibratorBlocks); }) - c.cost_ticks);
  }

  [[nodiscard]] double probe() const {
    return ticks_of([] { nop_blocks(kProbeBlocks); }) - read_cost_ticks_;
  }

  std::array<Calibrator, kLicences> calibrators_;
  double read_cost_ticks_;
  Licence licence_ = Licence::scalar;
  std::uint64_t disturbances_at_begin_ = 0;
  double cycles_per_tick_before_ = 0;
  double probe_ticks_before_ = 0;
  std::uint64_t ticks_at_begin_ = 0;
};

}  // namespace

std::unique_ptr<CycleSource> open_calibrated_tsc() { return std::make_unique<CalibratedTsc>(); }

}  // namespace vtpu::measure
