// The vtpu program as its users meet it: exit codes, where output goes, JSON.
#include <fmt/format.h>
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "vtpu_cli_XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return file(name);
  }
  [[nodiscard]] static std::string read(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

 private:
  fs::path path_;
};

struct Output {
  int code = -1;
  std::string out;
  std::string err;
};

Output vtpu(const Folder& folder, const std::string& arguments) {
  const std::string out = folder.file("stdout");
  const std::string err = folder.file("stderr");
  const std::string command =
      "VTPU_LAYOUTS=" VTPU_SOURCE_DIR "/layouts " VTPU_PROGRAM " " + arguments + " >" + out + " 2>" + err;
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Folder::read(out), Folder::read(err)};
}

constexpr const char* kSmall =
    ".program small\n.stream main\nloop 100 {\ndadd.i64 r1, r1, #1 | cpack.i64 m0[0], r1\n}\n.end\n"
    ".sentron one stream=main\n";

TEST_CASE("every command explains itself with an example") {
  const Folder folder;
  for (const std::string command :
       {"compare", "accuracy", "explain", "run", "measure", "locality", "analyze", "crosscheck", "asm", "disasm", "gen",
        "layout check", "layout show", "layout facts"}) {
    const Output help = vtpu(folder, command + " --help");
    INFO(command);
    CHECK(help.code == 0);
    CHECK(help.out.find("Example: vtpu " + command) != std::string::npos);
    CHECK(help.out.find("--json") != std::string::npos);
  }
}

TEST_CASE("asm, disasm and asm again give the same container") {
  const Folder folder;
  const std::string source = folder.write("small.siw", kSmall);
  REQUIRE(vtpu(folder, "asm " + source + " -o " + folder.file("a.siwb")).code == 0);
  REQUIRE(vtpu(folder, "disasm " + folder.file("a.siwb") + " -o " + folder.file("b.siw")).code == 0);
  REQUIRE(vtpu(folder, "asm " + folder.file("b.siw") + " -o " + folder.file("b.siwb")).code == 0);
  CHECK(Folder::read(folder.file("a.siwb")) == Folder::read(folder.file("b.siwb")));
}

TEST_CASE("run prints the same digest on every engine, as text and as JSON") {
  const Folder folder;
  const std::string source = folder.write("small.siw", kSmall);
  const Output reference = vtpu(folder, "run " + source + " --json");
  REQUIRE(reference.code == 0);
  const std::string digest = nlohmann::json::parse(reference.out)["state"]["digest"];
  for (const std::string engine :
       {"--engine systemc --layout tiny1", "--engine systemc --layout tiny2 --source host"}) {
    const Output json = vtpu(folder, fmt::format("run {} --json {}", source, engine));
    INFO(engine << json.err);
    REQUIRE(json.code == 0);
    CHECK(nlohmann::json::parse(json.out)["state"]["digest"] == digest);
    CHECK(vtpu(folder, fmt::format("run {} {}", source, engine)).out.find(digest) != std::string::npos);
  }
}

TEST_CASE("a timeline stands in the report of a modelled run") {
  const Folder folder;
  const std::string source = folder.write("small.siw", kSmall);
  const Output run = vtpu(folder, "run " + source + " --engine systemc --layout tiny1 --timeline 10:4");
  REQUIRE(run.code == 0);
  CHECK(run.out.find("word 0.10  D  dadd.i64") != std::string::npos);
  CHECK(run.out.find("word 0.13  C  cpack.i64") != std::string::npos);
  CHECK(run.out.find("word 0.14") == std::string::npos);
}

