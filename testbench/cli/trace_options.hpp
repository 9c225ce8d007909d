// The options by which a command that runs a model writes traces.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "traces/tracer.hpp"

namespace vtpu::cli {

struct TraceOptions {
  std::string wave, pipeview, perfetto;
  std::string cycles, words;  // FIRST:COUNT
  std::uint64_t limit_mib = traces::kUsualLimitBytes >> 20U;

  [[nodiscard]] bool any() const { return !wave.empty() || !pipeview.empty() || !perfetto.empty(); }
  // Precondition: the command line was checked.
  [[nodiscard]] traces::TraceRequest request() const;
};

// The options outlive the command.
void add_wave_options(CLI::App& command, TraceOptions& options);  // waves, window and limit
void add_trace_options(CLI::App& command, TraceOptions& options);

}  // namespace vtpu::cli
