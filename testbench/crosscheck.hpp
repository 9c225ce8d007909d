// The crosscheck: many programs, each run by several engines that must reach the same state, bit for bit. Programs run
// in worker processes, so that an engine that crashes or hangs is a finding like a wrong bit. The first finding ends
// the check and is shrunk.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"

namespace vtpu::testbench {

// One way to run a program. An error (an engine that refuses a valid program) is a finding too.
struct Contender {
  std::string name;  // as in reports: "native, avx2, 2 workers, placement hash"
  std::function<Result<isa::MachineState>(const isa::Program&)> run;
};

struct CrosscheckProgress {
  std::uint64_t checked = 0;
  std::uint64_t programs = 0;
  double per_second = 0;
  double seconds_left = 0;
};

struct CrosscheckPlan {
  std::uint64_t first_seed = 1;
  std::uint64_t programs = 1000;  // seeds first_seed, first_seed + 1, ...
  std::function<isa::Program(std::uint64_t seed)> program;
  std::function<std::vector<Contender>(std::uint64_t seed)> contenders;  // the first one says what is right
  unsigned jobs = 1;                                                     // worker processes
  std::chrono::milliseconds longest_run{20'000};                         // one contender, one program; longer is a hang
  std::uint64_t shrink_tries = 20'000;
  std::function<void(const CrosscheckProgress&)> progress;  // about once a second; may be empty
};

enum class FindingKind : std::uint8_t { Differs, Refused, Crashed, Hung };
[[nodiscard]] std::string_view name_of(FindingKind kind);

struct Finding {
  std::uint64_t seed = 0;
  FindingKind kind = FindingKind::Differs;
  std::string truth;  // names of the two contenders
  std::string contender;
  std::vector<std::string> sentences;  // of the shrunk program
  isa::Program program;                // shrunk
  std::uint64_t size_before = 0;       // testbench::size_of
  std::uint64_t size_after = 0;
};

struct CrosscheckResult {
  std::uint64_t checked = 0;  // programs on which all agreed
  std::uint64_t runs = 0;     // of contenders, on these
  double seconds = 0;
  std::optional<Finding> finding;
};

// Precondition: no other thread runs (workers are forked).
[[nodiscard]] CrosscheckResult crosscheck(const CrosscheckPlan& plan);

// One program in a process of its own: nothing where `contender` reaches the state that `truth` reaches.
struct Verdict {
  FindingKind kind = FindingKind::Differs;
  std::vector<std::string> sentences;
};
[[nodiscard]] std::optional<Verdict> check_alone(const isa::Program& program, const Contender& truth,
                                                 const Contender& contender, std::chrono::milliseconds longest_run);

}  // namespace vtpu::testbench
