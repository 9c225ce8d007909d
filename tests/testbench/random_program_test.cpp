#include "testbench/random_program.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "isa/validate.hpp"
#include "reference/engine.hpp"

namespace {

using namespace vtpu;
using isa::Op;
using isa::Type;

constexpr std::uint64_t kPrograms = 2000;

// What a slot can be: operation, form, type.
using Shape = std::tuple<Op, unsigned, Type>;

template <typename F>
void for_each_slot(const isa::Program& program, F f) {
  for (const isa::Stream& stream : program.streams) {
    for (const isa::Siw& word : stream.words) {
      for (const isa::Pipe pipe : {isa::Pipe::D, isa::Pipe::S, isa::Pipe::C}) {
        if (!isa::is_nop(isa::op_of(word.slot(pipe)))) f(word, word.slot(pipe));
      }
    }
  }
}

TEST_CASE("every random program passes the validator") {
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    const Errors errors = isa::validate(testbench::random_program(seed));
    INFO("seed " << seed << (errors.empty() ? "" : ": " + errors.front().text()));
    REQUIRE(errors.empty());
  }
}

TEST_CASE("a seed names one program") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    REQUIRE(testbench::random_program(seed) == testbench::random_program(seed));
    REQUIRE_FALSE(testbench::random_program(seed) == testbench::random_program(seed + 1));
  }
}

TEST_CASE("2000 random programs reach every form and type of every operation") {
  std::set<Shape> seen;
  for (std::uint64_t seed = 0; seed < kPrograms; ++seed) {
    for_each_slot(testbench::random_program(seed), [&](const isa::Siw&, const isa::Slot& slot) {
      seen.insert({isa::op_of(slot), isa::form_of(slot), isa::type_of(slot)});
    });
  }
  for (const isa::OpInfo& info : isa::all_ops()) {
    if (isa::is_nop(info.op)) continue;
    for (unsigned form = 0; form < info.forms.size(); ++form) {
      for (int t = 0; t < isa::kTypes; ++t) {
        const auto type = static_cast<Type>(t);
        if ((info.forms[form].types & isa::mask_of(type)) == 0) continue;
        INFO(info.mnemonic << " form " << form << " type '" << isa::name_of(type) << "'");
        CHECK(seen.count({info.op, form, type}) == 1);
      }
    }
  }
}

TEST_CASE("random programs have loops, several sentrons, shared streams and groups") {
  std::size_t loops = 0, nested = 0, several = 0, shared = 0, groups = 0, memory = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const isa::Program p = testbench::random_program(seed);
    for (const isa::Stream& s : p.streams) {
      loops += s.loops.size();
      for (std::size_t i = 1; i < s.loops.size(); ++i) nested += s.loops[i].first <= s.loops[i - 1].last ? 1 : 0;
    }
    several += p.sentrons.size() > 1 ? 1 : 0;
    shared += p.sentrons.size() > p.streams.size() ? 1 : 0;
    groups += p.groups.size();
    memory += p.memory.size();
  }
  CHECK(loops > 100);
  CHECK(nested > 20);
  CHECK(several > 150);
  CHECK(shared > 30);
  CHECK(groups > 200);
  CHECK(memory > 500);
}

TEST_CASE("without the shares that may fault or deadlock, every program comes to its end") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const reference::RunOutcome outcome = reference::run(testbench::random_program(seed, {0, 0, 5, 8}));
    INFO("seed " << seed);
    for (const isa::SentronState& s : outcome.state.sentrons) REQUIRE(s.lifecycle == isa::Lifecycle::Retired);
  }
}

TEST_CASE("with them, some programs fault and some deadlock") {
  std::size_t faulted = 0, deadlocked = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const reference::RunOutcome outcome = reference::run(testbench::random_program(seed));
    bool fault = false;
    for (const isa::SentronState& s : outcome.state.sentrons) fault = fault || s.fault != isa::Fault::None;
    faulted += fault ? 1 : 0;
    deadlocked += outcome.deadlock ? 1 : 0;
  }
  CHECK(faulted >= 20);
  CHECK(deadlocked >= 20);
  CHECK(faulted + deadlocked < 200);
}

// Owned p registers stay in their region: no instruction of a stream names a coordinate of another sentron's region,
// and nobody steps along the dimension that tells regions apart. That dimension is the one in which all owned starts
// differ.
TEST_CASE("sentrons write only coordinates of their own") {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    const isa::Program p = testbench::random_program(seed);
    if (p.sentrons.size() < 2) continue;
    std::set<int> apart;
    for (int d = 0; d < isa::kDimensions; ++d) {
      bool differs = true;
      for (std::size_t r = 0; r < 4 && differs; ++r) {
        const auto at = [&](std::size_t s) { return isa::get_dimension(p.sentrons[s].initial.p[r], d); };
        for (std::size_t s = 1; s < p.sentrons.size(); ++s) differs = differs && at(s) == at(0) + s;
      }
      if (differs) apart.insert(d);
    }
    REQUIRE_FALSE(apart.empty());
    if (apart.size() > 1) continue;  // a second one by chance
    for_each_slot(p, [&](const isa::Siw& word, const isa::Slot& slot) {
      const isa::Form& form = isa::form_info(slot);
      if (form.literal == isa::LitKind::PostInc && isa::post_inc_of(slot.lit).step != 0) {
        REQUIRE(isa::post_inc_of(slot.lit).dimension != *apart.begin());
      }
      if (form.literal == isa::LitKind::Dim) REQUIRE(slot.lit != *apart.begin());
      if (isa::info_of(isa::op_of(slot)).writes_memory && isa::uses_coord(slot)) {
        REQUIRE(p.sentrons.size() == p.streams.size());
        REQUIRE(word.coord() != isa::Coordinate{});
      }
    });
  }
}

}  // namespace
