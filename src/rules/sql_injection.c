// X101: values put into SQL by string formatting.
//
// Reported is what stands where SQL has a value (behind `=`, in quotes, in IN or VALUES)
// and is not made of constants, and what a web request names elsewhere: ORDER BY
// {column}.
#include "rules/annotation.h"
#include "rules/callers.h"
#include "rules/composed.h"

#include <ctype.h>

enum {
  MAX_DEPTH = 12 // names and operators on the way to a constant
};

static bool is_harmless(RuleCtx *cx, Ref r, int depth);

static bool all_harmless(RuleCtx *cx, PyRefs items, int depth) {
  for (uint32_t i = 0; i < items.len; i++)
    if (!is_harmless(cx, items.at[i], depth))
      return false;
  return true;
}

// What a loop gives: indexes, or items of something harmless.
static bool is_harmless_source(RuleCtx *cx, Ref iter, int depth) {
  const PyTree *t = cx->tree;
  if (py_kind(t, iter) == PY_CALL) {
    Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, iter)->func);
    Str name =
        o.kind == ORIGIN_BUILTIN ? atom_str(cx->project->names, o.dotted) : STR("");
    if (str_is(name, "range") || str_is(name, "enumerate"))
      return true;
  }
  return is_harmless(cx, iter, depth);
}

// A parameter that every caller in the project gives a constant: the name of a sequence.
static bool is_always_harmless(RuleCtx *cx, const PyBinding *param, int depth) {
  return py_kind(cx->tree, param->stmt) == PY_FUNCTION_DEF &&
         every_call_gives(cx, (Place){cx->file_id, param->stmt}, param->node, is_harmless,
                          depth + MAX_DEPTH / 3);
}

// A name of this file whose every value is made of constants.
static bool is_harmless_name(RuleCtx *cx, Ref name, int depth) {
  const PyTree *t = cx->tree;
  const PyScopes *s = cx->file->scopes;
  uint32_t symbol = rule_symbol(cx, name);
  if (symbol == NO_SYMBOL)
    return false;
  uint32_t b = s->symbols[symbol].first;
  for (; b != NO_BINDING; b = s->bindings[b].next) {
    const PyBinding *bound = &s->bindings[b];
    Ref value = 0;
    switch (bound->kind) {
    case BIND_ASSIGN:
      value = py_kind(t, bound->stmt) == PY_ASSIGN
                  ? PY_AS(Assign, t, bound->stmt)->value
                  : PY_AS(AnnAssign, t, bound->stmt)->value;
      break;
    case BIND_AUGMENTED:
      value = PY_AS(AugAssign, t, bound->stmt)->value;
      break;
    case BIND_FOR:
    case BIND_COMPREHENSION: {
      Ref iter = bound->kind == BIND_FOR ? PY_AS(For, t, bound->stmt)->iter
                                         : PY_AS(Comprehension, t, bound->stmt)->iter;
      if (!is_harmless_source(cx, iter, depth + 1))
        return false;
      continue;
    }
    case BIND_PARAM:
      if (!is_always_harmless(cx, bound, depth))
        return false;
      continue;
    case BIND_ANNOTATION:
      continue;
    default:
      return false;
    }
    if (!value || !is_harmless(cx, value, depth + 1))
      return false;
  }
  return s->symbols[symbol].first != NO_BINDING;
}

typedef struct {
  RuleCtx *cx;
  uint32_t file;
  bool found;
} Quoting;

static bool visit_replace(void *data, Ref r) {
  Quoting *q = data;
  const PyTree *t = &q->cx->project->files[q->file]->tree;
  if (py_kind(t, r) != PY_CALL || call_positional_count(t, r) != 2)
    return !q->found;
  Str from = string_value_of(q->cx, t, call_positional(t, r, 0));
  Str to = string_value_of(q->cx, t, call_positional(t, r, 1));
  q->found = from.ptr && to.ptr && (str_is(from, "'") || str_is(from, "\"")) &&
             to.len == 2 && to.ptr[1] == from.ptr[0];
  return !q->found;
}

// A function of the project that quotes: `s.replace("'", "''")`.
static bool doubles_quotes(RuleCtx *cx, Place function) {
  Quoting q = {.cx = cx, .file = function.file};
  PyVisitor v = {.enter = visit_replace, .data = &q};
  py_walk(&cx->project->files[function.file]->tree, function.ref, &v);
  return q.found;
}

