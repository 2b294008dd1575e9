// parse.c: the run over the words; handlers of function words.
#include "query/parse_internal.h"

#include <stdlib.h>

static const float weights[FEATURE_COUNT] = {
#define CONFIDENCE(base, margin)
#define FEATURE(name, weight, sure) [FEATURE_##name] = weight,
#include "query/features.def"
#undef FEATURE
};

const char *const feature_names[FEATURE_COUNT] = {
#define FEATURE(name, weight, sure) [FEATURE_##name] = #name,
#include "query/features.def"
#undef FEATURE
#undef CONFIDENCE
};

void state_add(State *s, Feature f, float value) {
  s->features[f] += value;
  s->score += weights[f] * value;
}

static void step_column(State *s, StepKind kind, const Parser *p, uint32_t to, Item i) {
  if (i.kind == ITEM_COLUMN)
    steps_add(&s->steps,
              (Step){(uint8_t)kind, (uint8_t)p->at, (uint8_t)to, i.table, i.column});
}

// What made `s` of `before`, for the lexicon.
static void record_steps(const Parser *p, const State *before, State *s, uint32_t to) {
  for (int f = 0; f < FEATURE_COUNT; f++)
    if (s->features[f] != before->features[f])
      steps_add(&s->steps,
                (Step){STEP_FEATURE, (uint8_t)p->at, (uint8_t)to, -1, (int16_t)f});
  for (uint32_t i = before->m.condition_count; i < s->m.condition_count; i++)
    step_column(s, STEP_CONDITION, p, to, s->m.conditions[i].left);
  for (uint32_t i = before->m.output_count; i < s->m.output_count; i++)
    step_column(s, STEP_OUTPUT, p, to, s->m.outputs[i]);
  for (uint32_t i = before->m.order_count; i < s->m.order_count; i++)
    step_column(s, STEP_ORDER, p, to, s->m.orders[i].item);
  for (uint32_t i = before->m.group_count; i < s->m.group_count; i++)
    step_column(s, STEP_GROUP, p, to, s->m.groups[i]);
}

static State *take_state(Parser *p) {
  return p->pool->count ? p->pool->free[--p->pool->count] : arena_new(p->arena, State);
}

static void give_back(Parser *p, Bucket *b) {
  for (uint32_t i = 0; i < b->count && p->pool->count < STATES_KEPT; i++)
    p->pool->free[p->pool->count++] = b->states[i];
  b->count = 0;
}

void parser_push(Parser *p, const State *s, uint32_t to) {
  Bucket *b = &p->buckets[to];
  uint32_t worst = 0;
  for (uint32_t i = 0; i < b->count; i++) {
    State *x = b->states[i];
    if (x->mode == s->mode && x->score >= s->score - 0.0001f &&
        meaning_eq(&x->m, &s->m) && item_eq(x->pending, s->pending) &&
        x->count == s->count && x->agg_count == s->agg_count &&
        x->waiting == s->waiting && x->rel == s->rel && x->negate == s->negate &&
        x->direction == s->direction && x->most == s->most && x->label == s->label &&
        x->unite == s->unite && x->scope == s->scope && x->total == s->total &&
        x->eager == s->eager && x->top == s->top && x->part == s->part &&
        x->every == s->every && x->alpha == s->alpha &&
        x->outer_groups == s->outer_groups && x->negated_table == s->negated_table)
      return;
    if (x->score < b->states[worst]->score)
      worst = i;
  }
  if (b->count < PARSE_BEAM) {
    worst = b->count++;
    b->states[worst] = take_state(p);
  } else if (s->score <= b->states[worst]->score) {
    return;
  }
  State *kept = b->states[worst];
  *kept = *s;
  if (!p->state)
    return;
  account_step(p->state, kept, p->at, to);
  record_steps(p, p->state, kept, to);
}

// ---- Small questions

const Unit *unit_at(const Parser *p, uint32_t at, Cat cat) {
  const Unit *best = NULL;
  if (at >= p->words->count)
    return NULL;
  for (uint32_t i = p->units->first[at]; i < p->units->first[at + 1]; i++) {
    const Unit *u = &p->units->items[i];
    if (u->cat == cat && (!best || u->to > best->to))
      best = u;
  }
  return best;
}

uint32_t skip_fillers(const Parser *p, uint32_t at) {
  while (unit_at(p, at, CAT_FILL) && !unit_at(p, at, CAT_NAME))
    at = unit_at(p, at, CAT_FILL)->to;
  return at;
}

