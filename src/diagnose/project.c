// project.c: what the project's code adds: where columns are declared, which relationship
// is meant, and the change that mends it where that is certain.
//
// A cause that the code shows goes before the listed ones. A diff is given only where one
// change is right whatever else the project does.
#include <ctype.h>
#include <stdio.h>

#include "diagnose/internal.h"
#include "project/config.h"
#include "text/diff.h"

typedef struct {
  Diagnosis *d;
  const Project *p;
  const Models *models;
} Ground;

static void add_cause(Ground *g, CauseWeight weight, Place at, Str text) {
  Cause c = {.text = text, .weight = weight, .path = STR("")};
  if (at.ref) {
    const ProjectFile *f = g->p->files[at.file];
    c.path = str_copy(g->d->arena, f->path);
    c.line = source_position(&f->source, py_span(&f->tree, at.ref).start).line;
  }
  vec_push(&g->d->causes, c);
}

static Str name_of(const Ground *g, Atom atom) {
  return atom_str(g->p->names, atom);
}

// The project's file that a traceback's path ends with; the longest common end counts.
static uint32_t file_of_path(const Project *p, Str path) {
  uint32_t best = NO_FILE;
  size_t best_len = 0;
  for (uint32_t i = 0; i < p->file_count; i++) {
    Str a = p->files[i]->absolute;
    size_t n = 0, whole = 0;
    while (n < a.len && n < path.len) {
      char x = a.ptr[a.len - 1 - n], y = path.ptr[path.len - 1 - n];
      if (x != y && !(x == '/' && y == '\\'))
        break;
      n++;
      if (x == '/')
        whole = n;
    }
    if (n == a.len || n == path.len)
      whole = n + 1;
    if (whole > best_len) {
      best = i;
      best_len = whole;
    }
  }
  return best;
}

static void ground_frame(Ground *g) {
  DiagFrame *f = &g->d->frame;
  uint32_t file = f->line ? file_of_path(g->p, f->path) : NO_FILE;
  if (file == NO_FILE || !g->p->files[file]->readable)
    return;
  const Source *s = &g->p->files[file]->source;
  if (f->line > s->line_count)
    return;
  Str line = str_trim(source_line(s, f->line));
  if (f->source.len && !str_eq(f->source, line))
    return; // another version of the file, or another file
  f->path = str_copy(g->d->arena, g->p->files[file]->path);
  f->in_project = true;
  if (!f->source.len)
    f->source = str_copy(g->d->arena, line);
}

static const SqlTable *find_table(const Ground *g, Str name) {
  const SqlTable *found = NULL;
  for (uint32_t i = 0; i < models_table_count(g->models); i++) {
    const SqlTable *t = models_table_at(g->models, i);
    if (!str_eq(t->name, name) && !str_eq(t->full_name, name))
      continue;
    if (found)
      return NULL;
    found = t;
  }
  return found;
}

static const SqlColumn *find_column(const Ground *g, const SqlTable *t, Str name) {
  for (uint32_t i = 0; t && i < t->column_count; i++)
    if (str_eq(name_of(g, t->columns[i]->name), name))
      return t->columns[i];
  return NULL;
}

static Place place_of(const SqlColumn *c) {
  return c->node.ref ? c->node : c->annotation.ref ? c->annotation : c->declared_in;
}

// "User.email" where a class maps it, else "table.column".
static Str column_title(const Ground *g, const SqlColumn *c) {
  const Model *m = c->table ? c->table->model : NULL;
  for (uint32_t i = 0; m && i < m->column_count; i++)
    if (m->columns[i].column == c)
      return str_format(g->d->arena, "%.*s.%.*s", STR_ARG(name_of(g, m->name)),
                        STR_ARG(name_of(g, m->columns[i].key)));
  return str_format(g->d->arena, "%.*s.%.*s", STR_ARG(c->table->name),
                    STR_ARG(name_of(g, c->name)));
}

// Names that databases and the usual conventions give: <table>_<column>_key,
// ix_<table>_<column>, uq_…, fk_<table>_<column>_….
static bool default_name(const Ground *g, const SqlTable *t, const SqlColumn *c,
                         Str constraint) {
  static const char *const forms[] = {"%.*s_%.*s_key",    "ix_%.*s_%.*s",
                                      "uq_%.*s_%.*s",     "%.*s_%.*s_fkey",
                                      "uq_%.*s_%.*s_key", "ck_%.*s_%.*s"};
  char name[512];
  for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(name, sizeof name, forms[i], STR_ARG(t->name), STR_ARG(name_of(g, c->name)));
#pragma GCC diagnostic pop
    if (str_is(constraint, name))
      return true;
  }
  snprintf(name, sizeof name, "fk_%.*s_%.*s_", STR_ARG(t->name),
           STR_ARG(name_of(g, c->name)));
  return str_starts(constraint, str_from(name));
}

