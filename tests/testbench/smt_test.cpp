// Two programs on one core: side by side in memory, faster together than one, and what holds them back.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ran_program.hpp"
#include "testbench/smt_measurement.hpp"
#include "testbench/smt_pair.hpp"
#include "testbench/synthetic.hpp"

namespace {

using namespace vtpu;

isa::Program assembled(const std::string& text) {
  const auto program = assembly::assemble(text, "test");
  INFO((program ? std::string() : program.error().front().text()));
  REQUIRE(program);
  return *program;
}

layout::Layout core(const std::string& name) {
  auto layout = layout::find_layout(name, VTPU_SOURCE_DIR "/layouts");
  REQUIRE(layout);
  return *layout;
}

// `words` run 2000 times by one sentron.
isa::Program looped(const std::string& name, const std::string& words) {
  return assembled(".program " + name + "\n.coord at 1.1.1/1.1.1/1.1.1/1.1\n.stream s\nloop 2000 {\n" + words +
                   "\n}\nsscattr.i64 r1, [@at]\n.end\n.sentron t stream=s r1=1 r2=3 p0=@at\n");
}

const std::string kChain = "dmul.i64 r1, r1, r2";  // 3 cycles each, one after the other
const std::string kWide =
    "dadd.i64 r3, r2, r2\ndadd.i64 r4, r2, r2\ndadd.i64 r5, r2, r2\ndadd.i64 r6, r2, r2\ndadd.i64 r7, r2, r2\n"
    "dadd.i64 r8, r2, r2\ndadd.i64 r9, r2, r2\ndadd.i64 r10, r2, r2";

TEST_CASE("programs that use the same coordinates keep their own cells beside each other") {
  const isa::Program a = looped("a", "sgather.i64 r3, [@at].1\ndadd.i64 r1, r1, r3");
  const auto both = testbench::side_by_side(a, a);
  REQUIRE(both);
  const reference::RunOutcome alone = reference::run(a);
  const reference::RunOutcome together = reference::run(*both);
  CHECK(together.state.memory.size() == 2 * alone.state.memory.size());
  for (const isa::SentronState& s : together.state.sentrons) {
    CHECK(s.registers.r == alone.state.sentrons[0].registers.r);
  }
}

TEST_CASE("what a hardware thread cannot run is refused with the reason") {
  const isa::Program fine = looped("fine", kChain);
  const isa::Program talks = assembled(".stream s\ncsend m0, t\ncrecv m0, t\n.end\n.sentron t stream=s\n");
  const isa::Program two = assembled(".stream s\ndnop\n.end\n.sentron t[2] stream=s\n");
  for (const isa::Program* bad : {&talks, &two}) {
    const auto both = testbench::side_by_side(fine, *bad);
    REQUIRE_FALSE(both);
    CHECK(both.error().front().text().find("expected") != std::string::npos);
  }
}

TEST_CASE("two chains run side by side at nearly full speed, two programs that need the whole width at half") {
  const layout::Layout layout = core("zen4");
  const isa::Program chain = looped("chain", kChain);
  const isa::Program wide = looped("wide", kWide);
  const auto chains = testbench::run_pair(chain, chain, layout);
  const auto wides = testbench::run_pair(wide, wide, layout);
  REQUIRE(chains);
  REQUIRE(wides);
  CHECK(chains->throughput() > 1.9);
  CHECK(wides->throughput() == Approx(1.0).margin(0.05));
  CHECK(wides->relative_speed(0) == Approx(wides->relative_speed(1)).margin(0.02));
  for (const auto& pair : {*chains, *wides}) {
    CHECK(pair.threads[0].same_registers);
    CHECK(pair.threads[1].same_registers);
  }
}

TEST_CASE("on a core with one port for D, two D programs conflict and D beside S does not") {
  const layout::Layout layout = core("vtpu3");
  const isa::Program dense = looped("dense", kChain + "\n" + kChain + "\ndadd.i64 r4, r2, r2");
  const isa::Program sparse = looped("sparse", "sgather.i64 r3, [p0].1");
  const auto like = testbench::run_pair(dense, dense, layout);
  const auto unlike = testbench::run_pair(dense, sparse, layout);
  REQUIRE(like);
  REQUIRE(unlike);
  CHECK(like->conflict_share() > 0.1);
  CHECK(like->worst_conflict.find("D of dense") == 0);
  CHECK(unlike->conflict_share() == 0);
  CHECK(unlike->worst_conflict.empty());
}

TEST_CASE(
    "the generated complementary pair does 1.9 times the work of one alone on zen4, like pairs lose more to "
    "conflicts") {
  const auto options = testbench::complementary_pair(40'000, 1);
  const isa::Program dense = testbench::synthetic_program(options[0]);
  const isa::Program sparse = testbench::synthetic_program(options[1]);
  const layout::Layout layout = core("zen4");
  const auto pair = testbench::run_pair(dense, sparse, layout);
  const auto denses = testbench::run_pair(dense, dense, layout);
  const auto sparses = testbench::run_pair(sparse, sparse, layout);
  REQUIRE(pair);
  REQUIRE(denses);
  REQUIRE(sparses);
  CHECK(pair->throughput() > 1.85);
  CHECK(pair->conflict_share() < 0.05);
  CHECK(pair->throughput() > denses->throughput());
  CHECK(pair->throughput() > sparses->throughput());
  CHECK(pair->conflict_share() < denses->conflict_share());
  CHECK(pair->conflict_share() < sparses->conflict_share());
}

// A folder that looks like /sys/devices/system/cpu.
class Topology {
 public:
  Topology() {
    std::string pattern = (std::filesystem::temp_directory_path() / "vtpu_smt_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Topology() { std::filesystem::remove_all(path_); }
  Topology(const Topology&) = delete;
  Topology& operator=(const Topology&) = delete;
  void siblings(int cpu, const std::string& list) const {
    const auto folder = std::filesystem::path(path_) / ("cpu" + std::to_string(cpu)) / "topology";
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "thread_siblings_list") << list << "\n";
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// CPUs that this process may run on.
std::vector<int> own_cpus() {
  cpu_set_t allowed;
  REQUIRE(sched_getaffinity(0, sizeof allowed, &allowed) == 0);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &allowed)) cpus.push_back(cpu);
  }
  return cpus;
}

TEST_CASE("siblings are two CPUs of one core on which this process may run") {
  const std::vector<int> cpus = own_cpus();
  const Topology separate;
  for (const int cpu : cpus) separate.siblings(cpu, std::to_string(cpu));
  CHECK_FALSE(testbench::sibling_cpus(separate.path()));
  CHECK_FALSE(testbench::sibling_cpus(separate.path() + "/missing"));
  if (cpus.size() < 2) return;
  const Topology together;
  const std::string list = std::to_string(cpus[0]) + "," + std::to_string(cpus[1]);
  together.siblings(cpus[0], list);
  together.siblings(cpus[1], list);
  const auto found = testbench::sibling_cpus(together.path());
  REQUIRE(found);
  CHECK(*found == std::array<int, 2>{cpus[0], cpus[1]});
}

TEST_CASE("a pair is measured on two CPUs, each alone and both at once") {
  const std::vector<int> cpus = own_cpus();
  const isa::Program chain = looped("chain", kChain);
  if (cpus.size() < 2) return;
  const auto pair = testbench::measure_pair(chain, looped("wide", kWide), {cpus[0], cpus[1]}, 5,
                                            measure::CycleSourceChoice::automatic);
  if (!pair) {
    WARN("no measurement on this machine: " << pair.error().front().text());
    return;
  }
  for (const auto& thread : pair->threads) {
    CHECK(thread.operations >= 2000);
    CHECK(thread.alone_cycles > 0);
    CHECK(thread.paired_cycles > 0);
  }
  CHECK(pair->throughput() == Approx(pair->threads[0].relative_speed() + pair->threads[1].relative_speed()));
}

}  // namespace
