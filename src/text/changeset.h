// ChangeSet: files of one project that change together, all of them or none.
//
//   ChangeSet set = {0};
//   changeset_init(&set, &arena, root);
//   changeset_replace(&set, path, before, after, &stamp, &err);
//   changeset_create(&set, path, text, &err);
//   changeset_diff(&set, &out);
//   changeset_write(&set, "modernize", &err);
//
// - Paths may be absolute or relative to the root; what lies outside the root, also by a
//   symbolic link, is refused.
// - Nothing is written before every target was looked at: a file that changed since it
// was
//   read, is read-only, or exists although it was to be new, stops the whole set.
// - `root/.aludel/undo/<number>/` keeps both states of each file (the journal) before the
//   first file is touched. A failure on the way puts the old files back. After a kill the
//   journal is still there and undo_last gives back the state before.
// - One writer at a time: a lock on root/.aludel/undo/lock.
#ifndef TEXT_CHANGESET_H
#define TEXT_CHANGESET_H

#include "base/io.h"
#include "base/vec.h"

enum {
  UNDO_KEEP = 20 // journals that are kept; older ones are removed
};

typedef struct {
  Str path;          // relative to the root, terminated
  Str before, after; // bytes of the file; absent: there is no file
  FileStamp stamp;   // of `before`, where known
} Change;

typedef struct {
  Arena *arena;
  Str root; // absolute, without links and a slash at the end, terminated
  Vec(Change) changes;
  uint32_t *slots; // by hash of the path: index + 1, 0 = free
  uint32_t slot_count;
} ChangeSet;

// False where the root is not a folder.
MUST_USE bool changeset_init(ChangeSet *set, Arena *arena, const char *root, Err *err);
// Equal texts add nothing. A path that is in the set already gets the new `after`.
MUST_USE bool changeset_replace(ChangeSet *set, Str path, Str before, Str after,
                                const FileStamp *stamp, Err *err);
MUST_USE bool changeset_create(ChangeSet *set, Str path, Str after, Err *err);
// Unified diffs in order of path; "/dev/null" for what is not there.
void changeset_diff(ChangeSet *set, Buf *out);
// `title` is what `aludel undo --list` shows. An empty set writes nothing. On failure
// every file is as it was; where even that failed the message says which is not.
MUST_USE bool changeset_write(ChangeSet *set, const char *title, Err *err);
void changeset_free(ChangeSet *set); // the arena stays

typedef struct {
  Str name; // "000012"
  Str title;
  Str time;        // "2026-01-31 12:30:00", local
  bool unfinished; // the writer was killed on the way
  Str *paths;
  size_t path_count;
} UndoRecord;
typedef Vec(UndoRecord) UndoList;

// Journals of the root, newest first. A root without any gives an empty list.
MUST_USE bool undo_list(const char *root, Arena *arena, UndoList *out, Err *err);
// The set that takes the newest journal back. Refuses where a file is no longer as it was
// left, unless `force`. ERR_NOT_FOUND where there is no journal.
MUST_USE bool undo_read(ChangeSet *set, Arena *arena, const char *root, bool force,
                        UndoRecord *record, Err *err);
// Writes such a set and removes its journal.
MUST_USE bool undo_write(ChangeSet *set, const UndoRecord *record, Err *err);

#endif
