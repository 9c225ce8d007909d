#include "layout/layout_edit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "layout/layout_fields.hpp"

namespace vtpu::layout {
namespace {

// "fp*" takes every name that starts with "fp".
bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

struct KeyParts {
  std::string_view section, item, field;  // "queue", "sch0", "entries"; absent parts are empty
};

KeyParts parts_of(std::string_view key) {
  KeyParts parts;
  const std::size_t first = key.find('.');
  if (first == std::string_view::npos) {
    parts.field = key;
    return parts;
  }
  parts.section = key.substr(0, first);
  const std::size_t last = key.rfind('.');
  if (last != first) parts.item = key.substr(first + 1, last - first - 1);
  parts.field = key.substr(last + 1);
  return parts;
}

template <typename T>
const Field<T>* field_named(std::span<const Field<T>> fields, std::string_view key) {
  const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.key == key; });
  if (field == fields.end() || std::holds_alternative<Handled>(field->target)) return nullptr;
  return &*field;
}

tl::unexpected<Errors> no_such_key(const std::string& key) {
  return fail(key, "no such key; expected one that docs/user/explore.md names, as rename.dispatch_width");
}

tl::unexpected<Errors> wrong(const std::string& key, const EditValue& value, std::string_view expected) {
  return fail(key, fmt::format("found {}, expected {}", text_of(value), expected));
}

template <typename T>
Result<void> set_field(T& object, const Field<T>& field, const std::string& key, const EditValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  const bool in_range = number != nullptr && *number >= field.range.min && *number <= field.range.max;
  if (const auto* member = std::get_if<unsigned T::*>(&field.target); member != nullptr && in_range) {
    object.** member = static_cast<unsigned>(*number);
    return {};
  }
  if (const auto* maybe = std::get_if<std::optional<unsigned> T::*>(&field.target); maybe != nullptr && in_range) {
    object.** maybe = static_cast<unsigned>(*number);
    return {};
  }
  if (const auto* flag = std::get_if<bool T::*>(&field.target)) {
    if (const bool* truth = std::get_if<bool>(&value)) {
      object.** flag = *truth;
      return {};
    }
  }
  if (const auto* text = std::get_if<std::string T::*>(&field.target)) {
    const auto* word = std::get_if<std::string>(&value);
    const auto& choices = field.choices;
    if (word != nullptr && (choices.empty() || std::find(choices.begin(), choices.end(), *word) != choices.end())) {
      object.** text = *word;
      return {};
    }
  }
  return wrong(key, value, expected_of(field));
}

template <typename T>
std::optional<std::uint64_t> number_of(const T& object, const Field<T>& field) {
  if (const auto* member = std::get_if<unsigned T::*>(&field.target)) return object.**member;
  if (const auto* flag = std::get_if<bool T::*>(&field.target)) return object.**flag ? 1U : 0U;
  if (const auto* maybe = std::get_if<std::optional<unsigned> T::*>(&field.target)) {
    if ((object.**maybe).has_value()) return *(object.**maybe);
  }
  return std::nullopt;
}

// Calls use(object, field) for the object that a key of a section with one object names. False: there is no such key.
template <typename LayoutT, typename Use>
bool with_section(LayoutT& layout, const KeyParts& parts, Use use) {
  const auto take = [&](auto& object, auto fields) {
    const auto* field = field_named(fields, parts.field);
    if (field != nullptr) use(object, *field);
    return field != nullptr;
  };
  if (parts.section == "memory" && !parts.item.empty()) {
    if (parts.item == "l1") return take(layout.memory.l1, cache_fields());
    if (parts.item == "l2") return take(layout.memory.l2, cache_fields());
    return parts.item == "l3" && take(layout.memory.l3, cache_fields());
  }
  if (!parts.item.empty()) return false;
  if (parts.section.empty()) return take(layout, layout_fields());
  if (parts.section == "front_end") return take(layout.front_end, front_end_fields());
  if (parts.section == "rename") return take(layout.rename, rename_fields());
  if (parts.section == "retire") return take(layout.retire, retire_fields());
  if (parts.section == "memory") return take(layout.memory, memory_fields());
  if (parts.section == "translation") return take(layout.translation, translation_fields());
  if (parts.section == "sentrons") return take(layout.sentrons, sentrons_fields());
  if (parts.section == "smt") return take(layout.smt, smt_fields());
  return false;
}

