// check.c: the engine: one walk over each tree, a table of rules for each kind of node.
#include "rules/check.h"

#include "rules/migration.h"
#include "rules/run.h"

#include "base/thread.h"

#include <stdlib.h>

Str finding_code(const Finding *f) {
  return f->rule ? str_from(f->rule->code) : STR("invalid-syntax");
}

typedef struct {
  uint32_t rule;
  uint16_t next; // in links + 1
} RuleLink;

// Rules by the last name of what is called, or of an attribute.
typedef struct {
  uint16_t *first; // by atom, in links + 1
  uint32_t count;
} NamedRules;

typedef struct {
  const Project *project;
  const CheckSettings *settings;
  const Models *models;
  const Migrations *migrations;
  bool *enabled;                   // by rule_index
  bool **ignored;                  // by entry of per-file-ignores, and by rule_index
  const Model ***models_in;        // by file; NULL-terminated, NULL where there are none
  Vec(uint32_t) on[PY_KIND_COUNT]; // rules that want every node of this kind
  NamedRules calls, attributes;    // rules that want some names of PY_CALL, PY_ATTRIBUTE
  uint16_t by_api[API_COUNT];      // first in links + 1
  bool any_api;
  Vec(RuleLink) links;
  struct Worker *workers;
  Arena *keep;         // by worker
  Finding ***found;    // by file
  size_t *found_count; // by file
  size_t *suppressed;  // by file
} Check;

typedef struct Worker {
  Arena names; // of resolver and values
  Resolver *resolver;
  ValueCtx *values;
} Worker;

typedef struct {
  Check *check;
  RuleCtx cx;
} Walk;

static int version_number(SqlalchemyTarget t) {
  static const int numbers[] = {0, 14, 20, 21};
  return numbers[t];
}

static void run_rule(Walk *w, uint32_t index, Ref r) {
  if (!w->cx.run->enabled[index])
    return;
  w->cx.rule = rules[index];
  rules[index]->check(&w->cx, r);
  if (UNLIKELY(w->cx.run->fixing))
    run_close_fix(w->cx.run);
}

static bool wants_api(const Rule *rule, ApiId api) {
  for (const ApiId *a = rule->apis; a && *a && api; a++)
    if (*a == api)
      return true;
  return false;
}

static void run_named(Walk *w, const NamedRules *named, Atom name, ApiId api, Ref r) {
  uint16_t at = name < named->count ? named->first[name] : 0;
  for (; at; at = w->check->links.items[at - 1].next)
    if (!wants_api(rules[w->check->links.items[at - 1].rule], api)) // has run already
      run_rule(w, w->check->links.items[at - 1].rule, r);
}

static void enter_call(Walk *w, Ref r) {
  const PyTree *t = w->cx.tree;
  Check *c = w->check;
  Ref func = PY_AS(Call, t, r)->func;
  PyKind kind = py_kind(t, func);
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return;
  ApiId api = c->any_api ? resolve_api(w->cx.resolver, w->cx.file_id, func) : API_NONE;
  for (uint16_t at = c->by_api[api]; at; at = c->links.items[at - 1].next)
    run_rule(w, c->links.items[at - 1].rule, r);
  Atom name =
      kind == PY_NAME ? PY_AS(Name, t, func)->id : PY_AS(Attribute, t, func)->attr;
  run_named(w, &c->calls, name, api, r);
}

static bool enter(void *data, Ref r) {
  Walk *w = data;
  PyKind kind = py_kind(w->cx.tree, r);
  size_t n = w->check->on[kind].len;
  for (size_t i = 0; i < n; i++)
    run_rule(w, w->check->on[kind].items[i], r);
  if (kind == PY_CALL)
    enter_call(w, r);
  else if (kind == PY_ATTRIBUTE)
    run_named(w, &w->check->attributes, PY_AS(Attribute, w->cx.tree, r)->attr, API_NONE,
              r);
  return true;
}

