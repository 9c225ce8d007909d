#include "testbench/cli/commands.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <span>

#include "asm/container.hpp"

namespace vtpu::cli {

int report(const Errors& errors, int code) {
  for (const Error& e : errors) fmt::print(stderr, "{}\n", e.text());
  return code;
}

int write_text(const std::string& path, const std::string& text) {
  if (path == "-") {
    fmt::print("{}", text);
    return kFine;
  }
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const Result<void> written = assembly::write_file(path, std::span(bytes, text.size()));
  return written ? kFine : report(written.error());
}

std::string layouts_folder() {
  if (const char* folder = std::getenv("VTPU_LAYOUTS")) return folder;
  if (std::filesystem::is_directory("layouts")) return "layouts";
  return VTPU_SOURCE_DIR "/layouts";
}

}  // namespace vtpu::cli
