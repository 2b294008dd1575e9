// async_form.c: which functions become coroutines, and the edits that make them so.
#include "agent/async_form.h"

#include "python/parse.h"
#include "text/edit.h"

typedef struct {
  Ref def, klass; // klass 0: a function of the module
  Atom name;
  bool runs;   // runs SQL, or calls what does
  Str refused; // why it stays as it is
} Fn;

typedef struct {
  Arena *arena;
  Interner *names;
  PyTree tree;
  Ref *parents;
  Vec(Fn) fns;
  Vec(Ref) calls, withs, yields, uses; // uses: Name nodes called Session
  EditList edits;
  AsyncForm *out;
} Form;

static const char awaited[] = "execute scalars scalar get get_one commit flush refresh "
                              "rollback delete merge close connection";
static const char plain[] = "add add_all expunge expunge_all expire expire_all "
                            "is_modified in_transaction get_bind";
static const char sessions[] = "session db db_session dbsession sess s";

static bool is_in(const char *list, Str word) {
  Str rest = str_from(list), part;
  while (str_next_part(&rest, ' ', &part))
    if (str_eq(part, word))
      return true;
  return false;
}

static Str name_of(const Form *f, Atom a) {
  return a ? atom_str(f->names, a) : STR("");
}

// ---- Reading

static bool collect(void *data, Ref r) {
  Form *f = data;
  switch (py_kind(&f->tree, r)) {
  case PY_CALL:
    vec_push(&f->calls, r);
    break;
  case PY_WITH:
    vec_push(&f->withs, r);
    break;
  case PY_YIELD:
  case PY_YIELD_FROM:
    vec_push(&f->yields, r);
    break;
  case PY_NAME:
    if (str_is(name_of(f, PY_AS(Name, &f->tree, r)->id), "Session"))
      vec_push(&f->uses, r);
    break;
  case PY_FUNCTION_DEF: {
    Ref above = py_parent(f->parents, r);
    while (above && py_kind(&f->tree, above) != PY_CLASS_DEF &&
           py_kind(&f->tree, above) != PY_FUNCTION_DEF)
      above = py_parent(f->parents, above);
    if (py_kind(&f->tree, above) != PY_FUNCTION_DEF)
      vec_push(&f->fns, (Fn){.def = r,
                             .klass = above,
                             .name = PY_AS(FunctionDef, &f->tree, r)->name,
                             .refused = STR("")});
    break;
  }
  default:
    break;
  }
  return true;
}

static uint32_t line_of(const Form *f, Ref r) {
  return source_position(f->tree.source, py_span(&f->tree, r).start).line;
}

static Fn *fn_of(Form *f, Ref def) {
  for (size_t i = 0; i < f->fns.len; i++)
    if (f->fns.items[i].def == def)
      return &f->fns.items[i];
  return NULL;
}

// The function whose body runs the node; NULL at the module's level. `*within` is what
// stands between that no await can cross.
static Fn *around(Form *f, Ref r, const char **within) {
  *within = NULL;
  uint32_t start = py_span(&f->tree, r).start;
  for (Ref up = py_parent(f->parents, r); up; up = py_parent(f->parents, up)) {
    PyKind kind = py_kind(&f->tree, up);
    if (kind == PY_LAMBDA)
      *within = "a lambda";
    else if (kind == PY_GENERATOR_EXP)
      *within = "a generator expression";
    if (kind != PY_FUNCTION_DEF)
      continue;
    PyRefs body = py_list(&f->tree, PY_AS(FunctionDef, &f->tree, up)->body);
    if (body.len && start < py_span(&f->tree, body.at[0]).start)
      continue; // a default or a decorator
    Fn *fn = fn_of(f, up);
    if (fn)
      return fn;
    *within = "a function within it";
  }
  return f->fns.len == 1 && !f->fns.items[0].def ? &f->fns.items[0] : NULL;
}

static bool is_async(const Form *f, const Fn *fn) {
  return fn->def && py_node(&f->tree, fn->def)->flags & PYF_ASYNC;
}

