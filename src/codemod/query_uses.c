// query_uses.c: where the project uses a name, and what calls of a function give its
// parameters.
#include <stdlib.h>

#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

// ---- everything that is called by a name

typedef Vec(NamedPlace) NamedList;

// Functions that name an attribute by a string, and the number of that argument.
static const struct {
  const char *name;
  uint32_t at;
} by_string[] = {{"getattr", 1}, {"setattr", 1}, {"attrgetter", 0}, {"methodcaller", 0}};

typedef struct {
  InternCache *names;
  Atom by_string[ARRAY_LEN(by_string)];
  uint32_t file;
  const PyTree *t;
  NamedList uses, defs, imports, strings;
  Vec(Place) classes;
} RefWalk;

// getattr(x, "name"), attrgetter("x.name")
static void note_string(RefWalk *w, Ref call) {
  Ref func = PY_AS(Call, w->t, call)->func;
  Atom name = py_kind(w->t, func) == PY_NAME        ? PY_AS(Name, w->t, func)->id
              : py_kind(w->t, func) == PY_ATTRIBUTE ? PY_AS(Attribute, w->t, func)->attr
                                                    : 0;
  for (size_t i = 0; name && i < ARRAY_LEN(by_string); i++) {
    Ref text = name == w->by_string[i] ? call_positional(w->t, call, by_string[i].at) : 0;
    Buf value = {0};
    if (py_kind(w->t, text) == PY_STR && py_str_value(w->t, text, &value)) {
      size_t dot = str_rfind_char(buf_str(&value), '.');
      Str last = str_slice(buf_str(&value), dot == SIZE_MAX ? 0 : dot + 1, value.len);
      if (last.len)
        vec_push(&w->strings,
                 (NamedPlace){intern(w->names, last), (Place){w->file, call}});
    }
    buf_free(&value);
  }
}

static bool note_reference(void *data, Ref r) {
  RefWalk *w = data;
  Place at = {w->file, r};
  switch (py_kind(w->t, r)) {
  case PY_NAME:
    vec_push(&w->uses, (NamedPlace){PY_AS(Name, w->t, r)->id, at});
    break;
  case PY_ATTRIBUTE:
    vec_push(&w->uses, (NamedPlace){PY_AS(Attribute, w->t, r)->attr, at});
    break;
  case PY_FUNCTION_DEF:
    vec_push(&w->defs, (NamedPlace){PY_AS(FunctionDef, w->t, r)->name, at});
    break;
  case PY_CALL:
    note_string(w, r);
    break;
  case PY_ALIAS:
    vec_push(&w->imports, (NamedPlace){PY_AS(Alias, w->t, r)->name, at});
    break;
  case PY_CLASS_DEF:
    vec_push(&w->classes, at);
    break;
  default:
    break;
  }
  return true;
}

static int by_place(const void *a, const void *b) {
  const NamedPlace *x = a, *y = b;
  if (x->at.file != y->at.file)
    return x->at.file < y->at.file ? -1 : 1;
  return x->at.ref < y->at.ref ? -1 : x->at.ref > y->at.ref;
}

// Puts what has one name together; each name is sorted when it is asked for.
static void sort_by_name(ByName *out, const NamedList *found, Arena *arena) {
  for (size_t i = 0; i < found->len; i++)
    if (found->items[i].name >= out->name_count)
      out->name_count = found->items[i].name + 1;
  out->first = arena_array(arena, uint32_t, out->name_count + 2);
  out->sorted = arena_array(arena, bool, out->name_count + 1);
  out->list = arena_array(arena, NamedPlace, found->len + 1);
  for (size_t i = 0; i < found->len; i++)
    out->first[found->items[i].name + 2]++;
  for (Atom name = 0; name < out->name_count; name++)
    out->first[name + 2] += out->first[name + 1];
  for (size_t i = 0; i < found->len; i++)
    out->list[out->first[found->items[i].name + 1]++] = found->items[i];
}

static NamedPlaces find_named(ByName *all, Atom name) {
  if (name >= all->name_count)
    return (NamedPlaces){all->list, 0};
  NamedPlace *list = all->list + all->first[name];
  size_t count = all->first[name + 1] - all->first[name];
  if (count && !all->sorted[name])
    qsort(list, count, sizeof *list, by_place);
  all->sorted[name] = true;
  return (NamedPlaces){list, count};
}

