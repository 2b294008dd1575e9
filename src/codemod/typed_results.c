// T150: results as the annotations around them say. Query.all() was typed as a list,
// count() and update() as an int; what takes their place gives the same objects under
// wider types, and type checkers refuse what they took before:
//
//   def users(...) -> list[User]:
//       return session.scalars(select(User)).all()       list(session.scalars(...).all())
//   def size(...) -> int:
//       return session.scalar(select(func.count())...)   session.scalars(...).one()
//   session.execute(update(User)...).rowcount            cast(CursorResult[Any], ...)
//
// Only in code that type checkers look into: of modules, and of functions with an
// annotation. What is written gives the same whatever the session turns out to be.
#include "codemod/codemod.h"
#include "codemod/py_type.h"

static const CodemodCode codes[] = {
    {"T150", "result-type", "A result of a wider type than is annotated"},
    {.code = NULL}};

typedef enum {
  WANT_NOTHING,
  WANT_LIST = 1 << 0,
  WANT_INT = 1 << 1,
  WANT_EITHER = WANT_LIST | WANT_INT // an operand of `+`
} Want;

// ---- What an annotation says

static Want wanted(const CodemodCtx *cx, uint32_t file, Ref annotation, int depth) {
  const PyTree *t = &cx->project->files[file]->tree;
  Ref name = annotation;
  if (!annotation || depth > 9)
    return WANT_NOTHING;
  if (py_kind(t, annotation) == PY_STR) {
    Str text = py_text(t, annotation);
    text = str_slice(text, 1, text.len);
    return str_starts(text, STR("list[")) || str_starts(text, STR("List["))
               ? WANT_LIST
               : WANT_NOTHING;
  }
  if (py_kind(t, annotation) == PY_BIN_OP &&
      is_none(t, PY_AS(BinOp, t, annotation)->right))
    return wanted(cx, file, PY_AS(BinOp, t, annotation)->left, depth + 1);
  if (py_kind(t, annotation) == PY_SUBSCRIPT)
    name = PY_AS(Subscript, t, annotation)->value;
  Origin o = resolve_expr(cx->resolver, file, name);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  if (str_is(dotted, "typing.Optional") && name != annotation)
    return wanted(cx, file, PY_AS(Subscript, t, annotation)->slice, depth + 1);
  if (str_is(dotted, "typing.List"))
    return WANT_LIST;
  if (o.kind != ORIGIN_BUILTIN)
    return WANT_NOTHING;
  return str_is(dotted, "list")  ? WANT_LIST
         : str_is(dotted, "int") ? WANT_INT
                                 : WANT_NOTHING;
}

static Want wanted_here(const CodemodWalk *w, Ref annotation) {
  return wanted(w->cx, w->file, annotation, 0);
}

// The element of tuple[...] at `index`, 0: it is no such annotation.
static Ref tuple_element(const CodemodWalk *w, Ref annotation, uint32_t index) {
  if (py_kind(w->t, annotation) != PY_SUBSCRIPT)
    return 0;
  const PySubscript *s = PY_AS(Subscript, w->t, annotation);
  Origin o = resolve_expr(w->cx->resolver, w->file, s->value);
  Str dotted = o.dotted ? codemod_name(w, o.dotted) : STR("");
  if (py_kind(w->t, s->slice) != PY_TUPLE ||
      (!str_is(dotted, "typing.Tuple") && !str_is(dotted, "tuple")))
    return 0;
  PyRefs elts = py_list(w->t, PY_AS(Tuple, w->t, s->slice)->elts);
  return index < elts.len ? elts.at[index] : 0;
}

// ---- What the place of an expression asks for

static Want of_use(const CodemodWalk *w, Ref r, int depth);

typedef struct {
  const CodemodWalk *w;
  uint32_t symbol;
  Ref binding;
  int depth;
  Want want;
} Uses;

static bool see_use(void *data, Ref r) {
  Uses *u = data;
  const CodemodWalk *w = u->w;
  if (u->want == WANT_NOTHING && py_kind(w->t, r) == PY_NAME && r != u->binding &&
      rule_symbol(w->in, r) == u->symbol)
    u->want = of_use(w, r, u->depth + 1);
  return u->want == WANT_NOTHING;
}

