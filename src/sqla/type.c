// SQL types in constructor notation, as sqlalchemy.util.generic_repr writes them:
// positional arguments without a default bare, the others as name=value where the value
// differs from the default.
#include "sqla/type.h"

enum {
  TYPE_MAX_ARGS = 24
};

typedef struct {
  Str name, default_text; // default absent: the argument is positional
  Str value;              // absent: not given
} TypeArg;

typedef struct {
  TypeArg args[TYPE_MAX_ARGS];
  uint32_t count;
  Str rest_name; // of *rest, absent where there is none
} TypeParams;

// Enum and its dialect forms take their options through **kw and name them in __repr__.
static const char enum_params[] =
    "*enums name=None native_enum=True create_constraint=False length=None schema=None "
    "inherit_schema=False quote=None";

static TypeParams params_of(ApiId id) {
  TypeParams p = {0};
  bool is_enum =
      id == API_sqlalchemy_Enum || id == API_sqlalchemy_dialects_postgresql_ENUM;
  Str rest = str_from(is_enum ? enum_params : api_row(id)->params), word;
  while (str_next_part(&rest, ' ', &word)) {
    if (!word.len)
      continue;
    if (word.ptr[0] == '*') {
      p.rest_name = str_slice(word, 1, word.len);
      continue;
    }
    if (p.count == TYPE_MAX_ARGS)
      break;
    size_t equals = str_find_char(word, '=', 0);
    TypeArg *arg = &p.args[p.count++];
    arg->name = str_slice(word, 0, equals);
    if (equals != SIZE_MAX)
      arg->default_text = str_slice(word, equals + 1, word.len);
  }
  return p;
}

// repr() of a Python string.
static void add_python_string(Buf *out, Str s) {
  char quote =
      str_find_char(s, '\'', 0) != SIZE_MAX && str_find_char(s, '"', 0) == SIZE_MAX
          ? '"'
          : '\'';
  buf_add_char(out, quote);
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    if (c == (unsigned char)quote || c == '\\')
      buf_printf(out, "\\%c", c);
    else if (c == '\n')
      buf_add_text(out, "\\n");
    else if (c == '\t')
      buf_add_text(out, "\\t");
    else if (c == '\r')
      buf_add_text(out, "\\r");
    else if (c < 0x20 || c == 0x7F)
      buf_printf(out, "\\x%02x", c);
    else
      buf_add_char(out, (char)c);
  }
  buf_add_char(out, quote);
}

// repr() of an argument; false where it is not a constant or a type.
static bool add_value(ExprCtx *cx, Expr x, int version, Buf *out) {
  Expr v = expr_follow_names(cx, x);
  const PyTree *t = expr_tree(cx, v);
  Str s;
  switch (expr_kind(cx, v)) {
  case PY_NUM:
    if (py_node(t, v.ref)->aux != PY_NUM_INT)
      return false;
    s = py_text(t, v.ref);
    if (s.len > 1 && (s.ptr[0] == '0' || str_find_char(s, '_', 0) != SIZE_MAX))
      return false;
    buf_add_str(out, s);
    return true;
  case PY_CONSTANT: {
    static const char *const texts[] = {"None", "False", "True", "Ellipsis"};
    buf_add_text(out, texts[py_node(t, v.ref)->aux & 3]);
    return true;
  }
  default:
    break;
  }
  if (expr_string(cx, v, &s)) {
    add_python_string(out, s);
    return true;
  }
  SqlType type = sql_type_read(cx, v, version);
  buf_add_str(out, type.text);
  return type.known;
}

static TypeArg *param_named(TypeParams *p, Str name) {
  for (uint32_t i = 0; i < p->count; i++)
    if (str_eq(p->args[i].name, name))
      return &p->args[i];
  return NULL;
}

static Str value_text(ExprCtx *cx, Expr x, int version, bool *ok) {
  Buf b = {.max = 1 << 16};
  if (!add_value(cx, x, version, &b) || b.overflow)
    *ok = false;
  Str s = str_copy(cx->arena, buf_str(&b));
  buf_free(&b);
  return s;
}

// Puts the arguments of a call into `p`; the rest (*enums) is written to `rest`.
static bool bind_arguments(ExprCtx *cx, Expr call, int version, TypeParams *p,
                           Buf *rest) {
  const PyTree *t = expr_tree(cx, call);
  PyRefs args = py_list(t, PY_AS(Call, t, call.ref)->args);
  uint32_t position = 0;
  bool ok = !expr_call_open(cx, call);
  for (uint32_t i = 0; i < args.len && ok; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD) {
      const PyKeyword *k = PY_AS(Keyword, t, args.at[i]);
      TypeArg *arg = param_named(p, expr_atom(cx, k->arg));
      if (arg) // others are swallowed by **kw and not part of repr()
        arg->value = value_text(cx, expr_child(call, k->value), version, &ok);
      continue;
    }
    Str text = value_text(cx, expr_child(call, args.at[i]), version, &ok);
    if (p->rest_name.ptr)
      buf_printf(rest, "%s%.*s", rest->len ? ", " : "", STR_ARG(text));
    else if (position < p->count)
      p->args[position].value = text;
    else
      ok = false;
    position++;
  }
  return ok;
}

