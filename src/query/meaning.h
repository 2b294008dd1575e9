// Meaning: what a request asks of the database.
//
// One small algebra for all queries: a root table, outputs, conditions, groups, order,
// limits, set operations and changes of rows. Tables and columns are numbers of a
// QSchema. Where tables have to be joined follows from what is used (query/joins.h).
//
// - Conditions are a list; each is joined with the one before by AND or, with `or_`, by
//   OR; OR binds tighter, as people list alternatives of one thing.
// - `absent` is a table of which there must be no row (its conditions carry the same
//   `scope`), scope 0 is the query itself.
// - Arrays are bounded; what does not fit is not understood, never cut.
#ifndef QUERY_MEANING_H
#define QUERY_MEANING_H

#include "query/schema.h"

enum {
  MAX_OUTPUTS = 12,
  MAX_CONDITIONS = 10,
  MAX_ORDERS = 4,
  MAX_GROUPS = 4,
  MAX_TABLES = 8,
  MAX_SCOPES = 3,
  MAX_ASSIGNMENTS = 5,
  MAX_ROLES = 4,
  SCOPE_APART = 100,
  SCOPE_INNER = 120 // conditions on the rows of the aggregate that is compared with
};

typedef enum {
  AGG_NONE,
  AGG_AVG,
  AGG_SUM,
  AGG_MAX,
  AGG_MIN,
  AGG_COUNT
} Agg;

typedef enum {
  OP_EQ,
  OP_NE,
  OP_GT,
  OP_GE,
  OP_LT,
  OP_LE,
  OP_BETWEEN,
  OP_LIKE,
  OP_NULL,
  OP_TRUE, // a boolean column
  OP_ROWS  // along the relationship right.via - 1 with itself there are rows
} Op;

typedef enum {
  LIKE_CONTAINS,
  LIKE_STARTS,
  LIKE_ENDS
} Like;

typedef enum {
  LITERAL_NONE,
  LITERAL_TEXT,
  LITERAL_NUMBER,
  LITERAL_DATE, // `text` as ISO date where it is one
  LITERAL_AGO,  // `number` of `text` (day, week, month, year, hour) before now, below 0
                // behind it
  LITERAL_BOOLEAN, // `number` 0 or 1
  LITERAL_PERIOD,  // `number`: year * 100 + month, month 0: the whole year; with `text`
                   // (day, week, month, year) so many before the one of now
  LITERAL_GIVEN,   // a parameter of that name ("" for the column's); `number` 1: a list
  LITERAL_SEX      // `number` 1: female
} LiteralKind;

typedef struct {
  uint8_t kind; // LiteralKind
  bool spelled;
  bool percent;  // NUMBER
  bool any_case; // written without quotes or capitals
  Str text;
  double number;
} Literal;

typedef enum {
  ITEM_NONE,
  ITEM_ENTITY, // whole rows of a table
  ITEM_COLUMN,
  ITEM_COUNT, // rows of a table; with a column: its values
  ITEM_SHARE  // per cent of a table's rows that are as `share` says; agg is AVG
} ItemKind;

typedef enum {
  PART_NONE,
  PART_YEAR,
  PART_MONTH,
  PART_DAY,
  PART_HOUR
} Part;

typedef struct {
  uint8_t kind; // ItemKind
  uint8_t agg;  // Agg, of COLUMN
  bool distinct;
  int16_t table, column; // column -1: none
  uint8_t part;          // Part, of a COLUMN that is a date
  uint8_t via; // edge + 1 to the row of the same table the column is of: a manager's name
  int16_t by_table, by_column; // by_column + 1: what the column is multiplied by, 0: none
} Item;

typedef enum {
  SIDE_VALUE,
  SIDE_AGGREGATE, // over all rows of the column's table
  SIDE_COLUMN,
  SIDE_SAME // as the row of the table has it whose `right` is the value; without a value:
            // as any row has it in `right`
} SideKind;

typedef struct {
  Item left;
  uint8_t op;   // Op
  uint8_t like; // Like
  uint8_t side; // SideKind
  bool negated, or_;
  uint8_t scope;       // 0: the query
  Literal value, high; // high: BETWEEN
  Item right;          // AGGREGATE, COLUMN
  Item within;         // AGGREGATE: of the rows that have the same there
} Condition;

