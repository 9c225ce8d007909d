#include "testbench/random_layout.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "layout/layout_write.hpp"
#include "rtl/adapter/core_config.hpp"

using namespace vtpu;

TEST_CASE("Random layouts stay within what the lockstep promises, and reach both ends of it") {
  unsigned most_ports = 0, most_width = 0, most_entries = 0, least_entries = 1000;
  unsigned in_order = 0, at_dispatch = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const layout::Layout layout = testbench::random_layout(seed);
    INFO(layout.name);
    REQUIRE(rtl::why_too_large(layout).empty());
    REQUIRE_FALSE(layout.ports.empty());
    REQUIRE(layout.ports.size() <= 16);
    REQUIRE(layout.rename.dispatch_width <= 12);
    most_ports = std::max(most_ports, static_cast<unsigned>(layout.ports.size()));
    most_width = std::max(most_width, layout.rename.dispatch_width);
    for (const layout::Queue& queue : layout.queues) {
      REQUIRE_FALSE(queue.ports.empty());
      most_entries = std::max(most_entries, queue.entries);
      least_entries = std::min(least_entries, queue.entries);
    }
    in_order += layout.in_order ? 1 : 0;
    at_dispatch += layout.binding == layout::Binding::AtDispatch ? 1 : 0;
  }
  CHECK(most_ports == 16);
  CHECK(most_width == 12);
  CHECK(most_entries > 120);
  CHECK(least_entries == 1);
  CHECK(in_order > 20);
  CHECK(at_dispatch > 60);
}

TEST_CASE("The name of a random layout names its seed") {
  CHECK(testbench::random_layout_seed(testbench::random_layout_name(17)) == 17);
  CHECK_FALSE(testbench::random_layout_seed("zen4"));
  CHECK_FALSE(testbench::random_layout_seed("random:"));
  CHECK_FALSE(testbench::random_layout_seed("random:1x"));
}

TEST_CASE("A random layout is written to a text that loads to an equal layout") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    layout::Layout layout = testbench::random_layout(seed);
    layout.name = "drawn";
    const Result<layout::Layout> read = layout::parse_layout(layout::write_layout(layout), "written.toml");
    INFO(layout.name << (read ? "" : ": " + read.error().front().text()));
    REQUIRE(read);
    layout.source_file = "written.toml";
    CHECK(*read == layout);
  }
}
