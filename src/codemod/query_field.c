// query_field.c: queries that are kept in attributes of objects; what classes say of
// theirs.
#include "codemod/query_internal.h"
#include "rules/util.h"

// ---- attributes

Place q_self(Q *q, uint32_t file, Ref r) {
  Place function = {file, q_function(q, file, r)};
  const PyTree *t = q_tree(q, file);
  if (py_kind(t, function.ref) != PY_FUNCTION_DEF || !q_class_around(q, function) ||
      q_has_decorator(q, function, "staticmethod") ||
      q_has_decorator(q, function, "classmethod"))
    return (Place){0};
  PyRefs params = def_params(t, function.ref);
  return params.len ? (Place){file, params.at[0]} : (Place){0};
}

// True where the expression is `self` of the method around it.
static bool is_self(Q *q, uint32_t file, Ref r) {
  const PyScopes *s = q->project->files[file]->scopes;
  Place self = q_self(q, file, r);
  return self.ref && py_kind(q_tree(q, file), r) == PY_NAME &&
         py_scopes_target(s, py_scopes_symbol_of(s, r)) ==
             py_scopes_target(s, py_scopes_symbol_of(s, self.ref));
}

typedef enum {
  HOLDER_OTHER,
  HOLDER_OWN, // an object of the class, or of one above or below it
  HOLDER_UNCLEAR
} Holder;

static bool is_relative(Q *q, Place a, Place b) {
  return q_inherits_to(q, a, b, 0) || q_inherits_to(q, b, a, 0);
}

static Holder holder_of(Q *q, uint32_t file, Ref object, Place cls) {
  if (is_self(q, file, object)) {
    Ref function = q_function(q, file, object);
    Place own = {file, q_class_around(q, (Place){file, function})};
    return is_relative(q, own, cls) ? HOLDER_OWN : HOLDER_OTHER;
  }
  Value v = q_value(q, file, object);
  if (v.kind == VALUE_UNKNOWN)
    return HOLDER_UNCLEAR;
  bool of_class =
      v.owner.ref && py_kind(q_tree(q, v.owner.file), v.owner.ref) == PY_CLASS_DEF;
  return of_class && is_relative(q, v.owner, cls) ? HOLDER_OWN : HOLDER_OTHER;
}

void q_spread_field(Q *q, uint32_t node, Ref target) {
  uint32_t file = q->nodes.items[node].at.file;
  const PyTree *t = q_tree(q, file);
  const PyAttribute *a = PY_AS(Attribute, t, target);
  Place at = {file, target};
  if (!is_self(q, file, a->value)) {
    q_stop(q, node, at, "the query is kept in an attribute of another object");
    return;
  }
  Place cls = {file, q_class_around(q, (Place){file, q_function(q, file, target)})};
  if (q_has_foreign_base(q, cls, 0)) {
    q_stop(q, node, at, "a class outside the project may read the attribute");
    return;
  }
  q_edge(q, node, q_node(q, NODE_FIELD, cls, a->attr), EDGE_STORE, at, NONE);
}

void q_spread_reads(Q *q, uint32_t node) {
  Place cls = q->nodes.items[node].at;
  Atom attr = q->nodes.items[node].attr;
  codemod_ask_word(q->cx, attr);
  NamedPlaces named = q_uses_named(q, attr);
  for (size_t i = 0; i < named.count; i++) {
    Place at = named.list[i].at;
    const PyTree *t = q_tree(q, at.file);
    if (py_kind(t, at.ref) != PY_ATTRIBUTE || q_is_stored(q, at))
      continue;
    switch (holder_of(q, at.file, PY_AS(Attribute, t, at.ref)->value, cls)) {
    case HOLDER_OWN:
      q_edge(q, node, q_node(q, NODE_EXPR, at, 0), EDGE_LOAD, at, NONE);
      break;
    case HOLDER_UNCLEAR:
      q_stop(q, node, at,
             "the attribute that holds the query may be read here, off "
             "something unknown");
      break;
    case HOLDER_OTHER:
      break;
    }
  }
  NamedPlaces strings = q_strings_named(q, attr);
  for (size_t i = 0; i < strings.count; i++) {
    Place at = strings.list[i].at;
    Ref object = q_string_object(q, at);
    if (!object || holder_of(q, at.file, object, cls) != HOLDER_OTHER)
      q_stop(q, node, at, "a string names the attribute that holds the query here");
  }
}

