// focus.c: from words in the text, over the graph of imports, to the files that matter.
#include "project/focus.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/thread.h"
#include "project/link.h"

typedef Vec(uint32_t) IdList;

typedef struct {
  Project *p;
  IdList *imported; // by file: files that it imports
} Search;

static bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || (unsigned char)c >= 0x80;
}

// ---- Words, all of them in one pass
//
// A place is looked at closer where the first and the last letter of some word stand at
// its distance: sixteen places at a time where the processor can (SSE2).

enum {
  WORDS_MAX = 16
};

typedef struct {
  Str words[WORDS_MAX];
  uint32_t topics, count; // the topics first, then the hints
} Words;

static void add_words(Words *w, const char *const *words) {
  for (; *words; words++) {
    ASSERT(w->count < WORDS_MAX && **words);
    w->words[w->count++] = str_from(*words);
  }
}

// A hint is a whole name: `session` is not in `client_session` or `sessions`.
static bool word_at(const Words *w, uint32_t i, Str text, size_t at) {
  Str word = w->words[i];
  if (word.len > text.len - at || memcmp(text.ptr + at, word.ptr, word.len) != 0)
    return false;
  size_t end = at + word.len;
  return i < w->topics || ((!at || !is_word_byte(text.ptr[at - 1])) &&
                           (end == text.len || !is_word_byte(text.ptr[end])));
}

static void found_word(const Words *w, uint32_t i, ProjectFile *f) {
  f->in_focus = true;
  f->has_topic = f->has_topic || i < w->topics;
}

#if defined(__SSE2__)
static inline __m128i load16(const char *s) {
  return _mm_loadu_si128((const __m128i *)(const void *)s);
}

typedef struct {
  __m128i first, last;
  size_t distance;
} Ends;

static inline __m128i places_of(const Ends *e, __m128i here, const char *at) {
  return _mm_and_si128(_mm_cmpeq_epi8(here, e->first),
                       _mm_cmpeq_epi8(load16(at + e->distance), e->last));
}

static void look_closer(const Words *w, const Ends *ends, ProjectFile *f, size_t at) {
  Str text = f->source.text;
  __m128i here = load16(text.ptr + at);
  for (uint32_t i = 0; i < w->count; i++) {
    __m128i places = places_of(&ends[i], here, text.ptr + at);
    uint32_t hits = (uint32_t)_mm_movemask_epi8(places);
    for (; hits; hits &= hits - 1)
      if (word_at(w, i, text, at + (size_t)__builtin_ctz(hits)))
        found_word(w, i, f);
  }
}

// Gives the first place that has too little text behind it.
static size_t look_at_sixteens(const Words *w, ProjectFile *f, size_t longest) {
  Str text = f->source.text;
  Ends ends[WORDS_MAX];
  for (uint32_t i = 0; i < w->count; i++)
    ends[i] =
        (Ends){_mm_set1_epi8(w->words[i].ptr[0]),
               _mm_set1_epi8(w->words[i].ptr[w->words[i].len - 1]), w->words[i].len - 1};
  size_t at = 0;
  for (; at + longest + 16 <= text.len && !f->has_topic; at += 16) {
    __m128i here = load16(text.ptr + at), any = _mm_setzero_si128();
    for (uint32_t i = 0; i < w->count; i++)
      any = _mm_or_si128(any, places_of(&ends[i], here, text.ptr + at));
    if (_mm_movemask_epi8(any))
      look_closer(w, ends, f, at);
  }
  return at;
}
#else
static size_t look_at_sixteens(const Words *w, ProjectFile *f, size_t longest) {
  (void)w, (void)f, (void)longest;
  return 0;
}
#endif

void focus_look(ProjectFile *f, const ProjectFocus *focus) {
  Words w = {0};
  add_words(&w, focus->topics);
  w.topics = w.count;
  add_words(&w, focus->hints);
  size_t longest = 0;
  for (uint32_t i = 0; i < w.count; i++)
    longest = max_size(longest, w.words[i].len);
  f->has_topic = f->in_focus = false;
  Str text = f->source.text;
  for (size_t at = look_at_sixteens(&w, f, longest); at < text.len && !f->has_topic; at++)
    for (uint32_t i = 0; i < w.count; i++)
      if (text.ptr[at] == w.words[i].ptr[0] && word_at(&w, i, text, at))
        found_word(&w, i, f);
}

// ---- Imports, read from bytes

static bool is_gap(char c) {
  return c == ' ' || c == '\t' || c == '\f' || c == '\\' || c == '\r';
}

