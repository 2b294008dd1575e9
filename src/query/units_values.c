// units_values.c: values: moments told from now, members of enumerations, flags, names
// with capitals, words that may be values.
#include "query/units_internal.h"

static bool is_time_unit(Str stem) {
  static const char *const units[] = {"minut", "hour", "day", "week", "month", "year"};
  for (size_t i = 0; i < ARRAY_LEN(units); i++)
    if (str_is(stem, units[i]))
      return true;
  return false;
}

static Str unit_name(Str stem) {
  return str_is(stem, "minut") ? STR("minute") : stem;
}

// "next 30 days", "coming week": as much before now as is less than nothing.
void units_add_ahead(Builder *b, uint32_t at) {
  const Words *w = b->words;
  uint32_t i = at + 1;
  if (!words_in_list("next coming following upcoming", w->items[at].lower))
    return;
  Literal v = {.kind = LITERAL_AGO, .number = -1};
  if (i < w->count && w->items[i].kind == WORD_NUMBER)
    v.number = -w->items[i++].number;
  if (i >= w->count || w->items[i].kind != WORD_PLAIN || !is_time_unit(w->items[i].stem))
    return;
  v.text = unit_name(w->items[i].stem);
  units_add(b, (Unit){.cat = CAT_VALUE,
                      .from = (uint8_t)at,
                      .to = (uint8_t)(i + 1),
                      .value = v,
                      .weight = 1});
}

// "last 30 days", "past week", "30 days ago", "90 days", "yesterday", "today".
void units_add_ago(Builder *b, uint32_t at) {
  const Words *w = b->words;
  uint32_t i = at;
  bool last = str_is(w->items[i].lower, "last") || str_is(w->items[i].lower, "past") ||
              str_is(w->items[i].lower, "previous");
  Literal v = {.kind = LITERAL_AGO, .number = 1, .text = STR("day")};
  if (str_is(w->items[at].lower, "yesterday") || str_is(w->items[at].lower, "today")) {
    if (!at ||
        !words_in_list("since before after until by than from", w->items[at - 1].lower))
      return; // the whole day
    v.number = str_is(w->items[at].lower, "yesterday");
    units_add(b, (Unit){.cat = CAT_VALUE,
                        .from = (uint8_t)at,
                        .to = (uint8_t)(at + 1),
                        .value = v,
                        .weight = 1});
    return;
  }
  bool within = !last && at && // "the last 7 days": one value, with its "last"
                words_in_list("last past previous", w->items[at - 1].lower);
  if (within)
    return;
  i += last;
  bool number = i < w->count && w->items[i].kind == WORD_NUMBER;
  bool one = !last && i + 1 < w->count && words_in_list("a an one", w->items[i].lower) &&
             ((i + 2 < w->count && words_in_list("ago old", w->items[i + 2].lower)) ||
              (i && words_in_list("than", w->items[i - 1].lower))); // "a week ago"
  if (number)
    v.number = w->items[i++].number;
  else if (one) {
    number = true;
    i++;
  }
  if ((!last && !number) || i >= w->count || w->items[i].kind != WORD_PLAIN ||
      !is_time_unit(w->items[i].stem))
    return;
  v.text = unit_name(w->items[i].stem);
  i++;
  bool ago = i < w->count &&
             (str_is(w->items[i].lower, "ago") || str_is(w->items[i].lower, "old"));
  i += ago;
  units_add(b, (Unit){.cat = CAT_VALUE,
                      .from = (uint8_t)at,
                      .to = (uint8_t)i,
                      .value = v,
                      .weight = last || ago ? 1 : 0.5f});
}

static Str lower_of(Arena *arena, Str text) {
  Str out = str_copy(arena, text);
  char *p = (char *)out.ptr;
  for (size_t i = 0; i < out.len; i++)
    if (p[i] >= 'A' && p[i] <= 'Z')
      p[i] = (char)(p[i] + 32);
  return out;
}

