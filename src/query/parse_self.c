// parse_self.c: relationships of a table with itself ("their manager", "without
// reports"), and comparisons in two halves ("more views than the average").
#include "query/parse_internal.h"

static const QEdge *edge_of(const Parser *p, const Unit *u) {
  return &p->schema->edges[u->argument / 2];
}

// The foreign key that leads to the row above.
static Item key_above(const QEdge *e) {
  return column_item(e->a, e->attr_a.len && !e->many_a ? e->column_a : e->column_b);
}

static void rows_below(Parser *p, const State *s, const Unit *u) {
  const QEdge *e = edge_of(p, u);
  State n = *s;
  Condition c = {.left = column_item(e->a, p->schema->tables[e->a].key_column),
                 .op = OP_ROWS,
                 .right = {.via = (uint8_t)(u->argument / 2 + 1)}};
  if (c.left.column < 0 || !put_condition(p, &n, c))
    return;
  state_add(&n, FEATURE_SELF, 1);
  n.rel = false;
  uint32_t to = u->to; // "who manage at least one other employee"
  if (unit_at(p, to, CAT_COMPARE) && unit_at(p, to, CAT_COMPARE)->argument == OP_GE) {
    uint32_t at = unit_at(p, to, CAT_COMPARE)->to;
    const Unit *one = unit_at(p, at, CAT_NUMBER);
    const Unit *name = one && one->value.number == 1
                           ? unit_at(p, skip_fillers(p, one->to), CAT_NAME)
                           : NULL;
    to = name && name->hits[0].column < 0 && name->hits[0].table == e->a ? name->to : to;
  }
  parser_push(p, &n, to);
}

static void row_above(Parser *p, const State *s, const Unit *u) {
  const QEdge *e = edge_of(p, u);
  uint8_t via = (uint8_t)(u->argument / 2 + 1);
  int name = p->schema->tables[e->a].name_column;
  bool ends = u->to >= p->words->count || unit_at(p, u->to, CAT_END) ||
              unit_at(p, u->to, CAT_AND);
  State n = *s;
  n.prep = 0;
  n.owned = false;
  state_add(&n, FEATURE_SELF, 1);
  if (s->negate || (ends && s->rel &&
                    s->prep != PREP_OF + 1)) { // "without a manager", "with a manager"
    n.negate = !s->negate;
    if (add_condition(p, &n, key_above(e), OP_NULL, (Literal){0}))
      parser_push(p, &n, u->to);
    return;
  }
  Item *last = s->m.output_count ? &n.m.outputs[s->m.output_count - 1] : NULL;
  if (last && s->prep == PREP_OF + 1 && last->kind == ITEM_COLUMN && !last->via &&
      last->table == e->a) { // "the name of their manager"
    last->via = via;
    parser_push(p, &n, u->to);
    return;
  }
  State next = n; // "their manager's name"
  next.via = via;
  next.listing = true;
  if (unit_at(p, u->to, CAT_PREP) || unit_at(p, u->to, CAT_NAME))
    parser_push(p, &next, u->to);
  if (name < 0)
    return;
  Item item = column_item(e->a, name);
  item.via = via;
  const Unit *by = unit_at(p, u->to, CAT_PREP);
  bool whom = by && (by->argument == PREP_BY || by->argument == PREP_TO) &&
              value_behind(p, by->to);             // "referred by Ada"
  if (s->mode != MODE_OUTPUTS || s->rel || whom) { // "whose manager is Ada"
    n.pending = item;
    n.mode = MODE_CONDITIONS;
    n.rel = false;
    parser_push(p, &n, u->to);
  } else if (ends) { // "each employee and their manager"
    if (!n.m.output_count && n.m.root >= 0)
      add_output(&n, (Item){ITEM_ENTITY, 0, false, n.m.root, -1});
    n.listing = n.after_and = false;
    if (add_output(&n, item))
      parser_push(p, &n, u->to);
  }
}