const QColumn *column_at(const Parser *p, Item i) {
  return i.column >= 0 ? qschema_column(p->schema, i.table, i.column) : NULL;
}

bool is_text(const QColumn *c) {
  return c->type == QTYPE_STRING || c->type == QTYPE_ENUM || c->type == QTYPE_UNKNOWN;
}

bool is_number(const QColumn *c) {
  return c->type == QTYPE_INTEGER || c->type == QTYPE_FLOAT;
}

bool is_time(const QColumn *c) {
  return c->type == QTYPE_DATE || c->type == QTYPE_DATETIME || c->type == QTYPE_TIME;
}

void mention(State *s, int table) {
  s->focus = (int16_t)table;
  if (table < 32)
    s->tables |= 1u << table;
}

bool mentioned(const State *s, int table) {
  return table < 32 && (s->tables >> table & 1);
}

bool add_output(State *s, Item i) {
  if (s->m.output_count == MAX_OUTPUTS)
    return false;
  for (uint32_t k = 0; k < s->m.output_count; k++)
    if (item_eq(s->m.outputs[k], i)) {
      state_add(s, FEATURE_REPEATED, 1);
      return true;
    }
  s->m.outputs[s->m.output_count++] = i;
  return true;
}

bool add_order(State *s, Item i, OrderDirection direction) {
  if (s->m.order_count == MAX_ORDERS)
    return false;
  s->m.orders[s->m.order_count++] = (Order){i, (uint8_t)direction};
  return true;
}

bool add_group(State *s, Item i) {
  for (uint32_t k = 0; k < s->m.group_count; k++)
    if (item_eq(s->m.groups[k], i))
      return true;
  if (s->m.group_count == MAX_GROUPS)
    return false;
  s->m.groups[s->m.group_count++] = i;
  return true;
}

bool add_needed(State *s, int table) {
  for (uint32_t k = 0; k < s->m.needed_count; k++)
    if (s->m.needed[k] == table)
      return true;
  if (s->m.needed_count == MAX_TABLES)
    return false;
  s->m.needed[s->m.needed_count++] = (int16_t)table;
  return true;
}

// ---- Function words

static bool speaks_of_groups(const Parser *p) {
  for (uint32_t i = 0; i < p->words->count; i++)
    if (unit_at(p, i, CAT_EACH))
      return true;
  return false;
}

// "the total of the orders per customer", where orders have a column of that name.
static void total_of_rows(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, u->from, CAT_NAME), *of = unit_at(p, u->to, CAT_PREP);
  if (u->argument != AGG_SUM || !name || !of || s->agg_count || !speaks_of_groups(p))
    return;
  for (uint32_t i = 0; i < name->hit_count; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || h->weight < 0.9f ||
        !is_number(qschema_column(p->schema, h->table, h->column)))
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    n.aggs[n.agg_count++] = AGG_SUM;
    n.count = 0;
    item_hit(p, &n, name, column_item(h->table, h->column));
  }
}

static void on_agg(Parser *p, const State *s, const Unit *u) {
  nested_count(p, s, u);
  State n = *s;
  if (n.agg_count == ARRAY_LEN(n.aggs))
    return;
  n.aggs[n.agg_count++] = (uint8_t)u->argument;
  n.count = 0;
  parser_push(p, &n, u->to);
  total_of_rows(p, s, u);
}

// "sorted by the count": what is counted for each row that is given.
static void order_by_count(Parser *p, const State *s, const Unit *u) {
  if (s->mode != MODE_ORDER || unit_at(p, skip_fillers(p, u->to), CAT_NAME))
    return;
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    State n = *s;
    if (s->m.outputs[i].kind != ITEM_COUNT ||
        !add_order(&n, s->m.outputs[i], (OrderDirection)s->direction))
      continue;
    state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
    state_add(&n, FEATURE_NAME_EXACT, 1);
    parser_push(p, &n, u->to);
    return;
  }
}

static void on_count(Parser *p, const State *s, const Unit *u) {
  order_by_count(p, s, u);
  State n = *s;
  n.count = u->argument & 2 ? 2 : 1;
  if ((u->argument & 1) && s->mode != MODE_ORDER) { // not "sorted by how many"
    n.mode = MODE_OUTPUTS;
    n.listing = true;
  }
  n.agg_count = 0;
  parser_push(p, &n, u->to);
}

