// meaning.c: equality of meanings, and a meaning in words.
#include "query/meaning.h"

#include <math.h>

bool item_eq(Item a, Item b) {
  return a.kind == b.kind && a.agg == b.agg && a.distinct == b.distinct &&
         a.table == b.table && a.column == b.column && a.part == b.part &&
         a.via == b.via && a.by_table == b.by_table && a.by_column == b.by_column;
}

static bool literal_eq(const Literal *a, const Literal *b) {
  return a->kind == b->kind && a->number == b->number && str_eq(a->text, b->text);
}

static bool condition_eq(const Condition *a, const Condition *b) {
  return item_eq(a->left, b->left) && a->op == b->op && a->like == b->like &&
         a->side == b->side && a->negated == b->negated && a->or_ == b->or_ &&
         a->scope == b->scope && literal_eq(&a->value, &b->value) &&
         literal_eq(&a->high, &b->high) && item_eq(a->right, b->right) &&
         item_eq(a->within, b->within);
}

static bool shapes_eq(const Meaning *a, const Meaning *b) {
  const Window *v = &a->window, *w = &b->window;
  return v->kind == w->kind && v->direction == w->direction && item_eq(v->of, w->of) &&
         item_eq(v->by, w->by) && item_eq(v->within, w->within) &&
         item_eq(a->united, b->united) && condition_eq(&a->share, &b->share) &&
         a->label.used == b->label.used &&
         (!a->label.used || (condition_eq(&a->label.when, &b->label.when) &&
                             literal_eq(&a->label.yes, &b->label.yes) &&
                             literal_eq(&a->label.no, &b->label.no)));
}

bool meaning_eq(const Meaning *a, const Meaning *b) {
  if (a->kind != b->kind || a->root != b->root || a->output_count != b->output_count ||
      a->condition_count != b->condition_count || a->having_count != b->having_count ||
      a->group_count != b->group_count || a->order_count != b->order_count ||
      a->limit != b->limit || a->offset != b->offset || a->distinct != b->distinct ||
      a->scope_count != b->scope_count || a->needed_count != b->needed_count ||
      a->set != b->set || a->split != b->split || a->page != b->page ||
      a->tree != b->tree || a->per_group != b->per_group || a->many != b->many ||
      a->returning != b->returning || a->check != b->check || a->apart != b->apart ||
      a->total != b->total || a->nested != b->nested || a->outer != b->outer ||
      a->beyond != b->beyond || a->eager_count != b->eager_count ||
      a->conflict != b->conflict || a->assignment_count != b->assignment_count ||
      !shapes_eq(a, b))
    return false;
  for (uint32_t i = 0; i < a->eager_count; i++)
    if (a->eager[i] != b->eager[i])
      return false;
  for (uint32_t i = 0; i < a->assignment_count; i++)
    if (a->assignments[i].column != b->assignments[i].column ||
        a->assignments[i].change != b->assignments[i].change ||
        !literal_eq(&a->assignments[i].value, &b->assignments[i].value))
      return false;
  for (uint32_t i = 0; i < a->output_count; i++)
    if (!item_eq(a->outputs[i], b->outputs[i]))
      return false;
  for (uint32_t i = 0; i < a->condition_count; i++)
    if (!condition_eq(&a->conditions[i], &b->conditions[i]))
      return false;
  for (uint32_t i = 0; i < a->having_count; i++)
    if (!condition_eq(&a->having[i], &b->having[i]))
      return false;
  for (uint32_t i = 0; i < a->group_count; i++)
    if (!item_eq(a->groups[i], b->groups[i]))
      return false;
  for (uint32_t i = 0; i < a->order_count; i++)
    if (!item_eq(a->orders[i].item, b->orders[i].item) ||
        a->orders[i].direction != b->orders[i].direction)
      return false;
  for (uint32_t i = 0; i < a->needed_count; i++)
    if (a->needed[i] != b->needed[i])
      return false;
  for (uint32_t i = 0; i < a->scope_count; i++)
    if (a->absent[i] != b->absent[i])
      return false;
  return true;
}

// ---- In words

typedef struct {
  const QSchema *s;
  Buf *out;
  Arena arena;
  const Meaning *m;
} Printer;

static void add_conditions(Printer *p, const Condition *list, uint32_t count,
                           uint8_t scope, const char *intro);

// "OrderItem", "order_item" as "order item".
static void add_spaced(Buf *out, Str name) {
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool upper = c >= 'A' && c <= 'Z';
    bool lower_before = i && name.ptr[i - 1] >= 'a' && name.ptr[i - 1] <= 'z';
    if (upper && lower_before)
      buf_add_char(out, ' ');
    buf_add_char(out, c == '_' ? ' ' : upper ? (char)(c + 32) : c);
  }
}

