// Made from the table of operations (sw_engine/isa/op_table.cpp) by op_table_sv. Do not edit.
package op_table_pkg;
  typedef struct packed {
    logic [3:0] literal;      // isa::LitKind
    logic [3:0][1:0] access;  // isa::Access of the operands
    logic [3:0][3:0] kind;    // isa::OperandKind of the operands
  } form_t;

  localparam logic [7:0] OpDnop = 8'h00;
  localparam logic [7:0] OpDfma = 8'h01;
  localparam logic [7:0] OpDadd = 8'h02;
  localparam logic [7:0] OpDsub = 8'h03;
  localparam logic [7:0] OpDmul = 8'h04;
  localparam logic [7:0] OpDcmp = 8'h05;
  localparam logic [7:0] OpDred = 8'h06;
  localparam logic [7:0] OpDsel = 8'h07;
  localparam logic [7:0] OpDmov = 8'h08;
  localparam logic [7:0] OpDhdenc = 8'h09;
  localparam logic [7:0] OpDhdbind = 8'h0a;
  localparam logic [7:0] OpDhdbund = 8'h0b;
  localparam logic [7:0] OpDhdperm = 8'h0c;
  localparam logic [7:0] OpDhdsim = 8'h0d;
  localparam logic [7:0] OpDdiv = 8'h0e;
  localparam logic [7:0] OpDsqrt = 8'h0f;
  localparam logic [7:0] OpDmin = 8'h10;
  localparam logic [7:0] OpDmax = 8'h11;
  localparam logic [7:0] OpDand = 8'h12;
  localparam logic [7:0] OpDor = 8'h13;
  localparam logic [7:0] OpDxor = 8'h14;
  localparam logic [7:0] OpDshl = 8'h15;
  localparam logic [7:0] OpDshr = 8'h16;
  localparam logic [7:0] OpDsar = 8'h17;
  localparam logic [7:0] OpDbcst = 8'h18;
  localparam logic [7:0] OpDcvt = 8'h19;
  localparam logic [7:0] OpDcnt = 8'h1a;
  localparam logic [7:0] OpSnop = 8'h40;
  localparam logic [7:0] OpSgather = 8'h41;
  localparam logic [7:0] OpSscattr = 8'h42;
  localparam logic [7:0] OpSindex = 8'h43;
  localparam logic [7:0] OpSdedup = 8'h44;
  localparam logic [7:0] OpSprefch = 8'h45;
  localparam logic [7:0] OpSflush = 8'h46;
  localparam logic [7:0] OpSalloc = 8'h47;
  localparam logic [7:0] OpSfree = 8'h48;
  localparam logic [7:0] OpSbcst = 8'h49;
  localparam logic [7:0] OpSsetp = 8'h4a;
  localparam logic [7:0] OpCnop = 8'h80;
  localparam logic [7:0] OpCpack = 8'h81;
  localparam logic [7:0] OpCroute = 8'h82;
  localparam logic [7:0] OpCsend = 8'h83;
  localparam logic [7:0] OpCrecv = 8'h84;
  localparam logic [7:0] OpCbar = 8'h85;
  localparam logic [7:0] OpCfence = 8'h86;
  localparam logic [7:0] OpCreduce = 8'h87;
  localparam logic [7:0] OpCcast = 8'h88;
  localparam logic [7:0] OpClisten = 8'h89;

  localparam logic [3:0] TypeNone = 4'd0;
  localparam logic [3:0] TypeI64 = 4'd1;
  localparam logic [3:0] TypeF64 = 4'd2;
  localparam logic [3:0] TypeF64x8 = 4'd3;
  localparam logic [3:0] TypeF32x16 = 4'd4;
  localparam logic [3:0] TypeI32x16 = 4'd5;
  localparam logic [3:0] TypeBF16 = 4'd6;
  localparam logic [3:0] TypeI8 = 4'd7;
  localparam logic [3:0] TypeB512 = 4'd8;
  localparam logic [3:0] TypeB256 = 4'd9;

  localparam logic [3:0] KindNone = 4'd0;
  localparam logic [3:0] KindR = 4'd1;
  localparam logic [3:0] KindV = 4'd2;
  localparam logic [3:0] KindP = 4'd3;
  localparam logic [3:0] KindAddr = 4'd4;
  localparam logic [3:0] KindM = 4'd5;
  localparam logic [3:0] KindMLane = 4'd6;
  localparam logic [3:0] KindVLane = 4'd7;
  localparam logic [3:0] KindCellLane = 4'd8;
  localparam logic [3:0] KindCellLane32 = 4'd9;
  localparam logic [3:0] KindMember = 4'd10;
  localparam logic [3:0] KindImm = 4'd11;
  localparam logic [3:0] KindCoord = 4'd12;

  localparam logic [3:0] LiteralNone = 4'd0;
  localparam logic [3:0] LiteralCond = 4'd1;
  localparam logic [3:0] LiteralRedOp = 4'd2;
  localparam logic [3:0] LiteralPostInc = 4'd3;
  localparam logic [3:0] LiteralDim = 4'd4;
  localparam logic [3:0] LiteralRotate = 4'd5;
  localparam logic [3:0] LiteralShift64 = 4'd6;
  localparam logic [3:0] LiteralShift32 = 4'd7;
  localparam logic [3:0] LiteralLevel = 4'd8;
  localparam logic [3:0] LiteralScope = 4'd9;
  localparam logic [3:0] LiteralSentron = 4'd10;
  localparam logic [3:0] LiteralGroup = 4'd11;
  localparam logic [3:0] LiteralGroupRed = 4'd12;

  localparam logic [1:0] AccessRead = 2'd0;
  localparam logic [1:0] AccessWrite = 2'd1;
  localparam logic [1:0] AccessReadWrite = 2'd2;

  localparam logic [3:0] CondEq = 4'd0;
  localparam logic [3:0] CondNe = 4'd1;
  localparam logic [3:0] CondLt = 4'd2;
  localparam logic [3:0] CondLe = 4'd3;
  localparam logic [3:0] CondGt = 4'd4;
  localparam logic [3:0] CondGe = 4'd5;
  localparam logic [3:0] CondLtu = 4'd6;
  localparam logic [3:0] CondGeu = 4'd7;

  localparam logic [3:0] RedAdd = 4'd0;
  localparam logic [3:0] RedMin = 4'd1;
  localparam logic [3:0] RedMax = 4'd2;

  function automatic logic is_nop(input logic [7:0] op);
    return op inside {OpDnop, OpSnop, OpCnop};
  endfunction
  function automatic logic reads_memory(input logic [7:0] op);
    return op inside {OpSgather, OpSdedup, OpSbcst};
  endfunction
  function automatic logic writes_memory(input logic [7:0] op);
    return op inside {OpSscattr, OpSfree};
  endfunction
  function automatic logic reads_cmp(input logic [7:0] op);
    return op inside {OpDsel};
  endfunction
  function automatic logic writes_cmp(input logic [7:0] op);
    return op inside {OpDcmp};
  endfunction

  function automatic form_t form_of(input logic [7:0] op, input logic [3:0] form);
    case ({op, form})
      12'h000: return 28'h0000000;  // dnop
      12'h010: return 28'h0011111;  // dfma
      12'h011: return 28'h0012222;  // dfma
      12'h020: return 28'h0010111;  // dadd
      12'h021: return 28'h0010b11;  // dadd
      12'h022: return 28'h0010222;  // dadd
      12'h030: return 28'h0010111;  // dsub
      12'h031: return 28'h0010b11;  // dsub
      12'h032: return 28'h0010222;  // dsub
      12'h040: return 28'h0010111;  // dmul
      12'h041: return 28'h0010b11;  // dmul
      12'h042: return 28'h0010222;  // dmul
      12'h050: return 28'h1000011;  // dcmp
      12'h051: return 28'h10000b1;  // dcmp
      12'h052: return 28'h1000022;  // dcmp
      12'h060: return 28'h2010022;  // dred
      12'h070: return 28'h0010111;  // dsel
      12'h071: return 28'h0010222;  // dsel
      12'h080: return 28'h0010011;  // dmov
      12'h081: return 28'h00100b1;  // dmov
      12'h082: return 28'h0010061;  // dmov
      12'h083: return 28'h0010071;  // dmov
      12'h084: return 28'h0010012;  // dmov
      12'h085: return 28'h0010022;  // dmov
      12'h086: return 28'h0010052;  // dmov
      12'h090: return 28'h0010012;  // dhdenc
      12'h0a0: return 28'h0010222;  // dhdbind
      12'h0b0: return 28'h0012222;  // dhdbund
      12'h0c0: return 28'h5010022;  // dhdperm
      12'h0d0: return 28'h0010221;  // dhdsim
      12'h0e0: return 28'h0010222;  // ddiv
      12'h0f0: return 28'h0010022;  // dsqrt
      12'h100: return 28'h0010111;  // dmin
      12'h101: return 28'h0010b11;  // dmin
      12'h102: return 28'h0010222;  // dmin
      12'h110: return 28'h0010111;  // dmax
      12'h111: return 28'h0010b11;  // dmax
      12'h112: return 28'h0010222;  // dmax
      12'h120: return 28'h0010111;  // dand
      12'h121: return 28'h0010b11;  // dand
      12'h122: return 28'h0010222;  // dand
      12'h130: return 28'h0010111;  // dor
      12'h131: return 28'h0010b11;  // dor
      12'h132: return 28'h0010222;  // dor
      12'h140: return 28'h0010111;  // dxor
      12'h141: return 28'h0010b11;  // dxor
      12'h142: return 28'h0010222;  // dxor
      12'h150: return 28'h0010111;  // dshl
      12'h151: return 28'h6010011;  // dshl
      12'h152: return 28'h7010022;  // dshl
      12'h160: return 28'h0010111;  // dshr
      12'h161: return 28'h6010011;  // dshr
      12'h162: return 28'h7010022;  // dshr
      12'h170: return 28'h0010111;  // dsar
      12'h171: return 28'h6010011;  // dsar
      12'h172: return 28'h7010022;  // dsar
      12'h180: return 28'h0010012;  // dbcst
      12'h181: return 28'h0010022;  // dbcst
      12'h182: return 28'h00100b2;  // dbcst
      12'h190: return 28'h0010012;  // dcvt
      12'h191: return 28'h0010021;  // dcvt
      12'h192: return 28'h0010022;  // dcvt
      12'h1a0: return 28'h0010011;  // dcnt
      12'h400: return 28'h0000000;  // snop
      12'h410: return 28'h3010841;  // sgather
      12'h411: return 28'h00108c1;  // sgather
      12'h412: return 28'h3010042;  // sgather
      12'h413: return 28'h00100c2;  // sgather
      12'h414: return 28'h3010842;  // sgather
      12'h420: return 28'h3000841;  // sscattr
      12'h421: return 28'h00008c1;  // sscattr
      12'h422: return 28'h3000042;  // sscattr
      12'h423: return 28'h00000c2;  // sscattr
      12'h424: return 28'h3000842;  // sscattr
      12'h430: return 28'h4010b33;  // sindex
      12'h431: return 28'h4010133;  // sindex
      12'h440: return 28'h0010411;  // sdedup
      12'h450: return 28'h8000004;  // sprefch
      12'h460: return 28'h0000004;  // sflush
      12'h470: return 28'h0000004;  // salloc
      12'h480: return 28'h0000004;  // sfree
      12'h490: return 28'h3010842;  // sbcst
      12'h491: return 28'h3010942;  // sbcst
      12'h4a0: return 28'h00100c3;  // ssetp
      12'h4a1: return 28'h0010033;  // ssetp
      12'h800: return 28'h0000000;  // cnop
      12'h810: return 28'h0010016;  // cpack
      12'h811: return 28'h00100b6;  // cpack
      12'h812: return 28'h0010025;  // cpack
      12'h820: return 28'ha000005;  // croute
      12'h821: return 28'h0000015;  // croute
      12'h830: return 28'ha000005;  // csend
      12'h831: return 28'h0000005;  // csend
      12'h840: return 28'ha010005;  // crecv
      12'h841: return 28'h0010005;  // crecv
      12'h850: return 28'hb000000;  // cbar
      12'h860: return 28'h9000000;  // cfence
      12'h870: return 28'hc020001;  // creduce
      12'h871: return 28'hc020002;  // creduce
      12'h880: return 28'hb0200a5;  // ccast
      12'h890: return 28'ha000005;  // clisten
      12'h891: return 28'h0000015;  // clisten
      default: return '0;
    endcase
  endfunction

  function automatic logic [1:0] immediate_at(input logic [7:0] op, input logic [3:0] form);
    case ({op, form})
      12'h021: return 2'd2;  // dadd
      12'h031: return 2'd2;  // dsub
      12'h041: return 2'd2;  // dmul
      12'h051: return 2'd2;  // dcmp
      12'h081: return 2'd1;  // dmov
      12'h101: return 2'd2;  // dmin
      12'h111: return 2'd2;  // dmax
      12'h121: return 2'd2;  // dand
      12'h131: return 2'd2;  // dor
      12'h141: return 2'd2;  // dxor
      12'h182: return 2'd1;  // dbcst
      12'h430: return 2'd2;  // sindex
      12'h811: return 2'd2;  // cpack
      default: return '0;
    endcase
  endfunction

  // Floating point and dot products.
  function automatic logic is_floating_point(input logic [7:0] op, input logic [3:0] element);
    case ({op, element})
      12'h012: return 1'b1;  // dfma.f64
      12'h013: return 1'b1;  // dfma.f64x8
      12'h014: return 1'b1;  // dfma.f32x16
      12'h016: return 1'b1;  // dfma.bf16
      12'h017: return 1'b1;  // dfma.i8
      12'h022: return 1'b1;  // dadd.f64
      12'h023: return 1'b1;  // dadd.f64x8
      12'h024: return 1'b1;  // dadd.f32x16
      12'h032: return 1'b1;  // dsub.f64
      12'h033: return 1'b1;  // dsub.f64x8
      12'h034: return 1'b1;  // dsub.f32x16
      12'h042: return 1'b1;  // dmul.f64
      12'h043: return 1'b1;  // dmul.f64x8
      12'h044: return 1'b1;  // dmul.f32x16
      12'h052: return 1'b1;  // dcmp.f64
      12'h053: return 1'b1;  // dcmp.f64x8
      12'h054: return 1'b1;  // dcmp.f32x16
      12'h063: return 1'b1;  // dred.f64x8
      12'h064: return 1'b1;  // dred.f32x16
      12'h0e2: return 1'b1;  // ddiv.f64
      12'h0e3: return 1'b1;  // ddiv.f64x8
      12'h0e4: return 1'b1;  // ddiv.f32x16
      12'h0f2: return 1'b1;  // dsqrt.f64
      12'h0f3: return 1'b1;  // dsqrt.f64x8
      12'h0f4: return 1'b1;  // dsqrt.f32x16
      12'h102: return 1'b1;  // dmin.f64
      12'h103: return 1'b1;  // dmin.f64x8
      12'h104: return 1'b1;  // dmin.f32x16
      12'h112: return 1'b1;  // dmax.f64
      12'h113: return 1'b1;  // dmax.f64x8
      12'h114: return 1'b1;  // dmax.f32x16
      12'h191: return 1'b1;  // dcvt.i64
      12'h192: return 1'b1;  // dcvt.f64
      12'h194: return 1'b1;  // dcvt.f32x16
      12'h195: return 1'b1;  // dcvt.i32x16
      default: return 1'b0;
    endcase
  endfunction
endpackage
