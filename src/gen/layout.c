// layout.c: folding of long lines, see layout.h.
#include "gen/layout.h"

enum {
  DEEPEST = 20, // nested splits; generated code stays far below
  STEP = 4
};

typedef struct {
  Buf *out;
  uint32_t width;
} Cx;

typedef struct {
  size_t open, close; // offsets of the brackets, SIZE_MAX: none
} Pair;

// Steps over a string that begins at `i`; gives the offset behind it.
static size_t skip_string(Str s, size_t i) {
  char quote = s.ptr[i];
  for (i++; i < s.len && s.ptr[i] != quote; i++)
    if (s.ptr[i] == '\\')
      i++;
  return i + 1;
}

static bool opens(char c) {
  return c == '(' || c == '[' || c == '{';
}
static bool closes(char c) {
  return c == ')' || c == ']' || c == '}';
}

// The bracket pair at depth 0 that ends last, or the first one.
static Pair find_pair(Str s, bool first) {
  Pair found = {SIZE_MAX, SIZE_MAX};
  size_t open = 0;
  int depth = 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '"' || c == '\'') {
      i = skip_string(s, i) - 1;
    } else if (opens(c) && depth++ == 0) {
      open = i;
    } else if (closes(c) && depth > 0 && --depth == 0) {
      if (i > open + 1) // an empty pair holds nothing to split
        found = (Pair){open, i};
      if (first && found.open != SIZE_MAX)
        return found;
    }
  }
  return found;
}

static size_t columns_of(Str s) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
  return n;
}

static void emit_line(Cx *cx, size_t indent, Str text, const char *tail) {
  buf_add_repeat(cx->out, ' ', indent);
  buf_add_str(cx->out, text);
  buf_add_text(cx->out, tail);
  buf_add_char(cx->out, '\n');
}

static bool fits(const Cx *cx, size_t indent, Str text, const char *tail) {
  return indent + columns_of(text) + strlen(tail) <= cx->width;
}

static void emit(Cx *cx, size_t indent, Str text, const char *tail, int depth);

// Offset at or after `from` where the next piece of `s` ends: at a comma at depth 0, or,
// in a comprehension, before " for " or " if ". The length where there is none.
static size_t piece_end(Str s, size_t from, bool clauses) {
  int level = 0;
  for (size_t i = from; i < s.len; i++) {
    char c = s.ptr[i];
    Str rest = str_slice(s, i, s.len);
    if (c == '"' || c == '\'')
      i = skip_string(s, i) - 1;
    else if (opens(c))
      level++;
    else if (closes(c))
      level--;
    else if (level)
      continue;
    else if (!clauses && c == ',')
      return i;
    else if (clauses && i > from &&
             (str_starts(rest, STR(" for ")) || str_starts(rest, STR(" if "))))
      return i;
  }
  return s.len;
}

// The pieces one a line: elements with a comma behind each, or a comprehension's clauses.
static void emit_pieces(Cx *cx, size_t indent, Str body, bool clauses, int depth) {
  for (size_t from = 0; from < body.len;) {
    size_t end = piece_end(body, from, clauses);
    Str piece = str_trim(str_slice(body, from, end));
    if (piece.len)
      emit(cx, indent, piece, clauses ? "" : ",", depth + 1);
    from = end + 1;
  }
}

static void emit_import(Cx *cx, size_t indent, Str text) {
  size_t at = str_find(text, STR(" import "), 0);
  Str names = str_slice(text, at + strlen(" import "), text.len);
  emit_line(cx, indent, str_slice(text, 0, at), " import (");
  emit_pieces(cx, indent + STEP, names, false, 0);
  emit_line(cx, indent, STR(")"), "");
}

static void emit(Cx *cx, size_t indent, Str text, const char *tail, int depth) {
  bool import =
      str_starts(text, STR("from ")) && str_find(text, STR(" import "), 0) != SIZE_MAX;
  if (fits(cx, indent, text, tail) || depth > DEEPEST || str_starts(text, STR("#"))) {
    emit_line(cx, indent, text, tail);
    return;
  }
  if (import && str_find_char(text, '(', 0) == SIZE_MAX) {
    emit_import(cx, indent, text);
    return;
  }
  bool is_def = str_starts(text, STR("def ")) || str_starts(text, STR("async def ")) ||
                str_starts(text, STR("class "));
  Pair pair = find_pair(text, is_def);
  if (pair.open == SIZE_MAX) {
    emit_line(cx, indent, text, tail);
    return;
  }
  Str body = str_trim(str_slice(text, pair.open + 1, pair.close));
  emit_line(cx, indent, str_slice(text, 0, pair.open + 1), "");
  bool trailing = str_ends(body, STR(","));
  if (fits(cx, indent + STEP, body, "") && !trailing)
    emit_line(cx, indent + STEP, body, "");
  else if (is_def || piece_end(body, 0, false) < body.len)
    emit_pieces(cx, indent + STEP, body, false, depth);
  else
    emit_pieces(cx, indent + STEP, body, true, depth);
  emit_line(cx, indent, str_slice(text, pair.close, text.len), tail);
}

// Brackets that a line leaves open, and whether a triple quote toggles: such lines belong
// to what spans several lines.
static int open_brackets(Str line) {
  int depth = 0;
  for (size_t i = 0; i < line.len; i++) {
    char c = line.ptr[i];
    if (c == '#')
      break;
    if (c == '"' || c == '\'')
      i = skip_string(line, i) - 1;
    else
      depth += opens(c) - closes(c);
  }
  return depth;
}

static Str without_blanks_behind(Str s) {
  while (s.len && strchr(" \t\r", s.ptr[s.len - 1]))
    s.len--;
  return s;
}

void layout_python(Str text, uint32_t width, Buf *out) {
  Cx cx = {.out = out, .width = width};
  int blank = 0;
  bool in_string = false, any = false;
  Str line;
  while (str_next_part(&text, '\n', &line)) {
    Str kept = without_blanks_behind(line);
    bool toggles = false;
    for (size_t at = str_find(kept, STR("\"\"\""), 0); at != SIZE_MAX;
         at = str_find(kept, STR("\"\"\""), at + 3))
      toggles = !toggles;
    if (in_string || toggles) {
      buf_add_repeat(out, '\n', (size_t)blank);
      blank = 0;
      any = true;
      buf_add_str(out, kept);
      buf_add_char(out, '\n');
      in_string ^= toggles;
      continue;
    }
    if (!kept.len) {
      blank = any && blank < 2 ? blank + 1 : blank;
      continue;
    }
    buf_add_repeat(out, '\n', (size_t)blank);
    blank = 0;
    any = true;
    Str bare = str_trim(kept);
    if (open_brackets(kept) == 0 && str_find(kept, STR("\"\"\""), 0) == SIZE_MAX)
      emit(&cx, kept.len - bare.len, bare, "", 0);
    else
      emit_line(&cx, 0, kept, "");
  }
}