TEST_CASE("bad usage and bad input end with 2, and say where on standard error only") {
  const Folder folder;
  const std::string source = folder.write("small.siw", kSmall);
  const std::string broken = folder.write("broken.siw", ".stream main\n  dad.i64 r1, r2, r3\n.end\n");
  struct Row {
    std::string arguments;
    std::string expected;
  };
  const std::vector<Row> rows{
      {"run " + folder.file("missing.siw"), "missing.siw"},
      {"run " + broken, "broken.siw:2:3"},
      {"asm " + broken + " -o " + folder.file("x.siwb"), "broken.siw:2:3"},
      {"disasm " + broken, "broken.siw:2:3"},
      {"compare " + broken, "broken.siw:2:3"},
      {"compare " + folder.file("no_such_folder"), "no_such_folder"},
      {"compare", "found no program"},
      {"measure " + broken, "broken.siw:2:3"},
      {"run " + source + " --engine fpga", "reference, systemc, rtl, native"},
      {"run " + source + " --engine systemc --layout no_such_core", "no_such_core"},
      {"run " + source + " --timeline 3:2", "expected systemc"},
      {"run " + source + " --engine systemc --timeline 3", "FIRST:COUNT"},
      {"run " + source + " --wave " + folder.file("x.fst"), "expected systemc or rtl"},
      {"run " + source + " --engine systemc --wave x.txt", ".fst or .vcd"},
      {"run " + source + " --engine systemc --trace-cycles 5", "FIRST:COUNT"},
      {"run " + source + " --engine systemc --wave /no/such/folder/x.vcd", "/no/such/folder/x.vcd"},
      {"run " + source + " --engine systemc --wave /no/such/folder/x.fst", "/no/such/folder/x.fst"},
      {"view " + folder.file("x.fst"), "not found"},
      {"gen --mix heavy -o " + folder.file("g.siw"), "d-heavy"},
      {"gen --depth 0 -o " + folder.file("g.siw"), "--depth"},
      {"layout check " + source, "small.siw"},
      {"crosscheck --random 0", "--random"},
      {"frobnicate", ""},
  };
  for (const Row& row : rows) {
    const Output output = vtpu(folder, row.arguments);
    INFO(row.arguments << "\n" << output.err);
    CHECK(output.code == 2);
    CHECK(output.out.empty());
    CHECK_FALSE(output.err.empty());
    CHECK(output.err.find(row.expected) != std::string::npos);
  }
  CHECK_FALSE(fs::exists(folder.file("x.siwb")));
  CHECK_FALSE(fs::exists(folder.file("g.siw")));
}

TEST_CASE("gen writes the same stream for the same seed, and it assembles") {
  const Folder folder;
  const std::string options = "gen --mix s-heavy --words 2000 --depth 2 --locality medium --seed 5 -o ";
  REQUIRE(vtpu(folder, options + folder.file("a.siw")).code == 0);
  REQUIRE(vtpu(folder, options + folder.file("b.siw")).code == 0);
  CHECK(Folder::read(folder.file("a.siw")) == Folder::read(folder.file("b.siw")));
  CHECK(vtpu(folder, "run " + folder.file("a.siw")).code == 0);
}

TEST_CASE("compare and crosscheck end with 0 where all engines agree") {
  const Folder folder;
  const std::string source = folder.write("small.siw", kSmall);
  const Output compare = vtpu(folder, "compare --no-measure --json " + source);
  INFO(compare.err);
  CHECK(compare.code == 0);
  CHECK(nlohmann::json::parse(compare.out)["states_equal"] == true);
  const Output crosscheck = vtpu(folder, "crosscheck --random 40 --layouts tiny1,tiny2 --json");
  INFO(crosscheck.err);
  CHECK(crosscheck.code == 0);
  CHECK(nlohmann::json::parse(crosscheck.out)["programs_agreed"] == 40);
  const Output one = vtpu(folder, "crosscheck --layouts tiny1 --program " + source);
  INFO(one.err);
  CHECK(one.code == 0);
}

TEST_CASE("analyze and locality write text, JSON and a page") {
  const Folder folder;
  const std::string source = folder.write(
      "walk.siw",
      ".program walk\n.stream main\nloop 100 {\nsgather.i64 r1, [p0, d0 += 1]\n}\n.end\n.sentron one stream=main\n");
  const Output analyze = vtpu(folder, "analyze " + source + " --layout tiny1 --json --html " + folder.file("a.html"));
  INFO(analyze.err);
  REQUIRE(analyze.code == 0);
  CHECK(nlohmann::json::parse(analyze.out)["accesses"] == 100);
  CHECK(Folder::read(folder.file("a.html")).find("<!doctype html>") == 0);
  CHECK(vtpu(folder, "analyze " + source + " --layout tiny1 --listing").out.find("sequential d0 += 1") !=
        std::string::npos);
  const Output locality = vtpu(folder, "locality " + source + " --layout tiny1 --no-measure --json");
  INFO(locality.err);
  REQUIRE(locality.code == 0);
  CHECK(nlohmann::json::parse(locality.out)["placements"].size() >= 4);
  CHECK(vtpu(folder, "locality " + source + " --region d11").code == 2);
  CHECK(vtpu(folder, "analyze " + source + " --placement hash:d0").code == 2);
}

