#include "memory/cache.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "memory/dram.hpp"
#include "memory/prefetcher.hpp"

using namespace vtpu::memory;

namespace {

// Answers so many cycles later, and remembers what it was asked.
struct Below final : LineTarget {
  explicit Below(Cycle latency_in) : latency(latency_in) {}
  LineAnswer request(const LineRequest& request) override {
    asked.push_back(request);
    return {request.start + latency, 4};
  }
  Cycle latency;
  std::vector<LineRequest> asked;
};

LineRequest load(std::uint64_t line, Cycle start) { return {line, start, RequestKind::Load, false}; }

}  // namespace

TEST_CASE("A hit costs the level's latency, a miss that of the level below") {
  Below below(50);
  Cache cache({4096, 4, 64, 4, 7, 64, 4}, 1, below);
  CHECK(cache.request(load(3, 10)).ready == 60);
  CHECK(cache.request(load(3, 60)).ready == 64);
  CHECK(cache.request({3, 60, RequestKind::Load, true}).ready == 67);
  CHECK(cache.request(load(3, 60)).level == 1);
  CHECK(cache.counts() == CacheCounts{3, 1, 0, 0});
}

TEST_CASE("A line under way is waited for, not asked for again") {
  Below below(50);
  Cache cache({4096, 4, 64, 4, 0, 64, 4}, 1, below);
  (void)cache.request(load(3, 10));
  CHECK(cache.request(load(3, 20)).ready == 60);
  CHECK(cache.request(load(3, 58)).ready == 62);
  CHECK(below.asked.size() == 1);
  CHECK_FALSE(cache.holds(3, 59));
  CHECK(cache.holds(3, 60));
}

TEST_CASE("With all miss buffers taken the next miss starts when the first is free") {
  Below below(50);
  Cache cache({4096, 4, 64, 4, 0, 64, 2}, 1, below);
  CHECK(cache.request(load(1, 10)).ready == 60);
  CHECK(cache.request(load(2, 12)).ready == 62);
  CHECK(cache.request(load(3, 13)).ready == 60 + 50);
  CHECK(below.asked[2].start == 60);
  CHECK_FALSE(cache.has_free_miss_buffer(61));
  CHECK(cache.has_free_miss_buffer(62));
  CHECK(cache.request(load(4, 70)).asked == 70);
  CHECK(cache.request(load(5, 71)).asked == 110);
  CHECK(cache.request(load(4, 72)).asked == 0);  // on its way
}

TEST_CASE("Lines come through the fill path one after the other") {
  Below below(50);
  Cache cache({4096, 4, 64, 4, 0, 16, 8}, 1, below);  // a line takes four cycles
  CHECK(cache.request(load(1, 0)).ready == 50);
  CHECK(cache.request(load(2, 0)).ready == 54);
  CHECK(cache.request(load(3, 1)).ready == 58);
  CHECK(cache.request(load(4, 20)).ready == 70);
}

TEST_CASE("Lines that came are announced once, in the order of their coming") {
  Below below(50);
  Cache cache({4096, 4, 64, 4, 0, 64, 8}, 1, below);
  (void)cache.request(load(1, 0));
  CHECK_FALSE(cache.arrivals(49).more);  // nobody wanted to know
  cache.announce();
  (void)cache.request(load(2, 10));
  (void)cache.request(load(3, 12));
  (void)cache.request(load(2, 13));
  CHECK(cache.arrivals(59).lines == 0);
  CHECK(cache.arrivals(59).more);
  CHECK(cache.arrivals(61).lines == 1);
  CHECK(cache.arrivals(62).lines == 1);
  CHECK_FALSE(cache.arrivals(62).more);
}

TEST_CASE("A line may take a fraction of a cycle, of which nothing is lost") {
  Below below(50);
  Cache cache({4096, 4, 64, 4, 0, 48, 8}, 1, below);  // four cycles for three lines
  std::vector<Cycle> ready;
  for (std::uint64_t line = 1; line <= 7; ++line) ready.push_back(cache.request(load(line, 0)).ready);
  CHECK(ready == std::vector<Cycle>{50, 52, 53, 54, 56, 57, 58});
}

TEST_CASE("Lines of one bank come further apart, those of the other pass them") {
  Below below(50);
  vtpu::layout::CacheLevel shape{4096, 4, 64, 4, 0, 64, 8};
  shape.fill_banks = 2;
  shape.bank_bytes_per_cycle = 16;
  Cache cache(shape, 1, below);
  CHECK(cache.request(load(0, 0)).ready == 50);
  CHECK(cache.request(load(2, 0)).ready == 54);
  CHECK(cache.request(load(4, 0)).ready == 58);
  CHECK(cache.request(load(5, 0)).ready == 53);  // fourth on the path, first in its bank
  CHECK(cache.request(load(7, 0)).ready == 54);
}

