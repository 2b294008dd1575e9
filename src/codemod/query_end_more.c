// query_end_more.c: get(), the methods of Flask-SQLAlchemy, update() and delete().
#include "codemod/query_end.h"
#include "rules/util.h"

// ---- get()

static bool only_options(const QState *s) {
  const uint32_t allowed = SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN;
  return !(s->may & ~allowed);
}

static bool has_string_option(const End *e, Ref call) {
  PyRefs args = end_args_of_call(e->t, call);
  for (uint32_t i = 0; i < args.len; i++)
    if (q_option_string(e->t, args.at[i]))
      return true;
  return false;
}

static Str without_last_comma(Str text) {
  text = str_trim(text);
  return text.len && text.ptr[text.len - 1] == ',' ? str_slice(text, 0, text.len - 1)
                                                   : text;
}

// Steps between the root and get() that Session.get() has arguments for.
static bool get_arguments(const End *e, Buf *out) {
  Q *q = e->q;
  Str options = STR("");
  uint32_t updates = 0, populates = 0;
  for (Ref r = e->receiver; r != e->root->call.ref; r = call_receiver(e->t, r)) {
    Str name = q_name(q, call_method(e->t, r));
    Span inside = call_arguments_span(codemod_in(q->cx, e->file), r);
    Str text = without_last_comma(q_text(q, e->file, inside));
    if (q_comment_in(q, e->file, inside) || str_find_char(text, '\n', 0) != SIZE_MAX)
      return end_fail(e, "a call before get() stands on several lines");
    updates += str_is(name, "with_for_update");
    populates += str_is(name, "populate_existing");
    if (updates > 1 || populates > 1)
      return end_fail(e, "a call before get() is made twice");
    if (str_is(name, "options") && has_string_option(e, r))
      return end_fail(e, "an option before get() names an attribute by a string");
    if (str_is(name, "options"))
      options = str_format(q->arena, "%.*s%s%.*s", STR_ARG(text), options.len ? ", " : "",
                           STR_ARG(options));
    else if (str_is(name, "populate_existing") && !text.len)
      buf_add_text(out, ", populate_existing=True");
    else if (str_is(name, "with_for_update"))
      buf_printf(out,
                 text.len ? ", with_for_update=dict(%.*s)" : ", with_for_update=True%.*s",
                 STR_ARG(text));
    else
      return end_fail(e, "get() of a Query raises after a criterion");
    for (size_t i = 0; i < q->steps.len; i++)
      if (q->steps.items[i].call == r &&
          q->nodes.items[q->steps.items[i].node].at.file == e->file)
        q->steps.items[i].handled = true;
  }
  if (options.len)
    buf_printf(out, ", options=[%.*s]", STR_ARG(options));
  return true;
}

static bool get_by(const End *e, Str lead, bool inline_session) {
  Q *q = e->q;
  PyRefs args = end_args_of(e);
  uint32_t open = PY_AS(Call, e->t, e->e->at)->open + 1;
  uint32_t end = py_node(e->t, e->e->at)->end;
  Buf more = {0};
  bool good = true;
  Span between;
  if (!args.len)
    return end_fail(e, "get() has no argument");
  if (e->root) {
    good = get_arguments(e, &more);
    Ref entity = e->root->kind == ROOT_MODEL
                     ? PY_AS(Attribute, e->t, e->root->call.ref)->value
                     : py_list(e->t, PY_AS(Call, e->t, e->root->call.ref)->args).at[0];
    between = (Span){q_outer(q, e->file, entity).end, open};
    e->root->handled = true;
    uint32_t start = py_node(e->t, e->root->call.ref)->start;
    Ref func =
        e->root->kind == ROOT_SESSION ? PY_AS(Call, e->t, e->root->call.ref)->func : 0;
    if (inline_session) {
      const PyAttribute *a = PY_AS(Attribute, e->t, func);
      q_replace(q, e->file, (Span){a->attr_at, a->node.end}, "get");
    } else if (func) { // session.query( ... becomes db.get_or_404( ...
      Span head = {start, PY_AS(Call, e->t, e->root->call.ref)->open + 1};
      good = good &&
             (!q_comment_in(q, e->file, head) || end_fail(e, "a comment stands in it"));
      q_replace(q, e->file, head, "%.*s", STR_ARG(lead));
    } else {
      q_insert(q, e->file, start, "%.*s", STR_ARG(lead));
    }
    q_replace(q, e->file, between, ", ");
  } else {
    Str entity = q_spell_entity(q, e->file, e->e->at, e->s);
    good = entity.ptr != NULL;
    between = (Span){e->outer.start, open};
    q_replace(q, e->file, between, "%.*s%.*s, ", STR_ARG(lead), STR_ARG(entity));
  }
  if (good && q_comment_in(q, e->file, between))
    good = end_fail(e, "a comment stands before get()");
  if (more.len)
    q_insert(q, e->file, q_outer(q, e->file, args.at[args.len - 1]).end, "%.*s",
             STR_ARG(buf_str(&more)));
  (void)end;
  buf_free(&more);
  return good;
}

