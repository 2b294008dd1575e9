// task_modernize.c: legacy code, pasted or of the project, in the style of 2.x.
#include "agent/ask.h"
#include "agent/async_form.h"
#include "codemod/modernize.h"
#include "codemod/snippet.h"
#include "text/diff.h"

enum {
  MAX_REASONS = 20
};

static bool is_wanted(const AskContext *cx, uint32_t file, Str path) {
  if (cx->pasted != NO_FILE)
    return file == cx->pasted;
  for (size_t i = 0; i < cx->request->files.len; i++)
    if (str_ends(path, cx->request->files.items[i]))
      return true;
  return cx->request->files.len == 0;
}

// Whether the functions are to become coroutines.
static bool wants_async(Str clause) {
  return ask_says(clause, "async,asynchronous,asyncio,asyncsession,await,coroutines") &&
         !ask_says(clause, "to sync,into sync,from async,not async");
}

// The new code, in its async form as far as it has one; what stays as it is is told.
static void show_after(AskContext *cx, bool async, Str code, Answer *answer) {
  AsyncForm form = {.code = STR("")};
  bool ok = async && async_form(cx->arena, code, &form);
  Buf left = {0};
  answer_code(answer, ok ? form.code : code, NULL, false);
  for (size_t i = 0; i < form.left.len; i++)
    buf_printf(&left, "- %.*s\n", STR_ARG(form.left.items[i]));
  if (ok) {
    answer_assume(answer, STR("What is called `session` or `db` is an AsyncSession, made "
                              "by async_sessionmaker(engine, expire_on_commit=False)."));
    answer_assume(answer,
                  STR("Relationships that are read afterwards are loaded by the query "
                      "(selectinload): a lazy load raises MissingGreenlet."));
    answer_next(answer, "Await these functions where they are called.");
  } else if (async && !left.len && !form.coroutines) {
    buf_add_text(&left,
                 "- nothing here was made async: no function runs SQL through what "
                 "is called `session` or `db`\n");
  }
  answer->confident = answer->confident && !left.len;
  if (left.len)
    answer_markdown(answer, buf_str(&left));
  buf_free(&left);
  async_form_free(&form);
}

static void show_files(AskContext *cx, const Modernization *m, bool async,
                       Answer *answer) {
  for (uint32_t i = 0; i < m->file_count; i++) {
    const ModernizedFile *f = &m->files[i];
    bool pasted = i == cx->pasted;
    if (!(f->changed || (pasted && async)) || !is_wanted(cx, i, f->path))
      continue;
    if (pasted) {
      Str before = f->changed ? ask_without_prelude(cx, f->before)
                              : request_python(cx->request, cx->arena);
      answer_text(answer, "Before:");
      answer_code(answer, before, NULL, false);
      answer_text(answer, "After:");
      show_after(cx, async, f->changed ? f->after : before, answer);
      continue;
    }
    Buf diff = {0};
    diff_unified(f->before, f->after, f->path, f->path, &diff);
    answer_diff(answer, f->path, buf_str(&diff));
    answer_edit(answer, f->path, f->bytes_before, f->bytes_after);
    buf_free(&diff);
  }
}

static void tell_sites(AskContext *cx, const Modernization *m, bool converted,
                       Answer *answer) {
  Buf out = {0};
  size_t count = 0;
  for (size_t i = 0; i < m->site_count; i++) {
    const Site *s = m->sites[i];
    Str path = s->file < m->file_count ? m->files[s->file].path : STR("");
    if (s->converted != converted || !is_wanted(cx, s->file, path) ||
        ++count > MAX_REASONS)
      continue;
    buf_printf(&out, "- ");
    if (s->file != cx->pasted)
      buf_printf(&out, "`%.*s:%u`: ", STR_ARG(path), s->line);
    buf_printf(&out, "%.*s", STR_ARG(s->what));
    if (!converted)
      buf_printf(&out, "; left as it is: %.*s", STR_ARG(s->reason));
    if (s->by_hand.len)
      buf_printf(&out, ". Look at: %.*s", STR_ARG(s->by_hand));
    buf_add_char(&out, '\n');
  }
  if (count > MAX_REASONS)
    buf_printf(&out, "- and %zu more\n", count - MAX_REASONS);
  if (count) {
    answer_text(answer, converted ? "What changed:" : "What was left, and why:");
    answer_markdown(answer, buf_str(&out));
  }
  buf_free(&out);
}

