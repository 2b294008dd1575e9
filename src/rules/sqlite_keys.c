// S137: ON DELETE that SQLite does not carry out.
#include "rules/util.h"

// The URL that create_engine() is given, where it is a literal, also by a name.
static Str url_of(RuleCtx *cx, Ref call) {
  return rule_text_head(cx, call_argument(cx->tree, call, rule_atom(cx, "url"), 0));
}

// A file: what is in memory is gone with the program, and mostly a trial.
static bool is_file(Str url) {
  size_t path = str_find(url, STR(":///"), 0);
  return str_starts(url, STR("sqlite")) && path != SIZE_MAX &&
         path + strlen(":///") < url.len && str_find(url, STR(":memory:"), 0) == SIZE_MAX;
}

// The first key with an ON DELETE that the engine may hold, NULL where there is none.
static const SqlColumn *key_with_action(RuleCtx *cx) {
  bool family = models_have_one_base(cx->models);
  for (uint32_t i = 0; i < models_table_count(cx->models); i++) {
    const SqlTable *table = models_table_at(cx->models, i);
    bool held = table->node.file == cx->file_id || (family && table->model);
    for (uint32_t k = 0; held && k < table->column_count; k++)
      for (uint32_t f = 0; f < table->columns[k]->foreign_key_count; f++)
        if (table->columns[k]->foreign_keys[f].ondelete.len)
          return table->columns[k];
  }
  return NULL;
}

static bool turns_keys_on(const Project *p) {
  static const char *const words[] = {"PRAGMA foreign_keys", "pragma foreign_keys",
                                      "PRAGMA FOREIGN_KEYS"};
  for (uint32_t i = 0; i < p->file_count; i++)
    for (size_t k = 0; k < ARRAY_LEN(words); k++)
      if (str_find(p->files[i]->source.text, str_from(words[k]), 0) != SIZE_MAX)
        return true;
  return false;
}

static void check(RuleCtx *cx, Ref call) {
  if (cx->file->is_test || !is_file(url_of(cx, call)))
    return;
  const SqlColumn *key = key_with_action(cx);
  if (key && key->table && !turns_keys_on(cx->project))
    rule_report(
        cx, py_span(cx->tree, PY_AS(Call, cx->tree, call)->func),
        "SQLite ignores ON DELETE, as of `%.*s.%.*s`, and all foreign keys, unless "
        "each connection says PRAGMA foreign_keys=ON; a `connect` event does",
        STR_ARG(key->table->name), STR_ARG(atom_str(cx->project->names, key->name)));
}

const Rule rule_sqlite_keys = {
    .code = "S137",
    .name = "sqlite-foreign-keys-off",
    .category = CAT_SESSION,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what =
        "An engine for SQLite that enforces no foreign keys, over tables with ON DELETE",
    .why = "Rows that refer to what was deleted stay, and rows that refer to nothing are "
           "taken",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_create_engine,
                      API_sqlalchemy_ext_asyncio_create_async_engine),
    .check = check,
};
