#include "traces/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "traces/uop_text.hpp"

namespace vtpu::traces {
namespace {

constexpr Cycle kMostColumns = 200;

}  // namespace

Timeline::Timeline(Span words, std::vector<std::string> port_names)
    : words_(words), port_names_(std::move(port_names)) {}

bool Timeline::take(const CycleRecord& record) {
  if (record.cores.empty()) return true;
  for (const Life* life : record.cores[0].retired) add(*life);
  return true;
}

void Timeline::end(const std::vector<const Life*>& lives) {
  for (const Life* life : lives) {
    if (life->uop.core == 0) add(*life);
  }
  std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.id < b.id; });
}

void Timeline::add(const Life& life) {
  if (!words_.contains(life.word_ordinal) || !life.dispatched) return;
  const UopInfo& uop = life.uop;
  rows_.push_back({uop.id, fmt::format("word {}  {}  {}", word_of(uop), isa::name_of(uop.pipe), uop.text),
                   life.issued ? port_names_.at(life.port) : "", *life.dispatched, life.issued, life.completed,
                   life.retired});
}

// Later marks overwrite earlier ones that fall into the same cycle.
std::string Timeline::marks(const Row& row, Cycle from, Cycle to) {
  std::string line(to - from + 1, ' ');
  for (std::size_t i = 0; i < line.size(); i += 5) line[i] = '.';
  const auto fill = [&](Cycle first, Cycle end, char mark) {
    for (Cycle c = first; c < std::min(end, to + 1); ++c) line[c - from] = mark;
  };
  const Cycle end = to + 1;
  fill(row.dispatched, row.issued.value_or(row.completed.value_or(row.retired.value_or(end))), '=');
  if (row.issued) fill(*row.issued, row.completed.value_or(end), 'e');
  if (row.completed) fill(*row.completed, row.retired.value_or(end), '-');
  const auto put = [&](std::optional<Cycle> cycle, char mark) {
    if (cycle) fill(*cycle, *cycle + 1, mark);
  };
  put(row.completed, 'E');
  put(row.dispatched, 'D');
  put(row.retired, 'R');
  return line;
}

std::string Timeline::text() const {
  if (rows_.empty()) return {};
  const Cycle from = rows_.front().dispatched;
  Cycle to = from;
  std::size_t label = 0, port = 0;
  for (const Row& row : rows_) {
    to = std::max({to, row.dispatched, row.issued.value_or(0), row.completed.value_or(0), row.retired.value_or(0)});
    label = std::max(label, row.label.size());
    port = std::max(port, row.port.size());
  }
  to = std::min(to, from + kMostColumns - 1);
  std::string text = fmt::format("{:<{}}  ", fmt::format("cycles {} to {}", from, to), label + port + 2);
  for (Cycle c = from; c <= to; ++c) text += static_cast<char>('0' + (c - from) % 10);
  text += '\n';
  for (const Row& row : rows_) {
    if (row.dispatched > to) {
      text += fmt::format("{:<{}}  {:<{}}  later\n", row.label, label, row.port, port);
      continue;
    }
    text += fmt::format("{:<{}}  {:<{}}  {}\n", row.label, label, row.port, port, marks(row, from, to));
  }
  return text;
}

}  // namespace vtpu::traces
