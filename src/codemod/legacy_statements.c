// Statements and their execution as 1.x wrote them.
//
//   conn.execute(stmt, {...}, {...})          conn.execute(stmt, [{...}, {...}])
//   session.execute(stmt, mapper=User)        ... bind_arguments={"mapper": User}
//   union(a, b, order_by=x, limit=1)          union(a, b).order_by(x).limit(1)
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M104", "autocommit-option", "execution_options(autocommit=True)"},
    {"M107", "execute-multiparams",
     "Several sets of parameters as arguments of execute()"},
    {"M121", "get-primary-keys", "Inspector.get_primary_keys()"},
    {"M123", "url-mutation", "An attribute of an URL that is assigned"},
    {"M215", "query-with-labels", "apply_labels() of a select"},
    {"M261", "session-subtransactions", "Session.begin(subtransactions=True)"},
    {"M262", "session-transaction-attr", "Session.transaction"},
    {"M265", "session-execute-bind-kw",
     "Keywords of Session.execute() that choose the engine"},
    {"M308", "union-kw", "union() and the like with the keywords of select()"},
    {"M315", "alias-table-count", "Table.count()"},
    {.code = NULL}};

static PyRefs args_of(const CodemodWalk *w, Ref call) {
  return py_list(w->t, PY_AS(Call, w->t, call)->args);
}

static Str keyword_name(const CodemodWalk *w, Ref arg) {
  return py_kind(w->t, arg) == PY_KEYWORD
             ? codemod_name(w, PY_AS(Keyword, w->t, arg)->arg)
             : STR("");
}

// ---- execution

// conn.execute(stmt, {...}, {...})
static void several_parameters(const CodemodWalk *w, Ref call) {
  Ref of = call_receiver(w->t, call);
  PyRefs args = args_of(w, call);
  ValueKind kind = (ValueKind)codemod_value(w, of).kind;
  if (args.len < 3 || (kind != VALUE_CONNECTION && kind != VALUE_ENGINE) ||
      !codemod_begin(w, "M107", call, "execute() takes one list of parameters"))
    return;
  codemod_need_proven(w, of);
  for (uint32_t i = 1; i < args.len; i++)
    if (codemod_value(w, args.at[i]).kind != VALUE_DICT)
      codemod_refuse(w->cx, (Place){w->file, args.at[i]},
                     "it is not known that this is a dictionary of parameters");
  fix_insert(w->in, rule_paren_span(w->in, args.at[1]).start, STR("["));
  fix_insert(w->in, rule_paren_span(w->in, args.at[args.len - 1]).end, STR("]"));
  codemod_close(w->cx);
}

// session.execute(stmt, params, mapper=User, bind=engine)
static void bind_keywords(const CodemodWalk *w, Ref call) {
  Ref of = call_receiver(w->t, call);
  PyRefs args = args_of(w, call);
  uint32_t first = args.len, last = 0;
  for (uint32_t i = 0; i < args.len; i++) {
    Str name = keyword_name(w, args.at[i]);
    if (str_is(name, "bind_arguments"))
      return;
    if (!str_is(name, "mapper") && !str_is(name, "bind") && !str_is(name, "clause"))
      continue;
    first = i < first ? i : first;
    last = i;
  }
  if (first == args.len || !value_is_session(codemod_value(w, of)) ||
      !codemod_begin(w, "M265", call,
                     "what chooses the engine goes into bind_arguments="))
    return;
  codemod_need_proven(w, of);
  Span all = {py_node(w->t, args.at[first])->start, py_node(w->t, args.at[last])->end};
  Buf text = {0};
  for (uint32_t i = first; i <= last; i++) {
    Str name = keyword_name(w, args.at[i]);
    bool own = str_is(name, "mapper") || str_is(name, "bind") || str_is(name, "clause");
    if (!own)
      codemod_refuse(w->cx, (Place){w->file, args.at[i]},
                     "another argument stands between them");
    if (!own || rule_has_comment(w->in, all))
      break;
    Str value = rule_text(w->in, PY_AS(Keyword, w->t, args.at[i])->value);
    buf_printf(&text, "%s\"%.*s\": %.*s", text.len ? ", " : "", STR_ARG(name),
               STR_ARG(value));
  }
  if (rule_has_comment(w->in, all))
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
  fix_printf(w->in, all, "bind_arguments={%.*s}", STR_ARG(buf_str(&text)));
  buf_free(&text);
  codemod_close(w->cx);
}

