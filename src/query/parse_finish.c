// parse_finish.c: what the words left open: outputs, groups, joins, set operations.
#include "query/parse_internal.h"

static bool is_counting(Item i) {
  return i.kind == ITEM_COUNT || i.agg;
}

static void default_outputs(State *s) {
  if (s->count && !s->m.output_count && s->m.root >= 0) {
    add_output(s, count_item(s->m.root));
    s->count = 0;
    return;
  }
  if (s->count && s->m.order_count && s->m.output_count &&
      s->m.orders[0].item.kind == ITEM_COUNT) { // "the top 5 by orders, and how many"
    add_output(s, s->m.orders[0].item);
    s->count = 0;
  }
  if (s->m.output_count)
    return;
  for (uint32_t i = 0; i < s->m.group_count; i++)
    add_output(s, s->m.groups[i]);
  if (!s->m.output_count && s->m.root >= 0)
    add_output(s, (Item){ITEM_ENTITY, 0, false, s->m.root, -1});
  state_add(s, FEATURE_NO_OUTPUT, 1);
}

// True where the column tells rows of its table apart, as people see them.
static bool tells_rows(const Parser *p, Item o) {
  const QTable *t = &p->schema->tables[o.table];
  const QColumn *c = column_at(p, o);
  int first, last;
  if (o.column == t->name_column || c->primary_key || c->unique)
    return true;
  return name_parts(p->schema, o.table, &first, &last) &&
         (o.column == first || o.column == last);
}

// To each row of `table` belongs one of `other`.
static bool one_of(const Parser *p, const State *s, int table, int other) {
  int16_t way[2] = {(int16_t)table, (int16_t)other};
  JoinPlan plan = joins_plan(p->schema, &s->m, way, 2);
  for (uint32_t i = 0; i < plan.count; i++)
    if (joins_to_many(p->schema, plan.steps[i]))
      return false;
  return plan.connected;
}

// What the rows of a grouped query are, where the request does not say "for each": the
// rows of the table whose name is given, else the values that are given.
static bool implied_groups(const Parser *p, State *s, Item counted) {
  Item first = {0};
  bool rows = counted.kind == ITEM_COUNT && counted.column < 0;
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    Item o = s->m.outputs[i];
    if (is_counting(o))
      continue;
    bool own = rows && o.kind == ITEM_COLUMN && o.table == counted.table &&
               !column_at(p, o)->unique && !column_at(p, o)->primary_key;
    if (o.kind == ITEM_ENTITY || (!own && tells_rows(p, o))) { // of itself there is one
      first = (Item){ITEM_ENTITY, 0, false, o.table, -1};
      break;
    }
    if (!first.kind)
      first = o;
  }
  if (!first.kind)
    return false;
  if (first.kind == ITEM_ENTITY) { // with what belongs to its one row elsewhere
    for (uint32_t i = 0; i < s->m.output_count; i++) {
      Item o = s->m.outputs[i];
      if (o.kind == ITEM_COLUMN && !o.agg && o.table != first.table &&
          one_of(p, s, first.table, o.table) && !add_group(s, o))
        return false;
    }
    return add_group(s, first);
  }
  for (uint32_t i = 0; i < s->m.output_count; i++)
    if (!is_counting(s->m.outputs[i]) && !add_group(s, s->m.outputs[i]))
      return false;
  return true;
}

// Nothing but numbers of rows of which each group has many.
static bool only_amounts(const Parser *p, const State *s) {
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    Item o = s->m.outputs[i];
    const QColumn *c = o.kind == ITEM_COLUMN ? column_at(p, o) : NULL;
    if (!c || !is_number(c) || c->primary_key || c->foreign_key ||
        o.table == s->m.groups[0].table || one_of(p, s, s->m.groups[0].table, o.table))
      return false;
  }
  return s->m.output_count > 0;
}

