#include "testbench/calibrate/layout_draft.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace vtpu::testbench {
namespace {

using H = lowering::HostOp;
using layout::Crack;
using layout::Layout;
using layout::UopKind;

constexpr double kTakes = 0.6;       // starts from which an operation is taken to use a set of ports
constexpr double kWhole = 0.04;      // how far times may be from whole cycles, of them
constexpr double kEliminated = 0.7;  // cycles of a move in a chain, up to which it is done at rename
constexpr unsigned kMostDividers = 2;

enum class Role : std::uint8_t { Alu, Agu, Fp, Std };

bool is_vector(const LoopInst& inst) { return inst.operands.find_first_of("vk") != std::string::npos; }
bool is_memory(const LoopInst& inst) {
  return inst.operands.find_first_of("mM") != std::string::npos && inst.op != H::Lea;
}

std::string text_of(const std::vector<unsigned>& ports, const Layout& layout) {
  std::string text;
  for (const unsigned p : ports) text += (text.empty() ? "" : " ") + layout.ports[p].name;
  return text;
}

class Drafter {
 public:
  Drafter(const OperationFacts& facts, const Crossings& crossings, const Layout& start, lowering::HostIsa isa)
      : facts_(facts), crossings_(crossings), start_(start) {
    draft_.layout = start;
    out().uops.clear();
    out().ports.clear();
    out().queues.clear();
    out().ports_closed_by_512.clear();
    out().cmov_two_uops = "none";
    out().max_vector_bits = isa == lowering::HostIsa::Avx512 ? 512 : 256;
  }

  Draft draft() {
    add_ports();
    add_memory_kinds();
    out().host_cracks.assign(static_cast<std::size_t>(lowering::kHostOps), Crack{});
    out().host_unsupported.clear();
    for (int op = 0; op < lowering::kHostOps; ++op) add_operation(static_cast<H>(op));
    add_words();
    write_widths();
    for (std::size_t s = 0; s < facts_.sets.size(); ++s) {
      DraftSet set{{}, ports_of_set(s)};
      for (const std::size_t op : facts_.sets[s].operations) set.insts.push_back(facts_.operations[op].inst);
      draft_.sets.push_back(std::move(set));
    }
    return std::move(draft_);
  }

 private:
  Layout& out() { return draft_.layout; }
  void note(const std::string& key, std::string text, Confidence confidence) {
    draft_.notes[key] = {std::move(text), confidence};
  }

  // ---- ports ----

  [[nodiscard]] Role role_of(unsigned port) const {
    bool data_only = true;
    Role role = Role::Std;
    for (std::size_t s = 0; s < facts_.sets.size(); ++s) {
      const PortSet& set = facts_.sets[s];
      if (std::find(set.at.begin(), set.at.end(), port) == set.at.end()) continue;
      const LoopInst& inst = facts_.operations[set.operations.front()].inst;
      if (s == facts_.store_address_set || (is_memory(inst) && !inst.operands.starts_with('M'))) return Role::Agu;
      if (inst.operands.starts_with('M')) continue;
      data_only = false;
      if (!is_vector(inst)) return Role::Alu;
      role = Role::Fp;
    }
    return data_only ? Role::Std : role;
  }

  void add_ports() {
    constexpr std::array<std::pair<Role, const char*>, 4> kRoles{
        {{Role::Alu, "alu"}, {Role::Agu, "agu"}, {Role::Fp, "fp"}, {Role::Std, "std"}}};
    ports_.resize(facts_.port_count);
    for (const auto& [role, name] : kRoles) {
      std::vector<unsigned> members;
      for (unsigned p = 0; p < facts_.port_count; ++p) {
        if (role_of(p) != role) continue;
        ports_[p] = static_cast<unsigned>(out().ports.size());
        members.push_back(ports_[p]);
        out().ports.push_back({fmt::format("{}{}", name, members.size() - 1), 0});
      }
      const auto parts = apart(members);
      for (std::size_t i = 0; i < parts.size(); ++i) {
        add_queue(parts.size() == 1 ? fmt::format("{}q", name) : fmt::format("{}q{}", name, i), role, parts[i],
                  members.size());
      }
    }
  }

