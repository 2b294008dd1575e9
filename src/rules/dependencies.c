// F101, F103, F127: sessions that FastAPI's Depends() is given the wrong way, and what
// annotations say of them.
#include "rules/util.h"

static bool is_depends(RuleCtx *cx, Ref call) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, cx->tree, call)->func);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  return o.kind == ORIGIN_EXTERNAL && str_starts(dotted, STR("fastapi")) &&
         str_ends(dotted, STR(".Depends"));
}

static Origin function_of(RuleCtx *cx, Ref expr) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
  return o.kind == ORIGIN_FUNCTION && o.proven ? o : (Origin){0};
}

static bool is_generator(const RuleCtx *cx, Place def) {
  const PyScopes *s = cx->project->files[def.file]->scopes;
  uint32_t scope = s ? py_scopes_of(s, def.ref) : NO_SCOPE;
  return scope != NO_SCOPE && s->scopes[scope].flags & SCOPE_GENERATOR;
}

static void check_called(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref argument = is_depends(cx, call) ? call_positional(t, call, 0) : 0;
  if (py_kind(t, argument) != PY_CALL)
    return;
  Origin o = function_of(cx, PY_AS(Call, t, argument)->func);
  if (o.at.ref && is_generator(cx, o.at))
    rule_report(cx, py_span(t, argument),
                "Depends() takes the function itself, not what it returns");
}

typedef struct {
  RuleCtx *cx;
  uint32_t file;
  bool fresh, other;
} Returns;

static bool visit_return(void *data, Ref r) {
  Returns *w = data;
  const PyTree *t = &w->cx->project->files[w->file]->tree;
  PyKind kind = py_kind(t, r);
  if (kind == PY_LAMBDA || kind == PY_CLASS_DEF)
    return false;
  if (kind != PY_RETURN)
    return true;
  Ref value = PY_AS(Return, t, r)->value;
  Value v = value ? value_of(w->cx->values, w->file, value) : (Value){0};
  bool session =
      (v.kind == VALUE_SESSION || v.kind == VALUE_ASYNC_SESSION) && v.sure == SURE_PROVEN;
  Ref made = v.root.file == w->file ? v.root.ref : 0;
  if (session && py_kind(t, made) == PY_CALL) {
    Value by = value_of(w->cx->values, w->file, PY_AS(Call, t, made)->func);
    session = by.kind == VALUE_SESSIONMAKER || by.kind == VALUE_ASYNC_SESSIONMAKER ||
              by.kind == VALUE_CLASS;
    w->fresh = w->fresh || session;
  } else {
    w->other = true;
  }
  return true;
}

static void check_returned(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref argument = is_depends(cx, call) ? call_positional(t, call, 0) : 0;
  if (py_kind(t, argument) != PY_NAME && py_kind(t, argument) != PY_ATTRIBUTE)
    return;
  Origin o = function_of(cx, argument);
  if (!o.at.ref || is_generator(cx, o.at))
    return;
  Returns w = {.cx = cx, .file = o.at.file};
  PyVisitor v = {.enter = visit_return, .data = &w};
  py_walk(&cx->project->files[o.at.file]->tree, o.at.ref, &v);
  if (w.fresh && !w.other)
    rule_report(
        cx, py_span(t, argument),
        "`%.*s` returns a session that nobody closes; `yield` it from a `with` block",
        STR_ARG(py_text(t, argument)));
}

static bool is_async(Value v) {
  return v.kind == VALUE_ASYNC_SESSION || v.kind == VALUE_ASYNC_SCOPED_SESSION;
}

// The annotation of a session that stands beside the Depends(): `db: X = Depends(f)`,
// `Annotated[X, Depends(f)]`; 0: none. `*v`: what the parameter is given.
static Ref annotation_beside(RuleCtx *cx, Ref call, Value *v) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, call);
  if (py_kind(t, parent) == PY_PARAM) {
    *v = value_of_param(cx->values, cx->file_id, parent);
    return PY_AS(Param, t, parent)->annotation;
  }
  Ref whole = py_kind(t, parent) == PY_TUPLE ? rule_parent(cx, parent) : 0;
  if (py_kind(t, whole) != PY_SUBSCRIPT)
    return 0;
  *v = value_of_annotation(cx->values, cx->file_id, whole);
  return py_list(t, PY_AS(Tuple, t, parent)->elts).at[0];
}

// async def get_db(): ... yield AsyncSessionLocal()
// def read(db: Session = Depends(get_db)):   # it is an AsyncSession all the same
static void check_annotation(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value given = {0};
  Ref argument = is_depends(cx, call) ? call_positional(t, call, 0) : 0;
  Ref annotation = argument ? annotation_beside(cx, call, &given) : 0;
  Value said =
      annotation ? value_of_annotation(cx->values, cx->file_id, annotation) : (Value){0};
  if (!value_is_session(said) || !value_is_session(given) || given.sure != SURE_PROVEN ||
      is_async(said) == is_async(given))
    return;
  const char *name = is_async(given) ? "AsyncSession" : "Session";
  Finding *f = rule_report(
      cx, py_span(t, annotation),
      "`%.*s` gives %s `%s`, whatever the annotation says: its methods %s be awaited",
      STR_ARG(py_text(t, argument)), is_async(given) ? "an" : "a", name,
      is_async(given) ? "have to" : "cannot");
  PyKind kind = py_kind(t, annotation);
  bool foreign = (given.flags | said.flags) & VALUE_SQLMODEL;
  if (foreign || (kind != PY_NAME && kind != PY_ATTRIBUTE)) {
    rule_refuse(cx, f,
                foreign ? "the class of sessions is not SQLAlchemy's own"
                        : "the annotation is more than the name of a class");
    return;
  }
  if (!rule_fix(cx, f, FIX_SAFE, "Say `%s`", name))
    return;
  Str now = fix_require_import(
      cx, annotation, is_async(given) ? "sqlalchemy.ext.asyncio" : "sqlalchemy.orm",
      name);
  if (now.ptr)
    fix_replace(cx, py_span(t, annotation), now);
}

DEFINE_RULE(
    dependency_annotation, "F127", "dependency-annotation", CAT_FRAMEWORK, SEVERITY_ERROR,
    "A session annotated as synchronous that the dependency opens as asynchronous, "
    "or the other way round",
    "FastAPI passes what the dependency yields and reads no annotation: methods "
    "are awaited that cannot be, or are not that have to be",
    .fix = FIX_SAFE, .on = {PY_CALL}, .names = RULE_NAMES("Depends"),
    .check = check_annotation);
DEFINE_RULE(dependency_returns, "F101", "dependency-return-session", CAT_FRAMEWORK,
            SEVERITY_ERROR, "A dependency that returns a new session",
            "After the request nobody closes it, and its connection is lost to the pool",
            .on = {PY_CALL}, .names = RULE_NAMES("Depends"), .check = check_returned);
DEFINE_RULE(
    dependency_called, "F103", "dependency-called-directly", CAT_FRAMEWORK,
    SEVERITY_ERROR, "Depends(get_db()) for Depends(get_db)",
    "It is called once, at import: FastAPI gets a generator, which it cannot call",
    .on = {PY_CALL}, .names = RULE_NAMES("Depends"), .check = check_called);
