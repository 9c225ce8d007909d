// What generated code runs on: the sentrons' contexts, the channels and groups between them, the helpers that generated
// code calls, and the scheduling of sentrons on workers. It does not care how a sentron's code is executed: that is a
// HostRunner, machine code or the host machine.
//
// Sentron s belongs to worker s % workers, for good. A worker runs the first of its ready sentrons until generated code
// exits. A sentron that waits is woken by the one that ends its wait: into the same worker's queue, or through another
// worker's inbox. Nothing is polled; an idle worker sleeps.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "isa/program.hpp"
#include "lowering/context.hpp"
#include "lowering/lower.hpp"
#include "native/arena.hpp"
#include "native/channels.hpp"
#include "native/jit.hpp"
#include "native/worker.hpp"
#include "phext/page_table.hpp"
#include "reference/deadlock.hpp"

namespace vtpu::native {

class HostRunner {
 public:
  virtual ~HostRunner() = default;
  // Runs the sentron from its resume point until generated code exits. Called by several threads at once, for different
  // contexts, where there are several workers.
  virtual void run(lowering::SentronContext& context) = 0;
};

class Runtime {
 public:
  // `lowered`: by stream. Program, lowered streams and memory must outlive the runtime. workers >= 1.
  Runtime(const isa::Program& program, std::span<const lowering::Lowered> lowered, phext::PhextMemory& memory,
          unsigned workers);

  // Every sentron as at spawn, channels and groups empty. Memory is the caller's.
  void reset();

  // Runs until no sentron can go on. With one worker in the calling thread, otherwise this thread is one of the
  // workers.
  void run(HostRunner& runner);

  // The same in single steps, for one worker: the sentron whose turn it is (kNobody: none), and what its exit means for
  // it. (Not an optional: gcc returns one of 32 bits through two stores and a load of both, which waits until the
  // stores of generated code before it are in the cache, 100 cycles at each switch on Zen 5.)
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  [[nodiscard]] std::uint32_t take_ready(unsigned worker = 0);
  void settle(std::uint32_t sentron);

  [[nodiscard]] lowering::SentronContext& context(std::uint32_t sentron) { return contexts_[sentron]; }
  [[nodiscard]] std::vector<isa::SentronState> states() const;
  // Every waiting sentron, ascending; empty when all have ended.
  [[nodiscard]] std::vector<reference::Wait> waits() const;

  [[nodiscard]] static HelperTable helpers();

 private:
  // What a member of a group asks for. They meet where all ask for the same; the register may differ.
  struct Meeting {
    lowering::HelperId helper = lowering::HelperId::Barrier;
    isa::Type type = isa::Type::None;
    isa::RedOp reduction{};
    unsigned root = 0;
    unsigned index = 0;  // register
    [[nodiscard]] bool meets(const Meeting& other) const {
      return helper == other.helper && type == other.type && reduction == other.reduction && root == other.root;
    }
  };

  struct Sentron {
    explicit Sentron(std::pmr::memory_resource* memory) : literal_out(memory), literal_in(memory) {}
    isa::Lifecycle lifecycle = isa::Lifecycle::Dormant;
    reference::Wait wait;  // while Waiting
    std::pmr::vector<lowering::Channel*> literal_out;
    std::pmr::vector<lowering::Channel*> literal_in;
    Meeting asked;  // while waiting for a group; these are guarded by the group's mutex
    bool met = false;
    std::uint64_t met_r = 0;
    isa::Vector met_v;
    isa::Message met_message;
  };

  struct Group {
    std::mutex guard;
    std::uint32_t arrived = 0;
  };

  // The helpers, after finding their runtime.
  template <auto kMember>
  static std::uint64_t helper(lowering::SentronContext* context, std::uint64_t argument);
  std::uint64_t translate(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t send(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t receive(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t route(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t listen(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t barrier(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t reduce(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t cast(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t allocate(lowering::SentronContext& context, std::uint64_t argument);
  std::uint64_t free(lowering::SentronContext& context, std::uint64_t argument);

  [[nodiscard]] GuardedChannel* channel_of(lowering::SentronContext& context, std::uint64_t argument, bool out);
  std::uint64_t push(lowering::SentronContext& context, GuardedChannel& channel, const isa::Message& message);
  std::uint64_t pop(lowering::SentronContext& context, GuardedChannel& channel, isa::Message& message);
  void wake_other_end(const lowering::SentronContext& context, GuardedChannel& channel, std::uint32_t other);
  std::uint64_t meet(lowering::SentronContext& context, std::uint32_t group, const Meeting& asked);
  void hand_out_results(const std::vector<std::uint32_t>& members);
  void take_result(lowering::SentronContext& context, Sentron& sentron);

  std::uint64_t fault(lowering::SentronContext& context, isa::Fault fault) const;
  std::uint64_t block(lowering::SentronContext& context, reference::WaitKind kind, std::uint32_t peer_or_group);
  void wake(unsigned from_worker, std::uint32_t sentron);

  void copy_tables();
  void spawn(std::uint32_t sentron);
  void work(unsigned worker, HostRunner& runner);
  [[nodiscard]] const isa::Siw& word_of(const lowering::SentronContext& context, std::uint64_t index) const;

  const isa::Program& program_;
  std::span<const lowering::Lowered> lowered_;
  phext::PhextMemory& memory_;
  Arena arena_;
  std::pmr::vector<lowering::SentronContext> contexts_;
  std::vector<Sentron> sentrons_;
  std::deque<Group> groups_;
  Channels channels_;
  // Stands in literal_out and literal_in until a channel is used: its `shared` sends code to the helper.
  std::pmr::deque<GuardedChannel> unresolved_;
  std::vector<std::pmr::vector<const std::uint8_t*>> tables_;  // by stream: copies of HostCode::tables in the arena
  std::deque<Worker> workers_;
  Activity activity_;
};

}  // namespace vtpu::native
