// Calibration: measurements made by the model of a known layout must give that layout back.
#include "testbench/calibrate/calibrate.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "native/code_loops.hpp"
#include "native/image.hpp"
#include "testbench/calibrate/core_fit.hpp"
#include "testbench/calibrate/port_inference.hpp"
#include "testbench/stream_spec.hpp"
#include "testbench/stream_suite.hpp"

namespace {

using namespace vtpu;
using lowering::HostOp;
using testbench::Calibration;
using testbench::HostLoop;
using testbench::LoopReading;
using testbench::Meter;

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

testbench::CalibrationOptions quick(const layout::Layout& machine) {
  testbench::CalibrationOptions options;
  options.operations.isa = machine.max_vector_bits == 512 ? lowering::HostIsa::Avx512 : lowering::HostIsa::Avx2;
  options.operations.quick = true;
  options.fit.isa = options.operations.isa;
  options.fit.sizes = options.fit.memory = false;
  options.fit.random_mixes = 0;
  options.name = "calibrated";
  options.measured_on = "a model";
  return options;
}

const layout::Crack& crack_of(const layout::Layout& layout, HostOp op) {
  return layout.host_cracks[static_cast<std::size_t>(op)];
}
std::vector<unsigned> ports_of(const layout::Layout& layout, HostOp op) {
  return layout.uops[crack_of(layout, op).uops.front()].ports;
}
std::size_t ports_together(const layout::Layout& layout, HostOp a, HostOp b) {
  const std::vector<unsigned> x = ports_of(layout, a);
  const std::vector<unsigned> y = ports_of(layout, b);
  std::set<unsigned> all(x.begin(), x.end());
  all.insert(y.begin(), y.end());
  return all.size();
}

// Names of ports are free; how many each operation has, and how many two have together, are not.
void check_same_ports(const layout::Layout& found, const layout::Layout& truth, const std::vector<HostOp>& ops) {
  for (const HostOp a : ops) {
    for (const HostOp b : ops) {
      INFO(lowering::name_of(a) << " and " << lowering::name_of(b));
      CHECK(ports_together(found, a, b) == ports_together(truth, a, b));
    }
  }
}

TEST_CASE("sets of ports come back from the mixes that they make, with noise on them") {
  const std::vector<std::vector<unsigned>> truth{
      {0, 1, 2, 3, 4, 5}, {1, 2, 3}, {3, 4, 5}, {1}, {8, 9, 10, 11}, {8, 9}, {10, 11}, {9, 10}, {8, 11}, {12, 13}};
  std::vector<testbench::PortUser> users;
  for (const auto& ports : truth) users.push_back({"user", static_cast<unsigned>(ports.size())});
  std::vector<std::vector<std::size_t>> unions(truth.size(), std::vector<std::size_t>(truth.size()));
  std::vector<testbench::MeasuredMix> mixes;
  for (std::size_t a = 0; a < truth.size(); ++a) {
    for (std::size_t b = a + 1; b < truth.size(); ++b) {
      std::set<unsigned> both(truth[a].begin(), truth[a].end());
      both.insert(truth[b].begin(), truth[b].end());
      unions[a][b] = both.size();
      const double noise = 1 + 0.01 * static_cast<double>((3 * a + 5 * b) % 6);
      mixes.push_back(
          {a, b, noise * testbench::mix_cycles(users[a].ports, users[b].ports, static_cast<unsigned>(both.size()), 8)});
    }
  }
  const auto map = testbench::infer_ports(users, mixes, 8);
  REQUIRE(map);
  for (std::size_t a = 0; a < truth.size(); ++a) {
    CHECK(map->ports[a].size() == truth[a].size());
    for (std::size_t b = a + 1; b < truth.size(); ++b) {
      std::set<unsigned> both(map->ports[a].begin(), map->ports[a].end());
      both.insert(map->ports[b].begin(), map->ports[b].end());
      INFO(a << " and " << b);
      CHECK(both.size() == unions[a][b]);
    }
  }
  CHECK(map->error < 0.06);
}

TEST_CASE("from the wrong core's layout the ports of the measured one are found", "[slow]") {
  // Starts that general operations lose, as their ports are given out by chance, look like shared ports.
  layout::Layout zen5 = shipped("zen5");
  for (layout::Queue& queue : zen5.queues) {
    if (queue.name != "alq") continue;
    queue.eager = queue.one_result = false;
    queue.group_ports = 0;
    queue.dispatch_room = 1;
  }
  // A core with ports in common: a multiplier and shifts, vector loads and both kinds of others, a move and the
  // integers.
  zen5.uops[crack_of(zen5, HostOp::Imul).uops.front()].ports = {1, 3, 4};
  zen5.uops[crack_of(zen5, HostOp::VmovqToVec).uops.front()].ports = {1};
  const std::vector<unsigned> any = zen5.uops[zen5.load_uop].ports;
  zen5.uops[zen5.load_vector_uop].ports = {any[1], any[3]};
  zen5.store_address_again_uop = zen5.store_address_uop;
  for (const HostOp op : {HostOp::VmovqToGpr, HostOp::VmovdToGpr}) {
    layout::Crack& to_gpr = zen5.host_cracks[static_cast<std::size_t>(op)];
    to_gpr.uops.push_back(crack_of(zen5, HostOp::Add).uops.front());
    to_gpr.fused_uops = 2;
  }
  const auto meter = testbench::model_meter(zen5);
  testbench::CalibrationOptions options = quick(zen5);
  options.operations.quick = false;
  options.fit.random_mixes = 64;
  const auto found = testbench::calibrate(*meter, shipped("zen2"), options);
  REQUIRE(found);
  check_same_ports(found->layout, zen5, {HostOp::Imul, HostOp::Shl, HostOp::Pext, HostOp::VmovqToVec, HostOp::Jcc});
  check_same_ports(found->layout, zen5,
                   {HostOp::Vpaddd, HostOp::Vaddps, HostOp::Vmulps, HostOp::Vfmadd231ps, HostOp::Vpshufb,
                    HostOp::Vpermq, HostOp::VmovqToGpr});
  CHECK(found->layout.rename.dispatch_width == 8);
  CHECK(found->layout.rename.eliminates_integer_moves);
  CHECK(found->layout.move_fusion);
  CHECK(found->layout.cmov_two_uops == "two_flags");
  CHECK(found->layout.memory.loads_per_cycle == 4);
  CHECK(found->layout.memory.stores_per_cycle_512 == 1);
  for (const auto& [op, latency] : {std::pair(HostOp::Vfmadd231ps, 4U), {HostOp::Imul, 3U}, {HostOp::Vaddps, 2U}}) {
    CHECK(found->layout.uops[found->layout.host_cracks[static_cast<std::size_t>(op)].uops.front()].latency == latency);
  }
  CHECK(found->alone_error < 0.03);
  const auto queue = [&](unsigned uop) {
    const layout::Layout& core = found->layout;
    return core.queues[core.ports[core.uops[uop].ports.front()].queue];
  };
  const auto first_uop = [&](HostOp op) { return crack_of(found->layout, op).uops.front(); };
  CHECK(queue(found->layout.load_uop).takes_turns);  // the rule of vector ports wants the queues' sizes, see below
  CHECK(found->layout.rename.vector_row == 6);
  CHECK_FALSE(queue(first_uop(HostOp::Add)).shuffles);
  CHECK_FALSE(queue(first_uop(HostOp::Add)).one_result);
  CHECK(queue(first_uop(HostOp::Vpaddd)).name != queue(first_uop(HostOp::VmovqToGpr)).name);
  CHECK(found->layout.uops[found->layout.store_address_uop].ports.size() == 4);
  CHECK(found->layout.memory.loads_512_alone);
  CHECK(crack_of(found->layout, HostOp::VmovqToGpr).uops.size() == 2);
}

TEST_CASE("halves of a queue, late results, last slots and dividers come back from a start that knows none of them",
          "[slow]") {
  const layout::Layout zen5 = shipped("zen5");
  const auto meter = testbench::model_meter(zen5);
  testbench::CalibrationOptions options = quick(zen5);
  options.fit.random_mixes = 16;
  const auto found = testbench::calibrate(*meter, shipped("zen2"), options);
  REQUIRE(found);
  const layout::Layout& core = found->layout;
  const auto kind = [&](HostOp op) { return core.uops[crack_of(core, op).uops.front()]; };
  const layout::Queue& general = core.queues[core.ports[kind(HostOp::Add).ports.front()].queue];
  CHECK(general.group_ports == 3);
  CHECK(general.eager);
  CHECK(ports_together(core, HostOp::Imul, HostOp::Shl) == 6);
  CHECK(ports_together(core, HostOp::Add, HostOp::Shl) == 6);
  CHECK(kind(HostOp::Vaddps).latency == 2);
  CHECK(kind(HostOp::Vaddps).latency_to_others == 3);
  CHECK(found->notes.contains("uop." + kind(HostOp::Vaddps).name));
  CHECK(kind(HostOp::Vpaddd).latency_to_others == 0);
  CHECK(kind(HostOp::Vminps).latency_to_others == 0);
  CHECK(kind(HostOp::Vpslld).latency_to_others == 0);
  CHECK_FALSE(core.uops[core.load_uop].last_slot);
  CHECK_FALSE(core.uops[core.store_data_vector_uop].last_slot);
  CHECK(kind(HostOp::Add).last_slot);
  CHECK(core.memory.store_512_fused == 2);
  const layout::UopKind& root = core.uops[crack_of(core, HostOp::Vsqrtpd).uops.back()];
  const layout::Queue& dividers = core.queues[core.ports[root.ports.front()].queue];
  CHECK(dividers.starts_in_turn);
  CHECK(dividers.between_kinds == 3);
  CHECK(root.busy_alone == 12);
  CHECK(root.joined_within == 4);
  CHECK(root.followed_after == 9);
  CHECK(kind(HostOp::Vsqrtpd).ports.size() == 1);
  // What is found of where results leave does not take the place of what was measured of the operation.
  CHECK(found->notes.at("uop." + kind(HostOp::Imul).name).text.find("latency") != std::string::npos);
}

TEST_CASE("what vector ports hand on comes back with their rule", "[slow]") {
  const layout::Layout zen5 = shipped("zen5");
  const auto meter = testbench::model_meter(zen5);
  testbench::CalibrationOptions options = quick(zen5);
  options.fit.random_mixes = 24;
  const auto found = testbench::calibrate(*meter, zen5, options);
  REQUIRE(found);
  const layout::Layout& core = found->layout;
  const auto queue_of = [&](HostOp op) {
    return core.queues[core.ports[core.uops[crack_of(core, op).uops.back()].ports.front()].queue];
  };
  CHECK(queue_of(HostOp::Vmulps).shuffles);
  CHECK(queue_of(HostOp::Vmulps).counts_age == 4);
  CHECK(queue_of(HostOp::Vmulps).held_cycles == 5);
  CHECK(queue_of(HostOp::Vmulps).one_result);
  CHECK(queue_of(HostOp::Vmulps).results_wait);
  CHECK(queue_of(HostOp::Vdivpd).name != queue_of(HostOp::Vmulps).name);
  CHECK_FALSE(queue_of(HostOp::Vdivpd).one_result);
}

TEST_CASE("what stores do to the cache, and how lines come to it, comes back from loops of them", "[slow]") {
  const layout::Layout zen5 = shipped("zen5");
  const auto meter = testbench::model_meter(zen5);
  testbench::FitOptions options = quick(zen5).fit;
  const layout::Memory& truth = zen5.memory;
  options.l1 = {truth.l1.size_bytes, truth.l1.ways};
  options.l2 = {truth.l2.size_bytes, truth.l2.ways};
  options.far_bytes = 4 << 20;  // DRAM is not the question
  testbench::Draft draft;
  draft.layout = shipped("zen4");
  REQUIRE(testbench::fit_memory(*meter, options, draft));
  CHECK(draft.layout.memory.store_lines_after_512 == zen5.memory.store_lines_after_512);
  CHECK(draft.layout.memory.store_combining_lines == zen5.memory.store_combining_lines);
  CHECK(draft.layout.memory.store_commit_per_cycle == zen5.memory.store_commit_per_cycle);
  CHECK(draft.layout.memory.l1.lone_fill_cycles == zen5.memory.l1.lone_fill_cycles);
  CHECK(draft.layout.memory.l3.latency == Approx(zen5.memory.l3.latency).margin(5));
}

TEST_CASE("the part of L3 that a machine leaves is found, whatever it tells", "[slow]") {
  layout::Layout machine = shipped("zen5");
  machine.memory.l2.size_bytes = 64 << 10;
  machine.memory.dram_latency = 200;
  testbench::FitOptions options = quick(machine).fit;
  options.l1 = {machine.memory.l1.size_bytes, machine.memory.l1.ways};
  options.l2 = {64 << 10, machine.memory.l2.ways};
  options.l3 = {1 << 20, 16};
  options.far_bytes = 2 << 20;
  const auto found_with = [&](std::uint32_t part) {
    machine.memory.l3.size_bytes = part;
    const auto meter = testbench::model_meter(machine);
    testbench::Draft draft;
    draft.layout = shipped("zen5");
    REQUIRE(testbench::fit_memory(*meter, options, draft));
    return draft.layout.memory.l3.size_bytes;
  };
  CHECK(found_with(1 << 20) == 1 << 20);
  const std::uint32_t half = found_with(512 << 10);
  CHECK(half >= 448 << 10);
  CHECK(half <= 640 << 10);
  CHECK(half % (64 * 16) == 0);
}

TEST_CASE("what lines from L2 cost comes back from streams of them", "[slow]") {
  const layout::Layout golden_cove = shipped("golden_cove");
  const auto meter = testbench::model_meter(golden_cove);
  testbench::FitOptions options = quick(golden_cove).fit;
  options.far_bytes = 4 << 20;
  testbench::Draft draft;
  draft.layout = shipped("zen2");
  options.l1.ways = golden_cove.memory.l1.ways;
  REQUIRE(testbench::fit_memory(*meter, options, draft));
  const layout::CacheLevel& found = draft.layout.memory.l1;
  CHECK(found.ways == golden_cove.memory.l1.ways);
  CHECK(found.lone_fill_cycles == golden_cove.memory.l1.lone_fill_cycles);
  CHECK(found.fill_bytes_per_cycle == Approx(golden_cove.memory.l1.fill_bytes_per_cycle).margin(3));
  CHECK(found.fill_banks == golden_cove.memory.l1.fill_banks);
  CHECK(found.bank_bytes_per_cycle == Approx(golden_cove.memory.l1.bank_bytes_per_cycle).margin(3));
  CHECK(found.write_back_cycles == golden_cove.memory.l1.write_back_cycles);
}

TEST_CASE("costs of the runtime come back from programs of calls") {
  layout::Layout machine = shipped("zen5");
  machine.sentrons = {.spawn_cycles = 0,
                      .switch_cycles = 9,
                      .helper_cycles = 31,
                      .barrier_cycles = 52,
                      .reduce_cycles = 70,
                      .reduce_vector_cycles = 144,
                      .cast_cycles = 83};
  testbench::Draft draft{shipped("zen5"), {}, {}};
  REQUIRE(testbench::fit_runtime(testbench::model_programs(machine), draft));
  const layout::Sentrons& found = draft.layout.sentrons;
  CHECK(found.helper_cycles == Approx(31).margin(1));
  CHECK(found.switch_cycles == Approx(9).margin(1));
  CHECK(found.barrier_cycles == Approx(52).margin(1));
  CHECK(found.reduce_cycles == Approx(70).margin(1));
  CHECK(found.reduce_vector_cycles == Approx(144).margin(1));
  CHECK(found.cast_cycles == Approx(83).margin(1));
}

TEST_CASE("a port that moves in the machine moves in what is found", "[slow]") {
  layout::Layout other = shipped("zen5");
  other.uops[*other.uop_named("shift")].ports = other.uops[*other.uop_named("imul")].ports;
  const auto meter = testbench::model_meter(other);
  const auto found = testbench::calibrate(*meter, shipped("zen2"), quick(other));
  REQUIRE(found);
  CHECK(ports_together(found->layout, HostOp::Imul, HostOp::Shl) == 3);
}

TEST_CASE("a calibrated layout is a layout, with what was measured beside its numbers") {
  const layout::Layout zen4 = shipped("zen4");
  const auto meter = testbench::model_meter(zen4);
  const testbench::CalibrationOptions options = quick(zen4);
  const auto found = testbench::calibrate(*meter, shipped("zen2"), options);
  REQUIRE(found);
  const std::string text = testbench::layout_text(*found, options);
  const auto parsed = layout::parse_layout(text, "calibrated.toml");
  REQUIRE(parsed);
  layout::Layout same = *parsed;
  same.source_file = found->layout.source_file;
  CHECK(same == found->layout);
  CHECK(text.find("measured on a model") != std::string::npos);
  CHECK(text.find("confidence high") != std::string::npos);
  CHECK_FALSE(found->changes.empty());
}

// Every loop whose name holds `noisy` varies.
class NoisyMeter final : public Meter {
 public:
  NoisyMeter(const layout::Layout& layout, std::string noisy)
      : meter_(testbench::model_meter(layout)), noisy_(std::move(noisy)) {}
  Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double tolerance) override {
    auto readings = meter_->read(loops, tolerance);
    for (std::size_t i = 0; readings && i < loops.size(); ++i) {
      if (loops[i].name.find(noisy_) != std::string::npos) (*readings)[i].spread = 0.2;
    }
    return readings;
  }

