// jinja.c: statements to text; where templates begin and end.
//
// `for`, `with`, macros, `call` and `filter` open a scope, `if` does not. A name is
// looked for outwards; `set` writes into the innermost scope. An included template sees
// all scopes of the place that includes it, an imported one sees none.
#include "gen/jinja_internal.h"

static bool load_template(Run *r, Str name, const JinjaTemplate **out);

Scope *run_push_scope(Run *r) {
  Scope *s = arena_new(&r->arena, Scope);
  s->parent = r->scope;
  r->scope = s;
  return s;
}

static void define(Run *r, Str name, JValue value) {
  dict_put(&r->arena, &r->scope->vars, jv_str(name), value);
}

// ---- assignment

static bool assign_tuple(Run *r, const JNode *target, JValue value) {
  JList items;
  if (!jv_iterate(r, value, &items))
    return false;
  if (items.len != target->items.count)
    return run_fail(r, "%zu names cannot take %zu values", target->items.count,
                    items.len);
  for (size_t i = 0; i < items.len; i++) {
    if (!run_assign(r, target->items.items[i], items.items[i]))
      return false;
  }
  return true;
}

bool run_assign(Run *r, const JNode *target, JValue value) {
  if (target->kind == JN_TUPLE)
    return assign_tuple(r, target, value);
  if (target->kind == JN_NAME) {
    define(r, target->name, value);
    return true;
  }
  JValue ns;
  if (!run_eval(r, target->a, &ns) || !jv_check(r, ns))
    return false;
  if (ns.kind != JV_NAMESPACE)
    return run_fail(r, "only attributes of a namespace() can be set");
  dict_put(&r->arena, ns.dict, jv_str(target->name), value);
  return true;
}

static bool assign_all(Run *r, const JNode *n) {
  JList values = {0};
  for (size_t i = 1; i < n->items.count; i += 2) {
    JValue v;
    if (!run_eval(r, n->items.items[i], &v))
      return false;
    list_push(r, &values, v);
  }
  run_push_scope(r);
  for (size_t i = 0; i < values.len; i++) {
    if (!run_assign(r, n->items.items[2 * i], values.items[i]))
      return false;
  }
  return true;
}

// ---- capturing

bool run_capture(Run *r, const JNodes *body, JValue *out) {
  Buf text = JBUF, *outer = r->out;
  r->out = &text;
  bool ok = run_body(r, body);
  r->out = outer;
  if (!ok) {
    buf_free(&text);
    return false;
  }
  return jv_take_buf(r, &text, out);
}

static bool capture_in_scope(Run *r, const JNodes *body, JValue *out) {
  Scope *outer = r->scope;
  run_push_scope(r);
  bool ok = run_capture(r, body, out);
  r->scope = outer;
  return ok;
}

static bool enter_call(Run *r) {
  return ++r->calls <= JINJA_MAX_CALLS ||
         run_fail_as(r, RUN_LIMIT, "more than %d calls inside another", JINJA_MAX_CALLS);
}

// ---- macros

static bool bind_extra(Run *r, const JMacro *m, const JArgs *args, const bool *used) {
  const JNode *n = m->node;
  JList *rest = list_new(r);
  JDict *keywords = arena_new(&r->arena, JDict);
  for (size_t i = n->name_count; i < args->count; i++)
    list_push(r, rest, args->values[i]);
  bool caller = false;
  for (size_t k = 0; k < args->named_count; k++) {
    if (used[k])
      continue;
    if (str_is(args->names[k], "caller")) {
      caller = true;
      if (n->uses_caller)
        define(r, args->names[k], args->named[k]);
      else if (!n->uses_kwargs)
        return run_fail(r, "macro '%.*s' does not use caller()", STR_ARG(n->name));
      continue;
    }
    dict_put(&r->arena, keywords, jv_str(args->names[k]), args->named[k]);
  }
  if (rest->len && !n->uses_varargs)
    return run_fail(r, "macro '%.*s' takes %zu arguments at most", STR_ARG(n->name),
                    n->name_count);
  if (keywords->len && !n->uses_kwargs)
    return run_fail(r, "macro '%.*s' has no argument '%.*s'", STR_ARG(n->name),
                    STR_ARG(keywords->entries[0].key.s));
  if (n->uses_varargs)
    define(r, STR("varargs"), jv_list(JV_TUPLE, rest));
  if (n->uses_kwargs)
    define(r, STR("kwargs"), jv_dict(JV_DICT, keywords));
  if (n->uses_caller && !caller)
    define(r, STR("caller"),
           (JValue){.kind = JV_UNDEFINED, .s = STR("no caller is defined")});
  return true;
}

