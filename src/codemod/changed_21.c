// What 2.1 does otherwise than 2.0, and warns of or not.
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"N114", "json-contains-like", "An operator that the type of its column has not"},
    {"N126", "dataclass-default", "default= and insert_default= of one column"},
    {"N128", "inherit-schema", "Enum(inherit_schema=...)"},
    {"N134", "url-database-escape", "A `%` in the database of a URL"},
    {"N135", "odbc-connect-plus", "odbc_connect= with an escaped plus sign"},
    {"N136", "empty-executemany", "execute() with an empty list of parameters"},
    {"N147", "asyncpg-exception", "The cause of an error of asyncpg"},
    {"N154", "mariadb-native-uuid", "Uuid on MariaDB"},
    {"N155", "criteria-in-exists", "with_loader_criteria()"},
    {"N156", "validates-override", "A method that overrides one of @validates"},
    {.code = NULL}};

static void warn(const CodemodWalk *w, const char *code, Ref at, const char *what,
                 const char *why) {
  if (w->cx->source != SQLALCHEMY_2_1)
    codemod_report(w, code, at, what, why);
}

static Ref keyword(const CodemodWalk *w, Ref call, const char *name) {
  return call_keyword_node(w->t, call, rule_atom(w->in, name));
}

// ---- Operators

typedef enum {
  TYPE_OTHER,
  TYPE_JSON,
  TYPE_BOOLEAN,
  TYPE_NO_STRING // LIKE makes no sense of it
} OperandType;

static OperandType type_of(const CodemodWalk *w, Ref x) {
  Value v = codemod_value(w, x);
  const Model *m = v.kind == VALUE_COLUMN && v.sure == SURE_PROVEN && v.owner.ref
                       ? models_of_class(w->cx->models, v.owner)
                       : NULL;
  const ModelColumn *c = m && v.key ? model_column(m, v.key) : NULL;
  if (!c || !c->column || c->column->type.cls.ref)
    return TYPE_OTHER;
  switch ((ApiId)c->column->type.api) {
  case API_sqlalchemy_JSON:
  case API_sqlalchemy_dialects_postgresql_JSON:
    return TYPE_JSON;
  case API_sqlalchemy_Boolean:
  case API_sqlalchemy_BOOLEAN:
    return TYPE_BOOLEAN;
  case API_sqlalchemy_Integer:
  case API_sqlalchemy_INT:
  case API_sqlalchemy_BigInteger:
  case API_sqlalchemy_BIGINT:
  case API_sqlalchemy_SmallInteger:
  case API_sqlalchemy_SMALLINT:
  case API_sqlalchemy_Uuid:
  case API_sqlalchemy_UUID:
  case API_sqlalchemy_LargeBinary:
    return TYPE_NO_STRING;
  default:
    return TYPE_OTHER;
  }
}

static const char no_operator[] = "2.1 warns and a later version refuses it: "
                                  "type_coerce(column, String) sends the same "
                                  "SQL, cast() lets the database convert";

static void string_method(const CodemodWalk *w, Ref call) {
  static const char *const names[] = {"like",       "ilike",     "not_like", "notlike",
                                      "not_ilike",  "notilike",  "contains", "icontains",
                                      "endswith",   "iendswith", "concat",   "startswith",
                                      "istartswith"};
  Str method = call_method_text(w->in, call);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(method, names[i])) {
      OperandType type = type_of(w, call_receiver(w->t, call));
      if (type == TYPE_JSON || type == TYPE_NO_STRING)
        warn(w, "N114", call, "the type of the column has no such operator on 2.1",
             no_operator);
    }
}

static void arithmetic(const CodemodWalk *w, Ref r) {
  int op = py_node(w->t, r)->aux;
  if ((op == PY_ADD || op == PY_SUB || op == PY_MULT) &&
      type_of(w, PY_AS(BinOp, w->t, r)->left) == TYPE_BOOLEAN)
    warn(w, "N114", r, "Boolean has no such operator on 2.1", no_operator);
}

// ---- Columns

static void two_defaults(const CodemodWalk *w, Ref call) {
  if (keyword(w, call, "default") && keyword(w, call, "insert_default"))
    warn(
        w, "N126", call, "2.1 takes default= or insert_default=, not both",
        "which of them is meant: in a dataclass default_factory= or init=False says what "
        "a new object has");
}

