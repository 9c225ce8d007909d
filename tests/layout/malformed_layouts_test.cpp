// Faults planted into a good layout, one at a time, each with the message that must name it.
#include <algorithm>

#include "shipped.hpp"

namespace vtpu::layout {
namespace {

struct Fault {
  std::string replaced;  // text of tiny2.toml, its first occurrence
  std::string by;
  std::string at;       // text whose position, after the replacement, the error must name; empty: any
  std::string message;  // of the only error
};

std::string position_of(const std::string& text, std::size_t offset) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n');
  const std::size_t start = offset == 0 ? std::string::npos : text.rfind('\n', offset - 1);
  const std::size_t column = start == std::string::npos ? offset + 1 : offset - start;
  return "tiny.toml:" + std::to_string(line) + ":" + std::to_string(column);
}

std::string good() { return text_of_file(kLayouts + "/tiny2.toml"); }

std::string with(const Fault& fault) {
  std::string text = good();
  const std::size_t at = text.find(fault.replaced);
  REQUIRE(at != std::string::npos);
  return text.replace(at, fault.replaced.size(), fault.by);
}

const Fault kFaults[] = {
    // keys
    {"decode_width = 2", "decode_widht = 2\ndecode_width = 2", "decode_widht",
     "[front_end] decode_widht: unknown key; did you mean \"decode_width\"?"},
    {"[rename]\n", "[rename]\nqqqqqqqqqqqqqqq = 1\n", "qqqqqqqqqqqqqqq",
     "[rename] qqqqqqqqqqqqqqq: unknown key; expected one of dispatch_width, vector_row, vector_row_reach, "
     "vector_row_entries, vector_row_return_cycles, vector_row_waits, integer_registers, vector_registers, "
     "flag_registers, mask_registers, eliminates_integer_moves, eliminates_vector_moves, eliminates_zero_idioms, "
     "folds_immediate_adds, folded_bits, whole_instructions"},
    {"name = \"tiny2\"", "name = \"tiny2\"\nquue = 3", "quue", "quue: unknown key; did you mean \"queue\"?"},
    {"width = 2\n\n[memory]", "\n[memory]", "[retire]", "[retire] width: missing, expected an integer from 1 to 64"},
    {"description = \"for tests: two ports, small queues\"\n", "", "", "description: missing, expected a text"},
    {"latency = 6\nbusy = 4", "busy = 4", "[uop.divide]",
     "[uop.divide] latency: missing, expected an integer from 0 to 1000"},
    // what queues and ports say of each other
    {"[[port]]\nname = \"x0\"\n", "[[port]]\nname = \"x0\"\nslow_results = \"x9\"\n", "\"x9\"",
     "[[port]] \"x0\" slow_results: found \"x9\", expected the name of a port"},
    {"entries = 4\n", "entries = 4\nshuffles = true\ngroup_ports = 1\n", "",
     "[[queue]] \"calc\": more than one of shuffles, takes_turns and group_ports; expected one of them"},
    {"latency = 6\nbusy = 4", "latency = 6\nbusy = 4\nbusy_alone = 3\njoined_within = 2\nfollowed_after = 1",
     "3\njoined",
     "[uop.divide] busy_alone: found 3, expected at least joined_within, then followed_after, and at most busy"},
    {"entries = 4\n", "entries = 4\ngroup_block = 0\n", "",
     "[[queue]] group_block: found 0, expected an integer from 1 to 64"},
    {"entries = 4\n", "entries = 4\nslot_ranks = [[0, 1], [0, 3]]\n", "3]]",
     "[[queue]] \"calc\" slot_ranks: found 3, expected an integer from 0 to 2 for a uop of 3 ports"},
    {"entries = 4\n", "entries = 4\nslot_ranks = [[0], 9]\n", "9]",
     "[[queue]] \"calc\" slot_ranks: found 9, expected an array of at most 32 numbers"},
    {"entries = 4\n", "entries = 4\nslot_ranks = 77\n", "77",
     "[[queue]] \"calc\" slot_ranks: found 77, expected an array of at most 63 arrays"},
    {"mov = { uops = [\"move\"], transfer = true }",
     "call_helper = [\"move\"]\nmov = { uops = [\"move\"], transfer = true }", "",
     "[host] call_helper: found an array of 1, expected a uop kind with ports"},
    {"mov = { uops = [\"move\"], transfer = true }",
     "mov = { uops = [\"move\"], transfer = true, uops_imm64 = [\"alu\", \"alu\"] }", "[\"alu\", \"alu\"]",
     "[host] mov uops_imm64: found an array of 2, expected as many uops as in uops, 1"},
    {"mov = { uops = [\"move\"], transfer = true }",
     "mov = { uops = [\"move\"], transfer = true, uops_128 = [\"alu\", \"alu\"] }", "[\"alu\", \"alu\"]",
     "[host] mov uops_128: found an array of 2, expected as many uops as in uops, 1"},
    {"mov = { uops = [\"move\"], transfer = true }",
     "mov = { uops = [\"move\"], transfer = true, uops_masked = [\"alu\", \"alu\"] }", "[\"alu\", \"alu\"]",
     "[host] mov uops_masked: found an array of 2, expected as many uops as in uops, 1"},
    {"entries = 4\n", "entries = 4\ndispatch_room = 5\n", "5\n",
     "[[queue]] \"calc\" dispatch_room: found 5, expected at most its entries, 4"},
    // types and ranges
    {"dispatch_width = 2", "dispatch_width = \"two\"", "\"two\"",
     "[rename] dispatch_width: found \"two\", expected an integer from 1 to 32"},
    {"dispatch_width = 2", "dispatch_width = 2.5", "2.5",
     "[rename] dispatch_width: found 2.5, expected an integer from 1 to 32"},
    {"dispatch_width = 2", "dispatch_width = 0", "",
     "[rename] dispatch_width: found 0, expected an integer from 1 to 32"},
    {"dispatch_width = 2", "dispatch_width = -9223372036854775808", "",
     "[rename] dispatch_width: found -9223372036854775808, expected an integer from 1 to 32"},
    {"dispatch_width = 2", "dispatch_width = 4294967298", "4294967298",
     "[rename] dispatch_width: found 4294967298, expected an integer from 1 to 32"},
    {"micro_fusion = true", "micro_fusion = 1", "", "micro_fusion: found 1, expected true or false"},
    {"max_vector_bits = 512", "max_vector_bits = 384", "384",
     "max_vector_bits: found 384, expected one of 128, 256, 512"},
    {"binding = \"at_dispatch\"", "binding = \"at_retire\"", "\"at_retire\"",
     "binding: found \"at_retire\", expected one of at_issue, at_dispatch"},
    {"name = \"tiny2\"", "name = \"Tiny 2\"", "\"Tiny 2\"",
     "name: found \"Tiny 2\", expected a name of up to 32 lower-case letters, digits and underscores"},
    {"max_vector_bits = 512", "max_vector_bits = 512\ncpu_match = \"(\"", "\"(\"",
     "cpu_match: found \"(\", expected a regular expression (Mismatched '(' and ')' in regular expression)"},
    {"max_vector_bits = 512", "max_vector_bits = 512\ncpu_match = 5", "5\n", "cpu_match: found 5, expected a text"},
    {"max_vector_bits = 512", "max_vector_bits = 512\nports_closed_by_512 = [\"x2\"]", "\"x2\"",
     "ports_closed_by_512: no such port \"x2\"; did you mean \"x0\"?"},
    {"latency = 6\nbusy = 4", "latency = 6\nbusy = 4\nmultiplier_ports_512 = [\"x9\"]", "\"x9\"",
     "[uop.divide] multiplier_ports_512: no such port \"x9\"; did you mean \"x0\"?"},
    {"latency = 6\nbusy = 4", "latency = 6\nbusy = 4\ndomain = \"floats\"", "\"floats\"",
     "[uop.divide] domain: found \"floats\", expected one of none, integer, float, shuffle"},
    {"[translation]\nentries = 8", "[translation]\nentries = 9", "[translation]",
     "[translation] ways: found 2, expected a divisor of the 9 entries"},
    {"[translation]", "[smt]\nthreads = 1\nwindow = \"shared\"\n\n[translation]", "\"shared\"",
     "[smt] window: found \"shared\", expected one of static, competitive, watermark, alternate"},
    {"op_cache_uops = 64", "op_cache_uops = 100\nop_cache_entry_instructions = 6\nop_cache_sets = 4", "100",
     "[front_end] op_cache_uops: found 100, expected a multiple of 4 sets times 6 instructions"},
    {"[memory.l1]\nsize_bytes = 1024", "[memory.l1]\nsize_bytes = 1000", "1000",
     "[memory.l1] size_bytes: found 1000, expected a multiple of 2 ways times 64 bytes"},
    {"[memory.l1]\n", "[memory.l1]\nline_bytes = 48\n", "48",
     "[memory.l1] line_bytes: found 48, expected a power of two"},
    // queues and ports
    {"[[port]]\nname = \"x1\"", "[[port]]\nname = \"x1\"\n\n[[port]]\nname = \"x2\"", "\"x2\"",
     "[[port]] \"x2\": fed by no queue"},
    {"ports = [\"x1\"]", "ports = [\"x1\", \"x0\"]", "\"x0\"]\n\n[[port",
     "[[queue]] \"access\" ports: port \"x0\" is already fed by queue \"calc\""},
    {"ports = [\"x1\"]", "ports = [\"x1\", \"x1\"]", "",
     "[[queue]] \"access\" ports: port \"x1\" is already fed by this queue"},
    {"[[port]]\nname = \"x0\"", "[[queue]]\nname = \"idle\"\nentries = 2\nports = []\n\n[[port]]\nname = \"x0\"", "[]",
     "[[queue]] \"idle\" ports: feeds no port; expected at least one"},
    {"[[port]]\nname = \"x1\"", "[[port]]\nname = \"x1\"\n\n[[port]]\nname = \"x1\"", "",
     "[[port]] name: \"x1\" is already a port"},
    {"name = \"access\"", "name = \"calc\"", "\"calc\"\nentries = 2", "[[queue]] name: \"calc\" is already a queue"},
    {"entries = 2\nports", "entries = 99999\nports", "99999",
     "[[queue]] entries: found 99999, expected an integer from 1 to 4096"},
    {"ports = [\"x1\"]", "ports = [\"x1\", \"y1\"]", "\"y1\"",
     "[[queue]] \"access\" ports: no such port \"y1\"; did you mean \"x1\"?"},
    {"ports = [\"x1\"]", "ports = [\"x1\", 1]", "1]",
     "[[queue]] \"access\" ports: found 1, expected the name of a port"},
    // kinds of uop
    {"[uop.multiply]\nports = [\"x0\"]", "[uop.multiply]\nports = [\"alu7\"]", "\"alu7\"",
     "[uop.multiply] ports: no such port \"alu7\"; expected one of x0, x1"},
    {"[uop.multiply]\nports = [\"x0\"]", "[uop.multiply]\nports = []", "[]\nlatency",
     "[uop.multiply] ports: no port, and not eliminated; expected at least one port, or eliminated = true"},
    {"[uop.multiply]\nports = [\"x0\"]", "[uop.multiply]", "[uop.multiply]",
     "[uop.multiply] ports: no port, and not eliminated; expected at least one port, or eliminated = true"},
    {"eliminated = true", "eliminated = true\nports = [\"x0\"]", "",
     "[uop.move] ports: eliminated at rename, expected no ports"},
    {"[uop.multiply]\nports = [\"x0\"]", "[uop.multiply]\nports = [\"x0\", \"x0\"]", "",
     "[uop.multiply] ports: port \"x0\" is named twice"},
    {"[uop.multiply]\nports = [\"x0\"]", "[uop.multiply]\nports = \"x0\"", "",
     "[uop.multiply] ports: found \"x0\", expected an array of names of ports"},
    {"busy = 4", "busy = 0", "", "[uop.divide] busy: found 0, expected an integer from 1 to 1000"},
    {"store_address = \"store_address\"", "store_address = \"load\"", "\"load\"\nstore_data",
     "[memory_uops] store_address: found \"load\", expected a uop kind with store_address = true"},
    {"load = \"load\"", "load = \"loadd\"", "\"loadd\"",
     "[memory_uops] load: no such uop kind \"loadd\"; did you mean \"load\"?"},
    // cracks
    {"ddiv = [\"divide\"]", "ddiv = [\"devide\"]", "\"devide\"",
     "[op] ddiv: no such uop kind \"devide\"; did you mean \"divide\"?"},
    {"ddiv = [\"divide\"]", "ddiv = []", "[]\ndsqrt", "[op] ddiv: no uop; expected at least one"},
    {"ddiv = [\"divide\"]", "ddiv = { uops = [\"divide\"], fused = 17 }", "17",
     "[op] ddiv fused: found 17, expected an integer from 1 to 16"},
    {"ddiv = [\"divide\"]", "ddiv = [\"divide\"]\ndadx = [\"alu\"]", "dadx",
     "[op] dadx: no such operation; did you mean \"dadd\"?"},
    {"ddiv = [\"divide\"]", "ddiv = [\"divide\"]\ndnop = [\"alu\"]", "dnop",
     "[op] dnop: takes no slot, expected no crack"},
    {"ddiv = [\"divide\"]", "ddiv = { i64 = [\"divide\"] }", "i64 = [\"divide\"]",
     "[op.ddiv] i64: the operation has no such type; expected one of f64, f64x8, f32x16"},
    {"imul = [\"multiply\"]", "imull = [\"multiply\"]", "imull",
     "[host] imull: no such host operation; did you mean \"imul\"?"},
    {"imul = [\"multiply\"]", "imul = [\"multiply\"]\nunsupported = [\"imul\"]",
     "imul =", "[host] imul: has a crack, but is listed as unsupported"},
    {"imul = [\"multiply\"]", "imul = \"multiply\"", "",
     "[host] imul: found \"multiply\", expected an array of names of uop kinds"},
    {"imul = [\"multiply\"]", "unsupported = [\"mull\"]", "\"mull\"",
     "[host] unsupported: no such host operation \"mull\"; did you mean \"imul\"?"},
    {"imul = [\"multiply\"]", "imul = { uop = [\"multiply\"], uops = [\"multiply\"] }",
     "uop =", "[host] imul uop: unknown key; did you mean \"uops\"?"},
};

}  // namespace

