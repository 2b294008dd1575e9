// D112, D113, D116, D123, D137, D147, X108: what columns, relationships and methods of a
// mapped class will do one day.
#include "rules/annotation.h"
#include "rules/loaded.h"
#include "rules/migration.h"

static Str text_of(const RuleCtx *cx, Atom name) {
  return atom_str(cx->project->names, name);
}

// A column that the class statement of this file declares by a call.
static const SqlColumn *own_column(RuleCtx *cx, const Model *m, uint32_t i) {
  const ModelColumn *c = &m->columns[i];
  bool own = c->column && !c->inherited && c->column->node.ref &&
             c->column->node.file == cx->file_id && place_eq(c->declared_in, m->node);
  return own ? c->column : NULL;
}

static bool has_type(const SqlColumn *c, const char *const *names, size_t count) {
  for (size_t i = 0; c->type.api && i < count; i++)
    if (str_is(api_last_name((ApiId)c->type.api), names[i]))
      return true;
  return false;
}

// ---- D112, D113

static void check_utcnow(RuleCtx *cx, const Model *m) {
  if (cx->file->is_test)
    return;
  for (uint32_t i = 0; i < m->column_count; i++) {
    const SqlColumn *c = own_column(cx, m, i);
    const Place given[] = {c ? c->default_value : (Place){0},
                           c ? c->onupdate : (Place){0}};
    for (size_t k = 0; k < ARRAY_LEN(given); k++)
      if (given[k].ref && given[k].file == cx->file_id &&
          str_is(rule_dotted(cx, given[k].ref), "datetime.datetime.utcnow"))
        rule_report(
            cx, py_span(cx->tree, given[k].ref),
            "utcnow() is deprecated since Python 3.12, and what it gives does not "
            "say that it is UTC; use `lambda: datetime.now(timezone.utc)`");
  }
}

static void check_naive(RuleCtx *cx, const Model *m) {
  if (cx->file->is_test)
    return;
  for (uint32_t i = 0; i < m->column_count; i++) {
    const SqlColumn *c = own_column(cx, m, i);
    if (c && c->type.known && str_is(c->type.text, "DateTime()"))
      rule_report(cx, py_span(cx->tree, c->node.ref),
                  "`%.*s` does not keep the time zone; DateTime(timezone=True) does",
                  STR_ARG(text_of(cx, m->columns[i].key)));
  }
}

// ---- D116

static bool has_word(Str name, const char *const *words, size_t count) {
  Str rest = name, part;
  while (str_next_part(&rest, '_', &part))
    for (size_t i = 0; i < count; i++)
      if (str_eq_nocase(part, str_from(words[i])))
        return true;
  return false;
}

static bool is_money(RuleCtx *cx, const Model *m, Str name) {
  static const char *const sums[] = {"price",  "prices",  "salary",   "wage",
                                     "refund", "payment", "subtotal", "fee",
                                     "fees",   "revenue", "deposit"};
  static const char *const factors[] = {"id",     "count", "rate",       "ratio",
                                        "factor", "score", "percent",    "percentage",
                                        "weight", "index", "multiplier", "change"};
  if (has_word(name, factors, ARRAY_LEN(factors)))
    return false;
  if (has_word(name, sums, ARRAY_LEN(sums)))
    return true;
  static const char *const owners[] = {"account", "current", "available", "opening",
                                       "closing", "wallet",  "user",      "customer"};
  static const char *const balance[] = {"balance"};
  if (has_word(name, balance, 1)) // not white_balance, load_balance
    return str_is(name, "balance") || has_word(name, owners, ARRAY_LEN(owners));
  static const char *const amounts[] = {"amount", "total", "cost"};
  return has_word(name, amounts, ARRAY_LEN(amounts)) &&
         model_column(m, rule_atom(cx, "currency"));
}

static void check_money(RuleCtx *cx, const Model *m) {
  if (cx->file->is_test)
    return;
  static const char *const floats[] = {"Float",  "FLOAT",  "REAL",
                                       "Double", "DOUBLE", "DOUBLE_PRECISION"};
  for (uint32_t i = 0; i < m->column_count; i++) {
    const SqlColumn *c = own_column(cx, m, i);
    if (!c || !has_type(c, floats, ARRAY_LEN(floats)) ||
        str_find(c->type.text, STR("asdecimal=True"), 0) != SIZE_MAX ||
        !is_money(cx, m, text_of(cx, m->columns[i].key)))
      continue;
    rule_report(cx, py_span(cx->tree, c->node.ref),
                "`%.*s` in binary fractions: 0.1 + 0.2 is not 0.3; use "
                "Numeric(precision, scale)",
                STR_ARG(text_of(cx, m->columns[i].key)));
  }
}

