#include "shell.hpp"

#include <exception>
#include <memory>
#include <string>

#include "model.hpp"
#include "systemc_headers.hpp"

namespace vtpu::systemc {
namespace {

using events::Cycle;

constexpr std::uint64_t kPicosecondsPerCycle = 1000;  // one cycle is drawn as 1 ns
constexpr Cycle kQuantum = 1000;

sc_core::sc_time time_of(Cycle cycles) { return sc_core::sc_time::from_value(cycles * kPicosecondsPerCycle); }
Cycle cycles_of(const sc_core::sc_time& time) { return time.value() / kPicosecondsPerCycle; }

// A line's way through a socket: the payload carries address and command, the extension what caches need besides.
struct LineExtension : tlm::tlm_extension<LineExtension> {
  memory::LineRequest request;
  memory::LineAnswer answer;
  tlm::tlm_extension_base* clone() const override { return new LineExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const LineExtension&>(other); }
};

struct PacketExtension : tlm::tlm_extension<PacketExtension> {
  const fabric::Packet* packet = nullptr;
  Cycle now = 0;
  tlm::tlm_extension_base* clone() const override { return new PacketExtension(*this); }
  void copy_from(const tlm::tlm_extension_base& other) override { *this = static_cast<const PacketExtension&>(other); }
};

// A payload that is used again and again: an initiator has one transaction under way at a time.
template <typename Extension>
struct PooledPayload {
  PooledPayload() {
    payload.set_extension(&extension);
    payload.set_data_ptr(data.data());
    payload.set_data_length(memory::kLineBytes);
    payload.set_streaming_width(memory::kLineBytes);
  }
  ~PooledPayload() { payload.clear_extension(&extension); }
  tlm::tlm_generic_payload payload;
  Extension extension;
  std::array<unsigned char, memory::kLineBytes> data{};  // timing only: values travel with the uops
};

// Sends line requests out of an initiator socket.
template <typename Socket>
struct LineSender final : memory::LineTarget {
  explicit LineSender(Socket& socket_in) : socket(socket_in) {}
  memory::LineAnswer request(const memory::LineRequest& request) override {
    const bool writes = request.kind == memory::RequestKind::WriteBack;
    pooled.payload.set_command(writes ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
    pooled.payload.set_address(request.line * memory::kLineBytes);
    pooled.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    pooled.extension.request = request;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(pooled.payload, delay);
    if (!pooled.payload.is_response_ok()) throw std::logic_error("memory: a request was not answered");
    return pooled.extension.answer;
  }
  Socket& socket;
  PooledPayload<LineExtension> pooled;
};

template <typename Socket>
struct PacketSender final : fabric::PacketTarget {
  PacketSender(Socket& socket_in, int port_in) : socket(socket_in), port(port_in) {}
  void transport(const fabric::Packet& packet, Cycle now, Cycle& delay) override {
    pooled.payload.set_command(tlm::TLM_WRITE_COMMAND);
    pooled.payload.set_address(packet.to);
    pooled.payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    pooled.extension.packet = &packet;
    pooled.extension.now = now;
    sc_core::sc_time time = time_of(delay);
    send(time);
    delay = cycles_of(time);
  }
  void send(sc_core::sc_time& time) {
    if constexpr (requires { socket[0]; }) {
      socket[port]->b_transport(pooled.payload, time);
    } else {
      socket->b_transport(pooled.payload, time);
    }
  }
  Socket& socket;
  int port;
  PooledPayload<PacketExtension> pooled;
};

void answer_line(memory::LineTarget* part, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  LineExtension* line = payload.get_extension<LineExtension>();
  line->answer = part->request(line->request);
  delay += time_of(line->answer.ready - std::min(line->answer.ready, line->request.start));
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

void take_packet(fabric::PacketTarget* part, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
  const PacketExtension* packet = payload.get_extension<PacketExtension>();
  Cycle cycles = cycles_of(delay);
  part->transport(*packet->packet, packet->now, cycles);
  delay = time_of(cycles);
  payload.set_response_status(tlm::TLM_OK_RESPONSE);
}

struct CacheModule : sc_core::sc_module {
  tlm_utils::simple_target_socket<CacheModule> in;
  tlm_utils::simple_initiator_socket<CacheModule> out;
  LineSender<tlm_utils::simple_initiator_socket<CacheModule>> below;
  memory::LineTarget* part = nullptr;

  explicit CacheModule(const sc_core::sc_module_name& name) : sc_module(name), in("in"), out("out"), below(out) {
    in.register_b_transport(this, &CacheModule::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) { answer_line(part, payload, delay); }
};

// A level that all cores share.
struct SharedCacheModule : sc_core::sc_module {
  tlm_utils::multi_passthrough_target_socket<SharedCacheModule> in;
  tlm_utils::simple_initiator_socket<SharedCacheModule> out;
  LineSender<tlm_utils::simple_initiator_socket<SharedCacheModule>> below;
  memory::LineTarget* part = nullptr;

  explicit SharedCacheModule(const sc_core::sc_module_name& name) : sc_module(name), in("in"), out("out"), below(out) {
    in.register_b_transport(this, &SharedCacheModule::b_transport);
  }
  void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    answer_line(part, payload, delay);
  }
};

struct DramModule : sc_core::sc_module {
  tlm_utils::simple_target_socket<DramModule> in;
  memory::LineTarget* part = nullptr;

  explicit DramModule(const sc_core::sc_module_name& name) : sc_module(name), in("in") {
    in.register_b_transport(this, &DramModule::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) { answer_line(part, payload, delay); }
};

struct FabricModule : sc_core::sc_module {
  tlm_utils::multi_passthrough_target_socket<FabricModule> in;
  tlm_utils::multi_passthrough_initiator_socket<FabricModule> out;
  fabric::PacketTarget* part = nullptr;

  explicit FabricModule(const sc_core::sc_module_name& name) : sc_module(name), in("in"), out("out") {
    in.register_b_transport(this, &FabricModule::b_transport);
  }
  void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    take_packet(part, payload, delay);
  }
};

// The run in hand, as all modules see it.
struct RunState {
  ShellParts* parts = nullptr;
  Cycle now = 0;
  std::exception_ptr thrown;
};

struct CoreModule : sc_core::sc_module {
  tlm_utils::simple_initiator_socket<CoreModule> memory_out;
  tlm_utils::simple_initiator_socket<CoreModule, 32, tlm::tlm_base_protocol_types> fabric_out;
  tlm_utils::simple_target_socket<CoreModule> fabric_in;
  LineSender<tlm_utils::simple_initiator_socket<CoreModule>> memory;
  PacketSender<tlm_utils::simple_initiator_socket<CoreModule>> fabric;
  sc_core::sc_event clock;
  CoreModule* following = nullptr;  // the core that ticks after this one in the same cycle
  CoreModule* first = nullptr;
  RunState& run;
  unsigned number;

  SC_HAS_PROCESS(CoreModule);
  CoreModule(const sc_core::sc_module_name& name, RunState& run_in, unsigned number_in)
      : sc_module(name),
        memory_out("memory_out"),
        fabric_out("fabric_out"),
        fabric_in("fabric_in"),
        memory(memory_out),
        fabric(fabric_out, 0),
        run(run_in),
        number(number_in) {
    fabric_in.register_b_transport(this, &CoreModule::b_transport);
    SC_METHOD(tick);
    sensitive << clock;
    dont_initialize();
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    take_packet(run.parts->receivers[number], payload, delay);
  }
  void tick() {
    try {
      if (run.parts->ticks.size() == 1) {
        tick_alone();
      } else {
        tick_in_turn();
      }
    } catch (...) {
      run.thrown = std::current_exception();
    }
  }
  // Cores tick in order: each starts the next one a delta cycle later, the last one ends the cycle.
  void tick_in_turn() {
    run.parts->ticks[number](run.now);
    if (number + 1 < run.parts->ticks.size()) {
      following->clock.notify(sc_core::SC_ZERO_TIME);
    } else if (!run.parts->after_cycle(run.now)) {
      ++run.now;
      first->clock.notify(time_of(1));
    }
  }
  // Nobody else acts: the core runs ahead of SystemC's time by up to a quantum (temporal decoupling, TLM-2.0).
  void tick_alone() {
    for (Cycle k = 0; k < kQuantum; ++k) {
      run.parts->ticks[0](run.now);
      if (run.parts->after_cycle(run.now)) return;
      ++run.now;
    }
    clock.notify(time_of(kQuantum));
  }
};

}  // namespace

struct Shell::Modules {
  RunState run;
  FabricModule fabric{"fabric"};
  SharedCacheModule l3{"l3"};
  DramModule dram{"dram"};
  std::vector<std::unique_ptr<CoreModule>> cores;
  std::vector<std::unique_ptr<CacheModule>> l2;
  std::vector<std::unique_ptr<PacketSender<tlm_utils::multi_passthrough_initiator_socket<FabricModule>>>> receivers;

