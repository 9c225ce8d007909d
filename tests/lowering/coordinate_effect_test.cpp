#include "lowering/coordinate_effect.hpp"

#include <catch2/catch.hpp>
#include <optional>
#include <random>

#include "words.hpp"

using namespace vtpu;
using namespace vtpu::lowering;
using namespace vtpu::lowering::test;
using isa::Coordinate;
using Values = std::array<Coordinate, isa::kCoordinateRegisters>;

namespace {

isa::Siw random_word(std::mt19937& random) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  isa::Siw w;
  switch (below(5)) {
    case 0:
      w.s = set_p(below(4));
      w.set_coord(isa::from_dimensions({1000, 900, 800}));
      break;
    case 1: w.s = slot(isa::Op::SSETP, 1, isa::Type::None, {below(4), below(4)}); break;
    case 2:
      w.s = slot(isa::Op::SINDEX, 0, isa::Type::None, {below(4), below(4)}, below(3));
      w.imm = static_cast<std::uint64_t>(static_cast<std::int64_t>(below(7)) - 3);
      break;
    case 3: w.s = gather(0, below(4), isa::make_post_inc({static_cast<int>(below(2)), 2})); break;
    default: break;
  }
  return w;
}

// Executes one word on values; false where it faults.
bool execute(const isa::Siw& w, Values& p) {
  const isa::Slot& s = w.s;
  std::optional<Coordinate> moved;
  switch (isa::op_of(s)) {
    case isa::Op::SSETP: p[s.f[0]] = isa::form_of(s) == 0 ? w.coord() : p[s.f[1]]; return true;
    case isa::Op::SINDEX:
      moved = isa::step(p[s.f[1]], s.lit, static_cast<std::int64_t>(w.imm));
      if (moved) p[s.f[0]] = *moved;
      return moved.has_value();
    case isa::Op::SGATHER: {
      const isa::PostInc inc = isa::post_inc_of(s.lit);
      moved = isa::step(p[s.f[1]], inc.dimension, inc.step);
      if (moved) p[s.f[1]] = *moved;
      return moved.has_value();
    }
    default: return true;
  }
}

bool execute(const isa::Stream& stream, const std::vector<LoopNode>& loops, std::uint32_t first, std::uint32_t last,
             Values& p) {
  std::size_t next = 0;
  for (std::uint32_t w = first; w <= last;) {
    if (next < loops.size() && loops[next].loop.first == w) {
      const LoopNode& node = loops[next++];
      for (std::uint64_t i = 0; i < node.loop.count; ++i) {
        if (!execute(stream, node.inner, node.loop.first, node.loop.last, p)) return false;
      }
      w = node.loop.last + 1;
    } else if (!execute(stream.words[w++], p)) {
      return false;
    }
  }
  return true;
}

std::optional<Coordinate> value_after(const CoordinateEffect& e, const Values& before) {
  if (e.base == CoordinateEffect::Base::Unknown) return std::nullopt;
  Coordinate c = e.is_constant() ? e.constant : before[e.source];
  for (int d = 0; d < isa::kDimensions; ++d) c = isa::step(c, d, e.delta[static_cast<std::size_t>(d)]).value();
  return c;
}

}  // namespace

TEST_CASE("the effect of nested loops on coordinates is what walking them gives") {
  std::mt19937 random(7);
  unsigned known = 0;
  unsigned walked = 0;
  for (int round = 0; round < 400; ++round) {
    isa::Stream stream;
    for (int i = 0; i < 6; ++i) stream.words.push_back(random_word(random));
    stream.loops = {{0, 5, 1 + random() % 4}, {1, 3, 1 + random() % 5}, {2, 2, 1 + random() % 3}};
    const std::vector<LoopNode> loops = loop_tree(stream);
    REQUIRE(loops.size() == 1);
    Values before;
    for (std::size_t p = 0; p < before.size(); ++p) {
      before[p] = isa::from_dimensions({static_cast<std::uint16_t>(600 + 50 * p), 700, 800});
    }
    Values after = before;
    if (!execute(stream, loops, 0, 5, after)) continue;
    ++walked;
    for (std::size_t p = 0; p < before.size(); ++p) {
      const auto expected = value_after(loops[0].all[p], before);
      if (!expected) continue;
      ++known;
      REQUIRE(*expected == after[p]);
    }
  }
  CHECK(walked > 300);
  CHECK(known > 6 * walked);  // most registers are understood, not given up
}

TEST_CASE("a constant that steps out of range is not known any more") {
  CoordinateEffects effects = no_effect();
  isa::Siw set = word({set_p(1)});
  set.set_coord(isa::from_dimensions({2047}));
  apply_word(effects, set);
  REQUIRE(effects[1].is_constant());
  apply_word(effects, word({gather(0, 1, step_d0(1))}));
  CHECK(effects[1].base == CoordinateEffect::Base::Unknown);
}

TEST_CASE("loops over the same words nest in the order in which they are listed") {
  isa::Stream stream;
  stream.words.resize(3);
  stream.loops = {{0, 1, 2}, {0, 1, 3}, {1, 1, 4}, {2, 2, 5}};
  const auto tree = loop_tree(stream);
  REQUIRE(tree.size() == 2);
  REQUIRE(tree[0].inner.size() == 1);
  REQUIRE(tree[0].inner[0].inner.size() == 1);
  CHECK(tree[0].inner[0].inner[0].index == 2);
  CHECK(tree[0].flat_words == 3 * (1 + 4));
  CHECK(flat_body(tree[0]).size() == tree[0].flat_words);
  CHECK(tree[1].index == 3);
}
