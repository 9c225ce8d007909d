#include <catch2/catch.hpp>

#include "lowering/context.hpp"
#include "words.hpp"

using namespace vtpu;
using namespace vtpu::lowering;
using namespace vtpu::lowering::test;
using isa::Op;
using isa::Pipe;
using isa::Type;

namespace {

constexpr std::array<HostIsa, 2> kIsas{HostIsa::Avx2, HostIsa::Avx512};

isa::Siw set_to(unsigned p, std::uint16_t d0, std::uint16_t d1 = 0) {
  isa::Siw w = word({set_p(p)});
  w.set_coord(isa::from_dimensions({d0, d1}));
  return w;
}

// One D, one S and one C operation, the S operation stepping p0.
isa::Siw balanced() { return word({add(0, 1, 2), gather(3, 0, step_d0(1)), pack(0, 0, 4)}); }

// p0 is unknown: stepped by a register.
isa::Siw unknown() { return word({slot(Op::SINDEX, 1, Type::None, {0, 0, 15}, 1)}); }

}  // namespace

TEST_CASE("a balanced word in a loop over one page is exactly three host instructions") {
  constexpr std::size_t kIterations = 64;
  const isa::Program p = program({set_to(0, 64), balanced()}, {{0, 1, 100000}, {1, 1, kIterations}});
  REQUIRE(isa::validate(p).empty());
  for (const HostIsa isa : kIsas) {
    const Lowered l = lower_program(p, options(isa));
    const auto ends = loop_ends(l.code);
    REQUIRE(ends.size() == 1);
    const std::vector<HostInst> body = body_of(l.code, ends[0]);
    const auto operations = static_cast<std::size_t>(
        std::count_if(body.begin(), body.end(), [](const HostInst& i) { return i.role == HostRole::Operation; }));
    CHECK(operations == 3 * kIterations);
    CHECK((body.size() - operations) * 50 < body.size());  // below 2 %
    CHECK(l.loops[0].kind == LoopKind::Static);
    CHECK(l.loops[1].kind == LoopKind::Static);
    CHECK(l.code.elided_ops == std::vector<std::uint8_t>{2, 0});  // ssetp
  }
}

TEST_CASE("coordinates that start at constants and step alike share one pointer") {
  constexpr std::uint64_t kIterations = 700;
  std::vector<isa::Siw> words;
  for (unsigned p = 0; p < 6; ++p) words.push_back(set_to(p, static_cast<std::uint16_t>(100 * p)));
  for (unsigned p = 0; p < 6; ++p) words.push_back(word({gather(p, p, step_d0(1))}));
  const isa::Program p = program(words, {{0, 11, 50}, {6, 11, kIterations}});
  REQUIRE(isa::validate(p).empty());
  const Lowered l = lower_program(p, options(HostIsa::Avx512));
  CHECK(l.loops[1].kind == LoopKind::Static);
  const auto ends = loop_ends(l.code);
  REQUIRE(ends.size() == 2);
  const std::vector<HostInst> body = body_of(l.code, ends[0]);
  const auto with_role = [&](HostRole role) {
    return std::count_if(body.begin(), body.end(), [&](const HostInst& i) { return i.role == role; });
  };
  CHECK(with_role(HostRole::Translation) == 1);
  CHECK(with_role(HostRole::Operation) == static_cast<std::ptrdiff_t>(6 * l.loops[1].unroll));
}

TEST_CASE("unknown coordinates that step within pages are translated once per page") {
  const isa::Program p = program({unknown(), balanced()}, {{0, 1, 10}, {1, 1, 1000}});
  REQUIRE(isa::validate(p).empty());
  const Lowered l = lower_program(p, options(HostIsa::Avx512));
  CHECK(l.loops[1].kind == LoopKind::Hoisted);
  REQUIRE(l.code.tables.size() == 1);
  // By position: iterations that access this page, at most to the edge of the dimension, beyond which the step faults.
  for (unsigned at = 0; at < 2048; ++at) {
    CHECK(unsigned{l.code.tables[0][at]} == (at >= 1984 ? 2047 - at : 64 - at % 64));
  }
  // The unrolled loop: three instructions per copy, one bump of the pointer, counting.
  std::size_t largest = 0;
  for (const std::size_t end : loop_ends(l.code)) {
    const auto body = body_of(l.code, end);
    if (std::none_of(body.begin(), body.end(), [](const HostInst& i) { return i.word == 0; })) {
      const auto translation =
          std::count_if(body.begin(), body.end(), [](const HostInst& i) { return i.role == HostRole::Translation; });
      if (translation == 1 && body.size() > largest) largest = body.size();
    }
  }
  CHECK(largest == 3 * l.loops[1].unroll + 3);
}

