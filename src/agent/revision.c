// revision.c: the steps that a request asks for, in order, as one file of Alembic's.
#include "agent/revision_internal.h"

#include <time.h>

#include "agent/describe_change.h"
#include "agent/generate.h"
#include "base/regex.h"
#include "schema/from_models.h"

// The table of `name` among the models: its own name, its class, or either of another
// number ("order" of Order and "orders").
static const SchemaTable *known_table(Revision *r, Str name) {
  Arena *a = r->cx->arena;
  const SchemaTable *t = schema_find(r->known, name);
  Str one = name_singular(a, name_snake(a, name));
  if (!t)
    t = schema_find(r->known, name_camel(a, one));
  for (size_t i = 0; !t && i < r->known->tables.len; i++)
    if (str_eq_nocase(r->known->tables.items[i]->name, name) ||
        str_eq(name_singular(a, r->known->tables.items[i]->name), one))
      t = r->known->tables.items[i];
  return t;
}

// A class stands for its table: that of the model where it is known.
static Str table_of(Revision *r, Str name) {
  Arena *a = r->cx->arena;
  if (r->step.kind == STEP_ENUM_VALUE || r->step.kind == STEP_RENAME_VALUE)
    return name;
  const SchemaTable *known =
      r->known && r->step.kind != STEP_CREATE_TABLE ? known_table(r, name) : NULL;
  if (known && known->name.len)
    return known->name;
  if (!(name.ptr[0] >= 'A' && name.ptr[0] <= 'Z'))
    return name;
  Str table = name_plural(a, name_snake(a, name));
  answer_assume(r->answer, str_format(a, "The table of `%.*s` is taken to be `%.*s`.",
                                      STR_ARG(name), STR_ARG(table)));
  return table;
}

// ---- The file

// Twelve hexadecimal digits of the message, as Alembic's names of revisions are.
static Str revision_id(Arena *a, Str message) {
  uint64_t hash = 14695981039346656037u;
  for (size_t i = 0; i < message.len; i++)
    hash = (hash ^ (unsigned char)message.ptr[i]) * 1099511628211u;
  return str_format(a, "%012llx", (unsigned long long)(hash & 0xffffffffffffu));
}

typedef struct {
  Str folder; // "migrations/versions/"
  Str head;   // the one revision that no other follows; absent where there are several
} History;

static Str assigned(Str text, const char *name) {
  RegexMatch match;
  Str pattern = {0}, out = {0};
  char buffer[128];
  snprintf(buffer, sizeof buffer, "(?m)^%s\\b[^=\\n]*=\\s*(?<value>[^\\n#]+)", name);
  pattern = str_from(buffer);
  Regex *r = regex_new(pattern);
  if (regex_find(r, text, 0, &match))
    out = str_trim(regex_group(r, &match, "value"));
  regex_free(r);
  return out;
}

// The revisions of the project: those files below versions/ that assign `revision`.
static History read_history(AskContext *cx) {
  History h = {.folder = STR("migrations/versions/")};
  Vec(Str) ids = {0}, downs = {0};
  for (uint32_t i = 0; cx->has_project && i < cx->project.file_count; i++) {
    ProjectFile *f = cx->project.files[i];
    size_t at = f->readable ? str_find(f->source.path, STR("versions/"), 0) : SIZE_MAX;
    Str id = at == SIZE_MAX ? (Str){0} : assigned(f->source.text, "revision");
    if (id.len < 3)
      continue;
    h.folder = str_slice(f->source.path, 0, at + 9);
    vec_push(&ids, str_slice(id, 1, id.len - 1));
    vec_push(&downs, assigned(f->source.text, "down_revision"));
  }
  size_t heads = 0;
  for (size_t i = 0; i < ids.len; i++) {
    bool followed = false;
    for (size_t k = 0; k < downs.len; k++)
      followed |= str_find(downs.items[k], ids.items[i], 0) != SIZE_MAX;
    if (!followed && !heads++)
      h.head = ids.items[i];
  }
  if (heads != 1)
    h.head = (Str){0};
  vec_free(&ids);
  vec_free(&downs);
  return h;
}

