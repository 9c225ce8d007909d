// A set-associative cache level: true LRU or quad-age LRU, a limited number of outstanding misses, a fill path of
// limited width, dirty lines written back. It holds no data: values live with the source, this says when they come.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "layout/layout.hpp"
#include "memory/divisor.hpp"
#include "memory/line_request.hpp"
#include "memory/stride_table.hpp"

namespace vtpu::memory {

struct CacheCounts {
  std::uint64_t hits = 0;  // loads and stores
  std::uint64_t misses = 0;
  std::uint64_t prefetches = 0;   // lines asked for by the prefetcher
  std::uint64_t write_backs = 0;  // dirty lines that left
  friend bool operator==(const CacheCounts&, const CacheCounts&) = default;
};

class Cache final : public LineTarget {
 public:
  // level: 1, 2 or 3. size_bytes 0: no such level, every request goes to `next`.
  Cache(const layout::CacheLevel& shape, std::uint8_t level, LineTarget& next);

  LineAnswer request(const LineRequest& request) override;

  // From now on lines are announced as they come, to who asks for arrivals in every cycle.
  void announce() { announces_ = true; }
  // Lines that came up to `now`, each told once.
  Arrivals arrivals(Cycle now);
  // The line is here and has arrived by `now`.
  [[nodiscard]] bool holds(std::uint64_t line, Cycle now) const;
  [[nodiscard]] bool has(std::uint64_t line) const;
  [[nodiscard]] bool has_free_miss_buffer(Cycle now) const;
  // A store is written into the line, which is here.
  void write(std::uint64_t line);
  // Writes into the line if it is here and has arrived by `now`; else false.
  [[nodiscard]] bool write_if_held(std::uint64_t line, Cycle now);
  [[nodiscard]] bool present() const { return ways_ != nullptr; }
  [[nodiscard]] const CacheCounts& counts() const { return counts_; }

 private:
  struct Way {  // all zero: invalid
    std::uint64_t line;
    Cycle ready;
    std::uint64_t used;  // order of last use; 0: invalid
    bool dirty;
    std::uint8_t age;  // 0 to kOldest; of quad-age LRU
  };
  static constexpr std::uint8_t kAgeWhenNew = 1;
  static constexpr std::uint8_t kOldest = 3;

  // Of a line whose page lies anywhere in memory.
  [[nodiscard]] static std::uint64_t physical(std::uint64_t line) {
    constexpr unsigned kLinesPerPage = 64;
    std::uint64_t page = line / kLinesPerPage;  // mixed as splitmix64 does
    page = (page ^ page >> 30U) * 0xBF58476D1CE4E5B9ULL;
    page = (page ^ page >> 27U) * 0x94D049BB133111EBULL;
    page ^= page >> 31U;
    return (page >> 16U) * kLinesPerPage + line % kLinesPerPage;
  }

  using Fine = std::uint64_t;  // 256ths of a cycle
  static constexpr Fine kCycle = 256;

  [[nodiscard]] std::size_t set_number(std::uint64_t line) const {
    return static_cast<std::size_t>(by_sets_.remainder(pages_at_random_ ? physical(line) : line));
  }
  [[nodiscard]] Way* set_of(std::uint64_t line) { return &ways_[set_number(line) * associativity_]; }
  [[nodiscard]] const Way* find(std::uint64_t line) const;
  [[nodiscard]] Way* find(std::uint64_t line);
  void write(Way& way);
  // The way is the last one used of its set, which makes the others older where none is kOldest.
  void use(Way& way, std::uint8_t age);
  LineAnswer miss(const LineRequest& request);
  // How long a line that comes holds the fill path.
  Fine fill_of(const LineRequest& request);
  Way& victim_of(std::uint64_t line);
  void write_back(std::uint64_t line, Cycle at);

  std::uint8_t level_;
  LineTarget& next_;
  std::size_t sets_ = 0;
  Divisor by_sets_;
  std::size_t associativity_ = 0;
  bool quad_age_ = false;
  bool pages_at_random_ = false;
  unsigned latency_;
  unsigned latency_vector_;
  // Path, banks and port, which lines pass on their way here. Each takes lines one after the other, in order of
  // request.
  static Fine fine_per_line(unsigned bytes_per_cycle);
  static Cycle whole_cycles(Fine time) { return (time + kCycle - 1) / kCycle; }  // the first that is not before

  Fine fill_ = kCycle;
  Fine lone_fill_ = kCycle;
  StrideTable strides_;
  Fine path_free_ = 0;
  Fine bank_fill_ = 0;
  std::vector<Fine> bank_free_;  // by line number, where the next level has banks
  Fine write_back_ = 0;
  Fine port_free_ = 0;  // a line per cycle in, dirty ones out; where writing back takes time
  Cycle set_fill_cycles_ = 0;
  std::vector<Cycle> set_free_;  // by set, where set_fill_cycles_ != 0
  struct Free {
    void operator()(Way* ways) const { std::free(ways); }
  };
  std::unique_ptr<Way[], Free> ways_;  // zeroed pages that cost nothing until they are used
  std::vector<Cycle> miss_buffers_;    // each: free from this cycle on; none: no limit
  std::uint64_t uses_ = 0;
  bool announces_ = false;
  EarliestFirst coming_;  // announced and not told
  CacheCounts counts_;
};

}  // namespace vtpu::memory