// int(x), len(x), quote(x); methods of harmless strings.
static bool is_harmless_call(RuleCtx *cx, Ref call, int depth) {
  const PyTree *t = cx->tree;
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func);
  Str name = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  if (o.kind == ORIGIN_BUILTIN)
    return str_is(name, "int") || str_is(name, "len") || str_is(name, "float") ||
           ((str_is(name, "str") || str_is(name, "sorted") || str_is(name, "list")) &&
            all_harmless(cx, py_list(t, PY_AS(Call, t, call)->args), depth + 1));
  Ref receiver = call_receiver(t, call);
  Str method = call_method_text(cx, call);
  if (str_starts(method, STR("quote")) || str_find(method, STR("quote"), 0) != SIZE_MAX ||
      str_find(name, STR("quoted_name"), 0) != SIZE_MAX)
    return true;
  if (o.kind == ORIGIN_FUNCTION && doubles_quotes(cx, o.at))
    return true;
  Quoting q = {.cx = cx, .file = cx->file_id};
  visit_replace(&q, call);
  if (q.found)
    return true;
  return receiver && is_harmless(cx, receiver, depth + 1) &&
         all_harmless(cx, py_list(t, PY_AS(Call, t, call)->args), depth + 1);
}

// True where the expression is made of literals and of what is read from the environment:
// os.environ["X"] or "default", quote_plus(os.getenv("X")). Who runs the program writes
// it, not who uses it. `*read`: the environment is read.
static bool is_setting(RuleCtx *cx, Place x, int depth, bool *read) {
  const PyTree *t = &cx->project->files[x.file]->tree;
  PyKind kind = py_kind(t, x.ref);
  PyRefs parts = {NULL, 0};
  Ref of = 0;
  if (depth > MAX_DEPTH)
    return false;
  switch (kind) {
  case PY_STR:
  case PY_NUM:
    return true;
  case PY_KEYWORD:
    return is_setting(cx, (Place){x.file, PY_AS(Keyword, t, x.ref)->value}, depth + 1,
                      read);
  case PY_BOOL_OP:
    parts = py_list(t, PY_AS(BoolOp, t, x.ref)->values);
    break;
  case PY_CALL:
    of = PY_AS(Call, t, x.ref)->func;
    parts = py_list(t, PY_AS(Call, t, x.ref)->args);
    break;
  case PY_SUBSCRIPT:
    of = PY_AS(Subscript, t, x.ref)->value;
    break;
  default:
    return false;
  }
  Origin o = of ? resolve_expr(cx->resolver, x.file, of) : (Origin){0};
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  if (str_starts(dotted, STR("os.environ")) || str_is(dotted, "os.getenv"))
    return *read = true;
  bool inside = false; // what a function or method makes of a setting
  Ref receiver = kind == PY_CALL ? call_receiver(t, x.ref) : 0;
  if (kind == PY_SUBSCRIPT ||
      (receiver && py_kind(t, receiver) != PY_NAME &&
       py_kind(t, receiver) != PY_ATTRIBUTE &&
       !is_setting(cx, (Place){x.file, receiver}, depth + 1, &inside)))
    return false;
  for (uint32_t i = 0; i < parts.len; i++)
    if (!is_setting(cx, (Place){x.file, parts.at[i]}, depth + 1, &inside))
      return false;
  *read = *read || inside;
  return inside || kind == PY_BOOL_OP;
}

// A name of another module, or class, that holds a literal or a setting.
static bool is_module_constant(RuleCtx *cx, Ref r) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, r);
  bool read = false;
  return o.kind == ORIGIN_VARIABLE && o.proven && o.value.ref &&
         is_setting(cx, o.value, 0, &read);
}

// An instance of the project's settings: who runs the program writes what is in it.
static bool is_settings(RuleCtx *cx, Value owner) {
  return owner.kind == VALUE_OBJECT && owner.owner.ref &&
         (class_derives_from(cx, owner.owner, "pydantic_settings.BaseSettings") ||
          class_derives_from(cx, owner.owner, "pydantic_settings.main.BaseSettings") ||
          class_derives_from(cx, owner.owner, "pydantic.BaseSettings"));
}

