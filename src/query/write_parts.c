// write_parts.c: expressions, values, parameters, conditions.
#include "query/write_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void add_import(Writer *w, const char *module, Str name) {
  for (uint32_t i = 0; i < w->import_count; i++)
    if (str_is(w->imports[i].module, module) && str_eq(w->imports[i].name, name))
      return;
  if (w->import_count < MAX_IMPORTS)
    w->imports[w->import_count++] = (Import){str_copy(w->arena, str_from(module)), name};
}

void import_class(Writer *w, int table) {
  const QTable *t = &w->s->tables[table];
  Str module = str_copy(w->arena, t->module);
  if (module.len)
    add_import(w, module.ptr, t->cls);
}

// Words of Python and names that the code has already.
static bool taken_word(Str name) {
  static const char words[] =
      "session connection rows stmt select func first second and as "
      "assert async await break class continue def del elif else except "
      "False finally for from global if import in is lambda None "
      "nonlocal not or pass raise return True try while with yield date "
      "datetime or_ list type id distinct timedelta exists intersect int "
      "str float";
  return words_in_list(words, name);
}

static bool is_identifier(Str name) {
  bool digit = false;
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    digit = c >= '0' && c <= '9';
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    if (!letter && (!digit || !i))
      return false;
  }
  return name.len > 0;
}

// The name of a Table: that of the database, where no parameter can have it too.
Str table_name(const Writer *w, int table) {
  const QTable *t = &w->s->tables[table];
  Str name = is_identifier(t->table)
                 ? t->table
                 : words_plural(w->arena, snake_name(w->arena, t->cls));
  bool clash = taken_word(name) || str_eq(name, t->cls);
  for (uint32_t i = 0; !clash && i < w->s->table_count; i++)
    for (uint32_t k = 0; k < w->s->tables[i].column_count; k++)
      clash |= str_eq(w->s->tables[i].columns[k].attr, name);
  return clash ? str_format(w->arena, "%.*s_table", STR_ARG(name)) : name;
}

static bool taken(const Writer *w, Str name) {
  for (uint32_t i = 0; i < w->parameter_count; i++)
    if (str_eq(w->parameters[i].name, name))
      return true;
  for (uint32_t i = 0; i < w->local_count; i++)
    if (str_eq(w->locals[i], name))
      return true;
  for (uint32_t t = 0; w->options.core && t < w->s->table_count; t++)
    if (str_eq(table_name(w, (int)t), name))
      return true;
  return !str_is(name, "rows") && taken_word(name);
}

Str add_parameter(Writer *w, Str name, Str type, Str value) {
  Str out = name;
  for (uint32_t n = 2; taken(w, out); n++)
    out = n == 2 && !str_ends(name, STR("_value")) && w->parameter_count == 0 &&
                  w->local_count == 0
              ? str_format(w->arena, "%.*s_value", STR_ARG(name))
              : str_format(w->arena, "%.*s_%u", STR_ARG(name), n);
  if (w->parameter_count < MAX_PARAMETERS)
    w->parameters[w->parameter_count++] = (Parameter){out, type, value};
  return out;
}

void add_setup(Writer *w, Str line) {
  if (w->setup_count < ARRAY_LEN(w->setup))
    w->setup[w->setup_count++] = line;
  else
    w->failed = true;
}

Str add_local(Writer *w, const char *name, Str value) {
  Str out = str_from(name);
  for (uint32_t n = 2; taken(w, out); n++)
    out = str_format(w->arena, "%s_%u", name, n);
  if (w->local_count < ARRAY_LEN(w->locals))
    w->locals[w->local_count++] = out;
  else
    w->failed = true;
  add_setup(w, str_format(w->arena, "%.*s = %.*s", STR_ARG(out), STR_ARG(value)));
  return out;
}

Str snake_name(Arena *arena, Str cls) {
  Buf b = {0};
  for (size_t i = 0; i < cls.len; i++) {
    char c = cls.ptr[i];
    bool upper = c >= 'A' && c <= 'Z';
    if (upper && i && cls.ptr[i - 1] >= 'a' && cls.ptr[i - 1] <= 'z')
      buf_add_char(&b, '_');
    buf_add_char(&b, upper ? (char)(c + 32) : c);
  }
  Str out = str_copy(arena, buf_str(&b));
  buf_free(&b);
  return out;
}

