// Texts between the processes of one exploration. Rank 0 hands out points, the others simulate.
#pragma once

#include <optional>
#include <string>

namespace vtpu::explore {

class Transport {
 public:
  virtual ~Transport() = default;
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  struct Letter {
    int from = 0;
    std::string text;
  };
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int ranks() const = 0;
  // Never waits; what goes to a rank that is gone is lost.
  virtual void send(int to, std::string text) = 0;
  // Nothing where none has arrived.
  [[nodiscard]] virtual std::optional<Letter> receive() = 0;
  // The last call. `all_alive`: every rank comes to it; else nobody is waited for.
  virtual void finish(bool all_alive) = 0;
};

// What a module with a transport exports: `extern "C" Transport* vtpu_open_transport()`.
inline constexpr const char* kTransportFunction = "vtpu_open_transport";
using OpenTransport = Transport* (*)();

}  // namespace vtpu::explore
