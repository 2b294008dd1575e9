// lookup.c: VERB [a] ENTITY (by | with [the] given | for [a] given) COLUMN [and
// COLUMN]...
//
// A column behind "by" also orders ("sorted by name") and groups ("users by country"):
// the entity's noun must stand right before it, the verb must be one of finding, and
// nothing may follow but another column.
#include "query/lookup.h"

#include "query/rephrase.h"
#include "query/tools.h"
#include "query/write_internal.h"

enum {
  MAX_COLUMNS = 4
};

typedef struct {
  const Words *words;
  const QSchema *schema;
  int table;
  int columns[MAX_COLUMNS];
  uint32_t column_count;
  bool plural;
  uint64_t unused; // words before the noun that mean nothing here, by number
} Lookup;

static bool is_one_of(const Word *w, const char *const *list) {
  for (; *list; list++)
    if (str_is(w->lower, *list))
      return true;
  return false;
}

static const char *const finding[] = {
    "get",     "find",   "fetch",    "query", "look",   "lookup",
    "load",    "select", "retrieve", "read",  "return", "returns",
    "queries", "finds",  "fetches",  "gets",  "loads",  NULL};
static const char *const other[] = {"count",   "number",  "total",  "average", "sum",
                                    "maximum", "minimum", "most",   "group",   "grouped",
                                    "order",   "ordered", "sort",   "sorted",  "how many",
                                    "update",  "delete",  "insert", "rank",    NULL};

// How many words from `at` are one of the names; 0 where none is.
static uint32_t match_names(const Lookup *l, uint32_t at, const QName *names,
                            uint32_t count) {
  uint32_t best = 0;
  for (uint32_t n = 0; n < count; n++) {
    uint32_t k = 0;
    while (k < names[n].count && at + k < l->words->count &&
           str_eq(l->words->items[at + k].stem, names[n].stems[k]))
      k++;
    if (k == names[n].count && k > best)
      best = k;
  }
  return best;
}

static uint32_t match_column(const Lookup *l, uint32_t at, int *column) {
  const QTable *t = &l->schema->tables[l->table];
  uint32_t best = 0;
  for (uint32_t c = 0; c < t->column_count; c++) {
    uint32_t n = match_names(l, at, t->columns[c].names, t->columns[c].name_count);
    if (n > best) {
      best = n;
      *column = (int)c;
    }
  }
  return best;
}

// The table whose name ends right before `end`.
static bool match_table(Lookup *l, uint32_t end) {
  uint32_t best = 0;
  for (uint32_t t = 0; t < l->schema->table_count; t++)
    for (uint32_t len = 1; len <= 3 && len <= end; len++) {
      const QTable *table = &l->schema->tables[t];
      uint32_t n = match_names(l, end - len, table->names, table->name_count);
      if (n == len && n > best) {
        best = n;
        l->table = (int)t;
      }
    }
  if (best) {
    const Word *noun = &l->words->items[end - 1];
    l->plural = str_ends(noun->lower, STR("s")) && !str_ends(noun->lower, STR("ss"));
  }
  return best > 0;
}

// Steps over articles and "given", "certain".
static uint32_t skip_fillers(const Words *words, uint32_t at) {
  static const char *const fillers[] = {"a",     "an",      "the",      "its", "their",
                                        "given", "certain", "specific", "his", NULL};
  while (at < words->count && is_one_of(&words->items[at], fillers))
    at++;
  return at;
}

// "get_user_by_email that returns one User or None".
static bool only_talk_behind(const Lookup *l, uint32_t at) {
  static const char *const talk[] = {
      "that",     "which",    "returns", "return", "one",       "a",   "an",
      "the",      "single",   "or",      "none",   "returning", "row", "object",
      "instance", "function", "helper",  ".",      NULL};
  for (; at < l->words->count; at++) {
    bool noun = false;
    const QTable *t = &l->schema->tables[l->table];
    for (uint32_t n = 0; n < t->name_count; n++)
      for (uint32_t k = 0; k < t->names[n].count; k++)
        noun |= str_eq(t->names[n].stems[k], l->words->items[at].stem);
    if (!noun && !is_one_of(&l->words->items[at], talk))
      return false;
  }
  return true;
}

