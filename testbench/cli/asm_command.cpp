// vtpu asm: text to a container, with listings of the generated code.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/assembler.hpp"
#include "asm/container.hpp"
#include "testbench/cli/commands.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::string file;
  std::string output;
  bool json = false;
};

int assemble(const Options& options) {
  const Result<isa::Program> program = assembly::load_program(options.file);
  if (!program) return report(program.error());
  const std::vector<std::uint8_t> bytes = assembly::write_container(*program);
  if (!options.output.empty()) {
    if (const Result<void> written = assembly::write_file(options.output, bytes); !written)
      return report(written.error());
  }
  return kFine;
}

}  // namespace

void add_asm(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("asm", "Assemble a program, list or export the host code that it becomes");
  command->add_option("file", options->file, "A .siw text or a .siwb container")->required();
  command->add_option("-o,--output", options->output, "The .siwb container to write");
  command->callback([options, &exit_code] { exit_code = assemble(*options); });
}

}  // namespace vtpu::cli
