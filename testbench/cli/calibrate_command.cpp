// vtpu calibrate: a layout of the CPU at hand, measured.
#include <fmt/format.h>

#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <regex>

#include "cpu/cpu.hpp"
#include "measure/cpu_pin.hpp"
#include "testbench/calibrate/calibrate.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"
#include "testbench/eta.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::string output = "-";
  std::string from;
  std::string resume;
  bool quick = false;
  bool json = false;
};

constexpr std::size_t kLoops = 7170;  // about what there is to measure
constexpr std::size_t kLoopsQuick = 3530;

std::string today() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

// This CPU's data cache of a level, as the kernel tells it; of no bytes where it does not.
testbench::CacheShape cache_shape(unsigned level) {
  for (int index = 0; index < 8; ++index) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", index);
    std::string type;
    unsigned found = 0;
    std::uint32_t kib = 0;
    std::ifstream(folder + "type") >> type;
    std::ifstream(folder + "level") >> found;
    std::ifstream(folder + "size") >> kib;
    testbench::CacheShape shape{kib * 1024, 0};
    std::ifstream(folder + "ways_of_associativity") >> shape.ways;
    if (found == level && type != "Instruction") return shape;
  }
  return {};
}

// The layout of this CPU, else the one whose core is nearest: the newest of the vendor with this instruction set.
Result<layout::Layout> start_layout(const Options& options, lowering::HostIsa isa) {
  if (!options.from.empty()) return layout::find_layout(options.from, layouts_folder());
  if (auto known = layout::layout_of_this_cpu(layouts_folder()); known) return known;
  const bool amd = cpu::this_cpu().vendor == "AuthenticAMD";
  const bool wide = isa == lowering::HostIsa::Avx512;
  return layout::find_layout(!amd ? "redwood_cove" : wide ? "zen4" : "zen3", layouts_folder());
}

testbench::CalibrationOptions settings_of(const Options& options, lowering::HostIsa isa, const layout::Layout& start) {
  testbench::CalibrationOptions settings;
  settings.operations.isa = isa;
  settings.operations.quick = options.quick;
  settings.fit.isa = isa;
  settings.programs = testbench::machine_programs(isa);
  if (options.quick) settings.fit.random_mixes /= 3;
  const auto known = [](unsigned level, const layout::CacheLevel& otherwise) {
    const testbench::CacheShape told = cache_shape(level);
    return told.bytes != 0 ? told : testbench::CacheShape{otherwise.size_bytes, otherwise.ways};
  };
  settings.fit.l1 = known(1, start.memory.l1);
  settings.fit.l2 = known(2, start.memory.l2);
  settings.fit.l3 = known(3, start.memory.l3);
  const cpu::Cpu& here = cpu::this_cpu();
  settings.name = options.output == "-" ? "calibrated" : std::filesystem::path(options.output).stem().string();
  settings.measured_on = fmt::format("{}, {}", here.name(), today());
  settings.cpu_match = here.identity();
  return settings;
}

int calibrate_here(const Options& options) {
  const cpu::Cpu& here = cpu::this_cpu();
  if (!here.avx2) return report({{"calibrate", "this CPU lacks avx2"}}, kMachineCannot);
  const lowering::HostIsa isa = here.avx512 ? lowering::HostIsa::Avx512 : lowering::HostIsa::Avx2;
  const Result<layout::Layout> start = start_layout(options, isa);
  if (!start) return report(start.error());
  const testbench::CalibrationOptions settings = settings_of(options, isa, *start);
  Result<testbench::Journal> journal =
      testbench::Journal::open(options.resume, fmt::format("calibrate 1 {} {}", here.name(), lowering::name_of(isa)));
  if (!journal) return report(journal.error());
  auto pin = measure::CpuPin::to(std::nullopt);
  if (!pin) return report(pin.error(), kMachineCannot);
  const std::size_t all = options.quick ? kLoopsQuick : kLoops;
  testbench::Eta eta(all);
  std::size_t done = 0;
  const auto machine = testbench::machine_meter({.isa = isa, .published_nops_per_cycle = published_nops_per_cycle()});
  if (!machine) return report(machine.error(), kMachineCannot);
  const auto meter = testbench::journaled_meter(**machine, *journal, [&](std::size_t loops) {
    done += loops;
    fmt::print(stderr, "measured {} loops of about {}{}\n", done, std::max(all, done), eta.after(done));
  });
  const auto calibration = testbench::calibrate(*meter, *start, settings);
  if (!calibration) return report(calibration.error(), kMachineCannot);
  const std::string text = layout_text(*calibration, settings);
  if (const auto parsed = layout::parse_layout(text, options.output); !parsed)
    return report(parsed.error(), kMachineCannot);
  const int written = write_text(options.output, text);
  if (written != kFine) return written;
  fmt::print(options.output == "-" ? stderr : stdout, "{}",
             options.json ? to_json(*calibration).dump(2) + "\n" : to_text(*calibration));
  return kFine;
}

}  // namespace

void add_calibrate(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("calibrate", "Measure this CPU and write a layout of it");
  command->add_option("-o,--output", options->output, "The layout (.toml) to write; - is standard output")
      ->capture_default_str();
  command->add_option("--from", options->from,
                      "The layout to start from: a name in layouts/ or a .toml file; else the nearest known one");
  command->add_option("--resume", options->resume,
                      "A file that keeps what is measured; the same command goes on with a run that was stopped");
  command->add_flag("--quick", options->quick, "Mixes of few operations of each kind only");
  command->add_flag("--json", options->json, "Print what was found as JSON");
  command->footer("Example: vtpu calibrate -o here.toml --resume here.journal");
  command->callback([options, &exit_code] { exit_code = calibrate_here(*options); });
}

}  // namespace vtpu::cli
