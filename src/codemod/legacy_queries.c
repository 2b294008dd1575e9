// What 1.x allowed around a Query and its loader options, and that is written otherwise
// now without becoming a select():
//
//   q[-1]                                 q.all()[-1], which 1.x read as well
//   q.with_lockmode("update_nowait")      q.with_for_update(nowait=True)
//   session.execute(q)                    session.execute(q.statement)
//   User.id.in_(q.subquery())             User.id.in_(q.subquery().select())
//   joinedload_all(User.posts, Post.tags) joinedload(User.posts).joinedload(Post.tags)
//   defer(User.posts, Post.body)          defaultload(User.posts).defer(Post.body)
#include "codemod/codemod.h"

static const CodemodCode codes[] = {
    {"M216", "query-with-lockmode", "Query.with_lockmode()"},
    {"M229", "loader-all-options", "joinedload_all() and the like"},
    {"M236", "query-negative-slice", "A Query read from its end: query[-1]"},
    {"M238", "query-execute-in-session", "session.execute() of a Query"},
    {"M243", "query-in-subquery", "in_() of a subquery that is no select"},
    {"N120", "removed-orm-forms",
     "defer() and undefer() of a path, collection.converter"},
    {.code = NULL}};

static PyRefs args_of(const CodemodWalk *w, Ref call) {
  return py_list(w->t, PY_AS(Call, w->t, call)->args);
}

// The only positional argument of a call without others; 0: it is called otherwise.
static Ref only_argument(const CodemodWalk *w, Ref call) {
  PyRefs args = args_of(w, call);
  return args.len == 1 ? call_positional(w->t, call, 0) : 0;
}

static void replace_method(const CodemodWalk *w, Ref call, Str text) {
  const PyAttribute *a = PY_AS(Attribute, w->t, PY_AS(Call, w->t, call)->func);
  Span span = {a->attr_at, py_node(w->t, call)->end};
  if (rule_has_comment(w->in, span))
    codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
  fix_replace(w->in, span, text);
}

static void with_lockmode(const CodemodWalk *w, Ref call) {
  static const struct {
    const char *mode, *text;
  } modes[] = {{"update", "with_for_update()"},
               {"update_nowait", "with_for_update(nowait=True)"},
               {"read", "with_for_update(read=True)"},
               {"read_nowait", "with_for_update(read=True, nowait=True)"}};
  Ref of = call_receiver(w->t, call);
  if (codemod_value(w, of).kind != VALUE_QUERY ||
      !codemod_begin(w, "M216", call, "with_lockmode() is with_for_update() now"))
    return;
  codemod_need_proven(w, of);
  Str mode = string_value(w->in, only_argument(w, call));
  const char *text = NULL;
  for (size_t i = 0; i < ARRAY_LEN(modes) && mode.ptr; i++)
    if (str_is(mode, modes[i].mode))
      text = modes[i].text;
  if (text)
    replace_method(w, call, str_from(text));
  else
    codemod_refuse(w->cx, (Place){0, 0}, "which lock it asks for is not written here");
  codemod_close(w->cx);
}

// ---- A Query as a statement

// True where no joined eager loading may change what the statement of the query selects:
// execute() of a Query left such loading out.
static bool loads_no_more(Value query) {
  const Shape *s = query.shape;
  return s && s->sure == SURE_PROVEN && s->yields == YIELD_COLUMN &&
         s->flags & SHAPE_WHOLE &&
         !(s->flags & (SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN));
}

