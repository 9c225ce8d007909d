// The data of the stores in the store queue, and the loads that take it from there: those that a store covers which has
// not been committed. What came from the fabric since such a store retired may tell that an other core has stored there
// too; then memory knows better. (Contract, section 7.)
`include "assertions.svh"

module store_data
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input uop_t uop_i[MaxPlaces],

    // The uops dispatched in this cycle, as load_store_unit sees them.
    input seq_t dispatched_i,
    input seq_t dispatch_end_i,
    input logic forwarded_i[MaxDispatchUops],
    input logic covered_i[MaxDispatchUops],
    input seq_t store_i[MaxDispatchUops],  // number of the store: of a load, that it takes; of a store data uop, its own

    // Stores below these numbers are committed, and retired.
    input seq_t store_head_i,
    input seq_t store_retired_i,
    input logic acquires_i,  // something comes from the fabric in this cycle

    // What starts in this cycle.
    input logic [MaxPorts-1:0] started_i,
    input seq_t [MaxPorts-1:0] started_seq_i,
    input logic [MaxPorts-1:0] loads_i,
    input value_t [MaxPorts-1:0] result_i,
    output logic [MaxPorts-1:0] forwards_o,  // the load takes a store's data
    output value_t [MaxPorts-1:0] cell_o
);
  localparam int unsigned StoreW = index_bits(MaxStores);

  value_t data_q[MaxStores];
  seq_t owner_q[MaxStores];  // number of the store whose data it is

  // By place in the ring.
  logic covered_q[MaxPlaces];
  seq_t store_q[MaxPlaces];

  seq_t acquired_q;  // stores below this number had retired when something came from the fabric

  always_comb begin : forward
    pos_t pos;
    pos = '0;
    forwards_o = '0;
    `FOR_PORTS(p, cfg_i.ports) begin
      if (!loads_i[p]) continue;
      pos = PosW'(started_seq_i[p]) & PosW'(cfg_i.places - 16'd1);
      if (covered_q[pos] && store_q[pos] >= store_head_i && store_q[pos] >= acquired_q) begin
        forwards_o[p] = 1'b1;
        cell_o[p] = data_q[StoreW'(store_q[pos])];
      end
    end
  end

  always_ff @(posedge clk_i) begin : write
    pos_t pos;
    uop_t uop;
    `FOR_PORTS(p, cfg_i.ports) begin
      if (!started_i[p]) continue;
      pos = PosW'(started_seq_i[p]) & PosW'(cfg_i.places - 16'd1);
      if (rst_ni && forwards_o[p]) begin
        `VTPU_ASSERT(store_data, data_there, owner_q[StoreW'(store_q[pos])] == store_q[pos],
                     "a load finds the data of the store that it takes")
      end
      if (!uop_i[pos].is_store_data) continue;
      data_q[StoreW'(store_q[pos])] = result_i[p];
      owner_q[StoreW'(store_q[pos])] = store_q[pos];
    end
    for (int i = 0; i < int'(MaxDispatchUops); i++) begin
      if (48'(i) >= dispatch_end_i - dispatched_i) break;
      pos = PosW'(dispatched_i + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      uop = uop_i[pos];
      if (!uop.is_load && !uop.is_store_data) continue;
      covered_q[pos] = uop.is_load && forwarded_i[i] && covered_i[i];
      store_q[pos] = store_i[i];
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) acquired_q <= '0;
    else if (acquires_i) acquired_q <= store_retired_i;
  end
endmodule