const char *connection_name(const Writer *w) {
  return w->options.core ? "connection" : "session";
}

Str table_code(Writer *w, int table) {
  import_class(w, table);
  if (!w->options.core)
    return w->s->tables[table].cls;
  bool known = false;
  for (uint32_t i = 0; i < w->table_count; i++)
    known |= w->tables[i] == table;
  if (!known && w->table_count < MAX_IMPORTS)
    w->tables[w->table_count++] = table;
  return table_name(w, table);
}

Str key_name(const Writer *w, const QColumn *c) {
  if (!w->options.core)
    return c->attr;
  return is_identifier(c->name) && !taken_word(c->name) ? c->name : STR("");
}

// A column of a Table; names that the collection itself has stand in brackets.
static Str table_column(Writer *w, Item i) {
  static const char *const own[] = {"keys",    "values",          "items",
                                    "get",     "contains_column", "add",
                                    "compare", "as_readonly",     NULL};
  Str name = w->s->tables[i.table].columns[i.column].name, table = table_code(w, i.table);
  bool plain = is_identifier(name) && (!taken_word(name) || str_is(name, "id") ||
                                       str_is(name, "type") || str_is(name, "date"));
  for (size_t k = 0; own[k]; k++)
    plain = plain && !str_is(name, own[k]);
  if (plain)
    return str_format(w->arena, "%.*s.c.%.*s", STR_ARG(table), STR_ARG(name));
  return str_format(w->arena, "%.*s.c[%.*s]", STR_ARG(table),
                    STR_ARG(python_string(w->arena, name)));
}

Str self_attribute(const QSchema *s, uint8_t via, bool many) {
  const QEdge *e = &s->edges[via - 1];
  return e->many_a == many ? e->attr_a : e->attr_b;
}

Str column_code(Writer *w, Item i) {
  if (i.via) // of the row above
    return str_format(w->arena, "%.*s.%.*s", STR_ARG(self_attribute(w->s, i.via, false)),
                      STR_ARG(qschema_column(w->s, i.table, i.column)->attr));
  if (w->options.core)
    return table_column(w, i);
  import_class(w, i.table);
  const QTable *t = &w->s->tables[i.table];
  return str_format(w->arena, "%.*s.%.*s", STR_ARG(t->cls),
                    STR_ARG(t->columns[i.column].attr));
}

Str item_code(Writer *w, Item i) {
  static const char *const aggs[] = {"", "avg", "sum", "max", "min", "count"};
  if (i.kind == ITEM_ENTITY)
    return table_code(w, i.table);
  if (i.kind == ITEM_SHARE) {
    add_import(w, "sqlalchemy", STR("case"));
    add_import(w, "sqlalchemy", STR("func"));
    Str when = condition_code(w, &w->m->share);
    return str_format(w->arena, "func.avg(case((%.*s, 100.0), else_=0.0))",
                      STR_ARG(when));
  }
  if (i.kind == ITEM_COUNT) {
    add_import(w, "sqlalchemy", STR("func"));
    int key = w->s->tables[i.table].key_column;
    if (i.column < 0 && w->m->outer && key >= 0) {
      Item counted = {ITEM_COLUMN, 0, 0, i.table, (int16_t)key};
      return str_format(w->arena, "func.count(%.*s)", STR_ARG(column_code(w, counted)));
    }
    if (i.column < 0)
      return STR("func.count()");
    return str_format(w->arena, "func.count(%.*s%s)", STR_ARG(column_code(w, i)),
                      i.distinct ? ".distinct()" : "");
  }
  Str column = column_code(w, i);
  if (i.by_column) {
    Item by = {ITEM_COLUMN, 0, 0, i.by_table, (int16_t)(i.by_column - 1)};
    column =
        str_format(w->arena, "%.*s * %.*s", STR_ARG(column), STR_ARG(column_code(w, by)));
  }
  if (i.part) {
    static const char *const parts[] = {"", "year", "month", "day", "hour"};
    add_import(w, "sqlalchemy", STR("extract"));
    return str_format(w->arena, "extract(\"%s\", %.*s)", parts[i.part], STR_ARG(column));
  }
  if (!i.agg)
    return column;
  add_import(w, "sqlalchemy", STR("func"));
  return str_format(w->arena, "func.%s(%.*s)", aggs[i.agg], STR_ARG(column));
}

