// query_end.c: all(), first(), iteration ...: what is executed instead, and by whom.
//
//   session.query(User).filter(a).all()     session.scalars(select(User).where(a)).all()
//              ^^^^^                                 ^^^^^^^^^^^^^^
// The session stays where it stands if the whole chain is one expression without
// parentheses of its own; else `session.scalars(` goes before the chain.
#include "codemod/query_internal.h"
#include "rules/util.h"

typedef struct {
  Q *q;
  QEnd *e;
  uint32_t file;
  const PyTree *t;
  Ref receiver;
  Span outer; // of the receiver
  const QState *s;
  QRoot *root; // at the start of the same chain; NULL: it starts with a name or a call
  bool paren;  // parentheses stand around a part of the chain
  Str indent;  // of the line the chain starts on, where it is laid out anew; else absent
} End;

static bool fail(const End *e, const char *why) {
  return q_fail(e->q, e->file, e->e->at, "%s", why);
}

static void find_root(End *e) {
  e->root = NULL;
  e->paren = false;
  for (Ref r = e->receiver; r;) {
    e->paren |= q_paren(e->q, e->file, r);
    uint32_t node = q_node_find(e->q, NODE_EXPR, (Place){e->file, r});
    if (node != NONE && e->q->nodes.items[node].root != NONE) {
      e->root = &e->q->roots.items[e->q->nodes.items[node].root];
      return;
    }
    r = call_receiver(e->t, r);
  }
}

// ---- text around the receiver

static PyRefs args_of_call(const PyTree *t, Ref call) {
  return py_list(t, PY_AS(Call, t, call)->args);
}

static bool is_inline(const End *e) {
  return e->root && e->root->kind == ROOT_SESSION && !e->paren;
}

// `lead` goes before the receiver.
static void put_before(const End *e, Str lead) {
  if (e->root && py_node(e->t, e->root->call.ref)->start == e->outer.start)
    e->root->lead = lead;
  else
    q_insert(e->q, e->file, e->outer.start, "%.*s", STR_ARG(lead));
}

static Str session_text(const End *e) {
  if (!e->root || e->root->kind == ROOT_MODEL)
    return q_spell_session(e->q, e->file, e->e->at, e->s);
  Ref session = call_receiver(e->t, e->root->call.ref);
  Span span = q_outer(e->q, e->file, session);
  if (q_comment_in(e->q, e->file, span)) {
    fail(e, "a comment stands inside of the session's expression");
    return (Str){0};
  }
  return q_text(e->q, e->file, span);
}

// ---- layout: a chain of several lines goes one level deeper
//
//   (                                    (
//       session.query(User)                  session.scalars(
//       .filter(...)                             select(User)
//       .first()                                 .where(...)
//                                                .limit(1)
//                                            ).first()

enum {
  INDENT = 4
};

// The steps that are written without touching the ends of lines.
static bool keeps_lines(const End *e) {
  for (Ref r = e->receiver; r != e->root->call.ref; r = call_receiver(e->t, r)) {
    const StepRow *row = q_step_row(q_name(e->q, call_method(e->t, r)));
    PyRefs args = args_of_call(e->t, r);
    bool plain =
        row && (row->form == STEP_RENAME || row->form == STEP_ORDER_BY ||
                row->form == STEP_FILTER_BY ||
                ((row->form == STEP_JOIN || row->form == STEP_OPTIONS) && args.len < 2));
    if (!plain)
      return false;
  }
  return true;
}

static void plan_layout(End *e) {
  if (!is_inline(e) || e->receiver == e->root->call.ref || !keeps_lines(e))
    return;
  Str text = e->q->project->files[e->file]->source.text;
  uint32_t start = py_node(e->t, e->root->call.ref)->start;
  uint32_t root_end = py_node(e->t, e->root->call.ref)->end, line = start;
  Str chain = str_slice(text, start, e->outer.end);
  while (line && (text.ptr[line - 1] == ' ' || text.ptr[line - 1] == '\t'))
    line--;
  bool starts_line = line == 0 || text.ptr[line - 1] == '\n';
  bool odd = str_find_char(chain, '\\', 0) != SIZE_MAX ||
             str_find(chain, STR("\"\"\""), 0) != SIZE_MAX ||
             str_find(chain, STR("'''"), 0) != SIZE_MAX ||
             str_find_char(str_slice(text, start, root_end), '\n', 0) != SIZE_MAX;
  if (starts_line && !odd && str_find_char(chain, '\n', 0) != SIZE_MAX)
    e->indent = str_slice(text, line, start);
}

