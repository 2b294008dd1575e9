// describe_unique.c: attributes that are unique together, and the names of tables.
#include "agent/describe_internal.h"

void blank(D *d, size_t from, size_t to) {
  for (size_t k = from; k < to; k++)
    d->tokens.items[k].mark = '~'; // no statement reads it
  use(d, from, to);
}

static size_t after_unique(const D *d, size_t i) {
  size_t at = skip_words(d, i, "must should have has to be is are together jointly");
  return is_word(d, at, "unique") ? at + 1 : i;
}

void find_together(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    bool pair = is_word(d, i, "pair pairs combination tuple") && !is_word(d, i + 1, "of");
    bool joint = is_word(d, i, "together jointly");
    size_t end = pair || joint ? after_unique(d, i + pair) : i + 1;
    if (joint && i && is_word(d, i - 1, "unique") && end == i)
      end = i + 1; // "must be unique together"
    if (i == 0 || !(pair || joint) || end <= i + pair || is_mark(d, end, ':') ||
        is_mark(d, end, '('))
      continue;
    size_t from = i;
    while (from > 0 && !ends_sentence(d, from - 1) && i - from < 10 &&
           !(pair && is_mark(d, from - 1, ',')))
      from--;
    size_t per = after_any(d, end, "per|for each|within each|within a|in each|for every");
    size_t unique_end = end;
    end = per > end ? per + 1 : end;
    vec_push(&d->together,
             ((DRange){from, end, per > unique_end ? per : 0, RANGE_TOGETHER}));
    size_t unique = i; // "must be unique" in front of "together"
    while (joint && unique > from &&
           is_word(d, unique - 1, "must be should are is unique"))
      unique--;
    blank(d, pair ? from : unique, end);
  }
}

// The field of `e` that the word at `k` names, wholly or as its first or last part.
static const DField *field_named(const D *d, const DEntity *e, size_t k) {
  const DField *found = NULL;
  Str word = d->tokens.items[k].low;
  for (size_t i = 0; i < e->fields.len; i++) {
    const DField *f = &e->fields.items[i];
    Str key = f->arrow ? str_format(d->arena, "%.*s_id", STR_ARG(f->name)) : f->name;
    if (str_eq(f->name, word) || str_eq(key, word))
      return f;
    Str first = str_format(d->arena, "%.*s_", STR_ARG(word));
    Str last = str_format(d->arena, "_%.*s", STR_ARG(word));
    if (word.len > 2 && (str_starts(f->name, first) || str_ends(f->name, last)))
      found = found ? found : f;
  }
  return found;
}

// "unique per hall": a seat then belongs to a hall, which is part of what is unique.
static Str with_parent(D *d, size_t e, size_t per, Str item) {
  size_t end;
  bool plural;
  int p = per ? entity_at(d, skip_words(d, per, fillers), &end, &plural) : NO_ENTITY;
  if (p == NO_ENTITY && per && per < d->tokens.len)
    p = entity_of(d, d->tokens.items[per].low);
  if (p == NO_ENTITY || p == (int)e)
    return item;
  Str name = name_snake(d->arena, d->entities.items[p].name);
  if (!field_find(d, (int)e, name))
    add_relation(d, (int)e, p, RELATION_MANY_TO_ONE, (Str){"", 0}, false);
  return str_format(d->arena, "%.*s,%.*s)", (int)item.len - 1, item.ptr, STR_ARG(name));
}

void write_together(D *d) {
  for (size_t n = 0; n < d->together.len; n++) {
    DRange r = d->together.items[n];
    if (r.kind != RANGE_TOGETHER) {
      write_clause(d, r);
      continue;
    }
    size_t best = 0, most = 1;
    Str item = {0};
    for (size_t e = 0; e < d->entities.len; e++) {
      const DField *seen[8];
      size_t count = 0;
      Buf out = {0};
      for (size_t k = r.from; k < r.to; k++) {
        const DField *f = field_named(d, &d->entities.items[e], k);
        bool twice = false;
        for (size_t s = 0; s < count; s++)
          twice |= seen[s] == f;
        if (!f || twice || count == ARRAY_LEN(seen))
          continue;
        buf_printf(&out, "%s%.*s", count ? "," : "@unique(", STR_ARG(f->name));
        seen[count++] = f;
      }
      buf_add_char(&out, ')');
      if (count > most) {
        most = count;
        best = e;
        item = str_copy(d->arena, buf_str(&out));
      }
      buf_free(&out);
    }
    if (!item.len)
      continue;
    for (size_t k = r.from; k < r.to; k++)
      if (field_named(d, &d->entities.items[best], k))
        use(d, k, k + 1);
    add_item(d, (int)best, with_parent(d, best, r.per, item));
  }
}

void find_table_names(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t at =
        after_any(d, i,
                  "stored in the table|stored in table|mapped to the table|mapped to "
                  "table|saved in the table|in the table named|in the table called|"
                  "with the table name|with table name|table name|tablename|"
                  "__tablename__|on the table named");
    if (at == i)
      continue;
    at += is_mark(d, at, ':') || is_mark(d, at, '=');
    if (at >= d->tokens.len || d->tokens.items[at].mark)
      continue;
    vec_push(&d->table_names, ((DTable){i, d->tokens.items[at].text}));
    size_t rest = d->tokens.len - (at + 1);
    memmove(d->tokens.items + i, d->tokens.items + at + 1,
            rest * sizeof *d->tokens.items);
    d->tokens.len = i + rest;
  }
}

void write_table_names(D *d) {
  size_t end;
  bool plural;
  for (size_t n = 0; n < d->table_names.len; n++)
    for (size_t at = d->table_names.items[n].at; at-- > 0;) {
      int e = entity_at(d, at, &end, &plural);
      if (e == NO_ENTITY)
        continue;
      d->entities.items[e].table = d->table_names.items[n].name;
      break;
    }
}
