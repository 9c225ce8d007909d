// What D operations compute, against formulas written here independently (128-bit integers, long double, bit loops).
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "isa/semantics.hpp"
#include "isa/validate.hpp"

namespace vtpu::isa {
namespace {

constexpr std::uint64_t kQuietBit64 = 0x0008000000000000U;
constexpr std::uint64_t kDefaultNan64 = 0xFFF8000000000000U;
constexpr std::uint64_t kSignalling64 = 0x7FF0000000000123U;
constexpr std::uint64_t kOtherNan64 = 0xFFF8000000000777U;

// A D slot of the first form of `op` that has `type` and this destination and these sources.
Slot slot_of(Op op, Type type, std::initializer_list<OperandKind> kinds, std::uint16_t lit = 0) {
  const OpInfo& info = info_of(op);
  for (unsigned form = 0; form < info.forms.size(); ++form) {
    if ((info.forms[form].types & mask_of(type)) == 0) continue;
    std::size_t i = 0;
    bool same = true;
    for (const OperandKind kind : kinds) same = same && info.forms[form].operands[i++].kind == kind;
    if (!same || (i < kOperands && info.forms[form].operands[i].kind != OperandKind::None)) continue;
    Slot slot{static_cast<std::uint8_t>(op), make_form_type(form, type), {}, lit};
    for (std::size_t k = 0; k < i; ++k) {
      const bool numbered = info.forms[form].operands[k].kind != OperandKind::Imm;
      slot.f[k] = static_cast<std::uint8_t>(numbered ? k : 0);
    }
    REQUIRE(validate_slot(slot, Pipe::D, "").empty());
    return slot;
  }
  FAIL("no such form");
  return {};
}

// Runs a slot whose operand k is register k of its file.
DenseResult run(const Slot& slot, const Registers& registers, std::uint64_t imm = 0) {
  Siw word;
  word.d = slot;
  word.imm = imm;
  return compute_dense(slot, dense_inputs(slot, word, registers));
}

constexpr OperandKind kR = OperandKind::R;
constexpr OperandKind kV = OperandKind::V;

template <typename T>
std::vector<T> elements(const Vector& v) {
  std::vector<T> e(sizeof(Vector) / sizeof(T));
  std::memcpy(e.data(), &v, sizeof(Vector));
  return e;
}
template <typename T>
Vector vector_of(const std::vector<T>& e) {
  Vector v;
  std::memcpy(v.lane.data(), e.data(), e.size() * sizeof(T));
  return v;
}

Vector random_vector(std::mt19937_64& random) {
  Vector v;
  for (auto& lane : v.lane) lane = random();
  return v;
}

// Finite f64 of moderate size, so that exact checks in wider arithmetic are possible.
double moderate(std::mt19937_64& random) {
  return std::ldexp(static_cast<double>(static_cast<std::int64_t>(random()) >> 11),
                    static_cast<int>(random() % 40) - 60);
}

TEST_CASE("integer arithmetic wraps modulo 2^64") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 500; ++i) {
    Registers g;
    for (auto& r : g.r) r = i % 5 == 0 ? ~random() >> (random() % 64) : random();
    __extension__ using u128 = unsigned __int128;
    const u128 a = g.r[1], b = g.r[2], c = g.r[3];
    CHECK(run(slot_of(Op::DADD, Type::I64, {kR, kR, kR}), g).r == static_cast<std::uint64_t>(a + b));
    CHECK(run(slot_of(Op::DSUB, Type::I64, {kR, kR, kR}), g).r == static_cast<std::uint64_t>(a - b));
    CHECK(run(slot_of(Op::DMUL, Type::I64, {kR, kR, kR}), g).r == static_cast<std::uint64_t>(a * b));
    CHECK(run(slot_of(Op::DFMA, Type::I64, {kR, kR, kR, kR}), g).r == static_cast<std::uint64_t>(a * b + c));
    CHECK(run(slot_of(Op::DADD, Type::I64, {kR, kR, OperandKind::Imm}), g, g.r[7]).r == g.r[1] + g.r[7]);
  }
}

