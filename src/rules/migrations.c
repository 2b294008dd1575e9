// B101, B105, B117, B120 to B122, B124: scripts of Alembic.
#include "rules/migration.h"
#include "rules/util.h"
#include "sqla/place_map.h"

Ref migration_top_value(const ProjectFile *file, Atom name) {
  const PyScopes *s = file->scopes;
  uint32_t symbol = s ? py_scopes_find(s, 0, name) : NO_SYMBOL;
  uint32_t b = symbol == NO_SYMBOL ? NO_BINDING : s->symbols[symbol].first;
  if (b == NO_BINDING || s->bindings[b].kind != BIND_ASSIGN)
    return 0;
  Ref stmt = s->bindings[b].stmt;
  return py_kind(&file->tree, stmt) == PY_ASSIGN
             ? PY_AS(Assign, &file->tree, stmt)->value
             : PY_AS(AnnAssign, &file->tree, stmt)->value;
}

static Ref top_function(const ProjectFile *file, Atom name) {
  const PyScopes *s = file->scopes;
  uint32_t symbol = s ? py_scopes_find(s, 0, name) : NO_SYMBOL;
  uint32_t b = symbol == NO_SYMBOL ? NO_BINDING : s->symbols[symbol].first;
  return b != NO_BINDING && s->bindings[b].kind == BIND_FUNCTION ? s->bindings[b].node
                                                                 : 0;
}

bool migration_read(RuleCtx *cx, const ProjectFile *file, MigrationScript *out) {
  if (!file->readable || !file->scopes)
    return false;
  out->down = migration_top_value(file, rule_atom(cx, "down_revision"));
  if (!out->down)
    return false;
  out->revision = migration_top_value(file, rule_atom(cx, "revision"));
  out->upgrade = top_function(file, rule_atom(cx, "upgrade"));
  out->downgrade = top_function(file, rule_atom(cx, "downgrade"));
  Ref labels = migration_top_value(file, rule_atom(cx, "branch_labels"));
  out->labelled = labels && !is_none(&file->tree, labels);
  return py_kind(&file->tree, out->revision) == PY_STR && out->upgrade;
}

// ---- B101

typedef struct {
  RuleCtx *cx;
  bool operates;
} Operations;

static bool visit_operation(void *data, Ref r) {
  Operations *o = data;
  Ref func = py_kind(o->cx->tree, r) == PY_CALL ? PY_AS(Call, o->cx->tree, r)->func : 0;
  Origin origin =
      func ? resolve_expr(o->cx->resolver, o->cx->file_id, func) : (Origin){0};
  Str dotted = origin.dotted ? atom_str(o->cx->project->names, origin.dotted) : STR("");
  if (str_starts(dotted, STR("alembic.op.")) && !str_is(dotted, "alembic.op.get_bind") &&
      !str_is(dotted, "alembic.op.get_context") && !str_is(dotted, "alembic.op.f"))
    o->operates = true;
  return !o->operates;
}

static bool does_nothing(const PyTree *t, Ref def) {
  PyRefs body = py_list(t, PY_AS(FunctionDef, t, def)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(t, body.at[i]);
    Ref value = kind == PY_EXPR_STMT ? PY_AS(ExprStmt, t, body.at[i])->value : 0;
    if (kind != PY_PASS && py_kind(t, value) != PY_STR &&
        py_kind(t, value) != PY_CONSTANT)
      return false;
  }
  return true;
}

static void check_downgrade(RuleCtx *cx) {
  MigrationScript s = {0};
  if (!migration_read(cx, cx->file, &s) || !s.downgrade ||
      !does_nothing(cx->tree, s.downgrade))
    return;
  Operations o = {.cx = cx};
  rule_walk_body(cx, s.upgrade, visit_operation, &o);
  uint32_t at = PY_AS(FunctionDef, cx->tree, s.downgrade)->name_at;
  if (o.operates)
    rule_report(cx, (Span){at, at + (uint32_t)strlen("downgrade")},
                "upgrade() changes the database and downgrade() does nothing");
}

// ---- B105

static Str table_of(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (resolve_call_api(cx->resolver, cx->file_id, call) == API_alembic_op_add_column)
    return string_value(cx, call_positional(t, call, 0));
  for (Ref p = rule_parent(cx, call); p; p = rule_parent(cx, p)) { // batch_op.add_column
    if (py_kind(t, p) != PY_WITH)
      continue;
    PyRefs items = py_list(t, PY_AS(With, t, p)->items);
    Ref context = PY_AS(WithItem, t, items.at[0])->context;
    if (resolve_call_api(cx->resolver, cx->file_id, context) ==
            API_alembic_op_batch_alter_table &&
        rule_symbol(cx, PY_AS(WithItem, t, items.at[0])->vars) ==
            rule_symbol(cx, call_receiver(t, call)))
      return string_value(cx, call_positional(t, context, 0));
  }
  return (Str){0};
}

