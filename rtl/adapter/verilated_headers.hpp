// What Verilator generates, whose headers do not pass our warnings.
#pragma once

#pragma GCC system_header

#include "Vsentron_core.h"
#include "Vsentron_core__Syms.h"
#include "Vsentron_core___024root.h"
#include "verilated_fst_c.h"
