// fields.c: the grammar of fields.h, word by word.
//
//   field   = name ":" what { ":" flag }         separators within brackets or quotes
//   what    = type [ "[]" ] [ "=" default ] | ( "->" | "<-" | "<->" ) model
//   flag    = word [ "(" argument ")" | "=" argument ]
#include <math.h>
#include <stdlib.h>

#include "schema/fields_internal.h"

// ---- Fields

static double number_of(Str text) {
  char digits[64] = {0};
  memcpy(digits, text.ptr, text.len < sizeof digits ? text.len : sizeof digits - 1);
  return strtod(digits, NULL);
}

// What min, max and positive leave, and whether the default is among it.
static bool check_bounds(const FieldCx *cx, const SchemaColumn *c) {
  double low = -HUGE_VAL, high = HUGE_VAL;
  bool above = false; // low itself is not allowed
  for (size_t i = 0; i < cx->t->constraints.len; i++) {
    const SchemaConstraint *k = cx->t->constraints.items[i];
    if (!k->bound.len || !str_eq(k->columns.items[0], c->name))
      continue;
    Str number = str_slice(k->bound, str_find_char(k->bound, ' ', 0) + 1, k->bound.len);
    bool is_max = str_starts(k->bound, STR("<=")),
         strict = str_starts(k->bound, STR("> "));
    double value = number_of(number);
    if (is_max && value < high)
      high = value;
    if (!is_max && value >= low) {
      above = strict || (above && value == low);
      low = value;
    }
  }
  if (low > high || (above && low == high))
    return field_wrong(cx, "no number is within its bounds");
  if (c->default_kind != DEFAULT_VALUE)
    return true;
  double value = number_of(c->default_text);
  return (value <= high && value >= low && !(above && value == low)) ||
         field_wrong(cx, "the default '%.*s' is not within its bounds",
                     STR_ARG(c->default_text));
}

static bool has_bounds(const FieldCx *cx, const SchemaColumn *c) {
  for (size_t i = 0; i < cx->t->constraints.len; i++)
    if (cx->t->constraints.items[i]->bound.len &&
        str_eq(cx->t->constraints.items[i]->columns.items[0], c->name))
      return true;
  return false;
}

static bool check_pair(const FieldCx *cx, const SchemaColumn *c) {
  if (c->server_side && c->default_kind != DEFAULT_VALUE &&
      c->default_kind != DEFAULT_NOW)
    return field_wrong(cx, "'server' needs a default that can be written in SQL");
  if (c->primary_key && c->nullable)
    return field_wrong(cx, "a primary key cannot be null");
  if (c->computed.len && (c->default_kind || c->identity))
    return field_wrong(cx, "a computed column has no default");
  if (c->identity && c->default_kind)
    return field_wrong(cx, "an identity column has no default");
  if (c->type.kind == TYPE_BOOLEAN && c->primary_key)
    return field_wrong(cx, "a bool cannot be a primary key");
  return !has_bounds(cx, c) || check_bounds(cx, c);
}

// Where the first flag begins. No flag begins with a digit: what does is the rest of a
// time that was written without quotes, at:time=08:30.
static size_t end_of_type(Str text) {
  size_t end = field_find_stop(text, ':');
  if (end == SIZE_MAX || str_find_char(str_slice(text, 0, end), '=', 0) == SIZE_MAX)
    return end;
  while (end + 1 < text.len && text.ptr[end + 1] >= '0' && text.ptr[end + 1] <= '9') {
    size_t more = field_find_stop(str_slice(text, end + 1, text.len), ':');
    if (more == SIZE_MAX)
      return more;
    end += 1 + more;
  }
  return end;
}

static bool parse_column(const FieldCx *cx, Str text) {
  SchemaColumn *c = schema_add_column(cx->s, cx->t, cx->name, TYPE_STRING);
  c->added = cx->t->external;
  size_t end = end_of_type(text);
  if (end == SIZE_MAX)
    return field_wrong(cx, "a bracket or a quote is not closed");
  if (!field_parse_type(cx, c, str_slice(text, 0, end)))
    return false;
  while (end < text.len) {
    text = str_slice(text, end + 1, text.len);
    end = field_find_stop(text, ':');
    Flag flag;
    Str argument, value;
    if (!field_read_flag(cx, str_slice(text, 0, end), ON_COLUMN, &flag, &argument,
                         &value) ||
        !field_column_flag(cx, c, flag, argument) ||
        (value.ptr && !field_set_default(cx, c, value)))
      return false;
  }
  return check_pair(cx, c);
}

