// model_attr.c: what a mapped class declares: its table, columns and other attributes.
#include "sqla/model_internal.h"

static bool is_full(uint32_t count) {
  return (count & (count - 1)) == 0;
}

static void add_column(Models *m, Model *model, ModelColumn c) {
  if (is_full(model->column_count)) {
    ModelColumn *more = arena_array(m->arena, ModelColumn, model->column_count * 2 + 1);
    if (model->column_count)
      memcpy(more, model->columns, model->column_count * sizeof *more);
    model->columns = more;
  }
  model->columns[model->column_count++] = c;
}

static void add_attr(Models *m, Model *model, ModelAttr a) {
  if (is_full(model->attr_count)) {
    ModelAttr *more = arena_array(m->arena, ModelAttr, model->attr_count * 2 + 1);
    if (model->attr_count)
      memcpy(more, model->attrs, model->attr_count * sizeof *more);
    model->attrs = more;
  }
  model->attrs[model->attr_count++] = a;
  if (a.kind == ATTR_DYNAMIC)
    model->complete = false;
}

static bool has_attr(const Model *model, Atom key) {
  return model_column(model, key) || model_relationship(model, key) ||
         model_attr(model, key);
}

// ---- One attribute

typedef struct {
  Models *m;
  ClassInfo *cls;        // that is being mapped
  const ClassInfo *from; // whose statement declares it
  Model *model;
  Atom key;
  Expr annotation;
  Annotation anno;
  Place node;
} Attr;

static void read_column_attr(Attr *a, Expr call, ColumnCall kind, bool deferred) {
  Models *m = a->m;
  SqlTable *table = a->model->table;
  SqlColumn *c = column_read(m, a->cls, table, call, kind, a->key, a->annotation,
                             a->annotation.ref ? &a->anno : NULL);
  c->declared_in = a->from->node;
  if (!c->node.ref)
    c->node = (Place){0};
  if (table) {
    SqlColumn *there = NULL; // __table__ with the column, or a parent's
    for (uint32_t i = 0; i < table->column_count; i++)
      if (table->columns[i]->name == c->name)
        there = table->columns[i];
    if (there && a->model->inheritance == INHERITS_SINGLE)
      c = there;
    else
      table_add_column(m, table, c);
  }
  add_column(m, a->model,
             (ModelColumn){.key = a->key,
                           .column = c,
                           .node = expr_place(call),
                           .declared_in = a->from->node,
                           .deferred = deferred});
}

static void add_other(Attr *a, AttrKind kind, Place node) {
  add_attr(a->m, a->model,
           (ModelAttr){
               .key = a->key, .kind = kind, .node = node, .declared_in = a->from->node});
}

static Atom string_atom(Models *m, Expr x) {
  Str text;
  return x.ref && expr_string(&m->cx, x, &text) ? intern(m->names, text) : 0;
}

static void add_targeted(Attr *a, AttrKind kind, Expr call) {
  Models *m = a->m;
  add_attr(m, a->model,
           (ModelAttr){.key = a->key,
                       .kind = kind,
                       .node = expr_place(call),
                       .declared_in = a->from->node,
                       .target = string_atom(m, expr_positional(&m->cx, call, 0)),
                       .target_value = string_atom(m, expr_positional(&m->cx, call, 1))});
}

static bool comes_from_elsewhere(Models *m, Expr call) {
  Expr func = expr_child(call, PY_AS(Call, expr_tree(&m->cx, call), call.ref)->func);
  Origin o = expr_origin(&m->cx, func);
  return o.kind == ORIGIN_UNKNOWN || o.kind == ORIGIN_IMPORTED_UNKNOWN ||
         o.kind == ORIGIN_EXTERNAL || o.kind == ORIGIN_VARIABLE;
}

