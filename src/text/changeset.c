// changeset.c: several files replaced as one; the journal that makes it undoable.
//
// A journal is a folder: `journal.json` names the files, N.before and N.after hold their
// bytes, `done` exists once all files were replaced. It is complete and synced before the
// first file of the project is touched.
#define _XOPEN_SOURCE 700 // realpath
#include "text/changeset.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/json.h"
#include "base/utf8.h"
#include "text/changeset_internal.h"
#include "text/diff.h"

// ---- Paths

static bool real_path(Arena *a, const char *path, Str *out) {
  char *real = realpath(path, NULL);
  if (!real)
    return false;
  *out = str_copy(a, str_from(real));
  free(real); // from the C library
  return true;
}

bool changeset_init(ChangeSet *set, Arena *arena, const char *root, Err *err) {
  *set = (ChangeSet){.arena = arena};
  struct stat st;
  if (!real_path(arena, root, &set->root))
    return err_errno(err, errno, "%s", root);
  if (stat(set->root.ptr, &st) != 0 || !S_ISDIR(st.st_mode))
    return err_set(err, ERR_INPUT, "%s is not a folder", root);
  return true;
}

void changeset_free(ChangeSet *set) {
  vec_free(&set->changes);
}

const char *changeset_absolute(ChangeSet *set, Str path) {
  return arena_printf(set->arena, "%.*s/%.*s", STR_ARG(set->root), STR_ARG(path));
}

// The nearest folder above that exists, as the file system knows it.
static bool real_folder(Arena *a, Str path, Str *out) {
  for (;;) {
    size_t slash = str_rfind_char(path, '/');
    if (slash == SIZE_MAX)
      return false;
    path = str_slice(path, 0, max_size(slash, 1));
    if (real_path(a, str_copy(a, path).ptr, out))
      return true;
    if (slash == 0)
      return false;
  }
}

// ".." could lead out of a folder that does not exist yet, where realpath cannot see it.
static bool has_dot_dot(Str path) {
  Str part, rest = path;
  while (str_next_part(&rest, '/', &part))
    if (str_is(part, ".."))
      return true;
  return false;
}

// The path below the root. The file itself may be a link only to what is inside, too.
static bool relative_path(ChangeSet *set, Str path, Str *out, Err *err) {
  Arena *a = set->arena;
  bool absolute = path.len && path.ptr[0] == '/';
  Str full = absolute ? str_copy(a, path) : str_from(changeset_absolute(set, path));
  Str folder, real;
  if (!real_folder(a, full, &folder))
    return err_set(err, ERR_INPUT, "%.*s has no folder", STR_ARG(path));
  bool exists = real_path(a, full.ptr, &real);
  if (!str_is_within(exists ? real : folder, set->root) || (!exists && has_dot_dot(full)))
    return err_set(err, ERR_INPUT,
                   "%.*s lies outside the project %.*s; nothing is written there",
                   STR_ARG(path), STR_ARG(set->root));
  Str tail = {0};
  if (!exists) {
    // What is below the folder that exists, put behind that folder's real name.
    Str above = full, found;
    do
      above = str_slice(above, 0, str_rfind_char(above, '/'));
    while (above.len && !real_path(a, str_copy(a, above).ptr, &found));
    tail = str_slice(full, above.len + 1, full.len);
    real = folder;
  }
  Str inner = str_slice(real, set->root.len + 1, real.len);
  *out = !tail.ptr    ? str_copy(a, inner)
         : !inner.len ? str_copy(a, tail)
                      : str_format(a, "%.*s/%.*s", STR_ARG(inner), STR_ARG(tail));
  if (utf8_invalid_at(*out) != SIZE_MAX)
    return err_set(err, ERR_INPUT, "the path %.*s is not UTF-8", STR_ARG(*out));
  return true;
}

// ---- The set

static uint32_t hash_path(Str s) {
  uint32_t h = 2166136261u; // FNV-1a
  for (size_t i = 0; i < s.len; i++)
    h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
  return h;
}

// The slot of a path: the one that holds it, or the empty one it belongs to.
static uint32_t *slot_of(ChangeSet *set, Str path) {
  uint32_t at = hash_path(path) & (set->slot_count - 1);
  while (set->slots[at] && !str_eq(set->changes.items[set->slots[at] - 1].path, path))
    at = (at + 1) & (set->slot_count - 1);
  return &set->slots[at];
}

static void index_changes(ChangeSet *set, uint32_t slot_count) {
  set->slot_count = slot_count;
  set->slots = arena_array(set->arena, uint32_t, slot_count);
  for (size_t i = 0; i < set->changes.len; i++)
    *slot_of(set, set->changes.items[i].path) = (uint32_t)i + 1;
}

