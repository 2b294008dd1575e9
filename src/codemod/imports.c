// imports.c: the imports that the groups of one round need in one file, written together.
#include "codemod/run.h"
#include "python/import.h"

#include <stdlib.h>

typedef struct {
  Str module; // with its leading dots; absent name: `import module`
  Str name;
  bool typing;
} Import;

typedef struct {
  RuleCtx *in;
  const PyTree *t;
  const Edit *taken;
  size_t taken_count;
  uint32_t before; // imports have to stand before this offset
  Arena *arena;
  ImportEdits *out;
  Str eol;
  uint32_t parted_at, blank_at; // where a group of its own was begun behind, before
} Render;

static int by_module(const void *left, const void *right) {
  const Import *a = left, *b = right;
  if (a->typing != b->typing)
    return a->typing ? 1 : -1;
  int c = str_compare(a->module, b->module);
  return c ? c : str_compare(a->name, b->name);
}

static bool is_edited(const Render *r, Span span) {
  size_t low = 0, high = r->taken_count;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (r->taken[mid].span.end <= span.start)
      low = mid + 1;
    else
      high = mid;
  }
  return low < r->taken_count && r->taken[low].span.start < span.end;
}

static PyRefs module_body(const Render *r) {
  return py_list(r->t, PY_AS(Module, r->t, r->t->root)->body);
}

static uint32_t line_start(const Render *r, uint32_t at) {
  Str text = r->t->source->text;
  while (at && text.ptr[at - 1] != '\n' && text.ptr[at - 1] != '\r')
    at--;
  return at;
}

static uint32_t line_end(const Render *r, uint32_t at) {
  Str text = r->t->source->text;
  while (at < text.len && text.ptr[at] != '\n' && text.ptr[at] != '\r')
    at++;
  return at;
}

static void insert(Render *r, uint32_t at, Str text) {
  vec_push(r->out, (Edit){{at, at}, str_copy(r->arena, text), 0});
}

// ---- Lists

static bool imports_from(const Render *r, Ref stmt, Str module) {
  if (py_kind(r->t, stmt) != PY_IMPORT_FROM)
    return false;
  const PyImportFrom *from = PY_AS(ImportFrom, r->t, stmt);
  size_t dots = 0;
  while (dots < module.len && module.ptr[dots] == '.')
    dots++;
  Str name = from->module ? atom_str(r->in->project->names, from->module) : STR("");
  PyRefs names = py_list(r->t, from->names);
  return from->node.aux == dots && str_eq(name, str_slice(module, dots, module.len)) &&
         names.len && !py_import_read(r->t, stmt, names.at[0]).star;
}

static Ref list_to_extend(const Render *r, PyRefs body, Str module, uint32_t before) {
  for (uint32_t i = 0; i < body.len; i++) {
    const PyNode *n = py_node(r->t, body.at[i]);
    if (n->end > before)
      break;
    // Room for the edit that inserts behind the last name as well.
    Span span = {n->start, n->end + 1};
    if (imports_from(r, body.at[i], module) && !is_edited(r, span))
      return body.at[i];
  }
  return 0;
}

static Str alias_name(const Render *r, Ref alias) {
  return atom_str(r->in->project->names, PY_AS(Alias, r->t, alias)->name);
}

// How the names of a list are sorted.
typedef enum {
  ORDER_TYPE,   // CONSTANTS, Classes, functions: as isort does
  ORDER_BYTES,  // capitals before small letters
  ORDER_LETTER, // whatever their case
  ORDER_NONE,
} NameOrder;

static int kind_of_name(Str name) {
  bool upper = name.len > 1, first = name.len && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z';
  for (size_t i = 0; i < name.len; i++)
    upper &= !(name.ptr[i] >= 'a' && name.ptr[i] <= 'z');
  return first && upper ? 0 : first ? 1 : 2;
}

static int compare_letters(Str a, Str b) {
  for (size_t i = 0; i < a.len && i < b.len; i++) {
    int x = a.ptr[i] >= 'A' && a.ptr[i] <= 'Z' ? a.ptr[i] + 32 : a.ptr[i];
    int y = b.ptr[i] >= 'A' && b.ptr[i] <= 'Z' ? b.ptr[i] + 32 : b.ptr[i];
    if (x != y)
      return x - y;
  }
  return a.len < b.len ? -1 : a.len > b.len;
}