// What a local variable is declared as, or what its uses ask for.
static Want of_variable(const CodemodWalk *w, Ref target, int depth) {
  const PyScopes *s = w->in->file->scopes;
  uint32_t symbol =
      py_kind(w->t, target) == PY_NAME ? rule_symbol(w->in, target) : NO_SYMBOL;
  Ref function = enclosing_function(w->in, target);
  if (symbol == NO_SYMBOL || !function)
    return WANT_NOTHING;
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next)
    if (py_kind(w->t, s->bindings[b].stmt) == PY_ANN_ASSIGN)
      return wanted_here(w, PY_AS(AnnAssign, w->t, s->bindings[b].stmt)->annotation);
  Uses u = {w, symbol, target, depth, WANT_NOTHING};
  rule_walk_body(w->in, function, see_use, &u);
  return u.want;
}

static Want of_return(const CodemodWalk *w, Ref r, Ref tuple) {
  Ref function = enclosing_function(w->in, r);
  Ref returns = py_kind(w->t, function) == PY_FUNCTION_DEF
                    ? PY_AS(FunctionDef, w->t, function)->returns
                    : 0;
  if (!tuple)
    return wanted_here(w, returns);
  PyRefs elts = py_list(w->t, PY_AS(Tuple, w->t, tuple)->elts);
  for (uint32_t i = 0; i < elts.len; i++)
    if (elts.at[i] == r)
      return wanted_here(w, tuple_element(w, returns, i));
  return WANT_NOTHING;
}

// `x.append`: of a list alone.
static Want of_attribute(const CodemodWalk *w, Ref attribute) {
  static const char *const names[] = {"append", "clear",  "copy",    "extend", "insert",
                                      "pop",    "remove", "reverse", "sort"};
  Str name = codemod_name(w, PY_AS(Attribute, w->t, attribute)->attr);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return WANT_LIST;
  return WANT_NOTHING;
}

static Want of_argument(const CodemodWalk *w, Ref call, Ref argument) {
  if (PY_AS(Call, w->t, call)->func == argument)
    return WANT_NOTHING;
  Place def = rule_callee(w->in, call);
  Ref param = def.ref ? rule_parameter(w->in, call, argument, def) : 0;
  if (!param)
    return WANT_NOTHING;
  const PyTree *t = &w->cx->project->files[def.file]->tree;
  return wanted(w->cx, def.file, PY_AS(Param, t, param)->annotation, 0);
}

static bool is_ordering(const CodemodWalk *w, Ref compare) {
  Str text = rule_text(w->in, compare);
  return str_find_char(text, '<', 0) != SIZE_MAX ||
         str_find_char(text, '>', 0) != SIZE_MAX;
}

static Want of_use(const CodemodWalk *w, Ref r, int depth) {
  Ref parent = rule_parent(w->in, r);
  if (depth > 4)
    return WANT_NOTHING;
  switch (py_kind(w->t, parent)) {
  case PY_RETURN:
    return of_return(w, r, 0);
  case PY_TUPLE:
    return py_kind(w->t, rule_parent(w->in, parent)) == PY_RETURN
               ? of_return(w, r, parent)
               : WANT_NOTHING;
  case PY_ANN_ASSIGN:
    return wanted_here(w, PY_AS(AnnAssign, w->t, parent)->annotation);
  case PY_ASSIGN: {
    PyRefs targets = py_list(w->t, PY_AS(Assign, w->t, parent)->targets);
    return targets.len == 1 && PY_AS(Assign, w->t, parent)->value == r
               ? of_variable(w, targets.at[0], depth)
               : WANT_NOTHING;
  }
  case PY_ATTRIBUTE:
    return of_attribute(w, parent);
  case PY_CALL:
    return of_argument(w, parent, r);
  case PY_KEYWORD:
    return of_argument(w, rule_parent(w->in, parent), parent);
  case PY_COMPARE:
    return is_ordering(w, parent) ? WANT_INT : WANT_NOTHING;
  case PY_BIN_OP:
    return py_node(w->t, parent)->aux == PY_ADD ? WANT_EITHER : WANT_INT;
  default:
    return WANT_NOTHING;
  }
}

// ---- Whether type checkers look

static bool is_checked(const CodemodWalk *w, Ref r) {
  Ref function = enclosing_function(w->in, r);
  while (py_kind(w->t, function) == PY_LAMBDA)
    function = enclosing_function(w->in, function);
  if (!function)
    return true;
  const PyFunctionDef *f = PY_AS(FunctionDef, w->t, function);
  PyRefs params =
      f->params ? py_list(w->t, PY_AS(Parameters, w->t, f->params)->params) : (PyRefs){0};
  bool typed = f->returns != 0;
  for (uint32_t i = 0; i < params.len && !typed; i++)
    typed = PY_AS(Param, w->t, params.at[i])->annotation != 0;
  return typed;
}

// ---- Writing

