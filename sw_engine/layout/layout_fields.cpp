#include "layout/layout_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace vtpu::layout {
namespace {

constexpr Need kReq = Need::Required;
constexpr Need kOpt = Need::Optional;

constexpr std::array<std::string_view, 4> kSharing{"static", "competitive", "watermark", "alternate"};

constexpr std::array<std::string_view, 3> kCmovTwoUops{"none", "carry_and_zero", "two_flags"};

constexpr std::array<std::string_view, 4> kDomains{"none", "integer", "float", "shuffle"};

constexpr Field<Layout> kLayout[] = {
    {"name", &Layout::name, kReq, "Name of the layout; that of its file without `.toml`."},
    {"description", &Layout::description, kReq, "One line for lists and reports."},
    {"cpu_match", &Layout::cpu_match, kOpt,
     "Regular expression on \"vendor family model\" (\"AuthenticAMD 26 2\") of the CPUs that the layout describes, "
     "with \" avx512_fp16\" behind it where the CPU has that; empty: none."},
    {"result_time_256",
     &Layout::result_time_256,
     kOpt,
     "Hundredths of a cycle for which a result for 256 bits of a vector register, or a load for one, holds the way "
     "that they share; 0: it does not. Loads that find it taken complete later (host source).",
     {0, 1000}},
    {"result_time_512", &Layout::result_time_512, kOpt, "The same for 512 bits.", {0, 1000}},
    {"wide_shadow_slots",
     &Layout::wide_shadow_slots,
     kOpt,
     "Slots of dispatch after a 512-bit operation, a load or store too, in which vector uops with `ports_512` take "
     "these and the times of 512-bit ones (host source).",
     {0, 1000}},
    {"multiplier_closed_cycles",
     &Layout::multiplier_closed_cycles,
     kOpt,
     "Cycles for which a uop with `domain` float that takes no 512-bit ports is kept from a port of "
     "`ports_closed_by_512`, while uops that do take such ports wait; 0: it is not (host source).",
     {0, 1000}},
    {"multiplier_open_cycles",
     &Layout::multiplier_open_cycles,
     kOpt,
     "Cycles for which the port then lets such uops start.",
     {1, 1000}},
    {"crossing_cycles",
     &Layout::crossing_cycles,
     kOpt,
     "Cycles more until a result of a kind with `domain` integer can be used by one with float, and the other way "
     "round (host source).",
     {0, 100}},
    {"crossing_cycles_512",
     &Layout::crossing_cycles_512,
     kOpt,
     "The same where the reader takes the times of a 512-bit uop (host source).",
     {0, 100}},
    {"mixed_operands_cycles_512",
     &Layout::mixed_operands_cycles_512,
     kOpt,
     "Cycles more until a result of a kind with `domain` shuffle can be used by a 512-bit uop with float that also "
     "reads a result of such a one (host source).",
     {0, 100}},
    {"in_order", &Layout::in_order, kOpt, "Issue in program order, a word at a time."},
    {"binding", Handled{"one of at_issue, at_dispatch"}, kOpt,
     "When a uop gets its port. `at_issue` (default): it may start on any of its ports that its queue feeds. "
     "`at_dispatch`: the least loaded of its ports is chosen at dispatch."},
    {"micro_fusion", &Layout::micro_fusion, kOpt, "A load and its operation are one fused uop."},
    {"move_fusion", &Layout::move_fusion, kOpt,
     "A move between general registers and an add, sub, and, or, xor, inc, dec, not or shift of the same register "
     "after it "
     "are one fused uop."},
    {"macro_fusion", &Layout::macro_fusion, kOpt,
     "A compare, test, add, sub, and, inc or dec with the conditional jump after it is one fused uop."},
    {"cmov_two_uops",
     &Layout::cmov_two_uops,
     kOpt,
     "Conditions on which a cmov is two uops, the first of which only reads the flags. `carry_and_zero`: be and a. "
     "`two_flags`: also l, ge, le and g.",
     {},
     kCmovTwoUops},
    {"max_vector_bits", Handled{"one of 128, 256, 512"}, kReq,
     "Widest vector instruction of the core. On a narrower core [op] cracks 512-bit operations into several uops, and "
     "host instructions wider than this are refused."},
    {"ports_closed_by_512", Handled{"names of ports"}, kOpt,
     "Ports that start nothing vectorial while 512-bit uops are in the queues."},
    {"front_end", Handled{"a table"}, kReq, "Fetch, decode and the op cache."},
    {"rename", Handled{"a table"}, kReq, "Dispatch width, register files, what is done at rename."},
    {"queue", Handled{"an array of tables"}, kReq, "`[[queue]]`: the issue queues."},
    {"port", Handled{"an array of tables"}, kReq,
     "`[[port]]`: the execution ports. Their order in the file is the order of arbitration."},
    {"uop", Handled{"a table of tables"}, kReq, "`[uop.NAME]`: the kinds of micro-operation."},
    {"memory_uops", Handled{"a table"}, kReq, "Kinds of the memory half of instructions and words."},
    {"op", Handled{"a table"}, kReq, "How SIW operations become uops."},
    {"host", Handled{"a table"}, kReq, "How host instructions become uops."},
    {"retire", Handled{"a table"}, kReq, "The window and retirement."},
    {"memory", Handled{"a table"}, kReq, "Load and store queues, ports of the cache, forwarding, caches, TLBs, DRAM."},
    {"translation", Handled{"a table"}, kOpt, "The phext translation cache of a core that executes words itself."},
    {"sentrons", Handled{"a table"}, kOpt, "Costs of the sentron runtime."},
    {"smt", Handled{"a table"}, kOpt, "What hardware threads share, and how."},
};

constexpr Field<FrontEnd> kFrontEnd[] = {
    {"siw_per_cycle",
     &FrontEnd::siw_per_cycle,
     kOpt,
     "Words fetched and cracked per cycle (words as source).",
     {1, 16}},
    {"uops_per_cycle", &FrontEnd::uops_per_cycle, kReq, "Fused uops delivered from the op cache per cycle.", {1, 32}},
    {"decode_width", &FrontEnd::decode_width, kReq, "Instructions decoded per cycle outside the op cache.", {1, 32}},
    {"fetch_bytes_per_cycle",
     &FrontEnd::fetch_bytes_per_cycle,
     kReq,
     "Code bytes per cycle for the decoders.",
     {1, 256}},
    {"fetch_buffer_bytes",
     &FrontEnd::fetch_buffer_bytes,
     kOpt,
     "Code bytes that fetch may be ahead of the decoders; 0: what a cycle fetches is decoded in it or lost.",
     {0, 4096}},
    {"op_cache_uops", &FrontEnd::op_cache_uops, kOpt, "Capacity; 0: no op cache, code is always decoded.", {0, 65536}},
    {"op_cache_entry_instructions",
     &FrontEnd::op_cache_entry_instructions,
     kOpt,
     "Instructions, or fused pairs, of an entry of the op cache, which follow each other in memory; 0: it holds lines "
     "of 64 code bytes.",
     {0, 64}},
    {"op_cache_sets", &FrontEnd::op_cache_sets, kOpt, "Sets of entries.", {1, 4096}},
    {"op_cache_entry_constants",
     &FrontEnd::op_cache_entry_constants,
     kOpt,
     "Displacements, immediates and ways of jumps of an entry, immediates of 64 bits counted twice; 0: no limit.",
     {0, 64}},
    {"l1i_bytes", &FrontEnd::l1i_bytes, kReq, "Size of the first-level instruction cache.", {1024, 1U << 24}},
    {"l2_code_bytes_per_cycle",
     &FrontEnd::l2_code_bytes_per_cycle,
     kOpt,
     "Code bytes per cycle where the code does not fit the first-level instruction cache.",
     {1, 256}},
    {"queue_uops", &FrontEnd::queue_uops, kOpt, "Uop queue between front end and rename.", {1, 4096}},
    {"taken_branches_per_cycle",
     &FrontEnd::taken_branches_per_cycle,
     kOpt,
     "Predicted taken branches per cycle.",
     {1, 8}},
    {"taken_branch_bubble_cycles",
     &FrontEnd::taken_branch_bubble_cycles,
     kOpt,
     "Cycles without delivery after a predicted taken branch.",
     {0, 64}},
    {"mispredict_cycles", &FrontEnd::mispredict_cycles, kReq, "Penalty of a mispredicted branch.", {1, 256}},
    {"branch_history",
     &FrontEnd::branch_history,
     kOpt,
     "Latest branches that the predictor sees; about the longest loop whose exit it learns.",
     {0, 512}},
    {"depth_cycles",
     &FrontEnd::depth_cycles,
     kOpt,
     "Fetch to earliest dispatch; filled once at the start and after a mispredict.",
     {1, 64}},
};

constexpr Field<Rename> kRename[] = {
    {"dispatch_width", &Rename::dispatch_width, kReq, "Fused uops per cycle.", {1, 32}},
    {"vector_row",
     &Rename::vector_row,
     kOpt,
     "Fused uops that name vector or mask registers wait in rows of so many, of which one leaves per cycle; 0: no rows "
     "(host source).",
     {0, 32}},
    {"vector_row_reach",
     &Rename::vector_row_reach,
     kOpt,
     "Slots of dispatch that one may stand behind its place in the row.",
     {0, 32}},
    {"vector_row_entries",
     &Rename::vector_row_entries,
     kOpt,
     "Fused uops that wait in rows; 0: any number.",
     {0, 1024}},
    {"vector_row_return_cycles",
     &Rename::vector_row_return_cycles,
     kOpt,
     "Cycles from a row's leaving until its entries can be taken again.",
     {1, 64}},
    {"vector_row_waits",
     &Rename::vector_row_waits,
     kOpt,
     "Cycles for which the oldest row waits for the queues of its uops' ports, before other ports will do.",
     {0, 64}},
    {"integer_registers",
     &Rename::integer_registers,
     kOpt,
     "Rename registers beyond the architectural ones; 0: unlimited or unknown.",
     {0, 65536}},
    {"vector_registers", &Rename::vector_registers, kOpt, "The same of the vector file.", {0, 65536}},
    {"flag_registers", &Rename::flag_registers, kOpt, "The same of the flags.", {0, 65536}},
    {"mask_registers", &Rename::mask_registers, kOpt, "The same of the mask file.", {0, 65536}},
    {"eliminates_integer_moves", &Rename::eliminates_integer_moves, kOpt,
     "Register moves between general registers need no port."},
    {"eliminates_vector_moves", &Rename::eliminates_vector_moves, kOpt,
     "Register moves between vector registers need no port."},
    {"eliminates_zero_idioms", &Rename::eliminates_zero_idioms, kOpt, "`xor r, r` and its like need no port."},
    {"folds_immediate_adds", &Rename::folds_immediate_adds, kOpt,
     "`add`, `sub`, `inc`, `dec` with an immediate are done at rename; of host code `lea` of a base and a "
     "displacement, "
     "too, and all of them only where nobody needs their flags."},
    {"folded_bits",
     &Rename::folded_bits,
     kOpt,
     "Bits of the signed sum of immediates that a register's name can hold; an add that would leave them is executed "
     "(host source); 0: any sum.",
     {0, 64}},
    {"whole_instructions", &Rename::whole_instructions, kOpt,
     "All fused uops of an instruction are dispatched in the same cycle (host source)."},
};

constexpr Field<Queue> kQueue[] = {
    {"name", &Queue::name, kReq, "Name, used in stall reasons."},
    {"entries", &Queue::entries, kReq, "Uops that it holds.", {1, 4096}},
    {"shuffles", &Queue::shuffles, kOpt,
     "With `at_issue`: a uop is bound to one of its ports at dispatch, by an order of the ports that changes every "
     "cycle."},
    {"counts_age",
     &Queue::counts_age,
     kOpt,
     "With `shuffles`: a uop gets the port for which the fewest uops waited so many cycles ago, those of this cycle's "
     "dispatch added; of equals the first in the cycle's order. 0: only this cycle's count.",
     {0, 64}},
    {"takes_turns", &Queue::takes_turns, kOpt,
     "With `at_issue`: a uop is bound at dispatch to the next of its ports, in file order, behind the one that the "
     "queue gave last (host source)."},
    {"behind_rows", &Queue::behind_rows, kOpt,
     "Uops of fused uops that name vector or mask registers come to it by the rows of `vector_row` (host source)."},
    {"held_cycles",
     &Queue::held_cycles,
     kOpt,
     "An entry stays taken for so many cycles after its uop started (host source).",
     {0, 64}},
    {"one_result", &Queue::one_result, kOpt,
     "A port of it starts no uop that would complete together with one that it started before."},
    {"results_wait", &Queue::results_wait, kOpt,
     "With `one_result`: the uop starts all the same, and its result comes in the next cycle in which the port has "
     "none (host source)."},
    {"one_general_result", &Queue::one_general_result, kOpt,
     "The same of uops whose results are not for vector or mask registers; others are free (host source)."},
    {"starts_in_turn", &Queue::starts_in_turn, kOpt,
     "Its uops start by age, on its ports in turn: while the next port is held none starts (host source)."},
    {"between_kinds",
     &Queue::between_kinds,
     kOpt,
     "With `starts_in_turn`: cycles from a start to that of another kind (host source).",
     {0, 100}},
    {"group_ports",
     &Queue::group_ports,
     kOpt,
     "With `at_issue`: so many ports in file order are a group, and so are the next; a uop gets its group at dispatch, "
     "and in every cycle the oldest uops of a group go to its ports in turn. 0: no groups.",
     {0, 64}},
    {"group_block",
     &Queue::group_block,
     kOpt,
     "With `group_ports`: so many uops dispatched in a row get the same group if they may use it.",
     {1, 64}},
    {"dispatch_room",
     &Queue::dispatch_room,
     kOpt,
     "It takes uops only in cycles that begin with at least so many entries, or all, free.",
     {1, 4096}},
    {"eager", &Queue::eager, kOpt,
     "A uop starts as soon as its operands should be there, had all that makes them started when it was ready: in vain "
     "where they are not."},
    {"slot_ranks", Handled{"an array of arrays of numbers"}, kOpt,
     "With `at_dispatch`: the first array is of uops that may use two ports of it, the second of three, and so on. Its "
     "numbers are of the slots of a cycle's dispatch and say which of its ports, from the least loaded (0) on, a uop "
     "gets (host source). An empty one: the least loaded. A cycle that begins without `dispatch_room` then dispatches "
     "nothing at all."},
    {"slot_margin",
     &Queue::slot_margin,
     kOpt,
     "With `slot_ranks`: a port for which at least so many uops more wait than for another that the uop may use does "
     "not get it; 0: no limit.",
     {0, 4096}},
    {"ports", Handled{"names of ports"}, kReq, "The ports that it feeds; every port is fed by exactly one queue."},
};

constexpr Field<Port> kPort[] = {
    {"name", &Port::name, kReq, "Name by role: `alu0`, `agu1`, `fp2`, `std0`."},
    {"slow_results", Handled{"the name of a port"}, kOpt,
     "A port of a queue with `one_result`, by which results leave that go to a general register and take more than a "
     "cycle; absent: this one."},
    {"neutral", &Port::neutral, kOpt,
     "Uops of a kind with `domain` integer that start on it are of no domain (host source)."},
};

constexpr Field<UopKind> kUop[] = {
    {"ports", Handled{"names of ports"}, kOpt, "Ports that may start it. At least one, unless it is eliminated."},
    {"ports_512", Handled{"names of ports"}, kOpt, "The same for 512-bit operands; absent: as `ports`."},
    {"eliminated", Handled{"true or false"}, kOpt, "Done at rename: takes a slot, but no port and no time."},
    {"latency",
     &UopKind::latency,
     kReq,
     "Cycles from its start to the earliest start of a dependant. Of a load: beyond the memory system's time.",
     {0, 1000}},
    {"latency_512", &UopKind::latency_512, kOpt, "The same for 512-bit operands; 0: as `latency`.", {0, 1000}},
    {"latency_to_others",
     &UopKind::latency_to_others,
     kOpt,
     "The same for dependants of other kinds, and until its result leaves, where that is later; 0: no later (host "
     "source).",
     {0, 1000}},
    {"domain",
     &UopKind::domain,
     kOpt,
     "Where its operands and results live, for the cycles that results take from one domain to another: `integer`, "
     "`float`, `shuffle` (host source).",
     {},
     kDomains},
    {"multiplier_ports_512", Handled{"names of ports"}, kOpt,
     "Ports on which a 512-bit uop goes through a multiplier, and is of the domain float; with `at_dispatch` (host "
     "source)."},
    {"multiplier_latency_512",
     &UopKind::multiplier_latency_512,
     kOpt,
     "Its latency there, to its own kind, too.",
     {0, 1000}},
    {"busy", &UopKind::busy, kOpt, "Cycles for which the port takes no other uop; 1: fully pipelined.", {1, 1000}},
    {"busy_512", &UopKind::busy_512, kOpt, "The same for 512-bit operands; 0: as `busy`.", {0, 1000}},
    {"busy_alone",
     &UopKind::busy_alone,
     kOpt,
     "In a queue with `starts_in_turn`, with the next two: the same where none of its kind joins it. One that does "
     "starts within `joined_within` cycles behind it on another port, and both ports are held up to `busy` cycles from "
     "the first start on. 0: always `busy` (host source).",
     {0, 1000}},
    {"joined_within",
     &UopKind::joined_within,
     kOpt,
     "Cycles from its start on after which no other uop of the queue starts while it holds its port ...",
     {0, 100}},
    {"followed_after",
     &UopKind::followed_after,
     kOpt,
     "... up to this one. One of its kind that starts from then on, while it holds its port, is not joined (host "
     "source).",
     {0, 1000}},
    {"unit_busy",
     &UopKind::unit_busy,
     kOpt,
     "Cycles for which a unit behind the port (a divider) takes no other uop, while the port is free after one; 0: "
     "there is none, `busy` holds (host source).",
     {0, 1000}},
    {"unit_busy_512", &UopKind::unit_busy_512, kOpt, "The same for 512-bit operands; 0: as `unit_busy`.", {0, 1000}},
    {"half_unit", &UopKind::half_unit, kOpt,
     "Takes one of the two halves of that unit; others take both (host source)."},
    {"long_root_cycles",
     &UopKind::long_root_cycles,
     kOpt,
     "Cycles more until a result of f64 square roots can be used where one of them is a number other than a power of "
     "two or 0 (host source).",
     {0, 100}},
    {"long_root_cycles_512", &UopKind::long_root_cycles_512, kOpt, "The same for 512-bit operands.", {0, 100}},
    {"long_root_busy",
     &UopKind::long_root_busy,
     kOpt,
     "Cycles more for which the unit is then taken, where there is `unit_busy`.",
     {0, 100}},
    {"long_root_busy_512", &UopKind::long_root_busy_512, kOpt, "The same for 512-bit operands.", {0, 100}},
    {"folded_operand_cycles",
     &UopKind::folded_operand_cycles,
     kOpt,
     "Cycles more that a uop takes which reads a register to which a folded immediate is still to be added (host "
     "source).",
     {0, 100}},
    {"late_flags",
     &UopKind::late_flags,
     kOpt,
     "Cycles more that a uop takes which reads its flags and is one of the same `dispatch_width` fused uops in a row "
     "(host source).",
     {0, 100}},
    {"load", &UopKind::is_load, kOpt, "Goes to the load queue and waits for the memory system."},
    {"store_address", &UopKind::is_store_address, kOpt, "Address half of a store."},
    {"store_data", &UopKind::is_store_data, kOpt, "Data half of a store."},
    {"branch", &UopKind::is_branch, kOpt, "Resolves a branch."},
    {"serializes", &UopKind::serializes, kOpt,
     "Starts only when it is the oldest; younger ones wait until it completes."},
    {"last_slot", &UopKind::last_slot, kOpt,
     "A fused uop with it may take the last slot of a cycle's dispatch (host source)."},
};

constexpr Field<Crack> kCrack[] = {
    {"uops", Handled{"names of uop kinds"}, kReq,
     "The first reads the register sources, each other one the result of the one before, the last makes the result."},
    {"fused",
     &Crack::fused_uops,
     kOpt,
     "Slots at dispatch and retirement; absent: one for each uop, at least one.",
     {1, kMaxCrackUops}},
    {"transfer", &Crack::transfer, kOpt,
     "With a memory operand the load or the store is all there is (`mov`, broadcasting loads)."},
    {"splits_load", &Crack::splits_load, kOpt, "The load of a memory operand takes a slot of its own (host source)."},
    {"uops_imm64", Handled{"names of uop kinds"}, kOpt,
     "The same where the instruction has an immediate of 64 bits, one kind for each of `uops`; absent: `uops` (host "
     "source)."},
    {"uops_128", Handled{"names of uop kinds"}, kOpt,
     "The same where its operands have 128 bits, one kind for each of `uops`; absent: `uops` (host source)."},
    {"uops_masked", Handled{"names of uop kinds"}, kOpt,
     "The same under a write mask, one kind for each of `uops`; absent: as without (host source)."},
};

constexpr Field<Layout> kMemoryUops[] = {
    {"load", Handled{"a uop kind with load = true"}, kReq, "Loads to general registers."},
    {"load_vector", Handled{"a uop kind with load = true"}, kOpt, "Loads to vector registers; absent: as `load`."},
    {"store_address", Handled{"a uop kind with store_address = true"}, kReq, "Address half of every store."},
    {"store_address_again", Handled{"a uop kind with store_address = true"}, kOpt,
     "The same where the instruction also loads from the place (host source); absent: as `store_address`."},
    {"store_data", Handled{"a uop kind with store_data = true"}, kReq, "Data half of stores of general registers."},
    {"store_data_vector", Handled{"a uop kind with store_data = true"}, kReq, "Data half of stores of vectors."},
};

constexpr Field<Retire> kRetire[] = {
    {"window_entries", &Retire::window_entries, kReq, "Fused uops in flight.", {1, 65536}},
    {"width", &Retire::width, kReq, "Fused uops retired per cycle.", {1, 64}},
    {"release_cycles",
     &Retire::release_cycles,
     kOpt,
     "Cycles from retirement until the entry in the window and the registers can be given out again (host source).",
     {0, 256}},
};

constexpr Field<Memory> kMemory[] = {
    {"load_queue", &Memory::load_queue, kReq, "Loads in flight.", {1, 65536}},
    {"incomplete_loads",
     &Memory::incomplete_loads,
     kOpt,
     "Loads dispatched and not completed; 0: as many as the load queue holds.",
     {0, 65536}},
    {"store_queue", &Memory::store_queue, kReq, "Stores in flight, up to their commit.", {1, 65536}},
    {"loads_per_cycle", &Memory::loads_per_cycle, kReq, "Loads of 8 to 32 bytes started per cycle.", {1, 16}},
    {"loads_per_cycle_512", &Memory::loads_per_cycle_512, kReq, "Loads of 64 bytes started per cycle.", {1, 16}},
    {"loads_per_cycle_filling",
     &Memory::loads_per_cycle_filling,
     kOpt,
     "Loads started per cycle while lines are on their way to L1, each of which takes the place of one as it comes "
     "(host source); 0: as `loads_per_cycle`, and lines take none.",
     {0, 16}},
    {"loads_in_line", &Memory::loads_in_line, kOpt,
     "A load that finds no free miss buffer of L1 keeps younger ones from starting until it has one (host source)."},
    {"loads_512_alone", &Memory::loads_512_alone, kOpt,
     "A cycle starts loads of 64 bytes or loads that no vector register gets, not both (host source)."},
    {"stores_per_cycle", &Memory::stores_per_cycle, kReq, "Stores of 8 to 32 bytes started per cycle.", {1, 16}},
    {"stores_per_cycle_512", &Memory::stores_per_cycle_512, kReq, "Stores of 64 bytes started per cycle.", {1, 16}},
    {"store_512_fused",
     &Memory::store_512_fused,
     kOpt,
     "Fused uops, at least, of an instruction that stores 64 bytes (host source).",
     {1, 4}},
    {"accesses_per_cycle", &Memory::accesses_per_cycle, kReq, "Loads and stores together per cycle.", {1, 32}},
    {"l1_banks", &Memory::l1_banks, kOpt, "0: no bank conflicts modelled.", {0, 256}},
    {"bank_bytes", &Memory::bank_bytes, kOpt, "Bytes of a line that one bank holds.", {1, 64}},
    {"l1_bank_reads", &Memory::l1_bank_reads, kOpt, "Loads that one bank serves per cycle.", {1, 16}},
    {"store_commit_per_cycle",
     &Memory::store_commit_per_cycle,
     kReq,
     "Retired stores written to the first-level cache per cycle.",
     {1, 16}},
    {"store_combining_lines",
     &Memory::store_combining_lines,
     kOpt,
     "Lines written last into which further stores merge without a write of their own.",
     {0, 64}},
    {"store_combining_in_cycle", &Memory::store_combining_in_cycle, kOpt,
     "They merge only into the line of the store that is committed before them in the same cycle (host source)."},
    {"store_lines_after_512",
     &Memory::store_lines_after_512,
     kOpt,
     "Host code: lines that narrower stores behind one of 64 bytes open without a write of their own.",
     {0, 64}},
    {"forward_latency", &Memory::forward_latency, kReq, "From store data to a load of the same bytes.", {0, 256}},
    {"rename_forward_latency",
     &Memory::rename_forward_latency,
     kOpt,
     "Memory renaming: the same where store and load name the address by the same base register and displacement; "
     "absent: the core does not do it.",
     {0, 256}},
    {"forward_fail_latency",
     &Memory::forward_fail_latency,
     kReq,
     "Where the store holds only a part of the loaded bytes.",
     {0, 1024}},
    {"l1", Handled{"a table"}, kReq, "First-level data cache."},
    {"l2", Handled{"a table"}, kReq, "Second-level cache."},
    {"l3", Handled{"a table"}, kReq, "Third-level cache."},
    {"dram_latency", &Memory::dram_latency, kReq, "Load to use of an access that misses all caches.", {1, 100000}},
    {"dram_bytes_per_cycle", &Memory::dram_bytes_per_cycle, kOpt, "Bandwidth of DRAM for one core.", {1, 1024}},
    {"prefetch_degree",
     &Memory::prefetch_degree,
     kOpt,
     "Next-line and stride prefetches per trained stream; 0: none.",
     {0, 64}},
    {"l2_prefetch_degree",
     &Memory::l2_prefetch_degree,
     kOpt,
     "The same from below into L2, by the lines that L1 asks it for.",
     {0, 64}},
    {"dtlb_entries", &Memory::dtlb_entries, kReq, "First-level data TLB.", {1, 65536}},
    {"l2_tlb_entries", &Memory::l2_tlb_entries, kOpt, "0: none, a first-level miss walks.", {0, 1U << 20}},
    {"l2_tlb_latency", &Memory::l2_tlb_latency, kOpt, "Extra cycles of a second-level hit.", {0, 256}},
    {"walk_latency", &Memory::walk_latency, kOpt, "Extra cycles of a page walk.", {0, 1000}},
    {"page_walkers", &Memory::page_walkers, kOpt, "Page walks at a time; 0: any number.", {0, 64}},
};

constexpr Field<CacheLevel> kCache[] = {
    {"size_bytes", &CacheLevel::size_bytes, kReq, "Size; a multiple of ways times line_bytes.", {1, 1U << 31}},
    {"ways", &CacheLevel::ways, kReq, "Associativity.", {1, 256}},
    {"line_bytes", &CacheLevel::line_bytes, kOpt, "Line size; a power of two.", {8, 256}},
    {"latency", &CacheLevel::latency, kReq, "Load to use of a hit in this level, in total.", {1, 10000}},
    {"latency_vector", &CacheLevel::latency_vector, kOpt, "The same for vector loads; 0: as `latency`.", {0, 10000}},
    {"fill_bytes_per_cycle",
     &CacheLevel::fill_bytes_per_cycle,
     kReq,
     "Bytes per cycle from this level towards the core.",
     {1, 1024}},
    {"miss_buffers", &CacheLevel::miss_buffers, kOpt, "Outstanding misses of this level; 0: no limit.", {0, 4096}},
    {"lone_fill_cycles",
     &CacheLevel::lone_fill_cycles,
     kOpt,
     "Cycles that a line takes which is not the upper half of 128 bytes whose lower half is there; 0: as that one, by "
     "`fill_bytes_per_cycle`.",
     {0, 64}},
    {"stride_sets",
     &CacheLevel::stride_sets,
     kOpt,
     "Host source: lines that loads ask for take `lone_fill_cycles` only where the load's instruction goes on with its "
     "stride in a table of so many sets, by code address; 0: all do.",
     {0, 4096}},
    {"stride_ways",
     &CacheLevel::stride_ways,
     kOpt,
     "Load instructions per set of that table, those that missed last.",
     {1, 64}},
    {"set_fill_cycles",
     &CacheLevel::set_fill_cycles,
     kOpt,
     "Cycles between two lines that come into the same set.",
     {0, 256}},
    {"fill_banks",
     &CacheLevel::fill_banks,
     kOpt,
     "Banks of the next level, by line number, each of which delivers `bank_bytes_per_cycle`; 0: none.",
     {0, 64}},
    {"bank_bytes_per_cycle",
     &CacheLevel::bank_bytes_per_cycle,
     kOpt,
     "Bytes per cycle from one of the `fill_banks`.",
     {1, 1024}},
    {"write_back_cycles",
     &CacheLevel::write_back_cycles,
     kOpt,
     "Cycles that a dirty line which leaves for the next level keeps others from coming; 0: none, and no limit of a "
     "line per cycle.",
     {0, 64}},
    {"quad_age_lru", &CacheLevel::quad_age_lru, kOpt,
     "Lines have ages of two bits: 0 when used, 1 when new; the first of age 3 leaves, and where none has it all but "
     "the "
     "one just used grow older. Else true LRU."},
    {"pages_at_random", &CacheLevel::pages_at_random, kOpt,
     "Sets are found by physical addresses, and pages of 4 KiB lie at random there."},
};

constexpr Field<Translation> kTranslation[] = {
    {"entries", &Translation::entries, kOpt, "Entries.", {1, 1U << 20}},
    {"ways", &Translation::ways, kOpt, "Associativity; divides `entries`.", {1, 1024}},
    {"miss_latency", &Translation::miss_latency, kOpt, "Extra cycles of a miss.", {0, 100000}},
    {"prefetch_steps",
     &Translation::prefetch_steps,
     kOpt,
     "Dimensional prefetch: how many steps ahead of a sentron that steps along a dimension its page is looked up; 0: "
     "none.",
     {0, 64}},
    {"warm_up_pages",
     &Translation::warm_up_pages,
     kOpt,
     "Pages of the initial memory, in the order of coordinates, that the cache holds at the start.",
     {0, 1U << 20}},
};

constexpr Field<Sentrons> kSentrons[] = {
    {"spawn_cycles", &Sentrons::spawn_cycles, kOpt, "Start of a sentron; 0: unknown.", {0, 1000000}},
    {"switch_cycles",
     &Sentrons::switch_cycles,
     kOpt,
     "From a blocked sentron to the next ready one; 0: unknown.",
     {0, 1000000}},
    {"helper_cycles",
     &Sentrons::helper_cycles,
     kOpt,
     "A call into the runtime for a message, a route or a translation (host source).",
     {0, 1000000}},
    {"barrier_cycles",
     &Sentrons::barrier_cycles,
     kOpt,
     "A call into the runtime for `cbar` (host source).",
     {0, 1000000}},
    {"reduce_cycles",
     &Sentrons::reduce_cycles,
     kOpt,
     "A call into the runtime for `creduce.i64` (host source).",
     {0, 1000000}},
    {"reduce_vector_cycles",
     &Sentrons::reduce_vector_cycles,
     kOpt,
     "A call into the runtime for a `creduce` of vectors (host source).",
     {0, 1000000}},
    {"cast_cycles", &Sentrons::cast_cycles, kOpt, "A call into the runtime for `ccast` (host source).", {0, 1000000}},
    {"fabric_latency",
     &Sentrons::fabric_latency,
     kOpt,
     "From a retired `csend` to the message readable by the receiver (words as source).",
     {0, 1000000}},
    {"fabric_messages_per_cycle", &Sentrons::fabric_messages_per_cycle, kOpt, "Messages per cycle and core.", {1, 64}},
};

constexpr Field<Smt> kSmt[] = {
    {"threads", &Smt::threads, kOpt, "Hardware threads of a core.", {1, 2}},
    {"window", &Smt::window, kOpt, "How threads share the window.", {}, kSharing},
    {"queues", &Smt::queues, kOpt, "How threads share the issue queues.", {}, kSharing},
    {"load_store_queues", &Smt::load_store_queues, kOpt, "How threads share load and store queue.", {}, kSharing},
    {"front_end", &Smt::front_end, kOpt, "How threads share fetch and decode.", {}, kSharing},
};

constexpr std::string_view kHostOpNames[] = {
#define X(id, name) name,
    VTPU_HOST_OPS(X)
#undef X
};

}  // namespace

