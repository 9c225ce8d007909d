// Program to text to program, program to bytes to program: nothing is lost, nothing is ambiguous.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "asm/assembler.hpp"
#include "asm/container.hpp"
#include "asm/disassembler.hpp"
#include "isa/validate.hpp"
#include "random_program.hpp"

namespace vtpu::assembly {
namespace {

std::string text_of(const Errors& errors) {
  std::string text;
  for (const Error& e : errors) text += e.text() + "\n";
  return text;
}

void check_round_trips(const isa::Program& program) {
  const Errors findings = isa::validate(program);
  INFO(text_of(findings));
  REQUIRE(findings.empty());
  const std::string text = disassemble(program);
  INFO(text);
  const auto assembled = assemble(text, "text");
  INFO((assembled ? std::string() : text_of(assembled.error())));
  REQUIRE(assembled);
  CHECK(*assembled == program);
  CHECK(disassemble(*assembled) == text);
  const std::vector<std::uint8_t> bytes = write_container(program);
  const auto read = read_container(bytes, "bytes");
  INFO((read ? std::string() : text_of(read.error())));
  REQUIRE(read);
  CHECK(*read == program);
  CHECK(write_container(*assembled) == bytes);
}

// One stream, one sentron, one group.
isa::Program program_of(std::vector<isa::Siw> words) {
  isa::Program program;
  isa::Stream stream;
  stream.name = "main";
  stream.words = std::move(words);
  isa::compute_dependency_flags(stream);
  program.streams.push_back(std::move(stream));
  program.sentrons.resize(1);
  program.sentrons[0].name = "only";
  program.groups.push_back({"all", {0}});
  return program;
}

TEST_CASE("every operation, form and type survives text and container") {
  std::mt19937_64 random(1);
  for (const isa::OpInfo& info : isa::all_ops()) {
    for (unsigned form = 0; form < info.forms.size(); ++form) {
      for (int t = 0; t < isa::kTypes; ++t) {
        const auto type = static_cast<isa::Type>(t);
        if ((info.forms[form].types & isa::mask_of(type)) == 0) continue;
        INFO(info.mnemonic << " form " << form << " type " << isa::name_of(type));
        std::vector<isa::Siw> words;
        while (words.size() < 8) {
          isa::Siw word;
          word.slot(info.pipe) = random_slot(random, info, form, type);
          if (isa::uses_imm(word.slot(info.pipe))) word.imm = random();
          if (isa::uses_coord(word.slot(info.pipe))) word.set_coord({random(), random()});
          if (isa::validate_word(word, "").empty()) words.push_back(word);
        }
        check_round_trips(program_of(words));
      }
    }
  }
}

TEST_CASE("random programs survive text and container") {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300; ++i) check_round_trips(random_program(random));
}

isa::Siw set_coordinate(const isa::Coordinate& c) {
  isa::Siw word;
  const isa::OpInfo& info = isa::info_of(isa::Op::SSETP);
  word.s = {static_cast<std::uint8_t>(info.op), isa::make_form_type(0, isa::Type::None), {}, 0};
  word.set_coord(c);
  return word;
}

TEST_CASE("every coordinate pattern survives in words, registers, names and addresses") {
  std::mt19937_64 random(3);
  std::vector<isa::Coordinate> patterns;
  for (unsigned i = 0; i < 64; ++i) {
    patterns.push_back({std::uint64_t{1} << i, 0});
    patterns.push_back({0, std::uint64_t{1} << i});
    patterns.push_back({~(std::uint64_t{1} << i), ~std::uint64_t{0}});
    patterns.push_back({random(), random()});
  }
  std::vector<isa::Siw> words;
  for (const isa::Coordinate& c : patterns) words.push_back(set_coordinate(c));
  isa::Program program = program_of(words);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    program.memory[isa::address_of(patterns[i])].lane[i % 8] = i + 1;
    if (i % 2 == 0) program.coordinates[fmt::format("c{}", i)] = patterns[i];
    program.sentrons[0].initial.p[i % 8] = patterns[i];
  }
  check_round_trips(program);
}

TEST_CASE("loops that share their first or last words keep their nesting") {
  isa::Program program = program_of(std::vector<isa::Siw>(6));
  program.streams[0].loops = {{0, 5, 2}, {0, 5, 3}, {0, 2, 4}, {1, 2, 5}, {2, 2, 6}, {3, 5, 7}, {5, 5, 8}};
  check_round_trips(program);
}

TEST_CASE("names that look like numbers, numbers that look like names") {
  isa::Program program = program_of({});
  program.sentrons.resize(3);
  for (std::size_t i = 0; i < 3; ++i) program.sentrons[i].name = fmt::format("s{}", i);
  program.sentrons[1].name = "d3";
  program.groups[0].name = "r1";
  program.groups.push_back({"g1", {0, 2}});
  isa::Siw word;
  word.c = {static_cast<std::uint8_t>(isa::Op::CSEND), isa::make_form_type(0, isa::Type::None), {}, 0};
  for (std::uint16_t n = 0; n < 3; ++n) {
    word.c.lit = n;
    program.streams[0].words.push_back(word);
  }
  check_round_trips(program);
}

TEST_CASE("a listing shows one word or one slot, with the names of the program") {
  const auto program = assemble(
      ".coord here 1.1.1/1.1.1/1.1.1/1.1\n.stream main\n"
      "dadd.i64 r1, r2, #-7 | sgather.i64 r4, [@here].2 | csend m0, other\n dnop\n.end\n"
      ".sentron one stream=main\n.sentron other stream=main\n",
      "text");
  REQUIRE(program);
  const isa::Siw& word = program->streams[0].words[0];
  CHECK(to_text(word, *program) == "dadd.i64 r1, r2, #-7 | sgather.i64 r4, [@here].2 | csend m0, other");
  CHECK(to_text(word, isa::Pipe::S, *program) == "sgather.i64 r4, [@here].2");
  CHECK(to_text(program->streams[0].words[1], *program) == "dnop");
  CHECK(to_text(program->streams[0].words[1], isa::Pipe::C, *program) == "cnop");
}

}  // namespace
}  // namespace vtpu::assembly
