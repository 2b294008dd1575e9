// dump.c: the tree in the shape of CPython's `ast`.
//
// Trees may be very deep (a chain of a thousand `+`), so nothing here calls itself: what
// is still to be written waits on a stack of tasks. A node writes its plain fields at
// once and leaves its children and its closing brace as tasks.
#include "python/dump_internal.h"

static void later_list(Dumper *d, const char *key, Ref list, Filter filter) {
  vec_push(&d->tasks,
           (Task){.kind = TASK_LIST, .filter = filter, .key = key, .ref = list});
}

static void put_atom(Dumper *d, const char *key, Atom atom) {
  json_field(d->out, key, atom ? atom_str(d->names, atom) : (Str){0});
}

static void put_op(Dumper *d, const char *key, unsigned op) {
  if (key)
    json_key(d->out, key);
  put_type(d, py_op_name((PyOp)op));
  json_end_object(d->out);
}

static void put_const(Dumper *d, const char *key, unsigned constant) {
  json_key(d->out, key);
  switch ((PyConst)constant) {
  case PY_CONST_NONE:
    json_none(d->out);
    break;
  case PY_CONST_FALSE:
  case PY_CONST_TRUE:
    json_bool(d->out, constant == PY_CONST_TRUE);
    break;
  case PY_CONST_ELLIPSIS:
    json_str(d->out, STR("..."));
    break;
  }
}

// One function per group of kinds writes the plain fields and leaves the children.

static bool put_definition(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  switch (py_kind(t, r)) {
  case PY_FUNCTION_DEF: {
    const PyFunctionDef *f = PY_AS(FunctionDef, t, r);
    put_type(d, f->node.flags & PYF_ASYNC ? "AsyncFunctionDef" : "FunctionDef");
    put_atom(d, "name", f->name);
    vec_push(&d->tasks, (Task){.kind = TASK_ARGUMENTS, .key = "args", .ref = f->params});
    later_list(d, "body", f->body, ALL);
    later_list(d, "decorator_list", f->decorators, ALL);
    later(d, "returns", f->returns);
    later_list(d, "type_params", f->type_params, ALL);
    return true;
  }
  case PY_CLASS_DEF: {
    const PyClassDef *c = PY_AS(ClassDef, t, r);
    put_type(d, "ClassDef");
    put_atom(d, "name", c->name);
    later_list(d, "bases", c->args, POSITIONAL);
    later_list(d, "keywords", c->args, KEYWORDS);
    later_list(d, "body", c->body, ALL);
    later_list(d, "decorator_list", c->decorators, ALL);
    later_list(d, "type_params", c->type_params, ALL);
    return true;
  }
  case PY_TYPE_ALIAS: {
    const PyTypeAlias *a = PY_AS(TypeAlias, t, r);
    put_type(d, "TypeAlias");
    later(d, "name", a->name);
    later_list(d, "type_params", a->type_params, ALL);
    later(d, "value", a->value);
    return true;
  }
  case PY_TYPE_VAR: {
    const PyTypeVar *v = PY_AS(TypeVar, t, r);
    put_type(d, "TypeVar");
    put_atom(d, "name", v->name);
    later(d, "bound", v->bound);
    later(d, "default_value", v->default_value);
    return true;
  }
  case PY_PARAM_SPEC: {
    const PyParamSpec *p = PY_AS(ParamSpec, t, r);
    put_type(d, "ParamSpec");
    put_atom(d, "name", p->name);
    later(d, "default_value", p->default_value);
    return true;
  }
  case PY_TYPE_VAR_TUPLE: {
    const PyTypeVarTuple *v = PY_AS(TypeVarTuple, t, r);
    put_type(d, "TypeVarTuple");
    put_atom(d, "name", v->name);
    later(d, "default_value", v->default_value);
    return true;
  }
  case PY_LAMBDA: {
    const PyLambda *l = PY_AS(Lambda, t, r);
    put_type(d, "Lambda");
    vec_push(&d->tasks, (Task){.kind = TASK_ARGUMENTS, .key = "args", .ref = l->params});
    later(d, "body", l->body);
    return true;
  }
  case PY_PARAM: {
    const PyParam *p = PY_AS(Param, t, r);
    put_type(d, "arg");
    put_atom(d, "arg", p->name);
    later(d, "annotation", p->annotation);
    return true;
  }
  default:
    return false;
  }
}

