// diagnose.c: from the text to the entry of the catalogue and the facts of the message.
//
// The text is read into records (chains of exceptions); the last record that the
// catalogue knows is the answer, in it the last exception that it knows: SQLAlchemy's
// wrapper before the driver's own, the framework's before both.
#include "diagnose/diagnose.h"

#include "diagnose/errors.h"
#include "diagnose/internal.h"

#include <ctype.h>

typedef struct {
  Diagnosis *d;
  Arena *arena;
  ErrorCatalogue *catalogue;
  Lines lines;
  Blocks blocks;
  Str evidence;
  Regex *raise;
} Reading;

// A block with what its message says.
typedef struct {
  const Block *block;
  Envelope envelope;
  ErrorMatch match;
} Reader;

static Str last_part(Str dotted) {
  size_t dot = str_rfind_char(dotted, '.');
  return dot == SIZE_MAX ? dotted : str_slice(dotted, dot + 1, dotted.len);
}

static Str upper(Arena *a, Str s) {
  char *out = arena_copy(a, s.ptr ? s.ptr : "", s.len);
  for (size_t i = 0; i < s.len; i++)
    out[i] = (char)toupper((unsigned char)out[i]);
  return (Str){out, s.len};
}

// "raise exc.IntegrityError(" in the last source line tells the class of a cut text.
static Str raised_in(const Reading *r, const Block *b) {
  RegexMatch m;
  for (uint32_t i = b->frame_count; i-- > 0;)
    if (b->frames[i].source.len)
      return regex_find(r->raise, b->frames[i].source, 0, &m) ? m.groups[1] : STR("");
  return STR("");
}

static ErrorQuery query_of(const Reading *r, const Reader *x, Str text) {
  Str verb, table;
  statement_parts(x->envelope.statement, &verb, &table);
  return (ErrorQuery){.text = text,
                      .cls = last_part(x->block->cls),
                      .orig = x->envelope.orig.len ? x->envelope.orig : x->block->cls,
                      .real = x->envelope.real,
                      .raised = raised_in(r, x->block),
                      .verb = upper(r->arena, verb),
                      .evidence = r->evidence};
}

// Hard-wrapped terminals break a message in the middle: once more on one line.
static Str joined(Arena *a, Str s) {
  char *out = arena_copy(a, s.ptr ? s.ptr : "", s.len);
  for (size_t i = 0; i < s.len; i++)
    if (out[i] == '\n')
      out[i] = ' ';
  return (Str){out, s.len};
}

static bool look(Reading *r, Reader *x, ErrorLook how) {
  ErrorQuery q = query_of(r, x, x->envelope.head);
  if (how == LOOK_ALL && !q.text.len)
    return false;
  if (errors_match(r->catalogue, &q, how, &x->match))
    return true;
  if (how == LOOK_FALLBACK || str_find_char(q.text, '\n', 0) == SIZE_MAX)
    return false;
  q.text = joined(r->arena, q.text);
  return errors_match(r->catalogue, &q, how, &x->match);
}

static void read_block(Reading *r, Reader *x, const Block *b) {
  *x = (Reader){.block = b};
  envelope_read(&x->envelope, r->arena, b->message);
}

// The last exception of the record [from, to) that is known.
static bool read_record(Reading *r, size_t from, size_t to, Reader *found) {
  static const ErrorLook order[] = {LOOK_CLASS, LOOK_ALL, LOOK_FALLBACK};
  const ErrorEntry *possible = NULL;
  for (size_t k = 0; k < ARRAY_LEN(order); k++)
    for (size_t i = to; i-- > from;) {
      Reader x;
      read_block(r, &x, &r->blocks.items[i]);
      if (look(r, &x, order[k])) {
        *found = x;
        return true;
      }
      if (!possible && x.match.possible) {
        possible = x.match.possible;
        *found = x;
      }
    }
  return false;
}

