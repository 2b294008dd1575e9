// D111: `default=datetime.utcnow()` is evaluated once, when the module is imported.
#include "rules/util.h"

static bool changes_with_time(Str dotted) {
  static const char *const names[] = {"datetime.datetime.now",
                                      "datetime.datetime.utcnow",
                                      "datetime.datetime.today",
                                      "datetime.date.today",
                                      "time.time",
                                      "uuid.uuid1",
                                      "uuid.uuid4",
                                      "secrets.token_hex",
                                      "secrets.token_urlsafe",
                                      "random.random",
                                      "random.randint",
                                      "time.time_ns",
                                      "uuid.uuid7",
                                      "django.utils.timezone.now"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(dotted, names[i]))
      return true;
  return false;
}

// The call that gives another value each time: the expression, or what str() wraps.
static Ref moving_call(RuleCtx *cx, Ref value) {
  const PyTree *t = cx->tree;
  for (int depth = 0; depth < 4 && py_kind(t, value) == PY_CALL; depth++) {
    const PyCall *c = PY_AS(Call, t, value);
    Origin o = resolve_expr(cx->resolver, cx->file_id, c->func);
    if (o.proven && o.kind == ORIGIN_EXTERNAL &&
        changes_with_time(atom_str(cx->project->names, o.dotted)))
      return value;
    Ref receiver = call_receiver(t, value);
    value = py_kind(t, receiver) == PY_CALL ? receiver : call_positional(t, value, 0);
  }
  return 0;
}

// Field(default=uuid4()): a field has default_factory= for what is made anew.
static void check_field(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  Ref keyword = call_keyword_node(t, call, rule_atom(cx, "default"));
  Ref value = keyword ? PY_AS(Keyword, t, keyword)->value : 0;
  Ref moving = value ? moving_call(cx, value) : 0;
  if (!moving)
    return;
  Finding *f = rule_report(cx, py_span(t, value),
                           "this is evaluated once, at import; pass `default_factory=`");
  bool plain = moving == value && !PY_AS(Call, t, value)->args;
  if (rule_has_comment(cx, py_span(t, keyword)))
    rule_refuse(cx, f, "a comment stands in the expression");
  else if (rule_fix(cx, f, plain ? FIX_SAFE : FIX_UNSAFE, "Pass `default_factory=`"))
    fix_printf(
        cx, py_span(t, keyword), "default_factory=%s%.*s", plain ? "" : "lambda: ",
        STR_ARG(plain ? py_text(t, PY_AS(Call, t, value)->func) : rule_text(cx, value)));
}

static void check(RuleCtx *cx, Ref call) {
  const PyTree *t = cx->tree;
  ApiId api = resolve_call_api(cx->resolver, cx->file_id, call);
  if (api == API_sqlmodel_Field)
    check_field(cx, call);
  if (api != API_sqlalchemy_Column && api != API_sqlalchemy_orm_mapped_column)
    return;
  static const char *const keywords[] = {"default", "insert_default", "onupdate"};
  for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
    Ref value = call_keyword(t, call, rule_atom(cx, keywords[i]));
    Ref moving = moving_call(cx, value);
    if (!moving)
      continue;
    Finding *f = rule_report(cx, py_span(t, value),
                             "this is evaluated once, at import; pass a callable");
    bool plain = moving == value && !PY_AS(Call, t, value)->args;
    if (may_be_dataclass_field(cx, call)) {
      rule_refuse(cx, f, "a dataclass takes `default_factory=` or `insert_default=`");
      continue;
    }
    if (!rule_fix(cx, f, plain ? FIX_SAFE : FIX_UNSAFE,
                  plain ? "Pass the function itself" : "Use a lambda"))
      continue;
    if (rule_has_comment(cx, rule_paren_span(cx, value)))
      fix_refuse(cx, "a comment stands in the expression");
    else if (plain)
      fix_replace(cx, rule_paren_span(cx, value),
                  py_text(t, PY_AS(Call, t, value)->func));
    else
      fix_insert(cx, rule_paren_span(cx, value).start, STR("lambda: "));
  }
}

const Rule rule_default_called = {
    .code = "D111",
    .name = "default-called",
    .category = CAT_DESIGN,
    .fix = FIX_SAFE,
    .since = "0.1.0",
    .severity = SEVERITY_ERROR,
    .what = "The default of a column computed when the module is imported",
    .why = "Every row gets the time (or the key) of the import instead of its own",
    .on = {PY_CALL},
    .apis = RULE_APIS(API_sqlalchemy_Column, API_sqlalchemy_orm_mapped_column,
                      API_sqlmodel_Field),
    .check = check,
};
