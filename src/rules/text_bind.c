// Q162, Q163: colons in text(): what is a parameter, and what is not.
#include "rules/util.h"

static bool is_word(char c) {
  return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9');
}

// One literal without escapes, so that offsets in it are offsets in the source.
static bool plain_literal(RuleCtx *cx, Ref call, Span *inside) {
  const PyTree *t = cx->tree;
  if (resolve_call_api(cx->resolver, cx->file_id, call) != API_sqlalchemy_text)
    return false;
  Ref arg = call_argument(t, call, rule_atom(cx, "text"), 0);
  if (py_kind(t, arg) != PY_STR || py_node(t, arg)->flags & (PYF_CONCAT | PYF_BYTES))
    return false;
  Str source = py_text(t, arg);
  Str value = string_value(cx, arg);
  size_t at = value.ptr ? str_find(source, value, 0) : SIZE_MAX;
  if (at == SIZE_MAX || !value.len)
    return false;
  inside->start = py_node(t, arg)->start + (uint32_t)at;
  inside->end = inside->start + (uint32_t)value.len;
  return true;
}

static void check_cast(RuleCtx *cx, Ref call) {
  Span in;
  if (!plain_literal(cx, call, &in))
    return;
  const char *s = cx->file->source.text.ptr;
  bool quoted = false;
  for (uint32_t i = in.start; i + 3 < in.end; i++) {
    if (s[i] == '\'')
      quoted = !quoted;
    if (quoted || s[i] != ':' || !is_word(s[i + 1]) ||
        (i > in.start && s[i - 1] == ':') || (i > in.start && s[i - 1] == '\\'))
      continue;
    uint32_t name_end = i + 1;
    while (name_end < in.end && is_word(s[name_end]))
      name_end++;
    if (name_end + 2 >= in.end || s[name_end] != ':' || s[name_end + 1] != ':')
      continue;
    uint32_t type_end = name_end + 2;
    while (type_end < in.end && (is_word(s[type_end]) || s[type_end] == '.'))
      type_end++;
    Span span = {i, type_end};
    Str name = str_slice(cx->file->source.text, i, name_end);
    Str type = str_slice(cx->file->source.text, name_end + 2, type_end);
    Finding *f = rule_report(cx, span, "`%.*s` directly before `::` is no parameter",
                             STR_ARG(name));
    bool whole = type.len && (type_end >= in.end || !strchr("([", s[type_end]));
    if (!whole)
      rule_refuse(cx, f, "the type has arguments");
    else if (rule_fix(cx, f, FIX_SAFE, "Use CAST"))
      fix_printf(cx, span, "CAST(%.*s AS %.*s)", STR_ARG(name), STR_ARG(type));
    i = type_end;
  }
}

static void check_literal(RuleCtx *cx, Ref call) {
  Span in;
  if (!plain_literal(cx, call, &in))
    return;
  const char *s = cx->file->source.text.ptr;
  bool raw = false; // r"..." keeps the backslash as it is
  for (uint32_t k = in.start; k > 0 && k + 4 > in.start; k--)
    raw = raw || s[k - 1] == 'r' || s[k - 1] == 'R';
  bool quoted = false;
  for (uint32_t i = in.start; i + 1 < in.end; i++) {
    if (s[i] == '\'')
      quoted = !quoted;
    if (!quoted || s[i] != ':' || !is_word(s[i + 1]) || s[i - 1] == ':' ||
        s[i - 1] == '\\' || is_word(s[i - 1]))
      continue;
    uint32_t end = i + 1;
    while (end < in.end && is_word(s[end]))
      end++;
    if (s[end] == ':')
      continue; // no parameter
    Str name = str_slice(cx->file->source.text, i, end);
    Finding *f =
        rule_report(cx, (Span){i, end},
                    "`%.*s` inside a SQL string is taken for a parameter", STR_ARG(name));
    if (rule_fix(cx, f, FIX_UNSAFE, "Escape the colon"))
      fix_insert(cx, i, raw ? STR("\\") : STR("\\\\"));
  }
}

const Rule rule_text_bind_before_cast = {
    .code = "Q162",
    .name = "text-bind-before-cast",
    .category = CAT_QUERY,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_ERROR,
    .what = "A parameter of text() directly before a `::` cast",
    .why = "A name that a colon follows is no parameter: the database gets `:name::type` "
           "as it stands and reports a syntax error",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_text),
    .check = check_cast,
};

const Rule rule_text_colon_in_literal = {
    .code = "Q163",
    .name = "text-colon-in-literal",
    .category = CAT_QUERY,
    .fix = FIX_UNSAFE,
    .since = "0.1.0",
    .priority = 1,
    .severity = SEVERITY_ERROR,
    .what = "A colon with a name inside a SQL string of text()",
    .why =
        "text() looks for parameters in SQL strings too: \"A value is required for bind "
        "parameter\" is raised",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_text),
    .check = check_literal,
};
