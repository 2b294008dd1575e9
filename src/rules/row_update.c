// Q141, Q147, Q148: patterns with wildcards in them, counting in Python, and results that
// are read twice.
#include "rules/composed.h"
#include "rules/loaded.h"

// ---- Q141

// How a pattern is built around one value: `%value%`, `value%`, `%value`.
typedef struct {
  Ref value;
  bool before, after; // the `%`
  bool whole;         // nothing but these stands in it
  bool elsewhere;     // it is put together in another statement
} Pattern;

static void add_text(Pattern *p, Str text) {
  if (str_is(text, "%"))
    *(p->value ? &p->after : &p->before) = true;
  else if (text.len)
    p->whole = false;
}

// False where it is not one value between texts.
static bool read_pattern(RuleCtx *cx, Ref expr, Pattern *out) {
  Composed c = {0};
  Ref bound = 0;
  *out = (Pattern){.whole = true, .elsewhere = py_kind(cx->tree, expr) == PY_NAME};
  bool put = out->elsewhere
                 ? value_bindings(cx->values, cx->file_id, expr, &bound, 1) == 1 &&
                       composed_binding(cx, bound, &c)
                 : composed_read(cx, expr, &c);
  for (size_t i = 0; i < c.len; i++) {
    const ComposedPart *p = &c.items[i];
    if (p->is_text) {
      add_text(out, p->text);
      continue;
    }
    put = put && p->value && !out->value;
    out->value = p->value;
    out->whole = out->whole && p->plain;
  }
  vec_free(&c);
  return put && out->value && (out->before || out->after);
}

// `text.lower()`, `text.strip()`: as it was, but for what `%` and `_` have no part in.
static Ref without_case(RuleCtx *cx, Ref value) {
  static const char *const methods[] = {"lower", "upper", "strip", "casefold"};
  Str method = call_method_text(cx, value);
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    if (str_is(method, methods[i]) && !PY_AS(Call, cx->tree, value)->args)
      return call_receiver(cx->tree, value);
  return value;
}

// What `data.get("text")` and `data["text"]` are taken from, else the expression itself.
static Ref container_of(RuleCtx *cx, Ref value) {
  const PyTree *t = cx->tree;
  if (py_kind(t, value) == PY_SUBSCRIPT)
    return PY_AS(Subscript, t, value)->value;
  return str_is(call_method_text(cx, value), "get") ? call_receiver(t, value) : value;
}

// A text from outside that nobody has looked at: a parameter, an attribute or item of
// one, whose `%` and `_` are still wildcards.
static bool is_unescaped(RuleCtx *cx, Ref value) {
  const PyTree *t = cx->tree;
  value = without_case(cx, value);
  Value v = rule_value(cx, value);
  if (!is_simple(t, value) || (v.kind != VALUE_STR && v.kind != VALUE_UNKNOWN))
    return false;
  if (v.kind == VALUE_STR && v.flags & VALUE_LITERAL)
    return false;
  Ref local =
      py_kind(t, value) == PY_NAME ? assigned_once(cx, rule_symbol(cx, value)) : 0;
  Ref root = local ? container_of(cx, local) : value;
  while (py_kind(t, root) == PY_ATTRIBUTE)
    root = PY_AS(Attribute, t, root)->value;
  Origin o = resolve_expr(cx->resolver, cx->file_id, root);
  if (o.kind == ORIGIN_EXTERNAL && root != local)
    return str_is(atom_str(cx->project->names, o.dotted), "flask.request");
  if (o.kind != ORIGIN_PARAMETER || o.at.file != cx->file_id)
    return false;
  const PyScopes *s = cx->file->scopes;
  uint32_t symbol = rule_symbol(cx, root);
  return symbol != NO_SYMBOL && s->symbols[symbol].first == s->symbols[symbol].last &&
         PY_AS(Param, t, o.at.ref)->name != rule_atom(cx, "self") &&
         PY_AS(Param, t, o.at.ref)->name != rule_atom(cx, "cls");
}

