#include "traces/vcd_file.hpp"

#include <fmt/format.h>

namespace vtpu::traces {
namespace {

// Identifier codes are of printable characters, '!' to '~'.
std::string code_of(SignalId signal) {
  constexpr unsigned kCharacters = '~' - '!' + 1;
  std::string code;
  do {
    code += static_cast<char>('!' + signal % kCharacters);
    signal /= kCharacters;
  } while (signal != 0);
  return code;
}

}  // namespace

VcdFile::VcdFile(OutputFile file) : file_(std::move(file)) {
  file_.write("$version vtpu $end\n$comment one cycle is 1 ns $end\n$timescale 1ns $end\n");
}

void VcdFile::open_scope(const std::string& name) { file_.write(fmt::format("$scope module {} $end\n", name)); }
void VcdFile::close_scope() { file_.write("$upscope $end\n"); }

SignalId VcdFile::declare(const std::string& name, unsigned bits) {
  const auto signal = static_cast<SignalId>(codes_.size());
  codes_.push_back(code_of(signal));
  const std::string range = bits == 1 ? "" : fmt::format(" [{}:0]", bits - 1);
  file_.write(fmt::format("$var wire {} {} {}{} $end\n", bits, codes_.back(), name, range));
  return signal;
}

void VcdFile::begin() { file_.write("$enddefinitions $end\n"); }
void VcdFile::time(events::Cycle cycle) { file_.write(fmt::format("#{}\n", cycle)); }

void VcdFile::change(SignalId signal, std::string_view bits) {
  if (bits.size() == 1) {
    file_.write(fmt::format("{}{}\n", bits, codes_[signal]));
  } else if (bits.front() == 'z' || bits.front() == 'x') {  // filled up with the first one
    file_.write(fmt::format("b{} {}\n", bits.front(), codes_[signal]));
  } else {
    const std::size_t one = std::min(bits.find('1'), bits.size() - 1);
    file_.write(fmt::format("b{} {}\n", bits.substr(one), codes_[signal]));
  }
}

}  // namespace vtpu::traces
