// Speed of the packer in source words per second (items_per_second). 100,000 words should take less than 10 s.
#include <benchmark/benchmark.h>

#include <stdexcept>

#include "isa/validate.hpp"
#include "pack/pack.hpp"

namespace {

using namespace vtpu;
using isa::Op;
using isa::Type;

constexpr std::uint32_t kWords = 100'000;

isa::Siw word(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint16_t lit = 0) {
  isa::Siw out;
  out.slot(isa::info_of(op).pipe) = {static_cast<std::uint8_t>(op), isa::make_form_type(form, type), f, lit};
  return out;
}

// One operation per word: a load, two sums, a store and a message lane, over all registers in turn.
isa::Siw source_word(std::uint32_t i) {
  const auto r = [&](std::uint32_t offset) { return static_cast<std::uint8_t>((i / 5 + offset) % 16); };
  const std::uint16_t step = isa::make_post_inc({0, i % 10 < 5 ? 1 : -1});
  switch (i % 5) {
    case 0: return word(Op::SGATHER, 0, Type::I64, {r(0), static_cast<std::uint8_t>(i / 5 % 4), 1}, step);
    case 1: return word(Op::DADD, 0, Type::I64, {r(1), r(0), r(5)});
    case 2: return word(Op::DMUL, 0, Type::I64, {r(2), r(1), r(6)});
    case 3: return word(Op::SSCATTR, 0, Type::I64, {r(2), static_cast<std::uint8_t>(4 + i / 5 % 4), 2});
    default: return word(Op::CPACK, 0, Type::I64, {static_cast<std::uint8_t>(i / 5 % 4), r(1)});
  }
}

// kWords words in loops of `body` words; 0: straight code.
isa::Program source(std::uint32_t body) {
  isa::Program program;
  isa::Stream stream;
  stream.name = "s";
  for (std::uint32_t i = 0; i < kWords; ++i) stream.words.push_back(source_word(i));
  for (std::uint32_t first = 0; body != 0 && first + body <= kWords; first += body) {
    stream.loops.push_back({first, first + body - 1, 40});
  }
  compute_dependency_flags(stream);
  program.streams.push_back(std::move(stream));
  isa::Registers start;
  for (unsigned p = 0; p < start.p.size(); ++p) start.p[p] = isa::with_dimension({}, 1, p);
  program.sentrons.push_back({"one", 0, start});
  if (const Errors errors = validate(program); !errors.empty()) throw std::logic_error(errors[0].text());
  return program;
}

void pack_words(benchmark::State& state, const char* layout_name, std::uint32_t body) {
  const auto layout = layout::find_layout(layout_name, VTPU_SOURCE_DIR "/layouts");
  if (!layout) throw std::runtime_error(layout.error()[0].text());
  const isa::Program program = source(body);
  for (auto _ : state) benchmark::DoNotOptimize(pack::pack(program, *layout, {3}).report.words_after);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * kWords);
}

BENCHMARK_CAPTURE(pack_words, straight_zen4, "zen4", 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack_words, loops_of_10_zen4, "zen4", 10)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack_words, loops_of_10_vtpu3, "vtpu3", 10)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack_words, loops_of_200_vtpu3, "vtpu3", 200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(pack_words, one_loop_zen4, "zen4", kWords)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
