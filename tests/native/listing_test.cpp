// Host code as text: the listing holds every word and instruction, and assemblers and llvm-mca take the exported text.
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "asm/assembler.hpp"
#include "asm/disassembler.hpp"
#include "native/code_loops.hpp"
#include "native/engine.hpp"
#include "native/host_isa.hpp"
#include "native/host_text.hpp"
#include "op_shapes.hpp"

namespace vtpu::native::test {
namespace {

using lowering::HostIsa;

isa::Program example() {
  auto program = assembly::assemble(R"(
.coord cells 1.1.1/1.1.1/1.1.1/1.1
.stream adder
  ssetp p0, @cells | dmov.i64 r1, #7
  loop 100000 {
    dadd.i64 r1, r1, r2 | sgather.i64 r2, [p0].2 | cpack.i64 m0[1], r1
    dfma.f64x8 v1, v2, v3, v1
  }
  csend m0, other
.end
.stream taker
  crecv m1, first
.end
.sentron first stream=adder
.sentron other stream=taker
)",
                                    "test.siw");
  if (!program) throw std::runtime_error(program.error().front().text());
  return std::move(*program);
}

// The first of these programs that runs; "" where there is none.
std::string first_of(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (std::system((name + " --version >/dev/null 2>&1").c_str()) == 0) return name;
  }
  return "";
}

bool takes(const std::string& command, const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / ("vtpu_listing_test_" + std::to_string(::getpid()) + ".s");
  std::ofstream(path) << text;
  const int status = std::system((command + " " + path.string() + " >/dev/null 2>" + path.string() + ".err").c_str());
  std::string errors;
  std::getline(std::ifstream(path.string() + ".err"), errors, '\0');
  std::filesystem::remove(path);
  std::filesystem::remove(path.string() + ".err");
  UNSCOPED_INFO(errors.substr(0, 2000));
  return status == 0;
}

TEST_CASE("the listing shows every word and the bytes of every instruction") {
  if (!cpu::this_cpu().avx2) return;
  const isa::Program program = example();
  const auto machine = NativeMachine::create(program, {});
  REQUIRE(machine.has_value());
  const std::string listing = (*machine)->listing();
  for (const isa::Stream& stream : program.streams) {
    CHECK_THAT(listing, Catch::Contains("stream " + stream.name + ":"));
    for (const isa::Siw& word : stream.words) CHECK_THAT(listing, Catch::Contains(assembly::to_text(word, program)));
  }
  std::size_t lines = 0;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) lines += (*machine)->code(s).insts.size();
  std::size_t with_role = 0;
  for (const char* role : {" operation\n", " loop\n", " translation\n", " transfer\n", " runtime\n"}) {
    for (std::size_t at = listing.find(role); at != std::string::npos; at = listing.find(role, at + 1)) ++with_role;
  }
  CHECK(with_role == lines);
}

TEST_CASE("the hottest loop is an innermost one of the code") {
  if (!cpu::this_cpu().avx2) return;
  const isa::Program program = example();
  const auto machine = NativeMachine::create(program, {});
  REQUIRE(machine.has_value());
  const lowering::HostCode& code = (*machine)->code(0);
  const auto loop = hottest_loop(program.streams[0], code);
  REQUIRE(loop.has_value());
  CHECK(code.insts[loop->last].target == loop->first);
  std::set<std::uint32_t> words;
  for (std::uint32_t i = loop->first; i <= loop->last; ++i) words.insert(code.insts[i].word);
  CHECK(words.contains(1));
  CHECK(words.contains(2));
  CHECK_FALSE(words.contains(0));
  CHECK_FALSE(hottest_loop(program.streams[1], (*machine)->code(1)).has_value());
}

TEST_CASE("llvm-mca takes the exported code") {
  const std::string mca = first_of({"llvm-mca-19", "llvm-mca-16", "llvm-mca-14", "llvm-mca"});
  if (mca.empty() || !cpu::this_cpu().avx2) return;
  const isa::Program program = example();
  for (const HostIsa isa : {HostIsa::Avx2, HostIsa::Avx512}) {
    if (!has_isa(cpu::this_cpu(), isa)) continue;
    NativeOptions options;
    options.isa = isa;
    const auto machine = NativeMachine::create(program, options);
    REQUIRE(machine.has_value());
    const std::string text = (*machine)->mca_export(0);
    CHECK_THAT(text, Catch::Contains("# LLVM-MCA-BEGIN adder.loop\n"));
    CHECK_THAT(text, Catch::Contains("# LLVM-MCA-END adder\n"));
    CHECK(takes(mca + " -mtriple=x86_64 -mcpu=icelake-server", text));
    CHECK_FALSE(takes(mca + " -mtriple=x86_64 -mcpu=icelake-server", text + "vnonsense zmm1\n"));
  }
}

TEST_CASE("an assembler takes the text of every host instruction") {
  const std::string assembler = first_of({"llvm-mc-19", "llvm-mc-16", "llvm-mc-14", "llvm-mc"});
  if (assembler.empty()) return;
  std::string text = ".intel_syntax noprefix\n";
  for (const HostIsa isa : {HostIsa::Avx2, HostIsa::Avx512}) {
    for_each_instruction(isa, [&](const lowering::HostInst& inst) { text += assembly_of(inst) + "\n"; });
  }
  CHECK(takes(assembler + " -triple=x86_64 -mcpu=icelake-server -filetype=null", text));
}

}  // namespace
}  // namespace vtpu::native::test
