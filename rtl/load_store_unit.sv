// The store queue: forwarding to younger loads, the commit of retired stores, the lines written last.
`include "assertions.svh"

module load_store_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input seq_t head_i,

    // The uops dispatched in this cycle.
    input seq_t dispatched_i,
    input seq_t dispatch_end_i,
    input uop_t uop_i[MaxPlaces],
    input logic [63:0] address_i[MaxPlaces],
    input logic [7:0] bytes_i[MaxPlaces],
    output logic forwarded_o[MaxDispatchUops],  // takes the data of an older store
    output logic covered_o[MaxDispatchUops],  // which covers all its bytes
    output seq_t blocking_o[MaxDispatchUops],  // number of that store; of a store data uop, of its own
    output logic waits_o[MaxDispatchUops],  // for its data uop
    output pos_t data_o[MaxDispatchUops],

    // Retirement of this cycle.
    input logic [15:0] retired_stores_i,
    output logic [63:0] own_address_o[MaxRetireUops],  // of these stores, in order
    output logic [7:0] own_bytes_o[MaxRetireUops],

    // Commit: stores that ask for a write, one after the other, and the answers so far.
    input logic [7:0] answers_i,
    input logic [MaxCommits-1:0] answer_i,  // the line is there and was written
    output logic commit_valid_o,  // one more question
    output logic [63:0] commit_address_o,
    output logic [7:0] commit_bytes_o,
    output logic [15:0] committed_o,

    output seq_t store_head_o,  // number of the oldest store that is not committed
    output seq_t store_retired_o,  // number of the oldest one that has not retired
    output logic retired_stores_o  // a retired store waits for its commit
);
  localparam int unsigned StoreW = index_bits(MaxStores);
  typedef logic [57:0] line_t;

  logic [63:0] address_q[MaxStores];
  logic [7:0] bytes_q[MaxStores];
  logic has_data_q[MaxStores];
  seq_t data_q[MaxStores];
  seq_t head_q, retired_q, tail_q;
  logic [MaxLines-1:0] line_valid_q;
  line_t line_q[MaxLines];  // the latest first

  // Stores of this cycle.
  logic [15:0] new_stores;
  logic [63:0] new_address[MaxDispatchUops];
  logic [7:0] new_bytes[MaxDispatchUops];
  logic new_has_data[MaxDispatchUops];
  seq_t new_data[MaxDispatchUops];
  logic [15:0] last_data_valid;  // a data uop for the store that was dispatched last, in an earlier cycle
  seq_t last_data;

  function automatic logic overlaps(input logic [63:0] a, input logic [7:0] a_bytes, input logic [63:0] b,
                                    input logic [7:0] b_bytes);
    return a < b + 64'(b_bytes) && b < a + 64'(a_bytes);
  endfunction
  function automatic logic covers(input logic [63:0] a, input logic [7:0] a_bytes, input logic [63:0] b,
                                  input logic [7:0] b_bytes);
    return a <= b && b + 64'(b_bytes) <= a + 64'(a_bytes);
  endfunction

  always_comb begin : forward
    pos_t pos;
    seq_t number, data;
    logic found, has_data;
    logic [63:0] address;
    logic [7:0] bytes;
    new_stores = '0;
    last_data_valid = '0;
    last_data = '0;
    found = 1'b0;
    has_data = 1'b0;
    data = '0;
    number = '0;
    address = '0;
    bytes = '0;
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (48'(i) >= dispatch_end_i - dispatched_i) break;
      pos = PosW'(dispatched_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      forwarded_o[i] = 1'b0;
      covered_o[i] = 1'b0;
      blocking_o[i] = '0;
      waits_o[i] = 1'b0;
      data_o[i] = '0;
      if (uop_i[pos].is_store_address) begin
        new_address[DispatchW'(new_stores)] = address_i[pos];
        new_bytes[DispatchW'(new_stores)] = bytes_i[pos];
        new_has_data[DispatchW'(new_stores)] = 1'b0;
        new_data[DispatchW'(new_stores)] = '0;
        new_stores++;
      end
      if (uop_i[pos].is_store_data) begin
        if (new_stores != 0) begin
          if (!new_has_data[DispatchW'(new_stores-16'd1)]) new_data[DispatchW'(new_stores-16'd1)] = dispatched_i + 48'(i);
          new_has_data[DispatchW'(new_stores-16'd1)] = 1'b1;
        end else if (head_q != tail_q && !has_data_q[StoreW'(tail_q-1)] && last_data_valid == 0) begin
          last_data_valid = 16'd1;
          last_data = dispatched_i + 48'(i);
        end
        blocking_o[i] = tail_q + 48'(new_stores) - 48'd1;
      end
      if (uop_i[pos].is_load && !uop_i[pos].prefetch) begin
        found = 1'b0;
        has_data = 1'b0;
        data = '0;
        number = tail_q + 48'(new_stores);
        address = '0;
        bytes = '0;
        for (int s = 0; s < int'(MaxStores + MaxDispatchUops); s++) begin
          if (number == head_q) break;
          number--;
          if (number >= tail_q) begin
            address = new_address[DispatchW'(number-tail_q)];
            bytes = new_bytes[DispatchW'(number-tail_q)];
            has_data = new_has_data[DispatchW'(number-tail_q)];
            data = new_data[DispatchW'(number-tail_q)];
          end else begin
            address = address_q[StoreW'(number)];
            bytes = bytes_q[StoreW'(number)];
            has_data = has_data_q[StoreW'(number)];
            data = data_q[StoreW'(number)];
            if (number == tail_q - 1 && last_data_valid != 0) begin
              has_data = 1'b1;
              data = last_data;
            end
          end
          if (overlaps(address, bytes, address_i[pos], bytes_i[pos])) begin
            found = 1'b1;
            break;
          end
        end
        if (found && has_data) begin
          forwarded_o[i] = 1'b1;
          covered_o[i] = covers(address, bytes, address_i[pos], bytes_i[pos]);
          blocking_o[i] = number;
          waits_o[i] = data >= head_i;
          data_o[i] = PosW'(data) & PosW'(cfg_i.places - 16'd1);
        end
      end
    end
  end

  // Lines of stores that retire.
  always_comb begin : own
    for (int i = 0; i < int'(MaxRetireUops); i++) begin
      if (i >= int'(retired_stores_i)) break;
      own_address_o[i] = address_q[StoreW'(retired_q + 48'(i))];
      own_bytes_o[i] = bytes_q[StoreW'(retired_q + 48'(i))];
    end
  end

  logic [MaxLines-1:0] line_valid;
  line_t line[MaxLines];
  seq_t commit_end;

  always_comb begin : commit
    logic [15:0] budget;
    logic [7:0] asked;
    line_t this_line;
    logic one_line, merges;
    int unsigned place;
    line_valid = line_valid_q;
    line = line_q;
    commit_end = head_q;
    budget = cfg_i.commits_per_cycle;
    asked = '0;
    commit_valid_o = 1'b0;
    commit_address_o = '0;
    commit_bytes_o = '0;
    for (int s = 0; s < int'(MaxStores); s++) begin
      if (commit_end == retired_q) break;
      this_line = address_q[StoreW'(commit_end)][63:6];
      one_line = 58'((address_q[StoreW'(commit_end)] + 64'(bytes_q[StoreW'(commit_end)]) - 64'd1) >> 6) == this_line;
      // Where it stands among the lines written last; else the place of the oldest.
      merges = 1'b0;
      place = 32'(cfg_i.combining_lines) - 1;
      for (int l = 0; l < int'(MaxLines); l++) begin
        if (l >= int'(cfg_i.combining_lines)) break;
        if (line_valid[l] && line[l] == this_line) begin
          place = 32'(l);
          merges = one_line;
          break;
        end
      end
      if (!merges) begin
        if (budget == 0) break;
        if (asked == answers_i) begin
          commit_valid_o = 1'b1;
          commit_address_o = address_q[StoreW'(commit_end)];
          commit_bytes_o = bytes_q[StoreW'(commit_end)];
          break;
        end
        if (!answer_i[asked[index_bits(MaxCommits)-1:0]]) break;
        asked++;
        budget--;
      end
      if (one_line && cfg_i.combining_lines != 0) begin
        for (int l = int'(MaxLines) - 1; l > 0; l--) begin
          if (l <= int'(place)) begin
            line[l] = line[l-1];
            line_valid[l] = line_valid[l-1];
          end
        end
        line[0] = this_line;
        line_valid[0] = 1'b1;
      end
      commit_end++;
    end
  end

  assign committed_o = 16'(commit_end - head_q);
  assign store_head_o = head_q;
  assign store_retired_o = retired_q;
  assign retired_stores_o = head_q != retired_q;

  always_ff @(posedge clk_i) begin : write
    if (last_data_valid != 0) begin
      has_data_q[StoreW'(tail_q-1)] = 1'b1;
      data_q[StoreW'(tail_q-1)] = last_data;
    end
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (i >= int'(new_stores)) break;
      address_q[StoreW'(tail_q+48'(i))] = new_address[i];
      bytes_q[StoreW'(tail_q+48'(i))] = new_bytes[i];
      has_data_q[StoreW'(tail_q+48'(i))] = new_has_data[i];
      data_q[StoreW'(tail_q+48'(i))] = new_data[i];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      head_q <= '0;
      retired_q <= '0;
      tail_q <= '0;
      line_valid_q <= '0;
      line_q <= '{default: '0};
    end else begin
      head_q <= commit_end;
      retired_q <= retired_q + 48'(retired_stores_i);
      tail_q <= tail_q + 48'(new_stores);
      line_valid_q <= line_valid;
      line_q <= line;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      `VTPU_ASSERT(load_store_unit, stores_in_order, head_q <= commit_end && commit_end <= retired_q &&
                   retired_q + 48'(retired_stores_i) <= tail_q, "stores are dispatched, retired and written in order")
      `VTPU_ASSERT(load_store_unit, stores_fit, tail_q - head_q <= 48'(cfg_i.store_queue),
                   "the store queue has room for all stores")
      `VTPU_ASSERT(load_store_unit, commit_credit, 16'(answers_i) <= cfg_i.commits_per_cycle,
                   "no more stores are written in a cycle than the layout allows")
      for (int l = 0; l < int'(MaxLines); l++) begin
        if (l >= int'(cfg_i.combining_lines)) break;
        for (int m = 0; m < l; m++) begin
          `VTPU_ASSERT(load_store_unit, lines_differ, !line_valid_q[l] || !line_valid_q[m] || line_q[l] != line_q[m],
                       "a line is open for stores once")
        end
      end
    end
  end
endmodule
