// B102, B103, B111, B135: what single operations of a migration do to the database.
#include "rules/migration.h"

// ---- B102, B103

static void check_drop_table(RuleCtx *cx, Ref call) {
  Operation o;
  if (migration_pending(cx, call, &o))
    rule_report(cx, py_span(cx->tree, call),
                "`%.*s` and its rows are gone for good; old code that still runs fails",
                STR_ARG(o.table));
}

static void check_drop_column(RuleCtx *cx, Ref call) {
  Operation o;
  if (!migration_pending(cx, call, &o))
    return;
  Str column = string_value(cx, operation_argument(cx, &o, call, "column_name", 1));
  if (column.ptr)
    rule_report(cx, py_span(cx->tree, call),
                "the values of `%.*s.%.*s` are gone for good; old code that still runs "
                "fails",
                STR_ARG(o.table), STR_ARG(column));
}

// ---- B111

// True where a `with op.get_context().autocommit_block():` stands around.
static bool in_autocommit(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  for (Ref p = rule_parent(cx, call); p; p = rule_parent(cx, p)) {
    if (py_kind(t, p) != PY_WITH)
      continue;
    PyRefs items = py_list(t, PY_AS(With, t, p)->items);
    for (uint32_t i = 0; i < items.len; i++)
      if (str_is(call_method_text(cx, PY_AS(WithItem, t, items.at[i])->context),
                 "autocommit_block"))
        return true;
  }
  return false;
}

static bool mentions_commit(RuleCtx *cx, Ref function) {
  Str text = py_text(cx->tree, function); // op.execute("COMMIT") before it
  return str_find(text, STR("COMMIT"), 0) != SIZE_MAX ||
         str_find(text, STR("isolation_level"), 0) != SIZE_MAX;
}

bool migration_leaves_transaction(RuleCtx *cx, Ref call, Ref function) {
  return in_autocommit(cx, call) || mentions_commit(cx, function);
}

typedef struct {
  RuleCtx *cx;
  bool found;
} StringLines;

// A string whose lines would be indented with the statement.
static bool visit_lines(void *data, Ref r) {
  RuleCtx *cx = ((StringLines *)data)->cx;
  Str text = py_text(cx->tree, r);
  PyKind kind = py_kind(cx->tree, r);
  if ((kind == PY_STR || kind == PY_JOINED_STR) &&
      str_find_char(text, '\n', 0) != SIZE_MAX &&
      (str_find(text, STR("\"\"\""), 0) != SIZE_MAX ||
       str_find(text, STR("'''"), 0) != SIZE_MAX ||
       str_find(text, STR("\\\n"), 0) != SIZE_MAX ||
       str_find(text, STR("\\\r"), 0) != SIZE_MAX))
    ((StringLines *)data)->found = true;
  return !((StringLines *)data)->found;
}

static bool holds_string_lines(RuleCtx *cx, Ref statement) {
  StringLines s = {.cx = cx};
  PyVisitor v = {.enter = visit_lines, .data = &s};
  py_walk(cx->tree, statement, &v);
  return s.found;
}

// True where nothing but a comment stands behind the statement.
static bool ends_line(RuleCtx *cx, Ref statement) {
  Str text = cx->file->source.text;
  size_t at = py_node(cx->tree, statement)->end;
  while (at < text.len && (text.ptr[at] == ' ' || text.ptr[at] == '\t'))
    at++;
  return at == text.len || strchr("#\r\n", text.ptr[at]);
}

// `statement` under the `with`, each of its lines one step further in.
static void write_autocommit(RuleCtx *cx, Ref statement, Str indent, Str op) {
  Str text = py_text(cx->tree, statement), newline = rule_newline(cx);
  Buf out = {0};
  buf_printf(&out, "with %.*s.get_context().autocommit_block():%.*s%.*s    ", STR_ARG(op),
             STR_ARG(newline), STR_ARG(indent));
  for (size_t i = 0; i < text.len; i++) {
    buf_add_char(&out, text.ptr[i]);
    if (text.ptr[i] == '\n')
      buf_add_text(&out, "    ");
  }
  fix_replace(cx, py_span(cx->tree, statement), str_copy(cx->scratch, buf_str(&out)));
  buf_free(&out);
}

