#include "traces/wave_file.hpp"

#include "traces/fst_file.hpp"
#include "traces/vcd_file.hpp"

namespace vtpu::traces {

bool is_wave_path(std::string_view path) { return path.ends_with(".fst") || path.ends_with(".vcd"); }

Result<std::unique_ptr<WaveFile>> create_wave_file(const std::string& path) {
  if (path.ends_with(".fst")) return FstFile::create(path);
  if (!path.ends_with(".vcd")) return fail(path, "found another ending, expected .fst or .vcd");
  Result<OutputFile> file = OutputFile::create(path);
  if (!file) return fail(file.error());
  return std::make_unique<VcdFile>(std::move(*file));
}

}  // namespace vtpu::traces
