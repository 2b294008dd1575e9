// query_custom.c: what makes a Query of the project more than SQLAlchemy's: query classes
// that override methods, events that only a Query fires. And tests that imitate one.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

static bool changes_query(Str method) {
  static const char *const names[] = {"__new__",        "__init__",
                                      "__iter__",       "__getitem__",
                                      "_compile_state", "_execution_options"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i]))
      return true;
  return q_step_row(method) || q_end_row(method);
}

// The method of the query class, or of one above it, that changes what a Query does;
// nowhere where there is none. A class that is not known: itself.
static Place overriding(Q *q, uint32_t file, Ref cls, int depth) {
  Origin o = resolve_expr(q->cx->resolver, file, cls);
  Str name = q_name(q, o.dotted);
  bool own =
      str_ends(name, STR("Query")) && (o.kind == ORIGIN_API || o.kind == ORIGIN_EXTERNAL);
  if (own && (str_starts(name, STR("sqlalchemy.")) ||
              str_starts(name, STR("flask_sqlalchemy."))))
    return (Place){0};
  if (q_value(q, file, cls).kind == VALUE_CLASS && o.kind == ORIGIN_BUILTIN)
    return (Place){0};
  if (o.kind != ORIGIN_CLASS || depth > 10)
    return (Place){file, cls};
  const PyTree *t = q_tree(q, o.at.file);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, o.at.ref)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(t, body.at[i]) == PY_FUNCTION_DEF &&
        changes_query(q_name(q, PY_AS(FunctionDef, t, body.at[i])->name)))
      return (Place){o.at.file, body.at[i]};
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, o.at.ref)->args);
  for (uint32_t i = 0; i < bases.len; i++) {
    Place p = py_kind(t, bases.at[i]) == PY_KEYWORD
                  ? (Place){0}
                  : overriding(q, o.at.file, bases.at[i], depth + 1);
    if (p.ref)
      return p;
  }
  return (Place){0};
}

// `query_class = X` in the body of a class or of one above it.
static Place of_model(Q *q, Place cls, int depth) {
  const PyTree *t = q_tree(q, cls.file);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    const PyAssign *a = PY_AS(Assign, t, body.at[i]);
    Ref target = py_list(t, a->targets).at[0];
    if (py_kind(t, target) == PY_NAME && str_is(py_text(t, target), "query_class"))
      return overriding(q, cls.file, a->value, 0);
  }
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < bases.len && depth < 20; i++) {
    Origin o = resolve_expr(q->cx->resolver, cls.file, bases.at[i]);
    Place p = o.kind == ORIGIN_CLASS ? of_model(q, o.at, depth + 1) : (Place){0};
    if (p.ref)
      return p;
  }
  return (Place){0};
}

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
} Walk;

static bool names_event(const PyTree *t, Ref r, const char *start) {
  Str text = py_text(t, r);
  return text.len > 2 && str_starts(str_slice(text, 1, text.len), str_from(start));
}

// A chain of a mock: session.query.return_value.filter.return_value...
static void note_mock(Walk *w, Ref attribute) {
  const PyTree *t = w->t;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  Ref of = a->value;
  if (!str_is(q_name(w->q, a->attr), "return_value") || py_kind(t, of) != PY_ATTRIBUTE ||
      PY_AS(Attribute, t, of)->attr != SYM_query)
    return;
  Site *s = codemod_site(w->q->cx, "M210", w->file, py_span(t, attribute),
                         "a test imitates a chain of a legacy Query");
  codemod_leave(w->q->cx, s, (Place){0},
                "the code that it imitates may execute a select now; let the mock answer "
                "scalars(), execute() and get()");
}

static bool enter(void *data, Ref r) {
  Walk *w = data;
  Q *q = w->q;
  switch (py_kind(w->t, r)) {
  case PY_STR:
    if (!q->hook.ref && names_event(w->t, r, "before_compile"))
      q->hook = (Place){w->file, r};
    if (!q->bulk_hook.ref && names_event(w->t, r, "after_bulk_"))
      q->bulk_hook = (Place){w->file, r};
    break;
  case PY_KEYWORD: {
    const PyKeyword *k = PY_AS(Keyword, w->t, r);
    Str name = q_name(q, k->arg);
    bool sets = str_is(name, "query_cls") || str_is(name, "query_class");
    if (sets && !is_none(w->t, k->value) && !q->custom.ref)
      q->custom = overriding(q, w->file, k->value, 0);
    break;
  }
  case PY_ATTRIBUTE:
    note_mock(w, r);
    break;
  default:
    break;
  }
  return true;
}

void q_find_custom(Q *q) {
  for (uint32_t i = 0; i < q->project->file_count; i++) {
    const ProjectFile *f = q->project->files[i];
    if (!f->readable || f->tree.has_errors || f->is_stub)
      continue;
    Walk w = {q, i, &f->tree};
    PyVisitor visitor = {.enter = enter, .data = &w};
    py_walk(w.t, w.t->root, &visitor);
  }
}

void q_check_custom(Q *q) {
  for (size_t i = 0; i < q->roots.len; i++) {
    const QRoot *r = &q->roots.items[i];
    Place at = q->custom;
    if (!at.ref && r->kind == ROOT_MODEL) {
      const PyTree *t = q_tree(q, r->call.file);
      Ref receiver = PY_AS(Attribute, t, r->call.ref)->value;
      Value of = q_value(q, r->call.file, receiver);
      if (of.owner.ref && py_kind(q_tree(q, of.owner.file), of.owner.ref) == PY_CLASS_DEF)
        at = of_model(q, of.owner, 0);
    }
    if (at.ref)
      q_stop(q, r->node, at, "a query class of the project changes what the query does");
    else if (q->hook.ref)
      q_stop(q, r->node, q->hook,
             "an event hooks into every Query, and not into a select");
  }
  for (size_t i = 0; i < q->ends.len; i++)
    if (q->bulk_hook.ref &&
        (q->ends.items[i].kind == END_UPDATE || q->ends.items[i].kind == END_DELETE))
      q_stop(q, q->ends.items[i].node, q->bulk_hook,
             "an event waits for bulk changes of a Query");
}
