// revision_restore.c: the way back from a step that drops, where models tell what was
// there. Rows are lost in any case; where nobody knows the structure, the downgrade says
// what is to be written there.
#include "agent/revision_internal.h"

#include <ctype.h>

#include "gen/python_model.h"

void revision_batch(Revision *r, json_t *into, Str call) {
  py_push(into, "with op.batch_alter_table(\"%.*s\") as batch:\n    batch.%.*s",
          STR_ARG(r->step.table), STR_ARG(call));
}

// What the models tell of the step's table; NULL where they do not.
static const TableStructure *structure(Revision *r) {
  if (!r->cx->models)
    return NULL;
  if (!str_eq(r->structure_of, r->step.table)) {
    const SqlTable *t = models_table_by_name(r->cx->models, r->step.table);
    r->structure_of = r->step.table;
    if (!t || !schema_add_structure(r->restored, t, r->cx->resolver, &r->structure))
      r->structure = (TableStructure){0};
  }
  return r->structure.table ? &r->structure : NULL;
}

const SchemaColumn *revision_known_column(Revision *r, Str name) {
  const TableStructure *s = structure(r);
  const SchemaColumn *c = s ? schema_column(s->table, name) : NULL;
  return c && structure_tells(c) ? c : NULL;
}

const SchemaTable *revision_known_table(Revision *r) {
  const TableStructure *s = structure(r);
  return s ? s->table : NULL;
}

void revision_cannot(Revision *r, Str what) {
  Arena *a = r->cx->arena;
  py_push(r->downgrade, "raise NotImplementedError(%.*s)",
          STR_ARG(py_string(a, str_format(a, "Write here %.*s.", STR_ARG(what)))));
  answer_next(r->answer,
              "No model tells what the downgrade has to make again: write there %.*s.",
              STR_ARG(what));
}

// A comment on what the models have and the downgrade has not: of the table where
// `column` is "", else of the column alone.
static void tell_untold(Revision *r, Str column) {
  const TableStructure *s = structure(r);
  for (uint32_t i = 0; i < s->untold_count; i++) {
    const Untold *u = &s->untold[i];
    if (column.len && u->column.len && !str_eq(u->column, column))
      continue;
    py_push(r->downgrade, "# Not made again, look at the models: %.*s.",
            STR_ARG(u->what));
    answer_next(r->answer, "The downgrade leaves out what could not be read: %.*s.",
                STR_ARG(u->what));
  }
}

// ---- Constraints

static Str names_list(Arena *a, const StrVec *names, Str *joined) {
  Buf list = {0}, name = {0};
  for (size_t i = 0; i < names->len; i++) {
    buf_printf(&list, "%s%.*s", i ? ", " : "", STR_ARG(py_string(a, names->items[i])));
    buf_printf(&name, "%s%.*s", i ? "_" : "", STR_ARG(names->items[i]));
  }
  Str out = str_copy(a, buf_str(&list));
  *joined = str_copy(a, buf_str(&name));
  buf_free(&list);
  buf_free(&name);
  return out;
}

static void make_index(Revision *r, Str name, Str list, bool unique) {
  py_push(r->downgrade, "op.create_index(\"%.*s\", \"%.*s\", [%.*s]%s)", STR_ARG(name),
          STR_ARG(r->step.table), STR_ARG(list), unique ? ", unique=True" : "");
}

static void make_unique(Revision *r, Str name, Str list) {
  revision_batch(r, r->downgrade,
                 str_format(r->cx->arena, "create_unique_constraint(\"%.*s\", [%.*s])",
                            STR_ARG(name), STR_ARG(list)));
}

static void make_constraint(Revision *r, const SchemaConstraint *k) {
  Arena *a = r->cx->arena;
  Str joined, list = names_list(a, &k->columns, &joined), t = r->step.table;
  Str name = k->name.len ? k->name
                         : str_format(a, "%s_%.*s_%.*s",
                                      k->kind == CHECK_CONSTRAINT ? "ck" : "uq",
                                      STR_ARG(t), STR_ARG(joined));
  switch (k->kind) {
  case CHECK_CONSTRAINT:
    revision_batch(r, r->downgrade,
                   str_format(a, "create_check_constraint(\"%.*s\", %.*s)", STR_ARG(name),
                              STR_ARG(py_string(a, k->expression))));
    break;
  case UNIQUE_CONSTRAINT:
    make_unique(r, name, list);
    break;
  case PLAIN_INDEX:
  case UNIQUE_INDEX:
    make_index(r, name, list, k->kind == UNIQUE_INDEX);
    break;
  }
}

