#include "traces/signals.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::traces {

void Signals::open_scope(const std::string& name) {
  scopes_.push_back(scopes_.empty() ? name : scopes_.back() + "." + name);
  file_.open_scope(name);
}

void Signals::close_scope() {
  scopes_.pop_back();
  file_.close_scope();
}

SignalId Signals::declare(const std::string& name, unsigned bits) {
  const std::string range = bits == 1 ? "" : fmt::format("[{}:0]", bits - 1);
  signals_.push_back({scopes_.back() + "." + name + range, bits, values_.size()});
  values_.resize(values_.size() + (bits + 63) / 64, 0);
  return file_.declare(name, bits);
}

void Signals::mark(SignalId id) {
  Signal& signal = signals_[id];
  signal.changes = std::min(signal.changes + 1, 2U);
  if (signal.is_dirty) return;
  signal.is_dirty = true;
  dirty_.push_back(id);
}

void Signals::set(SignalId id, std::uint64_t value) {
  Signal& signal = signals_[id];
  if (signal.has_value && values_[signal.value] == value) return;
  signal.has_value = true;
  values_[signal.value] = value;
  mark(id);
}

void Signals::set(SignalId id, const std::array<std::uint64_t, 8>& value) {
  Signal& signal = signals_[id];
  const std::size_t count = (signal.bits + 63) / 64;
  const auto at = values_.begin() + static_cast<std::ptrdiff_t>(signal.value);
  if (signal.has_value && std::equal(at, at + static_cast<std::ptrdiff_t>(count), value.begin())) return;
  signal.has_value = true;
  std::copy_n(value.begin(), count, at);
  mark(id);
}

void Signals::clear(SignalId id) {
  Signal& signal = signals_[id];
  if (!signal.has_value) return;
  signal.has_value = false;
  mark(id);
}

void Signals::change(SignalId id) {
  const Signal& signal = signals_[id];
  text_.assign(signal.bits, 'z');
  if (signal.has_value) {
    for (unsigned b = 0; b < signal.bits; ++b) {
      text_[signal.bits - 1 - b] = (values_[signal.value + b / 64] >> (b % 64) & 1U) != 0 ? '1' : '0';
    }
  }
  file_.change(id, text_);
}

void Signals::write(events::Cycle cycle) {
  if (!began_) {
    file_.begin();
    file_.time(cycle);
    for (SignalId id = 0; id < signals_.size(); ++id) change(id);
  } else if (!dirty_.empty()) {
    file_.time(cycle);
    for (const SignalId id : dirty_) change(id);
  }
  began_ = true;
  for (const SignalId id : dirty_) signals_[id].is_dirty = false;
  dirty_.clear();
}

void Signals::end(std::optional<events::Cycle> end) {
  if (!began_) file_.begin();
  if (end) file_.time(*end);
}

}  // namespace vtpu::traces
