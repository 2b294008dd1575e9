// python.c: imports, types and values of the Python that generators write.
#include "gen/python.h"

#include <ctype.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void py_module_init(PyWriter *m, Gen *g) {
  *m = (PyWriter){.arena = g->arena,
                  .schema = g->schema,
                  .settings = &g->settings,
                  .base = STR("Base"),
                  .metadata = STR("Base.metadata"),
                  .decorator = {"", 0}};
  static const char *const hidden[] = {"date", "datetime", "time", "timedelta"};
  for (size_t i = 0; i < g->schema->tables.len; i++)
    for (size_t k = 0; k < ARRAY_LEN(hidden); k++)
      m->datetime_module |=
          schema_column(g->schema->tables.items[i], str_from(hidden[k])) != NULL;
}

void py_module_free(PyWriter *m) {
  vec_free(&m->imports);
  vec_free(&m->made_enums);
}

void py_import_str(PyWriter *m, Str module, Str name) {
  for (size_t i = 0; i < m->imports.len; i++)
    if (str_eq(m->imports.items[i].module, module) &&
        str_eq(m->imports.items[i].name, name))
      return;
  vec_push(&m->imports, (PyWanted){module, name, (Str){"", 0}});
}

void py_import(PyWriter *m, const char *module, const char *name) {
  py_import_str(m, str_from(module), str_from(name));
}

// ---- Imports

// Modules of the standard library, sorted. Source: sys.stdlib_module_names of
// CPython 3.11.
static const char *const standard_modules[] = {
    "__future__",   "abc",          "aifc",
    "antigravity",  "argparse",     "array",
    "ast",          "asynchat",     "asyncio",
    "asyncore",     "atexit",       "audioop",
    "base64",       "bdb",          "binascii",
    "bisect",       "builtins",     "bz2",
    "cProfile",     "calendar",     "cgi",
    "cgitb",        "chunk",        "cmath",
    "cmd",          "code",         "codecs",
    "codeop",       "collections",  "colorsys",
    "compileall",   "concurrent",   "configparser",
    "contextlib",   "contextvars",  "copy",
    "copyreg",      "crypt",        "csv",
    "ctypes",       "curses",       "dataclasses",
    "datetime",     "dbm",          "decimal",
    "difflib",      "dis",          "distutils",
    "doctest",      "email",        "encodings",
    "ensurepip",    "enum",         "errno",
    "faulthandler", "fcntl",        "filecmp",
    "fileinput",    "fnmatch",      "fractions",
    "ftplib",       "functools",    "gc",
    "genericpath",  "getopt",       "getpass",
    "gettext",      "glob",         "graphlib",
    "grp",          "gzip",         "hashlib",
    "heapq",        "hmac",         "html",
    "http",         "idlelib",      "imaplib",
    "imghdr",       "imp",          "importlib",
    "inspect",      "io",           "ipaddress",
    "itertools",    "json",         "keyword",
    "lib2to3",      "linecache",    "locale",
    "logging",      "lzma",         "mailbox",
    "mailcap",      "marshal",      "math",
    "mimetypes",    "mmap",         "modulefinder",
    "msilib",       "msvcrt",       "multiprocessing",
    "netrc",        "nis",          "nntplib",
    "nt",           "ntpath",       "nturl2path",
    "numbers",      "opcode",       "operator",
    "optparse",     "os",           "ossaudiodev",
    "pathlib",      "pdb",          "pickle",
    "pickletools",  "pipes",        "pkgutil",
    "platform",     "plistlib",     "poplib",
    "posix",        "posixpath",    "pprint",
    "profile",      "pstats",       "pty",
    "pwd",          "py_compile",   "pyclbr",
    "pydoc",        "pydoc_data",   "pyexpat",
    "queue",        "quopri",       "random",
    "re",           "readline",     "reprlib",
    "resource",     "rlcompleter",  "runpy",
    "sched",        "secrets",      "select",
    "selectors",    "shelve",       "shlex",
    "shutil",       "signal",       "site",
    "smtpd",        "smtplib",      "sndhdr",
    "socket",       "socketserver", "spwd",
    "sqlite3",      "sre_compile",  "sre_constants",
    "sre_parse",    "ssl",          "stat",
    "statistics",   "string",       "stringprep",
    "struct",       "subprocess",   "sunau",
    "symtable",     "sys",          "sysconfig",
    "syslog",       "tabnanny",     "tarfile",
    "telnetlib",    "tempfile",     "termios",
    "textwrap",     "this",         "threading",
    "time",         "timeit",       "tkinter",
    "token",        "tokenize",     "tomllib",
    "trace",        "traceback",    "tracemalloc",
    "tty",          "turtle",       "turtledemo",
    "types",        "typing",       "unicodedata",
    "unittest",     "urllib",       "uu",
    "uuid",         "venv",         "warnings",
    "wave",         "weakref",      "webbrowser",
    "winreg",       "winsound",     "wsgiref",
    "xdrlib",       "xml",          "xmlrpc",
    "zipapp",       "zipfile",      "zipimport",
    "zlib",         "zoneinfo"};

