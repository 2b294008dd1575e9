// D143: a comma behind Column(...), a colon for `=`, a column that is not called: the
// attribute is not mapped.
#include "rules/util.h"

static const char *constructor(ApiId api) {
  switch (api) {
  case API_sqlalchemy_Column:
    return "Column";
  case API_sqlalchemy_orm_mapped_column:
    return "mapped_column";
  case API_sqlalchemy_orm_relationship:
    return "relationship";
  case API_sqlalchemy_orm_deferred:
    return "deferred";
  default:
    return NULL;
  }
}

static void check_tuple(RuleCtx *cx, Ref tuple) {
  const PyTree *t = cx->tree;
  PyRefs items = py_list(t, PY_AS(Tuple, t, tuple)->elts);
  const char *what =
      items.len == 1
          ? constructor(resolve_call_api(cx->resolver, cx->file_id, items.at[0]))
          : NULL;
  if (!what)
    return;
  Finding *f =
      rule_report(cx, py_span(t, tuple),
                  "the comma makes a tuple of `%s()`: the attribute is not mapped", what);
  if (!rule_fix(cx, f, FIX_SAFE, "Remove the comma"))
    return;
  Span inner = rule_paren_span(cx, items.at[0]);
  Span before = {py_node(t, tuple)->start, inner.start};
  Span after = {inner.end, py_node(t, tuple)->end};
  if (rule_has_comment(cx, before) || rule_has_comment(cx, after)) {
    fix_refuse(cx, "a comment stands beside the comma");
    return;
  }
  if (before.start < before.end)
    fix_delete(cx, before);
  fix_delete(cx, after);
}

static void check_annotation(RuleCtx *cx, const PyAnnAssign *a) {
  const PyTree *t = cx->tree;
  const char *what =
      constructor(resolve_call_api(cx->resolver, cx->file_id, a->annotation));
  if (!what)
    return;
  Finding *f =
      rule_report(cx, py_span(t, a->annotation),
                  "`: %s(...)` is an annotation and maps nothing; write `=`", what);
  Span between = {py_node(t, a->target)->end, rule_paren_span(cx, a->annotation).start};
  if (!rule_fix(cx, f, FIX_SAFE, "Write `=` for `:`"))
    return;
  if (rule_has_comment(cx, between))
    fix_refuse(cx, "a comment stands behind the colon");
  else
    fix_replace(cx, between, STR(" = "));
}

static void check_uncalled(RuleCtx *cx, Ref value) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, value);
  const char *what =
      o.kind == ORIGIN_API && o.proven ? constructor(api_current((ApiId)o.api)) : NULL;
  if (!what)
    return;
  Span span = py_span(cx->tree, value);
  Finding *f =
      rule_report(cx, span, "`%s` is not called: the attribute is not mapped", what);
  if (str_is(str_from(what), "Column") || str_is(str_from(what), "mapped_column")) {
    if (rule_fix(cx, f, FIX_UNSAFE, "Call it"))
      fix_insert(cx, span.end, STR("()"));
  } else {
    rule_refuse(cx, f, "its arguments are not known");
  }
}

static void check(RuleCtx *cx, Ref cls) {
  const PyTree *t = cx->tree;
  bool mapped = models_class_role(cx->models, (Place){cx->file_id, cls}) == CLASS_MAPPED;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref value = 0;
    if (py_kind(t, body.at[i]) == PY_ASSIGN)
      value = PY_AS(Assign, t, body.at[i])->value;
    if (py_kind(t, body.at[i]) == PY_ANN_ASSIGN) {
      const PyAnnAssign *a = PY_AS(AnnAssign, t, body.at[i]);
      value = a->value;
      if (!value && py_kind(t, a->annotation) == PY_CALL)
        check_annotation(cx, a);
    }
    PyKind kind = py_kind(t, value);
    if (kind == PY_TUPLE)
      check_tuple(cx, value);
    else if (mapped && (kind == PY_NAME || kind == PY_ATTRIBUTE))
      check_uncalled(cx, value);
  }
}

const Rule rule_column_misplaced = {
    .code = "D143",
    .name = "column-in-wrong-place",
    .category = CAT_DESIGN,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A column of a class that is a tuple, an annotation, or a class not called",
    .why = "The attribute is not mapped; at most a warning says so",
    .on = {PY_CLASS_DEF},
    .check = check,
};
