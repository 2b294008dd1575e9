// T101, T102: `Base = declarative_base()` and `@as_declarative()` become a class that
// inherits from DeclarativeBase.
#include "codemod/layout.h"
#include "codemod/py_type.h"

static const CodemodCode codes[] = {
    {"T101", "base-function-to-class", "Base = declarative_base()"},
    {"T102", "as-declarative", "@as_declarative()"},
    {.code = NULL}};

typedef struct {
  CodemodWalk walk;
  bool uses_meta; // the project speaks of DeclarativeMeta
} Bases;

// Arguments of declarative_base() and as_declarative().
typedef struct {
  Str metadata, type_map, mixin; // source; absent: not given
} BaseArguments;

static bool read_arguments(const CodemodWalk *w, Ref call, Str name, BaseArguments *out) {
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  *out = (BaseArguments){0};
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(w->t, args.at[i]) != PY_KEYWORD) {
      codemod_refuse(w->cx, (Place){w->file, args.at[i]}, "an argument is positional");
      return false;
    }
    const PyKeyword *k = PY_AS(Keyword, w->t, args.at[i]);
    Str key = k->arg ? codemod_name(w, k->arg) : STR("**");
    Str value = rule_text(w->in, k->value);
    if (str_is(key, "metadata"))
      out->metadata = value;
    else if (str_is(key, "type_annotation_map"))
      out->type_map = value;
    else if (str_is(key, "cls") && is_simple(w->t, k->value))
      out->mixin = value;
    else if (!str_is(key, "name") || !name.ptr ||
             !str_eq(string_value(w->in, k->value), name)) {
      codemod_refuse(w->cx, (Place){w->file, args.at[i]},
                     "`%.*s=` has no plain counterpart in a class", STR_ARG(key));
      return false;
    }
  }
  return true;
}

static void add_attribute(Buf *out, const char *name, Str value, Str indent, Str eol) {
  if (value.ptr)
    buf_printf(out, "%.*s%.*s    %s = %.*s", STR_ARG(eol), STR_ARG(indent), name,
               STR_ARG(value));
}

// Line ends between a position and the code before (`ahead` false) or behind it.
static uint32_t blank_lines(const CodemodWalk *w, uint32_t at, bool ahead) {
  Str text = w->t->source->text;
  uint32_t n = 0;
  if (ahead) {
    for (; at < text.len && strchr(" \t\r\n", text.ptr[at]); at++)
      n += text.ptr[at] == '\n';
    return at == text.len ? 3 : n;
  }
  for (; at && strchr(" \t\r\n", text.ptr[at - 1]); at--)
    n += text.ptr[at - 1] == '\n';
  return at ? n : 3;
}

static void write_class(const CodemodWalk *w, Ref stmt, Str name,
                        const BaseArguments *a) {
  Span span = py_span(w->t, stmt);
  Str indent = layout_indent(w->in, span.start), eol = rule_newline(w->in);
  uint32_t end = layout_line_end(w->in, span.end);
  Str behind = str_trim(str_slice(w->t->source->text, span.end, end));
  if (str_starts(behind, STR("# type: ignore"))) { // of what the factory gave
    span.end = end;
    behind = STR("");
  }
  if (!indent.ptr || behind.len) {
    codemod_refuse(w->cx, (Place){0, 0}, "other code or a comment stands on the line");
    return;
  }
  if (rule_has_comment(w->in, py_span(w->t, stmt))) {
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
    return;
  }
  Str base = codemod_import(w->cx, w->file, stmt, "sqlalchemy.orm", "DeclarativeBase");
  Buf out = {0};
  uint32_t lines = indent.len ? 2 : 3;
  for (uint32_t n = blank_lines(w, span.start, false); n < lines; n++)
    buf_printf(&out, "%.*s", STR_ARG(eol));
  if (out.len && indent.len)
    buf_add_str(&out, indent);
  buf_printf(&out, "class %.*s(%.*s%s%.*s):", STR_ARG(name), STR_ARG(a->mixin),
             a->mixin.len ? ", " : "", STR_ARG(base));
  size_t head = out.len;
  add_attribute(&out, "metadata", a->metadata, indent, eol);
  add_attribute(&out, "type_annotation_map", a->type_map, indent, eol);
  if (out.len == head)
    buf_printf(&out, "%.*s%.*s    pass", STR_ARG(eol), STR_ARG(indent));
  for (uint32_t n = blank_lines(w, span.end, true); n < lines; n++)
    buf_printf(&out, "%.*s", STR_ARG(eol));
  fix_replace(w->in, span, buf_str(&out));
  buf_free(&out);
}

