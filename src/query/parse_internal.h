// parse_internal.h: the state of a parse, shared by the handlers (parse.c, parse_names.c,
// parse_tables.c, parse_values.c, parse_order.c) and the completion (parse_finish.c).
#ifndef QUERY_PARSE_INTERNAL_H
#define QUERY_PARSE_INTERNAL_H

#include "query/lexicon.h"
#include "query/parse.h"
#include "query/sketch.h"

typedef enum {
  MODE_OUTPUTS,
  MODE_CONDITIONS,
  MODE_ORDER,
  MODE_GROUP
} Mode;

// What waits in a state for words to come. See parse_account.c.
typedef enum {
  SLOT_PENDING,
  SLOT_COMPARISON,
  SLOT_AGGREGATE,
  SLOT_COUNT,
  SLOT_NEGATION,
  SLOT_OR,
  SLOT_ORDER,
  SLOT_GROUP,
  SLOT_EAGER,
  SLOT_DISTINCT,
  SLOT_PART,
  SLOT_NTH,
  SLOT_TOP,
  SLOTS
} Slot;

typedef struct {
  uint8_t from, to;
} WordSpan;

typedef struct {
  Meaning m;
  float features[FEATURE_COUNT];
  float score;
  Steps steps; // it was made by
  WordSet skipped;
  WordSpan held[SLOTS]; // the words behind what waits
  bool lost;            // some of them came to nothing
  uint8_t mode;         // Mode
  int16_t focus;        // table spoken of last, -1
  Item pending;         // a column that waits for its comparison
  Item last;            // column used last, for "A or B"
  uint8_t aggs[5];      // aggregates that wait for their column
  uint8_t agg_count;
  uint8_t count; // 1: "number of" waits for its noun, 2: distinct
  bool distinct; // waits for its noun
  bool waiting;  // a comparison waits for its column or table: "more than 3 ..."
  uint8_t wait_op;
  Literal wait_value, wait_high; // high: BETWEEN
  bool negate, negate_noun;
  bool or_next;
  uint8_t scope;     // conditions now belong to this scope
  uint8_t direction; // ORDER: of the next item
  uint8_t prep;      // Prep + 1 of the word before, 0: none
  bool after_and;
  bool owned;             // a pronoun stands before
  int16_t negated_table;  // the negation is of rows of this table (+ 1), 0: of anything
  bool every;             // "are all": what follows holds for each of the related rows
  bool rel;               // whose, with: a condition begins
  bool listing;           // LIST or WH stands before
  int16_t most;           // MOST waits for its noun: direction + 1
  int16_t top;            // "top 3", "3 youngest": rows
  bool lowest;            // "bottom 3": of `top`
  int16_t last_table_at;  // word behind the table mentioned last
  int16_t last_output_at; // word behind the last output
  uint32_t tables;        // bits of tables spoken of (first 32)
  char change;            // SET waits for its column: '=', '+', '-'; 'm': for its table
  int16_t changing;       // a column waits for its new value, -1: none
  char change_how;        // of `changing`
  uint8_t part;           // Part that waits for its column
  uint8_t via;            // edge + 1: the next column is of that row
  uint8_t nth;            // "second": waits for its superlative
  uint8_t label;     // 1 waits for its text, 2 for its condition, 3 "otherwise" was said,
                     // 4 complete
  uint8_t label_at;  // the condition of the label
  bool total;        // how many rows there are in all is asked for
  bool inner;        // conditions of SCOPE_INNER were begun
  bool unite;        // the outputs are one list
  bool eager;        // the next table is loaded with the root
  bool conflict;     // UPSERT: the next column after "by" tells rows apart
  uint8_t alpha;     // "in alphabetical order" before what is asked for: direction + 1
  bool outer_groups; // "how many has each ...": none is a number too
  uint32_t named;    // bits of tables that were named themselves
} State;

// States live until the words behind them were looked at; then others take their place.
typedef struct {
  State *states[PARSE_BEAM];
  uint32_t count;
} Bucket;

enum {
  STATES_KEPT = 1024
};

typedef struct {
  State *free[STATES_KEPT];
  uint32_t count;
} StatePool;

// What the name of a column speaks of.
enum {
  TELLS_YEAR = 1,
  TELLS_PLACE = 2,
  TELLS_CATEGORY = 4,
  TELLS_COUNTRY = 8,
  TELLS_NATION = 16,
  TELLS_STATE = 32,
  TELLS_CITY = 64,
  TELLS_CODE = 128,
  TELLS_MAIL = 256,
  TELLS_LONG = 512,
  TELLS_MAKE = 1024,
  TELLS_BIRTH = 2048
};