TEST_CASE("A dirty line that leaves keeps the next ones from coming, in all and in its bank") {
  Below below(50);
  vtpu::layout::CacheLevel shape{64, 1, 64, 4, 0, 64, 8};  // a single line
  const auto arrivals = [&](const vtpu::layout::CacheLevel& of) {
    Cache cache(of, 1, below);
    (void)cache.request(load(1, 0));
    cache.write(1);
    std::vector<Cycle> ready;
    for (const std::uint64_t line : {2, 4, 6, 7}) ready.push_back(cache.request(load(line, 100)).ready);
    CHECK(cache.counts().write_backs == 1);
    return ready;
  };
  CHECK(arrivals(shape) == std::vector<Cycle>{150, 151, 152, 153});
  shape.write_back_cycles = 3;
  CHECK(arrivals(shape) == std::vector<Cycle>{150, 154, 155, 156});
  shape.fill_banks = 2;
  shape.bank_bytes_per_cycle = 32;
  CHECK(arrivals(shape) == std::vector<Cycle>{150, 155, 157, 156});
}

TEST_CASE("The least recently used line of the set leaves") {
  Below below(10);
  Cache cache({512, 2, 64, 4, 0, 64, 8}, 1, below);  // four sets of two
  (void)cache.request(load(0, 0));
  (void)cache.request(load(4, 1));
  (void)cache.request(load(0, 20));
  (void)cache.request(load(8, 30));  // 4 leaves
  CHECK(cache.has(0));
  CHECK_FALSE(cache.has(4));
  CHECK(cache.has(8));
}

TEST_CASE(
    "With ages of two bits the first of the oldest age leaves, and a line that was used twice outlives newer ones") {
  vtpu::layout::CacheLevel shape{256, 4, 64, 4, 0, 64, 4};  // one set
  const auto left_after = [&](bool quad_age) {
    shape.quad_age_lru = quad_age;
    Below below(50);
    Cache cache(shape, 2, below);
    for (const std::uint64_t line : {0, 1, 2, 3, 0, 3, 4, 5, 6}) (void)cache.request(load(line, 1000));
    std::vector<std::uint64_t> here;
    for (std::uint64_t line = 0; line <= 6; ++line) {
      if (cache.has(line)) here.push_back(line);
    }
    return here;
  };
  CHECK(left_after(true) == std::vector<std::uint64_t>{0, 3, 5, 6});
  CHECK(left_after(false) == std::vector<std::uint64_t>{3, 4, 5, 6});
}

TEST_CASE("With ages of two bits a part of a walk that does not fit stays, with true LRU none of it") {
  vtpu::layout::CacheLevel shape{1024, 16, 64, 4, 0, 64, 4};  // one set
  const auto hits = [&](bool quad_age) {
    shape.quad_age_lru = quad_age;
    Below below(50);
    Cache cache(shape, 2, below);
    for (int round = 0; round < 50; ++round) {
      for (std::uint64_t line = 0; line < 20; ++line) (void)cache.request(load(line, 1000));
    }
    return cache.counts().hits;
  };
  CHECK(hits(true) > 300);
  CHECK(hits(false) == 0);
}

TEST_CASE("Where pages lie at random, a walk that would just fit does not") {
  vtpu::layout::CacheLevel shape{2U << 20U, 16, 64, 4, 0, 64, 0};
  const auto misses_of_second_round = [&](bool at_random, std::uint64_t pages) {
    shape.pages_at_random = at_random;
    Below below(50);
    Cache cache(shape, 2, below);
    std::uint64_t first = 0;
    for (int round = 0; round < 2; ++round) {
      first = cache.counts().misses;
      for (std::uint64_t line = 0; line < pages * 64; ++line) (void)cache.request(load(line, 1000));
    }
    return cache.counts().misses - first;
  };
  CHECK(misses_of_second_round(false, 448) == 0);
  CHECK(misses_of_second_round(true, 448) > 448 * 64 / 10);
  CHECK(misses_of_second_round(true, 128) == 0);
}

TEST_CASE("A dirty line is written back when it leaves, a clean one is not") {
  Below below(10);
  Cache cache({128, 1, 64, 4, 0, 64, 8}, 1, below);  // two sets of one
  (void)cache.request(load(0, 0));
  (void)cache.request(load(2, 0));
  CHECK(below.asked.size() == 2);
  cache.write(2);
  (void)cache.request(load(4, 100));
  REQUIRE(below.asked.size() == 4);
  CHECK(below.asked[3].kind == RequestKind::WriteBack);
  CHECK(below.asked[3].line == 2);
  CHECK(below.asked[3].start == 110);
  CHECK(cache.counts().write_backs == 1);
}

TEST_CASE("A line that is written back into a level makes room there like any other") {
  Below below(10);
  Cache cache({64, 1, 64, 4, 0, 64, 8}, 2, below);
  (void)cache.request({5, 0, RequestKind::WriteBack, false});
  CHECK(cache.has(5));
  CHECK(below.asked.empty());
  (void)cache.request({6, 1, RequestKind::WriteBack, false});
  REQUIRE(below.asked.size() == 1);
  CHECK(below.asked[0].line == 5);
}

