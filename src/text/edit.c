// edit.c: choosing the groups of edits that fit together, and applying them.
//
// Edits are ranked by place. What was taken so far is a set of ranks, kept as a tree of
// 64-bit words (a bit of a level says that a word of the level below is not zero), so
// that the neighbours of a rank are found in a few steps and many edits stay cheap.
#include "text/edit.h"

#include <stdlib.h>

enum {
  MAX_LEVELS = 6 // 64^6 is more than 2^32
};

typedef struct {
  uint64_t *words[MAX_LEVELS];
  int levels;
} RankSet;

static void rank_set_init(RankSet *set, size_t count) {
  *set = (RankSet){0};
  do {
    count = count / 64 + 1;
    ASSERT(set->levels < MAX_LEVELS);
    set->words[set->levels++] = mem_zalloc(count, sizeof(uint64_t));
  } while (count > 1);
}

static void rank_set_free(RankSet *set) {
  for (int i = 0; i < set->levels; i++)
    mem_free(set->words[i]);
}

static bool rank_set_has(const RankSet *set, size_t rank) {
  return set->words[0][rank / 64] >> rank % 64 & 1;
}

static void rank_set_add(RankSet *set, size_t rank) {
  for (int i = 0; i < set->levels; i++, rank /= 64)
    set->words[i][rank / 64] |= (uint64_t)1 << rank % 64;
}

static void rank_set_remove(RankSet *set, size_t rank) {
  for (int i = 0; i < set->levels; i++, rank /= 64) {
    set->words[i][rank / 64] &= ~((uint64_t)1 << rank % 64);
    if (set->words[i][rank / 64])
      return;
  }
}

// The nearest member after (`ahead`) or before `rank`, or SIZE_MAX.
static size_t rank_set_near(const RankSet *set, size_t rank, bool ahead) {
  for (int i = 0; i < set->levels; i++, rank /= 64) {
    uint64_t word = set->words[i][rank / 64];
    word &= ahead ? (~(uint64_t)1 << rank % 64) : (((uint64_t)1 << rank % 64) - 1);
    if (!word)
      continue;
    size_t at = rank / 64;
    for (;; i--) {
      at = at * 64 + (size_t)(ahead ? __builtin_ctzll(word) : 63 - __builtin_clzll(word));
      if (i == 0)
        return at;
      word = set->words[i - 1][at];
    }
  }
  return SIZE_MAX;
}

typedef struct {
  Edit edit;
  size_t index;  // in order of addition
  size_t nth;    // how many equal edits the same group has before
  size_t same;   // index of the first edit equal to it; itself where it is the first
  size_t weight; // for sorting groups
} Item;

static int compare_sizes(size_t a, size_t b) {
  return (a > b) - (a < b);
}

static int by_place_and_text(const void *left, const void *right) {
  const Item *a = left, *b = right;
  int c = compare_sizes(a->edit.span.start, b->edit.span.start);
  c = c ? c : compare_sizes(a->edit.span.end, b->edit.span.end);
  c = c ? c : str_compare(a->edit.text, b->edit.text);
  c = c ? c : compare_sizes(a->nth, b->nth);
  c = c ? c : compare_sizes(a->edit.group, b->edit.group);
  return c ? c : compare_sizes(a->index, b->index);
}

static bool is_insertion(const Edit *e) {
  return e->span.start == e->span.end;
}

// Insertions come before the replacement that starts at the same place.
static int by_rank(const void *left, const void *right) {
  const Item *a = left, *b = right;
  int c = compare_sizes(a->edit.span.start, b->edit.span.start);
  c = c ? c : compare_sizes(!is_insertion(&a->edit), !is_insertion(&b->edit));
  return c ? c : compare_sizes(a->index, b->index);
}

