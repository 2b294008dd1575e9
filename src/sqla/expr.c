// Following expressions and folding constants.
#include "sqla/expr.h"

Str expr_atom(const ExprCtx *cx, Atom atom) {
  return atom_str(cx->project->names, atom);
}

static Expr nothing(void) {
  return (Expr){0};
}

// --- arguments ---

Expr expr_keyword(const ExprCtx *cx, Expr call, Atom name) {
  const PyTree *t = expr_tree(cx, call);
  PyRefs args = py_list(t, PY_AS(Call, t, call.ref)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) == PY_KEYWORD &&
        PY_AS(Keyword, t, args.at[i])->arg == name)
      return expr_child(call, PY_AS(Keyword, t, args.at[i])->value);
  return nothing();
}

Expr expr_positional(const ExprCtx *cx, Expr call, uint32_t index) {
  const PyTree *t = expr_tree(cx, call);
  PyRefs args = py_list(t, PY_AS(Call, t, call.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind == PY_STARRED)
      return nothing();
    if (kind != PY_KEYWORD && index-- == 0)
      return expr_child(call, args.at[i]);
  }
  return nothing();
}

Expr expr_argument(const ExprCtx *cx, Expr call, Atom name, uint32_t index) {
  Expr x = expr_keyword(cx, call, name);
  return x.ref ? x : expr_positional(cx, call, index);
}

uint32_t expr_positional_count(const ExprCtx *cx, Expr call) {
  const PyTree *t = expr_tree(cx, call);
  PyRefs args = py_list(t, PY_AS(Call, t, call.ref)->args);
  uint32_t count = 0;
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_STARRED)
      break;
    count += py_kind(t, args.at[i]) != PY_KEYWORD;
  }
  return count;
}

bool expr_call_open(const ExprCtx *cx, Expr call) {
  const PyTree *t = expr_tree(cx, call);
  PyRefs args = py_list(t, PY_AS(Call, t, call.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind == PY_STARRED || (kind == PY_KEYWORD && !PY_AS(Keyword, t, args.at[i])->arg))
      return true;
  }
  return false;
}

// --- following ---

static const Env *env_find(const ExprCtx *cx, Expr x) {
  if (!x.env || expr_kind(cx, x) != PY_NAME)
    return NULL;
  Atom name = PY_AS(Name, expr_tree(cx, x), x.ref)->id;
  for (const Env *e = x.env; e; e = e->next)
    if (e->name == name)
      return e;
  return NULL;
}

bool expr_text_parameter(const ExprCtx *cx, Expr x, Str *out) {
  const Env *e = env_find(cx, x);
  if (e)
    *out = e->text;
  return e && e->text.ptr;
}

const struct ClassInfo *expr_class_parameter(ExprCtx *cx, Expr x) {
  for (int steps = 0; steps < EXPR_MAX_DEPTH; steps++) {
    const Env *e = env_find(cx, x);
    if (!e)
      return NULL;
    if (e->cls)
      return e->cls;
    x = (Expr){e->file, e->ref, e->env};
  }
  return NULL;
}

Origin expr_origin(ExprCtx *cx, Expr x) {
  if (env_find(cx, x))
    return (Origin){0};
  return resolve_expr(cx->r, x.file, x.ref);
}

ApiId expr_api(ExprCtx *cx, Expr x) {
  PyKind kind = expr_kind(cx, x);
  if (kind == PY_SUBSCRIPT) // Mapped[int], sessionmaker[Session]
    return expr_api(cx, expr_child(x, PY_AS(Subscript, expr_tree(cx, x), x.ref)->value));
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return API_NONE;
  Origin o = expr_origin(cx, x);
  return o.kind == ORIGIN_API ? api_current((ApiId)o.api) : API_NONE;
}

ApiId expr_call_api(ExprCtx *cx, Expr x) {
  if (expr_kind(cx, x) != PY_CALL)
    return API_NONE;
  return expr_api(cx, expr_child(x, PY_AS(Call, expr_tree(cx, x), x.ref)->func));
}

// A variable of a function: what its value speaks of are the function's parameters.
static bool is_local(const ExprCtx *cx, Place name) {
  const PyScopes *s = cx->project->files[name.file]->scopes;
  uint32_t symbol = s ? py_scopes_symbol_of(s, name.ref) : NO_SYMBOL;
  return symbol != NO_SYMBOL &&
         s->scopes[s->symbols[symbol].scope].kind == SCOPE_FUNCTION;
}

