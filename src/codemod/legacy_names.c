// Methods that have another name, and keywords that went: the table is legacy.def.
#include "codemod/codemod.h"

enum {
  ANY,
  TRUE_ONLY,
  FALSE_ONLY
};

typedef struct {
  const char *code;
  CodemodProfile profile;
  SqlalchemyTarget since;
  ValueKind kind;
  const char *from, *to;
} Method;

typedef struct {
  const char *code;
  CodemodProfile profile;
  SqlalchemyTarget since;
  ApiId function;
  const char *keyword;
  int value;
  const char *renamed; // NULL: the argument goes
} Keyword;

static const Method methods[] = {
#define METHOD(code, profile, since, kind, old, new)                                     \
  {#code, PROFILE_##profile, SQLALCHEMY_##since, VALUE_##kind, old, new},
#include "codemod/legacy.def"
#undef METHOD
};

#define VALUE_OF_ANY ANY
#define VALUE_OF_TRUE TRUE_ONLY
#define VALUE_OF_FALSE FALSE_ONLY
static const Keyword keywords[] = {
#define KEYWORD(code, profile, since, function, keyword, value)                          \
  {#code,                                                                                \
   PROFILE_##profile,                                                                    \
   SQLALCHEMY_##since,                                                                   \
   API_##function,                                                                       \
   keyword,                                                                              \
   VALUE_OF_##value,                                                                     \
   NULL},
#define RENAMED(code, profile, since, function, old, new)                                \
  {#code, PROFILE_##profile, SQLALCHEMY_##since, API_##function, old, ANY, new},
#include "codemod/legacy.def"
#undef RENAMED
#undef KEYWORD
};

static const CodemodCode codes[] = {
    {"M116", "contextual-connect", "Engine.contextual_connect()"},
    {"M120", "inspector-reflecttable", "Inspector.reflecttable()"},
    {"M125", "url-to-string", "URL.__to_string__()"},
    {"M126", "create-engine-removed-kwargs",
     "Arguments of create_engine() that are gone"},
    {"M218", "query-add-column", "Query.add_column()"},
    {"M222", "query-as-scalar", "as_scalar()"},
    {"M260", "session-autocommit", "Session(autocommit=...)"},
    {"M264", "session-removed-flags", "Flags of Session that are gone"},
    {"M266", "session-future-flag", "future=True, which 2.0 always is"},
    {"M267", "cascade-backrefs", "relationship(cascade_backrefs=...)"},
    {"M281", "mapped-table", "Mapper.mapped_table"},
    {"M286", "relationship-bake-queries", "relationship(bake_queries=...)"},
    {"M311", "select-column", "Select.column()"},
    {"M320", "string-flags", "Flags of string types that are gone"},
    {"M322", "tometadata", "Table.tometadata()"},
    {"N138", "oracle-identity-order",
     "Options of Identity and Sequence for Oracle alone"},
    {.code = NULL}};

static bool holds(const CodemodCtx *cx, CodemodProfile profile, SqlalchemyTarget since) {
  return profile <= cx->profile && since <= cx->target;
}

static void method(const CodemodWalk *w, Ref attribute) {
  const PyAttribute *a = PY_AS(Attribute, w->t, attribute);
  Str name = codemod_name(w, a->attr);
  Value v = {0};
  for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
    const Method *m = &methods[i];
    if (!str_is(name, m->from) || !holds(w->cx, m->profile, m->since))
      continue;
    if (!v.kind)
      v = codemod_value(w, a->value);
    if (v.kind != m->kind)
      continue;
    Site *s = codemod_site(w->cx, m->code, w->file, (Span){a->attr_at, a->node.end},
                           "`%s` is `%s` now", m->from, m->to);
    if (!codemod_open(w->cx, s))
      return;
    if (v.sure != SURE_PROVEN && !w->cx->unsafe)
      codemod_refuse(w->cx, (Place){w->file, a->value},
                     "by its name only this is a %s; --unsafe converts it",
                     value_kind_name(v.kind));
    fix_replace(w->in, (Span){a->attr_at, a->node.end}, str_from(m->to));
    codemod_close(w->cx);
    return;
  }
}

static bool value_matches(const CodemodWalk *w, Ref value, int wanted) {
  return wanted == ANY || (wanted == TRUE_ONLY && is_true(w->t, value)) ||
         (wanted == FALSE_ONLY && is_false(w->t, value));
}

static void keyword(const CodemodWalk *w, Ref call, Ref node, const Keyword *k) {
  Site *s =
      codemod_site(w->cx, k->code, w->file, py_span(w->t, node),
                   k->renamed ? "`%s=` is `%s=` now" : "`%s=` is no argument any more",
                   k->keyword, k->renamed);
  if (!codemod_open(w->cx, s))
    return;
  if (k->renamed) {
    uint32_t at = py_node(w->t, node)->start;
    fix_replace(w->in, (Span){at, at + (uint32_t)strlen(k->keyword)},
                str_from(k->renamed));
    codemod_close(w->cx);
    return;
  }
  if (!value_matches(w, PY_AS(Keyword, w->t, node)->value, k->value))
    codemod_refuse(w->cx, (Place){w->file, node},
                   "this value asks for behaviour that is gone");
  fix_delete_argument(w->in, call, node);
  codemod_close(w->cx);
}

static void call(const CodemodWalk *w, Ref r) {
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, r)->args);
  ApiId api = API_NONE;
  for (uint32_t i = 0; i < args.len; i++) {
    Atom arg = py_kind(w->t, args.at[i]) == PY_KEYWORD
                   ? PY_AS(Keyword, w->t, args.at[i])->arg
                   : 0;
    Str name = arg ? codemod_name(w, arg) : STR("");
    for (size_t k = 0; name.len && k < ARRAY_LEN(keywords); k++) {
      if (!str_is(name, keywords[k].keyword) ||
          !holds(w->cx, keywords[k].profile, keywords[k].since))
        continue;
      if (!api)
        api = resolve_call_api(w->cx->resolver, w->file, r);
      if (api == keywords[k].function) {
        keyword(w, r, args.at[i], &keywords[k]);
        return; // two deletions beside each other go one after the other
      }
    }
  }
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) == PY_ATTRIBUTE)
    method(w, r);
  else if (py_kind(w->t, r) == PY_CALL)
    call(w, r);
}

const Codemod codemod_legacy_names = {.name = "legacy-names",
                                      .codes = codes,
                                      .profile = PROFILE_COMPAT,
                                      .on = {PY_ATTRIBUTE, PY_CALL},
                                      .visit = visit};
