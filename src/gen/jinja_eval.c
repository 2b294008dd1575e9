// jinja_eval.c: expressions to values, and calls of everything that can be called.
#include "gen/jinja_internal.h"

#include <stdarg.h>
#include <stdio.h>

bool run_fail_as(Run *r, RunError kind, const char *format, ...) {
  static const char *const names[] = {"error", "undefined", "limit"};
  char text[700];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return err_set(r->err, kind == RUN_LIMIT ? ERR_LIMIT : ERR_INPUT, "%.*s:%u: %s: %s",
                 STR_ARG(r->t->name), r->line, names[kind], text);
}

bool run_fail(Run *r, const char *format, ...) {
  char text[700];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return run_fail_as(r, RUN_ERROR, "%s", text);
}

bool run_step(Run *r) {
  if (++r->steps > JINJA_MAX_STEPS)
    return run_fail_as(r, RUN_LIMIT, "the template takes more than %d steps",
                       JINJA_MAX_STEPS);
  if (r->arena.total > JINJA_MAX_MEMORY)
    return run_fail_as(r, RUN_LIMIT, "the template needs more than %d bytes of memory",
                       JINJA_MAX_MEMORY);
  return true;
}

// ---- names

static JValue lookup(Run *r, Str name) {
  for (Scope *s = r->scope; s; s = s->parent) {
    JValue *found = dict_find_str(&s->vars, name);
    if (found)
      return *found;
  }
  JValue builtin = builtin_lookup(name);
  if (jv_given(builtin))
    return builtin;
  return (JValue){.kind = JV_UNDEFINED,
                  .s = str_format(&r->arena, "'%.*s' is undefined", STR_ARG(name))};
}

// ---- arguments

static bool eval_star(Run *r, const JNode *n, JList *positional) {
  JValue v;
  JList items;
  if (!run_eval(r, n, &v) || !jv_iterate(r, v, &items))
    return false;
  for (size_t i = 0; i < items.len; i++)
    list_push(r, positional, items.items[i]);
  return true;
}

static bool eval_double_star(Run *r, const JNode *n, JDict *named) {
  JValue v;
  if (!run_eval(r, n, &v))
    return false;
  if (v.kind != JV_DICT)
    return jv_check(r, v) && run_fail(r, "** needs a dict, not %s", jv_type_name(v));
  for (size_t i = 0; i < v.dict->len; i++) {
    JEntry e = v.dict->entries[i];
    if (e.key.kind != JV_STR)
      return run_fail(r, "keywords must be strings");
    if (dict_find(named, e.key))
      return run_fail(r, "the argument '%.*s' is given twice", STR_ARG(e.key.s));
    dict_put(&r->arena, named, e.key, e.value);
  }
  return true;
}

static bool eval_args(Run *r, const JCallArgs *in, JArgs *out) {
  *out = (JArgs){0};
  if (!in)
    return true;
  JList positional = {0};
  JDict named = {0};
  JValue v;
  for (size_t i = 0; i < in->positional.count; i++) {
    if (!run_eval(r, in->positional.items[i], &v))
      return false;
    list_push(r, &positional, v);
  }
  if (in->star && !eval_star(r, in->star, &positional))
    return false;
  for (size_t i = 0; i < in->named.count; i++) {
    if (!run_eval(r, in->named.items[i], &v))
      return false;
    if (dict_find_str(&named, in->names[i]))
      return run_fail(r, "the argument '%.*s' is given twice", STR_ARG(in->names[i]));
    dict_put(&r->arena, &named, jv_str(in->names[i]), v);
  }
  if (in->double_star && !eval_double_star(r, in->double_star, &named))
    return false;
  Str *names = arena_array(&r->arena, Str, named.len + 1);
  JValue *values = arena_array(&r->arena, JValue, named.len + 1);
  for (size_t i = 0; i < named.len; i++) {
    names[i] = named.entries[i].key.s;
    values[i] = named.entries[i].value;
  }
  *out = (JArgs){positional.items, positional.len, names, values, named.len};
  return true;
}

