// schema.c: models as numbered tables, columns and edges.
#include "query/schema.h"

typedef struct {
  const Project *project;
  const Models *models;
  ExprCtx cx;
  Arena *arena;
  QSchema *out;
  Atom doc, comment;
} Reader;

static Str text_of(const Reader *r, Atom a) {
  return a ? atom_str(r->project->names, a) : STR("");
}

static bool same_name(const QName *a, const QName *b) {
  if (a->count != b->count)
    return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!str_eq(a->stems[i], b->stems[i]))
      return false;
  return true;
}

static void add_name(Reader *r, QName *names, uint32_t *count, Str text, float weight) {
  if (!text.len || *count == QNAMES_MAX)
    return;
  QName n = {.weight = weight};
  n.count = words_name_stems(r->arena, text, n.stems);
  for (uint32_t i = 0; i < *count; i++)
    if (same_name(&names[i], &n))
      return;
  if (n.count)
    names[(*count)++] = n;
}

static QType type_of(const SqlType *t, bool *decimal, bool *timezone) {
  static const struct {
    const char *name;
    QType type;
  } types[] = {
      {"Integer", QTYPE_INTEGER},
      {"BigInteger", QTYPE_INTEGER},
      {"SmallInteger", QTYPE_INTEGER},
      {"INTEGER", QTYPE_INTEGER},
      {"INT", QTYPE_INTEGER},
      {"BIGINT", QTYPE_INTEGER},
      {"SMALLINT", QTYPE_INTEGER},
      {"Float", QTYPE_FLOAT},
      {"Double", QTYPE_FLOAT},
      {"FLOAT", QTYPE_FLOAT},
      {"REAL", QTYPE_FLOAT},
      {"DOUBLE", QTYPE_FLOAT},
      {"Numeric", QTYPE_FLOAT},
      {"NUMERIC", QTYPE_FLOAT},
      {"DECIMAL", QTYPE_FLOAT},
      {"String", QTYPE_STRING},
      {"Text", QTYPE_STRING},
      {"Unicode", QTYPE_STRING},
      {"UnicodeText", QTYPE_STRING},
      {"AutoString", QTYPE_STRING},
      {"VARCHAR", QTYPE_STRING},
      {"TEXT", QTYPE_STRING},
      {"CHAR", QTYPE_STRING},
      {"NVARCHAR", QTYPE_STRING},
      {"Boolean", QTYPE_BOOLEAN},
      {"BOOLEAN", QTYPE_BOOLEAN},
      {"Date", QTYPE_DATE},
      {"DATE", QTYPE_DATE},
      {"DateTime", QTYPE_DATETIME},
      {"DATETIME", QTYPE_DATETIME},
      {"TIMESTAMP", QTYPE_DATETIME},
      {"Time", QTYPE_TIME},
      {"TIME", QTYPE_TIME},
      {"Enum", QTYPE_ENUM},
  };
  Str name = api_last_name((ApiId)t->api);
  *decimal =
      (str_is(name, "Numeric") || str_is(name, "NUMERIC") || str_is(name, "DECIMAL")) &&
      str_find(t->text, STR("asdecimal=False"), 0) == SIZE_MAX;
  *timezone = str_find(t->text, STR("timezone=True"), 0) != SIZE_MAX;
  for (size_t i = 0; i < ARRAY_LEN(types); i++)
    if (str_is(name, types[i].name))
      return types[i].type;
  return t->api ? QTYPE_OTHER : QTYPE_UNKNOWN;
}

// Members of a Python enum class: its plain assignments.
static void class_members(Reader *r, QColumn *c, Place cls) {
  const PyTree *t = &r->project->files[cls.file]->tree;
  if (py_kind(t, cls.ref) != PY_CLASS_DEF)
    return;
  const PyClassDef *def = PY_AS(ClassDef, t, cls.ref);
  PyRefs body = py_list(t, def->body);
  c->members = arena_array(r->arena, Str, body.len + 1);
  for (uint32_t i = 0; i < body.len; i++) {
    if (py_kind(t, body.at[i]) != PY_ASSIGN)
      continue;
    PyRefs targets = py_list(t, PY_AS(Assign, t, body.at[i])->targets);
    if (targets.len == 1 && py_kind(t, targets.at[0]) == PY_NAME)
      c->members[c->member_count++] = py_text(t, targets.at[0]);
  }
  c->enum_class = text_of(r, def->name);
  uint32_t module = r->project->files[cls.file]->module;
  c->enum_module =
      module == NO_MODULE ? STR("") : text_of(r, r->project->modules[module].name);
}

