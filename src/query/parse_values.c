// parse_values.c: comparisons and what things are compared with.
//
// A value finds its column in this order: the one that waits for it, the one that the
// word of comparison speaks of ("older than"), the one of the alternative before it
// ("A or B"), and last a guess among the text columns of the tables spoken of.
#include "query/parse_internal.h"

enum {
  GUESSES = 6
};

static bool fits(const QColumn *c, Op op, Literal v) {
  if (!c)
    return v.kind == LITERAL_NUMBER;
  if (op == OP_NULL || op == OP_TRUE)
    return true;
  switch (v.kind) {
  case LITERAL_NUMBER:
    return is_number(c) || c->type == QTYPE_UNKNOWN || (is_text(c) && op <= OP_LE) ||
           (is_time(c) && v.number > 1000);
  case LITERAL_TEXT:
    return is_text(c);
  case LITERAL_DATE:
    return is_time(c) || is_text(c);
  case LITERAL_AGO:
    return c->type == QTYPE_DATE || c->type == QTYPE_DATETIME;
  default:
    return is_text(c);
  }
}

static bool way_to_many(const Parser *p, int from, int to) {
  int16_t tables[2] = {(int16_t)from, (int16_t)to};
  JoinPlan plan = joins_plan(p->schema, tables, 2);
  for (uint32_t i = 0; i < plan.count; i++)
    if (joins_to_many(p->schema, plan.steps[i]))
      return true;
  return false;
}

static void flip(Condition *c) {
  static const Op other[] = {OP_NE, OP_EQ, OP_LE, OP_LT, OP_GE, OP_GT};
  if (c->op <= OP_LE)
    c->op = other[c->op];
  else
    c->negated = !c->negated;
}

static bool put(Parser *p, State *s, Condition c) {
  const QColumn *col = column_at(p, c.left);
  if (c.side == SIDE_VALUE && !c.left.agg && c.left.kind == ITEM_COLUMN &&
      !fits(col, c.op, c.value))
    state_add(s, FEATURE_TYPE_CLASH, 1);
  c.or_ = s->or_next;
  s->or_next = false;
  c.scope = s->scope;
  if (s->negate && (c.left.agg || c.left.kind == ITEM_COUNT)) {
    flip(&c);
  } else if (s->negate) {
    state_add(s, FEATURE_NEGATED, 1);
    if (s->m.root >= 0 && c.left.table != s->m.root &&
        way_to_many(p, s->m.root, c.left.table)) {
      if (s->m.scope_count == MAX_SCOPES)
        return false;
      s->m.absent[s->m.scope_count++] = c.left.table;
      s->scope = c.scope = s->m.scope_count;
    } else {
      flip(&c);
    }
  }
  s->negate = s->negate_noun = false;
  s->pending = (Item){0};
  s->last = c.left;
  s->mode = MODE_CONDITIONS;
  if (c.left.agg || c.left.kind == ITEM_COUNT) {
    if (s->m.having_count == ARRAY_LEN(s->m.having))
      return false;
    s->m.having[s->m.having_count++] = c;
    return true;
  }
  if (s->m.condition_count == MAX_CONDITIONS)
    return false;
  s->m.conditions[s->m.condition_count++] = c;
  if (c.left.table != s->m.root || s->focus < 0)
    mention(s, c.left.table);
  return true;
}

bool add_condition(Parser *p, State *s, Item left, Op op, Literal value) {
  return put(p, s, (Condition){.left = left, .op = (uint8_t)op, .value = value});
}

static void value_features(State *s, const Unit *v) {
  if (v->cat == CAT_NUMBER)
    return;
  if (v->quoted)
    state_add(s, FEATURE_VALUE_QUOTED, 1);
  else if (v->capital)
    state_add(s, FEATURE_VALUE_CAPITAL, (float)(v->to - v->from));
  else if (v->value.kind == LITERAL_TEXT)
    state_add(s, FEATURE_VALUE_PLAIN, 1);
  if (v->value.kind == LITERAL_AGO)
    state_add(s, FEATURE_AGO, 1);
  state_add(s, FEATURE_VALUE_WEIGHT, v->weight);
}

// ---- Comparisons