bool q_end_get(const End *e) {
  PyRefs args = end_args_of(e);
  if (args.len != 1 || py_kind(e->t, args.at[0]) == PY_STARRED)
    return end_fail(e, "get() takes the primary key alone");
  if (e->s->yields == YIELD_COLUMN || e->s->yields == YIELD_SEVERAL)
    return end_fail(e, "get() needs a query of one mapped class");
  if (e->paren || (!e->root && !only_options(e->s)))
    return end_fail(e, "options of the query cannot be moved into get()");
  if (end_is_inline(e) &&
      py_list(e->t, PY_AS(Call, e->t, e->root->call.ref)->args).len != 1)
    return end_fail(e, "get() needs a query of one mapped class");
  if (end_is_inline(e))
    return get_by(e, STR(""), true);
  Str session = end_session_text(e);
  return session.ptr &&
         get_by(e, str_format(e->q->arena, "%.*s.get(", STR_ARG(session)), false);
}

// ---- Flask-SQLAlchemy

static bool flask_lead(const End *e, const char *method, Str *lead) {
  Str db = q_spell_flask(e->q, e->file, e->e->at, e->s);
  *lead = db.ptr ? str_format(e->q->arena, "%.*s.%s(", STR_ARG(db), method) : (Str){0};
  return db.ptr != NULL;
}

// Positional arguments get the names that the method of `db` wants.
static bool name_arguments(const End *e, const char *const *names, size_t count,
                           uint32_t from) {
  PyRefs args = end_args_of(e);
  for (uint32_t i = from; i < args.len; i++) {
    PyKind kind = py_kind(e->t, args.at[i]);
    if (kind == PY_STARRED)
      return end_fail(e, "its arguments are not written out");
    if (kind == PY_KEYWORD)
      continue;
    if (i - from >= count)
      return end_fail(e, "it has more arguments than are known");
    q_insert(e->q, e->file, q_outer(e->q, e->file, args.at[i]).start,
             "%s=", names[i - from]);
  }
  return true;
}

bool q_end_get_or_404(const End *e) {
  static const char *const names[] = {"description"};
  Str lead;
  if (e->s->yields == YIELD_COLUMN || e->s->yields == YIELD_SEVERAL || e->paren ||
      (e->root && e->receiver != e->root->call.ref) || (!e->root && !only_options(e->s)))
    return end_fail(e, "get_or_404() needs a query of one mapped class and nothing else");
  return flask_lead(e, "get_or_404", &lead) && name_arguments(e, names, 1, 1) &&
         get_by(e, lead, false);
}

