#include "lowering/lower.hpp"

#include <stdexcept>

#include "lowering/lowerer.hpp"

namespace vtpu::lowering {
namespace {

using Kind = CoordinateState::Kind;

std::vector<Region> regions_of(const isa::Stream& stream, const std::vector<LoopNode>& loops) {
  std::vector<Region> regions;
  const auto size = static_cast<std::uint32_t>(stream.words.size());
  std::uint32_t next = 0;
  for (const LoopNode& node : loops) {
    if (node.loop.first > next) regions.push_back({next, node.loop.first - 1, nullptr});
    regions.push_back({node.loop.first, node.loop.last, &node});
    next = node.loop.last + 1;
  }
  if (next < size) regions.push_back({next, size - 1, nullptr});
  return regions;
}

// The first round shows which constant addresses there are, the second, with anchors for them, which temporaries are
// free. Then registers are given out for good, but for regions where a temporary turns up again: each is taken back at
// most once.
constexpr int kMeasuringRounds = 2;
constexpr int kMostPasses = kMeasuringRounds + 4 + static_cast<int>(kMostVectorTemporaries);

}  // namespace

std::string_view name_of(LoopKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"static", "hoisted", "generic"};
  return kNames[static_cast<std::size_t>(kind)];
}

Lowerer::Lowerer(const isa::Stream& stream, const LowerOptions& options) : stream_(stream), options_(options) {
  if (!options.known_initial) return;
  for (std::size_t i = 0; i < p_.size(); ++i) p_[i] = {Kind::Constant, options.known_initial->p[i], true};
}

void Lowerer::lower_region(const Region& region, RegionUse& use, bool& repeat) {
  plans_.push_back(plan_registers(stream_, region, options_.isa, use));
  plan_ = &plans_.back();
  found_ = {};
  found_.pointers = 0;
  found_.vector_temporaries = 0;
  cmp_mask_.reset();
  const std::size_t start = e_.size();
  e_.word = region.first;
  {
    const RoleScope role(e_, HostRole::Transfer);
    load_registers({});
  }
  if (region.nest != nullptr) {
    lower_loop(*region.nest, 0);
  } else {
    lower_words(region.first, region.last, {}, 0);
  }
  {
    const RoleScope role(e_, HostRole::Transfer);
    store_registers({});
  }
  found_.uses_rax = e_.uses(rax, start);
  found_.uses_rcx = e_.uses(rcx, start);
  found_.uses_rdx = e_.uses(rdx, start);
  if (use.rounds < kMeasuringRounds) {
    found_.rounds = use.rounds + 1;
    use = found_;
    repeat = true;
    return;
  }
  const bool conflict = (found_.uses_rax && !use.uses_rax) || (found_.uses_rcx && !use.uses_rcx) ||
                        (found_.uses_rdx && !use.uses_rdx) || found_.vector_temporaries > use.vector_temporaries;
  if (!conflict) return;
  use.uses_rax |= found_.uses_rax;
  use.uses_rcx |= found_.uses_rcx;
  use.uses_rdx |= found_.uses_rdx;
  use.vector_temporaries = std::max(use.vector_temporaries, found_.vector_temporaries);
  repeat = true;
}

void Lowerer::finish_stream() {
  const RoleScope role(e_, HostRole::Runtime);
  e_.word = kNoWord;
  for (unsigned p = 0; p < p_.size() && !stopped_; ++p) settle(p);
  e_.integer(HostOp::Mov, in_context(offsetof(SentronContext, exit_reason)),
             static_cast<std::int64_t>(ExitReason::Finished), 4);
  HostInst exit = e_.make(HostOp::Exit, 8);
  exit.imm = static_cast<std::int64_t>(ExitReason::Finished);
  e_.emit(exit);
  e_.emit_cold();
  e_.word = kNoWord;
  e_.bind(leave_);
  exit.imm = static_cast<std::int64_t>(ExitReason::Blocked);
  e_.emit(exit);
}

// Operations for which no instruction stands.
void Lowerer::collect_elided(Lowered& out) const {
  std::vector<std::uint8_t> done(stream_.words.size(), 0);
  for (const HostInst& inst : out.code.insts) {
    if (inst.role != HostRole::Operation || inst.word == kNoWord) continue;
    done[inst.word] = static_cast<std::uint8_t>(done[inst.word] | 1U << static_cast<unsigned>(inst.pipe));
  }
  out.code.elided_ops.assign(stream_.words.size(), 0);
  for (std::size_t w = 0; w < done.size(); ++w) {
    unsigned elided = 0;
    for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
      const unsigned bit = 1U << static_cast<unsigned>(pipe);
      if (!isa::is_nop(isa::op_of(stream_.words[w].slot(pipe))) && (done[w] & bit) == 0) elided |= bit;
    }
    out.code.elided_ops[w] = static_cast<std::uint8_t>(elided);
  }
}

Lowered Lowerer::run(std::vector<RegionUse>& uses, bool& repeat) {
  out_.code.isa = options_.isa;
  out_.loops.resize(stream_.loops.size());
  leave_ = e_.label();
  const Label entry = e_.label();
  e_.bind(entry);
  resume_labels_.push_back(entry);
  const std::vector<LoopNode> loops = loop_tree(stream_);
  const std::vector<Region> regions = regions_of(stream_, loops);
  uses.resize(regions.size());
  repeat = false;
  for (std::size_t i = 0; i < regions.size(); ++i) lower_region(regions[i], uses[i], repeat);
  finish_stream();
  for (const Label l : resume_labels_) out_.code.resume_points.push_back(e_.position(l));
  out_.code.entry = out_.code.resume_points.front();
  out_.code.insts = e_.finish();
  collect_elided(out_);
  return std::move(out_);
}

Lowered lower(const isa::Stream& stream, const isa::Program&, const LowerOptions& options) {
  std::vector<RegionUse> uses;
  for (int pass = 0; pass < kMostPasses; ++pass) {
    bool repeat = false;
    Lowered lowered = Lowerer(stream, options).run(uses, repeat);
    if (!repeat) return lowered;
  }
  throw std::logic_error("register allocation does not settle");
}

}  // namespace vtpu::lowering
