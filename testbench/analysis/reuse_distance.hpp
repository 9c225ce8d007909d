// Exact reuse distances: how many distinct items were used since the last use of this one. An access hits in a fully
// associative cache of n items with LRU replacement exactly where its distance is below n.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace vtpu::analysis {

// A Fenwick tree over time with a mark at each item's last use: an access costs O(log accesses).
class ReuseDistances {
 public:
  explicit ReuseDistances(std::size_t accesses) : tree_(accesses + 1) {}

  // The next access is to `item` (items are numbered from 0, densely). Nothing: its first use. Precondition: not more
  // calls than announced.
  std::optional<std::uint64_t> access(std::uint32_t item);

 private:
  void add(std::size_t time, std::int32_t change);
  [[nodiscard]] std::uint64_t marks_up_to(std::size_t time) const;

  std::vector<std::int32_t> tree_;
  std::vector<std::size_t> last_;  // by item: its last use, times from 1; 0: none
  std::size_t now_ = 0;
};

// Distances by powers of two: bucket 0 holds distance 0, bucket k distances 2^(k-1) to 2^k - 1.
struct ReuseHistogram {
  std::array<std::uint64_t, 33> buckets{};
  std::uint64_t first_uses = 0;

  void add(std::optional<std::uint64_t> distance);
  [[nodiscard]] std::uint64_t accesses() const;
};

}  // namespace vtpu::analysis
