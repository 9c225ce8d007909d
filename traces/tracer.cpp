#include "traces/tracer.hpp"

#include <filesystem>

#include "traces/kanata_writer.hpp"
#include "traces/perfetto_writer.hpp"
#include "traces/wave_writer.hpp"

namespace vtpu::traces {
namespace {

// What holds a unit behind its port leaves the port after a cycle.
layout::Layout with_units(layout::Layout layout) {
  for (layout::UopKind& kind : layout.uops) {
    if (kind.unit_busy != 0) kind.busy = kind.busy_512 = 1;
  }
  return layout;
}

}  // namespace

struct Tracer::Writers {
  TraceRequest request;
  layout::Layout layout;  // as the run takes it
  std::unique_ptr<WaveWriter> wave;
  std::unique_ptr<KanataWriter> kanata;
  std::unique_ptr<PerfettoWriter> perfetto;
  std::unique_ptr<Collector> collector;

  [[nodiscard]] Result<void> open_wave(const isa::Program& program, unsigned cores, std::unique_ptr<WaveFile> file) {
    WaveSetup setup;
    setup.path = request.wave;
    setup.layout = &layout;
    setup.cores = cores;
    for (const isa::SentronSpec& sentron : program.sentrons) setup.sentron_names.push_back(sentron.name);
    setup.models = {request.model};
    setup.other_rows = request.other_rows;
    setup.limit_bytes = request.limit_bytes;
    Result<std::unique_ptr<WaveWriter>> writer = WaveWriter::create(std::move(setup), std::move(file));
    if (!writer) return fail(writer.error());
    wave = std::move(*writer);
    return {};
  }
  [[nodiscard]] Result<void> open_kanata() {
    Result<OutputFile> file = OutputFile::create(request.pipeview);
    if (!file) return fail(file.error());
    kanata = std::make_unique<KanataWriter>(std::move(*file), port_names(layout), request.limit_bytes);
    return {};
  }
  [[nodiscard]] Result<void> open_perfetto() {
    Result<OutputFile> file = OutputFile::create(request.perfetto);
    if (!file) return fail(file.error());
    perfetto = std::make_unique<PerfettoWriter>(std::move(*file), layout, request.limit_bytes);
    return {};
  }
};

std::vector<std::string> port_names(const layout::Layout& layout) {
  std::vector<std::string> names;
  for (const layout::Port& port : layout.ports) names.push_back(port.name);
  return names;
}

Tracer::Tracer(std::unique_ptr<Writers> writers) : writers_(std::move(writers)) {}
Tracer::~Tracer() = default;

Result<std::unique_ptr<Tracer>> Tracer::create(const TraceRequest& request, const layout::Layout& layout,
                                               const isa::Program& program, unsigned cores,
                                               std::unique_ptr<WaveFile> wave) {
  auto writers = std::make_unique<Writers>();
  writers->request = request;
  writers->layout = request.host_code ? with_units(layout) : layout;
  Result<void> opened;
  if (!request.wave.empty()) opened = writers->open_wave(program, cores, std::move(wave));
  if (opened && !request.pipeview.empty()) opened = writers->open_kanata();
  if (opened && !request.perfetto.empty()) opened = writers->open_perfetto();
  if (!opened) return fail(opened.error());
  std::vector<Sink*> sinks;
  if (writers->wave) sinks.push_back(&writers->wave->model(0));
  if (writers->kanata) sinks.push_back(writers->kanata.get());
  if (writers->perfetto) sinks.push_back(writers->perfetto.get());
  writers->collector = std::make_unique<Collector>(layout, program, request.window, std::move(sinks));
  return std::unique_ptr<Tracer>(new Tracer(std::move(writers)));
}

Collector& Tracer::listener() { return *writers_->collector; }

Result<std::vector<TraceFile>> Tracer::finish() {
  writers_->collector->finish();
  std::vector<TraceFile> files;
  Errors errors;
  const auto add = [&](const std::string& path, const auto& writer) {
    if (!writer) return;
    if (!writer->outcome()) {
      errors.insert(errors.end(), writer->outcome().error().begin(), writer->outcome().error().end());
      return;
    }
    files.push_back({path, std::filesystem::file_size(path), writers_->collector->cycles() == 0, writer->stopped()});
  };
  add(writers_->request.wave, writers_->wave);
  add(writers_->request.pipeview, writers_->kanata);
  add(writers_->request.perfetto, writers_->perfetto);
  if (!errors.empty()) return fail(std::move(errors));
  return files;
}

}  // namespace vtpu::traces
