// Pasted: code that was pasted without what stands above it in its file.
//
//   "class User(Base): id: Mapped[int] = …"  →  the imports and the Base it takes for
//   granted, as lines in front of it
//
// - Only names that the code uses and does not bind are given: those of SQLAlchemy,
//   FastAPI, Alembic and the standard library that can mean one thing, a declarative base
//   for classes that inherit from `Base`, and engines, session factories and applications
//   by their usual names.
// - Code that imports with `*` is left alone.
#ifndef AGENT_PASTED_H
#define AGENT_PASTED_H

#include "base/arena.h"
#include "base/str.h"

// The lines, each with its end; "" where nothing is missing or the code does not parse.
// `alone`: there is no project whose base and objects the code could mean.
Str pasted_prelude(Arena *arena, Str code, bool alone);
// The package of SQLAlchemy that code usually imports the name from, NULL for other
// names.
const char *pasted_package(Arena *arena, Str name);

#endif