// `table.c.name`, `table.c["name"]`: a column of the class's own table; NULL: none.
static SqlColumn *column_of_own_table(Attr *a, Expr x) {
  Models *m = a->m;
  const PyTree *t = expr_tree(&m->cx, x);
  Atom name = 0;
  Ref collection = 0;
  if (expr_is(&m->cx, x, PY_ATTRIBUTE)) {
    name = PY_AS(Attribute, t, x.ref)->attr;
    collection = PY_AS(Attribute, t, x.ref)->value;
  } else if (expr_is(&m->cx, x, PY_SUBSCRIPT)) {
    name = string_atom(m, expr_child(x, PY_AS(Subscript, t, x.ref)->slice));
    collection = PY_AS(Subscript, t, x.ref)->value;
  }
  SqlTable *table = a->model->table;
  if (!name || !table || py_kind(t, collection) != PY_ATTRIBUTE)
    return NULL;
  const PyAttribute *c = PY_AS(Attribute, t, collection);
  Str what = model_text(m, c->attr);
  if ((!str_is(what, "c") && !str_is(what, "columns")) ||
      table_of_expr(m, expr_child(x, c->value)) != table)
    return NULL;
  for (uint32_t i = 0; i < table->column_count; i++)
    if (table->columns[i]->key == name)
      return table->columns[i];
  return NULL;
}

// An attribute that is another name for a column of the table.
static bool read_table_column(Attr *a, Expr x, bool deferred) {
  if (expr_is(&a->m->cx, x, PY_LIST)) { // [parent.c.id, child.c.id]: one is the table's
    const PyTree *t = expr_tree(&a->m->cx, x);
    PyRefs items = py_list(t, PY_AS(List, t, x.ref)->elts);
    for (uint32_t i = 0; i < items.len; i++)
      if (read_table_column(a, expr_child(x, items.at[i]), deferred))
        return true;
    return false;
  }
  SqlColumn *c = column_of_own_table(a, x);
  if (c)
    add_column(a->m, a->model,
               (ModelColumn){.key = a->key,
                             .column = c,
                             .node = expr_place(x),
                             .declared_in = a->from->node,
                             .deferred = deferred});
  return c;
}

static void read_value(Attr *a, Expr value);

// deferred(Column(...)), column_property(Column(...))
static void read_wrapped(Attr *a, Expr call, bool deferred) {
  Models *m = a->m;
  Expr inner = expr_positional(&m->cx, call, 0);
  Expr held = inner.ref ? expr_follow(&m->cx, inner) : inner;
  ColumnCall kind = held.ref ? column_call(m, held) : CALL_OTHER;
  if (kind != CALL_OTHER)
    read_column_attr(a, held, kind, deferred);
  else if (!inner.ref || !read_table_column(a, inner, deferred))
    add_other(a, ATTR_COLUMN_PROPERTY, expr_place(call));
}

static void read_call(Attr *a, Expr call) {
  Models *m = a->m;
  ColumnCall kind = column_call(m, call);
  if (kind != CALL_OTHER) {
    read_column_attr(a, call, kind, false);
    return;
  }
  switch (expr_call_api(&m->cx, call)) {
  case API_sqlalchemy_orm_relationship:
  case API_sqlalchemy_orm_dynamic_loader:
  case API_sqlmodel_Relationship:
    relationship_read(m, a->model, a->cls, a->key, call, a->annotation, a->from->node,
                      false);
    break;
  case API_sqlalchemy_orm_deferred:
    read_wrapped(a, call, true);
    break;
  case API_sqlalchemy_orm_column_property:
    read_wrapped(a, call, false);
    break;
  case API_sqlalchemy_orm_synonym:
    add_targeted(a, ATTR_SYNONYM, call);
    break;
  case API_sqlalchemy_ext_associationproxy_association_proxy:
    add_targeted(a, ATTR_ASSOCIATION_PROXY, call);
    break;
  case API_sqlalchemy_orm_composite:
    add_other(a, ATTR_COMPOSITE, expr_place(call));
    break;
  case API_sqlalchemy_orm_query_expression:
    add_other(a, ATTR_QUERY_EXPRESSION, expr_place(call));
    break;
  case API_sqlalchemy_ext_hybrid_hybrid_property:
    add_other(a, ATTR_HYBRID_PROPERTY, expr_place(call));
    break;
  default:
    add_other(a, comes_from_elsewhere(m, call) ? ATTR_DYNAMIC : ATTR_PLAIN,
              expr_place(call));
  }
}