void on_self(Parser *p, const State *s, const Unit *u) {
  int table = edge_of(p, u)->a;
  if (s->m.root != table && s->focus != table && !mentioned(s, table))
    return;
  if (u->argument & 1)
    rows_below(p, s, u);
  else
    row_above(p, s, u);
}

void compare_self(Parser *p, const State *s, const Unit *u, uint32_t at) {
  const Unit *self = unit_at(p, at, CAT_SELF);
  if (!self || self->argument & 1)
    return;
  int table = edge_of(p, self)->a;
  for (uint32_t k = 0; k < p->schema->tables[table].column_count; k++) {
    const QColumn *c = qschema_column(p->schema, table, (int)k);
    Item left = column_item(table, (int)k);
    uint32_t rank = 0;
    bool turned = false;
    bool pays = false;
    for (uint32_t w = u->from > 2 ? u->from - 2u : 0; w < u->from; w++)
      pays |=
          words_in_list("earn earns earning paid make makes", p->words->items[w].lower);
    const char *hint = u->hint[0] ? u->hint : pays ? "salari wage pay incom" : "";
    bool said = s->pending.kind ? item_eq(s->pending, left)
                                : units_hint_fits(hint, c, &rank, &turned);
    if (!said || c->primary_key || c->foreign_key)
      continue;
    State n = *s;
    Condition cond = {
        .left = left, .op = (uint8_t)u->argument, .side = SIDE_COLUMN, .right = left};
    cond.right.via = (uint8_t)(self->argument / 2 + 1);
    if (!put_condition(p, &n, cond))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    state_add(&n, FEATURE_SELF, 1);
    parser_push(p, &n, self->to);
  }
}

// "more views than the average of all posts", "a higher salary than 5000".
void on_more(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  if (!name || name->to >= p->words->count ||
      !str_is(p->words->items[name->to].lower, "than"))
    return;
  uint32_t at = skip_fillers(p, name->to + 1u);
  const Unit *agg = unit_at(p, at, CAT_AGG);
  for (uint32_t i = 0; i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    State n = *s;
    name_hit(p, &n, name, h);
    Item left = h->column < 0 ? count_item(h->table) : column_item(h->table, h->column);
    if (h->column >= 0 && !is_number(qschema_column(p->schema, h->table, h->column)))
      continue;
    n.mode = MODE_CONDITIONS;
    n.rel = n.listing = false;
    n.pending = left;
    if (agg && h->column >= 0) {
      Condition c = {.left = left, .op = (uint8_t)u->argument, .right = left};
      c.side = SIDE_AGGREGATE;
      c.right.agg = (uint8_t)agg->argument;
      uint32_t to = agg->to;
      const Unit *of = unit_at(p, to, CAT_PREP);
      uint32_t all = of ? skip_fillers(p, of->to) : to;
      const Unit *whose = of ? unit_at(p, all, CAT_NAME) : NULL;
      if (whose && whose->hits[0].column < 0 && whose->hits[0].table == h->table)
        to = whose->to; // "of all posts"
      Item within = {0};
      uint32_t group = whose && to == whose->to ? 0 : own_group(p, h->table, to, &within);
      c.within = within;
      to = group ? group : to;
      state_add(&n, FEATURE_COMPARED, 1);
      if (put_condition(p, &n, c))
        parser_push(p, &n, to);
      continue;
    }
    Unit compare = *u;
    compare.cat = CAT_COMPARE;
    compare.to = (uint8_t)(name->to + 1);
    on_compare(p, &n, &compare);
  }
}

// A column of the table that holds what rows are called by; -1 where there is none.
static int called_by(const Parser *p, int table) {
  int first, last;
  if (p->schema->tables[table].name_column >= 0)
    return p->schema->tables[table].name_column;
  return name_parts(p->schema, table, &first, &last) ? first : -1;
}

