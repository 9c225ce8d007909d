// Dimensional prefetch: predicts the page that a sentron will come to from the steps that it takes.
//
// A sentron walks along several pointers at once, so up to eight streams are told apart: an access belongs to the
// stream, last used first, from whose last coordinate it is one step away, that is a move of at most kLongestStep along
// a single dimension. The same step twice in a row trains a stream; from then on each of its accesses predicts the
// coordinate `steps_ahead` such steps further on, where it stays inside the dimension.
#pragma once

#include <array>
#include <optional>

#include "isa/coordinate.hpp"

namespace vtpu::phext {

inline constexpr int kLongestStep = 64;

// The single dimension in which two coordinates differ, and by how much; nothing where they are equal or differ in
// several, or by more than kLongestStep.
struct DimensionStep {
  int dimension = 0;
  int step = 0;
  friend bool operator==(const DimensionStep&, const DimensionStep&) = default;
};
[[nodiscard]] std::optional<DimensionStep> step_between(const isa::Coordinate& from, const isa::Coordinate& to);

class PagePrefetcher {
 public:
  // steps_ahead 0: predicts nothing.
  explicit PagePrefetcher(unsigned steps_ahead) : steps_ahead_(steps_ahead) {}

  // The sentron accesses `at`: the coordinate whose page it will need, if that can be told.
  [[nodiscard]] std::optional<isa::Coordinate> observe(const isa::Coordinate& at);

 private:
  struct Stream {
    bool used = false;
    isa::Coordinate last;
    DimensionStep step;
    bool trained = false;
  };

  unsigned steps_ahead_;
  std::array<Stream, 8> streams_{};  // last used first
};

}  // namespace vtpu::phext
