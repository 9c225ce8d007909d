#include "testbench/lockstep_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <tuple>

#include "rtl/adapter/assertions.hpp"
#include "testbench/lockstep_taps.hpp"

namespace vtpu::testbench {
namespace {

using core::Cycle;
using events::SlotReason;
using events::UopInfo;

enum class EventKind : std::uint8_t { Completed, Issued, Conflict, Dispatched, Slots, Fetched, Retired };

struct Event {
  EventKind kind = EventKind::Fetched;
  UopInfo uop;
  unsigned place = 0;  // queue, port, or number of slots
  UopInfo winner;
  SlotReason reason = SlotReason::Retiring;

  // UopInfo's texts follow from the rest.
  [[nodiscard]] auto key() const {
    return std::tuple(kind, uop.id, uop.sentron, uop.word, uop.iteration, uop.pipe, uop.kind, place, winner.id, reason);
  }
};

std::string name_of(const UopInfo& uop) {
  return fmt::format("{} ({} {}, sentron {}, word {}.{}, uop {})", uop.text, isa::name_of(uop.pipe), uop.kind,
                     uop.sentron, uop.word, uop.iteration, uop.id);
}

const char* unit_of(EventKind kind) {
  switch (kind) {
    case EventKind::Completed: return "wake_up";
    case EventKind::Issued: return "issue_unit";
    case EventKind::Conflict: return "issue_unit";
    case EventKind::Dispatched: return "rename_unit";
    case EventKind::Slots: return "slot_account";
    case EventKind::Fetched: return "front_end";
    case EventKind::Retired: return "retire_unit";
  }
  return "";
}

// The events of one model's cycle, and who waits in which queue.
class EventLog final : public events::Listener {
 public:
  explicit EventLog(const layout::Layout& layout) : layout_(layout), queues_(layout.queues.size()) {}

  void on_fetched(Cycle, const UopInfo& uop) override {
    events.push_back({EventKind::Fetched, uop, 0, {}, {}});
    ++fetched;
  }
  void on_dispatched(Cycle, const UopInfo& uop, unsigned queue) override {
    events.push_back({EventKind::Dispatched, uop, queue, {}, {}});
    if (queue < queues_.size()) queues_[queue].emplace(uop.id, uop);
  }
  void on_issued(Cycle, const UopInfo& uop, unsigned port) override {
    events.push_back({EventKind::Issued, uop, port, {}, {}});
    for (auto& queue : queues_) queue.erase(uop.id);
  }
  void on_conflict(Cycle, const UopInfo& uop, unsigned port, const UopInfo& winner) override {
    events.push_back({EventKind::Conflict, uop, port, winner, {}});
  }
  void on_completed(Cycle, const UopInfo& uop) override { events.push_back({EventKind::Completed, uop, 0, {}, {}}); }
  void on_retired(Cycle cycle, const UopInfo& uop) override {
    events.push_back({EventKind::Retired, uop, 0, {}, {}});
    retired_.emplace_back(cycle, uop);
    if (retired_.size() > kRetirements) retired_.pop_front();
    ++retirements;
  }
  void on_slots(Cycle, std::uint32_t, SlotReason reason, unsigned slots) override {
    events.push_back({EventKind::Slots, {}, slots, {}, reason});
  }

  [[nodiscard]] std::string text(const Event& e) const {
    switch (e.kind) {
      case EventKind::Completed: return name_of(e.uop) + " completes";
      case EventKind::Issued: return fmt::format("{} starts on {}", name_of(e.uop), layout_.ports[e.place].name);
      case EventKind::Conflict:
        return fmt::format("{} loses {} to {}", name_of(e.uop), layout_.ports[e.place].name, name_of(e.winner));
      case EventKind::Dispatched:
        return e.place < layout_.queues.size()
                   ? fmt::format("{} is dispatched to queue {}", name_of(e.uop), layout_.queues[e.place].name)
                   : fmt::format("{} is done at rename", name_of(e.uop));
      case EventKind::Slots: return fmt::format("{} slots are {}", e.place, events::name_of(e.reason));
      case EventKind::Fetched: return name_of(e.uop) + " is fetched";
      case EventKind::Retired: return name_of(e.uop) + " retires";
    }
    return {};
  }

