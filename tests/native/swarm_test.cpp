// Swarms on threads, again and again: no deadlock, no race.
#include "../swarms.hpp"
#include "cpu/cpu.hpp"
#include "native/engine.hpp"

namespace {

using namespace vtpu;

TEST_CASE("a swarm comes to the same end in each of 1,000 repetitions with two threads") {
  if (!cpu::this_cpu().avx2) {
    WARN("this CPU lacks avx2: nothing was repeated");
    return;
  }
  for (const std::string& kind : test::kSwarms) {
    constexpr test::Size kSize{100, 2};
    const isa::Program program = test::swarm(kind, kSize);
    native::NativeOptions options;
    options.workers = 2;
    const auto machine = native::NativeMachine::create(program, options);
    REQUIRE(machine);
    for (int repetition = 0; repetition < 1000; ++repetition) {
      (*machine)->reset();
      (*machine)->run();
      INFO(kind << ", repetition " << repetition);
      REQUIRE_FALSE((*machine)->outcome().deadlock);
      REQUIRE((*machine)->outcome().retired == program.sentrons.size());
      if (repetition % 100 == 99) test::check_results(kind, kSize, program, (*machine)->state());
    }
  }
}

}  // namespace