static Str line_break(const End *e, int deeper) {
  return str_format(e->q->arena, "%.*s%.*s%*s",
                    STR_ARG(rule_newline(codemod_in(e->q->cx, e->file))),
                    STR_ARG(e->indent), deeper, "");
}

static void indent_lines(const End *e) {
  Str text = e->q->project->files[e->file]->source.text;
  for (uint32_t i = py_node(e->t, e->root->call.ref)->end; i < e->outer.end; i++) {
    bool blank = i + 1 < text.len && (text.ptr[i + 1] == '\n' || text.ptr[i + 1] == '\r');
    if (text.ptr[i] == '\n' && !blank)
      q_insert(e->q, e->file, i + 1, "%*s", INDENT, "");
  }
}

// Puts `session.<open>` before the receiver.
static bool execute(const End *e, const char *open) {
  if (is_inline(e)) {
    e->root->inlined = true;
    e->root->head = str_from(open);
    if (e->indent.ptr) {
      Str deeper = line_break(e, INDENT);
      e->root->head = str_format(e->q->arena, "%s%.*s", open, STR_ARG(deeper));
      indent_lines(e);
    }
    return true;
  }
  Str session = session_text(e);
  if (!session.ptr)
    return false;
  if (e->root)
    e->root->inlined = true; // it is evaluated as before, at another place of the text
  put_before(e, str_format(e->q->arena, "%.*s.%s", STR_ARG(session), open));
  return true;
}

// Ends the select with `last` ("" or ".limit(1)") and what executes it; `after` stands
// behind that.
static bool close_with(const End *e, const char *last, const char *after) {
  if (!e->indent.ptr) {
    q_insert(e->q, e->file, e->outer.end, "%s)%s", last, after);
    return true;
  }
  Span gap = {e->outer.end, q_dot(e->q, e->file, PY_AS(Call, e->t, e->e->at)->func)};
  if (q_comment_in(e->q, e->file, gap))
    gap.end = gap.start;
  Str own = *last ? line_break(e, INDENT) : STR(""), end = line_break(e, 0);
  q_replace(e->q, e->file, gap, "%.*s%s%.*s)%s", STR_ARG(own), last, STR_ARG(end), after);
  return true;
}

static const PyAttribute *method_of(const End *e) {
  return PY_AS(Attribute, e->t, PY_AS(Call, e->t, e->e->at)->func);
}

static void rename_method(const End *e, const char *name) {
  const PyAttribute *a = method_of(e);
  q_replace(e->q, e->file, (Span){a->attr_at, a->node.end}, "%s", name);
}

static PyRefs args_of(const End *e) {
  return args_of_call(e->t, e->e->at);
}

static bool without_arguments(const End *e) {
  return !args_of(e).len || fail(e, "it has arguments that are not known");
}

// What is left of `.count()` is `text`; a comment before the dot stays.
static bool replace_method(const End *e, const char *text) {
  uint32_t end = py_node(e->t, e->e->at)->end;
  uint32_t dot = q_dot(e->q, e->file, PY_AS(Call, e->t, e->e->at)->func);
  Span span = {e->outer.end, end};
  if (q_comment_in(e->q, e->file, (Span){e->outer.end, dot}))
    span.start = dot;
  if (q_comment_in(e->q, e->file, (Span){dot, end}))
    return fail(e, "a comment stands inside of the call");
  q_replace(e->q, e->file, span, "%s", text);
  return true;
}

// ---- what comes back

static bool is_unique_needed(const QState *s) {
  uint32_t may = s->may;
  if (!(s->items & ITEMS_ENTITY))
    return false;
  return may & (SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN | SHAPE_SELECT_FROM |
                SHAPE_FROM_STATEMENT | SHAPE_COMPOUND) ||
         (may & SHAPE_JOINED && !s->one_to_one) || s->other_from ||
         s->yields == YIELD_SEVERAL;
}