static void read_value(Attr *a, Expr value) {
  Expr held = expr_follow(&a->m->cx, value);
  PyKind kind = expr_kind(&a->m->cx, held);
  if (kind == PY_CALL)
    read_call(a, held);
  else if (read_table_column(a, held, false))
    return;
  else if (kind == PY_NAME || kind == PY_ATTRIBUTE || kind == PY_ERROR_EXPR)
    add_other(a, ATTR_PLAIN, expr_place(held));
  else
    add_other(a, ATTR_PLAIN, expr_place(value));
}

static AttrKind kind_of_def(Models *m, Place def) {
  static const ApiId hybrids[] = {API_sqlalchemy_ext_hybrid_hybrid_property};
  static const ApiId methods[] = {API_sqlalchemy_ext_hybrid_hybrid_method};
  if (decorator_api(m, def, hybrids, 1))
    return ATTR_HYBRID_PROPERTY;
  if (decorator_api(m, def, methods, 1))
    return ATTR_HYBRID_METHOD;
  const PyTree *t = model_tree(m, def.file);
  PyRefs list = py_list(t, PY_AS(FunctionDef, t, def.ref)->decorators);
  for (uint32_t i = 0; i < list.len; i++) {
    Origin o = resolve_expr(m->r, def.file, list.at[i]);
    Str dotted = o.dotted ? model_text(m, o.dotted) : STR("");
    if (str_is(dotted, "property") || str_ends(dotted, STR("cached_property")))
      return ATTR_PROPERTY;
  }
  return ATTR_METHOD;
}

static void read_def(Attr *a, Place def) {
  if (!is_declared_attr(a->m, def)) {
    add_other(a, kind_of_def(a->m, def), def);
    return;
  }
  Expr value = declared_attr_value(a->m, a->cls, def);
  const PyTree *t = model_tree(a->m, def.file);
  Ref returns = PY_AS(FunctionDef, t, def.ref)->returns;
  if (returns && !a->annotation.ref) {
    a->annotation = (Expr){def.file, returns, NULL};
    a->anno = annotation_read(a->m, a->annotation);
    if (a->anno.form == MAPPED_NOT)
      a->annotation = (Expr){0};
  }
  if (value.ref)
    read_value(a, value);
  else
    add_other(a, ATTR_DYNAMIC, def);
}

// `x: Mapped[int]` without a value, `x: int` of SQLModel.
static void read_annotation_alone(Attr *a) {
  Models *m = a->m;
  bool sqlmodel = a->cls->style == BASE_SQLMODEL;
  ClassAttr table;
  const ClassInfo *owner;
  if (a->anno.form == MAPPED_NOT && !sqlmodel)
    return;
  // Where the table stands by itself an annotation is for type checkers only.
  if (a->cls->is_imperative || class_attr(m, a->cls, SYM___table__, &table, &owner))
    return;
  if (a->anno.class_var)
    return;
  if (a->anno.readable && a->anno.inner) {
    const ClassInfo *target =
        class_of_origin(m, anno_origin(m, a->annotation, a->anno.inner));
    if (target && target->role == CLASS_MAPPED) {
      add_other(a, ATTR_DYNAMIC, a->node); // relationship() is missing
      return;
    }
  }
  read_column_attr(a, (Expr){0}, sqlmodel ? CALL_FIELD : CALL_MAPPED_COLUMN, false);
}

static bool is_special(Str name) {
  return str_starts(name, STR("__")) && str_ends(name, STR("__"));
}

static void read_attr(Models *m, ClassInfo *cls, const ClassInfo *from, Atom key) {
  ClassAttr found;
  Str name = model_text(m, key);
  if (is_special(name) || str_is(name, "metadata") || str_is(name, "registry") ||
      has_attr(cls->model, key) || !class_own_attr(m, from, key, &found))
    return;
  Attr a = {.m = m,
            .cls = cls,
            .from = from,
            .model = cls->model,
            .key = key,
            .annotation = found.annotation,
            .node = found.node};
  if (found.annotation.ref)
    a.anno = annotation_read(m, found.annotation);
  if (a.anno.class_var)
    return;
  if (!found.certain && !found.def.ref) {
    add_other(&a, ATTR_DYNAMIC, found.node);
    return;
  }
  bool plain_default = cls->style == BASE_SQLMODEL && found.annotation.ref &&
                       found.value.ref && !expr_is(&m->cx, found.value, PY_CALL);
  if (found.def.ref)
    read_def(&a, found.def);
  else if (found.value.ref && !plain_default)
    read_value(&a, found.value);
  else if (found.annotation.ref)
    read_annotation_alone(&a);
}

