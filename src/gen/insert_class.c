// insert_class.c: columns and relationships for classes that exist.
#include "gen/insert_internal.h"

#include "gen/layout.h"

// `name: Mapped[...] = function(...)` of a class that is indented by `indent`. Takes the
// reference to `j`.
static Str attribute_line(FileEdit *e, json_t *j, Str indent) {
  json_t *args = json_object_get(j, "args"), *arg;
  const char *annotation = json_string_value(json_object_get(j, "annotation"));
  Buf line = {0}, laid = {0};
  size_t i;
  bool tabs = str_find_char(indent, '\t', 0) != SIZE_MAX;
  buf_add_repeat(&line, ' ', tabs ? 4 * (uint32_t)indent.len : (uint32_t)indent.len);
  buf_printf(&line, "%s%s%s", json_string_value(json_object_get(j, "name")),
             *annotation ? ": " : "", annotation);
  const char *value = json_string_value(json_object_get(j, "value"));
  if (value) {
    buf_printf(&line, " = %s", value);
  } else if (json_array_size(args) || !*annotation) {
    buf_printf(&line, " = %s(", json_string_value(json_object_get(j, "function")));
    json_array_foreach(args, i, arg)
        buf_printf(&line, "%s%s", i ? ", " : "", json_string_value(arg));
    buf_add_char(&line, ')');
  }
  json_decref(j);
  layout_python(insert_respelled(e, buf_str(&line)), insert_width(e->in), &laid);
  buf_clear(&line);
  Str text = buf_str(&laid);
  bool leading = true;
  for (size_t k = 0; k < text.len; k++) {
    bool four = tabs && leading && str_starts(str_slice(text, k, text.len), STR("    "));
    buf_add_char(&line, four ? '\t' : text.ptr[k]);
    k += four ? 3 : 0;
    leading = four || text.ptr[k] == '\n';
  }
  text = str_copy(e->in->gen->arena, buf_str(&line));
  buf_free(&line);
  buf_free(&laid);
  return text;
}

// Rendered classes without the helper of enumerations where the file has it before `at`.
Str insert_without_helper(FileEdit *e, Str text, uint32_t at) {
  size_t helper = str_find(text, STR("def enum_values("), 0);
  size_t behind = helper == SIZE_MAX ? helper : str_find(text, STR("\nclass "), helper);
  if (behind == SIZE_MAX)
    return text;
  if (e->helper_at < at)
    return str_format(e->in->gen->arena, "%.*s%.*s", (int)helper, text.ptr,
                      STR_ARG(str_slice(text, behind + 1, text.len)));
  e->helper_at = at;
  return text;
}

uint32_t insert_find_helper(const FileEdit *e) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++)
    if (py_kind(e->t, body.at[i]) == PY_FUNCTION_DEF &&
        str_is(insert_name(e->in, PY_AS(FunctionDef, e->t, body.at[i])->name),
               "enum_values"))
      return py_node(e->t, body.at[i])->start;
  return UINT32_MAX;
}

static bool contains(const FileEdit *e, Ref stmt, Place node) {
  return node.ref && node.file == e->file &&
         py_node(e->t, node.ref)->start >= py_node(e->t, stmt)->start &&
         py_node(e->t, node.ref)->end <= py_node(e->t, stmt)->end;
}

// The statement of the class that a new one goes behind: the last column, and for a
// relationship the last relationship; where there is none the last one before its
// methods.
static Ref last_attribute(const FileEdit *e, const Model *m, bool relationship) {
  PyRefs body = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->body);
  Ref best = 0, column = 0, relation = 0;
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind kind = py_kind(e->t, body.at[i]);
    if (kind == PY_FUNCTION_DEF || kind == PY_CLASS_DEF)
      break;
    if (kind != PY_PASS)
      best = body.at[i];
    for (uint32_t k = 0; k < m->relationship_count; k++)
      if (contains(e, body.at[i], m->relationships[k].node))
        relation = body.at[i];
    for (uint32_t k = 0; k < m->column_count; k++)
      if (contains(e, body.at[i], m->columns[k].node) ||
          (m->columns[k].column &&
           contains(e, body.at[i], m->columns[k].column->annotation)))
        column = body.at[i];
  }
  Ref first = relationship ? relation : column;
  return first ? first : best;
}

// Why columns cannot be written into the class; NULL where they can.
static const char *refused_columns(const Model *m) {
  const SqlTable *t = m->table;
  if (m->inheritance != INHERITS_SINGLE && t &&
      (t->node.file != m->node.file || t->node.ref != m->node.ref))
    return "takes its columns from a Table, where they are left to you";
  return NULL;
}

