// The page is testbench/explore/report_page.html; here it gets its data.
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "testbench/explore/report.hpp"
#include "testbench/explore/report_page.hpp"

namespace vtpu::explore {

std::string to_html(const nlohmann::json& results) {
  constexpr std::string_view kPlace = "\"DATA OF THE REPORT\"";
  const std::size_t at = kReportPage.find(kPlace);
  if (at == std::string_view::npos) throw std::logic_error("the report's page has no place for its data");
  std::string page(kReportPage.substr(0, at));
  char before = ' ';
  for (const char c : results.dump()) {
    if (before == '<' && c == '/') page.push_back('\\');  // "</script>" inside a text would end the script
    page.push_back(c);
    before = c;
  }
  page.append(kReportPage.substr(at + kPlace.size()));
  return page;
}

}  // namespace vtpu::explore