static const struct {
  const char *arrow;
  RelationKind kind;
} arrows[] = {
    {"<->", RELATION_MANY_TO_MANY},
    {"->", RELATION_MANY_TO_ONE},
    {"<-", RELATION_ONE_TO_MANY},
};

// A class that exists may have the key: completion looks whether it is free.
static bool refers_already(const SchemaTable *t, const SchemaRelation *r) {
  for (size_t i = 0; t->external && i < t->columns.len; i++) {
    const SchemaForeignKey *key = t->columns.items[i]->foreign_key;
    if (key && str_eq(key->table->class_name, r->target_name))
      return true;
  }
  return false;
}

static bool parse_relation(const FieldCx *cx, Str text, RelationKind kind) {
  size_t end = field_find_stop(text, ':');
  if (end == SIZE_MAX)
    return field_wrong(cx, "a bracket or a quote is not closed");
  Str target = str_trim(str_slice(text, 0, end));
  if (!str_is(target, "self") && !schema_find(cx->s, target)) {
    const char *refused = target.len ? name_refused_class(target) : "is missing";
    if (refused)
      return field_wrong(cx, "the model '%.*s' behind the arrow %s", STR_ARG(target),
                         refused);
  }
  if (str_is(target, "self"))
    target = cx->t->class_name.len ? cx->t->class_name : cx->t->name;
  SchemaRelation *r = schema_add_relation(cx->s, cx->t, kind, cx->name, target);
  r->owner = kind == RELATION_MANY_TO_ONE;
  r->added = cx->t->external;
  while (end < text.len) {
    text = str_slice(text, end + 1, text.len);
    end = field_find_stop(text, ':');
    Flag flag;
    Str argument, value;
    if (!field_read_flag(cx, str_slice(text, 0, end), ON_RELATION, &flag, &argument,
                         &value))
      return false;
    if (value.ptr)
      return field_wrong(cx, "a relationship has no default");
    if (!field_relation_flag(cx, r, flag, argument))
      return false;
  }
  if (str_is(r->ondelete, "SET NULL"))
    r->nullable = true;
  if (r->owner &&
      !refers_already(cx->t,
                      r)) { // its place among the columns; the type is the target's
    r->key = schema_add_column(cx->s, cx->t,
                               str_format(cx->s->arena, "%.*s_id", STR_ARG(r->name)),
                               TYPE_INTEGER);
    r->key->nullable = r->nullable;
    r->key->primary_key = r->primary_key;
    r->key->added = cx->t->external;
  }
  return true;
}

static bool is_identifier(Str s) {
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    bool digit = c >= '0' && c <= '9';
    if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (digit && i)))
      return false;
  }
  return s.len > 0;
}

// "area = width * height"
static bool parse_hybrid(const FieldCx *cx, Str text) {
  size_t equal = str_find_char(text, '=', 0);
  Str name = str_trim(str_slice(text, 0, min_size(equal, text.len)));
  Str value = str_trim(str_slice(text, min_size(equal, text.len - 1) + 1, text.len));
  if (equal == SIZE_MAX || !is_identifier(name) || !value.len)
    return field_wrong(cx, "a hybrid looks like @hybrid(\"area = width * height\")");
  if (cx->t->external)
    return field_wrong(cx, "a hybrid of a model that exists is left to you");
  if (name_refused_attribute(name) || schema_has_attribute(cx->t, name))
    return field_wrong(cx, "the name '%.*s' is taken", STR_ARG(name));
  vec_push(&cx->t->hybrids, ((SchemaHybrid){name, value}));
  return true;
}

