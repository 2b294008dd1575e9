// python_hybrid.c: hybrid properties: an expression over attributes that Python and SQL
// both understand.
//
//   @hybrid("full_name = first_name + ' ' + last_name")
//
//   @hybrid_property
//   def full_name(self) -> str:
//       return self.first_name + " " + self.last_name
#include "gen/python.h"

static bool is_name_byte(char c, bool first) {
  bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  return letter || (!first && c >= '0' && c <= '9');
}

// The expression with "self." before every attribute, and strings in double quotes.
static Str python_expression(Arena *a, const SchemaTable *t, Str text) {
  Buf out = {0};
  for (size_t i = 0; i < text.len;) {
    if (text.ptr[i] == '\'') {
      size_t end = min_size(str_find_char(text, '\'', i + 1), text.len - 1);
      Str inner = str_slice(text, i + 1, end);
      buf_add_str(&out, py_string(a, inner));
      i = end + 1;
      continue;
    }
    size_t end = i;
    while (end < text.len && is_name_byte(text.ptr[end], end == i))
      end++;
    if (end == i) {
      buf_add_char(&out, text.ptr[i++]);
      continue;
    }
    Str name = str_slice(text, i, end);
    buf_printf(&out, "%s%.*s", schema_column_inherited(t, name) ? "self." : "",
               STR_ARG(name));
    i = end;
  }
  Str s = str_copy(a, buf_str(&out));
  buf_free(&out);
  return s;
}

static bool compares(Str expression) {
  for (size_t i = 0; i < expression.len; i++)
    if (strchr("<>=!", expression.ptr[i]))
      return true;
  return false;
}

// What the widest of its columns is.
static Str python_type(PyWriter *m, const SchemaTable *t, Str expression) {
  static const TypeKind order[] = {TYPE_STRING, TYPE_TEXT, TYPE_DECIMAL, TYPE_FLOAT,
                                   TYPE_DOUBLE};
  if (compares(expression))
    return STR("bool");
  const SchemaColumn *widest = NULL;
  size_t best = ARRAY_LEN(order) + 1;
  for (size_t i = 0; i < expression.len;) {
    size_t end = i;
    while (end < expression.len && is_name_byte(expression.ptr[end], end == i))
      end++;
    const SchemaColumn *c =
        schema_column_inherited(t, str_slice(expression, i, max_size(end, i)));
    size_t rank = 0;
    while (c && rank < ARRAY_LEN(order) && order[rank] != c->type.kind)
      rank++;
    if (c && rank < best) {
      best = rank;
      widest = c;
    }
    i = max_size(end, i + 1);
  }
  return widest ? py_type(m, &widest->type, DEFAULT_NONE, (Str){"", 0}) : STR("object");
}

json_t *py_hybrids_json(PyWriter *m, const SchemaTable *t) {
  json_t *list = json_array();
  for (size_t i = 0; i < t->hybrids.len; i++) {
    const SchemaHybrid *h = &t->hybrids.items[i];
    py_import(m, "sqlalchemy.ext.hybrid", "hybrid_property");
    json_t *j = json_object();
    json_object_set_new(j, "name", py_json(h->name));
    json_object_set_new(j, "type", py_json(python_type(m, t, h->expression)));
    json_object_set_new(j, "expression",
                        py_json(python_expression(m->arena, t, h->expression)));
    json_array_append_new(list, j);
  }
  return list;
}
