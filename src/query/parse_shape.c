// parse_shape.c: values that look at other rows ("rank", "running total"), labels by a
// condition, unions, what rows cost.
#include "query/parse_internal.h"

static const char money_hint[] =
    "total amount price cost salari fee budget revenu valu wage balanc";

int money_column(const Parser *p, int table) {
  const QTable *t = &p->schema->tables[table];
  int best = -1, only = -1;
  uint32_t best_rank = 99, numbers = 0;
  for (uint32_t k = 0; k < t->column_count; k++) {
    const QColumn *c = &t->columns[k];
    uint32_t rank;
    bool turned;
    if (!is_number(c) || c->foreign_key || c->primary_key ||
        (p->tells[table][k] & (TELLS_YEAR | TELLS_CODE)))
      continue;
    numbers++;
    only = (int)k;
    if (units_hint_fits(money_hint, c, &rank, &turned) && rank < best_rank) {
      best = (int)k;
      best_rank = rank;
    }
  }
  return best >= 0 ? best : numbers == 1 ? only : -1;
}

// ---- Windows

Item time_of(const Parser *p, int table) {
  const QTable *t = &p->schema->tables[table];
  for (uint32_t k = 0; k < t->column_count; k++)
    if (is_time(&t->columns[k]) && t->columns[k].type != QTYPE_TIME)
      return column_item(table, (int)k);
  return t->key_column < 0 ? (Item){0} : column_item(table, t->key_column);
}

// What rows of `table` are told apart by for another table: their key of it.
Item within_table(const Parser *p, int table, int other) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int column = x->a == table && x->b == other   ? x->column_a
                 : x->b == table && x->a == other ? x->column_b
                                                  : -1;
    if (column >= 0 && qschema_column(p->schema, table, column)->foreign_key)
      return column_item(table, column);
  }
  return (Item){0};
}

static const Hit *hit_of(const Unit *name, int table, bool column) {
  for (uint32_t i = 0; name && i < name->hit_count && i < 6; i++)
    if ((name->hits[i].column >= 0) == column &&
        (!column || name->hits[i].table == table))
      return &name->hits[i];
  return NULL;
}

// The longest name of a table that stands at a word.
static const Unit *table_named(const Parser *p, uint32_t at, const Hit **hit) {
  const Unit *best = NULL;
  for (uint32_t i = at < p->words->count ? p->units->first[at] : p->units->count;
       at < p->words->count && i < p->units->first[at + 1]; i++) {
    const Unit *u = &p->units->items[i];
    const Hit *h = u->cat == CAT_NAME ? hit_of(u, 0, false) : NULL;
    if (!h || h->weight < 0.9f || (best && best->to > u->to))
      continue;
    best = u;
    *hit = h;
  }
  return best;
}

// "average score", "number of orders", "price": what rows are ranked by.
static uint32_t ranked_by(const Parser *p, int table, uint32_t at, Item *by) {
  at = skip_fillers(p, at);
  const Unit *agg = unit_at(p, at, CAT_AGG), *count = unit_at(p, at, CAT_COUNT);
  const Unit *before = count ? count : agg;
  const Unit *name = unit_at(p, skip_fillers(p, before ? before->to : at), CAT_NAME);
  const Hit *h = NULL;
  if (!name)
    return 0;
  if (count) {
    h = hit_of(name, table, false);
    if (h)
      *by = count_item(h->table);
    return h ? name->to : 0;
  }
  h = hit_of(name, table, true);
  if (!h && agg && name->hits[0].column >= 0)
    h = &name->hits[0];
  if (!h || (agg && !is_number(qschema_column(p->schema, h->table, h->column))))
    return 0;
  *by = column_item(h->table, h->column);
  by->agg = agg ? (uint8_t)agg->argument : AGG_NONE;
  return name->to;
}