Str python_string(Arena *arena, Str text) {
  Buf b = {0};
  bool single = memchr(text.ptr, '"', text.len) && !memchr(text.ptr, '\'', text.len);
  char quote = single ? '\'' : '"';
  buf_add_char(&b, quote);
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == quote || c == '\\')
      buf_add_char(&b, '\\');
    if (c == '\n')
      buf_add_text(&b, "\\n");
    else if ((unsigned char)c >= 32)
      buf_add_char(&b, c);
  }
  buf_add_char(&b, quote);
  Str out = str_copy(arena, buf_str(&b));
  buf_free(&b);
  return out;
}

Str python_type(Writer *w, Item i) {
  if (i.kind == ITEM_ENTITY && w->options.core) {
    add_import(w, "sqlalchemy", STR("Row"));
    add_import(w, "typing", STR("Any"));
    return STR("Row[Any]");
  }
  if (i.kind == ITEM_ENTITY)
    return item_code(w, i);
  if (i.kind == ITEM_COUNT || i.part)
    return STR("int");
  if (i.agg == AGG_AVG)
    return STR("float");
  const QColumn *c = qschema_column(w->s, i.table, i.column);
  Str type = STR("Any");
  switch (c->type) {
  case QTYPE_INTEGER:
    type = STR("int");
    break;
  case QTYPE_FLOAT:
    type = c->decimal ? STR("Decimal") : STR("float");
    if (c->decimal)
      add_import(w, "decimal", STR("Decimal"));
    break;
  case QTYPE_STRING:
    type = STR("str");
    break;
  case QTYPE_BOOLEAN:
    type = STR("bool");
    break;
  case QTYPE_DATE:
    type = STR("date");
    add_import(w, "datetime", STR("date"));
    break;
  case QTYPE_DATETIME:
    type = STR("datetime");
    add_import(w, "datetime", STR("datetime"));
    break;
  case QTYPE_TIME:
    type = STR("time");
    add_import(w, "datetime", STR("time"));
    break;
  case QTYPE_ENUM:
    type = c->enum_class.len ? c->enum_class : STR("str");
    if (c->enum_class.len && c->enum_module.len)
      add_import(w, str_copy(w->arena, c->enum_module).ptr, c->enum_class);
    break;
  default:
    add_import(w, "typing", STR("Any"));
    return type;
  }
  return c->nullable ? str_format(w->arena, "%.*s | None", STR_ARG(type)) : type;
}

static Str number_code(Arena *arena, double number) {
  if (number == (double)(long long)number)
    return str_format(arena, "%lld", (long long)number);
  return str_format(arena, "%.12g", number);
}

static Str parameter_name(Writer *w, Item left, Op op) {
  Str attr = left.column < 0 ? STR("count")
                             : qschema_column(w->s, left.table, left.column)->attr;
  if (left.kind == ITEM_COUNT)
    attr = snake_name(w->arena, words_plural(w->arena, w->s->tables[left.table].cls));
  while (attr.len && attr.ptr[attr.len - 1] == '_')
    attr.len--;
  if (str_is(attr, "id"))
    attr = str_format(w->arena, "%.*s_id",
                      STR_ARG(snake_name(w->arena, w->s->tables[left.table].cls)));
  if (op == OP_GT || op == OP_GE)
    return str_format(w->arena, "min_%.*s", STR_ARG(attr));
  if (op == OP_LT || op == OP_LE)
    return str_format(w->arena, "max_%.*s", STR_ARG(attr));
  return attr;
}

Str bare_type(Writer *w, Item i) {
  Str type = python_type(w, i);
  return str_ends(type, STR(" | None")) ? str_slice(type, 0, type.len - 7) : type;
}

