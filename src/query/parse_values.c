// parse_values.c: comparisons and what things are compared with.
//
// A value finds its column in this order: the one that waits for it, the one that the
// word of comparison speaks of ("older than"), the one of the alternative before it
// ("A or B"), and last a guess among the text columns of the tables spoken of.
#include "query/parse_internal.h"

bool value_fits(const QColumn *c, Op op, Literal v) {
  if (!c)
    return v.kind == LITERAL_NUMBER;
  if (op == OP_NULL || op == OP_TRUE || op == OP_ROWS || v.kind == LITERAL_GIVEN)
    return true;
  switch (v.kind) {
  case LITERAL_NUMBER:
    return is_number(c) || c->type == QTYPE_UNKNOWN || (is_text(c) && op <= OP_LE) ||
           (is_time(c) && v.number > 1000);
  case LITERAL_TEXT: // nothing is under a name; a date may be text
    return is_text(c) && (op <= OP_NE || op == OP_LIKE ||
                          (v.text.len && v.text.ptr[0] >= '0' && v.text.ptr[0] <= '9'));
  case LITERAL_DATE:
    return is_time(c) || is_text(c);
  case LITERAL_AGO:
  case LITERAL_PERIOD:
    return c->type == QTYPE_DATE || c->type == QTYPE_DATETIME;
  default:
    return is_text(c);
  }
}