static void check_concurrently(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref function = enclosing_function(cx, call);
  Operation o;
  if (!is_true(t, call_keyword(t, call, rule_atom(cx, "postgresql_concurrently"))) ||
      !migration_operation(cx, call, &o) || o.batch ||
      (!o.upgrades && function != o.script.downgrade) ||
      migration_leaves_transaction(cx, call, function))
    return;
  Finding *f = rule_report(cx, py_span(t, call),
                           "CONCURRENTLY is refused within a transaction; put it into "
                           "`with op.get_context().autocommit_block():`");
  Ref statement = rule_statement(cx, call);
  Str indent;
  Ref func = PY_AS(Call, t, call)->func;
  if (py_kind(t, statement) != PY_EXPR_STMT || !rule_indent(cx, statement, &indent) ||
      !ends_line(cx, statement) || py_kind(t, func) != PY_ATTRIBUTE)
    rule_refuse(cx, f, "the call is not a statement of its own");
  else if (holds_string_lines(cx, statement))
    rule_refuse(cx, f, "a string over several lines would be indented");
  else if (rule_fix(cx, f, FIX_SAFE, "Put it into an autocommit block"))
    write_autocommit(cx, statement, indent, py_text(t, PY_AS(Attribute, t, func)->value));
}

// ---- B135

static void check_metadata(RuleCtx *cx) {
  if (!str_ends(cx->file->path, STR("/env.py")) && !str_is(cx->file->path, "env.py"))
    return;
  Ref value = migration_top_value(cx->file, rule_atom(cx, "target_metadata"));
  const PyScopes *s = cx->file->scopes;
  uint32_t symbol =
      s ? py_scopes_find(s, 0, rule_atom(cx, "target_metadata")) : NO_SYMBOL;
  if (!value || !is_none(cx->tree, value) || symbol == NO_SYMBOL ||
      s->symbols[symbol].first != s->symbols[symbol].last || !models_count(cx->models))
    return;
  rule_report(cx, py_span(cx->tree, value),
              "Alembic is not shown the models: `revision --autogenerate` compares with "
              "nothing; set it to the `metadata` of their base");
}

DEFINE_RULE(drop_table, "B102", "drop-table", CAT_ALEMBIC, SEVERITY_INFO,
            "op.drop_table() in upgrade() of the newest migration",
            "The rows cannot be brought back by downgrade(), and code of the release "
            "before fails while both run",
            .on = {PY_CALL}, .names = RULE_NAMES("drop_table"),
            .check = check_drop_table);
DEFINE_RULE(drop_column, "B103", "drop-column", CAT_ALEMBIC, SEVERITY_INFO,
            "op.drop_column() in upgrade() of the newest migration",
            "The values cannot be brought back by downgrade(), and code of the release "
            "before fails while both run",
            .on = {PY_CALL}, .names = RULE_NAMES("drop_column"),
            .check = check_drop_column);
DEFINE_RULE(concurrently_in_transaction, "B111", "concurrently-in-transaction",
            CAT_ALEMBIC, SEVERITY_ERROR,
            "postgresql_concurrently=True outside an autocommit block",
            "PostgreSQL refuses: CREATE INDEX CONCURRENTLY cannot run inside a "
            "transaction block",
            .fix = FIX_SAFE, .on = {PY_CALL},
            .names = RULE_NAMES("create_index", "drop_index"),
            .check = check_concurrently);
DEFINE_RULE(env_target_metadata_none, "B135", "env-target-metadata-none", CAT_ALEMBIC,
            SEVERITY_ERROR, "target_metadata = None in env.py of a project with models",
            "Autogenerate finds no table in the metadata and writes an empty script, or "
            "one that drops everything",
            .check_file = check_metadata);