// The call that a function of only *args and **kwargs hands them on to; ref 0: none.
static Expr handed_on(ExprCtx *cx, Place def) {
  const PyTree *t = &cx->project->files[def.file]->tree;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, def.ref);
  PyRefs params =
      f->params ? py_list(t, PY_AS(Parameters, t, f->params)->params) : (PyRefs){NULL, 0};
  PyRefs body = py_list(t, f->body);
  Ref last = body.len ? body.at[body.len - 1] : 0;
  if (f->decorators || params.len != 2 || py_kind(t, last) != PY_RETURN ||
      py_node(t, params.at[0])->aux != PY_PARAM_VARARG ||
      py_node(t, params.at[1])->aux != PY_PARAM_KWARG)
    return nothing();
  for (uint32_t i = 0; i + 1 < body.len; i++) // what it adds stands in kwargs
    if (py_kind(t, body.at[i]) != PY_EXPR_STMT && py_kind(t, body.at[i]) != PY_ASSIGN)
      return nothing();
  Ref call = PY_AS(Return, t, last)->value;
  PyRefs args = py_kind(t, call) == PY_CALL ? py_list(t, PY_AS(Call, t, call)->args)
                                            : (PyRefs){NULL, 0};
  if (args.len < 2 || py_kind(t, args.at[0]) != PY_STARRED)
    return nothing();
  Ref star = PY_AS(Starred, t, args.at[0])->value;
  bool all = py_kind(t, star) == PY_NAME &&
             PY_AS(Name, t, star)->id == PY_AS(Param, t, params.at[0])->name;
  return all ? (Expr){def.file, call, NULL} : nothing();
}

ApiId expr_wrapped_api(ExprCtx *cx, Expr x, bool *wrapped) {
  ApiId api = expr_call_api(cx, x);
  *wrapped = false;
  if (api || expr_kind(cx, x) != PY_CALL)
    return api;
  Expr func = expr_child(x, PY_AS(Call, expr_tree(cx, x), x.ref)->func);
  PyKind kind = expr_kind(cx, func);
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return API_NONE;
  Origin o = expr_origin(cx, func);
  Expr inner = o.kind == ORIGIN_FUNCTION && o.proven ? handed_on(cx, o.at) : nothing();
  *wrapped = inner.ref != 0;
  return inner.ref ? expr_call_api(cx, inner) : API_NONE;
}

// One step from a name to what it holds; false where it holds nothing that is known.
static bool follow_name(ExprCtx *cx, Expr *x) {
  const Env *e = env_find(cx, *x);
  if (e) {
    if (e->cls || e->text.ptr || !e->ref)
      return false;
    *x = (Expr){e->file, e->ref, e->env};
    return true;
  }
  const PyTree *t = expr_tree(cx, *x);
  if (py_kind(t, x->ref) == PY_ATTRIBUTE && x->env) {
    const PyAttribute *a = PY_AS(Attribute, t, x->ref);
    const struct ClassInfo *cls = expr_class_parameter(cx, expr_child(*x, a->value));
    if (cls)
      return cx->class_attribute && cx->class_attribute(cx->data, cls, a->attr, x);
  }
  Origin o = resolve_expr(cx->r, x->file, x->ref);
  if (o.kind != ORIGIN_VARIABLE || !o.proven || !o.value.ref)
    return false;
  const Env *env = is_local(cx, o.at) ? x->env : NULL;
  *x = expr_at(o.value);
  x->env = env;
  return true;
}

Expr expr_follow_names(ExprCtx *cx, Expr x) {
  for (int steps = 0; steps < EXPR_MAX_DEPTH; steps++) {
    PyKind kind = expr_kind(cx, x);
    if ((kind != PY_NAME && kind != PY_ATTRIBUTE) || !follow_name(cx, &x))
      break;
  }
  return x;
}

