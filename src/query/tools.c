// tools.c: runs of words that speak of SQLAlchemy, not of the rows.
#include "query/tools.h"

static bool is_one(Str word, const char *const *list) {
  for (size_t i = 0; list[i]; i++)
    if (str_is(word, list[i]))
      return true;
  return false;
}

static bool names_has(const QName *names, uint32_t count, Str stem) {
  for (uint32_t i = 0; i < count; i++)
    for (uint32_t k = 0; k < names[i].count; k++)
      if (str_eq(names[i].stems[k], stem))
        return true;
  return false;
}

static bool is_of_models(const QSchema *s, Str stem) {
  for (uint32_t t = 0; t < s->table_count; t++) {
    const QTable *table = &s->tables[t];
    if (names_has(table->names, table->name_count, stem))
      return true;
    for (uint32_t c = 0; c < table->column_count; c++)
      if (names_has(table->columns[c].names, table->columns[c].name_count, stem))
        return true;
  }
  return false;
}

static bool is_tool(const QSchema *s, const Word *w) {
  static const char *const tools[] = {"sqlalchemy",  "core",           "orm",
                                      "async",       "asyncio",        "asynchronous",
                                      "synchronous", "asynchronously", NULL};
  return w->kind == WORD_PLAIN && is_one(w->lower, tools) && !is_of_models(s, w->stem);
}

// Words that go with a tool's name when they stand at its side.
static bool is_beside(const QSchema *s, const Word *w) {
  static const char *const beside[] = {"style",     "session",    "connection", "syntax",
                                       "statement", "expression", "language",   "2",
                                       "2.0",       "2.1",        "1.4",        NULL};
  return w->kind != WORD_QUOTED &&
         is_one(w->kind == WORD_PLAIN ? w->lower : w->text, beside) &&
         !is_of_models(s, w->stem);
}

static bool leads(const Word *w) {
  static const char *const leading[] = {"using",   "with", "in", "via", "use", "by",
                                        "through", "a",    "an", "the", "as",  NULL};
  return is_one(w->lower, leading);
}

// The end of the run of tool words that starts at `from`; `from` where there is none.
static uint32_t run_of_tools(const QSchema *s, const Words *w, uint32_t from) {
  uint32_t at = from;
  bool tool = false;
  while (at < w->count && (is_tool(s, &w->items[at]) || is_beside(s, &w->items[at]))) {
    tool |=
        is_tool(s, &w->items[at]) || (at > from && w->items[at - 1].kind == WORD_NUMBER &&
                                      str_is(w->items[at].lower, "style"));
    at++;
  }
  return tool ? at : from;
}

Str request_without_tools(Str text, const QSchema *schema, Arena *arena) {
  Words w = words_read(arena, text);
  Buf b = {0};
  uint32_t kept = 0; // bytes of the text that were looked at
  for (uint32_t i = 0; i < w.count;) {
    uint32_t lead = i;
    while (lead < w.count && leads(&w.items[lead]))
      lead++;
    uint32_t end = run_of_tools(schema, &w, lead);
    if (end == lead) {
      i++;
      continue;
    }
    // "a Core select": the article stays with what it is of
    bool phrase =
        end == w.count || w.items[end].kind == WORD_MARK || leads(&w.items[end]);
    uint32_t start =
        phrase || (lead > i && is_one(w.items[i].lower,
                                      (const char *[]){"using", "use", "via", NULL}))
            ? i
            : lead;
    buf_add_str(&b, str_slice(text, kept, w.items[start].start));
    if (end < w.count && !start && w.items[end].kind == WORD_MARK)
      end++;
    kept = end < w.count ? w.items[end].start : (uint32_t)text.len;
    i = end;
  }
  buf_add_str(&b, str_slice(text, kept, text.len));
  Str out = kept ? str_copy(arena, buf_str(&b)) : text;
  buf_free(&b);
  return out;
}
