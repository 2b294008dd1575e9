// describe_write.c: what was understood as words of the field grammar, and what was not.
#include "agent/describe_internal.h"

#include "schema/fields.h"

static Str quoted_value(Arena *a, Str v) {
  if (str_find_char(v, ' ', 0) == SIZE_MAX && str_find_char(v, ':', 0) == SIZE_MAX)
    return v;
  return str_format(a, "'%.*s'", STR_ARG(v));
}

static Str without_null(Arena *a, Str extra) {
  size_t at = str_find(extra, STR(":null"), 0);
  if (at == SIZE_MAX)
    return extra;
  return str_format(a, "%.*s%.*s", (int)at, extra.ptr, (int)(extra.len - at - 5),
                    extra.ptr + at + 5);
}

static Str field_word(D *d, const DField *f, bool with_default) {
  Buf out = {0};
  Str name = f->name;
  const char *refused = name_refused_attribute(name);
  if (refused)
    name = str_format(d->arena, "%.*s_", STR_ARG(name));
  Str extra = f->required ? without_null(d->arena, f->extra) : f->extra;
  if (f->arrow) {
    buf_printf(&out, "%.*s:%s%.*s", STR_ARG(name), f->arrow, STR_ARG(f->target));
    if (strcmp(f->arrow, "<->") != 0)
      buf_printf(&out, "%s%s%s", f->one ? ":one" : "", f->nullable ? ":null" : "",
                 f->cascade ? ":cascade" : "");
    buf_add_str(&out, f->extra);
  } else {
    buf_printf(&out, "%.*s:%.*s", STR_ARG(name), STR_ARG(f->type));
    if (f->value.len && with_default)
      buf_printf(&out, "=%.*s", STR_ARG(quoted_value(d->arena, f->value)));
    buf_add_str(&out, extra);
    buf_printf(&out, "%s%s%s%s", f->unique ? ":unique" : "", f->index ? ":index" : "",
               f->nullable && str_find(extra, STR(":null"), 0) == SIZE_MAX ? ":null" : "",
               f->key ? ":pk" : "");
    if (refused)
      buf_printf(&out, ":column(%.*s)", STR_ARG(f->name));
  }
  Str s = str_copy(d->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static bool parses(D *d, const DEntity *e, Str word) {
  Schema *scratch = schema_new(d->arena);
  SchemaTable *t = schema_add_table(scratch, e->name, STR("t"));
  bool good = fields_parse_one(scratch, t, word, NULL);
  schema_free(scratch);
  return good;
}

static bool has_scalar(const DEntity *e) {
  for (size_t i = 0; i < e->fields.len; i++)
    if (!e->fields.items[i].arrow && !str_is(e->fields.items[i].name, "id"))
      return true;
  return e->parent.len > 0;
}

bool entities_linked(const DEntity *a, const DEntity *b) {
  for (size_t i = 0; i < a->fields.len; i++)
    if (a->fields.items[i].arrow && str_eq(a->fields.items[i].target, b->name))
      return true;
  for (size_t i = 0; i < b->fields.len; i++)
    if (b->fields.items[i].arrow && str_eq(b->fields.items[i].target, a->name))
      return true;
  return false;
}

// Fields of a model of which none were described.
static void add_usual_fields(D *d, DEntity *e, StrVec *words) {
  int kind = kind_of(e->lemma);
  Str fields = kind >= 0 ? kind_fields(kind) : STR("name:str(255)"), word;
  schema_assume(d->schema, "no fields of %.*s are described: it gets what is usual",
                STR_ARG(e->name));
  while (str_next_part(&fields, ' ', &word)) {
    Str name = str_slice(word, 0, str_find_char(word, ':', 0));
    if (!field_find(d, (int)(e - d->entities.items), name))
      vec_push(words, word);
  }
  Str groups = kind_parents(kind), group;
  while (str_next_part(&groups, ' ', &group)) {
    Str rest = group, parent;
    while (str_next_part(&rest, '/', &parent)) {
      int p = entity_of(d, parent);
      if (p == NO_ENTITY || entities_linked(e, &d->entities.items[p]))
        continue;
      Str target = d->entities.items[p].name;
      vec_push(words, str_format(d->arena, "%.*s:->%.*s:cascade",
                                 STR_ARG(name_snake(d->arena, parent)), STR_ARG(target)));
      schema_assume(d->schema, "each %.*s belongs to a %.*s", STR_ARG(e->name),
                    STR_ARG(target));
      break;
    }
  }
}

static void drop_field(DEntity *e, size_t i) {
  DField *f = &e->fields.items[i];
  memmove(f, f + 1, (e->fields.len - i - 1) * sizeof *f);
  e->fields.len--;
}

// Both sides were said to have many of the other: one many-to-many.
static void join_sides(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DField *f = &d->entities.items[i].fields.items[k];
      int other = f->arrow ? entity_of(d, f->target) : NO_ENTITY;
      if (other == NO_ENTITY || other == (int)i || !strcmp(f->arrow, "->"))
        continue;
      for (size_t n = 0; n < d->entities.items[other].fields.len; n++) {
        DField *g = &d->entities.items[other].fields.items[n];
        bool back = g->arrow && strcmp(g->arrow, "->") &&
                    str_eq(g->target, d->entities.items[i].name);
        if (!back || f->one || g->one)
          continue;
        f->arrow = "<->";
        if (str_find(f->extra, STR(":back("), 0) == SIZE_MAX)
          f->extra = str_format(d->arena, "%.*s:back(%.*s)", STR_ARG(f->extra),
                                STR_ARG(g->name));
        drop_field(&d->entities.items[other], n);
        break;
      }
    }
}

// "a user has one profile, a profile belongs to one user": one relation, said twice.
static void join_one(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DEntity *e = &d->entities.items[i];
      const DField f = e->fields.items[k];
      int other =
          f.arrow && f.one && !strcmp(f.arrow, "<-") ? entity_of(d, f.target) : NO_ENTITY;
      if (other == NO_ENTITY || other == (int)i || d->entities.items[other].external)
        continue;
      DEntity *part = &d->entities.items[other];
      size_t n = 0;
      while (n < part->fields.len && !(part->fields.items[n].arrow &&
                                       strcmp(part->fields.items[n].arrow, "<->") &&
                                       str_eq(part->fields.items[n].target, e->name)))
        n++;
      if (n == part->fields.len)
        continue;
      DField *g = &part->fields.items[n];
      bool twice = !strcmp(g->arrow, "<-") && g->one;
      if (twice) {
        drop_field(part, n);
      } else if (!strcmp(g->arrow, "->") && str_is(g->extra, "")) {
        g->one = true;
        drop_field(e, k--);
      }
    }
}

