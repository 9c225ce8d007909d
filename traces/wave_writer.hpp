// Writes the cycles of one model, or of two side by side, into a wave file: a scope for each, named, and where there
// are two, a scope "difference". At the end it writes the view beside it, from OUT.fst:
//
//   OUT.gtkw    GTKWave's save file: groups, rows, colours; opens where the first conflict is
//   OUT.names   the translate filter file that turns numbers into texts
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "isa/program.hpp"
#include "layout/layout.hpp"
#include "traces/core_scope.hpp"
#include "traces/difference_scope.hpp"
#include "traces/sentron_scope.hpp"
#include "traces/wave_file.hpp"

namespace vtpu::traces {

struct WaveSetup {
  std::string path;                        // ends in .fst or .vcd
  const layout::Layout* layout = nullptr;  // outlives the writer
  unsigned cores = 1;
  std::vector<std::string> sentron_names;
  std::vector<std::string> models{"model"};  // one or two scopes
  // Signals that an other writer puts into the file, for the view: path and the row's name. A group of their own.
  std::vector<std::pair<std::string, std::string>> other_rows;
  std::uint64_t limit_bytes = 0;  // stops after the cycle in which the file came to it; 0: none
};

class WaveWriter {
 public:
  // file: where the waves go; absent: a file of their own at setup.path.
  [[nodiscard]] static Result<std::unique_ptr<WaveWriter>> create(WaveSetup setup,
                                                                  std::unique_ptr<WaveFile> file = nullptr);
  WaveWriter(const WaveWriter&) = delete;
  WaveWriter& operator=(const WaveWriter&) = delete;
  ~WaveWriter();

  // Takes the cycles of a model; the models advance together, a cycle at a time.
  [[nodiscard]] Sink& model(std::size_t index);

  // After the end of all models.
  [[nodiscard]] const Result<void>& outcome() const { return outcome_; }
  [[nodiscard]] std::optional<Cycle> stopped() const { return stopped_; }

 private:
  class Model;

  WaveWriter(WaveSetup setup, std::unique_ptr<WaveFile> file);
  bool take(std::size_t index, const CycleRecord& record);
  void end_model();
  void write_cycle();
  void close();
  [[nodiscard]] std::string view() const;

  WaveSetup setup_;
  std::unique_ptr<WaveFile> file_;
  Signals signals_;
  Names names_;
  std::vector<std::unique_ptr<Model>> models_;
  std::unique_ptr<DifferenceScope> difference_;
  std::optional<Cycle> cycle_;  // in hand
  std::optional<Cycle> first_, first_conflict_, first_difference_;
  std::size_t taken_ = 0;  // models that gave it and are not written
  std::size_t ended_ = 0;
  bool closed_ = false;
  Result<void> outcome_;
  std::optional<Cycle> stopped_;
};

// "out.fst" -> "out.gtkw", "out.names".
[[nodiscard]] std::string save_file_of(const std::string& wave_path);
[[nodiscard]] std::string names_file_of(const std::string& wave_path);

}  // namespace vtpu::traces
