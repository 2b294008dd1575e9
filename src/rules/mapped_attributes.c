// T111, T120, T142, T146: attributes whose annotation and value do not go together.
#include "rules/annotation.h"

// A column that the class statement itself has in this file.
static bool is_own(const RuleCtx *cx, const Model *m, const ModelColumn *c) {
  return !c->inherited && c->column && place_eq(c->declared_in, m->node) &&
         m->node.file == cx->file_id && m->style != BASE_SQLMODEL;
}

static ApiId call_of(RuleCtx *cx, Place node) {
  return node.ref && node.file == cx->file_id && py_kind(cx->tree, node.ref) == PY_CALL
             ? resolve_call_api(cx->resolver, cx->file_id, node.ref)
             : API_NONE;
}

// ---- T111: x: Mapped[str] = Column(String)

static void column_value(RuleCtx *cx, const Model *m, const ModelColumn *mapped) {
  const SqlColumn *c = mapped->column;
  if (c->annotated_optional == UNSET || c->annotation.file != cx->file_id ||
      call_of(cx, c->node) != API_sqlalchemy_Column)
    return;
  Finding *f = rule_report(cx, py_span(cx->tree, c->node.ref),
                           "a Column does not read its annotation; mapped_column() does");
  if (!rule_fix(cx, f, FIX_SAFE, "Use `mapped_column()`"))
    return;
  bool nullable =
      c->nullable_given == UNSET && !c->primary_key && c->annotated_optional == NO;
  if (m->dataclass)
    fix_refuse(cx, "the attribute would become a field of the dataclass");
  else if (!c->type.node.ref && !c->foreign_key_count)
    fix_refuse(cx, "the annotation would decide its SQL type, which it has none of now");
  else if (!c->proven && c->nullable_given == UNSET)
    fix_refuse(cx, "whether it is nullable cannot be told");
  Str name = fix_require_import(cx, c->node.ref, "sqlalchemy.orm", "mapped_column");
  if (!name.ptr)
    return;
  fix_replace(cx, py_span(cx->tree, PY_AS(Call, cx->tree, c->node.ref)->func), name);
  if (nullable)
    fix_append_argument(cx, c->node.ref, STR("nullable=True"));
}

// ---- T142: a name that only type checkers import

typedef struct {
  RuleCtx *cx;
  Ref found;
} Names;

static bool find_typing_name(void *data, Ref r) {
  Names *n = data;
  const PyScopes *s = n->cx->file->scopes;
  uint32_t symbol =
      py_kind(n->cx->tree, r) == PY_NAME ? rule_symbol(n->cx, r) : NO_SYMBOL;
  if (symbol != NO_SYMBOL && s->symbols[symbol].flags & SYMBOL_IMPORTED &&
      !py_scopes_binds_at_run_time(s, symbol))
    n->found = r;
  return !n->found;
}

static void typing_import(RuleCtx *cx, const SqlColumn *c) {
  if (c->annotated_optional == UNSET || c->annotation.file != cx->file_id)
    return;
  Names n = {cx, 0};
  PyVisitor v = {.enter = find_typing_name, .data = &n};
  py_walk(cx->tree, c->annotation.ref, &v);
  if (n.found)
    rule_report(cx, py_span(cx->tree, n.found),
                "`%.*s` is imported for type checkers only, and SQLAlchemy reads the "
                "annotation when the class is made",
                STR_ARG(rule_text(cx, n.found)));
}

// ---- T146: x = mapped_column()

static void missing_type(RuleCtx *cx, const SqlColumn *c) {
  bool none = sql_type_is_null(c->type) || (!c->type.known && !c->type.api);
  if (!none || c->annotation.ref || c->type.node.ref || c->foreign_key_count ||
      call_of(cx, c->node) != API_sqlalchemy_orm_mapped_column ||
      call_has_stars(cx->tree, c->node.ref) ||
      call_positional_count(cx->tree, c->node.ref))
    return;
  rule_report(cx, py_span(cx->tree, c->node.ref),
              "neither an annotation nor an argument gives the column a type");
}

// ---- T120: a list of at most one

static bool is_collection(Str head) {
  static const char *const names[] = {"list",
                                      "set",
                                      "dict",
                                      "typing.List",
                                      "typing.Set",
                                      "typing.Dict",
                                      "typing.Sequence",
                                      "typing.Collection",
                                      "typing.MutableSequence"};
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(head, names[i]))
      return true;
  return false;
}

static void uselist(RuleCtx *cx, const Relationship *r) {
  if (r->inherited || r->from_backref || !r->annotation.ref ||
      r->annotation.file != cx->file_id ||
      (r->uselist_given != YES && r->uselist_given != NO))
    return;
  bool optional = false;
  Ref inner = annotation_mapped(cx, r->annotation.ref);
  inner = inner ? annotation_without_none(cx, inner, &optional) : 0;
  PyKind kind = py_kind(cx->tree, inner);
  bool many = is_collection(annotation_head(cx, inner));
  bool one = kind == PY_STR || kind == PY_NAME || kind == PY_ATTRIBUTE;
  if (many && r->uselist_given == NO)
    rule_report(cx, py_span(cx->tree, r->annotation.ref),
                "uselist=False gives one object or None, not a collection");
  else if (one && !many && r->uselist_given == YES)
    rule_report(cx, py_span(cx->tree, r->annotation.ref),
                "the annotation makes it one object, whatever uselist=True says");
}

// ----

typedef void (*CheckColumn)(RuleCtx *cx, const SqlColumn *c);

static void each_column(RuleCtx *cx, const Model *m, CheckColumn check) {
  for (uint32_t i = 0; i < m->column_count; i++)
    if (is_own(cx, m, &m->columns[i]))
      check(cx, m->columns[i].column);
}

static void check_column_value(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->column_count; i++)
    if (is_own(cx, m, &m->columns[i]))
      column_value(cx, m, &m->columns[i]);
}

static void check_typing_import(RuleCtx *cx, const Model *m) {
  each_column(cx, m, typing_import);
}

static void check_missing_type(RuleCtx *cx, const Model *m) {
  each_column(cx, m, missing_type);
}

static void check_uselist(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++)
    if (place_eq(m->relationships[i].declared_in, m->node))
      uselist(cx, &m->relationships[i]);
}

DEFINE_RULE(mapped_with_column_value, "T111", "mapped-with-column-value", CAT_TYPING,
            SEVERITY_WARNING, "A Mapped[] attribute that is assigned a Column",
            "The column is nullable although the annotation leaves None out: a Column "
            "does not read it",
            .fix = FIX_SAFE, .priority = 1, .check_model = check_column_value);
DEFINE_RULE(
    uselist_annotation_conflict, "T120", "uselist-annotation-conflict", CAT_TYPING,
    SEVERITY_WARNING, "A relationship whose annotation and uselist= say different things",
    "What an instance has is one object, and type checkers believe the annotation",
    .priority = 1, .check_model = check_uselist);
DEFINE_RULE(annotation_typing_only, "T142", "annotation-typing-only", CAT_TYPING,
            SEVERITY_ERROR,
            "The type of a column that is imported under TYPE_CHECKING only",
            "SQLAlchemy resolves the annotation at run time and raises when the class is "
            "made; targets of relationships may be imported that way",
            .priority = 1, .check_model = check_typing_import);
DEFINE_RULE(mapped_column_missing_type, "T146", "mapped-column-missing-type", CAT_TYPING,
            SEVERITY_ERROR, "mapped_column() without a type and without an annotation",
            "SQLAlchemy raises when the class is made", .priority = 1,
            .check_model = check_missing_type);