typedef struct {
  RuleCtx *cx;
  Str table;
  bool found;
} Creation;

static bool visit_creation(void *data, Ref r) {
  Creation *c = data;
  if (py_kind(c->cx->tree, r) == PY_CALL &&
      resolve_call_api(c->cx->resolver, c->cx->file_id, r) ==
          API_alembic_op_create_table) {
    Str name = string_value(c->cx, call_positional(c->cx->tree, r, 0));
    c->found = c->found || (name.ptr && str_eq(name, c->table));
  }
  return !c->found;
}

bool migration_creates_table(RuleCtx *cx, Str table) {
  Creation c = {.cx = cx, .table = table};
  PyVisitor v = {.enter = visit_creation, .data = &c};
  py_walk(cx->tree, cx->tree->root, &v);
  return c.found;
}

static bool fills_itself(RuleCtx *cx, Ref column) {
  const PyTree *t = cx->tree;
  static const char *const keywords[] = {"server_default", "primary_key",
                                         "autoincrement"};
  for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
    if (call_keyword_node(t, column, rule_atom(cx, keywords[i])))
      return true;
  for (uint32_t i = 0; i < call_positional_count(t, column); i++) {
    ApiId api =
        resolve_call_api(cx->resolver, cx->file_id, call_positional(t, column, i));
    if (api == API_sqlalchemy_Computed || api == API_sqlalchemy_Identity)
      return true;
  }
  return call_has_stars(t, column);
}

static void check_not_null(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  MigrationScript s = {0};
  Ref function = enclosing_function(cx, call);
  if (!migration_read(cx, cx->file, &s) || function != s.upgrade)
    return;
  Str table = table_of(cx, call);
  bool batch =
      resolve_call_api(cx->resolver, cx->file_id, call) != API_alembic_op_add_column;
  Ref column = call_positional(t, call, batch ? 0 : 1);
  if (!table.ptr || !column ||
      resolve_call_api(cx->resolver, cx->file_id, column) != API_sqlalchemy_Column ||
      !is_false(t, call_keyword(t, column, rule_atom(cx, "nullable"))) ||
      fills_itself(cx, column) || migration_creates_table(cx, table))
    return;
  rule_report(
      cx, py_span(t, column),
      "a NOT NULL column without server_default= cannot be added while `%.*s` has "
      "rows; add it nullable, fill it, then alter it",
      STR_ARG(table));
}

// ---- B124

static void check_name_none(RuleCtx *cx, Ref call) {
  if (resolve_call_api(cx->resolver, cx->file_id, call) ==
          API_alembic_op_drop_constraint &&
      is_none(cx->tree, call_positional(cx->tree, call, 0)))
    rule_report(
        cx, py_span(cx->tree, call_positional(cx->tree, call, 0)),
        "a constraint without a name cannot be dropped; name it where it is made");
}

// ---- B117

static void check_imports(RuleCtx *cx) {
  MigrationScript script = {0};
  if (!migration_read(cx, cx->file, &script))
    return;
  const PyScopes *s = cx->file->scopes;
  for (uint32_t b = 0; b < s->binding_count; b++) {
    if (s->bindings[b].kind != BIND_IMPORT ||
        py_kind(cx->tree, s->bindings[b].stmt) != PY_IMPORT_FROM)
      continue;
    Atom name = s->symbols[s->bindings[b].symbol].name;
    Origin o = resolve_text(cx->resolver, cx->file_id, s->bindings[b].node,
                            atom_str(cx->project->names, name));
    if (o.kind == ORIGIN_CLASS && o.at.file != cx->file_id &&
        models_class_role(cx->models, o.at) == CLASS_MAPPED)
      rule_report(
          cx, py_span(cx->tree, s->bindings[b].node),
          "the script uses %.*s as it will be some day, not as it was; write down "
          "the columns it needs by `sa.table()`",
          STR_ARG(atom_str(cx->project->names, name)));
  }
}

// ---- B120 to B122: the chain of revisions of one folder

static Str folder_of(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return slash == SIZE_MAX ? STR("") : str_slice(path, 0, slash);
}

// True where the script says that it follows the revision.
static bool follows(RuleCtx *cx, const ProjectFile *file, Ref down, Str revision) {
  const PyTree *t = &file->tree;
  if (py_kind(t, down) == PY_STR)
    return str_eq(string_value_of(cx, &file->tree, down), revision);
  PyRefs items = py_kind(t, down) == PY_TUPLE  ? py_list(t, PY_AS(Tuple, t, down)->elts)
                 : py_kind(t, down) == PY_LIST ? py_list(t, PY_AS(List, t, down)->elts)
                                               : (PyRefs){0};
  for (uint32_t i = 0; i < items.len; i++)
    if (str_eq(string_value_of(cx, &file->tree, items.at[i]), revision))
      return true;
  return false;
}

