// insert_args.c: constraints and indexes over the columns of a class that exists, added
// to its __table_args__.
#include "gen/insert_internal.h"
#include "gen/layout.h"
#include "gen/python_model.h"

static Str joined(Arena *a, const json_t *args) {
  Buf out = {0};
  size_t i;
  json_t *arg;
  json_array_foreach(args, i, arg)
      buf_printf(&out, "%s%s", i ? ", " : "", json_string_value(arg));
  Str text = str_copy(a, buf_str(&out));
  buf_free(&out);
  return text;
}

static bool is_schema_item(const FileEdit *e, Ref part) {
  ApiId api = resolve_call_api(e->in->resolver, e->file, part);
  return api && api_row(api)->flags & API_IS_SCHEMA;
}

static bool in_parentheses(const FileEdit *e, Ref part) {
  return (py_node(e->t, part)->flags & PYF_PAREN) != 0;
}

// What follows at `at`, behind blanks, line ends and comments.
static uint32_t skip_comments(Str source, uint32_t at) {
  while (at < source.len && strchr(" \t\r\n#\\", source.ptr[at]))
    at = source.ptr[at] == '#' ? insert_line_end(source, at) : at + 1;
  return at;
}

// Where the line of a part that stands on lines of its own ends, before its line feed and
// behind a comma (`*comma`) and a comment; 0 where it shares its line or the tuple ends
// there.
static uint32_t own_line_end(const FileEdit *e, Ref tuple, Ref part, bool *comma) {
  Str source = e->f->source.text;
  uint32_t end = py_node(e->t, part)->end, line = insert_line_end(source, end);
  uint32_t next = skip_comments(source, end);
  *comma = next < source.len && source.ptr[next] == ',';
  next = *comma && next < line ? skip_comments(source, next + 1) : next;
  bool alone = !str_trim(insert_indent(e, part)).len && next >= line &&
               line < py_node(e->t, tuple)->end && source.ptr[next] != ',';
  while (line > end && strchr("\r\n", source.ptr[line - 1]))
    line--;
  return alone ? line : 0;
}

// Behind a part, on a line of its own where that has one.
static void add_behind(FileEdit *e, Ref tuple, Ref part, Str text) {
  Arena *a = e->in->gen->arena;
  bool comma;
  uint32_t end = py_node(e->t, part)->end;
  uint32_t line = own_line_end(e, tuple, part, &comma);
  if (!line) {
    insert_edit(e, end, end, str_format(a, ", %.*s", STR_ARG(text)));
    return;
  }
  if (!comma)
    insert_edit(e, end, end, STR(","));
  insert_edit(
      e, line, line,
      str_format(a, "\n%.*s%.*s,", STR_ARG(insert_indent(e, part)), STR_ARG(text)));
}

// Into the tuple or beside the dictionary that stands there; false for anything else. A
// dictionary has to stay the last: nothing is put behind what may be one.
static bool add_to(FileEdit *e, Ref value, Str text) {
  Arena *a = e->in->gen->arena;
  const PyNode *node = py_node(e->t, value);
  if (py_kind(e->t, value) == PY_DICT) {
    insert_edit(e, node->start, node->start, str_format(a, "(%.*s, ", STR_ARG(text)));
    insert_edit(e, node->end, node->end, STR(")"));
    return true;
  }
  if (py_kind(e->t, value) != PY_TUPLE)
    return false;
  PyRefs parts = py_list(e->t, PY_AS(Tuple, e->t, value)->elts);
  if (!parts.len) {
    insert_edit(e, node->start + 1, node->start + 1,
                str_format(a, "%.*s,", STR_ARG(text)));
    return true;
  }
  uint32_t count = parts.len - !is_schema_item(e, parts.at[parts.len - 1]);
  Ref part = parts.at[count ? count - 1 : 0];
  uint32_t start = py_node(e->t, part)->start;
  if (in_parentheses(e, part))
    return false;
  if (count)
    add_behind(e, value, part, text);
  else
    insert_edit(e, start, start, str_format(a, "%.*s, ", STR_ARG(text)));
  return true;
}

Ref insert_own_args(const Insertion *in, const Model *m, bool *elsewhere) {
  const PyTree *t = insert_tree(in, m->node.file);
  Place args = m->table_args;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  *elsewhere = m->has_table_args;
  for (uint32_t i = 0; args.ref && args.file == m->node.file && i < body.len; i++) {
    const PyNode *stmt = py_node(t, body.at[i]), *value = py_node(t, args.ref);
    PyKind kind = py_kind(t, body.at[i]);
    if ((kind == PY_ASSIGN || kind == PY_ANN_ASSIGN || kind == PY_FUNCTION_DEF) &&
        value->start >= stmt->start && value->end <= stmt->end) {
      *elsewhere = false;
      return args.ref;
    }
  }
  return 0;
}

bool insert_table_args(FileEdit *e, const SchemaTable *t, Buf *statements, Str indent,
                       Err *err) {
  const Model *m = t->model;
  if (!t->constraints.len)
    return true;
  if (m->inheritance == INHERITS_SINGLE)
    return err_set(err, ERR_INPUT,
                   "%.*s: rows of %.*s are in the table of its parent: the constraint "
                   "belongs there",
                   STR_ARG(e->f->path), STR_ARG(t->class_name));
  json_t *args = py_constraints_json(&e->m, t);
  Arena *a = e->in->gen->arena;
  Str text = insert_respelled(e, joined(a, args));
  bool single = json_array_size(args) == 1;
  bool elsewhere;
  Ref value = insert_own_args(e->in, m, &elsewhere);
  json_decref(args);
  if (value && add_to(e, value, text))
    return true;
  if (value || elsewhere)
    return err_set(err, ERR_INPUT,
                   "%.*s: the __table_args__ of %.*s are left to you: add %.*s",
                   STR_ARG(e->f->path), STR_ARG(t->class_name), STR_ARG(text));
  layout_python(str_format(a, "%.*s__table_args__ = (%.*s%s)\n", STR_ARG(indent),
                           STR_ARG(text), single ? "," : ""),
                insert_width(e->in), statements);
  return true;
}
