#include "core/code_delivery.hpp"

#include <algorithm>

namespace vtpu::core {

using events::Cycle;

CodeDelivery::CodeDelivery(const layout::FrontEnd& front_end) : fe_(front_end), op_cache_(front_end) {
  sets_ = std::max<std::size_t>(1, fe_.l1i_bytes / kLineBytes / kWays);
  l1i_.resize(sets_ * kWays);
}

void CodeDelivery::begin_cycle(Cycle now) {
  const auto fetch = static_cast<std::int64_t>(fe_.fetch_bytes_per_cycle);
  const std::int64_t most = std::max<std::int64_t>(fe_.fetch_buffer_bytes + fetch, kLongestPair);
  const auto cycles = static_cast<std::int64_t>(std::min<Cycle>(now - cycle_, kLineBytes));
  bytes_left_ = fe_.fetch_buffer_bytes == 0 ? fetch : std::min(bytes_left_ + cycles * fetch, most);
  cycle_ = now;
  mode_ = Mode::Open;
  uops_left_ = fe_.uops_per_cycle;
  instructions_left_ = fe_.decode_width;
  empty_cycle_ = true;
}

bool CodeDelivery::deliver(Cycle now, const CodeInst& inst) {
  if (now < stalled_until_) return false;
  if (now != cycle_) begin_cycle(now);
  const bool hit = op_cache_.holds(inst);
  const Mode mode = hit ? Mode::OpCache : Mode::Decode;
  if (mode_ != Mode::Open && mode_ != mode) return false;
  if (hit) {
    if (!empty_cycle_ && uops_left_ < inst.fused_uops) return false;
    uops_left_ -= std::min(uops_left_, inst.fused_uops);
    from_op_cache_ += inst.instructions;
  } else {
    const bool buffered = fe_.fetch_buffer_bytes != 0;
    const bool fits = instructions_left_ >= inst.instructions && bytes_left_ >= inst.bytes;
    if (!empty_cycle_ && !fits) return false;
    const std::uint64_t last = (inst.address + std::max(1U, inst.bytes) - 1) / kLineBytes;
    for (std::uint64_t l = inst.address / kLineBytes; l <= last; ++l) {
      if (fetch_line(l)) continue;
      ++code_misses_;
      const unsigned rate = std::max(1U, fe_.l2_code_bytes_per_cycle);
      if (buffered) {
        bytes_left_ -= static_cast<std::int64_t>(kLineBytes) * fe_.fetch_bytes_per_cycle / rate;
        continue;
      }
      const Cycle cycles = (kLineBytes + rate - 1) / rate;
      stalled_until_ = now + std::max<Cycle>(1, cycles);
      return false;
    }
    if (buffered && bytes_left_ < inst.bytes) return false;
    instructions_left_ -= std::min(instructions_left_, inst.instructions);
    bytes_left_ -= buffered ? inst.bytes : std::min<std::int64_t>(bytes_left_, inst.bytes);
    decoded_ += inst.instructions;
  }
  op_cache_.pass(inst, hit);
  mode_ = mode;
  empty_cycle_ = false;
  return true;
}

bool CodeDelivery::fetch_line(std::uint64_t line) {
  if (line == last_fetched_) return true;
  last_fetched_ = line;
  Way* set = &l1i_[static_cast<std::size_t>(line % sets_) * kWays];
  Way* way = std::find_if(set, set + kWays, [line](const Way& w) { return w.line == line; });
  const bool hit = way != set + kWays;
  if (!hit) way = std::min_element(set, set + kWays, [](const Way& a, const Way& b) { return a.used < b.used; });
  *way = {line, ++uses_};
  return hit;
}

}  // namespace vtpu::core
