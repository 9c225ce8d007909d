// A core layout: everything that a timing model, the generated SystemVerilog package, exploration and the reports know
// of a core. Loaded from TOML (layouts/*.toml, docs/reference/layout.md). Absent numbers are unknown, never made up.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "isa/op_table.hpp"
#include "isa/result.hpp"
#include "lowering/host_op.hpp"

namespace vtpu::layout {

// Times and widths are in core cycles and uops unless the name says otherwise.

struct FrontEnd {
  unsigned siw_per_cycle = 1;           // SiwSource: words fetched and cracked per cycle
  unsigned uops_per_cycle = 6;          // HostSource: fused uops delivered from the op cache per cycle
  unsigned decode_width = 4;            // HostSource: instructions decoded per cycle outside the op cache
  unsigned fetch_bytes_per_cycle = 32;  // HostSource: code bytes per cycle outside the op cache
  unsigned fetch_buffer_bytes = 0;      // HostSource: fetched ahead of the decoders; 0: bytes of a cycle are used in it
  unsigned op_cache_uops = 0;           // capacity; 0: no op cache, code is always decoded
  unsigned op_cache_entry_instructions = 0;  // of an entry; 0: the op cache holds lines of 64 code bytes
  unsigned op_cache_sets = 1;                // of entries, by the line of the first instruction
  unsigned op_cache_entry_constants = 0;     // of an entry; 0: no limit
  unsigned l1i_bytes = 32768;
  unsigned l2_code_bytes_per_cycle = 16;  // code bytes per cycle when the code does not fit L1I
  unsigned queue_uops = 64;               // uop queue between front end and rename
  unsigned taken_branches_per_cycle = 1;
  unsigned taken_branch_bubble_cycles = 0;  // cycles without delivery after a predicted taken branch
  unsigned mispredict_cycles = 15;
  unsigned branch_history = 128;  // latest branches that the predictor sees; about the longest loop learned
  unsigned depth_cycles = 4;      // fetch to earliest dispatch, filled once at start and after a mispredict