// A moment in the past turns "older" and "newer" round: "older than 90 days".
static Op op_of_age(const Unit *u, Literal v) {
  Op op = (Op)u->argument;
  bool age = u->hint[0] == 'a' || !u->hint[0];
  if (v.kind != LITERAL_AGO || !age)
    return op;
  return op == OP_GT   ? OP_LT
         : op == OP_LT ? OP_GT
         : op == OP_GE ? OP_LE
         : op == OP_LE ? OP_GE
                       : op;
}

static bool table_in_reach(const State *s, uint32_t t) {
  return (int)t == s->focus || (int)t == s->m.root || mentioned(s, (int)t);
}

static void hinted(Parser *p, const State *s, const Unit *u, const Unit *v) {
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    if (!table_in_reach(s, t))
      continue;
    for (uint32_t c = 0; c < p->schema->tables[t].column_count; c++) {
      const QColumn *col = &p->schema->tables[t].columns[c];
      uint32_t rank = 0;
      bool turned = false;
      bool ago = v->value.kind == LITERAL_AGO &&
                 (col->type == QTYPE_DATE || col->type == QTYPE_DATETIME);
      if (!ago && !units_hint_fits(u->hint, col, &rank, &turned))
        continue;
      if (col->foreign_key || col->primary_key)
        continue;
      State n = *s;
      if (!add_condition(p, &n, column_item((int)t, (int)c), op_of_age(u, v->value),
                         v->value))
        continue;
      state_add(&n, FEATURE_HINTED, 1);
      state_add(&n, FEATURE_HINT_RANK, (float)rank);
      state_add(&n, FEATURE_COMPARED, 1);
      if ((int)t == s->focus)
        state_add(&n, FEATURE_COLUMN_FOCUS, 1);
      value_features(&n, v);
      parser_push(p, &n, v->to);
    }
  }
}

static void compare_value(Parser *p, const State *s, const Unit *u, const Unit *v) {
  if (s->pending.kind) {
    State n = *s;
    Op op = (Op)u->argument;
    if (v->value.kind == LITERAL_AGO)
      op = op_of_age(u, v->value);
    if (add_condition(p, &n, s->pending, op, v->value)) {
      state_add(&n, FEATURE_COMPARED, 1);
      value_features(&n, v);
      parser_push(p, &n, v->to);
    }
    return;
  }
  if (u->hint[0] || v->value.kind == LITERAL_AGO)
    hinted(p, s, u, v);
  const Unit *measure = unit_at(p, v->to, CAT_MEASURE);
  if (measure && v->cat == CAT_NUMBER) { // "more than 30 years old"
    Unit told = *u, value = *v;
    told.hint = measure->hint;
    value.to = measure->to;
    hinted(p, s, &told, &value);
  }
  if (s->after_and && s->m.condition_count && s->last.kind == ITEM_COLUMN &&
      s->mode == MODE_CONDITIONS && is_number(column_at(p, s->last)) &&
      v->cat == CAT_NUMBER) {
    State n = *s; // "above 200 or below 190"
    if (add_condition(p, &n, s->last, (Op)u->argument, v->value)) {
      state_add(&n, FEATURE_COMPARED, 1);
      parser_push(p, &n, v->to);
    }
  }
  if (v->cat == CAT_NUMBER) {
    State n = *s;
    n.waiting = true;
    n.wait_op = (uint8_t)u->argument;
    n.wait_value = v->value;
    n.mode = MODE_CONDITIONS;
    parser_push(p, &n, v->to);
  }
}

// "higher than the average price", "more than its budget".
static void compare_item(Parser *p, const State *s, const Unit *u, uint32_t at) {
  const Unit *agg = unit_at(p, at, CAT_AGG);
  const Unit *name = unit_at(p, skip_fillers(p, agg ? agg->to : at), CAT_NAME);
  if (!name)
    return;
  for (uint32_t i = 0; i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0)
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    Item right = column_item(h->table, h->column);
    right.agg = agg ? (uint8_t)agg->argument : AGG_NONE;
    Item left = s->pending.kind ? s->pending : column_item(h->table, h->column);
    if (!s->pending.kind && !agg)
      continue;
    Condition c = {.left = left,
                   .op = (uint8_t)u->argument,
                   .right = right,
                   .side = agg ? SIDE_AGGREGATE : SIDE_COLUMN};
    if (!put(p, &n, c))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    parser_push(p, &n, name->to);
  }
}

