// modernize.c: the driver: what belongs to the profile, rounds, the report's sites.
#include "codemod/modernize.h"

#include "base/thread.h"
#include "codemod/requirements.h"
#include "codemod/round.h"
#include "codemod/tidy.h"
#include "rules/check.h"
#include "rules/registry.h"
#include "sqla/place_map.h"

#include <stdlib.h>

#define CODEMOD(name) extern const Codemod codemod_##name;
#include "codemod/codemods.def"
#undef CODEMOD

const Codemod *const codemods[] = {
#define CODEMOD(name) &codemod_##name,
#include "codemod/codemods.def"
#undef CODEMOD
};
const uint32_t codemods_count = ARRAY_LEN(codemods);

// ---- What belongs to the profile

static const struct {
  const char *start;
  CodemodProfile profile;
  SqlalchemyTarget since;
} profile_rows[] = {
#define PROFILE(start, profile, since) {start, PROFILE_##profile, SQLALCHEMY_##since},
#include "codemod/profile.def"
#undef PROFILE
};

static bool in_profile(const ModernizeSettings *s, const char *code) {
  size_t best = 0, length = 0;
  for (size_t i = 0; i < ARRAY_LEN(profile_rows); i++) {
    size_t n = strlen(profile_rows[i].start);
    if (n > length && !strncmp(code, profile_rows[i].start, n)) {
      best = i;
      length = n;
    }
  }
  return length && profile_rows[best].profile <= s->profile &&
         profile_rows[best].since <= s->target;
}

static bool code_matches(Str selector, const char *code, const char *name) {
  return str_is(selector, "ALL") || str_starts(str_from(code), selector) ||
         str_is(selector, name);
}

// Of files beside the code.
static const CodemodCode other_codes[] = {
    {"M100", "requirement",
     "A requirement line that does not admit the SQLAlchemy that is written for"},
    {"N101", "python-311", "A Python older than 3.11, which 2.1 needs"},
    {"N102", "greenlet-extra",
     "A requirement of SQLAlchemy without the extra that asyncio needs on 2.1"},
    {"N162", "extra-default-driver", "An extra of SQLAlchemy that brings another driver"},
    {"T143", "mypy-plugin", "The mypy plugin or the stubs of SQLAlchemy 1.4"},
    {.code = NULL}};

const char *codemod_code_name(Str code) {
  for (const CodemodCode *c = other_codes; c->code; c++)
    if (str_is(code, c->code))
      return c->name;
  for (uint32_t i = 0; i < codemods_count; i++)
    for (const CodemodCode *c = codemods[i]->codes; c->code; c++)
      if (str_is(code, c->code))
        return c->name;
  const Rule *rule = rule_find(code);
  return rule ? rule->name : NULL;
}

static int by_code(const void *a, const void *b) {
  return strcmp(((const CodemodEntry *)a)->code.code,
                ((const CodemodEntry *)b)->code.code);
}

uint32_t codemod_entries(Arena *arena, const CodemodEntry **out) {
  uint32_t count = ARRAY_LEN(other_codes), kept = 0;
  for (uint32_t i = 0; i < codemods_count; i++)
    for (const CodemodCode *c = codemods[i]->codes; c->code; c++)
      count++;
  CodemodEntry *all = arena_array(arena, CodemodEntry, count);
  count = 0;
  for (const CodemodCode *c = other_codes; c->code; c++)
    all[count++] = (CodemodEntry){*c, PROFILE_COMPAT, SQLALCHEMY_UNKNOWN};
  for (uint32_t i = 0; i < codemods_count; i++)
    for (const CodemodCode *c = codemods[i]->codes; c->code; c++)
      all[count++] = (CodemodEntry){*c, codemods[i]->profile, codemods[i]->since};
  qsort(all, count, sizeof *all, by_code);
  for (uint32_t i = 0; i < count; i++) {
    if (kept && !strcmp(all[kept - 1].code.code, all[i].code.code)) {
      if (all[i].profile < all[kept - 1].profile)
        all[kept - 1].profile = all[i].profile;
      continue;
    }
    all[kept++] = all[i];
  }
  for (uint32_t i = 0; i < kept; i++) {
    ModernizeSettings compat = {.profile = PROFILE_COMPAT, .target = SQLALCHEMY_2_1};
    if (!in_profile(&compat, all[i].code.code))
      all[i].profile = PROFILE_MODERN;
    ModernizeSettings before = {.profile = PROFILE_MODERN, .target = SQLALCHEMY_2_0};
    if (!in_profile(&before, all[i].code.code))
      all[i].since = SQLALCHEMY_2_1;
  }
  *out = all;
  return kept;
}