// Past blanks and joined lines; past line ends and comments too where `lines` is set.
static size_t skip_gap(Str t, size_t at, bool lines) {
  while (at < t.len) {
    char c = t.ptr[at];
    if (is_gap(c) || (c == '\n' && (lines || (at && (t.ptr[at - 1] == '\\' ||
                                                     t.ptr[at - 1] == '\r')))))
      at++;
    else if (c == '#' && lines)
      while (at < t.len && t.ptr[at] != '\n')
        at++;
    else
      break;
  }
  return at;
}

// A name with dots, without the blanks that may stand around them.
static size_t read_dotted(Str t, size_t at, Buf *out) {
  for (;;) {
    size_t start = at;
    while (at < t.len && (is_word_byte(t.ptr[at]) || t.ptr[at] == '.'))
      at++;
    buf_add_str(out, str_slice(t, start, at));
    size_t next = skip_gap(t, at, false);
    bool goes_on = next < t.len && next > at && out->len &&
                   (t.ptr[next] == '.' || out->ptr[out->len - 1] == '.') &&
                   (is_word_byte(t.ptr[next]) || t.ptr[next] == '.');
    if (!goes_on)
      return at;
    at = next;
  }
}

static void add_module(Search *s, uint32_t from, uint32_t module) {
  uint32_t file = module == NO_MODULE ? NO_FILE : s->p->modules[module].file;
  if (file != NO_FILE && file != from)
    vec_push(&s->imported[from], file);
}

// `import a.b.c`: what a, a.b and a.b.c stand for.
static void add_path(Search *s, uint32_t file, Str dotted) {
  for (size_t end = 0; end < dotted.len; end++) {
    end = str_find_char(dotted, '.', end);
    end = end == SIZE_MAX ? dotted.len : end;
    uint32_t module = link_module(s->p, file, 0, str_slice(dotted, 0, end));
    if (module == NO_MODULE)
      return;
    add_module(s, file, module);
  }
}

// The names behind `import`: modules, or members of `from` that may be modules.
static void read_names(Search *s, uint32_t file, Str t, size_t at, bool has_from,
                       uint32_t level, Str from, Buf *word) {
  bool lines = false;
  at = skip_gap(t, at, false);
  if (at < t.len && t.ptr[at] == '(') {
    lines = true;
    at++;
  }
  for (;;) {
    at = skip_gap(t, at, lines);
    buf_clear(word);
    if (has_from && from.len) {
      buf_add_str(word, from);
      buf_add_char(word, '.');
    }
    size_t start = at, prefix = word->len;
    at = read_dotted(t, at, word);
    if (at == start)
      return;
    if (!has_from)
      add_path(s, file, buf_str(word));
    else if (word->len > prefix)
      add_module(s, file, link_module(s->p, file, level, buf_str(word)));
    at = skip_gap(t, at, lines);
    if (at + 2 < t.len && t.ptr[at] == 'a' && t.ptr[at + 1] == 's' &&
        !is_word_byte(t.ptr[at + 2])) {
      at = skip_gap(t, at + 2, lines);
      while (at < t.len && is_word_byte(t.ptr[at]))
        at++;
      at = skip_gap(t, at, lines);
    }
    if (at >= t.len || t.ptr[at] != ',')
      return;
    at++;
  }
}

// The module between `from` and an `import` at `at`, read backwards.
static bool read_from(Str t, size_t at, size_t *start, size_t *end) {
  while (at &&
         (is_gap(t.ptr[at - 1]) || (t.ptr[at - 1] == '\n' && at > 1 &&
                                    (t.ptr[at - 2] == '\\' || t.ptr[at - 2] == '\r'))))
    at--;
  *end = at;
  for (;;) {
    while (at && (is_word_byte(t.ptr[at - 1]) || t.ptr[at - 1] == '.'))
      at--;
    *start = at;
    while (at &&
           (is_gap(t.ptr[at - 1]) || (t.ptr[at - 1] == '\n' && at > 1 &&
                                      (t.ptr[at - 2] == '\\' || t.ptr[at - 2] == '\r'))))
      at--;
    if (at >= 4 && !memcmp(t.ptr + at - 4, "from", 4) &&
        (at == 4 || !is_word_byte(t.ptr[at - 5])))
      return true;
    bool dots = at && at != *start &&
                (t.ptr[at - 1] == '.' || (*start < *end && t.ptr[*start] == '.'));
    if (!dots || !(is_word_byte(t.ptr[at - 1]) || t.ptr[at - 1] == '.'))
      return false;
  }
}

