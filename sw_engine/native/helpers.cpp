// The helpers that generated code calls (lowering::HelperId has their contract).
#include "isa/semantics.hpp"
#include "native/runtime.hpp"

namespace vtpu::native {

using isa::Fault;
using lowering::HelperId;
using lowering::SentronContext;
using reference::WaitKind;

namespace {

constexpr std::uint64_t kGoOn = 0;
constexpr std::uint64_t kLeave = 1;

// The bits of a coordinate's low half that pick the cell in its page, where the placement keeps them together.
std::uint64_t cell_bits(phext::Placement placement) {
  switch (placement) {
    case phext::Placement::Linear: return phext::kCellsPerPage - 1;
    case phext::Placement::ZOrder: {
      std::uint64_t bits = 0;
      for (int d = 0; d < phext::kCellBits; ++d) bits |= 1ULL << (isa::kDimensionBits * d);
      return bits;
    }
    case phext::Placement::Hash:
    case phext::Placement::Hilbert: return 0;
  }
  return 0;
}

// Pages are aligned; an entry of a placement without cell bits is the cell itself.
std::uint8_t* entry_base(isa::Cell* cell, std::uint64_t bits) {
  const auto address = reinterpret_cast<std::uintptr_t>(cell);
  return reinterpret_cast<std::uint8_t*>(bits == 0 ? address : address & ~std::uintptr_t{phext::kPageBytes - 1});
}

void enter_translation(TranslationTable& table, const isa::Coordinate& at, isa::Cell* cell, std::uint64_t bits) {
  const std::uint64_t key_lo = at.lo & ~bits;
  const std::uint64_t key_hi = at.hi << isa::kFlagBits;
  table.enter(key_lo, key_hi, entry_base(cell, bits));
}

}  // namespace

template <auto kMember>
std::uint64_t Runtime::helper(SentronContext* context, std::uint64_t argument) {
  return (static_cast<Runtime*>(context->runtime)->*kMember)(*context, argument);
}

HelperTable Runtime::helpers() {
  static constexpr lowering::Helper kHelpers[] = {
      helper<&Runtime::translate>, helper<&Runtime::send>,    helper<&Runtime::receive>, helper<&Runtime::route>,
      helper<&Runtime::listen>,    helper<&Runtime::barrier>, helper<&Runtime::reduce>,  helper<&Runtime::cast>,
      helper<&Runtime::allocate>,  helper<&Runtime::free>};
  static_assert(std::size(kHelpers) == static_cast<std::size_t>(HelperId::Count));
  return kHelpers;
}

std::uint64_t Runtime::fault(SentronContext& context, Fault fault) const {
  context.exit_reason = static_cast<std::uint32_t>(lowering::ExitReason::Faulted);
  context.fault = static_cast<std::uint64_t>(fault);
  return kLeave;
}

std::uint64_t Runtime::block(SentronContext& context, WaitKind kind, std::uint32_t peer_or_group) {
  context.exit_reason = static_cast<std::uint32_t>(lowering::ExitReason::Blocked);
  reference::Wait& wait = sentrons_[context.sentron].wait;
  wait = {context.sentron, context.exit_word, kind, 0, 0};
  (kind == WaitKind::Group ? wait.group : wait.peer) = peer_or_group;
  return kLeave;
}

// ---- memory ----

std::uint64_t Runtime::translate(SentronContext& context, std::uint64_t argument) {
  const isa::Coordinate& at = argument == lowering::kTranslateLiteral ? context.literal : context.registers.p[argument];
  isa::Cell* cell = memory_.translate(at);
  if (cell == nullptr) return fault(context, Fault::OutOfMemory);
  context.cell_address = reinterpret_cast<std::uint64_t>(cell);
  enter_translation(workers_[context.worker].translations, at, cell, cell_bits(memory_.placement().key_granularity()));
  return kGoOn;
}

std::uint64_t Runtime::allocate(SentronContext& context, std::uint64_t argument) {
  return memory_.translate(context.registers.p[argument]) == nullptr ? fault(context, Fault::OutOfMemory) : kGoOn;
}

std::uint64_t Runtime::free(SentronContext& context, std::uint64_t argument) {
  memory_.free_cell(context.registers.p[argument]);
  return kGoOn;
}

// ---- messages ----

// nullptr: no route. A literal's channel is looked up once.
GuardedChannel* Runtime::channel_of(SentronContext& context, std::uint64_t argument, bool out) {
  const std::uint64_t literal = argument >> 8U;
  const std::uint64_t m = argument & 0xFFU;
  if (literal == 0) return static_cast<GuardedChannel*>(out ? context.out[m] : context.in[m]);
  const std::uint64_t position = literal - 1;
  lowering::Channel*& channel = out ? context.literal_out[position] : context.literal_in[position];
  if (channel == &unresolved_.front()) {
    const lowering::Lowered& stream = lowered_[program_.sentrons[context.sentron].stream];
    channel = out ? &channels_.between(context.sentron, stream.literal_out[position])
                  : &channels_.between(stream.literal_in[position], context.sentron);
  }
  return static_cast<GuardedChannel*>(channel);
}

std::uint64_t Runtime::send(SentronContext& context, std::uint64_t argument) {
  GuardedChannel* channel = channel_of(context, argument, true);
  if (channel == nullptr) return fault(context, Fault::NoRoute);
  const isa::Message& message = context.registers.m[argument & 0xFFU];
  if (channel->shared == 0) return push(context, *channel, message);
  const std::lock_guard lock(channel->guard);
  return push(context, *channel, message);
}

std::uint64_t Runtime::receive(SentronContext& context, std::uint64_t argument) {
  GuardedChannel* channel = channel_of(context, argument, false);
  if (channel == nullptr) return fault(context, Fault::NoRoute);
  isa::Message& message = context.registers.m[argument & 0xFFU];
  if (channel->shared == 0) return pop(context, *channel, message);
  const std::lock_guard lock(channel->guard);
  return pop(context, *channel, message);
}

std::uint64_t Runtime::push(SentronContext& context, GuardedChannel& channel, const isa::Message& message) {
  if (channel.tail - channel.head >= isa::kChannelCapacity) {
    channel.set_waiting(true);
    return block(context, WaitKind::Room, channel.receiver);
  }
  channel.slot[channel.tail++ % isa::kChannelCapacity] = message;
  wake_other_end(context, channel, channel.receiver);
  return kGoOn;
}

std::uint64_t Runtime::pop(SentronContext& context, GuardedChannel& channel, isa::Message& message) {
  if (channel.head == channel.tail) {
    channel.set_waiting(true);
    return block(context, WaitKind::Message, channel.sender);
  }
  message = channel.slot[channel.head++ % isa::kChannelCapacity];
  wake_other_end(context, channel, channel.sender);
  return kGoOn;
}

// Who waits on a channel while the other end is at it can only be `other`: one end waits for messages, the other for
// room, and never both.
void Runtime::wake_other_end(const SentronContext& context, GuardedChannel& channel, std::uint32_t other) {
  if (channel.waiting == 0) return;
  channel.set_waiting(false);
  wake(context.worker, other);
}

std::uint64_t Runtime::route(SentronContext& context, std::uint64_t argument) {
  const std::uint64_t sentron = argument >> 8U;
  const std::uint64_t m = argument & 0xFFU;
  if (sentron >= sentrons_.size()) return fault(context, Fault::BadSentron);
  context.registers.route[m] = static_cast<std::int32_t>(sentron);
  context.out[m] = &channels_.between(context.sentron, static_cast<std::uint32_t>(sentron));
  return kGoOn;
}

std::uint64_t Runtime::listen(SentronContext& context, std::uint64_t argument) {
  const std::uint64_t sentron = argument >> 8U;
  const std::uint64_t m = argument & 0xFFU;
  if (sentron >= sentrons_.size()) return fault(context, Fault::BadSentron);
  context.registers.listen[m] = static_cast<std::int32_t>(sentron);
  context.in[m] = &channels_.between(static_cast<std::uint32_t>(sentron), context.sentron);
  return kGoOn;
}

// ---- groups ----

std::uint64_t Runtime::barrier(SentronContext& context, std::uint64_t argument) {
  return meet(context, static_cast<std::uint32_t>(argument), {});
}

std::uint64_t Runtime::reduce(SentronContext& context, std::uint64_t argument) {
  const isa::Slot& slot = word_of(context, argument).c;
  return meet(context, isa::group_of(slot.lit),
              {HelperId::Reduce, isa::type_of(slot), isa::group_red_of(slot.lit), 0, slot.f[0]});
}

std::uint64_t Runtime::cast(SentronContext& context, std::uint64_t argument) {
  const isa::Slot& slot = word_of(context, argument).c;
  return meet(context, slot.lit, {HelperId::Cast, isa::Type::None, {}, slot.f[1], slot.f[0]});
}

// The last member to arrive works out everybody's result. Each member takes its own when it comes here again.
std::uint64_t Runtime::meet(SentronContext& context, std::uint32_t number, const Meeting& asked) {
  Group& group = groups_[number];
  const std::vector<std::uint32_t>& members = program_.groups[number].members;
  Sentron& self = sentrons_[context.sentron];
  const std::lock_guard lock(group.guard);
  if (self.met) {
    take_result(context, self);
    return kGoOn;
  }
  self.asked = asked;
  if (++group.arrived < members.size()) return block(context, WaitKind::Group, number);
  for (const std::uint32_t member : members) {
    // For ever: nobody else can arrive, and the deadlock is reported with what each member asks for.
    if (!sentrons_[member].asked.meets(asked)) return block(context, WaitKind::Group, number);
  }
  group.arrived = 0;
  hand_out_results(members);
  take_result(context, self);
  for (const std::uint32_t member : members) {
    if (member != context.sentron) wake(context.worker, member);
  }
  return kGoOn;
}

// The members wait with their registers stored, under the group's mutex since.
void Runtime::hand_out_results(const std::vector<std::uint32_t>& members) {
  const Meeting& asked = sentrons_[members.front()].asked;
  std::uint64_t r = 0;
  isa::Vector v;
  isa::Message message;
  if (asked.helper == HelperId::Cast) {
    const std::uint32_t root = members[asked.root];
    message = contexts_[root].registers.m[sentrons_[root].asked.index];
  } else if (asked.helper == HelperId::Reduce && asked.type == isa::Type::I64) {
    std::vector<std::uint64_t> values;
    for (const std::uint32_t m : members) values.push_back(contexts_[m].registers.r[sentrons_[m].asked.index]);
    r = isa::reduce_integers(asked.reduction, std::move(values));
  } else if (asked.helper == HelperId::Reduce) {
    std::vector<isa::Vector> values;
    for (const std::uint32_t m : members) values.push_back(contexts_[m].registers.v[sentrons_[m].asked.index]);
    v = isa::reduce_vectors(asked.reduction, asked.type, std::move(values));
  }
  for (const std::uint32_t m : members) {
    Sentron& member = sentrons_[m];
    member.met = true;
    member.met_r = r;
    member.met_v = v;
    member.met_message = message;
  }
}

void Runtime::take_result(SentronContext& context, Sentron& sentron) {
  const Meeting& asked = sentron.asked;
  if (asked.helper == HelperId::Cast) {
    context.registers.m[asked.index] = sentron.met_message;
  } else if (asked.helper == HelperId::Reduce && asked.type == isa::Type::I64) {
    context.registers.r[asked.index] = sentron.met_r;
  } else if (asked.helper == HelperId::Reduce) {
    context.registers.v[asked.index] = sentron.met_v;
  }
  sentron.met = false;
}

}  // namespace vtpu::native
