// The rules of the JSON for Perfetto: complete events of a track nest, asynchronous ones of an id are a stack.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace vtpu::traces::test {

// What breaks the rules; empty: nothing.
[[nodiscard]] std::vector<std::string> perfetto_findings(const nlohmann::json& trace);

}  // namespace vtpu::traces::test
