// suppose_query.c: models for a query whose models were not shown, out of its own words.
//
//   nouns        → models with their usual fields (KIND of describe.def)
//   words of fields, qualities and periods → fields of the model they stand beside
//   acts ("ordered", "revenue")            → rows of one more model
#include "agent/suppose.h"

#include "agent/describe_internal.h"
#include "agent/generate.h"
#include "query/tools.h"
#include "schema/fields.h"

enum {
  MAX_MODELS = 4,
  MAX_FIELD_WORDS = 3,
  NOWHERE = MAX_MODELS
};

typedef struct {
  Str lemma, name;   // "order item", "OrderItem"
  uint32_t at;       // the word; of an act, the word that tells of it
  bool plural, told; // told: by an act
  StrVec fields;     // "price:decimal(12,2)"
} Supposal;

typedef struct {
  Arena *arena;
  Words words;
  Supposal models[MAX_MODELS];
  uint32_t count;
  bool taken[WORDS_MAX]; // words that name a model or a field
} Supposing;

// ---- Tables

typedef enum {
  ROW_NO_ROWS,
  ROW_NO_FIELD,
  ROW_ACT,
  ROW_HELD,
  ROW_QUALITY,
  ROW_OWN,
  ROW_PERIOD
} RowKind;

static const struct {
  RowKind kind;
  const char *words, *model, *field;
} rows[] = {
#define NO_ROWS(words) {ROW_NO_ROWS, words, "", ""},
#define NO_FIELD(words) {ROW_NO_FIELD, words, "", ""},
#define ACT(words, model, field) {ROW_ACT, words, model, field},
#define HELD(words, model, field) {ROW_HELD, words, model, field},
#define QUALITY(words, field) {ROW_QUALITY, words, "", field},
#define OWN(words, field) {ROW_OWN, words, "", field},
#define PERIOD(words) {ROW_PERIOD, words, "", ""},
#include "agent/suppose.def"
#undef NO_ROWS
#undef NO_FIELD
#undef ACT
#undef HELD
#undef QUALITY
#undef OWN
#undef PERIOD
};

// The row of this kind that has the word, or -1.
static int row_of(RowKind kind, Str word) {
  for (size_t i = 0; i < ARRAY_LEN(rows); i++)
    if (rows[i].kind == kind && words_in_list(rows[i].words, word))
      return (int)i;
  return -1;
}

static Str word_at(const Supposing *s, uint32_t i) {
  bool plain = i < s->words.count && s->words.items[i].kind == WORD_PLAIN;
  return plain ? s->words.items[i].lower : STR("");
}

static bool is_any(const Supposing *s, uint32_t i, const char *list) {
  return word_in(word_at(s, i), list);
}

// ---- Fields of a model

static Str name_of(Str field) {
  return str_slice(field, 0, str_find_char(field, ':', 0));
}

static bool has_field(const Supposal *m, Str name) {
  for (size_t i = 0; i < m->fields.len; i++)
    if (str_eq(name_of(m->fields.items[i]), name))
      return true;
  return false;
}

static void add_field(Supposal *m, Str field) {
  if (!has_field(m, name_of(field)))
    vec_push(&m->fields, field);
}

// ---- Models

static Str singular_of(const Supposing *s, Str word) {
  return words_singular(s->arena, word);
}

static bool is_plural(const Supposing *s, uint32_t i) {
  Str w = word_at(s, i);
  Str lemma = singular_of(s, w);
  bool rows_of = kind_of(lemma) >= 0 || row_of(ROW_NO_ROWS, w) < 0;
  return w.len > 3 && rows_of && !str_eq(lemma, w);
}

static uint32_t find_model(const Supposing *s, Str lemma) {
  for (uint32_t i = 0; i < s->count; i++)
    if (str_eq(s->models[i].lemma, lemma))
      return i;
  return NOWHERE;
}