// ---- set operations

static bool is_set_operation(ApiId api) {
  return api == API_sqlalchemy_union || api == API_sqlalchemy_union_all ||
         api == API_sqlalchemy_intersect || api == API_sqlalchemy_intersect_all ||
         api == API_sqlalchemy_except_ || api == API_sqlalchemy_except_all;
}

// union(a, b, order_by=x, limit=1)
static void union_keywords(const CodemodWalk *w, Ref call) {
  static const char *const known[] = {"order_by", "group_by", "limit", "offset"};
  PyRefs args = args_of(w, call);
  uint32_t first = 0;
  while (first < args.len && py_kind(w->t, args.at[first]) != PY_KEYWORD)
    first++;
  if (!first || first == args.len ||
      !is_set_operation(resolve_call_api(w->cx->resolver, w->file, call)) ||
      !codemod_begin(w, "M308", call, "set operations take no keywords any more"))
    return;
  Buf text = {0};
  for (uint32_t i = first; i < args.len; i++) {
    Str name = keyword_name(w, args.at[i]);
    bool good = false;
    for (size_t k = 0; k < ARRAY_LEN(known); k++)
      good |= str_is(name, known[k]);
    if (!good) {
      codemod_refuse(w->cx, (Place){w->file, args.at[i]},
                     "an argument that has no method of its own");
      break;
    }
    Ref value = PY_AS(Keyword, w->t, args.at[i])->value;
    PyKind kind = py_kind(w->t, value);
    bool list = kind == PY_LIST || kind == PY_TUPLE;
    bool one = str_is(name, "limit") || str_is(name, "offset") || kind == PY_STR ||
               value_is_column(codemod_value(w, value));
    if (!list && !one)
      codemod_refuse(w->cx, (Place){w->file, value},
                     "whether this is a column or a list of them is not known");
    buf_printf(&text, ").%.*s(%s%.*s", STR_ARG(name), list ? "*" : "",
               STR_ARG(rule_text(w->in, value)));
  }
  Span gone = {rule_paren_span(w->in, args.at[first - 1]).end,
               py_node(w->t, call)->end - 1};
  if (rule_has_comment(w->in, gone))
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
  fix_replace(w->in, gone, str_copy(w->cx->arena, buf_str(&text)));
  buf_free(&text);
  codemod_close(w->cx);
}

// ---- names that went

static void apply_labels(const CodemodWalk *w, Ref call) {
  Ref of = call_receiver(w->t, call);
  ValueKind kind = (ValueKind)codemod_value(w, of).kind;
  if ((kind != VALUE_SELECT && kind != VALUE_COMPOUND_SELECT) || args_of(w, call).len ||
      !codemod_begin(w, "M215", call, "apply_labels() is set_label_style() now"))
    return;
  codemod_need_proven(w, of);
  Str style = codemod_import(w->cx, w->file, call, "sqlalchemy",
                             "LABEL_STYLE_TABLENAME_PLUS_COL");
  const PyAttribute *a = PY_AS(Attribute, w->t, PY_AS(Call, w->t, call)->func);
  fix_printf(w->in, (Span){a->attr_at, py_node(w->t, call)->end}, "set_label_style(%.*s)",
             STR_ARG(style.ptr ? style : STR("")));
  codemod_close(w->cx);
}

