// Finding layouts: by name, by path, and by the CPU at hand.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include "cpu/cpu.hpp"
#include "layout/layout.hpp"

namespace vtpu::layout {
namespace {

// Far beyond what parse_layout takes; keeps a huge file or an endless device out of memory.
constexpr std::streamsize kReadLimit = 1 << 20;

std::vector<std::string> layout_files(const std::string& folder) {
  std::vector<std::string> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".toml") files.push_back(it->path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const std::string& file : layout_files(folder)) names.push_back(std::filesystem::path(file).stem().string());
  return names;
}

}  // namespace

Result<Layout> load_layout(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return fail(path, "found a directory, expected a layout file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(path, "cannot be opened; expected a layout file");
  std::string text(static_cast<std::size_t>(kReadLimit), '\0');
  file.read(text.data(), kReadLimit);
  if (file.bad()) return fail(path, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return parse_layout(text, path);
}

Result<Layout> find_layout(const std::string& name_or_path, const std::string& layouts_folder) {
  const bool is_path = name_or_path.find('/') != std::string::npos || name_or_path.ends_with(".toml");
  if (is_path) return load_layout(name_or_path);
  const std::string path = layouts_folder + "/" + name_or_path + ".toml";
  std::error_code error;
  if (name_or_path.empty() || !std::filesystem::exists(path, error)) {
    return fail(layouts_folder, fmt::format("no layout \"{}\"; expected a path or one of {}", name_or_path,
                                            fmt::join(names_in(layouts_folder), ", ")));
  }
  return load_layout(path);
}

Result<Layout> layout_of_this_cpu(const std::string& layouts_folder) {
  const std::string identity = cpu::this_cpu().identity();
  Errors unreadable;  // a broken file does not hide the layout that fits
  for (const std::string& file : layout_files(layouts_folder)) {
    Result<Layout> layout = load_layout(file);
    if (!layout) {
      unreadable.insert(unreadable.end(), layout.error().begin(), layout.error().end());
    } else if (!layout->cpu_match.empty() && std::regex_match(identity, std::regex(layout->cpu_match))) {
      return layout;
    }
  }
  unreadable.push_back({layouts_folder, fmt::format("no layout describes this CPU (\"{}\"); name one of {}", identity,
                                                    fmt::join(names_in(layouts_folder), ", "))});
  return fail(std::move(unreadable));
}

}  // namespace vtpu::layout
