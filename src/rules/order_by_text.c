// Q139: order_by("name desc"): a string is the name of a column, and nothing else.
#include "rules/loaded.h"

#include <ctype.h>

static bool is_name(Str text) {
  for (size_t i = 0; i < text.len; i++)
    if (!isalnum((unsigned char)text.ptr[i]) && text.ptr[i] != '_' &&
        !((unsigned char)text.ptr[i] & 0x80))
      return false;
  return text.len && !isdigit((unsigned char)text.ptr[0]);
}

// `name`, `table.name`
static bool is_path(Str text) {
  size_t dot = str_find_char(text, '.', 0);
  return dot == SIZE_MAX ? is_name(text)
                         : is_name(str_slice(text, 0, dot)) &&
                               is_path(str_slice(text, dot + 1, text.len));
}

// `table.name desc, other`: SQL as it was meant.
static bool is_sql_list(Str text) {
  Str part;
  while (str_next_part(&text, ',', &part)) {
    part = str_trim(part);
    size_t space = str_find_char(part, ' ', 0);
    Str word = space == SIZE_MAX ? STR("") : str_trim(str_slice(part, space, part.len));
    if (!is_path(space == SIZE_MAX ? part : str_slice(part, 0, space)) ||
        (word.len && !str_eq_nocase(word, STR("desc")) &&
         !str_eq_nocase(word, STR("asc"))))
      return false;
  }
  return true;
}

// `arg` is the string, or the name that holds it.
static void check_text(RuleCtx *cx, Ref call, Ref arg, Ref string) {
  Str text = string_value(cx, string);
  if (!text.ptr || is_name(text))
    return;
  Finding *f =
      rule_report(cx, py_span(cx->tree, arg),
                  "a string here is the name of a column: CompileError is raised, "
                  "SQL is said by text()");
  if (!is_sql_list(text)) {
    rule_refuse(cx, f,
                text.len && text.ptr[0] == '-'
                    ? "SQL knows no `-name` for the other way round; use desc()"
                    : "it is not plain which SQL is meant");
    return;
  }
  if (!rule_fix(cx, f, FIX_SAFE, "Put it into text()"))
    return;
  Str name = fix_require_import(cx, call, "sqlalchemy", "text");
  if (!name.ptr)
    return;
  Span span = py_span(cx->tree, arg);
  fix_insert(cx, span.start, str_format(cx->scratch, "%.*s(", STR_ARG(name)));
  fix_insert(cx, span.end, STR(")"));
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value v = rule_value(cx, call_receiver(t, call));
  if ((v.kind != VALUE_QUERY && v.kind != VALUE_SELECT &&
       v.kind != VALUE_COMPOUND_SELECT) ||
      v.sure != SURE_PROVEN)
    return;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref arg = call_positional(t, call, i);
    Ref text = py_kind(t, arg) == PY_NAME ? assigned_at(cx, arg) : arg;
    if (py_kind(t, text) == PY_STR)
      check_text(cx, call, arg, text);
  }
}

const Rule rule_order_by_text = {
    .code = "Q139",
    .name = "text-in-order-by-desc",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "SQL as a plain string in order_by() or group_by()",
    .why = "Since 1.4 only the name of a column or label may be a string: CompileError, "
           "\"Can't resolve label reference\"",
    .on = {PY_CALL},
    .names = RULE_NAMES("order_by", "group_by"),
    .check = check,
};
