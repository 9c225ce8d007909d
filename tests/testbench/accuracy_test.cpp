// What an accuracy run says of its streams: statistics, journal, reports.
#include <fmt/format.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "testbench/accuracy_report.hpp"
#include "testbench/journal.hpp"

namespace {

using namespace vtpu;
using testbench::Accuracy;
using testbench::AccuracyStatistics;
using testbench::Answer;
using testbench::Journal;
using testbench::StreamAccuracy;

TEST_CASE("errors are relative to the measurement and keep their sign") {
  CHECK(Answer{2.0, 3.0}.error() == Approx(0.5));
  CHECK(Answer{2.0, 1.0}.error() == Approx(-0.5));
}

TEST_CASE("statistics are those of the definition") {
  // Errors +10 %, -20 %, 0 %, +1 %, +3 %.
  const std::vector<Answer> answers{{1, 1.1}, {2, 1.6}, {3, 3}, {4, 4.04}, {5, 5.15}};
  const AccuracyStatistics s = testbench::statistics_of(answers);
  CHECK(s.streams == 5);
  CHECK(s.mean_error == Approx((0.10 - 0.20 + 0 + 0.01 + 0.03) / 5));
  CHECK(s.mean_absolute_error == Approx((0.10 + 0.20 + 0 + 0.01 + 0.03) / 5));
  CHECK(s.median_absolute_error == Approx(0.03));
  CHECK(s.p90_absolute_error == Approx(0.16));  // between the last two, at 3.6 of 0..4
  CHECK(s.largest_absolute_error == Approx(0.20));
  CHECK(s.kendall_tau == Approx(1));
  CHECK(s.share_within[1] == Approx(0.4));
  CHECK(s.share_within[2] == Approx(0.6));
}

TEST_CASE("tau is one for the same order, minus one for the opposite, and counts single swaps") {
  CHECK(testbench::statistics_of(std::vector<Answer>{{1, 30}, {2, 20}, {3, 10}}).kendall_tau == Approx(-1));
  CHECK(testbench::statistics_of(std::vector<Answer>{{1, 10}, {2, 30}, {3, 20}}).kendall_tau == Approx(1.0 / 3));
  CHECK(testbench::statistics_of(std::vector<Answer>{{1, 10}, {2, 10}}).kendall_tau == 0);
  // tau-b: a tie in one of the two counts half a pair less: 2 agreeing pairs of 3 and 2.
  CHECK(testbench::statistics_of(std::vector<Answer>{{1, 10}, {2, 20}, {3, 20}}).kendall_tau ==
        Approx(2 / std::sqrt(3.0 * 2.0)));
}

TEST_CASE("no streams have no statistics") { CHECK(testbench::statistics_of({}).streams == 0); }

std::string journal_path() {
  return (std::filesystem::temp_directory_path() / fmt::format("vtpu_journal_{}", getpid())).string();
}

TEST_CASE("a journal gives back what an earlier run has done") {
  const std::string path = journal_path();
  {
    Result<Journal> journal = Journal::open(path, "f1");
    REQUIRE(journal);
    CHECK_FALSE(journal->find("a"));
    journal->add("a", {{"x", 1.5}});
    journal->add("b", "text");
  }
  Result<Journal> again = Journal::open(path, "f1");
  REQUIRE(again);
  CHECK(again->size() == 2);
  CHECK((*again->find("a"))["x"] == 1.5);
  CHECK_FALSE(Journal::open(path, "f2"));  // another suite, layout or CPU
  std::filesystem::remove(path);
}

TEST_CASE("the half line of a killed run is lost, and nothing else") {
  const std::string path = journal_path();
  {
    Result<Journal> journal = Journal::open(path, "f1");
    journal->add("a", 1);
  }
  std::ofstream(path, std::ios::app) << R"({"key":"b","val)";
  {
    Result<Journal> journal = Journal::open(path, "f1");
    REQUIRE(journal);
    CHECK(journal->find("a"));
    CHECK_FALSE(journal->find("b"));
    journal->add("c", 3);
  }
  const Result<Journal> again = Journal::open(path, "f1");
  REQUIRE(again);
  CHECK(again->find("c"));
  CHECK(again->size() == 2);
  std::filesystem::remove(path);
}

StreamAccuracy stream(const std::string& name, std::optional<double> measured, std::optional<double> ours,
                      std::optional<double> theirs, const std::string& level = "l1") {
  StreamAccuracy s;
  s.suite = "generated";
  s.name = name;
  s.level = level;
  s.measured = measured;
  s.modelled = {ours, theirs};
  s.bounds = {{"port alu0", 3.0}, {"dispatch, 8 per cycle", 4.0}};
  return s;
}

