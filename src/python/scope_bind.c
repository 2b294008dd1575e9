// scope_bind.c: the walk that finds scopes, symbols and bindings.
//
// Scopes are walked one after the other, outer ones first: a nested body waits in
// `scopes` until its turn. Statements nest as deep as indentation may (LEX_MAX_INDENTS),
// so they are walked by recursion; expressions by a stack.
#include "python/scope_internal.h"

static void visit_block(Binder *b, Ref list);
static void visit_statement(Binder *b, Ref r);

static uint32_t add_scope(Binder *b, PyScopeKind kind, Ref node, uint32_t parent,
                          Span range) {
  PyScope scope = {.node = node,
                   .parent = parent,
                   .start = range.start,
                   .end = range.end,
                   .first_symbol = NO_SYMBOL,
                   .last_symbol = NO_SYMBOL,
                   .kind = (uint8_t)kind};
  vec_push(&b->scopes, scope);
  return (uint32_t)b->scopes.len - 1;
}

static void note_node(Binder *b, Ref node, uint32_t symbol) {
  NodeSymbol pair = {node, symbol};
  vec_push(&b->nodes, pair);
}

static void bind_in(Binder *b, uint32_t scope, Atom name, Ref node, Ref stmt,
                    PyBindKind kind, uint8_t flags) {
  if (!name)
    return;
  uint32_t symbol = binder_symbol(b, scope, name);
  PyBinding binding = {.node = node,
                       .stmt = stmt,
                       .symbol = symbol,
                       .scope = b->scope,
                       .next = NO_BINDING,
                       .kind = (uint8_t)kind,
                       .flags = flags};
  uint32_t id = (uint32_t)b->bindings.len;
  vec_push(&b->bindings, binding);
  PySymbol *s = &b->symbols.items[symbol];
  s->flags |= SYMBOL_BOUND;
  if (kind == BIND_PARAM)
    s->flags |= SYMBOL_PARAM;
  if (kind == BIND_IMPORT)
    s->flags |= SYMBOL_IMPORTED;
  if (scope != b->scope)
    s->flags |= SYMBOL_REBOUND_INSIDE;
  if (s->first == NO_BINDING)
    s->first = id;
  else
    b->bindings.items[s->last].next = id;
  s->last = id;
  note_node(b, node, symbol);
}

static void bind(Binder *b, Atom name, Ref node, Ref stmt, PyBindKind kind,
                 uint8_t flags) {
  bind_in(b, b->scope, name, node, stmt, kind, flags | b->context);
}

// ---- Expressions

static void later(Binder *b, Ref r) {
  if (r)
    vec_push(&b->stack, r);
}

static void later_list(Binder *b, Ref list) {
  PyRefs items = py_list(b->tree, list);
  for (uint32_t i = 0; i < items.len; i++)
    later(b, items.at[i]);
}

static void later_children(Binder *b, Ref r) {
  const PyTree *t = b->tree;
  const uint32_t *word = t->words + r + sizeof(PyNode) / sizeof(uint32_t);
  for (const char *shape = py_kind_shape(py_kind(t, r)); *shape; shape++, word++) {
    if (*shape == 'c')
      later(b, *word);
    else if (*shape == 'l')
      later_list(b, *word);
  }
}

static void set_scope_word(Binder *b, Ref node, uint32_t scope) {
  const char *shape = py_kind_shape(py_kind(b->tree, node));
  size_t at = (size_t)(strchr(shape, 's') - shape);
  b->tree->words[node + sizeof(PyNode) / sizeof(uint32_t) + at] = scope + 1;
}

// What defaults and annotations of parameters say belongs to the current scope.
static void later_params(Binder *b, Ref params, bool annotations, bool defaults) {
  if (!params)
    return;
  PyRefs list = py_list(b->tree, PY_AS(Parameters, b->tree, params)->params);
  for (uint32_t i = 0; i < list.len; i++) {
    if (py_kind(b->tree, list.at[i]) != PY_PARAM)
      continue;
    const PyParam *p = PY_AS(Param, b->tree, list.at[i]);
    if (annotations)
      later(b, p->annotation);
    if (defaults)
      later(b, p->default_value);
  }
}

