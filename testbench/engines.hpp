// The engines behind one door: a program and a choice in, a report with the final state out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"
#include "lowering/host_op.hpp"
#include "phext/placement.hpp"
#include "testbench/run_report.hpp"
#include "traces/tracer.hpp"

namespace vtpu::testbench {

enum class EngineKind : std::uint8_t { Reference, SystemC, Rtl, Native };
enum class SourceKind : std::uint8_t { Siw, Host };
// True for the engines that have a layout and cycles.
[[nodiscard]] constexpr bool models_a_core(EngineKind kind) {
  return kind == EngineKind::SystemC || kind == EngineKind::Rtl;
}
[[nodiscard]] std::string_view name_of(EngineKind kind);    // "reference", "systemc", "rtl", "native"
[[nodiscard]] std::string_view name_of(SourceKind source);  // "siw", "host"
[[nodiscard]] std::optional<EngineKind> engine_named(std::string_view name);
[[nodiscard]] std::optional<SourceKind> source_named(std::string_view name);
[[nodiscard]] std::optional<lowering::HostIsa> isa_named(std::string_view name);

struct EngineChoice {
  EngineKind kind = EngineKind::Reference;
  phext::PlacementPolicy placement = phext::Placement::Linear;
  // SystemC and RTL, which takes the siw source only
  const layout::Layout* layout = nullptr;  // required
  SourceKind source = SourceKind::Siw;
  unsigned cores = 1;                    // SystemC with the siw source, RTL, and the reference's translation caches
  std::optional<traces::Span> timeline;  // words, as Window::words
  traces::TraceRequest trace;
  // SystemC with the host source: absent means what the layout's core has. Native: what this CPU has.
  std::optional<lowering::HostIsa> isa;
  // SystemC with the host source: runs of the program before the one that is reported, to warm caches and predictor.
  unsigned warm_up_runs = 0;
  unsigned workers = 1;  // native
};
[[nodiscard]] std::string describe(const EngineChoice& choice);  // "systemc, host source, layout zen4"

// Whether this CPU can run native code of the kind.
[[nodiscard]] bool cpu_has(lowering::HostIsa isa);
// What the code for a core is made of: AVX-512 where its vectors are 512 bits wide.
[[nodiscard]] lowering::HostIsa isa_for(const layout::Layout& layout);

// The program is valid. Errors: what the engine refuses (a layout without an instruction, a CPU without AVX-512).
[[nodiscard]] Result<RunReport> run_on(const isa::Program& program, const EngineChoice& choice);

}  // namespace vtpu::testbench
