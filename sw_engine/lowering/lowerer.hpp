// The state of lowering one stream, shared by the files that lower its parts (private to this room).
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "lowering/context.hpp"
#include "lowering/coordinate_effect.hpp"
#include "lowering/emitter.hpp"
#include "lowering/lower.hpp"
#include "lowering/register_plan.hpp"

namespace vtpu::lowering {

// What is known of a coordinate register at a point of the code.
struct CoordinateState {
  enum class Kind : std::uint8_t {
    Memory,    // the context holds it, its value is not known
    Constant,  // `value`; the context holds it only where `stored`
    Pointer,   // hoisted: host register `pointer` plus 64 * position bytes is the address of its cell
    Dead,      // written before anything can see it
  };
  Kind kind = Kind::Memory;
  isa::Coordinate value;
  bool stored = true;
  unsigned pointer = 0;
  std::int64_t position = 0;
  bool stepped = false;  // Pointer: the context's value is behind by what the pointer has moved
};
using CoordinateStates = std::array<CoordinateState, isa::kCoordinateRegisters>;

// A host register that lives across words and its place in the context.
struct LiveRegister {
  HostReg reg;
  std::size_t offset = 0;
};

// All that code for the end of the stream must know about the place that it serves.
struct Place {
  CoordinateStates p;
  std::vector<LiveRegister> live;
};

// Offsets in the context.
namespace off {
[[nodiscard]] std::size_t r(unsigned i);
[[nodiscard]] std::size_t v(unsigned i);
[[nodiscard]] std::size_t p(unsigned i);  // lo; hi is 8 above
[[nodiscard]] std::size_t m(unsigned i);
inline constexpr std::size_t kCmp = offsetof(isa::Registers, cmp);
inline constexpr std::size_t kRedirect = offsetof(SentronContext, scratch);      // 64 bytes: an operand's old value
inline constexpr std::size_t kRotate = offsetof(SentronContext, scratch) + 128;  // 128 bytes: DHDPERM
inline constexpr std::size_t kDeferred = offsetof(SentronContext, spill) + 128;  // 64 bytes: a D result that waits
inline constexpr std::size_t kChunkSpill = offsetof(SentronContext, spill) + 120;
[[nodiscard]] std::size_t pointer(unsigned i);         // saved page pointer
[[nodiscard]] std::size_t pointer_origin(unsigned i);  // the pointer at which the context's coordinate is exact
[[nodiscard]] std::size_t loop(unsigned slot);
[[nodiscard]] std::size_t constant(std::size_t offset_in_constants);
}  // namespace off

enum class SaveAddress : bool { No, Yes };

class Lowerer {
 public:
  Lowerer(const isa::Stream& stream, const LowerOptions& options);
  // Lowers the whole stream with what the pass before has shown of its regions.
  // `repeat`: another pass is needed.
  [[nodiscard]] Lowered run(std::vector<RegionUse>& uses, bool& repeat);

 private:
  // ---- regions (lower.cpp) ----
  void lower_region(const Region& region, RegionUse& use, bool& repeat);
  void finish_stream();
  void collect_elided(Lowered& out) const;

  // ---- runtime_calls.cpp: leaving and entering, helpers, faults ----
  [[nodiscard]] Place here() const { return {p_, live_}; }
  void store_registers(const Place& place);  // all to the context; rax, rcx, rdx are free afterwards
  void load_registers(const Place& place);
  void store_coordinate(unsigned p, const isa::Coordinate& value);
  void settle(unsigned p);  // the context gets the register's value, hot code
  // The call (no argument: it is in rax), and the way out where it does not return 0 (`failed`: another way).
  // Precondition: everything is stored.
  void call(HelperId helper, std::optional<std::uint64_t> argument, HostRole role,
            std::optional<Label> failed = std::nullopt);
  // A complete call in hot code; resumable: the word may start again from `word_start`.
  void call_inline(HelperId helper, std::uint64_t argument, std::optional<Label> word_start);
  std::uint64_t new_resume_point(Label word_start, const Place& place);
  void jump_to_fault(std::optional<HostCond> cond, isa::Fault fault);