static void run_hooks(Walk *w) {
  const Model **models = w->check->models_in[w->cx.file_id];
  for (uint32_t i = 0; i < rules_count; i++) {
    const Rule *rule = rules[i];
    if (!w->cx.run->enabled[i])
      continue;
    w->cx.rule = rule;
    if (rule->check_file)
      rule->check_file(&w->cx);
    for (const Model **m = models; rule->check_model && m && *m; m++)
      rule->check_model(&w->cx, *m);
    run_close_fix(w->cx.run);
  }
}

static int compare_findings(const void *a, const void *b) {
  const Finding *x = *(Finding *const *)a, *y = *(Finding *const *)b;
  if (x->span.start != y->span.start)
    return x->span.start < y->span.start ? -1 : 1;
  int by_code = str_compare(finding_code(x), finding_code(y));
  if (by_code)
    return by_code;
  if (x->span.end != y->span.end)
    return x->span.end < y->span.end ? -1 : 1;
  return str_compare(x->message, y->message);
}

// What two uses of one name lead to is said once; gives how many are left.
static size_t drop_repeated(Finding **found, size_t count) {
  size_t left = 0;
  for (size_t i = 0; i < count; i++)
    if (!left || compare_findings(&found[left - 1], &found[i]) != 0)
      found[left++] = found[i];
  return left;
}

// The path relative to the config's folder, for per-file-ignores.
static Str path_in_config(const Project *p, const ProjectFile *f) {
  Str folder = p->config ? p->config->folder : (Str){0}, path = f->absolute;
  bool below = folder.len && str_starts(path, folder) && path.len > folder.len &&
               (path.ptr[folder.len] == '/' || str_is(folder, "/"));
  path = below ? str_slice(path, folder.len, path.len) : f->path;
  while (path.len && path.ptr[0] == '/')
    path = str_slice(path, 1, path.len);
  return path;
}

// A migration runs once, over tables as they were: how fast it is, and how its classes
// are designed, is past mending.
static void leave_out_past(bool *enabled) {
  for (uint32_t i = 0; i < rules_count; i++)
    if (rules[i]->category == CAT_PERFORMANCE || rules[i]->category == CAT_DESIGN ||
        rules[i]->category == CAT_TYPING || rules[i]->category == CAT_FRAMEWORK)
      enabled[i] = false;
}

static const bool *enabled_in(const Check *c, uint32_t file, Arena *scratch) {
  const Config *config = c->project->config;
  uint32_t ignores = config ? config->per_file_ignore_count : 0;
  bool migration = migrations_have(c->migrations, file);
  if (!ignores && !migration)
    return c->enabled;
  Str path = path_in_config(c->project, c->project->files[file]);
  bool *enabled = arena_array(scratch, bool, rules_count + 1);
  memcpy(enabled, c->enabled, rules_count * sizeof *enabled);
  if (migration)
    leave_out_past(enabled);
  for (uint32_t k = 0; k < ignores; k++) {
    if (!config_ignores_apply(&config->per_file_ignores[k], path))
      continue;
    for (uint32_t i = 0; i < rules_count; i++)
      enabled[i] = enabled[i] && !c->ignored[k][i];
  }
  return enabled;
}

// What each entry of per-file-ignores names.
static void read_per_file_ignores(Check *c, Arena *arena) {
  const Config *config = c->project->config;
  uint32_t count = config ? config->per_file_ignore_count : 0;
  c->ignored = arena_array(arena, bool *, count + 1);
  for (uint32_t k = 0; k < count; k++) {
    c->ignored[k] = arena_array(arena, bool, rules_count);
    StrList codes = config->per_file_ignores[k].codes;
    selectors_mark(codes.items, codes.len, c->ignored[k]);
  }
}

// True where the line of the error has `{{` or `{%` of a template language.
static bool is_in_template(const ProjectFile *file, const Diag *d) {
  Str text = file->source.text;
  size_t start = d->span.start < text.len ? d->span.start : text.len, end = start;
  while (start && text.ptr[start - 1] != '\n')
    start--;
  while (end < text.len && text.ptr[end] != '\n')
    end++;
  Str line = str_slice(text, start, end);
  return str_find(line, STR("{%"), 0) != SIZE_MAX ||
         (str_find(line, STR("{{"), 0) != SIZE_MAX &&
          str_find(line, STR("}}"), 0) != SIZE_MAX);
}

