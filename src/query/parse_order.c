// parse_order.c: order, superlatives, "the most".
#include "query/parse_internal.h"

static void set_limit(State *s) {
  s->m.limit = s->top > 0 ? s->top : 1;
  if (s->nth) {
    state_add(s, FEATURE_NTH, 1);
    s->m.offset = s->nth - 1;
  }
  s->top = s->nth = 0;
}

static void ranked(Parser *p, State *n, Item item, OrderDirection direction,
                   uint32_t to) {
  if (n->m.limit)
    state_add(n, FEATURE_REPEATED, 1);
  if (!add_order(n, item, direction))
    return;
  bool all = to < p->words->count && str_is(p->words->items[to].lower, "first") &&
             unit_at(p, to, CAT_SUPER);
  if (all) { // "most commented first": all of them, in that order
    to++;
    n->mode = MODE_ORDER;
  } else {
    set_limit(n);
  }
  n->rel = n->listing = n->after_and = false;
  n->prep = 0;
  parser_push(p, n, to);
}

// "the average age of those in the largest dorm": rows whose value is the greatest one.
static void greatest_only(Parser *p, const State *s, Item item, OrderDirection direction,
                          uint32_t to) {
  State n = *s;
  bool counting = n.m.output_count == 0;
  for (uint32_t i = 0; i < n.m.output_count; i++)
    counting |= n.m.outputs[i].kind == ITEM_COUNT || n.m.outputs[i].agg;
  Item best = item;
  best.agg = direction == DESCENDING ? AGG_MAX : AGG_MIN;
  if (n.top > 0 || n.nth ||
      !put_condition(
          p, &n,
          (Condition){.left = item, .op = OP_EQ, .side = SIDE_AGGREGATE, .right = best}))
    return;
  state_add(&n, counting ? FEATURE_SUPER_EQUAL : FEATURE_SUPER_EQUAL_ROWS, 1);
  n.rel = n.listing = n.after_and = false;
  n.prep = 0;
  parser_push(p, &n, to);
}

// "the highest price": the greatest price, or what has it.
static void super_column(Parser *p, const State *s, const Unit *u, const Unit *name,
                         OrderDirection direction) {
  for (uint32_t i = 0; i < name->hit_count && i < 5; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0)
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    Item item = column_item(h->table, h->column);
    if (s->nth && !s->m.output_count && s->m.root < 0) {
      State value = n; // "the second highest salary"
      value.m.distinct = true;
      if (add_output(&value, item)) {
        state_add(&value, FEATURE_SUPER_AGG, 1);
        value.last_output_at = (int16_t)name->to;
        ranked(p, &value, item, direction, name->to);
      }
    }
    if (s->mode == MODE_OUTPUTS && s->top <= 0 && !s->nth) {
      State agg = n;
      if (u->hint[0])
        state_add(&agg, FEATURE_SUPER_AGG_HINT, 1);
      item.agg = direction == DESCENDING ? AGG_MAX : AGG_MIN;
      if (add_output(&agg, item)) {
        state_add(&agg, FEATURE_SUPER_AGG, 1);
        agg.listing = agg.after_and = false;
        agg.last_output_at = (int16_t)name->to;
        parser_push(p, &agg, name->to);
      }
      item.agg = AGG_NONE;
    }
    greatest_only(p, &n, item, direction, name->to);
    state_add(&n, FEATURE_SUPER_ORDER, 1);
    ranked(p, &n, item, direction, name->to);
  }
}

// "the highest average price".
static void super_aggregate(Parser *p, const State *s, const Unit *agg, const Unit *name,
                            OrderDirection direction) {
  for (uint32_t i = 0; i < name->hit_count && i < 5; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || !is_number(qschema_column(p->schema, h->table, h->column)))
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    Item item = column_item(h->table, h->column);
    item.agg = (uint8_t)agg->argument;
    state_add(&n, FEATURE_SUPER_ORDER, 1);
    ranked(p, &n, item, direction, name->to);
  }
}