// A Query drops repeated rows of entities, but for yield_per().
static bool unique_text(const End *e, const char **text) {
  *text = "";
  if (e->s->may & SHAPE_YIELD_PER)
    return e->s->must & SHAPE_YIELD_PER ||
           fail(e, "yield_per() is set on some ways only");
  if (is_unique_needed(e->s))
    *text = ".unique()";
  return true;
}

static bool reads_names(const End *e) {
  static const char *const names[] = {"_asdict", "_fields", "_mapping", "_keymap"};
  InternCache *cache = resolver_names(e->q->cx->resolver);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (q_file_names(e->q, e->file, intern(cache, str_from(names[i]))))
      return true;
  return false;
}

// The rows are taken apart where they come out: for a, b in ...
static bool is_unpacked(const End *e) {
  Ref at = e->e->at, p = q_parent(e->q, e->file, at);
  if (e->e->kind == END_ITERATE && py_kind(e->t, p) == PY_STARRED)
    return false;
  PyKind target = PY_NONE;
  if (py_kind(e->t, p) == PY_FOR && PY_AS(For, e->t, p)->iter == at)
    target = py_kind(e->t, PY_AS(For, e->t, p)->target);
  else if (py_kind(e->t, p) == PY_COMPREHENSION &&
           PY_AS(Comprehension, e->t, p)->iter == at)
    target = py_kind(e->t, PY_AS(Comprehension, e->t, p)->target);
  else if (py_kind(e->t, p) == PY_ASSIGN)
    target = py_kind(e->t, py_list(e->t, PY_AS(Assign, e->t, p)->targets).at[0]);
  return target == PY_TUPLE || target == PY_LIST;
}

// Rows of a Query and of a select name their fields alike but for these.
static bool rows_are_alike(const End *e) {
  if (e->s->items & ITEMS_DOUBLE && !is_unpacked(e))
    return fail(e, "two columns of one name may be selected: in a row of a Query the "
                   "name means the last, in one of a select the first");
  if (e->s->items & ITEMS_UNNAMED && reads_names(e))
    return fail(e, "an expression without a label is selected, and the names of rows are "
                   "read in this file");
  return true;
}

// scalars() for one entity, execute() for rows.
static bool executor(const End *e, const char **open) {
  switch (e->s->yields) {
  case YIELD_ENTITY:
    *open = "scalars(";
    return true;
  case YIELD_COLUMN:
  case YIELD_SEVERAL:
    *open = "execute(";
    return rows_are_alike(e);
  default:
    return fail(e, "it is not known whether the query selects a mapped class or columns");
  }
}

// ---- ends

static bool end_rows(End *e) { // all(), one(), one_or_none()
  const char *open, *unique;
  plan_layout(e);
  return without_arguments(e) && executor(e, &open) && unique_text(e, &unique) &&
         execute(e, open) && close_with(e, "", unique);
}

// Where from_statement() was called for certain, nothing is added to the statement.
static bool limit_one(const End *e, const char **text) {
  bool statement = (e->s->may & SHAPE_FROM_STATEMENT) != 0;
  *text = statement ? "" : ".limit(1)";
  return !statement || e->s->must & SHAPE_FROM_STATEMENT ||
         fail(e, "from_statement() is called on some ways only");
}

static bool end_first(End *e) {
  const char *open, *limit;
  plan_layout(e);
  if (!without_arguments(e) || !executor(e, &open) || !limit_one(e, &limit) ||
      !execute(e, open))
    return false;
  e->e->change =
      *limit ? STR("`first()` of a Query adds LIMIT 1: it is written out") : STR("");
  return close_with(e, limit, "");
}

static bool end_scalar(End *e) {
  const char *unique;
  if (!without_arguments(e) || !unique_text(e, &unique))
    return false;
  bool one_row = e->s->items & ITEMS_ONE_ROW && !(e->s->may & SHAPE_GROUPED);
  if (one_row)
    return execute(e, "scalar(") && replace_method(e, ")");
  if (*unique && e->s->items & ITEMS_OPEN)
    return fail(e, "it is not known whether the query selects a mapped class or columns");
  plan_layout(e);
  if (!execute(e, "execute("))
    return false;
  e->e->change = STR("`scalar()` of a Query raises on several rows");
  rename_method(e, "scalar_one_or_none");
  return close_with(e, "", unique);
}

