#include <catch2/catch.hpp>

#include "asm/container.hpp"
#include "isa/semantics.hpp"
#include "rtl/adapter/core_config.hpp"
#include "rtl/adapter/retired_values.hpp"
#include "rtl/adapter/verilated_headers.hpp"
#include "testbench/lockstep.hpp"

using namespace vtpu;
using isa::Pipe;
using isa::RegisterId;

extern "C" void vtpu_floating_point(const std::uint32_t* slot, const std::uint32_t* x, const std::uint32_t* y,
                                    const std::uint32_t* z, std::uint32_t* result);

namespace {

isa::Vector vector_of(std::uint64_t low) {
  isa::Vector v;
  v.lane[0] = low;
  return v;
}

// Turns a bit of every register value in one cycle.
class Disturbance final : public rtl::RtlProbe {
 public:
  explicit Disturbance(core::Cycle at) : at_(at) {}
  void on_built(std::uint32_t, Vsentron_core&) override {}
  void on_cycle(core::Cycle now, std::uint32_t, Vsentron_core& model) override {
    if (now != at_) return;
    auto& values = model.rootp->sentron_core__DOT__value_file_i__DOT__value_q;
    for (std::size_t place = 1; place < std::size(values.m_storage); ++place) values[place][0] ^= 1U;
  }

 private:
  core::Cycle at_;
};

// Lets the RTL forget a word.
class SkippedWord final : public rtl::RtlProbe {
 public:
  void on_built(std::uint32_t, Vsentron_core&) override {}
  void on_cycle(core::Cycle now, std::uint32_t, Vsentron_core& model) override {
    if (now == 20) ++model.rootp->sentron_core__DOT__loop_unit_i__DOT__index_q;
  }
};

testbench::LockstepOutcome run_disturbed(const std::string& program, const std::string& layout_name,
                                         rtl::RtlProbe& disturbance) {
  const layout::Layout layout = layout::find_layout(layout_name, VTPU_SOURCE_DIR "/layouts").value();
  testbench::LockstepOptions options;
  options.layout = &layout;
  options.max_cycles = 2000;
  options.probe = &disturbance;
  return run_lockstep(assembly::load_program(VTPU_SOURCE_DIR "/programs/" + program + ".siw").value(), options);
}

}  // namespace

TEST_CASE("A value that goes wrong in the RTL ends the lockstep, with the register, both values and the offender") {
  for (const std::string name : {"vtpu3", "zen4", "golden_cove"}) {
    Disturbance disturbance(300);
    const testbench::LockstepOutcome outcome = run_disturbed("dot_product", name, disturbance);
    INFO(name);
    REQUIRE(outcome.difference);
    const testbench::LockstepDifference& d = *outcome.difference;
    INFO(d.text());
    CHECK((d.unit == "execution_unit" || d.unit == "coordinate_unit"));
    CHECK(d.systemc != d.rtl);
    CHECK(d.rtl.find("sentron 0, word ") != std::string::npos);
    CHECK(std::count_if(d.retirements.begin(), d.retirements.end(),
                        [](const std::string& r) { return r.rfind("->", 0) == 0; }) == 1);
  }
}

TEST_CASE("An RTL that steps to another word ends the lockstep, which names both words") {
  SkippedWord skipped;
  const testbench::LockstepOutcome outcome = run_disturbed("dot_product", "zen4", skipped);
  REQUIRE(outcome.difference);
  INFO(outcome.difference->text());
  CHECK(outcome.difference->unit == "loop_unit");
  CHECK(outcome.difference->systemc.find("sentron 0 goes on with word ") == 0);
  CHECK(outcome.difference->rtl.find("asks for word ") == 0);
}

TEST_CASE("A wrong result, flag, coordinate, store and message are told from each other") {
  reference::WordEffects effects;
  effects.d_int = {3, 42};
  rtl::RetiredOperation retired;
  retired.result = RegisterId{RegisterId::File::R, 3};
  retired.value = vector_of(42);
  CHECK_FALSE(difference_of(retired, Pipe::D, effects));
  retired.value = vector_of(41);
  const auto wrong = difference_of(retired, Pipe::D, effects);
  REQUIRE(wrong);
  CHECK(wrong->unit == "execution_unit");
  CHECK(wrong->expected == "writes r3 = 0x2a");
  CHECK(wrong->rtl == "writes r3 = 0x29");

  effects = {};
  effects.cmp = 1;
  CHECK(difference_of(retired, Pipe::D, effects)->expected == "writes sr.cmp = 0x1");

  effects = {};
  effects.memory = {reference::MemoryAction::Store, {5, 0}, 0x02, {}};
  effects.memory.cell.lane[1] = 7;
  effects.s_coordinate = {2, {6, 0}};
  retired = {};
  retired.stepped = RegisterId{RegisterId::File::P, 2};
  retired.second = {6, 0};
  retired.access = isa::Coordinate{5, 0};
  retired.value.lane[1] = 7;
  CHECK_FALSE(difference_of(retired, Pipe::S, effects));
  retired.value.lane[1] = 8;
  CHECK(difference_of(retired, Pipe::S, effects)->rtl == "stores 0x8_0000000000000000");
  retired.access = isa::Coordinate{4, 0};
  CHECK(difference_of(retired, Pipe::S, effects)->rtl == "names the cell 0.0.0/0.0.0/0.0.0/0.4");
  retired.second = {7, 0};
  CHECK(difference_of(retired, Pipe::S, effects)->unit == "coordinate_unit");

  effects = {};
  effects.coordination.action = reference::CoordinationAction::Send;
  effects.coordination.peer = 3;
  effects.message.lane[0] = 9;
  retired = {};
  CHECK(difference_of(retired, Pipe::C, effects)->rtl == "tells the fabric nothing");
  retired.packet = fabric::packet_of(0, effects);
  CHECK_FALSE(difference_of(retired, Pipe::C, effects));
  retired.packet->to = 2;
  CHECK(difference_of(retired, Pipe::C, effects)->rtl == "sends 0x9 to sentron 2");
  retired.packet->to = 3;
  retired.packet->message.lane[0] = 0;
  CHECK(difference_of(retired, Pipe::C, effects)->rtl == "sends 0x0 to sentron 3");
  CHECK(difference_of(retired, Pipe::C, effects)->unit == "message_port");
  retired.packet->kind = fabric::PacketKind::Credit;
  CHECK(difference_of(retired, Pipe::C, effects)->rtl == "gives a credit back to sentron 3");
}

