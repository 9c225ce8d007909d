// The values of registers. Each result has a place of its own; a register names the place of its value, as rename_unit
// names who makes it. Moves done at rename share a place, immediate additions done there are an offset in the name. A
// place is given back when the word that overwrites its register has retired, and none of its names is left.
`include "assertions.svh"

module value_file
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic clk_i,
    input config_t cfg_i,
    input uop_t uop_i[MaxPlaces],
    input uop_registers_t registers_i[MaxPlaces],

    // Words of this cycle, and where they are kept.
    input logic [7:0] words_i,
    input word_place_t word_place_i[MaxWords],
    input logic [2:0][63:0] word_i[MaxWords],  // the slots D, S, C
    input logic [63:0] word_immediate_i[MaxWords],
    input coordinate_t word_coordinate_i[MaxWords],

    // An other sentron comes to the core, when nothing is in flight: its registers are in `context_values`.
    input logic load_context_i,
    // What a group gives, when its word goes on.
    input logic given_i,
    input register_t given_register_i,
    input value_t given_value_i,

    // Dispatch, issue and retirement of this cycle.
    input seq_t dispatched_i,
    input seq_t dispatch_end_i,
    input logic [MaxPorts-1:0] started_i,
    input seq_t [MaxPorts-1:0] started_seq_i,
    input seq_t head_i,
    input seq_t head_end_i,

    // The message operations that retire in this cycle, and of number `packets_taken_i` of them its slot, what it sends,
    // and to whom (message_port).
    input logic [7:0] packets_taken_i,
    output logic [7:0] leaving_o,
    output logic [MaxRetire-1:0][7:0] leaving_op_o,
    output logic [63:0] leaving_slot_o,
    output value_t leaving_value_o,
    output logic [31:0] leaving_peer_o,

    // Registers that a word which faults names, as retirement left them (fault_unit).
    input logic raises_i,
    input register_t coordinate_register_i,
    input register_t step_register_i,
    input register_t peer_register_i,
    output coordinate_t coordinate_o,
    output logic [63:0] step_o,
    output logic [63:0] peer_o,

    // To and from the execution ports.
    output logic [MaxPorts-1:0] computes_o,
    output logic [MaxPorts-1:0] loads_o,
    output logic [MaxPorts-1:0] whole_o,  // the load is the whole operation
    output logic [MaxPorts-1:0] accesses_o,
    output logic [MaxPorts-1:0] steps_o,
    output value_t [MaxPorts-1:0] a_o,  // values of the register sources, in order
    output value_t [MaxPorts-1:0] b_o,
    output value_t [MaxPorts-1:0] c_o,
    output work_t [MaxPorts-1:0] work_o,
    output logic [MaxPorts-1:0] receives_o,  // takes the message that came with its word
    output word_place_t [MaxPorts-1:0] word_place_o,
    output value_t [MaxPorts-1:0] cell_o,  // what an earlier uop of the operation loaded
    input value_t [MaxPorts-1:0] result_i,
    input value_t [MaxPorts-1:0] loaded_i,
    input coordinate_t [MaxPorts-1:0] stepped_i
);
  localparam int unsigned ValueSources = 3;
  localparam int unsigned MostGivenBack = 32;  // by the words that retire in part
  localparam int unsigned LeavingW = index_bits(MaxRetire);
  localparam value_place_t Zero = '0;  // holds zero, always

  // Words in flight.
  localparam int unsigned WordPlaces = 2 * MaxPlaces;
  logic [2:0][63:0] slots_q[WordPlaces];
  logic [63:0] immediate_q[WordPlaces];
  coordinate_t coordinate_q[WordPlaces];

  // Through these the registers of a sentron that comes to the core go in, and what retires comes out; as ports
  // they would be copied, all of them, in every cycle. What the uops that retire write, in order; of stores,
  // what they store.
  value_t context_values[Registers]  /* verilator public_flat_rw */;
  value_t retired_value[MaxRetireUops]  /* verilator public_flat_rd */;
  coordinate_t retired_second[MaxRetireUops]  /* verilator public_flat_rd */;
  logic [1:0] retired_writes[MaxRetireUops]  /* verilator public_flat_rd */;  // registers
  register_t [1:0] retired_register[MaxRetireUops]  /* verilator public_flat_rd */;
  logic retired_steps[MaxRetireUops]  /* verilator public_flat_rd */;  // the last of them with the second value

  value_t value_q[MaxValues];
  logic [11:0] names_q[MaxValues];  // how many name the place
  value_place_t free_q[MaxValues];  // a stack
  logic [ValueW:0] free_count_q;

  value_name_t next_q[Registers];  // as the next uop to dispatch reads them
  value_name_t before_q[Registers];  // as they were before the latest write
  value_name_t retired_q[Registers];

  // By place in the ring.
  value_name_t source_q[MaxPlaces*ValueSources];
  value_name_t destination_q[MaxPlaces*2];
  value_place_t result_q[MaxPlaces];  // of the operation; all its uops know it

  logic operation_open_q;  // the uop dispatched last did not end its operation
  value_place_t operation_result_q;
  value_name_t operation_source_q[ValueSources];
  value_place_t given_back_q[MostGivenBack];  // when the word has retired
  logic [5:0] given_back_count_q;
  pos_t leaving_pos[MaxRetire];
  value_place_t kept_q;  // the value before a group gave one: the rest of the word reads it
  logic kept_valid_q;

  function automatic value_t read(input value_name_t name);
    read = value_q[name.place];
    if (name.is_half) read[511:256] = '0;
    if (name.is_lane) read = value_t'(read[64*name.lane+:64]);
    read[63:0] = read[63:0] + name.offset;
  endfunction

  function automatic logic moves_lane(input logic [63:0] slot);
    form_t form;
    form = form_of(slot[7:0], slot[15:12]);
    return slot[7:0] == OpDmov && form.kind[1] inside {KindMLane, KindVLane};
  endfunction

  // A lane of a value; one that is a sum or a lane already has zeros above lane 0, a half above lane 3.
  function automatic value_name_t lane_of(input value_name_t name, input logic [2:0] lane);
    lane_of = name;
    if (!name.is_lane && name.offset == '0 && !(name.is_half && lane[2])) begin
      lane_of.is_lane = 1'b1;
      lane_of.lane = lane;
    end else if (lane != '0) begin
      lane_of = '0;
    end
  endfunction

  always_comb begin : operands
    pos_t pos;
    uop_t uop;
    pos = '0;
    uop = '0;
    computes_o = '0;
    loads_o = '0;
    whole_o = '0;
    accesses_o = '0;
    steps_o = '0;
    receives_o = '0;
    `FOR_PORTS(p, cfg_i.ports) begin
      if (!started_i[p]) continue;
      pos = PosW'(started_seq_i[p]) & PosW'(cfg_i.places - 16'd1);
      uop = uop_i[pos];
      computes_o[p] = uop.computes && !uop.loads && uop.holds_value;
      loads_o[p] = uop.loads;
      whole_o[p] = uop.loads && uop.computes;
      work_o[p].slot = slots_q[uop.word][uop.pipe];
      work_o[p].immediate = immediate_q[uop.word];
      work_o[p].coordinate = coordinate_q[uop.word];
      word_place_o[p] = uop.word;
      receives_o[p] = computes_o[p] && slots_q[uop.word][uop.pipe][7:0] == OpCrecv;
      accesses_o[p] = uop.accesses;
      steps_o[p] = uop.second_latency != 0;
      if (uop.sources >= 3'd1) a_o[p] = read(source_q[32'(pos)*ValueSources]);
      if (uop.sources >= 3'd2) b_o[p] = read(source_q[32'(pos)*ValueSources+1]);
      if (uop.sources >= 3'd3) c_o[p] = read(source_q[32'(pos)*ValueSources+2]);
      if (uop.reads_previous) cell_o[p] = value_q[result_q[pos]];
    end
  end

  always_comb begin : retire
    pos_t pos;
    uop_t uop;
    logic [63:0] slot;
    uop_registers_t regs;
    pos = '0;
    uop = '0;
    slot = '0;
    regs = '0;
    leaving_o = '0;
    for (int i = 0; i < int'(MaxRetireUops); i++) begin
      if (48'(i) >= head_end_i - head_i) break;
      pos = PosW'(head_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      uop = uop_i[pos];
      regs = registers_i[pos];
      retired_register[i] = regs.destination;
      retired_writes[i] = uop.from_group ? 2'd0 : uop.destinations;
      retired_steps[i] = uop.second_latency != 0;
      if (uop.second_latency != 0) retired_second[i] = 128'(value_q[destination_q[32'(pos)*2+32'(uop.destinations)-1].place]);
      if (uop.is_operation) begin
        slot = slots_q[uop.word][uop.pipe];
        if (uop.holds_value) retired_value[i] = value_q[result_q[pos]];
        else if (uop.destinations != 0 && !uop.from_group) retired_value[i] = read(destination_q[32'(pos)*2]);
        if (slot[7:0] inside {OpCsend, OpCrecv, OpCbar, OpCreduce, OpCcast}) begin
          leaving_op_o[leaving_o[LeavingW-1:0]] = slot[7:0];
          leaving_pos[leaving_o[LeavingW-1:0]] = pos;
          leaving_o = leaving_o + 8'd1;
        end
      end
    end
  end

  always_comb begin : leave
    pos_t pos;
    logic [63:0] slot;
    form_t form;
    pos = '0;
    slot = '0;
    form = '0;
    if (packets_taken_i < leaving_o) begin
      pos = leaving_pos[packets_taken_i[LeavingW-1:0]];
      slot = slots_q[uop_i[pos].word][uop_i[pos].pipe];
      leaving_slot_o = slot;
      leaving_value_o = (slot[7:0] inside {OpCsend, OpCreduce, OpCcast}) ? read(source_q[32'(pos)*ValueSources]) : '0;
      leaving_peer_o = '0;
      if (slot[7:0] inside {OpCsend, OpCrecv}) begin
        form = form_of(slot[7:0], slot[15:12]);
        leaving_peer_o = 32'(slot[63:48]);
        if (form.literal == LiteralNone) begin
          leaving_peer_o = value_q[source_q[32'(pos)*ValueSources+(slot[7:0]==OpCsend?1 : 0)].place][31:0];
        end
      end
    end
  end

  always_comb begin : faulting
    if (raises_i) begin
      coordinate_o = 128'(read(retired_q[coordinate_register_i]));
      step_o = 64'(read(retired_q[step_register_i]));
      peer_o = 64'(read(retired_q[peer_register_i]));
    end
  end

  // A place is given back: its last name is gone.
  task automatic drop(input value_place_t place);
    if (place != Zero) begin
      names_q[place] = names_q[place] - 12'd1;
      if (names_q[place] == '0) begin
        free_q[free_count_q[ValueW-1:0]] = place;
        free_count_q = free_count_q + 1;
      end
    end
  endtask

  task automatic take(output value_place_t place);
    free_count_q = free_count_q - 1;
    place = free_q[free_count_q[ValueW-1:0]];
    names_q[place] = 12'd1;
  endtask

  task automatic give_back_later(input value_place_t place);
    given_back_q[given_back_count_q[4:0]] = place;
    given_back_count_q = given_back_count_q + 6'd1;
  endtask

  always_ff @(posedge clk_i) begin : write
    pos_t pos;
    uop_t uop;
    logic [63:0] slot;
    uop_registers_t regs;
    register_t register_name;
    value_name_t name;
    value_place_t place;
    logic stepped;
    if (dispatched_i != '0) begin
      `VTPU_ASSERT(value_file, places_left, free_count_q > (ValueW + 1)'(2 * MaxDispatchUops), "a result finds a place")
      `VTPU_ASSERT(value_file, words_give_back, given_back_count_q <= 6'(MostGivenBack),
                   "a word gives back what there is room for")
    end
    // Words.
    for (int w = 0; w < int'(MaxWords); w++) begin
      if (w >= int'(words_i)) break;
      slots_q[word_place_i[w]] = word_i[w];
      immediate_q[word_place_i[w]] = word_immediate_i[w];
      coordinate_q[word_place_i[w]] = word_coordinate_i[w];
    end
    // Results.
    `FOR_PORTS(p, cfg_i.ports) begin
      if (!started_i[p]) continue;
      pos = PosW'(started_seq_i[p]) & PosW'(cfg_i.places - 16'd1);
      if (loads_o[p]) value_q[result_q[pos]] = loaded_i[p];
      if (computes_o[p]) value_q[result_q[pos]] = result_i[p];
      if (steps_o[p]) begin
        name = destination_q[32'(pos)*2+32'(uop_i[pos].destinations)-1];
        value_q[name.place] = value_t'(stepped_i[p]);
      end
    end
    // Retirement.
    for (int i = 0; i < int'(MaxRetireUops); i++) begin
      if (48'(i) >= head_end_i - head_i) break;
      pos = PosW'(head_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      uop = uop_i[pos];
      for (int d = 0; d < 2; d++) begin
        if (d >= int'(retired_writes[i])) break;
        register_name = retired_register[i][d];
        name = retired_q[register_name];
        give_back_later(name.place);
        retired_q[register_name] = destination_q[32'(pos)*2+d];
      end
      if (uop.is_operation && uop.holds_value && writes_memory(slots_q[uop.word][uop.pipe][7:0])) give_back_later(result_q[pos]);
      if (uop.last_of_word) begin
        for (int g = 0; g < int'(MostGivenBack); g++) begin
          if (g >= int'(given_back_count_q)) break;
          drop(given_back_q[g]);
        end
        given_back_count_q = '0;
      end
    end
    // Dispatch: names of sources and destinations.
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (48'(i) >= dispatch_end_i - dispatched_i) break;
      pos = PosW'(dispatched_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      uop = uop_i[pos];
      regs = registers_i[pos];
      if (!operation_open_q) begin
        operation_result_q = Zero;
        if (uop.holds_value) take(operation_result_q);
      end
      operation_open_q = !uop.is_operation;
      result_q[pos] = operation_result_q;
      for (int s = 0; s < int'(ValueSources); s++) begin
        // What arrives at a group goes out before the rest of its word.
        if (uop.computes && s < int'(uop.sources)) begin
          operation_source_q[s] = uop.before_word[s] && !uop.from_group ? before_q[regs.source[s]] : next_q[regs.source[s]];
        end
        if (uop.computes || uop.pipe == 2'd2) source_q[32'(pos)*ValueSources+s] = operation_source_q[s];
        else if (s < int'(uop.sources)) begin
          source_q[32'(pos)*ValueSources+s] = uop.before_word[s] ? before_q[regs.source[s]] : next_q[regs.source[s]];
        end
      end
      for (int d = 0; d < 2; d++) begin
        if (uop.from_group || d >= int'(uop.destinations)) break;
        register_name = regs.destination[d];
        stepped = uop.second_latency != 0 && d + 1 == int'(uop.destinations);
        name = '0;
        if (stepped) begin
          take(place);
          name.place = place;
        end else if (uop.holds_value) begin
          name.place = operation_result_q;
        end else begin
          slot = slots_q[uop.word][uop.pipe];
          if (uop.sources != 0) name = source_q[32'(pos)*ValueSources];
          if (slot[11:8] == TypeB256) name.is_half = 1'b1;
          if (moves_lane(slot)) name = lane_of(name, slot[30:28]);
          if (name.place != Zero) names_q[name.place] = names_q[name.place] + 12'd1;
          if (immediate_at(slot[7:0], slot[15:12]) != 0) begin
            if (slot[7:0] == OpDsub) name.offset = name.offset - immediate_q[uop.word];
            else name.offset = name.offset + immediate_q[uop.word];
          end
        end
        destination_q[32'(pos)*2+d] = name;
        before_q[register_name] = next_q[register_name];
        next_q[register_name] = name;
      end
    end
    if (load_context_i) begin
      for (int r = 0; r < int'(Registers); r++) begin
        value_q[r+1] = context_values[r];
        names_q[r+1] = 12'd1;
        name = '0;
        name.place = ValueW'(r + 1);
        next_q[r] = name;
        before_q[r] = name;
        retired_q[r] = name;
      end
      value_q[0] = '0;
      for (int f = 0; f < int'(MaxValues - Registers - 1); f++) free_q[f] = ValueW'(MaxValues - 1 - 32'(f));
      free_count_q = (ValueW + 1)'(MaxValues - Registers - 1);
      operation_open_q = 1'b0;
      given_back_count_q = '0;
      kept_valid_q = 1'b0;
    end
    if (given_i) begin
      if (kept_valid_q) drop(kept_q);
      name = retired_q[given_register_i];
      kept_q = name.place;
      kept_valid_q = 1'b1;
      take(place);
      value_q[place] = given_value_i;
      before_q[given_register_i] = name;
      name = '0;
      name.place = place;
      next_q[given_register_i] = name;
      retired_q[given_register_i] = name;
    end
  end
endmodule
