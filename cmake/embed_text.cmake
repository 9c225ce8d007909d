# Writes a header that holds a text file as a string: cmake -DINPUT=... -DOUTPUT=... -DNAME=kReportPage -P embed_text.cmake
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "// Generated from ${INPUT}.\n#pragma once\n\n#include <string_view>\n\nnamespace vtpu::explore {\n\ninline constexpr std::string_view ${NAME} = R\"embedded(${text})embedded\";\n\n}  // namespace vtpu::explore\n")
