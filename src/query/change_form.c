// change_form.c: every word is one of the lists below, the name of one model, or a column
// behind "by". Values of the request ("called Legal") are none of them.
#include "query/change_form.h"

#include "query/tools.h"
#include "query/write_internal.h"

enum {
  MAX_KEYS = 4
};

static const char inserting[] =
    "insert inserts inserting add adds adding create creates creating store stores save "
    "saves register registers insertion";
static const char upserting[] = "upsert upserts upserting";
static const char deleting[] = "delete deletes deleting remove removes removing deletion";
static const char many_words[] = "bulk many several multiple batch batches list dicts "
                                 "dictionaries once dict dictionary mappings lots";
static const char returning[] = "return returns returning ids back";
static const char keeping[] =
    "ignore ignores ignoring skip skips skipping nothing unless "
    "untouched";
static const char existing[] =
    "exist exists existing existed already duplicate duplicates "
    "conflict conflicts conflicting present";
static const char by_words[] = "by on key using matching";
static const char talk[] =
    "a an the new one single to that which and or for with its it them they of in into "
    "all at do does when if there their function helper method write make me give please "
    "i need want how can code python typed async asynchronously core orm sqlalchemy "
    "postgres postgresql pg sqlite mysql mariadb sql statement from get as then whether "
    "true false something was were given another instance object rows row values data "
    "primary id we would like should be is are session same time only fields parameters "
    "parameter arguments argument values value keyword every columns passed taking takes "
    "accepts by go s";

typedef struct {
  const Words *words;
  const QSchema *schema;
  int table;
  int keys[MAX_KEYS], sets[MAX_KEYS];
  uint32_t key_count, set_count;
  bool plural, insert, upsert, remove, many, returns, keep, exists;
  bool update; // besides inserting
  bool change; // an update of rows that exist
} Form;

// How many words from `at` are one of the names; 0 where none is.
static uint32_t match_names(const Form *f, uint32_t at, const QName *names,
                            uint32_t count) {
  uint32_t best = 0;
  for (uint32_t n = 0; n < count; n++) {
    uint32_t k = 0;
    while (k < names[n].count && at + k < f->words->count &&
           str_eq(f->words->items[at + k].stem, names[n].stems[k]))
      k++;
    if (k == names[n].count && k > best)
      best = k;
  }
  return best;
}

// The model whose name stands at `at`; another than the one before is none.
static uint32_t read_table(Form *f, uint32_t at) {
  for (uint32_t t = 0; t < f->schema->table_count; t++) {
    const QTable *table = &f->schema->tables[t];
    uint32_t n = match_names(f, at, table->names, table->name_count);
    if (!n || (f->table >= 0 && f->table != (int)t))
      continue;
    Str noun = f->words->items[at + n - 1].lower;
    f->plural |= str_ends(noun, STR("s")) && !str_ends(noun, STR("ss"));
    f->table = (int)t;
    return n;
  }
  return 0;
}

static uint32_t read_key(Form *f, uint32_t at) {
  const QTable *t = &f->schema->tables[f->table];
  for (uint32_t c = 0; c < t->column_count; c++) {
    uint32_t n = match_names(f, at, t->columns[c].names, t->columns[c].name_count);
    if (n && f->key_count < MAX_KEYS) {
      f->keys[f->key_count++] = (int)c;
      return n;
    }
  }
  return 0;
}

// "update the title of an employee": before the model is known any model's column counts,
// and the model must turn out to have it.
static uint32_t read_set(Form *f, uint32_t at) {
  for (uint32_t t = 0; t < f->schema->table_count; t++) {
    const QTable *table = &f->schema->tables[t];
    if (f->table >= 0 && f->table != (int)t)
      continue;
    for (uint32_t c = 0; c < table->column_count; c++) {
      uint32_t n =
          match_names(f, at, table->columns[c].names, table->columns[c].name_count);
      if (!n || (int)c == table->key_column || f->set_count == MAX_KEYS)
        continue;
      f->sets[f->set_count] = (int)at; // looked up when the model is known
      f->set_count++;
      return n;
    }
  }
  return 0;
}

