// X107, X109: what a request says decides the ORDER BY, or which columns are set.
#include "rules/util.h"

// ---- X107

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  bool found;
} Test;

// `if name in ALLOWED`, `name == "id"`: the function knows what it lets through.
static bool visit_test(void *data, Ref r) {
  Test *w = data;
  const PyTree *t = w->cx->tree;
  if (py_kind(t, r) == PY_COMPARE &&
      rule_symbol(w->cx, PY_AS(Compare, t, r)->left) == w->symbol)
    w->found = true;
  return !w->found;
}

// A parameter of the function around that is a string, as far as its annotation says, and
// that nothing is compared with.
static bool is_unchecked_text(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, expr);
  uint32_t symbol = rule_symbol(cx, expr);
  Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
  if (o.kind != ORIGIN_PARAMETER || py_kind(t, expr) != PY_NAME ||
      py_kind(t, function) != PY_FUNCTION_DEF || symbol == NO_SYMBOL)
    return false;
  Ref annotation = PY_AS(Param, t, o.at.ref)->annotation;
  Value v = value_of_param(cx->values, cx->file_id, o.at.ref);
  if (annotation ? v.kind != VALUE_STR || v.flags & VALUE_SUBCLASS
                 : v.kind != VALUE_STR && v.kind != VALUE_UNKNOWN)
    return false;
  Test w = {.cx = cx, .symbol = symbol};
  PyVisitor visitor = {.enter = visit_test, .data = &w};
  py_walk(t, function, &visitor);
  return !w.found;
}

// The words that come from outside, 0: none. text(name), text(f"{name} desc"),
// getattr(Model, name).
static Ref outside_words(RuleCtx *cx, Ref arg) {
  const PyTree *t = cx->tree;
  if (py_kind(t, arg) != PY_CALL)
    return 0;
  Ref first = call_positional(t, arg, 0);
  if (resolve_call_api(cx->resolver, cx->file_id, arg) == API_sqlalchemy_text) {
    if (py_kind(t, first) != PY_JOINED_STR)
      return is_unchecked_text(cx, first) ? first : 0;
    PyRefs parts = py_list(t, PY_AS(JoinedStr, t, first)->parts);
    for (uint32_t i = 0; i < parts.len; i++)
      if (py_kind(t, parts.at[i]) == PY_FORMATTED_VALUE &&
          is_unchecked_text(cx, PY_AS(FormattedValue, t, parts.at[i])->value))
        return PY_AS(FormattedValue, t, parts.at[i])->value;
    return 0;
  }
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, arg)->func);
  Ref name = call_positional(t, arg, 1);
  bool reads = o.kind == ORIGIN_BUILTIN &&
               str_is(atom_str(cx->project->names, o.dotted), "getattr") && name &&
               rule_value(cx, first).kind == VALUE_MAPPED_CLASS;
  if (reads)
    return is_route(cx, enclosing_function(cx, arg)) && is_unchecked_text(cx, name) ? name
                                                                                    : 0;
  Str method = call_method_text(cx, arg); // desc(x), x.desc()
  Ref receiver = call_receiver(t, arg);
  if (receiver && (str_is(method, "desc") || str_is(method, "asc")))
    return outside_words(cx, receiver);
  return 0;
}

static void check_order(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value v = rule_value(cx, call_receiver(t, call));
  if (v.kind != VALUE_SELECT && v.kind != VALUE_QUERY)
    return;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref words = outside_words(cx, call_positional(t, call, i));
    if (words)
      rule_report(
          cx, py_span(t, words),
          "whoever calls chooses what stands in ORDER BY; look `%.*s` up among the "
          "columns that may be sorted by",
          STR_ARG(rule_excerpt(cx, words)));
  }
}

// ---- X109

// request.json, request.get_json(), request.form, await request.json() ...
static bool is_request_body(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  for (int i = 0; i < 8; i++) {
    switch (py_kind(t, expr)) {
    case PY_AWAIT:
      expr = PY_AS(Await, t, expr)->value;
      continue;
    case PY_CALL: {
      Ref receiver = call_receiver(t, expr);
      if (!receiver)
        return false;
      expr = receiver;
      break;
    }
    case PY_ATTRIBUTE:
      expr = PY_AS(Attribute, t, expr)->value;
      break;
    case PY_NAME: {
      Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
      if (o.kind == ORIGIN_VARIABLE && o.proven && o.value.file == cx->file_id &&
          o.value.ref) {
        expr = o.value.ref;
        break;
      }
      if (o.kind == ORIGIN_PARAMETER && o.at.file == cx->file_id)
        o = resolve_expr(cx->resolver, cx->file_id,
                         PY_AS(Param, t, o.at.ref)->annotation);
      Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
      return str_is(dotted, "flask.request") || str_is(dotted, "fastapi.Request") ||
             str_is(dotted, "starlette.requests.Request");
    }
    default:
      return false;
    }
  }
  return false;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol, before;
  bool found;
} Validation;

static bool visit_validation(void *data, Ref r) {
  Validation *w = data;
  const PyTree *t = w->cx->tree;
  if (py_kind(t, r) != PY_CALL || py_node(t, r)->start >= w->before)
    return !w->found;
  Atom name = last_name(t, PY_AS(Call, t, r)->func);
  Str text = name ? atom_str(w->cx->project->names, name) : STR("");
  Ref first = call_positional(t, r, 0);
  w->found = w->found || (first && rule_symbol(w->cx, first) == w->symbol &&
                          (str_find(text, STR("valid"), 0) != SIZE_MAX ||
                           str_find(text, STR("check"), 0) != SIZE_MAX));
  return !w->found;
}

// validate(data, schema): what the schema does not name may well be refused.
static bool is_validated(RuleCtx *cx, Ref value) {
  Ref function = enclosing_function(cx, value);
  Validation w = {.cx = cx,
                  .symbol = rule_symbol(cx, value),
                  .before = py_node(cx->tree, value)->start};
  if (w.symbol != NO_SYMBOL && py_kind(cx->tree, function) == PY_FUNCTION_DEF)
    rule_walk_body(cx, function, visit_validation, &w);
  return w.found;
}

static void check_assignment(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD || PY_AS(Keyword, t, args.at[i])->arg)
      continue;
    Ref value = PY_AS(Keyword, t, args.at[i])->value;
    if (is_request_body(cx, value) &&
        rule_value(cx, PY_AS(Call, t, call)->func).kind == VALUE_MAPPED_CLASS &&
        !is_validated(cx, value))
      rule_report(cx, py_span(t, args.at[i]),
                  "the request chooses which columns it sets, is_admin and owner_id "
                  "included; name those that it may");
  }
}

const Rule rule_order_by_user_string = {
    .code = "X107",
    .name = "order-by-user-string",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "order_by() of a string that comes from outside",
    .why = "text() takes any SQL; getattr() any attribute, a password's or a "
           "relationship's: "
           "sorting by it tells what it holds",
    .on = {PY_CALL},
    .names = RULE_NAMES("order_by"),
    .check = check_order,
};

const Rule rule_mass_assignment = {
    .code = "X109",
    .name = "mass-assignment",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A mapped class built from everything that a request holds",
    .why = "A client may set columns that the form does not show",
    .on = {PY_CALL},
    .check = check_assignment,
};
