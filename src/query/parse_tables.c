// parse_tables.c: a table was named.
//
// What its name does depends on where it stands: the rows that are asked for, what they
// are counted by, what they have or have not, a group.
#include "query/parse_internal.h"

// "inactive or in no team": the key of what there is none of is empty.
static void or_absent(Parser *p, const State *s, const Unit *u, int table) {
  int root = s->m.root;
  for (uint32_t k = 0; root >= 0 && k < p->schema->tables[root].column_count; k++) {
    const QColumn *c = qschema_column(p->schema, root, (int)k);
    if (!c->foreign_key || c->ref_table != table || !c->nullable)
      continue;
    State n = *s;
    n.negate = n.negate_noun = false;
    if (!add_condition(p, &n, column_item(root, (int)k), OP_NULL, (Literal){0}))
      continue;
    state_add(&n, FEATURE_ABSENT, 1);
    name_used(&n);
    parser_push(p, &n, u->to);
    return;
  }
}

static void absent_table(Parser *p, const State *s, const Unit *u, int table) {
  if (s->or_next) { // rows that are not there are no alternative
    or_absent(p, s, u, table);
    return;
  }
  State n = *s;
  if (n.m.scope_count == MAX_SCOPES || n.m.root < 0)
    return;
  n.m.absent[n.m.scope_count++] = (int16_t)table;
  n.scope = n.m.scope_count;
  n.negate = n.negate_noun = false;
  state_add(&n, FEATURE_ABSENT, 1);
  name_used(&n);
  parser_push(p, &n, u->to);
}

// A participle that only means what the table is called.
static bool is_done(const Parser *p, const Unit *u) {
  Str word = p->words->items[u->from].lower;
  return u->to == u->from + 1 && u->hit_count && u->hits[0].weight < 0.94f &&
         (str_ends(word, STR("ed")) || str_ends(word, STR("en")));
}

// "copies in the north branch": a preposition stands before the table and what is said of
// it, so that the rows are those that were named before.
static bool behind_prep(const Parser *p, uint32_t at) {
  while (at-- > 0 && !unit_at(p, at, CAT_NAME)) {
    const Unit *prep = unit_at(p, at, CAT_PREP);
    if (prep)
      return prep->argument != PREP_OWN;
  }
  return false;
}

static void table_in_outputs(Parser *p, const State *s, const Unit *u, int table) {
  State n = *s;
  if (!n.m.output_count) {
    bool change = n.m.kind != MEANS_SELECT && behind_prep(p, u->from);
    if (n.m.root >= 0 && n.m.root != table &&
        ((n.prep && n.prep != PREP_OWN + 1) || change)) {
      if (!add_needed(&n, table)) // "products in category ...": still products
        return;
      n.mode = MODE_CONDITIONS;
      name_used(&n);
      parser_push(p, &n, u->to);
      return;
    }
    if (n.owned && n.m.root >= 0 && n.m.kind != MEANS_SELECT)
      return; // "delete customers and their orders" is more than one change
    if (n.owned && n.m.root >= 0 && n.m.root != table) {
      State more = n; // "members and their bookings": still members
      if (add_needed(&more, table)) {
        more.mode = MODE_CONDITIONS;
        name_used(&more);
        parser_push(p, &more, u->to);
      }
    }
    if (n.m.root >= 0 && n.m.root != table && is_done(p, u)) { // "books written by"
      if (!add_needed(&n, table))
        return;
      n.mode = MODE_CONDITIONS;
      name_used(&n);
      parser_push(p, &n, u->to);
      return;
    }
    if (n.m.root >= 0 && n.m.root != table && !add_needed(&n, n.m.root))
      return;
    if (n.distinct)
      n.m.distinct = true;
    n.m.root = (int16_t)table;
    name_used(&n);
    parser_push(p, &n, u->to);
    return;
  }
  if (n.distinct) // "the names of all distinct products"
    n.m.distinct = true;
  int owner = n.m.outputs[n.m.output_count - 1].table;
  if (n.prep == PREP_OF + 1 || n.prep == PREP_OWN + 1 || n.prep == PREP_FOR + 1)
    state_add(&n, owner == table ? FEATURE_OF_MATCH : FEATURE_OF_MISMATCH, 1);
  if (n.after_and || (n.listing && !n.prep)) {
    State entity = n;
    if (add_output(&entity, (Item){ITEM_ENTITY, 0, false, (int16_t)table, -1})) {
      state_add(&entity, FEATURE_TABLE_OUTPUT, 1);
      entity.last_output_at = (int16_t)u->to;
      name_used(&entity);
      parser_push(p, &entity, u->to);
    }
  }
  if (!add_needed(&n, table))
    return;
  set_root(&n, table);
  name_used(&n);
  parser_push(p, &n, u->to);
}

