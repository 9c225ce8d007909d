// Iterative modulo scheduling after Rau, "Iterative Modulo Scheduling: An Algorithm for Software Pipelining Loops"
// (MICRO-27, 1994): operations are placed by height into a table of `interval` words; one that finds no room evicts.
#pragma once

#include <optional>
#include <vector>

#include "pack/schedule_problem.hpp"

namespace vtpu::pack {

struct ModuloSchedule {
  unsigned interval = 0;
  std::vector<unsigned> time;  // by node: the word in which iteration 0 has it
  unsigned stages = 0;         // intervals from the first word of an iteration to its last
};

// How far apart `to` should start behind `from`, by dependence. Latencies are kept where they lie on no cycle, and on
// cycles that fit the interval; the others get only what correctness asks, and the machine waits there.
[[nodiscard]] std::vector<unsigned> wanted_distances(const ScheduleProblem& problem, unsigned interval,
                                                     bool with_latencies);

// Nothing where no schedule is found. Precondition: no cycle of `distances` is longer than the interval allows.
[[nodiscard]] std::optional<ModuloSchedule> modulo_schedule(const ScheduleProblem& problem, unsigned interval,
                                                            const std::vector<unsigned>& distances);

// Moves operations that make values but take none towards their readers, so that fewer values are alive at a time.
void shorten_lifetimes(const ScheduleProblem& problem, const std::vector<unsigned>& distances, RegisterMask renamed,
                       ModuloSchedule& schedule);

// Larger bodies are left to the list scheduler.
inline constexpr std::size_t kMostNodes = 256;

}  // namespace vtpu::pack
