#include "kanata_parser.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <sstream>

namespace vtpu::traces::test {
namespace {

class Parser {
 public:
  KanataFile parse(const std::string& text) {
    std::istringstream in(text);
    std::string line;
    while (std::getline(in, line)) {
      ++line_;
      if (line_ == 1) {
        if (line != "Kanata\t0004") error("expected 'Kanata<TAB>0004'");
        continue;
      }
      split(line);
      read();
    }
    if (text.empty() || text.back() != '\n') error("the last line does not end");
    return std::move(file_);
  }

 private:
  void error(const std::string& what) { file_.errors.push_back(fmt::format("line {}: {}", line_, what)); }

  void split(const std::string& line) {
    fields_.clear();
    std::size_t begin = 0;
    for (std::size_t tab = line.find('\t'); tab != std::string::npos; tab = line.find('\t', begin)) {
      fields_.push_back(line.substr(begin, tab - begin));
      begin = tab + 1;
    }
    fields_.push_back(line.substr(begin));
  }

  std::uint64_t number(std::size_t field) {
    const std::string& text = fields_[field];
    std::uint64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size()) error("no number: '" + text + "'");
    return value;
  }

  bool has(std::size_t fields) {
    if (fields_.size() == fields) return true;
    error(fmt::format("found {} fields, expected {}", fields_.size(), fields));
    return false;
  }

  // A uop that was begun and has not retired.
  KanataUop* alive(std::size_t field) {
    const std::uint64_t n = number(field);
    if (n >= file_.uops.size()) {
      error(fmt::format("uop {} was not begun", n));
      return nullptr;
    }
    if (file_.uops[n].retired) {
      error(fmt::format("uop {} has retired", n));
      return nullptr;
    }
    return &file_.uops[n];
  }

  void read() {
    const std::string& command = fields_[0];
    if (command == "C=" && has(2)) {
      if (has_cycle_) error("C= comes once");
      has_cycle_ = true;
      cycle_ = number(1);
    } else if (!has_cycle_) {
      error("expected C= before anything else");
    } else if (command == "C" && has(2)) {
      const std::uint64_t step = number(1);
      if (step == 0) error("time stands still");
      cycle_ += step;
    } else if (command == "I" && has(4)) {
      if (number(1) != file_.uops.size()) error("numbers of uops ascend by one");
      file_.uops.push_back({number(2), number(3), {}, {}, {}, {}, {}});
    } else if (command == "L" && has(4)) {
      label();
    } else if (command == "S" && has(4)) {
      begin_stage();
    } else if (command == "E" && has(4)) {
      end_stage();
    } else if (command == "R" && has(4)) {
      retire();
    } else if (command == "W" && has(4)) {
      depend();
    } else {
      error("unknown command '" + command + "'");
    }
  }

  void label() {
    KanataUop* const uop = alive(1);
    const std::uint64_t type = number(2);
    if (type > 1) error("unknown type of label");
    if (uop != nullptr) (type == 0 ? uop->label : uop->detail) += fields_[3];
  }

  void begin_stage() {
    KanataUop* const uop = alive(1);
    const auto lane = static_cast<unsigned>(number(2));
    const std::string& name = fields_[3];
    if (name.empty()) error("a stage without a name");
    if ((name.find('X') != std::string::npos) != name.starts_with("X:")) error("a capital X outside the execute stage");
    if (uop == nullptr) return;
    for (const KanataStage& s : uop->stages) {
      if (s.lane == lane && !s.end) error("stage " + s.name + " of the lane has not ended");
    }
    uop->stages.push_back({name, lane, cycle_, {}});
  }

  void end_stage() {
    KanataUop* const uop = alive(1);
    if (uop == nullptr) return;
    const auto lane = static_cast<unsigned>(number(2));
    for (KanataStage& s : uop->stages) {
      if (s.lane != lane || s.end || s.name != fields_[3]) continue;
      if (s.begin == cycle_) error("stage " + s.name + " is empty");
      s.end = cycle_;
      return;
    }
    error("stage " + fields_[3] + " was not begun");
  }

  void retire() {
    KanataUop* const uop = alive(1);
    if (uop == nullptr) return;
    if (number(2) != retired_++) error("retirements are numbered as they come");
    if (number(3) != 0) error("there is no wrong path");
    for (const KanataStage& s : uop->stages) {
      if (!s.end) error("retired in stage " + s.name);
    }
    uop->retired = cycle_;
  }

  void depend() {
    KanataUop* const consumer = alive(1);
    KanataUop* const producer = alive(2);
    if (consumer == nullptr || producer == nullptr) return;
    if (number(2) >= number(1)) error("an arrow from a younger uop");
    consumer->producers.push_back(number(2));
  }

  KanataFile file_;
  std::vector<std::string> fields_;
  std::uint64_t line_ = 0;
  std::uint64_t cycle_ = 0;
  std::uint64_t retired_ = 0;
  bool has_cycle_ = false;
};

}  // namespace

KanataFile parse_kanata(const std::string& text) { return Parser().parse(text); }

}  // namespace vtpu::traces::test
