// query_items.c: what a Query selects: what each argument of query() is, and what loading
// it brings along.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

// ---- select lists

static bool is_aggregate_name(Str name) {
  static const char *const names[] = {"array_agg",    "avg",        "count",
                                      "group_concat", "max",        "min",
                                      "sum",          "string_agg", "total"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

// func.count(), func.coalesce(func.max(x), 0), ... .label("n"); not ... .over().
static bool has_aggregate(Q *q, uint32_t file, Ref r, int depth) {
  const PyTree *t = q_tree(q, file);
  if (depth > 20)
    return false;
  if (py_kind(t, r) == PY_BIN_OP)
    return has_aggregate(q, file, PY_AS(BinOp, t, r)->left, depth + 1) ||
           has_aggregate(q, file, PY_AS(BinOp, t, r)->right, depth + 1);
  if (py_kind(t, r) != PY_CALL)
    return false;
  Ref receiver = call_receiver(t, r);
  Str method = q_name(q, call_method(t, r));
  Value of = receiver ? q_value(q, file, receiver) : (Value){0};
  ApiId api = resolve_call_api(q->cx->resolver, file, r);
  bool is_cast = api == API_sqlalchemy_cast;
  if (of.kind == VALUE_FUNCTIONS || is_cast) {
    if (!is_cast && is_aggregate_name(method))
      return true;
    PyRefs args = py_list(t, PY_AS(Call, t, r)->args);
    for (uint32_t i = 0; i < args.len; i++)
      if (has_aggregate(q, file, args.at[i], depth + 1))
        return true;
    return false;
  }
  bool passes = str_is(method, "label") || str_is(method, "filter") ||
                str_is(method, "cast") || str_is(method, "op");
  return receiver && passes && has_aggregate(q, file, receiver, depth + 1);
}

static bool is_capitalised(Str name) {
  return name.len > 1 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z' &&
         !(name.ptr[1] >= 'A' && name.ptr[1] <= 'Z' && name.len > 3 &&
           name.ptr[2] == '_');
}

// What a name that was imported from outside of the project must be.
static QItem by_spelling(Q *q, uint32_t file, Ref r) {
  const PyTree *t = q_tree(q, file);
  QItem item = {.yields = YIELD_UNKNOWN, .assumed = true};
  if (py_kind(t, r) != PY_NAME && py_kind(t, r) != PY_ATTRIBUTE)
    return item;
  Origin o = resolve_expr(q->cx->resolver, file, r);
  bool imported = o.kind == ORIGIN_EXTERNAL || o.kind == ORIGIN_IMPORTED_UNKNOWN;
  Atom last =
      py_kind(t, r) == PY_NAME ? PY_AS(Name, t, r)->id : PY_AS(Attribute, t, r)->attr;
  if (is_capitalised(q_name(q, last)) && imported)
    item.yields = YIELD_ENTITY;
  else if (py_kind(t, r) == PY_ATTRIBUTE) {
    QItem of = by_spelling(q, file, PY_AS(Attribute, t, r)->value);
    if (of.yields == YIELD_ENTITY) {
      item.yields = YIELD_COLUMN;
      item.name = last;
    }
  }
  return item;
}

// x.label("n"), app.db.func.count(x), user.orders.exists(), Model.point.distance(x): what
// else may stand in a select list.
static QItem by_method(Q *q, uint32_t file, Ref r) {
  const PyTree *t = q_tree(q, file);
  QItem item = {.yields = YIELD_UNKNOWN, .assumed = true};
  if (py_kind(t, r) != PY_CALL)
    return item;
  Str method = q_name(q, call_method(t, r));
  Ref receiver = call_receiver(t, r), first = call_positional(t, r, 0);
  Buf name = {0};
  if (str_is(method, "label") && receiver && py_kind(t, first) == PY_STR &&
      py_str_value(t, first, &name)) {
    item.yields = YIELD_COLUMN;
    item.name = intern(resolver_names(q->cx->resolver), buf_str(&name));
    item.aggregate = has_aggregate(q, file, r, 0);
  } else if (py_kind(t, receiver) == PY_ATTRIBUTE &&
             str_is(q_name(q, PY_AS(Attribute, t, receiver)->attr), "func") &&
             q_value(q, file, receiver).kind == VALUE_UNKNOWN) {
    item.yields = YIELD_COLUMN;
    item.unnamed = true;
    item.aggregate = is_aggregate_name(method);
  } else if (receiver && (str_is(method, "exists") ||
                          q_value(q, file, receiver).kind == VALUE_COLUMN)) {
    item.yields = YIELD_COLUMN;
    item.unnamed = true;
  }
  buf_free(&name);
  return item;
}

QItem q_item(Q *q, uint32_t file, Ref argument) {
  Value v = q_value(q, file, argument);
  QItem item = {.yields = YIELD_COLUMN, .assumed = v.sure == SURE_LIKELY};
  switch ((ValueKind)v.kind) {
  case VALUE_MAPPED_CLASS:
  case VALUE_ALIASED_CLASS:
  case VALUE_BASE_CLASS:
  case VALUE_CLASS: // only a mapped class may stand there
    item.yields = YIELD_ENTITY;
    break;
  case VALUE_COLUMN:
  case VALUE_LABEL:
    item.name = v.key;
    item.aggregate = has_aggregate(q, file, argument, 0);
    break;
  case VALUE_EXPRESSION:
  case VALUE_CLAUSE:
  case VALUE_SCALAR_SELECT:
    item.unnamed = true;
    item.aggregate = has_aggregate(q, file, argument, 0);
    break;
  case VALUE_EXISTS:
    item.unnamed = item.exists = true;
    break;
  case VALUE_TABLE:
  case VALUE_ALIAS:
  case VALUE_SUBQUERY:
  case VALUE_CTE:
  case VALUE_LATERAL:
    item.yields = YIELD_SEVERAL;
    break;
  case VALUE_NONE:
  case VALUE_UNKNOWN:
    if (!q_is_class(q, file, argument, 0)) {
      item = by_method(q, file, argument);
      return item.yields == YIELD_UNKNOWN ? by_spelling(q, file, argument) : item;
    }
    item.yields = YIELD_ENTITY;
    item.told = true;
    break;
  default:
    item.yields = YIELD_UNKNOWN;
  }
  return item;
}

// ---- joined eager loading by default

const Model *q_model_at(Q *q, Place entity) {
  if (!entity.ref || q_varies(q, entity))
    return NULL;
  Value v = q_value(q, entity.file, entity.ref);
  bool is_class = v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_ALIASED_CLASS;
  return is_class && v.owner.ref ? models_of_class(q->cx->models, v.owner) : NULL;
}

static Eager eager_of(const Model *m, int depth) {
  static const char *const other[] = {
      "",      "True",         "select", "selectin", "subquery",  "immediate",
      "raise", "raise_on_sql", "noload", "dynamic",  "write_only"};
  Eager worst = m->complete ? EAGER_NO : EAGER_MAYBE;
  if (depth > 20)
    return EAGER_MAYBE;
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    bool joined = true;
    for (size_t k = 0; k < ARRAY_LEN(other); k++)
      joined &= !str_is(r->lazy, other[k]);
    if (!r->proven && !joined)
      worst = worst == EAGER_NO ? EAGER_MAYBE : worst;
    if (!joined)
      continue;
    if (r->uselist == YES)
      return EAGER_YES;
    Eager below =
        r->target && r->uselist == NO ? eager_of(r->target, depth + 1) : EAGER_MAYBE;
    if (below > worst)
      worst = below;
  }
  return worst;
}

uint32_t q_eager_below(Q *q, Place relationship) {
  const Model *m = q_joined_model(q, relationship);
  Eager e = m ? eager_of(m, 0) : EAGER_MAYBE;
  return e == EAGER_NO    ? 0
         : e == EAGER_YES ? SHAPE_EAGER_COLLECTION
                          : SHAPE_EAGER_UNKNOWN;
}

Eager q_eager_default(Q *q, Place entity) {
  const Model *m = q_model_at(q, entity);
  if (!m)
    return EAGER_MAYBE;
  Eager worst = eager_of(m, 0);
  for (uint32_t i = 0; i < models_count(q->cx->models); i++) {
    const Model *sub = models_at(q->cx->models, i);
    if (sub != m && model_is_a(sub, m) && eager_of(sub, 0) > worst)
      worst = EAGER_MAYBE; // with_polymorphic may bring it
  }
  return worst;
}

void q_add_eager(Q *q, QState *s, Place entity) {
  Eager e = q_eager_default(q, entity);
  if (e != EAGER_NO)
    s->may |= e == EAGER_YES ? SHAPE_EAGER_COLLECTION : SHAPE_EAGER_UNKNOWN;
}

// ---- select lists of calls

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
  Place *owner; // of the first column that was met
  bool several;
} Owners;

