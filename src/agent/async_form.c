// async_form.c: which functions become coroutines.
#include "agent/async_internal.h"

#include <stdarg.h>
#include <stdio.h>

#include "python/parse.h"
#include "query/words.h"

enum {
  MAX_BASES = 16
};

static const char awaited[] = "execute scalars scalar get get_one commit flush refresh "
                              "rollback delete merge close";
static const char plain[] = "add add_all expunge expunge_all expire expire_all "
                            "is_modified in_transaction get_bind";
static const char sessions[] = "session db db_session dbsession sess s";

Str form_name(const Form *f, Atom a) {
  return a ? atom_str(f->names, a) : STR("");
}

uint32_t form_line(const Form *f, Ref r) {
  return source_position(f->tree.source, py_span(&f->tree, r).start).line;
}

void form_tell(Form *f, const char *format, ...) {
  char text[400];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  vec_push(&f->out->left, str_copy(f->arena, str_from(text)));
}

// ---- Reading

static Ref scope_above(const Form *f, Ref r) {
  Ref up = py_parent(f->parents, r);
  while (up && py_kind(&f->tree, up) != PY_CLASS_DEF &&
         py_kind(&f->tree, up) != PY_FUNCTION_DEF)
    up = py_parent(f->parents, up);
  return up;
}