static void counted_table(Parser *p, const State *s, const Unit *u, int table) {
  State n = *s;
  Item item = count_item(table);
  int key = p->schema->tables[table].key_column;
  if ((n.count == 2 || n.distinct) && key >= 0) {
    item.column = (int16_t)key;
    item.distinct = true;
  }
  n.count = 0;
  if (n.top > 0 && n.prep == PREP_BY + 1) { // "the top 3 countries by number of orders"
    State best = n;
    best.m.limit = best.top;
    best.top = 0;
    if (add_order(&best, item, best.lowest ? ASCENDING : DESCENDING)) {
      state_add(&best, FEATURE_TOP_BY, 1);
      name_used(&best);
      parser_push(p, &best, u->to);
    }
  }
  if (n.mode == MODE_OUTPUTS) {
    if (!add_output(&n, item))
      return;
    state_add(&n, FEATURE_TABLE_COUNTED, 1);
    n.last_output_at = (int16_t)u->to;
    set_root(&n, table);
  } else if (n.mode == MODE_ORDER) {
    if (!add_order(&n, item, n.direction))
      return;
  } else {
    n.pending = item;
  }
  name_used(&n);
  parser_push(p, &n, u->to);
}

static void table_having(Parser *p, const State *s, const Unit *u, int table) {
  if (unit_at(p, u->from, CAT_ORDER))
    return; // "under 20 ordered by price"
  State n = *s;
  n.waiting = false;
  n.mode = MODE_CONDITIONS;
  double least = n.wait_value.number;
  if (!n.negate && n.scope == 0 &&
      ((n.wait_op == OP_GE && least == 1) || (n.wait_op == OP_GT && least == 0))) {
    State some = n; // "at least one order": there is a row
    state_add(&some, FEATURE_AT_LEAST_ONE, 1);
    if (add_needed(&some, table)) {
      name_used(&some);
      parser_push(p, &some, u->to);
    }
  }
  if (!add_waiting(p, &n, count_item(table)))
    return;
  state_add(&n, FEATURE_HAVING_COUNT, 1);
  name_used(&n);
  parser_push(p, &n, u->to);
}

// "for each department": the foreign key of what is grouped says it without a join.
static void group_by_key(Parser *p, const State *s, const Unit *u, int table) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int child = x->a == table ? x->b : x->b == table ? x->a : -1;
    int column = x->a == table ? x->column_b : x->column_a;
    if (child < 0 || child == table || column < 0 || !mentioned(s, child) ||
        !qschema_column(p->schema, child, column)->foreign_key)
      continue;
    State n = *s;
    n.focus = (int16_t)child;
    known_key(p, &n, column_item(child, column));
    if (!add_group(&n, column_item(child, column)) ||
        !add_output(&n, column_item(child, column)))
      continue;
    state_add(&n, FEATURE_GROUP_BY_KEY, 1);
    state_add(&n, FEATURE_GROUPED, 1);
    after_group(p, &n, u->to);
    name_used(&n);
    parser_push(p, &n, u->to);
  }
}

// Rows of the table are people, as far as its columns tell.
bool is_of_people(const Parser *p, int table) {
  const QTable *t = &p->schema->tables[table];
  uint32_t rank;
  bool turned;
  int first, last;
  if (name_parts(p->schema, table, &first, &last))
    return true;
  for (uint32_t k = 0; k < t->column_count; k++)
    if (!t->columns[k].foreign_key && units_hint_fits("email birth gender sex phone born",
                                                      &t->columns[k], &rank, &turned))
      return true;
  return false;
}

// "who borrowed ...": the people that such rows belong to. False where there are none.
static bool who_has(Parser *p, const State *s, const Unit *u, int table) {
  bool any = false;
  if (s->m.root >= 0 || !str_is(p->words->items[0].lower, "who") ||
      s->m.kind != MEANS_SELECT || s->waiting || s->count || is_of_people(p, table))
    return false;
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int owner = x->a == table && !x->many_a   ? x->b
                : x->b == table && !x->many_b ? x->a
                                              : -1;
    State n = *s;
    if (owner < 0 || owner == table || !is_of_people(p, owner) || !add_needed(&n, table))
      continue;
    n.m.root = (int16_t)owner;
    n.mode = MODE_CONDITIONS;
    mention(&n, owner);
    mention(&n, table);
    if (owner < 32)
      n.named |= 1u << owner;
    bool rel = n.rel;
    name_used(&n);
    n.rel = rel;
    parser_push(p, &n, u->to);
    any = true;
  }
  return any;
}

// "students enrolled in": what rows that were named just before have done.
static bool is_participle(const Parser *p, const State *s, const Unit *u, int table) {
  return s->m.root >= 0 && s->m.root != table && !s->m.output_count && !s->prep &&
         !s->after_and && s->last_table_at == (int)u->from &&
         str_ends(p->words->items[u->to - 1].lower, STR("ed"));
}