static bool note_owner(void *data, Ref r) {
  Owners *o = data;
  PyKind kind = py_kind(o->t, r);
  if (kind != PY_ATTRIBUTE && kind != PY_NAME)
    return true;
  Value v = q_value(o->q, o->file, r);
  bool is_class = v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_CLASS;
  if (!is_class && v.kind != VALUE_COLUMN && v.kind != VALUE_RELATIONSHIP)
    return !(o->several |= v.kind == VALUE_ALIASED_CLASS);
  if (!o->owner->ref)
    *o->owner = v.owner;
  o->several |= !v.owner.ref || !place_eq(v.owner, *o->owner);
  return false;
}

void q_note_owners(Q *q, QState *s, uint32_t file, Ref argument, Place *owner) {
  const PyTree *t = q_tree(q, file);
  Owners o = {q, file, t, owner, false};
  PyVisitor visitor = {.enter = note_owner, .data = &o};
  py_walk(t, argument, &visitor);
  s->several_from |= o.several;
}

static bool name_seen(const Atom *names, uint32_t count, Atom name) {
  for (uint32_t i = 0; name && i < count; i++)
    if (names[i] == name)
      return true;
  return false;
}

// The class in `User` or `User.name`.
static Place class_of_item(Q *q, Place argument) {
  const PyTree *t = q_tree(q, argument.file);
  Value v = q_value(q, argument.file, argument.ref);
  if (v.kind == VALUE_COLUMN && py_kind(t, argument.ref) == PY_ATTRIBUTE)
    argument.ref = PY_AS(Attribute, t, argument.ref)->value;
  else if (v.kind != VALUE_MAPPED_CLASS && v.kind != VALUE_ALIASED_CLASS)
    argument = (Place){0};
  return argument;
}