static Str foreign_key_name(Revision *r, const SchemaColumn *c) {
  const SchemaForeignKey *k = c->foreign_key;
  return k->name.len
             ? k->name
             : str_format(r->cx->arena, "fk_%.*s_%.*s_%.*s", STR_ARG(r->step.table),
                          STR_ARG(c->name), STR_ARG(k->table->name));
}

static void make_foreign_key(Revision *r, const SchemaColumn *c) {
  Arena *a = r->cx->arena;
  const SchemaForeignKey *k = c->foreign_key;
  Str call =
      str_format(a, "create_foreign_key(\"%.*s\", \"%.*s\", [\"%.*s\"], [\"%.*s\"]",
                 STR_ARG(foreign_key_name(r, c)), STR_ARG(k->table->name),
                 STR_ARG(c->name), STR_ARG(k->column->name));
  if (k->ondelete.len)
    call = str_format(a, "%.*s, ondelete=\"%.*s\"", STR_ARG(call), STR_ARG(k->ondelete));
  if (k->onupdate.len)
    call = str_format(a, "%.*s, onupdate=\"%.*s\"", STR_ARG(call), STR_ARG(k->onupdate));
  revision_batch(r, r->downgrade, str_format(a, "%.*s)", STR_ARG(call)));
}

static bool is_word_char(char c) {
  return c == '_' || isalnum((unsigned char)c);
}

static bool mentions(Str sql, Str column) {
  for (size_t at = 0; (at = str_find(sql, column, at)) != SIZE_MAX; at++) {
    size_t end = at + column.len;
    if ((!at || !is_word_char(sql.ptr[at - 1])) &&
        (end >= sql.len || !is_word_char(sql.ptr[end])))
      return true;
  }
  return false;
}

static bool concerns(const SchemaConstraint *k, Str column) {
  bool found = k->kind == CHECK_CONSTRAINT && mentions(k->expression, column);
  for (size_t i = 0; i < k->columns.len; i++)
    found |= str_eq(k->columns.items[i], column);
  return found;
}

// ---- What a step drops

// An index of the column, dropped before it (SQLite would keep it, and fail) and made
// again behind it.
static void swap_index(Revision *r, Str name, Str list, bool unique) {
  py_push(r->upgrade, "op.drop_index(\"%.*s\", table_name=\"%.*s\")", STR_ARG(name),
          STR_ARG(r->step.table));
  make_index(r, name, list, unique);
}

// What belongs to the column and goes with it, as far as it does not belong to a column
// of `before` too.
static void make_parts(Revision *r, const SchemaColumn *c, Str before) {
  Arena *a = r->cx->arena;
  Str t = r->step.table;
  Str list = py_string(a, c->name);
  if (c->foreign_key)
    make_foreign_key(r, c);
  if (c->unique && !c->index)
    make_unique(r, str_format(a, "uq_%.*s_%.*s", STR_ARG(t), STR_ARG(c->name)), list);
  if (c->index)
    swap_index(r, str_format(a, "ix_%.*s_%.*s", STR_ARG(t), STR_ARG(c->name)), list,
               c->unique);
  for (size_t i = 0; i < c->table->constraints.len; i++) {
    const SchemaConstraint *k = c->table->constraints.items[i];
    Str joined, columns = names_list(a, &k->columns, &joined), rest = before, name;
    bool wanted = concerns(k, c->name);
    while (wanted && revision_next_name(&rest, &name))
      wanted = !concerns(k, name);
    if (!wanted)
      continue;
    if (k->kind == PLAIN_INDEX || k->kind == UNIQUE_INDEX)
      swap_index(r, k->name, columns, k->kind == UNIQUE_INDEX);
    else
      make_constraint(r, k);
  }
}

static bool forbids_null(const SchemaColumn *c) {
  return !c->nullable && c->default_kind == DEFAULT_NONE;
}

void revision_add_again(Revision *r, const SchemaColumn *c) {
  SchemaColumn plain = *c;
  plain.nullable |= forbids_null(c);
  plain.unique = plain.index = false;
  plain.foreign_key = NULL;
  revision_batch(r, r->downgrade,
                 str_format(r->cx->arena, "add_column(%.*s)",
                            STR_ARG(py_core_column(&r->m, &plain))));
}