static void open_lambda(Binder *b, Ref r) {
  const PyLambda *l = PY_AS(Lambda, b->tree, r);
  later_params(b, l->params, true, true);
  Span body = l->body ? py_span(b->tree, l->body) : py_span(b->tree, r);
  set_scope_word(b, r, add_scope(b, SCOPE_LAMBDA, r, b->scope, body));
}

static Ref comprehension_generators(const PyTree *t, Ref r) {
  switch (py_kind(t, r)) {
  case PY_LIST_COMP:
    return PY_AS(ListComp, t, r)->generators;
  case PY_SET_COMP:
    return PY_AS(SetComp, t, r)->generators;
  case PY_DICT_COMP:
    return PY_AS(DictComp, t, r)->generators;
  default:
    return PY_AS(GeneratorExp, t, r)->generators;
  }
}

static void open_comprehension(Binder *b, Ref r) {
  uint32_t scope = add_scope(b, SCOPE_COMPREHENSION, r, b->scope, py_span(b->tree, r));
  set_scope_word(b, r, scope);
  PyRefs generators = py_list(b->tree, comprehension_generators(b->tree, r));
  if (!generators.len || py_kind(b->tree, generators.at[0]) != PY_COMPREHENSION)
    return;
  Ref iter = PY_AS(Comprehension, b->tree, generators.at[0])->iter;
  if (!iter)
    return;
  later(b, iter);
  Span span = py_span(b->tree, iter);
  b->scopes.items[scope].out = span.start;
  b->scopes.items[scope].out_end = span.end;
}

// `:=` in a comprehension binds in the scope around it (PEP 572).
static void bind_walrus(Binder *b, Ref r) {
  const PyNamedExpr *w = PY_AS(NamedExpr, b->tree, r);
  later(b, w->value);
  if (py_kind(b->tree, w->target) != PY_NAME) {
    later(b, w->target);
    return;
  }
  uint32_t scope = b->scope;
  while (b->scopes.items[scope].kind == SCOPE_COMPREHENSION)
    scope = b->scopes.items[scope].parent;
  uint8_t flags = BIND_WHOLE | b->context;
  if (scope != b->scope)
    flags |= BIND_CONDITIONAL | BIND_IN_LOOP;
  bind_in(b, scope, PY_AS(Name, b->tree, w->target)->id, w->target, r, BIND_WALRUS,
          flags);
}

static void use_name(Binder *b, Ref r) {
  Atom id = PY_AS(Name, b->tree, r)->id;
  if (!id)
    return;
  uint32_t symbol = binder_symbol(b, b->scope, id);
  b->symbols.items[symbol].flags |= SYMBOL_USED;
  note_node(b, r, symbol);
}

static void note_generator(Binder *b) {
  uint32_t scope = b->scope;
  while (b->scopes.items[scope].kind == SCOPE_COMPREHENSION)
    scope = b->scopes.items[scope].parent;
  b->scopes.items[scope].flags |= SCOPE_GENERATOR;
}

static void bind_pattern(Binder *b, Ref r) {
  const PyTree *t = b->tree;
  switch (py_kind(t, r)) {
  case PY_MATCH_AS:
    bind(b, PY_AS(MatchAs, t, r)->name, r, r, BIND_MATCH, 0);
    break;
  case PY_MATCH_STAR:
    bind(b, PY_AS(MatchStar, t, r)->name, r, r, BIND_MATCH, 0);
    break;
  default:
    bind(b, PY_AS(MatchMapping, t, r)->rest, r, r, BIND_MATCH, 0);
    break;
  }
  later_children(b, r);
}