static bool way_to_many(const Parser *p, const State *s, int from, int to) {
  int16_t tables[2] = {(int16_t)from, (int16_t)to};
  JoinPlan plan = joins_plan(p->schema, &s->m, tables, 2);
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

// 2024 of a date is the whole year.
static void year_as_period(const QColumn *c, Literal *v) {
  if (c && (c->type == QTYPE_DATE || c->type == QTYPE_DATETIME) &&
      v->kind == LITERAL_NUMBER && v->number >= 1000 && v->number <= 2999) {
    *v = (Literal){.kind = LITERAL_PERIOD, .number = v->number * 100};
  }
}

// "an email from example.com": what is no address is its end, or a part of it.
static void part_of_address(const Parser *p, Condition *c) {
  if (c->op != OP_EQ || c->side != SIDE_VALUE || c->left.kind != ITEM_COLUMN ||
      c->left.agg || c->value.kind != LITERAL_TEXT ||
      !(p->tells[c->left.table][c->left.column] & TELLS_MAIL) ||
      column_at(p, c->left)->type != QTYPE_STRING ||
      str_find_char(c->value.text, '@', 0) != SIZE_MAX ||
      str_find_char(c->value.text, '.', 0) == SIZE_MAX)
    return;
  c->op = OP_LIKE;
  c->like = LIKE_ENDS;
}

// A text that no row can hold, as the column's members are known.
static bool is_no_member(const QColumn *c, const Condition *cond) {
  bool text = cond->value.kind == LITERAL_TEXT || cond->value.kind == LITERAL_DATE;
  if (!c || c->type != QTYPE_ENUM || !c->member_count || cond->op > OP_NE || cond->side ||
      !text || cond->left.agg || cond->left.kind != ITEM_COLUMN)
    return false;
  for (uint32_t i = 0; i < c->member_count; i++)
    if (str_eq_nocase(c->members[i], cond->value.text))
      return false;
  return true;
}

// "whose orders are all paid": there is none that is not. False where a row has only one
// of what is spoken of: then it holds for that one.
static bool put_every(Parser *p, State *s, Condition *c) {
  s->every = false;
  if (s->negate || s->scope || c->or_ || c->left.kind != ITEM_COLUMN || c->left.agg ||
      s->m.root < 0 || c->left.table == s->m.root ||
      !way_to_many(p, s, s->m.root, c->left.table) || s->m.scope_count == MAX_SCOPES)
    return false;
  add_needed(s, c->left.table);
  s->m.absent[s->m.scope_count++] = c->left.table;
  c->scope = s->m.scope_count;
  flip(c);
  state_add(s, FEATURE_EVERY, 1);
  return true;
}

bool put_condition(Parser *p, State *s, Condition c) {
  const QColumn *col = column_at(p, c.left);
  if (is_no_member(col, &c))
    return false;
  if (s->negate && s->negated_table && c.left.table == s->m.root)
    return false; // "without items or total 0": the items are what is not there
  part_of_address(p, &c);
  year_as_period(col, &c.value);
  year_as_period(col, &c.high);
  if (c.side == SIDE_VALUE && !c.left.agg && c.left.kind == ITEM_COLUMN &&
      !value_fits(col, c.op, c.value))
    state_add(s, FEATURE_TYPE_CLASH, 1);
  if (col && c.value.kind == LITERAL_NUMBER && !c.value.spelled && !c.left.agg &&
      c.left.kind == ITEM_COLUMN && c.value.number >= 1900 && c.value.number <= 2100 &&
      c.value.text.len == 4) {
    bool year = p->tells[c.left.table][c.left.column] & TELLS_YEAR;
    state_add(s, year ? FEATURE_YEAR_FITS : FEATURE_YEAR_ODD, 1);
  }
  c.or_ = s->or_next;
  s->or_next = false;
  c.scope = s->scope;
  bool every = s->every && put_every(p, s, &c);
  if (every)
    ;
  else if (s->negate && (c.left.agg || c.left.kind == ITEM_COUNT)) {
    flip(&c);
  } else if (s->negate) {
    state_add(s, FEATURE_NEGATED, 1);
    if (s->m.root >= 0 && c.left.table != s->m.root &&
        way_to_many(p, s, s->m.root, c.left.table)) {
      if (s->m.scope_count == MAX_SCOPES)
        return false;
      s->m.absent[s->m.scope_count++] = c.left.table;
      s->scope = c.scope = s->m.scope_count;
    } else {
      flip(&c);
    }
  }
  if (c.scope && c.scope < SCOPE_APART && c.left.table == s->m.root && s->after_and &&
      !c.or_)
    s->scope = c.scope = 0; // "who never ordered and are inactive"
  if (c.scope && c.scope < SCOPE_APART && c.left.table == s->m.root &&
      s->m.absent[c.scope - 1] != s->m.root)
    return false; // rows that must not be there are told by their own columns
  s->negate = s->negate_noun = false;
  s->negated_table = 0;
  s->pending = (Item){0};
  s->last = c.left;
  s->mode = MODE_CONDITIONS;
  bool group = c.left.agg || c.left.kind == ITEM_COUNT;
  if (c.or_ && !(group ? s->m.having_count : s->m.condition_count))
    return false; // rows or groups: no condition says that
  if (group) {
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
  bool ahead = value.kind == LITERAL_AGO && value.number < 0;
  if (ahead && (op == OP_EQ || op == OP_GE)) { // "in the next 30 days"
    Literal now = {.kind = LITERAL_AGO, .text = value.text};
    return put_condition(
        p, s, (Condition){.left = left, .op = OP_BETWEEN, .value = now, .high = value});
  }
  return put_condition(p, s,
                       (Condition){.left = left, .op = (uint8_t)op, .value = value});
}

bool add_waiting(Parser *p, State *s, Item left) {
  s->waiting = false;
  Condition c = {.left = left, .op = s->wait_op, .value = s->wait_value};
  if (c.op == OP_BETWEEN)
    c.high = s->wait_high;
  return put_condition(p, s, c);
}

void value_features(State *s, const Unit *v) {
  if (v->cat == CAT_NUMBER)
    return;
  if (v->quoted)
    state_add(s, FEATURE_VALUE_QUOTED, 1);
  else if (v->capital) {
    state_add(s, FEATURE_VALUE_CAPITAL, (float)(v->to - v->from));
    if (str_find(v->value.text, STR(" and "), 0) != SIZE_MAX ||
        str_find(v->value.text, STR(" to "), 0) != SIZE_MAX)
      state_add(s, FEATURE_VALUE_JOINED, 1);
  } else if (v->value.kind == LITERAL_TEXT)
    state_add(s, FEATURE_VALUE_PLAIN, 1);
  if (v->value.kind == LITERAL_AGO ||
      (v->value.kind == LITERAL_PERIOD && v->value.text.len)) // "this month"
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

bool table_in_reach(const State *s, uint32_t t) {
  return (int)t == s->focus || (int)t == s->m.root || mentioned(s, (int)t);
}

// What the price is for: a daily rate is none per month.
static bool is_rate_per(const QColumn *c, Str unit) {
  static const char *const units[] = {"hour hourli",   "day daili",
                                      "night nightli", "week weekli",
                                      "month monthli", "year yearli annual"};
  for (size_t i = 0; i < ARRAY_LEN(units); i++)
    for (uint32_t n = 0; n < c->name_count; n++)
      for (uint32_t k = 0; k < c->names[n].count; k++)
        if (words_in_list(units[i], c->names[n].stems[k]))
          return words_in_list(units[i], unit);
  return true;
}

// "cheaper than 60 per day": the price says what it is for.
static uint32_t behind_rate(const Parser *p, const QColumn *c, uint32_t at) {
  bool rate = at + 1 < p->words->count &&
              words_in_list("per a an each", p->words->items[at].lower) &&
              words_in_list("hour day night week month year person piec unit",
                            p->words->items[at + 1].stem) &&
              is_rate_per(c, p->words->items[at + 1].stem);
  return rate ? at + 2 : at;
}

void compare_hinted(Parser *p, const State *s, const Unit *u, const Unit *v) {
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    if (!table_in_reach(s, t))
      continue;
    for (uint32_t c = 0; c < p->schema->tables[t].column_count; c++) {
      const QColumn *col = &p->schema->tables[t].columns[c];
      uint32_t rank = 0;
      bool turned = false;
      bool year = v->cat == CAT_NUMBER && v->value.number >= 1900 &&
                  v->value.number <= 2100 && u->hint[0] == 'd';
      bool ago = (v->value.kind == LITERAL_AGO || v->value.kind == LITERAL_PERIOD ||
                  v->value.kind == LITERAL_DATE || year) &&
                 (col->type == QTYPE_DATE || col->type == QTYPE_DATETIME);
      Literal value = v->value;
      bool born = v->cat == CAT_NUMBER && !year && value.number < 150 &&
                  words_in_list("age", str_from(u->hint)) && is_time(col) &&
                  units_hint_fits("birth born", col, &rank, &turned);
      if (born) // "older than 40": born so many years ago
        value =
            (Literal){.kind = LITERAL_AGO, .number = value.number, .text = STR("year")};
      if (!ago && !born && !units_hint_fits(u->hint, col, &rank, &turned))
        continue;
      if (col->foreign_key || col->primary_key)
        continue;
      State n = *s;
      if (!add_condition(p, &n, column_item((int)t, (int)c), op_of_age(u, value), value))
        continue;
      state_add(&n, FEATURE_HINTED, 1);
      state_add(&n, FEATURE_HINT_RANK, (float)rank);
      state_add(&n, FEATURE_COMPARED, 1);
      if ((int)t == s->focus)
        state_add(&n, FEATURE_COLUMN_FOCUS, 1);
      value_features(&n, v);
      parser_push(p, &n, behind_rate(p, col, v->to));
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
      const Unit *noun = v->cat == CAT_NUMBER ? unit_at(p, v->to, CAT_NAME) : NULL;
      if (noun && noun->hits[0].column < 0 && noun->hits[0].weight >= 0.9f &&
          column_at(p, s->pending) && is_text(column_at(p, s->pending)))
        state_add(&n, FEATURE_COMPARED_NOUN, 1); // "genres with more than one book"
      state_add(&n, FEATURE_COMPARED, 1);
      value_features(&n, v);
      parser_push(p, &n, v->to);
    }
    return;
  }
  if (u->hint[0] || v->value.kind == LITERAL_AGO || v->value.kind == LITERAL_PERIOD)
    compare_hinted(p, s, u, v);
  const Unit *measure = unit_at(p, v->to, CAT_MEASURE);
  if (measure && v->cat == CAT_NUMBER) { // "more than 30 years old"
    Unit told = *u, value = *v;
    told.hint = measure->hint;
    value.to = measure->to;
    compare_hinted(p, s, &told, &value);
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
  if (!s->after_and && !u->hint[0] && s->last.kind == ITEM_COLUMN &&
      is_number(column_at(p, s->last)) && v->cat == CAT_NUMBER &&
      s->mode == MODE_OUTPUTS && s->m.output_count) {
    State n = *s; // "names and prices of products over 10"
    Item left = s->last;
    left.agg = AGG_NONE;
    if (add_condition(p, &n, left, (Op)u->argument, v->value)) {
      state_add(&n, FEATURE_COMPARED_LAST, 1);
      parser_push(p, &n, v->to);
    }
  }
  int counted = s->m.output_count ? s->m.outputs[0].table : s->m.root;
  if (s->count && v->cat == CAT_NUMBER && !u->hint[0] && counted >= 0 &&
      !unit_at(p, skip_fillers(p, v->to), CAT_NAME)) { // "with a count over 1"
    State n = *s;
    n.count = 0;
    state_add(&n, FEATURE_HAVING_COUNT, 1);
    if (add_condition(p, &n, count_item(counted), (Op)u->argument, v->value))
      parser_push(p, &n, v->to);
  }
  int money = v->cat == CAT_NUMBER && !u->hint[0] && s->focus >= 0 &&
                      !unit_at(p, skip_fillers(p, v->to), CAT_NAME) &&
                      s->last_table_at == (int)u->from
                  ? money_column(p, s->focus)
                  : -1;
  if (money >= 0) { // "payments over 50", "courses under 20 euros"
    State n = *s;
    const Unit *unit = unit_at(p, v->to, CAT_MEASURE);
    state_add(&n, FEATURE_MONEY, 1);
    state_add(&n, FEATURE_HINTED, 1);
    if (add_condition(p, &n, column_item(s->focus, money), (Op)u->argument, v->value))
      parser_push(p, &n, unit ? unit->to : v->to);
  }
  const Unit *of_what = unit_at(p, skip_fillers(p, v->to), CAT_NAME);
  bool measured =
      of_what && of_what->hits[0].column >= 0; // nothing is older than 3 orders
  if (v->cat == CAT_NUMBER && (!u->hint[0] || measured)) {
    State n = *s;
    n.waiting = true;
    n.wait_op = (uint8_t)u->argument;
    n.wait_value = v->value;
    n.mode = MODE_CONDITIONS;
    parser_push(p, &n, v->to);
  }
}

// "... the average price of products in Books": what follows tells the rows of the
// aggregate, not those that are asked for.
static void inner_rows(Parser *p, const State *s, uint32_t to, int table) {
  const Unit *next = unit_at(p, to, CAT_PREP);
  if (s->inner || s->scope || s->m.kind != MEANS_SELECT ||
      (!next && !unit_at(p, to, CAT_REL) && !unit_at(p, to, CAT_NAME)))
    return;
  State n = *s;
  n.inner = true;
  n.scope = SCOPE_INNER;
  state_add(&n, FEATURE_INNER, 1);
  const Unit *own = next ? unit_at(p, skip_fillers(p, next->to), CAT_NAME) : NULL;
  state_add(&n, FEATURE_INNER_OWN, // "of products in ..."
            own && own->hits[0].column < 0 && own->hits[0].table == table);
  parser_push(p, &n, to);
}

uint32_t own_group(const Parser *p, int table, uint32_t at, Item *within) {
  const Unit *prep = unit_at(p, at, CAT_PREP);
  at = prep ? prep->to : at;
  const Unit *own = unit_at(p, at, CAT_FILL), *same = unit_at(p, at, CAT_SAME);
  if (!prep || (!same && (!own || own->argument != 1)))
    return 0;
  at = same ? same->to : own->to;
  if (at < p->words->count && words_in_list("own respective", p->words->items[at].lower))
    at++;
  const Unit *name = unit_at(p, at, CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column >= 0 && h->table == table) {
      *within = column_item(table, h->column);
      return name->to;
    }
    *within = h->column < 0 ? within_table(p, table, h->table) : (Item){0};
    if (within->kind)
      return name->to;
  }
  return 0;
}

void push_compared(Parser *p, State *n, uint32_t to) {
  Condition *c = n->m.condition_count ? &n->m.conditions[n->m.condition_count - 1] : NULL;
  Item within = {0};
  uint32_t end = c && c->side == SIDE_AGGREGATE && c->left.table == c->right.table
                     ? own_group(p, c->right.table, to, &within)
                     : 0;
  if (end) {
    c->within = within;
    state_add(n, FEATURE_NAME_WORDS, (float)(end - to));
  }
  parser_push(p, n, end ? end : to);
}

// "higher than the average price", "more than its budget".
static void compare_item(Parser *p, const State *s, const Unit *u, uint32_t at) {
  const Unit *agg = unit_at(p, at, CAT_AGG);
  const Unit *super = agg ? NULL : unit_at(p, at, CAT_SUPER);
  Agg kind = agg     ? (Agg)agg->argument
             : super ? (super->argument ? AGG_MAX : AGG_MIN)
                     : AGG_NONE;
  agg = super ? super : agg;
  const Unit *whole = agg ? unit_at(p, at, CAT_NAME) : NULL; // a column that is called so
  if (whole && whole->to > agg->to && whole->hits[0].column >= 0 &&
      whole->weight >= 0.95f) {
    agg = NULL;
    kind = AGG_NONE;
  }
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
    right.agg = (uint8_t)kind;
    Item left = s->pending.kind ? s->pending : column_item(h->table, h->column);
    if (!s->pending.kind && !agg)
      continue;
    Condition c = {.left = left,
                   .op = (uint8_t)u->argument,
                   .right = right,
                   .side = agg ? SIDE_AGGREGATE : SIDE_COLUMN};
    if (!put_condition(p, &n, c))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    push_compared(p, &n, name->to);
    if (agg)
      inner_rows(p, &n, name->to, h->table);
  }
}

const Unit *value_behind(const Parser *p, uint32_t at) {
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

// "before the year 2000", "over a salary of 1000": the column stands before its value.
static void compare_named(Parser *p, const State *s, const Unit *u, uint32_t at) {
  const Unit *name = unit_at(p, at, CAT_NAME);
  if (!name || s->pending.kind)
    return;
  const Unit *of = unit_at(p, name->to, CAT_PREP);
  const Unit *v = value_behind(p, of && of->argument == PREP_OF ? of->to : name->to);
  if (!v || (v->cat != CAT_NUMBER && v->weight < 0.8f))
    return;
  for (uint32_t i = 0; i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0)
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    if (!add_condition(p, &n, column_item(h->table, h->column), (Op)u->argument,
                       v->value))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    value_features(&n, v);
    parser_push(p, &n, v->to);
  }
}

// "above a given price": the column says what is given.
static void compare_given(Parser *p, const State *s, const Unit *u) {
  const Unit *given = unit_at(p, u->to, CAT_GIVEN);
  const Unit *name = given ? unit_at(p, skip_fillers(p, given->to), CAT_NAME) : NULL;
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    Item item = column_item(name->hits[i].table, name->hits[i].column);
    if (item.column < 0 || (s->pending.kind && !item_eq(s->pending, item)))
      continue;
    State n = *s;
    name_hit(p, &n, name, &name->hits[i]);
    if (!add_condition(p, &n, item, (Op)u->argument, (Literal){.kind = LITERAL_GIVEN}))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    state_add(&n, FEATURE_GIVEN, 1);
    parser_push(p, &n, name->to);
  }
}

