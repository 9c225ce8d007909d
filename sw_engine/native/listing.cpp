// The listing: words next to the machine code that they became.
//
//   stream adder: 3 words, 41 host instructions, 188 bytes, avx512
//
//   word 0: dmov.i64 r2, #0 | ssetp p0, @table
//       64  45 31 C0                xor r8d, r8d                               D operation
//   word 1: ...
#include <fmt/format.h>

#include <algorithm>

#include "asm/disassembler.hpp"
#include "native/engine.hpp"
#include "native/host_text.hpp"

namespace vtpu::native {
namespace {

using lowering::HostInst;
using lowering::HostOp;

class StreamListing {
 public:
  StreamListing(const isa::Program& program, std::uint32_t stream, const lowering::HostCode& code,
                const CompiledCode& compiled)
      : program_(program), stream_(program.streams[stream]), code_(code), bytes_(compiled.bytes()) {
    number_labels();
  }

  [[nodiscard]] std::string text() {
    out_ = fmt::format("stream {}: {} words, {} host instructions, {} bytes, {}\n", stream_.name, stream_.words.size(),
                       code_.insts.size(), code_.code_bytes, name_of(code_.isa));
    for (std::uint32_t i = 0; i < code_.insts.size(); ++i) {
      if (i == 0 || code_.insts[i].word != code_.insts[i - 1].word) word_line(code_.insts[i].word);
      label_lines(i);
      inst_line(i);
    }
    return std::move(out_);
  }

 private:
  void number_labels() {
    labels_.resize(code_.insts.size(), 0);
    for (const HostInst& inst : code_.insts) {
      if (inst.op == HostOp::Jcc || inst.op == HostOp::Jmp) labels_[inst.target] = 1;
    }
    unsigned number = 0;
    for (unsigned& label : labels_) {
      if (label != 0) label = ++number;
    }
  }

  void word_line(std::uint32_t word) {
    if (word == lowering::kNoWord) {
      out_ += "\n(no word)\n";
      return;
    }
    out_ += fmt::format("\nword {}: {}{}\n", word, assembly::to_text(stream_.words[word], program_), elided(word));
  }

  [[nodiscard]] std::string elided(std::uint32_t word) const {
    if (word >= code_.elided_ops.size() || code_.elided_ops[word] == 0) return "";
    std::string pipes;
    for (unsigned p = 0; p < isa::kPipes; ++p) {
      if ((code_.elided_ops[word] >> p & 1U) != 0) pipes += isa::name_of(static_cast<isa::Pipe>(p));
    }
    return fmt::format("   [no instruction of its own: {}]", pipes);
  }

  void label_lines(std::uint32_t index) {
    for (std::size_t r = 0; r < code_.resume_points.size(); ++r) {
      if (code_.resume_points[r] == index) out_ += r == 0 ? "entry:\n" : fmt::format("resume {}:\n", r);
    }
    if (labels_[index] != 0) out_ += fmt::format("L{}:\n", labels_[index]);
  }

  void inst_line(std::uint32_t index) {
    const HostInst& inst = code_.insts[index];
    std::string target;
    if (inst.op == HostOp::Jcc || inst.op == HostOp::Jmp) target = fmt::format("L{}", labels_[inst.target]);
    if (inst.op == HostOp::Exit) target = "leave";
    if (inst.op == HostOp::CallHelper) target = name_of(static_cast<lowering::HelperId>(inst.imm));
    std::string text = inst.op == HostOp::CallHelper ? fmt::format("call {}", target) : assembly_of(inst, target);
    out_ += fmt::format("  {:6}  {:<30} {:<48} {} {}\n", code_.offsets[index], encoding(index), text,
                        isa::name_of(inst.pipe), name_of(inst.role));
  }

  // A helper call is more than one instruction: its first bytes.
  [[nodiscard]] std::string encoding(std::uint32_t index) const {
    constexpr std::uint32_t kShown = 10;
    const std::uint32_t begin = code_.offsets[index];
    const std::uint32_t end =
        index + 1 < code_.offsets.size() ? code_.offsets[index + 1] : code_.offsets[0] + code_.code_bytes;
    std::string text;
    for (std::uint32_t i = begin; i < std::min(end, begin + kShown); ++i) text += fmt::format("{:02X} ", bytes_[i]);
    if (end - begin > kShown) text.back() = '+';
    return text;
  }

  const isa::Program& program_;
  const isa::Stream& stream_;
  const lowering::HostCode& code_;
  std::span<const std::uint8_t> bytes_;
  std::vector<unsigned> labels_;  // 0: none
  std::string out_;
};

}  // namespace

std::string NativeMachine::listing() const {
  std::string text;
  for (std::uint32_t s = 0; s < image_->program().streams.size(); ++s) {
    if (s > 0) text += "\n";
    text += StreamListing(image_->program(), s, code(s), image_->compiled()[s]).text();
  }
  return text;
}

}  // namespace vtpu::native