// Uuid in a project that speaks to MySQL or MariaDB. Where it speaks to nothing else (but
// SQLite, which has no UUID either), native_uuid=False is what was.
static void uuid_type(const CodemodWalk *w, Ref r, bool called) {
  uint32_t databases = w->cx->databases;
  Ref name = called ? PY_AS(Call, w->t, r)->func : r;
  if (!(databases & DETECTED_MYSQL) || w->cx->source == SQLALCHEMY_2_1 ||
      resolve_api(w->cx->resolver, w->file, name) != API_sqlalchemy_Uuid ||
      (called && (keyword(w, r, "native_uuid") || call_has_stars(w->t, r))) ||
      !codemod_begin(w, "N154", r, "2.1 has a UUID of its own on MariaDB"))
    return;
  if (databases & ~(uint32_t)(DETECTED_MYSQL | DETECTED_SQLITE))
    codemod_refuse(w->cx, (Place){0, 0},
                   "columns that hold CHAR(32) there take Uuid(native_uuid=False), which "
                   "changes the other databases of the project too");
  else if (!w->cx->source_proven && !w->cx->unsafe)
    codemod_refuse(w->cx, (Place){0, 0},
                   "which version created the column is not known: one of CHAR(32) takes "
                   "native_uuid=False; --unsafe writes it");
  else if (called)
    fix_append_argument(w->in, r, STR("native_uuid=False"));
  else
    fix_insert(w->in, py_node(w->t, r)->end, STR("(native_uuid=False)"));
  codemod_close(w->cx);
}

// ---- URLs, parameters, errors

static void engine_url(const CodemodWalk *w, Ref call) {
  Ref url = call_argument(w->t, call, rule_atom(w->in, "url"), 0);
  Str text = url ? string_value(w->in, url) : (Str){0};
  size_t at = text.ptr ? str_find(text, STR("://"), 0) : SIZE_MAX;
  if (at == SIZE_MAX)
    return;
  size_t question = min_size(str_find_char(text, '?', at + 3), text.len);
  size_t slash = str_find_char(text, '/', at + 3);
  Str database = slash < question ? str_slice(text, slash + 1, question) : STR("");
  size_t percent = str_find_char(database, '%', 0);
  if (percent != SIZE_MAX &&
      !str_starts(str_slice(database, percent, database.len), STR("%25")))
    warn(w, "N134", url, "2.1 reads escapes in the name of the database",
         "a `%` of the name itself is written `%25` there");
  Str query = str_slice(text, question, text.len);
  if (str_find(query, STR("odbc_connect="), 0) != SIZE_MAX &&
      str_find(query, STR("%252B"), 0) != SIZE_MAX)
    warn(w, "N135", url, "2.1 reads a plus sign of odbc_connect= as it is escaped",
         "the second escape, a workaround for 2.0, is part of the value then: `%2B`");
}

static void no_parameters(const CodemodWalk *w, Ref call) {
  Ref list = call_positional(w->t, call, 1);
  if (py_kind(w->t, list) == PY_LIST &&
      !py_list(w->t, PY_AS(List, w->t, list)->elts).len &&
      value_is_executor(codemod_value(w, call_receiver(w->t, call))))
    warn(w, "N136", list, "an empty list of parameters executes the statement once",
         "2.1 warns of it: leave the list out, or do not execute it");
}

static void cause(const CodemodWalk *w, Ref r) {
  Ref orig = PY_AS(Attribute, w->t, r)->value;
  if (py_kind(w->t, orig) == PY_ATTRIBUTE &&
      str_is(codemod_name(w, PY_AS(Attribute, w->t, orig)->attr), "orig"))
    warn(w, "N147", r, "2.1 has the error of asyncpg as `driver_exception`",
         "its text lost the DETAIL, and failed connects come as DBAPIError: read "
         "`.driver_exception` of the SQLAlchemy error");
}

// ---- Mappings

static bool is_validator(const CodemodWalk *w, Place def) {
  const PyTree *t = &w->cx->project->files[def.file]->tree;
  if (py_kind(t, def.ref) != PY_FUNCTION_DEF)
    return false;
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, def.ref)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++)
    if (py_kind(t, decorators.at[i]) == PY_CALL &&
        resolve_call_api(w->cx->resolver, def.file, decorators.at[i]) ==
            API_sqlalchemy_orm_validates)
      return true;
  return false;
}

