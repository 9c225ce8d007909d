// One core: its units, run in the order of docs/core_contract.md, a cycle at a time. Plain C++; the clock is SystemC's.
#pragma once

#include <memory>
#include <vector>

#include "core/core_state.hpp"
#include "core/execution_port.hpp"
#include "core/front_end.hpp"
#include "core/issue_queue.hpp"
#include "core/issue_unit.hpp"
#include "core/load_store_unit.hpp"
#include "core/rename_unit.hpp"
#include "core/retire_unit.hpp"
#include "core/wake_up.hpp"

namespace vtpu::core {

class SentronCore {
 public:
  // sources: one per thread; all references outlive the core. host_code: section 15 of the contract holds.
  SentronCore(const layout::Layout& layout, std::uint32_t number, std::vector<UopSource*> sources,
              memory::DataAccess& data, std::vector<events::Listener*> listeners, bool host_code = false);

  void tick(Cycle now);
  // Nothing is in flight and the sources will bring nothing unless another core does something.
  [[nodiscard]] bool finished() const;
  [[nodiscard]] const CoreCounts& counts() const { return state_.counts; }
  [[nodiscard]] bool idle() const;

 private:
  void tell_completed(Cycle now);

  CoreState state_;
  std::vector<UopSource*> sources_;
  WakeUp wake_up_;
  LoadStoreUnit load_store_;
  std::vector<IssueQueue> queues_;
  std::vector<ExecutionPort> ports_;
  IssueUnit issue_;
  RenameUnit rename_;
  std::vector<FrontEnd> front_ends_;
  RetireUnit retire_;
};

}  // namespace vtpu::core
