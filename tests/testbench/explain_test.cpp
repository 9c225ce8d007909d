// Bounds and explanations, on streams whose bottleneck is known from how they are made.
#include "testbench/explain.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "testbench/stream_spec.hpp"

namespace {

using namespace vtpu;
using lowering::HostIsa;
using testbench::Explanation;
using testbench::ResourceBound;
using testbench::StreamSpec;

layout::Layout shipped(const std::string& name) { return *layout::find_layout(name, VTPU_SOURCE_DIR "/layouts"); }

isa::Program stream_of(const std::vector<std::string>& operations, unsigned depth, bool carried,
                       std::uint64_t least_operations = 4000) {
  StreamSpec spec;
  spec.name = "known";
  spec.operations = operations;
  spec.depth = depth;
  spec.carried = carried;
  spec.results = 8;
  spec.least_operations = least_operations;
  return program_of(spec);
}

double bound_of(const std::vector<ResourceBound>& bounds, const std::string& start) {
  for (const ResourceBound& b : bounds) {
    if (b.resource.starts_with(start)) return b.operations_per_cycle;
  }
  return 0;
}

TEST_CASE("independent multiplications are bound by the multiplier's ports, and one more port helps") {
  const layout::Layout zen5 = shipped("zen5");
  const layout::UopKind& imul = zen5.uops[*zen5.uop_named("imul")];
  std::string group = imul.ports.size() == 1 ? "port" : "ports";
  for (const unsigned p : imul.ports) group += " " + zen5.ports[p].name;
  const isa::Program program = stream_of(std::vector<std::string>(8, "dmul.i64"), 1, false);
  const Explanation e = testbench::explain(program, zen5, HostIsa::Avx512, std::nullopt);
  INFO(to_text(e));
  CHECK(e.bounds.front().resource == group);
  CHECK(e.bounds.front().operations_per_cycle == Approx(static_cast<double>(imul.ports.size())).epsilon(0.02));
  CHECK(e.modelled <= e.bounds.front().operations_per_cycle * 1.001);
  REQUIRE_FALSE(e.gains.empty());
  CHECK(e.gains.front().change.starts_with("one more port like"));
  CHECK(e.suspects.empty());
}

TEST_CASE("divisions are bound by the unit behind their port") {
  const isa::Program program = stream_of(std::vector<std::string>(8, "ddiv.f64x8"), 1, false);
  const Explanation e = testbench::explain(program, shipped("golden_cove"), HostIsa::Avx512, std::nullopt);
  INFO(to_text(e));
  CHECK(e.bounds.front().resource == "unit of port alu0");
  CHECK(e.bounds.front().operations_per_cycle == Approx(1.0 / 16).epsilon(0.01));
  CHECK(e.modelled == Approx(1.0 / 16).epsilon(0.02));
}

TEST_CASE("moves of vector registers, which take no port, are bound by the slots that vectors have in dispatch") {
  const isa::Program program = stream_of(std::vector<std::string>(8, "dmov.b512"), 1, false, 40'000);
  layout::Layout zen5 = shipped("zen5");
  const Explanation e = testbench::explain(program, zen5, HostIsa::Avx512, std::nullopt);
  INFO(to_text(e));
  CHECK(e.bounds.front().resource == "dispatch of vectors, 6 per cycle");
  CHECK(e.bounds.front().operations_per_cycle == Approx(6).epsilon(0.02));
  CHECK(e.modelled > 5.5);
  REQUIRE_FALSE(e.gains.empty());
  CHECK(e.gains.front().change == "one more place in a row of vector uops");
  CHECK(bound_of(e.bounds, "latency and memory") > 8);
}

TEST_CASE("a chain is bound by its latency, and no port helps it") {
  const layout::Layout zen5 = shipped("zen5");
  StreamSpec spec;
  spec.name = "chain";
  spec.operations = std::vector<std::string>(8, "dmul.i64");
  spec.depth = 64;
  spec.carried = true;
  spec.results = 1;
  spec.least_operations = 4000;
  const Explanation e = testbench::explain(program_of(spec), zen5, HostIsa::Avx512, std::nullopt);
  INFO(to_text(e));
  CHECK(e.bounds.front().resource == "latency and memory");
  const double latency = zen5.uops[*zen5.uop_named("imul")].latency;
  CHECK(e.bounds.front().operations_per_cycle == Approx(1 / latency).epsilon(0.05));
  CHECK(e.gains.empty());
}

TEST_CASE("no bound is below what the model reaches") {
  for (const char* name : {"zen5", "golden_cove"}) {
    const layout::Layout layout = shipped(name);
    for (const std::vector<std::string>& operations :
         {std::vector<std::string>{"dadd.i64", "sgather.i64", "cpack.i64"},
          std::vector<std::string>{"dfma.f32x16", "sgather.b512", "dmul.i64", "sscattr.i64", "dadd.f64"}}) {
      const testbench::BoundedRun run =
          testbench::run_with_bounds(stream_of(operations, 1, false), layout, HostIsa::Avx512);
      for (const ResourceBound& b : run.bounds) {
        INFO(name << " " << b.resource);
        CHECK(run.outcome.operations_per_cycle() <= b.operations_per_cycle * 1.001);
      }
      CHECK(bound_of(run.bounds, "dispatch") > 0);
      CHECK(bound_of(run.bounds, "latency") > 0);
    }
  }
}

TEST_CASE("a number that is planted wrong in a layout is the suspect") {
  const layout::Layout right = shipped("zen5");
  StreamSpec spec;
  spec.name = "independent";
  spec.operations = {"dadd.i64",   "dand.i64",    "dor.i64",  "dxor.i64",
                     "dadd.f64x8", "sgather.i64", "dadd.i64", "dadd.i64"};
  spec.results = 8;
  spec.stride_cells = 0;
  spec.least_operations = 4000;
  const isa::Program program = program_of(spec);
  layout::Layout wrong = right;
  wrong.rename.dispatch_width = 4;
  const double measured = testbench::modelled_operations_per_cycle(program, wrong, HostIsa::Avx512);
  const Explanation e = testbench::explain(program, right, HostIsa::Avx512, measured);
  INFO(to_text(e));
  REQUIRE(e.modelled > measured * 1.05);
  REQUIRE_FALSE(e.suspects.empty());
  const bool named = std::any_of(e.suspects.begin(), e.suspects.end(), [](const testbench::WhatIf& w) {
    return w.change.find("width") != std::string::npos;
  });
  CHECK(named);
}

TEST_CASE("results that come later to others, which a layout does not know, are the suspect") {
  const layout::Layout right = shipped("zen5");
  StreamSpec spec;
  spec.name = "in turn";
  spec.operations = {"dadd.f32x16", "dmin.f32x16"};
  spec.depth = 2;
  spec.carried = true;
  spec.results = 1;
  spec.least_operations = 4000;
  const isa::Program program = program_of(spec);
  layout::Layout sooner = right;
  for (layout::UopKind& kind : sooner.uops) kind.latency_to_others = 0;
  const double measured = testbench::modelled_operations_per_cycle(program, sooner, HostIsa::Avx512);
  const Explanation e = testbench::explain(program, right, HostIsa::Avx512, measured);
  INFO(to_text(e));
  REQUIRE_FALSE(e.suspects.empty());
  CHECK(e.suspects.front().change == "latency_to_others as latency");
}

TEST_CASE("explanations survive JSON") {
  Explanation e;
  e.program = "p";
  e.modelled = 2;
  e.measured = 1;
  e.bounds = {{"dispatch, 8 per cycle", 4}};
  e.gains = {{"one more port like alu0", 2.5}};
  e.suspects = {{"no memory renaming", 1.1}};
  CHECK(to_json(testbench::explanation_of(to_json(e))) == to_json(e));
  const std::string text = to_text(e);
  CHECK(text.find("+100.0 %") != std::string::npos);
  CHECK(text.find("no memory renaming") != std::string::npos);
}

}  // namespace
