// revision.c: the steps of revision.def as calls of Alembic's op.
#include "agent/revision.h"

#include <ctype.h>
#include <time.h>

#include "agent/describe.h"
#include "agent/generate.h"
#include "base/regex.h"
#include "gen/python.h"

typedef enum {
  STEP_ENUM_VALUE,
  STEP_UNIQUE_INDEX,
  STEP_INDEX,
  STEP_UNIQUE,
  STEP_RENAME_TABLE,
  STEP_RENAME_COLUMN,
  STEP_DROP_COLUMN,
  STEP_DROP_TABLE,
  STEP_NULLABLE,
  STEP_ADD_COLUMN
} StepKind;

static const struct {
  StepKind kind;
  const char *pattern;
} rows[] = {
#define REVISION(kind, pattern) {STEP_##kind, "(?i)" pattern},
#include "agent/revision.def"
};

typedef struct {
  StepKind kind;
  Str table, cols, to, how, phrase, value; // absent where not said
} Step;

typedef struct {
  AskContext *cx;
  Answer *answer;
  PyWriter m;
  json_t *upgrade, *downgrade;
  Step step;
  Str message;
} Revision;

// ---- Reading

static bool find_step(Str clause, Step *out) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    RegexMatch match;
    Regex *r = regex_new(str_from(rows[i].pattern));
    bool found = regex_find(r, clause, 0, &match);
    if (found)
      *out = (Step){.kind = rows[i].kind,
                    .table = regex_group(r, &match, "table"),
                    .cols = regex_group(r, &match, "cols"),
                    .to = regex_group(r, &match, "to"),
                    .how = regex_group(r, &match, "how"),
                    .phrase = regex_group(r, &match, "phrase"),
                    .value = regex_group(r, &match, "value")};
    regex_free(r);
    if (found)
      return true;
  }
  return false;
}

// A class stands for its table: that of the model where it is known.
static Str table_of(Revision *r, Str name) {
  Arena *a = r->cx->arena;
  if (!(name.ptr[0] >= 'A' && name.ptr[0] <= 'Z') || r->step.kind == STEP_ENUM_VALUE)
    return name;
  Str table = name_plural(a, name_snake(a, name));
  answer_assume(r->answer, str_format(a, "The table of `%.*s` is taken to be `%.*s`.",
                                      STR_ARG(name), STR_ARG(table)));
  return table;
}

// "email and tenant_id": the names in quotes, with commas; `joined` for names of objects.
static Str column_list(Revision *r, Str *joined) {
  Buf list = {0}, name = {0};
  Str cols = r->step.cols;
  for (size_t i = 0; i < cols.len;) {
    size_t from = i;
    while (i < cols.len && (cols.ptr[i] == '_' || isalnum((unsigned char)cols.ptr[i])))
      i++;
    Str word = str_slice(cols, from, i);
    if (word.len && !str_eq_nocase(word, STR("and"))) {
      buf_printf(&list, "%s\"%.*s\"", list.len ? ", " : "", STR_ARG(word));
      buf_printf(&name, "%s%.*s", name.len ? "_" : "", STR_ARG(word));
    }
    i += i == from;
  }
  Str out = str_copy(r->cx->arena, buf_str(&list));
  *joined = str_copy(r->cx->arena, buf_str(&name));
  buf_free(&list);
  buf_free(&name);
  return out;
}

// ---- Steps

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

// The column that a phrase describes, as describe.h reads fields of a model; NULL where
// it makes nothing or several of it.
static SchemaColumn *read_column(Revision *r, Schema *s) {
  Arena *a = r->cx->arena;
  Step *step = &r->step;
  Description d = {0};
  Err err = {0};
  Str phrase = replaced(a, step->phrase, "(?i)\\b(?:columns?|fields?)\\b", "");
  phrase = replaced(a, phrase, "(?i)\\b(?:not[ -]null(?:able)?|non[ -]?null(?:able)?)\\b",
                    "required");
  Str text = str_format(a, "Define a Thing model with id, %.*s%s%.*s", STR_ARG(phrase),
                        step->how.len ? " " : "", STR_ARG(step->how));
  SchemaColumn *found = NULL;
  if (describe_models(&d, a, text, s, &err) && s->tables.len == 1 && !d.missed.len &&
      s->tables.items[0]->columns.len == 2) {
    found = s->tables.items[0]->columns.items[1];
    if (found->foreign_key || found->primary_key)
      found = NULL;
  }
  describe_free(&d);
  return found;
}