static void super_hint(Parser *p, const State *s, const Unit *u, const Unit *name,
                       uint32_t to) {
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool reach = (int)t == s->focus || mentioned(s, (int)t);
    for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++)
      reach |= name->hits[i].table == (int)t;
    for (uint32_t k = 0; reach && k < p->schema->tables[t].column_count; k++) {
      const QColumn *c = &p->schema->tables[t].columns[k];
      uint32_t rank = 0;
      bool turned = false;
      bool dated = is_time(c) && u->hint[0] == 'd';
      if ((!units_hint_fits(u->hint, c, &rank, &turned) && !dated) || c->foreign_key ||
          c->primary_key)
        continue;
      if (dated) // dates that every row has, before those of what may happen to it
        rank = (rank > 1 ? 1 : rank) + c->nullable;
      State n = *s;
      state_add(&n, FEATURE_SUPER_HINT, 1);
      state_add(&n, FEATURE_HINT_RANK, (float)rank);
      if (!is_number(c) && !is_time(c))
        state_add(&n, FEATURE_HINT_RANK,
                  u->hint[0] == 'l' || u->hint[0] == 'h' ? 2 : 0.3f);
      OrderDirection direction = (u->argument == 1) != turned ? DESCENDING : ASCENDING;
      greatest_only(p, &n, column_item((int)t, (int)k), direction, to);
      ranked(p, &n, column_item((int)t, (int)k), direction, to);
    }
  }
}

// "greatest and average capacity", "average and highest price".
static bool among_aggregates(const Parser *p, const State *s, uint32_t at) {
  const Unit *joiner = unit_at(p, at, CAT_AND);
  if (s->agg_count)
    return true;
  at = joiner ? skip_fillers(p, joiner->to) : at;
  return joiner && (unit_at(p, at, CAT_AGG) || unit_at(p, at, CAT_SUPER)) &&
         !unit_at(p, at, CAT_NAME);
}

// "in which the average price is the lowest".
static void super_pending(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  Item item = s->pending;
  n.pending = (Item){0};
  state_add(&n, FEATURE_SUPER_ORDER, 1);
  ranked(p, &n, item, u->argument ? DESCENDING : ASCENDING, u->to);
}

// "the date of the last order": the greatest of all dates.
static void super_of_last(Parser *p, const State *s, const Unit *u) {
  if (!s->m.output_count || s->prep != PREP_OF + 1 || u->hint[0] != 'd')
    return;
  State n = *s;
  Item *last = &n.m.outputs[n.m.output_count - 1];
  uint32_t rank;
  bool turned;
  if (last->kind != ITEM_COLUMN || last->agg ||
      (!is_time(column_at(p, *last)) &&
       !units_hint_fits("date time year", column_at(p, *last), &rank, &turned)))
    return;
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  if (!name || name->hits[0].column >= 0 || name->hits[0].table != last->table)
    return;
  last->agg = u->argument ? AGG_MAX : AGG_MIN;
  n.prep = 0;
  state_add(&n, FEATURE_SUPER_AGG, 1);
  mention(&n, last->table);
  parser_push(p, &n, name->to);
}

