#include "testbench/campaign_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <tuple>

#include "isa/nearest.hpp"
#include "layout/toml_reader.hpp"
#include "rtl/adapter/core_config.hpp"
#include "testbench/random_layout.hpp"

namespace vtpu::testbench {
namespace {

using layout::found_text;

constexpr unsigned kMostOf = 100'000;  // of what is counted
constexpr std::uint64_t kMostCycles = 1'000'000'000'000;

// The least and most that a range may say; the RTL's own limits are checked on the layouts that come of it.
struct RangeKey {
  std::string_view key;
  Span LayoutRanges::*range;
  Span within;
};
constexpr RangeKey kRanges[] = {
    {"ports", &LayoutRanges::ports, {1, rtl::kMaxPorts}},
    {"queues", &LayoutRanges::queues, {1, rtl::kMaxQueues}},
    {"queue_entries", &LayoutRanges::queue_entries, {1, rtl::kMaxEntries}},
    {"words_per_cycle", &LayoutRanges::words_per_cycle, {1, rtl::kMaxWords}},
    {"queue_uops", &LayoutRanges::queue_uops, {1, 1000}},
    {"depth_cycles", &LayoutRanges::depth_cycles, {1, 64}},
    {"dispatch_width", &LayoutRanges::dispatch_width, {1, rtl::kMaxDispatch}},
    {"registers", &LayoutRanges::registers, {2, 1000}},
    {"latency", &LayoutRanges::latency, {1, 100}},
    {"busy", &LayoutRanges::busy, {1, 100}},
    {"uops_per_operation", &LayoutRanges::uops_per_operation, {1, rtl::kMaxCrack}},
    {"load_queue", &LayoutRanges::load_queue, {1, 1000}},
    {"store_queue", &LayoutRanges::store_queue, {1, rtl::kMaxStores}},
    {"loads_per_cycle", &LayoutRanges::loads_per_cycle, {1, rtl::kMaxPorts}},
    {"stores_per_cycle", &LayoutRanges::stores_per_cycle, {1, rtl::kMaxPorts}},
    {"banks", &LayoutRanges::banks, {1, rtl::kMaxBanks}},
    {"commits_per_cycle", &LayoutRanges::commits_per_cycle, {1, rtl::kMaxCommits}},
    {"combining_lines", &LayoutRanges::combining_lines, {1, rtl::kMaxLines}},
    {"forward_fail_latency", &LayoutRanges::forward_fail_latency, {1, 1000}},
    {"dram_latency", &LayoutRanges::dram_latency, {1, 10000}},
    {"translation_ways_log2", &LayoutRanges::translation_ways_log2, {0, 4}},
    {"translation_sets_log2", &LayoutRanges::translation_sets_log2, {0, 12}},
    {"miss_latency", &LayoutRanges::miss_latency, {1, 1000}},
    {"retire_width", &LayoutRanges::retire_width, {1, rtl::kMaxRetire}},
    {"window_entries", &LayoutRanges::window_entries, {1, 1000}},
};

struct LayoutShareKey {
  std::string_view key;
  double LayoutRanges::*share;
};
constexpr LayoutShareKey kLayoutShares[] = {
    {"in_order", &LayoutRanges::in_order},
    {"at_dispatch", &LayoutRanges::at_dispatch},
    {"micro_fusion", &LayoutRanges::micro_fusion},
    {"eliminates", &LayoutRanges::eliminates},
    {"limited_registers", &LayoutRanges::limited_registers},
    {"cracked", &LayoutRanges::cracked},
    {"one_fused", &LayoutRanges::one_fused},
    {"busy_ports", &LayoutRanges::busy_ports},
    {"banked", &LayoutRanges::banked},
    {"on_most_ports", &LayoutRanges::on_most_ports},
};

struct ProgramShareKey {
  std::string_view key;
  double RandomProgramOptions::*share;
};
constexpr ProgramShareKey kProgramShares[] = {
    {"faulting", &RandomProgramOptions::faulting_share},
    {"deadlocking", &RandomProgramOptions::deadlocking_share},
    {"dense", &RandomProgramOptions::dense_share},
    {"loops", &RandomProgramOptions::loops},
    {"long_loops", &RandomProgramOptions::long_loops},
    {"memory", &RandomProgramOptions::memory},
    {"stores", &RandomProgramOptions::stores},
    {"steps", &RandomProgramOptions::steps},
    {"moves", &RandomProgramOptions::moves},
};

class CampaignReader {
 public:
  CampaignReader(std::string file, std::string layouts_folder)
      : file_(std::move(file)), folder_(std::move(layouts_folder)) {}