  Modules() {
    for (unsigned k = 0; k < kMaxCores; ++k) {
      cores.push_back(std::make_unique<CoreModule>(("core" + std::to_string(k)).c_str(), run, k));
      l2.push_back(std::make_unique<CacheModule>(("l2_" + std::to_string(k)).c_str()));
      cores[k]->memory_out.bind(l2[k]->in);
      l2[k]->out.bind(l3.in);
      cores[k]->fabric_out.bind(fabric.in);
      fabric.out.bind(cores[k]->fabric_in);
      cores[k]->first = cores[0].get();
      if (k != 0) cores[k - 1]->following = cores[k].get();
      receivers.push_back(std::make_unique<PacketSender<tlm_utils::multi_passthrough_initiator_socket<FabricModule>>>(
          fabric.out, static_cast<int>(k)));
    }
    l3.out.bind(dram.in);
  }
};

Shell::Shell() : modules_(new Modules) {}

Shell& Shell::instance() {
  static Shell* const kShell = new Shell;
  return *kShell;
}

memory::LineTarget& Shell::memory_of_core(unsigned core) { return modules_->cores[core]->memory; }
memory::LineTarget& Shell::below_l2(unsigned core) { return modules_->l2[core]->below; }
memory::LineTarget& Shell::below_l3() { return modules_->l3.below; }
fabric::PacketTarget& Shell::fabric_of_core(unsigned core) { return modules_->cores[core]->fabric; }
fabric::PacketTarget& Shell::receiver(unsigned core) { return *modules_->receivers[core]; }

void Shell::run(ShellParts& parts) {
  RunState& run = modules_->run;
  run = {&parts, parts.first_cycle, nullptr};
  for (std::size_t k = 0; k < parts.l2.size(); ++k) modules_->l2[k]->part = parts.l2[k];
  modules_->l3.part = parts.l3;
  modules_->dram.part = parts.dram;
  modules_->fabric.part = parts.fabric;
  modules_->cores[0]->clock.notify(time_of(1));
  sc_core::sc_start();  // until no core asks for a further cycle
  run.parts = nullptr;
  if (run.thrown) std::rethrow_exception(std::exchange(run.thrown, nullptr));
}

}  // namespace vtpu::systemc
