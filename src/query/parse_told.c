// parse_told.c: conditions that their words tell whole: above the average, missing,
// negative, overdue.
#include "query/parse_internal.h"

// "taller than average": the word of comparison tells of the column.
static void hinted_average(Parser *p, const State *s, const Unit *u) {
  for (uint32_t t = 0; t < p->schema->table_count; t++)
    for (uint32_t k = 0; table_in_reach(s, t) && k < p->schema->tables[t].column_count;
         k++) {
      const QColumn *col = &p->schema->tables[t].columns[k];
      uint32_t rank;
      bool turned;
      if (!is_number(col) || col->foreign_key || col->primary_key ||
          !units_hint_fits(u->hint, col, &rank, &turned))
        continue;
      State n = *s;
      Item right = column_item((int)t, (int)k);
      right.agg = AGG_AVG;
      Condition c = {.left = column_item((int)t, (int)k),
                     .op = (uint8_t)u->argument,
                     .side = SIDE_AGGREGATE,
                     .right = right};
      state_add(&n, FEATURE_HINTED, 1);
      state_add(&n, FEATURE_HINT_RANK, (float)rank);
      state_add(&n, FEATURE_COMPARED, 1);
      if (put_condition(p, &n, c))
        push_compared(p, &n, u->to);
    }
}

void on_average(Parser *p, const State *s, const Unit *u) {
  Item item = s->pending;
  uint32_t at = skip_fillers(p, u->to);
  const Unit *name = unit_at(p, at, CAT_NAME);
  if (item.kind) {
    State n = *s;
    Item right = item;
    right.agg = AGG_AVG;
    Condition c = {
        .left = item, .op = (uint8_t)u->argument, .side = SIDE_AGGREGATE, .right = right};
    state_add(&n, FEATURE_COMPARED, 1);
    if (put_condition(p, &n, c))
      push_compared(p, &n, u->to);
  }
  if (!item.kind && u->hint[0])
    hinted_average(p, s, u);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    if (name->hits[i].column < 0)
      continue;
    State n = *s;
    name_hit(p, &n, name, &name->hits[i]);
    Item right = column_item(name->hits[i].table, name->hits[i].column);
    Item left = item.kind ? item : right;
    right.agg = AGG_AVG;
    Condition c = {
        .left = left, .op = (uint8_t)u->argument, .side = SIDE_AGGREGATE, .right = right};
    state_add(&n, FEATURE_COMPARED, 1);
    if (put_condition(p, &n, c))
      push_compared(p, &n, name->to);
  }
}

// "with an empty city", "null commissions": the column stands behind.
static void null_before(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || qschema_column(p->schema, h->table, h->column)->primary_key)
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    if (u->argument)
      n.negate = !n.negate;
    state_add(&n, FEATURE_COMPARED_BEHIND, 1);
    if (add_condition(p, &n, column_item(h->table, h->column), OP_NULL, (Literal){0}))
      parser_push(p, &n, name->to);
  }
}

void on_null(Parser *p, const State *s, const Unit *u) {
  if (!s->pending.kind) {
    null_before(p, s, u);
    return;
  }
  State n = *s;
  if (u->argument)
    n.negate = !n.negate;
  Literal none = {0};
  if (add_condition(p, &n, s->pending, OP_NULL, none))
    parser_push(p, &n, u->to);
}

// "whose deadline has passed": before now.
void on_passed(Parser *p, const State *s, const Unit *u) {
  const QColumn *c = column_at(p, s->pending);
  if (s->pending.kind != ITEM_COLUMN || !c || !is_time(c) || c->type == QTYPE_TIME)
    return;
  State n = *s;
  Literal now = {.kind = LITERAL_AGO, .text = STR("day")};
  state_add(&n, FEATURE_COMPARED, 1);
  state_add(&n, FEATURE_AGO, 1);
  if (add_condition(p, &n, s->pending, (Op)u->argument, now))
    parser_push(p, &n, u->to);
}

// "a negative balance".
void on_sign(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || !is_number(qschema_column(p->schema, h->table, h->column)))
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    state_add(&n, FEATURE_COMPARED_BEHIND, 1);
    Literal zero = {.kind = LITERAL_NUMBER};
    if (add_condition(p, &n, column_item(h->table, h->column), (Op)u->argument, zero))
      parser_push(p, &n, name->to);
  }
}

// The date of the table that a hint speaks of; of several the one that is hinted at
// first.
static int date_for(const QTable *t, const char *hint, bool nullable) {
  int best = -1;
  uint32_t best_rank = 99, rank;
  bool turned;
  for (uint32_t k = 0; k < t->column_count; k++) {
    const QColumn *c = &t->columns[k];
    if (!is_time(c) || c->type == QTYPE_TIME || (nullable && !c->nullable) ||
        !units_hint_fits(hint, c, &rank, &turned) || rank >= best_rank)
      continue;
    best = (int)k;
    best_rank = rank;
  }
  return best;
}

// "upcoming appointments", "overdue loans": those whose date is ahead, or has passed
// while nothing was returned.
void on_due(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, u->to, CAT_NAME), *ago = unit_at(p, u->from, CAT_VALUE);
  if (ago && ago->value.kind == LITERAL_AGO)
    return; // "the past 30 days"
  const Hit *h = name && name->hits[0].column < 0 ? &name->hits[0] : NULL;
  int table = h ? h->table : s->m.root;
  if (table < 0 || (!h && !s->rel && s->mode != MODE_CONDITIONS))
    return;
  const QTable *t = &p->schema->tables[table];
  if (u->argument == 32) { // "still running": it has not ended
    State n = *s;
    uint8_t mode = n.mode;
    int end = date_for(t, u->hint, true);
    if (end < 0 || !add_condition(p, &n, column_item(table, end), OP_NULL, (Literal){0}))
      return;
    state_add(&n, FEATURE_HINTED, 1);
    n.mode = h ? mode : n.mode;
    parser_push(p, &n, u->to);
    return;
  }
  int date = date_for(t, u->hint, false);
  for (uint32_t k = 0; date < 0 && !(u->argument & 16) && k < t->column_count; k++)
    if (is_time(&t->columns[k]) && t->columns[k].type != QTYPE_TIME)
      date = (int)k;
  if (date < 0)
    return;
  State n = *s;
  uint8_t mode = n.mode;
  Literal now = {.kind = LITERAL_AGO, .text = STR("day")};
  if (!add_condition(p, &n, column_item(table, date), (Op)(u->argument & 15), now))
    return;
  int back =
      u->argument & 16
          ? date_for(t, "return close complet finish done paid ship resolv end", true)
          : -1;
  if (back >= 0 && back != date &&
      !add_condition(p, &n, column_item(table, back), OP_NULL, (Literal){0}))
    return;
  state_add(&n, FEATURE_HINTED, 1);
  state_add(&n, FEATURE_COMPARED, 1);
  n.mode = mode;
  parser_push(p, &n, u->to);
}