 private:
  std::unique_ptr<Meter> meter_;
  std::string noisy_;
};

TEST_CASE("a noisy machine is refused, and what was noisy is named", "[slow]") {
  const layout::Layout zen5 = shipped("zen5");
  NoisyMeter noisy(zen5, "imul");
  const auto refused = testbench::calibrate(noisy, zen5, quick(zen5));
  REQUIRE_FALSE(refused);
  const std::string first = refused.error().front().text();
  CHECK(first.find("imul") != std::string::npos);
  CHECK(first.find("20.0 %") != std::string::npos);
  NoisyMeter quiet(zen5, "no loop has this name");
  CHECK(testbench::calibrate(quiet, zen5, quick(zen5)));
}

// Gives up after so many loops.
class TiringMeter final : public Meter {
 public:
  TiringMeter(const layout::Layout& layout, std::size_t most) : meter_(testbench::model_meter(layout)), most_(most) {}
  Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double tolerance) override {
    if (read_ + loops.size() > most_) return fail("meter", "stopped");
    read_ += loops.size();
    return meter_->read(loops, tolerance);
  }
  [[nodiscard]] std::size_t loops_read() const { return read_; }

 private:
  std::unique_ptr<Meter> meter_;
  std::size_t most_;
  std::size_t read_ = 0;
};

