// A GTKWave save file: which signals to show, in which groups, how.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "events/events.hpp"

namespace vtpu::traces {

enum class Show : std::uint8_t {
  Decimal,
  Signed,
  Hexadecimal,
  Name,   // by the translate filter file
  Level,  // drawn as steps over its range
};

class SaveFile {
 public:
  // Both as GTKWave finds them: seen from the folder in which it is started.
  SaveFile(std::string_view wave_file, std::string_view filter_file);

  // The first cycle on screen, how many cycles fit on it (about), and where the marker stands.
  void look_at(events::Cycle first, events::Cycle cycles, events::Cycle marker);
  void open_group(std::string_view name);
  void close_group();  // a group without rows is left out
  void row(std::string_view path, std::string_view alias, Show show);
  void heading(std::string_view text);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string filter_file_;
  std::string text_;
  std::string group_;             // the open one
  std::size_t group_begins_ = 0;  // in text_
  std::size_t rows_begin_ = 0;    // of the group
};

// A view as it was written, or as the user saved it, that looks at another cycle. Nothing else changes.
[[nodiscard]] std::string looking_at(std::string_view view, events::Cycle first, events::Cycle marker);

}  // namespace vtpu::traces
