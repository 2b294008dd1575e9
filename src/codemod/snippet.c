// snippet.c: a snippet becomes a project of two files: itself, and what its names stand
// for.
#include "codemod/snippet.h"

#include "python/parse.h"

#include <stdlib.h>

#define NAMES_END "  # of the snippet\n" // of the line that stands for its names

// ---- what the names of the snippet are used for

enum {
  USE_SESSION = 1 << 0, // x.query(...)
  USE_HOLDER = 1 << 1,  // x.session.query(...): `path` is the attribute
  USE_FACTORY = 1 << 2, // x().query(...)
  USE_QUERY = 1 << 3,   // X.query.filter(...)
  USE_CALLED = 1 << 4,
  USE_SELECTED = 1 << 5, // query(X), query(X.a)
  USE_TABLE = 1 << 6,    // x.c.name, x.insert()
};

typedef struct {
  Atom name;
  const char *type; // of the column
  bool relationship;
  Str string; // a relationship that is named by this string; else absent
} Attr;

typedef struct {
  Atom name;
  uint32_t use;
  Atom path;
  Vec(Attr) attrs;
} Name;

typedef struct {
  Snippet *out;
  const PyTree *t;
  const PyScopes *s;
  Interner *names;
  Ref *parents;
  Vec(Name) unknown;
} Reader;

static Str text_of(const Reader *r, Atom a) {
  return a ? atom_str(r->names, a) : STR("");
}

static Name *unknown(Reader *r, Ref name) {
  if (py_kind(r->t, name) != PY_NAME ||
      py_scopes_target(r->s, py_scopes_symbol_of(r->s, name)) != NO_SYMBOL)
    return NULL;
  Atom id = PY_AS(Name, r->t, name)->id;
  for (size_t i = 0; i < r->unknown.len; i++)
    if (r->unknown.items[i].name == id)
      return &r->unknown.items[i];
  vec_push(&r->unknown, (Name){.name = id});
  return &vec_last(&r->unknown);
}

static Ref called_attribute(const Reader *r, Ref attribute) { // the call, 0: none
  Ref up = py_parent(r->parents, attribute);
  return py_kind(r->t, up) == PY_CALL && PY_AS(Call, r->t, up)->func == attribute ? up
                                                                                  : 0;
}

static Str method_name(const Reader *r, Ref call) {
  Ref func = PY_AS(Call, r->t, call)->func;
  if (py_kind(r->t, func) == PY_ATTRIBUTE)
    return text_of(r, PY_AS(Attribute, r->t, func)->attr);
  return py_kind(r->t, func) == PY_NAME ? text_of(r, PY_AS(Name, r->t, func)->id)
                                        : STR("");
}

static bool is_one_of(Str s, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(s, names[i]))
      return true;
  return false;
}

// x.query(...): what x is.
static void note_receiver(Reader *r, Ref of) {
  if (py_kind(r->t, of) == PY_NAME) {
    Name *n = unknown(r, of);
    if (n)
      n->use |= USE_SESSION;
  } else if (py_kind(r->t, of) == PY_ATTRIBUTE) {
    Name *n = unknown(r, PY_AS(Attribute, r->t, of)->value);
    if (n) {
      n->use |= USE_HOLDER;
      n->path = PY_AS(Attribute, r->t, of)->attr;
    }
  } else if (py_kind(r->t, of) == PY_CALL) {
    Name *n = unknown(r, PY_AS(Call, r->t, of)->func);
    if (n)
      n->use |= USE_FACTORY;
  }
}