static bool in_items(const DEntity *e, const char *name) {
  for (size_t i = 0; i < e->items.len; i++)
    if (str_find(e->items.items[i], str_from(name), 0) != SIZE_MAX)
      return true;
  return false;
}

static void add_usual_unique(D *d, DEntity *e) {
  static const char *const names[] = {"email", "username", "slug", "sku", "isbn"};
  for (size_t i = 0; i < e->fields.len; i++)
    for (size_t k = 0; k < ARRAY_LEN(names); k++)
      if (str_is(e->fields.items[i].name, names[k]) && !e->fields.items[i].unique &&
          !in_items(e, names[k])) {
        e->fields.items[i].unique = true;
        schema_assume(d->schema, "%.*s.%s is unique", STR_ARG(e->name), names[k]);
      }
}

static void write_entity(D *d, DEntity *e, const char *inheritance, Description *out) {
  Str header = e->name;
  if (e->table.len)
    header = str_format(d->arena, "%.*s=%.*s", STR_ARG(e->name), STR_ARG(e->table));
  int parent = e->parent.len ? entity_of(d, e->parent) : NO_ENTITY;
  DShared shared = parent == NO_ENTITY ? SHARED_NOT : d->entities.items[parent].shared;
  if (shared)
    inheritance = shared == SHARED_MIXIN ? ":mixin" : ":abstract";
  if (e->parent.len)
    header = str_format(d->arena, "%.*s(%.*s%s)", STR_ARG(e->name), STR_ARG(e->parent),
                        inheritance);
  vec_push(&out->words, header);
  add_usual_unique(d, e);
  for (size_t i = 0; i < e->fields.len; i++) {
    DField *f = &e->fields.items[i];
    if (str_is(f->name, "id") && !str_is(f->type, "uuid") && f->from_name)
      continue; // the key that every model gets
    Str word = field_word(d, f, true);
    if (!parses(d, e, word))
      word = field_word(d, f, false);
    if (parses(d, e, word))
      vec_push(&out->words, word);
    else
      vec_push(&out->missed,
               str_format(d->arena, "%.*s of %.*s", STR_ARG(f->name), STR_ARG(e->name)));
    if (f->from_name && !f->arrow && !str_starts(f->type, STR("str")))
      schema_assume(d->schema, "%.*s.%.*s is taken to be %.*s", STR_ARG(e->name),
                    STR_ARG(f->name), STR_ARG(f->type));
  }
  for (size_t i = 0; i < e->items.len; i++)
    vec_push(&out->words, e->items.items[i]);
  if (!has_scalar(e) && !e->external)
    add_usual_fields(d, e, &out->words);
}