static void put_names(Dumper *d, Ref list) {
  PyRefs names = py_list(d->tree, list);
  json_key(d->out, "names");
  json_begin_array(d->out);
  for (uint32_t i = 0; i < names.len; i++)
    json_str(d->out, atom_str(d->names, PY_AS(Name, d->tree, names.at[i])->id));
  json_end_array(d->out);
}

static bool put_simple_statement(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  switch (py_kind(t, r)) {
  case PY_RETURN:
    put_type(d, "Return");
    later(d, "value", PY_AS(Return, t, r)->value);
    return true;
  case PY_DELETE:
    put_type(d, "Delete");
    later_list(d, "targets", PY_AS(Delete, t, r)->targets, ALL);
    return true;
  case PY_ASSIGN:
    put_type(d, "Assign");
    later_list(d, "targets", PY_AS(Assign, t, r)->targets, ALL);
    later(d, "value", PY_AS(Assign, t, r)->value);
    return true;
  case PY_AUG_ASSIGN: {
    const PyAugAssign *a = PY_AS(AugAssign, t, r);
    put_type(d, "AugAssign");
    put_op(d, "op", a->node.aux);
    later(d, "target", a->target);
    later(d, "value", a->value);
    return true;
  }
  case PY_ANN_ASSIGN: {
    const PyAnnAssign *a = PY_AS(AnnAssign, t, r);
    put_type(d, "AnnAssign");
    json_field_int(d->out, "simple", (a->node.flags & PYF_SIMPLE) != 0);
    later(d, "target", a->target);
    later(d, "annotation", a->annotation);
    later(d, "value", a->value);
    return true;
  }
  case PY_RAISE:
    put_type(d, "Raise");
    later(d, "exc", PY_AS(Raise, t, r)->exc);
    later(d, "cause", PY_AS(Raise, t, r)->cause);
    return true;
  case PY_ASSERT:
    put_type(d, "Assert");
    later(d, "test", PY_AS(Assert, t, r)->test);
    later(d, "msg", PY_AS(Assert, t, r)->msg);
    return true;
  case PY_IMPORT:
    put_type(d, "Import");
    later_list(d, "names", PY_AS(Import, t, r)->names, ALL);
    return true;
  case PY_IMPORT_FROM:
    put_type(d, "ImportFrom");
    put_atom(d, "module", PY_AS(ImportFrom, t, r)->module);
    json_field_int(d->out, "level", py_node(t, r)->aux);
    later_list(d, "names", PY_AS(ImportFrom, t, r)->names, ALL);
    return true;
  case PY_ALIAS:
    put_type(d, "alias");
    put_atom(d, "name", PY_AS(Alias, t, r)->name);
    put_atom(d, "asname", PY_AS(Alias, t, r)->asname);
    return true;
  case PY_GLOBAL:
    put_type(d, "Global");
    put_names(d, PY_AS(Global, t, r)->names);
    return true;
  case PY_NONLOCAL:
    put_type(d, "Nonlocal");
    put_names(d, PY_AS(Nonlocal, t, r)->names);
    return true;
  case PY_EXPR_STMT:
    put_type(d, "Expr");
    later(d, "value", PY_AS(ExprStmt, t, r)->value);
    return true;
  case PY_PASS:
  case PY_BREAK:
  case PY_CONTINUE:
    put_type(d, py_kind_name(py_kind(t, r)));
    return true;
  default:
    return false;
  }
}