static bool bind_macro(Run *r, const JMacro *m, const JArgs *args) {
  const JNode *n = m->node;
  bool *used = arena_array(&r->arena, bool, args->named_count + 1);
  size_t plain = n->name_count - n->items.count;
  for (size_t i = 0; i < n->name_count; i++) {
    JValue v = {.kind = JV_ABSENT};
    if (i < args->count)
      v = args->values[i];
    for (size_t k = 0; k < args->named_count; k++) {
      if (!str_eq(args->names[k], n->names[i]))
        continue;
      if (i < args->count)
        return run_fail(r, "macro '%.*s' got two values for '%.*s'", STR_ARG(n->name),
                        STR_ARG(n->names[i]));
      v = args->named[k];
      used[k] = true;
    }
    if (!jv_given(v) && i >= plain && !run_eval(r, n->items.items[i - plain], &v))
      return false;
    if (!jv_given(v))
      v = (JValue){.kind = JV_UNDEFINED,
                   .s = str_format(&r->arena, "parameter '%.*s' was not provided",
                                   STR_ARG(n->names[i]))};
    define(r, n->names[i], v);
  }
  return bind_extra(r, m, args, used);
}

bool run_macro(Run *r, const JMacro *m, const JArgs *args, JValue *out) {
  Scope *outer = r->scope;
  const JinjaTemplate *t = r->t;
  if (!enter_call(r))
    return false;
  uint32_t line = r->line;
  r->scope = m->scope;
  run_push_scope(r);
  bool ok = bind_macro(r, m, args);
  r->t = ok ? m->owner : r->t;
  ok = ok && run_capture(r, &m->node->body, out);
  if (ok) {
    r->t = t;
    r->line = line;
  }
  r->scope = outer;
  r->calls--;
  return ok;
}

static JValue macro_value(Run *r, const JNode *n) {
  JMacro *m = arena_new(&r->arena, JMacro);
  *m = (JMacro){n, r->scope, r->t};
  return (JValue){.kind = JV_MACRO, .macro = m};
}

// {% call(item) list(items) %}...{% endcall %}
static bool run_call_block(Run *r, const JNode *n) {
  JNode call = *n->a;
  JCallArgs args = *call.args;
  JNode caller = {.kind = JN_CONST, .line = n->line, .value = macro_value(r, n->b)};
  size_t count = args.named.count;
  JNode **values = arena_array(&r->arena, JNode *, count + 1);
  Str *names = arena_array(&r->arena, Str, count + 1);
  for (size_t i = 0; i < count; i++) {
    values[i] = args.named.items[i];
    names[i] = args.names[i];
  }
  values[count] = &caller;
  names[count] = STR("caller");
  args.named = (JNodes){values, count + 1};
  args.names = names;
  call.args = &args;
  JValue v;
  return run_eval(r, &call, &v) && jv_write(r, v, false, r->out);
}

// ---- for

static bool loop_items(Run *r, const JNode *n, JValue iterable, JList *out) {
  if (!jv_iterate(r, iterable, out))
    return false;
  if (!n->b)
    return true;
  Scope *outer = r->scope;
  size_t kept = 0;
  bool ok = true;
  for (size_t i = 0; ok && i < out->len; i++) {
    JValue v;
    bool keep = false;
    run_push_scope(r);
    ok = run_assign(r, n->c, out->items[i]) && run_eval(r, n->b, &v) &&
         jv_truth(r, v, &keep);
    if (keep)
      out->items[kept++] = out->items[i];
    r->scope = outer;
  }
  out->len = kept;
  return ok;
}

static bool run_loop(Run *r, JLoop *loop) {
  const JNode *n = loop->node;
  Scope *outer = r->scope;
  bool ok = true;
  for (loop->at = 0; ok && loop->at < loop->len; loop->at++) {
    r->scope = loop->scope;
    run_push_scope(r);
    define(r, STR("loop"), (JValue){.kind = JV_LOOP, .loop = loop});
    ok = run_step(r) && run_assign(r, n->c, loop->items[loop->at]) &&
         run_body(r, &n->body);
  }
  if (ok && loop->len == 0) {
    r->scope = loop->scope;
    run_push_scope(r);
    ok = run_body(r, &n->other);
  }
  r->scope = outer;
  return ok;
}