static void columns_of_constraint(Ground *g, const SqlTable *t) {
  Diagnosis *d = g->d;
  for (uint32_t i = 0; i < t->constraint_count; i++) {
    const SqlConstraint *c = &t->constraints[i];
    if (!c->name.len || !str_eq(c->name, d->constraint))
      continue;
    for (uint32_t k = 0; k < c->column_count && !(d->columns.len > k); k++)
      if (c->columns[k].ptr)
        vec_push(&d->columns, str_copy(d->arena, c->columns[k]));
    add_cause(
        g, CAUSE_SHOWN, c->node,
        str_format(d->arena, "The constraint %.*s is declared there.", STR_ARG(c->name)));
    return;
  }
  for (uint32_t i = 0; i < t->column_count && !d->columns.len; i++)
    if (default_name(g, t, t->columns[i], d->constraint))
      vec_push(&d->columns, str_copy(d->arena, name_of(g, t->columns[i]->name)));
}

// The table whose constraint this is, where the message names no table.
static const SqlTable *table_of_constraint(const Ground *g) {
  for (uint32_t i = 0; i < models_table_count(g->models); i++) {
    const SqlTable *t = models_table_at(g->models, i);
    for (uint32_t k = 0; k < t->constraint_count; k++)
      if (t->constraints[k].name.len && str_eq(t->constraints[k].name, g->d->constraint))
        return t;
    for (uint32_t k = 0; k < t->column_count; k++)
      if (default_name(g, t, t->columns[k], g->d->constraint))
        return t;
  }
  return NULL;
}

static void make_diff(Ground *g, uint32_t file, Span span, Str text) {
  const ProjectFile *f = g->p->files[file];
  Str before = f->source.text;
  Buf after = {0}, diff = {0};
  buf_add_str(&after, str_slice(before, 0, span.start));
  buf_add_str(&after, text);
  buf_add_str(&after, str_slice(before, span.end, before.len));
  Str a = str_format(g->d->arena, "a/%.*s", STR_ARG(f->path));
  Str b = str_format(g->d->arena, "b/%.*s", STR_ARG(f->path));
  if (diff_unified(before, buf_str(&after), a, b, &diff))
    g->d->fix_diff = str_copy(g->d->arena, buf_str(&diff));
  buf_free(&after);
  buf_free(&diff);
}

// Replaces a name in the first string of the expression at `at` by `right`.
static void diff_renamed(Ground *g, Place at, Str wrong, Str right) {
  const ProjectFile *f = g->p->files[at.file];
  Span span = py_span(&f->tree, at.ref);
  Str text = source_slice(&f->source, span);
  size_t offset = str_find(text, wrong, 0);
  if (offset == SIZE_MAX || str_find(text, wrong, offset + 1) != SIZE_MAX)
    return;
  uint32_t start = span.start + (uint32_t)offset;
  make_diff(g, at.file, (Span){start, start + (uint32_t)wrong.len}, right);
}

// Adds a keyword argument behind the last one of a call.
static void diff_argument(Ground *g, Place call, const char *argument) {
  const ProjectFile *f = g->p->files[call.file];
  Span span = py_span(&f->tree, call.ref);
  Str text = source_slice(&f->source, span);
  if (!str_ends(text, STR(")")) || str_find_char(text, '#', 0) != SIZE_MAX)
    return; // a comment may stand where the argument would go
  size_t end = text.len - 1;
  while (end > 0 && isspace((unsigned char)text.ptr[end - 1]))
    end--;
  bool comma = end && text.ptr[end - 1] == ',', open = end && text.ptr[end - 1] == '(';
  bool lines = str_find_char(str_slice(text, end, text.len), '\n', 0) != SIZE_MAX;
  Buf out = {0};
  if (!comma && !open)
    buf_add_char(&out, ',');
  if (lines) { // one argument a line: as the last one stands
    uint32_t line = source_position(&f->source, span.start + (uint32_t)end - 1).line;
    Str last = source_line(&f->source, line);
    size_t indent = 0;
    while (indent < last.len && last.ptr[indent] == ' ')
      indent++;
    buf_add_char(&out, '\n');
    buf_add_repeat(&out, ' ', indent);
  } else if (!open) {
    buf_add_char(&out, ' ');
  }
  buf_add_text(&out, argument);
  if (lines && comma)
    buf_add_char(&out, ',');
  uint32_t at = span.start + (uint32_t)end;
  make_diff(g, call.file, (Span){at, at}, str_copy(g->d->arena, buf_str(&out)));
  buf_free(&out);
}

