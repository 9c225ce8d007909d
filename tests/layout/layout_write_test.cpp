#include "layout/layout_write.hpp"

#include <algorithm>

#include "shipped.hpp"

namespace vtpu::layout {
namespace {

Layout read_back(const std::string& text) {
  Result<Layout> layout = parse_layout(text, "written.toml");
  INFO(text << (layout ? std::string() : all_text(layout.error())));
  REQUIRE(layout);
  return *std::move(layout);
}

}  // namespace

TEST_CASE("every shipped layout is written to a text that loads to an equal layout") {
  for (const std::string_view name : kShipped) {
    Layout layout = shipped(name);
    layout.source_file = "written.toml";
    const std::string text = write_layout(layout);
    INFO(name);
    CHECK(read_back(text) == layout);
    CHECK(write_layout(read_back(text)) == text);
  }
}

TEST_CASE("a changed layout keeps its change: numbers, ports, cracks, and values that the file did not give") {
  Layout layout = shipped("zen4");
  layout.source_file = "written.toml";
  layout.queues[1].entries = 7;
  layout.memory.rename_forward_latency = 0;
  layout.smt.threads = 2;
  layout.smt.window = "competitive";
  layout.binding = Binding::AtDispatch;
  layout.op_cracks.at({isa::Op::DADD, isa::Type::I64}).fused_uops = 3;
  layout.uops[1].ports = {layout.uops[1].ports.front()};
  const Layout read = read_back(write_layout(layout));
  CHECK(read == layout);
  Layout other = read;
  other.uops[1].latency += 1;
  CHECK_FALSE(other == layout);
}

TEST_CASE("the header stands at the top, line by line, as comments") {
  const std::string text = write_layout(shipped("tiny2"), "made by a test\n\nsecond");
  CHECK_THAT(text, Catch::StartsWith("# made by a test\n#\n# second\nname = \"tiny2\"\n"));
  CHECK(read_back(text).name == "tiny2");
}

TEST_CASE("texts of any length and content are read back as they were") {
  Layout layout = shipped("tiny1");
  layout.source_file = "written.toml";
  std::string odd = "a \"quoted\" \\ text,\n a tab\t, a control \x01, Zen\xC3\xA9 \xE2\x86\x92 \xF0\x9F\x99\x82";
  for (const std::string& text : {odd, std::string(3000, 'x'), std::string(3000, ' ') + odd, std::string()}) {
    layout.description = text;
    const std::string written = write_layout(layout);
    CHECK(read_back(written).description == text);
    for (std::size_t at = 0; at < written.size();) {
      const std::size_t end = std::min(written.find('\n', at), written.size());
      CHECK(end - at <= 1024);
      at = end + 1;
    }
  }
}

TEST_CASE("long lists of names are wrapped") {
  Layout layout = shipped("zen5");
  layout.source_file = "written.toml";
  for (const Port& port : layout.ports) layout.ports_closed_by_512.push_back(port.name);
  std::sort(layout.ports_closed_by_512.begin(), layout.ports_closed_by_512.end());
  layout.ports_closed_by_512.erase(std::unique(layout.ports_closed_by_512.begin(), layout.ports_closed_by_512.end()),
                                   layout.ports_closed_by_512.end());
  CHECK(read_back(write_layout(layout)) == layout);
}

}  // namespace vtpu::layout
