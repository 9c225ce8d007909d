#include "traces/fst_file.hpp"

#include <fmt/format.h>
#include <gtkwave/fstapi.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "traces/output_file.hpp"

namespace vtpu::traces {
namespace {

// The writer keeps changes, a character for each bit, and compresses block by block. Blocks that leave the caches of
// the host take twice the time.
constexpr std::uint64_t kBlockBytes = 4U << 20U;
constexpr std::uint64_t kBytesPerChange = 8;           // besides the value
constexpr std::uint64_t kBytesOfOwnerPerCycle = 5000;  // of the RTL, about
constexpr std::uint64_t kCompression = 32;             // at least, as seen
constexpr int kNanoseconds = -9;

std::uint64_t size_of(const std::string& path) {
  std::error_code none;
  const std::uintmax_t size = std::filesystem::file_size(path, none);
  return none ? 0 : size;
}

}  // namespace

Result<std::unique_ptr<WaveFile>> FstFile::create(const std::string& path) {
  void* const writer = fstWriterCreate(partial_name(path).c_str(), 1);
  if (writer == nullptr) return fail(path, fmt::format("cannot be written: {}", std::strerror(errno)));
  return std::unique_ptr<WaveFile>(new FstFile(path, writer));
}

std::unique_ptr<FstFile> FstFile::guest(const std::string& path) {
  return std::unique_ptr<FstFile>(new FstFile(path, nullptr));
}

FstFile::FstFile(std::string path, void* writer)
    : path_(std::move(path)), writer_(writer), is_guest_(writer == nullptr) {
  if (is_guest_) return;
  fstWriterSetVersion(writer_, "vtpu");
  fstWriterSetComment(writer_, "one cycle is 1 ns");
  fstWriterSetTimescale(writer_, kNanoseconds);
  fstWriterSetPackType(writer_, FST_WR_PT_LZ4);
  fstWriterSetParallelMode(writer_, 1);  // blocks are compressed by a thread
}

FstFile::~FstFile() {
  if (writer_ == nullptr) return;
  is_guest_ ? close_() : fstWriterClose(writer_);
  (void)std::remove(partial_name(path_).c_str());
}

void FstFile::attach(void* writer, std::function<void()> close) {
  writer_ = writer;
  close_ = std::move(close);
  fstWriterSetParallelMode(writer_, 1);
  SignalId next = 0;
  for (const Declaration& d : std::exchange(declared_, {})) {
    if (d.bits != 0) {
      handles_[next++] = create_signal(d.name, d.bits);
    } else if (d.name.empty()) {
      close_scope();
    } else {
      open_scope(d.name);
    }
  }
}

void FstFile::open_scope(const std::string& name) {
  if (writer_ == nullptr) {
    declared_.push_back({name, 0});
  } else {
    fstWriterSetScope(writer_, FST_ST_VCD_MODULE, name.c_str(), nullptr);
  }
}

void FstFile::close_scope() {
  if (writer_ == nullptr) {
    declared_.push_back({});
  } else {
    fstWriterSetUpscope(writer_);
  }
}

unsigned FstFile::create_signal(const std::string& name, unsigned bits) {
  const std::string with_range = bits == 1 ? name : fmt::format("{} [{}:0]", name, bits - 1);
  return fstWriterCreateVar(writer_, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, bits, with_range.c_str(), 0);
}

void FstFile::passed(events::Cycle cycle) {
  last_time_ = cycle;
  kept_back_ += kBytesOfOwnerPerCycle;
}

SignalId FstFile::declare(const std::string& name, unsigned bits) {
  if (writer_ == nullptr) declared_.push_back({name, bits});
  handles_.push_back(writer_ == nullptr ? 0 : create_signal(name, bits));
  return static_cast<SignalId>(handles_.size() - 1);
}

void FstFile::time(events::Cycle cycle) {
  if (writer_ == nullptr) return;
  if (last_time_ && cycle < *last_time_) throw std::logic_error("FstFile: time goes back");
  if (kept_back_ >= kBlockBytes) {
    fstWriterFlushContext(writer_);
    kept_back_ = 0;
    bytes_flushed_ = size_of(partial_name(path_));
  }
  if (last_time_ == cycle) return;
  fstWriterEmitTimeChange(writer_, cycle);
  last_time_ = cycle;
}

void FstFile::change(SignalId signal, std::string_view bits) {
  if (writer_ == nullptr) return;
  fstWriterEmitValueChange(writer_, handles_[signal], bits.data());
  kept_back_ += bits.size() + kBytesPerChange;
}

std::uint64_t FstFile::bytes() const { return bytes_flushed_ + kept_back_ / kCompression; }

Result<void> FstFile::close() {
  if (writer_ == nullptr) return fail(path_, "could not be written: the model that owns the file never ran");
  const bool failed = fstWriterGetFseekFailed(writer_) != 0;
  void* const writer = std::exchange(writer_, nullptr);
  is_guest_ ? close_() : fstWriterClose(writer);
  const std::string partial = partial_name(path_);
  if (!failed && std::rename(partial.c_str(), path_.c_str()) == 0) return {};
  (void)std::remove(partial.c_str());
  return fail(path_, fmt::format("could not be written whole: {}", std::strerror(errno)));
}

}  // namespace vtpu::traces
