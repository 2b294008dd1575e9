// T117: Mapped[dict] and the like: no SQL type stands for it.
#include "rules/annotation.h"

// True where a key of the base's type_annotation_map is about the same class, or the map
// cannot be read.
static bool is_in_map(RuleCtx *cx, const Model *m, Ref inner) {
  Place map;
  if (m->style != BASE_CLASS && m->style != BASE_CLASS_NO_META)
    return true; // registry(type_annotation_map=...) is elsewhere
  if (class_binds(cx, m->node, "registry", NULL))
    return true;
  if (!class_binds(cx, m->node, "type_annotation_map", &map))
    return false;
  const PyTree *t = &cx->project->files[map.file]->tree;
  if (py_kind(t, map.ref) != PY_DICT)
    return true;
  Ref head = py_kind(cx->tree, inner) == PY_SUBSCRIPT
                 ? PY_AS(Subscript, cx->tree, inner)->value
                 : inner;
  Origin wanted = resolve_expr(cx->resolver, cx->file_id, head);
  PyRefs items = py_list(t, PY_AS(Dict, t, map.ref)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Ref key = items.at[i];
    if (!key)
      return true; // **more
    if (py_kind(t, key) == PY_SUBSCRIPT)
      key = PY_AS(Subscript, t, key)->value;
    Origin o = resolve_expr(cx->resolver, map.file, key);
    if (o.kind == ORIGIN_UNKNOWN || o.kind == ORIGIN_IMPORTED_UNKNOWN ||
        (o.dotted && o.dotted == wanted.dotted))
      return true;
  }
  return false;
}

static bool is_container(Str head) {
  static const char *const names[] = {"dict",
                                      "list",
                                      "set",
                                      "tuple",
                                      "frozenset",
                                      "object",
                                      "complex",
                                      "typing.Any",
                                      "typing.Dict",
                                      "typing.List",
                                      "typing.Set",
                                      "typing.Tuple",
                                      "typing.Mapping",
                                      "typing.Sequence",
                                      "typing.FrozenSet",
                                      "collections.OrderedDict"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(head, names[i]))
      return true;
  return false;
}

// A union of several types that are not None.
static bool is_union(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  if (py_kind(t, expr) == PY_BIN_OP)
    return annotation_is_plain(cx, expr);
  return str_is(annotation_head(cx, expr), "typing.Union");
}

static bool names_mapped_class(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  if (py_kind(t, expr) == PY_SUBSCRIPT)
    expr = PY_AS(Subscript, t, expr)->slice;
  Str text = string_value(cx, expr);
  Origin o = text.ptr ? resolve_text(cx->resolver, cx->file_id, expr, text)
                      : resolve_expr(cx->resolver, cx->file_id, expr);
  return o.kind == ORIGIN_CLASS ? models_class_role(cx->models, o.at) == CLASS_MAPPED
                                : text.ptr || o.kind == ORIGIN_IMPORTED_UNKNOWN;
}

static bool is_unresolvable(RuleCtx *cx, Ref inner) {
  if (is_container(annotation_head(cx, inner)))
    return !names_mapped_class(cx, inner); // else a relationship was meant
  if (is_union(cx, inner))
    return true;
  Origin o = resolve_expr(cx->resolver, cx->file_id, inner);
  if (o.kind != ORIGIN_CLASS || !o.proven ||
      models_class_role(cx->models, o.at) != CLASS_PLAIN)
    return false;
  const PyTree *t = &cx->project->files[o.at.file]->tree;
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, o.at.ref)->args);
  return !bases.len || class_derives_from(cx, o.at, "pydantic.BaseModel");
}

static void check(RuleCtx *cx, const Model *m) {
  if (m->style == BASE_SQLMODEL)
    return;
  for (uint32_t i = 0; i < m->column_count; i++) {
    const SqlColumn *c = m->columns[i].column;
    if (m->columns[i].inherited || !c->annotation.ref ||
        c->annotation.file != cx->file_id ||
        !place_eq(m->columns[i].declared_in, m->node) || c->type.known ||
        c->type.node.ref || c->type.api || c->foreign_key_count)
      continue;
    bool optional = false;
    Ref inner = annotation_mapped(cx, c->annotation.ref);
    inner = inner ? annotation_without_none(cx, inner, &optional) : 0;
    if (!inner || !is_unresolvable(cx, inner) || is_in_map(cx, m, inner))
      continue;
    rule_report(cx, py_span(cx->tree, inner),
                "no SQL type stands for `%.*s`; give one: `mapped_column(JSON)`, or a "
                "row of type_annotation_map",
                STR_ARG(rule_excerpt(cx, inner)));
  }
}

const Rule rule_mapped_unresolvable = {
    .code = "T117",
    .name = "mapped-unresolvable",
    .category = CAT_TYPING,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "Mapped[] of a type that no SQL type stands for, without one given",
    .why = "2.x raises MappedAnnotationError when the class is made",
    .check_model = check,
};
