// libsystemc supplies main and calls sc_main once; each test case runs in a process of its own.
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

extern "C" int sc_main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
