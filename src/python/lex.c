// lex.c: bytes to tokens.
//
// The one idea: nothing is stored. The parser pulls one token at a time; a name is
// interned where it is met, and a keyword is a name whose atom says so.
#include "python/lex.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "python/chars.h"

// Kept out of the short path that most tokens take.
#define RARE __attribute__((noinline, cold))
#define APART __attribute__((noinline))

static const uint8_t keyword_of[SYM_COUNT] = {
#define TOKEN(kind, text)
#define KEYWORD(kind, name) [SYM_##name] = TOK_##kind,
#include "python/tokens.def"
#undef TOKEN
#undef KEYWORD
};

const char *py_token_text(PyToken token) {
  static const char *const texts[] = {
#define TOKEN(kind, text) text,
#define KEYWORD(kind, name) #name,
#include "python/tokens.def"
#undef TOKEN
#undef KEYWORD
  };
  return texts[token];
}

void lex_fail(Lexer *lx, Span at, const char *format, ...) {
  if (lx->failed)
    return;
  char message[256];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  diag_add(lx->diags, DIAG_ERROR, at, "%s", message);
  lx->failed = true;
  lx->tok = TOK_ERROR;
}

void lex_complain(Lexer *lx, Span at, const char *why) {
  if (!lx->failed)
    diag_add(lx->diags, DIAG_ERROR, at, "%s", why);
}

static inline uint32_t offset(const Lexer *lx, const uint8_t *s) {
  return (uint32_t)(s - lx->text);
}

static PyToken give(Lexer *lx, const uint8_t *from, const uint8_t *to, PyToken tok) {
  lx->start = offset(lx, from);
  lx->stop = offset(lx, to);
  lx->cur = to;
  lx->tok = (uint8_t)tok;
  return tok;
}

RARE static PyToken fail_at(Lexer *lx, const uint8_t *from, const uint8_t *to,
                            const char *why) {
  if (to > lx->end)
    to = lx->end;
  give(lx, from, to, TOK_ERROR);
  lex_fail(lx, (Span){lx->start, lx->stop}, "%s", why);
  return TOK_ERROR;
}

// The byte after a line ending at `s`; `s` where there is none.
static inline const uint8_t *after_newline(const uint8_t *s) {
  return *s == '\n' ? s + 1 : *s == '\r' ? s + 1 + (s[1] == '\n') : s;
}

APART static const uint8_t *comment(Lexer *lx, const uint8_t *s) {
  const uint8_t *e = chars_find_line_end(s);
  while (*e == 0 && e < lx->end) // a NUL byte does not end the line; it is an error
    e = chars_find_line_end(e + 1);
  const uint8_t *nul = memchr(s, 0, (size_t)(e - s));
  if (nul)
    lex_complain(lx, (Span){offset(lx, nul), offset(lx, nul) + 1},
                 "source code cannot contain null bytes");
  vec_push(lx->comments, (Span){offset(lx, s), offset(lx, e)});
  return e;
}

typedef struct {
  uint32_t column, alt; // tabs to 8, tabs to 1
} Indent;

// Skips blanks at the start of a line; a backslash joins the next line to the first
// one's indentation.
static const uint8_t *measure_any_indent(const uint8_t *s, Indent *in) {
  Indent now = {0}, joined = {0};
  bool has_joined = false;
  for (;; s++) {
    if (*s == ' ')
      now.column++, now.alt++;
    else if (*s == '\t')
      now.column = (now.column / 8 + 1) * 8, now.alt++;
    else if (*s == '\f')
      now = (Indent){0};
    else if (*s == '\\' && after_newline(s + 1) != s + 1) {
      if (!has_joined || joined.column == 0)
        joined = now;
      has_joined = true;
      s = after_newline(s + 1) - 1;
    } else
      break;
  }
  *in = has_joined ? joined : now;
  return s;
}