// aliased(User, subquery): what stands for the class may have a row several times.
static bool is_alias_of_rows(Q *q, Place at) {
  Value v = q_value(q, at.file, at.ref);
  if (v.kind != VALUE_ALIASED_CLASS)
    return false;
  const PyTree *t = q_tree(q, v.root.file);
  if (!v.root.ref || py_kind(t, v.root.ref) != PY_CALL)
    return true;
  PyRefs args = py_list(t, PY_AS(Call, t, v.root.ref)->args);
  for (uint32_t i = 1; i < args.len; i++) {
    bool named = py_kind(t, args.at[i]) == PY_KEYWORD &&
                 str_is(q_name(q, PY_AS(Keyword, t, args.at[i])->arg), "name");
    if (!named)
      return true;
  }
  return false;
}

static void note_item(Q *q, QState *s, const QItem *item, Place at) {
  if (item->yields == YIELD_UNKNOWN)
    s->items |= ITEMS_OPEN | ITEMS_ENTITY;
  if (item->yields != YIELD_ENTITY && py_kind(q_tree(q, at.file), at.ref) != PY_ATTRIBUTE)
    s->items |= ITEMS_COMPUTED;
  if (item->yields == YIELD_ENTITY || item->yields == YIELD_UNKNOWN) {
    s->items |= ITEMS_ENTITY;
    s->other_from |= is_alias_of_rows(q, at);
    q_add_eager(q, s, at);
  }
  s->entity_mixed &= item->yields != YIELD_ENTITY;
  if (item->unnamed)
    s->items |= ITEMS_UNNAMED;
}

// The Param that the expression is a name of and still holds, of the function around it.
static Ref read_param(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  Ref few[2];
  if (py_kind(t, at.ref) != PY_NAME ||
      value_bindings(q->cx->values, at.file, at.ref, few, ARRAY_LEN(few)) != 1)
    return 0;
  return py_kind(t, few[0]) == PY_PARAM ? few[0] : 0;
}

static bool is_class_item(Q *q, Place given) {
  return class_of_item(q, given).ref != 0;
}

// query(model, *more): true where no call of the function gives `more` anything but one
// class, or where `most` is 0, anything.
static bool has_few(Q *q, Place starred, uint32_t most) {
  Ref of = PY_AS(Starred, q_tree(q, starred.file), starred.ref)->value;
  Ref param = read_param(q, (Place){starred.file, of});
  return param && q_few_more(q, (Place){starred.file, param}, most, is_class_item);
}

// x.label("n"), or a name that holds one.
static bool has_label(Q *q, Place at) {
  const PyTree *t = q_tree(q, at.file);
  return q_value(q, at.file, at.ref).kind == VALUE_LABEL ||
         (py_kind(t, at.ref) == PY_CALL &&
          str_is(q_name(q, call_method(t, at.ref)), "label") &&
          q_item(q, at.file, at.ref).name);
}