// How well a list of selectors names the code: the length of the longest that does, + 1.
static size_t naming(const Str *list, size_t count, const char *code) {
  const char *name = codemod_code_name(str_from(code));
  size_t best = 0;
  for (size_t i = 0; i < count; i++)
    if (code_matches(list[i], code, name ? name : "")) {
      size_t weight = str_is(list[i], "ALL") ? 1 : list[i].len + 1;
      best = max_size(best, weight);
    }
  return best;
}

static bool is_selected(void *data, const char *code) {
  const ModernizeSettings *s = data;
  size_t selected = s->select_count ? naming(s->select, s->select_count, code) : 1;
  return in_profile(s, code) && selected &&
         naming(s->ignore, s->ignore_count, code) <= (s->select_count ? selected - 1 : 0);
}

static bool names_something(Str selector) {
  for (const CodemodCode *c = other_codes; c->code; c++)
    if (code_matches(selector, c->code, c->name))
      return true;
  for (uint32_t i = 0; i < codemods_count; i++)
    for (const CodemodCode *c = codemods[i]->codes; c->code; c++)
      if (code_matches(selector, c->code, c->name))
        return true;
  for (uint32_t i = 0; i < rules_count; i++)
    if (code_matches(selector, rules[i]->code, rules[i]->name))
      return true;
  return false;
}

bool modernize_check_selectors(const ModernizeSettings *s, Err *err) {
  for (size_t i = 0; i < s->select_count + s->ignore_count; i++) {
    Str selector = i < s->select_count ? s->select[i] : s->ignore[i - s->select_count];
    if (!names_something(selector))
      return err_set(err, ERR_USAGE,
                     "no rule or rewrite is named `%.*s`; `aludel rules` lists them",
                     STR_ARG(selector));
  }
  return true;
}

// ---- State

typedef struct {
  Ref ref;
  uint32_t kind;
} ListedNode;
typedef Vec(ListedNode) NodeList;

typedef struct {
  Arena names; // of resolver and values
  Resolver *resolver;
  ValueCtx *values;
  CodemodCtx cx;
  CodemodRun run;
  NodeList nodes; // of the file that is read
} Worker;

typedef struct {
  Modernization *out;
  Project *project;
  const ModernizeSettings *settings;
  CheckSettings check;
  Selection selection;
  uint32_t **line_maps;
  uint32_t *line_map_counts;
  Vec(Str) withdrawn;
  PlaceMap asked;               // words that no file out of use has
  Vec(Site *) left_by_rules;    // of the last check
  Vec(Site *) left_by_codemods; // of the last run
  Vec(Site *) converted;
  // Of the round.
  Arena arena;
  Arena *job_arenas; // by worker
  Arena *keeps;      // by worker, for all rounds: sites
  Models *models;
  ValueIndex *values;
  Resolver *model_resolver;
  Arena model_arena;
  Worker *workers;
  int worker_count;
  Vec(Site *) * sites_of;       // by file, then one for `run`
  Vec(EditGroup *) * groups_of; // the same
} Driver;

static int version_number(SqlalchemyTarget t) {
  static const int numbers[] = {0, 14, 20, 21};
  return numbers[t];
}

