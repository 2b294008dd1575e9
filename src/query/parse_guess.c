// parse_guess.c: values whose column is not named, and the handlers of values.
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
static bool far_table(const Parser *p, const State *s, int t) {
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

static bool near_table(const Parser *p, const State *s, int t, const Unit *next,
                       bool *direct) {
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
      {"citi countri locat state nation region address town district", TELLS_PLACE},
      {"type kind categori genr status class rank role posit job color level major "
       "industri sector languag brand make model method channel plan tier priorit "
       "severiti",
       TELLS_CATEGORY},
      {"countri", TELLS_COUNTRY},
      {"citizenship nation countri languag", TELLS_NATION},
      {"state", TELLS_STATE},
      {"citi", TELLS_CITY},
      {"code abbrevi abbrev symbol isbn iata icao sku zip serial short no num",
       TELLS_CODE},
      {"email mail", TELLS_MAIL},
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

// "assigned" of assignee, "owned" of owner.
static bool says_role(Str in_name, Str said) {
  if (units_word_means(in_name, said))
    return true;
  Str base = said.len < in_name.len ? said : in_name;
  Str longer = said.len < in_name.len ? in_name : said;
  return base.len >= 3 && longer.len <= base.len + 2 && str_starts(longer, base);
}

static bool table_is_called(const Parser *p, int table, Str stem) {
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
              says_role(key->names[n].stems[i], p->words->items[w].stem))
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
  g.verb = said_before(p, u->from, 3, c);
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
  g.object |= g.role;
  g.plain = g.year && is_plain_year(c);
  bool except = s->negate && !s->prep && item.table == s->m.root; // "all but Ann"
  g.adjacent = g.name && g.focus && (s->last_table_at == (int)u->from || except);
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
  bool when = u->value.kind == LITERAL_AGO || u->value.kind == LITERAL_PERIOD ||
              u->value.kind == LITERAL_DATE;
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
  if (worded && !g->name && (p->tells[g->item.table][g->item.column] & TELLS_CODE))
    return false;
  if (c->foreign_key && !g->name && !is_text(c))
    return false;
  bool article = u->from && words_in_list("a an", p->words->items[u->from - 1].lower);
  if (g->far && !g->name &&
      !(article && u->capital && g->category)) // "who drove a Volvo"
    return false;
  int first, last;
  if (article && u->capital && name_parts(p->schema, g->item.table, &first, &last) &&
      (g->item.column == first || g->item.column == last))
    return false; // nobody is called "a Volvo"
  if (u->cat == CAT_NUMBER)
    return g->year;
  return value_fits(c, OP_EQ, u->value) && (u->value.kind != LITERAL_TEXT || is_text(c));
}

static Op op_of_value(const State *s, const Unit *u) {
  (void)s;
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

static void guess(Parser *p, const State *s, const Unit *u) {
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
      if (may_hold(p, c, &g, u) && !(change && (g.far || !has_evidence(&g, u))))
        add_guess(list, &n, g);
    }
  }
  bool plain = u->cat == CAT_VALUE && !u->quoted && !u->capital;
  bool when = u->value.kind == LITERAL_AGO || u->value.kind == LITERAL_PERIOD;
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
    state_add(&x, FEATURE_GUESS_CLOSE, list[i].close);
    state_add(&x, FEATURE_YEAR_PLAIN, list[i].plain);
    state_add(&x, FEATURE_COLUMN_ELSEWHERE, list[i].elsewhere);
    value_features(&x, u);
    if (!add_condition(p, &x, list[i].item, op_of_value(s, u), u->value))
      continue;
    if (mode == MODE_OUTPUTS && !x.m.output_count)
      x.mode = mode; // "Accounting professors"
    x.prep = 0;
    parser_push(p, &x, u->to);
  }
}

