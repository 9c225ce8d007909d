// The front end: asks for words, and puts their uops into the uop queue, which is the young end of the ring of uops.
// Keeps what fetch knows of the uops in flight.
`include "assertions.svh"

module front_end
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input cycle_t now_i,
    input seq_t head_i,
    input logic [15:0] dispatched_fused_i,  // in this cycle

    // Words given in this cycle, and why there is no further one.
    input logic [7:0] words_i,
    input supply_t supply_i,
    input logic [7:0] word_uops_i[MaxWords],
    input uop_t word_uop_i[MaxWords*MaxWordUops],
    input uop_registers_t word_registers_i[MaxWords*MaxWordUops],
    input logic [63:0] word_address_i[MaxWords],
    input logic [7:0] word_bytes_i[MaxWords],  // 0: accesses nothing
    input logic [31:0] word_delay_i[MaxWords],  // of the translation
    input part_t word_part_i[MaxWords],
    output word_place_t word_place_o[MaxWords],  // where the words of this cycle are kept, by uop_t.word
    output logic want_word_o,
    output logic idle_o,  // nothing is in flight and no word in hand

    output seq_t fetched_o,
    output seq_t fetch_end_o,  // after this cycle
    output supply_t last_fetch_o,  // how the latest fetch ended
    output uop_t uop_o[MaxPlaces],
    output uop_registers_t registers_o[MaxPlaces],
    output logic [63:0] address_o[MaxPlaces],
    output logic [7:0] bytes_o[MaxPlaces],
    output logic [31:0] delay_o[MaxPlaces],
    output cycle_t available_o[MaxPlaces]
);
  localparam int unsigned WordW = index_bits(MaxWords);
  localparam int unsigned MaxFetch = (MaxWords + 1) * MaxWordUops;

  uop_t uop_q[MaxPlaces];
  uop_registers_t registers_q[MaxPlaces];
  logic [63:0] address_q[MaxPlaces];
  logic [7:0] bytes_q[MaxPlaces];
  logic [31:0] delay_q[MaxPlaces];
  cycle_t available_q[MaxPlaces];
  assign uop_o = uop_q;
  assign registers_o = registers_q;
  assign address_o = address_q;
  assign bytes_o = bytes_q;
  assign delay_o = delay_q;
  assign available_o = available_q;

  seq_t fetched_q;
  logic [15:0] queued_q;  // fused uops fetched and not dispatched
  supply_t last_fetch_q;

  // The word in hand: uops next .. end-1 are still to go out.
  uop_t hand_uop_q[MaxWordUops];
  uop_registers_t hand_registers_q[MaxWordUops];
  logic [7:0] hand_next_q, hand_end_q;
  logic [63:0] hand_address_q;
  logic [7:0] hand_bytes_q;
  logic [31:0] hand_delay_q;
  word_place_t hand_place_q;
  word_place_t next_place_q;  // of the next word that has uops
  word_place_t next_place;

  // How many uops go out of the word in hand and of each word given.
  logic [7:0] from_hand;
  logic [7:0] from_word[MaxWords];
  logic [15:0] fused;
  seq_t fetch_end;
  supply_t last_fetch;
  logic want_word;

  always_comb begin : choose
    logic [15:0] begun;
    logic [15:0] word;  // 0: in hand, else a given one
    logic at_beginning;
    logic [7:0] at;
    logic [7:0] count;
    uop_t uop;
    uop = '0;
    from_hand = '0;
    for (int w = 0; w < int'(MaxWords); w++) from_word[w] = '0;
    fused = '0;
    fetch_end = fetched_q;
    last_fetch = last_fetch_q;
    want_word = 1'b0;
    begun = (hand_next_q != hand_end_q) ? 16'd1 : 16'd0;
    word = '0;
    at_beginning = 1'b1;
    at = hand_next_q;
    count = hand_end_q;
    for (int i = 0; i < int'(MaxFetch + MaxWords); i++) begin
      if (queued_q + fused >= cfg_i.queue_uops) break;
      if (at_beginning && {32'd0, cfg_i.places} - (fetch_end - head_i) < {32'd0, cfg_i.longest_fused}) begin
        last_fetch = NoWordNow;
        break;
      end
      if (at != count) begin
        uop = (word == 0) ? hand_uop_q[at[index_bits(MaxWordUops)-1:0]] :
            word_uop_i[(32'(word) - 32'd1) * MaxWordUops + 32'(at)];
        at++;
        if (word == 0) from_hand++;
        else from_word[word[WordW:0]-1]++;
        fetch_end++;
        at_beginning = uop.last_of_fused;
        if (at_beginning) fused++;
        last_fetch = NoWordNow;
      end else if (word < 16'(words_i)) begin
        count = word_uops_i[word[WordW-1:0]];
        word++;
        begun++;
        at = '0;
      end else begin
        if (begun >= cfg_i.words_per_cycle) last_fetch = NoWordNow;
        else if (supply_i != MoreWords) last_fetch = supply_i;
        else want_word = 1'b1;
        break;
      end
    end
  end

  always_comb begin : word_places
    next_place = next_place_q;
    for (int w = 0; w < int'(MaxWords); w++) begin
      word_place_o[w] = next_place;
      if (w < int'(words_i) && word_part_i[w] != NoPart) next_place = next_place + 1;
    end
  end

  cycle_t available;  // of what is fetched now, to rename
  assign available = now_i + 48'(cfg_i.depth_cycles);

  assign want_word_o = want_word;
  assign idle_o = head_i == fetched_q && hand_next_q == hand_end_q;
  assign fetched_o = fetched_q;
  assign fetch_end_o = fetch_end;
  assign last_fetch_o = last_fetch_q;

  always_ff @(posedge clk_i) begin : write
    pos_t pos;
    uop_t uop;
    logic touches;
    logic carries;
    for (int i = 0; i < int'(MaxWordUops); i++) begin
      if (i >= int'(from_hand)) break;
      pos = PosW'(fetched_q + 48'(i)) & PosW'(cfg_i.places - 16'd1);
      uop = hand_uop_q[32'(hand_next_q)+32'(i)];
      touches = uop.pipe == 2'd1 && hand_bytes_q != 0;
      carries = uop.is_load || uop.is_store_address || (!uop.is_store_data && !uop.reads_previous);
      uop_q[pos] = uop;
      uop_q[pos].word = hand_place_q;
      registers_q[pos] = hand_registers_q[32'(hand_next_q)+32'(i)];
      address_q[pos] = hand_address_q;
      bytes_q[pos] = touches ? hand_bytes_q : 8'd0;
      delay_q[pos] = touches && carries ? hand_delay_q : 32'd0;
      available_q[pos] = available;
    end
    begin
      seq_t seq;
      seq = fetched_q + 48'(from_hand);
      for (int w = 0; w < int'(MaxWords); w++) begin
        if (w >= int'(words_i)) break;
        for (int i = 0; i < int'(MaxWordUops); i++) begin
          if (i >= int'(from_word[w])) break;
          pos = PosW'(seq) & PosW'(cfg_i.places - 16'd1);
          uop = word_uop_i[w*int'(MaxWordUops)+i];
          touches = uop.pipe == 2'd1 && word_bytes_i[w] != 0;
          carries = uop.is_load || uop.is_store_address || (!uop.is_store_data && !uop.reads_previous);
          uop_q[pos] = uop;
          uop_q[pos].word = word_place_o[w];
          registers_q[pos] = word_registers_i[w*int'(MaxWordUops)+i];
          address_q[pos] = word_address_i[w];
          bytes_q[pos] = touches ? word_bytes_i[w] : 8'd0;
          delay_q[pos] = touches && carries ? word_delay_i[w] : 32'd0;
          available_q[pos] = available;
          seq++;
        end
      end
    end
    if (words_i != 0) begin
      for (int i = 0; i < int'(MaxWordUops); i++) begin
        hand_uop_q[i] = word_uop_i[(int'(words_i)-1)*int'(MaxWordUops)+i];
        hand_registers_q[i] = word_registers_i[(int'(words_i)-1)*int'(MaxWordUops)+i];
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      fetched_q <= '0;
      queued_q <= '0;
      last_fetch_q <= NoWordNow;
      hand_next_q <= '0;
      hand_end_q <= '0;
      hand_address_q <= '0;
      hand_bytes_q <= '0;
      hand_delay_q <= '0;
      hand_place_q <= '0;
      next_place_q <= '0;
    end else begin
      fetched_q <= fetch_end;
      queued_q <= queued_q + fused - dispatched_fused_i;
      last_fetch_q <= last_fetch;
      next_place_q <= next_place;
      if (words_i != 0) begin
        hand_next_q <= from_word[words_i[WordW:0]-1];
        hand_end_q <= word_uops_i[words_i[WordW:0]-1];
        hand_address_q <= word_address_i[words_i[WordW:0]-1];
        hand_bytes_q <= word_bytes_i[words_i[WordW:0]-1];
        hand_delay_q <= word_delay_i[words_i[WordW:0]-1];
        hand_place_q <= word_place_o[words_i[WordW:0]-1];
      end else begin
        hand_next_q <= hand_next_q + from_hand;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_ni) begin
      `VTPU_ASSERT(front_end, ring_room, head_i <= fetched_q && fetch_end - head_i <= 48'(cfg_i.places),
                   "the ring has room for all uops in flight")
      `VTPU_ASSERT(front_end, queue_room, queued_q <= cfg_i.queue_uops, "the uop queue has room for all in it")
      `VTPU_ASSERT(front_end, queue_credit, dispatched_fused_i <= queued_q,
                   "no more are dispatched than the uop queue holds")
      `VTPU_ASSERT(front_end, hand, hand_next_q <= hand_end_q && hand_end_q <= 8'(MaxWordUops),
                   "what is left of a word is a part of it")
      `VTPU_ASSERT(front_end, words, 16'(words_i) <= cfg_i.words_per_cycle,
                   "no more words are taken than the layout allows")
      for (int w = 0; w < int'(MaxWords); w++) begin
        if (w >= int'(words_i)) break;
        if (word_uops_i[w] == 0) continue;
        `VTPU_ASSERT(siw_decoder, word_fits, word_uops_i[w] <= 8'(MaxWordUops), "a word's uops fit")
        `VTPU_ASSERT(siw_decoder, whole_fused, word_uop_i[w*int'(MaxWordUops)].first_of_fused &&
                     word_uop_i[w*int'(MaxWordUops)+int'(word_uops_i[w])-1].last_of_fused,
                     "a word begins and ends with whole fused uops")
        for (int i = 0; i < int'(MaxWordUops); i++) begin
          if (i >= int'(word_uops_i[w])) break;
          `VTPU_ASSERT(siw_decoder, operands, int'(word_uop_i[w*int'(MaxWordUops)+i].sources) <= int'(Sources) &&
                       word_uop_i[w*int'(MaxWordUops)+i].destinations <= 2'd2, "a uop has room for its operands")
          `VTPU_ASSERT(siw_decoder, one_memory_role, $onehot0({word_uop_i[w*int'(MaxWordUops)+i].is_load,
                       word_uop_i[w*int'(MaxWordUops)+i].is_store_address,
                       word_uop_i[w*int'(MaxWordUops)+i].is_store_data}), "a uop has one role at memory")
        end
      end
    end
  end
endmodule