void revision_complete_again(Revision *r, const SchemaColumn *c, Str before) {
  Arena *a = r->cx->arena;
  if (forbids_null(c))
    revision_batch(r, r->downgrade,
                   str_format(a, "alter_column(%.*s, existing_type=%.*s, nullable=False)",
                              STR_ARG(py_string(a, c->name)),
                              STR_ARG(py_sql_type_explicit(&r->m, &c->type, false))));
  make_parts(r, c, before);
  tell_untold(r, c->name);
}

bool revision_restore_column(Revision *r, Str name) {
  const SchemaColumn *c = revision_known_column(r, name);
  if (!c || c->primary_key) {
    revision_cannot(r, str_format(r->cx->arena,
                                  "the op.add_column() that makes %.*s.%.*s again, with "
                                  "the type it had",
                                  STR_ARG(r->step.table), STR_ARG(name)));
    return false;
  }
  py_push(r->downgrade, "# The column comes back, its values do not.");
  revision_add_again(r, c);
  if (forbids_null(c))
    py_push(r->downgrade, "# Fill %.*s here: NOT NULL is refused where rows have none.",
            STR_ARG(name));
  revision_complete_again(r, c, STR(""));
  return true;
}

// PostgreSQL keeps the type of an Enum when its table goes: it is not to be made twice.
static void keep_enum(Revision *r, SchemaType *type) {
  Arena *a = r->cx->arena;
  size_t equals = str_find_char(type->text, '=', 0);
  bool named = str_starts(type->text, STR("Enum(")) && equals != SIZE_MAX &&
               str_ends(str_slice(type->text, 0, equals), STR(" name")) &&
               str_find_char(type->text, '=', equals + 1) == SIZE_MAX;
  if (!named)
    return;
  Str values = str_slice(type->text, 5, type->text.len - 1);
  py_import(&r->m, "sqlalchemy.dialects", "postgresql");
  type->text = str_format(
      a, "%.*s.with_variant(postgresql.ENUM(%.*s, create_type=False), \"postgresql\")",
      STR_ARG(type->text), STR_ARG(values));
}

bool revision_restore_table(Revision *r) {
  const TableStructure *s = structure(r);
  if (!s || !s->whole) {
    revision_cannot(r, str_format(r->cx->arena,
                                  "the op.create_table() that makes %.*s again, with the "
                                  "columns it had",
                                  STR_ARG(r->step.table)));
    return false;
  }
  for (size_t i = 0; i < s->table->columns.len; i++)
    keep_enum(r, &s->table->columns.items[i]->type);
  json_t *table = py_table_json(&r->m, s->table, true), *unused = json_array();
  py_push(r->downgrade, "# The table comes back, its rows do not.");
  py_create_table(&r->m, table, r->downgrade, unused);
  json_decref(unused);
  json_decref(table);
  tell_untold(r, STR(""));
  return true;
}

// The one column of the table whose own flag or key has that name by convention.
static bool restore_of_column(Revision *r, const SchemaTable *t, Str name) {
  Arena *a = r->cx->arena;
  for (size_t i = 0; i < t->columns.len; i++) {
    const SchemaColumn *c = t->columns.items[i];
    Str tail = str_format(a, "_%.*s_%.*s", STR_ARG(r->step.table), STR_ARG(c->name));
    Str list = py_string(a, c->name);
    if (c->index && str_eq(name, str_format(a, "ix%.*s", STR_ARG(tail)))) {
      make_index(r, name, list, c->unique);
      return true;
    }
    if (c->unique && !c->index && str_eq(name, str_format(a, "uq%.*s", STR_ARG(tail)))) {
      make_unique(r, name, list);
      return true;
    }
    if (c->foreign_key && str_eq(name, foreign_key_name(r, c))) {
      make_foreign_key(r, c);
      return true;
    }
  }
  return false;
}

bool revision_restore_named(Revision *r, Str name) {
  const TableStructure *s = structure(r);
  for (size_t i = 0; s && i < s->table->constraints.len; i++)
    if (str_eq(s->table->constraints.items[i]->name, name)) {
      make_constraint(r, s->table->constraints.items[i]);
      return true;
    }
  return s && restore_of_column(r, s->table, name);
}
