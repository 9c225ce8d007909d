#include "traces/timeline.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <sstream>

#include "traces/collector.hpp"
#include "traces/tracer.hpp"

namespace {

using namespace vtpu;
using events::Cycle;

events::UopInfo uop(events::UopId id, std::uint32_t word, isa::Pipe pipe = isa::Pipe::D) {
  events::UopInfo info;
  info.id = id;
  info.word = word;
  info.pipe = pipe;
  info.text = "dadd.i64";
  return info;
}

struct Times {
  Cycle dispatched, issued, completed, retired;
};

// Hears uops of a core with one port, cycle by cycle, and draws those of the window.
std::string drawn(traces::Span words, const std::vector<std::pair<events::UopInfo, Times>>& lives) {
  layout::Layout layout;
  layout.ports = {{"alu0", 0}};
  layout.queues = {{"q", 8, {0}}};
  traces::Timeline timeline(words, traces::port_names(layout));
  traces::Collector collector(layout, {}, {{}, words}, {&timeline});
  for (const auto& [info, times] : lives) collector.on_fetched(0, info);
  for (Cycle c = 0; c <= 200; ++c) {
    for (const auto& [info, times] : lives) {
      if (times.completed == c) collector.on_completed(c, info);
    }
    for (const auto& [info, times] : lives) {
      if (times.issued == c) collector.on_issued(c, info, 0);
    }
    for (const auto& [info, times] : lives) {
      if (times.dispatched == c) collector.on_dispatched(c, info, 0);
    }
    for (const auto& [info, times] : lives) {
      if (times.retired == c) collector.on_retired(c, info);
    }
  }
  collector.finish();
  return timeline.text();
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The marks of a life, by their definition, cycle by cycle.
std::string expected_marks(const Times& life, Cycle from, Cycle to) {
  std::string marks;
  for (Cycle c = from; c <= to; ++c) {
    char mark = (c - from) % 5 == 0 ? '.' : ' ';
    if (c == life.dispatched)
      mark = 'D';
    else if (c == life.retired)
      mark = 'R';
    else if (c == life.completed)
      mark = 'E';
    else if (c > life.dispatched && c < life.issued)
      mark = '=';
    else if (c >= life.issued && c < life.completed)
      mark = 'e';
    else if (c > life.completed && c < life.retired)
      mark = '-';
    marks += mark;
  }
  return marks;
}

TEST_CASE("each uop's line shows dispatch, wait, execution, completion and retirement in their cycles") {
  const std::vector<Times> lives{
      {100, 101, 102, 103}, {100, 103, 108, 109}, {101, 102, 103, 109}, {101, 104, 105, 105}};
  std::vector<std::pair<events::UopInfo, Times>> uops;
  for (std::size_t i = 0; i < lives.size(); ++i) uops.emplace_back(uop(i, static_cast<std::uint32_t>(i)), lives[i]);
  const std::vector<std::string> lines = lines_of(drawn({0, 8}, uops));
  REQUIRE(lines.size() == lives.size() + 1);
  CHECK(lines[0].starts_with("cycles 100 to 109"));
  CHECK(lines[0].ends_with("0123456789"));
  for (std::size_t i = 0; i < lives.size(); ++i) {
    CHECK(lines[i + 1] == fmt::format("word {}.0  D  dadd.i64  alu0  {}", i, expected_marks(lives[i], 100, 109)));
  }
}

TEST_CASE("the window counts words, not uops, and starts where it is told") {
  std::vector<std::pair<events::UopInfo, Times>> uops;
  for (std::uint32_t word = 0; word < 6; ++word) {
    for (std::uint32_t part = 0; part < 3; ++part) {
      uops.emplace_back(uop(word * 3 + part, word, static_cast<isa::Pipe>(part)),
                        Times{word, word + 1, word + 2, word + 3});
    }
  }
  const std::vector<std::string> lines = lines_of(drawn({2, 2}, uops));
  REQUIRE(lines.size() == 7);
  CHECK(lines[1].starts_with("word 2.0  D"));
  CHECK(lines[3].starts_with("word 2.0  C"));
  CHECK(lines[4].starts_with("word 3.0  D"));
}

TEST_CASE("a run shorter than the window's start has no timeline") {
  CHECK(drawn({5, 2}, {{uop(0, 0), {0, 1, 2, 3}}}).empty());
}

}  // namespace