static int compare_names(NameOrder order, Str a, Str b) {
  if (order == ORDER_BYTES)
    return str_compare(a, b);
  int kind = order == ORDER_TYPE ? kind_of_name(a) - kind_of_name(b) : 0;
  return kind ? kind : compare_letters(a, b);
}

static NameOrder order_of(const Render *r, PyRefs list) {
  for (NameOrder order = ORDER_TYPE; order < ORDER_NONE; order++) {
    bool sorted = true;
    for (uint32_t i = 1; i < list.len && sorted; i++)
      sorted = compare_names(order, alias_name(r, list.at[i - 1]),
                             alias_name(r, list.at[i])) <= 0;
    if (sorted)
      return order;
  }
  return ORDER_NONE;
}

static uint32_t line_limit(const Render *r) {
  return config_line_length(r->in->project->config);
}

// The whole list anew, one name a line, where one line gets too long.
static void spread(Render *r, Ref stmt, PyRefs list, const Import *imports,
                   size_t count) {
  Buf b = {0};
  NameOrder order = order_of(r, list);
  buf_printf(&b, "(%.*s", STR_ARG(r->eol));
  size_t next = 0;
  for (uint32_t i = 0; i < list.len; i++) {
    for (; order != ORDER_NONE && next < count &&
           compare_names(order, imports[next].name, alias_name(r, list.at[i])) < 0;
         next++)
      buf_printf(&b, "    %.*s,%.*s", STR_ARG(imports[next].name), STR_ARG(r->eol));
    buf_printf(&b, "    %.*s,%.*s", STR_ARG(py_text(r->t, list.at[i])), STR_ARG(r->eol));
  }
  for (; next < count; next++)
    buf_printf(&b, "    %.*s,%.*s", STR_ARG(imports[next].name), STR_ARG(r->eol));
  buf_add_char(&b, ')');
  Span span = {PY_AS(ImportFrom, r->t, stmt)->names_at, py_node(r->t, stmt)->end};
  vec_push(r->out, (Edit){span, str_copy(r->arena, buf_str(&b)), 0});
  buf_free(&b);
}

static Str indent_of(const Render *r, uint32_t at, bool *starts_line) {
  uint32_t start = line_start(r, at), i = start;
  const char *text = r->t->source->text.ptr;
  while (i < at && (text[i] == ' ' || text[i] == '\t'))
    i++;
  *starts_line = i == at;
  return str_slice(r->t->source->text, start, i);
}

static void insert_name(Render *r, PyRefs list, Str name) {
  uint32_t position = list.len;
  bool lines;
  NameOrder order = order_of(r, list);
  for (uint32_t i = 0; order != ORDER_NONE && i < list.len && position == list.len; i++)
    if (compare_names(order, alias_name(r, list.at[i]), name) > 0)
      position = i;
  Ref last = list.at[list.len - 1];
  Str indent = indent_of(r, py_node(r->t, last)->start, &lines);
  uint32_t end = py_node(r->t, last)->end;
  if (position == list.len && lines &&
      rule_has_comment(r->in, (Span){end, line_end(r, end)}))
    position = list.len - 1; // the comment stays with its name
  if (position == list.len) {
    insert(r, end,
           lines ? str_format(r->arena, ",%.*s%.*s%.*s", STR_ARG(r->eol), STR_ARG(indent),
                              STR_ARG(name))
                 : str_format(r->arena, ", %.*s", STR_ARG(name)));
    return;
  }
  uint32_t start = py_node(r->t, list.at[position])->start;
  indent = indent_of(r, start, &lines);
  insert(r, start,
         lines ? str_format(r->arena, "%.*s,%.*s%.*s", STR_ARG(name), STR_ARG(r->eol),
                            STR_ARG(indent))
               : str_format(r->arena, "%.*s, ", STR_ARG(name)));
}

