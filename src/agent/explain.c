// explain.c: a passage of the library as parts of an answer.
#include "agent/explain.h"

static const double sure_near = 0.5, sure_score = 25.0, sure_told = 0.5;

// ```python path=app/models.py
static void open_block(Str fence, Str *language, Str *path) {
  Str rest = str_slice(fence, 3, fence.len), word;
  *language = *path = (Str){0};
  while (str_next_part(&rest, ' ', &word)) {
    if (str_starts(word, STR("path=")))
      *path = str_slice(word, 5, word.len);
    else if (word.len)
      *language = word;
  }
}

static void add_block(Answer *a, Str language, Str path, Str code) {
  if (str_is(language, "python")) {
    answer_code(a, code, path.ptr ? str_copy(a->arena, path).ptr : NULL, true);
    return;
  }
  answer_text(a, "```%.*s\n%.*s```", STR_ARG(language), STR_ARG(code));
}

// Text and blocks of code, in their order.
static void add_markdown(Answer *a, Str text) {
  size_t at = 0, start = 0;
  Str language, path;
  bool code = false;
  while (at < text.len) {
    size_t end = min_size(str_find_char(text, '\n', at), text.len - 1) + 1;
    Str line = str_trim(str_slice(text, at, end));
    if (str_starts(line, STR("```"))) {
      Str part = str_slice(text, start, at);
      if (code)
        add_block(a, language, path, part);
      else if (str_trim(part).len)
        answer_markdown(a, str_trim(part));
      if (!code)
        open_block(line, &language, &path);
      code = !code;
      start = end;
    }
    at = end;
  }
  Str rest = str_trim(str_slice(text, start, text.len));
  if (!code && rest.len)
    answer_markdown(a, rest);
}

static void add_source(Answer *a, const Passage *p) {
  answer_source(
      a, p->id.len
             ? str_format(a->arena, "%.*s %.*s", STR_ARG(p->source), STR_ARG(p->id))
             : str_format(a->arena, "%.*s: %.*s", STR_ARG(p->source), STR_ARG(p->title)));
}

// Called as the question, or telling of most of it.
static bool surely_about(const Passage *p) {
  return p->near >= sure_near || (p->score >= sure_score && p->told >= sure_told);
}

bool explain_question(Library *l, Str question, bool surely, Answer *answer) {
  LibraryAnswer found;
  library_answer(l, answer->arena, question, 4, &found);
  if (!found.known || (surely && !surely_about(&found.items[0]))) {
    answer->unknown = true;
    answer->confident = false;
    answer_text(answer, "I do not know.");
    if (found.count)
      answer_text(answer, "The nearest that I have is \"%.*s\".",
                  STR_ARG(found.items[0].title));
    return false;
  }
  const Passage *best = &found.items[0];
  answer_read_as(answer, "%.*s", STR_ARG(best->title));
  if (best->prelude.ptr) {
    // the explanation first, then the models that the example needs
    size_t code = str_find(best->text, STR("```"), 0);
    add_markdown(answer, str_slice(best->text, 0, code));
    add_markdown(answer, best->prelude);
    add_markdown(answer, str_slice(best->text, code, best->text.len));
  } else {
    add_markdown(answer, best->text);
  }
  add_source(answer, best);
  answer->confident = found.count < 2 || best->score > 1.2 * found.items[1].score;
  for (uint32_t i = 1; i < found.count; i++)
    if (found.items[i].score > 0.5 * best->score)
      answer_next(answer, "See also \"%.*s\".", STR_ARG(found.items[i].title));
  return true;
}