TEST_CASE("layout check names every layout that comes with vtpu good") {
  const Folder folder;
  const Output check = vtpu(folder, "layout check tiny1 tiny2 vtpu3 zen4 golden_cove --json");
  CHECK(check.code == 0);
  for (const auto& one : nlohmann::json::parse(check.out)) CHECK(one["good"] == true);
}

TEST_CASE("accuracy misses a bar that no model keeps, and leaves its reports behind", "[slow]") {
  const Folder folder;
  const auto suite = [&](const std::string& seed) {
    nlohmann::json specs =
        nlohmann::json::parse(vtpu(folder, "accuracy --print-suite --generated 3 --seed " + seed).out);
    for (nlohmann::json& spec : specs) spec["least_operations"] = 4000;  // long enough to see that all is there
    return folder.write("suite" + seed + ".json", specs.dump());
  };
  const std::string any_suite = "accuracy --rounds 1 --samples 2 --no-llvm-mca --layout zen3 --isa avx2 --suite ";
  const std::string common = any_suite + suite("1");
  const Output missed = vtpu(folder, common + " --bar 0.000001 --output " + folder.file("out"));
  if (missed.code == 3) return;  // this CPU lacks AVX2, or a way to measure
  CHECK(missed.code == 1);
  for (const char* name : {"out/accuracy.html", "out/accuracy.csv", "out/accuracy.json", "out/accuracy.txt"}) {
    CHECK_FALSE(Folder::read(folder.file(name)).empty());
  }
  const auto json = nlohmann::json::parse(Folder::read(folder.file("out/accuracy.json")));
  CHECK(json["streams"].size() == 3);
  const std::size_t not_measured = json["streams_not_measured"];  // more than none under a neighbour who never rests
  CHECK(missed.err.find(not_measured == 3 ? "no stream was measured" : "above the bar") != std::string::npos);
  // The journal of that run answers the same question without measuring again what was measured, and no other question.
  const auto compiled = [](std::size_t streams) { return fmt::format("compiling {} streams for", streams); };
  const Output again = vtpu(folder, common + " --output " + folder.file("out"));
  CHECK(again.code == 0);
  CHECK((again.err.find(compiled(not_measured)) != std::string::npos) == (not_measured > 0));
  const std::size_t still =
      nlohmann::json::parse(Folder::read(folder.file("out/accuracy.json")))["streams_not_measured"];
  const nlohmann::json lost{{"key", "measured g0001_scalar"},
                            {"value",
                             {{"operations", 1},
                              {"code_bytes", 1},
                              {"measured", nullptr},
                              {"p10", nullptr},
                              {"p90", nullptr},
                              {"accepted", 0}}}};
  std::ofstream(folder.file("out/accuracy.journal"), std::ios::app) << lost.dump() << '\n';
  const Output third = vtpu(folder, common + " --output " + folder.file("out"));
  CHECK(third.code == 0);
  CHECK((third.err.find(compiled(still)) != std::string::npos ||
         third.err.find(compiled(still + 1)) != std::string::npos));
  const Output other = vtpu(folder, any_suite + suite("2") + " --output " + folder.file("out"));
  CHECK(other.code == 2);
  CHECK(other.err.find("belongs to a run with another suite") != std::string::npos);
}

TEST_CASE("accuracy writes its streams as programs that other commands take") {
  const Folder folder;
  const std::string programs = folder.file("streams");
  REQUIRE(vtpu(folder, "accuracy --generated 2 --write-programs " + programs).code == 0);
  CHECK(vtpu(folder, "run " + programs + "/g0000_all.siw").code == 0);
  CHECK(vtpu(folder, "run " + programs + "/g0001_scalar.siw").code == 0);
  CHECK(vtpu(folder, "accuracy --generated 1 --write-programs " + folder.write("file", "")).code == 2);
}

TEST_CASE("accuracy prints its suite, and reads what it printed") {
  const Folder folder;
  const Output suite = vtpu(folder, "accuracy --print-suite --generated 5");
  REQUIRE(suite.code == 0);
  CHECK(nlohmann::json::parse(suite.out).size() == 5);
  const std::string path = folder.write("suite.json", suite.out);
  CHECK(vtpu(folder, "accuracy --print-suite --suite " + path).out == suite.out);
  const Output wrong = vtpu(folder, "accuracy --suite " + folder.write("wrong.json", "[{\"depth\": \"x\"}]"));
  CHECK(wrong.code == 2);
  CHECK(wrong.err.find("depth") != std::string::npos);
}

}  // namespace