// "..., only where it is above 70000": what is counted for each group.
static bool of_last_counted(Parser *p, const State *s, const Unit *u) {
  const Item *last = NULL;
  for (uint32_t i = s->m.output_count; i-- > 0 && !last;)
    if (s->m.outputs[i].kind == ITEM_COUNT || s->m.outputs[i].agg)
      last = &s->m.outputs[i];
  bool pronoun = false;
  for (uint32_t w = u->from > 3 ? u->from - 3u : 0; w < u->from; w++)
    pronoun |= words_in_list("it that this average count number total sum which",
                             p->words->items[w].lower);
  if (!last || !s->m.group_count || s->pending.kind || !pronoun)
    return false;
  State n = *s;
  n.pending = *last;
  if (n.agg_count == 1 && n.aggs[0] == last->agg) { // "having a sum over 100"
    n.agg_count = 0;
    state_add(&n, FEATURE_NAME_WORDS, 1);
    state_add(&n, FEATURE_HAVING_COUNT, 1);
  }
  n.count = last->kind == ITEM_COUNT ? 0 : n.count;
  n.mode = MODE_CONDITIONS;
  const Unit *v = value_behind(p, skip_fillers(p, u->to));
  if (!v || v->cat != CAT_NUMBER ||
      !add_condition(p, &n, *last, (Op)u->argument, v->value))
    return false;
  state_add(&n, FEATURE_COMPARED, 1);
  parser_push(p, &n, v->to);
  return true;
}