static bool parse_table_item(const FieldCx *cx) {
  Part part;
  if (!field_split_part(str_slice(cx->field, 1, cx->field.len), &part) ||
      !part.argument.len)
    return field_wrong(cx, "an item of the table looks like @unique(a,b)");
  bool unique = str_is(part.word, "unique"), index = str_is(part.word, "index");
  if (str_is(part.word, "comment")) {
    cx->t->comment = field_unquoted(part.argument);
    return true;
  }
  if (str_is(part.word, "check")) {
    SchemaConstraint *k = schema_add_constraint(cx->s, cx->t, CHECK_CONSTRAINT);
    k->expression = field_unquoted(part.argument);
    return true;
  }
  if (str_is(part.word, "schema")) {
    cx->t->schema = field_unquoted(part.argument);
    return true;
  }
  if (str_is(part.word, "hybrid"))
    return parse_hybrid(cx, field_unquoted(part.argument));
  if (!unique && !index)
    return field_wrong(cx,
                       "there is @unique, @index, @check, @comment, @schema and @hybrid, "
                       "but no '@%.*s'",
                       STR_ARG(part.word));
  SchemaConstraint *k =
      schema_add_constraint(cx->s, cx->t, unique ? UNIQUE_CONSTRAINT : PLAIN_INDEX);
  Str column;
  while (str_next_part(&part.argument, ',', &column))
    vec_push(&k->columns, str_trim(column));
  return true;
}

// A class that exists gets the columns of a mixin as its own.
static bool extend_by_mixin(const FieldCx *cx, Str word) {
  if (str_is(word, "timestamps"))
    return fields_parse_one(cx->s, cx->t, STR("created_at:datetime:now"), cx->err) &&
           fields_parse_one(cx->s, cx->t, STR("updated_at:datetime:now:update"), cx->err);
  if (str_is(word, "soft_delete"))
    return fields_parse_one(cx->s, cx->t, STR("deleted_at:datetime:null:index"), cx->err);
  return field_wrong(cx, "a model that exists can be given +timestamps and +soft_delete");
}

static bool parse_mixin(const FieldCx *cx) {
  Str word = str_slice(cx->field, 1, cx->field.len);
  if (cx->t->external)
    return extend_by_mixin(cx, word);
  if (str_is(word, "timestamps"))
    cx->t->timestamps = true;
  else if (str_is(word, "soft_delete"))
    cx->t->soft_delete = true;
  else if (str_is(word, "uuid"))
    cx->t->uuid_key = true;
  else
    return field_wrong(cx, "there is +timestamps, +soft_delete and +uuid, but no '+%.*s'",
                       STR_ARG(word));
  return true;
}

static bool parse_field(FieldCx *cx) {
  const SchemaTable *t = cx->t;
  if (cx->field.len && cx->field.ptr[0] == '@')
    return parse_table_item(cx);
  if (cx->field.len && cx->field.ptr[0] == '+')
    return parse_mixin(cx);
  size_t colon = str_find_char(cx->field, ':', 0);
  if (colon == SIZE_MAX)
    return field_wrong(cx, "a field looks like name:type");
  cx->name = str_trim(str_slice(cx->field, 0, colon));
  const char *refused = cx->name.len ? name_refused_attribute(cx->name) : "is missing";
  if (refused)
    return field_wrong(
        cx,
        "the name '%.*s' %s; choose another, and add column(%.*s) to keep it "
        "in the database",
        STR_ARG(cx->name), refused, STR_ARG(cx->name));
  if (schema_has_attribute(t, cx->name))
    return field_wrong(cx, "the name '%.*s' is taken by another %s", STR_ARG(cx->name),
                       t->external ? "attribute of the class" : "field");
  Str what = str_trim(str_slice(cx->field, colon + 1, cx->field.len));
  for (size_t i = 0; i < ARRAY_LEN(arrows); i++)
    if (str_starts(what, str_from(arrows[i].arrow)))
      return parse_relation(cx, str_slice(what, strlen(arrows[i].arrow), what.len),
                            arrows[i].kind);
  return parse_column(cx, what);
}

// What would change the table itself, not a statement in the class.
static bool check_extension(const FieldCx *cx) {
  const SchemaTable *t = cx->t;
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added && t->columns.items[i]->primary_key)
      return field_wrong(cx, "the primary key of a model that exists is left as it is");
  return true;
}

bool fields_parse_one(Schema *s, SchemaTable *t, Str field, Err *err) {
  FieldCx cx = {.s = s, .t = t, .field = str_trim(field), .err = err};
  return parse_field(&cx) && (!t->external || check_extension(&cx));
}

