// Strings that a program builds: literals, concatenation, f-strings, the usual methods of
// str, `re.sub`, and the names of classes.
//
//   __tablename__ = PREFIX + "user"
//   return f"{cls.__name__.lower()}s"
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "python/parse.h"
#include "sqla/expr.h"

enum {
  STRING_MAX = 1 << 16 // bytes of a string that is built here
};

typedef Vec(Str) Strings;

static bool fold(ExprCtx *cx, Expr x, Buf *out);

static bool fold_child(ExprCtx *cx, Expr x, Ref child, Buf *out) {
  return fold(cx, expr_child(x, child), out);
}

static bool fold_joined(ExprCtx *cx, Expr x, Buf *out) {
  const PyTree *t = expr_tree(cx, x);
  PyRefs parts = py_list(t, PY_AS(JoinedStr, t, x.ref)->parts);
  for (uint32_t i = 0; i < parts.len; i++) {
    Ref part = parts.at[i];
    switch (py_kind(t, part)) {
    case PY_STR_PART:
      if (!py_str_part_value(t, part, out))
        return false;
      break;
    case PY_STR:
      if (!py_str_value(t, part, out))
        return false;
      break;
    case PY_FORMATTED_VALUE: {
      const PyFormattedValue *f = PY_AS(FormattedValue, t, part);
      if (f->format_spec || f->node.aux || f->node.flags & PYF_DEBUG ||
          !fold_child(cx, x, f->value, out))
        return false;
      break;
    }
    default:
      return false;
    }
  }
  return true;
}

// "..." % value and "..." % (a, b), %s only.
static bool fold_percent(ExprCtx *cx, Expr x, Buf *out) {
  const PyTree *t = expr_tree(cx, x);
  const PyBinOp *b = PY_AS(BinOp, t, x.ref);
  Str format;
  if (!expr_string(cx, expr_child(x, b->left), &format))
    return false;
  PyRefs values = {&b->right, 1};
  if (py_kind(t, b->right) == PY_TUPLE)
    values = py_list(t, PY_AS(Tuple, t, b->right)->elts);
  uint32_t next = 0;
  for (size_t i = 0; i < format.len; i++) {
    if (format.ptr[i] != '%') {
      buf_add_char(out, format.ptr[i]);
      continue;
    }
    if (++i >= format.len)
      return false;
    if (format.ptr[i] == '%') {
      buf_add_char(out, '%');
      continue;
    }
    if (format.ptr[i] != 's' || next >= values.len ||
        !fold_child(cx, x, values.at[next++], out))
      return false;
  }
  return next == values.len;
}

static bool strings_of(ExprCtx *cx, Expr x, Strings *out);

// "{}_{}".format(a, b); also {0} and {name}.
static bool fold_format(ExprCtx *cx, Expr call, Str format, Buf *out) {
  uint32_t next = 0;
  bool numbered = false; // Python refuses {} beside {0}
  for (size_t i = 0; i < format.len; i++) {
    char c = format.ptr[i];
    if (c == '}')
      return false;
    if (c != '{') {
      buf_add_char(out, c);
      continue;
    }
    size_t end = str_find_char(format, '}', i);
    if (end == SIZE_MAX)
      return false;
    Str field = str_slice(format, i + 1, end);
    Expr value;
    if (!field.len) {
      value = expr_positional(cx, call, next++);
    } else if (field.len == 1 && field.ptr[0] >= '0' && field.ptr[0] <= '9') {
      value = expr_positional(cx, call, (uint32_t)(field.ptr[0] - '0'));
      numbered = true;
    } else {
      Atom name = interner_find(cx->project->names, field);
      value = name ? expr_keyword(cx, call, name) : (Expr){0};
    }
    if (!value.ref || (numbered && next) || !fold(cx, value, out))
      return false;
    i = end;
  }
  return true;
}

static void add_cased(Buf *out, Str s, Str method) {
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
    bool want_upper = str_is(method, "upper") || (str_is(method, "capitalize") && i == 0);
    if (upper && !want_upper)
      c = (char)(c + 32);
    else if (lower && want_upper)
      c = (char)(c - 32);
    buf_add_char(out, c);
  }
}

static bool is_ascii(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if ((unsigned char)s.ptr[i] >= 0x80)
      return false;
  return true;
}

