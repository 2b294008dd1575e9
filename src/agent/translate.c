// translate.c: fields of classes and columns of CREATE TABLE as words of the field
// grammar.
#include "agent/translate.h"

#include "base/regex.h"
#include "schema/fields.h"

static bool complete(Schema *s, Arena *arena, const StrVec *words, Err *err) {
  const char **list = arena_array(arena, const char *, words->len + 1);
  for (size_t i = 0; i < words->len; i++)
    list[i] = str_copy(arena, words->items[i]).ptr;
  return fields_parse(s, list, words->len, &(FieldSettings){0}, err) &&
         schema_complete(s, &(SchemaOptions){0}, err);
}

// ---- Classes

typedef struct {
  Arena *arena;
  Schema *schema;
  const PyTree *tree;
  const Interner *names;
  Vec(Ref) classes;
} Classes;

static const struct {
  const char *python, *word;
} types[] = {
    {"str", "str"},
    {"int", "int"},
    {"float", "float"},
    {"bool", "bool"},
    {"bytes", "bytes"},
    {"Decimal", "decimal(12,2)"},
    {"date", "date"},
    {"datetime", "datetime"},
    {"time", "time"},
    {"timedelta", "interval"},
    {"UUID", "uuid"},
    {"UUID4", "uuid"},
    {"EmailStr", "str(320)"},
    {"HttpUrl", "str(2048)"},
    {"AnyUrl", "str(2048)"},
    {"PositiveInt", "int:positive"},
    {"NonNegativeInt", "int:min(0)"},
    {"dict", "json"},
    {"Dict", "json"},
    {"Any", "json"},
};

static Str class_name(const Classes *c, Ref r) {
  return atom_str(c->names, PY_AS(ClassDef, c->tree, r)->name);
}

static bool is_class(const Classes *c, Str name) {
  for (size_t i = 0; i < c->classes.len; i++)
    if (str_eq(class_name(c, c->classes.items[i]), name))
      return true;
  return false;
}

// The last name of `a.b.Name`.
static Str last_name(const Classes *c, Ref e) {
  if (py_kind(c->tree, e) == PY_NAME)
    return atom_str(c->names, PY_AS(Name, c->tree, e)->id);
  if (py_kind(c->tree, e) == PY_ATTRIBUTE)
    return atom_str(c->names, PY_AS(Attribute, c->tree, e)->attr);
  return STR("");
}

typedef struct {
  Ref type; // without Optional and lists
  bool optional, list;
} Annotation;

static bool is_none(const Classes *c, Ref e) {
  return str_is(str_trim(py_text(c->tree, e)), "None");
}

// Optional[X], X | None, list[X], Annotated[X, ...]; a few levels.
static Annotation open_annotation(const Classes *c, Ref e) {
  Annotation a = {.type = e};
  for (int depth = 0; depth < 6; depth++) {
    if (py_kind(c->tree, a.type) == PY_BIN_OP) {
      const PyBinOp *b = PY_AS(BinOp, c->tree, a.type);
      bool right = is_none(c, b->right), left = is_none(c, b->left);
      if (!right && !left)
        return a;
      a.optional = true;
      a.type = right ? b->left : b->right;
      continue;
    }
    if (py_kind(c->tree, a.type) != PY_SUBSCRIPT)
      return a;
    const PySubscript *s = PY_AS(Subscript, c->tree, a.type);
    Str outer = last_name(c, s->value);
    bool many = str_is(outer, "list") || str_is(outer, "List") || str_is(outer, "set") ||
                str_is(outer, "Set") || str_is(outer, "Sequence");
    if (str_is(outer, "Optional"))
      a.optional = true;
    else if (many)
      a.list = true;
    else if (!str_is(outer, "Annotated"))
      return a;
    a.type = s->slice;
    if (py_kind(c->tree, a.type) == PY_TUPLE) {
      PyRefs items = py_list(c->tree, PY_AS(Tuple, c->tree, a.type)->elts);
      a.type = items.len ? items.at[0] : a.type;
    }
  }
  return a;
}

