#include "testbench/accuracy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cpu/cpu.hpp"
#include "native/engine.hpp"
#include "testbench/eta.hpp"
#include "testbench/isolated.hpp"
#include "testbench/journal.hpp"

namespace vtpu::testbench {
namespace {

using nlohmann::json;

json optional_json(const std::optional<double>& value) { return value ? json(*value) : json(); }
std::optional<double> optional_of(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

// All that a journal's entries depend on.
std::string fingerprint(const std::vector<AccuracyInput>& inputs, const AccuracyOptions& options) {
  std::ifstream file(options.layout->source_file);
  std::stringstream text;
  text << file.rdbuf() << cpu::this_cpu().identity() << options.measurement.rounds << ' '
       << options.measurement.most_rounds.value_or(0) << ' ' << options.measurement.samples_per_round;
  for (const LlvmMca& mca : options.llvm_mca) text << mca.command << mca.cpu;
  for (const AccuracyInput& input : inputs)
    text << input.program.name << (input.spec ? to_json(*input.spec).dump() : "");
  return fmt::format("{:016x}", std::hash<std::string>{}(text.str()));
}

// All tools on one stream, in a process of its own.
std::string model(const AccuracyInput& input, const AccuracyOptions& options) {
  json answer{{"modelled", json::array()}, {"bounds", json::array()}, {"failure", ""}};
  const lowering::HostIsa isa = *options.measurement.isa;
  try {
    const BoundedRun run = run_with_bounds(input.program, *options.layout, isa);
    answer["modelled"].push_back(run.outcome.operations_per_cycle());
    answer["bounds"] = to_json(run.bounds);
  } catch (const std::invalid_argument& refused) {  // a layout without an instruction
    answer["modelled"].push_back(nullptr);
    answer["failure"] = refused.what();
  }
  native::NativeOptions native;
  native.isa = isa;
  const auto machine = native::NativeMachine::create(input.program, native);
  for (const LlvmMca& mca : options.llvm_mca) {
    answer["modelled"].push_back(machine ? optional_json(llvm_mca_answer(mca, input.program, **machine)) : json());
  }
  return answer.dump();
}

json failed(const std::string& why, std::size_t tools) {
  return {{"modelled", std::vector<json>(tools)}, {"bounds", json::array()}, {"failure", why}};
}

json to_journal(const StreamAccuracy& s) {
  return {{"operations", s.operations},
          {"code_bytes", s.code_bytes},
          {"measured", optional_json(s.measured)},
          {"p10", optional_json(s.measured_p10)},
          {"p90", optional_json(s.measured_p90)},
          {"accepted", s.share_accepted}};
}

void from_journal(const json& entry, StreamAccuracy& s) {
  s.operations = entry["operations"];
  s.code_bytes = entry["code_bytes"];
  s.measured = optional_of(entry["measured"]);
  s.measured_p10 = optional_of(entry["p10"]);
  s.measured_p90 = optional_of(entry["p90"]);
  s.share_accepted = entry["accepted"];
}

class Examiner {
 public:
  Examiner(const std::vector<AccuracyInput>& inputs, const AccuracyOptions& options, Journal journal)
      : inputs_(inputs), options_(options), journal_(std::move(journal)) {
    result_.tools.push_back("vtpu " + options.layout->name);
    for (const LlvmMca& mca : options.llvm_mca) result_.tools.push_back(mca.command + " " + mca.cpu);
    for (const AccuracyInput& input : inputs) result_.streams.push_back(stream_of(input));
  }

  Result<Accuracy> run() {
    if (Result<void> measured = measure(); !measured) return tl::unexpected(measured.error());
    model_all();
    explain_worst();
    return std::move(result_);
  }

 private:
  static StreamAccuracy stream_of(const AccuracyInput& input) {
    StreamAccuracy s;
    s.suite = input.suite;
    s.name = input.program.name;
    s.level = input.spec ? std::string(name_of(level_of(*input.spec))) : "program";
    if (input.spec) s.description = to_json(*input.spec).dump();
    return s;
  }

  void tell(const std::string& text) const {
    if (options_.progress) options_.progress(text);
  }

  Result<void> measure() {
    std::vector<std::size_t> wanting;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      StreamAccuracy& s = result_.streams[i];
      if (const auto known = journal_.find("measured " + s.name)) from_journal(*known, s);
      if (!s.measured) wanting.push_back(i);
    }
    if (!wanting.empty()) {
      Result<json> measured = measure_now(wanting);
      if (!measured) return tl::unexpected(measured.error());
      for (const std::size_t i : wanting) {
        journal_.add("measured " + result_.streams[i].name, to_journal(result_.streams[i]));
      }
      journal_.add("about", *measured);
    }
    const json known = *journal_.find("about");
    result_.cpu = known["cpu"];
    result_.cycle_source = known["cycle_source"];
    result_.isa = known["isa"];
    const double taken = known["samples_taken"];
    result_.share_rejected = taken == 0 ? 0 : 1 - known["samples_accepted"].get<double>() / taken;
    return {};
  }

  // Nothing else runs meanwhile. Returns what holds for all streams, with the samples of earlier measurements.
  Result<json> measure_now(const std::vector<std::size_t>& wanting) {
    std::vector<const isa::Program*> programs;
    for (const std::size_t i : wanting) programs.push_back(&inputs_[i].program);
    tell(fmt::format("compiling {} streams for the measurement", programs.size()));
    MeasurementOptions measurement = options_.measurement;
    Eta eta(measurement.rounds);
    measurement.progress = [&](const measure::MeasureProgress& p) {
      tell(p.round <= measurement.rounds
               ? fmt::format("measured round {} of {} over {} streams{}", p.round, measurement.rounds, programs.size(),
                             eta.after(p.round))
               : fmt::format("measured round {} of at most {}: {} streams want accepted samples", p.round,
                             p.most_rounds, p.loops_wanting));
    };
    const Result<std::vector<Measurement>> all = measure_programs(programs, measurement);
    if (!all) return tl::unexpected(all.error());
    const json before = journal_.find("about").value_or(json::object());
    std::uint64_t taken = before.value("samples_taken", std::uint64_t{0});
    std::uint64_t accepted = before.value("samples_accepted", std::uint64_t{0});
    for (std::size_t k = 0; k < wanting.size(); ++k) {
      const Measurement& m = (*all)[k];
      StreamAccuracy& s = result_.streams[wanting[k]];
      s.operations = total(m.operations);
      s.code_bytes = m.result.code_footprint_bytes;
      if (m.result.samples_accepted() >= kLeastAccepted) {
        s.measured = m.median();
        s.measured_p10 = m.p10();
        s.measured_p90 = m.p90();
      }
      s.share_accepted = m.result.share_accepted();
      taken += m.result.samples_taken;
      accepted += m.result.samples_accepted();
    }
    const measure::MeasureResult& first = all->front().result;
    return json{{"cpu", first.where()},
                {"cycle_source", first.cycle_source},
                {"isa", lowering::name_of(all->front().isa)},
                {"samples_taken", taken},
                {"samples_accepted", accepted}};
  }

  void model_all() {
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      if (const auto known = journal_.find("modelled " + inputs_[i].program.name)) {
        take(*known, i);
      } else {
        open.push_back(i);
      }
    }
    std::size_t done = 0;
    const Eta eta(open.size());
    run_all_isolated(
        open.size(), options_.jobs, options_.longest_model,
        [&](std::size_t k) { return model(inputs_[open[k]], options_); },
        [&](std::size_t k, const IsolatedOutcome& outcome) {
          settle(open[k], outcome);
          ++done;
          tell(fmt::format("modelled {} of {}: {}{}", done, open.size(), inputs_[open[k]].program.name,
                           eta.after(done)));
        });
  }

