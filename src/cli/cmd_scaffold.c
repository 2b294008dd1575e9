// cmd_scaffold.c: `aludel scaffold`: models, tables and what belongs to them, from a
// field list or from models that are there.
#define _XOPEN_SOURCE 700 // realpath

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/describe.h"
#include "base/json.h"
#include "cli/command.h"
#include "cli/dialogue.h"
#include "gen/generator.h"
#include "gen/insert.h"
#include "schema/fields.h"
#include "schema/from_models.h"
#include "sqla/model.h"
#include "text/changeset.h"

typedef struct {
  CommandCtx *cx;
  Arena arena;
  const Generator *generator;
  Gen gen;
  char root[4096]; // absolute
  Config config;
  Project project;
  Resolver *resolver;
  Models *models; // NULL: the project is not looked at
  WordVec args;   // of the command line, and what the dialogue adds
  bool asked;     // by the dialogue
  Insertion insertion;
  bool inserts; // models go among those of the project
} Scaffold;

static const char *const databases[] = {"sqlite", "postgresql", "mysql", "mariadb", NULL};
static const char *const inheritances[] = {"joined", "single", NULL};

// The choices are the kinds from 1; 0 where the option is not given.
static uint32_t choice_of(const CommandCtx *cx, const char *name) {
  return option_given(cx, name) ? option_get(cx, name)->choice + 1 : 0;
}

static bool find_root(Scaffold *s, Err *err) {
  const char *project = option_text(s->cx, "project");
  if (!realpath(project ? project : ".", s->root))
    return err_set(err, ERR_NOT_FOUND, "the project folder '%s' cannot be read",
                   project ? project : ".");
  Str own = str_format(&s->arena, "%s/.aludel/templates", s->root);
  if (access(own.ptr, R_OK) == 0)
    s->gen.templates = own;
  return true;
}

// The models that the project has: what fields may point to, and where new ones go.
static bool read_project(Scaffold *s, Err *err) {
  const char *paths[] = {s->root};
  bool fields = false; // what is described here is not looked for there
  for (size_t i = 1; i < s->args.len; i++)
    fields |= strchr(s->args.items[i], ':') != NULL;
  if (s->generator->makes_models ? option_given(s->cx, "stdout") : fields)
    return true;
  if (!config_find(&s->config, &s->arena, s->root, err) ||
      !project_open(&s->project, paths, 1, &s->config, 0, err))
    return false;
  for (uint32_t i = 0; i < s->project.file_count; i++)
    if (s->project.files[i]->readable)
      source_index_lines(&s->project.files[i]->source, &s->project.files[i]->arena);
  s->resolver = resolver_new(&s->project, &s->arena);
  s->models = models_read(&s->project, s->resolver, 0, &s->arena);
  if (!s->generator->of_tables && !s->generator->of_metadata)
    schema_add_models(s->gen.schema, s->models, &s->project);
  return true;
}

typedef struct {
  Resolver *resolver;
  const PyTree *t;
  uint32_t file;
  bool found;
} AsyncWalk;

static bool find_async_engine(void *data, Ref r) {
  AsyncWalk *w = data;
  w->found |=
      py_kind(w->t, r) == PY_CALL && resolve_call_api(w->resolver, w->file, r) ==
                                         API_sqlalchemy_ext_asyncio_create_async_engine;
  return !w->found;
}

static bool makes_async_engines(const Scaffold *s) {
  const Project *p = &s->project;
  bool found = false;
  for (uint32_t i = 0; i < p->file_count && !found; i++) {
    const ProjectFile *f = p->files[i];
    if (!f->in_use || f->is_test || !f->tree.root ||
        str_find(f->source.text, STR("create_async_engine"), 0) == SIZE_MAX)
      continue;
    AsyncWalk w = {s->resolver, &f->tree, i, false};
    PyVisitor v = {.enter = find_async_engine, .data = &w};
    py_walk(&f->tree, f->tree.root, &v);
    found = w.found;
  }
  return found;
}