  [[nodiscard]] std::vector<std::string> queue_texts(const char* model) const {
    std::vector<std::string> texts;
    for (std::size_t q = 0; q < queues_.size(); ++q) {
      std::string text =
          fmt::format("{} {}: {} of {}", model, layout_.queues[q].name, queues_[q].size(), layout_.queues[q].entries);
      for (const auto& [id, uop] : queues_[q]) text += fmt::format(", {} {}", id, uop.text);
      texts.push_back(std::move(text));
    }
    return texts;
  }
  [[nodiscard]] std::vector<std::string> retirement_texts(const std::optional<events::UopId>& offender) const {
    std::vector<std::string> texts;
    for (const auto& [cycle, uop] : retired_) {
      texts.push_back(fmt::format("{} cycle {}: {}", offender == uop.id ? "->" : "  ", cycle, name_of(uop)));
    }
    return texts;
  }
  [[nodiscard]] bool anything_in_flight() const { return fetched != retirements; }

  std::vector<Event> events;  // of this cycle
  std::uint64_t fetched = 0;
  std::uint64_t retirements = 0;

 private:
  static constexpr std::size_t kRetirements = 16;
  const layout::Layout& layout_;
  std::vector<std::map<events::UopId, UopInfo>> queues_;
  std::deque<std::pair<Cycle, UopInfo>> retired_;
};

class LockstepCore final : public core::CoreModel {
 public:
  LockstepCore(const core::CoreParts& parts, const LockstepLimits& limits, rtl::RtlProbe* probe,
               std::vector<events::Listener*> rtl_listeners)
      : parts_(parts),
        limits_(limits),
        words_(*parts.words.front()),
        data_(parts.data),
        systemc_log_(parts.layout),
        rtl_log_(parts.layout),
        systemc_(
            {parts.layout, parts.number, {&words_.recorder()}, data_.recorder(), with(parts.listeners, systemc_log_)}),
        rtl_(rtl::make_rtl_core(
            {parts.layout, parts.number, {&words_.player()}, data_.player(), with(std::move(rtl_listeners), rtl_log_)},
            probe, [this](Cycle, const UopInfo* uop, const rtl::ValueDifference& d) {
              if (!wrong_value_) wrong_value_ = {uop != nullptr ? std::optional(*uop) : std::nullopt, d};
            })) {}

  void tick(Cycle now) override {
    systemc_log_.events.clear();
    rtl_log_.events.clear();
    words_.begin_cycle();
    data_.begin_cycle();
    systemc_.tick(now);
    tick_rtl(now);
    compare(now);
    watch(now);
  }
  [[nodiscard]] bool finished() const override {
    const bool finished = systemc_.finished();
    if (finished != rtl_->finished()) {
      fail(cycle_, "front_end", finished ? "the core has finished" : "the core has not finished",
           finished ? "the core has not finished" : "the core has finished", {});
    }
    if (finished) compare_counts();
    return finished;
  }
  [[nodiscard]] const core::CoreCounts& counts() const override { return systemc_.counts(); }

 private:
  static std::vector<events::Listener*> with(std::vector<events::Listener*> listeners, EventLog& log) {
    listeners.push_back(&log);
    return listeners;
  }

  [[noreturn]] void fail(Cycle now, std::string unit, std::string systemc, std::string rtl,
                         std::optional<events::UopId> offender) const {
    LockstepDifference d;
    d.cycle = now;
    d.core = parts_.number;
    d.unit = std::move(unit);
    d.systemc = std::move(systemc);
    d.rtl = std::move(rtl);
    d.retirements = systemc_log_.retirement_texts(offender);
    d.queues = systemc_log_.queue_texts("SystemC");
    for (std::string& text : rtl_log_.queue_texts("RTL    ")) d.queues.push_back(std::move(text));
    throw LockstepFailure(std::move(d));
  }

  // An assertion of the RTL says more than the difference that follows from what broke it.
  void tick_rtl(Cycle now) {
    try {
      rtl_->tick(now);
    } catch (const rtl::AssertionFailure& failure) {
      const rtl::Violation& v = failure.violation();
      fail(now, v.unit, "knows no such rule", fmt::format("breaks the assertion {}: {}", v.name, v.holds), {});
    }
  }