static bool group(const Parser *p, State *s) {
  if (s->m.nested)
    return s->m.output_count == 1 && s->m.group_count == 1 && !s->m.order_count;
  Item counted = {0};
  uint32_t plain = 0, counting = 0;
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    plain += !is_counting(s->m.outputs[i]);
    if (is_counting(s->m.outputs[i])) {
      counting++;
      counted = s->m.outputs[i];
    }
  }
  if (!counting && s->m.group_count == 1 && s->m.limit && s->m.order_count &&
      !is_counting(s->m.orders[0].item) && !s->m.having_count) {
    s->m.per_group = true; // "the newest order of each customer"
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->m.output_count; i++)
      if (!item_eq(s->m.outputs[i], s->m.groups[0]))
        s->m.outputs[kept++] = s->m.outputs[i];
    s->m.output_count = (uint8_t)kept;
    if (!kept)
      add_output(s, (Item){ITEM_ENTITY, 0, false, s->m.orders[0].item.table, -1});
    return true;
  }
  if (!counting && !s->m.having_count && s->m.group_count) {
    bool ordered = false;
    for (uint32_t i = 0; i < s->m.order_count; i++)
      ordered |= is_counting(s->m.orders[i].item);
    if (!ordered && only_amounts(p, s)) // "payments per member": not each of them
      state_add(s, FEATURE_PENDING_LEFT, 1);
    if (!ordered) { // "the name of each student": no group
      for (uint32_t i = 0; i < s->m.group_count; i++)
        if (!add_needed(s, s->m.groups[i].table))
          return false;
      s->m.group_count = 0;
      return true;
    }
  }
  bool outside = s->m.having_count > 0;
  if (s->m.having_count)
    counted = s->m.having[0].left;
  for (uint32_t i = 0; i < s->m.order_count; i++)
    if (is_counting(s->m.orders[i].item)) {
      outside = true;
      counted = s->m.orders[i].item;
    }
  if (s->m.window.kind && is_counting(s->m.window.by)) {
    outside = true;
    counted = s->m.window.by;
  }
  if (!s->m.group_count && ((plain && counting) || outside)) {
    if (!implied_groups(p, s, counted)) {
      if (s->m.root < 0 || !outside || counted.table == s->m.root)
        return !outside;
      add_group(s, (Item){ITEM_ENTITY, 0, false, s->m.root, -1});
    }
    if (plain && counting && !outside)
      state_add(s, FEATURE_MIXED_UNGROUPED, 1);
  }
  // A row that does not say which group it is for is of no use.
  for (uint32_t i = 0; i < s->m.group_count && counting && !plain; i++) {
    bool there = false;
    for (uint32_t k = 0; k < s->m.output_count; k++)
      there |= item_eq(s->m.outputs[k], s->m.groups[i]);
    if (!there && !add_output(s, s->m.groups[i]))
      return false;
  }
  return true;
}

// "the number of men and women per city": one for each of both.
static void group_by_sex(State *s) {
  bool counting = false;
  for (uint32_t i = 0; i < s->m.output_count; i++)
    counting |= is_counting(s->m.outputs[i]);
  for (uint32_t i = 0; counting && s->m.group_count && i + 1 < s->m.condition_count;
       i++) {
    Condition *a = &s->m.conditions[i], *b = a + 1;
    if (a->value.kind != LITERAL_SEX || b->value.kind != LITERAL_SEX || a->scope ||
        b->scope || a->value.number == b->value.number || !item_eq(a->left, b->left))
      continue;
    Item sex = a->left;
    memmove(a, a + 2, (s->m.condition_count - i - 2u) * sizeof *a);
    s->m.condition_count -= 2;
    add_group(s, sex);
    add_output(s, sex);
    return;
  }
}

// "both A and B" of one column: no row can have two values, two branches can.
static void intersect(State *s) {
  for (uint32_t i = 0; i + 1 < s->m.condition_count; i++)
    for (uint32_t k = i + 1; k < s->m.condition_count; k++) {
      Condition *a = &s->m.conditions[i], *b = &s->m.conditions[k];
      if (a->scope || b->scope || b->or_ || !item_eq(a->left, b->left) || a->side ||
          b->side)
        continue;
      bool clash = a->op == OP_EQ && b->op == OP_EQ;
      bool apart = (a->op == OP_GT || a->op == OP_GE) &&
                   (b->op == OP_LT || b->op == OP_LE) &&
                   a->value.kind == LITERAL_NUMBER && a->value.number >= b->value.number;
      if (!clash && !apart)
        continue;
      if (s->m.set) {
        state_add(s, FEATURE_CONTRADICTION, 1);
        return;
      }
      Condition moved = *b;
      for (uint32_t q = k; q + 1 < s->m.condition_count; q++)
        s->m.conditions[q] = s->m.conditions[q + 1];
      s->m.conditions[s->m.condition_count - 1] = moved;
      s->m.set = SET_INTERSECT;
      s->m.split = (uint8_t)(s->m.condition_count - 1);
      state_add(s, FEATURE_INTERSECTION, 1);
    }
}

