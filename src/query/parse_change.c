// parse_change.c: changes of rows, and what goes with a query: pages, eager loading,
// trees.
#include "query/parse_internal.h"

void on_change(Parser *p, const State *s, const Unit *u) {
  if (s->m.output_count || s->m.kind != MEANS_SELECT ||
      (s->m.root >= 0 && s->m.condition_count))
    return;
  State n = *s;
  n.m.kind = (uint8_t)(u->argument & 15);
  n.m.many = u->argument >= 16;
  n.mode = MODE_OUTPUTS;
  parser_push(p, &n, u->to);
}

// "deactivate the users": a boolean column of what is named next.
static void switch_rows(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 3; i++) {
    const QTable *t = &p->schema->tables[name->hits[i].table];
    for (uint32_t k = 0; name->hits[i].column < 0 && k < t->column_count; k++) {
      uint32_t rank;
      bool turned;
      if (t->columns[k].type != QTYPE_BOOLEAN ||
          !units_hint_fits("activ enabl", &t->columns[k], &rank, &turned))
        continue;
      State n = *s;
      n.m.kind = MEANS_UPDATE;
      n.m.root = name->hits[i].table;
      n.m.assignments[n.m.assignment_count++] = (Assignment){
          (int16_t)k, '=', {.kind = LITERAL_BOOLEAN, .number = u->argument == 'a'}};
      parser_push(p, &n, u->to);
    }
  }
}

// "rename category Toys to Games": the column that its rows are called by.
static void rename_rows(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, skip_fillers(p, u->to), CAT_NAME);
  for (uint32_t i = 0; name && i < name->hit_count && i < 3; i++) {
    const Hit *h = &name->hits[i];
    int column = p->schema->tables[h->table].name_column;
    if (h->column >= 0 || column < 0 || h->weight < 0.9f)
      continue;
    State n = *s;
    n.m.kind = MEANS_UPDATE;
    n.m.root = h->table;
    n.changing = (int16_t)column;
    n.change_how = '=';
    n.mode = MODE_OUTPUTS;
    parser_push(p, &n, u->to);
  }
}

void on_set(Parser *p, const State *s, const Unit *u) {
  if (s->m.output_count || (s->m.kind != MEANS_SELECT && s->m.kind != MEANS_UPDATE))
    return;
  if (u->argument == 'd' || u->argument == 'a') {
    switch_rows(p, s, u);
    return;
  }
  if (u->argument == 'o')
    return; // what it changes is not told
  if (u->argument == 'n') {
    rename_rows(p, s, u);
    return;
  }
  State n = *s;
  n.m.kind = MEANS_UPDATE;
  if (u->argument == 'e') { // "cancel all orders"
    n.m.root = u->hits[0].table;
    n.m.assignments[n.m.assignment_count++] =
        (Assignment){u->hits[0].column, '=', u->value};
    n.mode = MODE_OUTPUTS;
    parser_push(p, &n, u->to);
    return;
  }
  n.change = (char)u->argument;
  n.mode = MODE_OUTPUTS;
  parser_push(p, &n, u->to);
}

static const Unit *value_at(const Parser *p, uint32_t at) {
  const Unit *v = unit_at(p, at, CAT_NUMBER);
  return v ? v : unit_at(p, at, CAT_VALUE);
}

static void assign(Parser *p, const State *s, int column, char how, Literal value,
                   uint32_t to) {
  State n = *s;
  if (n.m.assignment_count == MAX_ASSIGNMENTS)
    return;
  if (value.percent && how != '=') {
    value.number = how == '-' ? -value.number : value.number;
    how = '*';
  }
  n.m.assignments[n.m.assignment_count++] = (Assignment){(int16_t)column, how, value};
  n.changing = -1;
  n.change = unit_at(p, to, CAT_AND) ? '=' : 0;
  n.prep = 0;
  parser_push(p, &n, to);
  if (n.change) { // what follows may be a condition as well
    n.change = 0;
    parser_push(p, &n, to);
  }
}

