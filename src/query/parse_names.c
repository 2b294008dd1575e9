// parse_names.c: a table or a column was named.
//
// What a name does depends on where it stands: an output ("the names"), a condition that
// waits for its comparison ("whose age"), a group ("for each city"), an order.
#include "query/parse_internal.h"

enum {
  HITS_TRIED = 7
};

static void used(State *s) {
  s->listing = s->after_and = s->owned = s->rel = s->distinct = false;
  s->prep = 0;
}

static bool says_table(const Parser *p, const Unit *u, int table) {
  const QTable *t = &p->schema->tables[table];
  for (uint32_t w = u->from; w < u->to && u->to > u->from + 1; w++)
    for (uint32_t n = 0; n < t->name_count; n++)
      if (t->names[n].count == 1 && str_eq(t->names[n].stems[0], p->words->items[w].stem))
        return true;
  return false;
}

void name_hit(Parser *p, State *s, const Unit *u, const Hit *h) {
  uint32_t words = 0;
  for (uint32_t i = u->from; i < u->to; i++)
    words += !unit_at(p, i, CAT_PREP) && !unit_at(p, i, CAT_FILL);
  state_add(s, FEATURE_NAME_WORDS, (float)words);
  state_add(s, FEATURE_NAME_LOSS, (1 - h->weight) * (float)words);
  if (h->weight >= 0.94f)
    state_add(s, FEATURE_NAME_EXACT, 1);
  if (h->weight < 0.6f)
    state_add(s, FEATURE_NAME_WEAK, 1);
  if (h->column < 0)
    return;
  if (h->table < 32 && says_table(p, u, h->table)) // "department name"
    s->named |= 1u << h->table;
  if (h->table == s->focus)
    state_add(s, FEATURE_COLUMN_FOCUS, 1);
  else
    state_add(
        s, mentioned(s, h->table) ? FEATURE_COLUMN_MENTIONED : FEATURE_COLUMN_ELSEWHERE,
        1);
  if (h->table == s->m.root)
    state_add(s, FEATURE_COLUMN_ROOT, 1);
  const QColumn *c = qschema_column(p->schema, h->table, h->column);
  if (c->foreign_key)
    state_add(s, FEATURE_FOREIGN_KEY_USED, 1);
}

// A key that may be empty is of no group then.
static void known_key(const Parser *p, State *s, Item key) {
  const QColumn *c = column_at(p, key);
  if (c->foreign_key && c->nullable && s->m.condition_count < MAX_CONDITIONS)
    s->m.conditions[s->m.condition_count++] =
        (Condition){.left = key, .op = OP_NULL, .negated = true};
}

static void set_root(State *s, int table) {
  if (s->m.root < 0)
    s->m.root = (int16_t)table;
}

// The mode after a group was named: outputs follow a group that came first.
static void after_group(const Parser *p, State *s, uint32_t to) {
  bool more = unit_at(p, to, CAT_AND) != NULL; // "the name of each user and the ..."
  s->mode = s->m.output_count && s->last_output_at >= 0 && !more ? MODE_CONDITIONS
                                                                 : MODE_OUTPUTS;
}

