// S113: a session that another thread is given.
#include "rules/util.h"

// Thread(target=f, args=(...)), executor.submit(f, ...)
static bool starts_thread(RuleCtx *cx, Ref call) {
  Origin o = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, cx->tree, call)->func);
  Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
  if (str_is(dotted, "threading.Thread") || str_is(dotted, "threading.Timer") ||
      str_is(dotted, "multiprocessing.Process"))
    return true;
  return false;
}

static Ref executor_of(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call);
  if (!receiver || !str_is(call_method_text(cx, call), "submit"))
    return 0;
  Origin o = resolve_expr(cx->resolver, cx->file_id, receiver);
  Place made = o.kind == ORIGIN_VARIABLE ? o.value : (Place){0};
  if (!made.ref && o.kind == ORIGIN_VARIABLE && o.at.file == cx->file_id) {
    Ref item = rule_parent(cx, o.at.ref); // with ThreadPoolExecutor() as pool:
    if (py_kind(t, item) == PY_WITH_ITEM)
      made = (Place){cx->file_id, PY_AS(WithItem, t, item)->context};
  }
  if (made.file != cx->file_id || py_kind(t, made.ref) != PY_CALL)
    return 0;
  Origin cls = resolve_expr(cx->resolver, cx->file_id, PY_AS(Call, t, made.ref)->func);
  Str dotted = cls.dotted ? atom_str(cx->project->names, cls.dotted) : STR("");
  return str_starts(dotted, STR("concurrent.futures")) ? receiver : 0;
}

static void check_value(RuleCtx *cx, Ref value) {
  const PyTree *t = cx->tree;
  if (py_kind(t, value) == PY_TUPLE || py_kind(t, value) == PY_LIST) {
    PyRefs items = py_kind(t, value) == PY_TUPLE
                       ? py_list(t, PY_AS(Tuple, t, value)->elts)
                       : py_list(t, PY_AS(List, t, value)->elts);
    for (uint32_t i = 0; i < items.len; i++)
      check_value(cx, items.at[i]);
    return;
  }
  PyKind kind = py_kind(t, value);
  if (kind != PY_NAME && kind != PY_ATTRIBUTE)
    return;
  Value v = rule_value(cx, value);
  if (v.kind == VALUE_SESSION || v.kind == VALUE_ASYNC_SESSION)
    rule_report(cx, py_span(t, value),
                "a session belongs to one thread; let the function that runs there open "
                "its own");
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  if (cx->file->is_test || (!starts_thread(cx, call) && !executor_of(cx, call)))
    return;
  PyRefs args = py_list(t, PY_AS(Call, t, call)->args);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(t, args.at[i]) != PY_KEYWORD) {
      check_value(cx, args.at[i]);
      continue;
    }
    Ref value = PY_AS(Keyword, t, args.at[i])->value;
    check_value(cx, value);
    if (py_kind(t, value) != PY_DICT) // kwargs={"session": session}
      continue;
    PyRefs items = py_list(t, PY_AS(Dict, t, value)->items);
    for (uint32_t k = 1; k < items.len; k += 2)
      check_value(cx, items.at[k]);
  }
}

const Rule rule_session_across_threads = {
    .code = "S113",
    .name = "session-across-threads",
    .category = CAT_SESSION,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "A session that is handed to another thread",
    .why = "Sessions and connections are not safe to share: statements mix within one "
           "transaction, and rows are lost or errors raised at random",
    .on = {PY_CALL},
    .names = RULE_NAMES("Thread", "Timer", "Process", "submit"),
    .check = check,
};