static void visit_one(Binder *b, Ref r) {
  switch (py_kind(b->tree, r)) {
  case PY_NAME:
    use_name(b, r);
    return;
  case PY_ATTRIBUTE:
    later(b, PY_AS(Attribute, b->tree, r)->value);
    return;
  case PY_STR:
  case PY_NUM:
  case PY_CONSTANT:
    return;
  case PY_LAMBDA:
    open_lambda(b, r);
    return;
  case PY_LIST_COMP:
  case PY_SET_COMP:
  case PY_DICT_COMP:
  case PY_GENERATOR_EXP:
    open_comprehension(b, r);
    return;
  case PY_NAMED_EXPR:
    bind_walrus(b, r);
    return;
  case PY_YIELD:
  case PY_YIELD_FROM:
    note_generator(b);
    break;
  case PY_MATCH_AS:
  case PY_MATCH_STAR:
  case PY_MATCH_MAPPING:
    bind_pattern(b, r);
    return;
  default:
    break;
  }
  if (py_kind_group(py_kind(b->tree, r)) == PY_GROUP_STMT)
    visit_statement(b, r); // in what could not be read
  else
    later_children(b, r);
}

// Visits what was left for later, down to `base`.
static void drain(Binder *b, size_t base) {
  while (b->stack.len > base)
    visit_one(b, vec_pop(&b->stack));
}

static void visit(Binder *b, Ref r) {
  if (!r)
    return;
  size_t base = b->stack.len;
  later(b, r);
  drain(b, base);
}

static void visit_list(Binder *b, Ref list) {
  size_t base = b->stack.len;
  later_list(b, list);
  drain(b, base);
}

// ---- Statements

static void bind_target(Binder *b, Ref target, Ref stmt, PyBindKind kind, bool whole) {
  const PyTree *t = b->tree;
  switch (py_kind(t, target)) {
  case PY_NAME:
    bind(b, PY_AS(Name, t, target)->id, target, stmt, kind, whole ? BIND_WHOLE : 0);
    break;
  case PY_TUPLE:
  case PY_LIST: {
    PyRefs elts =
        py_list(t, py_kind(t, target) == PY_TUPLE ? PY_AS(Tuple, t, target)->elts
                                                  : PY_AS(List, t, target)->elts);
    for (uint32_t i = 0; i < elts.len; i++)
      bind_target(b, elts.at[i], stmt, kind, false);
    break;
  }
  case PY_STARRED:
    bind_target(b, PY_AS(Starred, t, target)->value, stmt, kind, false);
    break;
  default:
    visit(b, target);
  }
}

static void visit_under(Binder *b, Ref list, uint8_t context) {
  uint8_t before = b->context;
  b->context |= context;
  visit_block(b, list);
  b->context = before;
}

static bool is_type_checking(const PyTree *t, Ref test) {
  if (py_kind(t, test) == PY_NAME)
    return PY_AS(Name, t, test)->id == SYM_TYPE_CHECKING;
  if (py_kind(t, test) == PY_ATTRIBUTE)
    return PY_AS(Attribute, t, test)->attr == SYM_TYPE_CHECKING;
  return false;
}

// An `elif` is an If in `orelse`; a chain of them must not become recursion.
static void visit_if(Binder *b, Ref r) {
  for (;;) {
    const PyIf *s = PY_AS(If, b->tree, r);
    visit(b, s->test);
    bool typing = is_type_checking(b->tree, s->test);
    visit_under(b, s->body, BIND_CONDITIONAL | (typing ? BIND_TYPE_CHECKING : 0));
    PyRefs orelse = py_list(b->tree, s->orelse);
    if (orelse.len != 1 || py_kind(b->tree, orelse.at[0]) != PY_IF ||
        !(py_node(b->tree, orelse.at[0])->flags & PYF_ELIF)) {
      visit_under(b, s->orelse, BIND_CONDITIONAL);
      return;
    }
    r = orelse.at[0];
  }
}