static void extend(Render *r, Ref stmt, const Import *imports, size_t count) {
  PyRefs list = py_list(r->t, PY_AS(ImportFrom, r->t, stmt)->names);
  Span span = py_span(r->t, stmt);
  uint32_t start = line_start(r, span.start), end = line_end(r, span.end);
  size_t extra = 0;
  for (size_t i = 0; i < count; i++)
    extra += imports[i].name.len + 2;
  bool one_line = line_end(r, span.start) == end;
  bool plain =
      one_line && start == span.start && !rule_has_comment(r->in, (Span){start, end});
  if (plain && end - start <= line_limit(r) && end - start + extra > line_limit(r)) {
    spread(r, stmt, list, imports, count);
    return;
  }
  for (size_t i = 0; i < count; i++)
    insert_name(r, list, imports[i].name);
}

// ---- New lines

static bool is_standard(Str module) {
  static const char *const standard[] = {
      "datetime",    "decimal",    "enum",        "typing",    "uuid",      "abc",
      "collections", "contextlib", "dataclasses", "functools", "ipaddress", "itertools",
      "json",        "logging",    "math",        "os",        "pathlib",   "random",
      "re",          "string",     "sys",         "time",      "types",     "warnings",
      "hashlib",     "copy",       "__future__"};
  Str top = str_slice(module, 0, str_find_char(module, '.', 0));
  for (size_t i = 0; i < ARRAY_LEN(standard); i++)
    if (str_is(top, standard[i]))
      return true;
  return false;
}

static Str module_of(const Render *r, Ref stmt, bool *relative) {
  *relative = false;
  if (py_kind(r->t, stmt) == PY_IMPORT) {
    PyRefs names = py_list(r->t, PY_AS(Import, r->t, stmt)->names);
    return names.len ? alias_name(r, names.at[0]) : STR("");
  }
  const PyImportFrom *from = PY_AS(ImportFrom, r->t, stmt);
  *relative = from->node.aux > 0;
  return from->module ? atom_str(r->in->project->names, from->module) : STR("");
}

static bool is_docstring(const Render *r, Ref stmt) {
  return py_kind(r->t, stmt) == PY_EXPR_STMT &&
         py_kind(r->t, PY_AS(ExprStmt, r->t, stmt)->value) == PY_STR;
}

// Kinds of imports, in the order that isort gives them.
typedef enum {
  IMPORT_FUTURE,
  IMPORT_STANDARD,
  IMPORT_OTHERS, // packages
  IMPORT_PROJECT,
  IMPORT_RELATIVE,
} ImportKind;

static ImportKind kind_of_module(const Render *r, Str module, bool relative) {
  if (relative || (module.len && module.ptr[0] == '.'))
    return IMPORT_RELATIVE;
  if (str_is(module, "__future__"))
    return IMPORT_FUTURE;
  if (is_standard(module))
    return IMPORT_STANDARD;
  return project_module(r->in->project, r->in->file_id, module) != NO_MODULE
             ? IMPORT_PROJECT
             : IMPORT_OTHERS;
}

typedef struct {
  Ref stmt;
  Str module;
  ImportKind kind;
  bool from;
  bool parted; // a blank line stands before it
} ImportLine;

// The imports at the top, until something is defined or the new one is needed.
static uint32_t top_imports(const Render *r, ImportLine **out) {
  PyRefs body = module_body(r);
  ImportLine *lines = arena_array(r->arena, ImportLine, body.len + 1);
  uint32_t count = 0, end = 0;
  Str text = r->t->source->text;
  for (uint32_t i = 0; i < body.len; i++) {
    const PyNode *n = py_node(r->t, body.at[i]);
    PyKind k = py_kind(r->t, body.at[i]);
    if (n->end > r->before || k == PY_FUNCTION_DEF || k == PY_CLASS_DEF)
      break;
    uint32_t breaks = 0;
    for (uint32_t at = end; at < n->start; at++)
      breaks += text.ptr[at] == '\n';
    end = n->end;
    if (k != PY_IMPORT && k != PY_IMPORT_FROM)
      continue;
    bool relative;
    ImportLine line = {.stmt = body.at[i], .from = k == PY_IMPORT_FROM};
    line.module = module_of(r, body.at[i], &relative);
    line.kind = kind_of_module(r, line.module, relative);
    line.parted = breaks > 1 || !count;
    lines[count++] = line;
  }
  *out = lines;
  return count;
}

