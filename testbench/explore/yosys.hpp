// Synthesis by yosys: SystemVerilog in, cells out.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "isa/result.hpp"

namespace vtpu::explore {

// A module of a synthesised design.
struct SynthesisedModule {
  std::string name;             // as in the source, "queue_wake_up"
  std::uint64_t instances = 0;  // in the whole design
  std::map<std::string, std::uint64_t>
      cells;  // of one instance, by type: "$_AND_", "$_NOT_", flip-flops as "$_DFFE_PP_"
  [[nodiscard]] std::uint64_t and_gates() const;
  [[nodiscard]] std::uint64_t flip_flops() const;
  // Of one instance, in gates as cost.hpp says what one is: inverters are free.
  [[nodiscard]] double gates() const;
};

struct Synthesis {
  std::string folder;                             // of the sources
  std::vector<std::string> files;                 // in the folder, in the order in which they are read
  std::string top;                                // a module
  std::map<std::string, std::string> parameters;  // of the top, as Verilog constants: "8", "16'h0100"
  bool flatten = true;                            // into one module; else every module that differs is synthesised once
};

// Runs `synth -noabc; abc -g AND`. The modules come in the order in which yosys lists them. `heard` is told the name of
// each module when its gates are mapped, which is where the time goes. Errors: no yosys (where = "yosys"), what yosys
// says of the sources, cells that are neither AND, NOT nor a flip-flop.
[[nodiscard]] Result<std::vector<SynthesisedModule>> synthesise(
    const Synthesis& what, const std::function<void(const std::string&)>& heard = {});

// What yosys's `stat` prints, from the first module on. Errors as above; no cells at all.
[[nodiscard]] Result<std::vector<SynthesisedModule>> read_statistics(const std::string& text);

}  // namespace vtpu::explore