static bool best_record(Reading *r, Reader *found) {
  size_t to = r->blocks.len;
  Reader possible = {0};
  for (int n = 0; to > 0 && n < RECORDS_MAX; n++) {
    size_t from = to - 1;
    while (from > 0 && r->blocks.items[from - 1].record == r->blocks.items[to - 1].record)
      from--;
    Reader x = {0};
    if (read_record(r, from, to, &x)) {
      *found = x;
      return true;
    }
    if (x.block && !possible.block)
      possible = x;
    to = from;
  }
  *found = possible;
  return false;
}

// A message without any form: all of the text.
static Block *whole_text(Reading *r) {
  Buf text = {.max = MESSAGE_MAX_BYTES};
  for (size_t i = 0; i < r->lines.len; i++) {
    buf_add_str(&text, r->lines.items[i].text);
    buf_add_char(&text, '\n');
  }
  Block *b = arena_new(r->arena, Block);
  b->cls = STR("");
  b->message = str_trim(str_copy(r->arena, buf_str(&text)));
  buf_free(&text);
  // A driver's class in the middle of a sentence opens the message.
  Regex *open = regex_new(STR("\\(((?:psycopg2?|asyncpg|sqlite3|pymysql|MySQLdb|"
                              "sqlalchemy\\.\\w+|mysql\\.connector|mariadb|aiomysql|"
                              "asyncmy|pyodbc|oracledb|cx_Oracle)\\.[A-Za-z_.]+)\\) "));
  RegexMatch m;
  if (regex_find(open, b->message, 0, &m)) {
    Str before = str_slice(b->message, 0, (size_t)(m.groups[0].ptr - b->message.ptr));
    Regex *cls = regex_new(STR("([A-Za-z_.]*(?:Error|Exception))[^A-Za-z0-9]{0,4}$"));
    RegexMatch c;
    if (regex_find(cls, before, 0, &c))
      b->cls = c.groups[1];
    b->message = str_slice(b->message, before.len, b->message.len);
    regex_free(cls);
  }
  regex_free(open);
  return b;
}

static Str group_of(const ErrorMatch *m, const char *const *names) {
  for (; *names; names++) {
    Str s = errors_group(m, *names);
    if (s.len)
      return s;
  }
  return STR("");
}

static void add_column(Diagnosis *d, Str name) {
  name = str_trim(name);
  size_t dot = str_rfind_char(name, '.');
  if (dot != SIZE_MAX) {
    if (!d->table.len)
      d->table = str_slice(name, 0, dot);
    name = str_slice(name, dot + 1, name.len);
  }
  if (name.len > 1 && (name.ptr[0] == '"' || name.ptr[0] == '`'))
    name = str_slice(name, 1, name.len - 1);
  for (size_t i = 0; i < d->columns.len; i++)
    if (str_eq(d->columns.items[i], name))
      return;
  if (name.len && d->columns.len < 64)
    vec_push(&d->columns, name);
}

static void add_columns(Diagnosis *d, Str list) {
  Str part;
  while (str_next_part(&list, ',', &part))
    add_column(d, part);
}

// Quoted names of a localised message, in order.
static size_t quoted_names(Str text, Str *out, size_t max) {
  Regex *r = regex_new(STR("\"([^\"\\n]+)\"|»([^«\\n]+)«|«\\s?([^»\\n]+?)\\s?»|"
                           "„([^“”\\n]+)[“”]|“([^”\\n]+)”|「([^」\\n]+)」"));
  RegexMatch m;
  size_t n = 0, from = 0;
  while (n < max && from < text.len && regex_find(r, text, from, &m)) {
    for (int g = 1; g <= 6; g++)
      if (m.groups[g].len)
        out[n] = m.groups[g];
    n++;
    from = (size_t)(m.groups[0].ptr - text.ptr) + m.groups[0].len;
  }
  regex_free(r);
  return n;
}

