// The interpreter's inner loop over micro-operations, and the general way through one word.
#include "isa/dense_ops.hpp"
#include "isa/semantics.hpp"
#include "reference/machine.hpp"
#include "reference/observer.hpp"

namespace vtpu::reference {

using isa::Cell;
using isa::Coordinate;
using isa::Fault;
using isa::Registers;
using isa::Siw;
namespace dense = isa::dense;

// ---- memory ----

void Machine::access_translation(Sentron& s, const phext::PageKey& page, const Coordinate& at) {
  s.translation_cache->access(page, s.previous, at);
  if (!s.previous) s.previous.emplace();
  s.previous->lo = at.lo;  // by halves, see CMakeLists.txt
  s.previous->hi = at.hi;
}

const Cell& Machine::load(Sentron& s, Coordinate at) {
  const phext::PlacedCell placed = memory_.place(at);
  access_translation(s, placed.page, at);
  return memory_.read(placed);
}

Cell* Machine::store(Sentron& s, Coordinate at) {
  const phext::PlacedCell placed = memory_.place(at);
  Cell* cell = memory_.write(placed);
  if (cell == nullptr) return nullptr;
  access_translation(s, placed.page, at);
  return cell;
}

// ---- any word ----

class Machine::Reader : public CellReader {
 public:
  Reader(Machine& machine, Sentron& sentron) : machine_(machine), sentron_(sentron) {}
  const Cell& read(const Coordinate& at) override { return machine_.load(sentron_, at); }

