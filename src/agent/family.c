// family.c: a parent with its rows, in two functions.
#include "agent/family.h"

#include "gen/layout.h"
#include "gen/python.h"

static const SchemaRelation *first_collection(const SchemaTable *t) {
  for (size_t i = 0; i < t->relations.len; i++) {
    const SchemaRelation *r = t->relations.items[i];
    if (r->target && r->target != t && (!t->external || r->added) &&
        (r->kind == RELATION_ONE_TO_MANY || r->kind == RELATION_MANY_TO_MANY))
      return r;
  }
  return NULL;
}

// What has to be given to make a row: no default, not NULL, no key.
static bool is_required(const SchemaColumn *c) {
  return !c->nullable && !c->primary_key && !c->identity && !c->computed.len &&
         c->default_kind == DEFAULT_NONE && !c->foreign_key;
}

static void write_parameters(PyWriter *m, const SchemaTable *t, Buf *parameters,
                             Buf *arguments) {
  for (size_t i = 0; i < t->columns.len; i++) {
    const SchemaColumn *c = t->columns.items[i];
    if (!is_required(c))
      continue;
    Str type = py_type(m, &c->type, c->default_kind, c->default_text);
    buf_printf(parameters, "%.*s: %.*s, ", STR_ARG(c->name), STR_ARG(type));
    buf_printf(arguments, "%.*s=%.*s, ", STR_ARG(c->name), STR_ARG(c->name));
  }
}

static void write_imports(const PyWriter *m, Buf *out) {
  for (size_t i = 0; i < m->imports.len; i++) {
    const PyWanted *p = &m->imports.items[i];
    if (p->name.len)
      buf_printf(out, "from %.*s import %.*s\n", STR_ARG(p->module), STR_ARG(p->name));
    else if (p->alias.len)
      buf_printf(out, "import %.*s as %.*s\n", STR_ARG(p->module), STR_ARG(p->alias));
    else
      buf_printf(out, "import %.*s\n", STR_ARG(p->module));
  }
}

static void write_family(Arena *a, const GenSettings *settings, PyWriter *m,
                         const SchemaTable *parent, const SchemaRelation *r, Buf *out) {
  bool async = settings->is_async;
  const char *def = async ? "async def" : "def",
             *session = async ? "AsyncSession" : "Session";
  const char *await_ = async ? "await " : "";
  Buf parameters = {0}, arguments = {0};
  Str name = name_snake(a, parent->class_name);
  const SchemaColumn *key = schema_primary_key(parent);
  write_parameters(m, parent, &parameters, &arguments);
  py_import(m, "sqlalchemy", "select");
  py_import(m, "sqlalchemy.orm", "selectinload");
  py_import(m, async ? "sqlalchemy.ext.asyncio" : "sqlalchemy.orm", session);
  write_imports(m, out);
  buf_printf(out,
             "\n\n%s create_%.*s_with_%.*s(session: %s, %.*s%.*s: list[%.*s]) -> %.*s:\n"
             "    \"\"\"Stores both in one transaction; the foreign keys are set by the "
             "flush.\"\"\"\n"
             "    %.*s = %.*s(%.*s%.*s=%.*s)\n"
             "    session.add(%.*s)\n"
             "    %ssession.commit()\n"
             "    return %.*s\n",
             def, STR_ARG(name), STR_ARG(r->name), session, STR_ARG(buf_str(&parameters)),
             STR_ARG(r->name), STR_ARG(r->target->class_name),
             STR_ARG(parent->class_name), STR_ARG(name), STR_ARG(parent->class_name),
             STR_ARG(buf_str(&arguments)), STR_ARG(r->name), STR_ARG(r->name),
             STR_ARG(name), await_, STR_ARG(name));
  if (key)
    buf_printf(out,
               "\n\n%s get_%.*s_with_%.*s(session: %s, %.*s_id: %.*s) -> %.*s | None:\n"
               "    \"\"\"Two statements, however many %.*s there are.\"\"\"\n"
               "    stmt = select(%.*s).where(%.*s.%.*s == %.*s_id).options(selectinload("
               "%.*s.%.*s))\n"
               "    return %ssession.scalar(stmt)\n",
               def, STR_ARG(name), STR_ARG(r->name), session, STR_ARG(name),
               STR_ARG(py_type(m, &key->type, DEFAULT_NONE, STR(""))),
               STR_ARG(parent->class_name), STR_ARG(r->name), STR_ARG(parent->class_name),
               STR_ARG(parent->class_name), STR_ARG(key->name), STR_ARG(name),
               STR_ARG(parent->class_name), STR_ARG(r->name), await_);
  buf_free(&parameters);
  buf_free(&arguments);
}

Str family_write(Arena *arena, Schema *schema, const GenSettings *settings,
                 const SchemaTable *parent) {
  const SchemaRelation *r = parent ? first_collection(parent) : NULL;
  if (!r)
    return (Str){0};
  Gen g = {.arena = arena, .schema = schema, .settings = *settings};
  PyWriter m;
  Buf raw = {0}, out = {0};
  py_module_init(&m, &g);
  write_family(arena, settings, &m, parent, r, &raw);
  py_module_free(&m);
  layout_python(buf_str(&raw), 88, &out);
  Str text = str_copy(arena, buf_str(&out));
  buf_free(&raw);
  buf_free(&out);
  return text;
}
