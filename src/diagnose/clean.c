// clean.c: from what was pasted or logged to lines as a traceback has them.
//
// Colours, prefixes of log records, gutters of exception groups, frames of rich, JSON
// records and echoed SQL are taken off; each line knows whether a record begins with it.
#include "diagnose/internal.h"

#include <jansson.h>

// A colour or cursor sequence at `at`; its length, 0 where there is none.
static size_t escape_length(Str s, size_t at) {
  if (s.ptr[at] != 0x1b || at + 1 >= s.len)
    return s.ptr[at] == 0x1b ? 1 : 0;
  size_t i = at + 2;
  if (s.ptr[at + 1] == '[') {
    while (i < s.len && (s.ptr[i] < '@' || s.ptr[i] > '~'))
      i++;
    return min_size(i + 1, s.len) - at;
  }
  if (s.ptr[at + 1] == ']') {
    while (i < s.len && s.ptr[i] != 7 && s.ptr[i] != 0x1b)
      i++;
    return min_size(i + 1, s.len) - at;
  }
  return 2;
}

// A copy without escapes and control characters, cut at LINE_MAX_BYTES.
static Str printable(Arena *a, Str s) {
  s = str_slice(s, 0, LINE_MAX_BYTES);
  bool plain = true;
  for (size_t i = 0; i < s.len && plain; i++)
    plain = (unsigned char)s.ptr[i] >= 32 || s.ptr[i] == '\t';
  if (plain)
    return s;
  char *out = arena_alloc(a, s.len + 1, 1);
  size_t n = 0;
  for (size_t i = 0; i < s.len;) {
    size_t skip = escape_length(s, i);
    if (skip) {
      i += skip;
      continue;
    }
    if ((unsigned char)s.ptr[i] >= 32 || s.ptr[i] == '\t')
      out[n++] = s.ptr[i];
    i++;
  }
  return (Str){out, n};
}

typedef struct {
  Lines *out;
  Arena *arena;
  Regex *stamp, *level, *name, *echo, *exception;
  bool in_echo;  // lines of an echoed statement follow
  bool quoted;   // "> " stands before each line, as in a letter
  size_t indent; // blanks before each line of a text that is set in
  int depth;     // of text within JSON
} Cleaner;

static void add_text(Cleaner *c, Str text);

static void add_json_value(Cleaner *c, const json_t *value, int depth) {
  if (json_is_string(value)) {
    Str text =
        str_copy(c->arena, (Str){json_string_value(value), json_string_length(value)});
    if (c->depth < 2 && text.len > 8) {
      c->depth++;
      add_text(c, text);
      c->depth--;
    }
  } else if (json_is_object(value) && depth < 8) {
    const char *key;
    json_t *item;
    // structured exceptions: the class and its message make one line
    const char *cls = json_string_value(json_object_get(value, "type"));
    const char *text = json_string_value(json_object_get(value, "value"));
    if (!text)
      text = json_string_value(json_object_get(value, "message"));
    if (cls && text && !json_object_get(value, "stacktrace"))
      add_text(c, str_format(c->arena, "%s: %s", cls, text));
    json_object_foreach((json_t *)(uintptr_t)value, key, item)
        add_json_value(c, item, depth + 1);
  } else if (json_is_array(value) && depth < 8) {
    for (size_t i = 0; i < json_array_size(value); i++)
      add_json_value(c, json_array_get(value, i), depth + 1);
  }
}

// {"level": "error", "exc_info": "Traceback …"}: its texts, each with its own lines.
static bool add_json(Cleaner *c, Str line) {
  Str t = str_trim(line);
  if (t.len < 2 || t.ptr[0] != '{' || t.ptr[t.len - 1] != '}' || c->depth > 1)
    return false;
  json_t *root = json_loadb(t.ptr, t.len, JSON_REJECT_DUPLICATES, NULL);
  if (!json_is_object(root) || json_object_size(root) < 2) {
    json_decref(root);
    return false;
  }
  size_t before = c->out->len;
  add_json_value(c, root, 0);
  if (c->out->len > before)
    c->out->items[before].prefixed = true;
  json_decref(root);
  return true;
}

