// parse_given.c: what the caller of the query gives, parts of dates, sums of products,
// questions whether there is a row.
#include "query/parse_internal.h"

static const Literal given = {.kind = LITERAL_GIVEN};

// The key of `table` as the rows of the request have it: their foreign key, or its own.
static Item key_of_rows(const Parser *p, const State *s, int table) {
  int root = s->m.root;
  for (uint32_t e = 0; root >= 0 && root != table && e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    if (x->a == root && x->b == table && x->column_a >= 0 && !x->many_a &&
        qschema_column(p->schema, root, x->column_a)->foreign_key)
      return column_item(root, x->column_a);
    if (x->b == root && x->a == table && x->column_b >= 0 && !x->many_b &&
        qschema_column(p->schema, root, x->column_b)->foreign_key)
      return column_item(root, x->column_b);
  }
  return column_item(table, p->schema->tables[table].key_column);
}

static bool give(Parser *p, State *n, Item left, Literal value) {
  if (left.column < 0 || !add_condition(p, n, left, OP_EQ, value))
    return false;
  state_add(n, FEATURE_GIVEN, 1);
  n->listing = n->owned = n->rel = false;
  n->prep = 0;
  return true;
}

void on_given(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_fillers(p, u->to);
  const Unit *name = unit_at(p, at, CAT_NAME);
  Literal value = given;
  value.number = u->argument;
  for (uint32_t i = 0; name && i < name->hit_count && i < 5; i++) {
    const Hit *h = &name->hits[i];
    State n = *s;
    name_hit(p, &n, name, h);
    if (s->pending.kind && !item_eq(s->pending, column_item(h->table, h->column)))
      continue;
    n.pending = (Item){0};
    Item left = column_item(h->table, h->column);
    if (h->column < 0) {
      // "orders of a given customer given its id": the name says whose id
      left = key_of_rows(p, s, h->table);
      if (s->m.root == h->table && s->m.condition_count)
        continue;
      mention(&n, h->table);
      if (n.m.root < 0)
        n.m.root = h->table;
    }
    if (give(p, &n, left, value))
      parser_push(p, &n, name->to);
  }
}

static bool told_to_find(const Parser *p) {
  for (uint32_t i = 0; i < p->at; i++)
    if (words_in_list("get gets find finds fetch fetches look lookup search searches "
                      "retrieve retrieves load loads filter filters filtered",
                      p->words->items[i].lower))
      return true;
  return false;
}

// "search posts by title": what has the words in it.
static bool searches(const Parser *p) {
  for (uint32_t i = 0; i < p->at; i++)
    if (words_in_list("search searches searching", p->words->items[i].lower))
      return true;
  return false;
}

static bool ends_here(const Parser *p, uint32_t at) {
  return at >= p->words->count || unit_at(p, at, CAT_END) ||
         (unit_at(p, at, CAT_AND) && !unit_at(p, skip_fillers(p, at + 1), CAT_NAME));
}

// "sorted by", "grouped by": the preposition is part of a longer phrase.
bool within_phrase(const Parser *p, const Unit *u) {
  for (uint32_t from = u->from > 4 ? u->from - 4u : 0; from < u->from; from++)
    for (uint32_t i = p->units->first[from]; i < p->units->first[from + 1]; i++) {
      const Unit *x = &p->units->items[i];
      if (x->to >= u->to && (x->cat == CAT_ORDER || x->cat == CAT_EACH))
        return true;
    }
  return false;
}

