// The commands of vtpu, one file each. Every add_... registers its command with the application; when the command line
// asks for it, it runs and leaves its exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "asm/assembler.hpp"
#include "isa/program.hpp"
#include "isa/result.hpp"
#include "layout/layout.hpp"

namespace vtpu::cli {

inline constexpr int kFine = 0;
inline constexpr int kCheckFailed = 1;    // a mismatch, a missed bar
inline constexpr int kBadInput = 2;       // usage, or a file that is not what it should be
inline constexpr int kMachineCannot = 3;  // this CPU or kernel lacks what was asked for

void add_accuracy(CLI::App& app, int& exit_code);
void add_calibrate(CLI::App& app, int& exit_code);
void add_asm(CLI::App& app, int& exit_code);
void add_disasm(CLI::App& app, int& exit_code);
void add_run(CLI::App& app, int& exit_code);
void add_measure(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);
void add_crosscheck(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_generate(CLI::App& app, int& exit_code);
void add_layout(CLI::App& app, int& exit_code);
void add_lockstep(CLI::App& app, int& exit_code);
void add_explore(CLI::App& app, int& exit_code);
void add_pack(CLI::App& app, int& exit_code);
void add_view(CLI::App& app, int& exit_code);
void add_locality(CLI::App& app, int& exit_code);
void add_analyze(CLI::App& app, int& exit_code);
void add_synth(CLI::App& app, int& exit_code);
void add_smt(CLI::App& app, int& exit_code);

// All findings on stderr, one a line. Returns `code`.
int report(const Errors& errors, int code = kBadInput);

// Programs named on a command line: files as they are, folders as the programs in them, by name. All errors at once.
[[nodiscard]] Result<std::vector<isa::Program>> load_programs(const std::vector<std::string>& paths);

// Writes a whole text file or leaves `path` as it was; "-" is stdout. Returns the exit code.
int write_text(const std::string& path, const std::string& text);

// Folder of the layouts that come with vtpu: VTPU_LAYOUTS where set, else ./layouts, else that of the source tree.
[[nodiscard]] std::string layouts_folder();

// The dispatch width of the layout that is this CPU's, which nops reach; 0 where none is.
[[nodiscard]] double published_nops_per_cycle();

// The layout by whose name llvm-mca is asked: this one, or this CPU's where llvm-mca has no such core (a calibrated
// one).
[[nodiscard]] std::string core_for_llvm_mca(const layout::Layout& layout);

// --set NAME=INTEGER, to be given once or more: constants of the program's text.
void add_set(CLI::App& command, assembly::ConstantValues& set);

// A check for an option whose value must be one of a few names, found by `lookup` (std::optional<T>(std::string_view)).
template <typename Lookup>
CLI::Validator one_of(Lookup lookup, const std::string& names) {
  return CLI::Validator(
      [lookup, names](std::string& text) {
        return lookup(text) ? std::string() : "found '" + text + "', expected one of " + names;
      },
      names);
}

}  // namespace vtpu::cli