// As above; most lines have spaces only.
static inline const uint8_t *measure_indent(const uint8_t *s, Indent *in) {
  const uint8_t *e = chars_skip_spaces(s);
  if (UNLIKELY(*e == '\t' || *e == '\f' || *e == '\\'))
    return measure_any_indent(s, in);
  *in = (Indent){(uint32_t)(e - s), (uint32_t)(e - s)};
  return e;
}

static void complain_at(Lexer *lx, const uint8_t *s, const char *why) {
  lex_complain(lx, (Span){offset(lx, s), offset(lx, s)}, why);
}

static void dedent_to(Lexer *lx, const uint8_t *at, Indent in) {
  while (lx->indents && in.column < lx->columns[lx->indents]) {
    lx->indents--;
    lx->pending--;
  }
  if (in.column != lx->columns[lx->indents])
    complain_at(lx, at, "unindent does not match any outer indentation level");
  else if (in.alt != lx->alt_columns[lx->indents])
    complain_at(lx, at, "inconsistent use of tabs and spaces in indentation");
}

APART static void begin_line(Lexer *lx) {
  const uint8_t *s = lx->cur;
  Indent in;
  for (;;) { // blank lines and lines of only a comment
    s = measure_indent(s, &in);
    if (*s == '#')
      s = comment(lx, s);
    const uint8_t *next = after_newline(s);
    if (next == s)
      break;
    s = next;
  }
  lx->cur = s;
  lx->line_start = false;
  if (lx->failed)
    return;
  if (s >= lx->end)
    in = (Indent){0};
  uint32_t top = lx->columns[lx->indents], alt_top = lx->alt_columns[lx->indents];
  if (in.column > top) {
    if (in.alt <= alt_top)
      complain_at(lx, s, "inconsistent use of tabs and spaces in indentation");
    else if (lx->indents + 1 >= LEX_MAX_INDENTS || in.column > UINT16_MAX)
      complain_at(lx, s, "too many levels of indentation");
    else {
      lx->columns[++lx->indents] = (uint16_t)in.column;
      lx->alt_columns[lx->indents] = (uint16_t)in.alt;
      lx->pending = 1;
    }
  } else if (in.column < top)
    dedent_to(lx, s, in);
  else if (in.alt != alt_top)
    complain_at(lx, s, "inconsistent use of tabs and spaces in indentation");
}

// --- names ---------------------------------------------------------------------------

// XID_Start and XID_Continue by general category and the Other_ID_* list of
// PropList.txt (Unicode 15; UAX #31).
static bool is_xid(uint32_t c, bool start) {
  switch (utf8proc_category((utf8proc_int32_t)c)) {
  case UTF8PROC_CATEGORY_LU:
  case UTF8PROC_CATEGORY_LL:
  case UTF8PROC_CATEGORY_LT:
  case UTF8PROC_CATEGORY_LM:
  case UTF8PROC_CATEGORY_LO:
  case UTF8PROC_CATEGORY_NL:
    return c != 0x2E2F && c != 0x37A && !(start && (c == 0xE33 || c == 0xEB3));
  case UTF8PROC_CATEGORY_MN:
  case UTF8PROC_CATEGORY_MC:
  case UTF8PROC_CATEGORY_ND:
  case UTF8PROC_CATEGORY_PC:
    return !start;
  default:
    return c == 0x1885 || c == 0x1886 || c == 0x2118 || c == 0x212E ||
           (!start &&
            (c == 0xB7 || c == 0x387 || (c >= 0x1369 && c <= 0x1371) || c == 0x19DA));
  }
}