static bool stands_above(const ClassInfo *parent, const ClassInfo *cls) {
  for (uint32_t i = 0; parent && i < parent->mro_count; i++)
    if (parent->mro[i] == cls)
      return true;
  return false;
}

static void read_attrs(Models *m, ClassInfo *cls, const ClassInfo *parent) {
  for (uint32_t i = 0; i < cls->mro_count; i++) {
    const ClassInfo *from = cls->mro[i];
    if (stands_above(parent, from))
      continue;
    const PyScopes *s = m->project->files[from->node.file]->scopes;
    uint32_t scope = py_scopes_of(s, from->node.ref);
    for (uint32_t k = scope == NO_SCOPE ? NO_SYMBOL : s->scopes[scope].first_symbol;
         k != NO_SYMBOL; k = s->symbols[k].next)
      if (s->symbols[k].flags & SYMBOL_BOUND)
        read_attr(m, cls, from, s->symbols[k].name);
  }
  for (size_t i = 0; i < m->late.len; i++) {
    LateAttr *late = &m->late.items[i];
    if (late->cls != cls || has_attr(cls->model, late->name))
      continue;
    Attr a = {.m = m, .cls = cls, .from = cls, .model = cls->model, .key = late->name};
    read_value(&a, late->value);
  }
}

static void inherit_attrs(Models *m, Model *model, const Model *parent) {
  for (uint32_t i = 0; i < parent->column_count; i++)
    if (!has_attr(model, parent->columns[i].key)) {
      ModelColumn c = parent->columns[i];
      c.inherited = true;
      add_column(m, model, c);
    }
  for (uint32_t i = 0; i < parent->attr_count; i++)
    if (!has_attr(model, parent->attrs[i].key)) {
      ModelAttr a = parent->attrs[i];
      a.inherited = true;
      add_attr(m, model, a);
    }
  model->complete = model->complete && parent->complete;
}

// ---- The table

// As declarative looks for `__tablename__` and `__table_args__`: not what a mapped parent
// says for itself, unless its declared_attr speaks for every class.
static Expr table_setting(Models *m, const ClassInfo *cls, Atom name, bool *there) {
  *there = false;
  for (uint32_t i = 0; i < cls->mro_count; i++) {
    ClassAttr a;
    if (!class_own_attr(m, cls->mro[i], name, &a))
      continue;
    bool declared = a.def.ref && is_declared_attr(m, a.def);
    if (i > 0 && cls->mro[i]->role == CLASS_MAPPED && !declared)
      continue;
    *there = true;
    if (declared)
      return declared_attr_value(m, cls, a.def);
    return a.certain ? a.value : (Expr){0};
  }
  return (Expr){0};
}