static void check_like(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref argument = call_positional(t, call, 0);
  Pattern p;
  if (cx->file->is_test || !argument || py_list(t, PY_AS(Call, t, call)->args).len != 1 ||
      !read_pattern(cx, argument, &p) || !is_unescaped(cx, p.value))
    return;
  Value v = rule_value(cx, call_receiver(t, call));
  if ((v.kind != VALUE_COLUMN && v.kind != VALUE_EXPRESSION) || v.sure != SURE_PROVEN)
    return;
  bool any_case = str_is(call_method_text(cx, call), "ilike");
  const char *name = p.before && p.after ? "contains"
                     : p.before          ? "endswith"
                                         : "startswith";
  Finding *f = rule_report(cx, py_span(t, p.value),
                           "`%%` and `_` in `%.*s` match anything: a search for `50%%` "
                           "or `a_b` finds too much",
                           STR_ARG(rule_excerpt(cx, p.value)));
  if (!p.whole)
    rule_refuse(cx, f, "more than one value stands in the pattern");
  else if (p.elsewhere)
    rule_refuse(cx, f, "the pattern is put together elsewhere");
  else if (rule_has_comment(cx, py_span(t, argument)))
    rule_refuse(cx, f, "a comment stands inside the pattern");
  else if (any_case && cx->oldest < SQLALCHEMY_2_0)
    rule_refuse(cx, f, "icontains() is new in 2.0; escape the value, and say escape=");
  else if (rule_fix(cx, f, FIX_SHOW, "Use `%s%s()`", any_case ? "i" : "", name)) {
    Ref func = PY_AS(Call, t, call)->func;
    uint32_t at = PY_AS(Attribute, t, func)->attr_at;
    fix_printf(cx, (Span){at, py_node(t, func)->end}, "%s%s", any_case ? "i" : "", name);
    fix_printf(cx, py_span(t, argument), "%.*s, autoescape=True",
               STR_ARG(py_text(t, p.value)));
  }
}

// ---- Q147

static bool is_number(const SqlColumn *c) {
  static const char *const names[] = {"Integer", "BigInteger", "SmallInteger", "Numeric",
                                      "Float",   "Double",     "INTEGER",      "BIGINT"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (c->type.api && str_is(api_last_name((ApiId)c->type.api), names[i]))
      return true;
  return false;
}

// True where the mapper checks a version, and so notices that somebody was faster.
static bool is_versioned(RuleCtx *cx, const Model *m) {
  for (; m; m = m->parent) {
    if (!m->mapper_args.ref)
      continue;
    RuleCtx other = rule_elsewhere(cx, m->mapper_args.file);
    if (rule_gives(&other, m->mapper_args.ref, "version_id_col"))
      return true;
  }
  return false;
}

// True where the row was locked when it was read, or something else keeps others out.
static bool is_locked(RuleCtx *cx, Ref node, const Loaded *loaded, Ref source) {
  const PyTree *t = cx->tree;
  Value v = loaded->statement ? rule_value(cx, loaded->statement) : (Value){0};
  if ((v.shape && v.shape->flags & SHAPE_FOR_UPDATE) ||
      rule_gives(cx, source, "with_for_update"))
    return true;
  for (Ref p = rule_parent(cx, node); p; p = rule_parent(cx, p)) {
    if (py_kind(t, p) != PY_WITH)
      continue;
    PyRefs items = py_list(t, PY_AS(With, t, p)->items);
    for (uint32_t i = 0; i < items.len; i++) // with self._lock: with redis.lock(key):
      if (rule_names_word(cx, PY_AS(WithItem, t, items.at[i])->context, "lock"))
        return true;
  }
  return false;
}

static void check_counter(RuleCtx *cx, Ref node, Ref target) {
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, target);
  Value v = rule_value(cx, a->value);
  const Model *m = v.kind == VALUE_ENTITY && v.sure == SURE_PROVEN
                       ? models_of_class(cx->models, v.owner)
                       : NULL;
  const ModelColumn *c = m ? model_column(m, a->attr) : NULL;
  Ref source = c ? assigned_at(cx, a->value) : 0;
  Loaded loaded;
  if (!source || !c->column || !is_number(c->column) || is_versioned(cx, m) ||
      !loaded_from(cx, source, &loaded) || is_locked(cx, node, &loaded, source))
    return;
  rule_report(cx, py_span(t, node),
              "two transactions may both read the same `%.*s`, and one of the changes is "
              "lost; let the database count, `%.*s.%.*s = %.*s.%.*s + ...`, or lock the "
              "row by with_for_update()",
              STR_ARG(atom_str(cx->project->names, a->attr)),
              STR_ARG(py_text(t, a->value)),
              STR_ARG(atom_str(cx->project->names, a->attr)),
              STR_ARG(atom_str(cx->project->names, m->name)),
              STR_ARG(atom_str(cx->project->names, a->attr)));
}

static bool counts(uint16_t op) {
  return op == PY_ADD || op == PY_SUB;
}