static const char *type_of(const Reader *r, Ref attribute) {
  static const char *const texts[] = {"like", "ilike", "startswith", "endswith",
                                      "contains"};
  Ref up = py_parent(r->parents, attribute);
  if (py_kind(r->t, up) == PY_COMPARE) {
    PyRefs others = py_list(r->t, PY_AS(Compare, r->t, up)->comparators);
    Ref other = others.len ? others.at[0] : 0;
    uint16_t constant =
        py_kind(r->t, other) == PY_CONSTANT ? py_node(r->t, other)->aux : 0;
    if (constant == PY_CONST_TRUE ||
        (constant == PY_CONST_FALSE && py_kind(r->t, other) == PY_CONSTANT))
      return "Boolean";
    return py_kind(r->t, other) == PY_STR ? "String" : "Integer";
  }
  bool text =
      py_kind(r->t, up) == PY_ATTRIBUTE &&
      is_one_of(text_of(r, PY_AS(Attribute, r->t, up)->attr), texts, ARRAY_LEN(texts));
  return text ? "String" : "Integer";
}

static bool takes_relationship(Str method) {
  static const char *const takers[] = {"join",         "outerjoin",    "joinedload",
                                       "selectinload", "subqueryload", "contains_eager",
                                       "lazyload",     "raiseload",    "immediateload",
                                       "defaultload",  "with_parent",  "noload"};
  return is_one_of(method, takers, ARRAY_LEN(takers));
}

// User.orders in join(), joinedload(), any(): not a column.
static bool is_relationship(const Reader *r, Ref attribute) {
  static const char *const methods[] = {"any", "has", "of_type", "and_"};
  Ref up = py_parent(r->parents, attribute);
  if (py_kind(r->t, up) == PY_ATTRIBUTE)
    return is_one_of(text_of(r, PY_AS(Attribute, r->t, up)->attr), methods,
                     ARRAY_LEN(methods));
  return py_kind(r->t, up) == PY_CALL && PY_AS(Call, r->t, up)->func != attribute &&
         takes_relationship(method_name(r, up));
}

static Ref receiver_of(const Reader *r, Ref call) {
  Ref func = py_kind(r->t, call) == PY_CALL ? PY_AS(Call, r->t, call)->func : 0;
  return func && py_kind(r->t, func) == PY_ATTRIBUTE ? PY_AS(Attribute, r->t, func)->value
                                                     : 0;
}

// The class that session.query(X) selects at the foot of a chain without joins; 0: none.
static Ref selected_class(const Reader *r, Ref chain) {
  for (; chain; chain = receiver_of(r, chain)) {
    if (py_kind(r->t, chain) == PY_ATTRIBUTE)
      return PY_AS(Attribute, r->t, chain)->attr == SYM_query
                 ? PY_AS(Attribute, r->t, chain)->value
                 : 0;
    Str name = py_kind(r->t, chain) == PY_CALL ? method_name(r, chain) : STR("");
    if (str_is(name, "join") || str_is(name, "outerjoin"))
      return 0;
    if (str_is(name, "query")) {
      PyRefs args = py_list(r->t, PY_AS(Call, r->t, chain)->args);
      return args.len == 1 ? args.at[0] : 0;
    }
  }
  return 0;
}

// joinedload("orders"), join("orders"): an attribute of the class that is selected.
static void note_string(Reader *r, Ref string) {
  Ref call = py_parent(r->parents, string);
  if (py_kind(r->t, call) != PY_CALL || !takes_relationship(method_name(r, call)) ||
      py_list(r->t, PY_AS(Call, r->t, call)->args).at[0] != string)
    return;
  Ref chain = receiver_of(r, call);
  if (!chain) { // an option, alone
    Ref options = py_parent(r->parents, call);
    chain = str_is(py_kind(r->t, options) == PY_CALL ? method_name(r, options) : STR(""),
                   "options")
                ? receiver_of(r, options)
                : 0;
  }
  Ref cls = chain ? selected_class(r, chain) : 0;
  Str text = py_text(r->t, string);
  Name *n = cls ? unknown(r, cls) : NULL;
  if (!n || text.len < 3 || (text.ptr[0] != '"' && text.ptr[0] != '\''))
    return;
  text = str_slice(text, 1, text.len - 1);
  for (size_t i = 0; i < n->attrs.len; i++)
    if (str_eq(n->attrs.items[i].string, text))
      return;
  vec_push(&n->attrs, ((Attr){.type = "", .relationship = true, .string = text}));
}