// The class that one of the arguments of a class statement stands for; nowhere: none of
// the project.
static Place base_at(Q *q, uint32_t file, Ref base) {
  const PyTree *t = q_tree(q, file);
  if (py_kind(t, base) == PY_SUBSCRIPT)
    base = PY_AS(Subscript, t, base)->value;
  Origin o = resolve_expr(q->cx->resolver, file, base);
  return o.kind == ORIGIN_CLASS ? o.at : (Place){0};
}

static int by_base(const void *a, const void *b) {
  uint64_t x = place_key(((const Heir *)a)->base), y = place_key(((const Heir *)b)->base);
  return x < y ? -1 : x > y;
}

static void find_heirs(Q *q, References *all) {
  Vec(Heir) found = {0};
  for (size_t i = 0; i < all->class_count; i++) {
    Place cls = all->classes[i];
    const PyTree *t = q_tree(q, cls.file);
    PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
    for (uint32_t k = 0; k < args.len; k++) {
      Place base = base_at(q, cls.file, args.at[k]);
      if (base.ref)
        vec_push(&found, ((Heir){base, cls}));
    }
  }
  all->heirs = arena_array(q->arena, Heir, found.len + 1);
  all->heir_count = found.len;
  if (found.len) {
    memcpy(all->heirs, found.items, found.len * sizeof *all->heirs);
    qsort(all->heirs, found.len, sizeof *all->heirs, by_base);
  }
  vec_free(&found);
}

Heirs q_heirs(Q *q, Place base) {
  References *all = q_references(q);
  if (!all->heirs)
    find_heirs(q, all);
  size_t low = 0, high = all->heir_count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (place_key(all->heirs[mid].base) < place_key(base))
      low = mid + 1;
    else
      high = mid;
  }
  size_t end = low;
  while (end < all->heir_count && place_eq(all->heirs[end].base, base))
    end++;
  return (Heirs){all->heirs + low, end - low};
}

References *q_references(Q *q) {
  if (q->references)
    return q->references;
  RefWalk w = {.names = resolver_names(q->cx->resolver)};
  for (size_t i = 0; i < ARRAY_LEN(by_string); i++)
    w.by_string[i] = intern(w.names, str_from(by_string[i].name));
  for (uint32_t i = 0; i < q->project->file_count; i++) {
    if (!q->project->files[i]->in_use)
      continue;
    w.file = i;
    w.t = q_tree(q, i);
    PyVisitor visitor = {.enter = note_reference, .data = &w};
    py_walk(w.t, w.t->root, &visitor);
  }
  References *all = arena_new(q->arena, References);
  sort_by_name(&all->uses, &w.uses, q->arena);
  sort_by_name(&all->defs, &w.defs, q->arena);
  sort_by_name(&all->imports, &w.imports, q->arena);
  sort_by_name(&all->strings, &w.strings, q->arena);
  all->classes = arena_array(q->arena, Place, w.classes.len + 1);
  for (size_t i = 0; i < w.classes.len; i++)
    all->classes[i] = w.classes.items[i];
  all->class_count = w.classes.len;
  vec_free(&w.uses);
  vec_free(&w.defs);
  vec_free(&w.imports);
  vec_free(&w.strings);
  vec_free(&w.classes);
  q->references = all;
  return all;
}

NamedPlaces q_uses_named(Q *q, Atom name) {
  return find_named(&q_references(q)->uses, name);
}

NamedPlaces q_defs_named(Q *q, Atom name) {
  return find_named(&q_references(q)->defs, name);
}

NamedPlaces q_strings_named(Q *q, Atom name) {
  return find_named(&q_references(q)->strings, name);
}

Ref q_string_object(Q *q, Place call) {
  const PyTree *t = q_tree(q, call.file);
  Ref first = call_positional(t, call.ref, 0);
  return call_positional(t, call.ref, 1) && py_kind(t, first) != PY_STR ? first : 0;
}

static bool imports_from(Q *q, Place alias, uint32_t module, Atom name) {
  const PyTree *t = q_tree(q, alias.file);
  Ref stmt = q_parent(q, alias.file, alias.ref);
  if (py_kind(t, stmt) != PY_IMPORT_FROM)
    return false;
  const PyImportFrom *from = PY_AS(ImportFrom, t, stmt);
  ImportTarget target =
      project_resolve_import(q->project, alias.file, from->node.aux, from->module, name);
  return target.kind == TARGET_NAME && target.module == module;
}

