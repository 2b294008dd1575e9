// Fields: models as a person types them on a command line.
//
//   User email:str(320):unique:index  Post title:str 'author:->User:cascade'
//   'tags:<->Tag'
//
// FIELD_GRAMMAR is the one description of the grammar: --help, the documentation and this
// header share it. What is wrong is one sentence that names the field; then the schema is
// not to be used.
#ifndef SCHEMA_FIELDS_H
#define SCHEMA_FIELDS_H

#include "schema/schema.h"

#define FIELD_GRAMMAR                                                                    \
  "Models and fields:\n"                                                                 \
  "  Name               a model; the fields behind it are its own\n"                     \
  "                     (added to it where the project has it)\n"                        \
  "  Name=table_name    the same with a table name of your choice\n"                     \
  "  Name(Parent)       inherits from a model; (Parent:HOW) with HOW joined,\n"          \
  "                     single, concrete (all columns in each table), abstract or "      \
  "mixin\n"                                                                              \
  "                     (the parent has no table)\n"                                     \
  "  name:type          a column; NOT NULL unless :null is added\n"                      \
  "  name:type=value    with a default; quote what contains a colon: at:time='08:00'\n"  \
  "  name:type:flag     flags may follow, in any order\n"                                \
  "  name:->Model       many-to-one: a foreign key name_id and both relationships\n"     \
  "  name:->Model:one   one-to-one: the foreign key is unique\n"                         \
  "  name:<-Model       one-to-many: the foreign key stands on Model\n"                  \
  "  name:<->Model      many-to-many by an association table\n"                          \
  "  name:->self        to the model itself (-> and <->)\n"                              \
  "  @unique(a,b)  @index(a,b)  @check(\"a < b\")  @comment(text)  @schema(name)\n"      \
  "                     on the table\n"                                                  \
  "  @hybrid(\"area = width * height\")   a hybrid property\n"                           \
  "  +timestamps  +soft_delete  +uuid              mixins\n"                             \
  "\n"                                                                                   \
  "Types:\n"                                                                             \
  "  str(length) text int bigint smallint float double decimal(total,scale) bool\n"      \
  "  date datetime time interval json uuid bytes(length) enum(a,b,c)\n"                  \
  "  array(type) or type[]; PostgreSQL: jsonb citext hstore\n"                           \
  "\n"                                                                                   \
  "Flags of columns:\n"                                                                  \
  "  null unique index pk      as the words say; pk: (part of) the primary key\n"        \
  "  now                       default is the current time; update: set by every "       \
  "UPDATE\n"                                                                             \
  "  server                    the default is the database's own\n"                      \
  "  naive                     date and time without a time zone\n"                      \
  "  min(n) max(n) positive check(\"sql\")   check constraints\n"                        \
  "  column(name) comment(text) computed(\"sql\") identity\n"                            \
  "Flags of relationships:\n"                                                            \
  "  null unique one index noindex pk   of the foreign key (which is indexed)\n"         \
  "  cascade setnull restrict           what ON DELETE does\n"                           \
  "  back(name) noback                  the attribute on the other side\n"               \
  "  through(Model)                     many-to-many by an association class\n"          \
  "  table(name)                        of the association table\n"                      \
  "  lazy(how)                          selectin, joined, raise, write_only ...\n"

typedef struct {
  bool tables;   // headers are names of tables, not of classes
  bool existing; // a header may name an external table, which becomes `chosen`
  bool extend;   // a header may name an external table, which fields are `added` to
} FieldSettings;

// Adds what the words say. Completion (schema_complete) is the caller's.
MUST_USE bool fields_parse(Schema *s, const char *const *words, size_t count,
                           const FieldSettings *settings, Err *err);
// Adds one field, mixin or table item to a table that exists: what a dialogue asks for.
MUST_USE bool fields_parse_one(Schema *s, SchemaTable *t, Str field, Err *err);
// All texts that a field which begins with `text` may go on to, up to the end of the part
// it stops in: types, flags, models, items of the table. Texts live in the schema's
// arena.
void fields_complete(const Schema *s, Str text, StrVec *out);
// Why `text` cannot be a default of the type; NULL where it can. Enumerations know their
// values.
const char *field_default_refused(const SchemaType *type, Str text);

#endif
