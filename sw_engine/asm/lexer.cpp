#include "asm/lexer.hpp"

#include <charconv>
#include <system_error>

namespace vtpu::assembly {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word(char c) { return is_digit(c) || is_letter(c); }
bool is_punctuation(char c) { return std::string_view(".,|[](){}@#+-*/%=:!").find(c) != std::string_view::npos; }

}  // namespace

char Lexer::at(std::size_t ahead) const { return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0'; }

void Lexer::skip_blanks_and_comments() {
  while (position_ < text_.size()) {
    const char c = at();
    if (c == ' ' || c == '\t' || c == '\r') {
      ++position_;
    } else if (c == ';' || (c == '/' && at(1) == '/')) {
      while (position_ < text_.size() && at() != '\n') ++position_;
    } else if (c == '\\' && (at(1) == '\n' || (at(1) == '\r' && at(2) == '\n'))) {
      position_ += at(1) == '\n' ? 2 : 3;
      ++line_;
      line_start_ = position_;
    } else {
      return;
    }
  }
}

Token Lexer::start(TokenKind kind) const {
  Token token;
  token.kind = kind;
  token.line = line_;
  token.column = static_cast<std::uint32_t>(position_ - line_start_ + 1);
  return token;
}

Token Lexer::finish(Token token, std::size_t length) {
  token.text = text_.substr(position_, length);
  position_ += length;
  return token;
}

Token Lexer::bad(Token token, std::size_t length, const char* problem) {
  token.kind = TokenKind::Bad;
  token.problem = problem;
  return finish(token, length);
}

// "12.3.4/" begins a coordinate and no expression.
bool Lexer::coordinate_ahead() const {
  std::size_t k = 0;
  for (const char separator : {'.', '.', '/'}) {
    const std::size_t begin = k;
    while (k - begin < 8 && is_digit(at(k))) ++k;
    if (k == begin || at(k) != separator) return false;
    ++k;
  }
  return true;
}

// Digits, letters, and what belongs to a fraction or an exponent; a malformed number is taken as a whole.
std::size_t Lexer::number_length() const {
  std::size_t k = 0;
  const bool hex = at() == '0' && (at(1) == 'x' || at(1) == 'X');
  while (is_word(at(k))) {
    const bool exponent = !hex && (at(k) == 'e' || at(k) == 'E');
    ++k;
    if (exponent && (at(k) == '+' || at(k) == '-') && is_digit(at(k + 1))) ++k;
    if (!hex && at(k) == '.' && is_digit(at(k + 1))) ++k;
  }
  return k;
}

Token Lexer::number() {
  Token token = start(TokenKind::Integer);
  const std::size_t length = number_length();
  const std::string_view all = text_.substr(position_, length);
  const char* const end = all.data() + all.size();
  if (all.size() > 2 && (all[1] == 'x' || all[1] == 'X')) {
    const auto [stop, error] = std::from_chars(all.data() + 2, end, token.integer, 16);
    if (error == std::errc::result_out_of_range) return bad(token, length, "does not fit in 64 bits");
    if (stop != end) return bad(token, length, "is no hexadecimal number");
    return finish(token, length);
  }
  if (all.find_first_not_of("0123456789") == std::string_view::npos) {
    const auto [stop, error] = std::from_chars(all.data(), end, token.integer, 10);
    if (error != std::errc{} || stop != end) return bad(token, length, "does not fit in 64 bits");
    return finish(token, length);
  }
  token.kind = TokenKind::Real;
  token.single = all.back() == 'f';
  const char* const digits_end = token.single ? end - 1 : end;
  std::from_chars_result result{};
  if (token.single) {
    float value = 0;
    result = std::from_chars(all.data(), digits_end, value);
    token.real = static_cast<double>(value);
  } else {
    result = std::from_chars(all.data(), digits_end, token.real);
  }
  if (result.ec == std::errc::result_out_of_range) return bad(token, length, "is outside the range of its type");
  if (result.ec != std::errc{} || result.ptr != digits_end) return bad(token, length, "is no number");
  return finish(token, length);
}

Token Lexer::next() {
  skip_blanks_and_comments();
  if (position_ >= text_.size()) return finish(start(TokenKind::End), 0);
  const char c = at();
  if (c == '\n') {
    const Token token = finish(start(TokenKind::Newline), 1);
    ++line_;
    line_start_ = position_;
    return token;
  }
  if (is_letter(c)) {
    std::size_t k = 1;
    while (is_word(at(k))) ++k;
    return finish(start(TokenKind::Identifier), k);
  }
  const bool after_at = c == '@' && is_digit(at(1));
  if (after_at || (is_digit(c) && coordinate_ahead())) {
    Token token = start(TokenKind::Coordinate);
    if (after_at) ++position_;
    std::size_t k = 0;
    while (is_digit(at(k)) || ((at(k) == '.' || at(k) == '/' || at(k) == '!') && is_digit(at(k + 1)))) ++k;
    return finish(token, k);
  }
  if (is_digit(c)) return number();
  if (is_punctuation(c)) return finish(start(TokenKind::Punctuation), 1);
  return bad(start(TokenKind::Bad), 1, "does not belong to the language");
}

}  // namespace vtpu::assembly