static bool write_file(Revision *r, Gen *g, const History *h) {
  Err err = {0};
  Str text, id = revision_id(g->arena, r->message);
  Str previous = h->head.ptr ? h->head : STR("PREVIOUS_REVISION");
  json_t *data = json_object();
  char date[32];
  time_t now = time(NULL);
  struct tm local;
  localtime_r(&now, &local);
  strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &local);
  py_import(&r->m, "collections.abc", "Sequence");
  py_import(&r->m, "alembic", "op");
  json_object_set_new(data, "message", py_json(r->message));
  json_object_set_new(data, "revision", py_json(id));
  json_object_set_new(data, "down_revision", py_json(previous));
  json_object_set_new(data, "create_date", json_string(date));
  json_object_set(data, "upgrade", r->upgrade);
  json_object_set(data, "downgrade", r->downgrade);
  json_object_set_new(data, "imports", py_imports_json(&r->m));
  if (!gen_render(g, "alembic_migration_template.jinja2", data, &text, &err))
    return false;
  Str path = str_format(g->arena, "%.*s%.*s_%.*s.py", STR_ARG(h->folder), STR_ARG(id),
                        STR_ARG(name_snake(g->arena, r->step.table)));
  answer_code(r->answer, text, path.ptr, false);
  return true;
}

// All steps, in order; false where one cannot be written.
static bool write_steps(Revision *r, const StepVec *steps) {
  json_t *upgrade = json_array(), *downgrade = json_array();
  Buf message = {0};
  bool ok = steps->len > 0;
  for (size_t i = 0; ok && i < steps->len; i++) {
    r->step = steps->items[i];
    r->upgrade = json_array();
    r->downgrade = json_array();
    r->step.table = table_of(r, r->step.table);
    ok = revision_step(r);
    buf_printf(&message, "%s%.*s", i ? "; " : "", STR_ARG(r->message));
    json_array_extend(upgrade, r->upgrade); // taken back in the other order
    json_array_extend(r->downgrade, downgrade);
    json_array_clear(downgrade);
    json_array_extend(downgrade, r->downgrade);
    json_decref(r->upgrade);
    json_decref(r->downgrade);
  }
  r->upgrade = upgrade;
  r->downgrade = downgrade;
  r->message = str_copy(r->cx->arena, buf_str(&message));
  buf_free(&message);
  return ok;
}

static void tell_left(Revision *r, const StrVec *left) {
  Buf text = {0};
  for (size_t i = 0; i < left->len; i++)
    buf_printf(&text, "%s%.*s", i ? " " : "", STR_ARG(left->items[i]));
  if (left->len) {
    r->answer->confident = false;
    answer_assume(r->answer, str_format(r->cx->arena, "Nothing was made of \"%.*s\".",
                                        STR_ARG(buf_str(&text))));
  }
  buf_free(&text);
}

static void tell(Revision *r, const History *h) {
  answer_read_as(r->answer, "A migration: %.*s.", STR_ARG(r->message));
  if (h->head.ptr)
    answer_assume(r->answer,
                  str_format(r->cx->arena, "It follows `%.*s`, the only head in `%.*s`.",
                             STR_ARG(h->head), STR_ARG(h->folder)));
  else
    answer_assume(r->answer,
                  STR("`down_revision` is for you to fill in: what `alembic "
                      "heads` prints. `alembic revision -m \"...\"` makes the "
                      "file with it, then only the two functions are taken over."));
  answer_next(r->answer, "Read it, try it on a copy of the data (`alembic upgrade head "
                         "--sql` shows the SQL), then change the models alike: `alembic "
                         "check` says when both agree.");
}

