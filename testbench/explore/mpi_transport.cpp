// The transport over MPI: a module of its own, which vtpu loads when it is started by mpirun, so that vtpu itself
// neither needs nor loads an MPI.
#include <mpi.h>

#include <list>
#include <stdexcept>

#include "testbench/explore/transport.hpp"

namespace vtpu::explore {
namespace {

class MpiTransport final : public Transport {
 public:
  MpiTransport() {
    if (MPI_Init(nullptr, nullptr) != MPI_SUCCESS) throw std::runtime_error("MPI_Init failed");
    // A lost rank must not end the others: errors are answers.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks_);
  }

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int ranks() const override { return ranks_; }

  void send(int to, std::string text) override {
    forget_sent();
    Sending& sending = sending_.emplace_back();
    sending.text = std::move(text);
    const int status = MPI_Isend(sending.text.data(), static_cast<int>(sending.text.size()), MPI_CHAR, to, 0,
                                 MPI_COMM_WORLD, &sending.request);
    if (status != MPI_SUCCESS) sending_.pop_back();
  }

  [[nodiscard]] std::optional<Letter> receive() override {
    forget_sent();
    int arrived = 0;
    MPI_Status status;
    if (MPI_Iprobe(MPI_ANY_SOURCE, 0, MPI_COMM_WORLD, &arrived, &status) != MPI_SUCCESS || arrived == 0) {
      return std::nullopt;
    }
    int size = 0;
    MPI_Get_count(&status, MPI_CHAR, &size);
    Letter letter{status.MPI_SOURCE, std::string(static_cast<std::size_t>(size), '\0')};
    if (MPI_Recv(letter.text.data(), size, MPI_CHAR, status.MPI_SOURCE, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE) !=
        MPI_SUCCESS) {
      return std::nullopt;
    }
    return letter;
  }

  void finish(bool all_alive) override {
    if (all_alive) {
      for (Sending& sending : sending_) MPI_Wait(&sending.request, MPI_STATUS_IGNORE);
      MPI_Finalize();
      return;
    }
    // MPI_Finalize would wait for the lost rank. What can go out goes out.
    const double until = MPI_Wtime() + 1;
    while (!sending_.empty() && MPI_Wtime() < until) forget_sent();
  }

 private:
  struct Sending {
    std::string text;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void forget_sent() {
    for (auto it = sending_.begin(); it != sending_.end();) {
      int done = 0;
      const bool failed = MPI_Test(&it->request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS;
      it = done != 0 || failed ? sending_.erase(it) : std::next(it);
    }
  }

  int rank_ = 0;
  int ranks_ = 1;
  std::list<Sending> sending_;  // buffers stay where they are until they are sent
};

}  // namespace
}  // namespace vtpu::explore

extern "C" vtpu::explore::Transport* vtpu_open_transport() { return new vtpu::explore::MpiTransport; }
