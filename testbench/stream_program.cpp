// The program of a stream's description: an inner loop over the body, around it the walks through further pages, around
// both as many rounds as the number of operations asks for.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "isa/validate.hpp"
#include "testbench/random.hpp"
#include "testbench/random_word.hpp"
#include "testbench/stream_operation.hpp"
#include "testbench/stream_spec.hpp"

namespace vtpu::testbench {
namespace {

using isa::Access;
using isa::LitKind;
using isa::Op;
using isa::OperandKind;
using isa::Pipe;
using isa::Type;

// Registers by role, in both files: results 0..7, constants 8..11, loaded values 12..15. Vector results and constants
// are kept apart by what they hold, so that no floating-point operation meets other bits as a denormal number, for
// which some cores take a hundred cycles: v0..v3 and v8, v9 integers, v4, v5 and v10 f32, v6, v7 and v11 f64.
constexpr unsigned kLoaded = 12;
constexpr unsigned kFew = 4;
constexpr unsigned kLoadPs = 3;  // p0..p2 are read along, p3 is written along
constexpr unsigned kStoreP = 3;
constexpr unsigned kPs = 4;

constexpr unsigned kWalkStart = 8;  // along dimension 0, which has 2048 places
constexpr unsigned kStartsApart = 5;
// Each 16-bit half is 1.0 as bf16; the whole is 1.002 as f32 and 0.0079 as f64.
constexpr std::uint64_t kOnes = 0x3F803F803F803F80ULL;
constexpr std::uint64_t kOne = 0x3FF0000000000000ULL;  // as f64

enum class File : std::uint8_t { R, VInteger, VFloat, VDouble };
constexpr std::size_t kFiles = 4;
// First register and number of results and of constants by file.
struct Range {
  unsigned first = 0;
  unsigned count = 0;
};
constexpr std::array<Range, kFiles> kResultRange{{{0, 8}, {0, 4}, {4, 2}, {6, 2}}};
constexpr std::array<Range, kFiles> kConstantRange{{{8, 4}, {8, 2}, {10, 1}, {11, 1}}};

std::uint8_t byte(std::uint64_t value) { return static_cast<std::uint8_t>(value); }

bool is_float(const StreamOperation& o) {
  if (o.op == Op::DMOV) return false;  // moves carry anything
  return o.type == Type::F64 || o.type == Type::F64x8 || o.type == Type::F32x16 || o.type == Type::BF16;
}

File vector_file(const StreamOperation& o) {
  if (!is_float(o)) return File::VInteger;
  return o.type == Type::F32x16 || o.type == Type::BF16 ? File::VFloat : File::VDouble;
}

// How often one pass uses each coordinate register, and how that fills a walk.
struct Walk {
  std::array<unsigned, kPs> uses{};
  unsigned most = 0;    // uses of one register in a pass
  unsigned passes = 1;  // of the body in one walk
  bool resets = false;  // a single pass is longer than a walk: registers are set again inside of it
  unsigned step = 1;    // cells
};

Walk walk_of(const StreamSpec& spec) {
  Walk walk;
  walk.step = static_cast<unsigned>(std::abs(spec.stride_cells));
  unsigned loads = 0;
  for (unsigned copy = 0; copy < spec.copies; ++copy) {
    for (const std::string& name : spec.operations) {
      const StreamOperation& o = *find_stream_operation(name);
      if (o.cls == StreamClass::Store) ++walk.uses[kStoreP];
      if (o.cls == StreamClass::Load) ++walk.uses[spec.reload ? kStoreP : loads++ % kLoadPs];
    }
  }
  walk.most = *std::max_element(walk.uses.begin(), walk.uses.end());
  if (walk.step == 0 || walk.most == 0) return walk;
  walk.resets = walk.most * walk.step > spec.walk_cells;
  walk.passes = walk.resets ? 1 : spec.walk_cells / (walk.most * walk.step);
  return walk;
}

class StreamWriter {
 public:
  explicit StreamWriter(const StreamSpec& spec)
      : spec_(spec), random_(spec.seed ^ 0x4143435552414359ULL), walk_(walk_of(spec)) {}