RARE static PyToken wide_name(Lexer *lx, const uint8_t *s, const uint8_t *e) {
  Str text = {(const char *)s, (size_t)(e - s)};
  for (size_t at = 0; at < text.len;) {
    uint32_t c = 0;
    int n = utf8_decode(text, at, &c);
    if (n == 0 || (c >= 0x80 && !is_xid(c, at == 0))) {
      const uint8_t *bad = s + at;
      char why[80];
      snprintf(why, sizeof why, "invalid character U+%04X", n ? c : bad[0]);
      return fail_at(lx, bad, bad + (n ? n : 1), why);
    }
    at += (size_t)n;
  }
  utf8proc_uint8_t *folded = NULL;
  utf8proc_ssize_t n = utf8proc_map(s, e - s, &folded,
                                    UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE);
  give(lx, s, e, TOK_NAME);
  lx->atom = intern(lx->names, n > 0 ? (Str){(char *)folded, (size_t)n} : text);
  free(folded); // allocated by utf8proc
  return TOK_NAME;
}

// Length of a string prefix of `n` letters before a quote; sets *formatted.
static bool is_string_prefix(const uint8_t *s, size_t n, bool *formatted) {
  uint32_t seen = 0;
  for (size_t i = 0; i < n; i++) {
    static const char letters[] = "rbuft";
    const char *at = strchr(letters, s[i] | 32);
    if (!at || !s[i] || (seen & 1u << (at - letters)))
      return false;
    seen |= 1u << (at - letters);
  }
  *formatted = seen & (1u << 3 | 1u << 4);
  // u stands alone; at most one of b, f, t
  return !(seen & 4 && seen != 4) && !((seen & 2) && *formatted) && (seen >> 3) != 3;
}

APART static PyToken string(Lexer *lx, const uint8_t *start, const uint8_t *s) {
  uint8_t q = *s;
  bool triple = s[1] == q && s[2] == q;
  s += triple ? 3 : 1;
  lx->escaped = false;
  for (;;) {
    s = lex_find_in_string(s, q, triple, false);
    if (*s == q) {
      if (!triple)
        return give(lx, start, s + 1, TOK_STRING);
      if (s[1] == q && s[2] == q)
        return give(lx, start, s + 3, TOK_STRING);
      s++;
    } else if (*s == '\\') {
      lx->escaped = true;
      const uint8_t *next = after_newline(s + 1); // a joined line
      s = next != s + 1 ? next : s + 2;
      if (s > lx->end)
        s = lx->end;
    } else if (*s == 0 && s < lx->end)
      return fail_at(lx, s, s + 1, "source code cannot contain null bytes");
    else
      return fail_at(lx, start, chars_find_line_end(start),
                     triple ? "unterminated triple-quoted string"
                            : "unterminated string literal");
  }
}

// A word that stands before a quote.
APART static PyToken prefixed_string(Lexer *lx, const uint8_t *s, const uint8_t *e) {
  bool formatted = false;
  if (!is_string_prefix(s, (size_t)(e - s), &formatted))
    return TOK_NAME;
  if (!formatted)
    return string(lx, s, e);
  bool triple = e[1] == *e && e[2] == *e;
  return give(lx, s, e + (triple ? 3 : 1), TOK_FSTRING);
}

static inline PyToken give_name(Lexer *lx, const uint8_t *s, const uint8_t *e,
                                Atom atom) {
  lx->atom = atom;
  PyToken keyword = atom < SYM_COUNT ? (PyToken)keyword_of[atom] : 0;
  return give(lx, s, e, keyword ? keyword : TOK_NAME);
}

// A name, or a string that begins with a word.
APART static PyToken any_name(Lexer *lx, const uint8_t *s) {
  bool wide = false;
  const uint8_t *e = chars_word_end(s, &wide);
  size_t n = (size_t)(e - s);
  if (n <= 2 && chars_class[*e] == CHARS_QUOTE) {
    PyToken tok = prefixed_string(lx, s, e);
    if (tok != TOK_NAME)
      return tok;
  }
  if (UNLIKELY(wide))
    return wide_name(lx, s, e);
  return give_name(lx, s, e, intern_padded(lx->names, s, (uint32_t)n));
}

