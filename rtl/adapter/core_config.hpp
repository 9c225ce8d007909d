// A layout as the RTL takes it: config_t and the table of kinds, in the bits of core_pkg.sv; and uops in the bits of
// uop_t and uop_registers_t.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/core_tables.hpp"
#include "core/uop_source.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"

namespace vtpu::rtl {

// Largest structures, as in largest/core_size_pkg.sv.
inline constexpr unsigned kMaxPorts = 20;
inline constexpr unsigned kMaxQueues = 16;
inline constexpr unsigned kMaxEntries = 128;
inline constexpr unsigned kMaxKinds = 128;
inline constexpr unsigned kMaxPlaces = 2048;
inline constexpr unsigned kMaxFused = 16;
inline constexpr unsigned kMaxDispatch = 12;
inline constexpr unsigned kMaxDispatchUops = 128;
inline constexpr unsigned kMaxRetire = 16;
inline constexpr unsigned kMaxWords = 4;
inline constexpr unsigned kMaxWordUops = 40;
inline constexpr unsigned kMaxStores = 256;
inline constexpr unsigned kMaxCommits = 4;
inline constexpr unsigned kMaxLines = 16;
inline constexpr unsigned kMaxBanks = 64;

// Why the RTL cannot be this layout: numbers above what it is built for. Empty: it can.
[[nodiscard]] Errors why_too_large(const layout::Layout& layout);

// The words of config_t.
[[nodiscard]] std::vector<std::uint32_t> config_words(const layout::Layout& layout);
// The words of kind_t, for each kind of the layout.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> kind_words(const layout::Layout& layout);

struct PackedUop {
  std::uint64_t uop = 0;        // uop_t
  std::uint64_t registers = 0;  // uop_registers_t
};
inline constexpr std::uint64_t kNewContextBit = 1ULL << 21U;  // uop_t::new_context
[[nodiscard]] PackedUop pack_uop(const core::SourceUop& uop, const core::KindInfo& kind);

}  // namespace vtpu::rtl
