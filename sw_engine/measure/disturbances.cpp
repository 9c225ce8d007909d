#include "measure/disturbances.hpp"

#include <sys/resource.h>

namespace vtpu::measure {

std::uint64_t disturbances_of_this_thread() {
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return static_cast<std::uint64_t>(usage.ru_nvcsw + usage.ru_nivcsw + usage.ru_minflt + usage.ru_majflt);
}

}  // namespace vtpu::measure