// `import x` before `from x import y`, or the two mixed.
static int compare_lines(const ImportLine *a, const ImportLine *b, bool mixed) {
  if (!mixed && a->from != b->from)
    return a->from - b->from;
  int c = compare_letters(a->module, b->module);
  return c ? c : a->from - b->from;
}

static bool are_sorted(const ImportLine *lines, uint32_t from, uint32_t to, bool mixed) {
  for (uint32_t i = from + 1; i < to; i++)
    if (compare_lines(&lines[i - 1], &lines[i], mixed) > 0)
      return false;
  return true;
}

typedef struct {
  Ref after;  // the new line goes behind this statement; 0: before `front`
  Ref front;  // a statement, 0: the end of the file
  bool blank; // a blank line parts it from what follows (or from `after`)
} LinePlace;

// In the group of the last import of the same package, else of the same kind: where it
// belongs if the group is sorted, else behind that import.
static LinePlace place_in_group(const ImportLine *lines, uint32_t count, uint32_t like,
                                const ImportLine *new) {
  uint32_t from = like, to = like + 1;
  while (from && !lines[from].parted)
    from--;
  while (to < count && !lines[to].parted)
    to++;
  while (from < like && lines[from].kind != new->kind)
    from++; // kinds of one group that are parted by nothing
  while (to > like + 1 && lines[to - 1].kind != new->kind)
    to--;
  bool mixed = !are_sorted(lines, from, to, false);
  if (mixed && !are_sorted(lines, from, to, true))
    return (LinePlace){.after = lines[like].stmt};
  uint32_t i = from;
  while (i < to && compare_lines(&lines[i], new, mixed) <= 0)
    i++;
  return i == from ? (LinePlace){.front = lines[from].stmt}
                   : (LinePlace){.after = lines[i - 1].stmt};
}

static Str first_part(Str module) {
  return str_slice(module, 0, str_find_char(module, '.', 0));
}

static LinePlace line_place(const Render *r, const Import *import) {
  ImportLine *lines;
  uint32_t count = top_imports(r, &lines), like = count;
  ImportLine new = {.module = import->module, .from = import->name.ptr != NULL};
  new.kind = kind_of_module(r, import->module, false);
  bool same = false;
  for (uint32_t i = 0; i < count; i++) {
    bool package = new.kind == IMPORT_RELATIVE
                       ? lines[i].kind == IMPORT_RELATIVE
                       : str_eq(first_part(lines[i].module), first_part(new.module));
    if (package || (!same && lines[i].kind == new.kind))
      like = i;
    same |= package;
  }
  if (like < count)
    return place_in_group(lines, count, like, &new);
  for (uint32_t i = count; i-- > 0;) // a group of its own
    if (lines[i].kind < new.kind)
      return (LinePlace){.after = lines[i].stmt, .blank = true};
  if (count)
    return (LinePlace){.front = lines[0].stmt, .blank = true};
  PyRefs body = module_body(r);
  uint32_t first = body.len && is_docstring(r, body.at[0]);
  if (first < body.len)
    return (LinePlace){.front = body.at[first], .blank = true};
  return (LinePlace){.after = first ? body.at[0] : 0, .blank = true};
}

static Str import_line(const Render *r, const Import *imports, size_t count, Str indent) {
  Buf b = {0};
  if (!imports[0].name.ptr) {
    buf_printf(&b, "%.*simport %.*s", STR_ARG(indent), STR_ARG(imports[0].module));
  } else {
    buf_printf(&b, "%.*sfrom %.*s import ", STR_ARG(indent), STR_ARG(imports[0].module));
    size_t head = b.len;
    for (size_t i = 0; i < count; i++)
      buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(imports[i].name));
    if (b.len > line_limit(r) && count > 1) {
      b.len = head;
      buf_printf(&b, "(%.*s", STR_ARG(r->eol));
      for (size_t i = 0; i < count; i++)
        buf_printf(&b, "%.*s    %.*s,%.*s", STR_ARG(indent), STR_ARG(imports[i].name),
                   STR_ARG(r->eol));
      buf_printf(&b, "%.*s)", STR_ARG(indent));
    }
  }
  Str line = str_copy(r->arena, buf_str(&b));
  buf_free(&b);
  return line;
}