static void read_import(Search *s, uint32_t file, Str t, size_t at, Buf *from,
                        Buf *word) {
  size_t start = 0, end = 0;
  bool has_from = read_from(t, at, &start, &end);
  uint32_t level = 0;
  buf_clear(from);
  for (size_t i = start; has_from && i < end; i++) {
    if (t.ptr[i] == '.' && !from->len)
      level++;
    else if (t.ptr[i] == '.' || is_word_byte(t.ptr[i]))
      buf_add_char(from, t.ptr[i]);
  }
  if (has_from) {
    uint32_t module = link_module(s->p, file, level, buf_str(from));
    add_module(s, file, module);
    if (module == NO_MODULE || !s->p->modules[module].is_package)
      return; // what is imported from it are no modules
  }
  read_names(s, file, t, at + 6, has_from, level, buf_str(from), word);
}

static void find_imports(void *shared, int worker, size_t index) {
  (void)worker;
  Search *s = shared;
  const ProjectFile *f = s->p->files[index];
  if (!f->readable)
    return;
  Str t = f->source.text;
  Buf from = {0}, word = {0};
  for (size_t at = 0; (at = str_find(t, STR("import"), at)) != SIZE_MAX; at += 6) {
    bool starts = !at || !is_word_byte(t.ptr[at - 1]);
    bool ends = at + 6 >= t.len || !is_word_byte(t.ptr[at + 6]);
    if (starts && ends)
      read_import(s, (uint32_t)index, t, at, &from, &word);
  }
  buf_free(&from);
  buf_free(&word);
}

typedef struct {
  Str folder; // absolute
  uint32_t file;
} Conftest;

static int by_folder(const void *a, const void *b) {
  return str_compare(((const Conftest *)a)->folder, ((const Conftest *)b)->folder);
}

static Str folder_of(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return str_slice(path, 0, slash == SIZE_MAX ? 0 : slash);
}

// A test file uses the fixtures of the conftest.py files above it.
static void add_conftests(Search *s) {
  const Project *p = s->p;
  Vec(Conftest) all = {0};
  for (uint32_t i = 0; i < p->file_count; i++)
    if (str_ends(p->files[i]->absolute, STR("/conftest.py")))
      vec_push(&all, ((Conftest){folder_of(p->files[i]->absolute), i}));
  if (all.len)
    qsort(all.items, all.len, sizeof *all.items, by_folder);
  for (uint32_t i = 0; all.len && i < p->file_count; i++) {
    if (!p->files[i]->is_test || !p->files[i]->readable)
      continue;
    Conftest key = {p->files[i]->absolute, i};
    while (key.folder.len) {
      key.folder = folder_of(key.folder);
      const Conftest *found =
          bsearch(&key, all.items, all.len, sizeof *all.items, by_folder);
      if (found && found->file != i)
        vec_push(&s->imported[i], found->file);
    }
  }
  vec_free(&all);
}

// ---- Along the imports

typedef struct {
  uint32_t *first; // by file, in list; one more than files
  uint32_t *list;
} Graph;

// Who imports each file.
static Graph turn_around(const Search *s, Arena *a) {
  uint32_t n = s->p->file_count, total = 0;
  Graph g = {.first = arena_array(a, uint32_t, n + 2)};
  for (uint32_t i = 0; i < n; i++)
    for (size_t k = 0; k < s->imported[i].len; k++)
      g.first[s->imported[i].items[k] + 2]++, total++;
  for (uint32_t i = 0; i < n; i++)
    g.first[i + 2] += g.first[i + 1];
  g.list = arena_array(a, uint32_t, total + 1);
  for (uint32_t i = 0; i < n; i++)
    for (size_t k = 0; k < s->imported[i].len; k++)
      g.list[g.first[s->imported[i].items[k] + 1]++] = i;
  return g;
}

// What each file imports.
static Graph turn_straight(const Search *s, Arena *a) {
  uint32_t n = s->p->file_count, total = 0;
  Graph g = {.first = arena_array(a, uint32_t, n + 1)};
  for (uint32_t i = 0; i < n; i++)
    total += (uint32_t)s->imported[i].len;
  g.list = arena_array(a, uint32_t, total + 1);
  total = 0;
  for (uint32_t i = 0; i < n; i++) {
    for (size_t k = 0; k < s->imported[i].len; k++)
      g.list[total++] = s->imported[i].items[k];
    g.first[i + 1] = total;
  }
  return g;
}

// Goes from the files of `open` along the edges of a graph, so many steps far; `visit`
// says whether a file was not met before.
static void spread(Search *s, const Graph *g, IdList *open, int steps,
                   bool (*visit)(ProjectFile *f)) {
  IdList next = {0};
  for (; steps > 0 && open->len; steps--) {
    next.len = 0;
    for (size_t i = 0; i < open->len; i++)
      for (uint32_t k = g->first[open->items[i]]; k < g->first[open->items[i] + 1]; k++)
        if (visit(s->p->files[g->list[k]]))
          vec_push(&next, g->list[k]);
    IdList done = *open;
    *open = next;
    next = done;
  }
  vec_free(&next);
  open->len = 0;
}

