// Decode and crack: the operations of a word as uops, by the layout's table. The order within a word is D, S, C. Every
// uop of an operation but the first reads the result of the one before; the first reads the registers, the last makes
// the result; memory sources put a load before, memory destinations a store address and store data after.
module siw_decoder
  import core_size_pkg::*;
  import core_pkg::*;
  import op_table_pkg::*;
(
    input config_t cfg_i,
    input kind_t kind_i[MaxKinds],
    input logic [7:0] words_i,
    input logic [2:0][63:0] word_i[MaxWords],  // the slots D, S, C
    input part_t part_i[MaxWords],
    input logic [MaxWords-1:0] new_context_i,
    output logic [7:0] uops_o[MaxWords],
    output uop_t uop_o[MaxWords*MaxWordUops],
    output uop_registers_t registers_o[MaxWords*MaxWordUops]
);
  // The layout's cracks, loaded while the core is held in reset. As a port they would be copied in every cycle.
  /* verilator tracing_off */
  crack_t cracks[Cracks]  /* verilator public_flat_rw */;
  /* verilator tracing_on */

  localparam register_t Coordinates = 7'd16;  // numbers of the first coordinate register ...
  localparam register_t Routes = 7'd24;
  localparam register_t Listens = 7'd28;
  localparam register_t Vectors = 7'd32;
  localparam register_t Messages = 7'd48;
  localparam register_t Compare = 7'd96;

  // Up to eight registers, in order.
  typedef struct packed {
    logic [3:0] count;
    register_t [7:0] name;
  } list_t;

  typedef struct packed {
    list_t values;   // register sources that are no address
    list_t address;  // the coordinate register of the address
    list_t results;  // destinations but for the post-increment
    list_t stepped;  // the post-incremented coordinate
    logic vector_data;
  } operation_t;

  function automatic list_t append(input list_t list, input register_t name);
    append = list;
    append.name[list.count[2:0]] = name;
    append.count = list.count + 4'd1;
  endfunction

  function automatic register_t register_of(input logic [3:0] kind, input logic [7:0] f);
    case (kind)
      KindR: return 7'(f[3:0]);
      KindV, KindVLane: return Vectors + 7'(f[3:0]);
      KindP, KindAddr: return Coordinates + 7'(f[3:0]);
      default: return Messages + 7'(f[3:0]);
    endcase
  endfunction

  // The registers of a slot, sorted by what they are for.
  function automatic operation_t analyse(input logic [63:0] slot);
    logic [7:0] op, f;
    form_t form;
    logic memory, reads, writes, coordinate;
    logic [3:0] kind;
    logic [1:0] access;
    register_t name;
    analyse = '0;
    op = slot[7:0];
    form = form_of(op, slot[15:12]);
    memory = reads_memory(op) || writes_memory(op);
    for (int i = 0; i < 4; i++) begin
      kind = form.kind[i];
      access = form.access[i];
      f = slot[16+8*i+:8];
      if (!(kind inside {KindR, KindV, KindP, KindAddr, KindM, KindMLane, KindVLane})) continue;
      name = register_of(kind, f);
      reads = access != AccessWrite || kind == KindMLane;
      writes = access != AccessRead ||
          (kind == KindAddr && form.literal == LiteralPostInc && slot[63:52] != 0);
      coordinate = memory && (kind == KindP || kind == KindAddr);
      if (op == OpCroute || op == OpClisten) begin  // names the message register but leaves its content alone
        reads = kind == KindR;
        writes = 1'b0;
      end
      if (reads && coordinate) analyse.address = append(analyse.address, name);
      if (reads && !coordinate) analyse.values = append(analyse.values, name);
      if (writes && coordinate) analyse.stepped = append(analyse.stepped, name);
      if (writes && !coordinate) analyse.results = append(analyse.results, name);
      if (memory && (kind == KindV || kind == KindVLane) && (reads || writes)) analyse.vector_data = 1'b1;
    end
    if (reads_cmp(op)) analyse.values = append(analyse.values, Compare);
    if (writes_cmp(op)) analyse.results = append(analyse.results, Compare);
    if (op == OpCroute) analyse.results = append(analyse.results, Routes + 7'(slot[19:16]));
    if (op == OpClisten) analyse.results = append(analyse.results, Listens + 7'(slot[19:16]));
    if (op == OpCsend && form.literal == LiteralNone) analyse.values = append(analyse.values, Routes + 7'(slot[19:16]));
    if (op == OpCrecv && form.literal == LiteralNone) analyse.values = append(analyse.values, Listens + 7'(slot[19:16]));
  endfunction

  function automatic logic is_vector_register(input register_t name);
    return name[6:5] == 2'd1 || name[6:5] == 2'd2;
  endfunction

  // What rename does by itself, where the layout says so: {done, reads nothing}.
  function automatic logic [1:0] done_at_rename(input logic [63:0] slot, input config_t cfg);
    logic integer_type, two_registers;
    form_t form;
    logic [7:0] op;
    op = slot[7:0];
    form = form_of(op, slot[15:12]);
    integer_type = slot[11:8] == TypeI64;
    two_registers = form.kind[0] == form.kind[1] && (form.kind[0] == KindR || form.kind[0] == KindV);
    done_at_rename = 2'b00;
    if (op == OpDmov && two_registers) begin
      done_at_rename[1] = integer_type ? cfg.eliminates_integer_moves : cfg.eliminates_vector_moves;
    end
    if ((op == OpDxor || (op == OpDsub && integer_type)) && cfg.eliminates_zero_idioms && two_registers &&
        form.kind[2] == form.kind[1] && slot[31:24] == slot[39:32]) begin
      done_at_rename = 2'b11;
    end
    if ((op == OpDadd || op == OpDsub) && integer_type && form.kind[2] == KindImm && cfg.folds_immediate_adds) begin
      done_at_rename[1] = 1'b1;
    end
  endfunction

  always_comb begin : decode
    logic [63:0] slot;
    logic [7:0] op;
    operation_t operation;
    crack_t crack;
    logic loads, stores, wide;
    logic [1:0] at_rename;
    logic [7:0] count, slots;
    logic [127:0] written;  // registers that earlier uops of the word write
    logic [7:0] total, out;
    list_t empty;
    uop_t uop;
    uop_registers_t regs;
    logic goes_out;
    kind_t kind;
    list_t from, to;
    logic [7:0] place;

    empty = '0;
    for (int w = 0; w < int'(MaxWords); w++) begin
      uops_o[w] = '0;
      if (w >= int'(words_i)) continue;
      written = '0;
      // What the group gives is written after the rest of the word has read its registers.
      if (part_i[w] == WithoutC) begin
        operation = analyse(word_i[w][2]);
        if (operation.results.count != 0) written[operation.results.name[0]] = 1'b1;
      end
      out = '0;
      total = '0;
      // How many uops the word has, to know the last.
      for (int p = 0; p < 3; p++) begin
        op = word_i[w][p][7:0];
        if (!is_nop(op)) begin
          total = total + 8'(cracks[crack_index(op, word_i[w][p][11:8])].uops) + (reads_memory(op) ? 8'd1 : 8'd0) +
              (writes_memory(op) ? 8'd2 : 8'd0);
        end
      end
      place = '0;
      for (int p = 0; p < 3; p++) begin
        slot = word_i[w][p];
        op = slot[7:0];
        if (is_nop(op)) continue;
        operation = analyse(slot);
        crack = cracks[crack_index(op, slot[11:8])];
        loads = reads_memory(op);
        stores = writes_memory(op);
        wide = slot[11:8] inside {TypeF64x8, TypeF32x16, TypeI32x16, TypeBF16, TypeI8, TypeB512};
        count = 8'(crack.uops) + (loads ? 8'd1 : 8'd0) + (stores ? 8'd2 : 8'd0);
        slots = (crack.uops == 0) ? 8'd0 : 8'(crack.fused);
        if (cfg_i.micro_fusion) slots = (slots == 0) ? 8'd1 : slots;
        else slots = slots + (loads ? 8'd1 : 8'd0) + (stores ? 8'd2 : 8'd0);
        at_rename = (count == 8'd1 && !loads && !stores) ? done_at_rename(slot, cfg_i) : 2'b00;
        for (int i = 0; i < int'(MaxWordUops); i++) begin
          if (i >= int'(count)) break;
          uop = '0;
          regs = '0;
          from = empty;
          to = empty;
          uop.pipe = 2'(p);
          uop.wide = wide;
          uop.from_group = op == OpCreduce || op == OpCcast;
          uop.renamed = at_rename[1] ||
              ((op == OpDmov || (op == OpCpack && slot[11:8] == TypeB256)) && count == 8'd1 && kind_i[crack.kind[0][KindW-1:0]].at_rename);
          uop.holds_value = (stores || operation.results.count != 0) && !uop.renamed && !uop.from_group;
          if (loads && i == 0) begin  // the load; alone, it is the whole operation
            uop.kind = operation.vector_data ? cfg_i.load_vector_kind : cfg_i.load_kind;
            uop.vector_load = operation.vector_data;
            uop.loads = 1'b1;
            uop.accesses = 1'b1;
            uop.computes = crack.uops == 0;
            from = operation.address;
            if (crack.uops == 0) begin
              from = append_all(from, operation.values);
              to = operation.results;
            end
            to = append_all(to, operation.stepped);
            if (operation.stepped.count != 0) uop.second_latency = 4'd1;
          end else if (stores && i == int'(count) - 2) begin
            uop.kind = cfg_i.store_address_kind;
            uop.accesses = 1'b1;
            from = operation.address;
            to = operation.stepped;
            if (operation.stepped.count != 0) uop.second_latency = 4'd1;
          end else if (stores && i == int'(count) - 1) begin
            uop.kind = operation.vector_data ? cfg_i.store_data_vector_kind : cfg_i.store_data_kind;
            uop.computes = crack.uops == 0;
            if (crack.uops == 0) from = operation.values;
          end else begin
            uop.kind = crack.kind[i-(loads?1 : 0)];
            uop.reads_previous = i != 0;
            uop.computes = i == (loads ? 1 : 0);
            uop.accesses = uop.computes && op inside {OpSprefch, OpSflush, OpSalloc};
            if (uop.computes) from = operation.values;
            if (!stores && i == int'(count) - 1) to = operation.results;
          end
          if (at_rename[0]) from = empty;
          kind = kind_i[uop.kind[KindW-1:0]];
          uop.is_load = kind.is_load;
          uop.is_store_address = kind.is_store_address;
          uop.is_store_data = kind.is_store_data;
          uop.serializes = kind.serializes;
          uop.at_rename = at_rename[1] || kind.at_rename;
          uop.prefetch = op == OpSprefch && i == 0;
          uop.is_operation = i == int'(count) - 1;
          uop.first_of_fused = i == 0 || i < int'(slots);
          uop.last_of_fused = i == int'(count) - 1 || i + 1 < int'(slots);
          uop.sources = from.count[2:0];
          uop.destinations = to.count[1:0];
          for (int s = 0; s < int'(Sources); s++) begin
            if (s >= int'(from.count)) break;
            regs.source[s] = from.name[s];
            uop.before_word[s] = written[from.name[s]];
            if (is_vector_register(from.name[s])) uop.is_vector = 1'b1;
          end
          for (int d = 0; d < 2; d++) begin
            if (d >= int'(to.count)) break;
            regs.destination[d] = to.name[d];
            written[to.name[d]] = 1'b1;
            if (is_vector_register(to.name[d])) uop.is_vector = 1'b1;
          end
          if (uop.is_load || uop.is_store_address || uop.is_store_data) uop.is_vector = 1'b0;
          place = place + 8'd1;
          uop.last_of_word = place == total;
          goes_out = part_i[w] == WholeWord || (part_i[w] == OnlyC && p == 2) || (part_i[w] == WithoutC && p != 2);
          if (goes_out) begin
            uop.new_context = new_context_i[w] && out == 0;
            uop_o[w*int'(MaxWordUops)+int'(out)] = uop;
            registers_o[w*int'(MaxWordUops)+int'(out)] = regs;
            out = out + 8'd1;
          end
        end
      end
      uops_o[w] = out;
    end
  end

  function automatic list_t append_all(input list_t list, input list_t more);
    append_all = list;
    for (int i = 0; i < 8; i++) if (i < int'(more.count)) append_all = append(append_all, more.name[i]);
  endfunction

  function automatic logic [CrackW-1:0] crack_index(input logic [7:0] op, input logic [3:0] element);
    return {op[7:6], op[4:0], element};
  endfunction
endmodule
