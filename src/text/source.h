// Source: the bytes of one file and their decoded text.
//
// - `text` is UTF-8 and followed by SOURCE_PADDING zero bytes, so that vector reads past
// its
//   end are safe. Offsets everywhere in Aludel are byte offsets into `text`.
// - Where the file is UTF-8 (with or without BOM) `text` is the file, BOM included. Where
// an
//   encoding cookie (PEP 263) names latin-1 or cp1252, `text` is its UTF-8 form and
//   source_encode turns an edited text back.
// - A NUL byte does not end the text; the lexer reports it.
#ifndef TEXT_SOURCE_H
#define TEXT_SOURCE_H

#include "base/buf.h"
#include "base/err.h"
#include "base/io.h"
#include "text/span.h"

enum {
  SOURCE_PADDING = 64
};
// Larger files are refused: offsets and tree references are 32 bits.
#define SOURCE_MAX_BYTES ((size_t)1 << 30)

typedef enum {
  ENCODING_UTF8,
  ENCODING_ASCII, // a cookie says so; the bytes are UTF-8 as well
  ENCODING_LATIN1,
  ENCODING_CP1252
} Encoding;

typedef struct {
  Str path;            // as shown to the user
  Str text;            // decoded, padded
  Encoding encoding;   // of the file
  bool has_bom;        // the first three bytes of text are EF BB BF
  FileStamp stamp;     // of the file; set by source_read
  uint32_t *lines;     // offset of each line's first byte; built by source_index_lines
  uint32_t line_count; // 0 until then
} Source;

typedef struct {
  uint32_t line;   // from 1
  uint32_t column; // from 1, in code points
} Position;

// Takes bytes as they are in the file and decodes them into `arena`. False with `err`
// where the encoding is not supported (utf-16, unknown cookie) or the bytes are not valid
// in it; the message names the line and what to do.
MUST_USE bool source_init(Source *s, Arena *arena, Str path, Str bytes, Err *err);
// Reads the file and calls source_init. Refuses what is not a regular file.
MUST_USE bool source_read(Source *s, Arena *arena, const char *path, Err *err);
// The file's bytes for an edited text. False where a character does not exist in the
// encoding.
MUST_USE bool source_encode(const Source *s, Str text, Buf *out, Err *err);

// Lines end at LF, CR LF or a lone CR, as in Python. Idempotent; not thread-safe per
// source.
void source_index_lines(Source *s, Arena *arena);
// Needs source_index_lines. Offsets past the end give the end.
Position source_position(const Source *s, uint32_t offset);
uint32_t source_line_start(const Source *s, uint32_t line); // line from 1
Str source_line(const Source *s, uint32_t line);            // without its line ending
static inline Str source_slice(const Source *s, Span span) {
  return str_slice(s->text, span.start, span.end);
}

#endif
