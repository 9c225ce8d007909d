#include "traces/perfetto_writer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "traces/uop_text.hpp"

namespace vtpu::traces {
namespace {

constexpr unsigned kDispatchTrack = 1;
constexpr unsigned kFirstPortTrack = 2;

unsigned process_of(std::uint32_t core) { return core + 1; }

std::string named(std::string_view what, std::uint32_t core, unsigned track, std::string_view name, unsigned place) {
  return fmt::format(R"({{"ph":"M","pid":{0},"tid":{1},"name":"{2}_name","args":{{"name":"{3}"}}}},)"
                     "\n"
                     R"({{"ph":"M","pid":{0},"tid":{1},"name":"{2}_sort_index","args":{{"sort_index":{4}}}}})",
                     process_of(core), track, what, name, place);
}

std::string args_of(const UopInfo& uop) {
  return fmt::format(R"({{"word":"{}","sentron":{},"uop":{},"kind":"{}"}})", word_of(uop), uop.sentron, uop.id,
                     uop.kind);
}

}  // namespace

PerfettoWriter::PerfettoWriter(OutputFile file, const layout::Layout& layout, std::uint64_t limit_bytes)
    : file_(std::move(file)), layout_(layout), limit_bytes_(limit_bytes) {
  for (const layout::UopKind& kind : layout.uops) {
    busy_[kind.name] = std::max(1U, kind.busy);
    busy_wide_[kind.name] = std::max(1U, kind.busy_512 != 0 ? kind.busy_512 : kind.busy);
  }
  file_.write(
      "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"time\":\"1 us is one cycle\"},\n"
      "\"traceEvents\":[");
}

void PerfettoWriter::event(const std::string& json) {
  file_.write(any_ ? ",\n" : "\n");
  file_.write(json);
  any_ = true;
}

void PerfettoWriter::name_tracks(std::uint32_t core) {
  event(named("process", core, 0, fmt::format("core {}, {}", core, layout_.name), core));
  event(named("thread", core, kDispatchTrack, "dispatch", kDispatchTrack));
  for (unsigned p = 0; p < layout_.ports.size(); ++p) {
    event(named("thread", core, kFirstPortTrack + p, layout_.ports[p].name, kFirstPortTrack + p));
  }
}

bool PerfettoWriter::take(const CycleRecord& record) {
  if (record.opens) first_ = record.cycle;
  for (const CoreCycle& core : record.cores) {
    if (core.number >= cores_.size()) {
      cores_.resize(core.number + 1);
      name_tracks(core.number);
    }
    draw_ports(core, record.cycle);
    draw_stalls(core, record.cycle);
    draw_counters(core, record.cycle);
    for (const Life* life : core.retired) draw_life(*life, record.cycle + 1);
  }
  next_ = record.cycle + 1;
  if (limit_bytes_ == 0 || file_.bytes() < limit_bytes_) return true;
  stopped_ = record.cycle;
  close();
  return false;
}

void PerfettoWriter::end(const std::vector<const Life*>& lives) {
  for (const Life* life : lives) draw_life(*life, next_);
  close();
}

void PerfettoWriter::close() {
  for (std::uint32_t core = 0; core < cores_.size(); ++core) end_stall(core, next_);
  file_.write("\n]}\n");
  outcome_ = file_.close();
}

void PerfettoWriter::draw_ports(const CoreCycle& core, Cycle cycle) {
  for (const Life* life : core.issued) {
    const unsigned busy = (life->uop.wide ? busy_wide_ : busy_)[life->uop.kind];
    event(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":"{}","cat":"port","args":{}}})",
                      process_of(core.number), kFirstPortTrack + life->port, cycle, std::max(1U, busy),
                      text_of(life->uop), args_of(life->uop)));
  }
  for (const Conflict& conflict : core.conflicts) {
    event(fmt::format(
        R"({{"ph":"i","s":"t","pid":{},"tid":{},"ts":{},"name":"{} lost to {}","cat":"conflict","args":{}}})",
        process_of(core.number), kFirstPortTrack + conflict.port, cycle, text_of(conflict.loser->uop),
        text_of(conflict.winner), args_of(conflict.loser->uop)));
  }
}

