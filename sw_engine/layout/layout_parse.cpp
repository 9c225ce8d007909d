// From TOML text to a Layout, with every finding at once.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

#include "isa/nearest.hpp"
#include "layout/layout.hpp"
#include "layout/layout_fields.hpp"
#include "layout/toml_reader.hpp"

namespace vtpu::layout {
namespace {

constexpr std::size_t kMaxRegexBytes = 200;

// "; did you mean \"alu0\"?", or the list where it is short and nothing is near.
template <typename Names>
std::string suggestion(std::string_view found, const Names& names) {
  const std::string_view best = nearest_name(found, names, [](const auto& name) { return std::string_view(name); });
  if (!best.empty()) return fmt::format("; did you mean \"{}\"?", best);
  if (std::size(names) == 0 || std::size(names) > 24) return "";
  return fmt::format("; expected one of {}", fmt::join(names, ", "));
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > 32 || std::islower(static_cast<unsigned char>(text[0])) == 0) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x80 && (std::islower(byte) != 0 || std::isdigit(byte) != 0 || c == '_');
  });
}
constexpr std::string_view kNameExpected = "a name of up to 32 lower-case letters, digits and underscores";

std::string fault_of_regex(const std::string& pattern) {
  try {
    static_cast<void>(std::regex(pattern));
    return "";
  } catch (const std::regex_error& error) {
    return error.what();
  }
}

class Parser {
 public:
  explicit Parser(std::string file) : file_(std::move(file)) {}

  Result<Layout> parse(std::string_view text);

 private:
  struct Finding {
    toml::source_position at;
    std::size_t number = 0;  // in order of finding
    std::string message;
  };

  void report(const toml::source_region& at, std::string message) {
    findings_.push_back({at.begin, findings_.size(), std::move(message)});
  }
  void report_value(const toml::node& node, std::string_view what, std::string_view expected) {
    report(node.source(), fmt::format("{}: found {}, expected {}", what, found_text(node), expected));
  }
  [[nodiscard]] Errors sorted_errors();

  template <typename T>
  void read_value(const toml::node& node, const std::string& what, const Field<T>& field, T& out);
  // Copies the plain fields, reports unknown and missing keys; Handled keys are left to the caller.
  template <typename T>
  void read_fields(const toml::table& table, const std::string& section, std::span<const Field<T>> fields, T& out);
  // The sub-table of the root or of `parent`, or nullptr (wrong type is reported; missing is by read_fields).
  const toml::table* table_at(const toml::table& parent, std::string_view key, const std::string& section);
  template <typename T>
  const toml::table* read_section(const toml::table& parent, std::string_view key, const std::string& section,
                                  std::span<const Field<T>> fields, T& out);
  // Calls `use(index, node)` for each name of an array; reports what is not an array of known names.
  template <typename Names, typename Use>
  void read_names(const toml::node& node, const std::string& what, std::string_view kind, const Names& names, Use use);

  void read_root(const toml::table& root);
  void read_ports(const toml::table& root);
  void read_queues(const toml::table& root);
  void read_slot_ranks(const toml::node& node, const std::string& what, Queue& queue);
  void read_port_list(const toml::node& node, const std::string& what, std::vector<unsigned>& out);
  void read_uops(const toml::table& root);
  void read_uop(std::string_view name, const toml::table& table);
  void read_memory_uops(const toml::table& root);
  void read_memory(const toml::table& root);
  std::optional<Crack> read_crack(const toml::node& node, const std::string& what, bool may_be_empty);
  void read_host(const toml::table& root);
  void read_op_table(const toml::table& root);
  void read_op(const isa::OpInfo& info, const toml::node& node);
  void require_op_cracks(const toml::table& table, const std::optional<Crack>& otherwise);
  void check_cache(const toml::table& table, const std::string& section, const CacheLevel& cache);

