// units.c: the lattice: function words, names of the schema, values.
//
// Names are matched stem by stem: for each word of the request, which stems of which name
// it may be. A span of words then means a name where each of its words is one of the
// name's; the weight tells how much of the name was said. Words of the table's own name
// cost nothing in a column's name ("name" is customers.customer_name).
#include "query/units_internal.h"
#include "query/units_said.h"

#include <stdlib.h>

typedef struct {
  const char *words;
  uint8_t cat;
  int16_t argument;
  const char *hint;
} Phrase;

static const Phrase phrases[] = {
#define PHRASE(words, category, argument, hint) {words, CAT_##category, argument, hint},
#include "query/phrases.def"
#undef PHRASE
};

typedef struct {
  const char *word;
  size_t len;
  const char *others;
} Synonym;

static const Synonym synonyms[] = {
#define SYNONYM(word, others) {word, sizeof(word) - 1, others},
#define ANTONYM(word, others)
#include "query/synonyms.def"
#undef SYNONYM
#undef ANTONYM
};

static const Synonym antonyms[] = {
#define SYNONYM(word, others)
#define ANTONYM(word, others) {word, sizeof(word) - 1, others},
#include "query/synonyms.def"
#undef SYNONYM
#undef ANTONYM
};

static bool are_synonyms(Str in_name, Str said) {
  for (size_t i = 0; i < ARRAY_LEN(synonyms); i++)
    if (synonyms[i].len == in_name.len && synonyms[i].word[0] == in_name.ptr[0] &&
        !memcmp(synonyms[i].word, in_name.ptr, in_name.len) &&
        words_in_list(synonyms[i].others, said))
      return true;
  return false;
}

// "open" of a flag that is called closed.
bool units_are_opposites(Str in_name, Str said) {
  for (size_t i = 0; i < ARRAY_LEN(antonyms); i++)
    if (str_is(in_name, antonyms[i].word) && words_in_list(antonyms[i].others, said))
      return true;
  return false;
}

// "temp" for "temperature", "temperature" for "temp": four letters at least.
static bool abbreviates(Str a, Str b) {
  Str shorter = a.len < b.len ? a : b, longer = a.len < b.len ? b : a;
  return shorter.len >= 4 && longer.len > shorter.len + 1 &&
         str_starts(longer, shorter) && !str_is(shorter, "count"); // of no country
}

static void add_row(Builder *b, const QName *n, int table, int column) {
  NameRow *row = &b->rows[b->row_count++];
  *row = (NameRow){n, (int16_t)table, (int16_t)column, 0};
  const QTable *t = &b->schema->tables[table];
  for (uint32_t i = 0; column >= 0 && i < n->count; i++)
    for (uint32_t k = 0; k < t->name_count; k++)
      for (uint32_t q = 0; q < t->names[k].count; q++)
        if (str_eq(n->stems[i], t->names[k].stems[q]) ||
            are_synonyms(n->stems[i], t->names[k].stems[q]))
          row->own |= (uint16_t)(1u << i);
}

static void collect_rows(Builder *b) {
  uint32_t n = 0;
  for (uint32_t t = 0; t < b->schema->table_count; t++)
    n += QNAMES_MAX * (b->schema->tables[t].column_count + 1);
  b->rows = arena_array(b->arena, NameRow, n + 1);
  for (uint32_t t = 0; t < b->schema->table_count; t++) {
    const QTable *q = &b->schema->tables[t];
    for (uint32_t i = 0; i < q->name_count; i++)
      add_row(b, &q->names[i], (int)t, -1);
    for (uint32_t c = 0; c < q->column_count; c++)
      for (uint32_t i = 0; i < q->columns[c].name_count; i++)
        add_row(b, &q->columns[c].names[i], (int)t, (int)c);
  }
}

static Match match_word(Str stem, const QName *name) {
  Match m = {0, 0};
  for (uint32_t i = 0; i < name->count; i++) {
    if (str_eq(name->stems[i], stem))
      m.exact |= (uint16_t)(1u << i);
    else if (stem.len > 1 &&
             (are_synonyms(name->stems[i], stem) || abbreviates(name->stems[i], stem)))
      m.similar |= (uint16_t)(1u << i);
  }
  return m;
}