  isa::Program write() {
    for (unsigned copy = 0; copy < spec_.copies; ++copy) {
      for (const std::string& name : spec_.operations) add(*find_stream_operation(name));
    }
    flush();
    isa::Program program;
    program.name = spec_.name;
    isa::Stream& stream = program.streams.emplace_back();
    stream.name = "main";
    if (walk_.step == 0 || walk_.most == 0) {
      stay_in_place(stream);
    } else {
      walk(stream);
    }
    isa::compute_dependency_flags(stream);
    program.sentrons.push_back({"t0", 0, initial_registers()});
    return program;
  }

 private:
  // ---- loops ----

  [[nodiscard]] std::uint64_t rounds(std::uint64_t passes_in_a_round) const {
    const std::uint64_t operations = passes_in_a_round * spec_.operations.size() * spec_.copies;
    return std::max<std::uint64_t>(1, (spec_.least_operations + operations - 1) / operations);
  }

  [[nodiscard]] isa::Siw set_p(unsigned p) const {
    isa::Dimensions d;
    d.fill(1);
    const unsigned start = kWalkStart + (spec_.aligned ? 0 : kStartsApart * p);
    d[0] = static_cast<std::uint16_t>(spec_.stride_cells < 0 ? 2047 - start : start);
    d[2] = static_cast<std::uint16_t>(10 + p);
    isa::Siw word;
    word.s = make_slot(Op::SSETP, 0, Type::None, {byte(p)});
    word.set_coord(isa::from_dimensions(d));
    return word;
  }

  static isa::Siw step_p(unsigned p, int dimension, std::int64_t by) {
    isa::Siw word;
    word.s = make_slot(Op::SINDEX, 0, Type::None, {byte(p), byte(p)}, static_cast<std::uint16_t>(dimension));
    word.imm = static_cast<std::uint64_t>(by);
    return word;
  }

  void set_used(isa::Stream& stream) const {
    for (unsigned p = 0; p < kPs; ++p) {
      if (walk_.uses[p] != 0) stream.words.push_back(set_p(p));
    }
  }

  void stay_in_place(isa::Stream& stream) {
    set_used(stream);
    const auto first = static_cast<std::uint32_t>(stream.words.size());
    stream.words.insert(stream.words.end(), body_.begin(), body_.end());
    stream.loops = {{first, static_cast<std::uint32_t>(stream.words.size() - 1), rounds(1)}};
  }

  void walk(isa::Stream& stream) {
    set_used(stream);
    const auto first = static_cast<std::uint32_t>(stream.words.size());
    stream.words.insert(stream.words.end(), body_.begin(), body_.end());
    const auto body_end = static_cast<std::uint32_t>(stream.words.size() - 1);
    if (spec_.pages > 1) to_next_page(stream);
    const auto last = static_cast<std::uint32_t>(stream.words.size() - 1);
    stream.loops.push_back({0, last, rounds(std::uint64_t{walk_.passes} * spec_.pages)});
    if (spec_.pages > 1) stream.loops.push_back({first, last, spec_.pages});
    stream.loops.push_back({first, body_end, walk_.passes});
  }

  // Back to the start along dimension 0, on along dimension 1.
  void to_next_page(isa::Stream& stream) const {
    for (unsigned p = 0; p < kPs; ++p) {
      if (walk_.uses[p] == 0) continue;
      const std::int64_t gone =
          walk_.resets ? position_[p] : std::int64_t{walk_.passes} * moves_[p] * spec_.stride_cells;
      if (gone != 0) stream.words.push_back(step_p(p, 0, -gone));
      stream.words.push_back(step_p(p, 1, 1));
    }
  }

  // ---- words ----

