#include "testbench/random_program.hpp"

#include <algorithm>
#include <optional>
#include <variant>

#include "isa/validate.hpp"
#include "testbench/random_values.hpp"
#include "testbench/random_word.hpp"

namespace vtpu::testbench {
namespace {

using isa::Op;
using isa::RegisterId;
using isa::Type;

// ---- the plan: what all sentrons do together, in one global order ----

struct Local {
  std::uint32_t sentron = 0;
};
struct Send {
  std::uint32_t from = 0, to = 0;
};
struct Receive {
  std::uint32_t from = 0, to = 0;
};
struct Collective {
  Op op = Op::CBAR;  // CBAR, CREDUCE or CCAST
  std::uint32_t group = 0;
  Type type = Type::None;
  isa::RedOp reduction = isa::RedOp::Add;
  std::uint8_t member = 0;
};
struct Block;
using Item = std::variant<Local, Send, Receive, Collective, Block>;
struct Block {
  std::uint64_t count = 1;
  std::vector<Item> items;
};

enum class Mode : std::uint8_t { Solo, Team, Shared };

struct Setting {
  Mode mode = Mode::Solo;
  std::uint32_t sentrons = 1;
  bool reckless = false;
  bool deadlocking = false;
  Flavor flavor = Flavor::Any;
  double loops = 0.2;
  std::uint64_t iterations = 200;
  double long_loops = 0.1;
  std::vector<isa::Group> groups;
};

class Planner {
 public:
  Planner(Random& random, const Setting& setting) : random_(random), setting_(setting) {}

  Block plan(unsigned items) {
    Block top;
    fill(top, items, 0, 1);
    return top;
  }

 private:
  void fill(Block& block, std::uint64_t items, int depth, std::uint64_t iterations) {
    std::vector<Receive> open;  // sent in this block, not yet received
    for (std::uint64_t i = 0; i < items; ++i) {
      if (!open.empty() && random_.chance(0.6)) {
        block.items.emplace_back(open.front());
        open.erase(open.begin());
      }
      block.items.push_back(item(open, depth, iterations));
    }
    for (const Receive& receive : open) block.items.emplace_back(receive);
  }

  Item item(std::vector<Receive>& open, int depth, std::uint64_t iterations) {
    if (depth < 3 && random_.chance(setting_.loops)) return inner(depth, iterations);
    if (setting_.sentrons > 1) {
      if (random_.chance(0.3)) {
        const Receive message = some_message();
        open.push_back(message);
        return Send{message.from, message.to};
      }
      if (!setting_.groups.empty() && random_.chance(0.15)) return collective();
    }
    return Local{static_cast<std::uint32_t>(random_.below(setting_.sentrons))};
  }

  Block inner(int depth, std::uint64_t iterations) {
    Block block;
    const std::uint64_t most = std::max<std::uint64_t>(1, setting_.iterations / iterations);
    block.count = 1 + random_.below(random_.chance(setting_.long_loops) ? most : std::min<std::uint64_t>(most, 6));
    fill(block, 1 + random_.below(3), depth + 1, iterations * block.count);
    return block;
  }

  // In a shared stream all sentrons send to their right neighbour at the same time: `from` and `to` are the same word.
  Receive some_message() {
    const auto n = static_cast<std::uint32_t>(setting_.sentrons);
    const auto from = static_cast<std::uint32_t>(random_.below(n));
    if (setting_.mode == Mode::Shared) return {0, 0};
    return {from, static_cast<std::uint32_t>(random_.below(n))};  // to itself at times
  }

  Collective collective() {
    static constexpr Op kOps[] = {Op::CBAR, Op::CREDUCE, Op::CCAST};
    Collective c;
    c.op = kOps[random_.below(3)];
    c.group = static_cast<std::uint32_t>(random_.below(setting_.groups.size()));
    c.reduction = static_cast<isa::RedOp>(random_.below(3));
    c.member = static_cast<std::uint8_t>(random_.below(setting_.groups[c.group].members.size()));
    if (c.op == Op::CREDUCE) {
      static constexpr Type kTypes[] = {Type::I64, Type::I32x16, Type::F64x8, Type::F32x16};
      c.type = kTypes[random_.below(setting_.flavor == Flavor::Integer ? 2 : 4)];
    }
    return c;
  }

