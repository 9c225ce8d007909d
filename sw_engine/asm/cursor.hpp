// The parser's place in the text: tokens with two of lookahead, and the errors found so far.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "asm/lexer.hpp"
#include "isa/result.hpp"

namespace vtpu::assembly {

class Cursor {
 public:
  Cursor(std::string_view text, std::string file_name);

  [[nodiscard]] const Token& peek() const { return now_; }
  [[nodiscard]] const Token& peek_next() const { return next_; }
  Token take();
  [[nodiscard]] bool at_line_end() const { return now_.kind == TokenKind::Newline || now_.kind == TokenKind::End; }

  bool accept(char punctuation);
  // Takes it, or reports what stands there instead. `where` completes the sentence: "after the name".
  bool expect(char punctuation, std::string_view where);
  std::optional<Token> expect_identifier(std::string_view what);
  bool expect_line_end();
  void skip_line();  // to the start of the next line
  // Past the '}' that closes a brace opened before, or to a directive at the start of a line.
  void skip_braces();
  [[nodiscard]] bool at_directive() const { return line_start_ && now_.is('.'); }
  void skip_newlines();

  template <typename... Args>
  void error(const Token& at, fmt::format_string<Args...> format, Args&&... args) {
    report(at.line, at.column, fmt::format(format, std::forward<Args>(args)...));
  }
  void report(std::uint32_t line, std::uint32_t column, std::string message);
  [[nodiscard]] std::string where(std::uint32_t line, std::uint32_t column) const;

  [[nodiscard]] bool full() const { return full_; }  // enough errors: the rest of the text is left alone
  [[nodiscard]] const Errors& errors() const { return errors_; }
  [[nodiscard]] const std::string& file_name() const { return file_name_; }

 private:
  Lexer lexer_;
  std::string file_name_;
  Token now_;
  Token next_;
  Errors errors_;
  bool full_ = false;
  bool line_start_ = true;
};

// How a token is called in a message: "'dadd'", "the end of the line", "byte 0x07".
[[nodiscard]] std::string describe(const Token& token);

}  // namespace vtpu::assembly