typedef struct {
  const EditList *edits;
  Item *items;        // one for each different edit, by rank
  size_t count;       // of items
  size_t *rank;       // by index of an edit: the rank of the item that stands for it
  RankSet taken;      // ranks
  RankSet replacing;  // those of them that are no insertions
  Vec(size_t) latest; // ranks that the group at hand added
} Choice;

static bool equal_edits(const Edit *a, const Edit *b) {
  return a->span.start == b->span.start && a->span.end == b->span.end &&
         str_eq(a->text, b->text);
}

// Numbers the equal edits of one group, so that two `)` of one group stay two.
static void number_equals(Item *items, size_t n) {
  for (size_t i = 1; i < n; i++)
    if (equal_edits(&items[i].edit, &items[i - 1].edit) &&
        items[i].edit.group == items[i - 1].edit.group)
      items[i].nth = items[i - 1].nth + 1;
}

static void merge_equals(Choice *c) {
  size_t n = c->edits->len;
  Item *items = c->items;
  qsort(items, n, sizeof *items, by_place_and_text);
  number_equals(items, n);
  qsort(items, n, sizeof *items, by_place_and_text);
  size_t *first = mem_alloc(n * sizeof *first); // by index
  size_t kept = 0;
  for (size_t i = 0; i < n; i++) {
    Item *last = kept ? &items[kept - 1] : NULL;
    if (last && equal_edits(&last->edit, &items[i].edit) && last->nth == items[i].nth) {
      first[items[i].index] = last->same;
      last->index = min_size(last->index, items[i].index);
      continue;
    }
    items[i].same = items[i].index;
    first[items[i].index] = items[i].index;
    items[kept++] = items[i];
  }
  c->count = kept;
  qsort(items, kept, sizeof *items, by_rank);
  for (size_t r = 0; r < kept; r++)
    c->rank[items[r].same] = r;
  for (size_t i = 0; i < n; i++)
    c->rank[i] = c->rank[first[i]];
  mem_free(first);
}

// A group that deletes takes away what the insertion of another group leans on: the
// argument that `, name=value` is put behind. Then the later group waits for its round.
static bool leans_on(const Edit *a, const Edit *b) {
  bool touch = a->span.end == b->span.start || b->span.end == a->span.start ||
               a->span.start == b->span.start;
  bool one_deletes = (is_insertion(a) && !is_insertion(b) && !b->text.len) ||
                     (is_insertion(b) && !is_insertion(a) && !a->text.len);
  return touch && one_deletes && a->group != b->group;
}

static bool conflicts(const Choice *c, size_t rank) {
  const Edit *edit = &c->items[rank].edit;
  size_t before = rank_set_near(&c->replacing, rank, false);
  if (before != SIZE_MAX && (c->items[before].edit.span.end > edit->span.start ||
                             leans_on(edit, &c->items[before].edit)))
    return true;
  before = rank_set_near(&c->taken, rank, false);
  if (before != SIZE_MAX && leans_on(edit, &c->items[before].edit))
    return true;
  size_t after = rank_set_near(&c->taken, rank, true);
  return after != SIZE_MAX && (c->items[after].edit.span.start < edit->span.end ||
                               leans_on(edit, &c->items[after].edit));
}

// A group leaves the brackets balanced. So an insertion that opens or closes one cannot
// stand for the equal insertion of another group.
static bool may_be_shared(const Edit *e) {
  long depth = 0, lowest = 0;
  for (size_t i = 0; i < e->text.len; i++) {
    char ch = e->text.ptr[i];
    depth +=
        (ch == '(' || ch == '[' || ch == '{') - (ch == ')' || ch == ']' || ch == '}');
    lowest = depth < lowest ? depth : lowest;
  }
  return !is_insertion(e) || (depth == 0 && lowest == 0);
}

