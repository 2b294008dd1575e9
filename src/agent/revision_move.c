// revision_move.c: steps that change rows: set, fill, convert, and values that go from
// columns into others (copy, split, merge), with the columns that this needs.
#include "agent/revision_internal.h"

#include <ctype.h>

#include "base/regex.h"
#include "gen/python_model.h"

Str revision_python_value(Arena *a, Str v) {
  if (v.len > 1 && (v.ptr[0] == '\'' || v.ptr[0] == '"'))
    return py_string(a, str_slice(v, 1, v.len - 1));
  if (str_eq_nocase(v, STR("null")) || str_eq_nocase(v, STR("none")))
    return STR("None");
  if (str_eq_nocase(v, STR("true")))
    return STR("True");
  if (str_eq_nocase(v, STR("false")))
    return STR("False");
  bool number = v.len > 0;
  for (size_t i = 0; i < v.len; i++)
    number = number && (isdigit((unsigned char)v.ptr[i]) || v.ptr[i] == '.' ||
                        (!i && v.ptr[i] == '-'));
  return number ? v : py_string(a, v);
}

// "it is null", "role = 'x'": the condition; absent where it is none of these.
static Str condition_of(Revision *r, Str said, Str *column) {
  Arena *a = r->cx->arena;
  RegexMatch match;
  Regex *re = regex_new(
      STR("(?i)^\\s*(?<name>\\w+)\\s+(?:is\\s+(?<not>not\\s+)?(?<null>null|none|empty)|"
          "(?:is|=|==|equals)\\s+(?<value>'[^']*'|\"[^\"]*\"|[\\w.-]+))\\s*$"));
  Str out = {0};
  if (regex_find(re, said, 0, &match)) {
    Str name = regex_group(re, &match, "name"), value = regex_group(re, &match, "value");
    *column = ask_says(name, "it,they,value") ? r->step.cols : name;
    if (regex_group(re, &match, "null").len)
      out =
          str_format(a, "%.*s%s", STR_ARG(*column),
                     regex_group(re, &match, "not").len ? ".is_not(None)" : ".is_(None)");
    else
      out = str_format(a, "%.*s == %.*s", STR_ARG(*column),
                       STR_ARG(revision_python_value(a, value)));
  }
  regex_free(re);
  return out;
}

static bool set_rows(Revision *r) {
  Arena *a = r->cx->arena;
  Str t = r->step.table, c = r->step.cols, other = {0}, where = {0};
  if (r->step.how.len) {
    where = condition_of(r, r->step.how, &other);
    if (!where.ptr)
      return false;
  }
  py_import(&r->m, "sqlalchemy", "column");
  py_import(&r->m, "sqlalchemy", "table");
  py_import(&r->m, "sqlalchemy", "update");
  Str second = other.len && !str_eq(other, c)
                   ? str_format(a, ", column(\"%.*s\")", STR_ARG(other))
                   : STR("");
  Str filter = where.len
                   ? str_format(a, ".where(%.*s.c.%.*s)", STR_ARG(t), STR_ARG(where))
                   : STR("");
  py_push(r->upgrade,
          "%.*s = table(\"%.*s\", column(\"%.*s\")%.*s)\n"
          "op.execute(update(%.*s)%.*s.values(%.*s=%.*s))",
          STR_ARG(t), STR_ARG(t), STR_ARG(c), STR_ARG(second), STR_ARG(t),
          STR_ARG(filter), STR_ARG(c), STR_ARG(revision_python_value(a, r->step.value)));
  py_push(r->downgrade, "pass  # which rows were changed is not known any more");
  if (ask_says(r->step.how, "null,none,empty"))
    r->filled = c;
  r->message = str_format(a, "Set %.*s.%.*s", STR_ARG(t), STR_ARG(c));
  answer_text(r->answer,
              "**Changes rows:** %s. The downgrade cannot bring the old values back; try "
              "it on a copy. The table is spelled out in the revision, because models "
              "change later and the revision must not.",
              where.len ? "only those of the condition" : "every row of the table");
  return true;
}

// ---- Values that go elsewhere

// `users = table("users", column("id"), ...)`: the columns of two lists, once each.
static void push_table(Revision *r, json_t *into, Str first, Str second) {
  Buf text = {0};
  Str lists[2] = {first, second}, name;
  py_import(&r->m, "sqlalchemy", "String");
  py_import(&r->m, "sqlalchemy", "column");
  py_import(&r->m, "sqlalchemy", "table");
  for (int i = 0; i < 2; i++)
    while (revision_next_name(&lists[i], &name))
      buf_printf(&text, ", column(\"%.*s\", String)", STR_ARG(name));
  py_push(into, "%.*s = table(\"%.*s\"%s%.*s)", STR_ARG(r->step.table),
          STR_ARG(r->step.table),
          r->step.kind == STEP_SPLIT || r->step.kind == STEP_MERGE ? ", column(\"id\")"
                                                                   : "",
          STR_ARG(buf_str(&text)));
  buf_free(&text);
}