static bool put_compound_statement(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  bool is_async = (py_node(t, r)->flags & PYF_ASYNC) != 0;
  switch (py_kind(t, r)) {
  case PY_FOR: {
    const PyFor *f = PY_AS(For, t, r);
    put_type(d, is_async ? "AsyncFor" : "For");
    later(d, "target", f->target);
    later(d, "iter", f->iter);
    later_list(d, "body", f->body, ALL);
    later_list(d, "orelse", f->orelse, ALL);
    return true;
  }
  case PY_WHILE: {
    const PyWhile *w = PY_AS(While, t, r);
    put_type(d, "While");
    later(d, "test", w->test);
    later_list(d, "body", w->body, ALL);
    later_list(d, "orelse", w->orelse, ALL);
    return true;
  }
  case PY_IF: {
    const PyIf *i = PY_AS(If, t, r);
    put_type(d, "If");
    later(d, "test", i->test);
    later_list(d, "body", i->body, ALL);
    later_list(d, "orelse", i->orelse, ALL);
    return true;
  }
  case PY_WITH:
    put_type(d, is_async ? "AsyncWith" : "With");
    later_list(d, "items", PY_AS(With, t, r)->items, ALL);
    later_list(d, "body", PY_AS(With, t, r)->body, ALL);
    return true;
  case PY_MATCH:
    put_type(d, "Match");
    later(d, "subject", PY_AS(Match, t, r)->subject);
    later_list(d, "cases", PY_AS(Match, t, r)->cases, ALL);
    return true;
  case PY_TRY: {
    const PyTry *y = PY_AS(Try, t, r);
    put_type(d, y->node.flags & PYF_STAR ? "TryStar" : "Try");
    later_list(d, "body", y->body, ALL);
    later_list(d, "handlers", y->handlers, ALL);
    later_list(d, "orelse", y->orelse, ALL);
    later_list(d, "finalbody", y->finalbody, ALL);
    return true;
  }
  case PY_EXCEPT_HANDLER: {
    const PyExceptHandler *h = PY_AS(ExceptHandler, t, r);
    put_type(d, "ExceptHandler");
    put_atom(d, "name", h->name);
    later(d, "type", h->type);
    later_list(d, "body", h->body, ALL);
    return true;
  }
  case PY_WITH_ITEM:
    put_type(d, "withitem");
    later(d, "context_expr", PY_AS(WithItem, t, r)->context);
    later(d, "optional_vars", PY_AS(WithItem, t, r)->vars);
    return true;
  case PY_MATCH_CASE: {
    const PyMatchCase *c = PY_AS(MatchCase, t, r);
    put_type(d, "match_case");
    later(d, "pattern", c->pattern);
    later(d, "guard", c->guard);
    later_list(d, "body", c->body, ALL);
    return true;
  }
  default:
    return false;
  }
}

static void put_compare(Dumper *d, Ref r) {
  const PyCompare *c = PY_AS(Compare, d->tree, r);
  PyRefs ops = py_list(d->tree, c->ops);
  put_type(d, "Compare");
  json_key(d->out, "ops");
  json_begin_array(d->out);
  for (uint32_t i = 0; i < ops.len; i++)
    put_op(d, NULL, ops.at[i]);
  if (!ops.len)
    put_op(d, NULL, c->node.aux);
  json_end_array(d->out);
  later(d, "left", c->left);
  later_list(d, "comparators", c->comparators, ALL);
}

