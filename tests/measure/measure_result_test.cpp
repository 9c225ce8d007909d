#include "measure/measure_result.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace vtpu::measure;

namespace {

MeasureResult example() {
  MeasureResult result;
  result.name = "dot_product";
  result.cpu_name = "Some CPU";
  result.cpu_numbers = {1};
  result.cycle_source = "some source";
  result.work_units_per_call = 4096;
  result.work_unit = "operations";
  result.code_footprint_bytes = 640;
  result.accepted_cycles = Spread{.median = 1024, .p10 = 1020, .p90 = 1030};
  result.unfiltered_cycles = Spread{.median = 1100, .p10 = 1021, .p90 = 2000};
  result.samples_taken = 80;
  result.samples_by_verdict[static_cast<std::size_t>(Verdict::accepted)] = 60;
  result.samples_by_verdict[static_cast<std::size_t>(Verdict::width_lost)] = 20;
  return result;
}

}  // namespace

TEST_CASE("A result carries source, CPU, spread, share accepted and footprint into JSON") {
  const nlohmann::json json = to_json(example());
  CHECK(json.at("cpu_name") == "Some CPU");
  CHECK(json.at("cycle_source") == "some source");
  CHECK(json.at("accepted_cycles_per_call").at("p90") == 1030);
  CHECK(json.at("unfiltered_cycles_per_call").at("median") == 1100);
  CHECK(json.at("share_accepted").get<double>() == Approx(60.0 / 80));
  CHECK(json.at("samples_by_verdict").at("width lost to a neighbour") == 20);
  CHECK(json.at("code_footprint_bytes") == 640);
  CHECK(json.at("work_units_per_cycle").get<double>() == Approx(4096.0 / 1024));
  CHECK(json.at("instructions_per_call").is_null());
}

TEST_CASE("A result without an accepted sample says so and falls back to the unfiltered median") {
  MeasureResult result = example();
  result.accepted_cycles.reset();
  result.samples_by_verdict = {};
  CHECK(to_json(result).at("accepted_cycles_per_call").is_null());
  CHECK(result.best_cycles_per_call() == 1100);
  CHECK_THAT(to_text(result), Catch::Contains("0 of 80 samples accepted"));
}

TEST_CASE("The text names figure, spread, source, CPU and code size") {
  CHECK(to_text(example()) ==
        "dot_product: 4.00 operations/cycle, 1024.0 cycles per call (p10 1020.0, p90 1030.0), unfiltered 1100.0\n"
        "  60 of 80 samples accepted; some source; Some CPU, CPU 1; code 640 bytes\n");
}
