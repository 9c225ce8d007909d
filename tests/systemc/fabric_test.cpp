#include <catch2/catch.hpp>
#include <vector>

#include "fabric/message_fabric.hpp"

using namespace vtpu;
using namespace vtpu::fabric;

namespace {

struct Inbox final : PacketTarget {
  void transport(const Packet& packet, Cycle now, Cycle& delay) override {
    packets.push_back(packet);
    visible.push_back(now + delay);
  }
  std::vector<Packet> packets;
  std::vector<Cycle> visible;
};

struct Two {
  explicit Two(unsigned messages_per_cycle = 1) {
    layout::Sentrons costs;
    costs.fabric_latency = 20;
    costs.fabric_messages_per_cycle = messages_per_cycle;
    program.sentrons.resize(4);
    program.groups = {{"all", {0, 1, 2, 3}}};
    fabric.emplace(program, costs, std::vector<PacketTarget*>{&core[0], &core[1]});
  }
  void send(std::uint32_t from, std::uint32_t to, Cycle now) {
    Packet packet;
    packet.from = from;
    packet.to = to;
    Cycle delay = 0;
    fabric->transport(packet, now, delay);
  }
  void arrive(std::uint32_t sentron, reference::Coordination c, std::uint64_t r, Cycle now) {
    Packet packet;
    packet.kind = PacketKind::Arrival;
    packet.from = sentron;
    packet.coordination = c;
    packet.r = r;
    packet.message.lane[0] = r;
    Cycle delay = 0;
    fabric->transport(packet, now, delay);
  }
  isa::Program program;
  Inbox core[2];
  std::optional<MessageFabric> fabric;
};

}  // namespace

TEST_CASE("A message is readable fabric_latency after it was sent, on the core of its receiver") {
  Two t;
  t.send(0, 3, 100);
  t.send(1, 2, 100);
  CHECK(t.core[1].visible == std::vector<Cycle>{120});
  CHECK(t.core[0].visible == std::vector<Cycle>{120});
}

TEST_CASE("Messages of one core leave one per cycle, those of another core do not wait for them") {
  Two t;
  for (int i = 0; i < 3; ++i) t.send(0, 1, 100);
  t.send(1, 1, 101);  // core 1
  t.send(2, 1, 102);  // core 0 again, where 100, 101 and 102 are taken
  CHECK(t.core[1].visible == std::vector<Cycle>{120, 121, 122, 121, 123});
  CHECK(t.fabric->counts().waited_cycles == 0 + 1 + 2 + 0 + 1);
}

TEST_CASE("More messages per cycle where the layout says so") {
  Two t(2);
  for (int i = 0; i < 3; ++i) t.send(0, 1, 100);
  CHECK(t.core[1].visible == std::vector<Cycle>{120, 120, 121});
}

TEST_CASE("A group is released fabric_latency after its last member arrived, with the reduction for all") {
  Two t;
  reference::Coordination c;
  c.action = reference::CoordinationAction::Reduce;
  c.type = isa::Type::I64;
  c.reduction = isa::RedOp::Add;
  for (const std::uint32_t s : {2U, 0U, 3U}) t.arrive(s, c, 10 + s, 50);
  CHECK(t.core[0].packets.empty());
  t.arrive(1, c, 11, 90);
  REQUIRE(t.core[0].packets.size() == 2);
  REQUIRE(t.core[1].packets.size() == 2);
  for (const Inbox& inbox : t.core) {
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(inbox.visible[i] == 110);
      CHECK(inbox.packets[i].r == 10 + 11 + 12 + 13);
      CHECK(inbox.packets[i].kind == PacketKind::Release);
    }
  }
}

TEST_CASE("A cast hands out the message of the member that is named by its place in the group") {
  Two t;
  reference::Coordination c;
  c.action = reference::CoordinationAction::Cast;
  c.root = 2;
  for (const std::uint32_t s : {3U, 2U, 1U, 0U}) t.arrive(s, c, 100 + s, 10);
  REQUIRE(t.core[0].packets.size() == 2);
  CHECK(t.core[0].packets[0].message.lane[0] == 102);
}

TEST_CASE("Members that ask for different things are never released") {
  Two t;
  reference::Coordination c;
  c.action = reference::CoordinationAction::Barrier;
  for (const std::uint32_t s : {0U, 1U, 2U}) t.arrive(s, c, 0, 10);
  c.action = reference::CoordinationAction::Cast;
  t.arrive(3, c, 0, 10);
  CHECK(t.core[0].packets.empty());
  CHECK(t.core[1].packets.empty());
}
