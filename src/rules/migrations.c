// B101, B105, B117, B120 to B122, B124: scripts of Alembic.
#include "rules/migration.h"

typedef struct {
  const ProjectFile *file;
  MigrationScript script;
  Atom revision;
  const Atom *down; // what it builds on
  uint32_t down_count;
  Atom folder, environment; // paths
  uint32_t walk;            // while circles are looked for
  bool circular;            // it builds on itself in the end
} Script;

struct Migrations {
  Script *list; // in the order of the files
  uint32_t count;
  uint32_t *of_file; // the number in `list` + 1, 0: no script
  // A folder or environment, and a revision in it: the first script that has it, or that
  // follows it.
  PlaceMap beside, within, followed_beside, followed_within;
  MigrationEffects effects;
};

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

static const Script *own_script(const RuleCtx *cx);

bool migration_read(RuleCtx *cx, const ProjectFile *file, MigrationScript *out) {
  if (cx->migrations && file == cx->file) {
    const Script *own = own_script(cx);
    *out = own ? own->script : (MigrationScript){0};
    return own;
  }
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

// SQL that leaves nothing behind which could be undone: it looks, checks or tidies up.
static bool leaves_nothing(Str sql) {
  static const char *const verbs[] = {"analyze", "lock", "refresh", "reindex",
                                      "select",  "set",  "vacuum"};
  Str word, rest = str_trim(sql);
  if (str_find_char(rest, ';', 0) < rest.len - 1 || // several statements
      !str_next_part(&rest, ' ', &word))
    return false;
  if (!str_eq_nocase(word, STR("alter")))
    return str_is_any(word, verbs, ARRAY_LEN(verbs));
  while (str_next_part(&rest, ' ', &word)) // ALTER TABLE t VALIDATE CONSTRAINT c
    if (str_eq_nocase(str_trim(word), STR("validate")))
      return true;
  return false;
}

static bool visit_operation(void *data, Ref r) {
  Operations *o = data;
  const PyTree *t = o->cx->tree;
  Ref func = py_kind(t, r) == PY_CALL ? PY_AS(Call, t, r)->func : 0;
  Origin origin =
      func ? resolve_expr(o->cx->resolver, o->cx->file_id, func) : (Origin){0};
  Str dotted = origin.dotted ? atom_str(o->cx->project->names, origin.dotted) : STR("");
  Ref sql = str_is(dotted, "alembic.op.execute") ? call_positional(t, r, 0) : 0;
  Str text = sql ? string_value(o->cx, sql) : (Str){0};
  if (str_starts(dotted, STR("alembic.op.")) && !str_is(dotted, "alembic.op.get_bind") &&
      !str_is(dotted, "alembic.op.get_context") && !str_is(dotted, "alembic.op.f"))
    o->operates = o->operates || !text.ptr || !leaves_nothing(text);
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
  Operation o;
  if (!migration_operation(cx, call, &o) || !o.upgrades || !o.table.ptr)
    return;
  Ref column = operation_argument(cx, &o, call, "column", 1);
  if (!column ||
      resolve_call_api(cx->resolver, cx->file_id, column) != API_sqlalchemy_Column ||
      !is_false(t, call_keyword(t, column, rule_atom(cx, "nullable"))) ||
      fills_itself(cx, column) || migration_creates_table(cx, o.table) ||
      migration_empties_table(cx, o.table))
    return;
  rule_report(
      cx, py_span(t, column),
      "a NOT NULL column without server_default= cannot be added while `%.*s` has "
      "rows; add it nullable, fill it, then alter it",
      STR_ARG(o.table));
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

// ---- B120 to B123: the chain of revisions

static Str folder_of(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return slash == SIZE_MAX ? STR("") : str_slice(path, 0, slash);
}

static void add_first(PlaceMap *map, Atom place, Atom revision, uint32_t i) {
  if (place_map_get(map, migration_key(place, revision)) == PLACE_MAP_NONE)
    place_map_set(map, migration_key(place, revision), i);
}

static void read_down(RuleCtx *cx, Script *s) {
  const PyTree *t = &s->file->tree;
  Ref down = s->script.down;
  PyRefs items = py_kind(t, down) == PY_STR     ? (PyRefs){&down, 1}
                 : py_kind(t, down) == PY_TUPLE ? py_list(t, PY_AS(Tuple, t, down)->elts)
                 : py_kind(t, down) == PY_LIST  ? py_list(t, PY_AS(List, t, down)->elts)
                                                : (PyRefs){NULL, 0};
  Atom *list = arena_array(cx->scratch, Atom, items.len + 1);
  for (uint32_t i = 0; i < items.len; i++) {
    Str text = string_value_of(cx, t, items.at[i]);
    if (text.ptr)
      list[s->down_count++] = intern(resolver_names(cx->resolver), text);
  }
  s->down = list;
}

// The folder of the env.py that runs the script: version_locations and
// recursive_version_locations may spread scripts below it. Where the project has none,
// the outermost folder above that has scripts.
static Atom environment_of(InternCache *names, const PlaceMap *environments,
                           const PlaceMap *folders, Atom own, Str folder) {
  Atom outermost = own;
  for (;;) {
    Atom at = intern(names, folder);
    if (place_map_get(environments, at) != PLACE_MAP_NONE)
      return at;
    if (place_map_get(folders, at) != PLACE_MAP_NONE)
      outermost = at;
    if (!folder.len)
      return outermost;
    folder = folder_of(folder);
  }
}

static void read_scripts(RuleCtx *cx, Migrations *m, PlaceMap *environments,
                         PlaceMap *folders) {
  InternCache *names = resolver_names(cx->resolver);
  for (uint32_t i = 0; i < cx->project->file_count; i++) {
    const ProjectFile *file = cx->project->files[i];
    if (str_ends(file->absolute, STR("/env.py")))
      place_map_set(environments, intern(names, folder_of(file->absolute)), 1);
    Script s = {.file = file};
    if (!migration_read(cx, file, &s.script))
      continue;
    s.revision = intern(names, string_value_of(cx, &file->tree, s.script.revision));
    s.folder = intern(names, folder_of(file->absolute));
    read_down(cx, &s);
    place_map_set(folders, s.folder, 1);
    m->list[m->count++] = s;
    m->of_file[i] = m->count;
    RuleCtx other = rule_elsewhere(cx, i);
    migration_effects_add(&other, &m->effects);
  }
}

static Script *find_script(const Migrations *m, const PlaceMap *map, Atom place,
                           Atom revision) {
  uint32_t i = place_map_get(map, migration_key(place, revision));
  return i == PLACE_MAP_NONE ? NULL : &m->list[i];
}

static Script *below(const Migrations *m, const Script *s) {
  return s->down_count == 1 ? find_script(m, &m->within, s->environment, s->down[0])
                            : NULL;
}

// Every script is walked over once.
static void find_circles(Migrations *m) {
  for (uint32_t i = 0; i < m->count; i++) {
    Script *s = &m->list[i];
    while (s && !s->walk) {
      s->walk = i + 1;
      s = below(m, s);
    }
    for (; s && s->walk == i + 1 && !s->circular; s = below(m, s))
      s->circular = true;
  }
}

Migrations *migrations_read(RuleCtx *cx) {
  InternCache *names = resolver_names(cx->resolver);
  Migrations *m = arena_new(cx->scratch, Migrations);
  *m = (Migrations){0};
  if (!interner_find(cx->project->names, STR("down_revision")))
    return m;
  PlaceMap environments = {0}, folders = {0};
  m->list = arena_array(cx->scratch, Script, cx->project->file_count + 1);
  m->of_file = arena_array(cx->scratch, uint32_t, cx->project->file_count + 1);
  read_scripts(cx, m, &environments, &folders);
  for (uint32_t i = 0; i < m->count; i++) {
    Script *s = &m->list[i];
    s->environment = environment_of(names, &environments, &folders, s->folder,
                                    folder_of(s->file->absolute));
    add_first(&m->beside, s->folder, s->revision, i);
    add_first(&m->within, s->environment, s->revision, i);
    for (uint32_t k = 0; k < s->down_count; k++) {
      add_first(&m->followed_beside, s->folder, s->down[k], i);
      add_first(&m->followed_within, s->environment, s->down[k], i);
    }
  }
  find_circles(m);
  place_map_free(&environments);
  place_map_free(&folders);
  return m;
}

void migrations_free(Migrations *m) {
  place_map_free(&m->beside);
  place_map_free(&m->within);
  place_map_free(&m->followed_beside);
  place_map_free(&m->followed_within);
  migration_effects_free(&m->effects);
}

// The script that the file of the context is, NULL: none.
static const Script *own_script(const RuleCtx *cx) {
  const Migrations *m = cx->migrations;
  uint32_t number = m && m->of_file ? m->of_file[cx->file_id] : 0;
  return number ? &m->list[number - 1] : NULL;
}

static bool heads_folder(const Migrations *m, const Script *s) {
  return !find_script(m, &m->followed_beside, s->folder, s->revision);
}

// True where the script, or one that it builds on, has a branch label: its head is meant
// to stand beside others.
static bool is_labelled(const Migrations *m, const Script *s) {
  for (uint32_t step = 0; s && step <= m->count; step++) {
    if (s->script.labelled)
      return true;
    const Script *below = NULL;
    for (uint32_t k = 0; k < s->down_count && !below; k++)
      below = find_script(m, &m->beside, s->folder, s->down[k]);
    s = below;
  }
  return false;
}

static void check_heads(RuleCtx *cx) {
  const Migrations *m = cx->migrations;
  const Script *own = own_script(cx);
  if (!own || !heads_folder(m, own) || is_labelled(m, own))
    return;
  for (uint32_t i = 0; i < m->count; i++) {
    const Script *other = &m->list[i];
    if (other->folder == own->folder && other->revision != own->revision &&
        heads_folder(m, other) && !is_labelled(m, other)) {
      rule_report(cx, py_span(cx->tree, own->script.revision),
                  "nothing follows `%.*s`, nor `%.*s`: two heads; merge them",
                  STR_ARG(atom_str(cx->project->names, own->revision)),
                  STR_ARG(atom_str(cx->project->names, other->revision)));
      return;
    }
  }
}

static void check_missing(RuleCtx *cx) {
  const Migrations *m = cx->migrations;
  const Script *own = own_script(cx);
  if (!own || py_kind(cx->tree, own->script.down) != PY_STR || !own->down_count ||
      find_script(m, &m->within, own->environment, own->down[0]))
    return;
  Str down = atom_str(cx->project->names, own->down[0]);
  bool alone = true;
  for (uint32_t i = 0; i < m->count; i++) {
    if (m->list[i].environment != own->environment)
      continue;
    if (str_starts(atom_str(cx->project->names, m->list[i].revision), down))
      return; // a revision may be cut short
    alone = alone && &m->list[i] == own;
  }
  if (!alone)
    rule_report(cx, py_span(cx->tree, own->script.down), "there is no revision `%.*s`",
                STR_ARG(down));
}

static void check_cycle(RuleCtx *cx) {
  const Script *own = own_script(cx);
  if (own && own->circular)
    rule_report(cx, py_span(cx->tree, own->script.down),
                "following down_revision from `%.*s` leads back to it",
                STR_ARG(atom_str(cx->project->names, own->revision)));
}

bool migration_is_head(RuleCtx *cx) {
  const Migrations *m = cx->migrations;
  const Script *own = own_script(cx);
  return own && !find_script(m, &m->followed_within, own->environment, own->revision);
}

bool migrations_have(const Migrations *m, uint32_t file) {
  return m->of_file && m->of_file[file];
}

bool migrations_exist(const RuleCtx *cx) {
  return cx->migrations && cx->migrations->count;
}

static uint32_t effect_on(RuleCtx *cx, const PlaceMap *map, Str table) {
  Atom name = intern(resolver_names(cx->resolver), table);
  return place_map_get(map, migration_key(cx->file_id, name));
}

bool migration_creates_table(RuleCtx *cx, Str table) {
  return cx->migrations &&
         effect_on(cx, &cx->migrations->effects.created, table) != PLACE_MAP_NONE;
}

bool migration_empties_table(RuleCtx *cx, Str table) {
  return cx->migrations &&
         effect_on(cx, &cx->migrations->effects.emptied, table) != PLACE_MAP_NONE;
}

bool migration_others_hold(RuleCtx *cx, Str name) {
  if (!cx->migrations)
    return false;
  uint32_t holder = place_map_get(&cx->migrations->effects.holders,
                                  intern(resolver_names(cx->resolver), name));
  return holder != PLACE_MAP_NONE && holder != cx->file_id;
}

static void check_duplicate(RuleCtx *cx) {
  const Migrations *m = cx->migrations;
  const Script *own = own_script(cx);
  const Script *first =
      own ? find_script(m, &m->beside, own->folder, own->revision) : own;
  if (first != own)
    rule_report(
        cx, py_span(cx->tree, own->script.revision), "`%.*s` is the revision of %.*s too",
        STR_ARG(atom_str(cx->project->names, own->revision)), STR_ARG(first->file->path));
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
