// codemod.c: what codemods call: sites, groups of edits, imports they need.
#include "codemod/run.h"

#include <stdarg.h>
#include <stdio.h>

static Str format_kept(Arena *arena, const char *format, va_list args) {
  char text[1024];
  vsnprintf(text, sizeof text, format, args);
  return str_copy(arena, str_from(text));
}

// ---- Files

RuleCtx *codemod_in(CodemodCtx *cx, uint32_t file) {
  CodemodRun *run = cx->run;
  FileState *state = run->files[file];
  if (!state) {
    state = run->files[file] = arena_new(cx->arena, FileState);
    ProjectFile *f = cx->project->files[file];
    state->run = (RuleRun){.settings = run->check, .keep = cx->arena};
    state->cx = (RuleCtx){.project = cx->project,
                          .file = f,
                          .file_id = file,
                          .tree = &f->tree,
                          .resolver = cx->resolver,
                          .values = cx->values,
                          .models = cx->models,
                          .target = cx->target,
                          .oldest = cx->target,
                          .scratch = cx->arena,
                          .run = &state->run};
  }
  if (run->open && !run->refused && !state->run.fixing) {
    state->fixing = (Finding){.file = file, .refused = STR("")};
    state->run.fixing = &state->fixing;
    state->run.edits.len = 0;
    vec_push(&run->touched, file);
  }
  return &state->cx;
}

void codemod_ask_word(CodemodCtx *cx, Atom word) {
  const ProjectFocus *focus = cx->project->focus;
  if (focus && focus->keeps_text && word)
    vec_push(&cx->run->words, word);
}

void codemod_come_near(CodemodCtx *cx, uint32_t file) {
  if (cx->project->files[file]->is_far)
    vec_push(&cx->run->near, file);
}

void codemod_run_free(CodemodRun *run) {
  vec_free(&run->near);
  vec_free(&run->words);
  vec_free(&run->sites);
  vec_free(&run->groups);
  vec_free(&run->joined);
  vec_free(&run->needs);
  vec_free(&run->touched);
  vec_free(&run->bugs);
}

// ---- Sites

uint32_t codemod_original_line(const CodemodRun *run, uint32_t file, uint32_t line) {
  const uint32_t *map = run->line_maps[file];
  if (!map)
    return line;
  uint32_t count = run->line_map_counts[file];
  return count ? map[line - 1 < count ? line - 1 : count - 1] : line;
}

static uint32_t line_of(const CodemodCtx *cx, uint32_t file, uint32_t at) {
  const Source *source = &cx->project->files[file]->source;
  return codemod_original_line(cx->run, file, source_position(source, at).line);
}

static bool is_suppressed(CodemodCtx *cx, const char *code, uint32_t file, uint32_t at) {
  RuleCtx *in = codemod_in(cx, file);
  if (!in->run->noqa_ready) {
    noqa_init(&in->run->noqa, in->tree, in->scratch);
    in->run->noqa_ready = true;
  }
  return noqa_suppresses(&in->run->noqa, noqa_line(&in->run->noqa, at), str_from(code));
}

static const char *name_of(const Codemod *m, const char *code) {
  for (const CodemodCode *c = m->codes; c->code; c++)
    if (!strcmp(c->code, code))
      return c->name;
  BUG("a codemod reports a code that it does not list");
}

Site *codemod_site(CodemodCtx *cx, const char *code, uint32_t file, Span span,
                   const char *what, ...) {
  CodemodRun *run = cx->run;
  const char *name = name_of(cx->codemod, code);
  if (!run->selected(run->selected_data, code) ||
      is_suppressed(cx, code, file, span.start))
    return NULL;
  Site *s = arena_new(run->keep, Site);
  *s = (Site){.code = code,
              .name = name,
              .file = file,
              .span = span,
              .line = line_of(cx, file, span.start),
              .reason = STR(""),
              .stop_file = NO_FILE,
              .by_hand = STR("")};
  va_list args;
  va_start(args, what);
  s->what = format_kept(run->keep, what, args);
  va_end(args);
  vec_push(&run->sites, s);
  return s;
}

