// How fast code comes to the core: from the op cache, through the decoders, or from beyond the L1 code cache.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/op_cache.hpp"
#include "events/events.hpp"
#include "layout/layout.hpp"

namespace vtpu::core {

class CodeDelivery {
 public:
  explicit CodeDelivery(const layout::FrontEnd& front_end);

  // Whether the instruction, the next in program order, is delivered in cycle `now` (which never goes back). Ask again
  // in a later cycle when it is not.
  bool deliver(events::Cycle now, const CodeInst& inst);

  [[nodiscard]] std::uint64_t from_op_cache() const { return from_op_cache_; }  // instructions
  [[nodiscard]] std::uint64_t decoded() const { return decoded_; }
  [[nodiscard]] std::uint64_t code_misses() const { return code_misses_; }  // lines

 private:
  static constexpr std::uint64_t kLineBytes = 64;
  static constexpr std::size_t kWays = 8;
  static constexpr std::int64_t kLongestPair = 30;  // bytes of two instructions
  enum class Mode : std::uint8_t { Open, OpCache, Decode };

  void begin_cycle(events::Cycle now);
  [[nodiscard]] bool fetch_line(std::uint64_t line);  // true when it is in the L1 code cache; else it is afterwards

  layout::FrontEnd fe_;
  events::Cycle cycle_ = ~events::Cycle{0};
  events::Cycle stalled_until_ = 0;
  Mode mode_ = Mode::Open;
  unsigned uops_left_ = 0, instructions_left_ = 0;
  std::int64_t bytes_left_ = 0;  // with a buffer below zero where lines from beyond L1 have cost their time
  bool empty_cycle_ = true;      // nothing was delivered in it yet

  OpCache op_cache_;

  struct Way {
    std::uint64_t line = ~0ULL;
    std::uint64_t used = 0;
  };
  std::vector<Way> l1i_;
  std::size_t sets_ = 1;
  std::uint64_t uses_ = 0;
  std::uint64_t last_fetched_ = ~0ULL;

  std::uint64_t from_op_cache_ = 0, decoded_ = 0, code_misses_ = 0;
};

}  // namespace vtpu::core
