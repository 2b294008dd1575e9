// LineEditor: lines typed on a terminal, with editing, history and completion.
//
//   LineEditor *e = line_editor_new(arena, complete, cx);
//   while (line_editor_read(e, "  Field: ", &line)) ...
//   line_editor_free(e);
//
// With libedit (HAVE_LIBEDIT): arrow keys, history, and Tab, which extends the line as
// far as all completions agree and lists them where they do not. Without it, and where
// input or output is no terminal, plain lines are read.
#ifndef CLI_LINE_EDITOR_H
#define CLI_LINE_EDITOR_H

#include "schema/schema.h"

typedef struct LineEditor LineEditor;
// Adds all texts that a line which begins with `text` may go on to.
typedef void LineCompleter(void *cx, Str text, StrVec *out);

LineEditor *line_editor_new(Arena *arena, LineCompleter *complete, void *cx);
// A line without blanks at its ends, in the arena; false at the end of input.
MUST_USE bool line_editor_read(LineEditor *e, const char *prompt, Str *out);
void line_editor_free(LineEditor *e); // accepts NULL

#endif
