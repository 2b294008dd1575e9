// describe.c: models out of a description: which there are, what is said of each, and the
// words of the field grammar that say the same.
//
// Two passes over the words. The first finds the models: what is called one, what has
// fields, what others have many of. The second reads statements from left to right, with
// the models that the sentence is about as its subjects.
#include "agent/describe_internal.h"

// ---- Statements

static size_t skip_separators(D *d, size_t i) {
  for (;;) {
    size_t at = i;
    if (is_mark(d, at, ',') || is_mark(d, at, '&') || is_mark(d, at, '+'))
      at++;
    size_t next = after_any(d, at, "as well as|and also|and|plus|also|then");
    if (next == i)
      return i;
    if (next == at && at == i)
      return i;
    use(d, i, next);
    i = next;
  }
}

// Subjects at `i`: "User", "a Post and a Comment", each followed by what is said of them.
static size_t read_subjects(D *d, size_t i) {
  static const char openers[] =
      "one a an the each every all both define create model table class";
  // "has one Capital": there it is what is said, no subject
  size_t at = skip_words(d, i, openers + (starts_sentence(d, i) ? 0 : 4)), end;
  size_t found[16], count = 0;
  for (;;) {
    bool plural;
    int e = entity_at(d, at, &end, &plural);
    if (e == NO_ENTITY || count == ARRAY_LEN(found))
      return i;
    found[count++] = (size_t)e;
    size_t behind = skip_words(
        d, end, "model models class classes table tables entity orm entities mapped");
    size_t verb = after_has(d, behind);
    verb = verb > behind
               ? verb
               : after_any(d, behind, "with fields|with columns|with|where each");
    bool opens = is_mark(d, behind, ':') || is_mark(d, behind, '(');
    bool belongs =
        after_belongs(d, behind) > behind || after_place(d, behind) > behind ||
        after_any(d, behind,
                  "tree|hierarchy|and its|and their|inherits|inherit|extends|extend|is "
                  "a|is an|are|may belong|can "
                  "belong|can be|may be|is|can|may|must|write|writes|take|takes|"
                  "borrow|borrows|enroll|enrol|attend|like|create|place|one to|"
                  "many to") > behind;
    if (verb > behind || opens || belongs) {
      d->subjects.len = 0;
      for (size_t k = 0; k < count; k++) {
        vec_push(&d->subjects, found[k]);
        d->entities.items[found[k]].described = true;
      }
      if (count == 1)
        link_as_noun(d, (int)found[0], d->verb);
      use(d, i, opens ? behind + 1 : verb);
      return opens ? behind + 1 : max_size(verb, behind);
    }
    size_t next = behind + is_mark(d, behind, ',');
    next = is_word(d, next, "and or") ? next + 1 : next;
    if (next == behind || is_word(d, next, "each every"))
      return i;
    at = skip_words(d, next, "a an the");
  }
}

static size_t read_one_field(D *d, size_t i) {
  DField f;
  static const char asides[] =
      "please pls plz thanks thank thx sqlalchemy orm python fastapi alembic use";
  if (!d->subjects.len || is_verb(d, i) || is_word(d, i, asides))
    return i;
  size_t end = field_read(d, i, &f);
  if (end == i)
    return i;
  // "check-in and check-out dates": the noun belongs to both
  bool both = is_word(d, end - 1, "dates times") && i > 1 && is_word(d, i - 1, "and");
  for (size_t k = 0; k < d->subjects.len; k++) {
    int s = (int)d->subjects.items[k];
    DEntity *e = &d->entities.items[s];
    if (both && e->fields.len && e->fields.items[e->fields.len - 1].from_name)
      e->fields.items[e->fields.len - 1].type = f.type;
    if (f.arrow && !strcmp(f.arrow, "<-") && d->entities.items[s].external)
      add_relation(d, entity_of(d, f.target), s, RELATION_MANY_TO_ONE, (Str){"", 0},
                   false);
    else
      field_add(d, s, &f);
    if (f.arrow && entity_of(d, f.target) != NO_ENTITY)
      d->entities.items[entity_of(d, f.target)].described = true;
  }
  return end;
}

