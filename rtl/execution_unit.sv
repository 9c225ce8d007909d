// What the ports compute: the operations of the uops that start on them, from the values of their registers. An operation
// is computed by the uop that reads its registers; the other uops of its crack stand for the time that it takes.
module execution_unit
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic [15:0] ports_i,
    input logic [MaxPorts-1:0] computes_i,
    input logic [MaxPorts-1:0] accesses_i,  // names the cell of the operation
    input logic [MaxPorts-1:0] steps_i,     // post-increments its coordinate
    input work_t [MaxPorts-1:0] work_i,
    input value_t [MaxPorts-1:0] a_i,  // values of the register sources, in order
    input value_t [MaxPorts-1:0] b_i,
    input value_t [MaxPorts-1:0] c_i,
    input value_t [MaxPorts-1:0] cell_i,  // what an earlier uop of the operation loaded
    input message_t [MaxPorts-1:0] message_i,
    output value_t [MaxPorts-1:0] result_o,
    output coordinate_t [MaxPorts-1:0] access_o,
    output coordinate_t [MaxPorts-1:0] stepped_o,
    output logic [MaxPorts-1:0] out_of_range_o  // a step that no word may take
);
  logic [MaxPorts-1:0][63:0] slot;
  value_t [MaxPorts-1:0] x;  // operands in the order of the form
  value_t [MaxPorts-1:0] y;
  value_t [MaxPorts-1:0] z;
  coordinate_t [MaxPorts-1:0] coordinate;
  logic [MaxPorts-1:0][3:0] dimension;
  logic [MaxPorts-1:0][63:0] step;
  logic [MaxPorts-1:0] integers, vectors, hypervectors, floats, moves;

  always_comb begin : operands
    logic [7:0] op;
    form_t form;
    op = '0;
    form = '0;
    integers = '0;
    vectors = '0;
    hypervectors = '0;
    floats = '0;
    moves = steps_i;
    `FOR_PORTS(p, ports_i) begin
      if (computes_i[p] || accesses_i[p] || steps_i[p]) begin
        slot[p] = work_i[p].slot;
        op = slot[p][7:0];
        coordinate[p] = a_i[p][127:0];
        dimension[p] = slot[p][51:48];
        step[p] = {{52{slot[p][63]}}, slot[p][63:52]};
      end
      if (computes_i[p]) begin
        form = form_of(op, slot[p][15:12]);
        x[p] = a_i[p];
        y[p] = b_i[p];
        z[p] = c_i[p];
        case (immediate_at(op, slot[p][15:12]))
          2'd1: x[p] = value_t'(work_i[p].immediate);
          2'd2: y[p] = value_t'(work_i[p].immediate);
          default: ;
        endcase
        if (op == OpDmov && form.kind[1] inside {KindMLane, KindVLane}) x[p] = value_t'(a_i[p][64*slot[p][30:28]+:64]);
        if (op == OpSindex) begin
          moves[p] = 1'b1;
          step[p] = y[p][63:0];
        end
        if (op[7:6] == 2'd0) begin
          if (is_floating_point(op, slot[p][11:8])) floats[p] = 1'b1;
          else if (op inside {OpDhdenc, OpDhdbind, OpDhdbund, OpDhdperm, OpDhdsim}) hypervectors[p] = 1'b1;
          else if (slot[p][11:8] == TypeI64) integers[p] = 1'b1;
          else vectors[p] = 1'b1;
        end
      end
    end
  end

  logic [MaxPorts-1:0][63:0] integer_result;
  value_t [MaxPorts-1:0] vector_result;
  value_t [MaxPorts-1:0] hypervector_result;
  value_t [MaxPorts-1:0] floating_result;
  coordinate_t [MaxPorts-1:0] moved;

  integer_unit integer_unit_i (
      .ports_i, .valid_i(integers), .slot_i(slot), .x_i(x), .y_i(y), .z_i(z), .result_o(integer_result)
  );
  vector_unit vector_unit_i (
      .ports_i, .valid_i(vectors), .slot_i(slot), .x_i(x), .y_i(y), .z_i(z), .result_o(vector_result)
  );
  hypervector_unit hypervector_unit_i (
      .ports_i, .valid_i(hypervectors), .slot_i(slot), .x_i(x), .y_i(y), .z_i(z), .result_o(hypervector_result)
  );
  fp_unit fp_unit_i (
      .ports_i, .valid_i(floats), .slot_i(slot), .x_i(x), .y_i(y), .z_i(z), .result_o(floating_result)
  );
  coordinate_unit coordinate_unit_i (
      .ports_i, .valid_i(moves), .coordinate_i(coordinate), .dimension_i(dimension), .step_i(step), .moved_o(moved),
      .out_of_range_o
  );

  // What the operations of S and C make, but for loads.
  function automatic value_t other_result(input work_t work, input value_t a, input value_t b, input value_t content,
                                          input message_t message, input coordinate_t stepped);
    logic [63:0] word_slot;
    form_t form;
    word_slot = work.slot;
    form = form_of(word_slot[7:0], word_slot[15:12]);
    other_result = '0;
    case (word_slot[7:0])
      OpSindex: other_result[127:0] = stepped;
      OpSsetp: other_result[127:0] = (form.kind[1] == KindCoord) ? work.coordinate : a[127:0];
      OpSdedup: other_result = 512'(place_of(a[63:0], content));
      OpSscattr: begin
        if (word_slot[11:8] == TypeB512) other_result = a;
        else other_result[64*word_slot[34:32]+:64] = a[63:0];
      end
      OpCpack: begin
        other_result[255:0] = a[255:0];
        if (form.kind[0] == KindMLane) other_result[64*word_slot[21:20]+:64] = b[63:0];
      end
      OpCroute, OpClisten: other_result[31:0] = (form.kind[1] == KindR) ? a[31:0] : 32'(word_slot[63:48]);
      OpCrecv: other_result[255:0] = message;
      default: ;  // OpSfree leaves zeros
    endcase
  endfunction

  always_comb begin : results
    form_t form;
    form = '0;
    `FOR_PORTS(p, ports_i) begin
      if (accesses_i[p]) begin
        form = form_of(slot[p][7:0], slot[p][15:12]);
        access_o[p] = (form.kind[1] == KindCoord) ? work_i[p].coordinate : a_i[p][127:0];
        access_o[p][127:121] = '0;  // flags do not address memory
      end
      if (steps_i[p]) stepped_o[p] = moved[p];
      if (computes_i[p]) begin
        if (integers[p]) result_o[p] = 512'(integer_result[p]);
        else if (vectors[p]) result_o[p] = vector_result[p];
        else if (hypervectors[p]) result_o[p] = hypervector_result[p];
        else if (floats[p]) result_o[p] = floating_result[p];
        else result_o[p] = other_result(work_i[p], x[p], y[p], cell_i[p], message_i[p], moved[p]);
      end
    end
  end
endmodule
