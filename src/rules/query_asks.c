// P120, Q114, Q117, Q118, Q131, Q137, Q158, Q169: what a query asks for, and what it
// forgets.
#include "rules/chain.h"
#include "rules/loaded.h"

// ---- Q117, Q118

// True where the rows of a query come in no order that is known.
static bool is_unordered(RuleCtx *cx, Value v) {
  const uint32_t known = SHAPE_ORDERED | SHAPE_FROM_STATEMENT | SHAPE_COMPOUND |
                         SHAPE_SELECT_FROM | SHAPE_FOR_UPDATE | SHAPE_CORRELATED;
  if (!v.shape || v.sure != SURE_PROVEN || !(v.shape->flags & SHAPE_WHOLE) ||
      v.shape->flags & known || !v.shape->count ||
      (v.kind == VALUE_QUERY && !(v.shape->flags & SHAPE_FROM_SESSION_QUERY)))
    return false;
  for (uint32_t i = 0; i < v.shape->count; i++) {
    Value c = v.shape->items[i].column;
    if ((c.kind != VALUE_MAPPED_CLASS && c.kind != VALUE_COLUMN) || !c.owner.ref ||
        !models_of_class(cx->models, c.owner))
      return false;
  }
  return true;
}

// A batch after the other, until there is nothing left: any rows do.
static bool in_while(RuleCtx *cx, Ref node) {
  for (Ref p = rule_parent(cx, node); p; p = rule_parent(cx, p)) {
    PyKind kind = py_kind(cx->tree, p);
    if (kind == PY_WHILE)
      return true;
    if (kind == PY_FUNCTION_DEF)
      return false;
  }
  return false;
}

// limit(2): whether there is more than one is asked, not which they are. A batch, by its
// name, is any of the rows that wait.
static bool takes_any_rows(RuleCtx *cx, Ref limit) {
  Ref count = call_positional(cx->tree, limit, 0);
  Atom name = last_name(cx->tree, count);
  Str text = name ? atom_str(cx->project->names, name) : STR("");
  return (py_kind(cx->tree, count) == PY_NUM && str_is(py_text(cx->tree, count), "2")) ||
         name_has_word(text, "batch") || name_has_word(text, "chunk");
}

static void check_limit(RuleCtx *cx, Ref call) {
  Value v = {0};
  Ref statement = cx->file->is_test ? 0 : chain_executed(cx, call, &v);
  if (!statement || !is_unordered(cx, v) || !(v.shape->flags & SHAPE_LIMITED) ||
      v.shape->flags & (SHAPE_LIMIT_ONE | SHAPE_OFFSET) || in_while(cx, call))
    return;
  Ref link = chain_find(cx, statement, "limit");
  if (link && !takes_any_rows(cx, link))
    rule_report(cx, chain_name_span(cx, link),
                "which rows these are is left to the database and may change from one "
                "run to the next; add order_by()");
}

static void check_offset(RuleCtx *cx, Ref call) {
  Value v = {0};
  Ref statement = cx->file->is_test ? 0 : chain_executed(cx, call, &v);
  if (!statement || !is_unordered(cx, v) || !(v.shape->flags & SHAPE_OFFSET))
    return;
  Ref link = chain_find(cx, statement, "offset");
  if (!link)
    link = chain_find(cx, statement, "slice");
  rule_report(cx, link ? chain_name_span(cx, link) : py_span(cx->tree, statement),
              "without order_by() the pages are cut from another order each time: rows "
              "come twice, others never");
}

// ---- Q131

typedef struct {
  RuleCtx *cx;
  Place cls;
  Ref without; // not in here
  bool found;
} Search;

static bool visit_class(void *data, Ref r) {
  Search *s = data;
  if (r == s->without || s->found)
    return false;
  if (py_kind(s->cx->tree, r) == PY_NAME || py_kind(s->cx->tree, r) == PY_ATTRIBUTE) {
    Value v = rule_value(s->cx, r);
    s->found = (v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_ALIASED_CLASS) &&
               place_eq(v.owner, s->cls);
  }
  return !s->found;
}

