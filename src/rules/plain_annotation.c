// T115: an annotation without Mapped[] in a mapped class of 2.x.
#include "rules/annotation.h"

typedef enum {
  VALUE_ABSENT,
  VALUE_NOTHING,     // = None
  VALUE_MAPPED_CALL, // = mapped_column(), column_property(), deferred(), synonym()
  VALUE_RELATION,    // = relationship()
  VALUE_COLUMN_CALL, // = Column()
  VALUE_OTHER
} Assigned;

static Assigned assigned(RuleCtx *cx, Ref value) {
  if (!value)
    return VALUE_ABSENT;
  if (is_none(cx->tree, value))
    return VALUE_NOTHING;
  switch (resolve_call_api(cx->resolver, cx->file_id, value)) {
  case API_sqlalchemy_orm_mapped_column:
  case API_sqlalchemy_orm_column_property:
  case API_sqlalchemy_orm_deferred:
  case API_sqlalchemy_orm_synonym:
    return VALUE_MAPPED_CALL;
  case API_sqlalchemy_orm_relationship:
    return VALUE_RELATION;
  case API_sqlalchemy_Column:
    return VALUE_COLUMN_CALL;
  default:
    return VALUE_OTHER;
  }
}

// [ran] What raises on 2.x: in a mapped class, and in a mixin or abstract class.
static bool raises(ClassRole role, Assigned a) {
  if (role == CLASS_MAPPED)
    return a == VALUE_ABSENT || a == VALUE_NOTHING || a == VALUE_MAPPED_CALL ||
           a == VALUE_RELATION;
  return a == VALUE_MAPPED_CALL || (a == VALUE_COLUMN_CALL && role != CLASS_PLAIN);
}

// True where the class is mapped by the declarative scan of 2.x.
static bool is_new_style(RuleCtx *cx, const Model *m) {
  if (m && (m->dataclass || m->style == BASE_SQLMODEL || m->style == BASE_IMPERATIVE))
    return false;
  return cx->target >= SQLALCHEMY_2_0 ||
         (m && (m->style == BASE_CLASS || m->style == BASE_CLASS_NO_META));
}

// A class under `if TYPE_CHECKING:` is never made.
static bool is_never_made(RuleCtx *cx, Ref cls) {
  const PyScopes *s = cx->file->scopes;
  uint32_t symbol = py_scopes_symbol_of(s, cls);
  uint32_t b = symbol == NO_SYMBOL ? NO_BINDING : s->symbols[symbol].first;
  for (; b != NO_BINDING; b = s->bindings[b].next)
    if (s->bindings[b].node == cls)
      return s->bindings[b].flags & BIND_TYPE_CHECKING;
  return false;
}

static bool is_dunder(RuleCtx *cx, Ref target) {
  return str_starts(atom_str(cx->project->names, PY_AS(Name, cx->tree, target)->id),
                    STR("__"));
}

static void check(RuleCtx *cx, Ref cls) {
  const PyTree *t = cx->tree;
  Place place = {cx->file_id, cls};
  ClassRole role = models_class_role(cx->models, place);
  const Model *m = models_of_class(cx->models, place);
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls)->body);
  int allowed = -1; // not asked yet
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ANN_ASSIGN)
      continue;
    const PyAnnAssign *a = PY_AS(AnnAssign, t, body.at[i]);
    Assigned value = assigned(cx, a->value);
    if (py_kind(t, a->target) != PY_NAME || !raises(role, value) ||
        !(is_new_style(cx, m) || (value == VALUE_MAPPED_CALL && role == CLASS_PLAIN)) ||
        is_dunder(cx, a->target) || !annotation_is_plain(cx, a->annotation))
      continue;
    if (allowed < 0)
      allowed = is_never_made(cx, cls) ||
                class_binds(cx, place, "__allow_unmapped__", NULL) ||
                class_derives_from(cx, place, "sqlalchemy.orm.MappedAsDataclass") ||
                class_has_unknown_base(cx, place);
    if (allowed)
      return;
    rule_report(cx, py_span(t, a->annotation),
                "the annotation of a mapped attribute is `Mapped[%.*s]`",
                STR_ARG(rule_excerpt(cx, a->annotation)));
  }
}

const Rule rule_plain_annotation = {
    .code = "T115",
    .name = "plain-annotation",
    .category = CAT_TYPING,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "An annotated attribute of a mapped class without Mapped[]",
    .why =
        "2.x raises MappedAnnotationError, unless the class says `__allow_unmapped__ = "
        "True` or the attribute is a ClassVar",
    .on = {PY_CLASS_DEF},
    .check = check,
};
