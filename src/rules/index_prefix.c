// P131: an index that another one makes needless.
#include "rules/util.h"

// The columns that an index is over, in order.
typedef struct {
  const Str *columns;
  uint32_t count;
  Place node;
  bool plain; // of nothing but columns, without a condition or method: an index to spare
} IndexKey;

typedef struct {
  RuleCtx *cx;
  Vec(IndexKey) keys;
} Keys;

static bool is_plain(RuleCtx *cx, Place node) {
  const PyTree *t = &cx->project->files[node.file]->tree;
  if (py_kind(t, node.ref) != PY_CALL)
    return false;
  PyRefs args = py_list(t, PY_AS(Call, t, node.ref)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) == PY_KEYWORD || py_kind(t, args.at[i]) == PY_STARRED)
      return false;
  return true;
}

// An expression on the way: nothing can be said of the index.
static bool is_readable(const SqlConstraint *c) {
  for (uint32_t i = 0; i < c->column_count; i++)
    if (!c->columns[i].ptr)
      return false;
  return c->column_count;
}

static bool has_condition(RuleCtx *cx, Place node) {
  const PyTree *t = &cx->project->files[node.file]->tree;
  PyRefs args = py_kind(t, node.ref) == PY_CALL
                    ? py_list(t, PY_AS(Call, t, node.ref)->args)
                    : (PyRefs){NULL, 0};
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD)
      continue;
    Atom arg = PY_AS(Keyword, t, args.at[i])->arg;
    Str name = arg ? atom_str(cx->project->names, arg) : STR("");
    if (!arg || str_ends(name, STR("_where")) || str_ends(name, STR("_using")))
      return true;
  }
  return false;
}

static void add_constraints(Keys *k, const SqlTable *table) {
  for (uint32_t i = 0; i < table->constraint_count; i++) {
    const SqlConstraint *c = &table->constraints[i];
    if ((c->kind != CONSTRAINT_INDEX && c->kind != CONSTRAINT_UNIQUE &&
         c->kind != CONSTRAINT_PRIMARY_KEY) ||
        !is_readable(c) || !c->node.ref || has_condition(k->cx, c->node))
      continue;
    bool spare = c->kind == CONSTRAINT_INDEX && !c->unique && is_plain(k->cx, c->node);
    vec_push(&k->keys, (IndexKey){c->columns, c->column_count, c->node, spare});
  }
}

static void add_columns(Keys *k, const SqlTable *table) {
  RuleCtx *cx = k->cx;
  Str *key = arena_array(cx->scratch, Str, table->column_count + 1);
  uint32_t count = 0;
  for (uint32_t i = 0; i < table->column_count; i++) {
    const SqlColumn *c = table->columns[i];
    Str *name = arena_new(cx->scratch, Str);
    *name = atom_str(cx->project->names, c->name);
    if (c->primary_key)
      key[count++] = *name;
    else if (c->index && !c->unique && c->node.ref)
      vec_push(&k->keys, (IndexKey){name, 1, c->node, true});
  }
  if (count)
    vec_push(&k->keys, (IndexKey){key, count, {0}, false});
}

static bool begins(const IndexKey *shorter, const IndexKey *longer) {
  if (shorter->count >= longer->count)
    return false;
  for (uint32_t i = 0; i < shorter->count; i++)
    if (!str_eq(shorter->columns[i], longer->columns[i]))
      return false;
  return true;
}

static Str names_of(RuleCtx *cx, const IndexKey *key) {
  Buf out = {0};
  for (uint32_t i = 0; i < key->count; i++)
    buf_printf(&out, "%s%.*s", i ? ", " : "", STR_ARG(key->columns[i]));
  Str text = str_copy(cx->scratch, buf_str(&out));
  buf_free(&out);
  return text;
}

static void check(RuleCtx *cx, const Model *m) {
  if (!m->table || !place_eq(m->table->node, m->node) || !m->table->complete)
    return;
  Keys k = {.cx = cx};
  add_constraints(&k, m->table);
  add_columns(&k, m->table);
  for (size_t i = 0; i < k.keys.len; i++) {
    const IndexKey *spare = &k.keys.items[i];
    for (size_t j = 0; spare->plain && j < k.keys.len; j++) {
      if (!begins(spare, &k.keys.items[j]) || spare->node.file != cx->file_id)
        continue;
      rule_report(cx, py_span(cx->tree, spare->node.ref),
                  "the index over (%.*s) serves all that this one does: writes keep both",
                  STR_ARG(names_of(cx, &k.keys.items[j])));
      break;
    }
  }
  vec_free(&k.keys);
}

const Rule rule_index_prefix = {
    .code = "P131",
    .name = "index-redundant-prefix",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_INFO,
    .what = "An index over the first columns of another one, or of the primary key",
    .why = "The longer one finds the same rows; every INSERT and UPDATE writes both",
    .check_model = check,
};