static bool plain_steps(const End *e) { // only criteria between root and count()
  for (Ref r = e->receiver; r != e->root->call.ref; r = call_receiver(e->t, r)) {
    Str name = q_name(e->q, call_method(e->t, r));
    if (!str_is(name, "filter") && !str_is(name, "where") && !str_is(name, "filter_by"))
      return false;
  }
  return true;
}

static bool end_count(const End *e) {
  Q *q = e->q;
  if (!without_arguments(e))
    return false;
  if (e->s->may & SHAPE_FROM_STATEMENT)
    return fail(e, "count() comes after from_statement()");
  Str func = q_require(q, e->file, e->e->at, "sqlalchemy", "func");
  Str select = q_require(q, e->file, e->e->at, "sqlalchemy", "select");
  if (!func.ptr || !select.ptr)
    return false;
  Str open = str_format(q->arena, "scalar(%.*s(%.*s.count()).select_from(",
                        STR_ARG(select), STR_ARG(func));
  bool is_simple_count = is_inline(e) && e->s->yields == YIELD_ENTITY && plain_steps(e);
  if (is_simple_count) {
    e->root->function = str_format(q->arena, "%.*s(%.*s.count()).select_from",
                                   STR_ARG(select), STR_ARG(func));
    return execute(e, "scalar(") && replace_method(e, ")");
  }
  return execute(e, open.ptr) && replace_method(e, ".subquery()))");
}

static bool end_exists(const End *e) {
  if (e->s->may & SHAPE_FROM_STATEMENT)
    return fail(e, "exists() comes after from_statement()");
  if (e->s->several_from)
    return fail(e, "exists() of a Query keeps the first table only");
  if (!(e->s->items & ITEMS_AGGREGATE) || e->s->must & SHAPE_GROUPED)
    return without_arguments(e);
  Str literal = q_require(e->q, e->file, e->e->at, "sqlalchemy", "literal_column");
  if (!literal.ptr)
    return false;
  q_insert(e->q, e->file, e->outer.end,
           ".with_only_columns(%.*s(\"1\"), maintain_column_froms=True)",
           STR_ARG(literal));
  return without_arguments(e);
}

static bool end_part(const End *e) {
  if (e->e->kind == END_AS_SCALAR)
    rename_method(e, "scalar_subquery");
  return true;
}

static bool end_subquery(const End *e) {
  PyRefs args = args_of(e);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(e->t, args.at[i]) != PY_KEYWORD)
      continue;
    Str name = q_name(e->q, PY_AS(Keyword, e->t, args.at[i])->arg);
    if (!str_is(name, "name"))
      return fail(e, "an argument of subquery() that a select does not have");
  }
  return args.len < 2 || fail(e, "arguments of subquery() that a select does not have");
}

static bool end_statement(const End *e) {
  if (e->s->items & ITEMS_DOUBLE)
    return rows_are_alike(e);
  Span span = {e->outer.end, py_node(e->t, e->e->at)->end};
  return q_delete(e->q, e->file, span) || fail(e, "a comment stands before `.statement`");
}

static bool end_session(const End *e) {
  bool direct = e->root && e->root->kind == ROOT_MODEL && !e->paren &&
                e->receiver == e->root->call.ref;
  if (!direct && (e->root || py_kind(e->t, e->receiver) != PY_NAME))
    return fail(e, "`.session` is read off an expression");
  Str session = q_spell_session(e->q, e->file, e->e->at, e->s);
  if (!session.ptr)
    return false;
  Span span = py_span(e->t, e->e->at);
  if (q_comment_in(e->q, e->file, span))
    return fail(e, "a comment stands before `.session`");
  q_replace(e->q, e->file, span, "%.*s", STR_ARG(session));
  if (direct)
    e->root->handled = true;
  return true;
}

