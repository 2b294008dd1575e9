// util.c: small questions that many rules ask.
#include "rules/util.h"

#include <ctype.h>

#include "python/parse.h"

Ref call_keyword_node(const PyTree *t, Ref call, Atom name) {
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) == PY_KEYWORD &&
        PY_AS(Keyword, t, args.at[i])->arg == name)
      return args.at[i];
  return 0;
}

Ref call_keyword(const PyTree *t, Ref call, Atom name) {
  Ref node = name ? call_keyword_node(t, call, name) : 0;
  return node ? PY_AS(Keyword, t, node)->value : 0;
}

Ref call_positional(const PyTree *t, Ref call, uint32_t index) {
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind == PY_STARRED)
      return 0;
    if (kind != PY_KEYWORD && index-- == 0)
      return args.at[i];
  }
  return 0;
}

Ref call_argument(const PyTree *t, Ref call, Atom name, uint32_t index) {
  Ref value = call_keyword(t, call, name);
  return value ? value : call_positional(t, call, index);
}

uint32_t call_positional_count(const PyTree *t, Ref call) {
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t count = 0;
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_STARRED)
      break;
    count += py_kind(t, args.at[i]) != PY_KEYWORD;
  }
  return count;
}

bool call_has_stars(const PyTree *t, Ref call) {
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    PyKind kind = py_kind(t, args.at[i]);
    if (kind == PY_STARRED || (kind == PY_KEYWORD && !PY_AS(Keyword, t, args.at[i])->arg))
      return true;
  }
  return false;
}

Ref call_receiver(const PyTree *t, Ref call) {
  Ref func = py_kind(t, call) == PY_CALL ? PY_AS(Call, t, call)->func : 0;
  return py_kind(t, func) == PY_ATTRIBUTE ? PY_AS(Attribute, t, func)->value : 0;
}

Atom call_method(const PyTree *t, Ref call) {
  Ref func = py_kind(t, call) == PY_CALL ? PY_AS(Call, t, call)->func : 0;
  return py_kind(t, func) == PY_ATTRIBUTE ? PY_AS(Attribute, t, func)->attr : 0;
}

Str call_method_text(const RuleCtx *cx, Ref call) {
  Atom name = call_method(cx->tree, call);
  return name ? atom_str(cx->project->names, name) : STR("");
}

Span call_arguments_span(const RuleCtx *cx, Ref call) {
  uint32_t open = PY_AS(Call, cx->tree, call)->open;
  return (Span){open + 1, py_node(cx->tree, call)->end - 1};
}

// Past blanks, line ends and comments, from `at` towards `end`.
static uint32_t skip_blank(const RuleCtx *cx, uint32_t at, uint32_t end) {
  const char *text = cx->file->source.text.ptr;
  while (at < end) {
    if (text[at] == '#') {
      while (at < end && text[at] != '\n' && text[at] != '\r')
        at++;
    } else if (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' ||
               text[at] == '\r' || text[at] == '\f' || text[at] == '\\') {
      at++;
    } else {
      break;
    }
  }
  return at;
}

void fix_delete_argument(RuleCtx *cx, Ref call, Ref argument) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  Span inside = call_arguments_span(cx, call);
  Span span = {0, 0};
  for (uint32_t i = 0; i < args.len; i++) {
    if (args.at[i] != argument)
      continue;
    span = rule_paren_span(cx, argument);
    if (i + 1 < args.len) { // up to the next argument
      span.end = rule_paren_span(cx, args.at[i + 1]).start;
    } else if (i > 0) { // from the end of the one before; a last comma stays
      span.start = rule_paren_span(cx, args.at[i - 1]).end;
    } else {
      uint32_t comma = skip_blank(cx, span.end, inside.end);
      if (comma < inside.end && cx->file->source.text.ptr[comma] == ',')
        span.end = comma + 1;
    }
  }
  if (rule_has_comment(cx, span))
    fix_refuse(cx, "a comment stands beside the argument");
  else
    fix_delete(cx, span);
}