static void add_attr(Name *n, Attr attr) {
  for (size_t i = 0; i < n->attrs.len; i++)
    if (n->attrs.items[i].name == attr.name) {
      n->attrs.items[i].relationship |= attr.relationship;
      return;
    }
  vec_push(&n->attrs, attr);
}

// users.c.id: a table, and one of its columns.
static bool note_column(Reader *r, Ref attribute) {
  const PyAttribute *a = PY_AS(Attribute, r->t, attribute);
  if (py_kind(r->t, a->value) != PY_ATTRIBUTE)
    return false;
  const PyAttribute *c = PY_AS(Attribute, r->t, a->value);
  Name *n = str_is(text_of(r, c->attr), "c") ? unknown(r, c->value) : NULL;
  if (!n)
    return false;
  n->use |= USE_TABLE;
  add_attr(n, (Attr){a->attr, type_of(r, attribute), false, {0}});
  return true;
}

static void note_attribute(Reader *r, Ref attribute) {
  const PyAttribute *a = PY_AS(Attribute, r->t, attribute);
  if (note_column(r, attribute) || str_is(text_of(r, a->attr), "c"))
    return;
  if (a->attr == SYM_query) {
    if (called_attribute(r, attribute)) {
      note_receiver(r, a->value);
    } else {
      Name *n = unknown(r, a->value);
      if (n)
        n->use |= USE_QUERY;
    }
    return;
  }
  Name *n = unknown(r, a->value);
  if (!n || called_attribute(r, attribute))
    return;
  add_attr(n, (Attr){a->attr, type_of(r, attribute), is_relationship(r, attribute), {0}});
}

static bool enter(void *data, Ref ref) {
  Reader *r = data;
  PyKind kind = py_kind(r->t, ref);
  if (kind == PY_ATTRIBUTE) {
    note_attribute(r, ref);
  } else if (kind == PY_STR) {
    note_string(r, ref);
  } else if (kind == PY_NAME) {
    Name *n = unknown(r, ref);
    Ref up = py_parent(r->parents, ref), call = up;
    if (py_kind(r->t, up) == PY_ATTRIBUTE)
      call = py_parent(r->parents, up);
    if (n && py_kind(r->t, call) == PY_CALL && PY_AS(Call, r->t, call)->func != up &&
        PY_AS(Call, r->t, call)->func != ref && str_is(method_name(r, call), "query"))
      n->use |= USE_SELECTED;
    if (n && py_kind(r->t, up) == PY_CALL && PY_AS(Call, r->t, up)->func == ref)
      n->use |= USE_CALLED;
  }
  return true;
}

// ---- the second file

static void assume(Reader *r, const char *format, Str name) {
  vec_push(&r->out->assumed, str_format(&r->out->arena, format, STR_ARG(name)));
}

static bool is_identifier(Str name) {
  bool is = name.len && !(name.ptr[0] >= '0' && name.ptr[0] <= '9');
  for (size_t i = 0; i < name.len; i++) {
    char c = name.ptr[i];
    is &= c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
          (c >= 'A' && c <= 'Z');
  }
  return is;
}

static bool is_capitalised(Str name) {
  return name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
}

static bool write_api(const Reader *r, Str name, Buf *names) {
  static const char *const modules[] = {"sqlalchemy", "sqlalchemy.orm"};
  for (size_t i = 0; i < ARRAY_LEN(modules); i++) {
    Str dotted = str_format(&r->out->arena, "%s.%.*s", modules[i], STR_ARG(name));
    ApiId id = api_find(dotted, NULL);
    if (id == API_NONE || api_row(id)->kind == API_MODULE)
      continue;
    buf_printf(names, "from %s import %.*s\n", modules[i], STR_ARG(name));
    return true;
  }
  return false;
}

