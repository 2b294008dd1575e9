// LibraryImage: the library's indexes as they are made when the program is built, by
// tools/make_library.c with the code of library.c itself, so that a question does not
// wait for them. Empty in that tool, and where it could not be run (library_image.c).
#ifndef AGENT_LIBRARY_IMAGE_H
#define AGENT_LIBRARY_IMAGE_H

#include "agent/library.h"
#include "agent/phrases.h"

typedef struct {
  const unsigned char *index; // a database of SQLite
  size_t index_size;
  PhraseTable phrases;
} LibraryImage;

extern const LibraryImage library_image;

// What an image is made of: the index, to be freed by sqlite3_free, and the phrases,
// which live as long as the library.
unsigned char *library_indexes(const Library *l, size_t *size, PhraseTable *phrases);

#endif