bool units_is_function_word(Str lower) {
  for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
    Str rest = str_from(phrases[i].words), part;
    while (str_next_part(&rest, ' ', &part))
      if (str_eq(part, lower))
        return true;
  }
  return false;
}

// The nearest stem of the schema for a word that is none: one edit from five letters on,
// two from nine.
static Str corrected(const Builder *b, Str stem) {
  uint32_t limit = stem.len >= 9 ? 2 : stem.len >= 5 ? 1 : 0;
  Str best = stem;
  for (uint32_t r = 0; limit && r < b->row_count; r++)
    for (uint32_t i = 0; i < b->rows[r].name->count; i++) {
      Str other = b->rows[r].name->stems[i];
      uint32_t d = other.len >= 4 && other.ptr[0] == stem.ptr[0]
                       ? words_distance(stem, other, limit)
                       : limit + 1;
      if (d <= limit && d > 0) {
        best = other;
        limit = d - 1;
        if (!limit)
          return best;
      }
    }
  return best;
}

static bool same_letters(Str a, Str b) {
  int count[256] = {0};
  for (size_t i = 0; i < a.len; i++)
    count[(unsigned char)a.ptr[i]]++;
  for (size_t i = 0; i < b.len; i++)
    count[(unsigned char)b.ptr[i]]--;
  for (size_t i = 0; i < ARRAY_LEN(count); i++)
    if (count[i])
      return false;
  return true;
}

// A function word with one slip, where the word is nothing else: "shwo", "wiht".
static bool respell(Word *w) {
  static const char often[] =
      "show with from that have list which where whose their order "
      "ordered sorted bigger larger greater higher lower between without "
      "average number total least latest newest oldest highest lowest "
      "count contain contains before after cheaper older younger more "
      "less than every distinct different most grouped descending "
      "ascending maximum minimum";
  Str rest = str_from(often), right;
  while (w->lower.len >= 4 && str_next_part(&rest, ' ', &right)) {
    if (right.ptr[0] != w->lower.ptr[0] || words_distance(w->lower, right, 1) != 1)
      continue;
    if (right.len < 5 && !same_letters(w->lower, right))
      continue; // "wish" is no "with"
    w->lower = right;
    return true;
  }
  return false;
}

static void match_all(Builder *b) {
  uint32_t n = b->words->count;
  b->matches = arena_array(b->arena, Match, (size_t)n * b->row_count + 1);
  b->named = arena_array(b->arena, bool, n + 1);
  b->function = arena_array(b->arena, bool, n + 1);
  for (uint32_t w = 0; w < n; w++) {
    Word *word = &b->words->items[w];
    b->function[w] = units_is_function_word(word->lower);
    if (word->kind != WORD_PLAIN && !(word->kind == WORD_NUMBER && word->spelled))
      continue;
    for (int pass = 0; pass < 2 && !b->named[w]; pass++) {
      for (uint32_t r = 0; r < b->row_count; r++) {
        Match m = match_word(word->stem, b->rows[r].name);
        b->matches[(size_t)w * b->row_count + r] = m;
        b->named[w] |= m.exact || m.similar;
      }
      if (b->named[w] || b->function[w] || word->capital || word->spelled)
        break;
      Str better = corrected(b, word->stem);
      if (str_eq(better, word->stem)) {
        b->function[w] = respell(word);
        break;
      }
      word->stem = better;
    }
  }
}

static uint32_t bits(uint32_t x) {
  return (uint32_t)__builtin_popcount(x);
}

static bool is_joiner(const Word *w) {
  return str_is(w->lower, "of") || str_is(w->lower, "the") || str_is(w->lower, "'s");
}

// True where the stems say no more than "number", "code", "name".
static bool only_generic(const QName *n, uint32_t covered) {
  for (uint32_t i = 0; i < n->count; i++)
    if ((covered >> i & 1) &&
        !words_in_list(
            "name number num code id type date detail descript titl no valu data",
            n->stems[i]))
      return false;
  return true;
}

static uint32_t id_bits(const QName *n) {
  uint32_t out = 0;
  for (uint32_t i = 0; i < n->count; i++)
    if (str_is(n->stems[i], "id"))
      out |= 1u << i;
  return out;
}

