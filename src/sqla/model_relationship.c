// model_relationship.c: relationships: targets, directions, and the other sides that
// backrefs make.
#include "sqla/model_internal.h"

static bool is_full(uint32_t count) {
  return (count & (count - 1)) == 0;
}

static Relationship *add(Models *m, Model *model, Relationship r) {
  if (is_full(model->relationship_count)) {
    Relationship *more =
        arena_array(m->arena, Relationship, model->relationship_count * 2 + 1);
    if (model->relationship_count)
      memcpy(more, model->relationships, model->relationship_count * sizeof *more);
    model->relationships = more;
  }
  model->relationships[model->relationship_count] = r;
  return &model->relationships[model->relationship_count++];
}

// The value of a key in the dict that SQLModel's Relationship() hands on.
static Expr handed_on(Models *m, Expr call, const char *name) {
  Expr dict = expr_keyword(&m->cx, call, model_atom(m, "sa_relationship_kwargs"));
  if (dict.ref && expr_is(&m->cx, dict, PY_CALL)) // dict(lazy="joined")
    return expr_keyword(&m->cx, dict, model_atom(m, name));
  if (!dict.ref || !expr_is(&m->cx, dict, PY_DICT))
    return (Expr){0};
  const PyTree *t = expr_tree(&m->cx, dict);
  PyRefs items = py_list(t, PY_AS(Dict, t, dict.ref)->items);
  Str text;
  for (uint32_t i = 0; i + 1 < items.len; i += 2)
    if (items.at[i] && expr_string(&m->cx, expr_child(dict, items.at[i]), &text) &&
        str_is(text, name))
      return expr_child(dict, items.at[i + 1]);
  return (Expr){0};
}

static Expr keyword(Models *m, Expr call, const char *name) {
  Expr x = expr_keyword(&m->cx, call, model_atom(m, name));
  return x.ref ? x : handed_on(m, call, name);
}

static Tristate tristate(Models *m, Expr x) {
  if (!x.ref || expr_is_none(&m->cx, x))
    return UNSET;
  ExprBool b = expr_bool(&m->cx, x);
  return b == EXPR_TRUE ? YES : b == EXPR_FALSE ? NO : UNCLEAR;
}

static Atom text_atom(Models *m, Expr call, const char *name, bool *proven) {
  Expr x = keyword(m, call, name);
  Str text;
  if (!x.ref || expr_is_none(&m->cx, x))
    return 0;
  if (expr_string(&m->cx, x, &text))
    return intern(m->names, text);
  *proven = false;
  return 0;
}

static Str text_of(Models *m, Expr call, const char *name, bool *proven) {
  Expr x = keyword(m, call, name);
  Str text = STR("");
  if (x.ref && !expr_is_none(&m->cx, x) && !expr_string(&m->cx, x, &text)) {
    if (!expr_is(&m->cx, x, PY_CONSTANT)) // lazy=True, lazy=False
      *proven = false;
    else
      text = expr_bool(&m->cx, x) == EXPR_TRUE ? STR("select") : STR("joined");
  }
  return text;
}

// What relationship() and backref() have in common.
static void read_options(Models *m, Relationship *r, Expr call) {
  r->node = expr_place(call);
  r->uselist_given = tristate(m, keyword(m, call, "uselist"));
  Str lazy = text_of(m, call, "lazy", &r->proven);
  if (lazy.len)
    r->lazy = lazy;
  r->cascade = text_of(m, call, "cascade", &r->proven);
  Expr deletes = expr_keyword(&m->cx, call, model_atom(m, "cascade_delete")); // SQLModel
  if (!r->cascade.len && deletes.ref && expr_bool(&m->cx, deletes) == EXPR_TRUE)
    r->cascade = STR("all, delete-orphan");
  Tristate viewonly = tristate(m, keyword(m, call, "viewonly"));
  r->viewonly = viewonly == YES;
  r->order_by = expr_place(keyword(m, call, "order_by"));
  r->primaryjoin = expr_place(keyword(m, call, "primaryjoin"));
  r->secondaryjoin = expr_place(keyword(m, call, "secondaryjoin"));
  r->foreign_keys = expr_place(keyword(m, call, "foreign_keys"));
  r->remote_side = expr_place(keyword(m, call, "remote_side"));
  r->collection_class = expr_place(keyword(m, call, "collection_class"));
  r->proven = r->proven && viewonly != UNCLEAR && !expr_call_open(&m->cx, call);
}

