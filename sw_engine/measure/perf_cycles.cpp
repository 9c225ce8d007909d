#include "measure/perf_cycles.hpp"

#include <fmt/format.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <utility>
#include <vector>

#include "measure/disturbances.hpp"
#include "measure/known_loops.hpp"
#include "measure/statistics.hpp"

namespace vtpu::measure {
namespace {

constexpr std::uint32_t kCheckBlocks = 40;

// An open perf event with its memory-mapped page; closes both.
class Event {
 public:
  Event(std::uint64_t config, int group) {
    perf_event_attr attributes{};
    attributes.size = sizeof attributes;
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.config = config;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    if (group < 0) attributes.pinned = 1;  // only a group leader may be pinned
    attributes.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
    descriptor_ = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, group, PERF_FLAG_FD_CLOEXEC));
    if (descriptor_ < 0) {
      error_ = errno;
      return;
    }
    void* mapped = mmap(nullptr, page_bytes(), PROT_READ, MAP_SHARED, descriptor_, 0);
    if (mapped != MAP_FAILED) page_ = static_cast<perf_event_mmap_page*>(mapped);
  }
  Event(Event&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        error_(other.error_),
        page_(std::exchange(other.page_, nullptr)) {}
  Event& operator=(Event&&) = delete;
  ~Event() {
    if (page_ != nullptr) munmap(page_, page_bytes());
    if (descriptor_ >= 0) close(descriptor_);
  }

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  [[nodiscard]] int descriptor() const { return descriptor_; }
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] const perf_event_mmap_page* page() const { return page_; }

 private:
  static std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

  int descriptor_ = -1;
  int error_ = 0;
  perf_event_mmap_page* page_ = nullptr;
};

struct Counter {
  std::uint64_t value = 0;
  std::uint64_t nanoseconds_not_counting = 0;  // enabled but not on the hardware counter
};

// The protocol of linux/perf_event.h: retry while the kernel changes the page, sign-extend the hardware counter.
// Returns false where the event is not on a hardware counter now.
bool read_in_user_mode(const perf_event_mmap_page& page, Counter& counter) {
  const volatile perf_event_mmap_page& shared = page;
  std::uint32_t sequence = 0;
  do {
    sequence = shared.lock;
    std::atomic_signal_fence(std::memory_order_seq_cst);
    const std::uint32_t index = shared.index;
    if (index == 0) return false;
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    asm volatile("rdpmc" : "=a"(low), "=d"(high) : "c"(index - 1));
    const unsigned unused_bits = 64u - shared.pmc_width;
    const std::uint64_t raw = (static_cast<std::uint64_t>(high) << 32 | low) << unused_bits;
    const std::int64_t count = static_cast<std::int64_t>(raw) >> unused_bits;
    counter.value = static_cast<std::uint64_t>(shared.offset + count);
    counter.nanoseconds_not_counting = shared.time_enabled - shared.time_running;
    std::atomic_signal_fence(std::memory_order_seq_cst);
  } while (shared.lock != sequence);
  return true;
}

Counter read_by_system_call(int descriptor) {
  struct {
    std::uint64_t value, enabled, running;
  } answer{};
  // A pinned event that could not be scheduled reads as end of file: the counter then stands still and never counts.
  if (read(descriptor, &answer, sizeof answer) != sizeof answer) return {.value = 0, .nanoseconds_not_counting = ~0ULL};
  return {.value = answer.value, .nanoseconds_not_counting = answer.enabled - answer.running};
}

class PerfCycles final : public CycleSource {
 public:
  PerfCycles(Event cycles, Event instructions)
      : cycles_(std::move(cycles)),
        instructions_(std::move(instructions)),
        reads_in_user_mode_(can_read_in_user_mode(cycles_) &&
                            (!instructions_.is_open() || can_read_in_user_mode(instructions_))) {
    std::vector<double> costs;
    for (int i = 0; i < 101; ++i) {
      const Counter first = read_cycles();
      costs.push_back(static_cast<double>(read_cycles().value - first.value));
    }
    read_cost_cycles_ = spread_of(std::move(costs)).median;
  }

  [[nodiscard]] std::string name() const override {
    return reads_in_user_mode_ ? "perf_event user cycles (rdpmc)" : "perf_event user cycles (read)";
  }

