#include "testbench/explore/load_transport.hpp"

#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace vtpu::explore {

bool has_launcher() {
  const char* ranks = std::getenv("OMPI_COMM_WORLD_SIZE");
  return ranks != nullptr && std::atoi(ranks) > 1;
}

bool is_first_rank() {
  const char* rank = std::getenv("OMPI_COMM_WORLD_RANK");
  return rank == nullptr || std::atoi(rank) == 0;
}

Result<std::unique_ptr<Transport>> load_transport() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::string path = (program.parent_path() / "libvtpu_mpi.so").string();
  if (!std::filesystem::exists(path, error)) {
    return fail(path, "is not there: started by mpirun, but built without MPI; install libopenmpi-dev and build anew");
  }
  // Global: Open MPI's own modules look for its symbols.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (module == nullptr) return fail(path, dlerror());
  const auto open = reinterpret_cast<OpenTransport>(dlsym(module, kTransportFunction));
  if (open == nullptr) return fail(path, dlerror());
  return std::unique_ptr<Transport>(open());
}

}  // namespace vtpu::explore