// "first name Ann, last name Lee" in one: "named Ann Lee".
static bool split_name(Parser *p, const State *s, const Unit *u, int table, bool direct) {
  Str text = u->value.text;
  size_t blank = str_find_char(text, ' ', 0);
  if (u->value.kind != LITERAL_TEXT || blank == SIZE_MAX ||
      str_find_char(text, ' ', blank + 1) != SIZE_MAX || table < 0)
    return false;
  int first, last;
  if (!name_parts(p->schema, table, &first, &last))
    return false;
  State n = *s;
  Literal a = {.kind = LITERAL_TEXT, .text = str_slice(text, 0, blank)};
  Literal b = {.kind = LITERAL_TEXT, .text = str_slice(text, blank + 1, text.len)};
  if (!add_condition(p, &n, column_item(table, first), OP_EQ, a) ||
      !add_condition(p, &n, column_item(table, last), OP_EQ, b))
    return false;
  state_add(&n, FEATURE_GUESS, 1);
  state_add(&n, FEATURE_GUESS_PARTS, 1);
  state_add(&n, FEATURE_COLUMN_ELSEWHERE, !direct);
  state_add(&n, FEATURE_PARTS_QUOTED, u->quoted);
  state_add(&n, FEATURE_GUESS_FOCUS, table == s->focus);
  state_add(&n, FEATURE_GUESS_ADJACENT,
            table == s->focus && s->last_table_at == (int)u->from);
  value_features(&n, u);
  parser_push(p, &n, u->to);
  return true;
}

static void with_operator(Parser *p, const State *s, const Unit *u, Item left, Op op,
                          Feature f) {
  State n = *s;
  if (!add_condition(p, &n, left, op, u->value))
    return;
  state_add(&n, f, 1);
  value_features(&n, u);
  parser_push(p, &n, u->to);
}

int text_column(const Parser *p, int table) {
  const QTable *t = &p->schema->tables[table];
  int only = -1, texts = 0;
  if (t->name_column >= 0)
    return t->name_column;
  for (uint32_t k = 0; k < t->column_count; k++)
    if (t->columns[k].type == QTYPE_STRING && !t->columns[k].foreign_key &&
        !t->columns[k].primary_key) {
      only = (int)k;
      texts++;
    }
  return texts == 1 ? only : -1;
}

// "red grapes", "the rock genre": the value stands before what it is a value of.
static void value_before(Parser *p, const State *s, const Unit *u) {
  const Unit *name = unit_at(p, u->to, CAT_NAME), *or_ = unit_at(p, u->to, CAT_OR);
  const Unit *other = or_ ? value_behind(p, or_->to) : NULL;
  if (other && !name && other->value.kind == LITERAL_TEXT)
    name = unit_at(p, other->to, CAT_NAME); // "banking or retailing industry"
  else
    other = NULL;
  if (u->value.kind != LITERAL_TEXT)
    return;
  bool change = s->m.kind == MEANS_UPDATE || s->m.kind == MEANS_DELETE;
  for (uint32_t i = 0; name && i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (change && h->column < 0 && !u->quoted && !u->capital)
      continue; // "delete duplicate customers": none is called so
    int column = h->column >= 0 ? h->column : text_column(p, h->table);
    if (column < 0 || !is_text(qschema_column(p->schema, h->table, column)))
      continue;
    State n = *s;
    if (h->column >= 0)
      name_hit(p, &n, name, h);
    uint8_t mode = n.mode;
    if (!add_condition(p, &n, column_item(h->table, column), OP_EQ, u->value))
      continue;
    state_add(&n, FEATURE_VALUE_BEFORE, 1);
    value_features(&n, u);
    if (other) {
      n.or_next = true;
      if (!add_condition(p, &n, column_item(h->table, column), OP_EQ, other->value))
        continue;
      value_features(&n, other);
    }
    n.mode = mode == MODE_OUTPUTS ? mode : n.mode;
    parser_push(p, &n, h->column >= 0 ? name->to : other ? other->to : u->to);
  }
}

