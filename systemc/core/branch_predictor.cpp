#include "core/branch_predictor.hpp"

namespace vtpu::core {

bool BranchPredictor::mispredicts(std::size_t branch, bool backward, bool taken) {
  if (branch >= histories_.size()) histories_.resize(branch + 1);
  History& h = histories_[branch];
  if (!backward) {
    const bool wrong = h.last_taken != taken;
    h.last_taken = taken;
    return wrong;
  }
  const bool predicts_exit = h.exited && h.run == h.last_run && h.last_run <= learned_;
  if (taken) {
    ++h.run;
  } else {
    h.last_run = h.run;
    h.run = 0;
    h.exited = true;
  }
  return predicts_exit == taken;
}

}  // namespace vtpu::core
