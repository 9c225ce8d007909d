// Steps through the program: the word that comes next, and how often the loops around it were passed. A word comes with
// the loops that end at it. The fabric keeps both for sentrons that do not run.
module loop_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input logic load_context_i,  // another sentron goes on where it was
    input logic [7:0] words_i,
    input logic [MaxWords-1:0] word_steps_i,  // the word is the next one; otherwise it is the rest of the one before
    input logic [5:0] word_ends_i[MaxWords],   // how many loops end at the word
    input logic [5:0] word_depth_i[MaxWords],  // how deep the innermost of them is nested, 1: in no other
    output word_index_t next_o  // number of the next word in its stream
);
  // As in value_file, variables that the adapter sees: the loops that end at the words of this cycle, the inner ones first,
  // the words asked for, and the place of a sentron that comes.
  /* verilator tracing_off */
  word_index_t loop_first[MaxWords*MaxLoops]  /* verilator public_flat_rw */;
  logic [63:0] loop_count[MaxWords*MaxLoops]  /* verilator public_flat_rw */;
  word_index_t context_index  /* verilator public_flat_rw */;
  logic [63:0] context_passed[MaxLoops]  /* verilator public_flat_rw */;
  word_index_t asked[MaxWords]  /* verilator public_flat_rd */;
  word_index_t index_q  /* verilator public_flat_rd */;
  logic [63:0] passed_q[MaxLoops]  /* verilator public_flat_rd */;  // of the loop at this depth
  /* verilator tracing_on */

  word_index_t index;
  logic [63:0] passed[MaxLoops];
  logic steps;  // loops are passed in this cycle

  always_comb begin : step
    logic again;
    logic [4:0] depth;
    again = 1'b0;
    depth = '0;
    steps = 1'b0;
    index = load_context_i ? context_index : index_q;
    if (words_i != 0) passed = load_context_i ? context_passed : passed_q;
    for (int w = 0; w < int'(MaxWords); w++) begin
      if (w >= int'(words_i)) break;
      asked[w] = index;
      if (!word_steps_i[w]) continue;
      again = 1'b0;
      for (int k = 0; k < int'(MaxLoops); k++) begin
        if (k >= int'(word_ends_i[w])) break;
        steps = 1'b1;
        depth = 5'(word_depth_i[w] - 6'd1 - 6'(k));
        passed[depth] = passed[depth] + 64'd1;
        if (passed[depth] != loop_count[w*int'(MaxLoops)+k]) begin
          index = loop_first[w*int'(MaxLoops)+k];
          again = 1'b1;
          break;
        end
        passed[depth] = '0;
      end
      if (!again) index = index + 1;
    end
  end

  assign next_o = index;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      index_q <= '0;
      passed_q <= '{default: '0};
    end else begin
      index_q <= index;
      if (steps || load_context_i) passed_q <= passed;
    end
  end
endmodule
