// parse_guess.c: values whose column is not named.
//
// "customers in Berlin", "the student Linda Smith", "red grapes": a guess among the text
// columns of the tables spoken of, ranked by what speaks for each of them.
#include "query/parse_internal.h"

enum {
  GUESSES = 10,
  PLAIN_GUESSES = 5 // for words that only may be values
};

typedef struct {
  Item item;
  float score;
  uint8_t name, place, focus, elsewhere, far, year, kind, verb, adjacent, category, way;
  uint8_t lengthy;       // a column of longer texts
  uint8_t code, no_code; // what looks like a code, in a column of codes or not
  uint8_t object;        // what a row that was spoken of last is of
  uint8_t role;          // the words before speak of the key that leads there
  uint8_t close, plain;  // the verb is the word before; nothing but "year"
} Guess;

// Tables two steps from one that is spoken of.
bool far_table(const Parser *p, const State *s, int t) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int middle = x->a == t ? x->b : x->b == t ? x->a : -1;
    for (uint32_t f = 0; middle >= 0 && f < p->schema->edge_count; f++) {
      const QEdge *y = &p->schema->edges[f];
      int other = y->a == middle ? y->b : y->b == middle ? y->a : -1;
      if (other >= 0 && other != t &&
          (other == s->focus || other == s->m.root || mentioned(s, other)))
        return true;
    }
  }
  return false;
}

bool near_table(const Parser *p, const State *s, int t, const Unit *next, bool *direct) {
  *direct = t == s->focus || t == s->m.root || mentioned(s, t);
  for (uint32_t i = 0; next && i < next->hit_count && i < 4; i++)
    *direct |= next->hits[i].column < 0 && next->hits[i].table == t &&
               next->hits[i].weight > 0.9f;
  if (*direct)
    return true;
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int other = x->a == t ? x->b : x->b == t ? x->a : -1;
    if (other >= 0 && (other == s->focus || other == s->m.root || mentioned(s, other)))
      return true;
  }
  return s->focus < 0 && s->m.root < 0;
}

static void add_guess(Guess *list, uint32_t *n, Guess g) {
  uint32_t at = *n;
  while (at > 0 && list[at - 1].score < g.score)
    at--;
  if (at >= GUESSES)
    return;
  uint32_t last = *n < GUESSES ? (*n)++ : GUESSES - 1;
  for (uint32_t i = last; i > at; i--)
    list[i] = list[i - 1];
  list[at] = g;
}

// "Columbia Park" is a park, "American Airlines" an airline.
static bool names_its_table(Str text, const QTable *t) {
  for (uint32_t i = 0; i < t->name_count; i++) {
    Str last = t->names[i].count ? t->names[i].stems[t->names[i].count - 1] : STR("?");
    for (size_t k = 0; k + last.len <= text.len; k++)
      if (str_eq_nocase(str_slice(text, k, k + last.len), last) &&
          (k == 0 || text.ptr[k - 1] == ' '))
        return true;
  }
  return false;
}

// "owned by X": a word just before shares its beginning with the column's name.
static bool said_before(const Parser *p, uint32_t at, uint32_t reach, const QColumn *c) {
  for (uint32_t w = at > reach ? at - reach : 0; w < at; w++) {
    const Word *word = &p->words->items[w];
    if (word->kind != WORD_PLAIN || word->stem.len < 3)
      continue;
    for (uint32_t n = 0; n < c->name_count; n++)
      for (uint32_t i = 0; i < c->names[n].count; i++) {
        Str stem = c->names[n].stems[i];
        if (str_eq(stem, word->stem) ||
            (word->stem.len >= 3 && str_starts(stem, word->stem) &&
             stem.len <= word->stem.len + 3))
          return true;
      }
  }
  return false;
}

// Where the prepositions and "both" before a value begin.
static uint32_t before_joiners(const Parser *p, uint32_t at) {
  while (at && (unit_at(p, at - 1, CAT_BOTH) || unit_at(p, at - 1, CAT_PREP)))
    at--;
  return at;
}

// Where the small words before a moment begin: "in the last week".
static uint32_t before_moment(const Parser *p, uint32_t at) {
  uint32_t from = at;
  do {
    at = from;
    from = before_joiners(p, at);
    if (from && unit_at(p, from - 1, CAT_FILL) && !unit_at(p, from - 1, CAT_NAME))
      from--;
  } while (from != at);
  return at;
}