static ParentKind parent_kind_of(Str how) {
  static const struct {
    const char *how;
    ParentKind kind;
  } kinds[] = {{"single", PARENT_SINGLE},
               {"joined", PARENT_JOINED},
               {"concrete", PARENT_CONCRETE},
               {"abstract", PARENT_ABSTRACT},
               {"mixin", PARENT_MIXIN}};
  for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
    if (str_is(how, kinds[i].how))
      return kinds[i].kind;
  return PARENT_NONE;
}

// ---- Headers

static SchemaTable *parse_header(Schema *s, Str word, const FieldSettings *settings,
                                 Err *err) {
  Arena *a = s->arena;
  Part part;
  if (!field_split_part(word, &part) ||
      (part.rest.len && (part.rest.ptr[0] != '=' || part.rest.len == 1))) {
    err_set(err, ERR_USAGE,
            "'%.*s' is neither a model (Name, Name=table, Name(Parent)) nor a "
            "field (name:type)",
            STR_ARG(word));
    return NULL;
  }
  Str table = str_trim(str_slice(part.rest, 1, part.rest.len));
  Str name = part.word;
  if (settings->tables) {
    table = table.len ? table : name;
    name = name_camel(a, name_singular(a, name));
  }
  const char *refused = name_refused_class(name);
  if (!settings->tables && name.len && name.ptr[0] >= 'a' && name.ptr[0] <= 'z')
    refused =
        "does not begin with a capital letter; where a field was meant, it looks like "
        "name:type";
  if (refused) {
    err_set(err, ERR_USAGE, "the model name '%.*s' %s", STR_ARG(name), refused);
    return NULL;
  }
  SchemaTable *t = schema_find(s, name);
  if (t && t->external && settings->existing && !part.parenthesised && !table.len) {
    t->chosen = true;
    return t;
  }
  if (t && t->external && settings->extend && !part.parenthesised && !table.len)
    return t;
  if (t) {
    err_set(err, ERR_USAGE, "the model '%.*s' %s", STR_ARG(name),
            t->external ? "exists in the project already" : "stands twice");
    return NULL;
  }
  t = schema_add_table(s, name, table.len ? table : name_plural(a, name_snake(a, name)));
  if (part.parenthesised) {
    Str rest = part.argument, parent = {0}, how = {0};
    str_next_part(&rest, ':', &parent);
    t->parent_name = str_trim(parent);
    if (str_next_part(&rest, ':', &how))
      t->parent_kind = parent_kind_of(how);
    if ((how.ptr && !t->parent_kind) || name_refused_class(t->parent_name)) {
      err_set(
          err, ERR_USAGE,
          "'%.*s': a parent looks like (Parent) or (Parent:HOW), where HOW is joined, "
          "single, concrete, abstract or mixin",
          STR_ARG(word));
      return NULL;
    }
  }
  return t;
}

static bool is_header(Str word) {
  size_t parent = str_find_char(word, '(', 0), colon = str_find_char(word, ':', 0);
  bool item = word.len && strchr("@+", word.ptr[0]);
  return !item && (colon == SIZE_MAX ||
                   (parent < colon && word.len && word.ptr[word.len - 1] == ')'));
}

bool fields_parse(Schema *s, const char *const *words, size_t count,
                  const FieldSettings *settings, Err *err) {
  SchemaTable *t = NULL;
  for (size_t i = 0; i < count; i++) {
    Str word = str_trim(str_from(words[i]));
    if (is_header(word)) {
      bool bare = i + 1 == count || is_header(str_trim(str_from(words[i + 1])));
      t = parse_header(s, word, settings, err);
      if (!t)
        return false;
      if (t->external && settings->extend && bare)
        return err_set(err, ERR_USAGE,
                       "the model '%.*s' exists in the project already; name the fields "
                       "to add to it",
                       STR_ARG(t->class_name));
    } else if (!t) {
      return err_set(err, ERR_USAGE,
                     "'%.*s': the name of a model comes before its fields",
                     STR_ARG(word));
    } else if (t->external && !settings->extend) {
      return err_set(err, ERR_USAGE,
                     "'%.*s': the model %.*s exists; its fields are read "
                     "from the project",
                     STR_ARG(word), STR_ARG(t->class_name));
    } else if (!fields_parse_one(s, t, word, err)) {
      return false;
    }
  }
  return true;
}
