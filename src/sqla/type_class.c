// type_class.c: enums and TypeDecorators of the project, read from their class
// statements.
#include "sqla/type_class.h"

#include "sqla/type.h"

enum {
  MAX_BASES = 20, // classes above one another
  MAX_MEMBERS = 2000
};

typedef struct {
  const PyTree *tree;
  const PyScopes *scopes;
  uint32_t scope;
  PyRefs args;
} Body;

static bool open_body(ExprCtx *cx, Place cls, Body *out) {
  const ProjectFile *f = cx->project->files[cls.file];
  if (!f->scopes || py_kind(&f->tree, cls.ref) != PY_CLASS_DEF)
    return false;
  *out = (Body){.tree = &f->tree,
                .scopes = f->scopes,
                .scope = py_scopes_of(f->scopes, cls.ref),
                .args = py_list(&f->tree, PY_AS(ClassDef, &f->tree, cls.ref)->args)};
  return out->scope != NO_SCOPE;
}

static Atom atom_of(ExprCtx *cx, const char *name) {
  return interner_find(cx->project->names, str_from(name));
}

// ---- Enums

static bool is_enum(ExprCtx *cx, Place cls, int depth) {
  Body b;
  if (depth > MAX_BASES || !open_body(cx, cls, &b))
    return false;
  for (uint32_t i = 0; i < b.args.len; i++) {
    if (py_kind(b.tree, b.args.at[i]) == PY_KEYWORD)
      continue;
    Origin o = resolve_expr(cx->r, cls.file, b.args.at[i]);
    if (o.kind == ORIGIN_EXTERNAL && str_starts(expr_atom(cx, o.dotted), STR("enum.")))
      return true;
    if (o.kind == ORIGIN_CLASS && is_enum(cx, o.at, depth + 1))
      return true;
  }
  return false;
}

bool type_is_enum_class(ExprCtx *cx, Place cls) {
  return is_enum(cx, cls, 0);
}

typedef struct {
  Atom name;
  Expr value;
  uint32_t start;
} Member;

typedef Vec(Member) MemberList;

// __private, __dunder__ and _sunder_ names.
static bool is_no_member(Str name) {
  return str_starts(name, STR("__")) ||
         (str_starts(name, STR("_")) && str_ends(name, STR("_")));
}

// Everything else that the body assigns is a member.
static bool list_members(ExprCtx *cx, Place cls, MemberList *out) {
  Body b;
  if (!open_body(cx, cls, &b))
    return false;
  for (uint32_t i = b.scopes->scopes[b.scope].first_symbol; i != NO_SYMBOL;
       i = b.scopes->symbols[i].next) {
    const PySymbol *s = &b.scopes->symbols[i];
    Str name = expr_atom(cx, s->name);
    if (s->first == NO_BINDING || is_no_member(name))
      continue;
    const PyBinding *x = &b.scopes->bindings[s->first];
    if (x->kind == BIND_FUNCTION || x->kind == BIND_CLASS || x->kind == BIND_ANNOTATION)
      continue;
    bool plain = x->kind == BIND_ASSIGN && x->flags & BIND_WHOLE &&
                 !(x->flags & BIND_CONDITIONAL) && x->next == NO_BINDING;
    if (!plain || out->len >= MAX_MEMBERS)
      return false;
    Ref value = py_kind(b.tree, x->stmt) == PY_ASSIGN
                    ? PY_AS(Assign, b.tree, x->stmt)->value
                    : PY_AS(AnnAssign, b.tree, x->stmt)->value;
    Member m = {s->name, {cls.file, value, NULL}, py_node(b.tree, x->node)->start};
    size_t at = out->len;
    vec_push(out, m);
    for (; at > 0 && out->items[at - 1].start > m.start; at--) // names read before
      out->items[at] = out->items[at - 1];
    out->items[at] = m;
  }
  return out->len > 0;
}

// An alias has the value of a member before it.
static bool is_alias(ExprCtx *cx, const MemberList *all, size_t at) {
  const Member *m = &all->items[at];
  PyKind kind = expr_kind(cx, m->value);
  Str text, other;
  bool is_text = expr_string(cx, m->value, &text);
  for (size_t i = 0; i < at; i++) {
    const Member *before = &all->items[i];
    if (kind == PY_NAME &&
        PY_AS(Name, expr_tree(cx, m->value), m->value.ref)->id == before->name)
      return true;
    if (is_text && expr_string(cx, before->value, &other) && str_eq(text, other))
      return true;
    if (kind == PY_NUM && expr_kind(cx, before->value) == PY_NUM &&
        str_eq(py_text(expr_tree(cx, m->value), m->value.ref),
               py_text(expr_tree(cx, before->value), before->value.ref)))
      return true;
  }
  return false;
}

bool type_enum_members(ExprCtx *cx, Place cls, bool by_value, int version, Buf *out) {
  MemberList all = {0};
  bool good = list_members(cx, cls, &all);
  size_t from = out->len;
  for (size_t i = 0; i < all.len && good; i++) {
    Str text = expr_atom(cx, all.items[i].name);
    if ((by_value || version != 14) && is_alias(cx, &all, i))
      continue;
    good = !by_value || expr_string(cx, all.items[i].value, &text);
    buf_add_text(out, out->len > from ? ", " : "");
    sql_type_add_string(out, text);
  }
  vec_free(&all);
  return good;
}

// ---- TypeDecorators

Expr type_decorator_impl(ExprCtx *cx, Place cls, bool *own_init) {
  Atom impl = atom_of(cx, "impl"), repr = atom_of(cx, "__repr__");
  Expr found = {0};
  bool is_decorator = false;
  for (int depth = 0; depth < MAX_BASES && !is_decorator; depth++) {
    Body b;
    if (!open_body(cx, cls, &b))
      return (Expr){0};
    uint32_t init = py_scopes_find(b.scopes, b.scope, SYM___init__);
    *own_init |= init != NO_SYMBOL && b.scopes->symbols[init].first != NO_BINDING;
    uint32_t text = repr ? py_scopes_find(b.scopes, b.scope, repr) : NO_SYMBOL;
    if (text != NO_SYMBOL && b.scopes->symbols[text].first != NO_BINDING)
      return (Expr){0};
    uint32_t symbol = impl ? py_scopes_find(b.scopes, b.scope, impl) : NO_SYMBOL;
    uint32_t first = symbol == NO_SYMBOL ? NO_BINDING : b.scopes->symbols[symbol].first;
    if (!found.ref && first != NO_BINDING) {
      const PyBinding *x = &b.scopes->bindings[first];
      if (x->next != NO_BINDING || py_kind(b.tree, x->stmt) != PY_ASSIGN)
        return (Expr){0};
      found = (Expr){cls.file, PY_AS(Assign, b.tree, x->stmt)->value, NULL};
    }
    Place above = {0};
    for (uint32_t i = 0; i < b.args.len; i++) {
      Ref arg = b.args.at[i];
      if (py_kind(b.tree, arg) == PY_SUBSCRIPT)
        arg = PY_AS(Subscript, b.tree, arg)->value;
      Origin o = resolve_expr(cx->r, cls.file, arg);
      is_decorator |= o.kind == ORIGIN_API &&
                      api_current((ApiId)o.api) == API_sqlalchemy_TypeDecorator;
      if (o.kind == ORIGIN_CLASS && !above.ref)
        above = o.at;
    }
    if (!is_decorator && !above.ref)
      return (Expr){0};
    cls = above;
  }
  return is_decorator ? found : (Expr){0};
}
