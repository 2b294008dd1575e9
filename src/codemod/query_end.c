// query_end.c: all(), first(), iteration ...: what is executed instead, and by whom.
//
//   session.query(User).filter(a).all()     session.scalars(select(User).where(a)).all()
//              ^^^^^                                 ^^^^^^^^^^^^^^
// The session stays where it stands if the whole chain is one expression without
// parentheses of its own; else `session.scalars(` goes before the chain.
#include "codemod/query_end.h"
#include "rules/util.h"

bool end_fail(const End *e, const char *why) {
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

PyRefs end_args_of_call(const PyTree *t, Ref call) {
  return py_list(t, PY_AS(Call, t, call)->args);
}

bool end_is_inline(const End *e) {
  return e->root && e->root->kind == ROOT_SESSION && !e->paren;
}

// `lead` goes before the receiver.
void end_put_before(const End *e, Str lead) {
  if (e->root && py_node(e->t, e->root->call.ref)->start == e->outer.start)
    e->root->lead = lead;
  else
    q_insert(e->q, e->file, e->outer.start, "%.*s", STR_ARG(lead));
}

Str end_session_text(const End *e) {
  if (!e->root || e->root->kind == ROOT_MODEL)
    return q_spell_session(e->q, e->file, e->e->at, e->s);
  Ref session = call_receiver(e->t, e->root->call.ref);
  Span span = q_outer(e->q, e->file, session);
  if (q_comment_in(e->q, e->file, span)) {
    end_fail(e, "a comment stands inside of the session's expression");
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
    PyRefs args = end_args_of_call(e->t, r);
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
  if (!end_is_inline(e) || e->receiver == e->root->call.ref || !keeps_lines(e))
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
bool end_execute(const End *e, const char *open) {
  if (end_is_inline(e)) {
    e->root->inlined = true;
    e->root->head = str_from(open);
    if (e->indent.ptr) {
      Str deeper = line_break(e, INDENT);
      e->root->head = str_format(e->q->arena, "%s%.*s", open, STR_ARG(deeper));
      indent_lines(e);
    }
    return true;
  }
  Str session = end_session_text(e);
  if (!session.ptr)
    return false;
  if (e->root)
    e->root->inlined = true; // it is evaluated as before, at another place of the text
  end_put_before(e, str_format(e->q->arena, "%.*s.%s", STR_ARG(session), open));
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

void end_rename_method(const End *e, const char *name) {
  const PyAttribute *a = method_of(e);
  q_replace(e->q, e->file, (Span){a->attr_at, a->node.end}, "%s", name);
}

PyRefs end_args_of(const End *e) {
  return end_args_of_call(e->t, e->e->at);
}

static bool without_arguments(const End *e) {
  return !end_args_of(e).len || end_fail(e, "it has arguments that are not known");
}

// What is left of `.count()` is `text`; a comment before the dot stays.
bool end_replace_method(const End *e, const char *text) {
  uint32_t end = py_node(e->t, e->e->at)->end;
  uint32_t dot = q_dot(e->q, e->file, PY_AS(Call, e->t, e->e->at)->func);
  Span span = {e->outer.end, end};
  if (q_comment_in(e->q, e->file, (Span){e->outer.end, dot}))
    span.start = dot;
  if (q_comment_in(e->q, e->file, (Span){dot, end}))
    return end_fail(e, "a comment stands inside of the call");
  q_replace(e->q, e->file, span, "%s", text);
  return true;
}

// ---- what comes back

bool end_is_unique_needed(const QState *s) {
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
           end_fail(e, "yield_per() is set on some ways only");
  if (!end_is_unique_needed(e->s))
    return true;
  *text = ".unique()";
  return !e->s->entity_mixed ||
         end_fail(e, "a mapped class is selected on some ways only, and a Query drops "
                     "repeated rows on those");
}

static bool reads_names(const End *e) {
  static const char *const names[] = {"_asdict", "_fields", "_mapping", "_keymap"};
  InternCache *cache = resolver_names(e->q->cx->resolver);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (q_file_names(e->q, e->file, intern(cache, str_from(names[i]))))
      return true;
  return false;
}

// Rows of a Query and of a select name their fields alike but for these.
static bool rows_are_alike(const End *e) {
  if (!(e->s->items & (ITEMS_DOUBLE | ITEMS_UNNAMED)) || end_reads_by_position(e))
    return true;
  if (e->s->items & ITEMS_DOUBLE)
    return end_fail(e, "two columns of one name may be selected: in a row of a Query the "
                       "name means the last, in one of a select the first");
  if (e->s->items & ITEMS_UNNAMED && reads_names(e))
    return end_fail(
        e, "an expression without a label is selected, and the names of rows are "
           "read in this file");
  return true;
}

// scalars() for one entity, end_execute() for rows.
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
    return end_fail(
        e, "it is not known whether the query selects a mapped class or columns");
  }
}

// ---- ends

static bool end_rows(End *e) { // all(), one(), one_or_none()
  const char *open, *unique;
  plan_layout(e);
  return without_arguments(e) && executor(e, &open) && unique_text(e, &unique) &&
         end_execute(e, open) && close_with(e, "", unique);
}

// Where from_statement() was called for certain, nothing is added to the statement.
bool end_limit_one(const End *e, const char **text) {
  bool statement = (e->s->may & SHAPE_FROM_STATEMENT) != 0;
  *text = statement ? "" : ".limit(1)";
  return !statement || e->s->must & SHAPE_FROM_STATEMENT ||
         end_fail(e, "from_statement() is called on some ways only");
}

static bool end_first(End *e) {
  const char *open, *limit;
  plan_layout(e);
  if (!without_arguments(e) || !executor(e, &open) || !end_limit_one(e, &limit) ||
      !end_execute(e, open))
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
    return end_execute(e, "scalar(") && end_replace_method(e, ")");
  if (*unique && e->s->items & ITEMS_OPEN)
    return end_fail(
        e, "it is not known whether the query selects a mapped class or columns");
  plan_layout(e);
  if (!end_execute(e, "execute("))
    return false;
  e->e->change = STR("`scalar()` of a Query raises on several rows");
  end_rename_method(e, "scalar_one_or_none");
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
    return end_fail(e, "count() comes after from_statement()");
  if (e->s->items & ITEMS_DOUBLE && e->s->items & ITEMS_COMPUTED)
    return end_fail(e, "two labels of one name may come together: count() of a Query "
                       "raises then, one of a select does not");
  Str func = q_require(q, e->file, e->e->at, "sqlalchemy", "func");
  Str select = q_require(q, e->file, e->e->at, "sqlalchemy", "select");
  if (!func.ptr || !select.ptr)
    return false;
  Str open = str_format(q->arena, "scalar(%.*s(%.*s.count()).select_from(",
                        STR_ARG(select), STR_ARG(func));
  bool is_simple_count =
      e->root && !e->paren && e->s->yields == YIELD_ENTITY && plain_steps(e);
  if (is_simple_count) {
    e->root->function = str_format(q->arena, "%.*s(%.*s.count()).select_from",
                                   STR_ARG(select), STR_ARG(func));
    return end_execute(e, "scalar(") && end_replace_method(e, ")");
  }
  return end_execute(e, open.ptr) && end_replace_method(e, ".subquery()))");
}

static bool end_exists(const End *e) {
  if (e->s->may & SHAPE_FROM_STATEMENT)
    return end_fail(e, "exists() comes after from_statement()");
  if (e->s->several_from)
    return end_fail(e, "exists() of a Query keeps the first table only");
  if (e->s->may & SHAPE_COMPOUND && e->s->items & (ITEMS_COMPUTED | ITEMS_OPEN))
    return end_fail(e, "exists() of a Query reads the tables of what a set operation "
                       "computes once more");
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
    end_rename_method(e, "scalar_subquery");
  return true;
}

// A Query there names its columns `table_column`: only those with labels are the same.
static bool end_compound(const End *e) {
  bool all =
      e->s->labelled && !(e->s->items & ITEMS_DOUBLE) && !(e->s->may & SHAPE_LABELLED);
  return all ||
         end_fail(e, "its columns have no labels: a Query in a set operation of Core "
                     "names them after their tables");
}

static bool end_subquery(const End *e) {
  PyRefs args = end_args_of(e);
  for (uint32_t i = 0; i < args.len; i++) {
    if (py_kind(e->t, args.at[i]) != PY_KEYWORD)
      continue;
    Str name = q_name(e->q, PY_AS(Keyword, e->t, args.at[i])->arg);
    if (!str_is(name, "name"))
      return end_fail(e, "an argument of subquery() that a select does not have");
  }
  return args.len < 2 ||
         end_fail(e, "arguments of subquery() that a select does not have");
}

static bool end_statement(const End *e) {
  if (e->s->items & ITEMS_DOUBLE)
    return rows_are_alike(e);
  Span span = {e->outer.end, py_node(e->t, e->e->at)->end};
  return q_delete(e->q, e->file, span) ||
         end_fail(e, "a comment stands before `.statement`");
}

static bool end_session(const End *e) {
  bool direct = e->root && e->root->kind == ROOT_MODEL && !e->paren &&
                e->receiver == e->root->call.ref;
  if (!direct && (e->root || py_kind(e->t, e->receiver) != PY_NAME))
    return end_fail(e, "`.session` is read off an expression");
  Str session = q_spell_session(e->q, e->file, e->e->at, e->s);
  if (!session.ptr)
    return false;
  Span span = py_span(e->t, e->e->at);
  if (q_comment_in(e->q, e->file, span))
    return end_fail(e, "a comment stands before `.session`");
  q_replace(e->q, e->file, span, "%.*s", STR_ARG(session));
  if (direct)
    e->root->handled = true;
  return true;
}

// A generator expression asks its first iterable at once, a Query only when it is read.
// zip(x, q): where x is empty, the query does not run at all.
static bool may_not_run(const End *e, Ref call) {
  Str name = py_text(e->t, PY_AS(Call, e->t, call)->func);
  PyRefs args = end_args_of_call(e->t, call);
  uint32_t first = str_is(name, "map") ? 1 : 0;
  return (str_is(name, "zip") || str_is(name, "map")) && args.len > first &&
         args.at[first] != e->e->at;
}

static bool runs_later(const End *e) {
  Ref p = q_parent(e->q, e->file, e->e->at);
  if (py_kind(e->t, p) == PY_CALL) {
    if (may_not_run(e, p))
      return true;
    Ref func = PY_AS(Call, e->t, p)->func;
    Str name = py_text(e->t, func);
    static const char *const lazy[] = {"iter", "map", "filter", "zip", "enumerate"};
    Origin o = resolve_expr(e->q->cx->resolver, e->file, func);
    bool is_lazy = str_starts(q_name(e->q, o.dotted), STR("itertools."));
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

// dict() asks what has keys() for its keys: a result has, a Query has not.
static bool goes_to_dict(const End *e) {
  Ref p = q_parent(e->q, e->file, e->e->at);
  if (py_kind(e->t, p) != PY_CALL)
    return false;
  Origin o = resolve_expr(e->q->cx->resolver, e->file, PY_AS(Call, e->t, p)->func);
  Str name = q_name(e->q, o.dotted);
  return (o.kind == ORIGIN_BUILTIN && str_is(name, "dict")) ||
         str_is(name, "collections.OrderedDict");
}

static bool end_iterate(const End *e) {
  const char *open, *unique;
  if (runs_later(e))
    return end_fail(e,
                    "the query runs when the iterator is read, a select would at once");
  if (!executor(e, &open) || !unique_text(e, &unique) || !end_execute(e, open))
    return false;
  const char *all = goes_to_dict(e) ? ".all()" : "";
  return close_with(e, "", str_format(e->q->arena, "%s%s", unique, all).ptr);
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
    return end_fail(e,
                    "the bounds are not numbers, or not in order: a Query checks them");
  if (!executor(e, &open) || !unique_text(e, &unique) || !end_execute(e, open))
    return false;
  Span span = {e->outer.end, py_node(e->t, e->e->at)->end};
  if (q_comment_in(e->q, e->file, span))
    return end_fail(e, "a comment stands before the brackets");
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
  PyRefs args = end_args_of(e);
  if (args.len != 1 || q_item(e->q, e->file, args.at[0]).yields != YIELD_COLUMN)
    return end_fail(e, "value() is not asked for one column");
  if (e->s->items & ITEMS_OPTIONS)
    return end_fail(e, "loader options may not fit together where no class is selected");
  if (!end_execute(e, "scalar("))
    return false;
  end_rename_method(e, "with_only_columns");
  q_insert(e->q, e->file, py_node(e->t, e->e->at)->end, ")");
  return true;
}

// ----

// in_(q.subquery()): its column needs no name.
static bool is_in_list(const End *e) {
  Ref call = q_parent(e->q, e->file, e->e->at);
  Str method =
      py_kind(e->t, call) == PY_CALL ? q_name(e->q, call_method(e->t, call)) : STR("");
  return str_is(method, "in_") || str_is(method, "notin_") || str_is(method, "not_in");
}

// Places where the names of columns count, which a set operation of a Query changes where
// they have no labels, or where a Query means the result of one.
static bool fits_set(const End *e) {
  switch (e->e->kind) {
  case END_GET:
  case END_GET_OR_404:
  case END_VALUE:
    return false;
  case END_PART:
    if (py_kind(e->t, e->e->at) != PY_CALL ||
        !str_is(q_name(e->q, call_method(e->t, e->e->at)), "cte"))
      return true;
    break;
  case END_SUBQUERY:
    if (is_in_list(e))
      return true;
    break;
  case END_COMPOUND:
  case END_EXECUTE:
  case END_STATEMENT:
    break;
  default:
    return true;
  }
  return e->s->labelled && !(e->s->items & ITEMS_DOUBLE);
}

static bool write_end(End *e) {
  if (e->s->may & SHAPE_COMPOUND && !fits_set(e))
    return end_fail(e, "the names of columns after a set operation are not the same");
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
  case END_OPERAND:
    return true;
  case END_COMPOUND:
    return end_compound(e);
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
    return q_end_get(e);
  case END_GET_OR_404:
    return q_end_get_or_404(e);
  case END_FIRST_OR_404:
    return q_end_flask(e, "first_or_404");
  case END_ONE_OR_404:
    return q_end_flask(e, "one_or_404");
  case END_PAGINATE:
    return q_end_flask(e, "paginate");
  case END_TRUTH:
    return q_end_truth(e);
  case END_UPDATE:
    return q_end_update(e);
  case END_DELETE:
    return q_end_delete(e);
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
    q_replace(q, file, (Span){a->attr_at, a->node.end}, "%.*s%.*s%.*s", STR_ARG(r->head),
              STR_ARG(r->wrap), STR_ARG(r->function));
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
  q_replace(q, file, span, "%.*s%.*s%.*s", STR_ARG(r->lead), STR_ARG(r->wrap),
            STR_ARG(r->function));
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
  q_insert(q, file, py_node(t, r->call.ref)->start, "%.*s%.*s%.*s(", STR_ARG(r->lead),
           STR_ARG(r->wrap), STR_ARG(r->function));
  q_replace(q, file, span, ")");
  return true;
}
