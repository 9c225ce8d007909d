#include "testbench/explore/evaluator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <stdexcept>

#include "layout/layout_write.hpp"
#include "testbench/explore/identity.hpp"

namespace vtpu::explore {
namespace {

using End = testbench::IsolatedOutcome::End;

}  // namespace

bool Evaluation::complete() const {
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.status == Status::Done; });
}

std::string JobRunner::job_text(std::size_t program, const std::string& layout_text) {
  return fmt::format("{}\n{}", program, layout_text);
}

std::string JobRunner::run(const std::string& job) {
  std::size_t program = 0;
  const auto [rest, error] = std::from_chars(job.data(), job.data() + job.size(), program);
  if (error != std::errc{} || *rest != '\n' || program >= programs_.size()) {
    throw std::invalid_argument("a job that names no program");
  }
  const std::string_view text(rest + 1, static_cast<std::size_t>(job.data() + job.size() - rest - 1));
  if (text != text_) {
    Result<layout::Layout> layout = layout::parse_layout(text, "layout of a job");
    if (!layout) throw std::invalid_argument(layout.error().front().text());
    layout_ = std::move(*layout);
    text_ = text;
  }
  return to_line(evaluate(layout_, programs_[program], options_));
}

Result<std::vector<Evaluation>> Evaluator::evaluate(const std::vector<Candidate>& candidates) {
  std::vector<Pending> pending;
  std::vector<std::string> texts(candidates.size());
  std::vector<std::vector<std::string>> keys(candidates.size());
  std::set<std::string> asked;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    texts[c] = layout::write_layout(candidates[c].layout);
    const std::string timing = timing_text(candidates[c].layout);
    for (std::size_t p = 0; p < programs_.size(); ++p) {
      keys[c].push_back(key_of(timing, programs_[p], options_));
      if (store_.find(keys[c].back()) != nullptr) {
        ++from_store_;
      } else if (asked.insert(keys[c].back()).second) {
        pending.push_back({p, c, keys[c].back()});
      }
    }
  }
  if (pool_ == nullptr && !pending.empty()) {
    return fail("exploration", fmt::format("{} points are not simulated yet; run the same `vtpu explore` again to "
                                           "go on with it",
                                           pending.size()));
  }
  for (std::size_t next = 0; pool_ != nullptr && (next < pending.size() || pool_->in_flight() != 0);) {
    while (next < pending.size() && pool_->room() != 0) {
      const Pending& job = pending[next];
      pool_->start({next++, JobRunner::job_text(job.program, texts[job.candidate])});
    }
    for (const Answer& answer : pool_->wait(std::chrono::seconds(1))) {
      const Pending& job = pending[answer.number];
      if (Result<void> taken = take(answer, job, candidates[job.candidate]); !taken) return fail(taken.error());
    }
    if (progress) progress();
  }
  std::vector<Evaluation> evaluations(candidates.size());
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    for (const std::string& key : keys[c]) evaluations[c].rows.push_back(*store_.find(key));
  }
  return evaluations;
}

Result<void> Evaluator::take(const Answer& answer, const Pending& pending, const Candidate& candidate) {
  Row row;
  if (answer.end == End::Answered) {
    Result<Row> read = row_of(answer.text, "a worker's answer");
    if (!read) return fail(std::move(read.error()));
    if (read->key != pending.key) {
      return fail("a worker",
                  "answers for another program or model; expected all to run the same vtpu on the same files");
    }
    row = std::move(*read);
  } else {
    row.key = pending.key;
    row.layout = candidate.layout.name;
    row.program = programs_[pending.program].name;
    row.status = answer.end == End::TimedOut ? Status::TimedOut : Status::Crashed;
    row.reason = answer.end == End::TimedOut ? "took longer than a point may" : answer.text;
  }
  row.point = candidate.point;
  if (row.status == Status::Done && row.cycles < row.bound_cycles) {
    bound_violations_.push_back(fmt::format("{} on {}: {} cycles simulated, bound {} by {}", row.program, row.layout,
                                            row.cycles, row.bound_cycles, row.bound_by));
  }
  ++simulated_;
  return store_.append(row);
}

}  // namespace vtpu::explore