static int compare_word(const void *key, const void *word) {
  return str_compare(*(const Str *)key, str_from(*(const char *const *)word));
}

static int group_of(Str module) {
  static const char *const others[] = {"alembic", "fastapi",    "pydantic",
                                       "pytest",  "sqlalchemy", "sqlmodel"};
  Str rest = module, top = module;
  str_next_part(&rest, '.', &top);
  if (bsearch(&top, standard_modules, ARRAY_LEN(standard_modules),
              sizeof *standard_modules, compare_word))
    return 0;
  for (size_t i = 0; i < ARRAY_LEN(others); i++)
    if (str_is(top, others[i]))
      return 1;
  return 2;
}

bool py_is_standard(Str module) {
  return group_of(module) == 0;
}

// Constants before classes before the rest, as isort sorts names by default.
static int name_class(Str name) {
  bool small = false, large = name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
  for (size_t i = 0; i < name.len; i++)
    small |= name.ptr[i] >= 'a' && name.ptr[i] <= 'z';
  return large && !small && name.len > 1 ? 0 : large ? 1 : 2;
}

// "DataError" before "DBAPIError", as isort has it.
static int compare_nocase(Str a, Str b) {
  for (size_t i = 0; i < a.len && i < b.len; i++) {
    int x = tolower((unsigned char)a.ptr[i]), y = tolower((unsigned char)b.ptr[i]);
    if (x != y)
      return x - y;
  }
  return str_compare(a, b);
}

int py_compare_names(Str a, Str b) {
  int classes = name_class(a) - name_class(b);
  return classes ? classes : compare_nocase(a, b);
}

static int compare_imports(const void *a, const void *b) {
  const PyWanted *x = a, *y = b;
  int groups = group_of(x->module) - group_of(y->module);
  if (groups)
    return groups;
  if (!x->name.len != !y->name.len) // `import x` comes first
    return x->name.len ? 1 : -1;
  int modules = str_compare(x->module, y->module);
  if (modules)
    return modules;
  return py_compare_names(x->name, y->name);
}

json_t *py_imports_json(const PyWriter *m) {
  json_t *groups = json_array();
  size_t n = m->imports.len;
  PyWanted *sorted = arena_array(m->arena, PyWanted, n + 1);
  if (n)
    memcpy(sorted, m->imports.items, n * sizeof *sorted);
  qsort(sorted, n, sizeof *sorted, compare_imports);
  json_t *lines = NULL;
  for (size_t i = 0; i < n;) {
    if (!i || group_of(sorted[i].module) != group_of(sorted[i - 1].module)) {
      lines = json_array();
      json_array_append_new(groups, lines);
    }
    Str module = sorted[i].module;
    if (!sorted[i].name.len) {
      py_push(lines, "import %.*s%s%.*s", STR_ARG(module),
              sorted[i].alias.len ? " as " : "", STR_ARG(sorted[i].alias));
      i++;
      continue;
    }
    Buf line = {0};
    buf_printf(&line, "from %.*s import %.*s", STR_ARG(module), STR_ARG(sorted[i].name));
    for (i++; i < n && str_eq(sorted[i].module, module) && sorted[i].name.len; i++)
      buf_printf(&line, ", %.*s", STR_ARG(sorted[i].name));
    py_push(lines, "%s", line.ptr);
    buf_free(&line);
  }
  return groups;
}

// ---- Text

json_t *py_json(Str text) {
  json_t *j = json_stringn(text.ptr ? text.ptr : "", text.len);
  return j ? j : json_string("");
}

void py_push(json_t *array, const char *format, ...) {
  Arena scratch = {0};
  va_list args;
  char *text;
  va_start(args, format);
  va_list again;
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, again);
  va_end(again);
  text = arena_alloc(&scratch, (size_t)n + 1, 1);
  vsnprintf(text, (size_t)n + 1, format, args);
  va_end(args);
  json_array_append_new(array, py_json((Str){text, (size_t)n}));
  arena_reset(&scratch);
}

Str py_string(Arena *a, Str text) {
  Buf out = {0};
  char quote = '"';
  if (str_find_char(text, '"', 0) != SIZE_MAX && str_find_char(text, '\'', 0) == SIZE_MAX)
    quote = '\''; // as black and ruff choose: fewer escapes
  buf_add_char(&out, quote);
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    if (c == quote || c == '\\')
      buf_printf(&out, "\\%c", c);
    else if ((unsigned char)c < 32)
      buf_printf(&out, "\\x%02x", c);
    else
      buf_add_char(&out, c);
  }
  buf_add_char(&out, quote);
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