static bool put_operation(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  unsigned op = py_node(t, r)->aux;
  switch (py_kind(t, r)) {
  case PY_BOOL_OP:
    put_type(d, "BoolOp");
    put_op(d, "op", op);
    later_list(d, "values", PY_AS(BoolOp, t, r)->values, ALL);
    return true;
  case PY_BIN_OP:
    put_type(d, "BinOp");
    put_op(d, "op", op);
    later(d, "left", PY_AS(BinOp, t, r)->left);
    later(d, "right", PY_AS(BinOp, t, r)->right);
    return true;
  case PY_UNARY_OP:
    put_type(d, "UnaryOp");
    put_op(d, "op", op);
    later(d, "operand", PY_AS(UnaryOp, t, r)->operand);
    return true;
  case PY_COMPARE:
    put_compare(d, r);
    return true;
  case PY_NAMED_EXPR:
    put_type(d, "NamedExpr");
    later(d, "target", PY_AS(NamedExpr, t, r)->target);
    later(d, "value", PY_AS(NamedExpr, t, r)->value);
    return true;
  case PY_IF_EXP: {
    const PyIfExp *i = PY_AS(IfExp, t, r);
    put_type(d, "IfExp");
    later(d, "test", i->test);
    later(d, "body", i->body);
    later(d, "orelse", i->orelse);
    return true;
  }
  case PY_AWAIT:
    put_type(d, "Await");
    later(d, "value", PY_AS(Await, t, r)->value);
    return true;
  case PY_YIELD:
    put_type(d, "Yield");
    later(d, "value", PY_AS(Yield, t, r)->value);
    return true;
  case PY_YIELD_FROM:
    put_type(d, "YieldFrom");
    later(d, "value", PY_AS(YieldFrom, t, r)->value);
    return true;
  case PY_CALL: {
    const PyCall *c = PY_AS(Call, t, r);
    put_type(d, "Call");
    later(d, "func", c->func);
    later_list(d, "args", c->args, POSITIONAL);
    later_list(d, "keywords", c->args, KEYWORDS);
    return true;
  }
  case PY_KEYWORD:
    put_type(d, "keyword");
    put_atom(d, "arg", PY_AS(Keyword, t, r)->arg);
    later(d, "value", PY_AS(Keyword, t, r)->value);
    return true;
  case PY_ATTRIBUTE:
    put_type(d, "Attribute");
    put_atom(d, "attr", PY_AS(Attribute, t, r)->attr);
    later(d, "value", PY_AS(Attribute, t, r)->value);
    return true;
  case PY_SUBSCRIPT:
    put_type(d, "Subscript");
    later(d, "value", PY_AS(Subscript, t, r)->value);
    later(d, "slice", PY_AS(Subscript, t, r)->slice);
    return true;
  case PY_STARRED:
    put_type(d, "Starred");
    later(d, "value", PY_AS(Starred, t, r)->value);
    return true;
  default:
    return false;
  }
}

static bool put_display(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  switch (py_kind(t, r)) {
  case PY_DICT:
    put_type(d, "Dict");
    later_list(d, "keys", PY_AS(Dict, t, r)->items, EVEN);
    later_list(d, "values", PY_AS(Dict, t, r)->items, ODD);
    return true;
  case PY_SET:
    put_type(d, "Set");
    later_list(d, "elts", PY_AS(Set, t, r)->elts, ALL);
    return true;
  case PY_LIST:
    put_type(d, "List");
    later_list(d, "elts", PY_AS(List, t, r)->elts, ALL);
    return true;
  case PY_TUPLE:
    put_type(d, "Tuple");
    later_list(d, "elts", PY_AS(Tuple, t, r)->elts, ALL);
    return true;
  case PY_LIST_COMP:
    put_type(d, "ListComp");
    later(d, "elt", PY_AS(ListComp, t, r)->elt);
    later_list(d, "generators", PY_AS(ListComp, t, r)->generators, ALL);
    return true;
  case PY_SET_COMP:
    put_type(d, "SetComp");
    later(d, "elt", PY_AS(SetComp, t, r)->elt);
    later_list(d, "generators", PY_AS(SetComp, t, r)->generators, ALL);
    return true;
  case PY_GENERATOR_EXP:
    put_type(d, "GeneratorExp");
    later(d, "elt", PY_AS(GeneratorExp, t, r)->elt);
    later_list(d, "generators", PY_AS(GeneratorExp, t, r)->generators, ALL);
    return true;
  case PY_DICT_COMP:
    put_type(d, "DictComp");
    later(d, "key", PY_AS(DictComp, t, r)->key);
    later(d, "value", PY_AS(DictComp, t, r)->value);
    later_list(d, "generators", PY_AS(DictComp, t, r)->generators, ALL);
    return true;
  case PY_COMPREHENSION: {
    const PyComprehension *c = PY_AS(Comprehension, t, r);
    put_type(d, "comprehension");
    json_field_int(d->out, "is_async", (c->node.flags & PYF_ASYNC) != 0);
    later(d, "target", c->target);
    later(d, "iter", c->iter);
    later_list(d, "ifs", c->ifs, ALL);
    return true;
  }
  case PY_SLICE: {
    const PySlice *s = PY_AS(Slice, t, r);
    put_type(d, "Slice");
    later(d, "lower", s->lower);
    later(d, "upper", s->upper);
    later(d, "step", s->step);
    return true;
  }
  default:
    return false;
  }
}