  // Ports in groups of which no set of ports has some of two.
  [[nodiscard]] std::vector<std::vector<unsigned>> apart(const std::vector<unsigned>& members) const {
    std::map<unsigned, unsigned> group;
    for (const unsigned p : members) group[p] = p;
    for (const PortSet& set : facts_.sets) {
      std::set<unsigned> joined;
      for (const unsigned p : set.at) {
        if (group.contains(ports_[p])) joined.insert(group[ports_[p]]);
      }
      for (auto& [port, g] : group) {
        if (joined.contains(g)) g = *joined.begin();
      }
    }
    std::map<unsigned, std::vector<unsigned>> parts;
    for (const auto& [port, g] : group) parts[g].push_back(port);
    std::vector<std::vector<unsigned>> all;
    for (auto& [g, ports] : parts) all.push_back(std::move(ports));
    return all;
  }

  // The share of the entries that the start layout has for ports of the role, of which there are `all`.
  void add_queue(const std::string& name, Role role, const std::vector<unsigned>& members, std::size_t all) {
    constexpr std::array<const char*, 4> kNames{"alu", "agu", "fp", "std"};
    unsigned entries = 0;
    for (const layout::Queue& queue : start_.queues) {
      const bool feeds = std::any_of(queue.ports.begin(), queue.ports.end(), [&](unsigned p) {
        return start_.ports[p].name.starts_with(kNames[static_cast<std::size_t>(role)]);
      });
      if (feeds) entries += queue.entries;
    }
    for (const unsigned p : members) out().ports[p].queue = static_cast<unsigned>(out().queues.size());
    entries = static_cast<unsigned>((entries != 0 ? entries : 64) * members.size() / all);
    out().queues.push_back({name, std::max(1U, entries), members});
  }

  // Ports beside those of operations, for what is not pipelined. Their queue has as many entries as that of `like`, in
  // which the starts wait.
  std::vector<unsigned> dividers(unsigned number, unsigned like) {
    while (dividers_.size() < number) {
      const unsigned entries = out().queues[out().ports[like].queue].entries;
      if (dividers_.empty()) out().queues.push_back({"divq", entries, {}});
      const auto queue = static_cast<unsigned>(out().queues.size() - 1);
      const auto port = static_cast<unsigned>(out().ports.size());
      out().ports.push_back({fmt::format("div{}", dividers_.size()), queue});
      out().queues[queue].ports.push_back(port);
      dividers_.push_back(port);
    }
    return {dividers_.begin(), dividers_.begin() + number};
  }

  [[nodiscard]] std::vector<unsigned> ports_of_set(std::size_t set) const {
    std::vector<unsigned> ports;
    for (const unsigned p : facts_.sets[set].at) ports.push_back(ports_[p]);
    std::sort(ports.begin(), ports.end());
    return ports;
  }

  // ---- kinds ----

  // The kind of this shape; a new one takes the name that the start layout has for the operation, while it is free.
  // Named as `wanted`, else as the start layout's kind for the operation, else as the operation.
  unsigned kind_for(UopKind kind, H op, const char* wanted = nullptr) {
    const Crack& crack = start_.host_cracks[static_cast<std::size_t>(op)];
    kind.name = wanted != nullptr     ? wanted
                : !crack.uops.empty() ? start_.uops[crack.uops.back()].name
                                      : std::string(lowering::name_of(op));
    if (out().uop_named(kind.name)) kind.name = std::string(lowering::name_of(op));
    return kind_like(out(), std::move(kind), lowering::name_of(op));
  }