  // What one entry in each set of the op cache holds, of which op_cache_uops is a multiple; 1 without entries.
  [[nodiscard]] unsigned op_cache_way_uops() const {
    return op_cache_entry_instructions == 0 ? 1 : op_cache_entry_instructions * op_cache_sets;
  }
  friend bool operator==(const FrontEnd&, const FrontEnd&) = default;
};

struct Rename {
  unsigned dispatch_width = 6;  // fused uops per cycle
  // Rows in which fused uops that name vector or mask registers go to the queues behind them, one per cycle; host
  // source.
  unsigned vector_row = 0;                // places of a row; 0: no rows
  unsigned vector_row_reach = 2;          // a place takes what stands so many slots behind it, at most
  unsigned vector_row_entries = 96;       // that wait in rows; 0: any number
  unsigned vector_row_return_cycles = 5;  // from a row's leaving until its entries can be taken again
  unsigned vector_row_waits = 4;          // cycles before the uops of a row go to other queues than their own
  unsigned integer_registers = 0;         // rename registers beyond the architectural ones; 0: unlimited
  unsigned vector_registers = 0;
  unsigned flag_registers = 0;
  unsigned mask_registers = 0;
  bool eliminates_integer_moves = false;
  bool eliminates_vector_moves = false;
  bool eliminates_zero_idioms = false;
  bool folds_immediate_adds = false;  // add/sub/inc/dec with an immediate done at rename
  unsigned folded_bits = 0;           // of the signed sum that a register's name can hold; 0: any; host source
  bool whole_instructions = false;    // all fused uops of an instruction are dispatched in one cycle; host source
  friend bool operator==(const Rename&, const Rename&) = default;
};

enum class Binding : std::uint8_t {
  AtIssue,     // a uop may start on any of its ports that its queue feeds
  AtDispatch,  // the port is chosen at dispatch: least loaded of the allowed ones
};

struct Queue {
  std::string name;
  unsigned entries = 0;
  std::vector<unsigned> ports = {};  // indices into Layout::ports, in file order
  bool shuffles = false;       // a uop gets its port at dispatch, by an order of the ports that changes every cycle
  unsigned counts_age = 0;     // with shuffles: the port for which fewest waited so many cycles ago; 0: no matter
  bool takes_turns = false;    // a uop gets its port at dispatch, in file order the next that it may use; host source
  unsigned group_ports = 0;    // so many ports in a row are picked for together; 0: each picks for itself
  unsigned group_block = 1;    // with groups: uops dispatched in a row that get the same one
  unsigned dispatch_room = 1;  // free entries without which a cycle's dispatch brings it no uop
  bool eager = false;          // uops start in vain while what they read was expected and has not started
  bool behind_rows = false;    // uops of fused uops that name vector registers come to it in rows; host source
  unsigned held_cycles = 0;    // for which an entry stays taken after its uop started; host source
  bool one_result = false;     // each of its ports hands out one result per cycle
  bool results_wait = false;   // with one_result: a uop starts all the same, its result comes later; host source
  bool one_general_result = false;  // the same of results for general registers only
  bool starts_in_turn = false;      // its uops start by age, on its ports in turn; host source
  unsigned between_kinds = 0;       // with starts_in_turn: cycles from a start to that of another kind; host source
  // With AtDispatch, of uops with index + 2 ports of this queue: which of these, from the least loaded on, one gets
  // that is dispatched in slot 0, 1, ... of its cycle. Host source.
  std::vector<std::vector<unsigned>> slot_ranks = {};
  unsigned slot_margin =
      0;  // with these: a port that so many uops more wait for than for another gets none; 0: no limit
  friend bool operator==(const Queue&, const Queue&) = default;
};

struct Port {
  std::string name;    // by role: alu0, agu1, fp2, std0
  unsigned queue = 0;  // the queue that feeds it
  // By which results leave that go to a general register and take more than a cycle; absent: this one.
  std::optional<unsigned> slow_results = std::nullopt;
  bool neutral = false;  // uops of the domain "integer" that start on it are of none; host source
  friend bool operator==(const Port&, const Port&) = default;
};

// A kind of micro-operation: which ports may start it, and for how long it holds one.
struct UopKind {
  std::string name;
  std::vector<unsigned> ports;      // empty only for kinds done at rename (eliminated)
  std::vector<unsigned> ports_512;  // for 512-bit operands; empty: as `ports`
  unsigned latency = 1;             // start to earliest start of a dependant
  unsigned latency_512 = 0;         // 0: as `latency`
  unsigned latency_to_others = 0;   // the same to dependants of other kinds; 0: as to its own kind; host source
  // On these ports a 512-bit uop goes through a multiplier: its result takes the second figure, to its own kind too,
  // and is of the domain "float". Binding at dispatch, host source.
  std::vector<unsigned> multiplier_ports_512 = {};
  unsigned multiplier_latency_512 = 0;
  // Where its operands and results live: "none", "integer", "float" or "shuffle" (Layout::crossing_cycles); host
  // source.
  std::string domain = "none";
  unsigned busy = 1;      // cycles for which the port takes no other uop (1: fully pipelined)
  unsigned busy_512 = 0;  // 0: as `busy`
  // With Queue::starts_in_turn, all three or none: cycles for which the port takes no other uop where none of its kind
  // has joined it, those from its start on in which others of the queue still start and one of its kind joins it, and
  // from which on they start again. Host source.
  unsigned busy_alone = 0;
  unsigned joined_within = 0;
  unsigned followed_after = 0;
  unsigned unit_busy = 0;      // cycles for which a unit of the port is held, the port itself for one; 0: the port
                               // alone, for `busy`; host source
  unsigned unit_busy_512 = 0;  // 0: as `unit_busy`
  unsigned folded_operand_cycles =
      0;  // more that it takes where it reads a register whose name holds a sum; host source
  // Cycles that a square root takes longer, of its latency and of the unit, where it has digits (native::HostEffect);
  // host source.
  unsigned long_root_cycles = 0;
  unsigned long_root_cycles_512 = 0;
  unsigned long_root_busy = 0;
  unsigned long_root_busy_512 = 0;
  unsigned late_flags = 0;  // cycles more for who reads its flags in the same group of dispatch; host source
  bool half_unit = false;   // takes one of the two halves of that unit, others take both
  bool is_load = false;     // goes to the load queue; the memory system's time (CacheLevel::latency, load to
                            // use in total) is added to `latency`, which is 0 for a plain load
  bool is_store_address = false;
  bool is_store_data = false;
  bool is_branch = false;
  bool serializes = false;  // starts only when it is the oldest; younger ones wait until it completes
  bool last_slot = true;    // a fused uop with it may take the last slot of a cycle's dispatch; host source
  friend bool operator==(const UopKind&, const UopKind&) = default;
};

// How an operation becomes uops: indices into Layout::uops. Each uop but the first reads the result of the one before;
// the first reads the register sources, the last makes the result. A memory source adds a load before, a memory
// destination adds store address and store data after; they ride in the same fused uop where micro_fusion is set.
// The same rule serves both sources: the memory half is never listed in a crack, so the crack of an SIW operation
// which only loads or stores is empty (SGATHER, SSCATTR, SBCST), and that of SDEDUP is what follows its load.
struct Crack {
  std::vector<unsigned> uops;
  unsigned fused_uops = 1;   // slots at dispatch and retirement
  bool transfer = false;     // with a memory operand the load or the store is all there is (mov, broadcast loads)
  bool splits_load = false;  // the load of a memory operand takes a slot of its own; host source
  std::vector<unsigned> uops_imm64 = {};   // with an immediate of 64 bits; empty: as `uops`; host source
  std::vector<unsigned> uops_128 = {};     // with operands of 128 bits; empty: as `uops`; host source
  std::vector<unsigned> uops_masked = {};  // under a write mask; empty: as without; host source
  friend bool operator==(const Crack&, const Crack&) = default;
};

struct CacheLevel {
  unsigned size_bytes = 0;
  unsigned ways = 8;
  unsigned line_bytes = 64;
  unsigned latency = 4;         // load-to-use of a hit in this level, total
  unsigned latency_vector = 0;  // 0: as `latency`
  unsigned fill_bytes_per_cycle = 64;
  unsigned miss_buffers = 0;      // outstanding misses from this level; 0: no limit
  unsigned lone_fill_cycles = 0;  // that the fill path is held for a line whose lower neighbour is absent
  unsigned stride_sets = 0;       // of the table of load instructions for which it is; 0: it is for all
  unsigned stride_ways = 1;
  unsigned set_fill_cycles = 0;        // between two lines that come into one set
  unsigned fill_banks = 0;             // by line number; 0: lines of every number share the fill path alone
  unsigned bank_bytes_per_cycle = 64;  // that one of the banks delivers
  unsigned write_back_cycles = 0;      // that a dirty line which leaves keeps the others from coming; 0: none
  bool quad_age_lru = false;           // ages of two bits decide which line leaves (QLRU_H00_M1_R0_U1), not true LRU
  bool pages_at_random = false;        // sets are found by physical addresses, where pages lie at random
  friend bool operator==(const CacheLevel&, const CacheLevel&) = default;
};

struct Memory {
  unsigned load_queue = 64;
  unsigned incomplete_loads = 0;  // loads dispatched and not completed; 0: as many as the load queue holds
  unsigned store_queue = 48;
  unsigned loads_per_cycle = 2;  // 8 to 32 bytes wide
  unsigned loads_per_cycle_512 = 1;
  unsigned loads_per_cycle_filling =
      0;                         // while lines come to L1, each of which takes the place of a load; 0: no matter
  bool loads_in_line = false;    // one that waits for a miss buffer of L1 keeps younger ones from starting
  bool loads_512_alone = false;  // a cycle starts loads of 64 bytes or loads that no vector register gets, not both
  unsigned stores_per_cycle = 1;
  unsigned stores_per_cycle_512 = 1;
  unsigned store_512_fused = 1;     // fused uops, at least, of what stores 64 bytes; host source
  unsigned accesses_per_cycle = 3;  // loads and stores together
  unsigned l1_banks = 0;            // 0: no bank conflicts modelled
  unsigned bank_bytes = 8;
  unsigned l1_bank_reads = 1;           // loads that one bank serves per cycle
  unsigned store_commit_per_cycle = 1;  // retired stores written to L1 per cycle
  unsigned store_combining_lines =
      0;  // lines written last into which further stores merge without a write of their own
  bool store_combining_in_cycle = false;  // only into the line of the store committed before in the same cycle; host
                                          // source
  unsigned store_lines_after_512 =
      0;                         // lines that narrower stores behind one of 64 bytes open without a write of their own
  unsigned forward_latency = 5;  // store data to load of the same bytes
  std::optional<unsigned>
      rename_forward_latency;  // memory renaming: store then load of the same address by the same base+disp
  unsigned forward_fail_latency = 14;
  CacheLevel l1, l2, l3;
  unsigned dram_latency = 300;
  unsigned dram_bytes_per_cycle = 8;
  unsigned prefetch_degree = 0;     // next-line/stride prefetches per trained stream; 0: none
  unsigned l2_prefetch_degree = 0;  // the same into L2, by what L1 asks it for
  unsigned dtlb_entries = 64;
  unsigned l2_tlb_entries = 0;  // 0: none, a first-level miss walks
  unsigned l2_tlb_latency = 7;  // extra
  unsigned walk_latency = 30;
  unsigned page_walkers = 0;  // walks at a time; 0: any number
  friend bool operator==(const Memory&, const Memory&) = default;
};

struct Translation {  // the Phext Translation Cache of a core that executes SIWs itself
  unsigned entries = 1024;
  unsigned ways = 4;
  unsigned miss_latency = 30;
  unsigned prefetch_steps = 0;  // dimensional prefetch: steps ahead along a trained stream; 0: none
  unsigned warm_up_pages = 0;   // pages of the program's initial memory that are in the cache at the start
  friend bool operator==(const Translation&, const Translation&) = default;
};

struct Retire {
  unsigned window_entries = 224;  // fused uops in flight
  unsigned width = 8;             // fused uops per cycle
  unsigned release_cycles = 0;  // from then on until the window's entry and the registers can be given out; host source
  friend bool operator==(const Retire&, const Retire&) = default;
};

struct Sentrons {  // costs of the runtime, in cycles
  unsigned spawn_cycles = 0;
  unsigned switch_cycles = 0;          // from a blocked sentron to the next ready one
  unsigned helper_cycles = 40;         // HostSource: a helper call for a message, a route or a translation
  unsigned barrier_cycles = 40;        // HostSource: a helper call for cbar
  unsigned reduce_cycles = 40;         // HostSource: a helper call for creduce.i64
  unsigned reduce_vector_cycles = 40;  // HostSource: a helper call for a creduce of vectors
  unsigned cast_cycles = 40;           // HostSource: a helper call for ccast
  unsigned fabric_latency = 20;        // SiwSource: csend retired to message readable by the receiver
  unsigned fabric_messages_per_cycle = 1;
  friend bool operator==(const Sentrons&, const Sentrons&) = default;
};

struct Smt {
  unsigned threads = 1;
  std::string window = "static", queues = "competitive", load_store_queues = "static", front_end = "alternate";
  friend bool operator==(const Smt&, const Smt&) = default;
};

struct Layout {
  std::string name;
  std::string description;
  std::string source_file;
  bool in_order = false;  // vtpu3: issue in program order, a word at a time
  Binding binding = Binding::AtIssue;
  bool micro_fusion = true;  // a load and its operation are one fused uop
  bool move_fusion = false;  // mov r, r + add/sub/and/or/xor/inc/dec/not/shl/shr/sar of the same r are one fused uop
  bool macro_fusion = true;  // cmp/test/add/sub/and/inc/dec + jcc are one fused uop
  // Conditions on which a cmov is two uops, one that reads the flags and the other: "none", "carry_and_zero" (be, a),
  // "two_flags" (also l, ge, le, g).
  std::string cmov_two_uops = "none";
  unsigned wide_shadow_slots =
      0;  // of dispatch after a 512-bit uop, in which vector uops take `ports_512`; host source
  // A uop of the domain "float" that takes no 512-bit ports finds a port that 512-bit uops close shut for so many
  // cycles while others that do wait for a port, then open for so many. 0: it does not; host source.
  unsigned multiplier_closed_cycles = 0;
  unsigned multiplier_open_cycles = 1;
  // Cycles that a result takes longer from the domain "integer" to "float" or back, and where the reader takes the
  // times of a 512-bit uop; and from "shuffle" to such a reader of "float" that also reads a result of "float". Host
  // source.
  unsigned crossing_cycles = 0;
  unsigned crossing_cycles_512 = 0;
  unsigned mixed_operands_cycles_512 = 0;
  // Hundredths of a cycle for which a result for a vector register of that width, or a load for one, holds the way that
  // they share; 0: it does not. Host source.
  unsigned result_time_256 = 0;
  unsigned result_time_512 = 0;
  unsigned max_vector_bits = 512;  // 512-bit operations on a narrower core are cracked by [op]/[host] as written
  std::vector<std::string>
      ports_closed_by_512;  // ports that start nothing vectorial while 512-bit uops are in the queues
  std::string cpu_match;    // regular expression on cpu::Cpu::identity() of the CPUs that this layout describes
  FrontEnd front_end;
  Rename rename;
  std::vector<Queue> queues;
  std::vector<Port> ports;
  std::vector<UopKind> uops;
  std::map<std::pair<isa::Op, isa::Type>, Crack> op_cracks;  // SiwSource; every op and type of the table but NOPs
  std::vector<Crack> host_cracks;                            // HostSource; index HostOp; loads/stores excluded
  std::vector<lowering::HostOp> host_unsupported;            // instructions that this core does not have; crack empty
  // Kinds used for the memory half of host instructions and for SIW memory operations.
  // "vector" kinds serve vector registers of any width; load_vector_uop is load_uop where the core knows no difference.
  unsigned load_uop = 0, load_vector_uop = 0, store_address_uop = 0, store_data_uop = 0, store_data_vector_uop = 0;
  unsigned store_address_again_uop = 0;  // of host instructions that also load from there
  Retire retire;
  Memory memory;
  Translation translation;
  Sentrons sentrons;
  Smt smt;

