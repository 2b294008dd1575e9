// jinja_parse.c: statements. A block ends at the tags that its statement names; which of
// them it was stays at the cursor.
#include "gen/jinja_internal.h"

static bool parse_body(JParser *p, const char *const *ends, JNodes *body);

static bool at_block_end(JParser *p) {
  return p->at->kind == JT_BLOCK_END;
}

static bool expect_block_end(JParser *p) {
  if (!at_block_end(p))
    return parse_fail(p, "expected '%%}', got '%.*s'", STR_ARG(p->at->text));
  p->at++;
  return true;
}

static bool expect_word(JParser *p, const char *word) {
  return take_word(p, word) ||
         parse_fail(p, "expected '%s', got '%.*s'", word, STR_ARG(p->at->text));
}

// The rest of a start tag, the body, and the word that ends it (not its '%}').
static bool parse_block(JParser *p, const char *const *ends, JNodes *body) {
  return expect_block_end(p) && parse_body(p, ends, body);
}

static bool parse_if(JParser *p, JNode *n) {
  static const char *const ends[] = {"elif", "else", "endif", NULL};
  static const char *const last[] = {"endif", NULL};
  for (;;) { // an `elif` is an `if` alone in the else part
    n->kind = JN_IF;
    n->a = parse_tuple(p, false, NULL);
    if (!n->a || !parse_block(p, ends, &n->body))
      return false;
    if (!take_word(p, "elif"))
      break;
    JNode *next = node_new(p, JN_IF);
    size_t capacity = 0;
    nodes_push(p, &n->other, &capacity, next);
    n = next;
  }
  if (take_word(p, "else") && !parse_block(p, last, &n->other))
    return false;
  return expect_word(p, "endif");
}

static bool parse_for(JParser *p, JNode *n) {
  static const char *const ends[] = {"else", "endfor", NULL};
  static const char *const last[] = {"endfor", NULL};
  n->kind = JN_FOR;
  n->c = parse_target(p, false, "in");
  if (!n->c || !expect_word(p, "in"))
    return false;
  n->a = parse_tuple(p, false, "recursive");
  if (!n->a || (take_word(p, "if") && !(n->b = parse_expression(p, true))))
    return false;
  n->flag = take_word(p, "recursive");
  if (!parse_block(p, ends, &n->body))
    return false;
  if (take_word(p, "else") && !parse_block(p, last, &n->other))
    return false;
  return expect_word(p, "endfor");
}

static bool parse_set(JParser *p, JNode *n) {
  static const char *const ends[] = {"endset", NULL};
  n->c = parse_target(p, true, NULL);
  if (!n->c)
    return false;
  if (take_op(p, "=")) {
    n->kind = JN_SET;
    return (n->a = parse_tuple(p, true, NULL)) != NULL;
  }
  n->kind = JN_SET_BODY;
  if (at_op(p, "|") && !(n->a = parse_filters(p, NULL, false)))
    return false;
  return parse_block(p, ends, &n->body) && expect_word(p, "endset");
}

static bool parse_with(JParser *p, JNode *n) {
  static const char *const ends[] = {"endwith", NULL};
  size_t capacity = 0;
  n->kind = JN_WITH;
  while (!at_block_end(p)) {
    if (n->items.count && !expect_op(p, ","))
      return false;
    JNode *target = parse_target(p, false, NULL);
    if (!target || !expect_op(p, "="))
      return false;
    JNode *value = parse_expression(p, true);
    if (!value)
      return false;
    nodes_push(p, &n->items, &capacity, target);
    nodes_push(p, &n->items, &capacity, value);
  }
  return parse_block(p, ends, &n->body) && expect_word(p, "endwith");
}

static void push_name(JParser *p, JNode *n, size_t *capacity, Str name) {
  if (n->name_count == *capacity) {
    *capacity = *capacity ? *capacity * 2 : 4;
    Str *bigger = arena_array(p->arena, Str, *capacity);
    if (n->name_count)
      memcpy(bigger, n->names, n->name_count * sizeof *bigger);
    n->names = bigger;
  }
  n->names[n->name_count++] = name;
}

// '(' NAME ['=' default], ... ')'
static bool parse_signature(JParser *p, JNode *n) {
  size_t names = 0, defaults = 0;
  if (!expect_op(p, "("))
    return false;
  while (!take_op(p, ")")) {
    Str name;
    if ((n->name_count && !expect_op(p, ",")) || !parse_name(p, &name))
      return false;
    push_name(p, n, &names, name);
    if (take_op(p, "=")) {
      JNode *value = parse_expression(p, true);
      if (!value)
        return false;
      nodes_push(p, &n->items, &defaults, value);
    } else if (n->items.count) {
      return parse_fail(p, "a parameter without default follows one with a default");
    }
  }
  return true;
}

static bool parse_macro_body(JParser *p, JNode *n, const char *end) {
  const char *const ends[] = {end, NULL};
  JNode *outer = p->macro;
  p->macro = n;
  bool ok = parse_block(p, ends, &n->body) && expect_word(p, end);
  p->macro = outer;
  return ok;
}

static bool parse_macro(JParser *p, JNode *n) {
  n->kind = JN_MACRO;
  return parse_name(p, &n->name) && parse_signature(p, n) &&
         parse_macro_body(p, n, "endmacro");
}

