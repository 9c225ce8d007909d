// Text drawing of a layout:
//
//   tiny2: two ports
//   2 uops/cycle -> dispatch 2 -> window 8 -> retire 2, in order of age, port bound at issue
//
//   exec    4 entries -+- x0  int_alu, load
//                      +- x1  int_alu (2 cycles), store_data
//
// After a port, the kinds that it takes; "(latency/busy)" where either is not 1, "512:" what only 512-bit operands use.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "layout/layout.hpp"

namespace vtpu::layout {
namespace {

constexpr std::size_t kLineWidth = 118;

bool has(const std::vector<unsigned>& list, unsigned item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

std::string kind_text(const UopKind& kind, unsigned port) {
  const bool wide_only = !has(kind.ports, port);
  const unsigned latency = wide_only && kind.latency_512 != 0 ? kind.latency_512 : kind.latency;
  const unsigned busy = wide_only && kind.busy_512 != 0 ? kind.busy_512 : kind.busy;
  std::string text = fmt::format("{}{}", wide_only ? "512:" : "", kind.name);
  if (latency > 1 || busy > 1) text += busy > 1 ? fmt::format("({}/{})", latency, busy) : fmt::format("({})", latency);
  return text;
}

std::vector<std::string> kinds_of(const Layout& layout, unsigned port) {
  std::vector<std::string> kinds;
  for (const UopKind& kind : layout.uops) {
    if (has(kind.ports, port) || has(kind.ports_512, port)) kinds.push_back(kind_text(kind, port));
  }
  return kinds;
}

// Words after a prefix, continued below the first word where the line is full.
std::string wrapped(const std::string& prefix, const std::vector<std::string>& words) {
  std::string out = prefix;
  std::size_t column = prefix.size();
  for (const std::string& word : words) {
    if (column + word.size() + 1 > kLineWidth) {
      out.back() = '\n';
      out.append(prefix.size(), ' ');
      column = prefix.size();
    }
    out += word;
    out += ' ';
    column += word.size() + 1;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
  return out;
}

}  // namespace

std::string draw(const Layout& layout) {
  std::string out = fmt::format("{}: {}\n", layout.name, layout.description);
  out += fmt::format("{} uops/cycle -> dispatch {} -> window {} -> retire {}; {}, port bound at {}\n\n",
                     layout.front_end.uops_per_cycle, layout.rename.dispatch_width, layout.retire.window_entries,
                     layout.retire.width, layout.in_order ? "issue in order" : "issue out of order",
                     layout.binding == Binding::AtIssue ? "issue" : "dispatch");
  std::size_t queue_width = 0;
  std::size_t port_width = 0;
  for (const Queue& queue : layout.queues) queue_width = std::max(queue_width, queue.name.size());
  for (const Port& port : layout.ports) port_width = std::max(port_width, port.name.size());
  for (const Queue& queue : layout.queues) {
    std::string left = fmt::format("{:<{}} {:>4} entries -", queue.name, queue_width, queue.entries);
    for (const unsigned port : queue.ports) {
      const std::string prefix = fmt::format("{}+- {:<{}}  ", left, layout.ports[port].name, port_width);
      out += wrapped(prefix, kinds_of(layout, port));
      left.assign(left.size(), ' ');
    }
  }
  std::vector<std::string> eliminated;
  for (const UopKind& kind : layout.uops) {
    if (kind.ports.empty()) eliminated.push_back(kind.name);
  }
  if (!eliminated.empty()) out += fmt::format("at rename: {}\n", fmt::join(eliminated, " "));
  if (!layout.ports_closed_by_512.empty()) {
    out += fmt::format("closed to vectors by 512-bit uops: {}\n", fmt::join(layout.ports_closed_by_512, " "));
  }
  return out;
}

}  // namespace vtpu::layout
