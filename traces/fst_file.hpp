// Waveforms in GTKWave's compressed format FST, by GTKWave's own writer, as Verilator ships it.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "traces/wave_file.hpp"

namespace vtpu::traces {

class FstFile final : public WaveFile {
 public:
  [[nodiscard]] static Result<std::unique_ptr<WaveFile>> create(const std::string& path);
  // Shares the file of an other writer, a verilated model's, which writes to partial_name(path). Declarations and
  // changes go into it once it is attached; what comes before is kept, but times and changes.
  [[nodiscard]] static std::unique_ptr<FstFile> guest(const std::string& path);
  // writer: of fstapi, between its creation and its first time. close: ends it.
  void attach(void* writer, std::function<void()> close);
  // The owner has written this time into the file.
  void passed(events::Cycle cycle);
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
  [[nodiscard]] unsigned create_signal(const std::string& name, unsigned bits);

  struct Declaration {  // of a guest that is not attached; no bits: a scope, no name: its end
    std::string name;
    unsigned bits = 0;
  };

  std::string path_;
  void* writer_;
  bool is_guest_ = false;
  std::function<void()> close_;  // guests
  std::vector<Declaration> declared_;
  std::optional<events::Cycle> last_time_;
  std::vector<unsigned> handles_;    // the writer's, by signal
  std::uint64_t kept_back_ = 0;      // bytes that the writer keeps in memory, about
  std::uint64_t bytes_flushed_ = 0;  // in the file
};

}  // namespace vtpu::traces
