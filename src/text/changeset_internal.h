// What changeset.c and undo.c share.
#ifndef TEXT_CHANGESET_INTERNAL_H
#define TEXT_CHANGESET_INTERNAL_H

#include "text/changeset.h"

// The absolute path of what is in the root.
const char *changeset_absolute(ChangeSet *set, Str path);
// Waits for the lock of the root's journals; close(*fd) gives it back.
bool changeset_lock(ChangeSet *set, int *fd, Err *err);
// Checks and replaces every file without a journal; on failure all are put back, or
// `broken` says that some could not be.
bool changeset_apply(ChangeSet *set, bool *broken, Err *err);
// Removes a journal's folder, as far as that goes.
void journal_remove(ChangeSet *set, Str name);

#endif
