// revision_step.c: one step of revision.def as calls of Alembic's op.
#include "agent/revision_internal.h"

#include <ctype.h>

#include "agent/consent.h"
#include "agent/describe.h"
#include "base/regex.h"
#include "gen/python_model.h"

static Str replaced(Arena *a, Str text, const char *pattern, const char *by) {
  RegexMatch match;
  Regex *re = regex_new(str_from(pattern));
  if (regex_find(re, text, 0, &match)) {
    size_t at = (size_t)(match.groups[0].ptr - text.ptr), end = at + match.groups[0].len;
    text = str_format(a, "%.*s%s%.*s", (int)at, text.ptr, by, (int)(text.len - end),
                      text.ptr + end);
  }
  regex_free(re);
  return text;
}

static Str server_value(Revision *r, const SchemaColumn *c) {
  if (c->default_kind != DEFAULT_NOW && c->default_kind != DEFAULT_VALUE)
    return STR("");
  return str_format(r->cx->arena, ", server_default=%.*s",
                    STR_ARG(py_server_default(&r->m, c)));
}

// ---- Columns

// The columns that a phrase describes, as describe.h reads fields of a model; false where
// it makes nothing of it.
static bool read_columns(Revision *r, Schema *s, Str phrase, Str how,
                         SchemaTable **table) {
  Arena *a = r->cx->arena;
  Description d = {0};
  Err err = {0};
  phrase = replaced(a, phrase, "(?i)\\b(?:columns?|fields?)\\b", "");
  phrase = replaced(a, phrase, "(?i)\\b(?:not[ -]null(?:able)?|non[ -]?null(?:able)?)\\b",
                    "required");
  how = replaced(a, how,
                 "(?i)\\s+(?:for|in|on)\\s+(?:the\\s+|all\\s+)*(?:existing\\s+)?rows\\b",
                 "");
  Str text = str_format(a, "Define a Thing model with id, %.*s%s%.*s", STR_ARG(phrase),
                        how.len ? " " : "", STR_ARG(how));
  bool good = describe_models(&d, a, text, s, &err) && !d.missed.len &&
              s->tables.items[0]->columns.len >= 2;
  *table = good ? s->tables.items[0] : NULL;
  for (size_t i = 1; good && i < (*table)->columns.len; i++) {
    const SchemaColumn *c = (*table)->columns.items[i];
    good = !c->foreign_key && !c->primary_key;
  }
  describe_free(&d);
  return good;
}

// "varchar(20) not null" as a column of no name; NULL where it is no type.
static SchemaColumn *read_type(Revision *r, Str type) {
  SchemaTable *t;
  Str phrase = str_format(r->cx->arena, "changed: %.*s", STR_ARG(type));
  bool good = read_columns(r, r->m.schema, phrase, STR(""), &t) && t->columns.len == 2;
  SchemaColumn *c = good ? t->columns.items[1] : NULL;
  if (t) // the next description is one of its own
    schema_drop_tables(r->m.schema);
  return c;
}

// ", existing_type=String(20), existing_nullable=False": what ALTER of some databases
// wants to be told, from the request or the models; "" where nobody knows and nobody
// asks.
static Str existing(Revision *r, Str column, Str said) {
  Arena *a = r->cx->arena;
  const SchemaColumn *c = said.len ? read_type(r, said) : NULL;
  bool stated = c && ask_says(said, "null");
  if (!c) {
    c = revision_known_column(r, column);
    stated = c != NULL;
  }
  if (c) {
    Str type = py_sql_type_explicit(&r->m, &c->type, false);
    return str_format(a, ", existing_type=%.*s%s", STR_ARG(type),
                      !stated       ? ""
                      : c->nullable ? ", existing_nullable=True"
                                    : ", existing_nullable=False");
  }
  if (!r->mysql)
    return STR("");
  py_import(&r->m, "sqlalchemy", "String");
  r->answer->confident = false;
  answer_assume(r->answer,
                str_format(a,
                           "`%.*s.%.*s` is taken to be String(255): MySQL and MariaDB "
                           "rewrite the whole column, so put its own type there.",
                           STR_ARG(r->step.table), STR_ARG(column)));
  return STR(", existing_type=String(255)");
}