// Enumerations of added columns go before the class and what is said about it.
static bool add_enums(FileEdit *e, const SchemaTable *t, Err *err) {
  const Model *m = t->model;
  Gen *g = e->in->gen;
  json_t *enums = json_array(), *data = json_object(), *base = json_object();
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added && t->columns.items[i]->type.enumeration &&
        t->columns.items[i]->type.enumeration->added)
      json_array_append_new(enums,
                            py_enum_json(&e->m, t->columns.items[i]->type.enumeration));
  bool any = json_array_size(enums) > 0;
  json_object_set_new(base, "define", json_false());
  json_object_set_new(data, "base", base);
  json_object_set_new(data, "enums", enums);
  json_object_set_new(data, "enum_values", json_boolean(!e->m.sqlmodel));
  json_object_set_new(data, "mixins", json_array());
  json_object_set_new(data, "tables", json_array());
  json_object_set_new(data, "models", json_array());
  json_object_set_new(data, "imports", json_array());
  Str text, source = e->f->source.text;
  if (!gen_render(g, "orm_model_template.jinja2", data, &text, err))
    return false;
  uint32_t at = py_node(e->t, m->node.ref)->start;
  PyRefs marks = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->decorators);
  if (marks.len && py_node(e->t, marks.at[0])->start <= at)
    at = py_node(e->t, marks.at[0])->start;
  while (at > 0 && source.ptr[at - 1] != '\n')
    at--;
  while (at > 1) { // comments that stand right above
    uint32_t above = at - 1;
    while (above > 0 && source.ptr[above - 1] != '\n')
      above--;
    if (source.ptr[above] != '#')
      break;
    at = above;
  }
  text = insert_without_helper(e, text, at);
  if (any)
    insert_edit(
        e, at, at,
        str_format(g->arena, "%.*s\n\n\n", STR_ARG(str_trim(insert_respelled(e, text)))));
  return true;
}

static bool add_statements(FileEdit *e, const SchemaTable *t, Ref after, Buf *text,
                           Err *err) {
  Str source = e->f->source.text;
  uint32_t at = after ? insert_line_end(source, py_node(e->t, after)->end) : 0;
  if (!after)
    return err_set(err, ERR_INPUT,
                   "%.*s: the class %.*s has no place for a new attribute",
                   STR_ARG(e->f->path), STR_ARG(t->class_name));
  if (text->len)
    insert_edit(e, at, at, str_copy(e->in->gen->arena, buf_str(text)));
  return true;
}

// True for a dataclass whose fields have an order: a new one has to be given by name, so
// that calls keep their meaning and a default may stand before it.
static bool has_ordered_fields(const FileEdit *e, const Model *m) {
  PyRefs args = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->args);
  PyRefs marks = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->decorators);
  bool named = e->m.keywords_inherited || insert_is_keyword_only(e->t, args);
  for (uint32_t i = 0; i < marks.len; i++)
    named |=
        py_kind(e->t, marks.at[i]) == PY_CALL &&
        insert_is_keyword_only(e->t, py_list(e->t, PY_AS(Call, e->t, marks.at[i])->args));
  return m->dataclass && !named;
}

// True where the class sets its parts apart: then relationships stand apart from columns.
static bool has_blank_line(const FileEdit *e, const Model *m) {
  Str source = e->f->source.text;
  PyRefs body = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->body);
  for (uint32_t i = 1; i < body.len; i++) {
    Str between = str_slice(source, py_node(e->t, body.at[i - 1])->end,
                            py_node(e->t, body.at[i])->start);
    if ((str_find(between, STR("\n\n"), 0) != SIZE_MAX ||
         str_find(between, STR("\n\r\n"), 0) != SIZE_MAX) &&
        m->relationship_count == 0)
      return true;
  }
  return false;
}

bool insert_extend_class(FileEdit *e, const SchemaTable *t, Err *err) {
  const Model *m = t->model;
  Buf columns = {0}, relations = {0};
  Ref column = last_attribute(e, m, false), relation = last_attribute(e, m, true);
  Str indent = insert_indent(e, column);
  if (str_trim(indent).len || str_trim(insert_indent(e, relation)).len)
    return err_set(err, ERR_INPUT,
                   "%.*s: the class %.*s has several statements on a line",
                   STR_ARG(e->f->path), STR_ARG(t->class_name));
  bool any = t->constraints.len > 0;
  e->m.keyword_fields = has_ordered_fields(e, m);
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->made_unique &&
        !insert_make_unique(e, m, t->columns.items[i]))
      return err_set(err, ERR_INPUT, "%.*s: %.*s.%.*s is not written in the class itself",
                     STR_ARG(e->f->path), STR_ARG(t->class_name),
                     STR_ARG(t->columns.items[i]->name));
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added) {
      buf_add_str(&columns,
                  attribute_line(e, py_column_json(&e->m, t->columns.items[i]), indent));
      any = true;
    }
  for (size_t i = 0; i < t->relations.len; i++)
    if (t->relations.items[i]->added) {
      if (!relations.len && relation == column && has_blank_line(e, m))
        buf_add_char(&relations, '\n');
      buf_add_str(&relations,
                  attribute_line(e, py_relation_json(&e->m, t->relations.items[i]),
                                 insert_indent(e, relation)));
    }
  e->m.keyword_fields = false;
  const char *refused = any ? refused_columns(m) : NULL;
  if (!refused && !insert_table_args(e, t, &columns, indent, err)) {
    buf_free(&columns);
    buf_free(&relations);
    return false;
  }
  bool good = refused
                  ? err_set(err, ERR_INPUT, "%.*s: the class %.*s %s",
                            STR_ARG(e->f->path), STR_ARG(t->class_name), refused)
                  : add_enums(e, t, err) && add_statements(e, t, column, &columns, err) &&
                        add_statements(e, t, relation, &relations, err);
  buf_free(&columns);
  buf_free(&relations);
  return good;
}