// The words of a member of an enumeration stand at `at`; gives where they end, 0: no.
// "deposits" and "close" say the members deposit and closed too; `plural` of the first.
static uint32_t member_end(const Builder *b, Str member, uint32_t at, bool *plural) {
  const Words *w = b->words;
  Str text = w->items[at].kind == WORD_QUOTED ? w->items[at].value : w->items[at].lower;
  *plural = false;
  if (str_eq_nocase(member, text))
    return at + 1;
  if (w->items[at].kind != WORD_PLAIN)
    return 0;
  Str rest = member, part;
  char by = str_find_char(member, '_', 0) != SIZE_MAX ? '_' : ' ';
  uint32_t to = at;
  while (str_next_part(&rest, by, &part)) {
    Str word = to < w->count ? w->items[to].lower : STR("");
    bool last = !rest.len, verb = str_ends(part, STR("ed")) && word.len >= 4 &&
                                  !str_ends(word, STR("ed")) &&
                                  !str_ends(word, STR("ing"));
    *plural = last && !str_eq_nocase(part, word);
    if (*plural && !str_eq_nocase(part, words_singular(b->arena, word)) &&
        !(verb &&
          str_eq(words_stem(b->arena, lower_of(b->arena, part)), w->items[to].stem)))
      return 0;
    if (!last && !str_eq_nocase(part, word))
      return 0;
    to++;
  }
  if (to == at)
    return 0; // the member "", which no word says
  *plural = *plural && str_ends(w->items[to - 1].lower, STR("s"));
  return to;
}

static bool is_particle(Str stem) {
  return words_in_list("off out up in on", stem);
}

// What the word says of a flag: 1 that it is set, 0 that it is not, -1 nothing.
static int flag_said(const Builder *b, const QName *n, const Word *w) {
  uint32_t last = n->count - 1;
  while (last && is_particle(n->stems[last]))
    last--;
  Str stem = n->stems[last];
  bool negative = w->lower.len > 5 &&
                  (str_starts(w->lower, STR("in")) || str_starts(w->lower, STR("un")));
  Str other =
      negative ? words_stem(b->arena, str_slice(w->lower, 2, w->lower.len)) : STR("");
  if (str_eq(stem, w->stem))
    return 1;
  return (other.len && str_eq(stem, other)) || units_are_opposites(stem, w->stem) ? 0
                                                                                  : -1;
}

// "paid" of an enumeration, "active" and "inactive" of a boolean column.
void units_add_members(Builder *b, uint32_t at) {
  const Word *w = &b->words->items[at];
  if (w->kind != WORD_PLAIN && w->kind != WORD_QUOTED)
    return;
  for (uint32_t t = 0; t < b->schema->table_count; t++)
    for (uint32_t k = 0; k < b->schema->tables[t].column_count; k++) {
      const QColumn *c = &b->schema->tables[t].columns[k];
      Hit *hit = arena_new(b->arena, Hit);
      *hit = (Hit){(int16_t)t, (int16_t)k, 1};
      Unit u = {.cat = CAT_MEMBER,
                .from = (uint8_t)at,
                .to = (uint8_t)(at + 1),
                .hits = hit,
                .hit_count = 1,
                .weight = 1};
      for (uint32_t i = 0; c->type == QTYPE_ENUM && i < c->member_count; i++) {
        bool plural;
        uint32_t to = member_end(b, c->members[i], at, &plural);
        if (!to)
          continue;
        u.to = (uint8_t)to;
        u.argument = plural;
        u.value = (Literal){.kind = LITERAL_TEXT, .text = c->members[i]};
        units_add(b, u);
      }
      for (uint32_t n = 0;
           c->type == QTYPE_BOOLEAN && w->kind == WORD_PLAIN && n < c->name_count; n++) {
        int set = flag_said(b, &c->names[n], w);
        if (set < 0)
          continue;
        u.to = (uint8_t)(at + 1);
        u.argument = 0;
        u.value = (Literal){.kind = LITERAL_BOOLEAN, .number = set};
        units_add(b, u);
        break;
      }
    }
}

