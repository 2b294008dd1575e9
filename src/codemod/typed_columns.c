// T110, T130: `x = Column(String)` of a mapped class or mixin becomes
// `x: Mapped[Optional[str]] = mapped_column(String)`. What is created stays the same: the
// annotation is Optional exactly where the column is nullable, and the SQL type goes only
// where the annotation alone means it.
#include "codemod/declared.h"
#include "codemod/layout.h"
#include "codemod/py_type.h"
#include "sqla/place_map.h"

static const CodemodCode codes[] = {
    {"T110", "column-to-mapped-column",
     "An attribute that is a Column and has no Mapped type"},
    {"T130", "deferred-column", "deferred(Column(...))"},
    {.code = NULL}};

typedef struct {
  CodemodCtx *cx;
  RuleCtx *in;
  const PyTree *t;
  uint32_t file;
  const Model *model;      // one that has the column
  const SqlColumn *column; // its facts
  Ref cls;                 // class statement that the column stands in
  Atom key;                // of the attribute
  Ref stmt;                // the assignment, or the `return` of a declared_attr
  Ref call;                // Column(...)
  Ref deferred;            // deferred(Column(...)), 0: it is not
  Ref target;              // the Name, 0: `function` makes it
  Ref function;            // the declared_attr function, 0: it is assigned
  Ref reads_at;            // whose scope gives the names of the annotation
  bool differs;            // it is another one in another class
} ColumnPlace;

static Str name_text(const ColumnPlace *p, Atom atom) {
  return atom_str(p->cx->project->names, atom);
}

// ---- Whether it can be converted

// `id.copy()`, `id.type`: what a mapped_column() has not, or has later.
typedef struct {
  const ColumnPlace *p;
  uint32_t symbol;
  Ref found;
} Uses;

static bool is_fine_attribute(Str attr) {
  static const char *const fine[] = {
      "desc",       "asc",       "in_",         "is_",       "isnot",  "is_not",
      "label",      "like",      "ilike",       "notin_",    "not_in", "between",
      "startswith", "endswith",  "contains",    "op",        "name",   "expression",
      "nullsfirst", "nullslast", "nulls_first", "nulls_last"};
  for (size_t i = 0; i < ARRAY_LEN(fine); i++)
    if (str_is(attr, fine[i]))
      return true;
  return false;
}

// `id` of the class body, or `cls.id` of another declared_attr.
static bool is_own_use(const Uses *u, Ref value) {
  const PyScopes *s = u->p->in->file->scopes;
  if (u->p->function)
    return py_kind(u->p->t, value) == PY_ATTRIBUTE &&
           PY_AS(Attribute, u->p->t, value)->attr == u->p->key;
  return py_kind(u->p->t, value) == PY_NAME &&
         py_scopes_target(s, py_scopes_symbol_of(s, value)) == u->symbol;
}

static bool is_method(const ColumnPlace *p, Ref r) {
  if (py_kind(p->t, r) != PY_FUNCTION_DEF || !p->function)
    return false;
  PyRefs decorators = py_list(p->t, PY_AS(FunctionDef, p->t, r)->decorators);
  Ref d = decorators.len ? decorators.at[0] : 0;
  if (py_kind(p->t, d) == PY_ATTRIBUTE)
    d = PY_AS(Attribute, p->t, d)->value;
  return !d ||
         resolve_api(p->cx->resolver, p->file, d) != API_sqlalchemy_orm_declared_attr;
}

static bool find_use(void *data, Ref r) {
  Uses *u = data;
  if (is_method(u->p, r)) // of an instance: the value
    return false;
  if (py_kind(u->p->t, r) != PY_ATTRIBUTE ||
      !is_own_use(u, PY_AS(Attribute, u->p->t, r)->value) ||
      is_fine_attribute(name_text(u->p, PY_AS(Attribute, u->p->t, r)->attr)))
    return true;
  u->found = r;
  return false;
}

static Ref odd_use(const ColumnPlace *p) {
  const PyScopes *s = p->in->file->scopes;
  Uses u = {p, p->target ? py_scopes_symbol_of(s, p->target) : NO_SYMBOL, 0};
  if (u.symbol == NO_SYMBOL && !p->function)
    return 0;
  PyVisitor v = {.enter = find_use, .data = &u};
  py_walk(p->t, p->cls, &v);
  return u.found;
}