static bool is_harmless_attribute(RuleCtx *cx, Ref r) {
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, r);
  Value owner = rule_value(cx, a->value);
  if (a->attr == SYM___tablename__ || a->attr == SYM___name__)
    return true;
  if (py_kind(t, a->value) == PY_NAME &&
      (PY_AS(Name, t, a->value)->id == SYM_self ||
       PY_AS(Name, t, a->value)->id == rule_atom(cx, "cls")))
    return true; // settings of the object, no input
  if (is_sql(owner) || owner.kind == VALUE_TABLE || owner.kind == VALUE_MAPPED_CLASS ||
      owner.kind == VALUE_ENUM || owner.kind == VALUE_CLASS)
    return true; // the name of a column, a constant of a class
  return is_module_constant(cx, r) || is_settings(cx, owner);
}

// A member of an enum of the project: one of the constants that the class lists.
static bool is_enum(RuleCtx *cx, Place cls, int depth) {
  const PyTree *t = cls.ref ? &cx->project->files[cls.file]->tree : NULL;
  if (!t || py_kind(t, cls.ref) != PY_CLASS_DEF || depth > MAX_DEPTH)
    return false;
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < bases.len; i++) {
    if (py_kind(t, bases.at[i]) == PY_KEYWORD)
      continue;
    Origin o = resolve_expr(cx->resolver, cls.file, bases.at[i]);
    if (o.kind == ORIGIN_CLASS
            ? is_enum(cx, o.at, depth + 1)
            : o.kind == ORIGIN_EXTERNAL &&
                  str_starts(atom_str(cx->project->names, o.dotted), STR("enum.")))
      return true;
  }
  return false;
}

// True where no value of the type can hold a quote: numbers, dates, UUIDs, enums.
static bool is_plain_type(RuleCtx *cx, Ref r) {
  Value v = rule_value(cx, r);
  switch ((ValueKind)v.kind) {
  case VALUE_INT:
  case VALUE_FLOAT:
  case VALUE_BOOL:
  case VALUE_DECIMAL:
  case VALUE_UUID:
  case VALUE_DATE:
  case VALUE_DATETIME:
  case VALUE_TIME:
  case VALUE_ENUM:
    return true;
  default:
    return is_enum(cx, v.owner, 0);
  }
}

// `zone.key` of a parameter annotated ZoneInfo: a name that was looked up.
static bool is_zone_key(RuleCtx *cx, Ref r) {
  const PyTree *t = cx->tree;
  const PyAttribute *a = PY_AS(Attribute, t, r);
  Origin o = resolve_expr(cx->resolver, cx->file_id, a->value);
  if (o.kind != ORIGIN_PARAMETER || o.at.file != cx->file_id ||
      a->attr != rule_atom(cx, "key"))
    return false;
  Ref annotation = PY_AS(Param, t, o.at.ref)->annotation;
  Origin type = resolve_expr(cx->resolver, cx->file_id, annotation);
  return type.dotted &&
         str_is(atom_str(cx->project->names, type.dotted), "zoneinfo.ZoneInfo");
}

static bool is_name_text(Str text) {
  for (size_t i = 0; i < text.len; i++)
    if (!isalnum((unsigned char)text.ptr[i]) && !strchr("_:%(){}", text.ptr[i]))
      return false;
  return true;
}

// True for the name of a parameter put together: ":" + name, f":{name}_{i}",
// "%({})s".format(name). Its value is given to execute().
static bool names_parameter(RuleCtx *cx, Ref r) {
  const PyTree *t = cx->tree;
  Str text = {0};
  switch (py_kind(t, r)) {
  case PY_STR:
    text = string_value(cx, r);
    break;
  case PY_JOINED_STR: {
    PyRefs parts = py_list(t, PY_AS(JoinedStr, t, r)->parts);
    for (uint32_t i = 0; i < parts.len; i++)
      if (py_kind(t, parts.at[i]) != PY_FORMATTED_VALUE &&
          !is_name_text(py_text(t, parts.at[i])))
        return false;
    bool literal = parts.len && py_kind(t, parts.at[0]) == PY_STR_PART;
    text = literal ? py_text(t, parts.at[0]) : text;
    break;
  }
  case PY_BIN_OP: {
    Ref right = PY_AS(BinOp, t, r)->right;
    return names_parameter(cx, PY_AS(BinOp, t, r)->left) &&
           (py_kind(t, right) != PY_STR || is_name_text(string_value(cx, right)));
  }
  case PY_CALL:
    return str_is(call_method_text(cx, r), "format") &&
           names_parameter(cx, call_receiver(t, r));
  default:
    break;
  }
  return is_name_text(text) &&
         (str_starts(text, STR(":")) || str_starts(text, STR("%(")) ||
          str_starts(text, STR("%%(")));
}

