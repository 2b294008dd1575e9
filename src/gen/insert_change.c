// insert_change.c: columns and relationships that stand already, changed where they
// stand.
#include "gen/insert_internal.h"

typedef struct {
  FileEdit *e;
  Ref call; // Column, mapped_column, relationship; 0: an annotation alone
  Ref annotation;
} Standing;

static Ref keyword_of(const FileEdit *e, Ref call, const char *name) {
  PyRefs args = py_list(e->t, PY_AS(Call, e->t, call)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(e->t, args.at[i]) == PY_KEYWORD &&
        str_is(insert_name(e->in, PY_AS(Keyword, e->t, args.at[i])->arg), name))
      return args.at[i];
  return 0;
}

// The end of the last argument, or behind the opening parenthesis.
static uint32_t arguments_end(const FileEdit *e, Ref call, bool *any) {
  PyRefs args = py_list(e->t, PY_AS(Call, e->t, call)->args);
  *any = args.len > 0;
  if (args.len)
    return py_node(e->t, args.at[args.len - 1])->end;
  uint32_t at = py_node(e->t, PY_AS(Call, e->t, call)->func)->end;
  Str text = e->f->source.text;
  while (at < text.len && text.ptr[at] != '(')
    at++;
  return at + 1;
}

static void set_keyword(Standing *s, const char *name, Str value) {
  Arena *a = s->e->in->gen->arena;
  Ref keyword = keyword_of(s->e, s->call, name);
  if (keyword) {
    const PyNode *node = py_node(s->e->t, keyword);
    insert_edit(s->e, node->start, node->end,
                str_format(a, "%s=%.*s", name, STR_ARG(value)));
    return;
  }
  bool any;
  uint32_t at = arguments_end(s->e, s->call, &any);
  insert_edit(s->e, at, at,
              str_format(a, "%s%s=%.*s", any ? ", " : "", name, STR_ARG(value)));
}

