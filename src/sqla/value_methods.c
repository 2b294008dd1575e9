// value_methods.c: attributes and methods of SQLAlchemy's objects, by methods.def.
//
//   session.query(User)           receiver SESSION, row `query`, rule ARGS
//   session.query(User).filter    a METHOD value that remembers its receiver
#include <stdlib.h>

#include "sqla/value_internal.h"

enum { // receivers of methods.def: every kind, and groups of kinds
#define VALUE(kind, name, part) RECEIVER_##kind = VALUE_##kind,
#include "sqla/value_kinds.def"
#undef VALUE
  RECEIVER_FLASK_QUERY = VALUE_KIND_COUNT,
  RECEIVER_EXECUTABLE,   // all statements
  RECEIVER_GENERATIVE,   // Select, CompoundSelect
  RECEIVER_RETURNS_ROWS, // TextualSelect, Values: can become a subquery
  RECEIVER_CTE_SOURCE,   // Insert, Update, Delete
  RECEIVER_DML,
  RECEIVER_FROM,           // stands in a FROM clause
  RECEIVER_COLUMN_ELEMENT, // whatever has operators
};

enum {
  FORM_CALL,
  FORM_AWAIT,
  FORM_ATTR
};

static const Method methods[] = {
#define METHOD(receiver, form, name, result, rule, flags, since, until)                  \
  {RECEIVER_##receiver,                                                                  \
   FORM_##form,                                                                          \
   VALUE_##result,                                                                       \
   RULE_##rule,                                                                          \
   (flags),                                                                              \
   since,                                                                                \
   until,                                                                                \
   #name},
#include "sqla/methods.def"
#undef METHOD
};

static const uint8_t lineage[VALUE_KIND_COUNT][3] = {
    [VALUE_DYNAMIC] = {RECEIVER_QUERY},
    [VALUE_SELECT] = {RECEIVER_GENERATIVE, RECEIVER_EXECUTABLE},
    [VALUE_COMPOUND_SELECT] = {RECEIVER_GENERATIVE, RECEIVER_EXECUTABLE},
    [VALUE_INSERT] = {RECEIVER_DML, RECEIVER_EXECUTABLE, RECEIVER_CTE_SOURCE},
    [VALUE_UPDATE] = {RECEIVER_DML, RECEIVER_EXECUTABLE, RECEIVER_CTE_SOURCE},
    [VALUE_DELETE] = {RECEIVER_DML, RECEIVER_EXECUTABLE, RECEIVER_CTE_SOURCE},
    [VALUE_TEXT] = {RECEIVER_EXECUTABLE},
    [VALUE_TEXTUAL_SELECT] = {RECEIVER_RETURNS_ROWS, RECEIVER_EXECUTABLE},
    [VALUE_FROM_STATEMENT] = {RECEIVER_EXECUTABLE},
    [VALUE_VALUES] = {RECEIVER_FROM},
    [VALUE_TABLE] = {RECEIVER_FROM},
    [VALUE_ALIAS] = {RECEIVER_FROM},
    [VALUE_SUBQUERY] = {RECEIVER_FROM},
    [VALUE_CTE] = {RECEIVER_FROM},
    [VALUE_LATERAL] = {RECEIVER_FROM},
    [VALUE_JOIN] = {RECEIVER_FROM},
    [VALUE_COLUMN] = {RECEIVER_COLUMN_ELEMENT},
    [VALUE_EXPRESSION] = {RECEIVER_COLUMN_ELEMENT},
    [VALUE_CLAUSE] = {RECEIVER_COLUMN_ELEMENT},
    [VALUE_LABEL] = {RECEIVER_COLUMN_ELEMENT},
    [VALUE_ORDERING] = {RECEIVER_COLUMN_ELEMENT},
    [VALUE_SCALAR_SELECT] = {RECEIVER_COLUMN_ELEMENT},
    [VALUE_EXISTS] = {RECEIVER_COLUMN_ELEMENT},
};

static const char *method_name(uint32_t row) {
  return methods[row].name;
}

void methods_index(ValueIndex *index) {
  name_rows_build(&index->methods, index, ARRAY_LEN(methods), method_name);
}

bool value_is_coroutine_name(const ValueCtx *cx, Atom name) {
  const NameRows *rows = name ? name_rows_find(&cx->index->methods, name) : NULL;
  for (uint32_t i = 0; rows && i < rows->len; i++)
    if (methods[cx->index->methods.rows[rows->first + i]].form == FORM_AWAIT)
      return true;
  return false;
}

static bool version_fits(const ValueCtx *cx, const Method *m) {
  int version = cx->index->version;
  return version == 0 || ((m->since == 0 || version >= m->since) &&
                          (m->until == 0 || version <= m->until));
}

// The row of a receiver. Where versions differ and the version is not known, the rows are
// `row` and `other`.
static const Method *find_row(const ValueCtx *cx, uint8_t receiver, Atom name,
                              const Method **other) {
  const NameRows *rows = name_rows_find(&cx->index->methods, name);
  const Method *found = NULL;
  *other = NULL;
  for (uint32_t i = 0; rows && i < rows->len; i++) {
    const Method *m = &methods[cx->index->methods.rows[rows->first + i]];
    if (m->receiver != receiver || !version_fits(cx, m))
      continue;
    if (found)
      *other = m;
    else
      found = m;
  }
  return found;
}

static const Method *find_method(const ValueCtx *cx, Value v, Atom name,
                                 const Method **other) {
  const Method *m = find_row(cx, v.kind, name, other);
  if (!m && v.kind == VALUE_QUERY && (v.flags & VALUE_FLASK))
    m = find_row(cx, RECEIVER_FLASK_QUERY, name, other);
  for (int i = 0; !m && i < 3 && v.kind < VALUE_KIND_COUNT && lineage[v.kind][i]; i++)
    m = find_row(cx, lineage[v.kind][i], name, other);
  return m;
}

// ---- parts that rules share

static Value with_shape(Value v, const Shape *shape) {
  v.shape = shape;
  return shape ? value_lower(v, (Sure)shape->sure) : v;
}

static Value or_none(Value v) {
  if (is_known(v) && v.kind != VALUE_NONE)
    v.flags |= VALUE_OR_NONE;
  return v;
}

static Value list_of(ValueCtx *cx, ValueKind kind, Value item, uint32_t file, Ref at) {
  return value_with_item(cx, kind, item, file, at);
}

static Value plain_item(ValueCtx *cx, ValueKind kind, ValueKind item, uint32_t file,
                        Ref at) {
  return value_with_item(cx, kind, value_make(item, file, at), file, at);
}

static Atom atom(const ValueCtx *cx, const char *name) {
  return intern(cx->names, str_from(name));
}

typedef struct {
  ValueCtx *cx;
  Value self;
  const Method *m;
  uint32_t file;
  Ref at;       // the call, or the attribute
  bool is_call; // arguments are at hand
} Apply;

static Value made(const Apply *a) {
  Value v = value_make((ValueKind)a->m->result, a->file, a->at);
  v.flags |= (uint16_t)(a->m->flags & VALUE_OR_NONE);
  return v;
}

static Value self_with(const Apply *a, uint32_t flags) {
  Value v = a->self;
  if (a->self.shape)
    v.shape = shape_with_flags(a->cx, a->self.shape, flags);
  if (v.kind == VALUE_DYNAMIC)
    v.kind = VALUE_QUERY;
  return v;
}

static Value apply_args(const Apply *a) {
  bool is_query = a->self.kind == VALUE_QUERY || a->m->result == VALUE_QUERY;
  bool keeps = a->m->rule == RULE_ADD;
  const Shape *before = value_is_session(a->self) ? NULL : a->self.shape;
  ShapeArgs args = {
      .before = before, .flags = a->m->flags, .is_query = is_query, .adds = keeps};
  const Shape *s = shape_of_args(a->cx, a->file, a->at, &args);
  if (!s)
    return value_bottom();
  Value v = a->m->result ? made(a) : a->self;
  if (v.kind == VALUE_DYNAMIC)
    v.kind = VALUE_QUERY;
  if (value_is_session(a->self)) {
    Shape *copy = arena_new(a->cx->arena, Shape);
    *copy = *s;
    copy->session = a->self;
    s = copy;
    v.flags |= (uint16_t)(a->self.flags & VALUE_FLASK);
  }
  return with_shape(v, s);
}

static Value scalar_result(const Apply *a, ValueKind kind, const Shape *s) {
  Value v = value_with_item(a->cx, kind, shape_first(s), a->file, a->at);
  return is_bottom(v) ? v : with_shape(v, s);
}

static Value apply_exec(const Apply *a, Value statement, const Shape *s) {
  bool is_one = s->yields == YIELD_ENTITY || s->yields == YIELD_COLUMN;
  if (!(statement.flags & VALUE_SQLMODEL))
    return statement.kind == VALUE_UNKNOWN || statement.kind == VALUE_SELECT
               ? value_unknown()
               : with_shape(made(a), s);
  if (is_one)
    return scalar_result(a, VALUE_SCALAR_RESULT, s);
  return s->yields == YIELD_SEVERAL ? with_shape(made(a), s) : value_unknown();
}

static Value apply_execute(const Apply *a) {
  Value statement = value_statement_arg(a->cx, a->file, a->at);
  if (is_bottom(statement))
    return statement;
  const Shape *s = value_executed_shape(a->cx, a->self, statement);
  switch (a->m->rule) {
  case RULE_SCALAR:
    return value_lower(or_none(shape_first(s)), (Sure)s->sure);
  case RULE_SCALARS:
    return scalar_result(a, (ValueKind)a->m->result, s);
  case RULE_STREAM: {
    Value inner = with_shape(value_make(VALUE_ASYNC_RESULT, a->file, a->at), s);
    return list_of(a->cx, VALUE_AWAITABLE_CONTEXT, inner, a->file, a->at);
  }
  case RULE_STREAM_SCALARS: {
    Value inner = scalar_result(a, VALUE_ASYNC_SCALAR_RESULT, s);
    return list_of(a->cx, VALUE_AWAITABLE_CONTEXT, inner, a->file, a->at);
  }
  case RULE_EXEC:
    return apply_exec(a, statement, s);
  default:
    return with_shape(made(a), s);
  }
}

static Value first_arg(const Apply *a) {
  Ref arg = call_arg(tree_of(a->cx, a->file), a->at, 0, 0);
  return arg ? ask(a->cx, a->file, arg) : value_unknown();
}

static Value apply_get(const Apply *a) {
  const PyTree *t = tree_of(a->cx, a->file);
  Ref arg = call_arg(t, a->at, 0, atom(a->cx, "entity"));
  Value cls = arg ? ask(a->cx, a->file, arg) : value_unknown();
  if (is_bottom(cls))
    return cls;
  Value v = made(a);
  if (cls.kind == VALUE_MAPPED_CLASS) {
    v.owner = cls.owner;
    v = value_lower(v, (Sure)cls.sure);
  }
  return v;
}

static Value apply_run_sync(const Apply *a) {
  Value func = first_arg(a);
  Value got = call_function_bare(a->cx, func);
  return got;
}

// Class.column.label("x"), label("x", ...)
static Value apply_label(const Apply *a) {
  Value v = value_with_item(a->cx, VALUE_LABEL, value_item(a->self), a->file, a->at);
  const PyTree *t = tree_of(a->cx, a->file);
  Ref name = call_arg(t, a->at, 0, atom(a->cx, "name"));
  Buf text = {0};
  if (name && py_kind(t, name) == PY_STR && py_str_value(t, name, &text))
    v.key = intern(a->cx->names, buf_str(&text));
  buf_free(&text);
  return v;
}

static Value first_column(const Apply *a) {
  Value v = value_with_item(a->cx, (ValueKind)a->m->result, shape_first(a->self.shape),
                            a->file, a->at);
  return v;
}

static Value cast_item(const Apply *a, uint32_t position) {
  Ref arg = call_arg(tree_of(a->cx, a->file), a->at, position, 0);
  Value type = arg ? ask(a->cx, a->file, arg) : value_unknown();
  Value item = type_reads(a->cx, type);
  return value_with_item(a->cx, (ValueKind)a->m->result, item, a->file, a->at);
}

// lastly: all rules
static Value apply_rows(const Apply *a) {
  ValueCtx *cx = a->cx;
  const Shape *s = a->self.shape;
  ValueKind result = (ValueKind)a->m->result;
  Value row = value_unknown();
  switch (a->m->rule) {
  case RULE_QUERY_ITEM:
    return shape_query_item(cx, s, a->file, a->at);
  case RULE_QUERY_LIST:
    row = shape_query_item(cx, s, a->file, a->at);
    return list_of(cx, result, row, a->file, a->at);
  case RULE_FIRST_ITEM:
    return shape_first(s);
  case RULE_ROW:
    return shape_row(cx, s, a->file, a->at);
  case RULE_ROW_LIST:
    return list_of(cx, result, shape_row(cx, s, a->file, a->at), a->file, a->at);
  case RULE_ROW_PARTITIONS:
    row = list_of(cx, VALUE_LIST, shape_row(cx, s, a->file, a->at), a->file, a->at);
    return list_of(cx, result, row, a->file, a->at);
  case RULE_ITEM:
    return value_item(a->self);
  case RULE_ITEM_LIST:
    return list_of(cx, result, value_item(a->self), a->file, a->at);
  case RULE_ITEM_PARTITIONS:
    row = list_of(cx, VALUE_LIST, value_item(a->self), a->file, a->at);
    return list_of(cx, result, row, a->file, a->at);
  case RULE_MAPPING_LIST:
  case RULE_MAPPING_PARTITIONS:
    row = value_make(VALUE_ROW_MAPPING, a->file, a->at);
    row.shape = s;
    if (a->m->rule == RULE_MAPPING_PARTITIONS)
      row = list_of(cx, VALUE_LIST, row, a->file, a->at);
    return list_of(cx, result, row, a->file, a->at);
  default:
    BUG("not a rule of rows");
  }
}

static Value apply_kept(const Apply *a) {
  Value v = made(a);
  v.shape = a->self.shape ? shape_with_flags(a->cx, a->self.shape, a->m->flags) : NULL;
  return v;
}

static Value apply_shaping(const Apply *a) {
  ValueCtx *cx = a->cx;
  uint32_t flags = a->m->flags;
  switch (a->m->rule) {
  case RULE_SELF:
    return self_with(
        a, flags | (a->is_call ? shape_join_flags(cx, a->file, a->at, a->m->name) : 0));
  case RULE_SHAPE:
  case RULE_STATEMENT: {
    Value v = apply_kept(a);
    if (a->m->rule == RULE_STATEMENT)
      v.kind = VALUE_SELECT,
      v.sure = (uint8_t)(a->self.shape && (a->self.shape->flags & SHAPE_WHOLE) &&
                                 !(a->self.shape->flags &
                                   (SHAPE_FROM_STATEMENT | SHAPE_COMPOUND))
                             ? SURE_PROVEN
                             : SURE_LIKELY);
    return v;
  }
  case RULE_LIMIT: {
    Ref arg = call_arg(tree_of(cx, a->file), a->at, 0, 0);
    bool is_one = arg && str_is(py_text(tree_of(cx, a->file), arg), "1");
    return self_with(a, SHAPE_LIMITED | (is_one ? SHAPE_LIMIT_ONE : 0));
  }
  case RULE_OPTIONS:
    return self_with(a, flags | shape_option_flags(cx, a->file, a->at));
  case RULE_EXECUTION_OPTIONS:
    return self_with(a, flags | shape_execution_flags(cx, a->file, a->at));
  case RULE_LOST: {
    Value v = a->m->result ? made(a) : a->self;
    v.shape = shape_unknown(
        cx, a->self.shape ? a->self.shape->flags & ~(uint32_t)SHAPE_WHOLE : 0);
    return v;
  }
  case RULE_ROWS: {
    Value v = self_with(a, 0);
    if (!v.shape)
      return v;
    Shape *s = arena_new(cx->arena, Shape);
    *s = *v.shape;
    if (s->yields == YIELD_ENTITY)
      s->yields = YIELD_COLUMN;
    v.shape = s;
    return v;
  }
  case RULE_NO_ROWS: {
    Value v = made(a);
    Shape *s = arena_new(cx->arena, Shape);
    s->yields = YIELD_NOTHING;
    s->sure = SURE_PROVEN;
    s->flags = SHAPE_WHOLE;
    v.shape = s;
    v.owner = a->self.owner;
    return v;
  }
  default:
    BUG("not a rule of shapes");
  }
}

static Value apply_more(const Apply *a) {
  ValueCtx *cx = a->cx;
  ValueKind result = (ValueKind)a->m->result;
  Value self = a->self;
  switch (a->m->rule) {
  case RULE_OF_STR:
    return plain_item(cx, result, VALUE_STR, a->file, a->at);
  case RULE_OF_DICT:
    return plain_item(cx, result, VALUE_DICT, a->file, a->at);
  case RULE_OF_TABLE:
    return plain_item(cx, result, VALUE_TABLE, a->file, a->at);
  case RULE_OF_COLUMN:
    return plain_item(cx, result, VALUE_COLUMN, a->file, a->at);
  case RULE_OF_SCHEMA_ITEM:
    return plain_item(cx, result, VALUE_SCHEMA_ITEM, a->file, a->at);
  case RULE_STR_ITEM:
    return plain_item(cx, result, VALUE_STR, a->file, a->at);
  case RULE_INT_ITEM:
    return plain_item(cx, result, VALUE_INT, a->file, a->at);
  case RULE_COMPARISON:
    return plain_item(cx, result, VALUE_BOOL, a->file, a->at);
  case RULE_ITEM_KEPT:
    return value_with_item(cx, result, value_item(self), a->file, a->at);
  case RULE_OF_SELF:
    return value_with_item(cx, result, self, a->file, a->at);
  case RULE_OF_SYNC:
    return plain_item(cx, result, VALUE_SESSION, a->file, a->at);
  case RULE_CONNECTION:
  case RULE_ASYNC_CONNECTION: {
    Value c = value_make(a->m->rule == RULE_CONNECTION ? VALUE_CONNECTION
                                                       : VALUE_ASYNC_CONNECTION,
                         a->file, a->at);
    c.flags |= VALUE_BEGUN;
    return value_with_item(cx, result, c, a->file, a->at);
  }
  case RULE_MADE:
    return value_with_item(cx, result, value_item(self), a->file, a->at);
  case RULE_OWNED: {
    Value v = made(a);
    v.owner = self.owner;
    return v;
  }
  case RULE_OWNER_CLASS: {
    if (!self.owner.ref)
      return value_unknown();
    Value v = value_make(VALUE_MAPPED_CLASS, a->file, a->at);
    v.owner = self.owner;
    return v;
  }
  case RULE_FLASK_SESSION: {
    Value s = value_make(VALUE_SESSION, a->file, a->at);
    s.flags |= VALUE_FLASK;
    Value v = value_with_item(cx, VALUE_SCOPED_SESSION, s, a->file, a->at);
    v.flags |= VALUE_FLASK;
    return v;
  }
  case RULE_TABLES: {
    Value v = value_make(VALUE_METHOD, a->file, a->at);
    v.item = value_keep(cx, self);
    v.key = atom(cx, a->m->name);
    return v;
  }
  case RULE_COLUMNS: {
    Value v = made(a);
    v.owner = self.owner;
    v.shape = self.shape;
    return v;
  }
  case RULE_SESSION:
    return self.shape && is_known(self.shape->session) ? self.shape->session
                                                       : value_unknown();
  case RULE_BOOL_COLUMN:
  case RULE_ALL_COLUMNS: {
    Value v = made(a);
    Shape *s = arena_new(cx->arena, Shape);
    *s = (Shape){.yields = a->m->rule == RULE_BOOL_COLUMN ? YIELD_UNKNOWN : YIELD_SEVERAL,
                 .sure = SURE_PROVEN,
                 .flags = SHAPE_WHOLE};
    v.shape = s;
    return v;
  }
  default:
    return value_unknown();
  }
}

// Rules that look at the arguments: only for calls.
static Value apply_call(const Apply *a) {
  switch (a->m->rule) {
  case RULE_ARGS:
  case RULE_ADD:
    return apply_args(a);
  case RULE_RETURNING: {
    // What was seen on the way stays; the rows are new.
    uint32_t seen = a->self.shape ? a->self.shape->flags & ~(uint32_t)SHAPE_WHOLE : 0;
    ShapeArgs args = {.flags = a->m->flags | seen};
    const Shape *s = shape_of_args(a->cx, a->file, a->at, &args);
    return s ? with_shape(a->self, s) : value_bottom();
  }
  case RULE_ROWS_OF_ARGS: {
    ShapeArgs args = {.is_query = true};
    const Shape *s = shape_of_args(a->cx, a->file, a->at, &args);
    if (!s)
      return value_bottom();
    Value row = with_shape(value_make(VALUE_ROW, a->file, a->at), s);
    return value_with_item(a->cx, VALUE_ITERATOR, row, a->file, a->at);
  }
  case RULE_EXECUTE:
  case RULE_SCALAR:
  case RULE_SCALARS:
  case RULE_STREAM:
  case RULE_STREAM_SCALARS:
  case RULE_EXEC:
    return apply_execute(a);
  case RULE_GET:
    return apply_get(a);
  case RULE_ARGUMENT:
    return first_arg(a);
  case RULE_LIST_OF_ARGUMENT: {
    Value item = value_iterated(a->cx, first_arg(a), false);
    return value_with_item(a->cx, VALUE_LIST, item, a->file, a->at);
  }
  case RULE_RUN_SYNC:
    return apply_run_sync(a);
  case RULE_LABEL:
    return apply_label(a);
  case RULE_CAST:
    return cast_item(a, 0);
  case RULE_OPERATOR: {
    Value v = value_make(VALUE_METHOD, a->file, a->at);
    v.item = value_keep(a->cx, a->self);
    v.key = atom(a->cx, a->m->name);
    v.flags |= VALUE_LITERAL; // op("->") was called: the next call gives the expression
    return v;
  }
  case RULE_FIRST_COLUMN:
    return first_column(a);
  case RULE_SCALARS_OF: {
    bool at_zero = !call_arg(tree_of(a->cx, a->file), a->at, 0, atom(a->cx, "index"));
    if (!at_zero)
      return made(a);
    return scalar_result(a, (ValueKind)a->m->result, a->self.shape);
  }
  case RULE_EXECUTED:
  case RULE_SCALAR_SELF:
  case RULE_RAW:
  case RULE_TEXT_COLUMNS: {
    Value v = a->m->result ? made(a) : value_unknown();
    if (a->m->result)
      v.shape = shape_unknown(a->cx, 0);
    return v;
  }
  default:
    return value_bottom();
  }
}

static bool sure_statement(const Apply *a) {
  Value statement = value_statement_arg(a->cx, a->file, a->at);
  return value_is_statement(statement) && statement.sure == SURE_PROVEN;
}

static bool looks_at_arguments(uint8_t rule) {
  return rule <= RULE_LAST_OF_ARGUMENTS;
}

// What gets a statement of SQLAlchemy to execute() gives a Result, by whatever spelling
// the receiver was told.
static bool is_told_by_statement(const Apply *a) {
  return a->m->rule == RULE_EXECUTE && a->m->form == FORM_CALL && a->is_call &&
         a->self.sure == SURE_LIKELY && sure_statement(a);
}

static Value apply(const Apply *a) {
  uint8_t rule = a->m->rule;
  Value v;
  if (rule == RULE_NOTHING)
    return value_unknown();
  if (rule == RULE_PLAIN)
    v = a->m->result == VALUE_UNKNOWN ? value_unknown() : made(a);
  else if (looks_at_arguments(rule))
    v = a->is_call ? apply_call(a) : value_unknown();
  else if (rule <= RULE_LAST_OF_SHAPES)
    v = apply_shaping(a);
  else if (rule <= RULE_LAST_OF_ROWS)
    v = apply_rows(a);
  else
    v = apply_more(a);
  if ((a->m->flags & VALUE_OR_NONE) && !looks_at_arguments(rule) &&
      rule > RULE_LAST_OF_SHAPES)
    v = or_none(v);
  if (!is_told_by_statement(a))
    v = value_lower(v, (Sure)a->self.sure);
  if (a->m->form == FORM_AWAIT && !is_bottom(v))
    v = value_lower(value_with_item(a->cx, VALUE_AWAITABLE, v, a->file, a->at),
                    (Sure)a->self.sure);
  return v;
}

// ---- columns of tables, subqueries, rows

static Value column_of(ValueCtx *cx, Value collection, Atom name, uint32_t file, Ref at) {
  const Shape *s = collection.shape;
  for (uint32_t i = 0; s && name && i < s->count; i++) {
    if (s->items[i].name != name)
      continue;
    Value v = value_with_item(cx, VALUE_COLUMN, s->items[i].value, file, at);
    v.key = name;
    return value_lower(v, (Sure)collection.sure);
  }
  Value v = value_make(VALUE_COLUMN, file, at);
  if (collection.owner.ref && name) {
    v = table_column(cx, collection.owner, name, file, at);
    v.owner = collection.owner;
    v.key = name;
  }
  return value_lower(v, (Sure)collection.sure);
}

static Value row_field(Value row, Atom name) {
  const Shape *s = row.shape;
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; s && i < s->count; i++) {
    if (s->items[i].name == 0)
      return value_unknown(); // an unnamed one might have this name
    if (s->items[i].name != name)
      continue;
    if (found != UINT32_MAX)
      return value_unknown(); // two of one name: which one depends on the maker
    found = i;
  }
  if (found == UINT32_MAX)
    return value_unknown();
  return value_lower(s->items[found].value, (Sure)row.sure);
}

