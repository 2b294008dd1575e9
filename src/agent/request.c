// request.c: prose, code and errors apart. Lines are classified first, then chains of
// calls are looked for within what is left.
#include "agent/request.h"

#include "python/parse.h"

typedef enum {
  LINE_PROSE,
  LINE_BLANK,
  LINE_PYTHON,
  LINE_ERROR
} LineKind;

typedef struct {
  Request *r;
  Arena *arena;
  InternCache *names;
  Buf prose;
} Reader;

static bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || (unsigned char)c >= 0x80;
}

static bool is_letter(char c) {
  return is_word(c) && !(c >= '0' && c <= '9');
}

// ---- Python

static bool parses(Reader *rd, Str text) {
  Arena scratch = {0};
  Source source = {0};
  PyTree tree = {0};
  DiagSink diags = {.arena = &scratch};
  char *padded = arena_alloc(&scratch, text.len + SOURCE_PADDING, 1);
  if (text.len)
    memcpy(padded, text.ptr, text.len);
  bool ok = source_init(&source, &scratch, STR("request"), (Str){padded, text.len}, NULL);
  if (ok) {
    py_parse(&tree, &source, rd->names, &diags);
    ok = !tree.has_errors && diags.diags.len == 0;
    py_tree_free(&tree);
  }
  diag_sink_free(&diags);
  arena_reset(&scratch);
  return ok;
}

static void add_block(Reader *rd, BlockKind kind, Str text, Str language, bool fenced) {
  RequestBlock b = {.kind = kind,
                    .text = str_copy(rd->arena, text),
                    .language = language,
                    .fenced = fenced};
  if (kind == BLOCK_PYTHON)
    b.parses = parses(rd, text);
  vec_push(&rd->r->blocks, b);
}

static bool starts_word(Str line, const char *word) {
  Str w = str_from(word);
  return str_starts(line, w) && (line.len == w.len || !is_word(line.ptr[w.len]));
}

// The name at `at`, dots included; returns where it ends.
static size_t skip_dotted(Str s, size_t at) {
  size_t i = at;
  while (i < s.len && is_letter(s.ptr[i])) {
    while (i < s.len && is_word(s.ptr[i]))
      i++;
    if (i + 1 < s.len && s.ptr[i] == '.' && is_letter(s.ptr[i + 1]))
      i++;
    else
      break;
  }
  return i;
}

// Where the bracket at `at` closes, or SIZE_MAX.
static size_t skip_brackets(Str s, size_t at) {
  int depth = 0;
  for (size_t i = at; i < s.len; i++) {
    char c = s.ptr[i];
    if (c == '\'' || c == '"') {
      size_t end = i + 1;
      while (end < s.len && s.ptr[end] != c && s.ptr[end] != '\n')
        end += s.ptr[end] == '\\' ? 2 : 1;
      i = end;
    } else if (c == '(' || c == '[' || c == '{') {
      depth++;
    } else if ((c == ')' || c == ']' || c == '}') && --depth <= 0) {
      return i + 1;
    }
  }
  return SIZE_MAX;
}

// `name.name(...).name[...]`: a chain with a dot or a call, and at least one bracket.
static size_t skip_chain(Str s, size_t at) {
  size_t i = skip_dotted(s, at);
  size_t brackets = 0;
  if (i == at)
    return at;
  for (;;) {
    if (i < s.len && (s.ptr[i] == '(' || s.ptr[i] == '[')) {
      size_t close = skip_brackets(s, i);
      if (close == SIZE_MAX)
        break;
      i = close;
      brackets++;
      continue;
    }
    size_t dot = i;
    while (dot < s.len && (s.ptr[dot] == '\n' || s.ptr[dot] == ' '))
      dot++;
    bool wraps = dot != i && memchr(s.ptr + i, '\n', dot - i);
    if ((dot == i || wraps) && dot + 1 < s.len && s.ptr[dot] == '.' &&
        is_letter(s.ptr[dot + 1]))
      i = skip_dotted(s, dot + 1);
    else
      break;
  }
  return brackets ? i : at;
}

