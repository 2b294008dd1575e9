// insert_style.c: the style of a file, and generated text in its spelling.
#include "gen/insert_internal.h"

// What stands before the last point of the function of a call: "sa." of `sa.Column(...)`.
static Str prefix_of_call(const PyTree *t, Ref call) {
  if (py_kind(t, call) != PY_CALL)
    return (Str){"", 0};
  Str text = py_text(t, PY_AS(Call, t, call)->func);
  size_t point = str_rfind_char(text, '.');
  return point == SIZE_MAX ? (Str){"", 0} : str_slice(text, 0, point + 1);
}

static bool is_typed(const Model *m) {
  for (uint32_t i = 0; i < m->column_count; i++)
    if (m->columns[i].column && m->columns[i].column->annotation.ref)
      return true;
  for (uint32_t i = 0; i < m->column_count; i++)
    if (m->columns[i].node.ref)
      return false;
  return true;
}

static size_t count_char(Str s, char c) {
  size_t n = 0;
  for (size_t i = 0; i < s.len; i++)
    n += s.ptr[i] == c;
  return n;
}

Ref insert_base_argument(const Insertion *in, const Model *m, Place *base) {
  const PyTree *t = insert_tree(in, m->node.file);
  PyRefs args = py_list(t, PY_AS(ClassDef, t, m->node.ref)->args);
  Ref last = 0;
  *base = (Place){0, 0};
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) == PY_KEYWORD)
      continue;
    Origin o = resolve_expr(in->resolver, m->node.file, args.at[i]);
    ClassRole role =
        o.kind == ORIGIN_CLASS ? models_class_role(in->models, o.at) : CLASS_PLAIN;
    bool made = o.kind == ORIGIN_VARIABLE &&
                (place_eq(o.value, m->base) || place_eq(o.at, m->base));
    bool flask =
        m->style == BASE_FLASK && str_ends(py_text(t, args.at[i]), STR(".Model"));
    if (role == CLASS_BASE || role == CLASS_ABSTRACT)
      *base = o.at;
    if (base->ref || made || flask)
      return args.at[i];
    last = args.at[i];
  }
  return last;
}

static const Model *topmost(const Model *m) {
  while (m->parent)
    m = m->parent;
  return m;
}

Place insert_base(const Insertion *in, const Model *m) {
  Place base;
  insert_base_argument(in, topmost(m), &base);
  return m->style == BASE_SQLMODEL ? (Place){0, 0} : base;
}

Str insert_base_text(const Insertion *in, const Model *m) {
  Place base;
  m = topmost(m);
  Ref arg = insert_base_argument(in, m, &base);
  if (m->style == BASE_SQLMODEL) // a class between has the fields of one model
    return STR("SQLModel");
  return arg ? py_text(insert_tree(in, m->node.file), arg) : (Str){"", 0};
}

bool insert_is_keyword_only(const PyTree *t, PyRefs args) {
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD)
      continue;
    const PyKeyword *k = PY_AS(Keyword, t, args.at[i]);
    if (k->arg == SYM_kw_only && py_kind(t, k->value) == PY_CONSTANT &&
        py_node(t, k->value)->aux == PY_CONST_TRUE)
      return true;
  }
  return false;
}

// Of a class without a base: what maps it, with kw_only=True where it is a dataclass.
static void read_decorator(FileEdit *e, const Model *m) {
  Arena *a = e->in->gen->arena;
  PyRefs marks = py_list(e->t, PY_AS(ClassDef, e->t, m->node.ref)->decorators);
  for (uint32_t i = 0; i < marks.len; i++) {
    Ref function = marks.at[i];
    bool is_call = py_kind(e->t, function) == PY_CALL;
    if (is_call)
      function = PY_AS(Call, e->t, function)->func;
    Str text = py_text(e->t, marks.at[i]), name = py_text(e->t, function);
    bool plain = str_ends(name, STR("mapped")),
         data = str_ends(name, STR("mapped_as_dataclass"));
    if (!plain && !data)
      continue;
    PyRefs args =
        is_call ? py_list(e->t, PY_AS(Call, e->t, marks.at[i])->args) : (PyRefs){0};
    e->m.decorator = text;
    size_t point = str_rfind_char(name, '.');
    if (point != SIZE_MAX)
      e->m.metadata = str_format(a, "%.*s.metadata", (int)point, name.ptr);
    else if (args.len)
      e->m.metadata = str_format(a, "%.*s.metadata", STR_ARG(py_text(e->t, args.at[0])));
    if (!data || insert_is_keyword_only(e->t, args))
      return;
    bool empty = text.ptr[text.len - 2] == '(';
    e->m.decorator = is_call ? str_format(a, "%.*s%skw_only=True)", (int)text.len - 1,
                                          text.ptr, empty ? "" : ", ")
                             : str_format(a, "%.*s(kw_only=True)", STR_ARG(text));
    return;
  }
}

