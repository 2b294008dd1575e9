// suppose.c: nouns as models, the words between them as their relation.
#include "agent/suppose.h"

#include "agent/describe.h"
#include "agent/generate.h"
#include "base/regex.h"
#include "query/tools.h"
#include "schema/fields.h"

enum {
  MAX_NOUNS = 2,
  MAX_FIELDS = 6
};

typedef struct {
  AskContext *cx;
  Words words;
  Str nouns[MAX_NOUNS]; // class names
  uint32_t at[MAX_NOUNS];
  uint32_t count;
  bool second_owns; // the second has many of the first
} Nouns;

static bool is_one(Str word, const char *const *list) {
  for (size_t i = 0; list[i]; i++)
    if (str_is(word, list[i]))
      return true;
  return false;
}

// Plurals that are no rows of anybody: words of the library, times, and the like.
static bool is_common(Str word) {
  static const char *const common[] = {
      "models",     "tables",     "columns",   "queries",  "relationships", "sessions",
      "engines",    "migrations", "rows",      "records",  "results",       "days",
      "weeks",      "months",     "years",     "hours",    "minutes",       "seconds",
      "ones",       "times",      "names",     "emails",   "titles",        "pages",
      "values",     "errors",     "joins",     "indexes",  "transactions",  "connections",
      "databases",  "classes",    "objects",   "types",    "dates",         "ids",
      "fields",     "methods",    "functions", "keys",     "properties",    "attributes",
      "statements", "options",    "events",    "warnings", "exceptions",    NULL};
  return is_one(word, common);
}

static bool is_plural(const Word *w) {
  static const char *const never[] = {
      "is",      "has", "was", "does", "this",   "less",   "his",    "its", "status",
      "address", "as",  "us",  "plus", "unless", "versus", "always", NULL};
  size_t n = w->lower.len;
  return w->kind == WORD_PLAIN && n > 3 && w->lower.ptr[n - 1] == 's' &&
         w->lower.ptr[n - 2] != 's' && !is_one(w->lower, never);
}

static void add_noun(Nouns *n, uint32_t at, Str singular) {
  Str name = name_camel(n->cx->arena, singular);
  for (uint32_t i = 0; i < n->count; i++)
    if (str_eq(n->nouns[i], name))
      return;
  if (n->count < MAX_NOUNS && !name_refused_class(name)) {
    n->at[n->count] = at;
    n->nouns[n->count++] = name;
  }
}

static bool find_nouns(Nouns *n) {
  static const char *const each[] = {"per", "each", "every", NULL};
  static const char *const owner[] = {"per", "each", "every", "of", "by", NULL};
  for (uint32_t i = 0; i < n->words.count; i++) {
    const Word *w = &n->words.items[i];
    bool behind = i && is_one(n->words.items[i - 1].lower, each);
    if (is_plural(w) && is_common(w->lower))
      return false;
    if (is_plural(w))
      add_noun(n, i, name_singular(n->cx->arena, w->lower));
    else if (behind && w->kind == WORD_PLAIN && w->lower.len > 2)
      add_noun(n, i, w->lower);
  }
  if (n->count == 2) {
    uint32_t at = n->at[1];
    while (at > n->at[0] + 1 &&
           is_one(n->words.items[at - 1].lower,
                  (const char *[]){"the", "a", "an", "each", NULL}) &&
           !is_one(n->words.items[at - 1].lower, each))
      at--;
    n->second_owns = at && is_one(n->words.items[at - 1].lower, owner);
  }
  return n->count > 0;
}

static bool says(const Nouns *n, const char *const *list) {
  for (uint32_t i = 0; i < n->words.count; i++)
    if (is_one(n->words.items[i].lower, list))
      return true;
  return false;
}

// The columns that the words speak of, on the first model.
static uint32_t add_fields(const Nouns *n, const char **words, uint32_t count) {
  static const struct {
    const char *field;
    const char *said[8];
  } known[] = {
      {"name:str", {"name", "named", "called", "alphabetically"}},
      {"email:str", {"email", "mail"}},
      {"active:bool", {"active", "inactive"}},
      {"created_at:datetime",
       {"newest", "latest", "recent", "oldest", "created", "registered", "last"}},
      {"price:decimal", {"price", "cheapest", "expensive", "cost"}},
      {"age:int", {"age", "older", "younger"}},
  };
  uint32_t from = count;
  for (size_t i = 0; i < ARRAY_LEN(known); i++)
    if (says(n, known[i].said))
      words[count++] = known[i].field;
  if (count == from)
    words[count++] = known[0].field;
  return count;
}

static bool parse_models(Nouns *n, Schema *s, Err *err) {
  const char *words[MAX_FIELDS + 8];
  uint32_t count = 0;
  Arena *arena = n->cx->arena;
  uint32_t parent = n->second_owns ? 1 : 0;
  words[count++] = str_copy(arena, n->nouns[0]).ptr;
  count = add_fields(n, words, count);
  if (n->count == 2) {
    Str own = name_snake(arena, n->nouns[parent]);
    Str way = str_format(arena, "%.*s:->%.*s", STR_ARG(own), STR_ARG(n->nouns[parent]));
    if (parent == 1)
      words[count++] = way.ptr;
    words[count++] = str_copy(arena, n->nouns[1]).ptr;
    words[count++] = "name:str";
    if (parent == 0)
      words[count++] = way.ptr;
  }
  return fields_parse(s, words, count, &(FieldSettings){0}, err) &&
         schema_complete(s, &(SchemaOptions){0}, err);
}