// `{x=}` without a conversion or format shows repr.
static int conversion_of(const PyNode *field, Ref format_spec) {
  if (field->aux)
    return field->aux;
  return field->flags & PYF_DEBUG && !format_spec ? 'r' : -1;
}

static bool put_leaf(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  const PyNode *n = py_node(t, r);
  switch (py_kind(t, r)) {
  case PY_NAME:
    put_type(d, "Name");
    put_atom(d, "id", PY_AS(Name, t, r)->id);
    return true;
  case PY_STR:
    put_type(d, "Constant");
    put_str_value(d, r);
    put_kind(d, r);
    return true;
  case PY_NUM:
    put_type(d, "Constant");
    json_field(d->out, "value", py_text(t, r));
    put_kind(d, r);
    return true;
  case PY_CONSTANT:
    put_type(d, "Constant");
    put_const(d, "value", n->aux);
    put_kind(d, r);
    return true;
  case PY_JOINED_STR:
  case PY_TEMPLATE_STR:
    put_type(d, n->kind == PY_JOINED_STR ? "JoinedStr" : "TemplateStr");
    vec_push(&d->tasks,
             (Task){.kind = TASK_PARTS,
                    .key = "values",
                    .ref = n->kind == PY_JOINED_STR ? PY_AS(JoinedStr, t, r)->parts
                                                    : PY_AS(TemplateStr, t, r)->parts});
    return true;
  case PY_FORMATTED_VALUE: {
    const PyFormattedValue *f = PY_AS(FormattedValue, t, r);
    put_type(d, "FormattedValue");
    json_field_int(d->out, "conversion", conversion_of(n, f->format_spec));
    later(d, "value", f->value);
    later(d, "format_spec", f->format_spec);
    return true;
  }
  case PY_INTERPOLATION: {
    const PyInterpolation *f = PY_AS(Interpolation, t, r);
    put_type(d, "Interpolation");
    put_expression_text(d, r);
    json_field_int(d->out, "conversion", conversion_of(n, f->format_spec));
    later(d, "value", f->value);
    later(d, "format_spec", f->format_spec);
    return true;
  }
  default:
    return false;
  }
}

static void put_match_class(Dumper *d, Ref r) {
  const PyMatchClass *m = PY_AS(MatchClass, d->tree, r);
  PyRefs patterns = py_list(d->tree, m->patterns);
  put_type(d, "MatchClass");
  json_key(d->out, "kwd_attrs");
  json_begin_array(d->out);
  for (uint32_t i = 0; i < patterns.len; i++)
    if (py_kind(d->tree, patterns.at[i]) == PY_MATCH_KEYWORD)
      json_str(d->out,
               atom_str(d->names, PY_AS(MatchKeyword, d->tree, patterns.at[i])->name));
  json_end_array(d->out);
  later(d, "cls", m->cls);
  later_list(d, "patterns", m->patterns, POSITIONAL);
  later_list(d, "kwd_patterns", m->patterns, KEYWORD_PATTERN);
}