static void same_value(Parser *p, const State *s, const Unit *name, Item left,
                       const Unit *v, float weight) {
  State n = *s;
  int by = called_by(p, left.table);
  Condition c = {.left = left, .op = OP_EQ, .side = SIDE_SAME, .value = v->value};
  c.right = column_item(left.table, by);
  if (by < 0 || by == left.column || s->m.kind != MEANS_SELECT)
    return;
  if (n.m.root < 0)
    n.m.root = left.table;
  n.pending = (Item){0};
  state_add(&n, FEATURE_SAME_AS, 1);
  state_add(&n, FEATURE_NAME_WORDS, (float)(name->to - name->from));
  state_add(&n, FEATURE_NAME_LOSS, (1 - weight) * (float)(name->to - name->from));
  if (left.table != s->focus && left.table != s->m.root)
    state_add(&n, FEATURE_COLUMN_ELSEWHERE, 1);
  value_features(&n, v);
  if (put_condition(p, &n, c))
    parser_push(p, &n, v->to);
}

// "in the same city as a branch", "as their branch": any row of the other table, or the
// one that belongs to the row.
static bool same_as_rows(Parser *p, const State *s, const Unit *name, uint32_t at) {
  const Unit *whose = unit_at(p, at, CAT_NAME);
  bool any = at && words_in_list("a an any some one", p->words->items[at - 1].lower);
  bool own = at && words_in_list("their its his her the", p->words->items[at - 1].lower);
  if (!whose || whose->hits[0].column >= 0 || whose->weight < 0.9f || (!any && !own) ||
      value_behind(p, whose->to))
    return false;
  int table = s->m.root >= 0 ? s->m.root : s->focus, other = whose->hits[0].table;
  for (uint32_t i = 0; table >= 0 && table != other && i < name->hit_count; i++) {
    const Hit *h = &name->hits[i];
    const QColumn *c = h->column >= 0 && h->table == table
                           ? qschema_column(p->schema, table, h->column)
                           : NULL;
    for (uint32_t k = 0; c && k < p->schema->tables[other].column_count; k++) {
      const QColumn *x = qschema_column(p->schema, other, (int)k);
      if (!str_eq(x->attr, c->attr) || x->type != c->type)
        continue;
      State n = *s;
      Condition cond = {.left = column_item(table, h->column),
                        .op = OP_EQ,
                        .side = any ? SIDE_SAME : SIDE_COLUMN,
                        .right = column_item(other, (int)k)};
      n.pending = (Item){0};
      state_add(&n, FEATURE_SAME_AS, 1);
      state_add(&n, FEATURE_NAME_WORDS, (float)(name->to - name->from) + 1);
      if (other < 32)
        n.named |= 1u << other;
      if (!put_condition(p, &n, cond))
        return false;
      parser_push(p, &n, whose->to);
      return true;
    }
  }
  return false;
}

// "in the same city as Ann", "with the same department as the employee Clara": a column,
// or the key of a table that is named.
void on_same(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  if (!name || name->to >= p->words->count ||
      !words_in_list("as with like of", p->words->items[name->to].lower))
    return;
  uint32_t at = skip_fillers(p, name->to + 1u);
  const Unit *whose = unit_at(p, at, CAT_NAME);
  if (whose && whose->hits[0].column < 0 && whose->weight > 0.9f &&
      value_behind(p, whose->to) && !unit_at(p, at, CAT_VALUE))
    at = whose->to;
  const Unit *v = value_behind(p, at);
  if (same_as_rows(p, s, name, at))
    return;
  if (!v || v->cat != CAT_VALUE || v->value.kind != LITERAL_TEXT || v->weight < 0.4f)
    return;
  for (uint32_t i = 0; i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column >= 0) {
      same_value(p, s, name, column_item(h->table, h->column), v, h->weight);
      continue;
    }
    for (uint32_t e = 0; e < p->schema->edge_count; e++) {
      const QEdge *x = &p->schema->edges[e];
      int from = x->a == h->table ? x->b : x->b == h->table ? x->a : -1;
      int column = from == x->a ? x->column_a : x->column_b;
      if (from >= 0 && from != h->table && column >= 0 &&
          (from == s->m.root || from == s->focus) &&
          qschema_column(p->schema, from, column)->foreign_key)
        same_value(p, s, name, column_item(from, column), v, h->weight);
    }
  }
}