static bool is_bound_once(const ColumnPlace *p) {
  const PyScopes *s = p->in->file->scopes;
  uint32_t symbol = py_scopes_symbol_of(s, p->function ? p->function : p->target);
  return symbol != NO_SYMBOL && s->symbols[symbol].first == s->symbols[symbol].last;
}

// ---- Writing

static Atom atom_of(const ColumnPlace *p, const char *name) {
  return intern(resolver_names(p->cx->resolver), str_from(name));
}

static bool keeps_nullable(const ColumnPlace *p, Ref value) {
  return value && (!is_true(p->t, value) && !is_false(p->t, value));
}

// The positional argument that says the type, 0: a keyword says it, or nothing does.
static Ref type_argument(const ColumnPlace *p) {
  PyRefs args = py_list(p->t, PY_AS(Call, p->t, p->call)->args);
  Place type = p->column->type.node;
  for (uint32_t i = 0; i < args.len; i++) {
    Ref arg = args.at[i];
    if (type.file == p->file && arg == type.ref)
      return arg;
  }
  return 0;
}

static bool class_has_type_map(const ColumnPlace *p, Place cls) {
  const ProjectFile *f = p->cx->project->files[cls.file];
  uint32_t scope = py_scopes_of(f->scopes, cls.ref);
  return scope == NO_SCOPE ||
         py_scopes_find(f->scopes, scope, atom_of(p, "type_annotation_map")) != NO_SYMBOL;
}

// The annotation alone may say the type: the base has no map of its own.
static bool base_is_plain(const ColumnPlace *p) {
  const Model *m = p->model;
  if (models_class_role(p->cx->models, (Place){p->file, p->cls}) == CLASS_PLAIN)
    return false; // a mixin may serve several bases
  if (!m->base.ref)
    return false;
  const PyTree *t = &p->cx->project->files[m->base.file]->tree;
  switch (m->style) {
  case BASE_CLASS:
    return py_kind(t, m->base.ref) == PY_CLASS_DEF && !class_has_type_map(p, m->base);
  case BASE_FACTORY:
    return py_kind(t, m->base.ref) == PY_CALL &&
           !call_keyword(t, m->base.ref, atom_of(p, "type_annotation_map")) &&
           !call_has_stars(t, m->base.ref);
  default:
    return false;
  }
}

static bool key_says_the_type(const ColumnPlace *p) {
  const SqlColumn *target = p->column->foreign_keys[0].column;
  return p->column->foreign_key_count == 1 && target && target->type.known &&
         str_eq(target->type.text, p->column->type.text);
}

static bool drops_type(const ColumnPlace *p, const PyType *type) {
  return type->is_default && base_is_plain(p) &&
         (!p->column->foreign_key_count || key_says_the_type(p));
}

// Arguments that go: a constant nullable=, the type where it is the default. Written as
// one list of deletions so that commas come out right whichever go.
static void drop_arguments(const ColumnPlace *p, bool drop_type) {
  PyRefs args = py_list(p->t, PY_AS(Call, p->t, p->call)->args);
  Ref type = drop_type ? type_argument(p) : 0;
  bool *gone = arena_array(p->cx->arena, bool, args.len + 1);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < args.len; i++) {
    Ref arg = args.at[i];
    bool nullable = py_kind(p->t, arg) == PY_KEYWORD &&
                    PY_AS(Keyword, p->t, arg)->arg == atom_of(p, "nullable") &&
                    !keeps_nullable(p, PY_AS(Keyword, p->t, arg)->value) &&
                    !p->column->primary_key;
    gone[i] = arg == type || nullable;
    kept += !gone[i];
  }
  Span inside = call_arguments_span(p->in, p->call);
  if (kept == args.len || (!kept && rule_has_comment(p->in, inside)))
    return;
  if (!kept) {
    fix_delete(p->in, inside);
    return;
  }
  bool before = false; // an argument before this one stays
  for (uint32_t i = 0; i < args.len; i++) {
    Span span = rule_paren_span(p->in, args.at[i]);
    if (before)
      span.start = rule_paren_span(p->in, args.at[i - 1]).end;
    else if (i + 1 < args.len)
      span.end = rule_paren_span(p->in, args.at[i + 1]).start;
    before = before || !gone[i];
    if (gone[i] && !rule_has_comment(p->in, span)) // a comment keeps its argument
      fix_delete(p->in, span);
  }
}

