// The kernels of programs/kernels compute what their first comment says, one operation per word or packed by hand.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <vector>

#include "ran_program.hpp"

namespace {

using namespace vtpu;
using test::f32;
using test::i32;
using test::Ran;

constexpr unsigned kLanes = 16;  // of i32 or f32

Ran run(const std::string& name) {
  Ran ran = test::run_program("kernels/" + name);
  test::require_all_retired(ran);
  return ran;
}

// irand(a, b) as the assembler has it, read from a program of one cell.
std::uint64_t irand(std::uint64_t a, std::uint64_t b) {
  const auto program =
      assembly::assemble(fmt::format(".stream s\ndnop\n.end\n.sentron t stream=s r0=irand({}, {})\n", a, b), "irand");
  REQUIRE(program);
  return program->sentrons.front().initial.r[0];
}

TEST_CASE("every kernel has a naive form, one operation per word, of 20,000 words or more") {
  std::size_t naive = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VTPU_SOURCE_DIR "/programs/kernels")) {
    const std::string name = entry.path().stem().string();
    INFO(name);
    const Ran ran = run(name);
    if (name.ends_with("_packed")) continue;
    ++naive;
    std::uint64_t operations = 0;
    for (const std::uint64_t of_pipe : ran.outcome.operations) operations += of_pipe;
    CHECK(operations == ran.outcome.words);
    CHECK(ran.outcome.words >= 20'000);
  }
  CHECK(naive == 10);
}

TEST_CASE("matrix times vector") {
  for (const std::string name : {"matrix_vector", "matrix_vector_packed"}) {
    const Ran ran = run(name);
    for (unsigned row = 0; row < 128; ++row) {
      unsigned sum = 0;
      for (unsigned c = 0; c < 32; ++c) sum += (row / kLanes + 2 * (row % kLanes) + 3 * c) % 7 * (c % 5);
      CHECK(f32(ran.cell("y", row / kLanes), row % kLanes) == static_cast<float>(sum));
    }
  }
}

TEST_CASE("five-point stencil") {
  const auto grid = [](unsigned row, unsigned column, unsigned lane) {
    const unsigned i = 34 * row + column;
    return static_cast<int>((i * i + 5 * lane) % 101);
  };
  for (const std::string name : {"stencil", "stencil_packed"}) {
    const Ran ran = run(name);
    for (unsigned row = 1; row <= 4; ++row) {
      for (unsigned column = 1; column <= 32; ++column) {
        for (unsigned lane = 0; lane < kLanes; ++lane) {
          const int sum = grid(row - 1, column, lane) + grid(row + 1, column, lane) + grid(row, column - 1, lane) +
                          grid(row, column + 1, lane) + 4 * grid(row, column, lane);
          REQUIRE(i32(ran.cell("out", 34 * row + column), lane) == sum / 8);
        }
      }
    }
  }
}

TEST_CASE("prefix sum") {
  const Ran ran = run("prefix_sum");
  std::uint64_t sum = 0;
  for (unsigned k = 0; k < 512; ++k) {
    sum += k * 7 % 31;
    REQUIRE(ran.cell("sums", k / 8).lane[k % 8] == sum);
  }
}

TEST_CASE("histogram") {
  std::array<std::int32_t, kLanes> bins{};
  for (unsigned k = 0; k < 1024; ++k) ++bins[(k / kLanes * (k / kLanes) + 3 * (k % kLanes)) % kLanes];
  const Ran ran = run("histogram");
  for (unsigned b = 0; b < kLanes; ++b) CHECK(i32(ran.cell("bins"), b) == bins[b]);
}

TEST_CASE("hypervector bundle") {
  const Ran ran = run("hypervector_bundle");
  for (unsigned lane = 0; lane < 8; ++lane) {
    std::uint64_t bundle = 0;
    for (unsigned pair = 0; pair < 32; ++pair) {
      const std::uint64_t a = irand(2 * pair, lane) ^ irand(1000, lane) ^ irand(2000, lane);
      const std::uint64_t b = irand(2 * pair + 1, lane) ^ irand(1001, lane) ^ irand(2001, lane);
      bundle = (bundle & a) | (bundle & b) | (a & b);
    }
    CHECK(ran.cell("bundle").lane[lane] == bundle);
  }
}

TEST_CASE("key-value lookup") {
  const Ran ran = run("key_value_lookup");
  CHECK(i32(ran.cell("found"), 0) == 777 * 3 + 1);
  for (unsigned lane = 1; lane < kLanes; ++lane) CHECK(i32(ran.cell("found"), lane) == 0);
}

TEST_CASE("top-k routing") {
  const Ran ran = run("top_k_routing");
  for (unsigned token = 0; token < 32; ++token) {
    std::vector<std::int32_t> scores;
    for (unsigned expert = 0; expert < 64; ++expert) {
      scores.push_back(static_cast<std::int32_t>((expert * 29 + token * 17) % 97 * 64 + expert));
    }
    std::sort(scores.rbegin(), scores.rend());
    for (unsigned k = 0; k < 3; ++k) {
      CHECK(i32(ran.cell("best", token / kLanes * 3 + k), token % kLanes) == scores[k]);
    }
  }
}

TEST_CASE("softmax of a row") {
  std::vector<double> exps;
  double sum = 0;
  for (unsigned k = 0; k < 1024; ++k) {
    exps.push_back(std::exp((k % 128) / 16.0 - 127 / 16.0));
    sum += exps.back();
  }
  const Ran ran = run("softmax_row");
  for (unsigned k = 0; k < 1024; ++k) {
    REQUIRE(f32(ran.cell("out", k / kLanes), k % kLanes) == Approx(exps[k] / sum).epsilon(1e-5));
  }
}

TEST_CASE("RMS norm of a row") {
  const auto x = [](unsigned k) { return static_cast<int>((k / kLanes + k % kLanes) % 7) - 3; };
  const auto g = [](unsigned k) { return static_cast<int>(1 + (k / kLanes * 3 + k % kLanes) % 4); };
  double squares = 0;
  for (unsigned k = 0; k < 2048; ++k) squares += x(k) * x(k);
  const Ran ran = run("rms_norm");
  for (unsigned k = 0; k < 2048; ++k) {
    const double expected = x(k) * g(k) / std::sqrt(squares / 2048);
    REQUIRE(f32(ran.cell("y", k / kLanes), k % kLanes) == Approx(expected).epsilon(1e-6).margin(1e-12));
  }
}

TEST_CASE("SGD update") {
  constexpr int kRounds = 100;
  const Ran ran = run("sgd_update");
  for (unsigned k = 0; k < 1024; ++k) {
    const unsigned i = k / kLanes;
    const unsigned j = k % kLanes;
    const double expected = i + j - kRounds * ((i * 5 + j) % 9) / 64.0;
    REQUIRE(f32(ran.cell("w", i), j) == static_cast<float>(expected));
  }
}

}  // namespace