void fix_append_argument(RuleCtx *cx, Ref call, Str text) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (!args.len) {
    fix_insert(cx, PY_AS(Call, t, call)->open + 1, text);
    return;
  }
  Ref last = args.at[args.len - 1];
  if (args.len == 1 && py_kind(t, last) == PY_GENERATOR_EXP &&
      py_node(t, last)->start == PY_AS(Call, t, call)->open) {
    fix_refuse(cx, "the only argument is a generator without parentheses of its own");
    return;
  }
  fix_printf(cx, (Span){rule_paren_span(cx, last).end, rule_paren_span(cx, last).end},
             ", %.*s", STR_ARG(text));
}

Atom rule_atom(RuleCtx *cx, const char *name) {
  return intern(resolver_names(cx->resolver), str_from(name));
}

static bool is_constant(const PyTree *t, Ref expr, PyConst which) {
  return py_kind(t, expr) == PY_CONSTANT && py_node(t, expr)->aux == which;
}

bool is_none(const PyTree *t, Ref expr) {
  return is_constant(t, expr, PY_CONST_NONE);
}

bool is_true(const PyTree *t, Ref expr) {
  return is_constant(t, expr, PY_CONST_TRUE);
}

bool is_false(const PyTree *t, Ref expr) {
  return is_constant(t, expr, PY_CONST_FALSE);
}

Str string_value_of(const RuleCtx *cx, const PyTree *t, Ref expr) {
  if (py_kind(t, expr) != PY_STR || py_node(t, expr)->flags & PYF_BYTES)
    return (Str){0};
  Buf value = {0};
  Str out = {0};
  if (py_str_value(t, expr, &value))
    out = str_copy(cx->scratch, buf_str(&value));
  buf_free(&value);
  return out;
}

Str string_value(const RuleCtx *cx, Ref expr) {
  return string_value_of(cx, cx->tree, expr);
}

Ref assigned_target(const PyTree *t, Ref statement, Ref *value) {
  *value = 0;
  if (py_kind(t, statement) == PY_ANN_ASSIGN) {
    *value = PY_AS(AnnAssign, t, statement)->value;
    return PY_AS(AnnAssign, t, statement)->target;
  }
  if (py_kind(t, statement) != PY_ASSIGN)
    return 0;
  PyRefs targets = py_list(t, PY_AS(Assign, t, statement)->targets);
  *value = PY_AS(Assign, t, statement)->value;
  return targets.len == 1 ? targets.at[0] : 0;
}

Atom last_name(const PyTree *t, Ref expr) {
  PyKind kind = py_kind(t, expr);
  return kind == PY_NAME        ? PY_AS(Name, t, expr)->id
         : kind == PY_ATTRIBUTE ? PY_AS(Attribute, t, expr)->attr
                                : 0;
}

typedef struct {
  const RuleCtx *cx;
  Atom name; // 0: the project has no such name
  const char *text;
  bool found;
} Giving;

static bool visit_giving(void *data, Ref r) {
  Giving *g = data;
  const PyTree *t = g->cx->tree;
  Atom name = 0;
  switch (py_kind(t, r)) {
  case PY_KEYWORD:
    name = PY_AS(Keyword, t, r)->arg;
    g->found = g->found || !name;
    break;
  case PY_DICT: {
    PyRefs items = py_list(t, PY_AS(Dict, t, r)->items);
    for (uint32_t i = 0; i + 1 < items.len; i += 2)
      g->found = g->found || !items.at[i];
    break;
  }
  case PY_STR:
    g->found = g->found || str_is(string_value(g->cx, r), g->text);
    break;
  default:
    name = last_name(t, r);
  }
  g->found = g->found || (name && name == g->name);
  return !g->found;
}

bool rule_gives(const RuleCtx *cx, Ref root, const char *name) {
  Giving g = {cx, interner_find(cx->project->names, str_from(name)), name, false};
  PyVisitor v = {.enter = visit_giving, .data = &g};
  py_walk(cx->tree, root, &v);
  return g.found;
}