static bool create_table(Revision *r) {
  Arena *a = r->cx->arena;
  Description d = {0};
  Err err = {0};
  bool ring = false;
  Schema *s = r->m.schema;
  Str class_name = name_camel(a, name_singular(a, r->step.table));
  // in back-ticks no word of the grammar
  Str phrase = replaced(a, r->step.phrase, "(?i)(?<=^|, |\\()models?(?=\\b)", "`model`");
  Str text = str_format(a, "Define a %.*s model with %.*s", STR_ARG(class_name),
                        STR_ARG(phrase));
  bool good = describe_models(&d, a, text, s, &err) && s->tables.len > 0;
  for (size_t i = 0; good && i < d.missed.len; i++)
    answer_assume(r->answer, str_format(a, "Nothing was made of \"%.*s\".",
                                        STR_ARG(d.missed.items[i])));
  r->answer->confident = r->answer->confident && !d.missed.len;
  if (good) {
    SchemaTable *t = schema_find(s, class_name);
    if (t)
      t->name = r->step.table;
    for (size_t i = 0; i < s->tables.len; i++) // what it refers to is there
      s->tables.items[i]->external |=
          t && s->tables.items[i] != t && s->tables.items[i]->class_name.len > 0;
    json_t *tables = py_tables_json(&r->m, &ring), *table;
    size_t i;
    json_array_foreach(tables, i, table)
        py_create_table(&r->m, table, r->upgrade, r->downgrade);
    json_decref(tables);
    good = !ring;
  }
  schema_drop_tables(s);
  r->message = str_format(a, "Create %.*s", STR_ARG(r->step.table));
  describe_free(&d);
  return good;
}

// One column of a list: "id", "message varchar(200) not null"; `*typed`: it names a type
// or is a key.
static bool is_column(Str part, bool *typed) {
  Str rest = str_trim(part), name, type;
  if (!str_next_part(&rest, ' ', &name) || !name.len || isdigit((unsigned char)*name.ptr))
    return false;
  for (size_t i = 0; i < name.len; i++)
    if (!isalnum((unsigned char)name.ptr[i]) && name.ptr[i] != '_' &&
        !(name.ptr[i] == ':' && i + 1 == name.len))
      return false;
  if (!str_next_part(&rest, ' ', &type) || !type.len) {
    *typed |= str_is(name, "id") || str_ends(name, STR("_id"));
    return true;
  }
  *typed = true;
  TypeKind kind = type_by_word(str_slice(type, 0, str_find_char(type, '(', 0)));
  return kind < TYPE_OTHER && kind != TYPE_ENUM; // whose values are no columns
}

// "id int, message text": columns, and not "it is no longer used".
static bool lists_columns(Str phrase) {
  bool typed = false;
  size_t depth = 0, start = 0;
  for (size_t i = 0; i <= phrase.len; i++) {
    char c = i < phrase.len ? phrase.ptr[i] : ',';
    depth += c == '(';
    depth -= c == ')' && depth;
    if (c != ',' || (depth && i < phrase.len))
      continue;
    if (!is_column(str_slice(phrase, start, i), &typed))
      return false;
    start = i + 1;
  }
  return typed;
}

// The table of the request's own columns, made again by the downgrade; false, and nothing
// added, where they are not understood.
static bool restore_described(Revision *r) {
  json_t *upgrade = r->upgrade, *downgrade = r->downgrade, *unused = json_array();
  r->upgrade = json_array();
  r->downgrade = unused;
  py_push(r->upgrade, "# The table comes back, its rows do not.");
  bool good = create_table(r);
  if (good)
    json_array_extend(downgrade, r->upgrade);
  json_decref(r->upgrade);
  json_decref(unused);
  r->upgrade = upgrade;
  r->downgrade = downgrade;
  return good;
}