  // Those that are worst predicted, of those that end soon: an explanation models a stream dozens of times.
  void explain_worst() {
    std::vector<std::size_t> worst = result_.worst_first();
    std::erase_if(worst, [this](std::size_t i) {
      const StreamAccuracy& s = result_.streams[i];
      return static_cast<double>(s.operations) > kExplainedCycles * s.modelled.front().value_or(0);
    });
    worst.resize(std::min<std::size_t>(worst.size(), options_.explain));
    result_.explanations.resize(worst.size());
    std::vector<char> good(worst.size(), 0);
    std::size_t done = 0;
    const Eta eta(worst.size());
    run_all_isolated(
        worst.size(), options_.jobs, options_.longest_model,
        [&](std::size_t k) {
          return to_json(explain(inputs_[worst[k]].program, *options_.layout, *options_.measurement.isa,
                                 *result_.streams[worst[k]].measured))
              .dump();
        },
        [&](std::size_t k, const IsolatedOutcome& outcome) {
          good[k] = outcome.end == IsolatedOutcome::End::Answered ? 1 : 0;
          if (good[k] != 0) result_.explanations[k] = explanation_of(json::parse(outcome.answer));
          ++done;
          tell(fmt::format("explained {} of {}: {}{}", done, worst.size(), inputs_[worst[k]].program.name,
                           eta.after(done)));
        });
    std::vector<Explanation> kept;
    for (std::size_t k = 0; k < worst.size(); ++k) {
      if (good[k] != 0) kept.push_back(std::move(result_.explanations[k]));
    }
    result_.explanations = std::move(kept);
  }

