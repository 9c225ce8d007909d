#include "testbench/calibrate/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "layout/layout_edit.hpp"
#include "layout/layout_write.hpp"

namespace vtpu::testbench {
namespace {

using nlohmann::json;

constexpr double kWithin = 0.05;

// Remembers what it is asked.
class ListingMeter final : public Meter {
 public:
  ListingMeter(std::unique_ptr<Meter> meter, std::vector<HostLoop>& loops) : meter_(std::move(meter)), loops_(loops) {}
  Result<std::vector<LoopReading>> read(const std::vector<HostLoop>& loops, double tolerance) override {
    loops_.insert(loops_.end(), loops.begin(), loops.end());
    return meter_->read(loops, tolerance);
  }

 private:
  std::unique_ptr<Meter> meter_;
  std::vector<HostLoop>& loops_;
};

// "key = value" of each section of a layout's text, by "section.key".
std::map<std::string, std::string> values_of(const std::string& text) {
  std::map<std::string, std::string> values;
  std::istringstream lines(text);
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[[")) section = "-";
    if (line.starts_with("[") && !line.starts_with("[[")) section = line.substr(1, line.find(']') - 1) + ".";
    const auto equals = line.find(" = ");
    if (equals == std::string::npos || line.starts_with("#") || section == "-") continue;
    values[section + line.substr(0, equals)] = line.substr(equals + 3);
  }
  return values;
}

std::vector<Change> changes_between(const layout::Layout& start, const layout::Layout& now) {
  const auto before = values_of(layout::write_layout(start));
  const auto after = values_of(layout::write_layout(now));
  std::vector<Change> changes;
  for (const auto& [key, value] : after) {
    if (key == "name" || key == "description" || key == "cpu_match" || key.starts_with("host.") ||
        key.starts_with("op."))
      continue;
    const auto old = before.find(key);
    if (old == before.end() || old->second != value) {
      changes.push_back({key, old == before.end() ? "absent" : old->second, value});
    }
  }
  for (const auto& [key, value] : before) {
    if (!after.contains(key) && !key.starts_with("host.") && !key.starts_with("op."))
      changes.push_back({key, value, "absent"});
  }
  return changes;
}

void judge_alone(const OperationFacts& facts, Calibration& calibration) {
  for (const OperationFact& fact : facts.operations) {
    if (!calibration.layout.why_unsupported(fact.inst.op, fact.inst.width).empty()) continue;
    const HostLoop loop = independent_loop({{fact.inst, 1}}, 240);
    const double modelled = modelled_cycles(loop, calibration.layout) / static_cast<double>(loop.counted);
    const double error = std::abs(modelled - fact.cycles) / fact.cycles;
    calibration.alone_error += error;
    ++calibration.alone;
    if (error <= kWithin) ++calibration.alone_within;
  }
  calibration.alone_error /= static_cast<double>(std::max<std::size_t>(1, calibration.alone));
}

// The note of a line of the file: of its key, or where a section begins, of the section.
std::string note_for(const Notes& notes, const std::string& section, const std::string& line) {
  const auto equals = line.find(" = ");
  const bool begins = line.starts_with("[") && !line.starts_with("[[");
  const std::string key = begins ? section : section + "." + line.substr(0, equals == std::string::npos ? 0 : equals);
  const auto note = notes.find(section.empty() && equals != std::string::npos ? line.substr(0, equals) : key);
  if (note == notes.end()) return "";
  return fmt::format("{}; confidence {}", note->second.text, name_of(note->second.confidence));
}

}  // namespace

Result<Calibration> calibrate(Meter& meter, const layout::Layout& start, const CalibrationOptions& options) {
  auto facts = measure_operations(meter, options.operations);
  if (!facts) return tl::unexpected(facts.error());
  const auto crossings = measure_crossings(meter, *facts, options.operations);
  if (!crossings) return tl::unexpected(crossings.error());
  Draft draft = draft_layout(*facts, *crossings, start, options.operations.isa);
  if (options.fit.memory) {
    if (auto done = fit_memory(meter, options.fit, draft); !done) return tl::unexpected(done.error());
    const auto back = crossings->latency.find(lowering::HostOp::VmovqToGpr);
    const double vector = crossings->vector_load - (back == crossings->latency.end() ? 1 : back->second);
    draft.layout.memory.l1.latency_vector = static_cast<unsigned>(std::max(1L, std::lround(vector)));
    draft.notes["memory.l1.latency_vector"] = {
        fmt::format("vector load and move to a general register {:.2f} cycles", crossings->vector_load),
        Confidence::Medium};
  }
  if (options.fit.sizes) {
    if (auto done = fit_sizes(meter, options.fit, draft); !done) return tl::unexpected(done.error());
  }
  if (auto done = fit_features(meter, options.fit, draft); !done) return tl::unexpected(done.error());
  if (options.programs) {
    if (auto done = fit_runtime(options.programs, draft); !done) return tl::unexpected(done.error());
  }
  Calibration calibration;
  calibration.layout = std::move(draft.layout);
  calibration.layout.name = options.name;
  calibration.layout.description = "measured by vtpu calibrate";
  calibration.layout.cpu_match = options.cpu_match;
  calibration.notes = std::move(draft.notes);
  calibration.start = start.name;
  calibration.port_error = facts->port_error;
  const auto wrong = layout::inconsistencies(calibration.layout, calibration.layout);
  if (!wrong.empty()) return fail("calibrate", "the measurements make no layout: " + wrong.front());
  calibration.changes = changes_between(start, calibration.layout);
  judge_alone(*facts, calibration);
  return calibration;
}

std::string layout_text(const Calibration& calibration, const CalibrationOptions& options) {
  const std::string header = fmt::format(
      "measured on {}\nstart layout: {}; numbers without a comment are its own\nport mapping: {:.1f} % off over the "
      "mixes; operations alone: {:.1f} % off, {} of {} within 5 %",
      options.measured_on, calibration.start, 100 * calibration.port_error, 100 * calibration.alone_error,
      calibration.alone_within, calibration.alone);
  std::istringstream lines(layout::write_layout(calibration.layout, header));
  std::string out;
  std::string section;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[[")) section = line == "[[queue]]" ? "queue" : "port";
    if (line.starts_with("[") && !line.starts_with("[[")) section = line.substr(1, line.find(']') - 1);
    if (section == "queue" && line.starts_with("name = ")) {
      section = "queue." + line.substr(8, line.size() - 9);
      const auto note = calibration.notes.find(section);
      if (note != calibration.notes.end()) {
        out += fmt::format("# {}; confidence {}\n", note->second.text, name_of(note->second.confidence));
      }
    }
    if (section == "port" && line.starts_with("name = ")) section = "port." + line.substr(8, line.size() - 9);
    const std::string note = line.starts_with("#") ? "" : note_for(calibration.notes, section, line);
    if (!note.empty()) out += fmt::format("# {}\n", note);
    out += line + "\n";
  }
  return out;
}

std::string to_text(const Calibration& calibration) {
  std::string text = fmt::format("{} against {}: {} numbers are others\n", calibration.layout.name, calibration.start,
                                 calibration.changes.size());
  for (const Change& change : calibration.changes) {
    const std::string section = change.key.substr(0, change.key.rfind('.'));
    const auto note = calibration.notes.find(change.key);
    const auto kind = calibration.notes.find(section);
    const Note* why = note != calibration.notes.end()   ? &note->second
                      : kind != calibration.notes.end() ? &kind->second
                                                        : nullptr;
    text += fmt::format("{:<34} {} -> {}{}\n", change.key, change.before, change.now,
                        why != nullptr ? fmt::format("  ({})", name_of(why->confidence)) : "");
  }
  text += fmt::format("port mapping {:.1f} % off over the mixes\noperations alone {:.1f} % off, {} of {} within 5 %\n",
                      100 * calibration.port_error, 100 * calibration.alone_error, calibration.alone_within,
                      calibration.alone);
  return text;
}

json to_json(const Calibration& calibration) {
  json changes = json::array();
  for (const Change& change : calibration.changes) {
    changes.push_back({{"key", change.key}, {"before", change.before}, {"now", change.now}});
  }
  json notes = json::object();
  for (const auto& [key, note] : calibration.notes) {
    notes[key] = {{"measured", note.text}, {"confidence", name_of(note.confidence)}};
  }
  return {{"layout", calibration.layout.name},
          {"start", calibration.start},
          {"changes", changes},
          {"measured", notes},
          {"port_mapping_error", calibration.port_error},
          {"operations_alone", calibration.alone},
          {"operations_alone_error", calibration.alone_error},
          {"operations_alone_within_5_percent", calibration.alone_within}};
}

std::vector<HostLoop> calibration_loops(const layout::Layout& machine, const CalibrationOptions& options) {
  std::vector<HostLoop> loops;
  ListingMeter meter(model_meter(machine), loops);
  CalibrationOptions listing = options;
  listing.fit.choose = false;
  static_cast<void>(calibrate(meter, machine, listing));
  return loops;
}

}  // namespace vtpu::testbench