// Flask-SQLAlchemy: `((?<=[a-z0-9])[A-Z]|(?!^)[A-Z](?=[a-z]))` gets an underscore.
static Str snake_case(Models *m, Str name) {
  Buf out = {0};
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    bool upper = c >= 'A' && c <= 'Z';
    char before = i ? name.ptr[i - 1] : 0, after = i + 1 < name.len ? name.ptr[i + 1] : 0;
    bool after_small =
        (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9');
    bool before_small = after >= 'a' && after <= 'z';
    if (upper && i && (after_small || before_small))
      buf_add_char(&out, '_');
    buf_add_char(&out, upper ? (char)(c + 32) : c);
  }
  Str s = str_copy(m->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static Str lower(Models *m, Str name) {
  Str s = str_copy(m->arena, name);
  char *p = (char *)(uintptr_t)s.ptr;
  for (size_t i = 0; i < s.len; i++)
    if (p[i] >= 'A' && p[i] <= 'Z')
      p[i] += 32;
  return s;
}

// The class's own name for a table; absent: it has none; "" where it cannot be told.
static Str own_table_name(Models *m, const ClassInfo *cls, const ClassInfo *parent) {
  bool there;
  Expr value = table_setting(m, cls, SYM___tablename__, &there);
  Str name;
  if (there && value.ref && expr_is_none(&m->cx, value))
    return (Str){0};
  if (there)
    return value.ref && expr_string(&m->cx, value, &name) ? name : STR("");
  if (cls->style == BASE_FLASK)
    return snake_case(m, model_text(m, cls->name));
  if (cls->style == BASE_SQLMODEL)
    return lower(m, model_text(m, cls->name));
  return parent || !cls->unknown_base ? (Str){0} : STR("");
}

static bool has_own_primary_key(const SqlTable *t) {
  for (uint32_t i = 0; i < t->column_count; i++)
    if (t->columns[i]->primary_key)
      return true;
  return false;
}

// In a table that classes share by single-table inheritance each has its own columns.
static void map_table_columns(Models *m, Model *model) {
  const SqlTable *t = model->inheritance == INHERITS_SINGLE ? NULL : model->table;
  for (uint32_t i = 0; t && i < t->column_count; i++) {
    bool mapped = has_attr(model, t->columns[i]->key);
    for (uint32_t k = 0; k < model->column_count; k++)
      mapped = mapped || model->columns[k].column == t->columns[i];
    if (!mapped)
      add_column(m, model,
                 (ModelColumn){.key = t->columns[i]->key,
                               .column = t->columns[i],
                               .declared_in = model->node});
  }
}

// `mapper(Class, table, properties={"addresses": relationship(Address)})`
static void read_imperative(Models *m, ClassInfo *cls) {
  Expr table = expr_argument(&m->cx, cls->imperative, model_atom(m, "local_table"), 1);
  cls->model->table = table_of_expr(m, table);
  Expr properties = expr_keyword(&m->cx, cls->imperative, model_atom(m, "properties"));
  properties = properties.ref ? expr_follow_names(&m->cx, properties) : properties;
  if (properties.ref && !expr_is(&m->cx, properties, PY_DICT))
    cls->model->complete = false;
  if (!expr_is(&m->cx, properties, PY_DICT))
    return;
  const PyTree *t = expr_tree(&m->cx, properties);
  PyRefs items = py_list(t, PY_AS(Dict, t, properties.ref)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Atom key = items.at[i] ? string_atom(m, expr_child(properties, items.at[i])) : 0;
    if (!key) {
      cls->model->complete = false;
      continue;
    }
    Attr a = {.m = m, .cls = cls, .from = cls, .model = cls->model, .key = key};
    read_value(&a, expr_child(properties, items.at[i + 1]));
  }
}

static Expr dict_value(Models *m, Expr dict, const char *name) {
  const PyTree *t = expr_tree(&m->cx, dict);
  if (expr_is(&m->cx, dict, PY_CALL)) // dict(polymorphic_on=...)
    return expr_keyword(&m->cx, dict, model_atom(m, name));
  if (!expr_is(&m->cx, dict, PY_DICT))
    return (Expr){0};
  PyRefs items = py_list(t, PY_AS(Dict, t, dict.ref)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    Str key;
    if (items.at[i] && expr_string(&m->cx, expr_child(dict, items.at[i]), &key) &&
        str_is(key, name))
      return expr_child(dict, items.at[i + 1]);
  }
  return (Expr){0};
}

static bool read_mapper_args(Models *m, const ClassInfo *cls, Model *model) {
  bool there;
  Expr args = table_setting(m, cls, SYM___mapper_args__, &there);
  args = args.ref ? expr_follow_names(&m->cx, args) : args;
  if (!args.ref)
    return false;
  model->mapper_args = expr_place(args);
  model->polymorphic_on = expr_place(dict_value(m, args, "polymorphic_on"));
  model->polymorphic_identity = expr_place(dict_value(m, args, "polymorphic_identity"));
  Expr abstract = dict_value(m, args, "polymorphic_abstract");
  model->polymorphic_abstract = abstract.ref && expr_bool(&m->cx, abstract) == EXPR_TRUE;
  Expr concrete = dict_value(m, args, "concrete");
  return concrete.ref && expr_bool(&m->cx, concrete) == EXPR_TRUE;
}

static ClassInfo *mapped_parent(const ClassInfo *cls) {
  for (uint32_t i = 1; i < cls->mro_count; i++)
    if (cls->mro[i]->role == CLASS_MAPPED && !cls->mro[i]->is_decorated)
      return cls->mro[i];
  for (uint32_t i = 1; i < cls->mro_count; i++)
    if (cls->mro[i]->role == CLASS_MAPPED && cls->is_decorated)
      return cls->mro[i];
  return NULL;
}

static void choose_table(Models *m, ClassInfo *cls, const ClassInfo *parent) {
  Model *model = cls->model;
  bool concrete = read_mapper_args(m, cls, model);
  ClassAttr a;
  if (class_own_attr(m, cls, SYM___table__, &a) && a.value.ref) {
    model->table = table_of_expr(m, a.value);
    model->complete = model->complete && model->table && model->table->complete;
  } else {
    Str name = own_table_name(m, cls, parent);
    if (name.ptr) {
      model->table = table_new(m, cls->node);
      table_set_name(m, model->table, name, STR(""));
      model->table->complete = name.len > 0;
      model->table->model = model;
    }
  }
  if (!parent)
    return;
  model->inheritance = concrete       ? INHERITS_CONCRETE
                       : model->table ? INHERITS_JOINED
                                      : INHERITS_SINGLE;
}

// Flask-SQLAlchemy makes no table for a child class without a primary key of its own.
static void drop_table_without_key(Models *m, ClassInfo *cls, const ClassInfo *parent) {
  Model *model = cls->model;
  bool there;
  table_setting(m, cls, SYM___tablename__, &there);
  if (cls->style != BASE_FLASK || !parent || there || !model->table ||
      has_own_primary_key(model->table) || model->inheritance != INHERITS_JOINED ||
      !parent->model->table)
    return;
  SqlTable *own = model->table;
  model->inheritance = INHERITS_SINGLE;
  model->table = parent->model->table;
  for (uint32_t i = 0; i < own->column_count; i++) {
    own->columns[i]->table = model->table;
    table_add_column(m, model->table, own->columns[i]);
  }
  table_set_name(m, own, STR(""), STR(""));
  own->column_count = 0;
  own->complete = false;
}

void class_read(Models *m, ClassInfo *cls) {
  if (cls->role != CLASS_MAPPED || cls->table_state != READ_NOT)
    return;
  cls->table_state = READ_NOW;
  Model *model = arena_new(m->arena, Model);
  *model = (Model){.node = cls->node,
                   .name = cls->name,
                   .dotted = cls->dotted,
                   .style = cls->style,
                   .dataclass = cls->dataclass,
                   .base = cls->base,
                   .complete = !cls->unknown_base};
  cls->model = model;
  vec_push(&m->models, model);
  ClassInfo *parent = mapped_parent(cls);
  if (parent)
    class_read(m, parent);
  if (parent && parent->model)
    model->parent = parent->model;
  if (cls->is_imperative)
    read_imperative(m, cls);
  else
    choose_table(m, cls, parent);
  if (parent && model->inheritance == INHERITS_SINGLE && parent->model)
    model->table = parent->model->table;
  read_attrs(m, cls, parent);
  if (parent && parent->model) {
    drop_table_without_key(m, cls, parent);
    if (model->inheritance != INHERITS_CONCRETE)
      inherit_attrs(m, model, parent->model);
  }
  map_table_columns(m, model);
  if (model->table && !model->table->model)
    model->table->model = model;
  if (model->table && model->inheritance != INHERITS_SINGLE && !cls->is_imperative) {
    Expr args = table_setting(m, cls, SYM___table_args__, &model->has_table_args);
    model->table_args = expr_place(args);
    if (args.ref)
      table_add_args(m, cls, model->table, args);
    else if (model->has_table_args)
      model->table->complete = false;
  }
  if (model->table && !model->complete && model->table->node.ref == cls->node.ref)
    model->table->complete = false;
  cls->table_state = READ_DONE;
}