static bool visit_focus(ProjectFile *f) {
  bool fresh = !f->has_topic;
  f->has_topic = f->in_focus = true;
  return fresh;
}

static bool visit_use(ProjectFile *f) {
  bool fresh = !f->in_use && f->readable;
  f->in_use = f->in_use || fresh;
  return fresh;
}

static void spread_all(Search *s) {
  Arena a = {0};
  Graph importers = turn_around(s, &a), imports = turn_straight(s, &a);
  IdList open = {0};
  for (uint32_t i = 0; i < s->p->file_count; i++)
    if (s->p->files[i]->has_topic)
      vec_push(&open, i);
  spread(s, &importers, &open, s->p->focus->reach, visit_focus);
  for (uint32_t i = 0; i < s->p->file_count; i++) {
    s->p->files[i]->in_use = s->p->files[i]->in_focus;
    if (s->p->files[i]->in_use)
      vec_push(&open, i);
  }
  spread(s, &imports, &open, s->p->focus->depth, visit_use);
  vec_free(&open);
  arena_reset(&a);
}

void focus_find(Project *p, int threads) {
  bool any = false;
  for (uint32_t i = 0; i < p->file_count && !any; i++)
    any = p->files[i]->in_focus;
  if (!any)
    return;
  Search s = {.p = p};
  s.imported = mem_zalloc(p->file_count + 1, sizeof *s.imported);
  parallel_for(threads, p->file_count, find_imports, &s);
  add_conftests(&s);
  spread_all(&s);
  for (uint32_t i = 0; i < p->file_count; i++)
    vec_free(&s.imported[i]);
  mem_free(s.imported);
}

// ---- Words that are asked for later

enum {
  LATE_BUCKETS = 4096
};

typedef struct {
  Project *p;
  Str *words; // by bucket
  uint32_t first[LATE_BUCKETS + 1];
  bool in_word[256];
  bool *found; // by file
} LateWords;

static uint32_t late_bucket(Str word) {
  uint32_t first = (uint8_t)word.ptr[0], last = (uint8_t)word.ptr[word.len - 1];
  return (first * 67 + last * 5 + (uint32_t)word.len * 211) % LATE_BUCKETS;
}

static int by_bucket(const void *a, const void *b) {
  uint32_t x = late_bucket(*(const Str *)a), y = late_bucket(*(const Str *)b);
  return x < y ? -1 : x > y;
}

static bool is_late_word(const LateWords *w, Str word) {
  uint32_t bucket = late_bucket(word);
  for (uint32_t i = w->first[bucket]; i < w->first[bucket + 1]; i++)
    if (str_eq(w->words[i], word))
      return true;
  return false;
}

static void look_for_late(void *shared, int worker, size_t index) {
  (void)worker;
  LateWords *w = shared;
  const ProjectFile *f = w->p->files[index];
  if (f->in_use || !f->readable)
    return;
  Str t = f->source.text;
  for (size_t at = 0; at < t.len && !w->found[index];) {
    size_t start = at;
    while (at < t.len && w->in_word[(uint8_t)t.ptr[at]])
      at++;
    w->found[index] = at > start && is_late_word(w, str_slice(t, start, at));
    at += at == start;
  }
}

// Gives how many there are that could stand in a text.
static size_t sort_late(LateWords *w, const Atom *words, size_t count) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++)
    if (atom_str(w->p->names, words[i]).len)
      w->words[n++] = atom_str(w->p->names, words[i]);
  if (n)
    qsort(w->words, n, sizeof *w->words, by_bucket);
  for (size_t i = 0; i < n; i++)
    w->first[late_bucket(w->words[i]) + 1]++;
  for (uint32_t b = 0; b < LATE_BUCKETS; b++)
    w->first[b + 1] += w->first[b];
  for (int c = 0; c < 256; c++)
    w->in_word[c] = is_word_byte((char)c);
  return n;
}

bool focus_use_words(Project *p, const Atom *words, size_t count, int threads) {
  Arena arena = {0};
  LateWords *w = arena_new(&arena, LateWords);
  w->p = p;
  w->words = arena_array(&arena, Str, count + 1);
  w->found = arena_array(&arena, bool, p->file_count + 1);
  bool any = false;
  if (sort_late(w, words, count))
    parallel_for(threads, p->file_count, look_for_late, w);
  for (uint32_t i = 0; i < p->file_count; i++)
    if (w->found[i]) {
      p->files[i]->in_use = p->files[i]->is_far = true;
      any = true;
    }
  arena_reset(&arena);
  return any;
}