  std::string file_;
  Layout layout_;
  std::vector<Finding> findings_;
  std::vector<std::string> port_names_, uop_names_;
  std::vector<toml::source_region> port_sources_;  // where each port is named
  std::vector<const toml::node*> slow_results_;    // by port; nullptr: not given
  std::set<std::pair<isa::Op, isa::Type>> op_seen_;
};

Errors Parser::sorted_errors() {
  std::sort(findings_.begin(), findings_.end(),
            [](const Finding& a, const Finding& b) { return a.at == b.at ? a.number < b.number : a.at < b.at; });
  Errors errors;
  for (Finding& finding : findings_) {
    errors.push_back({place_of(file_, finding.at), std::move(finding.message)});
  }
  return errors;
}

Result<Layout> Parser::parse(std::string_view text) {
  Result<toml::table> root = read_toml(text, file_, "a layout");
  if (!root) return fail(std::move(root.error()));
  layout_.source_file = file_;
  try {
    read_root(*root);
  } catch (const BrokenTomlAssertion&) {
    report({}, "not TOML, at a place that the parser cannot name");
  }
  if (!findings_.empty()) return fail(sorted_errors());
  return std::move(layout_);
}

template <typename T>
void Parser::read_value(const toml::node& node, const std::string& what, const Field<T>& field, T& out) {
  const auto number = [&]() -> std::optional<unsigned> {
    const toml::value<std::int64_t>* value = node.as_integer();
    if (value == nullptr || value->get() < field.range.min || value->get() > field.range.max) return std::nullopt;
    return static_cast<unsigned>(value->get());
  };
  bool good = true;
  if (const auto* member = std::get_if<unsigned T::*>(&field.target)) {
    const auto value = number();
    good = value.has_value();
    if (good) out.** member = *value;
  } else if (const auto* maybe = std::get_if<std::optional<unsigned> T::*>(&field.target)) {
    out.** maybe = number();
    good = (out.**maybe).has_value();
  } else if (const auto* flag = std::get_if<bool T::*>(&field.target)) {
    good = node.is_boolean();
    if (good) out.** flag = node.as_boolean()->get();
  } else if (const auto* text = std::get_if<std::string T::*>(&field.target)) {
    good = node.is_string();
    if (good) {
      const std::string& value = node.as_string()->get();
      good =
          field.choices.empty() || std::find(field.choices.begin(), field.choices.end(), value) != field.choices.end();
      if (good) out.** text = value;
    }
  }
  if (!good) report_value(node, what, expected_of(field));
}

template <typename T>
void Parser::read_fields(const toml::table& table, const std::string& section, std::span<const Field<T>> fields,
                         T& out) {
  const std::string prefix = section.empty() ? "" : section + " ";
  for (auto&& [key, node] : table) {
    const std::string_view name = key.str();
    const auto field = std::find_if(fields.begin(), fields.end(), [name](const auto& f) { return f.key == name; });
    if (field == fields.end()) {
      std::vector<std::string_view> known;
      for (const auto& f : fields) known.push_back(f.key);
      report(key.source(),
             fmt::format("{}{}: unknown key{}", prefix, shortened(key.str()), suggestion(key.str(), known)));
    } else {
      read_value(node, prefix + std::string(field->key), *field, out);
    }
  }
  for (const auto& field : fields) {
    if (field.need == Need::Required && !table.contains(field.key)) {
      report(table.source(), fmt::format("{}{}: missing, expected {}", prefix, field.key, expected_of(field)));
    }
  }
}

const toml::table* Parser::table_at(const toml::table& parent, std::string_view key, const std::string& section) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) report_value(*node, section, "a table");
  return node->as_table();
}

template <typename T>
const toml::table* Parser::read_section(const toml::table& parent, std::string_view key, const std::string& section,
                                        std::span<const Field<T>> fields, T& out) {
  const toml::table* table = table_at(parent, key, section);
  if (table != nullptr) read_fields(*table, section, fields, out);
  return table;
}