void on_compare(Parser *p, const State *s, const Unit *u) {
  if (of_last_counted(p, s, u))
    return;
  uint32_t at = skip_fillers(p, u->to);
  compare_given(p, s, u);
  const Unit *ago = value_behind(p, u->to); // "a week ago" begins with a filler
  bool whole = ago && ago->value.kind == LITERAL_AGO;
  const Unit *v = whole ? ago : value_behind(p, at), *number = unit_at(p, at, CAT_NUMBER);
  if (v && (v->cat == CAT_NUMBER || v->weight >= 0.25f))
    compare_value(p, s, u, v);
  if (number && v != number)
    compare_value(p, s, u, number);
  compare_named(p, s, u, at);
  compare_item(p, s, u, at);
  compare_self(p, s, u, at);
}

void on_between(Parser *p, const State *s, const Unit *u) {
  const Unit *low = value_behind(p, skip_fillers(p, u->to));
  if (!low)
    return;
  uint32_t at = low->to;
  const Unit *joiner = unit_at(p, at, CAT_AND);
  if (!joiner)
    joiner = unit_at(p, at, CAT_PREP);
  uint32_t end = joiner ? skip_fillers(p, joiner->to) : at;
  const Unit *high = joiner ? value_behind(p, end) : NULL;
  if (high && low->cat == CAT_NUMBER && unit_at(p, end, CAT_NUMBER))
    high = unit_at(p, end, CAT_NUMBER); // "100 and 300 hours" are no moments
  if (!high || low->value.kind != high->value.kind)
    return;
  Condition c = {.op = OP_BETWEEN, .value = low->value, .high = high->value};
  State n = *s;
  uint32_t to = high->to;
  if (s->pending.kind) {
    c.left = s->pending;
    state_add(&n, FEATURE_COMPARED, 1);
    if (put_condition(p, &n, c))
      parser_push(p, &n, to);
    return;
  }
  if (low->cat == CAT_NUMBER && high->cat == CAT_NUMBER) {
    State wait = *s; // "between 2 and 30 students"
    wait.waiting = true;
    wait.wait_op = OP_BETWEEN;
    wait.wait_value = low->value;
    wait.wait_high = high->value;
    wait.mode = MODE_CONDITIONS;
    parser_push(p, &wait, to);
  }
  const Unit *name = unit_at(p, skip_fillers(p, to), CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    if (name->hits[i].column < 0)
      continue;
    State b = *s;
    name_hit(p, &b, name, &name->hits[i]);
    c.left = column_item(name->hits[i].table, name->hits[i].column);
    state_add(&b, FEATURE_COMPARED_BEHIND, 1);
    if (put_condition(p, &b, c))
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
      state_add(&b, FEATURE_YEAR_PLAIN, is_plain_year(col));
      state_add(&b, (int)t == s->focus ? FEATURE_COLUMN_FOCUS : FEATURE_COLUMN_MENTIONED,
                1);
      if (put_condition(p, &b, c))
        parser_push(p, &b, to);
    }
}

