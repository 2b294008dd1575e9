// Err: why the world failed (file, socket, database, external data), as one plain
// sentence.
//
// A function that may fail takes `Err *err` last and returns false or NULL after err_set.
// err_set and err_wrap return false, so that `return err_set(err, ERR_IO, ...)` works.
// `err` may be NULL where the caller does not want to know.
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/base.h"

typedef enum {
  ERR_NONE,
  ERR_IO,        // the operating system said no
  ERR_NOT_FOUND, // what was named is not there
  ERR_INPUT,     // data from outside is not what it should be
  ERR_LIMIT,     // a stated bound was passed
  ERR_USAGE,     // the command line is wrong
} ErrKind;

typedef struct {
  ErrKind kind;
  char message[1024]; // UTF-8, terminated, cut at the end when too long
} Err;

bool err_set(Err *err, ErrKind kind, const char *format, ...) PRINTF_LIKE(3, 4);
// As err_set with ": " and the text of errno `number` behind.
bool err_errno(Err *err, int number, const char *format, ...) PRINTF_LIKE(3, 4);
// Puts the formatted text and ": " before the message.
bool err_wrap(Err *err, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
