// answer.c: words, units, readings, the best one as code.
#include "query/answer.h"

#include "query/rephrase.h"
#include "query/tools.h"

static Str reading_of(const Meaning *m, const QSchema *s, Arena *arena) {
  Buf b = {0};
  meaning_write(m, s, &b);
  Str out = str_copy(arena, buf_str(&b));
  buf_free(&b);
  return out;
}

static Str unused_words(const Words *w, const WordSet *skipped, Arena *arena) {
  Buf b = {0};
  for (uint32_t i = 0; i < w->count; i++)
    if (word_set_has(skipped, i))
      buf_printf(&b, "%s%.*s", b.len ? " " : "", STR_ARG(w->items[i].text));
  Str out = str_copy(arena, buf_str(&b));
  buf_free(&b);
  return out;
}

static void assume(QueryAnswer *out, Str text) {
  if (out->assumption_count < ARRAY_LEN(out->assumptions))
    out->assumptions[out->assumption_count++] = text;
}

void query_assume_of_change(QueryAnswer *out, const QSchema *s, const char *dialect,
                            Arena *arena) {
  const Meaning *m = &out->meaning;
  if (m->kind == MEANS_UPSERT && m->conflict >= 0) {
    const QTable *t = &s->tables[m->root];
    const QColumn *c = &t->columns[m->conflict];
    if (!c->unique && !(c->primary_key && m->conflict == t->key_column))
      assume(out, str_format(arena,
                             "%.*s.%.*s gets a unique constraint: without one no row is "
                             "told apart by it, and the database refuses the statement "
                             "or adds a second row",
                             STR_ARG(t->cls), STR_ARG(c->attr)));
  }
  if (m->kind == MEANS_UPSERT && !dialect)
    assume(out,
           STR("PostgreSQL; for SQLite import insert from sqlalchemy.dialects.sqlite"));
  if (m->kind != MEANS_SELECT)
    assume(out, STR("the caller commits"));
}

static void state_assumptions(const Meaning *m, const QSchema *s, const char *dialect,
                              Arena *arena, QueryAnswer *out) {
  for (uint32_t i = 0; i < m->condition_count; i++) {
    const Condition *c = &m->conditions[i];
    if (c->value.kind == LITERAL_SEX)
      assume(out,
             str_format(arena, "%.*s.%.*s holds a letter or the word, in either case",
                        STR_ARG(s->tables[c->left.table].cls),
                        STR_ARG(s->tables[c->left.table].columns[c->left.column].attr)));
  }
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(m, tables);
  JoinPlan plan = joins_plan(s, m, tables, n);
  for (uint32_t i = 0; i < plan.count; i++) {
    const QEdge *e = &s->edges[plan.steps[i].edge];
    if (e->implied) {
      out->confident = false;
      assume(out, str_format(arena, "%.*s.%.*s refers to %.*s, though no key says so",
                             STR_ARG(s->tables[e->a].cls),
                             STR_ARG(s->tables[e->a].columns[e->column_a].attr),
                             STR_ARG(s->tables[e->b].cls)));
    }
  }
  query_assume_of_change(out, s, dialect, arena);
  if (out->unused.len)
    assume(out, str_format(arena, "not used: %.*s", STR_ARG(out->unused)));
}

static const struct {
  float base, margin;
} confidence =
#define FEATURE(name, weight, sure)
#define CONFIDENCE(base, margin) {base, margin};
#include "query/features.def"
#undef FEATURE
#undef CONFIDENCE

    static const float sure_weights[FEATURE_COUNT] = {
#define CONFIDENCE(base, margin)
#define FEATURE(name, weight, sure) [FEATURE_##name] = sure,
#include "query/features.def"
#undef FEATURE
#undef CONFIDENCE
};