typedef enum {
  DIRECTION_NONE,
  ASCENDING,
  DESCENDING
} OrderDirection;

typedef struct {
  Item item;
  uint8_t direction;
} Order;

typedef enum {
  MEANS_SELECT,
  MEANS_INSERT,
  MEANS_UPDATE,
  MEANS_DELETE,
  MEANS_UPSERT
} MeaningKind;

typedef enum {
  PAGE_NONE,
  PAGE_OFFSET,
  PAGE_KEYSET
} PageKind;

typedef enum {
  TREE_NONE,
  TREE_DOWN, // all that is below a row
  TREE_UP    // all that is above it
} TreeKind;

// A new value of a column: the value itself, or the old one changed by it.
typedef struct {
  int16_t column; // of the root
  char change;    // '=', '+', '-', '*' (the value is per cent: 10 is * 1.1, -10 is * 0.9)
  Literal value;
} Assignment;

typedef enum {
  SET_NONE,
  SET_INTERSECT, // conditions with `scope` of the second branch
  SET_EXCEPT,
  SET_UNION // with the values of `united`, which is of another table
} SetKind;

typedef enum {
  WINDOW_NONE,
  WINDOW_RUNNING, // the sum so far
  WINDOW_RANK
} WindowKind;

// A value of each row that other rows are looked at for; given behind the outputs.
typedef struct {
  uint8_t kind;      // WindowKind
  uint8_t direction; // OrderDirection, of `by`
  Item of;           // RUNNING: what is added up
  Item by;           // a column, an aggregate or a number of rows
  Item within;       // a column; NONE: among all rows
} Window;

// "low where the stock is under 5, ok otherwise", given behind the outputs.
typedef struct {
  bool used;
  Condition when;
  Literal yes, no;
} Label;

typedef struct {
  uint8_t kind; // MeaningKind
  int16_t root; // table the request is about, -1: none yet
  Item outputs[MAX_OUTPUTS];
  uint8_t output_count;
  Condition conditions[MAX_CONDITIONS];
  uint8_t condition_count;
  Condition having[3];
  uint8_t having_count;
  Item groups[MAX_GROUPS];
  uint8_t group_count;
  Order orders[MAX_ORDERS];
  uint8_t order_count;
  int32_t limit, offset; // 0: none
  bool distinct;
  int16_t absent[MAX_SCOPES]; // by scope - 1
  uint8_t scope_count;
  int16_t needed[MAX_TABLES]; // tables that must be joined though no column is used
  uint8_t needed_count;
  uint8_t page;   // PageKind
  uint8_t tree;   // TreeKind, along the root's relationship with itself
  bool beyond;    // TREE: without the row where it begins
  bool per_group; // the limit holds for each group: the newest order of each customer
  bool many;      // INSERT, UPSERT: of many rows
  bool check;     // is there any such row?
  bool outer;     // rows without any of what is counted are given too
  bool returning; // changed rows are given back
  bool apart;     // each of `having` is told by a subquery over the root's rows; what
                  // it counts is told by conditions with scope SCOPE_APART + its index
  bool keep;      // UPSERT: rows that exist are left as they are
  int16_t eager[MAX_GROUPS]; // tables whose rows are loaded with the root's
  uint8_t eager_count;
  int16_t conflict; // UPSERT: column of the root, -1: its key
  Assignment assignments[MAX_ASSIGNMENTS];
  uint8_t assignment_count;
  int16_t roles[MAX_ROLES]; // edges to take where several join the same tables
  uint8_t role_count;
  Window window;
  Label label;
  Condition share;
  bool total; // how many rows there are in all is given with a page
  Item united;
  uint8_t nested; // Agg of the one number of rows that is given for each group
  uint8_t set;    // SetKind
  uint8_t split;  // INTERSECT, EXCEPT: conditions from here on are the second branch
} Meaning;

// What a row holds: the outputs, the window, the label.
static inline uint32_t meaning_width(const Meaning *m) {
  return m->output_count + (m->window.kind != 0) + m->label.used;
}
bool item_eq(Item a, Item b);
bool meaning_eq(const Meaning *a, const Meaning *b);
// The reading in one sentence, without a full stop.
void meaning_write(const Meaning *m, const QSchema *s, Buf *out);

#endif