static bool start_loop(Run *r, const JNode *n, Scope *scope, JValue iterable, int depth) {
  JList items;
  if (!loop_items(r, n, iterable, &items))
    return false;
  JLoop *loop = arena_new(&r->arena, JLoop);
  *loop = (JLoop){.node = n,
                  .owner = r->t,
                  .scope = scope,
                  .items = items.items,
                  .len = items.len,
                  .depth = depth};
  return run_loop(r, loop);
}

bool run_loop_again(Run *r, JLoop *loop, JValue iterable, JValue *out) {
  if (!loop->node->flag)
    return run_fail(r, "the loop is not marked 'recursive'");
  if (!enter_call(r))
    return false;
  Buf text = JBUF, *outer = r->out;
  r->out = &text;
  bool ok = start_loop(r, loop->node, loop->scope, iterable, loop->depth + 1);
  r->out = outer;
  r->calls--;
  if (!ok) {
    buf_free(&text);
    return false;
  }
  return jv_take_buf(r, &text, out);
}

// ---- other templates

static bool include(Run *r, const JNode *n, const JinjaTemplate *t, bool with_context,
                    JValue *module) {
  const JinjaTemplate *outer_t = r->t;
  Scope *outer = r->scope;
  if (!enter_call(r))
    return false;
  if (!with_context)
    r->scope = NULL;
  Scope *scope = run_push_scope(r);
  r->t = t;
  bool ok = run_body(r, &t->body);
  r->scope = outer;
  r->calls--;
  if (!ok)
    return false; // the message names the inner template
  r->t = outer_t;
  r->line = n->line;
  if (module) {
    JDict *names = arena_new(&r->arena, JDict);
    for (size_t i = 0; i < scope->vars.len; i++) {
      JEntry e = scope->vars.entries[i];
      if (e.key.s.ptr[0] != '_')
        dict_put(&r->arena, names, e.key, e.value);
    }
    names->name = t->name;
    *module = jv_dict(JV_MODULE, names);
  }
  return true;
}

static bool run_include(Run *r, const JNode *n) {
  JValue names;
  if (!run_eval(r, n->a, &names) || !jv_check(r, names))
    return false;
  JList list = {.items = &names, .len = 1};
  if (names.kind != JV_STR && !jv_iterate(r, names, &list))
    return false;
  for (size_t i = 0; i < list.len; i++) {
    if (list.items[i].kind != JV_STR)
      return run_fail(r, "templates are named by strings");
    const JinjaTemplate *t = NULL;
    if (load_template(r, list.items[i].s, &t))
      return include(r, n, t, n->flag2, NULL);
    if (r->err->kind != ERR_NOT_FOUND)
      return false;
    r->err->kind = ERR_NONE;
    if (i + 1 == list.len && !n->flag)
      return run_fail(r, "template '%.*s' is not found", STR_ARG(list.items[i].s));
  }
  return n->flag || list.len || run_fail(r, "include has no template to try");
}

static bool import(Run *r, const JNode *n, JValue *module) {
  JValue name;
  const JinjaTemplate *t = NULL;
  if (!run_eval(r, n->a, &name) || !jv_check(r, name))
    return false;
  if (name.kind != JV_STR)
    return run_fail(r, "templates are named by strings");
  if (!load_template(r, name.s, &t)) {
    if (r->err->kind != ERR_NOT_FOUND)
      return false;
    r->err->kind = ERR_NONE;
    return run_fail(r, "template '%.*s' is not found", STR_ARG(name.s));
  }
  Buf unused = JBUF, *outer = r->out;
  r->out = &unused;
  bool ok = include(r, n, t, n->flag2, module);
  r->out = outer;
  buf_free(&unused);
  return ok;
}

static bool run_from(Run *r, const JNode *n) {
  JValue module;
  if (!import(r, n, &module))
    return false;
  for (size_t i = 0; i < n->name_count; i += 2) {
    JValue *found = dict_find_str(module.dict, n->names[i]);
    JValue missing = {.kind = JV_UNDEFINED,
                      .s = str_format(&r->arena, "template '%.*s' does not export '%.*s'",
                                      STR_ARG(module.dict->name), STR_ARG(n->names[i]))};
    define(r, n->names[i + 1], found ? *found : missing);
  }
  return true;
}

// ---- statements

static bool run_if(Run *r, const JNode *n) {
  JValue v;
  bool truth;
  if (!run_eval(r, n->a, &v) || !jv_truth(r, v, &truth))
    return false;
  return run_body(r, truth ? &n->body : &n->other);
}