// What follows a window: "by date", "over time", "within their category", "per member".
static uint32_t window_tail(const Parser *p, Window *v, int table, uint32_t at) {
  for (uint32_t end = at; at < p->words->count; at = end) {
    const Unit *prep = unit_at(p, at, CAT_PREP), *each = unit_at(p, at, CAT_EACH);
    const Unit *order = unit_at(p, at, CAT_ORDER);
    Str word = p->words->items[at].lower;
    bool over = words_in_list("over through across", word);
    bool inside = each || words_in_list("within inside in for among", word);
    uint32_t next = skip_fillers(p, each    ? each->to
                                    : order ? order->to
                                    : prep  ? prep->to
                                            : at + 1u);
    if (inside && unit_at(p, next, CAT_EACH))
      next = skip_fillers(p, unit_at(p, next, CAT_EACH)->to);
    if (next >= p->words->count || (!prep && !each && !order && !over && !inside))
      return at;
    const Unit *name = unit_at(p, next, CAT_NAME);
    bool when = words_in_list("time date", p->words->items[next].lower);
    if (over && when) {
      v->by = time_of(p, table);
      end = next + 1;
    } else if (inside) {
      const Hit *h = hit_of(name, table, false);
      const Hit *column = hit_of(name, table, true);
      v->within = column && (!h || column->weight > h->weight)
                      ? column_item(table, column->column)
                  : h ? within_table(p, table, h->table)
                      : (Item){0};
      if (!v->within.kind)
        return at;
      end = name->to;
    } else if (v->kind == WINDOW_RANK && !v->by.kind) {
      end = ranked_by(p, table, next, &v->by);
    } else {
      const Hit *h = hit_of(name, table, true);
      if (!h && !when)
        return at;
      v->by = h ? column_item(h->table, h->column) : time_of(p, table);
      end = h ? name->to : next + 1;
      if (h && end < p->words->count && // "by opened date"
          words_in_list("date time", p->words->items[end].lower))
        end++;
    }
    if (end <= at)
      return at;
    const Unit *dir = unit_at(p, end, CAT_DIR);
    if (dir) {
      v->direction = (uint8_t)dir->argument;
      end = dir->to;
    }
  }
  return at;
}

static void put_window(Parser *p, const State *s, const Window *v, int table,
                       uint32_t to) {
  State n = *s;
  if (n.m.root >= 0 && n.m.root != table)
    return;
  n.m.root = (int16_t)table;
  mention(&n, table);
  if (table < 32)
    n.named |= 1u << table;
  n.m.window = *v;
  n.mode = MODE_CONDITIONS;
  n.listing = n.after_and = n.owned = n.rel = false;
  n.prep = n.agg_count = n.count = 0;
  state_add(&n, FEATURE_WINDOW, 1);
  state_add(&n, FEATURE_NAME_WORDS, (float)(to - p->at));
  parser_push(p, &n, to);
}

// "the running total of the order totals by date", "cumulative payments over time".
static void running(Parser *p, const State *s, const Unit *u) {
  const Unit *of = unit_at(p, u->to, CAT_PREP);
  uint32_t at = skip_fillers(p, of && of->argument == PREP_OF ? of->to : u->to);
  const Unit *name = unit_at(p, at, CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    int column = h->column >= 0 ? h->column : money_column(p, h->table);
    if (column < 0 || !is_number(qschema_column(p->schema, h->table, column)))
      continue;
    Window v = {.kind = WINDOW_RUNNING, .of = column_item(h->table, column)};
    uint32_t to = window_tail(p, &v, h->table, name->to);
    if (!v.by.kind)
      v.by = time_of(p, h->table);
    if (v.by.kind)
      put_window(p, s, &v, h->table, to);
  }
  int table = s->m.root;
  int column = table >= 0 && !name ? money_column(p, table) : -1;
  if (column < 0)
    return;
  Window v = {.kind = WINDOW_RUNNING, .of = column_item(table, column)};
  uint32_t to = window_tail(p, &v, table, u->to);
  if (!v.by.kind)
    v.by = time_of(p, table);
  if (v.by.kind)
    put_window(p, s, &v, table, to);
}

