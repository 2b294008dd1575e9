// insert.c: see insert.h. Text of classes comes from the template of models; here it gets
// the spelling of the file it goes to.
#include "gen/insert_internal.h"

#include "gen/layout.h"
#include "gen/python.h"

const PyTree *insert_tree(const Insertion *in, uint32_t file) {
  return &in->project->files[file]->tree;
}

Str insert_name(const Insertion *in, Atom atom) {
  return atom_str(in->project->names, atom);
}

const Model *insert_model_of(const SchemaTable *t) {
  return t && t->external ? t->model : NULL;
}

Str insert_folder(Str path) {
  size_t slash = str_rfind_char(path, '/');
  return slash == SIZE_MAX ? (Str){"", 0} : str_slice(path, 0, slash + 1);
}

// ---- New classes

Str insert_render_classes(FileEdit *e, Err *err) {
  Gen *g = e->in->gen;
  json_t *data = json_object(), *tables = json_array(), *models = json_array(),
         *base = json_object();
  size_t links = 0; // a class stands before those that name it
  json_object_set_new(base, "define", json_false());
  json_object_set_new(data, "base", base);
  json_object_set_new(data, "enums", py_enums_json(&e->m));
  json_object_set_new(data, "enum_values", json_boolean(!e->m.sqlmodel));
  json_object_set_new(data, "mixins",
                      e->m.sqlmodel ? json_array() : py_mixins_json(&e->m));
  for (size_t i = 0; i < g->schema->tables.len; i++) {
    const SchemaTable *t = g->schema->tables.items[i];
    if (t->association && !t->external && e->m.sqlmodel)
      json_array_insert_new(models, links++, py_link_json(&e->m, t));
    else if (t->association && !t->external)
      json_array_append_new(tables, py_table_json(&e->m, t, false));
    else if (!t->external)
      json_array_append_new(models, py_model_json(&e->m, t));
  }
  json_object_set_new(data, "tables", tables);
  json_object_set_new(data, "models", models);
  json_object_set_new(data, "imports", json_array());
  Str text;
  if (!gen_render_text(g, "orm_model_template.jinja2", data, &text, err))
    return (Str){0};
  Buf laid = {0};
  text = insert_without_helper(e, text, (uint32_t)e->f->source.text.len);
  layout_python(insert_respelled(e, text), insert_width(e->in),
                &laid); // prefixes make lines longer
  text = str_copy(g->arena, str_trim(buf_str(&laid)));
  buf_free(&laid);
  return text;
}

void insert_start_plain(FileEdit *e, const Insertion *in, uint32_t file) {
  *e = (FileEdit){.in = in,
                  .file = file,
                  .f = in->project->files[file],
                  .t = insert_tree(in, file),
                  .orm_prefix = {"", 0},
                  .core_prefix = {"", 0},
                  .mapped_prefix = {"", 0},
                  .helper_at = UINT32_MAX};
  py_module_init(&e->m, in->gen);
}

void insert_start_file(FileEdit *e, const Insertion *in, const Model *m) {
  insert_start_plain(e, in, m->node.file);
  e->helper_at = insert_find_helper(e);
  insert_read_style(e, m);
}

void insert_discard_file(FileEdit *e) {
  vec_free(&e->edits);
  py_module_free(&e->m);
}

bool insert_finish_file(FileEdit *e, ChangeSet *set, Err *err) {
  const Source *source = &e->f->source;
  Buf text = {0}, before = {0}, after = {0};
  size_t taken =
      edits_apply(source->text, &e->edits, (uint32_t)e->edits.len, &text, NULL);
  bool good =
      (taken == e->edits.len ||
       err_set(err, ERR_INPUT, "%.*s: two changes meet at one place; nothing was written",
               STR_ARG(e->f->path))) &&
      (project_still_parses(e->in->project, e->file, buf_str(&text), &after) ||
       (e->t->has_errors && source_encode(source, buf_str(&text), &after, err)) ||
       err_set(err, ERR_INPUT, "%.*s would not compile any more; nothing was written",
               STR_ARG(e->f->path))) &&
      source_encode(source, source->text, &before, err) &&
      changeset_replace(set, e->f->absolute, str_copy(set->arena, buf_str(&before)),
                        str_copy(set->arena, buf_str(&after)), &source->stamp, err);
  buf_free(&text);
  buf_free(&before);
  buf_free(&after);
  insert_discard_file(e);
  return good;
}

// Behind the comment lines that an indented block ends in.
static uint32_t behind_comments(Str source, uint32_t at) {
  uint32_t end = at;
  while (at < source.len) {
    uint32_t next = insert_line_end(source, at);
    Str line = str_slice(source, at, next), text = str_trim(line);
    bool comment = text.len && text.ptr[0] == '#' && text.ptr != line.ptr;
    if (text.len && !comment)
      break;
    at = next;
    end = comment ? next : end;
  }
  return end;
}

// The end of the last statement of the file that has a model, with its comments.
static uint32_t end_of_models(const FileEdit *e) {
  uint32_t start = 0, end = 0;
  for (uint32_t i = 0; i < models_count(e->in->models); i++) {
    Place node = models_at(e->in->models, i)->node;
    if (node.file == e->file && py_node(e->t, node.ref)->start > start)
      start = py_node(e->t, node.ref)->start;
  }
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len && py_node(e->t, body.at[i])->start <= start; i++)
    end = py_node(e->t, body.at[i])->end; // the class may stand under an `if`
  return behind_comments(e->f->source.text, insert_line_end(e->f->source.text, end));
}

bool insert_is_extended_in(const SchemaTable *t, uint32_t file) {
  const Model *m = t->model;
  return m && m->node.file == file && schema_is_extended(t);
}

