// What listeners hear beyond the times of uops: register writes and operands.
#include "events/events.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "programs.hpp"

using namespace vtpu;
using namespace vtpu::systemc;
using namespace vtpu::systemc::test;

namespace {

using events::Cycle;
using events::RegisterFile;
using events::UopId;
using events::UopInfo;

// Registers as told, from the program's initial ones on.
class WrittenRegisters final : public events::Listener {
 public:
  explicit WrittenRegisters(const isa::Program& program) {
    for (const isa::SentronSpec& s : program.sentrons) sentrons.push_back(s.initial);
  }
  void on_written(Cycle, const events::RegisterWrite& write) override {
    isa::Registers& registers = sentrons.at(write.sentron);
    const std::size_t i = write.index;
    switch (write.file) {
      case RegisterFile::R: registers.r.at(i) = write.value[0]; break;
      case RegisterFile::V: registers.v.at(i).lane = write.value; break;
      case RegisterFile::P: registers.p.at(i) = {write.value[0], write.value[1]}; break;
      case RegisterFile::M: std::copy_n(write.value.begin(), 4, registers.m.at(i).lane.begin()); break;
      case RegisterFile::Cmp: registers.cmp = static_cast<std::uint16_t>(write.value[0]); break;
    }
  }
  std::vector<isa::Registers> sentrons;
};

class Operands final : public events::Listener {
 public:
  explicit Operands(unsigned threads) : threads_(threads) {}
  void on_operand(const UopInfo& uop, UopId producer) override {
    CHECK(producer < uop.id);
    CHECK(producer % threads_ == uop.id % threads_);
    CHECK(retired.count({uop.core, producer}) == 0);
    producers[{uop.core, uop.id}].push_back(producer);
  }
  void on_issued(Cycle cycle, const UopInfo& uop, unsigned) override {
    for (const UopId producer : producers[{uop.core, uop.id}]) {
      INFO("uop " << uop.id << " issued in " << cycle << ", operand of " << producer);
      REQUIRE(issued.count({uop.core, producer}) == 1);
      CHECK(issued.at({uop.core, producer}) < cycle);
    }
    issued[{uop.core, uop.id}] = cycle;
  }
  void on_retired(Cycle cycle, const UopInfo& uop) override { retired[{uop.core, uop.id}] = cycle; }

  using Key = std::pair<std::uint32_t, UopId>;
  std::map<Key, std::vector<UopId>> producers;
  std::map<Key, Cycle> issued, retired;

 private:
  unsigned threads_;
};

void listen_to(const isa::Program& program, const layout::Layout& layout, unsigned cores, events::Listener& listener,
               isa::MachineState* state = nullptr) {
  ModelOptions options;
  options.layout = &layout;
  options.cores = cores;
  options.listeners = {&listener};
  const ModelOutcome outcome = simulate(program, options);
  if (state != nullptr) *state = outcome.state;
}

}  // namespace

TEST_CASE("The register writes that listeners hear, taken together, are the final registers") {
  for (const isa::Program& full : all_programs()) {
    const isa::Program program = shortened(full, 40);
    WrittenRegisters written(program);
    isa::MachineState state;
    listen_to(program, named_layout("zen4"), 2, written, &state);
    INFO(program.name);
    REQUIRE(state.sentrons.size() == written.sentrons.size());
    for (std::size_t s = 0; s < state.sentrons.size(); ++s) {
      isa::Registers expected = state.sentrons[s].registers;
      expected.route = written.sentrons[s].route;  // where messages go is told by no event
      expected.listen = written.sentrons[s].listen;
      CHECK(written.sentrons[s] == expected);
    }
  }
}

TEST_CASE("Operands name older uops in flight, and a uop starts after all of them") {
  const isa::Program program = words(
      "loop 50 {\n"
      "dmul.i64 r1, r1, r2 | sgather.i64 r4, [p0, d0 += 1].0 | cpack.i64 m0[0], r4\n"
      "dadd.i64 r5, r4, r1 | sscattr.i64 r5, [p0].3\n"
      "dcmp.i64.lt r1, r2 | sindex p0, p0, #-1, d0\n"
      "}");
  for (const std::string name : {"zen4", "vtpu3", "tiny1"}) {
    const layout::Layout layout = named_layout(name);
    Operands operands(std::max(1U, layout.smt.threads));
    listen_to(program, layout, 1, operands);
    INFO(name);
    CHECK(operands.producers.size() > 100);
  }
}

TEST_CASE("A chain of dependent adds is told as a chain of operands") {
  const layout::Layout layout = named_layout("zen4");
  Operands operands(1);
  listen_to(words("dadd.i64 r1, r1, r1\ndadd.i64 r1, r1, r1\ndadd.i64 r1, r1, r1"), layout, 1, operands);
  CHECK(operands.producers[{0, 0}].empty());
  CHECK(operands.producers[{0, 1}] == std::vector<UopId>{0, 0});
  CHECK(operands.producers[{0, 2}] == std::vector<UopId>{1, 1});
}
