// describe_hybrid.c: hybrid properties and the schema of a table, which are said of a
// model as a whole.
//
//   "a hybrid property full_name made of first and last name"
//   "with a hybrid total = quantity * price"
#include "agent/describe_internal.h"

static const struct {
  const char *words, *sign;
} signs[] = {
    {"times|multiplied by|x", "*"},
    {"plus", "+"},
    {"minus|less the|less", "-"},
    {"divided by|over the", "/"},
    {"at least", ">="},
    {"at most", "<="},
    {"more than|greater than|above|over|bigger than", ">"},
    {"less than|below|under|smaller than", "<"},
};

// Takes "a hybrid property full_name ..." out, up to where its definition ends.
void find_hybrids(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t at = after_any(d, i,
                          "hybrid property called|hybrid property named|hybrid property|"
                          "hybrid_property called|hybrid_property named|hybrid_property|"
                          "hybrid attribute|hybrid called|hybrid named|hybrid");
    if (at == i || at >= d->tokens.len || d->tokens.items[at].mark)
      continue;
    size_t end = at + 1;
    bool parts = false; // "first and last name", "a, b and c" go on
    for (; !ends_sentence(d, end); end++) {
      if (is_mark(d, end, ')') || (is_mark(d, end, ',') && !parts))
        break;
      if (is_word(d, end, "and") && is_word(d, end + 1, "a an the one another"))
        break;
      parts |= is_word(d, end, "from combining joining concatenating of");
    }
    vec_push(&d->hybrids, ((DHybrid){.name = d->tokens.items[at].low, .at = i}));
    DHybrid *h = &vec_last(&d->hybrids);
    for (size_t k = at + 1; k < end; k++)
      vec_push(&h->words, d->tokens.items[k]);
    size_t from = skip_words(d, i ? i - 1 : i, "a an the") == i && i ? i - 1 : i;
    if (from && is_word(d, from - 1, "and with has plus"))
      from--;
    blank(d, from, end);
  }
}

// The field that one of the words from `k` on names; `*end` is behind it.
static Str field_at(D *d, const DHybrid *h, int e, size_t k, size_t *end) {
  Str name = {"", 0};
  for (size_t n = 1; n <= 3 && k + n <= h->words.len; n++) {
    if (h->words.items[k + n - 1].mark)
      break;
    name = n == 1 ? h->words.items[k].low
                  : str_format(d->arena, "%.*s_%.*s", STR_ARG(name),
                               STR_ARG(h->words.items[k + n - 1].low));
    if (field_find(d, e, name)) {
      *end = k + n;
      return name;
    }
  }
  return (Str){"", 0};
}

static const char *sign_at(D *d, const DHybrid *h, size_t k, size_t *end) {
  static const char marks[] = "*+-/<>=";
  if (k < h->words.len && h->words.items[k].mark &&
      strchr(marks, h->words.items[k].mark)) {
    char *text = arena_copy(d->arena, &h->words.items[k].mark, 1);
    *end = k + 1;
    if (*end < h->words.len && h->words.items[*end].mark == '=') {
      (*end)++;
      return str_format(d->arena, "%s=", text).ptr;
    }
    return text;
  }
  D probe = *d; // the same questions, asked of the words that were taken out
  probe.tokens.items = h->words.items;
  probe.tokens.len = h->words.len;
  size_t at = skip_words(&probe, k, "is");
  for (size_t n = 0; n < ARRAY_LEN(signs); n++)
    if (after_any(&probe, at, signs[n].words) > at) {
      *end = after_any(&probe, at, signs[n].words);
      return signs[n].sign;
    }
  return NULL;
}

static bool is_number(Str s) {
  for (size_t i = 0; i < s.len; i++)
    if ((s.ptr[i] < '0' || s.ptr[i] > '9') && s.ptr[i] != '.')
      return false;
  return s.len > 0;
}

// "quantity times price", "age at least 18".
static Str calculation(D *d, const DHybrid *h, int e) {
  Buf out = {0};
  bool signs_seen = false;
  for (size_t k = 0, end; k < h->words.len;) {
    Str name = field_at(d, h, e, k, &end);
    const char *sign = !name.len && out.len ? sign_at(d, h, k, &end) : NULL;
    if (name.len && (!out.len || signs_seen)) {
      buf_add_str(&out, name);
      signs_seen = false;
      k = end;
    } else if (sign && !signs_seen) {
      buf_printf(&out, " %s ", sign);
      signs_seen = true;
      k = end;
    } else if (signs_seen && is_number(h->words.items[k].low)) {
      buf_add_str(&out, h->words.items[k].low);
      signs_seen = false;
      k++;
    } else {
      k++;
    }
  }
  bool whole = out.len && !signs_seen && str_find_char(buf_str(&out), ' ', 0) != SIZE_MAX;
  Str s = whole ? str_copy(d->arena, buf_str(&out)) : STR("");
  buf_free(&out);
  return s;
}