  Random& random_;
  const Setting& setting_;
};

// ---- one stream: the plan as one sentron sees it ----

class StreamWriter {
 public:
  StreamWriter(Random& random, const Setting& setting, WordRules rules, isa::Stream& stream)
      : random_(random), setting_(setting), rules_(rules), stream_(stream) {}

  void write(const Block& top) {
    const std::size_t leaves_at = setting_.deadlocking && random_.chance(0.4) && rules_.sentron == 0
                                      ? static_cast<std::size_t>(random_.below(top.items.size() + 1))
                                      : top.items.size();
    for (std::size_t i = 0; i < leaves_at; ++i) {
      if (setting_.deadlocking && random_.chance(0.1)) receive_from(any_sentron());
      write_item(top.items[i]);
    }
  }

 private:
  std::uint32_t any_sentron() { return static_cast<std::uint32_t>(random_.below(setting_.sentrons)); }
  bool mine(std::uint32_t sentron) const { return setting_.mode == Mode::Shared || sentron == rules_.sentron; }

  void write_item(const Item& item) {
    if (const auto* local = std::get_if<Local>(&item)) {
      if (mine(local->sentron)) write_local();
    } else if (const auto* send = std::get_if<Send>(&item)) {
      if (mine(send->from)) send_to(send->to);
    } else if (const auto* receive = std::get_if<Receive>(&item)) {
      if (mine(receive->to)) receive_from(receive->from);
    } else if (const auto* collective = std::get_if<Collective>(&item)) {
      write_collective(*collective);
    } else {
      write_loop(std::get<Block>(item));
    }
  }

  void write_loop(const Block& block) {
    const auto first = static_cast<std::uint32_t>(stream_.words.size());
    const std::size_t position = stream_.loops.size();
    rules_.iterations *= static_cast<double>(block.count);
    for (const Item& item : block.items) write_item(item);
    rules_.iterations /= static_cast<double>(block.count);
    const auto end = static_cast<std::uint32_t>(stream_.words.size());
    if (end == first) return;
    const auto at = stream_.loops.begin() + static_cast<std::ptrdiff_t>(position);
    stream_.loops.insert(at, {first, end - 1, block.count});
  }

  void write_local() {
    if (random_.chance(0.08)) return index_by_register();
    for (std::uint64_t n = 1 + random_.below(3); n > 0; --n) word_with({});
  }

  // A word around one slot that the plan asks for. What `reserved` names is not written by the others.
  void word_with(const std::optional<isa::Slot>& slot, std::vector<RegisterId> reserved = {}, std::uint64_t imm = 0) {
    if (setting_.mode == Mode::Shared) {  // the ring must hold
      reserved.push_back({RegisterId::File::Route, 3});
      reserved.push_back({RegisterId::File::Listen, 3});
    }
    isa::Siw word;
    if (slot) {
      word.slot(isa::info_of(isa::op_of(*slot)).pipe) = *slot;
      word.imm = imm;
    }
    fill_word(random_, rules_, word, reserved);
    stream_.words.push_back(word);
  }

  // dand r, r, #7; sindex p, p, r, d
  void index_by_register() {
    const auto r = static_cast<std::uint8_t>(random_.below(isa::kIntRegisters));
    const auto p = static_cast<std::uint8_t>(random_.below(isa::kCoordinateRegisters));
    auto d = static_cast<std::size_t>(random_.below(isa::kDimensions));
    if (static_cast<int>(d) == rules_.regions->dimension) d = (d + 1) % isa::kDimensions;
    // Upwards only, where plain programs have room upwards.
    constexpr double kMost = 7;
    if (!rules_.reckless) {
      if (rules_.regions->direction[d] < 0 || rules_.drift[d] + kMost * rules_.iterations > 900) return word_with({});
      rules_.drift[d] += kMost * rules_.iterations;
    }
    const RegisterId keep{RegisterId::File::R, r};
    word_with(make_slot(Op::DAND, 1, Type::I64, {r, r}), {keep}, 7);
    word_with(make_slot(Op::SINDEX, 1, Type::None, {p, p, r}, static_cast<std::uint16_t>(d)), {keep});
  }

