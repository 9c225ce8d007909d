#include "rtl/adapter/rtl_core.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <queue>
#include <stdexcept>

#include "core/core_state.hpp"
#include "rtl/adapter/assertions.hpp"
#include "rtl/adapter/core_config.hpp"
#include "rtl/adapter/rtl_coverage.hpp"
#include "rtl/adapter/value_ports.hpp"
#include "rtl/adapter/verilated_headers.hpp"

namespace vtpu::rtl {
namespace {

using core::Cycle;
using core::FetchStatus;
using events::UopInfo;

// supply_t
enum Supply : std::uint8_t { kMoreWords, kNoWordNow, kWaitsForMessage, kNoWordsLeft };

Supply supply_of(FetchStatus status) {
  switch (status) {
    case FetchStatus::MessageWait: return kWaitsForMessage;
    case FetchStatus::Drained: return kNoWordsLeft;
    default: return kNoWordNow;
  }
}

// part_t
enum Part : std::uint8_t { kNoPart, kWholeWord, kOnlyC, kWithoutC };

Part part_of(const core::FetchedWord& word) {
  if (word.begin == word.end) return kNoPart;
  if (word.begin != 0) return kOnlyC;
  return word.end == word.cracked->uops.size() ? kWholeWord : kWithoutC;
}

class RtlCore final : public core::CoreModel {
 public:
  RtlCore(const core::CoreParts& parts, RtlProbe* probe, OnWrongValue on_wrong_value)
      : layout_(parts.layout),
        tables_(parts.layout),
        number_(parts.number),
        words_(*parts.words.front()),
        data_(parts.data),
        listeners_(parts.listeners),
        probe_(probe),
        model_(std::make_unique<Vsentron_core>()),
        uops_(std::bit_ceil(core::uop_places(parts.layout, tables_) + 2 * kMaxWords * kMaxWordUops)),
        values_(*model_, words_, uops_.size()),
        on_wrong_value_(std::move(on_wrong_value)) {
    counts_.ports.resize(layout_.ports.size());
    begin_coverage(*model_);
    load_layout();
    if (probe_ != nullptr) probe_->on_built(number_, *model_);
  }

  ~RtlCore() override { add_coverage(*model_); }
  RtlCore(const RtlCore&) = delete;
  RtlCore& operator=(const RtlCore&) = delete;

  void tick(Cycle now) override;
  [[nodiscard]] bool finished() const override { return model_->idle_o != 0 && words_.finished(); }
  [[nodiscard]] const core::CoreCounts& counts() const override { return counts_; }

 private:
  void load_layout();
  void clock();
  [[nodiscard]] bool answer_loads(Cycle now);
  void give_words(Cycle now, bool unsettled);
  void give_word(const core::FetchedWord& word);
  void retire(Cycle now);
  void tell_wrong(Cycle now, const UopInfo* uop, const ValueDifference& wrong) const;
  void answer_commits(Cycle now);
  void count_issue(Cycle now);
  void tell_completed(Cycle now);
  void tell_conflicts(Cycle now);
  void tell_dispatched(Cycle now);
  void tell_slots(Cycle now);
  [[nodiscard]] core::SourceUop& uop(std::uint64_t sequence) { return uops_[sequence & (uops_.size() - 1)]; }
  template <typename F>
  void tell(F f) {
    for (events::Listener* l : listeners_) f(*l);
  }
  [[nodiscard]] std::uint64_t started_seq(unsigned port) const;

