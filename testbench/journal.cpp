#include "testbench/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>

namespace vtpu::testbench {

using nlohmann::json;

Journal::Journal() = default;
Journal::Journal(Journal&&) noexcept = default;
Journal& Journal::operator=(Journal&&) noexcept = default;
Journal::~Journal() = default;

Result<Journal> Journal::open(const std::string& path, const std::string& fingerprint) {
  Journal journal;
  if (path.empty()) return journal;
  std::ifstream old(path);
  std::string line;
  std::uintmax_t good = 0;  // bytes of whole lines
  bool first = true;
  while (std::getline(old, line) && !old.eof()) {
    const json entry = json::parse(line, nullptr, false);
    if (!entry.is_object()) break;
    if (first && entry.value("fingerprint", "") != fingerprint) {
      return fail(path, "belongs to a run with another suite, layout, CPU or other options: remove it or name another");
    }
    if (!first) journal.entries_[entry.value("key", "")] = entry["value"].dump();
    first = false;
    good += line.size() + 1;
  }
  old.close();
  std::error_code error;
  if (std::filesystem::exists(path, error)) std::filesystem::resize_file(path, good, error);
  journal.path_ = path;
  journal.file_ = std::make_unique<std::ofstream>(path, std::ios::app);
  if (error || !*journal.file_) return fail(path, "cannot be written");
  if (first) *journal.file_ << json{{"fingerprint", fingerprint}}.dump() << '\n' << std::flush;
  return journal;
}

std::optional<json> Journal::find(const std::string& key) const {
  const auto entry = entries_.find(key);
  return entry == entries_.end() ? std::nullopt : std::optional(json::parse(entry->second));
}

void Journal::add(const std::string& key, const json& value) {
  entries_[key] = value.dump();
  if (file_) *file_ << json{{"key", key}, {"value", value}}.dump() << '\n' << std::flush;
}

void Journal::sync() {
  if (!file_) return;
  const int descriptor = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace vtpu::testbench
