// Units: a request as a lattice of what its words may stand for.
//
// A unit covers the words [from, to) and says one thing: a function word with its meaning
// (phrases.def), a name of the schema with all tables and columns that may be meant, or a
// value. Several units may start at one word; the parser chooses.
#ifndef QUERY_UNITS_H
#define QUERY_UNITS_H

#include "query/meaning.h"

typedef enum {
  CAT_NAME,
  CAT_VALUE,
  CAT_NUMBER,
  CAT_AGG,     // argument: Agg
  CAT_COUNT,   // bits: 1 a question of its own, 2 distinct, 4 rather a sum
  CAT_COMPARE, // argument: Op
  CAT_TAIL,    // "or more", behind a number; argument: Op
  CAT_BETWEEN,
  CAT_LIKE,   // argument: Like
  CAT_SUPER,  // argument: 1 descending
  CAT_MOST,   // by number of rows; argument: 1 descending
  CAT_COMMON, // by how often a value occurs; argument: 1 descending
  CAT_OFTEN,  // by how many rows there are for it; argument: 1 descending
  CAT_TIMES,  // how often something is there; argument: Op * 16 + number, 0: one waits
  CAT_ORDER,  // argument: Direction
  CAT_DIR,    // argument: Direction
  CAT_ALPHA,  // by name; argument: Direction
  CAT_NEWEST, // by the hint; argument: Direction
  CAT_EACH,   // 0 a group for sure, 1 maybe, 2 of what was named before,
              // 3 where none is a number too
  CAT_NOT,    // 1: a noun follows
  CAT_EXCEPT,
  CAT_REL, // 1 whose, 2 with, 3 that
  CAT_WH,
  CAT_HAVE,
  CAT_BE,
  CAT_AND, // 1 comma, 2 but
  CAT_OR,
  CAT_BOTH,
  CAT_PREP, // argument: Prep
  CAT_DISTINCT,
  CAT_LIST,
  CAT_AVERAGE, // compared with the average; argument: Op
  CAT_NULL,    // 1: not null
  CAT_NAMED,
  CAT_INFO,   // all columns
  CAT_MEMBER, // a member of an enumeration, or what a boolean column is named for;
              // 1: in the plural, it stands for the rows themselves ("deposits")
  CAT_CHANGE, // argument: MeaningKind + 16 for many rows
  CAT_SET,    // a column gets a new value; argument: '=', '+', '-', 'm': "mark as",
              // 'n': the name, 'o': what it sets is not told
  CAT_PAGE,   // argument: PageKind
  CAT_EAGER,  // 0 behind what is loaded, 1 before it
  CAT_TREE,   // argument: TreeKind; 16, 17: below, above a row that is named
  CAT_RETURNING,
  CAT_VERB,     // says nothing by itself
  CAT_FULLNAME, // first and last name; 1: said so
  CAT_GIVEN,    // what follows is given by the caller; 1: a list of it
  CAT_PART,     // argument: Part; + 16: groups by itself, "monthly"
  CAT_PRODUCT,  // "times" between two columns
  CAT_REVENUE,  // quantity times price, where nothing has such a name
  CAT_CHECK,    // whether there is such a row
  CAT_OUTER,    // rows without any too
  CAT_NTH,      // argument: 2 for "second"
  CAT_MORE,     // "more X than"; argument: Op
  CAT_SELF,     // a table's relationship with itself; argument: edge * 2 + 1 for many
  CAT_MEASURE,  // a unit of measure, the hint tells of what
  CAT_PASSED,   // before or after now; argument: Op
  CAT_BYCOUNT,  // by the number or sum that is given; argument: OrderDirection
  CAT_SHARE,    // per cent of the rows
  CAT_TOTAL,    // with a page: how many rows there are
  CAT_WINDOW,   // argument: WindowKind
  CAT_LABEL,    // a text by a condition is asked for
  CAT_ELSE,     // "otherwise": the label of the other rows follows
  CAT_UNION,    // outputs of several tables in one list
  CAT_SPEND,    // the sum of what their rows cost
  CAT_SAME,     // "the same X as ..."
  CAT_DUE,   // before or after now, of a date of the rows; argument: Op, + 16: and what
             // was due is not there yet
  CAT_SIGN,  // compared with 0; argument: Op
  CAT_EVERY, // what follows holds for each related row; 1: only behind a relative
             // word, 2: a relative word itself
  CAT_SEX,   // 1 female
  CAT_FIRST,
  CAT_END,
  CAT_FILL, // 1: a pronoun, 2: of no use here, but not without a meaning
  CAT_OTHER // a word that means nothing here
} Cat;

typedef enum {
  PREP_OF,
  PREP_OWN,
  PREP_FOR,
  PREP_IN,
  PREP_FROM,
  PREP_BY,
  PREP_TO
} Prep;

typedef struct {
  int16_t table, column; // column -1: the table itself
  float weight;          // 1: its own name
} Hit;

typedef struct {
  uint8_t cat; // Cat
  uint8_t from, to;
  int16_t argument;
  const char *hint; // "" for none
  const Hit *hits;  // NAME, the best first
  uint32_t hit_count;
  Literal value; // VALUE, NUMBER
  float weight;  // how sure it is that the words say this
  bool capital;  // VALUE: only capitals tell
  bool quoted;
} Unit;

typedef struct {
  Unit *items;
  uint32_t count;
  uint32_t first[WORDS_MAX + 1]; // units that start at word i: [first[i], first[i + 1])
  const Words *words;
  const QSchema *schema;
} Units;

Units *units_read(const Words *words, const QSchema *schema, Arena *arena);
// True where a phrase of phrases.def has the word.
bool units_is_function_word(Str lower);
// True where a word (its stem) may mean a stem of a name.
bool units_word_means(Str in_name, Str said);
// The same for what somebody is to something: "assigned" of assignee, "owned" of owner.
bool units_says_role(Str in_name, Str said);
// The stem of the column that a place name is a value of ("countri"); NULL: no place.
const char *units_place_kind(Str text);
// True where a name of the column holds one of the hint's stems; gives its place in the
// hint (0 first) in `rank` and whether the order turns round ("~birth") in `turned`.
bool units_hint_fits(const char *hint, const QColumn *c, uint32_t *rank, bool *turned);

#endif
