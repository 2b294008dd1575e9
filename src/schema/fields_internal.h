// fields_internal.h: the parts of the field grammar; see fields.h.
//
//   fields.c           headers, fields, relations
//   fields_words.c     words, numbers and brackets
//   fields_types.c     types and defaults
//   fields_flags.c     flags
//   fields_complete.c  what may stand where a field ends
#ifndef SCHEMA_FIELDS_INTERNAL_H
#define SCHEMA_FIELDS_INTERNAL_H

#include "schema/fields.h"

typedef struct {
  Schema *s;
  SchemaTable *t;
  Str field; // as written, for messages
  Str name;
  Err *err;
} FieldCx;

typedef struct {
  Str word;
  Str argument; // absent where there is none
  bool parenthesised;
  Str rest; // behind it
} Part;

typedef enum {
  F_NULL,
  F_UNIQUE,
  F_INDEX,
  F_PK,
  F_NOW,
  F_UPDATE,
  F_SERVER,
  F_NAIVE,
  F_MIN,
  F_MAX,
  F_POSITIVE,
  F_CHECK,
  F_COLUMN,
  F_COMMENT,
  F_COMPUTED,
  F_IDENTITY,
  F_ONE,
  F_NOINDEX,
  F_CASCADE,
  F_SETNULL,
  F_RESTRICT,
  F_BACK,
  F_NOBACK,
  F_THROUGH,
  F_TABLE,
  F_LAZY,
  F_COUNT
} Flag;

enum {
  ON_COLUMN = 1,
  ON_RELATION = 2,
  TAKES = 4 // an argument
};

// What is wrong with the field, in one sentence; gives false.
bool field_wrong(const FieldCx *cx, const char *format, ...) PRINTF_LIKE(2, 3);

// ---- fields_words.c

Str field_unquoted(Str s);
// Offset of the first `stop` outside brackets and quotes; the length where there is none.
// SIZE_MAX where a bracket or quote stays open.
size_t field_find_stop(Str s, char stop);
// word [ "(" argument ")" ] rest; false where the bracket stays open.
bool field_split_part(Str text, Part *out);
bool field_parse_number(Str s, uint32_t most, uint32_t *out);
bool field_is_number(Str s, bool whole);
bool field_is_word_of(Str s, const char *words); // of words between blanks

// ---- fields_types.c

bool field_set_default(const FieldCx *cx, SchemaColumn *c, Str written);
// type [ "(" ... ")" ] [ "[]" ] [ "=" default ]
bool field_parse_type(const FieldCx *cx, SchemaColumn *c, Str text);

// ---- fields_flags.c

// Reads one flag; its argument may stand in parentheses or behind "=". Where it takes
// none what stands behind "=" is left in `*value`: a default.
bool field_read_flag(const FieldCx *cx, Str text, int where, Flag *flag, Str *argument,
                     Str *value);
bool field_column_flag(const FieldCx *cx, SchemaColumn *c, Flag flag, Str argument);
bool field_relation_flag(const FieldCx *cx, SchemaRelation *r, Flag flag, Str argument);
// The word of a flag that may stand there (ON_COLUMN, ON_RELATION), else NULL.
const char *field_flag_word(Flag flag, int where);

#endif