template <typename Names, typename Use>
void Parser::read_names(const toml::node& node, const std::string& what, std::string_view kind, const Names& names,
                        Use use) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return report_value(node, what, fmt::format("an array of names of {}s", kind));
  for (const toml::node& element : *array) {
    if (!element.is_string()) {
      report_value(element, what, fmt::format("the name of a {}", kind));
      continue;
    }
    const std::string& name = element.as_string()->get();
    const auto found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names)) {
      report(element.source(),
             fmt::format("{}: no such {} \"{}\"{}", what, kind, shortened(name), suggestion(name, names)));
      continue;
    }
    use(static_cast<unsigned>(found - std::begin(names)), element);
  }
}

void Parser::read_port_list(const toml::node& node, const std::string& what, std::vector<unsigned>& out) {
  read_names(node, what, "port", port_names_, [&](unsigned port, const toml::node& element) {
    if (std::find(out.begin(), out.end(), port) != out.end()) {
      report(element.source(), fmt::format("{}: port \"{}\" is named twice", what, port_names_[port]));
    } else {
      out.push_back(port);
    }
  });
}

void Parser::read_root(const toml::table& root) {
  read_fields(root, "", layout_fields(), layout_);
  if (!layout_.name.empty() && !is_name(layout_.name)) report_value(*root.get("name"), "name", kNameExpected);
  read_ports(root);
  read_queues(root);
  if (const toml::node* node = root.get("binding")) {
    const auto text = node->value<std::string_view>().value_or("");
    if (text == "at_dispatch") {
      layout_.binding = Binding::AtDispatch;
    } else if (text != "at_issue") {
      report_value(*node, "binding", "one of at_issue, at_dispatch");
    }
  }
  if (const toml::node* node = root.get("max_vector_bits")) {
    const std::int64_t bits = node->is_integer() ? node->as_integer()->get() : 0;
    if (bits == 128 || bits == 256 || bits == 512) {
      layout_.max_vector_bits = static_cast<unsigned>(bits);
    } else {
      report_value(*node, "max_vector_bits", "one of 128, 256, 512");
    }
  }
  if (const toml::node* node = root.get("ports_closed_by_512")) {
    std::vector<unsigned> closed;
    read_port_list(*node, "ports_closed_by_512", closed);
    for (const unsigned port : closed) layout_.ports_closed_by_512.push_back(port_names_[port]);
  }
  if (layout_.cpu_match.size() > kMaxRegexBytes) {
    report_value(*root.get("cpu_match"), "cpu_match", fmt::format("at most {} bytes", kMaxRegexBytes));
  } else {
    if (const std::string fault = fault_of_regex(layout_.cpu_match); !fault.empty()) {
      report_value(*root.get("cpu_match"), "cpu_match", fmt::format("a regular expression ({})", fault));
    }
  }
  if (const auto* table = read_section(root, "front_end", "[front_end]", front_end_fields(), layout_.front_end)) {
    const FrontEnd& front_end = layout_.front_end;
    if (front_end.op_cache_uops % front_end.op_cache_way_uops() != 0) {
      report_value(*table->get("op_cache_uops"), "[front_end] op_cache_uops",
                   fmt::format("a multiple of {} sets times {} instructions", front_end.op_cache_sets,
                               front_end.op_cache_entry_instructions));
    }
  }
  read_section(root, "rename", "[rename]", rename_fields(), layout_.rename);
  read_section(root, "retire", "[retire]", retire_fields(), layout_.retire);
  read_section(root, "sentrons", "[sentrons]", sentrons_fields(), layout_.sentrons);
  read_section(root, "smt", "[smt]", smt_fields(), layout_.smt);
  if (const auto* table =
          read_section(root, "translation", "[translation]", translation_fields(), layout_.translation)) {
    if (layout_.translation.entries % layout_.translation.ways != 0) {
      report(table->source(), fmt::format("[translation] ways: found {}, expected a divisor of the {} entries",
                                          layout_.translation.ways, layout_.translation.entries));
    }
  }
  read_memory(root);
  read_uops(root);
  read_memory_uops(root);
  read_op_table(root);
  read_host(root);
}