static void open_round(Driver *d) {
  Project *p = d->project;
  for (uint32_t i = 0; i < p->file_count; i++)
    if (p->files[i]->in_use)
      source_index_lines(&p->files[i]->source, &p->files[i]->arena);
  int version = version_number(d->settings->source);
  d->model_resolver = resolver_new(p, &d->model_arena);
  d->models = models_read(p, d->model_resolver, version, &d->model_arena);
  d->values = value_index_new(p, d->models, version, &d->model_arena);
  d->workers = arena_array(&d->arena, Worker, d->worker_count);
  d->job_arenas = arena_array(&d->arena, Arena, d->worker_count);
  for (int i = 0; i < d->worker_count; i++) {
    Worker *w = &d->workers[i];
    w->resolver = resolver_new(p, &w->names);
    w->values = value_ctx_new(d->values, &w->names);
    w->run = (CodemodRun){.keep = &d->keeps[i],
                          .files = mem_zalloc(p->file_count + 1, sizeof(FileState *)),
                          .selected = is_selected,
                          .selected_data = (void *)d->settings,
                          .check = &d->check,
                          .line_maps = d->line_maps,
                          .line_map_counts = d->line_map_counts};
    w->cx = (CodemodCtx){.project = p,
                         .resolver = w->resolver,
                         .values = w->values,
                         .models = d->models,
                         .source = d->settings->source,
                         .source_proven = d->settings->source_proven,
                         .target = d->settings->target,
                         .profile = d->settings->profile,
                         .databases = d->settings->databases,
                         .unsafe = d->settings->unsafe,
                         .python_minor = d->settings->python_minor,
                         .arena = &d->job_arenas[i],
                         .run = &w->run};
  }
}

static void close_round(Driver *d) {
  for (int i = 0; i < d->worker_count; i++) {
    Worker *w = &d->workers[i];
    for (uint32_t f = 0; f < d->project->file_count; f++)
      if (w->run.files[f])
        vec_free(&w->run.files[f]->run.edits);
    for (size_t b = 0; b < w->run.bugs.len; b++)
      vec_push(&d->out->bugs, str_copy(&d->out->arena, w->run.bugs.items[b]));
    mem_free(w->run.files);
    codemod_run_free(&w->run);
    vec_free(&w->nodes);
    value_ctx_free(w->values);
    resolver_free(w->resolver);
    arena_reset(&w->names);
    arena_reset(&d->job_arenas[i]);
  }
  value_index_free(d->values);
  models_free(d->models);
  resolver_free(d->model_resolver);
  arena_reset(&d->model_arena);
  arena_reset(&d->arena);
  d->workers = NULL;
}

// ---- Rules

static void enable_rules(Driver *d) {
  selection_init(&d->selection, &d->out->arena);
  for (uint32_t i = 0; i < rules_count; i++)
    d->selection.enabled[i] = is_selected((void *)(uintptr_t)d->settings, rules[i]->code);
  d->check = (CheckSettings){.target = d->settings->target,
                             .oldest = d->settings->target,
                             .selection = &d->selection,
                             .threads = d->worker_count};
}

static uint32_t original_line(const Driver *d, uint32_t file, uint32_t line) {
  CodemodRun maps = {.line_maps = d->line_maps, .line_map_counts = d->line_map_counts};
  return codemod_original_line(&maps, file, line);
}

static Site *site_of_finding(Driver *d, const Finding *f) {
  Arena *keep = &d->out->arena;
  Site *s = arena_new(keep, Site);
  *s = (Site){.code = f->rule->code,
              .name = f->rule->name,
              .file = f->file,
              .span = f->span,
              .line = original_line(d, f->file, f->line),
              .what = str_copy(keep, f->message),
              .reason = STR(""),
              .stop_file = NO_FILE,
              .by_hand = STR("")};
  if (f->refused.len)
    s->reason = str_copy(keep, f->refused);
  else if (f->fix.level == FIX_UNSAFE)
    s->reason =
        str_format(keep, "may change what the code does; --unsafe applies it: %.*s",
                   STR_ARG(f->fix.title));
  else if (f->fix.level == FIX_SHOW)
    s->reason = str_format(keep, "a person has to decide: %.*s", STR_ARG(f->fix.title));
  else
    s->reason = STR("no rewrite is proven to mean the same");
  return s;
}

