#include "phext/page_table.hpp"

#include <catch2/catch.hpp>
#include <random>
#include <thread>

using namespace vtpu;
using isa::Cell;
using isa::Coordinate;
using phext::PhextMemory;
using phext::Placement;

namespace {

Cell cell_of(std::uint64_t value) {
  Cell cell;
  cell.lane.fill(value);
  return cell;
}

Coordinate line(std::uint32_t d1, std::uint32_t d0) {
  return isa::with_dimension(isa::with_dimension({}, 1, d1), 0, d0);
}

}  // namespace

TEST_CASE("reading an unwritten cell gives zeros, is counted, and maps nothing") {
  PhextMemory memory(Placement::Linear);
  REQUIRE(memory.read(line(1, 2)) == Cell{});
  REQUIRE(memory.counters().unwritten_reads == 1);
  REQUIRE(memory.counters().pages == 0);
  *memory.write(line(1, 2)) = cell_of(7);
  REQUIRE(memory.read(line(1, 2)) == cell_of(7));
  REQUIRE(memory.counters().unwritten_reads == 1);
  REQUIRE(memory.read(line(1, 3)) == Cell{});  // same page, but never written
  REQUIRE(memory.counters().unwritten_reads == 2);
}

TEST_CASE("pages are 4096-byte aligned, hold 64 cells in order, and are mapped once") {
  PhextMemory memory(Placement::Linear);
  Cell* first = memory.write(line(9, 64));
  REQUIRE(reinterpret_cast<std::uintptr_t>(first) % phext::kPageBytes == 0);
  for (unsigned i = 0; i < phext::kCellsPerPage; ++i) REQUIRE(memory.write(line(9, 64 + i)) == first + i);
  REQUIRE(memory.counters().pages == 1);
  REQUIRE(memory.counters().allocations == 1);
}

TEST_CASE("addresses stay while the table grows") {
  for (const Placement placement : phext::kPlacements) {
    PhextMemory memory(placement);
    std::mt19937_64 random(6);
    std::map<Coordinate, Cell*> where;
    std::map<Coordinate, Cell> content;
    for (std::uint64_t i = 1; i <= 3000; ++i) {
      isa::Dimensions d{};
      for (auto& position : d) position = static_cast<std::uint16_t>(random() % 3);
      const Coordinate at = isa::from_dimensions(d);
      Cell* cell = memory.write(at);
      if (const auto [known, inserted] = where.emplace(at, cell); !inserted) REQUIRE(known->second == cell);
      *cell = cell_of(i);
      content[at] = cell_of(i);
    }
    for (const auto& [at, cell] : where) REQUIRE(memory.translate(at) == cell);
    REQUIRE(memory.nonzero_cells() == content);
  }
}

TEST_CASE("the page limit refuses new pages but not mapped ones") {
  PhextMemory memory(Placement::Linear, {.max_pages = 2});
  REQUIRE(memory.write(line(0, 0)) != nullptr);
  REQUIRE(memory.translate(line(1, 0)) != nullptr);
  REQUIRE(memory.write(line(2, 0)) == nullptr);
  REQUIRE(memory.translate(line(3, 0)) == nullptr);
  REQUIRE(memory.write(line(1, 63)) != nullptr);
  REQUIRE(memory.counters().pages == 2);
  REQUIRE(memory.counters().refused == 2);
  REQUIRE_FALSE(memory.load({{line(0, 1), cell_of(1)}, {line(5, 0), cell_of(2)}}));
}

TEST_CASE("a freed cell is unwritten again and its page counts as free when all its cells are") {
  PhextMemory memory(Placement::Linear);
  *memory.write(line(0, 0)) = cell_of(1);
  *memory.write(line(0, 1)) = cell_of(2);
  memory.free_cell(line(0, 0));
  REQUIRE(memory.counters().free_pages == 0);
  REQUIRE(memory.read(line(0, 0)) == Cell{});
  REQUIRE(memory.counters().unwritten_reads == 1);
  memory.free_cell(line(0, 1));
  memory.free_cell(line(77, 0));  // not mapped: nothing to do
  REQUIRE(memory.counters().free_pages == 1);
  REQUIRE(memory.counters().pages == 1);
  REQUIRE(memory.nonzero_cells().empty());
}

TEST_CASE("reset_to restores the initial cells at the same addresses and clears the counters") {
  const std::map<Coordinate, Cell> initial{{line(0, 5), cell_of(5)}, {line(3, 7), cell_of(6)}};
  PhextMemory memory(Placement::Hilbert);
  REQUIRE(memory.load(initial));
  Cell* kept = memory.translate(line(0, 5));
  *kept = cell_of(99);
  *memory.write(line(8, 8)) = cell_of(1);
  (void)memory.read(line(100, 100));
  REQUIRE(memory.reset_to(initial));
  REQUIRE(memory.translate(line(0, 5)) == kept);
  REQUIRE(memory.nonzero_cells() == initial);
  REQUIRE(memory.counters().unwritten_reads == 0);
  REQUIRE(memory.counters().allocations == 0);
  REQUIRE(memory.read(line(8, 8)) == Cell{});
  REQUIRE(memory.counters().unwritten_reads == 1);
}

TEST_CASE("cells written through translated addresses are read back") {
  PhextMemory memory(Placement::ZOrder);
  memory.translate(line(4, 4))->lane[3] = 11;
  REQUIRE(memory.read(line(4, 4)).lane[3] == 11);
  REQUIRE(memory.find(line(4, 4)) == memory.translate(line(4, 4)));
  REQUIRE(memory.find(isa::with_dimension({}, 10, 2000)) == nullptr);
}

TEST_CASE("threads that translate the same coordinates get the same addresses") {
  constexpr unsigned kThreads = 4;
  constexpr std::uint32_t kRows = 600;
  PhextMemory memory(Placement::Linear);
  std::vector<std::vector<Cell*>> found(kThreads, std::vector<Cell*>(kRows));
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < kRows; ++i) {
        const std::uint32_t row = (i + t * kRows / kThreads) % kRows;
        found[t][row] = memory.translate(line(row, 0));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (unsigned t = 1; t < kThreads; ++t) REQUIRE(found[t] == found[0]);
  REQUIRE(memory.counters().pages == kRows);
}