void Parser::read_ports(const toml::table& root) {
  const toml::node* node = root.get("port");
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty() || array->size() > kMaxPorts) {
    return report_value(*node, "[[port]]", fmt::format("an array of 1 to {} tables", kMaxPorts));
  }
  for (const toml::node& element : *array) {
    if (!element.is_table()) {
      report_value(element, "[[port]]", "a table");
      continue;
    }
    Port port;
    read_fields(*element.as_table(), "[[port]]", port_fields(), port);
    const toml::node* name = element.as_table()->get("name");
    if (name == nullptr || !name->is_string()) continue;
    if (!is_name(port.name)) {
      report_value(*name, "[[port]] name", kNameExpected);
    } else if (std::find(port_names_.begin(), port_names_.end(), port.name) != port_names_.end()) {
      report(name->source(), fmt::format("[[port]] name: \"{}\" is already a port", port.name));
    } else {
      port_names_.push_back(port.name);
      port_sources_.push_back(name->source());
      layout_.ports.push_back(std::move(port));
      slow_results_.push_back(element.as_table()->get("slow_results"));
    }
  }
  for (std::size_t p = 0; p < layout_.ports.size(); ++p) {
    const toml::node* slow = slow_results_[p];
    if (slow == nullptr) continue;
    const std::string what = fmt::format("[[port]] \"{}\" slow_results", layout_.ports[p].name);
    const auto named = std::find(port_names_.begin(), port_names_.end(), slow->value_or(std::string()));
    if (named == port_names_.end()) {
      report_value(*slow, what, "the name of a port");
    } else {
      layout_.ports[p].slow_results = static_cast<unsigned>(named - port_names_.begin());
    }
  }
}

void Parser::read_queues(const toml::table& root) {
  const toml::node* node = root.get("queue");
  if (node == nullptr) return;
  const toml::array* array = node->as_array();
  if (array == nullptr || array->empty() || array->size() > kMaxPorts) {
    return report_value(*node, "[[queue]]", fmt::format("an array of 1 to {} tables", kMaxPorts));
  }
  std::vector<std::optional<unsigned>> fed_by(layout_.ports.size());
  for (const toml::node& element : *array) {
    if (!element.is_table()) {
      report_value(element, "[[queue]]", "a table");
      continue;
    }
    const toml::table& table = *element.as_table();
    Queue queue;
    read_fields(table, "[[queue]]", queue_fields(), queue);
    const auto index = static_cast<unsigned>(layout_.queues.size());
    const std::string what = fmt::format("[[queue]] \"{}\"", shortened(queue.name));
    if (const toml::node* name = table.get("name"); name != nullptr && name->is_string()) {
      const bool taken = std::any_of(layout_.queues.begin(), layout_.queues.end(),
                                     [&](const Queue& other) { return other.name == queue.name; });
      if (!is_name(queue.name)) report_value(*name, "[[queue]] name", kNameExpected);
      if (taken) report(name->source(), fmt::format("[[queue]] name: \"{}\" is already a queue", queue.name));
    }
    if (const toml::node* ports = table.get("ports")) {
      read_names(*ports, what + " ports", "port", port_names_, [&](unsigned port, const toml::node& at) {
        if (fed_by[port].has_value()) {
          const unsigned other = *fed_by[port];
          report(at.source(),
                 fmt::format("{} ports: port \"{}\" is already fed by {}", what, port_names_[port],
                             other == index ? "this queue" : fmt::format("queue \"{}\"", layout_.queues[other].name)));
          return;
        }
        fed_by[port] = index;
        layout_.ports[port].queue = index;
        queue.ports.push_back(port);
      });
      if (ports->is_array() && ports->as_array()->empty()) {
        report(ports->source(), fmt::format("{} ports: feeds no port; expected at least one", what));
      }
    }
    std::sort(queue.ports.begin(), queue.ports.end());
    if (const toml::node* ranks = table.get("slot_ranks")) read_slot_ranks(*ranks, what + " slot_ranks", queue);
    if (unsigned{queue.shuffles} + unsigned{queue.takes_turns} + unsigned{queue.group_ports != 0} > 1) {
      report(table.source(), what + ": more than one of shuffles, takes_turns and group_ports; expected one of them");
    }
    const toml::node* room = table.get("dispatch_room");
    if (room != nullptr && queue.dispatch_room > queue.entries) {
      report_value(*room, what + " dispatch_room", fmt::format("at most its entries, {}", queue.entries));
    }
    layout_.queues.push_back(std::move(queue));
  }
  for (std::size_t port = 0; port < fed_by.size(); ++port) {
    if (!fed_by[port]) report(port_sources_[port], fmt::format("[[port]] \"{}\": fed by no queue", port_names_[port]));
  }
}