TEST_CASE("integer minimum and maximum are signed") {
  Registers g;
  g.r[1] = static_cast<std::uint64_t>(-5);
  g.r[2] = 3;
  CHECK(run(slot_of(Op::DMIN, Type::I64, {kR, kR, kR}), g).r == g.r[1]);
  CHECK(run(slot_of(Op::DMAX, Type::I64, {kR, kR, kR}), g).r == g.r[2]);
}

TEST_CASE("shift amounts in a register count modulo 64, and the sign comes in from the left") {
  std::mt19937_64 random(2);
  for (unsigned n = 0; n < 130; ++n) {
    Registers g;
    g.r[1] = random();
    g.r[2] = n;
    const auto divisor = static_cast<std::uint64_t>(1) << (n % 64);
    CHECK(run(slot_of(Op::DSHL, Type::I64, {kR, kR, kR}), g).r == g.r[1] * divisor);
    CHECK(run(slot_of(Op::DSHR, Type::I64, {kR, kR, kR}), g).r == g.r[1] / divisor);
    const bool negative = (g.r[1] >> 63U) != 0;
    const std::uint64_t expected = negative ? ~(~g.r[1] / divisor) : g.r[1] / divisor;
    CHECK(run(slot_of(Op::DSAR, Type::I64, {kR, kR, kR}), g).r == expected);
    if (n < 64) {
      CHECK(run(slot_of(Op::DSAR, Type::I64, {kR, kR}, static_cast<std::uint16_t>(n)), g).r == expected);
    }
  }
}

TEST_CASE("i32x16 lanes wrap and shift on their own") {
  std::mt19937_64 random(3);
  Registers g;
  g.v[1] = random_vector(random);
  g.v[2] = random_vector(random);
  g.v[3] = random_vector(random);
  const auto a = elements<std::uint32_t>(g.v[1]);
  const auto b = elements<std::uint32_t>(g.v[2]);
  const auto c = elements<std::uint32_t>(g.v[3]);
  const auto fma = elements<std::uint32_t>(run(slot_of(Op::DFMA, Type::I32x16, {kV, kV, kV, kV}), g).v);
  const auto min = elements<std::int32_t>(run(slot_of(Op::DMIN, Type::I32x16, {kV, kV, kV}), g).v);
  const auto sar = elements<std::int32_t>(run(slot_of(Op::DSAR, Type::I32x16, {kV, kV}, 7), g).v);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(fma[i] == static_cast<std::uint32_t>(std::uint64_t{a[i]} * b[i] + c[i]));
    CHECK(min[i] == std::min(static_cast<std::int32_t>(a[i]), static_cast<std::int32_t>(b[i])));
    CHECK(sar[i] == static_cast<std::int32_t>(std::floor(static_cast<double>(static_cast<std::int32_t>(a[i])) / 128)));
  }
}

TEST_CASE("f64 addition and multiplication round once to nearest even") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 500; ++i) {
    const double a = moderate(random), b = moderate(random);
    Registers g;
    g.v[1].lane[0] = std::bit_cast<std::uint64_t>(a);
    g.v[2].lane[0] = std::bit_cast<std::uint64_t>(b);
    const double product = std::bit_cast<double>(run(slot_of(Op::DMUL, Type::F64, {kV, kV, kV}), g).v.lane[0]);
    // The rounding error of a product is exact in one fma; nearest means at most half a unit in the last place.
    const double error = std::fma(a, b, -product);
    const double unit = std::nextafter(std::abs(product), INFINITY) - std::abs(product);
    CHECK(std::abs(error) <= unit / 2);
    const double sum = std::bit_cast<double>(run(slot_of(Op::DADD, Type::F64, {kV, kV, kV}), g).v.lane[0]);
    CHECK(sum == static_cast<double>(static_cast<__float128>(a) + static_cast<__float128>(b)));
  }
}