// "by id", "by name and city": columns behind which no value stands.
void given_by(Parser *p, const State *s, const Unit *u) {
  bool change = s->m.kind == MEANS_UPDATE || s->m.kind == MEANS_DELETE;
  if (s->mode == MODE_ORDER || s->mode == MODE_GROUP || s->top > 0 || s->waiting ||
      s->m.root < 0 || s->agg_count || s->count || s->m.order_count || s->pending.kind ||
      u->argument != PREP_BY || within_phrase(p, u))
    return;
  for (uint32_t i = 0; i < s->m.output_count; i++)
    if (s->m.outputs[i].kind == ITEM_COUNT || s->m.outputs[i].agg)
      return;
  State n = *s;
  uint32_t at = u->to;
  bool unique = false;
  for (;;) {
    const Unit *name = unit_at(p, skip_fillers(p, at), CAT_NAME);
    const Hit *hit = NULL;
    for (uint32_t i = 0; name && i < name->hit_count && !hit; i++)
      if (name->hits[i].column >= 0 &&
          (name->hits[i].table == s->focus || name->hits[i].table == s->m.root))
        hit = &name->hits[i];
    if (!hit)
      return;
    const QColumn *c = qschema_column(p->schema, hit->table, hit->column);
    unique |= c->primary_key || c->unique;
    name_hit(p, &n, name, hit);
    bool part = is_text(c) && !c->unique && !c->primary_key && c->type == QTYPE_STRING &&
                searches(p);
    Condition contains = {.left = column_item(hit->table, hit->column),
                          .op = OP_LIKE,
                          .like = LIKE_CONTAINS,
                          .value = given};
    if (part ? !put_condition(p, &n, contains) : !give(p, &n, contains.left, given))
      return;
    state_add(&n, FEATURE_GIVEN, part);
    at = name->to;
    const Unit *more = unit_at(p, at, CAT_AND);
    if (!more || !unit_at(p, skip_fillers(p, more->to), CAT_NAME))
      break;
    at = more->to;
  }
  if (!ends_here(p, at) || (!unique && (change || !told_to_find(p))))
    return;
  state_add(&n, unique ? FEATURE_BY_KEY : FEATURE_BY_COLUMN, 1);
  parser_push(p, &n, at);
}

void by_alone(Parser *p, const State *s, const Unit *u) {
  const Unit *number = unit_at(p, u->to, CAT_COUNT);
  const Unit *name = unit_at(p, skip_fillers(p, number ? number->to : u->to), CAT_NAME);
  if (number && name &&
      (name->hits[0].column < 0 ||
       !is_number(qschema_column(p->schema, name->hits[0].table, name->hits[0].column))))
    return; // rows are counted
  if (!name || s->mode == MODE_GROUP || s->mode == MODE_ORDER || within_phrase(p, u) ||
      s->pending.kind || s->waiting || s->top > 0)
    return;
  const Unit *dir = unit_at(p, name->to, CAT_DIR);
  State n = *s;
  if (dir && !s->m.order_count) {
    n.mode = MODE_ORDER;
    n.direction = (uint8_t)dir->argument;
    state_add(&n, FEATURE_BY_ORDER, 1);
    parser_push(p, &n, u->to);
    return;
  }
  bool counting = false;
  for (uint32_t i = 0; i < s->m.output_count; i++)
    counting |= s->m.outputs[i].kind == ITEM_COUNT || s->m.outputs[i].agg;
  if (!counting || s->m.group_count || s->m.order_count)
    return;
  n.mode = MODE_GROUP;
  // "average price by category": that is all that follows
  state_add(&n, FEATURE_BY_GROUP, 1 + ends_here(p, name->to));
  parser_push(p, &n, u->to);
}

// ---- Parts of dates

static bool is_date(const QColumn *c, Part part) {
  return c->type == QTYPE_DATETIME || (c->type == QTYPE_DATE && part != PART_HOUR);
}

static bool group_by_part(State *s, Item item, Part part, bool output) {
  for (Part x = PART_YEAR; x <= part; x++) {
    item.part = (uint8_t)x;
    if (!add_group(s, item) || (output && !add_output(s, item)))
      return false;
  }
  state_add(s, FEATURE_GROUPED, 1);
  return true;
}

// A word of the request says the column: "hired per year", "orders placed each month".
static bool column_said(const Parser *p, const QColumn *c) {
  for (uint32_t w = 0; w < p->words->count; w++)
    for (uint32_t n = 0; n < c->name_count; n++)
      for (uint32_t i = 0; i < c->names[n].count; i++)
        if (c->names[n].stems[i].len > 2 &&
            str_eq(c->names[n].stems[i], p->words->items[w].stem))
          return true;
  return false;
}