static void add_replaced(Buf *out, Str s, Str old, Str new_text) {
  size_t from = 0, at;
  while (old.len && (at = str_find(s, old, from)) != SIZE_MAX) {
    buf_add_str(out, str_slice(s, from, at));
    buf_add_str(out, new_text);
    from = at + old.len;
  }
  buf_add_str(out, str_slice(s, from, s.len));
}

static void add_stripped(Buf *out, Str s, Str set, bool left, bool right) {
  while (left && s.len && str_find_char(set, s.ptr[0], 0) != SIZE_MAX)
    s = str_slice(s, 1, s.len);
  while (right && s.len && str_find_char(set, s.ptr[s.len - 1], 0) != SIZE_MAX)
    s = str_slice(s, 0, s.len - 1);
  buf_add_str(out, s);
}

// "_".join(...) of a list whose strings are known.
static bool fold_join(ExprCtx *cx, Expr call, Str separator, Buf *out) {
  Strings parts = {0};
  bool ok = expr_positional_count(cx, call) == 1 &&
            strings_of(cx, expr_positional(cx, call, 0), &parts);
  for (size_t i = 0; i < parts.len && ok; i++) {
    buf_add_str(out, i ? separator : STR(""));
    buf_add_str(out, parts.items[i]);
  }
  vec_free(&parts);
  return ok;
}

static bool fold_method(ExprCtx *cx, Expr call, Str s, Str method, Buf *out) {
  uint32_t count = expr_positional_count(cx, call);
  Str first, second;
  if (str_is(method, "join"))
    return fold_join(cx, call, s, out);
  if (str_is(method, "format"))
    return fold_format(cx, call, s, out);
  if (count > 2 ||
      (count > 0 && !expr_string(cx, expr_positional(cx, call, 0), &first)) ||
      (count > 1 && !expr_string(cx, expr_positional(cx, call, 1), &second)))
    return false;
  if (count == 0 && is_ascii(s) &&
      (str_is(method, "lower") || str_is(method, "upper") ||
       str_is(method, "capitalize") || str_is(method, "casefold"))) {
    add_cased(out, s, method);
    return true;
  }
  if (count == 2 && str_is(method, "replace")) {
    add_replaced(out, s, first, second);
    return true;
  }
  bool left = str_is(method, "strip") || str_is(method, "lstrip");
  bool right = str_is(method, "strip") || str_is(method, "rstrip");
  if (count <= 1 && (left || right)) {
    add_stripped(out, s, count ? first : STR(" \t\r\n\f\v"), left, right);
    return true;
  }
  if (count == 1 && str_is(method, "removeprefix")) {
    buf_add_str(out, str_starts(s, first) ? str_slice(s, first.len, s.len) : s);
    return true;
  }
  if (count == 1 && str_is(method, "removesuffix")) {
    buf_add_str(out, str_ends(s, first) ? str_slice(s, 0, s.len - first.len) : s);
    return true;
  }
  return false;
}

// Python's replacement text in PCRE2's form: \1 is ${1}, $ is $$.
static bool replacement_of(Str text, Buf *out) {
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == '$') {
      buf_add_text(out, "$$");
    } else if (c != '\\') {
      buf_add_char(out, c);
    } else if (i + 1 < text.len && text.ptr[i + 1] >= '0' && text.ptr[i + 1] <= '9') {
      buf_printf(out, "${%c}", text.ptr[++i]);
    } else if (i + 3 < text.len && text.ptr[i + 1] == 'g' && text.ptr[i + 2] == '<') {
      size_t end = str_find_char(text, '>', i);
      if (end == SIZE_MAX)
        return false;
      Str name = str_slice(text, i + 3, end);
      buf_printf(out, "${%.*s}", STR_ARG(name));
      i = end;
    } else {
      return false;
    }
  }
  return true;
}

static bool substitute(Str pattern, Str replacement, Str subject, Buf *out) {
  Buf to = {0};
  int code;
  PCRE2_SIZE offset;
  pcre2_code *re = NULL;
  bool ok = replacement_of(replacement, &to);
  if (ok)
    re = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, PCRE2_UTF, &code, &offset,
                       NULL);
  if (re) {
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(limits, 100000);
    PCRE2_UCHAR buffer[1024];
    PCRE2_SIZE length = sizeof buffer;
    Str by = buf_str(&to);
    int count =
        pcre2_substitute(re, (PCRE2_SPTR)subject.ptr, subject.len, 0,
                         PCRE2_SUBSTITUTE_GLOBAL | PCRE2_SUBSTITUTE_UNSET_EMPTY, NULL,
                         limits, (PCRE2_SPTR)by.ptr, by.len, buffer, &length);
    ok = count >= 0;
    if (ok)
      buf_add(out, buffer, length);
    pcre2_match_context_free(limits);
    pcre2_code_free(re);
  } else {
    ok = false;
  }
  buf_free(&to);
  return ok;
}