static Supposal *add_model(Supposing *s, Str lemma, uint32_t at, bool plural) {
  uint32_t there = find_model(s, lemma);
  if (there != NOWHERE)
    return &s->models[there];
  Str name = name_camel(s->arena, lemma);
  if (s->count == MAX_MODELS || name_refused_class(name))
    return NULL;
  Supposal *m = &s->models[s->count++];
  *m = (Supposal){.lemma = lemma, .name = name, .at = at, .plural = plural};
  return m;
}

// "author" of "per author" and "with their author"; no "city" of "per city", which is a
// field of what is counted.
static bool names_one(const Supposing *s, uint32_t i, Str lemma) {
  Str usual = describe_usual_field(lemma);
  bool head = i && kind_of(lemma) >= 0 &&
              is_any(s, i - 1, "latest newest last first oldest recent");
  if (head)
    return true;
  if (!i || str_starts(usual, STR("str")) ||
      row_of(ROW_NO_ROWS, words_plural(s->arena, lemma)) >= 0)
    return false;
  if (is_any(s, i - 1, "per each every"))
    return lemma.len > 2 && !usual.len;
  if (i + 1 < s->words.count && s->words.items[i + 1].kind == WORD_NUMBER) // "of user 5"
    return kind_of(lemma) >= 0;
  return kind_of(lemma) >= 0 && !usual.len &&
         is_any(s, i - 1,
                "their its his her whose the a an of by with in and their any no");
}

static void find_models_of(Supposing *s) {
  for (uint32_t i = 0; i < s->words.count; i++) {
    Str word = word_at(s, i), lemma = singular_of(s, word);
    const Word *w = &s->words.items[i];
    if (!word.len || (w->capital && !w->first)) // "in category Books"
      continue;
    Str next = word_at(s, i + 1);
    Str pair =
        str_format(s->arena, "%.*s %.*s", STR_ARG(word), STR_ARG(singular_of(s, next)));
    bool two = next.len && kind_of(pair) >= 0;
    bool many = !two && is_plural(s, i) &&
                (kind_of(lemma) >= 0 || !describe_usual_field(lemma).len) &&
                row_of(ROW_OWN, word) < 0;
    if (!two && !many && !names_one(s, i, word))
      continue;
    if (!add_model(s, two ? pair : lemma, i, two || many))
      return;
    s->taken[i] = true;
    s->taken[i + two] = true;
    i += two;
  }
}

// Whether some model is not only what is grouped by.
static bool is_held(const Supposing *s) {
  for (uint32_t i = 0; i < s->count; i++)
    if (!s->models[i].at || !is_any(s, s->models[i].at - 1, "per each every by"))
      return true;
  return false;
}

// Rows that an act tells of: "customers who never ordered".
static void find_acts(Supposing *s) {
  for (uint32_t i = 0; i < s->words.count; i++) {
    Str word = word_at(s, i);
    int row = s->taken[i] ? -1 : row_of(ROW_ACT, word);
    if (row < 0)
      row = s->taken[i] || is_held(s) ? -1 : row_of(ROW_HELD, word);
    bool sorts = is_participle(word) && is_any(s, i + 1, "by"); // "ordered by name"
    if (row < 0 || sorts)
      continue;
    Str lemma = str_from(rows[row].model);
    bool there = find_model(s, lemma) != NOWHERE;
    Supposal *m = add_model(s, lemma, i, true);
    if (!m)
      continue;
    m->told |= !there;
    if (*rows[row].field)
      add_field(m, str_from(rows[row].field));
    s->taken[i] = true;
  }
}

// ---- Fields that are said

// A field that is said, where no model has it already.
static void add_said_field(Supposing *s, Supposal *m, Str field) {
  bool there = false;
  for (uint32_t i = 0; i < s->count; i++)
    there |= has_field(&s->models[i], name_of(field));
  if (!there)
    add_field(m, field);
}

// What rows are shown by.
static bool is_label_field(Str field) {
  return word_in(name_of(field), "name title number");
}

