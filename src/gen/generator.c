// generator.c: the registry, templates, and what all generators share.
#include "gen/generator.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/embedded.h"
#include "base/io.h"
#include "gen/jinja.h"
#include "gen/layout.h"

#define GENERATOR(file, summary) extern const Generator generator_##file;
#include "gen/generators.def"
#undef GENERATOR
const Generator *const generators[] = {
#define GENERATOR(file, summary) &generator_##file,
#include "gen/generators.def"
#undef GENERATOR
};
const uint32_t generators_count = sizeof generators / sizeof *generators;

// The files of skill/sqlalchemy-coding-agent/assets.
extern const EmbeddedFile templates[];
extern const uint32_t templates_count;

const Generator *generator_find(Str name) {
  for (uint32_t i = 0; i < generators_count; i++)
    if (str_is(name, generators[i]->name))
      return generators[i];
  return NULL;
}

static bool is_file_name(Str name) {
  return name.len && name.ptr[0] != '.' && str_find_char(name, '/', 0) == SIZE_MAX;
}

// The user's template of this name, else the one of the skill package. JinjaLoad.
static bool load_template(void *data, Arena *a, Str name, Str *text, Err *err) {
  const Gen *g = data;
  enum {
    MOST = 1 << 20
  };
  if (!is_file_name(name))
    return err_set(err, ERR_NOT_FOUND, "'%.*s' is no name of a template", STR_ARG(name));
  if (g->templates.len) {
    Str path = str_format(a, "%.*s/%.*s", STR_ARG(g->templates), STR_ARG(name));
    Err own = {0};
    if (io_read_file(a, path.ptr, MOST, 1, text, NULL, &own))
      return true;
    if (own.kind != ERR_NOT_FOUND) {
      *err = own;
      return false;
    }
  }
  for (uint32_t i = 0; i < templates_count; i++)
    if (str_is(name, templates[i].name)) {
      *text = (Str){templates[i].text, templates[i].len};
      return true;
    }
  return err_set(err, ERR_NOT_FOUND, "there is no template '%.*s'", STR_ARG(name));
}

static bool render(Gen *g, const char *name, json_t *data, bool python, Str *out,
                   Err *err) {
  JinjaOptions options = {.trim_blocks = true,
                          .lstrip_blocks = true,
                          .keep_trailing_newline = true,
                          .load = load_template,
                          .load_data = g};
  Buf text = {0}, laid_out = {0};
  Str source;
  JinjaTemplate *t = NULL;
  if (load_template(g, g->arena, str_from(name), &source, err))
    t = jinja_compile(g->arena, str_from(name), source, &options, err);
  bool good = t && jinja_render(t, data, &text, err);
  if (good) {
    if (python)
      layout_python(buf_str(&text), 88, &laid_out);
    *out = str_copy(g->arena, buf_str(python ? &laid_out : &text));
  }
  buf_free(&text);
  buf_free(&laid_out);
  json_decref(data);
  return good;
}

bool gen_render(Gen *g, const char *name, json_t *data, Str *out, Err *err) {
  return render(g, name, data, true, out, err);
}

bool gen_render_text(Gen *g, const char *name, json_t *data, Str *out, Err *err) {
  return render(g, name, data, false, out, err);
}

void gen_add_file(Gen *g, Str path, Str text) {
  vec_push(&g->files, (GenFile){path, text});
}

void gen_step(Gen *g, const char *format, ...) {
  char line[512];
  va_list args;
  va_start(args, format);
  vsnprintf(line, sizeof line, format, args);
  va_end(args);
  vec_push(&g->steps, str_copy(g->arena, str_from(line)));
}

void gen_free(Gen *g) {
  vec_free(&g->files);
  vec_free(&g->steps);
}

Str gen_module(Gen *g, const char *last) {
  Str package = g->settings.package;
  return package.len ? str_format(g->arena, "%.*s.%s", STR_ARG(package), last)
                     : str_from(last);
}
