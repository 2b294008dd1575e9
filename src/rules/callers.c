// callers.c: the calls of a function, by its name.
#include "rules/callers.h"

enum {
  MAX_CALLS = 16 // of one name
};

// What the call gives the parameter: the expression, in the file of `caller`; 0: nothing.
static Ref argument_for(RuleCtx *caller, Ref call, Place def, Ref param) {
  PyRefs args = py_list(caller->tree, PY_AS(Call, caller->tree, call)->args);
  for (uint32_t i = 0; i < args.len; i++)
    if (rule_parameter(caller, call, args.at[i], def) == param)
      return py_kind(caller->tree, args.at[i]) == PY_KEYWORD
                 ? PY_AS(Keyword, caller->tree, args.at[i])->value
                 : args.at[i];
  return 0;
}

bool every_call_gives(RuleCtx *cx, Place def, Ref param, ArgumentTest test, int depth) {
  RuleCtx own = rule_elsewhere(cx, def.file);
  const PyFunctionDef *f = PY_AS(FunctionDef, own.tree, def.ref);
  if (py_list(own.tree, f->decorators).len) // called by somebody else
    return false;
  uint32_t count = 0;
  const Place *calls = value_calls(cx->values, f->name, &count);
  for (uint32_t i = 0; i < count && count <= MAX_CALLS; i++) {
    RuleCtx caller = rule_elsewhere(cx, calls[i].file);
    if (call_has_stars(caller.tree, calls[i].ref) ||
        !place_eq(rule_callee(&caller, calls[i].ref), def))
      return false;
    Ref given = argument_for(&caller, calls[i].ref, def, param);
    Ref otherwise = PY_AS(Param, own.tree, param)->default_value;
    if (given ? !test(&caller, given, depth)
              : !otherwise || !test(&own, otherwise, depth))
      return false;
  }
  return count && count <= MAX_CALLS;
}
