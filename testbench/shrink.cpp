#include "testbench/shrink.hpp"

#include <algorithm>

#include "isa/validate.hpp"

namespace vtpu::testbench {
namespace {

using isa::LitKind;
using isa::Pipe;
using isa::Program;
using isa::Siw;
using isa::Slot;
using isa::Stream;

constexpr std::array<Pipe, 3> kPipes{Pipe::D, Pipe::S, Pipe::C};

Slot nop_of(Pipe pipe) { return Siw{}.slot(pipe); }

// Words first..end-1 leave the stream; loops over nothing else leave with them.
void remove_words(Stream& stream, std::uint32_t first, std::uint32_t end) {
  stream.words.erase(stream.words.begin() + first, stream.words.begin() + end);
  std::vector<isa::Loop> loops;
  const std::uint32_t n = end - first;
  for (isa::Loop loop : stream.loops) {
    if (loop.first >= first && loop.last < end) continue;
    if (loop.first >= end) {
      loop.first -= n;
    } else if (loop.first >= first) {
      loop.first = first;
    }
    if (loop.last >= end) {
      loop.last -= n;
    } else if (loop.last >= first) {
      loop.last = first - 1;
    }
    loops.push_back(loop);
  }
  stream.loops = std::move(loops);
}

// Fields that no slot uses any more must be zero.
void clear_unused_fields(Siw& word) {
  const auto any = [&](auto uses) { return uses(word.d) || uses(word.s) || uses(word.c); };
  if (!any(isa::uses_imm)) word.imm = 0;
  if (!any(isa::uses_coord)) word.set_coord({});
}

void clear_slot(Siw& word, Pipe pipe) {
  word.slot(pipe) = nop_of(pipe);
  clear_unused_fields(word);
}

// Sentron `gone` leaves; what names it becomes a NOP, a missing partner or a smaller group.
void remove_sentron(Program& program, std::uint32_t gone) {
  program.sentrons.erase(program.sentrons.begin() + gone);
  const auto renumber = [gone](std::int32_t& n) {
    if (n == static_cast<std::int32_t>(gone)) n = isa::kNoSentron;
    if (n > static_cast<std::int32_t>(gone)) --n;
  };
  for (isa::SentronSpec& s : program.sentrons) {
    for (auto& n : s.initial.route) renumber(n);
    for (auto& n : s.initial.listen) renumber(n);
  }
  for (isa::Group& g : program.groups) {
    std::erase(g.members, gone);
    for (std::uint32_t& m : g.members) m -= m > gone ? 1 : 0;
  }
  for (Stream& stream : program.streams) {
    for (Siw& word : stream.words) {
      if (isa::is_nop(isa::op_of(word.c)) || isa::form_info(word.c).literal != LitKind::Sentron) continue;
      if (word.c.lit == gone) {
        clear_slot(word, Pipe::C);
      } else if (word.c.lit > gone) {
        --word.c.lit;
      }
    }
  }
}

bool names_group(const Slot& slot) {
  const LitKind kind = isa::form_info(slot).literal;
  return kind == LitKind::Group || kind == LitKind::GroupRed;
}

void remove_group(Program& program, unsigned gone) {
  program.groups.erase(program.groups.begin() + gone);
  for (Stream& stream : program.streams) {
    for (Siw& word : stream.words) {
      if (isa::is_nop(isa::op_of(word.c)) || !names_group(word.c)) continue;
      const unsigned group = isa::group_of(word.c.lit);
      if (group == gone) {
        clear_slot(word, Pipe::C);
      } else if (group > gone) {
        --word.c.lit;
      }
    }
  }
}

void remove_unused_streams(Program& program) {
  for (std::uint32_t i = static_cast<std::uint32_t>(program.streams.size()); i-- > 0;) {
    const bool used = std::any_of(program.sentrons.begin(), program.sentrons.end(),
                                  [i](const isa::SentronSpec& s) { return s.stream == i; });
    if (used) continue;
    program.streams.erase(program.streams.begin() + i);
    for (isa::SentronSpec& s : program.sentrons) s.stream -= s.stream > i ? 1 : 0;
  }
}

bool uses_coordinate(const Stream& stream, std::size_t p) {
  const isa::RegisterId id{isa::RegisterId::File::P, static_cast<std::uint8_t>(p)};
  return std::any_of(stream.words.begin(), stream.words.end(), [&](const Siw& word) {
    const isa::RegisterUse use = isa::registers_of(word.s);
    return std::find(use.read.begin(), use.read.begin() + use.reads, id) != use.read.begin() + use.reads ||
           std::find(use.written.begin(), use.written.begin() + use.writes, id) != use.written.begin() + use.writes;
  });
}

class Shrinker {
 public:
  Shrinker(const Program& program, const StillFails& still_fails, std::uint64_t most_tries)
      : still_fails_(still_fails), most_tries_(most_tries) {
    result_.program = program;
  }