// A @validates method of this name in a mapped class above; 0: there is none.
static Place inherited_validator(const CodemodWalk *w, const Model *m, Atom name) {
  for (m = m->parent; m; m = m->parent) {
    const PyTree *t = &w->cx->project->files[m->node.file]->tree;
    PyRefs body = py_list(t, PY_AS(ClassDef, t, m->node.ref)->body);
    for (uint32_t i = 0; i < body.len; i++)
      if (py_kind(t, body.at[i]) == PY_FUNCTION_DEF &&
          PY_AS(FunctionDef, t, body.at[i])->name == name) {
        Place def = {m->node.file, body.at[i]};
        return is_validator(w, def) ? def : (Place){0};
      }
  }
  return (Place){0};
}

static void class_body(const CodemodWalk *w, Ref cls) {
  const Model *m = models_of_class(w->cx->models, (Place){w->file, cls});
  if (!m || !m->parent || w->cx->source == SQLALCHEMY_2_1)
    return;
  PyRefs body = py_list(w->t, PY_AS(ClassDef, w->t, cls)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(w->t, body.at[i]) != PY_FUNCTION_DEF)
      continue;
    const PyFunctionDef *f = PY_AS(FunctionDef, w->t, body.at[i]);
    Place above = inherited_validator(w, m, f->name);
    if (!above.ref)
      continue;
    Str name = codemod_name(w, f->name);
    Site *s = codemod_site(
        w->cx, "N156", w->file, (Span){f->name_at, f->name_at + (uint32_t)name.len},
        "2.1 validates by `%.*s` of the subclass alone", STR_ARG(name));
    codemod_leave(w->cx, s, above,
                  "2.0 ran the one of the class above as well: call it by super()");
  }
}

// ----

static void call(const CodemodWalk *w, Ref r) {
  string_method(w, r);
  if (str_is(call_method_text(w->in, r), "execute"))
    no_parameters(w, r);
  switch (resolve_call_api(w->cx->resolver, w->file, r)) {
  case API_sqlalchemy_create_engine:
  case API_sqlalchemy_ext_asyncio_create_async_engine:
    engine_url(w, r);
    return;
  case API_sqlalchemy_orm_mapped_column:
    two_defaults(w, r);
    return;
  case API_sqlalchemy_Enum:
  case API_sqlalchemy_Boolean:
    if (keyword(w, r, "inherit_schema"))
      warn(w, "N128", r, "inherit_schema= is deprecated on 2.1",
           "the type is in the schema of its MetaData; schema= names another one");
    return;
  case API_sqlalchemy_Uuid:
    uuid_type(w, r, true);
    return;
  case API_sqlalchemy_orm_with_loader_criteria:
    warn(w, "N155", r, "criteria reach entities within any(), has() and exists() on 2.1",
         "rows may go that 2.0 returned: compare the results of what uses them");
    return;
  default:
    return;
  }
}

static bool is_argument(const CodemodWalk *w, Ref r) {
  Ref parent = rule_parent(w->in, r);
  return py_kind(w->t, parent) == PY_CALL && PY_AS(Call, w->t, parent)->func != r;
}

static void visit(const CodemodWalk *w, Ref r) {
  switch (py_kind(w->t, r)) {
  case PY_CALL:
    call(w, r);
    return;
  case PY_BIN_OP:
    arithmetic(w, r);
    return;
  case PY_CLASS_DEF:
    class_body(w, r);
    return;
  case PY_ATTRIBUTE:
    if (str_is(codemod_name(w, PY_AS(Attribute, w->t, r)->attr), "__cause__"))
      cause(w, r);
    // fall through
  case PY_NAME:
    if (w->cx->databases & DETECTED_MYSQL && is_argument(w, r))
      uuid_type(w, r, false);
    return;
  default:
    return;
  }
}

const Codemod codemod_changed_21 = {
    .name = "changed-21",
    .codes = codes,
    .profile = PROFILE_COMPAT,
    .since = SQLALCHEMY_2_1,
    .on = {PY_CALL, PY_BIN_OP, PY_CLASS_DEF, PY_ATTRIBUTE, PY_NAME},
    .visit = visit};