TEST_CASE("Registers of a sentron go into the RTL under the names that uops have for them") {
  isa::Registers registers;
  registers.r[5] = 50;
  registers.v[6].lane[7] = 60;
  registers.p[1] = {10, 20};
  registers.m[2].lane[3] = 70;
  registers.route[1] = 4;
  registers.cmp = 3;
  const rtl::Context context = rtl::context_of(registers);
  const auto of = [&](RegisterId::File file, std::uint8_t index) {
    for (unsigned name = 0; name <= 96; ++name) {
      if (name >= 52 && name != 96) continue;
      if (rtl::register_of(name) == RegisterId{file, index}) return context[name];
    }
    FAIL("no name");
    return isa::Vector{};
  };
  CHECK(of(RegisterId::File::R, 5).lane[0] == 50);
  CHECK(of(RegisterId::File::V, 6).lane[7] == 60);
  CHECK(of(RegisterId::File::P, 1).lane[1] == 20);
  CHECK(of(RegisterId::File::M, 2).lane[3] == 70);
  CHECK(of(RegisterId::File::Route, 1).lane[0] == 4);
  CHECK(of(RegisterId::File::Listen, 1).lane[0] == 0xFFFFFFFF);
  CHECK(of(RegisterId::File::Cmp, 0).lane[0] == 3);
}

TEST_CASE("The unit behind DPI computes what the reference semantics say") {
  isa::Slot slot;
  slot.op = static_cast<std::uint8_t>(isa::Op::DFMA);
  slot.form_type = isa::make_form_type(1, isa::Type::F64);
  isa::Vector x = vector_of(std::bit_cast<std::uint64_t>(1.5));
  isa::Vector y = vector_of(std::bit_cast<std::uint64_t>(4.0));
  isa::Vector z = vector_of(std::bit_cast<std::uint64_t>(0.25));
  const auto compute = [&] {
    std::array<std::uint32_t, 2> bits{};
    std::memcpy(bits.data(), &slot, sizeof slot);
    std::array<std::array<std::uint32_t, 16>, 4> words{};
    std::memcpy(words[0].data(), x.lane.data(), sizeof x.lane);
    std::memcpy(words[1].data(), y.lane.data(), sizeof y.lane);
    std::memcpy(words[2].data(), z.lane.data(), sizeof z.lane);
    vtpu_floating_point(bits.data(), words[0].data(), words[1].data(), words[2].data(), words[3].data());
    isa::Vector result;
    std::memcpy(result.lane.data(), words[3].data(), sizeof result.lane);
    return result;
  };
  CHECK(compute() == vector_of(std::bit_cast<std::uint64_t>(6.25)));
  slot.op = static_cast<std::uint8_t>(isa::Op::DCMP);
  slot.form_type = isa::make_form_type(2, isa::Type::F64);
  slot.lit = static_cast<std::uint16_t>(isa::Cond::Lt);
  CHECK(compute() == vector_of(1));
  slot.op = static_cast<std::uint8_t>(isa::Op::DCVT);
  slot.form_type = isa::make_form_type(1, isa::Type::I64);
  slot.lit = 0;
  CHECK(compute() == vector_of(1));
}

TEST_CASE("A layout in which nothing computes an operation is none for the RTL, but moves need no port") {
  layout::Layout layout = layout::find_layout("tiny1", VTPU_SOURCE_DIR "/layouts").value();
  REQUIRE(rtl::why_too_large(layout).empty());
  layout::UopKind renamed;
  renamed.name = "renamed";
  layout.uops.push_back(renamed);
  const auto kind = static_cast<unsigned>(layout.uops.size() - 1);
  layout.op_cracks.at({isa::Op::DMOV, isa::Type::I64}).uops = {kind};
  CHECK(rtl::why_too_large(layout).empty());
  layout.op_cracks.at({isa::Op::DMUL, isa::Type::I64}).uops = {kind};
  const Errors errors = rtl::why_too_large(layout);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].text().find("op.dmul: found renamed as its first uop") != std::string::npos);
}

TEST_CASE("A layout whose stores take other uops than address and data is none for the RTL") {
  layout::Layout layout = layout::find_layout("tiny1", VTPU_SOURCE_DIR "/layouts").value();
  layout.op_cracks.at({isa::Op::SSCATTR, isa::Type::I64}).uops = {
      layout.op_cracks.at({isa::Op::DADD, isa::Type::I64}).uops};
  const Errors errors = rtl::why_too_large(layout);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].text().find("op.sscattr: found ") != std::string::npos);
}
