// fields.c: the grammar of fields.h, word by word.
//
//   field   = name ":" what { ":" flag }         separators within brackets or quotes
//   what    = type [ "[]" ] [ "=" default ] | ( "->" | "<-" | "<->" ) model
//   flag    = word [ "(" argument ")" | "=" argument ]
#include "schema/fields.h"

#include <stdarg.h>
#include <stdio.h>

#include "project/config.h"

typedef struct {
  Schema *s;
  SchemaTable *t;
  Str field; // as written, for messages
  Str name;
  Err *err;
} FieldCx;

typedef struct {
  Str word;
  Str argument; // absent where there is none
  bool parenthesised;
  Str rest; // behind it
} Part;

static bool wrong(const FieldCx *cx, const char *format, ...) PRINTF_LIKE(2, 3);
static bool wrong(const FieldCx *cx, const char *format, ...) {
  char text[700];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  return err_set(cx->err, ERR_USAGE, "field '%.*s' of %.*s: %s",
                 (int)min_size(cx->field.len, 200), cx->field.ptr,
                 STR_ARG(cx->t->class_name.len ? cx->t->class_name : cx->t->name), text);
}

// ---- Words

static Str unquoted(Str s) {
  s = str_trim(s);
  if (s.len >= 2 && (s.ptr[0] == '"' || s.ptr[0] == '\'') && s.ptr[s.len - 1] == s.ptr[0])
    return str_slice(s, 1, s.len - 1);
  return s;
}

// Offset of the first `stop` outside brackets and quotes; the length where there is none.
// SIZE_MAX where a bracket or quote stays open.
static size_t find_stop(Str s, char stop) {
  int depth = 0;
  char quote = 0;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    if (quote) {
      if (c == quote)
        quote = 0;
      continue;
    }
    if (c == stop && depth == 0)
      return i;
    // An apostrophe within a word (o'clock) opens nothing.
    if (c == '"' || (c == '\'' && (!i || strchr("=(,", s.ptr[i - 1]))))
      quote = c;
    else if (c == '(' || c == '[' || c == '{')
      depth++;
    else if ((c == ')' || c == ']' || c == '}') && --depth < 0)
      return SIZE_MAX;
  }
  return depth || quote ? SIZE_MAX : s.len;
}

// word [ "(" argument ")" ] rest
static bool split_part(Str text, Part *out) {
  *out = (Part){0};
  size_t i = 0;
  while (i < text.len && !strchr("(=[", text.ptr[i]))
    i++;
  out->word = str_trim(str_slice(text, 0, i));
  out->rest = str_slice(text, i, text.len);
  if (i < text.len && text.ptr[i] == '(') {
    Str inside = str_slice(text, i + 1, text.len);
    size_t end = find_stop(inside, ')');
    if (end >= inside.len)
      return false;
    out->argument = str_slice(inside, 0, end);
    out->parenthesised = true;
    out->rest = str_slice(inside, end + 1, inside.len);
  }
  return true;
}

static bool parse_number(Str s, uint32_t most, uint32_t *out) {
  s = str_trim(s);
  uint64_t n = 0;
  if (!s.len || s.len > 9)
    return false;
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] < '0' || s.ptr[i] > '9')
      return false;
    n = n * 10 + (uint64_t)(s.ptr[i] - '0');
  }
  *out = (uint32_t)n;
  return n <= most;
}

static bool is_decimal_number(Str s, bool whole) {
  size_t i = s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'), digits = 0;
  bool point = false;
  for (; i < s.len; i++) {
    if (s.ptr[i] == '.' && !point && !whole)
      point = true;
    else if (s.ptr[i] >= '0' && s.ptr[i] <= '9')
      digits++;
    else
      return false;
  }
  return digits > 0 && digits <= 60;
}

// ---- Defaults

