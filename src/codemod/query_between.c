// query_between.c: whether a name or an attribute still is, where a query runs, what it
// was where the query was made.
#include "codemod/query_internal.h"
#include "rules/util.h"

// What may run between the two: the text from one to the other, and the loops around the
// second that begin behind the first.
static Span between(Q *q, uint32_t file, Ref seen, Ref at) {
  const PyTree *t = q_tree(q, file);
  Span span = {py_node(t, seen)->start, py_node(t, at)->end};
  for (Ref r = q_parent(q, file, at); r; r = q_parent(q, file, r)) {
    PyKind kind = py_kind(t, r);
    if (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF)
      break;
    bool loop = kind == PY_FOR || kind == PY_WHILE;
    if (loop && py_node(t, r)->start > span.start && py_node(t, r)->end > span.end)
      span.end = py_node(t, r)->end;
  }
  return span;
}

bool q_holds(Q *q, uint32_t file, Ref at, uint32_t symbol, Place seen) {
  const PyScopes *s = q->project->files[file]->scopes;
  const PyTree *t = q_tree(q, file);
  if (py_scopes_lookup(s, py_scopes_at(s, at), s->symbols[symbol].name) != symbol)
    return false;
  if (s->symbols[symbol].flags & SYMBOL_REBOUND_INSIDE)
    return false;
  if (s->symbols[symbol].first == s->symbols[symbol].last)
    return true;
  if (seen.file != file || py_node(t, seen.ref)->start > py_node(t, at)->end)
    return false;
  Span span = between(q, file, seen.ref, at);
  for (uint32_t b = s->symbols[symbol].first; b != NO_BINDING; b = s->bindings[b].next) {
    uint32_t bound = py_node(t, s->bindings[b].node)->start;
    if (bound >= span.start && bound < span.end)
      return false;
  }
  return true;
}

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
  Span span;
  Str text; // of the session
  uint32_t symbol;
  bool replaced;
} Search;

static bool is_stored(const Search *s, Ref r) {
  Ref p = q_parent(s->q, s->file, r);
  while (py_kind(s->t, p) == PY_TUPLE || py_kind(s->t, p) == PY_LIST ||
         py_kind(s->t, p) == PY_STARRED) {
    r = p;
    p = q_parent(s->q, s->file, r);
  }
  switch (py_kind(s->t, p)) {
  case PY_ASSIGN:
    return PY_AS(Assign, s->t, p)->value != r;
  case PY_ANN_ASSIGN:
    return PY_AS(AnnAssign, s->t, p)->target == r;
  case PY_AUG_ASSIGN:
    return PY_AS(AugAssign, s->t, p)->target == r;
  case PY_FOR:
    return PY_AS(For, s->t, p)->target == r;
  case PY_WITH_ITEM:
    return PY_AS(WithItem, s->t, p)->vars == r;
  case PY_DELETE:
    return true;
  default:
    return false;
  }
}

// `self.db` of `self.db.session`.
static bool is_part(const Search *s, Ref r) {
  Str text = py_text(s->t, r);
  return str_starts(s->text, text) &&
         (s->text.len == text.len || s->text.ptr[text.len] == '.');
}

static bool find_replaced(void *data, Ref r) {
  Search *s = data;
  PyKind kind = py_kind(s->t, r);
  const PyNode *n = py_node(s->t, r);
  if (n->end <= s->span.start || n->start >= s->span.end)
    return false;
  if (n->start < s->span.start)
    return true;
  if (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF || kind == PY_LAMBDA)
    return n->end > s->span.end; // runs at another time, unless it is where the query is
  if (kind == PY_ATTRIBUTE)
    s->replaced |= is_part(s, r) && is_stored(s, r);
  else if (kind == PY_NAME)
    s->replaced |=
        py_scopes_target(s->q->project->files[s->file]->scopes,
                         py_scopes_symbol_of(s->q->project->files[s->file]->scopes, r)) ==
            s->symbol &&
        is_stored(s, r);
  else if (kind == PY_CALL && str_is(q_name(s->q, call_method(s->t, r)), "remove"))
    s->replaced |= is_part(s, call_receiver(s->t, r)); // of a scoped_session
  return !s->replaced;
}

bool q_is_replaced(Q *q, uint32_t file, Ref at, Place seen) {
  const PyTree *t = q_tree(q, file);
  const PyScopes *scopes = q->project->files[file]->scopes;
  if (seen.file != file || !seen.ref || py_node(t, seen.ref)->start > py_node(t, at)->end)
    return false;
  Ref base = seen.ref;
  while (py_kind(t, base) == PY_ATTRIBUTE)
    base = PY_AS(Attribute, t, base)->value;
  if (py_kind(t, base) != PY_NAME)
    return false;
  Ref around = q_function(q, file, seen.ref);
  Search s = {q,         file, t, between(q, file, seen.ref, at), py_text(t, seen.ref),
              NO_SYMBOL, false};
  s.symbol = py_scopes_target(scopes, py_scopes_symbol_of(scopes, base));
  if (around && py_node(t, around)->end < s.span.end)
    return false; // in another function: when that runs is not known
  PyVisitor visitor = {.enter = find_replaced, .data = &s};
  py_walk(t, around ? around : t->root, &visitor);
  return s.replaced;
}