static EditGroup *group_of_finding(Driver *d, const Finding *f, Site *s) {
  EditGroup *g = arena_new(&d->arena, EditGroup);
  g->sites = arena_new(&d->arena, Site *);
  g->sites[0] = s;
  g->site_count = 1;
  g->edit_count = f->fix.edit_count;
  g->edits = arena_array(&d->arena, FileEdit, g->edit_count + 1);
  for (uint32_t i = 0; i < g->edit_count; i++)
    g->edits[i] = (FileEdit){f->file, f->fix.edits[i]};
  g->has_imports = f->fix.adds_import_line;
  return g;
}

static RoundCtx round_ctx(Driver *d) {
  return (RoundCtx){.out = d->out,
                    .project = d->project,
                    .cx = d->workers ? &d->workers[0].cx : NULL,
                    .line_maps = d->line_maps,
                    .line_map_counts = d->line_map_counts,
                    .withdrawn = (void *)&d->withdrawn};
}

typedef Vec(EditGroup *) Groups;
typedef Vec(Atom) AtomList;

static void keep_converted(Driver *d, const Groups *groups) {
  for (size_t g = 0; g < groups->len; g++)
    for (uint32_t i = 0; i < groups->items[g]->site_count; i++)
      if (groups->items[g]->sites[i]->converted)
        vec_push(&d->converted, groups->items[g]->sites[i]);
}

static bool is_editable(const Driver *d, uint32_t file) {
  const ProjectFile *f = d->project->files[file];
  return f->readable && !f->is_stub && !f->tree.has_errors;
}

// One round of the rules' fixes; true where some file changed.
static bool rules_round(Driver *d) {
  CheckResult found = {0};
  check_project(&found, d->project, &d->check);
  RoundCtx r = round_ctx(d);
  Groups groups = {0};
  d->left_by_rules.len = 0;
  FixLevel lowest = d->settings->unsafe ? FIX_UNSAFE : FIX_SAFE;
  for (size_t i = 0; i < found.count; i++) {
    const Finding *f = found.findings[i];
    if (!f->rule)
      continue;
    Site *s = site_of_finding(d, f);
    vec_push(&d->left_by_rules, s);
    if (!f->fix.edit_count || f->fix.level < lowest || !is_editable(d, f->file))
      continue;
    if (round_is_withdrawn(&r, s))
      s->reason = STR("its rewrite would give a file that does not parse");
    else
      vec_push(&groups, group_of_finding(d, f, s));
  }
  bool changed = false;
  if (groups.len) { // what the project means need not be read anew for nothing
    open_round(d);
    r = round_ctx(d);
    changed = round_apply(&r, groups.items, groups.len);
    keep_converted(d, &groups);
    close_round(d);
  }
  vec_free(&groups);
  arena_reset(&d->arena);
  check_result_free(&found);
  return changed;
}

// ---- Codemods

static bool runs(const Driver *d, const Codemod *m) {
  return m->profile <= d->settings->profile && m->since <= d->settings->target;
}

static void take_results(Driver *d, Worker *w, size_t job) {
  for (size_t i = 0; i < w->run.sites.len; i++)
    vec_push(&d->sites_of[job], w->run.sites.items[i]);
  for (size_t i = 0; i < w->run.groups.len; i++)
    vec_push(&d->groups_of[job], w->run.groups.items[i]);
  w->run.sites.len = w->run.groups.len = 0;
}

