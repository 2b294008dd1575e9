// dump_internal.h: what the files that write the tree as CPython's `ast` share. Not for
// others.
#ifndef PYTHON_DUMP_INTERNAL_H
#define PYTHON_DUMP_INTERNAL_H

#include "python/dump.h"
#include "python/parse.h"

typedef enum {
  TASK_NODE,      // ref, or null
  TASK_LIST,      // ref: a list; `filter` chooses items
  TASK_ONE,       // the only item of the list that `filter` chooses, or null
  TASK_PARTS,     // the parts of an f-string
  TASK_TEXT,      // neighbouring literal pieces of an f-string, `from` to `to`
  TASK_ARGUMENTS, // a Parameters node or 0
  TASK_END_OBJECT,
  TASK_END_ARRAY
} TaskKind;

typedef enum {
  ALL,
  EVEN,            // keys of keys and values
  ODD,             // values of them
  POSITIONAL,      // not Keyword, not MatchKeyword
  KEYWORDS,        // Keyword
  KEYWORD_PATTERN, // patterns of MatchKeyword
  POSONLY_PARAM,   // the params in the order of PyParamKind
  NORMAL_PARAM,
  VARARG_PARAM,
  KWONLY_PARAM,
  KWARG_PARAM,
  KWONLY_DEFAULT,    // null where there is none
  POSITIONAL_DEFAULT // those there are
} Filter;

typedef struct {
  TaskKind kind;
  Filter filter;
  const char *key; // NULL for an item of an array
  Ref ref;
  uint32_t from, to; // TASK_TEXT: pieces, see dump_text.c
} Task;

typedef struct {
  const PyTree *tree;
  const Interner *names;
  JsonWriter *out;
  Vec(Task) tasks; // the last one is next
  Buf text;        // scratch
} Dumper;

static inline void later(Dumper *d, const char *key, Ref ref) {
  vec_push(&d->tasks, (Task){.kind = TASK_NODE, .key = key, .ref = ref});
}

static inline void put_type(Dumper *d, const char *type) {
  json_begin_object(d->out);
  json_field(d->out, "_type", str_from(type));
}

static inline void put_positions(Dumper *d, Span span) {
  json_field_int(d->out, "start", span.start);
  json_field_int(d->out, "end", span.end);
}

// Strings, in dump_text.c.
void put_str_value(Dumper *d, Ref str);            // the field `value` of a Str
void put_kind(Dumper *d, Ref str);                 // the field `kind`
void expand_parts(Dumper *d, Ref list);            // TASK_PARTS
void put_joined_text(Dumper *d, const Task *task); // TASK_TEXT
// The field `str` of an interpolation: the source of its expression, the blanks at its
// end left out.
void put_expression_text(Dumper *d, Ref field);

#endif
