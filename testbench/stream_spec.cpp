#include "testbench/stream_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "testbench/stream_operation.hpp"

namespace vtpu::testbench {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kLevelNames{"none", "l1", "l2", "l3", "beyond"};

template <typename T>
void require(Errors& errors, const StreamSpec& spec, const char* field, T value, T low, T high) {
  if (value >= low && value <= high) return;
  errors.push_back(
      {fmt::format("stream {} {}", spec.name, field), fmt::format("found {}, expected {} to {}", value, low, high)});
}

// Takes fields out of an object and remembers what went wrong.
class Reader {
 public:
  Reader(const json& object, std::string where) : object_(object), where_(std::move(where)) {}

  template <typename T>
  void take(const char* key, T& value) {
    known_.insert(key);
    const auto found = object_.find(key);
    if (found == object_.end()) return;
    try {
      found->get_to(value);
    } catch (const json::exception&) {
      errors_.push_back(
          {fmt::format("{} {}", where_, key), fmt::format("found {}, which has another type", found->dump())});
    }
  }

  Errors finish() {
    for (const auto& [key, value] : object_.items()) {
      if (!known_.contains(key)) errors_.push_back({fmt::format("{} {}", where_, key), "no such field"});
    }
    return std::move(errors_);
  }

 private:
  const json& object_;
  std::string where_;
  std::set<std::string> known_;
  Errors errors_;
};

}  // namespace

std::string_view name_of(MemoryLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

Errors check(const StreamSpec& spec) {
  Errors errors;
  require<std::size_t>(errors, spec, "operations", spec.operations.size(), 1, 64);
  for (const std::string& name : spec.operations) {
    if (find_stream_operation(name) != nullptr) continue;
    errors.push_back({fmt::format("stream {} operations", spec.name),
                      fmt::format("found '{}', expected one of the operations that --list-operations prints", name)});
  }
  require(errors, spec, "depth", spec.depth, 1U, 64U);
  require(errors, spec, "results", spec.results, 1U, 8U);
  require(errors, spec, "loaded_share", spec.loaded_share, 0.0, 1.0);
  require(errors, spec, "stride_cells", spec.stride_cells, -16, 16);
  require(errors, spec, "walk_cells", spec.walk_cells, 16U, 2000U);
  require(errors, spec, "pages", spec.pages, 1U, 1024U);
  require(errors, spec, "copies", spec.copies, 1U, spec.pages > 1 ? 1U : 1024U);
  require<std::uint64_t>(errors, spec, "least_operations", spec.least_operations, 1, 1'000'000'000);
  return errors;
}

MemoryLevel level_of(const StreamSpec& spec) {
  const std::uint64_t bytes = footprint_bytes(spec);
  if (bytes == 0) return MemoryLevel::None;
  if (bytes <= 32U << 10U) return MemoryLevel::L1;
  if (bytes <= 768U << 10U) return MemoryLevel::L2;
  return bytes <= 3U << 20U ? MemoryLevel::L3 : MemoryLevel::Beyond;
}

json to_json(const StreamSpec& spec) {
  return {{"name", spec.name},
          {"seed", spec.seed},
          {"operations", spec.operations},
          {"depth", spec.depth},
          {"carried", spec.carried},
          {"results", spec.results},
          {"loaded_share", spec.loaded_share},
          {"stride_cells", spec.stride_cells},
          {"walk_cells", spec.walk_cells},
          {"pages", spec.pages},
          {"aligned", spec.aligned},
          {"reload", spec.reload},
          {"copies", spec.copies},
          {"least_operations", spec.least_operations}};
}

Result<StreamSpec> stream_spec_of(const json& object, const std::string& where) {
  if (!object.is_object()) return fail(where, "found " + object.dump() + ", expected an object");
  StreamSpec spec;
  Reader reader(object, where);
  reader.take("name", spec.name);
  reader.take("seed", spec.seed);
  reader.take("operations", spec.operations);
  reader.take("depth", spec.depth);
  reader.take("carried", spec.carried);
  reader.take("results", spec.results);
  reader.take("loaded_share", spec.loaded_share);
  reader.take("stride_cells", spec.stride_cells);
  reader.take("walk_cells", spec.walk_cells);
  reader.take("pages", spec.pages);
  reader.take("aligned", spec.aligned);
  reader.take("reload", spec.reload);
  reader.take("copies", spec.copies);
  reader.take("least_operations", spec.least_operations);
  Errors errors = reader.finish();
  if (errors.empty()) errors = check(spec);
  if (!errors.empty()) return fail(std::move(errors));
  return spec;
}

}  // namespace vtpu::testbench
