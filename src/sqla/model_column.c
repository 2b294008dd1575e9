// model_column.c: Column(), mapped_column() and SQLModel's Field().
#include "sqla/model_internal.h"

static ApiId column_api(Models *m, Expr x) {
  Expr partial = expr_partial(&m->cx, x);
  bool wrapped;
  if (!partial.ref)
    return expr_wrapped_api(&m->cx, x, &wrapped);
  Expr first = expr_positional(&m->cx, partial, 0);
  return first.ref ? expr_api(&m->cx, first) : API_NONE;
}

ColumnCall column_call(Models *m, Expr x) {
  switch (column_api(m, x)) {
  case API_sqlalchemy_Column:
    return CALL_COLUMN;
  case API_sqlalchemy_orm_mapped_column:
    return CALL_MAPPED_COLUMN;
  case API_sqlmodel_Field:
    return CALL_FIELD;
  default:
    return CALL_OTHER;
  }
}

static Tristate tristate(Models *m, Expr x) {
  if (!x.ref)
    return UNSET;
  switch (expr_bool(&m->cx, x)) {
  case EXPR_TRUE:
    return YES;
  case EXPR_FALSE:
    return NO;
  default:
    return UNCLEAR;
  }
}

static Expr keyword(Models *m, Expr call, const char *name) {
  return expr_keyword(&m->cx, call, model_atom(m, name));
}

static void set_flag(Models *m, SqlColumn *c, Expr call, const char *name, bool *flag) {
  Tristate t = tristate(m, keyword(m, call, name));
  if (t == UNCLEAR)
    c->proven = false;
  else if (t != UNSET)
    *flag = t == YES;
}

static void set_place(Models *m, Expr call, const char *name, Place *place) {
  Expr x = keyword(m, call, name);
  if (x.ref)
    *place = expr_place(x);
}

void column_add_foreign_key(Models *m, SqlColumn *c, Expr call, uint32_t constraint) {
  SqlForeignKey *list = arena_array(m->arena, SqlForeignKey, c->foreign_key_count + 1);
  if (c->foreign_key_count)
    memcpy(list, c->foreign_keys, c->foreign_key_count * sizeof *list);
  SqlForeignKey *fk = &list[c->foreign_key_count++];
  *fk = (SqlForeignKey){.target = STR(""),
                        .node = expr_place(call),
                        .constraint = constraint,
                        .ondelete = STR(""),
                        .onupdate = STR("")};
  if (expr_is(&m->cx, call, PY_CALL)) {
    Expr x = keyword(m, call, "ondelete");
    if (x.ref)
      expr_string(&m->cx, x, &fk->ondelete);
    x = keyword(m, call, "onupdate");
    if (x.ref)
      expr_string(&m->cx, x, &fk->onupdate);
  }
  c->foreign_keys = list;
}

// A positional argument behind the name: a part of the schema, or the type.
static bool add_schema_item(Models *m, SqlColumn *c, Expr x) {
  Expr item = expr_follow(&m->cx, x);
  switch (expr_call_api(&m->cx, item)) {
  case API_sqlalchemy_ForeignKey:
    column_add_foreign_key(m, c, item, 0);
    return true;
  case API_sqlalchemy_Identity:
    c->identity = true;
    return true;
  case API_sqlalchemy_Computed:
    c->computed = true;
    return true;
  case API_sqlalchemy_Sequence:
  case API_sqlalchemy_CheckConstraint:
  case API_sqlalchemy_ColumnDefault:
  case API_sqlalchemy_FetchedValue:
  case API_sqlalchemy_DefaultClause:
    return true;
  default:
    return false;
  }
}

typedef struct {
  bool type_given, name_given;
} Given;

static void set_type(Models *m, SqlColumn *c, Expr x, Given *given) {
  c->type = sql_type_read(&m->cx, x, m->version);
  given->type_given = true;
}