// A template that makes Python is no Python: its first error stands for all.
static void report_syntax(RuleCtx *cx) {
  const ProjectFile *file = cx->file;
  const Diag *first = NULL;
  bool is_template = false;
  for (size_t i = 0; i < file->diags.diags.len; i++) {
    const Diag *d = &file->diags.diags.items[i];
    if (d->level != DIAG_ERROR)
      continue;
    first = first ? first : d;
    is_template = is_template || is_in_template(file, d);
  }
  for (size_t i = 0; first && i < file->diags.diags.len; i++)
    if (file->diags.diags.items[i].level == DIAG_ERROR &&
        (!is_template || &file->diags.diags.items[i] == first))
      run_add_diag(cx, &file->diags.diags.items[i]);
}

static void check_file(void *shared, int worker, size_t index) {
  Check *c = shared;
  ProjectFile *file = c->project->files[index];
  Worker *w = &c->workers[worker];
  Arena scratch = {0};
  if (!file->in_use || file->is_context || (!file->in_focus && !file->diags.diags.len))
    return;
  source_index_lines(&file->source, &file->arena);
  RuleRun run = {.settings = c->settings, .keep = &c->keep[worker]};
  run.enabled = enabled_in(c, (uint32_t)index, &scratch);
  Walk walk = {.check = c,
               .cx = {.project = c->project,
                      .file = file,
                      .file_id = (uint32_t)index,
                      .tree = &file->tree,
                      .resolver = w->resolver,
                      .values = w->values,
                      .models = c->models,
                      .migrations = c->migrations,
                      .target = c->settings->target,
                      .oldest = c->settings->oldest,
                      .databases = c->settings->databases,
                      .scratch = &scratch,
                      .run = &run}};
  report_syntax(&walk.cx);
  if (!c->settings->only_syntax && file->in_focus && file->tree.root) {
    PyVisitor v = {.enter = enter, .data = &walk};
    py_walk(&file->tree, file->tree.root, &v);
    run_hooks(&walk);
  }
  size_t n = run.found.len;
  if (n) {
    qsort(run.found.items, n, sizeof *run.found.items, compare_findings);
    n = drop_repeated(run.found.items, n);
    c->found[index] = arena_array(run.keep, Finding *, n);
    memcpy(c->found[index], run.found.items, n * sizeof *run.found.items);
    c->found_count[index] = n;
  }
  c->suppressed[index] = run.suppressed;
  vec_free(&run.found);
  vec_free(&run.edits);
  arena_reset(&scratch);
}

static void link_rule(Check *c, uint16_t *first, uint32_t rule) {
  vec_push(&c->links, (RuleLink){rule, *first});
  ASSERT(c->links.len <= UINT16_MAX);
  *first = (uint16_t)c->links.len;
}

// A name that the project does not have at all needs no row.
static void link_names(Check *c, NamedRules *named, uint32_t rule, Arena *arena) {
  for (const char *const *name = rules[rule]->names; name && *name; name++) {
    Atom atom = interner_find(c->project->names, str_from(*name));
    if (!atom)
      continue;
    if (atom >= named->count) {
      uint32_t count = (atom + 1) * 2;
      uint16_t *first = arena_array(arena, uint16_t, count);
      if (named->count)
        memcpy(first, named->first, named->count * sizeof *first);
      *named = (NamedRules){first, count};
    }
    link_rule(c, &named->first[atom], rule);
  }
}

static void share_out_rules(Check *c, Arena *arena) {
  for (uint32_t i = 0; i < rules_count; i++) {
    const Rule *rule = rules[i];
    if (!c->enabled[i] || !rule->check)
      continue;
    for (int k = 0; k < RULE_MAX_KINDS && rule->on[k]; k++) {
      bool call = rule->on[k] == PY_CALL, attribute = rule->on[k] == PY_ATTRIBUTE;
      if ((!call && !attribute) || (!rule->names && !rule->apis)) {
        vec_push(&c->on[rule->on[k]], i);
        continue;
      }
      link_names(c, call ? &c->calls : &c->attributes, i, arena);
      for (const ApiId *api = rule->apis; call && api && *api; api++) {
        link_rule(c, &c->by_api[*api], i);
        c->any_api = true;
      }
    }
  }
}

