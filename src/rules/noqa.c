// noqa.c: reads suppression comments and finds the line that they stand for.
#include "rules/noqa.h"

static bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

static size_t skip_blanks(Str s, size_t at) {
  while (at < s.len && is_blank(s.ptr[at]))
    at++;
  return at;
}

// `noqa`, `noqa: CODES` at `at` of a comment that starts at `base` in the text.
static bool read_noqa(Str comment, size_t at, uint32_t base, NoqaDirective *out) {
  if (!str_eq_nocase(str_slice(comment, at, at + 4), STR("noqa")))
    return false;
  at += 4;
  size_t colon = skip_blanks(comment, at);
  if (colon < comment.len && comment.ptr[colon] == ':') {
    *out = (NoqaDirective){
        .codes = {base + (uint32_t)colon + 1, base + (uint32_t)comment.len}};
    return true;
  }
  // `noqa123` is another word; `noqa, because` and `noqa # pylint` are not.
  if (at < comment.len && ((comment.ptr[at] >= '0' && comment.ptr[at] <= '9') ||
                           (comment.ptr[at] >= 'a' && comment.ptr[at] <= 'z') ||
                           (comment.ptr[at] >= 'A' && comment.ptr[at] <= 'Z') ||
                           comment.ptr[at] == '_' || comment.ptr[at] == '-'))
    return false;
  *out = (NoqaDirective){.all = true};
  return true;
}

static bool read_line_directive(Str comment, uint32_t base, NoqaDirective *out) {
  for (size_t hash = str_find_char(comment, '#', 0); hash < comment.len;
       hash = str_find_char(comment, '#', hash + 1))
    if (read_noqa(comment, skip_blanks(comment, hash + 1), base, out))
      return true;
  return false;
}

// A comment on its own line: `# aludel: noqa`.
static bool read_file_directive(Str comment, uint32_t base, NoqaDirective *out) {
  size_t at = skip_blanks(comment, 1);
  static const char *const tools[] = {"aludel", "ruff", "flake8"};
  for (size_t i = 0; i < ARRAY_LEN(tools); i++) {
    size_t len = strlen(tools[i]);
    if (!str_eq_nocase(str_slice(comment, at, at + len), str_from(tools[i])))
      continue;
    size_t colon = skip_blanks(comment, at + len);
    if (colon < comment.len && comment.ptr[colon] == ':')
      return read_noqa(comment, skip_blanks(comment, colon + 1), base, out);
  }
  return false;
}

// Codes are letters and digits, apart by blanks or commas; the list ends at the first
// word that is not one.
static bool names_code(Str list, Str code) {
  size_t at = 0;
  while (at < list.len) {
    while (at < list.len && (is_blank(list.ptr[at]) || list.ptr[at] == ','))
      at++;
    size_t from = at, letters;
    while (at < list.len && ((list.ptr[at] >= 'A' && list.ptr[at] <= 'Z') ||
                             (list.ptr[at] >= 'a' && list.ptr[at] <= 'z')))
      at++;
    letters = at - from;
    while (at < list.len && list.ptr[at] >= '0' && list.ptr[at] <= '9')
      at++;
    if (!letters || at == from + letters)
      return false;
    Str word = str_slice(list, from, at);
    if (word.len <= code.len && str_eq_nocase(word, str_slice(code, 0, word.len)))
      return true;
  }
  return false;
}

// The code itself, or what other linters call the same thing.
static bool names_rule(Str list, Str code) {
  static const struct {
    const char *code, *foreign;
  } same[] = {
#define SAME(code, foreign) {code, foreign},
#include "rules/foreign_codes.def"
#undef SAME
  };
  if (names_code(list, code))
    return true;
  for (size_t i = 0; i < ARRAY_LEN(same); i++)
    if (str_is(code, same[i].code) && names_code(list, str_from(same[i].foreign)))
      return true;
  return false;
}

void noqa_init(Noqa *n, const PyTree *tree, Arena *arena) {
  *n = (Noqa){.tree = tree, .arena = arena};
  const Source *source = tree->source;
  n->files = NULL;
  uint32_t capacity = 0;
  for (uint32_t i = 0; i < tree->comment_count; i++) {
    Span span = tree->comments[i];
    Str comment = source_slice(source, span);
    NoqaDirective d;
    if (read_file_directive(comment, span.start, &d)) {
      if (d.all) {
        n->file_all = true;
        continue;
      }
      if (n->file_count == capacity) {
        capacity = capacity ? capacity * 2 : 4;
        NoqaDirective *more = arena_array(arena, NoqaDirective, capacity);
        if (n->file_count)
          memcpy(more, n->files, n->file_count * sizeof *more);
        n->files = more;
      }
      n->files[n->file_count++] = d;
    } else if (!n->has_lines && read_line_directive(comment, span.start, &d)) {
      n->has_lines = true;
    }
  }
}

