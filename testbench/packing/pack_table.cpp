#include "testbench/packing/pack_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "pack/one_by_one.hpp"
#include "reference/engine.hpp"
#include "testbench/contenders.hpp"
#include "testbench/explore/workload.hpp"

namespace vtpu::testbench {
namespace {

constexpr std::chrono::milliseconds kLongestRun{120'000};

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

// Words of operations alone: what a program packed by hand is counted by.
double per_word(const pack::PackReport& report) { return ratio(report.operations_before, report.words_before); }

// The same program with the counts of its outermost loops multiplied; nothing where it would not come to its end, as
// where a loop walks through memory once.
std::optional<isa::Program> lengthened(const isa::Program& program, double words, std::uint64_t target) {
  const auto factor = static_cast<std::uint64_t>(std::ceil(static_cast<double>(target) / std::max(words, 1.0)));
  if (factor <= 1) return program;
  isa::Program longer = program;
  for (isa::Stream& stream : longer.streams) {
    std::uint32_t outside = 0;  // first word behind the outermost loop at hand
    for (isa::Loop& loop : stream.loops) {
      if (loop.first < outside) continue;
      loop.count *= factor;
      outside = loop.last + 1;
    }
  }
  const reference::RunOutcome outcome = reference::run(longer);
  const auto& sentrons = outcome.state.sentrons;
  const bool ends = std::all_of(sentrons.begin(), sentrons.end(),
                                [](const auto& s) { return s.lifecycle == isa::Lifecycle::Retired; });
  if (!ends) return std::nullopt;
  return longer;
}

// Every engine, each once, on a program of some thousand words.
std::vector<Contender> engines_for(const PackTableOptions& options) {
  std::vector<Contender> contenders{contender_of({})};
  EngineChoice model;
  model.layout = options.layout;
  for (const EngineKind kind : {EngineKind::SystemC, EngineKind::Rtl}) {
    model.kind = kind;
    contenders.push_back(contender_of(model));
  }
  model.kind = EngineKind::SystemC;
  model.source = SourceKind::Host;
  contenders.push_back(contender_of(model));
  for (const lowering::HostIsa isa : {lowering::HostIsa::Avx512, lowering::HostIsa::Avx2}) {
    if (!cpu_has(isa)) continue;
    EngineChoice native;
    native.kind = EngineKind::Native;
    native.isa = isa;
    contenders.push_back(contender_of(native));
  }
  return contenders;
}

// The packed program on every engine against the source on the reference.
std::vector<std::string> differences_of(const isa::Program& source, const isa::Program& packed,
                                        const std::vector<Contender>& engines) {
  std::vector<std::string> sentences;
  const isa::MachineState right = reference::run(source).state;
  const isa::MachineState first = reference::run(packed).state;
  if (first != right) {
    for (const std::string& d : isa::differences(right, "source", first, "packed", 3)) sentences.push_back(d);
  }
  for (std::size_t i = 1; i < engines.size(); ++i) {
    const auto verdict = check_alone(packed, engines.front(), engines[i], kLongestRun);
    if (!verdict) continue;
    for (const std::string& sentence : verdict->sentences) {
      sentences.push_back(fmt::format("{}: {}", engines[i].name, sentence));
    }
  }
  return sentences;
}

// What of the operations that a packed program executes is not there to prefetch.
double own_share(const pack::PackReport& report) {
  return ratio(report.operations_after, report.operations_after + report.prefetch_operations);
}

Result<double> modelled_speed(const isa::Program& program, const layout::Layout& layout) {
  EngineChoice choice;
  choice.kind = EngineKind::SystemC;
  choice.layout = &layout;
  Result<RunReport> report = run_on(program, choice);
  if (!report) return tl::unexpected(report.error());
  return operations_per_cycle(*report);
}

Result<std::vector<FormSpeeds>> model(const isa::Program& source, bool by_hand, const PackTableOptions& options) {
  std::vector<FormSpeeds> speeds;
  const isa::Program naive = pack::one_operation_per_word(source);
  for (const layout::Layout& core : options.modelled) {
    FormSpeeds& s = speeds.emplace_back();
    const Result<double> one = modelled_speed(naive, core);
    if (!one) return tl::unexpected(one.error());
    const pack::Packed dense = pack::pack(naive, core, {3, options.prefetch});
    const Result<double> packed = modelled_speed(dense.program, core);
    if (!packed) return tl::unexpected(packed.error());
    s.naive = *one;
    s.packed = *packed * own_share(dense.report);
    if (!by_hand) continue;
    const Result<double> written = modelled_speed(source, core);
    if (!written) return tl::unexpected(written.error());
    s.by_hand = *written;
  }
  return speeds;
}

// All forms of all programs under one sampler, so that they meet the same moments of the machine.
Result<std::string> measure(const std::vector<isa::Program>& programs, const PackTableOptions& options,
                            std::vector<PackRow>& rows) {
  std::vector<isa::Program> forms;
  std::vector<std::optional<double>*> places;
  std::vector<double> shares;  // of operations that count
  for (std::size_t i = 0; i < programs.size(); ++i) {
    const isa::Program short_naive = pack::one_operation_per_word(programs[i]);
    const double words = pack::pack(short_naive, *options.layout, {3, options.prefetch}).report.words_after;
    const std::optional<isa::Program> longer = lengthened(programs[i], words, options.measured_words);
    const isa::Program& source = longer ? *longer : programs[i];
    const isa::Program naive = pack::one_operation_per_word(source);
    forms.push_back(naive);
    places.push_back(&rows[i].measured.naive);
    shares.push_back(1);
    pack::Packed packed = pack::pack(naive, *options.layout, {3, options.prefetch});
    shares.push_back(own_share(packed.report));
    forms.push_back(std::move(packed.program));
    places.push_back(&rows[i].measured.packed);
    if (!rows[i].by_hand) continue;
    forms.push_back(source);
    places.push_back(&rows[i].measured.by_hand);
    shares.push_back(1);
  }
  std::vector<const isa::Program*> pointers;
  for (const isa::Program& form : forms) pointers.push_back(&form);
  const Result<std::vector<Measurement>> all = measure_programs(pointers, options.measurement);
  if (!all) return tl::unexpected(all.error());
  for (std::size_t i = 0; i < all->size(); ++i) *places[i] = (*all)[i].median() * shares[i];
  const measure::MeasureResult& first = all->front().result;
  return fmt::format("{}, {}", first.where(), first.cycle_source);
}

}  // namespace

PackRow pack_row(const isa::Program& program, const layout::Layout& layout, bool prefetch) {
  PackRow row;
  row.program = program.name;
  const pack::PackReport written = pack::pack(program, layout, {0}).report;
  row.written = per_word(written);
  const isa::Program naive = pack::one_operation_per_word(program);
  for (int tier = 0; tier < pack::kTiers; ++tier) {
    const pack::PackReport report = pack::pack(naive, layout, {tier, prefetch}).report;
    row.tiers[static_cast<std::size_t>(tier)] = ratio(report.operations_after, report.words_after);
    if (tier + 1 < pack::kTiers) continue;
    row.prefetches = report.prefetches();
    row.by_hand = written.words_before < report.words_before;
    if (row.by_hand) row.over_hand = ratio(report.words_after, written.words_before);
    if (report.loops.empty()) continue;
    row.steady = ratio(report.steady_operations(), report.steady_words());
    row.bound = ratio(report.steady_operations(), report.bound_words());
    row.over_bound = ratio(report.steady_words(), report.bound_words());
    row.why = report.telling_loop()->gap;
  }
  return row;
}

Result<PackTable> pack_table(const std::vector<isa::Program>& programs, const PackTableOptions& options) {
  PackTable table;
  table.layout = options.layout->name;
  for (const layout::Layout& core : options.modelled) table.modelled.push_back(core.name);
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  const std::vector<Contender> engines = engines_for(options);
  if (options.crosscheck) {
    for (const Contender& engine : engines) table.engines.push_back(engine.name);
  }
  for (std::size_t i = 0; i < programs.size(); ++i) {
    say(fmt::format("{} of {}: packing {}", i + 1, programs.size(), programs[i].name));
    PackRow& row = table.rows.emplace_back(pack_row(programs[i], *options.layout, options.prefetch));
    const Result<explore::Workload> work = explore::prepare_workload(programs[i], options.modelled_words);
    if (!work) return tl::unexpected(work.error());
    if (options.crosscheck) {
      const isa::Program naive = pack::one_operation_per_word(work->program);
      row.differences =
          differences_of(work->program, pack::pack(naive, *options.layout, {3, options.prefetch}).program, engines);
    }
    Result<std::vector<FormSpeeds>> speeds = model(work->program, row.by_hand, options);
    if (!speeds) return tl::unexpected(speeds.error());
    row.modelled = std::move(*speeds);
  }
  if (!options.measure) return table;
  say(fmt::format("measuring {} programs, {} words and more each", programs.size(), options.measured_words));
  Result<std::string> measured = measure(programs, options, table.rows);
  if (!measured) return tl::unexpected(measured.error());
  table.measured_on = std::move(*measured);
  return table;
}

}  // namespace vtpu::testbench
