#include "traces/wave_writer.hpp"

#include <filesystem>
#include <utility>

#include "traces/output_file.hpp"

namespace vtpu::traces {
namespace {

constexpr Cycle kCyclesOnScreen = 15;
constexpr Cycle kCyclesBefore = 5;  // the one that is looked at

std::string with_ending(const std::string& wave_path, const char* ending) {
  return std::filesystem::path(wave_path).replace_extension(ending).string();
}

std::string name_in_folder(const std::string& path) { return std::filesystem::path(path).filename().string(); }

Result<void> write_whole(const std::string& path, const std::string& text) {
  Result<OutputFile> file = OutputFile::create(path);
  if (!file) return fail(file.error());
  file->write(text);
  return file->close();
}

}  // namespace

std::string save_file_of(const std::string& wave_path) { return with_ending(wave_path, ".gtkw"); }
std::string names_file_of(const std::string& wave_path) { return with_ending(wave_path, ".names"); }

// The scope of one model.
class WaveWriter::Model final : public Sink {
 public:
  Model(WaveWriter& writer, std::size_t index, const std::string& name) : writer_(writer), index_(index) {
    Signals& signals = writer.signals_;
    signals.open_scope(name);
    for (unsigned k = 0; k < writer.setup_.cores; ++k) {
      cores_.emplace_back(signals, writer.names_, *writer.setup_.layout, k);
    }
    if (index == 0) {
      signals.open_scope("sentron");
      for (const std::string& sentron : writer.setup_.sentron_names) sentrons_.emplace_back(signals, sentron);
      signals.close_scope();
    }
    signals.close_scope();
  }

  bool take(const CycleRecord& record) override { return writer_.take(index_, record); }
  void end(const std::vector<const Life*>&) override { writer_.end_model(); }

  void update(const CycleRecord& record) {
    if (record.opens) {
      for (std::size_t s = 0; s < sentrons_.size(); ++s) sentrons_[s].set_all(record.registers.at(s));
      for (const Life* life : record.before) {
        if (life->uop.core < cores_.size()) cores_[life->uop.core].take_up(*life, record.cycle);
      }
    }
    for (const events::RegisterWrite& write : std::exchange(written_, {})) {
      if (write.sentron < sentrons_.size()) sentrons_[write.sentron].set(write);
    }
    said_.clear();
    for (const CoreCycle& core : record.cores) {
      if (core.number < cores_.size()) cores_[core.number].update(core, record.cycle);
      written_.insert(written_.end(), core.writes.begin(), core.writes.end());
      if (writer_.difference_) said_.push_back(said_in(core));
    }
  }

  void show(SaveFile& save) const {
    for (const CoreScope& core : cores_) core.show(save);
    for (const SentronScope& sentron : sentrons_) sentron.show(save);
  }
  [[nodiscard]] const std::vector<Said>& said() const { return said_; }

 private:
  WaveWriter& writer_;
  std::size_t index_;
  std::vector<CoreScope> cores_;
  std::vector<SentronScope> sentrons_;
  std::vector<events::RegisterWrite> written_;  // in the cycle before
  std::vector<Said> said_;                      // of the cycle in hand, by core
};

Result<std::unique_ptr<WaveWriter>> WaveWriter::create(WaveSetup setup, std::unique_ptr<WaveFile> file) {
  if (file == nullptr) {
    Result<std::unique_ptr<WaveFile>> own = create_wave_file(setup.path);
    if (!own) return fail(own.error());
    file = std::move(*own);
  }
  return std::unique_ptr<WaveWriter>(new WaveWriter(std::move(setup), std::move(file)));
}

WaveWriter::WaveWriter(WaveSetup setup, std::unique_ptr<WaveFile> file)
    : setup_(std::move(setup)), file_(std::move(file)), signals_(*file_) {
  for (std::size_t i = 0; i < setup_.models.size(); ++i) {
    models_.push_back(std::make_unique<Model>(*this, i, setup_.models[i]));
  }
  if (models_.size() == 2) difference_ = std::make_unique<DifferenceScope>(signals_, setup_.cores);
}

WaveWriter::~WaveWriter() = default;

Sink& WaveWriter::model(std::size_t index) { return *models_.at(index); }

bool WaveWriter::take(std::size_t index, const CycleRecord& record) {
  if (closed_) return false;
  if (cycle_ != record.cycle) {
    if (taken_ != 0) write_cycle();  // a model said nothing of it
    if (closed_) return false;
    cycle_ = record.cycle;
    if (!first_) first_ = record.cycle;
  }
  models_[index]->update(record);
  for (const CoreCycle& core : record.cores) {
    if (!first_conflict_ && !core.conflicts.empty()) first_conflict_ = record.cycle;
  }
  // At once: whoever shares the file writes the next cycle soon.
  if (++taken_ == models_.size()) write_cycle();
  return !closed_;
}

void WaveWriter::write_cycle() {
  taken_ = 0;
  if (difference_) {
    difference_->update(models_[0]->said(), models_[1]->said());
    if (!first_difference_ && models_[0]->said() != models_[1]->said()) first_difference_ = cycle_;
  }
  signals_.write(*cycle_);
  if (setup_.limit_bytes == 0 || file_->bytes() < setup_.limit_bytes) return;
  stopped_ = cycle_;
  close();
}

void WaveWriter::end_model() {
  if (++ended_ != models_.size() || closed_) return;
  if (taken_ != 0) write_cycle();
  if (!closed_) close();
}

void WaveWriter::close() {
  closed_ = true;
  signals_.end(cycle_ ? std::optional(*cycle_ + 1) : std::nullopt);
  outcome_ = file_->close();
  if (outcome_) outcome_ = write_whole(names_file_of(setup_.path), names_.filter());
  if (outcome_) outcome_ = write_whole(save_file_of(setup_.path), view());
}

std::string WaveWriter::view() const {
  SaveFile save(name_in_folder(setup_.path), name_in_folder(names_file_of(setup_.path)));
  const Cycle first = first_.value_or(0);
  const Cycle marker = first_difference_.value_or(first_conflict_.value_or(first));
  save.look_at(marker - std::min(marker - first, kCyclesBefore), kCyclesOnScreen, marker);
  if (difference_) difference_->show(save);
  for (std::size_t i = 0; i < models_.size(); ++i) {
    if (models_.size() > 1) save.heading(setup_.models[i]);
    models_[i]->show(save);
  }
  save.open_group("signals of the RTL itself, core 0");
  for (const auto& [path, alias] : setup_.other_rows) save.row(path, alias, Show::Hexadecimal);
  save.close_group();
  return save.text();
}

}  // namespace vtpu::traces
