#include "phext/page_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace vtpu::phext {
namespace {

using isa::Cell;
using isa::Coordinate;

constexpr std::size_t kFirstTableSize = 64;
constexpr std::size_t kFirstBlockPages = 16;
constexpr std::size_t kLargestBlockPages = 512;  // one large page

const Cell kUnwritten{};

std::size_t hash_of(const PageKey& key) {
  __extension__ using u128 = unsigned __int128;
  const u128 product = static_cast<u128>(key.lo ^ 0xA0761D6478BD642FULL) * (key.hi ^ 0xE7037ED1A0B428DBULL);
  return static_cast<std::size_t>(static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U));
}

std::uint64_t bit_of(unsigned cell) { return 1ULL << cell; }

}  // namespace

PhextMemory::PhextMemory(PlacementPolicy placement, PhextLimits limits) : placement_(placement), limits_(limits) {
  tables_.push_back(std::make_unique<Table>(kFirstTableSize));
  table_.store(tables_.back().get(), std::memory_order_release);
}

PhextMemory::~PhextMemory() = default;

PhextMemory::Slot* PhextMemory::lookup(const PageKey& key) const {
  Table& table = *table_.load(std::memory_order_acquire);
  for (std::size_t i = hash_of(key) & table.mask;; i = (i + 1) & table.mask) {
    Slot& slot = table.slots[i];
    if (slot.page.load(std::memory_order_acquire) == nullptr) return nullptr;
    if (slot.key == key) return &slot;
  }
}

PhextMemory::Slot* PhextMemory::insert(Table& table, Page& page) {
  std::size_t i = hash_of(page.key) & table.mask;
  while (table.slots[i].page.load(std::memory_order_relaxed) != nullptr) i = (i + 1) & table.mask;
  Slot& slot = table.slots[i];
  slot.key = page.key;
  slot.cells = page.cells;
  slot.page.store(&page, std::memory_order_release);
  return &slot;
}

Cell* PhextMemory::next_free_page() {
  if (blocks_.empty() || block_pages_used_ * kPageBytes == blocks_.back().bytes()) {
    const std::size_t last_pages = blocks_.empty() ? kFirstBlockPages / 2 : blocks_.back().bytes() / kPageBytes;
    const std::size_t bytes = std::min(last_pages * 2, kLargestBlockPages) * kPageBytes;
    HostBlock block(bytes);
    if (block.data() == nullptr) return nullptr;
    blocks_.push_back(std::move(block));
    block_pages_used_ = 0;
  }
  auto* cells = static_cast<Cell*>(blocks_.back().data()) + block_pages_used_ * kCellsPerPage;
  ++block_pages_used_;
  return cells;
}

PhextMemory::Slot* PhextMemory::map_page(const PageKey& key) {
  const std::lock_guard lock(mapping_);
  if (Slot* slot = lookup(key); slot != nullptr) return slot;  // another thread was first
  Cell* cells = pages_.size() < limits_.max_pages ? next_free_page() : nullptr;
  if (cells == nullptr) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  Page& page = pages_.emplace_back();
  page.key = key;
  page.cells = cells;
  ++allocations_;
  Table* table = tables_.back().get();
  if (pages_.size() * 2 <= table->mask + 1) return insert(*table, page);
  tables_.push_back(std::make_unique<Table>((table->mask + 1) * 2));
  table = tables_.back().get();
  Slot* slot = nullptr;
  for (Page& each : pages_) slot = insert(*table, each);
  table_.store(table, std::memory_order_release);
  return slot;  // of the last page, which is the new one
}

const Cell& PhextMemory::read(const PlacedCell& placed) {
  const Slot* slot = lookup(placed.page);
  const bool written =
      slot != nullptr &&
      (slot->page.load(std::memory_order_relaxed)->written.load(std::memory_order_relaxed) & bit_of(placed.cell)) != 0;
  if (!written) unwritten_reads_.fetch_add(1, std::memory_order_relaxed);
  return slot == nullptr ? kUnwritten : slot->cells[placed.cell];
}

Cell* PhextMemory::write(const PlacedCell& placed) {
  Slot* slot = lookup(placed.page);
  if (slot == nullptr) slot = map_page(placed.page);
  if (slot == nullptr) return nullptr;
  std::atomic<std::uint64_t>& written = slot->page.load(std::memory_order_relaxed)->written;
  if ((written.load(std::memory_order_relaxed) & bit_of(placed.cell)) == 0) {
    written.fetch_or(bit_of(placed.cell), std::memory_order_relaxed);
  }
  return slot->cells + placed.cell;
}

Cell* PhextMemory::translate(const PlacedCell& placed) {
  Slot* slot = lookup(placed.page);
  if (slot == nullptr) slot = map_page(placed.page);
  return slot == nullptr ? nullptr : slot->cells + placed.cell;
}

Cell* PhextMemory::find(const Coordinate& at) const {
  const PlacedCell placed = place(at);
  const Slot* slot = lookup(placed.page);
  return slot == nullptr ? nullptr : slot->cells + placed.cell;
}

void PhextMemory::free_cell(const Coordinate& at) {
  const PlacedCell placed = place(at);
  const Slot* slot = lookup(placed.page);
  if (slot == nullptr) return;
  slot->cells[placed.cell] = Cell{};
  slot->page.load(std::memory_order_relaxed)->written.fetch_and(~bit_of(placed.cell), std::memory_order_relaxed);
}

bool PhextMemory::load(const std::map<Coordinate, Cell>& cells) {
  for (const auto& [at, cell] : cells) {
    Cell* target = write(at);
    if (target == nullptr) return false;
    *target = cell;
  }
  return true;
}

bool PhextMemory::reset_to(const std::map<Coordinate, Cell>& initial) {
  {
    const std::lock_guard lock(mapping_);
    for (Page& page : pages_) {
      std::fill_n(page.cells, kCellsPerPage, Cell{});
      page.written.store(0, std::memory_order_relaxed);
    }
    allocations_ = 0;
    unwritten_reads_.store(0, std::memory_order_relaxed);
    refused_.store(0, std::memory_order_relaxed);
  }
  return load(initial);
}

std::map<Coordinate, Cell> PhextMemory::nonzero_cells() const {
  const std::lock_guard lock(mapping_);
  std::map<Coordinate, Cell> cells;
  for (const Page& page : pages_) {
    for (unsigned cell = 0; cell < kCellsPerPage; ++cell) {
      if (page.cells[cell] != kUnwritten) cells.emplace(unplace(placement_, {page.key, cell}), page.cells[cell]);
    }
  }
  return cells;
}

PhextCounters PhextMemory::counters() const {
  const std::lock_guard lock(mapping_);
  PhextCounters counters;
  counters.pages = pages_.size();
  counters.free_pages = static_cast<std::uint64_t>(std::count_if(
      pages_.begin(), pages_.end(), [](const Page& p) { return p.written.load(std::memory_order_relaxed) == 0; }));
  counters.allocations = allocations_;
  counters.unwritten_reads = unwritten_reads_.load(std::memory_order_relaxed);
  counters.refused = refused_.load(std::memory_order_relaxed);
  return counters;
}

}  // namespace vtpu::phext