TEST_CASE("dfma rounds once, where a product and a sum would round twice") {
  const double a = 1 + 0x1p-30, b = 1 - 0x1p-30, c = -1;
  Registers g;
  g.v[1].lane[0] = std::bit_cast<std::uint64_t>(a);
  g.v[2].lane[0] = std::bit_cast<std::uint64_t>(b);
  g.v[3].lane[0] = std::bit_cast<std::uint64_t>(c);
  CHECK(std::bit_cast<double>(run(slot_of(Op::DFMA, Type::F64, {kV, kV, kV, kV}), g).v.lane[0]) == -0x1p-60);
}

TEST_CASE("f64 operations make the lanes above the first zero") {
  std::mt19937_64 random(5);
  Registers g;
  for (auto& v : g.v) v = random_vector(random);
  for (const Op op : {Op::DADD, Op::DSUB, Op::DMUL, Op::DDIV, Op::DMIN, Op::DMAX, Op::DSEL}) {
    const Vector d = run(slot_of(op, Type::F64, {kV, kV, kV}), g).v;
    for (std::size_t i = 1; i < 8; ++i) CHECK(d.lane[i] == 0);
  }
  for (const Vector& d :
       {run(slot_of(Op::DSQRT, Type::F64, {kV, kV}), g).v, run(slot_of(Op::DFMA, Type::F64, {kV, kV, kV, kV}), g).v,
        run(slot_of(Op::DCVT, Type::F64, {kV, kR}), g).v}) {
    for (std::size_t i = 1; i < 8; ++i) CHECK(d.lane[i] == 0);
  }
}

TEST_CASE("denormals are kept") {
  Registers g;
  g.v[1].lane[0] = 1;
  g.v[2].lane[0] = 2;
  CHECK(run(slot_of(Op::DADD, Type::F64, {kV, kV, kV}), g).v.lane[0] == 3);
}

TEST_CASE("a NaN result is the first NaN operand made quiet") {
  const std::uint64_t one = std::bit_cast<std::uint64_t>(1.0);
  const std::uint64_t values[] = {one, kSignalling64, kOtherNan64};
  for (const Op op : {Op::DADD, Op::DSUB, Op::DMUL, Op::DDIV}) {
    for (const std::uint64_t a : values) {
      for (const std::uint64_t b : values) {
        if (a == one && b == one) continue;
        Registers g;
        g.v[1].lane[0] = a;
        g.v[2].lane[0] = b;
        const std::uint64_t expected = (a == one ? b : a) | kQuietBit64;
        CHECK(run(slot_of(op, Type::F64, {kV, kV, kV}), g).v.lane[0] == expected);
      }
    }
  }
  for (const std::uint64_t a : values) {
    for (const std::uint64_t b : values) {
      for (const std::uint64_t c : values) {
        if (a == one && b == one && c == one) continue;
        Registers g;
        g.v[1].lane[0] = a;
        g.v[2].lane[0] = b;
        g.v[3].lane[0] = c;
        const std::uint64_t expected = (a != one ? a : b != one ? b : c) | kQuietBit64;
        CHECK(run(slot_of(Op::DFMA, Type::F64, {kV, kV, kV, kV}), g).v.lane[0] == expected);
      }
    }
  }
}

TEST_CASE("an f32 NaN keeps its payload and sign, and only the quiet bit is added") {
  Registers g;
  g.v[1] = vector_of<std::uint32_t>({0x7F800001, 0x3F800000, 0xFF812345, 0x7FC00007});
  g.v[2] = vector_of<std::uint32_t>({0x3F800000, 0x7F800002, 0x7F800003, 0xFFFFFFFF});
  const auto d = elements<std::uint32_t>(run(slot_of(Op::DMUL, Type::F32x16, {kV, kV, kV}), g).v);
  CHECK(d[0] == 0x7FC00001);
  CHECK(d[1] == 0x7FC00002);
  CHECK(d[2] == 0xFFC12345);
  CHECK(d[3] == 0x7FC00007);
}

