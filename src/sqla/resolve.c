// resolve.c: what a name means: from a symbol through its bindings to an origin.
#include "sqla/resolve.h"

#include "python/import.h"
#include "sqla/place_map.h"

enum {
  MANY_BINDINGS = 16, // a name bound more often has its first meaning, not proven
  RECENT = 256        // expressions whose origin is remembered for the next question
};

// What a file's symbols are: 0 not asked, IN_PROGRESS, else index in origins + 1.
typedef struct {
  uint32_t *known; // of bound symbols by what they bind, of free ones by the name
} FileOrigins;
#define IN_PROGRESS UINT32_MAX

typedef struct {
  Place at;
  Origin origin;
} Recent;

struct Resolver {
  const Project *project;
  Arena *arena;
  InternCache *names;
  FileOrigins *files;
  PlaceMap members; // (owner, name) -> index in origins
  Recent *recent;   // direct-mapped
  Vec(Origin) origins;
  int steps;       // names being resolved
  uint32_t cycles; // how often a name in progress, or the bound, was met
  Buf text;
};

Resolver *resolver_new(const Project *project, Arena *arena) {
  Resolver *r = mem_zalloc(1, sizeof *r);
  r->project = project;
  r->arena = arena;
  r->names = intern_cache_new(project->names);
  r->files = arena_array(arena, FileOrigins, project->file_count + 1);
  r->recent = arena_array(arena, Recent, RECENT);
  return r;
}

void resolver_free(Resolver *r) {
  if (!r)
    return;
  intern_cache_free(r->names);
  place_map_free(&r->members);
  vec_free(&r->origins);
  buf_free(&r->text);
  mem_free(r);
}

InternCache *resolver_names(Resolver *r) {
  return r->names;
}

const Project *resolver_project(const Resolver *r) {
  return r->project;
}

static const PyTree *tree_of(const Resolver *r, uint32_t file) {
  return &r->project->files[file]->tree;
}

static Str text_of(const Resolver *r, Atom atom) {
  return atom_str(r->project->names, atom);
}

static Origin unknown(void) {
  return (Origin){.kind = ORIGIN_UNKNOWN, .module = NO_MODULE};
}

// ---- Names from outside

