// The registers of one sentron: r0.. v0.. p0.. m0.. cmp. A value written in a cycle stands from the next one on.
#pragma once

#include <array>
#include <vector>

#include "traces/cycle_record.hpp"
#include "traces/save_file.hpp"
#include "traces/signals.hpp"

namespace vtpu::traces {

class SentronScope {
 public:
  // name: of the sentron; signals outlive the scope.
  SentronScope(Signals& signals, std::string name);

  // As of the start of a cycle.
  void set_all(const isa::Registers& registers);
  void set(const events::RegisterWrite& write);
  // Registers that never changed are left out; none at all: no group.
  void show(SaveFile& save) const;

 private:
  Signals& signals_;
  std::string name_;
  std::array<std::vector<SignalId>, events::kRegisterBits.size()> files_;  // by RegisterFile
};

}  // namespace vtpu::traces
