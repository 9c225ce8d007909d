#include "testbench/calibrate/port_inference.hpp"

#include <coin/Cbc_C_Interface.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <set>

namespace vtpu::testbench {
namespace {

constexpr double kMostPorts = 16;       // of one kind; more than any core has
constexpr std::size_t kMostUsers = 13;  // of one integer program
constexpr double kSecondsToSolve = 60;
constexpr double kPerPort = 1e-3;  // what one more port costs: as few as explain the mixes
constexpr double kNoise = 0.1;     // of a mix that could as well be limited by dispatch

struct Problem {
  std::vector<std::size_t> users;
  std::vector<MeasuredMix> mixes;  // by place in `users`
};

bool ties(const MeasuredMix& mix, const std::vector<PortUser>& users, unsigned width) {
  const double apart =
      mix_cycles(users[mix.a].ports, users[mix.b].ports, users[mix.a].ports + users[mix.b].ports, width);
  return mix.cycles > apart * (1 + kNoise);
}

// Users that share ports, directly or by others, in one problem.
std::vector<Problem> problems_of(const std::vector<PortUser>& users, const std::vector<MeasuredMix>& mixes,
                                 unsigned width) {
  std::vector<std::size_t> group(users.size());
  std::iota(group.begin(), group.end(), 0);
  for (const MeasuredMix& mix : mixes) {
    if (!ties(mix, users, width)) continue;
    const std::size_t from = group[mix.b];
    const std::size_t to = group[mix.a];
    std::replace(group.begin(), group.end(), from, to);
  }
  std::vector<Problem> problems;
  for (std::size_t g = 0; g < users.size(); ++g) {
    Problem problem;
    std::vector<std::size_t> place(users.size(), users.size());
    for (std::size_t u = 0; u < users.size(); ++u) {
      if (group[u] != g) continue;
      place[u] = problem.users.size();
      problem.users.push_back(u);
    }
    for (const MeasuredMix& mix : mixes) {
      if (group[mix.a] == g && group[mix.b] == g) problem.mixes.push_back({place[mix.a], place[mix.b], mix.cycles});
    }
    if (!problem.users.empty()) problems.push_back(std::move(problem));
  }
  return problems;
}

// Rows and columns as CBC takes them, one after the other.
class Program {
 public:
  Program() : model_(Cbc_newModel(), Cbc_deleteModel) {
    Cbc_setParameter(model_.get(), "log", "0");
    Cbc_setParameter(model_.get(), "seconds", fmt::format("{}", kSecondsToSolve).c_str());
  }
  int column(double most, double cost, bool integer) {
    Cbc_addCol(model_.get(), fmt::format("x{}", columns_).c_str(), 0, most, cost, integer ? 1 : 0, 0, nullptr, nullptr);
    return columns_++;
  }
  void row(const std::vector<int>& columns, const std::vector<double>& factors, char sense, double right) {
    Cbc_addRow(model_.get(), fmt::format("r{}", rows_++).c_str(), static_cast<int>(columns.size()), columns.data(),
               factors.data(), sense, right);
  }
  // The columns' values; empty where none was found.
  std::vector<double> solve() {
    Cbc_setObjSense(model_.get(), 1);
    Cbc_solve(model_.get());
    const double* values = Cbc_isProvenInfeasible(model_.get()) != 0 ? nullptr : Cbc_bestSolution(model_.get());
    if (values == nullptr) return {};
    return {values, values + columns_};
  }

 private:
  std::unique_ptr<Cbc_Model, decltype(&Cbc_deleteModel)> model_;
  int columns_ = 0;
  int rows_ = 0;
};

// A port is known by who uses it. One column per set of users: how many ports have just these users. So no two
// solutions differ by the names of ports only. The size of a union is a sum of such columns, and so is its distance
// from what was measured.
class Formulation {
 public:
  Formulation(const Problem& problem, const std::vector<PortUser>& users, unsigned width) : problem_(problem) {
    const std::size_t sets = std::size_t{1} << problem.users.size();
    for (std::size_t set = 1; set < sets; ++set) program_.column(kMostPorts, kPerPort, true);
    for (std::size_t u = 0; u < problem.users.size(); ++u) {
      auto [columns, factors] = ports_of_any(std::size_t{1} << u);
      program_.row(columns, factors, 'E', users[problem.users[u]].ports);
    }
    for (const MeasuredMix& mix : problem.mixes) {
      const unsigned a = users[problem.users[mix.a]].ports;
      const unsigned b = users[problem.users[mix.b]].ports;
      add_mix(mix, a, b, width);
    }
    add_strangers();
  }

  // Ports of each user; empty where none was found.
  std::vector<std::vector<unsigned>> solve() {
    const std::vector<double> values = program_.solve();
    std::vector<std::vector<unsigned>> found;
    if (values.empty()) return found;
    found.resize(problem_.users.size());
    unsigned port = 0;
    const std::size_t sets = std::size_t{1} << problem_.users.size();
    for (std::size_t set = 1; set < sets; ++set) {
      for (long n = std::lround(values[set - 1]); n > 0; --n, ++port) {
        for (std::size_t u = 0; u < found.size(); ++u) {
          if ((set >> u & 1U) != 0) found[u].push_back(port);
        }
      }
    }
    return found;
  }

