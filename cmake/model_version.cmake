# Writes a header with a hash over the sources that decide what a simulation says.
# cmake -DOUTPUT=... -DROOT=... -P model_version.cmake
file(GLOB_RECURSE sources LIST_DIRECTORIES false
  ${ROOT}/systemc/*.cpp ${ROOT}/systemc/*.hpp ${ROOT}/sw_engine/isa/*.cpp ${ROOT}/sw_engine/isa/*.hpp
  ${ROOT}/sw_engine/layout/layout.hpp ${ROOT}/sw_engine/layout/layout_parse.cpp ${ROOT}/sw_engine/phext/*.cpp
  ${ROOT}/sw_engine/phext/*.hpp ${ROOT}/sw_engine/reference/*.cpp ${ROOT}/sw_engine/reference/*.hpp
  ${ROOT}/sw_engine/lowering/*.cpp ${ROOT}/sw_engine/lowering/*.hpp ${ROOT}/sw_engine/native/*.cpp
  ${ROOT}/sw_engine/native/*.hpp)
list(SORT sources)
set(all "")
foreach(source ${sources})
  file(SHA256 ${source} hash)
  file(RELATIVE_PATH name ${ROOT} ${source})
  string(APPEND all "${name} ${hash}\n")
endforeach()
string(SHA256 version "${all}")
string(SUBSTRING ${version} 0 16 version)
set(text "// Generated from the model's sources.\n#pragma once\n\n#include <string_view>\n\nnamespace vtpu::explore {\n\ninline constexpr std::string_view kModelVersion = \"${version}\";\n\n}  // namespace vtpu::explore\n")
set(present "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} present)
endif()
if(NOT present STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
