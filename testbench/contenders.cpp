#include "testbench/contenders.hpp"

namespace vtpu::testbench {
namespace {

using lowering::HostIsa;

phext::Placement rotating_placement(std::uint64_t n) { return phext::kPlacements[n % phext::kPlacements.size()]; }

EngineChoice systemc_choice(const layout::Layout& layout, SourceKind source, phext::Placement placement) {
  EngineChoice choice;
  choice.kind = EngineKind::SystemC;
  choice.layout = &layout;
  choice.source = source;
  choice.placement = placement;
  return choice;
}

// The RTL has the siw source only.
EngineChoice rtl_choice(const layout::Layout& layout, phext::Placement placement) {
  EngineChoice choice = systemc_choice(layout, SourceKind::Siw, placement);
  choice.kind = EngineKind::Rtl;
  return choice;
}

EngineChoice native_choice(HostIsa isa, unsigned workers, phext::Placement placement) {
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
  for (const phext::Placement placement : phext::kPlacements) {
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
