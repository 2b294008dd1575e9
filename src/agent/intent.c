// intent.c: features of a clause and the linear model over them.
#include "agent/intent.h"

#include <stdlib.h>

#include "python/parse.h"
#include "query/words.h"

typedef struct {
  const char *feature;
  float weights[INTENT_COUNT];
} WeightRow;

static const WeightRow rows[] = {
#define WEIGHTS(feature, ...) {feature, {__VA_ARGS__}},
#include "agent/intent_weights.def"
#undef WEIGHTS
};

const char *intent_name(Intent i) {
  static const char *const names[] = {
#define INTENT(id, title) #id,
#include "agent/intents.def"
#undef INTENT
  };
  ASSERT(i < INTENT_COUNT);
  return names[i];
}

const char *intent_title(Intent i) {
  static const char *const titles[] = {
#define INTENT(id, title) title,
#include "agent/intents.def"
#undef INTENT
  };
  ASSERT(i < INTENT_COUNT);
  return titles[i];
}

// ---- What the request carries

typedef struct {
  const PyTree *tree;
  const Interner *names;
  bool classes, functions, legacy, select, tables, routes;
} Shape;

static bool see_node(void *data, Ref node) {
  Shape *s = data;
  PyKind kind = py_kind(s->tree, node);
  Str name = STR("");
  s->classes = s->classes || kind == PY_CLASS_DEF;
  s->functions = s->functions || kind == PY_FUNCTION_DEF;
  if (kind == PY_ATTRIBUTE)
    name = atom_str(s->names, PY_AS(Attribute, s->tree, node)->attr);
  else if (kind == PY_NAME)
    name = atom_str(s->names, PY_AS(Name, s->tree, node)->id);
  s->legacy = s->legacy || str_is(name, "query");
  s->select = s->select || str_is(name, "select");
  s->tables = s->tables || str_is(name, "Table");
  s->routes = s->routes || str_is(name, "Depends") || str_is(name, "APIRouter");
  return true;
}

static void read_shape(Shape *s, Str code) {
  Arena scratch = {0};
  Interner *names = interner_new();
  InternCache *cache = intern_cache_new(names);
  Source source = {0};
  PyTree tree = {0};
  DiagSink diags = {.arena = &scratch};
  char *padded = arena_alloc(&scratch, code.len + SOURCE_PADDING, 1);
  if (code.len)
    memcpy(padded, code.ptr, code.len);
  if (source_init(&source, &scratch, STR("request"), (Str){padded, code.len}, NULL)) {
    py_parse(&tree, &source, cache, &diags);
    s->tree = &tree;
    s->names = names;
    PyVisitor v = {.enter = see_node, .data = s};
    py_walk(&tree, tree.root, &v);
    py_tree_free(&tree);
  }
  diag_sink_free(&diags);
  intern_cache_free(cache);
  interner_free(names);
  arena_reset(&scratch);
}

static void add_feature(Buf *out, const char *kind, Str text) {
  buf_printf(out, "%s:%.*s\n", kind, STR_ARG(text));
}

static void shape_features(const Request *r, Arena *arena, Buf *out) {
  Shape s = {0};
  Str code = request_python(r, arena);
  if (request_block(r, BLOCK_ERROR))
    buf_add_text(out, "has:error\n");
  if (!code.len)
    return;
  read_shape(&s, code);
  buf_add_text(out, "has:code\n");
  if (s.classes)
    buf_add_text(out, "has:class\n");
  if (s.functions)
    buf_add_text(out, "has:function\n");
  if (s.legacy)
    buf_add_text(out, "has:legacy\n");
  if (s.select)
    buf_add_text(out, "has:select\n");
  if (s.tables)
    buf_add_text(out, "has:table\n");
  if (s.routes)
    buf_add_text(out, "has:route\n");
}

// ---- What the clause says

typedef struct {
  const char *name, *words;
} ConceptRow;

static const ConceptRow concepts[] = {
#define CONCEPT(name, words) {#name, words},
#include "agent/concepts.def"
#undef CONCEPT
};

// The clause as lower-case words and as stems, a blank around each.
static void flatten(const Words *words, Buf *plain, Buf *stems) {
  buf_add_char(plain, ' ');
  buf_add_char(stems, ' ');
  for (uint32_t i = 0; i < words->count; i++) {
    const Word *w = &words->items[i];
    if (w->kind == WORD_MARK)
      continue;
    buf_add_str(plain, w->lower);
    buf_add_str(stems, w->stem.ptr ? w->stem : w->lower);
    buf_add_char(plain, ' ');
    buf_add_char(stems, ' ');
  }
}

static size_t find_spaced(Str text, Str word, Arena *arena) {
  return str_find(text, str_format(arena, " %.*s ", STR_ARG(word)), 0);
}

