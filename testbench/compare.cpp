#include "testbench/compare.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "native/engine.hpp"
#include "testbench/engines.hpp"
#include "testbench/isolated.hpp"
#include "testbench/llvm_mca.hpp"

namespace vtpu::testbench {
namespace {

using lowering::HostIsa;
using nlohmann::json;

// ---- the engines on one program, in a process of its own ----

std::vector<EngineChoice> choices_for(const CompareOptions& options) {
  std::vector<EngineChoice> choices;
  const layout::Layout* layout = options.layout != nullptr ? options.layout : options.state_layout;
  for (const SourceKind source : {SourceKind::Siw, SourceKind::Host}) {
    EngineChoice choice;
    choice.kind = EngineKind::SystemC;
    choice.layout = layout;
    choice.source = source;
    choice.warm_up_runs = 1;  // the measurement repeats the program too
    choices.push_back(choice);
  }
  if (options.rtl) {
    EngineChoice choice;
    choice.kind = EngineKind::Rtl;
    choice.layout = layout;
    choices.push_back(choice);
  }
  for (const HostIsa isa : {HostIsa::Avx512, HostIsa::Avx2}) {
    if (!cpu_has(isa)) continue;
    EngineChoice choice;
    choice.kind = EngineKind::Native;
    choice.isa = isa;
    choices.push_back(choice);
  }
  return choices;
}

json state_of(const isa::Program& program, const EngineChoice& choice, const RunReport& truth, json& modelled) {
  json state{{"engine", describe(choice)}, {"equal", false}, {"digest", ""}, {"sentences", json::array()}};
  const Result<RunReport> report = run_on(program, choice);
  if (!report) {
    for (const Error& e : report.error()) state["sentences"].push_back(e.text());
    return state;
  }
  state["digest"] = fmt::format("{:016x}", report->digest);
  state["sentences"] = isa::differences(truth.state, "reference", report->state, std::string(name_of(choice.kind)), 4);
  state["equal"] = state["sentences"].empty() && report->digest == truth.digest;
  if (choice.kind == EngineKind::SystemC && choice.source == SourceKind::Host) {
    const std::vector<PortLoss> lost = losses(*report->model);
    modelled = {{"operations_per_cycle", operations_per_cycle(*report)},
                {"cycles", report->model->cycles},
                {"bottleneck", bottleneck(*report->model)},
                {"worst_conflict", lost.empty() ? std::string() : sentence(lost.front())}};
  }
  return state;
}

std::string states_of(const isa::Program& program, const CompareOptions& options) {
  json answer{{"states", json::array()}};
  json modelled;
  const Result<RunReport> truth = run_on(program, {});
  answer["reference_digest"] = fmt::format("{:016x}", truth->digest);
  for (const EngineChoice& choice : choices_for(options)) {
    answer["states"].push_back(state_of(program, choice, *truth, modelled));
  }
  if (options.layout != nullptr) answer["modelled"] = modelled;
  return answer.dump();
}

void take_answer(const IsolatedOutcome& outcome, ProgramComparison& comparison) {
  if (outcome.end != IsolatedOutcome::End::Answered) {
    const bool late = outcome.end == IsolatedOutcome::End::TimedOut;
    comparison.states.push_back({"all engines", "", false, {late ? "took too long" : outcome.answer}});
    return;
  }
  const json answer = json::parse(outcome.answer);
  comparison.reference_digest = answer["reference_digest"];
  for (const json& s : answer["states"]) {
    comparison.states.push_back({s["engine"], s["digest"], s["equal"], s["sentences"]});
  }
  if (!answer.contains("modelled") || !answer["modelled"].is_object()) return;
  const json& m = answer["modelled"];
  comparison.modelled = Modelled{m["operations_per_cycle"], m["cycles"], m["bottleneck"], m["worst_conflict"]};
}

// ---- all programs ----

class Comparer {
 public:
  Comparer(const std::vector<isa::Program>& programs, const CompareOptions& options)
      : programs_(programs), options_(options) {
    result_.programs.resize(programs.size());
    for (std::size_t i = 0; i < programs.size(); ++i) result_.programs[i].program = programs[i].name;
  }

