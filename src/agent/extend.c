// extend.c: the description becomes words of the field grammar over the models that
// exist; gen/insert.h puts them where they belong.
#include "agent/extend.h"

#include "agent/describe.h"
#include "agent/family.h"
#include "agent/generate.h"
#include "gen/insert.h"
#include "schema/fields.h"
#include "schema/from_models.h"

// ask_says compares with lower-case words.
static const char *str_lower(Arena *arena, Str s) {
  char *text = arena_copy(arena, s.ptr, s.len);
  for (size_t i = 0; i < s.len; i++)
    if (text[i] >= 'A' && text[i] <= 'Z')
      text[i] = (char)(text[i] - 'A' + 'a');
  return text;
}

static Schema *schema_with_models(AskContext *cx) {
  Schema *s = schema_new(cx->arena);
  schema_add_models(s, cx->models, &cx->project);
  return s;
}

// "add a phone number to the User model" as "User has a phone number", which is how
// descriptions speak. Other clauses stay as they are.
static Str as_description(AskContext *cx, Str clause) {
  static const char *const verbs[] = {"add ", "Add ", "give ", "put ", "append "};
  size_t from = SIZE_MAX, to = SIZE_MAX, at = 0;
  for (size_t i = 0; i < sizeof verbs / sizeof *verbs && from == SIZE_MAX; i++) {
    size_t found = str_find(clause, str_from(verbs[i]), 0);
    from = found == SIZE_MAX ? from : found + strlen(verbs[i]);
  }
  for (; (at = str_find(clause, STR(" to "), at)) != SIZE_MAX; at++)
    to = at;
  if (from == SIZE_MAX || to == SIZE_MAX || to <= from)
    return clause;
  Str what = str_slice(clause, from, to), where = str_slice(clause, to + 4, clause.len);
  if (ask_says(what,
               "model,models,class,table,entity,belongs,belong,relationship,relation,"
               "related,refers,linked,many,association"))
    return clause; // more than fields
  for (size_t i = 0; i < what.len; i++)
    if (what.ptr[i] >= 'A' && what.ptr[i] <= 'Z' && (!i || what.ptr[i - 1] == ' '))
      return clause; // a class to be
  for (uint32_t i = 0; i < models_count(cx->models); i++) {
    Str name = atom_str(cx->project.names, models_at(cx->models, i)->name);
    Str several = name_plural(cx->arena, name);
    if (ask_says(where, str_lower(cx->arena, name)) ||
        ask_says(where, str_lower(cx->arena, several)))
      return str_format(cx->arena, "%.*s has %.*s", STR_ARG(name), STR_ARG(what));
  }
  return clause;
}

// The words that a person would type for what is described.
static bool read_words(AskContext *cx, Str clause, Answer *answer, Description *d) {
  Schema *s = schema_with_models(cx);
  Err err = {0};
  bool ok = describe_models(d, cx->arena, as_description(cx, clause), s, &err) &&
            d->words.len > 0;
  for (size_t i = 0; ok && i < d->missed.len; i++) {
    answer_assume(answer, str_format(cx->arena, "Nothing was made of \"%.*s\".",
                                     STR_ARG(d->missed.items[i])));
    answer->confident = false;
  }
  schema_free(s);
  return ok;
}

static bool insert_words(AskContext *cx, const StrVec *said, Gen *g, ChangeSet *set,
                         Err *err) {
  const char **words = arena_array(cx->arena, const char *, said->len + 1);
  SchemaOptions options = {0};
  FieldSettings fields = {.extend = true};
  Insertion in = {0};
  for (size_t i = 0; i < said->len; i++)
    words[i] = str_copy(cx->arena, said->items[i]).ptr;
  const char *root = cx->has_project ? cx->options->project : ".";
  return changeset_init(set, cx->arena, root, err) &&
         fields_parse(g->schema, words, said->len, &fields, err) &&
         insert_plan(&in, g, &cx->project, cx->resolver, cx->models) &&
         schema_complete(g->schema, &options, err) && insert_models(&in, set, err);
}