static void output_column(Parser *p, const State *s, const Unit *u, Item item) {
  State n = *s;
  const QColumn *c = column_at(p, item);
  if (n.prep && (n.m.output_count || n.m.root >= 0) && n.prep != PREP_OWN + 1)
    state_add(&n, FEATURE_OUTPUT_AFTER_PREP, 1);
  else if (!n.m.output_count && n.m.root >= 0 && !n.prep && !n.listing)
    state_add(&n, FEATURE_OUTPUT_AFTER_TABLE, 1);
  else if (n.m.output_count && !n.after_and && !n.listing)
    state_add(&n, FEATURE_OUTPUT_LOOSE, 1);
  for (uint32_t i = 0; i < n.m.output_count && item.by_column; i++) {
    Item sum = item;
    sum.agg = n.m.outputs[i].agg;
    if (sum.agg && item_eq(sum, n.m.outputs[i])) { // what the total is, told again
      used(&n);
      parser_push(p, &n, u->to);
      return;
    }
  }
  if (n.agg_count) {
    for (uint32_t i = 0; i < n.agg_count; i++) {
      item.agg = n.aggs[i];
      if ((item.agg == AGG_AVG || item.agg == AGG_SUM) && !is_number(c))
        state_add(&n, FEATURE_AGG_NOT_NUMERIC, 1);
      if (!add_output(&n, item))
        return;
    }
    state_add(&n, FEATURE_AGG_OUTPUT, 1);
  } else {
    if (n.distinct)
      n.m.distinct = true;
    if (c->primary_key)
      state_add(&n, FEATURE_KEY_OUTPUT, 1);
    if (!add_output(&n, item))
      return;
  }
  n.agg_count = 0;
  n.last = item;
  n.last_output_at = (int16_t)u->to;
  if (n.focus < 0)
    n.focus = item.table;
  used(&n);
  parser_push(p, &n, u->to);
}

// "number of countries": how many values, or a column that is a number itself.
static void counted_column(Parser *p, const State *s, const Unit *u, Item item) {
  const QColumn *c = column_at(p, item);
  bool amount = is_number(c) && !c->foreign_key && !c->primary_key;
  bool own =
      u->hit_count && u->hits[0].column == item.column && u->hits[0].weight >= 0.8f;
  if (amount && own && c->type == QTYPE_FLOAT &&
      s->mode == MODE_OUTPUTS) { // "how many km"
    State n = *s;
    n.count = 0;
    n.agg_count = 1;
    n.aggs[0] = AGG_SUM;
    output_column(p, &n, u, item);
    return;
  }
  if (amount) {
    State n = *s;
    n.count = 0;
    if (n.mode == MODE_OUTPUTS) {
      output_column(p, &n, u, item);
    } else {
      n.pending = item;
      used(&n);
      parser_push(p, &n, u->to);
    }
  }
  State n = *s;
  item.kind = ITEM_COUNT;
  item.distinct = n.count == 2 || n.distinct || !(c->primary_key);
  n.count = 0;
  state_add(&n, FEATURE_COUNT_COLUMN, 1);
  if (n.mode == MODE_OUTPUTS) {
    if (!add_output(&n, item))
      return;
    n.last_output_at = (int16_t)u->to;
  } else {
    n.pending = item;
  }
  used(&n);
  parser_push(p, &n, u->to);
}

static bool comparison_follows(const Parser *p, uint32_t at) {
  at = skip_fillers(p, at);
  if (unit_at(p, at, CAT_BE) ||
      (unit_at(p, at, CAT_PREP) && unit_at(p, at, CAT_PREP)->argument == PREP_OF))
    at = skip_fillers(p, at + 1);
  return unit_at(p, at, CAT_COMPARE) || unit_at(p, at, CAT_BETWEEN) ||
         unit_at(p, at, CAT_LIKE) || unit_at(p, at, CAT_AVERAGE) ||
         unit_at(p, at, CAT_NUMBER) ||
         (unit_at(p, at, CAT_VALUE) && unit_at(p, at, CAT_VALUE)->weight > 0.5f);
}

// "(the title) of their room": whose it is, and no comparison behind it.
static bool of_theirs(const Parser *p, uint32_t at, int table) {
  const Unit *of = unit_at(p, at, CAT_PREP);
  const Unit *own = of && of->argument == PREP_OF ? unit_at(p, of->to, CAT_FILL) : NULL;
  const Unit *each = of ? unit_at(p, of->to, CAT_EACH) : NULL;
  const Unit *name = each                        ? unit_at(p, each->to, CAT_NAME)
                     : own && own->argument == 1 ? unit_at(p, own->to, CAT_NAME)
                                                 : NULL;
  return name && name->hits[0].column < 0 && name->hits[0].table == table &&
         !comparison_follows(p, name->to);
}

