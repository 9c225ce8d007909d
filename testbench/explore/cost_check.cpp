#include "testbench/explore/cost_check.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <array>
#include <cstdio>
#include <memory>
#include <sstream>

#include "testbench/explore/cost.hpp"

namespace vtpu::explore {
namespace {

CostSample sample(std::string module, std::map<std::string, unsigned> sizes, bool fitted) {
  CostSample s;
  s.module = std::move(module);
  s.sizes = std::move(sizes);
  s.fitted = fitted;
  return s;
}

double size_of(const CostSample& s, const char* name) { return s.sizes.at(name); }

std::string text_of_sizes(const CostSample& s) {
  std::string text;
  for (const auto& [name, value] : s.sizes) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, value);
  return text;
}

// What the AND gates of a module are made of, by name.
std::vector<std::pair<std::string, double>> features_of(const CostSample& s) {
  if (s.module == "select_logic") {
    const double n = size_of(s, "Entries");
    const double p = size_of(s, "Ports");
    return {{"select: port, pair of entries", p * n * (n - 1)}, {"select: port, entry", p * n}, {"select: entry", n}};
  }
  if (s.module == "wake_up_logic") {
    const double sources = size_of(s, "Entries") * size_of(s, "Sources");
    const double w = size_of(s, "Buses");
    return {{"wake-up: source, bus, tag bit", sources * w * size_of(s, "TagBits")},
            {"wake-up: source, bus", sources * w},
            {"wake-up: source", sources}};
  }
  const double operand_bits = size_of(s, "Ports") * size_of(s, "Sources") * size_of(s, "Bits");
  return {{"bypass: operand bit, result", operand_bits * size_of(s, "Ports")}, {"bypass: operand bit", operand_bits}};
}

struct Pipe {
  explicit Pipe(const std::string& command) : file(popen(command.c_str(), "r")) {}
  ~Pipe() {
    if (file != nullptr) pclose(file);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  FILE* file;
};

}  // namespace

std::vector<CostSample> cost_samples() {
  std::vector<CostSample> samples;
  const auto select = [&](unsigned entries, unsigned ports, bool fitted) {
    samples.push_back(sample("select_logic", {{"Entries", entries}, {"Ports", ports}}, fitted));
  };
  const auto wake_up = [&](unsigned entries, unsigned buses, unsigned sources, unsigned tag_bits, bool fitted) {
    samples.push_back(sample("wake_up_logic",
                             {{"Entries", entries}, {"Buses", buses}, {"Sources", sources}, {"TagBits", tag_bits}},
                             fitted));
  };
  const auto bypass = [&](unsigned ports, unsigned sources, bool fitted) {
    samples.push_back(sample("bypass_logic", {{"Ports", ports}, {"Sources", sources}, {"Bits", 16}}, fitted));
  };
  for (const auto& [entries, ports] : {std::pair{4U, 1U}, {8U, 1U}, {8U, 2U}, {8U, 4U}, {16U, 2U}}) {
    select(entries, ports, true);
  }
  for (const auto& [entries, ports] : {std::pair{12U, 2U}, {16U, 3U}, {24U, 2U}, {20U, 4U}}) {
    select(entries, ports, false);
  }
  for (const unsigned buses : {2U, 6U}) {
    wake_up(8, buses, 3, 7, true);
    wake_up(8, buses, 2, 8, true);
  }
  wake_up(12, 4, 3, 8, false);
  wake_up(16, 8, 2, 7, false);
  wake_up(24, 3, 2, 9, false);
  for (const unsigned ports : {2U, 4U, 7U}) bypass(ports, 2, true);
  bypass(5, 3, false);
  bypass(9, 2, false);
  bypass(12, 2, false);
  return samples;
}

Result<void> read_cells(const std::string& stat, CostSample& sample) {
  sample.and_gates = sample.flip_flops = 0;
  std::istringstream lines(stat);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string cell;
    std::uint64_t count = 0;
    if (!(words >> cell >> count) || !cell.starts_with("$_")) continue;
    if (cell == "$_AND_") {
      sample.and_gates += count;
    } else if (cell.find("FF") != std::string::npos) {
      sample.flip_flops += count;
    } else if (cell != "$_NOT_") {
      return fail(sample.module, fmt::format("found cells {}, expected AND, NOT and flip-flops only", cell));
    }
  }
  if (sample.and_gates == 0) return fail(sample.module, "found no AND gate in what yosys printed");
  constexpr double kFlipFlop = 4.25;  // as in cost.cpp
  sample.counted = static_cast<double>(sample.and_gates) + kFlipFlop * static_cast<double>(sample.flip_flops);
  sample.modelled = modelled_gates(sample);
  return {};
}