// True where `s` follows the picture: 9 is a digit, the rest stands for itself.
static bool has_form(Str s, const char *picture) {
  if (s.len != strlen(picture))
    return false;
  for (size_t i = 0; i < s.len; i++)
    if (picture[i] == '9' ? s.ptr[i] < '0' || s.ptr[i] > '9' : s.ptr[i] != picture[i])
      return false;
  return true;
}

static int two_digits(Str s, size_t at) {
  return (s.ptr[at] - '0') * 10 + s.ptr[at + 1] - '0';
}

static bool is_date(Str s) {
  static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (!has_form(s, "9999-99-99") || str_starts(s, STR("0000")))
    return false;
  int year = two_digits(s, 0) * 100 + two_digits(s, 2);
  int month = two_digits(s, 5), day = two_digits(s, 8);
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] &&
         !(month == 2 && day == 29 && !leap);
}

static bool is_time(Str s) {
  return (has_form(s, "99:99") || (has_form(s, "99:99:99") && two_digits(s, 6) < 60)) &&
         two_digits(s, 0) < 24 && two_digits(s, 3) < 60;
}

static bool is_datetime(Str s) {
  return is_date(s) ||
         (s.len > 11 && is_date(str_slice(s, 0, 10)) &&
          (s.ptr[10] == 'T' || s.ptr[10] == ' ') && is_time(str_slice(s, 11, s.len)));
}

static bool is_word_of(Str s, const char *words) {
  Str rest = str_from(words), word;
  while (str_next_part(&rest, ' ', &word))
    if (str_eq_nocase(s, word))
      return true;
  return false;
}

const char *field_default_refused(const SchemaType *type, Str text) {
  switch (type->kind) {
  case TYPE_STRING:
    if (type->length && text.len > type->length)
      return "is longer than the column";
    return NULL;
  case TYPE_TEXT:
  case TYPE_PG_CITEXT:
    return NULL;
  case TYPE_INTEGER:
  case TYPE_BIGINT:
  case TYPE_SMALLINT:
    return is_decimal_number(text, true) ? NULL : "is not a whole number";
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
  case TYPE_DECIMAL:
    return is_decimal_number(text, false) ? NULL : "is not a number";
  case TYPE_BOOLEAN:
    return is_word_of(text, "true false yes no 1 0") ? NULL : "is neither true nor false";
  case TYPE_DATE:
    return is_date(text) ? NULL : "is not a date such as 2024-01-31";
  case TYPE_DATETIME:
    return is_datetime(text) ? NULL : "is not a time such as '2024-01-31 08:00'";
  case TYPE_TIME:
    return is_time(text) ? NULL : "is not a time such as '08:00'";
  case TYPE_ENUM:
    for (size_t i = 0; i < type->enumeration->values.len; i++)
      if (str_eq(type->enumeration->values.items[i], text))
        return NULL;
    return "is not one of the values";
  default:
    return "cannot be written for this type";
  }
}

static bool set_default(const FieldCx *cx, SchemaColumn *c, Str written) {
  Str text = unquoted(written);
  TypeKind k = c->type.kind;
  bool quoted = text.len != str_trim(written).len;
  if (c->default_kind)
    return wrong(cx, "it has two defaults");
  if (!quoted && is_word_of(text, "null none")) {
    c->nullable = true;
    return true;
  }
  bool is_clock = k == TYPE_DATE || k == TYPE_DATETIME || k == TYPE_TIME;
  if (!quoted && is_clock && is_word_of(text, "now today now()")) {
    c->default_kind = DEFAULT_NOW;
    return true;
  }
  if (k == TYPE_UUID && is_word_of(text, "uuid4 random auto")) {
    c->default_kind = DEFAULT_UUID;
    return true;
  }
  bool holds_dict = k == TYPE_JSON || k == TYPE_PG_JSONB || k == TYPE_PG_HSTORE;
  if ((holds_dict && str_is(text, "{}")) ||
      ((k == TYPE_JSON || k == TYPE_PG_JSONB || k == TYPE_ARRAY) && str_is(text, "[]"))) {
    c->default_kind = DEFAULT_EMPTY;
    c->default_text = text;
    return true;
  }
  const char *refused = field_default_refused(&c->type, text);
  if (refused)
    return wrong(cx, "the default '%.*s' %s", STR_ARG(text), refused);
  c->default_kind = DEFAULT_VALUE;
  c->default_text = text;
  return true;
}

