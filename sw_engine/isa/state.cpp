#include "isa/state.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <bit>
#include <memory>
#include <stdexcept>

namespace vtpu::isa {
namespace {

// XXH3 over little-endian 64-bit words, whatever the host's order.
class Digest {
 public:
  Digest() : state_(XXH3_createState(), &XXH3_freeState) {
    if (!state_ || XXH3_64bits_reset(state_.get()) == XXH_ERROR) throw std::bad_alloc();
  }

  void add(std::uint64_t value) {
    if constexpr (std::endian::native == std::endian::big) value = __builtin_bswap64(value);
    buffer_[used_++] = value;
    if (used_ == buffer_.size()) flush();
  }
  void add(const Coordinate& c) {
    add(c.lo);
    add(c.hi);
  }
  template <std::size_t N>
  void add(const std::array<std::uint64_t, N>& lanes) {
    for (const std::uint64_t lane : lanes) add(lane);
  }

  [[nodiscard]] std::uint64_t value() {
    flush();
    return XXH3_64bits_digest(state_.get());
  }

 private:
  void flush() {
    XXH3_64bits_update(state_.get(), buffer_.data(), used_ * sizeof(std::uint64_t));
    used_ = 0;
  }

  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state_;
  std::array<std::uint64_t, 256> buffer_{};
  std::size_t used_ = 0;
};

std::uint64_t sign_extended(std::int32_t value) { return static_cast<std::uint64_t>(std::int64_t{value}); }

void add(Digest& digest, const SentronState& s) {
  const Registers& g = s.registers;
  for (const std::uint64_t r : g.r) digest.add(r);
  for (const Vector& v : g.v) digest.add(v.lane);
  for (const Coordinate& p : g.p) digest.add(p);
  for (const Message& m : g.m) digest.add(m.lane);
  for (const std::int32_t route : g.route) digest.add(sign_extended(route));
  for (const std::int32_t listen : g.listen) digest.add(sign_extended(listen));
  digest.add(g.cmp);
  digest.add(static_cast<std::uint64_t>(s.lifecycle));
  digest.add(static_cast<std::uint64_t>(s.fault));
  digest.add(s.fault_word);
}

std::string hex(std::uint64_t value) { return fmt::format("0x{:016x}", value); }
std::string integer(std::uint64_t value) { return fmt::format("{}", static_cast<std::int64_t>(value)); }
std::string sentron_name(std::int32_t number) {
  return number == kNoSentron ? "none" : fmt::format("sentron {}", number);
}

// Collects sentences up to a limit.
class Findings {
 public:
  Findings(const std::string& name_a, const std::string& name_b, std::size_t limit)
      : name_a_(name_a), name_b_(name_b), limit_(limit) {}

  [[nodiscard]] bool full() const { return sentences_.size() >= limit_; }
  void add(const std::string& where, const std::string& a, const std::string& b) {
    if (!full()) sentences_.push_back(fmt::format("{}: {} {}, {} {}", where, name_a_, a, name_b_, b));
  }
  [[nodiscard]] std::vector<std::string> take() { return std::move(sentences_); }

