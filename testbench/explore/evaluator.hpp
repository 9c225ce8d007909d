// Evaluates layouts on all programs: takes from the store what is there, has a pool do the rest, and stores every row
// before it is used.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "testbench/explore/evaluate.hpp"
#include "testbench/explore/row_store.hpp"
#include "testbench/explore/worker_pool.hpp"

namespace vtpu::explore {

struct Candidate {
  std::string point;  // of the design space, "2.0.1"; empty: none of its points
  layout::Layout layout;
};

// A layout on every program, in the order of the programs.
struct Evaluation {
  std::vector<Row> rows;
  [[nodiscard]] bool complete() const;  // every row is done
};

// What a worker does with a job: the number of a program and a layout's text. It remembers the layout that it read
// last.
class JobRunner {
 public:
  JobRunner(const std::vector<Workload>& programs, RunOptions options) : programs_(programs), options_(options) {}
  [[nodiscard]] static std::string job_text(std::size_t program, const std::string& layout_text);
  [[nodiscard]] std::string run(const std::string& job);

 private:
  const std::vector<Workload>& programs_;
  RunOptions options_;
  std::string text_;
  layout::Layout layout_;
};

class Evaluator {
 public:
  // All references outlive the evaluator. Without a pool, rows that are not in the store are an error.
  Evaluator(const std::vector<Workload>& programs, RunOptions options, RowStore& store, WorkerPool* pool)
      : programs_(programs), options_(options), store_(store), pool_(pool) {}

  // Called when a row was stored, or none for a second.
  std::function<void()> progress;

  // Errors: a row cannot be stored, or is missing and there is no pool. Rows of points that crashed or took too long
  // say so.
  [[nodiscard]] Result<std::vector<Evaluation>> evaluate(const std::vector<Candidate>& candidates);

  [[nodiscard]] std::uint64_t simulated() const { return simulated_; }
  [[nodiscard]] std::uint64_t from_store() const { return from_store_; }
  // Points whose simulation took fewer cycles than the bound: a fault of the bound or the model, sentence by sentence.
  [[nodiscard]] const std::vector<std::string>& bound_violations() const { return bound_violations_; }

 private:
  struct Pending {
    std::size_t program = 0;
    std::size_t candidate = 0;
    std::string key;
  };
  [[nodiscard]] Result<void> take(const Answer& answer, const Pending& pending, const Candidate& candidate);

  const std::vector<Workload>& programs_;
  RunOptions options_;
  RowStore& store_;
  WorkerPool* pool_;
  std::uint64_t simulated_ = 0;
  std::uint64_t from_store_ = 0;
  std::vector<std::string> bound_violations_;
};

}  // namespace vtpu::explore
