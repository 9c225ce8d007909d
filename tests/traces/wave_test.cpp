// Waveforms read back: by fst2vcd and a strict VCD parser, and by GTKWave itself.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "traced_run.hpp"
#include "traces/save_file.hpp"
#include "traces/wave_writer.hpp"
#include "vcd_parser.hpp"

namespace {

using namespace vtpu;
using namespace vtpu::traces;
using namespace vtpu::traces::test;

bool has_program(const std::string& name) {
  return std::system(("command -v " + name + " >/dev/null 2>&1").c_str()) == 0;
}

VcdFile parsed(const std::string& path) {
  VcdFile file = parse_vcd(read_file(path));
  for (const std::string& e : file.errors) UNSCOPED_INFO(e);
  REQUIRE(file.errors.empty());
  return file;
}

std::uint64_t number_of(const std::string& bits) {
  std::uint64_t value = 0;
  for (const char c : bits) value = value * 2 + (c == '1' ? 1 : 0);
  return value;
}

// Texts by number, as the translate filter file gives them, without the colour.
std::map<std::uint64_t, std::string> names_in(const std::string& path) {
  std::map<std::uint64_t, std::string> names;
  std::istringstream in(read_file(path));
  for (std::string line; std::getline(in, line);) {
    const std::size_t colour_end = line.find('?', line.find('?') + 1);
    REQUIRE(colour_end != std::string::npos);
    names[std::stoull(line.substr(0, line.find(' ')), nullptr, 16)] = line.substr(colour_end + 1);
  }
  return names;
}

// A waveform read back, with texts.
struct Wave {
  VcdFile file;
  std::map<std::uint64_t, std::string> names;