// What begins statements only, and what English begins sentences with as well.
static const char *const always_python[] = {"@",     "def",      "async def",
                                            "else:", "finally:", "try:"};
static const char *const maybe_python[] = {"class",      "import", "return", "with",
                                           "async with", "raise",  "await",  "elif",
                                           "except",     "yield"};

static bool starts_any(Str body, const char *const *words, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (words[i][0] == '@' ? body.ptr[0] == '@' : starts_word(body, words[i]))
      return true;
  return false;
}

// A line that by itself reads as a statement of Python and not as English.
static bool looks_like_python(Reader *rd, Str line) {
  Str body = str_trim(line);
  if (!body.len)
    return false;
  char last = body.ptr[body.len - 1];
  if (starts_any(body, always_python, sizeof always_python / sizeof *always_python))
    return true;
  if (starts_any(body, maybe_python, sizeof maybe_python / sizeof *maybe_python))
    return last == ':' || last == '(' || last == ',' || parses(rd, body);
  if (starts_word(body, "from") && str_find(body, STR(" import "), 0) != SIZE_MAX)
    return true;
  if ((starts_word(body, "for") || starts_word(body, "if") ||
       starts_word(body, "while")) &&
      last == ':')
    return true;
  size_t name = skip_dotted(body, 0);
  if (!name)
    return false;
  // `x = ...`, `x: T = ...`, a chain that is the whole line
  Str rest = str_trim(str_slice(body, name, body.len));
  bool assigns = rest.len > 1 && rest.ptr[0] == '=' && rest.ptr[1] != '=';
  bool annotates = rest.len > 1 && rest.ptr[0] == ':' &&
                   str_find_char(rest, '=', 0) != SIZE_MAX && parses(rd, body);
  size_t chain = skip_chain(body, 0);
  return assigns || annotates || (chain && chain == body.len) ||
         (chain && (last == '(' || last == ','));
}

// ---- Errors