static bool has_cjk(Str s) {
  for (size_t i = 0; i + 2 < s.len; i++)
    if ((unsigned char)s.ptr[i] >= 0xe3 && (unsigned char)s.ptr[i] <= 0xe9)
      return true;
  return false;
}

static void fields_of_localised(Diagnosis *d, const Reader *x) {
  const ErrorEntry *e = x->match.entry;
  Str quoted[8];
  size_t n = quoted_names(x->envelope.head, quoted, ARRAY_LEN(quoted));
  bool cjk = e->names_zh_ja_count && has_cjk(x->envelope.head);
  const Str *names = cjk ? e->names_zh_ja : e->names;
  uint32_t count = cjk ? e->names_zh_ja_count : e->names_count;
  for (uint32_t i = 0; i < count && i < n; i++) {
    if (str_is(names[i], "constraint") || str_is(names[i], "index"))
      d->constraint = quoted[i];
    else if (str_is(names[i], "table"))
      d->table = quoted[i];
    else if (str_is(names[i], "column"))
      add_column(d, quoted[i]);
  }
}

static void fields_of_match(Diagnosis *d, const Reader *x) {
  static const char *const constraints[] = {"constraint", "constraint2", "index", NULL};
  static const char *const tables[] = {"table", "table2", NULL};
  static const char *const columns[] = {"columns", "cols", NULL};
  static const char *const column[] = {"column", "column2", "column3", NULL};
  static const char *const subjects[] = {"name", "attr", "rel", NULL};
  static const char *const classes[] = {"class", "mapper", NULL};
  d->subject = group_of(&x->match, subjects);
  if (d->subject.len > 2 && d->subject.ptr[0] == '\'') // repr() of a name
    d->subject = str_slice(d->subject, 1, d->subject.len - 1);
  d->subject_class = group_of(&x->match, classes);
  d->constraint = group_of(&x->match, constraints);
  d->table = group_of(&x->match, tables);
  if (x->match.fallback)
    fields_of_localised(d, x);
  Str list = group_of(&x->match, columns);
  if (list.len)
    add_columns(d, list);
  else
    add_column(d, group_of(&x->match, column));
}

// What the lines below the message say: DETAIL of PostgreSQL, the name in MySQL's key.
static void fields_of_details(Diagnosis *d, const Reader *x) {
  RegexMatch m;
  Regex *key = regex_new(STR("Key \\(([^)]+)\\)=\\("));
  if (!d->columns.len && regex_find(key, x->envelope.head, 0, &m))
    add_columns(d, m.groups[1]);
  regex_free(key);
  Regex *mysql = regex_new(STR("FOREIGN KEY \\(`([^)]+)`\\) REFERENCES"));
  if (!d->columns.len && regex_find(mysql, x->envelope.head, 0, &m)) {
    Str list = m.groups[1];
    add_columns(d, list);
  }
  regex_free(mysql);
  Regex *cons = regex_new(STR("CONSTRAINT `([^`]+)`"));
  if (!d->constraint.len && regex_find(cons, x->envelope.head, 0, &m))
    d->constraint = m.groups[1];
  regex_free(cons);
  size_t dot = str_find_char(d->constraint, '.', 0); // MySQL 8: table.key
  if (dot != SIZE_MAX && str_is(d->driver, "sqlite3") == false && dot > 0) {
    if (!d->table.len)
      d->table = str_slice(d->constraint, 0, dot);
    d->constraint = str_slice(d->constraint, dot + 1, d->constraint.len);
  }
  Str verb, table;
  statement_parts(d->statement, &verb, &table);
  if (!d->table.len)
    d->table = table;
  size_t at = str_rfind_char(d->table, '.');
  if (at != SIZE_MAX) {
    d->schema = str_slice(d->table, 0, at);
    d->table = str_slice(d->table, at + 1, d->table.len);
  }
}