// How well the words [from, to) say the name of a row; 0: not at all.
static float span_weight(const Builder *b, uint32_t row, uint32_t from, uint32_t to) {
  const NameRow *r = &b->rows[row];
  uint32_t covered = 0, similar = 0, said = 0, free_words = 0;
  for (uint32_t w = from; w < to; w++) {
    if (is_joiner(&b->words->items[w]) && w > from && w + 1 < to)
      continue;
    Match m = b->matches[(size_t)w * b->row_count + row];
    uint32_t fresh = (m.exact | m.similar) & ~covered;
    if (!fresh) {
      const QTable *t = &b->schema->tables[r->table];
      bool of_table = false;
      for (uint32_t i = 0; r->column >= 0 && w + 1 < to && i < t->name_count; i++)
        of_table |= match_word(b->words->items[w].stem, &t->names[i]).exact != 0;
      if (!of_table && r->column >= 0 && w + 1 == to && said &&
          words_in_list("number code valu name", b->words->items[w].stem)) {
        similar++; // "phone number" is phone
        continue;
      }
      if (!of_table)
        return 0;
      free_words++;
      continue;
    }
    if (w == from && w + 1 < to && str_is(b->words->items[w].lower, "number") &&
        str_is(b->words->items[w + 1].lower, "of") && !(fresh & 1))
      return 0; // "number of rooms" is no room number
    uint32_t take = (m.exact & ~covered) ? (m.exact & ~covered) : fresh;
    similar += !(m.exact & ~covered);
    covered |= take & (~take + 1);
    said++;
  }
  uint32_t all = (1u << r->name->count) - 1, head = 1u << (r->name->count - 1);
  uint32_t need = all & ~(uint32_t)r->own;
  if (!said || (free_words && !(covered & ~(uint32_t)r->own)))
    return 0;
  if (!need)
    need = all;
  float part = (float)bits(covered & need) / (float)bits(need);
  if (!(covered & need))
    return 0.2f * r->name->weight;
  float weight = covered & head ? 0.5f + 0.5f * part : 0.3f + 0.5f * part;
  if (part >= 1 && covered != all)
    weight = 0.97f;
  if (part < 1 && only_generic(r->name, need & ~covered) &&
      !only_generic(r->name, covered) && !(need & ~covered & id_bits(r->name)))
    weight = 0.85f; // "card type" is card_type_code
  for (uint32_t i = 0; i < similar; i++)
    weight *= 0.85f;
  if (part < 1 && only_generic(r->name, covered))
    weight *= 0.55f;
  return weight * r->name->weight;
}

// ---- Adding units

void units_add(Builder *b, Unit u) {
  uint32_t at = b->out->count - b->out->first[u.from];
  if (at >= UNITS_PER_WORD + SPAN_MAX + 15 && u.cat != CAT_OTHER)
    return;
  if (!u.hint)
    u.hint = "";
  b->out->items[b->out->count++] = u;
}

static void add_phrases(Builder *b, uint32_t at) {
  const Words *w = b->words;
  uint32_t added = 0;
  for (size_t i = 0; i < ARRAY_LEN(phrases) && added < UNITS_PER_WORD; i++) {
    Str rest = str_from(phrases[i].words), part;
    uint32_t to = at;
    bool fits = true;
    while (fits && str_next_part(&rest, ' ', &part)) {
      if (to > at && to < w->count && str_is(w->items[to].lower, "the") &&
          !str_is(part, "the"))
        to++;
      fits = to < w->count && str_eq(w->items[to].lower, part) &&
             w->items[to].kind != WORD_QUOTED;
      to++;
    }
    if (!fits)
      continue;
    Unit *before = NULL; // of one meaning the longest phrase counts
    for (uint32_t k = b->out->first[at]; k < b->out->count && !before; k++)
      if (b->out->items[k].cat == phrases[i].cat)
        before = &b->out->items[k];
    if (before && before->to > to)
      continue;
    if (before && before->to < to) {
      before->to = (uint8_t)to;
      before->argument = phrases[i].argument;
      before->hint = phrases[i].hint;
      continue;
    }
    added++;
    units_add(b, (Unit){.cat = phrases[i].cat,
                        .from = (uint8_t)at,
                        .to = (uint8_t)to,
                        .argument = phrases[i].argument,
                        .hint = phrases[i].hint,
                        .weight = 1});
  }
}