// ---- Types

static bool set_enum(const FieldCx *cx, SchemaType *type, Str argument) {
  Arena *a = cx->s->arena;
  Str class_name = str_format(a, "%.*s%.*s", STR_ARG(cx->t->class_name),
                              STR_ARG(name_camel(a, cx->name)));
  const char *refused = name_refused_class(class_name);
  if (refused)
    return wrong(cx, "the name of its enumeration, %.*s, %s", STR_ARG(class_name),
                 refused);
  if (schema_find(cx->s, class_name))
    return wrong(cx, "its enumeration would be called %.*s, as a model is",
                 STR_ARG(class_name));
  SchemaEnum *e = schema_add_enum(cx->s, class_name);
  e->added = cx->t->external;
  Str value;
  while (str_next_part(&argument, ',', &value)) {
    value = unquoted(value);
    if (!value.len || value.len > 100)
      return wrong(cx, "a value of the enumeration is %s",
                   value.len ? "too long" : "empty");
    for (size_t i = 0; i < e->values.len; i++)
      if (str_eq(e->values.items[i], value))
        return wrong(cx, "the value '%.*s' stands twice", STR_ARG(value));
    vec_push(&e->values, value);
  }
  if (!e->values.len)
    return wrong(cx, "an enumeration needs values: enum(open,closed)");
  type->enumeration = e;
  return true;
}

static bool unknown_type(const FieldCx *cx, Str word) {
  const char *words[TYPE_OTHER];
  for (int k = 0; k < TYPE_OTHER; k++)
    words[k] = type_infos[k].word;
  Str near = nearest_name(word, words, TYPE_OTHER);
  if (near.len)
    return wrong(cx, "unknown type '%.*s'; did you mean '%.*s'?", STR_ARG(word),
                 STR_ARG(near));
  return wrong(cx, "unknown type '%.*s'; `aludel scaffold --help` lists the types",
               STR_ARG(word));
}

static bool set_type_argument(const FieldCx *cx, SchemaType *type, Part part);

static bool set_item(const FieldCx *cx, SchemaType *type, Str item_text) {
  Part item;
  SchemaType inner = {0};
  if (!split_part(str_trim(item_text), &item) || item.rest.len)
    return wrong(cx, "cannot read the item type '%.*s'", STR_ARG(item_text));
  inner.kind = type_by_word(item.word);
  if (inner.kind == TYPE_COUNT)
    return unknown_type(cx, item.word);
  if (inner.kind == TYPE_ARRAY || inner.kind == TYPE_ENUM)
    return wrong(cx, "an array cannot hold %s here", type_infos[inner.kind].word);
  if (!set_type_argument(cx, &inner, item))
    return false;
  type->kind = TYPE_ARRAY;
  type->item = inner.kind;
  type->item_length = inner.length;
  type->precision = inner.precision;
  type->scale = inner.scale;
  return true;
}

