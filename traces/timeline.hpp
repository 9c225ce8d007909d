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

#include <optional>
#include <string>
#include <vector>

#include "traces/cycle_record.hpp"
#include "traces/window.hpp"

namespace vtpu::traces {

class Timeline final : public Sink {
 public:
  // words: of core 0, as Window::words.
  Timeline(Span words, std::vector<std::string> port_names);

  bool take(const CycleRecord& record) override;
  void end(const std::vector<const Life*>& lives) override;

  // After the end. Empty where the run was shorter than the window's start.
  [[nodiscard]] std::string text() const;

 private:
  struct Row {
    UopId id = 0;
    std::string label;  // word, pipe, text
    std::string port;
    Cycle dispatched = 0;
    std::optional<Cycle> issued, completed, retired;
  };
  void add(const Life& life);
  [[nodiscard]] static std::string marks(const Row& row, Cycle from, Cycle to);

  Span words_;
  std::vector<std::string> port_names_;
  std::vector<Row> rows_;  // by id, once ended
};

}  // namespace vtpu::traces
