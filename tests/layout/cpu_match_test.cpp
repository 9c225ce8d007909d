#include <regex>

#include "cpu/cpu.hpp"
#include "shipped.hpp"

namespace vtpu::layout {

TEST_CASE("each known CPU is described by exactly one layout") {
  struct Cpu {
    std::string identity;
    std::string_view layout;  // empty: none
  };
  const Cpu cpus[] = {
      {"AuthenticAMD 23 1", ""},        // Zen, Naples
      {"AuthenticAMD 23 8", ""},        // Zen+
      {"AuthenticAMD 23 49", "zen2"},   // Rome
      {"AuthenticAMD 23 96", "zen2"},   // Renoir
      {"AuthenticAMD 23 113", "zen2"},  // Matisse
      {"AuthenticAMD 25 1", "zen3"},    // Milan
      {"AuthenticAMD 25 33", "zen3"},   // Vermeer
      {"AuthenticAMD 25 80", "zen3"},   // Cezanne
      {"AuthenticAMD 25 17", "zen4"},   // Genoa
      {"AuthenticAMD 25 97", "zen4"},   // Raphael
      {"AuthenticAMD 25 116", "zen4"},  // Phoenix
      {"AuthenticAMD 25 160", "zen4"},  // Bergamo
      {"AuthenticAMD 26 2", "zen5"},    // Turin
      {"AuthenticAMD 26 68", "zen5"},   // Granite Ridge
      {"GenuineIntel 6 143", "golden_cove"},
      {"GenuineIntel 6 151", "golden_cove"},
      {"GenuineIntel 6 207", "golden_cove"},
      {"GenuineIntel 6 143 avx512_fp16", "golden_cove"},
      {"GenuineIntel 6 167 avx512_fp16", "golden_cove"},  // Sapphire Rapids, renamed by a hypervisor
      {"GenuineIntel 6 173 avx512_fp16 prefetchi", "redwood_cove"},
      {"GenuineIntel 6 167 avx512_fp16 prefetchi", "redwood_cove"},  // Granite Rapids, renamed by a hypervisor
      {"GenuineIntel 6 167", ""},                                    // Rocket Lake
      {"GenuineIntel 6 85", ""},                                     // Skylake server
      {"GenuineIntel 6 1430", ""},
      {"unknown 0 0", ""},
  };
  for (const Cpu& cpu : cpus) {
    std::string matches;
    for (const std::string_view name : kShipped) {
      const Layout layout = shipped(name);
      if (!layout.cpu_match.empty() && std::regex_match(cpu.identity, std::regex(layout.cpu_match))) {
        matches += layout.name;
      }
    }
    INFO(cpu.identity);
    CHECK(matches == cpu.layout);
  }
}

TEST_CASE("the layout of this CPU is one whose pattern fits, or the error names the CPU") {
  const Result<Layout> layout = layout_of_this_cpu(kLayouts);
  const std::string identity = cpu::this_cpu().identity();
  if (layout) {
    CHECK(std::regex_match(identity, std::regex(layout->cpu_match)));
  } else {
    CHECK_THAT(all_text(layout.error()), Catch::Contains(identity) && Catch::Contains("vtpu3"));
  }
}

}  // namespace vtpu::layout
