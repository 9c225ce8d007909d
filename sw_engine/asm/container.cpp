#include "asm/container.hpp"

#include <fmt/format.h>
#include <xxhash.h>

#include <bit>
#include <cstring>

#include "isa/validate.hpp"

namespace vtpu::assembly {
namespace {

static_assert(std::endian::native == std::endian::little, "the container is copied byte by byte");

constexpr std::array<char, 4> kMagic{'S', 'I', 'W', 'B'};
constexpr std::uint32_t kSections = 6;
constexpr std::array<const char*, kSections> kSectionNames{"program", "coordinates", "memory",
                                                           "streams", "sentrons",    "groups"};

// ---- the initial values of a sentron as one list ----

constexpr std::size_t kValues = 16 + 16 * 8 + 8 * 2 + 4 * 4 + 4 + 4 + 1;
using Values = std::array<std::uint64_t, kValues>;

std::uint64_t from_route(std::int32_t route) { return static_cast<std::uint64_t>(std::int64_t{route} + 1); }

Values values_of(const isa::Registers& g) {
  Values values{};
  std::size_t n = 0;
  for (const std::uint64_t r : g.r) values[n++] = r;
  for (const isa::Vector& v : g.v) {
    for (const std::uint64_t lane : v.lane) values[n++] = lane;
  }
  for (const isa::Coordinate& p : g.p) {
    values[n++] = p.lo;
    values[n++] = p.hi;
  }
  for (const isa::Message& m : g.m) {
    for (const std::uint64_t lane : m.lane) values[n++] = lane;
  }
  for (const std::int32_t route : g.route) values[n++] = from_route(route);
  for (const std::int32_t listen : g.listen) values[n++] = from_route(listen);
  values[n++] = g.cmp;
  return values;
}

constexpr std::size_t kFirstRoute = kValues - 9;

// Nothing where a value does not fit its register.
std::optional<isa::Registers> registers_from(const Values& values) {
  for (std::size_t i = kFirstRoute; i < kValues; ++i) {
    if (values[i] > (i + 1 == kValues ? std::uint64_t{UINT16_MAX} : std::uint64_t{isa::kMaxSentrons})) {
      return std::nullopt;
    }
  }
  isa::Registers g;
  std::size_t n = 0;
  for (std::uint64_t& r : g.r) r = values[n++];
  for (isa::Vector& v : g.v) {
    for (std::uint64_t& lane : v.lane) lane = values[n++];
  }
  for (isa::Coordinate& p : g.p) {
    p.lo = values[n++];
    p.hi = values[n++];
  }
  for (isa::Message& m : g.m) {
    for (std::uint64_t& lane : m.lane) lane = values[n++];
  }
  for (std::int32_t& route : g.route) route = static_cast<std::int32_t>(values[n++]) - 1;
  for (std::int32_t& listen : g.listen) listen = static_cast<std::int32_t>(values[n++]) - 1;
  g.cmp = static_cast<std::uint16_t>(values[n++]);
  return g;
}

// ---- writing ----

class Writer {
 public:
  template <typename T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    const std::size_t at = bytes_.size();
    bytes_.resize(at + sizeof(T));
    std::memcpy(bytes_.data() + at, &value, sizeof(T));
  }
  void count(std::size_t n) { put(static_cast<std::uint32_t>(n)); }
  void name(const std::string& name) {
    put(static_cast<std::uint8_t>(name.size()));
    bytes_.insert(bytes_.end(), name.begin(), name.end());
  }
  void coordinate(const isa::Coordinate& c) {
    put(c.lo);
    put(c.hi);
  }
  std::size_t begin_section(std::uint32_t id) {
    put(id);
    put(std::uint32_t{0});
    put(std::uint64_t{0});
    return bytes_.size();
  }
  void end_section(std::size_t begin) { overwrite(begin - 8, std::uint64_t{bytes_.size() - begin}); }
  void overwrite(std::size_t at, std::uint64_t value) { std::memcpy(bytes_.data() + at, &value, sizeof value); }
  [[nodiscard]] const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  [[nodiscard]] std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

void write_stream(Writer& out, const isa::Stream& stream) {
  out.name(stream.name);
  out.count(stream.words.size());
  out.count(stream.loops.size());
  for (const isa::Siw& word : stream.words) out.put(word);
  for (const isa::Loop& loop : stream.loops) {
    out.put(loop.first);
    out.put(loop.last);
    out.put(loop.count);
  }
}

void write_sentron(Writer& out, const isa::SentronSpec& sentron) {
  out.name(sentron.name);
  out.put(sentron.stream);
  const Values values = values_of(sentron.initial);
  std::array<std::uint64_t, 3> map{};
  for (std::size_t i = 0; i < kValues; ++i) map[i / 64] |= std::uint64_t{values[i] != 0} << (i % 64);
  out.put(map);
  for (const std::uint64_t value : values) {
    if (value != 0) out.put(value);
  }
}

void write_section(Writer& out, const isa::Program& program, std::uint32_t id) {
  switch (id) {
    case 1: out.name(program.name); return;
    case 2:
      out.count(program.coordinates.size());
      for (const auto& [name, at] : program.coordinates) {
        out.name(name);
        out.coordinate(at);
      }
      return;
    case 3:
      out.count(program.memory.size());
      for (const auto& [at, cell] : program.memory) {
        out.coordinate(at);
        out.put(cell.lane);
      }
      return;
    case 4:
      out.count(program.streams.size());
      for (const isa::Stream& stream : program.streams) write_stream(out, stream);
      return;
    case 5:
      out.count(program.sentrons.size());
      for (const isa::SentronSpec& sentron : program.sentrons) write_sentron(out, sentron);
      return;
    default:
      out.count(program.groups.size());
      for (const isa::Group& group : program.groups) {
        out.name(group.name);
        out.count(group.members.size());
        for (const std::uint32_t member : group.members) out.put(member);
      }
  }
}

// ---- reading ----

// Reads inside its bounds; the first problem is kept and all later reads give zeros.
class Reader {
 public:
  Reader(std::span<const std::uint8_t> bytes, std::string file_name)
      : bytes_(bytes), end_(bytes.size()), file_name_(std::move(file_name)) {}