static bool read_columns(Lookup *l, uint32_t at) {
  static const char *const joints[] = {"and", ",", NULL};
  const Words *words = l->words;
  for (;;) {
    int column = -1;
    at = skip_fillers(words, at);
    uint32_t n = match_column(l, at, &column);
    if (!n || l->column_count == MAX_COLUMNS)
      return false;
    l->columns[l->column_count++] = column;
    at += n;
    while (at < words->count &&
           (str_is(words->items[at].text, ".") || str_is(words->items[at].text, "?") ||
            str_is(words->items[at].lower, "please")))
      at++;
    if (at >= words->count)
      return true;
    if (!is_one_of(&words->items[at], joints))
      return only_talk_behind(l, at);
    at++;
  }
}

// A name of the models or a value: it narrows what is looked up.
static bool says_more(const Lookup *l, const Word *w) {
  const QSchema *s = l->schema;
  if (w->kind != WORD_PLAIN || (w->capital && !w->first))
    return true;
  for (uint32_t t = 0; t < s->table_count; t++)
    for (uint32_t c = 0; c < s->tables[t].column_count; c++) {
      const QColumn *column = &s->tables[t].columns[c];
      for (uint32_t n = 0; n < column->name_count; n++)
        for (uint32_t k = 0; k < column->names[n].count; k++)
          if (units_word_means(column->names[n].stems[k], w->stem))
            return true;
      for (uint32_t m = 0; m < column->member_count; m++)
        if (str_eq_nocase(column->members[m], w->text))
          return true;
    }
  return false;
}

// What stands before the noun that ends at `end`: talk of code, words that mean nothing
// (they are kept in `unused`); false where it says more than that.
static bool only_talk_before(Lookup *l, uint32_t end) {
  static const char *const code[] = {
      "write",  "implement", "create", "make",     "add",    "need", "want", "build",
      "define", "function",  "helper", "method",   "query",  "code", "orm",  "statement",
      "def",    "snippet",   "python", "typed",    "return", "how",  "that", "looks",
      "single", "one",       "row",    "instance", "object", "up",   NULL};
  for (uint32_t i = 0; i < end; i++) {
    const Word *w = &l->words->items[i];
    bool noun = false;
    for (uint32_t n = 0; n < l->schema->tables[l->table].name_count; n++)
      for (uint32_t k = 0; k < l->schema->tables[l->table].names[n].count; k++)
        noun |= str_eq(l->schema->tables[l->table].names[n].stems[k], w->stem);
    if (noun || w->kind == WORD_MARK || is_one_of(w, finding) || is_one_of(w, code) ||
        units_is_function_word(w->lower))
      continue;
    if (says_more(l, w) || i >= 64)
      return false;
    l->unused |= UINT64_C(1) << i;
  }
  return true;
}

static bool read_lookup(Lookup *l) {
  static const char *const by[] = {"by", NULL}, *const with[] = {"with", "for", NULL};
  bool verb = false;
  for (uint32_t i = 0; i < l->words->count; i++) {
    const Word *w = &l->words->items[i];
    if (is_one_of(w, other))
      return false;
    verb = verb || is_one_of(w, finding);
    bool given = is_one_of(w, with) && i + 2 < l->words->count &&
                 (str_is(l->words->items[i + 1].lower, "given") ||
                  str_is(l->words->items[i + 2].lower, "given"));
    if ((is_one_of(w, by) || given) && verb && i > 0 && match_table(l, i))
      return read_columns(l, i + 1) && only_talk_before(l, i);
  }
  return false;
}

// At most one row can fit.
static bool finds_one(const Lookup *l) {
  for (uint32_t i = 0; i < l->column_count; i++) {
    const QColumn *c = qschema_column(l->schema, l->table, l->columns[i]);
    if (c->unique || (c->primary_key && l->schema->tables[l->table].key_column >= 0))
      return true;
  }
  return false;
}