static void visit_try(Binder *b, Ref r) {
  const PyTry *s = PY_AS(Try, b->tree, r);
  visit_under(b, s->body, BIND_CONDITIONAL | BIND_IN_TRY);
  PyRefs handlers = py_list(b->tree, s->handlers);
  for (uint32_t i = 0; i < handlers.len; i++) {
    if (py_kind(b->tree, handlers.at[i]) != PY_EXCEPT_HANDLER)
      continue;
    const PyExceptHandler *h = PY_AS(ExceptHandler, b->tree, handlers.at[i]);
    visit(b, h->type);
    bind(b, h->name, handlers.at[i], handlers.at[i], BIND_EXCEPT, BIND_CONDITIONAL);
    visit_under(b, h->body, BIND_CONDITIONAL | BIND_IN_TRY);
  }
  visit_under(b, s->orelse, BIND_CONDITIONAL | BIND_IN_TRY);
  visit_block(b, s->finalbody);
}

static void visit_with(Binder *b, Ref r) {
  const PyWith *s = PY_AS(With, b->tree, r);
  PyRefs items = py_list(b->tree, s->items);
  for (uint32_t i = 0; i < items.len; i++) {
    if (py_kind(b->tree, items.at[i]) != PY_WITH_ITEM)
      continue;
    const PyWithItem *item = PY_AS(WithItem, b->tree, items.at[i]);
    visit(b, item->context);
    if (item->vars)
      bind_target(b, item->vars, items.at[i], BIND_WITH, true);
  }
  visit_block(b, s->body);
}

static void visit_match(Binder *b, Ref r) {
  const PyMatch *s = PY_AS(Match, b->tree, r);
  visit(b, s->subject);
  PyRefs cases = py_list(b->tree, s->cases);
  uint8_t before = b->context;
  b->context |= BIND_CONDITIONAL;
  for (uint32_t i = 0; i < cases.len; i++) {
    if (py_kind(b->tree, cases.at[i]) != PY_MATCH_CASE)
      continue;
    const PyMatchCase *c = PY_AS(MatchCase, b->tree, cases.at[i]);
    visit(b, c->pattern);
    visit(b, c->guard);
    visit_block(b, c->body);
  }
  b->context = before;
}

static void visit_import(Binder *b, Ref stmt, Ref list) {
  const PyTree *t = b->tree;
  PyRefs names = py_list(t, list);
  for (uint32_t i = 0; i < names.len; i++) {
    if (py_kind(t, names.at[i]) != PY_ALIAS)
      continue;
    const PyAlias *a = PY_AS(Alias, t, names.at[i]);
    Span span = py_span(t, names.at[i]);
    if (py_kind(t, stmt) == PY_IMPORT_FROM && span.end - span.start == 1 &&
        t->source->text.ptr[span.start] == '*') {
      PyStarImport star = {stmt, b->scope, b->context};
      vec_push(&b->stars, star);
      b->scopes.items[b->scope].flags |= SCOPE_HAS_STAR;
      continue;
    }
    Atom bound = a->asname ? a->asname : a->name;
    if (!a->asname && py_kind(t, stmt) == PY_IMPORT && bound) {
      Str dotted = atom_str(intern_cache_interner(b->names), bound);
      size_t dot = str_find_char(dotted, '.', 0);
      if (dot != SIZE_MAX)
        bound = intern(b->names, str_slice(dotted, 0, dot));
    }
    bind(b, bound, names.at[i], stmt, BIND_IMPORT, BIND_WHOLE);
  }
}

// `global` and `nonlocal`: the symbol is another scope's.
static void declare(Binder *b, Ref list, uint16_t flag) {
  PyRefs names = py_list(b->tree, list);
  for (uint32_t i = 0; i < names.len; i++) {
    if (py_kind(b->tree, names.at[i]) != PY_NAME)
      continue;
    Atom id = PY_AS(Name, b->tree, names.at[i])->id;
    if (!id)
      continue;
    uint32_t symbol = binder_symbol(b, b->scope, id);
    b->symbols.items[symbol].flags |= flag;
    note_node(b, names.at[i], symbol);
  }
}

static Span body_range(const PyTree *t, Ref list, Ref node) {
  PyRefs body = py_list(t, list);
  Span whole = py_span(t, node);
  return (Span){body.len ? py_node(t, body.at[0])->start : whole.end, whole.end};
}

