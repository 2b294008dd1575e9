// T121, T122, T126, T127, D128, D149: what a relationship says of itself and of its other
// side.
#include "rules/annotation.h"
#include "rules/table_keys.h"

// A relationship that the class statement of this file declares, fully understood.
static bool is_declared_here(RuleCtx *cx, const Model *m, const Relationship *r) {
  return !r->inherited && !r->from_backref && r->proven && r->node.ref &&
         r->node.file == cx->file_id && place_eq(r->declared_in, m->node);
}

static Str text_of(const RuleCtx *cx, Atom name) {
  return atom_str(cx->project->names, name);
}

// ---- T121, T122: the annotation and the direction

static bool is_collection_name(Str name) {
  static const char *const names[] = {"list", "List",     "set",      "Set",
                                      "dict", "Sequence", "Iterable", "Collection"};
  size_t dot = str_rfind_char(name, '.');
  name = dot == SIZE_MAX ? name : str_slice(name, dot + 1, name.len);
  for (size_t i = 0; i < ARRAY_LEN(names); i++)
    if (str_is(name, names[i]))
      return true;
  return str_is(name, "Dict") || str_is(name, "MutableSequence");
}

typedef enum {
  SAYS_NOTHING,
  SAYS_ONE,
  SAYS_MANY
} Says;

// What `Mapped[...]` says of the number of objects.
static Says annotation_says(RuleCtx *cx, const Relationship *r) {
  bool optional;
  Ref inner = r->annotation.ref && r->annotation.file == cx->file_id
                  ? annotation_mapped(cx, r->annotation.ref)
                  : 0;
  inner = inner ? annotation_without_none(cx, inner, &optional) : 0;
  Str text = string_value(cx, inner);
  if (text.ptr) {
    size_t open = str_find_char(text, '[', 0);
    if (open == SIZE_MAX)
      return str_find_char(text, '|', 0) == SIZE_MAX ? SAYS_ONE : SAYS_NOTHING;
    return is_collection_name(str_trim(str_slice(text, 0, open))) ? SAYS_MANY
                                                                  : SAYS_NOTHING;
  }
  switch (py_kind(cx->tree, inner)) {
  case PY_NAME:
  case PY_ATTRIBUTE:
    return SAYS_ONE;
  case PY_SUBSCRIPT:
    return is_collection_name(annotation_head(cx, inner)) ? SAYS_MANY : SAYS_NOTHING;
  default:
    return SAYS_NOTHING;
  }
}

static bool is_unique_alone(const SqlTable *t, const SqlColumn *c) {
  uint32_t keys = 0;
  for (uint32_t i = 0; i < t->column_count; i++)
    keys += t->columns[i]->primary_key;
  if (c->unique || (c->primary_key && keys == 1))
    return true;
  for (uint32_t i = 0; i < t->constraint_count; i++) {
    const SqlConstraint *k = &t->constraints[i];
    bool unique = k->kind == CONSTRAINT_UNIQUE || k->kind == CONSTRAINT_PRIMARY_KEY ||
                  (k->kind == CONSTRAINT_INDEX && k->unique);
    // A unique key over several columns may hold only while others are constant.
    if (unique && k->column_count && k->columns[0].ptr)
      return true;
  }
  return false;
}

// True where one row of `to` may be referred to by several rows of `from`.
static bool may_be_several(const SqlTable *from, const SqlTable *to) {
  bool found = false;
  if (!from->complete || !to->complete || has_unknown_key(from))
    return false;
  for (uint32_t i = 0; i < from->column_count; i++) {
    const SqlColumn *c = from->columns[i];
    for (uint32_t k = 0; k < c->foreign_key_count; k++) {
      if (c->foreign_keys[k].table != to)
        continue;
      if (!c->proven || is_unique_alone(from, c))
        return false;
      found = true;
    }
  }
  return found;
}

static void check_one_of_many(RuleCtx *cx, const Model *m, const Relationship *r) {
  if (r->direction != ONE_TO_MANY || r->uselist_given != UNSET || r->primaryjoin.ref ||
      r->collection_class.ref || !m->table || !r->target || !r->target->table ||
      annotation_says(cx, r) != SAYS_ONE || !may_be_several(r->target->table, m->table))
    return;
  Str target = text_of(cx, r->target->name), name = text_of(cx, m->name);
  rule_report(
      cx, py_span(cx->tree, r->annotation.ref),
      "several %.*s may refer to one %.*s, and this reads one of them; annotate a "
      "list, or make the foreign key unique",
      STR_ARG(target), STR_ARG(name));
}

static void check_many_of_one(RuleCtx *cx, const Relationship *r) {
  if (r->direction != MANY_TO_ONE || r->uselist_given == YES || r->primaryjoin.ref ||
      annotation_says(cx, r) != SAYS_MANY)
    return;
  rule_report(cx, py_span(cx->tree, r->annotation.ref),
              "the foreign key is on this side: the attribute is one %.*s, not a "
              "collection",
              STR_ARG(text_of(cx, r->target->name)));
}

static void check_annotations(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++)
    if (is_declared_here(cx, m, &m->relationships[i]) && m->relationships[i].target)
      check_one_of_many(cx, m, &m->relationships[i]);
}

static void check_list_annotations(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++)
    if (is_declared_here(cx, m, &m->relationships[i]) && m->relationships[i].target)
      check_many_of_one(cx, &m->relationships[i]);
}

