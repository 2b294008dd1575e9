// Rows of 1.x that are read like dictionaries: a Row of 2.0 is a tuple, and its
// `_mapping` is what answers to names. 1.4 has it too.
//
//   row["name"]      row._mapping["name"]
//   dict(row)        dict(row._mapping)
//   "name" in row    "name" in row._mapping       rows of a Connection of 1.x only
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M150", "row-string-subscript", "row[\"name\"]: a row of 2.0 is a tuple"},
    {"M151", "row-dict-methods",
     "row.items(), dict(row), **row: a row of 2.0 is a tuple"},
    {"M152", "key-in-row", "\"name\" in row: 2.0 looks for a value there"},
    {"M155", "result-next", "Result.next()"},
    {.code = NULL}};

static bool is_row(const CodemodWalk *w, Ref r) {
  return r && codemod_value(w, r).kind == VALUE_ROW;
}

// Opens the site of a row; false where it is not to be written.
static bool open_site(const CodemodWalk *w, const char *code, Ref at, Ref row,
                      const char *what) {
  if (!codemod_begin(w, code, at, what))
    return false;
  codemod_need_proven(w, row);
  return true;
}

static void add_mapping(const CodemodWalk *w, Ref row) {
  PyKind kind = py_kind(w->t, row);
  bool simple = kind == PY_NAME || kind == PY_ATTRIBUTE || kind == PY_CALL ||
                kind == PY_SUBSCRIPT ||
                rule_paren_span(w->in, row).end != py_node(w->t, row)->end;
  if (!simple)
    codemod_refuse(w->cx, (Place){w->file, row}, "the row is an expression of its own");
  fix_insert(w->in, rule_paren_span(w->in, row).end, STR("._mapping"));
}

// ---- row["name"], row[table.c.name]

static bool is_stored(const CodemodWalk *w, Ref r) {
  Ref p = rule_parent(w->in, r);
  PyKind kind = py_kind(w->t, p);
  return (kind == PY_ASSIGN && PY_AS(Assign, w->t, p)->value != r) ||
         (kind == PY_AUG_ASSIGN && PY_AS(AugAssign, w->t, p)->target == r) ||
         kind == PY_DELETE;
}

static void subscript(const CodemodWalk *w, Ref r) {
  const PySubscript *s = PY_AS(Subscript, w->t, r);
  PyKind kind = py_kind(w->t, s->slice);
  bool number = kind == PY_NUM && py_node(w->t, s->slice)->aux == PY_NUM_INT;
  if (kind == PY_SLICE || kind == PY_UNARY_OP || number || !is_row(w, s->value) ||
      is_stored(w, r))
    return;
  Value key = codemod_value(w, s->slice);
  if (key.kind == VALUE_INT)
    return;
  if (!open_site(w, "M150", r, s->value, "a row is asked by name, as 1.x allowed"))
    return;
  bool named = key.kind == VALUE_STR || value_is_column(key);
  if (!named || key.sure != SURE_PROVEN)
    codemod_refuse(w->cx, (Place){w->file, s->slice},
                   "whether the key is a name or a position is not known");
  add_mapping(w, s->value);
  codemod_close(w->cx);
}

// ---- row.keys(), dict(row), **row

// True where it makes no difference that a view stands in place of a list.
static bool only_iterated(const CodemodWalk *w, Ref call) {
  Ref p = rule_parent(w->in, call);
  switch (py_kind(w->t, p)) {
  case PY_FOR:
    return PY_AS(For, w->t, p)->iter == call;
  case PY_COMPREHENSION:
    return PY_AS(Comprehension, w->t, p)->iter == call;
  case PY_CALL: {
    static const char *const names[] = {"dict", "list", "set", "sorted", "tuple", "len"};
    Str name = rule_text(w->in, PY_AS(Call, w->t, p)->func);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
      if (str_is(name, names[i]))
        return true;
    return false;
  }
  default:
    return false;
  }
}

static void method(const CodemodWalk *w, Ref call) {
  static const struct {
    const char *name, *now, *around;
  } methods[] = {{"keys", "keys", ""},           {"items", "items", "list"},
                 {"values", "values", "list"},   {"iterkeys", "keys", "iter"},
                 {"iteritems", "items", "iter"}, {"itervalues", "values", "iter"}};
  Ref row = call_receiver(w->t, call);
  Str name = call_method_text(w->in, call);
  for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
    if (!str_is(name, methods[i].name) || !is_row(w, row) ||
        py_list(w->t, PY_AS(Call, w->t, call)->args).len)
      continue;
    if (!open_site(w, "M151", call, row, "a method of rows of 1.x"))
      return;
    add_mapping(w, row);
    const PyAttribute *a = PY_AS(Attribute, w->t, PY_AS(Call, w->t, call)->func);
    if (!str_is(name, methods[i].now))
      fix_replace(w->in, (Span){a->attr_at, a->node.end}, str_from(methods[i].now));
    const char *around = methods[i].around;
    if (*around && (strcmp(around, "list") != 0 || !only_iterated(w, call))) {
      fix_printf(w->in, (Span){py_node(w->t, call)->start, py_node(w->t, call)->start},
                 "%s(", around);
      fix_insert(w->in, py_node(w->t, call)->end, STR(")"));
    }
    codemod_close(w->cx);
    return;
  }
}