// "their latest order date", "whose last order is older than a year": the greatest date
// of the related rows.
static void last_of(Parser *p, const State *s, const Unit *u, const Unit *name) {
  const Hit *h = name && name->hit_count ? &name->hits[0] : NULL;
  if (!h || h->column >= 0 || u->hint[0] != 'd' || s->m.kind != MEANS_SELECT)
    return;
  int column = -1;
  for (uint32_t k = p->schema->tables[h->table].column_count; k-- > 0;)
    if (is_time(&p->schema->tables[h->table].columns[k]))
      column = (int)k;
  bool dated = name->to < p->words->count &&
               words_in_list("date time day", p->words->items[name->to].stem);
  bool whose =
      s->rel && (unit_at(p, name->to, CAT_BE) || unit_at(p, name->to, CAT_COMPARE));
  if (column < 0 || (!dated && !whose))
    return;
  State n = *s;
  Item item = column_item(h->table, column);
  item.agg = u->argument ? AGG_MAX : AGG_MIN;
  name_hit(p, &n, name, h);
  if (h->table < 32)
    n.named |= 1u << h->table;
  mention(&n, h->table);
  state_add(&n, FEATURE_LAST_OF, 1);
  n.prep = 0;
  n.listing = n.after_and = n.owned = false;
  if (whose || s->mode == MODE_CONDITIONS) {
    n.pending = item;
    n.mode = MODE_CONDITIONS;
  } else if (!add_output(&n, item)) {
    return;
  }
  n.last_output_at = (int16_t)(name->to + dated);
  parser_push(p, &n, name->to + dated);
}

// A name that begins with the word of the aggregate itself: "the highest total".
static const Unit *aggregate_in_name(const Parser *p, const Unit *name, const Unit *agg) {
  const Hit *h = name && name->hit_count ? &name->hits[0] : NULL;
  if (!h || h->column < 0)
    return NULL;
  const QColumn *c = qschema_column(p->schema, h->table, h->column);
  for (uint32_t i = 0; i < c->name_count; i++)
    for (uint32_t k = 0; k < c->names[i].count; k++)
      if (str_eq(c->names[i].stems[k], p->words->items[agg->from].stem))
        return name;
  return NULL;
}

// "the busiest first": by nothing that is known; it is no single row.
static bool unknown_first(const Parser *p, const Unit *u) {
  if (!u->from || !str_is(p->words->items[u->from].lower, "first"))
    return false;
  const Word *before = &p->words->items[u->from - 1];
  return before->kind == WORD_PLAIN && str_ends(before->lower, STR("est")) &&
         !unit_at(p, u->from - 1, CAT_NAME);
}

// "most recently closed": by the date of that.
static void recently_done(Parser *p, const State *s, const Unit *u) {
  if (u->hint[0] != 'd' || u->to >= p->words->count)
    return;
  for (uint32_t i = u->from > 4 ? u->from - 4u : 0; i < u->from; i++)
    if (unit_at(p, i, CAT_NEWEST) && unit_at(p, i, CAT_NEWEST)->to >= u->to)
      return; // "ordered from the newest"
  const Word *done = &p->words->items[u->to];
  const Unit *name = unit_at(p, u->to + 1u, CAT_NAME);
  int table = name && name->hits[0].column < 0 ? name->hits[0].table : s->m.root;
  for (uint32_t k = 0; table >= 0 && k < p->schema->tables[table].column_count; k++) {
    const QColumn *c = qschema_column(p->schema, table, (int)k);
    bool said = false;
    for (uint32_t n = 0; is_time(c) && n < c->name_count; n++)
      for (uint32_t i = 0; i < c->names[n].count; i++)
        said |= str_eq(c->names[n].stems[i], done->stem);
    if (!said)
      continue;
    State n = *s;
    state_add(&n, FEATURE_SUPER_HINT, 1);
    state_add(&n, FEATURE_LAST_OF, 1);
    state_add(&n, FEATURE_NAME_WORDS, 1);
    ranked(p, &n, column_item(table, (int)k), u->argument ? DESCENDING : ASCENDING,
           u->to + 1u);
  }
}