// True where a word of the identifier begins at `at`, or its end is there: row|_lock,
// row|Lock, RW|Lock.
static bool begins_word(Str identifier, size_t at) {
  if (at == 0 || at >= identifier.len)
    return true;
  unsigned char before = (unsigned char)identifier.ptr[at - 1];
  unsigned char here = (unsigned char)identifier.ptr[at];
  bool small = at + 1 < identifier.len && islower((unsigned char)identifier.ptr[at + 1]);
  return !isalpha(before) || !isalpha(here) ||
         (isupper(here) && (islower(before) || small));
}

bool name_has_word(Str identifier, const char *word) {
  size_t len = strlen(word);
  for (size_t at = 0; at + len <= identifier.len; at++) {
    if (begins_word(identifier, at) && begins_word(identifier, at + len) &&
        str_eq_nocase(str_slice(identifier, at, at + len), str_from(word)))
      return true;
  }
  return false;
}

typedef struct {
  const RuleCtx *cx;
  const char *word;
  bool found;
} Naming;

static bool visit_naming(void *data, Ref r) {
  Naming *n = data;
  Atom name = last_name(n->cx->tree, r);
  n->found =
      n->found || (name && name_has_word(atom_str(n->cx->project->names, name), n->word));
  return !n->found;
}

bool rule_names_word(const RuleCtx *cx, Ref root, const char *word) {
  Naming n = {cx, word, false};
  PyVisitor v = {.enter = visit_naming, .data = &n};
  py_walk(cx->tree, root, &v);
  return n.found;
}

bool rule_is_criterion(RuleCtx *cx, Ref expr) {
  const PyTree *t = cx->tree;
  Ref call = rule_parent(cx, expr);
  for (; py_kind(t, call) == PY_CALL; expr = call, call = rule_parent(cx, call)) {
    if (PY_AS(Call, t, call)->func == expr)
      return false;
    ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
    if (api == API_sqlalchemy_and_ || api == API_sqlalchemy_or_)
      continue;
    Str method = call_method_text(cx, call);
    if (!str_is(method, "where") && !str_is(method, "filter") &&
        !str_is(method, "having"))
      return false;
    Value v = rule_value(cx, call_receiver(t, call));
    return v.kind == VALUE_QUERY || v.kind == VALUE_SELECT || v.kind == VALUE_UPDATE ||
           v.kind == VALUE_DELETE;
  }
  return false;
}

Place rule_held(RuleCtx *cx, Ref expr) {
  PyKind kind = expr ? py_kind(cx->tree, expr) : PY_NONE;
  Origin o = kind == PY_NAME || kind == PY_ATTRIBUTE
                 ? resolve_expr(cx->resolver, cx->file_id, expr)
                 : (Origin){0};
  bool held = o.kind == ORIGIN_VARIABLE && o.proven && o.value.ref;
  return held ? o.value : (Place){cx->file_id, expr};
}

Str rule_text_head(RuleCtx *cx, Ref text) {
  enum {
    MOST_NAMES = 8
  };
  Place at = {cx->file_id, text};
  for (int i = 0; i < MOST_NAMES; i++) {
    RuleCtx there = rule_elsewhere(cx, at.file);
    while (py_kind(there.tree, at.ref) == PY_BIN_OP)
      at.ref = PY_AS(BinOp, there.tree, at.ref)->left;
    Place held = rule_held(&there, at.ref);
    if (place_eq(held, at))
      break;
    at = held;
  }
  const PyTree *t = &cx->project->files[at.file]->tree;
  if (py_kind(t, at.ref) == PY_JOINED_STR) {
    PyRefs parts = py_list(t, PY_AS(JoinedStr, t, at.ref)->parts);
    bool literal = parts.len && py_kind(t, parts.at[0]) == PY_STR_PART;
    return literal ? py_text(t, parts.at[0]) : STR("");
  }
  Str value = string_value_of(cx, t, at.ref);
  return value.ptr ? value : STR("");
}