// The argument that is the column's type; 0 where none is given.
static Ref type_argument(const FileEdit *e, Ref call) {
  static const char *const others[] = {"ForeignKey", "Identity",        "Computed",
                                       "Sequence",   "CheckConstraint", "FetchedValue"};
  PyRefs args = py_list(e->t, PY_AS(Call, e->t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(e->t, args.at[i]);
    if (kind == PY_STR)
      continue;
    if (kind != PY_NAME && kind != PY_ATTRIBUTE && kind != PY_CALL)
      return 0;
    Ref func = kind == PY_CALL ? PY_AS(Call, e->t, args.at[i])->func : args.at[i];
    bool other = false;
    for (size_t k = 0; k < ARRAY_LEN(others); k++)
      other |= str_ends(py_text(e->t, func), str_from(others[k]));
    return other ? 0 : args.at[i];
  }
  return 0;
}

static void set_type(Standing *s, Str type) {
  Arena *a = s->e->in->gen->arena;
  Ref old = type_argument(s->e, s->call);
  Str text = insert_respelled(s->e, type);
  if (old) {
    insert_edit(s->e, py_node(s->e->t, old)->start, py_node(s->e->t, old)->end, text);
    return;
  }
  PyRefs args = py_list(s->e->t, PY_AS(Call, s->e->t, s->call)->args);
  bool named = args.len && py_kind(s->e->t, args.at[0]) == PY_STR, any;
  uint32_t at = named      ? py_node(s->e->t, args.at[0])->end
                : args.len ? py_node(s->e->t, args.at[0])->start
                           : arguments_end(s->e, s->call, &any);
  insert_edit(s->e, at, at,
              str_format(a, "%s%.*s%s", named ? ", " : "", STR_ARG(text),
                         !named && args.len ? ", " : ""));
}

// `Mapped[str]` and `Mapped[str | None]`.
static bool set_annotation(Standing *s, bool nullable, Err *err) {
  Arena *a = s->e->in->gen->arena;
  const PyNode *node = py_node(s->e->t, s->annotation);
  Str text = py_text(s->e->t, s->annotation);
  size_t open = str_find_char(text, '[', 0);
  if (open == SIZE_MAX || text.ptr[text.len - 1] != ']' ||
      str_find_char(text, '"', 0) != SIZE_MAX)
    return err_set(err, ERR_INPUT, "the annotation %.*s is left to you", STR_ARG(text));
  Str inner = str_slice(text, open + 1, text.len - 1), outer = str_slice(text, 0, open);
  bool optional = str_starts(inner, STR("Optional[")),
       bar = str_ends(inner, STR(" | None"));
  Str made = inner;
  if (!nullable && optional)
    made = str_slice(inner, strlen("Optional["), inner.len - 1);
  else if (!nullable && bar)
    made = str_slice(inner, 0, inner.len - strlen(" | None"));
  else if (nullable && !optional && !bar)
    made = str_find(s->e->f->source.text, STR("Optional["), 0) != SIZE_MAX
               ? str_format(a, "Optional[%.*s]", STR_ARG(inner))
               : str_format(a, "%.*s | None", STR_ARG(inner));
  insert_edit(s->e, node->start, node->end,
              str_format(a, "%.*s[%.*s]", STR_ARG(outer), STR_ARG(made)));
  return true;
}

// `name: Mapped[str]` gets the call that its new arguments need.
static void add_call(Standing *s, const InsertChange *c) {
  Arena *a = s->e->in->gen->arena;
  uint32_t at = py_node(s->e->t, s->annotation)->end;
  py_import(&s->e->m, "sqlalchemy.orm", "mapped_column");
  Str text = str_format(a, " = mapped_column(%.*s%s%s%s)", STR_ARG(c->type),
                        c->type.len && (c->unique || c->index) ? ", " : "",
                        c->unique ? "unique=True" : "",
                        c->index ? c->unique ? ", index=True" : "index=True" : "");
  insert_edit(s->e, at, at, insert_respelled(s->e, text));
}

static bool change_column(Standing *s, const InsertChange *c, Err *err) {
  if (c->type_import)
    py_import(&s->e->m, "sqlalchemy", c->type_import);
  if (s->annotation && (c->nullable || c->required) &&
      !set_annotation(s, c->nullable, err))
    return false;
  if (!s->call) {
    if (c->type.len || c->unique || c->index)
      add_call(s, c);
    return true;
  }
  if (c->type.len)
    set_type(s, c->type);
  if (c->unique)
    set_keyword(s, "unique", STR("True"));
  if (c->index)
    set_keyword(s, "index", STR("True"));
  bool given = keyword_of(s->e, s->call, "nullable") != 0;
  if ((c->nullable || c->required) && (given || !s->annotation))
    set_keyword(s, "nullable", c->nullable ? STR("True") : STR("False"));
  return true;
}

// Where the attribute is written in the class; false where it is not.
static bool find_standing(Standing *s, const Insertion *in, const Model *m,
                          Str attribute) {
  Atom key = interner_find(in->project->names, attribute);
  const ModelColumn *column = key ? model_column(m, key) : NULL;
  const Relationship *r = key ? model_relationship(m, key) : NULL;
  const SqlColumn *sql = column ? column->column : NULL;
  Place call = r ? r->node : sql ? sql->node : (Place){0, 0};
  Place note = r ? r->annotation : sql ? sql->annotation : (Place){0, 0};
  s->call = call.ref;
  s->annotation = note.ref;
  if ((r && r->from_backref) || (!call.ref && !note.ref))
    return false;
  if (call.ref)
    return call.file == m->node.file &&
           py_kind(insert_tree(in, call.file), call.ref) == PY_CALL;
  return note.file == m->node.file;
}

bool insert_make_unique(FileEdit *e, const Model *m, const SchemaColumn *c) {
  Standing s = {.e = e};
  InsertChange change = {
      .attribute = c->name, .type = STR(""), .unique = true, .cascade = STR("")};
  return find_standing(&s, e->in, m, c->name) && change_column(&s, &change, NULL);
}

bool insert_change(const Insertion *in, const Model *m, const InsertChange *c,
                   ChangeSet *set, Err *err) {
  FileEdit e;
  Standing s = {.e = &e};
  if (!find_standing(&s, in, m, c->attribute))
    return err_set(err, ERR_INPUT, "%.*s is not written in the class itself",
                   STR_ARG(c->attribute));
  insert_start_file(&e, in, m);
  Atom key = interner_find(in->project->names, c->attribute);
  bool relation = model_relationship(m, key) != NULL, good = true;
  if (relation && c->cascade.len && s.call)
    set_keyword(&s, "cascade",
                str_format(in->gen->arena, "\"%.*s\"", STR_ARG(c->cascade)));
  else
    good = !relation && change_column(&s, c, err);
  if (good)
    insert_add_imports(&e);
  vec_free(&e.type_checking);
  if (!good) {
    insert_discard_file(&e);
    return false;
  }
  return insert_finish_file(&e, set, err);
}
