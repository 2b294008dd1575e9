// M267: up to 1.4 an object that was given a parent came into the parent's session
// through the backref. 2.0 adds nothing that way: where nothing else is done with the
// object, it is not saved any more.
//
//   Item(order=order)                     thrown away: only the backref kept it
//   item = Item(); item.order = order     only read and set behind that
//
// Which session is meant, and whether the parent is in one, is for a person to say.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M267", "cascade-backrefs", "Objects that only a backref saves"}, {.code = NULL}};

static const Model *model_made(const CodemodWalk *w, Ref call) {
  Value v = codemod_value(w, call);
  return v.kind == VALUE_ENTITY && v.sure == SURE_PROVEN && v.owner.ref &&
                 codemod_value(w, PY_AS(Call, w->t, call)->func).kind ==
                     VALUE_MAPPED_CLASS
             ? models_of_class(w->cx->models, v.owner)
             : NULL;
}

// True where giving the object a `key` makes it a part of something of the other.
static bool has_backref(const Model *m, Atom key) {
  const Relationship *r = model_relationship(m, key);
  return r && r->proven && r->direction == MANY_TO_ONE && !r->viewonly &&
         (r->backref || r->from_backref || r->back_populates);
}

static Ref parent_argument(const CodemodWalk *w, const Model *m, Ref call) {
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, call)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(w->t, args.at[i]) == PY_KEYWORD &&
        has_backref(m, PY_AS(Keyword, w->t, args.at[i])->arg) &&
        !is_none(w->t, PY_AS(Keyword, w->t, args.at[i])->value))
      return args.at[i];
  return 0;
}

static void report(const CodemodWalk *w, Ref call, Ref stop) {
  Site *s = codemod_site(w->cx, "M267", w->file, py_span(w->t, call),
                         "only its parent's backref adds the object to a session");
  codemod_leave(w->cx, s, (Place){w->file, stop},
                "2.0 does not: give it to session.add(), or to the parent's collection");
}

// ---- objects with a name

typedef struct {
  const CodemodWalk *w;
  uint32_t symbol;
  const Model *model;
  Ref given; // where it gets its parent
  bool handed_on;
} Uses;

// session.delete(x): asks that x is in the session, and adds nothing.
static bool expects_it(const CodemodWalk *w, Ref call, Ref argument) {
  static const char *const names[] = {"delete", "expire", "expunge", "refresh"};
  return py_kind(w->t, call) == PY_CALL && PY_AS(Call, w->t, call)->func != argument &&
         value_is_session(codemod_value(w, call_receiver(w->t, call))) &&
         str_is_any(call_method_text(w->in, call), names, ARRAY_LEN(names));
}

// What is read and set of the object, and nothing else, is not handed on.
static bool look_at_use(void *data, Ref r) {
  Uses *u = data;
  const CodemodWalk *w = u->w;
  const PyScopes *s = w->in->file->scopes;
  if (py_kind(w->t, r) != PY_NAME ||
      py_scopes_target(s, py_scopes_symbol_of(s, r)) != u->symbol)
    return true;
  Ref parent = rule_parent(w->in, r), above = rule_parent(w->in, parent);
  if (py_kind(w->t, parent) == PY_ASSIGN && PY_AS(Assign, w->t, parent)->value != r)
    return true; // it is bound here
  bool attribute = py_kind(w->t, parent) == PY_ATTRIBUTE;
  bool called =
      py_kind(w->t, above) == PY_CALL && PY_AS(Call, w->t, above)->func == parent;
  u->handed_on |= (!attribute && !expects_it(w, parent, r)) || called;
  if (attribute && py_kind(w->t, above) == PY_ASSIGN &&
      PY_AS(Assign, w->t, above)->value != parent &&
      has_backref(u->model, PY_AS(Attribute, w->t, parent)->attr))
    u->given = above;
  return true;
}

static void named(const CodemodWalk *w, Ref assign, Ref call, const Model *m) {
  const PyScopes *s = w->in->file->scopes;
  PyRefs targets = py_list(w->t, PY_AS(Assign, w->t, assign)->targets);
  Ref function = assign;
  while (function && py_kind(w->t, function) != PY_FUNCTION_DEF)
    function = rule_parent(w->in, function);
  if (targets.len != 1 || py_kind(w->t, targets.at[0]) != PY_NAME || !function)
    return;
  uint32_t symbol = py_scopes_symbol_of(s, targets.at[0]);
  if (symbol == NO_SYMBOL || s->symbols[symbol].scope == 0)
    return;
  Uses u = {.w = w,
            .symbol = py_scopes_target(s, symbol),
            .model = m,
            .given = parent_argument(w, m, call)};
  PyVisitor v = {.enter = look_at_use, .data = &u};
  py_walk(w->t, function, &v);
  if (u.given && !u.handed_on)
    report(w, call, u.given);
}

static void visit(const CodemodWalk *w, Ref r) {
  bool assigned = py_kind(w->t, r) == PY_ASSIGN;
  if ((!assigned && py_kind(w->t, r) != PY_EXPR_STMT) ||
      w->cx->source == SQLALCHEMY_2_0 || w->cx->source == SQLALCHEMY_2_1)
    return;
  Ref call = assigned ? PY_AS(Assign, w->t, r)->value : PY_AS(ExprStmt, w->t, r)->value;
  const Model *m = py_kind(w->t, call) == PY_CALL ? model_made(w, call) : NULL;
  Ref given = m && !assigned ? parent_argument(w, m, call) : 0;
  if (given)
    report(w, call, given);
  else if (m && assigned)
    named(w, r, call, m);
}

const Codemod codemod_cascade_backrefs = {.name = "cascade-backrefs",
                                          .codes = codes,
                                          .profile = PROFILE_COMPAT,
                                          .on = {PY_ASSIGN, PY_EXPR_STMT},
                                          .visit = visit};