// Members in "Enum('a', 'b', name='kind')".
static void text_members(Reader *r, QColumn *c, Str text) {
  c->members = arena_array(r->arena, Str, text.len / 3 + 1);
  size_t at = str_find_char(text, '(', 0);
  while (at != SIZE_MAX && at + 1 < text.len) {
    at++;
    while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == ','))
      at++;
    if (at >= text.len || text.ptr[at] != '\'')
      break;
    size_t end = str_find_char(text, '\'', at + 1);
    if (end == SIZE_MAX)
      break;
    c->members[c->member_count++] = str_slice(text, at + 1, end);
    at = end;
  }
}

static Str keyword_text(Reader *r, Place call, Atom name) {
  if (!call.ref || !name)
    return STR("");
  const PyTree *t = &r->project->files[call.file]->tree;
  if (py_kind(t, call.ref) != PY_CALL)
    return STR("");
  Expr x = expr_keyword(&r->cx, expr_at(call), name);
  Str out = STR("");
  return x.ref && expr_string(&r->cx, x, &out) ? out : STR("");
}

static void read_column(Reader *r, QColumn *c, const ModelColumn *m) {
  const SqlColumn *s = m->column;
  c->attr = text_of(r, m->key);
  c->name = text_of(r, s->name);
  c->type = type_of(&s->type, &c->decimal, &c->timezone);
  c->primary_key = s->primary_key;
  c->foreign_key = s->foreign_key_count > 0;
  c->nullable = s->nullable;
  c->unique = s->unique;
  c->has_default = s->default_value.ref || s->insert_default.ref ||
                   s->server_default.ref || s->computed || s->identity;
  c->ref_table = c->ref_column = -1;
  if (c->type == QTYPE_ENUM) {
    if (s->type.python_enum.ref)
      class_members(r, c, s->type.python_enum);
    else
      text_members(r, c, s->type.text);
  }
  Str doc = keyword_text(r, s->node, r->doc);
  add_name(r, c->names, &c->name_count, c->attr, 1);
  if (doc.len && doc.len < 60)
    add_name(r, c->names, &c->name_count, doc, 1);
  add_name(r, c->names, &c->name_count, c->name, 0.95f);
  Str comment = keyword_text(r, s->node, r->comment);
  if (comment.len && comment.len < 40)
    add_name(r, c->names, &c->name_count, comment, 0.9f);
}

static bool stem_is(const QName *n, const char *word) {
  return n->count && str_is(n->stems[n->count - 1], word);
}

// What people call a row by: a text column "name" or "title", alone or behind words of
// the table's own name.
static int name_column_of(const QTable *t) {
  static const char *const words[] = {"name", "titl", "label", "usernam", "subject"};
  int best = -1;
  for (size_t k = 0; k < ARRAY_LEN(words) && best < 0; k++)
    for (uint32_t i = 0; i < t->column_count; i++) {
      const QColumn *c = &t->columns[i];
      bool text = c->type == QTYPE_STRING || c->type == QTYPE_UNKNOWN;
      if (!text || c->foreign_key)
        continue;
      for (uint32_t n = 0; n < c->name_count; n++) {
        const QName *name = &c->names[n];
        bool own = name->count == 1;
        for (uint32_t q = 0; q < t->name_count && !own; q++)
          own = name->count == 2 && t->names[q].count &&
                str_eq(name->stems[0], t->names[q].stems[t->names[q].count - 1]);
        if (stem_is(name, words[k]) && (own || (best < 0 && name->count <= 3 && i < 4)))
          if (best < 0 || own)
            best = (int)i;
        if (own && best == (int)i)
          return best;
      }
    }
  return best;
}

static Str docstring_of(Reader *r, Place cls) {
  const PyTree *t = &r->project->files[cls.file]->tree;
  if (py_kind(t, cls.ref) != PY_CLASS_DEF)
    return STR("");
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  Str out = STR("");
  if (body.len && py_kind(t, body.at[0]) == PY_EXPR_STMT)
    expr_string(&r->cx, (Expr){cls.file, PY_AS(ExprStmt, t, body.at[0])->value, NULL},
                &out);
  return out;
}

static void read_table(Reader *r, QTable *t, const Model *m) {
  t->model = m;
  t->cls = text_of(r, m->name);
  uint32_t module = r->project->files[m->node.file]->module;
  t->module =
      module == NO_MODULE ? STR("") : text_of(r, r->project->modules[module].name);
  t->table = m->table ? m->table->name : STR("");
  t->columns = arena_array(r->arena, QColumn, m->column_count + 1);
  for (uint32_t i = 0; i < m->column_count; i++)
    if (m->columns[i].column && m->columns[i].key)
      read_column(r, &t->columns[t->column_count++], &m->columns[i]);
  add_name(r, t->names, &t->name_count, t->cls, 1);
  add_name(r, t->names, &t->name_count, t->table, 1);
  Str doc = docstring_of(r, m->node);
  if (doc.len && doc.len < 40 && doc.ptr[doc.len - 1] == '.')
    add_name(r, t->names, &t->name_count, str_slice(doc, 0, doc.len - 1), 1);
  t->key_column = -1;
  uint32_t keys = 0, foreign = 0;
  for (uint32_t i = 0; i < t->column_count; i++)
    if (t->columns[i].primary_key) {
      keys++;
      foreign += t->columns[i].foreign_key;
      t->key_column = (int)i;
    }
  if (keys != 1)
    t->key_column = -1;
  if (t->key_column >= 0 && t->columns[t->key_column].type == QTYPE_INTEGER)
    add_name(r, t->columns[t->key_column].names, &t->columns[t->key_column].name_count,
             STR("id"), 0.95f);
  t->link = keys > 1 && foreign == keys;
  t->name_column = name_column_of(t);
}