// `session`, `db`, `self.session`: what is called so where a Session is meant.
static bool is_session(const Form *f, Ref r) {
  const PyTree *t = &f->tree;
  Str name = STR("");
  if (py_kind(t, r) == PY_NAME)
    name = name_of(f, PY_AS(Name, t, r)->id);
  else if (py_kind(t, r) == PY_ATTRIBUTE &&
           py_kind(t, PY_AS(Attribute, t, r)->value) == PY_NAME)
    name = name_of(f, PY_AS(Attribute, t, r)->attr);
  while (name.len && name.ptr[0] == '_')
    name = str_slice(name, 1, name.len);
  return name.len && is_in(sessions, name);
}

// The method of a session that is called, "" where something else is.
static Str session_method(const Form *f, Ref call) {
  Ref func = PY_AS(Call, &f->tree, call)->func;
  if (py_kind(&f->tree, func) != PY_ATTRIBUTE)
    return STR("");
  const PyAttribute *a = PY_AS(Attribute, &f->tree, func);
  return is_session(f, a->value) ? name_of(f, a->attr) : STR("");
}

// A session that a factory makes: Session(engine), SessionLocal().
static bool makes_session(const Form *f, Ref r) {
  if (py_kind(&f->tree, r) != PY_CALL)
    return false;
  Str func = py_text(&f->tree, PY_AS(Call, &f->tree, r)->func);
  return str_ends(func, STR("Session")) || str_ends(func, STR("SessionLocal")) ||
         str_ends(func, STR("session_factory")) || str_ends(func, STR("session_maker"));
}

static void refuse(Form *f, Fn *fn, Ref at, const char *format, Str what) {
  if (fn && !fn->refused.len) {
    Buf b = {0};
    buf_printf(&b, format, STR_ARG(what));
    fn->refused = str_format(f->arena, "`%.*s()` is left as it is: %.*s (line %u)",
                             STR_ARG(name_of(f, fn->name)), STR_ARG(buf_str(&b)),
                             (unsigned)line_of(f, at));
    buf_free(&b);
  }
}

// Whether all that the `with` enters are sessions or their transactions; `*some` are.
static bool enters_sessions(const Form *f, Ref with, bool *some) {
  PyRefs items = py_list(&f->tree, PY_AS(With, &f->tree, with)->items);
  bool all = true;
  *some = false;
  for (uint32_t i = 0; i < items.len; i++) {
    Ref context = PY_AS(WithItem, &f->tree, items.at[i])->context;
    bool own = makes_session(f, context) || is_session(f, context) ||
               (py_kind(&f->tree, context) == PY_CALL &&
                is_in("begin begin_nested", session_method(f, context)));
    all = all && own;
    *some |= own;
  }
  return all;
}

static bool is_entered(const Form *f, Ref call) {
  return py_kind(&f->tree, py_parent(f->parents, call)) == PY_WITH_ITEM;
}

static void read_calls(Form *f) {
  for (size_t i = 0; i < f->calls.len; i++) {
    Ref call = f->calls.items[i];
    Str method = session_method(f, call);
    const char *within;
    Fn *fn = method.len ? around(f, call, &within) : NULL;
    if (!fn || is_async(f, fn) || is_in(plain, method))
      continue;
    fn->runs = true;
    if (is_in("begin begin_nested", method) && is_entered(f, call))
      continue;
    if (!is_in(awaited, method))
      refuse(f, fn, call, "`%.*s()` of a session has no async form", method);
    else if (within)
      refuse(f, fn, call, "%.*s runs SQL", str_from(within));
  }
  for (size_t i = 0; i < f->withs.len; i++) {
    bool some;
    const char *within;
    bool all = enters_sessions(f, f->withs.items[i], &some);
    Fn *fn = some ? around(f, f->withs.items[i], &within) : NULL;
    if (!fn || is_async(f, fn))
      continue;
    fn->runs = true;
    if (!all)
      refuse(f, fn, f->withs.items[i],
             "one `with` enters a session and something else%.*s", STR(""));
  }
}