// func.count, func.geo.area
static Value function_name(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at) {
  Value f = value_make(VALUE_METHOD, file, at);
  f.key = name;
  Value functions = v.kind == VALUE_FUNCTIONS ? v : *v.item;
  f.item = value_keep(cx, functions);
  return value_lower(f, (Sure)v.sure);
}

static Value by_table(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at,
                      bool is_call, bool *found) {
  const Method *other = NULL;
  const Method *m = find_method(cx, v, name, &other);
  *found = m != NULL;
  if (!m)
    return value_unknown();
  if (m->form != FORM_ATTR && !is_call) {
    Value method = value_make(VALUE_METHOD, file, at);
    method.item = value_keep(cx, v);
    method.key = name;
    return value_lower(method, (Sure)v.sure);
  }
  Value got = apply(&(Apply){cx, v, m, file, at, is_call});
  if (other)
    got = value_join(cx, got, apply(&(Apply){cx, v, other, file, at, is_call}));
  return got;
}

// What a scoped_session passes its calls to.
static Value behind_scope(Value v, uint32_t file, Ref at) {
  if (v.kind != VALUE_SCOPED_SESSION && v.kind != VALUE_ASYNC_SCOPED_SESSION)
    return value_unknown();
  if (v.item)
    return value_item(v);
  return value_lower(
      value_make(v.kind == VALUE_SCOPED_SESSION ? VALUE_SESSION : VALUE_ASYNC_SESSION,
                 file, at),
      (Sure)v.sure);
}