typedef struct {
  const Units *units;
  const Words *words;
  const QSchema *schema;
  StatePool *pool;
  Bucket *buckets;  // by word
  uint16_t **tells; // by table and column: bits of TELLS_
  float sketch[SKETCH_SHAPES];
  Arena *arena;
  uint32_t at;        // the word being looked at
  const State *state; // the state that goes on from there
} Parser;

void state_add(State *s, Feature f, float value);
// Puts a state into the bucket of a word.
void parser_push(Parser *p, const State *s, uint32_t to);

void words_skip(State *s, uint32_t from, uint32_t to);
// Keeps account of the words up to `to`, by which `before` became `s`.
void account_step(const State *before, State *s, uint32_t from, uint32_t to);
// At the end: what still waits, or shows nowhere in the meaning, is not used.
void account_end(const Parser *p, State *s);

// Units that start at a word, of one category; NULL where there is none. The longest.
const Unit *unit_at(const Parser *p, uint32_t at, Cat cat);
// The next word that is no filler.
uint32_t skip_fillers(const Parser *p, uint32_t at);
const QColumn *column_at(const Parser *p, Item i);
bool is_text(const QColumn *c);
bool is_number(const QColumn *c);
bool is_time(const QColumn *c);
static inline Item column_item(int table, int column) {
  return (Item){ITEM_COLUMN, AGG_NONE, false, (int16_t)table, (int16_t)column};
}
static inline Item count_item(int table) {
  return (Item){ITEM_COUNT, AGG_NONE, false, (int16_t)table, -1};
}
void mention(State *s, int table);
bool mentioned(const State *s, int table);

bool add_output(State *s, Item i);
// Adds a condition on `left`; takes over negation, OR and scope of the state.
bool add_condition(Parser *p, State *s, Item left, Op op, Literal value);
bool put_condition(Parser *p, State *s, Condition c);
// The comparison that waits, of `left`.
bool add_waiting(Parser *p, State *s, Item left);
// True where the column may be compared with the value.
bool value_fits(const QColumn *c, Op op, Literal v);
void value_features(State *s, const Unit *v);
// A comparison whose word tells of the column: "older than".
void compare_hinted(Parser *p, const State *s, const Unit *u, const Unit *v);
// Bits of TELLS_ for all columns.
uint16_t **columns_tell(const QSchema *s, Arena *arena);
// "year" alone, not the year of birth.
bool is_plain_year(const QColumn *c);
// The likeliest value that starts at a word, NULL: none.
const Unit *value_behind(const Parser *p, uint32_t at);
bool add_order(State *s, Item i, OrderDirection direction);
bool add_group(State *s, Item i);
bool add_needed(State *s, int table);
void name_hit(Parser *p, State *s, const Unit *u, const Hit *h);
// What a column does where it stands; it was scored before.
void item_hit(Parser *p, const State *s, const Unit *u, Item item);
// Columns of dates that a part of a date may be of: "hired per year".
void part_of_date(Parser *p, const State *s, const Unit *u);
// "by id": the caller gives it.
void given_by(Parser *p, const State *s, const Unit *u);
// "average salary by department", "by views desc": a group, an order.
void by_alone(Parser *p, const State *s, const Unit *u);
void on_given(Parser *p, const State *s, const Unit *u);
void on_part(Parser *p, const State *s, const Unit *u);
void on_revenue(Parser *p, const State *s, const Unit *u);
void on_check(Parser *p, const State *s, const Unit *u);
void on_outer(Parser *p, const State *s, const Unit *u);
void on_more(Parser *p, const State *s, const Unit *u);
void on_by_count(Parser *p, const State *s, const Unit *u);
void on_due(Parser *p, const State *s, const Unit *u);
void on_sign(Parser *p, const State *s, const Unit *u);
// "of their department": the rows that an aggregate is over have the same there. Gives
// the word behind, 0: nothing of the kind.
uint32_t own_group(const Parser *p, int table, uint32_t at, Item *within);
// Goes on behind a comparison with an aggregate; "of their department" may follow.
void push_compared(Parser *p, State *n, uint32_t to);
// A table that is spoken of.
bool table_in_reach(const State *s, uint32_t t);
// The first date of the rows, else their key.
Item time_of(const Parser *p, int table);
// What rows of `table` are told apart by for another table: their key of it.
Item within_table(const Parser *p, int table, int other);
void on_passed(Parser *p, const State *s, const Unit *u);
void on_share(Parser *p, const State *s, const Unit *u);
void on_total(Parser *p, const State *s, const Unit *u);
// "average number of orders per customer".
void nested_count(Parser *p, const State *s, const Unit *u);
void on_window(Parser *p, const State *s, const Unit *u);
void on_label(Parser *p, const State *s, const Unit *u);
void on_else(Parser *p, const State *s, const Unit *u);
// A value where a label waits for its texts; false: none waits.
bool label_value(Parser *p, const State *s, const Unit *u);
void on_union(Parser *p, const State *s, const Unit *u);
void on_spend(Parser *p, const State *s, const Unit *u);
// What rows of the table cost, or the one number that they have; -1: nothing of the kind.
int money_column(const Parser *p, int table);
// Windows, labels and unions that are not complete: false.
bool finish_shape(const Parser *p, State *s);
// The word is part of a longer phrase: "sorted by".
bool within_phrase(const Parser *p, const Unit *u);
// "teams by the average score of their players, best first".
void by_aggregate(Parser *p, const State *s, const Unit *u);
void on_same(Parser *p, const State *s, const Unit *u);
void on_self(Parser *p, const State *s, const Unit *u);
// "more than their manager": the same column of the row above.
void compare_self(Parser *p, const State *s, const Unit *u, uint32_t at);
void on_nth(Parser *p, const State *s, const Unit *u);
// A part of a date that waited for its column; false: there is none.
bool finish_part(const Parser *p, State *s);
// "delete an order": the one whose key is given.
void finish_single(const Parser *p, State *s);