// "who have a manager", "with a phone number": the column has a value.
static bool known(const Parser *p, State *s) {
  if (s->pending.kind != ITEM_COLUMN || s->pending.agg || s->m.kind != MEANS_SELECT ||
      s->m.condition_count == MAX_CONDITIONS || !column_at(p, s->pending)->nullable ||
      s->pending.table != s->m.root || s->scope)
    return false;
  s->m.conditions[s->m.condition_count++] =
      (Condition){.left = s->pending, .op = OP_NULL, .negated = !s->negate};
  state_add(s, FEATURE_KNOWN, 1);
  s->negate = false;
  s->pending = (Item){0};
  return true;
}

// "the brands, sorted": by what is given first.
static void sorted_alone(const Parser *p, State *s) {
  uint32_t last = p->words->count - 1;
  while (last && unit_at(p, last, CAT_END))
    last--;
  Item by = s->m.output_count ? s->m.outputs[0] : (Item){0};
  if (s->mode == MODE_ORDER && !s->m.order_count && unit_at(p, last, CAT_ORDER) &&
      by.kind == ITEM_COLUMN && !by.agg && add_order(s, by, ASCENDING))
    state_add(s, FEATURE_NAME_WORDS, 1);
}

static void leftovers(const Parser *p, State *s) {
  sorted_alone(p, s);
  if (known(p, s))
    ;
  else if (s->pending.kind == ITEM_COLUMN && column_at(p, s->pending)->foreign_key &&
           add_needed(s, s->pending.table)) {
    state_add(s, FEATURE_EXISTS, 1); // "who have a vote"
    s->pending = (Item){0};
  } else if (s->pending.kind)
    state_add(s, FEATURE_PENDING_LEFT, 1);
  if (s->waiting)
    state_add(s, FEATURE_PENDING_LEFT, 1);
  if (s->count)
    state_add(s, FEATURE_PENDING_LEFT, 0.5f);
  if (s->agg_count)
    state_add(s, FEATURE_PENDING_LEFT, 1);
  if (s->negate)
    state_add(s, FEATURE_PENDING_LEFT, 1);
  if ((s->mode == MODE_ORDER && !s->m.order_count) ||
      (s->mode == MODE_GROUP && !s->m.group_count))
    state_add(s, FEATURE_PENDING_LEFT, 1);
}

// Tables that were used but never named.
static void unnamed(State *s) {
  uint32_t outputs = 0, others = 0;
  for (uint32_t i = 0; i < s->m.output_count; i++)
    if (s->m.outputs[i].table < 32)
      outputs |= 1u << s->m.outputs[i].table;
  for (uint32_t i = 0; i < s->m.condition_count; i++)
    if (s->m.conditions[i].left.table < 32)
      others |= 1u << s->m.conditions[i].left.table;
  for (uint32_t i = 0; i < s->m.order_count; i++)
    if (s->m.orders[i].item.table < 32)
      others |= 1u << s->m.orders[i].item.table;
  outputs &= ~s->named;
  others &= ~(s->named | outputs);
  state_add(s, FEATURE_OUTPUT_UNNAMED, (float)__builtin_popcount(outputs));
  state_add(s, FEATURE_CONDITION_UNNAMED, (float)__builtin_popcount(others));
}

// "items 3, 4 and 5": no row has several values, so any of them is meant. False where
// other conditions stand between, as it is not said which belong together.
static bool any_of_values(State *s) {
  bool same = true, twice = false;
  Condition *c = s->m.conditions;
  for (uint32_t i = 1; i < s->m.condition_count; i++) {
    same &= item_eq(c[0].left, c[i].left) && c[i].op == OP_EQ && !c[i].side &&
            c[i].scope == c[0].scope;
    for (uint32_t k = 0; k < i; k++)
      twice |= c[i].op == OP_EQ && c[k].op == OP_EQ && !c[i].or_ && !c[i].side &&
               !c[k].side && item_eq(c[i].left, c[k].left);
  }
  if (!twice)
    return true;
  for (uint32_t i = 1; same && i < s->m.condition_count; i++)
    c[i].or_ = true;
  return same && c[0].op == OP_EQ && !c[0].side;
}

// Aggregates over rows of other tables that are told by subqueries: those of several
// tables, alternatives ("2 bridges or one mill"), and few of them, as none are few too.
static bool needs_apart(const State *s) {
  bool many = false, few = false;
  for (uint32_t i = 0; i < s->m.having_count; i++) {
    const Condition *c = &s->m.having[i];
    if (c->left.table == s->m.root || c->side != SIDE_VALUE || c->left.by_column)
      return false;
    many |= c->or_ || c->left.table != s->m.having[0].left.table;
    few |= c->left.kind == ITEM_COUNT &&
           (c->op == OP_LT || c->op == OP_LE || (c->op == OP_EQ && !c->value.number));
  }
  return many || few;
}