static void show_project(AskContext *cx, ChangeSet *set, Answer *answer) {
  Buf diff = {0};
  (void)cx;
  changeset_diff(set, &diff);
  answer_diff(answer, STR(""), buf_str(&diff));
  buf_free(&diff);
  for (size_t i = 0; i < set->changes.len; i++)
    answer_edit(answer, set->changes.items[i].path, set->changes.items[i].before,
                set->changes.items[i].after);
  answer_next(answer, "`--apply` writes the change, `aludel undo` takes it back.");
  answer_next(answer, "Create the columns and tables by a migration: `alembic revision "
                      "--autogenerate`, then read the file before you run it.");
}

// A function that stores a row with new rows, where a collection was added.
static void show_family(AskContext *cx, Schema *s, const AskStyle *style,
                        Answer *answer) {
  GenSettings settings = generate_settings(style);
  for (size_t i = 0; i < s->tables.len; i++) {
    Str text = family_write(cx->arena, s, &settings, s->tables.items[i]);
    if (text.ptr) {
      ask_add_module(cx, answer, text);
      return;
    }
  }
}

// "give me every employee with ...": rows are wanted, no class gets anything.
static bool asks_for_rows(Str clause) {
  static const char *const starts[] = {
      "give me ", "give us ", "give back ", "get me ", "get us ", "get all ", "show ",
      "list ",    "find ",    "return ",    "fetch ",  "select ", "count "};
  Str text = str_trim(clause);
  for (size_t i = 0; i < ARRAY_LEN(starts); i++)
    if (str_eq_nocase(str_slice(text, 0, min_size(text.len, strlen(starts[i]))),
                      str_from(starts[i])))
      return !ask_says(clause,
                       "model,models,class,classes,table,tables,column,columns,"
                       "field,fields,attribute,relationship,relation,relationships");
  return false;
}

bool extend_understands(AskContext *cx, Str clause) {
  static const char wishes[] = "add,create,define,extend,should,must,needs,need,want,new,"
                               "gets,get,give,model,class,table,introduce,link,relate,"
                               "connect,belongs to,relationship,followers,put";
  static const char newer[] = "mapped types,mapped_column,typed,type annotations,type "
                              "hints,2.0 style,new style,modern,modernise,modernize";
  bool restyles = cx->pasted != NO_FILE && ask_says(clause, newer);
  if (!ask_says(clause, wishes) || asks_for_rows(clause) || restyles)
    return false;
  Description d = {0};
  Err err = {0};
  Schema *s = schema_with_models(cx);
  bool ok = describe_models(&d, cx->arena, as_description(cx, clause), s, &err) &&
            d.words.len > 0 && !d.missed.len;
  Str first = str_slice(clause, 0, str_find_char(clause, ' ', 0));
  bool ordered =
      ask_says(first, "give,add,create,define,extend,every,each,introduce,link,"
                      "relate,connect,please");
  for (size_t i = 0; i < s->assumptions.len; i++)
    ok = ok && (ordered ||
                str_find(s->assumptions.items[i], STR("no fields of"), 0) == SIZE_MAX);
  schema_free(s);
  describe_free(&d);
  return ok;
}

void extend_show(AskContext *cx, ChangeSet *set, Answer *answer) {
  if (cx->has_project)
    show_project(cx, set, answer);
  else
    ask_add_module(cx, answer, set->changes.items[0].after);
}

bool extend_words(AskContext *cx, const StrVec *words, Answer *answer) {
  ChangeSet set = {0};
  Err err = {0};
  AskStyle style = ask_style(cx, cx->request->prose);
  Gen g = {.arena = cx->arena,
           .schema = schema_with_models(cx),
           .settings = generate_settings(&style),
           .templates = STR("")};
  bool ok = insert_words(cx, words, &g, &set, &err) && set.changes.len > 0;
  if (ok) {
    answer_read_as(answer, "New models and relationships among those that exist.");
    extend_show(cx, &set, answer);
    if (!cx->has_project)
      show_family(cx, g.schema, &style, answer);
    generate_assumptions(answer, g.schema);
  }
  changeset_free(&set);
  gen_free(&g);
  schema_free(g.schema);
  return ok;
}

bool extend_models(AskContext *cx, Str clause, Answer *answer) {
  Description d = {0};
  bool ok = cx->models && models_count(cx->models) &&
            read_words(cx, clause, answer, &d) && extend_words(cx, &d.words, answer);
  describe_free(&d);
  return ok;
}
