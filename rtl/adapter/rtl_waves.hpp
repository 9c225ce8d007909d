// The signals of the Verilated core itself, in the same FST file as what traces/ writes of the models' events.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rtl/adapter/rtl_core.hpp"
#include "traces/collector.hpp"
#include "traces/fst_file.hpp"

namespace vtpu::rtl {

// Of core 0. A file has one clock, and the cores of a model tick one after the other.
class RtlWaves final : public RtlProbe {
 public:
  explicit RtlWaves(const std::string& path);
  RtlWaves(const RtlWaves&) = delete;
  RtlWaves& operator=(const RtlWaves&) = delete;
  ~RtlWaves() override;

  // The file into which the events' waves go. To be taken once.
  [[nodiscard]] std::unique_ptr<traces::WaveFile> take_file();
  // Of these signals, those that the view shows: path and the row's name.
  [[nodiscard]] static std::vector<std::pair<std::string, std::string>> rows();
  // Hears the RTL's events, and knows which cycles are in the window. It outlives the run.
  void follow(const traces::Collector& collector) { collector_ = &collector; }

  void on_built(std::uint32_t core, Vsentron_core& model) override;
  void on_cycle(core::Cycle now, std::uint32_t core, Vsentron_core& model) override;

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
  const traces::Collector* collector_ = nullptr;
};

}  // namespace vtpu::rtl
