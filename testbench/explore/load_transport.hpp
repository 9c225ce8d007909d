// The transport of the launcher that started this process, if one did.
#pragma once

#include <memory>

#include "isa/result.hpp"
#include "testbench/explore/transport.hpp"

namespace vtpu::explore {

// Under mpirun (Open MPI) with more than one rank.
[[nodiscard]] bool has_launcher();
[[nodiscard]] bool is_first_rank();

// Loads libvtpu_mpi.so from the folder of this program. Fork what is to be forked before. Errors: it was not built, or
// cannot be loaded.
[[nodiscard]] Result<std::unique_ptr<Transport>> load_transport();

}  // namespace vtpu::explore
