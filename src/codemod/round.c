// round.c: the edits of one round.
//
// To find the groups that fit together over several files, the files are thought of as
// one text, one behind the other.
#include "codemod/round.h"
#include "python/parse.h"

#include <stdlib.h>

typedef struct {
  uint32_t file, group;
  Edit edit;
} Item;

typedef struct {
  RoundCtx *r;
  EditGroup **groups;
  size_t count;
  bool *taken;      // by group
  uint32_t *offset; // by file: where it starts in the joined text; UINT32_MAX: untouched
  Vec(uint32_t) files; // touched, ascending
  Vec(Item) items;     // all edits, by file and group
  uint32_t *first;     // by file: its first item; one more at the end
  Arena arena;
} Apply;

static const Source *source_of(const Apply *a, uint32_t file) {
  return &a->r->project->files[file]->source;
}

// ---- Choosing

static int by_file(const void *left, const void *right) {
  const Item *a = left, *b = right;
  if (a->file != b->file)
    return a->file < b->file ? -1 : 1;
  if (a->group != b->group)
    return a->group < b->group ? -1 : 1;
  return a->edit.group < b->edit.group ? -1 : a->edit.group > b->edit.group;
}

static void collect(Apply *a) {
  uint32_t n = a->r->project->file_count;
  a->offset = arena_array(&a->arena, uint32_t, n + 1);
  a->first = arena_array(&a->arena, uint32_t, n + 2);
  for (size_t g = 0; g < a->count; g++)
    for (uint32_t i = 0; i < a->groups[g]->edit_count; i++) {
      FileEdit e = a->groups[g]->edits[i];
      e.edit.group = i; // the order within the group
      vec_push(&a->items, (Item){e.file, (uint32_t)g, e.edit});
    }
  if (a->items.len)
    qsort(a->items.items, a->items.len, sizeof *a->items.items, by_file);
  size_t at = 0;
  for (uint32_t file = 0; file <= n; file++) {
    a->first[file] = (uint32_t)at;
    if (at < a->items.len && a->items.items[at].file == file)
      vec_push(&a->files, file);
    while (at < a->items.len && a->items.items[at].file == file)
      at++;
  }
}

static void choose(Apply *a) {
  Buf joined = {0}, ignored = {0};
  EditList edits = {0};
  for (size_t i = 0; i < a->files.len; i++) {
    a->offset[a->files.items[i]] = (uint32_t)joined.len;
    buf_add_str(&joined, source_of(a, a->files.items[i])->text);
    buf_add_char(&joined, '\n'); // edits at the end of one file and the start of the next
  }
  ASSERT(joined.len < UINT32_MAX);
  for (size_t i = 0; i < a->items.len; i++) {
    const Item *item = &a->items.items[i];
    uint32_t at = a->offset[item->file];
    Span span = {item->edit.span.start + at, item->edit.span.end + at};
    vec_push(&edits, (Edit){span, item->edit.text, item->group});
  }
  edits_apply(buf_str(&joined), &edits, (uint32_t)a->count, &ignored, a->taken);
  vec_free(&edits);
  buf_free(&joined);
  buf_free(&ignored);
}

// Two fixes of rules that add different lines of imports at one place go into two rounds:
// the second then extends the line of the first.
static void postpone(Apply *a) {
  uint32_t *first = arena_array(&a->arena, uint32_t, a->r->project->file_count + 1);
  for (size_t g = 0; g < a->count; g++) {
    if (!a->taken[g] || !a->groups[g]->has_imports)
      continue;
    uint32_t file = a->groups[g]->edits[0].file;
    if (first[file])
      a->taken[g] = false;
    else
      first[file] = 1;
  }
}

// ---- One file

typedef Vec(Edit) Edits;

static int by_start(const void *left, const void *right) {
  const Edit *a = left, *b = right;
  if (a->span.start != b->span.start)
    return a->span.start < b->span.start ? -1 : 1;
  if (a->span.end != b->span.end)
    return a->span.end < b->span.end ? -1 : 1;
  return a->group < b->group ? -1 : a->group > b->group;
}