static int table_of_model(const QSchema *s, const Model *m) {
  for (uint32_t i = 0; i < s->table_count; i++)
    if (s->tables[i].model == m)
      return (int)i;
  return -1;
}

static int column_of_sql(Reader *r, const QTable *t, const SqlColumn *c) {
  for (uint32_t i = 0; i < t->column_count; i++)
    if (str_eq(t->columns[i].name, text_of(r, c->name)))
      return (int)i;
  return -1;
}

static void link_foreign_keys(Reader *r) {
  QSchema *s = r->out;
  for (uint32_t i = 0; i < s->table_count; i++)
    for (uint32_t c = 0, k = 0; c < s->tables[i].model->column_count; c++) {
      const ModelColumn *mc = &s->tables[i].model->columns[c];
      if (!mc->column || !mc->key)
        continue;
      QColumn *col = &s->tables[i].columns[k++];
      if (!mc->column->foreign_key_count)
        continue;
      const SqlForeignKey *fk = &mc->column->foreign_keys[0];
      if (!fk->table || !fk->table->model || !fk->column)
        continue;
      col->ref_table = table_of_model(s, fk->table->model);
      if (col->ref_table >= 0)
        col->ref_column = column_of_sql(r, &s->tables[col->ref_table], fk->column);
    }
}

// The column of `child` that refers to `parent` and that the relationship uses.
static int edge_column(Reader *r, int child, int parent, const Relationship *rel,
                       int *ref_column) {
  const QTable *t = &r->out->tables[child];
  int found = -1;
  Str named = STR("");
  if (rel->foreign_keys.ref) {
    const PyTree *tree = &r->project->files[rel->foreign_keys.file]->tree;
    Str text = STR("");
    if (!expr_string(&r->cx, expr_at(rel->foreign_keys), &text))
      text = py_text(tree, rel->foreign_keys.ref);
    while (text.len && strchr("[]\"' ", text.ptr[text.len - 1]))
      text.len--;
    size_t dot = str_rfind_char(text, '.');
    named = dot == SIZE_MAX ? text : str_slice(text, dot + 1, text.len);
    while (named.len && strchr("[\"' ", named.ptr[0]))
      named = str_slice(named, 1, named.len);
  }
  for (uint32_t i = 0; i < t->column_count; i++) {
    const QColumn *c = &t->columns[i];
    if (c->ref_table != parent)
      continue;
    if (named.len && !str_eq(c->attr, named))
      continue;
    if (found < 0)
      found = (int)i;
  }
  *ref_column = found >= 0 ? t->columns[found].ref_column : -1;
  return found;
}

static void read_relationship(Reader *r, int from, const Relationship *rel) {
  QSchema *s = r->out;
  int to = rel->target ? table_of_model(s, rel->target) : -1;
  if (to < 0)
    return;
  Str key = text_of(r, rel->key);
  Str back = rel->back_populates ? text_of(r, rel->back_populates)
             : rel->backref      ? text_of(r, rel->backref)
                                 : STR("");
  for (uint32_t i = 0; i < s->edge_count; i++) {
    QEdge *e = &s->edges[i];
    if (e->a == to && e->b == from && !e->attr_b.len &&
        ((back.len && str_eq(e->attr_a, back)) ||
         (rel->from_backref && str_eq(e->backref, key)))) {
      e->attr_b = key;
      e->many_b = rel->uselist == YES;
      return;
    }
  }
  QEdge e = {.a = from,
             .b = to,
             .attr_a = key,
             .attr_b = STR(""),
             .backref = rel->from_backref ? STR("") : back,
             .column_a = -1,
             .column_b = -1};
  e.many_a = rel->uselist == YES;
  e.secondary = rel->has_secondary;
  if (e.secondary) {
    e.many_b = true;
  } else if (rel->direction == MANY_TO_ONE) {
    e.column_a = edge_column(r, from, to, rel, &e.column_b);
    e.many_b = true;
  } else {
    e.column_b = edge_column(r, to, from, rel, &e.column_a);
  }
  if (!e.secondary && (e.column_a < 0 || e.column_b < 0))
    e.column_a = e.column_b = -1;
  s->edges[s->edge_count++] = e;
}