  [[nodiscard]] std::optional<unsigned> port_named(std::string_view name) const;
  [[nodiscard]] std::optional<unsigned> uop_named(std::string_view name) const;
  // Why this core cannot execute a host instruction of this width (bytes, as HostInst::width); empty: it can.
  [[nodiscard]] std::string why_unsupported(lowering::HostOp op, unsigned width_bytes) const;
  friend bool operator==(const Layout&, const Layout&) = default;
};

// All errors at once: "layouts/zen4.toml:12:3: [[queue]] entries: found \"24\", expected a positive integer".
[[nodiscard]] Result<Layout> load_layout(const std::string& path);
[[nodiscard]] Result<Layout> parse_layout(std::string_view toml, const std::string& file_name);
// By name ("zen4") in the project's layouts/ folder, or by path (contains '/' or ends in .toml).
[[nodiscard]] Result<Layout> find_layout(const std::string& name_or_path, const std::string& layouts_folder);
// The layout whose cpu_match fits cpu::this_cpu().identity(); an error where none does, with those of files that do not
// load.
[[nodiscard]] Result<Layout> layout_of_this_cpu(const std::string& layouts_folder);

// Text drawing of queues, ports and what each port takes.
[[nodiscard]] std::string draw(const Layout& layout);

}  // namespace vtpu::layout