// "signed up in the last 7 days": what was done then tells the column, by a word of its
// name or one that people use for it, a particle behind it included.
static bool done_then(const Parser *p, uint32_t at, const QColumn *c) {
  uint32_t end = before_moment(p, at);
  for (uint32_t w = end > 2 ? end - 2 : 0; w < end; w++) {
    const Word *word = &p->words->items[w];
    if (word->kind != WORD_PLAIN || word->stem.len < 3)
      continue;
    Str with = str_format(p->arena, "%.*s_%.*s", STR_ARG(word->stem),
                          STR_ARG(p->words->items[w + 1].lower));
    for (uint32_t n = 0; n < c->name_count; n++)
      for (uint32_t i = 0; i < c->names[n].count; i++)
        if (units_says_role(c->names[n].stems[i], word->stem) ||
            units_word_means(c->names[n].stems[i], with))
          return true;
  }
  return false;
}

// A moment or a period as seen from now.
static bool is_moment(const Unit *u) {
  return u->value.kind == LITERAL_AGO || u->value.kind == LITERAL_PERIOD;
}

// "from Paris", "to Rome": where something starts and where it ends.
static bool says_way(const State *s, const QColumn *c) {
  const char *stems = s->prep == PREP_FROM + 1 ? "origin sourc depart src from start"
                      : s->prep == PREP_BY + 1 ? "author creator writer owner by"
                      : s->prep == PREP_TO + 1 ? "destin arriv dst dest to end"
                                               : NULL;
  for (uint32_t n = 0; stems && n < c->name_count; n++)
    for (uint32_t i = 0; i < c->names[n].count; i++)
      if (words_in_list(stems, c->names[n].stems[i]))
        return true;
  return false;
}

// What a row of the table is, by the last word of its name: names of genres are kinds of
// things, names of cities are places.
static bool table_is(const QTable *t, const char *hint) {
  for (uint32_t n = 0; n < t->name_count; n++)
    if (t->names[n].count &&
        words_in_list(hint, t->names[n].stems[t->names[n].count - 1]))
      return true;
  return false;
}

uint16_t **columns_tell(const QSchema *s, Arena *arena) {
  static const struct {
    const char *hint;
    uint16_t bit;
  } hints[] = {
      {"year", TELLS_YEAR},
      {"birth dob born", TELLS_BIRTH},
      {"citi countri locat state nation region address town district", TELLS_PLACE},
      {"type kind categori genr status class rank role posit job color level major "
       "industri sector languag brand make model method channel plan tier priorit "
       "severiti condit",
       TELLS_CATEGORY},
      {"countri", TELLS_COUNTRY},
      {"citizenship nation countri languag", TELLS_NATION},
      {"state", TELLS_STATE},
      {"citi", TELLS_CITY},
      {"code abbrevi abbrev symbol isbn iata icao sku zip serial short no num",
       TELLS_CODE},
      {"email mail", TELLS_MAIL},
      {"brand make model type kind manufactur breed", TELLS_MAKE},
      {"comment bodi note content text remark messag feedback", TELLS_LONG},
  };
  uint16_t **out = arena_array(arena, uint16_t *, s->table_count + 1);
  for (uint32_t t = 0; t < s->table_count; t++) {
    out[t] = arena_array(arena, uint16_t, s->tables[t].column_count + 1);
    for (uint32_t k = 0; k < s->tables[t].column_count; k++)
      for (size_t i = 0; i < ARRAY_LEN(hints); i++) {
        uint32_t rank;
        bool turned;
        if (units_hint_fits(hints[i].hint, &s->tables[t].columns[k], &rank, &turned) ||
            ((int)k == s->tables[t].name_column && i > 0 &&
             table_is(&s->tables[t], hints[i].hint)))
          out[t][k] |= hints[i].bit;
      }
  }
  return out;
}

// The columns that a place is a value of; 0 where the text is no place that is known.
static uint8_t place_bit(const Unit *u) {
  const char *kind =
      u->value.kind == LITERAL_TEXT ? units_place_kind(u->value.text) : NULL;
  if (!kind)
    return 0;
  return kind[0] == 'n'   ? TELLS_NATION
         : kind[0] == 's' ? TELLS_STATE
         : kind[1] == 'i' ? TELLS_CITY
                          : TELLS_COUNTRY;
}

// "ACCT-211", "BUS": no lower case, or digits among the letters.
static bool looks_coded(Str text) {
  bool letter = false, digit = false, lower = false;
  for (size_t i = 0; i < text.len; i++) {
    char c = text.ptr[i];
    digit |= c >= '0' && c <= '9';
    lower |= c >= 'a' && c <= 'z';
    letter |= c >= 'A' && c <= 'Z';
    if (c == ' ')
      return false;
  }
  return letter && text.len > 1 && ((digit && text.len < 12) || (!lower && text.len < 6));
}