static int by_weight(const void *a, const void *b) {
  const Hit *x = a, *y = b;
  if (x->weight != y->weight)
    return x->weight < y->weight ? 1 : -1;
  if (x->table != y->table)
    return x->table - y->table;
  return x->column - y->column;
}

// Words that only join others are no name by themselves.
static bool is_grammar(const Builder *b, uint32_t at) {
  for (uint32_t i = b->out->first[at]; i < b->out->count; i++) {
    const Unit *u = &b->out->items[i];
    if (u->from == at && u->to == at + 1 &&
        (u->cat == CAT_PREP || u->cat == CAT_FILL || u->cat == CAT_BE ||
         u->cat == CAT_HAVE || u->cat == CAT_REL || u->cat == CAT_AND ||
         u->cat == CAT_OR || u->cat == CAT_NOT || u->cat == CAT_WH || u->cat == CAT_END))
      return true;
  }
  return false;
}

static void add_names(Builder *b, uint32_t at) {
  const Words *w = b->words;
  if (is_grammar(b, at))
    return;
  for (uint32_t to = at + 1; to <= w->count && to <= at + SPAN_MAX; to++) {
    const Word *last = &w->items[to - 1];
    if (last->kind != WORD_PLAIN && !last->spelled)
      break;
    if (is_joiner(last) || is_joiner(&w->items[at]))
      continue;
    if (to == at + 1 && to + 1 < w->count && str_is(last->lower, "number") &&
        str_is(w->items[to].lower, "of") && b->named[to + 1])
      continue; // "number of beds" is no number of a room
    if (!b->named[to - 1])
      break;
    Hit *hits = arena_array(b->arena, Hit, HITS_MAX * 4);
    uint32_t n = 0;
    for (uint32_t r = 0; r < b->row_count && n < HITS_MAX * 4; r++) {
      float weight = span_weight(b, r, at, to);
      if (weight < 0.3f)
        continue;
      uint32_t k = 0;
      while (k < n &&
             (hits[k].table != b->rows[r].table || hits[k].column != b->rows[r].column))
        k++;
      if (k == n)
        hits[n++] = (Hit){b->rows[r].table, b->rows[r].column, weight};
      else if (hits[k].weight < weight)
        hits[k].weight = weight;
    }
    if (!n)
      continue;
    qsort(hits, n, sizeof *hits, by_weight);
    if (hits[0].column < 0 && hits[0].weight >= 1) // the table itself is named
      for (uint32_t k = n; k-- > 1;)
        if (hits[k].column < 0 && hits[k].weight < 0.9f) {
          memmove(hits + k, hits + k + 1, (n - k - 1) * sizeof *hits);
          n--;
        }
    units_add(b, (Unit){.cat = CAT_NAME,
                        .from = (uint8_t)at,
                        .to = (uint8_t)to,
                        .hits = hits,
                        .hit_count = (uint32_t)min_size(n, HITS_MAX),
                        .weight = hits[0].weight});
  }
}

static bool says_attribute(Arena *arena, Str attr, const Word *w) {
  Str stems[WORD_NAME_MAX];
  uint32_t n = words_name_stems(arena, attr, stems);
  while (n > 1 && words_in_list("by to of for", stems[n - 1])) // "referred_by"
    n--;
  return n && str_eq(stems[n - 1], w->stem);
}

// The word is a name of the table itself: "employees" are no rows above, though the
// relationship is called reports_to_employee.
static bool names_table(const QTable *t, const Word *w) {
  for (uint32_t n = 0; n < t->name_count; n++)
    if (t->names[n].count == 1 && str_eq(t->names[n].stems[0], w->stem))
      return true;
  return false;
}

