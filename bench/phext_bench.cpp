// Cycles that a placement takes per coordinate. `latency`: each coordinate depends on the result for the one before, as
// in a chain of accesses; `throughput`: independent coordinates.
//
//   ./bench_phext      encode/zorder/throughput ... cycles=7.9 ...
//
// Cycles are this CPU's own where the kernel gives them (perf_event), else calibrated ones; ns/op is Google
// Benchmark's.
#include <benchmark/benchmark.h>

#include <random>
#include <vector>

#include "measure/cycle_source.hpp"
#include "phext/placement.hpp"

namespace {

using namespace vtpu;

constexpr std::size_t kCoordinates = 4096;

std::vector<isa::Coordinate> random_coordinates() {
  std::mt19937_64 random(1);
  std::vector<isa::Coordinate> all(kCoordinates);
  for (isa::Coordinate& c : all) c = isa::address_of({random(), random()});
  return all;
}

measure::CycleSource& clock_of_this_cpu() {
  static const std::unique_ptr<measure::CycleSource> kSource =
      std::move(measure::open_cycle_source(measure::CycleSourceChoice::automatic).value());
  return *kSource;
}

template <typename Step>
void count_cycles(benchmark::State& state, Step&& step) {
  const std::vector<isa::Coordinate> all = random_coordinates();
  measure::CycleSource& clock = clock_of_this_cpu();
  double cycles = 0;
  for (auto _ : state) {
    clock.begin(measure::Licence::scalar);
    step(all);
    cycles += clock.end().cycles;
  }
  const auto done = static_cast<std::int64_t>(state.iterations() * kCoordinates);
  state.SetItemsProcessed(done);
  state.counters["cycles"] = cycles / static_cast<double>(done);
}

void encode_throughput(benchmark::State& state, phext::PlacementPolicy placement) {
  count_cycles(state, [&](const std::vector<isa::Coordinate>& all) {
    for (const isa::Coordinate& c : all) benchmark::DoNotOptimize(phext::place(placement, c));
  });
}

void encode_latency(benchmark::State& state, phext::PlacementPolicy placement) {
  count_cycles(state, [&](const std::vector<isa::Coordinate>& all) {
    std::uint64_t before = 0;
    for (isa::Coordinate c : all) {
      c.lo ^= before;
      before = phext::place(placement, c).page.lo & 1U;
    }
    benchmark::DoNotOptimize(before);
  });
}

void decode_throughput(benchmark::State& state, phext::PlacementPolicy placement) {
  count_cycles(state, [&](const std::vector<isa::Coordinate>& all) {
    for (const isa::Coordinate& c : all) {
      const phext::PlacedCell placed{{c.hi & 0x7FFFFFFFFFFFULL, c.lo}, static_cast<unsigned>(c.lo & 63U)};
      benchmark::DoNotOptimize(phext::unplace(placement, placed));
    }
  });
}

}  // namespace

int main(int argc, char** argv) {
  for (const char* name_of_policy : {"hash", "linear", "zorder", "hilbert", "zorder:d0,d1", "hilbert:d0,d1",
                                     "zorder:d0,d1,d2", "hilbert:d0,d1,d2"}) {
    const std::string name(name_of_policy);
    const phext::PlacementPolicy placement = *phext::placement_named(name);
    benchmark::RegisterBenchmark(("encode/" + name + "/throughput").c_str(), encode_throughput, placement);
    benchmark::RegisterBenchmark(("encode/" + name + "/latency").c_str(), encode_latency, placement);
    benchmark::RegisterBenchmark(("decode/" + name + "/throughput").c_str(), decode_throughput, placement);
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