static void on_each(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (u->argument == 2) {
    int of = s->m.output_count && s->m.outputs[0].kind == ITEM_COLUMN
                 ? s->m.outputs[0].table
                 : s->focus;
    if (of < 0 || !add_group(&n, (Item){ITEM_ENTITY, 0, false, (int16_t)of, -1}))
      return;
    state_add(&n, FEATURE_GROUPED, 1);
    parser_push(p, &n, u->to);
    return;
  }
  n.outer_groups |= u->argument == 3;
  if (u->argument == 1) { // says no more than "the"
    State filler = n;
    state_add(&filler, FEATURE_EACH_FILLER, 1);
    parser_push(p, &filler, u->to);
  }
  n.mode = MODE_GROUP;
  parser_push(p, &n, u->to);
}

static void on_not(Parser *p, const State *s, const Unit *u) {
  const Unit *member = unit_at(p, u->from, CAT_MEMBER);
  if (member && member->to > u->to)
    return; // "no-show"
  State n = *s;
  n.negate = true;
  n.negated_table = 0;
  n.negate_noun = u->argument == 1;
  n.mode = MODE_CONDITIONS;
  n.waiting = false;
  parser_push(p, &n, u->to);
}

static void on_rel(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.mode = MODE_CONDITIONS;
  n.rel = true;
  n.listing = false;
  if (u->argument == 1)
    n.pending = (Item){0};
  n.prep = 0;
  parser_push(p, &n, u->to);
}

static void on_every(Parser *p, const State *s, const Unit *u) {
  if (u->argument == 1 && (!s->rel || s->m.root < 0))
    return; // "show only the paid orders"
  State n = *s;
  n.every = true;
  n.rel = true;
  n.mode = MODE_CONDITIONS;
  n.listing = false;
  parser_push(p, &n, u->to);
}

static void on_have(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (s->m.output_count || s->m.root >= 0)
    n.mode = n.mode == MODE_OUTPUTS ? MODE_CONDITIONS : n.mode;
  n.rel = true;
  parser_push(p, &n, u->to);
}

static void on_wh(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  bool behind = s->m.root >= 0 && s->last_table_at == (int)u->from; // "orders which ..."
  bool first = p->words->items[u->from].first || (!s->m.output_count && !behind);
  n.mode = first ? MODE_OUTPUTS : MODE_CONDITIONS;
  n.listing = first;
  n.rel = !first;
  parser_push(p, &n, u->to);
}

static void on_list(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.mode = MODE_OUTPUTS;
  n.listing = true;
  n.scope = 0;
  n.pending = (Item){0};
  parser_push(p, &n, u->to);
}

static void on_end(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (s->pending.kind)
    state_add(&n, FEATURE_PENDING_LEFT, 1);
  n.pending = (Item){0};
  n.scope = 0;
  n.prep = 0;
  n.rel = n.or_next = n.after_and = false;
  parser_push(p, &n, u->to);
}

// "all orders but the paid ones", "everyone but Ann": what follows is left out.
static bool but_excepts(const Parser *p, const State *s, const Unit *u) {
  uint32_t at = u->to;
  bool all = false;
  for (uint32_t i = 0; i < u->from && !all; i++)
    all = words_in_list("all every everyone everybody everything any",
                        p->words->items[i].lower);
  if (!all || u->argument != 2 || s->m.root < 0 || at >= p->words->count)
    return false;
  bool named = words_in_list("the those", p->words->items[at].lower) ||
               unit_at(p, at, CAT_MEMBER) || unit_at(p, at, CAT_VALUE);
  return named && !unit_at(p, at, CAT_NOT) && !unit_at(p, at, CAT_VERB);
}

static void on_and(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (but_excepts(p, s, u)) {
    on_not(p, s, u);
    return;
  }
  n.after_and = true;
  n.or_next = false;
  n.prep = 0;
  if (n.mode == MODE_GROUP && !n.m.group_count)
    return;
  if (u->argument == 2 && n.mode == MODE_OUTPUTS && n.m.output_count)
    n.mode = MODE_CONDITIONS;
  parser_push(p, &n, u->to);
  const Item *last = s->m.output_count ? &s->m.outputs[s->m.output_count - 1] : NULL;
  if (last && last->kind == ITEM_COLUMN && last->agg && !s->agg_count &&
      n.mode == MODE_OUTPUTS && unit_at(p, skip_fillers(p, u->to), CAT_NAME)) {
    n.aggs[n.agg_count++] = last->agg; // "the average latitude and longitude"
    state_add(&n, FEATURE_AGG_SHARED, 1);
    parser_push(p, &n, u->to);
  }
}

