// A114: create_all() is synchronous; an async connection runs it by run_sync().
#include "rules/util.h"

static bool is_ddl(Str method) {
  return str_is(method, "create_all") || str_is(method, "drop_all") ||
         str_is(method, "reflect");
}

// A name for the connection that means nothing else in the function, NULL: none.
static const char *free_name(RuleCtx *cx, Ref at) {
  static const char *const names[] = {"conn", "connection", "ddl_connection"};
  uint32_t scope = py_scopes_at(cx->file->scopes, at);
  for (size_t i = 0; i < ARRAY_LEN(names); i++) {
    uint32_t symbol = py_scopes_lookup(cx->file->scopes, scope, rule_atom(cx, names[i]));
    if (symbol == NO_SYMBOL)
      return names[i];
  }
  return NULL;
}

// What the call becomes behind `await`: conn.run_sync(metadata.create_all, tables=...).
static Str run_sync(RuleCtx *cx, Ref call, Ref bind, Str connection) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  Buf out = {0};
  buf_printf(&out, "%.*s.run_sync(%.*s", STR_ARG(connection),
             STR_ARG(py_text(t, PY_AS(Call, t, call)->func)));
  for (uint32_t i = 0; i < args.len; i++) {
    bool keyword = py_kind(t, args.at[i]) == PY_KEYWORD;
    if (args.at[i] != bind && !(keyword && PY_AS(Keyword, t, args.at[i])->value == bind))
      buf_printf(&out, ", %.*s", STR_ARG(rule_text(cx, args.at[i])));
  }
  buf_add_char(&out, ')');
  Str text = str_copy(cx->scratch, buf_str(&out));
  buf_free(&out);
  return text;
}

static void fix(RuleCtx *cx, Finding *f, Ref call, Ref bind, Value v) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, call);
  bool awaited = py_kind(t, parent) == PY_AWAIT;
  Ref whole = awaited ? parent : call;
  Ref statement = rule_parent(cx, whole), function = enclosing_function(cx, call);
  Str indent;
  if (py_kind(t, function) != PY_FUNCTION_DEF ||
      !(py_node(t, function)->flags & PYF_ASYNC)) {
    rule_refuse(cx, f, "`await` needs an `async def` around it");
    return;
  }
  if (!rule_fix(cx, f, level_of(v), "Use `run_sync()`"))
    return;
  if (rule_has_comment(cx, py_span(t, whole))) {
    fix_refuse(cx, "a comment stands between the arguments");
  } else if (v.kind == VALUE_ASYNC_CONNECTION) {
    fix_printf(cx, py_span(t, whole), "await %.*s",
               STR_ARG(run_sync(cx, call, bind, rule_text(cx, bind))));
  } else if (py_kind(t, statement) != PY_EXPR_STMT ||
             !rule_indent(cx, statement, &indent)) {
    fix_refuse(cx, "it is no statement on a line of its own");
  } else {
    const char *name = free_name(cx, call);
    Str engine = rule_text(cx, bind);
    if (!name)
      fix_refuse(cx, "the usual names for a connection are taken");
    else
      fix_printf(cx, py_span(t, statement),
                 "async with %.*s.begin() as %s:%.*s%.*s    await %.*s", STR_ARG(engine),
                 name, STR_ARG(rule_newline(cx)), STR_ARG(indent),
                 STR_ARG(run_sync(cx, call, bind, str_from(name))));
  }
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Str method = call_method_text(cx, call);
  if (!is_ddl(method) || call_has_stars(t, call))
    return;
  Ref bind = call_argument(t, call, rule_atom(cx, "bind"), 0);
  if (!bind || rule_value(cx, call_receiver(t, call)).kind != VALUE_METADATA)
    return;
  Value v = rule_value(cx, bind);
  if (v.kind != VALUE_ASYNC_ENGINE && v.kind != VALUE_ASYNC_CONNECTION)
    return;
  Finding *f = rule_report(
      cx, py_span(t, call), "`%.*s()` cannot work on an async %s; use `run_sync()`",
      STR_ARG(method), v.kind == VALUE_ASYNC_ENGINE ? "engine" : "connection");
  fix(cx, f, call, bind, v);
}

const Rule rule_create_all_async = {
    .code = "A114",
    .name = "create-all-async",
    .category = CAT_ASYNC,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "MetaData.create_all(), drop_all() or reflect() with an async engine or "
            "connection",
    .why = "These are synchronous: AttributeError is raised, and only run_sync() of an "
           "async connection can call them",
    .on = {PY_CALL},
    .names = RULE_NAMES("create_all", "drop_all", "reflect"),
    .check = check,
};
