#include "testbench/cli/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <span>

#include "asm/container.hpp"
#include "layout/layout.hpp"
#include "testbench/llvm_mca.hpp"

namespace vtpu::cli {
namespace {

// Files as they are, folders as the programs in them, by name.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> inside;
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const auto extension = entry.path().extension();
      if (extension == ".siw" || extension == ".siwb") inside.push_back(entry.path().string());
    }
    if (error) return fail(path, "cannot be read: " + error.message());
    if (inside.empty()) return fail(path, "found no .siw or .siwb file, expected at least one");
    std::sort(inside.begin(), inside.end());
    files.insert(files.end(), inside.begin(), inside.end());
  }
  return files;
}

}  // namespace

int report(const Errors& errors, int code) {
  for (const Error& e : errors) fmt::print(stderr, "{}\n", e.text());
  return code;
}

Result<std::vector<isa::Program>> load_programs(const std::vector<std::string>& paths) {
  const Result<std::vector<std::string>> files = files_of(paths);
  if (!files) return tl::unexpected(files.error());
  std::vector<isa::Program> programs;
  Errors errors;
  for (const std::string& file : *files) {
    Result<isa::Program> program = assembly::load_program(file);
    if (!program) {
      errors.insert(errors.end(), program.error().begin(), program.error().end());
      continue;
    }
    if (program->name.empty()) program->name = std::filesystem::path(file).stem().string();
    programs.push_back(std::move(*program));
  }
  if (!errors.empty()) return fail(std::move(errors));
  return programs;
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

std::string core_for_llvm_mca(const layout::Layout& layout) {
  if (testbench::llvm_mca_names(layout.name)) return layout.name;
  const Result<layout::Layout> own = layout::layout_of_this_cpu(layouts_folder());
  return own ? own->name : layout.name;
}

double published_nops_per_cycle() {
  const Result<layout::Layout> own = layout::layout_of_this_cpu(layouts_folder());
  return own ? own->rename.dispatch_width : 0;
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
