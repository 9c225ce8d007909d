#include "layout/layout_write.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "layout/layout_fields.hpp"

namespace vtpu::layout {
namespace {

constexpr std::size_t kColumns = 110;      // where lists are wrapped
constexpr std::size_t kTextColumns = 800;  // where texts are; the loader takes lines of up to 1024 bytes

// The code point at text[at], and on to the next; bytes that are no UTF-8 count as themselves.
std::uint32_t code_point(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
  const std::uint32_t first = byte(at);
  const std::size_t length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (length == 1 || at + length > text.size()) return byte(at++);
  std::uint32_t point = first & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) point = point << 6U | (byte(at + i) & 0x3FU);
  at += length;
  return point;
}

// A text in quotes, printable ASCII only; over several lines where it is long.
std::string quoted(std::string_view text) {
  const bool is_long = text.size() > kTextColumns / 8;
  std::string out = is_long ? "\"\"\"\\\n" : "\"";
  std::size_t line_start = out.size();
  for (std::size_t at = 0; at < text.size();) {
    if (is_long && out.size() - line_start > kTextColumns) {
      out += "\\\n";
      line_start = out.size();
    }
    const std::uint32_t c = code_point(text, at);
    // A space behind a line's end would be taken for indentation.
    const bool plain = c >= 0x20 && c < 0x7F && c != '"' && c != '\\' && (c != ' ' || out.size() != line_start);
    if (plain) {
      out += static_cast<char>(c);
    } else {
      out += fmt::format("\\U{:08X}", c);
    }
  }
  return out + (is_long ? "\"\"\"" : "\"");
}

std::string names(const std::vector<std::string>& items, std::size_t column) {
  std::string out = "[";
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) out += ",";
    if (i != 0 && column + out.size() - line_start + items[i].size() > kColumns) {
      out += "\n ";
      line_start = out.size();
      column = 0;
    }
    out += (i == 0 ? "\"" : " \"") + items[i] + "\"";
  }
  return out + "]";
}

class Writer {
 public:
  explicit Writer(const Layout& layout) : layout_(layout) {}

  std::string text(std::string_view header) {
    write_header(header);
    write_root();
    write_section("[front_end]", layout_.front_end, front_end_fields());
    write_section("[rename]", layout_.rename, rename_fields());
    write_ports();
    write_uops();
    write_memory_uops();
    write_op_cracks();
    write_host_cracks();
    write_section("[retire]", layout_.retire, retire_fields());
    write_section("[memory]", layout_.memory, memory_fields());
    write_section("[memory.l1]", layout_.memory.l1, cache_fields());
    write_section("[memory.l2]", layout_.memory.l2, cache_fields());
    write_section("[memory.l3]", layout_.memory.l3, cache_fields());
    write_section("[translation]", layout_.translation, translation_fields());
    write_section("[sentrons]", layout_.sentrons, sentrons_fields());
    write_section("[smt]", layout_.smt, smt_fields());
    return std::move(out_);
  }

 private:
  void line(std::string_view key, const std::string& value) { out_ += fmt::format("{} = {}\n", key, value); }

  void name_list(std::string_view key, const std::vector<std::string>& items) {
    line(key, names(items, key.size() + 3));
  }

  void port_list(std::string_view key, const std::vector<unsigned>& ports) {
    std::vector<std::string> items;
    for (const unsigned port : ports) items.push_back(layout_.ports[port].name);
    name_list(key, items);
  }

  void write_header(std::string_view header) {
    while (!header.empty()) {
      const std::size_t end = std::min(header.find('\n'), header.size());
      out_ += end == 0 ? "#\n" : fmt::format("# {}\n", header.substr(0, end));
      header.remove_prefix(std::min(end + 1, header.size()));
    }
  }

  // The fields that are copied as they stand; optional ones with their default are left out.
  template <typename T>
  void write_fields(const T& value, std::span<const Field<T>> fields) {
    static const T kAbsent{};
    for (const Field<T>& field : fields) {
      const bool required = field.need == Need::Required;
      if (const auto* number = std::get_if<unsigned T::*>(&field.target)) {
        if (required || value.**number != kAbsent.**number) line(field.key, fmt::format("{}", value.**number));
      } else if (const auto* flag = std::get_if<bool T::*>(&field.target)) {
        if (required || value.**flag != kAbsent.**flag) line(field.key, value.**flag ? "true" : "false");
      } else if (const auto* text = std::get_if<std::string T::*>(&field.target)) {
        if (required || value.**text != kAbsent.**text) line(field.key, quoted(value.**text));
      } else if (const auto* maybe = std::get_if<std::optional<unsigned> T::*>(&field.target)) {
        if ((value.**maybe).has_value()) line(field.key, fmt::format("{}", *(value.**maybe)));
      }
    }
  }

  template <typename T>
  void write_section(std::string_view title, const T& value, std::span<const Field<T>> fields) {
    const std::size_t before = out_.size();
    out_ += fmt::format("\n{}\n", title);
    const std::size_t empty = out_.size();
    write_fields(value, fields);
    if (out_.size() == empty) out_.resize(before);
  }