// "with the plate and the driver's name": names follow to the end, and no comparison.
static bool names_to_end(const Parser *p, uint32_t at) {
  while (unit_at(p, at, CAT_AND)) {
    at = skip_fillers(p, unit_at(p, at, CAT_AND)->to);
    const Unit *name = unit_at(p, at, CAT_NAME);
    if (!name)
      return false;
    while (name) {
      at = name->to;
      const Unit *own = unit_at(p, at, CAT_PREP);
      at = own && own->argument == PREP_OWN ? own->to : at;
      name = unit_at(p, at, CAT_NAME);
    }
    if (comparison_follows(p, at))
      return false;
  }
  return at >= p->words->count || unit_at(p, at, CAT_END);
}

static void condition_column(Parser *p, const State *s, const Unit *u, Item item) {
  State n = *s;
  if (n.agg_count) {
    item.agg = n.aggs[0];
    n.agg_count = 0;
  }
  const QColumn *c = column_at(p, item);
  if ((item.agg == AGG_MAX || item.agg == AGG_MIN) && !n.m.limit &&
      !comparison_follows(p, u->to)) {
    State best = n; // "that has the maximum distance"
    Item plain = item;
    plain.agg = AGG_NONE;
    state_add(&best, FEATURE_SUPER_ORDER, 1);
    if (add_order(&best, plain, item.agg == AGG_MAX ? DESCENDING : ASCENDING)) {
      best.m.limit = best.top > 0 ? best.top : 1;
      best.top = 0;
      used(&best);
      parser_push(p, &best, u->to);
    }
  }
  n.last = item;
  if (c->type == QTYPE_BOOLEAN && !item.agg) {
    Literal none = {0};
    if (add_condition(p, &n, item, OP_TRUE, none)) {
      state_add(&n, FEATURE_BOOLEAN, 1);
      used(&n);
      parser_push(p, &n, u->to);
    }
    return;
  }
  bool undone = n.negate && c->nullable && is_time(c); // "not closed": no such date
  if ((n.negate_noun && c->nullable) || undone) {
    State absent = n;
    Literal none = {0};
    absent.negate = absent.negate_noun = false;
    if (add_condition(p, &absent, item, OP_NULL, none)) {
      used(&absent);
      parser_push(p, &absent, u->to);
    }
  }
  if (n.pending.kind)
    state_add(&n, FEATURE_PENDING_LEFT, 1);
  n.pending = item;
  bool with = n.rel &&
              (!n.m.condition_count || n.prep == PREP_OWN + 1 ||
               (unit_at(p, u->to, CAT_AND) && names_to_end(p, u->to))) &&
              !n.negate && (!item.agg || !comparison_follows(p, u->to)) &&
              (u->to >= p->words->count || unit_at(p, u->to, CAT_END) ||
               (unit_at(p, u->to, CAT_AND) && (item.agg || names_to_end(p, u->to))) ||
               of_theirs(p, u->to, item.table));
  if (with && (s->m.output_count || s->m.root >= 0)) {
    State more = *s; // "the tracks with their album's title"
    if (!more.m.output_count)
      add_output(&more, (Item){ITEM_ENTITY, 0, false, more.m.root, -1});
    bool whose = n.prep == PREP_OWN + 1 || of_theirs(p, u->to, item.table);
    state_add(&more, FEATURE_WITH_OUTPUT, // "the member's name": told of whom
              whose      ? -0.3f
              : item.agg ? 0
                         : 1);
    Item plain = item;
    plain.agg = AGG_NONE;
    more.mode = MODE_OUTPUTS;
    more.after_and = true;
    more.prep = 0;
    output_column(p, &more, u, plain);
  }
  bool may_be_output = n.after_and || n.owned || n.listing;
  bool owned = n.owned;
  used(&n);
  parser_push(p, &n, u->to);
  if (may_be_output && !item.agg && s->m.output_count) {
    State back = *s;
    if (!owned)
      state_add(&back, FEATURE_BACK_TO_OUTPUTS, 1);
    back.mode = MODE_OUTPUTS;
    output_column(p, &back, u, item);
  }
}

