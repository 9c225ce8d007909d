#include "testbench/cli/commands.hpp"

#include <fmt/format.h>

#include <charconv>
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

namespace {

// "rounds=100"; nothing where it is not that.
std::optional<std::pair<std::string, std::int64_t>> setting_named(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos) return std::nullopt;
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + equals + 1, end, value);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return std::pair(text.substr(0, equals), value);
}

}  // namespace

void add_set(CLI::App& command, assembly::ConstantValues& set) {
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [&set](const std::vector<std::string>& settings) {
            for (const std::string& text : settings) {
              const auto setting = setting_named(text);
              if (!setting) throw CLI::ValidationError("--set", "found '" + text + "', expected NAME=INTEGER");
              set.insert_or_assign(setting->first, setting->second);
            }
          },
          "NAME=INTEGER, may be repeated: another value of a constant (.const) of the program's text")
      ->expected(1)
      ->take_all();
}

}  // namespace vtpu::cli