static bool set_type_argument(const FieldCx *cx, SchemaType *type, Part part) {
  const TypeInfo *info = &type_infos[type->kind];
  Str a = part.argument, first, second;
  switch (info->argument) {
  case ARGUMENT_VALUES:
    return set_enum(cx, type, a);
  case ARGUMENT_ITEM:
    if (!a.len)
      return wrong(cx, "an array needs the type of its items: array(str)");
    return set_item(cx, type, a);
  case ARGUMENT_NONE:
    return part.parenthesised
               ? wrong(cx, "type '%s' takes nothing in parentheses", info->word)
               : true;
  case ARGUMENT_LENGTH:
    if (part.parenthesised &&
        (!parse_number(a, 10485760, &type->length) || !type->length))
      return wrong(cx, "the length '%.*s' is not a number from 1 to 10485760",
                   STR_ARG(a));
    return true;
  case ARGUMENT_PRECISION:
    if (!part.parenthesised)
      return true;
    if (!str_next_part(&a, ',', &first) || !parse_number(first, 65, &type->precision) ||
        !type->precision)
      return wrong(cx, "decimal(total,scale) wants 1 to 65 digits in all");
    if (str_next_part(&a, ',', &second) && (!parse_number(second, 30, &type->scale) ||
                                            type->scale > type->precision || a.len))
      return wrong(cx, "the scale '%.*s' is not a number from 0 to the total",
                   STR_ARG(second));
    return true;
  }
  return true;
}

// type [ "(" ... ")" ] [ "[]" ] [ "=" default ]
static bool parse_type(const FieldCx *cx, SchemaColumn *c, Str text) {
  Part part;
  if (!split_part(text, &part))
    return wrong(cx, "a bracket is not closed");
  if (!part.word.len)
    return wrong(cx, "a type is missing behind the colon");
  Str rest = str_trim(part.rest);
  if (str_starts(rest, STR("[]"))) {
    Str item = str_slice(text, 0, (size_t)(rest.ptr - text.ptr));
    if (!set_item(cx, &c->type, item))
      return false;
    rest = str_trim(str_slice(rest, 2, rest.len));
  } else {
    c->type.kind = type_by_word(part.word);
    if (c->type.kind == TYPE_COUNT)
      return unknown_type(cx, part.word);
    if (!set_type_argument(cx, &c->type, part))
      return false;
  }
  if (!rest.len)
    return true;
  if (rest.ptr[0] != '=')
    return wrong(cx, "'%.*s' behind the type is not understood", STR_ARG(rest));
  return set_default(cx, c, str_slice(rest, 1, rest.len));
}

// ---- Flags

typedef enum {
  F_NULL,
  F_UNIQUE,
  F_INDEX,
  F_PK,
  F_NOW,
  F_UPDATE,
  F_SERVER,
  F_NAIVE,
  F_MIN,
  F_MAX,
  F_POSITIVE,
  F_CHECK,
  F_COLUMN,
  F_COMMENT,
  F_COMPUTED,
  F_IDENTITY,
  F_ONE,
  F_NOINDEX,
  F_CASCADE,
  F_SETNULL,
  F_RESTRICT,
  F_BACK,
  F_NOBACK,
  F_THROUGH,
  F_TABLE,
  F_LAZY,
  F_COUNT
} Flag;

enum {
  ON_COLUMN = 1,
  ON_RELATION = 2,
  TAKES = 4 // an argument
};

static const struct {
  const char *word;
  int where;
} flags[F_COUNT] = {
    [F_NULL] = {"null", ON_COLUMN | ON_RELATION},
    [F_UNIQUE] = {"unique", ON_COLUMN | ON_RELATION},
    [F_INDEX] = {"index", ON_COLUMN | ON_RELATION},
    [F_PK] = {"pk", ON_COLUMN | ON_RELATION},
    [F_NOW] = {"now", ON_COLUMN},
    [F_UPDATE] = {"update", ON_COLUMN},
    [F_SERVER] = {"server", ON_COLUMN},
    [F_NAIVE] = {"naive", ON_COLUMN},
    [F_MIN] = {"min", ON_COLUMN | TAKES},
    [F_MAX] = {"max", ON_COLUMN | TAKES},
    [F_POSITIVE] = {"positive", ON_COLUMN},
    [F_CHECK] = {"check", ON_COLUMN | TAKES},
    [F_COLUMN] = {"column", ON_COLUMN | TAKES},
    [F_COMMENT] = {"comment", ON_COLUMN | ON_RELATION | TAKES},
    [F_COMPUTED] = {"computed", ON_COLUMN | TAKES},
    [F_IDENTITY] = {"identity", ON_COLUMN},
    [F_ONE] = {"one", ON_RELATION},
    [F_NOINDEX] = {"noindex", ON_RELATION},
    [F_CASCADE] = {"cascade", ON_RELATION},
    [F_SETNULL] = {"setnull", ON_RELATION},
    [F_RESTRICT] = {"restrict", ON_RELATION},
    [F_BACK] = {"back", ON_RELATION | TAKES},
    [F_NOBACK] = {"noback", ON_RELATION},
    [F_THROUGH] = {"through", ON_RELATION | TAKES},
    [F_TABLE] = {"table", ON_RELATION | TAKES},
    [F_LAZY] = {"lazy", ON_RELATION | TAKES},
};