// The parent's collection whose child key this column is; NULL where not plain.
static const Relationship *collection_over(const Ground *g, const SqlColumn *c) {
  const SqlTable *parent = c->foreign_key_count ? c->foreign_keys[0].table : NULL;
  const Relationship *found = NULL;
  for (uint32_t i = 0; parent && i < models_count(g->models); i++) {
    const Model *m = models_at(g->models, i);
    for (uint32_t k = 0; m->table == parent && k < m->relationship_count; k++) {
      const Relationship *r = &m->relationships[k];
      if (r->inherited || r->direction != ONE_TO_MANY || !r->target ||
          r->target->table != c->table)
        continue;
      if (found)
        return NULL;
      found = r;
    }
  }
  return found;
}

static void unique_causes(Ground *g, const SqlColumn *c) {
  if (c->primary_key)
    add_cause(
        g, CAUSE_LIKELY, place_of(c),
        str_format(g->d->arena,
                   "%.*s is the primary key: a row with this id exists. Rows were "
                   "inserted with explicit ids, or the same object was added again.",
                   STR_ARG(column_title(g, c))));
  else
    add_cause(g, CAUSE_SHOWN, place_of(c),
              str_format(g->d->arena,
                         "%.*s is %s, and a row with this value exists already.",
                         STR_ARG(column_title(g, c)),
                         c->unique ? "declared unique" : "part of a unique constraint"));
}

static void not_null_causes(Ground *g, const SqlColumn *c) {
  Diagnosis *d = g->d;
  Str verb, table;
  statement_parts(d->statement, &verb, &table);
  bool update = str_eq_nocase(verb, STR("UPDATE"));
  const Relationship *r = update ? collection_over(g, c) : NULL;
  if (r && !r->cascade.len && !r->viewonly) {
    add_cause(
        g, CAUSE_SHOWN, r->node,
        str_format(d->arena,
                   "The statement sets %.*s to NULL: its parent was deleted, or it was "
                   "taken out of the collection %.*s, which has no delete cascade.",
                   STR_ARG(column_title(g, c)), STR_ARG(name_of(g, r->key))));
    diff_argument(g, r->node, "cascade=\"all, delete-orphan\"");
    return;
  }
  if (!c->nullable && !c->default_value.ref && !c->server_default.ref &&
      !c->insert_default.ref)
    add_cause(g, update ? CAUSE_LIKELY : CAUSE_SHOWN, place_of(c),
              str_format(d->arena,
                         "%.*s is NOT NULL and has no default, and no value was set "
                         "before the flush.",
                         STR_ARG(column_title(g, c))));
}

static void foreign_key_causes(Ground *g, const SqlColumn *c) {
  if (!c->foreign_key_count)
    return;
  const SqlForeignKey *k = &c->foreign_keys[0];
  Str verb, table;
  statement_parts(g->d->statement, &verb, &table);
  if (str_eq_nocase(verb, STR("DELETE")) && !k->ondelete.len)
    add_cause(g, CAUSE_SHOWN, k->node,
              str_format(g->d->arena,
                         "Rows of %.*s still refer to it, and the foreign key has no "
                         "ondelete rule.",
                         STR_ARG(column_title(g, c))));
  else if (!str_eq_nocase(verb, STR("DELETE")))
    add_cause(g, CAUSE_SHOWN, k->node,
              str_format(g->d->arena, "%.*s refers to %.*s, where no such row exists.",
                         STR_ARG(column_title(g, c)), STR_ARG(k->target)));
}

static void length_causes(Ground *g, const SqlTable *t) {
  for (size_t i = 0; i < g->d->columns.len; i++) {
    const SqlColumn *c = find_column(g, t, g->d->columns.items[i]);
    if (c)
      add_cause(g, CAUSE_SHOWN, place_of(c),
                str_format(g->d->arena, "The length of %.*s is declared there.",
                           STR_ARG(column_title(g, c))));
  }
}

