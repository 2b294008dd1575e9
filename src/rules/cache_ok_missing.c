// P127: a type of one's own that does not say whether its statements may be cached.
#include "rules/annotation.h"

static bool is_type_base(ApiId api) {
  return api == API_sqlalchemy_TypeDecorator ||
         api == API_sqlalchemy_types_UserDefinedType;
}

// cache_ok set here or in a class of the project above; `*open`: it cannot be told.
static bool says_cache_ok(RuleCtx *cx, Place cls, bool *is_type, bool *open, int depth) {
  const ProjectFile *file = cx->project->files[cls.file];
  const PyTree *t = &file->tree;
  uint32_t scope = py_scopes_of(file->scopes, cls.ref);
  uint32_t symbol = scope == NO_SCOPE
                        ? NO_SYMBOL
                        : py_scopes_find(file->scopes, scope, rule_atom(cx, "cache_ok"));
  bool said = symbol != NO_SYMBOL && file->scopes->symbols[symbol].flags & SYMBOL_BOUND;
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len && depth < 20; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Ref base = args.at[i];
    if (py_kind(t, base) == PY_SUBSCRIPT)
      base = PY_AS(Subscript, t, base)->value;
    Origin o = resolve_expr(cx->resolver, cls.file, base);
    if (o.kind == ORIGIN_API)
      *is_type = *is_type || is_type_base(api_current((ApiId)o.api));
    else if (o.kind == ORIGIN_CLASS)
      said = says_cache_ok(cx, o.at, is_type, open, depth + 1) || said;
    else if (o.kind != ORIGIN_BUILTIN)
      *open = true;
  }
  return said;
}

static bool has_init(RuleCtx *cx, Ref cls) {
  const PyScopes *s = cx->file->scopes;
  uint32_t scope = py_scopes_of(s, cls);
  return scope != NO_SCOPE && py_scopes_find(s, scope, SYM___init__) != NO_SYMBOL;
}

static void check(RuleCtx *cx, Ref cls) {
  const PyTree *t = cx->tree;
  const PyClassDef *c = PY_AS(ClassDef, t, cls);
  bool is_type = false, open = false;
  if (!c->args || says_cache_ok(cx, (Place){cx->file_id, cls}, &is_type, &open, 0) ||
      !is_type || open)
    return;
  // Without a type of its own it is a base for types, and those say it.
  Place place = {cx->file_id, cls};
  if (!class_binds(cx, place, "impl", NULL) &&
      !class_binds(cx, place, "get_col_spec", NULL))
    return;
  Str name = atom_str(cx->project->names, c->name);
  Span span = {c->name_at, c->name_at + (uint32_t)name.len};
  Finding *f = rule_report(cx, span, "%.*s does not set `cache_ok`", STR_ARG(name));
  PyRefs body = py_list(t, c->body);
  bool docstring = body.len && py_kind(t, body.at[0]) == PY_EXPR_STMT &&
                   py_kind(t, PY_AS(ExprStmt, t, body.at[0])->value) == PY_STR;
  Ref first = docstring && body.len > 1 ? body.at[1] : body.len ? body.at[0] : 0;
  uint32_t line =
      first ? source_position(&cx->file->source, py_node(t, first)->start).line : 0;
  uint32_t start = first ? source_line_start(&cx->file->source, line) : 0;
  Str indent = first ? str_slice(cx->file->source.text, start, py_node(t, first)->start)
                     : STR("x");
  if (!first || (docstring && body.len == 1) || str_trim(indent).len) {
    rule_refuse(cx, f, "the class has no block of its own lines");
    return;
  }
  if (rule_fix(cx, f, has_init(cx, cls) ? FIX_SHOW : FIX_SAFE, "Add `cache_ok = True`"))
    fix_insert(cx, start,
               str_format(cx->scratch, "%.*scache_ok = True%.*s", STR_ARG(indent),
                          STR_ARG(rule_newline(cx))));
}

const Rule rule_cache_ok_missing = {
    .code = "P127",
    .name = "cache-ok-missing",
    .category = CAT_PERFORMANCE,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "A TypeDecorator or UserDefinedType without `cache_ok`",
    .why =
        "Statements that use the type are compiled anew each time, with a warning; True "
        "is right where the arguments of __init__ are hashable and never change",
    .on = {PY_CLASS_DEF},
    .check = check,
};
