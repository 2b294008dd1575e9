// Q167: parameters of text() that execute() is not given.
#include "rules/chain.h"
#include "rules/loaded.h"

#include <ctype.h>

static bool is_word(char c) {
  return c == '_' || isalnum((unsigned char)c);
}

// The next parameter from *at on, absent: no more. Those inside SQL strings are left to
// text-colon-in-literal.
static Str next_parameter(Str sql, size_t *at, bool *quoted) {
  for (size_t i = *at; i + 1 < sql.len; i++) {
    if (sql.ptr[i] == '\'')
      *quoted = !*quoted;
    if (sql.ptr[i] != ':' || !is_word(sql.ptr[i + 1]) || *quoted)
      continue;
    size_t end = i + 1;
    while (end < sql.len && is_word(sql.ptr[end]))
      end++;
    bool stands_alone = (i == 0 || (!is_word(sql.ptr[i - 1]) && sql.ptr[i - 1] != ':' &&
                                    sql.ptr[i - 1] != '\\')) &&
                        (end == sql.len || sql.ptr[end] != ':');
    if (!stands_alone) {
      i = end - 1;
      continue;
    }
    *at = end;
    return str_slice(sql, i + 1, end);
  }
  *at = sql.len;
  return (Str){0};
}

// The text() of the statement, where nothing else gives it parameters.
static Ref text_of(RuleCtx *cx, Ref statement) {
  Ref call = chain_call(cx, statement);
  return call && resolve_call_api(cx->resolver, cx->file_id, call) == API_sqlalchemy_text
             ? call
             : 0;
}

typedef struct {
  bool open; // what is given cannot be told
  Ref dict;
} Given;

static Given given_by(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Given g = {0};
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    const PyKeyword *k =
        py_kind(t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[i]) : NULL;
    bool option = k && k->arg == rule_atom(cx, "execution_options");
    bool params =
        k ? k->arg == rule_atom(cx, "params") || k->arg == rule_atom(cx, "parameters")
          : i == 1;
    Ref value = k ? k->value : args.at[i];
    if (params && !g.dict)
      g.dict = value;
    else if (i > 0 && !option)
      g.open = true; // keywords of 1.x
  }
  if (py_kind(t, g.dict) == PY_NAME && used_once(cx, g.dict)) { // made for this
    Ref made = assigned_once(cx, rule_symbol(cx, g.dict));
    g.dict = made ? made : g.dict;
  }
  if (py_kind(t, g.dict) == PY_LIST) {
    PyRefs rows = py_list(t, PY_AS(List, t, g.dict)->elts);
    g.dict = rows.len ? rows.at[0] : g.dict;
  }
  if (g.dict && py_kind(t, g.dict) != PY_DICT)
    g.open = true;
  return g;
}

static bool gives(RuleCtx *cx, Given *g, Str name) {
  const PyTree *t = cx->tree;
  PyRefs items = g->dict ? py_list(t, PY_AS(Dict, t, g->dict)->items) : (PyRefs){NULL, 0};
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Str key = items.at[i] ? string_value(cx, items.at[i]) : (Str){0};
    g->open = g->open || !key.ptr; // **values, a name
    if (key.ptr && str_eq(key, name))
      return true;
  }
  return false;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  Ref statement = call_positional(t, call, 0);
  if (!receiver || !statement || !value_is_executor(rule_value(cx, receiver)))
    return;
  Ref text = text_of(cx, statement);
  Str sql = text ? string_value(cx, call_positional(t, text, 0)) : (Str){0};
  Given g = sql.ptr ? given_by(cx, call) : (Given){0};
  size_t at = 0;
  bool quoted = false;
  for (Str name; sql.ptr && !g.open && (name = next_parameter(sql, &at, &quoted)).ptr;)
    if (!gives(cx, &g, name) && !g.open) {
      rule_report(cx, py_span(t, g.dict ? g.dict : statement),
                  "nothing is given for `:%.*s`: \"A value is required for bind "
                  "parameter\" is raised",
                  STR_ARG(name));
      return;
    }
}

const Rule rule_text_parameter_missing = {
    .code = "Q167",
    .name = "text-parameter-missing",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A parameter in text() that execute() is not given",
    .why = "StatementError is raised before anything is sent to the database",
    .on = {PY_CALL},
    .names = RULE_NAMES("execute", "scalars", "scalar"),
    .check = check,
};
