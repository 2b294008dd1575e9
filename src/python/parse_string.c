// parse_string.c: string literals, joined ones, and the parts of f- and t-strings.
//
// Outside a replacement field the text is read here byte by byte; inside one the lexer
// gives tokens again, with a `{` among the open brackets (PEP 498, 701, 750).
#include "python/parse_internal.h"
#include "python/string.h"

enum {
  MAX_SPEC_DEPTH = 2, // format specs in format specs, as in CPython
};

typedef struct {
  uint32_t start; // of the prefix
  uint8_t quote;
  bool triple, raw, is_template;
} Formatted;

static uint32_t offset_of(const Parser *p, const uint8_t *s) {
  return (uint32_t)(s - p->lx.text);
}

static bool check_escapes(Parser *p, const uint8_t *s, const uint8_t *end, PyDecode how) {
  const uint8_t *bad = py_decode(s, end, how, NULL);
  if (bad)
    lex_complain(&p->lx, (Span){offset_of(p, bad), offset_of(p, bad) + 1},
                 "this escape cannot be decoded");
  return !bad;
}

// A plain literal, which is the current token.
static Ref plain(Parser *p, bool *is_bytes) {
  uint32_t start = p->lx.start;
  const uint8_t *s = p->lx.text + start, *end = p->lx.text + p->lx.stop, *body_end;
  PyDecode how;
  const uint8_t *body = py_literal_body(s, end, &body_end, &how);
  if (p->lx.escaped)
    check_escapes(p, body, body_end, how);
  for (const uint8_t *c = body; how.bytes && c < body_end; c++)
    if (*c >= 0x80) {
      lex_complain(&p->lx, (Span){offset_of(p, c), offset_of(p, c)},
                   "bytes can only contain ASCII literal characters");
      break;
    }
  next(p);
  Ref r = NEW(p, Str, start);
  head(p, r)->flags = (uint8_t)((how.bytes ? PYF_BYTES : 0) | (how.raw ? PYF_RAW : 0) |
                                (how.unicode ? PYF_UNICODE : 0));
  *is_bytes = how.bytes;
  return r;
}

static void part(Parser *p, const Formatted *f, const uint8_t *s, const uint8_t *end) {
  if (s == end)
    return;
  check_escapes(p, s, end, (PyDecode){.raw = f->raw, .formatted = true});
  Ref r = NEW(p, StrPart, offset_of(p, s));
  head(p, r)->end = offset_of(p, end);
  head(p, r)->flags = f->raw ? PYF_RAW : 0;
  push(p, r);
}

static const uint8_t *parts(Parser *p, const Formatted *f, const uint8_t *s,
                            int spec_depth);

static void conversion(Parser *p, uint16_t *out) {
  uint32_t exclamation = p->lx.stop;
  next(p);
  uint8_t c = p->lx.text[p->lx.start];
  bool one = token(p) == TOK_NAME && p->lx.stop == p->lx.start + 1;
  if (!one || (c != 's' && c != 'r' && c != 'a') || p->lx.start != exclamation)
    fail_token(p, "'s', 'r' or 'a' after `!`");
  *out = c;
  next(p);
}

// ':' …, up to the closing brace, which becomes the next byte to read.
static Ref format_spec(Parser *p, const Formatted *f, int spec_depth) {
  uint32_t start = p->lx.start;
  size_t base = p->stack.len;
  const uint8_t *end = parts(p, f, p->lx.text + p->lx.stop, spec_depth + 1);
  Ref list = list_from(p, base);
  Ref r = NEW(p, JoinedStr, start);
  SET(p, JoinedStr, r)->parts = list;
  if (end)
    head(p, r)->end = offset_of(p, end);
  p->lx.cur = end ? end : p->lx.cur;
  return r;
}

// '{' annotated_rhs ['='] ['!' NAME] [':' spec] '}'; returns what follows, or NULL.
static const uint8_t *field(Parser *p, const Formatted *f, const uint8_t *s,
                            int spec_depth) {
  Lexer *lx = &p->lx;
  uint32_t start = offset_of(p, s);
  bool was_in_field = lx->in_field;
  uint16_t floor = lx->floor;
  if (lx->depth >= LEX_MAX_BRACKETS) {
    lex_fail(lx, (Span){start, start + 1}, "too many nested parentheses");
    return NULL;
  }
  if (spec_depth > MAX_SPEC_DEPTH) {
    lex_fail(lx, (Span){start, start + 1}, "replacement fields are nested too deeply");
    return NULL;
  }
  if (!enter(p))
    return NULL;
  lx->opened[lx->depth++] = start;
  lx->in_field = true;
  lx->floor = lx->depth;
  lx->cur = s + 1;
  next(p);
  Ref value = yield_or_star_expressions(p), spec = 0;
  uint16_t letter = 0;
  bool is_debug = accept(p, TOK_EQUAL);
  if (token(p) == TOK_EXCLAM)
    conversion(p, &letter);
  if (token(p) == TOK_COLON) {
    spec = format_spec(p, f, spec_depth);
    if (!lx->failed)
      next(p);
  }
  if (token(p) != TOK_RBRACE)
    fail_token(p, "'}'");
  leave(p);
  Ref r =
      node_new(p, f->is_template && !spec_depth ? PY_INTERPOLATION : PY_FORMATTED_VALUE,
               start, sizeof(PyFormattedValue) / 4);
  PyFormattedValue *v = SET(p, FormattedValue, r);
  v->value = value;
  v->format_spec = spec;
  v->node.aux = letter;
  v->node.flags = is_debug ? PYF_DEBUG : 0;
  v->node.end = lx->stop > start ? lx->stop : start;
  push(p, r);
  if (lx->failed)
    return NULL;
  lx->in_field = was_in_field;
  lx->floor = floor;
  return lx->text + lx->stop;
}