// "2007-11-05" as date(2007, 11, 5); "" where it is no date.
static Str date_code(Writer *w, Str text, bool time) {
  Moment m;
  if (!moment_read(text, &m))
    return STR("");
  add_import(w, "datetime", time ? STR("datetime") : STR("date"));
  if (time && m.time)
    return str_format(w->arena,
                      m.second ? "datetime(%d, %d, %d, %d, %d, %d)"
                               : "datetime(%d, %d, %d, %d, %d)",
                      m.year, m.month, m.day, m.hour, m.minute, m.second);
  return str_format(w->arena, "%s(%d, %d, %d)", time ? "datetime" : "date", m.year,
                    m.month, m.day);
}

static Str ago_code(Writer *w, const QColumn *c, const Literal *v) {
  static const struct {
    const char *unit, *name;
    int factor;
  } units[] = {{"minute", "minutes", 1}, {"hour", "hours", 1},  {"day", "days", 1},
               {"week", "weeks", 1},     {"month", "days", 30}, {"year", "days", 365}};
  const char *name = "days";
  int factor = 1;
  for (size_t i = 0; i < ARRAY_LEN(units); i++)
    if (str_is(v->text, units[i].unit)) {
      name = units[i].name;
      factor = units[i].factor;
    }
  if (v->number == 0) { // now
    add_import(w, "datetime", c->type == QTYPE_DATE ? STR("date") : STR("datetime"));
    if (c->type == QTYPE_DATE)
      return STR("date.today()");
    if (c->timezone)
      add_import(w, "datetime", STR("timezone"));
    return c->timezone ? STR("datetime.now(timezone.utc)") : STR("datetime.now()");
  }
  char sign = v->number < 0 ? '+' : '-';
  Str parameter = add_parameter(w, str_from(name), STR("int"),
                                number_code(w->arena, fabs(v->number) * factor));
  add_import(w, "datetime", STR("timedelta"));
  if (c->type == QTYPE_DATE) {
    add_import(w, "datetime", STR("date"));
    return str_format(w->arena, "date.today() %c timedelta(%s=%.*s)", sign, name,
                      STR_ARG(parameter));
  }
  add_import(w, "datetime", STR("datetime"));
  if (c->timezone)
    add_import(w, "datetime", STR("timezone"));
  return str_format(w->arena, "datetime.now(%s) %c timedelta(%s=%.*s)",
                    c->timezone ? "timezone.utc" : "", sign, name, STR_ARG(parameter));
}

static Str enum_value(Writer *w, const QColumn *c, Str text) {
  for (uint32_t i = 0; i < c->member_count; i++)
    if (str_eq_nocase(c->members[i], text)) {
      if (!c->enum_class.len)
        return python_string(w->arena, c->members[i]);
      return str_format(w->arena, "%.*s.%.*s", STR_ARG(c->enum_class),
                        STR_ARG(c->members[i]));
    }
  return python_string(w->arena, text);
}

// The value as Python, before it becomes a parameter's default.
static Str literal_code(Writer *w, const QColumn *c, const Literal *v) {
  if (v->kind == LITERAL_NUMBER) {
    if (c && c->type == QTYPE_STRING)
      return python_string(w->arena,
                           v->spelled ? number_code(w->arena, v->number) : v->text);
    if (c && c->decimal) {
      add_import(w, "decimal", STR("Decimal"));
      return str_format(w->arena, "Decimal(\"%.*s\")",
                        STR_ARG(number_code(w->arena, v->number)));
    }
    return number_code(w->arena, v->number);
  }
  if (c && (c->type == QTYPE_DATE || c->type == QTYPE_DATETIME)) {
    Str code = date_code(w, v->text, c->type == QTYPE_DATETIME);
    if (code.len)
      return code;
  }
  if (c && c->type == QTYPE_ENUM)
    return enum_value(w, c, v->text);
  return python_string(w->arena, v->text);
}

