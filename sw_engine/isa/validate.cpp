#include "isa/validate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <string_view>

#include "isa/names.hpp"

namespace vtpu::isa {
namespace {

constexpr std::size_t kMaxFindings = 200;

// Findings in input order; past the limit only the fact is kept.
class Findings {
 public:
  template <typename... Args>
  void add(const std::string& where, fmt::format_string<Args...> format, Args&&... args) {
    if (errors_.size() < kMaxFindings) {
      errors_.push_back({where, fmt::format(format, std::forward<Args>(args)...)});
    } else if (errors_.size() == kMaxFindings) {
      errors_.push_back({"", "further findings left out"});
    }
  }
  void add(const Errors& errors, const std::string& where) {
    for (const Error& e : errors) add(where, "{}", e.message);
  }
  [[nodiscard]] bool empty() const { return errors_.empty(); }
  [[nodiscard]] bool full() const { return errors_.size() > kMaxFindings; }
  [[nodiscard]] std::size_t size() const { return errors_.size(); }
  [[nodiscard]] Errors take() { return std::move(errors_); }

 private:
  Errors errors_;
};

// What the checks share: the program, the findings, how places are called.
struct Check {
  const Program& program;
  const PlaceName& place_name;
  Findings out;

  [[nodiscard]] std::string at(Place::Kind kind, std::size_t index, std::size_t inner = 0,
                               std::optional<Pipe> slot = {}) const {
    return place_name({kind, index, inner, slot});
  }
};

// ---- one slot ----

struct Range {
  unsigned registers = 0;  // values of the register field; 0: the whole byte is a plain number
  unsigned lanes = 1;      // values of the lane field, or of the plain number
};

// What an operand byte may hold.
Range range_of(OperandKind kind) {
  switch (kind) {
    case OperandKind::R: return {kIntRegisters, 1};
    case OperandKind::V: return {kVectorRegisters, 1};
    case OperandKind::P:
    case OperandKind::Addr: return {kCoordinateRegisters, 1};
    case OperandKind::M: return {kMessageRegisters, 1};
    case OperandKind::MLane: return {kMessageRegisters, 4};
    case OperandKind::VLane: return {kVectorRegisters, 8};
    case OperandKind::CellLane: return {0, 8};
    case OperandKind::CellLane32: return {0, 16};
    case OperandKind::Member: return {0, 256};
    case OperandKind::None:
    case OperandKind::Imm:
    case OperandKind::Coord: return {0, 1};
  }
  return {0, 1};
}

void check_operand(Findings& out, const std::string& where, const OpInfo& info, std::size_t i, OperandKind kind,
                   std::uint8_t f) {
  const Range range = range_of(kind);
  const bool good = range.registers == 0 ? f < range.lanes : reg_of(f) < range.registers && lane_of(f) < range.lanes;
  if (good) return;
  if (range.registers != 0) {
    out.add(where, "{}: operand {} is 0x{:02x}, expected a register 0..{} and a lane 0..{}", info.mnemonic, i, f,
            range.registers - 1, range.lanes - 1);
  } else if (range.lanes == 1) {
    out.add(where, "{}: operand byte {} is 0x{:02x}, expected zero (unused)", info.mnemonic, i, f);
  } else {
    out.add(where, "{}: operand {} is {}, expected 0..{}", info.mnemonic, i, f, range.lanes - 1);
  }
}

void check_post_inc(Findings& out, const std::string& where, const OpInfo& info, std::uint16_t lit) {
  const PostInc inc = post_inc_of(lit);
  if (inc.dimension >= kDimensions) {
    out.add(where, "{}: post-increment along dimension {}, expected 0..{}", info.mnemonic, inc.dimension,
            kDimensions - 1);
  } else if (inc.step == 0 && inc.dimension != 0) {
    out.add(where, "{}: post-increment of 0 along dimension {}, expected dimension 0 (none)", info.mnemonic,
            inc.dimension);
  }
}

// Number of values that a plain literal may have; 0: see check_literal.
unsigned literal_values(LitKind kind) {
  switch (kind) {
    case LitKind::None: return 1;
    case LitKind::Cond: return 8;
    case LitKind::RedOp: return 3;
    case LitKind::Dim: return kDimensions;
    case LitKind::Rotate: return 512;
    case LitKind::Shift64: return 64;
    case LitKind::Shift32: return 32;
    case LitKind::Level: return 4;
    case LitKind::Scope: return 4;
    case LitKind::Sentron: return kMaxSentrons;
    case LitKind::Group: return kMaxGroups;
    case LitKind::PostInc:
    case LitKind::GroupRed: return 0;
  }
  return 0;
}

bool is_float(Type type) { return type == Type::F64 || type == Type::F64x8 || type == Type::F32x16; }

void check_literal(Findings& out, const std::string& where, const OpInfo& info, const Form& form, const Slot& slot) {
  if (form.literal == LitKind::PostInc) return check_post_inc(out, where, info, slot.lit);
  if (form.literal == LitKind::GroupRed) {
    if (slot.lit >> 12U >= 3) {
      out.add(where, "{}: reduction {}, expected 0 (add), 1 (min) or 2 (max)", info.mnemonic, slot.lit >> 12U);
    }
    return;
  }
  const unsigned values = literal_values(form.literal);
  if (slot.lit >= values) {
    if (form.literal == LitKind::None) {
      out.add(where, "{}: literal is {}, expected zero (unused)", info.mnemonic, slot.lit);
    } else {
      out.add(where, "{}: literal is {}, expected 0..{}", info.mnemonic, slot.lit, values - 1);
    }
    return;
  }
  if (form.literal == LitKind::Cond && is_float(type_of(slot)) && slot.lit >= static_cast<unsigned>(Cond::Ltu)) {
    out.add(where, "{}: unsigned comparison .{} of type {}, expected an integer type", info.mnemonic,
            names_of(LitKind::Cond)[slot.lit], name_of(type_of(slot)));
  }
}

std::string types_of(const Form& form) {
  std::string text;
  for (int t = 0; t < kTypes; ++t) {
    const Type type = static_cast<Type>(t);
    if ((form.types & mask_of(type)) == 0) continue;
    if (!text.empty()) text += ", ";
    text += type == Type::None ? std::string("none") : std::string(name_of(type));
  }
  return text;
}

void check_slot(Findings& out, const Slot& slot, Pipe pipe, const std::string& where) {
  const OpInfo* info = find_op(slot.op);
  if (info == nullptr) return out.add(where, "no operation has the code 0x{:02x}", slot.op);
  if (info->pipe != pipe) {
    return out.add(where, "{} belongs to pipe {}, found in slot {}", info->mnemonic, name_of(info->pipe),
                   name_of(pipe));
  }
  if (form_of(slot) >= info->forms.size()) {
    return out.add(where, "{}: form {}, expected 0..{}", info->mnemonic, form_of(slot), info->forms.size() - 1);
  }
  const Form& form = info->forms[form_of(slot)];
  const unsigned type = slot.form_type & 0xFU;
  if (type >= kTypes || (form.types & mask_of(static_cast<Type>(type))) == 0) {
    return out.add(where, "{}: type code {} in form {}, expected {}", info->mnemonic, type, form_of(slot),
                   types_of(form));
  }
  for (std::size_t i = 0; i < kOperands; ++i) {
    check_operand(out, where, *info, i, form.operands[i].kind, slot.f[i]);
  }
  check_literal(out, where, *info, form, slot);
}

// ---- registers as one bit each ----

using RegisterMask = std::uint64_t;

constexpr std::array<unsigned, 8> kFileBase{0, 16, 32, 40, 44, 45, 49, 53};  // in the order of RegisterId::File

RegisterMask bit_of(const RegisterId& id) {
  return RegisterMask{1} << (kFileBase[static_cast<std::size_t>(id.file)] + id.index);
}

std::string name_of_bit(unsigned bit) {
  static constexpr std::array<const char*, 7> kNames{"r", "v", "p", "m", "sr.cmp", "the route of m", "the listen of m"};
  std::size_t file = 0;
  while (bit >= kFileBase[file + 1]) ++file;
  if (static_cast<RegisterId::File>(file) == RegisterId::File::Cmp) return kNames[file];
  return fmt::format("{}{}", kNames[file], bit - kFileBase[file]);
}

struct SlotMasks {
  RegisterMask touched = 0;
  RegisterMask written = 0;
};

SlotMasks masks_of(const Slot& slot) {
  const RegisterUse use = registers_of(slot);
  SlotMasks m;
  for (int i = 0; i < use.reads; ++i) m.touched |= bit_of(use.read[static_cast<std::size_t>(i)]);
  for (int i = 0; i < use.writes; ++i) m.written |= bit_of(use.written[static_cast<std::size_t>(i)]);
  m.touched |= m.written;
  return m;
}

struct WordMasks {
  SlotMasks d, s, c;
  explicit WordMasks(const Siw& word) : d(masks_of(word.d)), s(masks_of(word.s)), c(masks_of(word.c)) {}
};

std::uint16_t flags_between(const WordMasks& before, const WordMasks& word) {
  unsigned flags = 0;
  if ((word.d.touched & before.d.written) != 0) flags |= kDepDD;
  if ((word.s.touched & before.s.written) != 0) flags |= kDepSS;
  if ((word.c.touched & before.c.written) != 0) flags |= kDepCC;
  if ((word.d.touched & before.s.written) != 0) flags |= kDepDS;
  if ((word.s.touched & before.d.written) != 0) flags |= kDepSD;
  if ((word.c.touched & before.d.written) != 0) flags |= kDepCD;
  return static_cast<std::uint16_t>(flags);
}

// The flags of every word. Linear in words and loops.
std::vector<std::uint16_t> all_dependency_flags(const Stream& stream) {
  std::vector<std::uint16_t> flags(stream.words.size(), 0);
  for (std::size_t i = 1; i < stream.words.size(); ++i) {
    flags[i] = flags_between(WordMasks(stream.words[i - 1]), WordMasks(stream.words[i]));
  }
  for (const Loop& loop : stream.loops) {
    flags[loop.first] |= flags_between(WordMasks(stream.words[loop.last]), WordMasks(stream.words[loop.first]));
  }
  return flags;
}

// ---- one word ----

// A register bit that two slots of the word, or one slot twice, write.
RegisterMask written_twice(const Siw& word) {
  RegisterMask once = 0;
  RegisterMask twice = 0;
  for (const Slot* slot : {&word.d, &word.s, &word.c}) {
    const RegisterUse use = registers_of(*slot);
    for (int i = 0; i < use.writes; ++i) {
      const RegisterMask bit = bit_of(use.written[static_cast<std::size_t>(i)]);
      twice |= once & bit;
      once |= bit;
    }
  }
  return twice;
}

// `where(slot)` names the place of a finding.
template <typename WhereOf>
void check_word(Findings& out, const Siw& word, const WhereOf& where) {
  bool decodable = true;
  for (const Pipe pipe : {Pipe::D, Pipe::S, Pipe::C}) {
    Findings found;
    check_slot(found, word.slot(pipe), pipe, "");
    if (found.empty()) continue;
    decodable = false;
    out.add(found.take(), where(pipe));
  }
  const bool reserved = word.reserved1 != 0 || std::any_of(word.reserved0.begin(), word.reserved0.end(),
                                                           [](std::uint8_t byte) { return byte != 0; });
  if (reserved) out.add(where({}), "reserved bits are not zero");
  if (!decodable) return;
  const auto any_slot = [&](auto f) { return f(word.d) || f(word.s) || f(word.c); };
  if (word.imm != 0 && !any_slot(uses_imm)) {
    out.add(where({}), "immediate is 0x{:x} although no slot uses it, expected zero", word.imm);
  }
  if (word.coord() != Coordinate{} && !any_slot(uses_coord)) {
    out.add(where({}), "coordinate is {} although no slot uses it, expected zero", to_string(word.coord()));
  }
  if (const RegisterMask twice = written_twice(word); twice != 0) {
    out.add(where({}), "two writes to {} in one word", name_of_bit(static_cast<unsigned>(__builtin_ctzll(twice))));
  }
}

// ---- loops ----

bool before(const Loop& a, const Loop& b) { return a.first != b.first ? a.first < b.first : a.last > b.last; }

// True when every loop lies inside the words, so that words can be looked up by them.
bool check_loops(Check& check, std::size_t stream_index) {
  const Stream& stream = check.program.streams[stream_index];
  Findings& out = check.out;
  bool good = true;
  std::vector<Loop> open;
  for (std::size_t i = 0; i < stream.loops.size(); ++i) {
    const Loop& loop = stream.loops[i];
    const std::string where = check.at(Place::Kind::Loop, stream_index, i);
    if (loop.count == 0 || loop.count > kMaxLoopCount) {
      out.add(where, "count is {}, expected 1..{}", loop.count, kMaxLoopCount);
    }
    if (loop.first > loop.last || loop.last >= stream.words.size()) {
      out.add(where, "words {}..{}, expected a range inside the stream's {} words", loop.first, loop.last,
              stream.words.size());
      good = false;
      continue;
    }
    if (i > 0 && before(loop, stream.loops[i - 1])) {
      out.add(where, "listed after the loop over words {}..{}, expected outer before inner, then by first word",
              stream.loops[i - 1].first, stream.loops[i - 1].last);
      return false;
    }
    while (!open.empty() && open.back().last < loop.first) open.pop_back();
    if (!open.empty() && open.back().last < loop.last) {
      out.add(where, "words {}..{} overlap the loop over words {}..{}, expected one inside the other", loop.first,
              loop.last, open.back().first, open.back().last);
      return false;
    }
    open.push_back(loop);
    if (open.size() > kMaxLoopDepth) {
      out.add(where, "nested {} deep, expected at most {}", open.size(), kMaxLoopDepth);
      return false;
    }
  }
  return good;
}

// ---- references of streams to sentrons and groups ----

void check_references(Check& check, std::size_t stream_index, std::size_t index, std::set<std::uint32_t>& groups_used) {
  const Program& program = check.program;
  const Slot& slot = program.streams[stream_index].words[index].c;
  if (is_nop(op_of(slot))) return;
  const OpInfo& info = info_of(op_of(slot));
  const LitKind kind = form_info(slot).literal;
  const auto where = [&] { return check.at(Place::Kind::Word, stream_index, index, Pipe::C); };
  if (kind == LitKind::Sentron && slot.lit >= program.sentrons.size()) {
    check.out.add(where(), "{}: sentron {}, but the program has {}", info.mnemonic, slot.lit, program.sentrons.size());
  }
  if (kind != LitKind::Group && kind != LitKind::GroupRed) return;
  const unsigned group = kind == LitKind::Group ? slot.lit : group_of(slot.lit);
  if (group >= program.groups.size()) {
    check.out.add(where(), "{}: group {}, but the program has {}", info.mnemonic, group, program.groups.size());
    return;
  }
  groups_used.insert(group);
  if (info.op == Op::CCAST && slot.f[1] >= program.groups[group].members.size()) {
    check.out.add(where(), "ccast: member {} of group {}, which has {} members", slot.f[1], program.groups[group].name,
                  program.groups[group].members.size());
  }
}

void check_stream(Check& check, std::size_t stream_index, std::set<std::uint32_t>& groups_used) {
  const Stream& stream = check.program.streams[stream_index];
  const std::size_t findings_before = check.out.size();
  for (std::size_t i = 0; i < stream.words.size() && !check.out.full(); ++i) {
    check_word(check.out, stream.words[i],
               [&](std::optional<Pipe> slot) { return check.at(Place::Kind::Word, stream_index, i, slot); });
  }
  const bool loops_good = check_loops(check, stream_index);
  if (!loops_good || check.out.size() != findings_before) return;  // what follows reads words and loops as valid ones
  for (std::size_t i = 0; i < stream.words.size() && !check.out.full(); ++i) {
    check_references(check, stream_index, i, groups_used);
  }
  const std::vector<std::uint16_t> flags = all_dependency_flags(stream);
  for (std::size_t i = 0; i < stream.words.size(); ++i) {
    if (stream.words[i].dep_flags == flags[i]) continue;
    check.out.add(check.at(Place::Kind::Word, stream_index, i), "dependency flags are 0x{:02x}, expected 0x{:02x}",
                  stream.words[i].dep_flags, flags[i]);
  }
}

// ---- names ----

// For messages about names that may hold anything.
std::string shown(const std::string& name) {
  std::string text;
  for (const char c : name.substr(0, kMaxNameLength)) text += c >= ' ' && c < 0x7F ? c : '?';
  return text;
}

class Names {
 public:
  Names(Check& check, Place::Kind kind) : check_(check), kind_(kind) {}
  // `reserved`: names of this shape mean a number in the assembly language and may only be that number.
  void add(const std::string& name, std::size_t index, char reserved = '\0') {
    const auto where = [&] { return check_.at(kind_, index); };
    if (!is_name(name)) {
      return check_.out.add(where(), "name '{}', expected 1..{} letters, digits and underscores, no digit first",
                            shown(name), kMaxNameLength);
    }
    const auto number = reserved != '\0' ? numbered(name, reserved) : std::nullopt;
    if (number && *number != index) {
      return check_.out.add(where(), "name '{}' means number {}, but this is number {}", name, *number, index);
    }
    if (!seen_.insert(name).second) check_.out.add(where(), "name '{}' is given twice", name);
  }

