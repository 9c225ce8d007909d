// Core cycles without counters: the time stamp counter, calibrated around every single sample.
//
//   probe | calibrator | body | calibrator | probe
//
// The calibrator is a chain of dependent multiplications of 12 000 cycles; the time it takes is the frequency at that
// moment. The body's cycles are its ticks times the mean of both. The probe is full-width code: it sees a busy
// hyperthread neighbour, which the chain does not. It stands outside, because wide units fall asleep during it. All
// ends are read with lfence; rdtsc; lfence.
#pragma once

#include <memory>

#include "measure/cycle_source.hpp"

namespace vtpu::measure {

// Learns the constant cost of a calibrated read; takes about ten milliseconds. Licence::vector512 needs AVX-512F and
// falls back to the scalar calibrator without it.
[[nodiscard]] std::unique_ptr<CycleSource> open_calibrated_tsc();

}  // namespace vtpu::measure