// As above; the way of a short name that was met before.
static inline PyToken name(Lexer *lx, const uint8_t *s) {
  uint32_t n = chars_short_word(s);
  Atom atom = intern_recent(lx->names, s, n);
  if (UNLIKELY(!atom || chars_class[s[n]] == CHARS_QUOTE))
    return any_name(lx, s);
  return give_name(lx, s, s + n, atom);
}

// The end of the word at `s`, for messages.
APART static const uint8_t *word_end(const uint8_t *s) {
  bool wide = false;
  return chars_word_end(s, &wide);
}

// --- numbers -------------------------------------------------------------------------

typedef enum {
  DIGITS_2 = 2,
  DIGITS_8 = 8,
  DIGITS_10 = 10,
  DIGITS_16 = 16
} Base;

static bool is_digit(uint8_t c, Base base) {
  if (base == DIGITS_16)
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
  return c >= '0' && c < '0' + (int)base;
}

// digit ('_'? digit)*; NULL where an underscore or the first digit is not followed by one
static const uint8_t *digits(const uint8_t *s, Base base) {
  for (;;) {
    if (!is_digit(*s, base))
      return NULL;
    while (is_digit(*s, base))
      s++;
    if (*s != '_')
      return s;
    s++;
  }
}

// CPython lets a keyword stand against a number (`1if x else y`).
static bool may_follow_number(const uint8_t *s) {
  static const char *const words[] = {"and", "else", "for", "if",
                                      "in",  "is",   "not", "or"};
  if (!chars_is_word(*s))
    return true;
  for (size_t i = 0; i < ARRAY_LEN(words); i++)
    if (strncmp((const char *)s, words[i], strlen(words[i])) == 0)
      return true;
  return false;
}

static const uint8_t *exponent(const uint8_t *s, bool *bad) {
  const uint8_t *d = s + 1 + (s[1] == '+' || s[1] == '-');
  if (!is_digit(*d, DIGITS_10)) {
    *bad = d > s + 1; // `1e+x`; `1else` is a number and a keyword
    return s;
  }
  const uint8_t *e = digits(d, DIGITS_10);
  *bad = !e;
  return e ? e : d;
}

APART static PyToken number(Lexer *lx, const uint8_t *s) {
  const uint8_t *b = s;
  PyNumKind kind = PY_NUM_INT;
  bool bad = false;
  uint8_t x = s[0] == '0' ? s[1] | 32 : 0;
  if (x == 'x' || x == 'o' || x == 'b') {
    s = digits(s + 2 + (s[2] == '_'), x == 'x'   ? DIGITS_16
                                      : x == 'o' ? DIGITS_8
                                                 : DIGITS_2);
    if (!s || is_digit(*s, DIGITS_10) || !may_follow_number(s))
      return fail_at(lx, b, word_end(b),
                     x == 'x'   ? "invalid hexadecimal literal"
                     : x == 'o' ? "invalid octal literal"
                                : "invalid binary literal");
  } else {
    if (*s != '.' && !(s = digits(s, DIGITS_10)))
      return fail_at(lx, b, word_end(b), "invalid decimal literal");
    const uint8_t *whole = s;
    if (*s == '.') {
      kind = PY_NUM_FLOAT;
      s++;
      if (is_digit(*s, DIGITS_10) && !(s = digits(s, DIGITS_10)))
        return fail_at(lx, b, word_end(b), "invalid decimal literal");
    }
    if ((*s | 32) == 'e') {
      const uint8_t *e = exponent(s, &bad);
      kind = e > s ? PY_NUM_FLOAT : kind;
      s = e;
    }
    if ((*s | 32) == 'j') {
      kind = PY_NUM_COMPLEX;
      s++;
    }
    if (bad || !may_follow_number(s))
      return fail_at(lx, b, word_end(s), "invalid decimal literal");
    if (kind == PY_NUM_INT && *b == '0')
      for (const uint8_t *d = b; d < whole; d++)
        if (*d != '0' && *d != '_')
          return fail_at(lx, b, s,
                         "leading zeros in decimal integer literals are not "
                         "permitted; use an 0o prefix for octal integers");
  }
  lx->op = (uint8_t)kind;
  return give(lx, b, s, TOK_NUMBER);
}

