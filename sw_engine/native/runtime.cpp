#include "native/runtime.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace vtpu::native {

using isa::Lifecycle;
using lowering::ExitReason;
using lowering::SentronContext;

Runtime::Runtime(const isa::Program& program, std::span<const lowering::Lowered> lowered, phext::PhextMemory& memory,
                 unsigned workers)
    : program_(program),
      lowered_(lowered),
      memory_(memory),
      contexts_(program.sentrons.size(), arena_.resource()),
      channels_(workers, arena_.resource()),
      unresolved_(arena_.resource()) {
  if (workers == 0) throw std::invalid_argument("a runtime needs a worker");
  unresolved_.emplace_back().set_shared(true);
  for (std::size_t i = 0; i < program.groups.size(); ++i) groups_.emplace_back();
  copy_tables();
  for (unsigned i = 0; i < workers; ++i) workers_.emplace_back().ready.set_capacity(program.sentrons.size());
  sentrons_.reserve(program.sentrons.size());
  for (std::uint32_t s = 0; s < program.sentrons.size(); ++s) {
    sentrons_.emplace_back(arena_.resource());
    const lowering::Lowered& stream = lowered_[program.sentrons[s].stream];
    sentrons_[s].literal_out.assign(stream.literal_out.size(), &unresolved_.front());
    sentrons_[s].literal_in.assign(stream.literal_in.size(), &unresolved_.front());
  }
  reset();
}

void Runtime::copy_tables() {
  constexpr std::size_t kTableAlignment = 64;
  for (const lowering::Lowered& stream : lowered_) {
    auto& pointers = tables_.emplace_back(arena_.resource());
    pointers.reserve(stream.code.tables.size());
    for (const auto& table : stream.code.tables) {
      void* copy = arena_.resource()->allocate(std::max<std::size_t>(table.size(), 1), kTableAlignment);
      std::copy(table.begin(), table.end(), static_cast<std::uint8_t*>(copy));
      pointers.push_back(static_cast<const std::uint8_t*>(copy));
    }
  }
}

void Runtime::spawn(std::uint32_t number) {
  const isa::SentronSpec& spec = program_.sentrons[number];
  Sentron& sentron = sentrons_[number];
  SentronContext& context = contexts_[number];
  const auto worker = static_cast<std::uint32_t>(number % workers_.size());
  context.registers = spec.initial;
  for (std::size_t m = 0; m < isa::kMessageRegisters; ++m) {
    const std::int32_t to = spec.initial.route[m];
    const std::int32_t from = spec.initial.listen[m];
    context.out[m] = to == isa::kNoSentron ? nullptr : &channels_.between(number, static_cast<std::uint32_t>(to));
    context.in[m] = from == isa::kNoSentron ? nullptr : &channels_.between(static_cast<std::uint32_t>(from), number);
  }
  context.translations = workers_[worker].translations.entries();
  context.literal_out = sentron.literal_out.data();
  context.literal_in = sentron.literal_in.data();
  context.tables = tables_[spec.stream].data();
  context.resume = 0;
  context.exit_reason = static_cast<std::uint32_t>(ExitReason::Finished);
  context.exit_word = 0;
  context.fault = static_cast<std::uint64_t>(isa::Fault::None);
  context.runtime = this;
  context.sentron = number;
  context.worker = worker;
  sentron.lifecycle = Lifecycle::Running;
  sentron.met = false;
  workers_[worker].ready.push(number);
}

void Runtime::reset() {
  channels_.reset();
  for (Group& group : groups_) group.arrived = 0;
  for (Worker& worker : workers_) worker.reset();
  for (std::uint32_t s = 0; s < sentrons_.size(); ++s) spawn(s);
}

std::uint32_t Runtime::take_ready(unsigned worker) {
  ReadyQueue& ready = workers_[worker].ready;
  return ready.empty() ? kNobody : ready.pop();
}

void Runtime::settle(std::uint32_t number) {
  Sentron& sentron = sentrons_[number];
  switch (static_cast<ExitReason>(contexts_[number].exit_reason)) {
    case ExitReason::Finished: sentron.lifecycle = Lifecycle::Retired; return;
    case ExitReason::Faulted: sentron.lifecycle = Lifecycle::Faulted; return;
    case ExitReason::Blocked: sentron.lifecycle = Lifecycle::Waiting; return;
    case ExitReason::Yielded: workers_[contexts_[number].worker].ready.push(number); return;
  }
  throw std::logic_error("generated code left for no reason");
}

void Runtime::run(HostRunner& runner) {
  activity_.start(static_cast<unsigned>(workers_.size()));
  if (workers_.size() == 1) {
    for (auto sentron = take_ready(); sentron != kNobody; sentron = take_ready()) {
      runner.run(contexts_[sentron]);
      settle(sentron);
    }
    return;
  }
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < workers_.size(); ++i) threads.emplace_back([this, i, &runner] { work(i, runner); });
  work(0, runner);
  for (std::thread& thread : threads) thread.join();
}

void Runtime::work(unsigned number, HostRunner& runner) {
  Worker& worker = workers_[number];
  for (;;) {
    worker.collect(activity_);
    for (auto sentron = take_ready(number); sentron != kNobody; sentron = take_ready(number)) {
      runner.run(contexts_[sentron]);
      settle(sentron);
      worker.collect(activity_);
    }
    if (worker.wait(activity_)) continue;
    for (Worker& other : workers_) other.stop();
    return;
  }
}

void Runtime::wake(unsigned from_worker, std::uint32_t sentron) {
  const std::uint32_t home = contexts_[sentron].worker;
  if (home == from_worker) {
    workers_[home].ready.push(sentron);
  } else {
    workers_[home].hand_over(sentron, activity_);
  }
}

std::vector<isa::SentronState> Runtime::states() const {
  std::vector<isa::SentronState> states(sentrons_.size());
  for (std::size_t s = 0; s < states.size(); ++s) {
    states[s].registers = contexts_[s].registers;
    states[s].lifecycle = sentrons_[s].lifecycle;
    if (sentrons_[s].lifecycle != Lifecycle::Faulted) continue;
    states[s].fault = static_cast<isa::Fault>(contexts_[s].fault);
    states[s].fault_word = contexts_[s].exit_word;
  }
  return states;
}

std::vector<reference::Wait> Runtime::waits() const {
  std::vector<reference::Wait> waits;
  for (const Sentron& sentron : sentrons_) {
    if (sentron.lifecycle == Lifecycle::Waiting) waits.push_back(sentron.wait);
  }
  return waits;
}

const isa::Siw& Runtime::word_of(const SentronContext& context, std::uint64_t index) const {
  return program_.streams[program_.sentrons[context.sentron].stream].words[index];
}

}  // namespace vtpu::native
