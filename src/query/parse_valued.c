// parse_valued.c: a value, a number or a member of an enumeration stands at a word.
#include "query/parse_internal.h"

// "first name Ann, last name Lee" in one: "named Ann Lee".
static bool split_name(Parser *p, const State *s, const Unit *u, int table, bool direct) {
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
  state_add(&n, FEATURE_COLUMN_ELSEWHERE, !direct);
  state_add(&n, FEATURE_PARTS_QUOTED, u->quoted);
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

int text_column(const Parser *p, int table) {
  const QTable *t = &p->schema->tables[table];
  int only = -1, texts = 0;
  if (t->name_column >= 0)
    return t->name_column;
  for (uint32_t k = 0; k < t->column_count; k++)
    if (t->columns[k].type == QTYPE_STRING && !t->columns[k].foreign_key &&
        !t->columns[k].primary_key) {
      only = (int)k;
      texts++;
    }
  return texts == 1 ? only : -1;
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
  bool change = s->m.kind == MEANS_UPDATE || s->m.kind == MEANS_DELETE;
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (change && h->column < 0 && !u->quoted && !u->capital)
      continue; // "delete duplicate customers": none is called so
    int column = h->column >= 0 ? h->column : text_column(p, h->table);
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
  bool given = in && in->argument == PREP_IN && u->value.kind == LITERAL_GIVEN;
  const Unit *name = own     ? unit_at(p, own->to, CAT_NAME)
                     : given ? unit_at(p, in->to, CAT_NAME)
                             : NULL;
  if (!name || (u->value.kind != LITERAL_TEXT && !given) || s->mode == MODE_ORDER)
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
    if (!put_condition(p, &n, c))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    value_features(&n, u);
    parser_push(p, &n, name->to);
  }
}

// "whose owner is an admin": a key waits, and the text is a value of the row it leads to.
static bool value_of_parent(Parser *p, const State *s, const Unit *u) {
  const QColumn *key = column_at(p, s->pending);
  for (size_t i = 0; i < u->value.text.len; i++)
    if (u->value.text.ptr[i] >= '0' && u->value.text.ptr[i] <= '9')
      return false; // a date or a code
  if (!key || !key->foreign_key || is_text(key) || key->ref_table < 0 ||
      s->pending.kind != ITEM_COLUMN || u->value.kind != LITERAL_TEXT)
    return false;
  const QTable *t = &p->schema->tables[key->ref_table];
  int edge = -1;
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    if ((x->a == s->pending.table && x->column_a == s->pending.column) ||
        (x->b == s->pending.table && x->column_b == s->pending.column))
      edge = (int)e;
  }
  bool role = false; // "patients" of patient_id are the patients themselves
  for (uint32_t n = 0; n < key->name_count; n++)
    for (uint32_t i = 0; i < key->names[n].count; i++)
      role |= !str_is(key->names[n].stems[i], "id") &&
              !table_is_called(p, key->ref_table, key->names[n].stems[i]);
  if (edge < 0 || key->ref_table == s->pending.table || !role)
    return false;
  bool plain = !u->quoted && !u->capital;
  bool kinds =
      plain && u->from && words_in_list("a an", p->words->items[u->from - 1].lower);
  for (uint32_t k = 0; k < t->column_count; k++) {
    bool name = (int)k == t->name_column && !kinds; // "is an admin" is no name
    bool kind = plain && (p->tells[key->ref_table][k] & TELLS_CATEGORY);
    if ((!name && !kind) || !is_text(&t->columns[k]))
      continue;
    State n = *s;
    if (n.m.role_count < MAX_ROLES)
      n.m.roles[n.m.role_count++] = (int16_t)edge;
    n.pending = (Item){0};
    state_add(&n, FEATURE_GUESS_OBJECT, 1);
    if (plain && name)
      state_add(&n, FEATURE_GUESS_PLAIN, 1);
    with_operator(p, &n, u, column_item(key->ref_table, (int)k), OP_EQ,
                  FEATURE_EQUAL_VALUE);
  }
  return true;
}

