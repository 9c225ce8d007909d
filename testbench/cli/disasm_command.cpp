// vtpu disasm: a program or container as canonical text.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "asm/disassembler.hpp"
#include "testbench/cli/commands.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::string file;
  std::string output = "-";
  bool json = false;
};

int disasm(const Options& options) {
  const Result<isa::Program> program = assembly::load_program(options.file);
  if (!program) return report(program.error());
  const std::string text = assembly::disassemble(*program);
  if (!options.json) return write_text(options.output, text);
  const nlohmann::json json{{"file", options.file}, {"program", program->name}, {"text", text}};
  return write_text(options.output, json.dump(2) + "\n");
}

}  // namespace

void add_disasm(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("disasm", "Print a program as text that assembles to the same bytes");
  command->add_option("file", options->file, "A .siwb container or a .siw text")->required();
  command->add_option("-o,--output", options->output, "Write there instead of to the terminal");
  command->add_flag("--json", options->json, "Print as JSON");
  command->footer("Example: vtpu disasm dot_product.siwb");
  command->callback([options, &exit_code] { exit_code = disasm(*options); });
}

}  // namespace vtpu::cli