void collect_missed(D *d, Description *out) {
  static const char filler[] =
      "a an the and or of to for with in on is are be it its that which this these i we "
      "you me my our "
      "please define create write make build design generate give show need want would "
      "like model "
      "models class classes table tables sqlalchemy orm 2 2.0 2.x x typed declarative "
      "mapped using use "
      "called named each every has have as some should set up following fields columns "
      "attributes "
      "relationship relationships new into can one also new database schema data them "
      "their from by at "
      "between both not where base implement produce core add how application app could "
      "help let's us "
      "style python style modern version dataclass dataclasses inheritance single joined "
      "system "
      "exactly deleting deletes delete deleted i'd like need entity entities two three "
      "four five "
      "mixin type types nice simple existing extend "
      "good proper so do does there who if then incl uniqueness properly correctly "
      "nicely "
      "make put keep kinds kind";
  for (size_t i = 0; i < d->tokens.len; i++) {
    size_t from = i;
    bool matters = false;
    while (i < d->tokens.len && !d->tokens.items[i].mark && !d->tokens.items[i].used) {
      size_t end;
      bool plural;
      bool known = entity_at(d, i, &end, &plural) != NO_ENTITY;
      matters |= !known && !is_word(d, i, filler);
      i++;
    }
    if (matters)
      vec_push(&out->missed, words_between(d, from, i));
  }
}

static void mark_cascade(D *d) {
  if (!d->cascade &&
      !says(d, "cascade|cascades|cascading|deleted with|deletes its|delete its|removes "
               "its|remove its|deletes all its|removes all its|are "
               "deleted too|on delete "
               "cascade|removed with|are also deleted"))
    return;
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DField *f = &d->entities.items[i].fields.items[k];
      f->cascade = f->arrow && strcmp(f->arrow, "<->") != 0 && !str_is(f->target, "self");
    }
}

// "Book(id, title, author_id)" beside an Author: the column is a foreign key.
static void link_keys(D *d) {
  for (size_t i = 0; i < d->entities.len; i++)
    for (size_t k = 0; k < d->entities.items[i].fields.len; k++) {
      DField *f = &d->entities.items[i].fields.items[k];
      if (f->arrow || !f->from_name || !str_ends(f->name, STR("_id")))
        continue;
      Str one = str_slice(f->name, 0, f->name.len - 3);
      bool self = str_is(one, "parent");
      int e = self ? (int)i : entity_of(d, one);
      if (e == (int)i && !self &&
          !same_without_blanks(d->entities.items[i].lemma, lemma_of(d, one)))
        e = NO_ENTITY; // "tag_id" of a PostTag
      bool code =
          word_in(one, "external transaction session tracking tax national device "
                       "google facebook stripe github public");
      if (e == NO_ENTITY && str_is(f->type, "str") && !code)
        f->type = STR("int"); // the key of a model that was not described
      if (e == NO_ENTITY || field_find(d, (int)i, one))
        continue;
      f->name = one;
      f->arrow = "->";
      f->target = d->entities.items[e].name;
      f->nullable |= self;
      f->extra = STR("");
    }
}