// "rank products by price within their category", "products with their rank by price".
void on_window(Parser *p, const State *s, const Unit *u) {
  if (s->m.window.kind || s->m.kind != MEANS_SELECT)
    return;
  if (u->argument == WINDOW_RUNNING) {
    running(p, s, u);
    return;
  }
  const Unit *of = unit_at(p, u->to, CAT_PREP), *each = unit_at(p, u->to, CAT_EACH);
  uint32_t at = of && of->argument == PREP_OF ? of->to : each ? each->to : u->to;
  const Hit *h = NULL;
  const Unit *name = table_named(p, skip_fillers(p, at), &h);
  int table = h ? h->table : s->m.root;
  Window v = {.kind = WINDOW_RANK, .direction = DESCENDING};
  if (table < 0 || (!h && unit_at(p, skip_fillers(p, at), CAT_NAME)))
    return;
  uint32_t to = window_tail(p, &v, table, name ? name->to : u->to);
  if (v.by.kind)
    put_window(p, s, &v, table, to);
}

// "best first", "priciest first", "the fewest first".
static uint32_t first_of(const Parser *p, uint32_t at, OrderDirection *direction) {
  const Unit *comma = unit_at(p, at, CAT_AND);
  uint32_t first = skip_fillers(p, comma ? comma->to : at);
  if (first + 1u >= p->words->count || !str_is(p->words->items[first + 1].lower, "first"))
    return at;
  Str word = p->words->items[first].lower;
  if (words_in_list("lowest worst smallest cheapest least fewest youngest shortest",
                    word))
    *direction = ASCENDING;
  else if (!str_ends(word, STR("est")) && !words_in_list("best most top", word))
    return at;
  return first + 2;
}

void by_aggregate(Parser *p, const State *s, const Unit *u) {
  if (s->m.root < 0 || s->m.output_count || s->m.group_count || s->m.order_count ||
      s->m.kind != MEANS_SELECT || s->mode == MODE_GROUP || s->mode == MODE_ORDER ||
      s->pending.kind || s->waiting || s->count || s->agg_count || within_phrase(p, u))
    return;
  Item by = {0};
  uint32_t to = ranked_by(p, s->m.root, u->to, &by);
  if (!to || (!by.agg && by.kind != ITEM_COUNT) || by.table == s->m.root)
    return;
  const Unit *of = unit_at(p, to, CAT_PREP);
  const Unit *whose = of && of->argument == PREP_OF
                          ? unit_at(p, skip_fillers(p, of->to), CAT_NAME)
                          : NULL;
  if (whose && whose->hits[0].column < 0 && whose->hits[0].table == by.table)
    to = whose->to; // "of their products"
  OrderDirection direction = DESCENDING;
  const Unit *dir = unit_at(p, to, CAT_DIR);
  uint32_t end = dir ? dir->to : first_of(p, to, &direction);
  State n = *s;
  n.prep = 0;
  n.mode = MODE_CONDITIONS;
  n.listing = n.after_and = false;
  if (s->top > 0) {
    n.m.limit = s->top;
    n.top = 0;
    direction = s->lowest ? ASCENDING : direction;
  }
  state_add(&n, FEATURE_BY_ORDER, 1);
  state_add(&n, FEATURE_NAME_WORDS, (float)(end - u->to));
  if (add_order(&n, by, dir ? (OrderDirection)dir->argument : direction))
    parser_push(p, &n, end);
}

void nested_count(Parser *p, const State *s, const Unit *u) {
  const Hit *of = NULL, *by = NULL;
  bool number = u->to >= u->from + 3 &&
                str_is(p->words->items[u->to - 2].lower, "number") &&
                str_is(p->words->items[u->to - 1].lower, "of");
  if (!number || u->argument == AGG_SUM || s->m.output_count || s->m.root >= 0 ||
      s->m.kind != MEANS_SELECT)
    return;
  const Unit *name = table_named(p, skip_fillers(p, u->to), &of);
  const Unit *each = name ? unit_at(p, name->to, CAT_EACH) : NULL;
  const Unit *prep = name ? unit_at(p, name->to, CAT_PREP) : NULL;
  bool article = prep && prep->to < p->words->count && // "of a customer"
                 words_in_list("a an", p->words->items[prep->to].lower);
  if (!name || (!each && !article))
    return;
  uint32_t at = skip_fillers(p, each ? each->to : prep->to);
  const Unit *group = table_named(p, at, &by);
  const Unit *column = by ? NULL : unit_at(p, at, CAT_NAME);
  const Hit *h = column ? hit_of(column, of->table, true) : NULL;
  if (!by && !h)
    return;
  State n = *s;
  n.m.root = of->table;
  n.m.nested = (uint8_t)u->argument;
  n.mode = MODE_CONDITIONS;
  n.listing = n.after_and = false;
  mention(&n, of->table);
  if (of->table < 32)
    n.named |= 1u << of->table;
  if (by && by->table < 32)
    n.named |= 1u << by->table;
  uint32_t to = group ? group->to : column->to;
  state_add(&n, FEATURE_WINDOW, 1);
  state_add(&n, FEATURE_NAME_WORDS, (float)(to - name->from));
  Item in = by ? (Item){ITEM_ENTITY, 0, false, by->table, -1}
               : column_item(h->table, h->column);
  if (add_output(&n, count_item(of->table)) && add_group(&n, in))
    parser_push(p, &n, to);
}

