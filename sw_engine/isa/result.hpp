// Errors as values at input boundaries. An Error says where, what was found, and what was expected.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

namespace vtpu {

// One finding about an input. `where` is "file:line:column", "word 12 slot S", or a layout key.
struct Error {
  std::string where;
  std::string message;

  [[nodiscard]] std::string text() const { return where.empty() ? message : where + ": " + message; }
  friend bool operator==(const Error&, const Error&) = default;
};

// Boundaries report every finding at once, in input order.
using Errors = std::vector<Error>;

template <typename T>
using Result = tl::expected<T, Errors>;

inline tl::unexpected<Errors> fail(std::string where, std::string message) {
  return tl::unexpected<Errors>(Errors{Error{std::move(where), std::move(message)}});
}

inline tl::unexpected<Errors> fail(Errors errors) { return tl::unexpected<Errors>(std::move(errors)); }

}  // namespace vtpu