// Behind the whole line that the statement ends on, and behind edits that reach past it.
static uint32_t behind(const Render *r, Ref stmt) {
  PyRefs body = module_body(r);
  uint32_t end = line_end(r, py_node(r->t, stmt)->end);
  for (uint32_t i = 0; i < body.len; i++) {
    const PyNode *n = py_node(r->t, body.at[i]);
    if (n->start < end && n->end > end)
      end = line_end(r, n->end);
  }
  for (size_t i = 0; i < r->taken_count; i++)
    if (r->taken[i].span.start < end && r->taken[i].span.end > end)
      end = line_end(r, r->taken[i].span.end);
  return end;
}

// The start of the comments that stand right above a statement, but for those that start
// the file.
static uint32_t comments_start(const Render *r, uint32_t at) {
  Str text = r->t->source->text;
  uint32_t start = line_start(r, at), kept = start;
  if (start != at)
    return at;
  while (start) {
    uint32_t up = line_start(r, start - 1);
    Str line = str_trim(str_slice(text, up, start));
    if (!line.len || line.ptr[0] != '#')
      return start;
    start = up;
  }
  return kept;
}

static void add_line(Render *r, const Import *imports, size_t count) {
  LinePlace place = line_place(r, &imports[0]);
  Str line = import_line(r, imports, count, STR(""));
  if (place.after) {
    uint32_t at = behind(r, place.after);
    Str blank = place.blank && at != r->parted_at ? r->eol : STR("");
    r->parted_at = place.blank ? at : r->parted_at;
    insert(r, at,
           str_format(r->arena, "%.*s%.*s%.*s", STR_ARG(r->eol), STR_ARG(blank),
                      STR_ARG(line)));
    return;
  }
  uint32_t at = place.front ? comments_start(r, statement_start(r->t, place.front))
                            : (uint32_t)r->t->source->text.len;
  insert(r, at, str_format(r->arena, "%.*s%.*s", STR_ARG(line), STR_ARG(r->eol)));
  if (place.blank)
    r->blank_at = at;
}

// ---- Under TYPE_CHECKING

static bool is_type_checking(const Render *r, Origin o) {
  return o.kind == ORIGIN_EXTERNAL &&
         str_is(atom_str(r->in->project->names, o.dotted), "typing.TYPE_CHECKING");
}

static Ref type_checking_block(const Render *r) {
  PyRefs body = module_body(r);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(r->t, body.at[i]) != PY_IF)
      continue;
    const PyIf *block = PY_AS(If, r->t, body.at[i]);
    if (!py_list(r->t, block->orelse).len && py_list(r->t, block->body).len &&
        is_type_checking(r, resolve_expr(r->in->resolver, r->in->file_id, block->test)))
      return body.at[i];
  }
  return 0;
}

// The last import of the top level, for the new block.
static Ref last_import(const Render *r) {
  PyRefs body = module_body(r);
  Ref last = 0;
  for (uint32_t i = 0; i < body.len; i++) {
    PyKind k = py_kind(r->t, body.at[i]);
    if (py_node(r->t, body.at[i])->end > r->before || k == PY_FUNCTION_DEF ||
        k == PY_CLASS_DEF)
      break;
    if (k == PY_IMPORT || k == PY_IMPORT_FROM)
      last = body.at[i];
  }
  return last;
}

static void add_typing(Render *r, const Import *imports, size_t count) {
  Ref block = type_checking_block(r);
  if (block) {
    PyRefs body = py_list(r->t, PY_AS(If, r->t, block)->body);
    Ref list = list_to_extend(r, body, imports[0].module, UINT32_MAX);
    size_t same = 0;
    while (same < count && str_eq(imports[same].module, imports[0].module))
      same++;
    if (list && same == count) {
      extend(r, list, imports, count);
      return;
    }
  }
  Buf b = {0};
  Str indent = STR("    ");
  if (block) {
    bool starts;
    PyRefs body = py_list(r->t, PY_AS(If, r->t, block)->body);
    indent = indent_of(r, py_node(r->t, body.at[0])->start, &starts);
    if (!starts)
      indent = STR("    ");
  } else {
    buf_printf(&b, "%.*s%.*sif TYPE_CHECKING:", STR_ARG(r->eol), STR_ARG(r->eol));
  }
  for (size_t from = 0, to; from < count; from = to) {
    for (to = from + 1; to < count && imports[from].name.ptr &&
                        str_eq(imports[to].module, imports[from].module);)
      to++;
    buf_printf(&b, "%.*s%.*s", STR_ARG(r->eol),
               STR_ARG(import_line(r, imports + from, to - from, indent)));
  }
  if (block) {
    PyRefs body = py_list(r->t, PY_AS(If, r->t, block)->body);
    insert(r, line_end(r, py_node(r->t, body.at[body.len - 1])->end), buf_str(&b));
  } else {
    Ref last = last_import(r);
    if (last)
      insert(r, behind(r, last), buf_str(&b));
  }
  buf_free(&b);
}

