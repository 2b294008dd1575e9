// EmbeddedFile: a file of the repository that the program carries (tools/embed_files.c).
#ifndef BASE_EMBEDDED_H
#define BASE_EMBEDDED_H

#include <stdint.h>

typedef struct {
  const char *name; // the last part of its path: "errors.json"
  const char *text; // its bytes, NUL-terminated
  uint32_t len;
} EmbeddedFile;

#endif
