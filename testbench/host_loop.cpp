#include "testbench/host_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <stdexcept>

#include "core/code_delivery.hpp"
#include "core/host_cracker.hpp"
#include "core/sentron_core.hpp"
#include "lowering/context.hpp"
#include "memory/data_path.hpp"
#include "memory/dram.hpp"
#include "native/arena.hpp"
#include "native/host_text.hpp"
#include "native/jit.hpp"
#include "native/operands.hpp"
#include "testbench/random.hpp"

namespace vtpu::testbench {
namespace {

using lowering::gpr;
using lowering::HostCode;
using lowering::HostInst;
using lowering::HostOp;
using lowering::HostReg;
using lowering::mask;
using lowering::MemRole;
using lowering::SentronContext;
using lowering::vec;
using H = HostOp;

// Registers by role. rsp and rbp belong to the code's frame.
constexpr auto& kResults = kLoopResults;
constexpr unsigned kSource = kLoopSource.index;  // rcx, so that shifts may count by it
constexpr unsigned kPointer = kLoopPointer.index;
constexpr unsigned kCounter = 7;
constexpr unsigned kOther = kLoopOther.index;
constexpr unsigned kVectorResults = 14;  // v0..v13, in AVX2 as in AVX-512
constexpr unsigned kVectorSource = 14;
constexpr unsigned kOtherVector = 15;
constexpr unsigned kMaskResults = 6;  // k1..k6
constexpr unsigned kMaskSource = 7;
constexpr unsigned kLines = 4;  // of scratch memory that accesses rotate through
constexpr unsigned kLineBytes = 64;

struct Form {
  std::vector<HostOp> ops;
  std::string operands;
  std::vector<unsigned> widths;
};

const std::vector<Form>& forms() {
  static const std::vector<unsigned> kGeneral{8};
  static const std::vector<unsigned> kScalar{16};
  static const std::vector<unsigned> kNarrow{16, 32};
  static const std::vector<unsigned> kWide{32, 64};
  static const std::vector<unsigned> kAll{16, 32, 64};
  static const std::vector<Form> kForms{
      {{H::Mov, H::Add, H::Sub, H::And, H::Or, H::Xor, H::Cmp, H::Test, H::Imul, H::Popcnt, H::Tzcnt, H::Cmov},
       "gg",
       kGeneral},
      {{H::Movzx}, "gg", {2}},
      {{H::MovImm, H::Shl, H::Shr, H::Sar}, "gi", kGeneral},
      {{H::Lea}, "gm", kGeneral},
      {{H::Neg, H::Not, H::Inc, H::Dec}, "g", kGeneral},
      {{H::Setcc}, "g", {1}},
      {{H::Shlx, H::Shrx, H::Sarx, H::Bextr, H::Pext}, "ggg", kGeneral},
      {{H::Rorx}, "ggi", kGeneral},
      {{H::PrefetchT0, H::PrefetchT1, H::PrefetchT2, H::PrefetchNta}, "m", kGeneral},
      {{H::Vmov}, "vv", kAll},
      {{H::VmovqToVec, H::VmovdToVec}, "vg", kScalar},
      {{H::VmovqToGpr, H::VmovdToGpr, H::VpextrqHigh}, "gv", kScalar},
      {{H::Vmovq}, "vv", kScalar},
      {{H::VpbroadcastqGpr, H::VpbroadcastdGpr}, "vg", kAll},
      {{H::Vpbroadcastq, H::Vpbroadcastd}, "vv", kAll},
      {{H::Vaddps,      H::Vaddpd,      H::Vsubps,      H::Vsubpd,      H::Vmulps,   H::Vmulpd,      H::Vdivps,
        H::Vdivpd,      H::Vminps,      H::Vminpd,      H::Vmaxps,      H::Vmaxpd,   H::Vfmadd132ps, H::Vfmadd213ps,
        H::Vfmadd231ps, H::Vfmadd132pd, H::Vfmadd213pd, H::Vfmadd231pd, H::Vpaddd,   H::Vpaddq,      H::Vpsubd,
        H::Vpmulld,     H::Vpminsd,     H::Vpmaxsd,     H::Vpand,       H::Vpandn,   H::Vpor,        H::Vpxor,
        H::Vpsrlvd,     H::Vpmaddwd,    H::Vpshufb,     H::Vpsadbw,     H::Vpdpbusd, H::VblendmD,    H::VblendmQ},
       "vvv",
       kAll},
      {{H::Vaddsd, H::Vsubsd, H::Vmulsd, H::Vdivsd, H::Vsqrtsd, H::Vminsd, H::Vmaxsd, H::Vfmadd132sd, H::Vfmadd213sd,
        H::Vfmadd231sd},
       "vvv",
       kScalar},
      {{H::Vsqrtps, H::Vsqrtpd, H::Vcvtdq2ps, H::Vcvttps2dq, H::Vpopcntq}, "vv", kAll},
      {{H::VcmppsK, H::VcmppdK, H::VpcmpdK}, "kvvi", kAll},
      {{H::VpcmpeqqK}, "kvv", kAll},
      {{H::Vcmpps, H::Vcmppd}, "vvvi", kNarrow},
      {{H::Vpcmpeqd, H::Vpcmpgtd, H::Vpcmpeqq}, "vvv", kNarrow},
      {{H::Vmovmskps, H::Vmovmskpd}, "gv", kNarrow},
      {{H::KmovToGpr}, "gk", {4}},
      {{H::KmovToMask}, "kg", {4}},
      {{H::Vblendvps, H::Vblendvpd}, "vvvv", kNarrow},
      {{H::Vpternlog}, "vvvi", kAll},
      {{H::Vpslld, H::Vpsrld, H::Vpsrad, H::Vpsllq, H::Vpsrlq, H::Vpsllw, H::Vpsrlw, H::Vpsraw, H::Vpshufd,
        H::Vpermilpd},
       "vvi",
       kAll},
      {{H::Vpermq}, "vvi", kWide},
      {{H::Valignq}, "vvvi", kAll},
      {{H::Vshufi64x2, H::Vinserti128}, "vvvi", kWide},
      {{H::Vinserti64x4}, "vvvi", {64}},
      {{H::Vextracti128}, "vvi", kWide},
      {{H::Vextracti64x4}, "vvi", {64}},
      {{H::Vcvtsi2sd}, "vvg", kScalar},
      {{H::Vcvttsd2si}, "gv", kScalar},
  };
  return kForms;
}

const Form* form_of(HostOp op) {
  for (const Form& form : forms()) {
    if (std::find(form.ops.begin(), form.ops.end(), op) != form.ops.end()) return &form;
  }
  return nullptr;
}

// The destination is also an operand.
bool reads_destination(const LoopInst& inst) {
  switch (inst.op) {
    case H::Add:
    case H::Sub:
    case H::And:
    case H::Or:
    case H::Xor:
    case H::Imul: return inst.operands.starts_with("gg") || inst.operands == "gm";
    case H::Shl:
    case H::Shr:
    case H::Sar:
    case H::Neg:
    case H::Not:
    case H::Inc:
    case H::Dec:
    case H::Cmov:
    case H::Setcc:
    case H::Vpdpbusd:
    case H::Vpternlog: return true;
    default: return lowering::name_of(inst.op).starts_with("vfmadd");
  }
}

bool has_destination(const LoopInst& inst) {
  return !inst.operands.empty() && inst.op != H::Cmp && inst.op != H::Test && inst.operands[0] != 'm' &&
         inst.operands[0] != 'M';
}

// Further sources are others: a difference of a register with itself needs no execution.
HostReg source_of(char operand, const LoopRegisters& r, bool is_first) {
  if (operand == 'g') return is_first ? r.general : gpr(kOther);
  if (operand == 'v') return is_first ? r.vector : vec(kOtherVector);
  return r.masked;
}

}  // namespace

HostInst instance_of(const LoopInst& loop, const LoopRegisters& registers, unsigned line) {
  HostInst inst;
  inst.op = loop.op;
  inst.width = static_cast<std::uint8_t>(loop.width);
  inst.imm = loop.op == H::Rorx || loop.operands.ends_with('i') ? 1 : 0;
  HostReg* const fields[] = {&inst.dst, &inst.a, &inst.b, &inst.c};
  std::size_t next = has_destination(loop) || loop.operands.starts_with('g') ? 0 : 1;
  bool is_first = true;
  bool is_first_source = true;
  for (const char c : loop.operands) {
    if (c == 'm' || c == 'M') {
      inst.mem_role = c == 'm' ? MemRole::Source : MemRole::Dest;
      inst.mem = {gpr(kPointer), {}, 1, static_cast<std::int32_t>(kLineBytes * line)};
    } else if (c != 'i') {
      const bool result = is_first && has_destination(loop);
      *fields[next++] = result ? registers.result : source_of(c, registers, is_first_source);
      if (!result) is_first_source = false;
    }
    is_first = false;
  }
  if (loop.op == H::VblendmD || loop.op == H::VblendmQ) inst.write_mask = mask(kMaskSource);
  return inst;
}

namespace {

HostReg result_register(char operand, std::size_t number) {
  if (operand == 'g') return gpr(kResults[number % kResults.size()]);
  if (operand == 'v') return vec(static_cast<unsigned>(number % kVectorResults));
  return mask(1 + static_cast<unsigned>(number % kMaskResults));
}

// The body and its loop control, which jumps to `first`.
std::vector<HostInst> with_control(const HostLoop& loop, std::uint32_t first) {
  std::vector<HostInst> insts = loop.body;
  for (std::size_t i = 0; i < insts.size(); ++i) {  // jumps of the body go to what follows them
    if (insts[i].op == H::Jcc) insts[i].target = first + static_cast<std::uint32_t>(i) + 1;
  }
  HostInst count;
  count.op = H::Dec;
  count.dst = gpr(kCounter);
  count.role = lowering::HostRole::Loop;
  insts.push_back(count);
  HostInst jump;
  jump.op = H::Jcc;
  jump.cond = lowering::HostCond::NE;
  jump.target = first;
  jump.role = lowering::HostRole::Loop;
  insts.push_back(jump);
  return insts;
}

// ---- the model ----

// Of the memory operand; 0: none.
std::uint8_t accessed_bytes(const HostInst& inst) {
  const native::OperandList list = native::operands_of(inst);
  for (std::size_t i = 0; i < list.count; ++i) {
    if (list.is(i, native::Operand::Kind::Memory)) return list.at[i].bytes;
  }
  return 0;
}

// A load of a ring's next place into the register that walks it.
bool steps_on(const HostInst& inst) {
  return inst.op == H::Mov && inst.mem_role == MemRole::Source && inst.dst == inst.mem.base;
}

// Moves kLoopPointer by its displacement.
bool moves_on(const HostInst& inst) {
  return inst.op == H::Lea && inst.dst == kLoopPointer && inst.mem.base == kLoopPointer && !inst.mem.index.valid();
}

// The loop's uops again and again, a dec and a jump behind every pass.
class LoopSource final : public core::UopSource {
 public:
  LoopSource(const HostLoop& loop, const layout::Layout& layout, std::uint64_t passes)
      : layout_(layout),
        delivery_(layout.front_end),
        ring_(offsets_of(loop.ring)),
        passes_of_call_(loop.passes),
        passes_(passes) {
    at_[kOther] = ring_.size() / 2;
    code_.insts = with_control(loop, 0);
    cracked_ = core::crack_host_code(code_, layout);
    for (const HostInst& inst : code_.insts) {
      accessed_bytes_.push_back(inst.op == H::Jcc ? std::uint8_t{0} : accessed_bytes(inst));
    }
  }