TEST_CASE("each planted fault is reported once, where it is, with what was found and expected") {
  REQUIRE(parse_layout(good(), "tiny.toml"));
  for (const Fault& fault : kFaults) {
    const std::string text = with(fault);
    const Result<Layout> layout = parse_layout(text, "tiny.toml");
    INFO("expected: " << fault.message);
    REQUIRE(!layout);
    INFO(all_text(layout.error()));
    CHECK(layout.error().size() == 1);
    CHECK(layout.error().front().message == fault.message);
    if (!fault.at.empty()) CHECK(layout.error().front().where == position_of(text, text.find(fault.at)));
  }
}

TEST_CASE("text that is not TOML is one error with its place") {
  const Result<Layout> layout = parse_layout("name = \"x\"\nports = [\n", "bad.toml");
  REQUIRE(!layout);
  REQUIRE(layout.error().size() == 1);
  CHECK_THAT(layout.error().front().text(), Catch::StartsWith("bad.toml:2:11: not TOML: "));
}

TEST_CASE("a key given twice is an error") {
  Fault twice{"entries = 2\n", "entries = 2\nentries = 3\n", "", ""};
  const Result<Layout> layout = parse_layout(with(twice), "tiny.toml");
  REQUIRE(!layout);
  CHECK_THAT(layout.error().front().message, Catch::Contains("entries"));
}

