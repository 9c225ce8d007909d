#include "testbench/explore/row_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "asm/read_file.hpp"

namespace vtpu::explore {
namespace {

tl::unexpected<Errors> system_failure(const std::string& path, const char* what) {
  return fail(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

}  // namespace

Result<RowStore> RowStore::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) return system_failure(path, "cannot be opened");
  RowStore store(path, fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return fail(path, "is in use by another exploration");
  if (Result<void> loaded = store.load(); !loaded) return fail(std::move(loaded.error()));
  return store;
}

RowStore::~RowStore() {
  if (fd_ >= 0) ::close(fd_);
}

RowStore::RowStore(RowStore&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      rows_(std::move(other.rows_)),
      size_(other.size_),
      dropped_(other.dropped_) {}

// Lines up to the first that is no row are kept; what a torn write left behind it goes.
Result<void> RowStore::load() {
  const auto bytes = assembly::read_file(path_);
  if (!bytes) return fail(bytes.error());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  for (std::size_t line = 1; size_ < text.size(); ++line) {
    const std::size_t end = text.find('\n', size_);
    if (end == std::string_view::npos) break;
    Result<Row> row = row_of(text.substr(size_, end - size_), fmt::format("{}:{}", path_, line));
    if (!row) break;
    rows_.insert_or_assign(row->key, std::move(*row));
    size_ = end + 1;
  }
  if (size_ == text.size()) return {};
  for (std::size_t at = size_; at < text.size(); ++dropped_) at = std::min(text.find('\n', at), text.size() - 1) + 1;
  if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) return system_failure(path_, "cannot be cut to its whole rows");
  return {};
}

const Row* RowStore::find(const std::string& key) const {
  const auto at = rows_.find(key);
  return at == rows_.end() ? nullptr : &at->second;
}

Result<void> RowStore::append(const Row& row) {
  const std::string line = to_line(row) + "\n";
  std::size_t written = 0;
  while (written < line.size()) {
    const ssize_t n = ::write(fd_, line.data() + written, line.size() - written);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    written += static_cast<std::size_t>(n);
  }
  if (written < line.size() || ::fdatasync(fd_) != 0) {
    auto failure = system_failure(path_, "a row cannot be written");
    if (::ftruncate(fd_, static_cast<off_t>(size_)) != 0) {
      failure.value().push_back({path_, "and what was written of it cannot be taken back; the next run does"});
    }
    return failure;
  }
  size_ += line.size();
  rows_.insert_or_assign(row.key, row);
  return {};
}

}  // namespace vtpu::explore
