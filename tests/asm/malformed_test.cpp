// Malformed texts, each with the place and the message that it must give.
#include <catch2/catch.hpp>

#include "asm/assembler.hpp"

namespace vtpu::assembly {
namespace {

struct Malformed {
  const char* name;
  std::string text;
  const char* where;
  const char* message;
};

// One line in a stream of an otherwise good program; it is line 3.
std::string in_stream(const std::string& line) {
  return ".coord here 1.1.1/1.1.1/1.1.1/1.1\n.stream main\n" + line +
         "\n.end\n.sentron only stream=main\n.group all = only\n";
}

// Lines before a good stream; the first is line 1.
std::string before_stream(const std::string& lines) {
  return lines + "\n.stream main\n.end\n.sentron only stream=main\n";
}

const std::vector<Malformed>& words() {
  static const std::vector<Malformed> kTable{
      {"misspelt operation", in_stream("dfna.f64 v1, v2, v3, v4"), "t:3:1", "did you mean 'dfma'?"},
      {"no operation", in_stream("42"), "t:3:1", "found '42', expected an operation"},
      {"strange byte", in_stream("dadd.i64 r1, $"), "t:3:14", "'$' does not belong to the language"},
      {"control byte", in_stream("\x07"), "t:3:1", "byte 0x07"},
      {"type of another operation", in_stream("dadd.b512 v1, v2, v3"), "t:3:1",
       "dadd has no type .b512, expected .i64 .f64 .f64x8 .f32x16 .i32x16"},
      {"missing type", in_stream("dadd r1, r2, r3"), "t:3:1", "dadd has no type, expected .i64"},
      {"unknown suffix", in_stream("dadd.i63 r1, r2, r3"), "t:3:6", "does not take the suffix '.i63'"},
      {"suffix on a bare operation", in_stream("sflush.l1 [p0]"), "t:3:8", "expected no suffix"},
      {"missing condition", in_stream("dcmp.i64 r1, r2"), "t:3:1", "dcmp without a suffix, expected one of .eq .ne"},
      {"unknown condition", in_stream("dcmp.i64.lo r1, r2"), "t:3:10", "does not take the suffix '.lo'"},
      {"two conditions", in_stream("dcmp.i64.lt.gt r1, r2"), "t:3:13", "does not take the suffix '.gt'"},
      {"unsigned comparison of f64", in_stream("dcmp.f64.ltu v1, v2"), "t:3:1", "unsigned comparison .ltu of type f64"},
      {"operands of the wrong file", in_stream("dadd.i64 v1, r2, r3"), "t:3:10",
       "dadd.i64 does not take (v1, r2, r3), expected (r, r, r) or (r, r, #immediate)"},
      {"too few operands", in_stream("dadd.i64 r1, r2"), "t:3:10", "does not take (r1, r2)"},
      {"no operands", in_stream("dadd.i64"), "t:3:1", "does not take (nothing)"},
      {"too many operands", in_stream("dcnt r1, r2, r3, r4, r5, r6"), "t:3:", "r6"},
      {"missing operand", in_stream("dadd.i64 r1, , r3"), "t:3:14", "found ',', expected an operand"},
      {"register out of range", in_stream("dadd.i64 r1, r16, r3"), "t:3:14",
       "found 'r16', expected a register r0..r15"},
      {"message register out of range", in_stream("csend m4, only"), "t:3:7", "expected a register m0..m3"},
      {"coordinate register out of range", in_stream("sgather.i64 r1, [p8]"), "t:3:18", "expected a register p0..p7"},
      {"another register as address", in_stream("sgather.i64 r1, [r1]"), "t:3:18", "expected a register p0..p7"},
      {"lane of a message", in_stream("cpack.i64 m0[4], r1"), "t:3:11", "lane 4, expected 0..3"},
      {"lane of a vector", in_stream("dmov.i64 r1, v0[8]"), "t:3:14", "lane 8, expected 0..7"},
      {"lane of a cell", in_stream("sgather.i64 r1, [p0].8"), "t:3:17", "lane 8, expected 0..7"},
      {"lane of a whole cell", in_stream("sgather.b512 v1, [p0].1"), "t:3:14", "does not take (v1, [p0].1)"},
      {"lane that is no number", in_stream("sgather.i64 r1, [p0].x"), "t:3:22", "expected the number of a lane"},
      {"post-increment where there is none", in_stream("sflush [p0, d0 += 1]"), "t:3:8", "expected ([p])"},
      {"post-increment dimension", in_stream("sgather.i64 r1, [p0, d11 += 1]"), "t:3:22",
       "found 'd11', expected a dimension d0..d10"},
      {"post-increment sign", in_stream("sgather.i64 r1, [p0, d0 = 1]"), "t:3:25", "expected '+=' or '-='"},
      {"post-increment too far", in_stream("sgather.i64 r1, [p0, d0 += 2048]"), "t:3:28",
       "the step is 2048, expected -2048..2047"},
      {"post-increment of nothing", in_stream("sgather.i64 r1, [p0, d0 += 0]"), "t:3:28", "a step of 0"},
      {"open bracket", in_stream("sgather.i64 r1, [p0"), "t:3:20", "expected ']' after the address"},
      {"coordinate without brackets", in_stream("sgather.i64 r1, @here"), "t:3:17", "in brackets: [@name]"},
      {"coordinate in brackets", in_stream("ssetp p1, [@here]"), "t:3:11", "without brackets: @name"},
      {"unknown coordinate", in_stream("ssetp p1, @hero"), "t:3:12", "did you mean 'here'?"},
      {"malformed coordinate", in_stream("ssetp p1, @1.2.3/4.5"), "t:3:11", "expected '.' at character 10"},
      {"position out of range", in_stream("ssetp p1, @1.1.1/1.1.1/1.1.1/1.2048"), "t:3:11",
       "expected a position 0..2047 for dimension 0"},
      {"offset out of range", in_stream("ssetp p1, @here+d0:2047"), "t:3:20",
       "position 1 in dimension 0 moved by 2047 leaves 0..2047"},
      {"rotation count", in_stream("dhdperm v1, v2, #512"), "t:3:17", "the count of dhdperm is 512, expected #0..#511"},
      {"shift count", in_stream("dshl.i64 r1, r2, #64"), "t:3:18", "expected #0..#63"},
      {"shift count that is no integer", in_stream("dshl.i64 r1, r2, #1.5"), "t:3:18", "no integer"},
      {"member", in_stream("ccast m0, #256, all"), "t:3:11", "the member of ccast is 256"},
      {"member outside the group", in_stream("ccast m0, #1, all"), "t:3:1", "member 1 of group all, which has 1"},
      {"dimension of sindex", in_stream("sindex p1, p0, #1, d11"), "t:3:20", "expected a dimension d0..d10"},
      {"two immediates", in_stream("dmov.i64 r1, #1 | cpack.i64 m0[0], #2"), "t:3:36",
       "immediate 0x2 differs from 0x1 in the same word"},
      {"immediate above 64 bits", in_stream("dmov.i64 r1, #0x10000000000000000"), "t:3:15", "does not fit in 64 bits"},
      {"immediate that is no number", in_stream("dmov.i64 r1, #12ab"), "t:3:15", "is no number"},
      {"f suffix in an expression", in_stream("dmov.i64 r1, #(1.5f + 1)"), "t:3:16", "the suffix f stands only"},
      {"two operations of a pipe", in_stream("cbar all | cfence.core"), "t:3:12", "two operations of pipe C"},
      {"two writes", in_stream("dmov.i64 r1, #1 | sgather.i64 r1, [p0]"), "t:3:1", "two writes to r1 in one word"},
      {"a pipe again at the end", in_stream("ssetp p0, p1 | dnop | dmov.i64 r1, r2"), "t:3:23", "two operations"},
      {"something behind the word", in_stream("dnop dnop"), "t:3:6", "does not take (dnop)"},
      {"trailing bar", in_stream("dnop |"), "t:3:7", "found the end of the line, expected an operation"},
      {"unknown sentron", in_stream("csend m0, onyl"), "t:3:11", "no sentron is named 'onyl', did you mean 'only'?"},
      {"sentron number", in_stream("csend m0, s1"), "t:3:11", "no sentron is named 's1'"},
      {"unknown group", in_stream("cbar al"), "t:3:6", "no group is named 'al', did you mean 'all'?"},
      {"element of no array", in_stream("csend m0, only[0]"), "t:3:11", "no array of sentrons is named 'only'"},
      {"loop without count", in_stream("loop {\ndnop\n}"), "t:3:6", "found '{', expected a number"},
      {"loop of nothing", in_stream("loop 2 {\n}"), "t:3:1", "the loop holds no word"},
      {"loop count of zero", in_stream("loop 0 {\ndnop\n}"), "t:3:6", "the count is 0, expected 1.."},
      {"loop not closed", in_stream("loop 2 {\ndnop"), "t:3:1", "the loop is not closed"},
      {"brace without a loop", in_stream("}"), "t:3:1", "no loop is open"},
      {"unknown label", in_stream("b: dnop\n.loop a, b, 2"), "t:4:7", "no label of stream 'main' is named 'a'"},
      {"label twice", in_stream("a: dnop\na: dnop"), "t:4:1", "the label 'a' stands before word 0 already"},
      {"label behind the last word", in_stream("a: dnop\nb:\n.loop a, b, 2"), "t:5:10", "stands behind the last word"},
      {"labels in the wrong order", in_stream("a: dnop\nb: dnop\n.loop b, a, 2"), "t:5:10", "stands before its first"},
      {"overlapping loops", in_stream("a: dnop\nb: dnop\nc: dnop\n.loop a, b, 2\n.loop b, c, 2"), "t:7:2", "overlap"},
      {"directive in a stream", in_stream(".cell @here { i64 1 }"), "t:3:1", "expected .end or .loop"},
  };
  return kTable;
}

const std::vector<Malformed>& declarations() {
  static const std::vector<Malformed> kTable{
      {"empty text", "", "t: program", "no sentron, expected at least one"},
      {"word outside a stream", "dnop\n", "t:1:1", "'dnop' stands outside a stream"},
      {"no directive", before_stream("hello"), "t:1:1", "found 'hello', expected a directive"},
      {"misspelt directive", before_stream(".sentrom x stream=main"), "t:1:2", "did you mean 'sentron'?"},
      {"end without a stream", before_stream(".end"), "t:1:2", ".end without a .stream"},
      {"stream not closed", ".stream main\ndnop\n", "t:1:2", "stream 'main' is not closed by .end"},
      {"stream with references not closed", ".sentron a stream=w\n.group g = a\n.stream w\ncsend m0, a\ncbar g\n",
       "t:3:2", "stream 'w' is not closed by .end"},
      {"refused array in a group twice",
       ".stream main\n.end\n.sentron x0 stream=main\n.sentron x[4] stream=main\n.group g = x[*], x[*]\n", "t:4:10",
       "the sentron 'x0' is given twice"},
      {"stream twice", ".stream main\n.end\n" + before_stream(""), "t:4:9", "the stream 'main' is given twice"},
      {"program named twice", before_stream(".program a\n.program b"), "t:2:10", "named twice, 'a' before"},
      {"constant twice", before_stream(".const N = 1\n.const N = 2"), "t:2:8", "the constant 'N' is given twice"},
      {"constant named i", before_stream(".const i = 1"), "t:1:8", "'i' is a variable"},
      {"unknown constant", before_stream(".const N = 1\n.const M = NN + 1"), "t:2:12", "did you mean 'N'?"},
      {"unknown function", before_stream(".const N = rant(1)"), "t:1:12", "no function is named 'rant', did you mean"},
      {"arguments", before_stream(".const N = min(1)"), "t:1:12", "min has 1 arguments, expected 2"},
      {"division by zero", before_stream(".const N = 1 / (2 - 2)"), "t:1:12", "division by zero"},
      {"integer of a huge number", before_stream(".const N = int(1e300)"), "t:1:12", "does not fit in 64 bits"},
      {"open parenthesis", before_stream(".const N = (1 + 2"), "t:1:18", "expected ')'"},
      {"deep expression", before_stream(".const N = " + std::string(100, '(') + "1" + std::string(100, ')')), "t:1:44",
       "nested more than 32 deep"},
      {"long expression",
       before_stream(".const N = 1" +
                     [] {
                       std::string sum;
                       for (int i = 0; i < 200; ++i) sum += " + 1";
                       return sum;
                     }()),
       "t:1:", "more than 256 parts"},
      {"coordinate twice", before_stream(".coord a 1.1.1/1.1.1/1.1.1/1.1\n.coord a 1.1.1/1.1.1/1.1.1/1.1"), "t:2:8",
       "given twice"},
      {"coordinate of nothing", before_stream(".coord a"), "t:1:9", "expected a coordinate"},
      {"flags out of range", before_stream(".coord a 1.1.1/1.1.1/1.1.1/1.1!128"), "t:1:10", "flags 0..127"},
      {"cell with flags", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1!1 { i64 1 }"), "t:1:7", "has flags"},
      {"cell twice", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1 { i64 1 }\n.fill @1.1.1/1.1.1/1.1.1/1.0 d0 2 i64 i"),
       "t:2:7", "the cell 1.1.1/1.1.1/1.1.1/1.1 is given twice"},
      {"cell of an unknown type", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1 { i65 1 }"), "t:1:32",
       "expected the type of the elements"},
      {"cell with too many elements", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1 { i64 1, 2, 3, 4, 5, 6, 7, 8, 9 }"),
       "t:1:", "more than 8 elements"},
      {"fraction in an integer cell", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1 { i64 1.5 }"), "t:1:36",
       "the element is the floating point number 1.5, expected an integer"},
      {"i32 out of range", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1 { i32 4294967296 }"), "t:1:36",
       "expected -2147483648..4294967295"},
      {"cell not closed", before_stream(".cell @1.1.1/1.1.1/1.1.1/1.1 { i64 1"), "t:2:1", "expected '}'"},
      {"fill without a dimension", before_stream(".fill @1.1.1/1.1.1/1.1.1/1.1 i64 i"), "t:1:30",
       "expected a dimension"},
      {"fill of nothing", before_stream(".fill @1.1.1/1.1.1/1.1.1/1.1 d0 0 i64 i"), "t:1:33",
       "the number of cells is 0"},
      {"fill that leaves the dimension", before_stream(".fill @1.1.1/1.1.1/1.1.1/1.2000 d0 64 i64 i"), "t:1:7",
       "the fill leaves 0..2047 in dimension 0"},
      {"fill too big", before_stream(".fill @0.0.0/0.0.0/0.0.0/0.0 d0 2048 d1 1024 i64 i"), "t:1:7",
       "more than 1048576 cells"},
      {"fills that take too long",
       before_stream(".fill @0.0.0/0.0.0/0.0.0/0.0 d0 2048 d1 512 f32 " +
                     [] {
                       std::string sum = "i";
                       for (int i = 0; i < 60; ++i) sum += " + j";
                       return sum;
                     }()),
       "t:1:49", "too many steps"},
      {"sentron without a stream", before_stream(".sentron x r0=1"), "t:1:10", "expected stream=NAME"},
      {"sentron twice", before_stream(".sentron x stream=main\n.sentron x stream=main"), "t:2:10", "given twice"},
      {"unknown attribute", before_stream(".sentron x stream=main r16=1"), "t:1:24",
       "found 'r16', expected stream, r0"},
      {"attribute without a value", before_stream(".sentron x stream=main r1="), "t:1:27", "expected a number"},
      {"compare mask", before_stream(".sentron x stream=main cmp=65536"), "t:1:28", "expected 0..65535"},
      {"lane of an attribute", before_stream(".sentron x stream=main m0=1"), "t:1:26", "expected '['"},
      {"route to nobody", before_stream(".sentron x stream=main route0=y"), "t:1:31", "no sentron is named 'y'"},
      {"route to a number", before_stream(".sentron x stream=main route0=9"), "t:1:10", "route0 is sentron 9"},
      {"element outside the array", before_stream(".sentron x[4] stream=main route0=i+1"), "t:1:34",
       "the element of this array is 4, expected 0..3"},
      {"element of a named array", before_stream(".sentron x[4] stream=main route0=x[i+1]"), "t:1:34",
       "element 4 of 'x', which has 4"},
      {"array of nothing", before_stream(".sentron x[0] stream=main"), "t:1:12", "expected 1..65536"},
      {"too many sentrons", before_stream(".sentron x[65536] stream=main\n.sentron y stream=main"), "t:2:10",
       "more than 65536 sentrons"},
      {"sentron named like a register", before_stream(".sentron r1 stream=main"), "t:1:10", "that of a register"},
      {"sentron named like another number", before_stream(".sentron s7 stream=main"), "t:1:10", "means number 7"},
      {"group twice", before_stream(".group g = only\n.group g = only"), "t:2:8", "given twice"},
      {"group without members", before_stream(".group g ="), "t:1:11", "expected the name of a sentron"},
      {"group of nobody", before_stream(".group g = olny"), "t:1:12", "did you mean 'only'?"},
      {"member twice", before_stream(".group g = only, only"), "t:1:8", "sentron 'only' is in group 'g' twice"},
      {"group of no array", before_stream(".group g = only[*]"), "t:1:12", "no array of sentrons"},
      {"stream that waits in a group of others",
       ".stream w\ncbar g\n.end\n.sentron a stream=w\n.sentron b stream=w\n.group g = a\n", "t:1:2",
       "uses group g, but sentron b, which runs it, is no member"},
      {"name too long", before_stream(".sentron " + std::string(128, 'x') + " stream=main"), "t:1:10",
       "expected 1..127"},
  };
  return kTable;
}

void check(const std::vector<Malformed>& table) {
  for (const Malformed& m : table) {
    const auto program = assemble(m.text, "t");
    INFO(m.name);
    REQUIRE_FALSE(program);
    std::string all;
    bool found = false;
    for (const Error& e : program.error()) {
      all += e.text() + "\n";
      found = found || (e.where.find(m.where) == 0 && e.message.find(m.message) != std::string::npos);
    }
    INFO("expected " << m.where << ": " << m.message << "\ngot\n" << all);
    CHECK(found);
    // One mistake, one message: what follows is read as it stands.
    CHECK(program.error().size() == 1);
  }
}

TEST_CASE("malformed words are refused with place and message") { check(words()); }
TEST_CASE("malformed declarations are refused with place and message") { check(declarations()); }
TEST_CASE("the tables hold at least sixty programs") { CHECK(words().size() + declarations().size() >= 60); }

TEST_CASE("files that cannot be read are named") {
  const auto missing = assemble_file("/nonexistent/x.siw");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().front().text() == "/nonexistent/x.siw: cannot be opened: No such file or directory");
  const auto folder = assemble_file("/");
  REQUIRE_FALSE(folder);
  CHECK(folder.error().front().text() == "/: is a folder, expected a file");
}

}  // namespace
}  // namespace vtpu::assembly