static bool is_builtin(Str name) {
  static const char *const builtins[] = {
#define BUILTIN(name) name,
#include "sqla/builtins.def"
#undef BUILTIN
  };
  size_t low = 0, high = ARRAY_LEN(builtins);
  while (low < high) {
    size_t middle = (low + high) / 2;
    int order = str_compare(str_from(builtins[middle]), name);
    if (order == 0)
      return true;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return false;
}

// The origin of the dotted name in r->text, which is no project's.
static Origin outside_text(Resolver *r) {
  Str dotted = buf_str(&r->text);
  ApiId api = api_find(dotted, NULL);
  return (Origin){.kind = api ? ORIGIN_API : ORIGIN_EXTERNAL,
                  .proven = true,
                  .api = (uint16_t)api,
                  .dotted = intern(r->names, dotted),
                  .module = NO_MODULE};
}

static Origin outside(Resolver *r, Str module, Atom name) {
  buf_clear(&r->text);
  buf_add_str(&r->text, module);
  if (name) {
    if (module.len)
      buf_add_char(&r->text, '.');
    buf_add_str(&r->text, text_of(r, name));
  }
  return outside_text(r);
}

// Packages that a project's own folders of the same name (a folder `alembic` with
// migrations) do not hide. The project is the package itself where it has this module.
static const struct {
  const char *package, *sign;
} known_packages[] = {{"alembic", "alembic.runtime"},
                      {"flask_sqlalchemy", "flask_sqlalchemy.model"},
                      {"sqlalchemy", "sqlalchemy.engine"},
                      {"sqlmodel", "sqlmodel.main"}};

static bool is_known_package(const Resolver *r, uint32_t file, Str module) {
  Str top = str_slice(module, 0, str_find_char(module, '.', 0));
  for (size_t i = 0; i < ARRAY_LEN(known_packages); i++)
    if (str_is(top, known_packages[i].package))
      return project_module(r->project, file, str_from(known_packages[i].sign)) ==
             NO_MODULE;
  return false;
}

// ---- Symbols

static Origin origin_of_symbol(Resolver *r, uint32_t file, uint32_t symbol);
static Origin origin_in_module(Resolver *r, uint32_t module, Atom name);

static Origin origin_of_target(Resolver *r, ImportTarget target) {
  switch (target.kind) {
  case TARGET_EXTERNAL:
    return outside(r, target.dotted ? text_of(r, target.dotted) : STR(""), target.name);
  case TARGET_MODULE:
    return (Origin){.kind = ORIGIN_MODULE,
                    .proven = true,
                    .module = target.module,
                    .dotted = r->project->modules[target.module].name};
  case TARGET_NAME:
    return origin_in_module(r, target.module, target.name);
  case TARGET_UNKNOWN:
    break;
  }
  return (Origin){.kind = ORIGIN_IMPORTED_UNKNOWN, .module = NO_MODULE};
}

static Origin origin_of_import(Resolver *r, uint32_t file, uint32_t level, Atom module,
                               Atom name) {
  if (!level && module && is_known_package(r, file, text_of(r, module)))
    return outside(r, text_of(r, module), name);
  return origin_of_target(r,
                          project_resolve_import(r->project, file, level, module, name));
}

// What the star imports of a file's module bring under a name, the last one first.
static Origin origin_of_stars(Resolver *r, uint32_t file, Atom name) {
  const PyScopes *s = r->project->files[file]->scopes;
  bool certain = true;
  for (uint32_t i = s->star_count; i-- > 0;) {
    if (s->stars[i].scope != 0)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, s->tree, s->stars[i].stmt);
    Origin source = origin_of_import(r, file, from->node.aux, from->module, 0);
    Origin found = unknown();
    if (source.kind == ORIGIN_MODULE) {
      if (project_exports(r->project, source.module, name))
        found = origin_of_target(r, project_member(r->project, source.module, name));
    } else if (source.kind == ORIGIN_API) {
      found = outside(r, text_of(r, source.dotted), name);
    }
    if (found.kind != ORIGIN_UNKNOWN && found.kind != ORIGIN_IMPORTED_UNKNOWN &&
        found.kind != ORIGIN_EXTERNAL) {
      found.proven = found.proven && certain;
      return found;
    }
    if (source.kind != ORIGIN_MODULE && source.kind != ORIGIN_API)
      certain = false;
  }
  return unknown();
}

static Origin origin_of_free(Resolver *r, uint32_t file, Atom name) {
  const PyScopes *s = r->project->files[file]->scopes;
  bool stars = s && s->star_count;
  if (stars && r->steps < RESOLVE_MAX_STEPS) {
    r->steps++;
    Origin found = origin_of_stars(r, file, name);
    r->steps--;
    if (found.kind != ORIGIN_UNKNOWN)
      return found;
  }
  if (name && is_builtin(text_of(r, name)))
    return (Origin){
        .kind = ORIGIN_BUILTIN, .proven = !stars, .dotted = name, .module = NO_MODULE};
  return unknown();
}

static Origin origin_in_module(Resolver *r, uint32_t module, Atom name) {
  uint32_t file = r->project->modules[module].file;
  if (file == NO_FILE || !r->project->files[file]->scopes)
    return unknown();
  const PyScopes *s = r->project->files[file]->scopes;
  uint32_t symbol = py_scopes_find(s, 0, name);
  if (symbol != NO_SYMBOL && s->symbols[symbol].first != NO_BINDING)
    return origin_of_symbol(r, file, symbol);
  return origin_of_stars(r, file, name);
}

// ---- Bindings