// "Literal['a', 'b']" as enum(a,b); absent where it is none.
static Str literal_values(const Classes *c, Ref e) {
  if (py_kind(c->tree, e) != PY_SUBSCRIPT ||
      !str_is(last_name(c, PY_AS(Subscript, c->tree, e)->value), "Literal"))
    return (Str){0};
  Buf out = {0};
  Str text = py_text(c->tree, PY_AS(Subscript, c->tree, e)->slice), one;
  buf_add_text(&out, "enum(");
  for (bool first = true; str_next_part(&text, ',', &one); first = false) {
    one = str_trim(one);
    if (one.len > 2)
      buf_printf(&out, "%s%.*s", first ? "" : ",", (int)one.len - 2, one.ptr + 1);
  }
  buf_add_char(&out, ')');
  Str s = str_copy(c->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

// " = 0", a plain constant; "" where it is none or None.
static Str default_word(const Classes *c, Ref value) {
  if (!value || py_kind(c->tree, value) != PY_CONSTANT || is_none(c, value))
    return STR("");
  Str text = str_trim(py_text(c->tree, value));
  bool quoted = text.len > 1 && (text.ptr[0] == '"' || text.ptr[0] == '\'');
  if (quoted)
    return text.len > 2 ? str_format(c->arena, "='%.*s'", (int)text.len - 2, text.ptr + 1)
                        : STR("");
  if (str_is(text, "True"))
    return STR("=true");
  if (str_is(text, "False"))
    return STR("=false");
  return str_format(c->arena, "=%.*s", STR_ARG(text));
}

static Str field_word(Classes *c, Str name, const PyAnnAssign *n) {
  Annotation a = open_annotation(c, n->annotation);
  Str type = last_name(c, a.type), values = literal_values(c, a.type);
  const char *null = a.optional ? ":null" : "";
  Str value = default_word(c, n->value);
  if (is_class(c, type))
    return str_format(c->arena, "%.*s:%s%.*s%s", STR_ARG(name), a.list ? "<-" : "->",
                      STR_ARG(type), a.list ? "" : null);
  if (values.ptr)
    return str_format(c->arena, "%.*s:%.*s%.*s%s", STR_ARG(name), STR_ARG(values),
                      STR_ARG(value), null);
  for (size_t i = 0; i < ARRAY_LEN(types) && !a.list; i++)
    if (str_is(type, types[i].python))
      return str_format(c->arena, "%.*s:%s%.*s%s", STR_ARG(name), types[i].word,
                        STR_ARG(value), null);
  schema_assume(c->schema, "%.*s is kept as JSON, for %.*s", STR_ARG(name),
                STR_ARG(str_trim(py_text(c->tree, n->annotation))));
  return str_format(c->arena, "%.*s:json%s", STR_ARG(name), null);
}

static void add_class(Classes *c, Ref r, StrVec *words) {
  const PyClassDef *cls = PY_AS(ClassDef, c->tree, r);
  PyRefs body = py_list(c->tree, cls->body);
  vec_push(words, class_name(c, r));
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(c->tree, body.at[i]) != PY_ANN_ASSIGN)
      continue;
    const PyAnnAssign *n = PY_AS(AnnAssign, c->tree, body.at[i]);
    Str name = last_name(c, n->target);
    bool own = name.len && name.ptr[0] != '_' && !str_is(name, "id") &&
               !str_is(name, "model_config");
    if (own)
      vec_push(words, field_word(c, name, n));
  }
}

static bool has_fields(const Classes *c, Ref r) {
  PyRefs body = py_list(c->tree, PY_AS(ClassDef, c->tree, r)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(c->tree, body.at[i]) == PY_ANN_ASSIGN)
      return true;
  return false;
}