static Str server_value(Revision *r, const SchemaColumn *c) {
  Arena *a = r->cx->arena;
  if (c->default_kind == DEFAULT_NOW) {
    py_import(&r->m, "sqlalchemy", "func");
    return STR(", server_default=func.now()");
  }
  if (c->default_kind != DEFAULT_VALUE)
    return STR("");
  if (c->type.kind == TYPE_BOOLEAN) {
    bool on = str_eq_nocase(c->default_text, STR("true"));
    py_import(&r->m, "sqlalchemy", on ? "true" : "false");
    return on ? STR(", server_default=true()") : STR(", server_default=false()");
  }
  return str_format(a, ", server_default=%.*s", STR_ARG(py_string(a, c->default_text)));
}

// A step inside a batch over the table.
static void alter(Revision *r, json_t *into, Str call) {
  py_push(into, "with op.batch_alter_table(\"%.*s\") as batch:\n    batch.%.*s",
          STR_ARG(r->step.table), STR_ARG(call));
}

static bool add_column(Revision *r) {
  Schema *s = r->m.schema;
  SchemaColumn *c = read_column(r, s);
  if (!c)
    return false;
  Str table = r->step.table, value = server_value(r, c);
  Str type = py_sql_type_explicit(&r->m, &c->type, false);
  bool later = !c->nullable && !value.len;
  py_import(&r->m, "sqlalchemy", "Column");
  py_push(r->upgrade, "op.add_column(\"%.*s\", Column(\"%.*s\", %.*s, nullable=%s%.*s))",
          STR_ARG(table), STR_ARG(c->name), STR_ARG(type),
          c->nullable || later ? "True" : "False", STR_ARG(value));
  if (later && (r->step.how.len || ask_says(r->step.phrase, "null,required,mandatory"))) {
    alter(r, r->upgrade,
          str_format(r->cx->arena,
                     "alter_column(\"%.*s\", existing_type=%.*s, nullable=False)",
                     STR_ARG(c->name), STR_ARG(type)));
    answer_next(r->answer,
                "Rows that exist have no value for `%.*s`: fill them between "
                "the two steps, else NOT NULL is refused.",
                STR_ARG(c->name));
  } else if (later) {
    answer_assume(r->answer, str_format(r->cx->arena,
                                        "`%.*s` may be NULL: rows that exist have no "
                                        "value for it.",
                                        STR_ARG(c->name)));
  }
  if (c->unique)
    alter(r, r->upgrade,
          str_format(r->cx->arena,
                     "create_unique_constraint(\"uq_%.*s_%.*s\", [\"%.*s\"])",
                     STR_ARG(table), STR_ARG(c->name), STR_ARG(c->name)));
  if (c->unique)
    alter(r, r->downgrade,
          str_format(r->cx->arena, "drop_constraint(\"uq_%.*s_%.*s\", type_=\"unique\")",
                     STR_ARG(table), STR_ARG(c->name)));
  alter(r, r->downgrade,
        str_format(r->cx->arena, "drop_column(\"%.*s\")", STR_ARG(c->name)));
  r->message =
      str_format(r->cx->arena, "Add %.*s.%.*s", STR_ARG(table), STR_ARG(c->name));
  return true;
}