  void add_memory_kinds() {
    const OperationFact* load = facts_.find(H::Mov, "gm");
    const OperationFact* load_vector = facts_.find(H::Vmov, "vm");
    const OperationFact* store = facts_.find(H::Mov, "Mg");
    const OperationFact* store_vector = facts_.find(H::Vmov, "Mv");
    const auto add = [&](const char* name, std::vector<unsigned> ports, unsigned latency) -> UopKind& {
      UopKind kind;
      kind.name = name;
      kind.ports = std::move(ports);
      kind.latency = latency;
      out().uops.push_back(kind);
      return out().uops.back();
    };
    const auto ports = [&](const OperationFact* fact, const char* fallback) {
      return fact->ports != 0 ? ports_of_set(fact->set) : ports_named(fallback);
    };
    add("load", ports(load, "agu"), 0).is_load = true;
    add("load_vector", ports(load_vector, "agu"), 0).is_load = true;
    add("store_address", facts_.store_address_set ? ports_of_set(*facts_.store_address_set) : ports_named("agu"), 1)
        .is_store_address = true;
    add("store_data", ports(store, "alu"), 1).is_store_data = true;
    add("store_data_vector", ports(store_vector, "fp"), 1).is_store_data = true;
    out().load_uop = *out().uop_named("load");
    out().load_vector_uop = *out().uop_named("load_vector");
    out().store_address_uop = *out().uop_named("store_address");
    out().store_address_again_uop = out().store_address_uop;
    out().store_data_uop = *out().uop_named("store_data");
    out().store_data_vector_uop = *out().uop_named("store_data_vector");
    const auto rate = [](double cycles) { return static_cast<unsigned>(std::max(1L, std::lround(1 / cycles))); };
    layout::Memory& memory = out().memory;
    memory.loads_per_cycle = std::max(rate(load->cycles), rate(load_vector->cycles));
    memory.loads_per_cycle_512 = rate(load_vector->cycles_512.value_or(load_vector->cycles));
    memory.stores_per_cycle = rate(store->cycles);
    memory.stores_per_cycle_512 = rate(store_vector->cycles_512.value_or(store_vector->cycles));
    memory.l1_banks = 0;
    const std::vector<unsigned> loads = out().uops[out().load_uop].ports;
    std::set<unsigned> all(loads.begin(), loads.end());
    for (const unsigned p : out().uops[out().store_address_uop].ports) all.insert(p);
    memory.accesses_per_cycle = static_cast<unsigned>(all.size());
    const auto told = [&](const char* key, const OperationFact* fact, double cycles) {
      note(key, fmt::format("{} takes {:.3f} cycles, spread {:.1f} %", to_text(fact->inst), cycles, 100 * fact->spread),
           Confidence::High);
    };
    told("memory.loads_per_cycle", load, load->cycles);
    told("memory.loads_per_cycle_512", load_vector, load_vector->cycles_512.value_or(load_vector->cycles));
    told("memory.stores_per_cycle", store, store->cycles);
    told("memory.stores_per_cycle_512", store_vector, store_vector->cycles_512.value_or(store_vector->cycles));
  }

  [[nodiscard]] std::vector<unsigned> ports_named(std::string_view role) {
    std::vector<unsigned> ports;
    for (unsigned p = 0; p < out().ports.size(); ++p) {
      if (out().ports[p].name.starts_with(role)) ports.push_back(p);
    }
    if (ports.empty()) ports.push_back(0);
    return ports;
  }

  // ---- operations ----

  [[nodiscard]] double latency_of(const OperationFact& fact) const {
    if (fact.latency) return *fact.latency;
    const auto crossing = crossings_.latency.find(fact.inst.op);
    return crossing != crossings_.latency.end() ? crossing->second : 1;
  }
  [[nodiscard]] std::optional<double> latency_512_of(const OperationFact& fact) const {
    if (fact.latency_512) return fact.latency_512;
    const auto crossing = crossings_.latency_512.find(fact.inst.op);
    if (crossing == crossings_.latency_512.end()) return std::nullopt;
    return crossing->second;
  }
  static unsigned whole(double cycles) { return static_cast<unsigned>(std::max(1L, std::lround(cycles))); }

  // One uop on a set of ports; `spent` of its latency are other uops'.
  UopKind single(const OperationFact& fact, std::vector<unsigned> ports, double spent) const {
    UopKind kind;
    kind.ports = std::move(ports);
    kind.latency = whole(latency_of(fact) - spent);
    if (const auto wide = latency_512_of(fact)) {
      const unsigned latency = whole(*wide - spent);
      kind.latency_512 = latency == kind.latency ? 0 : latency;
    }
    if (fact.cycles_512 && *fact.cycles_512 > 1.5 * fact.cycles) {
      kind.busy_512 = whole(*fact.cycles_512 / fact.cycles);
    }
    return kind;
  }

