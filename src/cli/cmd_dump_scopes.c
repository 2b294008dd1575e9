// cmd_dump_scopes.c: `aludel dump scopes`: which names a file binds, and what they mean.
#include <stdio.h>

#include "base/json.h"
#include "cli/command.h"
#include "python/parse.h"
#include "python/scope.h"

typedef struct {
  const PyScopes *s;
  const Source *source;
  const Interner *names;
  JsonWriter *w;
  Buf *out;
} Dump;

static uint32_t line_at(const Dump *d, uint32_t offset) {
  return source_position(d->source, offset).line;
}

static Str scope_name(const Dump *d, const PyScope *scope) {
  const PyTree *t = d->s->tree;
  Atom name = 0;
  if (py_kind(t, scope->node) == PY_FUNCTION_DEF)
    name = PY_AS(FunctionDef, t, scope->node)->name;
  else if (py_kind(t, scope->node) == PY_CLASS_DEF)
    name = PY_AS(ClassDef, t, scope->node)->name;
  return name ? atom_str(d->names, name) : STR("");
}

// "local", "free" (of an enclosing scope), "global" (of the module, a builtin, unknown)
static const char *meaning(const Dump *d, const PySymbol *s) {
  if (s->target == NO_SYMBOL)
    return "global";
  const PySymbol *target = &d->s->symbols[s->target];
  if (target->scope == s->scope)
    return "local";
  return target->scope == 0 ? "global" : "free";
}

static void json_symbol(const Dump *d, const PySymbol *s) {
  JsonWriter *w = d->w;
  json_begin_object(w);
  json_field(w, "name", atom_str(d->names, s->name));
  json_field(w, "meaning", str_from(meaning(d, s)));
  json_field_bool(w, "used", s->flags & SYMBOL_USED);
  json_field_bool(w, "parameter", s->flags & SYMBOL_PARAM);
  json_field_bool(w, "imported", s->flags & SYMBOL_IMPORTED);
  json_field_bool(w, "annotated", s->flags & SYMBOL_ANNOTATED);
  json_field_bool(w, "declared_global", s->flags & SYMBOL_GLOBAL);
  json_field_bool(w, "nonlocal", s->flags & SYMBOL_NONLOCAL);
  json_key(w, "bindings");
  json_begin_array(w);
  for (uint32_t b = s->first; b != NO_BINDING; b = d->s->bindings[b].next) {
    const PyBinding *binding = &d->s->bindings[b];
    json_begin_object(w);
    json_field(w, "kind", str_from(py_bind_kind_name((PyBindKind)binding->kind)));
    json_field_int(w, "line", line_at(d, py_node(d->s->tree, binding->node)->start));
    json_end_object(w);
  }
  json_end_array(w);
  json_end_object(w);
}

static void json_scopes(const Dump *d) {
  JsonWriter *w = d->w;
  json_begin_array(w);
  for (uint32_t i = 0; i < d->s->scope_count; i++) {
    const PyScope *scope = &d->s->scopes[i];
    json_begin_object(w);
    json_field_int(w, "id", i);
    json_key(w, "parent");
    if (scope->parent == NO_SCOPE)
      json_none(w);
    else
      json_int(w, scope->parent);
    json_field(w, "kind", str_from(py_scope_kind_name((PyScopeKind)scope->kind)));
    json_field(w, "name", scope_name(d, scope));
    json_field_int(w, "line", line_at(d, py_node(d->s->tree, scope->node)->start));
    json_key(w, "symbols");
    json_begin_array(w);
    for (uint32_t k = scope->first_symbol; k != NO_SYMBOL; k = d->s->symbols[k].next)
      json_symbol(d, &d->s->symbols[k]);
    json_end_array(w);
    json_end_object(w);
  }
  json_end_array(w);
  buf_add_char(d->out, '\n');
}

static int depth_of(const PyScopes *s, uint32_t scope) {
  int depth = 0;
  for (; s->scopes[scope].parent != NO_SCOPE && depth < 100; depth++)
    scope = s->scopes[scope].parent;
  return depth;
}

static void text_scopes(const Dump *d) {
  for (uint32_t i = 0; i < d->s->scope_count; i++) {
    const PyScope *scope = &d->s->scopes[i];
    int indent = depth_of(d->s, i) * 2;
    Str name = scope_name(d, scope);
    buf_printf(d->out, "%*s%s%s%.*s (line %u)\n", indent, "",
               py_scope_kind_name((PyScopeKind)scope->kind), name.len ? " " : "",
               STR_ARG(name), line_at(d, py_node(d->s->tree, scope->node)->start));
    for (uint32_t k = scope->first_symbol; k != NO_SYMBOL; k = d->s->symbols[k].next) {
      const PySymbol *s = &d->s->symbols[k];
      buf_printf(d->out, "%*s  %.*s: %s", indent, "",
                 STR_ARG(atom_str(d->names, s->name)), meaning(d, s));
      for (uint32_t b = s->first; b != NO_BINDING; b = d->s->bindings[b].next)
        buf_printf(d->out, ", %s in line %u",
                   py_bind_kind_name((PyBindKind)d->s->bindings[b].kind),
                   line_at(d, py_node(d->s->tree, d->s->bindings[b].node)->start));
      buf_add_char(d->out, '\n');
    }
  }
}

static int dump_file(InternCache *cache, const char *path, bool json, Buf *out) {
  Arena arena = {0};
  Source source;
  Err err = {0};
  int status = EXIT_FINE;
  if (!source_read(&source, &arena, path, &err)) {
    arena_reset(&arena);
    return command_error("%s", err.message);
  }
  PyTree tree = {0};
  DiagSink diags = {.arena = &arena};
  py_parse(&tree, &source, cache, &diags);
  source_index_lines(&source, &arena);
  if (tree.has_errors)
    status = EXIT_FINDINGS;
  PyScopes scopes;
  py_bind(&scopes, &tree, cache, &arena);
  JsonWriter w = {.out = out};
  Dump d = {&scopes, &source, intern_cache_interner(cache), &w, out};
  if (json)
    json_scopes(&d);
  else
    text_scopes(&d);
  py_tree_free(&tree);
  diag_sink_free(&diags);
  arena_reset(&arena);
  return status;
}

static int run(CommandCtx *cx) {
  Interner *names = interner_new();
  InternCache *cache = intern_cache_new(names);
  int status = EXIT_FINE;
  for (size_t i = 0; i < cx->arg_count; i++) {
    int one = dump_file(cache, cx->args[i], option_given(cx, "json"), &cx->out);
    status = one > status ? one : status;
  }
  intern_cache_free(cache);
  interner_free(names);
  return status;
}

static const Option options[] = {
    {"json", 0, OPTION_FLAG, NULL, NULL,
     "Print one array of scopes per file, a line each"},
    {.name = NULL},
};

const Command command_dump_scopes = {
    .name = "dump scopes",
    .summary = "Print the names that Python files bind, and what they mean",
    .positional = "FILE...",
    .args_min = 1,
    .args_max = UINT32_MAX,
    .options = options,
    .run = run,
};
