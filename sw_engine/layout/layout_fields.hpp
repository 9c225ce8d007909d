// Every key of a layout file, declared once: name, where its value goes, what it may be, what it means. The loader
// reads by these tables, and docs/reference/layout.md is generated from them. Private to this room.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "layout/layout.hpp"

namespace vtpu::layout {

struct Range {
  unsigned min = 0;
  unsigned max = 0;
};

// A key whose value is not copied as it stands: names to look up, or a table with keys of its own.
struct Handled {
  std::string_view expected;  // in words, for messages and the page
};

enum class Need : std::uint8_t { Optional, Required };

template <typename T>
struct Field {
  std::string_view key;
  std::variant<Handled, unsigned T::*, bool T::*, std::string T::*, std::optional<unsigned> T::*> target;
  Need need = Need::Optional;
  std::string_view doc;
  Range range{};                                // of numbers
  std::span<const std::string_view> choices{};  // of strings; empty: any text
};

[[nodiscard]] std::span<const Field<Layout>> layout_fields();
[[nodiscard]] std::span<const Field<FrontEnd>> front_end_fields();
[[nodiscard]] std::span<const Field<Rename>> rename_fields();
[[nodiscard]] std::span<const Field<Queue>> queue_fields();
[[nodiscard]] std::span<const Field<Port>> port_fields();
[[nodiscard]] std::span<const Field<UopKind>> uop_fields();
[[nodiscard]] std::span<const Field<Crack>> crack_fields();
[[nodiscard]] std::span<const Field<Layout>> memory_uop_fields();
[[nodiscard]] std::span<const Field<Retire>> retire_fields();
[[nodiscard]] std::span<const Field<Memory>> memory_fields();
[[nodiscard]] std::span<const Field<CacheLevel>> cache_fields();
[[nodiscard]] std::span<const Field<Translation>> translation_fields();
[[nodiscard]] std::span<const Field<Sentrons>> sentrons_fields();
[[nodiscard]] std::span<const Field<Smt>> smt_fields();

// The keys of a kind of uop that name ports; uop_fields() says of each what it means.
struct PortList {
  std::string_view key;
  std::vector<unsigned> UopKind::*ports;
};
inline constexpr PortList kUopPortLists[] = {{"ports", &UopKind::ports},
                                             {"ports_512", &UopKind::ports_512},
                                             {"multiplier_ports_512", &UopKind::multiplier_ports_512}};

inline constexpr std::size_t kMaxPorts = 64;
inline constexpr std::size_t kMaxUopKinds = 256;
inline constexpr std::size_t kMaxCrackUops = 16;
inline constexpr std::size_t kMaxSlots = 32;  // of a cycle's dispatch

// "an integer from 1 to 32", "true or false", "a text", "one of at_issue, at_dispatch".
template <typename T>
[[nodiscard]] std::string expected_of(const Field<T>& field);

// Names of the host operations of lowering/host_op.hpp, index HostOp.
[[nodiscard]] std::span<const std::string_view> host_op_names();

}  // namespace vtpu::layout