// What the class of the project has already is not said anew.
static void drop_known_fields(D *d, DEntity *e) {
  const SchemaTable *t = schema_find(d->schema, e->name);
  size_t kept = 0;
  for (size_t i = 0; i < e->fields.len; i++) {
    DField f = e->fields.items[i];
    if (!t || (!schema_column(t, f.name) && !schema_relation(t, f.name)))
      e->fields.items[kept++] = f;
  }
  e->fields.len = kept;
}

// Of a class that exists only what relates it to others is added unasked.
static void keep_relations(DEntity *e) {
  size_t kept = 0;
  for (size_t i = 0; i < e->fields.len; i++)
    if (e->fields.items[i].arrow)
      e->fields.items[kept++] = e->fields.items[i];
  e->fields.len = kept;
}

// The text is about what this class of the project is to have: "User has a phone number",
// "customers should have a phone number".
static bool is_about(const D *d, Str text, const DEntity *e) {
  bool alone = true; // no class is to be made
  for (size_t i = 0; i < d->entities.len; i++)
    alone &= d->entities.items[i].external || !d->entities.items[i].described;
  return str_starts(text, str_format(d->arena, "%.*s has ", STR_ARG(e->name))) ||
         (alone && says(d, "should have|must have|should get|shall have|needs|need|gets|"
                           "get|add|extend|also has|also have|also store|new column|new "
                           "field|want|give|put"));
}

static bool is_referred(const D *d, const DEntity *e) {
  for (size_t i = 0; i < d->entities.len; i++)
    if (entities_linked(&d->entities.items[i], e))
      return true;
  return false;
}

// "concert tickets: ... a ticket has a seat": what the text is about is the model that is
// described under its last word.
static bool is_topic_only(const D *d, const DEntity *e) {
  if (e->external || e->fields.len || e->items.len || e->parent.len || is_referred(d, e))
    return false;
  for (size_t i = 0; i < d->entities.len; i++) {
    const DEntity *other = &d->entities.items[i];
    Str last = str_format(d->arena, " %.*s", STR_ARG(other->lemma));
    if (other != e && other->fields.len && str_ends(e->lemma, last))
      return true;
  }
  return false;
}

bool write_words(D *d, Str text, Description *out, Err *err) {
  const char *inheritance = d->single             ? ":single"
                            : says(d, "concrete") ? ":concrete"
                            : says(d, "joined")   ? ":joined"
                                                  : "";
  link_keys(d);
  join_sides(d);
  join_one(d);
  inherit_by_name(d);
  inherit_by_adding(d);
  mark_cascade(d);
  write_together(d);
  write_hybrids(d, out);
  write_schemas(d);
  for (size_t i = 0; i < d->entities.len; i++) {
    DEntity *e = &d->entities.items[i];
    if (is_topic_only(d, e))
      continue;
    bool subject = e->external && is_about(d, text, e);
    if (e->external)
      drop_known_fields(d, e);
    if (e->external && !subject && e->described && has_scalar(e)) {
      vec_push(&out->missed,
               str_format(d->arena, "fields of %.*s, which exists", STR_ARG(e->name)));
      keep_relations(e);
    }
    if (!e->external || e->fields.len || e->items.len)
      write_entity(d, e, inheritance, out);
  }
  if (!out->words.len)
    return err_set(err, ERR_INPUT, "no model was found in the description");
  const char **words = arena_array(d->arena, const char *, out->words.len);
  for (size_t i = 0; i < out->words.len; i++)
    words[i] = str_copy(d->arena, out->words.items[i]).ptr;
  FieldSettings settings = {.extend = true};
  return fields_parse(d->schema, words, out->words.len, &settings, err) &&
         schema_complete(d->schema, &(SchemaOptions){0}, err);
}