static void nearest_of(Ground *g, Str wrong, const char *what, const char **names,
                       size_t count, Str *right) {
  Str near = nearest_name(wrong, names, count);
  *right = near;
  if (near.ptr)
    add_cause(g, CAUSE_LIKELY, (Place){0},
              str_format(g->d->arena, "There is no %s %.*s in the project; %.*s is near.",
                         what, STR_ARG(wrong), STR_ARG(near)));
}

static Str nearest_table(Ground *g, Str wrong) {
  uint32_t n = models_table_count(g->models);
  const char **names = arena_array(g->d->arena, const char *, n + 1);
  for (uint32_t i = 0; i < n; i++)
    names[i] = str_copy(g->d->arena, models_table_at(g->models, i)->full_name).ptr;
  Str right;
  nearest_of(g, wrong, "table", names, n, &right);
  return right;
}

static void missing_table(Ground *g) {
  const SqlTable *t = find_table(g, g->d->table);
  if (t)
    add_cause(g, CAUSE_SHOWN, t->node,
              str_format(g->d->arena,
                         "The project has the table %.*s, this database has not: the "
                         "migration was not run, or create_all() ran before this module "
                         "was imported or on another database.",
                         STR_ARG(t->full_name)));
  else if (g->d->table.len)
    nearest_table(g, g->d->table);
}

static void missing_column(Ground *g, const SqlTable *t) {
  Str wrong = g->d->columns.len ? g->d->columns.items[0] : STR("");
  const SqlColumn *c = find_column(g, t, wrong);
  if (c) {
    add_cause(g, CAUSE_SHOWN, place_of(c),
              str_format(g->d->arena,
                         "%.*s is in the model, but not in this database: the migration "
                         "that adds it is missing or was not run (create_all() never "
                         "changes a table).",
                         STR_ARG(column_title(g, c))));
    return;
  }
  const char **names =
      arena_array(g->d->arena, const char *, (t ? t->column_count : 0) + 1);
  for (uint32_t i = 0; t && i < t->column_count; i++)
    names[i] = str_copy(g->d->arena, name_of(g, t->columns[i]->name)).ptr;
  Str right;
  if (t && wrong.len)
    nearest_of(g, wrong, "column", names, t->column_count, &right);
}

// relationship("Vneue"): the class exists but was not imported, or the name is misspelt.
static void missing_class(Ground *g) {
  Str wrong = g->d->subject;
  uint32_t n = models_count(g->models);
  const char **names = arena_array(g->d->arena, const char *, n + 1);
  for (uint32_t i = 0; i < n; i++) {
    const Model *m = models_at(g->models, i);
    names[i] = str_copy(g->d->arena, name_of(g, m->name)).ptr;
    if (!str_is(wrong, names[i]))
      continue;
    add_cause(g, CAUSE_SHOWN, m->node,
              str_format(g->d->arena,
                         "The class %s exists; its module was not imported when the "
                         "mappers were configured, or it has another Base.",
                         names[i]));
    return;
  }
  Str right;
  nearest_of(g, wrong, "mapped class", names, n, &right);
  for (uint32_t i = 0; right.ptr && i < n; i++) {
    const Model *m = models_at(g->models, i);
    for (uint32_t k = 0; k < m->relationship_count; k++) {
      const Relationship *r = &m->relationships[k];
      if (!r->inherited && r->argument.ref && str_eq(r->target_name, wrong)) {
        diff_renamed(g, r->argument, wrong, right);
        return;
      }
    }
  }
}

// ForeignKey("usr.id"): no table of this name.
static void missing_referred_table(Ground *g) {
  Str wrong = g->d->subject.len ? g->d->subject : g->d->table;
  if (find_table(g, wrong)) {
    missing_table(g);
    return;
  }
  Str right = nearest_table(g, wrong);
  for (uint32_t i = 0; right.ptr && i < models_table_count(g->models); i++) {
    const SqlTable *t = models_table_at(g->models, i);
    for (uint32_t k = 0; k < t->column_count; k++)
      for (uint32_t f = 0; f < t->columns[k]->foreign_key_count; f++) {
        const SqlForeignKey *key = &t->columns[k]->foreign_keys[f];
        Str start = str_format(g->d->arena, "%.*s.", STR_ARG(wrong));
        if (key->node.ref && str_starts(key->target, start)) {
          diff_renamed(g, key->node, start,
                       str_format(g->d->arena, "%.*s.", STR_ARG(right)));
          return;
        }
      }
  }
}