static bool is_any(const CodemodWalk *w, Ref annotation) {
  Origin o = resolve_expr(w->cx->resolver, w->file, annotation);
  return o.dotted && str_is(codemod_name(w, o.dotted), "typing.Any");
}

// In a function, `metadata = metadata` of a class body would mean itself.
static bool means_itself(const CodemodWalk *w, Ref stmt, const BaseArguments *a) {
  return py_kind(w->t, rule_parent(w->in, stmt)) != PY_MODULE &&
         ((a->metadata.ptr && str_is(a->metadata, "metadata")) ||
          (a->type_map.ptr && str_is(a->type_map, "type_annotation_map")));
}

static bool binds(const CodemodWalk *w, Place cls, const char *name) {
  const ProjectFile *f = w->cx->project->files[cls.file];
  uint32_t scope = py_scopes_of(f->scopes, cls.ref);
  Atom atom = intern(resolver_names(w->cx->resolver), str_from(name));
  return scope != NO_SCOPE && py_scopes_find(f->scopes, scope, atom) != NO_SYMBOL;
}

// The class that binds the name: `cls` or one above it. ref 0: none.
static Place binder(const CodemodWalk *w, Place cls, const char *name, int depth) {
  const ProjectFile *f = w->cx->project->files[cls.file];
  if (binds(w, cls, name))
    return cls;
  PyRefs args = py_list(&f->tree, PY_AS(ClassDef, &f->tree, cls.ref)->args);
  for (uint32_t i = 0; i < args.len && depth < 20; i++) {
    Origin o = py_kind(&f->tree, args.at[i]) == PY_KEYWORD
                   ? (Origin){0}
                   : resolve_expr(w->cx->resolver, cls.file, args.at[i]);
    Place found = o.kind == ORIGIN_CLASS ? binder(w, o.at, name, depth + 1) : (Place){0};
    if (found.ref)
      return found;
  }
  return (Place){0};
}

// A model of the base with an `__init_subclass__`: DeclarativeBase maps a class in its
// own, so what that function sets up would come too late. ref 0: none.
static Place init_subclass_below(const CodemodWalk *w, Place base) {
  for (uint32_t i = 0; i < models_count(w->cx->models); i++) {
    const Model *m = models_at(w->cx->models, i);
    Place found = place_eq(m->base, base) && m->node.ref
                      ? binder(w, m->node, "__init_subclass__", 0)
                      : (Place){0};
    if (found.ref)
      return found;
  }
  return (Place){0};
}

// What the functions make of a class hides its constructor and these attributes; a base
// that inherits from the class, or is it, would show them. False with the reason.
static bool hides_nothing(const CodemodWalk *w, Place cls, const BaseArguments *a) {
  static const char *const own[] = {"metadata", "registry", "type_annotation_map"};
  Place init = binder(w, cls, "__init__", 0);
  if (init.ref) {
    codemod_refuse(w->cx, init,
                   "its __init__ is never called now, the constructor of the base is; in "
                   "a base that inherits from DeclarativeBase it would be");
    return false;
  }
  for (size_t i = 0; i < ARRAY_LEN(own); i++) {
    Place hidden = i || !a->metadata.ptr ? binder(w, cls, own[i], 0) : (Place){0};
    if (hidden.ref) {
      codemod_refuse(w->cx, hidden, "its `%s` is hidden now and would be the base's",
                     own[i]);
      return false;
    }
  }
  return true;
}