static bool is_of_module(Q *q, Place binding) {
  const PyScopes *s = q->project->files[binding.file]->scopes;
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, binding.ref));
  return symbol != NO_SYMBOL && s->symbols[symbol].scope == 0;
}

static bool has_star_of_project(Q *q, uint32_t file) {
  const PyScopes *s = q->project->files[file]->scopes;
  for (uint32_t i = 0; i < s->star_count; i++) {
    const PyImportFrom *from = PY_AS(ImportFrom, q_tree(q, file), s->stars[i].stmt);
    if (project_resolve_import(q->project, file, from->node.aux, from->module, 0).kind ==
        TARGET_MODULE)
      return true;
  }
  return false;
}

// True where the Name or Attribute may be of a module of the project, and none tells: an
// import leads through a file that is not read, as does a star.
static bool comes_through_unread(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  const PyScopes *s = q->project->files[at.file]->scopes;
  OriginKind kind = resolve_expr(q->cx->resolver, at.file, at.ref).kind;
  if (kind != ORIGIN_UNKNOWN && kind != ORIGIN_IMPORTED_UNKNOWN)
    return false;
  if (py_kind(t, at.ref) == PY_ATTRIBUTE)
    return resolve_expr(q->cx->resolver, at.file, PY_AS(Attribute, t, at.ref)->value)
               .kind == ORIGIN_MODULE;
  return kind == ORIGIN_IMPORTED_UNKNOWN ||
         (py_scopes_target(s, py_scopes_symbol_of(s, at.ref)) == NO_SYMBOL &&
          has_star_of_project(q, at.file));
}

bool q_is_read_elsewhere(Q *q, uint32_t file, Atom name) {
  uint32_t module = q->project->files[file]->module;
  if (module == NO_MODULE)
    return false;
  codemod_ask_word(q->cx, name);
  NamedPlaces imports = find_named(&q_references(q)->imports, name);
  for (size_t i = 0; i < imports.count; i++)
    if (imports.list[i].at.file != file &&
        imports_from(q, imports.list[i].at, module, name))
      return true;
  NamedPlaces strings = q_strings_named(q, name);
  for (size_t i = 0; i < strings.count; i++) {
    Place at = strings.list[i].at;
    Ref object = q_string_object(q, at);
    Origin o = object ? resolve_expr(q->cx->resolver, at.file, object) : (Origin){0};
    if (o.kind == ORIGIN_MODULE && o.module == module)
      return true;
  }
  NamedPlaces uses = q_uses_named(q, name);
  for (size_t i = 0; i < uses.count; i++) {
    Place at = uses.list[i].at;
    if (at.file == file)
      continue;
    Origin o = resolve_expr(q->cx->resolver, at.file, at.ref);
    bool own = o.kind == ORIGIN_VARIABLE && o.at.file == file && is_of_module(q, o.at);
    if (own || comes_through_unread(q, at))
      return true;
  }
  return false;
}

// ---- functions

Ref q_class_around(Q *q, Place function) {
  Ref up = q_parent(q, function.file, function.ref);
  return py_kind(q_tree(q, function.file), up) == PY_CLASS_DEF ? up : 0;
}

bool q_has_decorator(Q *q, Place function, const char *name) {
  const PyTree *t = q_tree(q, function.file);
  PyRefs list = py_list(t, PY_AS(FunctionDef, t, function.ref)->decorators);
  for (uint32_t i = 0; i < list.len; i++)
    if (str_is(py_text(t, list.at[i]), name))
      return true;
  return false;
}

bool q_is_property(Q *q, Place function) {
  return q_has_decorator(q, function, "property") ||
         q_has_decorator(q, function, "cached_property") ||
         q_has_decorator(q, function, "functools.cached_property");
}

// A decorator that gives the function's own result, called as it is.
static bool is_plain_decorator(Q *q, Place function, Ref d) {
  static const char *const known[] = {"staticmethod",
                                      "classmethod",
                                      "property",
                                      "cached_property",
                                      "abstractmethod",
                                      "abc.abstractmethod",
                                      "functools.cached_property",
                                      "override",
                                      "typing.override"};
  Str text = py_text(q_tree(q, function.file), d);
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (str_is(text, known[i]))
      return true;
  return false;
}