// The column that stands behind "times": quantity times price.
static bool multiplied(Parser *p, State *n, Unit *u, Item *item) {
  const Unit *times = unit_at(p, u->to, CAT_PRODUCT);
  const Unit *name = times ? unit_at(p, skip_fillers(p, times->to), CAT_NAME) : NULL;
  if (!name || !is_number(column_at(p, *item)))
    return false;
  bool beside = false;
  for (uint32_t i = 0; i < name->hit_count; i++)
    beside |= name->hits[i].column >= 0 && name->hits[i].table == item->table;
  for (uint32_t i = 0; i < name->hit_count && i < HITS_TRIED; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || (beside && h->table != item->table) ||
        !is_number(qschema_column(p->schema, h->table, h->column)))
      continue;
    name_hit(p, n, name, h);
    item->by_table = h->table;
    item->by_column = (int16_t)(h->column + 1);
    u->to = name->to;
    state_add(n, FEATURE_PRODUCT, 1);
    return true;
  }
  return false;
}

static void column_hit(Parser *p, const State *s, const Unit *u, const Hit *h) {
  State n = *s;
  name_hit(p, &n, u, h);
  Unit all = *u;
  Item item = column_item(h->table, h->column);
  if (n.via && p->schema->edges[n.via - 1].a == h->table) {
    item.via = n.via;
    n.via = 0;
  }
  const Unit *of = unit_at(p, u->to, CAT_PREP);
  const Unit *self = of && of->argument == PREP_OF
                         ? unit_at(p, skip_fillers(p, of->to), CAT_SELF)
                         : NULL;
  if (self && !(self->argument & 1) &&
      p->schema->edges[self->argument / 2].a == h->table) { // "the name of their manager"
    item.via = (uint8_t)(self->argument / 2 + 1);
    all.to = self->to;
    state_add(&n, FEATURE_SELF, 1);
  }
  if (multiplied(p, &n, &all, &item))
    n.listing |= n.mode == MODE_OUTPUTS; // "revenue (quantity times price)"
  item_hit(p, &n, &all, item);
}