// "the ages of the oldest and youngest students": both ends of what is given.
static void both_ends(Parser *p, const State *s, const Unit *u) {
  const Unit *and_ = unit_at(p, u->to, CAT_AND);
  const Unit *other = and_ ? unit_at(p, skip_fillers(p, and_->to), CAT_SUPER) : NULL;
  State n = *s;
  Item *last = n.m.output_count ? &n.m.outputs[n.m.output_count - 1] : NULL;
  uint32_t rank;
  bool turned = false;
  if (!other || !u->hint[0] || other->argument == u->argument || !last ||
      last->kind != ITEM_COLUMN || last->agg ||
      !units_hint_fits(u->hint, column_at(p, *last), &rank, &turned) ||
      !units_hint_fits(other->hint, column_at(p, *last), &rank, &turned) || turned)
    return;
  Item second = *last;
  last->agg = u->argument ? AGG_MAX : AGG_MIN;
  second.agg = u->argument ? AGG_MIN : AGG_MAX;
  state_add(&n, FEATURE_SUPER_HINT, 2);
  state_add(&n, FEATURE_AGG_OUTPUT, 1);
  n.prep = 0;
  if (add_output(&n, second))
    parser_push(p, &n, other->to);
}

void on_super(Parser *p, const State *s, const Unit *u) {
  if (unknown_first(p, u))
    return;
  both_ends(p, s, u);
  super_of_last(p, s, u);
  const Unit *ago = unit_at(p, u->from, CAT_VALUE);
  if (ago && ago->value.kind == LITERAL_AGO)
    return; // "the last 30 days"
  State n = *s;
  uint32_t at = skip_fillers(p, u->to);
  if (among_aggregates(p, s, at) && s->agg_count < ARRAY_LEN(s->aggs)) {
    State a = *s;
    a.aggs[a.agg_count++] = u->argument ? AGG_MAX : AGG_MIN;
    parser_push(p, &a, u->to);
  }
  if (s->pending.kind)
    super_pending(p, s, u);
  const Unit *number = unit_at(p, at, CAT_NUMBER);
  if (number && number->value.number >= 1 && number->value.number <= 1000) {
    n.top = (int16_t)number->value.number;
    n.lowest = !u->argument && u->hint[0] != 'd';
    at = skip_fillers(p, number->to);
    State only = n; // "top 3 students by score"
    parser_push(p, &only, number->to);
  }
  recently_done(p, s, u);
  last_of(p, s, u, unit_at(p, at, CAT_NAME));
  const Unit *agg = unit_at(p, at, CAT_AGG);
  uint32_t behind = agg ? skip_fillers(p, agg->to) : at;
  const Unit *of = agg ? unit_at(p, behind, CAT_PREP) : NULL;
  if (of && of->argument == PREP_OF) // "the largest total of the amounts"
    behind = skip_fillers(p, of->to);
  const Unit *name = unit_at(p, behind, CAT_NAME);
  OrderDirection direction = u->argument ? DESCENDING : ASCENDING;
  for (uint32_t i = 0; agg && !name && i < s->m.output_count; i++)
    if (s->m.outputs[i].agg == agg->argument) { // "highest total first"
      State again = n;
      state_add(&again, FEATURE_SUPER_ORDER, 1);
      state_add(&again, FEATURE_NAME_WORDS, 1);
      ranked(p, &again, s->m.outputs[i], direction, agg->to);
    }
  if (name && agg)
    super_aggregate(p, &n, agg, name, direction);
  if (agg) // the aggregate is never left out
    name = aggregate_in_name(p, unit_at(p, at, CAT_NAME), agg);
  if (name)
    super_column(p, &n, u, name, direction);
  if (u->hint[0])
    super_hint(p, &n, u, name, at);
}

// Rows of `table` belong to rows of `parent`.
static bool is_child(const Parser *p, int table, int parent) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    if ((x->a == parent && x->b == table && x->many_a) ||
        (x->b == parent && x->a == table && x->many_b))
      return true;
  }
  return false;
}