// Code of libraries, and what has no file ("<sqlalchemy generated warned() wrapper …>").
static bool library_path(Str path) {
  static const char *const parts[] = {
      "site-packages", "dist-packages", "/lib/python", "\\lib\\",   "<frozen",
      "<string>",      "/sqlalchemy/",  "/asyncio/",   "/runpy.py", "lib/sqlalchemy",
      "_pytest",       "/concurrent/",  "\\Lib\\"};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (str_find(path, str_from(parts[i]), 0) != SIZE_MAX)
      return true;
  bool typed = str_is(path, "<stdin>") || str_is(path, "<console>") ||
               str_starts(path, STR("<ipython-input"));
  return str_starts(path, STR("<")) && !typed;
}

static bool take_frame(Diagnosis *d, const Block *b) {
  for (uint32_t i = b->frame_count; i-- > 0;)
    if (!library_path(b->frames[i].path)) {
      d->frame = b->frames[i];
      return true;
    }
  return false;
}

// The last frame of the user's code: of the block itself, else of its chain, else of the
// nearest block before it (the outer traceback of a group).
static void find_frame(Reading *r, const Block *b) {
  if (take_frame(r->d, b))
    return;
  for (size_t k = r->blocks.len; k-- > 0;)
    if (r->blocks.items[k].record == b->record && take_frame(r->d, &r->blocks.items[k]))
      return;
  for (size_t k = r->blocks.len; k-- > 0;)
    if (r->blocks.items[k].record < b->record && take_frame(r->d, &r->blocks.items[k]))
      return;
}

// An envelope quotes the error behind it: that one tells what to mend.
static void read_inner(Reading *r, const Reader *x) {
  Str original = errors_group(&x->match, "original");
  const Str id = x->match.entry->id;
  if (!str_is(id, "SA-MAPPER-INIT") && !str_is(id, "SA-PENDING-ROLLBACK") &&
      !str_is(id, "SA-TX-INACTIVE"))
    return;
  if (!original.len) { // a record before it holds the first error
    for (size_t i = r->blocks.len; i-- > 0 && !r->d->inner_entry.ptr;) {
      Reader y;
      read_block(r, &y, &r->blocks.items[i]);
      if (&r->blocks.items[i] != x->block && look(r, &y, LOOK_CLASS) &&
          y.match.entry != x->match.entry)
        r->d->inner_entry = y.match.entry->id;
    }
    return;
  }
  Block *inner = arena_new(r->arena, Block);
  size_t at = (size_t)(original.ptr - x->block->message.ptr);
  bool within = original.ptr >= x->block->message.ptr && at <= x->block->message.len;
  inner->cls = STR("");
  inner->message =
      within ? str_slice(x->block->message, at, x->block->message.len) : original;
  Reader y;
  read_block(r, &y, inner);
  if (look(r, &y, LOOK_ALL) || look(r, &y, LOOK_FALLBACK)) {
    r->d->inner_entry = y.match.entry->id;
    if (!r->d->statement.len) {
      r->d->statement = y.envelope.statement;
      r->d->parameters = y.envelope.parameters;
    }
    if (!r->d->driver.len)
      r->d->driver = driver_of(&y.envelope, inner);
    if (!r->d->driver_class.len)
      r->d->driver_class = y.envelope.orig;
    fields_of_match(r->d, &y);
    fields_of_details(r->d, &y);
  }
}

static void add_causes(Diagnosis *d, const ErrorEntry *e) {
  for (uint32_t i = 0; i < e->causes_count; i++)
    vec_push(&d->causes,
             (Cause){.text = str_copy(d->arena, e->causes[i]), .path = STR("")});
}

static void take_text(Reading *r, const Reader *x) {
  Diagnosis *d = r->d;
  const Envelope *e = &x->envelope;
  d->exception = x->block->cls;
  d->message = e->head;
  d->driver = driver_of(e, x->block);
  d->driver_class = e->real.len ? e->real : e->orig;
  d->series = e->series;
  d->code = e->code;
  d->autoflush = e->autoflush;
  d->statement = e->statement;
  d->parameters = mask_parameters(r->arena, e->statement, e->parameters);
}

