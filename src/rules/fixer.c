// fixer.c: rounds of check, edit and parse again.
#include "rules/fixer.h"

#include "python/parse.h"

typedef struct {
  uint32_t at;
  Str text;
} ImportLine;

// The fixes of one file that go into one round.
typedef struct {
  FixResult *out;
  Project *project;
  uint32_t file;
  Finding **fixes;
  uint32_t count;
  InternCache *names;
} FileRound;

static bool wanted(const FixedFile *file, const Finding *f, FixLevel lowest) {
  return f->rule && f->fix.edit_count && f->fix.level >= lowest &&
         !(file->withdrawn && file->withdrawn[rule_index(f->rule)]);
}

// Two fixes that add different lines of imports at one place go into two rounds: the
// second then extends the line of the first.
static bool postponed(const Finding *f, ImportLine *lines, size_t *count, size_t most) {
  for (uint32_t i = 0; i < f->fix.edit_count; i++) {
    const Edit *e = &f->fix.edits[i];
    if (!f->fix.adds_import_line || e->span.start != f->fix.import_at ||
        e->span.end != e->span.start)
      continue;
    for (size_t k = 0; k < *count; k++)
      if (lines[k].at == e->span.start)
        return !str_eq(lines[k].text, e->text);
    if (*count == most)
      return true;
    lines[(*count)++] = (ImportLine){e->span.start, e->text};
  }
  return false;
}

static uint32_t choose(const FixedFile *file, Finding **findings, size_t count,
                       FixLevel lowest, Finding **chosen) {
  enum {
    MOST_LINES = 16
  };
  ImportLine lines[MOST_LINES];
  size_t line_count = 0;
  uint32_t n = 0;
  for (size_t i = 0; i < count; i++)
    if (wanted(file, findings[i], lowest) &&
        !postponed(findings[i], lines, &line_count, MOST_LINES))
      chosen[n++] = findings[i];
  return n;
}

static void apply(const FileRound *r, uint32_t from, uint32_t to, Str text, Buf *out,
                  bool *taken) {
  EditList edits = {0};
  for (uint32_t i = from; i < to; i++) {
    const Fix *fix = &r->fixes[i]->fix;
    for (uint32_t e = 0; e < fix->edit_count; e++)
      vec_push(&edits, (Edit){fix->edits[e].span, fix->edits[e].text, i - from});
  }
  edits_apply(text, &edits, to - from, out, taken);
  vec_free(&edits);
}

// Parses `text` in the encoding of the file; false where it cannot be that file's text.
static bool still_parses(const FileRound *r, Str text, Buf *bytes) {
  const ProjectFile *file = r->project->files[r->file];
  Arena arena = {0};
  Source source = {0};
  buf_clear(bytes);
  bool good = source_encode(&file->source, text, bytes, NULL) &&
              source_init(&source, &arena, file->path, buf_str(bytes), NULL);
  if (good) {
    DiagSink diags = {.arena = &arena};
    PyTree tree = {0};
    py_parse(&tree, &source, r->names, &diags);
    good = !tree.has_errors;
    py_tree_free(&tree);
    diag_sink_free(&diags);
  }
  arena_reset(&arena);
  return good;
}

static void withdraw(const FileRound *r, const Finding *f) {
  FixedFile *file = &r->out->files[r->file];
  if (!file->withdrawn)
    file->withdrawn = arena_array(&r->out->arena, bool, rules_count + 1);
  file->withdrawn[rule_index(f->rule)] = true;
  vec_push(&r->out->bugs,
           str_format(&r->out->arena,
                      "the fix of %s at %.*s:%u gives a file that does not parse; it was "
                      "not applied",
                      f->rule->code, STR_ARG(file->path), (unsigned)f->line));
}

// Some fix broke the file: finds out which, by applying one after the other. Taken ones
// stay in `fixes`.
static void drop_breaking(FileRound *r, Str text) {
  Buf edited = {0}, bytes = {0};
  uint32_t kept = 0;
  for (uint32_t i = 0; i < r->count; i++) {
    Finding *candidate = r->fixes[i];
    r->fixes[kept] = candidate;
    buf_clear(&edited);
    apply(r, 0, kept + 1, text, &edited, NULL);
    if (still_parses(r, buf_str(&edited), &bytes))
      kept++;
    else
      withdraw(r, candidate);
  }
  r->count = kept;
  buf_free(&edited);
  buf_free(&bytes);
}