  // ---- loops (loop_plan.cpp decides, lower_loop.cpp emits) ----
  struct PointerWalk {                    // one iteration of a coordinate register that a pointer can follow
    std::vector<std::int64_t> accesses;   // positions along dimension 0 from the iteration's start
    std::vector<std::int64_t> positions;  // after each step
    std::int64_t delta = 0;               // of the iteration
  };
  struct PointerPlace {  // the cell is `cells` behind the one that host register `pointer` of the register plan names
    unsigned pointer = 0;
    std::int64_t cells = 0;
  };
  struct LoopPlan {
    std::vector<std::uint32_t> words;  // flat body
    bool full = false;                 // written out completely
    std::uint64_t copies = 1;
    std::vector<unsigned> pointers;    // p registers that pointers follow
    std::vector<PointerPlace> places;  // where each of them finds its cell
    bool strided = false;              // all pointers start at constant addresses and walk contiguous memory
    bool shared = false;               // several of `pointers` have one host register
    bool has_cold = false;             // the body may leave for the runtime
    unsigned translations = 0;         // accesses of one iteration that are looked up each time
  };
  struct Measure {
    std::size_t insts = 0;
    unsigned translations = 0;
    bool has_cold = false;
  };
  void lower_words(std::uint32_t first, std::uint32_t last, const std::vector<LoopNode>& loops, unsigned depth);
  void lower_loop(const LoopNode& node, unsigned depth);
  void lower_loop_kind(const LoopNode& node, unsigned depth);
  void know_constants(const LoopNode& node, const CoordinateStates& before);
  void lower_outer(const LoopNode& node, unsigned depth);
  void lower_flat(const LoopNode& node, const LoopPlan& plan, unsigned depth);
  void lower_counted(const LoopNode& node, const LoopPlan& plan, unsigned depth);
  void lower_hoisted(const LoopNode& node, const LoopPlan& plan, unsigned depth);
  void chunk_length(const LoopNode& node, const LoopPlan& plan, unsigned depth, Label generic);
  void chunk_pointers(const LoopNode& node, const LoopPlan& plan, Label generic);
  void chunk_body(const LoopNode& node, const LoopPlan& plan);
  void lower_copies(const LoopPlan& plan, std::uint64_t copies);
  void bump_pointers(const LoopPlan& plan);
  [[nodiscard]] LoopPlan plan_flat(const LoopNode& node);
  void plan_pointers(const LoopNode& node, LoopPlan& plan, bool may_share);
  void place_pointers(const std::vector<PointerWalk>& walks, LoopPlan& plan, bool may_share);
  [[nodiscard]] CoordinateStates pointed_states(const LoopNode& node, const LoopPlan& plan) const;
  [[nodiscard]] std::optional<PointerWalk> pointer_walk(const LoopNode& node, const LoopPlan& plan, unsigned p) const;
  [[nodiscard]] bool strided_addresses(const LoopNode& node, const PointerWalk& walk, unsigned p) const;
  [[nodiscard]] Measure measure(const LoopPlan& plan, const CoordinateStates& state);
  [[nodiscard]] CoordinateStates head_states(const LoopNode& node) const;
  [[nodiscard]] bool dead_at_head(const LoopNode& node, unsigned p) const;
  // Brings the states to those of the loop's head, which are equal in every iteration; `pointed`: registers left alone.
  void enter_loop(const LoopNode& node, const std::vector<unsigned>& pointed);
  void close_iteration(const LoopNode& node, const CoordinateStates& head);
  // The states after at least one iteration, whichever way out was taken.
  void leave_iterations(const LoopNode& node, const CoordinateStates& head);
  void count_down(unsigned slot, Label head);
  [[nodiscard]] std::size_t table_for(const PointerWalk& walk);
  void report(const LoopNode& node, LoopKind kind, std::uint64_t unroll, const std::string& why);
  [[nodiscard]] Operand counter(unsigned slot) const;
  void make_live(const Operand& place, std::size_t offset);

  // ---- one word (lower_word.cpp) ----
  void lower_word(std::uint32_t index);
  void lower_slots_in_order(const isa::Siw& word);
  void redirect_overwritten(const isa::Siw& word);
  [[nodiscard]] Operand r_source(unsigned i) const;
  [[nodiscard]] Operand r_target(unsigned i) const;
  [[nodiscard]] Operand v_source(unsigned i, unsigned part) const;
  [[nodiscard]] Operand v_target(unsigned i, unsigned part) const;
  [[nodiscard]] HostMem m_source(unsigned i, unsigned lane) const;
  void commit_deferred(const isa::Slot& d);