static void push_columns(Revision *r, json_t *into, Str list, const SchemaColumn *like,
                         bool add) {
  Str name, t = r->step.table;
  while (revision_next_name(&list, &name)) {
    const SchemaColumn *known = revision_known_column(r, name);
    known = known ? known : like;
    Str type = STR("String(255)");
    if (known)
      type = py_sql_type_explicit(&r->m, &known->type, false);
    if (add) {
      py_import(&r->m, "sqlalchemy", "Column");
      if (!known)
        py_import(&r->m, "sqlalchemy", "String");
      py_push(into, "op.add_column(\"%.*s\", Column(\"%.*s\", %.*s, nullable=True))",
              STR_ARG(t), STR_ARG(name), STR_ARG(type));
    } else {
      revision_batch(r, into,
                     str_format(r->cx->arena, "drop_column(\"%.*s\")", STR_ARG(name)));
    }
  }
}

static const struct {
  const char *said, *mark;
} separators[] = {
    {"comma,commas", ","},  {"semicolon,semicolons", ";"},
    {"slash,slashes", "/"}, {"dash,dashes,hyphen,hyphens", "-"},
    {"colon,colons", ":"},  {"space,spaces,blank,blanks", " "},
};

static Str separator(const Step *s) {
  Str v = s->value;
  if (v.len > 2 && (v.ptr[0] == '\'' || v.ptr[0] == '"'))
    return str_slice(v, 1, v.len - 1);
  for (size_t i = 0; v.len && i < ARRAY_LEN(separators); i++)
    if (ask_says(v, separators[i].said))
      return str_from(separators[i].mark);
  return STR(" ");
}

// One column's text into several, or the other way: `parts` are a list of names.
static void push_split(Revision *r, json_t *into, Str whole, Str parts, Str mark) {
  Str t = r->step.table, name, rest = parts;
  int count = 0;
  Buf values = {0};
  while (revision_next_name(&rest, &name)) {
    buf_printf(&values, "%s%.*s=parts[%d]", count ? ", " : "", STR_ARG(name), count);
    count++;
  }
  py_import(&r->m, "sqlalchemy", "select");
  py_import(&r->m, "sqlalchemy", "update");
  push_table(r, into, whole, parts);
  py_push(into,
          "connection = op.get_bind()\n"
          "query = select(%.*s.c.id, %.*s.c.%.*s).where(%.*s.c.%.*s.is_not(None))\n"
          "for key, value in connection.execute(query).all():\n"
          "    parts = [part.strip() for part in value.split(%.*s, %d)]\n"
          "    parts += [None] * (%d - len(parts))\n"
          "    connection.execute(\n"
          "        update(%.*s).where(%.*s.c.id == key).values(%.*s)\n"
          "    )",
          STR_ARG(t), STR_ARG(t), STR_ARG(whole), STR_ARG(t), STR_ARG(whole),
          STR_ARG(py_string(r->cx->arena, mark)), count - 1, count, STR_ARG(t),
          STR_ARG(t), STR_ARG(buf_str(&values)));
  buf_free(&values);
}

static void push_merge(Revision *r, json_t *into, Str whole, Str parts, Str mark) {
  Str t = r->step.table, name, rest = parts, names = STR("");
  Arena *a = r->cx->arena;
  while (revision_next_name(&rest, &name))
    names = str_format(a, "%.*s%s%.*s.c.%.*s", STR_ARG(names), names.len ? ", " : "",
                       STR_ARG(t), STR_ARG(name));
  py_import(&r->m, "sqlalchemy", "select");
  py_import(&r->m, "sqlalchemy", "update");
  push_table(r, into, whole, parts);
  py_push(into,
          "connection = op.get_bind()\n"
          "for key, *parts in connection.execute(select(%.*s.c.id, %.*s)).all():\n"
          "    value = %.*s.join(part for part in parts if part) or None\n"
          "    connection.execute(\n"
          "        update(%.*s).where(%.*s.c.id == key).values(%.*s=value)\n"
          "    )",
          STR_ARG(t), STR_ARG(names), STR_ARG(py_string(a, mark)), STR_ARG(t), STR_ARG(t),
          STR_ARG(whole));
}

// New columns, the values, then the old columns go; the downgrade is the same backwards.
static void split_or_merge(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  bool split = s->kind == STEP_SPLIT;
  Str mark = separator(s), whole = split ? s->cols : s->to,
      parts = split ? s->to : s->cols;
  Str joiner = str_is(mark, " ") ? mark : str_format(a, "%.*s ", STR_ARG(mark));
  const SchemaColumn *like = split ? revision_known_column(r, s->cols) : NULL;
  push_columns(r, r->upgrade, s->to, like, true);
  push_columns(r, r->downgrade, s->cols, NULL, true);
  if (split) {
    push_split(r, r->upgrade, whole, parts, mark);
    push_merge(r, r->downgrade, whole, parts, joiner);
  } else {
    push_merge(r, r->upgrade, whole, parts, joiner);
    push_split(r, r->downgrade, whole, parts, mark);
  }
  push_columns(r, r->upgrade, s->cols, NULL, false);
  push_columns(r, r->downgrade, s->to, NULL, false);
  r->message = str_format(a, "%s %.*s.%.*s into %.*s", split ? "Split" : "Merge",
                          STR_ARG(s->table), STR_ARG(s->cols), STR_ARG(s->to));
  answer_assume(r->answer,
                str_format(a,
                           "The parts are told by %.*s; what is behind the last one "
                           "stays with it, and a part that is not there is NULL.",
                           STR_ARG(py_string(a, mark))));
  answer_assume(r->answer,
                str_format(a, "The key of `%.*s` is `id`.", STR_ARG(s->table)));
  answer_next(r->answer,
              "It reads the rows in Python: for millions of them do it in portions, and "
              "drop the old columns in a later revision, when no code reads them.");
}