 private:
  const std::string& name_a_;
  const std::string& name_b_;
  std::size_t limit_;
  std::vector<std::string> sentences_;
};

template <std::size_t N>
void compare_lanes(Findings& out, const std::string& where, const std::array<std::uint64_t, N>& a,
                   const std::array<std::uint64_t, N>& b) {
  for (std::size_t i = 0; i < N; ++i) {
    if (a[i] != b[i]) out.add(fmt::format("{} lane {}", where, i), hex(a[i]), hex(b[i]));
  }
}

void compare_registers(Findings& out, std::size_t number, const Registers& a, const Registers& b) {
  const auto where = [number](const char* file, std::size_t i) {
    return fmt::format("sentron {} {}{}", number, file, i);
  };
  for (std::size_t i = 0; i < a.r.size(); ++i) {
    if (a.r[i] != b.r[i]) out.add(where("r", i), integer(a.r[i]), integer(b.r[i]));
  }
  for (std::size_t i = 0; i < a.v.size(); ++i) {
    if (a.v[i] != b.v[i]) compare_lanes(out, where("v", i), a.v[i].lane, b.v[i].lane);
  }
  for (std::size_t i = 0; i < a.p.size(); ++i) {
    if (a.p[i] != b.p[i]) out.add(where("p", i), to_string(a.p[i]), to_string(b.p[i]));
  }
  for (std::size_t i = 0; i < a.m.size(); ++i) {
    if (a.m[i] != b.m[i]) compare_lanes(out, where("m", i), a.m[i].lane, b.m[i].lane);
    if (a.route[i] != b.route[i]) out.add(where("route", i), sentron_name(a.route[i]), sentron_name(b.route[i]));
    if (a.listen[i] != b.listen[i]) out.add(where("listen", i), sentron_name(a.listen[i]), sentron_name(b.listen[i]));
  }
  if (a.cmp != b.cmp) {
    out.add(fmt::format("sentron {} cmp", number), fmt::format("0x{:04x}", a.cmp), fmt::format("0x{:04x}", b.cmp));
  }
}

void compare_sentrons(Findings& out, std::size_t number, const SentronState& a, const SentronState& b) {
  const std::string where = fmt::format("sentron {}", number);
  if (a.lifecycle != b.lifecycle) out.add(where + " lifecycle", name_of(a.lifecycle), name_of(b.lifecycle));
  if (a.fault != b.fault) out.add(where + " fault", name_of(a.fault), name_of(b.fault));
  if (a.fault_word != b.fault_word) {
    out.add(where + " faulting word", std::to_string(a.fault_word), std::to_string(b.fault_word));
  }
  compare_registers(out, number, a.registers, b.registers);
}

// Absent cells are zeros.
void compare_memory(Findings& out, const std::map<Coordinate, Cell>& a, const std::map<Coordinate, Cell>& b) {
  static const Cell kZero{};
  auto i = a.begin();
  auto k = b.begin();
  while (!out.full() && (i != a.end() || k != b.end())) {
    const bool in_a = i != a.end() && (k == b.end() || i->first <= k->first);
    const bool in_b = k != b.end() && (i == a.end() || k->first <= i->first);
    const Coordinate at = in_a ? i->first : k->first;
    const Cell& x = in_a ? i->second : kZero;
    const Cell& y = in_b ? k->second : kZero;
    if (x != y) compare_lanes(out, "cell " + to_string(at), x.lane, y.lane);
    if (in_a) ++i;
    if (in_b) ++k;
  }
}

}  // namespace

const char* name_of(Lifecycle l) {
  switch (l) {
    case Lifecycle::Dormant: return "dormant";
    case Lifecycle::Running: return "running";
    case Lifecycle::Waiting: return "waiting";
    case Lifecycle::Retired: return "retired";
    case Lifecycle::Faulted: return "faulted";
  }
  throw std::out_of_range("lifecycle");
}

const char* name_of(Fault f) {
  switch (f) {
    case Fault::None: return "none";
    case Fault::StepOutOfRange: return "step out of range";
    case Fault::NoRoute: return "no route";
    case Fault::BadSentron: return "no such sentron";
    case Fault::OutOfMemory: return "out of memory";
  }
  throw std::out_of_range("fault");
}

std::uint64_t digest(const SentronState& state) {
  Digest d;
  add(d, state);
  return d.value();
}

std::uint64_t digest(const MachineState& state) {
  Digest d;
  d.add(state.sentrons.size());
  for (const SentronState& s : state.sentrons) add(d, s);
  d.add(state.memory.size());
  for (const auto& [at, cell] : state.memory) {
    d.add(at);
    d.add(cell.lane);
  }
  return d.value();
}

std::vector<std::string> differences(const MachineState& a, const std::string& name_a, const MachineState& b,
                                     const std::string& name_b, std::size_t limit) {
  Findings out(name_a, name_b, limit);
  if (a.sentrons.size() != b.sentrons.size()) {
    out.add("number of sentrons", std::to_string(a.sentrons.size()), std::to_string(b.sentrons.size()));
  }
  const std::size_t n = std::min(a.sentrons.size(), b.sentrons.size());
  for (std::size_t i = 0; i < n && !out.full(); ++i) compare_sentrons(out, i, a.sentrons[i], b.sentrons[i]);
  compare_memory(out, a.memory, b.memory);
  return out.take();
}

}  // namespace vtpu::isa