// "the most booked course": by the bookings that belong to it.
static void most_done(Parser *p, const State *s, const Unit *u) {
  if (u->to >= p->words->count)
    return;
  const Unit *done = NULL;
  for (uint32_t i = p->units->first[u->to]; i < p->units->first[u->to + 1]; i++)
    if (p->units->items[i].cat == CAT_NAME && p->units->items[i].to == u->to + 1)
      done = &p->units->items[i];
  const Unit *name = done ? unit_at(p, done->to, CAT_NAME) : NULL;
  if (!name || name->hits[0].column >= 0 || s->m.order_count ||
      !str_ends(p->words->items[done->from].lower, STR("ed")))
    return;
  for (uint32_t i = 0; i < done->hit_count && i < 4; i++) {
    int by = done->hits[i].table, table = name->hits[0].table;
    if (done->hits[i].column >= 0 || !is_child(p, by, table))
      continue;
    State n = *s;
    name_hit(p, &n, done, &done->hits[i]);
    name_hit(p, &n, name, &name->hits[0]);
    state_add(&n, FEATURE_MOST_COUNT, 1);
    state_add(&n, FEATURE_OFTEN_NAMED, 1);
    mention(&n, by);
    mention(&n, table);
    for (uint32_t k = 0; k < 2; k++)
      if ((k ? table : by) < 32)
        n.named |= 1u << (k ? table : by);
    if (n.m.root < 0)
      n.m.root = (int16_t)table;
    n.last_table_at = (int16_t)name->to;
    ranked(p, &n, count_item(by), u->argument ? DESCENDING : ASCENDING, name->to);
  }
}

// "from most to least", "biggest group first": by what is counted in the outputs.
void on_by_count(Parser *p, const State *s, const Unit *u) {
  uint32_t to = u->to;
  if (u->hint[0]) { // "busiest team first"
    const Unit *name = unit_at(p, to, CAT_NAME);
    to = name ? name->to : to;
    if (to >= p->words->count || !str_is(p->words->items[to].lower, "first"))
      return;
    to++;
  }
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    State n = *s;
    Item item = s->m.outputs[i];
    if ((item.kind != ITEM_COUNT && !item.agg) || s->m.order_count)
      continue;
    n.mode = MODE_CONDITIONS;
    n.prep = 0;
    n.after_and = n.listing = false;
    state_add(&n, FEATURE_NAME_WORDS, (float)(to - u->from));
    if (add_order(&n, item, u->argument))
      parser_push(p, &n, to);
  }
}

void on_most(Parser *p, const State *s, const Unit *u) {
  most_done(p, s, u);
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  OrderDirection direction = u->argument ? DESCENDING : ASCENDING;
  for (uint32_t i = 0; name && i < name->hit_count && i < 6; i++) {
    const Hit *h = &name->hits[i];
    State n = *s;
    name_hit(p, &n, name, h);
    if (h->column < 0) {
      state_add(&n, FEATURE_MOST_COUNT, 1);
      if (h->table < 32) {
        n.tables |= 1u << h->table;
        n.named |= 1u << h->table;
      }
      ranked(p, &n, count_item(h->table), direction, name->to);
    } else if (is_number(qschema_column(p->schema, h->table, h->column))) {
      Item sum = column_item(h->table, h->column);
      sum.agg = AGG_SUM;
      if (s->m.output_count ? s->m.outputs[0].table != h->table
                            : s->m.root >= 0 && s->m.root != h->table) {
        State total = n; // "customers with the most hours": of all their rows
        state_add(&total, FEATURE_MOST_SUM, 1);
        ranked(p, &total, sum, direction, name->to);
      }
      state_add(&n, FEATURE_MOST_COLUMN, 1);
      ranked(p, &n, column_item(h->table, h->column), direction, name->to);
    }
  }
}

