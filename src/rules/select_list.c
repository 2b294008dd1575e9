// M300, M301: select() of 1.x took a list, then a criterion and keywords; of 2.x only
// what is selected. `select(a, where)` runs on 2.x, with the criterion as a column.
#include "rules/util.h"

typedef struct {
  const char *keyword;
  uint32_t position; // positional number of the 1.x signature, 0: keyword only
  const char *method;
} OldArgument;

// In the order that the methods are written in.
static const OldArgument arguments[] = {
    {"whereclause", 1, "where"},
    {"from_obj", 2, "select_from"},
    {"distinct", 3, "distinct"},
    {"having", 4, "having"},
    {"correlate", 5, "correlate"},
    {"prefixes", 6, "prefix_with"},
    {"suffixes", 7, "suffix_with"},
    {"group_by", 0, "group_by"},
    {"order_by", 0, "order_by"},
    {"limit", 0, "limit"},
    {"offset", 0, "offset"},
    {"for_update", 0, "with_for_update"},
    {"use_labels", 0, "set_label_style"},
};

static Ref list_of(const PyTree *t, Ref r, bool *literal) {
  *literal = py_kind(t, r) == PY_LIST || py_kind(t, r) == PY_TUPLE;
  if (py_kind(t, r) == PY_LIST)
    return PY_AS(List, t, r)->elts;
  return *literal ? PY_AS(Tuple, t, r)->elts : 0;
}

// The text between the brackets of a literal list, without its last comma.
static Str inside_list(RuleCtx *cx, Ref list) {
  bool literal;
  PyRefs items = py_list(cx->tree, list_of(cx->tree, list, &literal));
  if (!items.len)
    return STR("");
  return source_slice(&cx->file->source,
                      (Span){rule_paren_span(cx, items.at[0]).start,
                             rule_paren_span(cx, items.at[items.len - 1]).end});
}

static uint32_t column_of(const RuleCtx *cx, uint32_t at) {
  const char *text = cx->file->source.text.ptr;
  uint32_t start = at;
  while (start && text[start - 1] != '\n' && text[start - 1] != '\r')
    start--;
  return at - start;
}

// The items as they look without the brackets: further lines move left with the first.
static Str items_moved(RuleCtx *cx, Ref list) {
  Str inside = inside_list(cx, list);
  bool literal;
  PyRefs items = py_list(cx->tree, list_of(cx->tree, list, &literal));
  if (!items.len || str_find_char(inside, '\n', 0) == SIZE_MAX ||
      str_find(inside, STR("\"\"\""), 0) != SIZE_MAX ||
      str_find(inside, STR("'''"), 0) != SIZE_MAX)
    return inside;
  uint32_t from = column_of(cx, rule_paren_span(cx, items.at[0]).start);
  uint32_t to = column_of(cx, py_node(cx->tree, list)->start);
  uint32_t shift = from > to ? from - to : 0;
  Buf out = {0};
  for (size_t i = 0; i < inside.len; i++) {
    buf_add_char(&out, inside.ptr[i]);
    if (inside.ptr[i] != '\n')
      continue;
    for (uint32_t k = 0; k < shift && i + 1 < inside.len && inside.ptr[i + 1] == ' '; k++)
      i++;
  }
  uint32_t end = rule_paren_span(cx, items.at[items.len - 1]).end;
  bool own_line = column_of(cx, py_node(cx->tree, list)->end) <= to + 1;
  if (own_line && cx->file->source.text.ptr[end] == ',')
    buf_add_char(&out, ',');
  Str text = str_copy(cx->scratch, buf_str(&out));
  buf_free(&out);
  return text;
}

// A list literal gives its items; anything else that may be a list is not plain.
static bool as_arguments(RuleCtx *cx, Ref value, Str *out) {
  bool literal;
  list_of(cx->tree, value, &literal);
  if (literal) {
    *out = inside_list(cx, value);
    return true;
  }
  Value v = rule_value(cx, value);
  *out = py_text(cx->tree, value);
  return is_sql(v) || v.kind == VALUE_TABLE || v.kind == VALUE_JOIN ||
         v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_ORDERING ||
         v.kind == VALUE_ALIAS || v.kind == VALUE_SUBQUERY || v.kind == VALUE_CTE ||
         v.kind == VALUE_ALIASED_CLASS;
}

