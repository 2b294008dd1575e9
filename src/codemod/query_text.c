// query_text.c: places in the text, and edits of the web that is being written.
#include "codemod/query_internal.h"

#include <stdarg.h>
#include <stdio.h>

const PyTree *q_tree(const Q *q, uint32_t file) {
  return &q->project->files[file]->tree;
}

Ref q_parent(Q *q, uint32_t file, Ref r) {
  QFile *f = &q->files[file];
  if (!f->parents)
    f->parents = py_build_parents(q_tree(q, file), q->arena);
  return py_parent(f->parents, r);
}

Ref q_statement(Q *q, uint32_t file, Ref r) {
  while (r && py_kind_group(py_kind(q_tree(q, file), r)) != PY_GROUP_STMT)
    r = q_parent(q, file, r);
  return r;
}

Ref q_function(Q *q, uint32_t file, Ref r) {
  for (r = q_parent(q, file, r); r; r = q_parent(q, file, r)) {
    PyKind kind = py_kind(q_tree(q, file), r);
    if (kind == PY_FUNCTION_DEF || kind == PY_LAMBDA)
      return r;
    if (kind == PY_CLASS_DEF)
      return 0;
  }
  return 0;
}

bool q_paren(const Q *q, uint32_t file, Ref r) {
  return (py_node(q_tree(q, file), r)->flags & PYF_PAREN) != 0;
}

Str q_text(const Q *q, uint32_t file, Span span) {
  return source_slice(&q->project->files[file]->source, span);
}

Str q_name(const Q *q, Atom atom) {
  return atom ? atom_str(q->project->names, atom) : STR("");
}

bool q_comment_in(const Q *q, uint32_t file, Span span) {
  return py_comment_in(q_tree(q, file), span) != NULL;
}

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\\';
}

// Past blanks and comments, forwards.
static uint32_t skip(const Q *q, uint32_t file, uint32_t at) {
  Str text = q->project->files[file]->source.text;
  while (at < text.len) {
    if (text.ptr[at] == '#')
      while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
        at++;
    else if (is_blank(text.ptr[at]))
      at++;
    else
      break;
  }
  return at;
}

// Past blanks and comments, backwards: the end of what stands before `at`.
static uint32_t skip_back(const Q *q, uint32_t file, uint32_t at) {
  const PyTree *t = q_tree(q, file);
  Str text = q->project->files[file]->source.text;
  for (;;) {
    while (at && is_blank(text.ptr[at - 1]))
      at--;
    uint32_t i = py_comment_from(t, at);
    if (!i || t->comments[i - 1].end != at)
      return at;
    at = t->comments[i - 1].start;
  }
}

Span q_outer(Q *q, uint32_t file, Ref r) {
  Span span = py_span(q_tree(q, file), r);
  if (!q_paren(q, file, r))
    return span;
  Str text = q->project->files[file]->source.text;
  uint32_t from = skip_back(q, file, span.start), to = skip(q, file, span.end);
  if (!from || text.ptr[from - 1] != '(' || to >= text.len || text.ptr[to] != ')')
    return span;
  return (Span){from - 1, to + 1};
}

uint32_t q_dot(const Q *q, uint32_t file, Ref attribute) {
  const PyAttribute *a = PY_AS(Attribute, q_tree(q, file), attribute);
  return skip_back(q, file, a->attr_at) - 1;
}

static Str format(Q *q, const char *text, va_list args) {
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, text, args);
  ASSERT(n >= 0);
  char *out = arena_alloc(q->arena, (size_t)n + 1, 1);
  vsnprintf(out, (size_t)n + 1, text, again);
  va_end(again);
  return (Str){out, (size_t)n};
}

void q_replace(Q *q, uint32_t file, Span span, const char *text, ...) {
  va_list args;
  va_start(args, text);
  fix_replace(codemod_in(q->cx, file), span, format(q, text, args));
  va_end(args);
}

void q_insert(Q *q, uint32_t file, uint32_t at, const char *text, ...) {
  va_list args;
  va_start(args, text);
  fix_insert(codemod_in(q->cx, file), at, format(q, text, args));
  va_end(args);
}

bool q_delete(Q *q, uint32_t file, Span span) {
  if (q_comment_in(q, file, span))
    return false;
  if (span.start < span.end)
    fix_delete(codemod_in(q->cx, file), span);
  return true;
}

Str q_require(Q *q, uint32_t file, Ref at, const char *module, const char *name) {
  if (codemod_can_import(q->cx, file, at, module, name))
    return codemod_import(q->cx, file, at, module, name);
  if (!codemod_can_import(q->cx, file, at, module, NULL)) {
    q_fail(q, file, at, "`%s` means something else in this file", name);
    return (Str){0};
  }
  Str by = codemod_import(q->cx, file, at, module, NULL);
  return str_format(q->arena, "%.*s.%s", STR_ARG(by), name);
}

bool q_fail(Q *q, uint32_t file, Ref at, const char *text, ...) {
  if (q->failed.why.ptr)
    return false;
  va_list args;
  va_start(args, text);
  q->failed = (QStop){NONE, {file, at}, format(q, text, args)};
  va_end(args);
  return false;
}
