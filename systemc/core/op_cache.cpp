#include "core/op_cache.hpp"

#include <algorithm>

namespace vtpu::core {

OpCache::OpCache(const layout::FrontEnd& front_end)
    : capacity_(front_end.op_cache_uops),
      entry_instructions_(capacity_ == 0 ? 0 : front_end.op_cache_entry_instructions),
      entry_constants_(front_end.op_cache_entry_constants) {
  if (entry_instructions_ == 0) return;
  sets_ = front_end.op_cache_sets;
  ways_ = std::max(1U, capacity_ / front_end.op_cache_way_uops());
  entries_.resize(sets_ * ways_);
}

bool OpCache::holds(const CodeInst& inst) {
  if (entry_instructions_ == 0) {
    const Line* line = line_of(inst);
    return line != nullptr && (line->starts >> (inst.address % kLineBytes) & 1U) != 0;
  }
  begins_ = nullptr;
  if (inst.address == next_address_ && decodes_) return false;
  if (inst.address == next_address_ && left_ != 0) return true;
  begins_ = find(inst.address);
  return begins_ != nullptr;
}

void OpCache::pass(const CodeInst& inst, bool held) {
  if (entry_instructions_ == 0) {
    if (!held) enter_line(inst);
    return;
  }
  if (held) {
    if (begins_ != nullptr) {
      begins_->used = ++uses_;
      left_ = begins_->instructions;
      enter();  // which may throw that entry out, of one way
    }
    --left_;
  } else {
    left_ = 0;
    if (inst.address != next_address_ || !has_room_for(inst)) {
      enter();
      making_.start = inst.address;
    }
    ++making_.instructions;
    making_.constants += inst.constants;
  }
  decodes_ = !held;
  next_address_ = inst.address + inst.bytes;
}

OpCache::Line* OpCache::line_of(const CodeInst& inst) {
  const std::uint64_t number = inst.address / kLineBytes;
  if (number == last_number_) return last_line_;
  last_number_ = number;
  const auto found = lines_.find(number);
  last_line_ = found == lines_.end() ? nullptr : &found->second;
  if (last_line_ != nullptr) order_.splice(order_.begin(), order_, last_line_->place);
  return last_line_;
}

void OpCache::enter_line(const CodeInst& inst) {
  if (inst.fused_uops > capacity_) return;
  const std::uint64_t number = inst.address / kLineBytes;
  while (uops_ + inst.fused_uops > capacity_) {
    const std::uint64_t oldest = order_.back();
    uops_ -= lines_.at(oldest).uops;
    lines_.erase(oldest);
    order_.pop_back();
    if (oldest == last_number_) last_line_ = nullptr;
  }
  if (last_line_ == nullptr || last_number_ != number) {
    order_.push_front(number);
    last_line_ = &lines_.try_emplace(number, Line{0, 0, order_.begin()}).first->second;
    last_number_ = number;
  }
  last_line_->starts |= 1ULL << (inst.address % kLineBytes);
  last_line_->uops += inst.fused_uops;
  uops_ += inst.fused_uops;
}

OpCache::Entry* OpCache::set_of(std::uint64_t address) { return &entries_[address / kLineBytes % sets_ * ways_]; }

OpCache::Entry* OpCache::find(std::uint64_t address) {
  Entry* set = set_of(address);
  Entry* entry =
      std::find_if(set, set + ways_, [address](const Entry& e) { return e.start == address && e.instructions != 0; });
  return entry == set + ways_ ? nullptr : entry;
}

bool OpCache::has_room_for(const CodeInst& inst) const {
  if (making_.instructions == 0 || making_.instructions == entry_instructions_) return false;
  return entry_constants_ == 0 || making_.constants + inst.constants <= entry_constants_;
}

void OpCache::enter() {
  if (making_.instructions == 0) return;
  Entry* entry = find(making_.start);
  if (entry == nullptr) {
    Entry* set = set_of(making_.start);
    entry = std::min_element(set, set + ways_, [](const Entry& a, const Entry& b) { return a.used < b.used; });
  }
  making_.used = ++uses_;
  *entry = making_;
  making_ = {};
}

}  // namespace vtpu::core
