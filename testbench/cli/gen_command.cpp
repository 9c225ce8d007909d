// vtpu gen: synthetic streams.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/disassembler.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/synthetic.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::string mix = "balanced";
  std::string locality = "high";
  testbench::SyntheticOptions synthetic;
  std::string output;
  bool json = false;
};

int generate(Options options) {
  options.synthetic.mix = *testbench::mix_named(options.mix);
  options.synthetic.locality = *testbench::locality_named(options.locality);
  const isa::Program program = testbench::synthetic_program(options.synthetic);
  const std::string text =
      fmt::format("; Synthetic stream: {}.\n{}", describe(options.synthetic), assembly::disassemble(program));
  if (const int code = write_text(options.output, text); code != kFine) return code;
  if (options.output == "-") return kFine;
  if (options.json) {
    const nlohmann::json json{
        {"file", options.output}, {"program", program.name}, {"words_in_memory", program.streams.front().words.size()}};
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}: {}\n", options.output, describe(options.synthetic));
  }
  return kFine;
}

}  // namespace

void add_generate(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  testbench::SyntheticOptions& s = options->synthetic;
  CLI::App* command = app.add_subcommand("gen", "Generate a synthetic stream with a chosen mix of operations");
  command
      ->add_option("--mix", options->mix,
                   "Operations D/S/C: 80/10/10, 10/80/10, 10/10/80, one of each per word, 80/20/0, 20/80/0")
      ->check(one_of(testbench::mix_named, "d-heavy, s-heavy, c-heavy, balanced, dense, sparse"))
      ->capture_default_str();
  command->add_option("--words", s.words, "Words to execute, at least")
      ->check(CLI::Range(1.0, 1e12))
      ->capture_default_str();
  command->add_option("--body", s.body_words, "Words of the inner loop's body")
      ->check(CLI::Range(8, 4096))
      ->capture_default_str();
  command->add_option("--depth", s.depth, "D operations in a chain, each reading the one before; 1: independent")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  command->add_option("--pointers", s.pointers, "Coordinate registers that loads step along")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  command
      ->add_option("--locality", options->locality,
                   "high: a page per coordinate register, medium: dozens, low: a new page each time")
      ->check(one_of(testbench::locality_named, "high, medium, low"))
      ->capture_default_str();
  command->add_option("--vectors", s.vector_share, "Share of the work on f32x16 vectors, the rest on i64")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--seed", s.seed, "The same seed gives the same stream")->capture_default_str();
  command->add_option("-o,--output", options->output, "The .siw file to write; - for the terminal")->required();
  command->add_flag("--json", options->json, "Print what was written as JSON");
  command->footer("Example: vtpu gen --mix d-heavy --words 1000000 --depth 4 --locality low --seed 7 -o d.siw");
  command->callback([options, &exit_code] { exit_code = generate(*options); });
}

}  // namespace vtpu::cli