static void copy(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  bool moves = ask_says(s->how, "move");
  const SchemaColumn *from = revision_known_column(r, s->cols);
  py_import(&r->m, "sqlalchemy", "update");
  push_columns(r, r->upgrade, s->to, from, true);
  push_table(r, r->upgrade, s->cols, s->to);
  static const char form[] = "op.execute(update(%.*s).values(%.*s=%.*s.c.%.*s))";
  py_push(r->upgrade, form, STR_ARG(s->table), STR_ARG(s->to), STR_ARG(s->table),
          STR_ARG(s->cols));
  if (moves) {
    push_columns(r, r->upgrade, s->cols, NULL, false);
    push_columns(r, r->downgrade, s->cols, NULL, true);
    push_table(r, r->downgrade, s->cols, s->to);
    py_push(r->downgrade, form, STR_ARG(s->table), STR_ARG(s->cols), STR_ARG(s->table),
            STR_ARG(s->to));
  }
  push_columns(r, r->downgrade, s->to, NULL, false);
  r->message = str_format(a, "%s %.*s.%.*s to %.*s", moves ? "Move" : "Copy",
                          STR_ARG(s->table), STR_ARG(s->cols), STR_ARG(s->to));
  answer_assume(r->answer, str_format(a,
                                      "`%.*s.%.*s` is new; leave out its `add_column` "
                                      "where it is there.",
                                      STR_ARG(s->table), STR_ARG(s->to)));
  if (!from)
    answer_assume(r->answer, str_format(a, "`%.*s.%.*s` is taken to be String(255).",
                                        STR_ARG(s->table), STR_ARG(s->cols)));
}

// ---- Values that change where they are

void revision_fill(Revision *r, Str column, Str value) {
  Str t = r->step.table;
  py_import(&r->m, "sqlalchemy", "column");
  py_import(&r->m, "sqlalchemy", "table");
  py_import(&r->m, "sqlalchemy", "update");
  py_push(r->upgrade,
          "%.*s = table(\"%.*s\", column(\"%.*s\"))\n"
          "op.execute(\n"
          "    update(%.*s).where(%.*s.c.%.*s.is_(None)).values(%.*s=%.*s)\n"
          ")",
          STR_ARG(t), STR_ARG(t), STR_ARG(column), STR_ARG(t), STR_ARG(t),
          STR_ARG(column), STR_ARG(column),
          STR_ARG(revision_python_value(r->cx->arena, value)));
}

static void fill(Revision *r) {
  Step *s = &r->step;
  revision_fill(r, s->cols, s->value);
  py_push(r->downgrade, "pass  # which rows were NULL is not known any more");
  r->filled = s->cols;
  r->message =
      str_format(r->cx->arena, "Fill %.*s.%.*s", STR_ARG(s->table), STR_ARG(s->cols));
}

static void convert(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  const char *function = ask_says(str_slice(s->how, 0, 5), "lower")   ? "lower"
                         : ask_says(str_slice(s->how, 0, 5), "upper") ? "upper"
                                                                      : "trim";
  Str one = name_singular(a, s->cols), c = s->cols;
  if (!revision_known_column(r, c) && !str_eq(one, c) && !str_ends(c, STR("s_"))) {
    c = one;
    answer_assume(r->answer, str_format(a, "The column is called `%.*s`.", STR_ARG(c)));
  }
  py_import(&r->m, "sqlalchemy", "func");
  py_import(&r->m, "sqlalchemy", "update");
  push_table(r, r->upgrade, c, STR(""));
  py_push(r->upgrade, "op.execute(update(%.*s).values(%.*s=func.%s(%.*s.c.%.*s)))",
          STR_ARG(s->table), STR_ARG(c), function, STR_ARG(s->table), STR_ARG(c));
  py_push(r->downgrade, "pass  # how the values were written is not known any more");
  r->message =
      str_format(a, "Apply %s to %.*s.%.*s", function, STR_ARG(s->table), STR_ARG(c));
  answer_next(r->answer, "Values that were different may be the same now: where the "
                         "column is unique, look for them first.");
}

bool revision_move(Revision *r) {
  switch (r->step.kind) {
  case STEP_SPLIT:
  case STEP_MERGE:
    split_or_merge(r);
    return true;
  case STEP_COPY:
    copy(r);
    return true;
  case STEP_CONVERT:
    convert(r);
    return true;
  case STEP_FILL:
    fill(r);
    return true;
  default:
    return set_rows(r);
  }
}