// In the modern profile the Query becomes a select() itself.
static void executed_query(const CodemodWalk *w, Ref call) {
  if (w->cx->profile != PROFILE_COMPAT)
    return;
  Ref first = call_argument(w->t, call, rule_atom(w->in, "statement"), 0);
  Value query = first ? codemod_value(w, first) : (Value){0};
  if (query.kind != VALUE_QUERY ||
      !value_is_session(codemod_value(w, call_receiver(w->t, call))) ||
      !codemod_begin(w, "M238", call, "execute() takes statements; a Query has one"))
    return;
  codemod_need_proven(w, first);
  if (query.flags & VALUE_SUBCLASS)
    codemod_refuse(w->cx, (Place){w->file, first},
                   "its class of queries is the project's");
  Span span = rule_paren_span(w->in, first);
  bool paren =
      span.end == py_node(w->t, first)->end && needs_parens_for_member(w->t, first);
  if (paren)
    fix_insert(w->in, span.start, STR("("));
  fix_printf(w->in, (Span){span.end, span.end}, "%s%s.statement", paren ? ")" : "",
             loads_no_more(query) ? "" : ".enable_eagerloads(False)");
  codemod_close(w->cx);
}

// What in_() did to a subquery with a warning.
static void in_subquery(const CodemodWalk *w, Ref call) {
  Ref arg = only_argument(w, call), of = call_receiver(w->t, call);
  Value v = arg ? codemod_value(w, arg) : (Value){0};
  if ((v.kind != VALUE_SUBQUERY && v.kind != VALUE_CTE) ||
      !value_is_column(codemod_value(w, of)) ||
      !codemod_begin(w, "M243", call, "in_() takes a select; a subquery has one"))
    return;
  codemod_need_proven(w, arg);
  codemod_need_proven(w, of);
  Span span = rule_paren_span(w->in, arg);
  bool paren = span.end == py_node(w->t, arg)->end && needs_parens_for_member(w->t, arg);
  if (paren)
    fix_insert(w->in, span.start, STR("("));
  fix_insert(w->in, span.end, paren ? STR(").select()") : STR(".select()"));
  codemod_close(w->cx);
}

static bool is_negative(const CodemodWalk *w, Ref x) {
  return py_kind(w->t, x) == PY_UNARY_OP && py_node(w->t, x)->aux == PY_U_SUB;
}

static void negative_slice(const CodemodWalk *w, Ref r) {
  const PySubscript *s = PY_AS(Subscript, w->t, r);
  bool negative = is_negative(w, s->slice);
  if (py_kind(w->t, s->slice) == PY_SLICE) {
    const PySlice *slice = PY_AS(Slice, w->t, s->slice);
    negative = is_negative(w, slice->lower) || is_negative(w, slice->upper);
  }
  if (!negative || codemod_value(w, s->value).kind != VALUE_QUERY ||
      !codemod_begin(w, "M236", r, "a Query has no end to count from on 2.0"))
    return;
  codemod_need_proven(w, s->value);
  Span span = rule_paren_span(w->in, s->value);
  bool paren =
      span.end == py_node(w->t, s->value)->end && needs_parens_for_member(w->t, s->value);
  if (paren)
    fix_insert(w->in, span.start, STR("("));
  fix_insert(w->in, span.end, paren ? STR(").all()") : STR(".all()"));
  codemod_close(w->cx);
}

// ---- Loader options

// The name of the option that `name` chained for each of its arguments.
static const char *option_of_all(Str name) {
  static const struct {
    const char *all, *one;
  } options[] = {
      {"joinedload_all", "joinedload"},     {"eagerload_all", "joinedload"},
      {"subqueryload_all", "subqueryload"}, {"selectinload_all", "selectinload"},
      {"lazyload_all", "lazyload"},         {"undefer_all", "undefer"}};
  for (size_t i = 0; i < ARRAY_LEN(options); i++)
    if (str_is(name, options[i].all))
      return options[i].one;
  return NULL;
}

// f(a, b, c) becomes first(a).first(b).last(c) in the open group.
static void chain(const CodemodWalk *w, Ref call, const char *first, const char *last) {
  PyRefs args = args_of(w, call);
  Str function =
      codemod_import(w->cx, w->file, call, "sqlalchemy.orm", args.len > 1 ? first : last);
  if (!function.ptr)
    return;
  fix_replace(w->in, py_span(w->t, PY_AS(Call, w->t, call)->func), function);
  for (uint32_t i = 0; i + 1 < args.len; i++) {
    Span between = {rule_paren_span(w->in, args.at[i]).end,
                    rule_paren_span(w->in, args.at[i + 1]).start};
    if (rule_has_comment(w->in, between))
      codemod_refuse(w->cx, (Place){0, 0}, "a comment stands in it");
    fix_printf(w->in, between, ").%s(", i + 2 == args.len ? last : first);
  }
}

