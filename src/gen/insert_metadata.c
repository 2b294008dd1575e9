// insert_metadata.c: which name of which module has the metadata of the models.
#include "gen/insert_internal.h"

// The first name of `db.Model`, `mapper_registry.mapped`, `Base`.
static Ref root_of(const PyTree *t, Ref expr) {
  while (py_kind(t, expr) == PY_ATTRIBUTE)
    expr = PY_AS(Attribute, t, expr)->value;
  return expr;
}

// What stands before `.mapped` or is the argument of mapped_as_dataclass(registry).
static Ref registry_of(const PyTree *t, Ref decorator) {
  bool is_call = py_kind(t, decorator) == PY_CALL;
  Ref function = is_call ? PY_AS(Call, t, decorator)->func : decorator;
  if (!str_ends(py_text(t, function), STR("mapped")) &&
      !str_ends(py_text(t, function), STR("mapped_as_dataclass")))
    return 0;
  if (py_kind(t, function) == PY_ATTRIBUTE)
    return PY_AS(Attribute, t, function)->value;
  PyRefs args = is_call ? py_list(t, PY_AS(Call, t, decorator)->args) : (PyRefs){0};
  return args.len ? args.at[0] : 0;
}

// The expression that has `.metadata`, as the class of the model has it; 0 where none is.
static Ref owner_of(const Insertion *in, const Model *m) {
  const PyTree *t = insert_tree(in, m->node.file);
  if (py_kind(t, m->node.ref) != PY_CLASS_DEF)
    return 0;
  Place base;
  Ref arg = insert_base_argument(in, m, &base);
  if (m->style == BASE_FLASK)
    return arg ? root_of(t, arg) : 0;
  if (m->style != BASE_REGISTRY || base.ref)
    return arg;
  PyRefs marks = py_list(t, PY_AS(ClassDef, t, m->node.ref)->decorators);
  for (uint32_t i = 0; i < marks.len; i++)
    if (registry_of(t, marks.at[i]))
      return registry_of(t, marks.at[i]);
  return arg;
}

bool insert_find_metadata(const Insertion *in, MetadataSource *out) {
  const Model *m = in->sample;
  while (m->parent)
    m = m->parent;
  if (m->style == BASE_SQLMODEL) {
    *out = (MetadataSource){STR("sqlmodel"), STR("SQLModel"), NO_MODULE};
    return true;
  }
  Ref owner = owner_of(in, m);
  Origin o = owner ? resolve_expr(in->resolver, m->node.file, owner)
                   : (Origin){.kind = ORIGIN_UNKNOWN};
  if (o.kind != ORIGIN_CLASS && o.kind != ORIGIN_VARIABLE)
    return false;
  const PyTree *t = insert_tree(in, o.at.file);
  uint32_t module = in->project->files[o.at.file]->module;
  Str name = py_kind(t, o.at.ref) == PY_CLASS_DEF
                 ? insert_name(in, PY_AS(ClassDef, t, o.at.ref)->name)
                 : py_text(t, o.at.ref);
  if (module == NO_MODULE || !insert_binds(in, o.at.file, name))
    return false;
  *out =
      (MetadataSource){insert_name(in, in->project->modules[module].name), name, module};
  return true;
}
