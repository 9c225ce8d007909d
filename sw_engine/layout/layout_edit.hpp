// Changing a layout in memory by the keys of its file: what design spaces, ablations and sensitivity studies do.
//
//   rename.dispatch_width        a number, switch or text of a section; also memory.l1.size_bytes, in_order, binding
//   queue.sch0.entries           of the queue of that name; queue.*.entries and queue.fp*.entries: of several
//   uop.load.latency             of a kind of uop, the same way
//   uop.load.ports               names of ports; uop.load.ports_512
//   port.agu2.queue              the queue that feeds the port; a queue that feeds nothing any more is gone
//   ports.agu                    how many ports have the role "agu" (a port's name without its number)
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "layout/layout.hpp"

namespace vtpu::layout {

using EditValue = std::variant<std::int64_t, bool, std::string, std::vector<std::string>>;

[[nodiscard]] std::string text_of(const EditValue& value);

// Sets a key. Errors say what the key takes: "memory.l1.ways: found 0, expected an integer from 1 to 256". Kinds of uop
// that lose their last port are errors of `inconsistencies`, not of this.
[[nodiscard]] Result<void> set_key(Layout& layout, const std::string& key, const EditValue& value);

// The number that a key stands for: of several places the sum, of a switch 0 or 1, of `ports` all ports. Nothing where
// it names no number.
[[nodiscard]] std::optional<std::uint64_t> number_at(const Layout& layout, const std::string& key);

// The port's name without its trailing number: "agu2" is an "agu".
[[nodiscard]] std::string_view role_of(std::string_view port);

// A port more that does what `port` does, fed by the same queue, behind the last port of its role. Returns its index.
unsigned add_port_like(Layout& layout, unsigned port);
// Takes a port out of its queue and of every kind of uop.
void remove_port(Layout& layout, unsigned port);

// What parse_layout would refuse in a layout that was changed, and kinds that had ports in `original` and have none
// left: "uop kind \"imul\" keeps no port".
[[nodiscard]] std::vector<std::string> inconsistencies(const Layout& layout, const Layout& original);

}  // namespace vtpu::layout