// True where the file has a new text.
static bool fix_file(FileRound *r) {
  FixedFile *file = &r->out->files[r->file];
  const Source *source = &r->project->files[r->file]->source;
  Buf edited = {0}, bytes = {0};
  bool *taken = mem_zalloc(r->count + 1, sizeof *taken);
  apply(r, 0, r->count, source->text, &edited, taken);
  if (!still_parses(r, buf_str(&edited), &bytes)) {
    drop_breaking(r, source->text);
    buf_clear(&edited);
    memset(taken, 0, r->count * sizeof *taken);
    apply(r, 0, r->count, source->text, &edited, taken);
    if (!still_parses(r, buf_str(&edited), &bytes))
      BUG("fixes that parse one after the other do not parse together");
  }
  bool changed = !str_eq(source->text, buf_str(&edited));
  for (uint32_t i = 0; changed && i < r->count; i++) {
    if (!taken[i])
      continue;
    file->fixed++;
    r->out->fixed++;
    r->out->fixed_by_rule[rule_index(r->fixes[i]->rule)]++;
  }
  if (changed) {
    if (!file->before.ptr) {
      file->before = str_copy(&r->out->arena, source->text);
      file->stamp = source->stamp;
    }
    file->after = str_copy(&r->out->arena, buf_str(&edited));
    file->bytes = str_copy(&r->out->arena, buf_str(&bytes));
    file->changed = !str_eq(file->before, file->after);
  }
  mem_free(taken);
  buf_free(&edited);
  buf_free(&bytes);
  return changed;
}

// One round over what was found; true where some file changed.
static bool fix_round(FixResult *out, Project *p, const CheckResult *found,
                      FixLevel lowest, InternCache *names) {
  Finding **chosen = mem_zalloc(found->count + 1, sizeof *chosen);
  Vec(uint32_t) changed = {0};
  for (size_t from = 0, to; from < found->count; from = to) {
    uint32_t id = found->findings[from]->file;
    for (to = from; to < found->count && found->findings[to]->file == id;)
      to++;
    if (p->files[id]->tree.has_errors)
      continue;
    FileRound r = {out, p, id, chosen, 0, names};
    r.count = choose(&out->files[id], found->findings + from, to - from, lowest, chosen);
    if (r.count && fix_file(&r))
      vec_push(&changed, id);
  }
  for (size_t i = 0; i < changed.len; i++) {
    const FixedFile *f = &out->files[changed.items[i]];
    uint32_t id = project_add_text(p, f->path, f->bytes);
    ASSERT(id == changed.items[i]);
  }
  bool any = changed.len > 0;
  vec_free(&changed);
  mem_free(chosen);
  return any;
}

void fix_project(FixResult *out, CheckResult *remaining, Project *p,
                 const CheckSettings *settings, FixLevel lowest) {
  *out = (FixResult){.file_count = p->file_count};
  out->files = arena_array(&out->arena, FixedFile, p->file_count + 1);
  out->fixed_by_rule = arena_array(&out->arena, size_t, rules_count + 1);
  for (uint32_t i = 0; i < p->file_count; i++)
    out->files[i].path = str_copy(&out->arena, p->files[i]->path);
  InternCache *names = intern_cache_new(p->names);
  for (;;) {
    check_project(remaining, p, settings);
    if (out->rounds == FIX_MAX_ROUNDS) {
      for (size_t i = 0; i < remaining->count; i++)
        if (wanted(&out->files[remaining->findings[i]->file], remaining->findings[i],
                   lowest))
          out->unstable = true;
      break;
    }
    out->rounds++;
    if (!fix_round(out, p, remaining, lowest, names))
      break;
    check_result_free(remaining);
  }
  intern_cache_free(names);
}

void fix_result_free(FixResult *r) {
  vec_free(&r->bugs);
  arena_reset(&r->arena);
  *r = (FixResult){0};
}
