// insert_package.c: the package of a new file, which imports its classes.
#include "gen/insert_internal.h"

// The value of `__all__ = [...]`, 0 for any other statement.
static Ref all_of(const FileEdit *e, Ref stmt) {
  Ref target = 0, value = 0;
  if (py_kind(e->t, stmt) == PY_ASSIGN) {
    PyRefs targets = py_list(e->t, PY_AS(Assign, e->t, stmt)->targets);
    target = targets.len == 1 ? targets.at[0] : 0;
    value = PY_AS(Assign, e->t, stmt)->value;
  } else if (py_kind(e->t, stmt) == PY_ANN_ASSIGN) {
    target = PY_AS(AnnAssign, e->t, stmt)->target;
    value = PY_AS(AnnAssign, e->t, stmt)->value;
  }
  PyKind kind = value ? py_kind(e->t, value) : PY_NAME;
  return target && str_is(py_text(e->t, target), "__all__") &&
                 (kind == PY_LIST || kind == PY_TUPLE)
             ? value
             : 0;
}

// Behind the element, which ends where `next` begins or the list does: in lines of their
// own where it has one, whose comment stays its.
static void add_behind(FileEdit *e, Ref element, uint32_t next, const StrVec *names) {
  Str source = e->f->source.text, quoted = py_text(e->t, element),
      indent = insert_indent(e, element);
  uint32_t end = py_node(e->t, element)->end, line_end = insert_line_end(source, end);
  bool lines = !str_trim(indent).len && line_end <= next;
  bool has_comma = str_starts(str_trim(str_slice(source, end, next)), STR(","));
  Buf more = {0};
  for (size_t k = 0; k < names->len; k++) {
    if (lines)
      buf_add_str(&more, indent);
    else
      buf_add_text(&more, ", ");
    buf_printf(&more, "%c%.*s%c%s", quoted.ptr[0], STR_ARG(names->items[k]),
               quoted.ptr[0], lines ? ",\n" : "");
  }
  if (lines && !has_comma)
    insert_edit(e, end, end, STR(","));
  uint32_t at = lines ? line_end : end;
  insert_edit(e, at, at, str_copy(e->in->gen->arena, buf_str(&more)));
  buf_free(&more);
}

// The package's `__init__`: the new classes as the sample is there.
static void add_to_all(FileEdit *e, Str sample, const StrVec *names) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref list = all_of(e, body.at[i]);
    PyRefs elements = {0};
    if (list)
      elements = py_kind(e->t, list) == PY_LIST
                     ? py_list(e->t, PY_AS(List, e->t, list)->elts)
                     : py_list(e->t, PY_AS(Tuple, e->t, list)->elts);
    for (uint32_t k = 0; k < elements.len; k++) {
      Str text = py_text(e->t, elements.at[k]);
      if (py_kind(e->t, elements.at[k]) == PY_STR && text.len == sample.len + 2 &&
          str_eq(str_slice(text, 1, text.len - 1), sample))
        add_behind(e, elements.at[k],
                   k + 1 < elements.len ? py_node(e->t, elements.at[k + 1])->start
                                        : py_node(e->t, list)->end,
                   names);
    }
  }
}

bool insert_edit_package(const Insertion *in, ChangeSet *set, bool *imports, Err *err) {
  *imports = false;
  Str path, module,
      folder = insert_folder(in->project->files[in->sample->node.file]->path);
  Str sample = insert_name(in, in->sample->name);
  insert_home(in, &path, &module);
  uint32_t file = project_file(
      in->project, str_format(in->gen->arena, "%.*s__init__.py", STR_ARG(folder)));
  if (file == NO_FILE || !in->project->files[file]->readable)
    return true;
  FileEdit e;
  insert_start_plain(&e, in, file);
  PyRefs body = py_list(e.t, PY_AS(Module, e.t, e.t->root)->body);
  StrVec names = {0};
  for (size_t i = 0; i < in->gen->schema->tables.len; i++)
    if (!in->gen->schema->tables.items[i]->external &&
        in->gen->schema->tables.items[i]->class_name.len)
      vec_push(&names, in->gen->schema->tables.items[i]->class_name);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e.t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e.t, body.at[i]);
    PyRefs aliases = py_list(e.t, from->names);
    bool has_sample = false;
    for (uint32_t k = 0; k < aliases.len; k++)
      has_sample |=
          str_eq(insert_name(in, PY_AS(Alias, e.t, aliases.at[k])->name), sample);
    if (!has_sample)
      continue;
    Buf line = {0};
    buf_printf(&line, "%.*s",
               STR_ARG(insert_import_line(in, folder, path, module, names.items[0],
                                          from->node.aux)));
    for (size_t k = 1; k < names.len; k++)
      buf_printf(&line, ", %.*s", STR_ARG(names.items[k]));
    size_t point = str_rfind_char(module, '.');
    Str rest = str_trim(str_slice(e.f->source.text, from->node.end,
                                  insert_line_end(e.f->source.text, from->node.end)));
    if (str_starts(rest, STR("# noqa")))
      buf_printf(&line, "  %.*s", STR_ARG(rest)); // its names are only given on
    Str last = from->node.aux && point != SIZE_MAX
                   ? str_slice(module, point + 1, module.len)
                   : module;
    if (!insert_place_import(&e, from->node.aux, last,
                             str_copy(in->gen->arena, buf_str(&line)))) {
      uint32_t at = insert_line_end(e.f->source.text, from->node.end);
      buf_add_char(&line, '\n');
      insert_edit(&e, at, at, str_copy(in->gen->arena, buf_str(&line)));
    }
    buf_free(&line);
    add_to_all(&e, sample, &names);
    *imports = true;
    break;
  }
  vec_free(&names);
  if (!*imports && insert_count_named(in, file)) {
    insert_discard_file(&e);
    *imports = true;
    return insert_name_module(in, file, set, err);
  }
  return insert_finish_file(&e, set, err);
}