void on_common(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  OrderDirection direction = u->argument ? DESCENDING : ASCENDING;
  for (uint32_t i = 0; name && i < name->hit_count && i < 5; i++) {
    const Hit *h = &name->hits[i];
    State n = *s;
    name_hit(p, &n, name, h);
    Item item = h->column < 0 ? (Item){ITEM_ENTITY, 0, false, h->table, -1}
                              : column_item(h->table, h->column);
    if (!add_group(&n, item) ||
        (h->column >= 0 && n.mode == MODE_OUTPUTS && !add_output(&n, item)))
      continue;
    if (h->column < 0) {
      mention(&n, h->table);
      if (h->table < 32)
        n.named |= 1u << h->table;
    }
    if (n.m.root < 0)
      n.m.root = h->table;
    state_add(&n, FEATURE_MOST_COUNT, 1);
    n.last = item;
    n.last_output_at = (int16_t)name->to;
    ranked(p, &n, count_item(h->table), direction, name->to);
  }
  on_often(p, s, u);
}

// A word of the request has the stem of the table's name: "ordered" of order lines.
static bool table_said(const Parser *p, int t) {
  const QTable *q = &p->schema->tables[t];
  for (uint32_t w = 0; w < p->words->count; w++)
    for (uint32_t n = 0; n < q->name_count; n++)
      for (uint32_t i = 0; i < q->names[n].count; i++)
        if (str_eq(q->names[n].stems[i], p->words->items[w].stem))
          return true;
  return false;
}

// "ordered most often", "that won the most": by the rows that belong to what is given.
void on_often(Parser *p, const State *s, const Unit *u) {
  int root = s->m.output_count ? s->m.outputs[0].table : s->m.root;
  if (root < 0 || unit_at(p, skip_fillers(p, u->to), CAT_NAME))
    return;
  if (s->pending.kind && s->pending.agg) { // "who spent the most"
    State n = *s;
    n.pending = (Item){0};
    ranked(p, &n, s->pending, u->argument ? DESCENDING : ASCENDING, u->to);
    return;
  }
  uint32_t to = u->to;
  if (unit_at(p, to, CAT_VERB) && to + 1 < p->words->count &&
      str_is(p->words->items[to + 1].lower, "first"))
    to++; // "most reviewed first"
  OrderDirection direction = u->argument ? DESCENDING : ASCENDING;
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool near = (int)t != root && (mentioned(s, (int)t) || table_said(p, (int)t));
    if ((int)t == root || (!near && !is_child(p, (int)t, root)))
      continue;
    State n = *s;
    state_add(&n, FEATURE_MOST_COUNT, 1);
    state_add(&n, near ? FEATURE_OFTEN_NAMED : FEATURE_OFTEN_UNNAMED, 1);
    ranked(p, &n, count_item((int)t), direction, to);
  }
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    State n = *s;
    Item item = s->m.outputs[i];
    if (item.kind != ITEM_COLUMN || item.agg || !add_group(&n, item))
      continue;
    state_add(&n, FEATURE_MOST_COUNT, 1);
    state_add(&n, FEATURE_OFTEN_VALUE, 1);
    ranked(p, &n, count_item(item.table), direction, to);
  }
}

// "more than once", "at least 3 times": by the rows that belong to what is given.
void on_times(Parser *p, const State *s, const Unit *u) {
  int root = s->m.output_count ? s->m.outputs[0].table : s->m.root;
  bool told = u->argument != 0;
  Literal value = {.kind = LITERAL_NUMBER, .number = u->argument & 15};
  if (!told)
    on_verb(p, s, u);
  if (root < 0 || (!told && !s->waiting))
    return;
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool near = (int)t != root && (mentioned(s, (int)t) || table_said(p, (int)t));
    if ((int)t != root && !near && !is_child(p, (int)t, root))
      continue;
    State n = *s;
    n.waiting = false;
    n.mode = MODE_CONDITIONS;
    if (!add_condition(p, &n, count_item((int)t), told ? u->argument >> 4 : n.wait_op,
                       told ? value : n.wait_value))
      continue;
    state_add(&n, FEATURE_HAVING_COUNT, 1);
    state_add(&n,
              (int)t == root ? FEATURE_OFTEN_VALUE
              : near         ? FEATURE_OFTEN_NAMED
                             : FEATURE_OFTEN_UNNAMED,
              1);
    parser_push(p, &n, u->to);
  }
}