  void add_operation(H op) {
    Crack& crack = out().host_cracks[static_cast<std::size_t>(op)];
    const Crack& before = start_.host_cracks[static_cast<std::size_t>(op)];
    crack.transfer = before.transfer;
    crack.splits_load = before.splits_load;
    if (op == H::Mov || op == H::Vmov) return add_move(op, crack);
    const OperationFact* fact = facts_.find(op);
    if (fact == nullptr) return add_unmeasured(op, crack);
    if (op == H::Lea && facts_.find(H::MovImm)->ports != 0)
      fact = facts_.find(H::MovImm);  // without address it may be done at rename
    if (fact->ports != 0) {
      UopKind kind = single(*fact, ports_of_set(fact->set), 0);
      kind.is_branch = op == H::Jcc;
      crack.uops = {kind_for(kind, op)};
      tell(op, *fact, kind);
    } else if (const auto starts = start_of_unpipelined(*fact)) {
      add_unpipelined(op, *fact, *starts, crack);
    } else {
      add_several(op, *fact, crack);
    }
    crack.fused_uops = op == H::Lea ? 1 : std::min<unsigned>(fact->slots, 16);
    crack.fused_uops = std::min(crack.fused_uops, std::max(1U, static_cast<unsigned>(crack.uops.size())));
  }

  void tell(H op, const OperationFact& fact, const UopKind& kind) {
    const std::string latency =
        fact.latency ? fmt::format("latency {:.2f}", *fact.latency) : "latency by a loop of two";
    const std::string wide = fact.cycles_512 ? fmt::format(", {:.3f} at 512 bits", *fact.cycles_512) : "";
    const std::string key =
        fmt::format("uop.{}", out().uops[out().host_cracks[static_cast<std::size_t>(op)].uops.back()].name);
    const bool sure = fact.latency && std::abs(*fact.latency - kind.latency) < kWhole * kind.latency + 0.05;
    if (draft_.notes.contains(key)) return;
    note(key,
         fmt::format("{}: {}, {:.3f} cycles{}, spread {:.1f} %, on {}", to_text(fact.inst), latency, fact.cycles, wide,
                     100 * fact.spread, text_of(kind.ports, out())),
         sure && facts_.port_error < 0.1 ? Confidence::High : Confidence::Medium);
  }

  void add_move(H op, Crack& crack) {
    const OperationFact* fact = facts_.find(op);
    const bool eliminated = fact->latency.value_or(1) < kEliminated;
    (op == H::Mov ? out().rename.eliminates_integer_moves : out().rename.eliminates_vector_moves) = eliminated;
    note(op == H::Mov ? "rename.eliminates_integer_moves" : "rename.eliminates_vector_moves",
         fmt::format("{:.2f} cycles each in a chain, {:.3f} independent", fact->latency.value_or(1), fact->cycles),
         Confidence::High);
    crack.transfer = true;
    UopKind kind;
    kind.latency = 0;
    if (!eliminated) kind = single(*fact, ports_like(*fact), 0);
    crack.uops = {kind_for(kind, op)};
  }

  // Ports of the set with as many ports as the operation starts per cycle.
  [[nodiscard]] std::vector<unsigned> ports_like(const OperationFact& fact) {
    std::size_t best = 0;
    double nearest = 1e9;
    for (std::size_t s = 0; s < facts_.sets.size(); ++s) {
      const LoopInst& inst = facts_.operations[facts_.sets[s].operations.front()].inst;
      if (is_vector(inst) != is_vector(fact.inst) || is_memory(inst)) continue;
      const double off = std::abs(1 / fact.cycles - facts_.sets[s].ports);
      if (off < nearest) {
        nearest = off;
        best = s;
      }
    }
    return ports_of_set(best);
  }

  void add_unmeasured(H op, Crack& crack) {
    const Crack& before = start_.host_cracks[static_cast<std::size_t>(op)];
    const bool had =
        std::find(start_.host_unsupported.begin(), start_.host_unsupported.end(), op) == start_.host_unsupported.end();
    const bool control = op == H::Jmp || op == H::CallHelper || op == H::Exit;
    if (control) {
      const OperationFact* jump = facts_.find(H::Jcc);
      UopKind kind = single(*jump, jump->ports != 0 ? ports_of_set(jump->set) : ports_like(*jump), 0);
      kind.is_branch = true;
      crack.uops = {kind_for(kind, op)};
    } else if (had && !before.uops.empty() && (op == H::Clflushopt || op == H::Mfence)) {
      UopKind kind = start_.uops[before.uops.front()];
      kind.ports = out().uops[out().store_address_uop].ports;
      kind.ports_512.clear();
      kind.multiplier_ports_512.clear();
      crack.uops = {kind_for(kind, op)};
    } else {
      out().host_unsupported.push_back(op);
    }
  }