  Result<Comparison> run() {
    run_engines();
    ask_llvm_mca();
    if (options_.measure) {
      if (Result<void> measured = measure(); !measured) return tl::unexpected(measured.error());
    }
    return std::move(result_);
  }

 private:
  void tell(const std::string& text) const {
    if (options_.progress) options_.progress(text);
  }

  void run_engines() {
    std::size_t done = 0;
    run_all_isolated(
        programs_.size(), options_.jobs, options_.longest_run,
        [this](std::size_t i) { return states_of(programs_[i], options_); },
        [&](std::size_t i, const IsolatedOutcome& outcome) {
          take_answer(outcome, result_.programs[i]);
          ++done;
          tell(fmt::format("{} of {}: {} on all engines, {}", done, programs_.size(), programs_[i].name,
                           result_.programs[i].states_equal() ? "states equal" : "STATES DIFFER"));
        });
  }

  void ask_llvm_mca() {
    const auto mca = find_llvm_mca(options_.llvm_mca_core);
    if (!mca) return;
    result_.llvm_mca = fmt::format("{} for {}", mca->command, mca->cpu);
    tell("asking " + result_.llvm_mca);
    for (std::size_t i = 0; i < programs_.size(); ++i) {
      native::NativeOptions native;
      native.isa = options_.measurement.isa;
      const auto machine = native::NativeMachine::create(programs_[i], native);
      if (machine) result_.programs[i].llvm_mca = llvm_mca_answer(*mca, programs_[i], **machine);
    }
  }

  // Programs that do not come to their end natively are left out.
  Result<void> measure() {
    std::vector<const isa::Program*> measured;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < programs_.size(); ++i) {
      const Result<RunReport> report = run_on(programs_[i], native_choice());
      if (!report || !report->words) continue;
      measured.push_back(&programs_[i]);
      places.push_back(i);
    }
    tell(fmt::format("measuring {} programs", measured.size()));
    Result<std::vector<Measurement>> all = measure_programs(measured, options_.measurement);
    if (!all) return tl::unexpected(all.error());
    for (std::size_t k = 0; k < places.size(); ++k) {
      ProgramComparison& p = result_.programs[places[k]];
      p.measured = std::move((*all)[k]);
      if (p.modelled) p.error = (p.modelled->operations_per_cycle - p.measured->median()) / p.measured->median();
    }
    return {};
  }

  [[nodiscard]] EngineChoice native_choice() const {
    EngineChoice choice;
    choice.kind = EngineKind::Native;
    choice.isa = options_.measurement.isa;
    return choice;
  }

  const std::vector<isa::Program>& programs_;
  const CompareOptions& options_;
  Comparison result_;
};

std::string number(std::optional<double> value, int digits = 3) {
  return value ? fmt::format("{:.{}f}", *value, digits) : std::string("-");
}

void add_row(std::string& text, const ProgramComparison& p) {
  const auto measured = [&](auto f) { return p.measured ? std::optional<double>(f(*p.measured)) : std::nullopt; };
  const std::string spread = p.measured && p.measured->p10()
                                 ? fmt::format("{:.3f}-{:.3f}", *p.measured->p10(), *p.measured->p90())
                                 : std::string("-");
  text += fmt::format("{:<26} {:>8} {:>9} {:>9} {:>13} {:>8} {:>8} {:>7} {:>7}  {}\n", p.program,
                      p.states_equal() ? "equal" : "DIFFER",
                      number(p.modelled ? std::optional(p.modelled->operations_per_cycle) : std::nullopt),
                      number(measured([](const Measurement& m) { return m.median(); })), spread,
                      p.error ? fmt::format("{:+.1f} %", 100 * *p.error) : std::string("-"), number(p.llvm_mca),
                      number(p.measured ? p.measured->host_instructions_per_cycle() : std::nullopt, 2),
                      p.measured ? fmt::format("{}", p.measured->result.code_footprint_bytes) : "-",
                      p.modelled ? p.modelled->bottleneck : std::string());
  if (p.modelled && !p.modelled->worst_conflict.empty()) {
    text += fmt::format("{:<26} {}\n", "", p.modelled->worst_conflict);
  }
  for (const EngineState& s : p.states) {
    if (s.equal) continue;
    text += fmt::format("  {} differs from the reference:\n", s.engine);
    for (const std::string& sentence : s.sentences) text += "    " + sentence + "\n";
  }
}

void add_elided(std::string& text, const Comparison& c) {
  std::string lines;
  for (const ProgramComparison& p : c.programs) {
    if (p.measured && total(p.measured->elided) > 0) {
      lines += fmt::format("  {:<24} {} of {}\n", p.program, total(p.measured->elided),
                           total(p.measured->elided) + total(p.measured->operations));
    }
  }
  if (!lines.empty()) text += "Operations that lower to no host instruction, executed and not counted:\n" + lines;
}

}  // namespace