static Ref assigned_value(const PyTree *t, const PyBinding *b) {
  if (!(b->flags & BIND_WHOLE))
    return 0;
  switch (py_kind(t, b->stmt)) {
  case PY_ASSIGN:
    return PY_AS(Assign, t, b->stmt)->value;
  case PY_ANN_ASSIGN:
    return PY_AS(AnnAssign, t, b->stmt)->value;
  case PY_NAMED_EXPR:
    return PY_AS(NamedExpr, t, b->stmt)->value;
  case PY_TYPE_ALIAS:
    return PY_AS(TypeAlias, t, b->stmt)->value;
  default:
    return 0;
  }
}

// `C = Column`: one more name for what already has one.
static bool is_alias_of(uint8_t kind) {
  return kind == ORIGIN_API || kind == ORIGIN_API_MEMBER || kind == ORIGIN_EXTERNAL ||
         kind == ORIGIN_BUILTIN || kind == ORIGIN_MODULE || kind == ORIGIN_CLASS ||
         kind == ORIGIN_FUNCTION;
}

static Origin origin_of_variable(Resolver *r, uint32_t file, const PyBinding *b) {
  const PyTree *t = tree_of(r, file);
  Ref value = assigned_value(t, b);
  PyKind kind = py_kind(t, value);
  if (kind == PY_NAME || kind == PY_ATTRIBUTE) {
    Origin alias = resolve_expr(r, file, value);
    if (is_alias_of(alias.kind))
      return alias;
  }
  return (Origin){.kind = ORIGIN_VARIABLE,
                  .proven = true,
                  .module = NO_MODULE,
                  .dotted = resolve_dotted_name(r, (Place){file, b->node}),
                  .at = {file, b->node},
                  .value = {value ? file : 0, value}};
}

static Origin origin_of_def(Resolver *r, uint32_t file, Ref def, OriginKind kind) {
  Place at = {file, def};
  return (Origin){.kind = (uint8_t)kind,
                  .proven = true,
                  .module = NO_MODULE,
                  .dotted = resolve_dotted_name(r, at),
                  .at = at};
}

static Origin origin_of_binding(Resolver *r, uint32_t file, const PyBinding *b,
                                Atom name) {
  switch ((PyBindKind)b->kind) {
  case BIND_IMPORT: {
    ImportItem item = py_import_read(tree_of(r, file), b->stmt, b->node);
    if (item.whole_path)
      return origin_of_import(r, file, 0, name, 0);
    return origin_of_import(r, file, item.level, item.module, item.name);
  }
  case BIND_CLASS:
    return origin_of_def(r, file, b->node, ORIGIN_CLASS);
  case BIND_FUNCTION:
    return origin_of_def(r, file, b->node, ORIGIN_FUNCTION);
  case BIND_PARAM:
    return (Origin){.kind = ORIGIN_PARAMETER,
                    .proven = true,
                    .module = NO_MODULE,
                    .at = {file, b->node}};
  default:
    return origin_of_variable(r, file, b);
  }
}

static bool same_meaning(Origin a, Origin b) {
  if (a.kind != b.kind)
    return false;
  switch ((OriginKind)a.kind) {
  case ORIGIN_API:
    return api_current((ApiId)a.api) == api_current((ApiId)b.api);
  case ORIGIN_API_MEMBER:
  case ORIGIN_EXTERNAL:
  case ORIGIN_BUILTIN:
    return a.dotted == b.dotted;
  case ORIGIN_MODULE:
    return a.module == b.module;
  case ORIGIN_CLASS:
  case ORIGIN_FUNCTION:
  case ORIGIN_VARIABLE:
  case ORIGIN_PARAMETER:
    return place_eq(a.at, b.at);
  case ORIGIN_UNKNOWN:
  case ORIGIN_IMPORTED_UNKNOWN:
    break;
  }
  return false;
}