static void read_forms(Form *f) {
  for (size_t i = 0; i < f->yields.len; i++) {
    const char *within;
    Ref r = f->yields.items[i];
    Fn *fn = around(f, r, &within);
    bool session = py_kind(&f->tree, r) == PY_YIELD &&
                   is_session(f, PY_AS(Yield, &f->tree, r)->value);
    if (fn && !session)
      refuse(f, fn, r, "it is a generator, and who reads it would have to change%.*s",
             STR(""));
  }
  for (size_t i = 0; i < f->fns.len && f->fns.items[i].def; i++) {
    Fn *fn = &f->fns.items[i];
    const PyFunctionDef *d = PY_AS(FunctionDef, &f->tree, fn->def);
    PyRefs marks = py_list(&f->tree, d->decorators);
    for (uint32_t k = 0; k < marks.len; k++)
      if (str_ends(py_text(&f->tree, marks.at[k]), STR("property")))
        refuse(f, fn, fn->def, "a property cannot be awaited%.*s", STR(""));
    if (fn->klass && str_starts(name_of(f, fn->name), STR("__")))
      refuse(f, fn, fn->def, "Python calls this method itself, and does not await it%.*s",
             STR(""));
  }
}

// The function of this module, or the method of the same object, that is called.
static Fn *callee(Form *f, Ref call, const Fn *caller) {
  const PyTree *t = &f->tree;
  Ref func = PY_AS(Call, t, call)->func;
  bool name = py_kind(t, func) == PY_NAME;
  bool own = py_kind(t, func) == PY_ATTRIBUTE && caller && caller->klass &&
             str_is(py_text(t, PY_AS(Attribute, t, func)->value), "self");
  Atom called = name  ? PY_AS(Name, t, func)->id
                : own ? PY_AS(Attribute, t, func)->attr
                      : 0;
  for (size_t i = 0; called && i < f->fns.len; i++) {
    Fn *fn = &f->fns.items[i];
    if (fn->def && fn->name == called && fn->klass == (name ? 0 : caller->klass))
      return fn;
  }
  return NULL;
}

// Callers of coroutines are coroutines; one that cannot be keeps what it calls from it.
static void spread(Form *f) {
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < f->calls.len; i++) {
      const char *within;
      Fn *caller = around(f, f->calls.items[i], &within);
      Fn *called = callee(f, f->calls.items[i], caller);
      if (!called || !called->runs || called->refused.len || is_async(f, called))
        continue;
      bool stuck = within || (caller && caller->refused.len);
      if (stuck) {
        refuse(f, called, f->calls.items[i], "%.*s calls it and stays as it is",
               within ? str_from(within) : name_of(f, caller->name));
        again = true;
      } else if (caller && !caller->runs && !is_async(f, caller)) {
        caller->runs = true;
        again = true;
      }
    }
  }
}

static bool changes(const Form *f, const Fn *fn) {
  return fn && fn->runs && !fn->refused.len && !is_async(f, fn);
}

// ---- Edits

static void edit(Form *f, Span span, const char *text) {
  vec_push(&f->edits, (Edit){.span = span, .text = str_from(text), .group = 0});
}

static void await_call(Form *f, Ref call) {
  Ref up = py_parent(f->parents, call);
  PyKind kind = py_kind(&f->tree, up);
  Span s = py_span(&f->tree, call);
  bool first = (kind == PY_ATTRIBUTE) ||
               (kind == PY_SUBSCRIPT && PY_AS(Subscript, &f->tree, up)->value == call) ||
               (kind == PY_CALL && PY_AS(Call, &f->tree, up)->func == call);
  edit(f, (Span){s.start, s.start}, first ? "(await " : "await ");
  if (first)
    edit(f, (Span){s.end, s.end}, ")");
}

static void write_calls(Form *f) {
  for (size_t i = 0; i < f->calls.len; i++) {
    Ref call = f->calls.items[i];
    const char *within;
    Fn *caller = around(f, call, &within), *called = callee(f, call, caller);
    bool runs = is_in(awaited, session_method(f, call));
    if (changes(f, caller) && (runs || changes(f, called)))
      await_call(f, call);
    else if (!caller && changes(f, called))
      vec_push(&f->out->left,
               str_format(f->arena,
                          "line %u calls `%.*s()` where nothing can be awaited: run it "
                          "with asyncio.run()",
                          (unsigned)line_of(f, call), STR_ARG(name_of(f, called->name))));
  }
  for (size_t i = 0; i < f->withs.len; i++) {
    bool some;
    const char *within;
    uint32_t start = py_span(&f->tree, f->withs.items[i]).start;
    if (enters_sessions(f, f->withs.items[i], &some) && some &&
        changes(f, around(f, f->withs.items[i], &within)))
      edit(f, (Span){start, start}, "async ");
  }
}

