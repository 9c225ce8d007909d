// What the language means: each construct against the program it stands for.
#include "asm/assembler.hpp"

#include <bit>
#include <catch2/catch.hpp>

#include "isa/semantics.hpp"
#include "isa/validate.hpp"

namespace vtpu::assembly {
namespace {

isa::Program good(const std::string& text) {
  const auto program = assemble(text, "text");
  std::string errors;
  if (!program) {
    for (const Error& e : program.error()) errors += e.text() + "\n";
  }
  INFO(errors);
  REQUIRE(program);
  return *program;
}

// A program of one stream with these lines and one sentron.
isa::Program words(const std::string& lines, const std::string& before = "") {
  return good(before + ".stream main\n" + lines + "\n.end\n.sentron only stream=main\n.group all = only\n");
}

const isa::Coordinate kBase = isa::from_dimensions({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
const std::string kHere = ".coord here 1.1.1/1.1.1/1.1.1/1.1\n";

isa::Coordinate moved(int dimension, int step) { return *isa::step(kBase, dimension, step); }

TEST_CASE("slots may come in any order, missing ones are NOPs") {
  const isa::Program a = words("dadd.i64 r1, r2, r3 | sgather.i64 r4, [p0, d0 += 1].2 | cpack.i64 m0[1], r5");
  const isa::Program b = words("cpack.i64 m0[1], r5 | dadd.i64 r1, r2, r3 | sgather.i64 r4, [p0, d0 += 1].2");
  CHECK(a == b);
  const isa::Siw& word = a.streams[0].words[0];
  CHECK(word.d == isa::Slot{0x02, 0x01, {1, 2, 3, 0}, 0});
  CHECK(word.s == isa::Slot{0x41, 0x01, {4, 0, 2, 0}, 0x10});
  CHECK(word.c == isa::Slot{0x81, 0x01, {0x10, 5, 0, 0}, 0});
  CHECK(words("dnop").streams[0].words[0] == isa::Siw{});
}

TEST_CASE("immediates: decimal, hexadecimal, negative, constants, f64 and f32") {
  const auto imm = [](const std::string& text) {
    return words("dmov.i64 r1, " + text, ".const N = 12\n").streams[0].words[0].imm;
  };
  CHECK(imm("#42") == 42);
  CHECK(imm("#-1") == ~0ULL);
  CHECK(imm("#0xFFFFFFFFFFFFFFFF") == ~0ULL);
  CHECK(imm("#N") == 12);
  CHECK(imm("#-N") == static_cast<std::uint64_t>(-12));
  CHECK(imm("#(N*8 - 1)") == 95);
  CHECK(imm("#1.5") == std::bit_cast<std::uint64_t>(1.5));
  CHECK(imm("#-0.0") == std::uint64_t{1} << 63U);
  CHECK(imm("#1.5f") == 0x3FC000003FC00000U);
  CHECK(imm("#-1.5f") == 0xBFC00000BFC00000U);
  CHECK(imm("#0.1f") == std::uint64_t{std::bit_cast<std::uint32_t>(0.1F)} * 0x100000001U);
  CHECK(imm("#f32bits(N/8.0)") == 0x3FC000003FC00000U);
}

TEST_CASE("constants can be given other values than the text says, by name") {
  const std::string text =
      ".const N = 2\n.const M = N * 3\n.stream s\nloop M {\ndmov.i64 r1, #N\n}\n.end\n.sentron t stream=s\n";
  const auto as_written = assemble(text, "test");
  const auto changed = assemble(text, "test", {{"N", 5}});
  REQUIRE(as_written);
  REQUIRE(changed);
  CHECK(as_written->streams[0].loops[0].count == 6);
  CHECK(changed->streams[0].loops[0].count == 15);
  CHECK(changed->streams[0].words[0].imm == 5);
  const auto unknown = assemble(text, "test", {{"NN", 5}});
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error()[0].text() == "test: no constant is named 'NN', did you mean 'N'?");
}

TEST_CASE("two slots may share one immediate and one coordinate") {
  const isa::Siw word = words("dmov.i64 r1, #7 | cpack.i64 m0[0], #7").streams[0].words[0];
  CHECK(word.imm == 7);
  CHECK(words("sgather.i64 r1, [@here+d0:4].7", kHere).streams[0].words[0].coord() == moved(0, 4));
}

TEST_CASE("a single type may be left out") {
  CHECK(words("dhdbind v1, v2, v3") == words("dhdbind.b512 v1, v2, v3"));
  CHECK(words("dcnt r1, r2") == words("dcnt.i64 r1, r2"));
}

TEST_CASE("post-increments go both ways over the whole range") {
  const auto lit = [](const std::string& text) {
    return isa::post_inc_of(words("sgather.b512 v1, [p3, " + text + "]").streams[0].words[0].s.lit);
  };
  CHECK(lit("d10 += 2047").dimension == 10);
  CHECK(lit("d10 += 2047").step == 2047);
  CHECK(lit("d2 -= 2048").step == -2048);
  CHECK(lit("d2 += -5").step == -5);
}

TEST_CASE("loops by braces and by labels are the same") {
  const isa::Program braces =
      words("dnop\nloop 3 {\n dadd.i64 r1, r1, r2\n loop 2*2 {\n dmul.i64 r3, r3, r1\n dnop\n }\n}");
  const isa::Program labels = words(
      "dnop\n"
      ".loop outer, last, 3\n"
      ".loop inner, last, 4\n"
      "outer: dadd.i64 r1, r1, r2\n"
      "inner: dmul.i64 r3, r3, r1\n"
      "last:\n dnop");
  CHECK(braces == labels);
  CHECK(braces.streams[0].loops == std::vector<isa::Loop>{{1, 3, 3}, {2, 3, 4}});
}

TEST_CASE("dependency flags are computed, over the back edge of a loop too") {
  const isa::Program p = words("loop 9 {\n dadd.i64 r1, r2, r3\n sgather.i64 r2, [p0]\n}");
  CHECK(p.streams[0].words[0].dep_flags == isa::kDepDS);
  CHECK(p.streams[0].words[1].dep_flags == 0);
}

TEST_CASE("cells of every type, missing elements zero, over several lines") {
  const isa::Program p = good(kHere +
                              ".cell @here { i64 1, -1,\n 0x10 }  ; comment\n"
                              ".cell @here+d0:1 { f64 0.5, 2 }\n"
                              ".cell @here+d0:2 {\n  i32 -1, 2, 0xFFFFFFFE\n}\n"
                              ".cell @here+d0:3 { f32 1.5, -2 }\n"
                              ".cell @1.1.1/1.1.1/1.1.1/1.5 { hex 0xDEADBEEFDEADBEEF }\n"
                              ".stream s\n.end\n.sentron a stream=s\n");
  CHECK(p.memory.at(kBase).lane == std::array<std::uint64_t, 8>{1, ~0ULL, 16});
  CHECK(p.memory.at(moved(0, 1)).lane ==
        std::array<std::uint64_t, 8>{std::bit_cast<std::uint64_t>(0.5), std::bit_cast<std::uint64_t>(2.0)});
  CHECK(p.memory.at(moved(0, 2)).lane == std::array<std::uint64_t, 8>{0x00000002FFFFFFFFU, 0xFFFFFFFEU});
  CHECK(p.memory.at(moved(0, 3)).lane == std::array<std::uint64_t, 8>{0xC00000003FC00000U});
  CHECK(p.memory.at(moved(0, 4)).lane[0] == 0xDEADBEEFDEADBEEFU);
  CHECK(p.memory.size() == 5);
}

TEST_CASE("a fill covers its dimensions, the last one fastest") {
  const isa::Program p = good(kHere + ".fill @here d1 3 d0 4 i64 i * 100 + j\n.stream s\n.end\n.sentron a stream=s\n");
  REQUIRE(p.memory.size() == 12);
  for (int i = 0; i < 12; ++i) {
    const isa::Coordinate at = *isa::step(moved(1, i / 4), 0, i % 4);
    for (std::size_t j = 0; j < 8; ++j) {
      CHECK(p.memory.at(at).lane[j] == static_cast<std::uint64_t>(i) * 100 + j);
    }
  }
}

TEST_CASE("random fills depend on their arguments alone") {
  const std::string text = kHere + ".fill @here d0 64 f64 rand(5, i, j)\n.fill @here+d1:1 d0 64 f64 rand(5, i, j)\n" +
                           ".fill @here+d1:2 d0 64 f64 rand(6, i, j)\n.stream s\n.end\n.sentron a stream=s\n";
  const isa::Program p = good(text);
  double sum = 0;
  for (int i = 0; i < 64; ++i) {
    const isa::Cell& cell = p.memory.at(moved(0, i));
    CHECK(cell == p.memory.at(*isa::step(moved(0, i), 1, 1)));
    CHECK_FALSE(cell == p.memory.at(*isa::step(moved(0, i), 1, 2)));
    for (const std::uint64_t lane : cell.lane) {
      const double x = std::bit_cast<double>(lane);
      CHECK(x >= 0);
      CHECK(x < 1);
      sum += x;
    }
  }
  // 512 uniform numbers: mean 0.5, standard deviation of the mean 0.0128.
  CHECK(sum / 512 == Approx(0.5).margin(0.06));
}

TEST_CASE("expressions: precedence, types, functions") {
  const auto r0 = [](const std::string& text) {
    return good(".stream s\n.end\n.sentron a stream=s r0=" + text + "\n").sentrons[0].initial.r[0];
  };
  const auto real = [&](const std::string& text) { return std::bit_cast<double>(r0(text)); };
  CHECK(r0("2 + 3 * 4 - 1") == 13);
  CHECK(r0("(2 + 3) * -4") == static_cast<std::uint64_t>(-20));
  CHECK(r0("-7 / 2") == static_cast<std::uint64_t>(-3));
  CHECK(r0("-7 % 3") == static_cast<std::uint64_t>(-1));
  CHECK(r0("0x7FFFFFFFFFFFFFFF + 1") == std::uint64_t{1} << 63U);
  CHECK(r0("(0 - 0x7FFFFFFFFFFFFFFF - 1) / -1") == std::uint64_t{1} << 63U);
  CHECK(real("7 / 2.0") == 3.5);
  CHECK(real("5.5 % 2") == 1.5);
  CHECK(real("float(3)") == 3.0);
  CHECK(r0("int(-2.9)") == static_cast<std::uint64_t>(-2));
  CHECK(r0("min(3, -4) + max(1, 2)") == static_cast<std::uint64_t>(-2));
  CHECK(r0("f64bits(2)") == std::bit_cast<std::uint64_t>(2.0));
  CHECK(r0("irand(1)") != r0("irand(2)"));
  CHECK(r0("irand(1)") == r0("irand(1)"));
}

TEST_CASE("attributes of a sentron set its registers") {
  const isa::Program p = good(kHere +
                              ".stream s\n.end\n.sentron a stream=s r15=-1 v2={ f32 1.0, 2.0 } p7=@here+d1:3 m3[2]=5 "
                              "cmp=0xFF route0=b listen1=1\n.sentron b stream=s\n");
  const isa::Registers& g = p.sentrons[0].initial;
  CHECK(g.r[15] == ~0ULL);
  CHECK(g.v[2].lane[0] == 0x400000003F800000U);
  CHECK(g.p[7] == moved(1, 3));
  CHECK(g.m[3].lane[2] == 5);
  CHECK(g.cmp == 0xFF);
  CHECK(g.route == std::array<std::int32_t, 4>{1, -1, -1, -1});
  CHECK(g.listen == std::array<std::int32_t, 4>{-1, 1, -1, -1});
  CHECK(p.sentrons[1].initial == isa::Registers{});
}

TEST_CASE("an array of sentrons evaluates its attributes for every index") {
  const isa::Program p = good(kHere +
                              ".stream s\ncsend m0, ring[2]\n.end\n.sentron first stream=s\n"
                              ".sentron ring[5] stream=s r0=i*10 p0=@here+d0:i \\\n"
                              "   route0=(i+1)%5 listen0=ring[(i+4)%5] route1=first v0={ i64 i, 2 }\n"
                              ".group g = ring[*], first\n");
  REQUIRE(p.sentrons.size() == 6);
  for (std::uint64_t i = 0; i < 5; ++i) {
    const isa::SentronSpec& s = p.sentrons[1 + i];
    CHECK(s.name == "ring" + std::to_string(i));
    CHECK(s.initial.r[0] == i * 10);
    CHECK(s.initial.v[0].lane[0] == i);
    CHECK(s.initial.p[0] == moved(0, static_cast<int>(i)));
    CHECK(s.initial.route[0] == static_cast<std::int32_t>(1 + (i + 1) % 5));
    CHECK(s.initial.listen[0] == static_cast<std::int32_t>(1 + (i + 4) % 5));
    CHECK(s.initial.route[1] == 0);
  }
  CHECK(p.groups[0].members == std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5});
  CHECK(p.streams[0].words[0].c.lit == 3);
}

TEST_CASE("sentrons and groups may be declared after the words that name them") {
  const isa::Program p = good(
      ".stream s\ncbar late\ncrecv m1, s1\ncreduce.i64.max r3, late\n.end\n"
      ".group late = b, a\n.sentron a stream=s\n.sentron b stream=s\n");
  CHECK(p.streams[0].words[0].c.lit == 0);
  CHECK(p.streams[0].words[1].c.lit == 1);
  CHECK(p.streams[0].words[2].c.lit == 2U << 12U);
  CHECK(p.groups[0].members == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("all errors of a text are reported at once, in order, with line and column") {
  const auto program = assemble(
      ".stream main\n"
      "  dadx.i64 r1, r2, r3\n"
      "  dadd.i64 r1, r2, r3 | dsub.i64 r4, r5, r6\n"
      "  sgather.i64 r1, [p9]\n"
      ".end\n"
      ".sentron a stream=maim\n",
      "file.siw");
  REQUIRE_FALSE(program);
  const Errors expected{
      {"file.siw:2:3", "no operation is named 'dadx', did you mean 'dadd'?"},
      {"file.siw:3:25", "two operations of pipe D in one word: dadd and dsub"},
      {"file.siw:4:20", "found 'p9', expected a register p0..p7"},
      {"file.siw:6:19", "no stream is named 'maim', did you mean 'main'?"},
  };
  CHECK(program.error() == expected);
}

TEST_CASE("a hundred errors are enough") {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "bad line\n";
  const auto program = assemble(text, "t");
  REQUIRE_FALSE(program);
  CHECK(program.error().size() == 101);
  CHECK(program.error().back().message == "too many errors, the rest is left out");
}

TEST_CASE("text with carriage returns and without a last newline") {
  CHECK(good(".stream s\r\n dnop\r\n.end\r\n.sentron a stream=s").streams[0].words.size() == 1);
}

}  // namespace
}  // namespace vtpu::assembly