// A generator expression asks its first iterable at once, a Query only when it is read.
static bool runs_later(const End *e) {
  Ref p = q_parent(e->q, e->file, e->e->at);
  if (py_kind(e->t, p) == PY_CALL) {
    Str name = py_text(e->t, PY_AS(Call, e->t, p)->func);
    static const char *const lazy[] = {"iter", "map", "filter", "zip", "enumerate"};
    bool is_lazy = false;
    for (size_t i = 0; i < ARRAY_LEN(lazy); i++)
      is_lazy |= str_is(name, lazy[i]);
    PyKind around = py_kind(e->t, q_parent(e->q, e->file, p));
    return is_lazy && around != PY_FOR && around != PY_CALL && around != PY_STARRED &&
           around != PY_COMPREHENSION;
  }
  if (py_kind(e->t, p) != PY_COMPREHENSION)
    return false;
  Ref generator = q_parent(e->q, e->file, p);
  if (py_kind(e->t, generator) != PY_GENERATOR_EXP ||
      py_list(e->t, PY_AS(GeneratorExp, e->t, generator)->generators).at[0] != p)
    return false;
  return py_kind(e->t, q_parent(e->q, e->file, generator)) != PY_CALL;
}

static bool end_iterate(const End *e) {
  const char *open, *unique;
  if (runs_later(e))
    return fail(e, "the query runs when the iterator is read, a select would at once");
  return executor(e, &open) && unique_text(e, &unique) && execute(e, open) &&
         close_with(e, "", unique);
}

// A number that is written out and not negative; absent bounds are fine.
static bool literal_bound(const End *e, Ref r, long *value) {
  if (!r)
    return true;
  if (py_kind(e->t, r) != PY_NUM || py_node(e->t, r)->aux != PY_NUM_INT)
    return false;
  Str text = py_text(e->t, r);
  *value = 0;
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9' || *value > 100000000)
      return false;
    *value = *value * 10 + (text.ptr[i] - '0');
  }
  return true;
}

static bool end_index(const End *e) {
  const char *open, *unique;
  Ref slice = PY_AS(Subscript, e->t, e->e->at)->slice;
  bool is_slice = py_kind(e->t, slice) == PY_SLICE;
  const PySlice *n = is_slice ? PY_AS(Slice, e->t, slice) : NULL;
  long from = 0, to = -1;
  bool known = is_slice ? !n->step && literal_bound(e, n->lower, &from) &&
                              literal_bound(e, n->upper, &to) && (to < 0 || to > from)
                        : literal_bound(e, slice, &from);
  if (!known)
    return fail(e, "the bounds are not numbers, or not in order: a Query checks them");
  if (!executor(e, &open) || !unique_text(e, &unique) || !execute(e, open))
    return false;
  Span span = {e->outer.end, py_node(e->t, e->e->at)->end};
  if (q_comment_in(e->q, e->file, span))
    return fail(e, "a comment stands before the brackets");
  if (!is_slice)
    q_replace(e->q, e->file, span, ".slice(%ld, %ld))%s.all()[0]", from, from + 1,
              unique);
  else if (to < 0)
    q_replace(e->q, e->file, span, ".slice(%ld, None))%s.all()", from, unique);
  else
    q_replace(e->q, e->file, span, ".slice(%ld, %ld))%s.all()", from, to, unique);
  return true;
}

static bool end_value(const End *e) {
  PyRefs args = args_of(e);
  if (args.len != 1 || q_item(e->q, e->file, args.at[0]).yields != YIELD_COLUMN)
    return fail(e, "value() is not asked for one column");
  if (e->s->items & ITEMS_OPTIONS)
    return fail(e, "loader options may not fit together where no class is selected");
  if (!execute(e, "scalar("))
    return false;
  rename_method(e, "with_only_columns");
  q_insert(e->q, e->file, py_node(e->t, e->e->at)->end, ")");
  return true;
}

// ---- get()

static bool only_options(const QState *s) {
  const uint32_t allowed = SHAPE_EAGER_COLLECTION | SHAPE_EAGER_UNKNOWN;
  return !(s->may & ~allowed);
}