// "order", "list", "count" at the beginning ask for rows.
static bool is_order_word(const Builder *b, uint32_t at) {
  for (uint32_t i = b->out->first[at]; i < b->out->count; i++) {
    uint8_t cat = b->out->items[i].cat;
    if (cat == CAT_SET && b->out->items[i].argument == 'o')
      continue; // "cancel", "archive": by what the models have
    if (b->out->items[i].to == at + 1 && cat != CAT_NAME && cat != CAT_VERB &&
        cat != CAT_MEMBER && cat != CAT_VALUE)
      return true;
  }
  return false;
}

// "cancel all orders", "archive the posts": a verb at the beginning that is a member of
// an enumeration or a boolean column, with what is changed behind "all" or an article;
// "open tickets" are tickets.
void units_add_imperative(Builder *b, uint32_t at) {
  const Word *w = &b->words->items[at];
  uint32_t next = at + 1;
  if (at > 1 || (at == 1 && !str_is(b->words->items[0].lower, "please")) ||
      w->kind != WORD_PLAIN || is_order_word(b, at) || w->lower.len < 4 ||
      next >= b->words->count ||
      !words_in_list("all the every each any", b->words->items[next].lower))
    return;
  for (uint32_t t = 0; t < b->schema->table_count; t++)
    for (uint32_t k = 0; k < b->schema->tables[t].column_count; k++) {
      const QColumn *c = &b->schema->tables[t].columns[k];
      Literal value = {0};
      for (uint32_t i = 0; c->type == QTYPE_ENUM && i < c->member_count; i++) {
        Str lower = lower_of(b->arena, c->members[i]);
        if (!str_eq(lower, w->lower) && str_eq(words_stem(b->arena, lower), w->stem))
          value = (Literal){.kind = LITERAL_TEXT, .text = c->members[i]};
      }
      const QName *n = &c->names[0];
      if (c->type == QTYPE_BOOLEAN && c->name_count && n->count &&
          str_eq(n->stems[n->count - 1], w->stem) && str_ends(c->attr, STR("ed")))
        value = (Literal){.kind = LITERAL_BOOLEAN, .number = 1};
      if (!value.kind)
        continue;
      Hit *hit = arena_new(b->arena, Hit);
      *hit = (Hit){(int16_t)t, (int16_t)k, 1};
      units_add(b, (Unit){.cat = CAT_SET,
                          .from = (uint8_t)at,
                          .to = (uint8_t)(at + 1),
                          .argument = 'e',
                          .hits = hit,
                          .hit_count = 1,
                          .value = value,
                          .weight = 1});
    }
}

static bool starts_value(const Builder *b, uint32_t i) {
  const Word *w = &b->words->items[i];
  return w->kind == WORD_PLAIN && w->capital && !w->glued;
}

// "San Francisco State University", "Department of Defense".
static uint32_t capital_run(const Builder *b, uint32_t at) {
  uint32_t i = at, end = at;
  const Words *w = b->words;
  while (i < w->count) {
    if (starts_value(b, i) ||
        (i > at && (w->items[i].kind == WORD_CODE ||
                    (w->items[i].kind == WORD_NUMBER && !w->items[i].spelled &&
                     w->items[i].number < 1000)))) {
      end = ++i;
    } else if (i > at && i + 1 < w->count && starts_value(b, i + 1) &&
               (str_is(w->items[i].lower, "of") || str_is(w->items[i].lower, "the") ||
                str_is(w->items[i].lower, "'s") || str_is(w->items[i].lower, "&"))) {
      i++;
    } else {
      break;
    }
  }
  return end;
}

