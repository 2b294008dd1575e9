// err.c: messages of failures.
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(Err *err, ErrKind kind, const char *format, ...) {
  if (!err)
    return false;
  va_list args;
  va_start(args, format);
  err->kind = kind;
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  return false;
}

bool err_errno(Err *err, int number, const char *format, ...) {
  if (!err)
    return false;
  va_list args;
  va_start(args, format);
  err->kind = number == ENOENT ? ERR_NOT_FOUND : ERR_IO;
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  size_t n = strlen(err->message);
  snprintf(err->message + n, sizeof err->message - n, ": %s", strerror(number));
  return false;
}

bool err_wrap(Err *err, const char *format, ...) {
  if (!err)
    return false;
  Err inner = *err;
  va_list args;
  va_start(args, format);
  vsnprintf(err->message, sizeof err->message, format, args);
  va_end(args);
  size_t n = strlen(err->message);
  snprintf(err->message + n, sizeof err->message - n, ": %s", inner.message);
  return false;
}