// "Traceback (most recent call last):\n  File …" written with \n as two characters.
static bool add_escaped(Cleaner *c, Str line) {
  if (str_find(line, STR("\\n"), 0) == SIZE_MAX ||
      (str_find(line, STR("\\n  File "), 0) == SIZE_MAX &&
       str_find(line, STR("\\n[SQL: "), 0) == SIZE_MAX &&
       str_find(line, STR("\\n(Background on this"), 0) == SIZE_MAX))
    return false;
  char *out = arena_alloc(c->arena, line.len + 1, 1);
  size_t n = 0;
  for (size_t i = 0; i < line.len; i++) {
    char next = i + 1 < line.len ? line.ptr[i + 1] : 0;
    if (line.ptr[i] == '\\' && (next == 'n' || next == '"' || next == '\'')) {
      out[n++] = next == 'n' ? '\n' : next;
      i++;
    } else {
      out[n++] = line.ptr[i];
    }
  }
  if (c->depth < 2) {
    c->depth++;
    add_text(c, (Str){out, n});
    c->depth--;
  }
  return true;
}

// "  | " of exception groups; "│ … │" of rich.
static Str without_gutter(Str s, bool *boundary) {
  for (int i = 0; i < 8; i++) {
    size_t at = 0;
    while (at < s.len && s.ptr[at] == ' ')
      at++;
    Str rest = str_slice(s, at, s.len);
    if (at && rest.len && rest.ptr[0] == '|') {
      s = str_slice(rest, rest.len > 1 && rest.ptr[1] == ' ' ? 2 : 1, rest.len);
    } else if (rest.len > 2 && rest.ptr[0] == '+' && rest.ptr[1] == '-') {
      *boundary = true;
      return STR("");
    } else if (at && str_starts(rest, STR("+ Exception Group"))) {
      return str_slice(rest, 2, rest.len);
    } else {
      break;
    }
  }
  Str bar = STR("│");
  if (str_starts(s, bar)) {
    s = str_slice(s, bar.len, s.len);
    Str t = str_trim(s);
    if (str_ends(t, bar))
      s = str_slice(s, 0, (size_t)(t.ptr - s.ptr) + t.len - bar.len);
    if (s.len && s.ptr[0] == ' ')
      s = str_slice(s, 1, s.len);
  }
  return s;
}

// Takes time, process, level and logger off. True where a record begins: a time alone may
// stand before every line (containers, journals).
static bool without_prefix(const Cleaner *c, Str *s) {
  RegexMatch m;
  bool any = false, begins = false;
  for (int i = 0; i < 8; i++) {
    bool stamp = regex_find(c->stamp, *s, 0, &m);
    bool level = !stamp && regex_find(c->level, *s, 0, &m);
    bool name = !stamp && !level && any && regex_find(c->name, *s, 0, &m);
    if (!(stamp || level || name) || !m.groups[0].len)
      break;
    begins |= level || name;
    any = true;
    *s = str_slice(*s, m.groups[0].len, s->len);
  }
  return begins;
}

static size_t blanks_before(Str s) {
  size_t n = 0;
  while (n < s.len && s.ptr[n] == ' ')
    n++;
  return n;
}

// Takes off what stands before every line of a text that is quoted or set in: "> ",
// four blanks. It begins with the traceback's head and ends where a line has it not.
static Str without_margin(Cleaner *c, Str s) {
  Str head = STR("Traceback (most recent call last)");
  if (str_starts(s, STR(">"))) {
    Str rest = str_slice(s, s.len > 1 && s.ptr[1] == ' ' ? 2 : 1, s.len);
    c->quoted |= str_starts(rest, head);
    s = c->quoted ? rest : s;
  } else if (s.len) {
    c->quoted = false;
  }
  size_t n = blanks_before(s);
  if (str_starts(str_slice(s, n, s.len), head))
    c->indent = n;
  else if (n < c->indent && n < s.len)
    c->indent = 0;
  return str_slice(s, min_size(n, c->indent), s.len);
}