static Origin origin_of_bindings(Resolver *r, uint32_t file, uint32_t symbol) {
  const PyScopes *s = r->project->files[file]->scopes;
  const PySymbol *of = &s->symbols[symbol];
  Origin first = unknown();
  uint32_t count = 0;
  bool at_run_time = py_scopes_binds_at_run_time(s, symbol);
  for (uint32_t i = of->first; i != NO_BINDING; i = s->bindings[i].next) {
    const PyBinding *b = &s->bindings[i];
    if (b->kind == BIND_ANNOTATION || b->kind == BIND_DELETE ||
        (at_run_time && b->flags & BIND_TYPE_CHECKING))
      continue;
    if (count++ == MANY_BINDINGS) {
      first.proven = false;
      break;
    }
    Origin o = origin_of_binding(r, file, b, of->name);
    if (count == 1 ||
        (first.kind == ORIGIN_IMPORTED_UNKNOWN && o.kind != ORIGIN_UNKNOWN)) {
      o.proven = o.proven && count == 1;
      first = o;
    } else if (!same_meaning(first, o) || !o.proven) {
      first.proven = false;
    }
  }
  if (count)
    return first;
  const PyBinding *declared = &s->bindings[of->first]; // an annotation alone
  return (Origin){.kind = ORIGIN_VARIABLE,
                  .proven = declared->kind == BIND_ANNOTATION,
                  .module = NO_MODULE,
                  .dotted = resolve_dotted_name(r, (Place){file, declared->node}),
                  .at = {file, declared->node}};
}

static uint32_t *known_in(Resolver *r, uint32_t file) {
  FileOrigins *f = &r->files[file];
  if (!f->known)
    f->known = arena_array(r->arena, uint32_t,
                           r->project->files[file]->scopes->symbol_count + 1);
  return f->known;
}

static uint32_t remember(Resolver *r, Origin o) {
  vec_push(&r->origins, o);
  return (uint32_t)r->origins.len;
}

// Remembered, but for what was found while a cycle was being cut: that depends on where
// the question started.
static Origin origin_of_symbol(Resolver *r, uint32_t file, uint32_t symbol) {
  const PyScopes *s = r->project->files[file]->scopes;
  if (s->symbols[symbol].first == NO_BINDING)
    return unknown();
  uint32_t *known = known_in(r, file) + symbol;
  if (*known && *known != IN_PROGRESS)
    return r->origins.items[*known - 1];
  if (r->steps >= RESOLVE_MAX_STEPS || (*known == IN_PROGRESS && r->steps > 0)) {
    r->cycles++;
    return unknown();
  }
  uint32_t cycles = r->cycles;
  *known = IN_PROGRESS;
  r->steps++;
  Origin o = origin_of_bindings(r, file, symbol);
  r->steps--;
  *known = r->cycles == cycles || r->steps == 0 ? remember(r, o) : 0;
  return o;
}

// ---- Members

static Origin api_member(Resolver *r, Origin owner, Atom name) {
  const ApiRow *row = api_row((ApiId)owner.api);
  Origin o = outside(
      r, owner.kind == ORIGIN_API ? str_from(row->dotted) : text_of(r, owner.dotted),
      name);
  if (o.kind == ORIGIN_EXTERNAL &&
      (owner.kind == ORIGIN_API_MEMBER || row->kind != API_MODULE)) {
    o.kind = ORIGIN_API_MEMBER;
    o.api = owner.api;
  }
  o.proven = owner.proven;
  return o;
}

// An attribute of a Flask-SQLAlchemy extension: its own, or one of the names it takes
// over from sqlalchemy and sqlalchemy.orm.
static Origin flask_member(Resolver *r, Origin extension, Atom name) {
  extension.kind = ORIGIN_API;
  extension.api = API_flask_sqlalchemy_SQLAlchemy;
  Origin own = api_member(r, extension, name);
  if (own.kind == ORIGIN_API)
    return own;
  static const char *const sources[] = {"sqlalchemy", "sqlalchemy.orm"};
  for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
    Origin o = outside(r, str_from(sources[i]), name);
    if (o.kind == ORIGIN_API && api_row((ApiId)o.api)->kind != API_MODULE) {
      o.proven = extension.proven;
      return o;
    }
  }
  return own;
}

