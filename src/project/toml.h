// TOML 1.0 reader: a document as a tree of values, each with its place in the text.
//
// - The tree lives in the arena; strings without escapes are views of `text`, which must
//   live as long.
// - What is wrong goes to `diags` (spans in `text`) and reading goes on at the next line,
//   so that one bad line of a pyproject.toml does not hide the rest. The text is valid
//   TOML iff no Diag was added.
// - Linear in the size of the text; values nest TOML_MAX_DEPTH deep and
//   dotted keys have TOML_MAX_DEPTH parts at most.
// Source: toml.io/en/v1.0.0.
#ifndef PROJECT_TOML_H
#define PROJECT_TOML_H

#include "text/diag.h"

enum {
  TOML_MAX_DEPTH = 200
};

typedef enum {
  TOML_TABLE,
  TOML_ARRAY,
  TOML_STRING,
  TOML_INT,
  TOML_FLOAT,
  TOML_BOOL,
  TOML_OFFSET_DATETIME, // the four kinds of dates are checked and kept as text
  TOML_LOCAL_DATETIME,
  TOML_LOCAL_DATE,
  TOML_LOCAL_TIME,
} TomlType;

typedef struct TomlValue TomlValue;

typedef struct {
  Str key; // decoded
  Span key_span;
  TomlValue *value;
} TomlEntry;

struct TomlValue {
  TomlType type;
  Span span; // of the value; of the header for a table made by [header], of the key for
             // one made by a dotted key
  union {
    Str text; // TOML_STRING: decoded UTF-8; dates: as written
    int64_t integer;
    double real;
    bool boolean;
    struct {
      TomlValue **items;
      uint32_t len;
    } array;
    struct {
      TomlEntry *entries; // in order of appearance
      uint32_t len;
    } table;
  };
  struct TomlState *state; // how it was defined; of use to the reader only
};

// The root table; never NULL.
TomlValue *toml_parse(Arena *arena, Str text, DiagSink *diags);

// The entry or value of a key; NULL where `table` is NULL, no table, or lacks it.
const TomlEntry *toml_entry(const TomlValue *table, Str key);
const TomlValue *toml_get(const TomlValue *table, const char *key);
// Follows a path of bare keys: toml_path(root, "tool.poetry.dependencies").
const TomlValue *toml_path(const TomlValue *table, const char *path);
// The decoded string, or an absent Str where `value` is NULL or no string.
Str toml_str(const TomlValue *value);

// Line and column, both from 1, of an offset; columns count code points. Linear.
void toml_position(Str text, uint32_t offset, uint32_t *line, uint32_t *column);

#endif