static void drops(Revision *r) {
  Str table = r->step.table, column = r->step.cols;
  Arena *a = r->cx->arena;
  bool whole = r->step.kind == STEP_DROP_TABLE;
  Str what = whole ? str_format(a, "the table %.*s", STR_ARG(table))
                   : str_format(a, "%.*s.%.*s", STR_ARG(table), STR_ARG(column));
  bool told = whole && lists_columns(r->step.phrase) && restore_described(r);
  bool restored =
      told || (whole ? revision_restore_table(r) : revision_restore_column(r, column));
  if (whole)
    py_push(r->upgrade, "# Destructive: all rows are lost.\nop.drop_table(\"%.*s\")",
            STR_ARG(table));
  else
    py_push(r->upgrade,
            "# Destructive: the column's values are lost.\n"
            "with op.batch_alter_table(\"%.*s\") as batch:\n"
            "    batch.drop_column(\"%.*s\")",
            STR_ARG(table), STR_ARG(column));
  r->message = str_format(a, "Drop %.*s", STR_ARG(what));
  consent_tell(r->answer,
               "what %.*s holds is lost, and a downgrade cannot bring it back%s",
               STR_ARG(what),
               told       ? ": it makes the structure again as the request has it"
               : restored ? ": it makes the structure again as the models have it"
                          : "");
  answer_next(r->answer, "First deploy code that no longer uses %.*s.", STR_ARG(what));
}

static void enum_value(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  Str rest = s->value, value;
  Buf calls = {0};
  if (s->kind == STEP_RENAME_VALUE) {
    static const char form[] =
        "op.execute(\"ALTER TYPE %.*s RENAME VALUE '%.*s' TO '%.*s'\")";
    py_push(r->upgrade, form, STR_ARG(s->table), STR_ARG(s->value), STR_ARG(s->to));
    py_push(r->downgrade, form, STR_ARG(s->table), STR_ARG(s->to), STR_ARG(s->value));
    r->message = str_format(a, "Rename %.*s of %.*s to %.*s", STR_ARG(s->value),
                            STR_ARG(s->table), STR_ARG(s->to));
    r->answer->dialect = "postgresql";
    return;
  }
  while (revision_next_name(&rest, &value))
    buf_printf(&calls,
               "\n    op.execute(\"ALTER TYPE %.*s ADD VALUE IF NOT EXISTS '%.*s'\")",
               STR_ARG(s->table), STR_ARG(value));
  py_push(r->upgrade, "with op.get_context().autocommit_block():%.*s",
          STR_ARG(buf_str(&calls)));
  buf_free(&calls);
  r->message = str_format(a, "Add %.*s to %.*s", STR_ARG(s->value), STR_ARG(s->table));
  r->answer->dialect = "postgresql";
  answer_text(r->answer, "PostgreSQL cannot use a new value in the transaction that adds "
                         "it, therefore the autocommit block. It cannot take a value "
                         "away either: the downgrade leaves it.");
}

// ---- Steps of columns