// for_update=True, "nowait", "read", "read_nowait"
static bool write_for_update(RuleCtx *cx, Ref value, Buf *out) {
  Str mode = string_value(cx, value);
  if (is_true(cx->tree, value) || (mode.ptr && str_is(mode, "update")))
    buf_add_text(out, ".with_for_update()");
  else if (mode.ptr && str_is(mode, "nowait"))
    buf_add_text(out, ".with_for_update(nowait=True)");
  else if (mode.ptr && str_is(mode, "read"))
    buf_add_text(out, ".with_for_update(read=True)");
  else if (mode.ptr && str_is(mode, "read_nowait"))
    buf_add_text(out, ".with_for_update(read=True, nowait=True)");
  else
    return is_false(cx->tree, value);
  return true;
}

static bool write_labels(RuleCtx *cx, Ref value, Buf *out) {
  if (!is_true(cx->tree, value))
    return is_false(cx->tree, value);
  Str style =
      fix_require_import(cx, value, "sqlalchemy", "LABEL_STYLE_TABLENAME_PLUS_COL");
  if (style.ptr)
    buf_printf(out, ".set_label_style(%.*s)", STR_ARG(style));
  return style.ptr != NULL;
}

static bool write_distinct(RuleCtx *cx, Ref value, Buf *out) {
  bool literal;
  list_of(cx->tree, value, &literal);
  if (is_true(cx->tree, value))
    buf_add_text(out, ".distinct()");
  else if (literal)
    buf_printf(out, ".distinct(%.*s)", STR_ARG(inside_list(cx, value)));
  return literal || is_true(cx->tree, value) || is_false(cx->tree, value);
}

static bool write_method(RuleCtx *cx, const OldArgument *a, Ref value, Buf *out) {
  if (is_none(cx->tree, value))
    return true;
  if (!strcmp(a->method, "distinct"))
    return write_distinct(cx, value, out);
  if (!strcmp(a->method, "with_for_update"))
    return write_for_update(cx, value, out);
  if (!strcmp(a->method, "set_label_style"))
    return write_labels(cx, value, out);
  bool many = a->position == 2 || a->position >= 5 || !strcmp(a->method, "group_by") ||
              !strcmp(a->method, "order_by");
  Str text = rule_text(cx, value);
  if (many && !as_arguments(cx, value, &text))
    return false;
  buf_printf(out, ".%s(%.*s)", a->method, STR_ARG(text));
  return true;
}

// The methods that the old arguments become; false where one of them is not plain.
static bool write_methods(RuleCtx *cx, Ref call, Buf *out, const char **stopped) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  uint32_t used = 1; // the columns
  for (size_t i = 0; i < ARRAY_LEN(arguments); i++) {
    const OldArgument *a = &arguments[i];
    Ref value = call_keyword(t, call, rule_atom(cx, a->keyword));
    if (!value && a->position)
      value = call_positional(t, call, a->position);
    if (!value)
      continue;
    used++;
    *stopped = a->keyword;
    if (!write_method(cx, a, value, out))
      return false;
  }
  *stopped = "an argument";
  return used == args.len;
}

static bool is_old(RuleCtx *cx, Ref call, Ref first, bool *literal) {
  list_of(cx->tree, first, literal);
  if (py_kind(cx->tree, first) == PY_TUPLE)
    return false; // select((a, b)) never meant a list of columns everywhere
  Value v = rule_value(cx, first);
  return *literal || ((v.kind == VALUE_LIST || v.kind == VALUE_COLUMN_COLLECTION) &&
                      call_positional_count(cx->tree, call) >= 1 && v.kind == VALUE_LIST);
}

static bool is_select(ApiId api) {
  return api == API_sqlalchemy_select || api == API_sqlalchemy_exists;
}

// The old argument None meant no criterion; where(None) means NULL.
static bool where_is_sql(RuleCtx *cx, Ref call) {
  Ref where = call_argument(cx->tree, call, rule_atom(cx, "whereclause"), 1);
  return !where || is_none(cx->tree, where) || is_sql(rule_value(cx, where));
}

// The list of columns, and whether something stands beside it.
static Ref columns_of(RuleCtx *cx, Ref call, bool *alone) {
  const PyTree *t = cx->tree;
  *alone = py_list(t, PY_AS(Call, t, call)->args).len == 1;
  return call_argument(t, call, rule_atom(cx, "columns"), 0);
}