// What the caller gives: a parameter without a default.
static Str given_code(Writer *w, Item left, Op op, const Literal *v) {
  Str type = left.kind == ITEM_COLUMN ? bare_type(w, left) : STR("int");
  Str name = v->text.len ? v->text : parameter_name(w, left, op);
  if (v->number > 0) {
    add_import(w, "collections.abc", STR("Sequence"));
    type = str_format(w->arena, "Sequence[%.*s]", STR_ARG(type));
    name = words_plural(w->arena, name);
  }
  return add_parameter(w, name, type, STR(""));
}

Str value_code(Writer *w, Item left, Op op, const Literal *v) {
  const QColumn *c =
      left.kind == ITEM_COLUMN ? qschema_column(w->s, left.table, left.column) : NULL;
  if (v->kind == LITERAL_GIVEN)
    return given_code(w, left, op, v);
  if (v->kind == LITERAL_AGO && c)
    return ago_code(w, c, v);
  Str code = literal_code(w, left.agg ? NULL : c, v);
  Str type = c ? bare_type(w, left) : STR("int");
  if (str_is(type, "int") && v->kind == LITERAL_NUMBER &&
      v->number != (double)(long long)v->number)
    type = STR("float");
  if (v->kind == LITERAL_TEXT && (str_is(type, "int") || str_is(type, "float")))
    type = STR("str");
  return add_parameter(w, parameter_name(w, left, op), type, code);
}

static Str like_code(Writer *w, const Condition *c, Str column) {
  static const char *const methods[] = {"contains", "startswith", "endswith"};
  bool given = c->value.kind == LITERAL_GIVEN;
  Str value = add_parameter(
      w, given && c->value.text.len ? c->value.text : parameter_name(w, c->left, OP_LIKE),
      STR("str"), given ? STR("") : python_string(w->arena, c->value.text));
  if (given)
    return str_format(w->arena, "%s%.*s.i%s(%.*s, autoescape=True)",
                      c->negated ? "~" : "", STR_ARG(column), methods[c->like],
                      STR_ARG(value));
  return str_format(w->arena, "%s%.*s.%s(%.*s, autoescape=True)", c->negated ? "~" : "",
                    STR_ARG(column), methods[c->like], STR_ARG(value));
}

Str condition_code(Writer *w, const Condition *c) {
  static const char *const ops[] = {"==", "!=", ">", ">=", "<", "<="};
  Str left = item_code(w, c->left);
  if (c->op == OP_ROWS)
    return str_format(w->arena, "%s%.*s.%.*s.any()", c->negated ? "~" : "",
                      STR_ARG(table_code(w, c->left.table)),
                      STR_ARG(self_attribute(w->s, c->right.via, true)));
  if (c->side == SIDE_SAME)
    return same_code(w, c);
  if (is_period(w, c))
    return period_code(w, c, left);
  if (c->side == SIDE_VALUE && c->value.kind == LITERAL_GIVEN && c->value.number > 0) {
    Str value = value_code(w, c->left, OP_EQ, &c->value);
    return str_format(w->arena, "%.*s.%s(%.*s)", STR_ARG(left),
                      c->op == OP_NE ? "not_in" : "in_", STR_ARG(value));
  }
  if (c->op == OP_NULL)
    return str_format(w->arena, "%.*s.is%s(None)", STR_ARG(left),
                      c->negated ? "_not" : "_");
  if (c->op == OP_TRUE)
    return str_format(w->arena, "%.*s.is_(%s)", STR_ARG(left),
                      c->negated ? "False" : "True");
  if (c->op == OP_LIKE)
    return like_code(w, c, left);
  if (c->value.kind == LITERAL_SEX && c->side == SIDE_VALUE) {
    add_import(w, "sqlalchemy", STR("func"));
    return str_format(w->arena, "func.lower(%.*s).%s([%s])", STR_ARG(left),
                      c->op == OP_NE ? "not_in" : "in_",
                      c->value.number > 0 ? "\"f\", \"female\"" : "\"m\", \"male\"");
  }
  if (c->op == OP_BETWEEN) {
    Str low = value_code(w, c->left, OP_GE, &c->value);
    Str high = value_code(w, c->left, OP_LE, &c->high);
    return str_format(w->arena, "%s%.*s.between(%.*s, %.*s)", c->negated ? "~" : "",
                      STR_ARG(left), STR_ARG(low), STR_ARG(high));
  }
  const QColumn *col = c->left.kind == ITEM_COLUMN && !c->left.agg
                           ? qschema_column(w->s, c->left.table, c->left.column)
                           : NULL;
  if (c->side == SIDE_VALUE && c->value.any_case && c->op <= OP_NE && col &&
      col->type == QTYPE_STRING) {
    add_import(w, "sqlalchemy", STR("func"));
    Str value = value_code(w, c->left, (Op)c->op, &c->value);
    return str_format(w->arena, "func.lower(%.*s) %s %.*s.lower()", STR_ARG(left),
                      ops[c->op], STR_ARG(value));
  }
  Str right = c->side == SIDE_VALUE ? value_code(w, c->left, (Op)c->op, &c->value)
                                    : side_code(w, c);
  return str_format(w->arena, "%.*s %s %.*s", STR_ARG(left), ops[c->op], STR_ARG(right));
}