static void open_function(Binder *b, Ref r) {
  const PyFunctionDef *f = PY_AS(FunctionDef, b->tree, r);
  size_t base = b->stack.len;
  later_params(b, f->params, true, false);
  later(b, f->returns);
  drain(b, base);
  set_scope_word(
      b, r, add_scope(b, SCOPE_FUNCTION, r, b->scope, body_range(b->tree, f->body, r)));
}

static void open_class(Binder *b, Ref r) {
  const PyClassDef *c = PY_AS(ClassDef, b->tree, r);
  visit_list(b, c->args);
  set_scope_word(b, r,
                 add_scope(b, SCOPE_CLASS, r, b->scope, body_range(b->tree, c->body, r)));
}

static void open_alias_value(Binder *b, Ref r) {
  const PyTypeAlias *a = PY_AS(TypeAlias, b->tree, r);
  Span span = a->value ? py_span(b->tree, a->value) : py_span(b->tree, r);
  set_scope_word(b, r, add_scope(b, SCOPE_TYPE_ALIAS, r, b->scope, span));
}

static void open_type_params(Binder *b, Ref r, Ref params) {
  PyRefs list = py_list(b->tree, params);
  Span span = {py_node(b->tree, list.at[0])->start, py_node(b->tree, r)->end};
  add_scope(b, SCOPE_TYPE_PARAMS, r, b->scope, span);
}

static void visit_function(Binder *b, Ref r) {
  const PyFunctionDef *f = PY_AS(FunctionDef, b->tree, r);
  visit_list(b, f->decorators);
  size_t base = b->stack.len;
  later_params(b, f->params, false, true);
  drain(b, base);
  bind(b, f->name, r, r, BIND_FUNCTION, BIND_WHOLE);
  if (f->type_params)
    open_type_params(b, r, f->type_params);
  else
    open_function(b, r);
}

static void visit_class(Binder *b, Ref r) {
  const PyClassDef *c = PY_AS(ClassDef, b->tree, r);
  visit_list(b, c->decorators);
  bind(b, c->name, r, r, BIND_CLASS, BIND_WHOLE);
  if (c->type_params)
    open_type_params(b, r, c->type_params);
  else
    open_class(b, r);
}

static void visit_alias(Binder *b, Ref r) {
  const PyTypeAlias *a = PY_AS(TypeAlias, b->tree, r);
  if (py_kind(b->tree, a->name) == PY_NAME)
    bind(b, PY_AS(Name, b->tree, a->name)->id, a->name, r, BIND_TYPE_ALIAS, BIND_WHOLE);
  if (a->type_params)
    open_type_params(b, r, a->type_params);
  else
    open_alias_value(b, r);
}

static void visit_assign(Binder *b, Ref r) {
  const PyAssign *s = PY_AS(Assign, b->tree, r);
  visit(b, s->value);
  PyRefs targets = py_list(b->tree, s->targets);
  for (uint32_t i = 0; i < targets.len; i++)
    bind_target(b, targets.at[i], r, BIND_ASSIGN, true);
}

static void visit_ann_assign(Binder *b, Ref r) {
  const PyAnnAssign *s = PY_AS(AnnAssign, b->tree, r);
  visit(b, s->annotation);
  visit(b, s->value);
  if (py_kind(b->tree, s->target) != PY_NAME || !(s->node.flags & PYF_SIMPLE)) {
    // `(x): int` binds nothing (Language Reference, annotated assignment statements).
    if (py_kind(b->tree, s->target) != PY_NAME || s->value)
      bind_target(b, s->target, r, BIND_ASSIGN, true);
    return;
  }
  Atom id = PY_AS(Name, b->tree, s->target)->id;
  bind(b, id, s->target, r, s->value ? BIND_ASSIGN : BIND_ANNOTATION, BIND_WHOLE);
  if (id)
    b->symbols.items[binder_symbol(b, b->scope, id)].flags |= SYMBOL_ANNOTATED;
}