// "from 2000 to 2010", "from 5 to 10 rooms".
void range_from(Parser *p, const State *s, const Unit *u) {
  const Unit *low = value_behind(p, skip_fillers(p, u->to));
  const Unit *to = low ? unit_at(p, low->to, CAT_PREP) : NULL;
  const Unit *high = to && to->argument == PREP_TO ? value_behind(p, to->to) : NULL;
  if (!high || low->value.kind != high->value.kind || low->value.kind == LITERAL_TEXT ||
      s->mode == MODE_ORDER || s->mode == MODE_GROUP)
    return;
  State n = *s;
  state_add(&n, FEATURE_RANGE, 1);
  on_between(p, &n, u);
}

// Behind "contains": words that only say what kind of text follows.
static uint32_t skip_text_words(const Parser *p, uint32_t at) {
  uint32_t i = at;
  while (i < p->words->count && i < at + 6) {
    const Word *w = &p->words->items[i];
    if (w->kind == WORD_QUOTED)
      return i;
    if (!words_in_list("word letter substr string phrase text charact prefix suffix",
                       w->stem) &&
        !unit_at(p, i, CAT_FILL) && !unit_at(p, i, CAT_OTHER))
      break;
    i++;
  }
  uint32_t k = skip_fillers(p, at);
  while (k < p->words->count &&
         words_in_list("word letter substr string phrase text charact prefix suffix",
                       p->words->items[k].stem))
    k = skip_fillers(p, k + 1);
  return k;
}