// re.sub(pattern, repl, s) and compiled.sub(repl, s).
static bool fold_re_sub(ExprCtx *cx, Expr call, Expr func, Buf *out) {
  Origin o = expr_origin(cx, func);
  Str pattern, replacement, subject;
  uint32_t at = 0;
  if (o.kind == ORIGIN_EXTERNAL && str_is(expr_atom(cx, o.dotted), "re.sub")) {
    if (!expr_string(cx, expr_positional(cx, call, at++), &pattern))
      return false;
  } else {
    const PyTree *t = expr_tree(cx, func);
    const PyAttribute *a = PY_AS(Attribute, t, func.ref);
    Expr compiled = expr_follow_names(cx, expr_child(func, a->value));
    if (!str_is(expr_atom(cx, a->attr), "sub") || expr_kind(cx, compiled) != PY_CALL)
      return false;
    const PyTree *ct = expr_tree(cx, compiled);
    Origin c = expr_origin(cx, expr_child(compiled, PY_AS(Call, ct, compiled.ref)->func));
    if (c.kind != ORIGIN_EXTERNAL || !str_is(expr_atom(cx, c.dotted), "re.compile") ||
        expr_positional_count(cx, compiled) != 1 ||
        !expr_string(cx, expr_positional(cx, compiled, 0), &pattern))
      return false;
  }
  return expr_positional_count(cx, call) == at + 2 &&
         expr_string(cx, expr_positional(cx, call, at), &replacement) &&
         expr_string(cx, expr_positional(cx, call, at + 1), &subject) &&
         substitute(pattern, replacement, subject, out);
}

// ---- Lists of strings

// re.split(pattern, s) and re.findall(pattern, s), without groups.
static bool match_all(ExprCtx *cx, Str pattern, Str subject, bool split, Strings *out) {
  int code;
  PCRE2_SIZE offset;
  uint32_t groups = 0;
  pcre2_code *re = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, PCRE2_UTF, &code,
                                 &offset, NULL);
  if (!re)
    return false;
  pcre2_pattern_info(re, PCRE2_INFO_CAPTURECOUNT, &groups);
  pcre2_match_context *limits = pcre2_match_context_create(NULL);
  pcre2_set_match_limit(limits, 100000);
  pcre2_match_data *found = pcre2_match_data_create(1, NULL);
  size_t from = 0, at = 0;
  bool ok = groups == 0;
  uint32_t options = 0;
  while (ok && at <= subject.len) {
    int count =
        pcre2_match(re, (PCRE2_SPTR)subject.ptr, subject.len, at, options, found, limits);
    if (count == PCRE2_ERROR_NOMATCH && options && at < subject.len) {
      at++; // after an empty match: on from the next character
      options = 0;
      ok = (unsigned char)subject.ptr[at - 1] < 0x80;
      continue;
    }
    if (count < 0) {
      ok = count == PCRE2_ERROR_NOMATCH;
      break;
    }
    const PCRE2_SIZE *span = pcre2_get_ovector_pointer(found);
    if (split)
      vec_push(out, str_copy(cx->arena, str_slice(subject, from, span[0])));
    else
      vec_push(out, str_copy(cx->arena, str_slice(subject, span[0], span[1])));
    from = at = span[1];
    options = span[0] == span[1] ? PCRE2_NOTEMPTY_ATSTART | PCRE2_ANCHORED : 0;
  }
  if (split && ok)
    vec_push(out, str_copy(cx->arena, str_slice(subject, from, subject.len)));
  pcre2_match_data_free(found);
  pcre2_match_context_free(limits);
  pcre2_code_free(re);
  return ok;
}