void PerfettoWriter::draw_stalls(const CoreCycle& core, Cycle cycle) {
  std::optional<SlotReason> reason;
  for (const auto& [why, slots] : core.slots) {
    if (why != SlotReason::Retiring && slots != 0) reason = why;
  }
  Stall& stall = cores_[core.number].stall;
  if (stall.reason == reason) return;
  end_stall(core.number, cycle);
  stall = {reason, cycle};
}

void PerfettoWriter::end_stall(std::uint32_t core, Cycle cycle) {
  const Stall& stall = cores_[core].stall;
  if (!stall.reason || cycle == stall.since) return;
  event(fmt::format(R"({{"ph":"X","pid":{},"tid":{},"ts":{},"dur":{},"name":"{}","cat":"slots"}})", process_of(core),
                    kDispatchTrack, stall.since, cycle - stall.since, events::name_of(*stall.reason)));
}

void PerfettoWriter::count(std::uint32_t core, const std::string& name, unsigned value, Cycle cycle) {
  const auto [known, is_new] = cores_[core].counters.try_emplace(name, value);
  if (!is_new && known->second == value) return;
  known->second = value;
  event(fmt::format(R"({{"ph":"C","pid":{},"ts":{},"name":"{}","args":{{"uops":{}}}}})", process_of(core), cycle, name,
                    value));
}

void PerfettoWriter::draw_counters(const CoreCycle& core, Cycle cycle) {
  const Occupancy& used = core.occupancy;
  count(core.number, "uop queue", used.uop_queue, cycle);
  count(core.number, "window", used.window, cycle);
  for (std::size_t q = 0; q < used.queues.size(); ++q) {
    count(core.number, "queue " + layout_.queues[q].name, used.queues[q], cycle);
  }
  count(core.number, "loads", used.loads, cycle);
  count(core.number, "stores", used.stores, cycle);
}

void PerfettoWriter::phase(const Life& life, std::string_view name, Cycle begin, Cycle end) {
  begin = std::max(begin, first_);
  if (begin >= end) return;
  for (const auto& [mark, at] : {std::pair{'b', begin}, std::pair{'e', end}}) {
    event(fmt::format(R"({{"ph":"{}","cat":"uop","id":{},"pid":{},"tid":{},"ts":{},"name":"{}"}})", mark, life.serial,
                      process_of(life.uop.core), kDispatchTrack, at, name));
  }
}

// The whole of a life at once, its phases inside: asynchronous events of one id nest.
void PerfettoWriter::draw_life(const Life& life, Cycle end) {
  const Cycle begin = std::max(first_, life.fetched.value_or(first_));
  if (begin >= end) return;
  const std::string head =
      fmt::format(R"("cat":"uop","id":{},"pid":{},"tid":{})", life.serial, process_of(life.uop.core), kDispatchTrack);
  event(fmt::format(R"({{"ph":"b",{},"ts":{},"name":"{}","args":{}}})", head, begin, text_of(life.uop),
                    args_of(life.uop)));
  const Cycle dispatched = life.dispatched.value_or(end);
  const Cycle completed = life.completed.value_or(end);
  const Cycle issued = life.issued.value_or(completed);
  phase(life, "fetched", begin, dispatched);
  phase(life, "waits for operands and port", dispatched, issued);
  if (life.issued) phase(life, "executes on " + layout_.ports.at(life.port).name, issued, completed);
  phase(life, "waits to retire", completed, end);
  event(fmt::format(R"({{"ph":"e",{},"ts":{},"name":"{}"}})", head, end, text_of(life.uop)));
}

}  // namespace vtpu::traces