static void whole(const CodemodWalk *w, Ref at, Ref row) {
  if (!is_row(w, row) ||
      !open_site(w, "M151", at, row, "a row is taken for a dictionary"))
    return;
  add_mapping(w, row);
  codemod_close(w->cx);
}

static void dict_call(const CodemodWalk *w, Ref call) {
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  if (!args.len || py_kind(w->t, args.at[0]) == PY_KEYWORD ||
      py_kind(w->t, args.at[0]) == PY_STARRED)
    return;
  Origin o = resolve_expr(w->cx->resolver, w->file, PY_AS(Call, w->t, call)->func);
  if (o.kind == ORIGIN_BUILTIN && str_is(codemod_name(w, o.dotted), "dict"))
    whole(w, call, args.at[0]);
}

// ---- "name" in row

static void membership(const CodemodWalk *w, Ref r) {
  const PyCompare *c = PY_AS(Compare, w->t, r);
  PyRefs others = py_list(w->t, c->comparators);
  PyOp op = (PyOp)c->node.aux;
  if (others.len != 1 || (op != PY_IN && op != PY_NOT_IN) || !is_row(w, others.at[0]))
    return;
  Value v = codemod_value(w, others.at[0]), key = codemod_value(w, c->left);
  ValueKind by = v.shape ? (ValueKind)v.shape->session.kind : VALUE_UNKNOWN;
  bool legacy = (by == VALUE_CONNECTION || by == VALUE_ENGINE) &&
                !(v.shape->session.flags & (VALUE_FUTURE | VALUE_OPTIONS_UNKNOWN));
  if (w->cx->source != SQLALCHEMY_1_4 || !legacy || key.kind != VALUE_STR)
    return;
  if (!open_site(w, "M152", r, others.at[0],
                 "1.x looked for a name in the row, 2.0 looks for a value"))
    return;
  if (v.shape->session.sure != SURE_PROVEN && !w->cx->unsafe)
    codemod_refuse(w->cx, (Place){w->file, others.at[0]},
                   "that a Connection made the row is likely, not proven");
  add_mapping(w, others.at[0]);
  codemod_close(w->cx);
}

// ---- result.next()

static void next_call(const CodemodWalk *w, Ref call) {
  Ref result = call_receiver(w->t, call);
  if (!str_is(call_method_text(w->in, call), "next") ||
      py_list(w->t, PY_AS(Call, w->t, call)->args).len ||
      codemod_value(w, result).kind != VALUE_RESULT ||
      !open_site(w, "M155", call, result, "Result.next() is next() of Python now"))
    return;
  Origin o = resolve_text(w->cx->resolver, w->file, call, STR("next"));
  if (o.kind != ORIGIN_BUILTIN)
    codemod_refuse(w->cx, (Place){0, 0}, "`next` means something else here");
  Span inner = rule_paren_span(w->in, result);
  fix_insert(w->in, py_node(w->t, call)->start, STR("next("));
  fix_replace(w->in, (Span){inner.end, py_node(w->t, call)->end}, STR(")"));
  codemod_close(w->cx);
}

// ----

static void visit(const CodemodWalk *w, Ref r) {
  switch (py_kind(w->t, r)) {
  case PY_SUBSCRIPT:
    subscript(w, r);
    break;
  case PY_CALL:
    method(w, r);
    dict_call(w, r);
    next_call(w, r);
    break;
  case PY_COMPARE:
    membership(w, r);
    break;
  case PY_KEYWORD: // f(**row)
    if (!PY_AS(Keyword, w->t, r)->arg)
      whole(w, r, PY_AS(Keyword, w->t, r)->value);
    break;
  case PY_DICT: { // {**row}
    PyRefs items = py_list(w->t, PY_AS(Dict, w->t, r)->items);
    for (uint32_t i = 0; i + 1 < items.len; i += 2)
      if (!items.at[i])
        whole(w, r, items.at[i + 1]);
    break;
  }
  default:
    break;
  }
}

const Codemod codemod_row_access = {
    .name = "row-access",
    .codes = codes,
    .profile = PROFILE_COMPAT,
    .on = {PY_SUBSCRIPT, PY_CALL, PY_COMPARE, PY_KEYWORD, PY_DICT},
    .visit = visit};
