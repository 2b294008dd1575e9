// from_table.c: a table as the models have it, nothing of its structure left out.
#include "schema/from_table.h"

#include <ctype.h>

typedef struct {
  Schema *s;
  ExprCtx x;
  const Interner *names;
  const SqlTable *from;
  TableStructure *out;
} Cx;

static void untold(Cx *cx, Str column, const char *what, Str name) {
  bool of_table = !column.len;
  cx->out->untold[cx->out->untold_count++] = (Untold){
      column, str_format(cx->s->arena, "%s%s%.*s%s%.*s", what, of_table ? " " : " of ",
                         STR_ARG(of_table ? name : cx->out->table->name),
                         of_table ? "" : ".", STR_ARG(column))};
}

// ---- Types

// Where the classes that repr() of a type names are imported from, as dotted names; false
// where one of them is not SQLAlchemy's. Text in quotes names nothing.
static bool add_imports(Cx *cx, SchemaType *type, ApiId outer) {
  Str text = type->text, own = api_last_name(outer);
  type->imports = arena_array(cx->s->arena, Str, text.len + 1);
  for (size_t i = 0; i < text.len;) {
    char c = text.ptr[i];
    size_t from = i++;
    if (c == '"' || c == '\'') {
      while (i < text.len && text.ptr[i] != c)
        i += text.ptr[i] == '\\' ? 2 : 1;
      i++;
      continue;
    }
    if (!isalpha((unsigned char)c) && c != '_')
      continue;
    while (i < text.len && (isalnum((unsigned char)text.ptr[i]) || text.ptr[i] == '_'))
      i++;
    Str word = str_slice(text, from, i);
    if (i >= text.len || text.ptr[i] != '(' || (from && text.ptr[from - 1] == '.'))
      continue; // a keyword argument, a constant, a method
    ApiId api =
        str_eq(word, own)
            ? outer
            : api_find(str_format(cx->s->arena, "sqlalchemy.%.*s", STR_ARG(word)), NULL);
    if (api == API_NONE)
      return false;
    type->imports[type->import_count++] = str_from(api_row(api)->dotted);
  }
  return true;
}

static void read_type(Cx *cx, SchemaColumn *c, const SqlColumn *from) {
  const SqlType *type = &from->type;
  c->type = (SchemaType){.kind = TYPE_OTHER, .text = type->text};
  if (!from->proven || !type->known || !type->api || sql_type_is_null(*type) ||
      from->computed || from->identity || !add_imports(cx, &c->type, (ApiId)type->api))
    c->type.text = STR("");
}

bool structure_tells(const SchemaColumn *c) {
  return c->type.kind != TYPE_OTHER || c->type.text.len > 0;
}

// ---- Calls

// True where the call has only these keyword arguments: no other option is lost.
static bool only_has(Cx *cx, Expr call, const char *const *known) {
  if (expr_kind(&cx->x, call) != PY_CALL || expr_call_open(&cx->x, call))
    return false;
  const PyTree *t = expr_tree(&cx->x, call);
  PyRefs args = py_list(t, PY_AS(Call, t, call.ref)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD)
      continue;
    Str name = expr_atom(&cx->x, PY_AS(Keyword, t, args.at[i])->arg);
    bool found = false;
    for (size_t k = 0; known[k]; k++)
      found |= str_is(name, known[k]);
    if (!found)
      return false;
  }
  return true;
}

// The SQL of "..." and of text("...").
static bool read_sql(Cx *cx, Expr e, Str *out) {
  static const char *const none[] = {NULL};
  if (expr_call_api(&cx->x, e) == API_sqlalchemy_text && only_has(cx, e, none))
    e = expr_positional(&cx->x, e, 0);
  return e.ref && expr_string(&cx->x, e, out);
}

// ---- Defaults of the server

// "now" of func.now(); absent for anything else.
static Str function_name(Cx *cx, Expr call) {
  static const char *const none[] = {NULL};
  if (!only_has(cx, call, none) || expr_positional_count(&cx->x, call))
    return (Str){0};
  const PyTree *t = expr_tree(&cx->x, call);
  Expr func = expr_child(call, PY_AS(Call, t, call.ref)->func);
  Origin o = expr_origin(&cx->x, func);
  if (o.kind != ORIGIN_API_MEMBER || o.api != API_sqlalchemy_func ||
      expr_kind(&cx->x, func) != PY_ATTRIBUTE)
    return (Str){0};
  return expr_atom(&cx->x, PY_AS(Attribute, t, func.ref)->attr);
}

// True where the default is one that can be written again.
static bool read_server_default(Cx *cx, SchemaColumn *c, Expr e) {
  Str text, name;
  ApiId api = expr_call_api(&cx->x, e);
  if (api == API_sqlalchemy_true || api == API_sqlalchemy_false) {
    c->type.kind = TYPE_BOOLEAN;
    c->default_kind = DEFAULT_VALUE;
    c->server_side = true;
    c->default_text = api == API_sqlalchemy_true ? STR("true") : STR("false");
    return true;
  }
  if (read_sql(cx, e, &text)) {
    c->server_side = api == API_NONE;
    c->default_kind = api == API_NONE ? DEFAULT_VALUE : DEFAULT_SERVER;
    c->default_text = text;
    return true;
  }
  name = function_name(cx, e);
  if (!name.len)
    return false;
  if (str_is(name, "now")) {
    c->default_kind = DEFAULT_NOW;
    return true;
  }
  // CURRENT_TIMESTAMP and its like take no parentheses.
  bool bare = str_starts(name, STR("current_")) || str_starts(name, STR("local")) ||
              str_is(name, "session_user") || str_is(name, "user");
  c->default_kind = DEFAULT_SERVER;
  c->default_text = str_format(cx->s->arena, bare ? "%.*s" : "%.*s()", STR_ARG(name));
  return true;
}

