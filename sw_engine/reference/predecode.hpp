// Streams in the form that the interpreter runs: a flat list of micro-operations in which NOPs are gone and loops are
// counters. The slots of a word follow one another in an order in which none reads what an earlier one writes, and the
// slot that may fault or wait comes first, so that running them in turn is the word's parallel meaning. Words for which
// no such order exists, and rare operations, are one `Word` micro-operation that goes through word_executor.
#pragma once

#include <cstdint>
#include <vector>

#include "isa/program.hpp"

namespace vtpu::reference {

enum class Code : std::uint8_t {
  // D on integers: r[a] = r[b] op r[c], or op imm
  AddR,
  AddI,
  SubR,
  SubI,
  MulR,
  MulI,
  MinR,
  MinI,
  MaxR,
  MaxI,
  AndR,
  AndI,
  OrR,
  OrI,
  XorR,
  XorI,
  ShlR,
  ShlI,
  ShrR,
  ShrI,
  SarR,
  SarI,
  Fma,
  Select,
  Move,
  MoveI,
  CompareR,
  CompareI,
  // D on vectors
  VectorKernel,  // v[a] = kernel(v[b], v[c], v[d])
  Dense,         // any D operation, by isa::compute_dense
  // S; a step faults before there is any effect
  LoadInt,     // r[a] = lane c of the cell at p[b]
  LoadCell,    // v[a] = the cell at p[b]
  StoreInt,    // lane c of the cell at p[b] = r[a]
  StoreCell,   // the cell at p[b] = v[a]
  LoadOther,   // any load, by isa::compute_load
  StoreOther,  // any store but a free, by isa::compute_store
  StepI,       // p[a] = p[b] stepped along dimension c by imm
  SetLiteral,  // p[a] = the word's coordinate
  Set,         // p[a] = p[b]
  // C
  PackR,  // m[a][c] = r[b]
  PackI,  // m[a][c] = imm
  Pack,   // any CPACK, by isa::compute_pack
  Send,
  Receive,
  // whole words and control
  Word,
  EnterLoop,  // remaining[a] = imm
  Count,      // a straight run of words ends: note that it was executed
  EndLoop,    // --remaining[a] > 0: go on at `target`
  CountEndLoop,
  Retire
};

using VectorKernelFunction = void (*)(isa::Vector& out, const isa::Vector& a, const isa::Vector& b,
                                      const isa::Vector& c);

// How an S micro-operation finds and moves its coordinate.
struct Addressing {
  bool literal = false;  // the word's coordinate instead of p[b]
  std::uint8_t dimension = 0;
  std::int16_t step = 0;  // 0: no post-increment
};

struct MicroOp {
  Code code = Code::Retire;
  std::uint8_t a = 0;
  std::uint8_t b = 0;
  std::uint8_t c = 0;
  std::uint8_t d = 0;
  Addressing addressing;
  std::uint32_t word = 0;    // index in the stream; Count: the last word of the run
  std::uint32_t target = 0;  // loops: micro-operation of the first word, after its own EnterLoop
  union {
    std::uint64_t imm = 0;  // immediate, shift amount, loop count, first word of the loop (EndLoop)
    VectorKernelFunction kernel;
  };
};

struct DecodedStream {
  std::vector<MicroOp> ops;             // ends with Retire
  std::vector<std::uint32_t> first_op;  // by word: where a sentron resumes that has waited at it
  std::uint32_t loop_depth = 0;         // most loops around a word
};

// Precondition: the stream is valid. whole_words: every word, NOPs too, is one `Word`.
[[nodiscard]] DecodedStream decode(const isa::Stream& stream, bool whole_words = false);

}  // namespace vtpu::reference