// Reads one flag; its argument may stand in parentheses or behind "=". Where it takes
// none what stands behind "=" is left in `*value`: a default.
static bool read_flag(const FieldCx *cx, Str text, int where, Flag *flag, Str *argument,
                      Str *value) {
  Part part;
  *argument = *value = (Str){0};
  if (!split_part(text, &part))
    return wrong(cx, "a bracket is not closed");
  const char *words[F_COUNT];
  uint32_t n = 0;
  for (int f = 0; f < F_COUNT; f++)
    if (flags[f].where & where)
      words[n++] = flags[f].word;
  *flag = F_COUNT;
  for (int f = 0; f < F_COUNT; f++)
    if ((flags[f].where & where) && str_eq_nocase(part.word, str_from(flags[f].word)))
      *flag = (Flag)f;
  if (str_eq_nocase(part.word, STR("primary_key")) ||
      str_eq_nocase(part.word, STR("primary")))
    *flag = F_PK;
  if (str_eq_nocase(part.word, STR("nullable")) ||
      str_eq_nocase(part.word, STR("optional")))
    *flag = F_NULL;
  if (*flag == F_COUNT) {
    Str near = nearest_name(part.word, words, n);
    return near.len ? wrong(cx, "unknown flag '%.*s'; did you mean '%.*s'?",
                            STR_ARG(part.word), STR_ARG(near))
                    : wrong(cx, "unknown flag '%.*s'", STR_ARG(part.word));
  }
  Str behind = str_trim(part.rest);
  if (behind.len && behind.ptr[0] != '=')
    return wrong(cx, "'%.*s' behind the flag is not understood", STR_ARG(behind));
  bool takes = flags[*flag].where & TAKES;
  if (part.parenthesised)
    *argument = unquoted(part.argument);
  if (behind.len && takes && !part.parenthesised)
    *argument = unquoted(str_slice(behind, 1, behind.len));
  else if (behind.len)
    *value = str_slice(behind, 1, behind.len);
  if (takes && !argument->len)
    return wrong(cx, "flag '%s' needs a value: %s(...)", flags[*flag].word,
                 flags[*flag].word);
  if (!takes && part.parenthesised)
    return wrong(cx, "flag '%s' takes no value", flags[*flag].word);
  return true;
}

static bool is_number_type(TypeKind k) {
  return k == TYPE_INTEGER || k == TYPE_BIGINT || k == TYPE_SMALLINT || k == TYPE_FLOAT ||
         k == TYPE_DOUBLE || k == TYPE_DECIMAL;
}

static bool add_bound(const FieldCx *cx, const SchemaColumn *c, const char *operator,
                      Str number, const char *name) {
  if (!is_number_type(c->type.kind))
    return wrong(cx, "'%s' is for numbers", name);
  if (!is_decimal_number(number, false))
    return wrong(cx, "'%.*s' is not a number", STR_ARG(number));
  Arena *a = cx->s->arena;
  SchemaConstraint *k = schema_add_constraint(cx->s, cx->t, CHECK_CONSTRAINT);
  vec_push(&k->columns, c->name);
  k->bound = str_format(a, "%s %.*s", operator, STR_ARG(number));
  k->expression = str_format(a, "%.*s %.*s", STR_ARG(c->name), STR_ARG(k->bound));
  k->name = str_format(a, "%.*s_%s", STR_ARG(c->name), name);
  return true;
}

