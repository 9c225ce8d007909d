#include <algorithm>
#include <filesystem>

#include "shipped.hpp"

namespace vtpu::layout {

TEST_CASE("every file in layouts/ loads without errors and is named after its file") {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kLayouts)) {
    if (entry.path().extension() != ".toml") continue;
    ++files;
    const Result<Layout> layout = load_layout(entry.path().string());
    INFO(entry.path().string() << "\n" << (layout ? std::string() : all_text(layout.error())));
    REQUIRE(layout);
    CHECK(layout->name == entry.path().stem().string());
    CHECK(std::find(kShipped.begin(), kShipped.end(), layout->name) != kShipped.end());
  }
  CHECK(files == kShipped.size());
}

TEST_CASE("every operation of words and every type has a crack in every shipped layout") {
  for (const std::string_view name : kShipped) {
    const Layout layout = shipped(name);
    for (const isa::OpInfo& info : isa::all_ops()) {
      for (const isa::Form& form : info.forms) {
        for (int i = 0; i < isa::kTypes; ++i) {
          const auto type = static_cast<isa::Type>(i);
          if (isa::is_nop(info.op) || (form.types & isa::mask_of(type)) == 0) continue;
          INFO(name << " " << info.mnemonic << "." << isa::name_of(type));
          const auto crack = layout.op_cracks.find({info.op, type});
          REQUIRE(crack != layout.op_cracks.end());
          const bool memory_half = info.reads_memory || info.writes_memory;
          CHECK((memory_half || !crack->second.uops.empty()));
          CHECK(crack->second.fused_uops >= 1);
        }
      }
    }
  }
}

TEST_CASE("every host operation has a crack or is listed as unsupported in every shipped layout") {
  for (const std::string_view name : kShipped) {
    const Layout layout = shipped(name);
    REQUIRE(layout.host_cracks.size() == static_cast<std::size_t>(lowering::kHostOps));
    for (int i = 0; i < lowering::kHostOps; ++i) {
      const auto op = static_cast<lowering::HostOp>(i);
      INFO(name << " host operation " << i);
      CHECK(layout.host_cracks[static_cast<std::size_t>(i)].uops.empty() == !layout.why_unsupported(op, 8).empty());
    }
  }
}

TEST_CASE("a core with vectors of 256 bits refuses AVX-512 instructions and 512-bit operands, and says why") {
  const Layout zen3 = shipped("zen3");
  CHECK(zen3.why_unsupported(lowering::HostOp::Vpaddd, 32).empty());
  CHECK(zen3.why_unsupported(lowering::HostOp::Vpaddd, 64) ==
        "vpaddd of 512 bits: zen3 has vectors of at most 256 bits");
  CHECK_THAT(zen3.why_unsupported(lowering::HostOp::Vpternlog, 32),
             Catch::StartsWith("vpternlogq is not an instruction of zen3 ([host] unsupported in ") &&
                 Catch::EndsWith("/zen3.toml)"));
  CHECK(shipped("zen4").why_unsupported(lowering::HostOp::Vpternlog, 64).empty());
}

TEST_CASE("queues and ports name each other, and every kind that is not eliminated has a port") {
  for (const std::string_view name : kShipped) {
    const Layout layout = shipped(name);
    std::size_t fed = 0;
    for (unsigned q = 0; q < layout.queues.size(); ++q) {
      CHECK(!layout.queues[q].ports.empty());
      fed += layout.queues[q].ports.size();
      for (const unsigned port : layout.queues[q].ports) CHECK(layout.ports.at(port).queue == q);
    }
    CHECK(fed == layout.ports.size());
    for (const UopKind& kind : layout.uops) {
      INFO(name << " " << kind.name);
      CHECK((!kind.ports.empty() || kind.latency == 0));
    }
  }
}

TEST_CASE("the kinds of the memory half are loads and stores") {
  for (const std::string_view name : kShipped) {
    const Layout layout = shipped(name);
    CHECK(layout.uops.at(layout.load_uop).is_load);
    CHECK(layout.uops.at(layout.load_vector_uop).is_load);
    CHECK(layout.uops.at(layout.store_address_uop).is_store_address);
    CHECK(layout.uops.at(layout.store_data_uop).is_store_data);
    CHECK(layout.uops.at(layout.store_data_vector_uop).is_store_data);
  }
}

TEST_CASE("the drawing shows every queue, every port and every kind") {
  for (const std::string_view name : kShipped) {
    const Layout layout = shipped(name);
    const std::string drawing = draw(layout);
    for (const Queue& queue : layout.queues) CHECK_THAT(drawing, Catch::Contains(queue.name));
    for (const Port& port : layout.ports) CHECK_THAT(drawing, Catch::Contains("+- " + port.name));
    for (const UopKind& kind : layout.uops) CHECK_THAT(drawing, Catch::Contains(kind.name));
  }
}

TEST_CASE("the drawing of a small layout is as documented") {
  const std::string expected =
      "tiny2: for tests: two ports, small queues\n"
      "2 uops/cycle -> dispatch 2 -> window 16 -> retire 2; issue out of order, port bound at dispatch\n"
      "\n"
      "calc      4 entries -+- x0  alu multiply(3) divide(6/4) vector(2) store_data branch\n"
      "access    2 entries -+- x1  alu fence(4) load store_address\n"
      "at rename: move\n";
  CHECK(draw(shipped("tiny2")) == expected);
}

}  // namespace vtpu::layout