// "insert or update", "create or replace"
static bool also_updates(const Form *f, uint32_t at) {
  const Words *w = f->words;
  return at + 1 < w->count && str_is(w->items[at].lower, "or") &&
         words_in_list("update replace insert create add", w->items[at + 1].lower);
}

// The columns at the words that were noted.
static bool settle_sets(Form *f) {
  const QTable *t = &f->schema->tables[f->table];
  for (uint32_t i = 0; i < f->set_count; i++) {
    uint32_t at = (uint32_t)f->sets[i], best = 0;
    for (uint32_t c = 0; c < t->column_count; c++) {
      uint32_t n = match_names(f, at, t->columns[c].names, t->columns[c].name_count);
      if (n > best) {
        best = n;
        f->sets[i] = (int)c;
      }
    }
    if (!best)
      return false;
  }
  return true;
}

static bool read_form(Form *f) {
  const Words *w = f->words;
  bool key = false;
  for (uint32_t i = 0; i < w->count;) {
    const Word *x = &w->items[i];
    uint32_t n = 1;
    if (x->kind == WORD_MARK) {
      i++;
      continue;
    }
    bool one = x->kind == WORD_NUMBER && str_is(x->lower, "one");
    if (x->kind != WORD_PLAIN && !one)
      return false;
    if (str_is(x->lower, "or") && i + 1 < w->count &&
        words_in_list("ignore skip", w->items[i + 1].lower)) {
      f->keep = f->exists = true; // "insert or ignore"
      n = 2;
    } else if (also_updates(f, i)) {
      f->update = true;
      key = false;
      n = 2;
    } else if (key && f->table >= 0 && read_key(f, i) > 0) {
      uint32_t before = f->key_count - 1;
      f->key_count = before;
      n = read_key(f, i);
    } else if (words_in_list(upserting, x->lower)) {
      f->upsert = true;
    } else if (words_in_list(inserting, x->lower)) {
      f->insert = true;
    } else if (words_in_list(deleting, x->lower)) {
      f->remove = true;
    } else if (words_in_list("deleted removed inserted changed", x->lower)) {
      if (!f->remove && !f->insert)
        return false;
    } else if (words_in_list(
                   "update updates change changes set sets modify modifies edit",
                   x->lower)) {
      f->update = f->insert || f->upsert;
      f->change = !f->update;
      key = false;
    } else if (words_in_list(many_words, x->lower)) {
      f->many = true;
    } else if (words_in_list(returning, x->lower)) {
      f->returns = true;
    } else if (words_in_list(keeping, x->lower)) {
      f->keep = true;
    } else if (words_in_list(existing, x->lower)) {
      f->exists = true;
    } else if (words_in_list(by_words, x->lower)) {
      key = true;
    } else if ((f->update || f->change) && !key && (n = read_set(f, i)) > 0) {
      // what is given is set
    } else if ((n = read_table(f, i)) == 0) {
      n = 1;
      bool known = words_in_list(talk, x->lower) || words_in_list("ones", x->lower);
      if (!known || (x->capital && !x->first && !x->upper))
        return false;
    }
    i += n;
  }
  return f->table >= 0 && w->count > 0 && settle_sets(f);
}

static int unique_column(const QTable *t) {
  int found = -1;
  for (uint32_t c = 0; c < t->column_count; c++)
    if (t->columns[c].unique && !t->columns[c].primary_key) {
      if (found >= 0)
        return -1; // which of them?
      found = (int)c;
    }
  return found;
}

// Something besides the key and what tells the rows apart can be given.
static bool has_more(const QTable *t, int conflict) {
  for (uint32_t c = 0; c < t->column_count; c++)
    if ((int)c != conflict && !t->columns[c].primary_key)
      return true;
  return false;
}

// ---- A row by its columns

static bool finds_one(const Form *f) {
  const QTable *t = &f->schema->tables[f->table];
  for (uint32_t i = 0; i < f->key_count; i++)
    if (t->columns[f->keys[i]].unique || f->keys[i] == t->key_column)
      return true;
  return false;
}

static Str key_condition(Writer *w, const Form *f, uint32_t i, Str *attr) {
  Item item = {
      .kind = ITEM_COLUMN, .table = (int16_t)f->table, .column = (int16_t)f->keys[i]};
  *attr = qschema_column(f->schema, f->table, f->keys[i])->attr;
  Str parameter = add_parameter(w, *attr, python_type(w, item), STR(""));
  return str_format(w->arena, "%.*s == %.*s", STR_ARG(column_code(w, item)),
                    STR_ARG(parameter));
}