static bool wants(const Codemod *m, uint32_t kind) {
  for (int i = 0; i < CODEMOD_MAX_KINDS && m->on[i]; i++)
    if (m->on[i] == kind)
      return true;
  return false;
}

typedef struct {
  const PyTree *tree;
  const bool *wanted; // by kind
  NodeList *nodes;
} Gathering;

static bool gather_node(void *data, Ref r) {
  Gathering *g = data;
  PyKind kind = py_kind(g->tree, r);
  if (g->wanted[kind])
    vec_push(g->nodes, ((ListedNode){r, kind}));
  return true;
}

// The nodes that some codemod wants, in source order: each codemod goes through a list
// that is short and lies together, instead of the tree.
static void gather_nodes(const Driver *d, Worker *w, uint32_t file) {
  bool wanted[PY_KIND_COUNT] = {0};
  for (uint32_t i = 0; i < codemods_count; i++)
    for (int k = 0; k < CODEMOD_MAX_KINDS && runs(d, codemods[i]); k++)
      wanted[codemods[i]->on[k]] = codemods[i]->on[k] != 0;
  const PyTree *t = &d->project->files[file]->tree;
  Gathering g = {t, wanted, &w->nodes};
  w->nodes.len = 0;
  py_walk(t, t->root, &(PyVisitor){.enter = gather_node, .data = &g});
}

static void visit_nodes(Worker *w, uint32_t file) {
  const Codemod *m = w->cx.codemod;
  bool wanted[PY_KIND_COUNT] = {0};
  for (uint32_t kind = 1; kind < PY_KIND_COUNT; kind++)
    wanted[kind] = wants(m, kind);
  CodemodWalk walk = codemod_walk(&w->cx, file);
  for (size_t i = 0; i < w->nodes.len; i++)
    if (wanted[w->nodes.items[i].kind])
      m->visit(&walk, w->nodes.items[i].ref);
}

static void run_in_file(void *shared, int worker, size_t index) {
  Driver *d = shared;
  Worker *w = &d->workers[worker];
  if (!codemod_reads(&w->cx, (uint32_t)index) || d->project->files[index]->is_context)
    return;
  gather_nodes(d, w, (uint32_t)index);
  for (uint32_t i = 0; i < codemods_count; i++) {
    w->cx.codemod = codemods[i];
    if (!runs(d, codemods[i]))
      continue;
    if (codemods[i]->visit)
      visit_nodes(w, (uint32_t)index);
    if (codemods[i]->run_file)
      codemods[i]->run_file(&w->cx, (uint32_t)index);
  }
  take_results(d, w, index);
}

// Reads the files that have a word which the codemods asked for, and takes in those that
// turned out to take part (`near` is set then); false where that is none.
static bool read_more(Driver *d, bool *near) {
  AtomList words = {0};
  bool taken = false;
  for (int i = 0; i < d->worker_count; i++) {
    CodemodRun *run = &d->workers[i].run;
    for (size_t k = 0; k < run->words.len; k++)
      if (place_map_get(&d->asked, run->words.items[k]) == PLACE_MAP_NONE) {
        place_map_set(&d->asked, run->words.items[k], 1);
        vec_push(&words, run->words.items[k]);
      }
    for (size_t k = 0; k < run->near.len; k++) {
      ProjectFile *f = d->project->files[run->near.items[k]];
      taken = taken || f->is_far;
      f->in_focus = true;
      f->is_far = false;
    }
    run->words.len = run->near.len = 0;
  }
  bool more =
      words.len && project_use_words(d->project, words.items, words.len, d->worker_count);
  vec_free(&words);
  *near = *near || taken;
  return more || taken;
}

// What is done for the project as a whole; false as soon as files have to be read for it.
static bool run_whole(Driver *d, bool *near) {
  Worker *w = &d->workers[0];
  for (uint32_t i = 0; i < codemods_count; i++) {
    w->cx.codemod = codemods[i];
    if (codemods[i]->run && runs(d, codemods[i]))
      codemods[i]->run(&w->cx);
    if (read_more(d, near))
      return false;
  }
  take_results(d, w, d->project->file_count);
  return true;
}

