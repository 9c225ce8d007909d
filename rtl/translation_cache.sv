// The translation cache: pages by their keys, true LRU. Words look up their page in program order; a miss costs what the
// layout says.
`include "assertions.svh"

module translation_cache
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic clk_i,
    input logic rst_ni,
    input config_t cfg_i,
    input logic [7:0] words_i,
    input logic [7:0] bytes_i[MaxWords],  // 0: the word accesses nothing
    input page_t page_i[MaxWords],
    output logic [31:0] delay_o[MaxWords]
);
  localparam int unsigned IndexW = index_bits(MaxTranslations);

  // Set by set, the most recently used first.
  page_t page_q[MaxTranslations];
  logic [MaxTranslations-1:0] valid_q;

  // The key's halves xored, folded in halves while that leaves at least the index, then what is above the index on top.
  function automatic logic [15:0] set_of(input page_t page, input logic [15:0] set_bits);
    logic [63:0] folded;
    folded = page[63:0] ^ 64'(page[114:64]);
    for (int width = 32; width >= 1; width = width / 2) begin
      if (16'(width) >= set_bits) begin
        folded = (folded ^ (folded >> width)) & ((64'd1 << width) - 64'd1);
      end
    end
    folded = folded ^ (folded >> set_bits);
    return 16'(folded & ((64'd1 << set_bits) - 64'd1));
  endfunction

  // The sets that this cycle's words leave.
  logic [15:0] set[MaxWords];
  page_t line[MaxWords*MaxWays];
  logic [MaxWords-1:0][MaxWays-1:0] line_valid;

  always_comb begin : look_up
    logic hit;
    int unsigned way;
    page_t old_pages[MaxWays];
    logic [MaxWays-1:0] old_valid;
    logic [IndexW-1:0] at;
    line_valid = '0;
    for (int w = 0; w < int'(MaxWords); w++) begin
      set[w] = '0;
      delay_o[w] = '0;
      if (w >= int'(words_i) || bytes_i[w] == 0) continue;
      set[w] = set_of(page_i[w], cfg_i.translation_set_bits);
      old_valid = '0;
      for (int k = 0; k < int'(MaxWays); k++) begin
        if (k >= int'(cfg_i.translation_ways)) break;
        at = IndexW'(32'(set[w]) * 32'(cfg_i.translation_ways) + 32'(k));
        old_pages[k] = page_q[at];
        old_valid[k] = valid_q[at];
      end
      for (int v = 0; v < w; v++) begin  // an older word of this cycle may have left the set otherwise
        if (bytes_i[v] != 0 && set[v] == set[w]) begin
          for (int k = 0; k < int'(MaxWays); k++) old_pages[k] = line[v*int'(MaxWays)+k];
          old_valid = line_valid[v];
        end
      end
      hit = 1'b0;
      way = 32'(cfg_i.translation_ways) - 1;  // the least recently used leaves
      for (int k = 0; k < int'(MaxWays); k++) begin
        if (k >= int'(cfg_i.translation_ways)) break;
        if (old_valid[k] && old_pages[k] == page_i[w]) begin
          hit = 1'b1;
          way = 32'(k);
          break;
        end
      end
      line[w*int'(MaxWays)] = page_i[w];
      line_valid[w][0] = 1'b1;
      for (int k = 1; k < int'(MaxWays); k++) begin
        if (k >= int'(cfg_i.translation_ways)) break;
        line[w*int'(MaxWays)+k] = (k <= int'(way)) ? old_pages[k-1] : old_pages[k];
        line_valid[w][k] = (k <= int'(way)) ? old_valid[k-1] : old_valid[k];
      end
      if (!hit) delay_o[w] = 32'(cfg_i.translation_miss_latency);
    end
  end

  always_ff @(posedge clk_i) begin : write
    if (!rst_ni) begin
      valid_q = '0;
    end else begin
      for (int w = 0; w < int'(MaxWords); w++) begin
        if (w >= int'(words_i) || bytes_i[w] == 0) continue;
        `VTPU_ASSERT(translation_cache, set_exists, set[w] >> cfg_i.translation_set_bits == 0, "a set is one of the cache")
        for (int k = 0; k < int'(MaxWays); k++) begin
          if (k >= int'(cfg_i.translation_ways)) break;
          `VTPU_ASSERT(translation_cache, one_way, k == 0 || !line_valid[w][k] || line[w*int'(MaxWays)+k] != page_i[w],
                       "a page has one way of its set")
          `VTPU_ASSERT(translation_cache, no_gaps, k == 0 || line_valid[w][k-1] || !line_valid[w][k],
                       "a set fills its ways in order")
          page_q[IndexW'(32'(set[w])*32'(cfg_i.translation_ways)+32'(k))] = line[w*int'(MaxWays)+k];
          valid_q[IndexW'(32'(set[w])*32'(cfg_i.translation_ways)+32'(k))] = line_valid[w][k];
        end
      end
    end
  end
endmodule