static Origin class_member(Resolver *r, Place cls, Atom name, int depth);

static Origin base_member(Resolver *r, Origin base, Atom name, int depth) {
  if (base.kind == ORIGIN_CLASS)
    return class_member(r, base.at, name, depth + 1);
  if (base.kind == ORIGIN_API)
    return api_member(r, base, name);
  return unknown();
}

static Origin class_member(Resolver *r, Place cls, Atom name, int depth) {
  if (depth > 20)
    return unknown();
  const PyScopes *s = r->project->files[cls.file]->scopes;
  uint32_t scope = py_scopes_of(s, cls.ref);
  uint32_t symbol = scope == NO_SCOPE ? NO_SYMBOL : py_scopes_find(s, scope, name);
  uint32_t first = symbol == NO_SYMBOL ? NO_BINDING : s->symbols[symbol].first;
  // `Model: type[AppModel]` says what the attribute is; the bases have it
  bool annotated = first != NO_BINDING && s->bindings[first].kind == BIND_ANNOTATION &&
                   s->bindings[first].next == NO_BINDING;
  if (first != NO_BINDING && !annotated)
    return origin_of_symbol(r, cls.file, symbol);
  const PyTree *t = tree_of(r, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  bool certain = true;
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Origin base = resolve_expr(r, cls.file, args.at[i]);
    Origin o = base_member(r, base, name, depth);
    if (o.kind != ORIGIN_UNKNOWN) {
      o.proven = o.proven && base.proven && certain;
      return o;
    }
    certain = certain && base.kind == ORIGIN_CLASS;
  }
  return annotated ? origin_of_symbol(r, cls.file, symbol) : unknown();
}

// The SQLAlchemy class that the project's class is, or inherits from: the first found.
static ApiId class_api(Resolver *r, Origin cls, int depth) {
  if (cls.kind == ORIGIN_API)
    return api_row((ApiId)cls.api)->kind == API_CLASS ? api_current((ApiId)cls.api)
                                                      : API_NONE;
  if (cls.kind != ORIGIN_CLASS || depth > 20)
    return API_NONE;
  const PyTree *t = tree_of(r, cls.at.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.at.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    ApiId api = class_api(r, resolve_expr(r, cls.at.file, args.at[i]), depth + 1);
    if (api)
      return api;
  }
  return API_NONE;
}

// An attribute of an object that a variable holds: `db = SQLAlchemy()`.
static Origin instance_member(Resolver *r, Origin variable, Atom name) {
  Place value = variable.value;
  const PyTree *t = tree_of(r, value.file);
  if (!value.ref || py_kind(t, value.ref) != PY_CALL)
    return unknown();
  Origin cls = resolve_expr(r, value.file, PY_AS(Call, t, value.ref)->func);
  ApiId api = class_api(r, cls, 0);
  if (!api)
    return unknown();
  bool proven = variable.proven && cls.proven;
  if (cls.kind == ORIGIN_CLASS) {
    Origin own = class_member(r, cls.at, name, 0);
    if (own.kind != ORIGIN_UNKNOWN && own.kind != ORIGIN_API_MEMBER)
      return own;
  }
  if (api == API_flask_sqlalchemy_SQLAlchemy)
    return flask_member(r, (Origin){.proven = proven}, name);
  return api_member(
      r, (Origin){.kind = ORIGIN_API, .api = (uint16_t)api, .proven = proven}, name);
}

// Modules and what stands outside the project: the same for everybody who asks.
static uint64_t member_key(Origin owner, Atom name) {
  uint64_t id = owner.kind == ORIGIN_API      ? owner.api
                : owner.kind == ORIGIN_MODULE ? owner.module
                                              : owner.dotted;
  return (uint64_t)owner.kind << 60 | id << 30 | name;
}