void relationship_read(Models *m, Model *model, const ClassInfo *cls, Atom key, Expr call,
                       Expr annotation, Place declared_in, bool inherited) {
  (void)cls;
  Relationship r = {.key = key,
                    .proven = true,
                    .inherited = inherited,
                    .declared_in = declared_in,
                    .annotation = expr_place(annotation),
                    .target_name = STR(""),
                    .lazy = STR(""),
                    .cascade = STR("")};
  read_options(m, &r, call);
  ApiId api = expr_call_api(&m->cx, call);
  if (api == API_sqlalchemy_orm_dynamic_loader)
    r.lazy = STR("dynamic");
  r.back_populates = text_atom(m, call, "back_populates", &r.proven);
  if (api != API_sqlmodel_Relationship)
    r.argument = expr_place(expr_argument(&m->cx, call, model_atom(m, "argument"), 0));
  Expr backref = keyword(m, call, "backref");
  Atom name = 0;
  if (backref.ref && !expr_is_none(&m->cx, backref)) {
    Expr held = expr_follow_names(&m->cx, backref);
    Expr text = expr_call_api(&m->cx, held) == API_sqlalchemy_orm_backref
                    ? expr_argument(&m->cx, held, model_atom(m, "name"), 0)
                    : held;
    Str s;
    if (text.ref && expr_string(&m->cx, text, &s))
      name = intern(m->names, s);
    else
      r.proven = false;
    backref = held;
  }
  r.backref = name;
  add(m, model, r);
  if (name)
    vec_push(&m->backrefs,
             (PendingBackref){model, model->relationship_count - 1, backref, name});
}

// ---- Targets

static const Model *model_of_text(Models *m, Expr at, Str text, Place base) {
  size_t dot = str_rfind_char(text, '.');
  Str last = dot == SIZE_MAX ? text : str_slice(text, dot + 1, text.len);
  Atom name = interner_find(m->project->names, last);
  const Model *found = name ? models_by_class_name(m, name) : NULL;
  if (!found && name && dot == SIZE_MAX)
    found = models_in_registry(m, name, base); // a registry knows its own classes only
  if (found)
    return found;
  // Several of that name: the longest dotted name that ends so, else what is meant here.
  const Model *only = NULL;
  for (uint32_t i = 0; i < m->models.len && dot != SIZE_MAX; i++) {
    Str dotted = model_text(m, m->models.items[i]->dotted);
    if (str_ends(dotted, text)) {
      if (only)
        return NULL;
      only = m->models.items[i];
    }
  }
  if (only || !at.ref)
    return only;
  Origin o = resolve_text(m->r, at.file, at.ref, text);
  ClassInfo *cls = class_of_origin(m, o);
  return cls ? cls->model : NULL;
}

// A class, its name in a string, a lambda that gives it, a Mapper of it.
static const Model *model_of_expr(Models *m, Expr x, Place base, Str *name) {
  Str text;
  if (expr_is(&m->cx, x, PY_LAMBDA)) {
    x = expr_child(x, PY_AS(Lambda, expr_tree(&m->cx, x), x.ref)->body);
  }
  PyKind kind = expr_kind(&m->cx, x);
  if (kind == PY_NAME || kind == PY_ATTRIBUTE) {
    Origin o = expr_origin(&m->cx, x);
    ClassInfo *cls = class_of_origin(m, o);
    const struct ClassInfo *own = expr_class_parameter(&m->cx, x);
    if (own)
      cls = (ClassInfo *)(uintptr_t)own;
    if (cls) {
      *name = model_text(m, cls->dotted);
      return cls->model;
    }
  }
  if (!expr_string(&m->cx, x, &text))
    return NULL;
  *name = text;
  return model_of_text(m, x, text, base);
}

static const Model *target_of_annotation(Models *m, const Relationship *r, Place base,
                                         const Annotation *a, Str *name) {
  if (!a->readable || !a->inner)
    return NULL;
  const Anno *inner = a->inner;
  if (inner->count) // list["B"]; dict[K, "B"]: the last one
    inner = &inner->args[inner->count - 1];
  Expr at = expr_at(r->annotation);
  ClassInfo *cls = class_of_origin(m, anno_origin(m, at, inner));
  *name = cls ? model_text(m, cls->dotted) : inner->name;
  return cls ? cls->model : model_of_text(m, at, inner->name, base);
}

