#include "testbench/synthetic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>
#include <vector>

#include "isa/validate.hpp"
#include "testbench/random.hpp"
#include "testbench/random_word.hpp"

namespace vtpu::testbench {
namespace {

using isa::Op;
using isa::Type;

// Registers by role: D results 0..7, constants 8..11, loaded values 12..15, in both register files.
constexpr unsigned kResults = 8;
constexpr unsigned kConstants = 8;
constexpr unsigned kLoaded = 12;
constexpr unsigned kFew = 4;
constexpr unsigned kGatherP = 3;  // p0..p2 are read along, p3 is written along

constexpr std::array<std::string_view, 6> kMixNames{"d-heavy", "s-heavy", "c-heavy", "balanced", "dense", "sparse"};

// Of D, S and C: an operation stands in one word of this many; 0: in none.
std::array<unsigned, isa::kPipes> spacing_of(Mix mix) {
  switch (mix) {
    case Mix::DHeavy: return {1, 8, 8};
    case Mix::SHeavy: return {8, 1, 8};
    case Mix::CHeavy: return {8, 8, 1};
    case Mix::Balanced: return {1, 1, 1};
    case Mix::Dense: return {1, 4, 0};
    case Mix::Sparse: return {4, 1, 0};
  }
  return {};
}
constexpr std::array<std::string_view, 3> kLocalityNames{"high", "medium", "low"};

struct Walk {
  int dimension = 0;
  int step = 1;
  unsigned accesses = 60;  // of one p register between two resets
};
Walk walk_of(Locality locality) {
  switch (locality) {
    case Locality::High: return {0, 1, 60};
    case Locality::Medium: return {0, 1, 1900};
    case Locality::Low: return {1, 1, 1900};
  }
  return {};
}

std::uint8_t byte(std::uint64_t value) { return static_cast<std::uint8_t>(value); }

// Which words of the body hold an operation of a pipe that fills one word in `every`.
std::vector<bool> spread(Random& random, unsigned words, unsigned every) {
  std::vector<bool> filled(words, false);
  if (every == 0) return filled;
  for (unsigned first = 0; first < words; first += every) {
    const unsigned group = std::min(every, words - first);
    filled[first + random.below(group)] = true;
  }
  return filled;
}

class Writer {
 public:
  explicit Writer(const SyntheticOptions& options)
      : options_(options), random_(options.seed ^ 0x53594E5448ULL), walk_(walk_of(options.locality)) {}

  isa::Program write() {
    write_body();
    const unsigned most =
        to_and_fro() ? std::max(1U, uses_of_p_[kGatherP]) : *std::max_element(uses_of_p_.begin(), uses_of_p_.end());
    const std::uint64_t inner = std::max<std::uint64_t>(1, most == 0 ? 64 : walk_.accesses / most);
    isa::Program program;
    program.name = name_of(options_);
    isa::Stream& stream = program.streams.emplace_back();
    stream.name = "main";
    for (unsigned p = 0; p <= kGatherP; ++p) {
      if (uses_of_p_[p] == 0) continue;
      isa::Siw word;
      word.s = make_slot(Op::SSETP, 0, Type::None, {byte(p)});
      word.set_coord(start_of(p));
      stream.words.push_back(word);
    }
    const auto first = static_cast<std::uint32_t>(stream.words.size());
    stream.words.insert(stream.words.end(), body_.begin(), body_.end());
    const auto last = static_cast<std::uint32_t>(stream.words.size() - 1);
    const std::uint64_t round = first + body_.size() * inner;
    stream.loops = {{0, last, std::max<std::uint64_t>(1, (options_.words + round - 1) / round)}, {first, last, inner}};
    isa::compute_dependency_flags(stream);
    program.sentrons.push_back({"t0", 0, initial_registers()});
    return program;
  }

 private:
  isa::Coordinate start_of(unsigned p) const {
    isa::Dimensions d;
    d.fill(1);
    d[0] = options_.locality == Locality::Low ? static_cast<std::uint16_t>(8 * p) : std::uint16_t{0};
    d[2] = static_cast<std::uint16_t>(10 + p);
    return isa::from_dimensions(d);
  }

  bool to_and_fro() const { return options_.pointers == 1 && options_.locality == Locality::High; }

  void write_body() {
    const auto [every_d, every_s, every_c] = spacing_of(options_.mix);
    const unsigned words = options_.body_words;
    const std::vector<bool> d = spread(random_, words, every_d);
    const std::vector<bool> s = spread(random_, words, every_s);
    const std::vector<bool> c = spread(random_, words, every_c);
    for (unsigned i = 0; i < words; ++i) {
      isa::Siw word;
      if (d[i]) word.d = dense();
      if (s[i]) word.s = sparse();
      if (c[i]) word.c = pack();
      if (!isa::is_nop(isa::op_of(word.d)) || !isa::is_nop(isa::op_of(word.s)) || !isa::is_nop(isa::op_of(word.c))) {
        body_.push_back(word);
      }
    }
  }

