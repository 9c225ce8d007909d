#include "pack/stage.hpp"

#include <utility>

namespace vtpu::pack {

Stage::Stage(const isa::Program& program, const Sharing& sharing, std::uint32_t index, isa::Stream source)
    : stream(std::move(source)),
      regions(regions_of(stream)),
      ranges(coordinate_ranges(program, index, stream.words, regions)) {
  sharing.mark(index, stream.words, ranges);
}

}  // namespace vtpu::pack