// `user.logins += 1`, `user.logins = user.logins + 1`
static void check_change(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  if (cx->file->is_test)
    return;
  if (py_kind(t, node) == PY_AUG_ASSIGN) {
    const PyAugAssign *a = PY_AS(AugAssign, t, node);
    if (counts(a->node.aux) && py_kind(t, a->target) == PY_ATTRIBUTE &&
        py_kind(t, PY_AS(Attribute, t, a->target)->value) == PY_NAME)
      check_counter(cx, node, a->target);
    return;
  }
  const PyAssign *a = PY_AS(Assign, t, node);
  PyRefs targets = py_list(t, a->targets);
  if (targets.len != 1 || py_kind(t, targets.at[0]) != PY_ATTRIBUTE ||
      py_kind(t, a->value) != PY_BIN_OP || !counts(py_node(t, a->value)->aux) ||
      py_kind(t, PY_AS(Attribute, t, targets.at[0])->value) != PY_NAME)
    return;
  const PyBinOp *sum = PY_AS(BinOp, t, a->value);
  Str target = py_text(t, targets.at[0]);
  if (str_eq(py_text(t, sum->left), target) ||
      (sum->node.aux == PY_ADD && str_eq(py_text(t, sum->right), target)))
    check_counter(cx, node, targets.at[0]);
}

// ---- Q148

// True for the outermost `for` of a list, set or dictionary: [... for row in result].
static bool is_first(const PyTree *t, Ref whole, Ref comprehension) {
  PyRefs all = {NULL, 0};
  if (py_kind(t, whole) == PY_LIST_COMP)
    all = py_list(t, PY_AS(ListComp, t, whole)->generators);
  else if (py_kind(t, whole) == PY_SET_COMP)
    all = py_list(t, PY_AS(SetComp, t, whole)->generators);
  else if (py_kind(t, whole) == PY_DICT_COMP)
    all = py_list(t, PY_AS(DictComp, t, whole)->generators);
  return all.len && all.at[0] == comprehension;
}

// True where the use reads all that is left of the result.
static bool consumes(RuleCtx *cx, Ref name) {
  static const char *const methods[] = {"all",        "fetchall",          "first",
                                        "one",        "one_or_none",       "scalar",
                                        "scalar_one", "scalar_one_or_none"};
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, name);
  if (py_kind(t, parent) == PY_FOR)
    return PY_AS(For, t, parent)->iter == name;
  if (py_kind(t, parent) == PY_COMPREHENSION) {
    Ref whole = rule_parent(cx, parent); // the first is read once, whatever it holds
    return PY_AS(Comprehension, t, parent)->iter == name && is_first(t, whole, parent);
  }
  if (py_kind(t, parent) == PY_CALL && call_positional(t, parent, 0) == name) {
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, parent)->func);
    Str dotted =
        o.kind == ORIGIN_BUILTIN ? atom_str(cx->project->names, o.dotted) : STR("");
    return str_is(dotted, "list") || str_is(dotted, "tuple");
  }
  Ref call = py_kind(t, parent) == PY_ATTRIBUTE ? rule_parent(cx, parent) : 0;
  if (py_kind(t, call) != PY_CALL || PY_AS(Call, t, call)->func != parent)
    return false;
  Str method = call_method_text(cx, call);
  Ref above = rule_parent(cx, call);
  if ((str_is(method, "scalars") || str_is(method, "mappings") ||
       str_is(method, "unique")) &&
      py_kind(t, above) == PY_ATTRIBUTE) { // result.scalars().all()
    call = rule_parent(cx, above);
    if (py_kind(t, call) != PY_CALL || PY_AS(Call, t, call)->func != above)
      return false;
    method = call_method_text(cx, call);
  }
  for (size_t i = 0; i < ARRAY_LEN(methods); i++)
    if (str_is(method, methods[i]))
      return true;
  return false;
}

// True where nothing between the use and its statement decides whether it is reached.
static bool is_unconditional(RuleCtx *cx, Ref use, Ref statement) {
  for (Ref p = rule_parent(cx, use); p && p != statement; p = rule_parent(cx, p)) {
    PyKind kind = py_kind(cx->tree, p);
    bool plain = kind == PY_CALL || kind == PY_ATTRIBUTE || kind == PY_AWAIT ||
                 kind == PY_KEYWORD || kind == PY_COMPREHENSION || kind == PY_LIST_COMP ||
                 kind == PY_SET_COMP || kind == PY_DICT_COMP;
    if (!plain)
      return false;
  }
  return true;
}

typedef struct {
  RuleCtx *cx;
  uint32_t symbol;
  Vec(Ref) uses; // that consume
} Reads;