// The environment of a call of `def`: its parameters bound to arguments and defaults.
// NULL with *ok false where arguments do not fit plainly.
static const Env *bind_parameters(ExprCtx *cx, Expr call, uint32_t file, Ref def,
                                  bool *ok) {
  const PyTree *t = &cx->project->files[file]->tree;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, def);
  const Env *env = NULL;
  *ok = !expr_call_open(cx, call);
  if (!*ok || !f->params)
    return NULL;
  PyRefs params = py_list(t, PY_AS(Parameters, t, f->params)->params);
  for (uint32_t i = 0; i < params.len; i++) {
    const PyParam *p = PY_AS(Param, t, params.at[i]);
    Env *e = arena_new(cx->arena, Env);
    *e = (Env){.next = env, .name = p->name, .file = file, .ref = p->default_value};
    if (p->node.aux != PY_PARAM_VARARG && p->node.aux != PY_PARAM_KWARG) {
      Expr given = expr_keyword(cx, call, p->name);
      if (!given.ref && p->node.aux != PY_PARAM_KWONLY)
        given = expr_positional(cx, call, i);
      if (given.ref) {
        e->file = given.file;
        e->ref = given.ref;
        e->env = given.env;
      }
    }
    env = e;
  }
  return env;
}

Expr expr_partial(ExprCtx *cx, Expr x) {
  if (expr_kind(cx, x) != PY_CALL)
    return nothing();
  Expr func = expr_child(x, PY_AS(Call, expr_tree(cx, x), x.ref)->func);
  PyKind kind = expr_kind(cx, func);
  Expr made =
      kind == PY_NAME || kind == PY_ATTRIBUTE ? expr_follow_names(cx, func) : nothing();
  if (expr_kind(cx, made) != PY_CALL)
    return nothing();
  Origin o =
      expr_origin(cx, expr_child(made, PY_AS(Call, expr_tree(cx, made), made.ref)->func));
  bool partial =
      o.kind == ORIGIN_EXTERNAL && str_is(expr_atom(cx, o.dotted), "functools.partial");
  return partial ? made : nothing();
}

Expr expr_follow(ExprCtx *cx, Expr x) {
  for (int steps = 0; steps < EXPR_MAX_DEPTH; steps++) {
    x = expr_follow_names(cx, x);
    if (expr_kind(cx, x) != PY_CALL)
      break;
    Expr func = expr_child(x, PY_AS(Call, expr_tree(cx, x), x.ref)->func);
    PyKind kind = expr_kind(cx, func);
    if (kind != PY_NAME && kind != PY_ATTRIBUTE)
      break;
    Origin o = expr_origin(cx, func);
    if (o.kind != ORIGIN_FUNCTION || !o.proven)
      break;
    const PyTree *t = &cx->project->files[o.at.file]->tree;
    if (PY_AS(FunctionDef, t, o.at.ref)->decorators || cx->depth > EXPR_MAX_DEPTH ||
        handed_on(cx, o.at).ref) // its arguments would be lost
      break;
    bool ok;
    const Env *env = bind_parameters(cx, x, o.at.file, o.at.ref, &ok);
    cx->depth++;
    Expr result = ok ? expr_function_result(cx, o.at.file, o.at.ref, env) : nothing();
    cx->depth--;
    if (!result.ref)
      break;
    x = result;
  }
  return x;
}

// Walks statements as a run would; returns true where a return was reached (out set, or
// out->ref 0 for "not known") and false where control falls through.
static bool run_body(ExprCtx *cx, Expr at, PyRefs body, Expr *out, int depth) {
  for (uint32_t i = 0; i < body.len; i++) {
    const PyTree *t = expr_tree(cx, at);
    Expr statement = expr_child(at, body.at[i]);
    switch (py_kind(t, statement.ref)) {
    case PY_RETURN:
      *out = expr_child(at, PY_AS(Return, t, statement.ref)->value);
      return true;
    case PY_IF: {
      const PyIf *s = PY_AS(If, t, statement.ref);
      ExprBool test = depth < 8 ? expr_bool(cx, expr_child(at, s->test)) : EXPR_UNCLEAR;
      if (test == EXPR_UNCLEAR) {
        *out = nothing();
        return true;
      }
      Ref branch = test == EXPR_TRUE ? s->body : s->orelse;
      if (run_body(cx, at, py_list(t, branch), out, depth + 1))
        return true;
      break;
    }
    case PY_EXPR_STMT:
    case PY_PASS:
    case PY_ASSIGN: // a local: its uses are not followed, which only loses knowledge
    case PY_ANN_ASSIGN:
    case PY_CLASS_DEF: // what is defined is found by its name
    case PY_FUNCTION_DEF:
    case PY_IMPORT:
    case PY_IMPORT_FROM:
      break;
    default:
      *out = nothing();
      return true;
    }
  }
  return false;
}