// The rows that are asked for are the root's, one by one.
static bool rows_of_root(const State *s) {
  for (uint32_t i = 0; i < s->m.output_count; i++)
    if (is_counting(s->m.outputs[i]) || s->m.outputs[i].table != s->m.root)
      return false;
  for (uint32_t i = 0; i < s->m.order_count; i++)
    if (is_counting(s->m.orders[i].item))
      return false;
  return !s->m.group_count && !s->m.set && !s->m.distinct;
}

// False where the way to what is counted cannot be told by keys.
static bool set_apart(const Parser *p, State *s) {
  for (uint32_t i = 0; i < s->m.having_count; i++) {
    int16_t way[2] = {s->m.root, s->m.having[i].left.table};
    JoinPlan plan = joins_plan(p->schema, &s->m, way, 2);
    if (!plan.connected || !plan.count)
      return false;
    for (uint32_t k = 0; k < plan.count; k++)
      if (p->schema->edges[plan.steps[k].edge].column_a < 0)
        return false;
  }
  s->m.apart = true;
  for (uint32_t i = 0; i < s->m.having_count; i++) {
    int16_t counted = s->m.having[i].left.table;
    for (uint32_t k = 0; k < s->m.condition_count; k++)
      if (!s->m.conditions[k].scope && s->m.conditions[k].left.table == counted)
        s->m.conditions[k].scope = (uint8_t)(SCOPE_APART + i);
    uint32_t kept = 0;
    for (uint32_t k = 0; k < s->m.needed_count; k++)
      if (s->m.needed[k] != counted)
        s->m.needed[kept++] = s->m.needed[k];
    s->m.needed_count = (uint8_t)kept;
  }
  return true;
}

// The foreign key of the step may be empty.
static bool is_open(const QSchema *s, JoinStep step) {
  const QEdge *e = &s->edges[step.edge];
  if (e->column_a < 0)
    return true;
  const QColumn *a = qschema_column(s, e->a, e->column_a);
  const QColumn *b = qschema_column(s, e->b, e->column_b);
  return (a->foreign_key && a->nullable) || (b->foreign_key && b->nullable);
}

// Whether to need a row of the table leaves out any row: not where each has one, or where
// a condition on what is behind it says it already.
static bool leaves_out(const Parser *p, const State *s, int16_t table) {
  bool out = false;
  int16_t way[] = {s->m.root, table};
  JoinPlan plan = joins_plan(p->schema, &s->m, way, 2);
  for (uint32_t i = 0; i < plan.count; i++)
    out |= joins_to_many(p->schema, plan.steps[i]) || is_open(p->schema, plan.steps[i]);
  for (uint32_t i = 0; out && i < s->m.condition_count; i++) {
    int16_t other[] = {s->m.root, s->m.conditions[i].left.table};
    if (s->m.conditions[i].scope)
      continue;
    plan = joins_plan(p->schema, &s->m, other, 2);
    for (uint32_t k = 0; k < plan.count; k++)
      out &= plan.steps[k].to != table;
  }
  return out && table != s->m.root;
}

// A change of rows is about one table; what it sets must be known.
static bool finish_change(const Parser *p, State *s) {
  finish_single(p, s);
  leftovers(p, s);
  state_add(s, FEATURE_CHANGE, 1);
  if (s->changing >= 0 || s->change ||
      (s->m.kind == MEANS_UPDATE && !s->m.assignment_count))
    state_add(s, FEATURE_CHANGE_INCOMPLETE, 1);
  if (s->named && s->m.root < 32 && !(s->named >> s->m.root & 1))
    state_add(s, FEATURE_CHANGE_OTHER, 1); // another table was named than is changed
  if (s->m.order_count || s->m.group_count || s->m.set)
    return false;
  for (uint32_t i = 0; i < s->m.having_count; i++)
    if (s->m.having[i].left.table == s->m.root || s->m.having[i].side != SIDE_VALUE)
      return false;
  if (s->m.having_count && !set_apart(p, s))
    return false;
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(&s->m, tables), kept = 0;
  state_add(s, FEATURE_JOIN, (float)joins_plan(p->schema, &s->m, tables, n).count);
  for (uint32_t i = 0; i < s->m.needed_count; i++)
    if (leaves_out(p, s, s->m.needed[i]))
      s->m.needed[kept++] = s->m.needed[i];
  s->m.needed_count = (uint8_t)kept;
  kept = 0;
  for (uint32_t i = 0; i < s->m.output_count; i++)
    kept += s->m.outputs[i].table != s->m.root;
  if (kept)
    return false;
  s->m.output_count = 0;
  if (!any_of_values(s))
    return false;
  return s->m.kind != MEANS_UPDATE || s->m.assignment_count;
}