// ---- T126, T127: back_populates

static void check_one_sided(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!is_declared_here(cx, m, r) || !r->back_populates || !r->target || r->viewonly)
      continue;
    const Relationship *other = model_relationship(r->target, r->back_populates);
    if (!other || !other->proven || other->from_backref || other->back_populates ||
        other->backref || other->viewonly || !other->target ||
        !(model_is_a(m, other->target) || model_is_a(other->target, m)))
      continue;
    Str target = text_of(cx, r->target->name), back = text_of(cx, r->back_populates);
    Str key = text_of(cx, r->key);
    rule_report(cx, py_span(cx->tree, r->node.ref),
                "`%.*s.%.*s` does not name this side: it needs back_populates=\"%.*s\"",
                STR_ARG(target), STR_ARG(back), STR_ARG(key));
  }
}

static void check_missing(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!r->back_populates || !r->target || r->from_backref || r->inherited ||
        r->node.file != cx->file_id || !place_eq(r->declared_in, m->node) ||
        !r->target->complete || model_relationship(r->target, r->back_populates) ||
        model_attr(r->target, r->back_populates) ||
        model_column(r->target, r->back_populates))
      continue;
    Str target = text_of(cx, r->target->name), back = text_of(cx, r->back_populates);
    rule_report(cx, py_span(cx->tree, r->node.ref), "%.*s has no relationship `%.*s`",
                STR_ARG(target), STR_ARG(back));
  }
}

// ---- D128: a name that several classes have

static bool same_base(const Model *a, const Model *b) {
  return a->base.ref && place_eq(a->base, b->base);
}

static void check_ambiguous(RuleCtx *cx, const Model *m) {
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (r->target || r->inherited || r->from_backref || r->argument.file != cx->file_id ||
        !place_eq(r->declared_in, m->node))
      continue;
    Str name = string_value(cx, r->argument.ref);
    if (!name.ptr || str_find_char(name, '.', 0) != SIZE_MAX)
      continue;
    const Model *first = NULL, *second = NULL;
    for (uint32_t k = 0; k < models_count(cx->models) && !second; k++) {
      const Model *other = models_at(cx->models, k);
      if (!str_eq(text_of(cx, other->name), name) || !same_base(m, other))
        continue;
      second = first ? other : NULL;
      first = first ? first : other;
    }
    if (second)
      rule_report(cx, py_span(cx->tree, r->argument.ref),
                  "there are several classes of this name: %.*s and %.*s; say which by "
                  "its module",
                  STR_ARG(text_of(cx, first->dotted)),
                  STR_ARG(text_of(cx, second->dotted)));
  }
}

// ---- D149: a view that writes

static void check_viewonly(RuleCtx *cx, const Model *m) {
  static const char *const writes[] = {"save-update", "merge", "delete", "all"};
  for (uint32_t i = 0; i < m->relationship_count; i++) {
    const Relationship *r = &m->relationships[i];
    if (!is_declared_here(cx, m, r) || !r->viewonly)
      continue;
    for (size_t k = 0; k < ARRAY_LEN(writes); k++)
      if (str_find(r->cascade, str_from(writes[k]), 0) != SIZE_MAX) {
        rule_report(
            cx, py_span(cx->tree, r->node.ref),
            "a relationship that is viewonly writes nothing: `%.*s` cannot be its "
            "cascade",
            STR_ARG(r->cascade));
        break;
      }
  }
}

DEFINE_RULE(
    relationship_missing_list, "T121", "relationship-missing-list", CAT_TYPING,
    SEVERITY_WARNING, "A one-to-many relationship that is annotated as one object",
    "The annotation makes it one-to-one; where several rows refer to it all but one "
    "are left out, with a warning at best",
    .check_model = check_annotations);
DEFINE_RULE(relationship_list_on_many_to_one, "T122", "relationship-list-on-many-to-one",
            CAT_TYPING, SEVERITY_ERROR,
            "A many-to-one relationship that is annotated as a collection",
            "SQLAlchemy reads one object; iterating or appending fails at run time",
            .check_model = check_list_annotations);
DEFINE_RULE(back_populates_one_sided, "T126", "back-populates-one-sided", CAT_TYPING,
            SEVERITY_WARNING, "back_populates on one of two sides",
            "Setting the other side does not update this one until both are read anew",
            .check_model = check_one_sided);
DEFINE_RULE(back_populates_missing, "T127", "back-populates-missing", CAT_TYPING,
            SEVERITY_ERROR,
            "back_populates with a name that the other class does not have",
            "The mappers cannot be configured: InvalidRequestError at the first query",
            .check_model = check_missing);
DEFINE_RULE(duplicate_class_name, "D128", "duplicate-class-name", CAT_DESIGN,
            SEVERITY_ERROR, "relationship() to a name that several mapped classes have",
            "InvalidRequestError is raised: multiple classes found for the path",
            .check_model = check_ambiguous);
DEFINE_RULE(
    viewonly_with_cascade, "D149", "viewonly-with-cascade", CAT_DESIGN, SEVERITY_WARNING,
    "viewonly=True with a cascade that would write",
    "1.4 raises ArgumentError; 2.x leaves the cascade out without a word, and nothing "
    "is saved or deleted through the relationship",
    .check_model = check_viewonly);