static bool put_pattern(Dumper *d, Ref r) {
  const PyTree *t = d->tree;
  switch (py_kind(t, r)) {
  case PY_MATCH_VALUE:
    put_type(d, "MatchValue");
    later(d, "value", PY_AS(MatchValue, t, r)->value);
    return true;
  case PY_MATCH_SINGLETON:
    put_type(d, "MatchSingleton");
    put_const(d, "value", py_node(t, r)->aux);
    return true;
  case PY_MATCH_SEQUENCE:
    put_type(d, "MatchSequence");
    later_list(d, "patterns", PY_AS(MatchSequence, t, r)->patterns, ALL);
    return true;
  case PY_MATCH_MAPPING:
    put_type(d, "MatchMapping");
    put_atom(d, "rest", PY_AS(MatchMapping, t, r)->rest);
    later_list(d, "keys", PY_AS(MatchMapping, t, r)->items, EVEN);
    later_list(d, "patterns", PY_AS(MatchMapping, t, r)->items, ODD);
    return true;
  case PY_MATCH_CLASS:
    put_match_class(d, r);
    return true;
  case PY_MATCH_STAR:
    put_type(d, "MatchStar");
    put_atom(d, "name", PY_AS(MatchStar, t, r)->name);
    return true;
  case PY_MATCH_AS:
    put_type(d, "MatchAs");
    put_atom(d, "name", PY_AS(MatchAs, t, r)->name);
    later(d, "pattern", PY_AS(MatchAs, t, r)->pattern);
    return true;
  case PY_MATCH_OR:
    put_type(d, "MatchOr");
    later_list(d, "patterns", PY_AS(MatchOr, t, r)->patterns, ALL);
    return true;
  default:
    return false;
  }
}

static bool has_positions(PyKind kind) {
  return kind != PY_MODULE && kind != PY_WITH_ITEM && kind != PY_MATCH_CASE &&
         kind != PY_COMPREHENSION;
}

// The tasks that were pushed since `mark` in the order of writing become the next ones.
static void reverse_tasks(Dumper *d, size_t mark) {
  for (size_t i = mark, k = d->tasks.len; i + 1 < k; i++) {
    k--;
    Task task = d->tasks.items[i];
    d->tasks.items[i] = d->tasks.items[k];
    d->tasks.items[k] = task;
  }
}

static void put_module(Dumper *d, Ref r) {
  put_type(d, "Module");
  later_list(d, "body", PY_AS(Module, d->tree, r)->body, ALL);
  later_list(d, "type_ignores", 0, ALL);
}

static void put_node(Dumper *d, Ref r) {
  if (!r) {
    json_none(d->out);
    return;
  }
  PyKind kind = py_kind(d->tree, r);
  if (kind == PY_MODULE)
    put_module(d, r);
  else if (!put_leaf(d, r) && !put_operation(d, r) && !put_simple_statement(d, r) &&
           !put_compound_statement(d, r) && !put_display(d, r) && !put_definition(d, r) &&
           !put_pattern(d, r))
    BUG("a tree with errors, or a kind of node that has no form in JSON");
  if (has_positions(kind))
    put_positions(d, py_span(d->tree, r));
  vec_push(&d->tasks, (Task){.kind = TASK_END_OBJECT});
}

