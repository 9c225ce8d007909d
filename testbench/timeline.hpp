// A window of a run, uop by uop, in the manner of llvm-mca:
//
//   cycles 100 to 109              0123456789
//   word 12.0  D  dadd.i64   alu0  DeER .   .
//   word 12.0  S  sgather    agu1  D==eeeeER.
//   word 12.0  C  cpack      alu2  D=eE----R.
//
// D dispatched, = waits in a queue, e starts and executes, E completed, - waits to retire, R retired. "12.3" is word 12
// of the stream, fetched by the core for the fourth time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/events.hpp"

namespace vtpu::testbench {

// Words in the order in which core 0 dispatches them, loops unrolled: first, first + 1, ...
struct WordWindow {
  std::uint64_t first = 0;
  std::uint64_t count = 8;
};

class Timeline final : public events::Listener {
 public:
  Timeline(WordWindow window, std::vector<std::string> port_names);

  void on_dispatched(events::Cycle cycle, const events::UopInfo& uop, unsigned queue) override;
  void on_issued(events::Cycle cycle, const events::UopInfo& uop, unsigned port) override;
  void on_completed(events::Cycle cycle, const events::UopInfo& uop) override;
  void on_retired(events::Cycle cycle, const events::UopInfo& uop) override;

  // Empty where the run was shorter than the window's start.
  [[nodiscard]] std::string text() const;

 private:
  struct Row {
    events::UopId id = 0;
    std::string label;  // word, pipe, text
    std::string port;
    events::Cycle dispatched = 0;
    std::optional<events::Cycle> issued, completed, retired;
  };
  Row* row_of(const events::UopInfo& uop);
  [[nodiscard]] static std::string marks(const Row& row, events::Cycle from, events::Cycle to);

  WordWindow window_;
  std::vector<std::string> port_names_;
  std::vector<Row> rows_;  // ascending ids
  std::optional<events::UopInfo> before_;
  std::uint64_t words_ = 0;  // dispatched so far, the current one included
};

}  // namespace vtpu::testbench