 private:
  Check& check_;
  Place::Kind kind_;
  std::set<std::string_view> seen_;
};

void check_names(Check& check) {
  const Program& program = check.program;
  if (!program.name.empty() && !is_name(program.name)) {
    check.out.add(check.at(Place::Kind::Program, 0),
                  "name '{}', expected at most {} letters, digits and underscores, no digit first", shown(program.name),
                  kMaxNameLength);
  }
  Names streams(check, Place::Kind::Stream);
  for (std::size_t i = 0; i < program.streams.size(); ++i) streams.add(program.streams[i].name, i);
  Names sentrons(check, Place::Kind::Sentron);
  for (std::size_t i = 0; i < program.sentrons.size(); ++i) {
    const std::string& name = program.sentrons[i].name;
    sentrons.add(name, i, 's');
    if (numbered(name, 'r')) {
      check.out.add(check.at(Place::Kind::Sentron, i), "name '{}' is that of a register, expected another one", name);
    }
  }
  Names groups(check, Place::Kind::Group);
  for (std::size_t i = 0; i < program.groups.size(); ++i) groups.add(program.groups[i].name, i, 'g');
  Names coordinates(check, Place::Kind::Coordinate);
  std::size_t index = 0;
  for (const auto& [name, at] : program.coordinates) coordinates.add(name, index++);
}

// ---- sentrons and groups ----

void check_sentrons(Check& check) {
  const Program& program = check.program;
  Findings& out = check.out;
  const auto n = static_cast<std::int64_t>(program.sentrons.size());
  if (n == 0) out.add(check.at(Place::Kind::Program, 0), "no sentron, expected at least one");
  for (std::size_t k = 0; k < program.sentrons.size(); ++k) {
    const SentronSpec& sentron = program.sentrons[k];
    const auto where = [&] { return check.at(Place::Kind::Sentron, k); };
    if (sentron.stream >= program.streams.size()) {
      out.add(where(), "stream {}, but the program has {}", sentron.stream, program.streams.size());
    }
    for (std::size_t i = 0; i < kMessageRegisters; ++i) {
      const auto bad = [n](std::int32_t number) { return number < kNoSentron || number >= n; };
      if (bad(sentron.initial.route[i])) {
        out.add(where(), "route{} is sentron {}, but the program has {}", i, sentron.initial.route[i], n);
      }
      if (bad(sentron.initial.listen[i])) {
        out.add(where(), "listen{} is sentron {}, but the program has {}", i, sentron.initial.listen[i], n);
      }
    }
  }
}

void check_groups(Check& check) {
  const Program& program = check.program;
  Findings& out = check.out;
  for (std::size_t g = 0; g < program.groups.size(); ++g) {
    const Group& group = program.groups[g];
    const auto where = [&] { return check.at(Place::Kind::Group, g); };
    if (group.members.empty()) {
      out.add(where(), "no member, expected at least one");
      continue;
    }
    for (std::size_t i = 0; i < group.members.size(); ++i) {
      if (group.members[i] >= program.sentrons.size()) {
        out.add(where(), "member {} is sentron {}, but the program has {}", i, group.members[i],
                program.sentrons.size());
        break;
      }
      if (i > 0 && group.members[i] <= group.members[i - 1]) {
        out.add(where(), "member {} is sentron {} after sentron {}, expected ascending numbers", i, group.members[i],
                group.members[i - 1]);
        break;
      }
    }
  }
}

// Whoever runs a stream that waits in a group must be a member, or the others would wait for ever.
void check_membership(Check& check, const std::vector<std::set<std::uint32_t>>& used) {
  const Program& program = check.program;
  Findings& out = check.out;
  std::vector<std::size_t> runners(program.streams.size(), 0);
  for (const SentronSpec& s : program.sentrons) ++runners[s.stream];
  std::vector<std::vector<std::uint32_t>> streams_of_group(program.groups.size());
  for (std::uint32_t s = 0; s < used.size(); ++s) {
    for (const std::uint32_t g : used[s]) streams_of_group[g].push_back(s);
  }
  for (std::size_t g = 0; g < program.groups.size() && !out.full(); ++g) {
    const Group& group = program.groups[g];
    std::map<std::uint32_t, std::size_t> members;  // by stream
    for (const std::uint32_t m : group.members) ++members[program.sentrons[m].stream];
    for (const std::uint32_t s : streams_of_group[g]) {
      if (members[s] == runners[s]) continue;
      const auto outsider = [&] {
        for (std::uint32_t n = 0;; ++n) {
          if (program.sentrons[n].stream == s && !std::binary_search(group.members.begin(), group.members.end(), n)) {
            return n;
          }
        }
      }();
      out.add(check.at(Place::Kind::Stream, s), "uses group {}, but sentron {}, which runs it, is no member",
              group.name, program.sentrons[outsider].name);
      if (out.full()) return;
    }
  }
}

bool check_limits(Check& check) {
  const Program& program = check.program;
  const auto limit = [&](const char* what, std::size_t found, std::size_t most) {
    if (found > most) check.out.add(check.at(Place::Kind::Program, 0), "{} {}, expected at most {}", found, what, most);
  };
  limit("streams", program.streams.size(), kMaxStreams);
  limit("sentrons", program.sentrons.size(), kMaxSentrons);
  limit("groups", program.groups.size(), kMaxGroups);
  limit("named coordinates", program.coordinates.size(), kMaxCoordinates);
  limit("cells of initial memory", program.memory.size(), kMaxCells);
  std::size_t words = 0;
  for (const Stream& s : program.streams) words += s.words.size();
  limit("words", words, kMaxWords);
  std::size_t members = 0;
  for (const Group& g : program.groups) members += g.members.size();
  limit("members in groups", members, kMaxGroupMembers);
  return check.out.empty();
}

}  // namespace

std::string default_place_name(const Program& program, const Place& place) {
  switch (place.kind) {
    case Place::Kind::Program: return "program";
    case Place::Kind::Stream: return "stream " + shown(program.streams[place.index].name);
    case Place::Kind::Word: {
      const std::string word = fmt::format("stream {} word {}", shown(program.streams[place.index].name), place.inner);
      return place.slot ? fmt::format("{} slot {}", word, name_of(*place.slot)) : word;
    }
    case Place::Kind::Loop:
      return fmt::format("stream {} loop {}", shown(program.streams[place.index].name), place.inner);
    case Place::Kind::Sentron: return "sentron " + shown(program.sentrons[place.index].name);
    case Place::Kind::Group: return "group " + shown(program.groups[place.index].name);
    case Place::Kind::Coordinate: return fmt::format("named coordinate {}", place.index);
    case Place::Kind::Memory: return fmt::format("memory cell {}", place.index);
  }
  throw std::out_of_range("place");
}

Errors validate(const Program& program, const PlaceName& place_name) {
  const PlaceName by_default = [&](const Place& place) { return default_place_name(program, place); };
  Check check{program, place_name ? place_name : by_default, {}};
  if (!check_limits(check)) return check.out.take();
  check_names(check);
  check_sentrons(check);
  check_groups(check);
  const bool references_good = check.out.empty();
  std::vector<std::set<std::uint32_t>> groups_used(program.streams.size());
  for (std::size_t i = 0; i < program.streams.size() && !check.out.full(); ++i) check_stream(check, i, groups_used[i]);
  if (references_good) check_membership(check, groups_used);
  std::size_t index = 0;
  for (const auto& [at, cell] : program.memory) {
    if (get_flags(at) != 0) {
      check.out.add(check.at(Place::Kind::Memory, index), "address {} has flags, expected none", to_string(at));
    }
    ++index;
  }
  return check.out.take();
}

Errors validate_slot(const Slot& slot, Pipe pipe, const std::string& where) {
  Findings out;
  check_slot(out, slot, pipe, where);
  return out.take();
}

Errors validate_word(const Siw& word, const std::string& where) {
  Findings out;
  check_word(out, word,
             [&](std::optional<Pipe> slot) { return slot ? fmt::format("{} slot {}", where, name_of(*slot)) : where; });
  return out.take();
}

std::uint16_t dependency_flags(const Stream& stream, std::size_t index) {
  const WordMasks word(stream.words.at(index));
  unsigned flags = index > 0 ? flags_between(WordMasks(stream.words[index - 1]), word) : 0U;
  for (const Loop& loop : stream.loops) {
    if (loop.first == index) flags |= flags_between(WordMasks(stream.words.at(loop.last)), word);
  }
  return static_cast<std::uint16_t>(flags);
}

void compute_dependency_flags(Stream& stream) {
  const std::vector<std::uint16_t> flags = all_dependency_flags(stream);
  for (std::size_t i = 0; i < flags.size(); ++i) stream.words[i].dep_flags = flags[i];
}

}  // namespace vtpu::isa
