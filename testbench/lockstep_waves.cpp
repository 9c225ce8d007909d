#include "testbench/lockstep_waves.hpp"

#include <filesystem>

namespace vtpu::testbench {

Result<std::unique_ptr<LockstepWaves>> LockstepWaves::create(const LockstepWaveRequest& request,
                                                             const layout::Layout& layout, const isa::Program& program,
                                                             unsigned cores) {
  std::unique_ptr<LockstepWaves> waves(new LockstepWaves);
  waves->path_ = request.path;
  traces::WaveSetup setup;
  setup.path = request.path;
  setup.layout = &layout;
  setup.cores = cores;
  setup.models = {"model", "rtl"};
  setup.limit_bytes = request.limit_bytes;
  for (const isa::SentronSpec& sentron : program.sentrons) setup.sentron_names.push_back(sentron.name);
  std::unique_ptr<traces::WaveFile> file;
  if (request.path.ends_with(".fst")) {
    waves->rtl_waves_ = std::make_unique<rtl::RtlWaves>(request.path);
    file = waves->rtl_waves_->take_file();
    setup.other_rows = rtl::RtlWaves::rows();
  }
  Result<std::unique_ptr<traces::WaveWriter>> writer = traces::WaveWriter::create(std::move(setup), std::move(file));
  if (!writer) return fail(writer.error());
  waves->writer_ = std::move(*writer);
  const auto collector = [&](std::size_t model) {
    return std::make_unique<traces::Collector>(layout, program, request.window,
                                               std::vector<traces::Sink*>{&waves->writer_->model(model)});
  };
  waves->systemc_ = collector(0);
  waves->rtl_ = collector(1);
  if (waves->rtl_waves_) waves->rtl_waves_->follow(*waves->rtl_);
  return waves;
}

void LockstepWaves::listen(LockstepOptions& options) {
  options.listeners.push_back(systemc_.get());
  options.rtl_listeners.push_back(rtl_.get());
  if (rtl_waves_) options.probe = rtl_waves_.get();
}

Result<traces::TraceFile> LockstepWaves::finish() {
  systemc_->finish();
  rtl_->finish();
  if (!writer_->outcome()) return fail(writer_->outcome().error());
  return traces::TraceFile{path_, std::filesystem::file_size(path_), systemc_->cycles() == 0, writer_->stopped()};
}

}  // namespace vtpu::testbench
