#include "asm/cursor.hpp"

namespace vtpu::assembly {
namespace {

constexpr std::size_t kMaxErrors = 100;
constexpr std::size_t kMaxShown = 40;

}  // namespace

std::string describe(const Token& token) {
  if (token.kind == TokenKind::Newline) return "the end of the line";
  if (token.kind == TokenKind::End) return "the end of the text";
  const auto byte = static_cast<unsigned char>(token.text.empty() ? '?' : token.text[0]);
  if (byte < 0x20 || byte >= 0x7F) return fmt::format("byte 0x{:02x}", byte);
  if (token.text.size() > kMaxShown) return fmt::format("'{}...'", token.text.substr(0, kMaxShown));
  return fmt::format("'{}'", token.text);
}

Cursor::Cursor(std::string_view text, std::string file_name) : lexer_(text), file_name_(std::move(file_name)) {
  now_ = lexer_.next();
  next_ = lexer_.next();
}

Token Cursor::take() {
  const Token token = now_;
  now_ = next_;
  next_ = lexer_.next();
  line_start_ = token.kind == TokenKind::Newline;
  return token;
}

bool Cursor::accept(char punctuation) {
  if (!now_.is(punctuation)) return false;
  take();
  return true;
}

bool Cursor::expect(char punctuation, std::string_view where) {
  if (accept(punctuation)) return true;
  error(now_, "found {}, expected '{}' {}", describe(now_), punctuation, where);
  return false;
}

std::optional<Token> Cursor::expect_identifier(std::string_view what) {
  if (now_.kind == TokenKind::Identifier) return take();
  error(now_, "found {}, expected {}", describe(now_), what);
  return std::nullopt;
}

bool Cursor::expect_line_end() {
  if (at_line_end()) return true;
  error(now_, "found {}, expected the end of the line", describe(now_));
  return false;
}

void Cursor::skip_line() {
  while (!at_line_end()) take();
  if (now_.kind == TokenKind::Newline) take();
}

void Cursor::skip_braces() {
  while (now_.kind != TokenKind::End && !now_.is('}') && !at_directive()) take();
  accept('}');
}

void Cursor::skip_newlines() {
  while (now_.kind == TokenKind::Newline) take();
}

std::string Cursor::where(std::uint32_t line, std::uint32_t column) const {
  return fmt::format("{}:{}:{}", file_name_, line, column);
}

void Cursor::report(std::uint32_t line, std::uint32_t column, std::string message) {
  if (full_) return;
  if (errors_.size() == kMaxErrors) {
    full_ = true;
    errors_.push_back({where(line, column), "too many errors, the rest is left out"});
    return;
  }
  errors_.push_back({where(line, column), std::move(message)});
}

}  // namespace vtpu::assembly
