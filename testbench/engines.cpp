#include "testbench/engines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "testbench/engine_adapters.hpp"

namespace vtpu::testbench {
namespace {

constexpr std::array<std::string_view, 4> kEngineNames{"reference", "systemc", "rtl", "native"};
constexpr std::array<std::string_view, 2> kSourceNames{"siw", "host"};

template <typename E, std::size_t N>
std::optional<E> named(const std::array<std::string_view, N>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<E>(at - names.begin());
}

std::string isa_text(const EngineChoice& choice) {
  return choice.isa ? fmt::format(", {}", lowering::name_of(*choice.isa)) : std::string();
}

}  // namespace

std::string_view name_of(EngineKind kind) { return kEngineNames[static_cast<std::size_t>(kind)]; }
std::string_view name_of(SourceKind source) { return kSourceNames[static_cast<std::size_t>(source)]; }
std::optional<EngineKind> engine_named(std::string_view name) { return named<EngineKind>(kEngineNames, name); }
std::optional<SourceKind> source_named(std::string_view name) { return named<SourceKind>(kSourceNames, name); }

std::optional<lowering::HostIsa> isa_named(std::string_view name) {
  for (const auto isa : {lowering::HostIsa::Avx2, lowering::HostIsa::Avx512}) {
    if (lowering::name_of(isa) == name) return isa;
  }
  return std::nullopt;
}

lowering::HostIsa isa_for(const layout::Layout& layout) {
  return layout.max_vector_bits >= 512 ? lowering::HostIsa::Avx512 : lowering::HostIsa::Avx2;
}

std::string describe(const EngineChoice& choice) {
  std::string text(name_of(choice.kind));
  if (models_a_core(choice.kind)) {
    text += fmt::format(", {} source", name_of(choice.source));
    if (choice.layout != nullptr) text += fmt::format(", layout {}", choice.layout->name);
    if (choice.source == SourceKind::Host) text += isa_text(choice);
  }
  if (choice.kind == EngineKind::Native) text += isa_text(choice);
  if (choice.kind == EngineKind::Native && choice.workers > 1) text += fmt::format(", {} workers", choice.workers);
  if (choice.kind != EngineKind::Native && choice.cores > 1) text += fmt::format(", {} cores", choice.cores);
  if (choice.placement != phext::PlacementPolicy{}) {
    text += fmt::format(", placement {}", phext::name_of(choice.placement));
  }
  return text;
}

Result<RunReport> run_on(const isa::Program& program, const EngineChoice& choice) {
  const auto start = std::chrono::steady_clock::now();
  Result<RunReport> report = [&] {
    switch (choice.kind) {
      case EngineKind::SystemC:
      case EngineKind::Rtl: return run_model(program, choice);
      case EngineKind::Native: return run_native(program, choice);
      case EngineKind::Reference: break;
    }
    return run_reference(program, choice);
  }();
  if (!report) return report;
  // An engine that takes the time of its run itself leaves building and compiling out.
  if (report->seconds == 0) {
    report->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  report->program = program.name;
  report->engine = describe(choice);
  report->digest = isa::digest(report->state);
  for (const isa::SentronSpec& s : program.sentrons) report->sentron_names.push_back(s.name);
  return report;
}

}  // namespace vtpu::testbench