static const Unit *value_behind(const Parser *p, uint32_t at) {
  const Unit *number = unit_at(p, at, CAT_NUMBER), *best = NULL;
  if (at >= p->words->count)
    return NULL;
  for (uint32_t i = p->units->first[at]; i < p->units->first[at + 1]; i++) {
    const Unit *v = &p->units->items[i];
    if (v->cat == CAT_VALUE && (!best || v->weight > best->weight))
      best = v;
  }
  if (best && number && best->value.kind != LITERAL_AGO)
    return number;
  return best ? best : number;
}

void on_compare(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_fillers(p, u->to);
  const Unit *v = value_behind(p, at);
  if (v && (v->cat == CAT_NUMBER || v->weight >= 0.25f))
    compare_value(p, s, u, v);
  compare_item(p, s, u, at);
}

void on_between(Parser *p, const State *s, const Unit *u) {
  const Unit *low = value_behind(p, skip_fillers(p, u->to));
  if (!low)
    return;
  uint32_t at = low->to;
  const Unit *joiner = unit_at(p, at, CAT_AND);
  if (!joiner)
    joiner = unit_at(p, at, CAT_PREP);
  const Unit *high = joiner ? value_behind(p, skip_fillers(p, joiner->to)) : NULL;
  if (!high || low->value.kind != high->value.kind)
    return;
  Condition c = {.op = OP_BETWEEN, .value = low->value, .high = high->value};
  State n = *s;
  uint32_t to = high->to;
  if (s->pending.kind) {
    c.left = s->pending;
    state_add(&n, FEATURE_COMPARED, 1);
    if (put(p, &n, c))
      parser_push(p, &n, to);
    return;
  }
  const Unit *name = unit_at(p, skip_fillers(p, to), CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    if (name->hits[i].column < 0)
      continue;
    State b = *s;
    name_hit(p, &b, name, &name->hits[i]);
    c.left = column_item(name->hits[i].table, name->hits[i].column);
    state_add(&b, FEATURE_COMPARED_BEHIND, 1);
    if (put(p, &b, c))
      parser_push(p, &b, name->to);
  }
  for (uint32_t t = 0; t < p->schema->table_count; t++)
    for (uint32_t k = 0; table_in_reach(s, t) && k < p->schema->tables[t].column_count;
         k++) {
      const QColumn *col = &p->schema->tables[t].columns[k];
      uint32_t rank = 0;
      bool turned = false;
      bool year = low->value.kind == LITERAL_NUMBER && low->value.number > 1500 &&
                  units_hint_fits("year", col, &rank, &turned) && is_number(col);
      if (!year && !(low->value.kind == LITERAL_DATE &&
                     (is_time(col) || units_hint_fits("date", col, &rank, &turned))))
        continue;
      State b = *s;
      c.left = column_item((int)t, (int)k);
      state_add(&b, FEATURE_GUESS_YEAR, 1);
      if (put(p, &b, c))
        parser_push(p, &b, to);
    }
}

void on_like(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_fillers(p, u->to);
  if (at > u->to && p->words->items[u->to].text.len == 1)
    at = u->to; // the letter "a"
  const Unit *v = value_behind(p, at);
  Literal value = v ? v->value : (Literal){0};
  uint32_t to = v ? v->to : at + 1;
  if (!v && at < p->words->count && p->words->items[at].text.len == 1 &&
      p->words->items[at].kind == WORD_PLAIN)
    value = (Literal){.kind = LITERAL_TEXT, .text = p->words->items[at].text};
  if (!value.kind)
    return;
  value.kind = LITERAL_TEXT;
  Item left = s->pending;
  if (!left.kind && s->m.output_count && s->mode == MODE_OUTPUTS &&
      s->last.kind == ITEM_COLUMN)
    left = s->last;
  int table = s->focus >= 0 ? s->focus : s->m.root;
  if (!left.kind && table >= 0 && p->schema->tables[table].name_column >= 0)
    left = column_item(table, p->schema->tables[table].name_column);
  if (!left.kind)
    return;
  State n = *s;
  if (v)
    value_features(&n, v);
  state_add(&n, FEATURE_COMPARED, 1);
  Condition c = {
      .left = left, .op = OP_LIKE, .like = (uint8_t)u->argument, .value = value};
  if (put(p, &n, c))
    parser_push(p, &n, to);
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
    if (put(p, &n, c))
      parser_push(p, &n, u->to);
  }
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
    if (put(p, &n, c))
      parser_push(p, &n, name->to);
  }
}