  void settle(std::size_t i, const IsolatedOutcome& outcome) {
    json answer;
    switch (outcome.end) {
      case IsolatedOutcome::End::Answered: answer = json::parse(outcome.answer); break;
      case IsolatedOutcome::End::Crashed: answer = failed(outcome.answer, result_.tools.size()); break;
      case IsolatedOutcome::End::TimedOut: answer = failed("took too long", result_.tools.size()); break;
    }
    journal_.add("modelled " + inputs_[i].program.name, answer);
    take(answer, i);
  }

  void take(const json& answer, std::size_t i) {
    StreamAccuracy& s = result_.streams[i];
    s.modelled.clear();
    for (const json& value : answer["modelled"]) s.modelled.push_back(optional_of(value));
    for (const json& b : answer["bounds"]) s.bounds.push_back({b["resource"], b["operations_per_cycle"]});
    s.failure = answer["failure"];
  }

  const std::vector<AccuracyInput>& inputs_;
  const AccuracyOptions& options_;
  Journal journal_;
  Accuracy result_;
};

}  // namespace

std::size_t Accuracy::unmeasured() const {
  return static_cast<std::size_t>(
      std::count_if(streams.begin(), streams.end(), [](const StreamAccuracy& s) { return !s.measured; }));
}

std::optional<double> Accuracy::error_of(std::size_t stream, std::size_t tool) const {
  const StreamAccuracy& s = streams[stream];
  if (tool >= s.modelled.size() || !s.modelled[tool] || !s.measured) return std::nullopt;
  return Answer{*s.measured, *s.modelled[tool]}.error();
}

std::vector<std::size_t> Accuracy::worst_first() const {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < streams.size(); ++i) {
    if (error_of(i, 0)) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [this](std::size_t a, std::size_t b) { return std::abs(*error_of(a, 0)) > std::abs(*error_of(b, 0)); });
  return order;
}

AccuracyStatistics Accuracy::statistics(std::size_t tool, const Filter& keep) const {
  std::vector<Answer> answers;
  for (const StreamAccuracy& s : streams) {
    if (s.modelled.size() <= tool || !s.modelled[tool] || !s.measured || (keep && !keep(s))) continue;
    answers.push_back({*s.measured, *s.modelled[tool]});
  }
  return statistics_of(answers);
}

Result<Accuracy> run_accuracy(const std::vector<AccuracyInput>& inputs, const AccuracyOptions& options) {
  if (inputs.empty()) return fail("accuracy", "found no stream, expected at least one");
  Result<Journal> journal = Journal::open(options.journal, fingerprint(inputs, options));
  if (!journal) return tl::unexpected(journal.error());
  return Examiner(inputs, options, std::move(*journal)).run();
}

}  // namespace vtpu::testbench
