// T118: Mapped["B"] of a mapped class without `= relationship()`.
#include "rules/annotation.h"
#include "rules/table_keys.h"

static bool is_collection(Str head) {
  static const char *const names[] = {"list", "set", "typing.List", "typing.Set",
                                      "typing.Sequence"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(head, names[i]))
      return true;
  return false;
}

// The class that a part of an annotation names, in quotes or not; NULL where none.
static const Model *class_named(RuleCtx *cx, Ref expr) {
  Str text = string_value(cx, expr);
  if (text.ptr) {
    size_t bar = str_find_char(text, '|', 0);
    text = str_trim(bar == SIZE_MAX ? text : str_slice(text, 0, bar));
    size_t open = str_find_char(text, '[', 0);
    if (open != SIZE_MAX && str_ends(text, STR("]"))) // list[B], Optional[B]
      text = str_slice(text, open + 1, text.len - 1);
  }
  Origin o = text.ptr ? resolve_text(cx->resolver, cx->file_id, expr, text)
                      : resolve_expr(cx->resolver, cx->file_id, expr);
  if (o.kind == ORIGIN_CLASS)
    return models_of_class(cx->models, o.at);
  if (!text.ptr || str_find_char(text, '.', 0) != SIZE_MAX)
    return NULL;
  return models_by_class_name(cx->models, intern(resolver_names(cx->resolver), text));
}

// The name of a relationship of the other side that already speaks of this attribute.
static Atom other_side(const Model *target, const Model *m, Atom key) {
  for (uint32_t i = 0; i < target->relationship_count; i++) {
    const Relationship *r = &target->relationships[i];
    if (r->target == m && r->back_populates == key)
      return r->key;
  }
  return 0;
}

static void check_attribute(RuleCtx *cx, const Model *m, const PyAnnAssign *a) {
  const PyTree *t = cx->tree;
  Ref inner = annotation_mapped(cx, a->annotation);
  bool optional = false;
  Ref expr = inner ? annotation_without_none(cx, inner, &optional) : 0;
  if (!expr)
    return;
  if (py_kind(t, expr) == PY_SUBSCRIPT && is_collection(annotation_head(cx, expr)))
    expr = PY_AS(Subscript, t, expr)->slice;
  const Model *target = class_named(cx, expr);
  if (!target || target->style == BASE_SQLMODEL)
    return;
  Finding *f = rule_report(cx, py_span(t, a->annotation),
                           "%.*s is a mapped class: `= relationship()` is missing",
                           STR_ARG(atom_str(cx->project->names, target->name)));
  uint32_t keys = m->table && target->table ? keys_between(m->table, target->table) : 0;
  if (keys != 1) {
    rule_refuse(cx, f,
                keys ? "several foreign keys lead there; say which by foreign_keys="
                     : "no foreign key is known between the two tables");
    return;
  }
  if (!rule_fix(cx, f, FIX_SAFE, "Add `relationship()`"))
    return;
  Str name = fix_require_import(cx, a->annotation, "sqlalchemy.orm", "relationship");
  if (!name.ptr)
    return;
  Atom back = other_side(target, m, PY_AS(Name, t, a->target)->id);
  Str text = str_format(cx->scratch, " = %.*s()", STR_ARG(name));
  if (back)
    text = str_format(cx->scratch, " = %.*s(back_populates=\"%.*s\")", STR_ARG(name),
                      STR_ARG(atom_str(cx->project->names, back)));
  fix_insert(cx, a->node.end, text);
}

static void check(RuleCtx *cx, const Model *m) {
  const PyTree *t = cx->tree;
  if (m->style == BASE_SQLMODEL || m->style == BASE_IMPERATIVE)
    return; // there annotations map nothing
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ANN_ASSIGN)
      continue;
    const PyAnnAssign *a = PY_AS(AnnAssign, t, body.at[i]);
    if (!a->value && py_kind(t, a->target) == PY_NAME &&
        !model_relationship(m, PY_AS(Name, t, a->target)->id)) // set behind the class
      check_attribute(cx, m, a);
  }
}

const Rule rule_mapped_without_relationship = {
    .code = "T118",
    .name = "mapped-relationship-without-rhs",
    .category = CAT_TYPING,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "An attribute annotated with a mapped class, without relationship()",
    .why =
        "SQLAlchemy takes it for a column and raises MappedAnnotationError: no SQL type "
        "stands for a mapped class",
    .check_model = check,
};