void on_null(Parser *p, const State *s, const Unit *u) {
  if (!s->pending.kind)
    return;
  State n = *s;
  if (u->argument)
    n.negate = !n.negate;
  Literal none = {0};
  if (add_condition(p, &n, s->pending, OP_NULL, none))
    parser_push(p, &n, u->to);
}

// ---- Values without a column

typedef struct {
  Item item;
  float score;
  uint8_t name, place, focus, elsewhere, year, kind, verb, adjacent;
} Guess;

static bool near_table(const Parser *p, const State *s, int t, const Unit *next,
                       bool *direct) {
  *direct = t == s->focus || t == s->m.root || mentioned(s, t);
  for (uint32_t i = 0; next && i < next->hit_count && i < 4; i++)
    *direct |= next->hits[i].column < 0 && next->hits[i].table == t &&
               next->hits[i].weight > 0.9f;
  if (*direct)
    return true;
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int other = x->a == t ? x->b : x->b == t ? x->a : -1;
    if (other >= 0 && (other == s->focus || other == s->m.root || mentioned(s, other)))
      return true;
  }
  return s->focus < 0 && s->m.root < 0;
}

static void add_guess(Guess *list, uint32_t *n, Guess g) {
  uint32_t at = *n;
  while (at > 0 && list[at - 1].score < g.score)
    at--;
  if (at >= GUESSES)
    return;
  uint32_t last = *n < GUESSES ? (*n)++ : GUESSES - 1;
  for (uint32_t i = last; i > at; i--)
    list[i] = list[i - 1];
  list[at] = g;
}

// "Columbia Park" is a park, "American Airlines" an airline.
static bool names_its_table(Str text, const QTable *t) {
  for (uint32_t i = 0; i < t->name_count; i++) {
    Str last = t->names[i].count ? t->names[i].stems[t->names[i].count - 1] : STR("?");
    for (size_t k = 0; k + last.len <= text.len; k++)
      if (str_eq_nocase(str_slice(text, k, k + last.len), last) &&
          (k == 0 || text.ptr[k - 1] == ' '))
        return true;
  }
  return false;
}

// "owned by X": a word just before shares its beginning with the column's name.
static bool said_before(const Parser *p, uint32_t at, const QColumn *c) {
  for (uint32_t w = at > 3 ? at - 3 : 0; w < at; w++) {
    const Word *word = &p->words->items[w];
    if (word->kind != WORD_PLAIN || word->stem.len < 3)
      continue;
    for (uint32_t n = 0; n < c->name_count; n++)
      for (uint32_t i = 0; i < c->names[n].count; i++) {
        Str stem = c->names[n].stems[i];
        if (str_eq(stem, word->stem) ||
            (word->stem.len >= 3 && str_starts(stem, word->stem) &&
             stem.len <= word->stem.len + 3))
          return true;
      }
  }
  return false;
}

static void guess_column(const Parser *p, const State *s, int t, int k, const Unit *u,
                         bool direct, Guess *list, uint32_t *n) {
  const QTable *table = &p->schema->tables[t];
  const QColumn *c = &table->columns[k];
  uint32_t rank = 0;
  bool turned = false;
  Guess g = {.item = column_item(t, k)};
  bool number = u->cat == CAT_NUMBER;
  g.year = number && is_number(c) && units_hint_fits("year", c, &rank, &turned);
  if (c->foreign_key || (number ? !g.year : !fits(c, OP_EQ, u->value)))
    return;
  g.name = table->name_column == k;
  g.place =
      s->prep >= PREP_IN + 1 &&
      units_hint_fits("citi countri locat state nation region address town district", c,
                      &rank, &turned);
  const char *kind =
      u->value.kind == LITERAL_TEXT ? units_place_kind(u->value.text) : NULL;
  g.kind = kind && (units_hint_fits(kind, c, &rank, &turned) ||
                    (kind[0] == 'n' &&
                     units_hint_fits("citizenship nation countri", c, &rank, &turned)));
  g.kind |= g.name && names_its_table(u->value.text, table);
  g.focus = t == s->focus;
  g.verb = said_before(p, u->from, c);
  g.adjacent = g.name && t == s->focus && s->last_table_at == (int)u->from;
  g.elsewhere = !direct;
  g.score = 2.0f * g.kind + 1.5f * g.verb + 1.0f * g.adjacent + 0.8f * g.name +
            1.0f * g.place + 0.6f * g.focus - 0.6f * g.elsewhere + 2.0f * g.year -
            0.02f * (float)k;
  if (number || u->value.kind != LITERAL_TEXT || is_text(c))
    add_guess(list, n, g);
}

