// The traces of one run of one model: what was asked for, from one window, in one go.
//
//   TraceRequest request;
//   request.wave = "out.fst";
//   Result<std::unique_ptr<Tracer>> tracer = Tracer::create(request, layout, program, cores);
//   ... run a model with (*tracer)->listener() ...
//   Result<std::vector<TraceFile>> files = (*tracer)->finish();
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "traces/collector.hpp"
#include "traces/wave_file.hpp"
#include "traces/window.hpp"

namespace vtpu::traces {

inline constexpr std::uint64_t kUsualLimitBytes = 1ULL << 30U;

// Empty paths: not asked for.
struct TraceRequest {
  std::string wave;                                             // .fst or .vcd
  std::string pipeview;                                         // Kanata
  std::string perfetto;                                         // JSON
  bool host_code = false;                                       // the run is of host code
  std::string model = "model";                                  // the name of the model's scope in the waves
  std::vector<std::pair<std::string, std::string>> other_rows;  // as in WaveSetup
  Window window;
  std::uint64_t limit_bytes = kUsualLimitBytes;  // of each file; 0: none

  [[nodiscard]] bool any() const { return !wave.empty() || !pipeview.empty() || !perfetto.empty(); }
};

struct TraceFile {
  std::string path;
  std::uint64_t bytes = 0;
  bool is_empty = false;         // the run was over before the window
  std::optional<Cycle> stopped;  // the limit was reached in this cycle
};

class Tracer {
 public:
  // Errors: files that cannot be written.
  // wave: where waves go instead of a file of their own, see WaveWriter.
  [[nodiscard]] static Result<std::unique_ptr<Tracer>> create(const TraceRequest& request, const layout::Layout& layout,
                                                              const isa::Program& program, unsigned cores,
                                                              std::unique_ptr<WaveFile> wave = nullptr);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer();

  [[nodiscard]] Collector& listener();
  // After the run. Errors: files that could not be written whole.
  [[nodiscard]] Result<std::vector<TraceFile>> finish();

 private:
  struct Writers;
  explicit Tracer(std::unique_ptr<Writers> writers);

  std::unique_ptr<Writers> writers_;
};

[[nodiscard]] std::vector<std::string> port_names(const layout::Layout& layout);

}  // namespace vtpu::traces