// "manager", "reports": a table's relationship with itself. A verb behind "who" turns
// it round: who manage others have rows below.
static void add_self(Builder *b, uint32_t at) {
  const Word *w = &b->words->items[at];
  for (uint32_t i = 0; w->kind == WORD_PLAIN && i < b->schema->edge_count; i++) {
    const QEdge *e = &b->schema->edges[i];
    if (e->a != e->b || e->secondary || e->column_a < 0 ||
        names_table(&b->schema->tables[e->a], w))
      continue;
    const QColumn *key = qschema_column(b->schema, e->a, e->column_a);
    if (!key->foreign_key)
      key = qschema_column(b->schema, e->b, e->column_b);
    Str above = e->many_a ? e->attr_b : e->attr_a;
    Str below = e->many_a ? e->attr_a : e->attr_b;
    Str stem = key->attr;
    if (str_ends(stem, STR("_id")))
      stem.len -= 3;
    bool up = (above.len && says_attribute(b->arena, above, w)) ||
              says_attribute(b->arena, stem, w);
    bool down = below.len && says_attribute(b->arena, below, w);
    bool verb =
        at && up && words_in_list("who that which", b->words->items[at - 1].lower);
    if (!up && !down)
      continue;
    units_add(b, (Unit){.cat = CAT_SELF,
                        .from = (uint8_t)at,
                        .to = (uint8_t)(at + 1),
                        .argument = (int16_t)(i * 2 + (down || verb)),
                        .weight = 1});
  }
}

// "this month", "min_price", "a search term".
static void add_said(Builder *b, uint32_t at) {
  Unit u;
  if (at && words_in_list("member members person persons", b->words->items[at].lower) &&
      !b->named[at] && b->named[at - 1]) // "staff members" are staff
    units_add(b, (Unit){.cat = CAT_FILL,
                        .from = (uint8_t)at,
                        .to = (uint8_t)(at + 1),
                        .weight = 1});
  if (unit_period(b->words, at, &u))
    units_add(b, u);
  if (unit_given(b->words, b->schema, at, b->arena, &u))
    units_add(b, u);
}

Units *units_read(const Words *words, const QSchema *schema, Arena *arena) {
  Builder b = {.arena = arena, .words = words, .schema = schema};
  b.out = arena_new(arena, Units);
  b.out->words = words;
  b.out->schema = schema;
  b.out->items = arena_array(
      arena, Unit, (size_t)(words->count + 1) * (UNITS_PER_WORD + SPAN_MAX + 16));
  collect_rows(&b);
  match_all(&b);
  for (uint32_t i = 0; i < words->count; i++) {
    b.out->first[i] = b.out->count;
    add_phrases(&b, i);
    add_names(&b, i);
    units_add_members(&b, i);
    units_add_imperative(&b, i);
    units_add_ago(&b, i);
    units_add_ahead(&b, i);
    add_said(&b, i);
    add_self(&b, i);
    units_add_values(&b, i);
    units_add(&b, (Unit){.cat = CAT_OTHER,
                         .from = (uint8_t)i,
                         .to = (uint8_t)(i + 1),
                         .weight = b.function[i] ? 0.5f
                                   : b.named[i]  ? 1
                                                 : 0});
  }
  b.out->first[words->count] = b.out->count;
  return b.out;
}

const char *units_place_kind(Str text) {
  static const struct {
    const char *kind, *names;
  } places[] = {
#define PLACE(kind, names) {kind, names},
#include "query/places.def"
#undef PLACE
  };
  for (size_t i = 0; i < ARRAY_LEN(places); i++) {
    Str rest = str_from(places[i].names), part;
    while (str_next_part(&rest, '|', &part))
      if (str_eq_nocase(part, text))
        return places[i].kind;
  }
  return NULL;
}

bool units_hint_fits(const char *hint, const QColumn *c, uint32_t *rank, bool *turned) {
  Str rest = str_from(hint), part;
  for (*rank = 0; str_next_part(&rest, ' ', &part); (*rank)++) {
    *turned = part.len && part.ptr[0] == '~';
    Str stem = *turned ? str_slice(part, 1, part.len) : part;
    for (uint32_t n = 0; n < c->name_count; n++)
      for (uint32_t i = 0; i < c->names[n].count; i++)
        if (str_eq(c->names[n].stems[i], stem) ||
            are_synonyms(c->names[n].stems[i], stem))
          return true;
  }
  return false;
}

bool units_word_means(Str in_name, Str said) {
  return str_eq(in_name, said) || are_synonyms(in_name, said) ||
         abbreviates(in_name, said);
}

bool units_says_role(Str in_name, Str said) {
  Str base = said.len < in_name.len ? said : in_name;
  Str longer = said.len < in_name.len ? in_name : said;
  return units_word_means(in_name, said) ||
         (base.len >= 3 && longer.len <= base.len + 2 && str_starts(longer, base));
}
