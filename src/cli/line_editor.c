// line_editor.c: see line_editor.h.
#include "cli/line_editor.h"

#include <stdio.h>
#include <unistd.h>

#ifdef HAVE_LIBEDIT
#include <histedit.h>
#include <locale.h>
#endif

enum {
  LONGEST = 4096, // bytes of one line
  REMEMBERED = 100
};

struct LineEditor {
  Arena *arena;
  LineCompleter *complete;
  void *cx;
  const char *prompt;
#ifdef HAVE_LIBEDIT
  EditLine *edit; // NULL: plain lines
  History *history;
#endif
};

static bool read_plain(LineEditor *e, Str *out) {
  char line[LONGEST];
  fputs(e->prompt, stdout);
  fflush(stdout);
  if (!fgets(line, sizeof line, stdin))
    return false;
  *out = str_trim(str_copy(e->arena, str_from(line)));
  return true;
}

#ifdef HAVE_LIBEDIT

static LineEditor *editor_of(EditLine *edit) {
  void *e = NULL;
  el_get(edit, EL_CLIENTDATA, &e);
  return e;
}

static char *prompt_of(EditLine *edit) {
  return (char *)editor_of(edit)->prompt;
}

// The completions below the line: what stands behind the last colon, a few to a line.
static void list(const StrVec *all) {
  size_t column = 0;
  printf("\n");
  for (size_t i = 0; i < all->len; i++) {
    size_t colon = str_rfind_char(all->items[i], ':');
    Str word = colon == SIZE_MAX ? all->items[i]
                                 : str_slice(all->items[i], colon + 1, all->items[i].len);
    if (column && column + word.len + 2 > 78) {
      printf("\n");
      column = 0;
    }
    printf("%s%.*s", column ? "  " : "", STR_ARG(word));
    column += word.len + 2;
  }
  printf("\n");
  fflush(stdout);
}

static unsigned char on_tab(EditLine *edit, int key) {
  (void)key;
  LineEditor *e = editor_of(edit);
  const LineInfo *line = el_line(edit);
  Str text = {line->buffer, (size_t)(line->cursor - line->buffer)};
  StrVec all = {0};
  e->complete(e->cx, str_copy(e->arena, text), &all);
  size_t common = all.len ? all.items[0].len : 0;
  for (size_t i = 1; i < all.len; i++)
    for (size_t k = 0; k < common; k++)
      if (k >= all.items[i].len || all.items[i].ptr[k] != all.items[0].ptr[k])
        common = k;
  unsigned char result = CC_ERROR; // a bell
  if (common > text.len) {
    Str more = str_copy(e->arena, str_slice(all.items[0], text.len, common));
    result = el_insertstr(edit, more.ptr) == 0 ? CC_REFRESH : CC_ERROR;
  } else if (all.len > 1) {
    list(&all);
    result = CC_REDISPLAY;
  }
  vec_free(&all);
  return result;
}

static void start(LineEditor *e) {
  HistEvent event;
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
    return;
  setlocale(LC_CTYPE, ""); // libedit asks how wide characters are
  e->edit = el_init("aludel", stdin, stdout, stderr);
  e->history = history_init();
  if (!e->edit || !e->history)
    return;
  history(e->history, &event, H_SETSIZE, REMEMBERED);
  el_set(e->edit, EL_CLIENTDATA, e);
  el_set(e->edit, EL_PROMPT, prompt_of);
  el_set(e->edit, EL_EDITOR, "emacs");
  el_set(e->edit, EL_SIGNAL, 1);
  el_set(e->edit, EL_HIST, history, e->history);
  el_set(e->edit, EL_ADDFN, "aludel-complete", "Completes what is typed", on_tab);
  el_set(e->edit, EL_BIND, "^I", "aludel-complete", NULL);
}

bool line_editor_read(LineEditor *e, const char *prompt, Str *out) {
  HistEvent event;
  int count = 0;
  e->prompt = prompt;
  if (!e->edit || !e->history)
    return read_plain(e, out);
  const char *line = el_gets(e->edit, &count);
  if (!line || count <= 0 || count > LONGEST)
    return false;
  *out = str_trim(str_copy(e->arena, (Str){line, (size_t)count}));
  if (out->len)
    history(e->history, &event, H_ENTER, str_copy(e->arena, *out).ptr);
  return true;
}

void line_editor_free(LineEditor *e) {
  if (e && e->history)
    history_end(e->history);
  if (e && e->edit)
    el_end(e->edit);
}

#else

static void start(LineEditor *e) {
  (void)e->complete;
}

bool line_editor_read(LineEditor *e, const char *prompt, Str *out) {
  e->prompt = prompt;
  return read_plain(e, out);
}

void line_editor_free(LineEditor *e) {
  (void)e;
}

#endif

LineEditor *line_editor_new(Arena *arena, LineCompleter *complete, void *cx) {
  LineEditor *e = arena_new(arena, LineEditor);
  *e = (LineEditor){.arena = arena, .complete = complete, .cx = cx};
  start(e);
  return e;
}
