// P105, P106: collections loaded by joins: under a LIMIT, and two of them, which multiply
// each other's rows.
#include "rules/loaded.h"

// The call that an option begins with: `joinedload(A.bs).selectinload(B.cs)`.
static Ref loaded_at(RuleCtx *cx, Ref option, ApiId api) {
  while (py_kind(cx->tree, option) == PY_CALL) {
    if (resolve_call_api(cx->resolver, cx->file_id, option) == api)
      return option;
    option = call_receiver(cx->tree, option);
  }
  return 0;
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Value first = {0};
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref option = call_positional(t, call, i);
    Ref joined = loaded_at(cx, option, API_sqlalchemy_orm_joinedload);
    Ref attribute = joined ? call_positional(t, joined, 0) : 0;
    Value v = attribute ? rule_value(cx, attribute) : (Value){0};
    if (v.kind != VALUE_RELATIONSHIP || !(v.flags & VALUE_COLLECTION))
      continue;
    if (first.owner.ref && place_eq(first.owner, v.owner) && first.key != v.key) {
      rule_report(
          cx, py_span(t, option),
          "two collections joined to one query: each row of one comes with each row "
          "of the other; use selectinload()");
      return;
    }
    first = v;
  }
}

const Rule rule_joined_collections = {
    .code = "P106",
    .name = "multiple-joinedload-collections",
    .category = CAT_PERFORMANCE,
    .since = "0.1.0",
    .severity = SEVERITY_WARNING,
    .what = "joinedload() of two collections of one class in the same query",
    .why =
        "The database sends their product: 100 orders and 100 notes of a user are 10,000 "
        "rows",
    .on = {PY_CALL},
    .names = RULE_NAMES("options"),
    .check = check,
};

// ---- P105

enum {
  MAX_STEPS = 40 // methods of one statement
};

// The collection that an option of the call loads by a join; 0: none. `*contains`: by a
// join that the statement has itself.
static Ref collection_of(RuleCtx *cx, Ref call, bool *contains) {
  const PyTree *t = cx->tree;
  for (uint32_t i = 0; i < call_positional_count(t, call); i++) {
    Ref option = call_positional(t, call, i);
    Ref joined = loaded_at(cx, option, API_sqlalchemy_orm_joinedload);
    *contains = !joined;
    if (!joined)
      joined = loaded_at(cx, option, API_sqlalchemy_orm_contains_eager);
    Ref attribute = joined ? call_positional(t, joined, 0) : 0;
    Value v = attribute ? rule_value(cx, attribute) : (Value){0};
    if (v.kind == VALUE_RELATIONSHIP && v.flags & VALUE_COLLECTION)
      return joined;
  }
  return 0;
}

static void report_limited(RuleCtx *cx, Ref joined, bool contains) {
  Finding *f = rule_report(
      cx, py_span(cx->tree, joined),
      contains ? "LIMIT counts the joined rows: the collection of the last instance is "
                 "cut off, and there are fewer instances than asked for; use "
                 "selectinload()"
               : "with LIMIT the query becomes a subquery that the collection is joined "
                 "to; selectinload() loads it by a second query");
  bool plain = py_list(cx->tree, PY_AS(Call, cx->tree, joined)->args).len == 1;
  if (contains || !plain || !rule_fix(cx, f, FIX_SHOW, "Use selectinload()"))
    return; // selectinload() has no innerjoin=
  Str name = fix_require_import(cx, joined, "sqlalchemy.orm", "selectinload");
  if (name.ptr)
    fix_replace(cx, py_span(cx->tree, PY_AS(Call, cx->tree, joined)->func), name);
}

static bool limits_several(RuleCtx *cx, Ref call) {
  Ref number = call_positional(cx->tree, call, 0);
  return number && !is_none(cx->tree, number) && !str_is(py_text(cx->tree, number), "1");
}

// The call before this one of the same statement that one of the names has, 0: none:
// `.limit(10)`, `.options(...)` of which a collection is loaded by a join.
static Ref before(RuleCtx *cx, Ref call, const char *name, bool *contains) {
  const PyTree *t = cx->tree;
  Ref at = call_receiver(t, call);
  for (int i = 0; at && i < MAX_STEPS; i++) {
    if (str_is(call_method_text(cx, at), name)) {
      bool options = str_is(STR("options"), name);
      Ref found = options ? collection_of(cx, at, contains) : at;
      if (found)
        return found;
    }
    at = py_kind(t, at) == PY_NAME ? assigned_at(cx, at) : call_receiver(t, at);
  }
  return 0;
}

// select(A).options(joinedload(A.bs)).limit(10), in any order and over several statements
static void check_limit(RuleCtx *cx, Ref call) {
  Ref receiver = call_receiver(cx->tree, call);
  Value v = receiver && !cx->file->is_test ? rule_value(cx, receiver) : (Value){0};
  if (v.kind != VALUE_SELECT && v.kind != VALUE_QUERY)
    return;
  bool contains = false;
  bool last = str_is(call_method_text(cx, call), "limit");
  Ref joined =
      last ? before(cx, call, "options", &contains) : collection_of(cx, call, &contains);
  Ref limit = last || !joined ? call : before(cx, call, "limit", NULL);
  if (joined && limit && limits_several(cx, limit))
    report_limited(cx, joined, contains);
}

DEFINE_RULE(joined_collection_limit, "P105", "joinedload-collection-limit",
            CAT_PERFORMANCE, SEVERITY_INFO,
            "A collection loaded by a join in a statement with limit()",
            "joinedload() needs a subquery there; contains_eager() gives other rows than "
            "were asked for",
            .fix = FIX_SHOW, .on = {PY_CALL}, .names = RULE_NAMES("limit", "options"),
            .check = check_limit);