// ---- Types

static bool is_json(TypeKind k) {
  return k == TYPE_JSON || k == TYPE_PG_JSONB;
}

static bool is_attribute(const Schema *s, Str name) {
  for (size_t i = 0; i < s->tables.len; i++)
    if (schema_has_attribute(s->tables.items[i], name))
      return true;
  return false;
}

Str py_python_class(PyWriter *m, TypeKind k) {
  const char *python = type_infos[k].python, *dot = strchr(python, '.');
  if (!dot || strchr(python, '['))
    return str_from(python);
  Str module = {python, (size_t)(dot - python)};
  if (str_is(module, "datetime") && m->datetime_module) {
    for (size_t i = 0; i < m->imports.len; i++)
      if (m->imports.items[i].alias.len)
        return str_format(m->arena, "%.*s.%s", STR_ARG(m->imports.items[i].alias),
                          dot + 1);
    Str alias = is_attribute(m->schema, STR("dt")) ? STR("datetime_") : STR("dt");
    vec_push(&m->imports, (PyWanted){STR("datetime"), (Str){"", 0}, alias});
    return str_format(m->arena, "%.*s.%s", STR_ARG(alias), dot + 1);
  }
  py_import_str(m, module, str_from(dot + 1));
  return str_from(dot + 1);
}

Str py_type(PyWriter *m, const SchemaType *type, DefaultKind kind, Str default_text) {
  if (type->python.len)
    return type->python;
  if (type->kind == TYPE_OTHER) {
    py_import(m, "typing", "Any");
    return STR("Any");
  }
  if (type->kind == TYPE_ENUM)
    return type->enumeration->name;
  if (type->kind == TYPE_ARRAY)
    return str_format(m->arena, "list[%.*s]", STR_ARG(py_python_class(m, type->item)));
  if (is_json(type->kind)) {
    py_import(m, "typing", "Any");
    bool list = kind == DEFAULT_EMPTY && str_is(default_text, "[]");
    return list ? STR("list[Any]") : STR("dict[str, Any]");
  }
  return py_python_class(m, type->kind);
}

static Str sized(PyWriter *m, TypeKind k, uint32_t length, uint32_t precision,
                 uint32_t scale) {
  const char *sql = type_infos[k].sql;
  py_import(m, k >= TYPE_PG_JSONB ? "sqlalchemy.dialects.postgresql" : "sqlalchemy", sql);
  if (type_infos[k].argument == ARGUMENT_LENGTH && length)
    return str_format(m->arena, "%s(%u)", sql, length);
  if (k == TYPE_DECIMAL && precision)
    return str_format(m->arena, "%s(%u, %u)", sql, precision, scale);
  return str_from(sql);
}

// Arrays and PostgreSQL's own types have a stand-in elsewhere, so that the code runs on
// all.
static Str portable(PyWriter *m, Str type, const char *stand_in) {
  if (m->settings->database == DATABASE_POSTGRESQL)
    return type;
  py_import(m, "sqlalchemy", stand_in);
  schema_assume(m->schema,
                "%.*s is PostgreSQL's; SQLite and MySQL get %s instead "
                "(--database postgresql leaves that out)",
                STR_ARG(type), stand_in);
  return str_format(m->arena,
                    "%.*s.with_variant(%s(), \"sqlite\", \"mysql\", \"mariadb\")",
                    STR_ARG(type), stand_in);
}

static Str enum_sql(PyWriter *m, const SchemaType *type) {
  py_import(m, "sqlalchemy", "Enum");
  return str_format(m->arena, "Enum(%.*s, name=\"%.*s\", values_callable=enum_values)",
                    STR_ARG(type->enumeration->name),
                    STR_ARG(name_snake(m->arena, type->enumeration->name)));
}

static void import_dotted(PyWriter *m, Str dotted) {
  size_t dot = dotted.len;
  while (dot && dotted.ptr[dot - 1] != '.')
    dot--;
  py_import_str(m, str_slice(dotted, 0, dot ? dot - 1 : 0),
                str_slice(dotted, dot, dotted.len));
}

