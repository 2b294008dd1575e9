// undo.c: reading journals and taking the newest change back.
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

#include "text/changeset_internal.h"

enum {
  MAX_JOURNAL = 64 << 20, // bytes of a journal.json
  NAME_LENGTH = 6
};
#define MAX_STATE ((size_t)1 << 30) // bytes of one file's state

static const char *journal_path(Arena *a, Str root, Str name, const char *file) {
  return arena_printf(a, "%.*s/.aludel/undo/%.*s%s%s", STR_ARG(root), STR_ARG(name),
                      *file ? "/" : "", file);
}

void journal_remove(ChangeSet *set, Str name) {
  const char *folder = journal_path(set->arena, set->root, name, "");
  DIR *dir = opendir(folder);
  if (!dir)
    return;
  for (struct dirent *e; (e = readdir(dir));)
    if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
      unlink(arena_printf(set->arena, "%s/%s", folder, e->d_name));
  closedir(dir);
  rmdir(folder);
}

static bool is_journal_name(const char *name) {
  size_t n = strspn(name, "0123456789");
  return n >= NAME_LENGTH && !name[n];
}

static int newest_first(const void *a, const void *b) {
  unsigned long x = strtoul(((const UndoRecord *)a)->name.ptr, NULL, 10);
  unsigned long y = strtoul(((const UndoRecord *)b)->name.ptr, NULL, 10);
  return x < y ? 1 : x > y ? -1 : 0;
}

static json_t *load_journal(Arena *a, Str root, Str name, Err *err) {
  Str text;
  const char *path = journal_path(a, root, name, "journal.json");
  if (!io_read_file(a, path, MAX_JOURNAL, 1, &text, NULL, err))
    return NULL;
  json_error_t why;
  json_t *json = json_loadb(text.ptr, text.len, 0, &why);
  if (!json || !json_is_array(json_object_get(json, "files"))) {
    err_set(err, ERR_INPUT, "%s is damaged", path);
    json_decref(json);
    return NULL;
  }
  return json;
}

static Str string_of(Arena *a, const json_t *object, const char *key) {
  const char *text = json_string_value(json_object_get(object, key));
  return str_copy(a, str_from(text ? text : ""));
}

static void fill_record(UndoRecord *r, Arena *a, Str root, const json_t *json) {
  r->title = string_of(a, json, "title");
  r->time = string_of(a, json, "time");
  r->unfinished = access(journal_path(a, root, r->name, "done"), F_OK) != 0;
  const json_t *files = json_object_get(json, "files");
  r->path_count = json_array_size(files);
  r->paths = arena_array(a, Str, r->path_count + 1);
  for (size_t i = 0; i < r->path_count; i++)
    r->paths[i] = string_of(a, json_array_get(files, i), "path");
}

bool undo_list(const char *root, Arena *arena, UndoList *out, Err *err) {
  Str at = str_from(root);
  DIR *dir = opendir(journal_path(arena, at, STR(""), ""));
  if (!dir)
    return errno == ENOENT || err_errno(err, errno, "%s/.aludel/undo", root);
  for (struct dirent *e; (e = readdir(dir));) {
    if (!is_journal_name(e->d_name))
      continue;
    UndoRecord r = {.name = str_copy(arena, str_from(e->d_name))};
    // A folder without its journal.json was never begun: no file was touched.
    if (access(journal_path(arena, at, r.name, "journal.json"), F_OK) != 0)
      continue;
    json_t *json = load_journal(arena, at, r.name, err);
    if (!json) {
      closedir(dir);
      return false;
    }
    fill_record(&r, arena, at, json);
    json_decref(json);
    vec_push(out, r);
  }
  closedir(dir);
  if (out->len)
    qsort(out->items, out->len, sizeof *out->items, newest_first);
  return true;
}

static bool read_state(ChangeSet *set, Str name, size_t index, const char *which,
                       const json_t *file, Str *out, Err *err) {
  *out = (Str){0};
  if (!json_is_true(json_object_get(file, which)))
    return true;
  const char *state = arena_printf(set->arena, "%zu.%s", index, which);
  return io_read_file(set->arena, journal_path(set->arena, set->root, name, state),
                      MAX_STATE, 1, out, NULL, err);
}

static bool same_state(Str a, Str b) {
  return !a.ptr == !b.ptr && (!a.ptr || str_eq(a, b));
}

// Adds what brings one file back to `before`.
static bool add_reverse(ChangeSet *set, const UndoRecord *r, size_t index,
                        const json_t *file, bool force, Err *err) {
  Str path = string_of(set->arena, file, "path"), before, after, now = {0};
  if (!read_state(set, r->name, index, "before", file, &before, err) ||
      !read_state(set, r->name, index, "after", file, &after, err))
    return false;
  const char *full = changeset_absolute(set, path);
  FileStamp stamp = {0};
  if (access(full, F_OK) == 0 &&
      !io_read_file(set->arena, full, MAX_STATE, 1, &now, &stamp, err))
    return false;
  if (same_state(now, before))
    return true;
  if (!same_state(now, after) && !force)
    return err_set(
        err, ERR_INPUT,
        "%.*s was changed since `%.*s` wrote it; --force takes it back all the "
        "same",
        STR_ARG(path), STR_ARG(r->title));
  return changeset_replace(set, path, now, before, &stamp, err);
}

bool undo_read(ChangeSet *set, Arena *arena, const char *root, bool force,
               UndoRecord *record, Err *err) {
  UndoList list = {0};
  if (!changeset_init(set, arena, root, err) ||
      !undo_list(set->root.ptr, arena, &list, err))
    return false;
  if (!list.len)
    return err_set(err, ERR_NOT_FOUND, "there is nothing to undo in %.*s",
                   STR_ARG(set->root));
  *record = list.items[0];
  vec_free(&list);
  json_t *json = load_journal(arena, set->root, record->name, err);
  if (!json)
    return false;
  bool ok = true;
  size_t i;
  json_t *file;
  json_array_foreach(json_object_get(json, "files"), i, file) ok =
      ok && add_reverse(set, record, i, file, force, err);
  json_decref(json);
  return ok;
}

bool undo_write(ChangeSet *set, const UndoRecord *record, Err *err) {
  int lock;
  if (!changeset_lock(set, &lock, err))
    return false;
  bool broken, ok = changeset_apply(set, &broken, err);
  if (ok)
    journal_remove(set, record->name);
  close(lock);
  return ok;
}