static void set_stop(const CodemodCtx *cx, Place stop, uint32_t *file, uint32_t *line) {
  *file = NO_FILE;
  *line = 0;
  if (!stop.ref)
    return;
  *file = stop.file;
  *line = line_of(cx, stop.file,
                  py_node(&cx->project->files[stop.file]->tree, stop.ref)->start);
}

void codemod_leave(CodemodCtx *cx, Site *s, Place stop, const char *reason, ...) {
  if (!s)
    return;
  set_stop(cx, stop, &s->stop_file, &s->stop_line);
  va_list args;
  va_start(args, reason);
  s->reason = format_kept(cx->run->keep, reason, args);
  va_end(args);
}

void codemod_by_hand(CodemodCtx *cx, Site *s, const char *note, ...) {
  if (!s)
    return;
  va_list args;
  va_start(args, note);
  s->by_hand = format_kept(cx->run->keep, note, args);
  va_end(args);
}

// ---- Groups

bool codemod_open(CodemodCtx *cx, Site *s) {
  CodemodRun *run = cx->run;
  ASSERT(!run->open);
  if (!s)
    return false;
  run->open = true;
  run->refused = false;
  run->joined.len = run->needs.len = run->touched.len = 0;
  vec_push(&run->joined, s);
  codemod_in(cx, s->file);
  return true;
}

void codemod_join(CodemodCtx *cx, Site *s) {
  if (s && cx->run->open)
    vec_push(&cx->run->joined, s);
}

void codemod_refuse(CodemodCtx *cx, Place stop, const char *reason, ...) {
  CodemodRun *run = cx->run;
  if (!run->open || run->refused)
    return;
  run->refused = true;
  set_stop(cx, stop, &run->stop_file, &run->stop_line);
  va_list args;
  va_start(args, reason);
  run->reason = format_kept(run->keep, reason, args);
  va_end(args);
}

static void gather(CodemodRun *run, EditGroup *g, Arena *arena) {
  size_t n = 0;
  for (size_t i = 0; i < run->touched.len; i++)
    n += run->files[run->touched.items[i]]->run.edits.len;
  g->edits = arena_array(arena, FileEdit, n + 1);
  for (size_t i = 0; i < run->touched.len; i++) {
    uint32_t file = run->touched.items[i];
    const RuleRun *r = &run->files[file]->run;
    for (size_t k = 0; k < r->edits.len; k++)
      g->edits[g->edit_count++] =
          (FileEdit){file, {r->edits.items[k].span, r->edits.items[k].text, 0}};
  }
}

// Stable insertion sort: groups are small and nearly sorted.
static void sort_edits(EditGroup *g) {
  for (uint32_t i = 1; i < g->edit_count; i++) {
    FileEdit e = g->edits[i];
    uint32_t k = i;
    for (; k > 0; k--) {
      const FileEdit *before = &g->edits[k - 1];
      if (before->file < e.file ||
          (before->file == e.file && (before->edit.span.start < e.edit.span.start ||
                                      (before->edit.span.start == e.edit.span.start &&
                                       before->edit.span.end <= e.edit.span.end))))
        break;
      g->edits[k] = *before;
    }
    g->edits[k] = e;
  }
}

static bool overlaps(const EditGroup *g) {
  for (uint32_t i = 1; i < g->edit_count; i++)
    if (g->edits[i].file == g->edits[i - 1].file &&
        g->edits[i].edit.span.start < g->edits[i - 1].edit.span.end)
      return true;
  return false;
}

static bool is_written(const EditGroup *g, uint32_t file, Str comment) {
  for (uint32_t i = 0; i < g->edit_count; i++)
    if (g->edits[i].file == file &&
        str_find(g->edits[i].edit.text, comment, 0) != SIZE_MAX)
      return true;
  return false;
}