TEST_CASE("an empty file misses every required table, each named") {
  const Result<Layout> layout = parse_layout("", "empty.toml");
  REQUIRE(!layout);
  for (const char* key : {"name:", "queue:", "port:", "uop:", "op:", "host:", "memory:", "retire:", "front_end:"}) {
    CHECK_THAT(all_text(layout.error()), Catch::Contains(std::string(key) + " missing"));
  }
}

TEST_CASE("without otherwise, every operation and host operation that has no crack is named") {
  std::string text = good();
  for (const std::string line : {"otherwise = [\"vector\"]\n", "otherwise = [\"alu\"]\n"}) {
    text.erase(text.find(line), line.size());
  }
  const Result<Layout> layout = parse_layout(text, "tiny.toml");
  REQUIRE(!layout);
  const std::string errors = all_text(layout.error());
  CHECK_THAT(errors, Catch::Contains("[op.dfma] f32x16: missing, expected an array of uop kinds"));
  CHECK_THAT(errors, Catch::Contains("[op.csend] none: missing, expected an array of uop kinds"));
  CHECK_THAT(errors, Catch::Contains("[host] vpshufb: missing, expected an array of uop kinds"));
  CHECK_THAT(errors, !Catch::Contains("[host] mov: missing") && !Catch::Contains("[op.dadd]"));
}

