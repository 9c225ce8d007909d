#include "pack/region.hpp"

#include "isa/validate.hpp"

namespace vtpu::pack {
namespace {

// Regions of words [first, end); `next` is the first loop not yet placed. Loops come outer before inner, by first word.
std::vector<Region> split(const isa::Stream& stream, std::uint32_t first, std::uint32_t end, std::size_t& next) {
  std::vector<Region> out;
  std::uint32_t at = first;
  while (next < stream.loops.size() && stream.loops[next].last < end) {
    const isa::Loop& loop = stream.loops[next++];
    if (loop.first > at) out.push_back({at, loop.first, 0, {}});
    Region region{loop.first, loop.last + 1, loop.count, {}};
    region.regions = split(stream, region.first, region.end, next);
    at = region.end;
    out.push_back(std::move(region));
  }
  if (at < end) out.push_back({at, end, 0, {}});
  return out;
}

}  // namespace

std::vector<Region> regions_of(const isa::Stream& stream) {
  std::size_t next = 0;
  return split(stream, 0, static_cast<std::uint32_t>(stream.words.size()), next);
}

double executed_words(const std::vector<Region>& regions) {
  double words = 0;
  for (const Region& region : regions) {
    words += region.is_loop() ? static_cast<double>(region.count) * executed_words(region.regions)
                              : static_cast<double>(region.end - region.first);
  }
  return words;
}

void StreamWriter::begin_loop(std::uint64_t count) {
  open_.push_back(stream_.loops.size());
  stream_.loops.push_back({position(), 0, count});
}

void StreamWriter::end_loop() {
  const std::size_t index = open_.back();
  open_.pop_back();
  isa::Loop& loop = stream_.loops[index];
  if (loop.first == position()) {
    stream_.loops.erase(stream_.loops.begin() + static_cast<std::ptrdiff_t>(index));
  } else {
    loop.last = position() - 1;
  }
}

isa::Stream StreamWriter::take() {
  isa::compute_dependency_flags(stream_);
  return std::move(stream_);
}

}  // namespace vtpu::pack
