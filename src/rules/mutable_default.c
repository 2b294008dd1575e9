// D110: `default={}`: one object for every row of the process.
#include "rules/util.h"

static bool is_column_call(ApiId api) {
  return api == API_sqlalchemy_Column || api == API_sqlalchemy_orm_mapped_column;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (!is_column_call(resolve_call_api(cx->resolver, cx->file_id, call)))
    return;
  static const char *const keywords[] = {"default", "insert_default", "onupdate"};
  for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
    Ref value = call_keyword(t, call, rule_atom(cx, keywords[i]));
    Ref made = value;
    const PyTree *where = t;
    if (py_kind(t, value) == PY_NAME) { // NOTHING = {}
      Place held = rule_held(cx, value);
      where = &cx->project->files[held.file]->tree;
      made = held.ref;
    }
    PyKind kind = py_kind(where, made);
    const char *callable = kind == PY_DICT   ? "dict"
                           : kind == PY_LIST ? "list"
                           : kind == PY_SET  ? "set"
                                             : NULL;
    if (!callable)
      continue;
    bool empty = (kind == PY_DICT && !PY_AS(Dict, where, made)->items) ||
                 (kind == PY_LIST && !PY_AS(List, where, made)->elts);
    Finding *f = rule_report(cx, py_span(t, value),
                             "one %s is shared by all rows; pass a callable", callable);
    uint32_t lookup = py_scopes_lookup(
        cx->file->scopes, py_scopes_at(cx->file->scopes, value), rule_atom(cx, callable));
    if (made != value)
      rule_refuse(cx, f, "it has a name, and others may use it");
    else if (may_be_dataclass_field(cx, call))
      rule_refuse(cx, f, "a dataclass takes `default_factory=`");
    else if (rule_has_comment(cx, rule_paren_span(cx, value)))
      rule_refuse(cx, f, "a comment stands inside");
    else if (empty && lookup != NO_SYMBOL)
      rule_refuse(cx, f, "`%s` means something else here", callable);
    else if (rule_fix(cx, f, FIX_SAFE, empty ? "Use `%s`" : "Use a lambda", callable))
      fix_replace(
          cx, rule_paren_span(cx, value),
          empty ? str_from(callable)
                : str_format(cx->scratch, "lambda: %.*s", STR_ARG(rule_text(cx, value))));
  }
}

const Rule rule_mutable_default = {
    .code = "D110",
    .name = "mutable-default",
    .category = CAT_DESIGN,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A list, dict or set as the default of a column",
    .why = "Every row gets the same object: what one row changes, the others show",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_Column, API_sqlalchemy_orm_mapped_column),
    .check = check,
};