// One row is loaded and deleted, so that the cascades of the models hold; several go in
// one statement.
static void write_delete(Writer *w, const Form *f, QueryAnswer *out) {
  const QTable *t = &f->schema->tables[f->table];
  bool one = finds_one(f) && !w->options.core, async = w->options.async;
  const char *await = async ? "await " : "";
  Str snake = snake_name(w->arena, t->cls), attr;
  Call calls[2] = {{.head = one ? STR("select") : STR("delete")},
                   {.head = STR(".where")}};
  Buf body = {0}, name = {0}, reading = {0};
  add_import(w, "sqlalchemy", one ? STR("select") : STR("delete"));
  call_add(&calls[0], one ? item_code(w, (Item){.kind = ITEM_ENTITY,
                                                .table = (int16_t)f->table,
                                                .column = -1})
                          : table_code(w, f->table));
  buf_printf(&name, "delete_%.*s_by",
             STR_ARG(one ? snake : words_plural(w->arena, snake)));
  buf_printf(&reading, "Delete the %s of %.*s by", one ? "row" : "rows", STR_ARG(t->cls));
  for (uint32_t i = 0; i < f->key_count; i++) {
    call_add(&calls[1], key_condition(w, f, i, &attr));
    buf_printf(&name, "%s_%.*s", i ? "_and" : "", STR_ARG(attr));
    buf_printf(&reading, "%s %.*s", i ? " and" : "", STR_ARG(attr));
  }
  if (one)
    buf_add_text(&reading, "; true where there was one");
  out->reading = str_copy(w->arena, buf_str(&reading));
  out->function = str_copy(w->arena, buf_str(&name));
  write_signature(w, &body, out->function, one ? STR("bool") : STR("None"));
  buf_add_str(&body, docstring_code(w->arena, out->reading));
  chain_write(&body, STR("stmt = "), calls, 2, 4);
  if (one)
    buf_printf(&body,
               "    %.*s = %ssession.scalar(stmt)\n    if %.*s is None:\n"
               "        return False\n    %ssession.delete(%.*s)\n"
               "    %ssession.flush()\n    return True\n",
               STR_ARG(snake), await, STR_ARG(snake), await, STR_ARG(snake), await);
  else
    buf_printf(&body, "    %s%s.execute(stmt)\n", await, connection_name(w));
  out->code = module_code(w, str_copy(w->arena, buf_str(&body)));
  buf_free(&body);
  buf_free(&name);
  buf_free(&reading);
}

// "update the title of an employee by id"
static void write_update(Writer *w, const Form *f, QueryAnswer *out) {
  const QTable *t = &f->schema->tables[f->table];
  Str snake = snake_name(w->arena, t->cls), attr;
  bool one = finds_one(f);
  Call calls[3] = {
      {.head = STR("update")}, {.head = STR(".where")}, {.head = STR(".values")}};
  Buf body = {0}, name = {0}, reading = {0};
  add_import(w, "sqlalchemy", STR("update"));
  call_add(&calls[0], table_code(w, f->table));
  buf_printf(&name, "update_%.*s", STR_ARG(one ? snake : words_plural(w->arena, snake)));
  buf_printf(&reading, "Set");
  for (uint32_t i = 0; i < f->key_count; i++)
    call_add(&calls[1], key_condition(w, f, i, &attr));
  for (uint32_t i = 0; i < f->set_count; i++) {
    const QColumn *c = qschema_column(f->schema, f->table, f->sets[i]);
    Item item = {
        .kind = ITEM_COLUMN, .table = (int16_t)f->table, .column = (int16_t)f->sets[i]};
    Str given = add_parameter(w, c->attr, python_type(w, item), STR(""));
    call_add(&calls[2],
             str_format(w->arena, "%.*s=%.*s", STR_ARG(key_name(w, c)), STR_ARG(given)));
    buf_printf(&name, "_%.*s", STR_ARG(c->attr));
    buf_printf(&reading, "%s %.*s", i ? "," : "", STR_ARG(c->attr));
  }
  buf_printf(&reading, " of the %s of %.*s with the given", one ? "row" : "rows",
             STR_ARG(t->cls));
  for (uint32_t i = 0; i < f->key_count; i++)
    buf_printf(&reading, "%s %.*s", i ? " and" : "",
               STR_ARG(qschema_column(f->schema, f->table, f->keys[i])->attr));
  out->reading = str_copy(w->arena, buf_str(&reading));
  out->function = str_copy(w->arena, buf_str(&name));
  write_signature(w, &body, out->function, STR("None"));
  buf_add_str(&body, docstring_code(w->arena, out->reading));
  chain_write(&body, STR("stmt = "), calls, 3, 4);
  buf_printf(&body, "    %s%s.execute(stmt)\n", w->options.async ? "await " : "",
             connection_name(w));
  out->code = module_code(w, str_copy(w->arena, buf_str(&body)));
  buf_free(&body);
  buf_free(&name);
  buf_free(&reading);
}

