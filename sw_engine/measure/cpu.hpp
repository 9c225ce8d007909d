// Which CPU this is, for the reports: every measured figure names it.
#pragma once

#include <string>

namespace vtpu::measure {

// Brand string with family, model and stepping, because virtual machines shorten the brand:
// "AMD EPYC (family 26 model 2 stepping 1)".
[[nodiscard]] std::string cpu_name();

// The same from the registers EAX of CPUID leaf 1 and the brand string.
[[nodiscard]] std::string cpu_name(const std::string& brand, unsigned signature);

}  // namespace vtpu::measure
