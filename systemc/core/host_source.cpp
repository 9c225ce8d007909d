#include "core/host_source.hpp"

#include <limits>
#include <utility>

#include "lowering/context.hpp"

namespace vtpu::core {

using events::Cycle;
using lowering::HostOp;
using native::HostStep;

namespace {

// Code bytes of the instruction and the one behind it.
unsigned pair_bytes(const lowering::HostCode& code, std::uint32_t index) {
  const std::uint32_t end =
      index + 2 < code.offsets.size() ? code.offsets[index + 2] : code.offsets[0] + code.code_bytes;
  return end - code.offsets[index];
}

// A call that a word's C operation makes, or its translation.
unsigned helper_cycles(const layout::Sentrons& costs, lowering::HelperId helper, const isa::Slot& operation) {
  switch (helper) {
    case lowering::HelperId::Barrier: return costs.barrier_cycles;
    case lowering::HelperId::Cast: return costs.cast_cycles;
    case lowering::HelperId::Reduce:
      return isa::type_of(operation) == isa::Type::I64 ? costs.reduce_cycles : costs.reduce_vector_cycles;
    default: return costs.helper_cycles;
  }
}

}  // namespace

HostSource::HostSource(native::HostExecution& execution, const layout::Layout& layout)
    : execution_(execution),
      layout_(layout),
      spawned_(execution.image().program().sentrons.size(), false),
      predictor_(layout.front_end.branch_history),
      delivery_(layout.front_end) {
  std::size_t branches = 0;
  for (std::uint32_t s = 0; s < execution.image().lowered().size(); ++s) {
    const lowering::HostCode& code = execution.code(s);
    streams_.push_back(crack_host_code(code, layout));
    fetches_.emplace_back(code.insts.size(), 0);
    first_branch_.push_back(branches);
    branches += code.insts.size();
  }
  const layout::Crack& call = layout.host_cracks.at(static_cast<std::size_t>(HostOp::CallHelper));
  switch_uop_.kind = static_cast<std::uint16_t>(call.uops.at(0));
  switch_uop_.info.kind = layout.uops[switch_uop_.kind].name;
  switch_uop_.info.text = "switch";
  switch_uop_.info.word = lowering::kNoWord;
  switch_uop_.info.pipe = isa::Pipe::C;
}

HostSource::HostSource(native::HostExecution& execution, const layout::Layout& layout, HostSource&& earlier)
    : HostSource(execution, layout) {
  predictor_ = std::move(earlier.predictor_);
}

bool HostSource::look_ahead() {
  if (has_ahead_) return true;
  if (finished_) return false;
  ahead_step_ = execution_.next(ahead_);
  finished_ = ahead_step_ == HostStep::Finished;
  has_ahead_ = !finished_;
  return has_ahead_;
}

FetchStatus HostSource::next(Cycle now, bool idle, SourceUop& out) {
  (void)idle;
  if (uop_ == uops_) {
    FetchStatus status = FetchStatus::Uop;
    if (!take(now, status)) return status;
  }
  out = *uop_++;
  fill(out);
  new_context_ = false;
  if (uop_ == uops_) {
    out.payload = instructions_in_hand_;
    out.taken_branch = taken_;
    out.mispredicted = mispredicted_;
  }
  return FetchStatus::Uop;
}

void HostSource::fill(SourceUop& out) const {
  out.info.sentron = inst_.sentron;
  out.info.iteration = iteration_;
  out.new_context = new_context_;
  const layout::UopKind& kind = layout_.uops[out.kind];
  if (kind.is_load || kind.is_store_address || kind.is_store_data || out.prefetch) {
    out.address = inst_.address;
    out.instruction = inst_.code_address;
    out.bytes = inst_.bytes;
  }
  if (inst_.long_root) {
    out.extra_latency += out.wide ? kind.long_root_cycles_512 : kind.long_root_cycles;
    out.extra_busy = out.wide ? kind.long_root_busy_512 : kind.long_root_busy;
  }
}

bool HostSource::take(Cycle now, FetchStatus& status) {
  if (now < resume_at_) {
    status = FetchStatus::FrontEnd;
    return false;
  }
  if (!look_ahead()) {
    status = FetchStatus::Drained;
    return false;
  }
  if (ahead_step_ == HostStep::Switch) {
    take_switch(now);
    return true;
  }
  const CrackedInst& cracked = streams_[ahead_.stream][ahead_.index];
  CodeInst code{ahead_.code_address, ahead_.code_bytes, cracked.instructions, cracked.fused_uops, cracked.constants};
  if (cracked.fuses_with_next) code.bytes = pair_bytes(execution_.code(ahead_.stream), ahead_.index);
  if (!delivery_.deliver(now, code)) {
    status = FetchStatus::FrontEnd;
    return false;
  }
  inst_ = ahead_;
  has_ahead_ = false;
  std::uint32_t& fetches = fetches_[inst_.stream][inst_.index];
  iteration_ = fetches;
  if (fetches != std::numeric_limits<std::uint32_t>::max()) ++fetches;
  instructions_in_hand_ = cracked.instructions;
  if (ahead_step_ == HostStep::Helper) {
    const isa::Stream& stream = execution_.image().program().streams[inst_.stream];
    const auto helper = static_cast<lowering::HelperId>(inst_.inst->imm);
    resume_at_ = now + helper_cycles(layout_.sentrons, helper, stream.words.at(inst_.inst->word).c);
    ++helper_calls_;
  }
  uop_ = cracked.uops.data();
  uops_ = uop_ + cracked.uops.size();
  // The jump of a pair is what goes somewhere; it always follows.
  if (cracked.fuses_with_next && look_ahead()) {
    has_ahead_ = false;
    taken_ = ahead_.taken;
    mispredicted_ = mispredicted(ahead_);
  } else {
    taken_ = inst_.taken;
    mispredicted_ = mispredicted(inst_);
  }
  return true;
}

bool HostSource::mispredicted(const native::ExecutedInst& branch) {
  if (branch.inst->op != HostOp::Jcc) return false;
  return predictor_.mispredicts(first_branch_[branch.stream] + branch.index, branch.taken);
}

// A sentron is entered: the code of the runtime that does it keeps fetch for what the layout says.
void HostSource::take_switch(Cycle now) {
  has_ahead_ = false;
  inst_ = ahead_;
  const bool spawned = spawned_[inst_.sentron];
  spawned_[inst_.sentron] = true;
  resume_at_ = now + (spawned ? layout_.sentrons.switch_cycles : layout_.sentrons.spawn_cycles);
  if (any_started_) ++switches_;
  any_started_ = true;
  new_context_ = true;
  taken_ = mispredicted_ = false;
  iteration_ = 0;
  instructions_in_hand_ = 0;
  uop_ = &switch_uop_;
  uops_ = uop_ + 1;
}

void HostSource::retire(Cycle now, const SourceUop& uop) {
  (void)now;
  if (uop.payload != kNoPayload) instructions_ += uop.payload;
}

}  // namespace vtpu::core
