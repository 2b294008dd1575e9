// SQL types in constructor notation, as sqlalchemy.util.generic_repr writes them:
// positional arguments without a default bare, the others as name=value where the value
// differs from the default.
#include "sqla/type.h"

#include "sqla/type_class.h"

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

void sql_type_add_string(Buf *out, Str s) {
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

enum {
  MAX_NUMBER = 1 << 30, // larger ones are not worked out
  MAX_DEPTH = 20
};

static bool fold(uint16_t op, int64_t a, int64_t b, int64_t *out) {
  switch (op) {
  case PY_ADD:
    *out = a + b;
    return true;
  case PY_SUB:
    *out = a - b;
    return true;
  case PY_MULT:
    *out = a * b;
    return true;
  case PY_FLOOR_DIV:
    *out = b > 0 && a >= 0 ? a / b : 0;
    return b > 0 && a >= 0;
  case PY_L_SHIFT:
    *out = b >= 0 && b < 31 && a >= 0 ? a << b : 0;
    return b >= 0 && b < 31 && a >= 0;
  case PY_POW:
    *out = 1;
    for (int64_t i = 0; i < b && *out <= MAX_NUMBER && *out >= -MAX_NUMBER; i++)
      *out *= a;
    return b >= 0 && b < 31;
  default:
    return false;
  }
}

// An integer, or what operators make of some: `4 * 60`, `2 ** 16 - 1`.
static bool int_value(ExprCtx *cx, Expr x, int depth, int64_t *out) {
  Expr v = expr_follow_names(cx, x);
  const PyTree *t = expr_tree(cx, v);
  if (depth > MAX_DEPTH)
    return false;
  if (expr_kind(cx, v) == PY_BIN_OP) {
    const PyBinOp *o = PY_AS(BinOp, t, v.ref);
    int64_t a, b;
    return int_value(cx, expr_child(v, o->left), depth + 1, &a) &&
           int_value(cx, expr_child(v, o->right), depth + 1, &b) &&
           fold(o->node.aux, a, b, out) && *out <= MAX_NUMBER && *out >= -MAX_NUMBER;
  }
  if (expr_kind(cx, v) != PY_NUM || py_node(t, v.ref)->aux != PY_NUM_INT)
    return false;
  Str s = py_text(t, v.ref);
  int base = 10;
  size_t at = 0;
  if (s.len > 2 && s.ptr[0] == '0' && !(s.ptr[1] >= '0' && s.ptr[1] <= '9')) {
    char kind = (char)(s.ptr[1] | 0x20);
    base = kind == 'x' ? 16 : kind == 'o' ? 8 : 2;
    at = 2;
  }
  *out = 0;
  for (; at < s.len && *out <= MAX_NUMBER; at++) {
    char c = (char)(s.ptr[at] | 0x20);
    if (s.ptr[at] != '_')
      *out = *out * base + (c >= 'a' ? c - 'a' + 10 : s.ptr[at] - '0');
  }
  return *out <= MAX_NUMBER;
}

// repr() of an argument; false where it is not a constant or a type.
static bool add_value(ExprCtx *cx, Expr x, int version, Buf *out) {
  Expr v = expr_follow_names(cx, x);
  const PyTree *t = expr_tree(cx, v);
  int64_t number;
  Str s;
  switch (expr_kind(cx, v)) {
  case PY_NUM:
    s = py_text(t, v.ref);
    if (py_node(t, v.ref)->aux == PY_NUM_INT && str_find_char(s, '_', 0) == SIZE_MAX &&
        (s.len == 1 || s.ptr[0] != '0')) {
      buf_add_str(out, s);
      return true;
    }
    // fall through
  case PY_BIN_OP:
    if (!int_value(cx, v, 0, &number))
      return false;
    buf_printf(out, "%lld", (long long)number);
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
    sql_type_add_string(out, s);
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

static Expr keyword_named(ExprCtx *cx, Expr call, const char *name) {
  Atom atom = interner_find(cx->project->names, str_from(name));
  return atom ? expr_keyword(cx, call, atom) : (Expr){0};
}

static Str value_text(ExprCtx *cx, Expr x, int version, bool *ok) {
  Buf b = {.max = 1 << 16};
  if (!add_value(cx, x, version, &b) || b.overflow)
    *ok = false;
  Str s = str_copy(cx->arena, buf_str(&b));
  buf_free(&b);
  return s;
}

// Puts the arguments of a call into `p`; the rest (*enums) is written to `rest`. Without
// `rest` only the named ones are read.
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
    if (!rest)
      continue;
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

// ---- Enum(Class)

// `lambda members: [m.value for m in members]`, the usual values_callable. False for any
// other.
static bool is_by_value(ExprCtx *cx, Expr x) {
  x = expr_follow_names(cx, x);
  if (expr_kind(cx, x) != PY_LAMBDA)
    return false;
  const PyTree *t = expr_tree(cx, x);
  Ref body = PY_AS(Lambda, t, x.ref)->body;
  if (py_kind(t, body) != PY_LIST_COMP)
    return false;
  PyRefs loops = py_list(t, PY_AS(ListComp, t, body)->generators);
  Ref elt = PY_AS(ListComp, t, body)->elt;
  if (loops.len != 1 || PY_AS(Comprehension, t, loops.at[0])->ifs ||
      py_kind(t, elt) != PY_ATTRIBUTE)
    return false;
  const PyAttribute *a = PY_AS(Attribute, t, elt);
  Ref target = PY_AS(Comprehension, t, loops.at[0])->target;
  return py_kind(t, target) == PY_NAME && py_kind(t, a->value) == PY_NAME &&
         PY_AS(Name, t, target)->id == PY_AS(Name, t, a->value)->id &&
         str_is(expr_atom(cx, a->attr), "value");
}

// The project's enum class that is the first argument; nowhere where it is none.
static Place enum_argument(ExprCtx *cx, Expr call) {
  Expr first = expr_kind(cx, call) == PY_CALL ? expr_positional(cx, call, 0) : (Expr){0};
  PyKind kind = expr_kind(cx, first);
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return (Place){0};
  Origin o = expr_origin(cx, first);
  return o.kind == ORIGIN_CLASS && type_is_enum_class(cx, o.at) ? o.at : (Place){0};
}

// Names the members in place of the class; the type's name is the class's in lower case.
static bool add_enum(ExprCtx *cx, Place cls, Expr callable, int version, TypeParams *p,
                     Buf *members) {
  bool by_value = callable.ref && is_by_value(cx, callable);
  if (callable.ref && !by_value && !expr_is_none(cx, callable))
    return false;
  buf_clear(members);
  bool good = type_enum_members(cx, cls, by_value, version, members);
  TypeArg *name = param_named(p, STR("name"));
  if (!name->value.ptr) {
    const PyTree *t = &cx->project->files[cls.file]->tree;
    Str text = expr_atom(cx, PY_AS(ClassDef, t, cls.ref)->name);
    Buf lower = {0};
    for (size_t i = 0; i < text.len; i++) {
      char c = text.ptr[i];
      good = good && (unsigned char)c < 0x80;
      buf_add_char(&lower, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    Buf quoted = {0};
    sql_type_add_string(&quoted, buf_str(&lower));
    name->value = str_copy(cx->arena, buf_str(&quoted));
    buf_free(&lower);
    buf_free(&quoted);
  }
  TypeArg *native = param_named(p, STR("native_enum"));
  if (version == 14 && !(native->value.ptr && str_is(native->value, "False")))
    param_named(p, STR("length"))->value = (Str){0};
  return good;
}

static SqlType read_api(ExprCtx *cx, Expr x, ApiId id, bool is_call, int version) {
  SqlType t = {.api = (uint16_t)id, .node = expr_place(x), .known = true};
  TypeParams p = params_of(id);
  Buf rest = {.max = 1 << 16};
  bool is_enum =
      id == API_sqlalchemy_Enum || id == API_sqlalchemy_dialects_postgresql_ENUM;
  if (is_enum && is_call)
    t.python_enum = enum_argument(cx, x);
  if (is_call)
    t.known = bind_arguments(cx, x, version, &p, t.python_enum.ref ? NULL : &rest) &&
              !rest.overflow;
  if (t.python_enum.ref)
    t.known = t.known && expr_positional_count(cx, x) == 1 &&
              add_enum(cx, t.python_enum, keyword_named(cx, x, "values_callable"),
                       version, &p, &rest);
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

SqlType sql_type_of_enum(ExprCtx *cx, Place cls, int version) {
  SqlType t = {.api = API_sqlalchemy_Enum, .python_enum = cls, .text = STR("")};
  TypeParams p = params_of(API_sqlalchemy_Enum);
  Buf members = {.max = 1 << 16};
  if (add_enum(cx, cls, (Expr){0}, version, &p, &members)) {
    t.text = render(cx, STR("Enum"), &p, buf_str(&members));
    t.known = true;
  }
  buf_free(&members);
  return t;
}

// A TypeDecorator shows the arguments of what it is built on, under its own name.
static void read_decorator(ExprCtx *cx, Expr x, bool is_call, int version, SqlType *t) {
  bool own_init = false;
  Expr impl = type_decorator_impl(cx, t->cls, &own_init);
  if (!impl.ref || cx->depth >= EXPR_MAX_DEPTH)
    return;
  cx->depth++;
  Expr held = expr_follow(cx, impl);
  SqlType inner = sql_type_read(cx, impl, version);
  bool made = expr_kind(cx, held) == PY_CALL; // an instance takes no arguments
  bool plain = !is_call ||
               !py_list(expr_tree(cx, x), PY_AS(Call, expr_tree(cx, x), x.ref)->args).len;
  if (!made && !plain && !own_init && inner.api)
    inner = read_api(cx, x, (ApiId)inner.api, true, version);
  else if (!made && own_init)
    inner.known = false;
  cx->depth--;
  size_t open = str_find_char(inner.text, '(', 0);
  if (!inner.known || open == SIZE_MAX)
    return;
  const PyTree *ct = &cx->project->files[t->cls.file]->tree;
  t->text = str_format(cx->arena, "%.*s%.*s",
                       STR_ARG(expr_atom(cx, PY_AS(ClassDef, ct, t->cls.ref)->name)),
                       STR_ARG(str_slice(inner.text, open, inner.text.len)));
  t->known = true;
}

static SqlType read_class(ExprCtx *cx, Expr x, Expr name, bool is_call, int version) {
  Origin o = expr_origin(cx, name);
  if (o.kind == ORIGIN_API && api_row((ApiId)o.api)->flags & API_IS_TYPE)
    return read_api(cx, x, api_current((ApiId)o.api), is_call, version);
  SqlType t = {.node = expr_place(x), .dotted = o.dotted, .text = STR("")};
  if (o.kind == ORIGIN_CLASS)
    t.cls = o.at;
  if (o.kind == ORIGIN_CLASS)
    read_decorator(cx, x, is_call, version, &t);
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
  t.variant = variant;
  size_t open = str_find_char(t.text, '(', 0);
  if (variant && version == 14 && open != SIZE_MAX) // a type around the type until 2.0
    t.text = str_format(cx->arena, "Variant%.*s",
                        STR_ARG(str_slice(t.text, open, t.text.len)));
  return t;
}
