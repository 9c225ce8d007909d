#include "traces/names.hpp"

#include <fmt/format.h>

#include "traces/uop_text.hpp"

namespace vtpu::traces {
namespace {

constexpr std::array<std::string_view, isa::kPipes> kPipeColours{"SeaGreen", "RoyalBlue", "DarkOrange3"};
constexpr std::string_view kLost = "Red3";

constexpr std::string_view colour_of(events::SlotReason reason) {
  using events::SlotReason;
  switch (reason) {
    case SlotReason::Retiring: return "DarkGreen";
    case SlotReason::FrontEnd:
    case SlotReason::Drained: return "Gray35";
    case SlotReason::PortConflict: return kLost;
    case SlotReason::Memory:
    case SlotReason::TranslationMiss: return "Purple4";
    case SlotReason::MessageWait: return "DarkOrange3";
    default: return "Goldenrod4";
  }
}

}  // namespace

std::uint64_t Names::add(std::string text, std::string_view colour) {
  const auto [known, is_new] = texts_.try_emplace(text, names_.size() + 1);
  if (is_new) names_.push_back({std::move(text), colour});
  return known->second;
}

std::uint64_t Names::of(const events::UopInfo& uop) {
  std::uint64_t& number = uops_[{uop.text.data(), uop.pipe}];
  if (number == 0) number = add(traces::text_of(uop), kPipeColours[static_cast<std::size_t>(uop.pipe)]);
  return number;
}

std::uint64_t Names::of_conflict(const events::UopInfo& loser, const events::UopInfo& winner) {
  std::uint64_t& number = conflicts_[of(loser) << kBits | of(winner)];
  if (number == 0) {
    number = add(
        fmt::format("{} to {}: {} to {}", isa::name_of(loser.pipe), isa::name_of(winner.pipe), loser.text, winner.text),
        kLost);
  }
  return number;
}

std::uint64_t Names::of(events::SlotReason reason) {
  std::uint64_t& number = reasons_[static_cast<std::size_t>(reason)];
  if (number == 0) number = add(std::string(events::name_of(reason)), colour_of(reason));
  return number;
}

std::string Names::filter() const {
  std::string text;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    text += fmt::format("{:0{}X} ?{}?{}\n", i + 1, kBits / 4, names_[i].colour, names_[i].text);
  }
  return text;
}

}  // namespace vtpu::traces
