// Q126, Q130: tables of a query that nothing joins, selected or only named by a
// criterion.
#include "rules/chain.h"

enum {
  MAX_CRITERIA = 32,
  MAX_OWNERS = 8 // classes that one criterion, or all of them, speak of
};

// Which classes a criterion speaks of.
typedef struct {
  RuleCtx *cx;
  const Model *owners[MAX_OWNERS];
  Ref columns[MAX_OWNERS]; // where each is named
  uint32_t count;
  bool open; // it may speak of others
} Criterion;

static bool is_simple_table(const Model *m) {
  return m && m->table && m->inheritance == INHERITS_NONE && m->table->model == m;
}

static void add_owner(Criterion *c, Place owner, Ref column) {
  const Model *m = models_of_class(c->cx->models, owner);
  for (uint32_t i = 0; i < c->count; i++)
    if (c->owners[i] == m)
      return;
  if (!is_simple_table(m) || c->count == MAX_OWNERS) {
    c->open = true;
    return;
  }
  c->owners[c->count] = m;
  c->columns[c->count++] = column;
}

static bool visit(void *data, Ref r) {
  Criterion *c = data;
  RuleCtx *cx = c->cx;
  PyKind kind = py_kind(cx->tree, r);
  if (kind == PY_LAMBDA || kind == PY_STARRED || kind == PY_AWAIT)
    c->open = true;
  if (kind != PY_CALL && kind != PY_NAME && kind != PY_ATTRIBUTE)
    return !c->open;
  Value v = rule_value(cx, r);
  if (kind == PY_CALL) {
    Str method = call_method_text(cx, r);
    bool apart = str_is(method, "any") || str_is(method, "has") ||
                 v.kind == VALUE_SELECT || v.kind == VALUE_QUERY ||
                 v.kind == VALUE_SCALAR_SELECT || v.kind == VALUE_EXISTS;
    c->open = c->open || apart; // it may well be correlated
    return !c->open;
  }
  if (v.kind == VALUE_COLUMN || v.kind == VALUE_RELATIONSHIP) {
    bool plain =
        kind == PY_ATTRIBUTE && v.sure == SURE_PROVEN && v.owner.ref &&
        rule_value(cx, PY_AS(Attribute, cx->tree, r)->value).kind == VALUE_MAPPED_CLASS;
    if (plain)
      add_owner(c, v.owner, r);
    else
      c->open = true;
    return false;
  }
  c->open =
      c->open || is_sql(v) || v.kind == VALUE_ALIASED_CLASS || v.kind == VALUE_TABLE;
  return !c->open;
}

// Reads what the calls of where() and filter() say; false where that cannot be told.
static bool read_criteria(RuleCtx *cx, Ref statement, Criterion *out, uint32_t *count) {
  const PyTree *t = cx->tree;
  Ref root = 0;
  for (Ref call = chain_call(cx, statement); call; call = chain_below(cx, call)) {
    root = call;
    Str method = call_method_text(cx, call);
    if (!str_is(method, "where") && !str_is(method, "filter"))
      continue;
    PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
    for (uint32_t i = 0; i < args.len; i++) {
      if (*count == MAX_CRITERIA || rule_value(cx, args.at[i]).kind == VALUE_UNKNOWN)
        return false;
      Criterion *c = &out[(*count)++];
      *c = (Criterion){.cx = cx};
      PyVisitor v = {.enter = visit, .data = c};
      py_walk(t, args.at[i], &v);
      if (c->open)
        return false;
    }
  }
  return root &&
         (str_is(call_method_text(cx, root), "query") ||
          resolve_call_api(cx->resolver, cx->file_id, root) == API_sqlalchemy_select);
}

static bool is_in(const Criterion *c, const Model *m) {
  for (uint32_t i = 0; i < c->count; i++)
    if (c->owners[i] == m)
      return true;
  return false;
}

// Adds the classes of criteria that speak of a linked one too, until there are no more.
static void link_all(Criterion *linked, const Criterion *criteria, uint32_t count) {
  for (uint32_t before = 0; before != linked->count;) {
    before = linked->count;
    for (uint32_t k = 0; k < count; k++) {
      bool joins = false;
      for (uint32_t i = 0; i < criteria[k].count; i++)
        joins = joins || is_in(linked, criteria[k].owners[i]);
      for (uint32_t i = 0; joins && i < criteria[k].count; i++)
        add_owner(linked, criteria[k].owners[i]->node, criteria[k].columns[i]);
    }
  }
}

