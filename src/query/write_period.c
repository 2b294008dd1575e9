// write_period.c: dates compared with whole years, months and days; moments too, which no
// comparison with the first moment of a day finds.
#include "query/write_internal.h"

#include <stdio.h>
#include <string.h>

static int days_in(int year, int month) {
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

bool moment_read(Str text, Moment *out) {
  char copy[32];
  int a, b, c, used = 0;
  Moment m = {0};
  if (text.len >= sizeof copy)
    return false;
  memcpy(copy, text.ptr, text.len);
  copy[text.len] = 0;
  if (sscanf(copy, "%4d%*1[-/]%2d%*1[-/]%4d%n", &a, &b, &c, &used) != 3)
    return false;
  bool year_first = strcspn(copy, "-/") == 4;
  m.year = year_first ? a : c;
  m.month = year_first ? b : a;
  m.day = year_first ? c : b;
  m.time = copy[used] != 0;
  if (m.time &&
      sscanf(copy + used, "%*1[ T]%2d:%2d:%2d", &m.hour, &m.minute, &m.second) < 2)
    return false;
  *out = m;
  return m.year > 0 && m.month >= 1 && m.month <= 12 && m.day >= 1 &&
         m.day <= days_in(m.year, m.month) && m.hour < 24 && m.minute < 60 &&
         m.second < 60;
}

// A whole day; of the last one that Python knows, which stands for no end, the moment.
static bool is_day(const Literal *v) {
  Moment m;
  return v->kind == LITERAL_DATE && moment_read(v->text, &m) && !m.time &&
         (m.year < 9999 || m.month < 12 || m.day < 31);
}

bool is_period(const Writer *w, const Condition *c) {
  if (c->side != SIDE_VALUE || c->op > OP_BETWEEN || c->left.kind != ITEM_COLUMN)
    return false;
  if (c->value.kind == LITERAL_PERIOD)
    return true;
  const QColumn *col = qschema_column(w->s, c->left.table, c->left.column);
  return col->type == QTYPE_DATETIME && !c->left.agg && is_day(&c->value) &&
         (c->op != OP_BETWEEN || is_day(&c->high));
}

// The first moment of the day, and with `end` that of the next one.
static Str day_edge(Writer *w, const Literal *v, bool end) {
  Moment m;
  moment_read(v->text, &m);
  m.day += end;
  if (m.day > days_in(m.year, m.month)) {
    m.day = 1;
    m.month++;
  }
  if (m.month > 12) {
    m.month = 1;
    m.year++;
  }
  add_import(w, "datetime", STR("datetime"));
  return str_format(w->arena, "datetime(%d, %d, %d)", m.year, m.month, m.day);
}

// The first day of a period, and with `end` that of the next one, as Python.
static Str period_edge(Writer *w, const QColumn *c, const Literal *v, bool end) {
  bool time = c->type == QTYPE_DATETIME;
  const char *type = time ? "datetime" : "date";
  if (v->kind == LITERAL_DATE)
    return day_edge(w, v, end);
  add_import(w, "datetime", str_from(type));
  int year = (int)v->number / 100, month = (int)v->number % 100;
  if (end && month)
    month++;
  if (month > 12 || (end && !month)) {
    year++;
    month = 1;
  }
  return str_format(w->arena, "%s(%d, %d, 1)", type, year, month ? month : 1);
}

// "this month": lines of setup that name its first day; the day behind its last.
static void relative_period(Writer *w, const QColumn *c, const Literal *v, Str *from,
                            Str *to) {
  static const struct {
    const char *unit, *first; // of the period of today
    const char *open;         // before a day that steps to another first one
    const char *before, *behind;
  } units[] = {
      {"year", "date.today().replace(month=1, day=1)", "(",
       " - timedelta(days=1)).replace(month=1, day=1)",
       " + timedelta(days=366)).replace(day=1)"},
      {"month", "date.today().replace(day=1)", "(",
       " - timedelta(days=1)).replace(day=1)", " + timedelta(days=31)).replace(day=1)"},
      {"week", "date.today() - timedelta(days=date.today().weekday())", "",
       " - timedelta(days=7)", " + timedelta(days=7)"},
      {"day", "date.today()", "", " - timedelta(days=1)", " + timedelta(days=1)"},
  };
  size_t u = 0;
  while (u + 1 < ARRAY_LEN(units) && !str_is(v->text, units[u].unit))
    u++;
  add_import(w, "datetime", STR("date"));
  add_import(w, "datetime", STR("timedelta"));
  Str start = add_local(w, "start", str_from(units[u].first));
  if (v->number > 0)
    add_setup(w, str_format(w->arena, "%.*s = %s%.*s%s", STR_ARG(start), units[u].open,
                            STR_ARG(start), units[u].before));
  Str end = add_local(
      w, "end",
      str_format(w->arena, "%s%.*s%s", units[u].open, STR_ARG(start), units[u].behind));
  if (c->type == QTYPE_DATETIME) {
    add_import(w, "datetime", STR("datetime"));
    add_import(w, "datetime", STR("time"));
    add_setup(w, str_format(w->arena,
                            "%.*s, %.*s = (datetime.combine(d, time()) for d in (%.*s, "
                            "%.*s))",
                            STR_ARG(start), STR_ARG(end), STR_ARG(start), STR_ARG(end)));
  }
  *from = start;
  *to = end;
}

Str period_code(Writer *w, const Condition *c, Str left) {
  const QColumn *col = qschema_column(w->s, c->left.table, c->left.column);
  const Literal *last = c->op == OP_BETWEEN ? &c->high : &c->value;
  Str from, to;
  bool relative = c->value.kind == LITERAL_PERIOD && c->value.text.len;
  if (relative) {
    relative_period(w, col, &c->value, &from, &to);
  } else {
    from = period_edge(w, col, &c->value, false);
    to = period_edge(w, col, last, true);
  }
  Str type = bare_type(w, c->left);
  bool whole = c->op == OP_EQ || c->op == OP_NE || c->op == OP_BETWEEN;
  bool named = !relative;
  if (!whole) {
    bool upper = c->op == OP_GT || c->op == OP_LE;
    Str edge = upper ? to : from;
    if (named)
      edge = add_parameter(w, upper == (c->op == OP_GT) ? STR("since") : STR("before"),
                           type, edge);
    return str_format(w->arena, "%.*s %s %.*s", STR_ARG(left),
                      c->op == OP_GT || c->op == OP_GE ? ">=" : "<", STR_ARG(edge));
  }
  if (named) {
    from = add_parameter(w, STR("start"), type, from);
    to = add_parameter(w, STR("end"), type, to);
  }
  add_import(w, "sqlalchemy", STR("and_"));
  bool not_in = c->op == OP_NE || c->negated;
  return str_format(w->arena, "%sand_(%.*s >= %.*s, %.*s < %.*s)", not_in ? "~" : "",
                    STR_ARG(left), STR_ARG(from), STR_ARG(left), STR_ARG(to));
}
