#include "perfetto_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

namespace vtpu::traces::test {
namespace {

using nlohmann::json;
using Track = std::pair<int, int>;  // process, thread

}  // namespace

std::vector<std::string> perfetto_findings(const json& trace) {
  std::vector<std::string> found;
  std::map<Track, std::vector<std::pair<std::uint64_t, std::uint64_t>>> complete;  // begin, end
  struct Mark {
    std::uint64_t ts;
    std::string phase, name;
  };
  std::map<std::pair<std::string, std::uint64_t>, std::vector<Mark>> lives;
  for (const json& e : trace.at("traceEvents")) {
    const std::string phase = e.at("ph");
    if (phase == "M") continue;
    const std::uint64_t ts = e.at("ts");
    if (phase == "X") {
      complete[{e.at("pid"), e.at("tid")}].emplace_back(ts, ts + e.at("dur").get<std::uint64_t>());
      if (e.at("dur") < 1) found.push_back("an event of no length: " + e.dump());
    } else if (phase == "b" || phase == "e") {
      lives[{e.at("cat"), e.at("id")}].push_back({ts, phase, e.at("name")});
    } else if (phase == "C") {
      if (!e.at("args").at("uops").is_number_unsigned()) found.push_back("a counter without a number: " + e.dump());
    } else if (phase == "i") {
      if (e.at("s") != "t") found.push_back("an instant of no track: " + e.dump());
    } else {
      found.push_back("an unknown phase: " + e.dump());
    }
  }
  for (auto& [track, events] : complete) {
    std::sort(events.begin(), events.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first < b.first : a.second > b.second;
    });
    std::vector<std::uint64_t> open;  // ends
    for (const auto& [begin, end] : events) {
      while (!open.empty() && open.back() <= begin) open.pop_back();
      if (!open.empty() && end > open.back()) {
        found.push_back(fmt::format("track {}/{}: {} to {} does not nest", track.first, track.second, begin, end));
      }
      open.push_back(end);
    }
  }
  for (const auto& [id, marks] : lives) {
    std::vector<std::string> open;
    std::uint64_t time = 0;
    for (const Mark& m : marks) {
      if (m.ts < time) found.push_back(fmt::format("id {}: time goes back", id.second));
      time = m.ts;
      if (m.phase == "b") {
        open.push_back(m.name);
      } else if (open.empty() || open.back() != m.name) {
        found.push_back(fmt::format("id {}: the end of {} has no beginning", id.second, m.name));
      } else {
        open.pop_back();
      }
    }
    if (!open.empty()) found.push_back(fmt::format("id {}: {} does not end", id.second, open.back()));
  }
  return found;
}

}  // namespace vtpu::traces::test