// --- operators -----------------------------------------------------------------------

// What most operators are by their first byte alone.
static const uint8_t token_of[128] = {
    ['('] = TOK_LPAR,  ['['] = TOK_LSQB,   ['{'] = TOK_LBRACE, [')'] = TOK_RPAR,
    [']'] = TOK_RSQB,  ['}'] = TOK_RBRACE, [','] = TOK_COMMA,  [';'] = TOK_SEMI,
    ['~'] = TOK_TILDE, [':'] = TOK_COLON,  ['='] = TOK_EQUAL,
};

RARE static PyToken too_many_brackets(Lexer *lx, const uint8_t *s) {
  return fail_at(lx, s, s + 1, "too many nested parentheses");
}

static inline PyToken open_bracket(Lexer *lx, const uint8_t *s) {
  if (UNLIKELY(lx->depth >= LEX_MAX_BRACKETS))
    return too_many_brackets(lx, s);
  lx->opened[lx->depth++] = offset(lx, s);
  return give(lx, s, s + 1, (PyToken)token_of[*s]);
}

RARE static PyToken unmatched(Lexer *lx, const uint8_t *s) {
  char why[40];
  snprintf(why, sizeof why, "unmatched '%c'", *s);
  return fail_at(lx, s, s + 1, why);
}

RARE static PyToken mismatched(Lexer *lx, const uint8_t *s, uint8_t open) {
  char why[80];
  snprintf(why, sizeof why, "closing parenthesis '%c' does not match opening '%c'", *s,
           open);
  return fail_at(lx, s, s + 1, why);
}

static inline PyToken close_bracket(Lexer *lx, const uint8_t *s) {
  if (UNLIKELY(lx->depth == 0 || (lx->in_field && lx->depth == lx->floor && *s != '}')))
    return unmatched(lx, s);
  uint8_t open = lx->text[lx->opened[lx->depth - 1]];
  if (UNLIKELY(*s != open + 1 + (open != '('))) // "()" are neighbours, "[]" and "{}" not
    return mismatched(lx, s, open);
  lx->depth--;
  return give(lx, s, s + 1, (PyToken)token_of[*s]);
}

static PyToken augmented(Lexer *lx, const uint8_t *s, int n, PyOp op) {
  lx->op = (uint8_t)op;
  return give(lx, s, s + n, TOK_AUGMENTED);
}

// One operator character that may be doubled, and followed by `=`.
static PyToken arithmetic(Lexer *lx, const uint8_t *s, PyToken one, PyOp op, PyToken two,
                          PyOp op_two) {
  int n = 1;
  if (two != TOK_END && s[1] == s[0])
    n = 2, one = two, op = op_two;
  return s[n] == '=' ? augmented(lx, s, n + 1, op) : give(lx, s, s + n, one);
}

static PyToken less_or_greater(Lexer *lx, const uint8_t *s) {
  bool less = *s == '<';
  if (less && s[1] == '>')
    return fail_at(lx, s, s + 2, "'<>' is not an operator of Python 3; use '!='");
  if (s[1] == *s)
    return arithmetic(lx, s, TOK_END, PY_OP_NONE, less ? TOK_LEFT_SHIFT : TOK_RIGHT_SHIFT,
                      less ? PY_L_SHIFT : PY_R_SHIFT);
  if (s[1] == '=')
    return give(lx, s, s + 2, less ? TOK_LESS_EQUAL : TOK_GREATER_EQUAL);
  return give(lx, s, s + 1, less ? TOK_LESS : TOK_GREATER);
}