  void write_root() {
    write_fields(layout_, layout_fields());
    line("binding", layout_.binding == Binding::AtDispatch ? "\"at_dispatch\"" : "\"at_issue\"");
    line("max_vector_bits", fmt::format("{}", layout_.max_vector_bits));
    if (!layout_.ports_closed_by_512.empty()) name_list("ports_closed_by_512", layout_.ports_closed_by_512);
  }

  void write_ports() {
    for (const Queue& queue : layout_.queues) {
      out_ += "\n[[queue]]\n";
      write_fields(queue, queue_fields());
      if (!queue.slot_ranks.empty()) {
        std::vector<std::string> lists;
        for (const auto& ranks : queue.slot_ranks) lists.push_back(fmt::format("[{}]", fmt::join(ranks, ", ")));
        line("slot_ranks", fmt::format("[{}]", fmt::join(lists, ", ")));
      }
      port_list("ports", queue.ports);
    }
    for (const Port& port : layout_.ports) {
      out_ += "\n[[port]]\n";
      write_fields(port, port_fields());
      if (port.slow_results) out_ += fmt::format("slow_results = \"{}\"\n", layout_.ports[*port.slow_results].name);
    }
  }

  void write_uops() {
    for (const UopKind& kind : layout_.uops) {
      out_ += fmt::format("\n[uop.{}]\n", kind.name);
      if (kind.ports.empty()) line("eliminated", "true");
      for (const PortList& list : kUopPortLists) {
        if (!(kind.*list.ports).empty()) port_list(list.key, kind.*list.ports);
      }
      write_fields(kind, uop_fields());
    }
  }

  void write_memory_uops() {
    out_ += "\n[memory_uops]\n";
    const auto kind = [&](std::string_view key, unsigned uop) { line(key, quoted(layout_.uops[uop].name)); };
    kind("load", layout_.load_uop);
    if (layout_.load_vector_uop != layout_.load_uop) kind("load_vector", layout_.load_vector_uop);
    kind("store_address", layout_.store_address_uop);
    if (layout_.store_address_again_uop != layout_.store_address_uop) {
      kind("store_address_again", layout_.store_address_again_uop);
    }
    kind("store_data", layout_.store_data_uop);
    kind("store_data_vector", layout_.store_data_vector_uop);
  }

  void write_crack(std::string_view key, const Crack& crack) {
    const auto kinds = [&](const std::vector<unsigned>& uops) {
      std::vector<std::string> items;
      for (const unsigned uop : uops) items.push_back(layout_.uops[uop].name);
      return names(items, key.size() + 13);
    };
    const std::string list = kinds(crack.uops);
    const bool fused = crack.fused_uops != std::max<std::size_t>(crack.uops.size(), 1);
    std::string more = fused ? fmt::format(", fused = {}", crack.fused_uops) : "";
    if (crack.transfer) more += ", transfer = true";
    if (crack.splits_load) more += ", splits_load = true";
    if (!crack.uops_imm64.empty()) more += fmt::format(", uops_imm64 = {}", kinds(crack.uops_imm64));
    if (!crack.uops_128.empty()) more += fmt::format(", uops_128 = {}", kinds(crack.uops_128));
    if (!crack.uops_masked.empty()) more += fmt::format(", uops_masked = {}", kinds(crack.uops_masked));
    line(key, more.empty() ? list : fmt::format("{{ uops = {}{} }}", list, more));
  }

  // One line for an operation whose types all crack alike, else one for each type.
  void write_op_cracks() {
    out_ += "\n[op]\n";
    for (auto first = layout_.op_cracks.begin(); first != layout_.op_cracks.end();) {
      const isa::Op op = first->first.first;
      const auto last =
          std::find_if(first, layout_.op_cracks.end(), [op](const auto& c) { return c.first.first != op; });
      const std::string_view mnemonic = isa::info_of(op).mnemonic;
      if (std::all_of(first, last, [&](const auto& c) { return c.second == first->second; })) {
        write_crack(mnemonic, first->second);
      } else {
        for (auto c = first; c != last; ++c) {
          const std::string_view type = c->first.second == isa::Type::None ? "none" : isa::name_of(c->first.second);
          write_crack(fmt::format("{}.{}", mnemonic, type), c->second);
        }
      }
      first = last;
    }
  }

  void write_host_cracks() {
    out_ += "\n[host]\n";
    std::vector<std::string> unsupported;
    for (const lowering::HostOp op : layout_.host_unsupported) {
      unsupported.emplace_back(host_op_names()[static_cast<std::size_t>(op)]);
    }
    if (!unsupported.empty()) name_list("unsupported", unsupported);
    for (std::size_t op = 0; op < layout_.host_cracks.size(); ++op) {
      const std::string_view name = host_op_names()[op];
      if (std::find(unsupported.begin(), unsupported.end(), name) == unsupported.end()) {
        write_crack(name, layout_.host_cracks[op]);
      }
    }
  }

  const Layout& layout_;
  std::string out_;
};

}  // namespace

std::string write_layout(const Layout& layout, std::string_view header) { return Writer(layout).text(header); }

}  // namespace vtpu::layout
