// fields_types.c: types of the field grammar and their defaults.
#include <errno.h>
#include <stdlib.h>

#include "project/config.h"
#include "schema/fields_internal.h"

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

static bool is_in_range(TypeKind kind, Str text) {
  long long most = kind == TYPE_SMALLINT  ? INT16_MAX
                   : kind == TYPE_INTEGER ? INT32_MAX
                                          : INT64_MAX;
  char digits[32];
  if (text.len >= sizeof digits)
    return false;
  memcpy(digits, text.ptr, text.len);
  digits[text.len] = 0;
  errno = 0;
  long long value = strtoll(digits, NULL, 10);
  return !errno && value <= most && value >= -most - 1;
}

// Digits before the point that are more than the total leaves room for.
static bool is_too_large(const SchemaType *type, Str text) {
  size_t at = text.len && (text.ptr[0] == '-' || text.ptr[0] == '+'), digits = 0;
  while (at < text.len && text.ptr[at] == '0')
    at++;
  while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
    digits++;
    at++;
  }
  return type->kind == TYPE_DECIMAL && type->precision &&
         digits > type->precision - type->scale;
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
    return !field_is_number(text, true)     ? "is not a whole number"
           : !is_in_range(type->kind, text) ? "is out of the range of the type"
                                            : NULL;
  case TYPE_FLOAT:
  case TYPE_DOUBLE:
  case TYPE_DECIMAL:
    return !field_is_number(text, false) ? "is not a number"
           : is_too_large(type, text)    ? "has more digits than the column"
                                         : NULL;
  case TYPE_BOOLEAN:
    return field_is_word_of(text, "true false yes no 1 0") ? NULL
                                                           : "is neither true nor false";
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

bool field_set_default(const FieldCx *cx, SchemaColumn *c, Str written) {
  Str text = field_unquoted(written);
  TypeKind k = c->type.kind;
  bool quoted = text.len != str_trim(written).len;
  if (c->default_kind)
    return field_wrong(cx, "it has two defaults");
  if (!quoted && field_is_word_of(text, "null none")) {
    c->nullable = true;
    return true;
  }
  bool is_clock = k == TYPE_DATE || k == TYPE_DATETIME || k == TYPE_TIME;
  if (!quoted && is_clock && field_is_word_of(text, "now today now()")) {
    c->default_kind = DEFAULT_NOW;
    return true;
  }
  if (k == TYPE_UUID && field_is_word_of(text, "uuid4 random auto")) {
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
    return field_wrong(cx, "the default '%.*s' %s", STR_ARG(text), refused);
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
    return field_wrong(cx, "the name of its enumeration, %.*s, %s", STR_ARG(class_name),
                       refused);
  if (schema_find(cx->s, class_name))
    return field_wrong(cx, "its enumeration would be called %.*s, as a model is",
                       STR_ARG(class_name));
  SchemaEnum *e = schema_add_enum(cx->s, class_name);
  e->added = cx->t->external;
  Str value;
  while (str_next_part(&argument, ',', &value)) {
    value = field_unquoted(value);
    if (!value.len || value.len > 100)
      return field_wrong(cx, "a value of the enumeration is %s",
                         value.len ? "too long" : "empty");
    for (size_t i = 0; i < e->values.len; i++)
      if (str_eq(e->values.items[i], value))
        return field_wrong(cx, "the value '%.*s' stands twice", STR_ARG(value));
    vec_push(&e->values, value);
  }
  if (!e->values.len)
    return field_wrong(cx, "an enumeration needs values: enum(open,closed)");
  type->enumeration = e;
  return true;
}

static bool unknown_type(const FieldCx *cx, Str word) {
  const char *words[TYPE_OTHER];
  for (int k = 0; k < TYPE_OTHER; k++)
    words[k] = type_infos[k].word;
  Str near = nearest_name(word, words, TYPE_OTHER);
  if (near.len)
    return field_wrong(cx, "unknown type '%.*s'; did you mean '%.*s'?", STR_ARG(word),
                       STR_ARG(near));
  return field_wrong(cx, "unknown type '%.*s'; `aludel scaffold --help` lists the types",
                     STR_ARG(word));
}

static bool set_type_argument(const FieldCx *cx, SchemaType *type, Part part);

static bool set_item(const FieldCx *cx, SchemaType *type, Str item_text) {
  Part item;
  SchemaType inner = {0};
  if (!field_split_part(str_trim(item_text), &item) || item.rest.len)
    return field_wrong(cx, "cannot read the item type '%.*s'", STR_ARG(item_text));
  inner.kind = type_by_word(item.word);
  if (inner.kind == TYPE_COUNT)
    return unknown_type(cx, item.word);
  if (inner.kind == TYPE_ARRAY || inner.kind == TYPE_ENUM)
    return field_wrong(cx, "an array cannot hold %s here", type_infos[inner.kind].word);
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
      return field_wrong(cx, "an array needs the type of its items: array(str)");
    return set_item(cx, type, a);
  case ARGUMENT_NONE:
    return part.parenthesised
               ? field_wrong(cx, "type '%s' takes nothing in parentheses", info->word)
               : true;
  case ARGUMENT_LENGTH:
    if (part.parenthesised &&
        (!field_parse_number(a, 10485760, &type->length) || !type->length))
      return field_wrong(cx, "the length '%.*s' is not a number from 1 to 10485760",
                         STR_ARG(a));
    return true;
  case ARGUMENT_PRECISION:
    if (!part.parenthesised)
      return true;
    if (!str_next_part(&a, ',', &first) ||
        !field_parse_number(first, 65, &type->precision) || !type->precision)
      return field_wrong(cx, "decimal(total,scale) wants 1 to 65 digits in all");
    if (str_next_part(&a, ',', &second) &&
        (!field_parse_number(second, 30, &type->scale) || type->scale > type->precision ||
         a.len))
      return field_wrong(cx, "the scale '%.*s' is not a number from 0 to the total",
                         STR_ARG(second));
    return true;
  }
  return true;
}

// type [ "(" ... ")" ] [ "[]" ] [ "=" default ]
bool field_parse_type(const FieldCx *cx, SchemaColumn *c, Str text) {
  Part part;
  if (!field_split_part(text, &part))
    return field_wrong(cx, "a bracket is not closed");
  if (!part.word.len)
    return field_wrong(cx, "a type is missing behind the colon");
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
    return field_wrong(cx, "'%.*s' behind the type is not understood", STR_ARG(rest));
  return field_set_default(cx, c, str_slice(rest, 1, rest.len));
}
