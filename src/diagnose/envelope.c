// envelope.c: takes apart what SQLAlchemy puts around a driver's message:
//
//   (raised as a result of Query-invoked autoflush; …)
//   (psycopg2.errors.UniqueViolation) duplicate key value violates …
//   DETAIL:  Key (email)=(x) already exists.
//
//   [SQL: INSERT INTO …]
//   [parameters: {'email': 'x'}]
//   (Background on this error at: https://sqlalche.me/e/20/gkpj)
#include "diagnose/internal.h"

#include <ctype.h>

// &lt; &gt; &quot; &#39; &amp; of text pasted through HTML.
static Str decode_entities(Arena *a, Str s) {
  static const struct {
    Str name;
    char c;
  } entities[] = {{{"&lt;", 4}, '<'},   {{"&gt;", 4}, '>'},    {{"&quot;", 6}, '"'},
                  {{"&#39;", 5}, '\''}, {{"&#x27;", 6}, '\''}, {{"&amp;", 5}, '&'}};
  if (str_find_char(s, '&', 0) == SIZE_MAX)
    return s;
  char *out = arena_alloc(a, s.len + 1, 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len;) {
    size_t k = 0;
    while (k < ARRAY_LEN(entities) &&
           !str_starts(str_slice(s, i, s.len), entities[k].name))
      k++;
    out[n++] = k < ARRAY_LEN(entities) ? entities[k].c : s.ptr[i];
    i += k < ARRAY_LEN(entities) ? entities[k].name.len : 1;
  }
  return (Str){out, n};
}

static void read_link(Envelope *e, Arena *a, Str s) {
  RegexMatch m;
  Regex *r = regex_new(STR("sqlalche\\.me/e/(?:([0-9]{2})/)?([0-9a-z]{4,5})\\b"));
  if (regex_find(r, s, 0, &m)) {
    if (m.groups[1].len)
      e->series = str_format(a, "%c.%c", m.groups[1].ptr[0], m.groups[1].ptr[1]);
    e->code = m.groups[2];
  }
  regex_free(r);
}

// The end of what stands in "[SQL: …]" or "[parameters: …]" from `at` on.
static size_t bracket_end(Str s, size_t at) {
  Regex *r = regex_new(
      STR("\\]\\s+(?=\\[parameters: |\\[SQL parameters hidden|\\(Background on this)"));
  RegexMatch m;
  bool found = regex_find(r, s, at, &m);
  regex_free(r);
  if (found)
    return (size_t)(m.groups[0].ptr - s.ptr);
  Str t = str_trim(s);
  size_t end = (size_t)(t.ptr - s.ptr) + t.len;
  return end > at && s.ptr[end - 1] == ']' ? end - 1 : s.len;
}

static void read_statement(Envelope *e, Str s) {
  size_t at = str_find(s, STR("[SQL: "), 0);
  if (at == SIZE_MAX)
    return;
  e->statement = str_trim(str_slice(s, at + 6, bracket_end(s, at + 6)));
  size_t p = str_find(s, STR("[parameters: "), at);
  if (p != SIZE_MAX)
    e->parameters = str_trim(str_slice(s, p + 13, bracket_end(s, p + 13)));
}

void envelope_read(Envelope *e, Arena *a, Str message) {
  *e = (Envelope){.orig = STR(""),
                  .real = STR(""),
                  .statement = STR(""),
                  .parameters = STR(""),
                  .series = STR(""),
                  .code = STR("")};
  Str s = str_trim(decode_entities(a, message));
  RegexMatch m;
  read_link(e, a, s);
  read_statement(e, s);
  size_t end = min_size(str_find(s, STR("[SQL: "), 0),
                        min_size(str_find(s, STR("(Background on this error"), 0),
                                 str_find(s, STR("[SQL parameters hidden"), 0)));
  s = str_trim(str_slice(s, 0, end));
  Regex *flush =
      regex_new(STR("^\\(?raised as a result of Query-invoked autoflush;[^)]*\\)\\s*"));
  if (regex_find(flush, s, 0, &m)) {
    e->autoflush = true;
    s = str_slice(s, m.groups[0].len, s.len);
  }
  regex_free(flush);
  Regex *orig = regex_new(STR("^\\(((?:[A-Za-z_]\\w*\\.)+[A-Za-z_]\\w*)\\)\\s*"));
  if (regex_find(orig, s, 0, &m))
    e->orig = m.groups[1];
  regex_free(orig);
  Regex *real = regex_new(STR("<class '([\\w.]+)'>: "));
  if (regex_find(real, s, 0, &m) && m.groups[0].ptr - s.ptr < 200)
    e->real = m.groups[1];
  regex_free(real);
  e->head = s;
}