// The contains_eager() of the call of options(), and what it fills.
static Ref contains_eager(RuleCtx *cx, Ref options, const Relationship **out) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 0; i < call_positional_count(t, options); i++) {
    Ref option = call_positional(t, options, i);
    if (py_kind(t, option) != PY_CALL ||
        resolve_call_api(cx->resolver, cx->file_id, option) !=
            API_sqlalchemy_orm_contains_eager)
      continue;
    Ref path = call_positional(t, option, 0);
    Value v = path ? rule_value(cx, path) : (Value){0};
    const Model *m = v.kind == VALUE_RELATIONSHIP && v.owner.ref
                         ? models_of_class(cx->models, v.owner)
                         : NULL;
    *out = m ? model_relationship(m, v.key) : NULL;
    return *out && (*out)->target ? option : 0;
  }
  return 0;
}

static void check_eager(RuleCtx *cx, Ref call) {
  const uint32_t joined = SHAPE_JOINED | SHAPE_OUTER_JOINED | SHAPE_SELECT_FROM |
                          SHAPE_FROM_STATEMENT | SHAPE_COMPOUND;
  Value v = {0};
  Ref statement = chain_executed(cx, call, &v);
  Ref options = statement && v.shape ? chain_find(cx, statement, "options") : 0;
  const Relationship *r = NULL;
  Ref option = options ? contains_eager(cx, options, &r) : 0;
  if (!option || v.sure != SURE_PROVEN || !(v.shape->flags & SHAPE_WHOLE) ||
      v.shape->flags & joined)
    return;
  Search s = {.cx = cx, .cls = r->target->node, .without = option};
  PyVisitor visitor = {.enter = visit_class, .data = &s};
  Ref made = py_kind(cx->tree, statement) == PY_NAME
                 ? assigned_once(cx, rule_symbol(cx, statement))
                 : statement;
  if (!made || r->target == models_of_class(cx->models, v.shape->items[0].column.owner))
    return;
  py_walk(cx->tree, made, &visitor);
  if (!s.found)
    rule_report(cx, py_span(cx->tree, option),
                "nothing joins `%.*s`: its rows are put to each row of the result; add "
                "join(), or load it by joinedload()",
                STR_ARG(atom_str(cx->project->names, r->target->name)));
}

// ---- Q169

static void check_eager_limit(RuleCtx *cx, Ref call) {
  const uint32_t other =
      SHAPE_FROM_STATEMENT | SHAPE_COMPOUND | SHAPE_SELECT_FROM | SHAPE_LIMIT_ONE;
  Value v = {0};
  Ref statement = chain_executed(cx, call, &v);
  if (!statement || v.sure != SURE_PROVEN || !v.shape ||
      !(v.shape->flags & SHAPE_WHOLE) || v.shape->flags & other ||
      !(v.shape->flags & (SHAPE_LIMITED | SHAPE_OFFSET)))
    return;
  Ref options = chain_find(cx, statement, "options");
  Ref limit = chain_find(cx, statement, "limit");
  if (!limit)
    limit = chain_find(cx, statement, "offset");
  const Relationship *r = NULL;
  Ref option = options && limit ? contains_eager(cx, options, &r) : 0;
  if (option && r->uselist == YES)
    rule_report(
        cx, chain_name_span(cx, limit),
        "this counts joined rows: fewer instances come than asked for, and the last "
        "has a part of its `%.*s`; select the page in a subquery, or use "
        "selectinload()",
        STR_ARG(atom_str(cx->project->names, r->key)));
}

// ---- Q114, P120

static bool is_zero(RuleCtx *cx, Ref expr, const char *digit) {
  return py_kind(cx->tree, expr) == PY_NUM && str_is(py_text(cx->tree, expr), digit);
}

// `> 0` and the like.
static bool asks_for_any(RuleCtx *cx, const PyCompare *c) {
  PyRefs right = py_list(cx->tree, c->comparators);
  uint16_t op = c->node.aux;
  return right.len == 1 &&
         ((is_zero(cx, right.at[0], "0") &&
           (op == PY_GT || op == PY_EQ || op == PY_NOT_EQ || op == PY_LT_E)) ||
          (is_zero(cx, right.at[0], "1") && (op == PY_GT_E || op == PY_LT)));
}

