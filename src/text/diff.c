// diff.c: lines become numbers; lines that stand exactly once in both texts, in the same
// order, anchor the comparison (patience diff); between two anchors Myers' greedy
// algorithm finds the fewest changes, up to a bound.
// Source: E. Myers, "An O(ND) Difference Algorithm and Its Variations" (1986).
#include "text/diff.h"

#include "base/vec.h"

enum {
  CONTEXT = 3,
  MAX_CHANGES = 400 // of one stretch between anchors; its trace takes MAX_CHANGES^2 words
};

typedef struct {
  Str text;
  Str *lines; // with their LF
  uint32_t *ids;
  bool *changed;
  uint32_t count;
} Side;

static void split(Side *s, Str text) {
  *s = (Side){.text = text};
  for (size_t at = 0; at < text.len; s->count++) {
    size_t lf = str_find_char(text, '\n', at);
    at = lf == SIZE_MAX ? text.len : lf + 1;
  }
  s->lines = mem_alloc((s->count + 1) * sizeof *s->lines);
  s->ids = mem_alloc((s->count + 1) * sizeof *s->ids);
  s->changed = mem_zalloc(s->count + 1, sizeof *s->changed);
  size_t at = 0;
  for (uint32_t i = 0; i < s->count; i++) {
    size_t lf = str_find_char(text, '\n', at);
    size_t end = lf == SIZE_MAX ? text.len : lf + 1;
    s->lines[i] = str_slice(text, at, end);
    at = end;
  }
}

static void side_free(Side *s) {
  mem_free(s->lines);
  mem_free(s->ids);
  mem_free(s->changed);
}

// Equal lines get equal numbers.
typedef struct {
  Str line;
  uint32_t hash;
  uint32_t seen[2]; // how often on each side
  uint32_t at[2];   // last place on each side
} LineClass;

typedef struct {
  Vec(LineClass) classes;
  uint32_t *slots; // class + 1
  uint32_t slot_count;
} LineTable;

static uint32_t hash_line(Str s) {
  uint64_t h = 0xCBF29CE484222325u;
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (uint8_t)s.ptr[i]) * 0x100000001B3u;
  return (uint32_t)(h ^ h >> 32);
}

static void number_lines(LineTable *t, Side *s, int side) {
  for (uint32_t i = 0; i < s->count; i++) {
    uint32_t hash = hash_line(s->lines[i]), slot = hash;
    for (;; slot++) {
      uint32_t c = t->slots[slot & (t->slot_count - 1)];
      if (!c || (t->classes.items[c - 1].hash == hash &&
                 str_eq(t->classes.items[c - 1].line, s->lines[i])))
        break;
    }
    uint32_t *found = &t->slots[slot & (t->slot_count - 1)];
    if (!*found) {
      vec_push(&t->classes, (LineClass){.line = s->lines[i], .hash = hash});
      *found = (uint32_t)t->classes.len;
    }
    LineClass *c = &t->classes.items[*found - 1];
    c->seen[side]++;
    c->at[side] = i;
    s->ids[i] = *found - 1;
  }
}

typedef struct {
  uint32_t a, b; // lines
} Pair;
typedef Vec(Pair) Pairs;

// The longest run of unique lines that grows on both sides.
static void find_anchors(const LineTable *t, const Side *a, Pairs *anchors) {
  Pairs unique = {0};
  for (uint32_t i = 0; i < a->count; i++) {
    const LineClass *c = &t->classes.items[a->ids[i]];
    if (c->seen[0] == 1 && c->seen[1] == 1)
      vec_push(&unique, (Pair){i, c->at[1]});
  }
  // best[k]: index + 1 of the pair with the smallest b that ends a run of k + 1 pairs.
  uint32_t *best = mem_alloc((unique.len + 1) * sizeof *best);
  uint32_t *before = mem_alloc((unique.len + 1) * sizeof *before);
  size_t longest = 0;
  for (uint32_t i = 0; i < unique.len; i++) {
    size_t low = 0, high = longest;
    while (low < high) {
      size_t middle = (low + high) / 2;
      if (unique.items[best[middle] - 1].b < unique.items[i].b)
        low = middle + 1;
      else
        high = middle;
    }
    before[i] = low ? best[low - 1] : 0;
    best[low] = i + 1;
    longest = max_size(longest, low + 1);
  }
  vec_reserve(anchors, longest + 1);
  anchors->len = longest;
  uint32_t at = longest ? best[longest - 1] : 0;
  for (size_t k = longest; k-- > 0; at = before[at - 1])
    anchors->items[k] = unique.items[at - 1];
  mem_free(best);
  mem_free(before);
  vec_free(&unique);
}

// A stretch of both sides that is compared on its own.
typedef struct {
  const uint32_t *a, *b;
  bool *a_changed, *b_changed;
  int n, m;
} Stretch;

static void replace_all(const Stretch *s) {
  memset(s->a_changed, true, (size_t)s->n);
  memset(s->b_changed, true, (size_t)s->m);
}

enum {
  NOWHERE = -1
};

// The furthest x on diagonal k after one change more than `last` (of d - 1 changes),
// before sliding: a line of b added (down) or a line of a removed.
static int step(const Stretch *s, const int *last, int d, int k, bool *down) {
  int below = k + 1 <= d - 1 ? last[k + 1] : NOWHERE;
  int beside = k - 1 >= -(d - 1) ? last[k - 1] : NOWHERE;
  if (below != NOWHERE && below - k > s->m)
    below = NOWHERE;
  beside = beside == NOWHERE || beside + 1 > s->n ? NOWHERE : beside + 1;
  *down = below >= beside;
  return *down ? below : beside;
}