static void read_positional(Models *m, SqlColumn *c, Expr call, Given *given) {
  uint32_t count = expr_positional_count(&m->cx, call);
  for (uint32_t i = 0; i < count; i++) {
    Expr x = expr_positional(&m->cx, call, i);
    Str name;
    bool text = i == 0 && !expr_is(&m->cx, x, PY_CALL) && expr_string(&m->cx, x, &name);
    if (text) {
      c->name = intern(m->names, name);
      given->name_given = true;
    } else if (i == 0 && expr_is(&m->cx, x, PY_CONSTANT)) {
      continue; // Column(None, ForeignKey(...))
    } else if (!add_schema_item(m, c, x) && i <= 1 && !given->type_given &&
               !expr_is_none(&m->cx, x)) {
      set_type(m, c, x, given);
    }
  }
}

static void read_keywords(Models *m, SqlColumn *c, Expr call, Given *given) {
  Str text;
  Expr x = keyword(m, call, "type_");
  if (x.ref)
    set_type(m, c, x, given);
  x = keyword(m, call, "name");
  if (x.ref && expr_string(&m->cx, x, &text)) {
    c->name = intern(m->names, text);
    given->name_given = true;
  }
  x = keyword(m, call, "key");
  if (x.ref && expr_string(&m->cx, x, &text))
    c->key = intern(m->names, text);
  set_flag(m, c, call, "primary_key", &c->primary_key);
  set_flag(m, c, call, "unique", &c->unique);
  set_flag(m, c, call, "index", &c->index);
  Tristate nullable = tristate(m, keyword(m, call, "nullable"));
  if (nullable != UNSET)
    c->nullable_given = nullable;
  set_place(m, call, "default", &c->default_value);
  set_place(m, call, "insert_default", &c->insert_default);
  set_place(m, call, "server_default", &c->server_default);
  set_place(m, call, "onupdate", &c->onupdate);
  set_place(m, call, "server_onupdate", &c->server_onupdate);
  set_place(m, call, "comment", &c->comment);
}

static void read_call(Models *m, SqlColumn *c, Expr call, Given *given) {
  bool wrapped = false;
  expr_wrapped_api(&m->cx, call, &wrapped);
  if (expr_call_open(&m->cx, call) || wrapped)
    c->proven = false;
  Expr partial = expr_partial(&m->cx, call);
  if (partial.ref) { // what it gives holds where the call does not say otherwise
    if (expr_call_open(&m->cx, partial) || expr_positional_count(&m->cx, partial) > 1)
      c->proven = false;
    read_keywords(m, c, partial, given);
  }
  read_positional(m, c, call, given);
  read_keywords(m, c, call, given);
}

// Field(sa_column=Column(...)), Field(sa_type=..., foreign_key="team.id")
static void read_field(Models *m, SqlColumn *c, Expr call, Given *given) {
  Expr column = keyword(m, call, "sa_column");
  if (column.ref) {
    column = expr_follow(&m->cx, column);
    if (column_call(m, column) == CALL_COLUMN)
      read_call(m, c, column, given);
    else
      c->proven = false;
    return;
  }
  if (expr_call_open(&m->cx, call))
    c->proven = false;
  read_keywords(m, c, call, given);
  c->default_value = (Place){0};
  Expr x = keyword(m, call, "sa_type");
  if (x.ref)
    set_type(m, c, x, given);
  x = keyword(m, call, "foreign_key");
  if (x.ref && !expr_is_none(&m->cx, x)) {
    column_add_foreign_key(m, c, x, 0);
    x = keyword(m, call, "ondelete");
    if (x.ref)
      expr_string(&m->cx, x, &c->foreign_keys[c->foreign_key_count - 1].ondelete);
  }
  Expr length = keyword(m, call, "max_length");
  if (length.ref && expr_is(&m->cx, length, PY_NUM) && !given->type_given) {
    c->type = (SqlType){
        .api = API_sqlmodel_AutoString,
        .text = str_format(m->arena, "AutoString(length=%.*s)",
                           STR_ARG(py_text(expr_tree(&m->cx, length), length.ref))),
        .known = true};
    given->type_given = true;
  }
}

