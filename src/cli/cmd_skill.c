// cmd_skill.c: `aludel skill validate`, `install` and `export`.
//
// A skill that is installed has a file `.installed` with a hash of each file as it was
// written, so that an edit of the user can be told from an older version.
#define _XOPEN_SOURCE 700 // realpath, symlink

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "cli/command.h"
#include "gen/skill.h"

enum {
  MOST = 16 << 20 // bytes of a file that may be in the way
};

// ---- validate

static int run_validate(CommandCtx *cx) {
  const char *folder = cx->arg_count ? cx->args[0] : ".";
  SkillProblems problems = {0};
  Err err = {0};
  bool wrong = false;
  if (!skill_validate(&cx->arena, folder, &problems, &err)) {
    vec_free(&problems);
    return command_error("%s", err.message);
  }
  for (size_t i = 0; i < problems.len; i++) {
    const SkillProblem *p = &problems.items[i];
    buf_printf(&cx->out, "%s/SKILL.md:%u: %s: %.*s\n", folder, p->line,
               p->is_warning ? "warning" : "error", STR_ARG(p->text));
    wrong |= !p->is_warning;
  }
  if (!wrong)
    buf_printf(&cx->out, "%s is a valid skill\n", folder);
  vec_free(&problems);
  return wrong ? EXIT_FINDINGS : EXIT_FINE;
}

// ---- Writing the package into a folder

typedef struct {
  CommandCtx *cx;
  SkillFiles files;
  Str installed; // text of `.installed`, absent where there is none
  Str folder;    // of the skill, terminated
  bool force;
  Vec(Str) edited; // files that the user changed
} Target;

static uint64_t hash_of(Str s) {
  uint64_t h = 0xCBF29CE484222325u;
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (uint8_t)s.ptr[i]) * 0x100000001B3u;
  return h;
}

static Str manifest_line(Arena *a, Str path, Str text) {
  return str_format(a, "%016llx %.*s\n", (unsigned long long)hash_of(text),
                    STR_ARG(path));
}

static Str path_in(Target *t, Str path) {
  return str_format(&t->cx->arena, "%.*s/%.*s", STR_ARG(t->folder), STR_ARG(path));
}

static bool make_folders(Arena *a, Str path, Err *err) {
  for (size_t at = 1; (at = str_find_char(path, '/', at)) != SIZE_MAX; at++) {
    char *folder = arena_copy(a, path.ptr, at);
    if (mkdir(folder, 0777) && errno != EEXIST)
      return err_errno(err, errno, "cannot make the folder %s", folder);
  }
  return true;
}

// Reads what is there; finds the files that are neither ours nor as we wrote them.
static bool look(Target *t, Err *err) {
  Arena *a = &t->cx->arena;
  Str manifest = path_in(t, STR(".installed"));
  t->installed = (Str){0};
  if (access(manifest.ptr, F_OK) == 0 &&
      !io_read_file(a, manifest.ptr, MOST, 1, &t->installed, NULL, err))
    return false;
  for (size_t i = 0; i < t->files.len; i++) {
    const SkillFile *f = &t->files.items[i];
    Str path = path_in(t, f->path), now;
    if (access(path.ptr, F_OK))
      continue;
    if (!io_read_file(a, path.ptr, MOST, 1, &now, NULL, err))
      return false;
    bool ours = str_eq(now, f->text) ||
                (t->installed.len &&
                 str_find(t->installed, manifest_line(a, f->path, now), 0) != SIZE_MAX);
    if (!ours)
      vec_push(&t->edited, f->path);
  }
  return true;
}

static bool write_one(Target *t, Str path, Str text, bool is_program, Err *err) {
  Str whole = path_in(t, path);
  if (!make_folders(&t->cx->arena, whole, err))
    return false;
  bool there = access(whole.ptr, F_OK) == 0;
  if (there ? !io_replace_file(whole.ptr, text, NULL, err)
            : !io_create_file(whole.ptr, text, err))
    return false;
  if (is_program && chmod(whole.ptr, 0755))
    return err_errno(err, errno, "cannot make %s executable", whole.ptr);
  return true;
}

static bool write_all(Target *t, Err *err) {
  Buf manifest = {0};
  bool good = true;
  for (size_t i = 0; good && i < t->files.len; i++) {
    const SkillFile *f = &t->files.items[i];
    good = write_one(t, f->path, f->text, f->is_program, err);
    buf_add_str(&manifest, manifest_line(&t->cx->arena, f->path, f->text));
  }
  good = good && write_one(t, STR(".installed"), buf_str(&manifest), false, err);
  buf_free(&manifest);
  return good;
}

// The whole package into `folder`. Nothing is written where the user's edits are in the
// way.
static bool put(CommandCtx *cx, Str folder, Err *err) {
  Target t = {.cx = cx, .folder = folder, .force = option_given(cx, "force")};
  skill_files(&cx->arena, &t.files);
  bool good = look(&t, err);
  if (good && t.edited.len && !t.force) {
    Str first = t.edited.items[0];
    good =
        err_set(err, ERR_INPUT,
                "%.*s/%.*s%s was edited; nothing was written, --force replaces it",
                STR_ARG(folder), STR_ARG(first), t.edited.len > 1 ? " (and more)" : "");
  }
  good = good && write_all(&t, err);
  if (good)
    buf_printf(&cx->out, "%zu files in %.*s\n", t.files.len, STR_ARG(folder));
  vec_free(&t.files);
  vec_free(&t.edited);
  return good;
}

// ---- install

static const struct {
  const char *name, *folder;
} clients[] = {{"agents", ".agents/skills"}, // read by most clients
               {"claude", ".claude/skills"},
               {"goose", ".goose/skills"}};