// ---- Meanings that the writer knows

static bool meaning_of(const Form *f, Meaning *m) {
  const QTable *t = &f->schema->tables[f->table];
  *m = (Meaning){.root = (int16_t)f->table, .conflict = -1, .returning = f->returns};
  bool upsert = f->upsert || (f->insert && (f->update || (f->keep && f->exists)));
  if (upsert) {
    int conflict = f->key_count ? f->keys[0] : unique_column(t);
    m->kind = MEANS_UPSERT;
    m->many = true;
    m->conflict = (int16_t)(conflict >= 0 ? conflict : t->key_column);
    m->keep = f->keep || !has_more(t, m->conflict);
    m->returning = false;
    return f->key_count <= 1 && m->conflict >= 0;
  }
  if (!f->insert || f->key_count || f->keep || f->exists || f->update)
    return false;
  m->kind = MEANS_INSERT;
  m->many = f->many || f->plural;
  return true;
}

static Str reading_of(const Form *f, const Meaning *m, Arena *arena) {
  const QTable *t = &f->schema->tables[f->table];
  Str rows = words_plural(arena, snake_name(arena, t->cls));
  if (m->kind == MEANS_UPSERT)
    return str_format(arena, "Add %.*s, told apart by %.*s; those that exist are %s",
                      STR_ARG(rows), STR_ARG(t->columns[m->conflict].attr),
                      m->keep ? "left as they are" : "updated");
  if (m->many)
    return str_format(arena, "Add many %.*s in one statement%s", STR_ARG(rows),
                      m->returning ? ", giving back the rows" : "");
  return str_format(arena, "Add one %.*s", STR_ARG(snake_name(arena, t->cls)));
}

bool query_change_form(Str question, const QSchema *schema, WriteOptions options,
                       Arena *arena, QueryAnswer *out) {
  Words words = words_read(arena, request_without_tools(question, schema, arena));
  Form f = {.words = &words, .schema = schema, .table = -1};
  if (words.cut || !read_form(&f) || f.insert + f.remove + f.change > 1)
    return false;
  options.async = options.async || schema->async;
  *out = (QueryAnswer){.margin = 10, .confident = true, .unused = STR("")};
  if (f.remove || f.change) {
    if (!f.key_count || f.upsert || f.keep || f.many || f.change != (f.set_count > 0) ||
        (f.change && f.returns))
      return false;
    Writer *w = arena_new(arena, Writer);
    out->meaning = (Meaning){.kind = f.remove ? MEANS_DELETE : MEANS_UPDATE,
                             .root = (int16_t)f.table};
    *w = (Writer){.m = &out->meaning, .s = schema, .options = options, .arena = arena};
    if (f.remove)
      write_delete(w, &f, out);
    else
      write_update(w, &f, out);
    out->meaning.condition_count = f.key_count; // it does not change every row
    query_assume_of_change(out, schema, options.dialect, arena);
    return true;
  }
  Written written;
  if (!meaning_of(&f, &out->meaning))
    return false;
  out->reading = reading_of(&f, &out->meaning, arena);
  if (!write_query(&out->meaning, schema, out->reading, options, arena, &written))
    return false;
  out->code = written.code;
  out->function = written.function;
  query_assume_of_change(out, schema, options.dialect, arena);
  return true;
}