// `.first_or_404(` becomes `, ` or nothing: the statement is the first argument.
static bool into_arguments(const End *e, const char *before) {
  uint32_t end = py_node(e->t, e->e->at)->end;
  Span span = {e->outer.end, PY_AS(Call, e->t, e->e->at)->open + 1};
  bool any = end_args_of(e).len > 0;
  if (!any)
    span.end = end - 1;
  if (q_comment_in(e->q, e->file, span))
    return end_fail(e, "a comment stands before it");
  q_replace(e->q, e->file, span, "%s%s", before, any ? ", " : "");
  return true;
}

bool q_end_flask(const End *e, const char *method) {
  static const char *const pages[] = {"page", "per_page", "error_out", "max_per_page"};
  static const char *const other[] = {"description"};
  bool paginates = e->e->kind == END_PAGINATE;
  Str lead;
  if (e->s->yields != YIELD_ENTITY)
    return end_fail(e, "the extension gives the first column of each row only");
  if (e->e->kind == END_ONE_OR_404 && end_is_unique_needed(e->s))
    return end_fail(e, "one_or_404() of the extension cannot drop repeated rows");
  if (!flask_lead(e, method, &lead) ||
      !name_arguments(e, paginates ? pages : other, paginates ? 4 : 1, 0))
    return false;
  if (e->root)
    e->root->inlined = true;
  end_put_before(e, lead);
  const char *limit = "";
  if (e->e->kind == END_FIRST_OR_404 && !end_limit_one(e, &limit))
    return false;
  return into_arguments(e, limit);
}

// ---- update() and delete()

static bool is_used(const End *e) {
  return py_kind(e->t, q_parent(e->q, e->file, e->e->at)) != PY_EXPR_STMT;
}

static bool is_bulk_possible(const End *e) {
  const uint32_t allowed = SHAPE_FILTERED | SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN |
                           SHAPE_EXECUTION_OPTIONS;
  if (e->s->may & ~allowed)
    return end_fail(e, "something besides criteria was asked of the query");
  if (e->s->yields == YIELD_COLUMN || e->s->yields == YIELD_SEVERAL)
    return end_fail(e, "a bulk change needs a query of one mapped class");
  return true;
}

// The receiver calls a function that does nothing but return.
static bool only_returns(const End *e) {
  if (py_kind(e->t, e->receiver) != PY_CALL || end_args_of_call(e->t, e->receiver).len)
    return false;
  Value v = q_value(e->q, e->file, PY_AS(Call, e->t, e->receiver)->func);
  if (v.kind != VALUE_FUNCTION || !v.owner.ref)
    return false;
  const PyTree *t = q_tree(e->q, v.owner.file);
  if (py_kind(t, v.owner.ref) != PY_FUNCTION_DEF)
    return false;
  PyRefs body = py_list(t, PY_AS(FunctionDef, t, v.owner.ref)->body);
  for (uint32_t i = 0; i + 1 < body.len; i++)
    if (py_kind(t, body.at[i]) != PY_EXPR_STMT ||
        py_kind(t, PY_AS(ExprStmt, t, body.at[i])->value) != PY_STR)
      return false;
  return body.len && py_kind(t, body.at[body.len - 1]) == PY_RETURN;
}