// Alternatives of one column, "A or B or C", as in_().
static Str membership(Writer *w, const Condition *list, uint32_t count) {
  Buf values = {0};
  const Condition *c = &list[0];
  const QColumn *col = qschema_column(w->s, c->left.table, c->left.column);
  buf_add_char(&values, '(');
  for (uint32_t i = 0; i < count; i++) {
    buf_add_text(&values, i ? ", " : "");
    buf_add_str(&values, literal_code(w, col, &list[i].value));
  }
  buf_add_char(&values, ')');
  add_import(w, "collections.abc", STR("Sequence"));
  Str type = str_format(w->arena, "Sequence[%.*s]", STR_ARG(bare_type(w, c->left)));
  Str name = words_plural(w->arena, parameter_name(w, c->left, OP_EQ));
  Str parameter = add_parameter(w, name, type, str_copy(w->arena, buf_str(&values)));
  buf_free(&values);
  return str_format(w->arena, "%.*s.in_(%.*s)", STR_ARG(column_code(w, c->left)),
                    STR_ARG(parameter));
}

static bool plain_equal(const Writer *w, const Condition *c) {
  return c->op == OP_EQ && !is_period(w, c) && c->side == SIDE_VALUE &&
         c->left.kind == ITEM_COLUMN && !c->left.agg &&
         (c->value.kind == LITERAL_TEXT || c->value.kind == LITERAL_NUMBER ||
          c->value.kind == LITERAL_DATE);
}

uint32_t where_code(Writer *w, const Condition *all, uint32_t all_count, uint8_t scope,
                    Str *out) {
  Condition list[MAX_CONDITIONS];
  uint32_t count = 0, n = 0;
  for (uint32_t i = 0; i < all_count; i++)
    if (all[i].scope == scope)
      list[count++] = all[i];
  for (uint32_t i = 0; i < count;) {
    uint32_t end = i + 1;
    bool same = plain_equal(w, &list[i]);
    while (end < count && list[end].or_) {
      same &= plain_equal(w, &list[end]) && item_eq(list[end].left, list[i].left);
      end++;
    }
    if (end == i + 1) {
      out[n++] = condition_code(w, &list[i]);
    } else if (same) {
      out[n++] = membership(w, &list[i], end - i);
    } else {
      Buf b = {0};
      add_import(w, "sqlalchemy", STR("or_"));
      buf_add_text(&b, "or_(");
      for (uint32_t k = i; k < end; k++) {
        buf_add_text(&b, k > i ? ", " : "");
        buf_add_str(&b, condition_code(w, &list[k]));
      }
      buf_add_char(&b, ')');
      out[n++] = str_copy(w->arena, buf_str(&b));
      buf_free(&b);
    }
    i = end;
  }
  return n;
}

// ---- Rows that must not be there

bool join_condition(Writer *w, JoinStep step, Str *out) {
  const QEdge *e = &w->s->edges[step.edge];
  if (e->column_a < 0 || e->column_b < 0)
    return false;
  *out = str_format(w->arena, "%.*s == %.*s",
                    STR_ARG(column_code(w, (Item){ITEM_COLUMN, 0, 0, (int16_t)e->a,
                                                  (int16_t)e->column_a})),
                    STR_ARG(column_code(w, (Item){ITEM_COLUMN, 0, 0, (int16_t)e->b,
                                                  (int16_t)e->column_b})));
  return true;
}

