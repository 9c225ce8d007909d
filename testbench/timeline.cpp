#include "testbench/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::testbench {
namespace {

constexpr events::Cycle kMostColumns = 200;

bool same_word(const events::UopInfo& a, const events::UopInfo& b) {
  return a.sentron == b.sentron && a.word == b.word && a.iteration == b.iteration;
}

}  // namespace

Timeline::Timeline(WordWindow window, std::vector<std::string> port_names)
    : window_(window), port_names_(std::move(port_names)) {}

void Timeline::on_dispatched(events::Cycle cycle, const events::UopInfo& uop, unsigned) {
  if (uop.core != 0 || words_ > window_.first + window_.count) return;
  if (!before_ || !same_word(*before_, uop)) ++words_;
  before_ = uop;
  const std::uint64_t index = words_ - 1;
  if (index < window_.first || index >= window_.first + window_.count) return;
  rows_.push_back({uop.id,
                   fmt::format("word {}.{}  {}  {}", uop.word, uop.iteration, isa::name_of(uop.pipe), uop.text),
                   "",
                   cycle,
                   {},
                   {},
                   {}});
}

Timeline::Row* Timeline::row_of(const events::UopInfo& uop) {
  if (uop.core != 0 || rows_.empty() || uop.id < rows_.front().id || uop.id > rows_.back().id) return nullptr;
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), uop.id, [](const Row& r, auto id) { return r.id < id; });
  return at != rows_.end() && at->id == uop.id ? &*at : nullptr;
}

void Timeline::on_issued(events::Cycle cycle, const events::UopInfo& uop, unsigned port) {
  if (Row* row = row_of(uop)) {
    row->issued = cycle;
    row->port = port_names_.at(port);
  }
}

void Timeline::on_completed(events::Cycle cycle, const events::UopInfo& uop) {
  if (Row* row = row_of(uop)) row->completed = cycle;
}

void Timeline::on_retired(events::Cycle cycle, const events::UopInfo& uop) {
  if (Row* row = row_of(uop)) row->retired = cycle;
}

// Later marks overwrite earlier ones that fall into the same cycle.
std::string Timeline::marks(const Row& row, events::Cycle from, events::Cycle to) {
  std::string line(to - from + 1, ' ');
  for (std::size_t i = 0; i < line.size(); i += 5) line[i] = '.';
  const auto fill = [&](events::Cycle first, events::Cycle end, char mark) {
    for (events::Cycle c = first; c < std::min(end, to + 1); ++c) line[c - from] = mark;
  };
  const events::Cycle end = to + 1;
  fill(row.dispatched, row.issued.value_or(row.completed.value_or(row.retired.value_or(end))), '=');
  if (row.issued) fill(*row.issued, row.completed.value_or(end), 'e');
  if (row.completed) fill(*row.completed, row.retired.value_or(end), '-');
  const auto put = [&](std::optional<events::Cycle> cycle, char mark) {
    if (cycle) fill(*cycle, *cycle + 1, mark);
  };
  put(row.completed, 'E');
  put(row.dispatched, 'D');
  put(row.retired, 'R');
  return line;
}

std::string Timeline::text() const {
  if (rows_.empty()) return {};
  const events::Cycle from = rows_.front().dispatched;
  events::Cycle to = from;
  std::size_t label = 0, port = 0;
  for (const Row& row : rows_) {
    to = std::max({to, row.dispatched, row.issued.value_or(0), row.completed.value_or(0), row.retired.value_or(0)});
    label = std::max(label, row.label.size());
    port = std::max(port, row.port.size());
  }
  to = std::min(to, from + kMostColumns - 1);
  std::string text = fmt::format("{:<{}}  ", fmt::format("cycles {} to {}", from, to), label + port + 2);
  for (events::Cycle c = from; c <= to; ++c) text += static_cast<char>('0' + (c - from) % 10);
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

}  // namespace vtpu::testbench