// A row of `table` has one row of `other`: "who booked Yoga", the course of a booking.
static bool belongs_to(const Parser *p, int table, int other) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    if ((x->a == table && x->b == other && !x->many_a) ||
        (x->b == table && x->a == other && !x->many_b))
      return true;
  }
  return false;
}

bool table_is_called(const Parser *p, int table, Str stem) {
  const QTable *t = &p->schema->tables[table];
  for (uint32_t n = 0; n < t->name_count; n++)
    for (uint32_t i = 0; i < t->names[n].count; i++)
      if (str_eq(t->names[n].stems[i], stem))
        return true;
  return false;
}

// The role that words just before speak of, by which rows of `table` stand with those
// that are spoken of: "assigned to bert", "whose owner is Ann". Gives edge + 1, 0: none.
static uint8_t role_before(const Parser *p, const State *s, uint32_t at, int table) {
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    int from = x->a == table ? x->b : x->b == table ? x->a : -1;
    if (from < 0 || x->column_a < 0 || (from != s->focus && from != s->m.root))
      continue;
    int column = from == x->a ? x->column_a : x->column_b;
    const QColumn *key = qschema_column(p->schema, from, column);
    for (uint32_t w = at > 4 ? at - 4 : 0; key->foreign_key && w < at; w++)
      for (uint32_t n = 0; n < key->name_count; n++)
        for (uint32_t i = 0; i < key->names[n].count; i++)
          if (key->names[n].stems[i].len > 2 &&
              !table_is_called(p, table, key->names[n].stems[i]) &&
              p->words->items[w].kind == WORD_PLAIN &&
              units_says_role(key->names[n].stems[i], p->words->items[w].stem))
            return (uint8_t)(e + 1);
  }
  return 0;
}

// "year" alone, not the year of birth.
bool is_plain_year(const QColumn *c) {
  return c->name_count && c->names[0].count == 1 && str_is(c->names[0].stems[0], "year");
}

static Guess guess_column(const Parser *p, const State *s, Item item, const Unit *u,
                          uint8_t place) {
  const QTable *table = &p->schema->tables[item.table];
  const QColumn *c = &table->columns[item.column];
  uint16_t tells = p->tells[item.table][item.column];
  Guess g = {.item = item};
  g.year =
      u->cat == CAT_NUMBER && ((is_number(c) && (tells & TELLS_YEAR)) ||
                               ((c->type == QTYPE_DATE || c->type == QTYPE_DATETIME) &&
                                u->value.number >= 1900 && u->value.number <= 2100));
  g.year |= u->value.kind == LITERAL_PERIOD && value_fits(c, OP_EQ, u->value);
  g.name = table->name_column == item.column;
  g.place = s->prep >= PREP_IN + 1 && (tells & TELLS_PLACE);
  g.kind = (tells & place) || (g.name && names_its_table(u->value.text, table));
  g.focus = item.table == s->focus;
  bool by = s->prep == PREP_BY + 1 && g.name && // "written by", "taught by": who did it
            (table_is(table, "author writer creator owner artist singer director") ||
             (is_of_people(p, item.table) && belongs_to(p, s->focus, item.table)));
  g.way = says_way(s, c) || by;
  g.verb = said_before(p, u->from, 3, c) ||
           (is_moment(u) && is_time(c) && done_then(p, u->from, c));
  g.close = g.verb && said_before(p, u->from, s->prep ? 2 : 1, c);
  bool code = u->value.kind == LITERAL_TEXT && looks_coded(u->value.text);
  g.lengthy = (tells & TELLS_LONG) != 0;
  g.code = code && (tells & TELLS_CODE);
  g.no_code = code && !g.code;
  uint32_t behind = s->last_table_at >= 0 ? (uint32_t)s->last_table_at : u->from;
  bool sure = u->quoted || u->capital;
  while (sure && behind < u->from &&
         (unit_at(p, behind, CAT_PREP) || unit_at(p, behind, CAT_FILL) ||
          unit_at(p, behind, CAT_BOTH) || unit_at(p, behind, CAT_NOT)))
    behind++; // "enrolled in both Algebra"
  g.object = g.name && behind == u->from && item.table != s->focus &&
             s->focus != s->m.root && belongs_to(p, s->focus, item.table) &&
             item.table != s->m.root;
  if (g.name && u->value.kind == LITERAL_TEXT && item.table != s->m.root)
    g.role = role_before(p, s, u->from, item.table) != 0;
  bool article = u->from && words_in_list("a an", p->words->items[u->from - 1].lower);
  g.object |= g.role || (article && u->capital && (tells & TELLS_MAKE));
  g.plain = g.year && is_plain_year(c);
  bool except = s->negate && !s->prep && item.table == s->m.root; // "all but Ann"
  bool below = u->from && unit_at(p, u->from - 1, CAT_TREE);      // "below Acme"
  g.adjacent = g.name && g.focus &&
               (s->last_table_at == (int)u->from || except ||
                (below && s->m.tree && item.table == s->m.root));
  g.category = (tells & TELLS_CATEGORY) != 0;
  return g;
}

