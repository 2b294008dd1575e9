// Names of characters, for the escape `\N{NAME}` of string literals (Unicode 16).
#ifndef PYTHON_UNICODE_NAMES_H
#define PYTHON_UNICODE_NAMES_H

#include "base/str.h"

// The code point of a name or alias, in any case, as `\N{…}` of CPython finds it; false
// where there is none. Named sequences have none.
bool unicode_by_name(Str name, uint32_t *code_point);

#endif