  void flush() {
    if (!empty_) body_.push_back(word_);
    word_ = isa::Siw{};
    empty_ = true;
  }

  void add(const StreamOperation& o) {
    const Pipe pipe = isa::info_of(o.op).pipe;
    if (!isa::is_nop(isa::op_of(word_.slot(pipe)))) flush();
    isa::Slot slot = make_slot(o.op, o.form, o.type);
    const isa::Form& form = isa::info_of(o.op).forms[o.form];
    if (pipe == Pipe::D) begin_chain(o, form);
    reads_ = 0;
    // Of a fused multiply-add any operand; the pairs of bf16 are only ever constants.
    chain_read_ = o.op != Op::DFMA ? 0 : o.type == Type::BF16 ? 2 : static_cast<unsigned>(random_.below(3));
    for (std::size_t i = 0; i < isa::kOperands; ++i) slot.f[i] = operand(o, form.operands[i]);
    slot.lit = literal(o, form.literal);
    word_.slot(pipe) = slot;
    empty_ = false;
  }

  // Which register the D operation writes, and which one its chain goes on from.
  void begin_chain(const StreamOperation& o, const isa::Form& form) {
    if (form.operands[0].kind == OperandKind::R && form.operands[0].access != Access::Read)
      file_ = File::R;
    else
      file_ = vector_file(o);
    Chain& chain = chains_[static_cast<std::size_t>(file_)];
    if (chain.left == 0) {
      chain.left = spec_.depth;
      chain.at = (chain.at + 1) % results_of(file_);
      chain.starts = !spec_.carried;
    }
    --chain.left;
    written_ = first_of(file_) + chain.at;
    from_ = chain.starts ? constant(file_) : written_;
    chain.starts = false;
  }

  [[nodiscard]] unsigned results_of(File file) const {
    return std::min(spec_.results, kResultRange[static_cast<std::size_t>(file)].count);
  }
  static unsigned first_of(File file) { return kResultRange[static_cast<std::size_t>(file)].first; }
  unsigned constant(File file) {
    const Range& range = kConstantRange[static_cast<std::size_t>(file)];
    return range.first + static_cast<unsigned>(random_.below(range.count));
  }

  std::uint8_t operand(const StreamOperation& o, const isa::OperandSpec& spec) {
    switch (spec.kind) {
      case OperandKind::R: return byte(reg(o, spec, File::R));
      case OperandKind::V: return byte(reg(o, spec, vector_file(o)));
      case OperandKind::VLane: return byte(reg(o, spec, File::VInteger) | random_.below(8) << 4U);
      case OperandKind::M: return byte(random_.below(isa::kMessageRegisters));
      case OperandKind::MLane: return byte(random_.below(isa::kMessageRegisters) | random_.below(4) << 4U);
      case OperandKind::Addr: return byte(address(o));
      case OperandKind::CellLane: return byte(spec_.reload ? 0 : random_.below(8));
      case OperandKind::CellLane32: return byte(spec_.reload ? 0 : random_.below(16));
      case OperandKind::Imm: set_immediate(o); return 0;
      default: return 0;
    }
  }

  // One for all slots of a word; that of a floating-point operation is what it is for.
  void set_immediate(const StreamOperation& o) {
    if (is_float(o)) word_.imm = vector_file(o) == File::VDouble ? kOne : kOnes;
    if (word_.imm == 0) word_.imm = 1 + random_.below(100);
  }

  unsigned reg(const StreamOperation& o, const isa::OperandSpec& spec, File file) {
    const Pipe pipe = isa::info_of(o.op).pipe;
    if (spec.access != Access::Read) {
      return pipe == Pipe::D ? written_ : kLoaded + static_cast<unsigned>(random_.below(kFew));
    }
    if (pipe != Pipe::D) return other_source(file);
    // f32x16 from an integer register takes a constant, whose bits are a float.
    if (file == File::R && is_float(o)) return constant(File::R);
    if (file == file_ && reads_++ == chain_read_) return from_;
    const bool pairs = o.type == Type::BF16;
    if (!pairs && random_.chance(spec_.loaded_share)) return kLoaded + static_cast<unsigned>(random_.below(kFew));
    if (file != file_) return other_source(file);
    return constant(file);
  }

