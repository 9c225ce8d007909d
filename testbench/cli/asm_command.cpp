// vtpu asm: text to a container, with listings of the generated code.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "asm/container.hpp"
#include "native/engine.hpp"
#include "native/host_isa.hpp"
#include "testbench/cli/commands.hpp"
#include "testbench/engines.hpp"

namespace vtpu::cli {
namespace {

struct Options {
  std::string file;
  std::string output;
  std::string mca;
  assembly::ConstantValues set;
  std::string isa;
  std::string placement = "linear";
  bool listing = false;
  bool json = false;
};

nlohmann::json summary_of(const isa::Program& program) {
  std::size_t words = 0, loops = 0;
  for (const isa::Stream& s : program.streams) {
    words += s.words.size();
    loops += s.loops.size();
  }
  return {{"program", program.name},
          {"streams", program.streams.size()},
          {"words", words},
          {"loops", loops},
          {"sentrons", program.sentrons.size()},
          {"groups", program.groups.size()},
          {"memory_cells", program.memory.size()}};
}

// Labels are numbered stream by stream; in one file they need a name of their own.
std::string with_own_labels(const std::string& assembly, std::uint32_t stream) {
  std::string text;
  std::size_t at = 0;
  for (std::size_t label = 0; (label = assembly.find(".L", at)) != std::string::npos; at = label + 2) {
    text += assembly.substr(at, label - at) + fmt::format(".L{}_", stream);
  }
  return text + assembly.substr(at);
}

// Listing and llvm-mca export, which need generated code.
int write_code(const Options& options, const isa::Program& program, nlohmann::json& json) {
  native::NativeOptions native;
  if (!options.isa.empty()) native.isa = testbench::isa_named(options.isa);
  native.placement = *phext::placement_named(options.placement);
  if (!testbench::cpu_has(native.isa.value_or(lowering::HostIsa::Avx2))) {
    fmt::print(stderr, "--listing and --mca: this CPU lacks {}\n", options.isa.empty() ? "avx2" : options.isa);
    return kMachineCannot;
  }
  const auto machine = native::NativeMachine::create(program, native);
  if (!machine) return report(machine.error());
  if (!options.mca.empty()) {
    std::string text;
    for (std::uint32_t s = 0; s < program.streams.size(); ++s) text += with_own_labels((*machine)->mca_export(s), s);
    if (const int code = write_text(options.mca, text); code != kFine) return code;
  }
  json["isa"] = lowering::name_of((*machine)->isa());
  std::uint64_t bytes = 0;
  for (std::uint32_t s = 0; s < program.streams.size(); ++s) bytes += (*machine)->code(s).code_bytes;
  json["code_bytes"] = bytes;
  if (options.listing) json["listing"] = (*machine)->listing();
  return kFine;
}

int assemble(const Options& options) {
  const Result<isa::Program> program = assembly::load_program(options.file, options.set);
  if (!program) return report(program.error());
  nlohmann::json json = summary_of(*program);
  if (options.listing || !options.mca.empty()) {
    if (const int code = write_code(options, *program, json); code != kFine) return code;
  }
  if (!options.output.empty()) {
    const std::vector<std::uint8_t> bytes = assembly::write_container(*program);
    const Result<void> written = assembly::write_file(options.output, bytes);
    if (!written) return report(written.error());
    json["container"] = options.output;
    json["container_bytes"] = bytes.size();
  }
  if (options.json) {
    fmt::print("{}\n", json.dump(2));
    return kFine;
  }
  if (options.listing) fmt::print("{}", json["listing"].get<std::string>());
  if (options.listing && options.output.empty()) return kFine;
  fmt::print("{}: {} words in {} streams, {} loops, {} sentrons, {} groups, {} cells of memory\n", options.file,
             json["words"].get<std::size_t>(), json["streams"].get<std::size_t>(), json["loops"].get<std::size_t>(),
             json["sentrons"].get<std::size_t>(), json["groups"].get<std::size_t>(),
             json["memory_cells"].get<std::size_t>());
  if (!options.output.empty())
    fmt::print("wrote {}, {} bytes\n", options.output, json["container_bytes"].get<std::size_t>());
  if (!options.mca.empty() && options.mca != "-") fmt::print("wrote {}\n", options.mca);
  return kFine;
}

}  // namespace

void add_asm(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("asm", "Assemble a program, list or export the host code that it becomes");
  command->add_option("file", options->file, "A .siw text or a .siwb container")->required();
  command->add_option("-o,--output", options->output, "The .siwb container to write");
  command->add_flag("--listing", options->listing, "Print every word, each followed by its host instructions");
  command->add_option("--mca", options->mca,
                      "Write the host code there with region markers, for llvm-mca; - for the terminal");
  command->add_option("--isa", options->isa, "Host instructions: avx512 or avx2; else the best of this CPU")
      ->check(one_of(testbench::isa_named, "avx2, avx512"));
  command->add_option("--placement", options->placement, "How coordinates become pages, which host code depends on")
      ->check(one_of(phext::placement_named, std::string(phext::kPlacementNames)))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print as JSON");
  add_set(*command, options->set);
  command->footer("Example: vtpu asm programs/dot_product.siw -o dot_product.siwb --listing --isa avx2");
  command->callback([options, &exit_code] { exit_code = assemble(*options); });
}

}  // namespace vtpu::cli
