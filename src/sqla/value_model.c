// value_model.c: mapped attributes, from the models of the project.
#include "sqla/model.h"
#include "sqla/value_internal.h"

enum {
  MAX_DEPTH = 64 // classes above a class
};

static Value column_item(ValueCtx *cx, const SqlColumn *column, uint32_t file, Ref at) {
  if (!column || column->type.api == API_NONE || column->type.cls.ref)
    return value_unknown();
  Str dotted = str_from(api_row((ApiId)column->type.api)->dotted);
  size_t dot = str_rfind_char(dotted, '.');
  Str name = dot == SIZE_MAX ? dotted : str_slice(dotted, dot + 1, dotted.len);
  return symbol_type_reads(cx, name, file, at);
}

static Value entity(const Model *target, uint32_t file, Ref at) {
  Value v = value_make(VALUE_ENTITY, file, at);
  if (target)
    v.owner = target->node;
  return v;
}

static Value related_shape(ValueCtx *cx, Value v, Value item) {
  if (!item.owner.ref)
    return v;
  ShapeItem *one = arena_new(cx->arena, ShapeItem);
  one->value = item;
  v.shape = shape_of_items(cx, one, 1, 0);
  return v;
}

// What an instance reads: a list, one instance or None, a dynamic query.
static Value related(ValueCtx *cx, const Relationship *rel, uint32_t file, Ref at) {
  Value item = entity(rel->target, file, at);
  if (str_is(rel->lazy, "dynamic"))
    return related_shape(cx, value_make(VALUE_DYNAMIC, file, at), item);
  if (str_is(rel->lazy, "write_only"))
    return related_shape(cx, value_with_item(cx, VALUE_BULK_QUERY, item, file, at), item);
  if (rel->uselist == NO) {
    item.flags |= VALUE_OR_NONE;
    return item;
  }
  bool is_list = rel->uselist == YES && rel->collection_class.ref == 0;
  if (!is_list)
    return value_unknown();
  return value_with_item(cx, VALUE_LIST, item, file, at);
}

static Value relationship_value(ValueCtx *cx, const Model *model, const Relationship *rel,
                                bool on_instance, uint32_t file, Ref at) {
  Value read = related(cx, rel, file, at);
  Value v = read;
  if (on_instance) {
    if (v.kind == VALUE_UNKNOWN)
      return v;
    v.flags |= VALUE_FROM_RELATIONSHIP;
  } else {
    v = value_with_item(cx, VALUE_RELATIONSHIP, read, file, at);
    if (rel->uselist == YES)
      v.flags |= VALUE_COLLECTION;
  }
  v.key = rel->key;
  if (!on_instance)
    v.owner = model->node;
  return v;
}

static Value other_attribute(ValueCtx *cx, const ModelAttr *a, bool on_instance,
                             uint32_t file, Ref at) {
  (void)cx;
  switch (a->kind) {
  case ATTR_COLUMN_PROPERTY:
  case ATTR_QUERY_EXPRESSION:
    return on_instance ? value_unknown() : value_make(VALUE_EXPRESSION, file, at);
  default:
    return value_unknown();
  }
}

static Value flask_query(ValueCtx *cx, const Model *model, uint32_t file, Ref at) {
  ShapeItem *item = arena_new(cx->arena, ShapeItem);
  item->value = entity(model, file, at);
  item->at = (Place){file, at};
  Value v = value_make(VALUE_QUERY, file, at);
  v.flags |= VALUE_FLASK;
  v.shape = shape_of_items(cx, item, 1, SHAPE_WHOLE | SHAPE_FROM_SESSION_QUERY);
  return v;
}

Value model_query(ValueCtx *cx, Place cls, uint32_t file, Ref at) {
  const Models *models = cx->index->models;
  const Model *model = models ? models_of_class(models, cls) : NULL;
  return model ? flask_query(cx, model, file, at) : value_unknown();
}