static void fix(RuleCtx *cx, Finding *f, Ref call, Ref first, bool literal) {
  const PyTree *t = cx->tree;
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, call)->func);
  bool proven = o.proven && (literal || rule_value(cx, first).sure == SURE_PROVEN) &&
                where_is_sql(cx, call);
  if (!rule_fix(cx, f, proven ? FIX_SAFE : FIX_UNSAFE, "Pass the columns themselves"))
    return;
  Buf methods = {0};
  const char *stopped = "";
  uint32_t start = call_positional(t, call, 0) == first ? rule_paren_span(cx, first).start
                                                        : PY_AS(Call, t, call)->open + 1;
  Span span = {start, py_node(t, call)->end};
  if (rule_has_comment(cx, span))
    fix_refuse(cx, "a comment stands between the arguments");
  else if (call_has_stars(t, call))
    fix_refuse(cx, "some arguments are passed by * or **");
  else if (!write_methods(cx, call, &methods, &stopped))
    fix_refuse(cx, "%s of 1.x has no plain counterpart here", stopped);
  else if (!methods.len && literal && call_positional(t, call, 0) == first &&
           py_list(t, PY_AS(Call, t, call)->args).len == 1)
    fix_replace(cx, rule_paren_span(cx, first), items_moved(cx, first));
  else {
    Str columns = literal ? items_moved(cx, first) : rule_text(cx, first);
    if (str_ends(columns, STR(",")))
      columns.len--;
    fix_printf(cx, span, "%s%.*s)%.*s", literal ? "" : "*", STR_ARG(columns),
               STR_ARG(buf_str(&methods)));
  }
  buf_free(&methods);
}

static void check_list(RuleCtx *cx, Ref call) {
  bool literal, alone;
  if (!is_select(resolve_call_api(cx->resolver, cx->file_id, call)))
    return;
  Ref first = columns_of(cx, call, &alone);
  if (!first || !alone || !is_old(cx, call, first, &literal))
    return;
  Finding *f = rule_report(cx, py_span(cx->tree, call),
                           "a list of columns was the argument of 1.x; pass the columns "
                           "themselves");
  fix(cx, f, call, first, literal);
}

// `select(User, User.id == 1)`: the criterion is one more column.
static void check_criterion_as_column(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  if (args.len != 2 || py_kind(t, args.at[1]) == PY_KEYWORD ||
      py_kind(t, args.at[0]) == PY_STARRED)
    return;
  Value first = rule_value(cx, args.at[0]), second = rule_value(cx, args.at[1]);
  if ((first.kind != VALUE_MAPPED_CLASS && first.kind != VALUE_TABLE) ||
      second.kind != VALUE_CLAUSE || second.sure != SURE_PROVEN)
    return;
  Finding *f = rule_report(cx, py_span(t, args.at[1]),
                           "select() takes this criterion for a column; use `.where()`");
  Span span = {rule_paren_span(cx, args.at[0]).end, py_node(t, call)->end};
  if (!rule_fix(cx, f, FIX_UNSAFE, "Use `.where()`"))
    return;
  if (rule_has_comment(cx, span))
    fix_refuse(cx, "a comment stands between the arguments");
  else
    fix_printf(cx, span, ").where(%.*s)", STR_ARG(rule_text(cx, args.at[1])));
}

static void check_arguments(RuleCtx *cx, Ref call) {
  bool literal, alone;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  if (!is_select(api))
    return;
  Ref first = columns_of(cx, call, &alone);
  if (!first || alone)
    return;
  if (!is_old(cx, call, first, &literal)) {
    if (api == API_sqlalchemy_select)
      check_criterion_as_column(cx, call);
    return;
  }
  Finding *f = rule_report(cx, py_span(cx->tree, call),
                           "criteria and options were arguments of 1.x; use the methods "
                           "of select()");
  fix(cx, f, call, first, literal);
}

const Rule rule_select_list = {
    .code = "M300",
    .name = "select-list",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "select() with a list of columns",
    .why = "2.0 takes the columns one by one; with the list it raises ArgumentError",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_select, API_sqlalchemy_exists),
    .check = check_list,
};

const Rule rule_select_whereclause = {
    .code = "M301",
    .name = "select-whereclause",
    .category = CAT_MIGRATION,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "select() with the criterion and the keywords of 1.x",
    .why =
        "2.0 has methods for them: a keyword raises TypeError, and a second argument is "
        "taken for one more column, without a WHERE and without an error",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_select, API_sqlalchemy_exists),
    .check = check_arguments,
};
