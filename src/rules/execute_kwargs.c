// M106: connection.execute(stmt, x=1): 2.x takes one dictionary.
#include "rules/util.h"

static bool is_real_keyword(Str name) {
  return str_is(name, "statement") || str_is(name, "parameters") ||
         str_is(name, "execution_options") || str_is(name, "object_");
}

// The dictionary that the keywords stand for; `**d` alone is `d`. False where one of them
// is, or may be, a keyword of execute() itself.
static bool write_dict(RuleCtx *cx, PyRefs args, Buf *out) {
  const PyTree *t = cx->tree;
  if (args.len == 2 && !PY_AS(Keyword, t, args.at[1])->arg) {
    buf_add_str(out, rule_text(cx, PY_AS(Keyword, t, args.at[1])->value));
    return true;
  }
  buf_add_char(out, '{');
  for (uint32_t i = 1; i < args.len; i++) {
    const PyKeyword *k = PY_AS(Keyword, t, args.at[i]);
    Str value = rule_text(cx, k->value);
    Str name = k->arg ? atom_str(cx->project->names, k->arg) : STR("");
    if (k->arg && is_real_keyword(name))
      return false;
    buf_add_text(out, i > 1 ? ", " : "");
    if (k->arg)
      buf_printf(out, "\"%.*s\": %.*s", STR_ARG(name), STR_ARG(value));
    else
      buf_printf(out, "**%.*s", STR_ARG(value));
  }
  buf_add_char(out, '}');
  return true;
}

static void fix(RuleCtx *cx, Finding *f, Ref call, PyRefs args, Value v) {
  Buf dict = {0};
  Span span = {rule_paren_span(cx, args.at[1]).start, py_node(cx->tree, call)->end - 1};
  bool plain = write_dict(cx, args, &dict);
  if (!plain)
    rule_refuse(cx, f, "one of the names is a keyword of execute() itself on 2.x");
  else if (rule_has_comment(cx, span))
    rule_refuse(cx, f, "a comment stands between the arguments");
  else if (rule_fix(cx, f, level_of(v), "Pass a dictionary"))
    fix_printf(cx, (Span){span.start, py_node(cx->tree, args.at[args.len - 1])->end},
               "%.*s", STR_ARG(buf_str(&dict)));
  buf_free(&dict);
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (!str_is(method, "execute") && !str_is(method, "scalar"))
    return;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (args.len < 2 || py_kind(t, args.at[0]) == PY_KEYWORD ||
      py_kind(t, args.at[0]) == PY_STARRED)
    return;
  bool any = false;
  for (uint32_t i = 1; i < args.len; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD)
      return;
    Atom name = PY_AS(Keyword, t, args.at[i])->arg;
    any = any || !name || !is_real_keyword(atom_str(cx->project->names, name));
  }
  Value v = any ? rule_value(cx, call_receiver(t, call)) : (Value){0};
  if ((v.kind != VALUE_CONNECTION && v.kind != VALUE_ENGINE) || v.flags & VALUE_SUBCLASS)
    return;
  Finding *f = rule_report(cx, py_span(t, args.at[1]),
                           "`%.*s()` takes the parameters as one dictionary in 2.0",
                           STR_ARG(method));
  fix(cx, f, call, args, v);
}

const Rule rule_execute_kwargs = {
    .code = "M106",
    .name = "execute-kwargs",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "Parameters of a statement as keywords of Connection.execute()",
    .why = "2.0 raises TypeError: parameters are a dictionary, or a list of them",
    .on = {PY_CALL},
    .names = RULE_NAMES("execute", "scalar"),
    .check = check,
};
