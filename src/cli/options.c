// options.c: parsing, defaults and help of a command's option table.
#include "cli/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static size_t option_count(const Command *c) {
  size_t n = 0;
  while (c->options && c->options[n].name)
    n++;
  return n;
}

const OptionValue *option_get(const CommandCtx *cx, const char *name) {
  for (size_t i = 0; i < option_count(cx->command); i++)
    if (!strcmp(cx->command->options[i].name, name))
      return &cx->options[i];
  BUG("a command asks for an option that is not in its table");
}

// Edit distance, cut at lengths that no option has.
static size_t distance(const char *a, const char *b) {
  enum {
    MOST = 40
  };
  size_t n = strlen(a), m = strlen(b), row[MOST + 1];
  if (n > MOST || m > MOST)
    return MOST;
  for (size_t j = 0; j <= m; j++)
    row[j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t above = row[j];
      size_t best = min_size(above, row[j - 1]) + 1;
      row[j] = min_size(best, diagonal + (a[i - 1] != b[j - 1]));
      diagonal = above;
    }
  }
  return row[m];
}

const char *options_nearest(const char *name, const char *const *names, size_t count) {
  const char *best = NULL;
  size_t best_distance = strlen(name) / 3 + 1;
  for (size_t i = 0; i < count; i++) {
    size_t d = distance(name, names[i]);
    if (d <= best_distance && (!best || d < best_distance)) {
      best = names[i];
      best_distance = d;
    }
  }
  return best;
}

static bool unknown_option(const Command *c, const char *name, size_t len, Err *err) {
  char plain[64];
  snprintf(plain, sizeof plain, "%.*s", (int)min_size(len, sizeof plain - 1), name);
  enum {
    MOST = 64
  };
  const char *names[MOST] = {"help"};
  size_t n = 1;
  for (size_t i = 0; i < option_count(c) && n < MOST; i++)
    names[n++] = c->options[i].name;
  const char *near = options_nearest(plain, names, n);
  if (near)
    return err_set(err, ERR_USAGE, "unknown option --%s; did you mean --%s?", plain,
                   near);
  return err_set(err, ERR_USAGE, "unknown option --%s", plain);
}

static void split_list(OptionValue *v, const char *text) {
  Str rest = str_from(text), part;
  while (str_next_part(&rest, ',', &part)) {
    part = str_trim(part);
    if (part.len)
      vec_push(&v->list, part);
  }
}

