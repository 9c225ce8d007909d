// What the units of a core share: uops as they travel, names of values, the layout's numbers.

// A loop over the ports that the layout has. Simulation keeps it a loop, so that the generated code has one copy of what
// ports do; synthesis needs to know its end.
`ifdef SYNTHESIS
`define FOR_PORTS(p, ports) for (int p = 0; p < int'(MaxPorts); p++)
`else
`define FOR_PORTS(p, ports) for (int p = 0; p < int'(ports); p++)
`endif

package core_pkg;
  import core_size_pkg::*;

  // Bits of an index into so many.
  function automatic int unsigned index_bits(input int unsigned size);
    return size > 1 ? $clog2(size) : 1;
  endfunction

  localparam int unsigned PosW = index_bits(MaxPlaces);
  localparam int unsigned PortW = index_bits(MaxPorts);
  localparam int unsigned QueueW = index_bits(MaxQueues);
  localparam int unsigned KindW = index_bits(MaxKinds);
  localparam int unsigned DispatchW = index_bits(MaxDispatchUops);
  localparam int unsigned MaxRetireUops = MaxRetire * MaxFused;

  typedef logic [47:0] cycle_t;
  typedef logic [47:0] seq_t;  // number of a uop in program order; never wraps
  typedef logic [PosW-1:0] pos_t;
  typedef logic [MaxPorts-1:0] ports_t;

  localparam cycle_t Never = '1;

  // Operands of a uop: five register sources, the uop before, the data of an older store.
  localparam int unsigned Sources = 5;
  localparam int unsigned Operands = 7;
  localparam int unsigned PreviousOperand = 5;
  localparam int unsigned StoreOperand = 6;

  // A register before renaming: class (integer, vector, mask, flags) and number.
  typedef logic [6:0] register_t;
  localparam int unsigned Registers = 128;
  localparam int unsigned Classes = 4;

  // A value: result `which` of the uop `seq`, or (not valid) one that is there.
  typedef struct packed {
    logic valid;
    logic which;
    seq_t seq;
  } name_t;

  // The same for a waiting uop, which needs no more than the place of the producer.
  typedef struct packed {
    logic which;
    pos_t pos;
  } tag_t;

  typedef logic [19:0] word_index_t;  // of a word in its stream

  // Where the word of a uop is kept: there are at most as many as uops, and one in hand.
  typedef logic [PosW:0] word_place_t;

  // What a uop is, from crack to retirement.
  typedef struct packed {
    word_place_t word;
    logic [7:0] kind;
    logic [1:0] pipe;
    logic wide;            // 512-bit operands
    logic first_of_fused;
    logic last_of_fused;
    logic last_of_word;
    logic reads_previous;  // reads the first result of the uop before it
    logic at_rename;       // done at rename: no queue entry, no port
    logic is_vector;          // names a vector or mask register and is no memory uop
    logic new_context;     // first uop of an other sentron: reads no value of the uops before
    logic serializes;
    logic prefetch;
    logic vector_load;
    logic is_load;
    logic is_store_address;
    logic is_store_data;
    logic is_operation;    // completes an operation of its word
    logic computes;        // reads the values of the operation's registers and computes its result
    logic loads;           // brings the cell of the operation from memory
    logic accesses;        // names the cell of the operation
    logic holds_value;     // the operation makes a value: of a register, or what it stores
    logic renamed;         // its result is an other name of its source, of zero, or of its source with a sum
    logic from_group;      // what it writes comes with the release of its group
    logic [2:0] sources;
    logic [1:0] destinations;
    logic [Sources-1:0] before_word;  // source k is the register as it was before this word
    logic [3:0] second_latency;       // > 0: the last destination can be used so many cycles after issue
  } uop_t;

  typedef struct packed {
    register_t [1:0] destination;
    register_t [Sources-1:0] source;
  } uop_registers_t;

  // What memory needs to know of a uop.
  typedef struct packed {
    logic [31:0] extra_latency;
    logic [7:0] bytes;
    logic [63:0] address;
  } uop_memory_t;

  // A kind of uop: its ports and times, narrow and wide.
  typedef struct packed {
    logic is_store_data;
    logic is_store_address;
    logic is_load;
    logic serializes;
    logic at_rename;  // no ports at all
    logic [15:0] latency_wide;
    logic [15:0] latency;
    logic [15:0] busy_wide;
    logic [15:0] busy;
    ports_t ports_wide;
    ports_t ports;
  } kind_t;

  // How an operation of a type becomes uops, without the memory half. Index: pipe, number in the pipe, type.
  localparam int unsigned CrackW = 11;
  localparam int unsigned Cracks = 1 << CrackW;
  typedef struct packed {
    logic [3:0] uops;
    logic [3:0] fused;  // fused uops of these
    logic [MaxCrack-1:0][7:0] kind;
  } crack_t;

  // What of a word goes out: the members of a group arrive before the rest of their word happens.
  typedef enum logic [1:0] {
    NoPart,
    WholeWord,
    OnlyC,
    WithoutC
  } part_t;

  // Values: of a vector; the narrower registers are in the low bits.
  typedef logic [511:0] value_t;
  typedef logic [255:0] message_t;
  typedef logic [127:0] coordinate_t;
  localparam int unsigned ValueW = index_bits(MaxValues);
  typedef logic [ValueW-1:0] value_place_t;

  // Which value a register has: that of a place, its low half or a 64-bit lane of it, and what immediate additions at
  // rename put on top of it.
  typedef struct packed {
    logic is_half;
    logic is_lane;
    logic [2:0] lane;
    logic [63:0] offset;
    value_place_t place;
  } value_name_t;

  // What an operation computes with, besides registers.
  typedef struct packed {
    coordinate_t coordinate;
    logic [63:0] immediate;
    logic [63:0] slot;
  } work_t;

  // What a message operation says to the fabric: a message, room for one that was taken, or that a member of a group is
  // there.
  typedef enum logic [1:0] {
    PacketMessage,
    PacketCredit,
    PacketArrival
  } packet_kind_t;

  // Why a word stops its sentron, in the order of isa::Fault.
  typedef enum logic [2:0] {
    FaultNone,
    FaultStepOutOfRange,
    FaultNoRoute,
    FaultBadSentron,
    FaultOutOfMemory
  } fault_t;

  // A coordinate has 11 dimensions of 11 bits.
  localparam int unsigned DimensionBits = 11;

  // A signed step leaves the coordinate within the dimension.
  function automatic logic step_stays(input coordinate_t from, input logic [3:0] dimension, input logic [63:0] step);
    logic [64:0] moved;
    moved = 65'(from[7'(dimension)*7'(DimensionBits)+:DimensionBits]) + {step[63], step};
    return moved[64:DimensionBits] == '0;
  endfunction

  // Of the eight keys of a cell, the first that equals `key`; 8 where there is none.
  function automatic logic [3:0] place_of(input logic [63:0] key, input value_t keys);
    place_of = 4'd8;
    for (int i = 7; i >= 0; i--) if (keys[64*i+:64] == key) place_of = 4'(i);
  endfunction

  typedef logic [114:0] page_t;  // key of a page of phext memory

  // A uop as it enters an issue queue.
  typedef struct packed {
    logic valid;  // it goes to a queue
    logic [7:0] queue_no;
    ports_t ports;
    seq_t seq;
    logic [63:0] word;  // number of its word
    cycle_t ready_at;  // latest of the operands whose time is known
    logic [Operands-1:0] pending;  // operands whose time is not known yet
    tag_t [Operands-1:0] tag;
    logic [15:0] latency;
    logic [15:0] busy;
    logic [31:0] delay;  // of the translation
    logic [3:0] second_latency;
    logic wide;
    logic is_vector;
    logic serializes;
    logic prefetch;
    logic vector_load;
    logic is_load;
    logic is_store_address;
    logic forwarded;  // takes the data of an older store
    logic covered;    // which has all its bytes
    seq_t blocking;   // number of that store
    logic [7:0] bank;  // first one that it reads
    logic [7:0] banks;
  } entry_t;

  typedef enum logic [1:0] {
    MoreWords = 2'd0,    // a word may follow
    NoWordNow = 2'd1,    // a switch or spawn is under way
    WaitsForMessage = 2'd2,
    NoWordsLeft = 2'd3
  } supply_t;

  typedef enum logic [2:0] {
    StopNone,
    StopNotAvailable,
    StopSerializing,
    StopWindow,
    StopRegisters,
    StopLoadStoreQueue,
    StopQueue
  } stop_t;

  // In the order of events::SlotReason.
  typedef enum logic [3:0] {
    SlotRetiring,
    SlotFrontEnd,
    SlotWindowFull,
    SlotQueueFull,
    SlotRegistersFull,
    SlotPortConflict,
    SlotOperandWait,
    SlotMemory,
    SlotTranslationMiss,
    SlotMessageWait,
    SlotDrained
  } slot_t;

  // The layout's numbers. A layout that is fixed when the core is built gives them as a constant.
  typedef struct packed {
    logic [MaxQueues-1:0][15:0] queue_entries;
    logic [MaxQueues-1:0][MaxPorts-1:0] queue_ports;
    logic [MaxPorts-1:0][7:0] port_queue;
    logic [Classes-1:0][15:0] register_limit;  // 0: unlimited
    ports_t closed;                            // ports_closed_by_512
    logic [15:0] ports;
    logic [15:0] queues;
    logic at_dispatch;  // binding of uop to port
    logic in_order;
    logic [15:0] dispatch_width;
    logic [15:0] retire_width;
    logic [15:0] window_entries;
    logic [15:0] queue_uops;
    logic [15:0] places;
    logic [15:0] longest_fused;
    logic [15:0] depth_cycles;
    logic [15:0] words_per_cycle;
    logic [15:0] load_queue;
    logic [15:0] store_queue;
    logic [15:0] loads_per_cycle;
    logic [15:0] loads_per_cycle_wide;
    logic [15:0] stores_per_cycle;
    logic [15:0] stores_per_cycle_wide;
    logic [15:0] accesses_per_cycle;
    logic [15:0] banks;
    logic [15:0] bank_bytes;
    logic [15:0] bank_reads;
    logic [15:0] commits_per_cycle;
    logic [15:0] combining_lines;
    logic [15:0] forward_latency;
    logic [15:0] forward_fail_latency;
    logic [15:0] l1_latency;
    logic [15:0] l1_latency_vector;
    logic [15:0] translation_set_bits;
    logic [15:0] translation_ways;
    logic [15:0] translation_miss_latency;
    logic [7:0] load_kind;
    logic [7:0] load_vector_kind;
    logic [7:0] store_address_kind;
    logic [7:0] store_data_kind;
    logic [7:0] store_data_vector_kind;
    logic eliminates_integer_moves;
    logic eliminates_vector_moves;
    logic eliminates_zero_idioms;
    logic folds_immediate_adds;
    logic micro_fusion;
  } config_t;

`ifndef YOSYS
  // An assertion of `unit` does not hold.
  import "DPI-C" function void vtpu_assertion_failed(input string unit, input string name, input string holds);
`endif
endpackage