void on_part(Parser *p, const State *s, const Unit *u) {
  Part part = (Part)(u->argument & 15);
  State n = *s;
  bool own = u->argument >= 16;
  if (u->from && words_in_list("this last that next current previous",
                               p->words->items[u->from - 1].lower))
    return; // a period, and no part of dates
  const Unit *name = unit_at(p, u->from, CAT_NAME);
  if (own && name && name->to > u->to && name->weight >= 0.9f &&
      name->hits[0].column >= 0 && name->hits[0].weight >= 0.94f)
    return; // "the daily rate"
  if (!own && s->mode != MODE_GROUP && s->prep != PREP_BY + 1) {
    if (s->mode == MODE_OUTPUTS && s->m.root < 0)
      return;
  }
  if (!own && s->mode != MODE_GROUP && s->prep != PREP_BY + 1)
    return;
  n.part = (uint8_t)part;
  n.prep = 0;
  if (s->mode == MODE_GROUP)
    n.mode = s->m.output_count ? MODE_CONDITIONS : MODE_OUTPUTS;
  state_add(&n, FEATURE_DATE_PART, 1);
  parser_push(p, &n, u->to);
}

// The table a row of which has the date of the rows of `table`: the order of an item.
static int dated_parent(const Parser *p, int table, Part part) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int other = x->a == table && !x->many_a   ? x->b
                : x->b == table && !x->many_b ? x->a
                                              : -1;
    for (uint32_t k = 0; other >= 0 && k < p->schema->tables[other].column_count; k++)
      if (is_date(qschema_column(p->schema, other, (int)k), part))
        return other;
  }
  return -1;
}

bool finish_part(const Parser *p, State *s) {
  if (!s->part)
    return true;
  int tables[3] = {s->m.root, -1, -1};
  for (uint32_t i = 0; i < s->m.output_count && i < 2; i++)
    tables[i + 1] = s->m.outputs[i].table;
  Item best = {0};
  uint32_t likely = 0, said = 0;
  bool dated = false;
  for (uint32_t i = 0; i < ARRAY_LEN(tables); i++)
    for (uint32_t k = 0; tables[i] >= 0 && k < p->schema->tables[tables[i]].column_count;
         k++)
      dated |= is_date(qschema_column(p->schema, tables[i], (int)k), (Part)s->part);
  if (!dated && s->m.output_count) // "monthly revenue" of order items
    tables[2] = dated_parent(p, s->m.outputs[0].table, (Part)s->part);
  for (uint32_t i = 0; i < ARRAY_LEN(tables); i++)
    for (uint32_t k = 0; tables[i] >= 0 && k < p->schema->tables[tables[i]].column_count;
         k++) {
      const QColumn *c = qschema_column(p->schema, tables[i], (int)k);
      Item item = column_item(tables[i], (int)k);
      if (!is_date(c, (Part)s->part) || item_eq(item, best))
        continue;
      bool told = column_said(p, c);
      if (!likely || (told && !said))
        best = item;
      likely++;
      said += told;
    }
  if (!likely)
    return false;
  if (likely > 1 && said != 1)
    state_add(s, FEATURE_DATE_PART, -0.5f);
  bool counting = s->count != 0;
  if (counting && !s->m.output_count) {
    add_output(s, count_item(s->m.root));
    s->count = 0;
  }
  if (!s->m.output_count) // "orders per month": how many
    add_output(s, count_item(s->m.root));
  Item *one = &s->m.outputs[0];
  if (s->m.output_count == 1 && one->kind == ITEM_COLUMN && !one->agg &&
      is_number(column_at(p, *one)) && !column_at(p, *one)->foreign_key &&
      !column_at(p, *one)->primary_key)
    one->agg = AGG_SUM; // "revenue per month": of all rows of the month
  if (!group_by_part(s, best, (Part)s->part, true))
    return false;
  s->part = 0;
  return true;
}

// ---- Quantity times price

static int column_for(const QTable *t, const char *hint) {
  for (uint32_t k = 0; k < t->column_count; k++) {
    uint32_t rank;
    bool turned;
    const QColumn *c = &t->columns[k];
    if ((c->type == QTYPE_INTEGER || c->type == QTYPE_FLOAT) && !c->foreign_key &&
        !c->primary_key && units_hint_fits(hint, c, &rank, &turned))
      return (int)k;
  }
  return -1;
}

// By its own name: an amount of money is no quantity.
static int quantity_of(const QTable *t) {
  for (uint32_t k = 0; k < t->column_count; k++)
    for (uint32_t i = 0; is_number(&t->columns[k]) && i < t->columns[k].names[0].count;
         i++)
      if (words_in_list("quantiti qty count unit", t->columns[k].names[0].stems[i]))
        return (int)k;
  return -1;
}