static void on_or(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  bool told = !s->scope || s->scope >= SCOPE_APART;
  for (uint32_t i = 0; i < s->m.condition_count; i++)
    told |= s->m.conditions[i].scope == s->scope;
  if (!told)
    return; // "without items or ...": rows that are not there are no alternative
  n.after_and = true;
  n.or_next = s->m.condition_count || s->m.having_count;
  parser_push(p, &n, u->to);
}

static void on_prep(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.prep = (uint8_t)(u->argument + 1);
  parser_push(p, &n, u->to);
  new_value(p, s, u);
  if (u->argument == PREP_FROM)
    range_from(p, s, u);
  if (u->argument == PREP_BY) {
    by_aggregate(p, s, u);
    given_by(p, s, u);
    by_alone(p, s, u);
  }
}

static void on_distinct(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.distinct = true;
  parser_push(p, &n, u->to);
}

static void on_info(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (n.mode != MODE_OUTPUTS)
    return;
  n.listing = true;
  parser_push(p, &n, u->to);
}

static void on_fill(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.owned = s->owned || u->argument == 1;
  if (u->cat == CAT_FILL && u->argument == 2)
    words_skip(&n, u->from, u->to);
  parser_push(p, &n, u->to);
  int table = s->m.output_count ? s->m.outputs[0].table : s->m.root;
  if (s->waiting && table >= 0 &&
      words_in_list("record row entri", p->words->items[u->from].stem)) {
    State count = *s; // "with more than 3 records"
    count.mode = MODE_CONDITIONS;
    if (!add_waiting(p, &count, count_item(table)))
      return;
    state_add(&count, FEATURE_HAVING_COUNT, 1);
    parser_push(p, &count, u->to);
  }
}

void on_verb(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (s->label == 2) { // "cheap" if its price ...
    n.mode = MODE_CONDITIONS;
    n.rel = true;
    parser_push(p, &n, u->to);
    return;
  }
  state_add(&n, FEATURE_SKIP_VERB, 1);
  if (unit_at(p, u->from, CAT_MEMBER)) { // "paid" says more than a verb here
    state_add(&n, FEATURE_SKIP_NAME, 1);
    words_skip(&n, u->from, u->to);
  }
  n.listing = false;
  parser_push(p, &n, u->to);
}

static void on_be(Parser *p, const State *s, const Unit *u) {
  parser_push(p, s, u->to);
}

static void on_other(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  const Word *w = &p->words->items[u->from];
  if (u->weight >= 1)
    state_add(&n, FEATURE_SKIP_NAME, 1);
  else if (w->kind == WORD_QUOTED || w->kind == WORD_CODE || w->kind == WORD_DATE ||
           (w->capital && !w->first && w->kind == WORD_PLAIN))
    state_add(&n, FEATURE_SKIP_VALUE, 1);
  else if (w->kind == WORD_NUMBER)
    state_add(&n, FEATURE_SKIP_NUMBER, 1);
  else
    state_add(&n, u->weight > 0 ? FEATURE_SKIP_FUNCTION : FEATURE_SKIP_OTHER, 1);
  words_skip(&n, u->from, u->to);
  n.listing = false;
  parser_push(p, &n, u->to);
}

typedef void Handler(Parser *p, const State *s, const Unit *u);

