// What caches ask each other for: one line, at a cycle; the answer says when it is there. The same types travel in
// TLM-2.0 payloads between the components.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <vector>

#include "events/events.hpp"

namespace vtpu::memory {

using events::Cycle;

// Cycles in which something will happen, the next one on top.
using EarliestFirst = std::priority_queue<Cycle, std::vector<Cycle>, std::greater<>>;

inline constexpr unsigned kLineBytes = 64;

enum class RequestKind : std::uint8_t {
  Load,
  Ownership,  // for a store to come
  WriteBack,  // a dirty line moves down; nobody waits
  Prefetch,
};

struct LineRequest {
  std::uint64_t line = 0;  // address / kLineBytes
  Cycle start = 0;
  RequestKind kind = RequestKind::Load;
  bool vector = false;            // the load's destination is a vector register
  std::uint64_t instruction = 0;  // code address of who asks, a load or a prefetch; 0: not said
};

struct LineAnswer {
  Cycle ready = 0;         // load-to-use
  std::uint8_t level = 0;  // that had the line: 1..3 the caches, 4 DRAM
  Cycle asked = 0;         // when the first level had a miss buffer for it; 0: it needed none
};

// What comes to a cache.
struct Arrivals {
  unsigned lines = 0;  // since it was last asked
  bool more = false;   // are under way
};

class LineTarget {
 public:
  virtual ~LineTarget() = default;
  virtual LineAnswer request(const LineRequest& request) = 0;
};

}  // namespace vtpu::memory
