// Jinja: renders Jinja2 templates from JSON data.
//
// The language is Jinja2's (3.1) with StrictUndefined and without autoescaping:
// expressions, filters, tests, `if for set macro call filter with include import from
// raw`, comments, whitespace control. Left out: `extends` and `block`, line statements,
// `autoescape`, extensions, and the filters that write HTML. Differences, on purpose:
//   - a filter or test that does not exist is an error when the template is compiled;
//   - `tojson` and `escape` give plain strings, not Markup;
//   - letters change their case one by one: only the German sharp s becomes two;
//   - integers have 64 bits, and one that does not fit is an error.
//
// Whatever a template does is bounded: nesting, steps, memory, output (JINJA_MAX_*).
//
//   Arena arena = {0};
//   JinjaOptions options = {.trim_blocks = true, .lstrip_blocks = true};
//   JinjaTemplate *t = jinja_compile(&arena, name, text, &options, &err);
//   Buf out = {0};
//   if (t && jinja_render(t, data, &out, &err)) ...
#ifndef GEN_JINJA_H
#define GEN_JINJA_H

#include "base/buf.h"
#include "base/err.h"

#include <jansson.h>

enum {
  JINJA_MAX_NESTING = 100,        // brackets, blocks; levels of data
  JINJA_MAX_CALLS = 200,          // macros, includes and recursive loops inside another
  JINJA_MAX_DEPTH = 2000,         // expressions and bodies inside another when rendering
  JINJA_MAX_STEPS = 20 * 1000000, // expressions and statements evaluated by one rendering
  JINJA_MAX_TEXT = 64 << 20,      // bytes of one template and of the output
  JINJA_MAX_MEMORY = 512 << 20,   // bytes of all values of one rendering
};

// Finds the text of a template that another one names in `include`, `import` or `from`.
// False with ERR_NOT_FOUND where there is none. The text lives as long as the arena.
typedef bool (*JinjaLoad)(void *data, Arena *a, Str name, Str *text, Err *err);

typedef struct {
  bool trim_blocks;   // the newline after a block tag or a comment is dropped
  bool lstrip_blocks; // blanks before a block tag at the start of a line are dropped
  bool keep_trailing_newline; // the last newline of the template stays
  JinjaLoad load;             // NULL: no template can be included
  void *load_data;
} JinjaOptions;

typedef struct JinjaTemplate JinjaTemplate;

// Compiles a template into the arena; `name` is for messages. The text must live as long
// as the arena. NULL with "NAME:LINE: syntax error: ..." (ERR_INPUT) where it is wrong.
MUST_USE JinjaTemplate *jinja_compile(Arena *a, Str name, Str text,
                                      const JinjaOptions *options, Err *err);

// Adds the rendered text to `out`. `data` is a JSON object, NULL is an empty one. On
// failure nothing is added and `err` says "NAME:LINE: KIND: ..." where KIND is
//   undefined      a variable, an attribute or a key that is not there is used
//   error          a wrong type or value, a template that cannot be found
//   syntax error   an included template is wrong
//   limit          one of JINJA_MAX_* was passed (ERR_LIMIT)
MUST_USE bool jinja_render(const JinjaTemplate *t, const json_t *data, Buf *out,
                           Err *err);

#endif
