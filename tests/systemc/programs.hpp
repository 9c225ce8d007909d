// Programs and layouts for tests of the whole model.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "asm/assembler.hpp"
#include "layout/layout.hpp"
#include "model.hpp"
#include "reference/engine.hpp"

namespace vtpu::systemc::test {

inline isa::Program assembled(const std::string& text) {
  const auto program = assembly::assemble(text, "text");
  if (!program) FAIL(program.error().front().text());
  return *program;
}

// One sentron that runs these lines.
inline isa::Program words(const std::string& lines) {
  return assembled(".coord here 1.1.1/1.1.1/1.1.1/1.1\n.stream main\n" + lines +
                   "\n.end\n.sentron only stream=main p0=@here\n");
}

inline layout::Layout named_layout(const std::string& name) {
  auto layout = layout::find_layout(name, std::string(VTPU_SOURCE_DIR) + "/layouts");
  if (!layout) FAIL(layout.error().front().text());
  return *layout;
}

inline std::vector<isa::Program> all_programs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(VTPU_SOURCE_DIR) + "/programs")) {
    if (entry.path().extension() == ".siw") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<isa::Program> programs;
  for (const auto& file : files) {
    auto program = assembly::assemble_file(file.string());
    if (!program) FAIL(program.error().front().text());
    programs.push_back(std::move(*program));
  }
  return programs;
}

// Loops that count higher are cut down to `most` turns, so that a test ends soon. The program stays valid, but what it
// computes is an other thing, and its messages may no longer pair up; every engine must still agree on it.
inline isa::Program shortened(isa::Program program, std::uint64_t most) {
  for (isa::Stream& stream : program.streams) {
    for (isa::Loop& loop : stream.loops) loop.count = std::min(loop.count, most);
  }
  return program;
}

inline ModelOutcome run_siw(const isa::Program& program, const layout::Layout& layout, unsigned cores = 1) {
  ModelOptions options;
  options.layout = &layout;
  options.cores = cores;
  options.max_cycles = 20'000'000;
  return simulate(program, options);
}

inline ModelOutcome run_host(const isa::Program& program, const layout::Layout& layout,
                             lowering::HostIsa isa = lowering::HostIsa::Avx2) {
  ModelOptions options;
  options.layout = &layout;
  options.source = Source::Host;
  options.isa = isa;
  options.max_cycles = 20'000'000;
  return simulate(program, options);
}

// The state is that of the reference; a message with the first differences where it is not.
inline void check_state(const isa::Program& program, const ModelOutcome& outcome) {
  const reference::RunOutcome expected = reference::run(program);
  const auto differences = isa::differences(expected.state, "reference", outcome.state, "systemc");
  INFO(program.name << ": " << (differences.empty() ? "" : differences.front()));
  CHECK(differences.empty());
  CHECK_FALSE(outcome.limit_reached);
  CHECK(outcome.deadlock.has_value() == expected.deadlock.has_value());
}

inline void check_slots(const ModelOutcome& outcome, const layout::Layout& layout) {
  for (const core::CoreCounts& core : outcome.cores) {
    std::uint64_t sum = 0;
    for (const std::uint64_t slots : core.slots) sum += slots;
    CHECK(sum == outcome.cycles * layout.rename.dispatch_width);
  }
}

}  // namespace vtpu::systemc::test
