// Digests tell states apart; differences name them in plain sentences.
#include "isa/state.hpp"

#include <catch2/catch.hpp>
#include <functional>
#include <set>

namespace vtpu::isa {
namespace {

MachineState two_sentrons() {
  MachineState state;
  state.sentrons.resize(2);
  state.memory[from_dimensions({1, 2, 3})].lane[0] = 7;
  return state;
}

// One change of every field that the engines must agree on.
std::vector<std::function<void(MachineState&)>> all_changes() {
  return {
      [](MachineState& s) { s.sentrons[1].registers.r[15] = 1; },
      [](MachineState& s) { s.sentrons[1].registers.v[15].lane[7] = 1; },
      [](MachineState& s) { s.sentrons[1].registers.p[7].hi = 1; },
      [](MachineState& s) { s.sentrons[1].registers.p[7].lo = 1; },
      [](MachineState& s) { s.sentrons[1].registers.m[3].lane[3] = 1; },
      [](MachineState& s) { s.sentrons[1].registers.route[3] = 0; },
      [](MachineState& s) { s.sentrons[1].registers.listen[3] = 0; },
      [](MachineState& s) { s.sentrons[1].registers.cmp = 1; },
      [](MachineState& s) { s.sentrons[1].lifecycle = Lifecycle::Retired; },
      [](MachineState& s) { s.sentrons[1].fault = Fault::NoRoute; },
      [](MachineState& s) { s.sentrons[1].fault_word = 1; },
      [](MachineState& s) {
        s.memory[from_dimensions({1, 2, 3})].lane[0] = 8;
      },
      [](MachineState& s) { s.memory[from_dimensions({9})].lane[3] = 8; },
      [](MachineState& s) { s.sentrons.resize(3); },
  };
}

TEST_CASE("every field counts in the digest and shows as one difference") {
  const MachineState before = two_sentrons();
  std::set<std::uint64_t> digests{digest(before)};
  for (const auto& change : all_changes()) {
    MachineState after = before;
    change(after);
    CHECK(digests.insert(digest(after)).second);
    CHECK(differences(before, "a", after, "b").size() == 1);
  }
  CHECK(differences(before, "a", before, "b").empty());
  CHECK(digest(before) == digest(two_sentrons()));
}

TEST_CASE("a difference says which sentron, which register and both values") {
  const MachineState a = two_sentrons();
  MachineState b = a;
  b.sentrons[1].registers.r[5] = 42;
  CHECK(differences(a, "reference", b, "native") == std::vector<std::string>{"sentron 1 r5: reference 0, native 42"});
  b = a;
  b.memory.clear();
  CHECK(differences(a, "reference", b, "native") ==
        std::vector<std::string>{
            "cell 0.0.0/0.0.0/0.0.3/2.1 lane 0: reference 0x0000000000000007, native 0x0000000000000000"});
}

TEST_CASE("differences stop at the limit") {
  const MachineState a = two_sentrons();
  MachineState b = a;
  for (auto& r : b.sentrons[0].registers.r) r = 1;
  CHECK(differences(a, "a", b, "b", 3).size() == 3);
}

}  // namespace
}  // namespace vtpu::isa