static bool collect(void *data, Ref r) {
  Form *f = data;
  switch (py_kind(&f->tree, r)) {
  case PY_CALL:
    vec_push(&f->calls, (FormCall){.ref = r, .caller = NO_FN, .called = NO_FN});
    break;
  case PY_WITH:
    vec_push(&f->withs, r);
    break;
  case PY_YIELD:
  case PY_YIELD_FROM:
    vec_push(&f->yields, r);
    break;
  case PY_NAME:
    vec_push(&f->uses, r);
    break;
  case PY_ASSIGN:
    vec_push(&f->assigns, r);
    break;
  case PY_FUNCTION_DEF: {
    Ref above = scope_above(f, r);
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

static int fn_of(const Form *f, Ref def) {
  for (size_t i = 0; i < f->fns.len; i++)
    if (f->fns.items[i].def == def)
      return (int)i;
  return NO_FN;
}

int form_around(Form *f, Ref r, const char **within) {
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
    int fn = fn_of(f, up);
    if (fn != NO_FN)
      return fn;
    *within = "a function within it";
  }
  return f->fns.len == 1 && !f->fns.items[0].def ? 0 : NO_FN;
}

bool form_is_async(const Form *f, int fn) {
  Ref def = fn == NO_FN ? 0 : f->fns.items[fn].def;
  return def && py_node(&f->tree, def)->flags & PYF_ASYNC;
}

bool form_changes(const Form *f, int fn) {
  return fn != NO_FN && f->fns.items[fn].runs && !f->fns.items[fn].refused.len &&
         !form_is_async(f, fn);
}

// `session`, `db`, `self.session`: what is called so where a Session is meant.
static bool is_session(const Form *f, Ref r) {
  const PyTree *t = &f->tree;
  Str name = STR("");
  if (py_kind(t, r) == PY_NAME)
    name = form_name(f, PY_AS(Name, t, r)->id);
  else if (py_kind(t, r) == PY_ATTRIBUTE &&
           py_kind(t, PY_AS(Attribute, t, r)->value) == PY_NAME)
    name = form_name(f, PY_AS(Attribute, t, r)->attr);
  while (name.len && name.ptr[0] == '_')
    name = str_slice(name, 1, name.len);
  return name.len && words_in_list(sessions, name);
}

Str form_session_method(const Form *f, Ref call) {
  Ref func = PY_AS(Call, &f->tree, call)->func;
  if (py_kind(&f->tree, func) != PY_ATTRIBUTE)
    return STR("");
  const PyAttribute *a = PY_AS(Attribute, &f->tree, func);
  Str method = is_session(f, a->value) ? form_name(f, a->attr) : STR("");
  bool entity = py_list(&f->tree, PY_AS(Call, &f->tree, call)->args).len > 1;
  // get(url) is one of a dict or of a session of HTTP
  return str_is(method, "get") && !entity ? STR("") : method;
}

bool form_is_awaited(Str method) {
  return words_in_list(awaited, method);
}

// A session that a factory makes: Session(engine), SessionLocal().
static bool makes_session(const Form *f, Ref r) {
  if (py_kind(&f->tree, r) != PY_CALL)
    return false;
  Str func = py_text(&f->tree, PY_AS(Call, &f->tree, r)->func);
  return str_ends(func, STR("Session")) || str_ends(func, STR("SessionLocal")) ||
         str_ends(func, STR("session_factory")) || str_ends(func, STR("session_maker"));
}

static bool is_transaction(const Form *f, Ref r) {
  return py_kind(&f->tree, r) == PY_CALL &&
         words_in_list("begin begin_nested", form_session_method(f, r));
}

bool form_enters_sessions(const Form *f, Ref with, bool *some) {
  PyRefs items = py_list(&f->tree, PY_AS(With, &f->tree, with)->items);
  bool all = true;
  *some = false;
  for (uint32_t i = 0; i < items.len; i++) {
    Ref context = PY_AS(WithItem, &f->tree, items.at[i])->context;
    bool own =
        makes_session(f, context) || is_session(f, context) || is_transaction(f, context);
    all = all && own;
    *some |= own;
  }
  return all;
}

bool form_yields(Form *f, int fn) {
  const char *within;
  for (size_t i = 0; i < f->yields.len; i++)
    if (form_around(f, f->yields.items[i], &within) == fn)
      return true;
  return false;
}

static void refuse(Form *f, int fn, Ref at, Str why) {
  if (fn != NO_FN && !f->fns.items[fn].refused.len)
    f->fns.items[fn].refused =
        str_format(f->arena, "`%.*s()` is left as it is: %.*s (line %u)",
                   STR_ARG(form_name(f, f->fns.items[fn].name)), STR_ARG(why),
                   (unsigned)form_line(f, at));
}

// ---- What is called

static int method_of(const Form *f, Ref klass, Atom name) {
  for (size_t i = 0; i < f->fns.len; i++)
    if (f->fns.items[i].def && f->fns.items[i].klass == klass &&
        f->fns.items[i].name == name)
      return (int)i;
  return NO_FN;
}

// The class of this module that an expression names.
static Ref class_of(const Form *f, Ref expr) {
  PyRefs body = py_list(&f->tree, PY_AS(Module, &f->tree, f->tree.root)->body);
  Str name = expr ? py_text(&f->tree, expr) : STR("");
  for (uint32_t i = 0; i < body.len && name.len; i++)
    if (py_kind(&f->tree, body.at[i]) == PY_CLASS_DEF &&
        str_eq(form_name(f, PY_AS(ClassDef, &f->tree, body.at[i])->name), name))
      return body.at[i];
  return 0;
}

// The method that a class of this module has or inherits.
static int inherited(const Form *f, Ref klass, Atom name) {
  for (int depth = 0; klass && depth < MAX_BASES; depth++) {
    int fn = method_of(f, klass, name);
    if (fn != NO_FN)
      return fn;
    PyRefs bases = py_list(&f->tree, PY_AS(ClassDef, &f->tree, klass)->args);
    klass = bases.len ? class_of(f, bases.at[0]) : 0;
  }
  return NO_FN;
}

// The class that a name in a function is an object of: a parameter that says so, or what
// all assignments in the function make.
static Ref class_of_name(Form *f, int caller, Ref name) {
  Ref klass = 0;
  Atom id = PY_AS(Name, &f->tree, name)->id;
  Ref def = caller == NO_FN ? 0 : f->fns.items[caller].def;
  Ref params = def ? PY_AS(FunctionDef, &f->tree, def)->params : 0;
  PyRefs list = params ? py_list(&f->tree, PY_AS(Parameters, &f->tree, params)->params)
                       : (PyRefs){NULL, 0};
  for (uint32_t i = 0; i < list.len; i++)
    if (PY_AS(Param, &f->tree, list.at[i])->name == id)
      klass = class_of(f, PY_AS(Param, &f->tree, list.at[i])->annotation);
  for (size_t i = 0; i < f->assigns.len; i++) {
    const char *within;
    const PyAssign *a = PY_AS(Assign, &f->tree, f->assigns.items[i]);
    PyRefs targets = py_list(&f->tree, a->targets);
    if (targets.len != 1 || py_kind(&f->tree, targets.at[0]) != PY_NAME ||
        PY_AS(Name, &f->tree, targets.at[0])->id != id ||
        form_around(f, f->assigns.items[i], &within) != caller)
      continue;
    Ref made = py_kind(&f->tree, a->value) == PY_CALL
                   ? class_of(f, PY_AS(Call, &f->tree, a->value)->func)
                   : 0;
    if (klass && made != klass)
      return 0;
    klass = made;
  }
  return klass;
}

// The function of this module that is called, or the method of an object whose class is
// seen: self, Repository(db), what was assigned from one or is annotated so.
static int callee(Form *f, const FormCall *c) {
  const PyTree *t = &f->tree;
  Ref func = PY_AS(Call, t, c->ref)->func;
  if (py_kind(t, func) == PY_NAME)
    return method_of(f, 0, PY_AS(Name, t, func)->id);
  if (py_kind(t, func) != PY_ATTRIBUTE)
    return NO_FN;
  const PyAttribute *a = PY_AS(Attribute, t, func);
  Ref klass = 0;
  if (str_is(py_text(t, a->value), "self"))
    klass = c->caller == NO_FN ? 0 : f->fns.items[c->caller].klass;
  else if (py_kind(t, a->value) == PY_CALL)
    klass = class_of(f, PY_AS(Call, t, a->value)->func);
  else if (py_kind(t, a->value) == PY_NAME)
    klass = class_of_name(f, c->caller, a->value);
  return inherited(f, klass, a->attr);
}

// ---- What runs SQL

static void read_calls(Form *f) {
  for (size_t i = 0; i < f->calls.len; i++) {
    FormCall *c = &f->calls.items[i];
    c->caller = form_around(f, c->ref, &c->within);
    c->called = callee(f, c);
    Str method = form_session_method(f, c->ref);
    if (!method.len || c->caller == NO_FN || form_is_async(f, c->caller) ||
        words_in_list(plain, method))
      continue;
    f->fns.items[c->caller].sql = true;
    bool entered = py_kind(&f->tree, py_parent(f->parents, c->ref)) == PY_WITH_ITEM;
    if (is_transaction(f, c->ref) && entered)
      continue;
    if (!form_is_awaited(method))
      refuse(f, c->caller, c->ref,
             str_format(f->arena, "`%.*s()` of a session is none that can be awaited",
                        STR_ARG(method)));
    else if (c->within)
      refuse(f, c->caller, c->ref, str_format(f->arena, "%s runs SQL", c->within));
  }
}

static void read_withs(Form *f) {
  for (size_t i = 0; i < f->withs.len; i++) {
    bool some;
    const char *within;
    bool all = form_enters_sessions(f, f->withs.items[i], &some);
    int fn = some ? form_around(f, f->withs.items[i], &within) : NO_FN;
    if (fn == NO_FN || form_is_async(f, fn))
      continue;
    f->fns.items[fn].sql = true;
    if (!all)
      refuse(f, fn, f->withs.items[i],
             STR("one `with` enters a session and something else"));
    else if (within)
      refuse(f, fn, f->withs.items[i], str_format(f->arena, "%s runs SQL", within));
  }
}

// Generators, properties and methods that Python calls have no awaited form.
static void read_forms(Form *f) {
  for (size_t i = 0; i < f->yields.len; i++) {
    const char *within;
    Ref r = f->yields.items[i];
    bool session = py_kind(&f->tree, r) == PY_YIELD &&
                   is_session(f, PY_AS(Yield, &f->tree, r)->value);
    if (!session)
      refuse(f, form_around(f, r, &within), r,
             STR("it is a generator, and who reads it would have to change"));
  }
  for (size_t i = 0; i < f->fns.len && f->fns.items[i].def; i++) {
    const Fn *fn = &f->fns.items[i];
    PyRefs marks = py_list(&f->tree, PY_AS(FunctionDef, &f->tree, fn->def)->decorators);
    f->out->coroutines |= form_is_async(f, (int)i);
    for (uint32_t k = 0; k < marks.len; k++)
      if (str_ends(py_text(&f->tree, marks.at[k]), STR("property")))
        refuse(f, (int)i, fn->def, STR("a property cannot be awaited"));
    if (fn->klass && str_starts(form_name(f, fn->name), STR("__")))
      refuse(f, (int)i, fn->def,
             STR("Python calls this method itself, and does not await it"));
  }
}

// Callers of coroutines are coroutines. True where all of them can be; else what is
// called by one that cannot is refused, and who else called it has to be looked at anew.
static bool spread(Form *f) {
  for (size_t i = 0; i < f->fns.len; i++)
    f->fns.items[i].runs = f->fns.items[i].sql;
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < f->calls.len; i++) {
      const FormCall *c = &f->calls.items[i];
      if (!form_changes(f, c->called))
        continue;
      Fn *caller = c->caller == NO_FN ? NULL : &f->fns.items[c->caller];
      if (c->within || (caller && caller->refused.len)) {
        refuse(f, c->called, c->ref,
               str_format(f->arena, "%.*s calls it and stays as it is",
                          STR_ARG(c->within ? str_from(c->within)
                                            : form_name(f, caller->name))));
        return false;
      }
      if (caller && !caller->runs && !form_is_async(f, c->caller)) {
        caller->runs = true;
        again = true;
      }
    }
  }
  return true;
}

static void convert(Form *f) {
  f->parents = py_build_parents(&f->tree, f->arena);
  py_walk(&f->tree, f->tree.root, &(PyVisitor){.enter = collect, .data = f});
  if (!f->fns.len) // lines of a function that was not shown
    vec_push(&f->fns, (Fn){.refused = STR("")});
  read_calls(f);
  read_withs(f);
  read_forms(f);
  while (!spread(f))
    continue;
  form_write(f);
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
  if (code.len > ASYNC_FORM_MAX) {
    form_tell(&f, "it is longer than %d KB: give less of it at once",
              ASYNC_FORM_MAX / 1024);
  } else if (source_init(&source, arena, STR("module"), (Str){padded, code.len}, NULL)) {
    source_index_lines(&source, arena);
    py_parse(&f.tree, &source, cache, &diags);
    if (!f.tree.has_errors)
      convert(&f);
    else
      form_tell(&f, "nothing was made async: the code has a syntax error");
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
  vec_free(&f.assigns);
  vec_free(&f.edits);
  return out->functions > 0;
}

void async_form_free(AsyncForm *f) {
  vec_free(&f->left);
}