  Result<LockstepCampaign> read(const toml::table& root) {
    check_keys(root, "",
               {"description", "seed", "cycles", "cycles_per_run", "cores", "layouts", "random_layouts", "programs",
                "shrink"});
    read_number(root, "", "seed", {0, kMostCycles}, campaign_.first_seed);
    read_number(root, "", "cycles", {1, kMostCycles}, campaign_.cycles);
    read_number(root, "", "cycles_per_run", {1, kMostCycles}, campaign_.max_cycles_per_run);
    read_number(root, "", "shrink", {0, 1'000'000}, campaign_.shrink_tries);
    read_cores(root);
    read_layouts(root);
    read_groups(root, "random_layouts", [&](const toml::table& table) { read_random_layouts(table); });
    read_groups(root, "programs", [&](const toml::table& table) { read_programs(table); });
    if (campaign_.layouts.empty() && campaign_.random_layouts.empty()) {
      report(root.source(), "expected layouts or [[random_layouts]], found neither");
    }
    if (campaign_.programs.empty()) campaign_.programs.emplace_back();
    if (findings_.empty()) return std::move(campaign_);
    return fail(sorted());
  }

 private:
  struct Finding {
    toml::source_position at;
    std::string message;
  };

  void report(const toml::source_region& at, std::string message) {
    findings_.push_back({at.begin, std::move(message)});
  }

  Errors sorted() {
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.at < b.at; });
    Errors errors;
    for (Finding& f : findings_) errors.push_back({layout::place_of(file_, f.at), std::move(f.message)});
    return errors;
  }

  void check_keys(const toml::table& table, std::string_view section, std::vector<std::string_view> known) {
    for (auto&& [key, node] : table) {
      if (std::find(known.begin(), known.end(), key.str()) != known.end()) continue;
      report(key.source(), fmt::format("{}{}: unknown key{}", section, layout::shortened(key.str()),
                                       did_you_mean(key.str(), known, [](std::string_view name) { return name; })));
    }
  }