void Parser::read_slot_ranks(const toml::node& node, const std::string& what, Queue& queue) {
  const toml::array* lists = node.as_array();
  if (lists == nullptr || lists->size() >= kMaxPorts) {
    return report_value(node, what, fmt::format("an array of at most {} arrays", kMaxPorts - 1));
  }
  for (const toml::node& element : *lists) {
    const std::size_t ports = queue.slot_ranks.size() + 2;
    std::vector<unsigned>& ranks = queue.slot_ranks.emplace_back();
    const toml::array* list = element.as_array();
    if (list == nullptr || list->size() > kMaxSlots) {
      report_value(element, what, fmt::format("an array of at most {} numbers", kMaxSlots));
      continue;
    }
    for (const toml::node& number : *list) {
      const std::int64_t rank = number.value_exact<std::int64_t>().value_or(-1);
      if (rank < 0 || rank >= static_cast<std::int64_t>(ports)) {
        report_value(number, what, fmt::format("an integer from 0 to {} for a uop of {} ports", ports - 1, ports));
        continue;
      }
      ranks.push_back(static_cast<unsigned>(rank));
    }
  }
}

void Parser::read_uops(const toml::table& root) {
  const toml::table* table = table_at(root, "uop", "[uop]");
  if (table == nullptr) return;
  if (table->size() > kMaxUopKinds) {
    return report_value(*table, "[uop]", fmt::format("at most {} kinds", kMaxUopKinds));
  }
  // In file order: the library keeps tables sorted by name.
  std::vector<std::pair<toml::source_position, const toml::key*>> order;
  for (auto&& [key, node] : *table) order.emplace_back(key.source().begin, &key);
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [position, key] : order) {
    const toml::node& node = *table->get(key->str());
    if (!is_name(key->str())) {
      report(key->source(), fmt::format("[uop] found \"{}\", expected {}", shortened(key->str()), kNameExpected));
    } else if (!node.is_table()) {
      report_value(node, fmt::format("[uop.{}]", key->str()), "a table");
    } else {
      read_uop(key->str(), *node.as_table());
    }
  }
}