static void model_text(Buf *b, const Schema *s, Str name) {
  const SchemaTable *t = schema_find(s, name);
  buf_printf(b, "`%.*s(", STR_ARG(name));
  for (size_t i = 0; t && i < t->columns.len; i++)
    buf_printf(b, "%s%.*s", i ? ", " : "", STR_ARG(t->columns.items[i]->name));
  buf_add_text(b, ")`");
}

static Str models_sentence(const Nouns *n, const Schema *s) {
  Buf b = {0};
  uint32_t parent = n->second_owns ? 1 : 0;
  model_text(&b, s, n->nouns[parent]);
  if (n->count == 2) {
    buf_add_text(&b, " has many ");
    model_text(&b, s, n->nouns[1 - parent]);
  }
  Str out = str_copy(n->cx->arena, buf_str(&b));
  buf_free(&b);
  return out;
}

// ---- Models that the request itself describes

static bool tells_models(Str sentence) {
  static const char pattern[] =
      "(?i)[a-z]\\w*\\s*\\(\\s*\\w+(?:\\s+\\w+)?\\s*,[^)]*\\)|\\bwith\\s+(?:the\\s+)?"
      "(?:columns|fields|attributes)\\b|\\b(?:model|table|class|entity)\\s+has\\b|"
      "\\bcolumns\\s+(?:are|of\\s+the)\\b|\\bbelongs\\s+to\\s+an?\\b";
  Regex *r = regex_new(str_from(pattern));
  bool found = regex_find(r, sentence, 0, NULL);
  regex_free(r);
  return found;
}

// Behind the sentence that begins at `at`: ". ", "? ", a line, or ": " behind a list of
// columns.
static size_t sentence_end(Str text, size_t at) {
  int depth = 0;
  for (size_t i = at; i < text.len; i++) {
    char c = text.ptr[i];
    depth += (c == '(') - (c == ')');
    bool last = i + 1 >= text.len || text.ptr[i + 1] == ' ' || text.ptr[i + 1] == '\n';
    bool list = c == ':' && i && text.ptr[i - 1] == ')';
    if (!depth &&
        (c == '\n' || (last && (c == '.' || c == '?' || c == '!' || c == ';' || list))))
      return i + 1;
  }
  return text.len;
}

// What is left over is a question or an order, no further statement.
static bool asks(Str rest) {
  return ask_says(
      str_slice(rest, 0, min_size(rest.len, 24)),
      "write,show,list,find,get,select,query,give,how,what,which,count,return,"
      "fetch,i want,i need,update,delete,insert,need,want,can,please,for,all,"
      "the,top,sum,average,load,build,create,make,add,retrieve,compute,now");
}

bool suppose_described_models(AskContext *cx, Str prose, Str *question, Supposed *out) {
  Buf models = {0}, rest = {0};
  bool announced = false; // "table t(a, b): what is wanted"
  for (size_t at = 0; at < prose.len;) {
    size_t end = sentence_end(prose, at);
    Str sentence = str_trim(str_slice(prose, at, end));
    bool list = sentence.len && sentence.ptr[sentence.len - 1] == ':';
    announced |= list && tells_models(sentence);
    if (tells_models(sentence))
      buf_printf(&models, "%s%.*s", models.len ? ". " : "",
                 STR_ARG(list ? str_slice(sentence, 0, sentence.len - 1) : sentence));
    else
      buf_printf(&rest, "%s%.*s", rest.len ? " " : "", STR_ARG(sentence));
    at = end;
  }
  Description d = {0};
  AskStyle style = ask_style(cx, prose);
  Schema *s = schema_new(cx->arena);
  Err err = {0};
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  bool ok =
      models.len && rest.len && (announced || asks(buf_str(&rest))) &&
      describe_models(&d, cx->arena, str_copy(cx->arena, buf_str(&models)), s, &err) &&
      generator_find(STR("model"))->run(&g, &err) && g.files.len == 1;
  if (ok) {
    out->code = str_copy(cx->arena, g.files.items[0].text);
    out->sentence = STR("what you describe");
    *question = str_copy(cx->arena, buf_str(&rest));
    ask_know_models(cx, out->code);
  }
  gen_free(&g);
  describe_free(&d);
  schema_free(s);
  buf_free(&models);
  buf_free(&rest);
  return ok;
}

bool suppose_query_models(AskContext *cx, Str clause, Supposed *out) {
  QSchema none = {0};
  Nouns n = {.cx = cx};
  n.words = words_read(cx->arena, request_without_tools(clause, &none, cx->arena));
  if (!find_nouns(&n))
    return false;
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  Err err = {0};
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  bool ok = parse_models(&n, s, &err) && generator_find(STR("model"))->run(&g, &err) &&
            g.files.len == 1;
  if (ok) {
    out->code = str_copy(cx->arena, g.files.items[0].text);
    out->sentence = models_sentence(&n, s);
    ask_know_models(cx, out->code);
  }
  gen_free(&g);
  schema_free(s);
  return ok;
}