// "have 'a' in their names".
static void value_within(Parser *p, const State *s, const Unit *u) {
  const Unit *in = unit_at(p, u->to, CAT_PREP);
  const Unit *own = in && in->argument == PREP_IN ? unit_at(p, in->to, CAT_FILL) : NULL;
  bool given = in && in->argument == PREP_IN && u->value.kind == LITERAL_GIVEN;
  const Unit *name = own     ? unit_at(p, own->to, CAT_NAME)
                     : given ? unit_at(p, in->to, CAT_NAME)
                             : NULL;
  if (!name || (u->value.kind != LITERAL_TEXT && !given) || s->mode == MODE_ORDER)
    return;
  for (uint32_t i = 0; i < name->hit_count && i < 4; i++) {
    const Hit *h = &name->hits[i];
    if (h->column < 0 || !is_text(qschema_column(p->schema, h->table, h->column)))
      continue;
    State n = *s;
    name_hit(p, &n, name, h);
    Condition c = {.left = column_item(h->table, h->column),
                   .op = OP_LIKE,
                   .like = LIKE_CONTAINS,
                   .value = u->value};
    if (!put_condition(p, &n, c))
      continue;
    state_add(&n, FEATURE_COMPARED, 1);
    value_features(&n, u);
    parser_push(p, &n, name->to);
  }
}

// "whose owner is an admin": a key waits, and the text is a value of the row it leads to.
static bool value_of_parent(Parser *p, const State *s, const Unit *u) {
  const QColumn *key = column_at(p, s->pending);
  for (size_t i = 0; i < u->value.text.len; i++)
    if (u->value.text.ptr[i] >= '0' && u->value.text.ptr[i] <= '9')
      return false; // a date or a code
  if (!key || !key->foreign_key || is_text(key) || key->ref_table < 0 ||
      s->pending.kind != ITEM_COLUMN || u->value.kind != LITERAL_TEXT)
    return false;
  const QTable *t = &p->schema->tables[key->ref_table];
  int edge = -1;
  for (uint32_t e = 0; e < p->schema->edge_count; e++) {
    const QEdge *x = &p->schema->edges[e];
    if ((x->a == s->pending.table && x->column_a == s->pending.column) ||
        (x->b == s->pending.table && x->column_b == s->pending.column))
      edge = (int)e;
  }
  bool role = false; // "patients" of patient_id are the patients themselves
  for (uint32_t n = 0; n < key->name_count; n++)
    for (uint32_t i = 0; i < key->names[n].count; i++)
      role |= !str_is(key->names[n].stems[i], "id") &&
              !table_is_called(p, key->ref_table, key->names[n].stems[i]);
  if (edge < 0 || key->ref_table == s->pending.table || !role)
    return false;
  bool plain = !u->quoted && !u->capital;
  bool kinds =
      plain && u->from && words_in_list("a an", p->words->items[u->from - 1].lower);
  for (uint32_t k = 0; k < t->column_count; k++) {
    bool name = (int)k == t->name_column && !kinds; // "is an admin" is no name
    bool kind = plain && (p->tells[key->ref_table][k] & TELLS_CATEGORY);
    if ((!name && !kind) || !is_text(&t->columns[k]))
      continue;
    State n = *s;
    if (n.m.role_count < MAX_ROLES)
      n.m.roles[n.m.role_count++] = (int16_t)edge;
    n.pending = (Item){0};
    state_add(&n, FEATURE_GUESS_OBJECT, 1);
    if (plain && name)
      state_add(&n, FEATURE_GUESS_PLAIN, 1);
    with_operator(p, &n, u, column_item(key->ref_table, (int)k), OP_EQ,
                  FEATURE_EQUAL_VALUE);
  }
  return true;
}

