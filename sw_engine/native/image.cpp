#include "native/image.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vtpu::native {
namespace {

// The registers that all sentrons of a stream start with, if they do.
std::optional<isa::Registers> common_start(const isa::Program& program, std::uint32_t stream) {
  const isa::Registers* found = nullptr;
  for (const isa::SentronSpec& spec : program.sentrons) {
    if (spec.stream != stream) continue;
    if (found != nullptr && *found != spec.initial) return std::nullopt;
    found = &spec.initial;
  }
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace

Image::Image(const isa::Program& program, const NativeOptions& options)
    : program_(&program), memory_(options.placement, phext::PhextLimits{options.page_limit}) {}

Result<std::unique_ptr<Image>> Image::create(const isa::Program& program, const NativeOptions& options) {
  std::unique_ptr<Image> image(new Image(program, options));
  if (auto built = image->build(options); !built) return fail(std::move(built.error()));
  return image;
}

Result<void> Image::build(const NativeOptions& options) {
  if (options.workers == 0) return fail("workers", "0, expected at least 1");
  if (!memory_.load(program_->memory)) {
    return fail("initial memory", fmt::format("needs more than the {} pages of the page limit", options.page_limit));
  }
  const Jit jit(Runtime::helpers(), {options.loop_alignment_bytes});
  Errors errors;
  for (std::uint32_t s = 0; s < program_->streams.size(); ++s) {
    lowering::LowerOptions lower_options;
    lower_options.isa = *options.isa;
    lower_options.placement = options.placement.key_granularity();
    lower_options.resolve = [this](const isa::Coordinate& at) {
      return reinterpret_cast<std::uint8_t*>(memory_.translate(at));
    };
    lower_options.known_initial = common_start(*program_, s);
    lower_options.hoist = options.hoist;
    lower_options.unroll = options.unroll;
    lowered_.push_back(lowering::lower(program_->streams[s], *program_, lower_options));
    auto compiled = jit.compile(lowered_.back().code);
    if (compiled) {
      compiled_.push_back(std::move(*compiled));
    } else {
      for (Error& error : compiled.error()) {
        errors.push_back({fmt::format("stream {} {}", program_->streams[s].name, error.where), error.message});
      }
    }
  }
  if (!errors.empty()) return fail(std::move(errors));
  runtime_ = std::make_unique<Runtime>(*program_, lowered_, memory_, options.workers);
  return {};
}

void Image::reset() {
  // The pages that the initial cells need are mapped since build(), so the limit cannot be in the way.
  if (!memory_.reset_to(program_->memory)) throw std::logic_error("initial memory does not fit any more");
  runtime_->reset();
}

isa::MachineState Image::state() const {
  isa::MachineState state;
  state.sentrons = runtime_->states();
  state.memory = memory_.nonzero_cells();
  return state;
}

}  // namespace vtpu::native