bool ProgramComparison::states_equal() const {
  for (const EngineState& s : states) {
    if (!s.equal) return false;
  }
  return !states.empty();
}

bool Comparison::states_equal() const {
  for (const ProgramComparison& p : programs) {
    if (!p.states_equal()) return false;
  }
  return true;
}

std::optional<double> Comparison::mean_absolute_error() const {
  double sum = 0;
  unsigned n = 0;
  for (const ProgramComparison& p : programs) {
    if (!p.error) continue;
    sum += std::abs(*p.error);
    ++n;
  }
  return n == 0 ? std::nullopt : std::optional(sum / n);
}

Result<Comparison> compare(const std::vector<isa::Program>& programs, const CompareOptions& options) {
  return Comparer(programs, options).run();
}

std::string to_text(const Comparison& c) {
  std::string text = fmt::format("{:<26} {:>8} {:>9} {:>9} {:>13} {:>8} {:>8} {:>7} {:>7}  {}\n",
                                 "operations per cycle", "states", "modelled", "measured", "p10-p90", "error",
                                 "llvm-mca", "host/c", "bytes", "bottleneck, worst port conflict");
  for (const ProgramComparison& p : c.programs) add_row(text, p);
  add_elided(text, c);
  if (const auto error = c.mean_absolute_error()) text += fmt::format("mean absolute error {:.1f} %\n", 100 * *error);
  for (const ProgramComparison& p : c.programs) {
    if (!p.measured) continue;
    const measure::MeasureResult& r = p.measured->result;
    text += fmt::format("measured on {}, {}, {}\n", r.where(), r.cycle_source, lowering::name_of(p.measured->isa));
    break;
  }
  return text;
}

json to_json(const Comparison& c) {
  json programs = json::array();
  for (const ProgramComparison& p : c.programs) {
    json states = json::array();
    for (const EngineState& s : p.states) {
      states.push_back({{"engine", s.engine}, {"digest", s.digest}, {"equal", s.equal}, {"differences", s.sentences}});
    }
    json one{{"program", p.program},
             {"states_equal", p.states_equal()},
             {"reference_digest", p.reference_digest},
             {"states", std::move(states)}};
    if (p.modelled) {
      one["modelled"] = {{"operations_per_cycle", p.modelled->operations_per_cycle},
                         {"cycles", p.modelled->cycles},
                         {"bottleneck", p.modelled->bottleneck},
                         {"worst_conflict", p.modelled->worst_conflict}};
    }
    if (p.measured) one["measured"] = testbench::to_json(*p.measured);
    if (p.llvm_mca) one["llvm_mca_operations_per_cycle"] = *p.llvm_mca;
    if (p.error) one["error"] = *p.error;
    programs.push_back(std::move(one));
  }
  json result{{"programs", std::move(programs)}, {"states_equal", c.states_equal()}};
  if (!c.llvm_mca.empty()) result["llvm_mca"] = c.llvm_mca;
  if (const auto error = c.mean_absolute_error()) result["mean_absolute_error"] = *error;
  return result;
}

}  // namespace vtpu::testbench