// The one table whose rows have a total.
static bool only_total(const QSchema *s, Item *out) {
  uint32_t found = 0;
  for (uint32_t t = 0; t < s->table_count; t++)
    for (uint32_t k = 0; k < s->tables[t].column_count; k++) {
      const QColumn *c = &s->tables[t].columns[k];
      bool total = false;
      for (uint32_t i = 0; is_number(c) && i < c->names[0].count; i++)
        total |= str_is(c->names[0].stems[i], "total");
      if (!total)
        continue;
      *out = column_item((int)t, (int)k);
      found++;
    }
  return found == 1;
}

// The one pair of a quantity and its price, on the same row or on what it refers to.
static bool find_product(const QSchema *s, Item *out) {
  uint32_t found = 0;
  for (uint32_t t = 0; t < s->table_count; t++) {
    int quantity = quantity_of(&s->tables[t]), price = -1, at = (int)t;
    if (quantity < 0)
      continue;
    price = column_for(&s->tables[t], "price");
    for (uint32_t e = 0; price < 0 && e < s->edge_count; e++) {
      const QEdge *x = &s->edges[e];
      at = x->a == (int)t && !x->many_a ? x->b : x->b == (int)t && !x->many_b ? x->a : -1;
      price = at >= 0 ? column_for(&s->tables[at], "price") : -1;
    }
    if (price < 0)
      continue;
    *out = column_item((int)t, quantity);
    out->by_table = (int16_t)at;
    out->by_column = (int16_t)(price + 1);
    found++;
  }
  return found == 1;
}

// "revenue per payment method": what the rows cost that are named behind.
static bool paid_amount(const Parser *p, uint32_t at, Item *out) {
  for (uint32_t i = at; i < p->words->count && i < at + 4; i++) {
    const Unit *name = unit_at(p, i, CAT_NAME);
    int column = name ? money_column(p, name->hits[0].table) : -1;
    if (!name)
      continue;
    *out = column_item(name->hits[0].table, column);
    return column >= 0;
  }
  return false;
}

// "the total value of all shipped orders": of what they cost.
static bool value_of_rows(Parser *p, const State *s, const Unit *u) {
  const Unit *of = unit_at(p, u->to, CAT_PREP);
  if (!of || of->argument != PREP_OF || s->agg_count)
    return false;
  for (uint32_t i = of->to; i < p->words->count && i < of->to + 4u; i++) {
    const Unit *name = unit_at(p, i, CAT_NAME);
    if (!name || name->hits[0].column >= 0)
      continue;
    int money = money_column(p, name->hits[0].table);
    if (money < 0)
      return false;
    State n = *s;
    n.aggs[n.agg_count++] = AGG_SUM;
    n.count = 0;
    state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
    item_hit(p, &n, u, column_item(name->hits[0].table, money));
    return true;
  }
  return false;
}

void on_revenue(Parser *p, const State *s, const Unit *u) {
  Item item;
  const Unit *name = unit_at(p, u->from, CAT_NAME);
  if (value_of_rows(p, s, u))
    return;
  if (name && name->weight > 0.95f && (name->to >= u->to || name->hits[0].column >= 0))
    return;
  State n = *s;
  int money =
      name && name->hits[0].column < 0 ? money_column(p, name->hits[0].table) : -1;
  if (money >= 0 && name->to < u->to) { // "order value", where orders have a total
    if (!n.agg_count)
      n.aggs[n.agg_count++] = AGG_SUM;
    state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
    if (name->hits[0].table < 32)
      n.named |= 1u << name->hits[0].table;
    item_hit(p, &n, u, column_item(name->hits[0].table, money));
    return;
  }
  for (uint32_t i = u->to; i < p->words->count && i < u->to + 4u; i++)
    if (unit_at(p, i, CAT_PRODUCT)) { // what it is, is told: "(quantity times price)"
      if (!n.agg_count)
        n.aggs[n.agg_count++] = AGG_SUM;
      parser_push(p, &n, u->to);
      return;
    }
  if (!find_product(p->schema, &item) && !paid_amount(p, u->from, &item) &&
      !only_total(p->schema, &item))
    return;
  if (!n.agg_count)
    n.aggs[n.agg_count++] = AGG_SUM;
  n.count = 0;
  state_add(&n, FEATURE_PRODUCT, 1);
  state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
  item_hit(p, &n, u, item);
}

// ---- Is there one, those without any, the second

