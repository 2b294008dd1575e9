// insert_args.c: constraints and indexes over the columns of a class that exists, added
// to its __table_args__.
#include "gen/insert_internal.h"
#include "gen/layout.h"
#include "gen/python_model.h"

// The value of the class's own __table_args__, 0 where it has none.
static Ref own_args(const PyTree *t, Ref class_def) {
  PyRefs body = py_list(t, PY_AS(ClassDef, t, class_def)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    PyRefs targets = py_list(t, PY_AS(Assign, t, body.at[i])->targets);
    if (targets.len == 1 && py_kind(t, targets.at[0]) == PY_NAME &&
        PY_AS(Name, t, targets.at[0])->id == SYM___table_args__)
      return PY_AS(Assign, t, body.at[i])->value;
  }
  return 0;
}

// True where __table_args__ stands elsewhere than in mapped classes themselves: a mixin
// or a base may give it, and one of the class's own would take its place.
static bool may_be_inherited(const Insertion *in) {
  size_t written = 0, own = 0;
  Str word = STR("__table_args__");
  for (uint32_t i = 0; i < in->project->file_count; i++) {
    Str text = in->project->files[i]->source.text;
    for (size_t at = 0; (at = str_find(text, word, at)) != SIZE_MAX; at += word.len)
      written++;
  }
  for (uint32_t i = 0; i < models_count(in->models); i++) {
    const Model *m = models_at(in->models, i);
    const PyTree *t = insert_tree(in, m->node.file);
    own += py_kind(t, m->node.ref) == PY_CLASS_DEF && own_args(t, m->node.ref);
  }
  return written != own;
}

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

// Into the tuple or beside the dictionary that stands there; false for anything else.
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
  if (!parts.len || e->f->source.text.ptr[node->start] != '(')
    return false;
  const PyNode *last = py_node(e->t, parts.at[parts.len - 1]);
  if (py_kind(e->t, parts.at[parts.len - 1]) == PY_DICT)
    insert_edit(e, last->start, last->start, str_format(a, "%.*s, ", STR_ARG(text)));
  else
    insert_edit(e, last->end, last->end, str_format(a, ", %.*s", STR_ARG(text)));
  return true;
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
  Ref value = own_args(e->t, m->node.ref);
  json_decref(args);
  if (value && add_to(e, value, text))
    return true;
  if (value || may_be_inherited(e->in))
    return err_set(err, ERR_INPUT,
                   "%.*s: the __table_args__ of %.*s are left to you: add %.*s",
                   STR_ARG(e->f->path), STR_ARG(t->class_name), STR_ARG(text));
  layout_python(str_format(a, "%.*s__table_args__ = (%.*s%s)\n", STR_ARG(indent),
                           STR_ARG(text), single ? "," : ""),
                insert_width(e->in), statements);
  return true;
}