// Alembic for the models that are there: their metadata, and how engines are made.
static bool read_metadata(Scaffold *s, Err *err) {
  GenSettings *settings = &s->gen.settings;
  if (s->args.len > 1 || option_given(s->cx, "package") ||
      option_given(s->cx, "describe"))
    return true;
  if (!read_project(s, err))
    return false;
  if (!insert_plan(&s->insertion, &s->gen, &s->project, s->resolver, s->models))
    return true;
  if (!insert_metadata_imports(&s->insertion, &settings->metadata_imports,
                               &settings->metadata))
    return true;
  if (!settings->is_async && makes_async_engines(s)) {
    settings->is_async = true;
    schema_assume(s->gen.schema, "the project makes async engines, and so does env.py");
  }
  return true;
}

// Where models are imported from: the module of the first that is worked on.
static void find_modules(Scaffold *s) {
  for (size_t i = 0; i < s->gen.schema->tables.len; i++) {
    const SchemaTable *t = s->gen.schema->tables.items[i];
    const Model *m = t->chosen ? t->model : NULL;
    uint32_t module = m ? s->project.files[m->node.file]->module : NO_MODULE;
    if (module == NO_MODULE)
      continue;
    Str dotted = atom_str(s->project.names, s->project.modules[module].name);
    s->gen.settings.models_module = dotted;
    size_t point = str_rfind_char(dotted, '.');
    if (point == SIZE_MAX || option_given(s->cx, "package"))
      return;
    s->gen.settings.package = str_slice(dotted, 0, point);
    s->gen.settings.schemas_module = gen_module(&s->gen, "schemas");
    s->gen.settings.database_module = gen_module(&s->gen, "database");
    return;
  }
}

static void add_quoted(Buf *line, Str word) {
  bool plain = true;
  for (size_t k = 0; k < word.len; k++)
    plain &= !strchr("<>() '\"&;|*$", word.ptr[k]);
  buf_printf(line, plain ? " %.*s" : " '%.*s'", STR_ARG(word));
}

// Models in English; what they are in the field grammar is told as a next step.
static bool read_description(Scaffold *s, const char *text, Err *err) {
  Description d;
  bool good = describe_models(&d, &s->arena, str_from(text), s->gen.schema, err);
  Buf line = {0};
  for (size_t i = 0; i < d.words.len; i++)
    add_quoted(&line, d.words.items[i]);
  for (size_t i = 0; i < d.missed.len; i++)
    schema_assume(s->gen.schema, "not understood and left out: %.*s",
                  STR_ARG(d.missed.items[i]));
  if (good)
    vec_push(&s->gen.steps,
             str_format(&s->arena, "the same as a field list: aludel scaffold %s%.*s",
                        s->generator->name, STR_ARG(buf_str(&line))));
  buf_free(&line);
  describe_free(&d);
  return good;
}

// ---- Questions