static Op op_of_value(const State *s, const Unit *u) {
  (void)s;
  return u->value.kind == LITERAL_AGO ? OP_GE : OP_EQ;
}

static void guess(Parser *p, const State *s, const Unit *u) {
  Guess list[GUESSES];
  uint32_t n = 0;
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct;
    if (!near_table(p, s, (int)t, next, &direct))
      continue;
    for (uint32_t k = 0; k < p->schema->tables[t].column_count; k++)
      guess_column(p, s, (int)t, (int)k, u, direct, list, &n);
  }
  for (uint32_t i = 0; i < n; i++) {
    State x = *s;
    uint8_t mode = x.mode;
    state_add(&x, FEATURE_GUESS, 1);
    state_add(&x, FEATURE_GUESS_NAME, list[i].name);
    state_add(&x, FEATURE_GUESS_PLACE, list[i].place);
    state_add(&x, FEATURE_GUESS_FOCUS, list[i].focus);
    state_add(&x, FEATURE_GUESS_KIND, list[i].kind);
    state_add(&x, FEATURE_GUESS_VERB, list[i].verb);
    state_add(&x, FEATURE_GUESS_ADJACENT, list[i].adjacent);
    state_add(&x, FEATURE_GUESS_YEAR, list[i].year);
    state_add(&x, FEATURE_COLUMN_ELSEWHERE, list[i].elsewhere);
    value_features(&x, u);
    if (!add_condition(p, &x, list[i].item, op_of_value(s, u), u->value))
      continue;
    if (mode == MODE_OUTPUTS && !x.m.output_count)
      x.mode = mode; // "Accounting professors"
    x.prep = 0;
    parser_push(p, &x, u->to);
  }
}

// "first name Ann, last name Lee" in one: "named Ann Lee".
static bool split_name(Parser *p, const State *s, const Unit *u, int table) {
  Str text = u->value.text;
  size_t blank = str_find_char(text, ' ', 0);
  if (u->value.kind != LITERAL_TEXT || blank == SIZE_MAX ||
      str_find_char(text, ' ', blank + 1) != SIZE_MAX || table < 0)
    return false;
  int first, last;
  if (!name_parts(p->schema, table, &first, &last))
    return false;
  State n = *s;
  Literal a = {.kind = LITERAL_TEXT, .text = str_slice(text, 0, blank)};
  Literal b = {.kind = LITERAL_TEXT, .text = str_slice(text, blank + 1, text.len)};
  if (!add_condition(p, &n, column_item(table, first), OP_EQ, a) ||
      !add_condition(p, &n, column_item(table, last), OP_EQ, b))
    return false;
  state_add(&n, FEATURE_GUESS, 1);
  state_add(&n, FEATURE_GUESS_PARTS, 1);
  state_add(&n, FEATURE_GUESS_FOCUS, table == s->focus);
  state_add(&n, FEATURE_GUESS_ADJACENT,
            table == s->focus && s->last_table_at == (int)u->from);
  value_features(&n, u);
  parser_push(p, &n, u->to);
  return true;
}

static void with_operator(Parser *p, const State *s, const Unit *u, Item left, Op op,
                          Feature f) {
  State n = *s;
  if (!add_condition(p, &n, left, op, u->value))
    return;
  state_add(&n, f, 1);
  value_features(&n, u);
  parser_push(p, &n, u->to);
}