bool sql_autocommits(Str sql) {
  static const char *const words[] = {"update", "insert",  "create",  "delete",
                                      "drop",   "alter",   "comment", "grant",
                                      "revoke", "truncate"};
  sql = str_trim(sql);
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (sql.len > strlen(words[i]) &&
        str_eq_nocase(str_slice(sql, 0, strlen(words[i])), str_from(words[i])))
      return true;
  return false;
}

bool is_simple(const PyTree *t, Ref expr) {
  while (py_kind(t, expr) == PY_ATTRIBUTE)
    expr = PY_AS(Attribute, t, expr)->value;
  PyKind kind = py_kind(t, expr);
  return kind == PY_NAME || kind == PY_NUM || kind == PY_STR || kind == PY_CONSTANT;
}

Value rule_value(RuleCtx *cx, Ref expr) {
  return value_of(cx->values, cx->file_id, expr);
}

RuleCtx rule_elsewhere(const RuleCtx *cx, uint32_t file) {
  RuleCtx other = *cx;
  other.file_id = file;
  other.file = cx->project->files[file];
  other.tree = &other.file->tree;
  return other;
}

Place rule_callee(RuleCtx *cx, Ref call) {
  Ref func = PY_AS(Call, cx->tree, call)->func;
  Origin o = resolve_expr(cx->resolver, cx->file_id, func);
  if (o.kind == ORIGIN_FUNCTION)
    return o.proven ? o.at : (Place){0};
  Value v = py_kind(cx->tree, func) == PY_ATTRIBUTE ? rule_value(cx, func) : (Value){0};
  bool known =
      v.kind == VALUE_FUNCTION && v.sure == SURE_PROVEN && v.owner.ref &&
      py_kind(&cx->project->files[v.owner.file]->tree, v.owner.ref) == PY_FUNCTION_DEF;
  return known ? v.owner : (Place){0};
}

// True where the first parameter is given by Python: `repo.find(x)` is find(self, x).
static bool binds_first(RuleCtx *cx, Ref call, Place def, PyRefs params) {
  const PyTree *t = &cx->project->files[def.file]->tree;
  if (!params.len || !call_receiver(cx->tree, call))
    return false;
  Atom name = PY_AS(Param, t, params.at[0])->name;
  return name == rule_atom(cx, "self") || name == rule_atom(cx, "cls");
}

Ref rule_parameter(RuleCtx *cx, Ref call, Ref argument, Place def) {
  const PyTree *t = cx->tree, *other = &cx->project->files[def.file]->tree;
  PyRefs params = def_params(other, def.ref);
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t index = binds_first(cx, call, def, params);
  for (uint32_t i = 0; i < args.len && args.at[i] != argument; i++) {
    if (py_kind(t, args.at[i]) == PY_STARRED)
      return 0;
    index += py_kind(t, args.at[i]) != PY_KEYWORD;
  }
  Atom keyword =
      py_kind(t, argument) == PY_KEYWORD ? PY_AS(Keyword, t, argument)->arg : 0;
  if (py_kind(t, argument) == PY_STARRED ||
      (py_kind(t, argument) == PY_KEYWORD && !keyword))
    return 0;
  for (uint32_t i = 0; i < params.len; i++) {
    const PyParam *p = PY_AS(Param, other, params.at[i]);
    bool named = p->node.aux != PY_PARAM_VARARG && p->node.aux != PY_PARAM_KWARG;
    if (named &&
        (keyword ? p->name == keyword : i == index && p->node.aux != PY_PARAM_KWONLY))
      return params.at[i];
  }
  return 0;
}

Str rule_dotted(RuleCtx *cx, Ref expr) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, expr);
  return o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
}

