// M109, M110: metadata that was bound to an engine. 2.0 binds none: the argument goes and
// the calls that relied on it say the engine themselves.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M109", "bound-metadata"}, {"M110", "create-all-no-bind"}, {NULL, NULL}};

typedef struct {
  Ref call;   // MetaData(bind=engine), declarative_base(bind=engine)
  Ref node;   // the argument, its Keyword where it is one
  Ref engine; // its value
} Bound;

typedef struct {
  uint32_t file;
  Ref call; // create_all() without an engine
} Unbound;

typedef struct {
  CodemodCtx *cx;
  uint32_t file; // that is being walked
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

static bool enter(void *data, Ref r) {
  Walk *w = data;
  CodemodCtx *cx = w->cx;
  const PyTree *t = &cx->project->files[w->file]->tree;
  if (py_kind(t, r) != PY_CALL)
    return true;
  Str method = call_method_text(codemod_in(cx, w->file), r);
  Bound b;
  if (str_is(method, "create_all") || str_is(method, "drop_all") ||
      str_is(method, "reflect")) {
    if (!call_argument(t, r, atom_of(cx, "bind"), 0) && !call_has_stars(t, r))
      vec_push(&w->unbound, (Unbound){w->file, r});
  } else if (read_bound(cx, (Place){w->file, r}, &b)) {
    vec_push(&w->bound, (Place){w->file, r});
  }
  return true;
}

// The call that made the metadata: of `metadata`, or of the Base in `Base.metadata`.
static Place maker(CodemodCtx *cx, const Unbound *u) {
  const PyTree *t = &cx->project->files[u->file]->tree;
  Ref receiver = call_receiver(t, u->call);
  Origin o = resolve_expr(cx->resolver, u->file, receiver);
  if (o.kind == ORIGIN_VARIABLE && o.proven && o.value.ref)
    return o.value;
  if (py_kind(t, receiver) != PY_ATTRIBUTE ||
      PY_AS(Attribute, t, receiver)->attr != atom_of(cx, "metadata"))
    return (Place){0, 0};
  o = resolve_expr(cx->resolver, u->file, PY_AS(Attribute, t, receiver)->value);
  return o.kind == ORIGIN_VARIABLE && o.proven ? o.value : (Place){0, 0};
}

// The engine as it is spelled at the call; absent where it cannot be named there.
static Str engine_at(CodemodCtx *cx, Place bound, Ref engine, const Unbound *u) {
  const PyTree *t = &cx->project->files[bound.file]->tree;
  if (py_kind(t, engine) != PY_NAME)
    return (Str){0};
  Atom name = PY_AS(Name, t, engine)->id;
  const PyScopes *s = cx->project->files[u->file]->scopes;
  uint32_t found = py_scopes_lookup(s, py_scopes_at(s, u->call), name);
  Origin there = resolve_expr(cx->resolver, bound.file, engine);
  if (found == NO_SYMBOL || s->symbols[found].scope != 0 || !there.proven)
    return (Str){0};
  Origin here = resolve_global(cx->resolver, u->file, name);
  bool same = here.proven && here.kind == there.kind && here.kind == ORIGIN_VARIABLE &&
              place_eq(here.at, there.at);
  return same ? atom_str(cx->project->names, name) : (Str){0};
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
  for (size_t i = 0; i < w->unbound.len; i++) {
    const Unbound *u = &w->unbound.items[i];
    if (!place_eq(maker(cx, u), call))
      continue;
    Site *use = codemod_site(cx, "M110", u->file,
                             py_span(&cx->project->files[u->file]->tree, u->call),
                             "the engine has to be named here");
    codemod_join(cx, use);
    Str engine = engine_at(cx, call, b.engine, u);
    if (!engine.ptr) {
      codemod_refuse(cx, (Place){u->file, u->call}, "the engine has no name here");
      break;
    }
    RuleCtx *there = codemod_in(cx, u->file);
    bool empty = !py_list(there->tree, PY_AS(Call, there->tree, u->call)->args).len;
    fix_insert(there, PY_AS(Call, there->tree, u->call)->open + 1,
               str_format(cx->arena, "%.*s%s", STR_ARG(engine), empty ? "" : ", "));
  }
  fix_delete_argument(in, b.call, b.node);
  codemod_close(cx);
}

static void run(CodemodCtx *cx) {
  Walk w = {.cx = cx};
  for (w.file = 0; w.file < cx->project->file_count; w.file++) {
    const ProjectFile *f = cx->project->files[w.file];
    if (!f->readable || f->is_stub || f->tree.has_errors || !f->tree.root)
      continue;
    PyVisitor v = {.enter = enter, .data = &w};
    py_walk(&f->tree, f->tree.root, &v);
  }
  for (size_t i = 0; i < w.bound.len; i++)
    unbind(cx, &w, w.bound.items[i]);
  vec_free(&w.bound);
  vec_free(&w.unbound);
}

const Codemod codemod_bound_metadata = {
    .name = "bound-metadata", .codes = codes, .profile = PROFILE_COMPAT, .run = run};