// ----

// True where an edit of a group makes an import of the module, `import relation`, bring
// the name.
static bool is_brought(const Render *r, const Import *import) {
  PyRefs body = module_body(r);
  for (uint32_t i = 0; i < body.len && import->name.ptr && !import->typing; i++) {
    Span span = py_span(r->t, body.at[i]);
    if (!imports_from(r, body.at[i], import->module) || span.end > r->before)
      continue;
    for (size_t k = 0; k < r->taken_count; k++)
      if (span_covers(span, r->taken[k].span) && str_eq(r->taken[k].text, import->name))
        return true;
  }
  return false;
}

static size_t unique(const Render *r, Import *imports, size_t count) {
  size_t kept = 0;
  for (size_t i = 0; i < count; i++)
    if ((!kept || by_module(&imports[kept - 1], &imports[i])) &&
        !is_brought(r, &imports[i]))
      imports[kept++] = imports[i];
  return kept;
}

// Lists are extended before lines are added: what goes behind the same statement has to
// stand in this order.
static void add_module(Render *r, const Import *imports, size_t count, bool lines) {
  Ref list = imports[0].name.ptr
                 ? list_to_extend(r, module_body(r), imports[0].module, r->before)
                 : 0;
  if (list && !lines)
    extend(r, list, imports, count);
  else if (!list && lines)
    add_line(r, imports, count);
}

// Returns how many of the imports are not for type checkers alone.
static size_t add_modules(Render *r, const Import *imports, size_t count, bool lines) {
  size_t from = 0, to;
  for (; from < count && !imports[from].typing; from = to) {
    for (to = from + 1; to < count && imports[from].name.ptr && !imports[to].typing &&
                        str_eq(imports[to].module, imports[from].module) &&
                        imports[to].name.ptr;)
      to++;
    add_module(r, imports + from, to - from, lines);
  }
  return from;
}

void imports_render(ImportEdits *out, RuleCtx *in, const ImportNeed *needs, size_t count,
                    const Edit *taken, size_t taken_count, Arena *arena) {
  Render r = {.in = in,
              .t = in->tree,
              .taken = taken,
              .taken_count = taken_count,
              .before = UINT32_MAX,
              .arena = arena,
              .out = out,
              .eol = rule_newline(in),
              .parted_at = UINT32_MAX,
              .blank_at = UINT32_MAX};
  Import *imports = arena_array(arena, Import, count + 2);
  size_t n = 0;
  bool typing = false;
  for (size_t i = 0; i < count; i++) {
    imports[n++] = (Import){needs[i].module, needs[i].name, needs[i].typing};
    typing = typing || needs[i].typing;
    bool later = py_scopes_function(in->file->scopes,
                                    py_scopes_at(in->file->scopes, needs[i].at)) != 0;
    uint32_t start = py_node(r.t, needs[i].at)->start;
    if (!later && start < r.before)
      r.before = start;
  }
  if (typing && !type_checking_block(&r) &&
      !is_type_checking(
          &r, resolve_global(in->resolver, in->file_id, rule_atom(in, "TYPE_CHECKING"))))
    imports[n++] = (Import){STR("typing"), STR("TYPE_CHECKING"), false};
  qsort(imports, n, sizeof *imports, by_module);
  n = unique(&r, imports, n);
  add_modules(&r, imports, n, false);
  size_t from = add_modules(&r, imports, n, true);
  if (r.blank_at != UINT32_MAX)
    insert(&r, r.blank_at, r.eol);
  if (from < n)
    add_typing(&r, imports + from, n - from);
}
