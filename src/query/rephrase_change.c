// rephrase_change.c: rows of patterns, tried in order; the first that fits is taken.
#include "query/rephrase_change.h"

#include "base/regex.h"
#include "query/words.h"

#define AMOUNT "(\\d+(?:\\.\\d+)?(?:\\s*%)?|one|two|three|five|ten)"
#define EXTRA "(?:extra|more|additional|bonus|further|higher|bigger)"

// The column is the group that must name a number column of the models.
static const struct {
  const char *pattern, *by;
  int column;
} rows[] = {
    {"^(?:add|give)\\s+" AMOUNT "\\s+(?:more\\s+)?to\\s+(.+)$", "increase $2 by $1", 2},
    {"^(?:add|give|grant|award|credit)\\s+(?:an?\\s+)?(?:" EXTRA "\\s+)?" AMOUNT
     "\\s+(?:" EXTRA "\\s+)?(\\w+(?:\\s+\\w+)?)\\s+to\\s+(.+)$",
     "increase $2 of $3 by $1", 2},
    {"^(?:give|grant|award|credit)\\s+(?!me\\b|us\\b)(.+?)\\s+(?:an?\\s+)?(?:" EXTRA
     "\\s+)?" AMOUNT "\\s+(?:" EXTRA "\\s+)?(\\w+(?:\\s+\\w+)?)$",
     "increase $3 of $1 by $2", 3},
    {"^(?:subtract|deduct|take|remove|withdraw)\\s+" AMOUNT
     "\\s+(?:away\\s+)?(?:from|off)\\s+(.+)$",
     "decrease $2 by $1", 2},
    {"^(?:subtract|deduct|take|remove|withdraw)\\s+" AMOUNT
     "\\s+(\\w+(?:\\s+\\w+)?)\\s+(?:away\\s+)?(?:from|off)\\s+(.+)$",
     "decrease $2 of $3 by $1", 2},
    {"^(increment|decrement)\\s+((?:(?!\\bby\\b|\\bto\\b).)+)$", "$1 $2 by 1", 2},
    {"^double\\s+(.+)$", "increase $1 by 100%", 1},
    {"^triple\\s+(.+)$", "increase $1 by 200%", 1},
    {"^(?:halve|half)\\s+(.+)$", "decrease $1 by 50%", 1},
    {"^make\\s+(.+?)\\s+(\\d+(?:\\.\\d+)?\\s*%)\\s+(?:higher|bigger|greater|larger|more"
     "\\s+expensive)$",
     "increase $1 by $2", 1},
    {"^make\\s+(.+?)\\s+(\\d+(?:\\.\\d+)?\\s*%)\\s+(?:lower|smaller|less|cheaper)$",
     "decrease $1 by $2", 1},
};

// "write a function that increases ..." → "increase ..."
static Str bare_order(Str text, Arena *arena) {
  Regex *lead = regex_new(STR(
      "(?i)^(?:please\\s+)?(?:(?:write|create|make|give)\\s+(?:me\\s+)?)?(?:an?|the|one)"
      "\\s+(?:async\\s+)?(?:function|helper|query|statement|method|update)\\s+"
      "(?:that|which|to)\\s+(?:(increase|raise|bump|boost|decrease|reduce|lower|cut|"
      "increment|decrement|add|subtract|deduct|double|triple|halve)s?)\\s+"));
  RegexMatch match;
  if (regex_find(lead, text, 0, &match))
    text =
        str_format(arena, "%.*s %.*s", STR_ARG(match.groups[1]),
                   (int)(text.len - match.groups[0].len), text.ptr + match.groups[0].len);
  regex_free(lead);
  return text;
}

static bool column_has(const QColumn *c, Str stem) {
  bool number = c->type == QTYPE_INTEGER || c->type == QTYPE_FLOAT;
  for (uint32_t i = 0; number && !c->foreign_key && !c->primary_key && i < c->name_count;
       i++)
    for (uint32_t k = 0; k < c->names[i].count; k++)
      if (str_eq(c->names[i].stems[k], stem))
        return true;
  return false;
}

// A number column one of whose words has this stem; NULL: none.
static const QColumn *number_column(const QSchema *s, Str stem) {
  for (uint32_t t = 0; t < s->table_count; t++)
    for (uint32_t c = 0; c < s->tables[t].column_count; c++)
      if (column_has(&s->tables[t].columns[c], stem))
        return &s->tables[t].columns[c];
  return NULL;
}

static bool names_number(Str text, const QSchema *s, Arena *arena) {
  Words w = words_read(arena, text);
  for (uint32_t i = 0; !w.cut && i < w.count; i++)
    if (w.items[i].kind == WORD_PLAIN && number_column(s, w.items[i].stem))
      return true;
  return false;
}

static Str put_groups(Arena *arena, const char *by, const RegexMatch *match) {
  Buf out = {0};
  for (const char *p = by; *p; p++)
    if (*p == '$')
      buf_add_str(&out, match->groups[*++p - '0']);
    else
      buf_add_char(&out, *p);
  Str s = str_copy(arena, buf_str(&out));
  buf_free(&out);
  return s;
}

// "the play count", "the number of plays" of a column that is called plays.
static Str counts(Str text, const QSchema *s, Arena *arena) {
  Words w = words_read(arena, text);
  for (uint32_t i = 1; !w.cut && i + 1 < w.count; i++) {
    bool behind = words_in_list("count counter", w.items[i + 1].lower);
    bool before = i >= 2 && str_is(w.items[i - 1].lower, "of") &&
                  str_is(w.items[i - 2].lower, "number");
    const QColumn *c = number_column(s, w.items[i].stem);
    if ((!behind && !before) || !c || column_has(c, w.items[behind ? i + 1 : i - 2].stem))
      continue;
    size_t from = w.items[before ? i - 2 : i].start, to = w.items[i + behind].end;
    return str_format(arena, "%.*s%.*s%.*s", (int)from, text.ptr, STR_ARG(c->attr),
                      (int)(text.len - to), text.ptr + to);
  }
  return text;
}