static void index_or_unique(Revision *r) {
  Str joined, table = r->step.table, list = column_list(r, &joined);
  Arena *a = r->cx->arena;
  if (r->step.kind == STEP_UNIQUE) {
    alter(r, r->upgrade,
          str_format(r->cx->arena, "create_unique_constraint(\"uq_%.*s_%.*s\", [%.*s])",
                     STR_ARG(table), STR_ARG(joined), STR_ARG(list)));
    alter(r, r->downgrade,
          str_format(r->cx->arena, "drop_constraint(\"uq_%.*s_%.*s\", type_=\"unique\")",
                     STR_ARG(table), STR_ARG(joined)));
    r->message = str_format(a, "Make %.*s.%.*s unique", STR_ARG(table), STR_ARG(joined));
    answer_next(r->answer, "It fails where rows have the same values: look for them "
                           "first, and decide which of them stay.");
    return;
  }
  bool unique = r->step.kind == STEP_UNIQUE_INDEX;
  py_push(r->upgrade, "op.create_index(\"ix_%.*s_%.*s\", \"%.*s\", [%.*s]%s)",
          STR_ARG(table), STR_ARG(joined), STR_ARG(table), STR_ARG(list),
          unique ? ", unique=True" : "");
  py_push(r->downgrade, "op.drop_index(\"ix_%.*s_%.*s\", table_name=\"%.*s\")",
          STR_ARG(table), STR_ARG(joined), STR_ARG(table));
  r->message = str_format(a, "Index %.*s.%.*s", STR_ARG(table), STR_ARG(joined));
  answer_next(r->answer, "On a large table of PostgreSQL build it with "
                         "`postgresql_concurrently=True` inside "
                         "`op.get_context().autocommit_block()`: no writer waits.");
}

static void renames(Revision *r) {
  Str table = r->step.table, old = r->step.cols, to = r->step.to;
  if (r->step.kind == STEP_RENAME_TABLE) {
    py_push(r->upgrade, "op.rename_table(\"%.*s\", \"%.*s\")", STR_ARG(table),
            STR_ARG(to));
    py_push(r->downgrade, "op.rename_table(\"%.*s\", \"%.*s\")", STR_ARG(to),
            STR_ARG(table));
    r->message =
        str_format(r->cx->arena, "Rename %.*s to %.*s", STR_ARG(table), STR_ARG(to));
  } else {
    alter(r, r->upgrade,
          str_format(r->cx->arena, "alter_column(\"%.*s\", new_column_name=\"%.*s\")",
                     STR_ARG(old), STR_ARG(to)));
    alter(r, r->downgrade,
          str_format(r->cx->arena, "alter_column(\"%.*s\", new_column_name=\"%.*s\")",
                     STR_ARG(to), STR_ARG(old)));
    r->message = str_format(r->cx->arena, "Rename %.*s.%.*s to %.*s", STR_ARG(table),
                            STR_ARG(old), STR_ARG(to));
    answer_next(r->answer, "MySQL and MariaDB want `existing_type=` (and "
                           "`existing_nullable=`) beside the new name.");
  }
  answer_next(r->answer, "Autogenerate would drop and add, and lose the rows' values: a "
                         "rename is always written by hand. Code that runs during the "
                         "deployment must know both names, or stop.");
}

static void drops(Revision *r) {
  Str table = r->step.table, column = r->step.cols;
  Arena *a = r->cx->arena;
  bool whole = r->step.kind == STEP_DROP_TABLE;
  Str what = whole ? str_format(a, "the table %.*s", STR_ARG(table))
                   : str_format(a, "%.*s.%.*s", STR_ARG(table), STR_ARG(column));
  py_push(r->downgrade, "raise NotImplementedError(\"restore %.*s from a backup\")",
          STR_ARG(what));
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
  answer_text(r->answer,
              "**Destructive:** what %.*s holds is lost, and a downgrade cannot bring it "
              "back. Run it only after a backup and with the consent of those who own "
              "the data; first deploy code that no longer uses it.",
              STR_ARG(what));
}

static void nullability(Revision *r) {
  bool optional =
      ask_says(r->step.how, "optional") || str_eq_nocase(r->step.how, STR("nullable"));
  const char *up = optional ? "True" : "False", *down = optional ? "False" : "True";
  Str c = r->step.cols;
  alter(r, r->upgrade,
        str_format(r->cx->arena, "alter_column(\"%.*s\", nullable=%s)", STR_ARG(c), up));
  alter(
      r, r->downgrade,
      str_format(r->cx->arena, "alter_column(\"%.*s\", nullable=%s)", STR_ARG(c), down));
  r->message = str_format(r->cx->arena, "Make %.*s.%.*s %s", STR_ARG(r->step.table),
                          STR_ARG(c), optional ? "nullable" : "NOT NULL");
  answer_next(r->answer, "%s MySQL and MariaDB want `existing_type=` too.",
              optional ? "Code that reads the column must take None."
                       : "It fails where rows are NULL: fill them first, by an UPDATE "
                         "in a revision before this one.");
}