TEST_CASE("all faults are reported at once, in the order of the file") {
  std::string text = good();
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"dispatch_width = 2", "dispatch_width = 99"},
                                 {"name = \"calc\"", "name = 7"},
                                 {"window_entries = 16", "window = 16"},
                                 {"imul = [\"multiply\"]", "imul = [\"nothing\"]"}}) {
    text.replace(text.find(from), from.size(), to);
  }
  const Result<Layout> layout = parse_layout(text, "tiny.toml");
  REQUIRE(!layout);
  std::vector<std::string> messages;
  for (const Error& error : layout.error()) messages.push_back(error.message.substr(0, error.message.find(':')));
  CHECK(messages == std::vector<std::string>{"[rename] dispatch_width", "[[queue]] name", "[host] imul",
                                             "[retire] window_entries", "[retire] window"});
}

TEST_CASE("hostile texts are refused without harm") {
  std::string dotted = "a";
  for (int i = 0; i < 500; ++i) dotted += ".a";
  std::string nested;
  for (int i = 0; i < 40; ++i) nested += "a = [\n{" + dotted + " = [\n";
  CHECK(!parse_layout(nested, "x"));
  CHECK(!parse_layout(dotted + " = 1\n", "x"));
  CHECK(!parse_layout(std::string(900, '['), "x"));
  CHECK(!parse_layout("x = \"" + std::string(1, '\xff') + "\"", "x"));
  CHECK(!parse_layout(std::string(10, '\0'), "x"));
  CHECK(all_text(parse_layout("a = 1\n[\x03port]\n", "x").error()) ==
        "x:2:2: found the byte 0x03, expected printable ASCII\n");
  CHECK(all_text(parse_layout("[ ;port]\n", "x").error()) ==
        "x:1:1: not TOML, at a place that the parser cannot name\n");
  CHECK(all_text(parse_layout("# \xc3\xa4\n", "x").error()) ==
        "x:1:3: found the byte 0xC3, expected printable ASCII\n");
  CHECK(!parse_layout("name = \"" + std::string(5000, 'a') + "\"", "x"));
  CHECK_THAT(all_text(parse_layout(std::string(300000, '\n'), "x").error()),
             Catch::Contains("expected a layout of at most 262144"));
  Fault regex{"max_vector_bits = 512", "max_vector_bits = 512\ncpu_match = \"" + std::string(190, '(') + "\"", "", ""};
  CHECK(!parse_layout(with(regex), "x"));
  Fault repeats{"max_vector_bits = 512", "max_vector_bits = 512\ncpu_match = \"((a{999}){999}){999}\"", "", ""};
  CHECK(!parse_layout(with(repeats), "x"));
}

}  // namespace vtpu::layout