// Pasted code without models: what its names are is assumed, and said.
static bool modernize_snippet(AskContext *cx, Str clause, SqlalchemyTarget target,
                              Answer *answer) {
  Snippet s;
  Buf changes = {0}, after = {0};
  Str before = request_python(cx->request, cx->arena);
  bool async = wants_async(clause);
  bool legacy = snippet_modernize(&s, before, target, NULL) && s.changes.len > 0;
  for (size_t i = 0; legacy && i < s.imports.len; i++)
    buf_printf(&after, "%.*s\n", STR_ARG(s.imports.items[i]));
  if (after.len)
    buf_add_char(&after, '\n');
  for (size_t i = 0; legacy && i < s.changes.len; i++)
    buf_printf(&changes, "- %s%.*s\n",
               s.changes.items[i].converted ? "" : "Left as it is: ",
               STR_ARG(s.changes.items[i].reason));
  bool ok = legacy || async;
  if (ok) {
    answer_read_as(answer,
                   "The code you pasted in the style of SQLAlchemy %s%s: `select()` says "
                   "what is wanted, the session executes it.",
                   target == SQLALCHEMY_2_1 ? "2.1" : "2.0",
                   async ? ", with an AsyncSession" : "");
    answer_text(answer, "Before:");
    answer_code(answer, before, NULL, false);
    answer_text(answer, "After:");
    buf_add_str(&after, legacy ? s.code : before);
    Str code = buf_str(&after);
    show_after(cx, async, code, answer);
    answer_markdown(answer, buf_str(&changes));
    answer->confident = answer->confident && !s.left;
  }
  for (size_t i = 0; legacy && i < s.assumed.len; i++)
    answer_assume(answer, str_format(cx->arena, "%.*s.", STR_ARG(s.assumed.items[i])));
  snippet_free(&s);
  buf_free(&changes);
  buf_free(&after);
  return ok;
}

bool task_modernize(AskContext *cx, Str clause, Answer *answer) {
  if (!cx->has_code)
    return false;
  SqlalchemyTarget target = ask_says(clause, "2.1") ? SQLALCHEMY_2_1 : SQLALCHEMY_2_0;
  if (cx->pasted != NO_FILE && !cx->has_project &&
      (!models_count(cx->models) || cx->prelude.len) &&
      modernize_snippet(cx, clause, target, answer))
    return true;
  Project project;
  Modernization m = {0};
  AskStyle style = ask_style(cx, clause);
  ModernizeSettings settings = {
      .source = style.target,
      .target = target,
      .profile = ask_says(clause, "compat,compatible,only what breaks") ? PROFILE_COMPAT
                                                                        : PROFILE_MODERN};
  if (!ask_open_project(cx, &project, NULL)) {
    project_free(&project);
    return false;
  }
  modernize_project(&m, &project, &settings);
  answer_read_as(answer, "Bring %s to the style of SQLAlchemy %s.",
                 cx->pasted != NO_FILE ? "the code you pasted" : "the project",
                 settings.target == SQLALCHEMY_2_1 ? "2.1" : "2.0");
  answer_slot(answer, "target",
              settings.target == SQLALCHEMY_2_1 ? STR("2.1") : STR("2.0"));
  bool async = wants_async(clause);
  show_files(cx, &m, async, answer);
  if (async && cx->pasted == NO_FILE) {
    answer->confident = false;
    answer_text(answer, "The functions of a project are not made async by this: paste "
                        "those that are to be.");
  }
  tell_sites(cx, &m, true, answer);
  tell_sites(cx, &m, false, answer);
  if (answer_is_empty(answer))
    answer_text(answer,
                "There is nothing to change: the code uses no API that %s "
                "removed or replaced, as far as can be told without running it.",
                settings.target == SQLALCHEMY_2_1 ? "2.1" : "2.0");
  else if (cx->pasted == NO_FILE)
    answer_next(answer, "`aludel modernize --write` makes the same changes, all or none; "
                        "run the tests behind it.");
  modernization_free(&m);
  project_free(&project);
  return true;
}
