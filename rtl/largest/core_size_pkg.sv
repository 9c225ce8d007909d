// Sizes of the structures of a core that takes its layout at reset: large enough for every layout that the project
// ships and for the random ones of the lockstep. `vtpu layout NAME --sv FILE` writes this package for one layout.
package core_size_pkg;
  localparam int unsigned MaxPorts = 20;
  localparam int unsigned MaxQueues = 16;
  localparam int unsigned MaxEntries = 128;      // of one issue queue
  localparam int unsigned MaxKinds = 128;        // of uops
  localparam int unsigned MaxPlaces = 2048;      // uops between fetch and retirement, a power of two
  localparam int unsigned MaxFused = 16;         // uops of one fused uop
  localparam int unsigned MaxDispatch = 12;      // fused uops per cycle
  localparam int unsigned MaxDispatchUops = 128; // uops per cycle
  localparam int unsigned MaxRetire = 16;        // fused uops per cycle
  localparam int unsigned MaxWords = 4;          // words fetched per cycle
  localparam int unsigned MaxWordUops = 40;      // uops of one word
  localparam int unsigned MaxCrack = 12;         // uops of one operation, without its memory half
  localparam int unsigned MaxTranslations = 4096;
  localparam int unsigned MaxWays = 16;          // of the translation cache
  localparam int unsigned MaxStores = 256;       // store queue entries, a power of two
  localparam int unsigned MaxCommits = 4;        // stores written per cycle
  localparam int unsigned MaxLines = 16;         // lines written last that take further stores
  localparam int unsigned MaxBanks = 64;
  localparam int unsigned MaxLoops = 32;         // around one word
  localparam int unsigned MaxValues = 4096;      // of registers: architectural, being made, and not yet given back
  localparam int unsigned TimeBits = 20;         // of a time ahead, one more than the longest needs
endpackage