// True where the expression can only be what the program itself wrote.
static bool is_harmless(RuleCtx *cx, Ref r, int depth) {
  const PyTree *t = cx->tree;
  if (depth > MAX_DEPTH)
    return false;
  if (names_parameter(cx, r))
    return true;
  switch (py_kind(t, r)) {
  case PY_STR:
  case PY_NUM:
  case PY_CONSTANT:
  case PY_STR_PART:
    return true;
  case PY_KEYWORD:
    return is_harmless(cx, PY_AS(Keyword, t, r)->value, depth + 1);
  case PY_FORMATTED_VALUE:
    return is_harmless(cx, PY_AS(FormattedValue, t, r)->value, depth + 1);
  case PY_JOINED_STR:
    return all_harmless(cx, py_list(t, PY_AS(JoinedStr, t, r)->parts), depth + 1);
  case PY_LIST:
    return all_harmless(cx, py_list(t, PY_AS(List, t, r)->elts), depth + 1);
  case PY_TUPLE:
    return all_harmless(cx, py_list(t, PY_AS(Tuple, t, r)->elts), depth + 1);
  case PY_DICT: {
    PyRefs items = py_list(t, PY_AS(Dict, t, r)->items);
    for (uint32_t i = 1; i < items.len; i += 2)
      if (!is_harmless(cx, items.at[i], depth + 1))
        return false;
    return true;
  }
  case PY_BIN_OP:
    return is_harmless(cx, PY_AS(BinOp, t, r)->left, depth + 1) &&
           is_harmless(cx, PY_AS(BinOp, t, r)->right, depth + 1);
  case PY_IF_EXP:
    return is_harmless(cx, PY_AS(IfExp, t, r)->body, depth + 1) &&
           is_harmless(cx, PY_AS(IfExp, t, r)->orelse, depth + 1);
  case PY_SUBSCRIPT:
    return is_harmless(cx, PY_AS(Subscript, t, r)->value, depth + 1);
  case PY_LIST_COMP:
    return is_harmless(cx, PY_AS(ListComp, t, r)->elt, depth + 1);
  case PY_GENERATOR_EXP:
    return is_harmless(cx, PY_AS(GeneratorExp, t, r)->elt, depth + 1);
  case PY_CALL:
    return is_plain_type(cx, r) || is_harmless_call(cx, r, depth);
  case PY_ATTRIBUTE:
    return is_plain_type(cx, r) || is_zone_key(cx, r) || is_harmless_attribute(cx, r);
  case PY_NAME:
    return is_plain_type(cx, r) || is_module_constant(cx, r) ||
           is_harmless_name(cx, r, depth);
  default:
    return false;
  }
}

// ---- Where in the SQL a part stands

static bool ends_with_word(Str sql, const char *word) {
  Str w = str_from(word);
  if (sql.len < w.len || !str_eq_nocase(str_slice(sql, sql.len - w.len, sql.len), w))
    return false;
  char before = sql.len > w.len ? sql.ptr[sql.len - w.len - 1] : ' ';
  return !(before == '_' || (before >= 'a' && before <= 'z') ||
           (before >= 'A' && before <= 'Z'));
}

static bool ends_with_any(Str sql, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (ends_with_word(sql, words[i]))
      return true;
  return false;
}

// The text up to the parenthesis that is still open, absent where none is.
static Str before_open_paren(Str sql) {
  int closed = 0;
  for (size_t i = sql.len; i > 0; i--) {
    if (sql.ptr[i - 1] == ')')
      closed++;
    if (sql.ptr[i - 1] == '(' && closed-- == 0)
      return str_trim(str_slice(sql, 0, i - 1));
  }
  return (Str){0};
}

static bool in_quotes(Str sql) {
  size_t quotes = 0;
  for (size_t i = 0; i < sql.len; i++)
    quotes += sql.ptr[i] == '\'';
  return quotes % 2;
}

