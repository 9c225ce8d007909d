#include "lowering/register_plan.hpp"

#include <algorithm>

namespace vtpu::lowering {
namespace {

using File = isa::RegisterId::File;

struct Weights {
  std::array<double, isa::kIntRegisters> r{};
  std::array<double, isa::kVectorRegisters> v{};
  double cmp = 0;
};

// Counts uses of registers, each weighted by how often its word runs.
class Counting {
 public:
  Counting(const isa::Stream& stream, RegisterPlan& plan) : stream_(stream), plan_(plan) {}

  void words(std::uint32_t first, std::uint32_t last, const std::vector<LoopNode>& loops, double times) {
    std::size_t next = 0;
    for (std::uint32_t w = first; w <= last;) {
      if (next < loops.size() && loops[next].loop.first == w) {
        const LoopNode& node = loops[next++];
        words(node.loop.first, node.loop.last, node.inner, times * static_cast<double>(node.loop.count));
        w = node.loop.last + 1;
      } else {
        word(stream_.words[w++], times);
      }
    }
  }
  [[nodiscard]] const Weights& weights() const { return weights_; }

 private:
  void word(const isa::Siw& word, double times) {
    for (const isa::Slot* slot : {&word.d, &word.s, &word.c}) {
      const isa::RegisterUse use = isa::registers_of(*slot);
      // In memory, what D reads may be a memory operand; the others always cost an instruction.
      const double read_cost = slot == &word.d ? 0.85 : 1.0;
      for (int i = 0; i < use.reads; ++i) count(use.read[static_cast<std::size_t>(i)], times * read_cost, false);
      for (int i = 0; i < use.writes; ++i) count(use.written[static_cast<std::size_t>(i)], times * 1.1, true);
      if (isa::type_of(*slot) == isa::Type::F64 || isa::op_of(*slot) == isa::Op::DRED) plan_.scalar_mask = true;
    }
  }
  void count(const isa::RegisterId& id, double times, bool written) {
    const unsigned bit = 1U << id.index;
    if (id.file == File::R) {
      weights_.r[id.index] += times;
      plan_.r_used |= bit;
      if (written) plan_.r_written |= bit;
    } else if (id.file == File::V) {
      weights_.v[id.index] += times;
      plan_.v_used |= bit;
      if (written) plan_.v_written |= bit;
    } else if (id.file == File::Cmp) {
      weights_.cmp += times;
      plan_.cmp_used = true;
      plan_.cmp_written |= written;
    }
  }

  const isa::Stream& stream_;
  RegisterPlan& plan_;
  Weights weights_;
};

// Clusters of constant addresses that one 32-bit displacement reaches, heaviest first.
std::vector<std::pair<double, std::uint64_t>> anchor_candidates(const std::map<std::uint64_t, double>& addresses) {
  constexpr std::uint64_t kReach = 0x7FFFF000;
  std::vector<std::pair<double, std::uint64_t>> clusters;
  for (const auto& [address, weight] : addresses) {
    if (clusters.empty() || address - clusters.back().second > kReach) clusters.emplace_back(0.0, address);
    clusters.back().first += weight;
  }
  std::stable_sort(clusters.begin(), clusters.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  return clusters;
}

void plan_general(RegisterPlan& plan, const Weights& weights, const RegionUse& use) {
  std::vector<unsigned> pool{kRbx, kRsi, kRdi, 8, 9, 10, 11, 12, 13, 14, 15};
  if (!use.uses_rdx) pool.push_back(kRdx);
  if (!use.uses_rcx) pool.push_back(kRcx);
  if (!use.uses_rax) pool.push_back(kRax);
  std::size_t next = 0;
  const auto take = [&] { return gpr(pool[next++]); };
  for (unsigned i = 0; i < use.pointers; ++i) plan.pointers.push_back(take());

  struct Wish {
    double weight;
    HostReg* reg;
  };
  std::vector<Wish> wishes;
  const auto anchors = anchor_candidates(use.addresses);
  plan.anchors.reserve(kMaxAnchors);
  for (const auto& [weight, base] : anchors) {
    if (plan.anchors.size() == kMaxAnchors) break;
    plan.anchors.push_back({{}, base});
    wishes.push_back({weight, &plan.anchors.back().reg});
  }
  for (unsigned i = 0; i < kCounters; ++i) {
    if (use.counter_weight[i] > 0) wishes.push_back({use.counter_weight[i] * 2, &plan.counter[i]});
  }
  if (plan.cmp_used) wishes.push_back({weights.cmp, &plan.cmp});
  for (unsigned i = 0; i < isa::kIntRegisters; ++i) {
    if (weights.r[i] > 0) wishes.push_back({weights.r[i], &plan.r[i]});
  }
  std::stable_sort(wishes.begin(), wishes.end(), [](const Wish& a, const Wish& b) { return a.weight > b.weight; });
  for (const Wish& wish : wishes) {
    if (next < pool.size()) *wish.reg = take();
  }
  std::erase_if(plan.anchors, [](const Anchor& a) { return !a.reg.valid(); });
}

constexpr unsigned kAvx2Registers = 16;  // pairs from below, temporaries from above

void plan_vectors(RegisterPlan& plan, const Weights& weights, HostIsa isa, const RegionUse& use) {
  std::vector<unsigned> used;
  for (unsigned i = 0; i < isa::kVectorRegisters; ++i) {
    if ((plan.v_used >> i & 1U) != 0) used.push_back(i);
  }
  if (isa == HostIsa::Avx512) {
    for (const unsigned i : used) plan.v[i] = vec(i);
    return;
  }
  std::stable_sort(used.begin(), used.end(), [&](unsigned a, unsigned b) { return weights.v[a] > weights.v[b]; });
  const unsigned pairs = (kAvx2Registers - use.vector_temporaries) / 2;
  for (unsigned k = 0; k < used.size() && k < pairs; ++k) plan.v[used[k]] = vec(2 * k);
}

}  // namespace

RegisterPlan plan_registers(const isa::Stream& stream, const Region& region, HostIsa isa, const RegionUse& use) {
  RegisterPlan plan;
  Counting counting(stream, plan);
  if (region.nest != nullptr) {
    counting.words(region.first, region.last, region.nest->inner, static_cast<double>(region.nest->loop.count));
  } else {
    counting.words(region.first, region.last, {}, 1);
  }
  plan_general(plan, counting.weights(), use);
  plan_vectors(plan, counting.weights(), isa, use);
  return plan;
}

}  // namespace vtpu::lowering