bool translate_classes(AskContext *cx, Schema *schema, Err *err) {
  if (cx->pasted == NO_FILE || (cx->models && models_count(cx->models)))
    return false;
  const PyTree *t = &cx->project.files[cx->pasted]->tree;
  Classes c = {
      .arena = cx->arena, .schema = schema, .tree = t, .names = cx->project.names};
  StrVec words = {0};
  PyRefs body = py_list(t, PY_AS(Module, t, t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(t, body.at[i]) == PY_CLASS_DEF && has_fields(&c, body.at[i]))
      vec_push(&c.classes, body.at[i]);
  for (size_t i = 0; i < c.classes.len; i++)
    add_class(&c, c.classes.items[i], &words);
  bool ok = words.len && complete(schema, cx->arena, &words, err);
  vec_free(&words);
  vec_free(&c.classes);
  return ok;
}

// ---- CREATE TABLE

static const struct {
  const char *pattern, *word;
} sql_types[] = {
    {"^bigserial|^big", "bigint"},
    {"^smallserial|^smallint|^tinyint\\(1\\)", "smallint"},
    {"^serial|^int|^mediumint|^tinyint", "int"},
    {"^(?:n?var)?char|^character|^string", "str"},
    {"^(?:long|medium|tiny)?text|^clob|^citext", "text"},
    {"^numeric|^decimal|^money", "decimal"},
    {"^double", "double"},
    {"^float|^real", "float"},
    {"^bool|^bit", "bool"},
    {"^timestamp|^datetime", "datetime"},
    {"^date", "date"},
    {"^time", "time"},
    {"^interval", "interval"},
    {"^json", "json"},
    {"^uuid|^uniqueidentifier", "uuid"},
    {"^(?:var)?binary|^(?:long|tiny|medium)?blob|^bytea", "bytes"},
};

static bool matches(const char *pattern, Str text, RegexMatch *match, Regex **keep) {
  Buf full = {0};
  buf_printf(&full, "(?i)%s", pattern);
  *keep = regex_new(buf_str(&full));
  bool found = regex_find(*keep, text, 0, match);
  buf_free(&full);
  return found;
}

static bool says(const char *pattern, Str text) {
  Regex *r;
  bool found = matches(pattern, text, NULL, &r);
  regex_free(r);
  return found;
}

// The group `x` of a pattern; absent where it does not match.
static Str part(Arena *arena, const char *pattern, Str text) {
  Regex *r;
  RegexMatch match;
  Str out = {0};
  if (matches(pattern, text, &match, &r) && regex_group(r, &match, "x").ptr)
    out = str_copy(arena, regex_group(r, &match, "x"));
  regex_free(r);
  return out;
}

static Str class_of(Arena *arena, Str table) {
  return name_camel(arena, name_singular(arena, table));
}

// What a table says of a column elsewhere: PRIMARY KEY (a, b), FOREIGN KEY (c) REFERENCES
// …
typedef struct {
  Str foreign; // "c", "" for none
  Str target, action;
} TableKeys;

static bool names_column(Str list, Str name) {
  Str one;
  while (str_next_part(&list, ',', &one)) {
    one = str_trim(one);
    while (one.len && strchr("\"`[", one.ptr[0]))
      one = str_slice(one, 1, one.len - 1);
    if (str_eq_nocase(one, name))
      return true;
  }
  return false;
}

static const char *action_flag(Str text) {
  return says("\\bon\\s+delete\\s+cascade", text)       ? ":cascade"
         : says("\\bon\\s+delete\\s+set\\s+null", text) ? ":setnull"
         : says("\\bon\\s+delete\\s+restrict", text)    ? ":restrict"
                                                        : "";
}

static Str column_type(Arena *arena, Str column) {
  static const char key[] =
      "^\\s*[\"`\\[]?\\w+[\"`\\]]?\\s+(?<x>\\w[\\w ]*(?:\\([^)]*\\))?)";
  Str type = part(arena, key, column);
  Str size = part(arena, "^[^,]*?\\w\\s*\\((?<x>\\d+(?:\\s*,\\s*\\d+)?)\\)", column);
  Str values = part(arena, "^\\s*[\"`]?\\w+[\"`]?\\s+enum\\s*\\((?<x>[^)]*)\\)", column);
  if (values.ptr) {
    Buf out = {0};
    Str rest = values, one;
    while (str_next_part(&rest, ',', &one)) {
      one = str_trim(one);
      if (one.len > 2)
        buf_printf(&out, "%s%.*s", out.len ? "," : "", (int)one.len - 2, one.ptr + 1);
    }
    Str type_text = str_format(arena, "enum(%.*s)", STR_ARG(buf_str(&out)));
    buf_free(&out);
    return type_text;
  }
  const char *word = "str";
  for (size_t i = 0; i < ARRAY_LEN(sql_types); i++)
    if (says(sql_types[i].pattern, type)) {
      word = sql_types[i].word;
      break;
    }
  bool sized = str_is(str_from(word), "str") || str_is(str_from(word), "decimal");
  return str_format(arena, "%s%s%.*s%s", word, sized && size.ptr ? "(" : "",
                    STR_ARG(sized && size.ptr ? size : STR("")),
                    sized && size.ptr ? ")" : "");
}

// "code VARCHAR(12) NOT NULL UNIQUE" as "code:str(12):unique".
static Str column_word(Arena *arena, Str column, Str name, const TableKeys *foreign,
                       size_t foreign_count, Str keys, Str uniques) {
  Str target = part(arena, "\\breferences\\s+(?:\\w+\\.)?[\"`\\[]?(?<x>\\w+)", column);
  Str action = column;
  for (size_t i = 0; i < foreign_count; i++)
    if (str_eq_nocase(foreign[i].foreign, name)) {
      target = foreign[i].target;
      action = foreign[i].action;
    }
  bool primary = says("\\bprimary\\s+key\\b", column) || names_column(keys, name);
  bool required = primary || says("\\bnot\\s+null\\b", column);
  const char *null = required ? "" : ":null",
             *unique = says("\\bunique\\b", column) || names_column(uniques, name)
                           ? ":unique"
                           : "";
  if (target.ptr) {
    Str own = str_ends(name, STR("_id")) ? str_slice(name, 0, name.len - 3) : name;
    return str_format(arena, "%.*s:->%.*s%s%s%s%s", STR_ARG(own),
                      STR_ARG(class_of(arena, target)), null, unique, action_flag(action),
                      primary ? ":pk:noindex" : ":noindex");
  }
  Str type = column_type(arena, column);
  Str value = part(arena, "\\bdefault\\s+(?<x>'[^']*'|-?[\\d.]+|true|false)", column);
  bool now = says("\\bdefault\\s+(?:now\\(\\)|current_timestamp|getdate\\(\\))", column);
  bool naive = str_is(type, "datetime") &&
               !says("timestamptz|with\\s+time\\s+zone|datetimeoffset", column);
  bool plain = str_find_char(value, ':', 0) == SIZE_MAX;
  const char *refused = name_refused_attribute(name);
  return str_format(arena, "%.*s%s:%.*s%s%.*s%s%s%s%s%s%s%s", STR_ARG(name),
                    refused ? "_" : "", STR_ARG(type), value.len && plain ? "=" : "",
                    STR_ARG(plain ? value : STR("")), unique, null, primary ? ":pk" : "",
                    now ? ":now" : "", naive ? ":naive" : "",
                    value.len && plain ? ":server" : "",
                    refused ? str_format(arena, ":column(%.*s)", STR_ARG(name)).ptr : "");
}

// The parts of a list in parentheses, apart at its own commas.
static bool next_column(Str *rest, Str *out) {
  int depth = 0;
  if (!rest->len)
    return false;
  size_t i = 0;
  for (; i < rest->len && !(rest->ptr[i] == ',' && !depth); i++)
    depth += (rest->ptr[i] == '(') - (rest->ptr[i] == ')');
  *out = str_trim(str_slice(*rest, 0, i));
  *rest = str_slice(*rest, i + (i < rest->len), rest->len);
  return true;
}

enum {
  MOST_FOREIGN = 32
};

// What the table's own constraints say of its columns.
static size_t read_keys(Arena *arena, Str columns, TableKeys *foreign, Str *keys,
                        Str *uniques) {
  size_t count = 0;
  Str column;
  *keys = *uniques = STR("");
  while (next_column(&columns, &column)) {
    Str key = part(
        arena, "^(?:constraint\\s+\\w+\\s+)?primary\\s+key\\s*\\((?<x>[^)]*)\\)", column);
    Str from = part(arena,
                    "^(?:constraint\\s+\\w+\\s+)?foreign\\s+key\\s*(?:\\w+\\s*)?\\(\\s*"
                    "[\"`\\[]?(?<x>\\w+)[\"`\\]]?\\s*\\)",
                    column);
    Str one =
        part(arena,
             "^(?:constraint\\s+\\w+\\s+)?unique\\s*(?:(?:key|index)\\s*\\w*\\s*)?\\(\\s*"
             "[\"`\\[]?(?<x>\\w+)[\"`\\]]?\\s*\\)",
             column);
    if (key.ptr)
      *keys = key;
    if (one.ptr)
      *uniques = str_format(arena, "%.*s,%.*s", STR_ARG(*uniques), STR_ARG(one));
    if (!from.ptr || count == MOST_FOREIGN)
      continue;
    foreign[count].foreign = from;
    foreign[count].target =
        part(arena, "\\breferences\\s+(?:\\w+\\.)?[\"`\\[]?(?<x>\\w+)", column);
    foreign[count++].action = column;
  }
  return count;
}

// "CHECK (a <> b)", of the table or of a column: its expression.
static void add_checks(Arena *arena, Schema *s, Str column, StrVec *words) {
  size_t at = str_find(column, STR("CHECK"), 0);
  at = at == SIZE_MAX ? str_find(column, STR("check"), 0) : at;
  size_t open = at == SIZE_MAX ? at : str_find_char(column, '(', at), end = open;
  if (open == SIZE_MAX)
    return;
  for (int depth = 0; end < column.len; end++) {
    depth += (column.ptr[end] == '(') - (column.ptr[end] == ')');
    if (!depth)
      break;
  }
  Str expression = str_trim(str_slice(column, open + 1, end));
  if (str_find_char(expression, '"', 0) == SIZE_MAX)
    vec_push(words, str_format(arena, "@check(\"%.*s\")", STR_ARG(expression)));
  else
    schema_assume(s, "the check (%.*s) is left to you", STR_ARG(expression));
}

static void add_table(Arena *arena, Schema *s, Str name, Str columns, StrVec *words) {
  Str column, keys, uniques;
  TableKeys foreign[MOST_FOREIGN];
  size_t foreign_count = read_keys(arena, columns, foreign, &keys, &uniques);
  vec_push(words,
           str_format(arena, "%.*s=%.*s", STR_ARG(class_of(arena, name)), STR_ARG(name)));
  while (next_column(&columns, &column)) {
    Str unique = part(
        arena,
        "^(?:constraint\\s+\\w+\\s+)?unique\\s*(?:key\\s+\\w+\\s*)?\\((?<x>[^)]*)\\)",
        column);
    if (unique.ptr && str_find_char(unique, ',', 0) != SIZE_MAX)
      vec_push(words, str_format(arena, "@unique(%.*s)", STR_ARG(unique)));
    add_checks(arena, s, column, words);
    if (!column.len ||
        says("^(?:constraint|unique|primary|foreign|check|key|index)\\b", column))
      continue;
    Str own = part(arena, "^[\"`\\[]?(?<x>\\w+)", column);
    bool plain_key =
        str_is(own, "id") && says("\\bint|serial", column) && !says("\\bbig", column);
    if (own.len && !plain_key) // every model gets an integer key `id`
      vec_push(words,
               column_word(arena, column, own, foreign, foreign_count, keys, uniques));
  }
}

// Keys are called as the statements call them: "origin" where the attribute is origin_id.
static void keep_column_names(Arena *arena, Str text, Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0; k < s->tables.items[i]->relations.len; k++) {
      SchemaRelation *r = s->tables.items[i]->relations.items[k];
      Str stated =
          str_format(arena, "\\b%.*s\\b", STR_ARG(r->key ? r->key->name : STR("")));
      if (r->key && r->owner && !says(stated.ptr, text))
        r->key->column_name = r->name;
    }
}

