// Synthetic streams: one sentron whose words keep a chosen mix of D, S and C operations, dependency depth and
// coordinate locality, for measuring cores and judging models.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "isa/program.hpp"

namespace vtpu::testbench {

// Shares of operations D/S/C: 80/10/10, 10/80/10, 10/10/80, one of each per word, 80/20/0, 20/80/0.
enum class Mix : std::uint8_t { DHeavy, SHeavy, CHeavy, Balanced, Dense, Sparse };
// High: one page per coordinate register. Medium: dozens of pages, cell after cell. Low: a new page with every access.
enum class Locality : std::uint8_t { High, Medium, Low };

[[nodiscard]] std::string_view name_of(Mix mix);            // "d-heavy" ... "sparse"
[[nodiscard]] std::string_view name_of(Locality locality);  // "high", "medium", "low"
[[nodiscard]] std::optional<Mix> mix_named(std::string_view name);
[[nodiscard]] std::optional<Locality> locality_named(std::string_view name);

struct SyntheticOptions {
  Mix mix = Mix::Balanced;
  std::uint64_t words = 100'000;  // executed, at least; the body runs whole
  unsigned body_words = 64;       // of the inner loop; 8..4096
  unsigned depth = 1;             // D operations in a chain, each reading the one before; 1: all independent
  // Coordinate registers that loads step along, 1..3; a step waits for the one before. A single one goes to and fro
  // where locality is high, so that nothing sets it anew and breaks the chain.
  unsigned pointers = 3;
  Locality locality = Locality::High;
  double vector_share = 0.25;  // of the D operations that work on f32x16, the others on i64
  std::uint64_t seed = 1;
};

// The same program for the same options, on every host. It passes isa::validate.
[[nodiscard]] isa::Program synthetic_program(const SyntheticOptions& options);

// The options as one line, and the program's name made of them: "d_heavy_depth4_low_7".
[[nodiscard]] std::string describe(const SyntheticOptions& options);
[[nodiscard]] std::string name_of(const SyntheticOptions& options);

// Number `index` of the generated streams that compare adds: every mix, depth and locality in turn, then other seeds.
[[nodiscard]] SyntheticOptions generated_stream(std::uint64_t index, std::uint64_t seed);

// Two streams that leave each other the pipes they need: 80 % D in one chain of vector operations, 80 % S along one
// coordinate register. Each waits for its own latencies. `words`: of the dense one.
[[nodiscard]] std::array<SyntheticOptions, 2> complementary_pair(std::uint64_t words, std::uint64_t seed);

}  // namespace vtpu::testbench
