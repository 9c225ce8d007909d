// What the layouts imply for single instructions, against what is published or measured for them: the latency of a
// chain, and the cycles per instruction of independent ones, as the ports allow.
#include <algorithm>
#include <bit>
#include <cstdint>

#include "shipped.hpp"

namespace vtpu::layout {
namespace {

std::uint64_t ports_mask(const UopKind& kind, bool wide) {
  std::uint64_t mask = 0;
  for (const unsigned port : wide && !kind.ports_512.empty() ? kind.ports_512 : kind.ports) mask |= 1ULL << port;
  return mask;
}

// A chain of 512-bit uops of which some go through a multiplier comes to every port in turn: the mean counts.
double latency_of(const Layout& layout, const Crack& crack, bool wide) {
  double sum = 0;
  for (const unsigned u : crack.uops) {
    const UopKind& kind = layout.uops[u];
    const unsigned latency = wide && kind.latency_512 != 0 ? kind.latency_512 : kind.latency;
    const auto multiplied = static_cast<double>(wide ? kind.multiplier_ports_512.size() : 0);
    const auto ports = static_cast<double>(std::popcount(ports_mask(kind, wide)));
    sum +=
        multiplied == 0 ? latency : (multiplied * kind.multiplier_latency_512 + (ports - multiplied) * latency) / ports;
  }
  return sum;
}

// The tightest bound: for a set of ports, the time of all uops that can go nowhere else, shared by those ports. The
// unions of the uops' own port sets are the only sets that can be tightest.
double cycles_per_instruction(const Layout& layout, const Crack& crack, bool wide) {
  const std::size_t n = crack.uops.size();
  double most = static_cast<double>(crack.fused_uops) / layout.rename.dispatch_width;
  for (std::uint64_t subset = 1; subset < (1ULL << n); ++subset) {
    std::uint64_t ports = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if ((subset >> i & 1U) != 0) ports |= ports_mask(layout.uops[crack.uops[i]], wide);
    }
    double time = 0;
    for (const unsigned u : crack.uops) {
      const UopKind& kind = layout.uops[u];
      const unsigned busy = wide && kind.busy_512 != 0 ? kind.busy_512 : kind.busy;
      const std::uint64_t own = ports_mask(kind, wide);
      if (own != 0 && (own & ~ports) == 0) time += busy;
    }
    if (ports != 0) most = std::max(most, time / std::popcount(ports));
  }
  return most;
}

using H = lowering::HostOp;

struct Fact {
  std::string_view layout;
  H op;
  unsigned width;  // bytes
  double latency;  // cycles; negative: not published
  double cycles;   // per instruction, independent
};

// Latencies and throughputs from InstLatx64 unless another source is named; see the layouts for the full citations.
// Where that listing carries overhead of its loop, the nominal value of LLVM and OSACA.
const Fact kFacts[] = {
    {"zen2", H::Add, 8, 1, 0.25},
    {"zen2", H::Shl, 8, 1, 0.25},
    {"zen2", H::Imul, 8, 3, 1},
    {"zen2", H::Popcnt, 8, 1, 0.25},
    {"zen2", H::Tzcnt, 8, 2, 0.5},
    {"zen2", H::Pext, 8, 19, 19},
    {"zen2", H::Vaddpd, 32, 3, 0.5},
    {"zen2", H::Vmulpd, 32, 3, 0.5},
    {"zen2", H::Vfmadd231pd, 32, 5, 0.5},
    {"zen2", H::Vdivpd, 32, 13, 5},
    {"zen2", H::Vsqrtpd, 32, 20, 9},
    {"zen2", H::Vcmppd, 32, 1, 0.5},
    {"zen2", H::Vpaddd, 32, 1, 0.333},
    {"zen2", H::Vpand, 32, 1, 0.25},
    {"zen2", H::Vpslld, 32, 1, 1},
    {"zen2", H::Vpmulld, 32, 4, 2},
    {"zen2", H::Vpmaddwd, 32, 3, 1},
    {"zen2", H::Vpshufb, 32, 1, 0.5},
    {"zen2", H::Vextracti128, 32, 3, 1},
    {"zen2", H::Vinserti128, 32, 1, 1},
    {"zen2", H::Vcvtdq2ps, 32, 3, 1},
    {"zen3", H::Add, 8, 1, 0.25},
    {"zen3", H::Shl, 8, 1, 0.5},
    {"zen3", H::Imul, 8, 3, 1},
    {"zen3", H::Cmov, 8, 1, 0.5},
    {"zen3", H::Pext, 8, 3, 1},
    {"zen3", H::Tzcnt, 8, 2, 0.5},
    {"zen3", H::Vaddpd, 32, 3, 0.5},
    {"zen3", H::Vfmadd231pd, 32, 4, 0.5},
    {"zen3", H::Vdivpd, 32, 13, 4.5},
    {"zen3", H::Vsqrtpd, 32, 20, 8.5},
    {"zen3", H::Vpaddd, 32, 1, 0.25},
    {"zen3", H::Vpslld, 32, 1, 0.5},
    {"zen3", H::Vpmulld, 32, 3, 0.5},
    {"zen3", H::Vpshufd, 32, 1, 0.5},
    {"zen3", H::Vextracti128, 32, 3, 1},
    {"zen3", H::Vcvtdq2ps, 32, 3, 0.5},
    {"zen4", H::Add, 8, 1, 0.25},
    {"zen4", H::Shl, 8, 1, 0.5},
    {"zen4", H::Imul, 8, 3, 1},
    {"zen4", H::Tzcnt, 8, 1, 0.25},
    {"zen4", H::Cmov, 8, 1, 0.5},
    {"zen4", H::Vaddps, 64, 3, 1},
    {"zen4", H::Vmulps, 64, 3, 1},
    {"zen4", H::Vfmadd231ps, 64, 4, 1},
    {"zen4", H::Vfmadd231ps, 32, 4, 0.5},
    {"zen4", H::Vpaddd, 64, 1, 0.5},
    {"zen4", H::Vpaddd, 32, 1, 0.25},
    {"zen4", H::Vpternlog, 64, 1, 0.5},
    {"zen4", H::Vpopcntq, 64, 2, 1},
    {"zen4", H::Vpdpbusd, 64, 4, 1},
    {"zen4", H::Vpmulld, 32, 3, 0.5},
    {"zen4", H::Vpermq, 32, 4, 0.5},
    {"zen4", H::Vpshufb, 32, 2, 0.5},
    // measured on EPYC Turin, 2026-11
    {"zen5", H::Add, 8, 1, 0.167},
    {"zen5", H::Mov, 8, 0, 0.125},
    {"zen5", H::Shl, 8, 1, 0.333},
    {"zen5", H::Imul, 8, 3, 0.333},
    {"zen5", H::Pext, 8, 3, 0.333},
    {"zen5", H::Popcnt, 8, 1, 0.167},
    {"zen5", H::Tzcnt, 8, 1, 0.333},
    {"zen5", H::Cmov, 8, 1, 0.167},
    {"zen5", H::Vaddps, 64, 2, 0.5},
    {"zen5", H::Vmulps, 64, 3, 0.5},
    {"zen5", H::Vfmadd231ps, 64, 4, 0.5},
    {"zen5", H::Vdivps, 64, 10, 2.5},
    {"zen5", H::Vdivpd, 64, 13, 4},
    {"zen5", H::Vsqrtps, 64, 14, 4.5},
    {"zen5", H::Vsqrtpd, 64, 20, 7.5},
    {"zen5", H::Vminps, 64, 2, 0.5},
    {"zen5", H::Vcmpps, 32, 2, 0.5},
    {"zen5", H::VcmppsK, 64, 6, 0.5},
    {"zen5", H::VcmppsK, 32, 4, 0.5},
    {"zen5", H::Vpaddd, 64, 2, 0.25},
    {"zen5", H::Vpand, 64, 2, 0.25},
    {"zen5", H::Vpmulld, 64, 3, 0.5},
    {"zen5", H::Vpslld, 64, 2, 0.5},
    {"zen5", H::Vpmaddwd, 64, 3, 0.5},
    {"zen5", H::Vpdpbusd, 64, 4, 0.5},
    {"zen5", H::Vpopcntq, 64, 2, 0.5},
    {"zen5", H::Vpshufb, 64, 2, 0.5},
    {"zen5", H::Vpsadbw, 64, 3, 0.5},
    {"zen5", H::Vpshufd, 64, 2, 0.25},
    {"zen5", H::Vpermq, 64, 4, 0.5},
    {"zen5", H::Valignq, 64, 5, 0.5},
    {"zen5", H::Vshufi64x2, 64, 5, 0.5},
    {"zen5", H::Vextracti64x4, 64, 4, 0.5},
    {"zen5", H::Vinserti64x4, 64, 2, 0.5},
    {"zen5", H::VblendmD, 64, 2, 0.25},
    {"zen5", H::Vblendvps, 32, 2, 0.5},
    {"zen5", H::Vcvtdq2ps, 64, 3, 0.5},
    {"zen5", H::VpbroadcastqGpr, 64, 7, 1},
    {"zen5", H::VmovqToVec, 16, 5, 1},
    {"zen5", H::Vcvtsi2sd, 16, 8, 1},
    {"zen5", H::Vcvttsd2si, 16, 5, 0.5},
    {"zen5", H::KmovToMask, 8, 7, 1},
    {"golden_cove", H::Add, 8, 1, 0.2},
    {"golden_cove", H::Shl, 8, 1, 0.5},
    {"golden_cove", H::Imul, 8, 3, 1},
    {"golden_cove", H::Popcnt, 8, 3, 1},
    {"golden_cove", H::Pext, 8, 3, 1},
    {"golden_cove", H::Cmov, 8, 1, 0.5},
    {"golden_cove", H::Vmulpd, 32, 4, 0.5},
    {"golden_cove", H::Vfmadd231pd, 32, 4, 0.5},
    {"golden_cove", H::Vaddpd, 64, 3, 0.5},
    {"golden_cove", H::Vdivpd, 32, 14, 8},
    {"golden_cove", H::Vdivsd, 16, 14, 4},
    {"golden_cove", H::Vsqrtpd, 32, 18, 12},
    {"golden_cove", H::Vpaddd, 32, 1, 0.333},
    {"golden_cove", H::Vpaddd, 64, 1, 0.5},
    {"golden_cove", H::Vpslld, 32, 1, 0.5},
    {"golden_cove", H::Vpmulld, 32, 10, 1},
    {"golden_cove", H::Vpmaddwd, 32, 5, 0.5},
    {"golden_cove", H::Vpternlog, 64, 1, 0.5},
    {"golden_cove", H::Vpopcntq, 64, 3, 1},
    {"golden_cove", H::Vpdpbusd, 32, 5, 0.5},
    {"golden_cove", H::Vpshufb, 32, 1, 0.5},
    {"golden_cove", H::Vpermq, 32, 3, 1},
    {"golden_cove", H::Vextracti128, 32, 3, 1},
    {"golden_cove", H::Vcvtdq2ps, 32, 4, 0.5},
    // measured on a Sapphire Rapids guest: 2.00 per cycle
    {"golden_cove", H::Vfmadd231ps, 64, 4, 0.5},
};

}  // namespace