// Which concepts the clause speaks of, and which one it begins with.
static void concept_features(const Words *words, Arena *arena, Buf *out) {
  Buf plain = {0}, stems = {0};
  const char *first = NULL, *present[sizeof concepts / sizeof *concepts];
  size_t first_at = SIZE_MAX, count = 0;
  flatten(words, &plain, &stems);
  for (size_t i = 0; i < sizeof concepts / sizeof *concepts; i++) {
    Str rest = str_from(concepts[i].words), word;
    size_t best = SIZE_MAX;
    while (str_next_part(&rest, ',', &word)) {
      size_t at = find_spaced(buf_str(&plain), word, arena);
      if (at == SIZE_MAX && str_find_char(word, ' ', 0) == SIZE_MAX)
        at = find_spaced(buf_str(&stems), words_stem(arena, word), arena);
      best = min_size(best, at);
    }
    if (best == SIZE_MAX)
      continue;
    buf_printf(out, "c:%s\n", concepts[i].name);
    for (size_t k = 0; k < count; k++)
      buf_printf(out, "cc:%s+%s\n", present[k], concepts[i].name);
    present[count++] = concepts[i].name;
    if (best < first_at) {
      first_at = best;
      first = concepts[i].name;
    }
  }
  if (first)
    buf_printf(out, "first:%s\n", first);
  buf_free(&plain);
  buf_free(&stems);
}

// "Rental: car, days, state" and "Owner (name, phone)": attributes are listed.
static void list_features(const Words *words, Buf *out) {
  for (uint32_t i = 0; i + 4 < words->count; i++) {
    const Word *w = &words->items[i], *mark = w + 1;
    bool opens = str_is(mark->text, "("), colon = str_is(mark->text, ":");
    if (w->kind != WORD_PLAIN || mark->kind != WORD_MARK || !(opens || colon))
      continue;
    for (uint32_t k = i + 3; k < i + 7 && k < words->count; k++)
      if (str_is(words->items[k].text, ",")) {
        buf_printf(out, "list:%s%s\n", opens ? "parentheses" : "colon",
                   i == 0 ? "_first" : "");
        break;
      }
  }
}

static void word_features(Str text, Arena *arena, Buf *out) {
  Words words = words_read(arena, text);
  concept_features(&words, arena, out);
  list_features(&words, out);
  Str before = STR("^");
  for (uint32_t i = 0; i < words.count; i++) {
    const Word *w = &words.items[i];
    if (w->kind == WORD_MARK) {
      if (str_is(w->text, "?"))
        buf_add_text(out, "mark:?\n");
      continue;
    }
    Str stem = w->kind == WORD_PLAIN    ? w->stem
               : w->kind == WORD_NUMBER ? STR("<n>")
                                        : STR("<v>");
    add_feature(out, "w", stem);
    buf_printf(out, "b:%.*s_%.*s\n", STR_ARG(before), STR_ARG(stem));
    // A name in the middle of a sentence: a class of theirs, or a product.
    if (w->capital && !w->first && !w->upper)
      buf_add_text(out, "has:name\n");
    before = stem;
  }
}

void intent_features(const Request *r, Str text, Arena *arena, Buf *out) {
  buf_add_text(out, "bias:1\n");
  shape_features(r, arena, out);
  word_features(text, arena, out);
}

// ---- The model

static int compare_row(const void *key, const void *row) {
  return str_compare(*(const Str *)key, str_from(((const WeightRow *)row)->feature));
}

// Adds the weights of the features; each counts once. Gives the number of known words.
static int score(Str features, Arena *arena, double scores[INTENT_COUNT]) {
  size_t count = sizeof rows / sizeof *rows;
  bool *seen = arena_array(arena, bool, count + 1);
  int known = 0;
  Str line;
  while (str_next_part(&features, '\n', &line)) {
    const WeightRow *row = bsearch(&line, rows, count, sizeof *rows, compare_row);
    if (!row || seen[row - rows])
      continue;
    seen[row - rows] = true;
    known += str_starts(line, STR("w:"));
    for (int i = 0; i < INTENT_COUNT; i++)
      scores[i] += (double)row->weights[i];
  }
  return known;
}

// Some concept of the field is there; the foreign ones are of others.
static bool speaks_of_field(Str features) {
  Str line;
  while (str_next_part(&features, '\n', &line))
    if (str_starts(line, STR("c:")) && !str_is(line, "c:foreign"))
      return true;
  return false;
}

static IntentFound choose(const Request *r, Str clause, Arena *arena, int *known) {
  double scores[INTENT_COUNT] = {0};
  Buf features = {0};
  intent_features(r, clause, arena, &features);
  *known = score(buf_str(&features), arena, scores);
  bool grounded = speaks_of_field(buf_str(&features)) ||
                  str_find(buf_str(&features), STR("\nhas:code"), 0) != SIZE_MAX ||
                  str_find(buf_str(&features), STR("\nhas:error"), 0) != SIZE_MAX;
  buf_free(&features);
  int best = 0, next = 1;
  for (int i = 1; i < INTENT_COUNT; i++)
    if (scores[i] > scores[best]) {
      next = best;
      best = i;
    } else if (next == best || scores[i] > scores[next]) {
      next = i;
    }
  return (IntentFound){(Intent)best, clause, scores[best] - scores[next], grounded};
}

