#include "testbench/mix_reasons.hpp"

#include <algorithm>
#include <vector>

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;

struct Reason {
  std::vector<H> ops;
  unsigned width;        // 0: all
  const char* operands;  // empty: all
  const char* text;
};

// Of llvm-mca 14 to 19 and Zen 3 and 4, where LLVM's tables stem from one another.
const std::vector<Reason>& reasons() {
  static const std::vector<Reason> kReasons{
      {{H::MovImm},
       0,
       "",
       "four ALUs take it as any integer operation; LLVM holds an ALU twice for an immediate of a "
       "64-bit register, which nothing else that is published says"},
      {{H::Lea}, 0, "", "InstLatx64 measures four per cycle; LLVM has three"},
      {{H::Tzcnt}, 0, "", "InstLatx64 measures four per cycle on Zen 4; LLVM keeps Zen 3's two"},
      {{H::Setcc}, 0, "", "two ports as for cmov (OSACA, InstLatx64 0.5); LLVM has one per cycle"},
      {{H::VmovqToGpr, H::VmovdToGpr}, 0, "", "LLVM names two ports, fp4 and fp5, and then one per cycle"},
      {{H::VpextrqHigh}, 0, "", "shuffle and move, both two per cycle; LLVM has one move per cycle"},
      {{H::VpbroadcastqGpr, H::VpbroadcastdGpr},
       0,
       "",
       "a move from the general register, one per cycle (OSACA), and a broadcast, as measured on Zen 5; LLVM counts "
       "the "
       "broadcast alone"},
      {{H::Vpbroadcastq, H::Vpbroadcastd},
       0,
       "",
       "two per cycle up to 256 bits as other shuffles; LLVM has two at 128 bits, and one at 256 as at 512"},
      {{H::Vminsd, H::Vmaxsd, H::Vfmadd132sd, H::Vfmadd213sd, H::Vfmadd231sd},
       0,
       "",
       "LLVM has two packed ones per cycle and one scalar one, on the same ports"},
      {{H::Vcmpps, H::Vcmppd, H::Vpcmpeqq},
       16,
       "",
       "LLVM has two at 256 bits per cycle and one at 128, on the same ports"},
      {{H::Vpslld, H::Vpsrld, H::Vpsrad, H::Vpsllw, H::Vpsrlw, H::Vpsraw, H::Vpsllq, H::Vpsrlq, H::Valignq},
       64,
       "",
       "512 bits take a 256-bit port twice (AMD's guide), one per cycle on two ports; LLVM has two, as at 256 bits"},
      {{H::Vpdpbusd},
       0,
       "",
       "InstLatx64 measures two per cycle, one at 512 bits; LLVM has one in two cycles in all widths"},
      {{H::Vpopcntq},
       0,
       "",
       "InstLatx64 measures two per cycle, one at 512 bits; LLVM has one at 128 bits, four at 256, two at 512"},
      {{H::Vpshufb, H::Vpermq, H::Vshufi64x2, H::Vinserti128},
       32,
       "",
       "InstLatx64 measures two per cycle at 256 bits (vshufi64x2: as vpermq); LLVM has one"},
      {{H::Vextracti128, H::Vextracti64x4},
       0,
       "",
       "OSACA has four per cycle with InstLatx64's latency of 1; LLVM has one of latency 4"},
      {{H::Vcvttsd2si},
       0,
       "",
       "conversion on fp2 and fp3, move on fp4 and fp5 allow two per cycle; OSACA has one, LLVM one in 1 (Zen 3) and "
       "2.5 (Zen 4)"},
      {{H::Mov}, 8, "Mg", "InstLatx64 measures two stores per cycle; LLVM has one"},
      {{H::Vmov}, 64, "vm", "one 512-bit load per cycle (OSACA; InstLatx64 1.25); LLVM has two"},
      {{H::Vmov}, 64, "Mv", "InstLatx64 measures two cycles for a 512-bit store; LLVM has one"},
  };
  return kReasons;
}

}  // namespace

std::string mix_reason(const std::string& layout, const LoopInst& inst) {
  if (layout != "zen3" && layout != "zen4") return "";
  for (const Reason& reason : reasons()) {
    const bool named = std::find(reason.ops.begin(), reason.ops.end(), inst.op) != reason.ops.end();
    const bool form = *reason.operands == '\0' || inst.operands == reason.operands;
    if (named && form && (reason.width == 0 || reason.width == inst.width)) return reason.text;
  }
  return "";
}

}  // namespace vtpu::testbench
