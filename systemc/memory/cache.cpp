#include "memory/cache.hpp"

#include <algorithm>
#include <new>
#include <span>

namespace vtpu::memory {

Cache::Cache(const layout::CacheLevel& shape, std::uint8_t level, LineTarget& next)
    : level_(level),
      next_(next),
      latency_(shape.latency),
      latency_vector_(shape.latency_vector != 0 ? shape.latency_vector : shape.latency),
      strides_(shape.stride_sets, shape.stride_ways),
      miss_buffers_(shape.miss_buffers, 0) {
  if (shape.size_bytes < kLineBytes) return;
  associativity_ = std::max(1U, shape.ways);
  sets_ = std::max<std::size_t>(1, shape.size_bytes / kLineBytes / associativity_);
  by_sets_ = Divisor(sets_);
  ways_.reset(static_cast<Way*>(std::calloc(sets_ * associativity_, sizeof(Way))));
  if (!ways_) throw std::bad_alloc();
  quad_age_ = shape.quad_age_lru;
  pages_at_random_ = shape.pages_at_random;
  fill_ = fine_per_line(shape.fill_bytes_per_cycle);
  lone_fill_ = shape.lone_fill_cycles != 0 ? shape.lone_fill_cycles * kCycle : fill_;
  bank_free_.resize(shape.fill_banks);
  bank_fill_ = fine_per_line(shape.bank_bytes_per_cycle);
  write_back_ = shape.write_back_cycles * kCycle;
  set_fill_cycles_ = shape.set_fill_cycles;
  if (set_fill_cycles_ != 0) set_free_.resize(sets_);
}

Cache::Fine Cache::fine_per_line(unsigned bytes_per_cycle) {
  const unsigned bytes = std::max(1U, bytes_per_cycle);
  return (kLineBytes * kCycle + bytes / 2) / bytes;
}

const Cache::Way* Cache::find(std::uint64_t line) const {
  const Way* set = &ways_[set_number(line) * associativity_];
  for (std::size_t w = 0; w < associativity_; ++w) {
    if (set[w].line == line && set[w].used != 0) return &set[w];
  }
  return nullptr;
}

Cache::Way* Cache::find(std::uint64_t line) { return const_cast<Way*>(static_cast<const Cache*>(this)->find(line)); }

bool Cache::has(std::uint64_t line) const { return !present() || find(line) != nullptr; }

bool Cache::holds(std::uint64_t line, Cycle now) const {
  if (!present()) return true;
  const Way* way = find(line);
  return way != nullptr && way->ready <= now;
}

bool Cache::has_free_miss_buffer(Cycle now) const {
  return miss_buffers_.empty() ||
         std::any_of(miss_buffers_.begin(), miss_buffers_.end(), [now](Cycle free) { return free <= now; });
}

Arrivals Cache::arrivals(Cycle now) {
  Arrivals found;
  for (; !coming_.empty() && coming_.top() <= now; coming_.pop()) ++found.lines;
  found.more = !coming_.empty();
  return found;
}

void Cache::write(std::uint64_t line) {
  if (!present()) return;
  if (Way* way = find(line)) write(*way);
}

bool Cache::write_if_held(std::uint64_t line, Cycle now) {
  if (!present()) return true;
  Way* way = find(line);
  if (way == nullptr || way->ready > now) return false;
  write(*way);
  return true;
}

void Cache::write(Way& way) {
  way.dirty = true;
  use(way, 0);
}

void Cache::use(Way& way, std::uint8_t age) {
  way.used = ++uses_;
  if (!quad_age_) return;
  way.age = age;
  const auto number = static_cast<std::size_t>(&way - ways_.get());
  const std::span set(&ways_[number - number % associativity_], associativity_);
  std::uint8_t oldest = 0;
  for (const Way& other : set) {
    if (other.used == 0) return;  // takes the next line, whatever the ages
    oldest = std::max(oldest, other.age);
  }
  for (Way& other : set) {
    if (&other != &way) other.age = static_cast<std::uint8_t>(std::min<int>(kOldest, other.age + kOldest - oldest));
  }
}

LineAnswer Cache::request(const LineRequest& request) {
  if (!present()) return next_.request(request);
  if (request.kind == RequestKind::WriteBack) {
    write_back(request.line, request.start);
    return {request.start, level_};
  }
  if (Way* way = find(request.line)) {
    use(*way, 0);
    if (request.kind != RequestKind::Prefetch) ++counts_.hits;
    const unsigned latency = request.vector ? latency_vector_ : latency_;
    return {std::max(request.start + latency, way->ready), level_};
  }
  if (request.kind == RequestKind::Prefetch) {
    ++counts_.prefetches;
  } else {
    ++counts_.misses;
  }
  return miss(request);
}

Cache::Fine Cache::fill_of(const LineRequest& request) {
  if (request.instruction != 0 && strides_.present()) {
    const bool loads = request.kind == RequestKind::Load;
    if (!loads || !strides_.miss(request.instruction, request.line)) return fill_;
  }
  const bool follows = (request.line & 1U) != 0 && find(request.line - 1) != nullptr;
  return follows ? fill_ : lone_fill_;
}

LineAnswer Cache::miss(const LineRequest& request) {
  const auto buffer = std::min_element(miss_buffers_.begin(), miss_buffers_.end());
  LineRequest below = request;
  if (buffer != miss_buffers_.end()) below.start = std::max(request.start, *buffer);
  LineAnswer answer = next_.request(below);
  const Fine fill = fill_of(request);
  Way& way = victim_of(request.line);
  const bool dirty = way.used != 0 && way.dirty;
  const Fine answered = answer.ready * kCycle;
  path_free_ = std::max(answered, path_free_ + fill);
  if (set_fill_cycles_ != 0) {
    Cycle& set_free = set_free_[set_number(request.line)];
    path_free_ = std::max(path_free_, set_free * kCycle);
    set_free = whole_cycles(path_free_) + set_fill_cycles_;
  }
  Fine here = path_free_;
  if (!bank_free_.empty()) {
    Fine& bank_free = bank_free_[static_cast<std::size_t>(request.line % bank_free_.size())];
    bank_free = std::max(answered, bank_free + bank_fill_);
    here = std::max(here, bank_free);
    if (dirty) bank_free += write_back_;
  }
  if (write_back_ != 0) {
    port_free_ = std::max(answered, port_free_ + kCycle);
    here = std::max(here, port_free_);
    if (dirty) port_free_ += write_back_;
  }
  answer.ready = whole_cycles(here);
  if (buffer != miss_buffers_.end()) *buffer = answer.ready;
  if (announces_) coming_.push(answer.ready);
  answer.asked = below.start;
  if (dirty) {
    ++counts_.write_backs;
    next_.request({way.line, answer.ready, RequestKind::WriteBack, false});
  }
  way = {request.line, answer.ready, 0, false, 0};
  use(way, kAgeWhenNew);
  return answer;
}

// The first invalid way has used == 0 and so is the minimum.
Cache::Way& Cache::victim_of(std::uint64_t line) {
  Way* set = set_of(line);
  if (quad_age_ && std::all_of(set, set + associativity_, [](const Way& way) { return way.used != 0; })) {
    Way* oldest = std::find_if(set, set + associativity_, [](const Way& way) { return way.age == kOldest; });
    return oldest == set + associativity_ ? *set : *oldest;
  }
  return *std::min_element(set, set + associativity_, [](const Way& a, const Way& b) { return a.used < b.used; });
}

void Cache::write_back(std::uint64_t line, Cycle at) {
  Way* way = find(line);
  if (way == nullptr) {
    way = &victim_of(line);
    if (way->used != 0 && way->dirty) {
      ++counts_.write_backs;
      next_.request({way->line, at, RequestKind::WriteBack, false});
    }
    *way = {line, at, 0, true, 0};
  }
  way->dirty = true;
  use(*way, 0);
}

}  // namespace vtpu::memory