APART static PyToken operator_token(Lexer *lx, const uint8_t *s) {
  uint8_t d = s[1];
  switch (*s) {
  case '!':
    if (d == '=')
      return give(lx, s, s + 2, TOK_NOT_EQUAL);
    return give(lx, s, s + 1, TOK_EXCLAM);
  case '+':
    return arithmetic(lx, s, TOK_PLUS, PY_ADD, TOK_END, PY_OP_NONE);
  case '-':
    if (d == '>')
      return give(lx, s, s + 2, TOK_ARROW);
    return arithmetic(lx, s, TOK_MINUS, PY_SUB, TOK_END, PY_OP_NONE);
  case '*':
    return arithmetic(lx, s, TOK_STAR, PY_MULT, TOK_DOUBLE_STAR, PY_POW);
  case '/':
    return arithmetic(lx, s, TOK_SLASH, PY_DIV, TOK_DOUBLE_SLASH, PY_FLOOR_DIV);
  case '%':
    return arithmetic(lx, s, TOK_PERCENT, PY_MOD, TOK_END, PY_OP_NONE);
  case '@':
    return arithmetic(lx, s, TOK_AT, PY_MAT_MULT, TOK_END, PY_OP_NONE);
  case '&':
    return arithmetic(lx, s, TOK_AMPER, PY_BIT_AND, TOK_END, PY_OP_NONE);
  case '|':
    return arithmetic(lx, s, TOK_VBAR, PY_BIT_OR, TOK_END, PY_OP_NONE);
  case '^':
    return arithmetic(lx, s, TOK_CIRCUMFLEX, PY_BIT_XOR, TOK_END, PY_OP_NONE);
  case '<':
  case '>':
    return less_or_greater(lx, s);
  default: {
    char why[40];
    snprintf(why, sizeof why,
             *s >= ' ' && *s < 127 ? "invalid character '%c'"
                                   : "invalid character U+%04X",
             *s);
    return fail_at(lx, s, s + 1, *s ? why : "source code cannot contain null bytes");
  }
  }
}

RARE static PyToken end_of_text(Lexer *lx) {
  const uint8_t *e = lx->end;
  if (lx->depth) {
    const uint8_t *open = lx->text + lx->opened[lx->depth - 1];
    char why[40];
    snprintf(why, sizeof why, "'%c' was never closed", *open);
    fail_at(lx, open, open + 1, why);
    lx->cur = e;
    lx->start = lx->stop = offset(lx, e);
  } else if (lx->tok != TOK_NEWLINE && lx->tok != TOK_DEDENT && lx->tok != TOK_INDENT &&
             lx->tok != TOK_END) {
    give(lx, e, e, TOK_NEWLINE);
    lx->line_start = true;
  } else
    give(lx, e, e, TOK_END);
  return (PyToken)lx->tok;
}

// Blanks, comments and joined lines before a token; false where the line ended and a
// NEWLINE was given.
APART static bool skip_blanks(Lexer *lx, const uint8_t **at) {
  const uint8_t *s = *at;
  for (;;) {
    while (*s == ' ' || *s == '\t' || *s == '\f')
      s++;
    if (*s == '#')
      s = comment(lx, s);
    else if (*s == '\\') {
      const uint8_t *next = after_newline(s + 1);
      if (next == s + 1 || next >= lx->end) {
        fail_at(lx, s, s + 1,
                next == s + 1 ? "unexpected character after line continuation character"
                              : "unexpected end of file after a backslash");
        return false;
      }
      s = next;
    } else if (*s == '\n' || *s == '\r') {
      const uint8_t *next = after_newline(s);
      if (lx->depth == 0) {
        give(lx, s, next, TOK_NEWLINE);
        lx->line_start = true;
        return false;
      }
      s = next;
    } else
      break;
    if (lx->failed)
      return false;
  }
  *at = s;
  return true;
}

APART static PyToken give_indent(Lexer *lx) {
  lx->tok = lx->pending > 0 ? TOK_INDENT : TOK_DEDENT;
  lx->pending += lx->pending > 0 ? -1 : 1;
  lx->start = lx->stop = offset(lx, lx->cur);
  return (PyToken)lx->tok;
}