  // A chain works in place on one register; a new chain starts from constants.
  isa::Slot dense() {
    if (chain_left_ == 0) {
      chain_left_ = std::max(1U, options_.depth);
      chain_register_ = (chain_register_ + 1) % kResults;
      chain_is_vector_ = random_.chance(options_.vector_share);
      chain_starts_ = options_.depth < options_.body_words;
    }
    --chain_left_;
    const std::uint8_t to = byte(chain_register_);
    const std::uint8_t from = chain_starts_ ? constant() : to;
    chain_starts_ = false;
    if (chain_is_vector_) {
      static constexpr Op kOps[] = {Op::DADD, Op::DSUB, Op::DFMA, Op::DMAX};
      const Op op = kOps[random_.below(4)];
      if (op == Op::DFMA) return make_slot(op, 1, Type::F32x16, {to, constant(), constant(), from});
      return make_slot(op, 2, Type::F32x16, {to, from, constant()});
    }
    static constexpr Op kOps[] = {Op::DADD, Op::DSUB, Op::DAND, Op::DOR, Op::DXOR, Op::DADD, Op::DADD, Op::DMUL};
    return make_slot(kOps[random_.below(8)], 0, Type::I64, {to, from, constant()});
  }

  isa::Slot sparse() {
    const bool store = random_.chance(0.2);
    const unsigned p = store ? kGatherP : static_cast<unsigned>(random_.below(options_.pointers));
    const bool back = to_and_fro() && !store && uses_of_p_[p] % 2 == 1;
    ++uses_of_p_[p];
    const std::uint16_t walk = isa::make_post_inc({walk_.dimension, back ? -walk_.step : walk_.step});
    const std::uint8_t lane = byte(random_.below(8));
    if (store) return make_slot(Op::SSCATTR, 0, Type::I64, {constant(), byte(p), lane}, walk);
    const std::uint8_t to = byte(kLoaded + random_.below(kFew));
    if (random_.chance(options_.vector_share)) return make_slot(Op::SGATHER, 2, Type::B512, {to, byte(p)}, walk);
    return make_slot(Op::SGATHER, 0, Type::I64, {to, byte(p), lane}, walk);
  }

  isa::Slot pack() {
    const std::uint8_t to = byte(random_.below(isa::kMessageRegisters) | random_.below(4) << 4U);
    return make_slot(Op::CPACK, 0, Type::I64, {to, constant()});
  }

  std::uint8_t constant() { return byte(kConstants + random_.below(kFew)); }

  isa::Registers initial_registers() {
    isa::Registers registers;
    for (unsigned i = 0; i < kFew; ++i) {
      registers.r[kConstants + i] = random_.below(1000) + 1;
      const float value = 0.5F + static_cast<float>(random_.below(1000)) / 1000;
      const std::uint64_t bits = std::bit_cast<std::uint32_t>(value);
      registers.v[kConstants + i].lane.fill(bits << 32U | bits);
    }
    return registers;
  }

  const SyntheticOptions& options_;
  Random random_;
  Walk walk_;
  std::vector<isa::Siw> body_;
  std::array<unsigned, kGatherP + 1> uses_of_p_{};
  unsigned chain_left_ = 0;
  unsigned chain_register_ = 0;
  bool chain_is_vector_ = false;
  bool chain_starts_ = true;
};

template <typename E, std::size_t N>
std::optional<E> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<E>(at - names.begin());
}

}  // namespace

std::string_view name_of(Mix mix) { return kMixNames[static_cast<std::size_t>(mix)]; }
std::string_view name_of(Locality locality) { return kLocalityNames[static_cast<std::size_t>(locality)]; }
std::optional<Mix> mix_named(std::string_view name) { return named<Mix>(kMixNames, name); }
std::optional<Locality> locality_named(std::string_view name) { return named<Locality>(kLocalityNames, name); }

isa::Program synthetic_program(const SyntheticOptions& options) { return Writer(options).write(); }

std::string describe(const SyntheticOptions& o) {
  return fmt::format(
      "mix {}, {} words in bodies of {}, depth {}, {} pointers, locality {}, {:.0f} % of it vectors, seed {}",
      name_of(o.mix), o.words, o.body_words, o.depth, o.pointers, name_of(o.locality), 100 * o.vector_share, o.seed);
}

std::string name_of(const SyntheticOptions& o) {
  std::string name = fmt::format("{}_depth{}_{}_{}", name_of(o.mix), o.depth, name_of(o.locality), o.seed);
  if (o.pointers != SyntheticOptions{}.pointers) name += fmt::format("_pointers{}", o.pointers);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

std::array<SyntheticOptions, 2> complementary_pair(std::uint64_t words, std::uint64_t seed) {
  SyntheticOptions dense;
  dense.mix = Mix::Dense;
  dense.words = words;
  dense.depth = dense.body_words;
  dense.vector_share = 1;
  dense.seed = seed;
  SyntheticOptions sparse;
  sparse.mix = Mix::Sparse;
  sparse.words = 4 * words;  // it is about four times as fast, so that they end at about the same time
  sparse.depth = sparse.body_words;
  sparse.pointers = 1;
  sparse.vector_share = 0;
  sparse.seed = seed;
  return {dense, sparse};
}

SyntheticOptions generated_stream(std::uint64_t index, std::uint64_t seed) {
  static constexpr std::array<unsigned, 4> kDepths{1, 2, 4, 16};
  SyntheticOptions o;
  o.mix = static_cast<Mix>(index % 4);
  o.depth = kDepths[index / 4 % 4];
  o.locality = static_cast<Locality>(index / 16 % 3);
  o.vector_share = index % 2 == 0 ? 0.25 : 0;
  o.seed = seed + index;
  return o;
}

}  // namespace vtpu::testbench
