// N113, N144: what 2.1 warns of and what means the same on all versions:
// `numbers.any(5)` of an ARRAY column is `any_(numbers) == 5`, which sends `5 = ANY
// (..)`; `select(distinct(x))` is `select(x).distinct()`.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"N113", "array-any-all", "any() and all() of ARRAY columns"},
    {"N144", "standalone-distinct", "select(distinct(...))"},
    {.code = NULL}};

// ---- ARRAY.any()

static bool is_array_column(const CodemodWalk *w, Ref x) {
  Value v = codemod_value(w, x);
  const Model *m = v.kind == VALUE_COLUMN && v.owner.ref
                       ? models_of_class(w->cx->models, v.owner)
                       : NULL;
  const ModelColumn *c = m && v.key ? model_column(m, v.key) : NULL;
  if (!c || !c->column || c->column->type.cls.ref)
    return false;
  ApiId api = (ApiId)c->column->type.api;
  return api == API_sqlalchemy_ARRAY || api == API_sqlalchemy_dialects_postgresql_ARRAY;
}

static bool binds_tightly(const PyTree *t, Ref x) {
  PyKind kind = py_kind(t, x);
  return is_simple(t, x) || kind == PY_NUM || kind == PY_STR || kind == PY_CALL ||
         kind == PY_SUBSCRIPT || kind == PY_ATTRIBUTE;
}

static void any_of_array(const CodemodWalk *w, Ref call, const char *function) {
  Ref column = call_receiver(w->t, call);
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  if (!is_array_column(w, column) ||
      !codemod_begin(w, "N113", call,
                     "any() and all() of ARRAY are deprecated for any_() and all_()"))
    return;
  codemod_need_proven(w, column);
  Ref value = args.len == 1 ? call_positional(w->t, call, 0) : 0;
  if (!value || py_kind(w->t, value) == PY_STARRED || is_none(w->t, value))
    codemod_refuse(w->cx, (Place){0, 0}, "it is called with more than one value");
  Str any = codemod_import(w->cx, w->file, call, "sqlalchemy", function);
  bool alone = py_kind(w->t, rule_parent(w->in, call)) == PY_CALL; // an argument
  if (value && any.ptr)
    fix_printf(w->in, py_span(w->t, call), "%s%.*s(%.*s) == %s%.*s%s%s", alone ? "" : "(",
               STR_ARG(any), STR_ARG(rule_text(w->in, column)),
               binds_tightly(w->t, value) ? "" : "(", STR_ARG(rule_text(w->in, value)),
               binds_tightly(w->t, value) ? "" : ")", alone ? "" : ")");
  codemod_close(w->cx);
}

// ---- select(distinct(x))

static bool is_distinct_already(const CodemodWalk *w, Ref call) {
  for (Ref r = call; r;) {
    Ref attribute = rule_parent(w->in, r);
    Ref outer = attribute ? rule_parent(w->in, attribute) : 0;
    if (py_kind(w->t, attribute) != PY_ATTRIBUTE || py_kind(w->t, outer) != PY_CALL ||
        PY_AS(Call, w->t, outer)->func != attribute)
      return false;
    if (str_is(call_method_text(w->in, outer), "distinct"))
      return true;
    r = outer;
  }
  return false;
}

static void standalone_distinct(const CodemodWalk *w, Ref select) {
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, select)->args);
  Ref call = args.len == 1 ? args.at[0] : 0;
  if (py_kind(w->t, call) != PY_CALL ||
      resolve_call_api(w->cx->resolver, w->file, call) != API_sqlalchemy_distinct)
    return;
  PyRefs inner = py_list(w->t, PY_AS(Call, w->t, call)->args);
  if (!codemod_begin(w, "N144", call,
                     "distinct() of a column outside of an aggregate is DISTINCT of the "
                     "whole statement"))
    return;
  if (inner.len != 1 || call_positional_count(w->t, call) != 1 ||
      py_kind(w->t, inner.at[0]) == PY_STARRED)
    codemod_refuse(w->cx, (Place){w->file, call}, "it is not called with one column");
  else if (is_distinct_already(w, select))
    codemod_refuse(w->cx, (Place){w->file, call}, "the statement is distinct as well");
  else {
    fix_replace(w->in, py_span(w->t, call), rule_text(w->in, inner.at[0]));
    fix_insert(w->in, py_node(w->t, select)->end, STR(".distinct()"));
  }
  codemod_close(w->cx);
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) != PY_CALL)
    return;
  Str method = call_method_text(w->in, r);
  if (str_is(method, "any"))
    any_of_array(w, r, "any_");
  else if (str_is(method, "all"))
    any_of_array(w, r, "all_");
  if (resolve_call_api(w->cx->resolver, w->file, r) == API_sqlalchemy_select)
    standalone_distinct(w, r);
}

const Codemod codemod_deprecated_21 = {.name = "deprecated-21",
                                       .codes = codes,
                                       .profile = PROFILE_MODERN,
                                       .since = SQLALCHEMY_2_1,
                                       .on = {PY_CALL},
                                       .visit = visit};