TEST_CASE("A level of size 0 is not there") {
  Below below(10);
  Cache cache({0, 1, 64, 4, 0, 64, 8}, 1, below);
  CHECK(cache.request(load(1, 5)).ready == 15);
  CHECK(cache.request(load(1, 6)).ready == 16);
  CHECK(cache.holds(77, 0));
}

TEST_CASE("DRAM answers after its latency, one line at a time") {
  vtpu::layout::Memory memory;
  memory.dram_latency = 100;
  memory.dram_bytes_per_cycle = 16;
  Dram dram(memory);
  CHECK(dram.request(load(1, 0)).ready == 100);
  CHECK(dram.request(load(2, 0)).ready == 104);
  CHECK(dram.request(load(3, 50)).ready == 150);
  CHECK(dram.request(load(3, 50)).level == 4);
}

TEST_CASE("The prefetcher asks ahead once the same stride came twice, inside the page and as far as buffers reach") {
  Below below(10);
  Cache cache({4096, 4, 64, 4, 0, 64, 3}, 1, below);
  Prefetcher prefetcher(2, cache);
  const auto lines = [&] {
    std::vector<std::uint64_t> asked;
    for (const LineRequest& r : below.asked) asked.push_back(r.line);
    below.asked.clear();
    return asked;
  };
  prefetcher.observe(64, 0);
  prefetcher.observe(67, 100);
  CHECK(lines().empty());
  prefetcher.observe(70, 200);
  CHECK(lines() == std::vector<std::uint64_t>{73, 76});
  prefetcher.observe(70, 210);  // the same line again teaches nothing
  CHECK(lines().empty());
  prefetcher.observe(73, 300);
  CHECK(lines() == std::vector<std::uint64_t>{79});  // 76 is there
  prefetcher.observe(71, 400);
  CHECK(lines().empty());
  for (const std::uint64_t line : {122, 124, 126}) prefetcher.observe(line, 500);
  CHECK(lines().empty());  // 128 is another page
  CHECK(cache.counts().prefetches == 3);
}

TEST_CASE("A watched cache asks ahead by what is asked of it, not by what is written back to it") {
  Below below(10);
  vtpu::memory::WatchedCache cache({4096, 4, 64, 4, 0, 64, 8}, 2, below, 2);
  for (const std::uint64_t line : {64, 65, 66}) (void)cache.request({line, 0, RequestKind::WriteBack, false});
  CHECK(below.asked.empty());
  (void)cache.request(load(128, 0));
  (void)cache.request({129, 100, RequestKind::Prefetch, false});
  CHECK(below.asked.size() == 2);
  CHECK(cache.request({130, 200, RequestKind::Ownership, false}).ready == 210);
  REQUIRE(below.asked.size() == 5);
  CHECK(below.asked[3].line == 131);
  CHECK(below.asked[4].line == 132);
  CHECK(cache.request(load(131, 300)).ready == 304);  // has come
  CHECK(cache.counts().prefetches == 4);              // 129 and three more: 133 follows 131
}

TEST_CASE("With a table of strides only lines of loads that it follows come further apart") {
  Below below(50);
  vtpu::layout::CacheLevel shape{4096, 4, 64, 4, 0, 64, 8};
  shape.lone_fill_cycles = 4;
  shape.stride_sets = 1;
  Cache cache(shape, 1, below);
  const auto come = [&](std::uint64_t instruction, std::uint64_t line) {
    return cache.request({line, 0, RequestKind::Load, false, instruction}).ready;
  };
  CHECK(come(0x1000, 0) == 50);
  CHECK(come(0x1000, 4) == 51);
  CHECK(come(0x1000, 8) == 55);
  CHECK(come(0x2000, 12) == 56);  // takes the only place
  CHECK(come(0x1000, 16) == 57);
  CHECK(cache.request({20, 0, RequestKind::Prefetch, false, 0x1000}).ready == 58);  // by an instruction
  CHECK(cache.request({22, 0, RequestKind::Prefetch}).ready == 62);                 // by the prefetcher
}

TEST_CASE(
    "Upper halves of 128 bytes come close behind their lower ones, other lines further apart, those of one set further "
    "still") {
  Below below(50);
  vtpu::layout::CacheLevel shape{4096, 4, 64, 4, 0, 64, 8};
  shape.lone_fill_cycles = 2;
  shape.set_fill_cycles = 7;
  Cache cache(shape, 1, below);
  CHECK(cache.request(load(0, 0)).ready == 50);
  CHECK(cache.request(load(1, 0)).ready == 51);  // follows line 0
  CHECK(cache.request({2, 0, RequestKind::Prefetch, false}).ready == 53);
  CHECK(cache.request({3, 0, RequestKind::Prefetch, false}).ready == 54);
  CHECK(cache.request(load(7, 0)).ready == 56);   // without line 6
  CHECK(cache.request(load(6, 0)).ready == 58);   // downwards
  CHECK(cache.request(load(16, 0)).ready == 60);  // the set of line 0, which came 10 cycles ago
  CHECK(cache.request(load(32, 0)).ready == 67);
}