  // ---- D-pipe (lower_dense_scalar.cpp, lower_dense_vector.cpp, lower_hypervector.cpp) ----
  void lower_dense(const isa::Slot& slot, const isa::Siw& word);
  void lower_dense_vector(const isa::Slot& slot);
  [[nodiscard]] HostReg in_gpr(const Operand& o, HostReg temporary);
  void move_gpr(const Operand& dst, const Operand& src);
  void lower_integer(HostOp op, bool commutes, const Operand& d, Operand a, Operand b);
  void lower_integer_fma(const Operand& d, const Operand& a, const Operand& b, const Operand& c);
  void lower_integer_minmax(bool is_max, const Operand& d, const Operand& a, Operand b);
  void lower_shift(const isa::Slot& slot);
  void lower_integer_compare(isa::Cond cond, Operand a, Operand b);
  void lower_integer_select(const Operand& d, const Operand& a, const Operand& b);
  void lower_move(const isa::Slot& slot, const isa::Siw& word);
  void lower_extract(const Operand& d, unsigned v, unsigned lane);

  // Where the D result goes: to the register, or aside where it must wait.
  [[nodiscard]] Operand d_scalar(unsigned r) const {
    return deferred_ ? Operand(in_context(off::kDeferred)) : r_target(r);
  }
  [[nodiscard]] Operand d_vector(unsigned v, unsigned part) const {
    return deferred_ ? Operand(in_context(off::kDeferred + 32U * part)) : v_target(v, part);
  }
  [[nodiscard]] unsigned parts() const { return avx512() ? 1U : 2U; }
  [[nodiscard]] unsigned width() const { return avx512() ? 64U : 32U; }
  [[nodiscard]] bool avx512() const { return options_.isa == HostIsa::Avx512; }
  [[nodiscard]] HostReg vtemp(unsigned i) {
    if (!e_.in_cold()) found_.vector_temporaries = std::max(found_.vector_temporaries, i + 1);
    return vec(avx512() ? 16 + i : 15 - i);
  }
  [[nodiscard]] HostReg in_vec(const Operand& o, HostReg temporary, unsigned bytes = 0);
  [[nodiscard]] HostReg result_reg(const Operand& d, HostReg temporary) const { return d.is_reg() ? d.reg : temporary; }
  void keep_result(const Operand& d, HostReg from);
  void move_vec(const Operand& dst, const Operand& src);
  void zero_vec(const Operand& d);
  void zero_above_scalar(unsigned v);  // Avx2: the second half
  void lower_lanewise(HostOp op, unsigned vd, unsigned va, unsigned vb, bool commutes);
  void lower_lanewise(HostOp op, unsigned vd, unsigned va);
  void lower_scalar_binary(HostOp packed, HostOp scalar, const isa::Slot& slot);
  void lower_scalar_sqrt(const isa::Slot& slot);
  void lower_vector_fma(const isa::Slot& slot);
  void emit_fma(const std::array<HostOp, 3>& forms, unsigned bytes, const Operand& d, const Operand& a,
                const Operand& b, const Operand& c, HostReg mask);
  void lower_dot_bf16(const isa::Slot& slot);
  void lower_dot_i8(const isa::Slot& slot);
  void lower_vector_shift(const isa::Slot& slot);
  void lower_vector_compare(const isa::Slot& slot);
  void compare_avx512(const isa::Slot& slot);
  void compare_avx2(const isa::Slot& slot);
  void store_cmp(HostReg from);
  void load_cmp(HostReg to);
  void lower_vector_select(const isa::Slot& slot);
  void select_avx512(const isa::Slot& slot);
  void select_avx2(const isa::Slot& slot);
  void lower_scalar_select(const isa::Slot& slot);
  void lower_reduce(const isa::Slot& slot);
  void lower_broadcast(const isa::Slot& slot, const isa::Siw& word);
  void lower_convert(const isa::Slot& slot);
  void lower_hd_encode(const isa::Slot& slot);
  void lower_hd_bundle(const isa::Slot& slot);
  void lower_hd_permute(const isa::Slot& slot);
  void lower_hd_similarity(const isa::Slot& slot);