  [[nodiscard]] std::string bits(const std::string& path, Cycle cycle) const {
    const auto found = file.signals.find(path);
    INFO(path);
    REQUIRE(found != file.signals.end());
    return found->second.at(cycle);
  }
  // Empty: no value.
  [[nodiscard]] std::string text(const std::string& path, Cycle cycle) const {
    const std::string value = bits(path, cycle);
    return value.find('z') != std::string::npos ? "" : names.at(number_of(value));
  }
  [[nodiscard]] std::uint64_t number(const std::string& path, Cycle cycle) const {
    return number_of(bits(path, cycle));
  }
};

Wave wave_of(const std::string& path) { return {parsed(path), names_in(names_file_of(path))}; }

std::string text_of(const UopInfo& uop) { return fmt::format("{} {}", isa::name_of(uop.pipe), uop.text); }

// Which uop each port executes in each cycle, by the model's words and the times for which kinds hold their port.
std::map<std::pair<unsigned, Cycle>, UopInfo> holders(const Heard& heard, const layout::Layout& layout,
                                                      std::uint32_t core) {
  std::map<std::pair<unsigned, Cycle>, UopInfo> held;
  for (const auto& [key, uop] : heard.uops) {
    if (key.first != core || !uop.issued) continue;
    const layout::UopKind& kind = layout.uops[*layout.uop_named(uop.info.kind)];
    const unsigned busy = uop.info.wide && kind.busy_512 != 0 ? kind.busy_512 : kind.busy;
    for (Cycle c = *uop.issued; c < *uop.issued + std::max(1U, busy); ++c) held[{uop.port, c}] = uop.info;
  }
  return held;
}

void check_ports(const Wave& wave, const TracedRun& run, std::uint32_t core) {
  const auto held = holders(run.heard, run.layout, core);
  for (unsigned p = 0; p < run.layout.ports.size(); ++p) {
    const std::string port = fmt::format("model.core{}.port.{}.", core, run.layout.ports[p].name);
    for (Cycle c = 0; c <= run.heard.last; ++c) {
      const auto holder = held.find({p, c});
      INFO(port << " in cycle " << c);
      REQUIRE(wave.text(port + "uop[23:0]", c) == (holder == held.end() ? "" : text_of(holder->second)));
      if (holder != held.end()) REQUIRE(wave.number(port + "word[19:0]", c) == holder->second.word);
      std::vector<HeardConflict> lost;
      const auto conflicts = run.heard.conflicts.find({core, c});
      if (conflicts != run.heard.conflicts.end()) {
        std::copy_if(conflicts->second.begin(), conflicts->second.end(), std::back_inserter(lost),
                     [p](const HeardConflict& x) { return x.port == p; });
      }
      REQUIRE(wave.number(port + "losers[15:0]", c) == lost.size());
      const std::string expected =
          lost.empty() ? ""
                       : fmt::format("{} to {}: {} to {}", isa::name_of(lost[0].loser.pipe),
                                     isa::name_of(lost[0].winner.pipe), lost[0].loser.text, lost[0].winner.text);
      REQUIRE(wave.text(port + "lost[23:0]", c) == expected);
    }
  }
}

void check_occupancy(const Wave& wave, const TracedRun& run, std::uint32_t core) {
  for (Cycle c = 0; c <= run.heard.last; ++c) {
    std::map<unsigned, unsigned> queues;
    unsigned window = 0, uop_queue = 0, retired = 0;
    for (const auto& [key, uop] : run.heard.uops) {
      if (key.first != core) continue;
      const bool is_dispatched = *uop.dispatched < c;
      if (uop.issued && is_dispatched && *uop.issued >= c) ++queues[uop.queue];
      if (is_dispatched && *uop.retired >= c) ++window;
      if (*uop.fetched < c && *uop.dispatched >= c) ++uop_queue;
      if (*uop.retired == c) ++retired;
    }
    INFO("core " << core << ", cycle " << c);
    const std::string path = fmt::format("model.core{}.", core);
    for (unsigned q = 0; q < run.layout.queues.size(); ++q) {
      REQUIRE(wave.number(path + "queue." + run.layout.queues[q].name + "[15:0]", c) == queues[q]);
    }
    REQUIRE(wave.number(path + "retire.window[15:0]", c) == window);
    REQUIRE(wave.number(path + "retire.retired[15:0]", c) == retired);
    REQUIRE(wave.number(path + "front_end.uop_queue[15:0]", c) == uop_queue);
    std::string stall;
    for (const auto& [reason, count] : run.heard.slots.at({core, c})) {
      if (reason != events::SlotReason::Retiring) stall = events::name_of(reason);
    }
    REQUIRE(wave.text(path + "rename.stall[23:0]", c) == stall);
  }
}

// Register by register: what was written in a cycle stands from the next one on.
void check_registers(const Wave& wave, const TracedRun& run) {
  constexpr std::array<const char*, 5> kLetters{"r", "v", "p", "m", "cmp"};
  std::size_t writes = 0;
  for (const auto& [cycle, list] : run.heard.writes) {
    if (cycle == run.heard.last) continue;  // stands after the last cycle
    for (std::size_t i = 0; i < list.size(); ++i) {
      const events::RegisterWrite& w = list[i];
      const bool is_last =
          std::none_of(list.begin() + static_cast<std::ptrdiff_t>(i) + 1, list.end(),
                       [&](const auto& o) { return o.sentron == w.sentron && o.file == w.file && o.index == w.index; });
      if (!is_last) continue;
      const unsigned width = events::kRegisterBits[static_cast<std::size_t>(w.file)];
      std::string expected;
      for (unsigned b = width; b-- > 0;) expected += (w.value[b / 64] >> (b % 64) & 1U) != 0 ? '1' : '0';
      const std::string name = kLetters[static_cast<std::size_t>(w.file)];
      const std::string path =
          fmt::format("model.sentron.{}.{}{}[{}:0]", run.program.sentrons[w.sentron].name, name,
                      w.file == events::RegisterFile::Cmp ? "" : std::to_string(w.index), width - 1);
      INFO(path << " in cycle " << cycle + 1);
      REQUIRE(wave.bits(path, cycle + 1) == expected);
      ++writes;
    }
  }
  CHECK(writes > 50);
}

isa::Program busy_program() {
  return program_of(
      ".coord here 1.1.1/1.1.1/1.1.1/1.1\n.stream main\nloop 20 {\n"
      "dmul.i64 r1, r1, r2 | sgather.i64 r4, [p0, d0 += 1].0 | cpack.i64 m0[0], r4\n"
      "ddiv.f64x8 v1, v2, v3 | sscattr.i64 r1, [p0].3 | croute m1, other\n"
      "dcmp.i64.lt r4, r2 | sindex p1, p0, #-1, d0 | croute m2, other\n"
      "dmul.i64 r6, r1, r2 | ssetp p3, @here | croute m3, other\n}\n"
      "csend m0, other\n.end\n.stream second\ncrecv m0, one\ndmov.i64 r1, m0[0]\n.end\n"
      ".sentron one stream=main p0=@here r2=3 r1=1\n.sentron other stream=second\n");
}

TEST_CASE("a VCD file says in every cycle what the model said: ports, conflicts, queues, stalls, registers") {
  const Folder folder;
  struct Row {
    isa::Program program;
    RunSetup setup;
  };
  for (const Row& row : {Row{busy_program(), {"zen4", 2}}, Row{busy_program(), {"vtpu3", 1}},
                         Row{program_named("port_conflict", 30), {"zen4", 1}}}) {
    TraceRequest request;
    request.wave = folder.file("out.vcd");
    const TracedRun run = traced(row.program, request, row.setup);
    INFO(row.program.name << " on " << row.setup.layout);
    const Wave wave = wave_of(request.wave);
    CHECK(wave.file.end == run.heard.last + 1);
    for (std::uint32_t core = 0; core < row.setup.cores; ++core) {
      check_ports(wave, run, core);
      check_occupancy(wave, run, core);
    }
    check_registers(wave, run);
  }
}

TEST_CASE("D loses alu1 to C in port_conflict, once in each round, and the waveform shows it") {
  const Folder folder;
  TraceRequest request;
  request.wave = folder.file("out.vcd");
  traced(program_named("port_conflict", 100), request);
  const Wave wave = wave_of(request.wave);
  unsigned cycles = 0;
  for (Cycle c = 0; c < wave.file.end; ++c) {
    if (wave.text("model.core0.port.alu1.lost[23:0]", c) != "D to C: dmul.i64 to croute") continue;
    CHECK(wave.text("model.core0.port.alu1.uop[23:0]", c) == "C croute");
    CHECK(wave.text("model.core0.port.alu1.uop[23:0]", c + 1) == "D dmul.i64");
    ++cycles;
  }
  CHECK(cycles >= 95);
}

TEST_CASE("fst2vcd reads from the FST file what the VCD file holds") {
  if (!has_program("fst2vcd")) {
    WARN("fst2vcd is not installed");
    return;
  }
  const Folder folder;
  TraceRequest vcd, fst;
  vcd.wave = folder.file("a.vcd");
  fst.wave = folder.file("b.fst");
  traced(busy_program(), vcd);
  traced(busy_program(), fst);
  REQUIRE(std::system(fmt::format("fst2vcd {} > {}", fst.wave, folder.file("b.vcd")).c_str()) == 0);
  const VcdFile a = parsed(vcd.wave);
  const VcdFile b = parsed(folder.file("b.vcd"));
  CHECK(a.end == b.end);
  REQUIRE(a.signals.size() == b.signals.size());
  CHECK(a.signals.size() > 150);
  for (const auto& [path, signal] : a.signals) {
    INFO(path);
    REQUIRE(b.signals.count(path) == 1);
    CHECK(b.signals.at(path).changes == signal.changes);
  }
  CHECK(read_file(names_file_of(vcd.wave)) == read_file(names_file_of(fst.wave)));
}

TEST_CASE("a window holds its cycles, with the values that stood when it opened") {
  const Folder folder;
  TraceRequest whole, part;
  whole.wave = folder.file("whole.vcd");
  part.wave = folder.file("part.vcd");
  part.window.cycles = Span{50, 20};
  traced(busy_program(), whole);
  traced(busy_program(), part);
  const VcdFile a = parsed(whole.wave);
  const VcdFile b = parsed(part.wave);
  CHECK(b.end == 70);
  const auto names_a = names_in(names_file_of(whole.wave));
  const auto names_b = names_in(names_file_of(part.wave));
  const auto shown = [](const std::string& bits, const auto& names, bool is_name) {
    if (!is_name || bits.find('z') != std::string::npos) return bits;
    return names.at(number_of(bits));
  };
  for (const auto& [path, signal] : a.signals) {
    const bool is_name = path.ends_with("[23:0]");  // numbered as they come
    CHECK(b.signals.at(path).changes.begin()->first == 50);
    for (Cycle c = 50; c < 70; ++c) {
      INFO(path << " in cycle " << c);
      const bool latches = path.ends_with("front_end.sentron[15:0]") && b.signals.at(path).at(c).front() == 'z';
      if (!latches) CHECK(shown(b.signals.at(path).at(c), names_b, is_name) == shown(signal.at(c), names_a, is_name));
    }
  }
}

TEST_CASE("a window of words opens with their fetch and closes with their retirement") {
  const Folder folder;
  TraceRequest request;
  request.wave = folder.file("out.vcd");
  request.window.words = Span{10, 5};
  const isa::Program program = busy_program();
  const TracedRun run = traced(program, request);
  Cycle first = ~Cycle{0}, last = 0;
  for (const auto& [key, uop] : run.heard.uops) {
    // Four words in a round, three uops or more in each; words 10 to 14 are 2 and 3 of round 2, 0 to 2 of round 3.
    const std::uint64_t ordinal = uop.info.iteration * 4ULL + uop.info.word;
    if (uop.info.sentron != 0 || uop.info.word > 3 || ordinal < 10 || ordinal > 14) continue;
    first = std::min(first, *uop.fetched);
    last = std::max(last, *uop.retired);
  }
  const VcdFile file = parsed(request.wave);
  CHECK(file.signals.begin()->second.changes.begin()->first == first);
  CHECK(file.end == last + 1);
}

TEST_CASE("a file that reaches its limit ends there, whole and readable") {
  const Folder folder;
  TraceRequest request;
  request.wave = folder.file("out.vcd");
  request.pipeview = folder.file("out.kanata");
  request.perfetto = folder.file("out.json");
  request.limit_bytes = 100'000;
  const TracedRun run = traced(program_named("port_conflict", 20'000), request);
  REQUIRE(run.files.size() == 3);
  for (const TraceFile& file : run.files) {
    INFO(file.path);
    REQUIRE(file.stopped);
    CHECK(file.bytes >= 100'000);
    CHECK(file.bytes < 120'000);
  }
  CHECK(parsed(request.wave).end == *run.files[0].stopped + 1);
}

TEST_CASE("a window after the end of the run leaves files that say so and can be read") {
  const Folder folder;
  TraceRequest request;
  request.wave = folder.file("out.vcd");
  request.pipeview = folder.file("out.kanata");
  request.window.cycles = Span{1'000'000, 10};
  const TracedRun run = traced(busy_program(), request);
  for (const TraceFile& file : run.files) CHECK(file.is_empty);
  CHECK(parsed(request.wave).signals.size() > 150);
}

TEST_CASE("every row of the view is a signal of the file, every number has a name") {
  const Folder folder;
  TraceRequest request;
  request.wave = folder.file("out.vcd");
  traced(busy_program(), request);
  const Wave wave = wave_of(request.wave);
  std::istringstream save(read_file(save_file_of(request.wave)));
  std::set<std::string> rows;
  for (std::string line; std::getline(save, line);) {
    if (line.starts_with("+{")) rows.insert(line.substr(line.find("} ") + 2));
    if (line.starts_with("^1 ")) CHECK(line == "^1 out.names");
  }
  CHECK(rows.size() > 40);
  for (const std::string& row : rows) {
    INFO(row);
    CHECK(wave.file.signals.count(row) == 1);
  }
  for (const auto& [path, signal] : wave.file.signals) {
    if (!path.ends_with("[23:0]")) continue;
    for (const auto& [time, value] : signal.changes) {
      if (value.find('z') == std::string::npos) CHECK(wave.names.count(number_of(value)) == 1);
    }
  }
}

TEST_CASE("a view can be turned to another cycle, and is the same otherwise") {
  SaveFile save("out.fst", "out.names");
  save.look_at(100, 15, 105);
  save.open_group("ports");
  save.row("model.core0.port.alu0.uop[23:0]", "alu0", Show::Name);
  save.close_group();
  SaveFile other("out.fst", "out.names");
  other.look_at(207, 15, 212);
  other.open_group("ports");
  other.row("model.core0.port.alu0.uop[23:0]", "alu0", Show::Name);
  other.close_group();
  CHECK(looking_at(save.text(), 207, 212) == other.text());
  CHECK(looking_at(other.text(), 100, 105) == save.text());
}

// GTKWave loads the view and tells what its rows show at the marker.
TEST_CASE("GTKWave opens the view and shows the port conflict by name", "[slow]") {
  if (!has_program("gtkwave") || !has_program("xvfb-run")) {
    WARN("gtkwave or xvfb-run is not installed");
    return;
  }
  const Folder folder;
  TraceRequest request;
  request.wave = folder.file("out.fst");
  request.window.cycles = Span{60, 20};
  TracedRun run = traced(program_named("port_conflict", 100), request);
  Cycle lost = 60;
  const auto is_it = [](const HeardConflict& x) {
    return x.loser.pipe == isa::Pipe::D && x.winner.pipe == isa::Pipe::C;
  };
  while (std::none_of(run.heard.conflicts[{0, lost}].begin(), run.heard.conflicts[{0, lost}].end(), is_it)) ++lost;
  std::ofstream(folder.file("look.tcl")) << fmt::format(
      "gtkwave::setMarker {}\n"
      "puts \"rows [gtkwave::getTotalNumTraces]\"\n"
      "for {{set i 0}} {{$i < [gtkwave::getTotalNumTraces]}} {{incr i}} {{\n"
      "  set name [gtkwave::getTraceNameFromIndex $i]\n"
      "  puts \"row $name: [gtkwave::getTraceValueAtMarkerFromIndex $i]\"\n"
      "}}\nexit\n",
      lost);
  const std::string command = fmt::format(
      "cd {} && timeout 60 xvfb-run -a gtkwave --save out.gtkw --script look.tcl > said.txt 2>&1", folder.file("."));
  CHECK(std::system(command.c_str()) == 0);
  const std::string said = read_file(folder.file("said.txt"));
  INFO(said);
  CHECK(said.find("row alu1: C croute") != std::string::npos);
  CHECK(said.find("row alu1 lost: D to C: dmul.i64 to croute") != std::string::npos);
  CHECK(said.find("row stall: front end") != std::string::npos);
  std::uint64_t r4 = 0;
  for (const auto& [cycle, writes] : run.heard.writes) {
    for (const events::RegisterWrite& w : writes) {
      if (cycle < lost && w.file == events::RegisterFile::R && w.index == 4) r4 = w.value[0];
    }
  }
  CHECK(said.find(fmt::format("row r4: {}\n", r4)) != std::string::npos);
}

}  // namespace