// The same for the class that cls= names.
static bool mixin_is_plain(const CodemodWalk *w, Ref call, const BaseArguments *a) {
  Ref mixin =
      call_keyword(w->t, call, intern(resolver_names(w->cx->resolver), STR("cls")));
  Origin o = mixin ? resolve_expr(w->cx->resolver, w->file, mixin) : (Origin){0};
  if (!mixin || o.kind == ORIGIN_CLASS)
    return !mixin || hides_nothing(w, o.at, a);
  codemod_refuse(w->cx, (Place){w->file, mixin},
                 "whether the class has an __init__ cannot be told");
  return false;
}

// class Base: ...
// Base = declarative_base(cls=Base)
// The first class takes a name of its own where nothing else speaks of it.
typedef struct {
  const CodemodWalk *w;
  uint32_t symbol;
  Ref cls, stmt, argument;
  bool used;
} Wrapped;

static bool find_other_use(void *data, Ref r) {
  Wrapped *x = data;
  uint32_t at = py_node(x->w->t, r)->start;
  if (py_kind(x->w->t, r) == PY_NAME && r != x->argument &&
      py_scopes_symbol_of(x->w->in->file->scopes, r) == x->symbol &&
      at >= py_node(x->w->t, x->cls)->end && at < py_node(x->w->t, x->stmt)->start)
    x->used = true;
  return !x->used;
}

// The class statement that `symbol` is bound to before `stmt` wraps it; 0: none.
static Ref wrapped_class(const CodemodWalk *w, Ref stmt, Ref call, uint32_t symbol) {
  const PyScopes *s = w->in->file->scopes;
  Atom cls = intern(resolver_names(w->cx->resolver), STR("cls"));
  Wrapped x = {w, symbol, 0, stmt, call_keyword(w->t, call, cls), false};
  uint32_t first = s->symbols[symbol].first, last = s->symbols[symbol].last;
  if (s->bindings[first].kind != BIND_CLASS || s->bindings[first].next != last ||
      s->bindings[last].stmt != stmt || py_kind(w->t, x.argument) != PY_NAME ||
      py_scopes_symbol_of(s, x.argument) != symbol)
    return 0;
  x.cls = s->bindings[first].node;
  if (rule_parent(w->in, x.cls) != rule_parent(w->in, stmt))
    return 0;
  PyVisitor v = {.enter = find_other_use, .data = &x};
  py_walk(w->t, rule_parent(w->in, stmt), &v);
  return x.used ? 0 : x.cls;
}

static bool rename_wrapped(const CodemodWalk *w, Ref cls, Str name, BaseArguments *a) {
  const PyScopes *s = w->in->file->scopes;
  a->mixin = str_format(w->cx->arena, "_%.*s", STR_ARG(name));
  Atom atom = intern(resolver_names(w->cx->resolver), a->mixin);
  if (py_scopes_lookup(s, py_scopes_at(s, cls), atom) != NO_SYMBOL) {
    codemod_refuse(w->cx, (Place){w->file, cls}, "`%.*s` means something already",
                   STR_ARG(a->mixin));
    return false;
  }
  uint32_t at = PY_AS(ClassDef, w->t, cls)->name_at;
  fix_replace(w->in, (Span){at, at + (uint32_t)name.len}, a->mixin);
  return true;
}