static void write_model(Reader *r, const Name *n, bool flask, Buf *names) {
  Str name = text_of(r, n->name);
  buf_printf(names, "class %.*s(%s):\n    __tablename__ = \"%.*s\"\n", STR_ARG(name),
             flask ? "db.Model" : "Base_", STR_ARG(name));
  bool has_key = false;
  for (size_t i = 0; i < n->attrs.len; i++) {
    const Attr *a = &n->attrs.items[i];
    Str attr = text_of(r, a->name);
    if (is_identifier(a->string)) {
      buf_printf(names, "    %.*s = relationship_(\"Unknown_%.*s_%zu\")\n",
                 STR_ARG(a->string), STR_ARG(name), i);
      assume(r, "`%.*s` is a relationship",
             str_format(&r->out->arena, "%.*s.%.*s", STR_ARG(name), STR_ARG(a->string)));
    }
    if (a->relationship || str_starts(attr, STR("__")))
      continue;
    bool key = str_is(attr, "id");
    has_key |= key;
    buf_printf(names, "    %.*s = Column_(%s_%s)\n", STR_ARG(attr), a->type,
               key ? ", primary_key=True" : "");
  }
  if (!has_key)
    buf_add_text(names, "    id = Column_(Integer_, primary_key=True)\n");
  assume(r, "`%.*s` is a mapped class whose relationships are not loaded by a join",
         name);
}

static void write_table(Reader *r, const Name *n, Buf *names) {
  Str name = text_of(r, n->name);
  buf_printf(names, "%.*s = Table_(\"%.*s\", Base_.metadata", STR_ARG(name),
             STR_ARG(name));
  for (size_t i = 0; i < n->attrs.len; i++)
    buf_printf(names, ", Column_(\"%.*s\", %s_)",
               STR_ARG(text_of(r, n->attrs.items[i].name)), n->attrs.items[i].type);
  buf_add_text(names, ")\n");
  assume(r, "`%.*s` is a Table", name);
}

// What executes text and statements, by its name.
static bool write_executor(Reader *r, Str name, Buf *names) {
  static const char *const rows[][3] = {
      {"conn", "Connection", "`%.*s` is a Connection"},
      {"connection", "Connection", "`%.*s` is a Connection"},
      {"engine", "Engine", "`%.*s` is an Engine"},
      {"session", "Session", "`%.*s` is a Session"}};
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (str_is(name, rows[i][0])) {
      buf_printf(names, "%.*s: %s_\n", STR_ARG(name), rows[i][1]);
      assume(r, rows[i][2], name);
      return true;
    }
  return false;
}

static bool write_name(Reader *r, const Name *n, bool flask, Buf *names) {
  Str name = text_of(r, n->name);
  if (write_api(r, name, names))
    return true;
  if (n->use & USE_TABLE) {
    write_table(r, n, names);
    return true;
  }
  if (n->use & USE_SESSION) {
    buf_printf(names, "%.*s: Session_\n", STR_ARG(name));
    assume(r, "`%.*s` is a Session", name);
  } else if (n->use & USE_HOLDER && !str_is(name, "db")) {
    buf_printf(names, "class Holder_%.*s:\n    %.*s: Session_\n\n\n%.*s: Holder_%.*s\n",
               STR_ARG(name), STR_ARG(text_of(r, n->path)), STR_ARG(name), STR_ARG(name));
    Str path = str_format(&r->out->arena, "%.*s.%.*s", STR_ARG(name),
                          STR_ARG(text_of(r, n->path)));
    assume(r, "`%.*s` is a Session", path);
  } else if (n->use & USE_FACTORY) {
    buf_printf(names, "def %.*s() -> Session_: ...\n", STR_ARG(name));
    assume(r, "`%.*s()` gives a Session", name);
  } else if (n->use & USE_HOLDER || str_is(name, "db")) {
    return true; // defined for all
  } else if (is_capitalised(name) && (n->use & (USE_SELECTED | USE_QUERY) ||
                                      (n->attrs.len && !(n->use & USE_CALLED)))) {
    write_model(r, n, flask, names);
  } else {
    return write_executor(r, name, names);
  }
  return true;
}