// A name within Python code.
static bool is_name(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if (!isalnum((unsigned char)s.ptr[i]) && s.ptr[i] != '_')
      return false;
  return s.len && !isdigit((unsigned char)s.ptr[0]);
}

// The fix speaks of `X.attr`; where the message names class and attribute, it says those.
static Str fix_named(Arena *arena, Str fix, const Diagnosis *d) {
  static const char *const parts[] = {"X.attr", "select(X)"};
  if (!is_name(d->subject) || !is_name(d->subject_class))
    return fix;
  for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
    Str part = str_from(parts[k]);
    Str said = k ? str_format(arena, "select(%.*s)", STR_ARG(d->subject_class))
                 : str_format(arena, "%.*s.%.*s", STR_ARG(d->subject_class),
                              STR_ARG(d->subject));
    for (size_t at = 0; (at = str_find(fix, part, at)) != SIZE_MAX; at += said.len)
      fix = str_format(arena, "%.*s%.*s%.*s", (int)at, fix.ptr, STR_ARG(said),
                       STR_ARG(str_slice(fix, at + part.len, fix.len)));
  }
  return fix;
}

static void take_entry(Reading *r, const Reader *x) {
  Diagnosis *d = r->d;
  const ErrorEntry *e = x->match.entry;
  d->entry = str_copy(r->arena, e->id);
  d->uncertain = x->match.fallback;
  fields_of_match(d, x);
  fields_of_details(d, x);
  read_inner(r, x);
  d->what = errors_what(r->arena, &x->match);
  const ErrorEntry *inner = errors_by_id(d->inner_entry);
  d->inner_entry = inner ? str_copy(r->arena, inner->id) : (Str){0};
  add_causes(d, e);
  if (inner)
    add_causes(d, inner);
  if (d->autoflush)
    vec_push(
        &d->causes,
        (Cause){.text = STR("A query flushed an object that was not complete yet: set "
                            "its attributes first, or query within `with "
                            "session.no_autoflush:`."),
                .weight = CAUSE_LIKELY,
                .path = STR("")});
  d->check = str_copy(r->arena, e->check);
  d->fix = inner && !str_is(e->id, "SA-PENDING-ROLLBACK") ? str_copy(r->arena, inner->fix)
                                                          : str_copy(r->arena, e->fix);
  d->fix = fix_named(r->arena, d->fix, d);
  if (!d->code.len)
    d->code = str_copy(r->arena, e->code);
}

// When the SQL that was sent tells more than the error.
static Str echo_advice(const Diagnosis *d) {
  static const char *const entries[] = {"SA-STALE",
                                        "SA-CARTESIAN",
                                        "SA-QUEUEPOOL",
                                        "DB-DEADLOCK",
                                        "DB-SQLITE-LOCK",
                                        "DB-SERIAL",
                                        "DB-LOCKTIMEOUT",
                                        "SA-MULTIRESULT",
                                        "SA-NORESULT",
                                        "AS-GREENLET",
                                        "SA-AUTOFLUSH",
                                        "DB-INFAILED-PG",
                                        "SA-PENDING-ROLLBACK",
                                        "SA-DETACHED-LAZY",
                                        "SA-TX-INACTIVE",
                                        "DB-STMT-TIMEOUT"};
  for (size_t i = 0; i < ARRAY_LEN(entries); i++)
    if (str_is(d->entry, entries[i]))
      return STR("Turn on `create_engine(..., echo=True)` (or the logger "
                 "`sqlalchemy.engine` at INFO) while you look for it: the order of the "
                 "statements, BEGIN, COMMIT and ROLLBACK shows what ran before.");
  if (str_starts(d->entry, STR("DB-")) && !d->statement.len)
    return STR("The text holds no `[SQL: …]`: `create_engine(..., echo=True)` shows the "
               "statement that failed.");
  return STR("");
}

