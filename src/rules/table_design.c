// P104, D118, D140: tables and hierarchies that the database or SQLAlchemy will not like.
#include "project/detect.h"
#include "rules/migration.h"
#include "rules/util.h"

// ---- P104

static bool leads_constraint(const SqlTable *t, Str column) {
  for (uint32_t i = 0; i < t->constraint_count; i++) {
    const SqlConstraint *k = &t->constraints[i];
    bool index = k->kind == CONSTRAINT_INDEX || k->kind == CONSTRAINT_UNIQUE ||
                 k->kind == CONSTRAINT_PRIMARY_KEY;
    if (index && k->column_count && (!k->columns[0].ptr || str_eq(k->columns[0], column)))
      return true;
  }
  return false;
}

static bool is_indexed(RuleCtx *cx, const SqlTable *t, const SqlColumn *c) {
  if (c->index || c->unique || leads_constraint(t, atom_str(cx->project->names, c->name)))
    return true;
  for (uint32_t i = 0; i < t->column_count; i++)
    if (t->columns[i]->primary_key)
      return t->columns[i] == c; // the first column of the key leads its index
  return false;
}

// A key over several columns: whether its own leads cannot be told by one column.
static bool is_composite(const SqlTable *t, const SqlColumn *c) {
  for (uint32_t i = 0; i < t->column_count; i++)
    for (uint32_t k = 0; t->columns[i] != c && k < t->columns[i]->foreign_key_count; k++)
      if (c->foreign_keys[0].constraint &&
          t->columns[i]->foreign_keys[k].constraint == c->foreign_keys[0].constraint)
        return true;
  return false;
}

// One finding for a table: the columns go together into one migration.
static void check_indexes(RuleCtx *cx, const Model *m) {
  const SqlTable *t = m->table;
  MigrationScript script;
  if (cx->databases == DETECTED_MYSQL || // InnoDB makes the index itself
      cx->file->is_test || migration_read(cx, cx->file, &script))
    return; // a script has but the part of a class that it needs
  if (!t || !t->complete || !m->complete || t->reflected || !place_eq(t->node, m->node))
    return;
  Buf names = {0};
  Place first = {0};
  for (uint32_t i = 0; i < t->column_count; i++) {
    const SqlColumn *c = t->columns[i];
    if (!c->foreign_key_count || !c->proven || !c->node.ref ||
        c->node.file != cx->file_id || !place_eq(c->declared_in, m->node) ||
        is_indexed(cx, t, c) || is_composite(t, c))
      continue;
    if (!first.ref)
      first = c->node;
    else
      buf_add_text(&names, ", ");
    buf_add_str(&names, atom_str(cx->project->names, c->name));
  }
  if (first.ref)
    rule_report(
        cx, py_span(cx->tree, first.ref),
        "no index begins with %.*s: joins, and deletes of what it refers to, read "
        "the whole of `%.*s`; index=True, by a migration",
        STR_ARG(buf_str(&names)), STR_ARG(t->name));
  buf_free(&names);
}

// ---- D134

// [ran] "NOT NULL constraint failed": only INTEGER PRIMARY KEY counts by itself on
// SQLite.
static void check_big_key(RuleCtx *cx, const Model *m) {
  const SqlTable *t = m->table;
  if (!(cx->databases & DETECTED_SQLITE) || cx->file->is_test || !t || m->parent ||
      !place_eq(t->node, m->node))
    return;
  const SqlColumn *key = NULL;
  for (uint32_t i = 0; i < t->column_count; i++)
    if (t->columns[i]->primary_key && key)
      return; // of several columns: none counts
    else if (t->columns[i]->primary_key)
      key = t->columns[i];
  if (!key || !key->proven || !key->type.known || key->type.variant ||
      !str_is(key->type.text, "BigInteger()") || key->default_value.ref ||
      key->insert_default.ref || key->server_default.ref || key->foreign_key_count ||
      key->node.file != cx->file_id || !key->node.ref ||
      is_false(cx->tree,
               call_keyword(cx->tree, key->node.ref, rule_atom(cx, "autoincrement"))))
    return;
  if (!models_have_one_base(
          cx->models)) // of several bases, the one on SQLite may be another
    return;
  rule_report(cx, py_span(cx->tree, key->node.ref),
              "SQLite counts up INTEGER keys only: an insert without the key fails by "
              "NOT NULL; use BigInteger().with_variant(Integer, \"sqlite\")");
}

