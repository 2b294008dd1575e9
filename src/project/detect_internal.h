// What the files of detection share.
#ifndef PROJECT_DETECT_INTERNAL_H
#define PROJECT_DETECT_INTERNAL_H

#include "project/detect.h"
#include "project/specifier.h"

typedef enum {
  KIND_MAIN,
  KIND_FRAMEWORK,
  KIND_DRIVER
} PackageKind;

typedef struct {
  PackageKind kind;
  const char *shown, *normalised, *module;
} PackageRow;

extern const PackageRow package_rows[];
extern const uint32_t package_count;

enum {
  MAX_EVIDENCE = 8 // kept of one kind for one conclusion
};

typedef struct {
  Evidence evidence;
  Str spec; // constraint or exact version; absent for code
} Clue;
typedef Vec(Clue) Clues;

typedef enum {
  STYLE_ASYNC,
  STYLE_SYNC,
  STYLE_ORM,
  STYLE_CORE,
  STYLE_1X,
  STYLE_2X,
  STYLE_COUNT
} Style;

typedef struct {
  Arena *arena;
  const Project *project;
  Clues *packages; // by package row
  Clues python;
  Clues styles[STYLE_COUNT];
} Detecting;

// The row of a package of the index, or package_count.
uint32_t package_find(Arena *scratch, Str name);
// Notes a requirement where the package is known.
void detect_requirement(Detecting *d, Str name, Str spec, EvidenceKind kind, Str path,
                        uint32_t line, Str text);
void detect_clue(Detecting *d, Clues *clues, EvidenceKind kind, Str path, uint32_t line,
                 Str text, Str spec);
// A database URL ("postgresql+asyncpg://...") seen somewhere.
void detect_url(Detecting *d, Str url, EvidenceKind kind, Str path, uint32_t line);

// Reads requirement, metadata and lock files beside the sources.
void detect_files(Detecting *d);
// Reads what the code imports and how it speaks.
void detect_code(Detecting *d);

#endif