// ---- D123

// The only foreign key of the table that points to the other one; NULL otherwise.
static const SqlColumn *key_to(const SqlTable *table, const SqlTable *other) {
  const SqlColumn *found = NULL;
  for (uint32_t i = 0; i < table->column_count; i++)
    for (uint32_t k = 0; k < table->columns[i]->foreign_key_count; k++)
      if (table->columns[i]->foreign_keys[k].table == other) {
        if (found)
          return NULL;
        found = table->columns[i];
      }
  return found;
}

// A key that is part of the primary key cannot be blanked either.
static bool is_not_null(const SqlColumn *c) {
  return c->proven && (!c->nullable || c->primary_key);
}

static void check_ondelete(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (r->inherited || r->from_backref || !r->proven || !r->node.ref || r->viewonly ||
        r->node.file != cx->file_id || !place_eq(r->declared_in, m->node) ||
        r->direction != ONE_TO_MANY || !r->target || !r->target->table || !m->table ||
        r->target->table == m->table || str_is(r->lazy, "write_only") ||
        py_kind(cx->tree, r->node.ref) != PY_CALL ||
        call_has_stars(cx->tree, r->node.ref))
      continue;
    if (rule_gives(cx, r->node.ref, "passive_deletes") ||
        str_find(r->cascade, STR("delete"), 0) != SIZE_MAX ||
        str_find(r->cascade, STR("all"), 0) != SIZE_MAX)
      continue;
    const SqlColumn *key = key_to(r->target->table, m->table);
    if (!key || !str_eq_nocase(key->foreign_keys[0].ondelete, STR("CASCADE")) ||
        key->foreign_key_count != 1)
      continue;
    rule_report(
        cx, py_span(cx->tree, r->node.ref),
        is_not_null(key)
            ? "session.delete() of `%.*s` sets `%.*s` to NULL before the database "
              "could delete the rows, which fails; say passive_deletes=True"
            : "session.delete() of `%.*s` sets `%.*s` to NULL and keeps the rows, "
              "in spite of ON DELETE CASCADE; say passive_deletes=True",
        STR_ARG(text_of(cx, m->name)), STR_ARG(text_of(cx, key->name)));
  }
}

// ---- D137

typedef struct {
  RuleCtx *cx;
  const Model *model;
  Atom self;
  Ref read;
} Lazy;

static bool is_self(RuleCtx *cx, Ref expr, Atom self) {
  return py_kind(cx->tree, expr) == PY_NAME && PY_AS(Name, cx->tree, expr)->id == self;
}

static bool visit_lazy(void *data, Ref r) {
  Lazy *l = data;
  const PyTree *t = l->cx->tree;
  if (!l->read && py_kind(t, r) == PY_ATTRIBUTE &&
      is_self(l->cx, PY_AS(Attribute, t, r)->value, l->self) &&
      lazy_relationship(l->model, PY_AS(Attribute, t, r)->attr))
    l->read = r;
  return !l->read;
}

// The name of the first parameter of a method.
static Atom self_of(const PyTree *t, Ref def) {
  PyRefs list = def_params(t, def);
  return list.len ? PY_AS(Param, t, list.at[0])->name : 0;
}

static void check_repr(RuleCtx *cx, const Model *m) {
  if (cx->file->is_test)
    return;
  const PyTree *t = cx->tree;
  if (m->node.file != cx->file_id || py_kind(t, m->node.ref) != PY_CLASS_DEF)
    return;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Atom name = py_kind(t, body.at[i]) == PY_FUNCTION_DEF
                    ? PY_AS(FunctionDef, t, body.at[i])->name
                    : 0;
    if (!name || name != rule_atom(cx, "__repr__"))
      continue;
    Lazy l = {.cx = cx, .model = m, .self = self_of(t, body.at[i])};
    rule_walk_body(cx, body.at[i], visit_lazy, &l);
    if (l.read)
      rule_report(cx, py_span(t, l.read),
                  "`%.*s` is loaded when the instance is printed: a query for each line "
                  "of a log, and DetachedInstanceError where the session is gone",
                  STR_ARG(text_of(cx, PY_AS(Attribute, t, l.read)->attr)));
  }
}