Str py_sql_type_explicit(PyWriter *m, const SchemaType *type, bool primary_key) {
  Arena *a = m->arena;
  switch (type->kind) {
  case TYPE_OTHER:
    for (uint32_t i = 0; i < type->import_count; i++)
      import_dotted(m, type->imports[i]);
    return type->text;
  case TYPE_ENUM:
    return enum_sql(m, type);
  case TYPE_ARRAY:
    py_import(m, "sqlalchemy", "ARRAY");
    return portable(m,
                    str_format(a, "ARRAY(%.*s)",
                               STR_ARG(sized(m, type->item, type->item_length,
                                             type->precision, type->scale))),
                    "JSON");
  case TYPE_DATETIME:
    py_import(m, "sqlalchemy", "DateTime");
    return type->naive ? STR("DateTime") : STR("DateTime(timezone=True)");
  case TYPE_BIGINT:
    if (primary_key && m->settings->database != DATABASE_POSTGRESQL &&
        m->settings->database != DATABASE_MYSQL &&
        m->settings->database != DATABASE_MARIADB) {
      py_import(m, "sqlalchemy", "BigInteger");
      py_import(m, "sqlalchemy", "Integer");
      schema_assume(m->schema,
                    "SQLite counts up INTEGER keys only: the bigint key is one there");
      return STR("BigInteger().with_variant(Integer, \"sqlite\")");
    }
    return sized(m, type->kind, 0, 0, 0);
  case TYPE_PG_JSONB:
  case TYPE_PG_HSTORE:
    return portable(m, str_format(a, "%.*s()", STR_ARG(sized(m, type->kind, 0, 0, 0))),
                    "JSON");
  case TYPE_PG_CITEXT:
    return portable(m, str_format(a, "%.*s()", STR_ARG(sized(m, type->kind, 0, 0, 0))),
                    "Text");
  default:
    return sized(m, type->kind, type->length, type->precision, type->scale);
  }
}

Str py_sql_type(PyWriter *m, const SchemaType *type, bool primary_key) {
  switch (type->kind) {
  case TYPE_INTEGER:
  case TYPE_BOOLEAN:
  case TYPE_DATE:
  case TYPE_TIME:
  case TYPE_INTERVAL:
  case TYPE_UUID:
    return (Str){"", 0};
  case TYPE_DATETIME:
    return type->naive ? (Str){"", 0} : py_sql_type_explicit(m, type, primary_key);
  case TYPE_BYTES:
    return type->length ? py_sql_type_explicit(m, type, primary_key) : (Str){"", 0};
  default:
    return py_sql_type_explicit(m, type, primary_key);
  }
}

// ---- Values

// "in progress" -> "IN_PROGRESS"; what is no identifier gets a letter in front.
Str py_enum_member(Arena *a, Str value) {
  Buf out = {0};
  char first = value.len ? value.ptr[0] : '-';
  if (!(first >= 'a' && first <= 'z') && !(first >= 'A' && first <= 'Z'))
    buf_add_text(&out, "N"); // neither a digit nor an underscore may begin a member
  for (size_t i = 0; i < value.len; i++) {
    char c = value.ptr[i];
    bool letter =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    buf_add_char(&out, !letter ? '_' : c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
  }
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

static bool is_true_word(Str s) {
  return str_eq_nocase(s, STR("true")) || str_eq_nocase(s, STR("yes")) || str_is(s, "1");
}

// As written, without a plus and zeros in front: 007 is no Python number.
static Str number(Arena *a, Str text, bool real) {
  bool minus = text.len && text.ptr[0] == '-';
  if (text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'))
    text = str_slice(text, 1, text.len);
  while (text.len > 1 && text.ptr[0] == '0' && text.ptr[1] != '.')
    text = str_slice(text, 1, text.len);
  const char *head = text.len && text.ptr[0] == '.' ? "0" : "";
  const char *tail = real && str_find_char(text, '.', 0) == SIZE_MAX ? ".0"
                     : str_ends(text, STR("."))                      ? "0"
                                                                     : "";
  return str_format(a, "%s%s%.*s%s", minus ? "-" : "", head, STR_ARG(text), tail);
}

Str py_value(PyWriter *m, const SchemaType *type, Str text) {
  Arena *a = m->arena;
  switch (type->kind) {
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_SMALLINT:
    return number(a, text, false);
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
    return number(a, text, true);
  case TYPE_DECIMAL:
    return str_format(a, "%.*s(\"%.*s\")", STR_ARG(py_python_class(m, TYPE_DECIMAL)),
                      STR_ARG(number(a, text, false)));
  case TYPE_BOOLEAN:
    return is_true_word(text) ? STR("True") : STR("False");
  case TYPE_DATETIME:
    return str_format(a, "%.*s.fromisoformat(\"%.*s%s%s\")",
                      STR_ARG(py_python_class(m, type->kind)), STR_ARG(text),
                      text.len == 10 ? "T00:00" : "", type->naive ? "" : "+00:00");
  case TYPE_DATE:
  case TYPE_TIME:
    return str_format(a, "%.*s.fromisoformat(\"%.*s\")",
                      STR_ARG(py_python_class(m, type->kind)), STR_ARG(text));
  case TYPE_ENUM:
    return str_format(a, "%.*s.%.*s", STR_ARG(type->enumeration->name),
                      STR_ARG(py_enum_member(a, text)));
  default:
    return py_string(a, text);
  }
}
