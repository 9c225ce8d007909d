#include "testbench/cli/trace_options.hpp"

#include "testbench/cli/commands.hpp"
#include "traces/wave_file.hpp"

namespace vtpu::cli {
namespace {

constexpr const char* kGroup = "Traces of a modelled run";

std::string wave_path_error(const std::string& path) {
  return traces::is_wave_path(path) ? "" : "found '" + path + "', expected a name that ends in .fst or .vcd";
}

}  // namespace

traces::TraceRequest TraceOptions::request() const {
  traces::TraceRequest request;
  request.wave = wave;
  request.pipeview = pipeview;
  request.perfetto = perfetto;
  if (!cycles.empty()) request.window.cycles = traces::span_named(cycles);
  if (!words.empty()) request.window.words = traces::span_named(words);
  request.limit_bytes = limit_mib << 20U;
  return request;
}

void add_wave_options(CLI::App& command, TraceOptions& options) {
  const CLI::Validator is_wave([](std::string& path) { return wave_path_error(path); }, "FILE.fst|FILE.vcd");
  command.add_option("--wave", options.wave, "Waveforms, with a GTKWave view beside them; see vtpu view")
      ->check(is_wave)
      ->group(kGroup);
  const CLI::Validator is_span = one_of(traces::span_named, "FIRST:COUNT, as in 1000:200");
  command.add_option("--trace-cycles", options.cycles, "FIRST:COUNT: only these cycles")->check(is_span)->group(kGroup);
  command
      .add_option("--trace-words", options.words,
                  "FIRST:COUNT: only while these words are in flight, counted as core 0 fetches them, loops unrolled")
      ->check(is_span)
      ->group(kGroup);
  command
      .add_option("--trace-limit", options.limit_mib, "MiB, of each file: a trace stops where it gets so long; 0: none")
      ->check(CLI::Range(0U, 1U << 20U))
      ->capture_default_str()
      ->group(kGroup);
}

void add_trace_options(CLI::App& command, TraceOptions& options) {
  add_wave_options(command, options);
  command.add_option("--pipeview", options.pipeview, "The pipeline in Kanata format, for Konata")->group(kGroup);
  command.add_option("--perfetto", options.perfetto, "JSON for ui.perfetto.dev and chrome://tracing")->group(kGroup);
}

}  // namespace vtpu::cli
