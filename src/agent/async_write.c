// async_write.c: the edits that make functions coroutines.
#include "agent/async_internal.h"

#include "base/buf.h"
#include "rules/util.h"

static const char import_session[] = "from sqlalchemy.ext.asyncio import AsyncSession";

static void edit(Form *f, Span span, const char *text) {
  vec_push(&f->edits, (Edit){.span = span, .text = str_from(text), .group = 0});
}

static void insert(Form *f, uint32_t at, const char *text) {
  edit(f, (Span){at, at}, text);
}

// ---- Calls

static void await_call(Form *f, Ref call) {
  Ref up = py_parent(f->parents, call);
  PyKind kind = py_kind(&f->tree, up);
  Span s = py_span(&f->tree, call);
  bool first = (kind == PY_ATTRIBUTE) ||
               (kind == PY_SUBSCRIPT && PY_AS(Subscript, &f->tree, up)->value == call) ||
               (kind == PY_CALL && PY_AS(Call, &f->tree, up)->func == call);
  insert(f, s.start, first ? "(await " : "await ");
  if (first)
    insert(f, s.end, ")");
}

// A call of a method that has the name of one that changes, on an object of a class that
// is not seen.
static void tell_unknown(Form *f, const FormCall *c) {
  Ref func = PY_AS(Call, &f->tree, c->ref)->func;
  if (py_kind(&f->tree, func) != PY_ATTRIBUTE || c->called != NO_FN ||
      form_session_method(f, c->ref).len)
    return;
  Atom name = PY_AS(Attribute, &f->tree, func)->attr;
  for (size_t i = 0; i < f->fns.len; i++) {
    const Fn *fn = &f->fns.items[i];
    if (!fn->klass || fn->name != name || !form_changes(f, (int)i))
      continue;
    form_tell(f, "line %u: await `%.*s` where it calls the method of line %u",
              (unsigned)form_line(f, c->ref), STR_ARG(py_text(&f->tree, func)),
              (unsigned)form_line(f, fn->def));
    return;
  }
}

static void write_calls(Form *f) {
  for (size_t i = 0; i < f->calls.len; i++) {
    const FormCall *c = &f->calls.items[i];
    bool changes = form_changes(f, c->caller);
    bool called = form_changes(f, c->called);
    bool runs = changes && form_is_awaited(form_session_method(f, c->ref));
    if (runs || (called && (changes || form_is_async(f, c->caller))))
      await_call(f, c->ref);
    else if (called)
      form_tell(f,
                "line %u calls `%.*s()` where nothing can be awaited: run it with "
                "asyncio.run()",
                (unsigned)form_line(f, c->ref),
                STR_ARG(form_name(f, f->fns.items[c->called].name)));
    else
      tell_unknown(f, c);
  }
}

static void write_withs(Form *f) {
  for (size_t i = 0; i < f->withs.len; i++) {
    bool some;
    const char *within;
    if (form_enters_sessions(f, f->withs.items[i], &some) && some &&
        form_changes(f, form_around(f, f->withs.items[i], &within)))
      insert(f, py_span(&f->tree, f->withs.items[i]).start, "async ");
  }
}

// Functions that are handed on by name: who gets one has to await what it calls.
static void tell_handed(Form *f) {
  for (size_t i = 0; i < f->uses.len; i++) {
    Ref use = f->uses.items[i], up = py_parent(f->parents, use);
    bool called = py_kind(&f->tree, up) == PY_CALL;
    Str to = called ? py_text(&f->tree, PY_AS(Call, &f->tree, up)->func) : STR("");
    if ((called && PY_AS(Call, &f->tree, up)->func == use) ||
        str_ends(to, STR("Depends")) || str_ends(to, STR("Security")))
      continue;
    for (size_t k = 0; k < f->fns.len; k++)
      if (form_changes(f, (int)k) && !f->fns.items[k].klass &&
          f->fns.items[k].name == PY_AS(Name, &f->tree, use)->id)
        form_tell(f, "line %u hands `%.*s` on, which is a coroutine now",
                  (unsigned)form_line(f, use),
                  STR_ARG(form_name(f, f->fns.items[k].name)));
  }
}

