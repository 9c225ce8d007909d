#include "rtl/adapter/value_ports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <stdexcept>

#include "rtl/adapter/verilated_headers.hpp"

namespace vtpu::rtl {
namespace {

using reference::CoordinationAction;

// Wide values of Verilator are 32-bit words, the lowest first.
template <typename Wide, std::size_t N>
void assign(Wide& wide, const std::array<std::uint64_t, N>& lanes) {
  static_assert(sizeof wide == sizeof lanes);
  std::memcpy(&wide[0], lanes.data(), sizeof lanes);
}

template <typename Wide>
isa::Coordinate coordinate_at(const Wide& wide, unsigned port = 0) {
  std::array<std::uint64_t, 2> halves{};
  std::memcpy(halves.data(), &wide[port * sizeof halves / sizeof wide[0]], sizeof halves);
  return {halves[0], halves[1]};
}

// What a port has of an array of ports.
template <typename Wide, std::size_t N>
void assign_at(Wide& wide, unsigned port, const std::array<std::uint64_t, N>& lanes) {
  std::memcpy(&wide[port * sizeof lanes / sizeof wide[0]], lanes.data(), sizeof lanes);
}

void set_bit(std::uint8_t& bits, unsigned place, bool value) {
  bits = static_cast<std::uint8_t>((bits & ~(1U << place)) | (value ? 1U : 0U) << place);
}

constexpr unsigned kRegisterBits = 7;
constexpr unsigned kVectors = 32;
constexpr unsigned kMessages = 48;

// packet_kind_t
constexpr std::array kPacketKinds{fabric::PacketKind::Message, fabric::PacketKind::Credit, fabric::PacketKind::Arrival};

}  // namespace

ValuePorts::ValuePorts(Vsentron_core& model, const core::WordSource& words, std::size_t places)
    : model_(model), words_(words), known_(places) {}

void ValuePorts::give(const core::FetchedWord& word, unsigned place, std::uint64_t first) {
  if (current_ == sentrons_.end() || current_->first != word.sentron) bring(word.sentron);
  if (word.given != nullptr) give_of_group(word, place);
  give_loops(word, place);
  const CoordinationAction action =
      word.begin != word.end ? word.effects->coordination.action : CoordinationAction::None;
  set_bit(model_.word_credit_i, place, action == CoordinationAction::Send);
  set_bit(model_.word_receives_i, place, action == CoordinationAction::Receive);
  set_bit(model_.word_faults_i, place, word.fault != isa::Fault::None);
  set_bit(model_.word_no_page_i, place, word.fault == isa::Fault::OutOfMemory);
  if (word.fault != isa::Fault::None) {
    faulting_ = {word.sentron, word.index, word.fault};
    model_.word_immediate_i[place] = word.word->imm;
  }
  if (word.begin == word.end) return;
  model_.word_immediate_i[place] = word.word->imm;
  assign(model_.word_coordinate_i[place], std::array{word.word->coord_lo, word.word->coord_hi});
  if (action == CoordinationAction::Receive) {
    assign(model_.word_message_i[place], word.effects->message.lane);
  }
  for (std::size_t i = 0; i < word.end - word.begin; ++i) known(first + i) = {word.effects, std::nullopt, false};
}

void ValuePorts::bring(std::uint32_t sentron) {
  auto& loops = *model_.rootp;
  if (current_ != sentrons_.end()) {
    current_->second.index = loops.sentron_core__DOT__loop_unit_i__DOT__index_q;
    for (std::size_t k = 0; k < kMaxLoops; ++k)
      current_->second.passed[k] = loops.sentron_core__DOT__loop_unit_i__DOT__passed_q[k];
  }
  current_ = sentrons_.find(sentron);
  if (current_ == sentrons_.end()) {
    current_ = sentrons_.emplace(sentron, Sentron{context_of(words_.initial_registers(sentron))}).first;
  }
  loops.sentron_core__DOT__loop_unit_i__DOT__context_index = current_->second.index;
  for (std::size_t k = 0; k < kMaxLoops; ++k)
    loops.sentron_core__DOT__loop_unit_i__DOT__context_passed[k] = current_->second.passed[k];
  auto& values = model_.rootp->sentron_core__DOT__value_file_i__DOT__context_values;
  for (std::size_t r = 0; r < kRegisters; ++r) assign(values[r], current_->second.registers[r].lane);
  model_.load_context_i = 1;
}

void ValuePorts::give_loops(const core::FetchedWord& word, unsigned place) {
  set_bit(model_.word_steps_i, place, word.steps);
  if (!word.steps) return;
  given_words_[place] = word.index;
  auto& root = *model_.rootp;
  model_.word_ends_i[place] = static_cast<std::uint8_t>(word.ends->size());
  model_.word_depth_i[place] = static_cast<std::uint8_t>(word.ends->empty() ? 0 : word.ends->front().depth);
  for (std::size_t k = 0; k < word.ends->size(); ++k) {
    root.sentron_core__DOT__loop_unit_i__DOT__loop_first[place * kMaxLoops + k] = (*word.ends)[k].first;
    root.sentron_core__DOT__loop_unit_i__DOT__loop_count[place * kMaxLoops + k] = (*word.ends)[k].count;
  }
}

std::optional<ValueDifference> ValuePorts::check_words() {
  std::optional<ValueDifference> difference;
  for (std::size_t w = 0; w < kMaxWords; ++w) {
    if (!given_words_[w]) continue;
    const std::uint32_t asked = model_.rootp->sentron_core__DOT__loop_unit_i__DOT__asked[w];
    if (asked != *given_words_[w] && !difference) {
      difference = ValueDifference{"loop_unit",
                                   fmt::format("sentron {} goes on with word {}", current_->first, *given_words_[w]),
                                   fmt::format("asks for word {}", asked)};
    }
    given_words_[w].reset();
  }
  return difference;
}

// The RTL knows where it goes; the register is written here for the sentron's next time on the core.
void ValuePorts::give_of_group(const core::FetchedWord& word, unsigned place) {
  if (place != 0) throw std::logic_error("rtl: a group gives something to a word that is not the first of its cycle");
  const reference::WordEffects& given = *word.given;
  const reference::Coordination& c = given.coordination;
  isa::Vector value;
  unsigned name = c.index;
  switch (c.action) {
    case CoordinationAction::Reduce:
      if (c.type == isa::Type::I64) {
        value.lane[0] = given.r;
      } else {
        value = given.v;
        name += kVectors;
      }
      break;
    case CoordinationAction::Cast:
      std::copy(given.message.lane.begin(), given.message.lane.end(), value.lane.begin());
      name += kMessages;
      break;
    default: return;
  }
  put(name, value);
  assign(model_.given_value_i, value.lane);
  model_.given_i = 1;
}

void ValuePorts::start(unsigned port, std::uint64_t sequence) {
  if ((model_.accesses_o >> port & 1U) == 0) return;
  Known& uop = known(sequence);
  uop.access = coordinate_at(model_.port_coordinate_o, port);
  if ((model_.loads_o >> port & 1U) != 0) assign_at(model_.cell_i, port, uop.effects->memory.cell.lane);
  uop.forwarded = (model_.forwards_o >> port & 1U) != 0;
}

// The packet whose turn it is, if there is one: the fabric takes it.
std::optional<fabric::Packet> ValuePorts::take_packet() {
  if (model_.packet_valid_o == 0) return std::nullopt;
  fabric::Packet packet;
  packet.kind = kPacketKinds.at(model_.packet_kind_o);
  packet.from = current_->first;
  packet.to = model_.packet_peer_o;
  isa::Vector payload;
  std::memcpy(payload.lane.data(), &model_.packet_payload_o[0], sizeof payload.lane);
  std::copy_n(payload.lane.begin(), packet.message.lane.size(), packet.message.lane.begin());
  if (packet.kind == fabric::PacketKind::Arrival) {
    isa::Siw asks;
    const std::uint64_t slot = model_.packet_asks_o;
    asks.c = std::bit_cast<isa::Slot>(slot);
    packet.coordination = reference::coordination_of(asks, {});
    packet.r = payload.lane[0];
    packet.v = payload;
  }
  ++model_.packets_taken_i;
  model_.eval();
  return packet;
}

ValuePorts::Retirement ValuePorts::retire(unsigned place, std::uint64_t sequence, const events::UopInfo& uop) {
  const Known& own = known(sequence);
  const auto& root = *model_.rootp;
  if (own.access) retired_.access = own.access;
  retired_.forwarded = retired_.forwarded || own.forwarded;
  const unsigned writes = root.sentron_core__DOT__value_file_i__DOT__retired_writes[place];
  const std::uint32_t names = root.sentron_core__DOT__value_file_i__DOT__retired_register[place];
  for (unsigned d = 0; d < writes; ++d) {
    const unsigned name = names >> (d * kRegisterBits) & (kRegisters - 1);
    const isa::RegisterId id = register_of(name);
    if (root.sentron_core__DOT__value_file_i__DOT__retired_steps[place] != 0 && d + 1 == writes) {
      retired_.stepped = id;
      retired_.second = coordinate_at(root.sentron_core__DOT__value_file_i__DOT__retired_second[place]);
      put(name, {{retired_.second.lo, retired_.second.hi}});
    } else {
      retired_.result = id;
      std::memcpy(retired_.value.lane.data(), &root.sentron_core__DOT__value_file_i__DOT__retired_value[place][0],
                  sizeof retired_.value.lane);
      put(name, retired_.value);
    }
  }
  if (!uop.is_operation) return {};
  if (writes == 0)
    std::memcpy(retired_.value.lane.data(), &root.sentron_core__DOT__value_file_i__DOT__retired_value[place][0],
                sizeof retired_.value.lane);
  // Which operations tell the fabric something is the RTL's to say; it must be those that do.
  if (uop.pipe == isa::Pipe::C && fabric::packet_of(0, *own.effects)) retired_.packet = take_packet();
  Retirement retirement{retired_.packet, difference_of(retired_, uop.pipe, *own.effects)};
  retired_ = {};
  return retirement;
}

std::optional<ValueDifference> ValuePorts::check_fault() {
  const bool raises = model_.fault_valid_o != 0;
  const bool due = faulting_ && model_.idle_o != 0;
  if (!raises && !due) return std::nullopt;
  const Faulting expected = due ? *faulting_ : Faulting{};
  const auto found = static_cast<isa::Fault>(raises ? model_.fault_o : 0);
  if (due) faulting_.reset();
  if (raises == due && found == expected.fault) return std::nullopt;
  const auto text = [&](isa::Fault fault) {
    return fmt::format("sentron {}, word {}: {}", expected.sentron, expected.word, isa::name_of(fault));
  };
  return ValueDifference{"fault_unit", text(expected.fault), text(found)};
}

void ValuePorts::end_cycle() {
  model_.load_context_i = 0;
  model_.given_i = 0;
  model_.packets_taken_i = 0;
}

}  // namespace vtpu::rtl
