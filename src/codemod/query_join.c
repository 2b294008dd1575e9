// query_join.c: the targets of join() and outerjoin().
//
//   join("items")                   join(Order.items)
//   join(Order.items, Item.tags)    join(Order.items).join(Item.tags)
//   join(Item, Tag)                 join(Item).join(Tag)
//   join((Item, on), (Tag, on2))    join(Item, on).join(Tag, on2)
//
// A Query of 1.x took strings, several targets and tuples; no select did, and no Query of
// 2.x does.
#include "codemod/query_internal.h"
#include "python/parse.h"
#include "rules/util.h"

typedef enum {
  TARGET_OTHER,  // a condition, or not known
  TARGET_ENTITY, // a class, an alias, a table, a subquery
  TARGET_RELATIONSHIP,
  TARGET_STRING,
  TARGET_TUPLE
} Target;

static Target target_of(Q *q, uint32_t file, Ref arg) {
  switch (py_kind(q_tree(q, file), arg)) {
  case PY_STR:
    return TARGET_STRING;
  case PY_TUPLE:
    return TARGET_TUPLE;
  case PY_STARRED:
  case PY_KEYWORD:
    return TARGET_OTHER;
  default:
    break;
  }
  Value v = q_value(q, file, arg);
  if (v.kind == VALUE_RELATIONSHIP)
    return TARGET_RELATIONSHIP;
  bool entity = v.kind == VALUE_MAPPED_CLASS || v.kind == VALUE_CLASS ||
                v.kind == VALUE_ALIASED_CLASS || v.kind == VALUE_TABLE ||
                v.kind == VALUE_ALIAS || v.kind == VALUE_SUBQUERY ||
                v.kind == VALUE_CTE || v.kind == VALUE_LATERAL || v.kind == VALUE_JOIN;
  return entity && v.sure == SURE_PROVEN ? TARGET_ENTITY : TARGET_OTHER;
}

static uint32_t plain_count(const PyTree *t, PyRefs args) {
  uint32_t n = 0;
  while (n < args.len && py_kind(t, args.at[n]) != PY_KEYWORD &&
         py_kind(t, args.at[n]) != PY_STARRED)
    n++;
  return n;
}

// A target and its condition, as 1.x told it from two targets.
static bool is_pair(Q *q, uint32_t file, PyRefs args, uint32_t n) {
  if (n != 2 || target_of(q, file, args.at[0]) == TARGET_RELATIONSHIP)
    return false;
  Target second = target_of(q, file, args.at[1]);
  return second != TARGET_ENTITY && second != TARGET_TUPLE &&
         (second != TARGET_STRING || target_of(q, file, args.at[0]) == TARGET_ENTITY);
}

JoinForm q_join_form(Q *q, uint32_t file, PyRefs args) {
  const PyTree *t = q_tree(q, file);
  uint32_t n = plain_count(t, args);
  JoinForm form = JOIN_PLAIN;
  if (n > 1 && !is_pair(q, file, args, n))
    form = JOIN_CHAIN;
  for (uint32_t i = 0; i < n && form != JOIN_STRING; i++) {
    Target target = target_of(q, file, args.at[i]);
    if (target == TARGET_STRING)
      form = JOIN_STRING;
    else if (target == TARGET_TUPLE)
      form = JOIN_TUPLE;
  }
  for (uint32_t i = n; i < args.len; i++)
    if (py_kind(t, args.at[i]) == PY_KEYWORD) {
      Str name = q_name(q, PY_AS(Keyword, t, args.at[i])->arg);
      if (str_is(name, "aliased") || str_is(name, "from_joinpoint"))
        form = JOIN_FLAGS;
    }
  return form;
}

Ref q_join_last(Q *q, uint32_t file, PyRefs args) {
  const PyTree *t = q_tree(q, file);
  uint32_t n = plain_count(t, args);
  if (!n)
    return 0;
  Ref last = args.at[is_pair(q, file, args, n) ? 0 : n - 1];
  if (py_kind(t, last) != PY_TUPLE)
    return last;
  PyRefs parts = py_list(t, PY_AS(Tuple, t, last)->elts);
  return parts.len ? parts.at[0] : 0;
}

// ---- writing

typedef struct {
  Q *q;
  uint32_t file;
  const PyTree *t;
  Ref call;
  const char *method;
  const Model *left; // what a string is a relationship of
  Place like;        // an expression of it
  Str flags;         // keywords, with a comma before each
} Join;

