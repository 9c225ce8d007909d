#include "testbench/accuracy_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "testbench/pages/pages.hpp"

namespace vtpu::testbench {
namespace {

using nlohmann::json;

constexpr std::array<const char*, 6> kLevels{"none", "l1", "l2", "l3", "beyond", "program"};

void add_statistics(std::string& text, const std::string& name, const AccuracyStatistics& s) {
  if (s.streams == 0) {
    text += fmt::format("{:<26} {:>7}\n", name, 0);
    return;
  }
  text += fmt::format(
      "{:<26} {:>7} {:>+7.1f} % {:>6.1f} % {:>6.1f} % {:>6.1f} % {:>7.1f} % {:>6.3f} {:>5.0f} {:>4.0f} {:>4.0f} "
      "{:>4.0f}\n",
      name, s.streams, 100 * s.mean_error, 100 * s.mean_absolute_error, 100 * s.median_absolute_error,
      100 * s.p90_absolute_error, 100 * s.largest_absolute_error, s.kendall_tau, 100 * s.share_within[0],
      100 * s.share_within[1], 100 * s.share_within[2], 100 * s.share_within[3]);
}

std::string heading(const std::string& first) {
  return fmt::format(
      "{:<26} {:>7} {:>9} {:>8} {:>8} {:>8} {:>9} {:>6}  share within\n{:<26} {:>7} {:>9} {:>8} {:>8} "
      "{:>8} {:>9} {:>6} {:>5} {:>4} {:>4} {:>4}\n",
      first, "streams", "error", "absolute", "median", "p90", "largest", "tau", "", "", "(signed)", "(mean)", "", "",
      "", "", "1 %", "2 %", "5 %", "10 %");
}

// What llvm-mca can be compared on: a tool that answers fewer streams is set against vtpu on the same ones.
void add_tools(std::string& text, const Accuracy& accuracy) {
  text += heading("operations per cycle");
  for (std::size_t t = 0; t < accuracy.tools.size(); ++t) {
    add_statistics(text, accuracy.tools[t], accuracy.statistics(t));
    const AccuracyStatistics ours =
        accuracy.statistics(0, [t](const StreamAccuracy& s) { return s.modelled[t].has_value(); });
    if (t > 0 && ours.streams > 0) add_statistics(text, "  vtpu on the same", ours);
  }
}

void add_levels(std::string& text, const Accuracy& accuracy) {
  text += "\n";
  text += heading("by memory, " + accuracy.tools.front());
  for (const char* level : kLevels) {
    const AccuracyStatistics s = accuracy.statistics(0, [level](const StreamAccuracy& x) { return x.level == level; });
    if (s.streams > 0) add_statistics(text, level, s);
  }
}

// Mean absolute errors of all tools side by side, by memory level: llvm-mca knows no caches.
void add_tools_by_level(std::string& text, const Accuracy& accuracy) {
  if (accuracy.tools.size() < 2) return;
  text += fmt::format("\n{:<26}", "mean absolute error");
  for (const std::string& tool : accuracy.tools) text += fmt::format(" {:>20}", tool);
  text += "\n";
  for (const char* level : kLevels) {
    const auto here = [level](const StreamAccuracy& x) { return x.level == level; };
    if (accuracy.statistics(0, here).streams == 0) continue;
    text += fmt::format("{:<26}", level);
    for (std::size_t t = 0; t < accuracy.tools.size(); ++t) {
      const AccuracyStatistics s = accuracy.statistics(t, here);
      text += fmt::format(" {:>20}", s.streams == 0 ? "-" : fmt::format("{:.1f} %", 100 * s.mean_absolute_error));
    }
    text += "\n";
  }
}

// "ports agu0 agu1 (3.99)", and whether the core comes near it.
std::string bottleneck_of(const StreamAccuracy& s) {
  if (s.bounds.empty() || s.modelled.empty() || !s.modelled[0]) return "";
  const ResourceBound& tightest = s.bounds.front();
  const bool reached = *s.modelled[0] > 0.9 * tightest.operations_per_cycle;
  return fmt::format("{} ({:.2f}){}", tightest.resource, tightest.operations_per_cycle,
                     reached ? "" : ", not reached: windows, queues, registers");
}

json optional_json(const std::optional<double>& value) { return value ? json(*value) : json(); }
std::string number(const std::optional<double>& value) { return value ? fmt::format("{:.4f}", *value) : std::string(); }

json statistics_json(const AccuracyStatistics& s) {
  json within = json::array();
  for (std::size_t b = 0; b < kErrorBounds.size(); ++b) {
    within.push_back({{"bound", kErrorBounds[b]}, {"share", s.share_within[b]}});
  }
  return {{"streams", s.streams},
          {"mean_error", s.mean_error},
          {"mean_absolute_error", s.mean_absolute_error},
          {"median_absolute_error", s.median_absolute_error},
          {"p90_absolute_error", s.p90_absolute_error},
          {"largest_absolute_error", s.largest_absolute_error},
          {"kendall_tau", s.kendall_tau},
          {"share_within", std::move(within)}};
}

json stream_json(const Accuracy& accuracy, std::size_t stream) {
  const StreamAccuracy& s = accuracy.streams[stream];
  json answers = json::object();
  for (std::size_t t = 0; t < accuracy.tools.size(); ++t) {
    const bool answered = t < s.modelled.size() && s.modelled[t];
    answers[accuracy.tools[t]] = answered ? json{{"operations_per_cycle", *s.modelled[t]},
                                                 {"error", optional_json(accuracy.error_of(stream, t))}}
                                          : json();
  }
  json one{{"suite", s.suite},
           {"stream", s.name},
           {"level", s.level},
           {"operations", s.operations},
           {"code_bytes", s.code_bytes},
           {"measured", optional_json(s.measured)},
           {"measured_p10", optional_json(s.measured_p10)},
           {"measured_p90", optional_json(s.measured_p90)},
           {"share_accepted", s.share_accepted},
           {"modelled", std::move(answers)},
           {"bounds", to_json(s.bounds)},
           {"bottleneck", bottleneck_of(s)}};
  if (!s.description.empty()) one["description"] = json::parse(s.description);
  if (!s.failure.empty()) one["failure"] = s.failure;
  return one;
}

}  // namespace

std::string to_text(const Accuracy& accuracy, std::size_t worst) {
  std::string text;
  add_tools(text, accuracy);
  add_levels(text, accuracy);
  add_tools_by_level(text, accuracy);
  const std::vector<std::size_t> streams = accuracy.worst_first();
  if (worst > 0) {
    text += fmt::format("\n{:<26} {:>8} {:>9} {:>9} {:>8} {:>7}  {}\n", "worst predicted", "level", "measured",
                        "modelled", "error", "bytes", "tightest bound of the model");
  }
  for (std::size_t i = 0; i < std::min(worst, streams.size()); ++i) {
    const StreamAccuracy& s = accuracy.streams[streams[i]];
    text += fmt::format("{:<26} {:>8} {:>9.3f} {:>9.3f} {:>+6.1f} % {:>7}  {}\n", s.name, s.level, *s.measured,
                        *s.modelled[0], 100 * *accuracy.error_of(streams[i], 0), s.code_bytes, bottleneck_of(s));
  }
  for (const StreamAccuracy& s : accuracy.streams) {
    if (!s.failure.empty()) text += fmt::format("{}: no answer: {}\n", s.name, s.failure);
  }
  if (!accuracy.explanations.empty()) text += "\nwhy\n";
  for (const Explanation& e : accuracy.explanations) text += to_text(e);
  text += fmt::format("\nmeasured on {}, {}, {}; {:.1f} % of the samples rejected\n", accuracy.cpu,
                      accuracy.cycle_source, accuracy.isa, 100 * accuracy.share_rejected);
  if (const std::size_t unmeasured = accuracy.unmeasured(); unmeasured > 0) {
    text += fmt::format(
        "{} of {} streams not measured, and in no figure: fewer than {} of their samples were accepted; the same "
        "command measures them again where it has an --output\n",
        unmeasured, accuracy.streams.size(), kLeastAccepted);
  }
  return text;
}

std::string to_csv(const Accuracy& accuracy) {
  std::string text = "suite,stream,level,operations,code_bytes,measured,measured_p10,measured_p90,share_accepted";
  for (const std::string& tool : accuracy.tools) text += fmt::format(",{0},{0} error", tool);
  text += "\n";
  for (std::size_t i = 0; i < accuracy.streams.size(); ++i) {
    const StreamAccuracy& s = accuracy.streams[i];
    text += fmt::format("{},{},{},{},{},{},{},{},{:.3f}", s.suite, s.name, s.level, s.operations, s.code_bytes,
                        number(s.measured), number(s.measured_p10), number(s.measured_p90), s.share_accepted);
    for (std::size_t t = 0; t < accuracy.tools.size(); ++t) {
      if (t < s.modelled.size() && s.modelled[t]) {
        text += fmt::format(",{:.4f},{}", *s.modelled[t], number(accuracy.error_of(i, t)));
      } else {
        text += ",,";
      }
    }
    text += "\n";
  }
  return text;
}

json to_json(const Accuracy& accuracy) {
  json tools = json::array();
  for (std::size_t t = 0; t < accuracy.tools.size(); ++t) {
    json one = statistics_json(accuracy.statistics(t));
    one["tool"] = accuracy.tools[t];
    one["vtpu_on_the_same_streams"] = statistics_json(
        accuracy.statistics(0, [t](const StreamAccuracy& s) { return t < s.modelled.size() && s.modelled[t]; }));
    tools.push_back(std::move(one));
  }
  json streams = json::array();
  for (std::size_t i = 0; i < accuracy.streams.size(); ++i) streams.push_back(stream_json(accuracy, i));
  json explanations = json::array();
  for (const Explanation& e : accuracy.explanations) explanations.push_back(to_json(e));
  return {{"cpu", accuracy.cpu},
          {"cycle_source", accuracy.cycle_source},
          {"isa", accuracy.isa},
          {"share_of_samples_rejected", accuracy.share_rejected},
          {"tools", std::move(tools)},
          {"streams", std::move(streams)},
          {"explanations", std::move(explanations)},
          {"streams_not_measured", accuracy.unmeasured()}};
}

std::string to_html(const Accuracy& accuracy) { return fill_page(accuracy_page(), to_json(accuracy)); }

}  // namespace vtpu::testbench
