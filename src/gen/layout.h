// Layout: Python text as ruff format (and black) would fold it.
//
// Lines that fit stay as they are. A longer one is split at its last bracket (a def at
// its first): what stands within goes on one line of its own where it fits, else one
// element a line with a comma behind the last. Blank lines at the end of the text go, and
// more than two in a row. Strings are not split. Meant for code whose logical lines stand
// on one line each, as templates write them; lines within brackets or strings that span
// several lines are left alone.
#ifndef GEN_LAYOUT_H
#define GEN_LAYOUT_H

#include "base/buf.h"

void layout_python(Str text, uint32_t width, Buf *out);

#endif
