// parse_param.c: parameters of functions and lambdas.
#include "python/parse_internal.h"

static Ref param(Parser *p, PyParamKind kind, bool annotated) {
  uint32_t start = p->lx.start;
  Atom name = 0;
  Ref annotation = 0, value = 0;
  if (token(p) == TOK_NAME) {
    name = p->lx.atom;
    next(p);
  } else
    fail_token(p, "a parameter");
  if (annotated && accept(p, TOK_COLON))
    annotation = kind == PY_PARAM_VARARG && token(p) == TOK_STAR ? starred(p, PREC_BIT_OR)
                                                                 : expression(p);
  uint32_t end = p->lx.prev_stop;
  if (kind != PY_PARAM_VARARG && kind != PY_PARAM_KWARG && accept(p, TOK_EQUAL))
    value = expression(p);
  Ref r = NEW(p, Param, start);
  PyParam *a = SET(p, Param, r);
  a->node.end = end > start ? end : start; // CPython's arg: without the default
  a->node.aux = (uint16_t)kind;
  a->name = name;
  a->annotation = annotation;
  a->default_value = value;
  return r;
}

static void make_positional_only(Parser *p, size_t base) {
  for (size_t i = base; i < p->stack.len; i++)
    head(p, p->stack.items[i])->aux = PY_PARAM_POSONLY;
}

typedef struct {
  bool slash, star, bare_star, defaults;
} SeenParameters;

// One parameter, `/` or `*`; false after **kwargs.
static bool parameter(Parser *p, size_t base, SeenParameters *seen, bool annotated) {
  bool bare = seen->bare_star;
  seen->bare_star = false;
  if (token(p) == TOK_SLASH) {
    if (seen->slash || seen->star || p->stack.len == base)
      fail_token(p, "a parameter");
    seen->slash = true;
    make_positional_only(p, base);
    next(p);
  } else if (token(p) == TOK_STAR) {
    if (seen->star)
      fail_token(p, "only one `*` among the parameters");
    seen->star = true;
    next(p);
    seen->bare_star = token(p) == TOK_COMMA;
    if (!seen->bare_star)
      push(p, param(p, PY_PARAM_VARARG, annotated));
  } else if (token(p) == TOK_DOUBLE_STAR) {
    if (bare)
      fail_token(p, "a named parameter after `*`");
    next(p);
    push(p, param(p, PY_PARAM_KWARG, annotated));
    return false;
  } else {
    Ref r = param(p, seen->star ? PY_PARAM_KWONLY : PY_PARAM_NORMAL, annotated);
    bool has_default = SET(p, Param, r)->default_value != 0;
    if (!seen->star && seen->defaults && !has_default)
      fail_node(p, r, "a parameter without a default follows one with a default");
    seen->defaults |= has_default;
    push(p, r);
  }
  return true;
}

Ref parameters(Parser *p, PyToken end, bool annotated) {
  if (token(p) == end)
    return 0;
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  SeenParameters seen = {0};
  while (token(p) != end && !p->lx.failed) {
    bool more = parameter(p, base, &seen, annotated);
    if (token(p) != end)
      expect(p, TOK_COMMA);
    if (!more)
      break;
  }
  if (seen.bare_star)
    fail_token(p, "a named parameter after `*`");
  Ref params = list_from(p, base);
  Ref r = NEW(p, Parameters, start);
  SET(p, Parameters, r)->params = params;
  return r;
}