static void find_target(Models *m, Relationship *r, Place base, const Annotation *a) {
  Str name = STR("");
  if (r->argument.ref)
    r->target = model_of_expr(m, expr_at(r->argument), base, &name);
  else
    r->target = target_of_annotation(m, r, base, a, &name);
  r->target_name = r->target ? model_text(m, r->target->dotted) : name;
  if (!r->target)
    r->proven = false;
}

static const SqlTable *table_of_text(Models *m, Place base, Str text) {
  Atom name = interner_find(m->project->names, text);
  const SqlTable *t = models_table_by_name(m, text);
  if (!t && name)
    t = table_in_base(m, name, base);
  if (t)
    return t;
  // The name of a module's variable.
  for (uint32_t i = 0; i < m->tables.len && name; i++) {
    Place v = m->tables.items[i]->variable;
    const PyTree *tree = v.ref ? model_tree(m, v.file) : NULL;
    if (tree && py_kind(tree, v.ref) == PY_NAME && PY_AS(Name, tree, v.ref)->id == name)
      return m->tables.items[i];
  }
  return NULL;
}

static void find_secondary(Models *m, Relationship *r, Place base) {
  Expr call = expr_at(r->node);
  if (!expr_is(&m->cx, call, PY_CALL) || r->from_backref)
    return;
  Expr x = keyword(m, call, "secondary");
  if (!x.ref && expr_call_api(&m->cx, call) == API_sqlmodel_Relationship) {
    Expr link = keyword(m, call, "link_model");
    Str name;
    const Model *model = link.ref ? model_of_expr(m, link, base, &name) : NULL;
    r->has_secondary = link.ref && !expr_is_none(&m->cx, link);
    r->secondary = model ? model->table : NULL;
    return;
  }
  if (!x.ref)
    x = expr_positional(&m->cx, call, 1);
  if (!x.ref || expr_is_none(&m->cx, x))
    return;
  r->has_secondary = true;
  if (expr_is(&m->cx, x, PY_LAMBDA))
    x = expr_child(x, PY_AS(Lambda, expr_tree(&m->cx, x), x.ref)->body);
  Str text;
  if (expr_string(&m->cx, x, &text))
    r->secondary = table_of_text(m, base, text);
  else
    r->secondary = table_of_expr(m, x);
}

// ---- Directions

// True where a table that `from` is mapped to has a foreign key to one of `to`.
static bool refers(const Model *from, const Model *to) {
  for (const Model *f = from; f; f = f->parent) {
    for (uint32_t i = 0; f->table && i < f->table->column_count; i++) {
      const SqlColumn *c = f->table->columns[i];
      for (uint32_t k = 0; k < c->foreign_key_count; k++)
        for (const Model *t = to; t; t = t->parent) {
          bool inherits = f->parent && f->inheritance == INHERITS_JOINED &&
                          c->primary_key && t == f->parent;
          if (t->table && c->foreign_keys[k].table == t->table && !inherits)
            return true;
          if (t->inheritance != INHERITS_JOINED && t->inheritance != INHERITS_SINGLE)
            break;
        }
    }
    if (f->inheritance != INHERITS_JOINED)
      break;
  }
  return false;
}

// The table that a foreign key names: "schema.table" of "schema.table.column"; absent:
// not known.
static Str named_table(const SqlForeignKey *fk) {
  size_t dot = fk->target.len ? str_rfind_char(fk->target, '.') : SIZE_MAX;
  return dot == SIZE_MAX ? (Str){0} : str_slice(fk->target, 0, dot);
}

// The key's table is not found; its name may be the one of `t`, whose schema may not be
// known. `unknown` is what is said of names that are not known.
static bool may_name(const SqlForeignKey *fk, const SqlTable *t, bool unknown) {
  if (fk->table)
    return fk->table == t;
  Str name = named_table(fk);
  if (!name.ptr || !t->full_name.len)
    return unknown;
  if (str_eq(name, t->full_name))
    return true;
  size_t dot = str_rfind_char(name, '.');
  return dot != SIZE_MAX && !t->complete && !t->schema.len &&
         str_eq(str_slice(name, dot + 1, name.len), t->full_name);
}

