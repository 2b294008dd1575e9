// task_model.c: mapped classes from a description, with what is needed to use them.
#include "agent/describe.h"
#include "agent/extend.h"
#include "agent/family.h"
#include "agent/generate.h"
#include "agent/translate.h"
#include "query/words.h"

static void name_models(AskContext *cx, const Schema *s, Answer *answer) {
  Buf names = {0};
  for (size_t i = 0; i < s->tables.len; i++)
    if (s->tables.items[i]->class_name.len && !s->tables.items[i]->external)
      buf_printf(&names, "%s`%.*s`", names.len ? ", " : "",
                 STR_ARG(s->tables.items[i]->class_name));
  answer_read_as(answer, "Models: %.*s.", STR_ARG(buf_str(&names)));
  answer_slot(answer, "models", buf_str(&names));
  buf_free(&names);
  (void)cx;
}

static void tell_missed(const Description *d, Answer *answer) {
  for (size_t i = 0; i < d->missed.len; i++) {
    answer_assume(answer, str_format(answer->arena, "Nothing was made of \"%.*s\".",
                                     STR_ARG(d->missed.items[i])));
    answer->confident = false;
  }
}

// Classes of the same name would replace those that exist: the answer says so.
static void tell_replaced(AskContext *cx, const Schema *s, Answer *answer) {
  for (size_t i = 0; i < s->tables.len && cx->models; i++) {
    Str name = s->tables.items[i]->class_name;
    for (uint32_t k = 0; name.len && k < models_count(cx->models); k++) {
      Str dotted = atom_str(cx->project.names, models_at(cx->models, k)->dotted);
      size_t dot = str_rfind_char(dotted, '.');
      if (!str_eq(str_slice(dotted, dot == SIZE_MAX ? 0 : dot + 1, dotted.len), name))
        continue;
      answer->confident = false;
      answer_assume(answer, str_format(cx->arena,
                                       "`%.*s` exists: this is a class in its place; "
                                       "carry over what yours has.",
                                       STR_ARG(name)));
      break;
    }
  }
}

// The text of a block of JSON; "" where none was pasted.
static Str pasted_json(const Request *r) {
  for (size_t i = 0; i < r->blocks.len; i++) {
    Str text = str_trim(r->blocks.items[i].text);
    if (r->blocks.items[i].fenced && text.len &&
        (text.ptr[0] == '{' || text.ptr[0] == '['))
      return text;
  }
  return STR("");
}

// What the JSON is one of, by the words about it: the first noun in the plural.
static Str json_noun(AskContext *cx) {
  static const char others[] = "models,classes,tables,this,is,us,entities,columns,fields,"
                               "gets,returns,looks,sends,has,does,was,its,as,objects,"
                               "relationships,types,responses,records,docs,mappings";
  Words words = words_read(cx->arena, cx->request->prose);
  for (uint32_t i = 0; i < words.count; i++) {
    Str word = words.items[i].lower, one = name_singular(cx->arena, word);
    if (words.items[i].kind == WORD_PLAIN && word.len > 3 && !str_eq(word, one) &&
        !ask_says(word, others))
      return one;
  }
  return STR("item");
}

static bool write_models(AskContext *cx, const AskStyle *style, Schema *s, bool family,
                         Answer *answer, Err *err) {
  if (!generate_into(cx, answer, s, style, "model", true, err))
    return false;
  ask_add_module(cx, answer, generate_short_engine(cx->arena, style, "Base.metadata"));
  GenSettings settings = generate_settings(style);
  for (size_t i = 0; family && i < s->tables.len; i++) {
    Str text = family_write(cx->arena, s, &settings, s->tables.items[i]);
    if (text.ptr) {
      ask_add_module(cx, answer, text);
      break;
    }
  }
  return true;
}

static bool is_related(const Schema *s, const SchemaTable *t) {
  if (t->relations.len || t->parent)
    return true;
  for (size_t i = 0; i < s->tables.len; i++) {
    if (s->tables.items[i]->parent == t)
      return true;
    for (size_t k = 0; k < s->tables.items[i]->relations.len; k++)
      if (s->tables.items[i]->relations.items[k]->target == t)
        return true;
  }
  return false;
}