// The new text of a file under the taken groups, imports included. `made` (may be NULL)
// gets the edits, which live as long as the round.
static void build(Apply *a, uint32_t file, const bool *taken, Buf *out, EditList *made) {
  EditList edits = {0};
  Vec(ImportNeed) needs = {0};
  for (uint32_t i = a->first[file]; i < a->first[file + 1]; i++) {
    const Item *item = &a->items.items[i];
    if (!taken[item->group])
      continue;
    vec_push(&edits, (Edit){item->edit.span, item->edit.text, item->group});
    const EditGroup *group = a->groups[item->group];
    bool is_last = i + 1 == a->first[file + 1] || item[1].group != item->group;
    for (uint32_t k = 0; is_last && k < group->need_count; k++)
      if (group->needs[k].file == file)
        vec_push(&needs, group->needs[k]);
  }
  ImportEdits imports = {0};
  if (needs.len) {
    Edits sorted = {0};
    for (size_t i = 0; i < edits.len; i++)
      vec_push(&sorted, edits.items[i]);
    if (sorted.len)
      qsort(sorted.items, sorted.len, sizeof *sorted.items, by_start);
    imports_render(&imports, codemod_in(a->r->cx, file), needs.items, needs.len,
                   sorted.items, sorted.len, &a->arena);
    vec_free(&sorted);
  }
  for (size_t i = 0; i < imports.len; i++) {
    Edit e = imports.items[i];
    e.group = (uint32_t)(a->count + i);
    vec_push(&edits, e);
  }
  uint32_t group_count = (uint32_t)(a->count + imports.len);
  bool *fits = mem_zalloc(group_count + 1, sizeof *fits);
  edits_apply(source_of(a, file)->text, &edits, group_count, out, fits);
  for (size_t i = 0; i < edits.len; i++)
    if (!fits[edits.items[i].group])
      BUG("an edit that was chosen does not fit");
  mem_free(fits);
  vec_free(&imports);
  if (made)
    *made = edits;
  else
    vec_free(&edits);
  vec_free(&needs);
}

static Str withdrawn_key(const RoundCtx *r, const Site *s, Arena *arena) {
  return str_format(arena, "%s %.*s", s->code, STR_ARG(r->project->files[s->file]->path));
}

bool round_is_withdrawn(const RoundCtx *r, const Site *s) {
  if (!r->withdrawn->len)
    return false;
  Arena arena = {0};
  Str key = withdrawn_key(r, s, &arena);
  bool found = false;
  for (size_t i = 0; i < r->withdrawn->len && !found; i++)
    found = str_eq(key, r->withdrawn->items[i]);
  arena_reset(&arena);
  return found;
}

static void withdraw(Apply *a, size_t group) {
  Modernization *m = a->r->out;
  const Site *s = a->groups[group]->sites[0];
  a->taken[group] = false;
  vec_push(a->r->withdrawn, withdrawn_key(a->r, s, &m->arena));
  vec_push(&m->bugs,
           str_format(&m->arena,
                      "the rewrite of %s at %.*s:%u gives a file that does not parse; it "
                      "was not applied",
                      s->code, STR_ARG(a->r->project->files[s->file]->path),
                      (unsigned)s->line));
}

// Some group broke the file: finds out which, by adding one after the other.
static void drop_breaking(Apply *a, uint32_t file) {
  bool *trial = mem_zalloc(a->count + 1, sizeof *trial);
  Buf text = {0}, bytes = {0};
  for (uint32_t i = a->first[file]; i < a->first[file + 1]; i++) {
    uint32_t g = a->items.items[i].group;
    if (!a->taken[g] || trial[g])
      continue;
    trial[g] = true;
    buf_clear(&text);
    build(a, file, trial, &text, NULL);
    if (!project_still_parses(a->r->project, file, buf_str(&text), &bytes)) {
      trial[g] = false;
      withdraw(a, g);
    }
  }
  mem_free(trial);
  buf_free(&text);
  buf_free(&bytes);
}

// ---- Lines

typedef Vec(uint32_t) Lines;

// Adds the lines that begin in the edit's text. They stand for those that it replaces,
// one by one, and where there are more of them for the last.
static void add_edited(Lines *lines, const Edit *e, uint32_t line, uint32_t last) {
  for (size_t i = 0; i < e->text.len; i++)
    if (e->text.ptr[i] == '\n') {
      line += line < last;
      vec_push(lines, line);
    }
}

// Equal edits of several groups are one.
static bool is_merged(const EditList *edits, size_t at) {
  const Edit *e = &edits->items[at];
  for (size_t i = at; i-- > 0 && edits->items[i].span.start == e->span.start;)
    if (edits->items[i].group != e->group && edits->items[i].span.end == e->span.end &&
        str_eq(edits->items[i].text, e->text))
      return true;
  return false;
}

