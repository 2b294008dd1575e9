// insert_change.c: columns and relationships that stand already, changed where they
// stand.
#include "gen/insert_internal.h"
#include "gen/python_model.h"

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

// Refused where a comment would be lost.
static bool replace(Standing *s, Ref old, Str text, Err *err) {
  const PyNode *node = py_node(s->e->t, old);
  if (py_comment_in(s->e->t, py_span(s->e->t, old)))
    return err_set(err, ERR_INPUT, "a comment within %.*s would be lost: change it there",
                   STR_ARG(py_text(s->e->t, old)));
  insert_edit(s->e, node->start, node->end, text);
  return true;
}

static bool set_keyword(Standing *s, const char *name, Str value, Err *err) {
  Arena *a = s->e->in->gen->arena;
  Ref keyword = keyword_of(s->e, s->call, name);
  if (keyword)
    return replace(s, keyword, str_format(a, "%s=%.*s", name, STR_ARG(value)), err);
  bool any;
  uint32_t at = arguments_end(s->e, s->call, &any);
  insert_edit(s->e, at, at,
              str_format(a, "%s%s=%.*s", any ? ", " : "", name, STR_ARG(value)));
  return true;
}

// The argument that is the column's type; 0 where none is given.
static Ref type_argument(const FileEdit *e, Ref call) {
  Ref keyword = keyword_of(e, call, "type_");
  if (keyword)
    return PY_AS(Keyword, e->t, keyword)->value;
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

static bool set_type(Standing *s, Str type, Err *err) {
  Arena *a = s->e->in->gen->arena;
  Ref old = type_argument(s->e, s->call);
  Str text = insert_respelled(s->e, type);
  if (old)
    return replace(s, old, text, err);
  PyRefs args = py_list(s->e->t, PY_AS(Call, s->e->t, s->call)->args);
  bool named = args.len && py_kind(s->e->t, args.at[0]) == PY_STR, any;
  uint32_t at = named      ? py_node(s->e->t, args.at[0])->end
                : args.len ? py_node(s->e->t, args.at[0])->start
                           : arguments_end(s->e, s->call, &any);
  insert_edit(s->e, at, at,
              str_format(a, "%s%.*s%s", named ? ", " : "", STR_ARG(text),
                         !named && args.len ? ", " : ""));
  return true;
}

// The next part of a type up to `mark`, as far as no bracket or quote holds it together.
static bool next_of_type(Str *rest, char mark, Str *part) {
  int depth = 0;
  size_t i = 0;
  if (!rest->ptr)
    return false;
  for (char quote = 0; i < rest->len; i++) {
    char c = rest->ptr[i];
    if (quote || c == '"' || c == '\'')
      quote = !quote ? c : c == quote ? 0 : quote;
    else if (!depth && c == mark)
      break;
    else
      depth += strchr("[(", c) ? 1 : strchr("])", c) ? -1 : 0;
  }
  *part = str_trim(str_slice(*rest, 0, i));
  *rest = i < rest->len ? str_slice(*rest, i + 1, rest->len) : (Str){0};
  return true;
}

// The types of a list without None; `*had`: None was among it, or in one of them.
static Str without_none(Arena *a, Str list, char mark, bool *had);

// "str" of "Optional[str]", "Union[str, None]", "(str | None)".
static Str part_without_none(Arena *a, Str part, bool *had) {
  size_t open = str_find_char(part, '[', 0);
  Str name = str_slice(part, 0, open == SIZE_MAX ? 0 : open), only;
  if (str_starts(part, STR("(")) && str_ends(part, STR(")")))
    return without_none(a, str_slice(part, 1, part.len - 1), '|', had);
  if (str_is(name, "Optional") || str_ends(name, STR(".Optional"))) {
    *had = true;
    return without_none(a, str_slice(part, open + 1, part.len - 1), '|', had);
  }
  if (!str_is(name, "Union") && !str_ends(name, STR(".Union")))
    return part;
  Str inner = without_none(a, str_slice(part, open + 1, part.len - 1), ',', had);
  Str rest = inner;
  bool one = next_of_type(&rest, ',', &only) && !rest.ptr;
  return one ? inner : str_format(a, "%.*s[%.*s]", STR_ARG(name), STR_ARG(inner));
}

static Str without_none(Arena *a, Str list, char mark, bool *had) {
  const char *joint = mark == '|' ? " | " : ", ";
  Buf out = {0};
  Str part;
  while (next_of_type(&list, mark, &part))
    if (str_is(part, "None"))
      *had = true;
    else if (part.len) // a comma may stand behind the last
      buf_printf(&out, "%s%.*s", out.len ? joint : "",
                 STR_ARG(part_without_none(a, part, had)));
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

// `Mapped[str]` and `Mapped[str | None]`.
static bool set_annotation(Standing *s, bool nullable, Err *err) {
  Arena *a = s->e->in->gen->arena;
  Str text = py_text(s->e->t, s->annotation);
  size_t open = str_find_char(text, '[', 0);
  bool had = false;
  if (open == SIZE_MAX || text.ptr[text.len - 1] != ']' ||
      !str_ends(str_slice(text, 0, open), STR("Mapped")))
    return err_set(err, ERR_INPUT, "the annotation %.*s is left to you", STR_ARG(text));
  Str inner = str_trim(str_slice(text, open + 1, text.len - 1));
  bool quoted = inner.len > 2 && strchr("\"'", inner.ptr[0]) &&
                str_find_char(inner, inner.ptr[0], 1) == inner.len - 1;
  const char *quote = !quoted ? "" : inner.ptr[0] == '"' ? "\"" : "'";
  Str type = quoted ? str_slice(inner, 1, inner.len - 1) : inner;
  Str made = without_none(a, type, '|', &had);
  if (had == nullable)
    return true;
  if (nullable)
    made = py_or_none(&s->e->m, made);
  return replace(
      s, s->annotation,
      str_format(a, "%.*s[%s%.*s%s]", (int)open, text.ptr, quote, STR_ARG(made), quote),
      err);
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
  bool given = keyword_of(s->e, s->call, "nullable") != 0;
  bool said = (c->nullable || c->required) && (given || !s->annotation);
  return (!c->type.len || set_type(s, c->type, err)) &&
         (!c->unique || set_keyword(s, "unique", STR("True"), err)) &&
         (!c->index || set_keyword(s, "index", STR("True"), err)) &&
         (!said ||
          set_keyword(s, "nullable", c->nullable ? STR("True") : STR("False"), err));
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
    good = set_keyword(&s, "cascade",
                       str_format(in->gen->arena, "\"%.*s\"", STR_ARG(c->cascade)), err);
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