  template <typename Number>
  void read_number(const toml::table& table, std::string_view section, std::string_view key,
                   std::pair<std::uint64_t, std::uint64_t> within, Number& out) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return;
    const auto* number = node->as_integer();
    if (number == nullptr || number->get() < 0 || static_cast<std::uint64_t>(number->get()) < within.first ||
        static_cast<std::uint64_t>(number->get()) > within.second) {
      report(node->source(), fmt::format("{}{}: found {}, expected an integer from {} to {}", section, key,
                                         found_text(*node), within.first, within.second));
      return;
    }
    out = static_cast<Number>(number->get());
  }

  void read_share(const toml::table& table, std::string_view section, std::string_view key, double& out) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return;
    const std::optional<double> share = node->value<double>();
    if (!share || !(*share >= 0 && *share <= 1)) {
      report(node->source(),
             fmt::format("{}{}: found {}, expected a share from 0 to 1", section, key, found_text(*node)));
      return;
    }
    out = *share;
  }

  void read_range(const toml::table& table, const RangeKey& known, LayoutRanges& ranges) {
    const toml::node* node = table.get(known.key);
    if (node == nullptr) return;
    const toml::array* ends = node->as_array();
    std::optional<std::int64_t> least, most;
    if (ends != nullptr && ends->size() == 2) {
      least = ends->get(0)->value_exact<std::int64_t>();
      most = ends->get(1)->value_exact<std::int64_t>();
    }
    if (!least || !most || *least > *most || *least < known.within.least || *most > known.within.most) {
      report(
          node->source(),
          fmt::format("[[random_layouts]] {}: found {}, expected [least, most], two integers from {} to {}", known.key,
                      ends != nullptr ? "other elements" : found_text(*node), known.within.least, known.within.most));
      return;
    }
    ranges.*known.range = {static_cast<unsigned>(*least), static_cast<unsigned>(*most)};
  }

  void read_cores(const toml::table& root) {
    const toml::node* node = root.get("cores");
    if (node == nullptr) return;
    campaign_.cores.clear();
    if (const toml::array* numbers = node->as_array()) {
      for (const toml::node& element : *numbers) {
        const std::optional<std::int64_t> cores = element.value_exact<std::int64_t>();
        if (cores && *cores >= 1 && *cores <= 16) campaign_.cores.push_back(static_cast<unsigned>(*cores));
      }
      if (!numbers->empty() && campaign_.cores.size() == numbers->size()) return;
    }
    report(node->source(), "cores: expected an array of integers from 1 to 16");
  }

  void read_layouts(const toml::table& root) {
    const toml::node* node = root.get("layouts");
    if (node == nullptr) return;
    if (!node->is_array()) {
      report(node->source(), fmt::format("layouts: found {}, expected an array of names", found_text(*node)));
      return;
    }
    for (const toml::node& element : *node->as_array()) {
      const auto* name = element.as_string();
      if (name == nullptr) {
        report(element.source(), fmt::format("layouts: found {}, expected a name", found_text(element)));
        continue;
      }
      Result<layout::Layout> found = layout::find_layout(name->get(), folder_);
      if (!found) {
        for (const Error& e : found.error()) report(element.source(), e.text());
        continue;
      }
      for (const Error& e : rtl::why_too_large(*found)) report(element.source(), e.text());
      campaign_.layouts.push_back(std::move(*found));
    }
  }

  template <typename Read>
  void read_groups(const toml::table& root, std::string_view key, Read read) {
    const toml::node* node = root.get(key);
    if (node == nullptr) return;
    if (node->is_array() && !node->as_array()->empty() &&
        std::all_of(node->as_array()->begin(), node->as_array()->end(), [](auto& n) { return n.is_table(); })) {
      for (const toml::node& element : *node->as_array()) read(*element.as_table());
      return;
    }
    report(node->source(), fmt::format("{}: found {}, expected tables [[{}]]", key, found_text(*node), key));
  }

  void read_random_layouts(const toml::table& table) {
    std::vector<std::string_view> known{"what", "count"};
    for (const RangeKey& k : kRanges) known.push_back(k.key);
    for (const LayoutShareKey& k : kLayoutShares) known.push_back(k.key);
    check_keys(table, "[[random_layouts]] ", known);
    RandomLayouts group;
    read_number(table, "[[random_layouts]] ", "count", {1, kMostOf}, group.count);
    for (const RangeKey& k : kRanges) read_range(table, k, group.ranges);
    for (const LayoutShareKey& k : kLayoutShares) {
      read_share(table, "[[random_layouts]] ", k.key, group.ranges.*k.share);
    }
    if (findings_.empty()) refuse_too_large(table, group);
    campaign_.random_layouts.push_back(group);
  }

  // The layouts that the group will be.
  void refuse_too_large(const toml::table& table, const RandomLayouts& group) {
    std::uint64_t first = campaign_.first_seed;
    for (const RandomLayouts& before : campaign_.random_layouts) first += before.count;
    for (unsigned k = 0; k < group.count; ++k) {
      for (const Error& e : rtl::why_too_large(random_layout(first + k, group.ranges))) {
        report(table.source(), "[[random_layouts]] " + e.text());
      }
      if (!findings_.empty()) return;  // one layout says enough
    }
  }

  void read_programs(const toml::table& table) {
    std::vector<std::string_view> known{"what", "weight", "max_sentrons", "max_items", "iterations", "coordinates"};
    for (const ProgramShareKey& k : kProgramShares) known.push_back(k.key);
    check_keys(table, "[[programs]] ", known);
    RandomPrograms group;
    read_number(table, "[[programs]] ", "weight", {1, 100}, group.weight);
    read_number(table, "[[programs]] ", "max_sentrons", {1, 64}, group.options.max_sentrons);
    read_number(table, "[[programs]] ", "max_items", {1, 1000}, group.options.max_items);
    read_number(table, "[[programs]] ", "iterations", {1, kMostOf}, group.options.iterations);
    read_number(table, "[[programs]] ", "coordinates", {1, isa::kCoordinateRegisters}, group.options.coordinates);
    for (const ProgramShareKey& k : kProgramShares) {
      read_share(table, "[[programs]] ", k.key, group.options.*k.share);
    }
    campaign_.programs.push_back(group);
  }

  std::string file_, folder_;
  LockstepCampaign campaign_;
  std::vector<Finding> findings_;
};

}  // namespace

Result<LockstepCampaign> parse_campaign(std::string_view toml, const std::string& file_name,
                                        const std::string& layouts_folder) {
  Result<toml::table> root = layout::read_toml(toml, file_name, "a campaign");
  if (!root) return fail(std::move(root.error()));
  return CampaignReader(file_name, layouts_folder).read(*root);
}

Result<LockstepCampaign> read_campaign(const std::string& path, const std::string& layouts_folder) {
  std::ifstream file(path);
  if (!file) return fail(path, "cannot be opened");
  std::stringstream text;
  text << file.rdbuf();
  return parse_campaign(text.str(), path, layouts_folder);
}

}  // namespace vtpu::testbench