bool is_sql(Value v) {
  return v.kind == VALUE_COLUMN || v.kind == VALUE_EXPRESSION || v.kind == VALUE_CLAUSE ||
         v.kind == VALUE_LABEL || v.kind == VALUE_SCALAR_SELECT || v.kind == VALUE_EXISTS;
}

FixLevel level_of(Value v) {
  return v.sure == SURE_PROVEN ? FIX_SAFE : FIX_UNSAFE;
}

Ref enclosing_function(RuleCtx *cx, Ref node) {
  for (node = rule_parent(cx, node); node; node = rule_parent(cx, node)) {
    PyKind kind = py_kind(cx->tree, node);
    if (kind == PY_FUNCTION_DEF || kind == PY_LAMBDA)
      return node;
    if (kind == PY_CLASS_DEF)
      return 0;
  }
  return 0;
}

bool needs_parens_for_member(const PyTree *t, Ref expr) {
  if (py_node(t, expr)->flags & PYF_PAREN)
    return false; // rule_text brings them
  switch (py_kind(t, expr)) {
  case PY_NAME:
  case PY_ATTRIBUTE:
  case PY_CALL:
  case PY_SUBSCRIPT:
  case PY_STR:
  case PY_JOINED_STR:
  case PY_LIST:
  case PY_DICT:
  case PY_SET:
  case PY_LIST_COMP:
  case PY_SET_COMP:
  case PY_DICT_COMP:
  case PY_CONSTANT:
    return false;
  case PY_GENERATOR_EXP:
  case PY_TUPLE:
    return py_kind(t, expr) == PY_TUPLE;
  default:
    return true;
  }
}

bool may_be_dataclass_field(RuleCtx *cx, Ref call) {
  Ref node = call;
  while (node && py_kind(cx->tree, node) != PY_CLASS_DEF)
    node = rule_parent(cx, node);
  const Model *m = models_of_class(cx->models, (Place){cx->file_id, node});
  if (m)
    return m->dataclass || !m->complete;
  return resolve_call_api(cx->resolver, cx->file_id, call) ==
         API_sqlalchemy_orm_mapped_column; // a mixin, or a template of Annotated
}

Str rule_newline(const RuleCtx *cx) {
  Str text = cx->file->source.text;
  size_t at = 0;
  while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
    at++;
  if (at < text.len && text.ptr[at] == '\r')
    return at + 1 < text.len && text.ptr[at + 1] == '\n' ? STR("\r\n") : STR("\r");
  return STR("\n");
}

Str rule_excerpt(const RuleCtx *cx, Ref node) {
  enum {
    MOST = 60
  };
  Str text = py_text(cx->tree, node);
  Buf out = {0};
  bool blank = false;
  for (size_t i = 0; i < text.len && out.len < MOST; i++) {
    char c = text.ptr[i];
    if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f') {
      blank = true;
      continue;
    }
    if (blank && out.len)
      buf_add_char(&out, ' ');
    blank = false;
    buf_add_char(&out, c);
  }
  while (out.len && ((unsigned char)out.ptr[out.len - 1] & 0xC0) == 0x80 &&
         out.len >= MOST)
    out.len--; // no half of a character
  Str result = str_format(cx->scratch, "%.*s%s", STR_ARG(buf_str(&out)),
                          out.len >= MOST ? "..." : "");
  buf_free(&out);
  return result;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\f';
}

static bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

bool rule_indent(const RuleCtx *cx, Ref statement, Str *indent) {
  Str text = cx->file->source.text;
  uint32_t end = py_node(cx->tree, statement)->start, start = end;
  while (start && is_blank(text.ptr[start - 1]))
    start--;
  *indent = str_slice(text, start, end);
  return !start || is_line_end(text.ptr[start - 1]);
}

PyRefs def_params(const PyTree *t, Ref def) {
  Ref params = PY_AS(FunctionDef, t, def)->params;
  return params ? py_list(t, PY_AS(Parameters, t, params)->params) : (PyRefs){NULL, 0};
}