static void factory(const Bases *all, Ref stmt, Ref target, Ref annotation, Ref call) {
  const CodemodWalk *w = &all->walk;
  if (resolve_call_api(w->cx->resolver, w->file, call) !=
      API_sqlalchemy_orm_declarative_base)
    return;
  Str name = codemod_name(w, PY_AS(Name, w->t, target)->id);
  Site *s = codemod_site(w->cx, "T101", w->file, py_span(w->t, stmt),
                         "`%.*s` comes from declarative_base()", STR_ARG(name));
  if (!codemod_open(w->cx, s))
    return;
  const PyScopes *scopes = w->in->file->scopes;
  uint32_t symbol = py_scopes_symbol_of(scopes, target);
  BaseArguments a = {0};
  bool read = read_arguments(w, call, name, &a); // or it refused
  bool once = symbol != NO_SYMBOL &&
              scopes->symbols[symbol].first == scopes->symbols[symbol].last;
  Ref wrapped = once || symbol == NO_SYMBOL ? 0 : wrapped_class(w, stmt, call, symbol);
  Place early = init_subclass_below(w, (Place){w->file, call});
  if (all->uses_meta)
    codemod_refuse(w->cx, (Place){0, 0}, "the project speaks of DeclarativeMeta");
  else if (early.ref)
    codemod_refuse(w->cx, early,
                   "a class below it has an __init_subclass__: it would be "
                   "mapped before that has run");
  else if (annotation && !is_any(w, annotation))
    codemod_refuse(w->cx, (Place){w->file, annotation}, "it is annotated");
  else if (!once && !wrapped)
    codemod_refuse(w->cx, (Place){0, 0}, "the name is bound more than once");
  else if (read && means_itself(w, stmt, &a))
    codemod_refuse(w->cx, (Place){0, 0}, "an argument has the name of an attribute");
  else if (read && mixin_is_plain(w, call, &a) &&
           (!wrapped || rename_wrapped(w, wrapped, name, &a)))
    write_class(w, stmt, name, &a);
  codemod_close(w->cx);
}

// ---- @as_declarative

static Ref decorator(const CodemodWalk *w, const PyClassDef *c, Ref *call) {
  PyRefs decorators = py_list(w->t, c->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Ref d = decorators.at[i];
    *call = py_kind(w->t, d) == PY_CALL ? d : 0;
    Ref func = *call ? PY_AS(Call, w->t, d)->func : d;
    if (*call &&
        resolve_api(w->cx->resolver, w->file, func) == API_sqlalchemy_orm_as_declarative)
      return d;
  }
  return 0;
}

static bool is_object(const CodemodWalk *w, Ref base) {
  Origin o = resolve_expr(w->cx->resolver, w->file, base);
  return o.kind == ORIGIN_BUILTIN && str_is(codemod_name(w, o.dotted), "object");
}

static void write_bases(const CodemodWalk *w, Ref cls) {
  const PyClassDef *c = PY_AS(ClassDef, w->t, cls);
  PyRefs args = py_list(w->t, c->args);
  Str base = codemod_import(w->cx, w->file, cls, "sqlalchemy.orm", "DeclarativeBase");
  Str name = codemod_name(w, c->name);
  uint32_t behind = c->name_at + (uint32_t)name.len;
  if (args.len == 1 && py_kind(w->t, args.at[0]) != PY_KEYWORD &&
      is_object(w, args.at[0]))
    fix_replace(w->in, py_span(w->t, args.at[0]), base);
  else if (args.len && py_kind(w->t, args.at[args.len - 1]) != PY_KEYWORD)
    fix_printf(w->in,
               (Span){py_node(w->t, args.at[args.len - 1])->end,
                      py_node(w->t, args.at[args.len - 1])->end},
               ", %.*s", STR_ARG(base));
  else if (args.len)
    codemod_refuse(w->cx, (Place){w->file, args.at[0]}, "the class has keywords");
  else if (w->t->source->text.ptr[behind] == '(')
    fix_insert(w->in, behind + 1, base);
  else
    fix_printf(w->in, (Span){behind, behind}, "(%.*s)", STR_ARG(base));
}

