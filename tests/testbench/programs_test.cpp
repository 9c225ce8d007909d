// The programs in programs/ compute what their first comment says.
#include <filesystem>

#include "ran_program.hpp"

namespace {

using namespace vtpu;
using test::f32;
using test::Ran;

Ran run(const std::string& name) { return test::run_program(name); }

TEST_CASE("every program in programs/ assembles, ends and runs 20,000 words or more") {
  std::size_t programs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(VTPU_SOURCE_DIR "/programs")) {
    if (entry.path().extension() != ".siw") continue;
    INFO(entry.path());
    const Ran ran = run(entry.path().stem().string());
    test::require_all_retired(ran);
    CHECK(ran.outcome.words >= 20'000);
    ++programs;
  }
  CHECK(programs >= 10);
}

TEST_CASE("micro attention, naive and packed: 42 scattered and sent, 47 at the end") {
  for (const std::string name : {"micro_attention_naive", "micro_attention_packed"}) {
    const Ran ran = run(name);
    CHECK(ran.cell("product").lane[0] == 3 * 7 * 2);
    CHECK(ran.cell("result").lane[0] == 3 * 7 * 2 + 5);
    CHECK(ran.outcome.messages == 20'000);
  }
}

// How often the results are written tells the rounds: each scatters a product and a result.
TEST_CASE("packed micro attention needs about half the words of the naive one for a round") {
  const auto rounds = [](const Ran& ran) {
    return ran.outcome.operations_by_op[static_cast<std::size_t>(isa::Op::SSCATTR)] / 2;
  };
  const Ran naive = run("micro_attention_naive");
  const Ran packed = run("micro_attention_packed");
  CHECK(rounds(naive) == 20'000);
  CHECK(rounds(packed) == 160'000);
  const auto words_per_round = [&](const Ran& ran) {
    return static_cast<double>(ran.outcome.words) / static_cast<double>(rounds(ran));
  };
  CHECK(words_per_round(packed) < 0.55 * words_per_round(naive));
}

TEST_CASE("dot product") {
  int sum = 0;
  for (int i = 0; i < 64; ++i) {
    for (int j = 0; j < 16; ++j) sum += (i + j) % 8 * ((i * 3 + j) % 5);
  }
  const Ran ran = run("dot_product");
  CHECK(f32(ran.cell("result"), 0) == static_cast<float>(sum));
  for (int j = 1; j < 16; ++j) CHECK(f32(ran.cell("result"), j) == 0);
}

TEST_CASE("sparse gather-sum") {
  std::uint64_t sum = 0;
  std::uint64_t position = 0;
  for (std::uint64_t i = 0; i < 32; ++i) {
    for (std::uint64_t j = 0; j < 8; ++j) {
      position += 1 + (i * 5 + j * 3) % 7;
      sum += 3 * position + 1;
    }
  }
  CHECK(run("sparse_gather_sum").cell("result").lane[0] == sum);
}

TEST_CASE("port conflict: the sum of the counter, and the last product") {
  const Ran ran = run("port_conflict");
  CHECK(ran.cell("sum").lane[0] == 20'000U * 20'001U / 2);
  CHECK(ran.cell("sum").lane[1] == 3 * 20'000U);
}

TEST_CASE("embedding lookup") {
  std::array<int, 16> sum{};
  for (int i = 0; i < 64; ++i) {
    for (int token = 0; token < 8; ++token) {
      const int row = (i * 3 + token) % 9;  // 8 is the unknown key's
      for (int j = 0; j < 16; ++j) sum[static_cast<std::size_t>(j)] += row * 16 + j;
    }
  }
  const Ran ran = run("embedding_lookup");
  for (int j = 0; j < 16; ++j)
    CHECK(f32(ran.cell("result"), j) == static_cast<float>(sum[static_cast<std::size_t>(j)]));
}

TEST_CASE("hypervector search finds the nearest of 4096 and its similarity") {
  const Ran ran = run("hypervector_search");
  const isa::Cell query = ran.cell("query");
  std::uint64_t best = 0;
  std::uint64_t best_similarity = 0;
  for (std::uint64_t i = 0; i < 4096; ++i) {
    isa::Coordinate at = ran.program.coordinates.at("items");
    at = isa::with_dimension(at, 0, static_cast<std::uint32_t>(i % 64));
    at = isa::with_dimension(at, 1, static_cast<std::uint32_t>(i / 64) + isa::get_dimension(at, 1));
    const isa::Cell item = ran.cell(at);
    std::uint64_t similarity = 0;
    for (std::size_t k = 0; k < 8; ++k)
      similarity += 64 - static_cast<unsigned>(std::popcount(item.lane[k] ^ query.lane[k]));
    if (similarity > best_similarity) {
      best = i;
      best_similarity = similarity;
    }
  }
  CHECK(best == 2748);
  CHECK(ran.cell("result").lane[0] == best);
  CHECK(ran.cell("result").lane[1] == best_similarity);
}

TEST_CASE("attention row") {
  std::array<int, 16> out{};
  for (int i = 0; i < 64; ++i) {
    int score = 0;
    for (int j = 0; j < 16; ++j) score += j % 3 * ((i + j) % 4);
    for (int j = 0; j < 16; ++j) out[static_cast<std::size_t>(j)] += score * ((i * 2 + j) % 5);
  }
  const Ran ran = run("attention_row");
  for (int j = 0; j < 16; ++j) CHECK(f32(ran.cell("out"), j) == static_cast<float>(out[static_cast<std::size_t>(j)]));
}

TEST_CASE("all-reduce over 8 sentrons") {
  const Ran ran = run("all_reduce");
  REQUIRE(ran.outcome.state.sentrons.size() == 8);
  for (std::uint32_t s = 0; s < 8; ++s) {
    const isa::Coordinate at = *isa::step(ran.program.coordinates.at("out"), 0, s);
    CHECK(ran.cell(at).lane[0] == 36 * 3000);
    for (int j = 0; j < 16; ++j) CHECK(f32(ran.outcome.state.sentrons[s].registers.v[1], j) == 8.0F);
  }
}

TEST_CASE("a ring of 100 sentrons") {
  const Ran ran = run("ring");
  CHECK(ran.outcome.state.sentrons.size() == 100);
  CHECK(ran.cell("result").lane[0] == 100 * 200);
  CHECK(ran.outcome.messages == 100 * 200);
}

TEST_CASE("the balanced stream holds one D, one S and one C operation per word, for ten million words") {
  const Ran ran = run("balanced");
  const auto& operations = ran.outcome.operations;
  CHECK(operations[0] == 10'000'000);
  CHECK(operations[2] == 10'000'000);
  CHECK(operations[1] == operations[0] + 156'250);  // and the resets of the page
  const isa::Registers& r = ran.outcome.state.sentrons[0].registers;
  for (std::size_t k = 0; k < 4; ++k) {
    CHECK(r.r[k] == 7);
    CHECK(r.r[4 + k] == 1000 + 60 + k);
    CHECK(r.m[0].lane[k] == 3);
    CHECK(r.m[1].lane[k] == 3);
  }
}

}  // namespace