static bool designs(Intent i) {
  return i == INTENT_model || i == INTENT_relation;
}

// The clause orders or asks something: a design may be followed by other wishes, but its
// statements ("I always query the newest ones") stay part of it.
static bool is_order(Str clause) {
  static const char *const orders[] = {
      "write",     "show",      "give",    "create",  "make",    "build",  "set",
      "list",      "find",      "get",     "select",  "query",   "use",    "explain",
      "tell",      "describe",  "what",    "why",     "how",     "which",  "configure",
      "provide",   "generate",  "produce", "include", "convert", "review", "check",
      "implement", "also",      "do",      "is",      "can",     "could",  "print",
      "fetch",     "insert",    "update",  "delete",  "remove",  "an",     "a",
      "the",       "wire",      "plus",    "i'd",     "prepare", "expose", "setup",
      "modernise", "modernize", "add",     "lets",    "let's",   "help",   "return"};
  static const char *const fillers[] = {"and",   "then",    "please", "now",
                                        "also",  "finally", "next",   "pls",
                                        "after", "that",    "second", "first"};
  static const char *const articles[] = {"a", "an", "the"};
  Str rest = clause, word;
  while (str_next_part(&rest, ' ', &word)) {
    while (word.len && strchr(",:", word.ptr[word.len - 1]))
      word = str_slice(word, 0, word.len - 1);
    bool filler = str_is_any(word, fillers, ARRAY_LEN(fillers));
    bool order = str_is_any(word, orders, ARRAY_LEN(orders));
    if (str_is_any(word, articles,
                   ARRAY_LEN(articles))) // "an upsert by email": what is wanted, unless
                                         // it has a verb of its own
      return clause.len < 60 && str_find(clause, STR(" must "), 0) == SIZE_MAX &&
             str_find(clause, STR(" has "), 0) == SIZE_MAX &&
             str_find(clause, STR(" should "), 0) == SIZE_MAX &&
             str_find(clause, STR(" can "), 0) == SIZE_MAX;
    if (order || !filler)
      return order;
  }
  return false;
}

// Statements beside a design are part of it: "I have cars with doors. Put all in one
// table".
static void join_statements(IntentList *found) {
  Intent design = INTENT_COUNT;
  for (size_t i = 0; i < found->len; i++)
    if (designs(found->items[i].intent) && found->items[i].margin >= 1)
      design = found->items[i].intent;
  if (design == INTENT_COUNT)
    return;
  size_t kept = 0;
  for (size_t i = 0; i < found->len; i++) {
    IntentFound f = found->items[i];
    bool loose = f.intent == INTENT_query || f.intent == INTENT_explain ||
                 f.intent == INTENT_other || f.intent == INTENT_review;
    if (loose && !is_order(f.clause))
      f.intent = design;
    IntentFound *last = kept ? &found->items[kept - 1] : NULL;
    if (last && last->intent == f.intent) {
      const char *start = last->clause.ptr;
      last->clause = (Str){start, (size_t)(f.clause.ptr + f.clause.len - start)};
      last->margin = f.margin > last->margin ? f.margin : last->margin;
      last->grounded = last->grounded || f.grounded;
    } else {
      found->items[kept++] = f;
    }
  }
  found->len = kept;
}

void intents_find(const Request *r, Arena *arena, IntentList *out) {
  enum {
    SURE_WORDS = 2, // known words that make a clause one of its own
    SURE_MARGIN = 2 // what it takes to be about something else than the whole
  };
  int known;
  IntentFound whole = choose(r, r->prose, arena, &known);
  for (size_t i = 0; i < r->clauses.len; i++) {
    IntentFound f = choose(r, r->clauses.items[i], arena, &known);
    bool own = known >= SURE_WORDS && f.margin >= 1 &&
               (f.intent == whole.intent || f.margin >= SURE_MARGIN);
    if (designs(whole.intent) && (designs(f.intent) || (out->len && !is_order(f.clause))))
      f.intent = whole.intent; // one design, however its sentences are put
    if (!own && (out->len || r->clauses.len > 1))
      f.intent = out->len ? vec_last(out).intent : whole.intent;
    if (out->len && vec_last(out).intent == f.intent) {
      IntentFound *last = &vec_last(out);
      const char *start = last->clause.ptr;
      last->clause = (Str){start, (size_t)(f.clause.ptr + f.clause.len - start)};
      last->margin = f.margin > last->margin ? f.margin : last->margin;
      last->grounded = last->grounded || f.grounded;
    } else {
      vec_push(out, f);
    }
  }
  if (!out->len)
    vec_push(out, whole);
  else if (!designs(whole.intent))
    join_statements(out);
}