static void select_list(Q *q, QState *s, const Place *args, uint32_t len, bool adds) {
  enum {
    MOST_NAMES = 64
  };
  Atom names[MOST_NAMES];
  uint32_t count = 0, named = 0, given = 0;
  bool aggregate = false, exists = len > 0, several = false;
  Place owner = {0}, only = {0};
  if (adds || len > 1)
    s->several_from = adds;
  uint8_t before = s->yields;
  s->labelled = len > 0 && (s->labelled || !adds);
  for (uint32_t i = 0; i < len && s->labelled; i++)
    s->labelled = has_label(q, args[i]);
  if (!adds) {
    s->items &= ITEMS_OPTIONS;
    s->entity_mixed = false;
  }
  s->yields = YIELD_UNKNOWN;
  for (uint32_t i = 0; i < len; i++) {
    const PyTree *t = q_tree(q, args[i].file);
    PyKind kind = py_kind(t, args[i].ref);
    if (kind == PY_STARRED && has_few(q, args[i], 0))
      continue;
    given++;
    if (kind == PY_STARRED || kind == PY_KEYWORD || kind == PY_LIST) {
      s->items |= ITEMS_OPEN | ITEMS_ENTITY;
      s->may |= SHAPE_EAGER_UNKNOWN;
      exists = false;
      several |= kind != PY_STARRED || len > 1 || !has_few(q, args[i], 1);
      continue;
    }
    QItem item = q_item(q, args[i].file, args[i].ref);
    if (len > 1)
      q_note_owners(q, s, args[i].file, args[i].ref, &owner);
    count += item.yields == YIELD_SEVERAL ? 2 : 1;
    only = args[i];
    s->yields = item.yields;
    if (i == 0 && !adds)
      s->first = class_of_item(q, only);
    note_item(q, s, &item, only);
    if (name_seen(names, named, item.name))
      s->items |= ITEMS_DOUBLE;
    if (item.name && named < MOST_NAMES)
      names[named++] = item.name;
    aggregate |= item.aggregate;
    exists &= item.exists;
  }
  s->several_from |= several;
  if (adds)
    s->yields = before == YIELD_UNKNOWN && !count ? YIELD_UNKNOWN : YIELD_SEVERAL;
  else if (s->items & ITEMS_OPEN && count < 2 && given > count)
    s->yields = YIELD_UNKNOWN;
  else if (count > 1)
    s->yields = YIELD_SEVERAL;
  s->entity =
      !adds && count == 1 && given == 1 && s->yields == YIELD_ENTITY ? only : (Place){0};
  if (adds && named)
    s->items |= ITEMS_DOUBLE; // names of both parts are not compared
  s->items |= aggregate ? ITEMS_AGGREGATE : 0;
  if (!adds && (aggregate || exists))
    s->items |= ITEMS_ONE_ROW;
  if (adds && !aggregate)
    s->items &= (uint8_t)~ITEMS_ONE_ROW;
}

static const QSelected *list_of(Q *q, const Place *at, uint32_t count) {
  QSelected *list = arena_new(q->arena, QSelected);
  Place *copy = arena_array(q->arena, Place, count + 1);
  for (uint32_t i = 0; i < count; i++)
    copy[i] = at[i];
  *list = (QSelected){copy, count};
  return list;
}

void q_select_items(Q *q, QState *s, uint32_t file, Ref call, bool adds) {
  const PyTree *t = q_tree(q, file);
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  Places at = {0};
  for (uint32_t i = 0; i < args.len; i++)
    vec_push(&at, (Place){file, args.at[i]});
  select_list(q, s, at.items, args.len, adds);
  s->selected = adds ? NULL : list_of(q, at.items, args.len);
  vec_free(&at);
}

// What one of the selected arguments is in the call; false: not told.
static bool give(Q *q, Place item, Place function, Place call, Places *out, bool *any) {
  const PyTree *t = q_tree(q, item.file);
  bool starred = py_kind(t, item.ref) == PY_STARRED;
  Place name = {item.file, starred ? PY_AS(Starred, t, item.ref)->value : item.ref};
  Ref param = item.file == function.file ? read_param(q, name) : 0;
  if (!param || q_function(q, item.file, param) != function.ref) {
    vec_push(out, item);
    return true;
  }
  *any = true;
  if (starred)
    return py_node(t, param)->aux == PY_PARAM_VARARG &&
           q_rest_given(q, function, call, out);
  bool unclear;
  Ref given = q_given(q, function, call, param, &unclear);
  if (given && !unclear)
    vec_push(out, (Place){call.file, given});
  return given && !unclear;
}

void q_select_given(Q *q, QState *s, Place function, Place call) {
  if (!s->selected || py_kind(q_tree(q, call.file), call.ref) != PY_CALL)
    return;
  Places out = {0};
  bool any = false, all = true;
  for (uint32_t i = 0; all && i < s->selected->count; i++)
    all = give(q, s->selected->at[i], function, call, &out, &any);
  if (all && any) {
    if (!(s->may & SHAPE_OPTIONS)) // else they may have asked for it
      s->may &= ~(uint32_t)(SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN);
    select_list(q, s, out.items, (uint32_t)out.len, false);
    s->selected = list_of(q, out.items, (uint32_t)out.len);
  }
  vec_free(&out);
}