// The scripts beside this one. At most one pass over the project for each script.
typedef struct {
  const ProjectFile *file;
  MigrationScript script;
} Sibling;

// The scripts of a folder, with `below` also those of the folders in it.
static Sibling *scripts_in(RuleCtx *cx, Str folder, bool below, uint32_t *count) {
  Sibling *list = arena_array(cx->scratch, Sibling, cx->project->file_count + 1);
  *count = 0;
  for (uint32_t i = 0; i < cx->project->file_count; i++) {
    const ProjectFile *file = cx->project->files[i];
    if (str_starts(file->path, folder) &&
        (str_eq(folder_of(file->path), folder) ||
         (below && file->path.len > folder.len && file->path.ptr[folder.len] == '/')) &&
        migration_read(cx, file, &list[*count].script))
      list[(*count)++].file = file;
  }
  return list;
}

static Sibling *siblings(RuleCtx *cx, uint32_t *count) {
  return scripts_in(cx, folder_of(cx->file->path), false, count);
}

// The folder of the env.py that runs the script: version_locations and
// recursive_version_locations may spread scripts below it. Its own folder where the
// project has none.
static Str environment_of(RuleCtx *cx) {
  Str own = folder_of(cx->file->path), best = {0};
  for (uint32_t i = 0; i < cx->project->file_count; i++) {
    Str path = cx->project->files[i]->path;
    if (!str_ends(path, STR("/env.py")))
      continue;
    Str folder = folder_of(path);
    if (str_starts(own, folder) &&
        (own.len == folder.len || own.ptr[folder.len] == '/') &&
        (!best.ptr || folder.len > best.len))
      best = folder;
  }
  return best.ptr ? best : own;
}

static bool is_head(RuleCtx *cx, const Sibling *list, uint32_t count, Str revision) {
  for (uint32_t i = 0; i < count; i++)
    if (follows(cx, list[i].file, list[i].script.down, revision))
      return false;
  return true;
}

// True where the script, or one that it builds on, has a branch label: its head is meant
// to stand beside others.
static bool is_labelled(RuleCtx *cx, const Sibling *list, uint32_t count, uint32_t at) {
  for (uint32_t step = 0; step < count; step++) {
    if (list[at].script.labelled)
      return true;
    uint32_t below = 0;
    for (; below < count; below++)
      if (follows(
              cx, list[at].file, list[at].script.down,
              string_value_of(cx, &list[below].file->tree, list[below].script.revision)))
        break;
    if (below == count)
      return false;
    at = below;
  }
  return false;
}

static void check_heads(RuleCtx *cx) {
  MigrationScript own = {0};
  uint32_t count;
  if (!migration_read(cx, cx->file, &own))
    return;
  Sibling *list = siblings(cx, &count);
  Str revision = string_value_of(cx, &cx->file->tree, own.revision);
  if (!is_head(cx, list, count, revision))
    return;
  for (uint32_t i = 0; i < count; i++)
    if (list[i].file == cx->file && is_labelled(cx, list, count, i))
      return;
  for (uint32_t i = 0; i < count; i++) {
    Str other = string_value_of(cx, &list[i].file->tree, list[i].script.revision);
    if (list[i].file != cx->file && !str_eq(other, revision) &&
        is_head(cx, list, count, other) && !is_labelled(cx, list, count, i)) {
      rule_report(cx, py_span(cx->tree, own.revision),
                  "nothing follows `%.*s`, nor `%.*s`: two heads; merge them",
                  STR_ARG(revision), STR_ARG(other));
      return;
    }
  }
}

static void check_missing(RuleCtx *cx) {
  MigrationScript own = {0};
  uint32_t count;
  if (!migration_read(cx, cx->file, &own) || py_kind(cx->tree, own.down) != PY_STR)
    return;
  Str down = string_value_of(cx, &cx->file->tree, own.down);
  Sibling *list = scripts_in(cx, environment_of(cx), true, &count);
  for (uint32_t i = 0; i < count; i++) {
    Str revision = string_value_of(cx, &list[i].file->tree, list[i].script.revision);
    if (str_starts(revision, down)) // a revision may be cut short
      return;
  }
  if (count > 1)
    rule_report(cx, py_span(cx->tree, own.down), "there is no revision `%.*s`",
                STR_ARG(down));
}

// ---- B123