static bool is_member_kept(Origin owner) {
  return owner.kind == ORIGIN_API || owner.kind == ORIGIN_EXTERNAL ||
         owner.kind == ORIGIN_MODULE;
}

static Origin member_of(Resolver *r, Origin owner, Atom name) {
  Origin o = unknown();
  switch ((OriginKind)owner.kind) {
  case ORIGIN_API:
  case ORIGIN_API_MEMBER:
    o = api_member(r, owner, name);
    break;
  case ORIGIN_EXTERNAL:
    o = outside(r, text_of(r, owner.dotted), name);
    o.proven = owner.proven;
    break;
  case ORIGIN_MODULE:
    o = origin_of_target(r, project_member(r->project, owner.module, name));
    o.proven = o.proven && owner.proven;
    break;
  case ORIGIN_CLASS:
    o = class_member(r, owner.at, name, 0);
    o.proven = o.proven && owner.proven;
    break;
  case ORIGIN_VARIABLE:
    o = instance_member(r, owner, name);
    break;
  default:
    break;
  }
  return o;
}

Origin resolve_member(Resolver *r, Origin owner, Atom name) {
  if (!name || r->steps >= RESOLVE_MAX_STEPS)
    return unknown();
  bool kept = is_member_kept(owner), proven = owner.proven;
  uint64_t key = member_key(owner, name);
  owner.proven = owner.proven || kept;
  uint32_t at = kept ? place_map_get(&r->members, key) : PLACE_MAP_NONE;
  Origin o;
  if (at != PLACE_MAP_NONE) {
    o = r->origins.items[at];
  } else {
    uint32_t cycles = r->cycles;
    r->steps++;
    o = member_of(r, owner, name);
    r->steps--;
    if (kept && (r->cycles == cycles || r->steps == 0))
      place_map_set(&r->members, key, remember(r, o) - 1);
  }
  if (kept)
    o.proven = o.proven && proven;
  return o;
}

// ---- Expressions

static Origin origin_of_name(Resolver *r, uint32_t file, Ref ref) {
  const PyScopes *s = r->project->files[file]->scopes;
  if (!s)
    return unknown();
  uint32_t used = py_scopes_symbol_of(s, ref), symbol = py_scopes_target(s, used);
  if (symbol != NO_SYMBOL)
    return origin_of_symbol(r, file, symbol);
  if (used == NO_SYMBOL)
    return origin_of_free(r, file, PY_AS(Name, s->tree, ref)->id);
  uint32_t *known = known_in(r, file) + used;
  if (*known)
    return r->origins.items[*known - 1];
  uint32_t cycles = r->cycles;
  Origin o = origin_of_free(r, file, PY_AS(Name, s->tree, ref)->id);
  if (r->cycles == cycles && r->steps == 0)
    *known = remember(r, o);
  return o;
}

static Origin resolve_chain(Resolver *r, uint32_t file, Ref expr) {
  const PyTree *t = tree_of(r, file);
  Atom path[RESOLVE_MAX_STEPS];
  uint32_t count = 0;
  while (py_kind(t, expr) == PY_ATTRIBUTE && count < RESOLVE_MAX_STEPS) {
    path[count++] = PY_AS(Attribute, t, expr)->attr;
    expr = PY_AS(Attribute, t, expr)->value;
  }
  if (py_kind(t, expr) != PY_NAME)
    return unknown();
  Origin o = origin_of_name(r, file, expr);
  while (count && o.kind != ORIGIN_UNKNOWN)
    o = resolve_member(r, o, path[--count]);
  return o;
}