typedef struct {
  Noqa *noqa;
  Vec(Span) spans;
} Collect;

static bool has_newline(Str s) {
  return memchr(s.ptr, '\n', s.len) || memchr(s.ptr, '\r', s.len);
}

// The literals of one Str node: `"a" """b"""` has two.
static void add_literals(Collect *c, Span node) {
  Str text = c->noqa->tree->source->text;
  uint32_t at = node.start;
  while (at < node.end) {
    char q = text.ptr[at];
    if (q == '#') { // between the parts of a concatenation
      while (at < node.end && text.ptr[at] != '\n' && text.ptr[at] != '\r')
        at++;
      continue;
    }
    if (q != '"' && q != '\'') {
      at++;
      continue;
    }
    uint32_t from = at;
    bool triple = at + 2 < node.end && text.ptr[at + 1] == q && text.ptr[at + 2] == q;
    at += triple ? 3 : 1;
    while (at < node.end) {
      if (text.ptr[at] == '\\') {
        at += 2;
      } else if (text.ptr[at] == q &&
                 (!triple || (at + 2 < node.end && text.ptr[at + 1] == q &&
                              text.ptr[at + 2] == q))) {
        at += triple ? 3 : 1;
        break;
      } else {
        at++;
      }
    }
    at = at > node.end ? node.end : at;
    if (has_newline(str_slice(text, from, at)))
      vec_push(&c->spans, (Span){from, at});
  }
}

static bool collect(void *data, Ref r) {
  Collect *c = data;
  const PyTree *t = c->noqa->tree;
  PyKind kind = py_kind(t, r);
  if (kind != PY_STR && kind != PY_JOINED_STR && kind != PY_TEMPLATE_STR)
    return true;
  Span span = py_span(t, r);
  if (!has_newline(source_slice(t->source, span)))
    return false;
  if (kind == PY_STR)
    add_literals(c, span);
  else
    vec_push(&c->spans, span);
  return false;
}

static void build_strings(Noqa *n) {
  Collect c = {.noqa = n};
  PyVisitor v = {.enter = collect, .data = &c};
  py_walk(n->tree, n->tree->root, &v);
  n->strings = arena_array(n->arena, Span, c.spans.len + 1);
  if (c.spans.len)
    memcpy(n->strings, c.spans.items, c.spans.len * sizeof *n->strings);
  n->string_count = (uint32_t)c.spans.len;
  n->strings_built = true;
  vec_free(&c.spans);
}

static uint32_t line_end(const Source *s, uint32_t line) {
  return source_line_start(s, line) + (uint32_t)source_line(s, line).len;
}

// The last string that starts before `end`.
static const Span *string_before(const Noqa *n, uint32_t end) {
  uint32_t at = spans_from(n->strings, n->string_count, end);
  return at ? &n->strings[at - 1] : NULL;
}

// The comment on a line, or NULL.
static const Span *comment_on(const PyTree *t, uint32_t line) {
  Span span = {source_line_start(t->source, line), line_end(t->source, line)};
  return py_comment_in(t, span);
}

uint32_t noqa_line(Noqa *n, uint32_t offset) {
  const Source *source = n->tree->source;
  uint32_t line = source_position(source, offset).line;
  if (!n->strings_built)
    build_strings(n);
  for (;;) {
    uint32_t end = line_end(source, line), next = line;
    const Span *string = string_before(n, end);
    if (string && string->end > end)
      next = source_position(source, string->end).line;
    else if (end > source_line_start(source, line) && source->text.ptr[end - 1] == '\\' &&
             !comment_on(n->tree, line) && line < source->line_count)
      next = line + 1;
    if (next <= line)
      return line;
    line = next;
  }
}

bool noqa_suppresses(Noqa *n, uint32_t line, Str code) {
  if (n->file_all)
    return true;
  const Source *source = n->tree->source;
  for (uint32_t i = 0; i < n->file_count; i++)
    if (names_rule(source_slice(source, n->files[i].codes), code))
      return true;
  if (!n->has_lines)
    return false;
  const Span *comment = comment_on(n->tree, line);
  NoqaDirective d;
  return comment &&
         read_line_directive(source_slice(source, *comment), comment->start, &d) &&
         (d.all || names_rule(source_slice(source, d.codes), code));
}