  ShrinkResult run() {
    for (std::uint64_t before = ~0ULL; result_.accepted != before && result_.minimal;) {
      before = result_.accepted;
      drop_sentrons();
      drop_words();
      drop_loops();
      drop_slots();
      drop_groups();
      drop_memory();
      drop_initial_values();
      simplify_words();
    }
    return std::move(result_);
  }

 private:
  // Tries the program that `change` makes of the present one and keeps it where it still fails.
  template <typename Change>
  bool attempt(Change change) {
    if (!result_.minimal) return false;
    Program candidate = result_.program;
    change(candidate);
    for (Stream& s : candidate.streams) isa::compute_dependency_flags(s);
    if (candidate == result_.program || !isa::validate(candidate).empty()) return false;
    if (result_.tried == most_tries_) {
      result_.minimal = false;
      return false;
    }
    ++result_.tried;
    if (!still_fails_(candidate)) return false;
    ++result_.accepted;
    result_.program = std::move(candidate);
    return true;
  }

  [[nodiscard]] const Program& now() const { return result_.program; }

  void drop_sentrons() {
    for (auto i = static_cast<std::uint32_t>(now().sentrons.size()); i-- > 0;) {
      attempt([i](Program& p) {
        remove_sentron(p, i);
        remove_unused_streams(p);
      });
    }
  }

  // Ever smaller chunks, from the end.
  void drop_words() {
    for (std::size_t s = 0; s < now().streams.size(); ++s) {
      const auto words = static_cast<std::uint32_t>(now().streams[s].words.size());
      for (std::uint32_t chunk = std::max(1U, words); chunk >= 1; chunk /= 2) {
        for (auto end = static_cast<std::uint32_t>(now().streams[s].words.size()); end > 0;) {
          const std::uint32_t first = end > chunk ? end - chunk : 0;
          attempt([=](Program& p) { remove_words(p.streams[s], first, end); });
          end = first;
        }
      }
    }
  }

  void drop_loops() {
    for (std::size_t s = 0; s < now().streams.size(); ++s) {
      for (std::size_t i = now().streams[s].loops.size(); i-- > 0;) {
        const auto at = static_cast<std::ptrdiff_t>(i);
        if (attempt([=](Program& p) { p.streams[s].loops.erase(p.streams[s].loops.begin() + at); })) continue;
        while (now().streams[s].loops[i].count > 1 && attempt([=](Program& p) { p.streams[s].loops[i].count /= 2; })) {
        }
        while (now().streams[s].loops[i].count > 1 && attempt([=](Program& p) { --p.streams[s].loops[i].count; })) {
        }
      }
    }
  }

  void drop_slots() {
    for_each_word([this](std::size_t s, std::size_t w) {
      for (const Pipe pipe : kPipes) {
        if (isa::is_nop(isa::op_of(now().streams[s].words[w].slot(pipe)))) continue;
        attempt([=](Program& p) { clear_slot(p.streams[s].words[w], pipe); });
      }
    });
  }

  void drop_groups() {
    for (auto i = static_cast<unsigned>(now().groups.size()); i-- > 0;) {
      attempt([i](Program& p) { remove_group(p, i); });
    }
  }

  void drop_memory() {
    attempt([](Program& p) { p.memory.clear(); });
    std::vector<isa::Coordinate> addresses;
    for (const auto& [at, cell] : now().memory) addresses.push_back(at);
    for (const isa::Coordinate& at : addresses) attempt([&](Program& p) { p.memory.erase(at); });
    for (const auto& [at, cell] : std::map(now().memory)) {
      for (std::size_t lane = 0; lane < 8; ++lane) {
        if (cell.lane[lane] != 0) attempt([&, &where = at](Program& p) { p.memory[where].lane[lane] = 0; });
      }
    }
  }

