// Rows of vector uops. The loops and their cycles were measured on a Zen 5, with moves of registers that rename
// eliminates (v, `vmovdqu x,x`) and nops (n), so that only dispatch and the rows can hold them up.
#include "core/vector_rows.hpp"

#include <catch2/catch.hpp>
#include <string>

using vtpu::core::VectorRows;

namespace {

vtpu::layout::Rename eight_slots() {
  vtpu::layout::Rename rename;
  rename.dispatch_width = 8;
  rename.vector_row = 6;
  return rename;
}

// A cycle's dispatch: whole, or not at all where the rows lack room.
bool dispatch(VectorRows& rows, const std::string& slots) {
  rows.leave([](auto) { return true; });
  unsigned vectors = 0;
  for (const char c : slots) vectors += c == 'v' ? 1 : 0;
  if (rows.room() < vectors) return false;
  for (unsigned slot = 0; slot < slots.size(); ++slot) {
    if (slots[slot] == 'v') rows.add({}, slot);
  }
  rows.pack(static_cast<unsigned>(slots.size()));
  return true;
}

// Cycles that the loop takes in the long run.
double cycles_of(const std::string& loop) {
  VectorRows rows(eight_slots());
  constexpr unsigned kBefore = 500;
  constexpr unsigned kCycles = 4000;
  std::size_t at = 0;
  std::size_t instructions = 0;
  for (unsigned cycle = 0; cycle < kBefore + kCycles; ++cycle) {
    std::string slots;
    for (unsigned slot = 0; slot < 8; ++slot) slots += loop[(at + slot) % loop.size()];
    if (!dispatch(rows, slots)) continue;
    at += 8;
    if (cycle >= kBefore) instructions += 8;
  }
  return kCycles * static_cast<double>(loop.size()) / static_cast<double>(instructions);
}

}  // namespace

TEST_CASE("rows take the cycles of a loop that a Zen 5 takes, by the order of its instructions") {
  for (const auto& [loop, measured] : {std::pair("vvvn", 0.503),
                                       {"vvvv", 0.666},
                                       {"vvvvn", 0.668},
                                       {"vvnvn", 0.628},
                                       {"vvvvnn", 0.999},
                                       {"vvvnvn", 0.991},
                                       {"vvnvvn", 0.755},
                                       {"vvvvvn", 0.834},
                                       {"vvvvvnn", 1.000},
                                       {"vvvnvvn", 1.332},
                                       {"vvvvnnn", 0.879},
                                       {"vvvvvvnnn", 1.129},
                                       {"vvvvvvvnnn", 1.997},
                                       {"vvvnvvnvvn", 1.995},
                                       {"vvvvvvvvnn", 1.337},
                                       {"vvvvvvvvnnn", 1.997},
                                       {"vvvvvvvvvnn", 1.500},
                                       {"vvvvvvnnnn", 1.256}}) {
    CAPTURE(std::string(loop));
    CHECK(cycles_of(loop) == Approx(measured).epsilon(0.03));
  }
}

TEST_CASE("one row leaves per cycle, whole or not at all, and its entries come back later") {
  vtpu::layout::Rename rename = eight_slots();
  rename.vector_row_entries = 12;
  rename.vector_row_return_cycles = 3;
  VectorRows rows(rename);
  CHECK(dispatch(rows, "vvvvvvnn"));
  CHECK(rows.room() == 6);
  std::size_t asked = 0;
  const auto refuse = [&](auto row) {
    asked = row.size();
    return false;
  };
  rows.leave(refuse);
  CHECK(asked == 6);
  CHECK(rows.room() == 6);
  rows.leave([](auto) { return true; });
  CHECK(rows.room() == 6);
  rows.leave(refuse);
  rows.leave(refuse);
  CHECK(rows.room() == 6);
  rows.leave(refuse);
  CHECK(rows.room() == 12);
}

TEST_CASE("layouts without rows use none") { CHECK_FALSE(VectorRows(vtpu::layout::Rename()).used()); }