  [[nodiscard]] bool good() const { return problem_.empty(); }
  [[nodiscard]] std::size_t position() const { return at_; }
  [[nodiscard]] std::size_t left() const { return end_ - at_; }
  [[nodiscard]] tl::unexpected<Errors> failure() const { return fail(problem_); }
  void set_end(std::size_t end) { end_ = end; }

  template <typename... Args>
  void problem(std::size_t at, fmt::format_string<Args...> format, Args&&... args) {
    if (!good()) return;
    problem_.push_back({fmt::format("{}: byte {}", file_name_, at), fmt::format(format, std::forward<Args>(args)...)});
    at_ = end_;
  }

  template <typename T>
  T get(const char* what) {
    T value{};
    if (left() < sizeof(T)) {
      problem(at_, "ends inside {}: {} bytes left, expected {}", what, left(), sizeof(T));
    } else if (good()) {
      std::memcpy(&value, bytes_.data() + at_, sizeof(T));
      at_ += sizeof(T);
    }
    return value;
  }

  std::string name(const char* what) {
    const std::size_t at = at_;
    const std::size_t length = get<std::uint8_t>(what);
    if (left() < length) {
      problem(at, "{} has {} characters, but {} bytes are left", what, length, left());
      return {};
    }
    const auto* begin = reinterpret_cast<const char*>(bytes_.data() + at_);
    at_ += length;
    return {begin, length};
  }

  isa::Coordinate coordinate(const char* what) {
    isa::Coordinate c;
    c.lo = get<std::uint64_t>(what);
    c.hi = get<std::uint64_t>(what);
    return c;
  }

