// Reading and writing whole files.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "asm/assembler.hpp"
#include "asm/container.hpp"
#include "asm/read_file.hpp"

namespace vtpu::assembly {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int close() {
    const int result = ::close(fd_);
    fd_ = -1;
    return result;
  }

 private:
  int fd_;
};

tl::unexpected<Errors> system_failure(const std::string& path, const char* what) {
  return fail(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

bool write_all(int fd, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::string& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return system_failure(path, "cannot be opened");
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return system_failure(path, "cannot be examined");
  if (S_ISDIR(info.st_mode)) return fail(path, "is a folder, expected a file");
  std::vector<std::uint8_t> bytes(info.st_size > 0 ? std::min<std::uint64_t>(info.st_size, kMaxFileBytes) : 0);
  std::size_t used = 0;
  for (;;) {  // a pipe has no size: read until the end
    if (used == bytes.size()) bytes.resize(bytes.size() + 65536);
    const ssize_t n = ::read(file.get(), bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_failure(path, "cannot be read");
    if (n == 0) break;
    used += static_cast<std::size_t>(n);
    if (used > kMaxFileBytes) return fail(path, fmt::format("is longer than {} bytes", kMaxFileBytes));
  }
  bytes.resize(used);
  return bytes;
}

Result<void> write_file(const std::string& path, std::span<const std::uint8_t> bytes) {
  std::string temporary = path + ".XXXXXX";
  FileDescriptor file(::mkstemp(temporary.data()));
  if (file.get() < 0) return system_failure(path, "no temporary file can be made beside it");
  const mode_t mask = ::umask(0);
  ::umask(mask);
  const bool written = ::fchmod(file.get(), 0666 & ~mask) == 0 && write_all(file.get(), bytes) &&
                       ::fsync(file.get()) == 0 && file.close() == 0 &&
                       std::rename(temporary.c_str(), path.c_str()) == 0;
  if (written) return {};
  const auto failure = system_failure(path, "cannot be written");
  ::unlink(temporary.c_str());
  return failure;
}

Result<isa::Program> load_program(const std::string& path, const ConstantValues& set) {
  const auto bytes = read_file(path);
  if (!bytes) return fail(bytes.error());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  if (!text.starts_with("SIWB")) return assemble(text, path, set);
  if (!set.empty()) {
    return fail(path, fmt::format("is a container, whose constants are settled, expected a text to set '{}' in",
                                  set.begin()->first));
  }
  return read_container(*bytes, path);
}

}  // namespace vtpu::assembly