static void share_out_models(Check *c, Arena *arena) {
  uint32_t files = c->project->file_count;
  c->models_in = arena_array(arena, const Model **, files + 1);
  uint32_t *counts = arena_array(arena, uint32_t, files + 1);
  uint32_t n = c->models ? models_count(c->models) : 0;
  for (uint32_t i = 0; i < n; i++)
    counts[models_at(c->models, i)->node.file]++;
  for (uint32_t f = 0; f < files; f++)
    if (counts[f])
      c->models_in[f] = arena_array(arena, const Model *, counts[f] + 1);
  memset(counts, 0, files * sizeof *counts);
  for (uint32_t i = 0; i < n; i++) {
    const Model *m = models_at(c->models, i);
    c->models_in[m->node.file][counts[m->node.file]++] = m;
  }
}

static void collect_result(CheckResult *out, Check *c) {
  size_t n = 0;
  for (uint32_t f = 0; f < c->project->file_count; f++) {
    n += c->found_count[f];
    out->suppressed += c->suppressed[f];
  }
  out->findings = arena_array(&out->shared, Finding *, n + 1);
  for (uint32_t f = 0; f < c->project->file_count; f++) {
    if (c->found_count[f])
      memcpy(out->findings + out->count, c->found[f],
             c->found_count[f] * sizeof *out->findings);
    out->count += c->found_count[f];
  }
}

void check_project(CheckResult *out, const Project *p, const CheckSettings *settings) {
  enum {
    MOST_THREADS = 256
  };
  int threads = settings->threads > 0 ? settings->threads : thread_default_count();
  threads = threads > MOST_THREADS ? MOST_THREADS : threads;
  if ((size_t)threads > p->file_count)
    threads = p->file_count ? (int)p->file_count : 1;
  *out = (CheckResult){.arena_count = threads};
  out->arenas = mem_zalloc((size_t)threads, sizeof *out->arenas);
  Check c = {.project = p, .settings = settings, .keep = out->arenas};
  Arena arena = {0};
  c.enabled = settings->selection->enabled;
  c.workers = arena_array(&arena, Worker, threads);
  c.found = arena_array(&arena, Finding **, p->file_count + 1);
  c.found_count = arena_array(&arena, size_t, p->file_count + 1);
  c.suppressed = arena_array(&arena, size_t, p->file_count + 1);
  int version = version_number(settings->target);
  Arena model_arena = {0};
  Resolver *model_resolver = resolver_new(p, &model_arena);
  Models *models = models_read(p, model_resolver, version, &model_arena);
  c.models = models;
  Migrations *migrations = migrations_read(
      &(RuleCtx){.project = p, .resolver = model_resolver, .scratch = &model_arena});
  c.migrations = migrations;
  ValueIndex *values = value_index_new(p, c.models, version, &model_arena);
  for (int i = 0; i < threads; i++) {
    c.workers[i].resolver = resolver_new(p, &c.workers[i].names);
    c.workers[i].values = value_ctx_new(values, &c.workers[i].names);
  }
  read_per_file_ignores(&c, &arena);
  share_out_rules(&c, &arena);
  share_out_models(&c, &arena);
  parallel_for(threads, p->file_count, check_file, &c);
  collect_result(out, &c);
  for (int i = 0; i < threads; i++) {
    value_ctx_free(c.workers[i].values);
    resolver_free(c.workers[i].resolver);
    arena_reset(&c.workers[i].names);
  }
  for (int k = 0; k < PY_KIND_COUNT; k++)
    vec_free(&c.on[k]);
  vec_free(&c.links);
  value_index_free(values);
  migrations_free(migrations);
  models_free(models);
  resolver_free(model_resolver);
  arena_reset(&model_arena);
  arena_reset(&arena);
}

void check_result_free(CheckResult *r) {
  for (int i = 0; i < r->arena_count; i++)
    arena_reset(&r->arenas[i]);
  mem_free(r->arenas);
  arena_reset(&r->shared);
  *r = (CheckResult){0};
}