// Why the arguments of calls of the function cannot be followed; NULL: they can.
const char *q_opaque(Q *q, Place function) {
  const PyTree *t = q_tree(q, function.file);
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function.ref)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++)
    if (!is_plain_decorator(q, function, decorators.at[i]))
      return "a decorator stands between the function and those who call it";
  return NULL;
}

// Why what calls of the function give is not what it returns; NULL: it is.
const char *q_gives_other(Q *q, Place function) {
  const PyTree *t = q_tree(q, function.file);
  const PyFunctionDef *f = PY_AS(FunctionDef, t, function.ref);
  const PyScopes *s = q->project->files[function.file]->scopes;
  if (f->node.flags & PYF_ASYNC)
    return "the function is a coroutine";
  if (f->scope && s->scopes[f->scope - 1].flags & SCOPE_GENERATOR)
    return "the function is a generator";
  return q_opaque(q, function);
}

// True where `cls` is `of` or inherits from it.
bool q_inherits_to(Q *q, Place cls, Place of, int depth) {
  if (place_eq(cls, of))
    return true;
  if (depth > 20)
    return false;
  const PyTree *t = q_tree(q, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    Place base = base_at(q, cls.file, args.at[i]);
    if (base.ref && q_inherits_to(q, base, of, depth + 1))
      return true;
  }
  return false;
}

// A base outside the project may call what the class overrides.
bool q_has_foreign_base(Q *q, Place cls, int depth) {
  const PyTree *t = q_tree(q, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    Ref base = args.at[i];
    if (py_kind(t, base) == PY_KEYWORD)
      continue;
    if (py_kind(t, base) == PY_SUBSCRIPT)
      base = PY_AS(Subscript, t, base)->value;
    Origin o = resolve_expr(q->cx->resolver, cls.file, base);
    if (o.kind == ORIGIN_CLASS) {
      if (depth < 20 && q_has_foreign_base(q, o.at, depth + 1))
        return true;
      continue;
    }
    Str name = q_name(q, o.dotted);
    bool harmless = o.kind == ORIGIN_BUILTIN || o.kind == ORIGIN_API ||
                    str_starts(name, STR("typing.")) || str_starts(name, STR("abc.")) ||
                    q_value(q, cls.file, base).kind == VALUE_BASE_CLASS;
    if (!harmless)
      return true;
  }
  return false;
}

// Calls `each` for every method that a call of `function` may reach instead of it, or
// that may be reached where it is meant: overrides up and down.
void q_each_relative(Q *q, Place function, void (*each)(Q *q, Place relative, void *data),
                     void *data) {
  Ref cls = q_class_around(q, function);
  if (!cls)
    return;
  Atom name = PY_AS(FunctionDef, q_tree(q, function.file), function.ref)->name;
  Place own = {function.file, cls};
  NamedPlaces methods = q_defs_named(q, name);
  codemod_ask_word(q->cx, name);
  for (size_t i = 0; i < methods.count; i++) {
    Place other = methods.list[i].at;
    Ref other_class = place_eq(other, function) ? 0 : q_class_around(q, other);
    if (!other_class)
      continue;
    Place theirs = {other.file, other_class};
    if (q_inherits_to(q, theirs, own, 0) || q_inherits_to(q, own, theirs, 0))
      each(q, other, data);
  }
}

static bool is_owner(Q *q, Value v, Place function) {
  (void)q;
  return v.kind == VALUE_FUNCTION && place_eq(v.owner, function);
}

bool q_is_stored(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  Ref p = q_parent(q, at.file, at.ref);
  if (py_kind(t, p) == PY_ASSIGN)
    return PY_AS(Assign, t, p)->value != at.ref;
  return py_kind(t, p) == PY_ANN_ASSIGN && PY_AS(AnnAssign, t, p)->target == at.ref;
}

// True for an object of the method's class, or of one above or below it.
static bool is_holder(Q *q, Value of, Place function) {
  Place cls = {function.file, q_class_around(q, function)};
  return of.owner.ref &&
         py_kind(q_tree(q, of.owner.file), of.owner.ref) == PY_CLASS_DEF &&
         (q_inherits_to(q, of.owner, cls, 0) || q_inherits_to(q, cls, of.owner, 0));
}