void Parser::read_uop(std::string_view name, const toml::table& table) {
  UopKind kind;
  kind.name = name;
  const std::string section = fmt::format("[uop.{}]", name);
  read_fields(table, section, uop_fields(), kind);
  bool eliminated = false;
  if (const toml::node* node = table.get("eliminated")) {
    if (node->is_boolean()) {
      eliminated = node->as_boolean()->get();
    } else {
      report_value(*node, section + " eliminated", "true or false");
    }
  }
  const toml::node* ports = table.get("ports");
  for (const PortList& list : kUopPortLists) {
    if (const toml::node* node = table.get(list.key)) {
      read_port_list(*node, fmt::format("{} {}", section, list.key), kind.*list.ports);
    }
  }
  const bool names_ports = ports != nullptr && (!ports->is_array() || !ports->as_array()->empty());
  if (eliminated && (names_ports || !kind.ports_512.empty())) {
    report(ports != nullptr ? ports->source() : table.source(),
           fmt::format("{} ports: eliminated at rename, expected no ports", section));
  } else if (!eliminated && !names_ports) {
    report(ports != nullptr ? ports->source() : table.source(),
           fmt::format("{} ports: no port, and not eliminated; expected at least one port, or eliminated = true",
                       section));
  }
  const bool in_order = kind.joined_within <= kind.followed_after && kind.followed_after <= kind.busy_alone;
  if (const toml::node* node = table.get("busy_alone"); node != nullptr && (!in_order || kind.busy_alone > kind.busy)) {
    report_value(*node, section + " busy_alone", "at least joined_within, then followed_after, and at most busy");
  }
  uop_names_.push_back(kind.name);
  layout_.uops.push_back(std::move(kind));
}

void Parser::read_memory_uops(const toml::table& root) {
  const toml::table* table = read_section(root, "memory_uops", "[memory_uops]", memory_uop_fields(), layout_);
  if (table == nullptr) return;
  const auto read = [&](std::string_view key, unsigned& out, bool UopKind::*must) {
    const toml::node* node = table->get(key);
    if (node == nullptr) return;
    const std::string what = fmt::format("[memory_uops] {}", key);
    const auto& fields = memory_uop_fields();
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const auto& f) { return f.key == key; });
    if (!node->is_string()) return report_value(*node, what, expected_of(*field));
    const std::string& name = node->as_string()->get();
    const auto index = layout_.uop_named(name);
    if (!index) {
      report(node->source(),
             fmt::format("{}: no such uop kind \"{}\"{}", what, shortened(name), suggestion(name, uop_names_)));
    } else if (!(layout_.uops[*index].*must)) {
      report_value(*node, what, expected_of(*field));
    } else {
      out = *index;
    }
  };
  read("load", layout_.load_uop, &UopKind::is_load);
  layout_.load_vector_uop = layout_.load_uop;
  read("load_vector", layout_.load_vector_uop, &UopKind::is_load);
  read("store_address", layout_.store_address_uop, &UopKind::is_store_address);
  layout_.store_address_again_uop = layout_.store_address_uop;
  read("store_address_again", layout_.store_address_again_uop, &UopKind::is_store_address);
  read("store_data", layout_.store_data_uop, &UopKind::is_store_data);
  read("store_data_vector", layout_.store_data_vector_uop, &UopKind::is_store_data);
}

void Parser::check_cache(const toml::table& table, const std::string& section, const CacheLevel& cache) {
  if ((cache.line_bytes & (cache.line_bytes - 1)) != 0) {
    return report_value(*table.get("line_bytes"), section + " line_bytes", "a power of two");
  }
  const std::uint64_t way_bytes = std::uint64_t{cache.ways} * cache.line_bytes;
  if (cache.size_bytes % way_bytes != 0) {
    report_value(*table.get("size_bytes"), section + " size_bytes",
                 fmt::format("a multiple of {} ways times {} bytes", cache.ways, cache.line_bytes));
  }
}

void Parser::read_memory(const toml::table& root) {
  Memory& memory = layout_.memory;
  const toml::table* table = read_section(root, "memory", "[memory]", memory_fields(), memory);
  if (table == nullptr) return;
  const auto level = [&](std::string_view key, CacheLevel& cache) {
    const std::string section = fmt::format("[memory.{}]", key);
    if (const auto* sub = read_section(*table, key, section, cache_fields(), cache)) check_cache(*sub, section, cache);
  };
  level("l1", memory.l1);
  level("l2", memory.l2);
  level("l3", memory.l3);
}

