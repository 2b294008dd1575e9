// Names that SQLAlchemy does not have any more and that no other name stands for. What
// api.def knows to be missing from the target, and the rows of removed.def.
#include "codemod/codemod.h"

typedef struct {
  const char *code;
  SqlalchemyTarget since;
  const char *dotted, *instead;
} Removed;

static const Removed table[] = {
#define REMOVED(code, since, dotted, instead)                                            \
  {#code, SQLALCHEMY_##since, dotted, instead},
#include "codemod/removed.def"
#undef REMOVED
};

static const CodemodCode codes[] = {
    {"M229", "loader-all-options", "joinedload_all() and the like"},
    {"M241", "baked-query", "Baked queries"},
    {"M328", "removed-operators", "Functions of sqlalchemy.sql.operators that are gone"},
    {"M332", "removed-name", "Names that SQLAlchemy 2.0 does not have"},
    {"N120", "removed-orm-forms",
     "defer() and undefer() of a path, collection.converter"},
    {"N121", "private-name", "Names that SQLAlchemy 2.1 made private"},
    {"N125", "async-fallback", "await_fallback() and its pool"},
    {.code = NULL}};

// Modules whose names api.def may miss: it lists what a module defines or exports.
static bool is_listed_in_part(Str dotted) {
  static const char *const modules[] = {
      "sqlalchemy.dialects.", "sqlalchemy.engine.processors.",
      "sqlalchemy.orm.evaluator.", "sqlalchemy.sql.traversals.",
      "sqlalchemy.sql.cache_key."};
  for (size_t i = 0; i < ARRAY_LEN(modules); i++)
    if (str_starts(dotted, str_from(modules[i])))
      return true;
  return false;
}

static const char *code_of(Str dotted, uint8_t versions) {
  if (str_find(dotted, STR("baked"), 0) != SIZE_MAX)
    return "M241";
  if (str_find(dotted, STR("FallbackAsync"), 0) != SIZE_MAX)
    return "N125";
  return versions & API_IN_2_0 ? "N121" : "M332";
}

static void report(const CodemodWalk *w, const char *code, Ref at, Str dotted,
                   const char *instead) {
  Site *s = codemod_site(w->cx, code, w->file, py_span(w->t, at), "`%.*s` is gone",
                         STR_ARG(dotted));
  if (*instead)
    codemod_leave(w->cx, s, (Place){0, 0}, "what does the same is %s", instead);
  else
    codemod_leave(w->cx, s, (Place){0, 0}, "nothing public stands in its place");
}

static void look_at(const CodemodWalk *w, Ref at, Str module, Str name) {
  Str dotted = str_format(w->cx->arena, "%.*s.%.*s", STR_ARG(module), STR_ARG(name));
  for (size_t i = 0; i < ARRAY_LEN(table); i++)
    if (str_is(dotted, table[i].dotted)) {
      if (table[i].since <= w->cx->target)
        report(w, table[i].code, at, dotted, table[i].instead);
      return;
    }
  uint8_t target = w->cx->target == SQLALCHEMY_2_1 ? API_IN_2_1 : API_IN_2_0, versions;
  ApiId id = api_find(dotted, &versions);
  const ApiRow *row = api_row(id);
  bool gone = id && versions && !(versions & target) && !(row->versions & target) &&
              !row->moved_to && !is_listed_in_part(dotted);
  if (gone)
    report(w, code_of(dotted, versions), at, dotted, "");
}

// An import that is tried, or in a branch for one version, is made for several.
static bool is_shim(const CodemodWalk *w, Ref stmt) {
  PyKind kind = py_kind(w->t, rule_parent(w->in, stmt));
  return kind == PY_TRY || kind == PY_EXCEPT_HANDLER || kind == PY_IF;
}

static void import_from(const CodemodWalk *w, Ref stmt) {
  const PyImportFrom *from = PY_AS(ImportFrom, w->t, stmt);
  Str module = from->module && !from->node.aux ? codemod_name(w, from->module) : STR("");
  if (!str_starts(module, STR("sqlalchemy")) || is_shim(w, stmt))
    return;
  PyRefs names = py_list(w->t, from->names);
  for (uint32_t i = 0; i < names.len; i++)
    look_at(w, names.at[i], module,
            codemod_name(w, PY_AS(Alias, w->t, names.at[i])->name));
}

// util.text_type: of a name that an import bound.
static void attribute(const CodemodWalk *w, Ref r) {
  const PyAttribute *a = PY_AS(Attribute, w->t, r);
  Ref root = a->value;
  while (py_kind(w->t, root) == PY_ATTRIBUTE)
    root = PY_AS(Attribute, w->t, root)->value;
  uint32_t symbol = rule_symbol(w->in, root);
  if (symbol == NO_SYMBOL ||
      !(w->in->file->scopes->symbols[symbol].flags & SYMBOL_IMPORTED))
    return;
  Str dotted = rule_dotted(w->in, a->value);
  if (str_starts(dotted, STR("sqlalchemy")))
    look_at(w, r, dotted, codemod_name(w, a->attr));
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) == PY_IMPORT_FROM)
    import_from(w, r);
  else if (py_kind(w->t, r) == PY_ATTRIBUTE)
    attribute(w, r);
}

const Codemod codemod_removed_names = {.name = "removed-names",
                                       .codes = codes,
                                       .profile = PROFILE_COMPAT,
                                       .on = {PY_IMPORT_FROM, PY_ATTRIBUTE},
                                       .visit = visit};
