#include "traces/output_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace vtpu::traces {

std::string partial_name(const std::string& path) { return path + ".partial"; }

Result<OutputFile> OutputFile::create(const std::string& path) {
  std::FILE* const file = std::fopen(partial_name(path).c_str(), "wb");
  if (file == nullptr) return fail(path, fmt::format("cannot be written: {}", std::strerror(errno)));
  return OutputFile(path, file);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      file_(std::exchange(other.file_, nullptr)),
      bytes_(other.bytes_),
      failed_(other.failed_) {}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  (void)std::fclose(file_);
  (void)std::remove(partial_name(path_).c_str());
}

void OutputFile::write(std::string_view text) {
  failed_ = failed_ || std::fwrite(text.data(), 1, text.size(), file_) != text.size();
  bytes_ += text.size();
}

Result<void> OutputFile::close() {
  if (std::fclose(std::exchange(file_, nullptr)) != 0) failed_ = true;
  const std::string partial = partial_name(path_);
  if (!failed_ && std::rename(partial.c_str(), path_.c_str()) == 0) return {};
  (void)std::remove(partial.c_str());
  return fail(path_, fmt::format("could not be written whole: {}", std::strerror(errno)));
}

}  // namespace vtpu::traces
