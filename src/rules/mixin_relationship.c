// T138: relationship() and its like of a mixin that no declared_attr makes.
#include "rules/rule.h"
#include "rules/util.h"

// The name of the call where it makes a property of a mapper; NULL for others.
static const char *property_name(RuleCtx *cx, Ref value) {
  switch (resolve_call_api(cx->resolver, cx->file_id, value)) {
  case API_sqlalchemy_orm_relationship:
    return "relationship";
  case API_sqlalchemy_orm_column_property:
    return "column_property";
  case API_sqlalchemy_orm_deferred:
    return "deferred";
  case API_sqlalchemy_orm_synonym:
    return "synonym";
  default:
    return NULL;
  }
}

// A mapped class takes what the class statement declares.
static bool is_mapped_below(const RuleCtx *cx, Place cls, Atom key) {
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    const Relationship *r = model_relationship(m, key);
    const ModelAttr *a = model_attr(m, key);
    const ModelColumn *c = model_column(m, key);
    if ((r && place_eq(r->declared_in, cls)) || (a && place_eq(a->declared_in, cls)) ||
        (c && place_eq(c->declared_in, cls)))
      return true;
  }
  return false;
}

typedef struct {
  RuleCtx *cx;
  uint32_t scope; // of the class
  bool found;
} OwnNames;

static bool find_own_name(void *data, Ref node) {
  OwnNames *n = data;
  const PyScopes *s = n->cx->file->scopes;
  if (py_kind(n->cx->tree, node) == PY_NAME) {
    uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, node));
    n->found = n->found || (symbol != NO_SYMBOL && s->symbols[symbol].scope == n->scope);
  }
  return !n->found;
}

static void add_fix(RuleCtx *cx, Finding *f, Ref cls, Ref stmt, Ref target, Ref value) {
  const PyTree *t = cx->tree;
  if (!rule_fix(cx, f, FIX_SAFE, "Make it in a declared_attr"))
    return;
  OwnNames own = {cx, py_scopes_of(cx->file->scopes, cls), false};
  PyVisitor v = {.enter = find_own_name, .data = &own};
  py_walk(t, value, &v);
  Span span = py_span(t, stmt);
  Str text = t->source->text, eol = rule_newline(cx);
  uint32_t start = span.start;
  while (start && (text.ptr[start - 1] == ' ' || text.ptr[start - 1] == '\t'))
    start--;
  bool alone = !start || text.ptr[start - 1] == '\n';
  Str indent = str_slice(text, start, span.start);
  if (py_kind(t, stmt) == PY_ANN_ASSIGN) {
    fix_refuse(cx, "its annotation becomes that of the function");
    return;
  }
  if (own.found) {
    fix_refuse(cx, "its arguments are names of the class body: `cls.` reads them there");
    return;
  }
  if (!alone || str_find_char(rule_text(cx, value), '\n', 0) != SIZE_MAX) {
    fix_refuse(cx, "it is written over several lines, or stands beside other code");
    return;
  }
  Str name = fix_require_import(cx, cls, "sqlalchemy.orm", "declared_attr");
  if (!name.ptr)
    return;
  Str key = atom_str(cx->project->names, PY_AS(Name, t, target)->id);
  fix_replace(cx, span,
              str_format(cx->scratch,
                         "@%.*s%.*s%.*sdef %.*s(cls):%.*s%.*s    return %.*s",
                         STR_ARG(name), STR_ARG(eol), STR_ARG(indent), STR_ARG(key),
                         STR_ARG(eol), STR_ARG(indent), STR_ARG(rule_text(cx, value))));
}

// `target = value()`, `target: annotation = value()`; both 0 for other statements.
static void read_assignment(const PyTree *t, Ref stmt, Ref *target, Ref *value) {
  Ref name = 0, call = 0;
  if (py_kind(t, stmt) == PY_ASSIGN) {
    PyRefs targets = py_list(t, PY_AS(Assign, t, stmt)->targets);
    name = targets.len == 1 ? targets.at[0] : 0;
    call = PY_AS(Assign, t, stmt)->value;
  } else if (py_kind(t, stmt) == PY_ANN_ASSIGN) {
    name = PY_AS(AnnAssign, t, stmt)->target;
    call = PY_AS(AnnAssign, t, stmt)->value;
  }
  if (py_kind(t, name) != PY_NAME || py_kind(t, call) != PY_CALL)
    return;
  *target = name;
  *value = call;
}

static void check(RuleCtx *cx, Ref cls) {
  const PyTree *t = cx->tree;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls)->body);
  Place place = {cx->file_id, cls};
  for (uint32_t i = 0; i < body.len; i++) {
    Ref target = 0, value = 0;
    read_assignment(t, body.at[i], &target, &value);
    const char *name = value ? property_name(cx, value) : NULL;
    if (!name)
      continue;
    ClassRole role = models_class_role(cx->models, place);
    if ((role != CLASS_PLAIN && role != CLASS_ABSTRACT) ||
        !is_mapped_below(cx, place, PY_AS(Name, t, target)->id))
      continue;
    Finding *f = rule_report(cx, py_span(t, value),
                             "%s() of a class that is not mapped itself stands in a "
                             "declared_attr",
                             name);
    add_fix(cx, f, cls, body.at[i], target, value);
  }
}

const Rule rule_mixin_relationship = {
    .code = "T138",
    .name = "mixin-relationship",
    .category = CAT_TYPING,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "relationship(), column_property(), deferred() or synonym() of a mixin or "
            "abstract class",
    .why =
        "SQLAlchemy raises InvalidRequestError: each mapped class needs its own, which "
        "a declared_attr makes",
    .on = {PY_CLASS_DEF},
    .check = check,
};