  core::FetchStatus next(events::Cycle now, bool, core::SourceUop& out) override {
    if (uop_ == 0 && !begin(now)) return done_ ? core::FetchStatus::Drained : core::FetchStatus::FrontEnd;
    const core::CrackedInst& inst = cracked_[index_];
    out = inst.uops[uop_];
    const layout::UopKind& kind = layout_.uops[out.kind];
    if (kind.is_load || kind.is_store_address || kind.is_store_data || out.prefetch) {
      const HostInst& access = code_.insts[index_ + inst.instructions - 1];
      out.address = address_of(access);
      out.instruction = code_address();
      out.bytes = accessed_bytes_[index_ + inst.instructions - 1];
    }
    if (++uop_ == inst.uops.size()) end(out);
    return core::FetchStatus::Uop;
  }
  void retire(events::Cycle, const core::SourceUop&) override {}
  [[nodiscard]] bool finished() const override { return done_; }

 private:
  static constexpr std::uint64_t kScratch = 0x100000;
  static constexpr unsigned kCodeBytes = 5;  // of an instruction; the loop is in the op cache after its first pass

  // Of the instruction in hand.
  [[nodiscard]] std::uint64_t code_address() const { return 0x400000 + index_ * kCodeBytes; }

  bool begin(events::Cycle now) {
    if (done_) return false;
    const core::CrackedInst& inst = cracked_[index_];
    return delivery_.deliver(
        now, {code_address(), kCodeBytes * inst.instructions, inst.instructions, inst.fused_uops, inst.constants});
  }