bool changeset_replace(ChangeSet *set, Str path, Str before, Str after,
                       const FileStamp *stamp, Err *err) {
  Str relative;
  if (!relative_path(set, path, &relative, err))
    return false;
  if (set->changes.len * 2 >= set->slot_count)
    index_changes(set, set->slot_count ? set->slot_count * 2 : 64);
  uint32_t *slot = slot_of(set, relative);
  if (*slot) {
    set->changes.items[*slot - 1].after = after;
    return true;
  }
  if (before.ptr && after.ptr && str_eq(before, after))
    return true;
  Change change = {.path = relative, .before = before, .after = after};
  if (stamp)
    change.stamp = *stamp;
  vec_push(&set->changes, change);
  *slot = (uint32_t)set->changes.len;
  return true;
}

bool changeset_create(ChangeSet *set, Str path, Str after, Err *err) {
  return changeset_replace(set, path, (Str){0}, after, NULL, err);
}

static int compare_changes(const void *a, const void *b) {
  return str_compare(((const Change *)a)->path, ((const Change *)b)->path);
}

static void sort_changes(ChangeSet *set) {
  if (!set->changes.len)
    return;
  qsort(set->changes.items, set->changes.len, sizeof(Change), compare_changes);
  index_changes(set, set->slot_count);
}

void changeset_diff(ChangeSet *set, Buf *out) {
  sort_changes(set);
  for (size_t i = 0; i < set->changes.len; i++) {
    const Change *c = &set->changes.items[i];
    diff_unified(c->before.ptr ? c->before : STR(""), c->after.ptr ? c->after : STR(""),
                 c->before.ptr ? c->path : STR("/dev/null"),
                 c->after.ptr ? c->path : STR("/dev/null"), out);
  }
}

// ---- Folders and the lock

// Makes the folders of `path` below the root; those it made are removed again by
// remove_empty_folders.
static bool make_folders(const char *path, size_t root_len, Err *err) {
  char name[PATH_MAX];
  for (size_t i = root_len + 1; path[i]; i++) {
    if (path[i] != '/')
      continue;
    if (i >= sizeof name)
      return err_set(err, ERR_LIMIT, "the path %s is too long", path);
    memcpy(name, path, i);
    name[i] = 0;
    if (mkdir(name, 0777) != 0 && errno != EEXIST)
      return err_errno(err, errno, "the folder %s cannot be made", name);
  }
  return true;
}

static void remove_empty_folders(const char *path, size_t root_len) {
  char name[PATH_MAX];
  size_t len = strlen(path);
  while (len > root_len + 1) {
    Str part = {path, len};
    size_t slash = str_rfind_char(part, '/');
    if (slash == SIZE_MAX || slash <= root_len || slash >= sizeof name)
      return;
    len = slash;
    memcpy(name, path, len);
    name[len] = 0;
    if (rmdir(name) != 0)
      return;
  }
}

bool changeset_lock(ChangeSet *set, int *fd, Err *err) {
  const char *lock = changeset_absolute(set, STR(".aludel/undo/lock"));
  const char *ignore = changeset_absolute(set, STR(".aludel/undo/.gitignore"));
  if (!make_folders(lock, set->root.len, err))
    return false;
  if (access(ignore, F_OK) != 0 && !io_create_file(ignore, STR("*\n"), err))
    return false;
  *fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (*fd < 0)
    return err_errno(err, errno, "%s", lock);
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int r;
  do
    r = fcntl(*fd, F_SETLKW, &whole);
  while (r != 0 && errno == EINTR);
  if (r != 0) {
    err_errno(err, errno, "%s cannot be locked", lock);
    close(*fd);
    return false;
  }
  return true;
}

// ---- The journal

static void write_journal_json(const ChangeSet *set, const char *title, Buf *out) {
  char when[32] = "";
  time_t now = time(NULL);
  struct tm local;
  if (localtime_r(&now, &local))
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
  JsonWriter w = {.out = out, .indent = 1};
  json_begin_object(&w);
  json_field(&w, "title", str_from(title));
  json_field(&w, "time", str_from(when));
  json_key(&w, "files");
  json_begin_array(&w);
  for (size_t i = 0; i < set->changes.len; i++) {
    const Change *c = &set->changes.items[i];
    json_begin_object(&w);
    json_field(&w, "path", c->path);
    json_field_bool(&w, "before", c->before.ptr != NULL);
    json_field_bool(&w, "after", c->after.ptr != NULL);
    json_end_object(&w);
  }
  json_end_array(&w);
  json_end_object(&w);
  buf_add_char(out, '\n');
}

static bool write_states(ChangeSet *set, const char *folder, Err *err) {
  for (size_t i = 0; i < set->changes.len; i++) {
    const Change *c = &set->changes.items[i];
    const char *before = arena_printf(set->arena, "%s/%zu.before", folder, i);
    const char *after = arena_printf(set->arena, "%s/%zu.after", folder, i);
    if ((c->before.ptr && !io_create_file(before, c->before, err)) ||
        (c->after.ptr && !io_create_file(after, c->after, err)))
      return false;
  }
  return true;
}

