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

// "code VARCHAR(12) NOT NULL UNIQUE" as "code:str(12):unique".
static Str column_word(Arena *arena, Str column, Str name) {
  static const char key[] =
      "^\\s*[\"`\\[]?\\w+[\"`\\]]?\\s+(?<x>\\w[\\w ]*(?:\\([^)]*\\))?)";
  Str type = part(arena, key, column);
  Str size = part(arena, "^[^,]*?\\w\\s*\\((?<x>\\d+(?:\\s*,\\s*\\d+)?)\\)", column);
  Str target = part(arena, "\\breferences\\s+[\"`\\[]?(?<x>\\w+)", column);
  bool primary = says("\\bprimary\\s+key\\b", column);
  bool required = primary || says("\\bnot\\s+null\\b", column);
  const char *word = "str";
  for (size_t i = 0; i < ARRAY_LEN(sql_types); i++)
    if (says(sql_types[i].pattern, type)) {
      word = sql_types[i].word;
      break;
    }
  bool sized = str_is(str_from(word), "str") || str_is(str_from(word), "decimal");
  const char *null = required ? "" : ":null",
             *unique = says("\\bunique\\b", column) ? ":unique" : "";
  if (target.ptr) {
    Str own = str_ends(name, STR("_id")) ? str_slice(name, 0, name.len - 3) : name;
    return str_format(arena, "%.*s:->%.*s%s%s", STR_ARG(own),
                      STR_ARG(class_of(arena, target)), null, unique);
  }
  Str value = part(arena, "\\bdefault\\s+(?<x>'[^']*'|-?[\\d.]+|true|false)", column);
  bool now = says("\\bdefault\\s+(?:now\\(\\)|current_timestamp)", column);
  Str length = sized && size.ptr ? str_format(arena, "(%.*s)", STR_ARG(size)) : STR("");
  return str_format(arena, "%.*s:%s%.*s%s%.*s%s%s%s%s", STR_ARG(name), word,
                    STR_ARG(length), value.len ? "=" : "", STR_ARG(value), unique, null,
                    primary ? ":pk" : "", now ? ":now" : "");
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

static void add_table(Arena *arena, Str name, Str columns, StrVec *words) {
  Str column;
  vec_push(words,
           str_format(arena, "%.*s=%.*s", STR_ARG(class_of(arena, name)), STR_ARG(name)));
  while (next_column(&columns, &column)) {
    Str unique = part(
        arena,
        "^(?:constraint\\s+\\w+\\s+)?unique\\s*(?:key\\s+\\w+\\s*)?\\((?<x>[^)]*)\\)",
        column);
    if (unique.ptr)
      vec_push(words, str_format(arena, "@unique(%.*s)", STR_ARG(unique)));
    if (!column.len ||
        says("^(?:constraint|unique|primary|foreign|check|key|index)\\b", column))
      continue;
    Str own = part(arena, "^[\"`\\[]?(?<x>\\w+)", column);
    bool plain_key =
        str_is(own, "id") && says("\\bint|serial", column) && !says("\\bbig", column);
    if (own.len && !plain_key) // every model gets an integer key `id`
      vec_push(words, column_word(arena, column, own));
  }
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
    add_table(arena, regex_group(r, &match, "x"), str_slice(text, from, to), &words);
    at = to;
  }
  regex_free(r);
  bool ok = words.len && complete(schema, arena, &words, err);
  vec_free(&words);
  return ok;
}
