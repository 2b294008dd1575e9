// revision_index.c: indexes and unique constraints, made or renamed.
#include "agent/revision_internal.h"

#include <ctype.h>

#include "base/regex.h"

Str revision_columns(Revision *r, Str *joined) {
  Buf list = {0}, name = {0};
  Str rest = r->step.cols, word;
  while (revision_next_name(&rest, &word)) {
    buf_printf(&list, "%s\"%.*s\"", list.len ? ", " : "", STR_ARG(word));
    buf_printf(&name, "%s%.*s", name.len ? "_" : "", STR_ARG(word));
  }
  Str out = str_copy(r->cx->arena, buf_str(&list));
  *joined = str_copy(r->cx->arena, buf_str(&name));
  buf_free(&list);
  buf_free(&name);
  return out;
}

// "lower(email)" as part of a name: "lower_email".
static Str joined_words(Arena *a, Str expression) {
  Buf out = {0};
  Str word;
  while (revision_next_name(&expression, &word))
    buf_printf(&out, "%s%.*s", out.len ? "_" : "", STR_ARG(word));
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

// "deleted_at is null", "status is open", "active": the condition as SQL.
static Str condition_sql(Arena *a, Str said) {
  RegexMatch match;
  Regex *re = regex_new(STR("(?i)^\\s*(?<name>\\w+)\\s+(?:(?:is|are|equals|=|==)\\s+(?<"
                            "not>not\\s+)?)(?<value>'[^']*'|"
                            "\\w+)\\s*$"));
  Str out = str_trim(said);
  if (regex_find(re, said, 0, &match)) {
    Str value = regex_group(re, &match, "value"), name = regex_group(re, &match, "name");
    bool null = ask_says(value, "null,none,empty");
    bool bare = null || value.ptr[0] == '\'' || isdigit((unsigned char)value.ptr[0]) ||
                ask_says(value, "true,false");
    const char *not = regex_group(re, &match, "not").len ? " NOT" : "";
    out = null   ? str_format(a, "%.*s IS%s NULL", STR_ARG(name), not )
          : bare ? str_format(a, "%.*s = %.*s", STR_ARG(name), STR_ARG(value))
                 : str_format(a, "%.*s = '%.*s'", STR_ARG(name), STR_ARG(value));
  }
  regex_free(re);
  return out;
}

static void make_unique(Revision *r) {
  Str joined, table = r->step.table, list = revision_columns(r, &joined);
  Arena *a = r->cx->arena;
  revision_batch(r, r->upgrade,
                 str_format(a, "create_unique_constraint(\"uq_%.*s_%.*s\", [%.*s])",
                            STR_ARG(table), STR_ARG(joined), STR_ARG(list)));
  revision_batch(r, r->downgrade,
                 str_format(a, "drop_constraint(\"uq_%.*s_%.*s\", type_=\"unique\")",
                            STR_ARG(table), STR_ARG(joined)));
  r->message = str_format(a, "Make %.*s.%.*s unique", STR_ARG(table), STR_ARG(joined));
  answer_next(r->answer, "It fails where rows have the same values: look for them "
                         "first, and decide which of them stay.");
}

static void rename_index(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  bool constraint = ask_says(s->how, "constraint");
  Str ways[2] = {s->cols, s->to};
  json_t *into[2] = {r->upgrade, r->downgrade};
  r->message = str_format(a, "Rename %.*s to %.*s", STR_ARG(s->cols), STR_ARG(s->to));
  for (int i = 0; i < 2; i++)
    if (constraint)
      py_push(into[i], "op.execute(\"ALTER TABLE %.*s RENAME CONSTRAINT %.*s TO %.*s\")",
              STR_ARG(s->table), STR_ARG(ways[i]), STR_ARG(ways[1 - i]));
    else
      py_push(into[i],
              "columns = next(\n"
              "    index[\"column_names\"]\n"
              "    for index in inspect(op.get_bind()).get_indexes(\"%.*s\")\n"
              "    if index[\"name\"] == \"%.*s\"\n"
              ")\n"
              "op.drop_index(\"%.*s\", table_name=\"%.*s\")\n"
              "op.create_index(\"%.*s\", \"%.*s\", columns)",
              STR_ARG(s->table), STR_ARG(ways[i]), STR_ARG(ways[i]), STR_ARG(s->table),
              STR_ARG(ways[1 - i]), STR_ARG(s->table));
  if (constraint) {
    r->answer->dialect = "postgresql";
    return;
  }
  py_import(&r->m, "sqlalchemy", "inspect");
  answer_text(r->answer,
              "No statement renames an index on every database, so it is made anew over "
              "the same columns. On PostgreSQL `op.execute(\"ALTER INDEX %.*s RENAME TO "
              "%.*s\")` does it at once; a unique or partial index needs its options "
              "again.",
              STR_ARG(s->cols), STR_ARG(s->to));
}

static void make_index(Revision *r) {
  Step *s = &r->step;
  Arena *a = r->cx->arena;
  Str joined, table = s->table, list = revision_columns(r, &joined), where = STR("");
  if (s->phrase.len) {
    py_import(&r->m, "sqlalchemy", "text");
    list = str_format(a, "text(%.*s)", STR_ARG(py_string(a, s->phrase)));
    joined = joined_words(a, s->phrase);
    answer_text(r->answer,
                "Queries use the index where they have the same expression. MySQL from "
                "8.0.13 wants it in parentheses of its own: `text(\"(%.*s)\")`; MariaDB "
                "has no such indexes, there a computed column is indexed.",
                STR_ARG(s->phrase));
  }
  if (s->how.len) {
    py_import(&r->m, "sqlalchemy", "text");
    Str condition = py_string(a, condition_sql(a, s->how));
    where = str_format(a, ", postgresql_where=text(%.*s), sqlite_where=text(%.*s)",
                       STR_ARG(condition), STR_ARG(condition));
    answer_text(r->answer, "MySQL and MariaDB have no partial indexes and would make a "
                           "whole one.");
  }
  py_push(r->upgrade, "op.create_index(\"ix_%.*s_%.*s\", \"%.*s\", [%.*s]%s%.*s)",
          STR_ARG(table), STR_ARG(joined), STR_ARG(table), STR_ARG(list),
          s->kind == STEP_UNIQUE_INDEX ? ", unique=True" : "", STR_ARG(where));
  py_push(r->downgrade, "op.drop_index(\"ix_%.*s_%.*s\", table_name=\"%.*s\")",
          STR_ARG(table), STR_ARG(joined), STR_ARG(table));
  r->message = str_format(a, "Index %.*s.%.*s", STR_ARG(table), STR_ARG(joined));
  answer_next(r->answer, "On a large table of PostgreSQL build it with "
                         "`postgresql_concurrently=True` inside "
                         "`op.get_context().autocommit_block()`: no writer waits.");
}

void revision_index(Revision *r) {
  if (r->step.kind == STEP_UNIQUE)
    make_unique(r);
  else if (r->step.kind == STEP_RENAME_INDEX)
    rename_index(r);
  else
    make_index(r);
}
