// The signals of a wave file with their values: what changed since the last cycle is written, and nothing else.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "traces/wave_file.hpp"

namespace vtpu::traces {

class Signals {
 public:
  explicit Signals(WaveFile& file) : file_(file) {}

  void open_scope(const std::string& name);
  void close_scope();
  // bits: 1 to 512. No value (z) until it is set.
  SignalId declare(const std::string& name, unsigned bits);

  void set(SignalId signal, std::uint64_t value);
  void set(SignalId signal, const std::array<std::uint64_t, 8>& value);
  void clear(SignalId signal);  // to z
  // Writes the changes as of this cycle; at the first time all values.
  void write(events::Cycle cycle);
  // After the last one; `end`: the cycle after it. Absent: there was none.
  void end(std::optional<events::Cycle> end);

  // "model.core0.port.alu0.uop", as viewers name it.
  [[nodiscard]] const std::string& path_of(SignalId signal) const { return signals_[signal].path; }
  [[nodiscard]] bool had_value(SignalId signal) const { return signals_[signal].changes > 0; }
  // After its first value it had another one, or none.
  [[nodiscard]] bool ever_changed(SignalId signal) const { return signals_[signal].changes > 1; }

 private:
  struct Signal {
    std::string path;
    unsigned bits = 1;
    std::size_t value = 0;  // position of its lowest 64 bits in values_
    bool has_value = false;
    bool is_dirty = false;
    std::uint32_t changes = 0;
  };
  void mark(SignalId signal);
  void change(SignalId signal);

  WaveFile& file_;
  std::vector<std::string> scopes_;
  std::vector<Signal> signals_;
  std::vector<std::uint64_t> values_;
  std::vector<SignalId> dirty_;
  std::string text_;
  bool began_ = false;
};

}  // namespace vtpu::traces
