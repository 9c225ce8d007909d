#include "core/register_writes.hpp"

#include <algorithm>

namespace vtpu::core {
namespace {

using events::RegisterFile;
using events::RegisterWrite;
using reference::CoordinationAction;

template <std::size_t N>
RegisterWrite write_of(RegisterFile file, std::uint8_t index, const std::array<std::uint64_t, N>& value) {
  RegisterWrite write;
  write.file = file;
  write.index = index;
  std::copy(value.begin(), value.end(), write.value.begin());
  return write;
}

RegisterWrite write_of(RegisterFile file, std::uint8_t index, std::uint64_t value) {
  return write_of(file, index, std::array{value});
}

template <typename F>
void dense_writes(const reference::WordEffects& effects, F f) {
  if (effects.d_int) f(write_of(RegisterFile::R, effects.d_int->index, effects.d_int->value));
  if (effects.d_vector) f(write_of(RegisterFile::V, effects.d_vector->index, effects.d_vector->value.lane));
  if (effects.cmp) f(write_of(RegisterFile::Cmp, 0, *effects.cmp));
}

template <typename F>
void sparse_writes(const reference::WordEffects& effects, F f) {
  if (effects.s_int) f(write_of(RegisterFile::R, effects.s_int->index, effects.s_int->value));
  if (effects.s_vector) f(write_of(RegisterFile::V, effects.s_vector->index, effects.s_vector->value.lane));
  if (const auto& p = effects.s_coordinate) {
    f(write_of(RegisterFile::P, p->index, std::array{p->value.lo, p->value.hi}));
  }
}

template <typename F>
void coordination_writes(const reference::WordEffects& effects, F f) {
  const reference::Coordination& c = effects.coordination;
  switch (c.action) {
    case CoordinationAction::Pack:
    case CoordinationAction::Receive:
    case CoordinationAction::Cast: f(write_of(RegisterFile::M, c.index, effects.message.lane)); break;
    case CoordinationAction::Reduce:
      f(c.type == isa::Type::I64 ? write_of(RegisterFile::R, c.index, effects.r)
                                 : write_of(RegisterFile::V, c.index, effects.v.lane));
      break;
    default: break;
  }
}

}  // namespace

void RegisterWrites::tell_all(events::Cycle now, std::uint32_t sentron, const reference::WordEffects& effects,
                              isa::Pipe pipe) const {
  const auto tell = [&](RegisterWrite write) {
    write.core = core_;
    write.sentron = sentron;
    for (events::Listener* listener : listeners_) listener->on_written(now, write);
  };
  switch (pipe) {
    case isa::Pipe::D: dense_writes(effects, tell); break;
    case isa::Pipe::S: sparse_writes(effects, tell); break;
    case isa::Pipe::C: coordination_writes(effects, tell); break;
  }
}

}  // namespace vtpu::core