// The relationship that the frame's line reads, or that the message names.
static void lazy_causes(Ground *g) {
  Str source = g->d->frame.source;
  for (uint32_t i = 0; i < models_count(g->models); i++) {
    const Model *m = models_at(g->models, i);
    for (uint32_t k = 0; k < m->relationship_count; k++) {
      const Relationship *r = &m->relationships[k];
      Str key = name_of(g, r->key), cls = name_of(g, m->name);
      bool named = str_eq(g->d->subject, key) &&
                   (!g->d->subject_class.len || str_eq(g->d->subject_class, cls));
      Str read = str_format(g->d->arena, ".%.*s", STR_ARG(key));
      size_t at = str_find(source, read, 0);
      bool shown =
          at != SIZE_MAX && at + read.len <= source.len &&
          (at + read.len == source.len ||
           (!isalnum((unsigned char)source.ptr[at + read.len]) &&
            source.ptr[at + read.len] != '_' && source.ptr[at + read.len] != '('));
      if (r->inherited || !(named || (shown && !g->d->subject.len)) ||
          (r->lazy.len && !str_is(r->lazy, "select")))
        continue;
      add_cause(
          g, named ? CAUSE_SHOWN : CAUSE_LIKELY, r->node,
          str_format(g->d->arena,
                     "%.*s.%.*s is loaded lazily; the query that read the object has to "
                     "load it: `.options(selectinload(%.*s.%.*s))`.",
                     STR_ARG(cls), STR_ARG(key), STR_ARG(cls), STR_ARG(key)));
    }
  }
}

static void ambiguous_keys(Ground *g) {
  Str relation = g->d->subject;
  size_t dot = str_find_char(relation, '.', 0);
  if (dot == SIZE_MAX)
    return;
  for (uint32_t i = 0; i < models_count(g->models); i++) {
    const Model *m = models_at(g->models, i);
    if (!str_eq(name_of(g, m->name), str_slice(relation, 0, dot)))
      continue;
    for (uint32_t k = 0; k < m->relationship_count; k++) {
      const Relationship *r = &m->relationships[k];
      if (!str_eq(name_of(g, r->key), str_slice(relation, dot + 1, relation.len)))
        continue;
      add_cause(g, CAUSE_SHOWN, r->node,
                str_format(g->d->arena, "The relationship %.*s is declared there.",
                           STR_ARG(relation)));
    }
  }
}

static void ground_columns(Ground *g, const SqlTable *t) {
  Str id = g->d->inner_entry.ptr ? g->d->inner_entry : g->d->entry;
  bool unique = str_starts(id, STR("DB-UQ")),
       null = str_starts(id, STR("DB-NN")) || str_starts(id, STR("DB-NODEF"));
  if (str_starts(id, STR("DB-LEN")) || str_starts(id, STR("DB-RANGE")))
    length_causes(g, t);
  for (size_t i = 0; i < g->d->columns.len; i++) {
    const SqlColumn *c = find_column(g, t, g->d->columns.items[i]);
    if (c && unique)
      unique_causes(g, c);
    else if (c && null)
      not_null_causes(g, c);
    else if (c && str_starts(id, STR("DB-FK")))
      foreign_key_causes(g, c);
  }
}

static bool starts_any(Str id, const char *const *starts) {
  for (; *starts; starts++)
    if (str_starts(id, str_from(*starts)))
      return true;
  return false;
}

void diagnose_in_project(Diagnosis *d, const Project *p, const Models *models) {
  static const char *const lazy[] = {"AS-GREENLET", "SA-DETACHED-LAZY", "FA-GETATTR",
                                     "SA-RAISELOAD", NULL};
  Ground g = {.d = d, .p = p, .models = models};
  Str id = d->inner_entry.ptr ? d->inner_entry : d->entry;
  ground_frame(&g);
  const SqlTable *t = find_table(&g, d->table);
  if (!t && d->constraint.len && (t = table_of_constraint(&g)) && !d->table.len)
    d->table = str_copy(d->arena, t->name);
  if (t && d->constraint.len)
    columns_of_constraint(&g, t);
  if (str_starts(id, STR("DB-NOTABLE")))
    missing_table(&g);
  else if (str_starts(id, STR("DB-NOCOL")))
    missing_column(&g, t);
  else if (str_is(id, "SA-REL-NAME"))
    missing_class(&g);
  else if (str_is(id, "SA-NOREFTABLE"))
    missing_referred_table(&g);
  else if (starts_any(id, lazy))
    lazy_causes(&g);
  else if (str_is(id, "SA-AMBFK") || str_is(id, "SA-NOFK"))
    ambiguous_keys(&g);
  else if (t)
    ground_columns(&g, t);
  diagnose_sort_causes(d);
}
