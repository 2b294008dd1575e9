// P129: rows that are loaded to be deleted one by one.
#include "rules/loaded.h"

// What session.delete() does beyond the row itself: children, rows of a secondary table.
static bool cascades(const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++)
    if (m->relationships[i].direction != MANY_TO_ONE && !m->relationships[i].viewonly)
      return true;
  return !m->complete || m->inheritance != INHERITS_NONE;
}

// for user in session.scalars(select(User).where(...)):
//     session.delete(user)
static void check(RuleCtx *cx, Ref node) {
  const PyTree *t = cx->tree;
  const PyFor *f = PY_AS(For, t, node);
  PyRefs body = py_list(t, f->body);
  if (cx->file->is_test || body.len != 1 || py_kind(t, f->target) != PY_NAME ||
      py_kind(t, body.at[0]) != PY_EXPR_STMT)
    return;
  Ref call = PY_AS(ExprStmt, t, body.at[0])->value;
  if (py_kind(t, call) == PY_AWAIT)
    call = PY_AS(Await, t, call)->value;
  Ref session = call_receiver(t, call);
  Ref row = session ? call_positional(t, call, 0) : 0;
  Ref rows = f->iter;
  if (py_kind(t, rows) == PY_NAME) // rows that nothing else is done with
    rows = used_once(cx, rows) ? assigned_once(cx, rule_symbol(cx, rows)) : 0;
  Loaded loaded;
  if (!row || !rows || !str_is(call_method_text(cx, call), "delete") ||
      rule_symbol(cx, row) != rule_symbol(cx, f->target) ||
      !value_is_session(rule_value(cx, session)) || !loaded_from(cx, rows, &loaded) ||
      !loaded.statement || cascades(loaded.model))
    return;
  rule_report(
      cx, py_span(t, call),
      "every `%.*s` is loaded to be deleted; `delete().where(...)` does it in one "
      "statement, where no event of the ORM has to run",
      STR_ARG(atom_str(cx->project->names, loaded.model->name)));
}

const Rule rule_delete_in_loop = {
    .code = "P129",
    .name = "delete-in-loop",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "A loop that loads rows only to delete them",
    .why = "All columns of all rows travel, and each row is deleted by itself",
    .on = {PY_FOR},
    .check = check,
};
