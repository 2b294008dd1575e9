// model_annotation.c: what an annotation says: Mapped[...], Optional, containers, and the
// SQL type of a Python type.
//
// Annotations are read as text: they may stand in quotes, in part or whole.
#include "sqla/model_internal.h"

enum {
  ANNO_MAX_DEPTH = 20,
  ANNO_MAX_ARGS = 16
};

typedef struct {
  Arena *arena;
  Str text;
  size_t at;
  bool bad;
} Reader;

static void skip(Reader *r) {
  while (r->at < r->text.len && strchr(" \t\r\n\f\\", r->text.ptr[r->at]))
    r->at++;
  if (r->at < r->text.len && r->text.ptr[r->at] == '#')
    while (r->at < r->text.len && r->text.ptr[r->at] != '\n')
      r->at++;
  if (r->at < r->text.len && r->text.ptr[r->at] == '\n')
    skip(r);
}

static bool next_is(Reader *r, char c) {
  skip(r);
  return r->at < r->text.len && r->text.ptr[r->at] == c;
}

static bool take(Reader *r, char c) {
  if (!next_is(r, c))
    return false;
  r->at++;
  return true;
}

static bool is_word(char c) {
  return c == '_' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

static Anno read_union(Reader *r, int depth, bool literal);

static Anno read_quoted(Reader *r, int depth, bool literal) {
  char quote = r->text.ptr[r->at++];
  size_t end = str_find_char(r->text, quote, r->at);
  if (end == SIZE_MAX || end == r->at) {
    r->bad = true;
    return (Anno){0};
  }
  Str inside = str_slice(r->text, r->at, end);
  r->at = end + 1;
  if (literal)
    return (Anno){.name = inside, .is_literal = true};
  Reader inner = {.arena = r->arena, .text = inside};
  Anno a = read_union(&inner, depth + 1, false);
  skip(&inner);
  r->bad = r->bad || inner.bad || inner.at < inside.len;
  return a;
}

// `[a, b]` behind a name.
static void read_args(Reader *r, Anno *a, int depth) {
  Anno args[ANNO_MAX_ARGS];
  uint32_t count = 0;
  bool literal = str_ends(a->name, STR("Literal"));
  while (!next_is(r, ']') && !r->bad) {
    if (count == ANNO_MAX_ARGS || r->at >= r->text.len) {
      r->bad = true;
      return;
    }
    args[count++] = read_union(r, depth + 1, literal);
    if (!take(r, ','))
      break;
  }
  if (!take(r, ']'))
    r->bad = true;
  Anno *kept = arena_array(r->arena, Anno, count + 1);
  memcpy(kept, args, count * sizeof *kept);
  a->args = kept;
  a->count = count;
}

// What stands in parentheses is metadata of Annotated, a call: not of interest here.
static void skip_parens(Reader *r) {
  int open = 0;
  do {
    char c = r->text.ptr[r->at++];
    open += c == '(' ? 1 : c == ')' ? -1 : 0;
  } while (open && r->at < r->text.len);
  r->bad = r->bad || open;
}

static Anno read_item(Reader *r, int depth, bool literal) {
  skip(r);
  if (depth > ANNO_MAX_DEPTH || r->at >= r->text.len) {
    r->bad = true;
    return (Anno){0};
  }
  char c = r->text.ptr[r->at];
  if (c == '\'' || c == '"')
    return read_quoted(r, depth, literal);
  if (c == '[') { // Callable[[...], x]
    Anno list = {.name = STR("[]")};
    r->at++;
    read_args(r, &list, depth);
    return list;
  }
  if (c == '(') {
    r->at++;
    Anno inner = read_union(r, depth + 1, literal);
    r->bad = r->bad || !take(r, ')');
    return inner;
  }
  size_t from = r->at;
  if (c == '-')
    r->at++;
  while (r->at < r->text.len && is_word(r->text.ptr[r->at]))
    r->at++;
  Anno a = {.name = str_slice(r->text, from, r->at)};
  if (!a.name.len) {
    r->bad = true;
    return a;
  }
  a.is_none = str_is(a.name, "None");
  a.is_literal = literal || c == '-' || (c >= '0' && c <= '9') || c == '.';
  if (next_is(r, '('))
    skip_parens(r);
  if (take(r, '['))
    read_args(r, &a, depth);
  return a;
}

// `A | B` is Union[A, B].
static Anno read_union(Reader *r, int depth, bool literal) {
  Anno first = read_item(r, depth, literal);
  if (!next_is(r, '|'))
    return first;
  Anno parts[ANNO_MAX_ARGS] = {first};
  uint32_t count = 1;
  while (take(r, '|')) {
    if (count == ANNO_MAX_ARGS) {
      r->bad = true;
      return first;
    }
    parts[count++] = read_item(r, depth, literal);
  }
  Anno *kept = arena_array(r->arena, Anno, count);
  memcpy(kept, parts, count * sizeof *kept);
  return (Anno){.name = STR("Union"), .args = kept, .count = count};
}

Origin anno_origin(Models *m, Expr at, const Anno *a) {
  if (!a->name.len || a->is_literal)
    return (Origin){0};
  return resolve_text(m->r, at.file, at.ref, a->name);
}

static const Anno *keep_anno(Models *m, Anno a) {
  Anno *kept = arena_new(m->arena, Anno);
  *kept = a;
  return kept;
}

// The last part of the name that the annotation's name stands for.
static Str meaning(Models *m, Expr at, const Anno *a) {
  Origin o = anno_origin(m, at, a);
  Str dotted = o.dotted && o.kind != ORIGIN_UNKNOWN ? model_text(m, o.dotted) : a->name;
  size_t dot = str_rfind_char(dotted, '.');
  return dot == SIZE_MAX ? dotted : str_slice(dotted, dot + 1, dotted.len);
}

// Takes Optional and None off; the rest of a union of several types stays a union.
static const Anno *without_none(Models *m, Expr at, const Anno *a, bool *optional) {
  for (int depth = 0; depth < ANNO_MAX_DEPTH && a; depth++) {
    Str name = meaning(m, at, a);
    if (str_is(name, "Optional") && a->count == 1) {
      *optional = true;
      a = &a->args[0];
      continue;
    }
    if (!str_is(name, "Union"))
      return a;
    const Anno *only = NULL;
    uint32_t others = 0;
    for (uint32_t i = 0; i < a->count; i++) {
      if (a->args[i].is_none) {
        *optional = true;
        continue;
      }
      only = &a->args[i];
      others++;
    }
    if (others != 1)
      return a;
    a = only;
  }
  return a;
}

static bool is_container(Str name) {
  static const char *const names[] = {"list",
                                      "List",
                                      "set",
                                      "Set",
                                      "dict",
                                      "Dict",
                                      "Sequence",
                                      "Collection",
                                      "Iterable",
                                      "MutableSet",
                                      "MutableSequence",
                                      "AbstractSet",
                                      "frozenset"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

// ---- Annotated: `intpk = Annotated[int, mapped_column(primary_key=True)]`

static void read_metadata(Models *m, Expr subscript, Annotation *out) {
  const PyTree *t = expr_tree(&m->cx, subscript);
  Ref slice = PY_AS(Subscript, t, subscript.ref)->slice;
  if (py_kind(t, slice) != PY_TUPLE)
    return;
  PyRefs items = py_list(t, PY_AS(Tuple, t, slice)->elts);
  for (uint32_t i = 1; i < items.len; i++)
    if (out->annotated_count < ARRAY_LEN(out->annotated))
      out->annotated[out->annotated_count++] = expr_child(subscript, items.at[i]);
}

static bool is_annotated(Models *m, Expr x) {
  if (!expr_is(&m->cx, x, PY_SUBSCRIPT))
    return false;
  Expr value = expr_child(x, PY_AS(Subscript, expr_tree(&m->cx, x), x.ref)->value);
  Origin o = expr_origin(&m->cx, value);
  return o.kind == ORIGIN_EXTERNAL &&
         str_ends(model_text(m, o.dotted), STR(".Annotated"));
}

// Finds the Annotated in the annotation's own syntax (inside Mapped[...], Optional[...]).
static void find_inline_annotated(Models *m, Expr x, Annotation *out) {
  for (int depth = 0; depth < ANNO_MAX_DEPTH; depth++) {
    if (is_annotated(m, x)) {
      read_metadata(m, x, out);
      return;
    }
    if (expr_is(&m->cx, x, PY_BIN_OP))
      x = expr_child(x, PY_AS(BinOp, expr_tree(&m->cx, x), x.ref)->left);
    else if (expr_is(&m->cx, x, PY_SUBSCRIPT))
      x = expr_child(x, PY_AS(Subscript, expr_tree(&m->cx, x), x.ref)->slice);
    else
      return;
  }
}

static Anno parse(Models *m, Expr x, bool *good) {
  Reader r = {.arena = m->arena};
  if (expr_is(&m->cx, x, PY_STR)) {
    Str value;
    if (!expr_string(&m->cx, x, &value)) {
      *good = false;
      return (Anno){0};
    }
    r.text = value;
  } else {
    r.text = py_text(expr_tree(&m->cx, x), x.ref);
  }
  Anno a = read_union(&r, 0, false);
  skip(&r);
  *good = !r.bad && r.at == r.text.len;
  return a;
}

// A variable that holds a type: follows `x = Annotated[...]`, `x = Optional[int]`.
static const Anno *follow_alias(Models *m, Expr at, const Anno *a, Annotation *out) {
  for (int depth = 0; depth < 4 && a && !a->count; depth++) {
    Origin o = anno_origin(m, at, a);
    if (o.kind != ORIGIN_VARIABLE || !o.value.ref)
      return a;
    Expr value = expr_at(o.value);
    bool good;
    if (is_annotated(m, value)) {
      out->annotated_type = value;
      read_metadata(m, value, out);
    }
    Anno held = parse(m, value, &good);
    if (!good || expr_is(&m->cx, value, PY_CALL))
      return a;
    a = keep_anno(m, held);
  }
  return a;
}

Annotation annotation_read(Models *m, Expr annotation) {
  Annotation out = {0};
  if (!annotation.ref)
    return out;
  bool good;
  Anno whole = parse(m, annotation, &good);
  if (!good)
    return out;
  const Anno *a = keep_anno(m, whole);
  Str name = meaning(m, annotation, a);
  out.class_var = str_is(name, "ClassVar");
  Origin o = anno_origin(m, annotation, a);
  if (o.kind == ORIGIN_API) {
    ApiId api = api_current((ApiId)o.api);
    out.form = api == API_sqlalchemy_orm_Mapped            ? MAPPED_PLAIN
               : api == API_sqlalchemy_orm_DynamicMapped   ? MAPPED_DYNAMIC
               : api == API_sqlalchemy_orm_WriteOnlyMapped ? MAPPED_WRITE_ONLY
                                                           : MAPPED_NOT;
  }
  if (out.form != MAPPED_NOT) {
    if (a->count != 1)
      return out;
    a = &a->args[0];
  }
  find_inline_annotated(m, annotation, &out);
  a = without_none(m, annotation, a, &out.optional);
  a = follow_alias(m, annotation, a, &out);
  if (str_is(meaning(m, annotation, a), "Annotated") && a->count)
    a = &a->args[0];
  a = without_none(m, annotation, a, &out.optional);
  out.readable = true;
  out.inner = a;
  name = meaning(m, annotation, a);
  if (is_container(name))
    out.container = name;
  return out;
}

// ---- The SQL type of a Python type

typedef struct {
  const char *python;
  ApiId api;
  const char *text;
} DefaultType;

static const DefaultType defaults[] = {
    {"bool", API_sqlalchemy_Boolean, "Boolean()"},
    {"bytes", API_sqlalchemy_LargeBinary, "LargeBinary()"},
    {"datetime.date", API_sqlalchemy_Date, "Date()"},
    {"datetime.datetime", API_sqlalchemy_DateTime, "DateTime()"},
    {"datetime.time", API_sqlalchemy_Time, "Time()"},
    {"datetime.timedelta", API_sqlalchemy_Interval, "Interval()"},
    {"decimal.Decimal", API_sqlalchemy_Numeric, "Numeric()"},
    {"float", API_sqlalchemy_Float, "Float()"},
    {"int", API_sqlalchemy_Integer, "Integer()"},
    {"str", API_sqlalchemy_String, "String()"},
    {"uuid.UUID", API_sqlalchemy_Uuid, "Uuid()"},
};

static SqlType default_type(Models *m, const ClassInfo *cls, Origin o) {
  SqlType t = {.text = STR("")};
  Str dotted = o.dotted ? model_text(m, o.dotted) : STR("");
  if (o.kind != ORIGIN_BUILTIN && o.kind != ORIGIN_EXTERNAL)
    return t;
  bool sqlmodel = cls && cls->style == BASE_SQLMODEL;
  for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
    if (!str_is(dotted, defaults[i].python))
      continue;
    t.api = (uint16_t)defaults[i].api;
    t.text = str_from(defaults[i].text);
    t.known = true;
    if (defaults[i].api == API_sqlalchemy_Float && m->version == 21 && !sqlmodel) {
      t.api = API_sqlalchemy_Double;
      t.text = STR("Double()");
    }
    if (defaults[i].api == API_sqlalchemy_String && sqlmodel) {
      t.api = API_sqlmodel_AutoString;
      t.text = STR("AutoString()");
    }
  }
  return t;
}

static bool same_origin(Origin a, Origin b) {
  return a.kind == b.kind && a.kind != ORIGIN_UNKNOWN &&
         (a.dotted ? a.dotted == b.dotted : place_eq(a.at, b.at));
}

static bool same_anno(Models *m, Expr at, const Anno *a, Expr other_at, const Anno *b,
                      int depth) {
  if (depth > 10 || a->count != b->count || a->is_none != b->is_none ||
      a->is_literal != b->is_literal)
    return false;
  if (a->is_literal ? !str_eq(a->name, b->name)
                    : !a->is_none && !same_origin(anno_origin(m, at, a),
                                                  anno_origin(m, other_at, b)))
    return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!same_anno(m, at, &a->args[i], other_at, &b->args[i], depth + 1))
      return false;
  return true;
}

// A key of the map such as dict[str, Any].
static bool same_annotation(Models *m, Expr at, const Anno *a, Expr key) {
  Annotation k = annotation_read(m, key);
  return k.readable && k.inner && same_anno(m, at, a, key, k.inner, 0);
}

// The dict `type_annotation_map` of the base, or of its registry().
static Expr type_map_of(Models *m, const ClassInfo *cls) {
  Expr map = class_attr_value(m, cls, model_atom(m, "type_annotation_map"));
  if (map.ref)
    return expr_follow_names(&m->cx, map);
  Expr registry = class_attr_value(m, cls, model_atom(m, "registry"));
  registry = registry.ref ? expr_follow_names(&m->cx, registry) : registry;
  if (!expr_is(&m->cx, registry, PY_CALL))
    return (Expr){0};
  map = expr_keyword(&m->cx, registry, model_atom(m, "type_annotation_map"));
  return map.ref ? expr_follow_names(&m->cx, map) : map;
}

// The type that the base's map has for the annotation; ref 0: none. `*open` tells that
// the map could not be read.
static Expr mapped_type(Models *m, const ClassInfo *cls, Expr at, const Annotation *a,
                        bool *open) {
  Expr map = type_map_of(m, cls);
  *open = map.ref && !expr_is(&m->cx, map, PY_DICT);
  if (!map.ref || *open)
    return (Expr){0};
  const PyTree *t = expr_tree(&m->cx, map);
  PyRefs items = py_list(t, PY_AS(Dict, t, map.ref)->items);
  Origin wanted = anno_origin(m, at, a->inner);
  Expr found = {0};
  for (uint32_t i = 0; i + 1 < items.len; i += 2) {
    if (!items.at[i]) { // **other
      *open = true;
      continue;
    }
    Expr key = expr_child(map, items.at[i]);
    Expr held = expr_follow_names(&m->cx, key);
    bool whole = a->annotated_type.ref && held.ref == a->annotated_type.ref &&
                 held.file == a->annotated_type.file;
    bool same = !a->inner->count && same_origin(expr_origin(&m->cx, key), wanted);
    same = same || (a->inner->count && expr_is(&m->cx, held, PY_SUBSCRIPT) &&
                    same_annotation(m, at, a->inner, held));
    if (whole)
      return expr_child(map, items.at[i + 1]);
    if (same && !found.ref)
      found = expr_child(map, items.at[i + 1]);
  }
  return found;
}

// Mapped[Literal["a", "b"]]: an Enum that is no type of the database's own.
static SqlType literal_type(Models *m, const Anno *a) {
  SqlType t = {.api = API_sqlalchemy_Enum, .text = STR(""), .known = true};
  Buf text = {0};
  buf_add_text(&text, "Enum(");
  for (uint32_t i = 0; i < a->count; i++) {
    t.known = t.known && a->args[i].is_literal;
    sql_type_add_string(&text, a->args[i].name);
    buf_add_text(&text, ", ");
  }
  buf_add_text(&text, "native_enum=False)");
  if (t.known)
    t.text = str_copy(m->arena, buf_str(&text));
  buf_free(&text);
  return t;
}

SqlType annotation_sql_type(Models *m, const ClassInfo *cls, Expr at,
                            const Annotation *a) {
  SqlType none = {.text = STR("")};
  if (!a->readable || !a->inner)
    return none;
  bool open = false;
  Expr given = cls ? mapped_type(m, cls, at, a, &open) : (Expr){0};
  if (given.ref)
    return sql_type_read(&m->cx, given, m->version);
  if (open)
    return none;
  Origin o = anno_origin(m, at, a->inner);
  const ClassInfo *python = class_of_origin(m, o);
  if (python && type_is_enum_class(&m->cx, python->node))
    return sql_type_of_enum(&m->cx, python->node, m->version);
  if (a->inner->count && str_ends(a->inner->name, STR("Literal")))
    return literal_type(m, a->inner);
  return a->inner->count ? none : default_type(m, cls, o);
}