// ---- Functions

static uint32_t def_start(const Form *f, Ref def) {
  Str text = f->tree.source->text;
  uint32_t at = PY_AS(FunctionDef, &f->tree, def)->name_at;
  while (at && !str_starts(str_slice(text, at, text.len), STR("def")))
    at--;
  return at;
}

static bool write_functions(Form *f) {
  bool iterates = false;
  for (size_t i = 0; i < f->fns.len; i++) {
    const Fn *fn = &f->fns.items[i];
    if (fn->refused.len && fn->runs)
      vec_push(&f->out->left, fn->refused);
    if (!form_changes(f, (int)i))
      continue;
    f->out->functions++;
    if (!fn->def)
      continue;
    insert(f, def_start(f, fn->def), "async ");
    Ref returns = PY_AS(FunctionDef, &f->tree, fn->def)->returns;
    if (returns && form_yields(f, (int)i)) {
      edit(f, py_span(&f->tree, returns), "AsyncIterator[AsyncSession]");
      iterates = true;
    }
  }
  return iterates;
}

// ---- Types

// Whether a name `Session` is the type of what a coroutine gets or makes, or of what the
// methods of its class keep; `*done`: another edit writes it.
static bool is_type(Form *f, Ref use, bool *done) {
  *done = false;
  Ref from = use, call = py_parent(f->parents, use);
  const char *within;
  if (py_kind(&f->tree, call) == PY_CALL && PY_AS(Call, &f->tree, call)->func == use)
    return form_changes(f, form_around(f, call, &within));
  for (Ref up = call; up; up = py_parent(f->parents, up)) {
    if (py_kind(&f->tree, up) == PY_FUNCTION_DEF) {
      const PyFunctionDef *d = PY_AS(FunctionDef, &f->tree, up);
      int fn = NO_FN;
      for (size_t i = 0; i < f->fns.len; i++)
        fn = f->fns.items[i].def == up ? (int)i : fn;
      if (fn == NO_FN || (from != d->params && from != d->returns))
        return false;
      *done = from == d->returns && form_changes(f, fn) && form_yields(f, fn);
      Ref klass = f->fns.items[fn].klass;
      bool keeps = false;
      for (size_t i = 0; klass && i < f->fns.len; i++)
        keeps |= f->fns.items[i].klass == klass && form_changes(f, (int)i);
      return form_changes(f, fn) || (keeps && str_is(form_name(f, d->name), "__init__"));
    }
    from = up;
  }
  return false;
}

// The import that binds Session; `*other`: it is one of something else.
static Ref import_of_session(const Form *f, bool *other) {
  PyRefs body = py_list(&f->tree, PY_AS(Module, &f->tree, f->tree.root)->body);
  *other = false;
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(&f->tree, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *m = PY_AS(ImportFrom, &f->tree, body.at[i]);
    PyRefs names = py_list(&f->tree, m->names);
    for (uint32_t k = 0; k < names.len; k++)
      if (str_is(py_text(&f->tree, names.at[k]), "Session")) {
        Str module = form_name(f, m->module);
        *other = m->node.aux || (!str_is(module, "sqlalchemy.orm") &&
                                 !str_is(module, "sqlalchemy.orm.session"));
        return body.at[i];
      }
  }
  return 0;
}

// Behind the docstring and the imports of __future__; `*gap` is what stands behind an
// import there.
static uint32_t first_place(const Form *f, const char **gap) {
  PyRefs body = py_list(&f->tree, PY_AS(Module, &f->tree, f->tree.root)->body);
  *gap = "\n";
  for (uint32_t i = 0; i < body.len; i++) {
    Ref r = body.at[i];
    PyKind kind = py_kind(&f->tree, r);
    bool docstring = !i && py_kind(&f->tree, r) == PY_EXPR_STMT &&
                     py_kind(&f->tree, PY_AS(ExprStmt, &f->tree, r)->value) == PY_STR;
    bool future =
        py_kind(&f->tree, r) == PY_IMPORT_FROM &&
        str_is(form_name(f, PY_AS(ImportFrom, &f->tree, r)->module), "__future__");
    if (docstring || future)
      continue;
    if (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF)
      *gap = "\n\n\n";
    return statement_start(&f->tree, r);
  }
  return (uint32_t)f->tree.source->text.len;
}