static bool is_joined(const Writer *w, int table) {
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(w->m, tables);
  JoinPlan plan = joins_plan(w->s, w->m, tables, n);
  bool found = false;
  for (uint32_t i = 0; i < plan.count; i++)
    found |= plan.steps[i].from == table || plan.steps[i].to == table;
  return found;
}

// `inner` behind one foreign key, in Core. Rows of the same table that the query has are
// others.
static bool exists_code(Writer *w, JoinStep step, Str inner, Str *out) {
  Str joined;
  if (!join_condition(w, step, &joined))
    return false;
  add_import(w, "sqlalchemy", STR("exists"));
  *out = str_format(w->arena, "exists().where(%.*s%s%.*s)", STR_ARG(joined),
                    inner.len ? ", " : "", STR_ARG(inner));
  if (is_joined(w, step.to)) {
    Str from = table_code(w, step.from);
    *out = str_format(w->arena, "%.*s.correlate(%.*s)", STR_ARG(*out), STR_ARG(from));
  }
  return true;
}

// `inner` seen from `from`, through the ways to `to`: a.b.any(b.c.has(inner)).
bool through_code(Writer *w, int from, int to, Str inner, Str *out) {
  int16_t tables[2] = {(int16_t)from, (int16_t)to};
  JoinPlan plan = joins_plan(w->s, w->m, tables, 2);
  if (!plan.connected)
    return false;
  Str code = inner;
  for (uint32_t i = plan.count; i-- > 0;) {
    JoinStep step = plan.steps[i];
    Str attr = joins_attribute(w->s, step);
    if (w->options.core || !attr.len) {
      if (step.from == step.to || !exists_code(w, step, code, &code))
        return false;
      continue;
    }
    import_class(w, step.from);
    code = str_format(w->arena, "%.*s.%.*s.%s(%.*s)",
                      STR_ARG(w->s->tables[step.from].cls), STR_ARG(attr),
                      joins_to_many(w->s, step) ? "any" : "has", STR_ARG(code));
  }
  *out = code;
  return true;
}

bool absent_code(Writer *w, int from, uint8_t scope, Str *out) {
  int table = w->m->absent[scope - 1];
  Buf inner = {0};
  bool done = true, any = false, in_or = false;
  uint32_t count = 0;
  for (uint32_t i = 0; done && i < w->m->condition_count; i++) {
    const Condition *c = &w->m->conditions[i];
    if (c->scope != scope)
      continue;
    Condition plain = *c;
    plain.scope = 0;
    Str code = condition_code(w, &plain);
    if (c->left.table != table)
      done = through_code(w, table, c->left.table, code, &code);
    bool or_next = false; // whether an alternative follows in this scope
    for (uint32_t k = i + 1; k < w->m->condition_count; k++)
      if (w->m->conditions[k].scope == scope) {
        or_next = w->m->conditions[k].or_;
        break;
      }
    if (any && !(c->or_ && in_or))
      buf_add_text(&inner, ", ");
    if (or_next && !in_or) {
      add_import(w, "sqlalchemy", STR("or_"));
      buf_add_text(&inner, "or_(");
    } else if (c->or_ && in_or) {
      buf_add_text(&inner, ", ");
    }
    buf_add_str(&inner, code);
    if (!or_next && in_or)
      buf_add_char(&inner, ')');
    in_or = or_next;
    count += !c->or_;
    any = true;
  }
  Str all = str_copy(w->arena, buf_str(&inner));
  if (count > 1 && !w->options.core) {
    add_import(w, "sqlalchemy", STR("and_"));
    all = str_format(w->arena, "and_(%.*s)", STR_ARG(all));
  }
  buf_free(&inner);
  Str code;
  if (!done || from == table || !through_code(w, from, table, all, &code))
    return false;
  *out = str_format(w->arena, "~%.*s", STR_ARG(code));
  return true;
}