std::optional<Crack> Parser::read_crack(const toml::node& node, const std::string& what, bool may_be_empty) {
  Crack crack;
  crack.fused_uops = 0;
  const toml::node* names = &node;
  if (const toml::table* table = node.as_table()) {
    read_fields(*table, what, crack_fields(), crack);
    names = table->get("uops");
    if (names == nullptr) return std::nullopt;
    const toml::array* uops = names->as_array();
    const auto read_others = [&](const std::string& key, std::vector<unsigned>& others) {
      const toml::node* list = table->get(key);
      if (list == nullptr) return;
      read_names(*list, what + " " + key, "uop kind", uop_names_,
                 [&](unsigned uop, const toml::node&) { others.push_back(uop); });
      if (uops != nullptr && others.size() != uops->size()) {
        report_value(*list, what + " " + key, fmt::format("as many uops as in uops, {}", uops->size()));
      }
    };
    read_others("uops_imm64", crack.uops_imm64);
    read_others("uops_128", crack.uops_128);
    read_others("uops_masked", crack.uops_masked);
  }
  read_names(*names, what, "uop kind", uop_names_, [&](unsigned uop, const toml::node&) { crack.uops.push_back(uop); });
  const toml::array* array = names->as_array();
  if (array == nullptr) return std::nullopt;
  if (array->empty() && !may_be_empty) {
    report(names->source(), fmt::format("{}: no uop; expected at least one", what));
  }
  if (array->size() > kMaxCrackUops) {
    report_value(*names, what, fmt::format("at most {} uops", kMaxCrackUops));
  }
  if (crack.fused_uops == 0) crack.fused_uops = static_cast<unsigned>(std::max<std::size_t>(crack.uops.size(), 1));
  return crack;
}

void Parser::read_host(const toml::table& root) {
  layout_.host_cracks.assign(lowering::kHostOps, {});
  const toml::table* table = table_at(root, "host", "[host]");
  if (table == nullptr) return;
  const auto names = host_op_names();
  std::vector<bool> done(names.size());
  if (const toml::node* node = table->get("unsupported")) {
    read_names(*node, "[host] unsupported", "host operation", names, [&](unsigned op, const toml::node&) {
      if (!done[op]) layout_.host_unsupported.push_back(static_cast<lowering::HostOp>(op));
      done[op] = true;
    });
  }
  std::optional<Crack> otherwise;
  for (auto&& [key, node] : *table) {
    const std::string what = fmt::format("[host] {}", shortened(key.str()));
    if (key.str() == "unsupported") continue;
    if (key.str() == "otherwise") {
      otherwise = read_crack(node, what, false);
      if (!otherwise) otherwise.emplace();  // its own fault is reported; not also one for each operation
      continue;
    }
    const auto found = std::find(names.begin(), names.end(), key.str());
    if (found == names.end()) {
      report(key.source(), fmt::format("{}: no such host operation{}", what, suggestion(key.str(), names)));
      continue;
    }
    const auto op = static_cast<std::size_t>(found - names.begin());
    if (done[op]) report(key.source(), fmt::format("{}: has a crack, but is listed as unsupported", what));
    done[op] = true;
    if (auto crack = read_crack(node, what, false)) layout_.host_cracks[op] = std::move(*crack);
    // A sentron is entered by a uop of this kind, which waits until it is the oldest.
    const std::vector<unsigned>& uops = layout_.host_cracks[op].uops;
    const bool is_call = op == static_cast<std::size_t>(lowering::HostOp::CallHelper);
    if (is_call && !uops.empty() && layout_.uops[uops.front()].ports.empty()) {
      report_value(node, what, "a uop kind with ports");
    }
  }
  for (std::size_t op = 0; op < names.size(); ++op) {
    if (done[op]) continue;
    if (otherwise) {
      layout_.host_cracks[op] = *otherwise;
    } else {
      report(table->source(), fmt::format("[host] {}: missing, expected an array of uop kinds", names[op]));
    }
  }
}

isa::TypeMask types_of(const isa::OpInfo& info) {
  isa::TypeMask types = 0;
  for (const isa::Form& form : info.forms) types = static_cast<isa::TypeMask>(types | form.types);
  return types;
}