TEST_CASE("a calibration that was stopped goes on to the same layout", "[slow]") {
  const layout::Layout zen4 = shipped("zen4");
  const testbench::CalibrationOptions options = quick(zen4);
  TiringMeter undisturbed(zen4, 1U << 30U);
  const auto whole = testbench::calibrate(undisturbed, shipped("zen2"), options);
  REQUIRE(whole);
  const std::string path = (std::filesystem::temp_directory_path() / "vtpu_calibrate_test.journal").string();
  std::filesystem::remove(path);
  const std::size_t half = undisturbed.loops_read() / 2;
  {
    TiringMeter tired(zen4, half);
    auto journal = testbench::Journal::open(path, "test");
    REQUIRE(journal);
    const auto meter = testbench::journaled_meter(tired, *journal);
    REQUIRE_FALSE(testbench::calibrate(*meter, shipped("zen2"), options));
  }
  TiringMeter rested(zen4, 1U << 30U);
  auto journal = testbench::Journal::open(path, "test");
  REQUIRE(journal);
  CHECK(journal->size() > 0);
  const auto meter = testbench::journaled_meter(rested, *journal);
  const auto resumed = testbench::calibrate(*meter, shipped("zen2"), options);
  REQUIRE(resumed);
  CHECK(testbench::layout_text(*resumed, options) == testbench::layout_text(*whole, options));
  CHECK(rested.loops_read() < undisturbed.loops_read());
  std::filesystem::remove(path);
}