static void add_line(Cleaner *c, Str raw) {
  raw = without_margin(c, raw);
  if (add_json(c, raw))
    return;
  Str s = printable(c->arena, raw);
  if (add_escaped(c, s))
    return;
  Line line = {0};
  bool echo = regex_find(c->echo, str_slice(s, 0, 200), 0, NULL);
  s = without_gutter(s, &line.boundary);
  line.prefixed = without_prefix(c, &s);
  if (line.prefixed)
    s = without_gutter(s, &line.boundary);
  if (echo) {
    c->in_echo = true;
    return;
  }
  if (c->in_echo) {
    if (!line.prefixed && str_find(s, STR("Traceback (most"), 0) == SIZE_MAX &&
        !regex_find(c->exception, s, 0, NULL))
      return;
    c->in_echo = false;
  }
  if (s.len > 4 && s.ptr[0] == 'E' && s.ptr[1] == ' ' && s.ptr[2] == ' ') {
    line.pytest = true;
    s = str_trim(str_slice(s, 1, s.len));
  }
  while (s.len && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\t'))
    s.len--;
  line.text = s;
  vec_push(c->out, line);
}

static void add_text(Cleaner *c, Str text) {
  Str line;
  while (str_next_part(&text, '\n', &line))
    add_line(c, line);
}

void clean_lines(Lines *out, Arena *a, Str input) {
  Cleaner c = {
      .out = out,
      .arena = a,
      .stamp = regex_new(
          STR("^(?:\\[?\\d{4}[-/]\\d\\d[-/]\\d\\d[T "
              "]\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?(?:Z|[ ]?[+-]\\d\\d:?\\d\\d| UTC)?(?:: "
              "[A-Z]+/[^\\]]*)?\\]?[ \\t]*[:|]?[ ]?"
              "|[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\S+ \\S+?(?:\\[\\d+\\])?: "
              "|\\[?\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d+)?\\]? "
              "|(?:stdout|stderr) [FP] |(?:app|heroku)\\[[\\w.-]+\\]: "
              "|\\[\\d+(?::\\w+)?\\] "
              "|[A-Za-z0-9][\\w.-]*[-_]\\d+[ ]+\\| |[a-z][\\w.-]*[ ]{2,}\\| )")),
      .level = regex_new(
          STR("^(?:\\[(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|EXCEPTION)\\]"
              "[ ]*(?:[:|-][ ]*)?"
              "|(?:DEBUG|INFO|WARNING|WARN|ERROR|CRITICAL|FATAL|EXCEPTION)"
              "[ ]*(?:[:|-][ ]*|[ ]))")),
      .name =
          regex_new(STR("^(?:\\||- |\\[[a-z_][\\w.]*\\][ ]*:?[ ]?"
                        "|(?:in )?[a-z_][a-z0-9_.]*(?::\\w+:\\d+)?(?:[ ]*:[ ]?|[ ]+-[ ]|"
                        "[ ]+\\|[ ]))")),
      .echo = regex_new(STR("\\b(INFO|DEBUG)\\b[^A-Za-z]{1,12}sqlalchemy\\.engine"
                            "|sqlalchemy\\.engine[\\w.]*[^A-Za-z]{1,12}(INFO|DEBUG)\\b")),
      .exception = regex_new(STR("^(?:[A-Za-z_]\\w*\\.)+[A-Z]\\w*: ")),
  };
  add_text(&c, input);
  regex_free(c.stamp);
  regex_free(c.level);
  regex_free(c.name);
  regex_free(c.echo);
  regex_free(c.exception);
}