// "red grapes", "the rock genre": the value stands before what it is a value of.
static void value_before(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, u->to, CAT_NAME), *or_ = unit_at(p, u->to, CAT_OR);
  const Unit *other = or_ ? value_behind(p, or_->to) : NULL;
  if (other && !name && other->value.kind == LITERAL_TEXT)
    name = unit_at(p, other->to, CAT_NAME); // "banking or retailing industry"
  else
    other = NULL;
  if (u->value.kind != LITERAL_TEXT)
    return;
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    int column = h->column >= 0 ? h->column : p->schema->tables[h->table].name_column;
    if (column < 0 || !is_text(qschema_column(p->schema, h->table, column)))
      continue;
    State n = *s;
    if (h->column >= 0)
      name_hit(p, &n, name, h);
    uint8_t mode = n.mode;
    if (!add_condition(p, &n, column_item(h->table, column), OP_EQ, u->value))
      continue;
    state_add(&n, FEATURE_VALUE_BEFORE, 1);
    value_features(&n, u);
    if (other) {
      n.or_next = true;
      if (!add_condition(p, &n, column_item(h->table, column), OP_EQ, other->value))
        continue;
      value_features(&n, other);
    }
    n.mode = mode == MODE_OUTPUTS ? mode : n.mode;
    parser_push(p, &n, h->column >= 0 ? name->to : other ? other->to : u->to);
  }
}

// "have 'a' in their names".
static void value_within(Parser *p, const State *s, const Unit *u) {
  const Unit *in = unit_at(p, u->to, CAT_PREP);
  const Unit *own = in && in->argument == PREP_IN ? unit_at(p, in->to, CAT_FILL) : NULL;
  const Unit *name = own ? unit_at(p, own->to, CAT_NAME) : NULL;
  if (!name || u->value.kind != LITERAL_TEXT || s->mode == MODE_ORDER)
    return;
  for (uint32_t i = 0; i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || !is_text(qschema_column(p->schema, h->table, h->column)))
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    Condition c = {.left = column_item(h->table, h->column),
                   .op = OP_LIKE,
                   .like = LIKE_CONTAINS,
                   .value = u->value};
    if (!put(p, &n, c))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    value_features(&n, u);
    parser_push(p, &n, name->to);
  }
}

void on_value(Parser *p, const State *s, const Unit *u) {
  bool sure = u->quoted || u->capital || u->value.kind != LITERAL_TEXT;
  if (s->pending.kind) {
    with_operator(p, s, u, s->pending, op_of_value(s, u), FEATURE_EQUAL_VALUE);
    return;
  }
  if (s->after_and && s->m.condition_count && s->last.kind == ITEM_COLUMN &&
      s->mode == MODE_CONDITIONS) {
    const Condition *before = &s->m.conditions[s->m.condition_count - 1];
    if (before->value.kind == u->value.kind && before->side == SIDE_VALUE) {
      State n = *s;
      Condition c = *before;
      c.value = u->value;
      n.scope = before->scope;
      if (put(p, &n, c)) {
        n.m.conditions[n.m.condition_count - 1].op = before->op;
        state_add(&n, FEATURE_EQUAL_VALUE, 1);
        value_features(&n, u);
        parser_push(p, &n, u->to);
      }
    }
  }
  value_before(p, s, u);
  value_within(p, s, u);
  if (!sure)
    return;
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct;
    if (near_table(p, s, (int)t, NULL, &direct))
      split_name(p, s, u, (int)t);
  }
  guess(p, s, u);
}