void table_hit(Parser *p, const State *s, const Unit *u, const Hit *h) {
  State n = *s;
  name_hit(p, &n, u, h);
  if (h->table < 32 && h->weight > 0.6f)
    n.named |= 1u << h->table;
  bool before = mentioned(&n, h->table);
  mention(&n, h->table);
  n.last_table_at = (int16_t)u->to;
  int table = h->table;
  if (n.m.kind != MEANS_SELECT && (n.owned || n.eager) && n.m.root >= 0 &&
      n.m.root != table)
    return; // "delete an order with its lines" is more than one change
  if (who_has(p, &n, u, table))
    return;
  const Unit *own = unit_at(p, u->to, CAT_PREP);
  const Unit *of_it =
      own && own->argument == PREP_OWN ? unit_at(p, own->to, CAT_NAME) : NULL;
  bool only_column = of_it && of_it->hits[0].column >= 0 && of_it->hits[0].table == table;
  if (n.eager && only_column) { // "with their customer's name"
    n.listing = true;
    parser_push(p, &n, u->to);
    return;
  }
  if (n.eager && n.m.root >= 0 && n.m.root != table) {
    bool known = false; // "with their items and the items' products"
    for (uint32_t i = 0; i < n.m.eager_count; i++)
      known |= n.m.eager[i] == h->table;
    if (!known && n.m.eager_count == MAX_GROUPS)
      return;
    if (!known)
      n.m.eager[n.m.eager_count++] = h->table;
    n.eager = known || unit_at(p, u->to, CAT_AND) != NULL;
    n.focus = n.m.root;
    state_add(&n, FEATURE_EAGER, !known);
    name_used(&n);
    parser_push(p, &n, u->to);
    return;
  }
  bool number = false; // "the total number of payments" counts them
  for (uint32_t k = u->from > 3 ? u->from - 3u : 0; k < u->from; k++)
    number |= str_is(p->words->items[k].lower, "number");
  int money = !number && n.agg_count == 1 && n.aggs[0] != AGG_COUNT &&
                      n.mode == MODE_OUTPUTS && !n.count
                  ? money_column(p, table)
                  : -1;
  if (money >= 0) { // "total payments": of what they cost
    State sum = n;
    state_add(&sum, FEATURE_MONEY, 1);
    output_column(p, &sum, u, column_item(table, money));
  }
  bool counting = false;
  for (uint32_t i = 0; i < n.m.output_count; i++)
    counting |= n.m.outputs[i].kind == ITEM_COUNT || n.m.outputs[i].agg;
  if (counting && n.prep == PREP_BY + 1 && n.mode != MODE_GROUP && !n.m.group_count &&
      (u->to >= p->words->count || unit_at(p, u->to, CAT_END)))
    state_add(&n, FEATURE_PENDING_LEFT, 1); // "revenue by department" is one for each
  if (n.mode == MODE_GROUP) {
    group_by_key(p, &n, u, table);
    if (!add_group(&n, (Item){ITEM_ENTITY, 0, false, h->table, -1}))
      return;
    state_add(&n, FEATURE_GROUPED, 1);
    after_group(p, &n, u->to);
    name_used(&n);
    parser_push(p, &n, u->to);
  } else if (n.waiting) {
    table_having(p, &n, u, table);
  } else if (n.count) {
    counted_table(p, &n, u, table);
  } else if (n.mode == MODE_ORDER) {
    int name = p->schema->tables[table].name_column;
    if (name < 0 || !add_needed(&n, table))
      return;
    name_used(&n);
    parser_push(p, &n, u->to); // "ordered by the age of the student"
    n.m.needed_count -= n.m.needed_count > 0;
    if (add_order(&n, column_item(table, name), n.direction))
      parser_push(p, &n, u->to);
  } else if (n.mode == MODE_OUTPUTS && !is_participle(p, s, u, table)) {
    table_in_outputs(p, &n, u, table);
  } else {
    if (n.negate && table != n.m.root) {
      absent_table(p, &n, u, table);
      n.negated_table = (int16_t)(table + 1);
    }
    n.agg_count = 0;
    if (n.scope == 0) {
      if (table != n.m.root && !before)
        state_add(&n, FEATURE_TABLE_NEEDED, 1);
      if (!add_needed(&n, table))
        return;
    }
    set_root(&n, table);
    bool rel = n.rel;
    name_used(&n);
    n.rel = rel;
    parser_push(p, &n, u->to);
  }
}

void table_meant(Parser *p, const State *s, const Unit *u, int table) {
  Hit hit = {(int16_t)table, -1, 0.97f};
  table_hit(p, s, u, &hit);
}