static bool bind(Run *r, const char *what, const JFunction *f, const JArgs *args,
                 JValue bound[J_MAX_PARAMS]) {
  Str rest = str_from(f->params), names[J_MAX_PARAMS], part;
  size_t count = 0;
  while (rest.len && str_next_part(&rest, ',', &part)) {
    ASSERT(count < J_MAX_PARAMS);
    names[count] = part;
    bound[count++] = (JValue){.kind = JV_ABSENT};
  }
  if (args->count > count)
    return run_fail(r, "%s '%s' takes %zu arguments at most", what, f->name, count);
  for (size_t i = 0; i < args->count; i++)
    bound[i] = args->values[i];
  for (size_t k = 0; k < args->named_count; k++) {
    size_t i = 0;
    while (i < count && !str_eq(names[i], args->names[k]))
      i++;
    if (i == count)
      return run_fail(r, "%s '%s' has no argument '%.*s'", what, f->name,
                      STR_ARG(args->names[k]));
    if (jv_given(bound[i]))
      return run_fail(r, "the argument '%.*s' is given twice", STR_ARG(names[i]));
    bound[i] = args->named[k];
  }
  for (size_t i = 0; i < f->required; i++) {
    if (!jv_given(bound[i]))
      return run_fail(r, "%s '%s' needs the argument '%.*s'", what, f->name,
                      STR_ARG(names[i]));
  }
  return true;
}

bool run_function(Run *r, const char *what, const JFunction *f, JValue self,
                  const JArgs *args, JValue *out) {
  JValue bound[J_MAX_PARAMS] = {{0}};
  if (strcmp(f->params, "*") && !bind(r, what, f, args, bound))
    return false;
  return f->call(r, self, bound, args, out);
}

bool run_call(Run *r, JValue callee, const JArgs *args, JValue *out) {
  switch (callee.kind) {
  case JV_UNDEFINED:
    return jv_check(r, callee);
  case JV_MACRO:
    return run_macro(r, callee.macro, args, out);
  case JV_METHOD:
    return run_function(r, "method", callee.method->function, callee.method->self, args,
                        out);
  case JV_BUILTIN:
    return callee.builtin->call(r, args, out);
  case JV_LOOP:
    if (args->count != 1 || args->named_count)
      return run_fail(r, "loop() takes what it shall walk, and nothing else");
    return run_loop_again(r, callee.loop, args->values[0], out);
  case JV_JOINER:
    *out = callee.list->at ? callee.list->items[0] : jv_str(STR(""));
    callee.list->at = 1;
    return true;
  default:
    return run_fail(r, "%s cannot be called", jv_type_name(callee));
  }
}

// ---- expressions

static bool eval_items(Run *r, const JNode *n, JValue *out) {
  JList *list = list_new(r);
  for (size_t i = 0; i < n->items.count; i++) {
    JValue v;
    if (!run_eval(r, n->items.items[i], &v))
      return false;
    list_push(r, list, v);
  }
  *out = jv_list(n->kind == JN_LIST ? JV_LIST : JV_TUPLE, list);
  return true;
}

static bool eval_dict(Run *r, const JNode *n, JValue *out) {
  JDict *dict = arena_new(&r->arena, JDict);
  for (size_t i = 0; i < n->items.count; i += 2) {
    JValue key, value;
    if (!run_eval(r, n->items.items[i], &key) ||
        !run_eval(r, n->items.items[i + 1], &value) || !jv_hashable(r, key))
      return false;
    dict_put(&r->arena, dict, key, value);
  }
  *out = jv_dict(JV_DICT, dict);
  return true;
}

static bool eval_concat(Run *r, const JNode *n, JValue *out) {
  Buf text = JBUF;
  for (size_t i = 0; i < n->items.count; i++) {
    JValue v;
    if (!run_eval(r, n->items.items[i], &v) || !jv_write(r, v, false, &text)) {
      buf_free(&text);
      return false;
    }
  }
  return jv_take_buf(r, &text, out);
}

// a < b < c compares each pair until one is false.
static bool eval_compare(Run *r, const JNode *n, JValue *out) {
  JValue left, right;
  bool is = true;
  if (!run_eval(r, n->a, &left))
    return false;
  for (size_t i = 0; is && i < n->items.count; i++) {
    if (!run_eval(r, n->items.items[i], &right))
      return false;
    r->line = n->line;
    if (!op_compare(r, n->ops[i], left, right, &is))
      return false;
    left = right;
  }
  *out = jv_bool(is);
  return true;
}

static bool eval_slice(Run *r, const JNode *n, JValue v, JValue *out) {
  JValue bounds[3];
  for (int i = 0; i < 3; i++) {
    bounds[i] = jv_none();
    if (n->items.items[i] && !run_eval(r, n->items.items[i], &bounds[i]))
      return false;
  }
  r->line = n->line;
  return jv_slice(r, v, bounds, out);
}

