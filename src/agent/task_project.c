// task_project.c: a whole application in a new folder.
#include "agent/describe.h"
#include "agent/generate.h"
#include "base/regex.h"

// The name behind "called", "named"; "app" where there is none.
static Str project_name(Arena *arena, Str clause) {
  static const char *const marks[] = {"called ", "named ", "name is "};
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    size_t at = str_find(clause, str_from(marks[i]), 0);
    if (at == SIZE_MAX)
      continue;
    size_t from = at + strlen(marks[i]), to = from;
    while (to < clause.len && ((clause.ptr[to] | 32) >= 'a'
                                   ? (clause.ptr[to] | 32) <= 'z'
                                   : clause.ptr[to] == '-' || clause.ptr[to] == '_'))
      to++;
    if (to > from)
      return str_copy(arena, str_slice(clause, from, to));
  }
  // new project "bookshop"
  RegexMatch match;
  Regex *quoted = regex_new(STR(
      "(?i)\\b(?:project|app|application|service|backend)\\s+[\"'`](?<name>[a-z][\\w-]*)"
      "[\"'`]"));
  Str name = STR("app");
  if (regex_find(quoted, clause, 0, &match))
    name = str_copy(arena, regex_group(quoted, &match, "name"));
  regex_free(quoted);
  return name;
}

static bool is_telling(Str path) {
  static const char *const names[] = {"/models.py", "/database.py", "/main.py"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (str_ends(path, str_from(names[i])))
      return true;
  return false;
}

static void show(const Gen *g, Answer *answer) {
  Buf list = {0};
  for (size_t i = 0; i < g->files.len; i++) {
    const GenFile *f = &g->files.items[i];
    buf_printf(&list, "- `%.*s`\n", STR_ARG(f->path));
    answer_edit(answer, f->path, (Str){0}, f->text);
  }
  answer_text(answer, "%zu files:", g->files.len);
  answer_markdown(answer, buf_str(&list));
  buf_free(&list);
  for (size_t i = 0; i < g->files.len; i++)
    if (is_telling(g->files.items[i].path))
      answer_code(answer, g->files.items[i].text, g->files.items[i].path.ptr, false);
}

bool task_project(AskContext *cx, Str clause, Answer *answer) {
  Description d = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  if (!describe_models(&d, cx->arena, cx->request->prose, s, &err)) {
    schema_free(s);
    s = schema_new(cx->arena);
    err = (Err){0};
  }
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  g.settings.name = project_name(cx->arena, clause);
  g.settings.no_fastapi = ask_says(
      cx->request->prose, "without fastapi,no fastapi,without an api,without api,"
                          "without a web,no web,without http,no http,no api");
  bool ok = generator_find(STR("project"))->run(&g, &err);
  if (ok) {
    answer_read_as(answer, "A whole %s application named %.*s.",
                   style.is_async ? "async" : "sync", STR_ARG(g.settings.name));
    answer_slot(answer, "name", g.settings.name);
    show(&g, answer);
    answer_next(
        answer,
        "`--apply` writes it; so does `aludel scaffold project %.*s%s%s --write`, "
        "which takes models as well.",
        STR_ARG(g.settings.name), style.is_async ? " --async" : "",
        g.settings.no_fastapi ? " --no-fastapi" : "");
  }
  for (size_t i = 0; ok && i < g.steps.len; i++)
    answer_next(answer, "%.*s", STR_ARG(g.steps.items[i]));
  gen_free(&g);
  describe_free(&d);
  schema_free(s);
  return ok;
}
