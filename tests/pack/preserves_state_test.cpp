// Every tier reaches the state of the source, to the bit.
#include <filesystem>
#include <map>

#include "asm/container.hpp"
#include "naive.hpp"
#include "packing.hpp"
#include "testbench/random_program.hpp"

namespace {

using namespace vtpu;

std::vector<std::filesystem::path> programs() {
  std::vector<std::filesystem::path> paths;
  for (const char* folder : {"/programs", "/programs/kernels"}) {
    for (const auto& entry : std::filesystem::directory_iterator(std::string(VTPU_SOURCE_DIR) + folder)) {
      if (entry.path().extension() == ".siw") paths.push_back(entry.path());
    }
  }
  return paths;
}

bool ends_well(const isa::MachineState& state) {
  return std::all_of(state.sentrons.begin(), state.sentrons.end(),
                     [](const auto& s) { return s.lifecycle == isa::Lifecycle::Retired; });
}

// Runs are cut to a few words: long loops differ from shorter ones in nothing but time.
isa::Program shortened(isa::Program program) {
  for (isa::Stream& stream : program.streams) {
    for (isa::Loop& loop : stream.loops) {
      if (loop.count > 1000) loop.count = 37;
    }
  }
  return program;
}

void check(const isa::Program& program, const isa::MachineState& before, const layout::Layout& layout, int tier) {
  const pack::Packed packed = pack::pack(program, layout, {tier});
  const Errors errors = isa::validate(packed.program);
  INFO("tier " << tier << ", layout " << layout.name << (errors.empty() ? "" : ": " + errors.front().text()));
  REQUIRE(errors.empty());
  if (tier < 3) REQUIRE(packed.report.words_after <= packed.report.words_before);
  const isa::MachineState after = reference::run(packed.program).state;
  const auto differences = isa::differences(before, "source", after, "packed", 3);
  INFO((differences.empty() ? "" : differences.front()));
  REQUIRE(before == after);
}

TEST_CASE("every tier preserves the state of every program") {
  for (const auto& path : programs()) {
    const auto loaded = assembly::load_program(path.string());
    REQUIRE(loaded);
    const isa::Program program = shortened(*loaded);
    const isa::MachineState before = reference::run(program).state;
    REQUIRE(ends_well(before));
    for (const char* layout : {"vtpu3", "zen4"}) {
      for (int tier = 0; tier < pack::kTiers; ++tier) {
        INFO(path.filename());
        check(program, before, test::core(layout), tier);
        check(test::one_operation_per_word(program), before, test::core(layout), tier);
      }
    }
  }
}

TEST_CASE("every tier preserves the state of random programs that neither fault nor wait for ever") {
  testbench::RandomProgramOptions options;
  options.faulting_share = 0;
  options.deadlocking_share = 0;
  int checked = 0;
  for (std::uint64_t seed = 1; seed <= 1200; ++seed) {
    const isa::Program program = testbench::random_program(seed, options);
    const isa::MachineState before = reference::run(program).state;
    if (!ends_well(before)) continue;
    ++checked;
    INFO("seed " << seed);
    const layout::Layout& layout = test::core(seed % 2 == 0 ? "vtpu3" : "zen4");
    const isa::Program naive = test::one_operation_per_word(program);
    for (int tier = 0; tier < pack::kTiers; ++tier) {
      check(program, before, layout, tier);
      check(naive, before, layout, tier);
    }
  }
  REQUIRE(checked > 700);
}

TEST_CASE("tier 0 keeps every word") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const isa::Program program = testbench::random_program(seed);
    REQUIRE(pack::pack(program, test::core("zen4"), {0}).program == program);
  }
}

}  // namespace
