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

namespace {

// The op cache of Zen 5, and decoders that deliver half as much.
vtpu::layout::FrontEnd entries_of_six() {
  vtpu::layout::FrontEnd fe = front_end();
  fe.uops_per_cycle = 8;
  fe.fetch_bytes_per_cycle = 64;
  fe.op_cache_uops = 6144;
  fe.op_cache_entry_instructions = 6;
  fe.op_cache_sets = 64;
  fe.op_cache_entry_constants = 6;
  fe.l1i_bytes = 65536;
  return fe;
}

}  // namespace

// What fits in 64 sets of 16 entries of six instructions: measured on a Turin with loops of nops.
TEST_CASE("Entries of the op cache cross lines, and go to the set of the line in which they begin") {
  const vtpu::layout::FrontEnd fe = entries_of_six();
  const auto fits = [&](unsigned count, unsigned bytes) { return last_pass(fe, count, bytes, 3) <= count / 8 + 1; };
  CHECK(fits(4096, 1));
  CHECK_FALSE(fits(4160, 1));
  CHECK(fits(5440, 3));
  CHECK_FALSE(fits(5504, 3));
  CHECK(fits(6080, 4));
  CHECK_FALSE(fits(6208, 4));
  CHECK(fits(5824, 7));
  CHECK_FALSE(fits(5888, 7));
  CHECK(fits(5888, 9));
  CHECK_FALSE(fits(5952, 9));
}

TEST_CASE("An entry of the op cache has room for so many constants") {
  vtpu::layout::FrontEnd fe = entries_of_six();
  const auto decoded = [&](unsigned count, unsigned constants) {
    CodeDelivery delivery(fe);
    Cycle now = 0;
    std::uint64_t before = 0;
    for (unsigned pass = 0; pass < 3; ++pass, ++now) {
      before = delivery.decoded();
      for (unsigned i = 0; i < count; ++i) {
        while (!delivery.deliver(now, {0x400000 + std::uint64_t{i} * 8, 8, 1, 1, constants})) ++now;
      }
    }
    return delivery.decoded() - before;
  };
  CHECK(decoded(6000, 1) == 0);
  CHECK(decoded(3000, 2) == 0);
  CHECK(decoded(3200, 2) > 0);
  fe.op_cache_entry_constants = 0;
  CHECK(decoded(6000, 2) == 0);
}

TEST_CASE("Decoding goes on up to the next taken branch, and makes entries of its own") {
  CodeDelivery delivery(entries_of_six());
  Cycle now = 0;
  const auto run = [&](std::uint64_t from, std::uint64_t to) {
    const std::uint64_t before = delivery.decoded();
    ++now;
    for (std::uint64_t at = from; at < to; at += 4) {
      while (!delivery.deliver(now, {0x400000 + at, 4, 1, 1})) ++now;
    }
    return delivery.decoded() - before;
  };
  CHECK(run(0, 48) == 12);
  CHECK(run(0, 48) == 0);
  CHECK(run(24, 48) == 0);  // an entry begins there
  CHECK(run(4, 48) == 11);  // none does: all of it is decoded, although an entry at 24 is there
  CHECK(run(4, 48) == 0);
  CHECK(run(0, 24) == 0);
}