static void add_table(Printer *p, int table, bool many) {
  Buf name = {0};
  add_spaced(&name, p->s->tables[table].cls);
  Str text = buf_str(&name);
  size_t blank = str_rfind_char(text, ' ');
  size_t from = blank == SIZE_MAX ? 0 : blank + 1;
  buf_add_str(p->out, str_slice(text, 0, from));
  Str last = str_slice(text, from, text.len);
  buf_add_str(p->out, many ? words_plural(&p->arena, last) : last);
  buf_free(&name);
}

static void add_item(Printer *p, Item i) {
  static const char *const aggs[] = {"",         "average ", "sum of ",
                                     "maximum ", "minimum ", "number of "};
  if (i.kind == ITEM_ENTITY) {
    add_table(p, i.table, true);
    return;
  }
  if (i.kind == ITEM_SHARE) {
    buf_add_text(p->out, "per cent of ");
    add_table(p, i.table, true);
    return;
  }
  if (i.kind == ITEM_COUNT) {
    buf_add_text(p->out, i.distinct ? "number of different " : "number of ");
    if (i.column < 0) {
      add_table(p, i.table, true);
      return;
    }
  } else {
    static const char *const parts[] = {"", "year of ", "month of ", "day of ",
                                        "hour of "};
    buf_add_text(p->out, aggs[i.agg]);
    buf_add_text(p->out, parts[i.part]);
  }
  add_spaced(p->out, p->s->tables[i.table].columns[i.column].attr);
  if (i.via) {
    const QEdge *e = &p->s->edges[i.via - 1];
    buf_add_text(p->out, " of the ");
    add_spaced(p->out, e->many_a ? e->attr_b : e->attr_a);
  }
  if (i.by_column) {
    buf_add_text(p->out, " times ");
    add_spaced(p->out, p->s->tables[i.by_table].columns[i.by_column - 1].attr);
  }
  buf_add_text(p->out, " of ");
  add_table(p, i.table, true);
}

static void add_number(Buf *out, double number) {
  if (number == (double)(long long)number)
    buf_printf(out, "%lld", (long long)number);
  else
    buf_printf(out, "%g", number);
}

static void add_literal(Printer *p, const Literal *v) {
  switch (v->kind) {
  case LITERAL_NUMBER:
    add_number(p->out, v->number);
    break;
  case LITERAL_AGO:
    if (v->number == 0) {
      buf_add_text(p->out, "now");
      break;
    }
    add_number(p->out, fabs(v->number));
    buf_printf(p->out, " %.*s%s %s", STR_ARG(v->text), fabs(v->number) == 1 ? "" : "s",
               v->number > 0 ? "ago" : "from now");
    break;
  case LITERAL_BOOLEAN:
    buf_add_text(p->out, v->number > 0 ? "true" : "false");
    break;
  case LITERAL_PERIOD:
    if (v->text.len)
      buf_printf(p->out, "%s %.*s", v->number > 0 ? "the last" : "this",
                 STR_ARG(v->text));
    else if ((int)v->number % 100)
      buf_printf(p->out, "%d-%02d", (int)v->number / 100, (int)v->number % 100);
    else
      buf_printf(p->out, "%d", (int)v->number / 100);
    break;
  case LITERAL_GIVEN:
    buf_add_text(p->out, v->number > 0 ? "one of the given " : "the given ");
    if (v->text.len)
      buf_add_str(p->out, v->text);
    else
      buf_add_text(p->out, v->number > 0 ? "values" : "value");
    break;
  case LITERAL_SEX:
    buf_add_text(p->out, v->number > 0 ? "female" : "male");
    break;
  default:
    buf_printf(p->out, "\xe2\x80\x9c%.*s\xe2\x80\x9d", STR_ARG(v->text));
  }
}

// How a comparison is said: an earlier time is more days ago, and before a date.
static const char *comparison_words(const Condition *c) {
  static const char *const ops[] = {"is",          "is not",       "is more than",
                                    "is at least", "is less than", "is at most"};
  static const char *const ago[] = {"is",         "is not",       "is less than",
                                    "is at most", "is more than", "is at least"};
  static const char *const dates[] = {
      "is", "is not", "is after", "is not before", "is before", "is not after"};
  if (c->side != SIDE_VALUE)
    return ops[c->op];
  if (c->value.kind == LITERAL_DATE || (c->value.kind == LITERAL_AGO && !c->value.number))
    return dates[c->op];
  return c->value.kind == LITERAL_AGO && c->value.number > 0 ? ago[c->op] : ops[c->op];
}