  void send_to(std::uint32_t to) {
    const auto m = static_cast<std::uint8_t>(random_.below(isa::kMessageRegisters));
    if (setting_.mode == Mode::Shared) {  // m3 keeps the route of the start, which differs by sentron
      return word_with(make_slot(Op::CSEND, 1, Type::None, {3}));
    }
    if (random_.chance(0.6)) {
      return word_with(make_slot(Op::CSEND, 0, Type::None, {m}, static_cast<std::uint16_t>(to)));
    }
    set_partner(Op::CROUTE, m, to);
    word_with(make_slot(Op::CSEND, 1, Type::None, {m}));
  }

  void receive_from(std::uint32_t from) {
    const auto m = static_cast<std::uint8_t>(random_.below(isa::kMessageRegisters));
    if (setting_.mode == Mode::Shared) return word_with(make_slot(Op::CRECV, 1, Type::None, {3}));
    if (random_.chance(0.6)) {
      return word_with(make_slot(Op::CRECV, 0, Type::None, {m}, static_cast<std::uint16_t>(from)));
    }
    set_partner(Op::CLISTEN, m, from);
    word_with(make_slot(Op::CRECV, 1, Type::None, {m}));
  }

  // CROUTE or CLISTEN with the number in the word, or in a register that the word before sets.
  void set_partner(Op op, std::uint8_t m, std::uint32_t sentron) {
    if (random_.chance(0.5)) {
      return word_with(make_slot(op, 0, Type::None, {m}, static_cast<std::uint16_t>(sentron)));
    }
    const auto r = static_cast<std::uint8_t>(random_.below(isa::kIntRegisters));
    const RegisterId keep{RegisterId::File::R, r};
    word_with(make_slot(Op::DMOV, 1, Type::I64, {r}), {keep}, sentron);
    word_with(make_slot(op, 1, Type::None, {m, r}), {keep});
  }

  void write_collective(const Collective& c) {
    const auto& members = setting_.groups[c.group].members;
    const bool member = std::binary_search(members.begin(), members.end(), rules_.sentron);
    if (setting_.mode != Mode::Shared && !member) return;
    const auto lit = static_cast<std::uint16_t>(c.group);
    const auto m = static_cast<std::uint8_t>(random_.below(isa::kMessageRegisters));
    const auto reg = static_cast<std::uint8_t>(random_.below(16));
    const auto red = static_cast<std::uint16_t>(lit | static_cast<unsigned>(c.reduction) << 12U);
    switch (c.op) {
      case Op::CBAR: return word_with(make_slot(Op::CBAR, 0, Type::None, {}, lit));
      case Op::CCAST: return word_with(make_slot(Op::CCAST, 0, Type::None, {m, c.member}, lit));
      default: return word_with(make_slot(Op::CREDUCE, c.type == Type::I64 ? 0 : 1, c.type, {reg}, red));
    }
  }