static bool set_choice(const Option *o, OptionValue *v, const char *text, Err *err) {
  size_t n = 0;
  for (; o->choices[n]; n++) {
    if (!strcmp(o->choices[n], text)) {
      v->choice = (uint32_t)n;
      v->text = text;
      return true;
    }
  }
  Buf all = {0};
  for (size_t i = 0; i < n; i++)
    buf_printf(&all, "%s%s", i ? ", " : "", o->choices[i]);
  const char *near = options_nearest(text, o->choices, n);
  err_set(err, ERR_USAGE, "--%s takes one of %s; not '%s'%s%s%s", o->name, all.ptr, text,
          near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
  buf_free(&all);
  return false;
}

static bool set_value(const Option *o, OptionValue *v, const char *text, Err *err) {
  v->given = true;
  v->count++;
  switch (o->kind) {
  case OPTION_FLAG:
    return true;
  case OPTION_TEXT:
    v->text = text;
    return true;
  case OPTION_LIST:
    split_list(v, text);
    return true;
  case OPTION_CHOICE:
    return set_choice(o, v, text, err);
  case OPTION_NUMBER: {
    char *end;
    errno = 0;
    v->number = strtoll(text, &end, 10);
    if (errno || end == text || *end || v->number < 0)
      return err_set(err, ERR_USAGE, "--%s takes a number, not '%s'", o->name, text);
    return true;
  }
  }
  BUG("unknown kind of option");
}

typedef struct {
  int argc;
  char **argv;
  int at; // index of the next word
} Words;

// One `--name`, `--name=value`.
static bool parse_long(CommandCtx *cx, Words *w, bool *help, Err *err) {
  const char *word = w->argv[w->at++] + 2;
  const char *equals = strchr(word, '=');
  size_t len = equals ? (size_t)(equals - word) : strlen(word);
  const Command *c = cx->command;
  for (size_t i = 0; i < option_count(c); i++) {
    const Option *o = &c->options[i];
    if (strlen(o->name) != len || memcmp(o->name, word, len))
      continue;
    if (o->kind == OPTION_FLAG) {
      if (equals)
        return err_set(err, ERR_USAGE, "--%s takes no value", o->name);
      return set_value(o, &cx->options[i], NULL, err);
    }
    if (!equals && w->at >= w->argc)
      return err_set(err, ERR_USAGE, "--%s needs a value: --%s %s", o->name, o->name,
                     o->value);
    return set_value(o, &cx->options[i], equals ? equals + 1 : w->argv[w->at++], err);
  }
  if (len == 4 && !memcmp(word, "help", 4))
    return *help = true;
  return unknown_option(c, word, len, err);
}

// A word of letters: `-j4`, `-j 4`, `-qx`.
static bool parse_letters(CommandCtx *cx, Words *w, bool *help, Err *err) {
  const Command *c = cx->command;
  for (const char *p = w->argv[w->at++] + 1; *p; p++) {
    size_t i = 0, n = option_count(c);
    while (i < n && c->options[i].letter != *p)
      i++;
    if (i == n && *p == 'h')
      return *help = true;
    if (i == n)
      return err_set(err, ERR_USAGE, "unknown option -%c", *p);
    const Option *o = &c->options[i];
    if (o->kind == OPTION_FLAG) {
      if (!set_value(o, &cx->options[i], NULL, err))
        return false;
      continue;
    }
    if (!p[1] && w->at >= w->argc)
      return err_set(err, ERR_USAGE, "-%c needs a value: -%c %s", *p, *p, o->value);
    return set_value(o, &cx->options[i], p[1] ? p + 1 : w->argv[w->at++], err);
  }
  return true;
}

bool options_parse(CommandCtx *cx, int argc, char **argv, bool *help, Err *err) {
  const Command *c = cx->command;
  cx->options = mem_zalloc(option_count(c) + 1, sizeof *cx->options);
  cx->args = mem_zalloc((size_t)argc + 1, sizeof *cx->args);
  Words w = {argc, argv, 0};
  *help = false;
  bool only_args = false;
  while (w.at < argc && !*help) {
    const char *word = argv[w.at];
    if (only_args || word[0] != '-' || !word[1]) {
      cx->args[cx->arg_count++] = word;
      w.at++;
    } else if (!strcmp(word, "--")) {
      only_args = true;
      w.at++;
    } else if (word[1] == '-') {
      if (!parse_long(cx, &w, help, err))
        return false;
    } else if (!parse_letters(cx, &w, help, err)) {
      return false;
    }
  }
  if (*help)
    return true;
  if (cx->arg_count > c->args_max)
    return err_set(err, ERR_USAGE, "unexpected argument '%s'", cx->args[c->args_max]);
  if (cx->arg_count < c->args_min)
    return err_set(err, ERR_USAGE, "%s is missing", c->positional);
  return true;
}

void options_free(CommandCtx *cx) {
  for (size_t i = 0; cx->options && i < option_count(cx->command); i++)
    vec_free(&cx->options[i].list);
  mem_free(cx->options);
  mem_free(cx->args);
}

// Words of `text` wrapped at column 90 with `indent` blanks before every further line.
static void wrap(Buf *out, const char *text, size_t indent, size_t column) {
  Str rest = str_from(text), word;
  bool first = true;
  while (str_next_part(&rest, ' ', &word)) {
    if (!first && column + 1 + word.len > 90) {
      buf_add_char(out, '\n');
      buf_add_repeat(out, ' ', indent);
      column = indent;
    } else if (!first) {
      buf_add_char(out, ' ');
      column++;
    }
    buf_add_str(out, word);
    column += word.len;
    first = false;
  }
  buf_add_char(out, '\n');
}

static void write_option(const Option *o, Buf *out) {
  enum {
    HELP_COLUMN = 30
  };
  Buf left = {0};
  if (o->letter)
    buf_printf(&left, "  -%c, --%s", o->letter, o->name);
  else
    buf_printf(&left, "      --%s", o->name);
  if (o->kind != OPTION_FLAG)
    buf_printf(&left, " %s", o->value);
  buf_add_str(out, buf_str(&left));
  if (left.len + 2 > HELP_COLUMN) {
    buf_add_char(out, '\n');
    buf_add_repeat(out, ' ', HELP_COLUMN);
  } else {
    buf_add_repeat(out, ' ', HELP_COLUMN - left.len);
  }
  buf_clear(&left);
  buf_add_text(&left, o->help);
  for (size_t i = 0; o->choices && o->choices[i]; i++)
    buf_printf(&left, "%s%s", i ? ", " : " [", o->choices[i]);
  if (o->choices)
    buf_add_char(&left, ']');
  wrap(out, left.ptr, HELP_COLUMN, HELP_COLUMN);
  buf_free(&left);
}

void options_write_help(const Command *c, Buf *out) {
  buf_printf(out, "%s\n\nUsage: aludel %s%s%s%s\n", c->summary, c->name,
             c->options ? " [OPTIONS]" : "", c->positional ? " " : "",
             c->positional ? c->positional : "");
  buf_add_text(out, "\nOptions:\n");
  for (size_t i = 0; i < option_count(c); i++)
    write_option(&c->options[i], out);
  write_option(&(Option){.name = "help", .letter = 'h', .help = "Print this page"}, out);
  if (c->details)
    buf_printf(out, "\n%s\n", c->details);
}
