// Rows on disk: one JSON line each, appended and flushed to the disk before anything else is done with them.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "isa/result.hpp"
#include "testbench/explore/row.hpp"

namespace vtpu::explore {

// One process at a time has a store (a lock on the file says so). A line that a killed process or a full disk left
// incomplete is dropped when the file is opened.
class RowStore {
 public:
  // Errors: the file cannot be opened, locked or read.
  [[nodiscard]] static Result<RowStore> open(const std::string& path);
  ~RowStore();
  RowStore(RowStore&& other) noexcept;
  RowStore& operator=(RowStore&&) = delete;
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  [[nodiscard]] const Row* find(const std::string& key) const;
  // After a success the row survives whatever happens to the process. After an error the file is as before.
  [[nodiscard]] Result<void> append(const Row& row);

  [[nodiscard]] const std::map<std::string, Row>& rows() const { return rows_; }
  [[nodiscard]] std::size_t dropped_lines() const { return dropped_; }

 private:
  RowStore(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
  [[nodiscard]] Result<void> load();

  std::string path_;
  int fd_ = -1;
  std::map<std::string, Row> rows_;
  std::size_t size_ = 0;  // bytes of whole lines
  std::size_t dropped_ = 0;
};

}  // namespace vtpu::explore