// What comes before the first token of a line; false where a token was given.
APART static bool start_line(Lexer *lx) {
  if (lx->line_start)
    begin_line(lx);
  if (lx->pending != 0 && !lx->failed) {
    give_indent(lx);
    return false;
  }
  return !lx->failed;
}

static PyToken token_at(Lexer *lx, const uint8_t *s);

APART static PyToken first_token(Lexer *lx) {
  return start_line(lx) ? token_at(lx, lx->cur) : (PyToken)lx->tok;
}

APART static PyToken token_after_blanks(Lexer *lx, const uint8_t *s) {
  return skip_blanks(lx, &s) ? token_at(lx, s) : (PyToken)lx->tok;
}

// Calls nothing but as its last step, so that the commonest tokens need no stack.
static inline PyToken token_at(Lexer *lx, const uint8_t *s) {
  for (;;)
    switch ((CharClass)chars_class[*s]) {
    case CHARS_WORD:
      return name(lx, s);
    case CHARS_OPEN:
      return open_bracket(lx, s);
    case CHARS_CLOSE:
      return close_bracket(lx, s);
    case CHARS_ALONE:
      return give(lx, s, s + 1, (PyToken)token_of[*s]);
    case CHARS_EQUAL:
      return s[1] == '=' ? give(lx, s, s + 2, TOK_EQ_EQUAL)
                         : give(lx, s, s + 1, TOK_EQUAL);
    case CHARS_COLON:
      // in a replacement field `:=` is a colon and a format that starts with `=`
      if (UNLIKELY(s[1] == '=') && !(lx->in_field && lx->depth == lx->floor))
        return give(lx, s, s + 2, TOK_WALRUS);
      return give(lx, s, s + 1, TOK_COLON);
    case CHARS_DIGIT:
      return number(lx, s);
    case CHARS_QUOTE:
      return string(lx, s, s);
    case CHARS_DOT:
      if (UNLIKELY(chars_class[s[1]] == CHARS_DIGIT))
        return number(lx, s);
      if (UNLIKELY(s[1] == '.' && s[2] == '.'))
        return give(lx, s, s + 3, TOK_ELLIPSIS);
      return give(lx, s, s + 1, TOK_DOT);
    case CHARS_LINE:
      if (lx->depth == 0) {
        lx->line_start = true;
        return give(lx, s, s + 1, TOK_NEWLINE);
      }
      s = chars_skip_spaces(s + 1);
      break;
    case CHARS_BLANK:
      return token_after_blanks(lx, s);
    case CHARS_NUL:
      return s >= lx->end ? end_of_text(lx) : operator_token(lx, s);
    case CHARS_OTHER:
      return operator_token(lx, s);
    }
}

void lex_next(Lexer *lx) {
  if (UNLIKELY(lx->failed))
    return;
  lx->prev_stop = lx->tok > TOK_DEDENT ? lx->stop : lx->prev_stop;
  if (UNLIKELY(lx->line_start | lx->pending))
    first_token(lx);
  else
    token_at(lx, lx->cur + (*lx->cur == ' '));
}

void lex_init(Lexer *lx, const Source *source, InternCache *names, DiagSink *diags,
              SpanList *comments) {
  const uint8_t *text = (const uint8_t *)source->text.ptr;
  *lx = (Lexer){.text = text,
                .cur = text + (source->has_bom ? 3 : 0),
                .end = text + source->text.len,
                .names = names,
                .diags = diags,
                .comments = comments,
                .tok = TOK_NEWLINE,
                .line_start = true};
  lex_next(lx);
}

uint32_t lex_column(const Lexer *lx, uint32_t at) {
  const uint8_t *s = lx->text + at;
  while (s > lx->text && s[-1] != '\n' && s[-1] != '\r')
    s--;
  Indent in;
  if (at >= 3 && s == lx->text && s[0] == 0xEF)
    s += 3;
  measure_indent(s, &in);
  return in.column;
}

