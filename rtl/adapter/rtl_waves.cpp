#include "rtl/adapter/rtl_waves.hpp"

#include "rtl/adapter/verilated_headers.hpp"
#include "traces/output_file.hpp"

namespace vtpu::rtl {
namespace {

constexpr int kAllLevels = 99;

// Verilator's writer keeps the file's handle private, and its own interface knows two-state signals only, sampled when
// the core is, not when the models' events of the cycle are complete. An explicit instantiation may name a private
// member.
template <auto Member>
struct Opened {
  friend void*& handle_of(VerilatedFst& writer) { return writer.*Member; }
};
void*& handle_of(VerilatedFst& writer);
template struct Opened<&VerilatedFst::m_fst>;

}  // namespace

struct RtlWaves::Writer {
  std::string path;
  std::unique_ptr<traces::FstFile> file;  // until it is taken
  traces::FstFile* guest = nullptr;
  VerilatedFstC fst;
  bool is_open = false;
  bool is_over = false;

  static void declare(void* self, VerilatedFst* fst, std::uint32_t) {
    auto* const writer = static_cast<Writer*>(self);
    writer->guest->attach(handle_of(*fst), [writer] {
      writer->is_over = true;
      writer->fst.close();
    });
  }
};

RtlWaves::RtlWaves(const std::string& path) : writer_(std::make_unique<Writer>()) {
  writer_->path = traces::partial_name(path);
  writer_->file = traces::FstFile::guest(path);
  writer_->guest = writer_->file.get();
}

RtlWaves::~RtlWaves() = default;

std::vector<std::pair<std::string, std::string>> RtlWaves::rows() {
  return {{"TOP.want_word_o", "wants a word"},
          {"TOP.words_i[7:0]", "words given"},
          {"TOP.fetched_o[47:0]", "uops fetched before"},
          {"TOP.sentron_core.dispatched[47:0]", "uops dispatched before"},
          {"TOP.head_o[47:0]", "uops retired before"},
          {"TOP.started_o[19:0]", "ports that start"},
          {"TOP.asks_memory_o[19:0]", "ports that load"},
          {"TOP.idle_o", "idle"}};
}

std::unique_ptr<traces::WaveFile> RtlWaves::take_file() { return std::move(writer_->file); }

void RtlWaves::on_built(std::uint32_t core, Vsentron_core& model) {
  if (core != 0) return;
  Verilated::traceEverOn(true);
  writer_->fst.set_time_unit("1ns");
  writer_->fst.set_time_resolution("1ns");
  writer_->fst.spTrace()->addInitCb(&Writer::declare, writer_.get());
  model.trace(&writer_->fst, kAllLevels);
}

void RtlWaves::on_cycle(core::Cycle now, std::uint32_t core, Vsentron_core&) {
  if (core != 0 || writer_->is_over) return;
  if (!writer_->is_open) {
    writer_->fst.open(writer_->path.c_str());
    writer_->is_open = true;
  }
  if (!collector_->takes(now)) return;
  const traces::Cycle cycle = collector_->since_start(now);
  writer_->fst.dump(cycle);
  writer_->guest->passed(cycle);
}

}  // namespace vtpu::rtl
