// A layout as the RTL takes it: config_t, the table of kinds and that of cracks, in the bits of core_pkg.sv.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/core_tables.hpp"
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
inline constexpr unsigned kMaxCrack = 12;
inline constexpr unsigned kMaxTranslations = 4096;
inline constexpr unsigned kMaxWays = 16;
inline constexpr unsigned kMaxStores = 256;
inline constexpr unsigned kMaxCommits = 4;
inline constexpr unsigned kMaxLines = 16;
inline constexpr unsigned kMaxBanks = 64;
inline constexpr unsigned kMaxLoops = 32;

// An operation that writes registers is computed by its first uop, which needs a port for it. Only moves can be done at
// rename: they give a value an other name.
[[nodiscard]] bool has_who_computes(isa::Op op, isa::Type type, const layout::Crack& crack,
                                    const layout::Layout& layout);

// Why the RTL cannot be this layout: numbers above what it is built for. Empty: it can.
[[nodiscard]] Errors why_too_large(const layout::Layout& layout);

// The words of config_t.
[[nodiscard]] std::vector<std::uint32_t> config_words(const layout::Layout& layout);
// The words of kind_t, for each kind of the layout.
[[nodiscard]] std::vector<std::vector<std::uint32_t>> kind_words(const layout::Layout& layout);

// The words of crack_t, by the index that the decoder uses.
[[nodiscard]] std::vector<std::pair<unsigned, std::vector<std::uint32_t>>> crack_words(const layout::Layout& layout);

}  // namespace vtpu::rtl
