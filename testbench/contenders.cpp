#include "testbench/contenders.hpp"

#include <array>

namespace vtpu::testbench {
namespace {

using lowering::HostIsa;

// All placements, and regions of one, two and three dimensions, in order and not.
constexpr std::array<phext::PlacementPolicy, 7> kPolicies{
    phext::Placement::Hash,
    phext::Placement::Linear,
    phext::Placement::ZOrder,
    phext::Placement::Hilbert,
    phext::PlacementPolicy(phext::Placement::Linear, 0b10),
    phext::PlacementPolicy(phext::Placement::ZOrder, 0b11),
    phext::PlacementPolicy(phext::Placement::Hilbert, 0b1000'1001)};

phext::PlacementPolicy rotating_placement(std::uint64_t n) { return kPolicies[n % kPolicies.size()]; }

EngineChoice systemc_choice(const layout::Layout& layout, SourceKind source, phext::PlacementPolicy placement) {
  EngineChoice choice;
  choice.kind = EngineKind::SystemC;
  choice.layout = &layout;
  choice.source = source;
  choice.placement = placement;
  return choice;
}

// The RTL has the siw source only.
EngineChoice rtl_choice(const layout::Layout& layout, phext::PlacementPolicy placement) {
  EngineChoice choice = systemc_choice(layout, SourceKind::Siw, placement);
  choice.kind = EngineKind::Rtl;
  return choice;
}

EngineChoice native_choice(HostIsa isa, unsigned workers, phext::PlacementPolicy placement) {
  EngineChoice choice;
  choice.kind = EngineKind::Native;
  choice.isa = isa;
  choice.workers = workers;
  choice.placement = placement;
  return choice;
}

std::vector<HostIsa> isas_of_this_cpu() {
  std::vector<HostIsa> isas;
  for (const HostIsa isa : {HostIsa::Avx512, HostIsa::Avx2}) {
    if (cpu_has(isa)) isas.push_back(isa);
  }
  return isas;
}

}  // namespace

Contender contender_of(const EngineChoice& choice) {
  return {describe(choice), [choice](const isa::Program& program) -> Result<isa::MachineState> {
            Result<RunReport> report = run_on(program, choice);
            if (!report) return tl::unexpected(report.error());
            return std::move(report->state);
          }};
}

std::vector<Contender> rotating_contenders(const ContenderOptions& options, std::uint64_t seed) {
  std::vector<Contender> contenders{contender_of({})};
  if (options.systemc) {
    const std::size_t n = options.layouts.size();
    EngineChoice siw = systemc_choice(options.layouts[seed % n], SourceKind::Siw, rotating_placement(seed / n));
    siw.cores = 1 + static_cast<unsigned>(seed / 2 % 3);
    contenders.push_back(contender_of(siw));
    const layout::Layout& host = options.layouts[(seed / 3) % n];
    contenders.push_back(contender_of(systemc_choice(host, SourceKind::Host, rotating_placement(seed / 5))));
  }
  if (options.rtl) {
    EngineChoice choice = rtl_choice(options.layouts[seed % options.layouts.size()], rotating_placement(seed / 7));
    choice.cores = 1 + static_cast<unsigned>(seed / 2 % 3);
    contenders.push_back(contender_of(choice));
  }
  if (options.native) {
    std::uint64_t turn = seed;
    for (const HostIsa isa : isas_of_this_cpu()) {
      const unsigned workers = turn % 4 == 0 ? 2 : 1;
      contenders.push_back(contender_of(native_choice(isa, workers, rotating_placement(turn / 4))));
      ++turn;
    }
  }
  return contenders;
}

std::vector<Contender> all_contenders(const ContenderOptions& options) {
  std::vector<Contender> contenders{contender_of({})};
  for (const phext::PlacementPolicy placement : kPolicies) {
    if (options.systemc) {
      for (const layout::Layout& layout : options.layouts) {
        contenders.push_back(contender_of(systemc_choice(layout, SourceKind::Siw, placement)));
        contenders.push_back(contender_of(systemc_choice(layout, SourceKind::Host, placement)));
      }
    }
    if (options.rtl) {
      for (const layout::Layout& layout : options.layouts) {
        contenders.push_back(contender_of(rtl_choice(layout, placement)));
      }
    }
    if (!options.native) continue;
    for (const HostIsa isa : isas_of_this_cpu()) {
      for (const unsigned workers : {1U, 2U})
        contenders.push_back(contender_of(native_choice(isa, workers, placement)));
    }
  }
  return contenders;
}

}  // namespace vtpu::testbench