// The usual fields: all of them, or those that `code` uses and what rows are shown by.
static void add_usual(Supposing *s, Str code) {
  for (uint32_t i = 0; i < s->count; i++) {
    Str fields = kind_fields(kind_of(s->models[i].lemma)), field;
    while (str_next_part(&fields, ' ', &field))
      if (field.len && (!code.len || is_label_field(field) ||
                        ask_says(code, str_copy(s->arena, name_of(field)).ptr)))
        add_field(&s->models[i], field);
  }
}

// The model that a word at `i` speaks of: "price of products", else the last one before,
// else the first behind.
static Supposal *beside(Supposing *s, uint32_t i) {
  Supposal *best = NULL;
  for (uint32_t k = 0; k < s->count; k++) {
    Supposal *m = &s->models[k];
    bool of = m->at > i && m->at <= i + 3 && is_any(s, i + 1, "of in for");
    if (of)
      return m;
    bool one = s->words.count > m->at + 1 &&
               s->words.items[m->at + 1].kind == WORD_NUMBER; // "of user 5"
    if (m->told || one)
      continue;
    bool before = m->at < i;
    bool better = !best || (before && (best->at > i || m->at > best->at)) ||
                  (!before && best->at > i && m->at < best->at);
    if (better)
      best = m;
  }
  return best ? best : s->count ? &s->models[0] : NULL;
}

// Words that name a usual field: "release year", "salaries". Gives how many.
static uint32_t field_at(const Supposing *s, uint32_t i, Str *field) {
  for (uint32_t n = MAX_FIELD_WORDS; n; n--) {
    Buf b = {0};
    bool free = true;
    for (uint32_t k = 0; k < n; k++) {
      Str w = word_at(s, i + k);
      free = free && w.len && !s->taken[i + k];
      if (k + 1 == n)
        w = singular_of(s, w);
      buf_printf(&b, "%s%.*s", k ? " " : "", STR_ARG(w));
    }
    Str phrase = str_copy(s->arena, buf_str(&b));
    buf_free(&b);
    Str spec = free ? describe_usual_field(phrase) : STR("");
    bool period = i && row_of(ROW_PERIOD, word_at(s, i)) >= 0 &&
                  is_any(s, i - 1, "a an one this last next per each every by");
    bool other = n == 1 && (period || row_of(ROW_NO_FIELD, word_at(s, i)) >= 0 ||
                            row_of(ROW_QUALITY, word_at(s, i)) >= 0);
    if (!spec.len || other)
      continue;
    *field = str_format(s->arena, "%.*s:%.*s", STR_ARG(name_snake(s->arena, phrase)),
                        STR_ARG(spec));
    return n;
  }
  return 0;
}

// "older than 30 days" speaks of when, "older than 30" of an age.
static Str quality_at(const Supposing *s, uint32_t i, int row) {
  bool one = is_any(s, i + 2, "a an one");
  bool some =
      one || (i + 2 < s->words.count && s->words.items[i + 2].kind == WORD_NUMBER);
  bool unit =
      is_any(s, i + 3, "day days week weeks month months hour hours minute minutes") ||
      (one && is_any(s, i + 3, "year"));
  bool old = is_any(s, i, "older younger") && some && unit;
  return old ? STR("created_at:datetime:now") : str_from(rows[row].field);
}

// "archived projects", "posts that are published": what was done or was not.
static bool is_flag(const Supposing *s, uint32_t i) {
  Str w = word_at(s, i);
  bool before = i + 1 < s->words.count && s->taken[i + 1] && is_plural(s, i + 1);
  bool when = row_of(ROW_PERIOD, word_at(s, i + 1)) >= 0 || // "were placed yesterday"
              is_any(s, i + 1,
                     "in on at by after before between within during the last "
                     "this more over less from to");
  return is_participle(w) && row_of(ROW_NO_FIELD, w) < 0 && !when &&
         (before ||
          (i && is_any(s, i - 1, "are is were was not been never yet already")));
}