void on_value(Parser *p, const State *s, const Unit *u) {
  bool sure = u->quoted || u->capital || u->value.kind != LITERAL_TEXT;
  if (s->label && label_value(p, s, u))
    return;
  if (s->pending.kind) {
    if (!value_of_parent(p, s, u))
      with_operator(p, s, u, s->pending, op_of_value(s, u), FEATURE_EQUAL_VALUE);
    return;
  }
  if (u->value.kind == LITERAL_GIVEN) { // "a term in the title"
    value_within(p, s, u);
    return;
  }
  bool another = s->mode == MODE_CONDITIONS || s->or_next; // "by Bob or Zoe"
  if (s->after_and && s->m.condition_count && s->last.kind == ITEM_COLUMN && another) {
    const Condition *before = &s->m.conditions[s->m.condition_count - 1];
    if (before->value.kind == u->value.kind && before->side == SIDE_VALUE) {
      State n = *s;
      Condition c = *before;
      c.value = u->value;
      n.scope = before->scope;
      if (put_condition(p, &n, c)) {
        n.m.conditions[n.m.condition_count - 1].op = before->op;
        state_add(&n, FEATURE_EQUAL_VALUE, 1);
        value_features(&n, u);
        parser_push(p, &n, u->to);
        if (str_is(p->words->items[u->from - 1u].lower, "nor"))
          return; // of the same column
      }
    }
  }
  const Condition *one =
      s->m.condition_count ? &s->m.conditions[s->m.condition_count - 1] : NULL;
  if (s->negate && one && one->value.kind == u->value.kind && one->op == OP_EQ &&
      one->side == SIDE_VALUE && !one->scope && u->from &&
      !unit_at(p, u->from, CAT_NAME)) // "booked Yoga but not Boxing"
    with_operator(p, s, u, one->left, OP_EQ, FEATURE_EQUAL_VALUE);
  value_before(p, s, u);
  value_within(p, s, u);
  if (!sure) {
    if (u->weight >= 0.25f)
      guess(p, s, u);
    return;
  }
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct;
    if (near_table(p, s, (int)t, NULL, &direct) || far_table(p, s, (int)t))
      split_name(p, s, u, (int)t, direct);
  }
  guess(p, s, u);
}

void on_number(Parser *p, const State *s, const Unit *u) {
  const Unit *tail = unit_at(p, u->to, CAT_TAIL);
  Op op = tail ? (Op)tail->argument : OP_EQ;
  uint32_t to = tail ? tail->to : u->to;
  Unit v = *u;
  v.to = (uint8_t)to;
  if (s->pending.kind) {
    with_operator(p, s, &v, s->pending, op, FEATURE_EQUAL_NUMBER);
    return;
  }
  if (s->after_and && s->m.condition_count && s->mode == MODE_CONDITIONS) {
    const Condition *before = &s->m.conditions[s->m.condition_count - 1];
    if (before->value.kind == LITERAL_NUMBER && before->op == OP_EQ)
      with_operator(p, s, &v, before->left, OP_EQ, FEATURE_EQUAL_NUMBER);
  }
  const Unit *measure = unit_at(p, to, CAT_MEASURE);
  if (measure) {
    Unit told = {.argument = (int16_t)op, .hint = measure->hint};
    v.to = measure->to;
    compare_hinted(p, s, &told, &v);
    v.to = (uint8_t)to;
  }
  if (!u->value.spelled && u->value.number >= 1000 && u->value.number <= 2100)
    guess(p, s, u);
  if (s->mode == MODE_CONDITIONS || tail) {
    State n = *s;
    n.waiting = true;
    n.wait_op = (uint8_t)op;
    n.wait_value = u->value;
    parser_push(p, &n, to);
  }
  bool ranked = unit_at(p, u->to, CAT_MOST) || unit_at(p, u->to, CAT_SUPER) ||
                unit_at(p, u->to, CAT_OFTEN) || unit_at(p, u->to, CAT_COMMON);
  if ((s->mode == MODE_OUTPUTS || ranked) && u->value.number >= 1 &&
      u->value.number <= 1000) {
    State n = *s;
    n.top = (int16_t)u->value.number;
    parser_push(p, &n, u->to);
  }
  if (s->last_table_at == (int)u->from && s->focus >= 0) {
    int key = p->schema->tables[s->focus].key_column;
    if (key >= 0 && is_number(qschema_column(p->schema, s->focus, key)))
      with_operator(p, s, &v, column_item(s->focus, key), op, FEATURE_GUESS_KEY);
  }
}

