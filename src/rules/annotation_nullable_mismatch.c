// T112: what the annotation says about None, and what the column allows.
#include "rules/annotation.h"

// `Mapped[Any]`: whatever it is, None is too.
static bool takes_all(RuleCtx *cx, Ref annotation) {
  Ref inner = annotation_mapped(cx, annotation);
  Str head = inner ? annotation_head(cx, inner) : STR("");
  return str_is(head, "typing.Any") || str_is(head, "object");
}

static void check_column(RuleCtx *cx, const Model *m, const ModelColumn *mapped) {
  const SqlColumn *c = mapped->column;
  if (mapped->inherited || !c->annotation.ref || c->annotation.file != cx->file_id ||
      !place_eq(mapped->declared_in, m->node) || c->annotated_optional == UNSET ||
      m->style == BASE_SQLMODEL)
    return;
  bool optional = c->annotated_optional == YES;
  Span span = py_span(cx->tree, c->annotation.ref);
  if (c->primary_key && (optional || c->nullable_given == YES))
    rule_report(cx, span,
                "a primary key is never None; with %s the database may allow it",
                optional ? "`| None`" : "`nullable=True`");
  // A column of a class that shares its parent's table is NULL in the rows of others.
  else if (!optional && c->nullable_given == YES && m->inheritance != INHERITS_SINGLE &&
           !takes_all(cx, c->annotation.ref))
    rule_report(cx, span, "the column is nullable, but the annotation leaves None out");
  else if (optional && c->nullable_given == NO)
    rule_report(cx, span, "the column is not nullable, but the annotation allows None");
}

static void check(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->column_count; i++)
    check_column(cx, m, &m->columns[i]);
}

const Rule rule_annotation_nullable_mismatch = {
    .code = "T112",
    .name = "annotation-nullable-mismatch",
    .category = CAT_TYPING,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "An annotation that says something else about None than nullable=",
    .why = "nullable= wins without a word, and the type checker believes the annotation",
    .check_model = check,
};