static void primary_keys(const CodemodWalk *w, Ref call) {
  Ref of = call_receiver(w->t, call);
  if (codemod_value(w, of).kind != VALUE_INSPECTOR ||
      !codemod_begin(w, "M121", call,
                     "get_primary_keys() is part of get_pk_constraint()"))
    return;
  codemod_need_proven(w, of);
  const PyAttribute *a = PY_AS(Attribute, w->t, PY_AS(Call, w->t, call)->func);
  fix_replace(w->in, (Span){a->attr_at, a->node.end}, STR("get_pk_constraint"));
  fix_insert(w->in, py_node(w->t, call)->end, STR("[\"constrained_columns\"]"));
  codemod_close(w->cx);
}

// table.count(criterion)
static void table_count(const CodemodWalk *w, Ref call) {
  Ref of = call_receiver(w->t, call);
  ValueKind kind = (ValueKind)codemod_value(w, of).kind;
  PyRefs args = args_of(w, call);
  if ((kind != VALUE_TABLE && kind != VALUE_ALIAS) ||
      !codemod_begin(w, "M315", call, "a table has no count() any more"))
    return;
  codemod_need_proven(w, of);
  if (args.len > 1 || (args.len && py_kind(w->t, args.at[0]) == PY_KEYWORD &&
                       !str_is(keyword_name(w, args.at[0]), "whereclause")))
    codemod_refuse(w->cx, (Place){0, 0}, "it has arguments that are not known");
  if (rule_has_comment(w->in, py_span(w->t, call)))
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
  Str select = codemod_import(w->cx, w->file, call, "sqlalchemy", "select");
  Str func = codemod_import(w->cx, w->file, call, "sqlalchemy", "func");
  Str where = STR("");
  if (args.len) {
    Ref value = py_kind(w->t, args.at[0]) == PY_KEYWORD
                    ? PY_AS(Keyword, w->t, args.at[0])->value
                    : args.at[0];
    where = str_format(w->cx->arena, ".where(%.*s)", STR_ARG(rule_text(w->in, value)));
  }
  if (select.ptr && func.ptr)
    fix_printf(w->in, py_span(w->t, call), "%.*s(%.*s.count()).select_from(%.*s)%.*s",
               STR_ARG(select), STR_ARG(func), STR_ARG(rule_text(w->in, of)),
               STR_ARG(where));
  codemod_close(w->cx);
}

static void options(const CodemodWalk *w, Ref call) {
  Ref node = call_keyword_node(w->t, call, rule_atom(w->in, "autocommit"));
  ValueKind kind = (ValueKind)codemod_value(w, call_receiver(w->t, call)).kind;
  bool known = kind == VALUE_TEXT || kind == VALUE_SELECT || kind == VALUE_CONNECTION ||
               kind == VALUE_INSERT || kind == VALUE_UPDATE || kind == VALUE_DELETE ||
               kind == VALUE_ENGINE;
  if (node && known && !is_false(w->t, PY_AS(Keyword, w->t, node)->value))
    codemod_report(
        w, "M104", call, "the option `autocommit` does nothing on 2.0",
        "what commits instead is not written: Connection.commit(), Engine.begin(), or "
        "isolation_level=\"AUTOCOMMIT\"");
}

// ---- URLs

static bool is_part_of_url(Str name) {
  static const char *const parts[] = {"database", "drivername", "host",
                                      "password", "port",       "username"};
  for (size_t i = 0; i < ARRAY_LEN(parts); i++)
    if (str_is(name, parts[i]))
      return true;
  return false;
}