// ---- Labels

void on_label(Parser *p, const State *s, const Unit *u) {
  if (s->label || s->m.kind != MEANS_SELECT)
    return;
  State n = *s;
  n.label = 1;
  n.label_at = s->m.condition_count;
  parser_push(p, &n, u->to);
}

void on_else(Parser *p, const State *s, const Unit *u) {
  if (s->label != 2 || s->m.condition_count != s->label_at + 1)
    return;
  State n = *s;
  n.label = 3;
  n.or_next = n.after_and = false;
  parser_push(p, &n, u->to);
}

bool label_value(Parser *p, const State *s, const Unit *u) {
  bool other =
      s->label == 3 || (s->label == 2 && s->m.condition_count == s->label_at + 1);
  if (u->value.kind != LITERAL_TEXT || s->pending.kind || s->waiting ||
      !(s->label == 1 || (other && s->label < 4)))
    return false;
  State n = *s;
  n.after_and = n.or_next = false;
  n.prep = 0;
  if (s->label == 1) {
    n.m.label.yes = u->value;
    n.label = 2; // "flag orders over 100 as big": the condition stands before
    if (s->m.condition_count != s->label_at + 1)
      n.label_at = n.m.condition_count;
  } else {
    n.m.label.no = u->value;
    n.label = 4;
    state_add(&n, FEATURE_LABEL, 1);
    const Unit *end = unit_at(p, u->to, CAT_ELSE); // "ok otherwise"
    parser_push(p, &n, end ? end->to : u->to);
    return true;
  }
  parser_push(p, &n, u->to);
  return true;
}

// ---- Unions

void on_union(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.unite = true;
  n.prep = 0;
  parser_push(p, &n, u->to);
}

// "emails of members and trainers": the column of that name in the other table.
static Item same_column(const Parser *p, Item i, int table) {
  const QColumn *c = column_at(p, i);
  for (uint32_t k = 0; k < p->schema->tables[table].column_count; k++) {
    const QColumn *other = qschema_column(p->schema, table, (int)k);
    if (str_eq(other->attr, c->attr) && other->type == c->type)
      return column_item(table, (int)k);
  }
  return (Item){0};
}

static bool unite(const Parser *p, State *s) {
  Item first = s->m.outputs[0], second = s->m.outputs[1];
  if (s->m.output_count != 2 || first.kind != ITEM_COLUMN || first.agg || first.part)
    return false;
  if (second.kind == ITEM_ENTITY)
    second = same_column(p, first, second.table);
  if (second.kind != ITEM_COLUMN || second.agg || second.table == first.table ||
      column_at(p, first)->type != column_at(p, second)->type || s->m.condition_count ||
      s->m.having_count || s->m.scope_count || s->m.order_count)
    return false;
  s->m.set = SET_UNION;
  s->m.united = second;
  s->m.root = first.table;
  s->m.output_count = 1;
  s->m.needed_count = s->m.group_count = 0;
  s->m.distinct = false;
  state_add(s, FEATURE_UNITED, 1);
  return true;
}

// ---- Shares of rows, totals of pages

