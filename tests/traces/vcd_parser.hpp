// A strict reader of VCD: signals by path, and their values from cycle to cycle.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace vtpu::traces::test {

struct VcdSignal {
  unsigned bits = 0;
  std::map<std::uint64_t, std::string> changes;  // by time; as many characters as bits

  // Empty before the first change.
  [[nodiscard]] std::string at(std::uint64_t time) const;
};

struct VcdFile {
  std::map<std::string, VcdSignal> signals;  // "model.core0.port.alu0.uop[23:0]"
  std::uint64_t end = 0;                     // last time
  std::vector<std::string> errors;           // "line 12: ..."
};

[[nodiscard]] VcdFile parse_vcd(const std::string& text);

}  // namespace vtpu::traces::test
