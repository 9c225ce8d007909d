#include "testbench/explore/yosys.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>

#include "testbench/explore/cost.hpp"

namespace vtpu::explore {
namespace {

constexpr int kNotFound = 127;  // the shell's exit code for a program that is not there

// "$paramod$7c8f...\port_pipes" is one of the variants of port_pipes.
std::string source_name(const std::string& name) { return name.substr(name.rfind('\\') + 1); }

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return result + "'";
}

// The and-inverter graph after abc's `dc2`, node by node. (The mapper of yosys's own script for `abc -g AND` makes more
// gates of the graph, and aborts on deep ones.)
constexpr const char* kMapping = "abc -g AND -script +strash;ifraig;scorr;dc2;map";

std::string script_of(const Synthesis& what) {
  std::string script = fmt::format("read_verilog -sv -I\"{}\"", what.folder);
  for (const std::string& file : what.files) script += fmt::format(" \"{}/{}\"", what.folder, file);
  if (!what.parameters.empty()) {
    script += "; chparam";
    for (const auto& [name, value] : what.parameters) script += fmt::format(" -set {} {}", name, value);
    script += " " + what.top;
  }
  return script + fmt::format("; hierarchy -check -top {}; synth{} -noabc; {}; opt_clean; stat", what.top,
                              what.flatten ? " -flatten" : "", kMapping);
}

// Instances of every module: those of the modules that contain it, times how many each contains.
void count_instances(std::map<std::string, SynthesisedModule>& modules, const std::string& name, std::uint64_t times) {
  SynthesisedModule& module = modules.at(name);
  module.instances += times;
  for (const auto& [cell, count] : module.cells) {
    if (modules.contains(cell)) count_instances(modules, cell, times * count);
  }
}

struct Log {
  std::string statistics;
  std::string error;
};

// Reads what yosys says, line by line.
Log follow(std::FILE* pipe, const std::function<void(const std::string&)>& heard) {
  constexpr std::string_view kStarts = "Extracting gate netlist of module `";
  Log log;
  bool counting = false;
  std::string line;
  std::array<char, 4096> buffer{};
  while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    line += buffer.data();
    if (!line.ends_with('\n')) continue;
    if (const auto at = line.find("ERROR: "); at != std::string::npos && log.error.empty()) {
      log.error = line.substr(0, line.size() - 1);
    }
    if (const auto at = line.find(kStarts); at != std::string::npos && heard) {
      const std::string name = line.substr(at + kStarts.size());
      heard(source_name(name.substr(0, name.find('\''))));
    }
    if (line.find("Printing statistics.") != std::string::npos) log.statistics.clear();  // the last ones count
    counting = line.starts_with("=== ") || (counting && !log.statistics.empty());
    if (counting) log.statistics += line;
    line.clear();
  }
  return log;
}

}  // namespace

std::uint64_t SynthesisedModule::and_gates() const {
  const auto found = cells.find("$_AND_");
  return found == cells.end() ? 0 : found->second;
}

std::uint64_t SynthesisedModule::flip_flops() const {
  std::uint64_t sum = 0;
  for (const auto& [cell, count] : cells) sum += cell.find("FF") != std::string::npos ? count : 0;
  return sum;
}

double SynthesisedModule::gates() const {
  return static_cast<double>(and_gates()) + kFlipFlopGates * static_cast<double>(flip_flops());
}

Result<std::vector<SynthesisedModule>> read_statistics(const std::string& text) {
  std::map<std::string, SynthesisedModule> modules;
  std::vector<std::string> order;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string cell, name;
    std::uint64_t count = 0;
    if (line.starts_with("=== ")) {
      words >> cell >> name;
      if (name == "design") break;  // sums over all modules follow
      order.push_back(name);
      modules[name].name = source_name(name);
    } else if (!order.empty() && (words >> cell >> count) && cell.find(':') == std::string::npos) {
      modules[order.back()].cells[cell] = count;
    }
  }
  if (order.empty()) return fail("yosys", "found no module in what it counts");
  std::map<std::string, bool> inside;
  for (const auto& [name, module] : modules) {
    for (const auto& [cell, count] : module.cells) {
      inside[cell] = true;
      const bool gate =
          cell == "$_AND_" || cell == "$_NOT_" || (cell.starts_with("$_") && cell.find("FF") != std::string::npos);
      if (!gate && !modules.contains(cell)) {
        return fail(module.name, fmt::format("found cells {}, expected AND, NOT and flip-flops only", cell));
      }
    }
  }
  for (const std::string& name : order) {
    if (!inside.contains(name)) count_instances(modules, name, 1);
  }
  std::vector<SynthesisedModule> result;
  for (const std::string& name : order) {
    std::erase_if(modules.at(name).cells, [&](const auto& cell) { return modules.contains(cell.first); });
    result.push_back(modules.at(name));
  }
  if (std::all_of(result.begin(), result.end(), [](const auto& module) { return module.cells.empty(); })) {
    return fail(result.front().name, "found no cells in what yosys printed");
  }
  return result;
}

Result<std::vector<SynthesisedModule>> synthesise(const Synthesis& what,
                                                  const std::function<void(const std::string&)>& heard) {
  std::FILE* pipe = popen(fmt::format("yosys -Q -T -p {} 2>&1", quoted(script_of(what))).c_str(), "r");
  if (pipe == nullptr) return fail("yosys", "cannot be started");
  const Log log = follow(pipe, heard);
  const int status = pclose(pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound) {
    return fail("yosys", "found no such program, expected one to synthesise with; install it (apt-get install yosys)");
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(what.top, log.error.empty() ? "yosys ended without a word" : "yosys says: " + log.error);
  }
  return read_statistics(log.statistics);
}

}  // namespace vtpu::explore