// What was read may be another than was meant: a word was taken for a model, or a model
// stands apart from others that belong together.
static bool is_doubtful(const Schema *s) {
  size_t models = 0, related = 0;
  for (size_t i = 0; i < s->assumptions.len; i++)
    if (str_find(s->assumptions.items[i], STR("to be a model of its own"), 0) != SIZE_MAX)
      return true;
  for (size_t i = 0; i < s->tables.len; i++)
    if (s->tables.items[i]->class_name.len && !s->tables.items[i]->external) {
      models++;
      related += is_related(s, s->tables.items[i]);
    }
  return related && related < models;
}

// `family`: a function that stores a parent with its rows is wanted.
static bool design(AskContext *cx, Str clause, bool family, Answer *answer) {
  Description d = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  bool ok =
      translate_ddl(cx->arena, cx->request->text, s, &err) ||
      (pasted_json(cx->request).len &&
       translate_json(cx->arena, pasted_json(cx->request), json_noun(cx), s, &err)) ||
      translate_classes(cx, s, &err) || describe_models(&d, cx->arena, clause, s, &err);
  if (ok && d.core) {
    ok = generate_into(cx, answer, s, &style, "table", false, &err);
  } else if (ok) {
    name_models(cx, s, answer);
    tell_replaced(cx, s, answer);
    ok = write_models(cx, &style, s, family, answer, &err);
  }
  if (!ok && err.message[0] && d.words.len) {
    answer->confident = false;
    answer_assume(answer, str_format(cx->arena, "The description was not understood: %s.",
                                     err.message));
  }
  if (ok) {
    answer_markdown(answer, generate_summary(cx->arena, s));
    tell_missed(&d, answer);
    answer->confident = answer->confident && !(d.words.len && is_doubtful(s));
    answer_next(answer,
                "Create the tables by a migration: `alembic revision --autogenerate`, "
                "then read the file before you run it.");
  }
  describe_free(&d);
  schema_free(s);
  return ok;
}

// ---- Models that exist but were not shown

// The next class name behind `at` that is called "my" or "existing"; false at the end.
static bool next_existing(const Words *words, uint32_t *at, Str *name) {
  bool theirs = false;
  for (; *at < words->count; (*at)++) {
    const Word *w = &words->items[*at];
    bool opens = ask_says(w->text, "called,named,is,has");
    if (w->kind == WORD_MARK || opens) {
      theirs = false; // "my entity is called …": a new one
    } else if (ask_says(w->text, "my,existing,our")) {
      theirs = true;
    } else if (theirs && w->capital && !w->upper && !w->glued &&
               !str_eq_nocase(w->text, STR("sqlalchemy"))) {
      *name = w->text;
      theirs = false;
      (*at)++;
      return true;
    }
  }
  return false;
}

// Makes the models that the clause takes for granted known, with nothing but a key.
static bool suppose_models(AskContext *cx, Str clause, Answer *answer) {
  Words words = words_read(cx->arena, clause);
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  Err err = {0};
  Str name;
  for (uint32_t at = 0; next_existing(&words, &at, &name);)
    if (!schema_find(s, name) && !name_refused_class(name)) {
      schema_add_table(s, name, name_plural(cx->arena, name_snake(cx->arena, name)));
      answer_assume(answer, str_format(cx->arena,
                                       "Your `%.*s` was not shown: only its key `id` is "
                                       "here, keep your own columns.",
                                       STR_ARG(name)));
    }
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  bool ok = s->tables.len && schema_complete(s, &(SchemaOptions){0}, &err) &&
            generator_find(STR("model"))->run(&g, &err) && g.files.len == 1;
  if (ok)
    ask_know_models(cx, g.files.items[0].text);
  gen_free(&g);
  schema_free(s);
  return ok;
}

// Every model that is spoken of exists: a class of that name would take its place.
static bool describes_known(AskContext *cx, Str clause) {
  if (!cx->models || !models_count(cx->models))
    return false;
  Description d = {0};
  Err err = {0};
  Schema *s = schema_new(cx->arena);
  bool known = describe_models(&d, cx->arena, clause, s, &err) && s->tables.len > 0;
  for (size_t i = 0; known && i < s->tables.len; i++) {
    Atom name = interner_find(cx->project.names, s->tables.items[i]->class_name);
    bool there = false;
    for (uint32_t k = 0; name && k < models_count(cx->models); k++)
      there |= models_at(cx->models, k)->name == name;
    known = there || s->tables.items[i]->association;
  }
  describe_free(&d);
  schema_free(s);
  return known;
}

