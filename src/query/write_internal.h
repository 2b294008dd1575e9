// write_internal.h: code in pieces: imports, parameters, chains of calls.
#ifndef QUERY_WRITE_INTERNAL_H
#define QUERY_WRITE_INTERNAL_H

#include "query/write.h"

enum {
  MAX_PARAMETERS = 24,
  MAX_IMPORTS = 40,
  MAX_ARGUMENTS = 24,
  MAX_CALLS = 40,
  LINE_WIDTH = 88
};

typedef struct {
  Str name, type, value;
} Parameter;

typedef struct {
  Str module, name;
} Import;

// One link of a chain: `.where(a, b)`; the first has no dot.
typedef struct {
  Str head; // "select", ".where"
  Str arguments[MAX_ARGUMENTS];
  uint32_t count;
} Call;

typedef struct {
  const Meaning *m;
  const QSchema *s;
  WriteOptions options;
  Arena *arena;
  Parameter parameters[MAX_PARAMETERS];
  uint32_t parameter_count;
  Import imports[MAX_IMPORTS];
  uint32_t import_count;
  Str setup[12]; // statements before the query
  uint32_t setup_count;
  Str locals[6]; // names that they set
  uint32_t local_count;
  int tables[MAX_IMPORTS]; // Core: whose Table has a name in the module
  uint32_t table_count;
  bool failed; // no code says what is meant
} Writer;

void add_import(Writer *w, const char *module, Str name);
// A statement before the query; too many of them, and nothing is written.
void add_setup(Writer *w, Str line);
// `name = value` before the query; gives the name, which nothing else has.
Str add_local(Writer *w, const char *name, Str value);
void import_class(Writer *w, int table);
// What a statement is made over: the class, in Core the name of its Table.
Str table_code(Writer *w, int table);
// "session" or "connection".
const char *connection_name(const Writer *w);
// What a column is set by in values(): its attribute, in Core its name in the Table.
// "" where that is no word of Python.
Str key_name(const Writer *w, const QColumn *c);
// The parameter's name; made different from the others.
Str add_parameter(Writer *w, Str name, Str type, Str value);
// The Python of a column: "User.email", in Core "users.c.email".
Str column_code(Writer *w, Item i);
Str item_code(Writer *w, Item i);
// The attribute of a relationship of a table with itself; "" where it has none.
Str self_attribute(const QSchema *s, uint8_t via, bool many);
Str python_string(Arena *arena, Str text);
// The value of a condition as Python: a parameter, or an expression.
Str value_code(Writer *w, Item left, Op op, const Literal *v);
Str condition_code(Writer *w, const Condition *c);
// Conditions of one scope, alternatives brought together by or_().
uint32_t where_code(Writer *w, const Condition *list, uint32_t count, uint8_t scope,
                    Str *out);
// Adds to `out` what keeps away rows that have a row of the scope's table.
bool absent_code(Writer *w, int from, uint8_t scope, Str *out);
// A condition on what another row of the table has; the other side of a comparison.
Str same_code(Writer *w, const Condition *c);
Str side_code(Writer *w, const Condition *c);
// The conditions of `having` where they stand apart, each as a subquery: adds them to a
// WHERE. False where the way is not made of keys.
bool apart_code(Writer *w, Call *where);
// Writes `target` and the chain, on one line or broken.
void chain_write(Buf *out, Str target, const Call *calls, uint32_t count, int indent);
Str python_type(Writer *w, Item i);
// Without "| None".
Str bare_type(Writer *w, Item i);
// A date compared with a whole year or month, or a moment with a whole day.
bool is_period(const Writer *w, const Condition *c);
// Of such a condition; `left` is the code of what is compared.
Str period_code(Writer *w, const Condition *c, Str left);
// The variable of a Table in Core.
Str table_name(const Writer *w, int table);
void call_add(Call *c, Str argument);
// The module: imports sorted, two blank lines, the function.
Str module_code(Writer *w, Str function);
Str snake_name(Arena *arena, Str cls);
// `inner` seen from `from` along the relationships to `to`: a.b.any(B.c.has(inner)); in
// Core by EXISTS along the foreign keys.
bool through_code(Writer *w, int from, int to, Str inner, Str *out);
// A change of rows: body, return type and name of the helper.
bool change_code(Writer *w, Buf *body, Str *type, Str *name);
// "User.id == Post.user_id": false where the way is not one foreign key.
bool join_condition(Writer *w, JoinStep step, Str *out);
// The window, the label, both selects of a union.
Str window_code(Writer *w);
Str window_type(Writer *w);
void window_order(Writer *w, Call *call);
Str label_code(Writer *w);
bool union_code(Writer *w, Buf *body);
bool eager_call(Writer *w, Call *call);
void page_calls(Writer *w, Call *calls, uint32_t *n);
void keyset_code(Writer *w, Buf *body);
bool per_group_code(Writer *w, Buf *body);
bool tree_code(Writer *w, Buf *body);
// The indented docstring, with the line behind it.
Str docstring_code(Arena *arena, Str reading);
// `def name(session, parameters...) -> type:`, folded where it is too long; imports the
// session's class.
void write_signature(Writer *w, Buf *out, Str name, Str type);

#endif
