// fields_complete.c: what may stand where the text of a field ends.
//
//   na|            nothing: names are free        name:st|     types
//   name:str:un|   flags of columns               name:->Us|   models
//   name:->User:c| flags of relationships         @un|  +ti|   items and mixins
#include "schema/fields_internal.h"

typedef struct {
  Arena *arena;
  Str head, word; // what stands, and the part that is completed
  StrVec *out;
} Completion;

static void offer(const Completion *c, const char *text) {
  if (str_starts(str_from(text), c->word))
    vec_push(c->out, str_format(c->arena, "%.*s%s", STR_ARG(c->head), text));
}

static void offer_types(const Completion *c) {
  static const char *const arrows[] = {"->", "<-", "<->"};
  for (int k = 0; k < TYPE_OTHER; k++) {
    bool more = type_infos[k].argument == ARGUMENT_VALUES ||
                type_infos[k].argument == ARGUMENT_ITEM;
    offer(c, str_format(c->arena, more ? "%s(" : "%s", type_infos[k].word).ptr);
  }
  for (size_t i = 0; c->word.len && i < ARRAY_LEN(arrows); i++)
    offer(c, arrows[i]);
}

static void offer_flags(const Completion *c, int where) {
  for (int f = 0; f < F_COUNT; f++) {
    const char *word = field_flag_word((Flag)f, where);
    if (word)
      offer(
          c,
          str_format(c->arena, field_flag_word((Flag)f, TAKES) ? "%s(" : "%s", word).ptr);
  }
}

static void offer_models(const Completion *c, const Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++)
    if (s->tables.items[i]->class_name.len)
      offer(c, str_copy(c->arena, s->tables.items[i]->class_name).ptr);
  offer(c, "self");
}

// Length of the arrow that `text` begins with, 0 for none.
static size_t arrow_length(Str text) {
  return str_starts(text, STR("<->"))                                 ? 3
         : str_starts(text, STR("->")) || str_starts(text, STR("<-")) ? 2
                                                                      : 0;
}

void fields_complete(const Schema *s, Str text, StrVec *out) {
  static const char *const items[] = {"@unique(",    "@index(",      "@check(",
                                      "@comment(",   "@schema(",     "@hybrid(",
                                      "+timestamps", "+soft_delete", "+uuid"};
  Completion c = {.arena = s->arena, .head = {"", 0}, .word = text, .out = out};
  size_t colon = str_find_char(text, ':', 0);
  if (colon == SIZE_MAX) {
    for (size_t i = 0; text.len && i < ARRAY_LEN(items); i++)
      offer(&c, items[i]);
    return;
  }
  Str what = str_slice(text, colon + 1, text.len), rest = what;
  size_t last = 0; // begin of the last part of `what`
  for (size_t end = field_find_stop(rest, ':'); end < rest.len;
       end = field_find_stop(rest, ':')) {
    last += end + 1;
    rest = str_slice(rest, end + 1, rest.len);
  }
  if (field_find_stop(rest, ':') == SIZE_MAX)
    return; // within brackets or quotes
  size_t arrow = arrow_length(what), from = colon + 1 + last + (last ? 0 : arrow);
  c.head = str_slice(text, 0, from);
  c.word = str_slice(text, from, text.len);
  if (last)
    offer_flags(&c, arrow ? ON_RELATION : ON_COLUMN);
  else if (arrow)
    offer_models(&c, s);
  else
    offer_types(&c);
}