void item_hit(Parser *p, const State *s, const Unit *u, Item item) {
  State n = *s;
  Hit own = {item.table, item.column, 1}, *h = &own;
  if (n.eager && n.m.root >= 0 && n.m.root != item.table) { // "with their category name"
    n.eager = false;
    if (!n.m.output_count)
      add_output(&n, (Item){ITEM_ENTITY, 0, false, n.m.root, -1});
    n.mode = MODE_OUTPUTS;
    n.listing = n.after_and = true;
    n.prep = 0;
    output_column(p, &n, u, item);
    return;
  }
  if (n.change && n.change != 'm') {
    if (column_at(p, item)->primary_key) // rows keep their keys
      state_add(&n, FEATURE_CHANGE_OTHER, 2);
    n.changing = h->column;
    n.change_how = n.change;
    n.change = 0;
    if (n.m.root < 0)
      n.m.root = h->table;
    if (n.m.root != h->table)
      return;
    mention(&n, h->table);
    n.mode = MODE_CONDITIONS;
    used(&n);
    parser_push(p, &n, u->to);
    return;
  }
  if (n.m.kind == MEANS_UPSERT && n.m.root == h->table && n.m.conflict < 0) {
    n.m.conflict = h->column;
    used(&n);
    parser_push(p, &n, u->to);
    return;
  }
  if (n.top > 0 && n.prep == PREP_BY + 1 && n.agg_count <= 1 &&
      !n.count) { // "top 5 products by price", "top 3 teams by average score"
    State best = n;
    Item by = item;
    by.agg = best.agg_count ? best.aggs[0] : AGG_NONE;
    best.agg_count = 0;
    best.m.limit = best.top;
    best.top = 0;
    if (add_order(&best, by, best.lowest ? ASCENDING : DESCENDING)) {
      state_add(&best, FEATURE_TOP_BY, 1);
      used(&best);
      parser_push(p, &best, u->to);
    }
  }
  if (n.mode == MODE_GROUP) {
    n.count = 0; // "by number of beds"
    if (!add_group(&n, item) || !add_output(&n, item))
      return;
    known_key(p, &n, item);
    state_add(&n, FEATURE_GROUPED, 1);
    if (unit_at(p, u->to, CAT_AND)) { // "for each year and city"
      State more = n;
      used(&more);
      parser_push(p, &more, u->to);
    }
    after_group(p, &n, u->to);
    used(&n);
    parser_push(p, &n, u->to);
  } else if (n.mode == MODE_ORDER) {
    if (n.agg_count)
      item.agg = n.aggs[0];
    if (n.count && !is_number(column_at(p, item)))
      item.kind = ITEM_COUNT;
    n.agg_count = n.count = 0;
    if (!add_order(&n, item, n.direction))
      return;
    used(&n);
    parser_push(p, &n, u->to);
  } else if (n.waiting) {
    n.waiting = false;
    if (n.agg_count)
      item.agg = n.aggs[0];
    n.agg_count = 0;
    if (!add_waiting(p, &n, item))
      return;
    state_add(&n, FEATURE_COMPARED_BEHIND, 1);
    n.mode = MODE_CONDITIONS;
    used(&n);
    parser_push(p, &n, u->to);
  } else if (n.count) {
    counted_column(p, &n, u, item);
    if (n.rel && !n.m.output_count && comparison_follows(p, u->to)) {
      n.mode = MODE_CONDITIONS; // "how many shops have a price over 10": shops
      n.after_and = n.owned = n.listing = false;
      condition_column(p, &n, u, item);
    }
  } else if (n.mode == MODE_OUTPUTS) {
    output_column(p, &n, u, item);
    if (!n.agg_count && comparison_follows(p, u->to)) {
      n.mode = MODE_CONDITIONS;
      n.after_and = n.owned = n.listing = false;
      condition_column(p, &n, u, item);
    }
  } else {
    condition_column(p, &n, u, item);
  }
}

// ---- Tables

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
    used(&n);
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
  used(&n);
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
      used(&n);
      parser_push(p, &n, u->to);
      return;
    }
    if (n.owned && n.m.root >= 0 && n.m.kind != MEANS_SELECT)
      return; // "delete customers and their orders" is more than one change
    if (n.owned && n.m.root >= 0 && n.m.root != table) {
      State more = n; // "members and their bookings": still members
      if (add_needed(&more, table)) {
        more.mode = MODE_CONDITIONS;
        used(&more);
        parser_push(p, &more, u->to);
      }
    }
    if (n.m.root >= 0 && n.m.root != table && is_done(p, u)) { // "books written by"
      if (!add_needed(&n, table))
        return;
      n.mode = MODE_CONDITIONS;
      used(&n);
      parser_push(p, &n, u->to);
      return;
    }
    if (n.m.root >= 0 && n.m.root != table && !add_needed(&n, n.m.root))
      return;
    if (n.distinct)
      n.m.distinct = true;
    n.m.root = (int16_t)table;
    used(&n);
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
      used(&entity);
      parser_push(p, &entity, u->to);
    }
  }
  if (!add_needed(&n, table))
    return;
  set_root(&n, table);
  used(&n);
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
      used(&best);
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
  used(&n);
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
      used(&some);
      parser_push(p, &some, u->to);
    }
  }
  if (!add_waiting(p, &n, count_item(table)))
    return;
  state_add(&n, FEATURE_HAVING_COUNT, 1);
  used(&n);
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
    used(&n);
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
    used(&n);
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

