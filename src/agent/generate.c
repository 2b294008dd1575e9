// generate.c: generators at work for answers.
#include "agent/generate.h"

#include "query/words.h"
#include "schema/from_models.h"

static Database database_of(Str name) {
  static const struct {
    const char *name;
    Database database;
  } rows[] = {{"sqlite", DATABASE_SQLITE},
              {"postgresql", DATABASE_POSTGRESQL},
              {"mysql", DATABASE_MYSQL},
              {"mariadb", DATABASE_MARIADB}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (str_is(name, rows[i].name))
      return rows[i].database;
  return DATABASE_ANY;
}

GenSettings generate_settings(const AskStyle *style) {
  return (GenSettings){.database = database_of(style->database),
                       .is_async = style->is_async,
                       .dataclass = style->dataclass,
                       .package = STR(""),
                       .models_module = STR("models"),
                       .schemas_module = STR("schemas"),
                       .repository_module = STR(""),
                       .database_module = STR("database"),
                       .name = STR("")};
}

void generate_assumptions(Answer *answer, const Schema *s) {
  for (size_t i = 0; i < s->assumptions.len; i++) {
    Str a = s->assumptions.items[i];
    // They are clauses there and sentences here.
    char *text = arena_copy(answer->arena, a.ptr, a.len);
    if (a.len && text[0] >= 'a' && text[0] <= 'z')
      text[0] = (char)(text[0] - 'a' + 'A');
    answer_assume(answer, str_format(answer->arena, "%s.", text));
  }
}

bool generate_into(AskContext *cx, Answer *answer, Schema *schema, const AskStyle *style,
                   const char *generator, bool models, Err *err) {
  const Generator *row = generator_find(str_from(generator));
  Gen g = {.arena = cx->arena,
           .schema = schema,
           .settings = generate_settings(style),
           .templates = STR("")};
  ASSERT(row);
  bool ok = row->run(&g, err);
  for (size_t i = 0; ok && i < g.files.len; i++) {
    if (models)
      ask_add_models(cx, answer, g.files.items[i].text);
    else
      ask_add_module(cx, answer, g.files.items[i].text);
  }
  generate_assumptions(answer, schema);
  gen_free(&g);
  return ok;
}

// ---- Models that exist

static bool mentions(AskContext *cx, const Words *words, Str class_name) {
  Str stems[WORD_NAME_MAX];
  uint32_t count = words_name_stems(cx->arena, class_name, stems);
  for (uint32_t i = 0; count && i + count <= words->count; i++) {
    uint32_t k = 0;
    while (k < count && str_eq(words->items[i + k].stem, stems[k]))
      k++;
    if (k == count)
      return true;
  }
  return false;
}

Schema *generate_from_models(AskContext *cx, Str clause) {
  if (!cx->models || !models_count(cx->models))
    return NULL;
  Words words = words_read(cx->arena, clause);
  Schema *s = schema_new(cx->arena);
  size_t chosen = 0;
  schema_add_models(s, cx->models, &cx->project);
  for (size_t i = 0; i < s->tables.len; i++) {
    s->tables.items[i]->chosen = mentions(cx, &words, s->tables.items[i]->class_name);
    chosen += s->tables.items[i]->chosen;
  }
  bool all = !chosen && ask_says(clause, "models,all");
  for (size_t i = 0; all && i < s->tables.len; i++)
    s->tables.items[i]->chosen = true;
  Err err = {0};
  if ((chosen || all) && schema_complete(s, &(SchemaOptions){0}, &err))
    return s;
  schema_free(s);
  return NULL;
}

// The module that the first chosen model is imported from.
static Str models_module(const Schema *s, const Interner *names) {
  for (size_t i = 0; i < s->tables.len; i++) {
    const SchemaTable *t = s->tables.items[i];
    const Model *m = t->model;
    if (!t->chosen || !m)
      continue;
    Str dotted = atom_str(names, m->dotted);
    size_t dot = str_rfind_char(dotted, '.');
    if (dot != SIZE_MAX)
      return str_slice(dotted, 0, dot);
  }
  return STR("models");
}

bool generate_files(AskContext *cx, Answer *answer, Schema *schema, const AskStyle *style,
                    const char *generator, Err *err) {
  Gen g = {.arena = cx->arena,
           .schema = schema,
           .settings = generate_settings(style),
           .templates = STR("")};
  g.settings.models_module = models_module(schema, cx->project.names);
  bool ok = generator_find(str_from(generator))->run(&g, err);
  for (size_t i = 0; ok && i < g.files.len; i++) {
    answer_code(answer, g.files.items[i].text, g.files.items[i].path.ptr, false);
    answer_edit(answer, g.files.items[i].path, (Str){0}, g.files.items[i].text);
  }
  generate_assumptions(answer, schema);
  gen_free(&g);
  return ok;
}

Str generate_short_engine(Arena *arena, const AskStyle *style, const char *base) {
  if (style->is_async)
    return str_format(
        arena,
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\n\n"
        "# In production: postgresql+asyncpg://USER:PASSWORD@HOST/NAME from the "
        "settings\n"
        "engine = create_async_engine(\"sqlite+aiosqlite:///app.db\")\n"
        "SessionFactory = async_sessionmaker(engine, expire_on_commit=False)\n\n\n"
        "async def create_tables() -> None:\n"
        "    \"\"\"Creates what is missing; leave changes of tables to Alembic.\"\"\"\n"
        "    async with engine.begin() as connection:\n"
        "        await connection.run_sync(%s.create_all)\n",
        base);
  return str_format(
      arena,
      "from sqlalchemy import create_engine\n"
      "from sqlalchemy.orm import sessionmaker\n\n"
      "# In production: postgresql+psycopg://USER:PASSWORD@HOST/NAME from the settings\n"
      "engine = create_engine(\"sqlite:///app.db\")\n"
      "SessionFactory = sessionmaker(engine, expire_on_commit=False)\n\n\n"
      "def create_tables() -> None:\n"
      "    \"\"\"Creates what is missing; leave changes of tables to Alembic.\"\"\"\n"
      "    %s.create_all(engine)\n",
      base);
}

// ---- In words

static void describe_relation(const SchemaRelation *r, Buf *out) {
  const char *what = r->kind == RELATION_MANY_TO_ONE   ? "the"
                     : r->kind == RELATION_ONE_TO_ONE  ? "one"
                     : r->kind == RELATION_ONE_TO_MANY ? "a list of"
                                                       : "a many-to-many list of";
  buf_printf(out, "- `%.*s.%.*s` is %s `%.*s`", STR_ARG(r->table->class_name),
             STR_ARG(r->name), what, STR_ARG(r->target->class_name));
  if (r->kind == RELATION_MANY_TO_ONE)
    buf_printf(out, " it belongs to%s", r->nullable ? ", or none" : "");
  buf_add_char(out, '\n');
}

Str generate_summary(Arena *arena, const Schema *s) {
  Buf out = {0};
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = 0; k < s->tables.items[i]->relations.len; k++)
      if (s->tables.items[i]->relations.items[k]->target)
        describe_relation(s->tables.items[i]->relations.items[k], &out);
  Str text = str_copy(arena, buf_str(&out));
  buf_free(&out);
  return text;
}
