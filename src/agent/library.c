// library.c: reads the pages that the program carries, indexes them, ranks them.
//
// The index gives, for one word, the pages that have it and how well (bm25 by column);
// sums, shares and bonuses are ours, so that a score can say "this is no answer".
#include "agent/library.h"

#include <ctype.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "agent/library_image.h"
#include "agent/outside.h"
#include "base/buf.h"
#include "base/embedded.h"
#include "base/vec.h"
#include "diagnose/diagnose.h"
#include "diagnose/errors.h"
#include "rules/registry.h"

extern const EmbeddedFile library_topics[], library_references[];
extern const uint32_t library_topics_count, library_references_count;

enum {
  TERMS_MAX = 48,          // words of a question that count
  QUESTION_MAX = 64 << 10, // bytes of a question that are read
  FOUND_MAX = 16,          // passages that are kept of what was found
};

// A page below this share of the question, or this score, is no answer, nor is one for a
// question of which so much is about something else.
static const double known_covered = 0.34, known_score = 8.0;
// A page that is called nothing like the question must be met by many of its words.
static const double much_score = 20.0, little_near = 0.34;
static const double known_near = 0.6, named_near = 0.5, foreign_share = 0.15;
static const double sure_covered = 0.65, sure_near = 0.6;
// What a phrase that is the question itself adds to a page's score.
static const double near_score = 20.0;

typedef struct {
  Str name; // "blog"
  Str code;
} Prelude;

struct Library {
  Arena arena;
  Vec(Passage) passages;
  Vec(Str) keywords; // by passage
  Vec(Str) errors;   // ids, by passage
  Vec(Prelude) preludes;
  Phrases *phrases; // titles and keywords
  sqlite3 *db;
  sqlite3_stmt *find;
  // The last question and what was found: several stages ask the same.
  Str question;
  LibraryAnswer last;
};

static void must(sqlite3 *db, int code) {
  (void)db;
  if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW)
    BUG("SQLite refuses the library's index");
}

// The part of `text` from one line that starts with `mark` to the next, outside of code.
static bool next_section(Str *rest, Str mark, Str *section) {
  size_t at = 0, start = SIZE_MAX;
  bool code = false;
  while (at < rest->len) {
    size_t end = min_size(str_find_char(*rest, '\n', at), rest->len - 1) + 1;
    Str line = str_slice(*rest, at, end);
    if (str_starts(line, STR("```")))
      code = !code;
    else if (!code && str_starts(line, mark)) {
      if (start != SIZE_MAX)
        break;
      start = at;
    }
    at = end;
  }
  if (start == SIZE_MAX)
    return false;
  *section = str_slice(*rest, start, at);
  *rest = str_slice(*rest, at, rest->len);
  return true;
}

static Str first_line(Str *s) {
  size_t end = min_size(str_find_char(*s, '\n', 0), s->len);
  Str line = str_trim(str_slice(*s, 0, end));
  *s = str_slice(*s, min_size(end + 1, s->len), s->len);
  return line;
}

static void add_passage(Library *l, Passage p, Str keywords, Str errors) {
  bool built = library_image.index_size > 0;
  if (!built && (p.kind == PASSAGE_TOPIC || p.kind == PASSAGE_REFERENCE)) {
    phrases_add(l->phrases, (uint32_t)l->passages.len, p.title);
    phrases_add(l->phrases, (uint32_t)l->passages.len, keywords);
  }
  vec_push(&l->passages, p);
  vec_push(&l->keywords, keywords);
  vec_push(&l->errors, errors);
}

static void add_topic(Library *l, const char *file, Str section) {
  Str title = first_line(&section), keywords = STR(""), errors = STR(""), uses = STR("");
  title = str_slice(title, 2, title.len);
  Passage p = {.kind = PASSAGE_TOPIC, .title = title};
  p.source = str_format(&l->arena, "topics/%s", file);
  for (;;) {
    Str before = section, line = first_line(&section);
    if (str_starts(line, STR("Keywords: ")))
      keywords = str_slice(line, 10, line.len);
    else if (str_starts(line, STR("Errors: ")))
      errors = str_slice(line, 8, line.len);
    else if (str_starts(line, STR("Uses: ")))
      uses = str_slice(line, 6, line.len);
    else {
      section = before;
      break;
    }
  }
  p.text = str_trim(section);
  for (size_t i = 0; i < l->preludes.len && uses.len; i++)
    if (str_eq(l->preludes.items[i].name, uses))
      p.prelude = l->preludes.items[i].code;
  if (uses.len && !p.prelude.ptr)
    BUG("a topic uses models that models.md does not have");
  add_passage(l, p, keywords, errors);
}