std::string_view type_key(isa::Type type) { return type == isa::Type::None ? "none" : name_of(type); }

template <typename Visit>
void for_each_type(isa::TypeMask types, Visit visit) {
  for (int i = 0; i < isa::kTypes; ++i) {
    const auto type = static_cast<isa::Type>(i);
    if ((types & isa::mask_of(type)) != 0) visit(type);
  }
}

void Parser::read_op_table(const toml::table& root) {
  const toml::table* table = table_at(root, "op", "[op]");
  if (table == nullptr) return;
  std::vector<std::string_view> mnemonics;
  for (const isa::OpInfo& info : isa::all_ops()) {
    if (!isa::is_nop(info.op)) mnemonics.push_back(info.mnemonic);
  }
  std::optional<Crack> otherwise;
  for (auto&& [key, node] : *table) {
    if (key.str() == "otherwise") {
      otherwise = read_crack(node, "[op] otherwise", false);
      if (!otherwise) otherwise.emplace();
      continue;
    }
    const isa::OpInfo* info = isa::find_op(key.str());
    if (info == nullptr) {
      report(key.source(),
             fmt::format("[op] {}: no such operation{}", shortened(key.str()), suggestion(key.str(), mnemonics)));
    } else if (isa::is_nop(info->op)) {
      report(key.source(), fmt::format("[op] {}: takes no slot, expected no crack", key.str()));
    } else {
      read_op(*info, node);
    }
  }
  require_op_cracks(*table, otherwise);
}

void Parser::read_op(const isa::OpInfo& info, const toml::node& node) {
  const std::string what = fmt::format("[op] {}", info.mnemonic);
  const isa::TypeMask types = types_of(info);
  const bool has_memory_half = info.reads_memory || info.writes_memory;
  const auto store = [&](isa::Type type, const std::optional<Crack>& crack) {
    op_seen_.insert({info.op, type});
    if (crack) layout_.op_cracks[{info.op, type}] = *crack;
  };
  const toml::table* by_type = node.as_table();
  if (by_type == nullptr || by_type->contains("uops")) {
    const auto crack = read_crack(node, what, has_memory_half);
    for_each_type(types, [&](isa::Type type) { store(type, crack); });
    return;
  }
  std::vector<std::string_view> known;
  for_each_type(types, [&](isa::Type type) { known.push_back(type_key(type)); });
  for (auto&& [key, value] : *by_type) {
    const auto found = std::find(known.begin(), known.end(), key.str());
    if (found == known.end()) {
      report(key.source(), fmt::format("[op.{}] {}: the operation has no such type; expected one of {}", info.mnemonic,
                                       shortened(key.str()), fmt::join(known, ", ")));
      continue;
    }
    const isa::Type type = *found == "none" ? isa::Type::None : *isa::type_named(*found);
    store(type, read_crack(value, fmt::format("[op.{}] {}", info.mnemonic, key.str()), has_memory_half));
  }
}

void Parser::require_op_cracks(const toml::table& table, const std::optional<Crack>& otherwise) {
  for (const isa::OpInfo& info : isa::all_ops()) {
    if (isa::is_nop(info.op)) continue;
    for_each_type(types_of(info), [&](isa::Type type) {
      if (op_seen_.contains({info.op, type})) return;
      if (otherwise) {
        layout_.op_cracks[{info.op, type}] = *otherwise;
        return;
      }
      const toml::node* own = table.get(info.mnemonic);
      report(own != nullptr ? own->source() : table.source(),
             fmt::format("[op.{}] {}: missing, expected an array of uop kinds", info.mnemonic, type_key(type)));
    });
  }
}

}  // namespace

Result<Layout> parse_layout(std::string_view toml, const std::string& file_name) {
  return Parser(file_name).parse(toml);
}

}  // namespace vtpu::layout