// What is not to be told from the columns: the base, and how classes are mapped.
static void read_base(FileEdit *e, const Model *m) {
  const Insertion *in = e->in;
  e->m.sqlmodel = m->style == BASE_SQLMODEL;
  e->m.base = insert_base_text(in, m);
  e->m.metadata = str_format(in->gen->arena, "%.*s.metadata", STR_ARG(e->m.base));
  if (!e->m.base.len)
    read_decorator(e, topmost(m));
  Place base = insert_base(in, m);
  const PyTree *t = base.ref ? insert_tree(in, base.file) : NULL;
  PyRefs args = t && py_kind(t, base.ref) == PY_CLASS_DEF
                    ? py_list(t, PY_AS(ClassDef, t, base.ref)->args)
                    : (PyRefs){0};
  e->m.keywords_inherited = t && insert_is_keyword_only(t, args);
}

// The module that a prefix such as "sa." or "sa.orm." stands for, "" where no import of
// the file binds its first name.
static Str module_of_prefix(const FileEdit *e, Str prefix) {
  Arena *a = e->in->gen->arena;
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  prefix = str_slice(prefix, 0, prefix.len - 1);
  size_t point = str_find_char(prefix, '.', 0);
  Str first = str_slice(prefix, 0, point == SIZE_MAX ? prefix.len : point);
  Str rest = str_slice(prefix, first.len, prefix.len);
  for (uint32_t i = 0; i < body.len; i++) {
    bool from = py_kind(e->t, body.at[i]) == PY_IMPORT_FROM;
    if (!from && py_kind(e->t, body.at[i]) != PY_IMPORT)
      continue;
    PyRefs names = py_list(e->t, from ? PY_AS(ImportFrom, e->t, body.at[i])->names
                                      : PY_AS(Import, e->t, body.at[i])->names);
    Atom module = from ? PY_AS(ImportFrom, e->t, body.at[i])->module : 0;
    for (uint32_t k = 0; k < names.len; k++) {
      const PyAlias *alias = PY_AS(Alias, e->t, names.at[k]);
      Str name = insert_name(e->in, alias->name);
      Str bound = alias->asname ? insert_name(e->in, alias->asname) : name;
      size_t dot = alias->asname ? SIZE_MAX : str_find_char(name, '.', 0);
      if (!str_eq(str_slice(bound, 0, dot == SIZE_MAX ? bound.len : dot), first))
        continue;
      if (dot != SIZE_MAX) // `import a.b` binds a
        name = first;
      return module ? str_format(a, "%.*s.%.*s%.*s", STR_ARG(insert_name(e->in, module)),
                                 STR_ARG(name), STR_ARG(rest))
                    : str_format(a, "%.*s%.*s", STR_ARG(name), STR_ARG(rest));
    }
  }
  return (Str){"", 0};
}

// A prefix of SQLAlchemy's own has to be that of the module: sqlalchemy.types has no
// ForeignKey.
static void check_prefix(const FileEdit *e, Str *prefix, const char *module) {
  Str of = prefix->len ? module_of_prefix(e, *prefix) : (Str){"", 0};
  if (str_starts(of, STR("sqlalchemy")) && !str_is(of, module))
    *prefix = (Str){"", 0};
}

