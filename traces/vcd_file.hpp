// Waveforms as Value Change Dump (IEEE 1364), the format that every viewer reads.
#pragma once

#include <vector>

#include "traces/output_file.hpp"
#include "traces/wave_file.hpp"

namespace vtpu::traces {

class VcdFile final : public WaveFile {
 public:
  explicit VcdFile(OutputFile file);

  void open_scope(const std::string& name) override;
  void close_scope() override;
  SignalId declare(const std::string& name, unsigned bits) override;
  void begin() override;
  void time(events::Cycle cycle) override;
  void change(SignalId signal, std::string_view bits) override;
  [[nodiscard]] std::uint64_t bytes() const override { return file_.bytes(); }
  [[nodiscard]] Result<void> close() override { return file_.close(); }

 private:
  OutputFile file_;
  std::vector<std::string> codes_;  // by signal
};

}  // namespace vtpu::traces
