// D101, D131, D141, D129: a class that SQLAlchemy refuses to map.
#include "rules/annotation.h"
#include "rules/table_keys.h"

static Span name_span(const RuleCtx *cx, const Model *m) {
  const PyClassDef *c = PY_AS(ClassDef, cx->tree, m->node.ref);
  return (Span){c->name_at,
                c->name_at + (uint32_t)atom_str(cx->project->names, c->name).len};
}

static Str name_of(const RuleCtx *cx, const Model *m) {
  return atom_str(cx->project->names, m->name);
}

static bool is_plain_table(const Model *m) {
  return m->complete && m->table && m->table->complete && !m->table->reflected &&
         m->inheritance == INHERITS_NONE && !m->parent && m->style != BASE_IMPERATIVE &&
         m->style != BASE_AUTOMAP;
}

// [ran] "could not assemble any primary key columns for mapped table"
static void check_primary_key(RuleCtx *cx, const Model *m) {
  if (!is_plain_table(m) || !m->table->column_count || m->mapper_args.ref)
    return;
  for (uint32_t i = 0; i < m->table->column_count; i++)
    if (m->table->columns[i]->primary_key || !m->table->columns[i]->proven)
      return;
  rule_report(cx, name_span(cx, m), "%.*s has no primary key", STR_ARG(name_of(cx, m)));
}

static bool has_own_column(RuleCtx *cx, Ref cls) {
  const PyTree *t = cx->tree;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref value = py_kind(t, body.at[i]) == PY_ASSIGN ? PY_AS(Assign, t, body.at[i])->value
                : py_kind(t, body.at[i]) == PY_ANN_ASSIGN
                    ? PY_AS(AnnAssign, t, body.at[i])->value
                    : 0;
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, value);
    if (api == API_sqlalchemy_Column || api == API_sqlalchemy_orm_mapped_column)
      return true;
  }
  return false;
}

// True where every class above is of the project and none of them says how tables are
// named or mapped.
static bool is_on_its_own(RuleCtx *cx, Place cls) {
  static const char *const names[] = {"__tablename__", "__table__", "__abstract__",
                                      "__table_cls__", "__init_subclass__"};
  static const char *const bases[] = {"sqlmodel.SQLModel", "sqlmodel.main.SQLModel",
                                      "sqlalchemy.ext.declarative.AbstractConcreteBase",
                                      "sqlalchemy.ext.declarative.ConcreteBase",
                                      "sqlalchemy.ext.declarative.DeferredReflection"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (class_binds(cx, cls, names[i], NULL))
      return false;
  for (size_t i = 0; i < ARRAY_LEN(bases); i++)
    if (class_derives_from(cx, cls, bases[i]))
      return false;
  return !class_has_unknown_base(cx, cls);
}

// [ran] "does not have a __table__ or __tablename__ specified"
static void check_tablename(RuleCtx *cx, Ref cls) {
  const PyClassDef *c = PY_AS(ClassDef, cx->tree, cls);
  Place place = {cx->file_id, cls};
  if (models_class_role(cx->models, place) != CLASS_ABSTRACT ||
      !has_own_column(cx, cls) || py_list(cx->tree, c->decorators).len ||
      !is_on_its_own(cx, place))
    return;
  Str name = atom_str(cx->project->names, c->name);
  rule_report(cx, (Span){c->name_at, c->name_at + (uint32_t)name.len},
              "%.*s has neither `__tablename__` nor `__table__`", STR_ARG(name));
}

// [ran] "Can't find any foreign key relationships between 'child' and 'parent'"
static void check_inheritance(RuleCtx *cx, const Model *m) {
  const Model *p = m->parent;
  if (!p || !m->table || !p->table || m->table == p->table || !m->complete ||
      !m->table->complete || m->inheritance != INHERITS_JOINED ||
      m->mapper_args.ref == 0 || m->style == BASE_IMPERATIVE || has_unknown_key(m->table))
    return;
  bool keyed = false; // Flask-SQLAlchemy makes no table without a key of its own
  for (uint32_t i = 0; i < m->column_count; i++)
    keyed = keyed || (place_eq(m->columns[i].declared_in, m->node) &&
                      m->columns[i].column && m->columns[i].column->primary_key);
  if (!keyed)
    return;
  for (const Model *above = p; above; above = above->parent)
    if (!above->table || !above->table->complete || keys_between(m->table, above->table))
      return;
  rule_report(cx, name_span(cx, m),
              "the table of %.*s has no foreign key to that of %.*s, its parent class",
              STR_ARG(name_of(cx, m)), STR_ARG(name_of(cx, p)));
}

// [ran] "Attribute name 'metadata' is reserved when using the Declarative API"
static void check_reserved(RuleCtx *cx, const Model *m) {
  const PyTree *t = cx->tree;
  if (m->style == BASE_IMPERATIVE || m->style == BASE_SQLMODEL)
    return;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref target = 0, value = 0, annotation = 0;
    if (py_kind(t, body.at[i]) == PY_ASSIGN) {
      target = py_list(t, PY_AS(Assign, t, body.at[i])->targets).at[0];
      value = PY_AS(Assign, t, body.at[i])->value;
    } else if (py_kind(t, body.at[i]) == PY_ANN_ASSIGN) {
      target = PY_AS(AnnAssign, t, body.at[i])->target;
      value = PY_AS(AnnAssign, t, body.at[i])->value;
      annotation = annotation_mapped(cx, PY_AS(AnnAssign, t, body.at[i])->annotation);
    }
    if (py_kind(t, target) != PY_NAME || PY_AS(Name, t, target)->id != SYM_metadata)
      continue;
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, value);
    if (annotation || api == API_sqlalchemy_Column ||
        api == API_sqlalchemy_orm_mapped_column || api == API_sqlalchemy_orm_relationship)
      rule_report(cx, py_span(t, target),
                  "`metadata` is reserved; name the attribute otherwise and the column "
                  "\"metadata\"");
  }
}

DEFINE_RULE(no_primary_key, "D101", "no-primary-key", CAT_DESIGN, SEVERITY_ERROR,
            "A mapped class without a primary key",
            "SQLAlchemy raises ArgumentError: it could not tell the rows apart",
            .check_model = check_primary_key);
DEFINE_RULE(reserved_attribute, "D129", "reserved-attr", CAT_DESIGN, SEVERITY_ERROR,
            "A mapped attribute called metadata",
            "The name belongs to the declarative base: InvalidRequestError is raised",
            .check_model = check_reserved);
const Rule rule_tablename_missing = {
    .code = "D131",
    .name = "tablename-missing",
    .category = CAT_DESIGN,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A class below a declarative base that says neither its table nor that it is "
            "abstract",
    .why = "InvalidRequestError is raised when the class is made",
    .on = {PY_CLASS_DEF},
    .check = check_tablename,
};

DEFINE_RULE(joined_inheritance_key, "D141", "joined-inheritance-fk", CAT_DESIGN,
            SEVERITY_ERROR,
            "A class with a table of its own below a mapped class, without a foreign key",
            "SQLAlchemy cannot join the two tables and raises NoForeignKeysError",
            .check_model = check_inheritance);