TEST_CASE("an invalid operation without a NaN operand gives the default NaN with the sign set") {
  const std::uint64_t infinity = std::bit_cast<std::uint64_t>(HUGE_VAL);
  Registers g;
  g.v[1].lane[0] = infinity;
  g.v[2].lane[0] = infinity;
  CHECK(run(slot_of(Op::DSUB, Type::F64, {kV, kV, kV}), g).v.lane[0] == kDefaultNan64);
  CHECK(run(slot_of(Op::DDIV, Type::F64, {kV, kV, kV}), g).v.lane[0] == kDefaultNan64);
  g.v[2].lane[0] = 0;
  CHECK(run(slot_of(Op::DMUL, Type::F64, {kV, kV, kV}), g).v.lane[0] == kDefaultNan64);
  CHECK(run(slot_of(Op::DFMA, Type::F64, {kV, kV, kV, kV}), g).v.lane[0] == kDefaultNan64);
  g.v[3].lane[0] = kSignalling64;  // 0 * infinity + NaN: the operand wins
  CHECK(run(slot_of(Op::DFMA, Type::F64, {kV, kV, kV, kV}), g).v.lane[0] == (kSignalling64 | kQuietBit64));
  g.v[1].lane[0] = std::bit_cast<std::uint64_t>(-1.0);
  CHECK(run(slot_of(Op::DSQRT, Type::F64, {kV, kV}), g).v.lane[0] == kDefaultNan64);
  const Registers ones = [] {
    Registers q;
    q.v[1] = vector_of<float>(std::vector<float>(16, -1.0F));
    return q;
  }();
  CHECK(elements<std::uint32_t>(run(slot_of(Op::DSQRT, Type::F32x16, {kV, kV}), ones).v)[15] == 0xFFC00000);
}

TEST_CASE("minimum and maximum give the second operand where unordered or equal, untouched") {
  const std::uint64_t zero = 0, minus_zero = std::uint64_t{1} << 63U, one = std::bit_cast<std::uint64_t>(1.0);
  const auto result = [](Op op, std::uint64_t a, std::uint64_t b) {
    Registers g;
    g.v[1].lane[0] = a;
    g.v[2].lane[0] = b;
    return run(slot_of(op, Type::F64, {kV, kV, kV}), g).v.lane[0];
  };
  for (const Op op : {Op::DMIN, Op::DMAX}) {
    CHECK(result(op, zero, minus_zero) == minus_zero);
    CHECK(result(op, minus_zero, zero) == zero);
    CHECK(result(op, kSignalling64, one) == one);
    CHECK(result(op, one, kSignalling64) == kSignalling64);
  }
  CHECK(result(Op::DMIN, minus_zero, one) == minus_zero);
  CHECK(result(Op::DMAX, minus_zero, one) == one);
}

TEST_CASE("comparisons are ordered for floating point, except ne") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double values[] = {-1.0, -0.0, 0.0, 2.5, HUGE_VAL, nan};
  for (const double a : values) {
    for (const double b : values) {
      Registers g;
      g.v[0].lane[0] = std::bit_cast<std::uint64_t>(a);
      g.v[1].lane[0] = std::bit_cast<std::uint64_t>(b);
      g.v[0].lane[5] = g.v[1].lane[5] = std::bit_cast<std::uint64_t>(1.0);
      const bool expected[] = {a == b, !(a == b), a<b, a <= b, a> b, a >= b};
      for (std::uint16_t cond = 0; cond < 6; ++cond) {
        CHECK(run(slot_of(Op::DCMP, Type::F64, {kV, kV}, cond), g).cmp == static_cast<int>(expected[cond]));
      }
    }
  }
}

TEST_CASE("integer comparisons are signed, ltu and geu unsigned") {
  const std::uint64_t values[] = {0, 1, ~0ULL, 1ULL << 63U, (1ULL << 63U) - 1};
  for (const std::uint64_t a : values) {
    for (const std::uint64_t b : values) {
      Registers g;
      g.r[0] = a;
      g.r[1] = b;
      const auto x = static_cast<std::int64_t>(a), y = static_cast<std::int64_t>(b);
      const bool expected[] = {a == b, a != b, x<y, x <= y, x> y, x >= y, a < b, a >= b};
      for (std::uint16_t cond = 0; cond < 8; ++cond) {
        CHECK(run(slot_of(Op::DCMP, Type::I64, {kR, kR}, cond), g).cmp == static_cast<int>(expected[cond]));
      }
    }
  }
}