// Behind decorators.
static uint32_t def_start(const Form *f, const Fn *fn) {
  const PyFunctionDef *d = PY_AS(FunctionDef, &f->tree, fn->def);
  PyRefs marks = py_list(&f->tree, d->decorators);
  uint32_t from = marks.len ? py_span(&f->tree, marks.at[marks.len - 1]).end
                            : py_span(&f->tree, fn->def).start;
  size_t at = str_find(f->tree.source->text, STR("def"), from);
  return (uint32_t)at;
}

static bool yields_session(Form *f, const Fn *fn) {
  const char *within;
  for (size_t i = 0; i < f->yields.len; i++)
    if (around(f, f->yields.items[i], &within) == fn)
      return true;
  return false;
}

static bool write_functions(Form *f) {
  bool iterates = false;
  for (size_t i = 0; i < f->fns.len; i++) {
    const Fn *fn = &f->fns.items[i];
    if (fn->refused.len && fn->runs)
      vec_push(&f->out->left, fn->refused);
    if (!changes(f, fn))
      continue;
    f->out->functions++;
    if (!fn->def)
      continue;
    uint32_t at = def_start(f, fn);
    edit(f, (Span){at, at}, "async ");
    Ref returns = PY_AS(FunctionDef, &f->tree, fn->def)->returns;
    if (returns && yields_session(f, fn)) {
      edit(f, py_span(&f->tree, returns), "AsyncIterator[AsyncSession]");
      iterates = true;
    }
  }
  return iterates;
}

// Whether a name `Session` is the type of what a coroutine gets, or of what the methods
// of its class keep; `*done`: another edit writes it.
static bool is_type(Form *f, Ref use, bool *done) {
  *done = false;
  Ref from = use, call = py_parent(f->parents, use);
  const char *within;
  if (py_kind(&f->tree, call) == PY_CALL && PY_AS(Call, &f->tree, call)->func == use)
    return is_entered(f, call) && changes(f, around(f, call, &within));
  for (Ref up = py_parent(f->parents, use); up; up = py_parent(f->parents, up)) {
    if (py_kind(&f->tree, up) == PY_FUNCTION_DEF) {
      const PyFunctionDef *d = PY_AS(FunctionDef, &f->tree, up);
      Fn *fn = fn_of(f, up);
      if (!fn || (from != d->params && from != d->returns))
        return false;
      *done = from == d->returns && changes(f, fn) && yields_session(f, fn);
      bool keeps = false;
      for (size_t i = 0; fn->klass && i < f->fns.len; i++)
        keeps |= f->fns.items[i].klass == fn->klass && changes(f, &f->fns.items[i]);
      return changes(f, fn) || (keeps && str_is(name_of(f, fn->name), "__init__"));
    }
    from = up;
  }
  return false;
}

static const char import_session[] = "from sqlalchemy.ext.asyncio import AsyncSession";

