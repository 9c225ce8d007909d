#include "testbench/smt_measurement.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "measure/cpu_pin.hpp"
#include "native/engine.hpp"

namespace vtpu::testbench {
namespace {

// "0,64" or "0-1" or "3": the CPUs of a core.
std::vector<int> parse_cpu_list(const std::string& text) {
  std::vector<int> cpus;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string part = text.substr(at, end - at);
    int first = 0;
    int last = 0;
    const int found = std::sscanf(part.c_str(), "%d-%d", &first, &last);
    if (found < 1) break;
    if (found == 1) last = first;
    for (int cpu = first; cpu <= last && cpu < CPU_SETSIZE; ++cpu) cpus.push_back(cpu);
    at = end + 1;
  }
  return cpus;
}

double median_of(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// A program on a CPU, ready to be measured in a thread of its own.
class Runner {
 public:
  static Result<Runner> create(const isa::Program& program) {
    Result<std::unique_ptr<native::NativeMachine>> machine = native::NativeMachine::create(program, {});
    if (!machine) return tl::unexpected(machine.error());
    (*machine)->run();
    if (!(*machine)->counts()) return fail(program.name, "does not come to its end, so it cannot be measured");
    return Runner(std::move(*machine));
  }
  [[nodiscard]] double operations() const { return static_cast<double>(machine_->counts()->all_operations()); }
  // Cycles of one run.
  double run(measure::CycleSource& source) {
    machine_->reset();
    source.begin(measure::Licence::wide);
    machine_->run();
    return source.end().cycles;
  }

 private:
  explicit Runner(std::unique_ptr<native::NativeMachine> machine) : machine_(std::move(machine)) {}
  std::unique_ptr<native::NativeMachine> machine_;
};

// What the two threads tell each other.
struct Phase {
  std::atomic<int> ready{0};
  std::atomic<int> done{0};
  std::atomic<bool> failed{false};
  void wait_for(std::atomic<int>& count) const {
    while (count.load() < 2 && !failed.load()) sched_yield();
  }
};

struct Outcome {
  double alone = 0;
  double paired = 0;
  std::string source;
  Errors errors;
};

// Thread `k`: alone in turn, then together until both have run often enough.
void measure_thread(int k, Runner& runner, int cpu, unsigned runs, measure::CycleSourceChoice choice,
                    std::array<Phase, 3>& phases, Outcome& outcome) {
  const auto give_up = [&](const Errors& errors) {
    outcome.errors = errors;
    for (Phase& phase : phases) phase.failed = true;
  };
  const Result<measure::CpuPin> pin = measure::CpuPin::to(cpu);
  if (!pin) return give_up(pin.error());
  Result<std::unique_ptr<measure::CycleSource>> source = measure::open_cycle_source(choice);
  if (!source) return give_up(source.error());
  outcome.source = (*source)->name();
  for (int turn = 0; turn < 2; ++turn) {
    Phase& phase = phases[static_cast<std::size_t>(turn)];
    if (turn == k) {
      std::vector<double> cycles;
      for (unsigned i = 0; i < runs; ++i) cycles.push_back(runner.run(**source));
      outcome.alone = median_of(std::move(cycles));
      phase.done = 2;
    } else {
      while (phase.done.load() < 2 && !phase.failed.load()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    if (phase.failed) return;
  }
  Phase& together = phases[2];
  ++together.ready;
  together.wait_for(together.ready);
  std::vector<double> cycles;
  while (together.done.load() < 2 && !together.failed.load()) {
    cycles.push_back(runner.run(**source));
    if (cycles.size() == runs) ++together.done;
  }
  cycles.resize(std::min<std::size_t>(cycles.size(), runs));
  if (!cycles.empty()) outcome.paired = median_of(std::move(cycles));
}

}  // namespace

std::optional<std::array<int, 2>> sibling_cpus(const std::string& cpus) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return std::nullopt;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) continue;
    std::ifstream file(fmt::format("{}/cpu{}/topology/thread_siblings_list", cpus, cpu));
    std::string list;
    std::getline(file, list);
    for (const int other : parse_cpu_list(list)) {
      if (other != cpu && CPU_ISSET(static_cast<std::size_t>(other), &allowed)) return {{cpu, other}};
    }
  }
  return std::nullopt;
}

Result<MeasuredPair> measure_pair(const isa::Program& a, const isa::Program& b, std::array<int, 2> cpus, unsigned runs,
                                  measure::CycleSourceChoice source) {
  Result<Runner> first = Runner::create(a);
  if (!first) return tl::unexpected(first.error());
  Result<Runner> second = Runner::create(b);
  if (!second) return tl::unexpected(second.error());
  std::array<Phase, 3> phases;
  std::array<Outcome, 2> outcomes;
  std::thread other([&] { measure_thread(1, *second, cpus[1], runs, source, phases, outcomes[1]); });
  measure_thread(0, *first, cpus[0], runs, source, phases, outcomes[0]);
  other.join();
  for (Outcome& outcome : outcomes) {
    if (!outcome.errors.empty()) return fail(std::move(outcome.errors));
  }
  MeasuredPair pair;
  pair.cycle_source = outcomes[0].source;
  pair.threads[0] = {a.name, cpus[0], first->operations(), outcomes[0].alone, outcomes[0].paired};
  pair.threads[1] = {b.name, cpus[1], second->operations(), outcomes[1].alone, outcomes[1].paired};
  return pair;
}

nlohmann::json to_json(const MeasuredPair& pair) {
  nlohmann::json json{
      {"throughput", pair.throughput()}, {"cycle_source", pair.cycle_source}, {"threads", nlohmann::json::array()}};
  for (const MeasuredPair::Thread& t : pair.threads) {
    json["threads"].push_back({{"program", t.program},
                               {"cpu", t.cpu},
                               {"operations", t.operations},
                               {"alone_cycles", t.alone_cycles},
                               {"paired_cycles", t.paired_cycles},
                               {"relative_speed", t.relative_speed()}});
  }
  return json;
}

std::string to_text(const MeasuredPair& pair) {
  std::string text =
      fmt::format("{:<32} {:>6} {:>7} {:>6}\n", "measured, " + pair.cycle_source, "alone", "beside", "speed");
  for (const MeasuredPair::Thread& t : pair.threads) {
    text += fmt::format("{:<32} {:>6.3f} {:>7.3f} {:>6.3f}  CPU {}\n", t.program, t.operations / t.alone_cycles,
                        t.operations / t.paired_cycles, t.relative_speed(), t.cpu);
  }
  return text + fmt::format("{:<32} {:>6} {:>7} {:>6.3f}\n", "together", "", "", pair.throughput());
}

}  // namespace vtpu::testbench