// Foreign keys that no relationship uses.
static void read_bare_keys(Reader *r) {
  QSchema *s = r->out;
  for (uint32_t i = 0; i < s->table_count; i++)
    for (uint32_t c = 0; c < s->tables[i].column_count; c++) {
      const QColumn *col = &s->tables[i].columns[c];
      if (col->ref_table < 0 || col->ref_column < 0)
        continue;
      bool known = false;
      for (uint32_t e = 0; e < s->edge_count; e++) {
        const QEdge *x = &s->edges[e];
        known |= (x->a == (int)i && x->column_a == (int)c && x->b == col->ref_table) ||
                 (x->b == (int)i && x->column_b == (int)c && x->a == col->ref_table);
      }
      if (!known)
        s->edges[s->edge_count++] = (QEdge){.a = (int)i,
                                            .b = col->ref_table,
                                            .column_a = (int)c,
                                            .column_b = col->ref_column,
                                            .attr_a = STR(""),
                                            .attr_b = STR(""),
                                            .many_b = true};
    }
}

static uint32_t part_of(const uint32_t *parts, uint32_t t) {
  while (parts[t] != t)
    t = parts[t];
  return t;
}

// The column of `from` that has the name of the single key of `to`; -1: none.
static int same_name_as_key(const QSchema *s, uint32_t from, uint32_t to) {
  const QTable *t = &s->tables[to];
  if (t->key_column < 0)
    return -1;
  const QColumn *key = &t->columns[t->key_column];
  if (key->name.len < 5) // "id", "code", "name" are of everything
    return -1;
  for (uint32_t c = 0; c < s->tables[from].column_count; c++)
    if (str_eq_nocase(s->tables[from].columns[c].name, key->name) &&
        s->tables[from].columns[c].type == key->type)
      return (int)c;
  return -1;
}

static bool has_edge(const QSchema *s, uint32_t a, uint32_t b) {
  for (uint32_t e = 0; e < s->edge_count; e++)
    if ((s->edges[e].a == (int)a && s->edges[e].b == (int)b) ||
        (s->edges[e].a == (int)b && s->edges[e].b == (int)a))
      return true;
  return false;
}

// Tables that no key brings together, but the name of a column: `most` edges in all.
static void read_implied_keys(Reader *r, uint32_t most) {
  QSchema *s = r->out;
  uint32_t *parts = arena_array(r->arena, uint32_t, s->table_count + 1);
  for (uint32_t i = 0; i < s->table_count; i++)
    parts[i] = i;
  for (uint32_t e = 0; e < s->edge_count; e++)
    parts[part_of(parts, (uint32_t)s->edges[e].a)] =
        part_of(parts, (uint32_t)s->edges[e].b);
  for (uint32_t i = 0; i < s->table_count; i++)
    for (uint32_t k = 0; k < s->table_count && s->edge_count < most; k++) {
      uint32_t a = part_of(parts, i), b = part_of(parts, k);
      int column = i == k ? -1 : same_name_as_key(s, i, k);
      if (column < 0 || (a == b && (has_edge(s, i, k) ||
                                    qschema_column(s, (int)i, column)->foreign_key)))
        continue;
      s->edges[s->edge_count++] = (QEdge){.a = (int)i,
                                          .b = (int)k,
                                          .column_a = column,
                                          .column_b = s->tables[k].key_column,
                                          .attr_a = STR(""),
                                          .attr_b = STR(""),
                                          .many_b = true,
                                          .implied = true};
      parts[a] = b;
    }
}

QSchema *qschema_read(const Project *project, const Models *models, Resolver *resolver,
                      Arena *arena) {
  QSchema *s = arena_new(arena, QSchema);
  Reader r = {.project = project, .models = models, .arena = arena, .out = s};
  r.cx = (ExprCtx){.r = resolver, .project = project, .arena = arena};
  r.doc = interner_find(project->names, STR("doc"));
  r.comment = interner_find(project->names, STR("comment"));
  s->tables = arena_array(arena, QTable, models_count(models) + 1);
  uint32_t edges = 0;
  for (uint32_t i = 0; i < models_count(models); i++) {
    const Model *m = models_at(models, i);
    if (!m->name)
      continue;
    read_table(&r, &s->tables[s->table_count++], m);
    edges += m->relationship_count + m->column_count;
  }
  s->edges = arena_array(arena, QEdge, edges + 2 * s->table_count + 1);
  link_foreign_keys(&r);
  for (uint32_t i = 0; i < s->table_count; i++)
    for (uint32_t k = 0; k < s->tables[i].model->relationship_count; k++)
      read_relationship(&r, (int)i, &s->tables[i].model->relationships[k]);
  read_bare_keys(&r);
  read_implied_keys(&r, edges + 2 * s->table_count);
  return s;
}