  // A number of things that take at least `least_bytes` each; zero after a problem.
  std::size_t count(const char* what, std::size_t most, std::size_t least_bytes) {
    const std::size_t at = at_;
    const std::size_t n = get<std::uint32_t>(what);
    if (n > most) {
      problem(at, "{} {}, expected at most {}", n, what, most);
    } else if (n > left() / least_bytes) {
      problem(at, "{} {} need at least {} bytes, but {} are left", n, what, n * least_bytes, left());
    }
    return good() ? n : 0;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
  std::size_t end_;
  std::string file_name_;
  Errors problem_;
};

void read_coordinates(Reader& in, isa::Program& program) {
  const std::size_t n = in.count("named coordinates", isa::kMaxCoordinates, 17);
  for (std::size_t i = 0; i < n && in.good(); ++i) {
    const std::size_t at = in.position();
    std::string name = in.name("the name of a coordinate");
    if (!program.coordinates.empty() && name <= program.coordinates.rbegin()->first) {
      in.problem(at, "names of coordinates are not ascending");
    }
    program.coordinates.emplace_hint(program.coordinates.end(), std::move(name), in.coordinate("a coordinate"));
  }
}

void read_memory(Reader& in, isa::Program& program) {
  const std::size_t n = in.count("cells", isa::kMaxCells, 80);
  for (std::size_t i = 0; i < n && in.good(); ++i) {
    const std::size_t position = in.position();
    const isa::Coordinate at = in.coordinate("the address of a cell");
    if (!program.memory.empty() && at <= program.memory.rbegin()->first) {
      in.problem(position, "addresses of cells are not ascending");
    }
    isa::Cell cell;
    cell.lane = in.get<std::array<std::uint64_t, 8>>("a cell");
    program.memory.emplace_hint(program.memory.end(), at, cell);
  }
}

void read_streams(Reader& in, isa::Program& program) {
  const std::size_t n = in.count("streams", isa::kMaxStreams, 9);
  std::size_t words_left = isa::kMaxWords;
  for (std::size_t i = 0; i < n && in.good(); ++i) {
    isa::Stream stream;
    stream.name = in.name("the name of a stream");
    const std::size_t words = in.count("words", words_left, sizeof(isa::Siw));
    const std::size_t loops = in.count("loops", words * isa::kMaxLoopDepth, 16);
    stream.words.reserve(words);
    for (std::size_t k = 0; k < words && in.good(); ++k) stream.words.push_back(in.get<isa::Siw>("a word"));
    words_left -= words;
    for (std::size_t k = 0; k < loops && in.good(); ++k) {
      isa::Loop loop;
      loop.first = in.get<std::uint32_t>("a loop");
      loop.last = in.get<std::uint32_t>("a loop");
      loop.count = in.get<std::uint64_t>("a loop");
      stream.loops.push_back(loop);
    }
    program.streams.push_back(std::move(stream));
  }
}

isa::Registers read_registers(Reader& in) {
  const std::size_t at = in.position();
  const auto map = in.get<std::array<std::uint64_t, 3>>("the bit map of a sentron");
  if ((map[2] >> (kValues - 128)) != 0)
    in.problem(at, "the bit map of a sentron has bits above its {} values", kValues);
  Values values{};
  for (std::size_t i = 0; i < kValues && in.good(); ++i) {
    if (((map[i / 64] >> (i % 64)) & 1U) == 0) continue;
    const std::size_t position = in.position();
    values[i] = in.get<std::uint64_t>("the values of a sentron");
    if (values[i] == 0) in.problem(position, "a value of a sentron is zero, expected no bit in the map for it");
  }
  const auto registers = registers_from(values);
  if (!registers) in.problem(at, "a route, a listen or the compare mask of a sentron is out of range");
  return registers.value_or(isa::Registers{});
}

void read_sentrons(Reader& in, isa::Program& program) {
  const std::size_t n = in.count("sentrons", isa::kMaxSentrons, 29);
  for (std::size_t i = 0; i < n && in.good(); ++i) {
    isa::SentronSpec sentron;
    sentron.name = in.name("the name of a sentron");
    sentron.stream = in.get<std::uint32_t>("the stream of a sentron");
    sentron.initial = read_registers(in);
    program.sentrons.push_back(std::move(sentron));
  }
}

void read_groups(Reader& in, isa::Program& program) {
  const std::size_t n = in.count("groups", isa::kMaxGroups, 5);
  std::size_t members_left = isa::kMaxGroupMembers;
  for (std::size_t i = 0; i < n && in.good(); ++i) {
    isa::Group group;
    group.name = in.name("the name of a group");
    const std::size_t members = in.count("members", members_left, 4);
    group.members.reserve(members);
    for (std::size_t k = 0; k < members; ++k) group.members.push_back(in.get<std::uint32_t>("a member"));
    members_left -= members;
    program.groups.push_back(std::move(group));
  }
}

void read_section(Reader& in, isa::Program& program, std::uint32_t id) {
  switch (id) {
    case 1: program.name = in.name("the name of the program"); return;
    case 2: read_coordinates(in, program); return;
    case 3: read_memory(in, program); return;
    case 4: read_streams(in, program); return;
    case 5: read_sentrons(in, program); return;
    default: read_groups(in, program);
  }
}

void read_header(Reader& in, std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kContainerHeaderBytes) {
    return in.problem(bytes.size(), "ends inside the header: {} bytes, expected at least {}", bytes.size(),
                      kContainerHeaderBytes);
  }
  if (in.get<std::array<char, 4>>("the magic") != kMagic) return in.problem(0, "no magic 'SIWB', this is no container");
  if (const auto version = in.get<std::uint32_t>("the version"); version != kContainerVersion) {
    return in.problem(4, "version {}, expected {}", version, kContainerVersion);
  }
  const auto payload = bytes.subspan(kContainerHeaderBytes);
  if (const auto size = in.get<std::uint64_t>("the size"); size != payload.size()) {
    return in.problem(8, "{} bytes after the header, but the header says {}", payload.size(), size);
  }
  const std::uint64_t checksum = XXH3_64bits(payload.data(), payload.size());
  if (const auto stored = in.get<std::uint64_t>("the checksum"); stored != checksum) {
    return in.problem(16, "checksum 0x{:016x}, but the content has 0x{:016x}: the file is damaged", stored, checksum);
  }
}

}  // namespace

std::vector<std::uint8_t> write_container(const isa::Program& program) {
  Writer out;
  out.put(kMagic);
  out.put(kContainerVersion);
  out.put(std::uint64_t{0});
  out.put(std::uint64_t{0});
  for (std::uint32_t id = 1; id <= kSections; ++id) {
    const std::size_t begin = out.begin_section(id);
    write_section(out, program, id);
    out.end_section(begin);
  }
  const auto payload = std::span(out.bytes()).subspan(kContainerHeaderBytes);
  const std::uint64_t checksum = XXH3_64bits(payload.data(), payload.size());
  out.overwrite(8, payload.size());
  out.overwrite(16, checksum);
  return out.take();
}

Result<isa::Program> read_container(std::span<const std::uint8_t> bytes, const std::string& file_name) {
  Reader in(bytes, file_name);
  isa::Program program;
  read_header(in, bytes);
  for (std::uint32_t id = 1; id <= kSections && in.good(); ++id) {
    const std::size_t at = in.position();
    const auto found = in.get<std::uint32_t>("the header of a section");
    const auto zero = in.get<std::uint32_t>("the header of a section");
    const auto size = in.get<std::uint64_t>("the header of a section");
    if (found != id) in.problem(at, "section {}, expected {} ({})", found, id, kSectionNames[id - 1]);
    if (zero != 0) in.problem(at + 4, "reserved bytes of a section are not zero");
    if (size > in.left()) in.problem(at + 8, "section {} has {} bytes, but {} are left", id, size, in.left());
    if (!in.good()) break;
    const std::size_t end = in.position() + size;
    in.set_end(end);
    read_section(in, program, id);
    if (in.good() && in.position() != end) {
      in.problem(in.position(), "{} bytes left over in section {} ({})", in.left(), id, kSectionNames[id - 1]);
    }
    if (in.good()) in.set_end(bytes.size());
  }
  if (in.good() && in.left() != 0) in.problem(in.position(), "{} bytes after the last section", in.left());
  if (!in.good()) return in.failure();
  Errors findings = isa::validate(program);
  if (findings.empty()) return program;
  for (Error& e : findings) e.where = e.where.empty() ? file_name : fmt::format("{}: {}", file_name, e.where);
  return fail(std::move(findings));
}

}  // namespace vtpu::assembly