static void wrap(const CodemodWalk *w, Ref r, Str open) {
  Span span = py_span(w->t, r);
  fix_printf(w->in, (Span){span.start, span.start}, "%.*s(", STR_ARG(open));
  fix_insert(w->in, span.end, STR(")"));
}

static void all_rows(const CodemodWalk *w, Ref call) {
  Value result = codemod_value(w, call_receiver(w->t, call));
  if ((result.kind != VALUE_SCALAR_RESULT && result.kind != VALUE_RESULT &&
       result.kind != VALUE_MAPPING_RESULT) ||
      !is_checked(w, call) || !(of_use(w, call, 0) & WANT_LIST))
    return;
  Str list = py_type_builtin(w->cx, w->file, call, "list");
  if (!list.ptr || !codemod_begin(w, "T150", call, "all() of a result is a Sequence"))
    return;
  wrap(w, call, list);
  codemod_close(w->cx);
}

// select(func.count(...)) and what follows it, but for GROUP BY.
static bool is_count(const CodemodWalk *w, Ref statement) {
  Value v = codemod_value(w, statement);
  const Shape *s = v.kind == VALUE_SELECT ? v.shape : NULL;
  if (!s || v.sure != SURE_PROVEN || s->sure != SURE_PROVEN ||
      !(s->flags & SHAPE_WHOLE) ||
      s->flags & (SHAPE_GROUPED | SHAPE_HAVING | SHAPE_LIMITED | SHAPE_OFFSET) ||
      s->count != 1 || s->items[0].at.file != w->file)
    return false;
  Ref item = s->items[0].at.ref;
  return py_kind(w->t, item) == PY_CALL &&
         str_is(call_method_text(w->in, item), "count") &&
         codemod_value(w, call_receiver(w->t, item)).kind == VALUE_FUNCTIONS;
}

static void count(const CodemodWalk *w, Ref call) {
  Value session = codemod_value(w, call_receiver(w->t, call));
  Ref statement = call_positional(w->t, call, 0);
  if ((session.kind != VALUE_SESSION && session.kind != VALUE_SCOPED_SESSION) ||
      !statement || !is_count(w, statement) || !is_checked(w, call))
    return;
  if (!(of_use(w, call, 0) & WANT_INT))
    return;
  if (!codemod_begin(w, "T150", call, "scalar() may be None to type checkers"))
    return;
  const PyAttribute *a = PY_AS(Attribute, w->t, PY_AS(Call, w->t, call)->func);
  fix_replace(w->in, (Span){a->attr_at, a->node.end}, STR("scalars"));
  fix_insert(w->in, py_node(w->t, call)->end, STR(".one()"));
  codemod_close(w->cx);
}

static void row_count(const CodemodWalk *w, Ref attribute) {
  Ref call = PY_AS(Attribute, w->t, attribute)->value;
  if (py_kind(w->t, call) != PY_CALL ||
      !str_is(call_method_text(w->in, call), "execute") ||
      codemod_value(w, call).kind != VALUE_RESULT || !is_checked(w, call) ||
      !enclosing_function(w->in, call))
    return;
  Value session = codemod_value(w, call_receiver(w->t, call));
  if ((session.kind != VALUE_SESSION && session.kind != VALUE_SCOPED_SESSION) ||
      !codemod_begin(w, "T150", attribute, "a Result has no rowcount to type checkers"))
    return;
  Str cast = codemod_import(w->cx, w->file, call, "typing", "cast");
  Str any = codemod_import(w->cx, w->file, call, "typing", "Any");
  Str cursor = codemod_import(w->cx, w->file, call, "sqlalchemy", "CursorResult");
  if (cast.ptr && any.ptr && cursor.ptr) {
    Span span = py_span(w->t, call);
    fix_printf(w->in, (Span){span.start, span.start}, "%.*s(%.*s[%.*s], ", STR_ARG(cast),
               STR_ARG(cursor), STR_ARG(any));
    fix_insert(w->in, span.end, STR(")"));
  }
  codemod_close(w->cx);
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) == PY_ATTRIBUTE &&
      str_is(codemod_name(w, PY_AS(Attribute, w->t, r)->attr), "rowcount"))
    row_count(w, r);
  if (py_kind(w->t, r) != PY_CALL)
    return;
  Str method = call_method_text(w->in, r);
  if (str_is(method, "all"))
    all_rows(w, r);
  else if (str_is(method, "scalar"))
    count(w, r);
}

const Codemod codemod_typed_results = {.name = "typed-results",
                                       .codes = codes,
                                       .profile = PROFILE_MODERN,
                                       .on = {PY_ATTRIBUTE, PY_CALL},
                                       .visit = visit};
