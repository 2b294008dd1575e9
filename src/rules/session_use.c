// session_use.c: how a function uses one session or connection that a name holds.
#include "rules/session_use.h"

static bool is_one_of(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static Str sql_of(RuleCtx *cx, Ref statement) {
  const PyTree *t = cx->tree;
  Ref literal = py_kind(t, statement) == PY_CALL ? call_positional(t, statement, 0) : 0;
  return str_trim(string_value(cx, literal));
}

static bool starts_with_word(Str sql, const char *word) {
  size_t n = strlen(word);
  return sql.len >= n && str_eq_nocase(str_slice(sql, 0, n), str_from(word)) &&
         (sql.len == n || sql.ptr[n] == ' ' || sql.ptr[n] == '\n' || sql.ptr[n] == ';');
}

// text("COMMIT"), and tables that live as long as the connection: text("CREATE TEMP
// ...").
static bool settles_by_text(RuleCtx *cx, Ref statement) {
  static const char *const words[] = {"commit", "create temp", "create temporary",
                                      "create local temp", "create local temporary"};
  if (rule_value(cx, statement).kind != VALUE_TEXT)
    return false;
  Str sql = sql_of(cx, statement);
  for (size_t i = 0; sql.ptr && i < ARRAY_LEN(words); i++)
    if (starts_with_word(sql, words[i]))
      return true;
  return false;
}

// Words that text() of a statement that changes something starts with.
static bool is_dml_text(RuleCtx *cx, Ref statement) {
  static const char *const words[] = {"insert", "update", "delete", "merge",   "replace",
                                      "create", "alter",  "drop",   "truncate"};
  Str sql = sql_of(cx, statement);
  for (size_t i = 0; sql.ptr && i < ARRAY_LEN(words); i++)
    if (starts_with_word(sql, words[i]))
      return true;
  return false;
}

bool session_writes(RuleCtx *cx, Ref call) {
  static const char *const names[] = {"add",
                                      "add_all",
                                      "delete",
                                      "delete_all",
                                      "merge",
                                      "bulk_save_objects",
                                      "merge_all",
                                      "bulk_insert_mappings",
                                      "bulk_update_mappings"};
  Str method = call_method_text(cx, call);
  if (is_one_of(method, names, ARRAY_LEN(names)))
    return true;
  if (!str_is(method, "execute") && !str_is(method, "scalar") &&
      !str_is(method, "scalars"))
    return false;
  Ref statement = call_positional(cx->tree, call, 0);
  if (!statement)
    return false;
  Value v = rule_value(cx, statement);
  return v.kind == VALUE_INSERT || v.kind == VALUE_UPDATE || v.kind == VALUE_DELETE ||
         (v.kind == VALUE_TEXT && is_dml_text(cx, statement));
}

// What is called is asked first: most often it is a function, and what that returns need
// not be known.
bool makes_session(RuleCtx *cx, Ref expr) {
  if (py_kind(cx->tree, expr) != PY_CALL)
    return false;
  Value by = rule_value(cx, PY_AS(Call, cx->tree, expr)->func);
  if (by.kind != VALUE_SESSIONMAKER && by.kind != VALUE_ASYNC_SESSIONMAKER &&
      by.kind != VALUE_CLASS)
    return false;
  Value v = rule_value(cx, expr);
  return (v.kind == VALUE_SESSION || v.kind == VALUE_ASYNC_SESSION) &&
         v.sure == SURE_PROVEN && !(v.flags & (VALUE_SUBCLASS | VALUE_FLASK));
}

static bool binds_engine(RuleCtx *cx, Ref bind) {
  Value v = rule_value(cx, bind);
  return v.kind == VALUE_ENGINE || v.kind == VALUE_ASYNC_ENGINE;
}

bool session_borrows(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Atom name = rule_atom(cx, "bind");
  Ref bind = call_argument(t, call, name, 0);
  if (bind)
    return !binds_engine(cx, bind);
  if (call_has_stars(t, call))
    return true;
  Value made_by = rule_value(cx, PY_AS(Call, t, call)->func);
  if (made_by.kind == VALUE_CLASS) // Session(): no factory that knows an engine
    return !PY_AS(Call, t, call)->args;
  Place maker = made_by.root;
  if (maker.file != cx->file_id || py_kind(t, maker.ref) != PY_CALL)
    return false;
  bind = call_argument(t, maker.ref, name, 0);
  Value v = bind ? rule_value(cx, bind) : (Value){0};
  return v.kind == VALUE_CONNECTION || v.kind == VALUE_ASYNC_CONNECTION;
}

uint32_t entered_symbol(RuleCtx *cx, Ref with_item) {
  return rule_symbol(cx, PY_AS(WithItem, cx->tree, with_item)->vars);
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Ref root;
  SessionUse use;
} Walk;

static bool in_finally(Walk *w, Ref node) {
  const PyTree *t = w->cx->tree;
  for (Ref child = node; child && child != w->root; child = rule_parent(w->cx, child)) {
    Ref parent = rule_parent(w->cx, child);
    if (py_kind(t, parent) != PY_TRY)
      continue;
    PyRefs last = py_list(t, PY_AS(Try, t, parent)->finalbody);
    for (uint32_t i = 0; i < last.len; i++)
      if (last.at[i] == child)
        return true;
  }
  return false;
}

// `name.method(...)`.
static void use_method(Walk *w, Ref call) {
  SessionUse *u = &w->use;
  Str method = call_method_text(w->cx, call);
  if (str_is(method, "commit") || str_is(method, "begin") ||
      str_is(method, "begin_nested") || str_is(method, "prepare")) {
    u->commits++;
  } else if (str_is(method, "rollback")) {
    u->rollbacks++;
  } else if (str_is(method, "close") || str_is(method, "aclose") ||
             str_is(method, "remove") || str_is(method, "reset")) {
    u->closes++;
    u->closed_in_finally = u->closed_in_finally || in_finally(w, call);
  } else if (str_is(method, "run_sync")) {
    u->passed_on = true;
  } else if (str_is(method, "execute") &&
             settles_by_text(w->cx, call_positional(w->cx->tree, call, 0))) {
    u->commits++;
  } else if (session_writes(w->cx, call)) {
    if (!u->writes++)
      u->first_write = call;
  }
}

// True where a def or lambda stands between the node and the root.
static bool is_captured(Walk *w, Ref node) {
  const PyTree *t = w->cx->tree;
  for (Ref p = rule_parent(w->cx, node); p && p != w->root; p = rule_parent(w->cx, p))
    if (py_kind(t, p) == PY_FUNCTION_DEF || py_kind(t, p) == PY_LAMBDA ||
        py_kind(t, p) == PY_CLASS_DEF)
      return true;
  return false;
}

static void use_argument(Walk *w, Ref call) {
  Value callee = rule_value(w->cx, PY_AS(Call, w->cx->tree, call)->func);
  Value made = rule_value(w->cx, call);
  w->use.passed_on = true;
  if (callee.kind == VALUE_CLASS || made.kind == VALUE_OBJECT ||
      made.kind == VALUE_CONTEXT)
    w->use.escapes = true;
}

static void use_name(Walk *w, Ref name) {
  const PyTree *t = w->cx->tree;
  SessionUse *u = &w->use;
  Ref parent = rule_parent(w->cx, name);
  if (is_captured(w, name)) {
    u->escapes = true;
    return;
  }
  switch (py_kind(t, parent)) {
  case PY_ATTRIBUTE: {
    Ref call = rule_parent(w->cx, parent);
    if (py_kind(t, call) == PY_CALL && PY_AS(Call, t, call)->func == parent)
      use_method(w, call);
    else if (py_kind(t, call) != PY_ATTRIBUTE)
      u->passed_on = true; // a bound method, or an attribute that is set
    break;
  }
  case PY_KEYWORD:
  case PY_STARRED:
    parent = rule_parent(w->cx, parent);
    if (py_kind(t, parent) == PY_CALL)
      use_argument(w, parent);
    else
      u->escapes = true;
    break;
  case PY_CALL:
    use_argument(w, parent);
    break;
  case PY_WITH_ITEM:
    u->entered = u->entered || PY_AS(WithItem, t, parent)->context == name;
    break;
  case PY_EXPR_STMT:
  case PY_COMPARE:
  case PY_IF:
  case PY_UNARY_OP:
  case PY_DELETE:
    break;
  case PY_ASSIGN:
    u->escapes = u->escapes || PY_AS(Assign, t, parent)->value == name;
    break;
  case PY_ANN_ASSIGN: // the annotation is none of its uses
    u->escapes = u->escapes || PY_AS(AnnAssign, t, parent)->value == name;
    break;
  default: // returned, yielded, put into a list ...
    u->escapes = true;
  }
}

static bool enter(void *data, Ref r) {
  Walk *w = data;
  if (py_kind(w->cx->tree, r) == PY_NAME && rule_symbol(w->cx, r) == w->symbol)
    use_name(w, r);
  return true;
}

SessionUse session_use(RuleCtx *cx, Ref root, uint32_t symbol) {
  Walk w = {.cx = cx, .symbol = symbol, .root = root};
  if (symbol == NO_SYMBOL)
    return w.use;
  PyVisitor v = {.enter = enter, .data = &w};
  py_walk(cx->tree, root, &v);
  return w.use;
}