void on_named(Parser *p, const State *s, const Unit *u) {
  uint32_t at = skip_fillers(p, u->to);
  const Unit *v = value_behind(p, at);
  int table = s->focus;
  if (!v || table < 0)
    return;
  split_name(p, s, v, table, true);
  const QTable *t = &p->schema->tables[table];
  for (uint32_t k = 0; k < t->column_count; k++) {
    uint32_t rank;
    bool turned;
    if (!is_text(&t->columns[k]) || t->columns[k].foreign_key ||
        ((int)k != t->name_column &&
         !units_hint_fits(u->hint, &t->columns[k], &rank, &turned)))
      continue;
    State n = *s;
    if ((int)k == t->name_column)
      state_add(&n, FEATURE_GUESS_NAME, 1);
    else if (t->name_column >= 0)
      state_add(&n, FEATURE_NAMED_OTHER, 1);
    Unit text = *v;
    text.value.kind = LITERAL_TEXT;
    with_operator(p, &n, &text, column_item(table, (int)k), OP_EQ, FEATURE_EQUAL_VALUE);
  }
}

// A name of the table that stands a few words on, behind "and", "but no" and the like.
static const Unit *name_further(const Parser *p, uint32_t at, int table) {
  if (!unit_at(p, at, CAT_AND) && !unit_at(p, at, CAT_OR) && !unit_at(p, at, CAT_EXCEPT))
    return NULL;
  for (uint32_t i = at + 1; i < at + 6 && i < p->words->count; i++) {
    const Unit *name = unit_at(p, i, CAT_NAME);
    if (name && name->hits[0].column < 0 && name->hits[0].table == table)
      return name;
  }
  return NULL;
}

// "paid orders", "whose status is paid", "inactive users".
void on_member(Parser *p, const State *s, const Unit *u) {
  int table = u->hits[0].table, column = u->hits[0].column;
  bool flag = u->value.kind == LITERAL_BOOLEAN, direct;
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  Item left = column_item(table, column);
  if (s->pending.kind && !item_eq(s->pending, left))
    return;
  if (!next) // "with paid but no cancelled orders"
    next = name_further(p, u->to, table);
  if (!near_table(p, s, table, next, &direct))
    return;
  State n = *s;
  uint8_t mode = n.mode;
  if (flag && u->value.number == 0)
    state_add(&n, FEATURE_NEGATED, 1);
  if (!put_condition(p, &n,
                     (Condition){.left = left,
                                 .op = flag ? OP_TRUE : OP_EQ,
                                 .negated = flag && u->value.number == 0,
                                 .value = u->value}))
    return;
  state_add(&n, FEATURE_MEMBER, 1);
  state_add(&n, direct ? FEATURE_COLUMN_MENTIONED : FEATURE_COLUMN_ELSEWHERE, 1);
  if (mode == MODE_OUTPUTS && !s->pending.kind)
    n.mode = mode;
  if (u->argument == 1 && !s->pending.kind && (!next || next->hits[0].column >= 0)) {
    table_meant(p, &n, u, table); // "deposits": the rows themselves
    return;
  }
  parser_push(p, &n, u->to);
}

void on_sex(Parser *p, const State *s, const Unit *u) {
  const Unit *next = unit_at(p, u->to, CAT_NAME);
  for (uint32_t t = 0; t < p->schema->table_count; t++) {
    bool direct;
    if (!near_table(p, s, (int)t, next, &direct))
      continue;
    for (uint32_t k = 0; k < p->schema->tables[t].column_count; k++) {
      const QColumn *c = &p->schema->tables[t].columns[k];
      uint32_t rank;
      bool turned;
      if (!is_text(c) || !units_hint_fits(u->hint, c, &rank, &turned))
        continue;
      State n = *s;
      Literal v = {.kind = LITERAL_SEX, .number = u->argument};
      uint8_t mode = n.mode;
      if (!add_condition(p, &n, column_item((int)t, (int)k), OP_EQ, v))
        continue;
      state_add(&n, FEATURE_HINTED, 1);
      state_add(&n, direct ? FEATURE_COLUMN_FOCUS : FEATURE_COLUMN_ELSEWHERE, 1);
      if (mode == MODE_OUTPUTS)
        n.mode = mode;
      parser_push(p, &n, u->to);
    }
  }
}
