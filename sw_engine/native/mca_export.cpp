// Host code as assembly with the region markers of llvm-mca.
#include <fmt/format.h>

#include <set>

#include "native/code_loops.hpp"
#include "native/engine.hpp"
#include "native/host_text.hpp"

namespace vtpu::native {
namespace {

using lowering::HostInst;
using lowering::HostOp;

// Instructions first..last under a region's name; labels carry the region's number, so that a loop may be shown twice.
std::string region(const lowering::HostCode& code, CodeLoop range, const std::string& name, unsigned number) {
  const auto label = [number](std::uint32_t target) { return fmt::format(".L{}_{}", number, target); };
  std::set<std::uint32_t> targets;
  for (std::uint32_t i = range.first; i <= range.last; ++i) {
    const HostInst& inst = code.insts[i];
    if (inst.op == HostOp::Jcc || inst.op == HostOp::Jmp) targets.insert(inst.target);
  }
  std::string text = fmt::format("# LLVM-MCA-BEGIN {}\n", name);
  for (std::uint32_t i = range.first; i <= range.last; ++i) {
    const HostInst& inst = code.insts[i];
    if (targets.contains(i)) text += label(i) + ":\n";
    std::string target = inst.op == HostOp::Exit ? "leave_code" : label(inst.target);
    if (inst.op == HostOp::CallHelper) {
      target = fmt::format("helper_{}", name_of(static_cast<lowering::HelperId>(inst.imm)));
    }
    text += assembly_of(inst, target) + "\n";
  }
  return text + fmt::format("# LLVM-MCA-END {}\n", name);
}

// Hot code lies in front; what is behind the first exit is entered rarely.
std::uint32_t first_exit(const lowering::HostCode& code) {
  for (std::uint32_t i = code.entry; i < code.insts.size(); ++i) {
    if (code.insts[i].op == HostOp::Exit) return i;
  }
  return static_cast<std::uint32_t>(code.insts.size()) - 1;
}

}  // namespace

std::string NativeMachine::mca_export(std::uint32_t stream) const {
  const isa::Stream& source = image_->program().streams[stream];
  const lowering::HostCode& host = code(stream);
  std::string text = fmt::format("# stream {}, {}\n.intel_syntax noprefix\n", source.name, name_of(host.isa));
  if (const auto loop = hottest_loop(source, host)) text += region(host, *loop, source.name + ".loop", 0);
  return text + region(host, {host.entry, first_exit(host)}, source.name, 1);
}

}  // namespace vtpu::native
