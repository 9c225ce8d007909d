// A run of the SystemC model with traces written into a folder of its own.
#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "asm/assembler.hpp"
#include "heard.hpp"
#include "layout/layout.hpp"
#include "model.hpp"
#include "traces/tracer.hpp"

namespace vtpu::traces::test {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vtpu_traces_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_file(const std::string& path) {
  INFO(path);
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline layout::Layout layout_named(const std::string& name) {
  auto layout = layout::find_layout(name, VTPU_SOURCE_DIR "/layouts");
  if (!layout) FAIL(layout.error().front().text());
  return *layout;
}

// A program of programs/, loops that count higher cut down to `most` rounds.
inline isa::Program program_named(const std::string& name, std::uint64_t most) {
  auto program = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/" + name + ".siw");
  if (!program) FAIL(program.error().front().text());
  for (isa::Stream& stream : program->streams) {
    for (isa::Loop& loop : stream.loops) loop.count = std::min(loop.count, most);
  }
  return *program;
}

inline isa::Program program_of(const std::string& text) {
  auto program = assembly::assemble(text, "text");
  if (!program) FAIL(program.error().front().text());
  return *program;
}

struct TracedRun {
  layout::Layout layout;
  isa::Program program;
  Heard heard;
  systemc::ModelOutcome outcome;
  std::vector<TraceFile> files;
};

struct RunSetup {
  std::string layout = "zen4";
  unsigned cores = 1;
  systemc::Source source = systemc::Source::Siw;
};

inline TracedRun traced(const isa::Program& program, const TraceRequest& request, const RunSetup& setup = {}) {
  TracedRun run{layout_named(setup.layout), program, {}, {}, {}};
  auto tracer = Tracer::create(request, run.layout, run.program, setup.cores);
  if (!tracer) FAIL(tracer.error().front().text());
  systemc::ModelOptions options;
  options.layout = &run.layout;
  options.cores = setup.cores;
  options.source = setup.source;
  options.listeners = {&run.heard, &(*tracer)->listener()};
  run.outcome = systemc::simulate(run.program, options);
  auto files = (*tracer)->finish();
  if (!files) FAIL(files.error().front().text());
  run.files = *files;
  return run;
}

}  // namespace vtpu::traces::test