static bool wants(const CommandCtx *cx, const char *name) {
  const OptionValue *list = option_get(cx, "client");
  if (!list->given)
    return strcmp(name, "goose") != 0;
  for (size_t i = 0; i < list->list.len; i++)
    if (str_is(list->list.items[i], name) || str_is(list->list.items[i], "all"))
      return true;
  return false;
}

static bool check_clients(const CommandCtx *cx, Err *err) {
  const OptionValue *list = option_get(cx, "client");
  for (size_t i = 0; i < list->list.len; i++) {
    Str name = list->list.items[i];
    bool known = str_is(name, "all");
    for (size_t k = 0; k < ARRAY_LEN(clients); k++)
      known |= str_is(name, clients[k].name);
    if (!known)
      return err_set(err, ERR_USAGE,
                     "there is no client '%.*s': agents, claude, goose, all",
                     STR_ARG(name));
  }
  return true;
}

// A link to the copy in .agents/skills; where a folder is in its place, that one gets a
// copy of its own.
static bool link_or_copy(CommandCtx *cx, const char *root, const char *folder, Err *err) {
  Str path = str_format(&cx->arena, "%s/%s/" SKILL_NAME, root, folder);
  const char *target = "../../.agents/skills/" SKILL_NAME;
  struct stat info;
  bool there = lstat(path.ptr, &info) == 0;
  if (option_given(cx, "copy") || (there && !S_ISLNK(info.st_mode)))
    return put(cx, path, err);
  if (there) {
    char now[256];
    ssize_t n = readlink(path.ptr, now, sizeof now);
    if (n == (ssize_t)strlen(target) && !memcmp(now, target, (size_t)n)) {
      buf_printf(&cx->out, "linked from %s\n", path.ptr);
      return true;
    }
    if (!option_given(cx, "force"))
      return err_set(err, ERR_INPUT,
                     "%s is a link to somewhere else; --force replaces it", path.ptr);
    if (unlink(path.ptr))
      return err_errno(err, errno, "cannot remove the link %s", path.ptr);
  }
  if (!make_folders(&cx->arena, path, err))
    return false;
  if (symlink(target, path.ptr))
    return err_errno(err, errno, "cannot make the link %s (--copy needs none)", path.ptr);
  buf_printf(&cx->out, "linked from %s\n", path.ptr);
  return true;
}

static bool install(CommandCtx *cx, Err *err) {
  const char *root = option_given(cx, "user")      ? getenv("HOME")
                     : option_given(cx, "project") ? option_text(cx, "project")
                                                   : ".";
  if (!root || !*root)
    return err_set(err, ERR_NOT_FOUND, "HOME is not set");
  if (option_given(cx, "user") && option_given(cx, "project"))
    return err_set(err, ERR_USAGE, "--user and --project exclude each other");
  if (access(root, F_OK))
    return err_set(err, ERR_NOT_FOUND, "the folder %s does not exist", root);
  if (!check_clients(cx, err))
    return false;
  bool linked = !option_given(cx, "copy");
  for (size_t i = 0; i < ARRAY_LEN(clients); i++) {
    bool first = i == 0;
    if (first && (wants(cx, clients[0].name) || linked)) {
      Str folder = str_format(&cx->arena, "%s/%s/" SKILL_NAME, root, clients[0].folder);
      if (!put(cx, folder, err))
        return false;
    } else if (!first && wants(cx, clients[i].name) &&
               !link_or_copy(cx, root, clients[i].folder, err)) {
      return false;
    }
  }
  return true;
}

static int run_install(CommandCtx *cx) {
  Err err = {0};
  return install(cx, &err) ? EXIT_FINE : command_error("%s", err.message);
}

static int run_export(CommandCtx *cx) {
  Err err = {0};
  Str folder = str_format(&cx->arena, "%s/" SKILL_NAME, cx->args[0]);
  return put(cx, folder, &err) ? EXIT_FINE : command_error("%s", err.message);
}

// ---- tables

const Command command_skill_validate = {
    .name = "skill validate",
    .summary = "Hold a skill's folder to the Agent Skills format",
    .positional = "[FOLDER]",
    .args_max = 1,
    .details = "Exit status: 0 valid, 1 it is not, 2 SKILL.md cannot be read.",
    .run = run_validate,
};

static const Option install_options[] = {
    {"client", 0, OPTION_LIST, "CLIENTS", NULL,
     "For which clients: agents, claude, goose, all (agents,claude)"},
    {"user", 0, OPTION_FLAG, NULL, NULL, "For the user, in the home folder"},
    {"project", 0, OPTION_TEXT, "PATH", NULL, "For this project (the current folder)"},
    {"copy", 0, OPTION_FLAG, NULL, NULL, "Copies for all clients instead of links"},
    {"force", 0, OPTION_FLAG, NULL, NULL, "Replace files that were edited"},
    {.name = NULL},
};

const Command command_skill_install = {
    .name = "skill install",
    .summary = "Install the skill package where agents look for it",
    .details =
        "The files go to .agents/skills; .claude/skills and .goose/skills get a link "
        "to\nthem. Files that were edited stop the installation.",
    .options = install_options,
    .run = run_install,
};

static const Option export_options[] = {
    {"force", 0, OPTION_FLAG, NULL, NULL, "Replace files that were edited"},
    {.name = NULL},
};

const Command command_skill_export = {
    .name = "skill export",
    .summary = "Write the skill package into a folder",
    .positional = "FOLDER",
    .args_min = 1,
    .args_max = 1,
    .options = export_options,
    .run = run_export,
};