static void add_one(Revision *r, const SchemaColumn *c) {
  Arena *a = r->cx->arena;
  Str table = r->step.table, value = server_value(r, c);
  Str type = py_sql_type_explicit(&r->m, &c->type, false);
  bool later = !c->nullable && !value.len;
  py_import(&r->m, "sqlalchemy", "Column");
  py_push(r->upgrade, "op.add_column(\"%.*s\", Column(\"%.*s\", %.*s, nullable=%s%.*s))",
          STR_ARG(table), STR_ARG(c->name), STR_ARG(type),
          c->nullable || later ? "True" : "False", STR_ARG(value));
  bool filled = later && r->step.value.len;
  if (filled)
    revision_fill(r, c->name, r->step.value);
  if (later && (filled || r->step.how.len ||
                ask_says(r->step.phrase, "null,required,mandatory"))) {
    revision_batch(
        r, r->upgrade,
        str_format(a, "alter_column(\"%.*s\", existing_type=%.*s, nullable=False)",
                   STR_ARG(c->name), STR_ARG(type)));
    if (!filled)
      answer_next(r->answer,
                  "Rows that exist have no value for `%.*s`: fill them between "
                  "the two steps, else NOT NULL is refused.",
                  STR_ARG(c->name));
  } else if (later) {
    answer_assume(r->answer, str_format(a,
                                        "`%.*s` may be NULL: rows that exist have no "
                                        "value for it.",
                                        STR_ARG(c->name)));
  }
  if (c->unique)
    revision_batch(r, r->upgrade,
                   str_format(a, "create_unique_constraint(\"uq_%.*s_%.*s\", [\"%.*s\"])",
                              STR_ARG(table), STR_ARG(c->name), STR_ARG(c->name)));
  json_t *back = json_array();
  if (c->unique)
    revision_batch(r, back,
                   str_format(a, "drop_constraint(\"uq_%.*s_%.*s\", type_=\"unique\")",
                              STR_ARG(table), STR_ARG(c->name)));
  revision_batch(r, back, str_format(a, "drop_column(\"%.*s\")", STR_ARG(c->name)));
  json_array_extend(back, r->downgrade);
  json_array_clear(r->downgrade);
  json_array_extend(r->downgrade, back);
  json_decref(back);
}

static bool add_columns(Revision *r) {
  SchemaTable *t;
  Buf names = {0};
  if (!read_columns(r, r->m.schema, r->step.phrase, r->step.how, &t))
    return false;
  for (size_t i = 1; i < t->columns.len; i++) {
    add_one(r, t->columns.items[i]);
    buf_printf(&names, "%s%.*s.%.*s", names.len ? ", " : "", STR_ARG(r->step.table),
               STR_ARG(t->columns.items[i]->name));
  }
  schema_drop_tables(r->m.schema);
  r->message = str_format(r->cx->arena, "Add %.*s", STR_ARG(buf_str(&names)));
  buf_free(&names);
  return true;
}

static void renames(Revision *r) {
  Arena *a = r->cx->arena;
  Str table = r->step.table, old = r->step.cols, to = r->step.to;
  if (r->step.kind == STEP_RENAME_TABLE) {
    py_push(r->upgrade, "op.rename_table(\"%.*s\", \"%.*s\")", STR_ARG(table),
            STR_ARG(to));
    py_push(r->downgrade, "op.rename_table(\"%.*s\", \"%.*s\")", STR_ARG(to),
            STR_ARG(table));
    r->message = str_format(a, "Rename %.*s to %.*s", STR_ARG(table), STR_ARG(to));
  } else {
    Str type = existing(r, old, r->step.how);
    revision_batch(r, r->upgrade,
                   str_format(a, "alter_column(\"%.*s\", new_column_name=\"%.*s\"%.*s)",
                              STR_ARG(old), STR_ARG(to), STR_ARG(type)));
    revision_batch(r, r->downgrade,
                   str_format(a, "alter_column(\"%.*s\", new_column_name=\"%.*s\"%.*s)",
                              STR_ARG(to), STR_ARG(old), STR_ARG(type)));
    r->message = str_format(a, "Rename %.*s.%.*s to %.*s", STR_ARG(table), STR_ARG(old),
                            STR_ARG(to));
    if (!type.len)
      answer_next(r->answer, "MySQL and MariaDB want `existing_type=` (and "
                             "`existing_nullable=`) beside the new name.");
  }
  answer_next(r->answer, "Autogenerate would drop and add, and lose the rows' values: a "
                         "rename is always written by hand. Code that runs during the "
                         "deployment must know both names, or stop.");
}