  Random& random_;
  const Setting& setting_;
  WordRules rules_;
  isa::Stream& stream_;
};

// ---- the program around the streams ----

Setting random_setting(Random& random, const RandomProgramOptions& options) {
  Setting s;
  if (options.max_sentrons > 1) {
    if (random.chance(0.55)) s.mode = random.chance(0.25) ? Mode::Shared : Mode::Team;
  }
  if (s.mode != Mode::Solo) s.sentrons = 2 + static_cast<std::uint32_t>(random.below(options.max_sentrons - 1));
  s.loops = options.loops;
  s.iterations = options.iterations;
  s.long_loops = options.long_loops;
  s.reckless = random.chance(options.faulting_share);
  s.deadlocking = random.chance(options.deadlocking_share);
  s.flavor = random.chance(0.3) ? Flavor::Integer : random.chance(0.5) ? Flavor::Float : Flavor::Any;
  const std::uint64_t groups = s.mode == Mode::Solo ? random.below(2) : 1 + random.below(3);
  for (std::uint64_t g = 0; g < groups; ++g) {
    isa::Group group{"g_" + std::to_string(g), {}};
    for (std::uint32_t i = 0; i < s.sentrons; ++i) {
      if (s.mode == Mode::Shared || random.chance(0.7)) group.members.push_back(i);
    }
    if (group.members.empty()) group.members.push_back(0);
    s.groups.push_back(group);
  }
  return s;
}

Regions random_regions(Random& random, bool reckless) {
  Regions r;
  r.dimension = static_cast<int>(random.below(isa::kDimensions));
  r.read_only = static_cast<std::uint32_t>(random.below(1900));
  r.first_owned = r.read_only + 1 + static_cast<std::uint32_t>(random.below(32));
  for (std::size_t d = 0; d < r.base.size(); ++d) {
    r.direction[d] = random.chance(0.5) ? 1 : -1;
    const bool edge = random.chance(0.5);
    const std::int64_t low = edge ? random.between(0, 3) : random.between(4, 1000);
    r.base[d] = static_cast<std::uint16_t>(r.direction[d] > 0 ? low : isa::kDimensionSize - 1 - low);
    if (reckless && random.chance(0.5)) r.direction[d] = -r.direction[d];  // towards the near edge
  }
  return r;
}

isa::Registers random_registers(Random& random, const Regions& regions, std::uint32_t sentron) {
  isa::Registers registers;
  for (auto& r : registers.r) r = random.chance(0.7) ? random_integer(random) : 0;
  for (auto& v : registers.v) {
    if (random.chance(0.5)) v = random_vector(random);
  }
  for (std::size_t i = 0; i < registers.p.size(); ++i) {
    const bool owned = i < kOwnedP || random.chance(0.5);
    registers.p[i] = random_coordinate(random, regions, owned ? regions.first_owned + sentron : regions.read_only);
  }
  for (auto& m : registers.m) {
    for (auto& lane : m.lane) lane = random.chance(0.5) ? random_integer(random) : 0;
  }
  registers.cmp = static_cast<std::uint16_t>(random.chance(0.5) ? random.next() : 0);
  return registers;
}

void add_memory(Random& random, const Regions& regions, isa::Program& program) {
  const auto sentrons = static_cast<std::uint32_t>(program.sentrons.size());
  for (std::uint64_t n = random.below(12); n > 0; --n) {
    const auto owner = static_cast<std::uint32_t>(random.below(sentrons));
    const std::uint32_t position = random.chance(0.5) ? regions.read_only : regions.first_owned + owner;
    program.memory[random_coordinate(random, regions, position)] = random_vector(random);
  }
}

// m3 leads around the ring in both directions of a shared stream.
void set_ring(isa::Registers& registers, std::uint32_t sentron, std::uint32_t sentrons) {
  registers.route[3] = static_cast<std::int32_t>((sentron + 1) % sentrons);
  registers.listen[3] = static_cast<std::int32_t>((sentron + sentrons - 1) % sentrons);
}

}  // namespace

isa::Program random_program(std::uint64_t seed, const RandomProgramOptions& options) {
  Random random(seed);
  const Setting setting = random_setting(random, options);
  const Regions regions = random_regions(random, setting.reckless);
  const Block top = Planner(random, setting).plan(1 + static_cast<unsigned>(random.below(options.max_items)));
  isa::Program program;
  program.name = "random_" + std::to_string(seed);
  program.groups = setting.groups;
  WordRules rules;
  rules.regions = &regions;
  rules.shared_stream = setting.mode == Mode::Shared;
  rules.reckless = setting.reckless;
  rules.flavor = setting.flavor;
  rules.sentrons = setting.sentrons;
  rules.memory = options.memory;
  rules.stores = options.stores;
  rules.steps = options.steps;
  rules.moves = options.moves;
  rules.coordinates = options.coordinates;
  const bool dense = random.chance(options.dense_share);
  rules.density = dense ? std::array<double, 3>{0.95, 0.9, 0.6} : std::array<double, 3>{0.6, 0.4, 0.2};
  for (std::uint32_t i = 0; i < setting.sentrons; ++i) {
    isa::SentronSpec sentron{std::string("t").append(std::to_string(i)), 0, random_registers(random, regions, i)};
    if (setting.mode == Mode::Shared) {
      set_ring(sentron.initial, i, setting.sentrons);
    } else {
      sentron.stream = i;
    }
    if (setting.mode != Mode::Shared || i == 0) {
      rules.sentron = i;
      isa::Stream& stream = program.streams.emplace_back();
      stream.name = "code" + std::to_string(i);
      StreamWriter(random, setting, rules, stream).write(top);
      isa::compute_dependency_flags(stream);
    }
    program.sentrons.push_back(std::move(sentron));
  }
  add_memory(random, regions, program);
  return program;
}

}  // namespace vtpu::testbench
