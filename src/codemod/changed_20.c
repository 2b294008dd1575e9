// What 2.0 does otherwise than 1.4 without an error, or refuses, and a person has to
// decide on.
#include "codemod/codemod.h"
#include "sqla/place_map.h"

static const CodemodCode codes[] = {
    {"M278", "mapper-order-by", "`order_by` among __mapper_args__"},
    {"M352", "sqlite-file-pool", "An engine for a file of SQLite without poolclass="},
    {"M354", "match-plainto", "match() on PostgreSQL"},
    {"M356", "column-order-mixin", "A mixin or an abstract class with columns"},
    {"M357", "session-external-transaction",
     "Tests that restart a savepoint when a transaction of a session ends"},
    {"M358", "column-replace-error", "A table with two columns of one name"},
    {.code = NULL}};

// Code that is known to run on 2.x has met the change.
static bool is_new(const CodemodCtx *cx) {
  return cx->source > SQLALCHEMY_1_4;
}

// ---- Mappings

// A dict that a class or a declared_attr function gives for __mapper_args__.
static bool is_mapper_args(const CodemodWalk *w, Ref dict) {
  Ref stmt = rule_parent(w->in, dict), target = 0;
  Str name = STR("");
  if (py_kind(w->t, stmt) == PY_ASSIGN) {
    target = py_list(w->t, PY_AS(Assign, w->t, stmt)->targets).at[0];
    if (py_kind(w->t, target) == PY_NAME)
      name = codemod_name(w, PY_AS(Name, w->t, target)->id);
  } else if (py_kind(w->t, stmt) == PY_RETURN) {
    Ref def = rule_parent(w->in, stmt);
    if (py_kind(w->t, def) == PY_FUNCTION_DEF)
      name = codemod_name(w, PY_AS(FunctionDef, w->t, def)->name);
  }
  return str_is(name, "__mapper_args__");
}

static void mapper_args(const CodemodWalk *w, Ref dict) {
  PyRefs items = py_list(w->t, PY_AS(Dict, w->t, dict)->items);
  for (uint32_t i = 0; i + 1 < items.len; i += 2)
    if (items.at[i] && str_is(string_value(w->in, items.at[i]), "order_by") &&
        is_mapper_args(w, dict))
      codemod_report(w, "M278", items.at[i], "mappers have no order_by any more",
                     "each query that relied on it takes an order_by() of its own");
}

// Columns of a class that is no table: first in CREATE TABLE on 1.4, last on 2.0.
static void column_order(CodemodCtx *cx) {
  PlaceMap seen = {0};
  for (uint32_t i = 0; i < models_count(cx->models) && cx->source == SQLALCHEMY_1_4;
       i++) {
    const Model *m = models_at(cx->models, i);
    for (uint32_t k = 0; k < m->column_count; k++) {
      Place cls = m->columns[k].declared_in;
      if (m->columns[k].inherited || !cls.ref || place_eq(cls, m->node) ||
          !codemod_reads(cx, cls.file) ||
          place_map_get(&seen, place_key(cls)) != PLACE_MAP_NONE)
        continue;
      place_map_set(&seen, place_key(cls), 1);
      const PyTree *t = &cx->project->files[cls.file]->tree;
      const PyClassDef *c = PY_AS(ClassDef, t, cls.ref);
      Str name = atom_str(cx->project->names, c->name);
      Site *s = codemod_site(
          cx, "M356", cls.file, (Span){c->name_at, c->name_at + (uint32_t)name.len},
          "CREATE TABLE has the columns of `%.*s` behind those of its classes on 2.0",
          STR_ARG(name));
      codemod_leave(cx, s, (Place){0, 0},
                    "tables that exist stay as they are; mapped_column(sort_order=-1) "
                    "keeps the order of new ones");
    }
  }
  place_map_free(&seen);
}