static bool eval_subscript(Run *r, const JNode *n, JValue *out) {
  JValue v, key;
  if (!run_eval(r, n->a, &v))
    return false;
  if (n->kind == JN_ATTR) {
    r->line = n->line;
    return jv_getattr(r, v, n->name, out);
  }
  if (n->b->kind == JN_SLICE)
    return eval_slice(r, n->b, v, out);
  if (!run_eval(r, n->b, &key))
    return false;
  r->line = n->line;
  return jv_getitem(r, v, key, out);
}

static bool eval_call(Run *r, const JNode *n, JValue *out) {
  JValue callee;
  JArgs args;
  if (!run_eval(r, n->a, &callee) || !eval_args(r, n->args, &args))
    return false;
  r->line = n->line;
  return run_call(r, callee, &args, out);
}

static bool apply(Run *r, const JNode *n, JValue self, JValue *out) {
  JArgs args;
  if (!eval_args(r, n->args, &args))
    return false;
  r->line = n->line;
  return run_function(r, n->kind == JN_TEST ? "test" : "filter", n->function, self, &args,
                      out);
}

bool run_filters(Run *r, const JNode *n, JValue value, JValue *out) {
  if (++r->depth > JINJA_MAX_DEPTH)
    return run_fail_as(r, RUN_LIMIT, "a chain of filters is too long");
  bool ok = !n->a || run_filters(r, n->a, value, &value);
  r->depth--;
  return ok && apply(r, n, value, out);
}

static bool eval_logic(Run *r, const JNode *n, JValue *out) {
  bool truth;
  if (!run_eval(r, n->a, out) || !jv_truth(r, *out, &truth))
    return false;
  if (n->kind == JN_NOT)
    *out = jv_bool(!truth);
  else if (truth == (n->kind == JN_AND))
    return run_eval(r, n->b, out);
  return true;
}

static bool eval_if_else(Run *r, const JNode *n, JValue *out) {
  JValue condition;
  bool truth;
  if (!run_eval(r, n->b, &condition) || !jv_truth(r, condition, &truth))
    return false;
  if (truth)
    return run_eval(r, n->a, out);
  if (n->c)
    return run_eval(r, n->c, out);
  *out = (JValue){.kind = JV_UNDEFINED};
  return true;
}

static bool eval_sign(Run *r, const JNode *n, JValue *out) {
  JValue v;
  if (!run_eval(r, n->a, &v))
    return false;
  r->line = n->line;
  if (n->kind == JN_NEGATE)
    return op_negate(r, v, out);
  if (!jv_is_number(v))
    return jv_check(r, v) && run_fail(r, "%s has no sign", jv_type_name(v));
  *out = v.kind == JV_BOOL ? jv_int(v.b) : v;
  return true;
}

static bool eval_binary(Run *r, const JNode *n, JValue *out) {
  JValue a, b;
  if (!run_eval(r, n->a, &a) || !run_eval(r, n->b, &b))
    return false;
  r->line = n->line;
  return op_binary(r, n->op, a, b, out);
}

static bool eval_node(Run *r, const JNode *n, JValue *out) {
  switch (n->kind) {
  case JN_CONST:
    *out = n->value;
    return true;
  case JN_NAME:
    *out = lookup(r, n->name);
    return true;
  case JN_LIST:
  case JN_TUPLE:
    return eval_items(r, n, out);
  case JN_DICT:
    return eval_dict(r, n, out);
  case JN_NOT:
  case JN_AND:
  case JN_OR:
    return eval_logic(r, n, out);
  case JN_NEGATE:
  case JN_PLUS:
    return eval_sign(r, n, out);
  case JN_BINARY:
    return eval_binary(r, n, out);
  case JN_CONCAT:
    return eval_concat(r, n, out);
  case JN_COMPARE:
    return eval_compare(r, n, out);
  case JN_IF_ELSE:
    return eval_if_else(r, n, out);
  case JN_ATTR:
  case JN_ITEM:
    return eval_subscript(r, n, out);
  case JN_CALL:
    return eval_call(r, n, out);
  case JN_FILTER:
  case JN_TEST: {
    JValue self;
    return run_eval(r, n->a, &self) && apply(r, n, self, out);
  }
  default:
    return run_fail(r, "a slice stands where a value is wanted");
  }
}

bool run_eval(Run *r, const JNode *n, JValue *out) {
  r->line = n->line;
  if (!run_step(r))
    return false;
  if (++r->depth > JINJA_MAX_DEPTH)
    return run_fail_as(r, RUN_LIMIT, "the expression is nested too deep");
  bool ok = eval_node(r, n, out);
  r->depth--;
  return ok;
}