// The import without Session; "" where it is its only name.
static Str without_session(Form *f, Ref import) {
  const PyImportFrom *m = PY_AS(ImportFrom, &f->tree, import);
  PyRefs names = py_list(&f->tree, m->names);
  Buf rest = {0};
  for (uint32_t k = 0; k < names.len; k++) {
    Str text = py_text(&f->tree, names.at[k]);
    if (!str_is(text, "Session"))
      buf_printf(&rest, "%s%.*s", rest.len ? ", " : "", STR_ARG(text));
  }
  Str out = rest.len
                ? str_format(f->arena, "\nfrom %.*s import %.*s",
                             STR_ARG(form_name(f, m->module)), STR_ARG(buf_str(&rest)))
                : STR("");
  buf_free(&rest);
  return out;
}

// `needed`: something else still is a Session; a comment in the import stays, too.
static void write_import(Form *f, Ref import, bool needed, bool iterates) {
  const char *more = iterates ? "from collections.abc import AsyncIterator\n" : "";
  const char *added = str_format(f->arena, "%s%s", more, import_session).ptr;
  if (!import) {
    const char *gap;
    uint32_t at = first_place(f, &gap);
    insert(f, at, str_format(f->arena, "%s%s", added, gap).ptr);
  } else if (needed || py_comment_in(&f->tree, py_span(&f->tree, import))) {
    insert(f, py_span(&f->tree, import).start, str_format(f->arena, "%s\n", added).ptr);
  } else {
    Str rest = without_session(f, import);
    edit(f, py_span(&f->tree, import),
         str_format(f->arena, "%s%.*s", added, STR_ARG(rest)).ptr);
  }
}

static void write_types(Form *f, bool iterates) {
  bool any = iterates, needed = false, other;
  Ref import = import_of_session(f, &other);
  for (size_t i = 0; i < f->uses.len && !other; i++) {
    bool done;
    Ref use = f->uses.items[i];
    if (!str_is(form_name(f, PY_AS(Name, &f->tree, use)->id), "Session"))
      continue;
    if (!is_type(f, use, &done)) {
      needed = true;
      continue;
    }
    any = true;
    if (!done)
      edit(f, py_span(&f->tree, use), "AsyncSession");
  }
  if (any)
    write_import(f, other ? 0 : import, needed, iterates);
}

static void tell_factories(Form *f) {
  static const char *const makers[][2] = {{"create_engine", "create_async_engine"},
                                          {"sessionmaker", "async_sessionmaker"}};
  for (size_t i = 0; i < f->calls.len; i++)
    for (size_t k = 0; k < ARRAY_LEN(makers); k++)
      if (str_is(py_text(&f->tree, PY_AS(Call, &f->tree, f->calls.items[i].ref)->func),
                 makers[k][0]))
        form_tell(f,
                  "line %u: `%s()` becomes `%s()` of sqlalchemy.ext.asyncio, with an "
                  "async driver in the URL",
                  (unsigned)form_line(f, f->calls.items[i].ref), makers[k][0],
                  makers[k][1]);
}

void form_write(Form *f) {
  write_calls(f);
  write_withs(f);
  write_types(f, write_functions(f));
  tell_handed(f);
  tell_factories(f);
  Buf b = {0};
  if (f->out->functions && !edits_apply(f->tree.source->text, &f->edits, 1, &b, NULL))
    f->out->functions = 0;
  f->out->code = str_copy(f->arena, buf_str(&b));
  buf_free(&b);
}
