// Speed of the reference engine in words per second (items_per_second).
#include <benchmark/benchmark.h>

#include "isa/validate.hpp"
#include "reference/engine.hpp"

namespace {

using namespace vtpu;
using isa::Op;
using isa::Type;

constexpr std::uint64_t kIterations = 1'000'000;

isa::Slot slot(Op op, unsigned form, Type type, std::array<std::uint8_t, 4> f, std::uint16_t lit = 0) {
  return {static_cast<std::uint8_t>(op), isa::make_form_type(form, type), f, lit};
}

// One sentron that runs `words` in a loop, kIterations words in all or a little more.
isa::Program loop_of(std::vector<isa::Siw> words) {
  isa::Program program;
  const auto last = static_cast<std::uint32_t>(words.size() - 1);
  program.streams.push_back({"loop", std::move(words), {{0, last, kIterations / (last + 1)}}});
  compute_dependency_flags(program.streams[0]);
  program.sentrons.push_back({"one", 0, {}});
  for (std::uint32_t i = 0; i < 8; ++i) program.memory[isa::with_dimension({}, 0, i)].lane[0] = i;
  if (const Errors errors = validate(program); !errors.empty()) throw std::logic_error(errors[0].text());
  return program;
}

void run_program(benchmark::State& state, const isa::Program& program, phext::Placement placement) {
  std::uint64_t words = 0;
  for (auto _ : state) words += reference::run(program, {.placement = placement}).words;
  state.SetItemsProcessed(static_cast<std::int64_t>(words));
}

// Eight integer operations over eight registers, each dependent on the round before.
void straight_integer_loop(benchmark::State& state) {
  constexpr Op kOps[] = {Op::DADD, Op::DSUB, Op::DMUL, Op::DXOR, Op::DADD, Op::DAND, Op::DMIN, Op::DOR};
  std::vector<isa::Siw> words(8);
  for (std::uint8_t i = 0; i < 8; ++i) {
    words[i].d = slot(kOps[i], 0, Type::I64, {i, i, static_cast<std::uint8_t>(8 + i), 0});
  }
  run_program(state, loop_of(words), phext::Placement::Linear);
}
BENCHMARK(straight_integer_loop);

// One integer operation, one load and one cpack in every word; the loads stay on one page.
void three_wide_loop(benchmark::State& state) {
  std::vector<isa::Siw> words(8);
  for (std::uint8_t i = 0; i < 8; ++i) {
    words[i].d = slot(Op::DADD, 0, Type::I64, {i, i, 8, 0});
    words[i].s = slot(Op::SGATHER, 0, Type::I64, {9, static_cast<std::uint8_t>(i % 4), 0, 0},
                      isa::make_post_inc({0, i < 4 ? 1 : -1}));
    words[i].c = slot(Op::CPACK, 0, Type::I64, {static_cast<std::uint8_t>(i % 4), 10, 0, 0});
  }
  run_program(state, loop_of(words), static_cast<phext::Placement>(state.range(0)));
  state.SetLabel(std::string(phext::name_of(static_cast<phext::Placement>(state.range(0)))));
}
BENCHMARK(three_wide_loop)->DenseRange(0, 3);

// A fused multiply-add of 16 floats and the load of a cell in every word.
void vector_loop(benchmark::State& state) {
  std::vector<isa::Siw> words(4);
  for (std::uint8_t i = 0; i < 4; ++i) {
    words[i].d = slot(Op::DFMA, 1, Type::F32x16, {i, 8, 9, i});
    words[i].s = slot(Op::SGATHER, 2, Type::B512, {10, 0, 0, 0}, isa::make_post_inc({0, i < 2 ? 1 : -1}));
  }
  run_program(state, loop_of(words), phext::Placement::Linear);
}
BENCHMARK(vector_loop);

// Two sentrons pass a message to and fro: every word waits and switches.
void ping_pong(benchmark::State& state) {
  isa::Program program = loop_of(std::vector<isa::Siw>(2));
  program.streams.push_back(program.streams[0]);
  program.streams[1].name = "other";
  program.sentrons.push_back({"two", 1, {}});
  for (std::size_t i = 0; i < 2; ++i) {
    program.streams[i].words[i].c = slot(Op::CSEND, 0, Type::None, {}, static_cast<std::uint16_t>(1 - i));
    program.streams[i].words[1 - i].c = slot(Op::CRECV, 0, Type::None, {}, static_cast<std::uint16_t>(1 - i));
    compute_dependency_flags(program.streams[i]);
  }
  run_program(state, program, phext::Placement::Linear);
}
BENCHMARK(ping_pong);

}  // namespace

BENCHMARK_MAIN();
