// The Phext Page Table: coordinates to cells in 4 KiB pages of 64 cells, allocated on the first write.
//
// Cell addresses stay valid and fixed as long as the PhextMemory lives, over reset_to() too, so that compiled code may
// hold them. Pages lie in allocation order in large contiguous blocks.
//
// Threads: read, write, translate, free_cell and find may run concurrently. Looking up a mapped page takes no lock. The
// contents of cells are not guarded: two threads on one cell race as they would on any memory.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "isa/state.hpp"
#include "phext/host_block.hpp"
#include "phext/placement.hpp"

namespace vtpu::phext {

inline constexpr std::size_t kPageBytes = kCellsPerPage * sizeof(isa::Cell);
static_assert(kPageBytes == 4096);

struct PhextLimits {
  std::uint64_t max_pages = 1ULL << 20U;  // 4 GiB
};

struct PhextCounters {
  std::uint64_t pages = 0;            // mapped pages
  std::uint64_t free_pages = 0;       // of these, pages without a written cell (all freed, or mapped but never written)
  std::uint64_t allocations = 0;      // pages mapped since construction or the last reset_to()
  std::uint64_t unwritten_reads = 0;  // reads of cells that were never written or are free again
  std::uint64_t refused = 0;          // writes that found the page limit reached
};

class PhextMemory {
 public:
  explicit PhextMemory(PlacementPolicy placement, PhextLimits limits = {});
  ~PhextMemory();
  PhextMemory(const PhextMemory&) = delete;
  PhextMemory& operator=(const PhextMemory&) = delete;

  [[nodiscard]] const PlacementPolicy& placement() const { return placement_; }
  [[nodiscard]] PlacedCell place(const isa::Coordinate& at) const { return phext::place(placement_, at); }

  // The cell for reading. A cell that was never written reads as zeros and is counted.
  [[nodiscard]] const isa::Cell& read(const isa::Coordinate& at) { return read(place(at)); }
  [[nodiscard]] const isa::Cell& read(const PlacedCell& placed);
  // The cell for writing; maps its page. nullptr: the page limit is reached (Fault::OutOfMemory).
  [[nodiscard]] isa::Cell* write(const isa::Coordinate& at) { return write(place(at)); }
  [[nodiscard]] isa::Cell* write(const PlacedCell& placed);
  // The cell's address for engines that read and write it behind our back: maps its page, leaves "written" as it is
  // (so later read()s of it count as unwritten unless write() was called, but return its true content).
  [[nodiscard]] isa::Cell* translate(const isa::Coordinate& at) { return translate(place(at)); }
  [[nodiscard]] isa::Cell* translate(const PlacedCell& placed);
  // The cell where its page is mapped, else nullptr; changes and counts nothing.
  [[nodiscard]] isa::Cell* find(const isa::Coordinate& at) const;
  // The cell becomes unwritten (zeros). Its page stays mapped.
  void free_cell(const isa::Coordinate& at);

  // Writes every cell. False: the page limit was reached on the way.
  [[nodiscard]] bool load(const std::map<isa::Coordinate, isa::Cell>& cells);
  // Every cell zero and unwritten, counters at zero, then load(initial). Pages stay mapped at their addresses. No other
  // thread may use the memory meanwhile.
  [[nodiscard]] bool reset_to(const std::map<isa::Coordinate, isa::Cell>& initial);

  [[nodiscard]] std::map<isa::Coordinate, isa::Cell> nonzero_cells() const;
  [[nodiscard]] PhextCounters counters() const;

 private:
  struct Page {
    PageKey key;
    isa::Cell* cells = nullptr;             // 64 of them, 4096-byte aligned
    std::atomic<std::uint64_t> written{0};  // bit per cell
  };
  struct Slot {  // empty while page is null; key and cells are set before page is published
    PageKey key;
    isa::Cell* cells = nullptr;
    std::atomic<Page*> page{nullptr};
  };
  static_assert(sizeof(Slot) == 32);
  struct Table {  // open addressing, linear probing, at most half full
    explicit Table(std::size_t size) : mask(size - 1), slots(size) {}
    std::size_t mask;
    std::vector<Slot> slots;
  };

  [[nodiscard]] Slot* lookup(const PageKey& key) const;
  [[nodiscard]] Slot* map_page(const PageKey& key);
  Slot* insert(Table& table, Page& page);
  [[nodiscard]] isa::Cell* next_free_page();

  PlacementPolicy placement_;
  PhextLimits limits_;
  std::atomic<Table*> table_{nullptr};
  std::vector<std::unique_ptr<Table>> tables_;  // all ever published: a reader may still be in an old one
  std::deque<Page> pages_;
  std::vector<HostBlock> blocks_;
  std::size_t block_pages_used_ = 0;  // of the last block
  std::uint64_t allocations_ = 0;
  mutable std::mutex mapping_;  // guards the members from tables_ to allocations_
  std::atomic<std::uint64_t> unwritten_reads_{0};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace vtpu::phext
