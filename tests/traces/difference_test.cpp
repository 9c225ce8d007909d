// Two models in one file: the scope "difference" is 1 in the cycles and for the events in which they disagree.
#include <fmt/format.h>

#include "traced_run.hpp"
#include "traces/wave_writer.hpp"
#include "vcd_parser.hpp"

namespace {

using namespace vtpu;
using namespace vtpu::traces;
using namespace vtpu::traces::test;

// Passes events on to a model that is told of one other thing in one cycle.
class Perturbed final : public events::Listener {
 public:
  Perturbed(events::Listener& to, Cycle cycle, std::string what) : to_(to), cycle_(cycle), what_(std::move(what)) {}

  void on_fetched(Cycle c, const UopInfo& u) override { to_.on_fetched(c, u); }
  void on_operand(const UopInfo& u, UopId producer) override { to_.on_operand(u, producer); }
  void on_dispatched(Cycle c, const UopInfo& u, unsigned q) override {
    to_.on_dispatched(c, u, hit(c, "dispatched") ? q + 1 : q);
  }
  void on_issued(Cycle c, const UopInfo& u, unsigned p) override { to_.on_issued(c, u, hit(c, "issued") ? p + 1 : p); }
  void on_conflict(Cycle c, const UopInfo& u, unsigned p, const UopInfo& w) override {
    if (!hit(c, "conflicts")) to_.on_conflict(c, u, p, w);
  }
  void on_completed(Cycle c, const UopInfo& u) override {
    if (!hit(c, "completed")) to_.on_completed(c, u);
  }
  void on_retired(Cycle c, const UopInfo& u) override {
    if (!hit(c, "retired")) to_.on_retired(c, u);
  }
  void on_slots(Cycle c, std::uint32_t core, events::SlotReason r, unsigned n) override {
    to_.on_slots(c, core, r, hit(c, "slots") ? n + 1 : n);
  }

 private:
  // Once, at the cycle or after it.
  bool hit(Cycle cycle, const std::string& what) {
    if (done_ || cycle < cycle_ || what != what_) return false;
    done_ = true;
    cycle_ = cycle;
    return true;
  }
  events::Listener& to_;
  Cycle cycle_;
  std::string what_;
  bool done_ = false;
};

struct Pair {
  VcdFile wave;
  std::string view;
};

Pair run_pair(const std::string& what, Cycle cycle) {
  const Folder folder;
  const layout::Layout layout = layout_named("zen4");
  const isa::Program program = program_named("port_conflict", 50);
  WaveSetup setup;
  setup.path = folder.file("pair.vcd");
  setup.layout = &layout;
  setup.models = {"model", "rtl"};
  for (const isa::SentronSpec& s : program.sentrons) setup.sentron_names.push_back(s.name);
  auto writer = WaveWriter::create(std::move(setup));
  REQUIRE(writer);
  Collector model(layout, program, {}, {&(*writer)->model(0)});
  Collector rtl(layout, program, {}, {&(*writer)->model(1)});
  Perturbed other(rtl, cycle, what);
  systemc::ModelOptions options;
  options.layout = &layout;
  options.listeners = {&model, &other};
  (void)systemc::simulate(program, options);
  model.finish();
  rtl.finish();
  REQUIRE((*writer)->outcome());
  Pair pair{parse_vcd(read_file(folder.file("pair.vcd"))), read_file(folder.file("pair.gtkw"))};
  for (const std::string& e : pair.wave.errors) UNSCOPED_INFO(e);
  REQUIRE(pair.wave.errors.empty());
  return pair;
}

unsigned cycles_that_differ(const VcdFile& file, const std::string& signal) {
  unsigned cycles = 0;
  for (Cycle c = 0; c < file.end; ++c) cycles += file.signals.at(signal).at(c) == "1" ? 1 : 0;
  return cycles;
}

TEST_CASE("two models that say the same differ in no cycle, and have the same signals under either name") {
  const Pair pair = run_pair("nothing", 0);
  CHECK(cycles_that_differ(pair.wave, "difference.any") == 0);
  std::size_t signals = 0;
  for (const auto& [path, signal] : pair.wave.signals) {
    if (!path.starts_with("model.") || path.starts_with("model.sentron.")) continue;
    const auto twin = pair.wave.signals.find("rtl" + path.substr(5));
    INFO(path);
    REQUIRE(twin != pair.wave.signals.end());
    CHECK(twin->second.changes == signal.changes);
    ++signals;
  }
  CHECK(signals > 80);
}

TEST_CASE("a difference in one event of one cycle is seen in that cycle, under the name of its kind") {
  for (const std::string what : {"dispatched", "issued", "conflicts", "completed", "retired", "slots"}) {
    const Pair pair = run_pair(what, 40);
    INFO(what);
    CHECK(cycles_that_differ(pair.wave, "difference.core0." + what) == 1);
    CHECK(cycles_that_differ(pair.wave, "difference.any") == 1);
    CHECK(pair.view.find(fmt::format("+{{core 0 {0}}} difference.core0.{0}", what)) != std::string::npos);
    // The view opens where they part.
    Cycle first = 0;
    while (pair.wave.signals.at("difference.any").at(first) != "1") ++first;
    CHECK(first >= 40);
    CHECK(pair.view.find("*-1.000000 " + std::to_string(first) + " ") != std::string::npos);
  }
}

}  // namespace