  // In a ring the registers that walk it are where their steps have brought them.
  std::uint64_t address_of(const HostInst& access) {
    const std::uint64_t disp = static_cast<std::uint64_t>(static_cast<std::int64_t>(access.mem.disp));
    if (ring_.empty()) return kScratch + moved_ + disp;
    std::size_t& at = at_[access.mem.base.index];
    const std::uint64_t address = kScratch + ring_[at] + disp;
    if (steps_on(access)) at = (at + 1) % ring_.size();
    return address;
  }

  void end(core::SourceUop& last) {
    uop_ = 0;
    const HostInst& inst = code_.insts[index_];
    if (moves_on(inst)) moved_ += static_cast<std::uint64_t>(static_cast<std::int64_t>(inst.mem.disp));
    index_ += cracked_[index_].fuses_with_next ? 2 : 1;
    if (index_ < cracked_.size()) return;
    index_ = 0;
    if (++pass_of_call_ == passes_of_call_) moved_ = pass_of_call_ = 0;
    done_ = --passes_ == 0;
    last.taken_branch = !done_;
  }

  const layout::Layout& layout_;
  core::CodeDelivery delivery_;
  const std::vector<std::uint32_t> ring_;
  std::array<std::size_t, 16> at_{};  // by register, places of the ring
  HostCode code_;
  std::vector<core::CrackedInst> cracked_;
  std::vector<std::uint8_t> accessed_bytes_;  // by instruction
  std::size_t index_ = 0;
  std::size_t uop_ = 0;
  std::uint64_t moved_ = 0;  // what `lea p, [p + n]` have added since the call began
  unsigned pass_of_call_ = 0;
  unsigned passes_of_call_;
  std::uint64_t passes_;
  bool done_ = false;
};

double cycles_of(const HostLoop& loop, const layout::Layout& layout, std::uint64_t passes) {
  memory::Dram dram(layout.memory);
  memory::Cache l3(layout.memory.l3, 3, dram);
  memory::WatchedCache l2(layout.memory.l2, 2, l3, layout.memory.l2_prefetch_degree);
  memory::DataPath data(layout.memory, l2, true);
  LoopSource source(loop, layout, passes);
  core::SentronCore core(layout, 0, {&source}, data, {}, true);
  events::Cycle cycle = 0;
  while (!core.finished()) core.tick(cycle++);
  return static_cast<double>(cycle);
}

// Passes in which a ring is walked round once, or a pointer that moves on is back.
std::uint64_t passes_round(const HostLoop& loop) {
  if (std::any_of(loop.body.begin(), loop.body.end(), moves_on)) return loop.passes;
  const auto steps = std::count_if(loop.body.begin(), loop.body.end(),
                                   [](const HostInst& inst) { return steps_on(inst) && inst.dst == kLoopPointer; });
  return loop.ring.places / static_cast<std::uint64_t>(std::max<std::ptrdiff_t>(1, steps)) + 1;
}

// ---- the machine ----

const std::array<lowering::Helper, static_cast<std::size_t>(lowering::HelperId::Count)> kNoHelpers{};
constexpr std::uint64_t kValue = 0x3F803F803F803F80ULL;  // ordinary as integer, f32, f64 and bf16

HostInst load_from_context(HostOp op, HostReg to, std::size_t offset, unsigned width) {
  HostInst inst;
  inst.op = op;
  inst.dst = to;
  inst.width = static_cast<std::uint8_t>(width);
  inst.mem_role = MemRole::Source;
  inst.mem = {gpr(5), {}, 1, static_cast<std::int32_t>(offset)};
  return inst;
}

HostInst store_to_context(HostReg from, std::size_t offset) {
  HostInst inst = load_from_context(H::Mov, {}, offset, 8);
  inst.mem_role = MemRole::Dest;
  inst.a = from;
  return inst;
}

void add_prologue(HostCode& code, unsigned passes) {
  const unsigned width = code.isa == lowering::HostIsa::Avx512 ? 64 : 32;
  code.insts.push_back(load_from_context(H::Mov, gpr(kPointer), offsetof(SentronContext, scratch), 8));
  for (unsigned v = 0; v < 16; ++v) {
    code.insts.push_back(load_from_context(H::Vmov, vec(v), offsetof(SentronContext, spill), width));
  }
  code.insts.push_back(load_from_context(H::Mov, gpr(kSource), offsetof(SentronContext, scratch) + 8, 8));
  code.insts.push_back(load_from_context(H::Mov, gpr(kOther), offsetof(SentronContext, scratch) + 16, 8));
  for (const unsigned r : kResults) {
    code.insts.push_back(load_from_context(H::Mov, gpr(r), offsetof(SentronContext, spill), 8));
  }
  if (code.isa == lowering::HostIsa::Avx512) {
    for (unsigned k = 1; k <= kMaskSource; ++k) {
      code.insts.push_back(load_from_context(H::KmovToMask, mask(k), offsetof(SentronContext, spill), 4));
    }
  }
  HostInst count;
  count.op = H::MovImm;
  count.dst = gpr(kCounter);
  count.imm = passes;
  code.insts.push_back(count);
}

HostCode code_of(const HostLoop& loop, lowering::HostIsa isa) {
  HostCode code;
  code.isa = isa;
  add_prologue(code, loop.passes);
  const auto first = static_cast<std::uint32_t>(code.insts.size());
  for (const HostInst& inst : with_control(loop, first)) code.insts.push_back(inst);
  if (loop.ring.places != 0) {  // the next call goes on where this one ended
    code.insts.push_back(store_to_context(gpr(kPointer), offsetof(SentronContext, scratch)));
    code.insts.push_back(store_to_context(gpr(kOther), offsetof(SentronContext, scratch) + 16));
  }
  HostInst exit;
  exit.op = H::Exit;
  code.insts.push_back(exit);
  return code;
}

}  // namespace

std::string to_text(const LoopInst& inst) {
  std::string text(lowering::name_of(inst.op));
  std::string separator = " ";
  for (const char c : inst.operands) {
    text += separator;
    separator = ", ";
    const bool scalar_source = c == 'v' && inst.width <= 16;
    text += c == 'g'           ? "r"
            : c == 'k'         ? "k"
            : c == 'i'         ? "imm"
            : c != 'v'         ? "[m]"
            : scalar_source    ? "xmm"
            : inst.width == 32 ? "ymm"
                               : "zmm";
  }
  return text;
}

std::vector<unsigned> widths_of(HostOp op) {
  const Form* form = form_of(op);
  return form == nullptr ? std::vector<unsigned>{} : form->widths;
}

std::optional<LoopInst> plain_form(HostOp op, unsigned width) {
  const Form* form = form_of(op);
  if (form == nullptr || std::find(form->widths.begin(), form->widths.end(), width) == form->widths.end()) {
    return std::nullopt;
  }
  return LoopInst{op, width, form->operands};
}

HostLoop independent_loop(const std::vector<std::pair<LoopInst, unsigned>>& mix, std::size_t least_insts) {
  std::size_t sum = 0;
  for (const auto& [inst, times] : mix) sum += times;
  const std::size_t rounds = (least_insts + sum - 1) / sum;
  HostLoop loop;
  loop.counted = rounds * mix.front().second;
  std::vector<std::size_t> given(mix.size(), 0);
  std::size_t line = 0;
  const LoopRegisters sources{{}, gpr(kSource), vec(kVectorSource), mask(kMaskSource)};
  for (std::size_t at = 0; at < rounds * sum; ++at) {
    // The instruction that is furthest behind its share.
    std::size_t pick = 0;
    double behind = -1;
    for (std::size_t m = 0; m < mix.size(); ++m) {
      const double due = static_cast<double>((at + 1) * mix[m].second) / static_cast<double>(sum);
      if (due - static_cast<double>(given[m]) > behind) {
        behind = due - static_cast<double>(given[m]);
        pick = m;
      }
    }
    // Each rotates through all registers, begun apart: where they shared one turn, some would only meet themselves, and
    // those that read what they write would wait.
    const std::size_t turn = given[pick]++ + pick * kResults.size() / mix.size();
    const LoopInst& inst = mix[pick].first;
    LoopRegisters registers = sources;
    const char first = inst.operands.empty() ? 'i' : inst.operands[0];
    if (has_destination(inst)) {
      registers.result = result_register(first, turn);
    }
    // Stores stay in one line: where they must change it, they cost what is behind them.
    const bool stores = inst.operands.starts_with('M');
    loop.body.push_back(instance_of(inst, registers, stores ? 0 : static_cast<unsigned>(line++ % kLines)));
  }
  loop.name = mix.size() == 1 ? to_text(mix.front().first) : std::string();
  for (std::size_t m = 0; mix.size() > 1 && m < mix.size(); ++m) {
    loop.name += fmt::format("{}{} {}", m == 0 ? "" : " + ", mix[m].second, to_text(mix[m].first));
  }
  return loop;
}

std::optional<HostLoop> chain_loop(const LoopInst& inst, std::size_t insts) {
  if (!has_destination(inst)) return std::nullopt;
  const char result = inst.operands[0];
  const bool reads_result = inst.operands.find(result, 1) != std::string::npos;
  const bool chases = inst.operands == "gm" && inst.op == H::Mov;
  if (!reads_destination(inst) && !reads_result && !chases) return std::nullopt;
  HostLoop loop;
  loop.name = fmt::format("chain of {}", to_text(inst));
  loop.counted = insts;
  LoopRegisters registers{result_register(result, 0), gpr(kSource), vec(kVectorSource), mask(kMaskSource)};
  if (!reads_destination(inst)) {
    if (result == 'g') registers.general = registers.result;
    if (result == 'v') registers.vector = registers.result;
  }
  for (std::size_t i = 0; i < insts; ++i) {
    HostInst made = instance_of(inst, registers, 0);
    if (chases) made.dst = made.mem.base = gpr(kPointer);
    loop.body.push_back(made);
  }
  return loop;
}

std::string assembly_of(const HostLoop& loop, const std::string& label) {
  std::string text = label + ":\n";
  for (const HostInst& inst : with_control(loop, 0)) text += native::assembly_of(inst, label) + "\n";
  return text;
}

std::vector<std::uint32_t> offsets_of(const Ring& ring) {
  std::vector<std::uint32_t> offsets(ring.places);
  for (std::uint32_t i = 0; i < ring.places; ++i) offsets[i] = i * ring.stride_bytes;
  Random random(ring.places);
  for (std::size_t i = offsets.size(); !ring.in_order && i > 1; --i)
    std::swap(offsets[i - 1], offsets[random.below(i)]);
  return offsets;
}

double modelled_cycles(const HostLoop& loop, const layout::Layout& layout) {
  for (const HostInst& inst : loop.body) {
    const std::string why = layout.why_unsupported(inst.op, inst.width);
    if (!why.empty()) throw std::invalid_argument(why);
  }
  // Stores to a line that is still missing fill the store queue before they stop the core: short loops pass more often.
  constexpr std::uint64_t kWarmInsts = 2'000;
  const std::uint64_t warm = std::max<std::uint64_t>({8, kWarmInsts / loop.body.size() + 1, passes_round(loop)});
  const std::uint64_t counted = 3 * warm;
  return (cycles_of(loop, layout, warm + counted) - cycles_of(loop, layout, warm)) / static_cast<double>(counted);
}

namespace {

// What the pointer and kLoopOther start with.
void fill_memory(const HostLoop& loop, std::pmr::vector<std::uint64_t>& memory, SentronContext& context) {
  memory.assign(
      std::max<std::size_t>({loop.memory_bytes, std::size_t{loop.ring.places} * loop.ring.stride_bytes, 512}) / 8,
      kValue);
  const auto address = [&](std::uint64_t offset) { return reinterpret_cast<std::uint64_t>(memory.data()) + offset; };
  context.scratch[0] = address(0);
  context.scratch[1] = 1;  // counts of shifts
  context.scratch[2] = 1;
  memory[0] = address(0);  // a chain of loads comes back to itself
  const std::vector<std::uint32_t> ring = offsets_of(loop.ring);
  if (ring.empty()) return;
  for (std::size_t i = 0; i < ring.size(); ++i) memory.at(ring[i] / 8) = address(ring[(i + 1) % ring.size()]);
  context.scratch[0] = address(ring[0]);
  context.scratch[2] = address(ring[ring.size() / 2]);
}

// Floats and products of 256 bits and more ask for that of wide code, other 512-bit operations but moves for a light
// one.
measure::Licence licence_of_one(const HostInst& inst) {
  if (inst.op == H::Vmov || inst.width < 32) return measure::Licence::scalar;
  const auto between = [&](H first, H last) { return inst.op >= first && inst.op <= last; };
  const bool heavy = between(H::Vaddps, H::Vfmadd231pd) || between(H::VcmppsK, H::VcmppdK) ||
                     between(H::Vcmpps, H::Vcmppd) || between(H::Vpmaddwd, H::Vpdpbusd) || inst.op == H::Vpmulld;
  if (heavy) return measure::Licence::wide;
  return inst.width == 64 ? measure::Licence::light : measure::Licence::scalar;
}

}  // namespace

measure::Licence licence_of(const std::vector<HostInst>& insts) {
  measure::Licence most = measure::Licence::scalar;
  for (const HostInst& inst : insts) most = std::max(most, licence_of_one(inst));
  return most;
}

struct CompiledLoop::Parts {
  HostCode code;
  std::optional<native::CompiledCode> compiled;
  SentronContext context;
  native::PageResource pages;
  std::pmr::vector<std::uint64_t> memory{&pages};
  std::size_t first = 0;  // instruction of the body
  std::size_t last = 0;   // behind it
  measure::Licence licence = measure::Licence::scalar;
  std::string name;
  double units = 1;
  std::uint64_t calls_round = 1;  // of the ring, where it is gone round before each sample