TEST_CASE("dcmp gives one bit a lane, and dsel chooses by it") {
  std::mt19937_64 random(6);
  Registers g;
  for (auto& v : g.v) v = random_vector(random);
  const auto a = elements<std::int32_t>(g.v[0]);
  const auto b = elements<std::int32_t>(g.v[1]);
  const std::uint16_t mask = run(slot_of(Op::DCMP, Type::I32x16, {kV, kV}, static_cast<int>(Cond::Gt)), g).cmp;
  g.cmp = mask;
  const auto chosen = elements<std::int32_t>(run(slot_of(Op::DSEL, Type::I32x16, {kV, kV, kV}), g).v);
  const auto x = elements<std::int32_t>(g.v[1]);
  const auto y = elements<std::int32_t>(g.v[2]);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK((mask >> i & 1) == (a[i] > b[i] ? 1 : 0));
    CHECK(chosen[i] == (a[i] > b[i] ? x[i] : y[i]));
  }
  CHECK(run(slot_of(Op::DCMP, Type::F64x8, {kV, kV}, static_cast<int>(Cond::Ne)), g).cmp == 0xFF);
}

TEST_CASE("dred is a tree of adjacent pairs") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 50; ++round) {
    Registers g;
    std::vector<float> x(16);
    for (float& e : x) e = static_cast<float>(moderate(random));
    g.v[1] = vector_of(x);
    const float expected = (((x[0] + x[1]) + (x[2] + x[3])) + ((x[4] + x[5]) + (x[6] + x[7]))) +
                           (((x[8] + x[9]) + (x[10] + x[11])) + ((x[12] + x[13]) + (x[14] + x[15])));
    const Vector d = run(slot_of(Op::DRED, Type::F32x16, {kV, kV}, static_cast<int>(RedOp::Add)), g).v;
    CHECK(elements<float>(d)[0] == expected);
    for (std::size_t i = 1; i < 16; ++i) CHECK(elements<std::uint32_t>(d)[i] == 0);
    const Vector most = run(slot_of(Op::DRED, Type::F32x16, {kV, kV}, static_cast<int>(RedOp::Max)), g).v;
    CHECK(elements<float>(most)[0] == *std::max_element(x.begin(), x.end()));
  }
}

TEST_CASE("bf16 products go into the sum one after the other, even element first") {
  std::mt19937_64 random(8);
  for (int round = 0; round < 50; ++round) {
    Registers g;
    for (auto& v : g.v) v = random_vector(random);
    // Exponents near one, so that no lane is a NaN.
    for (auto* v : {&g.v[1], &g.v[2]}) {
      auto e = elements<std::uint16_t>(*v);
      for (auto& x : e) x = static_cast<std::uint16_t>((x & 0x80FF) | 0x3F00);
      *v = vector_of(e);
    }
    std::vector<float> c(16);
    for (float& x : c) x = static_cast<float>(moderate(random));
    g.v[3] = vector_of(c);
    const auto a = elements<std::uint16_t>(g.v[1]);
    const auto b = elements<std::uint16_t>(g.v[2]);
    const auto wide = [](std::uint16_t x) { return std::bit_cast<float>(std::uint32_t{x} * 65536U); };
    const auto d = elements<float>(run(slot_of(Op::DFMA, Type::BF16, {kV, kV, kV, kV}), g).v);
    for (std::size_t i = 0; i < 16; ++i) {
      // A product of two bf16 is exact in f64, and so is its sum with a near f32 up to one rounding to f32.
      const float even = std::fma(wide(a[2 * i]), wide(b[2 * i]), c[i]);
      CHECK(d[i] == std::fma(wide(a[2 * i + 1]), wide(b[2 * i + 1]), even));
    }
  }
}