static void read_topics(Library *l) {
  for (uint32_t i = 0; i < library_topics_count; i++) {
    Str rest = {library_topics[i].text, library_topics[i].len}, section;
    if (strcmp(library_topics[i].name, "models.md"))
      continue;
    while (next_section(&rest, STR("# Models: "), &section)) {
      Str name = first_line(&section);
      vec_push(&l->preludes, (Prelude){str_slice(name, 10, name.len), str_trim(section)});
    }
  }
  for (uint32_t i = 0; i < library_topics_count; i++) {
    Str rest = {library_topics[i].text, library_topics[i].len}, section;
    if (strcmp(library_topics[i].name, "models.md"))
      while (next_section(&rest, STR("# "), &section))
        add_topic(l, library_topics[i].name, section);
  }
}

static void read_references(Library *l) {
  for (uint32_t i = 0; i < library_references_count; i++) {
    Str rest = {library_references[i].text, library_references[i].len}, section;
    while (next_section(&rest, STR("## "), &section)) {
      Passage p = {.kind = PASSAGE_REFERENCE};
      p.title = first_line(&section);
      p.title = str_slice(p.title, 3, p.title.len);
      p.text = str_trim(section);
      p.source = str_format(&l->arena, "references/%s", library_references[i].name);
      add_passage(l, p, STR(""), STR(""));
    }
  }
}

// The words of a pattern, without what makes it one.
static Str pattern_words(Arena *a, Str pattern) {
  char *out = arena_copy(a, pattern.ptr, pattern.len);
  for (size_t i = 0; i < pattern.len; i++) {
    bool name = out[i] == '<'; // of a group
    while (name && i < pattern.len && out[i] != '>')
      out[i++] = ' ';
    if (i < pattern.len && !isalnum((unsigned char)out[i]) && out[i] != '_')
      out[i] = ' ';
  }
  return (Str){out, pattern.len};
}

static void read_errors(Library *l) {
  for (uint32_t i = 0; i < error_entries_count; i++) {
    const ErrorEntry *e = &error_entries[i];
    Buf text = {0};
    for (uint32_t k = 0; k < e->causes_count; k++)
      buf_printf(&text, "- %.*s\n", STR_ARG(e->causes[k]));
    if (e->fix.len)
      buf_printf(&text, "\nFix: %.*s\n", STR_ARG(e->fix));
    if (e->check.len)
      buf_printf(&text, "\nCheck: %.*s\n", STR_ARG(e->check));
    Str cls = e->cls_count ? e->cls[0] : STR("error");
    Passage p = {.kind = PASSAGE_ERROR, .source = STR("errors.json"), .id = e->id};
    p.title = str_format(&l->arena, "%.*s: %.*s", STR_ARG(cls), STR_ARG(e->id));
    p.text = str_copy(&l->arena, buf_str(&text));
    add_passage(l, p, pattern_words(&l->arena, e->pattern), e->id);
    buf_free(&text);
  }
}

static void read_rules(Library *l) {
  for (uint32_t i = 0; i < rules_count; i++) {
    const Rule *r = rules[i];
    Passage p = {.kind = PASSAGE_RULE, .source = STR("rules"), .id = str_from(r->code)};
    p.title = str_format(&l->arena, "%s: %s", r->code, r->name);
    p.text =
        str_format(&l->arena, "%s. %s.\n\n%.*s", r->what, r->why, STR_ARG(rule_page(r)));
    add_passage(l, p, STR(""), STR(""));
  }
}

// The text in two: what is said, and the lines of its examples.
static void part_text(Str text, Buf *prose, Buf *code) {
  bool example = false;
  Str line;
  while (str_next_part(&text, '\n', &line)) {
    bool fence = str_starts(line, STR("```"));
    example ^= fence;
    if (!fence)
      buf_printf(example ? code : prose, "%.*s\n", STR_ARG(line));
  }
}