// ---- D147

typedef struct {
  RuleCtx *cx;
  const Model *model;
  Atom self;
  Ref wrong; // does not do on the class what it does on an instance
} Hybrid;

// `self.name` of a column or relationship, or a comparison with one.
static bool reads_mapped(Hybrid *h, Ref expr) {
  const PyTree *t = h->cx->tree;
  if (py_kind(t, expr) == PY_COMPARE) {
    const PyCompare *c = PY_AS(Compare, t, expr);
    uint16_t op = c->node.aux;
    return op != PY_IS && op != PY_IS_NOT && op != PY_IN && op != PY_NOT_IN &&
           reads_mapped(h, c->left);
  }
  if (py_kind(t, expr) != PY_ATTRIBUTE ||
      !is_self(h->cx, PY_AS(Attribute, t, expr)->value, h->self))
    return false;
  Atom attr = PY_AS(Attribute, t, expr)->attr;
  return model_column(h->model, attr) || model_relationship(h->model, attr);
}

static bool reads_any(Hybrid *h, Ref list) {
  PyRefs items = py_list(h->cx->tree, list);
  for (uint32_t i = 0; i < items.len; i++)
    if (reads_mapped(h, items.at[i]))
      return true;
  return false;
}

static bool is_python_call(Hybrid *h, Ref call) {
  static const char *const names[] = {"len", "sum", "int",    "str",   "float", "bool",
                                      "any", "all", "sorted", "round", "max",   "min"};
  Ref first = call_positional(h->cx->tree, call, 0);
  Origin o =
      resolve_expr(h->cx->resolver, h->cx->file_id, PY_AS(Call, h->cx->tree, call)->func);
  if (o.kind != ORIGIN_BUILTIN || !first || !reads_mapped(h, first))
    return false;
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(text_of(h->cx, o.dotted), names[i]))
      return true;
  return false;
}

static bool visit_hybrid(void *data, Ref r) {
  Hybrid *h = data;
  const PyTree *t = h->cx->tree;
  bool wrong = false;
  switch (py_kind(t, r)) {
  case PY_IF:
    r = PY_AS(If, t, r)->test;
    wrong = reads_mapped(h, r);
    break;
  case PY_IF_EXP:
    r = PY_AS(IfExp, t, r)->test;
    wrong = reads_mapped(h, r);
    break;
  case PY_BOOL_OP:
    wrong = reads_any(h, PY_AS(BoolOp, t, r)->values);
    break;
  case PY_UNARY_OP:
    wrong =
        py_node(t, r)->aux == PY_NOT && reads_mapped(h, PY_AS(UnaryOp, t, r)->operand);
    break;
  case PY_FORMATTED_VALUE:
    wrong = reads_mapped(h, PY_AS(FormattedValue, t, r)->value);
    break;
  case PY_FOR:
    wrong = reads_mapped(h, PY_AS(For, t, r)->iter);
    break;
  case PY_COMPREHENSION:
    wrong = reads_mapped(h, PY_AS(Comprehension, t, r)->iter);
    break;
  case PY_CALL:
    wrong = is_python_call(h, r);
    break;
  default:
    break;
  }
  if (wrong && !h->wrong)
    h->wrong = r;
  return !h->wrong;
}

// `@name.expression`, `@name.inplace.comparator`: the class has its own.
static bool gives_expression(RuleCtx *cx, Ref decorator, Atom name) {
  const PyTree *t = cx->tree;
  if (py_kind(t, decorator) != PY_ATTRIBUTE)
    return false;
  Str last = atom_str(cx->project->names, PY_AS(Attribute, t, decorator)->attr);
  Ref root = decorator;
  while (py_kind(t, root) == PY_ATTRIBUTE)
    root = PY_AS(Attribute, t, root)->value;
  return (str_is(last, "expression") || str_is(last, "comparator")) &&
         py_kind(t, root) == PY_NAME && PY_AS(Name, t, root)->id == name;
}

static bool has_expression(RuleCtx *cx, PyRefs body, Atom name) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 0; i < body.len; i++) {
    PyRefs list = py_kind(t, body.at[i]) == PY_FUNCTION_DEF
                      ? py_list(t, PY_AS(FunctionDef, t, body.at[i])->decorators)
                      : (PyRefs){NULL, 0};
    for (uint32_t k = 0; k < list.len; k++)
      if (gives_expression(cx, list.at[k], name))
        return true;
  }
  return false;
}