  void call() { compiled->enter(&context, compiled->at(code.offsets[0])); }
};

CompiledLoop::CompiledLoop(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
CompiledLoop::CompiledLoop(CompiledLoop&&) noexcept = default;
CompiledLoop::~CompiledLoop() = default;

Result<CompiledLoop> CompiledLoop::compile(const HostLoop& loop, lowering::HostIsa isa) {
  auto parts = std::make_unique<Parts>();
  parts->code = code_of(loop, isa);
  parts->name = loop.name;
  parts->units = static_cast<double>(loop.counted) * loop.passes;
  parts->last = parts->code.insts.size() - (loop.ring.places != 0 ? 5 : 3);  // dec, jcc, exit, stores of the ring
  parts->first = parts->last - loop.body.size();
  const native::Jit jit(kNoHelpers);
  auto compiled = jit.compile(parts->code);
  if (!compiled) return tl::unexpected(compiled.error());
  parts->compiled.emplace(std::move(*compiled));
  parts->context.spill.fill(kValue);
  fill_memory(loop, parts->memory, parts->context);
  parts->licence = licence_of(loop.body);
  if (loop.ring.places != 0 && loop.ring.places <= kMostPlacesGoneRound)
    parts->calls_round = (passes_round(loop) + loop.passes - 1) / loop.passes;
  return CompiledLoop(std::move(parts));
}

std::vector<std::uint8_t> CompiledLoop::body_bytes() const {
  const std::vector<std::uint32_t>& offsets = parts_->code.offsets;
  return {parts_->compiled->at(offsets[parts_->first]), parts_->compiled->at(offsets[parts_->last])};
}

measure::LoopUnderTest CompiledLoop::under_test() {
  measure::LoopUnderTest loop;
  loop.name = parts_->name;
  Parts* const parts = parts_.get();
  loop.body = [parts] { parts->call(); };
  if (parts->calls_round > 1) {
    loop.prepare = [parts] {
      for (std::uint64_t call = 0; call < parts->calls_round; ++call) parts->call();
    };
  }
  loop.work_units_per_call = parts_->units;
  loop.work_unit = "host instructions";
  loop.code_footprint_bytes = parts_->code.code_bytes;
  loop.licence = parts_->licence;
  return loop;
}

}  // namespace vtpu::testbench
