#include "native/code_loops.hpp"

#include <algorithm>
#include <set>

#include "native/engine.hpp"

namespace vtpu::native {

std::vector<CodeLoop> innermost_loops(const lowering::HostCode& code) {
  std::vector<CodeLoop> loops;
  for (std::uint32_t i = 0; i < code.insts.size(); ++i) {
    const lowering::HostInst& inst = code.insts[i];
    const bool jump = inst.op == lowering::HostOp::Jcc || inst.op == lowering::HostOp::Jmp;
    if (jump && inst.target <= i && inst.role == lowering::HostRole::Loop) loops.push_back({inst.target, i});
  }
  std::vector<CodeLoop> innermost;
  for (const CodeLoop& loop : loops) {
    const bool holds_other = std::any_of(loops.begin(), loops.end(), [&](const CodeLoop& other) {
      return other != loop && other.first >= loop.first && other.last <= loop.last;
    });
    if (!holds_other) innermost.push_back(loop);
  }
  return innermost;
}

std::optional<CodeLoop> hottest_loop(const isa::Stream& stream, const lowering::HostCode& code) {
  const std::vector<std::uint64_t> executions = executions_of(stream);
  std::optional<CodeLoop> hottest;
  std::uint64_t most = 0;
  for (const CodeLoop& loop : innermost_loops(code)) {
    std::set<std::uint32_t> words;
    for (std::uint32_t i = loop.first; i <= loop.last; ++i) words.insert(code.insts[i].word);
    words.erase(lowering::kNoWord);
    std::uint64_t executed = 0;
    for (const std::uint32_t word : words) executed += executions[word];
    if (executed <= most) continue;
    most = executed;
    hottest = loop;
  }
  return hottest;
}

}  // namespace vtpu::native