 private:
  Machine& machine_;
  Sentron& sentron_;
};

Fault Machine::word_fault(const Siw& word, const Registers& registers) {
  if (const Fault fault = step_fault_of(word, registers); fault != Fault::None) return fault;
  const isa::Op op = op_of(word.s);
  if (op == isa::Op::SSCATTR || op == isa::Op::SALLOC) {
    if (memory_.translate(isa::memory_address(word.s, word, registers).value()) == nullptr) return Fault::OutOfMemory;
  }
  return route_fault_of(word, registers, static_cast<std::uint32_t>(sentrons_.size()));
}

void Machine::carry_out_memory(Sentron& s, const MemoryEffect& effect) {
  switch (effect.action) {
    case MemoryAction::None:
    case MemoryAction::Load: return;                                             // the reader has loaded
    case MemoryAction::Store: store_into(*store(s, effect.at), effect); return;  // word_fault() has mapped the page
    case MemoryAction::Free: memory_.free_cell(effect.at); break;
    default: break;
  }
  access_translation(s, memory_.place(effect.at).page, effect.at);
}

std::optional<Machine::Stop> Machine::step_word(Sentron& s, std::uint32_t index) {
  const Siw& word = s.stream->source->words[index];
  Registers& registers = s.state->registers;
  if (const Fault fault = word_fault(word, registers); fault != Fault::None) {
    s.state->fault = fault;
    return Stop::Faulted;
  }
  if (!may_go(s, coordination_of(word, registers), index)) return Stop::Waiting;
  Reader reader(*this, s);
  WordEffects effects = evaluate(word, registers, reader);
  carry_out_memory(s, effects.memory);
  carry_out_coordination(s, effects);
  apply(effects, registers);
  if (options_.observer != nullptr) {
    const auto stream = static_cast<std::uint32_t>(s.stream - streams_.data());
    options_.observer->on_word({s.number, stream, index, effects.memory, effects.coordination});
  }
  return std::nullopt;
}

// ---- micro-operations ----

namespace {

std::int64_t as_signed(std::uint64_t x) { return static_cast<std::int64_t>(x); }
std::uint64_t as_unsigned(std::int64_t x) { return static_cast<std::uint64_t>(x); }

using IntFunction = std::int64_t (*)(std::int64_t, std::int64_t);

template <auto kFunction>
void int_by_register(Registers& g, const MicroOp& op) {
  g.r[op.a] = as_unsigned(kFunction(as_signed(g.r[op.b]), as_signed(g.r[op.c])));
}

template <auto kFunction>
void int_by_immediate(Registers& g, const MicroOp& op) {
  g.r[op.a] = as_unsigned(kFunction(as_signed(g.r[op.b]), as_signed(op.imm)));
}

std::int64_t bit_and(std::int64_t a, std::int64_t b) { return a & b; }
std::int64_t bit_or(std::int64_t a, std::int64_t b) { return a | b; }
std::int64_t bit_xor(std::int64_t a, std::int64_t b) { return a ^ b; }
template <isa::Op kOp>
std::int64_t shift_by(std::int64_t a, std::int64_t n) {
  return dense::shift<std::int64_t>(kOp, a, static_cast<unsigned>(n & 63));
}

bool compare(unsigned condition, std::uint64_t a, std::uint64_t b) {
  return dense::compare<std::int64_t>(static_cast<isa::Cond>(condition), as_signed(a), as_signed(b));
}

void compute_any_dense(Registers& g, const Siw& word) {
  const isa::DenseResult result = isa::compute_dense(word.d, isa::dense_inputs(word.d, word, g));
  if (isa::info_of(op_of(word.d)).writes_cmp) {
    g.cmp = result.cmp;
  } else if (form_info(word.d).operands[0].kind == isa::OperandKind::R) {
    g.r[word.d.f[0]] = result.r;
  } else {
    g.v[word.d.f[0]] = result.v;
  }
}

// isa::step in registers: an optional<Coordinate> through memory costs as much as the rest of a load.
// Where the step would leave the dimension: false, and `c` as it was.
bool step_in_place(Coordinate& c, unsigned dimension, int step) {
  __extension__ using u128 = unsigned __int128;
  const unsigned shift = dimension * isa::kDimensionBits;
  u128 bits = static_cast<u128>(c.hi) << 64U | c.lo;
  const int moved = static_cast<int>(static_cast<unsigned>(bits >> shift) & (isa::kDimensionSize - 1)) + step;
  if (moved < 0 || moved >= static_cast<int>(isa::kDimensionSize)) return false;
  bits += static_cast<u128>(static_cast<std::int64_t>(step)) << shift;  // cannot leave the field
  c = {static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(bits >> 64U)};
  return true;
}

// By halves, as step_in_place() writes them (see CMakeLists.txt).
Coordinate address_of(const MicroOp& op, const Registers& g, const Siw* words) {
  const Coordinate& p = g.p[op.b];
  return op.addressing.literal ? words[op.word].coord() : Coordinate{p.lo, p.hi};
}

// The post-increment, if there is one. False: it would leave the dimension; the pointer is as it was.
bool advance_pointer(const MicroOp& op, Registers& g) {
  return op.addressing.step == 0 || step_in_place(g.p[op.b], op.addressing.dimension, op.addressing.step);
}

}  // namespace

#define VTPU_INT_CASES(name, function)                          \
  case Code::name##R: int_by_register<function>(g, *op); break; \
  case Code::name##I: int_by_immediate<function>(g, *op); break;

Machine::Stop Machine::interpret(Sentron& s) {
  Registers& g = s.state->registers;
  const MicroOp* const ops = s.stream->decoded.ops.data();
  const Siw* const words = s.stream->source->words.data();
  std::int64_t* const executions = s.stream->executions.data();
  std::uint64_t* const remaining = s.remaining.data();
  std::uint32_t from = s.from;
  std::uint64_t executed = 0;
  std::uint64_t until_check = next_check_ - words_;

  // The words from..end-1 were executed.
  const auto count = [&](std::uint32_t end) {
    ++executions[from];
    --executions[end];
    executed += end - from;
    from = end;
  };
  const auto finish = [&](Stop stop) {
    s.words += executed;
    words_ += executed;
    return stop;
  };
  // At `op`, the first of its word, which has had no effect.
  const auto stop_at = [&](const MicroOp* op, Stop stop) {
    count(op->word);
    s.from = from;
    s.op = s.stream->decoded.first_op[op->word];
    if (stop == Stop::Faulted) {
      s.state->lifecycle = isa::Lifecycle::Faulted;
      s.state->fault_word = op->word;
    }
    return finish(stop);
  };
  const auto fault_at = [&](const MicroOp* op, Fault fault) {
    s.state->fault = fault;
    return stop_at(op, Stop::Faulted);
  };

  for (const MicroOp* op = ops + s.op;; ++op) {
    switch (op->code) {
      VTPU_INT_CASES(Add, dense::add<std::int64_t>)
      VTPU_INT_CASES(Sub, dense::sub<std::int64_t>)
      VTPU_INT_CASES(Mul, dense::mul<std::int64_t>)
      VTPU_INT_CASES(Min, dense::min<std::int64_t>)
      VTPU_INT_CASES(Max, dense::max<std::int64_t>)
      VTPU_INT_CASES(And, bit_and)
      VTPU_INT_CASES(Or, bit_or)
      VTPU_INT_CASES(Xor, bit_xor)
      VTPU_INT_CASES(Shl, shift_by<isa::Op::DSHL>)
      VTPU_INT_CASES(Shr, shift_by<isa::Op::DSHR>)
      VTPU_INT_CASES(Sar, shift_by<isa::Op::DSAR>)
      case Code::Fma:
        g.r[op->a] =
            as_unsigned(dense::fma<std::int64_t>(as_signed(g.r[op->b]), as_signed(g.r[op->c]), as_signed(g.r[op->d])));
        break;
      case Code::Select: g.r[op->a] = (g.cmp & 1U) != 0 ? g.r[op->b] : g.r[op->c]; break;
      case Code::Move: g.r[op->a] = g.r[op->b]; break;
      case Code::MoveI: g.r[op->a] = op->imm; break;
      case Code::CompareR: g.cmp = compare(op->c, g.r[op->a], g.r[op->b]) ? 1 : 0; break;
      case Code::CompareI: g.cmp = compare(op->c, g.r[op->a], op->imm) ? 1 : 0; break;
      case Code::VectorKernel: op->kernel(g.v[op->a], g.v[op->b], g.v[op->c], g.v[op->d]); break;
      case Code::Dense: compute_any_dense(g, words[op->word]); break;

      case Code::LoadInt: {
        const Coordinate at = address_of(*op, g, words);
        if (!advance_pointer(*op, g)) return fault_at(op, Fault::StepOutOfRange);
        g.r[op->a] = load(s, at).lane[op->c];
        break;
      }
      case Code::LoadCell: {
        const Coordinate at = address_of(*op, g, words);
        if (!advance_pointer(*op, g)) return fault_at(op, Fault::StepOutOfRange);
        g.v[op->a] = load(s, at);
        break;
      }
      case Code::LoadOther: {
        const Coordinate at = address_of(*op, g, words);
        if (!advance_pointer(*op, g)) return fault_at(op, Fault::StepOutOfRange);
        g.v[op->a] = isa::compute_load(words[op->word].s, load(s, at), 0).v;
        break;
      }
      case Code::StoreInt:
      case Code::StoreCell:
      case Code::StoreOther: {
        const Coordinate at = address_of(*op, g, words);
        if (!advance_pointer(*op, g)) return fault_at(op, Fault::StepOutOfRange);
        Cell* cell = store(s, at);
        if (cell == nullptr) {
          if (op->addressing.step != 0) g.p[op->b] = at;  // a faulting word has no effect
          return fault_at(op, Fault::OutOfMemory);
        }
        if (op->code == Code::StoreInt) {
          cell->lane[op->c] = g.r[op->a];
        } else if (op->code == Code::StoreCell) {
          *cell = g.v[op->a];
        } else {
          *cell = isa::compute_store(words[op->word].s, *cell, g);
        }
        break;
      }
      case Code::StepI: {
        const auto moved = isa::step(g.p[op->b], op->c, as_signed(op->imm));
        if (!moved) return fault_at(op, Fault::StepOutOfRange);
        g.p[op->a] = *moved;
        break;
      }
      case Code::SetLiteral: g.p[op->a] = words[op->word].coord(); break;
      case Code::Set: g.p[op->a] = g.p[op->b]; break;

      case Code::PackR: g.m[op->a].lane[op->c] = g.r[op->b]; break;
      case Code::PackI: g.m[op->a].lane[op->c] = op->imm; break;
      case Code::Pack: g.m[op->a] = isa::compute_pack(words[op->word].c, words[op->word], g); break;
      case Code::Send: {
        const std::int32_t peer = op->b != 0 ? static_cast<std::int32_t>(op->imm) : g.route[op->a];
        if (peer == isa::kNoSentron) return fault_at(op, Fault::NoRoute);
        if (!send(s, static_cast<std::uint32_t>(peer), g.m[op->a], op->word)) return stop_at(op, Stop::Waiting);
        break;
      }
      case Code::Receive: {
        const std::int32_t peer = op->b != 0 ? static_cast<std::int32_t>(op->imm) : g.listen[op->a];
        if (peer == isa::kNoSentron) return fault_at(op, Fault::NoRoute);
        if (!receive(s, static_cast<std::uint32_t>(peer), g.m[op->a], op->word)) return stop_at(op, Stop::Waiting);
        break;
      }
      case Code::Word:
        if (const auto stop = step_word(s, op->word)) return stop_at(op, *stop);
        break;

      case Code::EnterLoop: remaining[op->a] = op->imm; break;
      case Code::CountEndLoop:
        count(op->word + 1);
        if (executed >= until_check) [[unlikely]] {
          if (at_limit(words_ + executed)) return finish(Stop::Limit);
          until_check = next_check_ - words_;
        }
        [[fallthrough]];
      case Code::EndLoop:
        if (--remaining[op->a] == 0) break;
        from = static_cast<std::uint32_t>(op->imm);
        op = ops + op->target - 1;
        break;
      case Code::Count: count(op->word + 1); break;
      case Code::Retire: s.state->lifecycle = isa::Lifecycle::Retired; return finish(Stop::Retired);
    }
  }
}

#undef VTPU_INT_CASES

}  // namespace vtpu::reference