// The import of Session: replaced where nothing else needs it, else the new one follows.
static void write_import(Form *f, bool needed, bool iterates) {
  PyRefs body = py_list(&f->tree, PY_AS(Module, &f->tree, f->tree.root)->body);
  const char *more = iterates ? "from collections.abc import AsyncIterator\n" : "";
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(&f->tree, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *m = PY_AS(ImportFrom, &f->tree, body.at[i]);
    PyRefs names = py_list(&f->tree, m->names);
    Span s = py_span(&f->tree, body.at[i]);
    Buf rest = {0};
    bool found = false;
    for (uint32_t k = 0; k < names.len; k++) {
      Str text = py_text(&f->tree, names.at[k]);
      bool own = str_is(text, "Session");
      found |= own;
      if (!own || needed)
        buf_printf(&rest, "%s%.*s", rest.len ? ", " : "", STR_ARG(text));
    }
    bool other = rest.len > 0, comment = py_comment_in(&f->tree, s) != NULL;
    Str line =
        comment || needed
            ? str_format(f->arena, "%.*s\n", STR_ARG(py_text(&f->tree, body.at[i])))
        : other ? str_format(f->arena, "from %.*s import %.*s\n",
                             STR_ARG(name_of(f, m->module)), STR_ARG(buf_str(&rest)))
                : STR("");
    buf_free(&rest);
    if (!found)
      continue;
    edit(f, s,
         str_format(f->arena, "%s%s%s%.*s", more, import_session, line.len ? "\n" : "",
                    STR_ARG(str_trim(line)))
             .ptr);
    return;
  }
  uint32_t at = body.len ? py_span(&f->tree, body.at[0]).start : 0;
  edit(f, (Span){at, at}, str_format(f->arena, "%s%s\n", more, import_session).ptr);
}

static void write_types(Form *f, bool iterates) {
  bool any = iterates, other = false;
  for (size_t i = 0; i < f->uses.len; i++) {
    bool done;
    if (!is_type(f, f->uses.items[i], &done)) {
      other = true;
      continue;
    }
    any = true;
    if (!done)
      edit(f, py_span(&f->tree, f->uses.items[i]), "AsyncSession");
  }
  if (any)
    write_import(f, other, iterates);
}

static void tell_factories(Form *f) {
  static const char *const makers[][2] = {{"create_engine", "create_async_engine"},
                                          {"sessionmaker", "async_sessionmaker"}};
  for (size_t i = 0; i < f->calls.len; i++)
    for (size_t k = 0; k < ARRAY_LEN(makers); k++)
      if (str_is(py_text(&f->tree, PY_AS(Call, &f->tree, f->calls.items[i])->func),
                 makers[k][0]))
        vec_push(&f->out->left,
                 str_format(f->arena,
                            "line %u: `%s()` becomes `%s()` of sqlalchemy.ext.asyncio, "
                            "with an async driver in the URL",
                            (unsigned)line_of(f, f->calls.items[i]), makers[k][0],
                            makers[k][1]));
}

static void convert(Form *f) {
  f->parents = py_build_parents(&f->tree, f->arena);
  py_walk(&f->tree, f->tree.root, &(PyVisitor){.enter = collect, .data = f});
  if (!f->fns.len) // lines of a function that was not shown
    vec_push(&f->fns, (Fn){.refused = STR("")});
  read_calls(f);
  read_forms(f);
  spread(f);
  write_calls(f);
  write_types(f, write_functions(f));
  tell_factories(f);
  Buf b = {0};
  if (f->out->functions)
    edits_apply(f->tree.source->text, &f->edits, 1, &b, NULL);
  f->out->code = str_copy(f->arena, buf_str(&b));
  buf_free(&b);
}

bool async_form(Arena *arena, Str code, AsyncForm *out) {
  *out = (AsyncForm){.code = STR("")};
  Form f = {.arena = arena, .names = interner_new(), .out = out};
  InternCache *cache = intern_cache_new(f.names);
  Source source = {0};
  DiagSink diags = {.arena = arena};
  char *padded = arena_alloc(arena, code.len + SOURCE_PADDING, 1);
  if (code.len)
    memcpy(padded, code.ptr, code.len);
  if (source_init(&source, arena, STR("module"), (Str){padded, code.len}, NULL)) {
    source_index_lines(&source, arena);
    py_parse(&f.tree, &source, cache, &diags);
    if (!f.tree.has_errors)
      convert(&f);
    py_tree_free(&f.tree);
  }
  diag_sink_free(&diags);
  intern_cache_free(cache);
  interner_free(f.names);
  vec_free(&f.fns);
  vec_free(&f.calls);
  vec_free(&f.withs);
  vec_free(&f.yields);
  vec_free(&f.uses);
  vec_free(&f.edits);
  return out->functions > 0;
}

void async_form_free(AsyncForm *f) {
  vec_free(&f->left);
}