static void nullability(Revision *r) {
  Arena *a = r->cx->arena;
  bool optional =
      ask_says(r->step.how, "optional") || str_eq_nocase(r->step.how, STR("nullable"));
  const char *up = optional ? "True" : "False", *down = optional ? "False" : "True";
  Str c = r->step.cols, type = existing(r, c, STR(""));
  Str only = str_slice(type, 0, str_find(type, STR(", existing_nullable"), 0));
  bool filled = str_eq(r->filled, c) && !optional;
  if (r->step.value.len && !optional) {
    revision_fill(r, c, r->step.value);
    filled = true;
  }
  revision_batch(r, r->upgrade,
                 str_format(a, "alter_column(\"%.*s\"%.*s, nullable=%s)", STR_ARG(c),
                            STR_ARG(only), up));
  revision_batch(r, r->downgrade,
                 str_format(a, "alter_column(\"%.*s\"%.*s, nullable=%s)", STR_ARG(c),
                            STR_ARG(only), down));
  r->message = str_format(a, "Make %.*s.%.*s %s", STR_ARG(r->step.table), STR_ARG(c),
                          optional ? "nullable" : "NOT NULL");
  if (!filled)
    answer_next(r->answer, "%s%s",
                optional ? "Code that reads the column must take None."
                         : "It fails where rows are NULL: fill them first, by an UPDATE "
                           "in a revision before this one.",
                type.len ? "" : " MySQL and MariaDB want `existing_type=` too.");
}

static bool change_type(Revision *r) {
  Arena *a = r->cx->arena;
  Str c = r->step.cols, phrase = r->step.phrase;
  if (phrase.len && isdigit((unsigned char)phrase.ptr[0])) // the length of a string
    phrase = str_format(a, "varchar(%.*s)", STR_ARG(phrase));
  const SchemaColumn *column = read_type(r, phrase);
  if (!column)
    return false;
  Str type = py_sql_type_explicit(&r->m, &column->type, false);
  Str before = existing(r, c, r->step.old);
  revision_batch(r, r->upgrade,
                 str_format(a, "alter_column(\"%.*s\", type_=%.*s%.*s)", STR_ARG(c),
                            STR_ARG(type), STR_ARG(before)));
  const SchemaColumn *was = r->step.old.len ? read_type(r, r->step.old) : NULL;
  was = was ? was : revision_known_column(r, c);
  if (was)
    revision_batch(r, r->downgrade,
                   str_format(a, "alter_column(\"%.*s\", type_=%.*s, existing_type=%.*s)",
                              STR_ARG(c),
                              STR_ARG(py_sql_type_explicit(&r->m, &was->type, false)),
                              STR_ARG(type)));
  else
    revision_cannot(r,
                    str_format(a, "the alter_column() that gives %.*s.%.*s its old type",
                               STR_ARG(r->step.table), STR_ARG(c)));
  r->message =
      str_format(a, "Change the type of %.*s.%.*s", STR_ARG(r->step.table), STR_ARG(c));
  answer_next(
      r->answer,
      "Values that do not fit the new type are refused or cut: look for them "
      "first. Where PostgreSQL has no cast of its own, it wants "
      "`postgresql_using=\"%.*s::...\"`; large tables are rewritten under a lock.",
      STR_ARG(c));
  return true;
}

static void server_default(Revision *r) {
  Arena *a = r->cx->arena;
  Str c = r->step.cols, v = r->step.value, value;
  if (ask_says(v, "now") || str_eq_nocase(v, STR("current_timestamp"))) {
    py_import(&r->m, "sqlalchemy", "func");
    value = STR("func.now()");
  } else if (str_eq_nocase(v, STR("true")) || str_eq_nocase(v, STR("false"))) {
    bool on = str_eq_nocase(v, STR("true"));
    py_import(&r->m, "sqlalchemy", on ? "true" : "false");
    value = on ? STR("true()") : STR("false()");
  } else {
    bool quoted = v.len > 1 && (v.ptr[0] == '\'' || v.ptr[0] == '"');
    value = py_string(a, quoted ? str_slice(v, 1, v.len - 1) : v);
  }
  Str type = existing(r, c, STR(""));
  const SchemaColumn *was = revision_known_column(r, c);
  Str before = was && was->default_kind ? py_server_default(&r->m, was) : value;
  if (str_eq(before, value)) // nothing is known, or the models are ahead
    before = STR("None");
  revision_batch(r, r->upgrade,
                 str_format(a, "alter_column(\"%.*s\", server_default=%.*s%.*s)",
                            STR_ARG(c), STR_ARG(value), STR_ARG(type)));
  revision_batch(r, r->downgrade,
                 str_format(a, "alter_column(\"%.*s\", server_default=%.*s%.*s)",
                            STR_ARG(c), STR_ARG(before), STR_ARG(type)));
  r->message = str_format(a, "Default of %.*s.%.*s", STR_ARG(r->step.table), STR_ARG(c));
  answer_next(r->answer,
              "Rows that exist keep what they have: a default is for new ones.");
}

