// Which cells other sentrons may touch. Messages order memory only where somebody else could see the difference.
#pragma once

#include <cstdint>
#include <vector>

#include "isa/program.hpp"
#include "pack/coordinate_ranges.hpp"

namespace vtpu::pack {

class Sharing {
 public:
  // The cells of all streams, as boxes. Programs that touch too many places count as sharing everything.
  explicit Sharing(const isa::Program& program);

  // Sets ranges.unshared for `words`, which the sentrons of `stream` run: no other sentron writes what the word's S
  // operation reads, or touches what it writes.
  void mark(std::uint32_t stream, const std::vector<isa::Siw>& words, StreamRanges& ranges) const;

 private:
  struct Place {
    std::uint32_t stream = 0;
    bool written = false;
    Box box;
  };
  std::vector<Place> places_;
  std::vector<std::uint32_t> sentrons_;  // by stream
  bool too_many_ = false;
};

}  // namespace vtpu::pack
