// Where messages leave and enter the core. A message operation hands one packet to the fabric in the cycle in which it
// retires, in program order, one after the other; a message comes with the word whose CRECV takes it, the credit of a
// CSEND with its word, what a group gives with the word that goes on. (Contract, section 11.)
`include "assertions.svh"

module message_port
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input logic idle_i,  // nothing is in flight

    // From the fabric, with the words of this cycle.
    input logic [7:0] words_i,
    input word_place_t word_place_i[MaxWords],
    input logic [2:0][63:0] word_i[MaxWords],  // the slots D, S, C
    input part_t word_part_i[MaxWords],
    input logic [MaxWords-1:0] word_credit_i,    // to send one message
    input logic [MaxWords-1:0] word_receives_i,  // a message comes
    input message_t word_message_i[MaxWords],
    input logic given_i,  // the group of the first word gives a value
    output register_t given_register_o,  // where it goes
    output logic acquires_o,  // something came: others may have stored what the core had stored before

    // CRECVs that start.
    input logic [MaxPorts-1:0] receives_i,
    input word_place_t [MaxPorts-1:0] receive_word_i,
    /* verilator tracing_off */  // wide
    output message_t [MaxPorts-1:0] message_o,
    /* verilator tracing_on */

    // The message operations that retire in this cycle; of the one whose turn it is, its slot, what it sends and to whom.
    input logic [7:0] leaving_i,
    input logic [MaxRetire-1:0][7:0] leaving_op_i,
    input logic [63:0] leaving_slot_i,
    input value_t leaving_value_i,
    input logic [31:0] leaving_peer_i,

    // To the fabric: a packet, until it has taken it; it takes all of a cycle.
    input logic [7:0] packets_taken_i,
    output logic packet_valid_o,
    output packet_kind_t packet_kind_o,
    output logic [31:0] packet_peer_o,  // sentron: who gets the message; of a credit, who sent the message
    output logic [63:0] packet_asks_o,  // of an arrival: the operation
    /* verilator tracing_off */  // wide, and of use in a few cycles only
    output value_t packet_payload_o
    /* verilator tracing_on */
);
  localparam register_t Vectors = 7'd32;
  localparam register_t Messages = 7'd48;

  message_t message_q[2*MaxPlaces];  // by place of the word
  logic [15:0] credits_q;   // came with words whose CSENDs have not retired
  logic [15:0] received_q;  // messages whose CRECVs have not retired

  // ---- in

  always_comb begin : receive
    `FOR_PORTS(p, cfg_i.ports) if (receives_i[p]) message_o[p] = message_q[receive_word_i[p]];
  end

  always_comb begin : group
    logic [63:0] slot;
    slot = word_i[0][2];
    if (slot[7:0] == OpCcast) given_register_o = Messages + 7'(slot[19:16]);
    else if (slot[11:8] == TypeI64) given_register_o = 7'(slot[19:16]);
    else given_register_o = Vectors + 7'(slot[19:16]);
  end

  logic [7:0] new_credits, new_messages;

  always_comb begin : arrive
    new_credits = '0;
    new_messages = '0;
    for (int w = 0; w < int'(MaxWords); w++) begin
      if (w >= int'(words_i)) break;
      if (word_credit_i[w]) new_credits++;
      if (word_receives_i[w]) new_messages++;
    end
  end
  assign acquires_o = given_i || new_messages != '0;

  always_ff @(posedge clk_i) begin : keep
    for (int w = 0; w < int'(MaxWords); w++) begin
      if (w >= int'(words_i)) break;
      if (word_receives_i[w]) message_q[word_place_i[w]] = word_message_i[w];
    end
  end

  // ---- out

  assign packet_valid_o = packets_taken_i < leaving_i;

  always_comb begin : packet
    packet_kind_o = PacketMessage;
    packet_peer_o = '0;
    packet_asks_o = '0;
    if (packet_valid_o) begin
      packet_peer_o = leaving_peer_i;
      packet_payload_o = leaving_value_i;
      case (leaving_slot_i[7:0])
        OpCsend: ;
        OpCrecv: packet_kind_o = PacketCredit;
        default: begin
          packet_kind_o = PacketArrival;
          packet_asks_o = leaving_slot_i;
        end
      endcase
    end
  end

  logic [7:0] sent, given_back;

  always_comb begin : leave
    sent = '0;
    given_back = '0;
    for (int k = 0; k < int'(MaxRetire); k++) begin
      if (k >= int'(leaving_i)) break;
      if (leaving_op_i[k] == OpCsend) sent++;
      if (leaving_op_i[k] == OpCrecv) given_back++;
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      credits_q <= '0;
      received_q <= '0;
    end else begin
      credits_q <= credits_q + 16'(new_credits) - 16'(sent);
      received_q <= received_q + 16'(new_messages) - 16'(given_back);
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      `VTPU_ASSERT(message_port, all_taken, packets_taken_i == leaving_i, "the fabric takes all packets of a cycle")
      `VTPU_ASSERT(message_port, credit, 16'(sent) <= credits_q, "no message leaves without a credit")
      `VTPU_ASSERT(message_port, gives_back, 16'(given_back) <= received_q,
                   "no more credits are given back than messages came")
      `VTPU_ASSERT(message_port, none_lost, !idle_i || (credits_q == '0 && received_q == '0),
                   "with nothing in flight, every credit is used and every message taken")
      for (int w = 0; w < int'(MaxWords); w++) begin
        if (w >= int'(words_i)) break;
        `VTPU_ASSERT(message_port, message_for_receive,
                     word_receives_i[w] == (word_part_i[w] == WholeWord && word_i[w][2][7:0] == OpCrecv),
                     "a message comes with each CRECV and with nothing else")
        `VTPU_ASSERT(message_port, credit_for_send,
                     word_credit_i[w] == (word_part_i[w] == WholeWord && word_i[w][2][7:0] == OpCsend),
                     "a credit comes with each CSEND and with nothing else")
      end
    end
  end
endmodule
