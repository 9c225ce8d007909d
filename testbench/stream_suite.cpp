#include "testbench/stream_suite.hpp"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "testbench/random.hpp"
#include "testbench/stream_operation.hpp"

namespace vtpu::testbench {
namespace {

constexpr std::size_t kClasses = 7;
constexpr std::uint64_t kOperationsBeyondL1 = 500'000;  // slower to warm

// Shares of the classes in a stream, in the order of StreamClass.
struct Flavor {
  const char* name;
  std::array<unsigned, kClasses> share;
};
constexpr std::array<Flavor, 10> kFlavors{{{"all", {4, 2, 4, 1, 3, 1, 1}},
                                           {"scalar", {8, 0, 0, 0, 2, 1, 0}},
                                           {"vector", {0, 0, 8, 0, 2, 1, 0}},
                                           {"balanced", {2, 0, 2, 0, 4, 0, 4}},
                                           {"compute", {4, 2, 4, 1, 0, 0, 0}},
                                           {"float", {0, 8, 0, 0, 2, 1, 0}},
                                           {"loads", {2, 0, 1, 0, 8, 0, 0}},
                                           {"stores", {2, 0, 1, 0, 2, 5, 0}},
                                           {"hyper", {2, 0, 1, 6, 2, 0, 0}},
                                           {"message", {3, 0, 1, 0, 2, 0, 5}}}};

std::vector<std::vector<const StreamOperation*>> by_class() {
  std::vector<std::vector<const StreamOperation*>> all(kClasses);
  for (const StreamOperation& o : all_stream_operations()) all[static_cast<std::size_t>(o.cls)].push_back(&o);
  return all;
}

std::string draw(Random& random, const Flavor& flavor) {
  static const std::vector<std::vector<const StreamOperation*>> kByClass = by_class();
  unsigned total = 0;
  for (const unsigned share : flavor.share) total += share;
  auto at = random.below(total);
  std::size_t cls = 0;
  while (at >= flavor.share[cls]) at -= flavor.share[cls++];
  return random.pick(kByClass[cls])->name;
}

// Most streams stay in L1. In every 40, four walk through L2, three through L3, one through more, two have more code
// than common op caches hold, three load what they have just stored, one has all its accesses at the same place of
// their pages.
void place(StreamSpec& spec, std::uint64_t index, Random& random) {
  static constexpr std::array<int, 8> kStrides{1, 1, 1, 2, 3, 5, -1, 8};
  static constexpr std::array<unsigned, 4> kWalks{32, 64, 100, 120};
  spec.stride_cells = kStrides[random.below(kStrides.size())];
  spec.walk_cells = kWalks[random.below(kWalks.size())];
  switch (index % 40) {
    case 3:
    case 13:
    case 23:
    case 33:
      spec.walk_cells = 2000;
      spec.least_operations = kOperationsBeyondL1;
      break;
    case 7:
    case 17:
    case 27:
      spec.walk_cells = 2000;
      spec.pages = 8;
      spec.least_operations = kOperationsBeyondL1;
      break;
    case 37:
      spec.walk_cells = 2000;
      spec.pages = 60;
      spec.stride_cells = 1;
      break;
    case 9:
    case 29: spec.copies = 64U << random.below(4); break;
    case 5:
    case 15:
    case 35: spec.reload = true; break;
    case 21: spec.aligned = true; break;
    default:
      if (random.chance(0.5)) spec.stride_cells = 0;
  }
}

bool is_about_memory(const StreamSpec& spec) { return spec.walk_cells > 1000 || spec.reload || spec.aligned; }

StreamSpec stream(std::uint64_t index, std::uint64_t seed) {
  static constexpr std::array<unsigned, 6> kDepths{1, 1, 2, 4, 8, 16};
  Random random(seed * 0x9E3779B97F4A7C15ULL + index);
  const Flavor& flavor = kFlavors[(index + index / kFlavors.size()) % kFlavors.size()];  // every place meets every mix
  StreamSpec spec;
  spec.seed = random.next() >> 16U;
  const std::uint64_t operations = 2 + random.below(23);
  spec.depth = kDepths[random.below(kDepths.size())];
  spec.carried = random.chance(0.4);
  spec.results = 1 + static_cast<unsigned>(random.below(8));
  spec.loaded_share = random.chance(0.4) ? 0.3 : 0;
  place(spec, index, random);
  for (std::uint64_t i = 0; i < operations; ++i) spec.operations.push_back(draw(random, flavor));
  if (is_about_memory(spec)) {
    spec.operations.push_back("sgather.i64");
    spec.operations.push_back(spec.reload || spec.aligned ? "sscattr.i64" : "sgather.b512");
  }
  while (spec.operations.size() > 24) spec.operations.erase(spec.operations.begin());
  spec.name = fmt::format("g{:04}_{}", index, flavor.name);
  return spec;
}

}  // namespace

std::vector<StreamSpec> generated_suite(std::uint64_t count, std::uint64_t seed) {
  std::vector<StreamSpec> suite;
  for (std::uint64_t i = 0; i < count; ++i) suite.push_back(stream(i, seed));
  return suite;
}

std::string suite_text(const std::vector<StreamSpec>& suite) {
  std::string text = "[";
  for (std::size_t i = 0; i < suite.size(); ++i) text += (i == 0 ? "\n  " : ",\n  ") + to_json(suite[i]).dump();
  return text + "\n]\n";
}

Result<std::vector<StreamSpec>> read_suite(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(path, "cannot be opened");
  std::stringstream text;
  text << file.rdbuf();
  const nlohmann::json json = nlohmann::json::parse(text.str(), nullptr, false);
  if (!json.is_array()) return fail(path, "expected a JSON array of stream descriptions");
  std::vector<StreamSpec> suite;
  std::set<std::string> names;
  Errors errors;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string where = fmt::format("{}: stream {}", path, i);
    Result<StreamSpec> spec = stream_spec_of(json[i], where);
    if (!spec) {
      errors.insert(errors.end(), spec.error().begin(), spec.error().end());
    } else if (spec->name.empty() || !names.insert(spec->name).second) {
      errors.push_back({where + " name", fmt::format("found '{}', expected a name of its own", spec->name)});
    } else {
      suite.push_back(std::move(*spec));
    }
  }
  if (!errors.empty()) return fail(std::move(errors));
  return suite;
}

}  // namespace vtpu::testbench