static void add_condition_words(Printer *p, const Condition *c) {
  static const char *const likes[] = {"contains", "starts with", "ends with"};
  if (c->op == OP_ROWS) {
    const QEdge *e = &p->s->edges[c->right.via - 1];
    buf_printf(p->out, "there are %s", c->negated ? "no " : "");
    add_spaced(p->out, e->many_a ? e->attr_a : e->attr_b);
    return;
  }
  add_item(p, c->left);
  buf_add_char(p->out, ' ');
  if (c->op == OP_NULL) {
    buf_add_text(p->out, c->negated ? "is known" : "is not known");
    return;
  }
  if (c->op == OP_TRUE) {
    buf_add_text(p->out, c->negated ? "is false" : "is true");
    return;
  }
  if (c->op <= OP_LE)
    buf_add_text(p->out, comparison_words(c));
  else
    buf_printf(p->out, "%s%s", c->negated ? "is not such that it " : "",
               c->op == OP_LIKE ? likes[c->like] : "is between");
  buf_add_char(p->out, ' ');
  if (c->side == SIDE_SAME && !c->value.kind) {
    buf_add_text(p->out, "one of the ");
    add_item(p, c->right);
    return;
  }
  if (c->side == SIDE_SAME) {
    buf_add_text(p->out, "that of the one where ");
    add_item(p, c->right);
    buf_add_text(p->out, " is ");
    add_literal(p, &c->value);
    return;
  }
  if (c->side != SIDE_VALUE) {
    buf_add_text(p->out, "the ");
    add_item(p, c->right);
    if (c->within.kind) {
      buf_add_text(p->out, " with the same ");
      add_spaced(p->out, p->s->tables[c->within.table].columns[c->within.column].attr);
    }
    if (p->m && c->right.agg)
      add_conditions(p, p->m->conditions, p->m->condition_count, SCOPE_INNER,
                     " of those where ");
    return;
  }
  add_literal(p, &c->value);
  if (c->op == OP_BETWEEN) {
    buf_add_text(p->out, " and ");
    add_literal(p, &c->high);
  }
}

static void add_conditions(Printer *p, const Condition *list, uint32_t count,
                           uint8_t scope, const char *intro) {
  bool any = false;
  for (uint32_t i = 0; i < count; i++) {
    if (list[i].scope != scope)
      continue;
    buf_add_text(p->out, any ? (list[i].or_ ? " or " : " and ") : intro);
    any = true;
    add_condition_words(p, &list[i]);
  }
}

static void add_change(Printer *p, const Meaning *m) {
  static const char *const verbs[] = {"", "add ", "change ", "delete ", "add or update "};
  buf_add_text(p->out, verbs[m->kind]);
  if (m->many || m->kind == MEANS_UPDATE || m->kind == MEANS_DELETE)
    add_table(p, m->root, true);
  else {
    buf_add_text(p->out, "one ");
    add_table(p, m->root, false);
  }
  for (uint32_t i = 0; i < m->assignment_count; i++) {
    const Assignment *a = &m->assignments[i];
    buf_add_text(p->out, i ? " and " : ", setting ");
    add_spaced(p->out, p->s->tables[m->root].columns[a->column].attr);
    buf_add_text(p->out, a->change == '='   ? " to "
                         : a->change == '-' ? " to itself minus "
                         : a->change == '+' ? " to itself plus "
                                            : " to itself changed by ");
    add_literal(p, &a->value);
    buf_add_text(p->out, a->change == '*' ? " %" : "");
  }
  if (m->kind == MEANS_UPSERT && m->conflict >= 0) {
    buf_add_text(p->out, ", told apart by ");
    add_spaced(p->out, p->s->tables[m->root].columns[m->conflict].attr);
  }
}

static void add_shapes(Printer *p, const Meaning *m) {
  const Window *v = &m->window;
  if (m->set == SET_UNION) {
    buf_add_text(p->out, " and ");
    add_item(p, m->united);
    buf_add_text(p->out, " in one list");
  }
  if (v->kind) {
    buf_add_text(p->out,
                 v->kind == WINDOW_RANK ? ", with the rank" : ", with the running ");
    if (v->kind == WINDOW_RUNNING)
      add_item(p, v->of);
    buf_add_text(p->out, " by ");
    add_item(p, v->by);
    if (v->within.kind) {
      buf_add_text(p->out, " within each ");
      add_item(p, v->within);
    }
  }
  for (uint32_t i = 0; i < m->output_count; i++)
    if (m->outputs[i].kind == ITEM_SHARE) {
      buf_add_text(p->out, " whose ");
      add_condition_words(p, &m->share);
    }
  if (m->label.used) {
    buf_add_text(p->out, ", with the label ");
    add_literal(p, &m->label.yes);
    buf_add_text(p->out, " where ");
    add_condition_words(p, &m->label.when);
    buf_add_text(p->out, ", otherwise ");
    add_literal(p, &m->label.no);
  }
}