static bool strings_of_call(ExprCtx *cx, Expr call, Strings *out) {
  const PyTree *t = expr_tree(cx, call);
  Expr func = expr_child(call, PY_AS(Call, t, call.ref)->func);
  Str pattern, subject;
  Origin o = expr_origin(cx, func);
  Str name = o.kind == ORIGIN_EXTERNAL ? expr_atom(cx, o.dotted) : STR("");
  if ((str_is(name, "re.split") || str_is(name, "re.findall")) &&
      expr_positional_count(cx, call) == 2)
    return expr_string(cx, expr_positional(cx, call, 0), &pattern) &&
           expr_string(cx, expr_positional(cx, call, 1), &subject) &&
           match_all(cx, pattern, subject, str_is(name, "re.split"), out);
  if (expr_kind(cx, func) != PY_ATTRIBUTE || expr_positional_count(cx, call) != 1 ||
      !str_is(expr_atom(cx, PY_AS(Attribute, t, func.ref)->attr), "split") ||
      !expr_string(cx, expr_positional(cx, call, 0), &pattern) || !pattern.len ||
      !expr_string(cx, expr_child(func, PY_AS(Attribute, t, func.ref)->value), &subject))
    return false;
  size_t from = 0, at;
  for (; (at = str_find(subject, pattern, from)) != SIZE_MAX; from = at + pattern.len)
    vec_push(out, str_slice(subject, from, at));
  vec_push(out, str_slice(subject, from, subject.len));
  return true;
}

// [f(x) for x in strings if x]
static bool strings_of_comprehension(ExprCtx *cx, Expr x, Ref elt, Ref loops,
                                     Strings *out) {
  const PyTree *t = expr_tree(cx, x);
  PyRefs list = py_list(t, loops);
  if (list.len != 1)
    return false;
  const PyComprehension *c = PY_AS(Comprehension, t, list.at[0]);
  PyRefs ifs = py_list(t, c->ifs);
  Strings from = {0};
  bool ok = py_kind(t, c->target) == PY_NAME && ifs.len <= 1 &&
            strings_of(cx, expr_child(x, c->iter), &from);
  for (size_t i = 0; i < from.len && ok; i++) {
    Env *env = arena_new(cx->arena, Env);
    *env = (Env){.next = x.env,
                 .name = PY_AS(Name, t, c->target)->id,
                 .file = x.file,
                 .text = from.items[i]};
    Str text;
    bool kept = true;
    if (ifs.len) { // only `if x`
      ok = py_kind(t, ifs.at[0]) == PY_NAME && PY_AS(Name, t, ifs.at[0])->id == env->name;
      kept = from.items[i].len > 0;
    }
    ok = ok && (!kept || expr_string(cx, (Expr){x.file, elt, env}, &text));
    if (ok && kept)
      vec_push(out, text);
  }
  vec_free(&from);
  return ok;
}

static bool strings_of_known(ExprCtx *cx, Expr x, Strings *out) {
  const PyTree *t = expr_tree(cx, x);
  switch (py_kind(t, x.ref)) {
  case PY_LIST:
  case PY_TUPLE: {
    PyRefs items =
        py_list(t, py_kind(t, x.ref) == PY_LIST ? PY_AS(List, t, x.ref)->elts
                                                : PY_AS(Tuple, t, x.ref)->elts);
    for (uint32_t i = 0; i < items.len; i++) {
      Str text;
      if (!expr_string(cx, expr_child(x, items.at[i]), &text))
        return false;
      vec_push(out, text);
    }
    return true;
  }
  case PY_LIST_COMP:
    return strings_of_comprehension(cx, x, PY_AS(ListComp, t, x.ref)->elt,
                                    PY_AS(ListComp, t, x.ref)->generators, out);
  case PY_GENERATOR_EXP:
    return strings_of_comprehension(cx, x, PY_AS(GeneratorExp, t, x.ref)->elt,
                                    PY_AS(GeneratorExp, t, x.ref)->generators, out);
  case PY_CALL:
    return strings_of_call(cx, x, out);
  default:
    return false;
  }
}

static bool strings_of(ExprCtx *cx, Expr x, Strings *out) {
  if (!x.ref || cx->depth > EXPR_MAX_DEPTH)
    return false;
  cx->depth++;
  bool ok = strings_of_known(cx, expr_follow_names(cx, x), out);
  cx->depth--;
  return ok;
}