static void write_deferred(const ColumnPlace *p) {
  PyRefs args = py_list(p->t, PY_AS(Call, p->t, p->deferred)->args);
  Str group = {0};
  for (uint32_t i = 1; i < args.len; i++) {
    const PyKeyword *k =
        py_kind(p->t, args.at[i]) == PY_KEYWORD ? PY_AS(Keyword, p->t, args.at[i]) : NULL;
    if (k && k->arg == atom_of(p, "group"))
      group = rule_text(p->in, k->value);
    else {
      codemod_refuse(p->cx, (Place){p->file, args.at[i]},
                     "an argument of deferred() has no counterpart");
      return;
    }
  }
  Span outer = py_span(p->t, p->deferred), inner = py_span(p->t, p->call);
  if (rule_has_comment(p->in, (Span){outer.start, inner.start}) ||
      rule_has_comment(p->in, (Span){inner.end, outer.end})) {
    codemod_refuse(p->cx, (Place){p->file, p->deferred},
                   "a comment stands in deferred()");
    return;
  }
  PyRefs own = py_list(p->t, PY_AS(Call, p->t, p->call)->args);
  uint32_t behind = // of the last argument, before a comma that ends the list
      own.len ? rule_paren_span(p->in, own.at[own.len - 1]).end : inner.end - 1;
  fix_delete(p->in, (Span){outer.start, inner.start});
  fix_printf(p->in, (Span){behind, behind}, "%sdeferred=True%s%.*s", own.len ? ", " : "",
             group.ptr ? ", deferred_group=" : "", STR_ARG(group));
  fix_delete(p->in, (Span){inner.end, outer.end});
}

static Str annotation(const ColumnPlace *p, const PyType *type) {
  Ref nullable = call_keyword(p->t, p->call, atom_of(p, "nullable"));
  bool optional =
      (p->column->nullable && !p->column->primary_key) || keeps_nullable(p, nullable);
  Str text = type->text;
  if (optional)
    text = py_type_optional(p->cx, p->file, p->reads_at, text);
  Str mapped = py_type_mapped(p->cx, p->file, p->reads_at, "Mapped");
  if (!text.ptr || !mapped.ptr) {
    codemod_refuse(p->cx, (Place){p->file, p->stmt},
                   "a name that the annotation needs means something else here");
    return STR("");
  }
  return str_format(p->cx->arena, "%.*s[%.*s]", STR_ARG(mapped), STR_ARG(text));
}

static void write(const ColumnPlace *p) {
  PyType type = py_type_of(p->cx, p->file, p->reads_at, p->column);
  if (!type.text.ptr) {
    codemod_refuse(p->cx, (Place){p->file, p->call}, "%s", type.why);
    return;
  }
  Str text = annotation(p, &type);
  if (p->function && !declared_annotate(p->cx, p->file, p->function, text))
    return;
  if (!p->function)
    fix_printf(p->in,
               (Span){py_node(p->t, p->target)->end, py_node(p->t, p->target)->end},
               ": %.*s", STR_ARG(text));
  Str mapped_column = py_type_mapped(p->cx, p->file, p->stmt, "mapped_column");
  fix_replace(p->in, py_span(p->t, PY_AS(Call, p->t, p->call)->func), mapped_column);
  // In a mapped class the annotation of a declared_attr is for type checkers only.
  if (!p->function)
    drop_arguments(p, !p->deferred && drops_type(p, &type));
  if (p->deferred)
    write_deferred(p);
  else
    layout_wrap_call(p->in, p->stmt, p->call);
}

// ---- Finding

// The statement `name = <value>` in the body of the class, 0 for anything else.
static Ref assignment(ColumnPlace *p, Ref value) {
  Ref stmt = rule_parent(p->in, value);
  p->function = declared_function(p->cx, p->file, value);
  p->reads_at = declared_annotation_at(p->function, stmt);
  if (p->function)
    return rule_parent(p->in, p->function) == p->cls ? stmt : 0;
  if (py_kind(p->t, stmt) != PY_ASSIGN || rule_parent(p->in, stmt) != p->cls)
    return 0;
  PyRefs targets = py_list(p->t, PY_AS(Assign, p->t, stmt)->targets);
  if (targets.len != 1 || py_kind(p->t, targets.at[0]) != PY_NAME)
    return 0;
  p->target = targets.at[0];
  return stmt;
}