TEST_CASE("i8 products take a unsigned and b signed") {
  std::mt19937_64 random(9);
  Registers g;
  for (auto& v : g.v) v = random_vector(random);
  const auto a = elements<std::uint8_t>(g.v[1]);
  const auto b = elements<std::int8_t>(g.v[2]);
  const auto c = elements<std::int32_t>(g.v[3]);
  const auto d = elements<std::int32_t>(run(slot_of(Op::DFMA, Type::I8, {kV, kV, kV, kV}), g).v);
  for (std::size_t i = 0; i < 16; ++i) {
    std::int64_t sum = c[i];
    for (std::size_t k = 0; k < 4; ++k) sum += std::int64_t{a[4 * i + k]} * b[4 * i + k];
    CHECK(d[i] == static_cast<std::int32_t>(static_cast<std::uint32_t>(sum)));
  }
}

TEST_CASE("dmov and dbcst move bits between registers, lanes and the immediate") {
  std::mt19937_64 random(10);
  Registers g;
  for (auto& r : g.r) r = random();
  for (auto& v : g.v) v = random_vector(random);
  for (auto& m : g.m) {
    for (auto& lane : m.lane) lane = random();
  }
  CHECK(run(slot_of(Op::DMOV, Type::I64, {kR, OperandKind::Imm}), g, 77).r == 77);
  CHECK(run(slot_of(Op::DMOV, Type::B512, {kV, kV}), g).v == g.v[1]);
  Slot lane = slot_of(Op::DMOV, Type::I64, {kR, OperandKind::MLane});
  lane.f[1] = 2 | 3 << 4;
  CHECK(run(lane, g).r == g.m[2].lane[3]);
  lane = slot_of(Op::DMOV, Type::I64, {kR, OperandKind::VLane});
  lane.f[1] = 9 | 7 << 4;
  CHECK(run(lane, g).r == g.v[9].lane[7]);
  Vector scalar;
  scalar.lane[0] = g.r[1];
  CHECK(run(slot_of(Op::DMOV, Type::I64, {kV, kR}), g).v == scalar);
  Vector message;
  for (std::size_t i = 0; i < 4; ++i) message.lane[i] = g.m[1].lane[i];
  CHECK(run(slot_of(Op::DMOV, Type::B256, {kV, OperandKind::M}), g).v == message);
  const auto low = static_cast<std::uint32_t>(g.r[1]);
  CHECK(elements<std::uint32_t>(run(slot_of(Op::DBCST, Type::F32x16, {kV, kR}), g).v) ==
        std::vector<std::uint32_t>(16, low));
  CHECK(elements<std::uint64_t>(run(slot_of(Op::DBCST, Type::F64x8, {kV, kV}), g).v) ==
        std::vector<std::uint64_t>(8, g.v[1].lane[0]));
}

TEST_CASE("conversions round to nearest even one way and toward zero the other") {
  const auto to_f64 = [](std::int64_t x) {
    Registers g;
    g.r[1] = static_cast<std::uint64_t>(x);
    return std::bit_cast<double>(run(slot_of(Op::DCVT, Type::F64, {kV, kR}), g).v.lane[0]);
  };
  CHECK(to_f64((1LL << 53) + 1) == 0x1p53);
  CHECK(to_f64((1LL << 53) + 3) == 0x1p53 + 4);
  const auto to_i64 = [](double x) {
    Registers g;
    g.v[1].lane[0] = std::bit_cast<std::uint64_t>(x);
    return static_cast<std::int64_t>(run(slot_of(Op::DCVT, Type::I64, {kR, kV}), g).r);
  };
  CHECK(to_i64(-2.99) == -2);
  CHECK(to_i64(2.99) == 2);
  CHECK(to_i64(-0x1p63) == INT64_MIN);
  for (const double x : {0x1p63, -0x1.8p63, HUGE_VAL, std::nan("")}) CHECK(to_i64(x) == INT64_MIN);
  Registers g;
  g.v[1] = vector_of<float>({1.5F, -1.5F, 2147483648.0F, -2147483648.0F, 3e9F, std::nanf("")});
  const auto d = elements<std::int32_t>(run(slot_of(Op::DCVT, Type::I32x16, {kV, kV}), g).v);
  CHECK(std::vector<std::int32_t>(d.begin(), d.begin() + 6) ==
        std::vector<std::int32_t>{1, -1, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN});
}