Expr expr_function_result(ExprCtx *cx, uint32_t file, Ref def, const Env *env) {
  const PyTree *t = &cx->project->files[file]->tree;
  const PyFunctionDef *f = PY_AS(FunctionDef, t, def);
  Expr out = nothing();
  if (f->node.flags & PYF_ASYNC || cx->depth > EXPR_MAX_DEPTH)
    return out;
  cx->depth++;
  run_body(cx, (Expr){file, def, env}, py_list(t, f->body), &out, 0);
  cx->depth--;
  return out;
}

// --- constants ---

bool expr_is_none(ExprCtx *cx, Expr x) {
  x = expr_follow_names(cx, x);
  return expr_kind(cx, x) == PY_CONSTANT &&
         py_node(expr_tree(cx, x), x.ref)->aux == PY_CONST_NONE;
}

static ExprBool negate(ExprBool b) {
  return b == EXPR_UNCLEAR ? b : b == EXPR_TRUE ? EXPR_FALSE : EXPR_TRUE;
}

static ExprBool bool_of_call(ExprCtx *cx, Expr x) {
  if (expr_call_api(cx, x) != API_sqlalchemy_orm_has_inherited_table)
    return EXPR_UNCLEAR;
  Expr first = expr_positional(cx, x, 0);
  const struct ClassInfo *cls = first.ref ? expr_class_parameter(cx, first) : NULL;
  if (!cls || !cx->has_inherited_table)
    return EXPR_UNCLEAR;
  return cx->has_inherited_table(cx->data, cls) ? EXPR_TRUE : EXPR_FALSE;
}

// "a" == "b", name != "x": of strings that are known.
static ExprBool bool_of_compare(ExprCtx *cx, Expr x) {
  const PyCompare *c = PY_AS(Compare, expr_tree(cx, x), x.ref);
  PyRefs right = py_list(expr_tree(cx, x), c->comparators);
  Str a, b;
  if (right.len != 1 || (c->node.aux != PY_EQ && c->node.aux != PY_NOT_EQ) ||
      !expr_string(cx, expr_child(x, c->left), &a) ||
      !expr_string(cx, expr_child(x, right.at[0]), &b))
    return EXPR_UNCLEAR;
  return str_eq(a, b) == (c->node.aux == PY_EQ) ? EXPR_TRUE : EXPR_FALSE;
}

ExprBool expr_bool(ExprCtx *cx, Expr x) {
  if (cx->depth > EXPR_MAX_DEPTH)
    return EXPR_UNCLEAR;
  x = expr_follow_names(cx, x);
  const PyTree *t = x.ref ? expr_tree(cx, x) : NULL;
  ExprBool out = EXPR_UNCLEAR;
  cx->depth++;
  switch (expr_kind(cx, x)) {
  case PY_CONSTANT: {
    uint16_t value = py_node(t, x.ref)->aux;
    out = value == PY_CONST_TRUE ? EXPR_TRUE : EXPR_FALSE;
    if (value == PY_CONST_ELLIPSIS)
      out = EXPR_TRUE;
    break;
  }
  case PY_NUM: {
    Str text = py_text(t, x.ref);
    bool zero = true;
    for (size_t i = 0; i < text.len; i++)
      zero = zero && (text.ptr[i] == '0' || text.ptr[i] == '_' || text.ptr[i] == '.');
    out = zero ? EXPR_FALSE : EXPR_TRUE;
    break;
  }
  case PY_STR: {
    Str s;
    if (expr_string(cx, x, &s))
      out = s.len ? EXPR_TRUE : EXPR_FALSE;
    break;
  }
  case PY_UNARY_OP:
    if (py_node(t, x.ref)->aux == PY_NOT)
      out = negate(expr_bool(cx, expr_child(x, PY_AS(UnaryOp, t, x.ref)->operand)));
    break;
  case PY_CALL:
    out = bool_of_call(cx, x);
    break;
  case PY_COMPARE:
    out = bool_of_compare(cx, x);
    break;
  default:
    break;
  }
  cx->depth--;
  return out;
}