static float guess_score(const Guess *g, const QColumn *c, const Unit *u) {
  return 2.0f * g->kind + 1.5f * g->verb + 1.5f * g->way + 1.0f * g->adjacent +
         0.8f * g->name + 1.0f * g->place + 0.6f * g->focus - 0.6f * g->elsewhere +
         2.0f * g->year + 0.5f * g->close + 1.5f * g->object + 1.0f * g->code -
         1.0f * g->lengthy + 0.7f * g->plain - 0.4f * g->far - 0.3f * c->foreign_key -
         0.02f * (float)g->item.column +
         (u->quoted || u->capital ? 0.0f : 1.0f) * g->category;
}

// What is no address stands in no column of addresses, what is no member of an
// enumeration not in its column.
static bool odd_text(const QColumn *c, uint16_t tells, const Literal *v) {
  bool member = false;
  if (v->kind != LITERAL_TEXT)
    return false;
  for (uint32_t i = 0; i < c->member_count; i++)
    member |= str_eq_nocase(c->members[i], v->text);
  if (c->type == QTYPE_ENUM && c->member_count)
    return !member;
  bool mail = (tells & TELLS_MAIL) != 0;
  return mail != (str_find_char(v->text, '@', 0) != SIZE_MAX) &&
         (mail || str_find_char(v->text, '.', 0) != SIZE_MAX);
}

// What speaks for the column but that it is one of the table's.
static bool has_evidence(const Guess *g, const Unit *u) {
  bool when = is_moment(u) || u->value.kind == LITERAL_DATE;
  return g->place || g->kind || g->verb || g->way || g->year || g->code || g->object ||
         when || (g->name && (u->quoted || u->capital));
}

static bool may_hold(const Parser *p, const QColumn *c, const Guess *g, const Unit *u) {
  if (odd_text(c, p->tells[g->item.table][g->item.column], &u->value))
    return false;
  bool worded = u->value.kind == LITERAL_TEXT && // no code has several words
                str_find_char(u->value.text, ' ', 0) != SIZE_MAX;
  for (size_t i = 0; worded && i < u->value.text.len; i++)
    worded = u->value.text.ptr[i] < '0' || u->value.text.ptr[i] > '9';
  int one, two;
  if (worded && u->capital && name_parts(p->schema, g->item.table, &one, &two) &&
      (g->item.column == one || g->item.column == two))
    return false; // "Ada Moreau" is no first name
  if (worded && !g->name && (p->tells[g->item.table][g->item.column] & TELLS_CODE))
    return false;
  if (c->foreign_key && !g->name && !is_text(c))
    return false;
  bool article = u->from && words_in_list("a an", p->words->items[u->from - 1].lower);
  if (g->far && !g->name &&
      !(article && u->capital && g->category)) // "who drove a Volvo"
    return false;
  int first, last;
  if (article && u->capital && (p->tells[g->item.table][g->item.column] & TELLS_PLACE))
    return false; // nor "in a Renault"
  if (article && u->capital && name_parts(p->schema, g->item.table, &first, &last) &&
      (g->item.column == first || g->item.column == last))
    return false; // nobody is called "a Volvo"
  if (is_moment(u) && !g->verb && (p->tells[g->item.table][g->item.column] & TELLS_BIRTH))
    return false; // "registered this week": nobody speaks of births
  if (u->cat == CAT_NUMBER)
    return g->year;
  return value_fits(c, OP_EQ, u->value) && (u->value.kind != LITERAL_TEXT || is_text(c));
}

Op op_of_value(const Unit *u) {
  return u->value.kind == LITERAL_AGO ? OP_GE : OP_EQ;
}