// The line of the old text for each line of the new one.
static void map_lines(Apply *a, uint32_t file, EditList *edits) {
  RoundCtx *r = a->r;
  Str before = source_of(a, file)->text;
  Lines lines = {0};
  size_t from = 0; // in before
  uint32_t line = 1;
  if (edits->len)
    qsort(edits->items, edits->len, sizeof *edits->items, by_start);
  vec_push(&lines, 1);
  for (size_t i = 0; i <= edits->len; i++) {
    size_t until = i < edits->len ? edits->items[i].span.start : before.len;
    for (; from < until; from++)
      if (before.ptr[from] == '\n')
        vec_push(&lines, ++line);
    if (i == edits->len || is_merged(edits, i))
      continue;
    const Edit *e = &edits->items[i];
    uint32_t first = line;
    for (; from < e->span.end; from++)
      line += before.ptr[from] == '\n';
    add_edited(&lines, e, first, line);
  }
  uint32_t *map = mem_alloc((lines.len + 1) * sizeof *map);
  for (size_t i = 0; i < lines.len; i++)
    map[i] = codemod_original_line(a->r->cx->run, file, lines.items[i]);
  mem_free(r->line_maps[file]);
  r->line_maps[file] = map;
  r->line_map_counts[file] = (uint32_t)lines.len;
  vec_free(&lines);
}

// ----

static void keep(Apply *a, uint32_t file, Str text, Str bytes) {
  Modernization *m = a->r->out;
  ModernizedFile *f = &m->files[file];
  const Source *source = source_of(a, file);
  if (!f->before.ptr) {
    Buf original = {0};
    f->before = str_copy(&m->arena, source->text);
    f->stamp = source->stamp;
    if (source_encode(source, source->text, &original, NULL))
      f->bytes_before = str_copy(&m->arena, buf_str(&original));
    buf_free(&original);
  }
  f->after = str_copy(&m->arena, text);
  f->bytes_after = str_copy(&m->arena, bytes);
  f->changed = !str_eq(f->before, f->after);
}

static bool apply_file(Apply *a, uint32_t file) {
  Buf text = {0}, bytes = {0};
  EditList edits = {0};
  build(a, file, a->taken, &text, &edits);
  bool good = project_still_parses(a->r->project, file, buf_str(&text), &bytes);
  bool changed = good && !str_eq(buf_str(&text), source_of(a, file)->text);
  if (changed) {
    map_lines(a, file, &edits);
    keep(a, file, buf_str(&text), buf_str(&bytes));
  }
  vec_free(&edits);
  buf_free(&text);
  buf_free(&bytes);
  return changed;
}

// Withdraws groups until every touched file parses; a group that goes in one file goes in
// all, so files that were looked at are looked at again.
static void settle(Apply *a) {
  Buf text = {0}, bytes = {0};
  for (bool again = true; again;) {
    again = false;
    for (size_t i = 0; i < a->files.len; i++) {
      buf_clear(&text);
      build(a, a->files.items[i], a->taken, &text, NULL);
      if (!project_still_parses(a->r->project, a->files.items[i], buf_str(&text),
                                &bytes)) {
        drop_breaking(a, a->files.items[i]);
        again = true;
      }
    }
  }
  buf_free(&text);
  buf_free(&bytes);
}

bool round_apply(RoundCtx *r, EditGroup **groups, size_t count) {
  Apply a = {.r = r, .groups = groups, .count = count};
  a.taken = mem_zalloc(count + 1, sizeof *a.taken);
  collect(&a);
  if (a.files.len)
    choose(&a);
  postpone(&a);
  settle(&a);
  Vec(uint32_t) changed = {0};
  for (size_t i = 0; i < a.files.len; i++)
    if (apply_file(&a, a.files.items[i]))
      vec_push(&changed, a.files.items[i]);
  for (size_t g = 0; g < count; g++)
    for (uint32_t i = 0; a.taken[g] && i < groups[g]->site_count; i++)
      groups[g]->sites[i]->converted = true;
  for (size_t i = 0; i < changed.len; i++) {
    const ModernizedFile *f = &r->out->files[changed.items[i]];
    uint32_t id = project_add_text(r->project, f->path, f->bytes_after);
    ASSERT(id == changed.items[i]);
  }
  bool any = changed.len > 0;
  vec_free(&changed);
  vec_free(&a.files);
  vec_free(&a.items);
  mem_free(a.taken);
  arena_reset(&a.arena);
  return any;
}
