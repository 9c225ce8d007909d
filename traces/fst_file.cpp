#include "traces/fst_file.hpp"

#include <fmt/format.h>
#include <gtkwave/fstapi.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "traces/output_file.hpp"

namespace vtpu::traces {
namespace {

// The writer compresses block by block. So much is kept in memory at once.
constexpr std::uint64_t kBlockBytes = 16U << 20U;
constexpr std::uint64_t kBytesPerChange = 3;  // besides the value
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

FstFile::FstFile(std::string path, void* writer) : path_(std::move(path)), writer_(writer) {
  fstWriterSetVersion(writer_, "vtpu");
  fstWriterSetComment(writer_, "one cycle is 1 ns");
  fstWriterSetTimescale(writer_, kNanoseconds);
  fstWriterSetPackType(writer_, FST_WR_PT_LZ4);
}

FstFile::~FstFile() {
  if (writer_ == nullptr) return;
  fstWriterClose(writer_);
  (void)std::remove(partial_name(path_).c_str());
}

void FstFile::open_scope(const std::string& name) {
  fstWriterSetScope(writer_, FST_ST_VCD_MODULE, name.c_str(), nullptr);
}
void FstFile::close_scope() { fstWriterSetUpscope(writer_); }

SignalId FstFile::declare(const std::string& name, unsigned bits) {
  const std::string with_range = bits == 1 ? name : fmt::format("{} [{}:0]", name, bits - 1);
  handles_.push_back(fstWriterCreateVar(writer_, FST_VT_VCD_WIRE, FST_VD_IMPLICIT, bits, with_range.c_str(), 0));
  return static_cast<SignalId>(handles_.size() - 1);
}

void FstFile::time(events::Cycle cycle) {
  if (since_flush_ >= kBlockBytes) {
    fstWriterFlushContext(writer_);
    since_flush_ = 0;
    bytes_flushed_ = size_of(partial_name(path_));
  }
  fstWriterEmitTimeChange(writer_, cycle);
}

void FstFile::change(SignalId signal, std::string_view bits) {
  fstWriterEmitValueChange(writer_, handles_[signal], bits.data());
  since_flush_ += bits.size() / 8 + kBytesPerChange;
}

// What is kept back counts as if it were not compressed.
std::uint64_t FstFile::bytes() const { return bytes_flushed_ + since_flush_; }

Result<void> FstFile::close() {
  const bool failed = fstWriterGetFseekFailed(writer_) != 0;
  fstWriterClose(std::exchange(writer_, nullptr));
  const std::string partial = partial_name(path_);
  if (!failed && std::rename(partial.c_str(), path_.c_str()) == 0) return {};
  (void)std::remove(partial.c_str());
  return fail(path_, fmt::format("could not be written whole: {}", std::strerror(errno)));
}

}  // namespace vtpu::traces