 private:
  // The ports that at least one of the users in `wanted` has.
  [[nodiscard]] std::pair<std::vector<int>, std::vector<double>> ports_of_any(std::size_t wanted) const {
    std::vector<int> columns;
    const std::size_t sets = std::size_t{1} << problem_.users.size();
    for (std::size_t set = 1; set < sets; ++set) {
      if ((set & wanted) != 0) columns.push_back(static_cast<int>(set - 1));
    }
    return {columns, std::vector<double>(columns.size(), 1)};
  }

  // |union - measured union| as the sum of what is above and what is below. A mix that runs as fast as dispatch lets it
  // only says that the union is large enough.
  void add_mix(const MeasuredMix& mix, unsigned a, unsigned b, unsigned width) {
    const double sum = a + b;
    const double least = std::max(1.0, sum / width);
    const bool bounded = sum > width && mix.cycles < least * (1 + kNoise);
    const double measured = std::clamp(sum / mix.cycles, static_cast<double>(std::max(a, b)), sum);
    auto [columns, factors] = ports_of_any(std::size_t{1} << mix.a | std::size_t{1} << mix.b);
    columns.push_back(program_.column(kMostPorts, 1, false));
    factors.push_back(1);  // below
    columns.push_back(program_.column(kMostPorts, bounded ? 0 : 1, false));
    factors.push_back(-1);  // above
    program_.row(columns, factors, 'E', measured);
  }

  // What was never mixed is taken to share nothing.
  void add_strangers() {
    std::set<std::pair<std::size_t, std::size_t>> mixed;
    for (const MeasuredMix& mix : problem_.mixes) mixed.insert(std::minmax(mix.a, mix.b));
    const std::size_t sets = std::size_t{1} << problem_.users.size();
    for (std::size_t a = 0; a < problem_.users.size(); ++a) {
      for (std::size_t b = a + 1; b < problem_.users.size(); ++b) {
        if (mixed.contains({a, b})) continue;
        const std::size_t both = std::size_t{1} << a | std::size_t{1} << b;
        std::vector<int> columns{program_.column(kMostPorts, 1, false)};
        std::vector<double> factors{-1};
        for (std::size_t set = 1; set < sets; ++set) {
          if ((set & both) != both) continue;
          columns.push_back(static_cast<int>(set - 1));
          factors.push_back(1);
        }
        program_.row(columns, factors, 'L', 0);
      }
    }
  }

  const Problem& problem_;
  Program program_;
};

unsigned union_of(const std::vector<unsigned>& a, const std::vector<unsigned>& b) {
  std::vector<unsigned> both;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return static_cast<unsigned>(both.size());
}

// Ports as they come, without gaps, behind those that there are.
void add_numbered(const Problem& problem, const std::vector<std::vector<unsigned>>& found, PortMap& map) {
  std::vector<unsigned> all;
  for (const auto& ports : found) all.insert(all.end(), ports.begin(), ports.end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  for (std::size_t u = 0; u < found.size(); ++u) {
    for (const unsigned p : found[u]) {
      const auto at = std::lower_bound(all.begin(), all.end(), p) - all.begin();
      map.ports[problem.users[u]].push_back(map.number + static_cast<unsigned>(at));
    }
  }
  map.number += static_cast<unsigned>(all.size());
}

}  // namespace

double mix_cycles(unsigned a, unsigned b, unsigned both, unsigned width) {
  return std::max({1.0, static_cast<double>(a + b) / both, static_cast<double>(a + b) / width});
}

Result<PortMap> infer_ports(const std::vector<PortUser>& users, const std::vector<MeasuredMix>& mixes,
                            unsigned dispatch_width) {
  PortMap map;
  map.ports.resize(users.size());
  for (const Problem& problem : problems_of(users, mixes, dispatch_width)) {
    if (problem.users.size() > kMostUsers) {
      return fail("ports",
                  fmt::format("{} sets of ports share, expected at most {}", problem.users.size(), kMostUsers));
    }
    const auto found = Formulation(problem, users, dispatch_width).solve();
    if (found.empty()) {
      return fail("ports", fmt::format("found no mapping for {} and {} others in {:.0f} s",
                                       users[problem.users.front()].name, problem.users.size() - 1, kSecondsToSolve));
    }
    add_numbered(problem, found, map);
  }
  for (const MeasuredMix& mix : mixes) {
    const double predicted = mix_cycles(users[mix.a].ports, users[mix.b].ports,
                                        union_of(map.ports[mix.a], map.ports[mix.b]), dispatch_width);
    map.error += std::abs(predicted - mix.cycles) / mix.cycles / static_cast<double>(mixes.size());
  }
  return map;
}

}  // namespace vtpu::testbench