static void bind_text(sqlite3_stmt *s, int column, Str text) {
  sqlite3_bind_text(s, column, text.len ? text.ptr : "", (int)text.len, SQLITE_STATIC);
}

static void index_passages(Library *l) {
  sqlite3_stmt *insert;
  must(l->db, sqlite3_exec(l->db,
                           "CREATE VIRTUAL TABLE page USING fts5(title, keywords, body, "
                           "code, content='', tokenize='porter unicode61'); BEGIN",
                           NULL, NULL, NULL));
  must(l->db, sqlite3_prepare_v2(l->db,
                                 "INSERT INTO page(rowid, title, keywords, body, "
                                 "code) VALUES (?, ?, ?, ?, ?)",
                                 -1, &insert, NULL));
  for (size_t i = 0; i < l->passages.len; i++) {
    Buf prose = {0}, code = {0};
    part_text(l->passages.items[i].text, &prose, &code);
    sqlite3_bind_int64(insert, 1, (sqlite3_int64)i + 1);
    bind_text(insert, 2, l->passages.items[i].title);
    bind_text(insert, 3, l->keywords.items[i]);
    bind_text(insert, 4, buf_str(&prose));
    bind_text(insert, 5, buf_str(&code));
    must(l->db, sqlite3_step(insert));
    sqlite3_reset(insert);
    buf_free(&prose);
    buf_free(&code);
  }
  sqlite3_finalize(insert);
  must(l->db, sqlite3_exec(l->db, "COMMIT; VACUUM", NULL, NULL, NULL));
}

static void open_index(Library *l) {
  if (sqlite3_open_v2(":memory:", &l->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                      NULL) != SQLITE_OK)
    BUG("SQLite cannot open a database in memory");
  if (library_image.index_size) {
    sqlite3_int64 size = (sqlite3_int64)library_image.index_size;
    must(l->db, sqlite3_deserialize(l->db, "main", (unsigned char *)library_image.index,
                                    size, size, SQLITE_DESERIALIZE_READONLY));
  } else {
    index_passages(l);
  }
  must(l->db, sqlite3_prepare_v2(l->db,
                                 "SELECT rowid, bm25(page, 4.0, 3.0, 1.0, 1.0) FROM page "
                                 "WHERE page MATCH ?",
                                 -1, &l->find, NULL));
}

Library *library_open(void) {
  Library *l = mem_zalloc(1, sizeof *l);
  bool built = library_image.index_size > 0;
  l->phrases = built ? phrases_of(&library_image.phrases) : phrases_new();
  read_topics(l);
  read_references(l);
  read_errors(l);
  read_rules(l);
  open_index(l);
  return l;
}

unsigned char *library_indexes(const Library *l, size_t *size, PhraseTable *phrases) {
  sqlite3_int64 bytes = 0;
  unsigned char *image = sqlite3_serialize(l->db, "main", &bytes, 0);
  if (!image)
    BUG("SQLite cannot write the library's index");
  *size = (size_t)bytes;
  *phrases = phrases_table(l->phrases);
  return image;
}

void library_close(Library *l) {
  if (!l)
    return;
  sqlite3_finalize(l->find);
  sqlite3_close(l->db);
  vec_free(&l->passages);
  vec_free(&l->keywords);
  vec_free(&l->errors);
  vec_free(&l->preludes);
  phrases_free(l->phrases);
  arena_reset(&l->arena);
  mem_free(l);
}

uint32_t library_count(const Library *l) {
  return (uint32_t)l->passages.len;
}

const Passage *library_at(const Library *l, uint32_t index) {
  return &l->passages.items[index];
}

// A word of the question, or an API name as a phrase of its parts.
typedef struct {
  Str text; // words with a blank between them
  double weight;
  bool code; // a name of the API, or it was quoted: an example may answer it
} Term;