Str insert_file_name(const Insertion *in) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++)
    if (!s->tables.items[i]->external && s->tables.items[i]->class_name.len)
      return name_snake(in->gen->arena, s->tables.items[i]->class_name);
  BUG("nothing to insert");
}

// Path and module of the file that new classes go to.
void insert_home(const Insertion *in, Str *path, Str *module) {
  uint32_t file = in->sample->node.file;
  *path = in->project->files[file]->path;
  *module = insert_module_of(in, file);
  if (!in->own_files)
    return;
  Arena *a = in->gen->arena;
  Str name = insert_file_name(in);
  size_t point = str_rfind_char(*module, '.');
  *path = str_format(a, "%.*s%.*s.py", STR_ARG(insert_folder(*path)), STR_ARG(name));
  *module = str_format(a, "%.*s%.*s", (int)(point == SIZE_MAX ? 0 : point + 1),
                       module->ptr, STR_ARG(name));
}

// Classes of other files that the relationships written in this one name.
static void want_classes(FileEdit *e, bool here) {
  Str home_path, home_module;
  insert_home(e->in, &home_path, &home_module);
  const Schema *s = e->in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++) {
    const SchemaTable *t = s->tables.items[i];
    for (size_t k = 0; k < t->relations.len; k++) {
      const SchemaRelation *r = t->relations.items[k];
      const Model *model = insert_model_of(r->target);
      bool written = t->external ? r->added && insert_is_extended_in(t, e->file) : here;
      if (written && model && model->node.file != e->file)
        insert_want_class(e, r->target, e->in->project->files[model->node.file]->path,
                          insert_module_of(e->in, model->node.file));
      else if (written && !model && !(here && !e->in->own_files))
        insert_want_class(e, r->target, home_path, home_module);
    }
  }
  if (e->type_checking.len && !insert_type_checking_block(e))
    py_import(&e->m, "typing", "TYPE_CHECKING");
}

static bool edit_file(const Insertion *in, const Model *m, bool here, ChangeSet *set,
                      Err *err) {
  FileEdit e;
  insert_start_file(&e, in, m);
  bool good = true;
  for (size_t i = 0; i < in->gen->schema->tables.len && good; i++)
    if (insert_is_extended_in(in->gen->schema->tables.items[i], e.file))
      good = insert_extend_class(&e, in->gen->schema->tables.items[i], err);
  if (here && good) {
    Str classes = insert_render_classes(&e, err);
    uint32_t at = end_of_models(&e);
    good = classes.ptr != NULL;
    if (good)
      insert_edit(&e, at, at, str_format(in->gen->arena, "\n\n%.*s\n", STR_ARG(classes)));
  }
  if (good) {
    want_classes(&e, here);
    insert_add_imports(&e);
    insert_add_type_checking(&e);
  }
  vec_free(&e.type_checking);
  return insert_finish_file(&e, set, err) && good;
}

static bool can_inherit(const Insertion *in, Err *err) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++)
    if (in->sample->style == BASE_SQLMODEL && !s->tables.items[i]->external &&
        s->tables.items[i]->parent)
      return err_set(err, ERR_USAGE,
                     "model '%.*s': SQLModel maps no table of a class that inherits from "
                     "another table's",
                     STR_ARG(s->tables.items[i]->class_name));
  return true;
}

static bool is_free(const Insertion *in, Str name, Err *err) {
  uint32_t home = in->sample->node.file;
  return !name.len || !insert_binds(in, home, name) ||
         err_set(err, ERR_USAGE, "the name '%.*s' is taken in %.*s", STR_ARG(name),
                 STR_ARG(in->project->files[home]->path));
}

// What is written at the end of the file must not stand for something there already.
static bool names_are_free(const Insertion *in, Err *err) {
  const Schema *s = in->gen->schema;
  for (size_t i = 0; i < s->tables.len; i++) {
    const SchemaTable *t = s->tables.items[i];
    Str name = t->external        ? (Str){"", 0}
               : !t->association  ? t->class_name
               : t->link_name.len ? t->link_name
                                  : name_snake(in->gen->arena, t->name);
    if (!is_free(in, name, err))
      return false;
  }
  for (size_t i = 0; i < s->enums.len; i++)
    if (!s->enums.items[i]->external && !s->enums.items[i]->added &&
        !is_free(in, s->enums.items[i]->name, err))
      return false;
  return true;
}

bool insert_models(Insertion *in, ChangeSet *set, Err *err) {
  const Schema *s = in->gen->schema;
  uint32_t home = in->sample->node.file;
  bool fresh = false, classes = false;
  if (!can_inherit(in, err))
    return false;
  insert_name_links(in);
  if (!in->own_files && !names_are_free(in, err))
    return false;
  for (size_t i = 0; i < s->tables.len; i++) {
    fresh |= !s->tables.items[i]->external;
    classes |= !s->tables.items[i]->external && s->tables.items[i]->class_name.len;
  }
  in->own_files &= classes; // an association table goes among the classes it joins
  bool in_package = false;
  if (in->own_files && (!insert_create_file(in, set, err) ||
                        !insert_edit_package(in, set, &in_package, err)))
    return false;
  if (!in->own_files && fresh && !edit_file(in, in->sample, true, set, err))
    return false;
  for (uint32_t file = 0; file < in->project->file_count; file++) {
    const Model *m = NULL;
    for (size_t i = 0; i < s->tables.len && (file != home || in->own_files || !fresh);
         i++)
      if (insert_is_extended_in(s->tables.items[i], file))
        m = s->tables.items[i]->model;
    if (m && !edit_file(in, m, false, set, err))
      return false;
  }
  return !classes ||
         (insert_edit_alembic(in, in_package, set, err) &&
          (!in->own_files || in_package || insert_edit_gatherers(in, set, err)));
}