Origin resolve_expr(Resolver *r, uint32_t file, Ref expr) {
  PyKind kind = py_kind(tree_of(r, file), expr);
  if (kind == PY_NAME)
    return origin_of_name(r, file, expr);
  if (kind != PY_ATTRIBUTE)
    return unknown();
  Recent *recent = &r->recent[(expr * 31 + file) % RECENT];
  if (recent->at.ref == expr && recent->at.file == file)
    return recent->origin;
  uint32_t cycles = r->cycles;
  Origin o = resolve_chain(r, file, expr);
  if (r->cycles == cycles || r->steps == 0)
    *recent = (Recent){{file, expr}, o};
  return o;
}

static Origin resolve_in_scope(Resolver *r, uint32_t file, uint32_t scope, Str dotted) {
  const PyScopes *s = r->project->files[file]->scopes;
  Str rest = dotted, part;
  Origin o = unknown();
  bool first = true;
  while (str_next_part(&rest, '.', &part)) {
    Atom name = intern(r->names, str_trim(part));
    if (!first) {
      o = resolve_member(r, o, name);
      continue;
    }
    first = false;
    uint32_t symbol = py_scopes_lookup(s, scope, name);
    o = symbol == NO_SYMBOL ? origin_of_free(r, file, name)
                            : origin_of_symbol(r, file, symbol);
  }
  return o;
}

Origin resolve_text(Resolver *r, uint32_t file, Ref node, Str dotted) {
  const PyScopes *s = r->project->files[file]->scopes;
  return s ? resolve_in_scope(r, file, py_scopes_at(s, node), dotted) : unknown();
}

Origin resolve_global(Resolver *r, uint32_t file, Atom name) {
  const PyScopes *s = r->project->files[file]->scopes;
  if (!s || !name)
    return unknown();
  uint32_t symbol = py_scopes_find(s, 0, name);
  if (symbol != NO_SYMBOL && s->symbols[symbol].first != NO_BINDING)
    return origin_of_symbol(r, file, symbol);
  return origin_of_free(r, file, name);
}

ApiId resolve_api(Resolver *r, uint32_t file, Ref expr) {
  Origin o = resolve_expr(r, file, expr);
  return o.kind == ORIGIN_API ? api_current((ApiId)o.api) : API_NONE;
}

ApiId resolve_call_api(Resolver *r, uint32_t file, Ref call) {
  const PyTree *t = tree_of(r, file);
  if (py_kind(t, call) != PY_CALL)
    return API_NONE;
  return resolve_api(r, file, PY_AS(Call, t, call)->func);
}

// ---- Dotted names

static Atom scope_name(const PyTree *t, Ref node) {
  if (py_kind(t, node) == PY_FUNCTION_DEF)
    return PY_AS(FunctionDef, t, node)->name;
  if (py_kind(t, node) == PY_CLASS_DEF)
    return PY_AS(ClassDef, t, node)->name;
  return 0;
}

Atom resolve_dotted_name(Resolver *r, Place def) {
  const ProjectFile *f = r->project->files[def.file];
  uint32_t symbol = f->scopes ? py_scopes_symbol_of(f->scopes, def.ref) : NO_SYMBOL;
  if (symbol == NO_SYMBOL)
    return 0;
  const PyScopes *s = f->scopes;
  Atom parts[64];
  uint32_t count = 0;
  parts[count++] = s->symbols[symbol].name;
  for (uint32_t scope = s->symbols[symbol].scope; scope && count < ARRAY_LEN(parts);
       scope = s->scopes[scope].parent) {
    Atom name = scope_name(s->tree, s->scopes[scope].node);
    bool around =
        s->scopes[scope].kind == SCOPE_CLASS || s->scopes[scope].kind == SCOPE_FUNCTION;
    if (name && around)
      parts[count++] = name;
  }
  buf_clear(&r->text);
  if (f->module != NO_MODULE)
    buf_add_str(&r->text, text_of(r, r->project->modules[f->module].name));
  while (count) {
    if (r->text.len)
      buf_add_char(&r->text, '.');
    buf_add_str(&r->text, text_of(r, parts[--count]));
  }
  return intern(r->names, buf_str(&r->text));
}