  // ---- what is not pipelined ----

  // The smallest set of ports from which each start of a slow operation takes whole cycles, and how many.
  struct Start {
    std::size_t set;
    unsigned cycles;
  };
  [[nodiscard]] std::optional<Start> start_of_unpipelined(const OperationFact& fact) const {
    if (fact.cycles < 1.3 || fact.slots > 1 || fact.inst.operands.find('g') != std::string::npos) return std::nullopt;
    const std::vector<double>& taken = facts_.taken[static_cast<std::size_t>(&fact - facts_.operations.data())];
    std::optional<Start> found;
    for (std::size_t s = 0; s < taken.size(); ++s) {
      if (taken[s] < kTakes || (found && facts_.sets[found->set].ports <= facts_.sets[s].ports)) continue;
      found = {s, whole(taken[s])};
    }
    return found;
  }

  void add_unpipelined(H op, const OperationFact& fact, const Start& start, Crack& crack) {
    UopKind begin;
    begin.ports = ports_of_set(start.set);
    begin.busy = start.cycles;
    unsigned number = 1;
    for (const OperationFact& other : facts_.operations) {
      if (other.ports != 0 || other.cycles < 1.3) continue;
      if (std::abs(other.cycles - std::round(other.cycles)) > kWhole * other.cycles) number = kMostDividers;
    }
    UopKind rest = single(fact, dividers(number, begin.ports.front()), 1);
    rest.busy = whole(fact.cycles * number);
    rest.busy_512 = fact.cycles_512 && *fact.cycles_512 > 1.2 * fact.cycles ? whole(*fact.cycles_512 * number) : 0;
    crack.uops = {kind_for(begin, op, "divide_start"), kind_for(rest, op)};
    if (!draft_.notes.contains("uop." + out().uops[crack.uops.back()].name)) tell(op, fact, rest);
  }

  // ---- several uops ----

  // One that crosses between register files: the plain move, and what it takes from vector ports beside. Any other: as
  // many uops as slots on the smallest set that it takes from.
  void add_several(H op, const OperationFact& fact, Crack& crack) {
    const bool from_general = is_vector(fact.inst) && fact.inst.operands.find('g', 1) != std::string::npos;
    const bool to_general = is_vector(fact.inst) && fact.inst.operands.starts_with('g');
    const OperationFact* move = from_general ? facts_.find(H::VmovqToVec)
                                : to_general ? facts_.find(H::VmovqToGpr)
                                             : nullptr;
    const auto set = smallest_taken(fact, to_general && move->ports != 0 ? std::optional(move->set) : std::nullopt);
    if (move != nullptr && move->ports == 0) move = nullptr;
    const std::vector<unsigned> ports = set ? ports_of_set(*set) : ports_like(fact);
    if (move == nullptr) {
      const unsigned uops = std::max(1U, std::min(fact.slots, 8U));
      UopKind kind = single(fact, ports, 0);
      kind.latency = whole(latency_of(fact) / uops);
      kind.latency_512 = 0;
      crack.uops.assign(uops, kind_for(kind, op));
      return tell(op, fact, kind);
    }
    const unsigned plain = out_of(*move);
    // a chain of conversions from general registers goes by the vector operand that they merge into
    const bool merges = from_general && fact.latency;
    const UopKind rest = single(fact, ports, merges ? 0 : out().uops[plain].latency);
    if (!set) {
      UopKind kind = single(fact, ports_of_set(move->set), 0);
      crack.uops = {kind_for(kind, op)};
      return tell(op, fact, kind);
    }
    const unsigned other = kind_for(rest, op);
    crack.uops = from_general ? std::vector{plain, other} : std::vector{other, plain};
    tell(op, fact, rest);
  }

  // The kind of a plain move between register files.
  unsigned out_of(const OperationFact& move) { return kind_for(single(move, ports_of_set(move.set), 0), move.inst.op); }

