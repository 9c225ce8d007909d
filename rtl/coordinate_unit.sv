// A phext coordinate moved along one of its 11 dimensions of 11 bits; the flags above them travel with it. A word whose
// step would leave a dimension has faulted before it got here.
module coordinate_unit
  import core_size_pkg::*;
  import core_pkg::*;
(
    input logic [15:0] ports_i,
    input logic [MaxPorts-1:0] valid_i,
    input coordinate_t [MaxPorts-1:0] coordinate_i,
    input logic [MaxPorts-1:0][3:0] dimension_i,
    input logic [MaxPorts-1:0][63:0] step_i,  // signed
    output coordinate_t [MaxPorts-1:0] moved_o,
    output logic [MaxPorts-1:0] out_of_range_o
);

  always_comb begin : move
    logic [6:0] at;
    logic [DimensionBits-1:0] position;
    out_of_range_o = '0;
    at = '0;
    position = '0;
    `FOR_PORTS(p, ports_i) begin
      if (valid_i[p]) begin
        at = 7'(dimension_i[p]) * 7'(DimensionBits);
        position = coordinate_i[p][at+:DimensionBits] + step_i[p][DimensionBits-1:0];
        moved_o[p] = coordinate_i[p];
        moved_o[p][at+:DimensionBits] = position;
        out_of_range_o[p] = !step_stays(coordinate_i[p], dimension_i[p], step_i[p]);
      end
    end
  end
endmodule