static void collect_results(Driver *d, Groups *groups) {
  d->left_by_codemods.len = 0;
  for (size_t job = 0; job <= d->project->file_count; job++) {
    for (size_t i = 0; i < d->sites_of[job].len; i++)
      vec_push(&d->left_by_codemods, d->sites_of[job].items[i]);
    for (size_t i = 0; i < d->groups_of[job].len; i++)
      vec_push(groups, d->groups_of[job].items[i]);
    vec_free(&d->sites_of[job]);
    vec_free(&d->groups_of[job]);
  }
  mem_free(d->sites_of);
  mem_free(d->groups_of);
}

static void drop_withdrawn(const RoundCtx *r, Groups *groups) {
  size_t kept = 0;
  for (size_t g = 0; g < groups->len; g++) {
    bool withdrawn = false;
    for (uint32_t i = 0; i < groups->items[g]->site_count; i++)
      withdrawn = withdrawn || round_is_withdrawn(r, groups->items[g]->sites[i]);
    for (uint32_t i = 0; withdrawn && i < groups->items[g]->site_count; i++)
      groups->items[g]->sites[i]->reason =
          STR("its rewrite would give a file that does not parse");
    if (!withdrawn)
      groups->items[kept++] = groups->items[g];
  }
  groups->len = kept;
}

typedef enum {
  ROUND_SETTLED,
  ROUND_CHANGED,
  ROUND_UNPROVEN,  // files had to be read that may speak against it
  ROUND_INCOMPLETE // files take part that did not
} RoundEnd;

static RoundEnd codemods_round(Driver *d) {
  open_round(d);
  RoundCtx r = round_ctx(d);
  Groups groups = {0};
  uint32_t n = d->project->file_count;
  d->sites_of = mem_zalloc(n + 1, sizeof *d->sites_of);
  d->groups_of = mem_zalloc(n + 1, sizeof *d->groups_of);
  bool near = false, changed = false, more = !run_whole(d, &near);
  if (!more) {
    parallel_for(d->worker_count, n, run_in_file, d);
    more = read_more(d, &near);
  }
  collect_results(d, &groups);
  for (int i = 0; more && i < d->worker_count; i++)
    d->workers[i].run.bugs.len = 0; // they are found again
  if (!more) {
    drop_withdrawn(&r, &groups);
    changed = round_apply(&r, groups.items, groups.len);
    keep_converted(d, &groups);
  }
  vec_free(&groups);
  close_round(d);
  if (more)
    return near ? ROUND_INCOMPLETE : ROUND_UNPROVEN;
  return changed ? ROUND_CHANGED : ROUND_SETTLED;
}

// ---- The whole

static int by_place(const void *left, const void *right) {
  const Site *a = *(Site *const *)left, *b = *(Site *const *)right;
  if (a->file != b->file)
    return a->file < b->file ? -1 : 1; // files are sorted by path
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  int c = strcmp(a->code, b->code);
  c = c ? c : (int)a->converted - (int)b->converted;
  c = c ? c : str_compare(a->what, b->what);
  return c ? c : (a->span.start > b->span.start) - (a->span.start < b->span.start);
}

static Site *copy_site(Arena *a, const Site *s) {
  Site *copy = arena_new(a, Site);
  *copy = *s;
  copy->what = str_copy(a, s->what);
  copy->reason = s->converted ? STR("") : str_copy(a, s->reason);
  copy->by_hand = str_copy(a, s->by_hand);
  return copy;
}

static void keep_site(Driver *d, const Site *s) {
  Modernization *m = d->out;
  if (!d->project->files[s->file]->is_context)
    m->sites[m->site_count++] = copy_site(&m->arena, s);
}