// True where SQL has a value behind the text.
static bool value_follows(Str sql) {
  static const char *const words[] = {"like",   "ilike", "limit", "offset", "between",
                                      "regexp", "kill",  "in",    "then",   "is"};
  static const char *const lists[] = {"in", "values"};
  if (in_quotes(sql))
    return true;
  sql = str_trim(sql);
  if (!sql.len)
    return false;
  char last = sql.ptr[sql.len - 1];
  if (last == '=' || last == '<' || last == '>')
    return true;
  if (ends_with_any(sql, words, ARRAY_LEN(words)))
    return true;
  Str list = before_open_paren(sql);
  return list.ptr && (last == '(' || last == ',') &&
         (ends_with_any(list, lists, ARRAY_LEN(lists)) ||
          (str_ends(list, STR(")")) && str_find(list, STR("VALUES"), 0) != SIZE_MAX));
}

// There are no parameters in definitions: ALTER TYPE t ADD VALUE 'x'.
static bool is_definition_text(Str sql) {
  static const char *const words[] = {"create", "alter",  "drop", "comment",
                                      "grant",  "revoke", "do"};
  sql = str_trim(sql);
  for (size_t i = 0; i < ARRAY_LEN(words); i++) {
    size_t n = strlen(words[i]);
    if (sql.len > n && str_eq_nocase(str_slice(sql, 0, n), str_from(words[i])) &&
        strchr(" \t\r\n", sql.ptr[n]))
      return true;
  }
  return false;
}

static bool is_dangerous(RuleCtx *cx, Ref part, Str before) {
  if (is_harmless(cx, part, 0))
    return false;
  if (value_follows(before))
    return !is_definition_text(before) ||
           resolve_expr(cx->resolver, cx->file_id, part).kind == ORIGIN_PARAMETER;
  bool named = is_route(cx, enclosing_function(cx, part)) ||
               ends_with_word(str_trim(before), "order by");
  return named && resolve_expr(cx->resolver, cx->file_id, part).kind == ORIGIN_PARAMETER;
}

// ---- The parts of the text; each gives its first dangerous part, 0: none

typedef struct {
  RuleCtx *cx;
  Buf before; // the SQL up to here
  int left;   // bindings that may still be read
} Search;

static void cut(Buf *b, size_t len) {
  if (b->len > len)
    b->ptr[b->len = len] = 0;
}

static bool in_name(Search *s, Ref name, int depth, Ref *part);

static Ref in_parts(Search *s, const Composed *c, int depth) {
  for (size_t i = 0; i < c->len; i++) {
    const ComposedPart *p = &c->items[i];
    Ref part = 0;
    if (p->is_text) {
      buf_add_str(&s->before, p->text);
      continue;
    }
    if (in_name(s, p->value, depth, &part)) {
      if (part && !p->number && !is_harmless(s->cx, p->value, 0))
        return part;
      continue;
    }
    bool qualifies = i + 1 < c->len && c->items[i + 1].is_text && // f"{schema}.users"
                     str_starts(c->items[i + 1].text, STR(".")) &&
                     !in_quotes(buf_str(&s->before));
    if (p->value && !p->number && !qualifies &&
        is_dangerous(s->cx, p->value, buf_str(&s->before)))
      return p->value;
    buf_add_text(&s->before, "x");
  }
  return 0;
}

// A text that is put together in steps, in branches too; false where that cannot be seen.
static bool in_name(Search *s, Ref name, int depth, Ref *part) {
  enum {
    MAX_BINDINGS = 8 // that reach one use
  };
  RuleCtx *cx = s->cx;
  Ref bound[MAX_BINDINGS];
  uint32_t count =
      depth > MAX_DEPTH || py_kind(cx->tree, name) != PY_NAME
          ? 0
          : value_bindings(cx->values, cx->file_id, name, bound, MAX_BINDINGS);
  bool seen = count > 0 && count <= MAX_BINDINGS;
  size_t len = s->before.len;
  *part = 0;
  for (uint32_t i = 0; i < count && seen && !*part; i++) {
    Composed c = {0};
    cut(&s->before, len);
    seen = s->left-- > 0 && composed_binding(cx, bound[i], &c);
    if (seen)
      *part = in_parts(s, &c, depth + 1);
    vec_free(&c);
  }
  if (!seen)
    cut(&s->before, len);
  return seen;
}