// A comment that an edit takes away and none of the group writes again. What type
// checkers were to ignore goes with the code they complained of.
static bool loses_comment(const CodemodCtx *cx, const EditGroup *g) {
  for (uint32_t i = 0; i < g->edit_count; i++) {
    const FileEdit *e = &g->edits[i];
    const RuleCtx *in = &cx->run->files[e->file]->cx;
    Span left = e->edit.span, comment;
    while (rule_next_comment(in, left, &comment)) {
      Str text = str_trim(source_slice(in->tree->source, comment));
      if (!str_starts(text, STR("# type: ignore")) && !is_written(g, e->file, text))
        return true;
      left.start = comment.end;
    }
  }
  return false;
}

// Ends the fixes of the touched files; takes over what fix_refuse said in one of them.
static void end_fixes(CodemodCtx *cx) {
  CodemodRun *run = cx->run;
  for (size_t i = 0; i < run->touched.len; i++) {
    FileState *state = run->files[run->touched.items[i]];
    if (!state->run.fixing && state->fixing.refused.len && !run->refused)
      codemod_refuse(cx, (Place){0, 0}, "%.*s", STR_ARG(state->fixing.refused));
    state->run.fixing = NULL;
  }
}

// A file of the group that may not be edited.
static uint32_t file_outside(const CodemodCtx *cx) {
  const CodemodRun *run = cx->run;
  for (size_t i = 0; i < run->touched.len; i++)
    if (cx->project->files[run->touched.items[i]]->is_context)
      return run->touched.items[i];
  for (size_t i = 0; i < run->joined.len; i++)
    if (cx->project->files[run->joined.items[i]->file]->is_context)
      return run->joined.items[i]->file;
  return NO_FILE;
}

bool codemod_close(CodemodCtx *cx) {
  CodemodRun *run = cx->run;
  ASSERT(run->open);
  end_fixes(cx);
  EditGroup *g = arena_new(cx->arena, EditGroup);
  if (!run->refused) {
    gather(run, g, cx->arena);
    sort_edits(g);
    uint32_t outside = file_outside(cx);
    if (outside != NO_FILE) {
      codemod_refuse(cx, (Place){0, 0}, "it takes a change of %.*s, which was not named",
                     STR_ARG(cx->project->files[outside]->path));
    } else if (overlaps(g)) {
      vec_push(&run->bugs,
               str_format(run->keep, "edits of %s overlap at %.*s:%u; not applied",
                          run->joined.items[0]->code,
                          STR_ARG(cx->project->files[run->joined.items[0]->file]->path),
                          (unsigned)run->joined.items[0]->line));
      codemod_refuse(cx, (Place){0, 0}, "its edits overlap");
    } else if (loses_comment(cx, g)) {
      codemod_refuse(cx, (Place){0, 0}, "a comment stands in it");
    } else if (!g->edit_count) {
      codemod_refuse(cx, (Place){0, 0}, "there is nothing to write");
    }
  }
  bool stands = !run->refused;
  run->open = false;
  if (!stands) {
    for (size_t i = 0; i < run->joined.len; i++) {
      Site *s = run->joined.items[i];
      s->reason = run->reason;
      s->stop_file = run->stop_file;
      s->stop_line = run->stop_line;
    }
    return false;
  }
  g->site_count = (uint32_t)run->joined.len;
  g->sites = arena_array(cx->arena, Site *, g->site_count + 1);
  memcpy(g->sites, run->joined.items, g->site_count * sizeof *g->sites);
  g->need_count = (uint32_t)run->needs.len;
  g->needs = arena_array(cx->arena, ImportNeed, g->need_count + 1);
  if (g->need_count)
    memcpy(g->needs, run->needs.items, g->need_count * sizeof *g->needs);
  vec_push(&run->groups, g);
  return true;
}

bool codemod_is_claimed(const CodemodCtx *cx, uint32_t file, Span span) {
  const CodemodRun *run = cx->run;
  for (size_t i = 0; i < run->groups.len; i++) {
    const EditGroup *g = run->groups.items[i];
    for (uint32_t k = 0; k < g->edit_count; k++)
      if (g->edits[k].file == file && span_covers(span, g->edits[k].edit.span))
        return true;
  }
  return false;
}