static int table_called(const QSchema *s, Str word, Arena *arena) {
  Words w = words_read(arena, word);
  Str lower = w.count ? w.items[0].stem : word;
  for (uint32_t t = 0; t < s->table_count; t++)
    for (uint32_t n = 0; n < s->tables[t].name_count; n++)
      if (s->tables[t].names[n].count == 1 &&
          str_eq(s->tables[t].names[n].stems[0], lower))
        return (int)t;
  return -1;
}

// "move all electric cars from station 1 to station 3": the key of what they belong to;
// what else is said of the rows stays. The text itself where no key says that.
static Str moves(Str text, const QSchema *s, Arena *arena) {
  Regex *move = regex_new(STR(
      "(?i)^(?:move|transfer|reassign|shift)\\s+(?:(?:all|every|the|of)\\s+)*"
      "((?:\\w+\\s+)?)(\\w+)\\s+(?:from|of|in)\\s+(?:the\\s+)?(\\w+)\\s+(\\d+)\\s+to\\s+"
      "(?:the\\s+)?(?:\\3\\s+)?(\\d+)$"));
  RegexMatch m;
  bool fits = regex_find(move, text, 0, &m);
  int child = fits ? table_called(s, m.groups[2], arena) : -1;
  int parent = fits ? table_called(s, m.groups[3], arena) : -1;
  for (uint32_t k = 0; child >= 0 && k < s->tables[child].column_count; k++) {
    const QColumn *c = &s->tables[child].columns[k];
    if (parent >= 0 && c->foreign_key && c->ref_table == parent) {
      text = str_format(arena, "set %.*s to %.*s for all %.*s%.*s whose %.*s is %.*s",
                        STR_ARG(c->attr), STR_ARG(m.groups[5]), STR_ARG(m.groups[1]),
                        STR_ARG(m.groups[2]), STR_ARG(c->attr), STR_ARG(m.groups[4]));
      break;
    }
  }
  regex_free(move);
  return text;
}

static Str without_end(Str text) {
  while (text.len && strchr(".! ", text.ptr[text.len - 1]))
    text.len--;
  return text;
}

Str rephrase_change(Str text, const QSchema *schema, Arena *arena) {
  text = bare_order(text, arena);
  Str bare = without_end(text);
  Str moved = moves(bare, schema, arena);
  if (moved.ptr != bare.ptr)
    return moved;
  for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
    Regex *row = regex_new(str_format(arena, "(?i)%s", rows[i].pattern));
    RegexMatch match;
    bool fits = regex_find(row, bare, 0, &match) &&
                names_number(match.groups[rows[i].column], schema, arena);
    regex_free(row);
    if (!fits)
      continue;
    text = put_groups(arena, rows[i].by, &match);
    break;
  }
  if (!rephrase_orders_change(text))
    return text;
  Regex *every = regex_new(STR("(?i)\\b(?:every|each)\\s+(?:of\\s+the\\s+)?(?=\\w)"));
  RegexMatch match;
  if (regex_find(every, text, 0, &match)) {
    size_t from = (size_t)(match.groups[0].ptr - text.ptr),
           to = from + match.groups[0].len;
    text = str_format(arena, "%.*sall %.*s", (int)from, text.ptr, (int)(text.len - to),
                      text.ptr + to);
  }
  regex_free(every);
  return counts(text, schema, arena);
}

bool rephrase_orders_change(Str text) {
  Regex *order = regex_new(STR(
      "(?i)^(?:increase|raise|bump|boost|hike|lift|increment|decrease|reduce|lower|"
      "cut|decrement|subtract|deduct|double|triple|halve|withdraw"
      "|(?:cancel|close|archive|ship|approve|reject|publish|activate|deactivate|suspend"
      "|disable|enable|ban|block|unblock|reopen|restore|reset|clear|promote|rename"
      "|reassign|assign|upgrade|downgrade)\\s+(?:all|the|every|each|any)\\b"
      "|(?:add|give|grant|award|credit)\\s+(?:an?\\s+)?(?:extra\\s+)?\\d"
      "|(?:give|grant|award|credit)\\s+(?!me\\b|us\\b).*\\d"
      "|make\\s.*\\d+(?:\\.\\d+)?\\s*(?:%|percent)\\s+(?:\\w+\\s+)?\\w+$"
      "|(?:take|remove)\\s+\\d.*\\s(?:from|off)\\s)"));
  RegexMatch match;
  bool found = regex_find(order, text, 0, &match);
  if (found && match.groups[0].len < text.len) { // a whole word
    char next = text.ptr[match.groups[0].len],
         last = match.groups[0].ptr[match.groups[0].len - 1];
    bool letter = (last | 32) >= 'a' && (last | 32) <= 'z';
    found = !letter || !((next | 32) >= 'a' && (next | 32) <= 'z');
  }
  regex_free(order);
  return found;
}

bool rephrase_orders_change_of(Str text, const QSchema *schema, Arena *arena) {
  Str order = bare_order(text, arena), bare = without_end(order);
  return (rephrase_orders_change(order) && names_number(text, schema, arena)) ||
         moves(bare, schema, arena).ptr != bare.ptr;
}
