// A104: a lazy relationship of an instance that an async session loaded.
#include "rules/loaded.h"

typedef struct {
  RuleCtx *cx;
  Ref function;
  Vec(Ref) reads; // attributes that load
  bool refreshed; // refresh(x, ["rel"]), which loads them
} Reads;

static bool visit(void *data, Ref r) {
  Reads *w = data;
  RuleCtx *cx = w->cx;
  const PyTree *t = cx->tree;
  if (py_kind(t, r) == PY_CALL && str_is(call_method_text(cx, r), "refresh") &&
      (call_positional(t, r, 1) || call_keyword(t, r, rule_atom(cx, "attribute_names"))))
    w->refreshed = true;
  if (py_kind(t, r) != PY_ATTRIBUTE || w->refreshed)
    return !w->refreshed;
  const PyAttribute *a = PY_AS(Attribute, t, r);
  Ref parent = rule_parent(cx, r);
  if (!models_has_relationship(cx->models, a->attr) || py_kind(t, a->value) != PY_NAME ||
      (py_kind(t, parent) == PY_ASSIGN && PY_AS(Assign, t, parent)->value != r))
    return true;
  Value v = rule_value(cx, a->value);
  const Model *m = v.kind == VALUE_ENTITY ? models_of_class(cx->models, v.owner) : NULL;
  if (!m || !lazy_relationship(m, a->attr))
    return true;
  Loaded loaded;
  if (loaded_through(cx, a->value, &loaded) && loaded.async && loaded.model == m)
    vec_push(&w->reads, r);
  return true;
}

static void check(RuleCtx *cx, Ref def) {
  const PyTree *t = cx->tree;
  if (!(py_node(t, def)->flags & PYF_ASYNC) || cx->file->is_test)
    return;
  Reads w = {.cx = cx, .function = def};
  rule_walk_body(cx, def, visit, &w);
  for (size_t i = 0; i < w.reads.len && !w.refreshed; i++)
    rule_report(cx, py_span(t, w.reads.items[i]),
                "`%.*s` is loaded lazily, which an async session cannot do: "
                "MissingGreenlet is raised; load it by selectinload() or awaitable_attrs",
                STR_ARG(atom_str(cx->project->names,
                                 PY_AS(Attribute, t, w.reads.items[i])->attr)));
  vec_free(&w.reads);
}

const Rule rule_lazy_load_async = {
    .code = "A104",
    .name = "lazy-load-async",
    .category = CAT_ASYNC,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A lazy relationship read from an instance of an async session",
    .why =
        "Reading it needs the database, and outside of `await` there is no way to wait: "
        "MissingGreenlet is raised",
    .on = {PY_FUNCTION_DEF},
    .check = check,
};