  // Coordinates that are used stay where several sentrons run: at zero they would all write to one place.
  void drop_initial_values() {
    for (std::size_t s = 0; s < now().sentrons.size(); ++s) {
      const auto change = [&](auto f) { return attempt([&](Program& p) { f(p.sentrons[s].initial); }); };
      if (!change([](isa::Registers& i) { i.r = {}; })) {
        for (std::size_t k = 0; k < isa::kIntRegisters; ++k) change([k](isa::Registers& i) { i.r[k] = 0; });
      }
      if (!change([](isa::Registers& i) { i.v = {}; })) {
        for (std::size_t k = 0; k < isa::kVectorRegisters; ++k) change([k](isa::Registers& i) { i.v[k] = {}; });
      }
      if (!change([](isa::Registers& i) { i.m = {}; })) {
        for (std::size_t k = 0; k < isa::kMessageRegisters; ++k) change([k](isa::Registers& i) { i.m[k] = {}; });
      }
      change([](isa::Registers& i) { i.cmp = 0; });
      for (std::size_t k = 0; k < isa::kMessageRegisters; ++k) {
        change([k](isa::Registers& i) { i.route[k] = isa::kNoSentron; });
        change([k](isa::Registers& i) { i.listen[k] = isa::kNoSentron; });
      }
      const bool alone = now().sentrons.size() == 1;
      for (std::size_t k = 0; k < isa::kCoordinateRegisters; ++k) {
        if (alone || !uses_coordinate(now().streams[now().sentrons[s].stream], k)) {
          change([k](isa::Registers& i) { i.p[k] = {}; });
        }
      }
    }
  }

  void simplify_words() {
    for_each_word([this](std::size_t s, std::size_t w) {
      const auto change = [&](auto f) { return attempt([&](Program& p) { f(p.streams[s].words[w]); }); };
      if (now().streams[s].words[w].imm != 0 && !change([](Siw& word) { word.imm = 0; })) {
        if (now().streams[s].words[w].imm != 1) change([](Siw& word) { word.imm = 1; });
      }
      const Slot& slot = now().streams[s].words[w].s;
      if (slot.lit != 0 && isa::form_info(slot).literal == LitKind::PostInc) change([](Siw& word) { word.s.lit = 0; });
    });
  }

  template <typename F>
  void for_each_word(F f) {
    for (std::size_t s = 0; s < now().streams.size(); ++s) {
      for (std::size_t w = now().streams[s].words.size(); w-- > 0;) f(s, w);
    }
  }

  const StillFails& still_fails_;
  std::uint64_t most_tries_;
  ShrinkResult result_;
};

std::uint64_t initial_values(const isa::Registers& registers) {
  const isa::Registers zero;
  std::uint64_t n = registers.cmp != 0 ? 1 : 0;
  for (std::size_t i = 0; i < isa::kIntRegisters; ++i) n += registers.r[i] != 0 ? 1 : 0;
  for (std::size_t i = 0; i < isa::kVectorRegisters; ++i) n += registers.v[i] != zero.v[i] ? 1 : 0;
  for (std::size_t i = 0; i < isa::kCoordinateRegisters; ++i) n += registers.p[i] != zero.p[i] ? 1 : 0;
  for (std::size_t i = 0; i < isa::kMessageRegisters; ++i) n += registers.m[i] != zero.m[i] ? 1 : 0;
  return n;
}

}  // namespace

ShrinkResult shrink(const Program& program, const StillFails& still_fails, std::uint64_t most_tries) {
  return Shrinker(program, still_fails, most_tries).run();
}

std::uint64_t size_of(const Program& program) {
  std::uint64_t n = program.sentrons.size() + program.groups.size() + program.memory.size();
  for (const Stream& s : program.streams) {
    n += s.words.size() + s.loops.size();
    for (const Siw& word : s.words) {
      for (const Pipe pipe : kPipes) n += isa::is_nop(isa::op_of(word.slot(pipe))) ? 0 : 1;
    }
  }
  for (const isa::SentronSpec& s : program.sentrons) n += initial_values(s.initial);
  return n;
}

}  // namespace vtpu::testbench
