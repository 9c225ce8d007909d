// How traces name a uop.
#pragma once

#include <fmt/format.h>

#include <string>

#include "events/events.hpp"

namespace vtpu::traces {

// "D dadd.i64": pipe and operation.
[[nodiscard]] inline std::string text_of(const events::UopInfo& uop) {
  return fmt::format("{} {}", isa::name_of(uop.pipe), uop.text);
}

// "12.3": word 12 of its stream, fetched for the fourth time.
[[nodiscard]] inline std::string word_of(const events::UopInfo& uop) {
  return fmt::format("{}.{}", uop.word, uop.iteration);
}

}  // namespace vtpu::traces
