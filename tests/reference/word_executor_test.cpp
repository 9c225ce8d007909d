// The interpreter's micro-operations and the one-word functions are two ways to the same effects: random words must go
// both ways to the same state.
#include "reference/word_executor.hpp"

#include <bit>
#include <deque>
#include <random>

#include "build.hpp"

using namespace vtpu;
using namespace vtpu::test;
using isa::LitKind;
using isa::OperandKind;
using isa::Pipe;

namespace {

class RandomWords {
 public:
  explicit RandomWords(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t n) { return random_() % n; }

  // A valid word for a program of one sentron and one group; retried until the validator has nothing against it.
  isa::Siw next() {
    for (;;) {
      isa::Siw w;
      for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
        if (below(4) != 0) w.slot(pipe) = random_slot(pipe);
      }
      if (uses_imm(w.d) || uses_imm(w.s) || uses_imm(w.c)) w.imm = below(4) == 0 ? random_() : below(7) - 3;
      if (uses_coord(w.s)) w.set_coord(at(static_cast<std::uint32_t>(below(4)), static_cast<std::uint32_t>(below(4))));
      isa::Program p;
      p.streams.push_back({"s", {w}, {}});
      compute_dependency_flags(p.streams[0]);
      p.sentrons.push_back({"s", 0, {}});
      p.groups.push_back({"g", {0}});
      if (validate(p).empty()) return w;
    }
  }

  isa::Registers registers() {
    isa::Registers g;
    for (auto& r : g.r) r = below(3) == 0 ? random_() : below(4) - 2;
    for (auto& v : g.v) {
      for (auto& lane : v.lane) lane = random_() & random_();
      if (below(2) == 0) v.lane[0] = std::bit_cast<std::uint64_t>(static_cast<double>(below(100)) / 8 - 3);
    }
    for (auto& p : g.p) {
      isa::Dimensions d{};
      for (auto& position : d) position = static_cast<std::uint16_t>(1000 + below(4));
      p = isa::from_dimensions(d, static_cast<std::uint32_t>(below(128)));
    }
    for (auto& m : g.m) m.lane = {random_(), random_(), random_(), random_()};
    return g;
  }

 private:
  Byte operand(OperandKind kind) {
    switch (kind) {
      case OperandKind::R:
      case OperandKind::V:
      case OperandKind::CellLane32: return static_cast<Byte>(below(16));
      case OperandKind::P:
      case OperandKind::Addr:
      case OperandKind::CellLane: return static_cast<Byte>(below(8));
      case OperandKind::M: return static_cast<Byte>(below(4));
      case OperandKind::MLane: return static_cast<Byte>(below(4) | below(4) << 4);
      case OperandKind::VLane: return static_cast<Byte>(below(16) | below(8) << 4);
      default: return 0;
    }
  }

  std::uint16_t literal(LitKind kind) {
    switch (kind) {
      case LitKind::PostInc: {
        const int step = static_cast<int>(below(5)) - 2;
        return isa::make_post_inc({step == 0 ? 0 : static_cast<int>(below(11)), step});
      }
      case LitKind::Dim: return static_cast<std::uint16_t>(below(11));
      case LitKind::Rotate: return static_cast<std::uint16_t>(below(512));
      case LitKind::Shift64: return static_cast<std::uint16_t>(below(64));
      case LitKind::Shift32: return static_cast<std::uint16_t>(below(32));
      case LitKind::GroupRed: return static_cast<std::uint16_t>(below(3) << 12);
      case LitKind::Sentron:
      case LitKind::Group:
      case LitKind::None: return 0;
      default: return static_cast<std::uint16_t>(below(names_of(kind).size()));
    }
  }

  isa::Slot random_slot(Pipe pipe) {
    for (;;) {
      const isa::OpInfo& info = isa::all_ops()[below(isa::all_ops().size())];
      if (info.pipe != pipe) continue;
      const unsigned form = static_cast<unsigned>(below(info.forms.size()));
      std::vector<Type> types;
      for (int t = 0; t < isa::kTypes; ++t) {
        if ((info.forms[form].types & isa::mask_of(static_cast<Type>(t))) != 0) types.push_back(static_cast<Type>(t));
      }
      isa::Slot s = slot(info.op, form, types[below(types.size())], {}, literal(info.forms[form].literal));
      for (std::size_t i = 0; i < isa::kOperands; ++i) s.f[i] = operand(info.forms[form].operands[i].kind);
      return s;
    }
  }

  std::mt19937_64 random_;
};

