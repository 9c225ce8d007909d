// container_seeds FOLDER program.siw...: writes the container of every program into the folder, as inputs from which
// the container fuzzer starts.
#include <cstdio>
#include <filesystem>
#include <string>

#include "asm/assembler.hpp"
#include "asm/container.hpp"

int main(int argc, char** argv) {
  using namespace vtpu;
  if (argc < 3) {
    std::fputs("usage: container_seeds FOLDER program.siw...\n", stderr);
    return 2;
  }
  for (int i = 2; i < argc; ++i) {
    const std::filesystem::path source = argv[i];
    const auto program = assembly::assemble_file(source.string());
    const std::filesystem::path target = std::filesystem::path(argv[1]) / (source.stem().string() + ".siwb");
    const auto written =
        program ? assembly::write_file(target.string(), assembly::write_container(*program)) : Result<void>();
    if (!program || !written) {
      const Errors& errors = program ? written.error() : program.error();
      std::fprintf(stderr, "%s\n", errors.front().text().c_str());
      return 1;
    }
  }
  return 0;
}