static bool word_byte(char c) {
  return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

static void add_term(Term *terms, size_t *n, Str text, bool name, bool code) {
  for (size_t i = 0; i < *n; i++)
    if (str_eq(terms[i].text, text))
      return;
  if (*n < TERMS_MAX)
    terms[(*n)++] = (Term){text, name ? 1.6 : 1.0, name || code};
}

// Names of the API are worth more than words: they were spelled out.
static size_t find_terms(const Library *l, Arena *a, Str q, Term *terms) {
  size_t n = 0;
  bool quoted = false; // between backticks
  for (size_t i = 0; i < q.len;) {
    size_t start = i;
    while (i < q.len && word_byte(q.ptr[i]))
      i++;
    if (i == start) {
      quoted ^= q.ptr[i] == '`';
      i++;
      continue;
    }
    Str word = str_slice(q, start, i);
    char *lower = arena_copy(a, word.ptr, word.len);
    bool parts = false, capital = false;
    for (size_t k = 0; k < word.len; k++) {
      parts |= lower[k] == '_' && k > 0 && k + 1 < word.len;
      capital |= k > 0 && isupper((unsigned char)lower[k]) &&
                 islower((unsigned char)lower[k - 1]);
      lower[k] = lower[k] == '_' ? ' ' : (char)tolower((unsigned char)lower[k]);
    }
    Str text = str_trim((Str){lower, word.len});
    bool number = text.len && isdigit((unsigned char)text.ptr[0]);
    if (text.len < 2 || number || (!parts && phrases_stop_word(l->phrases, text)))
      continue;
    bool parameter = i < q.len && q.ptr[i] == '='; // "lazy="
    add_term(terms, &n, text, parts || capital || parameter, quoted);
  }
  return n;
}

// What the passages have of a question's words.
typedef struct {
  double *score;
  double *share, *told; // of `total`; told: by more than their examples
  double total, foreign;
} Match;

// The next passage that has the phrase that was bound; false behind the last.
static bool next_hit(Library *l, uint32_t *row) {
  if (sqlite3_step(l->find) != SQLITE_ROW) {
    sqlite3_reset(l->find);
    return false;
  }
  *row = (uint32_t)sqlite3_column_int64(l->find, 0) - 1;
  return true;
}

// A word that stands in the example of a page alone ("player", "team") finds the page,
// but the page does not tell of it.
static void match_term(Library *l, const Term *t, Match *m) {
  Buf query = {0};
  Vec(uint32_t) rows = {0};
  uint32_t row;
  buf_printf(&query, "\"%.*s\"", STR_ARG(t->text));
  bind_text(l->find, 1, buf_str(&query));
  while (next_hit(l, &row)) {
    m->score[row] -= t->weight * sqlite3_column_double(l->find, 1);
    vec_push(&rows, row);
  }
  double count = (double)l->passages.len, hits = (double)rows.len;
  double idf = log(1 + (count - hits + 0.5) / (hits + 0.5));
  if (!rows.len) // a word that nothing here has: names of their own, or another field
    idf = 4.0;
  for (size_t i = 0; i < rows.len; i++) {
    m->share[rows.items[i]] += t->weight * idf;
    m->told[rows.items[i]] += t->code ? t->weight * idf : 0;
  }
  if (rows.len && !t->code) {
    query.len = 0;
    buf_printf(&query, "{title keywords body} : \"%.*s\"", STR_ARG(t->text));
    bind_text(l->find, 1, buf_str(&query));
    while (next_hit(l, &row))
      m->told[row] += t->weight * idf;
  }
  m->total += t->weight * idf;
  m->foreign += rows.len ? 0 : t->weight * idf;
  vec_free(&rows);
  buf_free(&query);
}

static bool lists_error(Str errors, Str id, uint32_t *rank) {
  Str part;
  for (uint32_t i = 0; str_next_part(&errors, ',', &part); i++)
    if (str_eq(str_trim(part), id)) {
      *rank = i;
      return true;
    }
  return false;
}

// The error that the question quotes speaks for the pages that explain it.
static void add_error_bonus(const Library *l, Str id, double bonus, Match *m) {
  uint32_t rank;
  if (!id.len)
    return;
  for (size_t i = 0; i < l->passages.len; i++) {
    if (!lists_error(l->errors.items[i], id, &rank))
      continue;
    bool page = l->passages.items[i].kind != PASSAGE_ERROR; // with an example that runs
    m->score[i] += bonus * (page ? (rank == 0 ? 1.5 : 1.1) : 0.4);
    m->share[i] = fmax(m->share[i], 0.6 * m->total);
    m->told[i] = fmax(m->told[i], 0.6 * m->total);
  }
}

static double kind_factor(PassageKind kind) {
  static const double factors[] = {[PASSAGE_TOPIC] = 1.3,
                                   [PASSAGE_REFERENCE] = 1.0,
                                   [PASSAGE_ERROR] = 0.5,
                                   [PASSAGE_RULE] = 0.6};
  return factors[kind];
}

static int by_score(const void *a, const void *b) {
  const Passage *x = a, *y = b;
  return x->score < y->score ? 1 : x->score > y->score ? -1 : 0;
}

// Where an entry of the catalogue comes first, the page that explains it goes before it.
static void promote_page(const Library *l, Passage *all, size_t count) {
  uint32_t rank;
  if (!count || all[0].kind != PASSAGE_ERROR)
    return;
  for (size_t i = 1; i < count; i++) {
    if (all[i].kind != PASSAGE_TOPIC || all[i].covered < 0.5)
      continue;
    size_t at = 0;
    while (!str_eq(l->passages.items[at].title, all[i].title))
      at++;
    if (!lists_error(l->errors.items[at], all[0].id, &rank))
      continue;
    Passage page = all[i];
    page.score = all[0].score;
    memmove(all + 1, all, i * sizeof *all);
    all[0] = page;
    return;
  }
}

// A page answers a question of another field only where it is called as the question is
// ("Background jobs: Celery, cron").
static const double outside_near = 0.7;

// A question with words that no page has must be met better: it may be of another field.
// Words of an example count only for a page that is called somewhat as the question.
static bool answers(const Passage *p, double foreign) {
  double met = p->near >= named_near ? p->covered : p->told;
  if (p->near >= known_near)
    return true;
  if (foreign >= foreign_share && met < sure_covered && p->near < sure_near)
    return false;
  if (p->score < much_score && p->near < little_near)
    return false; // "send email from python": the words alone are of some page
  return met >= known_covered && p->score >= known_score;
}

static void look_up(Library *l, Str question, LibraryAnswer *out) {
  Arena scratch = {0};
  Term terms[TERMS_MAX];
  Diagnosis d;
  size_t count = l->passages.len, found = 0;
  Match m = {.score = arena_array(&scratch, double, count),
             .share = arena_array(&scratch, double, count),
             .told = arena_array(&scratch, double, count)};
  size_t n = find_terms(l, &scratch, question, terms);
  for (size_t i = 0; i < n; i++)
    match_term(l, &terms[i], &m);
  diagnose_text(&d, &scratch, question);
  add_error_bonus(l, d.entry, 12.0, &m);
  add_error_bonus(l, d.inner_entry, 12.0, &m);
  add_error_bonus(l, d.possible, 6.0, &m);
  diagnose_free(&d);
  double *near = arena_array(&scratch, double, count);
  phrases_score(l->phrases, &scratch, question, near);
  Passage *all = arena_array(&scratch, Passage, count);
  for (size_t i = 0; i < count; i++) {
    if (m.score[i] <= 0 && near[i] <= 0)
      continue;
    Passage *p = &all[found++];
    *p = l->passages.items[i];
    p->near = near[i];
    p->covered = m.total > 0 ? m.share[i] / m.total : 0;
    p->told = m.total > 0 ? m.told[i] / m.total : 0;
    p->score = m.score[i] * (0.3 + 0.7 * p->covered) + near_score * near[i];
    p->score *= kind_factor(p->kind);
  }
  qsort(all, found, sizeof *all, by_score);
  promote_page(l, all, found);
  out->count = (uint32_t)min_size(found, FOUND_MAX);
  out->items = arena_array(&l->arena, Passage, out->count + 1);
  if (out->count)
    memcpy(out->items, all, out->count * sizeof *all);
  out->known = found > 0 && answers(&all[0], m.foreign / fmax(m.total, 1)) &&
               (all[0].near >= outside_near || !outside_of_field(&scratch, question));
  arena_reset(&scratch);
}

void library_answer(Library *l, Arena *arena, Str question, uint32_t max,
                    LibraryAnswer *out) {
  question = str_slice(question, 0, QUESTION_MAX);
  if (!l->question.ptr || !str_eq(l->question, question)) {
    l->question = str_copy(&l->arena, question);
    look_up(l, question, &l->last);
  }
  *out = l->last;
  out->count = (uint32_t)min_size(out->count, max);
  out->items = arena_array(arena, Passage, out->count + 1);
  if (out->count)
    memcpy(out->items, l->last.items, out->count * sizeof *out->items);
}