static bool column_flag(const FieldCx *cx, SchemaColumn *c, Flag flag, Str argument) {
  TypeKind k = c->type.kind;
  bool is_clock = k == TYPE_DATE || k == TYPE_DATETIME || k == TYPE_TIME;
  SchemaConstraint *constraint;
  switch (flag) {
  case F_NULL:
    c->nullable = true;
    return true;
  case F_UNIQUE:
    c->unique = true;
    return true;
  case F_INDEX:
    c->index = true;
    return true;
  case F_PK:
    c->primary_key = true;
    return true;
  case F_NOW:
  case F_UPDATE:
    if (!is_clock)
      return wrong(cx, "'%s' is for date, time and datetime", flags[flag].word);
    if (flag == F_UPDATE)
      c->update_now = true;
    else if (c->default_kind)
      return wrong(cx, "it has two defaults");
    c->default_kind = DEFAULT_NOW;
    return true;
  case F_SERVER:
    c->server_side = true;
    return true;
  case F_NAIVE:
    if (k != TYPE_DATETIME && k != TYPE_TIME)
      return wrong(cx, "'naive' is for datetime and time");
    c->type.naive = true;
    return true;
  case F_MIN:
    return add_bound(cx, c, ">=", argument, "min");
  case F_MAX:
    return add_bound(cx, c, "<=", argument, "max");
  case F_POSITIVE:
    return add_bound(cx, c, ">", STR("0"), "positive");
  case F_CHECK:
    constraint = schema_add_constraint(cx->s, cx->t, CHECK_CONSTRAINT);
    constraint->expression = argument;
    constraint->name = str_format(cx->s->arena, "%.*s_valid", STR_ARG(c->name));
    return true;
  case F_COLUMN:
    c->column_name = argument;
    return true;
  case F_COMMENT:
    c->comment = argument;
    return true;
  case F_COMPUTED:
    c->computed = argument;
    return true;
  case F_IDENTITY:
    if (k != TYPE_INTEGER && k != TYPE_BIGINT && k != TYPE_SMALLINT)
      return wrong(cx, "'identity' is for whole numbers");
    c->identity = true;
    return true;
  default:
    BUG("a flag of relationships on a column");
  }
}

static bool relation_flag(const FieldCx *cx, SchemaRelation *r, Flag flag, Str argument) {
  bool many = r->kind == RELATION_MANY_TO_MANY;
  switch (flag) {
  case F_NULL:
    r->nullable = true;
    break;
  case F_UNIQUE:
  case F_ONE:
    r->unique = true;
    if (flag == F_ONE && !many)
      r->kind = RELATION_ONE_TO_ONE;
    break;
  case F_INDEX:
    r->no_index = false;
    return true;
  case F_PK:
    r->primary_key = true;
    break;
  case F_NOINDEX:
    r->no_index = true;
    break;
  case F_CASCADE:
  case F_SETNULL:
  case F_RESTRICT:
    if (r->ondelete.len)
      return wrong(cx, "it says twice what ON DELETE does");
    r->ondelete = str_from(flag == F_CASCADE   ? "CASCADE"
                           : flag == F_SETNULL ? "SET NULL"
                                               : "RESTRICT");
    return true;
  case F_BACK:
    if (name_refused_attribute(argument))
      return wrong(cx, "the attribute '%.*s' %s", STR_ARG(argument),
                   name_refused_attribute(argument));
    r->back_name = argument;
    return true;
  case F_NOBACK:
    r->back_name = STR("-");
    return true;
  case F_COMMENT:
    r->comment = argument;
    return true;
  case F_LAZY:
    if (!is_word_of(argument, "select selectin joined subquery raise raise_on_sql noload "
                              "immediate write_only dynamic"))
      return wrong(cx, "'%.*s' is no way of loading", STR_ARG(argument));
    r->lazy = argument;
    return true;
  case F_THROUGH:
    if (name_refused_class(argument))
      return wrong(cx, "the association class '%.*s' %s", STR_ARG(argument),
                   name_refused_class(argument));
    r->through = argument;
    break;
  case F_TABLE:
    r->through = str_format(cx->s->arena, "=%.*s", STR_ARG(argument));
    break;
  default:
    BUG("a flag of columns on a relationship");
  }
  bool of_many = flag == F_THROUGH || flag == F_TABLE;
  if (of_many != many)
    return wrong(cx, "'%s' is for %s", flags[flag].word,
                 of_many ? "many-to-many (<->)"
                         : "foreign keys, and many-to-many has none here");
  return true;
}