static const char *obstacle(const ColumnPlace *p, Ref *stop) {
  *stop = 0;
  if (p->model->style == BASE_SQLMODEL || p->model->style == BASE_AUTOMAP)
    return "classes of this base are not annotated with Mapped";
  if (p->model->dataclass)
    return "the class is a dataclass: an annotation makes the column a field of it";
  if (!p->column->proven && !call_keyword(p->t, p->call, atom_of(p, "nullable")))
    return "whether it is nullable cannot be told";
  if (call_has_stars(p->t, p->call))
    return "its arguments are not all written here";
  if (p->function && py_list(p->t, PY_AS(FunctionDef, p->t, p->function)->body).len > 1 &&
      !call_keyword(p->t, p->call, atom_of(p, "doc")))
    return "the docstring of its function is the doc of the Column";
  if (p->differs)
    return "it is not the same in all classes that have it";
  if (!is_bound_once(p))
    return "the name is bound more than once in the class";
  *stop = odd_use(p);
  return *stop ? "an attribute of the Column object is used in the class" : NULL;
}

static void column(ColumnPlace *p) {
  Str key = name_text(p, p->key);
  Site *s =
      codemod_site(p->cx, p->deferred ? "T130" : "T110", p->file, py_span(p->t, p->stmt),
                   "`%.*s` is a Column without a type for "
                   "Python",
                   STR_ARG(key));
  if (!codemod_open(p->cx, s))
    return;
  Ref stop;
  const char *why = obstacle(p, &stop);
  if (why)
    codemod_refuse(p->cx, (Place){p->file, stop}, "%s", why);
  else
    write(p);
  codemod_close(p->cx);
}

static ExprCtx reader(CodemodCtx *cx) {
  return (ExprCtx){.r = cx->resolver, .project = cx->project, .arena = cx->arena};
}

// functools.partial(Column, ...) that `call` calls; ref 0: none.
static Expr partial_column(ExprCtx *x, uint32_t file, Ref call) {
  Expr partial = expr_partial(x, (Expr){file, call, NULL});
  Expr first = partial.ref ? expr_positional(x, partial, 0) : (Expr){0};
  return first.ref && expr_api(x, first) == API_sqlalchemy_Column ? partial : (Expr){0};
}

// Column(...), or a call of functools.partial(Column, nullable=False): what that gives is
// said by the annotation.
static bool makes_column(const ColumnPlace *p) {
  if (resolve_call_api(p->cx->resolver, p->file, p->call) == API_sqlalchemy_Column)
    return true;
  ExprCtx x = reader(p->cx);
  Expr partial = partial_column(&x, p->file, p->call);
  if (!partial.ref || py_kind(p->t, rule_parent(p->in, p->call)) == PY_RETURN)
    return false;
  Expr nullable = expr_keyword(&x, partial, atom_of(p, "nullable"));
  const PyTree *t = expr_tree(&x, partial);
  return py_list(t, PY_AS(Call, t, partial.ref)->args).len == 1 + (nullable.ref != 0) &&
         (!nullable.ref || expr_bool(&x, nullable) != EXPR_UNCLEAR);
}

// True where a site was made of it.
static bool look_at(CodemodCtx *cx, const Model *m, const ModelColumn *c, bool differs) {
  if (!c->column || !c->node.ref || !c->declared_in.ref ||
      c->node.file != c->declared_in.file)
    return false;
  uint32_t file = c->node.file;
  const ProjectFile *f = cx->project->files[file];
  if (f->tree.has_errors || f->is_stub || py_kind(&f->tree, c->node.ref) != PY_CALL)
    return false;
  ColumnPlace p = {.cx = cx,
                   .in = codemod_in(cx, file),
                   .t = &f->tree,
                   .file = file,
                   .model = m,
                   .column = c->column,
                   .cls = c->declared_in.ref,
                   .key = c->key,
                   .call = c->node.ref,
                   .differs = differs};
  if (!makes_column(&p))
    return false;
  Ref value = p.call, parent = rule_parent(p.in, p.call);
  if (py_kind(p.t, parent) == PY_CALL &&
      resolve_call_api(cx->resolver, file, parent) == API_sqlalchemy_orm_deferred)
    value = p.deferred = parent;
  p.stmt = assignment(&p, value);
  if (p.stmt)
    column(&p);
  return p.stmt != 0;
}

