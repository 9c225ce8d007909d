// Characters to tokens, one at a time.
#pragma once

#include <cstdint>
#include <string_view>

namespace vtpu::assembly {

enum class TokenKind : std::uint8_t { Identifier, Integer, Real, Coordinate, Punctuation, Newline, End, Bad };

struct Token {
  TokenKind kind = TokenKind::End;
  std::string_view text;      // as written; for Coordinate without a leading '@'
  std::uint32_t line = 1;     // from 1
  std::uint32_t column = 1;   // from 1, in bytes
  std::uint64_t integer = 0;  // Integer: its value
  double real = 0;            // Real: its value
  bool single = false;        // Real with suffix f: `real` is a rounded f32
  const char* problem = "";   // Bad: what is wrong with it

  [[nodiscard]] bool is(char punctuation) const { return kind == TokenKind::Punctuation && text[0] == punctuation; }
  [[nodiscard]] bool is(std::string_view identifier) const {
    return kind == TokenKind::Identifier && text == identifier;
  }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  // After the last token: End, again and again.
  [[nodiscard]] Token next();

 private:
  [[nodiscard]] char at(std::size_t ahead = 0) const;
  void skip_blanks_and_comments();
  [[nodiscard]] Token start(TokenKind kind) const;
  [[nodiscard]] Token finish(Token token, std::size_t length);
  [[nodiscard]] Token bad(Token token, std::size_t length, const char* problem);
  [[nodiscard]] bool coordinate_ahead() const;
  [[nodiscard]] std::size_t number_length() const;
  [[nodiscard]] Token number();

  std::string_view text_;
  std::size_t position_ = 0;
  std::size_t line_start_ = 0;
  std::uint32_t line_ = 1;
};

}  // namespace vtpu::assembly