static bool parse_call_block(JParser *p, JNode *n) {
  n->kind = JN_CALL_BODY;
  n->b = node_new(p, JN_MACRO);
  n->b->name = STR("caller");
  if (at_op(p, "(") && !parse_signature(p, n->b))
    return false;
  n->a = parse_primary(p);
  n->a = n->a ? parse_postfix(p, n->a) : NULL;
  if (!n->a)
    return false;
  if (n->a->kind != JN_CALL)
    return parse_fail(p, "expected a call");
  return parse_macro_body(p, n->b, "endcall");
}

static bool parse_filter_block(JParser *p, JNode *n) {
  static const char *const ends[] = {"endfilter", NULL};
  n->kind = JN_FILTER_BODY;
  n->a = parse_filters(p, NULL, true);
  return n->a && parse_block(p, ends, &n->body) && expect_word(p, "endfilter");
}

static bool followed_by_context(const JParser *p) {
  return p->at[1].kind == JT_NAME && str_is(p->at[1].text, "context");
}

static void parse_context(JParser *p, bool *with) {
  if ((!at_word(p, "with") && !at_word(p, "without")) || !followed_by_context(p))
    return;
  *with = at_word(p, "with");
  p->at += 2;
}

static bool parse_include(JParser *p, JNode *n) {
  n->kind = JN_INCLUDE;
  n->a = parse_expression(p, true);
  if (!n->a)
    return false;
  if (at_word(p, "ignore") && p->at[1].kind == JT_NAME &&
      str_is(p->at[1].text, "missing")) {
    n->flag = true;
    p->at += 2;
  }
  n->flag2 = true;
  parse_context(p, &n->flag2);
  return true;
}

static bool parse_import(JParser *p, JNode *n) {
  n->kind = JN_IMPORT;
  n->a = parse_expression(p, true);
  if (!n->a || !expect_word(p, "as") || !parse_name(p, &n->name))
    return false;
  parse_context(p, &n->flag2);
  return true;
}

static bool parse_from(JParser *p, JNode *n) {
  size_t capacity = 0;
  n->kind = JN_FROM;
  n->a = parse_expression(p, true);
  if (!n->a || !expect_word(p, "import"))
    return false;
  for (;;) {
    if ((at_word(p, "with") || at_word(p, "without")) && followed_by_context(p))
      break;
    Str name, as;
    if (p->at->kind != JT_NAME && n->name_count)
      break;
    if (!parse_name(p, &name))
      return false;
    if (name.ptr[0] == '_')
      return parse_fail(p, "names that start with '_' cannot be imported");
    as = name;
    if (take_word(p, "as") && !parse_name(p, &as))
      return false;
    push_name(p, n, &capacity, name);
    push_name(p, n, &capacity, as);
    if (!take_op(p, ","))
      break;
  }
  parse_context(p, &n->flag2);
  return true;
}

typedef struct {
  const char *name;
  bool (*parse)(JParser *p, JNode *n);
} Statement;

static const Statement statements[] = {
    {"if", parse_if},
    {"for", parse_for},
    {"set", parse_set},
    {"with", parse_with},
    {"macro", parse_macro},
    {"call", parse_call_block},
    {"filter", parse_filter_block},
    {"include", parse_include},
    {"import", parse_import},
    {"from", parse_from},
};

static bool parse_statement(JParser *p, JNode *n) {
  Str word = p->at->text;
  if (p->at->kind != JT_NAME)
    return parse_fail(p, "expected the name of a tag");
  for (size_t i = 0; i < ARRAY_LEN(statements); i++) {
    if (!str_is(word, statements[i].name))
      continue;
    p->at++;
    return parse_enter(p) && statements[i].parse(p, n) && (p->depth--, true) &&
           expect_block_end(p);
  }
  return parse_fail(p, "unknown tag '%.*s'", STR_ARG(word));
}

static bool at_any(const JParser *p, const char *const *words) {
  for (; words && *words; words++) {
    if (at_word(p, *words))
      return true;
  }
  return false;
}

// Up to one of the tags `ends`, NULL: the end of the template.
static bool parse_body(JParser *p, const char *const *ends, JNodes *body) {
  size_t capacity = 0;
  for (;;) {
    JNode *n = node_new(p, JN_TEXT);
    switch (p->at->kind) {
    case JT_DATA:
      n->value = jv_str(p->at++->text);
      break;
    case JT_VAR_BEGIN:
      p->at++;
      n->kind = JN_OUTPUT;
      if (!(n->a = parse_tuple(p, true, NULL)))
        return false;
      if (p->at->kind != JT_VAR_END)
        return parse_fail(p, "expected '}}', got '%.*s'", STR_ARG(p->at->text));
      p->at++;
      break;
    case JT_BLOCK_BEGIN:
      p->at++;
      if (at_any(p, ends))
        return true;
      if (!parse_statement(p, n))
        return false;
      break;
    default:
      return !ends || parse_fail(p, "the template ends before '%s'", ends[0]);
    }
    nodes_push(p, body, &capacity, n);
  }
}

bool jinja_parse(Arena *a, JinjaTemplate *t, const JTokens *tokens, Err *err) {
  JParser p = {.arena = a, .name = t->name, .at = tokens->items, .err = err};
  return parse_body(&p, NULL, &t->body);
}
