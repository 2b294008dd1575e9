// S112: a lazy relationship read after the session of the `with` block was closed.
#include "rules/loaded.h"
#include "rules/session_use.h"

typedef struct {
  RuleCtx *cx;
  Span block;
  Vec(Ref) inside; // attributes read in the block
  Vec(Ref) after;
} Reads;

static bool visit(void *data, Ref r) {
  Reads *w = data;
  const PyTree *t = w->cx->tree;
  if (py_kind(t, r) != PY_ATTRIBUTE ||
      py_kind(t, PY_AS(Attribute, t, r)->value) != PY_NAME)
    return true;
  uint32_t at = py_node(t, r)->start;
  if (at >= w->block.start && at < w->block.end)
    vec_push(&w->inside, r);
  else if (at >= w->block.end)
    vec_push(&w->after, r);
  return true;
}

static bool was_read(const Reads *w, Ref attribute) {
  const PyTree *t = w->cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  for (size_t i = 0; i < w->inside.len; i++) {
    const PyAttribute *b = PY_AS(Attribute, t, w->inside.items[i]);
    if (b->attr == a->attr &&
        rule_symbol(w->cx, b->value) == rule_symbol(w->cx, a->value))
      return true;
  }
  return false;
}

static void check_read(Reads *w, Ref attribute) {
  RuleCtx *cx = w->cx;
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, attribute);
  Value v = rule_value(cx, a->value);
  const Model *m = v.kind == VALUE_ENTITY ? models_of_class(cx->models, v.owner) : NULL;
  if (!m || !lazy_relationship(m, a->attr) || was_read(w, attribute))
    return;
  Ref source = assigned_once(cx, rule_symbol(cx, a->value));
  Loaded loaded;
  if (!source || py_node(t, source)->start < w->block.start ||
      py_node(t, source)->start >= w->block.end || !loaded_through(cx, source, &loaded) ||
      loaded.model != m)
    return;
  rule_report(
      cx, py_span(t, attribute),
      "`%.*s` is loaded lazily, but the session is closed: DetachedInstanceError is "
      "raised; read it in the block, or load it by selectinload()",
      STR_ARG(atom_str(cx->project->names, a->attr)));
}

static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, node);
  PyRefs items = py_list(t, PY_AS(With, t, node)->items);
  if (py_kind(t, function) != PY_FUNCTION_DEF || !items.len ||
      py_kind(t, items.at[0]) != PY_WITH_ITEM ||
      !makes_session(cx, PY_AS(WithItem, t, items.at[0])->context))
    return;
  Reads w = {.cx = cx, .block = py_span(t, node)};
  rule_walk_body(cx, function, visit, &w);
  for (size_t i = 0; i < w.after.len; i++)
    check_read(&w, w.after.items[i]);
  vec_free(&w.inside);
  vec_free(&w.after);
}

const Rule rule_use_after_close = {
    .code = "S112",
    .name = "use-after-close",
    .category = CAT_SESSION,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A lazy relationship read after the `with` block of its session",
    .why = "The instance is detached, and there is nothing left to load the relationship "
           "with: DetachedInstanceError is raised",
    .on = {PY_WITH},
    .check = check,
};
