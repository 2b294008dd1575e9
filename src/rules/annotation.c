// annotation.c: annotations of mapped classes as rules ask about them.
#include "rules/annotation.h"

enum {
  MAX_DEPTH = 30 // classes above a class, parts inside an annotation
};

static bool is_external(RuleCtx *cx, Ref expr, const char *dotted) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
  return o.kind == ORIGIN_EXTERNAL &&
         str_is(atom_str(cx->project->names, o.dotted), dotted);
}

Ref annotation_mapped(RuleCtx *cx, Ref annotation) {
  const PyTree *t = cx->tree;
  if (py_kind(t, annotation) != PY_SUBSCRIPT)
    return 0;
  const PySubscript *s = PY_AS(Subscript, t, annotation);
  return resolve_api(cx->resolver, cx->file_id, s->value) == API_sqlalchemy_orm_Mapped
             ? s->slice
             : 0;
}

static Ref union_without_none(RuleCtx *cx, Ref tuple, bool *optional) {
  const PyTree *t = cx->tree;
  PyRefs items = py_list(t, PY_AS(Tuple, t, tuple)->elts);
  if (items.len != 2 || is_none(t, items.at[0]) == is_none(t, items.at[1]))
    return 0;
  *optional = true;
  return is_none(t, items.at[0]) ? items.at[1] : items.at[0];
}

Ref annotation_without_none(RuleCtx *cx, Ref expr, bool *optional) {
  const PyTree *t = cx->tree;
  if (py_kind(t, expr) == PY_BIN_OP && py_node(t, expr)->aux == PY_BIT_OR) {
    const PyBinOp *o = PY_AS(BinOp, t, expr);
    if (is_none(t, o->right) != is_none(t, o->left)) {
      *optional = true;
      return is_none(t, o->left) ? o->right : o->left;
    }
  }
  if (py_kind(t, expr) == PY_SUBSCRIPT) {
    const PySubscript *s = PY_AS(Subscript, t, expr);
    if (is_external(cx, s->value, "typing.Optional")) {
      *optional = true;
      return s->slice;
    }
    if (is_external(cx, s->value, "typing.Union") && py_kind(t, s->slice) == PY_TUPLE) {
      Ref inner = union_without_none(cx, s->slice, optional);
      return inner ? inner : expr;
    }
  }
  return expr;
}

Str annotation_head(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  if (py_kind(t, expr) == PY_SUBSCRIPT)
    expr = PY_AS(Subscript, t, expr)->value;
  Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
  Str dotted = atom_str(cx->project->names, o.dotted);
  bool known = o.proven && (o.kind == ORIGIN_BUILTIN || o.kind == ORIGIN_EXTERNAL);
  return known ? dotted : STR("");
}

static bool is_plain_origin(RuleCtx *cx, Origin o) {
  if (!o.proven)
    return false;
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  switch (o.kind) {
  case ORIGIN_BUILTIN:
    return true;
  case ORIGIN_CLASS:
    return models_class_role(cx->models, o.at) == CLASS_MAPPED ||
           !class_has_unknown_base(cx, o.at);
  case ORIGIN_API:
    return api_row((ApiId)o.api)->flags & API_IS_TYPE;
  case ORIGIN_EXTERNAL:
    return (str_starts(dotted, STR("typing.")) && !str_is(dotted, "typing.ClassVar") &&
            !str_is(dotted, "typing.Final") && !str_is(dotted, "typing.Self")) ||
           str_starts(dotted, STR("datetime.")) || str_starts(dotted, STR("uuid.")) ||
           str_starts(dotted, STR("decimal."));
  default:
    return false;
  }
}