void insert_read_style(FileEdit *e, const Model *m) {
  const PyTree *t = e->t;
  Str text = e->f->source.text, cls = py_text(t, m->node.ref);
  bool strings = count_char(cls, '\'') != count_char(cls, '"');
  Str quoted = strings ? cls : text;
  e->single_quotes = count_char(quoted, '\'') > count_char(quoted, '"');
  e->m.classic = !is_typed(m);
  uint32_t minor = e->in->python_minor;
  e->m.optional =
      str_find(text, STR("Optional["), 0) != SIZE_MAX || (minor && minor < 10);
  e->m.old_list = str_find(text, STR("List["), 0) != SIZE_MAX || (minor && minor < 9);
  read_base(e, m);
  for (uint32_t i = 0; i < m->column_count; i++) {
    Place node = m->columns[i].node;
    Place note = m->columns[i].column ? m->columns[i].column->annotation : (Place){0, 0};
    if (note.ref && note.file == e->file) {
      Str annotation = py_text(t, note.ref);
      size_t at = str_find(annotation, STR("Mapped["), 0);
      if (at != SIZE_MAX && at > 0 && annotation.ptr[at - 1] == '.')
        e->mapped_prefix = str_slice(annotation, 0, at);
    }
    if (!node.ref || node.file != e->file)
      continue;
    Str prefix = prefix_of_call(t, node.ref);
    if (prefix.len)
      *(e->m.classic ? &e->core_prefix : &e->orm_prefix) = prefix;
    const SqlColumn *c = m->columns[i].column;
    if (c && c->type.node.ref && c->type.node.file == e->file) {
      Str type = py_text(t, c->type.node.ref);
      size_t open = str_find_char(type, '(', 0),
             point = str_rfind_char(str_slice(type, 0, open), '.');
      if (point != SIZE_MAX && !e->core_prefix.len)
        e->core_prefix = str_slice(type, 0, point + 1);
    }
  }
  for (uint32_t i = 0; i < m->relationship_count; i++)
    if (m->relationships[i].node.ref && m->relationships[i].node.file == e->file &&
        prefix_of_call(t, m->relationships[i].node.ref).len)
      e->orm_prefix = prefix_of_call(t, m->relationships[i].node.ref);
  check_prefix(e, &e->core_prefix, "sqlalchemy");
  check_prefix(e, &e->orm_prefix, "sqlalchemy.orm");
  check_prefix(e, &e->mapped_prefix, "sqlalchemy.orm");
  if (str_is(e->core_prefix, "db.") || str_is(e->orm_prefix, "db."))
    e->core_prefix = e->orm_prefix = STR("db.");
  if (str_is(e->core_prefix, "db.") && m->style == BASE_FLASK)
    e->m.metadata = (Str){"", 0}; // db.Table() knows
}

// ---- Spelling

static bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_';
}

// SQLModel gives names of SQLAlchemy on.
static bool is_of_sqlalchemy(Str module) {
  return str_starts(module, STR("sqlalchemy")) || str_is(module, "sqlmodel");
}

// The name that `name` of `module` has in the file, absent where it is not imported.
Str insert_imported_as(const FileEdit *e, Str module, Str name) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT_FROM)
      continue;
    const PyImportFrom *from = PY_AS(ImportFrom, e->t, body.at[i]);
    if (from->node.aux || !from->module)
      continue;
    Str of = insert_name(e->in, from->module);
    bool same = str_eq(of, module) || (is_of_sqlalchemy(of) && is_of_sqlalchemy(module));
    PyRefs names = py_list(e->t, from->names);
    for (uint32_t k = 0; k < names.len && same; k++) {
      const PyAlias *alias = PY_AS(Alias, e->t, names.at[k]);
      if (str_eq(of, module) && str_is(insert_name(e->in, alias->name), "*"))
        return name;
      if (str_eq(insert_name(e->in, alias->name), name))
        return insert_name(e->in, alias->asname ? alias->asname : alias->name);
    }
  }
  return (Str){0};
}

Str insert_prefix_for(const FileEdit *e, const PyWanted *import) {
  bool annotation = str_is(import->name, "Mapped") ||
                    str_is(import->name, "WriteOnlyMapped") ||
                    str_is(import->name, "DynamicMapped");
  if (str_is(import->module, "sqlalchemy.orm"))
    return annotation ? e->mapped_prefix : e->orm_prefix;
  if (str_is(import->module, "sqlalchemy"))
    return e->core_prefix;
  Str module = py_is_standard(import->module)
                   ? insert_module_bound_as(e, import->module, (Str){"", 0})
                   : (Str){"", 0};
  return module.len ? str_format(e->in->gen->arena, "%.*s.", STR_ARG(module)) : module;
}

Str insert_module_bound_as(const FileEdit *e, Str module, Str wanted) {
  PyRefs body = py_list(e->t, PY_AS(Module, e->t, e->t->root)->body);
  Str found = {"", 0};
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(e->t, body.at[i]) != PY_IMPORT)
      continue;
    PyRefs names = py_list(e->t, PY_AS(Import, e->t, body.at[i])->names);
    for (uint32_t k = 0; k < names.len; k++) {
      const PyAlias *alias = PY_AS(Alias, e->t, names.at[k]);
      if (!str_eq(insert_name(e->in, alias->name), module))
        continue;
      Str bound = insert_name(e->in, alias->asname ? alias->asname : alias->name);
      if (!found.len || str_eq(bound, wanted))
        found = bound;
    }
  }
  return found;
}

