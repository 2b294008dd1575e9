// translate_json.c: an example of JSON as words of the field grammar.
#include "agent/translate.h"

#include <jansson.h>

#include "base/regex.h"
#include "schema/fields.h"

enum {
  MOST_DEPTH = 6,
  MOST_CLASSES = 20
};

typedef struct {
  Arena *arena;
  Schema *schema;
  StrVec words;
  StrVec classes;
} Reader;

static bool matches(const char *pattern, Str text) {
  Regex *r = regex_new(str_from(pattern));
  bool found = regex_find(r, text, 0, NULL);
  regex_free(r);
  return found;
}

static const char *type_of(const json_t *value) {
  if (json_is_boolean(value))
    return "bool";
  if (json_is_integer(value))
    return json_integer_value(value) > INT32_MAX ? "bigint" : "int";
  if (json_is_real(value))
    return "float";
  if (!json_is_string(value))
    return "json";
  Str text = str_from(json_string_value(value));
  if (matches("^\\d{4}-\\d\\d-\\d\\d[T ]\\d\\d:\\d\\d", text))
    return "datetime";
  if (matches("^\\d{4}-\\d\\d-\\d\\d$", text))
    return "date";
  if (matches("^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$", text))
    return "uuid";
  if (matches("^[^@\\s]+@[^@\\s]+\\.\\w+$", text))
    return "str(320)";
  return matches("^https?://", text) ? "str(2048)" : text.len > 200 ? "text" : "str";
}

static bool is_object_list(const json_t *value) {
  return json_is_array(value) && json_array_size(value) &&
         json_is_object(json_array_get(value, 0));
}

static Str free_class(Reader *r, Str wanted) {
  Str name = name_camel(r->arena, name_singular(r->arena, name_snake(r->arena, wanted)));
  if (name_refused_class(name))
    name = str_format(r->arena, "%.*sRecord", STR_ARG(name));
  for (size_t i = 0; i < r->classes.len; i++)
    if (str_eq(r->classes.items[i], name))
      name = str_format(r->arena, "%.*s%zu", STR_ARG(name), r->classes.len);
  vec_push(&r->classes, name);
  return name;
}

typedef struct {
  Str name;
  const json_t *value;
} Part;

static void add_class(Reader *r, Str name, const json_t *object, int depth) {
  Part parts[MOST_CLASSES];
  size_t count = 0;
  const char *key;
  json_t *value;
  vec_push(&r->words, name);
  json_object_foreach((json_t *)(uintptr_t)object, key, value) {
    Str own = name_snake(r->arena, str_copy(r->arena, str_from(key)));
    bool part =
        (json_is_object(value) && json_object_size(value)) || is_object_list(value);
    if (str_is(own, "id") && json_is_integer(value))
      continue; // the key that every model gets
    if (part && depth < MOST_DEPTH && count < MOST_CLASSES &&
        r->classes.len < MOST_CLASSES) {
      Str class = free_class(r, own);
      vec_push(&r->words,
               str_format(r->arena, "%.*s:%s%.*s", STR_ARG(own),
                          json_is_object(value) ? "->" : "<-", STR_ARG(class)));
      parts[count++] =
          (Part){class, json_is_object(value) ? value : json_array_get(value, 0)};
      continue;
    }
    const char *refused = name_refused_attribute(own);
    vec_push(&r->words,
             str_format(r->arena, "%.*s%s:%s%s%s", STR_ARG(own), refused ? "_" : "",
                        json_is_null(value) ? "str" : type_of(value),
                        json_is_null(value) ? ":null" : "",
                        str_is(own, "id") ? ":pk" : ""));
    if (json_is_array(value) || (json_is_object(value) && !part))
      schema_assume(r->schema, "%.*s.%.*s is kept as JSON", STR_ARG(name), STR_ARG(own));
  }
  for (size_t i = 0; i < count; i++)
    add_class(r, parts[i].name, parts[i].value, depth + 1);
}

bool translate_json(Arena *arena, Str text, Str name, Schema *schema, Err *err) {
  json_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
  const json_t *object = is_object_list(root) ? json_array_get(root, 0) : root;
  Reader r = {.arena = arena, .schema = schema};
  bool ok = json_is_object(object) && json_object_size(object);
  if (ok) {
    add_class(&r, free_class(&r, name), object, 0);
    schema_assume(schema, "types are those of the example; every value is taken to be "
                          "there in all rows");
    const char **words = arena_array(arena, const char *, r.words.len + 1);
    for (size_t i = 0; i < r.words.len; i++)
      words[i] = str_copy(arena, r.words.items[i]).ptr;
    ok = fields_parse(schema, words, r.words.len, &(FieldSettings){0}, err) &&
         schema_complete(schema, &(SchemaOptions){0}, err);
  }
  vec_free(&r.words);
  vec_free(&r.classes);
  json_decref(root);
  return ok;
}