static void write_lookup(const Lookup *l, Writer *w, QueryAnswer *out) {
  const QTable *t = &l->schema->tables[l->table];
  bool one = finds_one(l), async = w->options.async;
  Call calls[2] = {{.head = STR("select")}, {.head = STR(".where")}};
  Buf body = {0}, name = {0}, reading = {0};
  Str snake = snake_name(w->arena, t->cls);
  Item row = {.kind = ITEM_ENTITY, .table = (int16_t)l->table, .column = -1};
  bool core = w->options.core;
  add_import(w, "sqlalchemy", STR("select"));
  call_add(&calls[0], item_code(w, row));
  buf_printf(&name, "%s_%.*s_by", one ? "get" : "find",
             STR_ARG(one ? snake : words_plural(w->arena, snake)));
  buf_printf(&reading, "%s %.*s by", one ? "The" : "The rows of", STR_ARG(t->cls));
  for (uint32_t i = 0; i < l->column_count; i++) {
    Item item = {.kind = ITEM_COLUMN,
                 .table = (int16_t)l->table,
                 .column = (int16_t)l->columns[i]};
    Str attr = qschema_column(l->schema, l->table, l->columns[i])->attr;
    Str parameter = add_parameter(w, attr, python_type(w, item), STR(""));
    buf_printf(&name, "%s_%.*s", i ? "_and" : "", STR_ARG(attr));
    buf_printf(&reading, "%s %.*s", i ? " and" : "", STR_ARG(attr));
    call_add(&calls[1], str_format(w->arena, "%.*s == %.*s",
                                   STR_ARG(column_code(w, item)), STR_ARG(parameter)));
  }
  out->reading = str_copy(w->arena, buf_str(&reading));
  out->function = str_copy(w->arena, buf_str(&name));
  write_signature(w, &body, out->function,
                  str_format(w->arena, "%s%.*s%s", one ? "" : "list[",
                             STR_ARG(python_type(w, row)), one ? " | None" : "]"));
  buf_add_str(&body, docstring_code(w->arena, out->reading));
  chain_write(&body, STR("stmt = "), calls, 2, 4);
  const char *await_ = async ? "await " : "";
  if (core && one)
    buf_printf(&body, "    return %sconnection.execute(stmt)%s.one_or_none()\n",
               async ? "(await " : "", async ? ")" : "");
  else if (core)
    buf_printf(&body, "    return list(%sconnection.execute(stmt))\n", await_);
  else if (one)
    buf_printf(&body, "    return %ssession.scalar(stmt)\n", await_);
  else
    buf_printf(&body, "    return list(%ssession.scalars(stmt))\n", await_);
  out->code = module_code(w, str_copy(w->arena, buf_str(&body)));
  buf_free(&body);
  buf_free(&name);
  buf_free(&reading);
}

bool query_lookup(Str question, const QSchema *schema, WriteOptions options, Arena *arena,
                  QueryAnswer *out) {
  Rephrased asked =
      request_rephrase(request_without_tools(question, schema, arena), schema, arena);
  Words words = words_read(arena, asked.text);
  Lookup l = {.words = &words, .schema = schema, .table = -1};
  Meaning none = {.root = -1};
  if (asked.limit || asked.distinct || words.cut || !read_lookup(&l))
    return false;
  *out = (QueryAnswer){.margin = 10, .unused = asked.dropped};
  for (uint32_t i = 0; i < words.count && i < 64; i++)
    if (l.unused >> i & 1)
      out->unused = str_format(arena, "%.*s%s%.*s", STR_ARG(out->unused),
                               out->unused.len ? " " : "", STR_ARG(words.items[i].text));
  out->confident = !out->unused.len;
  if (out->unused.len)
    out->assumptions[out->assumption_count++] =
        str_format(arena, "not used: %.*s", STR_ARG(out->unused));
  options.async = options.async || schema->async;
  Writer *w = arena_new(arena, Writer);
  *w = (Writer){.m = &none, .s = schema, .options = options, .arena = arena};
  write_lookup(&l, w, out);
  return true;
}
