// M108, M109, M110, M111: metadata that was bound to an engine. 2.0 binds none: the
// argument goes and the calls that relied on it say the engine themselves. Statements
// that executed themselves over it are reported: `t.insert().execute()` names no engine,
// and whether its rows are read after a block is for a person to see.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M108", "statement-execute", "A statement that executes itself over bound metadata"},
    {"M109", "bound-metadata",
     "MetaData, Base or a session bound to an engine through the metadata"},
    {"M110", "create-all-no-bind",
     "create_all(), drop_all() or reflect() without an engine"},
    {"M111", "table-autoload", "Table(..., autoload=True)"},
    {.code = NULL}};

typedef struct {
  Ref call;   // MetaData(bind=engine), declarative_base(bind=engine)
  Ref node;   // the argument, its Keyword where it is one
  Ref engine; // its value
} Bound;

typedef struct {
  uint32_t file;
  Ref call;      // create_all() without an engine, a Table, a statement's execute()
  Ref autoload;  // of a Table: the keyword that asks for the engine
  bool executes; // a statement
  Place maker;   // the call that made its metadata; ref 0: not known
} Unbound;

typedef struct {
  CodemodCtx *cx;
  uint32_t file; // that is being walked
  Atom bind, autoload;
  Vec(Unbound) unbound;
  Vec(Place) bound; // calls
} Walk;

static Atom atom_of(const CodemodCtx *cx, const char *name) {
  return intern(resolver_names(cx->resolver), str_from(name));
}

static bool read_bound(CodemodCtx *cx, Place call, Bound *out) {
  const PyTree *t = &cx->project->files[call.file]->tree;
  ApiId api = resolve_call_api(cx->resolver, call.file, call.ref);
  bool metadata = api == API_sqlalchemy_MetaData;
  if (!metadata && api != API_sqlalchemy_orm_declarative_base)
    return false;
  *out = (Bound){.call = call.ref};
  out->node = call_keyword_node(t, call.ref, atom_of(cx, "bind"));
  if (!out->node && metadata)
    out->node = call_positional(t, call.ref, 0);
  if (!out->node)
    return false;
  out->engine = py_kind(t, out->node) == PY_KEYWORD ? PY_AS(Keyword, t, out->node)->value
                                                    : out->node;
  return !is_none(t, out->engine);
}

// The `autoload=True` of a Table that says no engine.
static Ref table_autoload(CodemodCtx *cx, uint32_t file, Ref call) {
  const PyTree *t = &cx->project->files[file]->tree;
  Ref node = call_keyword_node(t, call, atom_of(cx, "autoload"));
  bool wanted = node && is_true(t, PY_AS(Keyword, t, node)->value) &&
                !call_keyword_node(t, call, atom_of(cx, "autoload_with")) &&
                resolve_call_api(cx->resolver, file, call) == API_sqlalchemy_Table;
  return wanted ? node : 0;
}

static bool is_statement(CodemodCtx *cx, uint32_t file, Ref expr) {
  if (!expr)
    return false;
  Value v = value_of(cx->values, file, expr);
  switch (v.kind) {
  case VALUE_SELECT:
  case VALUE_COMPOUND_SELECT:
  case VALUE_TEXTUAL_SELECT:
  case VALUE_TEXT:
  case VALUE_INSERT:
  case VALUE_UPDATE:
  case VALUE_DELETE:
  case VALUE_DDL:
  case VALUE_EXPRESSION: // func.now().scalar()
    return v.sure == SURE_PROVEN;
  default:
    return false;
  }
}

// metadata.bind = engine
static void assignment(const Walk *all, Ref assign) {
  CodemodCtx *cx = all->cx;
  CodemodWalk w = codemod_walk(cx, all->file);
  PyRefs targets = py_list(w.t, PY_AS(Assign, w.t, assign)->targets);
  for (uint32_t i = 0; i < targets.len; i++) {
    if (py_kind(w.t, targets.at[i]) != PY_ATTRIBUTE)
      continue;
    const PyAttribute *a = PY_AS(Attribute, w.t, targets.at[i]);
    if (a->attr == all->bind && codemod_value(&w, a->value).kind == VALUE_METADATA &&
        !is_none(w.t, PY_AS(Assign, w.t, assign)->value))
      codemod_report(&w, "M109", assign, "2.0 binds no metadata to an engine",
                     "this does nothing on 2.0: what found its engine by it has to name "
                     "the engine itself");
  }
}

