#include "testbench/explore/exploration.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "asm/read_file.hpp"
#include "layout/layout_write.hpp"
#include "testbench/explore/identity.hpp"

namespace vtpu::explore {
namespace {

using nlohmann::json;

Result<void> write_text(const std::string& path, const std::string& text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  return assembly::write_file(path, std::span(bytes, text.size()));
}

Result<void> make_folder(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(folder, "cannot be made: " + error.message());
  return {};
}

json to_json(const Exploration& e) {
  json known = json::array();
  for (const layout::Layout& layout : e.known) known.push_back(layout::write_layout(layout));
  json objectives = json::array();
  for (const Objective& objective : e.campaign.objectives) objectives.push_back(text_of(objective));
  json programs = json::array();
  for (const Workload& work : e.programs) programs.push_back({{"name", work.name}, {"whole_words", work.whole_words}});
  return {{"format", 1},
          {"space", e.space.text},
          {"base", layout::write_layout(e.space.base)},
          {"known", std::move(known)},
          {"programs", std::move(programs)},
          {"objectives", std::move(objectives)},
          {"method", name_of(e.campaign.method)},
          {"budget", e.campaign.budget},
          {"seed", e.campaign.seed},
          {"population", e.campaign.population},
          {"use_bound", e.campaign.use_bound},
          {"shard_index", e.campaign.shard.index},
          {"shard_count", e.campaign.shard.count},
          {"source", testbench::name_of(e.run.source)},
          {"placement", phext::name_of(e.run.placement)},
          {"cores", e.run.cores},
          {"studies", e.studies},
          {"centre", e.centre},
          {"command", e.command},
          {"version", e.version},
          {"model_version", model_version()}};
}

template <typename T>
T required(std::optional<T> value, const char* what) {
  if (!value) throw std::out_of_range(what);
  return *value;
}

Result<void> read_options(const json& object, Exploration& e) {
  for (const json& text : object.at("objectives")) {
    const Result<Objective> objective = parse_objective(text.get<std::string>());
    if (!objective) return fail(objective.error());
    e.campaign.objectives.push_back(*objective);
  }
  e.campaign.method = required(method_named(object.at("method").get<std::string>()), "method");
  e.campaign.budget = object.at("budget").get<std::uint64_t>();
  e.campaign.seed = object.at("seed").get<std::uint64_t>();
  e.campaign.population = object.at("population").get<unsigned>();
  e.campaign.use_bound = object.at("use_bound").get<bool>();
  e.campaign.shard = {object.at("shard_index").get<unsigned>(), object.at("shard_count").get<unsigned>()};
  e.run.source = required(testbench::source_named(object.at("source").get<std::string>()), "source");
  e.run.placement = required(phext::placement_named(object.at("placement").get<std::string>()), "placement");
  e.run.cores = object.at("cores").get<unsigned>();
  e.studies = object.at("studies").get<bool>();
  e.centre = object.at("centre").get<std::string>();
  e.command = object.at("command").get<std::string>();
  e.version = object.at("version").get<std::string>();
  return {};
}

Result<Exploration> read(const json& object, const std::string& folder) {
  Exploration e;
  Result<layout::Layout> base = layout::parse_layout(object.at("base").get<std::string>(), folder + ": base layout");
  if (!base) return fail(std::move(base.error()));
  Result<DesignSpace> space =
      parse_space_on(object.at("space").get<std::string>(), folder + ": design space", std::move(*base));
  if (!space) return fail(std::move(space.error()));
  e.space = std::move(*space);
  for (const json& text : object.at("known")) {
    Result<layout::Layout> layout = layout::parse_layout(text.get<std::string>(), folder + ": known core");
    if (!layout) return fail(std::move(layout.error()));
    e.known.push_back(std::move(*layout));
  }
  for (const json& program : object.at("programs")) {
    const auto name = program.at("name").get<std::string>();
    Result<isa::Program> loaded = assembly::load_program(fmt::format("{}/programs/{}.siwb", folder, name));
    if (!loaded) return fail(std::move(loaded.error()));
    Result<Workload> work = prepare_workload(std::move(*loaded), 0);
    if (!work) return fail(std::move(work.error()));
    work->name = name;
    work->whole_words = program.at("whole_words").get<std::uint64_t>();
    e.programs.push_back(std::move(*work));
  }
  if (Result<void> options = read_options(object, e); !options) return fail(std::move(options.error()));
  return e;
}

// What decides the rows and the result, the shard left out.
json essence_of(const Exploration& e) {
  json object = to_json(e);
  for (const char* key : {"shard_index", "shard_count", "command", "version"}) object.erase(key);
  return object;
}

}  // namespace

Result<Exploration> merge(const std::vector<std::string>& folders, const std::string& into) {
  std::optional<Exploration> whole;
  std::vector<std::map<std::string, Row>> rows;
  for (const std::string& folder : folders) {
    Result<Exploration> part = load(folder);
    if (!part) return fail(std::move(part.error()));
    Result<RowStore> store = RowStore::open(folder + "/rows.jsonl");
    if (!store) return fail(std::move(store.error()));
    rows.push_back(store->rows());
    if (!whole) {
      whole = std::move(*part);
    } else if (essence_of(*whole) != essence_of(*part)) {
      return fail(folder, fmt::format("is not a shard of the exploration in {}: space, programs or options differ",
                                      folders.front()));
    }
  }
  if (!whole) return fail("merge", "found no folder, expected those of the shards");
  whole->campaign.shard = {};
  if (Result<void> saved = save(*whole, into); !saved) return fail(std::move(saved.error()));
  Result<RowStore> store = RowStore::open(into + "/rows.jsonl");
  if (!store) return fail(std::move(store.error()));
  for (const auto& part : rows) {
    for (const auto& [key, row] : part) {
      if (store->find(key) != nullptr) continue;
      if (Result<void> stored = store->append(row); !stored) return fail(std::move(stored.error()));
    }
  }
  return std::move(*whole);
}

Result<void> save(const Exploration& exploration, const std::string& folder) {
  if (Result<void> made = make_folder(folder + "/programs"); !made) return made;
  for (const Workload& work : exploration.programs) {
    const Result<void> written = assembly::write_file(fmt::format("{}/programs/{}.siwb", folder, work.name),
                                                      assembly::write_container(work.program));
    if (!written) return written;
  }
  return write_text(folder + "/exploration.json", to_json(exploration).dump(1) + "\n");
}

Result<Exploration> load(const std::string& folder) {
  const std::string path = folder + "/exploration.json";
  const auto bytes = assembly::read_file(path);
  if (!bytes) return fail(bytes.error());
  try {
    return read(json::parse(bytes->begin(), bytes->end()), folder);
  } catch (const std::exception& e) {
    return fail(path, fmt::format("found no exploration ({})", e.what()));
  }
}

Result<Outcome> carry_out(const Exploration& exploration, const std::string& folder, WorkerPool* pool,
                          const std::function<void(const Progress&)>& progress, const std::function<void()>& tick) {
  Result<RowStore> store = RowStore::open(folder + "/rows.jsonl");
  if (!store) return fail(std::move(store.error()));
  Evaluator evaluator(exploration.programs, exploration.run, *store, pool);
  evaluator.progress = tick;
  Campaign campaign(exploration.space, exploration.programs, exploration.campaign, evaluator);
  campaign.progress = progress;
  campaign.cores = exploration.run.cores;
  campaign.has_bound = exploration.run.source == testbench::SourceKind::Siw;
  Outcome outcome;
  Result<CampaignResult> result = campaign.run(exploration.known);
  if (!result) return fail(std::move(result.error()));
  outcome.campaign = std::move(*result);
  if (exploration.studies && exploration.campaign.shard.count == 1) {
    Result<std::optional<Study>> study = study_around(exploration, outcome.campaign, evaluator);
    if (!study) return fail(std::move(study.error()));
    outcome.study = std::move(*study);
  }
  outcome.simulated = evaluator.simulated();
  outcome.from_store = evaluator.from_store();
  outcome.bound_violations = evaluator.bound_violations();
  return outcome;
}

}  // namespace vtpu::explore