// Where repr() shows what the constructor filled in, or what 1.4 had otherwise.
static void adjust_defaults(ApiId id, int version, TypeParams *p) {
  TypeArg *arg;
  if (id == API_sqlalchemy_dialects_postgresql_JSON ||
      id == API_sqlalchemy_dialects_postgresql_JSONB) {
    arg = param_named(p, STR("astext_type"));
    if (arg && !arg->value.ptr)
      arg->value = STR("Text()");
  } else if (id == API_sqlalchemy_dialects_postgresql_HSTORE) {
    arg = param_named(p, STR("text_type"));
    if (arg && !arg->value.ptr)
      arg->value = STR("Text()");
  } else if (id == API_sqlalchemy_UUID && version == 14) {
    arg = param_named(p, STR("as_uuid"));
    if (arg)
      arg->default_text = STR("False");
  }
}

static Str render(ExprCtx *cx, Str name, const TypeParams *p, Str rest) {
  Buf b = {0};
  buf_printf(&b, "%.*s(", STR_ARG(name));
  size_t start = b.len;
  for (uint32_t i = 0; i < p->count; i++) // positional ones come first
    if (!p->args[i].default_text.ptr)
      buf_printf(&b, "%s%.*s", b.len > start ? ", " : "",
                 STR_ARG(p->args[i].value.ptr ? p->args[i].value : STR("None")));
  if (rest.len)
    buf_printf(&b, "%s%.*s", b.len > start ? ", " : "", STR_ARG(rest));
  for (uint32_t i = 0; i < p->count; i++) {
    const TypeArg *a = &p->args[i];
    if (a->default_text.ptr && a->value.ptr && !str_eq(a->value, a->default_text))
      buf_printf(&b, "%s%.*s=%.*s", b.len > start ? ", " : "", STR_ARG(a->name),
                 STR_ARG(a->value));
  }
  buf_add_char(&b, ')');
  Str s = str_copy(cx->arena, buf_str(&b));
  buf_free(&b);
  return s;
}

static SqlType read_api(ExprCtx *cx, Expr x, ApiId id, bool is_call, int version) {
  SqlType t = {.api = (uint16_t)id, .node = expr_place(x), .known = true};
  TypeParams p = params_of(id);
  Buf rest = {.max = 1 << 16};
  if (is_call)
    t.known = bind_arguments(cx, x, version, &p, &rest) && !rest.overflow;
  adjust_defaults(id, version, &p);
  t.text = render(cx, api_last_name(id), &p, buf_str(&rest));
  buf_free(&rest);
  return t;
}

// base.with_variant(...), MutableDict.as_mutable(type): the type inside.
static bool unwrap(ExprCtx *cx, Expr *x, bool *variant, bool *mutable_in_place) {
  const PyTree *t = expr_tree(cx, *x);
  Expr func = expr_child(*x, PY_AS(Call, t, x->ref)->func);
  if (expr_kind(cx, func) != PY_ATTRIBUTE)
    return false;
  const PyAttribute *a = PY_AS(Attribute, t, func.ref);
  if (a->attr == SYM_with_variant) {
    *x = expr_child(func, a->value);
    *variant = true;
    return true;
  }
  if (a->attr != SYM_as_mutable || !expr_positional(cx, *x, 0).ref)
    return false;
  *x = expr_positional(cx, *x, 0);
  *mutable_in_place = true;
  return true;
}

static SqlType read_class(ExprCtx *cx, Expr x, Expr name, bool is_call, int version) {
  Origin o = expr_origin(cx, name);
  if (o.kind == ORIGIN_API && api_row((ApiId)o.api)->flags & API_IS_TYPE)
    return read_api(cx, x, api_current((ApiId)o.api), is_call, version);
  SqlType t = {.node = expr_place(x), .dotted = o.dotted, .text = STR("")};
  if (o.kind == ORIGIN_CLASS)
    t.cls = o.at;
  return t;
}

SqlType sql_type_read(ExprCtx *cx, Expr x, int version) {
  SqlType t = {.node = expr_place(x), .text = STR("")};
  bool variant = false, mutable_in_place = false;
  for (int steps = 0; steps < 8 && x.ref && cx->depth < EXPR_MAX_DEPTH; steps++) {
    cx->depth++;
    x = expr_follow(cx, x);
    PyKind kind = expr_kind(cx, x);
    bool again = kind == PY_CALL && unwrap(cx, &x, &variant, &mutable_in_place);
    if (!again && kind == PY_CALL) {
      Expr func = expr_child(x, PY_AS(Call, expr_tree(cx, x), x.ref)->func);
      t = read_class(cx, x, func, true, version);
    } else if (!again && (kind == PY_NAME || kind == PY_ATTRIBUTE)) {
      t = read_class(cx, x, x, false, version);
    }
    cx->depth--;
    if (!again)
      break;
  }
  t.mutable_in_place = mutable_in_place;
  size_t open = str_find_char(t.text, '(', 0);
  if (variant && version == 14 && open != SIZE_MAX) // a type around the type until 2.0
    t.text = str_format(cx->arena, "Variant%.*s",
                        STR_ARG(str_slice(t.text, open, t.text.len)));
  return t;
}