void on_value(Parser *p, const State *s, const Unit *u) {
  bool sure = u->quoted || u->capital || u->value.kind != LITERAL_TEXT;
  if (s->label && label_value(p, s, u))
    return;
  if (s->pending.kind) {
    if (!value_of_parent(p, s, u))
      with_operator(p, s, u, s->pending, op_of_value(u), FEATURE_EQUAL_VALUE);
    return;
  }
  if (u->value.kind == LITERAL_GIVEN) { // "a term in the title"
    value_within(p, s, u);
    return;
  }
  bool another = s->mode == MODE_CONDITIONS || s->or_next || // "by Bob or Zoe"
                 (!sure && !unit_at(p, u->to, CAT_NAME));
  if (s->after_and && s->m.condition_count && s->last.kind == ITEM_COLUMN && another) {
    const Condition *before = &s->m.conditions[s->m.condition_count - 1];
    if (before->value.kind == u->value.kind && before->side == SIDE_VALUE) {
      State n = *s;
      Condition c = *before;
      c.value = u->value;
      n.scope = before->scope;
      if (put_condition(p, &n, c)) {
        n.m.conditions[n.m.condition_count - 1].op = before->op;
        state_add(&n, FEATURE_EQUAL_VALUE, 1);
        bool word = !sure && u->to == u->from + 1;
        state_add(&n, FEATURE_PLAIN_AGAIN, word);
        state_add(&n, FEATURE_UNTOLD, word && u->value.kind == LITERAL_TEXT);
        value_features(&n, u);
        parser_push(p, &n, u->to);
        if (str_is(p->words->items[u->from - 1u].lower, "nor"))
          return; // of the same column
      }
    }
  }
  const Condition *one =
      s->m.condition_count ? &s->m.conditions[s->m.condition_count - 1] : NULL;
  if (s->negate && one && one->value.kind == u->value.kind && one->op == OP_EQ &&
      one->side == SIDE_VALUE && !one->scope && u->from &&
      !unit_at(p, u->from, CAT_NAME)) // "booked Yoga but not Boxing"
    with_operator(p, s, u, one->left, OP_EQ, FEATURE_EQUAL_VALUE);
  value_before(p, s, u);
  value_within(p, s, u);
  if (!sure) {
    if (u->weight >= 0.25f)
      guess_value(p, s, u);
    return;
  }
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct;
    if (near_table(p, s, (int)t, NULL, &direct) || far_table(p, s, (int)t))
      split_name(p, s, u, (int)t, direct);
  }
  guess_value(p, s, u);
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
    compare_hinted(p, s, &told, &v);
    v.to = (uint8_t)to;
  }
  if (!u->value.spelled && u->value.number >= 1000 && u->value.number <= 2100)
    guess_value(p, s, u);
  if (s->mode == MODE_CONDITIONS || tail) {
    State n = *s;
    n.waiting = true;
    n.wait_op = (uint8_t)op;
    n.wait_value = u->value;
    parser_push(p, &n, to);
  }
  bool ranked = unit_at(p, u->to, CAT_MOST) || unit_at(p, u->to, CAT_SUPER) ||
                unit_at(p, u->to, CAT_OFTEN) || unit_at(p, u->to, CAT_COMMON);
  if ((s->mode == MODE_OUTPUTS || ranked) && u->value.number >= 1 &&
      u->value.number <= 1000) {
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

// "named Balls to the Wall": small words between capitals belong to a name, but for those
// that join two.
static const Unit *whole_title(const Parser *p, const Unit *v, uint32_t at) {
  for (uint32_t i = p->units->first[at]; v && v->capital && i < p->units->first[at + 1];
       i++) {
    const Unit *u = &p->units->items[i];
    if (u->cat == CAT_VALUE && u->capital && u->to > v->to &&
        str_find(u->value.text, STR(" and "), 0) == SIZE_MAX &&
        str_find_char(u->value.text, ',', 0) == SIZE_MAX)
      v = u;
  }
  return v;
}

void on_named(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_fillers(p, u->to);
  const Unit *v = whole_title(p, value_behind(p, at), at);
  int table = s->focus;
  if (!v || table < 0)
    return;
  split_name(p, s, v, table, true);
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
    else if (t->name_column >= 0)
      state_add(&n, FEATURE_NAMED_OTHER, 1);
    Unit text = *v;
    text.value.kind = LITERAL_TEXT;
    with_operator(p, &n, &text, column_item(table, (int)k), OP_EQ, FEATURE_EQUAL_VALUE);
  }
}

// A name of the table that stands a few words on, behind "and", "but no" and the like.
static const Unit *name_further(const Parser *p, uint32_t at, int table) {
  if (!unit_at(p, at, CAT_AND) && !unit_at(p, at, CAT_OR) && !unit_at(p, at, CAT_EXCEPT))
    return NULL;
  for (uint32_t i = at + 1; i < at + 6 && i < p->words->count; i++) {
    const Unit *name = unit_at(p, i, CAT_NAME);
    if (name && name->hits[0].column < 0 && name->hits[0].table == table)
      return name;
  }
  return NULL;
}

static bool names_rows_at(const Parser *p, uint32_t at, int table) {
  for (uint32_t i = p->units->first[at]; i < p->units->first[at + 1]; i++) {
    const Unit *u = &p->units->items[i];
    for (uint32_t k = 0; u->cat == CAT_NAME && k < u->hit_count; k++)
      if (u->hits[k].column < 0 && u->hits[k].table == table)
        return true;
  }
  return false;
}

// "paid orders", "whose status is paid", "inactive users".
void on_member(Parser *p, const State *s, const Unit *u) {
  int table = u->hits[0].table, column = u->hits[0].column;
  bool flag = u->value.kind == LITERAL_BOOLEAN, direct;
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  Item left = column_item(table, column);
  if (s->pending.kind && !item_eq(s->pending, left))
    return;
  if (!next) // "with paid but no cancelled orders"
    next = name_further(p, u->to, table);
  if (!near_table(p, s, table, next, &direct))
    return;
  if (s->rel && !s->pending.kind && names_rows_at(p, u->from, table))
    return; // "who applied": what they did
  State n = *s;
  uint8_t mode = n.mode;
  if (flag && u->value.number == 0)
    state_add(&n, FEATURE_NEGATED, 1);
  if (!put_condition(p, &n,
                     (Condition){.left = left,
                                 .op = flag ? OP_TRUE : OP_EQ,
                                 .negated = flag && u->value.number == 0,
                                 .value = u->value}))
    return;
  state_add(&n, FEATURE_MEMBER, 1);
  state_add(&n, direct ? FEATURE_COLUMN_MENTIONED : FEATURE_COLUMN_ELSEWHERE, 1);
  if (mode == MODE_OUTPUTS && !s->pending.kind)
    n.mode = mode;
  if (u->argument == 1 && !s->pending.kind && (!next || next->hits[0].column >= 0)) {
    table_meant(p, &n, u, table); // "deposits": the rows themselves
    return;
  }
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
