// Waveforms in GTKWave's compressed format FST, by GTKWave's own writer, as Verilator ships it.
#pragma once

#include <vector>

#include "traces/wave_file.hpp"

namespace vtpu::traces {

class FstFile final : public WaveFile {
 public:
  [[nodiscard]] static Result<std::unique_ptr<WaveFile>> create(const std::string& path);
  FstFile(const FstFile&) = delete;
  FstFile& operator=(const FstFile&) = delete;
  ~FstFile() override;  // removes what was not closed

  void open_scope(const std::string& name) override;
  void close_scope() override;
  SignalId declare(const std::string& name, unsigned bits) override;
  void begin() override {}
  void time(events::Cycle cycle) override;
  void change(SignalId signal, std::string_view bits) override;
  [[nodiscard]] std::uint64_t bytes() const override;
  [[nodiscard]] Result<void> close() override;

 private:
  FstFile(std::string path, void* writer);

  std::string path_;
  void* writer_;
  std::vector<unsigned> handles_;    // the writer's, by signal
  std::uint64_t since_flush_ = 0;    // bytes of changes that the writer keeps back
  std::uint64_t bytes_flushed_ = 0;  // in the file
};

}  // namespace vtpu::traces
