// repro.c: a short program that raises the same, from repros.md.
//
// The names of the diagnosis take the place of the example's, where they are identifiers.
// Base, engine and their imports are put before the section's code, as far as it uses
// them.
#include <ctype.h>

#include "base/embedded.h"
#include "diagnose/internal.h"

extern const EmbeddedFile diagnose_repros[];

static bool in_words(Str words, Str word) {
  Str part;
  while (str_next_part(&words, ' ', &part))
    if (str_eq(part, word))
      return true;
  return false;
}

// The section whose title lists the entry.
static bool find_section(Str id, Str *cls, Str *code) {
  Str rest = {diagnose_repros[0].text, diagnose_repros[0].len}, line;
  const char *start = NULL;
  while (str_next_part(&rest, '\n', &line)) {
    if (!str_starts(line, STR("# ")))
      continue;
    if (start) {
      *code = str_trim((Str){start, (size_t)(line.ptr - start)});
      return true;
    }
    size_t bar = str_find_char(line, '|', 0);
    if (bar != SIZE_MAX && in_words(str_trim(str_slice(line, 2, bar)), id)) {
      *cls = str_trim(str_slice(line, bar + 1, line.len));
      start = rest.ptr;
    }
  }
  if (start)
    *code = str_trim((Str){start, rest.ptr ? (size_t)(rest.ptr + rest.len - start) : 0});
  return start != NULL;
}

static bool identifier(Str s) {
  if (!s.len || s.len > 40 || isdigit((unsigned char)s.ptr[0]))
    return false;
  for (size_t i = 0; i < s.len; i++)
    if (!islower((unsigned char)s.ptr[i]) && !isdigit((unsigned char)s.ptr[i]) &&
        s.ptr[i] != '_')
      return false;
  return true;
}

static bool taken(Str s) { // by Python, the example, or declarative classes
  return in_words(
      STR("and as assert async await break class continue def del elif else "
          "except finally for from global if import in is lambda match nonlocal "
          "not or pass raise return try while with yield key metadata registry "
          "parent child select func engine"),
      s);
}

// "user_accounts" gives "UserAccounts".
static Str class_name(Arena *a, Str table) {
  char *out = arena_alloc(a, table.len + 1, 1);
  size_t n = 0;
  bool upper = true;
  for (size_t i = 0; i < table.len; i++) {
    if (table.ptr[i] == '_') {
      upper = true;
      continue;
    }
    out[n++] = upper ? (char)toupper((unsigned char)table.ptr[i]) : table.ptr[i];
    upper = false;
  }
  return (Str){out, n};
}

static void add_named(Buf *out, Str code, Str model, Str table, Str column) {
  for (size_t i = 0; i < code.len;) {
    Str rest = str_slice(code, i, code.len);
    if (str_starts(rest, STR("@Model@"))) {
      buf_add_str(out, model);
      i += 7;
    } else if (str_starts(rest, STR("@table@"))) {
      buf_add_str(out, table);
      i += 7;
    } else if (str_starts(rest, STR("@column@"))) {
      buf_add_str(out, column);
      i += 8;
    } else {
      buf_add_char(out, code.ptr[i++]);
    }
  }
}

// True where the diagnosis names another class than the reproduction raises: SQLite and
// another database do not put an error into the same class.
static bool other_class(const Diagnosis *d, Str cls) {
  size_t dot = str_rfind_char(d->exception, '.');
  Str last =
      dot == SIZE_MAX ? d->exception : str_slice(d->exception, dot + 1, d->exception.len);
  return str_starts(d->exception, STR("sqlalchemy.")) && !str_eq(last, cls);
}

// As a word of its own: Session( is not AsyncSession(.
static bool uses(Str code, const char *word) {
  size_t at = 0;
  while ((at = str_find(code, str_from(word), at)) != SIZE_MAX) {
    if (!at || (!isalnum((unsigned char)code.ptr[at - 1]) && code.ptr[at - 1] != '_'))
      return true;
    at++;
  }
  return false;
}