// The names that stand for something, as an import of the first file.
static void write_names(Reader *r, Buf *names, Buf *import) {
  bool flask = false, db = false;
  buf_add_text(names,
               "from sqlalchemy import Boolean as Boolean_, Column as Column_\n"
               "from sqlalchemy import Integer as Integer_, String as String_\n"
               "from sqlalchemy import Connection as Connection_, Table as Table_\n"
               "from sqlalchemy import Engine as Engine_\n"
               "from sqlalchemy.orm import Session as Session_\n"
               "from sqlalchemy.orm import declarative_base as base_\n"
               "from sqlalchemy.orm import relationship as relationship_\n");
  for (size_t i = 0; i < r->unknown.len; i++) {
    const Name *n = &r->unknown.items[i];
    flask |= (n->use & USE_QUERY) != 0;
    db |= str_is(text_of(r, n->name), "db");
  }
  if (flask || db) {
    buf_add_text(names, "from flask_sqlalchemy import SQLAlchemy as SQLAlchemy_\n\n"
                        "db = SQLAlchemy_()\n");
    vec_push(&r->out->assumed, STR("`db` is the extension object of Flask-SQLAlchemy 3"));
  }
  buf_add_text(names, "\nBase_ = base_()\n\n\n");
  buf_add_text(import, flask || db ? "from names_of_snippet import db"
                                   : "import names_of_snippet");
  for (size_t i = 0; i < r->unknown.len; i++) {
    const Name *n = &r->unknown.items[i];
    Str name = text_of(r, n->name);
    if (!write_name(r, n, flask, names) || str_is(name, "db"))
      continue;
    buf_printf(import, "; from names_of_snippet import %.*s", STR_ARG(name));
  }
  buf_add_text(import, NAMES_END);
}

// ---- `== True`

// Under `~` and not_() the two forms differ for NULL.
static bool is_negated(const Reader *r, Ref compare) {
  for (Ref up = py_parent(r->parents, compare); up; up = py_parent(r->parents, up)) {
    PyKind kind = py_kind(r->t, up);
    if (kind == PY_UNARY_OP || (kind == PY_CALL && str_is(method_name(r, up), "not_")))
      return true;
    if (py_kind_group(kind) == PY_GROUP_STMT)
      break;
  }
  return false;
}

typedef struct {
  Reader *r;
  EditList edits;
} Truths;

static bool enter_compare(void *data, Ref ref) {
  Truths *x = data;
  const PyTree *t = x->r->t;
  if (py_kind(t, ref) != PY_COMPARE)
    return true;
  const PyCompare *c = PY_AS(Compare, t, ref);
  PyRefs others = py_list(t, c->comparators);
  Ref other = others.len == 1 ? others.at[0] : 0;
  uint16_t constant =
      py_kind(t, other) == PY_CONSTANT ? py_node(t, other)->aux : PY_CONST_NONE;
  bool truth = constant == PY_CONST_TRUE;
  if (c->node.aux != PY_EQ || py_kind(t, c->left) != PY_ATTRIBUTE ||
      (!truth && constant != PY_CONST_FALSE) || is_negated(x->r, ref))
    return true;
  Span span = {py_node(t, c->left)->end, c->node.end};
  Str text = truth ? STR(".is_(True)") : STR(".is_(False)");
  uint32_t group = (uint32_t)x->edits.len;
  vec_push(&x->edits, (Edit){span, text, group});
  source_index_lines((Source *)(uintptr_t)t->source, &x->r->out->arena);
  SnippetChange change = {
      source_position(t->source, span.start).line, STR("Q107"),
      truth ? STR("`is_(True)` says what is meant: `== True` looks like "
                  "a comparison to do without")
            : STR("`is_(False)` says what is meant: `== False` looks "
                  "like a comparison to do without"),
      true};
  vec_push(&x->r->out->changes, change);
  return true;
}

// ---- the change of each query