// Rows without a date are not the oldest; those without any related row stand in an
// order by their number too.
static void order_details(const Parser *p, State *s) {
  Item by = s->m.order_count ? s->m.orders[0].item : (Item){0};
  const QColumn *c = by.kind == ITEM_COLUMN && !by.agg ? column_at(p, by) : NULL;
  if (c && s->m.limit && s->m.orders[0].direction != DESCENDING && is_time(c) &&
      c->nullable && !s->m.per_group && s->m.condition_count < MAX_CONDITIONS)
    s->m.conditions[s->m.condition_count++] =
        (Condition){.left = by, .op = OP_NULL, .negated = true};
  bool whole = s->m.output_count == 1 && s->m.outputs[0].kind == ITEM_ENTITY &&
               s->m.outputs[0].table == s->m.root;
  if (by.kind == ITEM_COUNT && by.column < 0 && by.table != s->m.root && whole &&
      !s->m.limit && !s->m.having_count && !s->m.condition_count && !s->m.needed_count)
    s->m.outer = true;
}

// "how many posts does each user have": users without any have 0. Where only some of the
// rows are counted, or a group is no row, those without any are not told.
static void outer_groups(State *s) {
  const Meaning *m = &s->m;
  if (!s->outer_groups || m->group_count != 1 || m->groups[0].kind != ITEM_ENTITY ||
      m->condition_count || m->having_count || m->scope_count || m->limit)
    return;
  for (uint32_t i = 0; i < m->output_count; i++)
    if (is_counting(m->outputs[i]) &&
        (m->outputs[i].kind != ITEM_COUNT || m->outputs[i].table == m->groups[0].table))
      return;
  s->m.outer = true;
}

// "in alphabetical order, the names ...": by the first text, or what rows are called by.
static void alphabetical(const Parser *p, State *s) {
  int table = s->m.output_count ? s->m.outputs[0].table : s->m.root;
  int name = table >= 0 ? p->schema->tables[table].name_column : -1;
  Item by = name >= 0 ? column_item(table, name) : (Item){0};
  for (uint32_t i = s->m.output_count; i-- > 0;)
    if (s->m.outputs[i].kind == ITEM_COLUMN && !s->m.outputs[i].agg &&
        is_text(column_at(p, s->m.outputs[i])))
      by = s->m.outputs[i];
  if (s->alpha && !s->m.order_count && by.kind)
    add_order(s, by, s->alpha - 1);
}

static bool finish_select(const Parser *p, State *s) {
  if (!finish_part(p, s) || !finish_shape(p, s))
    return false;
  default_outputs(s);
  leftovers(p, s);
  alphabetical(p, s);
  if (s->top > 0 && !s->m.limit)
    s->m.limit = s->top;
  unnamed(s);
  group_by_sex(s);
  intersect(s);
  order_details(p, s);
  if (s->m.having_count && needs_apart(s) && rows_of_root(s) && set_apart(p, s))
    state_add(s, FEATURE_APART, 1);
  else if (!group(p, s))
    return false;
  outer_groups(s);
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(&s->m, tables);
  JoinPlan plan = joins_plan(p->schema, &s->m, tables, n);
  state_add(s, FEATURE_JOIN, (float)plan.count);
  if (!plan.connected) {
    state_add(s, FEATURE_UNCONNECTED, 1);
    return false;
  }
  bool used = false;
  for (uint32_t i = 0; i < n; i++)
    used |= tables[i] == s->m.root;
  if (!used)
    state_add(s, FEATURE_ROOT_UNUSED, 1);
  for (uint32_t i = 0; i < s->m.scope_count; i++) {
    int16_t way[2] = {tables[0], s->m.absent[i]};
    if (!joins_plan(p->schema, &s->m, way, 2).connected)
      return false;
  }
  return s->m.output_count > 0;
}

bool finish(const Parser *p, State *s) {
  if (s->m.root < 0)
    for (uint32_t i = 0; i < s->m.output_count && s->m.root < 0; i++)
      s->m.root = s->m.outputs[i].table;
  if (s->m.root < 0 && s->m.condition_count)
    s->m.root = s->m.conditions[0].left.table;
  if (s->m.root < 0 && s->m.group_count)
    s->m.root = s->m.groups[0].table;
  if (s->m.root < 0)
    return false;
  if (s->m.kind != MEANS_SELECT ? !finish_change(p, s) : !finish_select(p, s))
    return false;
  account_end(p, s);
  return true;
}