Result<void> synthesise(CostSample& sample, const std::string& sources_folder) {
  std::string set;
  for (const auto& [name, value] : sample.sizes) set += fmt::format(" -set {} {}", name, value);
  const std::string command = fmt::format(
      "yosys -Q -T -p 'read_verilog -sv \"{0}/{1}.sv\"; chparam{2} {1}; hierarchy -top {1}; synth -flatten -noabc; "
      "abc -g AND; opt_clean; tee -a /dev/fd/3 stat' 3>&1 1>/dev/null 2>/dev/null",
      sources_folder, sample.module, set);
  const Pipe pipe(command);
  if (pipe.file == nullptr) return fail("yosys", "cannot be started");
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.file)) > 0;) text.append(buffer.data(), n);
  if (text.empty()) {
    return fail("yosys", fmt::format("says nothing about {}; install it (apt-get install yosys)", sample.module));
  }
  return read_cells(text, sample);
}

double modelled_gates(const CostSample& s) {
  if (s.module == "select_logic") return select_gates(size_of(s, "Entries"), size_of(s, "Ports"));
  if (s.module == "wake_up_logic") {
    return wake_up_gates(size_of(s, "Entries"), size_of(s, "Buses"), size_of(s, "Sources"), size_of(s, "TagBits"));
  }
  return bypass_gates(size_of(s, "Ports"), size_of(s, "Sources"), size_of(s, "Bits"));
}

std::map<std::string, double> fitted_coefficients(const std::vector<CostSample>& samples) {
  std::map<std::string, double> result;
  for (const char* module : {"select_logic", "wake_up_logic", "bypass_logic"}) {
    std::vector<const CostSample*> own;
    for (const CostSample& s : samples) {
      if (s.fitted && s.module == module) own.push_back(&s);
    }
    if (own.empty()) continue;
    const auto names = features_of(*own.front());
    Eigen::MatrixXd features(own.size(), names.size());
    Eigen::VectorXd gates(own.size());
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto row = features_of(*own[i]);
      const auto at = static_cast<Eigen::Index>(i);
      for (std::size_t k = 0; k < row.size(); ++k) features(at, static_cast<Eigen::Index>(k)) = row[k].second;
      gates(at) = static_cast<double>(own[i]->and_gates);
    }
    const Eigen::VectorXd solution = features.colPivHouseholderQr().solve(gates);
    for (std::size_t k = 0; k < names.size(); ++k) result[names[k].first] = solution(static_cast<Eigen::Index>(k));
  }
  return result;
}

std::string to_text(const std::vector<CostSample>& samples) {
  std::string text = fmt::format("{:<14} {:<44} {:>7} {:>9} {:>9} {:>9} {:>8}\n", "logic", "sizes", "AND", "flip-flop",
                                 "gates", "modelled", "error");
  for (const CostSample& s : samples) {
    text += fmt::format("{:<14} {:<44} {:>7} {:>9} {:>9.0f} {:>9.0f} {:>+6.1f} %{}\n", s.module, text_of_sizes(s),
                        s.and_gates, s.flip_flops, s.counted, s.modelled, 100 * s.error(), s.fitted ? "" : "  check");
  }
  return text;
}

}  // namespace vtpu::explore
