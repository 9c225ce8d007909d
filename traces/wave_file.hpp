// A file of waveforms: signals of bits in nested scopes, and their changes cycle by cycle. One cycle is drawn as 1 ns.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "events/events.hpp"
#include "isa/result.hpp"

namespace vtpu::traces {

using SignalId = unsigned;  // from 0, in order of declaration

// Use: scopes and declarations, then begin, then time and changes in ascending time, then close.
class WaveFile {
 public:
  virtual ~WaveFile() = default;
  virtual void open_scope(const std::string& name) = 0;
  virtual void close_scope() = 0;
  virtual SignalId declare(const std::string& name, unsigned bits) = 0;
  virtual void begin() = 0;
  virtual void time(events::Cycle cycle) = 0;
  // As many characters 0, 1, x, z as the signal has bits, highest first.
  virtual void change(SignalId signal, std::string_view bits) = 0;
  // Of the file so far; an estimate while the file keeps data back.
  [[nodiscard]] virtual std::uint64_t bytes() const = 0;
  // Errors: what could not be written.
  [[nodiscard]] virtual Result<void> close() = 0;
};

// By the ending of the path: .fst or .vcd.
[[nodiscard]] bool is_wave_path(std::string_view path);
[[nodiscard]] Result<std::unique_ptr<WaveFile>> create_wave_file(const std::string& path);

}  // namespace vtpu::traces