static void collect_sites(Driver *d, const SiteList *others) {
  Modernization *m = d->out;
  size_t n =
      d->converted.len + d->left_by_rules.len + d->left_by_codemods.len + others->len;
  m->sites = arena_array(&m->arena, Site *, n + 1);
  for (size_t i = 0; i < d->converted.len; i++)
    keep_site(d, d->converted.items[i]);
  m->converted = m->site_count;
  for (size_t i = 0; i < d->left_by_rules.len; i++)
    if (!d->left_by_rules.items[i]->converted)
      keep_site(d, d->left_by_rules.items[i]);
  for (size_t i = 0; i < d->left_by_codemods.len; i++)
    if (!d->left_by_codemods.items[i]->converted)
      keep_site(d, d->left_by_codemods.items[i]);
  for (size_t i = 0; i < others->len; i++) {
    m->sites[m->site_count++] = others->items[i];
    m->converted += others->items[i]->converted;
  }
  if (m->site_count)
    qsort(m->sites, m->site_count, sizeof *m->sites, by_place);
}

static void set_up(Driver *d, Modernization *out, Project *p,
                   const ModernizeSettings *s) {
  enum {
    MOST_THREADS = 256
  };
  *out = (Modernization){.file_count = p->file_count};
  out->files = arena_array(&out->arena, ModernizedFile, p->file_count + 1);
  for (uint32_t i = 0; i < p->file_count; i++) {
    out->files[i].path = str_copy(&out->arena, p->files[i]->path);
    out->files[i].absolute = str_copy(&out->arena, p->files[i]->absolute);
  }
  int threads = s->threads > 0 ? s->threads : thread_default_count();
  threads = threads > MOST_THREADS ? MOST_THREADS : threads;
  if ((size_t)threads > p->file_count)
    threads = p->file_count ? (int)p->file_count : 1;
  *d = (Driver){.out = out, .project = p, .settings = s, .worker_count = threads};
  d->keeps = mem_zalloc((size_t)threads, sizeof *d->keeps);
  d->line_maps = mem_zalloc(p->file_count + 1, sizeof *d->line_maps);
  d->line_map_counts = mem_zalloc(p->file_count + 1, sizeof *d->line_map_counts);
  enable_rules(d);
}

static void tear_down(Driver *d) {
  for (uint32_t i = 0; i < d->project->file_count; i++)
    mem_free(d->line_maps[i]);
  mem_free(d->line_maps);
  mem_free(d->line_map_counts);
  for (int i = 0; i < d->worker_count; i++)
    arena_reset(&d->keeps[i]);
  mem_free(d->keeps);
  place_map_free(&d->asked);
  vec_free(&d->withdrawn);
  vec_free(&d->left_by_rules);
  vec_free(&d->left_by_codemods);
  vec_free(&d->converted);
}

void modernize_project(Modernization *out, Project *p,
                       const ModernizeSettings *settings) {
  ModernizeSettings s = *settings;
  if (!s.python_minor)
    s.python_minor = s.target == SQLALCHEMY_2_1 ? 11 : 9;
  Driver d;
  set_up(&d, out, p, &s);
  for (;;) {
    out->rounds++;
    if (out->rounds > MODERNIZE_MAX_ROUNDS) {
      out->unstable = true;
      break;
    }
    if (rules_round(&d))
      continue;
    RoundEnd end;
    do
      end = codemods_round(&d);
    while (end == ROUND_UNPROVEN);
    if (end == ROUND_SETTLED)
      break;
    out->rounds -= end == ROUND_INCOMPLETE; // the same one again
  }
  tidy_imports(out, p);
  SiteList others = {0};
  requirements_update(out, p, &s, is_selected, &others);
  collect_sites(&d, &others);
  vec_free(&others);
  tear_down(&d);
}

void modernization_free(Modernization *m) {
  vec_free(&m->bugs);
  arena_reset(&m->arena);
  *m = (Modernization){0};
}