// "mark the orders as paid": a member of an enumeration, or a boolean column of that
// name.
static void mark(Parser *p, const State *s, uint32_t at) {
  if (s->m.root < 0 || at >= p->words->count)
    return;
  const Word *w = &p->words->items[at];
  const QTable *t = &p->schema->tables[s->m.root];
  for (uint32_t k = 0; k < t->column_count; k++) {
    const QColumn *c = &t->columns[k];
    uint32_t rank;
    bool turned;
    Str text = w->kind == WORD_QUOTED ? w->value : w->text;
    for (uint32_t i = 0; c->type == QTYPE_ENUM && i < c->member_count; i++)
      if (str_eq_nocase(c->members[i], text))
        assign(p, s, (int)k, '=', (Literal){.kind = LITERAL_TEXT, .text = text}, at + 1);
    Str stem = str_copy(p->arena, w->stem);
    if (c->type == QTYPE_BOOLEAN && units_hint_fits(stem.ptr, c, &rank, &turned))
      assign(p, s, (int)k, '=', (Literal){.kind = LITERAL_BOOLEAN, .number = 1}, at + 1);
    bool date = is_time(c) && c->type != QTYPE_TIME && c->nullable;
    if (date && units_hint_fits(stem.ptr, c, &rank, &turned)) { // "as returned now"
      uint32_t now = at + 1;
      if (now < p->words->count && words_in_list("now today", p->words->items[now].lower))
        now++;
      assign(p, s, (int)k, '=', (Literal){.kind = LITERAL_AGO, .text = STR("day")}, now);
    }
    if (is_text(c) && c->type != QTYPE_ENUM &&
        units_hint_fits("status state", c, &rank, &turned))
      assign(p, s, (int)k, '=', (Literal){.kind = LITERAL_TEXT, .text = text}, at + 1);
  }
}

void new_value(Parser *p, const State *s, const Unit *u) {
  bool by = u->argument == PREP_BY, to = u->argument == PREP_TO;
  if (s->change == 'm' && to) {
    State n = *s;
    n.change = 0;
    mark(p, &n, skip_fillers(p, u->to));
    return;
  }
  if (s->changing < 0 || !(s->change_how == '=' ? to : by || to))
    return;
  uint32_t at = skip_fillers(p, u->to);
  const QColumn *c = qschema_column(p->schema, s->m.root, s->changing);
  char how = by ? s->change_how : '=';
  if (at < p->words->count && c->type == QTYPE_BOOLEAN) {
    bool yes = str_is(p->words->items[at].lower, "true");
    if (yes || str_is(p->words->items[at].lower, "false"))
      assign(p, s, s->changing, '=', (Literal){.kind = LITERAL_BOOLEAN, .number = yes},
             at + 1);
    return;
  }
  const Unit *v = value_at(p, at);
  if (v && (is_text(c) || v->cat == CAT_NUMBER || v->value.kind == LITERAL_DATE))
    assign(p, s, s->changing, how, v->value, v->to);
}

void on_page(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  n.m.page = (uint8_t)u->argument;
  state_add(&n, FEATURE_PAGE, 1);
  parser_push(p, &n, u->to);
}

static bool has_condition(const State *s, int table) {
  for (uint32_t i = 0; i < s->m.condition_count; i++)
    if (s->m.conditions[i].left.table == table)
      return true;
  return false;
}

void on_eager(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (u->argument) {
    n.eager = true;
    parser_push(p, &n, u->to);
    return;
  }
  if (n.m.eager_count) { // "with their orders, without n+1": it is said already
    state_add(&n, FEATURE_EAGER, 1);
    state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
    parser_push(p, &n, u->to);
    return;
  }
  uint32_t kept = 0;
  for (uint32_t i = 0; i < s->m.needed_count;
       i++) { // "with their items and the products"
    if (s->m.needed[i] == n.m.root || has_condition(s, s->m.needed[i]) ||
        n.m.eager_count == MAX_GROUPS)
      n.m.needed[kept++] = s->m.needed[i];
    else
      n.m.eager[n.m.eager_count++] = s->m.needed[i];
  }
  if (!n.m.eager_count)
    return;
  n.m.needed_count = (uint8_t)kept;
  n.focus = n.m.root;
  n.mode = MODE_CONDITIONS;
  state_add(&n, FEATURE_EAGER, n.m.eager_count);
  parser_push(p, &n, u->to);
}

// The table has rows above and below each other.
static bool is_tree(const Parser *p, int table) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++)
    if (p->schema->edges[e].a == table && p->schema->edges[e].b == table)
      return true;
  return false;
}

void on_tree(Parser *p, const State *s, const Unit *u) {
  State n = *s;
  if (u->argument >= 16) { // "below Acme"
    uint32_t at = skip_fillers(p, u->to);
    const Unit *v = value_behind(p, at), *given = unit_at(p, at, CAT_GIVEN);
    bool text = v && v->cat == CAT_VALUE && v->value.kind == LITERAL_TEXT &&
                (v->capital || v->quoted);
    if (s->m.root < 0 || !is_tree(p, s->m.root) || (!text && !given))
      return;
  }
  n.m.beyond |= u->argument >= 16;
  n.m.tree = u->argument == 16   ? TREE_DOWN
             : u->argument == 17 ? TREE_UP
                                 : (uint8_t)u->argument;
  if (!s->m.tree)
    state_add(&n, FEATURE_TREE, 1);
  parser_push(p, &n, u->to);
}

void on_returning(Parser *p, const State *s, const Unit *u) {
  if (s->m.kind == MEANS_SELECT)
    return;
  State n = *s;
  n.m.returning = true;
  state_add(&n, FEATURE_NAME_WORDS, (float)(u->to - u->from));
  parser_push(p, &n, u->to);
}
