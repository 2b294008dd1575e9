// complete_shared.c: classes that give their columns to others without a table of their
// own (abstract bases, mixins), and concrete inheritance, where each class has them all.
//
//   class Audited(Base):                      class Slugged:
//       __abstract__ = True                       slug: Mapped[str]
//       created_by: Mapped[str]
//
//   class Truck(Vehicle):
//       __tablename__ = "trucks"
//       maker: Mapped[str]
//       __mapper_args__ = {"concrete": True}
#include "schema/complete_internal.h"

static bool shares(const SchemaTable *t) {
  return t->parent_kind == PARENT_ABSTRACT || t->parent_kind == PARENT_MIXIN;
}

// The columns of `from` in front of those of `t`, as far as it has none of that name.
static void take_columns(Schema *s, SchemaTable *t, const SchemaTable *from,
                         bool inherited) {
  size_t own = t->columns.len, taken = 0;
  for (size_t i = 0; i < from->columns.len; i++) {
    const SchemaColumn *c = from->columns.items[i];
    if (schema_column(t, c->name))
      continue;
    SchemaColumn *copy = arena_new(s->arena, SchemaColumn);
    *copy = *c;
    copy->table = t;
    copy->inherited = inherited;
    vec_push(&t->columns, copy);
    taken++;
  }
  for (size_t n = 0; n < taken; n++) {
    SchemaColumn *c = t->columns.items[own + n];
    memmove(t->columns.items + n + 1, t->columns.items + n,
            own * sizeof *t->columns.items);
    t->columns.items[n] = c;
  }
  for (size_t i = 0; i < from->constraints.len; i++) {
    const SchemaConstraint *k = from->constraints.items[i];
    SchemaConstraint *copy = arena_new(s->arena, SchemaConstraint);
    *copy = *k;
    copy->columns = (StrVec){0};
    for (size_t n = 0; n < k->columns.len; n++)
      vec_push(&copy->columns, k->columns.items[n]);
    vec_push(&t->constraints, copy);
  }
  t->timestamps |= from->timestamps;
  t->soft_delete |= from->soft_delete;
  t->uuid_key |= from->uuid_key;
}

static bool take_parent(const Cx *cx, SchemaTable *t) {
  SchemaTable *from = schema_find(cx->s, t->parent_name);
  const char *what =
      t->parent_kind == PARENT_CONCRETE ? "with tables of their own" : "without a table";
  if (!from || from->external || from == t || from->parent_name.len)
    return err_set(cx->err, ERR_INPUT,
                   "model '%.*s': '%.*s', which gives its columns to classes %s, is not "
                   "described beside it",
                   STR_ARG(t->class_name), STR_ARG(t->parent_name), what);
  if (from->relations.len)
    return err_set(cx->err, ERR_INPUT,
                   "model '%.*s' gives its columns to classes %s: describe "
                   "relationships at each of these",
                   STR_ARG(from->class_name), what);
  take_columns(cx->s, t, from, t->parent_kind != PARENT_CONCRETE);
  t->base = from;
  t->base_kind = t->parent_kind;
  return true;
}

static void forget_tables(Schema *s) {
  size_t kept = 0;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    bool shared = false;
    for (size_t k = 0; k < s->tables.len; k++)
      shared |= s->tables.items[k]->base == t && shares(s->tables.items[k]);
    if (!shared)
      continue;
    t->timestamps = t->soft_delete = t->uuid_key = false; // those who take it have them
    vec_push(&s->shared, t);
  }
  for (size_t i = 0; i < s->tables.len; i++) {
    bool shared = false;
    for (size_t k = 0; k < s->shared.len; k++)
      shared |= s->shared.items[k] == s->tables.items[i];
    if (!shared)
      s->tables.items[kept++] = s->tables.items[i];
  }
  s->tables.len = kept;
}

// Concrete classes behind the one that they are kinds of.
static void put_behind(Schema *s) {
  for (size_t i = 0; i < s->tables.len; i++)
    for (size_t k = i + 1; k < s->tables.len; k++)
      if (s->tables.items[i]->base == s->tables.items[k]) {
        SchemaTable *parent = s->tables.items[k];
        memmove(s->tables.items + i + 1, s->tables.items + i,
                (k - i) * sizeof *s->tables.items);
        s->tables.items[i] = parent;
        break;
      }
}

bool complete_shared(const Cx *cx) {
  Schema *s = cx->s;
  bool any = false;
  for (size_t i = 0; i < s->tables.len; i++) {
    SchemaTable *t = s->tables.items[i];
    if (t->external || !(shares(t) || t->parent_kind == PARENT_CONCRETE))
      continue;
    if (!take_parent(cx, t))
      return false;
    any = true;
  }
  if (!any)
    return true;
  forget_tables(s);
  put_behind(s);
  for (size_t i = 0; i < s->tables.len; i++)
    if (s->tables.items[i]->base) {
      s->tables.items[i]->parent_name = (Str){"", 0};
      s->tables.items[i]->parent_kind = PARENT_NONE;
    }
  return true;
}