static bool write_journal(ChangeSet *set, const char *title, const char **folder,
                          Err *err) {
  UndoList list = {0};
  if (!undo_list(set->root.ptr, set->arena, &list, err))
    return false;
  unsigned long number = list.len ? strtoul(list.items[0].name.ptr, NULL, 10) + 1 : 1;
  for (size_t i = UNDO_KEEP - 1; i < list.len; i++)
    if (!list.items[i].unfinished)
      journal_remove(set, list.items[i].name);
  vec_free(&list);
  *folder =
      arena_printf(set->arena, "%.*s/.aludel/undo/%06lu", STR_ARG(set->root), number);
  Str name = str_from(*folder + set->root.len + strlen("/.aludel/undo/"));
  if (mkdir(*folder, 0777) != 0)
    return err_errno(err, errno, "the folder %s cannot be made", *folder);
  Buf json = {0};
  write_journal_json(set, title, &json);
  bool ok = write_states(set, *folder, err) &&
            io_create_file(arena_printf(set->arena, "%s/journal.json", *folder),
                           buf_str(&json), err);
  buf_free(&json);
  if (!ok)
    journal_remove(set, name);
  return ok;
}

// ---- Writing

static bool check_change(ChangeSet *set, const Change *c, Err *err) {
  const char *path = changeset_absolute(set, c->path);
  struct stat st;
  bool there = stat(path, &st) == 0;
  if (!c->before.ptr && there)
    return err_set(err, ERR_IO, "%.*s exists already", STR_ARG(c->path));
  if (c->before.ptr && !there)
    return err_set(err, ERR_IO, "%.*s is no longer there", STR_ARG(c->path));
  if (!there)
    return true;
  if (!(st.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) || access(path, W_OK) != 0)
    return err_set(err, ERR_IO, "%.*s is read-only", STR_ARG(c->path));
  Str now;
  if (!io_read_file(set->arena, path, SIZE_MAX / 2, 1, &now, NULL, err))
    return false;
  if (!str_eq(now, c->before))
    return err_set(err, ERR_IO,
                   "%.*s was changed by another program since it was read; run again",
                   STR_ARG(c->path));
  return true;
}

// Brings one file from one state to the other. `stamp` may be NULL.
static bool move_file(ChangeSet *set, Str path, Str from, Str to, const FileStamp *stamp,
                      Err *err) {
  const char *full = changeset_absolute(set, path);
  if (!to.ptr) {
    if (unlink(full) != 0 && errno != ENOENT)
      return err_errno(err, errno, "%s cannot be removed", full);
    remove_empty_folders(full, set->root.len);
    return true;
  }
  if (from.ptr)
    return io_replace_file(full, to, stamp, err);
  return make_folders(full, set->root.len, err) && io_create_file(full, to, err);
}

// False where a file could not be put back; the message then says which.
static bool take_back(ChangeSet *set, size_t count, Err *err) {
  bool ok = true;
  for (size_t i = count; i-- > 0;) {
    const Change *c = &set->changes.items[i];
    Err why = {0};
    if (move_file(set, c->path, c->after, c->before, NULL, &why))
      continue;
    ok = false;
    const char *first = arena_printf(set->arena, "%s", err ? err->message : "");
    err_set(err, ERR_IO,
            "%s; and %.*s could not be put back (%s): run `aludel undo` once it can be "
            "written",
            first, STR_ARG(c->path), why.message);
  }
  return ok;
}

bool changeset_apply(ChangeSet *set, bool *broken, Err *err) {
  *broken = false;
  for (size_t i = 0; i < set->changes.len; i++)
    if (!check_change(set, &set->changes.items[i], err))
      return false;
  for (size_t i = 0; i < set->changes.len; i++) {
    const Change *c = &set->changes.items[i];
    if (!move_file(set, c->path, c->before, c->after, &c->stamp, err)) {
      *broken = !take_back(set, i, err);
      return false;
    }
  }
  return true;
}

bool changeset_write(ChangeSet *set, const char *title, Err *err) {
  if (!set->changes.len)
    return true;
  sort_changes(set);
  int lock;
  const char *folder;
  if (!changeset_lock(set, &lock, err))
    return false;
  bool ok = true;
  for (size_t i = 0; ok && i < set->changes.len; i++)
    ok = check_change(set, &set->changes.items[i], err);
  ok = ok && write_journal(set, title, &folder, err);
  bool broken;
  if (ok && !changeset_apply(set, &broken, err)) {
    if (!broken)
      journal_remove(set, str_from(strrchr(folder, '/') + 1));
    ok = false;
  }
  ok = ok && io_create_file(arena_printf(set->arena, "%s/done", folder), STR(""), err);
  close(lock);
  return ok;
}
