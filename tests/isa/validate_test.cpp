// The validator: a valid program passes, and each planted fault is found and named.
#include "isa/validate.hpp"

#include <catch2/catch.hpp>
#include <functional>

#include "isa/names.hpp"

namespace vtpu::isa {
namespace {

Slot make(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint16_t lit = 0) {
  return {static_cast<std::uint8_t>(op), make_form_type(form, type), f, lit};
}

// Two sentrons in a group; words with a dependency, an immediate, a coordinate, a barrier; two nested loops.
Program valid_program() {
  Program program;
  program.name = "base";
  Stream stream;
  stream.name = "main";
  stream.words.resize(4);
  stream.words[0].d = make(Op::DADD, 1, Type::I64, {1, 2, 0, 0});
  stream.words[0].imm = 5;
  stream.words[1].d = make(Op::DADD, 0, Type::I64, {3, 1, 1, 0});
  stream.words[1].s = make(Op::SGATHER, 1, Type::I64, {4, 0, 2, 0});
  stream.words[1].set_coord(from_dimensions({1}));
  stream.words[2].c = make(Op::CBAR, 0, Type::None, {}, 0);
  stream.words[3].c = make(Op::CSEND, 0, Type::None, {1, 0, 0, 0}, 1);
  stream.loops = {{0, 2, 3}, {1, 2, 4}};
  compute_dependency_flags(stream);
  program.streams.push_back(stream);
  program.sentrons.resize(2);
  program.sentrons[0].name = "alpha";
  program.sentrons[1].name = "beta";
  program.groups.push_back({"both", {0, 1}});
  program.coordinates["here"] = from_dimensions({1}, 3);
  program.memory[from_dimensions({1})].lane[0] = 1;
  return program;
}

struct Fault {
  const char* name;
  std::function<void(Program&)> plant;
  const char* where;
  const char* message;
};

Slot& d0(Program& p) { return p.streams[0].words[0].d; }

const std::vector<Fault>& faults() {
  static const std::vector<Fault> kFaults{
      {"unknown operation", [](Program& p) { d0(p).op = 0x3F; }, "stream main word 0 slot D",
       "no operation has the code 0x3f"},
      {"wrong pipe", [](Program& p) { d0(p) = make(Op::SNOP, 0, Type::None, {}); }, "stream main word 0 slot D",
       "snop belongs to pipe S, found in slot D"},
      {"form", [](Program& p) { d0(p).form_type = 0x91; }, "slot D", "dadd: form 9, expected 0..2"},
      {"type", [](Program& p) { d0(p).form_type = make_form_type(1, Type::F64); }, "slot D",
       "dadd: type code 2 in form 1, expected i64"},
      {"type code", [](Program& p) { d0(p).form_type = 0x1F; }, "slot D", "type code 15"},
      {"register", [](Program& p) { d0(p).f[0] = 16; }, "slot D", "operand 0 is 0x10, expected a register 0..15"},
      {"unused operand", [](Program& p) { d0(p).f[3] = 1; }, "slot D", "operand byte 3 is 0x01, expected zero"},
      {"immediate byte", [](Program& p) { d0(p).f[2] = 1; }, "slot D", "operand byte 2 is 0x01, expected zero"},
      {"unused literal", [](Program& p) { d0(p).lit = 1; }, "slot D", "literal is 1, expected zero"},
      {"lane", [](Program& p) { p.streams[0].words[1].s.f[2] = 8; }, "word 1 slot S", "operand 2 is 8, expected 0..7"},
      {"condition",
       [](Program& p) {
         d0(p) = make(Op::DCMP, 1, Type::I64, {1, 0, 0, 0}, 8);
       },
       "slot D", "dcmp: literal is 8, expected 0..7"},
      {"unsigned float",
       [](Program& p) {
         d0(p) = make(Op::DCMP, 2, Type::F64, {1, 0, 0, 0}, 6);
       },
       "slot D", "unsigned comparison .ltu of type f64"},
      {"rotation",
       [](Program& p) {
         d0(p) = make(Op::DHDPERM, 0, Type::B512, {1, 0, 0, 0}, 512);
       },
       "slot D", "literal is 512, expected 0..511"},
      {"post-increment dimension",
       [](Program& p) {
         p.streams[0].words[1].s = make(Op::SGATHER, 0, Type::I64, {4, 0, 0, 0}, 0x1B);
       },
       "slot S", "post-increment along dimension 11, expected 0..10"},
      {"post-increment zero",
       [](Program& p) {
         p.streams[0].words[1].s = make(Op::SGATHER, 0, Type::I64, {4, 0, 0, 0}, 0x03);
       },
       "slot S", "post-increment of 0 along dimension 3"},
      {"message register", [](Program& p) { p.streams[0].words[3].c.f[0] = 4; }, "word 3 slot C",
       "expected a register 0..3"},
      {"reduction",
       [](Program& p) {
         p.streams[0].words[2].c = make(Op::CREDUCE, 0, Type::I64, {1, 0, 0, 0}, 0x3000);
       },
       "word 2 slot C", "creduce: reduction 3"},
      {"reserved bytes", [](Program& p) { p.streams[0].words[2].reserved0[5] = 1; }, "stream main word 2",
       "reserved bits are not zero"},
      {"reserved word", [](Program& p) { p.streams[0].words[2].reserved1 = 1; }, "word 2",
       "reserved bits are not zero"},
      {"unused immediate", [](Program& p) { p.streams[0].words[2].imm = 1; }, "word 2",
       "immediate is 0x1 although no slot uses it"},
      {"unused coordinate", [](Program& p) { p.streams[0].words[2].coord_lo = 1; }, "word 2",
       "coordinate is 0.0.0/0.0.0/0.0.0/0.1 although no slot uses it"},
      {"two writes", [](Program& p) { p.streams[0].words[1].s.f[0] = 3; }, "word 1", "two writes to r3 in one word"},
      {"two writes in a slot",
       [](Program& p) {
         p.streams[0].words[1].c = make(Op::CREDUCE, 0, Type::I64, {3, 0, 0, 0}, 0);
       },
       "word 1", "two writes to r3"},
      {"flags", [](Program& p) { p.streams[0].words[1].dep_flags = 0; }, "word 1",
       "dependency flags are 0x00, expected 0x01"},
      {"flags above bit 5", [](Program& p) { p.streams[0].words[0].dep_flags |= 0x40; }, "word 0", "dependency flags"},
      {"loop count", [](Program& p) { p.streams[0].loops[0].count = 0; }, "stream main loop 0", "count is 0"},
      {"loop range",
       [](Program& p) {
         p.streams[0].loops[1] = {1, 4, 2};
       },
       "stream main loop 1", "words 1..4, expected a range inside"},
      {"loop order", [](Program& p) { std::swap(p.streams[0].loops[0], p.streams[0].loops[1]); }, "loop 1",
       "expected outer before inner"},
      {"loop overlap",
       [](Program& p) {
         p.streams[0].loops[1] = {1, 3, 2};
       },
       "loop 1", "overlap"},
      {"loop depth",
       [](Program& p) {
         p.streams[0].loops.assign(kMaxLoopDepth + 1, {1, 2, 1});
       },
       "loop 32", "nested 33 deep"},
      {"sentron in a word", [](Program& p) { p.streams[0].words[3].c.lit = 2; }, "word 3 slot C",
       "csend: sentron 2, but the program has 2"},
      {"group in a word", [](Program& p) { p.streams[0].words[2].c.lit = 1; }, "word 2 slot C",
       "cbar: group 1, but the program has 1"},
      {"member of a cast",
       [](Program& p) {
         p.streams[0].words[2].c = make(Op::CCAST, 0, Type::None, {0, 2, 0, 0});
       },
       "word 2 slot C", "ccast: member 2 of group both, which has 2"},
      {"no sentron",
       [](Program& p) {
         p.sentrons.clear();
         p.groups.clear();
         p.streams[0].words.resize(2);
         p.streams[0].loops.clear();
         compute_dependency_flags(p.streams[0]);
       },
       "program", "no sentron"},
      {"stream of a sentron", [](Program& p) { p.sentrons[1].stream = 1; }, "sentron beta", "stream 1, but"},
      {"route", [](Program& p) { p.sentrons[1].initial.route[2] = 2; }, "sentron beta", "route2 is sentron 2"},
      {"listen", [](Program& p) { p.sentrons[1].initial.listen[0] = -2; }, "sentron beta", "listen0 is sentron -2"},
      {"empty group", [](Program& p) { p.groups[0].members.clear(); }, "group both", "no member"},
      {"group order",
       [](Program& p) {
         p.groups[0].members = {1, 0};
       },
       "group both", "expected ascending"},
      {"group twice",
       [](Program& p) {
         p.groups[0].members = {0, 0};
       },
       "group both", "expected ascending"},
      {"group range",
       [](Program& p) {
         p.groups[0].members = {0, 2};
       },
       "group both", "member 1 is sentron 2"},
      {"outsider", [](Program& p) { p.groups[0].members = {0}; }, "stream main",
       "uses group both, but sentron beta, which runs it, is no member"},
      {"stream name", [](Program& p) { p.streams[0].name = "two words"; }, "stream two words", "expected 1..127"},
      {"empty name", [](Program& p) { p.sentrons[0].name.clear(); }, "sentron ", "name ''"},
      {"same name", [](Program& p) { p.sentrons[1].name = "alpha"; }, "sentron alpha", "given twice"},
      {"register name", [](Program& p) { p.sentrons[1].name = "r7"; }, "sentron r7", "that of a register"},
      {"number name", [](Program& p) { p.sentrons[1].name = "s0"; }, "sentron s0",
       "means number 0, but this is number 1"},
      {"long name", [](Program& p) { p.groups[0].name = std::string(128, 'x'); }, "group", "expected 1..127"},
      {"flags of an address", [](Program& p) { p.memory[from_dimensions({2}, 1)].lane[0] = 1; }, "memory cell 1",
       "has flags"},
      {"too many sentrons", [](Program& p) { p.sentrons.resize(kMaxSentrons + 1); }, "program",
       "65537 sentrons, expected at most 65536"},
      {"too many words", [](Program& p) { p.streams[0].words.resize(kMaxWords + 1); }, "program", "1048577 words"},
  };
  return kFaults;
}

TEST_CASE("a valid program has no finding") { CHECK(validate(valid_program()).empty()); }

TEST_CASE("each planted fault is found and named") {
  for (const Fault& fault : faults()) {
    Program program = valid_program();
    fault.plant(program);
    const Errors found = validate(program);
    INFO(fault.name << ": " << (found.empty() ? "nothing found" : found.front().text()));
    REQUIRE_FALSE(found.empty());
    const bool named = std::any_of(found.begin(), found.end(), [&](const Error& e) {
      return e.where.find(fault.where) != std::string::npos && e.message.find(fault.message) != std::string::npos;
    });
    CHECK(named);
  }
}

TEST_CASE("all findings come at once, and not more than the limit") {
  Program program = valid_program();
  program.streams[0].words[0].d.f[0] = 99;
  program.streams[0].words[3].c.f[0] = 99;
  program.sentrons[0].stream = 5;
  CHECK(validate(program).size() == 3);
  program.streams[0].words.assign(1000, Siw{});
  program.streams[0].loops.clear();
  for (Siw& word : program.streams[0].words) word.d.op = 0x3F;
  CHECK(validate(program).size() == 201);
  CHECK(validate(program).back().message == "further findings left out");
}

TEST_CASE("dependency flags follow the six pairs of pipes") {
  struct Case {
    Slot before;
    Slot after;
    Pipe pipe_before;
    Pipe pipe_after;
    std::uint16_t flag;
  };
  const Slot d_r1 = make(Op::DADD, 1, Type::I64, {1, 2, 0, 0});
  const Slot d_reads_r1 = make(Op::DADD, 1, Type::I64, {5, 1, 0, 0});
  const Slot s_r1 = make(Op::SGATHER, 0, Type::I64, {1, 0, 0, 0});
  const Slot s_reads_r1 = make(Op::SSCATTR, 0, Type::I64, {1, 0, 0, 0});
  const Slot s_steps_p0 = make(Op::SGATHER, 0, Type::I64, {9, 0, 0, 0}, make_post_inc({0, 1}));
  const Slot s_uses_p0 = make(Op::SGATHER, 0, Type::I64, {8, 0, 0, 0});
  const Slot c_m0 = make(Op::CPACK, 1, Type::I64, {0, 0, 0, 0});
  const Slot c_sends_m0 = make(Op::CSEND, 0, Type::None, {0, 0, 0, 0}, 0);
  const Slot c_packs_r1 = make(Op::CPACK, 0, Type::I64, {3, 1, 0, 0});
  const Slot d_cmp = make(Op::DCMP, 0, Type::I64, {3, 4, 0, 0}, 0);
  const Slot d_sel = make(Op::DSEL, 0, Type::I64, {6, 7, 8, 0});
  const std::vector<Case> cases{
      {d_r1, d_reads_r1, Pipe::D, Pipe::D, kDepDD},     {d_r1, d_r1, Pipe::D, Pipe::D, kDepDD},
      {d_cmp, d_sel, Pipe::D, Pipe::D, kDepDD},         {s_steps_p0, s_uses_p0, Pipe::S, Pipe::S, kDepSS},
      {s_uses_p0, s_uses_p0, Pipe::S, Pipe::S, kDepSS}, {c_m0, c_sends_m0, Pipe::C, Pipe::C, kDepCC},
      {s_r1, d_reads_r1, Pipe::S, Pipe::D, kDepDS},     {d_r1, s_reads_r1, Pipe::D, Pipe::S, kDepSD},
      {d_r1, c_packs_r1, Pipe::D, Pipe::C, kDepCD},     {d_reads_r1, d_sel, Pipe::D, Pipe::D, 0},
      {s_reads_r1, d_reads_r1, Pipe::S, Pipe::D, 0},    {c_sends_m0, c_sends_m0, Pipe::C, Pipe::C, 0}};
  for (const Case& c : cases) {
    Stream stream;
    stream.words.resize(3);  // the first one is two words away and sets nothing
    stream.words[0].slot(c.pipe_before) = c.before;
    stream.words[1].slot(c.pipe_before) = c.before;
    stream.words[2].slot(c.pipe_after) = c.after;
    CHECK(dependency_flags(stream, 2) == c.flag);
    CHECK(dependency_flags(stream, 0) == 0);
    stream.words[1] = Siw{};
    CHECK(dependency_flags(stream, 2) == 0);
  }
}

TEST_CASE("the first word of a loop follows the loop's last word too") {
  Stream stream;
  stream.words.resize(3);
  stream.words[0].d = make(Op::DADD, 1, Type::I64, {5, 1, 0, 0});
  stream.words[2].d = make(Op::DADD, 1, Type::I64, {1, 2, 0, 0});
  CHECK(dependency_flags(stream, 0) == 0);
  stream.loops = {{0, 2, 2}};
  CHECK(dependency_flags(stream, 0) == kDepDD);
  compute_dependency_flags(stream);
  CHECK(stream.words[0].dep_flags == kDepDD);
}

TEST_CASE("every operation, form and type in the table is valid, and registers_of names known registers") {
  for (const OpInfo& info : all_ops()) {
    for (unsigned form = 0; form < info.forms.size(); ++form) {
      for (int t = 0; t < kTypes; ++t) {
        if ((info.forms[form].types & mask_of(static_cast<Type>(t))) == 0) continue;
        const Slot slot{static_cast<std::uint8_t>(info.op), make_form_type(form, static_cast<Type>(t)), {}, 0};
        CHECK(validate_slot(slot, info.pipe, "").empty());
        const RegisterUse use = registers_of(slot);
        CHECK(use.reads <= 6);
        CHECK(use.writes <= 6);
      }
    }
  }
}

TEST_CASE("names and numbered names") {
  CHECK(is_name("a_B9"));
  CHECK_FALSE(is_name("9a"));
  CHECK_FALSE(is_name(""));
  CHECK_FALSE(is_name("a-b"));
  CHECK(numbered("r15", 'r') == 15U);
  CHECK(numbered("s0", 's') == 0U);
  CHECK_FALSE(numbered("s01", 's'));
  CHECK_FALSE(numbered("s", 's'));
  CHECK_FALSE(numbered("s1x", 's'));
  CHECK_FALSE(numbered("s99999999999", 's'));
}

}  // namespace
}  // namespace vtpu::isa
