// query_argument.c: what becomes of a query that is an argument of a call: list(q),
// rows.extend(q), column.in_(q), a function of the project.
#include "codemod/query_internal.h"
#include "rules/util.h"

static bool is_one_of(Str name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (str_is(name, names[i]))
      return true;
  return false;
}

static bool iterates(Str builtin) {
  static const char *const names[] = {
      "all", "any", "dict", "enumerate", "filter", "frozenset", "iter",  "list",
      "map", "max", "min",  "set",       "sorted", "sum",       "tuple", "zip"};
  return is_one_of(builtin, names, ARRAY_LEN(names));
}

// What the standard library reads like that.
static bool iterates_dotted(Str dotted) {
  static const char *const names[] = {
      "collections.Counter", "collections.OrderedDict",       "collections.deque",
      "itertools.chain",     "itertools.chain.from_iterable", "itertools.groupby",
      "itertools.islice",    "itertools.zip_longest"};
  return is_one_of(dotted, names, ARRAY_LEN(names));
}

// Methods that read their argument once, from the start: rows.extend(query).
static bool method_iterates(Q *q, uint32_t file, Ref call, Ref argument) {
  const PyTree *t = q_tree(q, file);
  Ref receiver = call_receiver(t, call);
  if (!receiver || py_kind(t, argument) == PY_KEYWORD)
    return false;
  Str method = q_name(q, call_method(t, call));
  if (str_is(method, "assertIn") || str_is(method, "assertNotIn"))
    return call_positional(t, call, 1) == argument;
  if (str_is(method, "assertCountEqual"))
    return true;
  ValueKind kind = (ValueKind)q_value(q, file, receiver).kind;
  return (str_is(method, "extend") && kind == VALUE_LIST) ||
         (str_is(method, "update") && kind == VALUE_SET) ||
         (str_is(method, "join") && kind == VALUE_STR);
}

// session.execute(query): rows, of a Query as of a select.
static bool executes(Q *q, uint32_t file, Ref call, Ref argument) {
  const PyTree *t = q_tree(q, file);
  Ref receiver = call_receiver(t, call);
  Str method = q_name(q, call_method(t, call));
  bool runs =
      str_is(method, "execute") || str_is(method, "scalars") || str_is(method, "scalar");
  if (!receiver || !runs || call_positional(t, call, 0) != argument)
    return false;
  Value v = q_value(q, file, receiver);
  return value_is_session(v) || v.kind == VALUE_CONNECTION;
}

// Places that take a select as they took a Query.
static bool takes_select(Q *q, uint32_t file, Ref call) {
  static const char *const names[] = {"in_", "not_in", "notin_"};
  const PyTree *t = q_tree(q, file);
  Ref receiver = call_receiver(t, call);
  if (!receiver)
    return false;
  Str method = q_name(q, call_method(t, call));
  Value v = q_value(q, file, receiver);
  if (is_one_of(method, names, ARRAY_LEN(names)))
    return v.kind == VALUE_UNKNOWN || value_is_column(v);
  return str_is(method, "from_select") && v.kind == VALUE_INSERT;
}

// union(query, query) of Core.
static bool combines(Q *q, uint32_t file, Ref call, Ref argument) {
  static const ApiId apis[] = {API_sqlalchemy_union,     API_sqlalchemy_union_all,
                               API_sqlalchemy_intersect, API_sqlalchemy_intersect_all,
                               API_sqlalchemy_except_,   API_sqlalchemy_except_all};
  ApiId api = resolve_call_api(q->cx->resolver, file, call);
  bool is = false;
  for (size_t i = 0; i < ARRAY_LEN(apis); i++)
    is |= api == apis[i];
  return is && py_kind(q_tree(q, file), argument) != PY_KEYWORD;
}

void q_spread_argument(Q *q, uint32_t node, Ref call, Ref argument) {
  Place here = q->nodes.items[node].at;
  const PyTree *t = q_tree(q, here.file);
  Ref func = PY_AS(Call, t, call)->func;
  Place at = {here.file, call};
  Value v = q_value(q, here.file, func);
  if (v.kind == VALUE_FUNCTION && v.owner.ref &&
      py_kind(q_tree(q, v.owner.file), v.owner.ref) == PY_FUNCTION_DEF) {
    q_pass_to(q, node, v.owner, at, argument);
    return;
  }
  Origin o = resolve_expr(q->cx->resolver, here.file, func);
  QEnd end = {node, END_ITERATE, "M207", here.ref, STR("")};
  if (q_is_set_operand(q, here.file, call, argument)) {
    end.kind = END_OPERAND;
    end.code = "M210";
    end.at = call;
    vec_push(&q->ends, end);
    return;
  }
  bool reads = o.kind == ORIGIN_BUILTIN ? iterates(q_name(q, o.dotted))
                                        : iterates_dotted(q_name(q, o.dotted));
  if (reads && py_kind(t, argument) != PY_KEYWORD) {
    vec_push(&q->ends, end);
  } else if (method_iterates(q, here.file, call, argument)) {
    vec_push(&q->ends, end);
  } else if (combines(q, here.file, call, argument)) {
    end.kind = END_COMPOUND;
    end.code = "M210";
    vec_push(&q->ends, end);
  } else if (takes_select(q, here.file, call) || executes(q, here.file, call, argument)) {
    end.kind = takes_select(q, here.file, call) ? END_PART : END_EXECUTE;
    end.code = "M210";
    vec_push(&q->ends, end);
  } else {
    Str name = py_text(t, func);
    q_stop(q, node, at, "the query is passed to `%.*s()`, which is not followed",
           (int)min_size(name.len, 60), name.ptr);
  }
}
