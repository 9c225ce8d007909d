#include "testbench/lockstep_taps.hpp"

#include <fmt/format.h>

namespace vtpu::testbench {

using core::FetchStatus;
using events::Cycle;

void WordTap::begin_cycle() {
  answers_.clear();
  retired_.clear();
  played_ = retired_played_ = 0;
}

const TapDifference* WordTap::difference() {
  if (!difference_ && played_ != answers_.size()) {
    difference_ = {"front_end", fmt::format("asks for words {} times in this cycle", answers_.size()),
                   fmt::format("asks for words {} times", played_)};
  }
  if (!difference_ && retired_played_ != retired_.size()) {
    difference_ = {"retire_unit", fmt::format("{} operations retire in this cycle", retired_.size()),
                   fmt::format("{} operations retire", retired_played_)};
  }
  return difference_ ? &*difference_ : nullptr;
}

FetchStatus WordTap::Recorder::next_word(Cycle now, bool idle, core::FetchedWord& out) {
  const FetchStatus status = words_.next_word(now, idle, out);
  tap_.answers_.push_back({status, idle, out});
  return status;
}

void WordTap::Recorder::retire(Cycle now, std::uint32_t payload, const fabric::Packet* packet) {
  tap_.retired_.push_back(payload);
  words_.retire(now, payload, packet);
}

FetchStatus WordTap::Player::next_word(Cycle, bool idle, core::FetchedWord& out) {
  if (tap_.played_ == tap_.answers_.size()) {
    if (!tap_.difference_) {
      tap_.difference_ = {"front_end", fmt::format("asks for words {} times in this cycle", tap_.answers_.size()),
                          "asks for one more"};
    }
    return FetchStatus::FrontEnd;
  }
  const Answer& answer = tap_.answers_[tap_.played_++];
  if (answer.idle != idle && !tap_.difference_) {
    const auto text = [](bool is_idle) {
      return is_idle ? "fetches with nothing in flight" : "fetches with uops in flight";
    };
    tap_.difference_ = {"front_end", text(answer.idle), text(idle)};
  }
  out = answer.word;
  return answer.status;
}

// What the RTL tells the fabric is compared with the executed word (rtl/adapter/retired_values).
void WordTap::Player::retire(Cycle, std::uint32_t payload, const fabric::Packet*) {
  const bool same = tap_.retired_played_ < tap_.retired_.size() && tap_.retired_[tap_.retired_played_] == payload;
  ++tap_.retired_played_;
  if (same || tap_.difference_) return;
  tap_.difference_ = {"retire_unit", "an other operation retires, or none", "retires an operation of its own"};
}

void DataTap::begin_cycle() {
  requests_.clear();
  played_ = 0;
}

std::string DataTap::text(const Request& request) {
  constexpr const char* kVerbs[] = {"loads", "prefetches", "asks for the line of a retired store of", "would commit"};
  return fmt::format("{} {} bytes{} at {:#x}", kVerbs[static_cast<std::size_t>(request.kind)], request.bytes,
                     request.vector ? " of a vector" : "", request.address);
}

const TapDifference* DataTap::difference() {
  if (!difference_ && played_ < requests_.size()) {
    difference_ = {"load_store_unit", text(requests_[played_].request), "asks nothing more of memory in this cycle"};
  }
  return difference_ ? &*difference_ : nullptr;
}

const DataTap::Answered* DataTap::play(const Request& request) {
  if (played_ < requests_.size() && requests_[played_].request == request) return &requests_[played_++];
  if (!difference_) {
    difference_ = {
        "load_store_unit",
        played_ < requests_.size() ? text(requests_[played_].request) : "asks nothing more of memory in this cycle",
        text(request)};
  }
  return nullptr;
}

memory::LineAnswer DataTap::Recorder::load(Cycle now, std::uint64_t address, unsigned bytes, bool vector,
                                           std::uint64_t instruction) {
  const memory::LineAnswer answer = data_.load(now, address, bytes, vector, instruction);
  tap_.requests_.push_back({{Kind::Load, address, bytes, vector}, answer, false});
  return answer;
}

void DataTap::Recorder::prefetch(Cycle now, std::uint64_t address, std::uint64_t instruction) {
  data_.prefetch(now, address, instruction);
  tap_.requests_.push_back({{Kind::Prefetch, address, 0, false}, {}, false});
}

void DataTap::Recorder::own(Cycle now, std::uint64_t address, unsigned bytes) {
  data_.own(now, address, bytes);
  tap_.requests_.push_back({{Kind::Own, address, bytes, false}, {}, false});
}

bool DataTap::Recorder::commit(Cycle now, std::uint64_t address, unsigned bytes) {
  const bool written = data_.commit(now, address, bytes);
  tap_.requests_.push_back({{Kind::Commit, address, bytes, false}, {}, written});
  return written;
}

memory::LineAnswer DataTap::Player::load(Cycle now, std::uint64_t address, unsigned bytes, bool vector,
                                         std::uint64_t /*instruction*/) {
  const Answered* answered = tap_.play({Kind::Load, address, bytes, vector});
  return answered != nullptr ? answered->answer : memory::LineAnswer{now + 1, 0};
}

void DataTap::Player::prefetch(Cycle, std::uint64_t address, std::uint64_t) {
  (void)tap_.play({Kind::Prefetch, address, 0, false});
}

void DataTap::Player::own(Cycle, std::uint64_t address, unsigned bytes) {
  (void)tap_.play({Kind::Own, address, bytes, false});
}

bool DataTap::Player::commit(Cycle, std::uint64_t address, unsigned bytes) {
  const Answered* answered = tap_.play({Kind::Commit, address, bytes, false});
  return answered != nullptr && answered->written;
}

}  // namespace vtpu::testbench