  // ---- S-pipe (lower_sparse.cpp, translation.cpp) ----
  struct Access {
    enum class Kind : std::uint8_t { None, Known, Pointer, Translated, Saved };
    Kind kind = Kind::None;
    std::uint64_t address = 0;  // Known
    HostMem mem;                // Pointer
  };
  // Checks, translation and faults of the S slot, no effects; false: the word faults always and is done.
  [[nodiscard]] bool prepare_sparse(const isa::Slot& slot, const isa::Siw& word, SaveAddress save);
  void lower_sparse(const isa::Slot& slot, const isa::Siw& word);
  void lower_load(const isa::Slot& slot, const HostMem& cell);
  void lower_store(const isa::Slot& slot, const HostMem& cell);
  void lower_dedup(const isa::Slot& slot, const HostMem& cell);
  void lower_broadcast_load(const isa::Slot& slot, const HostMem& cell);
  void lower_prefetch(const isa::Slot& slot, const HostMem& cell);
  void lower_set(const isa::Slot& slot, const isa::Siw& word);
  [[nodiscard]] bool check_index(const isa::Slot& slot, const isa::Siw& word);
  void lower_index(const isa::Slot& slot, const isa::Siw& word);
  [[nodiscard]] bool check_step(unsigned p, int dimension, std::int64_t step);
  void step_coordinate(unsigned p, int dimension, std::int64_t step);
  [[nodiscard]] HostMem cell_memory();
  // Address of p's cell, or of the literal, into rdx.
  void translate(std::size_t coordinate_offset, std::uint64_t argument, std::optional<Label> failed = std::nullopt);
  void search_further(Label further, Label found, Label unknown);
  void translate_key(std::size_t coordinate_offset);
  void translate_cell(std::size_t coordinate_offset);
  void load_field(HostReg to, std::size_t coordinate_offset, int dimension);
  void check_field(std::size_t coordinate_offset, int dimension, const Operand& step);
  void add_to_field(std::size_t coordinate_offset, int dimension, const Operand& step);
  [[nodiscard]] std::uint8_t* resolve(const isa::Coordinate& at) const;

  // ---- C-pipe (lower_coordination.cpp) ----
  void lower_helper_operation(const isa::Slot& slot, Label word_start);
  void lower_coordination(const isa::Slot& slot, const isa::Siw& word);
  void lower_channel(const isa::Slot& slot, Label word_start);
  void transfer_message(bool send, unsigned m);
  [[nodiscard]] bool packed_by_lanes(unsigned m) const;
  void lower_route(const isa::Slot& slot);
  void lower_pack(const isa::Slot& slot, const isa::Siw& word);

  [[nodiscard]] const isa::Siw& word_at(std::uint32_t index) const { return stream_.words[index]; }

  const isa::Stream& stream_;
  const LowerOptions& options_;
  Emitter e_;
  Lowered out_;
  std::deque<RegisterPlan> plans_;      // one per region, addresses stay
  const RegisterPlan* plan_ = nullptr;  // of the region at hand
  RegionUse found_;                     // what this pass shows of the region
  CoordinateStates p_;
  std::vector<LiveRegister> live_;
  std::vector<Label> resume_labels_;
  Label leave_ = 0;   // an Exit after a helper that did not return 0
  double times_ = 1;  // how often the present code runs
  bool measuring_ = false;
  bool stopped_ = false;       // the code always faults before this point
  unsigned translations_ = 0;  // inline lookups emitted
  bool leaves_ = false;        // registers were stored for the runtime

  // The word at hand.
  Access access_;
  struct Redirect {
    isa::RegisterId::File file = isa::RegisterId::File::R;
    unsigned index = 0;
    bool active = false;
  } redirect_;                       // operand whose old value lies at off::kRedirect
  bool deferred_ = false;            // the D result goes to off::kDeferred first
  std::optional<HostReg> cmp_mask_;  // mask register that holds sr.cmp too
};

}  // namespace vtpu::lowering