// A property is read where its class is known to be the receiver's.
static bool reads_property(Q *q, Place at, Place function) {
  const PyTree *t = q_tree(q, at.file);
  if (py_kind(t, at.ref) != PY_ATTRIBUTE)
    return false;
  return is_holder(q, q_value(q, at.file, PY_AS(Attribute, t, at.ref)->value), function);
}

// x.name.return_value: an attribute of the method itself, which nothing calls.
static bool reads_of_method(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  Ref up = q_parent(q, at.file, at.ref);
  return py_kind(t, up) == PY_ATTRIBUTE &&
         !str_starts(q_name(q, PY_AS(Attribute, t, up)->attr), STR("__"));
}

// super().name(...) in a class below.
static bool is_super(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  if (py_kind(t, at.ref) != PY_ATTRIBUTE)
    return false;
  Ref of = PY_AS(Attribute, t, at.ref)->value;
  return py_kind(t, of) == PY_CALL &&
         str_is(py_text(t, PY_AS(Call, t, of)->func), "super");
}

// True where the arguments of the call fit the parameters: only then can it be a call of
// the method.
static bool may_call(Q *q, Place call, Place function) {
  const PyTree *t = q_tree(q, function.file), *from = q_tree(q, call.file);
  if (py_kind(from, call.ref) != PY_CALL || call_has_stars(from, call.ref))
    return true;
  PyRefs params = def_params(t, function.ref);
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  uint32_t given = args.len, most = 0, least = 0;
  bool open = false;
  uint32_t first =
      q_class_around(q, function) && !q_has_decorator(q, function, "staticmethod");
  for (uint32_t i = first; i < params.len; i++) {
    const PyParam *p = PY_AS(Param, t, params.at[i]);
    if (p->node.aux == PY_PARAM_VARARG || p->node.aux == PY_PARAM_KWARG) {
      open = true;
      continue;
    }
    most++;
    least += !p->default_value;
  }
  for (uint32_t i = 0; i < args.len && !open; i++) {
    if (py_kind(from, args.at[i]) != PY_KEYWORD)
      continue;
    bool known = false;
    for (uint32_t k = first; k < params.len; k++)
      known |=
          PY_AS(Param, t, params.at[k])->name == PY_AS(Keyword, from, args.at[i])->arg;
    if (!known)
      return false;
  }
  return given >= least && (open || given <= most);
}

void q_ask_for_uses(Q *q, Place function) {
  codemod_ask_word(q->cx,
                   PY_AS(FunctionDef, q_tree(q, function.file), function.ref)->name);
}

// getattr(x, "name"): what is taken so may be called, or be another one since.
static void add_strings(Q *q, Place function, Atom name, FunctionUses *out) {
  NamedPlaces strings = q_strings_named(q, name);
  for (size_t i = 0; i < strings.count; i++) {
    Place at = strings.list[i].at;
    Ref object = q_string_object(q, at);
    Value of = object ? q_value(q, at.file, object) : (Value){0};
    Origin o = object ? resolve_expr(q->cx->resolver, at.file, object) : (Origin){0};
    bool may = !object || of.kind == VALUE_UNKNOWN;
    if (q_class_around(q, function))
      may |= is_holder(q, of, function);
    else
      may |=
          o.kind == ORIGIN_MODULE && o.module == q->project->files[function.file]->module;
    if (may)
      vec_push(out, (FunctionUse){USE_UNCLEAR, at, at});
  }
}