// Steps between the root and get() that Session.get() has arguments for.
static bool get_arguments(const End *e, Buf *out) {
  Q *q = e->q;
  for (Ref r = e->receiver; r != e->root->call.ref; r = call_receiver(e->t, r)) {
    Str name = q_name(q, call_method(e->t, r));
    Span inside = call_arguments_span(codemod_in(q->cx, e->file), r);
    Str text = q_text(q, e->file, inside);
    if (q_comment_in(q, e->file, inside) || str_find_char(text, '\n', 0) != SIZE_MAX)
      return fail(e, "a call before get() stands on several lines");
    if (str_is(name, "options"))
      buf_printf(out, ", options=[%.*s]", STR_ARG(text));
    else if (str_is(name, "populate_existing") && !text.len)
      buf_add_text(out, ", populate_existing=True");
    else if (str_is(name, "with_for_update"))
      buf_printf(out,
                 text.len ? ", with_for_update=dict(%.*s)" : ", with_for_update=True%.*s",
                 STR_ARG(text));
    else
      return fail(e, "get() of a Query raises after a criterion");
    for (size_t i = 0; i < q->steps.len; i++)
      if (q->steps.items[i].call == r &&
          q->nodes.items[q->steps.items[i].node].at.file == e->file)
        q->steps.items[i].handled = true;
  }
  return true;
}

static bool get_by(const End *e, Str lead, bool inline_session) {
  Q *q = e->q;
  PyRefs args = args_of(e);
  uint32_t open = PY_AS(Call, e->t, e->e->at)->open + 1;
  uint32_t end = py_node(e->t, e->e->at)->end;
  Buf more = {0};
  bool good = true;
  Span between;
  if (!args.len)
    return fail(e, "get() has no argument");
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
      good =
          good && (!q_comment_in(q, e->file, head) || fail(e, "a comment stands in it"));
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
    good = fail(e, "a comment stands before get()");
  if (more.len)
    q_insert(q, e->file, q_outer(q, e->file, args.at[args.len - 1]).end, "%.*s",
             STR_ARG(buf_str(&more)));
  (void)end;
  buf_free(&more);
  return good;
}

static bool end_get(const End *e) {
  PyRefs args = args_of(e);
  if (args.len != 1 || py_kind(e->t, args.at[0]) == PY_STARRED)
    return fail(e, "get() takes the primary key alone");
  if (e->s->yields == YIELD_COLUMN || e->s->yields == YIELD_SEVERAL)
    return fail(e, "get() needs a query of one mapped class");
  if (e->paren || (!e->root && !only_options(e->s)))
    return fail(e, "options of the query cannot be moved into get()");
  if (is_inline(e) && py_list(e->t, PY_AS(Call, e->t, e->root->call.ref)->args).len != 1)
    return fail(e, "get() needs a query of one mapped class");
  if (is_inline(e))
    return get_by(e, STR(""), true);
  Str session = session_text(e);
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
  PyRefs args = args_of(e);
  for (uint32_t i = from; i < args.len; i++) {
    PyKind kind = py_kind(e->t, args.at[i]);
    if (kind == PY_STARRED)
      return fail(e, "its arguments are not written out");
    if (kind == PY_KEYWORD)
      continue;
    if (i - from >= count)
      return fail(e, "it has more arguments than are known");
    q_insert(e->q, e->file, q_outer(e->q, e->file, args.at[i]).start,
             "%s=", names[i - from]);
  }
  return true;
}

static bool end_get_or_404(const End *e) {
  static const char *const names[] = {"description"};
  Str lead;
  if (e->s->yields == YIELD_COLUMN || e->s->yields == YIELD_SEVERAL || e->paren ||
      (e->root && e->receiver != e->root->call.ref) || (!e->root && !only_options(e->s)))
    return fail(e, "get_or_404() needs a query of one mapped class and nothing else");
  return flask_lead(e, "get_or_404", &lead) && name_arguments(e, names, 1, 1) &&
         get_by(e, lead, false);
}

// `.first_or_404(` becomes `, ` or nothing: the statement is the first argument.
static bool into_arguments(const End *e, const char *before) {
  uint32_t end = py_node(e->t, e->e->at)->end;
  Span span = {e->outer.end, PY_AS(Call, e->t, e->e->at)->open + 1};
  bool any = args_of(e).len > 0;
  if (!any)
    span.end = end - 1;
  if (q_comment_in(e->q, e->file, span))
    return fail(e, "a comment stands before it");
  q_replace(e->q, e->file, span, "%s%s", before, any ? ", " : "");
  return true;
}

