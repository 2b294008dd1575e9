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

// The primary key of the step's table, for a loop over its rows.
typedef struct {
  Buf declared, columns; // `, column("id")` of table(); "users.c.id"
  Buf names, same;       // "key": what the loop calls it; "users.c.id == key"
} Key;

// False where the table is known and has none; where nobody knows the table it is `id`.
static bool find_key(Revision *r, Key *key) {
  const SchemaTable *known = revision_known_table(r);
  uint32_t count = known ? schema_primary_key_count(known) : 1, n = 0;
  Str t = r->step.table;
  for (size_t i = 0; i < (known ? known->columns.len : 1); i++) {
    Str name = known ? known->columns.items[i]->name : STR("id");
    if (known && !known->columns.items[i]->primary_key)
      continue;
    const char *comma = n++ ? ", " : "";
    Str called = count > 1 ? str_format(r->cx->arena, "key_%u", n) : STR("key");
    buf_printf(&key->declared, ", column(\"%.*s\")", STR_ARG(name));
    buf_printf(&key->columns, "%s%.*s.c.%.*s", comma, STR_ARG(t), STR_ARG(name));
    buf_printf(&key->names, "%s%.*s", comma, STR_ARG(called));
    buf_printf(&key->same, "%s%.*s.c.%.*s == %.*s", comma, STR_ARG(t), STR_ARG(name),
               STR_ARG(called));
  }
  if (!known)
    answer_assume(r->answer,
                  str_format(r->cx->arena, "The key of `%.*s` is `id`.", STR_ARG(t)));
  return n > 0;
}

static void free_key(Key *key) {
  buf_free(&key->declared);
  buf_free(&key->columns);
  buf_free(&key->names);
  buf_free(&key->same);
}

// `users = table("users", column("id"), ...)`: the key, where it is wanted, and the
// columns of two lists, once each.
static void push_table(Revision *r, json_t *into, const Key *key, Str first, Str second) {
  Buf text = {0};
  Str lists[2] = {first, second}, name;
  py_import(&r->m, "sqlalchemy", "String");
  py_import(&r->m, "sqlalchemy", "column");
  py_import(&r->m, "sqlalchemy", "table");
  for (int i = 0; i < 2; i++)
    while (revision_next_name(&lists[i], &name))
      buf_printf(&text, ", column(\"%.*s\", String)", STR_ARG(name));
  py_push(into, "%.*s = table(\"%.*s\"%.*s%.*s)", STR_ARG(r->step.table),
          STR_ARG(r->step.table), STR_ARG(key ? buf_str(&key->declared) : STR("")),
          STR_ARG(buf_str(&text)));
  buf_free(&text);
}

static void drop_columns(Revision *r, json_t *into, Str list) {
  Str name;
  while (revision_next_name(&list, &name))
    revision_batch(r, into,
                   str_format(r->cx->arena, "drop_column(\"%.*s\")", STR_ARG(name)));
}

// A column that may be NULL, as the models have it, else with the type of `like`.
static void add_column(Revision *r, json_t *into, Str name, const SchemaColumn *like) {
  const SchemaColumn *known = revision_known_column(r, name);
  known = known ? known : like;
  py_import(&r->m, "sqlalchemy", "Column");
  if (!known)
    py_import(&r->m, "sqlalchemy", "String");
  Str type =
      known ? py_sql_type_explicit(&r->m, &known->type, false) : STR("String(255)");
  py_push(into, "op.add_column(\"%.*s\", Column(\"%.*s\", %.*s, nullable=True))",
          STR_ARG(r->step.table), STR_ARG(name), STR_ARG(type));
}

static void add_columns(Revision *r, Str list, const SchemaColumn *like) {
  Str name;
  while (revision_next_name(&list, &name))
    add_column(r, r->upgrade, name, like);
}

// The old columns in the downgrade, before they are filled again.
static void add_again(Revision *r, Str list) {
  Str name;
  while (revision_next_name(&list, &name)) {
    const SchemaColumn *known = revision_known_column(r, name);
    if (known)
      revision_add_again(r, known);
    else
      add_column(r, r->downgrade, name, NULL);
  }
}