// "what share of the orders is paid", "percentage of bookings attended by course".
void on_share(Parser *p, const State *s, const Unit *u) {
  const Hit *h = NULL;
  uint32_t at = skip_fillers(p, u->to);
  const Unit *member = unit_at(p, at, CAT_MEMBER); // "percentage of active customers"
  const Unit *name = table_named(p, member ? member->to : at, &h);
  if (!h || s->m.output_count || s->m.kind != MEANS_SELECT)
    return;
  State n = *s;
  name_hit(p, &n, name, h);
  Item share = {.kind = ITEM_SHARE, .agg = AGG_AVG, .table = h->table, .column = -1};
  n.m.root = h->table;
  mention(&n, h->table);
  if (h->table < 32)
    n.named |= 1u << h->table;
  n.last_table_at = (int16_t)name->to;
  n.mode = MODE_CONDITIONS;
  n.listing = n.after_and = false;
  n.prep = 0;
  state_add(&n, FEATURE_SHARE, 1);
  bool flag = member && member->value.kind == LITERAL_BOOLEAN;
  if (member &&
      !add_condition(p, &n, column_item(member->hits[0].table, member->hits[0].column),
                     flag ? OP_TRUE : OP_EQ, member->value))
    return;
  if (flag && member->value.number == 0)
    n.m.conditions[n.m.condition_count - 1].negated = true;
  if (add_output(&n, share))
    parser_push(p, &n, name->to);
}

static bool finish_share(State *s) {
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    if (s->m.outputs[i].kind != ITEM_SHARE)
      continue;
    if (!s->m.condition_count)
      return false;
    const Condition *last = &s->m.conditions[s->m.condition_count - 1];
    if (last->scope || last->or_ || last->left.table != s->m.root || s->m.set)
      return false;
    s->m.share = *last;
    s->m.condition_count--;
    if (s->m.needed_count && !s->m.group_count) // "by course" is no filter
      state_add(s, FEATURE_SHARE, -1);
  }
  return true;
}

void on_total(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (s->m.kind != MEANS_SELECT || s->total)
    return;
  n.total = true;
  state_add(&n, FEATURE_PAGE, 1);
  parser_push(p, &n, u->to);
}

bool finish_shape(const Parser *p, State *s) {
  if (s->label && s->label < 4)
    return false;
  if (!finish_share(s) || (s->total && !s->m.page))
    return false;
  s->m.total = s->total;
  bool inside = false;
  for (uint32_t i = 0; i < s->m.condition_count; i++)
    inside |= s->m.conditions[i].scope == SCOPE_INNER;
  if (s->inner != inside)
    return false;
  if (s->label) {
    Condition *c = &s->m.conditions[s->label_at];
    if (s->m.condition_count <= s->label_at || c->scope || c->or_)
      return false;
    s->m.label.used = true;
    s->m.label.when = *c;
    memmove(c, c + 1, (s->m.condition_count - s->label_at - 1u) * sizeof *c);
    s->m.condition_count--;
  }
  return !s->unite || unite(p, s);
}

// ---- What rows cost

// "customers who spent more than 300", "how much did each customer spend".
void on_spend(Parser *p, const State *s, const Unit *u) {
  int root = s->m.output_count ? s->m.outputs[0].table : s->m.root;
  if (s->m.group_count && s->m.groups[0].kind == ITEM_ENTITY)
    root = s->m.groups[0].table;
  if (root < 0 || s->m.kind != MEANS_SELECT)
    return;
  const Unit *compare = unit_at(p, skip_fillers(p, u->to), CAT_COMPARE);
  const Unit *most = unit_at(p, skip_fillers(p, u->to), CAT_OFTEN);
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int child = x->a == root && x->many_a ? x->b : x->b == root && x->many_b ? x->a : -1;
    int column = child >= 0 && child != root ? money_column(p, child) : -1;
    if (column < 0)
      continue;
    State n = *s;
    Item sum = column_item(child, column);
    sum.agg = AGG_SUM;
    state_add(&n, FEATURE_SPEND, 1);
    n.count = n.agg_count = 0;
    n.prep = 0;
    n.listing = n.after_and = false;
    if (compare || most) {
      n.pending = sum;
      n.mode = MODE_CONDITIONS;
    } else {
      if (!add_output(&n, sum))
        continue;
      n.last_output_at = (int16_t)u->to;
      n.mode = MODE_CONDITIONS;
    }
    mention(&n, child);
    parser_push(p, &n, u->to);
  }
}