static bool takes_sql(RuleCtx *cx, Ref call) {
  switch (resolve_call_api(cx->resolver, cx->file_id, call)) {
  case API_sqlalchemy_text:
  case API_sqlalchemy_literal_column:
  case API_sqlalchemy_DDL:
    return true;
  default:
    break;
  }
  Str method = call_method_text(cx, call);
  if (!str_is(method, "exec_driver_sql") && !str_is(method, "execute"))
    return false;
  return value_is_executor(rule_value(cx, call_receiver(cx->tree, call)));
}

// `cursor.execute(sql)` on the driver's own connection: engine.raw_connection().cursor().
static bool takes_raw_sql(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  Str method = call_method_text(cx, call);
  if (!receiver || (!str_is(method, "execute") && !str_is(method, "executemany")))
    return false;
  Ref made = receiver;
  Origin o = resolve_expr(cx->resolver, cx->file_id, receiver);
  if (o.kind == ORIGIN_VARIABLE && o.at.file == cx->file_id) {
    Ref item = rule_parent(cx, o.at.ref); // with connection.cursor() as cursor:
    made = o.value.ref && o.value.file == cx->file_id ? o.value.ref
           : py_kind(t, item) == PY_WITH_ITEM         ? PY_AS(WithItem, t, item)->context
                                                      : 0;
  }
  return made && str_is(call_method_text(cx, made), "cursor") &&
         rule_value(cx, call_receiver(t, made)).kind == VALUE_RAW_CONNECTION;
}

// True where the text becomes part of a definition: server_default=text(f"..."). There
// are no parameters in DDL.
static bool is_definition(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, call);
  if (py_kind(t, parent) == PY_KEYWORD) {
    Str name = atom_str(cx->project->names, PY_AS(Keyword, t, parent)->arg);
    return str_is(name, "server_default") || str_is(name, "server_onupdate") ||
           str_is(name, "sqltext") || str_ends(name, STR("_where"));
  }
  switch (resolve_call_api(cx->resolver, cx->file_id, parent)) {
  case API_sqlalchemy_CheckConstraint:
  case API_sqlalchemy_Index:
  case API_sqlalchemy_Computed:
    return true;
  default:
    return false;
  }
}

static Ref dangerous_in(RuleCtx *cx, Ref call) {
  enum {
    MAX_READ = 64 // bindings
  };
  Ref sql = call_positional(cx->tree, call, 0), part = 0;
  Search s = {.cx = cx, .left = MAX_READ};
  Composed c = {0};
  if (sql && composed_read(cx, sql, &c))
    part = in_parts(&s, &c, 0);
  else if (sql)
    in_name(&s, sql, 0, &part);
  vec_free(&c);
  buf_free(&s.before);
  return part;
}

static void check(RuleCtx *cx, Ref call) {
  if (cx->file->is_test || !takes_sql(cx, call) || is_definition(cx, call))
    return;
  Ref part = dangerous_in(cx, call);
  if (part)
    rule_report(cx, py_span(cx->tree, part),
                "`%.*s` becomes part of the SQL text; pass values as parameters",
                STR_ARG(rule_excerpt(cx, part)));
}

static void check_raw(RuleCtx *cx, Ref call) {
  if (cx->file->is_test || !takes_raw_sql(cx, call))
    return;
  Ref part = dangerous_in(cx, call);
  if (part)
    rule_report(
        cx, py_span(cx->tree, part),
        "`%.*s` becomes part of the SQL text; give it to execute() as a parameter",
        STR_ARG(rule_excerpt(cx, part)));
}

const Rule rule_sql_injection = {
    .code = "X101",
    .name = "sql-injection",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "SQL text put together from values",
    .why = "Whoever controls the value can write SQL; parameters are never read as SQL",
    .on = {PY_CALL},
    .names = RULE_NAMES("exec_driver_sql", "execute"),
    .apis =
        RULE_APIS(API_sqlalchemy_text, API_sqlalchemy_literal_column, API_sqlalchemy_DDL),
    .check = check,
};

const Rule rule_raw_driver_format = {
    .code = "X111",
    .name = "raw-driver-format",
    .category = CAT_SECURITY,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "SQL text put together from values, for the driver's own cursor",
    .why =
        "Whoever controls the value can write SQL; the driver's placeholders (`%s`, `?`) "
        "are never read as SQL",
    .on = {PY_CALL},
    .names = RULE_NAMES("execute", "executemany"),
    .check = check_raw,
};