// Behind that: NOT NULL, and what else belongs to the old columns; the upgrade drops
// them.
static void leave_columns(Revision *r, Str list) {
  Str rest = list, name;
  bool more = false;
  while (revision_next_name(&rest, &name)) {
    const SchemaColumn *known = revision_known_column(r, name);
    if (!known)
      continue;
    size_t before = (size_t)(name.ptr - list.ptr);
    revision_complete_again(r, known, str_slice(list, 0, before));
    more |= !known->nullable || known->unique || known->index || known->foreign_key;
  }
  drop_columns(r, r->upgrade, list);
  if (more)
    answer_next(r->answer, "NOT NULL, keys and indexes of the old columns are not made "
                           "for the new: add them where you want them.");
}

static bool any_column(Revision *r, Str list, bool (*is)(const SchemaColumn *)) {
  Str name;
  while (revision_next_name(&list, &name)) {
    const SchemaColumn *known = revision_known_column(r, name);
    if (known && is(known))
      return true;
  }
  return false;
}

static bool not_null(const SchemaColumn *c) {
  return !c->nullable;
}

static bool is_key(const SchemaColumn *c) {
  return c->primary_key;
}

// Of a type that is known and holds no text. A restored column has its type as it is
// told.
static bool is_no_text(const SchemaColumn *c) {
  TypeKind kind = c->type.kind;
  if (kind == TYPE_OTHER)
    kind = type_by_word(str_slice(c->type.text, 0, str_find_char(c->type.text, '(', 0)));
  return kind < TYPE_OTHER && kind != TYPE_STRING && kind != TYPE_TEXT;
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

// The text of the column `whole` and that of the columns `parts`, a list of names: either
// is made of the other.
typedef struct {
  Key key;
  Str whole, parts, mark;
} Pieces;

// The rows' loop ends alike: what the columns become.
static void push_loop(Revision *r, json_t *into, const Pieces *p, Str head, Str values) {
  Str t = r->step.table;
  py_import(&r->m, "sqlalchemy", "select");
  py_import(&r->m, "sqlalchemy", "update");
  push_table(r, into, &p->key, p->whole, p->parts);
  py_push(into,
          "connection = op.get_bind()\n"
          "%.*s\n"
          "    connection.execute(update(%.*s).where(%.*s).values(%.*s))",
          STR_ARG(head), STR_ARG(t), STR_ARG(buf_str(&p->key.same)), STR_ARG(values));
}

static void push_split(Revision *r, json_t *into, const Pieces *p) {
  Str t = r->step.table, name, rest = p->parts;
  int count = 0;
  Buf values = {0};
  while (revision_next_name(&rest, &name)) {
    buf_printf(&values, "%s%.*s=parts[%d]", count ? ", " : "", STR_ARG(name), count);
    count++;
  }
  const char *missing = any_column(r, p->parts, not_null) ? "\"\"" : "None";
  Str head =
      str_format(r->cx->arena,
                 "query = select(%.*s, %.*s.c.%.*s).where(%.*s.c.%.*s.is_not(None))\n"
                 "for %.*s, value in connection.execute(query).all():\n"
                 "    parts = [part.strip() for part in value.split(%.*s, %d)]\n"
                 "    parts += [%s] * (%d - len(parts))",
                 STR_ARG(buf_str(&p->key.columns)), STR_ARG(t), STR_ARG(p->whole),
                 STR_ARG(t), STR_ARG(p->whole), STR_ARG(buf_str(&p->key.names)),
                 STR_ARG(py_string(r->cx->arena, p->mark)), count - 1, missing, count);
  push_loop(r, into, p, head, buf_str(&values));
  buf_free(&values);
}

static void push_merge(Revision *r, json_t *into, const Pieces *p) {
  Str t = r->step.table, name, rest = p->parts, names = STR("");
  Arena *a = r->cx->arena;
  Str joiner = str_is(p->mark, " ") ? p->mark : str_format(a, "%.*s ", STR_ARG(p->mark));
  bool text = any_column(r, p->whole, not_null) || // "" is a text, too
              any_column(r, p->parts, not_null);
  while (revision_next_name(&rest, &name))
    names = str_format(a, "%.*s, %.*s.c.%.*s", STR_ARG(names), STR_ARG(t), STR_ARG(name));
  Str head =
      str_format(a,
                 "for %.*s, *parts in connection.execute(select(%.*s%.*s)).all():\n"
                 "    value = %.*s.join(part for part in parts if part)%s",
                 STR_ARG(buf_str(&p->key.names)), STR_ARG(buf_str(&p->key.columns)),
                 STR_ARG(names), STR_ARG(py_string(a, joiner)), text ? "" : " or None");
  push_loop(r, into, p, head, str_format(a, "%.*s=value", STR_ARG(p->whole)));
}

// New columns, the values, then the old columns go; the downgrade is the same backwards.
static bool split_or_merge(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  bool split = s->kind == STEP_SPLIT;
  Pieces p = {.whole = split ? s->cols : s->to,
              .parts = split ? s->to : s->cols,
              .mark = separator(s)};
  bool good = find_key(r, &p.key) && !any_column(r, s->cols, is_key) &&
              !any_column(r, s->cols, is_no_text); // nothing to cut or to join
  if (good) {
    add_columns(r, s->to, split ? revision_known_column(r, s->cols) : NULL);
    add_again(r, s->cols);
    (split ? push_split : push_merge)(r, r->upgrade, &p);
    (split ? push_merge : push_split)(r, r->downgrade, &p);
    leave_columns(r, s->cols);
    drop_columns(r, r->downgrade, s->to);
  }
  free_key(&p.key);
  if (!good)
    return false;
  r->message = str_format(a, "%s %.*s.%.*s into %.*s", split ? "Split" : "Merge",
                          STR_ARG(s->table), STR_ARG(s->cols), STR_ARG(s->to));
  answer_assume(r->answer,
                str_format(a,
                           "The parts are told by %.*s; what is behind the last one "
                           "stays with it, and a part that is not there is %s.",
                           STR_ARG(py_string(a, p.mark)),
                           any_column(r, p.parts, not_null) ? "empty" : "NULL"));
  answer_next(r->answer,
              "It reads the rows in Python: for millions of them do it in portions, and "
              "drop the old columns in a later revision, when no code reads them.");
  return good;
}

static bool copy(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  bool moves = ask_says(s->how, "move");
  if (moves && any_column(r, s->cols, is_key))
    return false;
  const SchemaColumn *from = revision_known_column(r, s->cols);
  py_import(&r->m, "sqlalchemy", "update");
  add_columns(r, s->to, from);
  push_table(r, r->upgrade, NULL, s->cols, s->to);
  static const char form[] = "op.execute(update(%.*s).values(%.*s=%.*s.c.%.*s))";
  py_push(r->upgrade, form, STR_ARG(s->table), STR_ARG(s->to), STR_ARG(s->table),
          STR_ARG(s->cols));
  if (moves) {
    add_again(r, s->cols);
    push_table(r, r->downgrade, NULL, s->cols, s->to);
    py_push(r->downgrade, form, STR_ARG(s->table), STR_ARG(s->cols), STR_ARG(s->table),
            STR_ARG(s->to));
    leave_columns(r, s->cols);
  }
  drop_columns(r, r->downgrade, s->to);
  r->message = str_format(a, "%s %.*s.%.*s to %.*s", moves ? "Move" : "Copy",
                          STR_ARG(s->table), STR_ARG(s->cols), STR_ARG(s->to));
  answer_assume(r->answer, str_format(a,
                                      "`%.*s.%.*s` is new; leave out its `add_column` "
                                      "where it is there.",
                                      STR_ARG(s->table), STR_ARG(s->to)));
  if (!from)
    answer_assume(r->answer, str_format(a, "`%.*s.%.*s` is taken to be String(255).",
                                        STR_ARG(s->table), STR_ARG(s->cols)));
  return true;
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
  push_table(r, r->upgrade, NULL, c, STR(""));
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
    return split_or_merge(r);
  case STEP_COPY:
    return copy(r);
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