bool bit(const Vector& v, unsigned i) { return (v.lane[i / 64] >> (i % 64) & 1U) != 0; }

TEST_CASE("hypervector operations, bit by bit") {
  std::mt19937_64 random(11);
  Registers g;
  for (auto& v : g.v) v = random_vector(random);
  const Vector bind = run(slot_of(Op::DHDBIND, Type::B512, {kV, kV, kV}), g).v;
  const Vector bundle = run(slot_of(Op::DHDBUND, Type::B512, {kV, kV, kV, kV}), g).v;
  unsigned matching = 0;
  for (unsigned i = 0; i < 512; ++i) {
    CHECK(bit(bind, i) == (bit(g.v[1], i) != bit(g.v[2], i)));
    CHECK(bit(bundle, i) == (bit(g.v[1], i) + bit(g.v[2], i) + bit(g.v[3], i) >= 2));
    matching += bit(g.v[1], i) == bit(g.v[2], i) ? 1U : 0U;
  }
  CHECK(run(slot_of(Op::DHDSIM, Type::B512, {kR, kV, kV}), g).r == matching);
  for (const unsigned n : {0U, 1U, 63U, 64U, 65U, 128U, 300U, 448U, 511U}) {
    const Vector d = run(slot_of(Op::DHDPERM, Type::B512, {kV, kV}, static_cast<std::uint16_t>(n)), g).v;
    for (unsigned i = 0; i < 512; ++i) CHECK(bit(d, (i + n) % 512) == bit(g.v[1], i));
  }
}

TEST_CASE("dhdenc hashes the symbol with each lane number") {
  std::mt19937_64 random(12);
  for (int round = 0; round < 20; ++round) {
    Registers g;
    g.r[1] = random();
    const auto d = elements<std::uint32_t>(run(slot_of(Op::DHDENC, Type::B512, {kV, kR}), g).v);
    for (std::uint64_t k = 0; k < 16; ++k) {
      constexpr std::uint64_t kMod = std::uint64_t{1} << 32U;
      std::uint64_t x = ((g.r[1] % kMod + k * 0x9E3779B9U) % kMod) ^ (g.r[1] / kMod * 0x85EBCA77U % kMod);
      x = (x ^ x >> 16U) * 0x85EBCA6BU % kMod;
      x = (x ^ x >> 13U) * 0xC2B2AE35U % kMod;
      x ^= x >> 16U;
      CHECK(d[k] == x);
    }
  }
}

TEST_CASE("logic and population count") {
  std::mt19937_64 random(13);
  Registers g;
  for (auto& r : g.r) r = random();
  for (auto& v : g.v) v = random_vector(random);
  CHECK(run(slot_of(Op::DAND, Type::I64, {kR, kR, kR}), g).r == (g.r[1] & g.r[2]));
  CHECK(run(slot_of(Op::DOR, Type::I64, {kR, kR, kR}), g).r == (g.r[1] | g.r[2]));
  CHECK(run(slot_of(Op::DXOR, Type::I64, {kR, kR, OperandKind::Imm}), g, 5).r == (g.r[1] ^ 5U));
  const Vector d = run(slot_of(Op::DAND, Type::B512, {kV, kV, kV}), g).v;
  for (unsigned i = 0; i < 512; ++i) CHECK(bit(d, i) == (bit(g.v[1], i) && bit(g.v[2], i)));
  unsigned ones = 0;
  for (unsigned i = 0; i < 64; ++i) ones += static_cast<unsigned>(g.r[1] >> i & 1U);
  CHECK(run(slot_of(Op::DCNT, Type::I64, {kR, kR}), g).r == ones);
}

}  // namespace
}  // namespace vtpu::isa
