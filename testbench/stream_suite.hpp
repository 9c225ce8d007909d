// The accuracy suites: streams that the model has never been fitted to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/result.hpp"
#include "testbench/stream_spec.hpp"

namespace vtpu::testbench {

inline constexpr std::uint64_t kSuiteStreams = 320;

// Mixes of 2 to 24 operations over all classes, scalar and vector, with chains of 1 to 16, strides, and footprints from
// registers only to DRAM; some whose code leaves the op cache, some that load what they have just stored. The same
// streams for the same numbers; a longer suite begins with the shorter one.
[[nodiscard]] std::vector<StreamSpec> generated_suite(std::uint64_t count, std::uint64_t seed);

// A suite as a JSON file: an array of descriptions, as stream_spec_of reads them. All errors at once.
[[nodiscard]] std::string suite_text(const std::vector<StreamSpec>& suite);
[[nodiscard]] Result<std::vector<StreamSpec>> read_suite(const std::string& path);

}  // namespace vtpu::testbench
