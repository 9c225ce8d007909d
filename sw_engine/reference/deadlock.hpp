// Who waits for whom when no sentron can go on. Any engine that collects its waiting sentrons can have them explained.
//
//   deadlock: 2 of 3 sentrons wait for ever
//     sentron 0 (left) waits at word 1 for a message from sentron 1 (right), which waits itself
//     sentron 1 (right) waits at word 4 for a message from sentron 0 (left), which waits itself
//     cycle: sentron 0 (left) -> sentron 1 (right) -> sentron 0 (left)
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "isa/program.hpp"

namespace vtpu::reference {

enum class WaitKind : std::uint8_t {
  Message,  // crecv: the channel from `peer` is empty
  Room,     // csend: the channel to `peer` is full
  Group,    // cbar, creduce, ccast: not every member of `group` has arrived, or they ask for different things
};

struct Wait {
  std::uint32_t sentron = 0;
  std::uint32_t word = 0;  // index in its stream; its C slot is the operation that waits
  WaitKind kind = WaitKind::Message;
  std::uint32_t peer = 0;   // Message, Room
  std::uint32_t group = 0;  // Group
  friend bool operator==(const Wait&, const Wait&) = default;
};

// A group at which sentrons wait.
struct GroupWait {
  std::uint32_t group = 0;
  std::vector<std::uint32_t> arrived;  // ascending
  std::vector<std::uint32_t> missing;  // ascending; empty: all have arrived, but not for the same operation
  friend bool operator==(const GroupWait&, const GroupWait&) = default;
};

struct Deadlock {
  std::vector<Wait> waits;             // every waiting sentron, ascending
  std::vector<GroupWait> groups;       // ascending
  std::vector<std::uint32_t> cycle;    // sentrons that wait for each other in a ring, from the lowest; empty: no ring,
                                       // somebody waits for a sentron that has ended or for one operation of two
  std::vector<std::string> sentences;  // for people; long lists are cut and say so

  [[nodiscard]] std::string text() const;  // the sentences, one per line
};

// `waits`: every sentron whose lifecycle is Waiting, ascending. `sentrons`: the final states.
[[nodiscard]] Deadlock explain_deadlock(const isa::Program& program, const std::vector<isa::SentronState>& sentrons,
                                        std::vector<Wait> waits);

}  // namespace vtpu::reference