static void add_extras(Printer *p, const Meaning *m) {
  for (uint32_t i = 0; i < m->eager_count; i++) {
    buf_add_text(p->out, i ? " and their " : ", with their ");
    add_table(p, m->eager[i], true);
  }
  buf_add_text(p->out, m->page == PAGE_OFFSET   ? ", a page at a time"
                       : m->page == PAGE_KEYSET ? ", a page at a time behind a key"
                                                : "");
  buf_add_text(p->out, m->tree && m->beyond ? ", without the first ones," : "");
  buf_add_text(p->out, m->tree == TREE_DOWN ? " with all that are below one"
                       : m->tree == TREE_UP ? " with all that are above one"
                                            : "");
  buf_add_text(p->out, m->total ? " and how many there are in all" : "");
  buf_add_text(p->out, m->outer ? ", also where there are none" : "");
  buf_add_text(p->out, m->returning ? ", giving back the rows" : "");
}

void meaning_write(const Meaning *m, const QSchema *s, Buf *out) {
  Printer p = {.s = s, .out = out, .m = m};
  size_t start = out->len;
  if (m->kind != MEANS_SELECT)
    add_change(&p, m);
  if (m->check)
    buf_add_text(out, "whether there are ");
  if (m->limit == 1 && m->offset && m->kind == MEANS_SELECT)
    buf_printf(out, "number %d of ", (int)m->offset + 1);
  else if (m->limit == 1 && m->kind == MEANS_SELECT)
    buf_add_text(out, "the first of ");
  else if (m->limit && m->offset && m->kind == MEANS_SELECT)
    buf_printf(out, "the %d behind the first %d of ", (int)m->limit, (int)m->offset);
  else if (m->limit && m->kind == MEANS_SELECT)
    buf_printf(out, "the first %d of ", (int)m->limit);
  if (m->nested) {
    static const char *const aggs[] = {"", "average", "sum", "maximum", "minimum"};
    buf_printf(out, "the %s of the ", aggs[m->nested]);
  }
  if (m->distinct)
    buf_add_text(out, "the different ");
  for (uint32_t i = 0; m->kind == MEANS_SELECT && i < m->output_count; i++) {
    buf_add_text(out, i == 0 ? "" : i + 1 == m->output_count ? " and " : ", ");
    add_item(&p, m->outputs[i]);
  }
  bool two = m->set == SET_INTERSECT || m->set == SET_EXCEPT;
  uint32_t end = two ? m->split : m->condition_count;
  add_shapes(&p, m);
  add_conditions(&p, m->conditions, end, 0, " where ");
  if (two) {
    buf_add_text(out, m->set == SET_INTERSECT ? ", and that also are found where "
                                              : ", but are not found where ");
    add_conditions(&p, m->conditions + end, m->condition_count - end, 0, "");
  }
  for (uint32_t i = 0; m->kind != MEANS_SELECT && i < m->needed_count; i++) {
    buf_add_text(out, ", with ");
    add_table(&p, m->needed[i], true);
  }
  for (uint32_t i = 0; i < m->scope_count; i++) {
    buf_add_text(out, ", without any ");
    add_table(&p, m->absent[i], false);
    add_conditions(&p, m->conditions, m->condition_count, (uint8_t)(i + 1), " whose ");
  }
  for (uint32_t i = 0; i < m->group_count; i++) {
    buf_add_text(out, i ? ", " : ", for each ");
    if (m->groups[i].kind == ITEM_ENTITY)
      add_table(&p, m->groups[i].table, false);
    else
      add_item(&p, m->groups[i]);
  }
  add_conditions(&p, m->having, m->having_count, 0, ", only where the ");
  for (uint32_t i = 0; i < m->having_count && m->apart; i++)
    add_conditions(&p, m->conditions, m->condition_count, (uint8_t)(SCOPE_APART + i),
                   ", counting those where ");
  for (uint32_t i = 0; i < m->order_count; i++) {
    buf_add_text(out, i ? ", " : ", ordered by ");
    add_item(&p, m->orders[i].item);
    if (m->orders[i].direction == DESCENDING)
      buf_add_text(out, ", the greatest first");
  }
  add_extras(&p, m);
  if (out->len > start && out->ptr[start] >= 'a' && out->ptr[start] <= 'z')
    out->ptr[start] = (char)(out->ptr[start] - 32);
  arena_reset(&p.arena);
}