// ---- Foreign keys

static bool is_composite(const SqlTable *t, uint32_t constraint) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < t->column_count; i++)
    for (uint32_t k = 0; k < t->columns[i]->foreign_key_count; k++)
      count += t->columns[i]->foreign_keys[k].constraint == constraint;
  return count > 1;
}

// The name that its call gives it, "" where it gives none; false where it is no constant.
static bool foreign_key_named(Cx *cx, const SqlForeignKey *k, Str *out) {
  Expr name = expr_keyword(&cx->x, expr_at(k->node), SYM_name);
  return !name.ref || expr_is_none(&cx->x, name) || expr_string(&cx->x, name, out);
}

static bool read_foreign_key(Cx *cx, SchemaColumn *c, const SqlColumn *from) {
  static const char *const known[] = {"ondelete", "onupdate", "name", NULL};
  const SqlForeignKey *k = &from->foreign_keys[0];
  size_t dot = str_find_char(k->target, '.', 0);
  if (from->foreign_key_count > 1 || dot == SIZE_MAX ||
      str_find_char(k->target, '.', dot + 1) != SIZE_MAX ||
      is_composite(cx->from, k->constraint) || !only_has(cx, expr_at(k->node), known))
    return false;
  SchemaTable *to = schema_add_table(cx->s, STR(""), str_slice(k->target, 0, dot));
  to->external = true;
  SchemaColumn *key = schema_add_column(
      cx->s, to, str_slice(k->target, dot + 1, k->target.len), TYPE_OTHER);
  key->type = c->type;
  c->foreign_key = arena_new(cx->s->arena, SchemaForeignKey);
  *c->foreign_key = (SchemaForeignKey){
      .table = to, .column = key, .ondelete = k->ondelete, .onupdate = k->onupdate};
  return foreign_key_named(cx, k, &c->foreign_key->name);
}

// ---- Columns, constraints

static void read_column(Cx *cx, const SqlColumn *from) {
  SchemaTable *t = cx->out->table;
  Str name = atom_str(cx->names, from->name);
  SchemaColumn *c = schema_add_column(cx->s, t, name, TYPE_OTHER);
  c->nullable = from->nullable;
  c->primary_key = from->primary_key;
  c->unique = from->unique;
  c->index = from->index;
  read_type(cx, c, from);
  cx->out->whole &= structure_tells(c);
  if (from->server_default.ref &&
      !read_server_default(cx, c, expr_follow(&cx->x, expr_at(from->server_default))))
    untold(cx, name, "the server default", name);
  if (from->foreign_key_count && !read_foreign_key(cx, c, from))
    untold(cx, name, "the foreign key", name);
  if (from->comment.ref && !expr_string(&cx->x, expr_at(from->comment), &c->comment)) {
    c->comment = STR("");
    untold(cx, name, "the comment", name);
  }
}

// A constraint as the writers want it; false where it cannot be said so.
static bool read_constraint(Cx *cx, const SqlConstraint *from) {
  static const char *const known[] = {"name", "unique", NULL};
  SchemaTable *t = cx->out->table;
  Str sql = {"", 0};
  Expr call = expr_at(from->node);
  if (!only_has(cx, call, known))
    return false;
  for (uint32_t i = 0; i < from->column_count; i++)
    if (!from->columns[i].ptr || !schema_column(t, from->columns[i]))
      return false;
  if (from->kind == CONSTRAINT_CHECK) {
    Expr first = expr_positional(&cx->x, call, 0);
    if (!first.ref || !read_sql(cx, expr_follow(&cx->x, first), &sql))
      return false;
  } else if (!from->column_count) {
    return false;
  }
  SchemaConstraint *k =
      schema_add_constraint(cx->s, t,
                            from->kind == CONSTRAINT_CHECK    ? CHECK_CONSTRAINT
                            : from->kind == CONSTRAINT_UNIQUE ? UNIQUE_CONSTRAINT
                            : from->unique                    ? UNIQUE_INDEX
                                                              : PLAIN_INDEX);
  k->name = from->name;
  k->expression = sql;
  for (uint32_t i = 0; i < from->column_count; i++)
    vec_push(&k->columns, from->columns[i]);
  return true;
}

static void read_constraints(Cx *cx) {
  for (uint32_t i = 0; i < cx->from->constraint_count; i++) {
    const SqlConstraint *k = &cx->from->constraints[i];
    if (k->kind == CONSTRAINT_FOREIGN_KEY ||
        (k->kind == CONSTRAINT_PRIMARY_KEY && !k->name.len))
      continue; // the columns have them
    if (k->kind == CONSTRAINT_PRIMARY_KEY)
      untold(cx, STR(""), "the name of the primary key", k->name);
    else if (k->kind == CONSTRAINT_OTHER || !read_constraint(cx, k))
      untold(cx, STR(""), k->kind == CONSTRAINT_INDEX ? "the index" : "the constraint",
             k->name);
  }
}

bool schema_add_structure(Schema *s, const SqlTable *from, Resolver *r,
                          TableStructure *out) {
  const Project *project = resolver_project(r);
  Cx cx = {.s = s,
           .x = {.r = r, .project = project, .arena = s->arena},
           .names = project->names,
           .from = from,
           .out = out};
  *out = (TableStructure){.whole = true};
  if (!from->complete || from->reflected || from->schema.len || !from->name.len ||
      !from->column_count)
    return false;
  out->untold =
      arena_array(s->arena, Untold, from->column_count * 3 + from->constraint_count + 1);
  out->table = schema_add_table(s, STR(""), from->name);
  for (uint32_t i = 0; i < from->column_count; i++)
    read_column(&cx, from->columns[i]);
  read_constraints(&cx);
  return true;
}
