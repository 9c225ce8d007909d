#include "testbench/explore/identity.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include "asm/container.hpp"
#include "layout/layout_write.hpp"
#include "testbench/explore/model_version.hpp"

namespace vtpu::explore {

std::string hash_of(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string timing_text(const layout::Layout& layout) {
  layout::Layout plain = layout;
  plain.name = "core";
  plain.description.clear();
  plain.cpu_match.clear();
  return layout::write_layout(plain);
}

std::string name_of(const layout::Layout& layout) {
  return fmt::format("x{}", hash_of(timing_text(layout)).substr(0, 12));
}

std::string hash_of(const isa::Program& program) {
  const std::vector<std::uint8_t> bytes = assembly::write_container(program);
  return hash_of(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

std::string_view model_version() { return kModelVersion; }

}  // namespace vtpu::explore
