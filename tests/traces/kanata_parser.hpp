// A strict reader of Kanata 0004: anything that the format or Konata's drawing of it does not allow is an error.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vtpu::traces::test {

struct KanataStage {
  std::string name;
  unsigned lane = 0;
  std::uint64_t begin = 0;
  std::optional<std::uint64_t> end;  // absent: open at the end of the file
};

struct KanataUop {
  std::uint64_t simulator_id = 0, thread = 0;
  std::string label, detail;
  std::vector<KanataStage> stages;       // by begin
  std::optional<std::uint64_t> retired;  // cycle of its R
  std::vector<std::uint64_t> producers;  // numbers in the file

  [[nodiscard]] const KanataStage* stage(const std::string& prefix) const {
    for (const KanataStage& s : stages) {
      if (s.lane == 0 && s.name.starts_with(prefix)) return &s;
    }
    return nullptr;
  }
};

struct KanataFile {
  std::vector<KanataUop> uops;      // by number
  std::vector<std::string> errors;  // "line 12: ..."
};

[[nodiscard]] KanataFile parse_kanata(const std::string& text);

}  // namespace vtpu::traces::test
