#include "pack/liveness.hpp"

namespace vtpu::pack {
namespace {

constexpr RegisterMask kAll = (RegisterMask{1} << kRegisters) - 1;

// Live before = read | (live behind & ~written).
struct Transfer {
  RegisterMask read = 0;
  RegisterMask written = 0;
  [[nodiscard]] RegisterMask before(RegisterMask behind) const { return read | (behind & ~written); }
};

Transfer in_turn(const Transfer& first, const Transfer& second) {
  return {first.read | (second.read & ~first.written), first.written | second.written};
}

struct Analysis {
  const std::vector<isa::Siw>& words;
  Liveness out;
  std::map<const Region*, Transfer> transfers;

  Transfer of_word(const isa::Siw& word) {
    Transfer t;
    for (const isa::Slot* slot : {&word.d, &word.s, &word.c}) {
      const isa::RegisterUse use = isa::registers_of(*slot);
      for (int i = 0; i < use.reads; ++i) t.read |= bit(index_of(use.read[static_cast<std::size_t>(i)]));
      for (int i = 0; i < use.writes; ++i) t.written |= bit(index_of(use.written[static_cast<std::size_t>(i)]));
    }
    out.touched |= t.read | t.written;
    return t;
  }

  // A loop runs its body at least once, and what a later pass reads it reads from the one before or from outside: the
  // body's own transfer is the loop's.
  Transfer of(const Region& region) {
    Transfer t;
    if (region.is_loop()) {
      for (const Region& inner : region.regions) t = in_turn(t, of(inner));
    } else {
      for (std::uint32_t w = region.first; w < region.end; ++w) t = in_turn(t, of_word(words[w]));
    }
    transfers[&region] = t;
    return t;
  }

  void walk(const std::vector<Region>& regions, RegisterMask behind) {
    for (std::size_t i = regions.size(); i-- > 0;) {
      const Region& region = regions[i];
      const RegisterMask before = transfers[&region].before(behind);
      if (region.is_innermost()) {
        out.after_loop[region.first] = behind;
      } else if (region.is_loop()) {
        walk(region.regions, region.count > 1 ? behind | before : behind);
      }
      behind = before;
    }
  }
};

}  // namespace

Liveness liveness_of(const std::vector<isa::Siw>& words, const std::vector<Region>& regions) {
  Analysis analysis{words, {}, {}};
  for (const Region& region : regions) analysis.of(region);
  analysis.walk(regions, kAll);
  return std::move(analysis.out);
}

}  // namespace vtpu::pack