  // Hypervisors may intercept rdpmc; front end and caches then start cold behind begin. Seen on Zen 5: a read takes
  // 2400 time stamp ticks, and full-width code behind it loses some 150 cycles, less than a tenth of a percent of this.
  [[nodiscard]] double good_sample_cycles() const override { return 200'000; }

  void begin(Licence) override {
    disturbances_at_begin_ = disturbances_of_this_thread();
    probe_before_ = probe();
    if (instructions_.is_open()) instructions_at_begin_ = read_event(instructions_).value;
    cycles_at_begin_ = read_cycles();
  }

  [[nodiscard]] Reading end() override {
    const Counter cycles = read_cycles();
    Reading reading;
    reading.cycles = static_cast<double>(cycles.value - cycles_at_begin_.value);
    if (instructions_.is_open()) {
      reading.instructions = static_cast<double>(read_event(instructions_).value - instructions_at_begin_);
    }
    reading.probe_nops_per_cycle = std::min(probe_before_, probe());
    const std::uint64_t disturbed = disturbances_of_this_thread() - disturbances_at_begin_;
    if (disturbed != 0) reading.verdict = Verdict::interrupted;
    const bool counted_throughout = cycles.nanoseconds_not_counting == cycles_at_begin_.nanoseconds_not_counting &&
                                    cycles.nanoseconds_not_counting != ~0ULL;
    if (!counted_throughout) reading.verdict = Verdict::multiplexed;
    return reading;
  }

  // Cycles of the multiply chain that the counter must agree with.
  [[nodiscard]] double cycles_of_known_chain() {
    std::vector<double> samples;
    for (int i = 0; i < 31; ++i) {
      const Counter first = read_cycles();
      multiply_chain(kCheckBlocks);
      samples.push_back(static_cast<double>(read_cycles().value - first.value) - read_cost_cycles_);
    }
    return spread_of(std::move(samples)).median;
  }

 private:
  static bool can_read_in_user_mode(const Event& event) {
    Counter ignored;
    return event.page() != nullptr && event.page()->cap_user_rdpmc != 0 && read_in_user_mode(*event.page(), ignored);
  }

  [[nodiscard]] Counter read_event(const Event& event) const {
    Counter counter;
    if (reads_in_user_mode_ && read_in_user_mode(*event.page(), counter)) return counter;
    return read_by_system_call(event.descriptor());
  }

  [[nodiscard]] Counter read_cycles() const {
    asm volatile("lfence" ::: "memory");
    const Counter counter = read_event(cycles_);
    asm volatile("lfence" ::: "memory");
    return counter;
  }

  [[nodiscard]] double probe() const {
    const Counter first = read_cycles();
    nop_blocks(kProbeBlocks);
    const double cycles = static_cast<double>(read_cycles().value - first.value) - read_cost_cycles_;
    return cycles > 0 ? kNopsPerBlock * kProbeBlocks / cycles : 0;
  }

  Event cycles_;
  Event instructions_;
  bool reads_in_user_mode_;
  double read_cost_cycles_ = 0;
  double probe_before_ = 0;
  std::uint64_t disturbances_at_begin_ = 0;
  std::uint64_t instructions_at_begin_ = 0;
  Counter cycles_at_begin_;
};

std::string why_not_open(int error) {
  const std::string reason = fmt::format("perf_event_open for core cycles: {}", std::strerror(error));
  if (error != EACCES && error != EPERM) {
    return reason + "; this machine offers no cycle counter, use --cycle-source calibrated";
  }
  int level = 0;
  std::ifstream("/proc/sys/kernel/perf_event_paranoid") >> level;
  return fmt::format("{}; kernel.perf_event_paranoid is {}, at most 2 is needed, or use --cycle-source calibrated",
                     reason, level);
}

}  // namespace

Result<std::unique_ptr<CycleSource>> open_perf_cycles() {
  constexpr double kToleratedError = 0.05;
  Event cycles(PERF_COUNT_HW_CPU_CYCLES, -1);
  if (!cycles.is_open()) return fail("cycle source perf", why_not_open(cycles.error()));
  Event instructions(PERF_COUNT_HW_INSTRUCTIONS, cycles.descriptor());
  auto source = std::make_unique<PerfCycles>(std::move(cycles), std::move(instructions));

  const double expected = kCheckBlocks * kChainLength * kMultiplyLatencyCycles;
  const double counted = source->cycles_of_known_chain();
  if (std::abs(counted - expected) > kToleratedError * expected) {
    return fail("cycle source perf",
                fmt::format("the counter read {:.0f} cycles for a chain of {:.0f}; it does not count core cycles, "
                            "use --cycle-source calibrated",
                            counted, expected));
  }
  return source;
}

}  // namespace vtpu::measure
