// What a long run has done so far, a line of JSON each, so that a run that was stopped goes on where it was.
#pragma once

#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "isa/result.hpp"

namespace vtpu::testbench {

class Journal {
 public:
  // `fingerprint`: all that must be the same for old entries to count. A file of another fingerprint is an error, one
  // that ends in half a line (the run was killed) loses that line. An empty path keeps nothing.
  [[nodiscard]] static Result<Journal> open(const std::string& path, const std::string& fingerprint);

  Journal(Journal&&) noexcept;
  Journal& operator=(Journal&&) noexcept;
  ~Journal();

  [[nodiscard]] std::optional<nlohmann::json> find(const std::string& key) const;
  void add(const std::string& key, const nlohmann::json& value);
  // Waits until all that was added is on the disk.
  void sync();
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  Journal();
  std::map<std::string, std::string> entries_;  // values as text
  std::unique_ptr<std::ofstream> file_;
  std::string path_;
};

}  // namespace vtpu::testbench