static void set_nullable(SqlColumn *c, ColumnCall kind, const Annotation *anno) {
  bool annotated = anno && (anno->form != MAPPED_NOT || kind == CALL_FIELD);
  if (c->nullable_given == YES || c->nullable_given == NO)
    c->nullable = c->nullable_given == YES;
  else if (c->primary_key || c->identity)
    c->nullable = false;
  else if (annotated && kind != CALL_COLUMN)
    c->nullable = anno->optional;
  else
    c->nullable = true;
  if (c->nullable_given == UNCLEAR ||
      (annotated && !anno->readable && c->nullable_given == UNSET && !c->primary_key))
    c->proven = false;
}

// Two ways to write a column: what is told of one is true of the other.
static bool says_the_same(const SqlColumn *a, const SqlColumn *b) {
  return a->primary_key == b->primary_key && a->unique == b->unique &&
         a->index == b->index && a->nullable_given == b->nullable_given &&
         a->computed == b->computed && a->identity == b->identity && a->name == b->name &&
         a->key == b->key && a->foreign_key_count == b->foreign_key_count &&
         str_eq(a->type.text, b->type.text);
}

// What `Annotated[int, mapped_column(...)]` says. Of `mapped_column(...) if X else
// mapped_column(...)` holds what both say; a function that makes it may say anything.
static void read_annotated(Models *m, SqlColumn *c, Expr x, Given *given) {
  if (column_call(m, x) == CALL_MAPPED_COLUMN) {
    read_call(m, c, x, given);
    return;
  }
  if (!expr_is(&m->cx, x, PY_IF_EXP)) {
    bool made =
        expr_is(&m->cx, x, PY_CALL) && expr_call_api(&m->cx, x) == API_NONE &&
        resolve_expr(m->r, x.file, PY_AS(Call, expr_tree(&m->cx, x), x.ref)->func).kind ==
            ORIGIN_FUNCTION;
    c->proven = c->proven && !made;
    return;
  }
  const PyIfExp *n = PY_AS(IfExp, expr_tree(&m->cx, x), x.ref);
  SqlColumn other = *c;
  Given other_given = *given;
  read_annotated(m, c, expr_child(x, n->body), given);
  read_annotated(m, &other, expr_child(x, n->orelse), &other_given);
  c->proven = c->proven && other.proven && says_the_same(c, &other);
}

SqlColumn *column_read(Models *m, const ClassInfo *cls, SqlTable *table, Expr call,
                       ColumnCall kind, Atom name, Expr annotation,
                       const Annotation *anno) {
  SqlColumn *c = arena_new(m->arena, SqlColumn);
  *c = (SqlColumn){.table = table,
                   .proven = true,
                   .node = expr_place(call),
                   .annotation = expr_place(annotation),
                   .type = {.text = STR("")}};
  Given given = {0};
  for (uint32_t i = 0; anno && i < anno->annotated_count; i++)
    read_annotated(m, c, anno->annotated[i], &given);
  given.type_given = given.type_given && !sql_type_is_null(c->type);
  if (call.ref && kind == CALL_FIELD)
    read_field(m, c, call, &given);
  else if (call.ref)
    read_call(m, c, call, &given);
  if (!given.type_given && anno && kind != CALL_COLUMN && !c->foreign_key_count)
    c->type = annotation_sql_type(m, cls, annotation, anno);
  else if (!given.type_given && !c->foreign_key_count)
    c->type = (SqlType){
        .api = API_sqlalchemy_types_NullType, .text = STR("NullType()"), .known = true};
  if (anno && anno->form == MAPPED_PLAIN && anno->readable)
    c->annotated_optional = anno->optional ? YES : NO;
  if (!c->name)
    c->name = name;
  if (!c->key)
    c->key = c->name;
  set_nullable(c, kind, anno);
  return c;
}
