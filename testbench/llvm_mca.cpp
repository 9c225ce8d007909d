#include "testbench/llvm_mca.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

namespace vtpu::testbench {
namespace {

constexpr unsigned kNewest = 25;
constexpr unsigned kOldest = 14;
constexpr unsigned kMostPasses = 100;
constexpr unsigned kFewestPasses = 4;
constexpr std::uint32_t kInstructions = 20'000;  // simulated, about: a long body is passed through less often

// The output of a shell command; nothing when it fails.
std::optional<std::string> output_of(const std::string& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return std::nullopt;
  std::string text;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) text.append(buffer.data(), n);
  return pclose(pipe) == 0 ? std::optional(std::move(text)) : std::nullopt;
}

// A file that is gone with the object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int fd = mkstemp(path_.data());
    if (fd < 0) return;
    good_ = write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    close(fd);
  }
  ~TemporaryFile() { unlink(path_.data()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] std::string path() const { return path_.data(); }

 private:
  std::array<char, 32> path_{"/tmp/vtpu_mca_XXXXXX"};
  bool good_ = false;
};

// "Total Cycles:      9659" of the first region.
std::optional<double> total_cycles(const std::string& text) {
  static constexpr std::string_view kKey = "Total Cycles:";
  const std::size_t at = text.find(kKey);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t digit = text.find_first_of("0123456789", at);
  double cycles = 0;
  if (digit == std::string::npos) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data() + digit, text.data() + text.size(), cycles);
  return error == std::errc{} && cycles > 0 ? std::optional(cycles) : std::nullopt;
}

std::string command_line(const LlvmMca& mca, unsigned passes, const std::string& path) {
  return fmt::format("{} -mtriple=x86_64-linux-gnu -mcpu={} -iterations={} {}", mca.command, mca.cpu, passes, path);
}

// Cycles of one pass through the stream's hottest loop, which has so many instructions.
std::optional<double> cycles_per_pass(const LlvmMca& mca, const std::string& assembly, std::uint32_t instructions) {
  const TemporaryFile file(assembly);
  if (!file.good()) return std::nullopt;
  const std::uint32_t passes = std::clamp(kInstructions / instructions, kFewestPasses, kMostPasses);
  const auto output = output_of(command_line(mca, passes, file.path()) + " 2>/dev/null");
  if (!output) return std::nullopt;
  const auto cycles = total_cycles(*output);
  return cycles ? std::optional(*cycles / passes) : std::nullopt;
}

unsigned operations_of(const isa::Siw& word, std::uint8_t elided) {
  unsigned n = 0;
  for (unsigned p = 0; p < isa::kPipes; ++p) {
    const bool nop = isa::is_nop(isa::op_of(word.slot(static_cast<isa::Pipe>(p))));
    n += !nop && (elided >> p & 1U) == 0 ? 1 : 0;
  }
  return n;
}

// Operations that one sentron executes in a stream.
std::uint64_t operations_executed(const isa::Stream& stream, const lowering::HostCode& code) {
  const std::vector<std::uint64_t> times = native::executions_of(stream);
  std::uint64_t n = 0;
  for (std::size_t w = 0; w < stream.words.size(); ++w) {
    n += times[w] * operations_of(stream.words[w], code.elided_ops[w]);
  }
  return n;
}

// llvm-mca's names for the core of a layout and for those before it, nearest first.
const std::map<std::string, std::vector<std::string>>& nearest_cores() {
  static const std::map<std::string, std::vector<std::string>> kCores{
      {"zen2", {"znver2"}},
      {"zen3", {"znver3", "znver2"}},
      {"zen4", {"znver4", "znver3", "znver2"}},
      {"zen5", {"znver5", "znver4", "znver3", "znver2"}},
      {"golden_cove", {"sapphirerapids", "icelake-server", "skylake-avx512"}},
      {"redwood_cove", {"graniterapids", "sapphirerapids", "icelake-server", "skylake-avx512"}}};
  return kCores;
}

bool knows(const LlvmMca& mca) {
  return output_of(fmt::format("echo nop | {} -mtriple=x86_64-linux-gnu -mcpu={} 2>&1", mca.command, mca.cpu))
             .value_or("not a recognized")
             .find("not a recognized") == std::string::npos;
}

}  // namespace

bool llvm_mca_names(const std::string& layout_name) { return nearest_cores().contains(layout_name); }