static void enum_value(Revision *r) {
  Step *s = &r->step;
  py_push(r->upgrade,
          "with op.get_context().autocommit_block():\n"
          "    op.execute(\"ALTER TYPE %.*s ADD VALUE IF NOT EXISTS '%.*s'\")",
          STR_ARG(s->table), STR_ARG(s->value));
  r->message =
      str_format(r->cx->arena, "Add %.*s to %.*s", STR_ARG(s->value), STR_ARG(s->table));
  r->answer->dialect = "postgresql";
  answer_text(r->answer, "PostgreSQL cannot use a new value in the transaction that adds "
                         "it, therefore the autocommit block. It cannot take a value "
                         "away either: the downgrade leaves it.");
}

static bool write_step(Revision *r) {
  switch (r->step.kind) {
  case STEP_ADD_COLUMN:
    return add_column(r);
  case STEP_INDEX:
  case STEP_UNIQUE_INDEX:
  case STEP_UNIQUE:
    index_or_unique(r);
    return true;
  case STEP_RENAME_TABLE:
  case STEP_RENAME_COLUMN:
    renames(r);
    return true;
  case STEP_DROP_COLUMN:
  case STEP_DROP_TABLE:
    drops(r);
    return true;
  case STEP_NULLABLE:
    nullability(r);
    return true;
  case STEP_ENUM_VALUE:
    enum_value(r);
    return true;
  }
  return false;
}

// ---- The file

// Twelve hexadecimal digits of the message, as Alembic's names of revisions are.
static Str revision_id(Arena *a, Str message) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < message.len; i++)
    hash = (hash ^ (unsigned char)message.ptr[i]) * 1099511628211u;
  return str_format(a, "%012llx", (unsigned long long)(hash & 0xffffffffffffu));
}

static bool write_file(Revision *r, Gen *g) {
  Err err = {0};
  Str text, id = revision_id(g->arena, r->message);
  json_t *data = json_object();
  char date[32];
  time_t now = time(NULL);
  struct tm local;
  localtime_r(&now, &local);
  strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &local);
  py_import(&r->m, "collections.abc", "Sequence");
  py_import(&r->m, "alembic", "op");
  json_object_set_new(data, "message", py_json(r->message));
  json_object_set_new(data, "revision", py_json(id));
  json_object_set_new(data, "down_revision", json_string("PREVIOUS_REVISION"));
  json_object_set_new(data, "create_date", json_string(date));
  json_object_set(data, "upgrade", r->upgrade);
  json_object_set(data, "downgrade", r->downgrade);
  json_object_set_new(data, "imports", py_imports_json(&r->m));
  if (!gen_render(g, "alembic_migration_template.jinja2", data, &text, &err))
    return false;
  Str path = str_format(g->arena, "migrations/versions/%.*s_%.*s.py", STR_ARG(id),
                        STR_ARG(name_snake(g->arena, r->step.table)));
  answer_code(r->answer, text, path.ptr, false);
  return true;
}

bool revision_answer(AskContext *cx, Str clause, Answer *answer) {
  Revision r = {.cx = cx, .answer = answer};
  if (!find_step(clause, &r.step))
    return false;
  AskStyle style = ask_style(cx, clause);
  Gen g = {.arena = cx->arena,
           .schema = schema_new(cx->arena),
           .settings = generate_settings(&style),
           .templates = STR("")};
  py_module_init(&r.m, &g);
  r.m.migration = true;
  r.upgrade = json_array();
  r.downgrade = json_array();
  r.step.table = table_of(&r, r.step.table);
  bool ok = write_step(&r) && write_file(&r, &g);
  if (ok) {
    answer_read_as(answer, "A migration: %.*s.", STR_ARG(r.message));
    answer_assume(answer,
                  STR("`down_revision` is for you to fill in: what `alembic "
                      "heads` prints. `alembic revision -m \"...\"` makes the "
                      "file with it, then only the two functions are taken over."));
    answer_next(answer, "Read it, try it on a copy of the data (`alembic upgrade head "
                        "--sql` shows the SQL), then change the models alike: `alembic "
                        "check` says when both agree.");
  }
  json_decref(r.upgrade);
  json_decref(r.downgrade);
  py_module_free(&r.m);
  gen_free(&g);
  schema_free(g.schema);
  return ok;
}