// Machine code of a loop's body, without its counting and jumping.
using Code = std::string;

TEST_CASE("no loop of a calibration is a loop of the accuracy suite", "[slow]") {
  const layout::Layout zen5 = shipped("zen5");
  testbench::CalibrationOptions options = quick(zen5);
  options.operations.quick = false;
  options.fit.random_mixes = 64;
  std::set<Code> calibration;
  for (const HostLoop& loop : testbench::calibration_loops(zen5, options)) {
    auto compiled = testbench::CompiledLoop::compile(loop, lowering::HostIsa::Avx512);
    REQUIRE(compiled);
    const std::vector<std::uint8_t> body = compiled->body_bytes();
    calibration.insert(Code(body.begin(), body.end()));
  }
  CHECK(calibration.size() > 3000);
  std::set<Code> suite;
  native::NativeOptions native;
  native.isa = lowering::HostIsa::Avx512;
  for (const testbench::StreamSpec& spec : testbench::generated_suite(testbench::kSuiteStreams, 1)) {
    const isa::Program program = testbench::program_of(spec);
    const auto image = native::Image::create(program, native);
    REQUIRE(image);
    for (std::size_t s = 0; s < program.streams.size(); ++s) {
      const lowering::HostCode& code = (*image)->lowered()[s].code;
      for (const native::CodeLoop& loop : native::innermost_loops(code)) {
        const native::CompiledCode& compiled = (*image)->compiled()[s];
        suite.insert(Code(compiled.at(code.offsets[loop.first]), compiled.at(code.offsets[loop.last])));
      }
    }
  }
  CHECK(suite.size() > 300);
  for (const Code& code : suite) CHECK_FALSE(calibration.contains(code));
}

}  // namespace
