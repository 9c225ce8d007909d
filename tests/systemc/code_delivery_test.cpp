#include "core/code_delivery.hpp"

#include <catch2/catch.hpp>

using vtpu::core::CodeDelivery;
using vtpu::events::Cycle;

namespace {

vtpu::layout::FrontEnd front_end() {
  vtpu::layout::FrontEnd fe;
  fe.uops_per_cycle = 6;
  fe.decode_width = 4;
  fe.fetch_bytes_per_cycle = 16;
  fe.op_cache_uops = 64;
  fe.l1i_bytes = 4096;
  fe.l2_code_bytes_per_cycle = 16;
  return fe;
}

// Runs `passes` passes over `count` instructions of `bytes` each; the cycles of the last pass.
Cycle last_pass(const vtpu::layout::FrontEnd& fe, unsigned count, unsigned bytes, unsigned passes) {
  CodeDelivery delivery(fe);
  Cycle now = 0;
  Cycle begin = 0;
  for (unsigned p = 0; p < passes; ++p) {
    begin = now;
    for (unsigned i = 0; i < count; ++i) {
      while (!delivery.deliver(now, {0x400000 + std::uint64_t{i} * bytes, bytes, 1, 1})) ++now;
    }
    ++now;
  }
  return now - begin;
}

}  // namespace

TEST_CASE("Code in the op cache comes at uops_per_cycle, decoded code at the decoders' width") {
  CHECK(last_pass(front_end(), 48, 4, 3) == 48 / 6);
  vtpu::layout::FrontEnd fe = front_end();
  fe.op_cache_uops = 0;
  CHECK(last_pass(fe, 48, 4, 3) == 48 / 4);
}

TEST_CASE("Long instructions are limited by the code bytes per cycle") {
  vtpu::layout::FrontEnd fe = front_end();
  fe.op_cache_uops = 0;
  CHECK(last_pass(fe, 48, 8, 3) == 48 * 8 / 16);
}

TEST_CASE("With a buffer what fetch brings and no whole instruction takes is there in the next cycle") {
  vtpu::layout::FrontEnd fe = front_end();
  fe.op_cache_uops = 0;
  CHECK(last_pass(fe, 64, 7, 3) == 64 / 2);
  fe.fetch_buffer_bytes = 32;
  CHECK(last_pass(fe, 64, 7, 3) <= 64 * 7 / 16 + 1);
  CHECK(last_pass(fe, 64, 7, 3) >= 64 * 7 / 16 - 2);
  CHECK(last_pass(fe, 48, 4, 3) == 48 / 4);
  fe.fetch_bytes_per_cycle = 1;
  fe.fetch_buffer_bytes = 1;
  CHECK(last_pass(fe, 64, 15, 3) >= 64 * 15 - 45);
}

TEST_CASE("With a buffer a line from behind the L1 code cache takes bytes of fetch, not whole cycles") {
  vtpu::layout::FrontEnd fe = front_end();
  fe.op_cache_uops = 0;
  fe.l1i_bytes = 512;
  fe.fetch_buffer_bytes = 32;
  fe.l2_code_bytes_per_cycle = 64;  // a line takes the fetch of one cycle
  const Cycle cycles = last_pass(fe, 512, 8, 3);
  CHECK(cycles >= 64 * 5 - 3);
  CHECK(cycles <= 64 * 5 + 3);
}

TEST_CASE("A loop larger than the op cache is decoded every time") {
  CHECK(last_pass(front_end(), 96, 4, 3) == 96 / 4);
}

TEST_CASE("Code past the L1 code cache comes at the bandwidth of the level behind it") {
  vtpu::layout::FrontEnd fe = front_end();
  fe.op_cache_uops = 0;
  fe.l1i_bytes = 512;
  const unsigned count = 1024;  // 4 KiB: 64 lines
  const Cycle cycles = last_pass(fe, count, 4, 3);
  CHECK(cycles >= 64 * (64 / 16) + count / 4);  // each line is waited for, then decoded
  CHECK(last_pass(front_end(), 48, 4, 3) < 64);
}

TEST_CASE("A cycle delivers from the op cache or from the decoders, not from both") {
  CodeDelivery delivery(front_end());
  Cycle now = 0;
  while (!delivery.deliver(now, {0x400000, 4, 1, 1})) ++now;
  ++now;
  CHECK(delivery.deliver(now, {0x400000, 4, 1, 1}));        // op cache
  CHECK_FALSE(delivery.deliver(now, {0x400004, 4, 1, 1}));  // to be decoded
  CHECK(delivery.deliver(now + 1, {0x400004, 4, 1, 1}));
  CHECK(delivery.from_op_cache() == 1);
  CHECK(delivery.decoded() == 2);
}