static void twice(const CodemodWalk *w, Ref table) {
  PyRefs args = py_list(w->t, PY_AS(Call, w->t, table)->args);
  Vec(Str) names = {0};
  for (uint32_t i = 0; i < args.len; i++) {
    Ref arg = args.at[i];
    if (py_kind(w->t, arg) != PY_CALL ||
        resolve_call_api(w->cx->resolver, w->file, arg) != API_sqlalchemy_Column)
      continue;
    Str name = string_value(w->in, call_positional(w->t, arg, 0));
    bool again = false;
    for (size_t k = 0; k < names.len && name.ptr; k++)
      again = again || str_eq(names.items[k], name);
    if (again)
      codemod_report(w, "M358", arg, "the table has a column of this name already",
                     "2.0 refuses it, 1.x took the last one: delete the others");
    if (name.ptr)
      vec_push(&names, name);
  }
  vec_free(&names);
}

// ---- Engines and sessions

static bool is_sqlite_file(Str url) {
  size_t at = str_find(url, STR("://"), 0);
  Str rest = at == SIZE_MAX ? STR("") : str_slice(url, at + 3, url.len);
  return str_starts(url, STR("sqlite")) && rest.len > 1 &&
         str_find(rest, STR(":memory:"), 0) == SIZE_MAX &&
         str_find(rest, STR("mode=memory"), 0) == SIZE_MAX;
}

static void file_engine(const CodemodWalk *w, Ref call) {
  Ref url = call_argument(w->t, call, rule_atom(w->in, "url"), 0);
  if (w->cx->source != SQLALCHEMY_1_4 || call_has_stars(w->t, call) ||
      call_keyword_node(w->t, call, rule_atom(w->in, "poolclass")) ||
      !is_sqlite_file(string_value(w->in, url)))
    return;
  codemod_report(
      w, "M352", call, "files of SQLite are pooled on 2.0",
      "connections stay open and may serve several threads; poolclass=NullPool "
      "opens one for each use, as 1.4 did");
}

static void match(const CodemodWalk *w, Ref call) {
  Value v = codemod_value(w, call_receiver(w->t, call));
  if (!(w->cx->databases & DETECTED_POSTGRESQL) || is_new(w->cx) ||
      v.kind != VALUE_COLUMN || v.sure != SURE_PROVEN)
    return;
  codemod_report(w, "M354", call, "match() calls plainto_tsquery() on 2.0",
                 "operators in the search text mean nothing then; "
                 "`.bool_op(\"@@\")(func.to_tsquery(...))` is what 1.4 sent");
}

static void listener(const CodemodWalk *w, Ref call) {
  if (is_new(w->cx) || !str_is(string_value(w->in, call_positional(w->t, call, 1)),
                               "after_transaction_end"))
    return;
  codemod_report(
      w, "M357", call,
      "a session joins the transaction of its connection otherwise on 2.0",
      "Session(bind=connection, join_transaction_mode=\"create_savepoint\") does "
      "what this restarts by hand");
}

// ----

static void call(const CodemodWalk *w, Ref r) {
  if (str_is(call_method_text(w->in, r), "match")) {
    match(w, r);
    return;
  }
  switch (resolve_call_api(w->cx->resolver, w->file, r)) {
  case API_sqlalchemy_create_engine:
    file_engine(w, r);
    return;
  case API_sqlalchemy_event_listen:
  case API_sqlalchemy_event_listens_for:
    listener(w, r);
    return;
  case API_sqlalchemy_Table:
    twice(w, r);
    return;
  default:
    return;
  }
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) == PY_CALL)
    call(w, r);
  else if (py_kind(w->t, r) == PY_DICT)
    mapper_args(w, r);
}

const Codemod codemod_changed_20 = {.name = "changed-20",
                                    .codes = codes,
                                    .profile = PROFILE_COMPAT,
                                    .on = {PY_CALL, PY_DICT},
                                    .visit = visit,
                                    .run = column_order};
