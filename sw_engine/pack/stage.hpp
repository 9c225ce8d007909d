// A stream on its way through the tiers, with what is known of its words.
#pragma once

#include <cstdint>
#include <map>
#include <set>

#include "pack/coordinate_ranges.hpp"
#include "pack/region.hpp"
#include "pack/sharing.hpp"

namespace vtpu::pack {

struct Stage {
  // `index`: of the stream of `program` that `source` stands for.
  Stage(const isa::Program& program, const Sharing& sharing, std::uint32_t index, isa::Stream source);

  isa::Stream stream;
  std::vector<Region> regions;
  StreamRanges ranges;
  std::map<std::uint32_t, std::size_t> reports;  // innermost loops by first word: index of their report
  std::set<std::uint32_t> kernels;               // by first word: loops that are as they should be
};

}  // namespace vtpu::pack