// "inactive for 90 days": since when, no date of the row tells.
static bool is_span(const Parser *p, const State *s, const Unit *u) {
  return u->value.kind == LITERAL_AGO && s->prep == PREP_FOR + 1 &&
         p->words->items[u->from].kind == WORD_NUMBER;
}

static bool has_date(const QTable *t) {
  for (uint32_t k = 0; k < t->column_count; k++)
    if (is_time(&t->columns[k]) && t->columns[k].type != QTYPE_TIME)
      return true;
  return false;
}

// "total distance per driver this month": the month of the trips, not of the driver.
static bool of_group_only(const Parser *p, const State *s, int table) {
  bool group = false, counted = false;
  for (uint32_t i = 0; i < s->m.group_count; i++)
    group |= s->m.groups[i].table == table;
  for (uint32_t i = 0; i < s->m.output_count; i++) {
    Item o = s->m.outputs[i];
    if (o.kind == ITEM_COUNT || o.agg)
      counted |= o.table != table && has_date(&p->schema->tables[o.table]);
  }
  return group && counted;
}

// "the label bug": one row is named, so that its name follows.
static bool behind_single(const Parser *p, const Unit *u) {
  uint32_t at = before_joiners(p, u->from); // "labelled both bug and vip"
  Str before = at ? p->words->items[at - 1].lower : STR("");
  if (at < u->from && !str_ends(before, STR("ed")))
    return false;
  return u->value.kind == LITERAL_TEXT && before.len > 3 &&
         str_eq(words_singular(p->arena, before), before);
}

// Nothing but small words stands between the table and the value.
static bool near_end(const Parser *p, const State *s, const Unit *u) {
  return s->last_table_at >= (int)before_joiners(p, u->from) &&
         s->last_table_at <= (int)u->from;
}

// "active rentals": one word before the rows that have such a column.
static bool is_kind(const Unit *u, const Unit *next, Item item) {
  return u->value.kind == LITERAL_TEXT && u->to == u->from + 1 && next &&
         next->hits[0].column < 0 && next->hits[0].table == item.table &&
         next->hits[0].weight >= 0.9f;
}

// Nothing but its place gives the value to the column: an ordinary word may mean
// something else, and "stored this week" speaks of a date that no column is named for.
static bool is_untold(const Parser *p, const State *s, const Unit *u, const Guess *g) {
  const QColumn *c = column_at(p, g->item);
  if (g->verb || g->way || g->kind || g->role)
    return false;
  if (is_moment(u)) {
    uint32_t at = before_moment(p, u->from);
    const Unit *two = at > 1 ? unit_at(p, at - 2, CAT_VERB) : NULL; // "signed up"
    return at && (unit_at(p, at - 1, CAT_VERB) || (two && two->to == at) ||
                  str_ends(p->words->items[at - 1].lower, STR("ed")));
  }
  bool plain = u->cat == CAT_VALUE && u->value.kind == LITERAL_TEXT && !u->quoted &&
               !u->capital && c->type != QTYPE_ENUM;
  return plain && !(s->prep && u->from && unit_at(p, u->from - 1u, CAT_PREP));
}