// The statement up to its criteria; `verb` is update or delete.
static bool bulk_statement(const End *e, const char *verb) {
  Q *q = e->q;
  Str function = q_require(q, e->file, e->e->at, "sqlalchemy", verb);
  if (!function.ptr)
    return false;
  if (e->root && !e->paren) {
    if (e->root->kind == ROOT_SESSION &&
        py_list(e->t, PY_AS(Call, e->t, e->root->call.ref)->args).len != 1)
      return end_fail(e, "a bulk change needs a query of one mapped class");
    e->root->function = function;
    return end_execute(e, "execute(");
  }
  if (q->bulk)
    return end_execute(e, "execute(");
  bool all = !(e->s->may & SHAPE_FILTERED);
  if (!all && !(e->s->must & SHAPE_FILTERED))
    return end_fail(e, "on some ways the query has no criterion");
  if (e->s->may & SHAPE_EXECUTION_OPTIONS)
    return end_fail(e, "something besides criteria was asked of the query");
  if (e->s->constant)
    return end_fail(e,
                    "a criterion may be a constant, which `whereclause` has in another "
                    "form");
  Str entity = q_spell_entity(q, e->file, e->e->at, e->s);
  Str session = entity.ptr ? end_session_text(e) : (Str){0};
  if (!session.ptr)
    return false;
  if (e->root)
    return end_fail(e, "the chain stands in parentheses");
  if (all && py_kind(e->t, e->receiver) != PY_NAME && !only_returns(e))
    return end_fail(e, "the call that makes the query would no longer run");
  Str lead = str_format(q->arena, "%.*s.execute(%.*s(%.*s)", STR_ARG(session),
                        STR_ARG(function), STR_ARG(entity));
  if (all) {
    q_replace(q, e->file, e->outer, "%.*s", STR_ARG(lead));
  } else {
    q_insert(q, e->file, e->outer.start, "%.*s.where(", STR_ARG(lead));
    q_insert(q, e->file, e->outer.end, ".whereclause)");
  }
  return true;
}

typedef struct {
  Ref values, synchronize; // argument nodes
  Str session_mode;        // text of the latter's value, absent: not given
} BulkArgs;

static bool read_bulk(const End *e, BulkArgs *a, bool has_values) {
  PyRefs args = end_args_of(e);
  *a = (BulkArgs){0};
  for (uint32_t i = 0; i < args.len; i++) {
    Ref arg = args.at[i], value = arg;
    Str name = STR("");
    if (py_kind(e->t, arg) == PY_STARRED)
      return end_fail(e, "its arguments are not written out");
    if (py_kind(e->t, arg) == PY_KEYWORD) {
      name = q_name(e->q, PY_AS(Keyword, e->t, arg)->arg);
      value = PY_AS(Keyword, e->t, arg)->value;
    }
    if (str_is(name, "values") || (!name.len && has_values && i == 0)) {
      a->values = arg;
    } else if (str_is(name, "synchronize_session") || (!name.len && i == has_values)) {
      a->synchronize = arg;
      a->session_mode = q_text(e->q, e->file, q_outer(e->q, e->file, value));
    } else {
      return end_fail(e, "an argument that has no simple form for a statement");
    }
  }
  return !has_values || a->values || end_fail(e, "the values are not written out");
}

static Str bulk_tail(const End *e, const BulkArgs *a) {
  const char *count = is_used(e) ? ".rowcount" : "";
  if (!a->session_mode.ptr)
    return str_format(e->q->arena, ")%s", count);
  return str_format(e->q->arena, ".execution_options(synchronize_session=%.*s))%s",
                    STR_ARG(a->session_mode), count);
}

bool q_end_update(const End *e) {
  Q *q = e->q;
  BulkArgs a;
  if (!is_bulk_possible(e) || !read_bulk(e, &a, true) || !bulk_statement(e, "update"))
    return false;
  end_rename_method(e, "values");
  if (py_kind(e->t, a.values) == PY_KEYWORD) {
    Span head = {py_node(e->t, a.values)->start,
                 q_outer(q, e->file, PY_AS(Keyword, e->t, a.values)->value).start};
    if (!q_delete(q, e->file, head))
      return end_fail(e, "a comment stands before the values");
  }
  if (a.synchronize)
    fix_delete_argument(codemod_in(q->cx, e->file), e->e->at, a.synchronize);
  Str tail = bulk_tail(e, &a);
  q_insert(q, e->file, py_node(e->t, e->e->at)->end, "%.*s", STR_ARG(tail));
  return true;
}

bool q_end_delete(const End *e) {
  BulkArgs a;
  if (!is_bulk_possible(e) || !read_bulk(e, &a, false) || !bulk_statement(e, "delete"))
    return false;
  return end_replace_method(e, bulk_tail(e, &a).ptr);
}
