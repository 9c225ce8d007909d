// How long a long run still takes.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <string>

namespace vtpu::testbench {

class Eta {
 public:
  explicit Eta(std::size_t all) : all_(all) {}

  // After so many: ", about 40 s left"; empty when all are done.
  [[nodiscard]] std::string after(std::size_t done) const {
    if (done >= all_ || done == 0) return "";
    const auto passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double left = passed / static_cast<double>(done) * static_cast<double>(all_ - done);
    return left < 90 ? fmt::format(", about {:.0f} s left", left) : fmt::format(", about {:.0f} min left", left / 60);
  }

 private:
  std::size_t all_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace vtpu::testbench