bool is_route(RuleCtx *cx, Ref function) {
  const PyTree *t = cx->tree;
  if (py_kind(t, function) != PY_FUNCTION_DEF)
    return false;
  PyRefs decorators = py_list(t, PY_AS(FunctionDef, t, function)->decorators);
  for (uint32_t i = 0; i < decorators.len; i++) {
    Str path = call_receiver(t, decorators.at[i])
                   ? string_value(cx, call_positional(t, decorators.at[i], 0))
                   : (Str){0};
    if (path.ptr && (str_starts(path, STR("/")) || !path.len)) // the router has a prefix
      return true;
  }
  return false;
}

uint32_t statement_start(const PyTree *t, Ref statement) {
  PyKind kind = py_kind(t, statement);
  Ref list = kind == PY_FUNCTION_DEF ? PY_AS(FunctionDef, t, statement)->decorators
             : kind == PY_CLASS_DEF  ? PY_AS(ClassDef, t, statement)->decorators
                                     : 0;
  PyRefs decorators = py_list(t, list);
  uint32_t at = py_node(t, decorators.len ? decorators.at[0] : statement)->start;
  while (decorators.len && at && t->source->text.ptr[at] != '@')
    at--;
  return at;
}

// The list of statements that one stands in.
static PyRefs block_of(RuleCtx *cx, Ref statement) {
  const PyTree *t = cx->tree;
  Ref parent = rule_parent(cx, statement);
  PyKind kind = py_kind(t, parent);
  const char *shape = py_kind_shape(kind);
  const uint32_t *words =
      (const uint32_t *)(const void *)((const char *)py_node(t, parent) + sizeof(PyNode));
  for (size_t i = 0; parent && shape[i]; i++) {
    PyRefs list = shape[i] == 'l' ? py_list(t, words[i]) : (PyRefs){0};
    for (uint32_t k = 0; k < list.len; k++)
      if (list.at[k] == statement)
        return list;
  }
  return (PyRefs){0};
}

void fix_delete_statement(RuleCtx *cx, Ref statement) {
  Str text = cx->file->source.text, indent;
  Span span = py_span(cx->tree, statement);
  uint32_t end = span.end;
  while (end < text.len && is_blank(text.ptr[end]))
    end++;
  bool alone = rule_indent(cx, statement, &indent) &&
               (end == text.len || is_line_end(text.ptr[end]));
  if (!alone || rule_has_comment(cx, span)) {
    fix_refuse(cx, "a comment or another statement stands beside it");
  } else if (block_of(cx, statement).len < 2) {
    fix_replace(cx, span, STR("pass"));
  } else {
    if (end < text.len)
      end += text.ptr[end] == '\r' && end + 1 < text.len && text.ptr[end + 1] == '\n' ? 2
                                                                                      : 1;
    fix_delete(cx, (Span){span.start - (uint32_t)indent.len, end});
  }
}

uint32_t rule_symbol(const RuleCtx *cx, Ref name) {
  if (py_kind(cx->tree, name) != PY_NAME)
    return NO_SYMBOL;
  return py_scopes_target(cx->file->scopes, py_scopes_symbol_of(cx->file->scopes, name));
}

typedef struct {
  const RuleCtx *cx;
  Ref root;
  bool (*visit)(void *data, Ref node);
  void *data;
} BodyWalk;

static bool enter_body(void *data, Ref r) {
  BodyWalk *w = data;
  PyKind kind = py_kind(w->cx->tree, r);
  if (r != w->root &&
      (kind == PY_FUNCTION_DEF || kind == PY_LAMBDA || kind == PY_CLASS_DEF))
    return false;
  return w->visit(w->data, r);
}

void rule_walk_body(const RuleCtx *cx, Ref root, bool (*visit)(void *data, Ref node),
                    void *data) {
  BodyWalk w = {cx, root, visit, data};
  PyVisitor v = {.enter = enter_body, .data = &w};
  py_walk(cx->tree, root, &v);
}
