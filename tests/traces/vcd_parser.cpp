#include "vcd_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace vtpu::traces::test {
namespace {

class Parser {
 public:
  VcdFile parse(const std::string& text) {
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
      ++line_;
      if (line.empty()) continue;
      std::istringstream words(line);
      words_.clear();
      for (std::string word; words >> word;) words_.push_back(word);
      if (in_values_) {
        value();
      } else {
        declaration();
      }
    }
    if (!in_values_) error("no $enddefinitions");
    return std::move(file_);
  }

 private:
  void error(const std::string& what) { file_.errors.push_back(fmt::format("line {}: {}", line_, what)); }

  void declaration() {
    const std::string& key = words_[0];
    if (key == "$scope" && words_.size() == 4) {
      scopes_.push_back(scopes_.empty() ? words_[2] : scopes_.back() + "." + words_[2]);
    } else if (key == "$upscope") {
      if (scopes_.empty()) error("$upscope without a scope");
      if (!scopes_.empty()) scopes_.pop_back();
    } else if (key == "$var" && (words_.size() == 6 || words_.size() == 7)) {
      variable();
    } else if (key == "$enddefinitions") {
      if (!scopes_.empty()) error("scopes are open");
      in_values_ = true;
    }
  }

  void variable() {
    const std::string path = scopes_.back() + "." + words_[4] + (words_.size() == 7 ? words_[5] : "");
    const auto bits = static_cast<unsigned>(std::stoul(words_[2]));
    if (!file_.signals.emplace(path, VcdSignal{bits, {}}).second) error("twice: " + path);
    codes_[words_[3]].push_back(path);
  }

  void value() {
    const std::string& first = words_[0];
    switch (first[0]) {
      case '#': {
        const std::uint64_t time = std::stoull(first.substr(1));
        if (has_time_ && time <= file_.end) error("time does not go on");
        has_time_ = true;
        file_.end = time;
        break;
      }
      case 'b':
        if (words_.size() == 2)
          change(words_[1], first.substr(1));
        else
          error("a value without a signal");
        break;
      case '$': break;  // $dumpvars, $end
      default: change(first.substr(1), first.substr(0, 1));
    }
  }

  void change(const std::string& code, const std::string& value) {
    const auto found = codes_.find(code);
    if (found == codes_.end()) {
      error("unknown code " + code);
      return;
    }
    if (!has_time_) error("a value before the first time");
    if (value.find_first_not_of("01xz") != std::string::npos) error("a value of " + value);
    const char fill = value.front() == 'x' || value.front() == 'z' ? value.front() : '0';
    for (const std::string& path : found->second) {
      VcdSignal& signal = file_.signals.at(path);
      if (value.size() > signal.bits) error("too many bits for " + path);
      std::string& filled = signal.changes[file_.end];
      filled = value;
      filled.insert(0, signal.bits - std::min<std::size_t>(signal.bits, value.size()), fill);
    }
  }

  VcdFile file_;
  std::vector<std::string> words_;
  std::vector<std::string> scopes_;
  std::map<std::string, std::vector<std::string>> codes_;  // to paths; a code may have several: aliases
  std::uint64_t line_ = 0;
  bool in_values_ = false;
  bool has_time_ = false;
};

}  // namespace

std::string VcdSignal::at(std::uint64_t time) const {
  auto after = changes.upper_bound(time);
  return after == changes.begin() ? std::string() : std::prev(after)->second;
}

VcdFile parse_vcd(const std::string& text) { return Parser().parse(text); }

}  // namespace vtpu::traces::test