static bool end_flask(const End *e, const char *method) {
  static const char *const pages[] = {"page", "per_page", "error_out", "max_per_page"};
  static const char *const other[] = {"description"};
  bool paginates = e->e->kind == END_PAGINATE;
  Str lead;
  if (e->s->yields != YIELD_ENTITY)
    return fail(e, "the extension gives the first column of each row only");
  if (e->e->kind == END_ONE_OR_404 && is_unique_needed(e->s))
    return fail(e, "one_or_404() of the extension cannot drop repeated rows");
  if (!flask_lead(e, method, &lead) ||
      !name_arguments(e, paginates ? pages : other, paginates ? 4 : 1, 0))
    return false;
  if (e->root)
    e->root->inlined = true;
  put_before(e, lead);
  const char *limit = "";
  if (e->e->kind == END_FIRST_OR_404 && !limit_one(e, &limit))
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
    return fail(e, "something besides criteria was asked of the query");
  if (e->s->yields == YIELD_COLUMN || e->s->yields == YIELD_SEVERAL)
    return fail(e, "a bulk change needs a query of one mapped class");
  return true;
}

// The receiver calls a function that does nothing but return.
static bool only_returns(const End *e) {
  if (py_kind(e->t, e->receiver) != PY_CALL || args_of_call(e->t, e->receiver).len)
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
      return fail(e, "a bulk change needs a query of one mapped class");
    e->root->function = function;
    return execute(e, "execute(");
  }
  bool all = !(e->s->may & SHAPE_FILTERED);
  if (!all && !(e->s->must & SHAPE_FILTERED))
    return fail(e, "on some ways the query has no criterion");
  if (e->s->may & SHAPE_EXECUTION_OPTIONS)
    return fail(e, "something besides criteria was asked of the query");
  Str entity = q_spell_entity(q, e->file, e->e->at, e->s);
  Str session = entity.ptr ? session_text(e) : (Str){0};
  if (!session.ptr)
    return false;
  if (e->root)
    return fail(e, "the chain stands in parentheses");
  if (all && py_kind(e->t, e->receiver) != PY_NAME && !only_returns(e))
    return fail(e, "the call that makes the query would no longer run");
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
  PyRefs args = args_of(e);
  *a = (BulkArgs){0};
  for (uint32_t i = 0; i < args.len; i++) {
    Ref arg = args.at[i], value = arg;
    Str name = STR("");
    if (py_kind(e->t, arg) == PY_STARRED)
      return fail(e, "its arguments are not written out");
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
      return fail(e, "an argument that has no simple form for a statement");
    }
  }
  return !has_values || a->values || fail(e, "the values are not written out");
}

static Str bulk_tail(const End *e, const BulkArgs *a) {
  const char *count = is_used(e) ? ".rowcount" : "";
  if (!a->session_mode.ptr)
    return str_format(e->q->arena, ")%s", count);
  return str_format(e->q->arena, ".execution_options(synchronize_session=%.*s))%s",
                    STR_ARG(a->session_mode), count);
}

static bool end_update(const End *e) {
  Q *q = e->q;
  BulkArgs a;
  if (!is_bulk_possible(e) || !read_bulk(e, &a, true) || !bulk_statement(e, "update"))
    return false;
  rename_method(e, "values");
  if (py_kind(e->t, a.values) == PY_KEYWORD) {
    Span head = {py_node(e->t, a.values)->start,
                 q_outer(q, e->file, PY_AS(Keyword, e->t, a.values)->value).start};
    if (!q_delete(q, e->file, head))
      return fail(e, "a comment stands before the values");
  }
  if (a.synchronize)
    fix_delete_argument(codemod_in(q->cx, e->file), e->e->at, a.synchronize);
  Str tail = bulk_tail(e, &a);
  q_insert(q, e->file, py_node(e->t, e->e->at)->end, "%.*s", STR_ARG(tail));
  return true;
}

