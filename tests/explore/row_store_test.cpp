#include "testbench/explore/row_store.hpp"

#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "small_exploration.hpp"

namespace vtpu::explore {
namespace {

Row row_with(const std::string& key) {
  Row row;
  row.key = key;
  row.layout = "x1";
  row.point = "0.1";
  row.program = "p \"quoted\"\n";
  row.cycles = 123456789012345ULL;
  row.operations = 7;
  row.slots[2] = 5;
  row.ports = {{"d0", 3, 4}, {"s0", 0, 1}};
  return row;
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

RowStore opened(const std::string& path) {
  Result<RowStore> store = RowStore::open(path);
  INFO((store ? std::string() : text_of(store.error())));
  REQUIRE(store);
  return *std::move(store);
}

}  // namespace

TEST_CASE("a row is one line, and is read back as it was") {
  const Row row = row_with("k");
  const std::string line = to_line(row);
  CHECK(line.find('\n') == std::string::npos);
  const Result<Row> read = row_of(line, "here");
  REQUIRE(read);
  CHECK(*read == row);
  CHECK_FALSE(row_of("{}", "here"));
  CHECK_FALSE(row_of(line.substr(0, line.size() / 2), "here"));
}

TEST_CASE("rows that were appended are there when the file is opened again") {
  const Folder folder;
  const std::string path = folder.path() + "/rows.jsonl";
  {
    RowStore store = opened(path);
    REQUIRE(store.append(row_with("a")));
    REQUIRE(store.append(row_with("b")));
    CHECK_FALSE(RowStore::open(path));  // one process at a time
  }
  const RowStore store = opened(path);
  REQUIRE(store.find("a") != nullptr);
  CHECK(*store.find("b") == row_with("b"));
  CHECK(store.find("c") == nullptr);
  CHECK(store.dropped_lines() == 0);
}

TEST_CASE("a line that was cut anywhere is dropped, the ones before it stay, and the next row follows them") {
  const Folder folder;
  const std::string path = folder.path() + "/rows.jsonl";
  const std::string whole = to_line(row_with("a")) + "\n" + to_line(row_with("b")) + "\n";
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, size);
    {
      RowStore store = opened(path);
      CHECK((store.find("a") != nullptr) == (size > to_line(row_with("a")).size()));
      CHECK(store.find("b") == nullptr);
      if (store.find("a") == nullptr) REQUIRE(store.append(row_with("a")));
      REQUIRE(store.append(row_with("b")));
    }
    CHECK(content(path) == whole);
  }
}

TEST_CASE("a file that cannot grow keeps its whole rows, and says why the next one is missing") {
  const Folder folder;
  const std::string path = folder.path() + "/rows.jsonl";
  const std::string line = to_line(row_with("a")) + "\n";
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit limit{line.size() + line.size() / 2, before.rlim_max};
  {
    RowStore store = opened(path);
    REQUIRE(store.append(row_with("a")));
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    const Result<void> full = store.append(row_with("b"));
    REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
    REQUIRE_FALSE(full);
    CHECK_THAT(text_of(full.error()), Catch::Contains("a row cannot be written"));
    CHECK(store.find("b") == nullptr);
  }
  CHECK(content(path) == line);
}

}  // namespace vtpu::explore