// Walks the trace back from the end and marks the changes. trace[d] holds the furthest x
// on the diagonals -d..d after d changes.
static void mark_path(const Stretch *s, int *const *trace, int changes) {
  int k = s->n - s->m;
  for (int d = changes; d > 0; d--) {
    bool down;
    int x = step(s, trace[d - 1] + (d - 1), d, k, &down);
    if (down)
      s->b_changed[x - k - 1] = true;
    else
      s->a_changed[x - 1] = true;
    k += down ? 1 : -1;
  }
}

static int slide(const Stretch *s, int x, int y) {
  while (x < s->n && y < s->m && s->a[x] == s->b[y]) {
    x++;
    y++;
  }
  return x;
}

static void compare_stretch(const Stretch *s) {
  if (!s->n || !s->m) {
    replace_all(s);
    return;
  }
  int *trace[MAX_CHANGES + 1] = {0};
  bool found = false;
  int d = 0;
  for (; d <= MAX_CHANGES; d++) {
    trace[d] = mem_alloc((size_t)(2 * d + 1) * sizeof(int));
    int *now = trace[d] + d;
    for (int k = -d; k <= d && !found; k += 2) {
      bool down;
      int x = d ? step(s, trace[d - 1] + (d - 1), d, k, &down) : 0;
      now[k] = x == NOWHERE ? NOWHERE : slide(s, x, x - k);
      found = now[k] == s->n && now[k] - k == s->m;
    }
    if (found)
      break;
  }
  if (found)
    mark_path(s, trace, d);
  else
    replace_all(s);
  for (int i = 0; i <= MAX_CHANGES; i++)
    mem_free(trace[i]);
}

static void compare_between(Side *a, Side *b, Pair from, Pair to) {
  while (from.a < to.a && from.b < to.b && a->ids[from.a] == b->ids[from.b]) {
    from.a++;
    from.b++;
  }
  while (from.a < to.a && from.b < to.b && a->ids[to.a - 1] == b->ids[to.b - 1]) {
    to.a--;
    to.b--;
  }
  Stretch s = {a->ids + from.a,     b->ids + from.b,      a->changed + from.a,
               b->changed + from.b, (int)(to.a - from.a), (int)(to.b - from.b)};
  compare_stretch(&s);
}

static void compare(Side *a, Side *b) {
  LineTable t = {.slot_count = 64};
  while (t.slot_count < 2 * (a->count + b->count))
    t.slot_count *= 2;
  t.slots = mem_zalloc(t.slot_count, sizeof *t.slots);
  number_lines(&t, a, 0);
  number_lines(&t, b, 1);
  Pairs anchors = {0};
  find_anchors(&t, a, &anchors);
  Pair from = {0, 0};
  for (size_t i = 0; i < anchors.len; i++) {
    compare_between(a, b, from, anchors.items[i]);
    from = (Pair){anchors.items[i].a + 1, anchors.items[i].b + 1};
  }
  compare_between(a, b, from, (Pair){a->count, b->count});
  vec_free(&anchors);
  vec_free(&t.classes);
  mem_free(t.slots);
}

static void add_line(Buf *out, char mark, Str line) {
  buf_add_char(out, mark);
  buf_add_str(out, line);
  if (!str_ends(line, STR("\n")))
    buf_add_text(out, "\n\\ No newline at end of file\n");
}

// `12` or `12,3`; a range of no lines is named by the line before it.
static void add_range(Buf *out, char sign, uint32_t from, uint32_t to) {
  uint32_t n = to - from;
  buf_printf(out, "%c%u", sign, (unsigned)(n ? from + 1 : from));
  if (n != 1)
    buf_printf(out, ",%u", (unsigned)n);
}

// One hunk: the lines [from, to) of both sides.
static void add_hunk(const Side *a, const Side *b, Pair from, Pair to, Buf *out) {
  buf_add_text(out, "@@ ");
  add_range(out, '-', from.a, to.a);
  buf_add_char(out, ' ');
  add_range(out, '+', from.b, to.b);
  buf_add_text(out, " @@\n");
  uint32_t i = from.a, k = from.b;
  while (i < to.a || k < to.b) {
    if (i < to.a && a->changed[i]) {
      add_line(out, '-', a->lines[i++]);
    } else if (k < to.b && b->changed[k]) {
      add_line(out, '+', b->lines[k++]);
    } else {
      add_line(out, ' ', a->lines[i++]);
      k++;
    }
  }
}

static void add_hunks(const Side *a, const Side *b, Buf *out) {
  uint32_t i = 0, k = 0; // lines of a and b that were looked at
  while (i < a->count || k < b->count) {
    if (!(i < a->count && a->changed[i]) && !(k < b->count && b->changed[k])) {
      i++;
      k++;
      continue;
    }
    uint32_t lead = (uint32_t)min_size(CONTEXT, min_size(i, k));
    Pair from = {i - lead, k - lead};
    uint32_t quiet = 0; // equal lines since the last change
    while ((i < a->count || k < b->count) && quiet <= 2 * CONTEXT) {
      bool removed = i < a->count && a->changed[i], added = k < b->count && b->changed[k];
      i += removed || !added;
      k += added || !removed;
      quiet = removed || added ? 0 : quiet + 1;
    }
    uint32_t spare = quiet > CONTEXT ? quiet - CONTEXT : 0;
    add_hunk(a, b, from, (Pair){i - spare, k - spare}, out);
  }
}

bool diff_unified(Str before, Str after, Str before_name, Str after_name, Buf *out) {
  if (str_eq(before, after))
    return false;
  Side a, b;
  split(&a, before);
  split(&b, after);
  compare(&a, &b);
  buf_printf(out, "--- %.*s\n+++ %.*s\n", STR_ARG(before_name), STR_ARG(after_name));
  add_hunks(&a, &b, out);
  side_free(&a);
  side_free(&b);
  return true;
}
