// A stream of the accuracy suites as data: which operations its loop holds, how they depend on each other, and what
// memory they walk through. The same description makes the same program on every host.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "isa/program.hpp"
#include "isa/result.hpp"

namespace vtpu::testbench {

// Where the walked memory fits, by its size alone: 32 KiB, 768 KiB, 3 MiB, or more, which a large L3 may hold too.
enum class MemoryLevel : std::uint8_t { None, L1, L2, L3, Beyond };
[[nodiscard]] std::string_view name_of(MemoryLevel level);  // "none", "l1", "l2", "l3", "beyond"

// An operation in one of its forms, as `stream_operations` lists them: "dadd.i64", "sgather.b512", "cpack.i64.1" (the
// number is the form's, where the type alone does not name it).
struct StreamSpec {
  std::string name;
  std::uint64_t seed = 1;               // of registers, lanes, literals and the order of operations
  std::vector<std::string> operations;  // of one pass through the body, in program order; 1..64
  unsigned depth = 1;                   // D operations in a chain, each reading the one before
  bool carried = false;      // chains go on from one pass to the next instead of starting from constants each time
  unsigned results = 8;      // registers that results rotate through, in each file: 1..8
  double loaded_share = 0;   // of the D operations that read a loaded value beside the chain
  int stride_cells = 1;      // from one access to the next of the same coordinate register, -16..16; 0: one cell
  unsigned walk_cells = 64;  // length of a walk before it starts again: 16..2000
  unsigned pages = 1;        // walks one behind the other before the first one starts again, 1..1024
  bool aligned = false;      // all coordinate registers have the same place in their pages
  bool reload = false;       // loads read the cells that the stores write
  unsigned copies =
      1;  // of the body, one behind the other, each with registers of its own choice: 1..1024, 1 with several pages
  // Executed at least in one run of the program. So many because the first passes of each run pay for code and data
  // that reading the counter has driven out where a hypervisor intercepts it: 2 to 15 % of runs of 20,000, 50 % of long
  // code.
  std::uint64_t least_operations = 200'000;

  friend bool operator==(const StreamSpec&, const StreamSpec&) = default;
};

// Names of all operations that a stream may hold, in the order of the table of operations.
[[nodiscard]] const std::vector<std::string>& stream_operations();

// Everything that is wrong with a description, by field.
[[nodiscard]] Errors check(const StreamSpec& spec);

// Precondition: check() found nothing. The program passes isa::validate.
[[nodiscard]] isa::Program program_of(const StreamSpec& spec);

// Bytes that one walk of the program touches, and the level that they fit.
[[nodiscard]] std::uint64_t footprint_bytes(const StreamSpec& spec);
[[nodiscard]] MemoryLevel level_of(const StreamSpec& spec);

[[nodiscard]] nlohmann::json to_json(const StreamSpec& spec);
// `where` stands in front of every error. Unknown fields are errors.
[[nodiscard]] Result<StreamSpec> stream_spec_of(const nlohmann::json& json, const std::string& where);

}  // namespace vtpu::testbench