// ---- Imports

static Str spelling(CodemodCtx *cx, uint32_t file, Ref at, const char *module,
                    const char *name, bool *add) {
  RuleCtx *in = codemod_in(cx, file);
  *add = false;
  Str there =
      name ? import_find(in, at, module, name) : import_find_module(in, at, module);
  if (there.ptr)
    return there;
  const char *bound = name ? name : module;
  if (import_is_taken(in, at, bound))
    return (Str){0};
  *add = true;
  return str_copy(cx->arena, str_from(bound));
}

bool codemod_can_import(CodemodCtx *cx, uint32_t file, Ref at, const char *module,
                        const char *name) {
  bool add;
  return spelling(cx, file, at, module, name, &add).ptr != NULL;
}

static Str need(CodemodCtx *cx, ImportNeed n, const char *module, const char *name) {
  bool add;
  Str text = spelling(cx, n.file, n.at, module, name, &add);
  if (!text.ptr) {
    codemod_refuse(cx, (Place){0, 0}, "`%s` already means something else in this file",
                   name ? name : module);
  } else if (add && cx->run->open) {
    n.module = str_copy(cx->arena, str_from(module));
    n.name = name ? str_copy(cx->arena, str_from(name)) : (Str){0};
    vec_push(&cx->run->needs, n);
  }
  return text;
}

Str codemod_import(CodemodCtx *cx, uint32_t file, Ref at, const char *module,
                   const char *name) {
  return need(cx, (ImportNeed){.file = file, .at = at}, module, name);
}

static void add_need(CodemodCtx *cx, ImportNeed n, Str module, Str name) {
  n.module = str_copy(cx->arena, module);
  n.name = str_copy(cx->arena, name);
  if (cx->run->open)
    vec_push(&cx->run->needs, n);
}

void codemod_need(CodemodCtx *cx, uint32_t file, Ref at, Str module, Str name) {
  add_need(cx, (ImportNeed){.file = file, .at = at}, module, name);
}

void codemod_need_typing(CodemodCtx *cx, uint32_t file, Ref at, Str module, Str name) {
  add_need(cx, (ImportNeed){.file = file, .at = at, .typing = true}, module, name);
}

// ---- A file that is walked

CodemodWalk codemod_walk(CodemodCtx *cx, uint32_t file) {
  RuleCtx *in = codemod_in(cx, file);
  return (CodemodWalk){.cx = cx, .in = in, .t = in->tree, .file = file};
}

bool codemod_reads(const CodemodCtx *cx, uint32_t file) {
  const ProjectFile *f = cx->project->files[file];
  return f->readable && !f->is_stub && !f->is_far && !f->tree.has_errors && f->tree.root;
}

Value codemod_value(const CodemodWalk *w, Ref expr) {
  return expr ? value_of(w->cx->values, w->file, expr) : (Value){0};
}

Str codemod_name(const CodemodWalk *w, Atom atom) {
  return atom ? atom_str(w->cx->project->names, atom) : STR("");
}

bool codemod_begin(const CodemodWalk *w, const char *code, Ref at, const char *what) {
  return codemod_open(w->cx,
                      codemod_site(w->cx, code, w->file, py_span(w->t, at), "%s", what));
}

void codemod_report(const CodemodWalk *w, const char *code, Ref at, const char *what,
                    const char *why) {
  codemod_leave(w->cx, codemod_site(w->cx, code, w->file, py_span(w->t, at), "%s", what),
                (Place){0, 0}, "%s", why);
}

void codemod_need_proven(const CodemodWalk *w, Ref expr) {
  Value v = codemod_value(w, expr);
  if (v.sure != SURE_PROVEN && !w->cx->unsafe)
    codemod_refuse(w->cx, (Place){w->file, expr},
                   "that this is a %s is likely, not proven; --unsafe converts it",
                   value_kind_name((ValueKind)v.kind));
}