// A port's index moves up behind it: every place that names ports by index is told.
template <typename Change>
void for_each_port_list(Layout& layout, Change change) {
  for (Queue& queue : layout.queues) change(queue.ports);
  for (UopKind& kind : layout.uops) {
    for (const PortList& list : kUopPortLists) change(kind.*list.ports);
  }
}

void drop_empty_queues(Layout& layout) {
  for (std::size_t q = layout.queues.size(); q-- > 0;) {
    if (!layout.queues[q].ports.empty()) continue;
    layout.queues.erase(layout.queues.begin() + static_cast<std::ptrdiff_t>(q));
    for (Port& port : layout.ports) port.queue -= port.queue > q ? 1U : 0U;
  }
}

Result<void> move_port(Layout& layout, const KeyParts& parts, const std::string& key, const EditValue& value) {
  const auto port = layout.port_named(parts.item);
  if (!port || parts.field != "queue") return no_such_key(key);
  const auto* name = std::get_if<std::string>(&value);
  const auto queue = std::find_if(layout.queues.begin(), layout.queues.end(),
                                  [&](const Queue& q) { return name != nullptr && q.name == *name; });
  if (queue == layout.queues.end()) return wrong(key, value, "the name of a queue");
  std::erase(layout.queues[layout.ports[*port].queue].ports, *port);
  queue->ports.push_back(*port);
  std::sort(queue->ports.begin(), queue->ports.end());
  layout.ports[*port].queue = static_cast<unsigned>(queue - layout.queues.begin());
  drop_empty_queues(layout);
  return {};
}

std::vector<unsigned> ports_with_role(const Layout& layout, std::string_view role) {
  std::vector<unsigned> ports;
  for (unsigned p = 0; p < layout.ports.size(); ++p) {
    if (role_of(layout.ports[p].name) == role) ports.push_back(p);
  }
  return ports;
}

Result<void> set_port_count(Layout& layout, std::string_view role, const std::string& key, const EditValue& value) {
  const std::vector<unsigned> present = ports_with_role(layout, role);
  if (present.empty()) return fail(key, fmt::format("no port has the role \"{}\"", role));
  const auto* count = std::get_if<std::int64_t>(&value);
  const auto others = static_cast<std::int64_t>(layout.ports.size() - present.size());
  const std::int64_t most = static_cast<std::int64_t>(kMaxPorts) - others;
  if (count == nullptr || *count < 0 || *count > most) {
    return wrong(key, value, fmt::format("an integer from 0 to {}", most));
  }
  const auto wanted = static_cast<std::size_t>(*count);
  for (std::size_t k = present.size(); k-- > wanted;) remove_port(layout, present[k]);
  for (std::size_t k = present.size(); k < wanted; ++k) {
    const std::string model = layout.ports[ports_with_role(layout, role)[k % present.size()]].name;
    add_port_like(layout, *layout.port_named(model));
  }
  return {};
}

Result<std::vector<unsigned>> port_indices(const Layout& layout, const std::string& key, const EditValue& value) {
  const auto* names = std::get_if<std::vector<std::string>>(&value);
  if (names == nullptr) return wrong(key, value, "an array of names of ports");
  std::vector<unsigned> ports;
  for (const std::string& name : *names) {
    const auto port = layout.port_named(name);
    if (!port) return wrong(key, value, fmt::format("names of ports; there is no \"{}\"", name));
    if (std::find(ports.begin(), ports.end(), *port) == ports.end()) ports.push_back(*port);
  }
  return ports;
}