static bool answer_steps(AskContext *cx, Str clause, const StepVec *steps,
                         const StrVec *left, Answer *answer) {
  AskStyle style = ask_style(cx, clause);
  Revision r = {.cx = cx, .answer = answer};
  Gen g = {.arena = cx->arena,
           .schema = schema_new(cx->arena),
           .settings = generate_settings(&style),
           .templates = STR("")};
  if (cx->models) {
    r.restored = schema_new(cx->arena);
    r.known = schema_new(cx->arena);
    schema_add_models(r.known, cx->models, &cx->project);
  }
  r.mysql = str_is(style.database, "mysql") || str_is(style.database, "mariadb");
  py_module_init(&r.m, &g);
  r.m.migration = true;
  History h = read_history(cx);
  bool ok = write_steps(&r, steps) && write_file(&r, &g, &h);
  if (ok) {
    tell(&r, &h);
    tell_left(&r, left);
  }
  json_decref(r.upgrade);
  json_decref(r.downgrade);
  py_module_free(&r.m);
  gen_free(&g);
  schema_free(g.schema);
  schema_free(r.known);
  schema_free(r.restored);
  return ok;
}

// "product names may have 200 characters now": a change of an attribute that the models
// have, as steps.
static bool read_change(AskContext *cx, Str clause, StepVec *steps) {
  RegexMatch match;
  DescribedChange d = {0};
  Regex *lead =
      regex_new(STR("(?i)^\\W*(?:(?:please|write|create|generate|make|an?|the|me|"
                    "alembic|migration|revision|script|that|which|to|so|for|"
                    "give|i|want|need)\\b[\\s,:]*)+"));
  if (regex_find(lead, clause, 0, &match))
    clause = str_slice(clause, match.groups[0].len, clause.len);
  regex_free(lead);
  if (!cx->models || !clause.len)
    return false;
  Schema *s = schema_new(cx->arena);
  schema_add_models(s, cx->models, &cx->project);
  bool ok = describe_change(cx->arena, clause, s, &d) && d.attribute.len && !d.cascade;
  const SchemaTable *t = ok ? schema_find(s, d.model) : NULL;
  const struct {
    bool said;
    Step step;
  } said[] = {
      {d.type.len && !str_starts(d.type, STR("enum(")),
       {.kind = STEP_TYPE, .phrase = d.type}},
      {d.unique, {.kind = STEP_UNIQUE}},
      {d.index, {.kind = STEP_INDEX}},
      {d.nullable, {.kind = STEP_NULLABLE, .how = STR("nullable")}},
      {d.required, {.kind = STEP_NULLABLE, .how = STR("not null")}},
  };
  for (size_t i = 0; t && i < ARRAY_LEN(said); i++) {
    Step step = said[i].step;
    step.table = t->name;
    step.cols = d.attribute;
    if (said[i].said)
      vec_push(steps, step);
  }
  vec_free(&d.words);
  schema_free(s);
  return steps->len > 0;
}

bool revision_answer(AskContext *cx, Str clause, Answer *answer) {
  StepVec steps = {0};
  StrVec left = {0};
  bool ok =
      revision_read(cx->arena, clause, &steps, &left) || read_change(cx, clause, &steps);
  ok = ok && answer_steps(cx, clause, &steps, &left, answer);
  vec_free(&steps);
  vec_free(&left);
  return ok;
}

bool revision_understands(AskContext *cx, Str text) {
  StepVec steps = {0};
  StrVec left = {0};
  bool ok = revision_read(cx->arena, text, &steps, &left) && !left.len;
  bool said = ask_says(text, "alembic,migration,migrations,revision");
  for (size_t i = 0; ok && i < steps.len; i++) // what the models or Core make too
    ok = said || (!cx->has_code && steps.items[i].kind != STEP_CREATE_TABLE);
  vec_free(&steps);
  vec_free(&left);
  return ok;
}
