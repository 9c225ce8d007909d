// vtpu view: waveforms on screen.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <vector>

#include "testbench/cli/commands.hpp"
#include "traces/save_file.hpp"
#include "traces/wave_file.hpp"
#include "traces/wave_writer.hpp"

namespace vtpu::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kCyclesBefore = 5;  // the one that is looked at

struct Options {
  std::string file;
  std::optional<std::uint64_t> at;
};

// Turns the view to a cycle.
int turn(const std::string& save, std::uint64_t cycle) {
  std::ostringstream view;
  view << std::ifstream(save).rdbuf();
  return write_text(save, traces::looking_at(view.str(), cycle - std::min(cycle, kCyclesBefore), cycle));
}

// Becomes GTKWave, in the folder of the file, for the view names its files relative to that.
int view(const Options& options) {
  const fs::path save = traces::save_file_of(options.file);
  for (const fs::path& needed : {fs::path(options.file), save}) {
    if (fs::is_regular_file(needed)) continue;
    fmt::print(stderr, "{}: not found, expected a file that vtpu run --wave has written\n", needed.string());
    return kBadInput;
  }
  if (options.at && turn(save.string(), *options.at) != kFine) return kBadInput;
  if (std::getenv("DISPLAY") == nullptr && std::getenv("WAYLAND_DISPLAY") == nullptr) {
    fmt::print(stderr, "vtpu view: there is no screen (DISPLAY is not set)\n");
    return kMachineCannot;
  }
  const fs::path folder = fs::path(options.file).parent_path();
  if (!folder.empty()) fs::current_path(folder);
  const std::string name = save.filename().string();
  // Only the rows of the view, in letters that one can read.
  const std::array arguments{"gtkwave",
                             "--rcvar",
                             "hide_sst on",
                             "--rcvar",
                             "fontname_signals Monospace 11",
                             "--rcvar",
                             "fontname_waves Monospace 11",
                             "--rcvar",
                             "use_big_fonts on",
                             "--save"};
  std::vector<char*> argv;
  for (const char* a : arguments) argv.push_back(const_cast<char*>(a));
  argv.push_back(const_cast<char*>(name.c_str()));
  argv.push_back(nullptr);
  execvp("gtkwave", argv.data());
  fmt::print(stderr, "vtpu view: gtkwave: {}; install it with apt-get install gtkwave\n", std::strerror(errno));
  return kMachineCannot;
}

}  // namespace

void add_view(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("view", "Open waveforms that run --wave has written in GTKWave");
  command->add_option("file", options->file, "The .fst or .vcd file; its .gtkw and .names lie beside it")
      ->required()
      ->check(CLI::Validator(
          [](std::string& path) {
            return traces::is_wave_path(path) ? std::string() : "found '" + path + "', expected a .fst or .vcd file";
          },
          "FILE.fst|FILE.vcd"));
  command->add_option("--at", options->at, "The cycle to look at; else where the view was left");
  command->footer("Example: vtpu view out.fst --at 108");
  command->callback([options, &exit_code] { exit_code = view(*options); });
}

}  // namespace vtpu::cli