typedef enum {
  MEETS_NEITHER,
  MEETS_CLASS,
  MEETS_BASE
} Meets;

// What comes first on the way along the bases of `cls`: `of`, or the Model of
// Flask-SQLAlchemy. That is the order of lookup where `of` does not inherit from it.
static Meets meets_first(ValueCtx *cx, Place cls, Place of, int depth) {
  if (place_eq(cls, of))
    return MEETS_CLASS;
  const PyTree *t = tree_of(cx, cls.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < args.len && depth < MAX_DEPTH; i++) {
    Value base = ask(cx, cls.file, args.at[i]);
    bool is_class = base.owner.ref &&
                    py_kind(tree_of(cx, base.owner.file), base.owner.ref) == PY_CLASS_DEF;
    if (!is_class && base.kind == VALUE_BASE_CLASS)
      return MEETS_BASE;
    Meets first = is_class ? meets_first(cx, base.owner, of, depth + 1) : MEETS_NEITHER;
    if (first != MEETS_NEITHER)
      return first;
  }
  return MEETS_NEITHER;
}

// class User(db.Model, Mixin): `query` of the mixin stands behind the one of db.Model.
static bool is_shadowed_query(ValueCtx *cx, const Model *model, const ModelAttr *a) {
  return models_class_role(cx->index->models, a->declared_in) == CLASS_PLAIN &&
         meets_first(cx, model->node, a->declared_in, 0) == MEETS_BASE;
}

Value model_attribute(ValueCtx *cx, Place cls, Atom name, bool on_instance, uint32_t file,
                      Ref at) {
  const Models *models = cx->index->models;
  const Model *model = models ? models_of_class(models, cls) : NULL;
  if (!model)
    return value_unknown();
  const ModelColumn *column = model_column(model, name);
  if (column) {
    Value item = column_item(cx, column->column, file, at);
    if (on_instance) {
      if (is_known(item))
        item.flags |= VALUE_OR_NONE; // before a flush every attribute may be None
      return item;
    }
    Value v = value_with_item(cx, VALUE_COLUMN, item, file, at);
    v.owner = model->node;
    v.key = name;
    return v;
  }
  const Relationship *rel = model_relationship(model, name);
  if (rel)
    return relationship_value(cx, model, rel, on_instance, file, at);
  const ModelAttr *other = model_attr(model, name);
  bool query = name == SYM_query && model->style == BASE_FLASK && !on_instance;
  if (other && !(query && is_shadowed_query(cx, model, other)))
    return other_attribute(cx, other, on_instance, file, at);
  if (query)
    return flask_query(cx, model, file, at);
  return value_unknown();
}

bool model_has(ValueCtx *cx, Place cls, Atom name) {
  const Models *models = cx->index->models;
  const Model *model = models ? models_of_class(models, cls) : NULL;
  return model && (model_column(model, name) || model_relationship(model, name));
}

ValueKind model_class_kind(ValueCtx *cx, Place cls) {
  const Models *models = cx->index->models;
  switch (models ? models_class_role(models, cls) : CLASS_PLAIN) {
  case CLASS_MAPPED:
    return VALUE_MAPPED_CLASS;
  case CLASS_BASE:
    return VALUE_BASE_CLASS;
  default:
    return VALUE_CLASS;
  }
}

Value table_column(ValueCtx *cx, Place table, Atom name, uint32_t file, Ref at) {
  const Models *models = cx->index->models;
  const SqlTable *t = models ? models_table_of(models, table) : NULL;
  const SqlColumn *column = t ? sql_table_column(t, name) : NULL;
  return value_with_item(cx, VALUE_COLUMN, column_item(cx, column, file, at), file, at);
}

Str class_dotted_name(ValueCtx *cx, Place cls) {
  const Models *models = cx->index->models;
  const Model *model = models ? models_of_class(models, cls) : NULL;
  return model ? atom_str(cx->project->names, model->dotted) : (Str){NULL, 0};
}