  void compare(Cycle now) {
    cycle_ = now;
    for (const TapDifference* d : {words_.difference(), data_.difference()}) {
      if (d != nullptr) fail(now, d->unit, d->recorded, d->played, {});
    }
    const std::vector<Event>& a = systemc_log_.events;
    const std::vector<Event>& b = rtl_log_.events;
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (a[i].key() != b[i].key()) differ(now, &a[i], &b[i]);
    }
    if (a.size() != b.size()) {
      differ(now, a.size() > common ? &a[common] : nullptr, b.size() > common ? &b[common] : nullptr);
    }
    // The same uops retire, but what they leave is not what the word says.
    if (wrong_value_) {
      const auto& [uop, d] = *wrong_value_;
      if (!uop) fail(now, d.unit, d.expected, d.rtl, {});
      fail(now, d.unit, fmt::format("{} {}", name_of(*uop), d.expected), fmt::format("{} {}", name_of(*uop), d.rtl),
           uop->id);
    }
  }

  [[noreturn]] void differ(Cycle now, const Event* a, const Event* b) {
    const std::string none = "nothing more happens in this cycle";
    // The kinds come in a fixed order: where they differ, the model with the earlier kind has an event more.
    const Event* first = a == nullptr ? b : b == nullptr ? a : a->kind <= b->kind ? a : b;
    fail(now, unit_of(first->kind), a != nullptr ? systemc_log_.text(*a) : none,
         b != nullptr ? rtl_log_.text(*b) : none, first->uop.id);
  }

  void watch(Cycle now) {
    if (systemc_log_.retirements != seen_retirements_) {
      seen_retirements_ = systemc_log_.retirements;
      last_retirement_ = now;
    }
    if (!systemc_log_.anything_in_flight()) {
      last_retirement_ = now;
      return;
    }
    const bool started = seen_retirements_ != 0;
    if (now - last_retirement_ < (started ? limits_.silence : limits_.start)) return;
    const std::string silence = fmt::format("no uop {} for {} cycles, with uops in flight",
                                            started ? "retired" : "has ever retired", now - last_retirement_);
    fail(now, "watchdog", silence, silence, {});
  }

  void compare_counts() const {
    if (systemc_.counts() == rtl_->counts()) return;
    const core::CoreCounts& a = systemc_.counts();
    const core::CoreCounts& b = rtl_->counts();
    const auto text = [](const core::CoreCounts& c) {
      return fmt::format("{} uops, {} fused, {} loads, {} stores, {} forwarded, {} failed forwards, {} bank conflicts",
                         c.uops, c.fused_uops, c.loads, c.stores, c.forwarded_loads, c.failed_forwards,
                         c.bank_conflicts);
    };
    fail(cycle_, "counts", text(a), text(b), {});
  }

  core::CoreParts parts_;
  LockstepLimits limits_;
  WordTap words_;
  DataTap data_;
  EventLog systemc_log_;
  EventLog rtl_log_;
  core::WordCore systemc_;
  std::unique_ptr<core::CoreModel> rtl_;
  Cycle cycle_ = 0;
  Cycle last_retirement_ = 0;
  std::uint64_t seen_retirements_ = 0;
  std::optional<std::pair<std::optional<UopInfo>, rtl::ValueDifference>> wrong_value_;  // the first one
};

}  // namespace

std::string LockstepDifference::text() const {
  std::string text =
      fmt::format("cycle {}, core {}: {}\n  SystemC: {}\n  RTL:     {}\n", cycle, core, unit, systemc, rtl);
  text += "last retirements:\n";
  for (const std::string& r : retirements) text += "  " + r + "\n";
  text += "queues:\n";
  for (const std::string& q : queues) text += "  " + q + "\n";
  return text;
}

std::unique_ptr<core::CoreModel> make_lockstep_core(const core::CoreParts& parts, const LockstepLimits& limits,
                                                    rtl::RtlProbe* probe,
                                                    std::vector<events::Listener*> rtl_listeners) {
  return std::make_unique<LockstepCore>(parts, limits, probe, std::move(rtl_listeners));
}

}  // namespace vtpu::testbench