// A guess that no word tells is never sure, however far the next reading is.
static bool is_confident(const Reading *r, float margin) {
  if (r->features[FEATURE_UNTOLD] > 0)
    return false;
  float sum = confidence.base + confidence.margin * (margin < 6 ? margin : 6);
  for (uint32_t i = 0; i < FEATURE_COUNT; i++)
    sum += sure_weights[i] * r->features[i];
  return sum >= 0;
}

static bool has_left_over(const Reading *r) {
  return r->features[FEATURE_SKIP_NAME] + r->features[FEATURE_SKIP_VALUE] +
                 r->features[FEATURE_SKIP_NUMBER] + r->features[FEATURE_SKIP_OTHER] +
                 r->features[FEATURE_PENDING_LEFT] +
                 r->features[FEATURE_CHANGE_INCOMPLETE] >
             0 ||
         r->lost;
}

static bool is_one(Str word, const char *const *list) {
  for (size_t i = 0; list[i]; i++)
    if (str_is(word, list[i]))
      return true;
  return false;
}

// "which orders were deleted" asks for rows; "find the old ones and delete them", "show
// how to delete" ask for a change.
static bool only_asks(const Words *w) {
  static const char *const asking[] = {"which", "what",  "who",  "whose", "list",
                                       "show",  "count", "find", "when",  NULL};
  static const char *const many[] = {"many", "much", "often", NULL};
  static const char *const before[] = {"and", "or", "then", "to", NULL};
  static const char *const change[] = {"delet", "remov", "updat", "insert",
                                       "creat", "add",   "set",   "upsert",
                                       "chang", "mark",  NULL};
  if (!w->count)
    return false;
  bool asks = is_one(w->items[0].lower, asking) ||
              (w->count > 1 && str_is(w->items[0].lower, "how") &&
               is_one(w->items[1].lower, many));
  for (uint32_t i = 1; asks && i < w->count; i++)
    asks = !(is_one(w->items[i].stem, change) && is_one(w->items[i - 1].lower, before));
  return asks;
}

// Core where it is asked for and can be written.
static bool write_as_asked(const Meaning *m, const QSchema *schema, Str reading,
                           WriteOptions *options, Arena *arena, Written *written) {
  if (write_query(m, schema, reading, *options, arena, written))
    return true;
  if (!options->core)
    return false;
  options->core = false;
  return write_query(m, schema, reading, *options, arena, written);
}

// What a row is for stands before what was counted, as people read it.
static void groups_first(Meaning *m) {
  uint32_t first = 0;
  for (uint32_t i = 0; i < m->output_count; i++)
    for (uint32_t g = 0; g < m->group_count; g++)
      if (item_eq(m->outputs[i], m->groups[g])) {
        Item moved = m->outputs[i];
        memmove(m->outputs + first + 1, m->outputs + first,
                (i - first) * sizeof *m->outputs);
        m->outputs[first++] = moved;
        break;
      }
}

// "average", "monthly" is left over: what is read are other values than those asked for.
static bool loses_aggregate(const Words *w, const WordSet *skipped) {
  static const char *const words[] = {
      "average",  "avg",        "mean",    "total",  "sum",       "per",
      "monthly",  "daily",      "yearly",  "annual", "otherwise", "rank",
      "share",    "percentage", "percent", "pct",    "running",   "label",
      "labelled", "labeled",    "top",     "bottom", "many",      NULL};
  for (uint32_t i = 0; i < w->count; i++) {
    bool level = i + 1 < w->count && (w->items[i + 1].glued ||
                                      words_in_list("level -", w->items[i + 1].lower));
    if (word_set_has(skipped, i) && is_one(w->items[i].lower, words) && !level)
      return true; // but for "top-level"
    if (word_set_has(skipped, i) && i + 1 < w->count &&
        str_is(w->items[i].lower, "number") && str_is(w->items[i + 1].lower, "of"))
      return true;
  }
  return false;
}

