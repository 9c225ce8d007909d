// The container: damage of any kind is refused with a message, and files are written whole or not at all.
#include "asm/container.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <xxhash.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <functional>

#include "asm/assembler.hpp"
#include "asm/disassembler.hpp"
#include "asm/read_file.hpp"
#include "isa/validate.hpp"
#include "random_program.hpp"

namespace vtpu::assembly {
namespace {

using Bytes = std::vector<std::uint8_t>;

isa::Program sample() {
  return *assemble(
      ".program sample\n.coord here 1.1.1/1.1.1/1.1.1/1.1\n.cell @here { i64 1, 2 }\n.cell @here+d0:1 { i64 3 }\n"
      ".stream main\nloop 3 {\ndadd.i64 r1, r1, r2\n}\ncbar all\n.end\n"
      ".sentron a stream=main r1=5 route0=1\n.sentron b stream=main\n.group all = a, b\n",
      "sample");
}

// Makes size and checksum fit again, so that the damage behind them is what is found.
void seal(Bytes& bytes) {
  const std::uint64_t size = bytes.size() - kContainerHeaderBytes;
  const std::uint64_t checksum = XXH3_64bits(bytes.data() + kContainerHeaderBytes, size);
  std::memcpy(bytes.data() + 8, &size, 8);
  std::memcpy(bytes.data() + 16, &checksum, 8);
}

// Offset of the content of section `id` (1..6).
std::size_t section(const Bytes& bytes, std::uint32_t id) {
  std::size_t at = kContainerHeaderBytes;
  for (std::uint32_t i = 1; i < id; ++i) {
    std::uint64_t size = 0;
    std::memcpy(&size, bytes.data() + at + 8, 8);
    at += 16 + size;
  }
  return at + 16;
}

void set32(Bytes& bytes, std::size_t at, std::uint32_t value) { std::memcpy(bytes.data() + at, &value, 4); }

struct Damage {
  const char* name;
  std::function<void(Bytes&)> apply;
  bool sealed;  // size and checksum made right afterwards
  const char* message;
};

// Offsets inside the sample's streams section: count 4, name 5 ("main"), words 4, loops 4, then the words.
constexpr std::size_t kFirstWord = 4 + 5 + 8;

const std::vector<Damage>& damages() {
  static const std::vector<Damage> kTable{
      {"empty", [](Bytes& b) { b.clear(); }, false, "ends inside the header: 0 bytes, expected at least 24"},
      {"header cut", [](Bytes& b) { b.resize(23); }, false, "ends inside the header: 23 bytes"},
      {"magic", [](Bytes& b) { b[0] = 'X'; }, false, "no magic 'SIWB'"},
      {"version", [](Bytes& b) { b[4] = 2; }, false, "version 2, expected 1"},
      {"cut", [](Bytes& b) { b.pop_back(); }, false, "but the header says"},
      {"longer", [](Bytes& b) { b.push_back(0); }, false, "but the header says"},
      {"checksum", [](Bytes& b) { b[16] ^= 1; }, false, "the file is damaged"},
      {"one bit of the content", [](Bytes& b) { b.back() ^= 0x80; }, false, "the file is damaged"},
      {"no section", [](Bytes& b) { b.resize(kContainerHeaderBytes); }, true, "ends inside the header of a section"},
      {"section id", [](Bytes& b) { b[kContainerHeaderBytes] = 2; }, true, "section 2, expected 1 (program)"},
      {"section reserved", [](Bytes& b) { b[kContainerHeaderBytes + 4] = 1; }, true, "reserved bytes of a section"},
      {"section size", [](Bytes& b) { b[kContainerHeaderBytes + 15] = 0x7F; }, true, "but "},
      {"section too small", [](Bytes& b) { b[kContainerHeaderBytes + 8] = 3; }, true, "name of the program has 6"},
      {"section too big", [](Bytes& b) { b[section(b, 1)] = 2; }, true, "bytes left over in section 1 (program)"},
      {"bytes behind", [](Bytes& b) { b.resize(b.size() + 5); }, true, "5 bytes after the last section"},
      {"huge number of coordinates", [](Bytes& b) { set32(b, section(b, 2), 0xFFFFFFFF); }, true,
       "4294967295 named coordinates, expected at most 65536"},
      {"more cells than bytes", [](Bytes& b) { set32(b, section(b, 3), 1000); }, true,
       "1000 cells need at least 80000 bytes"},
      {"huge number of cells", [](Bytes& b) { set32(b, section(b, 3), 1U << 21U); }, true, "expected at most 1048576"},
      {"cells not ascending", [](Bytes& b) { b[section(b, 3) + 4] = 0xFF; }, true, "cells are not ascending"},
      {"huge number of streams", [](Bytes& b) { set32(b, section(b, 4), 65537); }, true, "65537 streams"},
      {"more words than bytes", [](Bytes& b) { set32(b, section(b, 4) + 9, 1000); }, true, "1000 words need at least"},
      {"more loops than words allow", [](Bytes& b) { set32(b, section(b, 4) + 13, 1000); }, true,
       "1000 loops, expected at most 64"},
      {"unknown operation", [](Bytes& b) { b[section(b, 4) + kFirstWord] = 0x30; }, true,
       "stream main word 0 slot D: no operation has the code 0x30"},
      {"operation in a wrong slot", [](Bytes& b) { b[section(b, 4) + kFirstWord + 8] = 0x02; }, true,
       "dadd belongs to pipe D, found in slot S"},
      {"register out of range", [](Bytes& b) { b[section(b, 4) + kFirstWord + 2] = 16; }, true,
       "operand 0 is 0x10, expected a register 0..15"},
      {"reserved bits", [](Bytes& b) { b[section(b, 4) + kFirstWord + 26] = 1; }, true, "reserved bits are not zero"},
      {"dependency flags", [](Bytes& b) { b[section(b, 4) + kFirstWord + 24] ^= 1; }, true, "dependency flags are"},
      {"loop outside the stream", [](Bytes& b) { set32(b, section(b, 4) + kFirstWord + 128 + 4, 7); }, true,
       "expected a range inside the stream's 2 words"},
      {"stream name", [](Bytes& b) { b[section(b, 4) + 5] = '\n'; }, true, "name '?ain'"},
      {"huge number of sentrons", [](Bytes& b) { set32(b, section(b, 5), 65537); }, true, "65537 sentrons"},
      {"stream of a sentron", [](Bytes& b) { set32(b, section(b, 5) + 6, 9); }, true, "sentron a: stream 9"},
      {"bit map too long", [](Bytes& b) { b[section(b, 5) + 10 + 23] = 0x80; }, true, "bits above its 185 values"},
      {"zero value", [](Bytes& b) { std::memset(b.data() + section(b, 5) + 10 + 24, 0, 8); }, true,
       "a value of a sentron is zero"},
      {"route out of range", [](Bytes& b) { std::memset(b.data() + section(b, 5) + 10 + 32, 0x11, 8); }, true,
       "is out of range"},
      {"group member", [](Bytes& b) { set32(b, b.size() - 4, 7); }, true, "member 1 is sentron 7"},
      {"more members than bytes", [](Bytes& b) { set32(b, b.size() - 12, 3); }, true, "3 members need at least 12"},
  };
  return kTable;
}

TEST_CASE("damaged containers are refused with their message") {
  const Bytes good = write_container(sample());
  REQUIRE(read_container(good, "x"));
  for (const Damage& damage : damages()) {
    Bytes bytes = good;
    damage.apply(bytes);
    if (damage.sealed) seal(bytes);
    const auto program = read_container(bytes, "x.siwb");
    INFO(damage.name);
    REQUIRE_FALSE(program);
    std::string all;
    for (const Error& e : program.error()) all += e.text() + "\n";
    INFO(all);
    CHECK(all.find(damage.message) != std::string::npos);
    CHECK(program.error().front().where.find("x.siwb") == 0);
  }
}

TEST_CASE("every truncation is refused, sealed or not") {
  const Bytes good = write_container(sample());
  for (std::size_t n = 0; n < good.size(); ++n) {
    Bytes bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
    CHECK_FALSE(read_container(bytes, "x"));
    if (n < kContainerHeaderBytes) continue;
    seal(bytes);
    CHECK_FALSE(read_container(bytes, "x"));
  }
}

TEST_CASE("every single bit flip is found by the checksum, and behind a new checksum gives a valid program or errors") {
  const Bytes good = write_container(sample());
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    Bytes bytes = good;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ (1U << (bit % 8)));
    CHECK_FALSE(read_container(bytes, "x"));
    if (bit / 8 < kContainerHeaderBytes) continue;
    seal(bytes);
    const auto program = read_container(bytes, "x");
    if (!program) continue;
    CHECK(isa::validate(*program).empty());
    CHECK(write_container(*program) == bytes);  // one program, one container
  }
}