static void table_hit(Parser *p, const State *s, const Unit *u, const Hit *h) {
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
    used(&n);
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
    used(&n);
    parser_push(p, &n, u->to);
  } else if (n.waiting) {
    table_having(p, &n, u, table);
  } else if (n.count) {
    counted_table(p, &n, u, table);
  } else if (n.mode == MODE_ORDER) {
    int name = p->schema->tables[table].name_column;
    if (name < 0 || !add_needed(&n, table))
      return;
    used(&n);
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
    used(&n);
    n.rel = rel;
    parser_push(p, &n, u->to);
  }
}

void table_meant(Parser *p, const State *s, const Unit *u, int table) {
  Hit hit = {(int16_t)table, -1, 0.97f};
  table_hit(p, s, u, &hit);
}

// True where the column is one part of a name: fname, first_name, l_name.
static bool is_name_part(const QColumn *c, const char *part, const char *own) {
  for (uint32_t n = 0; n < c->name_count; n++) {
    bool name = false, first = false;
    for (uint32_t i = 0; i < c->names[n].count; i++) {
      if (words_in_list(own, c->names[n].stems[i]))
        return true;
      name |= str_is(c->names[n].stems[i], "name");
      first |= words_in_list(part, c->names[n].stems[i]);
    }
    if (name && first)
      return true;
  }
  return false;
}

bool name_parts(const QSchema *s, int table, int *first, int *last) {
  const QTable *t = &s->tables[table];
  *first = *last = -1;
  for (uint32_t k = 0; k < t->column_count; k++) {
    if (!is_text(&t->columns[k]))
      continue;
    if (*first < 0 && is_name_part(&t->columns[k], "first given person forenam f",
                                   "fname forenam firstnam"))
      *first = (int)k;
    else if (*last < 0 &&
             is_name_part(&t->columns[k], "last famili surnam l", "lname surnam lastnam"))
      *last = (int)k;
  }
  return *first >= 0 && *last >= 0;
}

// "full name", "name" where a table keeps it in two columns.
void on_full_name(Parser *p, const State *s, const Unit *u) {
  if ((s->mode != MODE_OUTPUTS && !s->owned && !s->listing) || s->agg_count || s->count)
    return;
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    int first, last;
    if (!name_parts(p->schema, (int)t, &first, &last))
      continue;
    State n = *s;
    if (s->mode != MODE_OUTPUTS)
      state_add(&n, FEATURE_BACK_TO_OUTPUTS, 1);
    n.mode = MODE_OUTPUTS;
    state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
    state_add(&n, u->argument ? FEATURE_FULL_NAME : FEATURE_NAME_IN_PARTS, 1);
    if ((int)t == s->focus)
      state_add(&n, FEATURE_COLUMN_FOCUS, 1);
    else
      state_add(
          &n, mentioned(s, (int)t) ? FEATURE_COLUMN_MENTIONED : FEATURE_COLUMN_ELSEWHERE,
          1);
    if (n.m.output_count && n.prep)
      state_add(&n, FEATURE_OUTPUT_AFTER_PREP, 1);
    if (!add_output(&n, column_item((int)t, first)) ||
        !add_output(&n, column_item((int)t, last)))
      continue;
    n.m.distinct |= n.distinct;
    n.last_output_at = (int16_t)u->to;
    used(&n);
    parser_push(p, &n, u->to);
  }
}

void on_name(Parser *p, const State *s, const Unit *u) {
  for (uint32_t i = 0; i < u->hit_count && i < HITS_TRIED; i++) {
    if (u->hits[i].weight < u->hits[0].weight * 0.45f)
      break;
    if (u->hits[i].column >= 0)
      column_hit(p, s, u, &u->hits[i]);
    else
      table_hit(p, s, u, &u->hits[i]);
  }
}
