// M350: `/` of two integer columns. 1.x sent it as it stands, and PostgreSQL, SQLite and
// SQL Server divide whole; 2.x casts, so that the result has a fraction. `//` of 2.x is
// the division of before on these databases.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M350", "int-division",
     "The quotient of integer columns, which is a fraction on 2.x"},
    {.code = NULL}};

static bool is_int_type(const SqlColumn *c) {
  if (!c || !c->type.known || c->type.cls.ref)
    return false;
  switch ((ApiId)c->type.api) {
  case API_sqlalchemy_Integer:
  case API_sqlalchemy_INT: // INTEGER too
  case API_sqlalchemy_SmallInteger:
  case API_sqlalchemy_SMALLINT:
  case API_sqlalchemy_BigInteger:
  case API_sqlalchemy_BIGINT:
    return true;
  default:
    return false;
  }
}

static bool is_int_column(const CodemodWalk *w, Ref x) {
  Value v = codemod_value(w, x);
  if (v.kind != VALUE_COLUMN || !v.owner.ref || !v.key)
    return false;
  const Model *m = models_of_class(w->cx->models, v.owner);
  const ModelColumn *c = m ? model_column(m, v.key) : NULL;
  if (c)
    return is_int_type(c->column);
  const SqlTable *t = models_table_of(w->cx->models, v.owner);
  return t && is_int_type(sql_table_column(t, v.key));
}

static bool is_int(const CodemodWalk *w, Ref x) {
  return (py_kind(w->t, x) == PY_NUM && py_node(w->t, x)->aux == PY_NUM_INT) ||
         is_int_column(w, x);
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) != PY_BIN_OP || py_node(w->t, r)->aux != PY_DIV ||
      w->cx->source >= SQLALCHEMY_2_0)
    return;
  const PyBinOp *op = PY_AS(BinOp, w->t, r);
  if (!is_int(w, op->left) || !is_int(w, op->right) ||
      (!is_int_column(w, op->left) && !is_int_column(w, op->right)) ||
      !codemod_begin(w, "M350", r,
                     "`/` of integers gives a fraction on 2.x, on 1.x what the database "
                     "makes of it"))
    return;
  Span left = rule_paren_span(w->in, op->left), right = rule_paren_span(w->in, op->right);
  size_t at = str_find_char(w->t->source->text, '/', left.end);
  if (!w->cx->unsafe)
    codemod_refuse(w->cx, (Place){0, 0},
                   "PostgreSQL, SQLite and SQL Server divided whole, as `//` does now; "
                   "MySQL and Oracle did not; --unsafe writes `//`");
  else if (at >= right.start || rule_has_comment(w->in, (Span){left.end, right.start}))
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
  else
    fix_insert(w->in, (uint32_t)at, STR("/"));
  codemod_close(w->cx);
}

const Codemod codemod_int_division = {.name = "int-division",
                                      .codes = codes,
                                      .profile = PROFILE_COMPAT,
                                      .on = {PY_BIN_OP},
                                      .visit = visit};