// Whether the item at `i` is in the part of the list that the filter names; `*shown` is
// what to write for it.
static bool filter_takes(const PyTree *t, Filter filter, uint32_t i, Ref item,
                         Ref *shown) {
  PyKind kind = py_kind(t, item);
  unsigned param = kind == PY_PARAM ? py_node(t, item)->aux : 0;
  *shown = item;
  switch (filter) {
  case ALL:
    return true;
  case EVEN:
    return i % 2 == 0;
  case ODD:
    return i % 2 == 1;
  case POSITIONAL:
    return kind != PY_KEYWORD && kind != PY_MATCH_KEYWORD;
  case KEYWORDS:
    return kind == PY_KEYWORD;
  case KEYWORD_PATTERN:
    if (kind != PY_MATCH_KEYWORD)
      return false;
    *shown = PY_AS(MatchKeyword, t, item)->pattern;
    return true;
  case KWONLY_DEFAULT:
    *shown = PY_AS(Param, t, item)->default_value;
    return param == PY_PARAM_KWONLY;
  case POSITIONAL_DEFAULT:
    *shown = PY_AS(Param, t, item)->default_value;
    return *shown && (param == PY_PARAM_POSONLY || param == PY_PARAM_NORMAL);
  case POSONLY_PARAM:
  case NORMAL_PARAM:
  case VARARG_PARAM:
  case KWONLY_PARAM:
  case KWARG_PARAM:
    return param == (unsigned)(filter - POSONLY_PARAM) + PY_PARAM_POSONLY;
  }
  return false;
}

static void expand_list(Dumper *d, const Task *task) {
  PyRefs items = py_list(d->tree, task->ref);
  json_begin_array(d->out);
  Ref shown;
  for (uint32_t i = 0; i < items.len; i++)
    if (filter_takes(d->tree, task->filter, i, items.at[i], &shown))
      later(d, NULL, shown);
  vec_push(&d->tasks, (Task){.kind = TASK_END_ARRAY});
}

static Ref only_item(const Dumper *d, const Task *task) {
  PyRefs items = py_list(d->tree, task->ref);
  Ref shown;
  for (uint32_t i = 0; i < items.len; i++)
    if (filter_takes(d->tree, task->filter, i, items.at[i], &shown))
      return shown;
  return 0;
}

static void expand_arguments(Dumper *d, Ref parameters) {
  Ref list = parameters ? PY_AS(Parameters, d->tree, parameters)->params : 0;
  put_type(d, "arguments");
  later_list(d, "posonlyargs", list, POSONLY_PARAM);
  later_list(d, "args", list, NORMAL_PARAM);
  vec_push(&d->tasks, (Task){TASK_ONE, VARARG_PARAM, "vararg", list, 0, 0});
  later_list(d, "kwonlyargs", list, KWONLY_PARAM);
  later_list(d, "kw_defaults", list, KWONLY_DEFAULT);
  vec_push(&d->tasks, (Task){TASK_ONE, KWARG_PARAM, "kwarg", list, 0, 0});
  later_list(d, "defaults", list, POSITIONAL_DEFAULT);
  vec_push(&d->tasks, (Task){.kind = TASK_END_OBJECT});
}

static void run_task(Dumper *d, const Task *task) {
  if (task->key)
    json_key(d->out, task->key);
  switch (task->kind) {
  case TASK_NODE:
    put_node(d, task->ref);
    break;
  case TASK_LIST:
    expand_list(d, task);
    break;
  case TASK_ONE:
    put_node(d, only_item(d, task));
    break;
  case TASK_PARTS:
    expand_parts(d, task->ref);
    break;
  case TASK_TEXT:
    put_joined_text(d, task);
    break;
  case TASK_ARGUMENTS:
    expand_arguments(d, task->ref);
    break;
  case TASK_END_OBJECT:
    json_end_object(d->out);
    break;
  case TASK_END_ARRAY:
    json_end_array(d->out);
    break;
  }
}

void py_dump_json(const PyTree *tree, const Interner *names, JsonWriter *out) {
  Dumper d = {.tree = tree, .names = names, .out = out};
  later(&d, NULL, tree->root);
  while (d.tasks.len) {
    Task task = vec_pop(&d.tasks);
    size_t mark = d.tasks.len;
    run_task(&d, &task);
    reverse_tasks(&d, mark);
  }
  vec_free(&d.tasks);
  buf_free(&d.text);
}
