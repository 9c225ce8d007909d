// An exploration as it lies in its folder: everything that decides its result, so that it can be continued, merged,
// reported on and asked about anywhere.
//
//   exploration.json      space, base layout, known cores, objectives, method, seed, command
//   programs/NAME.siwb    the programs as they are run
//   rows.jsonl            one line for each point that was simulated
//   report.html, layouts.csv, results.json
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "testbench/explore/campaign.hpp"
#include "testbench/explore/design_space.hpp"
#include "testbench/explore/evaluate.hpp"
#include "testbench/explore/study.hpp"
#include "testbench/explore/workload.hpp"

namespace vtpu::explore {

struct Exploration {
  DesignSpace space;
  std::vector<Workload> programs;
  std::vector<layout::Layout> known;  // cores to compare with
  CampaignOptions campaign;
  RunOptions run;
  bool studies = true;  // sensitivity and ablation around the centre
  std::string centre;   // a layout's name; empty: the knee of the front
  std::string command;  // as it was typed
  std::string version;  // of vtpu
};

// Writes exploration.json and programs/. Errors: a file cannot be written.
[[nodiscard]] Result<void> save(const Exploration& exploration, const std::string& folder);
[[nodiscard]] Result<Exploration> load(const std::string& folder);

// The rows of several folders in one, with the exploration that they are shards of. Errors: folders of different
// explorations; a file cannot be read or written.
[[nodiscard]] Result<Exploration> merge(const std::vector<std::string>& folders, const std::string& into);

struct Outcome {
  CampaignResult campaign;
  std::optional<Study> study;
  std::uint64_t simulated = 0, from_store = 0;
  std::vector<std::string> bound_violations;
};

// Runs what is not in the folder's rows yet; all of it is, for a finished one. Without a pool nothing is simulated and
// a missing row is an error. Errors: a row that cannot be stored; a folder in use.
[[nodiscard]] Result<Outcome> carry_out(const Exploration& exploration, const std::string& folder, WorkerPool* pool,
                                        const std::function<void(const Progress&)>& progress,
                                        const std::function<void()>& tick);

}  // namespace vtpu::explore