// What a query selects: classes, their columns, and functions of these.
static bool read_selected(RuleCtx *cx, const Shape *shape, Criterion *out) {
  *out = (Criterion){.cx = cx};
  for (uint32_t i = 0; i < shape->count && !out->open; i++) {
    const ShapeItem *item = &shape->items[i];
    if ((item->column.kind == VALUE_MAPPED_CLASS || item->column.kind == VALUE_COLUMN) &&
        item->column.owner.ref) {
      add_owner(out, item->column.owner, 0);
    } else if (item->at.file == cx->file_id &&
               py_kind(cx->tree, item->at.ref) == PY_CALL &&
               rule_value(cx, call_receiver(cx->tree, item->at.ref)).kind ==
                   VALUE_FUNCTIONS) { // func.count(User.id)
      PyRefs args = py_list(cx->tree, PY_AS(Call, cx->tree, item->at.ref)->args);
      PyVisitor v = {.enter = visit, .data = out};
      for (uint32_t k = 0; k < args.len; k++)
        py_walk(cx->tree, args.at[k], &v);
    } else {
      return false;
    }
  }
  return out->count && !out->open;
}

// The query or statement that the call runs, where nothing joins its tables; 0 otherwise.
static Ref without_joins(RuleCtx *cx, Ref call, Value *v) {
  const uint32_t other = SHAPE_JOINED | SHAPE_OUTER_JOINED | SHAPE_SELECT_FROM |
                         SHAPE_FROM_STATEMENT | SHAPE_COMPOUND | SHAPE_CORRELATED |
                         SHAPE_CHANGED_ENTITIES;
  Ref statement = chain_executed(cx, call, v);
  bool whole = statement && v->sure == SURE_PROVEN && v->shape && v->shape->count &&
               v->shape->flags & SHAPE_WHOLE && !(v->shape->flags & other);
  return whole ? statement : 0;
}

// ---- Q126

static void check_cartesian(RuleCtx *cx, Ref call) {
  Value v = {0};
  Ref statement = without_joins(cx, call, &v);
  Criterion selected, criteria[MAX_CRITERIA];
  uint32_t count = 0;
  if (!statement || v.shape->count < 2 || !read_selected(cx, v.shape, &selected) ||
      selected.count < 2)
    return;
  if (v.shape->flags & SHAPE_FILTERED) {
    Str method = call_method_text(cx, call);
    if (str_starts(method, STR("one")) || str_is(method, "first") ||
        !read_criteria(cx, statement, criteria, &count)) // a row of each, by their keys
      return;
    Criterion linked = {.cx = cx};
    add_owner(&linked, selected.owners[0]->node, 0);
    link_all(&linked, criteria, count);
    bool all = true;
    for (uint32_t i = 0; i < selected.count; i++)
      all = all && is_in(&linked, selected.owners[i]);
    if (all || linked.open)
      return;
  }
  rule_report(cx, py_span(cx->tree, statement),
              "several tables and nothing that joins them: every row of one comes with "
              "every row of the other");
}

// ---- Q130

static void check(RuleCtx *cx, Ref call) {
  Value v = {0};
  Ref statement = without_joins(cx, call, &v);
  Criterion linked, criteria[MAX_CRITERIA];
  uint32_t count = 0;
  if (!statement || !(v.shape->flags & SHAPE_FILTERED) ||
      !read_selected(cx, v.shape, &linked) ||
      !read_criteria(cx, statement, criteria, &count))
    return;
  Str selected = atom_str(cx->project->names, linked.owners[0]->name);
  link_all(&linked, criteria, count);
  for (uint32_t k = 0; !linked.open && k < count; k++)
    for (uint32_t i = 0; i < criteria[k].count; i++) {
      if (is_in(&linked, criteria[k].owners[i]))
        continue;
      Str name = atom_str(cx->project->names, criteria[k].owners[i]->name);
      rule_report(cx, py_span(cx->tree, criteria[k].columns[i]),
                  "nothing joins `%.*s`: every `%.*s` comes once for each row that this "
                  "finds; join it, as the tables of joinedload() are not for criteria",
                  STR_ARG(name), STR_ARG(selected));
      return;
    }
}

DEFINE_RULE(cartesian, "Q126", "cartesian", CAT_QUERY, SEVERITY_ERROR,
            "A query over several tables without a join or a criterion",
            "The result is their product: 1000 rows each give a million", .on = {PY_CALL},
            .names = CHAIN_RUNS, .check = check_cartesian);

const Rule rule_unjoined = {
    .code = "Q130",
    .name = "criterion-of-unjoined-table",
    .category = CAT_QUERY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A criterion on a class that the query neither selects nor joins",
    .why = "The table is added to FROM without a join: all rows come, each many times, "
           "or none; also beside joinedload(), which joins an alias of its own",
    .on = {PY_CALL},
    .names = CHAIN_RUNS,
    .check = check,
};