TEST_CASE("without hoisting, unknown coordinates are looked up each time") {
  const isa::Program p = program({unknown(), balanced()}, {{0, 1, 10}, {1, 1, 1000}});
  LowerOptions o = options(HostIsa::Avx512);
  o.hoist = false;
  CHECK(lower_program(p, o).loops[1].kind == LoopKind::Generic);
  o.hoist = true;
  o.placement = phext::Placement::Hash;  // neighbours lie on unrelated pages
  CHECK(lower_program(p, o).loops[1].kind == LoopKind::Generic);
}

TEST_CASE("a coordinate that does not move is hoisted under any placement") {
  const isa::Program p = program({unknown(), word({gather(1, 0)})}, {{1, 1, 1000}});
  for (const phext::Placement placement : phext::kPlacements) {
    LowerOptions o = options(HostIsa::Avx512);
    o.placement = placement;
    CHECK(lower_program(p, o).loops[0].kind == LoopKind::Hoisted);
  }
}

TEST_CASE("a long walk from a constant through contiguous memory is bumped, not translated") {
  const isa::Program p = program({set_to(0, 0), balanced()}, {{1, 1, 2000}});
  const Lowered l = lower_program(p, options(HostIsa::Avx512));
  CHECK(l.loops[0].kind == LoopKind::Static);
  CHECK(l.code.tables.empty());
  CHECK(l.loops[0].unroll > 1);
  // Where memory has a gap it is not.
  LowerOptions gap = options(HostIsa::Avx512);
  gap.resolve = [](const isa::Coordinate& at) {
    return flat_address(at) + (isa::get_dimension(at, 0) >= 1024 ? 4096 : 0);
  };
  CHECK(lower_program(p, gap).loops[0].kind == LoopKind::Hoisted);
}

TEST_CASE("unrolling keeps to its budget and covers every iteration") {
  for (const std::uint64_t count : {2U, 7U, 97U, 256U, 1000U, 1009U}) {
    const isa::Program p = program({word({add(0, 0, 1)}), word({add(1, 1, 2)})}, {{0, 1, count}});
    for (const unsigned budget : {1U, 16U, 256U}) {
      LowerOptions o = options(HostIsa::Avx512);
      o.max_unroll_insts = budget;
      const Lowered l = lower_program(p, o);
      const auto copies = l.loops[0].unroll;
      const std::uint64_t rounds = count / copies;
      const std::size_t emitted = count_if(l.code.insts.begin(), l.code.insts.end(),
                                           [](const HostInst& i) { return i.role == HostRole::Operation; });
      INFO(count << " iterations, budget " << budget);
      CHECK(emitted <= 2 * std::max(2U, budget));
      if (rounds == 1) {
        CHECK(loop_ends(l.code).empty());
        CHECK(emitted == 2 * count);
      } else {
        REQUIRE(loop_ends(l.code).size() == 1);
        CHECK(emitted == 2 * (copies + count % copies));
        const bool counts = std::any_of(l.code.insts.begin(), l.code.insts.end(), [&](const HostInst& i) {
          return i.role == HostRole::Loop && i.op != HostOp::Jcc && i.imm == static_cast<std::int64_t>(rounds);
        });
        CHECK(counts);
      }
    }
  }
}

TEST_CASE("a step that always leaves the range is a jump to its fault") {
  const isa::Program p = program({set_to(0, 2047), word({gather(1, 0, step_d0(1))}), word({add(0, 1, 2)})});
  const HostCode code = lower_program(p, options(HostIsa::Avx512)).code;
  CHECK(std::any_of(code.insts.begin(), code.insts.end(), [](const HostInst& i) {
    return i.op == HostOp::Exit && i.imm == static_cast<std::int64_t>(ExitReason::Faulted);
  }));
  CHECK(first_of(code, 1, Pipe::S) == code.insts.size());
  CHECK(first_of(code, 2, Pipe::D) == code.insts.size());
}

TEST_CASE("addresses that are not known when lowering are looked up when running") {
  const isa::Program p = program({set_to(0, 3), word({gather(1, 0)})});
  const HostCode known = lower_program(p, options(HostIsa::Avx512)).code;
  const HostCode looked_up = lower_program(p, options(HostIsa::Avx512, false)).code;
  const auto calls = [](const HostCode& code) {
    return std::count_if(code.insts.begin(), code.insts.end(), [](const HostInst& i) {
      return i.op == HostOp::CallHelper && i.imm == static_cast<std::int64_t>(HelperId::Translate);
    });
  };
  CHECK(calls(known) == 0);
  CHECK(calls(looked_up) == 1);
}

TEST_CASE("initial coordinates that are known make addresses constant") {
  const isa::Program p = program({word({gather(1, 2)})});
  LowerOptions o = options(HostIsa::Avx512);
  CHECK(count(lower_program(p, o).code, HostRole::Translation) > 4);
  o.known_initial = isa::Registers{};
  o.known_initial->p[2] = isa::from_dimensions({9});
  CHECK(count(lower_program(p, o).code, HostRole::Translation) == 0);
}