void guess_value(Parser *p, const State *s, const Unit *u) {
  if (is_span(p, s, u))
    return;
  Guess list[GUESSES];
  uint32_t n = 0;
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  uint8_t place = place_bit(u);
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct, near = near_table(p, s, (int)t, next, &direct);
    if (!near && (u->cat == CAT_NUMBER || !far_table(p, s, (int)t)))
      continue;
    for (uint32_t k = 0; k < p->schema->tables[t].column_count; k++) {
      Guess g = guess_column(p, s, column_item((int)t, (int)k), u, place);
      const QColumn *c = column_at(p, g.item);
      g.elsewhere = !direct;
      g.far = !near;
      g.score = guess_score(&g, c, u);
      // which rows are changed is told, not guessed
      bool change = s->m.kind == MEANS_UPDATE || s->m.kind == MEANS_DELETE;
      bool other = next && next->hits[0].column < 0 && next->hits[0].table != (int)t;
      bool told = has_evidence(&g, u) ||
                  (g.category && direct && s->prep >= PREP_IN + 1 && !other);
      told = told && !(is_moment(u) && is_untold(p, s, u, &g));
      if (may_hold(p, c, &g, u) && !(change && (g.far || !told)))
        add_guess(list, &n, g);
    }
  }
  bool plain = u->cat == CAT_VALUE && !u->quoted && !u->capital;
  bool when = is_moment(u);
  bool told = false;    // "visited in the last week": there is a date of visits
  bool telling = false; // something speaks for one of them
  for (uint32_t i = 0; i < n; i++)
    telling |= (u->capital || u->quoted) && u->value.kind == LITERAL_TEXT &&
               (list[i].place || list[i].kind || list[i].way || list[i].role);
  bool known = false; // "German" is a language, where there is one
  for (uint32_t i = 0; i < n; i++) {
    told |= when && list[i].verb;
    known |= place && (p->tells[list[i].item.table][list[i].item.column] & place) &&
             !list[i].elsewhere;
  }
  for (uint32_t i = 0; i < n && i < (plain ? PLAIN_GUESSES : GUESSES); i++) {
    State x = *s;
    uint8_t mode = x.mode;
    if (known && list[i].category && !list[i].kind && !list[i].verb)
      continue;
    if (telling && !list[i].name && !list[i].category && !has_evidence(&list[i], u))
      continue;
    if (when && !list[i].verb && of_group_only(p, s, list[i].item.table))
      continue;
    state_add(&x, FEATURE_GUESS_FAR, list[i].far);
    state_add(&x, FEATURE_GUESS_CATEGORY, list[i].category);
    if (plain && u->value.kind == LITERAL_TEXT)
      state_add(&x, FEATURE_GUESS_PLAIN, 1);
    if (next && next->hits[0].column < 0)
      state_add(&x, FEATURE_GUESS_BEFORE, 1);
    if (column_at(p, list[i].item)->foreign_key)
      state_add(&x, FEATURE_FOREIGN_KEY_USED, 1);
    state_add(&x, FEATURE_GUESS, 1);
    state_add(&x, FEATURE_GUESS_NAME, list[i].name);
    state_add(&x, FEATURE_GUESS_PLACE, list[i].place);
    state_add(&x, FEATURE_GUESS_FOCUS, list[i].focus);
    state_add(&x, FEATURE_GUESS_KIND, list[i].kind);
    state_add(&x, FEATURE_GUESS_VERB, list[i].verb);
    state_add(&x, FEATURE_GUESS_WAY, list[i].way);
    state_add(&x, FEATURE_DATE_UNSAID, told && !list[i].verb);
    state_add(&x, FEATURE_GUESS_ADJACENT, list[i].adjacent);
    state_add(&x, FEATURE_GUESS_YEAR, list[i].year);
    state_add(&x, FEATURE_GUESS_LONG, list[i].lengthy);
    state_add(&x, FEATURE_GUESS_CODE, list[i].code);
    state_add(&x, FEATURE_GUESS_NO_CODE, list[i].no_code);
    state_add(&x, FEATURE_CATEGORY_CAPITAL, list[i].category && u->capital);
    // who did it or had it done, whatever the case of the letters
    bool whom = plain && list[i].name && (list[i].role || list[i].way) &&
                !(next && next->hits[0].column < 0);
    state_add(&x, FEATURE_GUESS_OBJECT, (float)(list[i].object + 2 * whom));
    // "paid in cash", "by card": of which kind, not who
    state_add(&x, FEATURE_PLAIN_TOLD,
              plain && list[i].category && !list[i].elsewhere && s->prep >= PREP_IN + 1 &&
                  unit_at(p, u->from - 1u, CAT_PREP) && u->value.kind == LITERAL_TEXT);
    state_add(&x, FEATURE_PLAIN_NAMED,
              plain && list[i].name && list[i].focus && near_end(p, s, u) &&
                  behind_single(p, u));
    state_add(&x, FEATURE_PLAIN_KIND,
              plain && list[i].category &&
                  (is_kind(u, next, list[i].item) ||
                   (s->rel && list[i].item.table == s->m.root && u->from && !next &&
                    unit_at(p, u->from - 1u, CAT_BE))));
    state_add(&x, FEATURE_UNTOLD, is_untold(p, s, u, &list[i]));
    state_add(&x, FEATURE_GUESS_CLOSE, list[i].close);
    state_add(&x, FEATURE_YEAR_PLAIN, list[i].plain);
    state_add(&x, FEATURE_COLUMN_ELSEWHERE, list[i].elsewhere);
    value_features(&x, u);
    if (!add_condition(p, &x, list[i].item, op_of_value(u), u->value))
      continue;
    if (mode == MODE_OUTPUTS && !x.m.output_count)
      x.mode = mode; // "Accounting professors"
    x.prep = 0;
    parser_push(p, &x, u->to);
  }
}
