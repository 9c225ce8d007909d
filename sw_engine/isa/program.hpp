// A program as every engine takes it: streams of words with loops, the sentrons that run them, groups, initial memory.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "isa/siw.hpp"
#include "isa/state.hpp"

namespace vtpu::isa {

// A zero-overhead counted loop over words first..last (both inside). Loops nest properly: two loops of a stream are
// disjoint or one holds the other; two loops may share first or last words. count >= 1.
struct Loop {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  std::uint64_t count = 1;
  friend bool operator==(const Loop&, const Loop&) = default;
};

// Code that one or many sentrons run, from word 0 to the end.
struct Stream {
  std::string name;
  std::vector<Siw> words;
  std::vector<Loop> loops;  // outer before inner, then by first word
  friend bool operator==(const Stream&, const Stream&) = default;
};

struct SentronSpec {
  std::string name;
  std::uint32_t stream = 0;  // index into Program::streams
  Registers initial;         // at spawn
  friend bool operator==(const SentronSpec&, const SentronSpec&) = default;
};

struct Group {
  std::string name;
  std::vector<std::uint32_t> members;  // ascending sentron numbers, at least one, no duplicates
  friend bool operator==(const Group&, const Group&) = default;
};

// Limits of a program. The assembler and the container reader stop at them before they allocate.
inline constexpr std::uint32_t kMaxWords = 1U << 20;  // in all streams together
inline constexpr std::uint32_t kMaxCells = 1U << 20;  // initial memory
inline constexpr std::uint32_t kMaxStreams = 65536;
inline constexpr std::uint32_t kMaxCoordinates = 65536;  // named ones
inline constexpr std::uint32_t kMaxLoopDepth = 32;       // loops around one word
inline constexpr std::uint64_t kMaxLoopCount = (std::uint64_t{1} << 63U) - 1;
inline constexpr std::uint32_t kMaxGroupMembers = 1U << 20;  // in all groups together
inline constexpr std::uint32_t kMaxNameLength = 127;
inline constexpr std::uint32_t kMaxSentrons = 65536;
inline constexpr std::uint32_t kMaxGroups = 4096;
inline constexpr std::uint32_t kMaxMembersNamed = 256;  // ccast names its root by a position 0..255
inline constexpr std::uint64_t kChannelCapacity = 64;   // unread messages per (sender, receiver) before csend waits

struct Program {
  std::string name;
  std::vector<Stream> streams;
  std::vector<SentronSpec> sentrons;              // sentron number = index
  std::vector<Group> groups;                      // group number = index
  std::map<std::string, Coordinate> coordinates;  // named coordinates, for listings
  std::map<Coordinate, Cell> memory;              // initial cells; addresses have no flags
  friend bool operator==(const Program&, const Program&) = default;
};

}  // namespace vtpu::isa