static void check_cycle(RuleCtx *cx) {
  MigrationScript own = {0};
  uint32_t count;
  if (!migration_read(cx, cx->file, &own) || py_kind(cx->tree, own.down) != PY_STR)
    return;
  Sibling *list = scripts_in(cx, environment_of(cx), true, &count);
  InternCache *names = resolver_names(cx->resolver);
  Atom *down = arena_array(cx->scratch, Atom, count + 1);
  PlaceMap at = {0}; // revision -> number
  for (uint32_t i = 0; i < count; i++) {
    Str next = string_value_of(cx, &list[i].file->tree, list[i].script.down);
    down[i] = next.ptr ? intern(names, next) : 0;
    Str revision = string_value_of(cx, &list[i].file->tree, list[i].script.revision);
    place_map_set(&at, intern(names, revision), i);
  }
  Atom first = intern(names, string_value_of(cx, &cx->file->tree, own.revision));
  uint32_t i = place_map_get(&at, first);
  for (uint32_t step = 0; i != PLACE_MAP_NONE && step < count; step++) {
    if (down[i] == first) {
      rule_report(cx, py_span(cx->tree, own.down),
                  "following down_revision from `%.*s` leads back to it",
                  STR_ARG(atom_str(cx->project->names, first)));
      break;
    }
    i = down[i] ? place_map_get(&at, down[i]) : PLACE_MAP_NONE;
  }
  place_map_free(&at);
}

bool migration_is_head(RuleCtx *cx) {
  MigrationScript own = {0};
  uint32_t count;
  if (!migration_read(cx, cx->file, &own))
    return false;
  Sibling *list = scripts_in(cx, environment_of(cx), true, &count);
  return is_head(cx, list, count, string_value_of(cx, &cx->file->tree, own.revision));
}

static void check_duplicate(RuleCtx *cx) {
  MigrationScript own = {0};
  uint32_t count;
  if (!migration_read(cx, cx->file, &own))
    return;
  Sibling *list = siblings(cx, &count);
  Str revision = string_value_of(cx, &cx->file->tree, own.revision);
  for (uint32_t i = 0; i < count && list[i].file != cx->file; i++)
    if (str_eq(string_value_of(cx, &list[i].file->tree, list[i].script.revision),
               revision)) {
      rule_report(cx, py_span(cx->tree, own.revision),
                  "`%.*s` is the revision of %.*s too", STR_ARG(revision),
                  STR_ARG(list[i].file->path));
      return;
    }
}

DEFINE_RULE(missing_downgrade, "B101", "missing-downgrade", CAT_ALEMBIC, SEVERITY_INFO,
            "A migration whose downgrade() does nothing",
            "`alembic downgrade` passes it without a word and leaves the schema changed; "
            "where there is no way back, raise NotImplementedError",
            .check_file = check_downgrade);
DEFINE_RULE(add_not_null, "B105", "add-not-null-without-default", CAT_ALEMBIC,
            SEVERITY_ERROR,
            "op.add_column() of a NOT NULL column without server_default=",
            "The rows that are there have no value for it: the database refuses",
            .on = {PY_CALL}, .names = RULE_NAMES("add_column"), .check = check_not_null);
DEFINE_RULE(imports_models, "B117", "imports-app-models", CAT_ALEMBIC, SEVERITY_WARNING,
            "A migration that imports mapped classes of the application",
            "It is run again on each new database, when the class has long been changed: "
            "columns are selected that do not exist yet",
            .check_file = check_imports);
DEFINE_RULE(multiple_heads, "B120", "multiple-heads", CAT_ALEMBIC, SEVERITY_ERROR,
            "Two migrations that nothing follows",
            "`alembic upgrade head` stops: multiple head revisions are present",
            .check_file = check_heads);
DEFINE_RULE(down_revision_missing, "B121", "down-revision-missing", CAT_ALEMBIC,
            SEVERITY_ERROR, "A down_revision that no script has",
            "Alembic raises KeyError or RevisionError before it does anything",
            .check_file = check_missing);
DEFINE_RULE(duplicate_revision, "B122", "duplicate-revision", CAT_ALEMBIC, SEVERITY_ERROR,
            "Two migrations with the same revision",
            "Alembic keeps one of them; the other is never run",
            .check_file = check_duplicate);
DEFINE_RULE(revision_cycle, "B123", "revision-cycle", CAT_ALEMBIC, SEVERITY_ERROR,
            "Migrations that build on one another in a circle",
            "Alembic raises CycleDetected: no order of them exists",
            .check_file = check_cycle);
DEFINE_RULE(constraint_name_none, "B124", "constraint-name-none", CAT_ALEMBIC,
            SEVERITY_ERROR, "op.drop_constraint(None, ...)",
            "The statement needs a name: CompileError is raised", .on = {PY_CALL},
            .names = RULE_NAMES("drop_constraint"), .check = check_name_none);