Result<void> set_uop(Layout& layout, const KeyParts& parts, const std::string& key, const EditValue& value) {
  const auto* list = std::find_if(std::begin(kUopPortLists), std::end(kUopPortLists),
                                  [&](const PortList& l) { return l.key == parts.field; });
  std::optional<std::vector<unsigned>> ports;
  if (list != std::end(kUopPortLists)) {
    Result<std::vector<unsigned>> found = port_indices(layout, key, value);
    if (!found) return fail(std::move(found.error()));
    ports = std::move(*found);
  }
  const auto* field = field_named(uop_fields(), parts.field);
  if (!ports && field == nullptr) return no_such_key(key);
  bool any = false;
  for (UopKind& kind : layout.uops) {
    if (!matches(parts.item, kind.name)) continue;
    any = true;
    if (ports) {
      kind.*list->ports = *ports;
    } else if (Result<void> set = set_field(kind, *field, key, value); !set) {
      return set;
    }
  }
  return any ? Result<void>() : fail(key, fmt::format("no kind of uop is named \"{}\"", parts.item));
}

Result<void> set_queue(Layout& layout, const KeyParts& parts, const std::string& key, const EditValue& value) {
  const auto* field = parts.field == "name" ? nullptr : field_named(queue_fields(), parts.field);
  if (field == nullptr) return no_such_key(key);
  bool any = false;
  for (Queue& queue : layout.queues) {
    if (!matches(parts.item, queue.name)) continue;
    any = true;
    if (Result<void> set = set_field(queue, *field, key, value); !set) return set;
  }
  return any ? Result<void>() : fail(key, fmt::format("no queue is named \"{}\"", parts.item));
}

void check_cache(const CacheLevel& cache, std::string_view name, std::vector<std::string>& findings) {
  const std::uint64_t way_bytes = std::uint64_t{cache.ways} * cache.line_bytes;
  if (way_bytes == 0 || cache.size_bytes % way_bytes != 0) {
    findings.push_back(fmt::format("{} of {} bytes is no multiple of {} ways times {} bytes", name, cache.size_bytes,
                                   cache.ways, cache.line_bytes));
  }
}

}  // namespace

std::string text_of(const EditValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const bool* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return fmt::format("{}", fmt::join(std::get<std::vector<std::string>>(value), "+"));
}

Result<void> set_key(Layout& layout, const std::string& key, const EditValue& value) {
  const KeyParts parts = parts_of(key);
  if (key == "binding") {
    const auto* text = std::get_if<std::string>(&value);
    if (text == nullptr || (*text != "at_issue" && *text != "at_dispatch")) {
      return wrong(key, value, "one of at_issue, at_dispatch");
    }
    layout.binding = *text == "at_dispatch" ? Binding::AtDispatch : Binding::AtIssue;
    return {};
  }
  if (parts.section == "ports" && parts.item.empty()) return set_port_count(layout, parts.field, key, value);
  if (parts.section == "port") return move_port(layout, parts, key, value);
  if (parts.section == "queue") return set_queue(layout, parts, key, value);
  if (parts.section == "uop") return set_uop(layout, parts, key, value);
  Result<void> result;
  const bool known = with_section(
      layout, parts, [&](auto& object, const auto& field) { result = set_field(object, field, key, value); });
  return known ? result : no_such_key(key);
}

std::optional<std::uint64_t> number_at(const Layout& layout, const std::string& key) {
  const KeyParts parts = parts_of(key);
  if (key == "ports") return layout.ports.size();
  if (parts.section == "ports" && parts.item.empty()) return ports_with_role(layout, parts.field).size();
  std::optional<std::uint64_t> sum;
  const auto add = [&](const auto& object, const auto& field) {
    if (const auto number = number_of(object, field)) sum = sum.value_or(0) + *number;
  };
  if (parts.section == "queue") {
    if (const auto* field = field_named(queue_fields(), parts.field)) {
      for (const Queue& queue : layout.queues) {
        if (matches(parts.item, queue.name)) add(queue, *field);
      }
    }
  } else if (parts.section == "uop") {
    for (const UopKind& kind : layout.uops) {
      if (!matches(parts.item, kind.name)) continue;
      if (parts.field == "ports") sum = sum.value_or(0) + kind.ports.size();
      if (const auto* field = field_named(uop_fields(), parts.field)) add(kind, *field);
    }
  } else {
    with_section(layout, parts, add);
  }
  return sum;
}

