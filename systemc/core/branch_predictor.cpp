#include "core/branch_predictor.hpp"

#include <algorithm>
#include <cmath>

namespace vtpu::core {
namespace {

constexpr unsigned kShortest = 4;  // branches of history that the first tagged table sees

std::uint64_t mix(std::uint64_t x) {  // the finaliser of splitmix64
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

void count(std::int8_t& counter, bool up, int low, int high) {
  counter = static_cast<std::int8_t>(std::clamp(counter + (up ? 1 : -1), low, high));
}

}  // namespace

BranchPredictor::BranchPredictor(unsigned history) {
  const unsigned longest = std::min(history, kMaxHistory);
  for (unsigned t = 0; t < kTables; ++t) {  // geometric from kShortest to the longest
    const double part = static_cast<double>(t) / (kTables - 1);
    const double length = kShortest * std::pow(std::max(1.0, static_cast<double>(longest) / kShortest), part);
    lengths_[t] = std::min(longest, static_cast<unsigned>(std::lround(length)));
    if (longest != 0) tables_[t].resize(std::size_t{1} << kIndexBits);
  }
}

BranchPredictor::Position BranchPredictor::position(std::size_t branch, unsigned table) const {
  std::uint64_t hash = mix(branch + 1);
  unsigned left = lengths_[table];
  for (std::size_t word = 0; left != 0; ++word) {
    const unsigned bits = std::min(left, 64U);
    const std::uint64_t part = bits == 64 ? history_[word] : history_[word] & ((std::uint64_t{1} << bits) - 1);
    hash = mix(hash ^ part) + word;
    left -= bits;
  }
  return {static_cast<std::uint32_t>(hash & ((1U << kIndexBits) - 1)), static_cast<std::uint32_t>(hash >> 32U) | 1U};
}

void BranchPredictor::allocate(unsigned above, bool taken) {
  for (unsigned t = above; t < kTables; ++t) {
    Entry& entry = tables_[t][at_[t].index];
    if (entry.useful == 0) {
      entry = {at_[t].tag, static_cast<std::int8_t>(taken ? 0 : -1), 0};
      return;
    }
  }
  for (unsigned t = above; t < kTables; ++t) --tables_[t][at_[t].index].useful;
}

void BranchPredictor::remember(bool taken) {
  for (std::size_t word = history_.size() - 1; word > 0; --word) {
    history_[word] = (history_[word] << 1U) | (history_[word - 1] >> 63U);
  }
  history_[0] = (history_[0] << 1U) | (taken ? 1U : 0U);
}

bool BranchPredictor::mispredicts(std::size_t branch, bool taken) {
  if (branch >= bias_.size()) bias_.resize(branch + 1, -1);
  Entry* provider = nullptr;
  bool other = bias_[branch] >= 0;  // what the next shorter match says
  unsigned above = 0;
  for (unsigned t = 0; t < kTables && !tables_[t].empty(); ++t) {
    at_[t] = position(branch, t);
    Entry& entry = tables_[t][at_[t].index];
    if (entry.tag != at_[t].tag) continue;
    if (provider != nullptr) other = provider->counter >= 0;
    provider = &entry;
    above = t + 1;
  }
  const bool predicted = provider != nullptr ? provider->counter >= 0 : other;
  if (provider == nullptr) {
    count(bias_[branch], taken, -2, 1);
  } else {
    if (predicted != other)
      provider->useful = static_cast<std::uint8_t>(std::clamp(provider->useful + (predicted == taken ? 1 : -1), 0, 3));
    count(provider->counter, taken, -4, 3);
  }
  if (predicted != taken && !tables_[0].empty()) allocate(above, taken);
  remember(taken);
  return predicted != taken;
}

}  // namespace vtpu::core