static bool is_terminal(void) {
  return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static Schema *fresh_schema(void *context) {
  const Scaffold *s = context;
  Schema *schema = schema_new(s->gen.arena);
  if (s->models && !s->generator->of_tables)
    schema_add_models(schema, s->models, &s->project);
  return schema;
}

static void ask_models(Scaffold *s, const FieldSettings *fields) {
  Dialogue d = {.arena = &s->arena, .settings = fields, .fresh = fresh_schema, .cx = s};
  WordVec words = {0};
  Buf line = {0};
  if (dialogue_fields(&d, &words)) {
    for (size_t i = 0; i < words.len; i++)
      vec_push(&s->args, words.items[i]);
    for (size_t i = 1; i < s->args.len; i++)
      add_quoted(&line, str_from(s->args.items[i]));
    vec_push(&s->gen.steps,
             str_format(&s->arena, "the same without questions: aludel scaffold %s%.*s",
                        s->generator->name, STR_ARG(buf_str(&line))));
  }
  vec_free(&words);
  buf_free(&line);
}

// Without arguments: what is to be made, and its name where it has one. False where no
// answer was given.
static bool ask_generator(Scaffold *s) {
  const char **names = arena_array(&s->arena, const char *, generators_count);
  Buf prompt = {0};
  for (uint32_t i = 0; i < generators_count; i++) {
    names[i] = generators[i]->name;
    buf_printf(&prompt, "%s%s", i ? ", " : "Make which of ", names[i]);
  }
  buf_add_text(&prompt, ": ");
  const char *name = dialogue_choice(&s->arena, prompt.ptr, names, generators_count);
  buf_free(&prompt);
  if (!name)
    return false;
  vec_push(&s->args, name);
  s->asked = true;
  if (!generator_find(str_from(name))->named)
    return true;
  name = dialogue_word(&s->arena, "Name of the project: ");
  if (name)
    vec_push(&s->args, name);
  return name != NULL;
}

static void plan_insertion(Scaffold *s) {
  for (size_t i = 0; i < s->gen.schema->tables.len; i++) {
    SchemaTable *t = s->gen.schema->tables.items[i];
    t->uuid_key |= option_given(s->cx, "uuid") && !t->external && !t->parent_name.len;
  }
  s->inserts = s->models && s->generator->makes_models && !s->generator->of_tables &&
               insert_plan(&s->insertion, &s->gen, &s->project, s->resolver, s->models);
}

static bool read_models(Scaffold *s, Err *err) {
  CommandCtx *cx = s->cx;
  Schema *schema = s->gen.schema;
  FieldSettings fields = {.tables = s->generator->of_tables,
                          .existing = !s->generator->makes_models,
                          .extend = s->generator->makes_models};
  SchemaOptions options = {
      .inheritance = (ParentKind)choice_of(cx, "inheritance"),
      .timestamps = option_given(cx, "timestamps"),
      .soft_delete = option_given(cx, "soft-delete"),
      .uuid_keys = option_given(cx, "uuid"),
  };
  size_t first = s->generator->named ? 2 : 1; // of the models
  if (s->generator->named && s->args.len < 2)
    return err_set(err, ERR_USAGE, "scaffold %s needs a name: aludel scaffold %s shop",
                   s->generator->name, s->generator->name);
  if (s->generator->named)
    s->gen.settings.name = str_from(s->args.items[1]);
  if (option_given(cx, "describe")) {
    bool good = read_description(s, option_text(cx, "describe"), err);
    plan_insertion(s);
    return good;
  }
  if (s->args.len <= first && (s->generator->needs_models || s->asked) && is_terminal())
    ask_models(s, &fields);
  size_t count = s->args.len > first ? s->args.len - first : 0;
  if (!count && s->generator->needs_models)
    return err_set(err, ERR_USAGE,
                   "scaffold %s needs a model: aludel scaffold %s User "
                   "email:str:unique",
                   s->generator->name, s->generator->name);
  if (!fields_parse(schema, s->args.items + first, count, &fields, err))
    return false;
  find_modules(s);
  plan_insertion(s);
  return schema_complete(schema, &options, err);
}

static void read_settings(Scaffold *s) {
  CommandCtx *cx = s->cx;
  s->gen.arena = &s->arena;
  s->gen.settings = (GenSettings){
      .database = (Database)choice_of(cx, "database"),
      .is_async = option_given(cx, "async"),
      .dataclass = option_given(cx, "dataclass"),
      .no_repr = option_given(cx, "no-repr"),
      .no_convention = option_given(cx, "no-convention"),
      .no_fastapi = option_given(cx, "no-fastapi"),
      .package = str_from(option_given(cx, "package") ? option_text(cx, "package") : ""),
  };
  s->gen.settings.models_module = gen_module(&s->gen, "models");
  s->gen.settings.schemas_module = gen_module(&s->gen, "schemas");
  s->gen.settings.database_module = gen_module(&s->gen, "database");
}

// ---- Output

// A sentence as comment lines of at most 88 columns.
static void write_comment(Buf *out, const char *head, Str text) {
  size_t column = 0;
  Str word;
  while (str_next_part(&text, ' ', &word)) {
    if (column && column + 1 + word.len > 88) {
      buf_add_char(out, '\n');
      column = 0;
    }
    if (!column) {
      buf_printf(out, "# %s%.*s", head, STR_ARG(word));
      column = 2 + strlen(head) + word.len;
      head = "  ";
    } else {
      buf_printf(out, " %.*s", STR_ARG(word));
      column += 1 + word.len;
    }
  }
  buf_add_char(out, '\n');
}

static void print_modules(Scaffold *s) {
  Buf *out = &s->cx->out;
  const Schema *schema = s->gen.schema;
  if (schema->assumptions.len)
    buf_add_text(out, "# Assumptions:\n");
  for (size_t i = 0; i < schema->assumptions.len; i++)
    write_comment(out, "- ", schema->assumptions.items[i]);
  if (schema->assumptions.len)
    buf_add_char(out, '\n');
  for (size_t i = 0; i < s->gen.files.len; i++) {
    const GenFile *f = &s->gen.files.items[i];
    if (s->gen.files.len > 1)
      buf_printf(out, "%s# %.*s\n", i ? "\n\n" : "", STR_ARG(f->path));
    buf_add_str(out, f->text);
  }
}

// What classes that exist were given, and what their rows need.
static void print_added(Scaffold *s, const SchemaTable *t, bool written) {
  Buf *out = &s->cx->out;
  const Model *m = t->model;
  const char *comma = "";
  Str path = s->project.files[m->node.file]->path, root = str_from(s->root);
  if (str_starts(path, root) && path.len > root.len)
    path = str_slice(path, root.len + 1, path.len);
  buf_printf(out, "%s %.*s (%.*s): ", written ? "added to" : "adds to",
             STR_ARG(t->class_name), STR_ARG(path));
  for (size_t i = 0; i < t->columns.len; i++)
    if (t->columns.items[i]->added) {
      const SchemaColumn *c = t->columns.items[i];
      buf_printf(out, "%s%.*s", comma, STR_ARG(c->name));
      comma = ", ";
      bool filled = c->nullable || c->default_kind == DEFAULT_NOW || c->server_side ||
                    c->computed.len || c->identity;
      if (!filled)
        vec_push(&s->gen.steps,
                 str_format(&s->arena,
                            "%.*s.%.*s is NOT NULL: where the table has rows, the "
                            "migration has to give them a value (server_default)",
                            STR_ARG(t->name), STR_ARG(c->name)));
    }
  for (size_t i = 0; i < t->relations.len; i++)
    if (t->relations.items[i]->added) {
      buf_printf(out, "%s%.*s", comma, STR_ARG(t->relations.items[i]->name));
      comma = ", ";
    }
  size_t rules = t->constraints.len;
  if (rules)
    buf_printf(out, "%s%zu in __table_args__", comma, rules);
  buf_add_char(out, '\n');
}

static void print_notes(Scaffold *s, bool written) {
  Buf *out = &s->cx->out;
  const Schema *schema = s->gen.schema;
  for (size_t i = 0; i < schema->tables.len; i++)
    if (schema_is_extended(schema->tables.items[i]))
      print_added(s, schema->tables.items[i], written);
  for (size_t i = 0; i < schema->assumptions.len; i++)
    buf_printf(out, "%s- %.*s\n", i ? "" : "\nAssumptions:\n",
               STR_ARG(schema->assumptions.items[i]));
  for (size_t i = 0; i < s->gen.steps.len; i++)
    buf_printf(out, "%s- %.*s\n", i ? "" : "\nNext:\n", STR_ARG(s->gen.steps.items[i]));
  if (!written)
    buf_add_text(out,
                 "\nNothing was written: --write does it, --stdout prints the code.\n");
}

static bool add_file(ChangeSet *set, const GenFile *f, bool only_new, Err *err) {
  Str path = str_format(set->arena, "%.*s/%.*s", STR_ARG(set->root), STR_ARG(f->path)),
      before;
  FileStamp stamp;
  if (access(path.ptr, F_OK) != 0)
    return changeset_create(set, f->path, f->text, err);
  if (only_new)
    return err_set(err, ERR_INPUT, "%.*s exists and is left alone; nothing was written",
                   STR_ARG(f->path));
  if (!io_read_file(set->arena, path.ptr, 64 << 20, 1, &before, &stamp, err))
    return false;
  return changeset_replace(set, f->path, before, f->text, &stamp, err);
}

static bool write_or_show(Scaffold *s, Err *err) {
  ChangeSet set = {0};
  bool wanted = option_given(s->cx, "write");
  bool good = changeset_init(&set, &s->arena, s->root, err);
  if (good && s->inserts)
    good = insert_models(&s->insertion, &set, err);
  for (size_t i = 0; i < s->gen.files.len && good; i++)
    good = add_file(&set, &s->gen.files.items[i], s->generator->only_new, err);
  if (good && wanted)
    good = changeset_write(
        &set, str_format(&s->arena, "scaffold %s", s->generator->name).ptr, err);
  if (good) {
    if (wanted)
      for (size_t i = 0; i < set.changes.len; i++)
        buf_printf(&s->cx->out, "%s %.*s\n",
                   set.changes.items[i].before.ptr ? "changed" : "created",
                   STR_ARG(set.changes.items[i].path));
    else
      changeset_diff(&set, &s->cx->out);
    print_notes(s, wanted);
  }
  changeset_free(&set);
  return good;
}

static int end_early(Scaffold *s, const char *why) {
  int code = command_error("%s", why);
  vec_free(&s->args);
  arena_reset(&s->arena);
  return code;
}

static int run_scaffold(CommandCtx *cx) {
  Scaffold s = {.cx = cx};
  Err err = {0};
  for (uint32_t i = 0; i < cx->arg_count; i++)
    vec_push(&s.args, cx->args[i]);
  if (!s.args.len && (!is_terminal() || !ask_generator(&s)))
    return end_early(&s, "a generator is wanted; `aludel scaffold --help` lists them");
  s.generator = generator_find(str_from(s.args.items[0]));
  if (!s.generator)
    return end_early(&s,
                     str_format(&s.arena,
                                "there is no generator '%s'; `aludel scaffold --help` "
                                "lists them",
                                s.args.items[0])
                         .ptr);
  read_settings(&s);
  s.gen.schema = schema_new(&s.arena);
  bool good = find_root(&s, &err) &&
              (!s.generator->needs_models || read_project(&s, &err)) &&
              (!s.generator->of_metadata || read_metadata(&s, &err)) &&
              read_models(&s, &err) && (s.inserts || s.generator->run(&s.gen, &err));
  if (good && option_given(cx, "stdout"))
    print_modules(&s);
  else if (good)
    good = write_or_show(&s, &err);
  gen_free(&s.gen);
  vec_free(&s.args);
  models_free(s.models);
  resolver_free(s.resolver);
  project_free(&s.project);
  config_free(&s.config);
  schema_free(s.gen.schema);
  arena_reset(&s.arena);
  return good ? EXIT_FINE : command_error("%s", err.message);
}

static const Option options[] = {
    {"stdout", 0, OPTION_FLAG, NULL, NULL, "Print the module and touch nothing"},
    {"write", 0, OPTION_FLAG, NULL, NULL, "Write the files instead of showing a diff"},
    {"project", 0, OPTION_TEXT, "PATH", NULL, "Folder of the project (the current one)"},
    {"describe", 0, OPTION_TEXT, "TEXT", NULL,
     "Models in English instead of a field list"},
    {"package", 0, OPTION_TEXT, "NAME", NULL,
     "Package that modules are imported from: \"app\" for app.models"},
    {"async", 0, OPTION_FLAG, NULL, NULL, "For AsyncSession"},
    {"database", 0, OPTION_CHOICE, "NAME", databases, "What the code runs on"},
    {"timestamps", 0, OPTION_FLAG, NULL, NULL,
     "Add created_at and updated_at to all models"},
    {"soft-delete", 0, OPTION_FLAG, NULL, NULL, "Add deleted_at to all models"},
    {"uuid", 0, OPTION_FLAG, NULL, NULL, "Use random UUIDs as primary keys"},
    {"inheritance", 0, OPTION_CHOICE, "HOW", inheritances,
     "Tables of subclasses that do not say"},
    {"dataclass", 0, OPTION_FLAG, NULL, NULL, "Map the models as dataclasses"},
    {"no-repr", 0, OPTION_FLAG, NULL, NULL, "Leave __repr__ out"},
    {"no-convention", 0, OPTION_FLAG, NULL, NULL,
     "Leave the naming convention out of a new Base"},
    {"no-fastapi", 0, OPTION_FLAG, NULL, NULL, "Project without an HTTP interface"},
    {.name = NULL},
};

const Command command_scaffold = {
    .name = "scaffold",
    .summary = "Write models, tables, repositories, engines and applications",
    .positional = "[GENERATOR [NAME] [MODEL [FIELD...]]...]",
    .args_min = 0,
    .args_max = UINT32_MAX,
    .details = "Generators:\n"
#define GENERATOR(file, text) "  " #file ": " text "\n"
#include "gen/generators.def"
#undef GENERATOR
               "\n" FIELD_GRAMMAR,
    .options = options,
    .run = run_scaffold,
};