static void visit_aug_assign(Binder *b, Ref r) {
  const PyAugAssign *s = PY_AS(AugAssign, b->tree, r);
  visit(b, s->value);
  bind_target(b, s->target, r, BIND_AUGMENTED, true);
  if (py_kind(b->tree, s->target) == PY_NAME && PY_AS(Name, b->tree, s->target)->id)
    b->symbols.items[binder_symbol(b, b->scope, PY_AS(Name, b->tree, s->target)->id)]
        .flags |= SYMBOL_USED;
}

static void visit_for(Binder *b, Ref r) {
  const PyFor *s = PY_AS(For, b->tree, r);
  visit(b, s->iter);
  uint8_t before = b->context;
  b->context |= BIND_CONDITIONAL | BIND_IN_LOOP;
  if (s->target)
    bind_target(b, s->target, r, BIND_FOR, true);
  b->context = before;
  visit_under(b, s->body, BIND_CONDITIONAL | BIND_IN_LOOP);
  visit_under(b, s->orelse, BIND_CONDITIONAL);
}

static void visit_statement(Binder *b, Ref r) {
  const PyTree *t = b->tree;
  switch (py_kind(t, r)) {
  case PY_FUNCTION_DEF:
    visit_function(b, r);
    break;
  case PY_CLASS_DEF:
    visit_class(b, r);
    break;
  case PY_TYPE_ALIAS:
    visit_alias(b, r);
    break;
  case PY_ASSIGN:
    visit_assign(b, r);
    break;
  case PY_ANN_ASSIGN:
    visit_ann_assign(b, r);
    break;
  case PY_AUG_ASSIGN:
    visit_aug_assign(b, r);
    break;
  case PY_DELETE: {
    PyRefs targets = py_list(t, PY_AS(Delete, t, r)->targets);
    for (uint32_t i = 0; i < targets.len; i++)
      bind_target(b, targets.at[i], r, BIND_DELETE, true);
    break;
  }
  case PY_FOR:
    visit_for(b, r);
    break;
  case PY_WHILE:
    visit(b, PY_AS(While, t, r)->test);
    visit_under(b, PY_AS(While, t, r)->body, BIND_CONDITIONAL | BIND_IN_LOOP);
    visit_under(b, PY_AS(While, t, r)->orelse, BIND_CONDITIONAL);
    break;
  case PY_IF:
    visit_if(b, r);
    break;
  case PY_WITH:
    visit_with(b, r);
    break;
  case PY_MATCH:
    visit_match(b, r);
    break;
  case PY_TRY:
    visit_try(b, r);
    break;
  case PY_IMPORT:
    visit_import(b, r, PY_AS(Import, t, r)->names);
    break;
  case PY_IMPORT_FROM:
    visit_import(b, r, PY_AS(ImportFrom, t, r)->names);
    break;
  case PY_GLOBAL:
    declare(b, PY_AS(Global, t, r)->names, SYMBOL_GLOBAL);
    break;
  case PY_NONLOCAL:
    declare(b, PY_AS(Nonlocal, t, r)->names, SYMBOL_NONLOCAL);
    break;
  case PY_ERROR_STMT:
    visit_list(b, PY_AS(ErrorStmt, t, r)->parts);
    break;
  default: {
    size_t base = b->stack.len;
    later_children(b, r);
    drain(b, base);
  }
  }
}

static void visit_block(Binder *b, Ref list) {
  PyRefs body = py_list(b->tree, list);
  for (uint32_t i = 0; i < body.len; i++)
    if (body.at[i])
      visit_statement(b, body.at[i]);
}

// ---- Scopes

static void bind_params(Binder *b, Ref params, Ref owner) {
  if (!params)
    return;
  PyRefs list = py_list(b->tree, PY_AS(Parameters, b->tree, params)->params);
  for (uint32_t i = 0; i < list.len; i++)
    if (py_kind(b->tree, list.at[i]) == PY_PARAM)
      bind(b, PY_AS(Param, b->tree, list.at[i])->name, list.at[i], owner, BIND_PARAM,
           BIND_WHOLE);
}