static bool run_set(Run *r, const JNode *n) {
  JValue v;
  if (n->kind == JN_SET)
    return run_eval(r, n->a, &v) && run_assign(r, n->c, v);
  return capture_in_scope(r, &n->body, &v) && (!n->a || run_filters(r, n->a, v, &v)) &&
         run_assign(r, n->c, v);
}

static bool run_statement(Run *r, const JNode *n) {
  JValue v;
  Scope *outer = r->scope;
  bool ok;
  switch (n->kind) {
  case JN_TEXT:
    buf_add_str(r->out, n->value.s);
    return true;
  case JN_OUTPUT:
    return run_eval(r, n->a, &v) && jv_write(r, v, false, r->out);
  case JN_IF:
    return run_if(r, n);
  case JN_FOR:
    return run_eval(r, n->a, &v) && start_loop(r, n, r->scope, v, 0);
  case JN_SET:
  case JN_SET_BODY:
    return run_set(r, n);
  case JN_WITH:
    ok = assign_all(r, n) && run_body(r, &n->body);
    r->scope = outer;
    return ok;
  case JN_MACRO:
    define(r, n->name, macro_value(r, n));
    return true;
  case JN_CALL_BODY:
    return run_call_block(r, n);
  case JN_FILTER_BODY:
    return capture_in_scope(r, &n->body, &v) && run_filters(r, n->a, v, &v) &&
           jv_write(r, v, false, r->out);
  case JN_INCLUDE:
    return run_include(r, n);
  case JN_IMPORT:
    if (!import(r, n, &v))
      return false;
    define(r, n->name, v);
    return true;
  default:
    return run_from(r, n);
  }
}

bool run_body(Run *r, const JNodes *body) {
  if (++r->depth > JINJA_MAX_DEPTH)
    return run_fail_as(r, RUN_LIMIT, "blocks are nested too deep");
  for (size_t i = 0; i < body->count; i++) {
    r->line = body->items[i]->line;
    if (!run_step(r) || !run_statement(r, body->items[i]))
      return false;
    if (r->out->overflow)
      return run_fail_as(r, RUN_LIMIT, "the output has more than %d bytes",
                         JINJA_MAX_TEXT);
  }
  r->depth--;
  return true;
}

// ---- the public functions

JinjaTemplate *jinja_compile(Arena *a, Str name, Str text, const JinjaOptions *options,
                             Err *err) {
  Err unused = {0};
  JinjaTemplate *t = arena_new(a, JinjaTemplate);
  JTokens tokens = {0};
  t->name = str_copy(a, name);
  t->options = *options;
  bool ok = jinja_lex(a, t->name, text, options, &tokens, err ? err : &unused) &&
            jinja_parse(a, t, &tokens, err ? err : &unused);
  vec_free(&tokens);
  return ok ? t : NULL;
}

static bool load_template(Run *r, Str name, const JinjaTemplate **out) {
  JValue *known = dict_find_str(&r->loaded, name);
  const JinjaOptions *options = &r->t->options;
  if (known) {
    *out = known->template;
    return true;
  }
  Str text;
  if (!options->load)
    return err_set(r->err, ERR_NOT_FOUND, "no templates can be included here");
  if (!options->load(options->load_data, &r->arena, name, &text, r->err))
    return false;
  *out = jinja_compile(&r->arena, name, text, options, r->err);
  if (!*out)
    return false;
  dict_put(&r->arena, &r->loaded, jv_str(str_copy(&r->arena, name)),
           (JValue){.kind = JV_NONE, .template = *out});
  return true;
}

static bool define_data(Run *r, const json_t *data) {
  const char *key;
  size_t len;
  json_t *value;
  bool ok = true;
  if (data && !json_is_object(data))
    return run_fail(r, "the data is not a JSON object");
  json_object_keylen_foreach((json_t *)data, key, len, value) {
    JValue v = jv_from_json(r, value, 1, &ok);
    if (!ok)
      return false;
    define(r, (Str){key, len}, v);
  }
  return true;
}

bool jinja_render(const JinjaTemplate *t, const json_t *data, Buf *out, Err *err) {
  Err own = {0};
  Buf text = JBUF;
  Run r = {.out = &text, .err = &own, .t = t, .line = 1};
  run_push_scope(&r);
  bool ok = define_data(&r, data);
  run_push_scope(&r); // what the template sets is not the data
  ok = ok && run_body(&r, &t->body);
  if (ok)
    buf_add_str(out, buf_str(&text));
  else if (err)
    *err = own;
  buf_free(&text);
  arena_reset(&r.arena);
  return ok;
}