// What else is stored under the name of the attribute, in objects or in class bodies.
void q_check_field(Q *q, uint32_t node) {
  Place cls = q->nodes.items[node].at;
  Atom attr = q->nodes.items[node].attr;
  codemod_ask_word(q->cx, attr);
  NamedPlaces named = q_uses_named(q, attr);
  for (size_t i = 0; i < named.count; i++) {
    Place at = named.list[i].at;
    const PyTree *t = q_tree(q, at.file);
    bool is_attribute = py_kind(t, at.ref) == PY_ATTRIBUTE;
    Ref body = q_parent(q, at.file, q_statement(q, at.file, at.ref));
    if (!q_is_stored(q, at))
      continue;
    if (is_attribute ? holder_of(q, at.file, PY_AS(Attribute, t, at.ref)->value, cls) ==
                           HOLDER_OTHER
                     : py_kind(t, body) != PY_CLASS_DEF ||
                           !is_relative(q, (Place){at.file, body}, cls))
      continue;
    Ref p = q_parent(q, at.file, at.ref);
    Ref value = py_kind(t, p) == PY_ASSIGN ? PY_AS(Assign, t, p)->value
                                           : PY_AS(AnnAssign, t, p)->value;
    uint32_t known = value ? q_node_find(q, NODE_EXPR, (Place){at.file, value}) : NONE;
    bool same = known != NONE && q_web(q, known) == q_web(q, node);
    if (!same && !q_is_none(t, value) && !q_is_select(q, at.file, value))
      q_stop(q, node, at, "the attribute also holds something else");
  }
  NamedPlaces methods = q_defs_named(q, attr);
  for (size_t i = 0; i < methods.count; i++) {
    Ref body = q_class_around(q, methods.list[i].at);
    if (body && is_relative(q, (Place){methods.list[i].at.file, body}, cls))
      q_stop(q, node, methods.list[i].at, "a method has the name of the attribute");
  }
}

// ---- classes by annotation

// `type[X]`, `Type[X]`, `Union[Type[X], Type[Y]]`, `type[X] | type[Y]`
static bool says_class(const PyTree *t, Ref annotation) {
  if (py_kind(t, annotation) == PY_BIN_OP)
    return says_class(t, PY_AS(BinOp, t, annotation)->left) &&
           says_class(t, PY_AS(BinOp, t, annotation)->right);
  if (py_kind(t, annotation) != PY_SUBSCRIPT)
    return false;
  Str base = py_text(t, PY_AS(Subscript, t, annotation)->value);
  Ref slice = PY_AS(Subscript, t, annotation)->slice;
  if ((str_is(base, "Union") || str_is(base, "typing.Union")) &&
      py_kind(t, slice) == PY_TUPLE) {
    PyRefs parts = py_list(t, PY_AS(Tuple, t, slice)->elts);
    bool all = parts.len > 0;
    for (uint32_t i = 0; i < parts.len; i++)
      all = all && says_class(t, parts.at[i]);
    return all;
  }
  return str_is(base, "type") || str_is(base, "Type") || str_is(base, "typing.Type");
}

static bool is_class_name(Q *q, uint32_t file, Ref name, int depth) {
  const PyTree *t = q_tree(q, file);
  Ref few[8];
  uint32_t n = value_bindings(q->cx->values, file, name, few, ARRAY_LEN(few));
  bool all = n > 0 && n <= ARRAY_LEN(few);
  for (uint32_t i = 0; all && i < n; i++) {
    if (py_kind(t, few[i]) == PY_PARAM) {
      all = says_class(t, PY_AS(Param, t, few[i])->annotation) ||
            q_takes_classes(q, (Place){file, few[i]}, depth + 1);
      continue;
    }
    Ref p = py_kind(t, few[i]) == PY_NAME ? q_parent(q, file, few[i]) : 0;
    if (py_kind(t, p) == PY_ANN_ASSIGN &&
        says_class(t, PY_AS(AnnAssign, t, p)->annotation))
      continue;
    Ref value = py_kind(t, p) == PY_ASSIGN ? PY_AS(Assign, t, p)->value : 0;
    all = value && q_is_class(q, file, value, depth + 1);
  }
  return all;
}

// The class whose method has the Name as its first parameter: of `self` or `cls`.
static Place class_of_self(Q *q, uint32_t file, Ref name) {
  const PyTree *t = q_tree(q, file);
  const PyScopes *s = q->project->files[file]->scopes;
  if (py_kind(t, name) != PY_NAME)
    return (Place){0};
  uint32_t symbol = py_scopes_target(s, py_scopes_symbol_of(s, name));
  for (Place f = {file, q_function(q, file, name)}; f.ref;
       f.ref = q_function(q, file, f.ref)) {
    Ref cls = py_kind(t, f.ref) == PY_FUNCTION_DEF ? q_class_around(q, f) : 0;
    if (!cls || q_has_decorator(q, f, "staticmethod"))
      continue;
    PyRefs params = def_params(t, f.ref);
    if (params.len && symbol != NO_SYMBOL &&
        py_scopes_target(s, py_scopes_symbol_of(s, params.at[0])) == symbol)
      return (Place){file, cls};
  }
  return (Place){0};
}

bool q_varies(Q *q, Place expr) {
  const PyTree *t = q_tree(q, expr.file);
  return py_kind(t, expr.ref) == PY_ATTRIBUTE &&
         class_of_self(q, expr.file, PY_AS(Attribute, t, expr.ref)->value).ref;
}

// The class, and all that inherit from it.
static void classes_below(Q *q, Place cls, Places *out) {
  PlaceMap seen = {0};
  vec_push(out, cls);
  place_map_set(&seen, place_key(cls), 1);
  for (size_t i = 0; i < out->len; i++) {
    Heirs heirs = q_heirs(q, out->items[i]);
    for (size_t k = 0; k < heirs.count; k++) {
      Place heir = heirs.list[k].cls;
      if (place_map_get(&seen, place_key(heir)) != PLACE_MAP_NONE)
        continue;
      place_map_set(&seen, place_key(heir), 1);
      vec_push(out, heir);
    }
  }
  place_map_free(&seen);
}

