// task_model.c: mapped classes from a description, with what is needed to use them.
#include "agent/describe.h"
#include "agent/family.h"
#include "agent/generate.h"

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

// `family`: a function that stores a parent with its rows is wanted.
static bool design(AskContext *cx, Str clause, bool family, Answer *answer) {
  Description d = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, clause);
  Schema *s = schema_new(cx->arena);
  bool ok = describe_models(&d, cx->arena, clause, s, &err);
  if (ok && d.core) {
    ok = generate_into(cx, answer, s, &style, "table", false, &err);
  } else if (ok) {
    name_models(cx, s, answer);
    ok = write_models(cx, &style, s, family, answer, &err);
  }
  if (ok) {
    answer_markdown(answer, generate_summary(cx->arena, s));
    tell_missed(&d, answer);
    answer_next(answer,
                "Create the tables by a migration: `alembic revision --autogenerate`, "
                "then read the file before you run it.");
  }
  describe_free(&d);
  schema_free(s);
  return ok;
}

bool task_model(AskContext *cx, Str clause, Answer *answer) {
  return design(cx, clause, false, answer);
}

bool task_relation(AskContext *cx, Str clause, Answer *answer) {
  if (cx->models && models_count(cx->models))
    return false;
  return design(cx, clause, true, answer);
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
    tell_missed(&d, answer);
  }
  describe_free(&d);
  schema_free(s);
  return ok;
}
