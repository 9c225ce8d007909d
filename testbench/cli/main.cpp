// The vtpu program. sc_elab_and_sim starts SystemC, which calls sc_main.
#include <fmt/format.h>

#include <cstdlib>
#include <exception>
#include <systemc>

#include "testbench/cli/commands.hpp"

int sc_main(int argc, char** argv) {
  using namespace vtpu::cli;
  CLI::App app{"vTPU: one program of Sentron Instruction Words on a reference, a modelled core and the real CPU."};
  app.name("vtpu");
  app.require_subcommand(1);
  app.set_version_flag("--version", "vtpu " VTPU_VERSION);
  app.footer(
      "vtpu COMMAND --help explains a command.\nExit codes: 0 fine, 1 a check failed, 2 bad usage or input, "
      "3 the machine cannot.");
  int exit_code = kFine;
  add_compare(app, exit_code);
  add_accuracy(app, exit_code);
  add_calibrate(app, exit_code);
  add_explain(app, exit_code);
  add_run(app, exit_code);
  add_measure(app, exit_code);
  add_crosscheck(app, exit_code);
  add_asm(app, exit_code);
  add_disasm(app, exit_code);
  add_generate(app, exit_code);
  add_layout(app, exit_code);
  add_lockstep(app, exit_code);
  add_explore(app, exit_code);
  add_synth(app, exit_code);
  add_pack(app, exit_code);
  add_smt(app, exit_code);
  add_view(app, exit_code);
  add_locality(app, exit_code);
  add_analyze(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? kFine : kBadInput;
  } catch (const std::exception& e) {
    fmt::print(stderr, "vtpu: {}\n", e.what());
    return kMachineCannot;
  }
  return exit_code;
}

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);  // SystemC's banner would stand in every output
  return sc_core::sc_elab_and_sim(argc, argv);
}
