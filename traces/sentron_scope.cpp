#include "traces/sentron_scope.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::traces {
namespace {

using events::RegisterFile;

struct File {
  RegisterFile file;
  char letter;
  unsigned count;
};
constexpr std::array<File, 4> kFiles{{{RegisterFile::R, 'r', isa::kIntRegisters},
                                      {RegisterFile::V, 'v', isa::kVectorRegisters},
                                      {RegisterFile::P, 'p', isa::kCoordinateRegisters},
                                      {RegisterFile::M, 'm', isa::kMessageRegisters}}};

}  // namespace

SentronScope::SentronScope(Signals& signals, std::string name) : signals_(signals), name_(std::move(name)) {
  signals_.open_scope(name_);
  for (const File& file : kFiles) {
    const auto f = static_cast<std::size_t>(file.file);
    for (unsigned i = 0; i < file.count; ++i) {
      files_[f].push_back(signals_.declare(fmt::format("{}{}", file.letter, i), events::kRegisterBits[f]));
    }
  }
  const auto cmp = static_cast<std::size_t>(RegisterFile::Cmp);
  files_[cmp].push_back(signals_.declare("cmp", events::kRegisterBits[cmp]));
  signals_.close_scope();
}

void SentronScope::set(const events::RegisterWrite& write) {
  const std::vector<SignalId>& file = files_[static_cast<std::size_t>(write.file)];
  if (write.index < file.size()) signals_.set(file[write.index], write.value);
}

void SentronScope::set_all(const isa::Registers& registers) {
  const auto set_one = [this](RegisterFile file, std::size_t index, auto begin, auto end) {
    events::RegisterWrite write;
    write.file = file;
    write.index = static_cast<std::uint8_t>(index);
    std::copy(begin, end, write.value.begin());
    set(write);
  };
  for (std::size_t i = 0; i < registers.r.size(); ++i)
    set_one(RegisterFile::R, i, &registers.r[i], &registers.r[i] + 1);
  for (std::size_t i = 0; i < registers.v.size(); ++i) {
    set_one(RegisterFile::V, i, registers.v[i].lane.begin(), registers.v[i].lane.end());
  }
  for (std::size_t i = 0; i < registers.p.size(); ++i) {
    const std::array<std::uint64_t, 2> halves{registers.p[i].lo, registers.p[i].hi};
    set_one(RegisterFile::P, i, halves.begin(), halves.end());
  }
  for (std::size_t i = 0; i < registers.m.size(); ++i) {
    set_one(RegisterFile::M, i, registers.m[i].lane.begin(), registers.m[i].lane.end());
  }
  set_one(RegisterFile::Cmp, 0, &registers.cmp, &registers.cmp + 1);
}

void SentronScope::show(SaveFile& save) const {
  std::vector<std::pair<SignalId, std::string>> changed;
  for (const File& file : kFiles) {
    const std::vector<SignalId>& signals = files_[static_cast<std::size_t>(file.file)];
    for (std::size_t i = 0; i < signals.size(); ++i) {
      if (signals_.ever_changed(signals[i])) changed.emplace_back(signals[i], fmt::format("{}{}", file.letter, i));
    }
  }
  const SignalId cmp = files_[static_cast<std::size_t>(RegisterFile::Cmp)][0];
  if (signals_.ever_changed(cmp)) changed.emplace_back(cmp, "cmp");
  save.open_group("sentron " + name_);
  for (const auto& [signal, alias] : changed) {
    save.row(signals_.path_of(signal), alias, alias.front() == 'r' ? Show::Signed : Show::Hexadecimal);
  }
  save.close_group();
}

}  // namespace vtpu::traces