TEST_CASE("latency and throughput of single instructions follow from the layouts as published") {
  Layout layout;
  for (const Fact& fact : kFacts) {
    if (layout.name != fact.layout) layout = shipped(fact.layout);
    const Crack& crack = layout.host_cracks[static_cast<std::size_t>(fact.op)];
    const bool wide = fact.width == 64;
    INFO(fact.layout << ", host operation " << static_cast<int>(fact.op) << " of " << fact.width << " bytes");
    CHECK(latency_of(layout, crack, wide) == fact.latency);
    CHECK(cycles_per_instruction(layout, crack, wide) == Approx(fact.cycles).epsilon(0.05));
  }
}

TEST_CASE("caches, windows and widths are as published") {
  struct Core {
    std::string_view name;
    unsigned dispatch, window, store_queue, l1_bytes, l1_latency, l2_bytes, l2_latency;
  };
  const Core cores[] = {{"zen2", 6, 224, 48, 32768, 4, 524288, 12},
                        {"zen3", 6, 256, 64, 32768, 4, 524288, 12},
                        {"zen4", 6, 320, 64, 32768, 4, 1048576, 14},
                        {"zen5", 8, 448, 104, 49152, 4, 1048576, 14},
                        {"golden_cove", 6, 512, 112, 49152, 5, 2097152, 16}};
  for (const Core& core : cores) {
    const Layout layout = shipped(core.name);
    INFO(core.name);
    CHECK(layout.rename.dispatch_width == core.dispatch);
    CHECK(layout.retire.window_entries == core.window);
    CHECK(layout.memory.store_queue == core.store_queue);
    CHECK(layout.memory.l1.size_bytes == core.l1_bytes);
    CHECK(layout.memory.l1.latency == core.l1_latency);
    CHECK(layout.memory.l2.size_bytes == core.l2_bytes);
    CHECK(layout.memory.l2.latency == core.l2_latency);
  }
}

}  // namespace vtpu::layout
