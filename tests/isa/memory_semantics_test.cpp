// Loads, stores, messages and reductions over groups.
#include <bit>
#include <catch2/catch.hpp>
#include <random>

#include "isa/semantics.hpp"

namespace vtpu::isa {
namespace {

// Form `form` of `op`.
Slot make(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint16_t lit = 0) {
  return {static_cast<std::uint8_t>(op), make_form_type(form, type), f, lit};
}

Cell counting_cell() {
  Cell cell;
  for (std::uint64_t i = 0; i < 8; ++i) cell.lane[i] = 0x100000000U * (2 * i + 1) + 2 * i;  // element e of 32 bits is e
  return cell;
}

TEST_CASE("sgather takes a lane, a cell, or a lane with zeros above it") {
  const Cell cell = counting_cell();
  CHECK(compute_load(make(Op::SGATHER, 0, Type::I64, {1, 0, 5, 0}), cell, 0).r == cell.lane[5]);
  CHECK(compute_load(make(Op::SGATHER, 2, Type::B512, {1, 0, 0, 0}), cell, 0).v == cell);
  const Vector scalar = compute_load(make(Op::SGATHER, 4, Type::F64, {1, 0, 6, 0}), cell, 0).v;
  CHECK(scalar.lane == std::array<std::uint64_t, 8>{cell.lane[6]});
}

TEST_CASE("sbcst fills every lane with one element") {
  const Cell cell = counting_cell();
  for (std::uint8_t e = 0; e < 16; ++e) {
    const Vector v = compute_load(make(Op::SBCST, 1, Type::F32x16, {1, 0, e, 0}), cell, 0).v;
    for (const std::uint64_t lane : v.lane) CHECK(lane == 0x100000001U * std::uint64_t{e});
  }
  const Vector v = compute_load(make(Op::SBCST, 0, Type::F64x8, {1, 0, 3, 0}), cell, 0).v;
  for (const std::uint64_t lane : v.lane) CHECK(lane == cell.lane[3]);
}

TEST_CASE("sdedup gives the first index of the key, or 8") {
  Cell cell = counting_cell();
  cell.lane[6] = cell.lane[2];
  const Slot slot = make(Op::SDEDUP, 0, Type::I64, {1, 2, 0, 0});
  for (std::uint64_t i = 0; i < 8; ++i) CHECK(compute_load(slot, cell, cell.lane[i]).r == (i == 6 ? 2 : i));
  CHECK(compute_load(slot, cell, 12345).r == 8);
}

TEST_CASE("sscattr changes one lane or the whole cell, sfree clears it") {
  const Cell before = counting_cell();
  Registers g;
  g.r[3] = 42;
  g.v[3].lane = {9, 8, 7, 6, 5, 4, 3, 2};
  Cell expected = before;
  expected.lane[4] = 42;
  CHECK(compute_store(make(Op::SSCATTR, 0, Type::I64, {3, 0, 4, 0}), before, g) == expected);
  expected.lane[4] = 9;
  CHECK(compute_store(make(Op::SSCATTR, 4, Type::F64, {3, 0, 4, 0}), before, g) == expected);
  CHECK(compute_store(make(Op::SSCATTR, 2, Type::B512, {3, 0, 0, 0}), before, g) == g.v[3]);
  CHECK(compute_store(make(Op::SFREE, 0, Type::None, {0, 0, 0, 0}), before, g) == Cell{});
}

TEST_CASE("the address of a slot is its coordinate without flags, and only memory operations have one") {
  Registers g;
  g.p[2] = from_dimensions({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 99);
  Siw word;
  word.set_coord(from_dimensions({7, 7, 7}, 5));
  CHECK(memory_address(make(Op::SGATHER, 0, Type::I64, {1, 2, 0, 0}), word, g) == address_of(g.p[2]));
  CHECK(memory_address(make(Op::SGATHER, 1, Type::I64, {1, 0, 0, 0}), word, g) == from_dimensions({7, 7, 7}));
  CHECK(memory_address(make(Op::SPREFCH, 0, Type::None, {2, 0, 0, 0}), word, g) == address_of(g.p[2]));
  CHECK_FALSE(memory_address(make(Op::SSETP, 0, Type::None, {1, 0, 0, 0}), word, g));
  CHECK_FALSE(memory_address(make(Op::SINDEX, 1, Type::None, {1, 2, 3, 0}), word, g));
}

TEST_CASE("cpack changes one lane of a message, or all of it from the low half of a vector") {
  Registers g;
  g.m[1].lane = {1, 2, 3, 4};
  g.r[7] = 70;
  g.v[7].lane = {10, 20, 30, 40, 50, 60, 70, 80};
  Siw word;
  word.imm = 99;
  const auto lane2_of_m1 = static_cast<std::uint8_t>(1 | 2 << 4);
  CHECK(compute_pack(make(Op::CPACK, 0, Type::I64, {lane2_of_m1, 7, 0, 0}), word, g).lane ==
        std::array<std::uint64_t, 4>{1, 2, 70, 4});
  CHECK(compute_pack(make(Op::CPACK, 1, Type::I64, {lane2_of_m1, 0, 0, 0}), word, g).lane ==
        std::array<std::uint64_t, 4>{1, 2, 99, 4});
  CHECK(compute_pack(make(Op::CPACK, 2, Type::B256, {1, 7, 0, 0}), word, g).lane ==
        std::array<std::uint64_t, 4>{10, 20, 30, 40});
}

TEST_CASE("reductions over a group are trees of adjacent pairs, an odd last member moving up alone") {
  const auto as_vector = [](double x) {
    Vector v;
    v.lane.fill(std::bit_cast<std::uint64_t>(x));
    return v;
  };
  std::mt19937_64 random(1);
  std::vector<double> x(7);
  for (double& e : x) e = static_cast<double>(random()) * 0x1p-40 + 1e-9 * static_cast<double>(random() % 1000);
  std::vector<Vector> vectors;
  for (const double e : x) vectors.push_back(as_vector(e));
  const double expected = ((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + x[6]);
  CHECK(reduce_vectors(RedOp::Add, Type::F64x8, vectors) == as_vector(expected));
  CHECK(reduce_integers(RedOp::Add, {~0ULL, 2, 3}) == 4);
  CHECK(reduce_integers(RedOp::Min, {5, ~0ULL, 3}) == ~0ULL);
  CHECK(reduce_integers(RedOp::Max, {5, ~0ULL, 3}) == 5);
  CHECK(reduce_integers(RedOp::Max, {17}) == 17);
}

}  // namespace
}  // namespace vtpu::isa
