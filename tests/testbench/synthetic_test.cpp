#include "testbench/synthetic.hpp"

#include <catch2/catch.hpp>

#include "asm/assembler.hpp"
#include "asm/disassembler.hpp"
#include "isa/validate.hpp"
#include "reference/engine.hpp"

namespace {

using namespace vtpu;
using testbench::Locality;
using testbench::Mix;
using testbench::SyntheticOptions;

SyntheticOptions options_of(Mix mix, unsigned depth = 1, Locality locality = Locality::High) {
  SyntheticOptions o;
  o.mix = mix;
  o.depth = depth;
  o.locality = locality;
  o.words = 20'000;
  return o;
}

TEST_CASE("the same options give the same stream, another seed another one") {
  for (std::uint64_t i = 0; i < 12; ++i) {
    SyntheticOptions o = testbench::generated_stream(i, 7);
    REQUIRE(testbench::synthetic_program(o) == testbench::synthetic_program(o));
    SyntheticOptions other = o;
    ++other.seed;
    REQUIRE_FALSE(testbench::synthetic_program(o) == testbench::synthetic_program(other));
  }
}

TEST_CASE("synthetic streams are valid, end without a fault and run the words asked for") {
  for (std::uint64_t i = 0; i < 48; ++i) {
    SyntheticOptions o = testbench::generated_stream(i, 1);
    o.words = 10'000;
    INFO(testbench::describe(o));
    const isa::Program program = testbench::synthetic_program(o);
    REQUIRE(isa::validate(program).empty());
    const reference::RunOutcome outcome = reference::run(program);
    REQUIRE(outcome.state.sentrons[0].lifecycle == isa::Lifecycle::Retired);
    REQUIRE(outcome.words >= o.words);
  }
}

TEST_CASE("the mix is 80/10/10 of the operations, a third each, or 80/20") {
  struct Row {
    Mix mix;
    std::array<double, 3> shares;
  };
  for (const Row& row : {Row{Mix::DHeavy, {0.8, 0.1, 0.1}}, Row{Mix::SHeavy, {0.1, 0.8, 0.1}},
                         Row{Mix::CHeavy, {0.1, 0.1, 0.8}}, Row{Mix::Balanced, {1.0 / 3, 1.0 / 3, 1.0 / 3}},
                         Row{Mix::Dense, {0.8, 0.2, 0}}, Row{Mix::Sparse, {0.2, 0.8, 0}}}) {
    INFO(testbench::name_of(row.mix));
    const reference::RunOutcome outcome = reference::run(testbench::synthetic_program(options_of(row.mix)));
    for (std::size_t pipe = 0; pipe < 3; ++pipe) {
      const double share =
          static_cast<double>(outcome.operations[pipe]) / static_cast<double>(outcome.all_operations());
      CHECK(share == Approx(row.shares[pipe]).margin(0.02));
    }
  }
}

TEST_CASE("chains are as long as the depth says") {
  for (const unsigned depth : {1U, 2U, 4U, 16U}) {
    const isa::Program program = testbench::synthetic_program(options_of(Mix::DHeavy, depth));
    // Length of the run of D operations that each read the result of the one before.
    unsigned length = 1, longest = 1;
    isa::RegisterId before{isa::RegisterId::File::Cmp, 0};
    for (const isa::Siw& word : program.streams[0].words) {
      if (isa::is_nop(isa::op_of(word.d))) continue;
      const isa::RegisterUse use = isa::registers_of(word.d);
      bool follows = false;
      for (int i = 0; i < use.reads; ++i) follows = follows || use.read[static_cast<std::size_t>(i)] == before;
      length = follows ? length + 1 : 1;
      longest = std::max(longest, length);
      before = use.written[0];
    }
    CHECK(longest == depth);
  }
}

TEST_CASE("lower locality misses the translation cache more") {
  const auto misses = [](Locality locality) {
    return reference::run(testbench::synthetic_program(options_of(Mix::SHeavy, 1, locality))).translation.total.misses;
  };
  const std::uint64_t high = misses(Locality::High);
  const std::uint64_t medium = misses(Locality::Medium);
  const std::uint64_t low = misses(Locality::Low);
  CHECK(high < 10);
  CHECK(medium > high);
  CHECK(low > 10 * medium);
}

TEST_CASE("a synthetic stream survives its text form") {
  const isa::Program program = testbench::synthetic_program(options_of(Mix::Balanced));
  const auto again = assembly::assemble(assembly::disassemble(program), "synthetic.siw");
  REQUIRE(again);
  CHECK(again->streams == program.streams);
  CHECK(again->sentrons == program.sentrons);
}

}  // namespace