Str insert_free_name(const FileEdit *e, const PyWanted *import) {
  Arena *a = e->in->gen->arena;
  Str name = import->name, module = import->module;
  bool of_class = name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
  if (!insert_binds(e->in, e->file, name))
    return name;
  name = str_starts(module, STR("sqlalchemy"))
             ? str_format(a, "%s%.*s", of_class ? "Sa" : "sa_", STR_ARG(name))
             : str_format(a, "%.*s_%.*s",
                          STR_ARG(str_slice(module, 0, str_find_char(module, '.', 0))),
                          STR_ARG(name));
  while (insert_binds(e->in, e->file, name))
    name = str_format(a, "%.*s_", STR_ARG(name));
  return name;
}

static const PyWanted *find_import(const FileEdit *e, Str name) {
  for (size_t i = 0; i < e->m.imports.len; i++)
    if (str_eq(e->m.imports.items[i].name, name))
      return &e->m.imports.items[i];
  return NULL;
}

static void add_spelled(const FileEdit *e, const PyWanted *import, Buf *out) {
  Str prefix = insert_prefix_for(e, import);
  buf_printf(out, "%.*s%.*s", STR_ARG(prefix),
             STR_ARG(prefix.len ? import->name : insert_free_name(e, import)));
}

// Generated text in the file's spelling: names of SQLAlchemy, quotes, line ends.
Str insert_respelled(FileEdit *e, Str text) {
  Buf out = {0};
  for (size_t i = 0; i < text.len;) {
    char c = text.ptr[i];
    if (c == '"' || c == '\'') {
      size_t end = i + 1;
      while (end < text.len && text.ptr[end] != c)
        end += text.ptr[end] == '\\' ? 2 : 1;
      Str inside = str_slice(text, i + 1, end);
      bool docstring = !inside.len || (i && text.ptr[i - 1] == c);
      char quote = e->single_quotes && c == '"' && !docstring &&
                           str_find_char(inside, '\'', 0) == SIZE_MAX
                       ? '\''
                       : c;
      buf_printf(&out, "%c%.*s%c", quote, STR_ARG(inside), quote);
      i = end + 1;
    } else if (is_name_char(c)) {
      size_t end = i;
      while (end < text.len && is_name_char(text.ptr[end]))
        end++;
      Str name = str_slice(text, i, end);
      const PyWanted *import = i && text.ptr[i - 1] == '.' ? NULL : find_import(e, name);
      bool keyword = end < text.len && text.ptr[end] == '=' && end + 1 < text.len &&
                     text.ptr[end + 1] != ' ';
      Str known =
          import && !keyword ? insert_imported_as(e, import->module, name) : (Str){0};
      if (known.ptr)
        buf_add_str(&out, known);
      else if (import && !keyword)
        add_spelled(e, import, &out);
      else
        buf_add_str(&out, name);
      i = end;
    } else {
      buf_add_char(&out, c);
      i++;
    }
  }
  Str s = str_copy(e->in->gen->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

static Str with_line_ends(const FileEdit *e, Str text) {
  Str source = e->f->source.text;
  size_t at = str_find_char(source, '\n', 0);
  if (at == SIZE_MAX || at == 0 || source.ptr[at - 1] != '\r')
    return text;
  Buf out = {0};
  for (size_t i = 0; i < text.len; i++)
    buf_printf(&out, text.ptr[i] == '\n' ? "\r\n" : "%c", text.ptr[i]);
  Str s = str_copy(e->in->gen->arena, buf_str(&out));
  buf_free(&out);
  return s;
}

void insert_edit(FileEdit *e, uint32_t start, uint32_t end, Str text) {
  Str source = e->f->source.text;
  if (start == source.len && start && source.ptr[start - 1] != '\n' && !e->closed) {
    text = str_format(e->in->gen->arena, "\n%.*s", STR_ARG(text)); // an open last line
    e->closed = true;
  }
  Edit edit = {.span = {start, end},
               .text = with_line_ends(e, text),
               .group = (uint32_t)e->edits.len};
  vec_push(&e->edits, edit);
}

Str insert_indent(const FileEdit *e, Ref stmt) {
  Str source = e->f->source.text;
  uint32_t start = stmt ? py_node(e->t, stmt)->start : 0, line = start;
  while (line > 0 && source.ptr[line - 1] != '\n')
    line--;
  return str_slice(source, line, start);
}

uint32_t insert_line_end(Str text, uint32_t at) {
  size_t end = str_find_char(text, '\n', at);
  return (uint32_t)(end == SIZE_MAX ? text.len : end + 1);
}

uint32_t insert_width(const Insertion *in) {
  return config_line_length(in->project->config);
}
