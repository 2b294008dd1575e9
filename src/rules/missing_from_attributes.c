// F107: a pydantic model that is given an instance and was not told to read attributes.
#include "rules/annotation.h"

enum {
  MAX_DEPTH = 20 // classes above one another
};

static bool body_reads(RuleCtx *cx, Place cls) {
  RuleCtx other = rule_elsewhere(cx, cls.file);
  const PyTree *t = other.tree;
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  for (uint32_t i = 0; i < body.len; i++) {
    Ref target = 0, value = 0;
    if (py_kind(t, body.at[i]) == PY_ASSIGN) {
      target = py_list(t, PY_AS(Assign, t, body.at[i])->targets).at[0];
      value = PY_AS(Assign, t, body.at[i])->value;
    } else if (py_kind(t, body.at[i]) == PY_ANN_ASSIGN) {
      target = PY_AS(AnnAssign, t, body.at[i])->target;
      value = PY_AS(AnnAssign, t, body.at[i])->value;
    } else if (py_kind(t, body.at[i]) == PY_CLASS_DEF) {
      if (PY_AS(ClassDef, t, body.at[i])->name == rule_atom(cx, "Config"))
        return true; // of pydantic 1: not looked into
    }
    if (py_kind(t, target) != PY_NAME ||
        PY_AS(Name, t, target)->id != rule_atom(cx, "model_config"))
      continue;
    PyKind kind = py_kind(t, value);
    if ((kind != PY_CALL && kind != PY_DICT) ||
        rule_gives(&other, value, "from_attributes"))
      return true;
  }
  return false;
}

// True where the class, or one above it, says from_attributes=True, or something that
// cannot be read: pydantic puts the settings of all of them together.
static bool reads_attributes(RuleCtx *cx, Place cls, int depth) {
  const PyTree *t = &cx->project->files[cls.file]->tree;
  if (depth > MAX_DEPTH || py_kind(t, cls.ref) != PY_CLASS_DEF || body_reads(cx, cls))
    return true;
  PyRefs bases = py_list(t, PY_AS(ClassDef, t, cls.ref)->args);
  for (uint32_t i = 0; i < bases.len; i++) {
    Ref base = bases.at[i];
    if (py_kind(t, base) == PY_KEYWORD) // class Out(BaseModel, from_attributes=True)
      return true;
    if (py_kind(t, base) == PY_SUBSCRIPT)
      base = PY_AS(Subscript, t, base)->value;
    Origin o = resolve_expr(cx->resolver, cls.file, base);
    Str dotted = o.dotted ? atom_str(cx->project->names, o.dotted) : STR("");
    if (o.kind == ORIGIN_CLASS ? reads_attributes(cx, o.at, depth + 1)
                               : !str_starts(dotted, STR("pydantic.")) &&
                                     !str_starts(dotted, STR("typing.")))
      return true;
  }
  return false;
}

static bool has_config(RuleCtx *cx, Place cls) {
  return class_binds(cx, cls, "model_config", NULL) ||
         class_binds(cx, cls, "Config", NULL);
}

static void write_fix(RuleCtx *cx, Finding *f, Place cls) {
  const PyTree *t = cx->tree;
  if (cls.file != cx->file_id) {
    rule_refuse(cx, f, "the class stands in another file");
    return;
  }
  if (has_config(cx, cls)) {
    rule_refuse(cx, f, "the class has a configuration; add from_attributes=True to it");
    return;
  }
  PyRefs body = py_list(t, PY_AS(ClassDef, t, cls.ref)->body);
  Ref first = body.at[0];
  bool doc = py_kind(t, first) == PY_EXPR_STMT &&
             py_kind(t, PY_AS(ExprStmt, t, first)->value) == PY_STR;
  Str indent, newline = rule_newline(cx);
  if (!rule_indent(cx, first, &indent) || (doc && body.len == 1)) {
    rule_refuse(cx, f, "the class has no line to put it before");
    return;
  }
  if (!rule_fix(cx, f, FIX_SAFE, "Let it read attributes"))
    return;
  Str name = fix_require_import(cx, cls.ref, "pydantic", "ConfigDict");
  if (name.ptr)
    fix_insert(cx, statement_start(t, body.at[doc]),
               str_format(cx->scratch,
                          "model_config = %.*s(from_attributes=True)%.*s%.*s",
                          STR_ARG(name), STR_ARG(newline), STR_ARG(indent)));
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref receiver = call_receiver(t, call), object = call_positional(t, call, 0);
  Origin o = receiver ? resolve_expr(cx->resolver, cx->file_id, receiver) : (Origin){0};
  if (!object || o.kind != ORIGIN_CLASS || call_has_stars(t, call) ||
      call_keyword_node(t, call, rule_atom(cx, "from_attributes")))
    return;
  Value v = rule_value(cx, object);
  if (v.kind != VALUE_ENTITY || v.sure != SURE_PROVEN ||
      !class_derives_from(cx, o.at, "pydantic.BaseModel") ||
      reads_attributes(cx, o.at, 0))
    return;
  const Model *m = models_of_class(cx->models, v.owner);
  if (m && m->style == BASE_SQLMODEL) // pydantic models themselves
    return;
  Finding *f = rule_report(cx, py_span(t, receiver),
                           "`%.*s` takes dictionaries only: from_attributes=True lets it "
                           "read an instance",
                           STR_ARG(py_text(t, receiver)));
  write_fix(cx, f, o.at);
}

const Rule rule_missing_from_attributes = {
    .code = "F107",
    .name = "missing-from-attributes",
    .category = CAT_FRAMEWORK,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "model_validate() of an instance by a pydantic model without from_attributes",
    .why = "ValidationError is raised: the input should be a dictionary",
    .on = {PY_CALL},
    .names = RULE_NAMES("model_validate"),
    .check = check,
};
