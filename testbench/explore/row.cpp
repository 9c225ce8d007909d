#include "testbench/explore/row.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace vtpu::explore {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kStatusNames{"done", "limit", "refused", "crashed", "timed out"};

struct NumberField {
  const char* name;
  std::uint64_t Row::*member;
};
constexpr NumberField kNumbers[] = {{"bound_cycles", &Row::bound_cycles},
                                    {"cycles", &Row::cycles},
                                    {"operations", &Row::operations},
                                    {"uops", &Row::uops},
                                    {"fused_uops", &Row::fused_uops},
                                    {"loads", &Row::loads},
                                    {"stores", &Row::stores},
                                    {"l1_misses", &Row::l1_misses},
                                    {"l2_misses", &Row::l2_misses},
                                    {"l3_misses", &Row::l3_misses},
                                    {"dram_reads", &Row::dram_reads},
                                    {"dram_writes", &Row::dram_writes},
                                    {"translation_misses", &Row::translation_misses},
                                    {"messages", &Row::messages}};

struct TextField {
  const char* name;
  std::string Row::*member;
};
constexpr TextField kTexts[] = {{"key", &Row::key},         {"layout", &Row::layout}, {"point", &Row::point},
                                {"program", &Row::program}, {"reason", &Row::reason}, {"bound_by", &Row::bound_by}};

Row read(const json& object) {
  Row row;
  for (const TextField& field : kTexts) row.*field.member = object.at(field.name).get<std::string>();
  for (const NumberField& field : kNumbers) row.*field.member = object.at(field.name).get<std::uint64_t>();
  const auto status = object.at("status").get<std::string>();
  const auto at = std::find(kStatusNames.begin(), kStatusNames.end(), status);
  if (at == kStatusNames.end()) throw std::out_of_range("status \"" + status + "\"");
  row.status = static_cast<Status>(at - kStatusNames.begin());
  row.slots = object.at("slots").get<decltype(row.slots)>();
  for (const json& port : object.at("ports")) {
    row.ports.push_back(
        {port.at(0).get<std::string>(), port.at(1).get<std::uint64_t>(), port.at(2).get<std::uint64_t>()});
  }
  return row;
}

}  // namespace

std::string_view name_of(Status status) { return kStatusNames[static_cast<std::size_t>(status)]; }

std::string to_line(const Row& row) {
  json object;
  for (const TextField& field : kTexts) object[field.name] = row.*field.member;
  for (const NumberField& field : kNumbers) object[field.name] = row.*field.member;
  object["status"] = name_of(row.status);
  object["slots"] = row.slots;
  json ports = json::array();
  for (const PortRow& port : row.ports) ports.push_back({port.name, port.busy, port.lost});
  object["ports"] = std::move(ports);
  return object.dump();
}

Result<Row> row_of(std::string_view line, const std::string& where) {
  try {
    return read(json::parse(line));
  } catch (const std::exception& e) {
    return fail(where, std::string("found no row of an exploration (") + e.what() + ")");
  }
}

}  // namespace vtpu::explore