static bool enter(void *data, Ref r) {
  Walk *w = data;
  CodemodCtx *cx = w->cx;
  const PyTree *t = &cx->project->files[w->file]->tree;
  if (py_kind(t, r) == PY_ASSIGN)
    assignment(w, r);
  if (py_kind(t, r) != PY_CALL)
    return true;
  Str method = call_method_text(codemod_in(cx, w->file), r);
  Bound b;
  Ref autoload =
      call_keyword_node(t, r, w->autoload) ? table_autoload(cx, w->file, r) : 0;
  bool bound = call_keyword_node(t, r, w->bind) || call_positional(t, r, 0);
  if (str_is(method, "create_all") || str_is(method, "drop_all") ||
      str_is(method, "reflect")) {
    if (!call_argument(t, r, w->bind, 0) && !call_has_stars(t, r))
      vec_push(&w->unbound, (Unbound){.file = w->file, .call = r});
  } else if (autoload) {
    vec_push(&w->unbound, (Unbound){.file = w->file, .call = r, .autoload = autoload});
  } else if ((str_is(method, "execute") || str_is(method, "scalar")) &&
             is_statement(cx, w->file, call_receiver(t, r))) {
    vec_push(&w->unbound, (Unbound){.file = w->file, .call = r, .executes = true});
  } else if (bound && read_bound(cx, (Place){w->file, r}, &b)) {
    vec_push(&w->bound, (Place){w->file, r});
  }
  return true;
}

// The call that made the metadata `expr`: of `metadata`, or of the Base in
// `Base.metadata`.
static Place maker_of(CodemodCtx *cx, uint32_t file, Ref expr) {
  const PyTree *t = &cx->project->files[file]->tree;
  if (!expr)
    return (Place){0, 0};
  Origin o = resolve_expr(cx->resolver, file, expr);
  if (o.kind == ORIGIN_VARIABLE && o.proven && o.value.ref)
    return o.value;
  if (py_kind(t, expr) != PY_ATTRIBUTE ||
      PY_AS(Attribute, t, expr)->attr != atom_of(cx, "metadata"))
    return (Place){0, 0};
  o = resolve_expr(cx->resolver, file, PY_AS(Attribute, t, expr)->value);
  return o.kind == ORIGIN_VARIABLE && o.proven ? o.value : (Place){0, 0};
}

static Place maker_of_table(CodemodCtx *cx, Place table) {
  const PyTree *t = &cx->project->files[table.file]->tree;
  return maker_of(cx, table.file,
                  call_argument(t, table.ref, atom_of(cx, "metadata"), 1));
}

// That of the table which a chain like t.insert().values(...) starts with.
static Place maker_of_statement(CodemodCtx *cx, uint32_t file, Ref statement) {
  const PyTree *t = &cx->project->files[file]->tree;
  Ref r = statement;
  while (py_kind(t, r) == PY_CALL)
    r = call_receiver(t, r);
  Value v = r ? value_of(cx->values, file, r) : (Value){0};
  bool table = v.kind == VALUE_TABLE && v.sure == SURE_PROVEN && v.owner.ref &&
               py_kind(&cx->project->files[v.owner.file]->tree, v.owner.ref) == PY_CALL;
  return table ? maker_of_table(cx, v.owner) : (Place){0, 0};
}

static Place maker(CodemodCtx *cx, const Unbound *u) {
  const PyTree *t = &cx->project->files[u->file]->tree;
  if (u->autoload)
    return maker_of_table(cx, (Place){u->file, u->call});
  if (u->executes)
    return maker_of_statement(cx, u->file, call_receiver(t, u->call));
  return maker_of(cx, u->file, call_receiver(t, u->call));
}

// True where the call may rely on any binding, since its metadata is not known. What is
// called reflect() may be something else.
static bool may_rely(CodemodCtx *cx, const Unbound *u) {
  if (u->maker.ref || u->autoload || u->executes)
    return !u->maker.ref;
  const PyTree *t = &cx->project->files[u->file]->tree;
  Ref receiver = call_receiver(t, u->call);
  ValueKind kind =
      receiver ? (ValueKind)value_of(cx->values, u->file, receiver).kind : VALUE_UNKNOWN;
  Str method = call_method_text(codemod_in(cx, u->file), u->call);
  return kind == VALUE_METADATA || (kind == VALUE_UNKNOWN && !str_is(method, "reflect"));
}