// A request that begins with the word of a change, and a reading that leaves it out.
static bool loses_change(const Units *units, const WordSet *skipped) {
  const Words *w = units->words;
  uint32_t at = 0;
  while (at < w->count && words_in_list("please pls", w->items[at].lower))
    at++;
  if (at + 1 < w->count && str_is(w->items[at].lower, "make") &&
      !words_in_list("a an me us the sure one", w->items[at + 1].lower))
    return true; // "make product.category required"
  for (uint32_t i = at < w->count ? units->first[at] : 0;
       at < w->count && i < units->first[at + 1]; i++)
    if ((units->items[i].cat == CAT_CHANGE || units->items[i].cat == CAT_SET) &&
        word_set_has(skipped, at))
      return true;
  return false;
}

// "2024-02-30": a day that no calendar has is no day of any row, and no other value.
static bool names_no_day(const Words *w) {
  Moment m;
  for (uint32_t i = 0; i < w->count; i++)
    if (w->items[i].kind == WORD_DATE && !moment_read(w->items[i].value, &m))
      return true;
  return false;
}

static bool is_quoted_in(Str question, Str text) {
  for (size_t at = 0; (at = str_find(question, text, at)) != SIZE_MAX; at++)
    if (at && strchr("\"'`\x9c\x98", question.ptr[at - 1]))
      return true;
  return false;
}

// A value in small letters that the request does not quote may be stored in any case.
static void loosen_case(Meaning *m, Str question) {
  for (uint32_t i = 0; i < m->condition_count; i++) {
    Literal *v = &m->conditions[i].value;
    bool upper = false;
    for (size_t k = 0; k < v->text.len; k++)
      upper |= v->text.ptr[k] >= 'A' && v->text.ptr[k] <= 'Z';
    if (v->kind == LITERAL_TEXT && !upper && !is_quoted_in(question, v->text))
      v->any_case = true;
  }
}

static bool has_loose_value(const Meaning *m) {
  for (uint32_t i = 0; i < m->condition_count; i++)
    if (m->conditions[i].value.any_case)
      return true;
  return false;
}

// ---- A change of rows is never made of half a sentence

static void add_joined(const QSchema *s, const Meaning *m, bool *has) {
  int16_t tables[MAX_TABLES];
  uint32_t n = joins_tables(m, tables);
  JoinPlan plan = joins_plan(s, m, tables, n);
  for (uint32_t i = 0; i < n; i++)
    has[tables[i]] = true;
  for (uint32_t i = 0; i < plan.count; i++)
    has[plan.steps[i].from] = has[plan.steps[i].to] = true;
}

// True where rows without any of the table are left out: then to need it says something.
static bool narrows(const QSchema *s, const Meaning *m, int16_t table) {
  int16_t tables[] = {m->root, table};
  JoinPlan plan = joins_plan(s, m, tables, 2);
  for (uint32_t i = 0; i < plan.count; i++)
    if (joins_to_many(s, plan.steps[i]))
      return true;
  return false;
}

// The tables that a change reads or writes, ways between them included.
static void tables_of_change(const QSchema *s, const Meaning *m, bool *has) {
  Meaning own = *m;
  own.needed_count = 0;
  for (uint32_t i = 0; i < m->needed_count; i++)
    if (narrows(s, m, m->needed[i]))
      own.needed[own.needed_count++] = m->needed[i];
  add_joined(s, &own, has);
  has[m->root] = true;
  for (uint32_t i = 0; i < m->condition_count; i++) {
    const Condition *c = &m->conditions[i];
    has[c->left.table] = true;
    if (c->side == SIDE_COLUMN || c->side == SIDE_AGGREGATE)
      has[c->right.table] = true;
  }
  for (uint32_t i = 0; i < m->having_count; i++)
    has[m->having[i].left.table] = true;
  for (uint32_t i = 0; i < m->scope_count; i++)
    if (m->absent[i] >= 0)
      has[m->absent[i]] = true;
}