  const layout::Layout& layout_;
  core::CoreTables tables_;
  std::uint32_t number_;
  core::WordSource& words_;
  memory::DataAccess& data_;
  std::vector<events::Listener*> listeners_;
  RtlProbe* probe_;
  std::unique_ptr<Vsentron_core> model_;
  core::CoreCounts counts_;
  std::vector<core::SourceUop> uops_;  // in flight, by number modulo their places
  std::uint64_t given_ = 0;            // uops of words that were given
  ValuePorts values_;
  OnWrongValue on_wrong_value_;
  // Uops that will complete, for listeners: cycle, then number.
  using Completion = std::pair<Cycle, std::uint64_t>;
  std::priority_queue<Completion, std::vector<Completion>, std::greater<>> completions_;
};

// Fields of a packed array of 48-bit numbers.
template <typename Wide>
std::uint64_t number_at(const Wide& wide, unsigned index) {
  std::uint64_t value = 0;
  const unsigned bit = index * 48;  // a multiple of 16
  for (unsigned k = 0; k < 3; ++k) {
    const unsigned at = bit + 16 * k;
    value |= static_cast<std::uint64_t>(wide[at / 32] >> (at % 32) & 0xFFFFU) << (16 * k);
  }
  return value;
}

// The layout goes in while the core is held in reset.
void RtlCore::load_layout() {
  const std::vector<std::uint32_t> config = config_words(layout_);
  for (std::size_t i = 0; i < config.size(); ++i) model_->cfg_i[i] = config[i];
  const auto kinds = kind_words(layout_);
  for (std::size_t k = 0; k < kinds.size(); ++k) {
    for (std::size_t i = 0; i < kinds[k].size(); ++i) model_->kind_i[k][i] = kinds[k][i];
  }
  auto& cracks = model_->rootp->sentron_core__DOT__siw_decoder_i__DOT__cracks;
  for (const auto& [index, words] : crack_words(layout_)) {
    for (std::size_t i = 0; i < words.size(); ++i) cracks[index][i] = words[i];
  }
  model_->sentrons_i = words_.sentrons();
  model_->rst_ni = 0;
  for (int k = 0; k < 3; ++k) clock();
  model_->rst_ni = 1;
  model_->eval();
}

// The next cycle begins: nothing is given or answered in it yet.
void RtlCore::clock() {
  model_->clk_i = 1;
  model_->eval();
  values_.end_cycle();
  model_->words_i = 0;
  model_->supply_i = kMoreWords;
  model_->commit_answers_i = 0;
  model_->clk_i = 0;
  model_->eval();
}

std::uint64_t RtlCore::started_seq(unsigned port) const { return number_at(model_->started_seq_o, port); }

void RtlCore::tick(Cycle now) {
  give_words(now, answer_loads(now));
  const std::uint64_t fetched = model_->fetched_o;
  const std::uint64_t fetch_end = model_->fetch_end_o;
  if (!listeners_.empty()) tell_completed(now);
  count_issue(now);
  tell_conflicts(now);
  if (!listeners_.empty()) tell_dispatched(now);
  tell_slots(now);
  if (!listeners_.empty()) {
    for (std::uint64_t s = fetched; s < fetch_end; ++s) tell([&](auto& l) { l.on_fetched(now, uop(s).info); });
  }
  retire(now);
  answer_commits(now);
  if (probe_ != nullptr) probe_->on_cycle(now, number_, *model_);
  clock();
  if (const auto wrong = values_.check_fault()) tell_wrong(now, nullptr, *wrong);
  throw_violation();
}

// True where an answer was given.
bool RtlCore::answer_loads(Cycle now) {
  const std::uint32_t prefetches = model_->asks_prefetch_o;
  const std::uint32_t loads = model_->asks_memory_o;
  for (std::uint32_t ports = prefetches | loads; ports != 0; ports &= ports - 1) {
    const auto p = static_cast<unsigned>(std::countr_zero(ports));
    if ((prefetches >> p & 1U) != 0) {
      data_.prefetch(now, model_->port_address_o[p], 0);
      continue;
    }
    const bool vector = (model_->port_vector_o >> p & 1U) != 0;
    const memory::LineAnswer answer = data_.load(now, model_->port_address_o[p], model_->port_bytes_o[p], vector, 0);
    model_->answer_i[p] = static_cast<std::uint32_t>(answer.ready - now);
  }
  return loads != 0;
}

// unsettled: inputs have changed since the last evaluation. Why there is no further word changes nothing before the
// clock.
void RtlCore::give_words(Cycle now, bool unsettled) {
  bool idle = model_->idle_o != 0;
  while (model_->want_word_o != 0) {
    core::FetchedWord word;
    const FetchStatus status = words_.next_word(now, idle, word);
    if (status != FetchStatus::Uop) {
      model_->supply_i = supply_of(status);
      break;
    }
    idle = idle && word.fault != isa::Fault::None;
    give_word(word);
    model_->eval();
    unsettled = false;
  }
  if (unsettled) model_->eval();
  if (const auto wrong = values_.check_words()) tell_wrong(now, nullptr, *wrong);
}

void RtlCore::tell_wrong(Cycle now, const UopInfo* uop, const ValueDifference& wrong) const {
  if (!on_wrong_value_) throw std::logic_error(fmt::format("rtl: {}, expected: {}", wrong.rtl, wrong.expected));
  on_wrong_value_(now, uop, wrong);
}

void RtlCore::give_word(const core::FetchedWord& word) {
  const unsigned w = model_->words_i++;
  const bool new_context = word.new_context && word.begin != word.end;
  model_->word_new_context_i =
      static_cast<std::uint8_t>((model_->word_new_context_i & ~(1U << w)) | (new_context ? 1U << w : 0U));
  model_->word_part_i[w] = part_of(word);
  model_->word_address_i[w] = word.address;
  model_->word_bytes_i[w] = word.bytes;
  const std::uint64_t page[2] = {word.page.lo, word.page.hi};
  std::memcpy(&model_->word_page_i[w][0], page, sizeof page);
  values_.give(word, w, given_);
  if (word.word != nullptr) {
    const isa::Slot slots[isa::kPipes] = {word.word->d, word.word->s, word.word->c};
    std::memcpy(&model_->word_i[w][0], slots, sizeof slots);
  }
  for (std::size_t i = word.begin; i < word.end; ++i) {
    core::SourceUop& fetched = uop(given_);
    fetched = core::uop_of(word, i, layout_);
    fetched.info.id = given_++;
    fetched.info.core = number_;
  }
}

void RtlCore::retire(Cycle now) {
  unsigned stores = 0;
  const std::uint64_t head = model_->head_o;
  const std::uint64_t end = model_->head_end_o;
  for (std::uint64_t s = head; s < end; ++s) {
    const core::SourceUop& retired = uop(s);
    ++counts_.uops;
    if (retired.info.is_operation) ++counts_.operations.by_pipe[static_cast<std::size_t>(retired.info.pipe)];
    if (tables_.kinds[retired.kind].is_store_data) {
      ++counts_.stores;
      data_.own(now, model_->own_address_o[stores], model_->own_bytes_o[stores]);
      ++stores;
    }
    const auto place = static_cast<unsigned>(s - head);
    const ValuePorts::Retirement values = values_.retire(place, s, retired.info);
    if (values.wrong) tell_wrong(now, &retired.info, *values.wrong);
    if (retired.payload != core::kNoPayload) {
      words_.retire(now, retired.payload, values.packet ? &*values.packet : nullptr);
    }
    tell([&](auto& l) { l.on_retired(now, retired.info); });
  }
  counts_.fused_uops += model_->retired_fused_o;
  if (model_->retired_fused_o != 0) counts_.last_retirement_cycle = now;
}

void RtlCore::answer_commits(Cycle now) {
  std::uint32_t answers = 0;
  while (model_->commit_valid_o != 0) {
    const bool written = data_.commit(now, model_->commit_address_o, model_->commit_bytes_o);
    if (written) answers |= 1U << model_->commit_answers_i;
    model_->commit_answer_i = static_cast<std::uint8_t>(answers);
    ++model_->commit_answers_i;
    model_->eval();
  }
}

void RtlCore::count_issue(Cycle now) {
  for (std::uint32_t ports = model_->started_o; ports != 0; ports &= ports - 1) {
    const auto p = static_cast<unsigned>(std::countr_zero(ports));
    const std::uint64_t sequence = started_seq(p);
    const core::SourceUop& started = uop(sequence);
    values_.start(p, sequence);
    const core::KindInfo& kind = tables_.kinds[started.kind];
    const auto pipe = static_cast<std::size_t>(started.info.pipe);
    counts_.ports[p].busy_cycles.by_pipe[pipe] += kind.times(started.wide).busy;
    ++counts_.ports[p].starts.by_pipe[pipe];
    if (kind.is_load) ++counts_.loads;
    if (listeners_.empty()) continue;
    completions_.emplace(number_at(model_->completed_o, p), sequence);
    tell([&](auto& l) { l.on_issued(now, started.info, p); });
  }
  const auto& root = *model_->rootp;
  counts_.forwarded_loads += std::popcount(root.sentron_core__DOT__issue_unit_i__DOT__takes_covering);
  counts_.failed_forwards += std::popcount(root.sentron_core__DOT__issue_unit_i__DOT__takes_partial);
  counts_.bank_conflicts += root.sentron_core__DOT__issue_unit_i__DOT__banks_lost;
}

void RtlCore::tell_completed(Cycle now) {
  while (!completions_.empty() && completions_.top().first <= now) {
    const std::uint64_t sequence = completions_.top().second;
    completions_.pop();
    tell([&](auto& l) { l.on_completed(now, uop(sequence).info); });
  }
}

// In order of queue, then port set, then age; in-order cores by age.
void RtlCore::tell_conflicts(Cycle now) {
  const auto& root = *model_->rootp;
  struct Conflict {
    unsigned queue;
    core::PortMask ports;
    std::uint64_t loser;
    unsigned port;
  };
  std::vector<Conflict> conflicts;
  const auto& lost = root.sentron_core__DOT__issue_unit_i__DOT__conflict;
  for (unsigned w = 0; w < kMaxQueues * kMaxEntries / 32; ++w) {
    for (std::uint32_t bits = lost[w]; bits != 0; bits &= bits - 1) {
      const unsigned x = w * 32 + static_cast<unsigned>(std::countr_zero(bits));
      conflicts.push_back({x / kMaxEntries, root.sentron_core__DOT__issue_unit_i__DOT__conflict_ports[x],
                           root.sentron_core__DOT__issue_unit_i__DOT__conflict_seq[x],
                           root.sentron_core__DOT__issue_unit_i__DOT__conflict_port[x]});
    }
  }
  const auto first_differing = [](core::PortMask a, core::PortMask b) {
    const core::PortMask differ = a ^ b;
    return (a & differ & (~differ + 1)) != 0;
  };
  std::sort(conflicts.begin(), conflicts.end(), [&](const Conflict& a, const Conflict& b) {
    if (layout_.in_order) return a.loser < b.loser;
    if (a.queue != b.queue) return a.queue < b.queue;
    if (a.ports != b.ports) return first_differing(a.ports, b.ports);
    return a.loser < b.loser;
  });
  for (const Conflict& c : conflicts) {
    const UopInfo& winner = uop(root.sentron_core__DOT__issue_unit_i__DOT__conflict_winner[c.port]).info;
    const UopInfo& loser = uop(c.loser).info;
    ++counts_.ports[c.port]
          .lost_by[static_cast<std::size_t>(loser.pipe)]
          .by_pipe[static_cast<std::size_t>(winner.pipe)];
    tell([&](auto& l) { l.on_conflict(now, loser, c.port, winner); });
  }
}

void RtlCore::tell_dispatched(Cycle now) {
  const std::uint64_t from = model_->dispatched_o;
  for (std::uint64_t s = from; s < model_->dispatch_end_o; ++s) {
    const core::SourceUop& dispatched = uop(s);
    const bool at_rename = dispatched.eliminated || dispatched.folded_add || tables_.kinds[dispatched.kind].at_rename;
    const unsigned queue = at_rename ? events::kNoQueue : model_->dispatched_queue_o[s - from];
    if (at_rename) completions_.emplace(now + 1, s);
    tell([&](auto& l) { l.on_dispatched(now, dispatched.info, queue); });
  }
}

void RtlCore::tell_slots(Cycle now) {
  const auto used = static_cast<std::size_t>(events::SlotReason::Retiring);
  const auto reason = static_cast<events::SlotReason>(model_->slot_reason_o);
  counts_.slots[used] += model_->slots_used_o;
  counts_.slots[static_cast<std::size_t>(reason)] += model_->slots_empty_o;
  if (listeners_.empty()) return;
  if (model_->slots_used_o != 0) {
    tell([&](auto& l) { l.on_slots(now, number_, events::SlotReason::Retiring, model_->slots_used_o); });
  }
  if (model_->slots_empty_o != 0) {
    tell([&](auto& l) { l.on_slots(now, number_, reason, model_->slots_empty_o); });
  }
}

}  // namespace

std::unique_ptr<core::CoreModel> make_rtl_core(const core::CoreParts& parts, RtlProbe* probe,
                                               OnWrongValue on_wrong_value) {
  const Errors errors = why_too_large(parts.layout);
  if (!errors.empty()) throw std::invalid_argument("rtl: " + errors.front().text());
  return std::make_unique<RtlCore>(parts, probe, std::move(on_wrong_value));
}

}  // namespace vtpu::rtl