static Handler *const handlers[] = {
    [CAT_NAME] = on_name,         [CAT_VALUE] = on_value,
    [CAT_NUMBER] = on_number,     [CAT_AGG] = on_agg,
    [CAT_COUNT] = on_count,       [CAT_COMPARE] = on_compare,
    [CAT_BETWEEN] = on_between,   [CAT_LIKE] = on_like,
    [CAT_SUPER] = on_super,       [CAT_MOST] = on_most,
    [CAT_COMMON] = on_common,     [CAT_OFTEN] = on_often,
    [CAT_TIMES] = on_times,       [CAT_ORDER] = on_order,
    [CAT_DIR] = on_dir,           [CAT_ALPHA] = on_alpha,
    [CAT_NEWEST] = on_newest,     [CAT_EACH] = on_each,
    [CAT_NOT] = on_not,           [CAT_EXCEPT] = on_not,
    [CAT_REL] = on_rel,           [CAT_WH] = on_wh,
    [CAT_HAVE] = on_have,         [CAT_BE] = on_be,
    [CAT_AND] = on_and,           [CAT_OR] = on_or,
    [CAT_BOTH] = on_fill,         [CAT_PREP] = on_prep,
    [CAT_DISTINCT] = on_distinct, [CAT_LIST] = on_list,
    [CAT_AVERAGE] = on_average,   [CAT_NULL] = on_null,
    [CAT_NAMED] = on_named,       [CAT_INFO] = on_info,
    [CAT_SEX] = on_sex,           [CAT_FULLNAME] = on_full_name,
    [CAT_GIVEN] = on_given,       [CAT_PART] = on_part,
    [CAT_REVENUE] = on_revenue,   [CAT_CHECK] = on_check,
    [CAT_OUTER] = on_outer,       [CAT_NTH] = on_nth,
    [CAT_MORE] = on_more,         [CAT_SELF] = on_self,
    [CAT_SAME] = on_same,         [CAT_EVERY] = on_every,
    [CAT_DUE] = on_due,           [CAT_SIGN] = on_sign,
    [CAT_SHARE] = on_share,       [CAT_PASSED] = on_passed,
    [CAT_BYCOUNT] = on_by_count,  [CAT_TOTAL] = on_total,
    [CAT_WINDOW] = on_window,     [CAT_LABEL] = on_label,
    [CAT_ELSE] = on_else,         [CAT_UNION] = on_union,
    [CAT_SPEND] = on_spend,       [CAT_MEASURE] = on_fill,
    [CAT_VERB] = on_verb,         [CAT_MEMBER] = on_member,
    [CAT_CHANGE] = on_change,     [CAT_SET] = on_set,
    [CAT_PAGE] = on_page,         [CAT_EAGER] = on_eager,
    [CAT_TREE] = on_tree,         [CAT_RETURNING] = on_returning,
    [CAT_FIRST] = on_first,       [CAT_END] = on_end,
    [CAT_FILL] = on_fill,         [CAT_OTHER] = on_other,
};

// ---- The run

static int by_score(const void *a, const void *b) {
  float x = ((const State *)a)->score, y = ((const State *)b)->score;
  return x < y ? 1 : x > y ? -1 : 0;
}

// "all majors": one column whose values repeat, and nothing else.
static bool repeating_column(const Parser *p, const State *s) {
  Item i = s->m.outputs[0];
  if (s->m.output_count != 1 || i.kind != ITEM_COLUMN || i.agg || s->m.distinct ||
      s->m.limit || s->m.group_count || s->m.set)
    return false;
  const QColumn *c = column_at(p, i);
  return !c->primary_key && !c->unique &&
         i.column != p->schema->tables[i.table].name_column;
}

// "the names of those without ..., of those that are A or B": names as a set.
static bool named_rows_repeat(const State *s) {
  if (s->m.distinct || s->m.limit || s->m.group_count || s->m.set)
    return false;
  for (uint32_t i = 0; i < s->m.output_count; i++)
    if (s->m.outputs[i].kind != ITEM_COLUMN || s->m.outputs[i].agg)
      return false;
  bool any = s->m.scope_count > 0;
  for (uint32_t i = 0; i < s->m.condition_count; i++)
    any |= s->m.conditions[i].or_;
  return any;
}

// "publishers that did not publish in 1989": values of which no row is such, rather than
// values of rows that are not such.
static bool as_difference(const Parser *p, State *s) {
  Item i = s->m.outputs[0];
  if (s->m.kind != MEANS_SELECT || s->m.output_count != 1 || i.kind != ITEM_COLUMN ||
      i.agg || s->m.limit || s->m.group_count || s->m.order_count || s->m.set ||
      s->m.having_count || s->m.scope_count || column_at(p, i)->primary_key)
    return false;
  uint32_t at = s->m.condition_count;
  for (uint32_t k = 0; k < s->m.condition_count; k++)
    if (s->m.conditions[k].op == OP_NE && s->m.conditions[k].side == SIDE_VALUE &&
        !s->m.conditions[k].or_ && !item_eq(s->m.conditions[k].left, i))
      at = k;
  if (at == s->m.condition_count || at + 1 != s->m.condition_count)
    return false;
  s->m.conditions[at].op = OP_EQ;
  s->m.set = SET_EXCEPT;
  s->m.split = (uint8_t)at;
  s->m.distinct = false;
  state_add(s, FEATURE_DIFFERENCE, 1);
  return true;
}

static bool whole_rows(const State *s) {
  return s->m.output_count == 1 && s->m.outputs[0].kind == ITEM_ENTITY;
}