static const uint8_t *unterminated(Parser *p, const Formatted *f, const uint8_t *s,
                                   bool is_spec) {
  if (*s == 0 && s < p->lx.end)
    lex_fail(&p->lx, (Span){offset_of(p, s), offset_of(p, s) + 1},
             "source code cannot contain null bytes");
  else
    lex_fail(&p->lx, (Span){f->start, f->start + 1},
             is_spec ? "'}' is missing in an f-string" : "unterminated f-string literal");
  return NULL;
}

static const uint8_t *skip_escape(const Formatted *f, const uint8_t *s) {
  if (s[1] == '{' || s[1] == '}')
    return s + 1;
  if (s[1] == 'N' && s[2] == '{' && !f->raw) {
    const uint8_t *e = s + 3;
    while (*e && *e != '}' && *e != f->quote && *e != '\n' && *e != '\r')
      e++;
    return *e == '}' ? e + 1 : s + 2;
  }
  return s + (s[1] == '\r' && s[2] == '\n' ? 3 : s[1] ? 2 : 1);
}

// Text and fields up to the closing quotes (up to the brace, in a format spec). Returns
// where that stands, or NULL after an error.
static const uint8_t *parts(Parser *p, const Formatted *f, const uint8_t *s,
                            int spec_depth) {
  const uint8_t *from = s;
  for (;;) {
    s = lex_find_in_string(s, f->quote, f->triple, true);
    if (*s == f->quote) {
      if (f->triple && (s[1] != f->quote || s[2] != f->quote)) {
        s++;
        continue;
      }
      if (spec_depth)
        return unterminated(p, f, s, true);
      part(p, f, from, s);
      return s;
    }
    if (*s == '\\') {
      s = skip_escape(f, s);
    } else if (*s == '{' && (spec_depth || s[1] != '{')) {
      part(p, f, from, s);
      s = from = field(p, f, s, spec_depth);
      if (!s)
        return NULL;
    } else if (*s == '{') {
      s += 2;
    } else if (*s == '}' && spec_depth) {
      part(p, f, from, s);
      return s;
    } else if (*s == '}' && s[1] == '}') {
      s += 2;
    } else if (*s == '}') {
      lex_fail(&p->lx, (Span){offset_of(p, s), offset_of(p, s) + 1},
               "single '}' in an f-string");
      return NULL;
    } else {
      return unterminated(p, f, s, spec_depth > 0);
    }
  }
}

// The current token is the opening quotes; goes behind the closing ones.
void formatted_string(Parser *p, bool *is_template) {
  Lexer *lx = &p->lx;
  const uint8_t *s = lx->text + lx->start, *body = lx->text + lx->stop;
  Formatted f = {.start = lx->start};
  for (; *s != '"' && *s != '\''; s++) {
    f.raw |= (*s | 32) == 'r';
    f.is_template |= (*s | 32) == 't';
  }
  f.quote = *s;
  f.triple = body - s == 3;
  *is_template = f.is_template;
  const uint8_t *end = parts(p, &f, body, 0);
  if (!end)
    return;
  lx->cur = end + (f.triple ? 3 : 1);
  lx->start = f.start;
  lx->stop = offset_of(p, lx->cur);
  lx->tok = TOK_FSTRING;
  next(p);
}

typedef struct {
  int count;
  bool bytes, text, format, templ;
} Joined;

static void check_mix(Parser *p, const Joined *j, uint32_t start) {
  const char *why = NULL;
  if (j->bytes && (j->text || j->format || j->templ))
    why = "bytes and text literals cannot be joined";
  else if (j->templ && (j->text || j->format))
    why = "t-strings cannot be joined with other strings";
  if (why)
    lex_complain(&p->lx, (Span){start, p->lx.prev_stop}, why);
}

// strings: (STRING | FSTRING)+
Ref strings(Parser *p) {
  uint32_t start = p->lx.start, used = p->tree->used;
  size_t base = p->stack.len;
  Joined j = {0};
  for (; token(p) == TOK_STRING || token(p) == TOK_FSTRING; j.count++) {
    bool flag = false;
    if (token(p) == TOK_STRING) {
      push(p, plain(p, &flag));
      j.bytes |= flag;
      j.text |= !flag;
    } else {
      formatted_string(p, &flag);
      j.templ |= flag;
      j.format |= !flag;
    }
  }
  check_mix(p, &j, start);
  if (j.format || j.templ) {
    Ref list = list_from(p, base);
    Ref r = node_new(p, j.templ ? PY_TEMPLATE_STR : PY_JOINED_STR, start,
                     sizeof(PyJoinedStr) / 4);
    SET(p, JoinedStr, r)->parts = list; // both have one shape
    return r;
  }
  Ref first = p->stack.items[base];
  p->stack.len = base;
  if (j.count == 1)
    return first;
  uint8_t flags = head(p, first)->flags & (PYF_BYTES | PYF_UNICODE);
  p->tree->used = used;
  Ref r = NEW(p, Str, start);
  head(p, r)->flags = flags | PYF_CONCAT;
  return r;
}