// ---- Fields

static bool check_pair(const FieldCx *cx, const SchemaColumn *c) {
  if (c->server_side && c->default_kind != DEFAULT_VALUE &&
      c->default_kind != DEFAULT_NOW)
    return wrong(cx, "'server' needs a default that can be written in SQL");
  if (c->primary_key && c->nullable)
    return wrong(cx, "a primary key cannot be null");
  if (c->computed.len && (c->default_kind || c->identity))
    return wrong(cx, "a computed column has no default");
  if (c->identity && c->default_kind)
    return wrong(cx, "an identity column has no default");
  if (c->type.kind == TYPE_BOOLEAN && c->primary_key)
    return wrong(cx, "a bool cannot be a primary key");
  return true;
}

static bool parse_column(const FieldCx *cx, Str text) {
  SchemaColumn *c = schema_add_column(cx->s, cx->t, cx->name, TYPE_STRING);
  c->added = cx->t->external;
  size_t end = find_stop(text, ':');
  if (end == SIZE_MAX)
    return wrong(cx, "a bracket or a quote is not closed");
  if (!parse_type(cx, c, str_slice(text, 0, end)))
    return false;
  while (end < text.len) {
    text = str_slice(text, end + 1, text.len);
    end = find_stop(text, ':');
    Flag flag;
    Str argument, value;
    if (!read_flag(cx, str_slice(text, 0, end), ON_COLUMN, &flag, &argument, &value) ||
        !column_flag(cx, c, flag, argument) || (value.ptr && !set_default(cx, c, value)))
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

static bool parse_relation(const FieldCx *cx, Str text, RelationKind kind) {
  size_t end = find_stop(text, ':');
  if (end == SIZE_MAX)
    return wrong(cx, "a bracket or a quote is not closed");
  Str target = str_trim(str_slice(text, 0, end));
  if (!str_is(target, "self") && !schema_find(cx->s, target)) {
    const char *refused = target.len ? name_refused_class(target) : "is missing";
    if (refused)
      return wrong(cx, "the model '%.*s' behind the arrow %s", STR_ARG(target), refused);
  }
  if (str_is(target, "self"))
    target = cx->t->class_name.len ? cx->t->class_name : cx->t->name;
  SchemaRelation *r = schema_add_relation(cx->s, cx->t, kind, cx->name, target);
  r->owner = kind == RELATION_MANY_TO_ONE;
  r->added = cx->t->external;
  while (end < text.len) {
    text = str_slice(text, end + 1, text.len);
    end = find_stop(text, ':');
    Flag flag;
    Str argument, value;
    if (!read_flag(cx, str_slice(text, 0, end), ON_RELATION, &flag, &argument, &value))
      return false;
    if (value.ptr)
      return wrong(cx, "a relationship has no default");
    if (!relation_flag(cx, r, flag, argument))
      return false;
  }
  if (str_is(r->ondelete, "SET NULL"))
    r->nullable = true;
  if (r->owner) { // its place among the columns; the type is the target's
    r->key = schema_add_column(cx->s, cx->t,
                               str_format(cx->s->arena, "%.*s_id", STR_ARG(r->name)),
                               TYPE_INTEGER);
    r->key->nullable = r->nullable;
    r->key->primary_key = r->primary_key;
    r->key->added = cx->t->external;
  }
  return true;
}

static bool parse_table_item(const FieldCx *cx) {
  Part part;
  if (!split_part(str_slice(cx->field, 1, cx->field.len), &part) || !part.argument.len)
    return wrong(cx, "an item of the table looks like @unique(a,b)");
  bool unique = str_is(part.word, "unique"), index = str_is(part.word, "index");
  if (str_is(part.word, "comment")) {
    cx->t->comment = unquoted(part.argument);
    return true;
  }
  if (str_is(part.word, "check")) {
    SchemaConstraint *k = schema_add_constraint(cx->s, cx->t, CHECK_CONSTRAINT);
    k->expression = unquoted(part.argument);
    return true;
  }
  if (!unique && !index)
    return wrong(cx, "there is @unique, @index, @check and @comment, but no '@%.*s'",
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
  return wrong(cx, "a model that exists can be given +timestamps and +soft_delete");
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
    return wrong(cx, "there is +timestamps, +soft_delete and +uuid, but no '+%.*s'",
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
    return wrong(cx, "a field looks like name:type");
  cx->name = str_trim(str_slice(cx->field, 0, colon));
  const char *refused = cx->name.len ? name_refused_attribute(cx->name) : "is missing";
  if (refused)
    return wrong(cx,
                 "the name '%.*s' %s; choose another, and add column(%.*s) to keep it "
                 "in the database",
                 STR_ARG(cx->name), refused, STR_ARG(cx->name));
  if (schema_has_attribute(t, cx->name))
    return wrong(cx, "the name '%.*s' is taken by another %s", STR_ARG(cx->name),
                 t->external ? "attribute of the class" : "field");
  Str what = str_trim(str_slice(cx->field, colon + 1, cx->field.len));
  for (size_t i = 0; i < ARRAY_LEN(arrows); i++)
    if (str_starts(what, str_from(arrows[i].arrow)))
      return parse_relation(cx, str_slice(what, strlen(arrows[i].arrow), what.len),
                            arrows[i].kind);
  return parse_column(cx, what);
}

// What would change the table itself, not a statement in the class.
static bool check_extension(const FieldCx *cx, size_t constraints) {
  const SchemaTable *t = cx->t;
  if (t->constraints.len > constraints)
    return wrong(cx, "check constraints of a model that exists go into its "
                     "__table_args__, which is left to you");
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added && t->columns.items[i]->primary_key)
      return wrong(cx, "the primary key of a model that exists is left as it is");
  return true;
}

bool fields_parse_one(Schema *s, SchemaTable *t, Str field, Err *err) {
  FieldCx cx = {.s = s, .t = t, .field = str_trim(field), .err = err};
  size_t constraints = t->constraints.len;
  if (t->external && cx.field.len && cx.field.ptr[0] == '@')
    return wrong(&cx, "constraints and indexes of a model that exists go into its "
                      "__table_args__, which is left to you");
  return parse_field(&cx) && (!t->external || check_extension(&cx, constraints));
}

// ---- Headers

static SchemaTable *parse_header(Schema *s, Str word, const FieldSettings *settings,
                                 Err *err) {
  Arena *a = s->arena;
  Part part;
  if (!split_part(word, &part) ||
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
      t->parent_kind = str_is(how, "single")   ? PARENT_SINGLE
                       : str_is(how, "joined") ? PARENT_JOINED
                                               : PARENT_NONE;
    if ((how.ptr && !t->parent_kind) || name_refused_class(t->parent_name)) {
      err_set(err, ERR_USAGE,
              "'%.*s': a parent looks like (Parent), (Parent:joined) or "
              "(Parent:single)",
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
