// The operations that streams are made of: every form and type of the table that neither waits for another sentron nor
// calls the runtime.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "isa/op_table.hpp"

namespace vtpu::testbench {

// What kind of work an operation is, for choosing mixes.
enum class StreamClass : std::uint8_t { Scalar, Float, Vector, Hypervector, Load, Store, Message };
[[nodiscard]] std::string_view name_of(StreamClass cls);  // "scalar", "float", ...

struct StreamOperation {
  std::string name;  // "dadd.i64"; with the form's number behind where two forms have the type
  isa::Op op = isa::Op::DNOP;
  unsigned form = 0;
  isa::Type type = isa::Type::None;
  StreamClass cls = StreamClass::Scalar;
};

[[nodiscard]] const std::vector<StreamOperation>& all_stream_operations();
[[nodiscard]] const StreamOperation* find_stream_operation(std::string_view name);  // nullptr: no such operation

}  // namespace vtpu::testbench
