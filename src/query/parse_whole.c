// parse_whole.c: what only the whole reading shows: shapes that no query should have, and
// how well it agrees with what the words said.
#include "query/parse_internal.h"

static bool is_counting(Item i) {
  return i.kind == ITEM_COUNT || i.agg;
}

static bool same_rows(const Parser *p, Item group, int table) {
  const QTable *t = &p->schema->tables[table];
  return group.table == table &&
         (group.kind == ITEM_ENTITY || group.column == t->key_column);
}

// "for each product, the number of products": always one.
static void own_groups(const Parser *p, State *s) {
  const Meaning *m = &s->m;
  Item items[MAX_OUTPUTS + MAX_ORDERS + 3];
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->output_count; i++)
    items[n++] = m->outputs[i];
  for (uint32_t i = 0; i < m->order_count; i++)
    items[n++] = m->orders[i].item;
  for (uint32_t i = 0; i < m->having_count; i++)
    items[n++] = m->having[i].left;
  for (uint32_t g = 0; g < m->group_count; g++) {
    const QTable *t = &p->schema->tables[m->groups[g].table];
    bool by_name =
        m->groups[g].kind == ITEM_COLUMN && (m->groups[g].column == t->name_column);
    state_add(s, FEATURE_GROUP_BY_NAME, by_name);
    for (uint32_t i = 0; i < n; i++) {
      if (!is_counting(items[i]) || items[i].table != m->groups[g].table)
        continue;
      if (same_rows(p, m->groups[g], items[i].table))
        state_add(s, items[i].agg ? FEATURE_OWN_AGG : FEATURE_OWN_COUNT, 1);
      else if (by_name)
        state_add(s, FEATURE_OWN_NAME, 1);
      if (items[i].kind == ITEM_COUNT && items[i].column == m->groups[g].column &&
          m->groups[g].kind == ITEM_COLUMN)
        state_add(s, FEATURE_OWN_COUNT, 1);
    }
  }
}

static void odd_conditions(const Parser *p, State *s) {
  const Meaning *m = &s->m;
  for (uint32_t i = 0; i < m->condition_count; i++) {
    const Condition *c = &m->conditions[i];
    for (uint32_t k = 0; k < m->output_count; k++)
      if (c->op == OP_EQ && !c->scope && c->side == SIDE_VALUE && !c->or_ &&
          item_eq(m->outputs[k], c->left))
        state_add(s, FEATURE_OUTPUT_KNOWN, 1);
    for (uint32_t k = 0; k < i; k++)
      if (m->conditions[k].scope == c->scope && !c->or_ &&
          item_eq(m->conditions[k].left, c->left) && m->conditions[k].op == c->op &&
          (!m->set || i < m->split))
        state_add(s, FEATURE_SAME_TWICE, 1);
    const QColumn *col = column_at(p, c->left);
    if (col && is_time(col) && c->value.kind == LITERAL_TEXT)
      state_add(s, FEATURE_TEXT_AS_TIME, 1);
  }
  for (uint32_t i = 0; i < m->having_count; i++)
    if (m->having[i].left.kind == ITEM_COUNT && m->having[i].left.column >= 0 &&
        is_number(column_at(p, m->having[i].left)))
      state_add(s, FEATURE_HAVING_NUMBER, 1);
}

static void odd_outputs(State *s) {
  const Meaning *m = &s->m;
  bool counting = false;
  for (uint32_t i = 0; i < m->output_count; i++) {
    counting |= is_counting(m->outputs[i]);
    for (uint32_t k = 0; k < m->output_count; k++)
      if (m->outputs[i].kind == ITEM_ENTITY && m->outputs[k].kind == ITEM_COLUMN &&
          !m->outputs[k].agg && m->outputs[k].table == m->outputs[i].table)
        state_add(s, FEATURE_ENTITY_AND_COLUMN, 1);
  }
  if (m->limit && counting && !m->group_count)
    state_add(s, FEATURE_LIMIT_ON_AGG, 1);
  if (m->order_count > 1 && m->limit)
    state_add(s, FEATURE_ORDER_TWICE, 1);
  else if (m->order_count > 1)
    state_add(s, FEATURE_ORDER_MORE, (float)(m->order_count - 1));
}

// Tables that the request names and the reading has no use for.
static void unused_tables(const Parser *p, State *s, const int16_t *tables, uint32_t n) {
  uint32_t said = 0, used = 0;
  for (uint32_t i = 0; i < p->units->count; i++) {
    const Unit *u = &p->units->items[i];
    if (u->cat == CAT_NAME && u->hits[0].column < 0 && u->hits[0].weight >= 0.95f &&
        u->hits[0].table < 32 &&
        (u->hit_count == 1 || u->hits[1].weight < u->hits[0].weight))
      said |= 1u << u->hits[0].table;
  }
  for (uint32_t i = 0; i < n; i++)
    used |= tables[i] < 32 ? 1u << tables[i] : 0;
  for (uint32_t i = 0; i < s->m.eager_count; i++)
    used |= s->m.eager[i] < 32 ? 1u << s->m.eager[i] : 0;
  for (uint32_t i = 0; i < s->m.having_count; i++)
    used |= s->m.having[i].left.table < 32 ? 1u << s->m.having[i].left.table : 0;
  used |= s->m.united.kind && s->m.united.table < 32 ? 1u << s->m.united.table : 0;
  for (uint32_t i = 0; i < s->m.scope_count; i++)
    used |= s->m.absent[i] < 32 ? 1u << s->m.absent[i] : 0;
  state_add(s, FEATURE_TABLE_UNUSED, (float)__builtin_popcount(said & ~used));
}

static void agreement(const Parser *p, State *s, uint32_t joins) {
  uint32_t held = sketch_of(&s->m, joins);
  for (uint32_t i = 0; i < SKETCH_SHAPES; i++) {
    float odds = p->sketch[i] > 4 ? 4 : p->sketch[i] < -4 ? -4 : p->sketch[i];
    state_add(s, (Feature)(FEATURE_SHAPE_DISTINCT + i), held >> i & 1 ? odds : -odds);
  }
}

void score_whole(const Parser *p, State *s) {
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(&s->m, tables), many = 0;
  JoinPlan plan = joins_plan(p->schema, &s->m, tables, n);
  agreement(p, s, plan.count);
  if (s->m.kind != MEANS_SELECT)
    return;
  for (uint32_t i = 0; i < plan.count; i++)
    many += joins_to_many(p->schema, plan.steps[i]);
  state_add(s, FEATURE_ROOT_LINK, p->schema->tables[s->m.root].link);
  own_groups(p, s);
  odd_conditions(p, s);
  odd_outputs(s);
  unused_tables(p, s, tables, n);
  if (many && !s->m.group_count && !s->m.distinct && !is_counting(s->m.outputs[0]))
    state_add(s, FEATURE_MAY_REPEAT, 1);
}