// "Gone with the Wind", "Lord of the Rings": small words between capitals too.
static uint32_t title_run(const Builder *b, uint32_t at) {
  const Words *w = b->words;
  uint32_t end = at;
  for (uint32_t i = at; i < w->count && i < at + 10; i++) {
    if (starts_value(b, i))
      end = i + 1;
    else if (!words_in_list("of the a an and in on with to for from by at 's & , is as",
                            w->items[i].lower))
      break;
  }
  return end;
}

static Str span_text(const Builder *b, uint32_t from, uint32_t to) {
  return str_slice(b->words->text, b->words->items[from].start,
                   b->words->items[to - 1].end);
}

// "whose positions are defenders or keepers": said of several rows, so that each is one.
static bool is_of_several(const Words *w, uint32_t at) {
  while (at >= 2 && words_in_list("or and nor ,", w->items[at - 1].lower))
    at -= 2;
  while (at && words_in_list("not either both", w->items[at - 1].lower))
    at--;
  return at && words_in_list("are were be", w->items[at - 1].lower);
}

static void add_value(Builder *b, uint32_t from, uint32_t to, float weight,
                      bool capital) {
  Literal v = {
      .kind = LITERAL_TEXT, .text = span_text(b, from, to), .any_case = !capital};
  if (!capital && to == from + 1 && is_of_several(b->words, from))
    v.text = words_singular(b->arena, v.text);
  units_add(b, (Unit){.cat = CAT_VALUE,
                      .from = (uint8_t)from,
                      .to = (uint8_t)to,
                      .value = v,
                      .weight = weight,
                      .capital = capital});
}

// "the division AS": a code among words that are written small.
static bool is_shouted(const Word *w) {
  for (size_t i = 0; i < w->text.len; i++)
    if (w->text.ptr[i] < 'A' || w->text.ptr[i] > 'Z')
      return false;
  return w->text.len > 1 && !w->first;
}

void units_add_values(Builder *b, uint32_t at) {
  const Word *w = &b->words->items[at];
  Unit u = {.from = (uint8_t)at, .to = (uint8_t)(at + 1), .weight = 1};
  if (w->kind == WORD_NUMBER) {
    u.cat = CAT_NUMBER;
    u.value = (Literal){.kind = LITERAL_NUMBER,
                        .number = w->number,
                        .text = w->text,
                        .spelled = w->spelled,
                        .percent = w->percent};
    units_add(b, u);
  } else if (w->kind == WORD_QUOTED || w->kind == WORD_CODE || w->kind == WORD_DATE) {
    u.cat = CAT_VALUE;
    u.quoted = true;
    u.value = (Literal){.kind = w->kind == WORD_DATE ? LITERAL_DATE : LITERAL_TEXT,
                        .text = w->value};
    units_add(b, u);
  } else if (w->kind == WORD_PLAIN && !w->glued && starts_value(b, at)) {
    uint32_t end = capital_run(b, at);
    bool known = b->named[at] || (b->function[at] && !is_shouted(w));
    if (!w->first || !known)
      add_value(b, at, end, known && end == at + 1 ? 0.45f : 0.9f, true);
    if (end > at + 1 && b->named[end - 1] && (!w->first || !known)) // "Panama Flags"
      add_value(b, at, end - 1, 0.7f, true);
    uint32_t title = title_run(b, at);
    if (title > end && (!w->first || !known))
      add_value(b, at, title, 0.6f, true);
    if (end > at + 1 && at == 0 && known && b->words->items[1].kind == WORD_PLAIN)
      add_value(b, at, end, 0.4f, true);
  } else if (w->kind == WORD_PLAIN && !w->glued && !b->function[at]) {
    add_value(b, at, at + 1, b->named[at] ? 0.1f : 0.3f, false);
    if (at + 1 < b->words->count && b->words->items[at + 1].kind == WORD_PLAIN &&
        !b->function[at + 1] && !b->words->items[at + 1].capital)
      add_value(b, at, at + 2, b->named[at] || b->named[at + 1] ? 0.08f : 0.25f, false);
  }
}