static void add_said(Supposing *s) {
  for (uint32_t i = 0; i < s->words.count; i++) {
    Str field, word = word_at(s, i);
    Supposal *m = beside(s, i);
    if (s->taken[i] || !word.len || !m)
      continue;
    int quality = row_of(ROW_QUALITY, word), own = row_of(ROW_OWN, word);
    uint32_t n = field_at(s, i, &field);
    if (quality >= 0) {
      bool sorts = is_any(s, i + 1, "first last"); // "…, newest first"
      add_said_field(s, sorts ? &s->models[0] : m, quality_at(s, i, quality));
    } else if (own >= 0) {
      Str row = str_from(rows[own].field);
      size_t at = str_find_char(row, '$', 0);
      add_field(m,
                str_format(s->arena, "%.*s%.*s%.*s", STR_ARG(str_slice(row, 0, at)),
                           STR_ARG(m->name), STR_ARG(str_slice(row, at + 1, row.len))));
    } else if (n) {
      add_said_field(s, m, field);
      for (uint32_t k = 0; k < n; k++)
        s->taken[i + k] = true;
      i += n - 1;
    } else if (is_flag(s, i)) {
      add_said_field(s, m, str_format(s->arena, "%.*s:bool=false", STR_ARG(word)));
    }
  }
}

// "customers from Berlin", "hotels in Rome": a city, where no field was said before.
static void add_cities(Supposing *s) {
  for (uint32_t i = 1; i + 1 < s->words.count; i++) {
    const Word *next = &s->words.items[i + 1];
    bool place = is_any(s, i, "from in") && next->kind == WORD_PLAIN && next->capital &&
                 row_of(ROW_PERIOD, next->lower) < 0;
    if (place && s->taken[i - 1])
      for (uint32_t k = 0; k < s->count; k++)
        if (s->models[k].at + 1 == i)
          add_said_field(s, &s->models[k], STR("city:str(100)"));
  }
}

static bool has_date(const Supposal *m) {
  for (size_t i = 0; i < m->fields.len; i++)
    if (str_find(m->fields.items[i], STR(":date"), 0) != SIZE_MAX)
      return true;
  return false;
}

// A period asks for a date: of the rows that an act tells of, else of what it stands by.
static void add_dates(Supposing *s) {
  for (uint32_t i = 0; i < s->words.count; i++) {
    if (row_of(ROW_PERIOD, word_at(s, i)) < 0 || s->taken[i])
      continue;
    Supposal *m = beside(s, i);
    for (uint32_t k = 0; k < s->count; k++) {
      if (has_date(&s->models[k]))
        return;
      if (s->models[k].told)
        m = &s->models[k];
    }
    if (m)
      add_field(m, STR("created_at:datetime:now"));
    return;
  }
}

// ---- Relations

static bool is_parent(const Supposal *child, const Supposal *parent) {
  Str groups = kind_parents(kind_of(child->lemma)), group;
  while (str_next_part(&groups, ' ', &group)) {
    Str name;
    while (str_next_part(&group, '/', &name))
      if (str_eq(name, parent->lemma))
        return true;
  }
  return false;
}

static void belong(Supposing *s, Supposal *child, const Supposal *parent) {
  add_field(child, str_format(s->arena, "%.*s:->%.*s",
                              STR_ARG(name_snake(s->arena, parent->name)),
                              STR_ARG(parent->name)));
}

// What two models that stand together have to do with each other; `b` is named behind.
static void relate(Supposing *s, Supposal *a, Supposal *b) {
  uint32_t at = b->at;
  while (at > a->at + 1 && is_any(s, at - 1, "the a an all"))
    at--;
  Str plural = word_at(s, b->at);
  if (is_parent(a, b))
    belong(s, a, b);
  else if (is_parent(b, a))
    belong(s, b, a);
  else if (b->plural && is_label(plural))
    add_field(a, str_format(s->arena, "%.*s:<->%.*s", STR_ARG(plural), STR_ARG(b->name)));
  else if (!b->plural || (at && is_any(s, at - 1, "per each every of by in from")))
    belong(s, a, b);
  else
    belong(s, b, a);
}