// Memory, one channel to itself and a group of one: the surroundings of a lone sentron, in the plainest terms.
class LoneSentron : public reference::CellReader {
 public:
  explicit LoneSentron(const isa::Registers& initial) { state.registers = initial; }

  const isa::Cell& read(const Coordinate& where) override {
    const auto found = memory.find(where);
    return found == memory.end() ? kZero : found->second;
  }

  // False where the word would wait (and nothing has happened) or has faulted.
  bool execute(const isa::Siw& w) {
    state.fault = reference::fault_of(w, state.registers, 1);
    if (state.fault != isa::Fault::None) return false;
    using Action = reference::CoordinationAction;
    const Action action = reference::coordination_of(w, state.registers).action;
    if (action == Action::Send && channel.size() == isa::kChannelCapacity) return false;
    if (action == Action::Receive && channel.empty()) return false;
    auto effects = reference::evaluate(w, state.registers, *this);
    using reference::MemoryAction;
    if (effects.memory.action == MemoryAction::Store || effects.memory.action == MemoryAction::Free) {
      reference::store_into(memory[effects.memory.at], effects.memory);
    }
    if (action == Action::Send) channel.push_back(effects.message);
    if (action == Action::Receive) {
      effects.message = channel.front();
      channel.pop_front();
    }
    reference::apply(effects, state.registers);
    return true;
  }

  isa::SentronState state;
  std::map<Coordinate, isa::Cell> memory;
  std::deque<isa::Message> channel;

 private:
  inline static const isa::Cell kZero{};
};

}  // namespace

TEST_CASE("random words have the same effects in the interpreter and word by word") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    RandomWords random(seed);
    ProgramBuilder p;
    const isa::Registers initial = random.registers();
    LoneSentron lone(initial);
    std::vector<isa::Siw> words;
    while (words.size() < 60 && lone.state.fault == isa::Fault::None) {
      const isa::Siw w = random.next();
      if (lone.execute(w) || lone.state.fault != isa::Fault::None) words.push_back(w);
    }
    lone.state.lifecycle = isa::Lifecycle::Retired;
    if (lone.state.fault != isa::Fault::None) {
      lone.state.lifecycle = isa::Lifecycle::Faulted;
      lone.state.fault_word = static_cast<std::uint32_t>(words.size() - 1);
    }
    std::erase_if(lone.memory, [](const auto& cell) { return cell.second == isa::Cell{}; });
    p.sentron("lone", std::move(words), {}, initial);
    p.group("alone", {0});
    const isa::MachineState expected{{lone.state}, lone.memory};
    const auto out = p.run({.placement = phext::Placement::Hilbert});
    for (const std::string& difference : differences(expected, "word by word", out.state, "interpreter")) {
      FAIL_CHECK(difference);
    }
    REQUIRE(out.state == expected);
  }
}

TEST_CASE("effects name the lanes that a memory operation touches") {
  isa::Registers g = registers_with_r({1, 2, 3});
  LoneSentron lone(g);
  const auto lanes = [&](const isa::Slot& s) { return reference::evaluate(word({s}), g, lone).memory.lanes; };
  for (Byte lane = 0; lane < 8; ++lane) {
    REQUIRE(lanes(gather(0, 0, lane)) == 1U << lane);
    REQUIRE(lanes(scatter(0, 0, lane)) == 1U << lane);
    REQUIRE(lanes(slot(Op::SBCST, 0, Type::F64x8, {0, 0, lane, 0})) == 1U << lane);
    REQUIRE(lanes(slot(Op::SBCST, 1, Type::F32x16, {0, 0, static_cast<Byte>(2 * lane + 1), 0})) == 1U << lane);
  }
  REQUIRE(lanes(slot(Op::SGATHER, 2, Type::B512, {0, 0, 0, 0})) == 0xFF);
  REQUIRE(lanes(slot(Op::SDEDUP, 0, Type::I64, {0, 1, 0, 0})) == 0xFF);
  REQUIRE(lanes(slot(Op::SFREE, 0, Type::None, {0, 0, 0, 0})) == 0xFF);
}

TEST_CASE("storing into a cell keeps the lanes that the store does not touch") {
  isa::Cell cell;
  cell.lane = {0, 1, 2, 3, 4, 5, 6, 7};
  reference::MemoryEffect effect;
  effect.lanes = 0b00101000;
  effect.cell.lane.fill(99);
  reference::store_into(cell, effect);
  REQUIRE(cell.lane == std::array<std::uint64_t, 8>{0, 1, 2, 99, 4, 99, 6, 7});
}
