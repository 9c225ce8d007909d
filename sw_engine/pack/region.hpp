// A stream as a tree: straight runs of words and loops, in order.
#pragma once

#include <cstdint>
#include <vector>

#include "isa/program.hpp"

namespace vtpu::pack {

struct Region {
  std::uint32_t first = 0;  // words [first, end)
  std::uint32_t end = 0;
  std::uint64_t count = 0;      // 0: straight code; else a loop
  std::vector<Region> regions;  // of a loop

  [[nodiscard]] bool is_loop() const { return count != 0; }
  [[nodiscard]] bool is_innermost() const { return is_loop() && regions.size() == 1 && !regions[0].is_loop(); }
};

[[nodiscard]] std::vector<Region> regions_of(const isa::Stream& stream);

// Words that one pass over the regions executes.
[[nodiscard]] double executed_words(const std::vector<Region>& regions);

// Grows a stream; loops left empty vanish.
class StreamWriter {
 public:
  explicit StreamWriter(std::string name) { stream_.name = std::move(name); }
  void add(const isa::Siw& word) { stream_.words.push_back(word); }
  void add(const std::vector<isa::Siw>& words) {
    stream_.words.insert(stream_.words.end(), words.begin(), words.end());
  }
  void begin_loop(std::uint64_t count);
  void end_loop();
  [[nodiscard]] std::uint32_t position() const { return static_cast<std::uint32_t>(stream_.words.size()); }
  [[nodiscard]] isa::Stream take();  // with dependency flags

 private:
  isa::Stream stream_;
  std::vector<std::size_t> open_;
};

}  // namespace vtpu::pack