void on_check(Parser *p, const State *s, const Unit *u) {
  if (s->m.output_count || s->m.root >= 0 || s->m.kind != MEANS_SELECT)
    return;
  State n = *s;
  n.m.check = true;
  n.mode = MODE_OUTPUTS;
  n.listing = true;
  state_add(&n, FEATURE_CHECK, 1);
  parser_push(p, &n, u->to);
}

// "(books) with none", "that have none", "without any".
static bool ends_in_none(const Parser *p, uint32_t *at) {
  uint32_t i = *at;
  while (i < p->words->count && i < *at + 3u &&
         words_in_list("with who that which have has having without",
                       p->words->items[i].lower))
    i++;
  if (i == *at || i >= p->words->count ||
      !words_in_list("none zero 0 any", p->words->items[i].lower) ||
      (i + 1u < p->words->count && unit_at(p, i + 1u, CAT_NAME)))
    return false;
  *at = i + 1;
  return true;
}

void on_outer(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  uint32_t to = u->to;
  if (u->argument == 2) { // "including suppliers without parts"
    const Unit *one = unit_at(p, skip_fillers(p, to), CAT_NAME);
    uint32_t at = one ? one->to : to;
    if (one && one->hits[0].column < 0 && ends_in_none(p, &at)) {
      n.m.outer = true;
      state_add(&n, FEATURE_OUTER, 1);
      parser_push(p, &n, at);
      return;
    }
    at = one && unit_at(p, at, CAT_REL) ? unit_at(p, at, CAT_REL)->to : at;
    const Unit *none = one ? unit_at(p, at, CAT_NOT) : NULL;
    const Unit *other = none ? unit_at(p, skip_fillers(p, none->to), CAT_NAME) : NULL;
    if (!other || one->hits[0].column >= 0)
      return;
    n.m.outer = true;
    state_add(&n, FEATURE_OUTER, 1);
    parser_push(p, &n, other->to);
    return;
  }
  if (u->argument) {
    const Unit *name = unit_at(p, skip_fillers(p, to), CAT_NAME);
    to = name ? name->to : to;
  }
  n.m.outer = true;
  state_add(&n, FEATURE_OUTER, 1);
  parser_push(p, &n, to);
}

void on_nth(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, u->to, CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    Item item = column_item(name->hits[i].table, name->hits[i].column);
    if (item.column < 0 || !is_number(column_at(p, item)) ||
        !words_in_list("floor level grade round stage tier gate row week quarter season",
                       p->words->items[name->to - 1].stem))
      continue;
    State n = *s; // "on the second floor"
    name_hit(p, &n, name, &name->hits[i]);
    state_add(&n, FEATURE_NTH, 1);
    Literal v = {.kind = LITERAL_NUMBER, .number = u->argument};
    if (add_condition(p, &n, item, OP_EQ, v))
      parser_push(p, &n, name->to);
  }
  if (!unit_at(p, u->to, CAT_SUPER))
    return;
  State n = *s;
  n.nth = (uint8_t)u->argument;
  parser_push(p, &n, u->to);
}

void finish_single(const Parser *p, State *s) {
  int key = p->schema->tables[s->m.root].key_column;
  if ((s->m.kind != MEANS_UPDATE && s->m.kind != MEANS_DELETE) || key < 0)
    return;
  for (uint32_t i = 0; i < s->m.condition_count; i++)
    if (s->m.conditions[i].value.kind == LITERAL_GIVEN && s->changing >= 0 &&
        s->m.assignment_count < MAX_ASSIGNMENTS) {
      // "update the budget of a department by id": both are given
      s->m.assignments[s->m.assignment_count++] =
          (Assignment){s->changing, '=', {.kind = LITERAL_GIVEN}};
      s->changing = -1;
    }
  if (s->m.condition_count || s->m.scope_count)
    return;
  for (uint32_t i = 1; i < p->words->count; i++) {
    const Unit *name = unit_at(p, i, CAT_NAME);
    Str last = name ? p->words->items[name->to - 1].lower : STR("");
    if (!name || name->hits[0].column >= 0 || name->hits[0].table != s->m.root ||
        !words_in_list("a an one single the", p->words->items[i - 1].lower) ||
        !str_eq(words_singular(p->arena, last), last))
      continue;
    s->m.conditions[s->m.condition_count++] =
        (Condition){.left = column_item(s->m.root, key), .op = OP_EQ, .value = given};
    return;
  }
}