// "full_name" of first and last name; "first and last name", "a, b and c" joined.
static Str joined_names(D *d, const DHybrid *h, int e) {
  Buf out = {0};
  const DEntity *entity = &d->entities.items[e];
  bool full = str_ends(h->name, STR("name"));
  for (size_t n = 0; n < entity->fields.len; n++) {
    const DField *f = &entity->fields.items[n];
    bool named = full && str_ends(f->name, STR("_name"));
    for (size_t k = 0, end; k < h->words.len; k++) {
      Str name = field_at(d, h, e, k, &end);
      Str first = str_format(d->arena, "%.*s_name", STR_ARG(h->words.items[k].low));
      named |= str_eq(name, f->name) || str_eq(first, f->name);
    }
    if (named && str_starts(f->type, STR("str")))
      buf_printf(&out, "%s%.*s", out.len ? " + ' ' + " : "", STR_ARG(f->name));
  }
  Str s = str_find_char(buf_str(&out), '+', 0) != SIZE_MAX
              ? str_copy(d->arena, buf_str(&out))
              : STR("");
  buf_free(&out);
  return s;
}

static int entity_before(const D *d, size_t at) {
  size_t end;
  bool plural;
  for (size_t i = at; i-- > 0;) {
    int e = entity_at(d, i, &end, &plural);
    if (e != NO_ENTITY)
      return e;
  }
  return d->entities.len ? 0 : NO_ENTITY;
}

void write_hybrids(D *d, Description *out) {
  for (size_t i = 0; i < d->hybrids.len; i++) {
    DHybrid *h = &d->hybrids.items[i];
    int e = entity_before(d, h->at);
    Str text = e == NO_ENTITY ? STR("") : calculation(d, h, e);
    if (!text.len && e != NO_ENTITY)
      text = joined_names(d, h, e);
    if (text.len)
      add_item(d, e,
               str_format(d->arena, "@hybrid(\"%.*s = %.*s\")", STR_ARG(h->name),
                          STR_ARG(text)));
    else
      vec_push(&out->missed, str_format(d->arena, "the hybrid %.*s: from which columns?",
                                        STR_ARG(h->name)));
    vec_free(&h->words);
  }
  vec_free(&d->hybrids);
}

// "in the schema billing", "in schema \"billing\"": taken out; said of the model before.
void find_schemas(D *d) {
  for (size_t i = 1; i < d->tokens.len; i++) {
    size_t at = after_any(d, i,
                          "in the database schema|in the db schema|in the schema called|"
                          "in the schema named|in the schema|in schema|under the schema|"
                          "of the schema|in the postgres schema|in the postgresql schema|"
                          "with schema");
    bool behind = at == i && is_word(d, i, "in") && is_word(d, i + 1, "the") &&
                  is_word(d, i + 3, "schema"); // "in the billing schema"
    size_t name = behind ? i + 2 : at;
    if ((at == i && !behind) || name >= d->tokens.len || d->tokens.items[name].mark ||
        is_word(d, name, "of for with and which that"))
      continue;
    vec_push(&d->schemas, ((DTable){i, d->tokens.items[name].text}));
    size_t end = behind ? i + 4 : name + 1, rest = d->tokens.len - end;
    memmove(d->tokens.items + i, d->tokens.items + end, rest * sizeof *d->tokens.items);
    d->tokens.len = i + rest;
  }
}

void write_schemas(D *d) {
  for (size_t n = 0; n < d->schemas.len; n++) {
    int e = entity_before(d, d->schemas.items[n].at);
    bool one = d->schemas.len == 1; // "models ... in the schema x": all of them
    for (size_t k = 0; k < d->entities.len; k++)
      if (!d->entities.items[k].external && (one || (int)k == e))
        add_item(
            d, (int)k,
            str_format(d->arena, "@schema(%.*s)", STR_ARG(d->schemas.items[n].name)));
  }
  vec_free(&d->schemas);
}