// True where an instance of one of `below` may be one of `own` too.
static bool is_any_below(Q *q, const Places *below, Place own) {
  for (size_t i = 0; i < below->len; i++)
    if (q_inherits_to(q, below->items[i], own, 0))
      return true;
  return false;
}

typedef enum {
  STORED_ELSEWHERE,
  STORED_CLASS,
  STORED_NONE,
  STORED_OTHER
} Stored;

// What a Name or Attribute stores for the attribute of the same name of `cls`.
static Stored stored_in(Q *q, Place at, Place cls, const Places *below, int depth) {
  const PyTree *t = q_tree(q, at.file);
  Ref p = q_parent(q, at.file, at.ref);
  if (py_kind(t, at.ref) == PY_ATTRIBUTE) {
    Ref object = PY_AS(Attribute, t, at.ref)->value;
    Place own = class_of_self(q, at.file, object);
    if (own.ref ? !is_any_below(q, below, own)
                : holder_of(q, at.file, object, cls) == HOLDER_OTHER)
      return STORED_ELSEWHERE;
  } else {
    Ref body = q_parent(q, at.file, q_statement(q, at.file, at.ref));
    while (py_kind(t, body) == PY_IF)
      body = q_parent(q, at.file, body);
    if (py_kind(t, body) != PY_CLASS_DEF ||
        !is_any_below(q, below, (Place){at.file, body}))
      return STORED_ELSEWHERE;
  }
  bool annotated = py_kind(t, p) == PY_ANN_ASSIGN;
  if (annotated && says_class(t, PY_AS(AnnAssign, t, p)->annotation))
    return STORED_CLASS;
  Ref value = annotated ? PY_AS(AnnAssign, t, p)->value : PY_AS(Assign, t, p)->value;
  if (q_is_none(t, value))
    return STORED_NONE;
  return q_is_class(q, at.file, value, depth + 1) ? STORED_CLASS : STORED_OTHER;
}

// What was found holds for whatever else stores the attribute, in further classes too.
static void ask_for_stores(Q *q, Atom attr, const Places *below) {
  codemod_ask_word(q->cx, attr);
  for (size_t i = 0; i < below->len; i++) {
    Place cls = below->items[i];
    codemod_ask_word(q->cx, PY_AS(ClassDef, q_tree(q, cls.file), cls.ref)->name);
  }
}

// self.model: what its class, those above and those below say and store. None is no
// class: a query of it raises as select() does.
static bool is_class_field(Q *q, uint32_t file, Ref attribute, int depth) {
  const PyAttribute *a = PY_AS(Attribute, q_tree(q, file), attribute);
  Place cls = class_of_self(q, file, a->value);
  if (!cls.ref)
    return false;
  bool any = false, other = false;
  Places below = {0};
  classes_below(q, cls, &below);
  NamedPlaces named = q_uses_named(q, a->attr);
  for (size_t i = 0; i < named.count && !other; i++) {
    if (!q_is_stored(q, named.list[i].at))
      continue;
    Stored s = stored_in(q, named.list[i].at, cls, &below, depth);
    any |= s == STORED_CLASS;
    other |= s == STORED_OTHER;
  }
  NamedPlaces methods = q_defs_named(q, a->attr);
  for (size_t i = 0; i < methods.count && !other; i++) {
    Place def = methods.list[i].at; // a property
    const PyTree *t = q_tree(q, def.file);
    Ref body = q_class_around(q, def);
    if (!body || !is_any_below(q, &below, (Place){def.file, body}))
      continue;
    any = true;
    other |= !says_class(t, PY_AS(FunctionDef, t, def.ref)->returns) ||
             !q_has_decorator(q, def, "property");
  }
  if (any && !other)
    ask_for_stores(q, a->attr, &below);
  vec_free(&below);
  return any && !other;
}

bool q_is_class(Q *q, uint32_t file, Ref expr, int depth) {
  const PyTree *t = q_tree(q, file);
  if (depth > 8)
    return false;
  Value v = q_value(q, file, expr);
  if (v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_CLASS || v.kind == VALUE_BASE_CLASS)
    return true;
  if (py_kind(t, expr) == PY_NAME)
    return is_class_name(q, file, expr, depth);
  if (py_kind(t, expr) == PY_CALL) // type(x) gives a class or raises
    return call_positional_count(t, expr) == 1 && !call_has_stars(t, expr) &&
           resolve_expr(q->cx->resolver, file, PY_AS(Call, t, expr)->func).kind ==
               ORIGIN_BUILTIN &&
           str_is(py_text(t, PY_AS(Call, t, expr)->func), "type");
  if (py_kind(t, expr) == PY_ATTRIBUTE &&
      str_is(q_name(q, PY_AS(Attribute, t, expr)->attr), "__class__"))
    return true;
  return py_kind(t, expr) == PY_ATTRIBUTE && is_class_field(q, file, expr, depth);
}
