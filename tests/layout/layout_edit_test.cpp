#include "layout/layout_edit.hpp"

#include "layout/layout_write.hpp"
#include "shipped.hpp"

namespace vtpu::layout {
namespace {

using Names = std::vector<std::string>;

Layout changed(std::string_view name, const std::string& key, const EditValue& value) {
  Layout layout = shipped(name);
  const Result<void> set = set_key(layout, key, value);
  INFO((set ? std::string() : all_text(set.error())));
  REQUIRE(set);
  CHECK(inconsistencies(layout, shipped(name)).empty());
  REQUIRE(parse_layout(write_layout(layout), "changed.toml"));
  return layout;
}

std::string refusal(std::string_view name, const std::string& key, const EditValue& value) {
  Layout layout = shipped(name);
  const Result<void> set = set_key(layout, key, value);
  REQUIRE_FALSE(set);
  CHECK(layout == shipped(name));
  return set.error().front().text();
}

}  // namespace

TEST_CASE("a key of a section is set and read as a number") {
  CHECK(changed("zen4", "rename.dispatch_width", std::int64_t{8}).rename.dispatch_width == 8);
  CHECK(changed("zen4", "memory.l1.size_bytes", std::int64_t{65536}).memory.l1.size_bytes == 65536);
  CHECK(changed("zen4", "in_order", true).in_order);
  CHECK(changed("zen4", "binding", std::string("at_dispatch")).binding == Binding::AtDispatch);
  CHECK(changed("zen4", "smt.window", std::string("competitive")).smt.window == "competitive");
  CHECK(changed("zen4", "memory.rename_forward_latency", std::int64_t{0}).memory.rename_forward_latency == 0U);
  CHECK(number_at(shipped("zen4"), "rename.dispatch_width") == shipped("zen4").rename.dispatch_width);
  CHECK(number_at(shipped("vtpu3"), "in_order") == 1U);
  CHECK_FALSE(number_at(shipped("zen4"), "name"));
}

TEST_CASE("a pattern names several queues or kinds, and its number is their sum") {
  const Layout layout = changed("zen4", "queue.sch*.entries", std::int64_t{9});
  CHECK(number_at(layout, "queue.sch*.entries") == 4 * 9U);
  CHECK(number_at(layout, "queue.*.entries") == 4 * 9U + 64U);
  const Layout vectors = changed("zen4", "uop.load*.latency", std::int64_t{2});
  CHECK(vectors.uops[*vectors.uop_named("load")].latency == 2);
  CHECK(vectors.uops[*vectors.uop_named("load_vector")].latency == 2);
}

TEST_CASE("a refused value leaves the layout as it was and says what the key takes") {
  CHECK(refusal("zen4", "memory.l1.ways", std::int64_t{0}) ==
        "memory.l1.ways: found 0, expected an integer from 1 to 256");
  CHECK(refusal("zen4", "in_order", std::int64_t{1}) == "in_order: found 1, expected true or false");
  CHECK_THAT(refusal("zen4", "rename.width", std::int64_t{1}), Catch::StartsWith("rename.width: no such key"));
  CHECK(refusal("zen4", "queue.nope.entries", std::int64_t{1}) == "queue.nope.entries: no queue is named \"nope\"");
  CHECK(refusal("zen4", "ports.nope", std::int64_t{1}) == "ports.nope: no port has the role \"nope\"");
  CHECK_THAT(refusal("zen4", "uop.imul.ports", Names{"alu9"}), Catch::Contains("there is no \"alu9\""));
  CHECK_THAT(refusal("zen4", "binding", std::string("late")), Catch::Contains("one of at_issue, at_dispatch"));
  CHECK_THAT(refusal("zen4", "port.agu0.queue", std::string("nope")), Catch::Contains("the name of a queue"));
}

TEST_CASE("a port more does what its model does; taken away again, the layout is as before") {
  Layout layout = shipped("zen4");
  const unsigned added = add_port_like(layout, *layout.port_named("agu1"));
  CHECK(layout.ports[added].name == "agu3");
  CHECK(layout.ports[added].queue == layout.ports[*layout.port_named("agu1")].queue);
  CHECK(layout.port_named("std0") == *shipped("zen4").port_named("std0") + 1);
  const UopKind& load = layout.uops[*layout.uop_named("load")];
  CHECK(std::find(load.ports.begin(), load.ports.end(), added) != load.ports.end());
  CHECK(parse_layout(write_layout(layout), "more.toml"));
  remove_port(layout, added);
  CHECK(layout == shipped("zen4"));
}

TEST_CASE("the number of ports of a role is set; the queue of a port that is gone goes with its last port") {
  CHECK(number_at(changed("zen4", "ports.agu", std::int64_t{5}), "ports.agu") == 5U);
  CHECK(number_at(changed("zen4", "ports.agu", std::int64_t{2}), "ports") == shipped("zen4").ports.size() - 1);
  Layout layout = shipped("tiny2");
  REQUIRE(set_key(layout, "port.x1.queue", std::string("calc")));
  CHECK(layout.queues.size() == 1);
  CHECK(layout.queues[0].ports.size() == 2);
}

TEST_CASE("a kind that loses its last port, and caches of no whole sets, are found") {
  Layout layout = shipped("vtpu3");
  remove_port(layout, *layout.port_named("c0"));
  const auto findings = inconsistencies(layout, shipped("vtpu3"));
  REQUIRE(!findings.empty());
  CHECK(findings.front() == "uop kind \"pack\" keeps no port");
  Layout odd = shipped("zen4");
  odd.memory.l1.size_bytes = 1000;
  CHECK(inconsistencies(odd, shipped("zen4")).size() == 1);
}

}  // namespace vtpu::layout
