// Specifier: which versions a requirement allows.
//
// PEP 440 clauses (`>=1.4,<2`, `==1.4.*`, `~=1.4.2`), Poetry's `^1.4`, `~1.4`, bare
// versions, `*` and alternatives by `||`. Pre-release and local parts are not compared.
#ifndef PROJECT_SPECIFIER_H
#define PROJECT_SPECIFIER_H

#include "base/str.h"

typedef struct {
  uint32_t parts[4];
  uint32_t count; // that were written
} Version;

// False where the text does not begin with a number.
bool version_parse(Str text, Version *out);
int version_compare(const Version *a, const Version *b);
// True where the specifier names one version exactly.
bool specifier_exact(Str spec, Version *out);
// An empty specifier allows everything; a clause that cannot be read does, too.
bool specifier_allows(Str spec, const Version *v);

typedef struct {
  Str name; // as written
  Str spec; // "" where there is none
} Requirement;

// Reads `name[extras] (spec) ; marker` (PEP 508). False where it is none.
bool requirement_parse(Str text, Requirement *out);

#endif