  // Of vector ports for vector operations; `but` is not asked.
  [[nodiscard]] std::optional<std::size_t> smallest_taken(const OperationFact& fact,
                                                          std::optional<std::size_t> but) const {
    const std::vector<double>& taken = facts_.taken[static_cast<std::size_t>(&fact - facts_.operations.data())];
    std::optional<std::size_t> found;
    for (std::size_t s = 0; s < taken.size(); ++s) {
      const LoopInst& inst = facts_.operations[facts_.sets[s].operations.front()].inst;
      const bool crossing = is_vector(inst) && inst.operands.find('g') != std::string::npos;
      if (s == but || taken[s] < kTakes || is_vector(inst) != is_vector(fact.inst) || crossing) continue;
      if (!found || facts_.sets[*found].ports > facts_.sets[s].ports) found = s;
    }
    return found;
  }

  // ---- words ----

  // Kinds that only operations of words name: as the host instruction that the start layout gives the same kind, else
  // with the start layout's times on ports of the same role.
  void add_words() {
    std::vector<unsigned> now(start_.uops.size());
    for (unsigned k = 0; k < start_.uops.size(); ++k) now[k] = kind_for_words(k);
    for (auto& [op, crack] : out().op_cracks) {
      for (unsigned& uop : crack.uops) uop = now[uop];
    }
  }

  unsigned kind_for_words(unsigned before) {
    const UopKind& kind = start_.uops[before];
    for (std::size_t op = 0; op < start_.host_cracks.size(); ++op) {
      const Crack& crack = out().host_cracks[op];
      if (start_.host_cracks[op].uops == std::vector<unsigned>{before} && crack.uops.size() == 1) return crack.uops[0];
    }
    if (kind.is_load) return out().load_uop;
    if (kind.is_store_address) return out().store_address_uop;
    if (kind.is_store_data) return out().store_data_uop;
    UopKind kept = kind;
    const std::string role = kind.ports.empty() ? "" : start_.ports[kind.ports.front()].name;
    if (!kind.ports.empty()) kept.ports = ports_named(role.substr(0, role.find_first_of("0123456789")));
    kept.ports_512.clear();
    kept.multiplier_ports_512.clear();
    while (out().uop_named(kept.name)) kept.name += "_of_words";
    out().uops.push_back(kept);
    return static_cast<unsigned>(out().uops.size() - 1);
  }

  void write_widths() {
    const unsigned width = facts_.dispatch_width;
    out().rename.dispatch_width = width;
    out().front_end.uops_per_cycle = std::max(width, out().front_end.uops_per_cycle);
    out().retire.width = std::max(width, start_.retire.width);
    note("rename.dispatch_width", "the fastest of ten mixes that start on many ports", Confidence::High);
    note("retire.width", "not measured: at least the width of dispatch", Confidence::Low);
  }

  const OperationFacts& facts_;
  const Crossings& crossings_;
  const Layout& start_;
  Draft draft_;
  std::vector<unsigned> ports_;     // of the layout, by port of the facts
  std::vector<unsigned> dividers_;  // of the layout
};

}  // namespace

std::string_view name_of(Confidence confidence) {
  return confidence == Confidence::High ? "high" : confidence == Confidence::Medium ? "medium" : "low";
}

unsigned uop_of(const layout::Layout& layout, lowering::HostOp op) {
  return layout.host_cracks[static_cast<std::size_t>(op)].uops.front();
}

unsigned queue_feeding(const layout::Layout& layout, const std::vector<unsigned>& ports) {
  return layout.ports[ports.front()].queue;
}

unsigned kind_like(layout::Layout& layout, layout::UopKind kind, std::string_view name) {
  for (unsigned k = 0; k < layout.uops.size(); ++k) {
    layout::UopKind same = layout.uops[k];
    same.name = kind.name;
    if (same == kind) return k;
  }
  for (unsigned n = 2; layout.uop_named(kind.name); ++n) kind.name = fmt::format("{}_{}", name, n);
  layout.uops.push_back(std::move(kind));
  return static_cast<unsigned>(layout.uops.size() - 1);
}

Draft draft_layout(const OperationFacts& facts, const Crossings& crossings, const layout::Layout& start,
                   lowering::HostIsa isa) {
  return Drafter(facts, crossings, start, isa).draft();
}

}  // namespace vtpu::testbench