// ---- Steps of constraints and rows

static void foreign_key(Revision *r, bool new_column) {
  Arena *a = r->cx->arena;
  Str t = r->step.table, c = r->step.cols, to = r->step.to;
  Str key = r->step.value.len ? r->step.value : STR("id"), how = r->step.how;
  Str ondelete = how.len ? str_format(a, ", ondelete=\"%s\"",
                                      ask_says(how, "cascade")    ? "CASCADE"
                                      : ask_says(how, "restrict") ? "RESTRICT"
                                                                  : "SET NULL")
                         : STR("");
  if (new_column) {
    py_import(&r->m, "sqlalchemy", "Column");
    py_import(&r->m, "sqlalchemy", "Integer");
    py_push(r->upgrade,
            "op.add_column(\"%.*s\", Column(\"%.*s\", Integer(), nullable=True))",
            STR_ARG(t), STR_ARG(c));
    answer_assume(
        r->answer,
        str_format(a,
                   "`%.*s.%.*s` is new, an integer as the key it refers to, and "
                   "may be NULL: rows that exist have no value for it.",
                   STR_ARG(t), STR_ARG(c)));
  }
  revision_batch(
      r, r->upgrade,
      str_format(a,
                 "create_foreign_key(\"fk_%.*s_%.*s_%.*s\", \"%.*s\", [\"%.*s\"], "
                 "[\"%.*s\"]%.*s)",
                 STR_ARG(t), STR_ARG(c), STR_ARG(to), STR_ARG(to), STR_ARG(c),
                 STR_ARG(key), STR_ARG(ondelete)));
  py_push(r->upgrade, "op.create_index(\"ix_%.*s_%.*s\", \"%.*s\", [\"%.*s\"])",
          STR_ARG(t), STR_ARG(c), STR_ARG(t), STR_ARG(c));
  py_push(r->downgrade, "op.drop_index(\"ix_%.*s_%.*s\", table_name=\"%.*s\")",
          STR_ARG(t), STR_ARG(c), STR_ARG(t));
  revision_batch(
      r, r->downgrade,
      str_format(a, "drop_constraint(\"fk_%.*s_%.*s_%.*s\", type_=\"foreignkey\")",
                 STR_ARG(t), STR_ARG(c), STR_ARG(to)));
  if (new_column)
    revision_batch(r, r->downgrade, str_format(a, "drop_column(\"%.*s\")", STR_ARG(c)));
  r->message =
      str_format(a, "Refer from %.*s.%.*s to %.*s", STR_ARG(t), STR_ARG(c), STR_ARG(to));
  answer_next(r->answer, "The index serves joins and deletes of the parent; it fails "
                         "where rows refer to nothing: look for them first.");
}

static void check_constraint(Revision *r) {
  Arena *a = r->cx->arena;
  Str t = r->step.table, e = r->step.phrase;
  size_t end = 0;
  while (end < e.len && (isalnum((unsigned char)e.ptr[end]) || e.ptr[end] == '_'))
    end++;
  Str name = str_format(a, "ck_%.*s_%.*s", STR_ARG(t), (int)end, e.ptr);
  revision_batch(r, r->upgrade,
                 str_format(a, "create_check_constraint(\"%.*s\", %.*s)", STR_ARG(name),
                            STR_ARG(py_string(a, e))));
  revision_batch(
      r, r->downgrade,
      str_format(a, "drop_constraint(\"%.*s\", type_=\"check\")", STR_ARG(name)));
  r->message = str_format(a, "Check %.*s of %.*s", STR_ARG(e), STR_ARG(t));
  answer_next(r->answer, "It fails where rows break the rule: look for them first.");
}

