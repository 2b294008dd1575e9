// query_option.c: loader options that name attributes by strings.
//
//   joinedload("orders.items")    defaultload(User.orders).joinedload(Order.items)
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
  Ref at; // the outermost call
  Place like;
  const Model *start;
} Option;

static bool is_star(const PyTree *t, Ref string) {
  Str text = py_text(t, string);
  return text.len == 3 && text.ptr[1] == '*';
}

// The first string that names an attribute, 0 for none.
Ref q_option_string(const PyTree *t, Ref option) {
  while (py_kind(t, option) == PY_CALL) {
    PyRefs args = py_list(t, PY_AS(Call, t, option)->args);
    for (uint32_t i = 0; i < args.len; i++)
      if (py_kind(t, args.at[i]) == PY_STR && !is_star(t, args.at[i]))
        return args.at[i];
    option = call_receiver(t, option);
  }
  return 0;
}

static Ref name_node(const Option *o, Ref call, Span *name) {
  Ref func = PY_AS(Call, o->t, call)->func;
  *name = py_span(o->t, func);
  if (py_kind(o->t, func) == PY_ATTRIBUTE)
    name->start = PY_AS(Attribute, o->t, func)->attr_at;
  return func;
}

static bool takes_columns(Str name) {
  return str_is(name, "load_only") || str_is(name, "defer") || str_is(name, "undefer");
}

static bool has_attribute(const Model *m, Atom key) {
  return model_column(m, key) || model_relationship(m, key);
}

static Str spell(const Option *o, const Model *m) {
  return q_spell_model(o->q, o->file, o->at, m, o->like);
}

// One string of a column option: "name" becomes User.name.
static bool write_column(const Option *o, const Model *m, Ref arg, Str value) {
  Atom key = intern(resolver_names(o->q->cx->resolver), value);
  Str cls = m && has_attribute(m, key) ? spell(o, m) : (Str){0};
  if (!cls.ptr)
    return q_fail(o->q, o->file, arg, "the attribute that the string names is not known");
  q_replace(o->q, o->file, py_span(o->t, arg), "%.*s.%.*s", STR_ARG(cls), STR_ARG(value));
  return true;
}

// A path of relationships, for defer() with a column at its end; all but the last keep
// the loading they have.
static bool write_path(const Option *o, const Model **m, Ref call, Ref arg, Str value) {
  Q *q = o->q;
  Span name;
  Ref func = name_node(o, call, &name);
  Str method = q_text(q, o->file, name), rest = value, part;
  Buf text = {0};
  bool dotted = str_find_char(value, '.', 0) != SIZE_MAX, good = true;
  while (good && str_next_part(&rest, '.', &part)) {
    Atom key = intern(resolver_names(q->cx->resolver), part);
    const Relationship *r = *m ? model_relationship(*m, key) : NULL;
    bool column = !rest.len && takes_columns(method) && *m && has_attribute(*m, key);
    Str cls = r || column ? spell(o, *m) : (Str){0};
    good = cls.ptr != NULL;
    if (!good)
      break;
    bool last = str_find_char(rest, '.', 0) == SIZE_MAX;
    Str next = last ? method : STR("defaultload");
    buf_printf(&text, "%.*s.%.*s", STR_ARG(cls), STR_ARG(part));
    if (rest.len)
      buf_printf(&text, ").%.*s(", STR_ARG(next));
    *m = r ? r->target : NULL;
  }
  if (!good)
    q_fail(q, o->file, arg, "the relationship that the string names is not known");
  else
    q_replace(q, o->file, py_span(o->t, arg), "%.*s", STR_ARG(buf_str(&text)));
  buf_free(&text);
  if (good && dotted) {
    Str load = py_kind(o->t, func) == PY_ATTRIBUTE &&
                       py_kind(o->t, call_receiver(o->t, call)) == PY_CALL
                   ? STR("defaultload")
                   : q_require(q, o->file, o->at, "sqlalchemy.orm", "defaultload");
    if (!load.ptr)
      return false;
    q_replace(q, o->file, py_span(o->t, func), "%.*s", STR_ARG(load));
  }
  return good;
}

static bool write_call(const Option *o, Ref call, const Model **m, int depth) {
  Q *q = o->q;
  Ref before = call_receiver(o->t, call);
  if (depth > 30)
    return q_fail(q, o->file, call, "the option is too deep");
  if (py_kind(o->t, before) == PY_CALL && !write_call(o, before, m, depth + 1))
    return false;
  Span span;
  name_node(o, call, &span);
  Str name = q_text(q, o->file, span);
  PyRefs args = py_list(o->t, PY_AS(Call, o->t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(o->t, args.at[i]) != PY_STR) {
      Value v = q_value(q, o->file, args.at[i]);
      if (v.kind == VALUE_RELATIONSHIP || v.kind == VALUE_MAPPED_CLASS)
        *m = q_joined_model(q, (Place){o->file, args.at[i]});
      continue;
    }
    Buf decoded = {0};
    bool read = py_str_value(o->t, args.at[i], &decoded);
    Str value = str_copy(q->arena, buf_str(&decoded));
    buf_free(&decoded);
    if (read && str_is(value, "*"))
      continue;
    bool path = !takes_columns(name) || (args.len == 1 && !str_is(name, "load_only") &&
                                         str_find_char(value, '.', 0) != SIZE_MAX);
    bool good = read && (path ? write_path(o, m, call, args.at[i], value)
                              : write_column(o, *m, args.at[i], value));
    if (!good)
      return q_fail(q, o->file, args.at[i],
                    "a loader option names an attribute by a string");
  }
  return true;
}

bool q_write_option(Q *q, uint32_t file, Ref option, const QState *before) {
  const PyTree *t = q_tree(q, file);
  if (!q_option_string(t, option))
    return true;
  const Model *m = q_model_at(q, before->entity);
  Option o = {q, file, t, option, before->entity, m};
  return write_call(&o, option, &m, 0);
}