// The relationships that a string names, one join each, from `j->left` on.
static bool write_string(Join *j, Ref arg, bool condition) {
  Buf value = {0}, text = {0};
  bool good = py_str_value(j->t, arg, &value);
  Str rest = str_copy(j->q->arena, buf_str(&value)), part;
  buf_free(&value);
  const Model *m = j->left;
  while (good && str_next_part(&rest, '.', &part)) {
    Atom key = intern(resolver_names(j->q->cx->resolver), part);
    const Relationship *r = m ? model_relationship(m, key) : NULL;
    Str cls = r ? q_spell_model(j->q, j->file, j->call, m, j->like) : (Str){0};
    good = cls.ptr != NULL;
    if (!good)
      break;
    if (text.len)
      buf_printf(&text, "%.*s).%s(", STR_ARG(j->flags), j->method);
    buf_printf(&text, "%.*s.%.*s", STR_ARG(cls), STR_ARG(part));
    m = r->target;
  }
  Str all = str_copy(j->q->arena, buf_str(&text));
  buf_free(&text);
  if (!good)
    return q_fail(j->q, j->file, arg,
                  "the relationship that the string names is not known");
  if (!condition)
    j->left = m;
  q_replace(j->q, j->file, py_span(j->t, arg), "%.*s", STR_ARG(all));
  return true;
}

// (Item, on): its two parts without the parentheses.
static bool write_tuple(Join *j, Ref tuple) {
  PyRefs parts = py_list(j->t, PY_AS(Tuple, j->t, tuple)->elts);
  Span outer = py_span(j->t, tuple);
  if (parts.len != 2 || !q_paren(j->q, j->file, tuple) ||
      target_of(j->q, j->file, parts.at[0]) != TARGET_ENTITY)
    return q_fail(j->q, j->file, tuple, "the tuple is no target with its condition");
  Span open = {outer.start, q_outer(j->q, j->file, parts.at[0]).start};
  Span close = {q_outer(j->q, j->file, parts.at[1]).end, outer.end};
  if (target_of(j->q, j->file, parts.at[1]) == TARGET_STRING &&
      !write_string(j, parts.at[1], true))
    return false;
  j->left = q_joined_model(j->q, (Place){j->file, parts.at[0]});
  j->like = (Place){j->file, parts.at[0]};
  return (q_delete(j->q, j->file, open) && q_delete(j->q, j->file, close)) ||
         q_fail(j->q, j->file, tuple, "a comment stands in the tuple");
}

static bool write_target(Join *j, Ref arg, bool condition) {
  Target target = target_of(j->q, j->file, arg);
  if (target == TARGET_STRING)
    return write_string(j, arg, condition);
  if (target == TARGET_TUPLE)
    return write_tuple(j, arg);
  if (target == TARGET_OTHER && !condition)
    return q_fail(j->q, j->file, arg,
                  "it is not plain whether this is a target of the "
                  "join or its condition");
  if (!condition) {
    j->left = q_joined_model(j->q, (Place){j->file, arg});
    j->like = (Place){j->file, arg};
  }
  return true;
}

static bool write_targets(Join *j, PyRefs args, uint32_t n) {
  bool pair = is_pair(j->q, j->file, args, n);
  for (uint32_t i = 0; i < n; i++) {
    bool condition = pair && i == 1;
    if (pair && i == 0 && target_of(j->q, j->file, args.at[1]) == TARGET_STRING)
      continue; // the string is of what stands left of this target
    if (i && !condition) {
      Span comma = {q_outer(j->q, j->file, args.at[i - 1]).end,
                    q_outer(j->q, j->file, args.at[i]).start};
      if (q_comment_in(j->q, j->file, comma))
        return q_fail(j->q, j->file, j->call,
                      "a comment stands between the targets of the join");
      q_replace(j->q, j->file, comma, "%.*s).%s(", STR_ARG(j->flags), j->method);
    }
    if (!write_target(j, args.at[i], condition))
      return false;
  }
  return true;
}

static Str flags_of(const Join *j, PyRefs args, uint32_t from) {
  Buf text = {0};
  for (uint32_t i = from; i < args.len; i++)
    buf_printf(&text, ", %.*s", STR_ARG(py_text(j->t, args.at[i])));
  Str out = str_copy(j->q->arena, buf_str(&text));
  buf_free(&text);
  return out;
}

bool q_write_join(Q *q, const QStep *step, bool is_left_known) {
  const QNode *n = &q->nodes.items[step->node];
  uint32_t file = n->at.file;
  const PyTree *t = q_tree(q, file);
  PyRefs args = py_list(t, PY_AS(Call, t, step->call)->args);
  JoinForm form = q_join_form(q, file, args);
  if (form == JOIN_PLAIN)
    return true;
  if (form == JOIN_FLAGS)
    return q_fail(q, file, step->call,
                  "aliased= and from_joinpoint= need an alias that later criteria name");
  uint32_t count = plain_count(t, args);
  for (uint32_t i = count; i < args.len; i++)
    if (py_kind(t, args.at[i]) != PY_KEYWORD)
      return q_fail(q, file, args.at[i], "not all targets of the join are written here");
  const QState *s = &n->state;
  Place from = s->may & SHAPE_JOINED ? s->joined : s->entity;
  bool known = is_left_known && !(s->may & SHAPE_JOINED && s->joined_mixed);
  Join j = {.q = q,
            .file = file,
            .t = t,
            .call = step->call,
            .method = step->row->text,
            .left = known ? q_joined_model(q, from) : NULL,
            .like = from};
  j.flags = flags_of(&j, args, count);
  return write_targets(&j, args, count);
}
