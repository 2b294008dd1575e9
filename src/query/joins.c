// joins.c: shortest ways over the graph of relationships.
#include "query/joins.h"

#include "query/units.h"

enum {
  MAX_NODES = 400
};

static int cost_of(const QSchema *s, int table) {
  return s->tables[table].link ? 9 : 10;
}

static bool is_role(const Meaning *m, uint32_t edge) {
  for (uint32_t i = 0; i < m->role_count; i++)
    if (m->roles[i] == (int16_t)edge)
      return true;
  return false;
}

// The shortest way from any joined table to `goal`, added to the plan.
static bool reach(const QSchema *s, const Meaning *m, bool *joined, int goal,
                  JoinPlan *plan) {
  int32_t distance[MAX_NODES];
  int16_t by[MAX_NODES];
  bool done[MAX_NODES] = {0};
  uint32_t n = s->table_count;
  for (uint32_t i = 0; i < n; i++) {
    distance[i] = joined[i] ? 0 : INT32_MAX;
    by[i] = -1;
  }
  for (;;) {
    int at = -1;
    for (uint32_t i = 0; i < n; i++)
      if (!done[i] && distance[i] != INT32_MAX && (at < 0 || distance[i] < distance[at]))
        at = (int)i;
    if (at < 0)
      return false;
    if (at == goal)
      break;
    done[at] = true;
    for (uint32_t e = 0; e < s->edge_count; e++) {
      const QEdge *x = &s->edges[e];
      int to = x->a == at ? x->b : x->b == at ? x->a : -1;
      if (to < 0 || to == at || done[to])
        continue;
      int32_t d = distance[at] + cost_of(s, to) - is_role(m, e) + (x->implied ? 4 : 0);
      if (d < distance[to]) {
        distance[to] = d;
        by[to] = (int16_t)e;
      }
    }
  }
  JoinStep way[MAX_STEPS];
  uint32_t length = 0;
  for (int at = goal; !joined[at];) {
    const QEdge *x = &s->edges[by[at]];
    int from = x->a == at ? x->b : x->a;
    if (length == MAX_STEPS)
      return false;
    way[length++] = (JoinStep){by[at], (int16_t)from, (int16_t)at};
    at = from;
  }
  while (length) {
    if (plan->count == MAX_STEPS)
      return false;
    plan->steps[plan->count++] = way[--length];
    joined[way[length].to] = true;
  }
  return true;
}

JoinPlan joins_plan(const QSchema *s, const Meaning *m, const int16_t *tables,
                    uint32_t count) {
  JoinPlan plan = {.connected = s->table_count <= MAX_NODES};
  bool joined[MAX_NODES] = {0};
  if (!count || !plan.connected)
    return plan;
  joined[tables[0]] = true;
  for (uint32_t i = 1; i < count; i++)
    if (!joined[tables[i]])
      plan.connected &= reach(s, m, joined, tables[i], &plan);
  return plan;
}

static void add_table(int16_t *out, uint32_t *n, int16_t t) {
  for (uint32_t i = 0; i < *n; i++)
    if (out[i] == t)
      return;
  if (t >= 0 && *n < MAX_TABLES)
    out[(*n)++] = t;
}

uint32_t joins_tables(const Meaning *m, int16_t *out) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < m->group_count; i++)
    add_table(out, &n, m->groups[i].table);
  for (uint32_t i = 0; i < m->output_count; i++)
    if (m->outputs[i].kind != ITEM_COUNT)
      add_table(out, &n, m->outputs[i].table);
  for (uint32_t i = 0; i < m->output_count; i++) {
    add_table(out, &n, m->outputs[i].table);
    if (m->outputs[i].by_column)
      add_table(out, &n, m->outputs[i].by_table);
  }
  if (!n)
    add_table(out, &n, m->root);
  if (m->window.kind) {
    if (m->window.of.kind)
      add_table(out, &n, m->window.of.table);
    add_table(out, &n, m->window.by.table);
    if (m->window.within.kind)
      add_table(out, &n, m->window.within.table);
  }
  if (m->label.used)
    add_table(out, &n, m->label.when.left.table);
  uint32_t end = m->set ? m->split : m->condition_count;
  for (uint32_t i = 0; i < end; i++)
    if (!m->conditions[i].scope) {
      add_table(out, &n, m->conditions[i].left.table);
      if (m->conditions[i].side == SIDE_COLUMN)
        add_table(out, &n, m->conditions[i].right.table);
    }
  for (uint32_t i = 0; i < m->having_count && !m->apart; i++) {
    add_table(out, &n, m->having[i].left.table);
    if (m->having[i].left.by_column)
      add_table(out, &n, m->having[i].left.by_table);
  }
  for (uint32_t i = 0; i < m->order_count; i++) {
    add_table(out, &n, m->orders[i].item.table);
    if (m->orders[i].item.by_column)
      add_table(out, &n, m->orders[i].item.by_table);
  }
  for (uint32_t i = 0; i < m->needed_count; i++)
    add_table(out, &n, m->needed[i]);
  return n;
}

Str joins_attribute(const QSchema *s, JoinStep step) {
  const QEdge *e = &s->edges[step.edge];
  return e->a == step.from && e->b == step.to ? e->attr_a : e->attr_b;
}

bool joins_to_many(const QSchema *s, JoinStep step) {
  const QEdge *e = &s->edges[step.edge];
  return e->a == step.from && e->b == step.to ? e->many_a : e->many_b;
}

// ---- Roles

static const QColumn *key_of(const QSchema *s, const QEdge *e) {
  const QColumn *a = e->column_a >= 0 ? qschema_column(s, e->a, e->column_a) : NULL;
  if (a && a->foreign_key && a->ref_table == e->b)
    return a;
  return e->column_b >= 0 ? qschema_column(s, e->b, e->column_b) : NULL;
}

static bool has_stem(const QColumn *c, Str stem) {
  for (uint32_t n = 0; n < c->name_count; n++)
    for (uint32_t i = 0; i < c->names[n].count; i++)
      if (str_eq(c->names[n].stems[i], stem))
        return true;
  return false;
}

// True where a word says what only this key's name says.
static bool role_said(const QColumn *c, const QColumn *other, const Words *words) {
  for (uint32_t n = 0; n < c->name_count; n++)
    for (uint32_t i = 0; i < c->names[n].count; i++) {
      Str stem = c->names[n].stems[i];
      if (has_stem(other, stem) || stem.len < 3)
        continue;
      for (uint32_t w = 0; w < words->count; w++)
        if (words->items[w].kind == WORD_PLAIN &&
            units_says_role(stem, words->items[w].stem))
          return true;
    }
  return false;
}

void joins_roles(const QSchema *s, const Words *words, Meaning *m) {
  for (uint32_t i = 0; i < s->edge_count; i++)
    for (uint32_t k = 0; k < s->edge_count; k++) {
      const QEdge *x = &s->edges[i], *y = &s->edges[k];
      bool parallel = (x->a == y->a && x->b == y->b) || (x->a == y->b && x->b == y->a);
      const QColumn *one = key_of(s, x), *other = key_of(s, y);
      if (i == k || !parallel || !one || !other || one == other ||
          m->role_count == MAX_ROLES)
        continue;
      if (role_said(one, other, words) && !role_said(other, one, words))
        m->roles[m->role_count++] = (int16_t)i;
    }
}