static Value sqla_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at) {
  bool found = false;
  Value got = by_table(cx, v, name, file, at, false, &found);
  if (found)
    return got;
  Value session = behind_scope(v, file, at);
  if (is_known(session))
    return method_attribute(cx, session, name, file, at);
  switch ((ValueKind)v.kind) {
  case VALUE_COLUMN_COLLECTION:
    return column_of(cx, v, name, file, at);
  case VALUE_ROW:
    return row_field(v, name);
  case VALUE_FUNCTIONS:
    return function_name(cx, v, name, file, at);
  case VALUE_METHOD:
    return v.item && v.item->kind == VALUE_FUNCTIONS
               ? function_name(cx, v, name, file, at)
               : value_unknown();
  case VALUE_FLASK_DB: {
    Value as_symbol =
        symbol_value(cx, intern(cx->names, STR("sqlalchemy")), name, file, at);
    return as_symbol.kind == VALUE_MODULE ? value_unknown()
                                          : value_lower(as_symbol, (Sure)v.sure);
  }
  default:
    return value_unknown();
  }
}

static bool has_own_attributes(Value v) {
  if (v.flags & VALUE_SUBCLASS)
    return v.owner.ref != 0;
  switch ((ValueKind)v.kind) {
  case VALUE_OBJECT:
  case VALUE_CLASS:
  case VALUE_ENTITY:
  case VALUE_MAPPED_CLASS:
  case VALUE_ALIASED_CLASS:
  case VALUE_BASE_CLASS:
    return v.owner.ref != 0;
  default:
    return false;
  }
}

