#include <nlohmann/json.hpp>
#include <stdexcept>

#include "testbench/pages/pages.hpp"

namespace vtpu::testbench {

std::string fill_page(std::string_view page, const nlohmann::json& data) {
  static constexpr std::string_view kPlace = "/*DATA*/";
  const std::size_t place = page.find(kPlace);
  if (place == std::string_view::npos) throw std::logic_error("a page without a place for its data");
  std::string text(page.substr(0, place));
  for (const char c : data.dump()) {
    if (c == '<') {
      text += "\\u003c";  // "</script>" or "<!--" in a text would end or hide the script
    } else {
      text += c;
    }
  }
  text += page.substr(place + kPlace.size());
  return text;
}

}  // namespace vtpu::testbench