static void write_declarative(const CodemodWalk *w, Ref cls, Ref d,
                              const BaseArguments *a) {
  Str text = w->t->source->text, eol = rule_newline(w->in);
  uint32_t start = py_node(w->t, d)->start,
           end = layout_line_end(w->in, py_node(w->t, d)->end);
  while (start && text.ptr[start - 1] != '\n')
    start--;
  PyRefs body = py_list(w->t, PY_AS(ClassDef, w->t, cls)->body);
  uint32_t first = py_node(w->t, body.at[0])->start;
  PyKind kind = py_kind(w->t, body.at[0]);
  bool is_def = kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF;
  if (is_def)
    first = statement_start(w->t, body.at[0]);
  Str indent = layout_indent(w->in, first);
  if (a->mixin.ptr || a->type_map.ptr || !indent.ptr ||
      rule_has_comment(w->in, (Span){start, end})) {
    codemod_refuse(w->cx, (Place){0, 0}, "a comment or an argument stands in the way");
    return;
  }
  fix_delete(w->in, (Span){start, end + (uint32_t)eol.len});
  write_bases(w, cls);
  if (a->metadata.ptr)
    fix_printf(w->in, (Span){first, first}, "metadata = %.*s%.*s%.*s%.*s",
               STR_ARG(a->metadata), STR_ARG(eol), STR_ARG(is_def ? eol : STR("")),
               STR_ARG(indent));
}

static void as_declarative(const Bases *all, Ref cls) {
  const CodemodWalk *w = &all->walk;
  const PyClassDef *c = PY_AS(ClassDef, w->t, cls);
  Ref call;
  Ref d = decorator(w, c, &call);
  if (!d)
    return;
  Site *s = codemod_site(w->cx, "T102", w->file, py_span(w->t, d),
                         "`%.*s` is made a base by @as_declarative",
                         STR_ARG(codemod_name(w, c->name)));
  if (!codemod_open(w->cx, s))
    return;
  BaseArguments a;
  Place early = init_subclass_below(w, (Place){w->file, cls});
  if (all->uses_meta)
    codemod_refuse(w->cx, (Place){0, 0}, "the project speaks of DeclarativeMeta");
  else if (early.ref)
    codemod_refuse(w->cx, early,
                   "a class below it has an __init_subclass__: it would be "
                   "mapped before that has run");
  else if (read_arguments(w, call, (Str){0}, &a) &&
           hides_nothing(w, (Place){w->file, cls}, &a))
    write_declarative(w, cls, d, &a);
  codemod_close(w->cx);
}

// ----

static bool enter(void *data, Ref r) {
  const Bases *all = data;
  const PyTree *t = all->walk.t;
  Ref target = 0, annotation = 0, value = 0;
  if (py_kind(t, r) == PY_CLASS_DEF) {
    as_declarative(all, r);
  } else if (py_kind(t, r) == PY_ASSIGN) {
    PyRefs targets = py_list(t, PY_AS(Assign, t, r)->targets);
    target = targets.len == 1 ? targets.at[0] : 0;
    value = PY_AS(Assign, t, r)->value;
  } else if (py_kind(t, r) == PY_ANN_ASSIGN) {
    target = PY_AS(AnnAssign, t, r)->target;
    annotation = PY_AS(AnnAssign, t, r)->annotation;
    value = PY_AS(AnnAssign, t, r)->value;
  }
  if (py_kind(t, target) == PY_NAME && py_kind(t, value) == PY_CALL)
    factory(all, r, target, annotation, value);
  return true;
}

// Another use of the name than importing it.
static bool speaks_of_meta(const CodemodCtx *cx) {
  Atom name = intern(resolver_names(cx->resolver), STR("DeclarativeMeta"));
  for (uint32_t i = 0; i < cx->project->file_count; i++) {
    const PyScopes *s = cx->project->files[i]->scopes;
    for (uint32_t k = 0; s && k < s->symbol_count; k++)
      if (s->symbols[k].name == name && s->symbols[k].flags & SYMBOL_USED)
        return true;
  }
  return false;
}

static void run(CodemodCtx *cx) {
  bool meta = speaks_of_meta(cx);
  for (uint32_t file = 0; file < cx->project->file_count; file++) {
    if (!codemod_reads(cx, file))
      continue;
    Bases all = {codemod_walk(cx, file), meta};
    PyVisitor v = {.enter = enter, .data = &all};
    py_walk(all.walk.t, all.walk.t->root, &v);
  }
}

const Codemod codemod_typed_base = {
    .name = "typed-base", .codes = codes, .profile = PROFILE_MODERN, .run = run};
