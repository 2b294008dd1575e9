// alter.c: the change is made in the text of the project or of the pasted code, shown as
// a diff or as a whole.
#include "agent/alter.h"

#include "agent/describe_change.h"
#include "agent/extend.h"
#include "agent/generate.h"
#include "gen/insert.h"
#include "schema/from_models.h"

static const Model *model_named(AskContext *cx, Str name) {
  for (uint32_t i = 0; i < models_count(cx->models); i++)
    if (str_eq(atom_str(cx->project.names, models_at(cx->models, i)->name), name))
      return models_at(cx->models, i);
  return NULL;
}

// The values of "enum(a,b)" as an expression of SQLAlchemy.
static Str enum_text(Arena *arena, Str type, const DescribedChange *d) {
  Str rest = str_slice(type, strlen("enum("), type.len - 1), value;
  Buf out = {0};
  buf_add_text(&out, "Enum(");
  while (str_next_part(&rest, ',', &value))
    buf_printf(&out, "\"%.*s\", ", STR_ARG(str_trim(value)));
  buf_printf(&out, "name=\"%.*s_%.*s\")", STR_ARG(name_snake(arena, d->model)),
             STR_ARG(d->attribute));
  Str s = str_copy(arena, buf_str(&out));
  buf_free(&out);
  return s;
}

// What the type is called; false for those that are left to a person.
static bool read_type(Arena *arena, const DescribedChange *d, InsertChange *c) {
  if (!d->type.len)
    return true;
  if (str_starts(d->type, STR("enum("))) {
    c->type = enum_text(arena, d->type, d);
    c->type_import = "Enum";
  } else if (str_starts(d->type, STR("str("))) {
    c->type =
        str_format(arena, "String%.*s", STR_ARG(str_slice(d->type, 3, d->type.len)));
    c->type_import = "String";
  } else if (str_is(d->type, "text")) {
    c->type = STR("Text");
    c->type_import = "Text";
  } else {
    return false;
  }
  return true;
}

static void tell_migration(const DescribedChange *d, Answer *answer) {
  if (d->cascade)
    answer_assume(answer, STR("The session deletes the rows of the collection; DELETE "
                              "statements of your own need `ondelete=\"CASCADE\"` on the "
                              "foreign key, by a migration."));
  else if (d->unique)
    answer_next(answer, "Rows that break the rule make the migration fail: look for them "
                        "first (GROUP BY … HAVING COUNT(*) > 1).");
  else if (d->required)
    answer_next(answer, "Rows that are NULL make the migration fail: fill them first.");
  if (!d->cascade)
    answer_next(answer, "Change the table by a migration: `alembic revision "
                        "--autogenerate`, then read the file before you run it.");
}

static bool change_attribute(AskContext *cx, const DescribedChange *d, Answer *answer) {
  const Model *m = model_named(cx, d->model);
  ChangeSet set = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, cx->request->prose);
  Schema *s = schema_new(cx->arena);
  Gen g = {.arena = cx->arena,
           .schema = s,
           .settings = generate_settings(&style),
           .templates = STR("")};
  Insertion in = {0};
  InsertChange c = {.attribute = d->attribute,
                    .type = STR(""),
                    .unique = d->unique,
                    .index = d->index,
                    .nullable = d->nullable,
                    .required = d->required,
                    .cascade = d->cascade ? STR("all, delete-orphan") : STR("")};
  schema_add_models(s, cx->models, &cx->project);
  bool ok = m && read_type(cx->arena, d, &c) &&
            changeset_init(&set, cx->arena, cx->has_project ? cx->options->project : ".",
                           &err) &&
            insert_plan(&in, &g, &cx->project, cx->resolver, cx->models) &&
            insert_change(&in, m, &c, &set, &err);
  if (ok && !set.changes.len) {
    answer_read_as(answer, "`%.*s.%.*s` is so already.", STR_ARG(d->model),
                   STR_ARG(d->attribute));
    answer_text(answer, "Nothing has to be changed: `%.*s.%.*s` is declared so in %.*s.",
                STR_ARG(d->model), STR_ARG(d->attribute),
                STR_ARG(cx->project.files[m->node.file]->path));
  } else if (ok) {
    answer_read_as(answer, "`%.*s.%.*s` is changed.", STR_ARG(d->model),
                   STR_ARG(d->attribute));
    extend_show(cx, &set, answer);
    tell_migration(d, answer);
  } else if (err.kind != ERR_NONE) { // understood, and not for a program to do
    answer_read_as(answer, "`%.*s.%.*s` stays as it is.", STR_ARG(d->model),
                   STR_ARG(d->attribute));
    answer_text(answer, "Nothing was changed in %.*s: %s.",
                STR_ARG(cx->project.files[m->node.file]->path), err.message);
    answer->confident = false;
    ok = true;
  }
  changeset_free(&set);
  gen_free(&g);
  schema_free(s);
  return ok;
}

bool alter_models(AskContext *cx, Str text, Answer *answer) {
  if (!cx->models || !models_count(cx->models))
    return false;
  DescribedChange d;
  Schema *s = schema_new(cx->arena);
  schema_add_models(s, cx->models, &cx->project);
  bool ok = describe_change(cx->arena, text, s, &d);
  schema_free(s);
  if (ok)
    ok = d.words.len ? extend_words(cx, &d.words, answer)
                     : change_attribute(cx, &d, answer);
  vec_free(&d.words);
  if (ok)
    answer->intent = INTENT_relation;
  return ok;
}