// CREATE INDEX statements.
static void add_indexes(Arena *arena, Str text, Schema *s) {
  Regex *r = regex_new(STR(
      "(?i)\\bcreate\\s+(?<u>unique\\s+)?index\\s+(?:concurrently\\s+)?(?:if\\s+not\\s+"
      "exists\\s+)?[\"`\\[]?(?<n>\\w+)[\"`\\]]?\\s+on\\s+(?:\\w+\\.)?[\"`\\[]?(?<t>\\w+)"
      "[\"`\\]]?\\s*(?:using\\s+\\w+\\s*)?\\((?<c>[\\w\\s,\"`]+)\\)"));
  RegexMatch match;
  for (size_t at = 0; regex_find(r, text, at, &match);
       at = (size_t)(match.groups[0].ptr - text.ptr) + match.groups[0].len) {
    SchemaTable *t = NULL;
    for (size_t i = 0; i < s->tables.len; i++)
      if (str_eq_nocase(s->tables.items[i]->name, regex_group(r, &match, "t")))
        t = s->tables.items[i];
    if (!t)
      continue;
    bool unique = regex_group(r, &match, "u").len > 0;
    StrVec columns = {0};
    Str rest = regex_group(r, &match, "c"), one;
    while (str_next_part(&rest, ',', &one)) {
      one = str_trim(one);
      for (size_t i = 0; i < t->columns.len; i++) {
        SchemaColumn *c = t->columns.items[i];
        if (str_eq_nocase(c->column_name.len ? c->column_name : c->name, one))
          vec_push(&columns, c->name);
      }
    }
    SchemaConstraint *c =
        columns.len ? schema_add_constraint(s, t, unique ? UNIQUE_INDEX : PLAIN_INDEX)
                    : NULL;
    if (!c) {
      vec_free(&columns);
      schema_assume(s, "the index %.*s is left to you",
                    STR_ARG(regex_group(r, &match, "n")));
      continue;
    }
    c->name = str_copy(arena, regex_group(r, &match, "n"));
    c->columns = columns;
  }
  regex_free(r);
}

bool translate_ddl(Arena *arena, Str text, Schema *schema, Err *err) {
  Regex *r = regex_new(
      STR("(?i)\\bcreate\\s+table\\s+(?:if\\s+not\\s+exists\\s+)?(?:\\w+\\.)?[\"`\\[]?"
          "(?<x>\\w+)[\"`\\]]?\\s*\\("));
  RegexMatch match;
  StrVec words = {0};
  for (size_t at = 0; regex_find(r, text, at, &match);) {
    size_t from = (size_t)(match.groups[0].ptr - text.ptr) + match.groups[0].len,
           to = from;
    for (int depth = 1; to < text.len; to++) {
      depth += (text.ptr[to] == '(') - (text.ptr[to] == ')');
      if (!depth)
        break;
    }
    add_table(arena, schema, regex_group(r, &match, "x"), str_slice(text, from, to),
              &words);
    at = to;
  }
  regex_free(r);
  bool ok = words.len && complete(schema, arena, &words, err);
  if (ok) {
    keep_column_names(arena, text, schema);
    add_indexes(arena, text, schema);
  }
  vec_free(&words);
  return ok;
}