std::span<const Field<Layout>> layout_fields() { return kLayout; }
std::span<const Field<FrontEnd>> front_end_fields() { return kFrontEnd; }
std::span<const Field<Rename>> rename_fields() { return kRename; }
std::span<const Field<Queue>> queue_fields() { return kQueue; }
std::span<const Field<Port>> port_fields() { return kPort; }
std::span<const Field<UopKind>> uop_fields() { return kUop; }
std::span<const Field<Crack>> crack_fields() { return kCrack; }
std::span<const Field<Layout>> memory_uop_fields() { return kMemoryUops; }
std::span<const Field<Retire>> retire_fields() { return kRetire; }
std::span<const Field<Memory>> memory_fields() { return kMemory; }
std::span<const Field<CacheLevel>> cache_fields() { return kCache; }
std::span<const Field<Translation>> translation_fields() { return kTranslation; }
std::span<const Field<Sentrons>> sentrons_fields() { return kSentrons; }
std::span<const Field<Smt>> smt_fields() { return kSmt; }

std::span<const std::string_view> host_op_names() { return kHostOpNames; }

template <typename T>
std::string expected_of(const Field<T>& field) {
  if (const auto* handled = std::get_if<Handled>(&field.target)) return std::string(handled->expected);
  if (std::holds_alternative<bool T::*>(field.target)) return "true or false";
  if (std::holds_alternative<std::string T::*>(field.target)) {
    return field.choices.empty() ? "a text" : fmt::format("one of {}", fmt::join(field.choices, ", "));
  }
  return fmt::format("an integer from {} to {}", field.range.min, field.range.max);
}

template std::string expected_of(const Field<Layout>&);
template std::string expected_of(const Field<FrontEnd>&);
template std::string expected_of(const Field<Rename>&);
template std::string expected_of(const Field<Queue>&);
template std::string expected_of(const Field<Port>&);
template std::string expected_of(const Field<UopKind>&);
template std::string expected_of(const Field<Crack>&);
template std::string expected_of(const Field<Retire>&);
template std::string expected_of(const Field<Memory>&);
template std::string expected_of(const Field<CacheLevel>&);
template std::string expected_of(const Field<Translation>&);
template std::string expected_of(const Field<Sentrons>&);
template std::string expected_of(const Field<Smt>&);

}  // namespace vtpu::layout