// "from and to dates"
static size_t read_from_to(D *d, size_t i) {
  size_t at = after_any(
      d, i, "from and to dates|from and to date|start and end dates|start and end date");
  size_t times =
      after_any(d, i, "start and end times|start and end time|from and to times");
  if ((at == i && times == i) || !d->subjects.len)
    return i;
  bool start = is_word(d, i, "start");
  for (int n = 0; n < 2; n++) {
    DField f = {.value = {"", 0}, .extra = {"", 0}};
    f.type = times > i ? STR("datetime") : STR("date");
    f.name = str_format(d->arena, "%s_%s",
                        n ? (start ? "end" : "to") : (start ? "start" : "from"),
                        times > i ? "time" : "date");
    for (size_t k = 0; k < d->subjects.len; k++)
      field_add(d, (int)d->subjects.items[k], &f);
  }
  use(d, i, max_size(at, times));
  return max_size(at, times);
}

static bool listed(const D *d, size_t i) { // an item of a list below "User:"
  return is_mark(d, i, '\n') && i && (is_mark(d, i - 1, ':') || !ends_sentence(d, i - 1));
}

static const char opening_words[] =
    "with having storing stores store has have holds keep record save track note records "
    "remember stored";

static void read_statements(D *d, size_t from) {
  typedef size_t (*Reader)(D *, size_t);
  static const Reader said[] = {read_mixin,      read_link,        read_possession,
                                read_followers,  read_self,        read_from_to,
                                read_belongs,    read_inheritance, read_relation,
                                read_table_item, read_comparison,  read_action};
  bool fields = from > 0;
  for (size_t i = from; i < d->tokens.len;) {
    if (ends_sentence(d, i) && !(fields && listed(d, i))) {
      fields = false;
      i++;
      continue;
    }
    size_t start = skip_separators(d, i), next = read_subjects(d, start);
    if (next > start) {
      fields = true;
      i = next;
      continue;
    }
    if (is_word(d, start, "it they this each both") &&
        after_has(d, start + 1) > start + 1) {
      use(d, start, after_has(d, start + 1));
      i = after_has(d, start + 1);
      fields = true;
      continue;
    }
    for (size_t k = 0; k < ARRAY_LEN(said) && next == start; k++)
      next = said[k](d, start);
    fields |= next > start &&
              (is_word(d, next - 1, opening_words) || is_mark(d, next - 1, ':'));
    if (next == start && fields && after_has(d, start) > start) {
      next = after_has(d, start);
      use(d, start, next);
    }
    if (next == start && fields)
      next = read_one_field(d, start);
    i = next > start ? next : start + 1;
  }
}

// "a model with a UUID primary key": one that was given no name. The offset of what is
// said of it, 0 where there is none.
static size_t find_nameless(D *d) {
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t end = is_word(d, i, "model table class entity")
                     ? after_any(d, i + 1, "with|that has|which has|having|containing")
                     : i + 1;
    bool follows = is_word(d, i, "followers friends follow");
    if (end == i + 1 && !follows)
      continue;
    int e = entity_add(d, follows ? STR("user") : STR("item"));
    d->entities.items[e].described = true;
    vec_push(&d->subjects, (size_t)e);
    schema_assume(d->schema, "the model is called %.*s",
                  STR_ARG(d->entities.items[e].name));
    return follows ? i : end;
  }
  return 0;
}

bool describe_models(Description *out, Arena *arena, Str text, Schema *schema, Err *err) {
  D d = {.arena = arena, .schema = schema};
  *out = (Description){.schema = schema};
  text_tokens(&d, text);
  for (size_t i = 0; i < schema->tables.len; i++)
    if (schema->tables.items[i]->external && schema->tables.items[i]->class_name.len)
      entity_add(&d, schema->tables.items[i]->class_name);
  find_models(&d);
  size_t first = d.entities.len ? 0 : find_nameless(&d);
  read_inheritance_list(&d);
  read_statements(&d, first);
  read_pairs(&d);
  read_late(&d);
  out->core = says(&d, "core table|core tables|core schema|table objects|table "
                       "definitions|sqlalchemy core");
  out->dataclass = says(&d, "dataclass|dataclasses|mappedasdataclass");
  collect_missed(&d, out);
  bool good = write_words(&d, text, out, err);
  for (size_t i = 0; i < d.entities.len; i++) {
    vec_free(&d.entities.items[i].fields);
    vec_free(&d.entities.items[i].items);
  }
  vec_free(&d.entities);
  vec_free(&d.tokens);
  vec_free(&d.subjects);
  return good;
}

void describe_free(Description *d) {
  vec_free(&d->words);
  vec_free(&d->missed);
}