// As refers(), by the names that keys write down.
static bool may_refer_by_name(const Model *from, const Model *to, bool unknown) {
  for (uint32_t i = 0; i < from->table->column_count; i++) {
    const SqlColumn *c = from->table->columns[i];
    for (uint32_t k = 0; k < c->foreign_key_count; k++)
      if (may_name(&c->foreign_keys[k], to->table, unknown))
        return true;
  }
  return false;
}

// A relationship needs a foreign key between the two tables, and only in one direction:
// where one side names the other, and the other cannot mean this one, that is it.
static Direction direction_by_names(const Model *model, const Relationship *r) {
  const Model *to = r->target;
  if (r->foreign_keys.ref || model->parent || to->parent)
    return DIRECTION_UNKNOWN;
  bool out = may_refer_by_name(model, to, false),
       in = may_refer_by_name(to, model, false);
  if (out && !in && !may_refer_by_name(to, model, true))
    return MANY_TO_ONE;
  if (in && !out && !may_refer_by_name(model, to, true))
    return ONE_TO_MANY;
  return DIRECTION_UNKNOWN;
}

// The name of the (first) column in remote_side= or foreign_keys=; absent: not known.
static Str first_column_name(Models *m, Place at) {
  Expr x = expr_at(at);
  Str text;
  if (expr_is(&m->cx, x, PY_LAMBDA))
    x = expr_child(x, PY_AS(Lambda, expr_tree(&m->cx, x), x.ref)->body);
  if (expr_is(&m->cx, x, PY_LIST)) {
    PyRefs items =
        py_list(expr_tree(&m->cx, x), PY_AS(List, expr_tree(&m->cx, x), x.ref)->elts);
    if (!items.len)
      return (Str){0};
    x = expr_child(x, items.at[0]);
  }
  if (expr_is(&m->cx, x, PY_ATTRIBUTE))
    return model_text(m, PY_AS(Attribute, expr_tree(&m->cx, x), x.ref)->attr);
  if (expr_is(&m->cx, x, PY_NAME))
    return model_text(m, PY_AS(Name, expr_tree(&m->cx, x), x.ref)->id);
  if (!expr_string(&m->cx, x, &text))
    return (Str){0};
  text = str_trim(text);
  while (text.len && (text.ptr[0] == '[' || text.ptr[text.len - 1] == ']'))
    text =
        str_slice(text, text.ptr[0] == '[', text.len - (text.ptr[text.len - 1] == ']'));
  size_t dot = str_rfind_char(text, '.');
  return dot == SIZE_MAX ? text : str_slice(text, dot + 1, text.len);
}

// foreign_keys=[owner_id]: a name alone is the class's own column.
static bool names_own_column(Models *m, Place at) {
  Expr x = expr_at(at);
  if (expr_is(&m->cx, x, PY_LIST)) {
    PyRefs items =
        py_list(expr_tree(&m->cx, x), PY_AS(List, expr_tree(&m->cx, x), x.ref)->elts);
    x = items.len ? expr_child(x, items.at[0]) : (Expr){0};
  }
  return expr_is(&m->cx, x, PY_NAME);
}

static const SqlColumn *column_named(const Models *m, const Model *model, Str name) {
  Atom key = interner_find(m->project->names, name);
  const ModelColumn *c = key ? model_column(model, key) : NULL;
  return c ? c->column : NULL;
}

static bool has_foreign_key_to(const SqlColumn *c, const SqlTable *t) {
  for (uint32_t i = 0; c && i < c->foreign_key_count; i++)
    if (c->foreign_keys[i].table == t)
      return true;
  return false;
}

static Direction direction_to_self(Models *m, const Model *model, const Relationship *r) {
  if (!r->remote_side.ref) // nothing says which side is remote: the many
    return r->primaryjoin.ref ? DIRECTION_UNKNOWN : ONE_TO_MANY;
  Str name = first_column_name(m, r->remote_side);
  const SqlColumn *c = name.ptr ? column_named(m, model, name) : NULL;
  if (!c)
    return DIRECTION_UNKNOWN;
  return has_foreign_key_to(c, model->table) ? ONE_TO_MANY : MANY_TO_ONE;
}