static bool ends_like_error(Str name) {
  static const char *const ends[] = {"Error",    "Exception", "Warning",  "Greenlet",
                                     "NotFound", "Found",     "Violation"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (str_ends(name, str_from(ends[i])))
      return true;
  return false;
}

// "sqlalchemy.exc.IntegrityError: (...)", "(psycopg2.errors.UniqueViolation) ..."
static bool is_error_line(Str line) {
  Str body = str_trim(line);
  if (str_starts(body, STR("E   ")))
    body = str_trim(str_slice(body, 1, body.len));
  bool bracket = body.len && body.ptr[0] == '(';
  size_t from = bracket, to = skip_dotted(body, from);
  if (to == from || to >= body.len)
    return false;
  Str name = str_slice(body, from, to);
  bool dotted = str_find_char(name, '.', 0) != SIZE_MAX;
  return ends_like_error(name) &&
         (bracket ? body.ptr[to] == ')' && dotted : body.ptr[to] == ':');
}

static bool continues_error(Str line) {
  static const char *const starts[] = {"[SQL:",
                                       "[parameters:",
                                       "(Background on",
                                       "DETAIL:",
                                       "HINT:",
                                       "LINE ",
                                       "During handling",
                                       "The above exception",
                                       "Traceback (most recent",
                                       "  File \"",
                                       "    "};
  Str body = str_trim(line);
  for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
    if (str_starts(body, str_from(starts[i])) || str_starts(line, str_from(starts[i])))
      return true;
  return body.len && (body.ptr[0] == '|' || body.ptr[0] == '^' || body.ptr[0] == '+');
}

static bool begins_error(Str line) {
  return str_find(line, STR("Traceback (most recent call last)"), 0) != SIZE_MAX ||
         is_error_line(line);
}

// ---- Lines

typedef struct {
  Str *at;
  size_t count;
} Lines;

static Lines split_lines(Arena *a, Str text) {
  Vec(Str) list = {0};
  Str rest = text, line;
  while (str_next_part(&rest, '\n', &line)) {
    if (str_ends(line, STR("\r")))
      line = str_slice(line, 0, line.len - 1);
    vec_push(&list, line);
  }
  Lines out = {arena_array(a, Str, list.len + 1), list.len};
  if (list.len)
    memcpy(out.at, list.items, list.len * sizeof *list.items);
  vec_free(&list);
  return out;
}

static Str joined(Lines lines, size_t from, size_t to) {
  const char *start = lines.at[from].ptr;
  Str last = lines.at[to - 1];
  return (Str){start, (size_t)(last.ptr + last.len - start)};
}

static bool is_fence(Str line) {
  Str body = str_trim(line);
  return str_starts(body, STR("```")) || str_starts(body, STR("~~~"));
}

static BlockKind kind_of_fence(Reader *rd, Str language, Str text) {
  if (str_is(language, "py") || str_is(language, "python") || str_is(language, "python3"))
    return BLOCK_PYTHON;
  Str rest = text, line;
  while (str_next_part(&rest, '\n', &line))
    if (begins_error(line))
      return BLOCK_ERROR;
  return !language.len && parses(rd, text) ? BLOCK_PYTHON : BLOCK_OTHER;
}

static size_t take_fence(Reader *rd, Lines lines, size_t at) {
  Str open = str_trim(lines.at[at]);
  Str language = str_trim(str_slice(open, 3, open.len));
  size_t end = at + 1;
  while (end < lines.count && !is_fence(lines.at[end]))
    end++;
  Str text = end > at + 1 ? joined(lines, at + 1, end) : STR("");
  add_block(rd, kind_of_fence(rd, language, text), text, language, true);
  return end < lines.count ? end + 1 : end;
}

static size_t take_error(Reader *rd, Lines lines, size_t at) {
  size_t end = at + 1;
  bool message = is_error_line(lines.at[at]);
  while (end < lines.count) {
    Str line = lines.at[end];
    bool blank = !str_trim(line).len;
    bool more = begins_error(line) || continues_error(line);
    // A blank line within stays where the error goes on behind it.
    if (blank)
      more = end + 1 < lines.count &&
             (begins_error(lines.at[end + 1]) || continues_error(lines.at[end + 1]));
    if (!more && !message && !blank) { // frames without indentation, cut ones
      more = end + 1 < lines.count && continues_error(lines.at[end + 1]);
    }
    if (!more)
      break;
    message = message || is_error_line(line);
    end++;
  }
  add_block(rd, BLOCK_ERROR, joined(lines, at, end), STR(""), false);
  return end;
}

static bool is_indented(Str line) {
  return line.len && (line.ptr[0] == ' ' || line.ptr[0] == '\t');
}

// Lines of code, with what is indented, open brackets and blank lines between them.
static size_t take_python(Reader *rd, Lines lines, size_t at) {
  size_t end = at + 1, good = end;
  int depth = 0;
  for (size_t i = at; i < lines.count; i++) {
    Str line = lines.at[i];
    bool blank = !str_trim(line).len;
    bool closes = str_trim(line).len && strchr(")]}", str_trim(line).ptr[0]);
    if (i > at && !blank && depth <= 0 && !closes && !is_indented(line) &&
        !looks_like_python(rd, line) && str_trim(line).ptr[0] != '#')
      break;
    for (size_t k = 0; k < line.len; k++)
      depth += (line.ptr[k] == '(' || line.ptr[k] == '[' || line.ptr[k] == '{') -
               (line.ptr[k] == ')' || line.ptr[k] == ']' || line.ptr[k] == '}');
    end = i + 1;
    if (!blank)
      good = end;
  }
  add_block(rd, BLOCK_PYTHON, joined(lines, at, good), STR(""), false);
  return end;
}

// ---- Chains within sentences, back-ticks

static void take_inline(Reader *rd, Str line) {
  size_t from = 0;
  for (size_t i = 0; i < line.len;) {
    bool word_start = is_letter(line.ptr[i]) && (i == 0 || !is_word(line.ptr[i - 1]));
    if (line.ptr[i] == '`') {
      size_t close = str_find_char(line, '`', i + 1);
      Str code = str_slice(line, i + 1, close);
      // A name in back-ticks is a word of the sentence.
      if (close != SIZE_MAX && skip_chain(code, 0) && parses(rd, code)) {
        buf_add_str(&rd->prose, str_slice(line, from, i));
        add_block(rd, BLOCK_PYTHON, code, STR(""), false);
        i = from = close + 1;
        continue;
      }
      i++;
      continue;
    }
    size_t end = word_start ? skip_chain(line, i) : i;
    Str chain = str_slice(line, i, end);
    // "order.status" is a name in a sentence, a call is code
    bool calls = str_find_char(chain, '(', 0) != SIZE_MAX ||
                 str_find_char(chain, '[', 0) != SIZE_MAX;
    bool code =
        end > i && calls && str_find_char(chain, '.', 0) != SIZE_MAX && parses(rd, chain);
    if (code) {
      buf_add_str(&rd->prose, str_slice(line, from, i));
      add_block(rd, BLOCK_PYTHON, chain, STR(""), false);
      i = from = end;
      continue;
    }
    i++;
  }
  buf_add_str(&rd->prose, str_slice(line, from, line.len));
  buf_add_char(&rd->prose, '\n');
}

static void read_lines(Reader *rd, Lines lines) {
  for (size_t i = 0; i < lines.count;) {
    Str line = lines.at[i];
    if (is_fence(line))
      i = take_fence(rd, lines, i);
    else if (begins_error(line))
      i = take_error(rd, lines, i);
    else if (looks_like_python(rd, line))
      i = take_python(rd, lines, i);
    else {
      take_inline(rd, line);
      i++;
    }
  }
}

// ---- Clauses and file names

static bool ends_sentence(Str s, size_t i) {
  char c = s.ptr[i];
  bool last = i + 1 >= s.len;
  if (c == ';' || c == '\n')
    return true;
  if (c == '?' || c == '!')
    return last || s.ptr[i + 1] == ' ' || s.ptr[i + 1] == '\n';
  if (c != '.' || !(last || s.ptr[i + 1] == ' ' || s.ptr[i + 1] == '\n'))
    return false;
  // "e.g.", "i.e.", "vs." and a single letter do not end one.
  size_t w = i;
  while (w > 0 && (is_word(s.ptr[w - 1]) || s.ptr[w - 1] == '.'))
    w--;
  Str word = str_slice(s, w, i);
  return !(str_is(word, "e.g") || str_is(word, "i.e") || str_is(word, "vs") ||
           str_is(word, "etc") || word.len == 1);
}

static const char *const joints[] = {
    " and how to ", " and show ",  " and also ",    ", then ",
    " and then ",   ", and show ", " and write ",   ", show ",
    " and add ",    " and give ",  " and explain ", ", with a query ",
};

static void add_clause(Reader *rd, Str text) {
  text = str_trim(text);
  while (text.len && strchr(",:;-", text.ptr[text.len - 1]))
    text = str_trim(str_slice(text, 0, text.len - 1));
  if (text.len > 1)
    vec_push(&rd->r->clauses, text);
}

// What an order begins with, or a thing that is asked for beside others: behind a comma
// or "and" it begins a clause.
static const char *const beginnings[] = {
    "write ",     "set up ",      "setup ",    "create ",       "show ",
    "explain ",   "tell me ",     "generate ", "configure ",    "build ",
    "give me ",   "convert ",     "alembic ",  "fastapi ",      "endpoint",
    "upsert ",    "migration",    "crud ",     "async session", "async engine",
    "repository", "wire ",        "prepare ",  "query for ",    "query that ",
    "pydantic ",  "describe how", "mention ",  "review "};

// The offset of the clause that begins behind the joint at `i`; 0: none does.
static size_t begins_clause(Str s, size_t i) {
  static const char *const joint[] = {", and then ", ", then ", ", and ", " and then ",
                                      " and ",       ", ",      " then "};
  static const char *const fillers[] = {"also ", "please ", "finally ", "the ",
                                        "an ",   "a ",      "then "};
  for (size_t k = 0; k < sizeof joint / sizeof *joint; k++) {
    Str j = str_from(joint[k]);
    if (!str_eq_nocase(str_slice(s, i, i + j.len), j))
      continue;
    size_t at = i + j.len;
    for (size_t n = 0; n < sizeof fillers / sizeof *fillers; n++) {
      Str f = str_from(fillers[n]);
      if (str_eq_nocase(str_slice(s, at, at + f.len), f))
        at += f.len;
    }
    for (size_t n = 0; n < sizeof beginnings / sizeof *beginnings; n++) {
      Str b = str_from(beginnings[n]);
      if (str_eq_nocase(str_slice(s, at, at + b.len), b))
        return i + j.len;
    }
    return 0;
  }
  return 0;
}

static void split_sentence(Reader *rd, Str s) {
  size_t from = 0;
  int depth = 0; // of parentheses, within which things are listed
  for (size_t i = 0; i < s.len; i++) {
    depth += (s.ptr[i] == '(') - (s.ptr[i] == ')');
    size_t begins = depth > 0 || i == from ? 0 : begins_clause(s, i);
    if (begins) {
      add_clause(rd, str_slice(s, from, i));
      from = begins;
      i = begins - 1;
      continue;
    }
    for (size_t k = 0; k < sizeof joints / sizeof *joints; k++) {
      Str j = str_from(joints[k]);
      if (i > from && str_eq_nocase(str_slice(s, i, i + j.len), j)) {
        add_clause(rd, str_slice(s, from, i));
        from = i + 1;
        i += j.len - 2;
        break;
      }
    }
  }
  add_clause(rd, str_slice(s, from, s.len));
}

static void find_clauses(Reader *rd) {
  Str s = rd->r->prose;
  size_t from = 0;
  for (size_t i = 0; i < s.len; i++)
    if (ends_sentence(s, i)) {
      split_sentence(rd, str_slice(s, from, i + (s.ptr[i] == '?')));
      from = i + 1;
    }
  split_sentence(rd, str_slice(s, from, s.len));
}

static void find_files(Reader *rd) {
  static const char *const ends[] = {".py",  ".toml", ".ini", ".txt",
                                     ".cfg", ".log",  ".md"};
  Str s = rd->r->prose;
  for (size_t i = 0; i < s.len;) {
    size_t end = i;
    while (end < s.len && (is_word(s.ptr[end]) || strchr("./-", s.ptr[end])))
      end++;
    Str word = str_slice(s, i, end);
    while (word.len && word.ptr[word.len - 1] == '.')
      word = str_slice(word, 0, word.len - 1);
    for (size_t k = 0; k < sizeof ends / sizeof *ends; k++)
      if (word.len > strlen(ends[k]) && str_ends(word, str_from(ends[k])))
        vec_push(&rd->r->files, word);
    i = end > i ? end : i + 1;
  }
}

bool request_read(Request *r, Arena *arena, Interner *names, Str text, Err *err) {
  *r = (Request){.text = text};
  if (text.len > REQUEST_MAX)
    return err_set(err, ERR_LIMIT,
                   "the request is larger than %zu bytes; name a file instead",
                   REQUEST_MAX);
  Reader rd = {.r = r, .arena = arena, .names = intern_cache_new(names)};
  read_lines(&rd, split_lines(arena, text));
  r->prose = str_trim(str_copy(arena, buf_str(&rd.prose)));
  find_clauses(&rd);
  find_files(&rd);
  buf_free(&rd.prose);
  intern_cache_free(rd.names);
  return true;
}

void request_free(Request *r) {
  vec_free(&r->blocks);
  vec_free(&r->clauses);
  vec_free(&r->files);
}

const RequestBlock *request_block(const Request *r, BlockKind kind) {
  for (size_t i = 0; i < r->blocks.len; i++)
    if (r->blocks.items[i].kind == kind)
      return &r->blocks.items[i];
  return NULL;
}

Str request_python(const Request *r, Arena *arena) {
  Buf out = {0};
  for (size_t i = 0; i < r->blocks.len; i++) {
    if (r->blocks.items[i].kind != BLOCK_PYTHON)
      continue;
    if (out.len)
      buf_add_char(&out, '\n');
    buf_add_str(&out, r->blocks.items[i].text);
    buf_add_char(&out, '\n');
  }
  Str text = str_copy(arena, buf_str(&out));
  buf_free(&out);
  return text;
}
