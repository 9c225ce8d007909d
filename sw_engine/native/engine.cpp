#include "native/engine.hpp"

#include <limits>

#include "native/host_isa.hpp"

namespace vtpu::native {

// Machine code, entered at the resume points' addresses.
class NativeMachine::Runner final : public HostRunner {
 public:
  explicit Runner(const Image& image) {
    for (std::size_t s = 0; s < image.compiled().size(); ++s) {
      Stream& stream = streams_.emplace_back();
      stream.compiled = &image.compiled()[s];
      const lowering::HostCode& code = image.lowered()[s].code;
      for (const std::uint32_t inst : code.resume_points) {
        stream.resume_addresses.push_back(stream.compiled->at(code.offsets[inst]));
      }
    }
    for (const isa::SentronSpec& spec : image.program().sentrons) stream_of_.push_back(&streams_[spec.stream]);
  }

  void run(lowering::SentronContext& context) override {
    const Stream& stream = *stream_of_[context.sentron];
    stream.compiled->enter(&context, stream.resume_addresses[context.resume]);
  }

 private:
  struct Stream {
    const CompiledCode* compiled = nullptr;
    std::vector<const std::uint8_t*> resume_addresses;
  };
  std::vector<Stream> streams_;
  std::vector<const Stream*> stream_of_;
};

NativeMachine::NativeMachine(lowering::HostIsa isa, std::unique_ptr<Image> image)
    : isa_(isa), image_(std::move(image)), runner_(std::make_unique<Runner>(*image_)) {}

NativeMachine::~NativeMachine() = default;

Result<std::unique_ptr<NativeMachine>> NativeMachine::create(const isa::Program& program,
                                                             const NativeOptions& options) {
  const auto isa = options.isa ? require_isa(cpu::this_cpu(), *options.isa) : best_isa(cpu::this_cpu());
  if (!isa) return fail(isa.error());
  NativeOptions resolved = options;
  resolved.isa = *isa;
  auto image = Image::create(program, resolved);
  if (!image) return fail(std::move(image.error()));
  return std::unique_ptr<NativeMachine>(new NativeMachine(*isa, std::move(*image)));
}

void NativeMachine::reset() { image_->reset(); }

void NativeMachine::run() { image_->runtime().run(*runner_); }

NativeOutcome NativeMachine::outcome() const {
  NativeOutcome outcome;
  const std::vector<isa::SentronState> states = image_->runtime().states();
  for (const isa::SentronState& state : states) {
    outcome.retired += state.lifecycle == isa::Lifecycle::Retired ? 1U : 0U;
    outcome.faulted += state.lifecycle == isa::Lifecycle::Faulted ? 1U : 0U;
    outcome.waiting += state.lifecycle == isa::Lifecycle::Waiting ? 1U : 0U;
  }
  if (outcome.waiting > 0) {
    outcome.deadlock = reference::explain_deadlock(image_->program(), states, image_->runtime().waits());
  }
  return outcome;
}

std::vector<std::uint64_t> executions_of(const isa::Stream& stream) {
  std::vector<std::uint64_t> executions(stream.words.size(), 1);
  for (const isa::Loop& loop : stream.loops) {
    for (std::size_t i = loop.first; i <= loop.last; ++i) {
      if (__builtin_mul_overflow(executions[i], loop.count, &executions[i])) {
        executions[i] = std::numeric_limits<std::uint64_t>::max();
      }
    }
  }
  return executions;
}

namespace {

void add_stream(const isa::Stream& stream, const lowering::HostCode& code, std::uint64_t sentrons,
                NativeCounts& counts) {
  const std::vector<std::uint64_t> executions = executions_of(stream);
  for (std::size_t i = 0; i < executions.size(); ++i) {
    const std::uint64_t times = executions[i] * sentrons;
    counts.words += times;
    for (unsigned p = 0; p < isa::kPipes; ++p) {
      if (isa::is_nop(isa::op_of(stream.words[i].slot(static_cast<isa::Pipe>(p))))) continue;
      const bool elided = i < code.elided_ops.size() && (code.elided_ops[i] >> p & 1U) != 0;
      (elided ? counts.elided : counts.operations)[p] += times;
    }
  }
}

}  // namespace

std::optional<NativeCounts> NativeMachine::counts() const {
  for (const isa::SentronState& state : image_->runtime().states()) {
    if (state.lifecycle != isa::Lifecycle::Retired) return std::nullopt;
  }
  const isa::Program& program = image_->program();
  std::vector<std::uint64_t> sentrons(program.streams.size(), 0);
  for (const isa::SentronSpec& spec : program.sentrons) ++sentrons[spec.stream];
  NativeCounts counts;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) {
    if (sentrons[s] > 0) add_stream(program.streams[s], code(s), sentrons[s], counts);
  }
  return counts;
}

}  // namespace vtpu::native