static bool is_plain_at(RuleCtx *cx, Ref expr, int depth) {
  const PyTree *t = cx->tree;
  if (depth > MAX_DEPTH)
    return false;
  switch (py_kind(t, expr)) {
  case PY_NAME:
  case PY_ATTRIBUTE:
    return is_plain_origin(cx, resolve_expr(cx->resolver, cx->file_id, expr));
  case PY_SUBSCRIPT:
    return is_plain_at(cx, PY_AS(Subscript, t, expr)->value, depth + 1);
  case PY_BIN_OP:
    return py_node(t, expr)->aux == PY_BIT_OR &&
           is_plain_at(cx, PY_AS(BinOp, t, expr)->left, depth + 1) &&
           (is_none(t, PY_AS(BinOp, t, expr)->right) ||
            is_plain_at(cx, PY_AS(BinOp, t, expr)->right, depth + 1));
  case PY_STR: {
    Str text = string_value(cx, expr);
    return text.ptr &&
           is_plain_origin(cx, resolve_text(cx->resolver, cx->file_id, expr, text));
  }
  default:
    return false;
  }
}

bool annotation_is_plain(RuleCtx *cx, Ref annotation) {
  return is_plain_at(cx, annotation, 0);
}

// ---- Classes, which may stand in other files

typedef struct {
  RuleCtx *cx;
  Atom name;          // looked for in bodies, 0: none
  const char *dotted; // looked for among the bases, NULL: none
  bool found, unknown;
  Place value;
} ClassSearch;

static void search_body(ClassSearch *s, const PyTree *t, Place cls) {
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  for (uint32_t i = 0; i < body.len && !s->found; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    Ref target = 0, value = 0;
    if (kind == PY_ASSIGN) {
      target = py_list(t, PY_AS(Assign, t, body.at[i])->targets).at[0];
      value = PY_AS(Assign, t, body.at[i])->value;
    } else if (kind == PY_ANN_ASSIGN) {
      target = PY_AS(AnnAssign, t, body.at[i])->target;
      value = PY_AS(AnnAssign, t, body.at[i])->value;
    }
    bool named = py_kind(t, target) == PY_NAME && PY_AS(Name, t, target)->id == s->name;
    if (kind == PY_FUNCTION_DEF)
      named = PY_AS(FunctionDef, t, body.at[i])->name == s->name;
    if (named) {
      s->found = true;
      s->value = (Place){cls.file, value};
    }
  }
}

static void search_class(ClassSearch *s, Place cls, int depth);

static void search_bases(ClassSearch *s, const PyTree *t, Place cls, int depth) {
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len && !s->found; i++) {
    Ref base = args.at[i];
    if (py_kind(t, base) == PY_KEYWORD)
      continue;
    if (py_kind(t, base) == PY_SUBSCRIPT)
      base = PY_AS(Subscript, t, base)->value;
    Origin o = resolve_expr(s->cx->resolver, cls.file, base);
    Str dotted = o.dotted ? atom_str(s->cx->project->names, o.dotted) : STR("");
    if (s->dotted && str_is(dotted, s->dotted))
      s->found = true;
    else if (o.kind == ORIGIN_CLASS)
      search_class(s, o.at, depth + 1);
    else if (o.kind != ORIGIN_API && o.kind != ORIGIN_BUILTIN &&
             !str_starts(dotted, STR("typing.")) && !str_starts(dotted, STR("abc.")) &&
             !str_starts(dotted, STR("enum.")) &&
             value_of(s->cx->values, cls.file, base).kind != VALUE_BASE_CLASS)
      s->unknown = true;
  }
}

static void search_class(ClassSearch *s, Place cls, int depth) {
  if (depth > MAX_DEPTH || s->found)
    return;
  const PyTree *t = &s->cx->project->files[cls.file]->tree;
  if (py_kind(t, cls.ref) != PY_CLASS_DEF)
    return;
  if (s->name)
    search_body(s, t, cls);
  search_bases(s, t, cls, depth);
}

bool class_binds(RuleCtx *cx, Place cls, const char *name, Place *value) {
  ClassSearch s = {.cx = cx, .name = rule_atom(cx, name)};
  search_class(&s, cls, 0);
  if (value)
    *value = s.value;
  return s.found;
}

bool class_has_unknown_base(RuleCtx *cx, Place cls) {
  ClassSearch s = {.cx = cx};
  search_class(&s, cls, 0);
  return s.unknown;
}

bool class_derives_from(RuleCtx *cx, Place cls, const char *dotted) {
  ClassSearch s = {.cx = cx, .dotted = dotted};
  search_class(&s, cls, 0);
  return s.found;
}