static Str known_driver(Str dotted) {
  static const struct {
    const char *start, *driver;
  } drivers[] = {{"psycopg2.", "psycopg2"},
                 {"psycopg.", "psycopg"},
                 {"asyncpg.", "asyncpg"},
                 {"sqlalchemy.dialects.postgresql.asyncpg.", "asyncpg"},
                 {"sqlalchemy.dialects.mysql.aiomysql.", "aiomysql"},
                 {"sqlalchemy.dialects.mysql.asyncmy.", "asyncmy"},
                 {"sqlite3.", "sqlite3"},
                 {"aiosqlite.", "aiosqlite"},
                 {"pymysql.", "pymysql"},
                 {"MySQLdb.", "mysqlclient"},
                 {"mysql.connector.", "mysqlconnector"},
                 {"mariadb.", "mariadb"},
                 {"asyncmy.", "asyncmy"},
                 {"aiomysql.", "aiomysql"},
                 {"pyodbc.", "pyodbc"},
                 {"pymssql.", "pymssql"},
                 {"oracledb.", "oracledb"},
                 {"cx_Oracle.", "cx_oracle"},
                 {"pg8000.", "pg8000"}};
  for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
    if (str_starts(dotted, str_from(drivers[i].start)))
      return str_from(drivers[i].driver);
  return (Str){0};
}

// What the frames show: the asynchronous drivers stand behind another one's classes.
static Str driver_of_frames(const Block *b) {
  static const struct {
    const char *part, *driver;
  } parts[] = {{"aiosqlite", "aiosqlite"}, {"asyncpg", "asyncpg"},
               {"aiomysql", "aiomysql"},   {"asyncmy", "asyncmy"},
               {"/psycopg/", "psycopg"},   {"/psycopg2/", "psycopg2"},
               {"/pymysql/", "pymysql"},   {"/MySQLdb/", "mysqlclient"},
               {"/oracledb/", "oracledb"}};
  for (uint32_t i = b->frame_count; i-- > 0;)
    for (size_t k = 0; k < ARRAY_LEN(parts); k++)
      if (str_find(b->frames[i].path, str_from(parts[k].part), 0) != SIZE_MAX)
        return str_from(parts[k].driver);
  return (Str){0};
}

Str driver_of(const Envelope *e, const Block *b) {
  Str from_frames = driver_of_frames(b);
  Str driver = known_driver(e->orig);
  if (!driver.ptr)
    driver = known_driver(b->cls);
  if (str_is(driver, "sqlite3") && str_is(from_frames, "aiosqlite"))
    return from_frames;
  if (str_is(driver, "pymysql") && from_frames.ptr &&
      (str_is(from_frames, "aiomysql") || str_is(from_frames, "asyncmy")))
    return from_frames;
  if (!driver.ptr)
    driver = from_frames;
  return driver.ptr ? driver : STR("");
}

static bool blank(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static Str next_word(Str *s) {
  while (s->len && blank(s->ptr[0]))
    *s = str_slice(*s, 1, s->len);
  size_t n = 0;
  char quote = s->len && (s->ptr[0] == '"' || s->ptr[0] == '`') ? s->ptr[0] : 0;
  bool quoted = false;
  while (n < s->len && (quoted || (!blank(s->ptr[n]) && s->ptr[n] != '(' &&
                                   s->ptr[n] != ',' && s->ptr[n] != ';'))) {
    if (quote && s->ptr[n] == quote)
      quoted = !quoted;
    n++;
  }
  Str word = str_slice(*s, 0, n);
  *s = str_slice(*s, n, s->len);
  return word;
}

static Str unquoted(Str s) {
  size_t dot = str_rfind_char(s, '.');
  if (dot != SIZE_MAX)
    s = str_slice(s, dot + 1, s.len);
  if (s.len > 1 && (s.ptr[0] == '"' || s.ptr[0] == '`' || s.ptr[0] == '['))
    s = str_slice(s, 1, s.len - 1);
  return s;
}

void statement_parts(Str statement, Str *verb, Str *table) {
  Str rest = statement;
  *verb = next_word(&rest);
  *table = STR("");
  const char *before = str_eq_nocase(*verb, STR("INSERT"))   ? "INTO"
                       : str_eq_nocase(*verb, STR("DELETE")) ? "FROM"
                       : str_eq_nocase(*verb, STR("SELECT")) ? "FROM"
                       : str_eq_nocase(*verb, STR("UPDATE")) ? ""
                                                             : NULL;
  if (!before)
    return;
  for (int i = 0; *before && i < 400; i++) {
    Str word = next_word(&rest);
    if (str_eq_nocase(word, str_from(before)))
      break;
    if (!word.len && !rest.len)
      return;
    if (!word.len)
      rest = str_slice(rest, 1, rest.len);
  }
  *table = unquoted(next_word(&rest));
}

size_t statement_columns(Str statement, Str *out, size_t max) {
  Str verb, table;
  statement_parts(statement, &verb, &table);
  size_t open = str_find_char(statement, '(', 0), n = 0;
  if (!str_eq_nocase(verb, STR("INSERT")) || open == SIZE_MAX)
    return 0;
  Str rest = str_slice(statement, open + 1, str_find_char(statement, ')', open)), part;
  while (n < max && str_next_part(&rest, ',', &part))
    out[n++] = unquoted(str_trim(part));
  return n;
}