static bool take_group(Choice *c, const Item *edits, size_t count) {
  c->latest.len = 0;
  bool fits = true;
  for (size_t i = 0; i < count && fits; i++) {
    size_t rank = c->rank[edits[i].index];
    if (rank_set_has(&c->taken, rank)) {
      fits = may_be_shared(&edits[i].edit);
    } else if (conflicts(c, rank)) {
      fits = false;
    } else {
      rank_set_add(&c->taken, rank);
      if (!is_insertion(&edits[i].edit))
        rank_set_add(&c->replacing, rank);
      vec_push(&c->latest, rank);
    }
  }
  for (size_t i = 0; i < c->latest.len && !fits; i++) {
    rank_set_remove(&c->taken, c->latest.items[i]);
    rank_set_remove(&c->replacing, c->latest.items[i]);
  }
  return fits;
}

static int by_group(const void *left, const void *right) {
  const Item *a = left, *b = right;
  int c = compare_sizes(a->weight, b->weight); // first start of the group
  c = c ? c : compare_sizes(a->same, b->same); // first index of the group
  return c ? c : compare_sizes(a->index, b->index);
}

// The edits as items, those of a group together, the groups in the order of being taken.
static Item *order_groups(const EditList *edits, uint32_t group_count) {
  size_t *start = mem_alloc(group_count * sizeof *start);
  size_t *first = mem_alloc(group_count * sizeof *first);
  for (uint32_t g = 0; g < group_count; g++)
    start[g] = first[g] = SIZE_MAX;
  Item *items = mem_zalloc(edits->len, sizeof *items);
  for (size_t i = 0; i < edits->len; i++) {
    uint32_t g = edits->items[i].group;
    start[g] = min_size(start[g], edits->items[i].span.start);
    first[g] = min_size(first[g], i);
  }
  for (size_t i = 0; i < edits->len; i++) {
    uint32_t g = edits->items[i].group;
    items[i] =
        (Item){.edit = edits->items[i], .index = i, .weight = start[g], .same = first[g]};
  }
  qsort(items, edits->len, sizeof *items, by_group);
  mem_free(start);
  mem_free(first);
  return items;
}

static void write_taken(const Choice *c, Str text, Buf *out) {
  size_t at = 0;
  for (size_t r = 0; r < c->count; r++) {
    if (!rank_set_has(&c->taken, r))
      continue;
    const Edit *e = &c->items[r].edit;
    buf_add_str(out, str_slice(text, at, e->span.start));
    buf_add_str(out, e->text);
    at = e->span.end;
  }
  buf_add_str(out, str_slice(text, at, text.len));
}

size_t edits_apply(Str text, const EditList *edits, uint32_t group_count, Buf *out,
                   bool *taken) {
  for (uint32_t g = 0; taken && g < group_count; g++)
    taken[g] = false;
  if (!edits->len) {
    buf_add_str(out, text);
    return 0;
  }
  Choice c = {.edits = edits};
  c.items = mem_zalloc(edits->len, sizeof *c.items);
  c.rank = mem_zalloc(edits->len, sizeof *c.rank);
  for (size_t i = 0; i < edits->len; i++) {
    const Edit *e = &edits->items[i];
    ASSERT(e->span.start <= e->span.end && e->span.end <= text.len &&
           e->group < group_count);
    c.items[i] = (Item){.edit = *e, .index = i};
  }
  merge_equals(&c);
  rank_set_init(&c.taken, c.count);
  rank_set_init(&c.replacing, c.count);
  Item *groups = order_groups(edits, group_count);
  size_t applied = 0;
  for (size_t from = 0, to; from < edits->len; from = to) {
    uint32_t group = groups[from].edit.group;
    for (to = from; to < edits->len && groups[to].edit.group == group;)
      to++;
    bool fits = take_group(&c, groups + from, to - from);
    applied += fits;
    if (taken)
      taken[group] = fits;
  }
  write_taken(&c, text, out);
  mem_free(groups);
  rank_set_free(&c.taken);
  rank_set_free(&c.replacing);
  vec_free(&c.latest);
  mem_free(c.items);
  mem_free(c.rank);
  return applied;
}