class TemporaryFolder {
 public:
  TemporaryFolder() : path_(std::filesystem::temp_directory_path() / fmt::format("vtpu_asm_{}", ::getpid())) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const char* name) const { return path_ / name; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST_CASE("a program is loaded from text or container by its content, whatever the file is called") {
  const TemporaryFolder folder;
  const isa::Program program = sample();
  REQUIRE(write_file(folder.file("a.siw"), write_container(program)));
  REQUIRE(write_file(folder.file("b.siwb"), bytes_of(disassemble(program))));
  CHECK(load_program(folder.file("a.siw")) == program);
  CHECK(load_program(folder.file("b.siwb")) == program);
  CHECK_FALSE(load_program(folder.file("missing")));
}

TEST_CASE("writing replaces a file at once and leaves nothing behind when it fails") {
  const TemporaryFolder folder;
  REQUIRE(write_file(folder.file("x"), bytes_of("old")));
  REQUIRE(write_file(folder.file("x"), bytes_of("new and longer")));
  const auto content = read_file(folder.file("x"));
  REQUIRE(content);
  CHECK(std::string(content->begin(), content->end()) == "new and longer");
  CHECK(folder.files() == 1);
  const auto failed = write_file(folder.file("no/such/folder"), bytes_of("x"));
  REQUIRE_FALSE(failed);
  CHECK(failed.error().front().message.find("no temporary file") == 0);
  std::filesystem::create_directories(folder.file("taken/inside"));
  const auto onto_folder = write_file(folder.file("taken"), bytes_of("x"));
  REQUIRE_FALSE(onto_folder);
  CHECK(onto_folder.error().front().message.find("cannot be written") == 0);
  CHECK(folder.files() == 2);
}

}  // namespace
}  // namespace vtpu::assembly