// What the class alone tells.
static void take_class(Diagnosis *d) {
  static const struct {
    const char *name, *what, *fix;
  } classes[] = {
#define CLASS(name, what, fix) {name, what, fix},
#include "diagnose/classes.def"
#undef CLASS
  };
  bool ours = str_starts(d->exception, STR("sqlalchemy.")) || d->driver.len ||
              str_starts(d->exception, STR("alembic."));
  for (size_t i = 0; ours && i < ARRAY_LEN(classes); i++)
    if (str_is(last_part(d->exception), classes[i].name)) {
      d->what = str_from(classes[i].what);
      d->fix = str_from(classes[i].fix);
    }
}

static Str evidence_of(Arena *a, Str input) {
  const size_t half = (size_t)1 << 20;
  if (input.len <= 2 * half)
    return input;
  return str_format(a, "%.*s\n%.*s", (int)half, input.ptr, (int)half,
                    input.ptr + input.len - half);
}

static void clear(Diagnosis *d, Arena *arena) {
  *d = (Diagnosis){.arena = arena,
                   .exception = STR(""),
                   .driver = STR(""),
                   .driver_class = STR(""),
                   .series = STR(""),
                   .code = STR(""),
                   .message = STR(""),
                   .statement = STR(""),
                   .parameters = STR(""),
                   .constraint = STR(""),
                   .table = STR(""),
                   .schema = STR(""),
                   .what = STR(""),
                   .check = STR(""),
                   .fix = STR(""),
                   .fix_diff = STR(""),
                   .subject = STR(""),
                   .subject_class = STR(""),
                   .echo = STR("")};
  d->frame = (DiagFrame){.path = STR(""), .function = STR(""), .source = STR("")};
}

void diagnose_text(Diagnosis *d, Arena *arena, Str input) {
  clear(d, arena);
  Reading r = {.d = d, .arena = arena, .catalogue = errors_open()};
  r.raise = regex_new(STR("\\braise (?:\\w+\\.)*([A-Z]\\w*)\\("));
  r.evidence = evidence_of(arena, input);
  clean_lines(&r.lines, arena, input);
  find_blocks(&r.blocks, arena, &r.lines);
  for (size_t i = 0; i < r.blocks.len; i++)
    r.blocks.items[i].message = mask_secrets(arena, r.blocks.items[i].message);
  Reader x = {0};
  bool found = best_record(&r, &x);
  if (!found) {
    Block *whole = whole_text(&r);
    whole->message = mask_secrets(arena, whole->message);
    Reader y;
    read_block(&r, &y, whole);
    if (look(&r, &y, LOOK_CLASS) || look(&r, &y, LOOK_ALL) ||
        (y.envelope.orig.len && look(&r, &y, LOOK_FALLBACK))) {
      found = true;
      if (x.block && !y.block->cls.len) // the traceback above it has class and frames
        whole->frames = x.block->frames, whole->frame_count = x.block->frame_count;
      x = y;
    } else if (!x.block) {
      x = r.blocks.len ? x : y;
      if (r.blocks.len)
        read_block(&r, &x, &vec_last(&r.blocks));
      x.match.possible = y.match.possible;
    }
  }
  take_text(&r, &x);
  find_frame(&r, x.block);
  if (found) {
    take_entry(&r, &x);
    diagnose_rank(d, x.block);
  } else if (x.match.possible) {
    d->possible = str_copy(arena, x.match.possible->id);
  }
  if (!found)
    take_class(d);
  d->echo = echo_advice(d);
  diagnose_repro(d);
  vec_free(&r.lines);
  vec_free(&r.blocks);
  regex_free(r.raise);
  errors_close(r.catalogue);
}

void diagnose_free(Diagnosis *d) {
  vec_free(&d->columns);
  vec_free(&d->causes);
}