std::string_view role_of(std::string_view port) {
  while (!port.empty() && std::isdigit(static_cast<unsigned char>(port.back())) != 0) port.remove_suffix(1);
  return port;
}

unsigned add_port_like(Layout& layout, unsigned port) {
  const std::string_view role = role_of(layout.ports[port].name);
  unsigned number = 0;
  unsigned at = port + 1;
  for (unsigned p = 0; p < layout.ports.size(); ++p) {
    if (role_of(layout.ports[p].name) == role) at = p + 1;
  }
  while (layout.port_named(fmt::format("{}{}", role, number))) ++number;
  Port added{fmt::format("{}{}", role, number), layout.ports[port].queue};
  layout.ports.insert(layout.ports.begin() + at, std::move(added));
  for_each_port_list(layout, [&](std::vector<unsigned>& ports) {
    const bool takes = std::find(ports.begin(), ports.end(), port) != ports.end();
    for (unsigned& p : ports) p += p >= at ? 1U : 0U;
    if (takes) ports.push_back(at);
  });
  for (Queue& queue : layout.queues) std::sort(queue.ports.begin(), queue.ports.end());
  if (std::find(layout.ports_closed_by_512.begin(), layout.ports_closed_by_512.end(), layout.ports[port].name) !=
      layout.ports_closed_by_512.end()) {
    layout.ports_closed_by_512.push_back(layout.ports[at].name);
  }
  return at;
}

void remove_port(Layout& layout, unsigned port) {
  std::erase(layout.ports_closed_by_512, layout.ports[port].name);
  layout.ports.erase(layout.ports.begin() + port);
  for_each_port_list(layout, [&](std::vector<unsigned>& ports) {
    std::erase(ports, port);
    for (unsigned& p : ports) p -= p > port ? 1U : 0U;
  });
  drop_empty_queues(layout);
}

std::vector<std::string> inconsistencies(const Layout& layout, const Layout& original) {
  std::vector<std::string> findings;
  if (layout.ports.empty()) findings.emplace_back("no port is left");
  if (layout.ports.size() > kMaxPorts) findings.push_back(fmt::format("more than {} ports", kMaxPorts));
  for (std::size_t k = 0; k < layout.uops.size(); ++k) {
    const bool had_ports = k < original.uops.size() && !original.uops[k].ports.empty();
    if (had_ports && layout.uops[k].ports.empty()) {
      findings.push_back(fmt::format("uop kind \"{}\" keeps no port", layout.uops[k].name));
    }
  }
  if (layout.front_end.op_cache_uops % layout.front_end.op_cache_way_uops() != 0) {
    findings.push_back(fmt::format("front_end.op_cache_uops {} is no multiple of {} sets times {} instructions",
                                   layout.front_end.op_cache_uops, layout.front_end.op_cache_sets,
                                   layout.front_end.op_cache_entry_instructions));
  }
  check_cache(layout.memory.l1, "memory.l1", findings);
  check_cache(layout.memory.l2, "memory.l2", findings);
  check_cache(layout.memory.l3, "memory.l3", findings);
  if (layout.translation.ways == 0 || layout.translation.entries % layout.translation.ways != 0) {
    findings.push_back(fmt::format("translation.entries {} is no multiple of {} ways", layout.translation.entries,
                                   layout.translation.ways));
  }
  return findings;
}

}  // namespace vtpu::layout