static const char *const reasons[][2] = {
    {"M200", "Query.get() is Session.get(class, key)"},
    {"M201",
     "the *_or_404 methods and paginate() are the extension's own, given a select"},
    {"M202", "a select is executed by scalars() for one class, by execute() for columns"},
    {"M203",
     "Query.first() sends LIMIT 1, which a result does not: limit(1) is written out"},
    {"M204", "one() and one_or_none() are asked of the result"},
    {"M205",
     "Query.scalar() raises where there are several rows, Session.scalar() does not"},
    {"M206", "Query.count() counts the rows: a select of func.count()"},
    {"M207", "a Query runs when it is iterated; a select has to be executed"},
    {"M208", "exists() belongs to the select"},
    {"M209", "a Query is cut with [...]; a select has slice(), and the result a list"},
    {"M210", "session.query() is select(), filter() is where()"},
    {"M211", "Model.query is select(Model)"},
    {"M217", "Query.value() is the scalar of a select of that column"},
    {"M220",
     "Query.update() is an update() statement; its rowcount is what update() gave"},
    {"M221",
     "Query.delete() is a delete() statement; its rowcount is what delete() gave"},
    {"M222", "as_scalar() has become scalar_subquery()"},
};

static void add_site(Snippet *out, const Site *s) {
  SnippetChange change = {.line = s->line ? s->line - 1 : 0, .converted = s->converted};
  change.code = str_copy(&out->arena, str_from(s->code));
  Str reason = s->converted ? s->what : s->reason;
  for (size_t i = 0; s->converted && i < ARRAY_LEN(reasons); i++)
    if (str_is(change.code, reasons[i][0]))
      reason = str_from(reasons[i][1]);
  change.reason = str_copy(&out->arena, reason);
  out->left |= !s->converted;
  vec_push(&out->changes, change);
}

static int by_line(const void *a, const void *b) {
  const SnippetChange *x = a, *y = b;
  if (x->line != y->line)
    return x->line < y->line ? -1 : 1;
  return str_compare(x->code, y->code);
}

// ---- the whole