// What `foreign(X.column)` in a primaryjoin names: the class that refers to the other.
static const Model *model_of_foreign(Models *m, const Model *model, Place join) {
  Expr x = expr_at(join);
  Str text;
  if (expr_is(&m->cx, x, PY_LAMBDA))
    x = expr_child(x, PY_AS(Lambda, expr_tree(&m->cx, x), x.ref)->body);
  if (!expr_string(&m->cx, x, &text))
    text = py_text(expr_tree(&m->cx, x), x.ref);
  size_t at = str_find(text, STR("foreign("), 0);
  if (at == SIZE_MAX)
    return NULL;
  Str inside = str_trim(str_slice(text, at + 8, text.len));
  size_t dot = str_find_char(inside, '.', 0);
  if (dot == SIZE_MAX)
    return NULL;
  return model_of_text(m, x, str_slice(inside, 0, dot), model->base);
}

// The class in front of the (first) column of foreign_keys=, `lambda: Child.parent_id` or
// "[Child.parent_id]"; NULL where there is none.
static const Model *model_of_foreign_key(Models *m, const Model *model, Place at) {
  Expr x = expr_at(at);
  Str text, name;
  if (expr_is(&m->cx, x, PY_LAMBDA))
    x = expr_child(x, PY_AS(Lambda, expr_tree(&m->cx, x), x.ref)->body);
  if (expr_is(&m->cx, x, PY_LIST)) {
    PyRefs items =
        py_list(expr_tree(&m->cx, x), PY_AS(List, expr_tree(&m->cx, x), x.ref)->elts);
    x = items.len ? expr_child(x, items.at[0]) : (Expr){0};
  }
  if (expr_is(&m->cx, x, PY_ATTRIBUTE)) {
    Expr owner = expr_child(x, PY_AS(Attribute, expr_tree(&m->cx, x), x.ref)->value);
    return model_of_expr(m, owner, model->base, &name);
  }
  if (!x.ref || !expr_string(&m->cx, x, &text))
    return NULL;
  text = str_trim(text);
  if (text.len && text.ptr[0] == '[')
    text = str_trim(str_slice(text, 1, text.len));
  size_t end = str_find_char(text, ',', 0);
  text = end == SIZE_MAX ? text : str_slice(text, 0, end);
  size_t dot = str_rfind_char(text, '.');
  return dot == SIZE_MAX ? NULL
                         : model_of_text(m, x, str_slice(text, 0, dot), model->base);
}

// The side that foreign_keys= stands on, where that alone decides.
static Direction direction_by_keys(Models *m, const Model *model, const Relationship *r) {
  if (!r->foreign_keys.ref || model_is_a(model, r->target) ||
      model_is_a(r->target, model))
    return DIRECTION_UNKNOWN;
  const Model *foreign = model_of_foreign_key(m, model, r->foreign_keys);
  if (foreign && (model_is_a(r->target, foreign) || model_is_a(foreign, r->target)))
    return ONE_TO_MANY;
  return foreign && model_is_a(model, foreign) ? MANY_TO_ONE : DIRECTION_UNKNOWN;
}

// True where `from` has a foreign key whose table is not found, and the name of the table
// of `to` is not known: it may be that one.
static bool may_refer(const Model *from, const Model *to) {
  if (to->table->full_name.len && to->table->complete)
    return false;
  for (uint32_t i = 0; from->table && i < from->table->column_count; i++)
    for (uint32_t k = 0; k < from->table->columns[i]->foreign_key_count; k++)
      if (!from->table->columns[i]->foreign_keys[k].table)
        return true;
  return false;
}

static Direction direction_of(Models *m, const Model *model, const Relationship *r) {
  if (r->has_secondary)
    return MANY_TO_MANY;
  const Model *foreign =
      r->primaryjoin.ref && r->target ? model_of_foreign(m, model, r->primaryjoin) : NULL;
  if (foreign && r->target != model && foreign == r->target)
    return ONE_TO_MANY;
  if (foreign && r->target != model && model_is_a(model, foreign))
    return MANY_TO_ONE;
  if (!r->target || !r->target->table || !model->table)
    return DIRECTION_UNKNOWN;
  if (r->target->table == model->table)
    return direction_to_self(m, model, r);
  if (r->primaryjoin.ref && names_own_column(m, r->foreign_keys)) {
    Str own = first_column_name(m, r->foreign_keys); // the join decides, no key is needed
    return own.ptr && column_named(m, model, own) ? MANY_TO_ONE : DIRECTION_UNKNOWN;
  }
  Direction by_keys = direction_by_keys(m, model, r);
  if (by_keys != DIRECTION_UNKNOWN)
    return by_keys;
  bool out = refers(model, r->target), in = refers(r->target, model);
  if (out != in && (out ? may_refer(r->target, model) : may_refer(model, r->target)))
    return direction_by_names(model, r);
  if (out != in)
    return out ? MANY_TO_ONE : ONE_TO_MANY;
  if (!r->foreign_keys.ref)
    return out ? DIRECTION_UNKNOWN : direction_by_names(model, r);
  Str name = first_column_name(m, r->foreign_keys);
  if (!name.ptr)
    return DIRECTION_UNKNOWN;
  if (names_own_column(m, r->foreign_keys))
    return column_named(m, model, name) ? MANY_TO_ONE : DIRECTION_UNKNOWN;
  const SqlColumn *own = column_named(m, model, name);
  const SqlColumn *other = column_named(m, r->target, name);
  bool own_key = has_foreign_key_to(own, r->target->table) || (own && !other);
  bool other_key = has_foreign_key_to(other, model->table) || (other && !own);
  return own_key == other_key ? DIRECTION_UNKNOWN : own_key ? MANY_TO_ONE : ONE_TO_MANY;
}