static bool end_delete(const End *e) {
  BulkArgs a;
  if (!is_bulk_possible(e) || !read_bulk(e, &a, false) || !bulk_statement(e, "delete"))
    return false;
  return replace_method(e, bulk_tail(e, &a).ptr);
}

// ----

static bool write_end(End *e) {
  switch (e->e->kind) {
  case END_ALL:
  case END_ONE:
  case END_ONE_OR_NONE:
    return end_rows(e);
  case END_FIRST:
    return end_first(e);
  case END_SCALAR:
    return end_scalar(e);
  case END_COUNT:
    return end_count(e);
  case END_EXECUTE:
    return rows_are_alike(e);
  case END_EXISTS:
    return end_exists(e);
  case END_AS_SCALAR:
  case END_PART:
    return end_part(e);
  case END_SUBQUERY:
    return end_subquery(e);
  case END_STATEMENT:
    return end_statement(e);
  case END_SESSION:
    return end_session(e);
  case END_ITERATE:
    return end_iterate(e);
  case END_INDEX:
    return end_index(e);
  case END_VALUE:
    return end_value(e);
  case END_GET:
    return end_get(e);
  case END_GET_OR_404:
    return end_get_or_404(e);
  case END_FIRST_OR_404:
    return end_flask(e, "first_or_404");
  case END_ONE_OR_404:
    return end_flask(e, "one_or_404");
  case END_PAGINATE:
    return end_flask(e, "paginate");
  case END_UPDATE:
    return end_update(e);
  case END_DELETE:
    return end_delete(e);
  }
  return false;
}

bool q_write_end(Q *q, QEnd *end) {
  const QNode *n = &q->nodes.items[end->node];
  End e = {.q = q,
           .e = end,
           .file = n->at.file,
           .t = q_tree(q, n->at.file),
           .receiver = n->at.ref,
           .outer = q_outer(q, n->at.file, n->at.ref),
           .s = &n->state};
  find_root(&e);
  return write_end(&e);
}

// ---- roots

static bool write_session_root(Q *q, QRoot *r) {
  uint32_t file = r->call.file;
  const PyTree *t = q_tree(q, file);
  PyRefs args = py_list(t, PY_AS(Call, t, r->call.ref)->args);
  const PyAttribute *a = PY_AS(Attribute, t, PY_AS(Call, t, r->call.ref)->func);
  for (uint32_t i = 0; i < args.len; i++)
    if (py_kind(t, args.at[i]) == PY_KEYWORD || py_kind(t, args.at[i]) == PY_LIST)
      return q_fail(q, file, r->call.ref, "what the query selects is not written out");
  if (r->head.len) {
    q_replace(q, file, (Span){a->attr_at, a->node.end}, "%.*s%.*s", STR_ARG(r->head),
              STR_ARG(r->function));
    return true;
  }
  bool named = q->nodes.items[r->node].state.session.kind != SESSION_UNKNOWN;
  if (!named && !r->inlined)
    return q_fail(q, file, r->call.ref,
                  "the session is made by a call that would no longer run");
  Span span = {py_node(t, r->call.ref)->start, a->node.end};
  if (q_comment_in(q, file, span))
    return q_fail(q, file, r->call.ref,
                  "a comment stands inside of the session's expression");
  q_replace(q, file, span, "%.*s%.*s", STR_ARG(r->lead), STR_ARG(r->function));
  return true;
}

bool q_write_root(Q *q, QRoot *r) {
  uint32_t file = r->call.file;
  if (r->handled)
    return true;
  if (!r->function.ptr)
    r->function = q_require(q, file, r->call.ref, "sqlalchemy", "select");
  if (!r->function.ptr)
    return false;
  if (r->kind == ROOT_SESSION)
    return write_session_root(q, r);
  const PyTree *t = q_tree(q, file);
  Ref cls = PY_AS(Attribute, t, r->call.ref)->value;
  Span span = {q_outer(q, file, cls).end, py_node(t, r->call.ref)->end};
  if (q_comment_in(q, file, span))
    return q_fail(q, file, r->call.ref, "a comment stands before `.query`");
  q_insert(q, file, py_node(t, r->call.ref)->start, "%.*s%.*s(", STR_ARG(r->lead),
           STR_ARG(r->function));
  q_replace(q, file, span, ")");
  return true;
}