bool is_of_people(const Parser *p, int table);
// The likeliest columns of a value for which none is named.
void guess_value(Parser *p, const State *s, const Unit *u);
// How a value is compared where nothing is said: a moment in the past from then on.
Op op_of_value(const Unit *u);
// Tables one step and two steps from those that are spoken of; `direct`: spoken of
// itself.
bool near_table(const Parser *p, const State *s, int t, const Unit *next, bool *direct);
bool far_table(const Parser *p, const State *s, int t);
// A stem of the table's names.
bool table_is_called(const Parser *p, int table, Str stem);
// Rows of a table are spoken of without its name.
void table_meant(Parser *p, const State *s, const Unit *u, int table);
void table_hit(Parser *p, const State *s, const Unit *u, const Hit *h);
// What waited for a name has it.
void name_used(State *s);
// The rows are of the table where no other is known.
void set_root(State *s, int table);
// A key that may be empty is of no group then.
void known_key(const Parser *p, State *s, Item key);
void output_column(Parser *p, const State *s, const Unit *u, Item item);
// The mode after a group was named: outputs follow a group that came first.
void after_group(const Parser *p, State *s, uint32_t to);
// What texts of rows are: what they are called by, or their only text; -1: none.
int text_column(const Parser *p, int table);
void on_full_name(Parser *p, const State *s, const Unit *u);
// Columns of a table that hold the first and the last name; false where it has none.
bool name_parts(const QSchema *s, int table, int *first, int *last);
void on_member(Parser *p, const State *s, const Unit *u);
void on_change(Parser *p, const State *s, const Unit *u);
void on_set(Parser *p, const State *s, const Unit *u);
void on_page(Parser *p, const State *s, const Unit *u);
void on_eager(Parser *p, const State *s, const Unit *u);
void on_tree(Parser *p, const State *s, const Unit *u);
void on_returning(Parser *p, const State *s, const Unit *u);
// "to paid", "by 10 %": the new value of the column that waits.
void new_value(Parser *p, const State *s, const Unit *u);
void on_name(Parser *p, const State *s, const Unit *u);
void on_compare(Parser *p, const State *s, const Unit *u);
void on_between(Parser *p, const State *s, const Unit *u);
void range_from(Parser *p, const State *s, const Unit *u);
void on_like(Parser *p, const State *s, const Unit *u);
void on_number(Parser *p, const State *s, const Unit *u);
void on_value(Parser *p, const State *s, const Unit *u);
void on_average(Parser *p, const State *s, const Unit *u);
void on_null(Parser *p, const State *s, const Unit *u);
void on_sex(Parser *p, const State *s, const Unit *u);
void on_named(Parser *p, const State *s, const Unit *u);
void on_super(Parser *p, const State *s, const Unit *u);
void on_most(Parser *p, const State *s, const Unit *u);
void on_times(Parser *p, const State *s, const Unit *u);
void on_verb(Parser *p, const State *s, const Unit *u);
void on_often(Parser *p, const State *s, const Unit *u);
void on_common(Parser *p, const State *s, const Unit *u);
void on_order(Parser *p, const State *s, const Unit *u);
void on_dir(Parser *p, const State *s, const Unit *u);
void on_alpha(Parser *p, const State *s, const Unit *u);
void on_newest(Parser *p, const State *s, const Unit *u);
void on_first(Parser *p, const State *s, const Unit *u);

// Completes what is left open: outputs, groups, joins. False: no reading.
bool finish(const Parser *p, State *s);
// Features of a reading that is complete.
void score_whole(const Parser *p, State *s);

#endif