static bool refuse_unless_relationships(const CodemodWalk *w, Ref call, bool all) {
  PyRefs args = args_of(w, call);
  for (uint32_t i = 0; i < args.len; i++) {
    Ref arg = args.at[i];
    Value v = codemod_value(w, arg);
    bool last = i + 1 == args.len;
    bool good = v.kind == VALUE_RELATIONSHIP || (last && !all && v.kind == VALUE_COLUMN);
    if (good && (v.sure == SURE_PROVEN || w->cx->unsafe))
      continue;
    codemod_refuse(w->cx, (Place){w->file, arg}, "that this is %s is not known",
                   last && !all ? "a column" : "a relationship");
    return true;
  }
  return false;
}

static void all_option(const CodemodWalk *w, Ref call) {
  Str dotted = rule_dotted(w->in, PY_AS(Call, w->t, call)->func);
  size_t dot = str_rfind_char(dotted, '.');
  const char *one = dot == SIZE_MAX || !str_starts(dotted, STR("sqlalchemy.orm"))
                        ? NULL
                        : option_of_all(str_slice(dotted, dot + 1, dotted.len));
  if (!one || !codemod_begin(w, "M229", call, "options are chained one by one now"))
    return;
  if (!args_of(w, call).len)
    codemod_refuse(w->cx, (Place){0, 0}, "it has no arguments");
  else if (!refuse_unless_relationships(w, call, true))
    chain(w, call, one, one);
  codemod_close(w->cx);
}

// defer(A.bs, B.x): all but the last lead the way to it.
static void deferred_path(const CodemodWalk *w, Ref call) {
  ApiId api = resolve_call_api(w->cx->resolver, w->file, call);
  bool defer = api == API_sqlalchemy_orm_defer;
  if ((!defer && api != API_sqlalchemy_orm_undefer) ||
      call_positional_count(w->t, call) < 2 ||
      !codemod_begin(w, "N120", call, "the way to a column is led by defaultload() now"))
    return;
  if (call_positional_count(w->t, call) != args_of(w, call).len)
    codemod_refuse(w->cx, (Place){0, 0}, "it has other arguments as well");
  else if (!refuse_unless_relationships(w, call, false))
    chain(w, call, "defaultload", defer ? "defer" : "undefer");
  codemod_close(w->cx);
}

// ----

static void call(const CodemodWalk *w, Ref r) {
  Str method = call_method_text(w->in, r);
  if (str_is(method, "with_lockmode"))
    with_lockmode(w, r);
  else if (str_is(method, "execute") || str_is(method, "scalars") ||
           str_is(method, "scalar"))
    executed_query(w, r);
  else if (str_is(method, "in_") || str_is(method, "notin_") || str_is(method, "not_in"))
    in_subquery(w, r);
  Ref func = PY_AS(Call, w->t, r)->func;
  Str name = py_kind(w->t, func) == PY_NAME ? codemod_name(w, PY_AS(Name, w->t, func)->id)
                                            : method;
  if (option_of_all(name))
    all_option(w, r);
  else if (str_is(name, "defer") || str_is(name, "undefer"))
    deferred_path(w, r);
}

static void visit(const CodemodWalk *w, Ref r) {
  if (py_kind(w->t, r) == PY_CALL)
    call(w, r);
  else if (py_kind(w->t, r) == PY_SUBSCRIPT)
    negative_slice(w, r);
}

const Codemod codemod_legacy_queries = {.name = "legacy-queries",
                                        .codes = codes,
                                        .profile = PROFILE_COMPAT,
                                        .on = {PY_CALL, PY_SUBSCRIPT},
                                        .visit = visit};
