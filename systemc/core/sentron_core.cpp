#include "core/sentron_core.hpp"

#include <algorithm>

namespace vtpu::core {
namespace {

std::vector<IssueQueue> queues_of(const CoreState& core) {
  std::vector<IssueQueue> queues;
  for (const layout::Queue& q : core.layout.queues) {
    queues.emplace_back(q.entries, core.host_code ? q.held_cycles : 0, static_cast<std::uint32_t>(core.uops.size()));
  }
  return queues;
}

std::vector<ExecutionPort> ports_of(const CoreState& core) {
  std::vector<ExecutionPort> ports;
  for (std::size_t p = 0; p < core.layout.ports.size(); ++p) {
    ports.emplace_back(static_cast<std::uint32_t>(core.uops.size()));
  }
  return ports;
}

}  // namespace

SentronCore::SentronCore(const layout::Layout& layout, std::uint32_t number, std::vector<UopSource*> sources,
                         memory::DataAccess& data, std::vector<events::Listener*> listeners, bool host_code)
    : state_(layout, number, static_cast<unsigned>(sources.size()), std::move(listeners), host_code),
      sources_(std::move(sources)),
      wake_up_(state_),
      load_store_(state_, wake_up_, data),
      queues_(queues_of(state_)),
      ports_(ports_of(state_)),
      issue_(state_, wake_up_, load_store_, queues_, ports_),
      rename_(state_, wake_up_, load_store_, queues_, ports_),
      retire_(state_, load_store_, sources_) {
  for (std::size_t k = 0; k < sources_.size(); ++k) {
    front_ends_.emplace_back(state_, state_.threads[k], *sources_[k]);
  }
}

void SentronCore::tick(Cycle now) {
  for (FrontEnd& f : front_ends_) f.begin_cycle();
  if (!state_.listeners.empty()) tell_completed(now);
  rename_.leave_rows(now);
  issue_.wake(now);
  issue_.issue(now);
  rename_.dispatch(now, issue_.wide_waiting());
  for (std::size_t k = 0; k < front_ends_.size(); ++k) front_ends_[(now + k) % front_ends_.size()].fetch(now);
  retire_.retire(now);
  load_store_.commit(now);
  issue_.end_cycle(rename_.wide_dispatched());
}

// The uops that complete in `now`, by age.
void SentronCore::tell_completed(Cycle now) {
  std::vector<const Uop*> completed;
  for (ThreadState& thread : state_.threads) {
    for (std::uint64_t s = thread.window.head; s < thread.window.dispatched; ++s) {
      const Uop& uop = thread.window.at(s);
      if (uop.completed_at == now) completed.push_back(&uop);
    }
  }
  std::sort(completed.begin(), completed.end(), [](const Uop* a, const Uop* b) { return a->age < b->age; });
  for (const Uop* uop : completed) state_.tell([&](auto& l) { l.on_completed(now, uop->source.info); });
}

bool SentronCore::idle() const {
  return std::all_of(state_.threads.begin(), state_.threads.end(),
                     [](const ThreadState& t) { return t.window.idle(); });
}

bool SentronCore::finished() const {
  return idle() && std::all_of(sources_.begin(), sources_.end(), [](const UopSource* s) { return s->finished(); });
}

}  // namespace vtpu::core