std::vector<LlvmMca> installed_llvm_mca(const std::string& layout_name) {
  std::vector<LlvmMca> installed;
  const auto cores = nearest_cores().find(layout_name);
  if (cores == nearest_cores().end()) return installed;
  std::vector<std::string> commands;
  for (unsigned version = kNewest; version >= kOldest; --version)
    commands.push_back(fmt::format("llvm-mca-{}", version));
  commands.emplace_back("llvm-mca");
  for (const std::string& command : commands) {
    if (command == "llvm-mca" && !installed.empty()) continue;  // one of those with a number
    for (const std::string& cpu : cores->second) {
      if (!knows({command, cpu})) continue;
      installed.push_back({command, cpu});
      break;
    }
  }
  return installed;
}

std::optional<LlvmMca> find_llvm_mca(const std::string& layout_name) {
  for (const LlvmMca& mca : installed_llvm_mca(layout_name)) {
    if (mca.cpu == nearest_cores().at(layout_name).front()) return mca;
  }
  return std::nullopt;
}

Result<std::vector<double>> llvm_mca_cycles(const LlvmMca& mca, const std::vector<std::string>& loops,
                                            unsigned passes) {
  std::string text = ".intel_syntax noprefix\n";
  for (std::size_t i = 0; i < loops.size(); ++i) {
    text += fmt::format("# LLVM-MCA-BEGIN loop{0}\n{1}# LLVM-MCA-END loop{0}\n", i, loops[i]);
  }
  const TemporaryFile file(text);
  if (!file.good()) return fail(mca.command, "its input cannot be written to a temporary file");
  const auto output = output_of(command_line(mca, passes, file.path()) + " --json 2>/dev/null");
  const nlohmann::json answer = nlohmann::json::parse(output.value_or(""), nullptr, false);
  if (answer.is_discarded() || answer.value("CodeRegions", nlohmann::json::array()).size() != loops.size()) {
    const auto why = output_of(fmt::format("({} 2>&1 >/dev/null; true)", command_line(mca, passes, file.path())));
    return fail(mca.command, fmt::format("no answer for {} loops: {}", loops.size(), why.value_or("it does not run")));
  }
  std::vector<double> cycles;
  for (const nlohmann::json& region : answer["CodeRegions"]) {
    cycles.push_back(region["SummaryView"]["TotalCycles"].get<double>() / passes);
  }
  return cycles;
}

std::uint64_t operations_per_pass(const isa::Stream& stream, const lowering::Lowered& lowered,
                                  const native::CodeLoop& loop) {
  std::uint32_t first = ~0U;
  std::uint32_t last = 0;
  for (std::uint32_t i = loop.first; i <= loop.last; ++i) {
    const lowering::HostInst& inst = lowered.code.insts[i];
    if (inst.word == lowering::kNoWord || inst.role != lowering::HostRole::Operation) continue;
    first = std::min(first, inst.word);
    last = std::max(last, inst.word);
  }
  // The innermost loop of the stream that holds these words and was not written out completely.
  std::optional<std::size_t> home;
  for (std::size_t i = 0; i < stream.loops.size(); ++i) {
    const isa::Loop& l = stream.loops[i];
    if (l.first <= first && last <= l.last && lowered.loops[i].unroll < l.count) home = i;
  }
  if (!home) return 0;
  const isa::Loop& outer = stream.loops[*home];
  std::uint64_t n = 0;
  for (std::uint32_t w = outer.first; w <= outer.last; ++w) {
    std::uint64_t times = lowered.loops[*home].unroll;
    for (std::size_t i = *home + 1; i < stream.loops.size(); ++i) {
      if (stream.loops[i].first <= w && w <= stream.loops[i].last) times *= stream.loops[i].count;
    }
    n += times * operations_of(stream.words[w], lowered.code.elided_ops[w]);
  }
  return n;
}

std::optional<double> llvm_mca_answer(const LlvmMca& mca, const isa::Program& program,
                                      const native::NativeMachine& machine) {
  double operations = 0;
  double cycles = 0;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    const isa::Stream& stream = program.streams[s];
    const auto sentrons = std::count_if(program.sentrons.begin(), program.sentrons.end(),
                                        [s](const isa::SentronSpec& spec) { return spec.stream == s; });
    const double executed =
        static_cast<double>(operations_executed(stream, machine.code(s))) * static_cast<double>(sentrons);
    if (executed == 0) continue;
    const auto loop = native::hottest_loop(stream, machine.code(s));
    if (!loop) return std::nullopt;
    const auto per_pass = static_cast<double>(operations_per_pass(stream, machine.image().lowered()[s], *loop));
    const auto pass = cycles_per_pass(mca, machine.mca_export(s), loop->last - loop->first + 1);
    if (!pass || per_pass == 0) return std::nullopt;
    operations += executed;
    cycles += executed / per_pass * *pass;
  }
  return cycles > 0 ? std::optional(operations / cycles) : std::nullopt;
}

}  // namespace vtpu::testbench