// The same with each row once, where joining may repeat rows.
static bool without_repeats(const Parser *p, State *s) {
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(&s->m, tables);
  JoinPlan plan = joins_plan(p->schema, &s->m, tables, n);
  bool many = false;
  for (uint32_t i = 0; i < plan.count; i++)
    many |= joins_to_many(p->schema, plan.steps[i]);
  Item *first = &s->m.outputs[0];
  if (s->m.kind != MEANS_SELECT || s->m.per_group || s->m.page || s->m.eager_count ||
      s->m.tree)
    return false;
  if (!many && repeating_column(p, s)) {
    s->m.distinct = true;
    state_add(s, FEATURE_DISTINCT_COLUMN, 1);
    return true;
  }
  if (!many && named_rows_repeat(s)) {
    s->m.distinct = true;
    state_add(s, FEATURE_DISTINCT_ABSENT, 1);
    return true;
  }
  if (!many || s->m.distinct || s->m.limit || s->m.group_count ||
      (s->m.set && !whole_rows(s)) || first->agg || s->m.window.kind)
    return false;
  for (uint32_t i = 0; i < s->m.order_count; i++) // is not in the rows
    if (first->kind == ITEM_ENTITY && s->m.orders[i].item.table != first->table)
      return false;
  if (first->kind == ITEM_COUNT) {
    int key = p->schema->tables[first->table].key_column;
    if (s->m.output_count > 1 || first->distinct || (key < 0 && first->column < 0))
      return false;
    if (first->column < 0)
      first->column = (int16_t)key;
    first->distinct = true;
  } else {
    s->m.distinct = true;
  }
  state_add(s, FEATURE_DISTINCT_IMPLIED, 1);
  return true;
}

static uint32_t collect(Parser *p, Bucket *last, Arena *arena,
                        Reading out[PARSE_RESULTS]) {
  uint32_t kept = 0, n = 0;
  State *all = arena_array(arena, State, 3 * PARSE_BEAM + 1);
  for (uint32_t i = 0; i < last->count; i++)
    if (finish(p, last->states[i])) {
      all[kept++] = *last->states[i];
      all[kept] = *last->states[i];
      if (without_repeats(p, &all[kept])) {
        if (whole_rows(&all[kept])) // nobody asks for a customer twice
          all[kept - 1] = all[kept];
        else
          kept++;
      }
      all[kept] = *last->states[i];
      kept += as_difference(p, &all[kept]);
    }
  for (uint32_t i = 0; i < kept; i++) {
    score_whole(p, &all[i]);
    all[i].score += lexicon_score(p->units, &all[i].steps, feature_names);
  }
  qsort(all, kept, sizeof(State), by_score);
  for (uint32_t i = 0; i < kept && n < PARSE_RESULTS; i++) {
    const State *s = &all[i];
    bool seen = false;
    for (uint32_t k = 0; k < n && !seen; k++)
      seen = meaning_eq(&out[k].meaning, &s->m);
    if (seen)
      continue;
    out[n] = (Reading){
        .meaning = s->m, .score = s->score, .skipped = s->skipped, .lost = s->lost};
    memcpy(out[n].features, s->features, sizeof s->features);
    out[n].steps = s->steps;
    n++;
  }
  return n;
}

uint32_t parse_request(const Units *units, Arena *arena, Reading out[PARSE_RESULTS]) {
  Parser p = {
      .units = units, .words = units->words, .schema = units->schema, .arena = arena};
  uint32_t n = units->words->count;
  if (!n || !units->schema->table_count)
    return 0;
  sketch_read(units, p.sketch);
  p.tells = columns_tell(units->schema, arena);
  p.buckets = arena_array(arena, Bucket, n + 1);
  p.pool = arena_new(arena, StatePool);
  State first = {
      .focus = -1, .last_table_at = -1, .last_output_at = -1, .changing = -1, .most = 0};
  first.m.root = first.m.conflict = -1;
  joins_roles(units->schema, units->words, &first.m);
  first.listing = true;
  parser_push(&p, &first, 0);
  for (uint32_t at = 0; at < n; at++) {
    Bucket *b = &p.buckets[at];
    p.at = at;
    for (uint32_t k = 0; k < b->count; k++) {
      p.state = b->states[k];
      for (uint32_t i = units->first[at]; i < units->first[at + 1]; i++) {
        const Unit *u = &units->items[i];
        if (handlers[u->cat])
          handlers[u->cat](&p, b->states[k], u);
      }
    }
    give_back(&p, b);
  }
  return collect(&p, &p.buckets[n], arena, out);
}
