#include "traces/save_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace vtpu::traces {
namespace {

// Flags of a row, from GTKWave's analyzer.h.
constexpr unsigned kHexadecimal = 0x2;
constexpr unsigned kDecimal = 0x4;
constexpr unsigned kRightJustified = 0x20;
constexpr unsigned kSigned = 0x400;
constexpr unsigned kBlank = 0x200;
constexpr unsigned kFileTranslated = 0x2000;
constexpr unsigned kAnalogStep = 0x8000;
constexpr unsigned kAnalogStretch = 0x20000;
constexpr unsigned kGroupBegin = 0x800000;
constexpr unsigned kGroupEnd = 0x1000000;

constexpr std::string_view kStart = "[timestart] ";
constexpr std::string_view kZoom = "*";  // zoom, marker, named markers

constexpr double kWidthInPixels = 1500;  // about what a window leaves for waves

}  // namespace

SaveFile::SaveFile(std::string_view wave_file, std::string_view filter_file) : filter_file_(filter_file) {
  text_ = fmt::format("[dumpfile] \"{}\"\n[size] 1900 1050\n[pos] 0 0\n[sst_expanded] 0\n", wave_file);
}

// At GTKWave's zoom z, a stretch of 200 pixels shows 2^-z time units, of which it takes the whole part.
void SaveFile::look_at(events::Cycle first, events::Cycle cycles, events::Cycle marker) {
  const double zoom = -std::log2(std::max(1.0, std::floor(200 * static_cast<double>(cycles) / kWidthInPixels)));
  text_ += fmt::format("{}{}\n{}{:.6f} {}", kStart, first, kZoom, zoom, marker);
  for (int named = 0; named < 26; ++named) text_ += " -1";  // no marker
  text_ += "\n[signals_width] 440\n";
}

std::string looking_at(std::string_view view, events::Cycle first, events::Cycle marker) {
  std::string text;
  while (!view.empty()) {
    const std::size_t end = std::min(view.find('\n'), view.size() - 1) + 1;
    const std::string_view line = view.substr(0, end);
    view.remove_prefix(end);
    const std::size_t zoom_end = line.find(' ');
    if (line.starts_with(kStart)) {
      text += fmt::format("{}{}\n", kStart, first);
    } else if (line.starts_with(kZoom) && zoom_end != std::string_view::npos) {
      const std::size_t marker_end = std::min(line.find(' ', zoom_end + 1), line.size());
      text += fmt::format("{} {}{}", line.substr(0, zoom_end), marker, line.substr(marker_end));
    } else {
      text += line;
    }
  }
  return text;
}

void SaveFile::open_group(std::string_view name) {
  group_ = name;
  group_begins_ = text_.size();
  text_ += fmt::format("@{:x}\n-{}\n", kGroupBegin | kBlank, name);
  rows_begin_ = text_.size();
}

void SaveFile::close_group() {
  if (text_.size() == rows_begin_) {
    text_.resize(group_begins_);
  } else {
    text_ += fmt::format("@{:x}\n-{}\n", kGroupEnd | kBlank, group_);
  }
}

void SaveFile::heading(std::string_view text) { text_ += fmt::format("@{:x}\n-{}\n", kBlank, text); }

void SaveFile::row(std::string_view path, std::string_view alias, Show show) {
  switch (show) {
    case Show::Decimal: text_ += fmt::format("@{:x}\n", kDecimal | kRightJustified); break;
    case Show::Signed: text_ += fmt::format("@{:x}\n", kDecimal | kRightJustified | kSigned); break;
    case Show::Hexadecimal: text_ += fmt::format("@{:x}\n", kHexadecimal | kRightJustified); break;
    case Show::Name:
      text_ += fmt::format("@{:x}\n^1 {}\n", kHexadecimal | kRightJustified | kFileTranslated, filter_file_);
      break;
    case Show::Level: text_ += fmt::format("@{:x}\n", kDecimal | kRightJustified | kAnalogStep); break;
  }
  text_ += fmt::format("+{{{}}} {}\n", alias, path);
  if (show == Show::Level) text_ += fmt::format("@{:x}\n-\n", kAnalogStretch);
}

}  // namespace vtpu::traces