// What a condition asks about: the number in `number > 0`, `not number`, `if number`.
static Ref number_of(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  switch (py_kind(t, node)) {
  case PY_COMPARE:
    return asks_for_any(cx, PY_AS(Compare, t, node)) ? PY_AS(Compare, t, node)->left : 0;
  case PY_UNARY_OP:
    return py_node(t, node)->aux == PY_NOT ? PY_AS(UnaryOp, t, node)->operand : 0;
  case PY_IF:
    return PY_AS(If, t, node)->test;
  case PY_IF_EXP:
    return PY_AS(IfExp, t, node)->test;
  case PY_WHILE:
    return PY_AS(While, t, node)->test;
  default:
    return 0;
  }
}

// All that is asked of query.count() is whether there is one.
static void check_count(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  Ref number = cx->file->is_test ? 0 : number_of(cx, node);
  Ref call =
      py_kind(t, number) == PY_NAME ? assigned_once(cx, rule_symbol(cx, number)) : number;
  if (!str_is(call_method_text(cx, call), "count") ||
      (call != number && !used_once(cx, number)) || // something else reads the number
      py_kind(t, rule_statement(cx, node)) == PY_ASSERT)
    return;
  number = call;
  Value v = rule_value(cx, call_receiver(t, number));
  if (v.kind == VALUE_QUERY && v.sure == SURE_PROVEN)
    rule_report(cx, py_span(t, py_kind(t, node) == PY_COMPARE ? node : number),
                "all rows are counted to know whether there is one: exists() stops at "
                "the first");
}

static void check_first(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyCompare *c = PY_AS(Compare, t, node);
  PyRefs right = py_list(t, c->comparators);
  if (cx->file->is_test || right.len != 1 || !is_none(t, right.at[0]) ||
      (c->node.aux != PY_IS && c->node.aux != PY_IS_NOT) ||
      !str_is(call_method_text(cx, c->left), "first"))
    return;
  Value v = rule_value(cx, call_receiver(t, c->left));
  if (v.kind == VALUE_QUERY && v.sure == SURE_PROVEN && v.shape &&
      v.shape->yields == YIELD_ENTITY)
    rule_report(cx, py_span(t, node),
                "an instance is loaded to know whether there is one; exists() reads no "
                "columns");
}

// ---- Q137

static void check_nullable(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (call_positional_count(t, call) != 1 ||
      rule_value(cx, call_receiver(t, call)).kind != VALUE_FUNCTIONS)
    return;
  Value v = rule_value(cx, call_positional(t, call, 0));
  const Model *m = v.kind == VALUE_COLUMN && v.sure == SURE_PROVEN && v.owner.ref
                       ? models_of_class(cx->models, v.owner)
                       : NULL;
  const ModelColumn *c = m ? model_column(m, v.key) : NULL;
  if (c && c->column && c->column->proven && c->column->nullable &&
      !c->column->primary_key)
    rule_report(cx, py_span(t, call),
                "rows where `%.*s` is NULL are not counted; count the primary key where "
                "all are meant",
                STR_ARG(atom_str(cx->project->names, c->key)));
}

// ---- Q158

static bool is_only_key(const Model *m, Atom key) {
  bool found = false;
  for (uint32_t i = 0; i < m->column_count; i++) {
    if (!m->columns[i].column || !m->columns[i].column->primary_key)
      continue;
    if (found || m->columns[i].key != key)
      return false;
    found = true;
  }
  return found;
}