static bool visit_use(void *data, Ref r) {
  Reads *w = data;
  const PyTree *t = w->cx->tree;
  if (py_kind(t, r) != PY_NAME || rule_symbol(w->cx, r) != w->symbol)
    return true;
  if (consumes(w->cx, r))
    vec_push(&w->uses, r);
  return true;
}

static bool leaves_early(void *data, Ref r) {
  RuleCtx *cx = ((void **)data)[0];
  bool *found = ((void **)data)[1];
  PyKind kind = py_kind(cx->tree, r);
  *found = *found || kind == PY_BREAK || kind == PY_RETURN;
  return !*found;
}

static bool reads_to_the_end(RuleCtx *cx, Ref statement) {
  if (py_kind(cx->tree, statement) != PY_FOR)
    return py_kind(cx->tree, statement) == PY_ASSIGN ||
           py_kind(cx->tree, statement) == PY_EXPR_STMT;
  bool found = false;
  void *data[] = {cx, &found};
  rule_walk_body(cx, statement, leaves_early, data);
  return !found;
}

// True where `later` is reached only behind the whole of `statement`: it stands behind it
// in the same block.
static bool follows(RuleCtx *cx, Ref statement, Ref later) {
  Ref block = rule_parent(cx, statement);
  Ref child = later;
  for (Ref p = rule_parent(cx, later); p && p != block; p = rule_parent(cx, p))
    child = p;
  if (rule_parent(cx, child) != block ||
      py_node(cx->tree, child)->start < py_node(cx->tree, statement)->end)
    return false;
  PyKind kind = py_kind(cx->tree, block);
  return kind == PY_FUNCTION_DEF || kind == PY_WITH || kind == PY_MODULE;
}

static void check_result(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyAssign *a = PY_AS(Assign, t, node);
  PyRefs targets = py_list(t, a->targets);
  uint32_t symbol = targets.len == 1 ? rule_symbol(cx, targets.at[0]) : NO_SYMBOL;
  if (symbol == NO_SYMBOL || assigned_once(cx, symbol) != a->value)
    return;
  Ref made =
      py_kind(t, a->value) == PY_AWAIT ? PY_AS(Await, t, a->value)->value : a->value;
  Ref function = enclosing_function(cx, node);
  if (py_kind(t, made) != PY_CALL || py_kind(t, function) != PY_FUNCTION_DEF)
    return;
  Value v = rule_value(cx, a->value);
  if ((v.kind != VALUE_RESULT && v.kind != VALUE_SCALAR_RESULT &&
       v.kind != VALUE_MAPPING_RESULT) ||
      v.sure != SURE_PROVEN)
    return;
  Reads w = {.cx = cx, .symbol = symbol};
  rule_walk_body(cx, function, visit_use, &w);
  for (size_t i = 0; i + 1 < w.uses.len; i++) {
    Ref statement = rule_statement(cx, w.uses.items[i]);
    if (!is_unconditional(cx, w.uses.items[i], statement) ||
        !reads_to_the_end(cx, statement) || !follows(cx, statement, w.uses.items[i + 1]))
      continue;
    rule_report(cx, py_span(t, w.uses.items[i + 1]),
                "`%.*s` was read to its end before: nothing is left, or "
                "ResourceClosedError is raised; keep the list that all() gave",
                STR_ARG(py_text(t, targets.at[0])));
    break;
  }
  vec_free(&w.uses);
}

DEFINE_RULE(like_unescaped, "Q141", "like-unescaped", CAT_QUERY, SEVERITY_INFO,
            "like() of a text from outside between `%` signs",
            "The wildcards of the text itself work too; contains(), startswith() and "
            "endswith() with autoescape=True take it as it is",
            .fix = FIX_SHOW, .on = {PY_CALL}, .names = RULE_NAMES("like", "ilike"),
            .check = check_like);
DEFINE_RULE(update_in_python, "Q147", "update-values-python-rmw", CAT_QUERY,
            SEVERITY_INFO,
            "A number of a loaded row that is counted up or down in Python",
            "Between the SELECT and the UPDATE another transaction may have changed it: "
            "its change is overwritten",
            .on = {PY_AUG_ASSIGN, PY_ASSIGN}, .check = check_change);
DEFINE_RULE(result_reused, "Q148", "result-reused", CAT_QUERY, SEVERITY_ERROR,
            "A result that is read to its end twice",
            "A result is a cursor: the second time it is empty, or closed",
            .on = {PY_ASSIGN}, .check = check_result);