// url.database = x: of a local variable that a call gave alone, url =
// url.set(database=x).
static void url_part(const CodemodWalk *w, Ref assign) {
  const PyAssign *n = PY_AS(Assign, w->t, assign);
  PyRefs targets = py_list(w->t, n->targets);
  Ref target = targets.at[0];
  if (targets.len != 1 || py_kind(w->t, target) != PY_ATTRIBUTE)
    return;
  const PyAttribute *a = PY_AS(Attribute, w->t, target);
  Str part = codemod_name(w, a->attr);
  if (!is_part_of_url(part) || codemod_value(w, a->value).kind != VALUE_URL ||
      !codemod_begin(w, "M123", assign, "an URL is not changed but made anew"))
    return;
  codemod_need_proven(w, a->value);
  const PyScopes *s = w->in->file->scopes;
  uint32_t symbol = rule_symbol(w->in, a->value);
  bool local = symbol != NO_SYMBOL &&
               !(s->symbols[symbol].flags & SYMBOL_REBOUND_INSIDE) &&
               s->scopes[s->symbols[symbol].scope].kind == SCOPE_FUNCTION;
  for (uint32_t b = local ? s->symbols[symbol].first : NO_BINDING; b != NO_BINDING;
       b = s->bindings[b].next)
    local = local && py_kind(w->t, s->bindings[b].stmt) == PY_ASSIGN &&
            py_kind(w->t, PY_AS(Assign, w->t, s->bindings[b].stmt)->value) == PY_CALL;
  if (!local)
    codemod_refuse(w->cx, (Place){w->file, a->value},
                   "others may hold the same URL, and saw the change");
  Value given = codemod_value(w, n->value);
  if ((given.kind != VALUE_STR && given.kind != VALUE_INT) || given.sure != SURE_PROVEN ||
      given.flags & VALUE_OR_NONE)
    codemod_refuse(w->cx, (Place){w->file, n->value},
                   "it may be None, which set() takes for no change");
  Str url = py_text(w->t, a->value);
  Span head = {py_node(w->t, target)->start, rule_paren_span(w->in, n->value).start};
  fix_printf(w->in, head, "%.*s = %.*s.set(%.*s=", STR_ARG(url), STR_ARG(url),
             STR_ARG(part));
  fix_insert(w->in, rule_paren_span(w->in, n->value).end, STR(")"));
  codemod_close(w->cx);
}

// ---- transactions of sessions

static void attribute(const CodemodWalk *w, Ref r) {
  const PyAttribute *a = PY_AS(Attribute, w->t, r);
  if (str_is(codemod_name(w, a->attr), "transaction") &&
      value_is_session(codemod_value(w, a->value)))
    codemod_report(
        w, "M262", r, "Session.transaction is gone",
        "get_transaction() gives None where none has begun; a block of its own is "
        "Session.begin()");
}

static void begin(const CodemodWalk *w, Ref call) {
  Ref node = call_keyword_node(w->t, call, rule_atom(w->in, "subtransactions"));
  if (!node || !value_is_session(codemod_value(w, call_receiver(w->t, call))))
    return;
  const char *what = "begin() has no subtransactions any more";
  if (!is_false(w->t, PY_AS(Keyword, w->t, node)->value)) {
    codemod_report(w, "M261", call, what,
                   "who commits is decided by the outermost block: begin_nested(), or "
                   "in_transaction() asked before");
  } else if (codemod_begin(w, "M261", call, what)) {
    fix_delete_argument(w->in, call, node);
    codemod_close(w->cx);
  }
}

// ----

static void call(const CodemodWalk *w, Ref r) {
  Str method = call_method_text(w->in, r);
  union_keywords(w, r);
  if (str_is(method, "execute"))
    several_parameters(w, r);
  if (str_is(method, "execute") || str_is(method, "scalar") || str_is(method, "scalars"))
    bind_keywords(w, r);
  else if (str_is(method, "apply_labels"))
    apply_labels(w, r);
  else if (str_is(method, "get_primary_keys"))
    primary_keys(w, r);
  else if (str_is(method, "count"))
    table_count(w, r);
  else if (str_is(method, "execution_options"))
    options(w, r);
  else if (str_is(method, "begin"))
    begin(w, r);
}

static void visit(const CodemodWalk *w, Ref r) {
  PyKind kind = py_kind(w->t, r);
  if (kind == PY_CALL)
    call(w, r);
  else if (kind == PY_ASSIGN)
    url_part(w, r);
  else if (kind == PY_ATTRIBUTE)
    attribute(w, r);
}

const Codemod codemod_legacy_statements = {.name = "legacy-statements",
                                           .codes = codes,
                                           .profile = PROFILE_COMPAT,
                                           .on = {PY_CALL, PY_ASSIGN, PY_ATTRIBUTE},
                                           .visit = visit};