void on_number(Parser *p, const State *s, const Unit *u) {
  const Unit *tail = unit_at(p, u->to, CAT_TAIL);
  Op op = tail ? (Op)tail->argument : OP_EQ;
  uint32_t to = tail ? tail->to : u->to;
  Unit v = *u;
  v.to = (uint8_t)to;
  if (s->pending.kind) {
    with_operator(p, s, &v, s->pending, op, FEATURE_EQUAL_NUMBER);
    return;
  }
  if (s->after_and && s->m.condition_count && s->mode == MODE_CONDITIONS) {
    const Condition *before = &s->m.conditions[s->m.condition_count - 1];
    if (before->value.kind == LITERAL_NUMBER && before->op == OP_EQ)
      with_operator(p, s, &v, before->left, OP_EQ, FEATURE_EQUAL_NUMBER);
  }
  const Unit *measure = unit_at(p, to, CAT_MEASURE);
  if (measure) {
    Unit told = {.argument = (int16_t)op, .hint = measure->hint};
    v.to = measure->to;
    hinted(p, s, &told, &v);
    v.to = (uint8_t)to;
  }
  if (!u->value.spelled && u->value.number >= 1000 && u->value.number <= 2100)
    guess(p, s, u);
  if (s->mode == MODE_CONDITIONS || tail) {
    State n = *s;
    n.waiting = true;
    n.wait_op = (uint8_t)op;
    n.wait_value = u->value;
    parser_push(p, &n, to);
  }
  if (s->mode == MODE_OUTPUTS && u->value.number >= 1 && u->value.number <= 1000) {
    State n = *s;
    n.top = (int16_t)u->value.number;
    parser_push(p, &n, u->to);
  }
  if (s->last_table_at == (int)u->from && s->focus >= 0) {
    int key = p->schema->tables[s->focus].key_column;
    if (key >= 0 && is_number(qschema_column(p->schema, s->focus, key)))
      with_operator(p, s, &v, column_item(s->focus, key), op, FEATURE_GUESS_KEY);
  }
}

void on_named(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_fillers(p, u->to);
  const Unit *v = value_behind(p, at);
  int table = s->focus;
  if (!v || table < 0)
    return;
  if (split_name(p, s, v, table))
    return;
  const QTable *t = &p->schema->tables[table];
  for (uint32_t k = 0; k < t->column_count; k++) {
    uint32_t rank;
    bool turned;
    if (!is_text(&t->columns[k]) || t->columns[k].foreign_key ||
        ((int)k != t->name_column &&
         !units_hint_fits(u->hint, &t->columns[k], &rank, &turned)))
      continue;
    State n = *s;
    if ((int)k == t->name_column)
      state_add(&n, FEATURE_GUESS_NAME, 1);
    Unit text = *v;
    text.value.kind = LITERAL_TEXT;
    with_operator(p, &n, &text, column_item(table, (int)k), OP_EQ, FEATURE_EQUAL_VALUE);
  }
}

// "paid orders", "whose status is paid", "inactive users".
void on_member(Parser *p, const State *s, const Unit *u) {
  int table = u->hits[0].table, column = u->hits[0].column;
  bool flag = u->value.kind == LITERAL_BOOLEAN, direct;
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  Item left = column_item(table, column);
  if (s->pending.kind && !item_eq(s->pending, left))
    return;
  if (!near_table(p, s, table, next, &direct))
    return;
  State n = *s;
  uint8_t mode = n.mode;
  if (flag && u->value.number == 0)
    n.negate = !n.negate;
  if (!add_condition(p, &n, left, flag ? OP_TRUE : OP_EQ, u->value))
    return;
  state_add(&n, FEATURE_MEMBER, 1);
  state_add(&n, direct ? FEATURE_COLUMN_MENTIONED : FEATURE_COLUMN_ELSEWHERE, 1);
  if (mode == MODE_OUTPUTS && !s->pending.kind)
    n.mode = mode;
  parser_push(p, &n, u->to);
}

void on_sex(Parser *p, const State *s, const Unit *u) {
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct;
    if (!near_table(p, s, (int)t, next, &direct))
      continue;
    for (uint32_t k = 0; k < p->schema->tables[t].column_count; k++) {
      const QColumn *c = &p->schema->tables[t].columns[k];
      uint32_t rank;
      bool turned;
      if (!is_text(c) || !units_hint_fits(u->hint, c, &rank, &turned))
        continue;
      State n = *s;
      Literal v = {.kind = LITERAL_SEX, .number = u->argument};
      uint8_t mode = n.mode;
      if (!add_condition(p, &n, column_item((int)t, (int)k), OP_EQ, v))
        continue;
      state_add(&n, FEATURE_HINTED, 1);
      state_add(&n, direct ? FEATURE_COLUMN_FOCUS : FEATURE_COLUMN_ELSEWHERE, 1);
      if (mode == MODE_OUTPUTS)
        n.mode = mode;
      parser_push(p, &n, u->to);
    }
  }
}