static bool means_one_of(const Unit *u, const bool *has) {
  for (uint32_t i = 0; i < u->hit_count; i++)
    if (has[u->hits[i].table] && u->hits[i].weight >= 1)
      return true;
  return false;
}

// True where a word is the own name of a table, and means nothing that the change has to
// do with: "orders of customers called Bob" where no
// column of customers was found.
static bool loses_table(const Units *units, const Meaning *m, Arena *arena) {
  bool *has = arena_array(arena, bool, units->schema->table_count + 1);
  tables_of_change(units->schema, m, has);
  for (uint32_t i = 0; i < units->count; i++) {
    const Unit *u = &units->items[i];
    if (u->cat == CAT_NAME && u->hit_count && u->hits[0].column < 0 &&
        u->hits[0].weight >= 1 && !means_one_of(u, has))
      return true;
  }
  return false;
}

bool query_answer(Str question, const QSchema *schema, WriteOptions options, Arena *arena,
                  QueryAnswer *out) {
  bool core = options.core;
  *out = (QueryAnswer){0};
  Words *words = arena_new(arena, Words);
  Rephrased asked =
      request_rephrase(request_without_tools(question, schema, arena), schema, arena);
  *words = words_read(arena, asked.text);
  if (names_no_day(words))
    return false;
  bool asks = only_asks(words);
  Units *units = units_read(words, schema, arena);
  Reading *readings = arena_array(arena, Reading, PARSE_RESULTS);
  uint32_t n = parse_request(units, arena, readings);
  Written written;
  for (uint32_t i = 0; i < n; i++) {
    Reading *r = &readings[i];
    groups_first(&r->meaning);
    loosen_case(&r->meaning, question);
    r->meaning.distinct |= asked.distinct && r->meaning.kind == MEANS_SELECT;
    if (asked.limit && r->meaning.kind == MEANS_SELECT) {
      r->meaning.limit = asked.limit;
      r->meaning.offset = asked.offset;
    }
    if (r->meaning.kind == MEANS_SELECT && asked.orders_change)
      continue; // rows that are read are no answer
    if (r->meaning.kind == MEANS_SELECT &&
        (loses_aggregate(words, &r->skipped) || loses_change(units, &r->skipped)))
      continue;
    if (r->features[FEATURE_UNTOLD] > 0 && r->features[FEATURE_NAME_WORDS] <= 0)
      continue; // "good morning" is the status of no order
    if (r->meaning.kind != MEANS_SELECT && asks)
      continue;
    if (r->meaning.kind != MEANS_SELECT &&
        (has_left_over(r) || loses_table(units, &r->meaning, arena) || asked.limit ||
         asked.distinct || asked.dropped.len))
      break;
    Str reading = reading_of(&r->meaning, schema, arena);
    options.core = core;
    if (!write_as_asked(&r->meaning, schema, reading, &options, arena, &written))
      continue;
    out->reading = reading;
    out->code = written.code;
    out->function = written.function;
    out->meaning = r->meaning;
    out->score = r->score;
    out->margin = i + 1 < n ? r->score - readings[i + 1].score : 100;
    out->unused = unused_words(words, &r->skipped, arena);
    if (asked.dropped.len)
      out->unused = str_format(arena, "%.*s%s%.*s", STR_ARG(out->unused),
                               out->unused.len ? " " : "", STR_ARG(asked.dropped));
    out->confident = !out->unused.len && is_confident(r, out->margin) &&
                     !(asked.guessed && has_loose_value(&r->meaning));
    if (core && !options.core) {
      assume(out,
             STR("a session and mapped classes, as this is not written over tables"));
      out->confident = false;
    }
    state_assumptions(&r->meaning, schema, options.dialect, arena, out);
    for (uint32_t k = i + 1; k < n && out->alternative_count < ANSWER_ALTERNATIVES; k++)
      out->alternatives[out->alternative_count++] =
          reading_of(&readings[k].meaning, schema, arena);
    return true;
  }
  return false;
}
