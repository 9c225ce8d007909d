// Assertions of the RTL that do not hold, as Verilator finds them while it evaluates.
#pragma once

#include <stdexcept>
#include <string>

namespace vtpu::rtl {

struct Violation {
  std::string unit;   // "issue_unit"
  std::string name;   // of the assertion: "port_is_free"
  std::string holds;  // what should: "a port that is held starts nothing"
};

// The RTL broke a rule of its own: a fault in it, or in who drives it.
class AssertionFailure : public std::logic_error {
 public:
  explicit AssertionFailure(Violation violation)
      : std::logic_error("rtl/" + violation.unit + ".sv: assertion " + violation.name +
                         " does not hold: " + violation.holds),
        violation_(std::move(violation)) {}
  [[nodiscard]] const Violation& violation() const { return violation_; }

 private:
  Violation violation_;
};

// Throws what this thread's evaluations have found since the last call: AssertionFailure with the first of it.
void throw_violation();

}  // namespace vtpu::rtl
