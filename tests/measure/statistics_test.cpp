#include "measure/statistics.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using namespace vtpu::measure;

TEST_CASE("A quantile interpolates between the neighbours of rank q times n minus one") {
  const std::vector<double> ten = {0, 10, 20, 30, 40, 50, 60, 70, 80, 90};
  for (const double q : {0.0, 0.1, 0.25, 0.5, 0.9, 1.0}) {
    CHECK(quantile_of_sorted(ten, q) == Approx(q * 9 * 10));  // values are 10 times their rank
  }
}

TEST_CASE("The quantile of one value is that value and of none is not a number") {
  const std::vector<double> one = {7};
  CHECK(quantile_of_sorted(one, 0.0) == 7);
  CHECK(quantile_of_sorted(one, 0.37) == 7);
  CHECK(quantile_of_sorted(one, 1.0) == 7);
  CHECK(std::isnan(quantile_of_sorted({}, 0.5)));
}

TEST_CASE("The spread does not depend on the order of samples") {
  const Spread spread = spread_of({5, 1, 4, 2, 3});
  CHECK(spread.median == 3);
  CHECK(spread.p10 == Approx(1 + 0.1 * 4));
  CHECK(spread.p90 == Approx(1 + 0.9 * 4));
}

TEST_CASE("One wild sample moves neither median nor learned rate") {
  std::vector<double> rates(99, 6.0);
  rates.push_back(600.0);
  CHECK(spread_of(rates).median == 6.0);
  CHECK(learned_full_rate(rates) == 6.0);
}

TEST_CASE("The learned rate is the fast group even where most runs were disturbed") {
  std::vector<double> rates(190, 3.0);
  for (int i = 0; i < 10; ++i) rates.push_back(5.97 + 0.003 * i);
  CHECK(learned_full_rate(rates) == Approx(5.97 + 0.003 * 9));
}

TEST_CASE("A rate that fewer than three runs confirm is not learned") {
  CHECK(learned_full_rate({}) == 0);
  CHECK(learned_full_rate({6, 6}) == 0);
  CHECK(learned_full_rate({9, 8, 7, 6}) == 0);
  CHECK(learned_full_rate({9, 6, 6, 6}) == 6);
}

TEST_CASE("The trimmed mean leaves out a tenth at either end and finds the value between two steps") {
  std::vector<double> values(80, 26.0);
  for (int i = 0; i < 10; ++i) values.push_back(1e9);
  for (int i = 0; i < 10; ++i) values.push_back(-1e9);
  CHECK(trimmed_mean(values) == 26);
  std::vector<double> two_steps;
  for (int i = 0; i < 50; ++i) two_steps.insert(two_steps.end(), {0.0, 26.0});
  CHECK(trimmed_mean(two_steps) == Approx(13));
  CHECK(std::isnan(trimmed_mean({})));
}
