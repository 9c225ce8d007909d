// A trace's text file: written under a name of its own and given the right one when it is whole, so that a run that is
// killed leaves nothing that looks like a trace.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "isa/result.hpp"

namespace vtpu::traces {

class OutputFile {
 public:
  [[nodiscard]] static Result<OutputFile> create(const std::string& path);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();  // removes what was not closed

  void write(std::string_view text);
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  // Errors: what could not be written (a full disk).
  [[nodiscard]] Result<void> close();

 private:
  OutputFile(std::string path, std::FILE* file) : path_(std::move(path)), file_(file) {}

  std::string path_;
  std::FILE* file_;
  std::uint64_t bytes_ = 0;
  bool failed_ = false;
};

// The name that a file has while it is written.
[[nodiscard]] std::string partial_name(const std::string& path);

}  // namespace vtpu::traces