// ---- Columns of classes that no model is

static bool has_foreign_base(const CodemodCtx *cx, Place cls) {
  const PyTree *t = &cx->project->files[cls.file]->tree;
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Origin o = resolve_expr(cx->resolver, cls.file, args.at[i]);
    if (o.kind != ORIGIN_CLASS && o.kind != ORIGIN_BUILTIN && o.kind != ORIGIN_API)
      return true;
  }
  return false;
}

static const char *why_no_model(const CodemodCtx *cx, Place cls) {
  if (models_class_role(cx->models, cls) != CLASS_PLAIN)
    return "what its call makes is not understood";
  return has_foreign_base(cx, cls)
             ? "a base of its class is not in the project: what it maps cannot be told"
             : "no mapped class of the project has it";
}

typedef struct {
  CodemodCtx *cx;
  const PyTree *t;
  uint32_t file;
  const PlaceMap *reported;
} Rest;

static void leave_columns(const Rest *r, Ref cls) {
  ExprCtx x = reader(r->cx);
  PyRefs body = py_list(r->t, PY_AS(ClassDef, r->t, cls)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref call = py_kind(r->t, body.at[i]) == PY_ASSIGN
                   ? PY_AS(Assign, r->t, body.at[i])->value
                   : 0;
    if (py_kind(r->t, call) != PY_CALL)
      continue;
    if (resolve_call_api(r->cx->resolver, r->file, call) == API_sqlalchemy_orm_deferred)
      call = call_positional(r->t, call, 0);
    if (!call ||
        place_map_get(r->reported, place_key((Place){r->file, call})) != PLACE_MAP_NONE ||
        (resolve_call_api(r->cx->resolver, r->file, call) != API_sqlalchemy_Column &&
         !partial_column(&x, r->file, call).ref))
      continue;
    Site *s = codemod_site(r->cx, "T110", r->file, py_span(r->t, body.at[i]),
                           "a Column without a type for Python");
    codemod_leave(r->cx, s, (Place){r->file, cls}, "%s",
                  why_no_model(r->cx, (Place){r->file, cls}));
  }
}

static bool enter_class(void *data, Ref ref) {
  const Rest *r = data;
  if (py_kind(r->t, ref) == PY_CLASS_DEF)
    leave_columns(r, ref);
  return true;
}

typedef struct {
  const Model *model;
  const ModelColumn *column;
  bool differs;
} Found;

static bool is_same(const SqlColumn *a, const SqlColumn *b) {
  return a && b && a->nullable == b->nullable && a->primary_key == b->primary_key &&
         a->type.api == b->type.api && str_eq(a->type.text, b->type.text);
}

static void run(CodemodCtx *cx) {
  PlaceMap seen = {0}; // a mixin's column is that of every class that has it
  Vec(Found) found = {0};
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    const Model *m = models_at(cx->models, i);
    for (uint32_t k = 0; k < m->column_count; k++) {
      const ModelColumn *c = &m->columns[k];
      if (c->inherited) // the class above has it, which may come later
        continue;
      uint64_t key = place_key(c->node);
      uint32_t at = c->node.ref ? place_map_get(&seen, key) : PLACE_MAP_NONE;
      if (at != PLACE_MAP_NONE) {
        Found *f = &found.items[at];
        f->differs = f->differs || !is_same(f->column->column, c->column);
      } else if (c->node.ref) {
        place_map_set(&seen, key, (uint32_t)found.len);
        vec_push(&found, (Found){m, c, false});
      }
    }
  }
  PlaceMap reported = {0};
  for (size_t i = 0; i < found.len; i++)
    if (look_at(cx, found.items[i].model, found.items[i].column, found.items[i].differs))
      place_map_set(&reported, place_key(found.items[i].column->node), 1);
  for (uint32_t file = 0; file < cx->project->file_count; file++) {
    const ProjectFile *f = cx->project->files[file];
    Rest rest = {cx, &f->tree, file, &reported};
    PyVisitor v = {.enter = enter_class, .data = &rest};
    if (codemod_reads(cx, file))
      py_walk(&f->tree, f->tree.root, &v);
  }
  vec_free(&found);
  place_map_free(&seen);
  place_map_free(&reported);
}

const Codemod codemod_typed_columns = {
    .name = "typed-columns", .codes = codes, .profile = PROFILE_MODERN, .run = run};