  // What is stored, packed or moved to the other file: a constant or a result. Stored cells that are read again hold
  // only constants.
  unsigned other_source(File file) {
    if (spec_.reload || random_.chance(0.5)) return constant(file);
    return first_of(file) + static_cast<unsigned>(random_.below(results_of(file)));
  }

  // The coordinate register of an access, whose walk goes on by one step.
  unsigned address(const StreamOperation& o) {
    const bool store = o.cls == StreamClass::Store;
    const unsigned p = store || spec_.reload ? kStoreP : loads_++ % kLoadPs;
    step_ = store && spec_.reload ? 0 : spec_.stride_cells;
    if (isa::info_of(o.op).forms[o.form].literal != LitKind::PostInc) step_ = 0;
    if (walk_.resets && std::abs(position_[p] + step_) > static_cast<int>(spec_.walk_cells)) {
      body_.push_back(set_p(p));
      position_[p] = 0;
    }
    position_[p] += step_;
    if (step_ != 0) ++moves_[p];
    return p;
  }

  std::uint16_t literal(const StreamOperation& o, LitKind kind) {
    switch (kind) {
      case LitKind::Cond:
        return static_cast<std::uint16_t>(random_.below(is_float(o) ? 6 : o.type == Type::I64 ? 8 : 6));
      case LitKind::RedOp: return static_cast<std::uint16_t>(random_.below(3));
      case LitKind::PostInc: return isa::make_post_inc({0, step_});
      case LitKind::Rotate: return static_cast<std::uint16_t>(1 + random_.below(511));
      case LitKind::Shift64: return static_cast<std::uint16_t>(1 + random_.below(63));
      case LitKind::Shift32: return static_cast<std::uint16_t>(1 + random_.below(31));
      default: return 0;
    }
  }

  isa::Registers initial_registers() {
    isa::Registers registers;
    for (unsigned i = 0; i < 16; ++i) {
      registers.r[i] = kOnes + random_.below(64);
      std::uint64_t value = random_.next();
      if (i == 4 || i == 5 || i == 10) value = kOnes;
      if (i == 6 || i == 7 || i == 11) value = kOne;
      registers.v[i].lane.fill(i >= kLoaded ? 0 : value);
    }
    return registers;
  }

  struct Chain {
    unsigned left = 0;
    unsigned at = 0;
    bool starts = true;
  };

  const StreamSpec& spec_;
  Random random_;
  Walk walk_;
  std::vector<isa::Siw> body_;
  isa::Siw word_;
  bool empty_ = true;
  std::array<Chain, kFiles> chains_{};
  File file_ = File::R;
  unsigned written_ = 0;
  unsigned from_ = 0;
  unsigned reads_ = 0;
  unsigned chain_read_ = 0;
  unsigned loads_ = 0;
  int step_ = 0;
  std::array<int, kPs> position_{};
  std::array<int, kPs> moves_{};
};

}  // namespace

isa::Program program_of(const StreamSpec& spec) { return StreamWriter(spec).write(); }

std::uint64_t footprint_bytes(const StreamSpec& spec) {
  const Walk walk = walk_of(spec);
  std::uint64_t cells = 0;
  for (const unsigned uses : walk.uses) {
    if (uses == 0) continue;
    if (walk.step == 0) {
      ++cells;
    } else {
      cells += std::min<std::uint64_t>(std::uint64_t{uses} * walk.passes, spec.walk_cells / walk.step) * spec.pages;
    }
  }
  return cells * sizeof(isa::Cell);
}

}  // namespace vtpu::testbench