// ---- D118

static void check_enum(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  bool native = api == API_sqlalchemy_dialects_postgresql_ENUM;
  if ((api != API_sqlalchemy_Enum && !native) || call_has_stars(t, call) ||
      call_keyword_node(t, call, rule_atom(cx, "name")) ||
      call_keyword_node(t, call, rule_atom(cx, "metadata")) ||
      is_false(t, call_keyword(t, call, rule_atom(cx, "native_enum"))))
    return;
  uint32_t count = call_positional_count(t, call);
  for (uint32_t i = 0; i < count; i++)
    if (py_kind(t, call_positional(t, call, i)) != PY_STR)
      return; // a class gives its own name
  if (count && (native || cx->databases == DETECTED_POSTGRESQL))
    rule_report(cx, py_span(t, call),
                "PostgreSQL's enum is a type with a name: CompileError at CREATE TYPE; "
                "give it name=");
}

// ---- D140

static const Model *root_of(const Model *m) {
  for (int i = 0; m->parent && i < 64; i++)
    m = m->parent;
  return m;
}

static Str identity_of(RuleCtx *cx, const Model *m) {
  Place p = m->polymorphic_identity;
  const PyTree *t = p.ref ? &cx->project->files[p.file]->tree : NULL;
  PyKind kind = t ? py_kind(t, p.ref) : PY_NONE;
  return kind == PY_STR || kind == PY_NUM || kind == PY_ATTRIBUTE ? py_text(t, p.ref)
                                                                  : (Str){0};
}

static void check_identity(RuleCtx *cx, const Model *m) {
  Str own = identity_of(cx, m);
  if (!own.ptr || m->polymorphic_identity.file != cx->file_id)
    return;
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *other = models_at(cx->models, i);
    if (other == m)
      return; // the first of them is not reported
    Str theirs = identity_of(cx, other);
    if (theirs.ptr && str_eq(own, theirs) && root_of(other) == root_of(m) &&
        other->node.file == m->node.file && !place_eq(other->node, m->node)) {
      rule_report(cx, py_span(cx->tree, m->polymorphic_identity.ref),
                  "%.*s has this identity already: its rows are loaded as one of the two",
                  STR_ARG(atom_str(cx->project->names, other->name)));
      return;
    }
  }
}

const Rule rule_missing_fk_index = {
    .code = "P104",
    .name = "missing-fk-index",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "A foreign key that no index begins with",
    .why =
        "PostgreSQL, SQLite, Oracle and SQL Server make no index for a foreign key: "
        "following it backwards, and deleting what it refers to, reads the whole table",
    .check_model = check_indexes,
};

const Rule rule_enum_unnamed = {
    .code = "D118",
    .name = "enum-unnamed",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "An Enum of strings without name=, for PostgreSQL",
    .why = "CompileError is raised at create_all(): the type has to have a name",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_Enum, API_sqlalchemy_dialects_postgresql_ENUM),
    .check = check_enum,
};

const Rule rule_polymorphic_identity_twice = {
    .code = "D140",
    .name = "polymorphic-identity-twice",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "Two classes of one hierarchy with the same polymorphic_identity",
    .why =
        "SQLAlchemy warns and keeps the last: rows of one class are loaded as the other",
    .check_model = check_identity,
};

DEFINE_RULE(bigint_key_sqlite, "D134", "bigint-pk-sqlite", CAT_DESIGN, SEVERITY_WARNING,
            "A BigInteger primary key in a project that uses SQLite",
            "BIGINT PRIMARY KEY is no rowid there: nothing makes its values, and the "
            "insert fails by IntegrityError",
            .check_model = check_big_key);