static void walk_comprehension(Binder *b, Ref r) {
  PyRefs generators = py_list(b->tree, comprehension_generators(b->tree, r));
  b->context = BIND_CONDITIONAL | BIND_IN_LOOP;
  for (uint32_t i = 0; i < generators.len; i++) {
    if (py_kind(b->tree, generators.at[i]) != PY_COMPREHENSION)
      continue;
    const PyComprehension *c = PY_AS(Comprehension, b->tree, generators.at[i]);
    if (c->target)
      bind_target(b, c->target, generators.at[i], BIND_COMPREHENSION, true);
    if (i > 0)
      visit(b, c->iter);
    visit_list(b, c->ifs);
  }
  if (py_kind(b->tree, r) == PY_DICT_COMP) {
    visit(b, PY_AS(DictComp, b->tree, r)->key);
    visit(b, PY_AS(DictComp, b->tree, r)->value);
  } else { // the other three are alike
    visit(b, b->tree->words[r + sizeof(PyNode) / sizeof(uint32_t)]);
  }
}

static void walk_type_params(Binder *b, Ref node) {
  const PyTree *t = b->tree;
  PyKind kind = py_kind(t, node);
  PyRefs list =
      py_list(t, kind == PY_FUNCTION_DEF ? PY_AS(FunctionDef, t, node)->type_params
                 : kind == PY_CLASS_DEF  ? PY_AS(ClassDef, t, node)->type_params
                                         : PY_AS(TypeAlias, t, node)->type_params);
  for (uint32_t i = 0; i < list.len; i++) {
    Ref p = list.at[i];
    Atom name = 0;
    if (py_kind(t, p) == PY_TYPE_VAR)
      name = PY_AS(TypeVar, t, p)->name;
    else if (py_kind(t, p) == PY_PARAM_SPEC)
      name = PY_AS(ParamSpec, t, p)->name;
    else if (py_kind(t, p) == PY_TYPE_VAR_TUPLE)
      name = PY_AS(TypeVarTuple, t, p)->name;
    bind(b, name, p, node, BIND_TYPE_PARAM, BIND_WHOLE);
    size_t base = b->stack.len;
    later_children(b, p);
    drain(b, base);
  }
  if (kind == PY_FUNCTION_DEF)
    open_function(b, node);
  else if (kind == PY_CLASS_DEF)
    open_class(b, node);
  else
    open_alias_value(b, node);
}

static void walk_scope(Binder *b, uint32_t scope) {
  const PyTree *t = b->tree;
  b->scope = scope;
  b->context = 0;
  Ref node = b->scopes.items[scope].node;
  switch ((PyScopeKind)b->scopes.items[scope].kind) {
  case SCOPE_MODULE:
    visit_block(b, PY_AS(Module, t, node)->body);
    break;
  case SCOPE_CLASS:
    visit_block(b, PY_AS(ClassDef, t, node)->body);
    break;
  case SCOPE_FUNCTION:
    bind_params(b, PY_AS(FunctionDef, t, node)->params, node);
    visit_block(b, PY_AS(FunctionDef, t, node)->body);
    break;
  case SCOPE_LAMBDA:
    bind_params(b, PY_AS(Lambda, t, node)->params, node);
    visit(b, PY_AS(Lambda, t, node)->body);
    break;
  case SCOPE_COMPREHENSION:
    walk_comprehension(b, node);
    break;
  case SCOPE_TYPE_PARAMS:
    walk_type_params(b, node);
    break;
  case SCOPE_TYPE_ALIAS:
    visit(b, PY_AS(TypeAlias, t, node)->value);
    break;
  }
}

void binder_walk(Binder *b) {
  Span whole = {0, (uint32_t)b->tree->source->text.len + 1};
  add_scope(b, SCOPE_MODULE, b->tree->root, NO_SCOPE, whole);
  for (uint32_t i = 0; i < b->scopes.len; i++)
    walk_scope(b, i);
}