void on_order(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.mode = MODE_ORDER;
  n.direction = (uint8_t)u->argument;
  n.scope = 0;
  n.count = 0;
  n.agg_count = 0;
  parser_push(p, &n, u->to);
  uint32_t at = skip_fillers(p, u->to);
  Item when = s->m.root >= 0 ? time_of(p, s->m.root) : (Item){0};
  if (at < p->words->count && words_in_list("time date", p->words->items[at].lower) &&
      when.kind && (at + 1 >= p->words->count || !unit_at(p, at + 1, CAT_NAME)) &&
      add_order(&n, when, (OrderDirection)u->argument)) {
    state_add(&n, FEATURE_NAME_WORDS, 1);
    parser_push(p, &n, at + 1); // "sorted by time"
  }
}

void on_dir(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.scope = 0;
  if (n.m.order_count && n.mode == MODE_ORDER) {
    for (uint32_t i = 0; i < n.m.order_count; i++)
      if (!n.m.orders[i].direction)
        n.m.orders[i].direction = (uint8_t)u->argument;
    parser_push(p, &n, u->to);
    return;
  }
  n.mode = MODE_ORDER;
  n.direction = (uint8_t)u->argument;
  parser_push(p, &n, u->to);
  if (!unit_at(p, u->to, CAT_PREP) && !n.m.order_count && n.m.output_count &&
      n.m.outputs[0].kind == ITEM_COLUMN && add_order(&n, n.m.outputs[0], u->argument))
    parser_push(p, &n, u->to); // "the songs, in ascending order"
}

void on_alpha(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (n.mode == MODE_ORDER && n.m.order_count) {
    parser_push(p, &n, u->to);
    return;
  }
  if (s->m.root < 0 && !s->m.output_count) {
    State first = n;
    first.alpha = (uint8_t)(u->argument + 1);
    parser_push(p, &first, u->to);
    return;
  }
  n.mode = MODE_ORDER;
  n.direction = (uint8_t)u->argument;
  parser_push(p, &n, u->to); // "in alphabetical order by title"
  for (uint32_t i = 0; i < n.m.output_count; i++)
    if (n.m.outputs[i].kind == ITEM_COLUMN && is_text(column_at(p, n.m.outputs[i]))) {
      if (add_order(&n, n.m.outputs[i], u->argument))
        parser_push(p, &n, u->to);
      return;
    }
  int table = n.m.root;
  if (table >= 0 && p->schema->tables[table].name_column >= 0 &&
      add_order(&n, column_item(table, p->schema->tables[table].name_column),
                u->argument))
    parser_push(p, &n, u->to);
}

void on_newest(Parser *p, const State *s, const Unit *u) {
  int tables[2] = {s->m.root, s->focus};
  for (uint32_t i = 0; i < 2; i++) {
    if (tables[i] < 0 || (i && tables[1] == tables[0]))
      continue;
    for (uint32_t k = 0; k < p->schema->tables[tables[i]].column_count; k++) {
      uint32_t rank;
      bool turned;
      const QColumn *c = &p->schema->tables[tables[i]].columns[k];
      bool dated = is_time(c) && u->hint[0] == 'd';
      if (!dated && (!units_hint_fits(u->hint, c, &rank, &turned) || c->foreign_key))
        continue;
      State n = *s;
      state_add(&n, FEATURE_HINTED, is_time(c) ? 1 : 0.5f);
      if (add_order(&n, column_item(tables[i], (int)k), u->argument))
        parser_push(p, &n, u->to);
    }
  }
}

void on_first(Parser *p, const State *s, const Unit *u) {
  const Unit *number = unit_at(p, u->to, CAT_NUMBER);
  if (!number)
    return;
  State n = *s;
  n.top = (int16_t)number->value.number;
  parser_push(p, &n, number->to);
}