// from MODULE import those of `names` that the code uses.
static void add_import(Buf *out, Str code, const char *module, const char *const *names) {
  const char *comma = "";
  for (; *names; names++) {
    Str name = str_slice(str_from(*names), 0, str_find_char(str_from(*names), '(', 0));
    name = str_slice(name, 0,
                     min_size(str_find_char(name, '[', 0), str_find_char(name, '.', 0)));
    if (!uses(code, *names))
      continue;
    if (!*comma)
      buf_printf(out, "from %s import ", module);
    buf_printf(out, "%s%.*s", comma, STR_ARG(name));
    comma = ", ";
  }
  if (*comma)
    buf_add_char(out, '\n');
}

// The imports at the start of a section; `*code` begins behind them.
static Str leading_imports(Str *code) {
  Str rest = *code, line;
  size_t end = 0;
  while (str_next_part(&rest, '\n', &line)) {
    if (line.len && !str_starts(line, STR("import ")) && !str_starts(line, STR("from ")))
      break;
    end = rest.ptr ? (size_t)(rest.ptr - code->ptr) : code->len;
  }
  Str imports = str_trim(str_slice(*code, 0, end));
  *code = str_slice(*code, end, code->len);
  return imports;
}

static void add_program(Buf *out, Str code) {
  static const char *const core[] = {"create_engine(", "func.", "select(", NULL};
  static const char *const orm[] = {"DeclarativeBase", "Mapped[", "Session(",
                                    "mapped_column(", NULL};
  Str imports = leading_imports(&code), rest = imports, line;
  Buf body = {0};
  if (uses(code, "Base"))
    buf_add_text(&body, "\n\nclass Base(DeclarativeBase):\n    pass\n");
  if (uses(code, "engine") && !uses(code, "create_async_engine("))
    buf_printf(&body,
               "\n%sengine = create_engine(\"sqlite://\")  # echo=True shows the SQL\n",
               body.len ? "\n" : "");
  buf_printf(&body, "%s%.*s\n", str_starts(code, STR("class ")) ? "\n\n" : "\n",
             STR_ARG(code));
  while (str_next_part(&rest, '\n', &line)) // of the standard library
    if (str_starts(line, STR("import ")))
      buf_printf(out, "%.*s\n", STR_ARG(line));
  if (out->len)
    buf_add_char(out, '\n');
  add_import(out, buf_str(&body), "sqlalchemy", core);
  rest = imports;
  while (str_next_part(&rest, '\n', &line))
    if (str_starts(line, STR("from ")))
      buf_printf(out, "%.*s\n", STR_ARG(line));
  add_import(out, buf_str(&body), "sqlalchemy.orm", orm);
  buf_add_str(out, buf_str(&body));
  buf_free(&body);
}

void diagnose_repro(Diagnosis *d) {
  Str cls, code;
  Buf out = {0};
  if (!d->entry.len)
    return;
  if (!find_section(d->entry, &cls, &code)) {
    if (str_starts(d->entry, STR("DB-")))
      d->repro_note =
          STR("There is no short program for it on SQLite: try the statement on "
              "the database that refused it.");
    return;
  }
  if (other_class(d, cls)) {
    d->repro_note = str_format(
        d->arena,
        "SQLite raises %.*s for this, so no program without your database shows it.",
        STR_ARG(cls));
    return;
  }
  Str table = identifier(d->table) && !taken(d->table) ? d->table : STR("item");
  Str column = d->columns.len ? d->columns.items[0] : STR("");
  if (!identifier(column) || taken(column) || str_is(column, "id"))
    column = STR("name");
  Buf named = {0};
  add_named(&named, code, class_name(d->arena, table), table, column);
  add_program(&out, buf_str(&named));
  buf_free(&named);
  d->repro = str_copy(d->arena, buf_str(&out));
  d->repro_raises = str_copy(d->arena, cls);
  buf_free(&out);
}
