// Every host operation, at every width and with every kind of operand: machine code and host machine agree on all
// registers, masks, flags and memory.
#include "native/host_machine.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "native/host_isa.hpp"
#include "op_bench.hpp"
#include "op_shapes.hpp"

namespace vtpu::native::test {
namespace {

using lowering::HostInst;
using lowering::HostIsa;
using lowering::HostOp;

void check_isa(HostIsa isa, unsigned trials) {
  std::uint64_t seed = 1;
  unsigned instructions = 0;
  std::vector<std::string> failures;
  std::set<HostOp> failed;
  for_each_instruction(isa, [&](const HostInst& inst) {
    ++instructions;
    if (failed.contains(inst.op)) return;
    std::string found;
    try {
      found = compare_engines(inst, isa, trials, ++seed);
    } catch (const std::exception& error) {
      found = lowering::to_text(inst) + ": " + error.what();
    }
    if (found.empty()) return;
    failed.insert(inst.op);
    failures.push_back(found);
  });
  std::string all;
  for (const std::string& failure : failures) all += failure + "\n";
  INFO(all);
  CHECK(failures.empty());
  CHECK(instructions > 1000);
}

TEST_CASE("AVX2 code and the host machine agree on every operation") {
  if (!cpu::this_cpu().avx2) return;
  check_isa(HostIsa::Avx2, 24);
}

TEST_CASE("AVX-512 code and the host machine agree on every operation") {
  if (!cpu::this_cpu().avx512) return;
  check_isa(HostIsa::Avx512, 16);
}

TEST_CASE("every host operation is covered by a shape or is a control operation") {
  std::set<HostOp> covered{HostOp::Jcc, HostOp::Jmp, HostOp::CallHelper, HostOp::Exit};
  for (const Shape& shape : shapes()) covered.insert(shape.ops.begin(), shape.ops.end());
  CHECK(covered.size() == static_cast<std::size_t>(lowering::kHostOps));
}

TEST_CASE("the comparison notices two instructions that differ in one thing only") {
  if (!cpu::this_cpu().avx2) return;
  const auto differ = [](const HostInst& a, const HostInst& b) {
    CHECK(compare_engines(a, a, HostIsa::Avx2, 64, 1).empty());
    CHECK_FALSE(compare_engines(a, b, HostIsa::Avx2, 64, 1).empty());
  };
  const auto inst = [](HostOp op, unsigned width, const char* operands, std::int64_t imm = 0) {
    return write(op, width, operands, imm, 0, HostIsa::Avx2);
  };
  differ(inst(HostOp::Vminps, 32, "vvv"), inst(HostOp::Vmaxps, 32, "vvv"));
  differ(inst(HostOp::Vaddps, 32, "vvv"), inst(HostOp::Vaddps, 16, "vvv"));  // bytes above the width
  differ(inst(HostOp::Vfmadd132ps, 32, "vvv"), inst(HostOp::Vfmadd231ps, 32, "vvv"));
  differ(inst(HostOp::Vcmpps, 32, "vvvi", 1), inst(HostOp::Vcmpps, 32, "vvvi", 9));  // on NaN only
  differ(inst(HostOp::Mov, 4, "gg"), inst(HostOp::Mov, 2, "gg"));                    // the upper half
  differ(inst(HostOp::Inc, 8, "g"), inst(HostOp::Add, 8, "gi", 1));                  // the carry flag
}

TEST_CASE("an instruction that x86-64 does not have is an error with its text") {
  const HostInst inst = write(HostOp::Add, 3, "gg", 0, 0, HostIsa::Avx2);
  CHECK_THROWS_WITH(compare_engines(inst, HostIsa::Avx2, 1, 1), Catch::Contains(lowering::to_text(inst)));
}

TEST_CASE("an AVX-512 instruction is refused in AVX2 code") {
  CHECK_FALSE(encodes(write(HostOp::Vaddps, 64, "vvv", 0, 0, HostIsa::Avx2), HostIsa::Avx2));
  CHECK(encodes(write(HostOp::Vaddps, 64, "vvv", 0, 0, HostIsa::Avx512), HostIsa::Avx512));
}

}  // namespace
}  // namespace vtpu::native::test