Value method_attribute(ValueCtx *cx, Value v, Atom name, uint32_t file, Ref at) {
  if (!is_known(v))
    return v;
  if (v.kind == VALUE_MODULE)
    return v.owner.ref ? module_member(cx, v, name, file, at)
                       : symbol_attribute(cx, v, name, file, at);
  if (v.kind == VALUE_CLASS && !v.owner.ref)
    return symbol_attribute(cx, v, name, file, at);
  if (has_own_attributes(v)) {
    Value own = class_attribute(cx, v, name, file, at);
    if (own.kind != VALUE_UNKNOWN)
      return own;
  }
  return sqla_attribute(cx, v, name, file, at);
}

// ---- calls

static ValueKind function_reads(const char *name) {
  static const struct {
    const char *name;
    uint8_t kind;
  } known[] = {
      {"char_length", VALUE_INT},
      {"concat", VALUE_STR},
      {"count", VALUE_INT},
      {"current_date", VALUE_DATE},
      {"current_timestamp", VALUE_DATETIME},
      {"localtimestamp", VALUE_DATETIME},
      {"now", VALUE_DATETIME},
      {"row_number", VALUE_UNKNOWN},
  };
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (strcmp(known[i].name, name) == 0)
      return (ValueKind)known[i].kind;
  return VALUE_UNKNOWN;
}