static bool fold_call(ExprCtx *cx, Expr x, Buf *out) {
  const PyTree *t = expr_tree(cx, x);
  Expr func = expr_child(x, PY_AS(Call, t, x.ref)->func);
  if (expr_kind(cx, func) == PY_NAME) {
    Origin o = expr_origin(cx, func);
    if (o.kind == ORIGIN_BUILTIN && str_is(expr_atom(cx, o.dotted), "str") &&
        expr_positional_count(cx, x) == 1)
      return fold(cx, expr_positional(cx, x, 0), out);
  }
  if (expr_kind(cx, func) == PY_ATTRIBUTE) {
    const PyAttribute *a = PY_AS(Attribute, t, func.ref);
    Str s;
    if (fold_re_sub(cx, x, func, out))
      return true;
    if (expr_string(cx, expr_child(func, a->value), &s))
      return fold_method(cx, x, s, expr_atom(cx, a->attr), out);
  }
  Expr followed = expr_follow(cx, x);
  if (followed.ref == x.ref && followed.file == x.file)
    return false;
  return fold(cx, followed, out);
}

// cls.__name__, cls.__tablename__, User.__name__, User.__tablename__
static bool fold_attribute(ExprCtx *cx, Expr x, Buf *out) {
  const PyAttribute *a = PY_AS(Attribute, expr_tree(cx, x), x.ref);
  Expr owner = expr_child(x, a->value);
  const struct ClassInfo *cls = expr_class_parameter(cx, owner);
  Str s;
  if (cls && cx->class_string && cx->class_string(cx->data, cls, a->attr, &s)) {
    buf_add_str(out, s);
    return true;
  }
  PyKind kind = expr_kind(cx, owner);
  if (!cls && (kind == PY_NAME || kind == PY_ATTRIBUTE) && a->attr == SYM___name__) {
    Origin o = expr_origin(cx, owner);
    if (o.kind == ORIGIN_CLASS) {
      const PyTree *ot = &cx->project->files[o.at.file]->tree;
      buf_add_str(out, expr_atom(cx, PY_AS(ClassDef, ot, o.at.ref)->name));
      return true;
    }
  }
  Expr followed = expr_follow_names(cx, x);
  if (followed.ref == x.ref && followed.file == x.file)
    return false;
  return fold(cx, followed, out);
}

static bool fold_known(ExprCtx *cx, Expr x, Buf *out) {
  const PyTree *t = expr_tree(cx, x);
  switch (py_kind(t, x.ref)) {
  case PY_STR:
    return !(py_node(t, x.ref)->flags & PYF_BYTES) && py_str_value(t, x.ref, out);
  case PY_NUM:
    buf_add_str(out, py_text(t, x.ref));
    return true;
  case PY_JOINED_STR:
    return fold_joined(cx, x, out);
  case PY_BIN_OP: {
    const PyBinOp *b = PY_AS(BinOp, t, x.ref);
    if (b->node.aux == PY_ADD)
      return fold_child(cx, x, b->left, out) && fold_child(cx, x, b->right, out);
    return b->node.aux == PY_MOD && fold_percent(cx, x, out);
  }
  case PY_CALL:
    return fold_call(cx, x, out);
  case PY_ATTRIBUTE:
    return fold_attribute(cx, x, out);
  case PY_NAME: {
    Str held;
    if (expr_text_parameter(cx, x, &held)) {
      buf_add_str(out, held);
      return true;
    }
    Expr followed = expr_follow_names(cx, x);
    return !(followed.ref == x.ref && followed.file == x.file) && fold(cx, followed, out);
  }
  case PY_IF_EXP: {
    const PyIfExp *e = PY_AS(IfExp, t, x.ref);
    ExprBool test = expr_bool(cx, expr_child(x, e->test));
    return test != EXPR_UNCLEAR &&
           fold_child(cx, x, test == EXPR_TRUE ? e->body : e->orelse, out);
  }
  default:
    return false;
  }
}

static bool fold(ExprCtx *cx, Expr x, Buf *out) {
  if (!x.ref || cx->depth > EXPR_MAX_DEPTH || out->overflow)
    return false;
  cx->depth++;
  bool ok = fold_known(cx, x, out);
  cx->depth--;
  return ok;
}

bool expr_string(ExprCtx *cx, Expr x, Str *out) {
  // A number alone is not a string; inside a format it is.
  if (!x.ref || expr_kind(cx, expr_follow_names(cx, x)) == PY_NUM)
    return false;
  Buf b = {.max = STRING_MAX};
  bool ok = fold(cx, x, &b) && !b.overflow;
  if (ok)
    *out = str_copy(cx->arena, buf_str(&b));
  buf_free(&b);
  return ok;
}
