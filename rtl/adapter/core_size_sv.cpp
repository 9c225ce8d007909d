#include "rtl/adapter/core_size_sv.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/core_state.hpp"
#include "layout/longest_load.hpp"
#include "rtl/adapter/core_config.hpp"

namespace vtpu::rtl {
namespace {

using layout::Layout;

struct Size {
  const char* name;
  std::uint64_t value;
  const char* meaning;
};

// Uops of a word: the longest crack of each pipe, and a load, a store address and store data.
std::uint64_t uops_of_word(const Layout& layout) {
  std::array<std::size_t, 3> longest{};
  for (const auto& [key, crack] : layout.op_cracks) {
    std::size_t& most = longest.at(static_cast<unsigned>(key.first) >> 6U);
    most = std::max(most, crack.uops.size());
  }
  return longest[0] + longest[1] + longest[2] + 3;
}

std::vector<Size> sizes_of(const Layout& layout) {
  const core::CoreTables tables(layout);
  const std::uint64_t places = core::uop_places(layout, tables);
  std::uint64_t entries = 0;
  for (const layout::Queue& q : layout.queues) entries = std::max<std::uint64_t>(entries, q.entries);
  std::uint64_t crack = 0;
  for (const auto& [key, one] : layout.op_cracks) crack = std::max<std::uint64_t>(crack, one.uops.size());
  constexpr std::uint64_t kRegisters = 128;  // architectural, as in core_pkg
  const auto some = [](std::uint64_t size) { return std::max<std::uint64_t>(size, 1); };  // a layout may have none
  return {
      {"MaxPorts", layout.ports.size(), ""},
      {"MaxQueues", layout.queues.size(), ""},
      {"MaxEntries", entries, "of one issue queue"},
      {"MaxKinds", layout.uops.size(), "of uops"},
      {"MaxPlaces", places, "uops between fetch and retirement, a power of two"},
      {"MaxFused", tables.uops_per_fused, "uops of one fused uop"},
      {"MaxDispatch", layout.rename.dispatch_width, "fused uops per cycle"},
      {"MaxDispatchUops", layout.rename.dispatch_width * std::uint64_t{tables.uops_per_fused}, "uops per cycle"},
      {"MaxRetire", layout.retire.width, "fused uops per cycle"},
      {"MaxWords", layout.front_end.siw_per_cycle, "words fetched per cycle"},
      {"MaxWordUops", uops_of_word(layout), "uops of one word"},
      {"MaxCrack", some(crack), "uops of one operation, without its memory half"},
      {"MaxTranslations", some(layout.translation.entries), ""},
      {"MaxWays", some(layout.translation.ways), "of the translation cache"},
      // Found by the low bits of its number, of which there is one at least.
      {"MaxStores", std::max<std::uint64_t>(std::bit_ceil(layout.memory.store_queue), 2),
       "store queue entries, a power of two"},
      {"MaxCommits", layout.memory.store_commit_per_cycle, "stores written per cycle"},
      {"MaxLines", some(layout.memory.store_combining_lines), "lines written last that take further stores"},
      {"MaxBanks", some(layout.memory.l1_banks), ""},
      {"MaxLoops", kMaxLoops, "around one word"},
      {"MaxValues", std::bit_ceil(kRegisters + places),
       "of registers: architectural, being made, and not yet given back"},
      {"TimeBits", static_cast<std::uint64_t>(std::bit_width(layout::longest_load_cycles(layout))) + 1,
       "of a time ahead, one more than the longest needs"},
  };
}

}  // namespace

Result<std::string> core_size_package(const Layout& layout) {
  if (layout.smt.threads > 1) {
    return fail(layout.source_file,
                fmt::format("smt.threads: found {}, expected 1, which the RTL has", layout.smt.threads));
  }
  std::string text = fmt::format(
      "// Sizes of the structures of a core of the layout {}: vtpu layout {} --sv FILE.\npackage core_size_pkg;\n",
      layout.name, layout.name);
  for (const Size& size : sizes_of(layout)) {
    const std::string line = fmt::format("  localparam int unsigned {} = {};", size.name, size.value);
    text += *size.meaning == '\0' ? line + "\n" : fmt::format("{:<50}// {}\n", line, size.meaning);
  }
  return text + "endpackage\n";
}

}  // namespace vtpu::rtl
