#include "layout/layout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "layout/layout_fields.hpp"

namespace vtpu::layout {
namespace {

template <typename T>
std::optional<unsigned> index_named(const std::vector<T>& items, std::string_view name) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const T& item) { return item.name == name; });
  if (found == items.end()) return std::nullopt;
  return static_cast<unsigned>(found - items.begin());
}

}  // namespace

std::optional<unsigned> Layout::port_named(std::string_view port) const { return index_named(ports, port); }

std::optional<unsigned> Layout::uop_named(std::string_view uop) const { return index_named(uops, uop); }

std::string Layout::why_unsupported(lowering::HostOp op, unsigned width_bytes) const {
  const std::string_view mnemonic = host_op_names()[static_cast<std::size_t>(op)];
  if (std::find(host_unsupported.begin(), host_unsupported.end(), op) != host_unsupported.end()) {
    return fmt::format("{} is not an instruction of {} ([host] unsupported in {})", mnemonic, name, source_file);
  }
  if (width_bytes * 8 > max_vector_bits) {
    return fmt::format("{} of {} bits: {} has vectors of at most {} bits", mnemonic, width_bytes * 8, name,
                       max_vector_bits);
  }
  return "";
}

}  // namespace vtpu::layout