// The engine as it is spelled at the call; absent where it cannot be named there.
static Str engine_at(CodemodCtx *cx, Place bound, Ref engine, const Unbound *u) {
  const PyTree *t = &cx->project->files[bound.file]->tree;
  if (py_kind(t, engine) != PY_NAME)
    return (Str){0};
  Atom name = PY_AS(Name, t, engine)->id;
  const PyScopes *s = cx->project->files[u->file]->scopes;
  uint32_t found = py_scopes_lookup(s, py_scopes_at(s, u->call), name);
  if (found == NO_SYMBOL)
    return (Str){0};
  bool same;
  if (u->file == bound.file) { // the same variable, bound once
    same = py_scopes_target(s, py_scopes_symbol_of(s, engine)) == found &&
           s->symbols[found].first == s->symbols[found].last;
  } else {
    Origin there = resolve_expr(cx->resolver, bound.file, engine);
    Origin here = resolve_global(cx->resolver, u->file, name);
    same = s->symbols[found].scope == 0 && here.proven && there.proven &&
           here.kind == there.kind && here.kind == ORIGIN_VARIABLE &&
           place_eq(here.at, there.at);
  }
  return same ? atom_str(cx->project->names, name) : (Str){0};
}

// The call that relied on the binding names the engine itself.
static void name_engine(CodemodCtx *cx, Place call, Ref engine, const Unbound *u) {
  Site *use = codemod_site(cx, u->autoload ? "M111" : "M110", u->file,
                           py_span(&cx->project->files[u->file]->tree, u->call),
                           "the engine has to be named here");
  codemod_join(cx, use);
  Str text = engine_at(cx, call, engine, u);
  if (!text.ptr) {
    codemod_refuse(cx, (Place){u->file, u->call}, "the engine has no name here");
    return;
  }
  RuleCtx *there = codemod_in(cx, u->file);
  if (u->autoload) {
    fix_printf(there, py_span(there->tree, u->autoload), "autoload_with=%.*s",
               STR_ARG(text));
    return;
  }
  bool empty = !py_list(there->tree, PY_AS(Call, there->tree, u->call)->args).len;
  fix_printf(there,
             (Span){PY_AS(Call, there->tree, u->call)->open + 1,
                    PY_AS(Call, there->tree, u->call)->open + 1},
             "%.*s%s", STR_ARG(text), empty ? "" : ", ");
}

static void unbind(CodemodCtx *cx, const Walk *w, Place call) {
  Bound b;
  if (!read_bound(cx, call, &b))
    return;
  const PyTree *t = &cx->project->files[call.file]->tree;
  Site *s = codemod_site(cx, "M109", call.file, py_span(t, b.call),
                         "2.0 binds no metadata to an engine");
  if (!codemod_open(cx, s))
    return;
  codemod_by_hand(cx, s,
                  "statements and sessions that found their engine by this binding");
  RuleCtx *in = codemod_in(cx, call.file);
  if (!is_simple(t, b.engine))
    codemod_refuse(cx, (Place){call.file, b.engine},
                   "the engine is made in the argument");
  if (call_keyword_node(t, b.call, atom_of(cx, "reflect")))
    codemod_refuse(cx, call, "`reflect=` reads the tables over this binding");
  for (size_t i = 0; i < w->unbound.len; i++) {
    const Unbound *u = &w->unbound.items[i];
    if (may_rely(cx, u))
      codemod_refuse(cx, (Place){u->file, u->call},
                     "which metadata this relies on is not known");
    else if (!place_eq(u->maker, call))
      continue;
    else if (u->executes)
      codemod_refuse(cx, (Place){u->file, u->call},
                     "a statement is executed over this binding");
    else
      name_engine(cx, call, b.engine, u);
  }
  fix_delete_argument(in, b.call, b.node);
  codemod_close(cx);
}

static void report_execution(CodemodCtx *cx, const Unbound *u) {
  CodemodWalk w = codemod_walk(cx, u->file);
  codemod_report(&w, "M108", u->call, "a statement executes nothing itself any more",
                 "which engine or connection executes it is not written: give it to "
                 "execute() of a connection");
}

static void run(CodemodCtx *cx) {
  Walk w = {.cx = cx, .bind = atom_of(cx, "bind"), .autoload = atom_of(cx, "autoload")};
  for (w.file = 0; w.file < cx->project->file_count; w.file++) {
    if (!codemod_reads(cx, w.file))
      continue;
    const PyTree *t = &cx->project->files[w.file]->tree;
    PyVisitor v = {.enter = enter, .data = &w};
    py_walk(t, t->root, &v);
  }
  for (size_t i = 0; i < w.unbound.len && w.bound.len; i++)
    w.unbound.items[i].maker = maker(cx, &w.unbound.items[i]);
  for (size_t i = 0; i < w.unbound.len; i++)
    if (w.unbound.items[i].executes)
      report_execution(cx, &w.unbound.items[i]);
  for (size_t i = 0; i < w.bound.len; i++)
    unbind(cx, &w, w.bound.items[i]);
  vec_free(&w.bound);
  vec_free(&w.unbound);
}

const Codemod codemod_bound_metadata = {
    .name = "bound-metadata", .codes = codes, .profile = PROFILE_COMPAT, .run = run};