// Whether a model between the two links them: enrolments of students and courses.
static bool is_linked(const Supposing *s, const Supposal *a, const Supposal *b) {
  bool linked = false;
  for (uint32_t i = 0; i < s->count; i++)
    linked |= is_parent(&s->models[i], a) && is_parent(&s->models[i], b);
  return linked;
}

static void relate_all(Supposing *s) {
  for (uint32_t i = 1; i < s->count; i++) {
    bool linked = is_linked(s, &s->models[i - 1], &s->models[i]);
    for (uint32_t k = 0; k < i; k++) {
      bool known = is_parent(&s->models[i], &s->models[k]) ||
                   is_parent(&s->models[k], &s->models[i]);
      if (known)
        relate(s, &s->models[k], &s->models[i]);
      linked |= known;
    }
    if (!linked)
      relate(s, &s->models[i - 1], &s->models[i]);
  }
}

// ---- Out

static bool parse(Supposing *s, Schema *schema, Err *err) {
  Vec(const char *) words = {0};
  for (uint32_t i = 0; i < s->count; i++) {
    Supposal *m = &s->models[i];
    bool plain = kind_of(m->lemma) < 0; // nothing but relations
    for (size_t k = 0; k < m->fields.len; k++)
      plain = plain && str_find(m->fields.items[k], STR("->"), 0) != SIZE_MAX;
    if (plain || !m->fields.len)
      add_field(m, STR("name:str(255)"));
    vec_push(&words, str_copy(s->arena, m->name).ptr);
    for (size_t k = 0; k < m->fields.len; k++)
      vec_push(&words, str_copy(s->arena, m->fields.items[k]).ptr);
  }
  bool ok = fields_parse(schema, words.items, words.len, &(FieldSettings){0}, err) &&
            schema_complete(schema, &(SchemaOptions){0}, err);
  vec_free(&words);
  return ok;
}

static Str sentence(const Supposing *s, const Schema *schema) {
  Buf b = {0};
  for (uint32_t i = 0; i < s->count; i++) {
    const SchemaTable *t = schema_find(schema, s->models[i].name);
    buf_printf(&b, "%s`%.*s(",
               !i                  ? ""
               : i + 1 == s->count ? " and "
                                   : ", ",
               STR_ARG(s->models[i].name));
    for (size_t k = 0; t && k < t->columns.len; k++)
      buf_printf(&b, "%s%.*s", k ? ", " : "", STR_ARG(t->columns.items[k]->name));
    buf_add_text(&b, ")`");
  }
  buf_add_text(&b, s->count > 1 ? " are assumed" : " is assumed");
  Str out = str_copy(s->arena, buf_str(&b));
  buf_free(&b);
  return out;
}

static bool write_models(AskContext *cx, Str clause, Supposing *s, Supposed *out) {
  AskStyle style = ask_style(cx, clause);
  Schema *schema = schema_new(cx->arena);
  Err err = {0};
  Gen g = {.arena = cx->arena,
           .schema = schema,
           .settings = generate_settings(&style),
           .templates = STR("")};
  bool ok = parse(s, schema, &err) && generator_find(STR("model"))->run(&g, &err) &&
            g.files.len == 1;
  if (ok) {
    out->code = str_copy(cx->arena, g.files.items[0].text);
    out->sentence = sentence(s, schema);
    ask_know_models(cx, out->code);
  }
  gen_free(&g);
  schema_free(schema);
  return ok;
}

bool suppose_query_models(AskContext *cx, Str clause, Str code, Supposed *out) {
  QSchema none = {0};
  Supposing s = {.arena = cx->arena};
  s.words = words_read(cx->arena, request_without_tools(clause, &none, cx->arena));
  find_models_of(&s);
  find_acts(&s);
  add_usual(&s, code);
  add_said(&s);
  add_cities(&s);
  add_dates(&s);
  relate_all(&s);
  bool ok = s.count && write_models(cx, clause, &s, out);
  for (uint32_t i = 0; i < s.count; i++)
    vec_free(&s.models[i].fields);
  return ok;
}
