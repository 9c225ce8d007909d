#include "testbench/calibrate/meter.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vtpu::testbench {
namespace {

constexpr std::size_t kBatchLoops = 256;          // compiled at a time
constexpr std::uint64_t kBatchBytes = 1U << 26U;  // of their memories

std::uint64_t memory_of(const HostLoop& loop) {
  return std::max<std::uint64_t>(loop.memory_bytes, std::uint64_t{loop.ring.places} * loop.ring.stride_bytes);
}

class ModelMeter final : public Meter {
 public:
  explicit ModelMeter(layout::Layout layout) : layout_(std::move(layout)) {}
  Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double) override {
    std::vector<LoopReading> readings;
    for (const HostLoop& loop : loops) {
      const double cycles = modelled_cycles(loop, layout_);
      readings.push_back({cycles, 0, cycles});
    }
    return readings;
  }

 private:
  layout::Layout layout_;
};

class JournaledMeter final : public Meter {
 public:
  JournaledMeter(Meter& meter, Journal& journal, std::function<void(std::size_t)> progress)
      : meter_(meter), journal_(journal), progress_(std::move(progress)) {}

  Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double tolerance) override {
    std::vector<LoopReading> readings(loops.size());
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      if (const auto known = journal_.find(key_of(loops[i]))) {
        readings[i] = {known->at("cycles"), known->at("spread"), known->at("low")};
      } else {
        open.push_back(i);
      }
    }
    tell(loops.size() - open.size());
    for (std::size_t begin = 0; begin < open.size();) {
      const std::vector<std::size_t> batch = next_batch(loops, open, begin);
      if (auto done = read_batch(loops, batch, tolerance, readings); !done) return tl::unexpected(done.error());
      tell(batch.size());
    }
    return readings;
  }

 private:
  void tell(std::size_t loops) const {
    if (progress_ && loops != 0) progress_(loops);
  }

  // As many loops as have room in memory together.
  static std::vector<std::size_t> next_batch(const std::vector<HostLoop>& loops, const std::vector<std::size_t>& open,
                                             std::size_t& begin) {
    std::vector<std::size_t> batch;
    std::uint64_t bytes = 0;
    for (; begin < open.size() && batch.size() < kBatchLoops; ++begin) {
      bytes += memory_of(loops[open[begin]]);
      if (!batch.empty() && bytes > kBatchBytes) break;
      batch.push_back(open[begin]);
    }
    return batch;
  }

  Result<void> read_batch(const std::vector<HostLoop>& loops, const std::vector<std::size_t>& batch, double tolerance,
                          std::vector<LoopReading>& readings) {
    std::vector<HostLoop> some;
    for (const std::size_t i : batch) some.push_back(loops[i]);
    const auto read = meter_.read(some, tolerance);
    if (!read) return tl::unexpected(read.error());
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const LoopReading& reading = readings[batch[b]] = (*read)[b];
      if (reading.spread > tolerance) continue;  // to be read again by the next run
      journal_.add(key_of(some[b]), {{"cycles", reading.cycles}, {"spread", reading.spread}, {"low", reading.low}});
    }
    journal_.sync();
    return {};
  }

  Meter& meter_;
  Journal& journal_;
  std::function<void(std::size_t)> progress_;
};

class MachineMeter final : public Meter {
 public:
  MachineMeter(MachineMeterOptions options, std::unique_ptr<measure::CycleSource> source)
      : options_(options), source_(std::move(source)) {}

  Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double tolerance) override {
    std::vector<LoopReading> readings(loops.size());
    std::vector<std::size_t> open(loops.size());
    for (std::size_t i = 0; i < loops.size(); ++i) {
      open[i] = i;
      readings[i].spread = -1;
    }
    for (unsigned round = 0; round <= options_.retries && !open.empty(); ++round) {
      if (auto done = measure_once(loops, open, readings); !done) return tl::unexpected(done.error());
      std::erase_if(open, [&](std::size_t i) { return readings[i].spread <= tolerance; });
    }
    return readings;
  }

 private:
  // Of several measurements of a loop the quietest counts.
  Result<void> measure_once(const std::vector<HostLoop>& loops, const std::vector<std::size_t>& batch,
                            std::vector<LoopReading>& readings) {
    std::vector<CompiledLoop> compiled;
    std::vector<measure::LoopUnderTest> under_test;
    for (const std::size_t i : batch) {
      auto loop = CompiledLoop::compile(loops[i], options_.isa);
      if (!loop) return tl::unexpected(loop.error());
      compiled.push_back(std::move(*loop));
    }
    for (CompiledLoop& loop : compiled) under_test.push_back(loop.under_test());
    measure::MeasureOptions options;
    options.rounds = options_.rounds;
    options.published_nops_per_cycle = options_.published_nops_per_cycle;
    options.most_rounds = 2 * options_.rounds;
    options.samples_per_round = options_.samples_per_round;
    options.pause_between_rounds = std::chrono::milliseconds(20);
    const auto results = measure::measure_many(*source_, under_test, options);
    if (!results) return tl::unexpected(results.error());
    for (std::size_t b = 0; b < batch.size(); ++b) {
      const measure::MeasureResult& result = (*results)[b];
      const measure::Spread spread = result.accepted_cycles.value_or(result.unfiltered_cycles);
      const double median = std::max(1.0, spread.median);
      LoopReading& reading = readings[batch[b]];
      const double passes = loops[batch[b]].passes;
      LoopReading fresh{spread.median / passes, (spread.p90 - spread.p10) / median, spread.p10 / passes};
      const bool first = reading.spread < 0;
      if (!first) fresh.low = std::min(fresh.low, reading.low);
      if (first || fresh.spread < reading.spread) reading = fresh;
      reading.low = fresh.low;
    }
    return {};
  }

  MachineMeterOptions options_;
  std::unique_ptr<measure::CycleSource> source_;
};

}  // namespace

std::string key_of(const HostLoop& loop) {
  std::string text = fmt::format("{} {} {} {} {} {}", loop.passes, loop.memory_bytes, loop.ring.places,
                                 loop.ring.stride_bytes, loop.ring.in_order, loop.body.size());
  for (const lowering::HostInst& inst : loop.body) text += fmt::format("\n{}", lowering::to_text(inst));
  return fmt::format("{} #{:016x}", loop.name, XXH64(text.data(), text.size(), 0));
}

std::unique_ptr<Meter> model_meter(layout::Layout layout) { return std::make_unique<ModelMeter>(std::move(layout)); }

Result<std::unique_ptr<Meter>> machine_meter(MachineMeterOptions options) {
  auto source = measure::open_cycle_source(measure::CycleSourceChoice::automatic);
  if (!source) return tl::unexpected(source.error());
  return std::make_unique<MachineMeter>(options, std::move(*source));
}

std::unique_ptr<Meter> journaled_meter(Meter& meter, Journal& journal, std::function<void(std::size_t)> progress) {
  return std::make_unique<JournaledMeter>(meter, journal, std::move(progress));
}

}  // namespace vtpu::testbench
