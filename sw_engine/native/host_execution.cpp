#include "native/host_execution.hpp"

#include "native/host_isa.hpp"

namespace vtpu::native {
namespace {

constexpr unsigned kPageShift = 12;
constexpr std::uint64_t kPageOffset = (1ULL << kPageShift) - 1;
constexpr std::uint64_t kFirstPage = 0x10000;  // above the code
constexpr std::uint64_t kCodeAlignment = 64;

// Bytes of each instruction's encoding: up to the next one, or to the end. (Padding before a loop head counts for the
// instruction in front, as for whoever fetches it.)
std::vector<std::uint8_t> encoding_bytes(const lowering::HostCode& code) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < code.offsets.size(); ++i) {
    const std::uint32_t end = i + 1 < code.offsets.size() ? code.offsets[i + 1] : code.offsets[0] + code.code_bytes;
    bytes.push_back(static_cast<std::uint8_t>(std::min<std::uint32_t>(end - code.offsets[i], 255)));
  }
  return bytes;
}

}  // namespace

HostExecution::HostExecution(std::unique_ptr<Image> image) : image_(std::move(image)), machine_(Runtime::helpers()) {
  std::uint64_t base = kCodeBase;
  for (std::size_t s = 0; s < image_->lowered().size(); ++s) {
    const lowering::HostCode& code = image_->lowered()[s].code;
    streams_.push_back({DecodedCode(code), base, encoding_bytes(code)});
    base += (image_->compiled()[s].bytes().size() + kCodeAlignment - 1) / kCodeAlignment * kCodeAlignment;
  }
}

Result<std::unique_ptr<HostExecution>> HostExecution::create(const isa::Program& program,
                                                             const NativeOptions& options) {
  NativeOptions resolved = options;
  resolved.workers = 1;
  if (!resolved.isa) resolved.isa = cpu::this_cpu().avx512 ? lowering::HostIsa::Avx512 : lowering::HostIsa::Avx2;
  auto image = Image::create(program, resolved);
  if (!image) return fail(std::move(image.error()));
  return std::unique_ptr<HostExecution>(new HostExecution(std::move(*image)));
}

void HostExecution::reset() {
  image_->reset();
  running_ = nullptr;
  exited_ = false;
}

std::uint64_t HostExecution::stable_address(std::uint64_t address) {
  const std::uint64_t page = address >> kPageShift;
  RecentPage& recent = recent_[page % recent_.size()];
  if (recent.page != page) recent = {page, pages_.try_emplace(page, kFirstPage + pages_.size()).first->second};
  return recent.stable << kPageShift | (address & kPageOffset);
}

HostStep HostExecution::switch_sentron(ExecutedInst& executed) {
  Runtime& runtime = image_->runtime();
  if (exited_) {
    exited_ = false;
    runtime.settle(sentron_);
  }
  const std::uint32_t ready = runtime.take_ready();
  if (ready == Runtime::kNobody) return HostStep::Finished;
  sentron_ = ready;
  stream_ = image_->program().sentrons[sentron_].stream;
  running_ = &streams_[stream_];
  lowering::SentronContext& context = runtime.context(sentron_);
  machine_.enter(&context);
  next_ = running_->decoded.code().resume_points[context.resume];
  executed = {};
  executed.sentron = sentron_;
  executed.stream = stream_;
  return HostStep::Switch;
}

HostStep HostExecution::next(ExecutedInst& executed) {
  if (running_ == nullptr) return switch_sentron(executed);
  const std::uint32_t index = next_;
  const lowering::HostCode& code = running_->decoded.code();
  const HostMachine::Step step = machine_.step(running_->decoded, index, effect_);
  executed.inst = &code.insts[index];
  executed.stream = stream_;
  executed.index = index;
  executed.sentron = sentron_;
  executed.bytes = effect_.bytes;
  executed.address = effect_.bytes != 0 ? stable_address(effect_.address) : 0;
  executed.is_load = effect_.is_load;
  executed.is_store = effect_.is_store;
  executed.taken = effect_.taken;
  executed.long_root = effect_.long_root;
  executed.code_address = running_->code_base + code.offsets[index];
  executed.code_bytes = running_->code_bytes[index];
  next_ = effect_.next;
  if (step == HostMachine::Step::Helper) return HostStep::Helper;
  if (step == HostMachine::Step::Exit) {
    running_ = nullptr;
    exited_ = true;
  }
  return HostStep::Inst;
}

}  // namespace vtpu::native
