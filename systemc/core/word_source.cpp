#include "core/word_source.hpp"

namespace vtpu::core {

SourceUop uop_of(const FetchedWord& word, std::size_t index, const layout::Layout& layout) {
  SourceUop out = word.cracked->uops[index];
  out.info.sentron = word.sentron;
  out.info.iteration = word.iteration;
  const layout::UopKind& kind = layout.uops[out.kind];
  if (out.info.pipe == isa::Pipe::S && word.bytes != 0) {
    out.address = word.address;
    out.bytes = word.bytes;
    const bool carries_address = kind.is_load || kind.is_store_address;
    if (carries_address || (!kind.is_store_data && !out.reads_previous)) out.extra_latency = word.translation_delay;
  }
  if (out.info.is_operation) {
    out.payload = static_cast<std::uint32_t>(word.record * kPayloadSlots + static_cast<std::uint64_t>(out.info.pipe));
  }
  out.new_context = word.new_context && index == word.begin;
  return out;
}

FetchStatus WordUops::next(events::Cycle now, bool idle, SourceUop& out) {
  if (next_ != word_.end && now != cycle_) {  // the rest of a word counts again
    if (!width_.left(now)) return FetchStatus::FrontEnd;
    width_.take(now);
    cycle_ = now;
  }
  while (next_ == word_.end) {
    if (!width_.left(now)) return FetchStatus::FrontEnd;
    word_ = {};
    next_ = 0;
    const FetchStatus status = words_.next_word(now, idle, word_);
    if (status != FetchStatus::Uop) return status;
    next_ = word_.begin;
    width_.take(now);
    cycle_ = now;
    idle = idle && word_.fault != isa::Fault::None;
  }
  out = uop_of(word_, next_++, layout_);
  return FetchStatus::Uop;
}

void WordUops::retire(events::Cycle now, const SourceUop& uop) {
  if (uop.payload != kNoPayload) words_.retire(now, uop.payload, nullptr);
}

}  // namespace vtpu::core