Accuracy example() {
  Accuracy a;
  a.tools = {"vtpu zen5", "llvm-mca-19 znver5"};
  a.streams = {stream("good", 2, 2.02, 1), stream("bad", 1, 2.5, std::nullopt), stream("far", 0.5, 0.4, 3, "beyond")};
  a.cpu = "a CPU";
  a.cycle_source = "a counter";
  a.isa = "avx512";
  a.share_rejected = 0.04;
  return a;
}

TEST_CASE("a tool is judged on the streams that it answers, and vtpu on the same ones beside it") {
  const Accuracy a = example();
  CHECK(a.statistics(0).streams == 3);
  CHECK(a.statistics(1).streams == 2);
  const nlohmann::json json = to_json(a);
  CHECK(json["tools"][1]["vtpu_on_the_same_streams"]["streams"] == 2);
  CHECK(json["tools"][1]["vtpu_on_the_same_streams"]["mean_absolute_error"].get<double>() == Approx((0.01 + 0.2) / 2));
  CHECK(json["streams"][1]["modelled"]["llvm-mca-19 znver5"].is_null());
  CHECK(a.statistics(0, [](const StreamAccuracy& s) { return s.level == "beyond"; }).streams == 1);
}

TEST_CASE("the text lists the worst stream first and every memory level that occurs") {
  const std::string text = to_text(example(), 2);
  const std::size_t worst = text.find("worst predicted");
  REQUIRE(worst != std::string::npos);
  CHECK(text.find("bad", worst) < text.find("far", worst));
  CHECK(text.find("good", worst) == std::string::npos);
  CHECK(text.find("beyond") < worst);
  CHECK(text.find("4.0 % of the samples rejected") != std::string::npos);
}

TEST_CASE("the worst predicted stream comes first, whatever the sign") {
  const Accuracy a = example();
  CHECK(a.worst_first() == std::vector<std::size_t>{1, 2, 0});
  CHECK(*a.error_of(2, 0) == Approx(-0.2));
  CHECK_FALSE(a.error_of(1, 1));
}

TEST_CASE("the CSV has one line per stream and one pair of columns per tool") {
  const std::string text = to_csv(example());
  CHECK(std::count(text.begin(), text.end(), '\n') == 4);
  CHECK(
      text.starts_with("suite,stream,level,operations,code_bytes,measured,measured_p10,measured_p90,share_accepted,"
                       "vtpu zen5,vtpu zen5 error,llvm-mca-19 znver5,llvm-mca-19 znver5 error\n"));
  CHECK(text.find("generated,bad,l1,0,0,1.0000,,,0.000,2.5000,1.5000,,\n") != std::string::npos);
}

TEST_CASE("reports hold the explanations") {
  Accuracy a = example();
  testbench::Explanation explanation;
  explanation.program = "bad";
  explanation.modelled = 2.5;
  a.explanations = {explanation};
  const nlohmann::json json = to_json(a);
  REQUIRE(json["explanations"].size() == 1);
  CHECK(json["explanations"][0]["program"] == "bad");
  CHECK(json["streams_not_measured"] == 0);
  CHECK(to_text(a, 2).find("not measured") == std::string::npos);
}

TEST_CASE("a stream that was not measured is in no figure, but its prediction is in the reports") {
  Accuracy a = example();
  a.streams[1].measured.reset();
  CHECK(a.unmeasured() == 1);
  CHECK(a.statistics(0).streams == 2);
  CHECK(a.statistics(0).largest_absolute_error == Approx(0.2));
  CHECK(a.worst_first() == std::vector<std::size_t>{2, 0});
  const nlohmann::json json = to_json(a);
  CHECK(json["streams_not_measured"] == 1);
  CHECK(json["streams"][1]["measured"].is_null());
  CHECK(json["streams"][1]["modelled"]["vtpu zen5"]["operations_per_cycle"] == 2.5);
  CHECK(json["streams"][1]["modelled"]["vtpu zen5"]["error"].is_null());
  CHECK(to_csv(a).find("generated,bad,l1,0,0,,,,0.000,2.5000,,,\n") != std::string::npos);
  CHECK(to_text(a, 3).find("1 of 3 streams not measured") != std::string::npos);
}

TEST_CASE("the page loads nothing, and no text can end its script") {
  Accuracy a = example();
  a.streams[0].bounds[0].resource = "</script><b>";
  const std::string page = to_html(a);
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  CHECK(page.find("src=") == std::string::npos);
  CHECK(page.find("/*DATA*/") == std::string::npos);
  CHECK(page.find("</script>") == page.rfind("</script>"));
  CHECK(page.find("llvm-mca-19 znver5") != std::string::npos);
}

}  // namespace