static bool has_imports(const PyTree *t) {
  PyRefs body = py_list(t, PY_AS(Module, t, t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(t, body.at[i]) == PY_IMPORT || py_kind(t, body.at[i]) == PY_IMPORT_FROM)
      return true;
  return false;
}

// The text without the line of names.
static Str without_names(Arena *arena, Str text) {
  size_t end = str_find(text, STR(NAMES_END), 0), start = end;
  if (end == SIZE_MAX)
    return text;
  while (start && text.ptr[start - 1] != '\n')
    start--;
  return str_format(arena, "%.*s%.*s", (int)start, text.ptr,
                    STR_ARG(str_slice(text, end + strlen(NAMES_END), text.len)));
}

// Takes off the line of names, and the imports where the snippet had none of its own.
static void take_apart(Snippet *out, Str text, bool own_imports) {
  text = without_names(&out->arena, text);
  while (!own_imports &&
         (str_starts(text, STR("from ")) || str_starts(text, STR("import ")))) {
    size_t end = str_find_char(text, '\n', 0);
    vec_push(&out->imports, str_copy(&out->arena, str_slice(text, 0, end)));
    text = str_slice(text, end == SIZE_MAX ? text.len : end + 1, text.len);
    while (text.len && text.ptr[0] == '\n') // between groups
      text = str_slice(text, 1, text.len);
  }
  out->code = str_copy(&out->arena, text);
}

// What an indented snippet has in common goes.
static Str dedent(Arena *arena, Str text) {
  size_t indent = 0;
  while (indent < text.len && (text.ptr[indent] == ' ' || text.ptr[indent] == '\t'))
    indent++;
  if (!indent || indent == text.len)
    return text;
  Str prefix = str_slice(text, 0, indent), rest = text;
  Buf out = {0};
  while (rest.len) {
    size_t end = str_find_char(rest, '\n', 0);
    Str line = str_slice(rest, 0, end == SIZE_MAX ? rest.len : end + 1);
    bool blank = !str_trim(line).len;
    if (!blank && !str_starts(line, prefix)) {
      buf_free(&out);
      return text;
    }
    buf_add_str(&out,
                blank && line.len <= indent ? line : str_slice(line, indent, line.len));
    rest = str_slice(rest, line.len, rest.len);
  }
  Str made = str_copy(arena, buf_str(&out));
  buf_free(&out);
  return made;
}

static bool refuse(const ProjectFile *f, Err *err) {
  if (!f->readable)
    return err_set(err, ERR_INPUT, "%s", f->error.message);
  const Diag *d = &f->diags.diags.items[0];
  Position at = source_position(&f->source, d->span.start);
  return err_set(err, ERR_INPUT, "the snippet cannot be read, line %u, column %u: %.*s",
                 at.line, at.column, STR_ARG(d->message));
}

static void modernize(Snippet *out, Str code, Str names, bool own_imports,
                      SqlalchemyTarget target) {
  static const Str select[] = {{"M10", 3}, {"M15", 3}, {"M2", 2}, {"M3", 2}, {"Q106", 4}};
  Config config;
  Project project = {0};
  config_init(&config, &out->arena, "/");
  project_init(&project, &config);
  project_add_text(&project, STR("names_of_snippet.py"), names);
  uint32_t id = project_add_text(&project, STR("snippet.py"), code);
  ModernizeSettings settings = {.target = target,
                                .profile = PROFILE_MODERN,
                                .threads = 1,
                                .select = select,
                                .select_count = ARRAY_LEN(select)};
  Modernization m = {0};
  modernize_project(&m, &project, &settings);
  for (size_t i = 0; i < m.site_count; i++)
    if (m.sites[i]->file == id)
      add_site(out, m.sites[i]);
  take_apart(out, m.files[id].changed ? m.files[id].after : code, own_imports);
  modernization_free(&m);
  project_free(&project);
  config_free(&config);
}

bool snippet_modernize(Snippet *out, Str text, SqlalchemyTarget target, Err *err) {
  *out = (Snippet){0};
  text = dedent(&out->arena, text);
  Config config;
  Project project = {0};
  config_init(&config, &out->arena, "/");
  project_init(&project, &config);
  uint32_t id = project_add_text(&project, STR("snippet.py"), text);
  const ProjectFile *f = project.files[id];
  if (f->readable)
    source_index_lines(&project.files[id]->source, &project.files[id]->arena);
  bool good = f->readable && !f->tree.has_errors;
  if (!good) {
    refuse(f, err);
  } else {
    Reader r = {.out = out, .t = &f->tree, .s = f->scopes, .names = project.names};
    r.parents = py_build_parents(r.t, &out->arena);
    PyVisitor visitor = {.enter = enter, .data = &r};
    py_walk(r.t, r.t->root, &visitor);
    Truths x = {.r = &r};
    PyVisitor truths = {.enter = enter_compare, .data = &x};
    py_walk(r.t, r.t->root, &truths);
    Buf names = {0}, code = {0};
    write_names(&r, &names, &code);
    edits_apply(f->source.text, &x.edits, (uint32_t)x.edits.len, &code, NULL);
    modernize(out, buf_str(&code), buf_str(&names), has_imports(r.t), target);
    if (out->changes.len)
      qsort(out->changes.items, out->changes.len, sizeof *out->changes.items, by_line);
    for (size_t i = 0; i < r.unknown.len; i++)
      vec_free(&r.unknown.items[i].attrs);
    vec_free(&r.unknown);
    vec_free(&x.edits);
    buf_free(&names);
    buf_free(&code);
  }
  project_free(&project);
  config_free(&config);
  return good;
}

void snippet_free(Snippet *s) {
  vec_free(&s->imports);
  vec_free(&s->changes);
  vec_free(&s->assumed);
  arena_reset(&s->arena);
  *s = (Snippet){0};
}
