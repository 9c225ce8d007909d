// Waves of a lockstep, read back: both models, their difference, and the RTL's own signals on one time axis.
#include "testbench/lockstep_waves.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "../traces/vcd_parser.hpp"
#include "asm/assembler.hpp"

namespace {

using namespace vtpu;
namespace fs = std::filesystem;

struct Waves {
  traces::test::VcdFile file;
  std::string view;
  layout::Layout layout;
  testbench::LockstepOutcome outcome;
};

const traces::Window kTwentyToSixty{traces::Span{20, 40}, {}};

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Setup {
  unsigned cores = 1;
  traces::Window window;
  testbench::LockstepLimits limits;
};

// 30 rounds of port_conflict on zen4.
Waves waves_of_a_lockstep(const Setup& setup) {
  std::string pattern = (fs::temp_directory_path() / "vtpu_waves_XXXXXX").string();
  REQUIRE(mkdtemp(pattern.data()) != nullptr);
  const fs::path folder = pattern;
  Waves waves;
  waves.layout = *layout::find_layout("zen4", VTPU_SOURCE_DIR "/layouts");
  auto program = assembly::assemble_file(VTPU_SOURCE_DIR "/programs/port_conflict.siw");
  REQUIRE(program);
  program->streams[0].loops[0].count = 30;
  testbench::LockstepWaveRequest request;
  request.path = folder / "out.fst";
  request.window = setup.window;
  auto listeners = testbench::LockstepWaves::create(request, waves.layout, *program, setup.cores);
  REQUIRE(listeners);
  testbench::LockstepOptions options;
  options.layout = &waves.layout;
  options.cores = setup.cores;
  options.limits = setup.limits;
  (*listeners)->listen(options);
  waves.outcome = testbench::run_lockstep(*program, options);
  REQUIRE((*listeners)->finish());
  REQUIRE(std::system(fmt::format("fst2vcd {0}/out.fst > {0}/out.vcd 2>/dev/null", folder.string()).c_str()) == 0);
  waves.file = traces::test::parse_vcd(text_of(folder / "out.vcd"));
  for (const std::string& e : waves.file.errors) UNSCOPED_INFO(e);
  CHECK(waves.file.errors.empty());
  waves.view = text_of(folder / "out.gtkw");
  fs::remove_all(folder);
  return waves;
}

bool can_read_fst() {
  if (std::system("command -v fst2vcd >/dev/null 2>&1") == 0) return true;
  WARN("fst2vcd is not installed");
  return false;
}

TEST_CASE("the waves of a lockstep hold both models, which do not differ in any cycle") {
  if (!can_read_fst()) return;
  for (const unsigned cores : {1U, 2U}) {
    const Waves waves = waves_of_a_lockstep({cores, kTwentyToSixty, {}});
    CHECK(waves.outcome.agrees());
    CHECK(waves.file.end == 60);
    std::size_t signals = 0;
    for (const auto& [path, signal] : waves.file.signals) {
      if (!path.starts_with("rtl.")) continue;
      INFO(path);
      CHECK(waves.file.signals.at("model." + path.substr(4)).changes == signal.changes);
      ++signals;
    }
    CHECK(signals > 80);
    for (std::uint64_t c = 20; c < 60; ++c) CHECK(waves.file.signals.at("difference.any").at(c) == "0");
  }
}

TEST_CASE("the RTL's own signals stand in the cycles of its events: a port starts what the event says") {
  if (!can_read_fst()) return;
  const Waves waves = waves_of_a_lockstep({1, kTwentyToSixty, {}});
  const traces::test::VcdSignal& started = waves.file.signals.at("TOP.started_o[19:0]");
  unsigned starts = 0;
  for (std::uint64_t c = 20; c < 60; ++c) {
    const std::string bits = started.at(c);
    REQUIRE(bits.size() == 20);
    for (std::size_t p = 0; p < waves.layout.ports.size(); ++p) {
      const std::string uop = fmt::format("rtl.core0.port.{}.uop[23:0]", waves.layout.ports[p].name);
      INFO(uop << " in cycle " << c);
      const bool executes = waves.file.signals.at(uop).at(c).front() != 'z';
      CHECK((bits[19 - p] == '1') == executes);  // all of this program's uops hold their port for one cycle
      starts += executes ? 1 : 0;
    }
  }
  CHECK(starts > 100);
}

TEST_CASE("of the RTL, the waves hold the ports and variables of its modules, and little that is wide") {
  if (!can_read_fst()) return;
  const Waves waves = waves_of_a_lockstep({1, kTwentyToSixty, {}});
  std::set<std::string> scopes;
  std::uint64_t bits = 0;
  for (const auto& [path, signal] : waves.file.signals) {
    if (!path.starts_with("TOP.")) continue;
    scopes.insert(path.substr(0, path.rfind('.')));
    bits += signal.bits * (signal.changes.size() - 1);
  }
  for (const char* unit : {"front_end_i", "rename_unit_i", "issue_unit_i", "load_store_unit_i", "retire_unit_i"}) {
    CHECK(scopes.count(fmt::format("TOP.sentron_core.{}", unit)) == 1);
  }
  // Processes are scopes too, but what is local to one stays as its last loop left it.
  for (const std::string& scope : scopes) {
    INFO(scope);
    CHECK((scope == "TOP" || scope == "TOP.sentron_core" || scope.ends_with("_i")));
  }
  // What a file costs goes by the bits that change. Names of one signal count each here: 6,000 in a cycle, and 19,000
  // with what is local to processes and with each unit's copies of what others trace.
  CHECK(bits / 40 < 9000);
}

TEST_CASE("waves of a lockstep that a difference ends are whole, up to that cycle") {
  if (!can_read_fst()) return;
  testbench::LockstepLimits limits;
  limits.start = 3;  // the watchdog ends it before anything can retire
  const Waves waves = waves_of_a_lockstep({1, {}, limits});
  REQUIRE(waves.outcome.difference);
  CHECK(waves.file.end == waves.outcome.difference->cycle + 1);
  CHECK(waves.file.signals.at("TOP.started_o[19:0]").changes.begin()->first == 0);
}

TEST_CASE("the view of a lockstep shows signals that are there") {
  if (!can_read_fst()) return;
  const Waves waves = waves_of_a_lockstep({1, kTwentyToSixty, {}});
  std::istringstream view(waves.view);
  unsigned rows = 0;
  for (std::string line; std::getline(view, line);) {
    if (!line.starts_with("+{")) continue;
    const std::string path = line.substr(line.find("} ") + 2);
    INFO(path);
    CHECK(waves.file.signals.count(path) == 1);
    ++rows;
  }
  CHECK(rows > 40);
}

}  // namespace