static Tristate uselist_of(const Relationship *r, const Annotation *a) {
  if (r->uselist_given != UNSET)
    return r->uselist_given;
  if (r->direction == MANY_TO_ONE)
    return NO;
  if (a && (a->form == MAPPED_DYNAMIC || a->form == MAPPED_WRITE_ONLY))
    return YES;
  if (a && a->form == MAPPED_PLAIN && a->readable && !r->collection_class.ref)
    return a->container.len ? YES : NO;
  return r->direction == DIRECTION_UNKNOWN ? UNCLEAR : YES;
}

static void finish_one(Models *m, Model *model, Relationship *r) {
  Annotation a = {0};
  if (r->annotation.ref)
    a = annotation_read(m, expr_at(r->annotation));
  if (!r->from_backref)
    find_target(m, r, model->base, &a);
  if (a.form == MAPPED_DYNAMIC && !r->lazy.len)
    r->lazy = STR("dynamic");
  if (a.form == MAPPED_WRITE_ONLY && !r->lazy.len)
    r->lazy = STR("write_only");
  find_secondary(m, r, model->base);
  if (!r->from_backref)
    r->direction = direction_of(m, model, r);
  r->uselist = uselist_of(r, r->annotation.ref ? &a : NULL);
}

static Direction reversed(Direction d) {
  return d == ONE_TO_MANY ? MANY_TO_ONE : d == MANY_TO_ONE ? ONE_TO_MANY : d;
}

static void make_backref(Models *m, const PendingBackref *p) {
  const Relationship *from = &p->owner->relationships[p->relationship];
  Model *target = (Model *)(uintptr_t)from->target;
  if (!target || model_relationship(target, p->name))
    return;
  Relationship r = {.key = p->name,
                    .target = p->owner,
                    .target_name = model_text(m, p->owner->dotted),
                    .direction = reversed(from->direction),
                    .secondary = from->secondary,
                    .has_secondary = from->has_secondary,
                    .back_populates = from->key,
                    .from_backref = true,
                    .proven = from->proven,
                    .declared_in = target->node,
                    .lazy = STR(""),
                    .cascade = STR(""),
                    .node = from->node};
  if (expr_is(&m->cx, p->call, PY_CALL))
    read_options(m, &r, p->call);
  r.uselist = uselist_of(&r, NULL);
  add(m, target, r);
}

static void inherit(Models *m, Model *model, int depth) {
  const Model *parent = model->parent;
  if (!parent || depth > 50 || model->inheritance == INHERITS_CONCRETE)
    return;
  inherit(m, (Model *)(uintptr_t)parent, depth + 1);
  for (uint32_t i = 0; i < parent->relationship_count; i++) {
    Relationship r = parent->relationships[i];
    if (model_relationship(model, r.key) || model_attr(model, r.key) ||
        model_column(model, r.key))
      continue;
    r.inherited = true;
    add(m, model, r);
  }
}

void relationships_finish(Models *m) {
  for (size_t i = 0; i < m->models.len; i++)
    for (uint32_t k = 0; k < m->models.items[i]->relationship_count; k++)
      finish_one(m, m->models.items[i], &m->models.items[i]->relationships[k]);
  for (size_t i = 0; i < m->backrefs.len; i++)
    make_backref(m, &m->backrefs.items[i]);
  for (size_t i = 0; i < m->models.len; i++)
    inherit(m, m->models.items[i], 0);
}