void q_uses_of(Q *q, Place function, FunctionUses *out) {
  Atom name = PY_AS(FunctionDef, q_tree(q, function.file), function.ref)->name;
  add_strings(q, function, name, out);
  bool method = q_class_around(q, function) != 0, property = q_is_property(q, function);
  NamedPlaces named = q_uses_named(q, name);
  for (size_t i = 0; i < named.count; i++) {
    Place at = named.list[i].at;
    const PyTree *t = q_tree(q, at.file);
    bool is_attribute = py_kind(t, at.ref) == PY_ATTRIBUTE;
    if (q_is_stored(q, at) || (method && !is_attribute))
      continue;
    if (property) {
      if (reads_property(q, at, function))
        vec_push(out, (FunctionUse){USE_CALL, at, at});
      else if (q_value(q, at.file, PY_AS(Attribute, t, at.ref)->value).kind ==
               VALUE_UNKNOWN)
        vec_push(out, (FunctionUse){USE_UNCLEAR, at, at});
      continue;
    }
    Value v = q_value(q, at.file, at.ref);
    if (!method && v.kind == VALUE_UNKNOWN && comes_through_unread(q, at)) {
      vec_push(out, (FunctionUse){USE_UNCLEAR, at, at});
      continue;
    }
    Ref up = q_parent(q, at.file, at.ref);
    bool called = py_kind(t, up) == PY_CALL && PY_AS(Call, t, up)->func == at.ref;
    if (is_owner(q, v, function))
      vec_push(out, (FunctionUse){called ? USE_CALL : USE_HANDED, at, {at.file, up}});
    else if (is_attribute && v.kind == VALUE_UNKNOWN && !reads_of_method(q, at) &&
             (!called || may_call(q, (Place){at.file, up}, function)) &&
             (is_super(q, at) ||
              q_value(q, at.file, PY_AS(Attribute, t, at.ref)->value).kind ==
                  VALUE_UNKNOWN))
      vec_push(out, (FunctionUse){USE_UNCLEAR, at, at});
  }
}

// ---- arguments

// Among the parameters, the number of the one that the call's first argument becomes;
// NONE: not told.
static uint32_t first_position(Q *q, Place function, Place call) {
  const PyTree *from = q_tree(q, call.file);
  if (!q_class_around(q, function) || q_has_decorator(q, function, "staticmethod"))
    return 0;
  Ref func = PY_AS(Call, from, call.ref)->func;
  if (py_kind(from, func) != PY_ATTRIBUTE)
    return NONE;
  Value of = q_value(q, call.file, PY_AS(Attribute, from, func)->value);
  bool on_class = of.kind == VALUE_CLASS || of.kind == VALUE_MAPPED_CLASS;
  if (on_class && !q_has_decorator(q, function, "classmethod"))
    return NONE; // Class.method(instance, ...)
  return 1;
}

Ref q_param_of(Q *q, Place function, Place call, Ref argument) {
  const PyTree *t = q_tree(q, function.file), *from = q_tree(q, call.file);
  PyRefs params = def_params(q_tree(q, function.file), function.ref);
  if (py_kind(from, argument) == PY_KEYWORD) {
    Atom name = PY_AS(Keyword, from, argument)->arg;
    for (uint32_t i = 0; name && i < params.len; i++)
      if (PY_AS(Param, t, params.at[i])->name == name &&
          py_node(t, params.at[i])->aux != PY_PARAM_VARARG &&
          py_node(t, params.at[i])->aux != PY_PARAM_KWARG)
        return params.at[i];
    return 0;
  }
  uint32_t position = first_position(q, function, call);
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  for (uint32_t i = 0; i < args.len && args.at[i] != argument; i++) {
    if (py_kind(from, args.at[i]) == PY_STARRED)
      return 0;
    position += position != NONE && py_kind(from, args.at[i]) != PY_KEYWORD;
  }
  if (position >= params.len || py_node(t, params.at[position])->aux > PY_PARAM_NORMAL)
    return 0;
  return params.at[position];
}

bool q_rest_given(Q *q, Place function, Place call, Places *out) {
  const PyTree *t = q_tree(q, function.file), *from = q_tree(q, call.file);
  PyRefs params = def_params(q_tree(q, function.file), function.ref);
  uint32_t at = first_position(q, function, call), rest = 0;
  while (rest < params.len && py_node(t, params.at[rest])->aux != PY_PARAM_VARARG)
    rest++;
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  for (uint32_t i = 0; i < args.len && at != NONE; i++) {
    PyKind kind = py_kind(from, args.at[i]);
    if (kind == PY_KEYWORD)
      continue;
    if (kind == PY_STARRED && at < rest)
      return false;
    if (at >= rest)
      vec_push(out, (Place){call.file, args.at[i]});
    at++;
  }
  return at != NONE;
}