void on_like(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_text_words(p, u->to);
  if (at > u->to && p->words->items[u->to].text.len == 1 &&
      (at >= p->words->count || p->words->items[at].kind != WORD_QUOTED))
    at = u->to; // the letter "a"
  const Unit *v = value_behind(p, at);
  Literal value = v ? v->value : (Literal){0};
  uint32_t to = v ? v->to : at + 1;
  if (!v && at < p->words->count && p->words->items[at].text.len == 1 &&
      p->words->items[at].kind == WORD_PLAIN)
    value = (Literal){.kind = LITERAL_TEXT, .text = p->words->items[at].text};
  if (!value.kind)
    return;
  if (value.kind != LITERAL_GIVEN)
    value.kind = LITERAL_TEXT;
  Item left = s->pending;
  if (!left.kind && s->m.output_count && s->mode == MODE_OUTPUTS &&
      s->last.kind == ITEM_COLUMN)
    left = s->last;
  int table = s->focus >= 0 ? s->focus : s->m.root;
  if (!left.kind && table >= 0) {
    int text = text_column(p, table);
    left = text >= 0 ? column_item(table, text) : left;
  }
  if (!left.kind)
    return;
  State n = *s;
  if (v)
    value_features(&n, v);
  state_add(&n, FEATURE_COMPARED, 1);
  Condition c = {
      .left = left, .op = OP_LIKE, .like = (uint8_t)u->argument, .value = value};
  if (put_condition(p, &n, c))
    parser_push(p, &n, to);
}