static void drop_named(Revision *r) {
  Arena *a = r->cx->arena;
  Str t = r->step.table, name = r->step.cols, how = r->step.how;
  const char *type = ask_says(how, "check")         ? "check"
                     : ask_says(how, "foreign,fk")  ? "foreignkey"
                     : str_starts(name, STR("ck_")) ? "check"
                     : str_starts(name, STR("fk_")) ? "foreignkey"
                                                    : "unique";
  r->message = str_format(a, "Drop %.*s", STR_ARG(name));
  if (r->step.kind == STEP_DROP_CONSTRAINT) {
    revision_batch(
        r, r->upgrade,
        str_format(a, "drop_constraint(\"%.*s\", type_=\"%s\")", STR_ARG(name), type));
    if (!revision_restore_named(r, name))
      revision_cannot(
          r, str_format(a, "the call that makes %.*s again, as it was", STR_ARG(name)));
    answer_next(r->answer,
                "SQLite knows a constraint by its name only where it was "
                "created with one; else give `naming_convention=` to the batch.");
    return;
  }
  py_push(r->upgrade, "op.drop_index(\"%.*s\", table_name=\"%.*s\")", STR_ARG(name),
          STR_ARG(t));
  Str prefix = str_format(a, "ix_%.*s_", STR_ARG(t));
  if (revision_restore_named(r, name))
    return;
  if (str_starts(name, prefix) && name.len > prefix.len) {
    py_push(r->downgrade, "op.create_index(\"%.*s\", \"%.*s\", [\"%.*s\"])",
            STR_ARG(name), STR_ARG(t), (int)(name.len - prefix.len),
            name.ptr + prefix.len);
    answer_assume(r->answer,
                  str_format(a, "The index is on `%.*s`, as its name says.",
                             (int)(name.len - prefix.len), name.ptr + prefix.len));
  } else {
    revision_cannot(
        r, str_format(a, "the op.create_index() that makes %.*s again", STR_ARG(name)));
  }
}

static bool done(void (*write)(Revision *), Revision *r) {
  write(r);
  return true;
}

bool revision_step(Revision *r) {
  switch (r->step.kind) {
  case STEP_CREATE_TABLE:
    return create_table(r);
  case STEP_ADD_COLUMN:
    return add_columns(r);
  case STEP_FOREIGN_COLUMN:
  case STEP_FOREIGN_KEY:
    foreign_key(r, r->step.kind == STEP_FOREIGN_COLUMN);
    return true;
  case STEP_INDEX:
  case STEP_UNIQUE_INDEX:
  case STEP_UNIQUE:
  case STEP_RENAME_INDEX:
    return done(revision_index, r);
  case STEP_RENAME_TABLE:
  case STEP_RENAME_COLUMN:
    return done(renames, r);
  case STEP_DROP_INDEX:
  case STEP_DROP_CONSTRAINT:
    return done(drop_named, r);
  case STEP_DROP_COLUMN:
  case STEP_DROP_TABLE:
    return done(drops, r);
  case STEP_NULLABLE:
    return done(nullability, r);
  case STEP_TYPE:
    return change_type(r);
  case STEP_SERVER_DEFAULT:
    return done(server_default, r);
  case STEP_CHECK:
    return done(check_constraint, r);
  case STEP_ENUM_VALUE:
  case STEP_RENAME_VALUE:
    return done(enum_value, r);
  case STEP_DATA:
  case STEP_SPLIT:
  case STEP_MERGE:
  case STEP_COPY:
  case STEP_CONVERT:
  case STEP_FILL:
    return revision_move(r);
  case STEP_SCOPE:
    break;
  }
  return false;
}