// func.max(User.id) reads what User.id reads, or None
static bool reads_its_argument(const char *name) {
  return strcmp(name, "max") == 0 || strcmp(name, "min") == 0;
}

static Value call_sql_function(ValueCtx *cx, Value method, uint32_t file, Ref call) {
  const char *name = atom_str(cx->project->names, method.key).ptr;
  ValueKind kind = function_reads(name);
  Value item = kind ? value_make(kind, file, call) : value_unknown();
  Ref arg = call_arg(tree_of(cx, file), call, 0, 0);
  if (reads_its_argument(name) && arg) {
    Value column = ask(cx, file, arg);
    if (is_bottom(column))
      return column;
    item = or_none(value_is_column(column) ? value_item(column) : value_unknown());
  }
  Value v = value_with_item(cx, VALUE_EXPRESSION, item, file, call);
  v.key = method.key;
  return value_lower(v, (Sure)method.sure);
}

Value method_call(ValueCtx *cx, Value method, uint32_t file, Ref call) {
  Value self = value_item(method);
  if (self.kind == VALUE_FUNCTIONS)
    return call_sql_function(cx, method, file, call);
  if (value_is_column(self) && (method.flags & VALUE_LITERAL))
    return value_lower(value_make(VALUE_EXPRESSION, file, call), (Sure)method.sure);
  bool found = false;
  Value got = by_table(cx, self, method.key, file, call, true, &found);
  if (found)
    return got;
  Value session = behind_scope(self, file, call);
  if (is_known(session))
    return by_table(cx, session, method.key, file, call, true, &found);
  return value_unknown();
}