static void check_get(RuleCtx *cx, Ref call) {
  const uint32_t plain = SHAPE_WHOLE | SHAPE_FILTERED | SHAPE_LIMITED | SHAPE_LIMIT_ONE |
                         SHAPE_FROM_SESSION_QUERY;
  const PyTree *t = cx->tree;
  Value v = rule_value(cx, call_receiver(t, call));
  Ref where = call_receiver(t, call);
  Str method = call_method_text(cx, where);
  if (v.kind != VALUE_QUERY || v.sure != SURE_PROVEN || !v.shape ||
      v.shape->yields != YIELD_ENTITY || v.shape->flags & ~plain ||
      call_positional_count(t, call) ||
      (!str_is(method, "filter") && !str_is(method, "filter_by") &&
       !str_is(method, "where")) ||
      !str_is(call_method_text(cx, call_receiver(t, where)), "query"))
    return;
  const Model *m = models_of_class(cx->models, v.shape->items[0].value.owner);
  PyRefs args = py_list(t, PY_AS(Call, t, where)->args);
  if (!m || args.len != 1)
    return;
  Atom key =
      py_kind(t, args.at[0]) == PY_KEYWORD ? PY_AS(Keyword, t, args.at[0])->arg : 0;
  if (py_kind(t, args.at[0]) == PY_COMPARE && py_node(t, args.at[0])->aux == PY_EQ)
    key = rule_value(cx, PY_AS(Compare, t, args.at[0])->left).key;
  if (key && is_only_key(m, key))
    rule_report(cx, py_span(t, call),
                "session.get() finds a row by its key, without a query where the session "
                "holds it already");
}

DEFINE_RULE(exists_vs_count, "P120", "exists-vs-count", CAT_PERFORMANCE, SEVERITY_INFO,
            "count() of a query compared with 0",
            "The database visits every row that matches, where the first one tells",
            .on = {PY_COMPARE, PY_UNARY_OP, PY_IF, PY_IF_EXP, PY_WHILE},
            .check = check_count);
DEFINE_RULE(first_is_not_none, "Q114", "first-is-not-none-exists", CAT_PERFORMANCE,
            SEVERITY_INFO, "first() of a query compared with None",
            "All columns of the row are read, and what is loaded eagerly with it, to "
            "learn that it is there",
            .off = true, .on = {PY_COMPARE}, .check = check_first);
DEFINE_RULE(limit_without_order, "Q117", "limit-without-order-by", CAT_QUERY,
            SEVERITY_INFO, "limit() of a query without order_by()",
            "SQL promises no order: which rows are left out may change with the plan",
            .on = {PY_CALL}, .names = RULE_NAMES("all", "execute", "scalars", "exec"),
            .check = check_limit);
DEFINE_RULE(offset_without_order, "Q118", "offset-without-order-by", CAT_QUERY,
            SEVERITY_WARNING, "offset() of a query without order_by()",
            "SQL promises no order: pages overlap, and rows are missed; SQL Server "
            "refuses it",
            .on = {PY_CALL}, .names = RULE_NAMES("all", "execute", "scalars", "exec"),
            .check = check_offset);
DEFINE_RULE(contains_eager_without_join, "Q131", "contains-eager-without-join", CAT_QUERY,
            SEVERITY_ERROR, "contains_eager() of a relationship that nothing joins",
            "The table is added to FROM without a criterion: every row comes with all of "
            "its rows, and collections are filled with what is not theirs",
            .on = {PY_CALL},
            .names = RULE_NAMES("all", "first", "one", "one_or_none", "execute",
                                "scalars", "exec"),
            .check = check_eager);
DEFINE_RULE(
    contains_eager_limit, "Q169", "contains-eager-limit", CAT_QUERY, SEVERITY_ERROR,
    "limit() of a query whose collection contains_eager() fills",
    "LIMIT cuts the rows of the join, not the instances: collections come in part, "
    "and are taken for whole",
    .on = {PY_CALL}, .names = RULE_NAMES("all", "execute", "scalars", "exec"),
    .check = check_eager_limit);
DEFINE_RULE(count_nullable, "Q137", "count-nullable-column", CAT_QUERY, SEVERITY_INFO,
            "func.count() of a column that may be NULL",
            "count(column) leaves out the rows where it is NULL", .off = true,
            .on = {PY_CALL}, .names = RULE_NAMES("count"), .check = check_nullable);
DEFINE_RULE(get_vs_where, "Q158", "get-vs-where-pk", CAT_QUERY, SEVERITY_INFO,
            "A query for one row by its primary key",
            "session.get() says it shorter, and asks the identity map first", .off = true,
            .on = {PY_CALL}, .names = RULE_NAMES("first", "one_or_none"),
            .check = check_get);