Ref q_given(Q *q, Place function, Place call, Ref param, bool *unclear) {
  const PyTree *from = q_tree(q, call.file);
  PyRefs args = py_list(from, PY_AS(Call, from, call.ref)->args);
  *unclear = false;
  for (uint32_t i = 0; i < args.len; i++)
    if (q_param_of(q, function, call, args.at[i]) == param)
      return py_kind(from, args.at[i]) == PY_KEYWORD
                 ? PY_AS(Keyword, from, args.at[i])->value
                 : args.at[i];
  *unclear = call_has_stars(from, call.ref);
  return 0;
}

// What a call gives a parameter; ref 0: nothing.
typedef bool GivenTest(Q *q, Place given, int depth);

// True where the project calls the function of the parameter, and `test` holds of what
// each call gives it.
static bool all_give(Q *q, Place param, GivenTest *test, int depth) {
  const PyTree *t = q_tree(q, param.file);
  Place f = {param.file, q_parent(q, param.file, q_parent(q, param.file, param.ref))};
  if (py_kind(t, f.ref) != PY_FUNCTION_DEF || q_opaque(q, f))
    return false;
  FunctionUses uses = {0};
  q_uses_of(q, f, &uses);
  bool all = uses.len > 0;
  for (size_t i = 0; all && i < uses.len; i++) {
    FunctionUse use = uses.items[i];
    bool unclear = true;
    Ref given = use.kind == USE_CALL ? q_given(q, f, use.made, param.ref, &unclear) : 0;
    all = !unclear && test(q, (Place){use.made.file, given}, depth);
  }
  vec_free(&uses);
  if (all)
    q_ask_for_uses(q, f);
  return all;
}

bool q_few_more(Q *q, Place rest, uint32_t most, bool (*test)(Q *q, Place given)) {
  const PyTree *t = q_tree(q, rest.file);
  Place f = {rest.file, q_parent(q, rest.file, q_parent(q, rest.file, rest.ref))};
  if (py_kind(t, f.ref) != PY_FUNCTION_DEF || q_opaque(q, f))
    return false;
  FunctionUses uses = {0};
  q_uses_of(q, f, &uses);
  Places given = {0};
  bool all = uses.len > 0;
  for (size_t i = 0; all && i < uses.len; i++) {
    given.len = 0;
    Place call = uses.items[i].made;
    all = uses.items[i].kind == USE_CALL &&
          py_kind(q_tree(q, call.file), call.ref) == PY_CALL &&
          q_rest_given(q, f, call, &given) && given.len <= most;
    for (size_t k = 0; all && k < given.len; k++)
      all = test(q, given.items[k]);
  }
  vec_free(&given);
  vec_free(&uses);
  if (all)
    q_ask_for_uses(q, f);
  return all;
}

static bool is_nothing(Q *q, Place given, int depth) {
  (void)depth;
  return q_is_none(q_tree(q, given.file), given.ref);
}

// def f(q=None): no call gives it anything but None.
bool q_never_given(Q *q, Place param) {
  const PyTree *t = q_tree(q, param.file);
  Ref value = PY_AS(Param, t, param.ref)->default_value;
  return value && is_none(t, value) && all_give(q, param, is_nothing, 0);
}

Ref q_argument_for(Q *q, Place function, Place call, Ref param) {
  if (py_kind(q_tree(q, call.file), call.ref) != PY_CALL)
    return 0;
  bool unclear;
  return q_given(q, function, call, param, &unclear);
}

static bool is_class(Q *q, Place given, int depth) {
  return given.ref && q_is_class(q, given.file, given.ref, depth);
}

bool q_takes_classes(Q *q, Place param, int depth) {
  return q_is_none(q_tree(q, param.file),
                   PY_AS(Param, q_tree(q, param.file), param.ref)->default_value) &&
         all_give(q, param, is_class, depth + 1);
}

bool q_inherits(Q *q, Place cls, Place of) {
  return q_inherits_to(q, cls, of, 0);
}

bool q_each_use(Q *q, Atom name, Place cls, QSession *out) {
  NamedPlaces named = q_uses_named(q, name);
  for (size_t i = 0; i < named.count; i++)
    if (q_property_at(q, named.list[i].at, cls, out))
      return true;
  return false;
}

bool q_file_names(Q *q, uint32_t file, Atom name) {
  NamedPlaces named = q_uses_named(q, name);
  for (size_t i = 0; i < named.count; i++)
    if (named.list[i].at.file == file)
      return true;
  return false;
}
