// vtpu explore as its users meet it.
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "small_exploration.hpp"

namespace vtpu::explore {
namespace {

struct Output {
  int code = -1;
  std::string out, err;
};

std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

Output vtpu(const Folder& folder, const std::string& arguments) {
  const std::string out = folder.path() + "/stdout";
  const std::string err = folder.path() + "/stderr";
  const std::string command =
      fmt::format("VTPU_LAYOUTS={} {} {} >{} 2>{}", kLayouts, VTPU_PROGRAM, arguments, out, err);
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content(out), content(err)};
}

}  // namespace

TEST_CASE(
    "a space is explored, the best layout is a file that other commands take, and a second run simulates nothing") {
  const Folder folder;
  const std::string space = folder.path() + "/small.toml";
  std::ofstream(space) << kSmallSpace;
  const std::string command = fmt::format("explore {} --programs {}/programs/all_reduce.siw --words 200 -o {}/x", space,
                                          VTPU_SOURCE_DIR, folder.path());
  const Output first = vtpu(folder, command);
  INFO(first.err);
  REQUIRE(first.code == 0);
  CHECK_THAT(first.err, Catch::Contains("8 points, 8 allowed"));
  CHECK_THAT(first.out, Catch::Contains("front: ") && Catch::Contains("golden_cove"));
  const Output second = vtpu(folder, command);
  CHECK_THAT(second.err, Catch::Contains("\n0 points simulated"));
  CHECK(second.out == first.out);

  const std::string best = folder.path() + "/best.toml";
  REQUIRE(vtpu(folder, fmt::format("explore best --area-below zen4 --in {}/x -o {}", folder.path(), best)).code == 0);
  CHECK(vtpu(folder, "layout check " + best).code == 0);
  CHECK(vtpu(folder, fmt::format("explore best --reaching 99 --in {}/x", folder.path())).code == 1);
  const Output why = vtpu(folder, fmt::format("explore why vtpu3 zen4 --in {}/x", folder.path()));
  CHECK(why.code == 0);
  CHECK_THAT(why.out, Catch::Contains("They differ in"));
  CHECK(vtpu(folder, fmt::format("explore report --in {}/x", folder.path())).out == first.out);
}

TEST_CASE("what is wrong with a command line or a space is said, with exit code 2") {
  const Folder folder;
  CHECK(vtpu(folder, "explore").code == 2);
  CHECK(vtpu(folder, "explore nothing.toml --programs x.siw").code == 2);
  CHECK(vtpu(folder, "explore why a b --in " + folder.path()).code == 2);
  const std::string space = folder.path() + "/small.toml";
  std::ofstream(space) << kSmallSpace;
  const std::string programs = fmt::format(" --programs {}/programs/all_reduce.siw", VTPU_SOURCE_DIR);
  CHECK_THAT(vtpu(folder, "explore " + space + programs + " --objective speed:max").err,
             Catch::Contains("ops_per_cycle"));
  CHECK(vtpu(folder, "explore " + space + programs + " --shard 3/2").code == 2);
  CHECK(vtpu(folder, "explore " + space + programs + " --shard 1/2 --method nsga2").code == 2);
}

}  // namespace vtpu::explore
