// parse_names.c: a column or a full name was named; tables are in parse_tables.c.
//
// What a name does depends on where it stands: an output ("the names"), a condition that
// waits for its comparison ("whose age"), a group ("for each city"), an order.
#include "query/parse_internal.h"

enum {
  HITS_TRIED = 7
};

void name_used(State *s) {
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

void known_key(const Parser *p, State *s, Item key) {
  const QColumn *c = column_at(p, key);
  if (c->foreign_key && c->nullable && s->m.condition_count < MAX_CONDITIONS)
    s->m.conditions[s->m.condition_count++] =
        (Condition){.left = key, .op = OP_NULL, .negated = true};
}

void set_root(State *s, int table) {
  if (s->m.root < 0)
    s->m.root = (int16_t)table;
}

void after_group(const Parser *p, State *s, uint32_t to) {
  bool more = unit_at(p, to, CAT_AND) != NULL; // "the name of each user and the ..."
  s->mode = s->m.output_count && s->last_output_at >= 0 && !more ? MODE_CONDITIONS
                                                                 : MODE_OUTPUTS;
}

void output_column(Parser *p, const State *s, const Unit *u, Item item) {
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
      name_used(&n);
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
  name_used(&n);
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
      name_used(&n);
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
  name_used(&n);
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
      name_used(&best);
      parser_push(p, &best, u->to);
    }
  }
  n.last = item;
  if (c->type == QTYPE_BOOLEAN && !item.agg) {
    Literal none = {0};
    if (add_condition(p, &n, item, OP_TRUE, none)) {
      state_add(&n, FEATURE_BOOLEAN, 1);
      name_used(&n);
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
      name_used(&absent);
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
  name_used(&n);
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
    name_used(&n);
    parser_push(p, &n, u->to);
    return;
  }
  if (n.m.kind == MEANS_UPSERT && n.m.root == h->table && n.m.conflict < 0) {
    n.m.conflict = h->column;
    name_used(&n);
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
      name_used(&best);
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
      name_used(&more);
      parser_push(p, &more, u->to);
    }
    after_group(p, &n, u->to);
    name_used(&n);
    parser_push(p, &n, u->to);
  } else if (n.mode == MODE_ORDER) {
    if (n.agg_count)
      item.agg = n.aggs[0];
    if (n.count && !is_number(column_at(p, item)))
      item.kind = ITEM_COUNT;
    n.agg_count = n.count = 0;
    if (!add_order(&n, item, n.direction))
      return;
    name_used(&n);
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
    name_used(&n);
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
    name_used(&n);
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