// A word that begins a statement and never stands at the start of a line in brackets.
static bool is_statement_keyword(PyToken tok) {
  switch (tok) {
  case TOK_DEF:
  case TOK_CLASS:
  case TOK_RETURN:
  case TOK_IMPORT:
  case TOK_WHILE:
  case TOK_TRY:
  case TOK_WITH:
  case TOK_RAISE:
  case TOK_DEL:
  case TOK_PASS:
  case TOK_BREAK:
  case TOK_CONTINUE:
  case TOK_GLOBAL:
  case TOK_NONLOCAL:
  case TOK_ASSERT:
  case TOK_EXCEPT:
  case TOK_FINALLY:
  case TOK_ELIF:
    return true;
  default:
    return false;
  }
}

// The line that starts at `s` begins a new statement though brackets are open.
static bool begins_statement(Lexer *lx, const uint8_t *s, uint32_t column) {
  Indent in;
  s = measure_indent(s, &in);
  if (*s == '@' && in.column <= column)
    return true;
  if (chars_class[*s] != CHARS_WORD)
    return false;
  const uint8_t *e = word_end(s);
  Atom word = intern(lx->names, (Str){(const char *)s, (size_t)(e - s)});
  PyToken tok = word < SYM_COUNT ? keyword_of[word] : 0;
  return is_statement_keyword(tok) || in.column <= column;
}

// Skips one token's worth of text without reporting: strings whole where they end.
static const uint8_t *skip_token(Lexer *lx, const uint8_t *s, uint32_t *depth) {
  if (*s == '(' || *s == '[' || *s == '{')
    ++*depth;
  else if ((*s == ')' || *s == ']' || *s == '}') && *depth)
    --*depth;
  else if (*s == '"' || *s == '\'') {
    Lexer probe = *lx;
    DiagSink quiet = {.arena = lx->diags->arena, .limit = 1};
    probe.diags = &quiet;
    string(&probe, s, s);
    bool whole = !probe.failed;
    const uint8_t *to = probe.cur;
    diag_sink_free(&quiet);
    return whole ? to : s + 1;
  }
  return s + 1;
}

// The mistake was met at the first token of a line that begins a new statement while a
// bracket of an earlier line is open.
static bool mistake_begins_line(Lexer *lx, const uint8_t *s, uint32_t column) {
  const uint8_t *line = s;
  while (line > lx->text && (line[-1] == ' ' || line[-1] == '\t' || line[-1] == '\f'))
    line--;
  return line > lx->text && (line[-1] == '\n' || line[-1] == '\r') &&
         lx->opened[lx->depth - 1] < offset(lx, line) &&
         begins_statement(lx, line, column);
}

void lex_recover(Lexer *lx, uint32_t column) {
  const uint8_t *s = lx->text + min_size(lx->start, (size_t)(lx->end - lx->text));
  uint32_t depth = lx->depth;
  bool at_line = lx->tok == TOK_NEWLINE;
  if (depth && mistake_begins_line(lx, s, column)) { // back to the end of the line before
    while (s[-1] != '\n' && s[-1] != '\r')
      s--;
    s -= s[-1] == '\n' && s - lx->text > 1 && s[-2] == '\r' ? 2 : 1;
    depth = 0;
  }
  lx->failed = lx->in_field = false;
  lx->floor = lx->depth = 0;
  while (s < lx->end && !at_line) {
    if (*s == '#') {
      s = comment(lx, s);
      lx->failed = false;
    } else if (*s == '\\' && after_newline(s + 1) != s + 1) {
      s = after_newline(s + 1);
    } else if (*s == '\n' || *s == '\r') {
      const uint8_t *next = after_newline(s);
      if (depth == 0 || begins_statement(lx, next, column))
        break;
      s = next;
    } else
      s = skip_token(lx, s, &depth);
  }
  const uint8_t *next = after_newline(s);
  give(lx, s, next, TOK_NEWLINE);
  lx->prev_stop = lx->start;
  lx->line_start = true;
}