static bool extend_or_design(AskContext *cx, Str clause, bool family, Answer *answer) {
  if (!cx->models || !models_count(cx->models))
    suppose_models(cx, clause, answer);
  if (extend_models(cx, clause, answer))
    return true;
  if (!describes_known(cx, clause))
    return design(cx, clause, family, answer);
  answer_read_as(answer, "The models that exist have all that was understood of this.");
  if (cx->pasted != NO_FILE && !cx->has_project)
    ask_add_module(cx, answer, cx->project.files[cx->pasted]->source.text);
  answer->confident = false;
  return true;
}

bool task_model_fits(AskContext *cx) {
  Description d = {0};
  Err err = {0};
  Schema *s = schema_new(cx->arena);
  bool fits = !cx->has_code &&
              describe_models(&d, cx->arena, cx->request->prose, s, &err) &&
              !d.missed.len;
  bool fields = false, related = false;
  size_t named = 0; // classes that the request calls by their names
  for (size_t i = 0; i < s->tables.len; i++) {
    const SchemaTable *t = s->tables.items[i];
    fields |= t->columns.len > 2;
    related |= t->relations.len > 0;
    named +=
        t->class_name.len && str_find(cx->request->prose, t->class_name, 0) != SIZE_MAX;
  }
  // models that are only named are meant where they are related to each other
  for (size_t i = 0; fits && i < s->assumptions.len; i++)
    fits = (related && named > 1) ||
           str_find(s->assumptions.items[i], STR("no fields of"), 0) == SIZE_MAX;
  fields |= related && named > 1;
  describe_free(&d);
  schema_free(s);
  return fits && fields;
}

bool task_model_extends(AskContext *cx, Answer *answer) {
  if (!cx->models || !models_count(cx->models) ||
      !extend_understands(cx, cx->request->prose))
    return false;
  return extend_models(cx, cx->request->prose, answer);
}

bool task_model_translates(AskContext *cx, Answer *answer) {
  Err err = {0};
  Schema *s = schema_new(cx->arena);
  bool wanted = ask_says(cx->request->prose,
                         "model,models,orm,class,classes,mapped,mapping,entities,"
                         "declarative,sqlalchemy,translate,typed") &&
                !ask_says(cx->request->prose,
                          "alembic,migration,revision,fastapi,endpoint,endpoints,query,"
                          "insert,core");
  bool classes = ask_says(cx->request->prose,
                          "pydantic,dataclass,dataclasses,typeddict,attrs,basemodel") &&
                 ask_says(cx->request->prose, "to,into,convert,translate,turn,from,as") &&
                 ask_says(cx->request->prose, "sqlalchemy,orm,mapped,tables,models");
  bool ok = (wanted && (pasted_json(cx->request).len ||
                        translate_ddl(cx->arena, cx->request->text, s, &err))) ||
            (classes && translate_classes(cx, s, &err));
  schema_free(s);
  return ok && design(cx, cx->request->prose, false, answer);
}

bool task_model(AskContext *cx, Str clause, Answer *answer) {
  return extend_or_design(cx, clause, false, answer);
}

bool task_relation(AskContext *cx, Str clause, Answer *answer) {
  return extend_or_design(cx, clause, true, answer);
}

// A function that adds rows to the first table that was described.
static void show_insert(AskContext *cx, const Schema *s, bool async, Answer *answer) {
  Str table = s->tables.items[0]->name;
  const char *session = async ? "AsyncConnection" : "Connection";
  ask_add_module(
      cx, answer,
      str_format(
          cx->arena,
          "from typing import Any\n\nfrom sqlalchemy import insert\n"
          "from sqlalchemy%s import %s\n\n\n"
          "%sdef insert_%.*s(connection: %s, rows: list[dict[str, Any]]) -> None:\n"
          "    \"\"\"One statement for all rows; the caller commits.\"\"\"\n"
          "    %sconnection.execute(insert(%.*s), rows)\n",
          async ? ".ext.asyncio" : "", session, async ? "async " : "", STR_ARG(table),
          session, async ? "await " : "", STR_ARG(table)));
}

bool task_table(AskContext *cx, Str clause, Answer *answer) {
  Description d = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  bool ok = describe_models(&d, cx->arena, clause, s, &err) &&
            generate_into(cx, answer, s, &style, "table", false, &err);
  if (ok) {
    answer_read_as(answer, "Core tables.");
    ask_add_module(cx, answer, generate_short_engine(cx->arena, &style, "metadata"));
    if (ask_says(cx->request->prose, "insert,add rows") && s->tables.len)
      show_insert(cx, s, style.is_async, answer);
    tell_missed(&d, answer);
  }
  describe_free(&d);
  schema_free(s);
  return ok;
}
