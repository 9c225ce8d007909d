#include "testbench/explore/cost_check.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <bit>
#include <cmath>

#include "testbench/explore/cost.hpp"
#include "testbench/explore/yosys.hpp"

namespace vtpu::explore {
namespace {

double size_of(const CostSample& s, const char* name) { return s.sizes.at(name); }

std::string text_of_sizes(const CostSample& s) {
  std::string text;
  for (const auto& [name, value] : s.sizes) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  return text;
}

SelectSizes select_sizes(const CostSample& s) {
  return {size_of(s, "QueueEntries"), size_of(s, "Ports"), std::popcount(s.sizes.at("MemoryPorts")) * 1.0,
          size_of(s, "PlaceBits")};
}

WakeUpSizes wake_up_sizes(const CostSample& s) {
  return {size_of(s, "QueueEntries"), size_of(s, "Ports"),    size_of(s, "Operands"),
          size_of(s, "PlaceBits"),    size_of(s, "TimeBits"), size_of(s, "Writes")};
}

// What the AND gates of a module are made of, by name.
std::vector<std::pair<std::string, double>> features_of(const CostSample& s) {
  if (s.module == "port_select") {
    const SelectSizes z = select_sizes(s);
    const double both = z.entries * z.ports;
    return {{"select: entry, port, bit of a place", both * z.place_bits},
            {"select: entry, port, bit of an index", both * std::log2(z.entries)},
            {"select: entry, port", both},
            {"select: entry, bit of a place", z.entries * z.place_bits},
            {"select: entry, memory port", z.entries * z.memory_ports},
            {"select: memory port", z.memory_ports}};
  }
  if (s.module == "queue_wake_up") {
    const WakeUpSizes z = wake_up_sizes(s);
    const double sources = z.entries * z.sources;
    return {{"wake-up: source, bus, tag bit", sources * z.buses * z.place_bits},
            {"wake-up: source, bus, time bit", sources * z.buses * z.time_bits},
            {"wake-up: source, bus", sources * z.buses},
            {"wake-up: source, time bit", sources * z.time_bits},
            {"wake-up: source", sources},
            {"wake-up: source, write, tag bit", sources * z.writes * z.place_bits},
            {"wake-up: entry, write, time bit", z.entries * z.writes * z.time_bits},
            {"wake-up: entry, time bit", z.entries * z.time_bits}};
  }
  if (s.module == "port_pipes") {
    const double memory = size_of(s, "MemoryPorts");
    return {{"pipe: time bit", size_of(s, "TimeBits")},
            {"pipe: latency bit", size_of(s, "LatencyBits")},
            {"pipe: memory, time bit", memory * size_of(s, "TimeBits")},
            {"pipe: memory", memory}};
  }
  const double operand_bits = size_of(s, "Ports") * size_of(s, "Sources") * size_of(s, "Bits");
  return {{"bypass: operand bit, result", operand_bits * size_of(s, "Ports")}, {"bypass: operand bit", operand_bits}};
}

// Sizes of one module, of which each row is a sample.
struct Grid {
  std::string module;
  std::vector<std::string> names;
  std::vector<std::vector<unsigned>> fitted, checks;
};

std::vector<Grid> grids() {
  return {
      {"port_select",
       {"QueueEntries", "Ports", "PlaceBits", "MemoryPorts"},
       {{4, 1, 5, 1},
        {4, 1, 6, 0},
        {8, 1, 8, 0},
        {10, 2, 7, 2},
        {16, 4, 9, 1},
        {8, 2, 6, 1},
        {8, 4, 10, 0},
        {16, 2, 8, 3},
        {16, 3, 10, 0},
        {24, 2, 10, 2},
        {32, 1, 10, 1}},
       {{6, 1, 5, 1}, {12, 2, 9, 1}, {24, 3, 10, 1}, {20, 4, 7, 0}, {40, 2, 10, 2}, {64, 3, 11, 3}}},
      {"queue_wake_up",
       {"QueueEntries", "Ports", "Operands", "PlaceBits", "TimeBits", "Writes"},
       {{2, 2, 2, 6, 8, 1},
        {2, 4, 2, 8, 10, 2},
        {1, 8, 3, 10, 12, 4},
        {2, 2, 3, 10, 8, 2},
        {2, 6, 2, 6, 12, 1},
        {1, 4, 5, 6, 14, 3},
        {1, 12, 2, 9, 10, 2},
        {2, 3, 7, 10, 10, 4},
        {1, 8, 2, 6, 16, 4},
        {1, 1, 3, 6, 8, 1},
        {1, 6, 4, 11, 8, 1},
        {4, 2, 2, 8, 12, 4}},
       {{4, 4, 3, 9, 11, 2}, {1, 10, 3, 8, 13, 4}, {2, 6, 5, 10, 9, 1}, {1, 14, 7, 10, 12, 4}, {8, 3, 2, 7, 10, 2}}},
      {"port_pipes",
       {"Ports", "TimeBits", "LatencyBits", "MemoryPorts"},
       {{1, 8, 4, 0}, {1, 12, 6, 0}, {1, 16, 8, 0}, {1, 10, 5, 1}, {1, 14, 4, 1}, {1, 18, 8, 1}},
       {{1, 11, 7, 0}, {1, 13, 5, 0}, {1, 12, 6, 1}, {1, 16, 5, 1}}},
      {"bypass_logic",
       {"Ports", "Sources", "Bits"},
       {{2, 2, 16}, {4, 2, 16}, {7, 2, 16}},
       {{5, 3, 16}, {9, 2, 16}, {12, 2, 16}}}};
}

}  // namespace

std::vector<CostSample> cost_samples() {
  std::vector<CostSample> samples;
  for (const Grid& grid : grids()) {
    for (const bool fitted : {true, false}) {
      for (const std::vector<unsigned>& row : fitted ? grid.fitted : grid.checks) {
        CostSample sample;
        sample.module = grid.module;
        sample.fitted = fitted;
        for (std::size_t i = 0; i < row.size(); ++i) sample.sizes[grid.names[i]] = row[i];
        samples.push_back(std::move(sample));
      }
    }
  }
  return samples;
}

Result<void> synthesise(CostSample& sample, const std::string& root) {
  const bool bypass = sample.module == "bypass_logic";  // no unit of rtl/ has one: values go through value_file
  Synthesis what{root + (bypass ? "/bench/cost" : "/rtl"), {sample.module + ".sv"}, sample.module, {}};
  for (const auto& [name, value] : sample.sizes) {
    const bool mask = name == "MemoryPorts";
    what.parameters[name] = mask ? fmt::format("{}'d{}", sample.sizes.at("Ports"), value) : fmt::format("{}", value);
  }
  // Two loads, one of them wide, one store, three of both; no banks.
  if (sample.module == "port_select") what.parameters["Limits"] = "112'h0001000000030001000100010002";
  const auto modules = synthesise(what);
  if (!modules) return fail(modules.error());
  sample.and_gates = modules->front().and_gates();
  sample.flip_flops = modules->front().flip_flops();
  sample.counted = modules->front().gates();
  sample.modelled = modelled_gates(sample);
  return {};
}

double modelled_gates(const CostSample& s) {
  if (s.module == "port_select") return select_gates(select_sizes(s));
  if (s.module == "queue_wake_up") return wake_up_gates(wake_up_sizes(s));
  if (s.module == "port_pipes") {
    return pipe_gates(s.sizes.at("MemoryPorts") != 0, size_of(s, "TimeBits"), size_of(s, "LatencyBits"));
  }
  return bypass_gates(size_of(s, "Ports"), size_of(s, "Sources"), size_of(s, "Bits"));
}

std::map<std::string, double> fitted_coefficients(const std::vector<CostSample>& samples) {
  std::map<std::string, double> result;
  for (const Grid& grid : grids()) {
    std::vector<const CostSample*> own;
    for (const CostSample& s : samples) {
      if (s.fitted && s.module == grid.module && s.and_gates != 0) own.push_back(&s);
    }
    if (own.empty()) continue;
    const auto names = features_of(*own.front());
    Eigen::MatrixXd features(own.size(), names.size());
    const Eigen::VectorXd ones = Eigen::VectorXd::Ones(static_cast<Eigen::Index>(own.size()));
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto row = features_of(*own[i]);
      for (std::size_t k = 0; k < row.size(); ++k) {
        features(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) =
            row[k].second / static_cast<double>(own[i]->and_gates);
      }
    }
    const Eigen::VectorXd solution = features.colPivHouseholderQr().solve(ones);
    for (std::size_t k = 0; k < names.size(); ++k) result[names[k].first] = solution(static_cast<Eigen::Index>(k));
  }
  return result;
}

std::string to_text(const std::vector<CostSample>& samples) {
  std::string text = fmt::format("{:<14} {:<75} {:>7} {:>9} {:>9} {:>9} {:>8}\n", "unit", "sizes", "AND", "flip-flop",
                                 "gates", "modelled", "error");
  for (const CostSample& s : samples) {
    text += fmt::format("{:<14} {:<75} {:>7} {:>9} {:>9.0f} {:>9.0f} {:>+6.1f} %{}\n", s.module, text_of_sizes(s),
                        s.and_gates, s.flip_flops, s.counted, s.modelled, 100 * s.error(), s.fitted ? "" : "  check");
  }
  return text;
}

}  // namespace vtpu::explore
