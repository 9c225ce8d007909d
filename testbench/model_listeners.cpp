#include "testbench/model_listeners.hpp"

namespace vtpu::testbench {

Result<ModelListeners> ModelListeners::create(const isa::Program& program, const EngineChoice& choice) {
  ModelListeners listeners;
  if (choice.timeline) {
    listeners.timeline_ = std::make_unique<traces::Timeline>(*choice.timeline, traces::port_names(*choice.layout));
    listeners.timeline_collector_ =
        std::make_unique<traces::Collector>(*choice.layout, program, traces::Window{{}, choice.timeline},
                                            std::vector<traces::Sink*>{listeners.timeline_.get()});
  }
  if (choice.trace.any()) {
    traces::TraceRequest request = choice.trace;
    request.host_code = choice.source == SourceKind::Host;
    std::unique_ptr<traces::WaveFile> file;
    if (choice.kind == EngineKind::Rtl) {
      request.model = "rtl";
      if (request.wave.ends_with(".fst")) {
        listeners.rtl_waves_ = std::make_unique<rtl::RtlWaves>(request.wave);
        file = listeners.rtl_waves_->take_file();
        request.other_rows = rtl::RtlWaves::rows();
      }
    }
    Result<std::unique_ptr<traces::Tracer>> tracer =
        traces::Tracer::create(request, *choice.layout, program, choice.cores, std::move(file));
    if (!tracer) return fail(tracer.error());
    listeners.tracer_ = std::move(*tracer);
    if (listeners.rtl_waves_) listeners.rtl_waves_->follow(listeners.tracer_->listener());
  }
  return listeners;
}

std::vector<events::Listener*> ModelListeners::all() const {
  std::vector<events::Listener*> all;
  if (timeline_collector_) all.push_back(timeline_collector_.get());
  if (tracer_) all.push_back(&tracer_->listener());
  return all;
}

Result<void> ModelListeners::finish(RunReport& report) {
  if (timeline_) {
    timeline_collector_->finish();
    report.model->timeline = timeline_->text();
  }
  if (!tracer_) return {};
  Result<std::vector<traces::TraceFile>> files = tracer_->finish();
  if (!files) return fail(files.error());
  report.model->traces = std::move(*files);
  return {};
}

}  // namespace vtpu::testbench