static void check_hybrid(RuleCtx *cx, const Model *m) {
  if (cx->file->is_test)
    return;
  const PyTree *t = cx->tree;
  if (m->node.file != cx->file_id || py_kind(t, m->node.ref) != PY_CLASS_DEF)
    return;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < m->attr_count; i++) {
    const ModelAttr *a = &m->attrs[i];
    Str name = text_of(cx, a->key);
    if (a->kind != ATTR_HYBRID_PROPERTY || a->inherited ||
        !place_eq(a->declared_in, m->node) || !a->node.ref ||
        py_kind(t, a->node.ref) != PY_FUNCTION_DEF || has_expression(cx, body, a->key))
      continue;
    Hybrid h = {.cx = cx, .model = m, .self = self_of(t, a->node.ref)};
    rule_walk_body(cx, a->node.ref, visit_hybrid, &h);
    uint32_t at = PY_AS(FunctionDef, t, a->node.ref)->name_at;
    if (h.wrong)
      rule_report(cx, (Span){at, at + (uint32_t)name.len},
                  "`%.*s` does not work in a query: `%.*s` is evaluated by Python when "
                  "the statement is built; add @%.*s.expression, or make it a plain "
                  "@property",
                  STR_ARG(name), STR_ARG(rule_excerpt(cx, h.wrong)), STR_ARG(name));
  }
}

// ---- X108

static void check_pickle(RuleCtx *cx, const Model *m) {
  if (cx->migrations && migrations_have(cx->migrations, cx->file_id))
    return; // a table as it was
  static const char *const pickles[] = {"PickleType"};
  for (uint32_t i = 0; i < m->column_count; i++) {
    const SqlColumn *c = own_column(cx, m, i);
    if (c && has_type(c, pickles, ARRAY_LEN(pickles)) &&
        !rule_gives(cx, c->node.ref, "pickler"))
      rule_report(cx, py_span(cx->tree, c->node.ref),
                  "whoever can write `%.*s` runs code in every program that reads it; "
                  "use JSON",
                  STR_ARG(text_of(cx, m->columns[i].key)));
  }
}

DEFINE_RULE(utcnow_deprecated, "D112", "utcnow-deprecated", CAT_DESIGN, SEVERITY_INFO,
            "datetime.utcnow as the default of a column",
            "Deprecated since Python 3.12; it gives a naive time that other code takes "
            "for local time",
            .off = true, .check_model = check_utcnow);
DEFINE_RULE(datetime_naive, "D113", "datetime-naive", CAT_DESIGN, SEVERITY_INFO,
            "A DateTime column without a time zone",
            "What is stored depends on the clock of the server that wrote it",
            .off = true, .check_model = check_naive);
DEFINE_RULE(float_for_money, "D116", "float-for-money", CAT_DESIGN, SEVERITY_WARNING,
            "A Float column for a sum of money",
            "Binary fractions cannot hold cents: sums are off, and comparisons fail",
            .check_model = check_money);
DEFINE_RULE(ondelete_alone, "D123", "ondelete-without-passive-deletes", CAT_DESIGN,
            SEVERITY_WARNING,
            "A collection without passive_deletes over a key with ON DELETE CASCADE",
            "Before the parent is deleted the session sets the key of its children to "
            "NULL: the cascade of the database finds none, or NOT NULL fails",
            .check_model = check_ondelete);
DEFINE_RULE(
    repr_lazy_load, "D137", "repr-lazy-load", CAT_DESIGN, SEVERITY_WARNING,
    "A lazy relationship read in __repr__",
    "Printing an instance, in a log or a debugger, sends queries, or raises where "
    "the session is closed",
    .check_model = check_repr);
DEFINE_RULE(hybrid_without_expression, "D147", "hybrid-missing-expression", CAT_DESIGN,
            SEVERITY_INFO,
            "A hybrid_property that only Python can evaluate, without an expression",
            "On the class `if`, `and`, len() and f-strings see the columns and not their "
            "values: the query is wrong, or TypeError is raised",
            .check_model = check_hybrid);
DEFINE_RULE(pickle_type, "X108", "pickletype", CAT_SECURITY, SEVERITY_INFO,
            "A column of PickleType",
            "Unpickling runs what the bytes say: an SQL injection becomes code that runs",
            .check_model = check_pickle);
